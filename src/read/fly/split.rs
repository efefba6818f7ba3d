//! A command line as flyctl splits it into words, without a shell: quotes and backslashes are
//! understood, operators and variables are not. Knows no program.

use std::ops::Range;

use crate::text::Passage;

/// What splitting gives.
pub struct Split {
    /// The words, quotes removed.
    pub words: Vec<Passage>,
    /// The first piece of text that only a shell understands.
    pub shell: Option<Range<usize>>,
    /// What is never closed: flyctl rejects the configuration.
    pub open: Option<(Range<usize>, &'static str)>,
}

/// One word's range, and the parts of it with what stands around them.
struct Word {
    range: Range<usize>,
    parts: Vec<(Range<usize>, Quote)>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Quote {
    None,
    Single,
    Double,
    /// Behind a backslash.
    Escaped,
}

/// Splits `line` as `google/shlex` does.
pub fn split(line: &Passage) -> Split {
    let (words, open) = scan(line.text());
    let shell = if starts_shell(line.text(), &words) { None } else { shell_syntax(line.text(), &words) };
    let words = words
        .iter()
        .map(|word| {
            if word.parts.iter().all(|(range, _)| range.is_empty()) {
                return line.slice(word.range.start..word.range.start);
            }
            let mut derivation = line.derive();
            for (range, _) in &word.parts {
                derivation.keep(range.clone());
            }
            derivation.finish()
        })
        .collect();
    Split { words, shell, open }
}

fn scan(text: &str) -> (Vec<Word>, Option<(Range<usize>, &'static str)>) {
    let mut words: Vec<Word> = Vec::new();
    let mut open: Option<Word> = None;
    let mut quote = Quote::None;
    let mut quote_start = 0;
    let mut chars = text.char_indices().peekable();
    while let Some((at, c)) = chars.next() {
        let end = at + c.len_utf8();
        if quote == Quote::None && matches!(c, ' ' | '\t' | '\r' | '\n') {
            words.extend(open.take());
            continue;
        }
        if open.is_none() && c == '#' {
            while chars.next_if(|(_, c)| *c != '\n').is_some() {}
            continue;
        }
        let word = open.get_or_insert_with(|| Word { range: at..at, parts: Vec::new() });
        word.range.end = end;
        match (quote, c) {
            (Quote::None, '"' | '\'') => {
                quote = if c == '"' { Quote::Double } else { Quote::Single };
                quote_start = at;
                word.parts.push((end..end, quote));
            }
            (Quote::Double, '"') | (Quote::Single, '\'') => quote = Quote::None,
            (Quote::None | Quote::Double, '\\') => {
                let Some((next, c)) = chars.next() else {
                    words.extend(open.take());
                    return (words, Some((at..end, "a backslash with nothing behind it")));
                };
                word.range.end = next + c.len_utf8();
                word.parts.push((next..word.range.end, Quote::Escaped));
            }
            _ => match word.parts.last_mut() {
                Some((range, kind)) if *kind == quote && range.end == at => range.end = end,
                _ => word.parts.push((at..end, quote)),
            },
        }
    }
    let unclosed =
        (quote != Quote::None).then(|| (quote_start..quote_start + 1, "a quote that is never closed"));
    words.extend(open.take());
    (words, unclosed)
}

/// Whether the line starts a shell by itself: `sh -c '…'`, `env X=1 bash -lc '…'`.
fn starts_shell(text: &str, words: &[Word]) -> bool {
    let plain = |word: &Word| -> String {
        word.parts.iter().filter_map(|(range, _)| text.get(range.clone())).collect()
    };
    let words: Vec<String> = words.iter().take(12).map(plain).collect();
    words.iter().enumerate().any(|(at, word)| {
        let program = word.rsplit('/').next().unwrap_or_default();
        let is_shell = ["sh", "bash", "dash", "ash", "zsh", "ksh"].contains(&program);
        is_shell
            && words
                .iter()
                .skip(at + 1)
                .take_while(|word| word.starts_with('-'))
                .any(|flag| !flag.starts_with("--") && flag.contains('c'))
    })
}

/// The first piece that only a shell understands. What stands in single quotes is meant as it is, and
/// so is what a program's own argument may hold, such as `&` in an address.
fn shell_syntax(text: &str, words: &[Word]) -> Option<Range<usize>> {
    for (index, word) in words.iter().enumerate() {
        let raw = text.get(word.range.clone()).unwrap_or_default();
        if index == 0 && ((raw == "cd" && words.len() > 1) || is_assignment(raw)) {
            return Some(word.range.clone());
        }
        if ["&", "!", "{", "}", "("].contains(&raw) {
            return Some(word.range.clone());
        }
        for (range, quote) in &word.parts {
            let part = text.get(range.clone()).unwrap_or_default();
            let found = match quote {
                Quote::None => operator(part, range.start == word.range.start).or_else(|| variable(part)),
                Quote::Double => variable(part),
                Quote::Single | Quote::Escaped => None,
            };
            if let Some(found) = found {
                return Some(range.start + found.start..range.start + found.end);
            }
        }
    }
    None
}

/// `VAR=value`, in front of a command.
fn is_assignment(word: &str) -> bool {
    let Some((name, _)) = word.split_once('=') else { return false };
    name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
        && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
}

/// The first operator outside of quotes; `first` where the part begins its word.
fn operator(part: &str, first: bool) -> Option<Range<usize>> {
    let redirect = first
        .then(|| part.trim_start_matches(|c: char| c.is_ascii_digit() || c == '&'))
        .filter(|rest| rest.starts_with(['>', '<']))
        .map(|_| {
            let end = part.find(|c: char| !(c.is_ascii_digit() || "&><|-".contains(c))).unwrap_or(part.len());
            0..end
        });
    let joined = ["&&", "||", ";", "|"].iter().filter_map(|mark| {
        let at = part.find(mark)?;
        Some(at..at + mark.len())
    });
    redirect.into_iter().chain(joined).min_by_key(|range| (range.start, usize::MAX - range.end))
}

/// The first `$VAR`, `${VAR}`, `$(…)` or backtick.
fn variable(part: &str) -> Option<Range<usize>> {
    part.match_indices(['$', '`']).find_map(|(at, mark)| {
        let rest = part.get(at + 1..).unwrap_or_default();
        let name = |c: char| c.is_ascii_alphanumeric() || c == '_';
        let close = |c: char| rest.find(c).map_or(part.len(), |end| at + 2 + end);
        if mark == "`" {
            return Some(at..close('`'));
        }
        match rest.chars().next()? {
            '{' => Some(at..close('}')),
            '(' => Some(at..close(')')),
            c if c.is_ascii_alphabetic() || c == '_' => {
                Some(at..at + 1 + rest.find(|c| !name(c)).unwrap_or(rest.len()))
            }
            _ => None,
        }
    })
}
