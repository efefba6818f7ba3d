//! A command line as flyctl splits it into words, without a shell: quotes and backslashes are
//! understood, operators and variables are not. Knows no program.

use crate::read::command::is_assignment;
use std::ops::Range;

use crate::syntax::shell::is_shell;
use crate::text::Passage;

/// What splitting gives.
pub struct Split {
    /// The words, quotes removed.
    pub words: Vec<Passage>,
    /// The first piece of text that only a shell understands, where none reads it.
    pub shell: Option<ShellSyntax>,
    /// What is never closed: flyctl rejects the configuration.
    pub open: Option<(Range<usize>, &'static str)>,
}

/// A piece of a line that is meant for a shell.
pub struct ShellSyntax {
    pub range: Range<usize>,
    /// The word that is taken as the program to run because of it.
    pub program: Option<Range<usize>>,
    /// The one word of a script that `sh -c` reads, where the script goes on without quotes.
    pub script: Option<Range<usize>>,
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
    let shell = shell_syntax(line.text(), &words);
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

/// The index of the word that is a script for a shell, where the line starts one by itself:
/// `sh -c '…'`, `env X=1 bash -euo pipefail -c '…'`.
fn script(text: &str, words: &[Word]) -> Option<usize> {
    let plain = |word: &Word| -> String {
        word.parts.iter().filter_map(|(range, _)| text.get(range.clone())).collect()
    };
    let words: Vec<String> = words.iter().take(12).map(plain).collect();
    let shell = words.iter().position(|word| {
        let program = word.rsplit('/').next().unwrap_or_default();
        is_shell(program)
    })?;
    let mut takes_script = false;
    let mut at = shell + 1;
    while let Some(option) = words.get(at).filter(|word| word.starts_with(['-', '+'])) {
        at += 1;
        if option == "--" {
            break;
        }
        if !option.starts_with("--") {
            takes_script |= option.contains('c');
            // `-o` takes a name: `-euo pipefail`.
            at += usize::from(option.ends_with(['o', 'O']));
        }
    }
    takes_script.then_some(at)
}

/// Words that a shell understands as commands, and no program has the name of.
const BUILTINS: &[&str] = &[
    "cd", "source", ".", "export", "set", "unset", "eval", "exec", "ulimit", "umask", "trap", "if", "for",
    "while", "until", "case",
];

/// The first piece that only a shell understands, beside the script of a shell that is started. What
/// stands in single quotes is meant as it is, and so is what a program's own argument may hold, such as
/// `&` in an address.
fn shell_syntax(text: &str, words: &[Word]) -> Option<ShellSyntax> {
    let script = script(text, words);
    let found = words.iter().enumerate().find_map(|(index, word)| {
        let range =
            if Some(index) == script { behind_quotes(text, word)? } else { piece(text, word, index == 0)? };
        let program = (index == 0).then(|| word.range.clone());
        Some(ShellSyntax { range, program, script: None })
    });
    found.or_else(|| {
        // `sh -c npm run migrate` runs `npm`: what follows are the script's `$0` and `$1`.
        let at = script?;
        let (script, more) = (words.get(at)?, words.get(at + 1)?);
        let bare = script.parts.iter().all(|(_, quote)| *quote == Quote::None)
            && !text.get(script.range.clone())?.contains('$');
        bare.then(|| ShellSyntax {
            range: more.range.clone(),
            program: None,
            script: Some(script.range.clone()),
        })
    })
}

/// The first operator that is stuck to a quoted script, as in `sh -c 'a'; b`: it ends the script.
fn behind_quotes(text: &str, word: &Word) -> Option<Range<usize>> {
    let (_, first) = word.parts.first()?;
    let bare = word.parts.iter().filter(|(_, quote)| *first != Quote::None && *quote == Quote::None);
    bare.into_iter().find_map(|(range, _)| {
        let found = operator(text.get(range.clone())?, false)?;
        Some(range.start + found.start..range.start + found.end)
    })
}

/// The first piece of one word that only a shell understands; `first` for the program's word.
fn piece(text: &str, word: &Word, first: bool) -> Option<Range<usize>> {
    let raw = text.get(word.range.clone()).unwrap_or_default();
    if first && (BUILTINS.contains(&raw) || is_assignment(raw)) {
        return Some(word.range.clone());
    }
    if ["&", "!", "{", "}", "("].contains(&raw) {
        return Some(word.range.clone());
    }
    word.parts.iter().find_map(|(range, quote)| {
        let part = text.get(range.clone()).unwrap_or_default();
        let found = match quote {
            Quote::None => operator(part, range.start == word.range.start).or_else(|| variable(part)),
            // A backtick in double quotes is a program's own: ``node -e "f(`${x}`)"``.
            Quote::Double if !part.contains('`') => variable(part),
            Quote::Double | Quote::Single | Quote::Escaped => None,
        }?;
        Some(range.start + found.start..range.start + found.end)
    })
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
