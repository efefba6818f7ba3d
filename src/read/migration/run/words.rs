//! Texts out of literals, templates and sums. What is not known in them becomes a hole.

use std::ops::Range;

use swc_common::Spanned;
use swc_ecma_ast::{Expr, Str, TaggedTpl, Tpl};

use super::super::scope::{method, plain};
use super::super::text::{Maker, Why};
use super::super::value::{Arg, Choice, Function, Value};
use super::eval::RUN_TIME;
use super::{Machine, Rc, Site};
use crate::syntax::typescript::literal::Form;
use crate::syntax::typescript::range;
use crate::text::{Span, cut_line};

/// A part of a text.
enum Part<'a> {
    /// A literal's words.
    Words(Range<usize>, Form),
    Value(Value<'a>, Span, Rc<str>),
}

impl<'a> Machine<'a> {
    pub(super) fn string(&mut self, text: &'a Str) -> Value<'a> {
        let source = self.source();
        let whole = range(text.span);
        let words = source.words(text);
        let closed = words.len() > 1 && words.as_bytes().first() == words.as_bytes().last();
        let mut maker = Maker::at(source.span(text));
        maker.literal(source.passage, whole.start + 1..whole.end - usize::from(closed), Form::Quoted);
        self.pay(maker.cost());
        Value::text(maker.finish())
    }

    pub(super) fn template(&mut self, template: &'a Tpl) -> Value<'a> {
        self.template_as(template, Form::Template)
    }

    fn template_as(&mut self, template: &'a Tpl, form: Form) -> Value<'a> {
        let source = self.source();
        let mut parts = Vec::with_capacity(template.quasis.len() * 2);
        for (index, chunk) in template.quasis.iter().enumerate() {
            parts.push(Part::Words(range(chunk.span), form));
            if let Some(hole) = template.exprs.get(index) {
                let value = self.eval(hole);
                // With its `${` and `}`, where they stand on one line.
                let behind = template.quasis.get(index + 1).map_or(0, |next| range(next.span).start);
                let whole = range(chunk.span).end..behind;
                let words = source.text().get(whole.clone()).unwrap_or_default();
                let place = if words.starts_with("${") && !words.contains(['\n', '\r']) {
                    source.passage.locate(whole)
                } else {
                    source.span(&**hole)
                };
                parts.push(Part::Value(value, place, cut_line(source.words(&**hole), 60).into()));
            }
        }
        self.weave(&parts, source.span(template))
    }

    /// A template with a tag: one that leaves the text as it is, or that runs it.
    pub(super) fn tagged(&mut self, tagged: &'a TaggedTpl) -> Value<'a> {
        if let Some((object, name)) = method(&tagged.tag) {
            if name == "raw" && matches!(plain(object), Expr::Ident(object) if object.sym == *"String") {
                return self.template_as(&tagged.tpl, Form::Raw);
            }
            if name == "sql" {
                let object = self.eval(object).settled();
                if let Value::Role(_) = object {
                    let text = self.parameters(tagged);
                    let site = self.site(range(tagged.span), range(tagged.span), "sql");
                    return self.query_value(&text, range(tagged.span), &site);
                }
            }
        }
        let is_text = matches!(plain(&tagged.tag), Expr::Ident(name)
            if matches!(name.sym.as_str(), "sql" | "SQL" | "pgsql" | "dedent" | "gql" | "outdent" | "stripIndent"));
        let tag = self.eval(&tagged.tag).settled();
        if let Value::Function(function) = &tag {
            return self.through(tagged, &Rc::clone(function));
        }
        if is_text {
            return self.template(&tagged.tpl);
        }
        let mut args = Vec::new();
        for expr in &tagged.tpl.exprs {
            let value = self.eval(expr);
            args.push(Arg { value, expr, spread: false });
        }
        let site = self.site(range(tagged.span), range(tagged.span), "");
        self.unknown_call(&tag, args, &site)
    }

    /// What a tag of the repository makes of a template; the template where that is no text.
    fn through(&mut self, tagged: &'a TaggedTpl, function: &Rc<Function<'a>>) -> Value<'a> {
        let source = self.source();
        let strings = |machine: &mut Self, form: Form| {
            let mut items = Vec::with_capacity(tagged.tpl.quasis.len());
            for chunk in &tagged.tpl.quasis {
                let mut maker = Maker::at(source.span(chunk));
                maker.literal(source.passage, range(chunk.span), form);
                machine.pay(maker.cost());
                items.push(Value::text(maker.finish()));
            }
            Value::list(items)
        };
        let cooked = strings(self, Form::Template);
        let raw = strings(self, Form::Raw);
        // A list with a field, which is asked for by its name.
        self.raw_strings = Some(raw);
        let mut args = vec![cooked];
        for expr in &tagged.tpl.exprs {
            let value = self.eval(expr);
            args.push(value);
        }
        let whole = range(tagged.span);
        let site = self.site(whole.clone(), whole, "a tag");
        let result = self.call_function(function, args, None, &site).settled();
        match &result {
            Value::Text(_) | Value::Either(_) => result,
            Value::Object(object) if object.get("text").is_some() => result,
            _ => self.template(&tagged.tpl),
        }
    }

    /// The text of a template whose tag turns its holes into parameters; a function in a hole gives
    /// text instead.
    fn parameters(&mut self, tagged: &'a TaggedTpl) -> Value<'a> {
        let source = self.source();
        let mut maker = Maker::at(source.span(&*tagged.tpl));
        for (index, chunk) in tagged.tpl.quasis.iter().enumerate() {
            maker.literal(source.passage, range(chunk.span), Form::Template);
            let Some(hole) = tagged.tpl.exprs.get(index) else { continue };
            if matches!(plain(hole), Expr::Arrow(_) | Expr::Fn(_)) {
                let id = self.hole_id();
                let why = Rc::new(Why::new("what a function gives is not followed here"));
                maker.hole(source.span(hole), source.words(hole), (id, why));
            } else {
                self.eval(hole);
                maker.put(source.span(hole), &format!("${}", index + 1));
            }
        }
        self.pay(maker.cost());
        Value::text(maker.finish())
    }

    /// `a + b + …`.
    pub(super) fn sum(&mut self, parts: Vec<(Value<'a>, &'a Expr)>, whole: &'a Expr) -> Value<'a> {
        let parts = parts.into_iter().map(|(value, expr)| (value, Some(expr))).collect();
        self.sum_values(parts, range(whole.span()))
    }

    pub(super) fn sum_values(
        &mut self,
        parts: Vec<(Value<'a>, Option<&'a Expr>)>,
        whole: Range<usize>,
    ) -> Value<'a> {
        let source = self.source();
        let place = source.passage.locate(whole);
        let parts: Vec<_> = parts.into_iter().map(|(value, expr)| (value.settled(), expr)).collect();
        let numbers: Option<Vec<f64>> = parts
            .iter()
            .map(|(value, _)| if let Value::Number(number, _) = value { Some(*number) } else { None })
            .collect();
        if let Some(numbers) = numbers {
            return Value::Number(numbers.iter().sum(), place);
        }
        let is_text = |value: &Value<'a>| match value {
            Value::Text(_) => true,
            Value::Either(choices) => choices.iter().any(|choice| matches!(choice.value, Value::Text(_))),
            _ => false,
        };
        if !parts.iter().any(|(value, _)| is_text(value)) {
            let known = parts.iter().find_map(|(value, _)| match value {
                Value::Unknown(why) => Some(Rc::clone(why)),
                _ => None,
            });
            return known.map_or_else(|| Value::unknown(RUN_TIME), Value::Unknown);
        }
        let parts: Vec<Part<'a>> = parts
            .into_iter()
            .map(|(value, expr)| match expr {
                Some(expr) => Part::Value(value, source.span(expr), cut_line(source.words(expr), 60).into()),
                None => Part::Value(value, place, "…".into()),
            })
            .collect();
        self.weave(&parts, place)
    }

    /// The items of a list as one text.
    pub(super) fn joined(&mut self, items: &[Value<'a>], separator: &Value<'a>, place: Span) -> Value<'a> {
        let mut parts = Vec::with_capacity(items.len() * 2);
        for (index, item) in items.iter().enumerate() {
            if index > 0 {
                parts.push(Part::Value(separator.clone(), place, "…".into()));
            }
            parts.push(Part::Value(item.clone(), place, "…".into()));
        }
        self.weave(&parts, place)
    }

    /// One text out of parts; one of several where a part is: each of a part's values is in at least one.
    fn weave(&mut self, parts: &[Part<'a>], place: Span) -> Value<'a> {
        let count = parts.iter().map(choices).max().unwrap_or(1);
        let mut texts = Vec::with_capacity(count);
        for turn in 0..count {
            let mut maker = Maker::at(place);
            let mut conditions: Vec<Rc<str>> = Vec::new();
            for part in parts {
                match part {
                    Part::Words(words, form) => {
                        maker.literal(self.source().passage, words.clone(), *form);
                    }
                    Part::Value(value, place, words) => {
                        let value = match (value, choices(part)) {
                            (Value::Either(all), count) if count > 1 || all.len() == 1 => {
                                let choice = &all[turn.min(all.len() - 1)];
                                if let Some(condition) = &choice.condition
                                    && !conditions.contains(condition)
                                {
                                    conditions.push(Rc::clone(condition));
                                }
                                &choice.value
                            }
                            (value, _) => value,
                        };
                        self.add(&mut maker, value, (*place, words));
                    }
                }
            }
            self.pay(maker.cost());
            let condition = (!conditions.is_empty()).then(|| conditions.join(" and ").into());
            texts.push(Choice { condition, value: Value::text(maker.finish()) });
            if self.is_spent() {
                return Value::unknown(self.stopped.unwrap_or(RUN_TIME));
            }
        }
        Value::either(texts)
    }

    /// Adds a value's text; where it is not known, a hole.
    fn add(&mut self, maker: &mut Maker, value: &Value<'a>, (place, words): (Span, &Rc<str>)) {
        let why = match value {
            Value::Text(text) => return maker.text(text),
            Value::Number(number, _) => return maker.put(place, &number.to_string()),
            Value::Bool(flag, _) => return maker.put(place, if *flag { "true" } else { "false" }),
            Value::Promise(promise) => return self.add(maker, &promise.0, (place, words)),
            Value::List(list) if list.more.is_none() && list.items.len() < 1_000 && self.enter() => {
                for (index, item) in list.items.iter().enumerate() {
                    if index > 0 {
                        maker.put(place, ",");
                    }
                    self.add(maker, item, (place, words));
                }
                return self.leave();
            }
            Value::Unknown(why) => Rc::clone(why),
            Value::Either(choices) => {
                let unknown = choices.iter().find_map(|choice| match &choice.value {
                    Value::Unknown(why) => Some(Rc::clone(why)),
                    _ => None,
                });
                unknown.unwrap_or_else(|| Rc::new(Why::new("it is one of several")))
            }
            Value::Driver => Rc::new(Why::new("it is the kind of the database")),
            Value::Live(_) => Rc::new(Why::new("it is read from the live database")),
            _ => Rc::new(Why::new(format!("`{words}` is no text"))),
        };
        let id = self.hole_id();
        maker.hole(place, words, (id, why));
    }

    pub(super) fn site(&self, whole: Range<usize>, words: Range<usize>, callee: &str) -> Site {
        Site { module: self.module(), whole, words, callee: callee.into() }
    }
}

/// How many values a part of a text has. One that is known only where another one is not given, as in
/// `given || 'public'`, counts as not known.
fn choices(part: &Part<'_>) -> usize {
    let Part::Value(Value::Either(all), ..) = part else { return 1 };
    let fallback =
        all.iter().any(|choice| choice.condition.is_none() && matches!(choice.value, Value::Unknown(_)));
    if fallback { 1 } else { all.len() }
}
