//! Text made fit for a terminal: no control character of a checked file reaches it, and prose is
//! wrapped. Knows no finding.

use std::fmt::Write;

/// Appends `c`, or what stands for it where a terminal would act on it or hide it.
pub fn push(out: &mut String, c: char) {
    match c {
        '\t' => out.push('\t'),
        '\u{0}'..='\u{1f}' => out.push(char::from_u32(0x2400 + u32::from(c)).unwrap_or('\u{fffd}')),
        '\u{7f}' => out.push('\u{2421}'),
        _ if is_hidden(c) => {
            let _ = write!(out, "<U+{:04X}>", u32::from(c));
        }
        _ => out.push(c),
    }
}

/// The text on one line: line ends and tabs are spaces, control characters are visible.
#[must_use]
pub fn line(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut chars = text.trim_end().chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '\r' if chars.peek() == Some(&'\n') => {}
            '\n' | '\r' | '\t' => out.push(' '),
            _ => push(&mut out, c),
        }
    }
    out
}

/// The text with its line ends, control characters visible.
#[must_use]
pub fn block(text: &str) -> String {
    text.lines()
        .map(|text| {
            text.chars().fold(String::new(), |mut out, c| {
                push(&mut out, c);
                out
            }) + "\n"
        })
        .collect()
}

/// Controls of the second set, and format characters that reorder or hide text (the joiners that
/// emoji and some scripts need are left).
fn is_hidden(c: char) -> bool {
    matches!(c,
        '\u{80}'..='\u{9f}'
        | '\u{61c}'
        | '\u{200b}'
        | '\u{200e}' | '\u{200f}'
        | '\u{2028}'..='\u{202e}'
        | '\u{2060}'..='\u{206f}'
        | '\u{feff}'
        | '\u{fff9}'..='\u{fffb}'
        | '\u{e0000}'..='\u{e007f}')
}

/// Columns that a character takes, nearly: wide scripts and emoji take two.
#[must_use]
pub fn width(c: char) -> usize {
    match c {
        '\t' => 4,
        '\u{300}'..='\u{36f}' | '\u{200c}'..='\u{200d}' | '\u{fe00}'..='\u{fe0f}' => 0,
        '\u{1100}'..='\u{115f}'
        | '\u{2e80}'..='\u{a4cf}'
        | '\u{ac00}'..='\u{d7a3}'
        | '\u{f900}'..='\u{faff}'
        | '\u{fe30}'..='\u{fe6f}'
        | '\u{ff00}'..='\u{ff60}'
        | '\u{ffe0}'..='\u{ffe6}'
        | '\u{1f300}'..='\u{1faff}'
        | '\u{20000}'..='\u{3fffd}' => 2,
        _ => 1,
    }
}

/// Wraps one paragraph at `columns`: at spaces outside of `` `code` ``, and between wide characters.
/// What has no such place stays whole.
#[must_use]
pub fn wrap(text: &str, columns: usize) -> String {
    let mut out = String::with_capacity(text.len() + 8);
    let mut at = 0;
    for word in words(text) {
        let wide: usize = word.trim_end().chars().map(width).sum();
        if at > 0 && at + wide > columns {
            out.truncate(out.trim_end().len());
            out.push('\n');
            at = 0;
        }
        out.push_str(word);
        at += word.chars().map(width).sum::<usize>();
    }
    out.truncate(out.trim_end().len());
    out
}

/// Unbreakable runs, each with the spaces behind it.
fn words(text: &str) -> Vec<&str> {
    let mut words = Vec::new();
    let mut start = 0;
    let mut in_code = false;
    let mut ticks_left = text.matches('`').count();
    let mut previous = ' ';
    for (at, c) in text.char_indices() {
        let breaks = (previous == ' ' && c != ' ')
            || (width(previous) == 2
                && width(c) == 2
                && !"、。」』）！？ーっゃゅょ".contains(c)
                && previous != '「');
        if breaks && !in_code && at > start {
            words.push(&text[start..at]);
            start = at;
        }
        if c == '`' {
            ticks_left -= 1;
            // A back-tick that nothing closes starts no code.
            in_code = !in_code && ticks_left > 0;
        }
        previous = c;
    }
    words.push(&text[start..]);
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escapes_and_bidi_controls_are_visible() {
        assert_eq!(line("a\u{1b}[31mb\u{202e}c\u{7f}\u{9b}"), "a␛[31mb<U+202E>c␡<U+009B>");
        assert_eq!(line("one\r\ntwo\tthree\n"), "one two three");
        assert_eq!(line("👩\u{200d}💻 é"), "👩\u{200d}💻 é");
    }

    #[test]
    fn wraps_between_words_and_never_in_code() {
        assert_eq!(wrap("run `flyctl deploy --image x` first", 12), "run\n`flyctl deploy --image x`\nfirst");
        assert_eq!(wrap("本番の移行を先に、実行する。", 12), "本番の移行を\n先に、実行す\nる。");
        assert_eq!(wrap("", 10), "");
        assert_eq!(wrap("a ` b", 2), "a\n`\nb");
    }

    #[test]
    fn a_huge_word_stays_whole() {
        let word = "x".repeat(100_000);
        assert_eq!(wrap(&word, 80), word);
    }
}
