//! Values out of data: JSON, numbers, pairs of names and values.

use super::super::text::{Text, Why};
use super::super::value::{Arg, Object, Value};
use super::eval::RUN_TIME;
use super::{Machine, Rc};
use crate::syntax::json;
use crate::text::Passage;

impl<'a> Machine<'a> {
    /// A list of so many items of nothing.
    pub(super) fn counted_list(count: &Value<'a>) -> Value<'a> {
        match count {
            #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "it is in range")]
            Value::Number(count, _) if (0.0..=100_000.0).contains(count) => {
                Value::list(vec![Value::Nothing; *count as usize])
            }
            Value::Unknown(why) => Value::open_list(Vec::new(), Rc::clone(why)),
            _ => Value::open_list(Vec::new(), Rc::new(Why::new("how many items it has is not followed"))),
        }
    }

    pub(super) fn of_entries(&mut self, list: &Value<'a>) -> Value<'a> {
        let Value::List(list) = self.fresh(list.clone()) else { return Value::unknown(RUN_TIME) };
        let mut whole = Object { pairs: Vec::new(), more: list.more.clone(), span: self.here(), id: 0 };
        for item in &list.items {
            let Value::List(pair) = item else {
                whole.more = Some(Rc::new(Why::new("what it is made from is not followed")));
                continue;
            };
            let key = pair.items.first().and_then(Self::known);
            let value = pair.items.get(1).cloned().unwrap_or(Value::Nothing);
            match key {
                Some(key) => whole.pairs.push((key.passage.text().into(), value)),
                None => whole.more = Some(Rc::new(Why::new("a name in it is known at run time only"))),
            }
        }
        Value::Object(Rc::new(whole))
    }

    pub(super) fn math(&mut self, path: &str, args: &[Arg<'a>]) -> Value<'a> {
        let numbers: Option<Vec<f64>> = args
            .iter()
            .map(|arg| if let Value::Number(number, _) = arg.value { Some(number) } else { None })
            .collect();
        let Some(numbers) = numbers.filter(|_| args.iter().all(|arg| !arg.spread)) else {
            return Value::unknown(RUN_TIME);
        };
        let first = numbers.first().copied().unwrap_or(f64::NAN);
        let number = match path {
            "Math.max" => numbers.iter().copied().fold(f64::NEG_INFINITY, f64::max),
            "Math.min" => numbers.iter().copied().fold(f64::INFINITY, f64::min),
            "Math.floor" => first.floor(),
            "Math.ceil" => first.ceil(),
            "Math.round" => (first + 0.5).floor(),
            "Math.abs" => first.abs(),
            "Math.pow" => first.powf(numbers.get(1).copied().unwrap_or(f64::NAN)),
            _ => first.trunc(),
        };
        if number.is_finite() { Value::Number(number, self.here()) } else { Value::unknown(RUN_TIME) }
    }

    /// The values of JSON, each with its place.
    pub(super) fn json(&mut self, passage: &Passage) -> Value<'a> {
        match json::parse(passage) {
            (Some(node), faults) if faults.is_empty() => self.json_value(passage, &node, 0),
            _ => Value::unknown("it is no JSON that can be read"),
        }
    }

    pub(super) fn json_value(&mut self, passage: &Passage, node: &json::Node, depth: u32) -> Value<'a> {
        if depth > 64 || !self.step() {
            return Value::unknown("it is nested too deeply to be followed");
        }
        let place = passage.locate(node.range.clone());
        match &node.data {
            json::Data::Null => Value::Nothing,
            json::Data::Bool(flag) => Value::Bool(*flag, place),
            json::Data::Number(number) => match number.parse::<f64>() {
                Ok(number) => Value::Number(number, place),
                Err(_) => Value::unknown(RUN_TIME),
            },
            json::Data::Text(words) => Value::text(Text::whole(words.clone())),
            json::Data::List(items) => {
                Value::list(items.iter().map(|item| self.json_value(passage, item, depth + 1)).collect())
            }
            json::Data::Object(entries) => {
                let pairs = entries
                    .iter()
                    .map(|entry| (entry.key.text().into(), self.json_value(passage, &entry.node, depth + 1)))
                    .collect();
                Value::Object(Rc::new(Object { pairs, more: None, span: place, id: 0 }))
            }
        }
    }
}
