//! String values as passages: what a TOML string says, each byte with its place. Knows the four kinds
//! of TOML strings, and nothing of what they hold.

use std::ops::Range;

use super::{Data, Node};
use crate::text::{Derivation, Passage};

/// The decoded text of a string value of `document`. Any other value gives its own words.
#[must_use]
pub fn passage(document: &Passage, node: &Node) -> Passage {
    let Data::Text(value) = &node.data else { return document.slice(node.range.clone()) };
    if value.is_empty() {
        let quotes = opening(document.text().get(node.range.clone()).unwrap_or_default());
        let start = node.range.start + quotes.len();
        return document.slice(start..start);
    }
    let mut derivation = document.derive();
    derive(document.text(), &node.range, &mut derivation);
    let derived = derivation.finish();
    if derived.text() == value.as_str() {
        return derived;
    }
    // A faulty string, decoded otherwise than here: the value stands for all of its words.
    let mut derivation = document.derive();
    derivation.swap(node.range.clone(), value);
    derivation.finish()
}

fn derive(text: &str, range: &Range<usize>, out: &mut Derivation<'_>) {
    let raw = text.get(range.clone()).unwrap_or_default();
    let quote = opening(raw);
    let quotes = quote.len();
    let multiline = quotes == 3;
    let closed = quotes > 0 && raw.len() >= 2 * quotes && raw.ends_with(quote);
    let mut start = range.start + quotes;
    let end = if closed { range.end - quotes } else { range.end };
    if multiline {
        // A newline right behind the opening quotes is no part of the string.
        let body = text.get(start..end).unwrap_or_default();
        start += if body.starts_with("\r\n") { 2 } else { usize::from(body.starts_with('\n')) };
    }
    if raw.starts_with('"') {
        basic(text, start..end, multiline, out)
    } else {
        out.keep(start..end)
    };
}

/// The quotes that a string begins with; none for bare words.
fn opening(raw: &str) -> &str {
    let quotes = match raw.as_bytes() {
        [b'"', b'"', b'"', ..] | [b'\'', b'\'', b'\'', ..] => 3,
        [b'"' | b'\'', ..] => 1,
        _ => 0,
    };
    raw.get(..quotes).unwrap_or_default()
}

/// Decodes the body of a basic string: escapes are swapped for what they mean.
fn basic<'o, 'p>(
    text: &str,
    body: Range<usize>,
    multiline: bool,
    out: &'o mut Derivation<'p>,
) -> &'o mut Derivation<'p> {
    let mut kept = body.start;
    let mut at = body.start;
    while let Some(offset) = text.get(at..body.end).and_then(|rest| memchr::memchr(b'\\', rest.as_bytes())) {
        let escape = at + offset;
        let Some((len, decoded)) = text.get(escape..body.end).and_then(|rest| decode(rest, multiline)) else {
            at = escape + 1;
            continue;
        };
        out.keep(kept..escape);
        if let Some(decoded) = decoded {
            out.swap(escape..escape + len, decoded.encode_utf8(&mut [0; 4]));
        }
        at = escape + len;
        kept = at;
    }
    out.keep(kept..body.end)
}

/// The length in bytes of the escape at the start of `rest`, and its character; none for a line's end
/// with the white space behind it.
fn decode(rest: &str, multiline: bool) -> Option<(usize, Option<char>)> {
    let bytes = rest.as_bytes();
    let hex = |digits: usize| {
        let code = u32::from_str_radix(rest.get(2..2 + digits)?, 16).ok()?;
        Some((2 + digits, Some(char::from_u32(code)?)))
    };
    let simple = |c: char| Some((2, Some(c)));
    match bytes.get(1)? {
        b'b' => simple('\u{8}'),
        b't' => simple('\t'),
        b'n' => simple('\n'),
        b'f' => simple('\u{c}'),
        b'r' => simple('\r'),
        b'e' => simple('\u{1b}'),
        b'"' => simple('"'),
        b'\\' => simple('\\'),
        b'x' => hex(2),
        b'u' => hex(4),
        b'U' => hex(8),
        b' ' | b'\t' | b'\r' | b'\n' if multiline => {
            let blank = bytes.iter().skip(1).take_while(|byte| b" \t\r\n".contains(byte)).count();
            Some((1 + blank, None))
        }
        _ => None,
    }
}
