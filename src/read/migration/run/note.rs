//! What a run notes: the changes that reach the database, each with the conditions and calls around it,
//! and what is not followed.

use std::ops::Range;

use swc_ecma_ast::Expr;

use super::super::source::one_line;
use super::super::text::{Hole, Text};
use super::super::value::{Arg, Choice, Value};
use super::super::{judge, sql};
use super::exec::Flow;
use super::{Machine, Rc, Site};
use crate::facts::words::{schema_change as change, unresolved};
use crate::facts::{Fact, Reading};
use crate::read::secret;
use crate::syntax::typescript::range;
use crate::text::{Span, cut_line};

/// The most holes whose reasons one fact says.
const MAX_REASONS: usize = 3;

impl<'a> Machine<'a> {
    /// Notes the SQL that `query` gets; answers what it gives.
    pub(super) fn query_value(&mut self, value: &Value<'a>, at: Range<usize>, site: &Site) -> Value<'a> {
        self.touches += 1;
        let start = self.noted.reading.facts.len();
        self.query(value, &at, site);
        self.promise(Value::unknown("it is the result of an earlier query"), start)
    }

    fn query(&mut self, value: &Value<'a>, at: &Range<usize>, site: &Site) {
        match value {
            Value::Text(text) => self.run_sql(&Rc::clone(text)),
            Value::Promise(promise) => self.query(&promise.0.clone(), at, site),
            Value::Either(choices) => {
                let choices = Rc::clone(choices);
                for choice in choices.iter() {
                    self.query_choice(choice, at, site);
                }
            }
            Value::Object(object) if object.get("text").is_some() => {
                let text = object.get("text").cloned().unwrap_or(Value::Nothing);
                self.query(&text, at, site);
            }
            Value::Unknown(why) => {
                let reason = if why.reason.is_empty() { super::eval::RUN_TIME } else { &why.reason };
                self.not_followed_in(site.module, at.clone(), reason.to_owned());
            }
            _ => self.not_followed_in(site.module, at.clone(), "it is no text that is known".into()),
        }
    }

    fn query_choice(&mut self, choice: &Choice<'a>, at: &Range<usize>, site: &Site) {
        let place = self.source_of(site.module).first_line(at.clone());
        let condition = choice.condition.clone();
        self.way(condition.as_ref().map(|condition| (condition, place)), |machine| {
            machine.query(&choice.value, at, site);
            Flow::Next
        });
    }

    fn run_sql(&mut self, text: &Text) {
        if self.dry {
            return;
        }
        match self.sql.checked_sub(text.passage.len()) {
            Some(left) => self.sql = left,
            None => return self.stop("it runs more SQL than is read"),
        }
        let mut reading = Reading::default();
        sql::read(&mut reading, text, self.direction);
        self.keep(reading, Some(text));
    }

    /// Adds what was read, each fact once; `text` is the SQL that it was read from.
    pub(super) fn keep(&mut self, reading: Reading, text: Option<&Text>) {
        if self.dry {
            return;
        }
        for finding in reading.findings {
            if self.known.insert((finding.primary.span, finding.message.clone(), String::new())) {
                self.noted.reading.find(finding);
            }
        }
        for mut fact in reading.facts {
            if !self.known.insert(identity(&fact)) {
                continue;
            }
            if fact.kind == change::KIND {
                self.annotate(&mut fact, text);
            } else if let Some(text) = text {
                explain(&mut fact, text);
            }
            fact.route = self.route.as_slice().into();
            self.noted.reading.add(fact);
        }
    }

    fn annotate(&mut self, fact: &mut Fact, text: Option<&Text>) {
        if let Some((_, place)) = self.conditions.last() {
            let words: Vec<&str> = self.conditions.iter().map(|(words, _)| &**words).collect();
            fact.set(change::CONDITION, cut_line(&words.join(" and "), 240), *place);
        }
        if let Some(handler) = self.swallowed {
            fact.set(change::SWALLOWED, true, handler);
        }
        let Some(text) = text else { return };
        let holes = holes_of(fact, text);
        let span = fact.span;
        if let Some(reasons) = reasons(&holes) {
            fact.set(change::UNKNOWN, reasons, span);
        }
        let variable = holes.iter().find_map(|hole| Some((hole.why.variable.as_deref()?, *hole)));
        if let Some((variable, hole)) = variable {
            let place = text.passage.locate(hole.range.clone());
            fact.set(change::VARIABLE, variable, place);
            if secret::classify(variable, None) != "no" {
                fact.set(change::SECRET, format!("the environment variable `{variable}`"), place);
            }
        }
        if fact.get(change::SECRET).is_none()
            && let Some((what, place)) =
                sql::secret(text, fact.text(change::CHANGE).unwrap_or_default(), span)
        {
            fact.set(change::SECRET, what, place);
        }
    }

    /// Says of the changes of a call why its arguments are not known.
    pub(super) fn explain_arguments(&self, reading: &mut Reading, args: &[Arg<'a>], site: &Site) {
        if reading.facts.iter().all(|fact| fact.bool(change::HOLES) != Some(true)) {
            return;
        }
        let source = self.source_of(site.module);
        let mut said: Vec<String> = Vec::new();
        for arg in args {
            match &arg.value {
                Value::Unknown(why) if !why.reason.is_empty() => {
                    let words: Rc<str> = cut_line(source.words(arg.expr), 60).into();
                    said.push(reason(&words, &why.reason));
                }
                Value::Text(text) => {
                    said.extend(reasons(&text.holes.iter().take(MAX_REASONS).collect::<Vec<_>>()));
                }
                _ => {}
            }
        }
        said.dedup();
        said.truncate(MAX_REASONS);
        if said.is_empty() {
            return;
        }
        let said = said.join("; ");
        for fact in reading.facts.iter_mut().filter(|fact| fact.bool(change::HOLES) == Some(true)) {
            let span = fact.span;
            fact.set(change::UNKNOWN, said.as_str(), span);
        }
    }

    /// Notes that errors of the work are passed over.
    pub(super) fn swallow(&mut self, work: &[usize], handler: &Expr, site: &Site) {
        let place = self.source_of(site.module).first_line(range(swc_common::Spanned::span(handler)));
        for index in work {
            let Some(facts) = self.pendings.get(*index).map(|pending| pending.facts.clone()) else {
                continue;
            };
            for fact in self.noted.reading.facts.get_mut(facts).unwrap_or_default() {
                if fact.kind == change::KIND {
                    fact.set(change::SWALLOWED, true, place);
                }
            }
        }
    }

    /// Notes something in the file that runs which is not followed.
    pub(super) fn not_followed(&mut self, at: Range<usize>, reason: String) {
        self.not_followed_in(self.module(), at, reason);
    }

    pub(super) fn not_followed_in(&mut self, module: usize, at: Range<usize>, reason: String) {
        self.touches += 1;
        if self.dry {
            return;
        }
        let source = self.source_of(module);
        let span = source.first_line(at.clone());
        if self.last.is_some_and(|last| last.contains(span)) {
            return;
        }
        self.last = Some(span);
        let words = one_line(source.text().get(at).unwrap_or_default());
        let key = (span, words.clone(), "unresolved".to_owned());
        if !self.known.insert(key) {
            return;
        }
        let mut fact = Fact::new(unresolved::KIND, span)
            .with(unresolved::WHAT, "sql", span)
            .with(unresolved::REASON, reason, span)
            .with(unresolved::TEXT, words, span)
            .with(unresolved::DIRECTION, self.direction, span);
        fact.route = self.route.as_slice().into();
        self.noted.reading.add(fact);
    }

    /// Says that the direction was not followed to its end.
    pub(super) fn say_where_it_stopped(&mut self, class: swc_common::Span) {
        let Some(why) = self.stopped.take() else { return };
        self.last = None;
        let start = range(class).start;
        let reason = format!("`{}` is not followed to its end: {why}", self.direction);
        self.not_followed_in(0, start..start + "class".len(), reason);
    }

    /// Says of each change whether something waits for it.
    pub(super) fn finish_pending(&mut self) {
        let count = self.noted.reading.facts.len();
        let mut floating = vec![0i32; count + 1];
        for pending in self.pendings.drain(..) {
            if !pending.awaited && pending.facts.start < pending.facts.end && pending.facts.end <= count {
                floating[pending.facts.start] += 1;
                floating[pending.facts.end] -= 1;
            }
        }
        let mut depth = 0;
        for (fact, change) in self.noted.reading.facts.iter_mut().zip(floating) {
            depth += change;
            if fact.kind == change::KIND {
                let span = fact.span;
                fact.set(change::AWAITED, depth == 0, span);
            }
        }
    }
}

/// What tells a change from others of the same statement. Rows that a loop writes are one change.
fn identity(fact: &Fact) -> (Span, String, String) {
    if fact.kind != change::KIND {
        let words = fact.text(unresolved::TEXT).unwrap_or_default();
        return (fact.span, words.to_owned(), "unresolved".to_owned());
    }
    let word = fact.text(change::CHANGE).unwrap_or_default();
    let table = fact.text(change::TABLE).unwrap_or_default();
    if judge::only_data(word) && !table.is_empty() {
        return (fact.span, table.to_owned(), word.to_owned());
    }
    let mut words = fact.text(change::TEXT).unwrap_or_default().to_owned();
    for field in [change::COLUMN, change::OBJECT, change::NEW_NAME] {
        words.push('\0');
        words.push_str(fact.text(field).unwrap_or_default());
    }
    (fact.span, words, format!("{word}\0{table}"))
}

/// The holes that the words of a change hold; all of the text's where that is not seen.
fn holes_of<'t>(fact: &Fact, text: &'t Text) -> Vec<&'t Hole> {
    if fact.bool(change::HOLES) != Some(true) && text.holes.is_empty() {
        return Vec::new();
    }
    let statement = fact.text(change::STATEMENT).unwrap_or_default();
    let seen = |hole: &&Hole| statement.contains(&format!("${{{}}}", hole.source));
    let found: Vec<&Hole> = text.holes.iter().take(200).filter(seen).collect();
    if !found.is_empty() || !statement.ends_with('…') {
        return found;
    }
    text.holes.iter().take(MAX_REASONS).collect()
}

/// Why the holes are not known.
fn reasons(holes: &[&Hole]) -> Option<String> {
    let mut said: Vec<(&str, &str)> = Vec::new();
    for hole in holes {
        let one = (&*hole.source, hole.why.reason.as_str());
        if !said.contains(&one) {
            said.push(one);
        }
    }
    let words: Vec<String> =
        said.into_iter().take(MAX_REASONS).map(|(source, why)| reason(source, why)).collect();
    (!words.is_empty()).then(|| words.join("; "))
}

/// Why `source` is not known; a reason that begins with it says it once.
fn reason(source: &str, why: &str) -> String {
    if why.starts_with(&format!("`{source}`")) { why.to_owned() } else { format!("`{source}`: {why}") }
}

/// Adds to a reason why the holes of its words are not known.
fn explain(fact: &mut Fact, text: &Text) {
    let words = fact.text(unresolved::TEXT).unwrap_or_default();
    let holes: Vec<&Hole> =
        text.holes.iter().take(200).filter(|hole| words.contains(&format!("${{{}}}", hole.source))).collect();
    if let Some(reasons) = reasons(&holes) {
        let old = fact.text(unresolved::REASON).unwrap_or_default();
        let reason = format!("{old}; {reasons}");
        let span = fact.span;
        fact.set(unresolved::REASON, reason, span);
    }
}
