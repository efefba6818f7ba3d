//! What is wrong with a TOML document, said for the one who wrote it. Turns the parser's messages and
//! points into sentences and words of one line.

use std::ops::Range;

use super::Fault;

/// The fault for the parser's `message` at `range` of `text`.
pub fn explain(text: &str, message: &str, range: Range<usize>) -> Fault {
    let at = range.start.min(text.len());
    let line = line_at(text, at);
    let said = |range: Range<usize>, message: String| Fault::new(one_line(text, range), message);
    let words = text.get(range.clone()).unwrap_or_default();
    let has = |start: &str| message.starts_with(start);

    if has("duplicate key") {
        return said(range, format!("`{}` is set twice in one table", short(words)))
            .help("TOML refuses the whole file; keep one of both");
    }
    if has("invalid multi-line") && range.is_empty() {
        return said(opening(text, at), "this multi-line string is never closed".to_owned())
            .help("close it with the three quotes that it was opened with");
    }
    if (has("invalid basic string") || has("invalid literal string")) && range.is_empty() {
        return said(opening_on_line(text, at), "this string is not closed on its line".to_owned())
            .help("add the closing quote; a string over several lines takes three quotes");
    }
    if has("string values must be quoted") {
        if words.trim().is_empty() {
            return said(line, "there is no value behind the `=`".to_owned());
        }
        return said(range, format!("`{}` is no TOML value: a string needs quotes", short(words)))
            .help(format!("write \"{}\"", short(words)));
    }
    if has("key with no value") || has("invalid key-value pair") {
        return said(line, "this line is neither `key = value` nor a `[table]`".to_owned())
            .help("begin a comment with `#`");
    }
    if has("unclosed table") || has("unclosed array table") || has("missing table open") {
        return said(line, "the brackets of this table's header do not match".to_owned());
    }
    if has("missing escaped value") || has("too few unicode") || has("invalid value") {
        let escape = escape_before(text, at);
        let words = text.get(escape.clone()).unwrap_or_default();
        return said(escape.clone(), format!("`{}` is no escape that TOML knows", short(words)))
            .help("write `\\\\` for a backslash, or put the string in single quotes");
    }
    if has("unquoted keys cannot be empty") {
        return said(line, "a key is missing on this line".to_owned());
    }
    if has("invalid unquoted key") {
        return said(range, format!("`{}` can stand in a key only within quotes", short(words)));
    }
    if has("unexpected key or value") || has("unexpected content") {
        return said(at..line.end.max(at), "only a comment may follow on this line".to_owned())
            .help("each `key = value` and each `[table]` takes a line of its own");
    }
    if has("missing comma") {
        return said(at..line.end.max(at), "a comma is missing before this".to_owned());
    }
    if has("unexpected `=` in array") || has("unclosed array") {
        return said(line, "this array is not closed with `]`".to_owned());
    }
    if has("unclosed inline table") {
        return said(line, "this inline table is not closed with `}`".to_owned());
    }
    if has("unexpected leading zero") {
        return said(word_around(text, at), "a number may not begin with 0".to_owned())
            .help("put it in quotes if it is a text");
    }
    if has("integer number overflowed") {
        return said(range, format!("`{}` is too large for a TOML integer", short(words)));
    }
    if has("cannot recurse further") || has("recursion limit") {
        return said(range, "this is nested too deeply: more than 80 levels".to_owned());
    }
    if has("carriage return must be followed by newline") {
        return said(at.saturating_sub(1)..at, "a carriage return stands here alone".to_owned())
            .help("end lines with LF or CRLF");
    }
    let range = if range.is_empty() { line } else { range };
    said(range, format!("this is not TOML: {message}"))
}

/// The words of the line that holds `at`, without the white space around them.
pub fn line_at(text: &str, at: usize) -> Range<usize> {
    let (before, after) = text.split_at(floor(text, at));
    let start = before.rfind('\n').map_or(0, |newline| newline + 1);
    let end = after.find('\n').map_or(text.len(), |newline| before.len() + newline);
    let words = text.get(start..end).unwrap_or_default();
    let lead = words.len() - words.trim_start().len();
    start + lead..start + lead.max(words.trim_end().len())
}

/// `range` up to the end of its first line, on character boundaries.
fn one_line(text: &str, range: Range<usize>) -> Range<usize> {
    let start = floor(text, range.start);
    let end = floor(text, range.end).max(start);
    let words = text.get(start..end).unwrap_or_default();
    let first = words.lines().next().unwrap_or_default();
    start..start + first.trim_end().len()
}

fn floor(text: &str, at: usize) -> usize {
    text.floor_char_boundary(at)
}

/// The string on this line that ends at `at` without its quote.
fn opening_on_line(text: &str, at: usize) -> Range<usize> {
    let line = line_at(text, at);
    let words = text.get(line.start..at.max(line.start)).unwrap_or_default();
    let mut open: Option<(char, usize)> = None;
    let mut escaped = false;
    for (offset, c) in words.char_indices() {
        match open {
            Some(_) if escaped => escaped = false,
            Some(('"', _)) if c == '\\' => escaped = true,
            Some((quote, _)) if c == quote => open = None,
            None if c == '"' || c == '\'' => open = Some((c, offset)),
            _ => {}
        }
    }
    match open {
        Some((_, offset)) => line.start + offset..line.end,
        None => line,
    }
}

/// The first line of the multi-line string that ends at `at`: the last place that opens one.
fn opening(text: &str, at: usize) -> Range<usize> {
    let before = text.get(..floor(text, at)).unwrap_or_default();
    let quotes = ["\"\"\"", "'''"].into_iter().filter_map(|quotes| before.rfind(quotes)).max();
    match quotes {
        Some(start) => start..line_at(text, start).end,
        None => line_at(text, at),
    }
}

fn escape_before(text: &str, at: usize) -> Range<usize> {
    let line = line_at(text, at);
    let before = text.get(line.start..at.max(line.start)).unwrap_or_default();
    let start = before.rfind('\\').map_or(at, |offset| line.start + offset);
    let behind = text.get(start..line.end.max(start)).unwrap_or_default();
    let len: usize = behind.chars().take(2).map(char::len_utf8).sum();
    start..start + len
}

fn word_around(text: &str, at: usize) -> Range<usize> {
    let rest = text.get(floor(text, at)..).unwrap_or_default();
    let len = rest.find(|c: char| c.is_whitespace() || ",]}#".contains(c)).unwrap_or(rest.len());
    at..at + len
}

/// At most forty characters of the first line, for a message.
fn short(words: &str) -> String {
    let line = words.trim().lines().next().unwrap_or_default();
    if line.chars().count() <= 40 {
        return line.to_owned();
    }
    line.chars().take(39).chain(std::iter::once('…')).collect()
}
