//! String literals: quotes, escapes, the common indentation of triple-quoted ones.

use std::ops::Range;

use super::scan::Cursor;
use crate::text::Passage;

/// A literal as it was found.
pub(super) struct Literal {
    /// What stands between the quotes.
    pub content: Range<usize>,
    /// Whether escapes mean something in it.
    pub cooked: bool,
    /// Whether it has triple quotes.
    pub indented: bool,
}

/// The string that begins at the cursor, in one of these quotes; an unclosed one is a fault and ends
/// with its line.
pub(super) fn literal(cursor: &mut Cursor<'_>, quotes: &[&'static str]) -> Option<Literal> {
    let quote = quotes.iter().copied().find(|quote| cursor.peek(quote))?;
    let start = cursor.at;
    cursor.at += quote.len();
    let from = cursor.at;
    let cooked = quote.starts_with('"');
    let found = close(cursor.rest(), quote, cooked);
    let Some(length) = found else {
        let end = from + super::scan::line_length(cursor.rest());
        cursor.fault_at(start..end, format!("this string is not closed: no `{quote}` follows"));
        cursor.at = end;
        return Some(Literal { content: from..end, cooked, indented: false });
    };
    cursor.at = from + length + quote.len();
    Some(Literal { content: from..from + length, cooked, indented: quote.len() == 3 })
}

/// Where the closing quote stands.
fn close(text: &str, quote: &str, cooked: bool) -> Option<usize> {
    if !cooked {
        return memchr::memmem::find(text.as_bytes(), quote.as_bytes());
    }
    let mut at = 0;
    loop {
        at += memchr::memchr2(b'\\', b'"', text.as_bytes().get(at..)?)?;
        if text.as_bytes()[at] == b'\\' {
            at += 2;
        } else if text[at..].starts_with(quote) {
            return Some(at);
        } else {
            at += 1;
        }
    }
}

/// The literal's value.
pub(super) fn value(passage: &Passage, literal: &Literal) -> Passage {
    let ranges = if literal.indented {
        unindented(passage.text(), literal.content.clone())
    } else {
        vec![literal.content.clone()]
    };
    let plain =
        ranges.len() == 1 && !(literal.cooked && passage.text()[literal.content.clone()].contains('\\'));
    if plain {
        return passage.slice(literal.content.clone());
    }
    let mut derivation = passage.derive();
    for range in ranges {
        if literal.cooked {
            cook(&mut derivation, passage.text(), range);
        } else {
            derivation.keep(range);
        }
    }
    derivation.finish()
}

/// Takes text at `range` with its escapes decoded.
fn cook(derivation: &mut crate::text::Derivation<'_>, text: &str, range: Range<usize>) {
    let mut from = range.start;
    let mut at = range.start;
    while let Some(found) = memchr::memchr(b'\\', &text.as_bytes()[at..range.end]) {
        let slash = at + found;
        let Some(escaped) = text[slash + 1..range.end].chars().next() else { break };
        let mut end = slash + 1 + escaped.len_utf8();
        let decoded = match escaped {
            'n' => "\n".to_owned(),
            'r' => "\r".to_owned(),
            't' => "\t".to_owned(),
            '"' | '\\' => escaped.to_string(),
            '\n' => String::new(),
            'u' => match unicode(&text[end..range.end]) {
                Some((character, length)) => {
                    end += length;
                    character.to_string()
                }
                None => "\\u".to_owned(),
            },
            other => format!("\\{other}"),
        };
        derivation.keep(from..slash);
        derivation.swap(slash..end, &decoded);
        from = end;
        at = end;
    }
    derivation.keep(from..range.end);
}

/// `{1F600}`: the character, and the bytes that name it.
fn unicode(text: &str) -> Option<(char, usize)> {
    let end = text.strip_prefix('{')?.find('}')?;
    let code = u32::from_str_radix(text.get(1..=end)?, 16).ok()?;
    Some((char::from_u32(code)?, end + 2))
}

/// The parts of a triple-quoted string without the line end behind the quotes and without the
/// indentation that all lines share.
fn unindented(text: &str, content: Range<usize>) -> Vec<Range<usize>> {
    let mut start = content.start;
    let body = &text[content.clone()];
    if body.starts_with('\n') {
        start += 1;
    } else if body.starts_with("\r\n") {
        start += 2;
    } else {
        return vec![content];
    }
    let lines = || {
        let mut at = start;
        text[start..content.end].split_inclusive('\n').map(move |line| {
            at += line.len();
            at - line.len()..at
        })
    };
    let indent = |range: &Range<usize>| {
        let line = &text[range.clone()];
        line.len() - line.trim_start_matches([' ', '\t']).len()
    };
    let blank = |range: &Range<usize>| text[range.clone()].trim().is_empty();
    let common = lines().filter(|line| !blank(line)).map(|line| indent(&line)).min().unwrap_or(0);
    lines().map(|line| line.start + common.min(indent(&line))..line.end).collect()
}
