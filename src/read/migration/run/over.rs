//! Functions that run for the items of a list: once for each that is known, and once more for those that
//! are not.

use super::super::text::Why;
use super::super::value::{Arg, Choice, List, Value};
use super::eval::RUN_TIME;
use super::{LOOK, MAX_TURNS, Machine, Rc, Site};
use crate::text::Span;

impl<'a> Machine<'a> {
    /// Runs a function for each item.
    pub(super) fn over(
        &mut self,
        list: &Rc<List<'a>>,
        name: &str,
        args: &[Arg<'a>],
        (site, place): (&Site, Span),
    ) -> Value<'a> {
        let Some(function) = args.first().map(|arg| arg.value.clone()) else {
            return Value::unknown(RUN_TIME);
        };
        let mut kept = List { items: Vec::new(), ..list.copy() };
        let mut total = args.get(1).map(|arg| arg.value.clone());
        let mut unsure = list.more.is_some();
        let mut items: Vec<(usize, Value<'a>)> = list.items.iter().cloned().enumerate().collect();
        if matches!(name, "reduceRight" | "findLast" | "findLastIndex") {
            items.reverse();
        }
        let name = match name {
            "reduceRight" => "reduce",
            "findLast" => "find",
            name => name,
        };
        if name == "reduce" && total.is_none() && !items.is_empty() {
            total = Some(items.remove(0).1);
        }
        for (index, item) in items {
            if self.aside.is_some() && self.turns <= 1 {
                self.turn();
                kept.more = Some(Rc::new(Why::new("it is computed in more turns than are followed")));
                unsure = true;
                break;
            }
            if index == MAX_TURNS || !self.turn() {
                let reason = format!("of this list's {} items, {index} are followed", list.items.len());
                self.not_followed_in(site.module, site.whole.clone(), reason.clone());
                kept.more = Some(Rc::new(Why::new(reason)));
                unsure = true;
                break;
            }
            let number = number_of(index, place);
            let given = match (name, total.take()) {
                ("reduce", total) => vec![total.unwrap_or(Value::Nothing), item.clone(), number],
                (_, old) => {
                    total = old;
                    vec![item.clone(), number]
                }
            };
            let (condition, given) = conditional(&item, given);
            let result = match condition {
                None => self.call_with(&function, given, args, site),
                Some(condition) => {
                    let choice = Choice { condition: Some(Rc::clone(&condition)), value: Value::Nothing };
                    let value =
                        self.one_of(&choice, site, |machine| machine.call_with(&function, given, args, site));
                    match value {
                        Value::Either(_) => value,
                        value => Value::Either(Rc::new(vec![Choice { condition: Some(condition), value }])),
                    }
                }
            };
            match name {
                "map" => kept.items.push(result),
                "flatMap" => match result.settled() {
                    Value::List(inner) => {
                        kept.items.extend(inner.items.iter().cloned());
                        kept.more = kept.more.or_else(|| inner.more.clone());
                    }
                    result => kept.items.push(result),
                },
                "filter" => match result.settled().truth() {
                    Some(true) => kept.items.push(item.clone()),
                    Some(false) => {}
                    None => {
                        kept.items.push(item.clone());
                        unsure = true;
                    }
                },
                "find" | "findIndex" | "some" | "every" => match (name, result.settled().truth()) {
                    ("find", Some(true)) if !unsure => return item,
                    ("findIndex", Some(true)) if !unsure => return number_of(index, place),
                    ("some", Some(true)) => return Value::Bool(true, place),
                    ("every", Some(false)) => return Value::Bool(false, place),
                    (_, Some(_)) => {}
                    (_, None) => unsure = true,
                },
                "reduce" => total = Some(result),
                _ => {}
            }
            if self.is_spent() {
                break;
            }
        }
        if list.more.is_some()
            && let Value::Function(function) = &function
        {
            let result = self.run_unknown(function, None);
            match name {
                "map" | "flatMap" => kept.items.push(result),
                "reduce" => total = Some(result),
                "forEach" => {}
                _ => self.give_away(&result),
            }
        }
        match name {
            "map" | "flatMap" | "filter" => Value::List(Rc::new(kept)),
            "reduce" => total.unwrap_or(Value::Nothing),
            "forEach" => Value::Nothing,
            "some" if !unsure => Value::Bool(false, place),
            "every" if !unsure => Value::Bool(true, place),
            "find" if !unsure => Value::Nothing,
            "findIndex" if !unsure => Value::Number(-1.0, place),
            _ => Value::unknown(RUN_TIME),
        }
    }

    /// Calls a function with values that stand nowhere of their own.
    pub(super) fn call_with(
        &mut self,
        function: &Value<'a>,
        values: Vec<Value<'a>>,
        args: &[Arg<'a>],
        site: &Site,
    ) -> Value<'a> {
        match (function, args.first()) {
            // A call that the list makes is no step of its own.
            (Value::Function(function), _) => {
                self.call_function(function, values, None, &Site { whole: 0..0, ..site.clone() })
            }
            (other, Some(first)) => {
                let one = values.into_iter().take(1);
                let args = one.map(|value| Arg { value, expr: first.expr, spread: false }).collect();
                self.call_value(other, args, None, site)
            }
            (_, None) => Value::unknown(RUN_TIME),
        }
    }

    /// All promises of a list as one.
    pub(super) fn gathered(value: &Value<'a>) -> Value<'a> {
        let mut work = Vec::new();
        value.pending(LOOK, &mut work);
        let settled = match value {
            Value::List(list) => {
                let items = list.items.iter().map(|item| item.clone().settled()).collect();
                Value::List(Rc::new(List::new(items, list.more.clone())))
            }
            other => other.clone().settled(),
        };
        Value::Promise(Rc::new((settled, work)))
    }
}

#[allow(clippy::cast_precision_loss, reason = "lists are far shorter")]
fn number_of<'a>(index: usize, place: Span) -> Value<'a> {
    Value::Number(index as f64, place)
}

/// Takes the condition off an item that is there under one, and off the values that a function gets.
fn conditional<'a>(item: &Value<'a>, given: Vec<Value<'a>>) -> (Option<Rc<str>>, Vec<Value<'a>>) {
    let Value::Either(choices) = item else { return (None, given) };
    let [choice] = choices.as_slice() else { return (None, given) };
    let plain = given.into_iter().map(|value| match &value {
        Value::Either(inner) if Rc::ptr_eq(inner, choices) => choice.value.clone(),
        _ => value,
    });
    (choice.condition.clone(), plain.collect())
}
