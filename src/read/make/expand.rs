//! References replaced by what is known of them. What is known at run time only becomes a variable of
//! the shell (`${NAME}`, with its default where there is one) or a placeholder, so that the text stays
//! a command line. Knows no file but the Makefile.

use crate::read::placeholder::PLACEHOLDER;
use std::collections::BTreeMap;

use rustc_hash::FxHashMap;

use super::functions;
use super::variables::{Known, Variables};
use crate::syntax::makefile::{Assignment, Meaning, Piece, meaning, pieces};
use crate::text::{Passage, Span, Weave};

/// Stands for what `%` matches in a pattern rule.
pub(super) const STEM: &str = "${STEM}";

/// Deepest nesting of references, values included.
const MAX_DEPTH: usize = 32;
/// Longest text that references may grow to, in bytes.
const MAX_BYTES: usize = 64 * 1024;
/// Most references that are followed for one file, and most bytes that are made of them.
const MAX_STEPS: usize = 1 << 20;
const MAX_TOTAL: usize = 64 << 20;
/// Most arguments of a call.
const MAX_ARGUMENTS: usize = 32;

/// What holds for one target.
#[derive(Clone, Debug, Default)]
pub(super) struct Scope<'a> {
    /// `$@`; the target with [`STEM`] for `%`.
    pub target: Option<String>,
    pub prerequisites: Vec<String>,
    /// `$*`.
    pub stem: Option<String>,
    /// Variables that are set for this target.
    pub variables: FxHashMap<&'a str, &'a Assignment>,
}

/// Replaces references.
pub(super) struct Expander<'a> {
    variables: &'a Variables<'a>,
    pub scope: Scope<'a>,
    /// Defaults that were met, by name.
    defaults: BTreeMap<&'a str, (String, Span)>,
    /// The name of the Makefile.
    file: &'a str,
    /// Arguments of the calls that are being expanded, and loop variables.
    bound: Vec<(String, String)>,
    open: Vec<&'a str>,
    steps: usize,
    bytes: usize,
}

/// A text that is being built, with what it says so far.
struct Out {
    weave: Weave,
    text: String,
}

impl Out {
    fn at(home: Span) -> Self {
        Self { weave: Weave::at(home), text: String::new() }
    }

    fn keep(&mut self, passage: &Passage, range: std::ops::Range<usize>) {
        self.text.push_str(passage.text().get(range.clone()).unwrap_or_default());
        self.weave.keep(passage, range);
    }

    fn put(&mut self, place: Span, text: &str) {
        self.text.push_str(text);
        self.weave.put(place, text);
    }
}

/// A text that is read, and the one place that stands for all of it, where it is not said itself.
#[derive(Clone, Copy)]
struct Source<'p> {
    passage: &'p Passage,
    place: Option<Span>,
}

impl Source<'_> {
    fn span(&self, range: std::ops::Range<usize>) -> Span {
        self.place.unwrap_or_else(|| self.passage.locate(range))
    }
}

impl<'a> Expander<'a> {
    pub fn new(variables: &'a Variables<'a>, file: &'a str) -> Self {
        Self {
            variables,
            scope: Scope::default(),
            defaults: BTreeMap::new(),
            file,
            bound: Vec::new(),
            open: Vec::new(),
            steps: 0,
            bytes: 0,
        }
    }

    /// The defaults that were met since this was asked, by name, with their places.
    pub fn met(&mut self) -> Vec<(&'a str, String, Span)> {
        let met = std::mem::take(&mut self.defaults);
        met.into_iter().map(|(name, (value, span))| (name, value, span)).collect()
    }

    /// The passage with its references replaced.
    pub fn passage(&mut self, passage: &Passage) -> Passage {
        if memchr::memchr(b'$', passage.text().as_bytes()).is_none() {
            return passage.clone();
        }
        let mut out = Out::at(passage.span());
        self.expand(&mut out, Source { passage, place: None }, 0..passage.len(), 0);
        out.weave.finish()
    }

    /// The passage's text with its references replaced.
    pub fn text(&mut self, passage: &Passage) -> String {
        self.string(Source { passage, place: None }, 0..passage.len(), 0)
    }

    fn string(&mut self, source: Source<'_>, range: std::ops::Range<usize>, depth: usize) -> String {
        let mut out = Out::at(source.span(range.clone()));
        self.expand(&mut out, source, range, depth);
        out.text
    }

    fn expand(&mut self, out: &mut Out, source: Source<'_>, range: std::ops::Range<usize>, depth: usize) {
        let text = source.passage.text();
        let mut before = out.text.len();
        for piece in pieces(text, range) {
            self.steps += 1;
            let (range, inner) = match piece {
                Piece::Text(range) => {
                    match source.place {
                        None => out.keep(source.passage, range),
                        Some(place) => out.put(place, &text[range].replace("\\#", "#")),
                    }
                    continue;
                }
                Piece::Dollar(range) => {
                    out.put(source.span(range), "$");
                    continue;
                }
                Piece::Short { range, name } => (range, name),
                Piece::Group { range, inner, .. } => (range, inner),
            };
            let place = source.span(range);
            self.bytes += out.text.len() - before;
            before = out.text.len();
            if depth >= MAX_DEPTH || self.is_full(out) {
                out.put(place, PLACEHOLDER);
                continue;
            }
            match meaning(text, inner) {
                Meaning::Variable(name) => {
                    let name = self.string(source, name, depth + 1);
                    self.variable(out, name.trim(), source.place, place, depth);
                }
                Meaning::Substitution { name, from, to } => {
                    let [name, from, to] =
                        [name, from, to].map(|range| self.string(source, range, depth + 1));
                    let mut value = Out::at(place);
                    self.variable(&mut value, name.trim(), Some(place), place, depth);
                    let pattern = |text: &str| {
                        if from.contains('%') { text.to_owned() } else { format!("%{text}") }
                    };
                    let (old, new) = (pattern(&from), pattern(&to));
                    let words = value.text.split_whitespace();
                    let result: Vec<_> = words.map(|word| functions::substituted(word, &old, &new)).collect();
                    let known = is_literal(&value.text) && is_literal(&from) && is_literal(&to);
                    let result = if known { result.join(" ") } else { PLACEHOLDER.to_owned() };
                    out.put(place, &result);
                }
                Meaning::Function { name, arguments } => {
                    self.function(out, source, (name, &arguments), place, depth);
                }
            }
        }
        self.bytes += out.text.len() - before;
    }

    /// Whether no more is made of references, because they grow without end.
    fn is_full(&self, out: &Out) -> bool {
        out.text.len() > MAX_BYTES || self.steps > MAX_STEPS || self.bytes > MAX_TOTAL
    }

    /// What the variable `name` holds; `from` is the one place of a text that is not said itself.
    fn variable(&mut self, out: &mut Out, name: &str, from: Option<Span>, place: Span, depth: usize) {
        if let Some((_, value)) = self.bound.iter().rev().find(|(bound, _)| bound == name) {
            let value = value.clone();
            return out.put(place, &value);
        }
        if let Some(value) = self.automatic(name) {
            return out.put(place, &value);
        }
        let specific = self.scope.variables.get(name).map(|assignment| &assignment.value);
        let known = match specific {
            Some(value) => Some(Known::Parts(vec![value])),
            None => self.variables.get(name).cloned(),
        };
        match known {
            Some(Known::Parts(parts)) => self.parts(out, name, &parts, from, place, depth),
            Some(Known::Default(value)) => self.default(out, name, value, place, depth),
            Some(Known::Depends(Some(value))) if is_command_position(&out.text) && !QUIET.contains(&name) => {
                self.parts(out, name, &[value], from, place, depth);
            }
            // `$(Q)` and its kind hold `@` or nothing.
            _ if QUIET.contains(&name) && is_command_position(&out.text) => {}
            known => match BUILT_IN.iter().find(|(built_in, _)| *built_in == name) {
                Some((_, value)) if known.is_none() => out.put(place, value),
                _ => out.put(place, &shell_variable(name)),
            },
        }
    }

    fn parts(
        &mut self,
        out: &mut Out,
        name: &str,
        parts: &[&'a Passage],
        from: Option<Span>,
        place: Span,
        depth: usize,
    ) {
        self.bytes += parts.iter().map(|part| part.len()).sum::<usize>();
        let computed = parts.iter().any(|part| is_computed(part.text()));
        let Some(key) = self.key(name).filter(|key| !computed && !self.open.contains(key)) else {
            return out.put(place, &shell_variable(name));
        };
        self.open.push(key);
        for (index, part) in parts.iter().enumerate() {
            if index > 0 {
                out.put(place, " ");
            }
            // Of the lines of a `define` each one has its own place.
            let own = from.is_none() && part.text().contains('\n');
            let source =
                Source { passage: part, place: if own { None } else { Some(from.unwrap_or(place)) } };
            self.expand(out, source, 0..part.len(), depth + 1);
        }
        self.open.pop();
    }

    /// A variable that the command line or the environment may set.
    fn default(&mut self, out: &mut Out, name: &str, value: &'a Passage, place: Span, depth: usize) {
        self.bytes += value.len();
        let computed = is_computed(value.text());
        let Some(key) = self.key(name).filter(|key| !computed && !self.open.contains(key)) else {
            return out.put(place, &shell_variable(name));
        };
        self.open.push(key);
        let words = self.string(Source { passage: value, place: Some(place) }, 0..value.len(), depth + 1);
        self.open.pop();
        let literal = is_literal(&words);
        if literal {
            self.defaults.entry(key).or_insert_with(|| (words.clone(), value.span()));
        }
        // A program is rarely set to another one from outside, and nothing is known of a variable.
        if is_command_position(&out.text) && !words.trim().is_empty() {
            return out.put(place, &words);
        }
        if literal && is_name(name) && !words.contains(['}', '"', '\'', '\\', '`', '\n']) {
            return out.put(place, &format!("${{{name}:-{words}}}"));
        }
        out.put(place, &shell_variable(name));
    }

    /// The variable's name for as long as the Makefile lives.
    fn key(&self, name: &str) -> Option<&'a str> {
        let specific = self.scope.variables.get_key_value(name).map(|(key, _)| *key);
        specific.or_else(|| self.variables.key(name))
    }

    /// Variables that make sets itself.
    fn automatic(&self, name: &str) -> Option<String> {
        let folder = |path: &str| path.rsplit_once('/').map_or(".", |(folder, _)| folder).to_owned();
        let file = |path: &str| path.rsplit_once('/').map_or(path, |(_, file)| file).to_owned();
        let first = || self.scope.prerequisites.first().cloned();
        let unknown = || Some(PLACEHOLDER.to_owned());
        let target = self.scope.target.as_ref();
        match name {
            "@" => target.cloned().or_else(unknown),
            "@D" | "@F" if target.is_none() => unknown(),
            "@D" => target.map(|target| folder(target)),
            "@F" => target.map(|target| file(target)),
            "<" | "<D" | "<F" | "^" | "+" if self.scope.prerequisites.is_empty() => unknown(),
            "<" => first(),
            "<D" => first().map(|path| folder(&path)),
            "<F" => first().map(|path| file(&path)),
            "^" | "+" => Some(self.scope.prerequisites.join(" ")),
            "*" | "*F" => self.scope.stem.clone().or_else(unknown),
            "?" | "|" | "%" | "*D" | "^D" | "^F" | "+D" | "+F" | "?D" | "?F" => unknown(),
            "MAKEFILE_LIST" => Some(self.file.to_owned()),
            _ if name.bytes().all(|byte| byte.is_ascii_digit()) && !name.is_empty() => {
                // Behind the last argument of a call there are empty ones.
                if self.bound.is_empty() { unknown() } else { Some(String::new()) }
            }
            _ => None,
        }
    }

    fn function(
        &mut self,
        out: &mut Out,
        source: Source<'_>,
        (name, arguments): (&str, &[std::ops::Range<usize>]),
        place: Span,
        depth: usize,
    ) {
        let Some(first) = arguments.first().cloned() else { return };
        match name {
            "info" | "warning" | "error" | "eval" | "file" => {}
            "shell" if located(&source.passage.text()[first.clone()]).is_some() => {
                let program = self.string(source, first, depth + 1);
                out.put(place, located(&program).unwrap_or(&program));
            }
            "shell" => {
                out.put(place, "$(");
                self.expand(out, source, first, depth + 1);
                out.put(place, ")");
            }
            "call" => self.call(out, source, arguments, place, depth),
            "value" => {
                let name = self.string(source, first, depth + 1);
                self.variable(out, name.trim(), source.place, place, depth);
            }
            "if" => {
                let condition = self.string(source, first, depth + 1);
                let mut branch = |at: usize| match arguments.get(at) {
                    Some(range) => self.string(source, range.clone(), depth + 1),
                    None => String::new(),
                };
                let (then, otherwise) = (branch(1), branch(2));
                let result = match condition.trim() {
                    "" => &otherwise,
                    literal if is_literal(literal) => &then,
                    _ if then == otherwise => &then,
                    _ if is_prefix(&then) && is_prefix(&otherwise) && is_command_position(&out.text) => "",
                    _ => PLACEHOLDER,
                };
                out.put(place, result);
            }
            "or" => {
                let mut result = String::new();
                for range in arguments {
                    result = self.string(source, range.clone(), depth + 1);
                    if !result.trim().is_empty() {
                        break;
                    }
                }
                out.put(place, result.trim());
            }
            "foreach" => self.each(out, source, arguments, place, depth),
            _ => {
                let words: Vec<String> =
                    arguments.iter().map(|range| self.string(source, range.clone(), depth + 1)).collect();
                let known = words.iter().all(|word| is_literal(word));
                let result = if known { functions::call(name, &words) } else { None };
                self.bytes += result.as_ref().map_or(0, String::len);
                let result = result.filter(|result| result.len() <= MAX_BYTES);
                out.put(place, result.as_deref().unwrap_or(PLACEHOLDER));
            }
        }
    }

    fn call(
        &mut self,
        out: &mut Out,
        source: Source<'_>,
        arguments: &[std::ops::Range<usize>],
        place: Span,
        depth: usize,
    ) {
        let arguments = arguments.iter().take(MAX_ARGUMENTS);
        let words: Vec<String> =
            arguments.map(|range| self.string(source, range.clone(), depth + 1)).collect();
        let name = words.first().cloned().unwrap_or_default();
        let bound = words.into_iter().enumerate().map(|(at, word)| (at.to_string(), word)).collect();
        let before = std::mem::replace(&mut self.bound, bound);
        match self.variables.get(name.trim()) {
            Some(Known::Parts(_) | Known::Default(_)) => {
                self.variable(out, name.trim(), source.place, place, depth);
            }
            _ => out.put(place, PLACEHOLDER),
        }
        self.bound = before;
    }

    fn each(
        &mut self,
        out: &mut Out,
        source: Source<'_>,
        arguments: &[std::ops::Range<usize>],
        place: Span,
        depth: usize,
    ) {
        let [name, list, body] = arguments else { return };
        let name = self.string(source, name.clone(), depth + 1);
        let list = self.string(source, list.clone(), depth + 1);
        if !is_literal(&list) {
            return out.put(place, PLACEHOLDER);
        }
        for (index, word) in list.split_whitespace().enumerate() {
            if self.is_full(out) {
                return out.put(place, PLACEHOLDER);
            }
            if index > 0 {
                out.put(place, " ");
            }
            self.bound.push((name.trim().to_owned(), word.to_owned()));
            self.expand(out, source, body.clone(), depth + 1);
            self.bound.pop();
        }
    }
}

/// Variables with a value that make brings along.
const BUILT_IN: &[(&str, &str)] = &[
    ("MAKE", "make"),
    ("CURDIR", "."),
    ("SHELL", "/bin/sh"),
    ("RM", "rm -f"),
    ("CC", "cc"),
    ("CXX", "c++"),
    ("AR", "ar"),
    ("MAKEFLAGS", ""),
    ("MFLAGS", ""),
    ("MAKEOVERRIDES", ""),
];

/// Names of variables that hold `@` or nothing.
const QUIET: &[&str] = &["Q", "V", "AT", "QUIET", "SILENT", "HIDE", "ECHO_PREFIX"];

/// Whether a text holds nothing that is known at run time only.
pub(super) fn is_literal(text: &str) -> bool {
    !text.contains(['$', '`']) && !text.contains(PLACEHOLDER)
}

/// Whether the output of a command is part of a value; where it is only the path of a program, that
/// program is the value.
fn is_computed(value: &str) -> bool {
    value.match_indices("shell ").any(|(at, call)| {
        if !value[..at].ends_with(['(', '{']) {
            return false;
        }
        let rest = &value[at + call.len()..];
        let end = rest.find([')', '}']).unwrap_or(rest.len());
        located(&rest[..end]).is_none()
    })
}

/// The program whose path a command prints: `which go`, `command -v go`.
fn located(command: &str) -> Option<&str> {
    let command = command.trim();
    let rest = command.strip_prefix("which ").or_else(|| command.strip_prefix("command -v "))?;
    let mut words = rest.split_ascii_whitespace().filter(|word| !word.starts_with("2>"));
    let program = words.next()?;
    (words.next().is_none() && !program.starts_with('-')).then_some(program)
}

/// Whether a text is nothing but what make reads before a command.
fn is_prefix(text: &str) -> bool {
    text.bytes().all(|byte| matches!(byte, b'@' | b'-' | b'+' | b' '))
}

/// The variable as the shell would say it, so that a binding of that name can be filled in.
fn shell_variable(name: &str) -> String {
    if is_name(name) { format!("${{{name}}}") } else { PLACEHOLDER.to_owned() }
}

fn is_name(name: &str) -> bool {
    !name.starts_with(|c: char| c.is_ascii_digit())
        && !name.is_empty()
        && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
}

/// Whether a word behind `text` would be a program.
fn is_command_position(text: &str) -> bool {
    // No word before a program is longer than this.
    let tail = text.char_indices().rev().nth(255).map_or(0, |(at, _)| at);
    let text = &text[tail..];
    let before = text.trim_end_matches([' ', '\t']);
    if before.is_empty() || before.ends_with(['\n', '&', '|', ';', '(', '@', '{', '!']) {
        return true;
    }
    // A word that was begun goes on.
    if before.len() == text.len() {
        return before.len() == 1 && matches!(before, "-" | "+");
    }
    let word = before.rsplit([' ', '\t', '\n', ';', '&', '|', '(']).next().unwrap_or_default();
    // `A=b program`; `make A=b word` is another matter.
    if word.split_once('=').is_some_and(|(name, _)| is_name(name)) {
        return is_command_position(&before[..before.len() - word.len()]);
    }
    matches!(word, "-" | "+" | "then" | "do" | "else" | "if" | "while" | "sudo" | "exec" | "time" | "env")
}
