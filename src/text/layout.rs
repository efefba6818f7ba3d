//! Whole lines of a text: where one can be put in, in the style of its neighbours, and what goes with a
//! place that is taken out. Knows blanks and line ends, no language.

use std::ops::Range;

/// What stands for one step of indentation where no neighbour shows one.
const STEP: &str = "    ";

/// Puts `words`, each of their lines on a line of its own, above the line on which `at` stands: where and
/// what. None where something else stands before it on its line.
#[must_use]
pub fn above(text: &str, at: usize, words: &str) -> Option<(usize, String)> {
    let start = line_start(text, at);
    let margin = text.get(start..at)?;
    // A byte order mark stays where it is.
    let mark = if margin.starts_with('\u{feff}') { '\u{feff}'.len_utf8() } else { 0 };
    let margin = &margin[mark..];
    if !is_blank(margin) {
        return None;
    }
    let end = line_end_style(text, at);
    let lines: String = words.split('\n').map(|line| format!("{}{end}", indented(margin, line))).collect();
    Some((start + mark, lines))
}

/// Puts `words`, each of their lines on a line of its own, below the line on which `range` ends: where and
/// what. Behind an opening bracket they stand as deep as what it holds. None where something else stands
/// behind `range` on its line.
#[must_use]
pub fn below(text: &str, range: &Range<usize>, words: &str) -> Option<(usize, String)> {
    let rest = text.get(range.end..)?;
    let behind = &rest[..rest.find(['\n', '\r']).unwrap_or(rest.len())];
    if !is_blank(behind) {
        return None;
    }
    let opens = text.get(range.clone())?.ends_with(['{', '(', '[']);
    let own = margin_at(text, range.start);
    let next = text.get(range.end + behind.len()..)?;
    let margin = if opens {
        let inner = next.lines().find(|line| !is_blank(line)).map(margin_of).unwrap_or_default();
        let deeper = inner.len() > own.len() && inner.starts_with(own);
        if deeper { inner.to_owned() } else { format!("{own}{}", step(text)) }
    } else {
        own.to_owned()
    };
    let end = line_end_style(text, range.end);
    // No second blank line, and none above a closing bracket.
    let follows = next.lines().nth(1).unwrap_or_default();
    let words = match words.strip_suffix('\n') {
        Some(words) if is_blank(follows) || follows.trim_start().starts_with(['}', ')', ']']) => words,
        _ => words,
    };
    let lines: String = words.split('\n').map(|line| format!("{end}{}", indented(&margin, line))).collect();
    Some((range.end + behind.len(), lines))
}

/// What goes with `range` when it is taken out: its lines, where nothing else stands on them.
#[must_use]
pub fn removed(text: &str, range: Range<usize>) -> Range<usize> {
    let start = line_start(text, range.start);
    let (Some(before), Some(rest)) = (text.get(start..range.start), text.get(range.end..)) else {
        return range;
    };
    let len = rest.find(['\n', '\r']).unwrap_or(rest.len());
    if !is_blank(before) || !is_blank(&rest[..len]) {
        return range;
    }
    let mut end = range.end + len + line_end_len(&rest[len..]);
    // No blank line is left behind an opening bracket or another blank one.
    let above = text[..start].trim_end_matches([' ', '\t']);
    let above = above.strip_suffix('\n').unwrap_or(above);
    let above = above.strip_suffix('\r').unwrap_or(above);
    let opens = above.is_empty() || above.ends_with(['{', '(', '[', '\n']);
    let next = &text[end..];
    let blank = next.find(['\n', '\r']).unwrap_or(next.len());
    if opens && is_blank(&next[..blank]) {
        end += blank + line_end_len(&next[blank..]);
    }
    start..end
}

fn is_blank(text: &str) -> bool {
    text.bytes().all(|byte| matches!(byte, b' ' | b'\t'))
}

fn line_start(text: &str, at: usize) -> usize {
    text.get(..at).and_then(|before| before.rfind(['\n', '\r'])).map_or(0, |end| end + 1)
}

fn margin_of(line: &str) -> &str {
    &line[..line.len() - line.trim_start_matches([' ', '\t']).len()]
}

/// The blanks that the line of `at` begins with.
fn margin_at(text: &str, at: usize) -> &str {
    text.get(line_start(text, at)..).map(margin_of).unwrap_or_default()
}

fn indented(margin: &str, line: &str) -> String {
    if line.is_empty() { String::new() } else { format!("{margin}{line}") }
}

/// One step of indentation: that of the first indented line.
fn step(text: &str) -> &str {
    let margins = text.lines().filter(|line| !is_blank(line)).map(margin_of);
    margins.into_iter().find(|margin| !margin.is_empty() && margin.len() <= 8).unwrap_or(STEP)
}

/// How lines end around `at`: as the line itself, else as the first one.
fn line_end_style(text: &str, at: usize) -> &'static str {
    let own = text.get(at..).filter(|rest| rest.contains(['\n', '\r']));
    let end = own.unwrap_or(text);
    end.find(['\n', '\r']).map_or("\n", |at| match &end.as_bytes()[at..] {
        [b'\r', b'\n', ..] => "\r\n",
        [b'\r', ..] => "\r",
        _ => "\n",
    })
}

fn line_end_len(rest: &str) -> usize {
    if rest.starts_with("\r\n") { 2 } else { usize::from(rest.starts_with(['\n', '\r'])) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn put((at, words): (usize, String), text: &str) -> String {
        format!("{}{words}{}", &text[..at], &text[at..])
    }

    fn put_below(text: &str, place: &str, words: &str) -> Option<String> {
        let at = text.find(place).unwrap();
        Some(put(below(text, &(at..at + place.len()), words)?, text))
    }

    fn put_above(text: &str, place: &str, words: &str) -> Option<String> {
        Some(put(above(text, text.find(place).unwrap(), words)?, text))
    }

    fn take(text: &str, place: &str) -> String {
        let at = text.find(place).unwrap();
        let range = removed(text, at..at + place.len());
        format!("{}{}", &text[..range.start], &text[range.end..])
    }

    #[test]
    fn a_line_below_a_bracket_is_as_deep_as_what_it_holds() {
        for (text, words, expected) in [
            ("class A {\n  up() {}\n}\n", "x;\n", "class A {\n  x;\n\n  up() {}\n}\n"),
            ("class A {\r\n\tup() {}\r\n}", "x;\n", "class A {\r\n\tx;\r\n\r\n\tup() {}\r\n}"),
            ("class A {\n\n  up() {}\n}\n", "x;\n", "class A {\n  x;\n\n  up() {}\n}\n"),
            ("class A { \n}\n", "x;\n", "class A { \n    x;\n}\n"),
            ("class 注文 {\n\n}", "x;", "class 注文 {\n    x;\n\n}"),
        ] {
            assert_eq!(put_below(text, "{", words).as_deref(), Some(expected));
        }
        assert_eq!(put_below("class A { up() {} }", "{", "x;"), None);
        assert_eq!(put_below("class A { // why\n}", "{", "x;"), None);
        assert_eq!(put_below("a {", "{", "x").as_deref(), Some("a {\n    x"));
    }

    #[test]
    fn a_line_beside_a_statement_is_as_deep_as_it() {
        assert_eq!(
            put_below("  a(\n    b\n  );\n  c;\n", "a(\n    b\n  );", "x;").as_deref(),
            Some("  a(\n    b\n  );\n  x;\n  c;\n")
        );
        assert_eq!(put_below("a; b;\n", "a;", "x;"), None);
        assert_eq!(
            put_above("\u{feff}class A", "class", "// x\n// y").as_deref(),
            Some("\u{feff}// x\n// y\nclass A")
        );
        assert_eq!(put_above("a\r\n\t😀;\r\n", "😀", "x").as_deref(), Some("a\r\n\tx\r\n\t😀;\r\n"));
        assert_eq!(put_above("a; b", "b", "x"), None);
    }

    #[test]
    fn a_place_takes_its_lines_with_it() {
        for (text, place, expected) in [
            ("a;\n  b;\nc;\n", "b;", "a;\nc;\n"),
            ("a;\r\n  b(\r\n  );\r\nc;\r\n", "b(\r\n  );", "a;\r\nc;\r\n"),
            ("{\n  b;\n\n  c;\n}", "b;", "{\n  c;\n}"),
            ("a;\n\n  b;\n\n  c;\n", "b;", "a;\n\n  c;\n"),
            ("a; b; c;\n", "b;", "a;  c;\n"),
            ("b;", "b;", ""),
        ] {
            assert_eq!(take(text, place), expected);
        }
    }
}
