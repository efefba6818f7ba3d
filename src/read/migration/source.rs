//! A TypeScript file as the migration reader sees it: its passage, and words of it on one line.

use std::ops::Range;

use swc_common::Spanned;

use crate::syntax::typescript;
use crate::text::{Passage, Span, cut_line};

/// The longest text of a fact, in characters.
const MAX_WORDS: usize = 120;

/// The file.
#[derive(Clone, Copy)]
pub struct Source<'a> {
    pub passage: &'a Passage,
}

impl<'a> Source<'a> {
    pub fn text(self) -> &'a str {
        self.passage.text()
    }

    /// The place of a node.
    pub fn span(self, node: &impl Spanned) -> Span {
        self.passage.locate(typescript::range(node.span()))
    }

    /// The words of a node.
    pub fn words(self, node: &impl Spanned) -> &'a str {
        self.text().get(typescript::range(node.span())).unwrap_or_default()
    }

    /// The part of a place on its first line, where it is in this file.
    pub fn one_line_of(self, span: Span) -> Span {
        let own = self.passage.span();
        if own.file != span.file || own.start != 0 {
            return span;
        }
        self.first_line(span.start as usize..span.end as usize)
    }

    /// The part of `range` on its first line, as a place.
    pub fn first_line(self, range: Range<usize>) -> Span {
        let words = self.text().get(range.clone()).unwrap_or_default();
        let len = memchr::memchr2(b'\n', b'\r', words.as_bytes()).unwrap_or(words.len());
        self.passage.locate(range.start..range.start + len)
    }
}

/// `text` on one line, cut where it is long.
pub fn one_line(text: &str) -> String {
    cut_line(text, MAX_WORDS)
}
