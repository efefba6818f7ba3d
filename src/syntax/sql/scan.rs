//! Ends of quotes and comments, and lines that begin a statement. Works on bytes; every place that it
//! gives lies behind an ASCII byte or at one, so on a character's boundary.

use memchr::{memchr, memchr2};

/// Words that a line begins with where a statement begins.
const STATEMENT_WORDS: &[&str] = &[
    "ALTER", "ANALYZE", "BEGIN", "CALL", "CLUSTER", "COMMENT", "COMMIT", "COPY", "CREATE", "DELETE", "DO",
    "DROP", "EXEC", "EXECUTE", "GRANT", "INSERT", "LOCK", "MERGE", "REFRESH", "REINDEX", "RENAME", "REPLACE",
    "REVOKE", "ROLLBACK", "SELECT", "SET", "START", "TRUNCATE", "UPDATE", "VACUUM", "WITH",
];

/// Whether the bytes hold these few, without the preparation that a search for many words takes.
pub(super) fn holds(bytes: &[u8], few: &[u8]) -> bool {
    let Some((&first, rest)) = few.split_first() else { return true };
    memchr::memchr_iter(first, bytes).any(|at| bytes[at + 1..].starts_with(rest))
}

/// The byte after the quote that closes the one at `open`; a doubled quote does not close.
pub(super) fn quote_end(bytes: &[u8], open: usize, escapes: bool) -> Option<usize> {
    let quote = *bytes.get(open)?;
    let mut at = open + 1;
    loop {
        let rest = bytes.get(at..)?;
        let found = at + if escapes { memchr2(quote, b'\\', rest)? } else { memchr(quote, rest)? };
        if bytes[found] != quote || bytes.get(found + 1) == Some(&quote) {
            at = found + 2;
            continue;
        }
        return Some(found + 1);
    }
}

/// The byte after the `*/` that closes the comment at `open`.
pub(super) fn comment_end(bytes: &[u8], open: usize, nested: bool) -> Option<usize> {
    let mut depth = 1_usize;
    let mut at = open + 2;
    loop {
        let found = at + memchr2(b'*', b'/', bytes.get(at..)?)?;
        match (bytes[found], bytes.get(found + 1)) {
            (b'*', Some(b'/')) => {
                depth -= 1;
                at = found + 2;
                if depth == 0 {
                    return Some(at);
                }
            }
            (b'/', Some(b'*')) if nested => {
                depth += 1;
                at = found + 2;
            }
            _ => at = found + 1,
        }
    }
}

/// Where the first line after `from` and before `to` begins that opens with a statement's keyword:
/// the keyword's first byte.
pub(super) fn statement_line(text: &str, from: usize, to: usize) -> Option<usize> {
    let bytes = text.as_bytes();
    let mut at = from;
    while let Some(found) = bytes.get(at..to).and_then(|rest| memchr(b'\n', rest)) {
        let line = at + found + 1;
        let indent = bytes[line..to].iter().take_while(|byte| matches!(byte, b' ' | b'\t')).count();
        let word = line + indent;
        if opens_statement(&bytes[word..]) {
            return Some(word);
        }
        at = word;
    }
    None
}

/// Whether the text begins with a keyword that begins a statement.
pub(super) fn opens_statement(bytes: &[u8]) -> bool {
    let len = bytes.iter().take(12).take_while(|byte| byte.is_ascii_alphabetic()).count();
    let bounded =
        bytes.get(len).is_none_or(|&byte| matches!(byte, b' ' | b'\t' | b'\r' | b'\n' | b';' | b'('));
    bounded && STATEMENT_WORDS.iter().any(|word| word.as_bytes().eq_ignore_ascii_case(&bytes[..len]))
}

/// Whether the inside of square brackets reads as a name.
pub(super) fn is_bracket_name(inside: &[u8]) -> bool {
    let first = inside
        .first()
        .is_some_and(|&byte| byte.is_ascii_alphabetic() || matches!(byte, b'_' | b'#') || byte >= 0x80);
    first
        && inside.iter().all(|&byte| {
            byte.is_ascii_alphanumeric()
                || matches!(byte, b' ' | b'_' | b'-' | b'$' | b'#' | b'@')
                || byte >= 0x80
        })
}
