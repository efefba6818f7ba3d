//! Methods of arrays, sets and maps.

use swc_ecma_ast::Expr;

use super::super::text::Why;
use super::super::value::{Arg, Kind, List, Value};
use super::eval::RUN_TIME;
use super::{Machine, Rc, Site};
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
        let first = args.first().map(|arg| self.fresh(arg.value.clone()));
        if list.kind == Kind::Statements {
            match name {
                "slice" | "splice" => return Value::List(Rc::new(list.copy())),
                "pop" | "shift" | "at" => return list.items.first().cloned().unwrap_or(Value::Nothing),
                _ => {}
            }
        }
        if matches!(list.kind, Kind::Set | Kind::Map)
            && let Some(value) = self.keyed_method(list, name, &args, (site, holder))
        {
            return value;
        }
        match name {
            "push" | "unshift" | "splice" | "pop" | "shift" | "fill" => {
                self.changed_list(list, name, args, holder)
            }
            "sort" | "reverse" => {
                let mut new = List::clone(list);
                if name == "reverse" {
                    new.items.reverse();
                }
                let new = Value::List(Rc::new(new));
                self.change(&Value::List(Rc::clone(list)), new.clone(), holder);
                new
            }
            "join" => self.join_list(list, first, place),
            "concat" => {
                self.charge(list.items.len());
                let mut whole = list.copy();
                for arg in args {
                    match self.fresh(arg.value).settled() {
                        Value::List(other) => {
                            whole.items.extend(other.items.iter().cloned());
                            whole.more = whole.more.or_else(|| other.more.clone());
                        }
                        other => whole.items.push(other),
                    }
                }
                Value::List(Rc::new(whole))
            }
            "slice" | "toSorted" | "toReversed" | "values" | "flat" => self.reordered(list, name, &args),
            "toSpliced" => self.spliced(list, &args).0,
            "with" => match (args.first().and_then(index), args.get(1)) {
                (Some(at), Some(arg)) if at >= 0.0 && list.more.is_none() => {
                    let mut new = list.copy();
                    if let Some(item) = new.items.get_mut(whole(at)) {
                        *item = arg.value.clone();
                    }
                    Value::List(Rc::new(new))
                }
                _ => Value::unknown(RUN_TIME),
            },
            "entries" => {
                #[allow(clippy::cast_precision_loss, reason = "lists are far shorter")]
                let pair = |(index, item): (usize, &Value<'a>)| {
                    Value::list(vec![Value::Number(index as f64, place), item.clone()])
                };
                let items = list.items.iter().enumerate().map(pair).collect();
                Value::List(Rc::new(List::new(items, list.more.clone())))
            }
            "keys" => Self::keys(&Value::List(Rc::clone(list)), place),
            "includes" | "indexOf" | "lastIndexOf" => match first {
                Some(value) => self.holds(list, name, &value, place),
                None => Value::unknown(RUN_TIME),
            },
            "at" => match first {
                Some(Value::Number(at, _)) if list.more.is_none() => {
                    #[allow(clippy::cast_precision_loss, reason = "lists are far shorter")]
                    let at = if at < 0.0 { list.items.len() as f64 + at } else { at };
                    list.items.get(whole(at)).filter(|_| at >= 0.0).cloned().unwrap_or(Value::Nothing)
                }
                _ => Value::unknown(RUN_TIME),
            },
            "forEach" | "map" | "flatMap" | "filter" | "some" | "every" | "find" | "findIndex" | "reduce"
            | "reduceRight" | "findLast" | "findLastIndex" => self.over(list, name, &args, (site, place)),
            "toString" => self.join_list(list, None, place),
            _ => {
                self.unknown_call(&Value::unknown(format!("`{name}` of a list is not followed")), args, site)
            }
        }
    }

    /// Methods that sets and maps have of their own.
    fn keyed_method(
        &mut self,
        list: &Rc<List<'a>>,
        name: &str,
        args: &[Arg<'a>],
        (site, holder): (&Site, Option<&'a Expr>),
    ) -> Option<Value<'a>> {
        let is_map = list.kind == Kind::Map;
        self.charge(list.items.len());
        let old = Value::List(Rc::clone(list));
        let place = self.source_of(site.module).passage.locate(site.whole.clone());
        let first = args.first().map_or(Value::Nothing, |arg| self.fresh(arg.value.clone()).settled());
        let mut at = None;
        let mut unsure = list.more.is_some();
        for (index, item) in list.items.iter().enumerate() {
            match self.equal(&key_of(item, is_map), &first) {
                Some(true) => at = Some(index),
                Some(false) => {}
                None => unsure = true,
            }
        }
        let parts = |part: usize| {
            let items = list.items.iter().map(|item| match item {
                Value::List(pair) if is_map => pair.items.get(part).cloned().unwrap_or(Value::Nothing),
                item => item.clone(),
            });
            Value::List(Rc::new(List::new(items.collect(), list.more.clone())))
        };
        Some(match name {
            "add" | "set" => {
                let mut new = List::clone(list);
                let item = if is_map {
                    let value = args.get(1).map_or(Value::Nothing, |arg| arg.value.clone());
                    Value::list(vec![first, value])
                } else {
                    first
                };
                match at {
                    Some(at) => new.items[at] = item,
                    None => new.items.push(item),
                }
                let new = Value::List(Rc::new(new));
                self.change(&old, new.clone(), holder);
                new
            }
            "delete" => {
                let mut new = List::clone(list);
                match at {
                    Some(at) if !unsure => drop(new.items.remove(at)),
                    // It stays: what may be there is followed.
                    _ => return Some(Value::unknown(RUN_TIME)),
                }
                self.change(&old, Value::List(Rc::new(new)), holder);
                Value::Bool(true, place)
            }
            "clear" => {
                let empty = List { kind: list.kind, ..List::default() };
                self.change(&old, Value::List(Rc::new(empty)), holder);
                Value::Nothing
            }
            "has" => match (at, unsure) {
                (Some(_), _) => Value::Bool(true, place),
                (None, false) => Value::Bool(false, place),
                _ => Value::unknown(RUN_TIME),
            },
            "get" if is_map => match (at, unsure) {
                (Some(at), false) => match &list.items[at] {
                    Value::List(pair) => pair.items.get(1).cloned().unwrap_or(Value::Nothing),
                    _ => Value::unknown(RUN_TIME),
                },
                (None, false) => Value::Nothing,
                _ => {
                    let why = list.more.clone();
                    why.map_or_else(|| Value::unknown(RUN_TIME), Value::Unknown)
                }
            },
            "keys" => parts(0),
            "values" => parts(1),
            "entries" if is_map => Value::List(Rc::new(list.copy())),
            "forEach" if is_map => {
                let Some(function) = args.first().map(|arg| arg.value.clone()) else {
                    return Some(Value::Nothing);
                };
                for item in &list.items {
                    if let Value::List(pair) = item {
                        let [key, value] =
                            [0, 1].map(|at| pair.items.get(at).cloned().unwrap_or(Value::Nothing));
                        self.call_with(&function, vec![value, key], args, site);
                    }
                }
                if list.more.is_some()
                    && let Value::Function(function) = &function
                {
                    self.run_unknown(function, None);
                }
                Value::Nothing
            }
            _ => return None,
        })
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
        self.charge(list.items.len());
        let mut new = List::clone(list);
        let mut given = Value::unknown(RUN_TIME);
        match name {
            "push" | "unshift" => {
                let mut front = 0;
                for arg in args {
                    if arg.spread {
                        match self.fresh(arg.value).settled() {
                            Value::List(more) if name == "push" => {
                                new.items.extend(more.items.iter().cloned());
                                new.more = new.more.or_else(|| more.more.clone());
                            }
                            Value::Unknown(why) => new.more = Some(why),
                            value => {
                                self.give_away(&value);
                                new.more = Some(Rc::new(Why::new("what is spread into it is not followed")));
                            }
                        }
                    } else if name == "push" {
                        new.items.push(arg.value);
                    } else {
                        new.items.insert(front, arg.value);
                        front += 1;
                    }
                }
            }
            "pop" if new.more.is_none() => given = new.items.pop().unwrap_or(Value::Nothing),
            "shift" if new.more.is_none() => {
                given = if new.items.is_empty() { Value::Nothing } else { new.items.remove(0) };
            }
            "fill" if new.more.is_none() && args.len() == 1 => {
                new.items.iter_mut().for_each(|item| item.clone_from(&args[0].value));
            }
            "splice" => {
                let (rest, taken) = self.spliced(list, &args);
                if let Value::List(rest) = rest {
                    new.items.clone_from(&rest.items);
                    new.more.clone_from(&rest.more);
                }
                given = taken;
            }
            _ => new.more = Some(Rc::new(Why::new(format!("`{name}` changes it, which is not followed")))),
        }
        self.change(&Value::List(Rc::clone(list)), Value::List(Rc::new(new)), holder);
        given
    }

    /// What `splice` leaves and what it takes out.
    fn spliced(&mut self, list: &List<'a>, args: &[Arg<'a>]) -> (Value<'a>, Value<'a>) {
        let len = list.items.len();
        let start = args.first().and_then(index).and_then(|at| bound(at, len));
        let count = match args.get(1) {
            None => Some(len),
            Some(arg) => index(arg).filter(|count| *count >= 0.0).map(whole),
        };
        let new: Vec<Value<'a>> = args.iter().skip(2).map(|arg| arg.value.clone()).collect();
        match (start, count, &list.more) {
            (Some(start), Some(count), None) if args.iter().all(|arg| !arg.spread) => {
                let end = start.saturating_add(count).min(len);
                let taken = list.items[start..end].to_vec();
                let rest = list.items[..start].iter().chain(&new).chain(&list.items[end..]).cloned();
                (Value::list(rest.collect()), Value::list(taken))
            }
            _ => {
                let why = Rc::new(Why::new("`splice` changes it, which is not followed"));
                let all = list.items.iter().chain(&new).cloned().collect();
                let taken = Value::open_list(list.items.clone(), Rc::clone(&why));
                (Value::open_list(all, why), taken)
            }
        }
    }

    fn reordered(&mut self, list: &Rc<List<'a>>, name: &str, args: &[Arg<'a>]) -> Value<'a> {
        let mut new = list.copy();
        match name {
            "toReversed" => new.items.reverse(),
            "slice" if new.more.is_none() => {
                let len = new.items.len();
                let at = |arg: Option<&Arg<'a>>, default: usize| match arg.map(|arg| &arg.value) {
                    None | Some(Value::Nothing) => Some(default),
                    Some(Value::Number(number, _)) => bound(*number, len),
                    _ => None,
                };
                let (Some(start), Some(end)) = (at(args.first(), 0), at(args.get(1), len)) else {
                    return Value::open_list(new.items, Rc::new(Why::new(RUN_TIME)));
                };
                new.items = new.items.get(start..end.max(start)).unwrap_or_default().to_vec();
            }
            "flat" => {
                let deep = !matches!(args.first().map(|arg| &arg.value), None | Some(Value::Nothing));
                for _ in 0..if deep { 8 } else { 1 } {
                    let mut flat = Vec::new();
                    for item in &new.items {
                        match self.fresh(item.clone()) {
                            Value::List(inner) => {
                                flat.extend(inner.items.iter().cloned());
                                new.more = new.more.clone().or_else(|| inner.more.clone());
                            }
                            item => flat.push(item),
                        }
                    }
                    new.items = flat;
                }
            }
            _ => {}
        }
        Value::List(Rc::new(new))
    }

    /// Whether the list holds a value, or where.
    fn holds(&mut self, list: &List<'a>, name: &str, value: &Value<'a>, place: Span) -> Value<'a> {
        let equal: Vec<Option<bool>> = list.items.iter().map(|item| self.equal(item, value)).collect();
        let is = |equal: &Option<bool>| *equal == Some(true);
        let at = if name == "lastIndexOf" { equal.iter().rposition(is) } else { equal.iter().position(is) };
        let sure = list.more.is_none() && equal.iter().all(Option::is_some);
        #[allow(clippy::cast_precision_loss, reason = "lists are far shorter")]
        match (name, at) {
            ("includes", Some(_)) => Value::Bool(true, place),
            ("includes", None) if sure => Value::Bool(false, place),
            ("indexOf" | "lastIndexOf", Some(at)) if sure => Value::Number(at as f64, place),
            ("indexOf" | "lastIndexOf", None) if sure => Value::Number(-1.0, place),
            _ => Value::unknown(RUN_TIME),
        }
    }
}

fn key_of<'a>(item: &Value<'a>, is_map: bool) -> Value<'a> {
    match item {
        Value::List(pair) if is_map => pair.items.first().cloned().unwrap_or(Value::Nothing),
        item => item.clone(),
    }
}

fn index(arg: &Arg<'_>) -> Option<f64> {
    if let Value::Number(number, _) = &arg.value { Some(*number) } else { None }
}

#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "it saturates")]
fn whole(number: f64) -> usize {
    number as usize
}

/// A place in a list of `len` items; one below zero counts from the end.
#[allow(clippy::cast_precision_loss, reason = "lists are far shorter")]
fn bound(at: f64, len: usize) -> Option<usize> {
    let at = if at < 0.0 { (len as f64 + at).max(0.0) } else { at };
    at.is_finite().then(|| whole(at).min(len))
}
