//! Physical lines, and the logical ones that continuations make of them. Knows no keyword.

use std::ops::Range;

use crate::text::Passage;

/// One physical line.
pub(super) struct Line {
    /// Without the line end; a carriage return before it belongs to the line end.
    pub content: Range<usize>,
    /// The first byte of the next line.
    pub next: usize,
}

/// The line that begins at byte `at`; `None` behind the last one.
pub(super) fn line(text: &str, at: usize) -> Option<Line> {
    if at >= text.len() {
        return None;
    }
    let (end, next) = match memchr::memchr(b'\n', &text.as_bytes()[at..]) {
        Some(found) => (at + found, at + found + 1),
        None => (text.len(), text.len()),
    };
    let end = if text[at..end].ends_with('\r') { end - 1 } else { end };
    Some(Line { content: at..end, next })
}

/// A logical line.
pub(super) struct Joined {
    pub passage: Passage,
    /// Where its parts stand in the file.
    segments: Vec<Range<usize>>,
    /// The end of its last physical line, without the line end.
    pub end: usize,
    /// The first byte of the line that follows it.
    pub next: usize,
}

impl Joined {
    /// The file's range of `inner`; up to the end of the first physical line that it touches.
    pub fn outer(&self, inner: Range<usize>) -> Range<usize> {
        let mut before = 0;
        for segment in &self.segments {
            let len = segment.len();
            if inner.start < before + len {
                let start = segment.start + (inner.start - before);
                return start..segment.end.min(segment.start + inner.end.saturating_sub(before)).max(start);
            }
            before += len;
        }
        let end = self.segments.last().map_or(0, |segment| segment.end);
        end..end
    }
}

/// The next logical line at or after byte `at`; comments on the way are noted.
pub(super) fn join(
    passage: &Passage,
    mut at: usize,
    escape: char,
    comments: &mut Vec<Range<usize>>,
) -> Option<Joined> {
    let text = passage.text();
    let mut segments: Vec<Range<usize>> = Vec::new();
    let mut begun = false;
    let mut end = at;
    while let Some(line) = line(text, at) {
        at = line.next;
        let content = &text[line.content.clone()];
        let words = content.trim_start_matches(is_blank);
        if words.starts_with('#') {
            comments.push(line.content.end - words.len()..line.content.end);
            continue;
        }
        if words.is_empty() {
            // A blank line does not end a continued instruction (BuildKit warns of it).
            continue;
        }
        // The blanks before an instruction are no part of it; those before a continued line are.
        let start = if begun { line.content.start } else { line.content.end - words.len() };
        begun = true;
        end = line.content.end;
        let Some(kept) = continued(&text[start..line.content.end], escape) else {
            segments.push(start..line.content.end);
            break;
        };
        segments.push(start..start + kept);
    }
    if !begun {
        return None;
    }
    trim(text, &mut segments);
    if segments.is_empty() {
        return None;
    }
    let mut derivation = passage.derive();
    for segment in &segments {
        derivation.keep(segment.clone());
    }
    Some(Joined { passage: derivation.finish(), segments, end, next: at })
}

/// Whether `c` separates words on one line.
pub(super) fn is_blank(c: char) -> bool {
    matches!(c, ' ' | '\t' | '\r' | '\u{b}' | '\u{c}')
}

/// The length of a line's words where it ends in a continuation: the escape character, not itself
/// escaped, and perhaps blanks behind it.
fn continued(content: &str, escape: char) -> Option<usize> {
    let words = content.trim_end_matches([' ', '\t']).strip_suffix(escape)?;
    (!words.ends_with(escape)).then_some(words.len())
}

/// Takes the blanks around a logical line away.
fn trim(text: &str, segments: &mut Vec<Range<usize>>) {
    while let Some(last) = segments.last_mut() {
        last.end = last.start + text[last.clone()].trim_end_matches(is_blank).len();
        if last.start < last.end {
            break;
        }
        segments.pop();
    }
    let blank = |segment: &Range<usize>| text[segment.clone()].chars().all(is_blank);
    let first = segments.iter().position(|segment| !blank(segment)).unwrap_or(segments.len());
    segments.drain(..first);
    if let Some(first) = segments.first_mut() {
        first.start = first.end - text[first.clone()].trim_start_matches(is_blank).len();
    }
}
