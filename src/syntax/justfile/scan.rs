//! A cursor over a justfile's text. Knows blanks, comments and names, no item.

use std::ops::Range;

use super::MAX_FAULTS;
use crate::syntax::Fault;
use crate::text::Passage;

/// Deepest nesting of expressions that is read.
pub(super) const MOST_LEVELS: u16 = 100;

/// Where reading stands.
pub(super) struct Cursor<'a> {
    pub passage: &'a Passage,
    pub text: &'a str,
    pub at: usize,
    /// Open parentheses, brackets and braces, in which a line end is a blank.
    pub open: usize,
    /// Depth of the expression that is being read.
    pub level: u16,
    pub faults: Vec<Fault>,
}

impl<'a> Cursor<'a> {
    pub fn new(passage: &'a Passage) -> Self {
        let text = passage.text();
        let at = if text.starts_with('\u{feff}') { '\u{feff}'.len_utf8() } else { 0 };
        Self { passage, text, at, open: 0, level: 0, faults: Vec::new() }
    }

    pub fn rest(&self) -> &'a str {
        &self.text[self.at..]
    }

    pub fn is_done(&self) -> bool {
        self.at >= self.text.len()
    }

    /// Goes over blanks: spaces, tabs, escaped line ends; within delimiters line ends and comments too.
    pub fn blanks(&mut self) {
        loop {
            let rest = self.rest();
            let trimmed = rest.trim_start_matches([' ', '\t']);
            self.at += rest.len() - trimmed.len();
            let escaped = if trimmed.starts_with("\\\n") {
                2
            } else if trimmed.starts_with("\\\r\n") {
                3
            } else if self.open > 0 && trimmed.starts_with(['\n', '\r']) {
                1
            } else if self.open > 0 && trimmed.starts_with('#') {
                line_length(trimmed)
            } else {
                return;
            };
            self.at += escaped;
        }
    }

    pub fn peek(&self, word: &str) -> bool {
        self.rest().starts_with(word)
    }

    /// Goes over `word`, if it is next.
    pub fn eat(&mut self, word: &str) -> bool {
        let found = self.peek(word);
        if found {
            self.at += word.len();
        }
        found
    }

    /// Blanks, then `word`, if it is next; the blanks are gone over in any case.
    pub fn token(&mut self, word: &str) -> bool {
        self.blanks();
        self.eat(word)
    }

    /// The name that is next.
    pub fn name(&mut self) -> Option<Range<usize>> {
        let rest = self.rest();
        if !rest.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_') {
            return None;
        }
        let end = rest.find(|c: char| !is_name(c)).unwrap_or(rest.len());
        let range = self.at..self.at + end;
        self.at = range.end;
        Some(range)
    }

    /// A name, and the names joined to it by `::`.
    pub fn path(&mut self) -> Option<Range<usize>> {
        let first = self.name()?;
        let mut end = first.end;
        while self.eat("::") {
            let Some(next) = self.name() else { break };
            end = next.end;
        }
        self.at = end;
        Some(first.start..end)
    }

    /// Whether the line has nothing more but a comment.
    pub fn at_line_end(&mut self) -> bool {
        self.blanks();
        let rest = self.rest();
        rest.is_empty() || rest.starts_with(['\n', '#']) || rest.starts_with("\r\n")
    }

    /// Goes behind the end of the line.
    pub fn next_line(&mut self) {
        let rest = self.rest();
        self.at += memchr::memchr(b'\n', rest.as_bytes()).map_or(rest.len(), |end| end + 1);
    }

    /// Reads up to `end` with another cursor: nothing behind it is looked at.
    pub fn part<T>(&mut self, start: usize, end: usize, read: impl FnOnce(&mut Self) -> T) -> T {
        let mut part = Cursor {
            passage: self.passage,
            text: &self.text[..end],
            at: start,
            open: 1,
            level: self.level,
            faults: std::mem::take(&mut self.faults),
        };
        let found = read(&mut part);
        self.faults = part.faults;
        found
    }

    pub fn slice(&self, range: Range<usize>) -> Passage {
        self.passage.slice(range)
    }

    /// Notes a fault at the word that is next.
    pub fn fault(&mut self, message: impl Into<String>) {
        self.fault_at(self.word(self.at), message);
    }

    pub fn fault_at(&mut self, range: Range<usize>, message: impl Into<String>) {
        if self.faults.len() <= MAX_FAULTS {
            self.faults.push(Fault::new(range, message));
        }
    }

    /// The word at `at`, within its line; the character before it at a line's end.
    fn word(&self, at: usize) -> Range<usize> {
        let rest = &self.text[at..];
        let length = rest.find(|c: char| c.is_whitespace()).unwrap_or(rest.len());
        if length > 0 {
            return at..at + length;
        }
        let before = self.text[..at].trim_end_matches([' ', '\t']);
        match before.chars().next_back() {
            Some(c) if c != '\n' => before.len() - c.len_utf8()..before.len(),
            _ => at..at,
        }
    }
}

pub(super) fn is_name(c: char) -> bool {
    c.is_ascii_alphanumeric() || c == '_' || c == '-'
}

/// Bytes up to the line's end; a carriage return before it belongs to the end.
pub(super) fn line_length(text: &str) -> usize {
    let end = memchr::memchr(b'\n', text.as_bytes()).unwrap_or(text.len());
    if text[..end].ends_with('\r') { end - 1 } else { end }
}
