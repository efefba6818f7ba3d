//! References: `$(NAME)`, `${NAME}`, `$x`, `$$`, and what stands between the brackets. Knows no value.

use std::ops::Range;

/// A part of a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Piece {
    /// Bytes that mean themselves.
    Text(Range<usize>),
    /// `$$`, which stands for one `$`.
    Dollar(Range<usize>),
    /// `$x`: a name of one character.
    Short { range: Range<usize>, name: Range<usize> },
    /// `$(…)` or `${…}`; one that is never closed goes to the end of the text.
    Group { range: Range<usize>, inner: Range<usize>, closed: bool },
}

/// What stands between the brackets of a reference.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Meaning {
    Variable(Range<usize>),
    /// `NAME:from=to`.
    Substitution {
        name: Range<usize>,
        from: Range<usize>,
        to: Range<usize>,
    },
    Function {
        name: &'static str,
        arguments: Vec<Range<usize>>,
    },
}

/// Functions of GNU make, with the number of arguments after which commas mean themselves.
const FUNCTIONS: &[(&str, usize)] = &[
    ("abspath", 1),
    ("addprefix", 2),
    ("addsuffix", 2),
    ("and", usize::MAX),
    ("basename", 1),
    ("call", usize::MAX),
    ("dir", 1),
    ("error", 1),
    ("eval", 1),
    ("file", 2),
    ("filter", 2),
    ("filter-out", 2),
    ("findstring", 2),
    ("firstword", 1),
    ("flavor", 1),
    ("foreach", 3),
    ("guile", 1),
    ("if", 3),
    ("info", 1),
    ("intcmp", 5),
    ("join", 2),
    ("lastword", 1),
    ("let", 3),
    ("notdir", 1),
    ("or", usize::MAX),
    ("origin", 1),
    ("patsubst", 3),
    ("realpath", 1),
    ("shell", 1),
    ("sort", 1),
    ("strip", 1),
    ("subst", 3),
    ("suffix", 1),
    ("value", 1),
    ("warning", 1),
    ("wildcard", 1),
    ("word", 2),
    ("wordlist", 3),
    ("words", 1),
];

/// The parts of `text` at `range`, in order. References within references are not looked at.
#[must_use]
pub fn pieces(text: &str, range: Range<usize>) -> Vec<Piece> {
    let mut found = Vec::new();
    let bytes = text.as_bytes();
    let end = range.end.min(bytes.len());
    let mut at = range.start;
    let mut plain = at;
    while let Some(dollar) = bytes.get(at..end).and_then(|rest| memchr::memchr(b'$', rest)) {
        let start = at + dollar;
        let Some(next) = text.get(start + 1..end).and_then(|rest| rest.chars().next()) else { break };
        if plain < start {
            found.push(Piece::Text(plain..start));
        }
        at = start + 1 + next.len_utf8();
        match next {
            '$' => found.push(Piece::Dollar(start..at)),
            '(' | '{' => {
                let close = closing(&bytes[at..end], next);
                let inner = at..close.map_or(end, |close| at + close);
                at = (inner.end + 1).min(end);
                found.push(Piece::Group { range: start..at, inner, closed: close.is_some() });
            }
            _ => found.push(Piece::Short { range: start..at, name: start + 1..at }),
        }
        plain = at;
    }
    if plain < end {
        found.push(Piece::Text(plain..end));
    }
    found
}

/// Where the bracket that was opened before `bytes` closes: brackets of its kind are counted.
fn closing(bytes: &[u8], open: char) -> Option<usize> {
    let (open, close) = if open == '(' { (b'(', b')') } else { (b'{', b'}') };
    let mut depth = 0usize;
    for at in memchr::memchr2_iter(open, close, bytes) {
        if bytes[at] == open {
            depth += 1;
        } else if depth == 0 {
            return Some(at);
        } else {
            depth -= 1;
        }
    }
    None
}

/// The first byte outside of references that `wanted` accepts, at or behind `from`. A backslash takes
/// the meaning of the byte behind it away.
pub(super) fn find(text: &str, from: usize, wanted: impl Fn(u8) -> bool) -> Option<usize> {
    for piece in pieces(text, from..text.len()) {
        let Piece::Text(range) = piece else { continue };
        let bytes = text.as_bytes();
        let mut at = range.start;
        while at < range.end {
            match bytes[at] {
                b'\\' => at += 1,
                byte if wanted(byte) => return Some(at),
                _ => {}
            }
            at += 1;
        }
    }
    None
}

/// What the reference whose brackets hold `inner` means.
#[must_use]
pub fn meaning(text: &str, inner: Range<usize>) -> Meaning {
    let words = text.get(inner.clone()).unwrap_or_default();
    let word = words.find(|c: char| !(c.is_ascii_lowercase() || c == '-')).unwrap_or(words.len());
    if words[word..].starts_with([' ', '\t', '\n'])
        && let Some((name, most)) = FUNCTIONS.iter().find(|(name, _)| *name == &words[..word])
    {
        let blank = words[word..].len() - words[word..].trim_start().len();
        return Meaning::Function {
            name,
            arguments: arguments(text, inner.start + word + blank..inner.end, *most),
        };
    }
    if let Some(colon) = find(words, 0, |byte| byte == b':')
        && let Some(equals) = find(words, colon + 1, |byte| byte == b'=')
    {
        let start = inner.start;
        return Meaning::Substitution {
            name: start..start + colon,
            from: start + colon + 1..start + equals,
            to: start + equals + 1..inner.end,
        };
    }
    Meaning::Variable(inner)
}

/// Arguments between commas; commas in brackets separate none.
fn arguments(text: &str, range: Range<usize>, most: usize) -> Vec<Range<usize>> {
    let mut found = Vec::new();
    let mut start = range.start;
    let mut depth = 0usize;
    for (at, byte) in text.as_bytes()[range.clone()].iter().enumerate() {
        match byte {
            b'(' | b'{' => depth += 1,
            b')' | b'}' => depth = depth.saturating_sub(1),
            b',' if depth == 0 && found.len() + 1 < most => {
                found.push(start..range.start + at);
                start = range.start + at + 1;
            }
            _ => {}
        }
    }
    found.push(start..range.end);
    found
}
