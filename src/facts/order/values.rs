//! What variables hold while a script runs, as far as the script itself tells. Knows no environment
//! beyond it: a variable that nobody sets takes the default that is written at its use.

use std::sync::{Arc, LazyLock};

use super::table::Table;
use crate::facts::flow::{Operand, Piece, Test, expansion_at};
use crate::text::Span;

/// A value.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Value {
    Text(Arc<str>),
    /// A status of failure.
    NonZero,
    /// A background process, by the place that starts it.
    Job(Span),
    List(Arc<Vec<Value>>),
    /// Anything but this text.
    Other(Arc<str>),
    Unknown,
}

/// Variables with their values, and whether processes that are started see them.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Variables(Table);

/// How sure an answer is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Answer {
    Certain(bool),
    /// So unless the environment says otherwise.
    Likely(bool),
    Unknown,
}

/// The names of arguments: nine by their numbers, then those for all of them.
static ARGUMENTS: LazyLock<[Arc<str>; 12]> =
    LazyLock::new(|| ["1", "2", "3", "4", "5", "6", "7", "8", "9", "@", "*", "#"].map(Arc::from));
/// Most variables that are followed.
const MOST_VARIABLES: usize = 256;
/// Longest value that is followed, in bytes.
const LONGEST_VALUE: usize = 4096;

impl Variables {
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&Value> {
        self.0.get(name).map(|entry| &entry.value)
    }

    pub fn set(&mut self, name: &Arc<str>, value: Value, exported: bool) {
        let known = self.0.get(name);
        if known.is_some_and(|old| old.value == value && (old.exported || !exported)) {
            return;
        }
        if known.is_none() && self.0.len() >= MOST_VARIABLES {
            return;
        }
        let exported = exported || known.is_some_and(|old| old.exported);
        self.0.set(name, value, exported);
    }

    /// How many there are.
    #[must_use]
    pub fn count(&self) -> usize {
        self.0.len()
    }

    pub fn export(&mut self, name: &str) {
        if let Some(entry) = self.0.get(name).filter(|entry| !entry.exported) {
            let (name, value) = (Arc::clone(&entry.name), entry.value.clone());
            self.0.set(&name, value, true);
        }
    }

    /// What a process that is started sees.
    #[must_use]
    pub fn exported(&self) -> Self {
        if self.0.iter().all(|entry| entry.exported) {
            return self.clone();
        }
        Self(self.0.filtered(|entry| entry.exported))
    }

    /// Sets the arguments of a script or a function; those that are not given are empty.
    pub fn set_arguments(&mut self, arguments: &[Value]) {
        static NONE: LazyLock<Value> = LazyLock::new(|| Value::Text("".into()));
        self.arguments(arguments, &NONE);
    }

    /// Sets the first arguments of a script; more may be given, as `npm run deploy -- --now` does.
    pub fn set_first_arguments(&mut self, arguments: &[Value]) {
        self.arguments(arguments, &Value::Unknown);
        for name in &ARGUMENTS[9..] {
            self.set(name, Value::Unknown, false);
        }
    }

    fn arguments(&mut self, arguments: &[Value], missing: &Value) {
        for (at, name) in ARGUMENTS[..9].iter().enumerate() {
            let value = arguments.get(at).unwrap_or(missing).clone();
            self.set(name, value, false);
        }
        let list = Value::List(Arc::new(arguments.to_vec()));
        let count = Value::Text(arguments.len().to_string().into());
        for (name, value) in ARGUMENTS[9..].iter().zip([list.clone(), list, count]) {
            self.set(name, value, false);
        }
    }

    /// Takes the arguments of `other`.
    pub fn restore_arguments(&mut self, other: &Self) {
        if self.0.shares(&other.0, "@") {
            return;
        }
        for name in &*ARGUMENTS {
            match other.get(name) {
                Some(value) => self.set(name, value.clone(), false),
                None => self.0.remove(name),
            }
        }
    }

    /// Notes that nothing is known of the arguments.
    pub fn forget_arguments(&mut self) {
        for name in &*ARGUMENTS {
            self.set(name, Value::Unknown, false);
        }
    }

    pub fn shift(&mut self) {
        if let Some(Value::List(list)) = self.get("@").cloned() {
            self.set_arguments(list.get(1..).unwrap_or_default());
        } else {
            for name in &ARGUMENTS[..9] {
                self.set(name, Value::Unknown, false);
            }
        }
    }

    /// What differs becomes unknown.
    #[must_use]
    pub fn meet(&self, other: &Self) -> Self {
        if self == other {
            return self.clone();
        }
        Self(self.0.meet(&other.0, &Value::Unknown))
    }

    /// The value of a word, and whether it is so only unless the environment says otherwise.
    #[must_use]
    pub fn value(&self, word: &Operand, failed: bool, job: Option<Span>) -> (Value, bool) {
        match word.0.as_slice() {
            [] => (Value::Text("".into()), false),
            [piece] => self.piece(piece, failed, job),
            pieces
                if pieces.iter().any(|piece| matches!(piece, Piece::Job | Piece::Jobs))
                    || self.lists(pieces) =>
            {
                (self.words(pieces, failed, job), false)
            }
            pieces => {
                let mut text = String::new();
                let mut assumed = false;
                for piece in pieces {
                    match self.piece(piece, failed, job) {
                        (Value::Text(part), likely) if text.len() + part.len() <= LONGEST_VALUE => {
                            text.push_str(&part);
                            assumed |= likely;
                        }
                        _ => return (Value::Unknown, false),
                    }
                }
                (Value::Text(text.into()), assumed)
            }
        }
    }

    /// Whether a variable in the word holds several words, background processes perhaps.
    fn lists(&self, pieces: &[Piece]) -> bool {
        let is_list = |piece: &Piece| match piece {
            Piece::Variable { name, .. } => {
                matches!(self.get(name.trim_end_matches("[@]")), Some(Value::List(_) | Value::Job(_)))
            }
            _ => false,
        };
        pieces.iter().any(is_list)
    }

    /// Words that hold background processes: `"$pids $!"`.
    fn words(&self, pieces: &[Piece], failed: bool, job: Option<Span>) -> Value {
        let mut words = Vec::new();
        for piece in pieces {
            match self.piece(piece, failed, job).0 {
                Value::Text(text) => {
                    words.extend(text.split_whitespace().map(|word| Value::Text(word.into())));
                }
                Value::List(list) => words.extend(list.iter().cloned()),
                Value::Unknown | Value::Other(_) => return Value::Unknown,
                value => words.push(value),
            }
        }
        Value::List(Arc::new(words))
    }

    fn piece(&self, piece: &Piece, failed: bool, job: Option<Span>) -> (Value, bool) {
        match piece {
            Piece::Text(text) => (Value::Text(Arc::clone(text)), false),
            Piece::Status if failed => (Value::NonZero, false),
            Piece::Status => (Value::Text("0".into()), false),
            Piece::Job => (job.map_or(Value::Unknown, Value::Job), false),
            Piece::Unknown | Piece::Jobs => (Value::Unknown, false),
            Piece::Sum(name, more) => match self.get(name) {
                Some(Value::Text(text)) => {
                    let number = text.trim().parse::<i64>().ok().and_then(|number| number.checked_add(*more));
                    (number.map_or(Value::Unknown, |number| Value::Text(number.to_string().into())), false)
                }
                None if *more > 0 => (Value::Text(more.to_string().into()), false),
                _ => (Value::Unknown, false),
            },
            Piece::Count(name) => match self.get(name) {
                Some(Value::List(list)) => (Value::Text(list.len().to_string().into()), false),
                _ => (Value::Unknown, false),
            },
            Piece::Variable { name, fallback } => {
                let known = self.get(name.trim_end_matches("[@]"));
                let empty = matches!(known, Some(Value::Text(text)) if text.is_empty());
                match (known, fallback) {
                    (None, Some(fallback)) => (self.value(fallback, failed, job).0, true),
                    (Some(_), Some(fallback)) if empty => self.value(fallback, failed, job),
                    (Some(value), _) => (value.clone(), false),
                    (None, None) => (Value::Unknown, false),
                }
            }
        }
    }

    /// Whether a condition holds.
    #[must_use]
    pub fn test(&self, test: &Test, failed: bool) -> Answer {
        let value = |word: &Operand| self.value(word, failed, None);
        let text = |(value, assumed): (Value, bool)| match value {
            Value::Text(text) => Some((text, assumed)),
            _ => None,
        };
        let answer =
            |holds: bool, assumed: bool| if assumed { Answer::Likely(holds) } else { Answer::Certain(holds) };
        match test {
            Test::Unknown => Answer::Unknown,
            Test::Is(holds) => Answer::Certain(*holds),
            Test::Equal { left, right, pattern } => match (text(value(left)), text(value(right))) {
                (Some((left, one)), Some((right, other))) => {
                    let holds = if *pattern { matches(&right, &left) } else { Some(left == right) };
                    holds.map_or(Answer::Unknown, |holds| answer(holds, one || other))
                }
                _ => match (value(left).0, value(right).0) {
                    // It was another one when it was asked before.
                    (Value::Other(other), Value::Text(text)) if other == text => Answer::Certain(false),
                    _ => Answer::Unknown,
                },
            },
            Test::Same(left, right) => match (value(left), value(right)) {
                ((Value::NonZero, _), (Value::Text(zero), _)) if &*zero == "0" => Answer::Certain(false),
                (left, right) => match (text(left), text(right)) {
                    (Some((left, one)), Some((right, other))) => {
                        match (left.trim().parse::<i64>(), right.trim().parse::<i64>()) {
                            (Ok(left), Ok(right)) => answer(left == right, one || other),
                            _ => Answer::Unknown,
                        }
                    }
                    _ => Answer::Unknown,
                },
            },
            Test::Empty(word) => match value(word) {
                (Value::Text(text), assumed) => answer(text.is_empty(), assumed),
                (Value::NonZero | Value::Job(_), assumed) => answer(false, assumed),
                (Value::List(list), assumed) => answer(list.is_empty(), assumed),
                (Value::Unknown | Value::Other(_), _) => Answer::Unknown,
            },
            Test::Truth(word) => match text(value(word)) {
                Some((text, assumed)) if &*text == "true" => answer(true, assumed),
                Some((text, assumed)) if &*text == "false" => answer(false, assumed),
                _ => Answer::Unknown,
            },
            Test::Not(test) => match self.test(test, failed) {
                Answer::Certain(holds) => Answer::Certain(!holds),
                Answer::Likely(holds) => Answer::Likely(!holds),
                Answer::Unknown => Answer::Unknown,
            },
            Test::All(tests) => self.all(tests, failed, false),
            Test::Any(tests) => self.all(tests, failed, true),
        }
    }

    /// The answer that `decides` as soon as one test gives it; the other one where all do.
    fn all(&self, tests: &[Test], failed: bool, decides: bool) -> Answer {
        let (mut likely, mut unknown) = (None, false);
        for test in tests {
            match self.test(test, failed) {
                Answer::Certain(holds) if holds == decides => return Answer::Certain(decides),
                Answer::Certain(_) => {}
                Answer::Likely(holds) => likely = Some(likely == Some(decides) || holds == decides),
                Answer::Unknown => unknown = true,
            }
        }
        match likely {
            Some(true) => Answer::Likely(decides),
            _ if unknown => Answer::Unknown,
            Some(false) => Answer::Likely(!decides),
            None => Answer::Certain(!decides),
        }
    }

    /// What a condition that holds tells about variables: `[ "$env" = production ]`.
    pub fn learn(&mut self, test: &Test) {
        match test {
            Test::Equal { left, right, .. } => {
                let is_glob = |text: &str| text.contains(['*', '?', '[']);
                if let (Some(name), Some(text)) = (left.variable(), right.as_literal())
                    && !is_glob(text)
                    && !matches!(self.get(name), Some(Value::Text(_)))
                {
                    self.set(name, Value::Text(text.into()), false);
                }
            }
            Test::Truth(word) => self.learn_text(word, "true"),
            Test::Not(test) => self.learn_not(test),
            Test::All(tests) => tests.iter().for_each(|test| self.learn(test)),
            _ => {}
        }
    }

    /// What a condition that does not hold tells.
    pub fn learn_not(&mut self, test: &Test) {
        match test {
            Test::Equal { left, right, .. } => {
                if let (Some(name), Some(text)) = (left.variable(), right.as_literal())
                    && !text.contains(['*', '?', '['])
                    && matches!(self.get(name), None | Some(Value::Unknown))
                {
                    self.set(name, Value::Other(text.into()), false);
                }
            }
            Test::Truth(word) => self.learn_text(word, "false"),
            Test::Not(test) => self.learn(test),
            Test::Any(tests) => tests.iter().for_each(|test| self.learn_not(test)),
            _ => {}
        }
    }

    fn learn_text(&mut self, word: &Operand, text: &str) {
        if let Some(name) = word.variable()
            && matches!(self.get(name), None | Some(Value::Unknown))
        {
            self.set(name, Value::Text(text.into()), false);
        }
    }

    /// The text with the variables filled in that are known; `None` where there is nothing to fill.
    #[must_use]
    pub fn fill(&self, text: &str) -> Option<String> {
        let mut next = expansion_at(text);
        next.as_ref()?;
        let mut filled = String::new();
        let mut rest = text;
        let mut any = false;
        while let Some((at, piece, len)) = next {
            filled.push_str(&rest[..at]);
            let known = match self.piece(&piece, false, None) {
                // An argument that is not given says nothing that a reader would look for.
                (Value::Text(text), _) if !matches!(piece, Piece::Status) && !text.is_empty() => Some(text),
                // Several words are no part of one.
                _ => None,
            };
            any |= known.is_some();
            filled.push_str(known.as_deref().unwrap_or(&rest[at..at + len]));
            rest = &rest[at + len..];
            if filled.len() > LONGEST_VALUE {
                return None;
            }
            next = expansion_at(rest);
        }
        filled.push_str(rest);
        any.then_some(filled)
    }
}

/// Whether `text` matches the shell pattern as a whole; `None` where the pattern says more than `*` and
/// `?`.
#[must_use]
pub fn matches(pattern: &str, text: &str) -> Option<bool> {
    if !pattern.contains(['*', '?', '[', '\\', '(']) {
        return Some(pattern == text);
    }
    if pattern.contains(['[', '\\', '(']) {
        return None;
    }
    let (pattern, text): (Vec<char>, Vec<char>) = (pattern.chars().collect(), text.chars().collect());
    let (mut p, mut t, mut star) = (0, 0, None);
    while t < text.len() {
        if p < pattern.len() && (pattern[p] == '?' || (pattern[p] == text[t] && pattern[p] != '*')) {
            p += 1;
            t += 1;
        } else if p < pattern.len() && pattern[p] == '*' {
            star = Some((p, t));
            p += 1;
        } else if let Some((at, from)) = star {
            p = at + 1;
            t = from + 1;
            star = Some((at, t));
        } else {
            return Some(false);
        }
    }
    Some(pattern[p..].iter().all(|c| *c == '*'))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn variables(pairs: &[(&str, &str)]) -> Variables {
        let mut variables = Variables::default();
        for (name, value) in pairs {
            variables.set(&Arc::from(*name), Value::Text((*value).into()), false);
        }
        variables
    }

    #[test]
    fn known_words_are_filled_in() {
        let known = variables(&[("env", "production"), ("1", "本番"), ("inputs.app", "shop")]);
        assert_eq!(known.fill("fly.${env}.toml").as_deref(), Some("fly.production.toml"));
        assert_eq!(known.fill("$1/$x/${y:-z}").as_deref(), Some("本番/$x/z"));
        assert_eq!(known.fill("a-__expr_inputs.app__-b").as_deref(), Some("a-shop-b"));
        assert_eq!(known.fill("$x"), None);
        assert_eq!(known.fill("plain"), None);
    }

    #[test]
    fn conditions_are_answered_where_values_are_known() {
        let known = variables(&[("env", "production"), ("empty", "")]);
        let equal = |word: &str, to: &str| Test::Equal {
            left: Operand::parse(word),
            right: Operand::literal(to),
            pattern: true,
        };
        assert_eq!(known.test(&equal("$env", "production"), false), Answer::Certain(true));
        assert_eq!(known.test(&equal("$env", "prod*"), false), Answer::Certain(true));
        assert_eq!(known.test(&equal("${SKIP:-false}", "true"), false), Answer::Likely(false));
        assert_eq!(known.test(&equal("${empty:-x}", "x"), false), Answer::Certain(true));
        assert_eq!(known.test(&equal("$other", "x"), false), Answer::Unknown);
        let status = Test::Same(Operand(vec![Piece::Status]), Operand::literal("0"));
        assert_eq!(known.test(&status, true), Answer::Certain(false));
        assert_eq!(known.test(&status, false), Answer::Certain(true));
    }

    #[test]
    fn shell_patterns() {
        assert_eq!(matches("prod*", "production"), Some(true));
        assert_eq!(matches("*", ""), Some(true));
        assert_eq!(matches("p?d", "pod"), Some(true));
        assert_eq!(matches("p?d", "prod"), Some(false));
        assert_eq!(matches("[ab]", "a"), None);
    }
}
