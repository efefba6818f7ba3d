//! Text that a migration builds: its bytes with their places, and the holes in it, words that are known
//! at run time only. Knows no expressions.

use std::ops::Range;
use std::rc::Rc;
use std::sync::Arc;

use crate::syntax::typescript::literal::{Form, decode};
use crate::text::{Passage, Span, Weave, cut_line};

/// The most holes that one text keeps apart.
const MAX_HOLES: usize = 1_000;
/// The longest words that stand for a hole, in characters.
const MAX_WORDS: usize = 60;

/// Why a value is not known.
#[derive(Debug, Default)]
pub struct Why {
    /// In a sentence.
    pub reason: String,
    /// The environment variable that it comes from.
    pub variable: Option<String>,
    /// The names that lead to it, `schemaBuilder.dropColumns`; those of packages begin with none.
    pub path: Option<String>,
}

impl Why {
    pub fn new(reason: impl Into<String>) -> Self {
        Self { reason: reason.into(), ..Self::default() }
    }
}

/// A text with its places, and the holes in it.
#[derive(Debug)]
pub struct Text {
    pub passage: Passage,
    pub holes: Vec<Hole>,
}

/// A placeholder in a text.
#[derive(Clone, Debug)]
pub struct Hole {
    pub range: Range<usize>,
    /// What its word says; holes of texts that are put together differ in it.
    id: u32,
    /// The expression that it stands for, on one line.
    pub source: Rc<str>,
    pub why: Rc<Why>,
}

/// How a placeholder begins: words of identifier characters, so that the statement still parses.
const HOLE: &str = "__hole";

impl Text {
    /// A text whose holes are given with the words that they stand for, numbered from 0.
    pub fn new(passage: Passage, holes: Vec<(Range<usize>, &str)>) -> Self {
        let why = Rc::new(Why::new("it is known at run time only"));
        let hole = |(id, (range, words)): (u32, (Range<usize>, &str))| Hole {
            range,
            id,
            source: cut_line(words, MAX_WORDS).into(),
            why: Rc::clone(&why),
        };
        Self { passage, holes: (0..).zip(holes).map(hole).collect() }
    }

    /// A text without holes.
    pub fn whole(passage: Passage) -> Self {
        Self { passage, holes: Vec::new() }
    }

    /// The word that stands for the hole `id`.
    pub fn placeholder(id: usize) -> String {
        format!("{HOLE}{id}__")
    }

    /// Its words, where no part of it is a hole.
    pub fn known(&self) -> Option<&str> {
        self.holes.is_empty().then(|| self.passage.text())
    }

    /// Whether a hole touches `range`.
    pub fn has_hole(&self, range: &Range<usize>) -> bool {
        let first = self.holes.partition_point(|hole| hole.range.end <= range.start);
        self.holes.get(first).is_some_and(|hole| hole.range.start < range.end)
    }

    /// `words`, which came from this text, with each placeholder as `${expression}` again.
    pub fn restore(&self, words: &str) -> String {
        if self.holes.is_empty() {
            return words.to_owned();
        }
        let mut restored = String::with_capacity(words.len());
        let mut rest = words;
        while let Some((before, behind)) = rest.split_once(HOLE) {
            let digits = behind.bytes().take_while(u8::is_ascii_digit).count();
            let hole = behind[..digits].parse().ok().and_then(|id: u32| self.hole(id));
            restored.push_str(before);
            if let (Some(hole), Some(behind)) = (hole, behind[digits..].strip_prefix("__")) {
                restored.push_str("${");
                restored.push_str(&hole.source);
                restored.push('}');
                rest = behind;
            } else if matches!(&behind[digits..], "…" | "_…") {
                // The words were cut inside of it.
                rest = "…";
            } else {
                restored.push_str(HOLE);
                rest = behind;
            }
        }
        restored.push_str(rest);
        restored
    }

    /// [`Text::restore`], for a fact.
    pub fn restored(&self, words: &str) -> Arc<str> {
        if self.holes.is_empty() { words.into() } else { self.restore(words).into() }
    }

    fn hole(&self, id: u32) -> Option<&Hole> {
        self.holes.iter().find(|hole| hole.id == id)
    }

    /// The whole text with its holes restored.
    pub fn words(&self) -> String {
        self.restore(self.passage.text())
    }

    /// The part at `range`.
    pub fn slice(&self, range: Range<usize>) -> Self {
        let inside = |hole: &&Hole| range.start <= hole.range.start && hole.range.end <= range.end;
        let holes = self.holes.iter().filter(inside).map(|hole| Hole {
            range: hole.range.start - range.start..hole.range.end - range.start,
            ..hole.clone()
        });
        Self { passage: self.passage.slice(range.clone()), holes: holes.collect() }
    }

    /// Without the blanks around it.
    pub fn trim(&self, start: bool, end: bool) -> Self {
        let text = self.passage.text();
        let from = if start { text.len() - text.trim_start().len() } else { 0 };
        let to = if end { text.trim_end().len() } else { text.len() };
        self.slice(from..to.max(from))
    }

    /// The part between two places that are counted in UTF-16 units, where no hole stands.
    pub fn units(&self, from: f64, to: f64) -> Option<Self> {
        let text = self.known()?;
        let (mut at, mut start, mut end) = (0.0, None, None);
        for (index, char) in text.char_indices().chain(std::iter::once((text.len(), '\0'))) {
            if at >= from {
                start.get_or_insert(index);
            }
            if at >= to {
                end.get_or_insert(index);
                break;
            }
            at += if char.len_utf16() == 2 { 2.0 } else { 1.0 };
        }
        let (start, end) = (start.unwrap_or(text.len()), end.unwrap_or(text.len()));
        (start <= end).then(|| self.slice(start..end)).filter(|part| to <= from || !part.passage.is_empty())
    }

    /// With `change` made to its words; holes stay.
    pub fn map(&self, change: impl Fn(&str) -> String) -> Self {
        let text = self.passage.text();
        let mut maker = Maker::at(self.passage.span());
        let mut at = 0;
        for hole in &self.holes {
            let before = text.get(at..hole.range.start).unwrap_or_default();
            if !before.is_empty() {
                maker.put(self.passage.locate(at..hole.range.start), &change(before));
            }
            maker.text(&self.slice(hole.range.clone()));
            at = hole.range.end;
        }
        let rest = text.get(at..).unwrap_or_default();
        if !rest.is_empty() {
            maker.put(self.passage.locate(at..text.len()), &change(rest));
        }
        maker.finish()
    }

    /// The parts between `separator`, which is not empty.
    pub fn split(&self, separator: &str) -> Vec<Self> {
        let mut parts = Vec::new();
        let mut start = 0;
        for (at, _) in self.passage.text().match_indices(separator) {
            parts.push(self.slice(start..at));
            start = at + separator.len();
        }
        parts.push(self.slice(start..self.passage.len()));
        parts
    }
}

/// A text in the making.
pub struct Maker {
    weave: Weave,
    len: usize,
    /// What it costs to keep: its bytes, and the places of its pieces.
    cost: usize,
    holes: Vec<Hole>,
}

/// The most that one text costs, in bytes; no more is added to one that would cost more.
pub const MAX_COST: usize = 12 * 1024 * 1024;
/// What the place of one piece costs, in bytes.
const PIECE: usize = 24;

impl Maker {
    pub fn at(home: Span) -> Self {
        Self { weave: Weave::at(home), len: 0, cost: 0, holes: Vec::new() }
    }

    /// What it costs to keep, in bytes.
    pub fn cost(&self) -> usize {
        self.cost
    }

    /// Adds the meaning of a literal's words.
    pub fn literal(&mut self, passage: &Passage, inner: Range<usize>, form: Form) {
        let added = decode(passage, inner, form, &mut self.weave);
        self.len += added;
        self.cost += added + PIECE;
    }

    /// Lets `text` stand for the words at `place`.
    pub fn put(&mut self, place: Span, text: &str) {
        self.weave.put(place, text);
        self.len += text.len();
        self.cost += text.len() + PIECE;
    }

    /// Adds a text with its holes.
    pub fn text(&mut self, text: &Text) {
        self.cost += text.passage.len() + text.passage.pieces() * PIECE;
        if self.cost > MAX_COST {
            return;
        }
        for hole in &text.holes {
            if self.holes.len() < MAX_HOLES {
                let range = self.len + hole.range.start..self.len + hole.range.end;
                self.holes.push(Hole { range, ..hole.clone() });
            }
        }
        self.weave.keep_all(&text.passage);
        self.len += text.passage.len();
    }

    /// Adds a hole; `id` is of no other one.
    pub fn hole(&mut self, place: Span, words: &str, (id, why): (u32, Rc<Why>)) {
        let word = Text::placeholder(id as usize);
        self.weave.put(place, &word);
        let range = self.len..self.len + word.len();
        self.len += word.len();
        self.cost += word.len() + PIECE;
        if self.holes.len() < MAX_HOLES {
            self.holes.push(Hole { range, id, source: cut_line(words, MAX_WORDS).into(), why });
        }
    }

    pub fn finish(self) -> Text {
        Text { passage: self.weave.finish(), holes: self.holes }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::FileId;

    #[test]
    fn words_that_were_cut_in_a_hole_show_no_placeholder() {
        let passage = Passage::file(FileId(0), "DROP TABLE __hole0__, 店".into());
        let text = Text::new(passage, vec![(11..20, "table")]);
        assert_eq!(text.words(), "DROP TABLE ${table}, 店");
        for cut in ["DROP TABLE __hole…", "DROP TABLE __hole0…", "DROP TABLE __hole0_…"] {
            assert_eq!(text.restore(cut), "DROP TABLE …");
        }
        assert_eq!(text.restore("__hole7__ __hole"), "__hole7__ __hole");
    }
}
