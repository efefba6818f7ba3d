//! Scalars to passages: which byte of a decoded text was written where. The parser has decoded the
//! text already; here its words are found again in the source, piece by piece.

use std::ops::Range;

use super::Style;
use crate::text::{Derivation, Passage};

/// The passage that says `value`, and the scalar's exact range. `range` is the parser's: for a
/// block scalar it begins with the first words and ends with the next token.
pub(super) fn decode(
    passage: &Passage,
    text: &str,
    range: Range<usize>,
    style: Style,
    value: &str,
) -> (Passage, Range<usize>) {
    if text.get(range.clone()) == Some(value) {
        return (passage.slice(range.clone()), range);
    }
    if let Some(found) = find(passage, text, range.clone(), style, value) {
        return found;
    }
    // Not reached on any document known; then the place is the whole scalar's.
    let mut out = passage.derive();
    out.swap(range.clone(), value);
    (out.finish(), range)
}

fn find(
    passage: &Passage,
    text: &str,
    range: Range<usize>,
    style: Style,
    value: &str,
) -> Option<(Passage, Range<usize>)> {
    let mut walk = Walk { text, value, at: range.start, said: 0, out: passage.derive() };
    let end = match style {
        Style::Plain => {
            walk.flow(range.end, Quote::None);
            range.end
        }
        Style::SingleQuoted | Style::DoubleQuoted => {
            walk.at += 1;
            let quote = if style == Style::SingleQuoted { Quote::Single } else { Quote::Double };
            walk.flow(range.end.saturating_sub(1), quote);
            range.end
        }
        Style::Literal | Style::Folded => {
            walk.block(range.clone());
            walk.at.clamp(range.start, range.end.max(range.start))
        }
    };
    let found = walk.out.finish();
    (found.text() == value).then_some((found, range.start..end))
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Quote {
    None,
    Single,
    Double,
}

/// Two fingers: one on the source, one on the decoded text.
struct Walk<'a> {
    text: &'a str,
    value: &'a str,
    /// Next byte of the source.
    at: usize,
    /// Number of bytes of the value that are accounted for.
    said: usize,
    out: Derivation<'a>,
}

impl Walk<'_> {
    /// Plain and quoted scalars: lines are folded, blanks around line breaks dropped.
    fn flow(&mut self, end: usize, quote: Quote) {
        while self.at < end {
            let rest = &self.text.as_bytes()[self.at..end];
            let stop = rest.iter().position(|&byte| match byte {
                b' ' | b'\t' | b'\n' | b'\r' => true,
                b'\'' => quote == Quote::Single,
                b'\\' => quote == Quote::Double,
                _ => false,
            });
            let run = stop.unwrap_or(rest.len());
            self.keep(self.at..self.at + run);
            match rest.get(run) {
                None => return,
                Some(b'\'') => {
                    self.swap(self.at..(self.at + 2).min(end), "'");
                }
                Some(b'\\') => self.escape(end),
                Some(_) => self.white(end),
            }
        }
    }

    /// Blanks, and line breaks with the blanks around them.
    fn white(&mut self, end: usize) {
        let rest = &self.text[self.at..end];
        let run = rest.len() - rest.trim_start_matches([' ', '\t', '\n', '\r']).len();
        let breaks = count_breaks(&rest[..run]);
        let range = self.at..self.at + run;
        match breaks {
            0 => self.keep(range),
            1 => self.swap(range, " "),
            _ => self.swap(range, &"\n".repeat(breaks - 1)),
        }
    }

    /// A backslash in double quotes.
    fn escape(&mut self, end: usize) {
        let start = self.at;
        let rest = &self.text[start + 1..end];
        let Some(letter) = rest.chars().next() else {
            self.at = end;
            return;
        };
        if matches!(letter, '\n' | '\r') {
            // An escaped line break joins the lines; only further empty lines are kept.
            let run = rest.len() - rest.trim_start_matches([' ', '\t', '\n', '\r']).len();
            let breaks = count_breaks(&rest[..run]);
            return self.swap(start..start + 1 + run, &"\n".repeat(breaks - 1));
        }
        let digits = match letter {
            'x' => 2,
            'u' => 4,
            'U' => 8,
            _ => 0,
        };
        let mut len = letter.len_utf8() + digits;
        if letter == 'u' && is_high_surrogate(rest.get(1..5)) && rest.get(5..7) == Some("\\u") {
            len += 6;
        }
        let Some(said) = self.value.get(self.said..).and_then(|value| value.chars().next()) else {
            self.at = end;
            return;
        };
        self.swap(start..(start + 1 + len).min(end), said.encode_utf8(&mut [0; 4]));
    }

    /// Block scalars: each line loses its indentation, and in a folded one some breaks are blanks.
    fn block(&mut self, range: Range<usize>) {
        let source = &self.text[..range.end.min(self.text.len())];
        let line = source[..range.start].rfind(['\n', '\r']).map_or(0, |at| at + 1);
        let indent = range.start - line;
        let leading = self.value.len() - self.value.trim_start_matches('\n').len();
        if leading == self.value.len() {
            self.swap(range, &"\n".repeat(leading));
            return;
        }
        // Empty lines before the first words stand before the parser's span.
        let mut breaks = Vec::new();
        let mut from = line;
        for _ in 0..leading {
            let before = &source[..from];
            let len = if before.ends_with("\r\n") { 2 } else { 1 };
            breaks.push(from.saturating_sub(len)..from);
            from = source[..from.saturating_sub(len)].rfind(['\n', '\r']).map_or(0, |at| at + 1);
        }
        for found in breaks.into_iter().rev() {
            self.line_break(found);
        }
        self.at = range.start;
        loop {
            let rest = &source[self.at.min(source.len())..];
            let len = memchr::memchr2(b'\n', b'\r', rest.as_bytes()).unwrap_or(rest.len());
            self.keep(self.at..self.at + len);
            if self.said >= self.value.len() {
                return;
            }
            self.breaks(source, indent);
            if self.said >= self.value.len() {
                return;
            }
            if self.at >= source.len() {
                return;
            }
        }
    }

    /// The line breaks between two lines with words, and what the value makes of them.
    fn breaks(&mut self, source: &str, indent: usize) {
        let mut found: Vec<Range<usize>> = Vec::new();
        let mut next = self.at;
        while let Some(len) = break_len(&source[next..]) {
            found.push(next..next + len);
            next += len;
            let spaces = source.as_bytes()[next..].iter().take(indent).take_while(|&&byte| byte == b' ');
            let spaces = spaces.count();
            if break_len(&source[next + spaces..]).is_none() {
                break;
            }
            next += spaces;
        }
        let value = &self.value[self.said..];
        let said = value.len() - value.trim_start_matches('\n').len();
        let last = said == value.len();
        if said == 0 {
            // One break that is folded into a blank.
            let end = found.last().map_or(self.at, |range| range.end);
            self.swap(self.at..end, " ");
        } else {
            // A folded scalar drops the first of several breaks.
            let dropped = if last { 0 } else { found.len().saturating_sub(said) };
            for range in found.iter().skip(dropped).take(said) {
                self.line_break(range.clone());
            }
            // The last line may lack the break that the value ends with.
            let missing = said.saturating_sub(found.len());
            self.swap(self.at..self.at, &"\n".repeat(missing));
        }
        if last {
            return;
        }
        let spaces = source.as_bytes()[next..].iter().take(indent).take_while(|&&byte| byte == b' ').count();
        self.at = next + spaces;
    }

    /// A line break that the value keeps as `\n`.
    fn line_break(&mut self, range: Range<usize>) {
        if self.text.as_bytes().get(range.end.wrapping_sub(1)) == Some(&b'\n') {
            self.keep(range.end - 1..range.end);
        } else {
            self.swap(range, "\n");
        }
    }

    fn keep(&mut self, range: Range<usize>) {
        self.said += range.len();
        self.at = range.end;
        self.out.keep(range);
    }

    fn swap(&mut self, range: Range<usize>, text: &str) {
        self.said += text.len();
        self.at = range.end;
        self.out.swap(range, text);
    }
}

/// Length of the line break that `text` begins with.
fn break_len(text: &str) -> Option<usize> {
    match text.as_bytes() {
        [b'\r', b'\n', ..] => Some(2),
        [b'\r' | b'\n', ..] => Some(1),
        _ => None,
    }
}

fn count_breaks(white: &str) -> usize {
    white.matches(['\n', '\r']).count() - white.matches("\r\n").count()
}

fn is_high_surrogate(digits: Option<&str>) -> bool {
    digits
        .and_then(|digits| u32::from_str_radix(digits, 16).ok())
        .is_some_and(|code| (0xD800..0xDC00).contains(&code))
}

#[cfg(test)]
pub(super) mod tests {
    use granit_parser::{Event, Parser, options};

    use super::*;
    use crate::syntax::yaml::build::style;
    use crate::text::FileId;

    /// Checks that each scalar of `text` is found again in the source, and gives their number. A
    /// document that does not parse counts up to its error.
    #[track_caller]
    pub(in crate::syntax::yaml) fn check(text: &str) -> usize {
        let passage = Passage::file(FileId(0), text.into());
        let options = options! { emit_unresolved_aliases: true, emit_comments: false };
        let mut count = 0;
        for (event, span) in Parser::new_from_str_with_options(text, options).map_while(Result::ok) {
            let Event::Scalar(value, form, ..) = event else { continue };
            let range = span.byte_range().unwrap();
            if range.is_empty() && value == "~" {
                continue;
            }
            count += 1;
            let found = find(&passage, text, range.clone(), style(form), &value);
            assert!(found.is_some(), "{form:?} {value:?} at {range:?} of {text:?}");
            let (found, range) = found.unwrap();
            assert!(range.end <= text.len());
            for (at, c) in found.text().char_indices() {
                let Some(span) = found.exact(at..at + c.len_utf8()) else { continue };
                assert_eq!(&text[span.start as usize..span.end as usize], c.to_string());
            }
        }
        count
    }

    #[test]
    fn every_scalar_is_found_again() {
        for text in [
            "a: b\n",
            "a: b c\n   d\n\n   e  \nf: g",
            "a: 'it''s\n  folded\n\n  twice '\n",
            "a: \"\\u65e5\\u672c \\x41 \\U0001F600 \\\"q\\\" \\\\ \\t\\\n    joined  \n   folded\n\n  twice\"\n",
            "a: \"\\ud83d\\ude00 x\\/y \\  \\\n  \\ z\"\n",
            "a: \"one \\\n\n\n  two\"\n",
            "a: |\n  one\n   two\n\n  three\n\n\nb: c\n",
            "a: |-\n  one\n\n\nb: |+\n  two\n\n\nc: |2+\n    three\n   four\n\n",
            "a: >\n  one\n  two\n\n  three\n    more\n\n    indented\n  four\n\n\n  five\n",
            "a: >-\n  one\n  two\nb: >+\n  three\n\n\nc: >1-\n   a\n  b\n c\n",
            "a: |\n\n\n  one\n",
            "a: >\n\n\n  one\n  two",
            "a: |\n  one",
            "a: |+\n\n\nb: c",
            "a: |\nb: c\n",
            "a: |\r\n  one\r\n\r\n  two\r\nb: >\r\n  three\r\n  four\r\n\r\n  five\r\n",
            "a: 'one\r\n  two'\r\nb: \"one\r\n\r\n  two\\\r\n  three\"\r\nc: one\r\n  two\r\n",
            "a: |\n  日本語のコメント 🎉 です\n  次の行\nb: >\n  全角　空白\n  と🎌\n",
            "- |\n one\n- >\n two\n three\n-\n  - |\n    four\n",
            "|\nfoo\nbar\n",
            "a: |\n  \tone\n   \t\n  two\n     \nb: c\n",
            "a: |  # why\n  one\n  # no comment\n# comment\nb: c\n",
            "a: |\n  one\n \n  \n   \n  two\n",
            "[a b, 'c', \"d\\n\", {e: f g}]",
            "a: \"\"\nb: ''\nc: ' '\nd: \"  x  \"\n",
            "? |\n  key\n: - one\n  - two\n",
        ] {
            check(text);
        }
    }
}
