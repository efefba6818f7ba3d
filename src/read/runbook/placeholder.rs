//! What a reader of a runbook fills in: `<app-name>`, `YOUR_APP`, `{env}`, `…`. Knows no language: a
//! word that nothing is known of stands for each.

use std::ops::Range;

use crate::text::Passage;

/// Longest name in brackets, in characters.
const LONGEST: usize = 60;

/// The passage with a word for each placeholder, and without lines that only say that something is left
/// out.
#[must_use]
pub fn fill(passage: &Passage) -> Passage {
    let text = passage.text();
    let mut derivation = passage.derive();
    let mut kept = 0;
    let mut at = 0;
    while at < text.len() {
        let Some((range, word)) = next(text, at) else { break };
        derivation.keep(kept..range.start).swap(range.clone(), word);
        kept = range.end;
        at = range.end;
    }
    if kept == 0 {
        return passage.clone();
    }
    derivation.keep(kept..text.len());
    derivation.finish()
}

/// The passage without the lines that only say that something is left out.
#[must_use]
pub fn without_elisions(passage: &Passage) -> Passage {
    let mut derivation = passage.derive();
    let (mut kept, mut at) = (0, 0);
    for line in passage.text().split_inclusive('\n') {
        let words = line.trim();
        if matches!(words, "..." | "…" | "⋮") {
            let start = at + line.len() - line.trim_start().len();
            derivation.keep(kept..start);
            kept = start + words.len();
        }
        at += line.len();
    }
    if kept == 0 {
        return passage.clone();
    }
    derivation.keep(kept..at);
    derivation.finish()
}

/// The first placeholder from byte `at` on, with what stands for it.
fn next(text: &str, at: usize) -> Option<(Range<usize>, &'static str)> {
    let starts = |c: char| matches!(c, '<' | '{' | '.' | '…' | 'Y' | '/');
    let mut from = at;
    while let Some(found) = text[from..].find(starts) {
        let start = from + found;
        let before = text[..start].chars().next_back();
        let rest = &text[start..];
        let first = rest.chars().next()?;
        let length = match first {
            '<' => in_brackets(rest).filter(|_| before != Some('<')),
            '{' => in_braces(rest).filter(|_| !matches!(before, Some('$' | '{' | '%' | '@' | '#' | '}'))),
            'Y' => yours(rest).filter(|_| !before.is_some_and(|c| c.is_alphanumeric() || "_${".contains(c))),
            '/' => checkout(rest).filter(|_| text[..start].ends_with("cd ")),
            _ => ellipsis(rest).filter(|_| before.is_none_or(|c| c.is_whitespace() || "='\"(".contains(c))),
        };
        if let Some(length) = length {
            let range = start..start + length;
            let alone = matches!(first, '.' | '…') && is_line(text, &range);
            let word = if alone {
                ""
            } else if is_root(&text[..start], &text[range.clone()]) {
                "."
            } else {
                crate::read::placeholder::PLACEHOLDER
            };
            return Some((range, word));
        }
        from = start + first.len_utf8();
    }
    None
}

/// Whether `cd <repo-root>` goes where one is already taken to be.
fn is_root(before: &str, name: &str) -> bool {
    let names = ["root", "repo", "project", "リポジトリ", "/path/to/"];
    before.ends_with("cd ") && names.iter().any(|word| name.to_lowercase().contains(word))
}

/// The length of `/path/to/shop` at the beginning of `rest`.
fn checkout(rest: &str) -> Option<usize> {
    let tail = rest.strip_prefix("/path/to/")?;
    let end =
        tail.find(|c: char| c.is_whitespace() || matches!(c, ';' | '&' | '|' | '/')).unwrap_or(tail.len());
    (end > 0).then_some("/path/to/".len() + end)
}

/// The length of `<app-name>` at the beginning of `rest`. A file that is redirected to a command
/// (`<dump.sql >out`) has a space before the next bracket.
fn in_brackets(rest: &str) -> Option<usize> {
    let mut last = None;
    let mut before_last = None;
    for (index, (at, c)) in rest[1..].char_indices().enumerate() {
        if c == '>' {
            let last: char = last?;
            let names_a_stream = last.is_ascii_digit() && before_last.is_some_and(char::is_whitespace);
            return (!last.is_whitespace() && !names_a_stream).then_some(at + 2);
        }
        let odd = matches!(c, '<' | '$' | '"' | '\'' | '`' | '\n' | '(' | ')' | ';' | '&' | '\\');
        if odd || index >= LONGEST || (index == 0 && !c.is_alphabetic()) {
            return None;
        }
        before_last = last;
        last = Some(c);
    }
    None
}

/// The length of `{env}` at the beginning of `rest`; `{a,b}`, `{}` and `{ list; }` are the shell's.
fn in_braces(rest: &str) -> Option<usize> {
    let name = rest[1..].bytes().take(LONGEST);
    let plain = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-');
    let length = name.take_while(plain).count();
    let named = rest.as_bytes().get(1).is_some_and(u8::is_ascii_alphabetic);
    let closed = rest.as_bytes().get(length + 1) == Some(&b'}');
    let twice = rest.as_bytes().get(length + 2) == Some(&b'}');
    (named && closed && !twice).then_some(length + 2)
}

/// The length of `YOUR_APP` at the beginning of `rest`, unless it is a variable that is set.
fn yours(rest: &str) -> Option<usize> {
    let tail = rest.strip_prefix("YOUR_").or_else(|| rest.strip_prefix("YOUR-"))?;
    let plain = |byte: &u8| byte.is_ascii_uppercase() || byte.is_ascii_digit() || matches!(byte, b'_' | b'-');
    let length = tail.bytes().take_while(plain).count();
    let behind = tail[length..].chars().next();
    let ends = behind.is_none_or(|c| !c.is_alphanumeric() && c != '=');
    (length > 0 && ends).then_some("YOUR_".len() + length)
}

/// The length of `...` or `…` at the beginning of `rest`, where nothing is joined to it.
fn ellipsis(rest: &str) -> Option<usize> {
    let tail = rest.strip_prefix("...").or_else(|| rest.strip_prefix('…'))?;
    let ends = tail.chars().next().is_none_or(|c| c.is_whitespace() || "'\")]".contains(c));
    ends.then_some(rest.len() - tail.len())
}

/// Whether nothing else stands in the line of `range`.
fn is_line(text: &str, range: &Range<usize>) -> bool {
    let before = text[..range.start].chars().rev().take_while(|c| *c != '\n').take(LONGEST);
    let behind = text[range.end..].chars().take_while(|c| *c != '\n').take(LONGEST);
    before.chain(behind).all(char::is_whitespace)
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::text::FileId;

    fn filled(text: &str) -> String {
        fill(&Passage::file(FileId(0), Arc::from(text))).text().to_owned()
    }

    #[test]
    fn what_is_filled_in_is_a_word() {
        for (text, wanted) in [
            ("fly status -a <app-name>\n", "fly status -a __expr__\n"),
            ("fly status -a <アプリ名> --x", "fly status -a __expr__ --x"),
            ("fly status -a <app>-db", "fly status -a __expr__-db"),
            ("cd <repo-root>\ncd <dir>", "cd .\ncd __expr__"),
            ("cd /path/to/店/apps && ls /path/to/x", "cd ./apps && ls /path/to/x"),
            ("deploy <staging|production>", "deploy __expr__"),
            ("restore <the release id>", "restore __expr__"),
            ("deploy {env} 'https://{env}.example.com/'", "deploy __expr__ 'https://__expr__.example.com/'"),
            ("fly deploy -a YOUR_APP", "fly deploy -a __expr__"),
            ("fly deploy ...\n  …\nfly status", "fly deploy __expr__\n  \nfly status"),
            ("psql \"...\" --x=…", "psql \"__expr__\" --x=__expr__"),
        ] {
            assert_eq!(filled(text), wanted);
        }
    }

    #[test]
    fn what_the_shell_means_stays() {
        for text in [
            "psql <dump.sql >out.txt",
            "psql <dump.sql 2>err.log",
            "cat <<EOF >x\nEOF",
            "diff <(a) >(b)",
            "while read x; do :; done < list > out",
            "echo ${env} ${YOUR_APP} {a,b} {} {1..3} ${a:-{b}}",
            "docker ps --format '{{.Names}} {{name}}'",
            "go test ./... && git diff a...b && git show HEAD@{upstream}",
            "YOUR_APP=shop fly deploy",
            "cat <\"a\" >b",
            "a < b && c > d",
        ] {
            assert_eq!(filled(text), text);
        }
    }

    #[test]
    fn hostile_text_ends() {
        for unit in ["<a", "{a", "<", "...", "… ", "YOUR_", "<a>", "...\n", "<日本 "] {
            let _ = filled(&unit.repeat(100_000));
        }
    }
}
