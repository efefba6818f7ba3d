//! Replacing words of a host file. An edit is made only from an exact place, so a fix never lands
//! in decoded text.

use std::ops::Range;

use super::passage::Passage;
use super::span::Span;

/// One replacement in one file.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Edit {
    span: Span,
    insert: String,
}

impl Edit {
    /// Replaces the bytes of `passage` at `range`; `None` where the host does not say these very
    /// bytes.
    #[must_use]
    pub fn replace(passage: &Passage, range: Range<usize>, insert: &str) -> Option<Self> {
        let span = passage.exact(range)?;
        Some(Self { span, insert: insert.to_owned() })
    }

    #[must_use]
    pub fn span(&self) -> Span {
        self.span
    }

    #[must_use]
    pub fn insert(&self) -> &str {
        &self.insert
    }

    /// Whether both would change the same bytes, or insert at the same point.
    #[must_use]
    pub fn overlaps(&self, other: &Self) -> bool {
        self.span.file == other.span.file
            && (self.span == other.span
                || (self.span.start < other.span.end && other.span.start < self.span.end))
    }
}

/// The text after `edits` (all of this text's file). `None` where two overlap or one lies outside.
#[must_use]
pub fn apply(text: &str, edits: &[Edit]) -> Option<String> {
    let mut edits: Vec<&Edit> = edits.iter().collect();
    edits.sort();
    edits.dedup();
    if edits.windows(2).any(|pair| pair[0].overlaps(pair[1])) {
        return None;
    }
    let mut result = String::with_capacity(text.len());
    let mut at = 0;
    for edit in edits {
        let (start, end) = (edit.span.start as usize, edit.span.end as usize);
        result.push_str(text.get(at..start)?);
        result.push_str(&edit.insert);
        text.get(start..end)?;
        at = end;
    }
    result.push_str(text.get(at..)?);
    Some(result)
}
