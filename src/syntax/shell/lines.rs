//! The last resort: a script that no parser accepts, cut into commands at unquoted operators and
//! line ends. Knows quotes and comments, no nesting.

use std::ops::Range;

use super::tree::{Block, Form, Simple, Statement, Word};
use super::word::{Quote, WordBuilder};
use crate::text::Passage;

/// Words that stand before a command without being one.
const KEYWORDS: &[&str] = &[
    "if", "then", "else", "elif", "fi", "do", "done", "while", "until", "esac", "{", "}", "!", "time", "in",
    "[[",
];

/// Words whose line holds no command of its own.
const HEADERS: &[&str] = &["for", "case", "select", "function"];

/// The end of the line at `at`, lines that a backslash continues included.
pub(super) fn logical_end(text: &str, at: usize) -> usize {
    let mut from = at;
    while let Some(found) = memchr::memchr(b'\n', &text.as_bytes()[from..]) {
        let end = from + found;
        from = end + 1;
        let slashes = text.as_bytes()[at..end].iter().rev().take_while(|byte| **byte == b'\\').count();
        if slashes % 2 == 0 {
            return from;
        }
    }
    text.len()
}

/// The first byte at or behind `at` that is neither blank nor an operator.
pub(super) fn skip_separators(text: &str, at: usize) -> usize {
    let rest = text.get(at..).unwrap_or_default();
    at + (rest.len() - rest.trim_start_matches(|c: char| c.is_whitespace() || c == ';' || c == '&').len())
}

/// Adds the commands in `range`.
pub(super) fn read(passage: &Passage, range: Range<usize>, body: &mut Block) {
    let mut cutter =
        Cutter { passage, text: passage.text(), at: range.start, end: range.end, words: Vec::new() };
    cutter.read(body);
}

struct Cutter<'a> {
    passage: &'a Passage,
    text: &'a str,
    at: usize,
    end: usize,
    words: Vec<Word>,
}

impl Cutter<'_> {
    fn read(&mut self, body: &mut Block) {
        while self.at < self.end {
            match self.byte(0) {
                b'\n' | b';' | b'&' | b'|' | b'(' | b')' | b'`' => {
                    self.at += 1;
                    self.finish(body);
                }
                b'#' => self.at = self.line_end(),
                b'\\' if self.byte(1) == b'\n' => self.at += 2,
                byte if byte.is_ascii_whitespace() => self.at += 1,
                _ => {
                    let word = self.word();
                    self.words.push(word);
                }
            }
        }
        self.finish(body);
    }

    fn finish(&mut self, body: &mut Block) {
        let mut words = std::mem::take(&mut self.words);
        let keywords = words.iter().take_while(|word| KEYWORDS.contains(&word.value.as_str())).count();
        words.drain(..keywords);
        let (Some(first), Some(last)) = (words.first(), words.last()) else { return };
        if HEADERS.contains(&first.value.as_str()) {
            return;
        }
        let range = first.range.start..last.range.end;
        let form = Form::Simple(Simple { words, ..Simple::default() });
        body.push(Statement { form, range, negated: false, background: false, redirects: Vec::new() });
    }

    fn word(&mut self) -> Word {
        let start = self.at;
        let end = self.word_end();
        let mut builder = WordBuilder::new(self.text, start..end);
        while self.at < end {
            let from = self.at;
            match self.byte(0) {
                quote @ (b'\'' | b'"') => {
                    let close = self.closing(quote, end);
                    let kind = if quote == b'\'' { Quote::Single } else { Quote::Double };
                    self.literal(&mut builder, from + 1..close, kind);
                    self.at = (close + 1).min(end);
                }
                _ => {
                    while self.at < end && !matches!(self.byte(0), b'\'' | b'"') {
                        self.at += if self.byte(0) == b'\\' { 2 } else { 1 };
                    }
                    self.at = self.at.min(end);
                    self.literal(&mut builder, from..self.at, Quote::None);
                }
            }
        }
        self.at = end;
        builder.finish(self.passage)
    }

    /// Literal text; all of it counts as an expansion when it holds one.
    fn literal(&self, builder: &mut WordBuilder<'_>, range: Range<usize>, quote: Quote) {
        let Some(text) = self.text.get(range.clone()) else { return };
        if quote != Quote::Single && text.contains(['$', '`']) {
            builder.expansion(range);
        } else {
            builder.literal(range, quote);
        }
    }

    /// The end of the word that begins here: quotes hide operators, and an open quote ends with its
    /// line.
    fn word_end(&self) -> usize {
        let mut at = self.at;
        while at < self.end {
            match self.text.as_bytes()[at] {
                b'\\' => at += 2,
                quote @ (b'\'' | b'"') => at = self.closing_from(quote, at + 1, self.end) + 1,
                b'\n' | b';' | b'&' | b'|' | b'(' | b')' | b'`' => break,
                byte if byte.is_ascii_whitespace() => break,
                _ => at += 1,
            }
        }
        let mut at = at.min(self.end);
        while !self.text.is_char_boundary(at) {
            at += 1;
        }
        at.min(self.end)
    }

    fn closing(&self, quote: u8, end: usize) -> usize {
        self.closing_from(quote, self.at + 1, end)
    }

    fn closing_from(&self, quote: u8, from: usize, end: usize) -> usize {
        let mut at = from;
        while at < end {
            match self.text.as_bytes()[at] {
                b'\\' if quote == b'"' => at += 1,
                b'\n' => break,
                byte if byte == quote => return at,
                _ => {}
            }
            at += 1;
        }
        at.min(end)
    }

    fn line_end(&self) -> usize {
        let rest = &self.text.as_bytes()[self.at..self.end];
        memchr::memchr(b'\n', rest).map_or(self.end, |found| self.at + found)
    }

    fn byte(&self, ahead: usize) -> u8 {
        self.text.as_bytes().get(self.at + ahead).copied().unwrap_or(b'\n')
    }
}
