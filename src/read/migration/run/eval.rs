//! Expressions to values.

use swc_ecma_ast::{
    ArrayLit, Callee, Expr, Lit, MemberExpr, MemberProp, MetaPropKind, ObjectLit, OptChainBase, Prop,
    PropName, PropOrSpread, SuperProp, UnaryOp,
};

use super::super::builder;
use super::super::library::folder;
use super::super::scope::{Body, Role, call_role, member, member_name, part_role, prop_name, untyped};
use super::super::text::{Maker, Text, Why};
use super::super::value::{Choice, Function, Kind, List, Object, Value};
use super::{Machine, Rc};
use crate::syntax::typescript::range;

impl<'a> Machine<'a> {
    pub(super) fn eval(&mut self, expr: &'a Expr) -> Value<'a> {
        if !self.step() || !self.enter() {
            return Value::unknown(self.stopped.unwrap_or_default());
        }
        let value = self.any(expr);
        self.leave();
        self.fresh(value)
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
                    .unwrap_or_else(|| Value::unknown(format!("`super.{}` is not followed", name.sym))),
                SuperProp::Computed(_) => Value::unknown(RUN_TIME),
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
            Expr::Unary(unary) if unary.op == UnaryOp::Delete => {
                self.delete(&unary.arg);
                Value::Bool(true, self.source().span(unary))
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
                self.give(value.settled(), inner.delegate);
                Value::unknown(RUN_TIME)
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
            | Expr::Invalid(_) => Value::unknown(RUN_TIME),
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
            Lit::Regex(regex) => Value::Pattern(regex.exp.as_str().into(), regex.flags.as_str().into()),
            Lit::BigInt(number) => {
                let mut maker = Maker::at(source.span(number));
                maker.put(source.span(number), &number.value.to_string());
                Value::text(maker.finish())
            }
            Lit::JSXText(_) => Value::unknown(RUN_TIME),
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

    pub(super) fn member_expr(&mut self, member: &'a MemberExpr) -> Value<'a> {
        let object = self.eval(&member.obj).settled();
        if let Some(name) = member_name(member) {
            return self.member(&object, name);
        }
        let MemberProp::Computed(key) = &member.prop else { return Value::unknown(RUN_TIME) };
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
            (Value::List(list), Value::Number(..)) if list.kind == Kind::Statements => {
                list.items.first().cloned().unwrap_or(Value::Nothing)
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
            (Value::Text(text), Value::Number(number, _)) if text.holes.is_empty() => {
                text.units(*number, number + 1.0).map_or(Value::Nothing, Value::text)
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
            _ => Value::unknown("which part of it is meant is known at run time only"),
        }
    }

    /// `object.name`.
    pub(super) fn member(&mut self, object: &Value<'a>, name: &str) -> Value<'a> {
        match object {
            Value::Role(role) => Self::role_member(*role, name),
            Value::Of(of) => Self::role_member(of.0, name),
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
            Value::List(list) if name == "length" || name == "size" => match &list.more {
                #[allow(clippy::cast_precision_loss, reason = "lists are far shorter")]
                None => Value::Number(list.items.len() as f64, self.here()),
                Some(why) => Value::Unknown(Rc::clone(why)),
            },
            Value::Text(text) if name == "length" => match text.known() {
                #[allow(clippy::cast_precision_loss, reason = "texts are far shorter")]
                Some(words) => Value::Number(words.encode_utf16().count() as f64, self.here()),
                None => Value::unknown(RUN_TIME),
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
            Value::List(_) if name == "raw" && self.raw_strings.is_some() => {
                self.raw_strings.clone().unwrap_or(Value::Nothing)
            }
            Value::Native(path) => self.native_member(&Rc::clone(path), name),
            Value::Live(text) if name == "name" => Value::Text(Rc::clone(text)),
            Value::Live(_) => Value::unknown("it is read from the live database"),
            Value::Either(choices) => {
                let choices = Rc::clone(choices);
                let parts = choices.iter().map(|choice| Choice {
                    condition: choice.condition.clone(),
                    value: self.member(&choice.value, name),
                });
                Value::either(parts.collect())
            }
            Value::Promise(promise) => self.member(&promise.0.clone(), name),
            Value::Nothing => Value::unknown("it is a part of nothing"),
            Value::Function(_) | Value::Method(_) | Value::List(_) | Value::Text(_) => {
                Value::Method(Rc::new((object.clone(), name.to_owned())))
            }
            _ => Value::unknown(RUN_TIME),
        }
    }

    fn role_member(role: Role, name: &str) -> Value<'a> {
        if let Some(part) = part_role(Some(role), name) {
            return Value::Role(part);
        }
        if role == Role::Options {
            return match name {
                "type" => Value::Driver,
                name => {
                    Value::unknown(format!("the data source's option `{name}` is known at run time only"))
                }
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

    fn array(&mut self, array: &'a ArrayLit) -> Value<'a> {
        let mut list = List { id: self.new_id(), ..List::default() };
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
                    self.charge(inner.items.len());
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
        let mut object =
            Object { pairs: Vec::new(), more: None, span: self.source().span(literal), id: self.new_id() };
        let mut getters = Vec::new();
        for prop in &literal.props {
            let prop = match prop {
                PropOrSpread::Spread(spread) => {
                    match self.eval(&spread.expr).settled() {
                        Value::Object(inner) => {
                            self.charge(inner.pairs.len());
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
                    let value = Self::function_value(&method.function, self.scope, self.module());
                    if let Value::Function(function) = &value
                        && self.frames.len() > 1
                    {
                        self.made.push(Rc::clone(function));
                    }
                    (key, value)
                }
                Prop::Getter(getter) => {
                    let key = self.key(&getter.key);
                    if let (Some(key), Some(body)) = (key, &getter.function.body) {
                        getters.push((key, body, getter.function.span));
                    }
                    continue;
                }
                Prop::Setter(_) => continue,
            };
            if let Some(key) = key {
                object.pairs.push((key.into(), value));
            } else {
                self.give_away(&value);
                object.more = Some(Rc::new(Why::new("a name in it is known at run time only")));
                object.pairs.push(("".into(), value));
            }
        }
        for (key, body, span) in getters {
            let function = Rc::new(Function {
                params: Vec::new(),
                body: Body::Block(body),
                is_async: false,
                is_generator: false,
                scope: self.scope,
                module: self.module(),
                start: range(span).start,
                this: None,
                home: None,
            });
            let this = Value::Object(Rc::new(object.clone()));
            let site = self.site_of_getter(&key);
            let value = self.call_function(&function, Vec::new(), Some(this), &site);
            object.pairs.push((key.into(), value));
        }
        Value::Object(Rc::new(object))
    }

    pub(super) fn key(&mut self, name: &'a PropName) -> Option<String> {
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

    /// `delete object.key`: it stays where that is not sure.
    fn delete(&mut self, target: &'a Expr) {
        let Some(member) = member(target) else { return };
        let old = self.eval(&member.obj).settled();
        let key = match (member_name(member), &member.prop) {
            (Some(name), _) => Some(name.to_owned()),
            (None, MemberProp::Computed(key)) => match self.eval(&key.expr).settled() {
                Value::Text(text) => text.known().map(str::to_owned),
                _ => None,
            },
            _ => None,
        };
        if let (Value::Object(object), Some(key)) = (&old, key) {
            let mut new = Object::clone(object);
            new.pairs.retain(|(name, _)| **name != *key);
            self.change(&old, Value::Object(Rc::new(new)), Some(&member.obj));
        }
    }

    /// Hands a value out of a generator.
    fn give(&mut self, value: Value<'a>, all: bool) {
        let conditions = self.conditions.len();
        let condition = self.conditions.last().map(|(words, _)| Rc::clone(words));
        let Some(frame) = self.frames.last_mut() else { return };
        let condition = condition.filter(|_| conditions > frame.conditions);
        let given = match value {
            Value::List(list) if all => {
                frame.more = frame.more.take().or_else(|| list.more.clone());
                list.items.clone()
            }
            Value::Unknown(why) if all => {
                frame.more = Some(why);
                return;
            }
            value => vec![value],
        };
        frame.given.extend(given.into_iter().map(|value| match (&condition, value) {
            (Some(_), value @ Value::Either(_)) | (None, value) => value,
            (condition, value) => {
                Value::Either(Rc::new(vec![Choice { condition: condition.clone(), value }]))
            }
        }));
    }

    /// The values of the keys of an object, for `for (… in …)`.
    pub(super) fn keys(value: &Value<'a>, place: crate::text::Span) -> Value<'a> {
        match value {
            Value::Object(object) => {
                let keys = object.pairs.iter().map(|(name, _)| {
                    let mut maker = Maker::at(place);
                    maker.put(place, name);
                    Value::text(maker.finish())
                });
                Value::List(Rc::new(List::new(keys.collect(), object.more.clone())))
            }
            #[allow(clippy::cast_precision_loss, reason = "lists are far shorter")]
            Value::List(list) => {
                let items = (0..list.items.len()).map(|index| Value::Number(index as f64, place)).collect();
                Value::List(Rc::new(List::new(items, list.more.clone())))
            }
            other => other.clone(),
        }
    }

    /// A text of the machine's own, such as a path.
    pub(super) fn made_text(&self, words: &str) -> Value<'a> {
        let place = self.here();
        let mut maker = Maker::at(place);
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
