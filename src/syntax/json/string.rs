//! What the escapes of a JSON string stand for. Knows no quotes.

use std::ops::Range;

use crate::text::Passage;

/// The words of a JSON string: `inner` of `passage` (without quotes), each escape swapped for what it
/// stands for. An escape that JSON does not have stays as it is written.
#[must_use]
pub fn unescape(passage: &Passage, inner: Range<usize>) -> Passage {
    let text = passage.text().get(inner.clone()).unwrap_or_default();
    if !text.contains('\\') {
        return passage.slice(inner);
    }
    let mut derivation = passage.derive();
    let mut kept = 0;
    for at in memchr::memchr_iter(b'\\', text.as_bytes()) {
        // A backslash that the escape before it has used up starts nothing.
        if at < kept {
            continue;
        }
        let Some((meaning, len)) = escape(&text[at..]) else { continue };
        let end = at + len;
        derivation.keep(inner.start + kept..inner.start + at);
        derivation.swap(inner.start + at..inner.start + end, meaning.encode_utf8(&mut [0; 4]));
        kept = end;
    }
    derivation.keep(inner.start + kept..inner.end);
    derivation.finish()
}

/// What the escape at the start of `text` stands for, and its length in bytes.
fn escape(text: &str) -> Option<(char, usize)> {
    let meaning = match text.as_bytes().get(1)? {
        b'n' => '\n',
        b't' => '\t',
        b'r' => '\r',
        b'b' => '\u{8}',
        b'f' => '\u{c}',
        b'u' => return unicode(text),
        &plain @ (b'"' | b'\\' | b'/') => char::from(plain),
        _ => return None,
    };
    Some((meaning, 2))
}

fn unicode(text: &str) -> Option<(char, usize)> {
    let unit = |from: usize| -> Option<u32> {
        let digits = text.get(from..from + 6)?.strip_prefix("\\u")?;
        digits.bytes().all(|byte| byte.is_ascii_hexdigit()).then_some(())?;
        u32::from_str_radix(digits, 16).ok()
    };
    let first = unit(0)?;
    if let Some(plain) = char::from_u32(first) {
        return Some((plain, 6));
    }
    // Characters beyond U+FFFF are written as a pair of surrogates; half a pair stands for nothing.
    match unit(6) {
        Some(second) if first < 0xdc00 && (0xdc00..0xe000).contains(&second) => {
            let wide = 0x1_0000 + ((first - 0xd800) << 10) + (second - 0xdc00);
            Some((char::from_u32(wide)?, 12))
        }
        _ => Some((char::REPLACEMENT_CHARACTER, 6)),
    }
}
