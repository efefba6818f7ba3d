//! The words of an instruction: separated by blanks outside of quotes, `name=value` pairs, JSON
//! arrays. Knows no keyword.

use std::ops::Range;

use super::lines::is_blank;
use crate::syntax::json;
use crate::text::Passage;

/// A name with perhaps a value, as `ENV`, `ARG` and `LABEL` have them.
#[derive(Clone, Debug)]
pub struct Pair {
    /// With its quotes, if it has any.
    pub name: Passage,
    /// With its quotes; `None` without `=`.
    pub value: Option<Passage>,
    pub whole: Passage,
}

/// The words of `text`, quotes and escapes as written.
#[must_use]
pub fn words(text: &Passage, escape: char) -> Vec<Passage> {
    ranges(text.text(), escape).into_iter().map(|range| text.slice(range)).collect()
}

/// The pairs of `text`. Where the first word has no `=`, `NAME the rest` is one pair if `spaced`
/// says that the instruction has this old form.
#[must_use]
pub fn pairs(text: &Passage, escape: char, spaced: bool) -> Vec<Pair> {
    let words = words(text, escape);
    let old = words.first().is_some_and(|first| equals(first.text()).is_none());
    if spaced && old {
        let name = text.text().find(is_blank).unwrap_or(text.len());
        let rest = text.text()[name..].trim_start_matches(is_blank);
        let value = (!rest.is_empty()).then(|| text.slice(text.len() - rest.len()..text.len()));
        return vec![Pair { name: text.slice(0..name), value, whole: text.clone() }];
    }
    let pair = |whole: Passage| match equals(whole.text()) {
        Some(at) => Pair { name: whole.slice(0..at), value: Some(whole.slice(at + 1..whole.len())), whole },
        None => Pair { name: whole.clone(), value: None, whole },
    };
    words.into_iter().map(pair).collect()
}

/// The strings of a JSON array; `None` where `text` is none, and so is meant for a shell.
pub(super) fn strings(text: &Passage) -> Option<Vec<Passage>> {
    let bytes = text.text().as_bytes();
    let skip = |mut at: usize| {
        while matches!(bytes.get(at), Some(b' ' | b'\t' | b'\r' | b'\n')) {
            at += 1;
        }
        at
    };
    let mut found = Vec::new();
    let mut at = skip(0);
    (bytes.get(at) == Some(&b'[')).then_some(())?;
    at = skip(at + 1);
    if bytes.get(at) != Some(&b']') {
        loop {
            let inner = string(bytes, at)?;
            at = skip(inner.end + 1);
            found.push(json::unescape(text, inner));
            match bytes.get(at)? {
                b',' => at = skip(at + 1),
                b']' => break,
                _ => return None,
            }
        }
    }
    (skip(at + 1) == bytes.len()).then_some(found)
}

/// The inside of the JSON string that begins at byte `at`.
fn string(bytes: &[u8], at: usize) -> Option<Range<usize>> {
    (bytes.get(at) == Some(&b'"')).then_some(())?;
    let mut end = at + 1;
    loop {
        match bytes.get(end)? {
            b'"' => return Some(at + 1..end),
            b'\\' => {
                if !b"\"\\/bfnrtu".contains(bytes.get(end + 1)?) {
                    return None;
                }
                end += 2;
            }
            0..=31 => return None,
            _ => end += 1,
        }
    }
}

/// Where the first `=` stands.
fn equals(word: &str) -> Option<usize> {
    word.find('=')
}

pub(super) fn ranges(text: &str, escape: char) -> Vec<Range<usize>> {
    let mut found = Vec::new();
    let mut start: Option<usize> = None;
    let mut quote: Option<char> = None;
    let mut chars = text.char_indices();
    while let Some((at, c)) = chars.next() {
        if quote.is_none() && is_blank(c) {
            found.extend(start.take().map(|start| start..at));
            continue;
        }
        start.get_or_insert(at);
        match quote {
            _ if c == escape => {
                chars.next();
            }
            Some(open) if c == open => quote = None,
            None if matches!(c, '"' | '\'') => quote = Some(c),
            _ => {}
        }
    }
    found.extend(start.map(|start| start..text.len()));
    found
}
