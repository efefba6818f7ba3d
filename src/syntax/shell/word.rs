//! Decoding of quotes and escapes, with the place of each part kept.

use std::ops::Range;

use crate::text::Passage;

use super::tree::{Block, Part, PartKind, Quoting, Word};

/// How a run of literal text is quoted, which decides what a backslash does in it.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Quote {
    None,
    Double,
    /// A backslash is a backslash.
    Single,
}

/// Makes a word of parts, in order.
pub(super) struct WordBuilder<'a> {
    text: &'a str,
    range: Range<usize>,
    at: usize,
    word: Word,
}

impl<'a> WordBuilder<'a> {
    pub fn new(text: &'a str, range: Range<usize>) -> Self {
        let at = range.start;
        let value = String::with_capacity(range.len());
        Self { text, at, word: Word { value, range: range.clone(), ..Word::default() }, range }
    }

    /// Literal text at `range`, escapes decoded.
    pub fn literal(&mut self, range: Range<usize>, quote: Quote) {
        let Some(range) = self.admit(range) else { return };
        let text = &self.text[range.clone()];
        let mut from = 0;
        if quote != Quote::Single {
            let mut at = 0;
            while let Some(found) = memchr::memchr(b'\\', &text.as_bytes()[at..]) {
                let slash = at + found;
                let Some(escaped) = text[slash + 1..].chars().next() else { break };
                let end = slash + 1 + escaped.len_utf8();
                at = end;
                if quote == Quote::Double && !matches!(escaped, '$' | '`' | '"' | '\\' | '\n') {
                    continue;
                }
                self.push(range.start + from..range.start + slash, PartKind::Literal);
                let decoded = if escaped == '\n' { String::new() } else { escaped.to_string() };
                self.push(range.start + slash..range.start + end, PartKind::Escape(decoded));
                from = end;
            }
        }
        self.push(range.start + from..range.end, PartKind::Literal);
    }

    /// Text at `range` that stands for `decoded`.
    pub fn decoded(&mut self, range: Range<usize>, decoded: &str) {
        if let Some(range) = self.admit(range) {
            self.push(range, PartKind::Escape(decoded.to_owned()));
        }
    }

    pub fn expansion(&mut self, range: Range<usize>) {
        if let Some(range) = self.admit(range) {
            self.word.dynamic = true;
            self.push(range, PartKind::Expansion);
        }
    }

    pub fn substitution(&mut self, range: Range<usize>) {
        if let Some(range) = self.admit(range) {
            self.word.dynamic = true;
            self.push(range, PartKind::Substitution);
        }
    }

    pub fn commands(&mut self, block: Block) {
        if !block.is_empty() {
            self.word.commands.push(block);
        }
    }

    pub fn finish(mut self, passage: &Passage) -> Word {
        self.word.quoting = quoting(&self.text[self.range.clone()], &self.word.parts);
        self.word.dynamic |= has_placeholder(passage, &self.range);
        if self.word.dynamic && std::mem::take(&mut self.word.plain) {
            self.word.parts.push(Part { range: self.range, kind: PartKind::Literal });
        }
        self.word
    }

    /// The range, if it lies in the word and behind what was added before.
    fn admit(&mut self, range: Range<usize>) -> Option<Range<usize>> {
        let inside = range.start >= self.at && range.end <= self.range.end && range.start <= range.end;
        let whole =
            inside && self.text.is_char_boundary(range.start) && self.text.is_char_boundary(range.end);
        if !whole {
            self.word.dynamic = true;
            return None;
        }
        self.at = range.end;
        Some(range)
    }

    fn push(&mut self, range: Range<usize>, kind: PartKind) {
        if range.is_empty() {
            return;
        }
        match &kind {
            PartKind::Escape(text) => self.word.value.push_str(text),
            _ => self.word.value.push_str(&self.text[range.clone()]),
        }
        // Most words are one literal, which needs no list of parts.
        if kind == PartKind::Literal && range == self.range {
            self.word.plain = true;
            return;
        }
        if self.word.parts.is_empty() {
            self.word.parts.reserve_exact(1);
        }
        self.word.parts.push(Part { range, kind });
    }
}

/// How the raw text of a word is quoted.
fn quoting(raw: &str, parts: &[Part]) -> Quoting {
    if memchr::memchr3(b'\'', b'"', b'\\', raw.as_bytes()).is_none() {
        return Quoting::None;
    }
    let wrapped = |quote: char| {
        raw.len() >= 2
            && raw.starts_with(quote)
            && raw.ends_with(quote)
            && (parts.len() > 1 || raw.matches(quote).count() == 2)
    };
    match () {
        () if wrapped('\'') && raw.matches('\'').count() == 2 => Quoting::Single,
        () if wrapped('"') => Quoting::Double,
        () => Quoting::Mixed,
    }
}

/// Whether a word that stands for something else, such as a swapped-in `__expr__`, is in `range`.
fn has_placeholder(passage: &Passage, range: &Range<usize>) -> bool {
    let Some(text) = passage.text().get(range.clone()) else { return false };
    let mut at = 0;
    while let Some(found) = text.as_bytes()[at..].windows(2).position(|pair| pair == b"__") {
        let start = at + found;
        let tail = &text.as_bytes()[start..];
        let len = tail.iter().take_while(|byte| byte.is_ascii_alphanumeric() || **byte == b'_').count();
        if is_placeholder(passage, range.start + start..range.start + start + len) {
            return true;
        }
        at = start + len;
    }
    false
}

/// Whether the name at `range` stands for words of the host that are no name: an expression of a
/// template, which its reader swapped for a name such as `__expr__`. A swapped quote or line break
/// is none.
#[must_use]
pub fn is_placeholder(passage: &Passage, range: Range<usize>) -> bool {
    let Some(name) = passage.text().get(range.clone()) else { return false };
    name.len() > 4 && name.contains("__") && passage.is_swapped(range)
}
