//! Lists and objects that are changed where they stand: each has an identity, so that whoever it was
//! handed to sees the change.

use super::super::text::Why;
use super::super::value::{Choice, List, Object, Value};
use super::{Machine, Place, Rc};
use swc_ecma_ast::Expr;

impl<'a> Machine<'a> {
    pub(super) fn new_id(&mut self) -> usize {
        self.ids += 1;
        self.ids
    }

    /// The value as it is now, where it was changed since it was handed on.
    pub(super) fn fresh(&self, value: Value<'a>) -> Value<'a> {
        if self.heap.is_empty() {
            return value;
        }
        match &value {
            Value::List(_) | Value::Object(_) => self.heap.get(&identity(&value)).cloned().unwrap_or(value),
            Value::Either(choices) if choices.iter().any(|choice| self.is_stale(&choice.value)) => {
                let choices = choices.iter().map(|choice| Choice {
                    condition: choice.condition.clone(),
                    value: self.heap.get(&identity(&choice.value)).cloned().unwrap_or(choice.value.clone()),
                });
                Value::either(choices.collect())
            }
            _ => value,
        }
    }

    fn is_stale(&self, value: &Value<'a>) -> bool {
        self.heap.contains_key(&identity(value))
    }

    /// Gives a list or an object an identity, where it has none.
    pub(super) fn identified(&mut self, value: Value<'a>) -> Value<'a> {
        match value {
            Value::List(mut list) if list.id == 0 => {
                let id = self.new_id();
                Rc::make_mut(&mut list).id = id;
                Value::List(list)
            }
            Value::Object(mut object) if object.id == 0 => {
                let id = self.new_id();
                Rc::make_mut(&mut object).id = id;
                Value::Object(object)
            }
            value => value,
        }
    }

    /// Lets `new` be what the list or object `old` holds from now on; `holder` names it.
    pub(super) fn change(&mut self, old: &Value<'a>, new: Value<'a>, holder: Option<&'a Expr>) {
        let id = identity(old);
        if id == 0 {
            if let Some(holder) = holder {
                self.store(holder, new);
            }
            return;
        }
        self.heap.entry(id).or_insert_with(|| old.clone());
        self.assign(Place::Content(id), with_identity(new, id));
    }

    /// Notes that somebody who is not followed got a list or an object, and may put more into it.
    pub(super) fn may_change(&mut self, value: &Value<'a>, callee: &str) {
        let why = || Rc::new(Why::new(format!("`{callee}` may change it, which is not followed")));
        let value = self.fresh(value.clone());
        let new = match &value {
            Value::List(list) if list.id != 0 && list.more.is_none() => {
                Value::List(Rc::new(List { more: Some(why()), ..List::clone(list) }))
            }
            Value::Object(object) if object.id != 0 && object.more.is_none() => {
                Value::Object(Rc::new(Object { more: Some(why()), ..Object::clone(object) }))
            }
            _ => return,
        };
        self.change(&value, new, None);
    }

    /// What a list or an object holds behind two ways: items that one of them added are there under its
    /// condition. None where the ways did more than that.
    pub(super) fn met(
        old: Option<&Value<'a>>,
        (one, other): (&Value<'a>, &Value<'a>),
        conditions: &[Option<Rc<str>>; 2],
    ) -> Option<Value<'a>> {
        match (old?, one, other) {
            (Value::List(old), Value::List(one), Value::List(other)) => {
                let count = old.items.len();
                if old.id == 0
                    || old.id != one.id
                    || old.id != other.id
                    || !(begins(one, old) && begins(other, old))
                {
                    return None;
                }
                let mut items = old.items.clone();
                for (list, condition) in [(one, &conditions[0]), (other, &conditions[1])] {
                    items.extend(list.items[count..].iter().map(|item| under(condition, item)));
                }
                let more = one.more.clone().or_else(|| other.more.clone());
                Some(Value::List(Rc::new(List { items, more, kind: old.kind, id: old.id })))
            }
            (Value::Object(old), Value::Object(one), Value::Object(other)) => {
                let count = old.pairs.len();
                let grown = |new: &Object<'a>| new.pairs.len() >= count;
                if old.id == 0 || old.id != one.id || old.id != other.id || !(grown(one) && grown(other)) {
                    return None;
                }
                let mut pairs = old.pairs.clone();
                for (object, condition) in [(one, &conditions[0]), (other, &conditions[1])] {
                    for (name, value) in &object.pairs[count..] {
                        let value = match old.get(name) {
                            None => value.clone(),
                            Some(before) => Value::either(vec![
                                Choice { condition: None, value: before.clone() },
                                Choice { condition: condition.clone(), value: value.clone() },
                            ]),
                        };
                        pairs.push((Rc::clone(name), value));
                    }
                }
                let more = one.more.clone().or_else(|| other.more.clone());
                Some(Value::Object(Rc::new(Object { pairs, more, span: old.span, id: old.id })))
            }
            _ => None,
        }
    }

    /// What may be left of a value that changes any number of times: of a list, its items and more.
    pub(super) fn unsure(&mut self, old: Option<Value<'a>>, new: &Value<'a>, why: &Rc<Why>) -> Value<'a> {
        let value = match (old, new) {
            (Some(Value::List(old)), Value::List(_)) => {
                let mut list = List::clone(&old);
                list.more = Some(Rc::clone(why));
                Value::List(Rc::new(list))
            }
            (Some(Value::Object(old)), Value::Object(_)) => {
                let mut object = Object::clone(&old);
                object.more = Some(Rc::clone(why));
                Value::Object(Rc::new(object))
            }
            (_, Value::List(_)) => Value::open_list(Vec::new(), Rc::clone(why)),
            _ => Value::Unknown(Rc::clone(why)),
        };
        self.identified(value)
    }
}

/// What tells a list or an object from others; 0 for what has no identity.
fn identity(value: &Value<'_>) -> usize {
    match value {
        Value::List(list) => list.id,
        Value::Object(object) => object.id,
        _ => 0,
    }
}

fn with_identity(value: Value<'_>, id: usize) -> Value<'_> {
    match value {
        Value::List(mut list) => {
            if list.id != id {
                Rc::make_mut(&mut list).id = id;
            }
            Value::List(list)
        }
        Value::Object(mut object) => {
            if object.id != id {
                Rc::make_mut(&mut object).id = id;
            }
            Value::Object(object)
        }
        value => value,
    }
}

fn begins(list: &List<'_>, with: &List<'_>) -> bool {
    list.items.len() >= with.items.len()
        && list.items.iter().zip(&with.items).all(|(one, other)| one.same(other) != Some(false))
}

/// An item that is there under a condition.
fn under<'a>(condition: &Option<Rc<str>>, item: &Value<'a>) -> Value<'a> {
    match item {
        Value::Either(_) => item.clone(),
        item if condition.is_some() => {
            Value::Either(Rc::new(vec![Choice { condition: condition.clone(), value: item.clone() }]))
        }
        item => item.clone(),
    }
}
