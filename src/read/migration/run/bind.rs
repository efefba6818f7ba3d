//! Names and parts get their values: assignments, patterns.

use swc_ecma_ast::{
    ArrayPat, AssignExpr, AssignOp, AssignPat, AssignTarget, AssignTargetPat, BinaryOp, Expr, MemberExpr,
    MemberProp, ObjectPat, ObjectPatProp, Pat, SimpleAssignTarget, TsTypeAnn, VarDeclKind,
};

use super::super::scope::{member_name, named, typed, untyped};
use super::super::text::Why;
use super::super::value::{Choice, List, Object, Value};
use super::eval::RUN_TIME;
use super::{LOOK, Machine, Place, Rc};
use crate::syntax::typescript::range;
use crate::text::cut_line;

/// What happens to the names in a pattern.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Mode {
    Declare,
    /// They are there already.
    Assign,
}

impl<'a> Machine<'a> {
    pub(super) fn update(&mut self, update: &'a swc_ecma_ast::UpdateExpr) -> Value<'a> {
        let old = self.eval(&update.arg).settled();
        let Value::Number(number, _) = old else {
            self.store(&update.arg, Value::unknown("it is counted at run time"));
            return Value::unknown(RUN_TIME);
        };
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

    pub(super) fn store_member(&mut self, member: &'a MemberExpr, value: Value<'a>) {
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
                self.set_member(instance, &name, value);
            }
            (Value::Object(object), name) => {
                let old = Value::Object(Rc::clone(&object));
                let mut object = Object::clone(&object);
                self.charge(object.pairs.len());
                if let Some(name) = name {
                    match object.pairs.iter_mut().rev().find(|(known, _)| **known == *name) {
                        Some(pair) => pair.1 = value,
                        None => object.pairs.push((name.into(), value)),
                    }
                } else {
                    self.give_away(&value);
                    object.more =
                        Some(Rc::new(Why::new("a part of it is set under a name that is not known")));
                }
                self.change(&old, Value::Object(Rc::new(object)), Some(&member.obj));
            }
            (Value::List(list), name) => {
                self.charge(list.items.len());
                let mut new = List::clone(&list);
                match name.and_then(|name| name.parse::<usize>().ok()) {
                    Some(index) if index < new.items.len() => new.items[index] = value,
                    Some(index) if index == new.items.len() && new.more.is_none() => new.items.push(value),
                    _ => {
                        self.give_away(&value);
                        new.more = Some(Rc::new(Why::new("an item of it is set at run time")));
                    }
                }
                self.change(&Value::List(list), Value::List(Rc::new(new)), Some(&member.obj));
            }
            (Value::Class(class), Some(name)) => {
                let statics = self.statics_of(&class);
                self.assign(Place::Field(statics, name.into()), value);
            }
            _ => {
                if value.reaches(LOOK) {
                    let at = range(member.span).start..range(member.span).end;
                    let words = cut_line(self.source().words(member), 60);
                    self.not_followed(at, format!("`{words}` gets the query runner and is not followed"));
                }
                self.give_away(&value);
            }
        }
    }

    pub(super) fn assignment(&mut self, assign: &'a AssignExpr) -> Value<'a> {
        let right = self.eval(&assign.right);
        match &assign.left {
            AssignTarget::Pat(pattern) => {
                let value = right.clone().settled();
                match pattern {
                    AssignTargetPat::Array(array) => self.take_apart(array, &value, Mode::Assign),
                    AssignTargetPat::Object(object) => self.bind_object(object, &value, Mode::Assign),
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
                    AssignOp::AndAssign => {
                        let old = self.target_value(target).settled();
                        match old.truth() {
                            Some(true) => right,
                            Some(false) => old,
                            None => Value::either(vec![
                                Choice { condition: None, value: old },
                                Choice { condition: None, value: right },
                            ]),
                        }
                    }
                    AssignOp::SubAssign
                    | AssignOp::MulAssign
                    | AssignOp::DivAssign
                    | AssignOp::ModAssign
                    | AssignOp::ExpAssign
                    | AssignOp::BitOrAssign
                    | AssignOp::BitAndAssign
                    | AssignOp::BitXorAssign
                    | AssignOp::LShiftAssign
                    | AssignOp::RShiftAssign
                    | AssignOp::ZeroFillRShiftAssign => {
                        let old = self.target_value(target).settled();
                        let op = assign.op.to_update().unwrap_or(BinaryOp::Sub);
                        self.arithmetic(op, &old, &right.settled(), &assign.right)
                    }
                    AssignOp::OrAssign | AssignOp::NullishAssign => {
                        let old = self.target_value(target).settled();
                        let is_set = match (&old, assign.op) {
                            (Value::Nothing | Value::Unknown(_) | Value::Live(_) | Value::Either(_), _)
                            | (_, AssignOp::OrAssign) => old.truth(),
                            _ => Some(true),
                        };
                        match is_set {
                            Some(true) => old,
                            Some(false) => right,
                            None => Value::either(vec![
                                Choice { condition: None, value: old },
                                Choice { condition: None, value: right },
                            ]),
                        }
                    }
                };
                let value = self.identified(value);
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

    pub(super) fn target_value(&mut self, target: &'a SimpleAssignTarget) -> Value<'a> {
        match target {
            SimpleAssignTarget::Ident(name) => self.read(&name.id.sym),
            SimpleAssignTarget::Member(member) => self.member_expr(member),
            _ => Value::unknown(RUN_TIME),
        }
    }

    /// Binds the names in `pattern`, which takes a value apart.
    pub(super) fn bind(&mut self, pattern: &'a Pat, value: Value<'a>) {
        self.put(pattern, value, Mode::Declare);
    }

    /// `const`, `let` and `var`: a `var` in a block is of the whole function.
    pub(super) fn bind_variable(&mut self, kind: VarDeclKind, pattern: &'a Pat, value: Value<'a>) {
        let outer = kind == VarDeclKind::Var && {
            let mut names = Vec::new();
            super::module::pattern_names(pattern, &mut names);
            let own = self.scope;
            names.iter().all(|name| self.scope_of(name).is_some_and(|scope| scope != own))
                && self.scopes.get(own).is_some_and(|scope| scope.is_block)
        };
        self.put(pattern, value, if outer { Mode::Assign } else { Mode::Declare });
    }

    fn put(&mut self, pattern: &'a Pat, value: Value<'a>, mode: Mode) {
        if !self.step() || !self.enter() {
            return;
        }
        match pattern {
            Pat::Ident(name) if mode == Mode::Assign => {
                if let Some(scope) = self.scope_of(&name.id.sym) {
                    let value = self.identified(value);
                    self.assign(Place::Name(scope, &name.id.sym), value);
                }
            }
            Pat::Ident(name) => self.bind_name(&name.id.sym, name.type_ann.as_deref(), value),
            Pat::Assign(assign) => {
                let value = if matches!(value, Value::Nothing) { self.eval(&assign.right) } else { value };
                self.put(&assign.left, value, mode);
            }
            Pat::Rest(rest) => self.put(&rest.arg, value, mode),
            Pat::Array(array) => self.take_apart(array, &value.settled(), mode),
            Pat::Object(object) => self.bind_object(object, &value.settled(), mode),
            Pat::Expr(target) if mode == Mode::Assign => self.store(target, value),
            Pat::Invalid(_) | Pat::Expr(_) => {}
        }
        self.leave();
    }

    fn take_apart(&mut self, array: &'a ArrayPat, value: &Value<'a>, mode: Mode) {
        for (index, element) in array.elems.iter().enumerate() {
            let Some(element) = element else { continue };
            if let (Pat::Rest(rest), Value::List(list)) = (element, value) {
                let items = list.items.get(index..).unwrap_or_default().to_vec();
                self.put(&rest.arg, Value::List(Rc::new(List::new(items, list.more.clone()))), mode);
                continue;
            }
            #[allow(clippy::cast_precision_loss, reason = "lists are far shorter")]
            let key = Value::Number(index as f64, self.here());
            let part = self.member_by(value, &key);
            self.put(element, part, mode);
        }
    }

    fn bind_object(&mut self, object: &'a ObjectPat, value: &Value<'a>, mode: Mode) {
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
                        None => Value::unknown(RUN_TIME),
                    };
                    self.put(&pair.value, part, mode);
                }
                ObjectPatProp::Assign(short) => {
                    let name = short.key.id.sym.as_str();
                    taken.push(name.to_owned());
                    let mut part = self.member(value, name);
                    if let (Value::Nothing, Some(default)) = (&part, &short.value) {
                        part = self.eval(default);
                    }
                    match (mode, self.scope_of(name)) {
                        (Mode::Assign, Some(scope)) => self.assign(Place::Name(scope, name), part),
                        (Mode::Assign, None) => {}
                        (Mode::Declare, _) => self.bind_name(name, None, part),
                    }
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
                    self.put(&rest.arg, part, mode);
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
            value => self.identified(value),
        };
        self.declare(name, super::Slot::Ready(value));
    }
}
