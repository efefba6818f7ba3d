//! String literals and templates as text, escapes decoded, each byte with its place. Knows nothing of
//! what stands in a template's holes.

use std::ops::Range;

use crate::text::{Passage, Weave};

/// How a literal's words become text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// Between single or double quotes.
    Quoted,
    /// Between back-ticks and holes: line ends become `\n`.
    Template,
    /// A template whose tag takes the words as they are, such as `String.raw`.
    Raw,
}

/// Adds the meaning of the literal's words at `inner` (without quotes) to `weave`; answers the number
/// of bytes added.
pub fn decode(passage: &Passage, inner: Range<usize>, form: Form, weave: &mut Weave) -> usize {
    let text = passage.text().get(inner.clone()).unwrap_or_default();
    let bytes = text.as_bytes();
    let (mut kept, mut added, mut at) = (0, 0, 0);
    while let Some(found) = memchr::memchr2(b'\\', b'\r', &bytes[at..]) {
        at += found;
        let (len, meaning) = match (bytes[at], form) {
            (b'\r', Form::Template | Form::Raw) => {
                (if bytes.get(at + 1) == Some(&b'\n') { 2 } else { 1 }, Meaning::Char('\n'))
            }
            (b'\\', Form::Quoted | Form::Template) => escape(&text[at..]),
            _ => {
                at += 1;
                continue;
            }
        };
        weave.keep(passage, inner.start + kept..inner.start + at);
        added += at - kept;
        let mut buffer = [0; 4];
        if let Meaning::Char(meaning) = meaning {
            weave.swap(passage, inner.start + at..inner.start + at + len, meaning.encode_utf8(&mut buffer));
            added += meaning.len_utf8();
        }
        at += len;
        kept = at;
    }
    weave.keep(passage, inner.start + kept..inner.start + text.len());
    added + text.len() - kept
}

/// Words as they are written between these quotation marks (`'`, `"` or a back-tick), so that they mean
/// themselves; without marks, as they are.
#[must_use]
pub fn encode(words: &str, quotes: &str) -> String {
    if quotes.is_empty() {
        return words.to_owned();
    }
    let template = quotes == "`";
    let mut written = String::with_capacity(words.len());
    let mut chars = words.chars().peekable();
    while let Some(char) = chars.next() {
        match char {
            '\\' => written.push_str("\\\\"),
            '\r' => written.push_str("\\r"),
            '\n' if !template => written.push_str("\\n"),
            '$' if template && chars.peek() == Some(&'{') => written.push_str("\\$"),
            _ => {
                if quotes.starts_with(char) {
                    written.push('\\');
                }
                written.push(char);
            }
        }
    }
    written
}

/// What an escape stands for.
enum Meaning {
    Char(char),
    /// A line continuation.
    Nothing,
}

/// The length of the escape that `text` begins with, and its meaning. One that is no proper escape
/// stands for the character behind the backslash.
fn escape(text: &str) -> (usize, Meaning) {
    let mut chars = text[1..].chars();
    let Some(first) = chars.next() else { return (1, Meaning::Nothing) };
    let plain = 1 + first.len_utf8();
    let char = |meaning| (plain, Meaning::Char(meaning));
    match first {
        'n' => char('\n'),
        't' => char('\t'),
        'r' => char('\r'),
        'b' => char('\u{8}'),
        'v' => char('\u{b}'),
        'f' => char('\u{c}'),
        '\r' if text[plain..].starts_with('\n') => (3, Meaning::Nothing),
        '\r' | '\n' | '\u{2028}' | '\u{2029}' => (plain, Meaning::Nothing),
        'x' => hex(text, 2, 2).map_or(char('x'), |(len, code)| (len, Meaning::Char(scalar(code)))),
        'u' => unicode(text).map_or(char('u'), |(len, code)| (len, Meaning::Char(scalar(code)))),
        '0'..='7' => octal(text),
        other => char(other),
    }
}

fn unicode(text: &str) -> Option<(usize, u32)> {
    if let Some(rest) = text[2..].strip_prefix('{') {
        let digits = rest.find('}').filter(|&len| (1..=8).contains(&len))?;
        return Some((digits + 4, u32::from_str_radix(&rest[..digits], 16).ok()?));
    }
    let (len, high) = hex(text, 2, 4)?;
    if (0xd800..0xdc00).contains(&high)
        && text[len..].starts_with("\\u")
        && let Some((both, low)) = hex(text, len + 2, 4)
        && (0xdc00..0xe000).contains(&low)
    {
        return Some((both, 0x1_0000 + ((high - 0xd800) << 10) + (low - 0xdc00)));
    }
    Some((len, high))
}

/// `count` hexadecimal digits at `start`: where they end, and their value.
fn hex(text: &str, start: usize, count: usize) -> Option<(usize, u32)> {
    let digits = text.get(start..start + count)?;
    let all = digits.bytes().all(|byte| byte.is_ascii_hexdigit());
    if all { Some((start + count, u32::from_str_radix(digits, 16).ok()?)) } else { None }
}

fn octal(text: &str) -> (usize, Meaning) {
    let longest = if text.as_bytes()[1] <= b'3' { 3 } else { 2 };
    let digits = text[1..].bytes().take(longest).take_while(|byte| (b'0'..=b'7').contains(byte)).count();
    let code = u32::from_str_radix(&text[1..=digits], 8).unwrap_or(0);
    (1 + digits, Meaning::Char(scalar(code)))
}

/// The character, or the replacement character for half of a surrogate pair.
fn scalar(code: u32) -> char {
    char::from_u32(code).unwrap_or(char::REPLACEMENT_CHARACTER)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::{FileId, Span};

    #[test]
    fn what_is_written_means_itself() {
        for words in ["plain", "'a' \"b\" `c`", "\\n \\", "${a} $b {c} $${d}", "a\nb\r\nc", "店 😀 \u{2028}"]
        {
            for (quotes, form) in [("'", Form::Quoted), ("\"", Form::Quoted), ("`", Form::Template)] {
                let written = encode(words, quotes);
                let passage = Passage::file(FileId(0), written.as_str().into());
                let mut weave = Weave::at(Span::point(FileId(0), 0));
                decode(&passage, 0..written.len(), form, &mut weave);
                assert_eq!(weave.finish().text(), words, "{written}");
                assert!(!written.contains("${") || written.contains("\\${") || quotes != "`", "{written}");
            }
            assert_eq!(encode(words, ""), words);
        }
    }
}
