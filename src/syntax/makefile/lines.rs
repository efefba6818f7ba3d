//! Physical lines, and what continuations make of them. Knows no rule and no variable.

use std::ops::Range;

use crate::text::Passage;

/// One or several physical lines that a backslash joins.
pub(super) struct Line {
    /// The line without line end; continuations and the blanks around them are one blank.
    pub words: Passage,
    /// From its first byte to the end of its last physical line, without the line end.
    pub range: Range<usize>,
    /// The first byte of the line that follows it.
    pub next: usize,
}

/// The physical line that begins at `at`: its range without line end, and the start of the next one.
pub(super) fn physical(text: &str, at: usize) -> Option<(Range<usize>, usize)> {
    let rest = text.get(at..).filter(|rest| !rest.is_empty())?;
    let (end, next) = match memchr::memchr(b'\n', rest.as_bytes()) {
        Some(found) => (at + found, at + found + 1),
        None => (text.len(), text.len()),
    };
    let end = if text[at..end].ends_with('\r') { end - 1 } else { end };
    Some((at..end, next))
}

/// The line at `at` as make reads it outside of recipes.
pub(super) fn joined(passage: &Passage, at: usize) -> Option<Line> {
    let text = passage.text();
    let (first, mut next) = physical(text, at)?;
    if !continues(&text[first.clone()]) {
        let words = passage.slice(first.clone());
        return Some(Line { words, range: first, next });
    }
    let mut derivation = passage.derive();
    let mut line = first.clone();
    let mut blank: Option<usize> = None;
    loop {
        let content = &text[line.clone()];
        let more = continues(content);
        let content = if more { content[..content.len() - 1].trim_end_matches([' ', '\t']) } else { content };
        let start = if blank.is_some() {
            line.end - text[line.clone()].trim_start_matches([' ', '\t']).len()
        } else {
            line.start
        };
        let end = (line.start + content.len()).max(start);
        if let Some(from) = blank {
            derivation.swap(from..start, " ");
        }
        derivation.keep(start..end);
        blank = Some(end);
        match physical(text, next) {
            Some((following, after)) if more => (line, next) = (following, after),
            _ => break,
        }
    }
    Some(Line { words: derivation.finish(), range: first.start..line.end, next })
}

/// The recipe line at `at`, behind its prefix. Continuations are the shell's; the prefix of each
/// continued line is none of its words.
pub(super) fn recipe(passage: &Passage, at: usize, prefix: char) -> Option<Line> {
    let text = passage.text();
    let (mut line, mut next) = physical(text, at)?;
    let start = line.start + prefix.len_utf8();
    let mut last = start..line.end.max(start);
    let mut parts = Vec::new();
    while continues(&text[line.clone()]) {
        let Some((following, after)) = physical(text, next) else { break };
        let skip = if text[following.clone()].starts_with(prefix) { prefix.len_utf8() } else { 0 };
        parts.push(last.start..following.start);
        last = following.start + skip..following.end;
        (line, next) = (following, after);
    }
    let words = if parts.is_empty() {
        passage.slice(last)
    } else {
        parts.push(last);
        let mut derivation = passage.derive();
        for part in parts {
            derivation.keep(part);
        }
        derivation.finish()
    };
    Some(Line { words, range: at..line.end, next })
}

/// Whether an odd number of backslashes ends the line.
fn continues(line: &str) -> bool {
    line.bytes().rev().take_while(|byte| *byte == b'\\').count() % 2 == 1
}
