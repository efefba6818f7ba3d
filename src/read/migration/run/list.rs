//! Methods of lists. Functions run once for each item that is known, and once more for those that are
//! not.

use swc_ecma_ast::Expr;

use super::super::text::Why;
use super::super::value::{Arg, List, Value};
use super::eval::RUN_TIME;
use super::{LOOK, MAX_TURNS, Machine, Rc, Site};
use crate::text::Span;

impl<'a> Machine<'a> {
    pub(super) fn list_method(
        &mut self,
        list: &Rc<List<'a>>,
        name: &str,
        args: Vec<Arg<'a>>,
        (site, holder): (&Site, Option<&'a Expr>),
    ) -> Value<'a> {
        let place = self.source_of(site.module).passage.locate(site.whole.clone());
        let first = args.first().map(|arg| arg.value.clone());
        match name {
            "push" | "unshift" | "splice" | "pop" | "shift" | "fill" => {
                self.changed_list(list, name, args, holder)
            }
            "join" => self.join_list(list, first, place),
            "concat" => {
                let mut whole = List::clone(list);
                for arg in args {
                    match arg.value.settled() {
                        Value::List(other) => {
                            whole.items.extend(other.items.iter().cloned());
                            whole.more = whole.more.or_else(|| other.more.clone());
                        }
                        other => whole.items.push(other),
                    }
                }
                Value::List(Rc::new(whole))
            }
            "slice" | "sort" | "reverse" | "toSorted" | "toReversed" | "values" | "flat" => {
                Self::reordered(list, name, &args)
            }
            "entries" => {
                #[allow(clippy::cast_precision_loss, reason = "lists are far shorter")]
                let pair = |(index, item): (usize, &Value<'a>)| {
                    Value::list(vec![Value::Number(index as f64, place), item.clone()])
                };
                let items = list.items.iter().enumerate().map(pair).collect();
                Value::List(Rc::new(List { items, more: list.more.clone() }))
            }
            "keys" => Self::keys(&Value::List(Rc::clone(list)), place),
            "includes" | "indexOf" => match first {
                Some(value) => self.holds(list, name, &value, place),
                None => Value::unknown(RUN_TIME),
            },
            "at" => match first {
                Some(key @ Value::Number(..)) => self.member_by(&Value::List(Rc::clone(list)), &key),
                _ => Value::unknown(RUN_TIME),
            },
            "forEach" | "map" | "flatMap" | "filter" | "some" | "every" | "find" | "findIndex" | "reduce" => {
                self.over(list, name, &args, (site, place))
            }
            "toString" => self.join_list(list, None, place),
            _ => {
                self.unknown_call(&Value::unknown(format!("`{name}` of a list is not followed")), args, site)
            }
        }
    }

    fn join_list(&mut self, list: &Rc<List<'a>>, separator: Option<Value<'a>>, place: Span) -> Value<'a> {
        if let Some(why) = &list.more {
            return Value::Unknown(Rc::clone(why));
        }
        let separator = match separator {
            Some(Value::Nothing) | None => self.made_text(","),
            Some(separator) => separator,
        };
        self.joined(&list.items, &separator, place)
    }

    fn changed_list(
        &mut self,
        list: &Rc<List<'a>>,
        name: &str,
        args: Vec<Arg<'a>>,
        holder: Option<&'a Expr>,
    ) -> Value<'a> {
        let mut new = List::clone(list);
        let mut given = Value::unknown(RUN_TIME);
        match name {
            "push" | "unshift" => {
                for arg in args {
                    if arg.spread {
                        self.give_away(&arg.value);
                        new.more = Some(Rc::new(Why::new("what is spread into it is not followed")));
                    } else if name == "push" {
                        new.items.push(arg.value);
                    } else {
                        new.items.insert(0, arg.value);
                    }
                }
            }
            "pop" if new.more.is_none() => given = new.items.pop().unwrap_or(Value::Nothing),
            "shift" if new.more.is_none() => {
                given = if new.items.is_empty() { Value::Nothing } else { new.items.remove(0) };
            }
            _ => new.more = Some(Rc::new(Why::new(format!("`{name}` changes it, which is not followed")))),
        }
        if let Some(holder) = holder {
            self.store(holder, Value::List(Rc::new(new)));
        }
        given
    }

    fn reordered(list: &Rc<List<'a>>, name: &str, args: &[Arg<'a>]) -> Value<'a> {
        let mut new = List::clone(list);
        match name {
            "reverse" | "toReversed" => new.items.reverse(),
            "slice" if new.more.is_none() => {
                let bound = |arg: Option<&Arg<'a>>, default: usize| match arg.map(|arg| &arg.value) {
                    None | Some(Value::Nothing) => Some(default),
                    #[allow(
                        clippy::cast_possible_truncation,
                        clippy::cast_sign_loss,
                        reason = "it saturates"
                    )]
                    Some(Value::Number(number, _)) if *number >= 0.0 => Some((*number as usize).min(default)),
                    _ => None,
                };
                let len = new.items.len();
                let start = if args.is_empty() { Some(0) } else { bound(args.first(), len) };
                let (Some(start), Some(end)) = (start, bound(args.get(1), len)) else {
                    return Value::unknown(RUN_TIME);
                };
                new.items = new.items.get(start..end.max(start)).unwrap_or_default().to_vec();
            }
            "flat" => {
                let mut flat = Vec::new();
                for item in &new.items {
                    match item {
                        Value::List(inner) => {
                            flat.extend(inner.items.iter().cloned());
                            new.more = new.more.clone().or_else(|| inner.more.clone());
                        }
                        item => flat.push(item.clone()),
                    }
                }
                new.items = flat;
            }
            _ => {}
        }
        Value::List(Rc::new(new))
    }

    /// Whether the list holds a value, or where.
    fn holds(&mut self, list: &List<'a>, name: &str, value: &Value<'a>, place: Span) -> Value<'a> {
        let equal: Vec<Option<bool>> = list.items.iter().map(|item| self.equal(item, value)).collect();
        let at = equal.iter().position(|equal| *equal == Some(true));
        let sure = list.more.is_none() && equal.iter().all(Option::is_some);
        #[allow(clippy::cast_precision_loss, reason = "lists are far shorter")]
        match (name, at) {
            ("includes", Some(_)) => Value::Bool(true, place),
            ("includes", None) if sure => Value::Bool(false, place),
            ("indexOf", Some(at)) if sure => Value::Number(at as f64, place),
            ("indexOf", None) if sure => Value::Number(-1.0, place),
            _ => Value::unknown(RUN_TIME),
        }
    }

    /// Runs a function for each item.
    fn over(
        &mut self,
        list: &Rc<List<'a>>,
        name: &str,
        args: &[Arg<'a>],
        (site, place): (&Site, Span),
    ) -> Value<'a> {
        let Some(function) = args.first().map(|arg| arg.value.clone()) else {
            return Value::unknown(RUN_TIME);
        };
        let mut kept = List { items: Vec::new(), more: list.more.clone() };
        let mut total = args.get(1).map(|arg| arg.value.clone());
        let mut unsure = list.more.is_some();
        for (index, item) in list.items.iter().enumerate() {
            if index == MAX_TURNS || !self.turn() {
                let reason = format!("of this list's {} items, {index} are followed", list.items.len());
                self.not_followed_in(site.module, site.whole.clone(), reason.clone());
                kept.more = Some(Rc::new(Why::new(reason)));
                unsure = true;
                break;
            }
            #[allow(clippy::cast_precision_loss, reason = "lists are far shorter")]
            let number = Value::Number(index as f64, place);
            let given = match (name, total.take()) {
                ("reduce", total) => vec![total.unwrap_or(Value::Nothing), item.clone(), number],
                (_, old) => {
                    total = old;
                    vec![item.clone(), number]
                }
            };
            let result = self.call_with(&function, given, args, site);
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
                    ("find", Some(true)) if !unsure => return item.clone(),
                    ("some", Some(true)) => return Value::Bool(true, place),
                    ("every", Some(false)) => return Value::Bool(false, place),
                    (_, Some(_)) => {}
                    (_, None) => unsure = true,
                },
                "reduce" => total = Some(result),
                _ => {}
            }
            if self.steps == 0 {
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
            Value::List(list) => Value::List(Rc::new(List {
                items: list.items.iter().map(|item| item.clone().settled()).collect(),
                more: list.more.clone(),
            })),
            other => other.clone().settled(),
        };
        Value::Promise(Rc::new((settled, work)))
    }
}
