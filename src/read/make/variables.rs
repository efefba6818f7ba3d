//! What the variables of a Makefile are known to hold before make runs. Does not know what the
//! command line and the environment set.

use rustc_hash::FxHashMap;

use crate::syntax::makefile::{Assignment, Condition, Form, Makefile, Operator};
use crate::text::Passage;

/// What a variable holds.
#[derive(Clone, Debug)]
pub(super) enum Known<'a> {
    /// These texts, with blanks between them.
    Parts(Vec<&'a Passage>),
    /// This, where nothing else sets it.
    Default(&'a Passage),
    /// It depends: on a condition, on a command's output, on which of several assignments holds.
    Depends,
}

/// The variables of a Makefile and of the files that it includes.
pub(super) struct Variables<'a> {
    known: FxHashMap<&'a str, Known<'a>>,
}

/// Whether an assignment holds.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Holds {
    Always,
    /// Where nothing set the variable: in an `ifndef` of its name.
    Unset,
    Sometimes,
}

impl<'a> Variables<'a> {
    pub fn of(makefiles: &'a [Makefile]) -> Self {
        let mut all: FxHashMap<&str, Vec<(&Assignment, Holds)>> = FxHashMap::default();
        for makefile in makefiles {
            for item in &makefile.items {
                let Form::Assignment(assignment) = &item.form else { continue };
                let name = assignment.name.text();
                let holds = match item.condition.and_then(|at| makefile.conditions.get(at)) {
                    None => Holds::Always,
                    Some(condition) if is_unset(condition, name) => Holds::Unset,
                    Some(_) => Holds::Sometimes,
                };
                all.entry(name).or_default().push((assignment, holds));
            }
        }
        Self { known: all.into_iter().map(|(name, all)| (name, known(&all))).collect() }
    }

    pub fn get(&self, name: &str) -> Option<&Known<'a>> {
        self.known.get(name)
    }

    /// The name for as long as the Makefiles live.
    pub fn key(&self, name: &str) -> Option<&'a str> {
        self.known.get_key_value(name).map(|(key, _)| *key)
    }

    /// What the variable holds whatever the surroundings set, where one text says it.
    pub fn always(&self, name: &str) -> Option<&'a Passage> {
        match self.known.get(name) {
            Some(Known::Parts(parts)) => parts.first().copied(),
            Some(Known::Default(value)) => Some(value),
            _ => None,
        }
    }
}

/// Whether the condition is `ifndef name`.
fn is_unset(condition: &Condition, name: &str) -> bool {
    let asked = condition.text.text().strip_prefix("ifndef").map(str::trim);
    asked == Some(name) && !condition.negated && condition.outer.is_none()
}

/// What the assignments of one variable make of it.
fn known<'a>(all: &[(&'a Assignment, Holds)]) -> Known<'a> {
    let Some(((first, holds), rest)) = all.split_first() else { return Known::Depends };
    let depends = |(assignment, holds): &(&Assignment, Holds)| {
        *holds == Holds::Sometimes || assignment.operator == Operator::Shell
    };
    if all.iter().any(depends) {
        return Known::Depends;
    }
    match first.operator {
        _ if *holds == Holds::Unset && rest.is_empty() => Known::Default(&first.value),
        Operator::Default if rest.is_empty() => Known::Default(&first.value),
        Operator::Set | Operator::Now | Operator::Append
            if rest.iter().all(|(assignment, _)| assignment.operator == Operator::Append) =>
        {
            Known::Parts(all.iter().map(|(assignment, _)| &assignment.value).collect())
        }
        _ => Known::Depends,
    }
}
