//! What the variables of a Makefile are known to hold before make runs. Does not know what the
//! command line and the environment set.

use rustc_hash::{FxHashMap, FxHashSet};

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
    /// Where some of them name a program, this is the likeliest one.
    Depends(Option<&'a Passage>),
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
    /// What the assignments in `makefiles` say. A variable that `text` shows to be set on the command
    /// line of make (`make deploy ENV=production`) has a default where others have a value.
    pub fn of(makefiles: &'a [Makefile], text: &str) -> Self {
        let shown = shown(text);
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
        let known = |(name, all): (&'a str, Vec<_>)| match known(&all) {
            Known::Parts(parts)
                if parts.len() == 1 && shown.contains(name) && !parts[0].text().contains('\n') =>
            {
                (name, Known::Default(parts[0]))
            }
            known => (name, known),
        };
        Self { known: all.into_iter().map(known).collect() }
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

/// Names that are set on command lines of make in recipes, comments and help texts.
fn shown(text: &str) -> FxHashSet<&str> {
    let lines = text.lines().filter(|line| line.contains("make ") || line.contains("$(MAKE)"));
    let words = lines.flat_map(|line| line.split([' ', '\t', '"', '\'', '`', '[', '(']));
    let is_name = |name: &&str| {
        !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
    };
    words.filter_map(|word| Some(word.split_once('=')?.0)).filter(is_name).collect()
}

/// Whether the condition is `ifndef name`.
fn is_unset(condition: &Condition, name: &str) -> bool {
    let asked = condition.text.text().strip_prefix("ifndef").map(str::trim);
    asked == Some(name) && !condition.negated && condition.outer.is_none()
}

/// What the assignments of one variable make of it.
fn known<'a>(all: &[(&'a Assignment, Holds)]) -> Known<'a> {
    let Some(((first, holds), rest)) = all.split_first() else { return Known::Depends(None) };
    let depends = |(assignment, holds): &(&Assignment, Holds)| {
        *holds == Holds::Sometimes || assignment.operator == Operator::Shell
    };
    if all.iter().any(depends) {
        return Known::Depends(likeliest(all));
    }
    match first.operator {
        _ if *holds == Holds::Unset && rest.is_empty() => Known::Default(&first.value),
        Operator::Default if rest.is_empty() => Known::Default(&first.value),
        Operator::Set | Operator::Now | Operator::Append
            if rest.iter().all(|(assignment, _)| assignment.operator == Operator::Append) =>
        {
            Known::Parts(all.iter().map(|(assignment, _)| &assignment.value).collect())
        }
        _ => Known::Depends(likeliest(all)),
    }
}

/// The assignment that most likely names the program that a variable stands for: the one that always
/// holds, or else the first; not one that only prints what would be done.
fn likeliest<'a>(all: &[(&'a Assignment, Holds)]) -> Option<&'a Passage> {
    let named = all.iter().filter(|(assignment, _)| {
        let word = assignment.value.text().split_ascii_whitespace().next().unwrap_or_default();
        let sets = !matches!(assignment.operator, Operator::Append | Operator::Shell) && !assignment.lines;
        sets && !matches!(word, "" | "echo" | "true" | "false" | ":" | "@") && !word.starts_with("@echo")
    });
    let mut named: Vec<_> = named.collect();
    named.sort_by_key(|(_, holds)| *holds == Holds::Sometimes);
    named.first().map(|(assignment, _)| &assignment.value)
}
