//! Makefiles as items in order: rules with their recipes, variables, includes, each word with its
//! place. Follows GNU make in what is a recipe line, an assignment, a comment. Both branches of a
//! conditional are read. Knows no value of a variable and no meaning of a command.

use std::ops::Range;

use super::Fault;
use crate::text::Passage;

mod assignment;
mod lines;
mod reference;
mod rule;

pub use assignment::{Assignment, Operator};
pub use reference::{Meaning, Piece, meaning, pieces};
pub use rule::Rule;

use assignment::Head;
use rule::trimmed;

/// Faults of one file that are told; a file with more of them is no Makefile.
const MAX_FAULTS: usize = 50;

/// A file's items in order.
#[derive(Clone, Debug, Default)]
pub struct Makefile {
    pub items: Vec<Item>,
    pub conditions: Vec<Condition>,
    pub faults: Vec<Fault>,
}

#[derive(Clone, Debug)]
pub struct Item {
    /// The innermost condition around it, in [`Makefile::conditions`].
    pub condition: Option<usize>,
    pub form: Form,
}

#[derive(Clone, Debug)]
pub enum Form {
    Rule(Box<Rule>),
    Assignment(Assignment),
    /// The files behind `include`.
    Include(Passage),
    /// A line that only its expansion makes something of, such as `$(eval …)`; with the recipe lines
    /// that follow it.
    Call(Passage, Vec<Line>),
}

/// One line of a recipe, behind its prefix; continuations are left for the shell.
#[derive(Clone, Debug)]
pub struct Line {
    pub text: Passage,
    pub condition: Option<usize>,
}

/// A branch of a conditional.
#[derive(Clone, Debug)]
pub struct Condition {
    pub outer: Option<usize>,
    /// Such as `ifeq ($(CI),true)`.
    pub text: Passage,
    /// Whether this is the branch behind its `else`.
    pub negated: bool,
}

/// Parses a file. Total: what is no Makefile is a fault, and the rest is still read.
#[must_use]
pub fn parse(passage: &Passage) -> Makefile {
    let start = if passage.text().starts_with('\u{feff}') { '\u{feff}'.len_utf8() } else { 0 };
    let out = Makefile::default();
    let mut parser = Parser { passage, at: start, prefix: '\t', stack: Vec::new(), open: Open::Nothing, out };
    while parser.step().is_some() {}
    if let Some(frame) = parser.stack.last() {
        let word = frame.opener.clone();
        parser.fault(word, "this conditional has no `endif`");
    }
    parser.out
}

/// A conditional that is open.
struct Frame {
    /// Its first word.
    opener: Range<usize>,
    /// The condition of the branch that is being read.
    current: usize,
    otherwise: bool,
}

/// What the next recipe line belongs to.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Open {
    Nothing,
    /// The item with this index.
    Item(usize),
    /// Something that was not understood.
    Fault,
}

struct Parser<'a> {
    passage: &'a Passage,
    at: usize,
    prefix: char,
    stack: Vec<Frame>,
    open: Open,
    out: Makefile,
}

impl Parser<'_> {
    /// Reads one line, or one block of lines that belong together.
    fn step(&mut self) -> Option<()> {
        let text = self.passage.text();
        let rest = text.get(self.at..).filter(|rest| !rest.is_empty())?;
        let indented = rest.starts_with(self.prefix);
        if indented && self.open != Open::Nothing {
            let line = lines::recipe(self.passage, self.at, self.prefix)?;
            self.at = line.next;
            self.recipe(line.words, line.range.start);
            return Some(());
        }
        let line = lines::joined(self.passage, self.at)?;
        self.at = line.next;
        let words = trimmed(&line.words);
        if words.is_empty() || words.text().starts_with('#') {
            return Some(());
        }
        match assignment::parse(&words) {
            Some(Head::Assignment(assignment)) => self.assignment(assignment),
            Some(Head::Define(assignment)) => self.define(assignment, &line.range),
            None => self.other(&words, &line.range, indented),
        }
        Some(())
    }

    fn condition(&self) -> Option<usize> {
        self.stack.last().map(|frame| frame.current)
    }

    fn push(&mut self, form: Form) {
        let condition = self.condition();
        self.out.items.push(Item { condition, form });
    }

    fn fault(&mut self, range: Range<usize>, message: impl Into<String>) {
        self.note(Fault::new(range, message));
    }

    fn note(&mut self, fault: Fault) {
        if self.out.faults.len() < MAX_FAULTS {
            self.out.faults.push(fault);
        }
    }

    fn recipe(&mut self, text: Passage, start: usize) {
        let condition = self.condition();
        if unclosed(&text).is_some()
            && let Some(range) = unclosed(&self.passage.slice(start..self.at))
        {
            self.fault(start + range.start..start + range.end, "this reference is never closed");
        }
        let Open::Item(index) = self.open else { return };
        match self.out.items.get_mut(index).map(|item| &mut item.form) {
            Some(Form::Rule(rule)) => rule.recipe.push(Line { text, condition }),
            Some(Form::Call(_, recipe)) => recipe.push(Line { text, condition }),
            _ => {}
        }
    }

    fn assignment(&mut self, assignment: Assignment) {
        if assignment.name.text() == ".RECIPEPREFIX" {
            self.prefix = assignment.value.text().chars().next().unwrap_or('\t');
        }
        self.open = Open::Nothing;
        self.push(Form::Assignment(assignment));
    }

    /// Reads the lines up to the `endef` that closes a `define`.
    fn define(&mut self, mut assignment: Assignment, opener: &Range<usize>) {
        let text = self.passage.text();
        let start = self.at;
        let mut depth = 1usize;
        let mut end = start;
        self.open = Open::Nothing;
        while let Some((line, next)) = lines::physical(text, self.at) {
            self.at = next;
            match first_word(text[line.clone()].trim_start()) {
                "endef" => depth -= 1,
                "define" => depth += 1,
                _ => {}
            }
            if depth == 0 {
                assignment.value = self.passage.slice(start..end);
                return self.push(Form::Assignment(assignment));
            }
            end = line.end;
        }
        // Its lines may be anything; they are not guessed at.
        assignment.value = self.passage.slice(start..end.max(start));
        self.push(Form::Assignment(assignment));
        let word = text[opener.clone()].find("define").map_or(opener.start, |at| opener.start + at);
        self.fault(word..word + "define".len(), "this `define` has no `endef`");
    }

    /// A line that is no assignment: a directive, a rule, or a call.
    fn other(&mut self, words: &Passage, range: &Range<usize>, indented: bool) {
        let text = words.text();
        let word = first_word(text);
        let blank =
            self.passage.text()[range.clone()].len() - self.passage.text()[range.clone()].trim_start().len();
        let start = range.start + blank;
        let at = start..start + word.len();
        match word {
            "ifeq" | "ifneq" | "ifdef" | "ifndef" => self.branch(words, at),
            "else" => self.otherwise(words, at),
            "endif" => {
                if self.stack.pop().is_none() {
                    self.fault(at, "this `endif` has no conditional");
                }
            }
            "include" | "-include" | "sinclude" => {
                self.open = Open::Nothing;
                let end = assignment::comment(text, word.len()).unwrap_or(text.len());
                self.push(Form::Include(trimmed(&words.slice(word.len()..end))));
            }
            "endef" => self.fault(at, "this `endef` has no `define`"),
            "export" | "unexport" | "undefine" | "vpath" | "override" | "private" | "load" | "-load"
                if !text[word.len()..].trim_start().starts_with(':') =>
            {
                self.open = Open::Nothing;
            }
            // Directives of other makes, which read the same files.
            _ if is_foreign(text) => self.open = Open::Nothing,
            _ => self.rule(words, range, indented),
        }
    }

    fn rule(&mut self, words: &Passage, range: &Range<usize>, indented: bool) {
        let text = words.text();
        let host = self.passage.text();
        let line = lines::physical(host, range.start).map_or(range.clone(), |(line, _)| line);
        let shown = line.end - host[line.clone()].trim_start().len()..line.end;
        if unclosed(words).is_some() {
            self.fault(shown, "a reference in this line is never closed");
            self.open = Open::Fault;
            return;
        }
        let found = if indented { None } else { rule::parse(words, self.condition()) };
        if let Some(found) = found {
            self.push(Form::Rule(Box::new(found)));
            self.open = Open::Item(self.out.items.len() - 1);
        } else if text.contains("$(") || text.contains("${") {
            self.push(Form::Call(words.clone(), Vec::new()));
            self.open = Open::Item(self.out.items.len() - 1);
        } else if indented {
            self.fault(shown, "this recipe line belongs to no target");
        } else {
            let fault = Fault::new(shown, "this line is no rule and no variable: it has neither `:` nor `=`");
            let spaces = matches!(self.open, Open::Item(_)) && host[line].starts_with(' ');
            let behind_spaces = "a recipe line begins with a tab, not with spaces";
            self.note(if spaces { fault.help(behind_spaces) } else { fault });
        }
    }

    fn branch(&mut self, words: &Passage, at: Range<usize>) {
        let outer = self.condition();
        let current = self.add_condition(outer, words, false);
        self.stack.push(Frame { opener: at, current, otherwise: false });
    }

    fn otherwise(&mut self, words: &Passage, at: Range<usize>) {
        let Some(frame) = self.stack.last() else {
            return self.fault(at, "this `else` has no conditional");
        };
        if frame.otherwise {
            return self.fault(at, "this conditional has an `else` already");
        }
        let condition = self.out.conditions.get(frame.current).cloned();
        let Some(condition) = condition else { return };
        let mut current = self.add_condition(condition.outer, &condition.text, true);
        let rest = trimmed(&words.slice("else".len()..words.len()));
        let again = matches!(first_word(rest.text()), "ifeq" | "ifneq" | "ifdef" | "ifndef");
        if again {
            current = self.add_condition(Some(current), &rest, false);
        }
        if let Some(frame) = self.stack.last_mut() {
            frame.current = current;
            frame.otherwise = !again;
        }
    }

    fn add_condition(&mut self, outer: Option<usize>, text: &Passage, negated: bool) -> usize {
        let end = assignment::comment(text.text(), 0).unwrap_or(text.len());
        let text = trimmed(&text.slice(0..end));
        self.out.conditions.push(Condition { outer, text, negated });
        self.out.conditions.len() - 1
    }
}

/// The letters that a line begins with.
fn first_word(line: &str) -> &str {
    let end = line.find(|c: char| !(c.is_ascii_alphanumeric() || c == '-' || c == '_')).unwrap_or(line.len());
    // `endef-x` and `else.o` are no directives, but `ifeq(` is meant as one.
    if line[end..].starts_with(['.', '/', '%', ':']) { "" } else { &line[..end] }
}

/// Whether a line is a directive of BSD make (`.if`, `.include <…>`) or nmake (`!IF`).
fn is_foreign(line: &str) -> bool {
    const WORDS: &[&str] = &[
        "if", "ifdef", "ifndef", "ifmake", "ifnmake", "elif", "elifdef", "elifndef", "else", "endif", "for",
        "endfor", "include", "sinclude", "dinclude", "undef", "error", "warning", "info", "export",
        "unexport", "break",
    ];
    if line.starts_with('!') {
        return true;
    }
    let Some(rest) = line.strip_prefix('.') else { return false };
    let rest = rest.trim_start();
    let end = rest.find(|c: char| !c.is_ascii_lowercase()).unwrap_or(rest.len());
    WORDS.contains(&&rest[..end]) && !rest[end..].starts_with(':')
}

/// The first bytes of a reference that is never closed.
fn unclosed(passage: &Passage) -> Option<Range<usize>> {
    let text = passage.text();
    memchr::memchr(b'$', text.as_bytes())?;
    pieces(text, 0..text.len()).into_iter().find_map(|piece| match piece {
        Piece::Group { range, closed: false, .. } => Some(range.start..range.start + 2),
        _ => None,
    })
}

#[cfg(test)]
mod tests;
