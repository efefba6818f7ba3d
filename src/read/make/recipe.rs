//! Recipes: each line, as make hands it to the shell. Knows no command.

use super::expand::Expander;
use crate::syntax::makefile::Line;
use crate::text::{Passage, Span, Weave};

/// What make hands to a shell at once.
pub(super) struct Script {
    pub text: Passage,
    /// The `-` that lets make go on when it fails.
    pub ignored: Option<Span>,
    pub condition: Option<usize>,
}

/// The scripts of a recipe's lines, in order; with `.ONESHELL` there is one.
pub(super) fn scripts<'a>(lines: &'a [Line], expander: &mut Expander<'a>, one_shell: bool) -> Vec<Script> {
    let mut scripts: Vec<Script> = Vec::new();
    for line in lines {
        let text = expander.passage(&line.text);
        for range in split(text.text()) {
            let (text, ignored) = without_prefix(&text.slice(range));
            if !text.text().trim().is_empty() {
                scripts.push(Script { text, ignored, condition: line.condition });
            }
        }
    }
    match scripts.first() {
        Some(first) if one_shell => {
            let mut weave = Weave::at(first.text.span());
            for (index, script) in scripts.iter().enumerate() {
                if index > 0 {
                    weave.put(Span::point(script.text.span().file, script.text.span().start), "\n");
                }
                weave.keep_all(&script.text);
            }
            let (ignored, condition) = (first.ignored, None);
            vec![Script { text: weave.finish(), ignored, condition }]
        }
        _ => scripts,
    }
}

/// The lines of a text; a backslash joins lines.
fn split(text: &str) -> Vec<std::ops::Range<usize>> {
    let mut lines = Vec::new();
    let mut start = 0;
    for at in memchr::memchr_iter(b'\n', text.as_bytes()) {
        let line = text[start..at].strip_suffix('\r').unwrap_or(&text[start..at]);
        if line.bytes().rev().take_while(|byte| *byte == b'\\').count() % 2 == 1 {
            continue;
        }
        lines.push(start..start + line.len());
        start = at + 1;
    }
    lines.push(start..text.len());
    lines
}

/// The line without `@`, `-` and `+` before it, and where a `-` stood.
fn without_prefix(line: &Passage) -> (Passage, Option<Span>) {
    let mut ignored = None;
    let text = line.text();
    let mut at = 0;
    for (index, byte) in text.bytes().enumerate() {
        match byte {
            b'@' | b'+' | b' ' | b'\t' => {}
            b'-' => ignored = Some(line.locate(index..index + 1)),
            _ => break,
        }
        at = index + 1;
    }
    (line.slice(at..text.len()), ignored)
}
