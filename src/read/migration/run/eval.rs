//! Expressions to values.

use swc_common::Spanned;
use swc_ecma_ast::{
    ArrayLit, AssignExpr, AssignOp, AssignPat, AssignTarget, AssignTargetPat, BinaryOp, Callee, CondExpr,
    Expr, Lit, MemberExpr, MemberProp, MetaPropKind, ObjectLit, ObjectPat, ObjectPatProp, OptChainBase, Pat,
    Prop, PropName, PropOrSpread, SimpleAssignTarget, SuperProp, TsTypeAnn, UnaryOp,
};

use super::super::builder;
use super::super::library::folder;
use super::super::scope::{Body, Role, call_role, member_name, named, part_role, prop_name, typed, untyped};
use super::super::text::{Text, Why};
use super::super::value::{Choice, Function, List, Object, Value};
use super::exec::Flow;
use super::{LOOK, Machine, Place, Rc};
use crate::syntax::typescript::range;
use crate::text::cut_line;

impl<'a> Machine<'a> {
    pub(super) fn eval(&mut self, expr: &'a Expr) -> Value<'a> {
        if !self.step() || !self.enter() {
            return self.unknown(self.stopped.unwrap_or_default());
        }
        let value = self.any(expr);
        self.leave();
        value
    }

    fn any(&mut self, expr: &'a Expr) -> Value<'a> {
        match expr {
            Expr::Lit(literal) => self.literal(literal),
            Expr::Tpl(template) => self.template(template),
            Expr::TaggedTpl(tagged) => self.tagged(tagged),
            Expr::Ident(name) => self.read(&name.sym),
            Expr::This(_) => {
                self.this().unwrap_or_else(|| Value::named("what `this` is is not known", "this"))
            }
            Expr::Member(member) => self.member_expr(member),
            Expr::OptChain(chain) => match &*chain.base {
                OptChainBase::Member(member) => self.member_expr(member),
                OptChainBase::Call(call) => self.call(&call.callee, &call.args, range(call.span)),
            },
            Expr::SuperProp(prop) => match &prop.prop {
                SuperProp::Ident(name) => self
                    .super_method(&name.sym)
                    .unwrap_or_else(|| self.unknown(format!("`super.{}` is not followed", name.sym))),
                SuperProp::Computed(_) => self.unknown(RUN_TIME),
            },
            Expr::Call(call) => match &call.callee {
                Callee::Expr(callee) => self.call(callee, &call.args, range(call.span)),
                Callee::Super(_) => {
                    let args = self.args(&call.args);
                    self.construct_base(args.into_iter().map(|arg| arg.value).collect());
                    Value::Nothing
                }
                Callee::Import(_) => {
                    let args = self.args(&call.args);
                    args.first().map_or(Value::Nothing, |arg| self.require(&arg.value.clone().settled()))
                }
            },
            Expr::New(new) => self.new_object(new),
            Expr::Bin(_) => self.operands(expr),
            Expr::Cond(cond) => self.choice(cond),
            Expr::Assign(assign) => self.assignment(assign),
            Expr::Array(array) => self.array(array),
            Expr::Object(object) => self.object(object),
            Expr::Arrow(arrow) => self.made_function(Function {
                params: arrow.params.iter().collect(),
                body: Body::of_arrow(&arrow.body),
                is_async: arrow.is_async,
                is_generator: arrow.is_generator,
                scope: self.scope,
                module: self.module(),
                start: range(arrow.span).start,
                this: self.this(),
                home: self.frames.last().and_then(|frame| frame.home.clone()),
            }),
            Expr::Fn(function) => {
                let Some(body) = &function.function.body else { return Value::Nothing };
                self.made_function(Function {
                    params: Function::params_of(&function.function),
                    body: Body::Block(body),
                    is_async: function.function.is_async,
                    is_generator: function.function.is_generator,
                    scope: self.scope,
                    module: self.module(),
                    start: range(function.function.span).start,
                    this: None,
                    home: None,
                })
            }
            Expr::Class(class) => {
                let name = class.ident.as_ref().map_or("", |name| name.sym.as_str());
                self.class_value(&class.class, name, self.scope)
            }
            Expr::Seq(sequence) => {
                let mut last = Value::Nothing;
                for expr in &sequence.exprs {
                    last = self.eval(expr);
                }
                last
            }
            Expr::Unary(unary) => {
                let value = self.eval(&unary.arg);
                self.unary(unary.op, &value, expr)
            }
            Expr::Update(update) => self.update(update),
            Expr::Await(inner) => {
                let value = self.eval(&inner.arg);
                self.wait_for(&value);
                value.settled()
            }
            Expr::Yield(inner) => {
                let value = inner.arg.as_deref().map_or(Value::Nothing, |arg| self.eval(arg));
                self.wait_for(&value);
                self.unknown(RUN_TIME)
            }
            Expr::Paren(_)
            | Expr::TsAs(_)
            | Expr::TsConstAssertion(_)
            | Expr::TsNonNull(_)
            | Expr::TsSatisfies(_)
            | Expr::TsTypeAssertion(_)
            | Expr::TsInstantiation(_) => self.eval(untyped(expr)),
            Expr::MetaProp(meta) if meta.kind == MetaPropKind::ImportMeta => {
                Value::Native("import.meta".into())
            }
            Expr::MetaProp(_)
            | Expr::JSXMember(_)
            | Expr::JSXNamespacedName(_)
            | Expr::JSXEmpty(_)
            | Expr::JSXElement(_)
            | Expr::JSXFragment(_)
            | Expr::PrivateName(_)
            | Expr::Invalid(_) => self.unknown(RUN_TIME),
        }
    }

    fn made_function(&mut self, function: Function<'a>) -> Value<'a> {
        let function = Rc::new(function);
        if self.frames.len() > 1 {
            self.made.push(Rc::clone(&function));
        }
        Value::Function(function)
    }

    fn literal(&mut self, literal: &'a Lit) -> Value<'a> {
        let source = self.source();
        match literal {
            Lit::Str(text) => self.string(text),
            Lit::Num(number) => Value::Number(number.value, source.span(number)),
            Lit::Bool(flag) => Value::Bool(flag.value, source.span(flag)),
            Lit::Null(_) => Value::Nothing,
            Lit::Regex(regex) => Value::Pattern(regex.exp.as_str(), regex.flags.as_str()),
            Lit::BigInt(_) | Lit::JSXText(_) => self.unknown(RUN_TIME),
        }
    }

    /// A name that no file declares.
    pub(super) fn global(&mut self, name: &str) -> Value<'a> {
        let path = self.library.get(self.module()).map(|file| Rc::clone(&file.path)).unwrap_or_default();
        match name {
            "undefined" => Value::Nothing,
            "__dirname" => self.made_text(&format!("/{}", folder(&path))),
            "__filename" => self.made_text(&format!("/{path}")),
            _ if super::native::is_global(name) => Value::Native(name.into()),
            _ => Value::named(format!("`{name}` is not declared in this file"), name),
        }
    }

    fn member_expr(&mut self, member: &'a MemberExpr) -> Value<'a> {
        let object = self.eval(&member.obj).settled();
        if let Some(name) = member_name(member) {
            return self.member(&object, name);
        }
        let MemberProp::Computed(key) = &member.prop else { return self.unknown(RUN_TIME) };
        let key = self.eval(&key.expr).settled();
        self.member_by(&object, &key)
    }

    /// `object[key]`.
    pub(super) fn member_by(&mut self, object: &Value<'a>, key: &Value<'a>) -> Value<'a> {
        match (object, key) {
            (_, Value::Text(text)) if text.known().is_some() => {
                let name = text.known().unwrap_or_default().to_owned();
                self.member(object, &name)
            }
            (Value::List(list), Value::Number(number, _)) if *number >= 0.0 => {
                #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "it saturates")]
                let index = *number as usize;
                match (list.items.get(index), &list.more) {
                    (Some(item), _) => item.clone(),
                    (None, Some(why)) => Value::Unknown(Rc::clone(why)),
                    (None, None) => Value::Nothing,
                }
            }
            (Value::Object(found), Value::Number(number, _)) => {
                found.get(&number.to_string()).cloned().unwrap_or(Value::Nothing)
            }
            // Any of them: what they hold may be used.
            (Value::Object(found), _) if found.more.is_none() && !found.pairs.is_empty() => Value::either(
                found
                    .pairs
                    .iter()
                    .map(|(name, value)| Choice {
                        condition: Some(format!("it is `{name}`").into()),
                        value: value.clone(),
                    })
                    .collect(),
            ),
            (Value::Unknown(why), _) => Value::Unknown(Rc::clone(why)),
            _ => self.unknown("which part of it is meant is known at run time only"),
        }
    }

    /// `object.name`.
    pub(super) fn member(&mut self, object: &Value<'a>, name: &str) -> Value<'a> {
        match object {
            Value::Role(role) => self.role_member(*role, name),
            Value::Of(of) => self.role_member(of.0, name),
            Value::Unknown(why) => match part_role(None, name) {
                Some(role) => Value::Role(role),
                None => Value::Unknown(Rc::new(Why {
                    reason: why.reason.clone(),
                    variable: why.variable.clone(),
                    path: why.path.as_ref().map(|path| format!("{path}.{name}")),
                })),
            },
            Value::Object(found) => match (found.get(name), &found.more) {
                (Some(value), _) => value.clone(),
                (None, Some(why)) => Value::Unknown(Rc::clone(why)),
                (None, None) => Value::Nothing,
            },
            Value::List(list) if name == "length" => match &list.more {
                #[allow(clippy::cast_precision_loss, reason = "lists are far shorter")]
                None => Value::Number(list.items.len() as f64, self.here()),
                Some(why) => Value::Unknown(Rc::clone(why)),
            },
            Value::Text(text) if name == "length" => match text.known() {
                #[allow(clippy::cast_precision_loss, reason = "texts are far shorter")]
                Some(words) => Value::Number(words.encode_utf16().count() as f64, self.here()),
                None => self.unknown(RUN_TIME),
            },
            Value::Class(class) => {
                let class = Rc::clone(class);
                match self.static_member(&class, name) {
                    Some(value) => value,
                    None if name == "name" => self.made_text(class.name),
                    None => Value::named(format!("`{}.{name}` is not in the class", class.name), name),
                }
            }
            Value::Instance(instance) => match self.instance_member(*instance, name) {
                Some(value) => value,
                None => Self::field_by_name(name)
                    .unwrap_or_else(|| Value::named(format!("`this.{name}` is not in the class"), name)),
            },
            Value::Module(module) => match self.export(*module, name) {
                Some(value) => value,
                None => Value::named(format!("`{name}` is not exported where it is looked for"), name),
            },
            Value::Native(path) => self.native_member(&Rc::clone(path), name),
            Value::Live(text) if name == "name" => Value::Text(Rc::clone(text)),
            Value::Live(_) => self.unknown("it is read from the live database"),
            Value::Either(choices) => {
                let choices = Rc::clone(choices);
                let parts = choices.iter().map(|choice| Choice {
                    condition: choice.condition.clone(),
                    value: self.member(&choice.value, name),
                });
                Value::either(parts.collect())
            }
            Value::Promise(promise) => self.member(&promise.0.clone(), name),
            Value::Nothing => self.unknown("it is a part of nothing"),
            Value::Function(_) | Value::Method(_) | Value::List(_) | Value::Text(_) => {
                Value::Method(Rc::new((object.clone(), name.to_owned())))
            }
            _ => self.unknown(RUN_TIME),
        }
    }

    fn role_member(&mut self, role: Role, name: &str) -> Value<'a> {
        if let Some(part) = part_role(Some(role), name) {
            return Value::Role(part);
        }
        if role == Role::Options {
            return match name {
                "type" => Value::Driver,
                name => self.unknown(format!("the data source's option `{name}` is known at run time only")),
            };
        }
        let calls = name == "query"
            || name == "sql"
            || name == "stream"
            || call_role(role, name).is_some()
            || role == Role::Runner && builder::is_known(name)
            || role != Role::Runner && super::super::writes::is_known(role, name);
        if calls {
            return Value::Method(Rc::new((Value::Role(role), name.to_owned())));
        }
        let path = if role == Role::Runner { Some(name.to_owned()) } else { None };
        let reason = format!("`{name}` is known at run time only");
        Value::Unknown(Rc::new(Why { reason, variable: None, path }))
    }

    fn choice(&mut self, cond: &'a CondExpr) -> Value<'a> {
        let test = self.eval(&cond.test).settled();
        match test.truth() {
            Some(true) => return self.eval(&cond.cons),
            Some(false) => return self.eval(&cond.alt),
            None => {}
        }
        let place = self.source().first_line(range(cond.test.span()));
        let (yes, no) = self.words_of_test(&cond.test);
        let one = self.way_of(&cond.cons, (&yes, place));
        let other = self.way_of(&cond.alt, (&no, place));
        Value::either(vec![
            Choice { condition: Some(yes), value: one },
            Choice { condition: Some(no), value: other },
        ])
    }

    /// The value of an expression that may not run.
    fn way_of(&mut self, expr: &'a Expr, (condition, place): (&Rc<str>, crate::text::Span)) -> Value<'a> {
        let mut value = Value::Nothing;
        let (_, changes) = self.way(Some((condition, place)), |machine| {
            value = machine.eval(expr);
            Flow::Next
        });
        self.join(changes, rustc_hash::FxHashMap::default(), &[Some(Rc::clone(condition)), None]);
        value
    }

    /// Both sides of operators; long sums lean to the left and are unrolled.
    fn operands(&mut self, expr: &'a Expr) -> Value<'a> {
        let mut rights = Vec::new();
        let mut left = expr;
        while let Expr::Bin(binary) = left {
            rights.push((binary.op, &*binary.right, binary));
            left = &binary.left;
        }
        // A sum of many texts is built at once.
        let sums = rights.iter().rev().take_while(|(op, ..)| *op == BinaryOp::Add).count();
        let mut value = if sums > 1 {
            let mut parts = vec![(self.eval(left), left)];
            for (_, right, _) in rights.iter().rev().take(sums) {
                parts.push((self.eval(right), right));
            }
            rights.truncate(rights.len() - sums);
            self.sum(parts, expr)
        } else {
            self.eval(left)
        };
        let mut left_words = left;
        for (op, right, whole) in rights.into_iter().rev() {
            value = self.operator((op, value, left_words), right, expr);
            let _ = whole;
            left_words = right;
        }
        value
    }

    fn operator(
        &mut self,
        (op, left, left_expr): (BinaryOp, Value<'a>, &'a Expr),
        right: &'a Expr,
        whole: &'a Expr,
    ) -> Value<'a> {
        match op {
            BinaryOp::LogicalAnd | BinaryOp::LogicalOr | BinaryOp::NullishCoalescing => {
                let left = left.settled();
                let truth = match op {
                    BinaryOp::LogicalAnd => left.truth(),
                    BinaryOp::LogicalOr => left.truth().map(|truth| !truth),
                    _ => match &left {
                        Value::Nothing => Some(true),
                        Value::Unknown(_) | Value::Live(_) | Value::Either(_) => None,
                        _ => Some(false),
                    },
                };
                match truth {
                    Some(false) => left,
                    Some(true) => self.eval(right),
                    None => {
                        let (yes, no) = self.words_of_test(left_expr);
                        let condition = if op == BinaryOp::LogicalAnd { yes } else { no };
                        let place = self.source().first_line(range(left_expr.span()));
                        let value = self.way_of(right, (&condition, place));
                        match (op, &left) {
                            // Of a condition, its value is what matters.
                            (BinaryOp::LogicalAnd, _) => match (value.truth(), value) {
                                (Some(false), value) => value,
                                (_, Value::Unknown(why)) => Value::Unknown(why),
                                (_, value) => Value::either(vec![
                                    Choice { condition: None, value: left },
                                    Choice { condition: Some(condition), value },
                                ]),
                            },
                            _ => Value::either(vec![
                                Choice { condition: None, value: left },
                                Choice { condition: Some(condition), value },
                            ]),
                        }
                    }
                }
            }
            BinaryOp::Add => {
                let right_value = self.eval(right);
                self.sum(vec![(left, left_expr), (right_value, right)], whole)
            }
            BinaryOp::EqEq | BinaryOp::EqEqEq | BinaryOp::NotEq | BinaryOp::NotEqEq => {
                let right = self.eval(right).settled();
                let left = left.settled();
                match self.equal(&left, &right) {
                    Some(equal) => {
                        let is = matches!(op, BinaryOp::EqEq | BinaryOp::EqEqEq);
                        Value::Bool(equal == is, self.source().span(whole))
                    }
                    None => self.unknown(RUN_TIME),
                }
            }
            _ => {
                let right = self.eval(right).settled();
                self.arithmetic(op, &left.settled(), &right, whole)
            }
        }
    }

    fn arithmetic(
        &mut self,
        op: BinaryOp,
        left: &Value<'a>,
        right: &Value<'a>,
        whole: &'a Expr,
    ) -> Value<'a> {
        let (Value::Number(one, _), Value::Number(other, _)) = (left, right) else {
            return self.unknown(RUN_TIME);
        };
        let span = self.source().span(whole);
        match op {
            BinaryOp::Lt => Value::Bool(one < other, span),
            BinaryOp::LtEq => Value::Bool(one <= other, span),
            BinaryOp::Gt => Value::Bool(one > other, span),
            BinaryOp::GtEq => Value::Bool(one >= other, span),
            BinaryOp::Sub => Value::Number(one - other, span),
            BinaryOp::Mul => Value::Number(one * other, span),
            BinaryOp::Div => Value::Number(one / other, span),
            BinaryOp::Mod => Value::Number(one % other, span),
            _ => self.unknown(RUN_TIME),
        }
    }

    /// Whether both are the same; the database's kind is what the policy says it is.
    pub(super) fn equal(&self, one: &Value<'a>, other: &Value<'a>) -> Option<bool> {
        match (one, other) {
            (Value::Driver, Value::Text(text)) | (Value::Text(text), Value::Driver) => {
                let database = self.notes.database.as_deref()?;
                Some(text.known()? == database)
            }
            (one, other) => one.same(other),
        }
    }

    fn unary(&mut self, op: UnaryOp, value: &Value<'a>, whole: &'a Expr) -> Value<'a> {
        let span = self.source().span(whole);
        match (op, value) {
            (UnaryOp::Bang, value) => match value.truth() {
                Some(truth) => Value::Bool(!truth, span),
                None => self.unknown(RUN_TIME),
            },
            (UnaryOp::Minus, Value::Number(number, _)) => Value::Number(-number, span),
            (UnaryOp::Plus, Value::Number(number, _)) => Value::Number(*number, span),
            (UnaryOp::Void, _) => Value::Nothing,
            _ => self.unknown(RUN_TIME),
        }
    }

    fn update(&mut self, update: &'a swc_ecma_ast::UpdateExpr) -> Value<'a> {
        let old = self.eval(&update.arg).settled();
        let Value::Number(number, _) = old else { return self.unknown(RUN_TIME) };
        let step = if update.op == swc_ecma_ast::UpdateOp::PlusPlus { 1.0 } else { -1.0 };
        let span = self.source().span(update);
        let new = Value::Number(number + step, span);
        self.store(&update.arg, new.clone());
        if update.prefix { new } else { old }
    }

    /// Assigns to what an expression names.
    pub(super) fn store(&mut self, target: &'a Expr, value: Value<'a>) {
        match untyped(target) {
            Expr::Ident(name) => {
                if let Some(scope) = self.scope_of(&name.sym) {
                    self.assign(Place::Name(scope, &name.sym), value);
                }
            }
            Expr::Member(member) => self.store_member(member, value),
            _ => self.give_away(&value),
        }
    }

    fn store_member(&mut self, member: &'a MemberExpr, value: Value<'a>) {
        let object = self.eval(&member.obj).settled();
        let name = match (&member.prop, member_name(member)) {
            (_, Some(name)) => Some(name.to_owned()),
            (MemberProp::Computed(key), None) => match self.eval(&key.expr).settled() {
                Value::Text(text) => text.known().map(str::to_owned),
                Value::Number(number, _) => Some(number.to_string()),
                _ => None,
            },
            _ => None,
        };
        match (object, name) {
            (Value::Instance(instance), Some(name)) => {
                self.assign(Place::Field(instance, name.into()), value);
            }
            (Value::Object(object), name) => {
                let mut object = Object::clone(&object);
                match name {
                    Some(name) => object.pairs.push((name.into(), value)),
                    None => {
                        self.give_away(&value);
                        object.more =
                            Some(Rc::new(Why::new("a part of it is set under a name that is not known")));
                    }
                }
                self.store(&member.obj, Value::Object(Rc::new(object)));
            }
            (Value::List(list), _) => {
                self.give_away(&value);
                let more = Some(Rc::new(Why::new("an item of it is set at run time")));
                self.store(&member.obj, Value::List(Rc::new(List { items: list.items.clone(), more })));
            }
            _ => {
                if value.reaches(LOOK) {
                    let at = range(member.span).start..range(member.span).end;
                    let words = cut_line(self.source().words(&*member), 60);
                    self.not_followed(at, format!("`{words}` gets the query runner and is not followed"));
                }
                self.give_away(&value);
            }
        }
    }

    fn assignment(&mut self, assign: &'a AssignExpr) -> Value<'a> {
        let right = self.eval(&assign.right);
        match &assign.left {
            AssignTarget::Pat(pattern) => {
                match pattern {
                    AssignTargetPat::Array(array) => {
                        for (index, item) in array.elems.iter().enumerate() {
                            let Some(Pat::Expr(target)) = item else { continue };
                            #[allow(clippy::cast_precision_loss, reason = "lists are far shorter")]
                            let key = Value::Number(index as f64, self.here());
                            let part = self.member_by(&right.clone().settled(), &key);
                            self.store(target, part);
                        }
                    }
                    AssignTargetPat::Object(object) => self.bind_object(object, &right.clone().settled()),
                    AssignTargetPat::Invalid(_) => {}
                }
                right
            }
            AssignTarget::Simple(target) => {
                let value = match assign.op {
                    AssignOp::Assign => right,
                    AssignOp::AddAssign => {
                        let old = self.target_value(target);
                        self.sum_values(vec![(old, None), (right, Some(&assign.right))], range(assign.span))
                    }
                    AssignOp::OrAssign | AssignOp::NullishAssign => {
                        let old = self.target_value(target).settled();
                        match old.truth() {
                            Some(true) => old,
                            Some(false) => right,
                            None => Value::either(vec![
                                Choice { condition: None, value: old },
                                Choice { condition: None, value: right },
                            ]),
                        }
                    }
                    _ => self.unknown(RUN_TIME),
                };
                match target {
                    SimpleAssignTarget::Ident(name) => {
                        if let Some(scope) = self.scope_of(&name.id.sym) {
                            self.assign(Place::Name(scope, &name.id.sym), value.clone());
                        }
                    }
                    SimpleAssignTarget::Member(member) => self.store_member(member, value.clone()),
                    _ => self.give_away(&value),
                }
                value
            }
        }
    }

    fn target_value(&mut self, target: &'a SimpleAssignTarget) -> Value<'a> {
        match target {
            SimpleAssignTarget::Ident(name) => self.read(&name.id.sym),
            SimpleAssignTarget::Member(member) => self.member_expr(member),
            _ => self.unknown(RUN_TIME),
        }
    }

    fn array(&mut self, array: &'a ArrayLit) -> Value<'a> {
        let mut list = List::default();
        for element in &array.elems {
            let Some(element) = element else {
                list.items.push(Value::Nothing);
                continue;
            };
            let value = self.eval(&element.expr);
            if element.spread.is_none() {
                list.items.push(value);
                continue;
            }
            match value.settled() {
                Value::List(inner) => {
                    list.items.extend(inner.items.iter().cloned());
                    list.more = list.more.or_else(|| inner.more.clone());
                }
                Value::Unknown(why) => list.more = Some(why),
                _ => list.more = Some(Rc::new(Why::new("what is spread into it is not followed"))),
            }
        }
        Value::List(Rc::new(list))
    }

    fn object(&mut self, literal: &'a ObjectLit) -> Value<'a> {
        let mut object = Object { pairs: Vec::new(), more: None, span: self.source().span(literal) };
        for prop in &literal.props {
            let prop = match prop {
                PropOrSpread::Spread(spread) => {
                    match self.eval(&spread.expr).settled() {
                        Value::Object(inner) => {
                            object.pairs.extend(inner.pairs.iter().cloned());
                            object.more = object.more.or_else(|| inner.more.clone());
                        }
                        Value::Nothing => {}
                        Value::Unknown(why) => object.more = Some(why),
                        _ => object.more = Some(Rc::new(Why::new("what is spread into it is not followed"))),
                    }
                    continue;
                }
                PropOrSpread::Prop(prop) => &**prop,
            };
            let (key, value) = match prop {
                Prop::Shorthand(name) => (Some(name.sym.to_string()), self.read(&name.sym)),
                Prop::KeyValue(pair) => {
                    let key = self.key(&pair.key);
                    (key, self.eval(&pair.value))
                }
                Prop::Assign(assign) => (Some(assign.key.sym.to_string()), self.eval(&assign.value)),
                Prop::Method(method) => {
                    let key = self.key(&method.key);
                    let value = self.function_value(&method.function, self.scope, self.module());
                    if let Value::Function(function) = &value
                        && self.frames.len() > 1
                    {
                        self.made.push(Rc::clone(function));
                    }
                    (key, value)
                }
                Prop::Getter(getter) => {
                    (self.key(&getter.key), self.unknown("it is a getter, which is not followed"))
                }
                Prop::Setter(_) => continue,
            };
            match key {
                Some(key) => object.pairs.push((key.into(), value)),
                None => {
                    self.give_away(&value);
                    object.more = Some(Rc::new(Why::new("a name in it is known at run time only")));
                    object.pairs.push(("".into(), value));
                }
            }
        }
        Value::Object(Rc::new(object))
    }

    fn key(&mut self, name: &'a PropName) -> Option<String> {
        if let Some(name) = prop_name(name) {
            return Some(name.to_owned());
        }
        match name {
            PropName::Num(number) => Some(number.value.to_string()),
            PropName::Computed(computed) => match self.eval(&computed.expr).settled() {
                Value::Text(text) => text.known().map(str::to_owned),
                Value::Number(number, _) => Some(number.to_string()),
                _ => None,
            },
            _ => None,
        }
    }

    /// Binds the names in `pattern`, which takes a value apart.
    pub(super) fn bind(&mut self, pattern: &'a Pat, value: Value<'a>) {
        if !self.step() || !self.enter() {
            return;
        }
        match pattern {
            Pat::Ident(name) => self.bind_name(&name.id.sym, name.type_ann.as_deref(), value),
            Pat::Assign(assign) => self.bind_assign(assign, value),
            Pat::Rest(rest) => self.bind(&rest.arg, value),
            Pat::Array(array) => {
                let value = value.settled();
                for (index, element) in array.elems.iter().enumerate() {
                    let Some(element) = element else { continue };
                    if let (Pat::Rest(rest), Value::List(list)) = (element, &value) {
                        let items = list.items.get(index..).unwrap_or_default().to_vec();
                        self.bind(&rest.arg, Value::List(Rc::new(List { items, more: list.more.clone() })));
                        continue;
                    }
                    #[allow(clippy::cast_precision_loss, reason = "lists are far shorter")]
                    let key = Value::Number(index as f64, self.here());
                    let part = self.member_by(&value, &key);
                    self.bind(element, part);
                }
            }
            Pat::Object(object) => self.bind_object(object, &value.settled()),
            Pat::Invalid(_) | Pat::Expr(_) => {}
        }
        self.leave();
    }

    fn bind_object(&mut self, object: &'a ObjectPat, value: &Value<'a>) {
        let mut taken = Vec::new();
        for prop in &object.props {
            match prop {
                ObjectPatProp::KeyValue(pair) => {
                    let part = match self.key(&pair.key) {
                        Some(key) => {
                            let part = self.member(value, &key);
                            taken.push(key);
                            part
                        }
                        None => self.unknown(RUN_TIME),
                    };
                    self.bind(&pair.value, part);
                }
                ObjectPatProp::Assign(short) => {
                    let name = short.key.id.sym.as_str();
                    taken.push(name.to_owned());
                    let mut part = self.member(value, name);
                    if let (Value::Nothing, Some(default)) = (&part, &short.value) {
                        part = self.eval(default);
                    }
                    self.bind_name(name, None, part);
                }
                ObjectPatProp::Rest(rest) => {
                    let part = match value {
                        Value::Object(object) => {
                            let mut rest = Object::clone(object);
                            rest.pairs.retain(|(name, _)| !taken.iter().any(|taken| **taken == **name));
                            Value::Object(Rc::new(rest))
                        }
                        other => other.clone(),
                    };
                    self.bind(&rest.arg, part);
                }
            }
        }
    }

    pub(super) fn bind_assign(&mut self, assign: &'a AssignPat, value: Value<'a>) {
        let value = if matches!(value, Value::Nothing) { self.eval(&assign.right) } else { value };
        self.bind(&assign.left, value);
    }

    /// Binds one name; of an unknown value, its type or name may tell what it is.
    pub(super) fn bind_name(&mut self, name: &'a str, annotation: Option<&TsTypeAnn>, value: Value<'a>) {
        let value = match value {
            Value::Unknown(why) => {
                let role =
                    typed(annotation).or_else(|| if annotation.is_none() { named(name) } else { None });
                role.map_or(Value::Unknown(why), Value::Role)
            }
            value => value,
        };
        self.declare(name, super::Slot::Ready(value));
    }

    /// The values of the keys of an object, for `for (… in …)`.
    pub(super) fn keys(&mut self, value: &Value<'a>, place: crate::text::Span) -> Value<'a> {
        match value {
            Value::Object(object) => {
                let keys = object.pairs.iter().map(|(name, _)| {
                    let mut maker = self.maker(place);
                    maker.put(place, name);
                    Value::text(maker.finish())
                });
                Value::List(Rc::new(List { items: keys.collect(), more: object.more.clone() }))
            }
            #[allow(clippy::cast_precision_loss, reason = "lists are far shorter")]
            Value::List(list) => Value::List(Rc::new(List {
                items: (0..list.items.len()).map(|index| Value::Number(index as f64, place)).collect(),
                more: list.more.clone(),
            })),
            other => other.clone(),
        }
    }

    /// A text of the machine's own, such as a path.
    pub(super) fn made_text(&self, words: &str) -> Value<'a> {
        let place = self.here();
        let mut maker = self.maker(place);
        maker.put(place, words);
        Value::text(maker.finish())
    }

    /// A place in the file that runs, for what stands nowhere.
    pub(super) fn here(&self) -> crate::text::Span {
        self.source().passage.locate(0..0)
    }

    /// A known text, as words.
    pub(super) fn known(value: &Value<'a>) -> Option<Rc<Text>> {
        match value {
            Value::Text(text) if text.holes.is_empty() => Some(Rc::clone(text)),
            _ => None,
        }
    }
}

pub(super) const RUN_TIME: &str = "it is known at run time only";
