//! Definitions of variables: `NAME = value` and its kin. Knows no value of a variable.

use super::reference::{self, Piece};
use crate::text::Passage;

/// How a variable is set.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Operator {
    /// `=`, expanded where it is used.
    Set,
    /// `:=`, `::=`, `:::=`: expanded at once.
    Now,
    /// `?=`: only where nothing set it before.
    Default,
    /// `+=`.
    Append,
    /// `!=`: the output of a command.
    Shell,
}

/// A definition of a variable.
#[derive(Clone, Debug)]
pub struct Assignment {
    pub name: Passage,
    pub operator: Operator,
    /// What stands behind the operator, without a comment; the lines of a `define`.
    pub value: Passage,
    /// Whether commands get it in their environment.
    pub exported: bool,
    /// Whether it stands between `define` and `endef`.
    pub lines: bool,
}

/// What a line says that begins like a definition.
pub(super) enum Head {
    Assignment(Assignment),
    /// `define NAME` or `define NAME =`; the value follows on the next lines.
    Define(Assignment),
}

const MODIFIERS: &[&str] = &["export", "override", "private"];

/// The definition that `line` is, if it is one.
pub(super) fn parse(line: &Passage) -> Option<Head> {
    let text = line.text();
    let mut at = 0;
    let mut exported = false;
    // Each modifier stands there once.
    for _ in 0..=MODIFIERS.len() {
        at += text[at..].len() - text[at..].trim_start().len();
        if let Some((name, operator, value)) = definition(text, at) {
            let end = comment(text, value).unwrap_or(text.len());
            let end = value + text[value..end].trim_end().len();
            return Some(Head::Assignment(Assignment {
                name: line.slice(at..at + name),
                operator,
                value: line.slice(value..end),
                exported,
                lines: false,
            }));
        }
        let len = text[at..].find([' ', '\t']).unwrap_or(text.len() - at);
        let word = &text[at..at + len];
        if word == "define" {
            return define(line, at + len, exported).map(Head::Define);
        }
        if !MODIFIERS.contains(&word) {
            return None;
        }
        exported |= word == "export";
        at += len;
    }
    None
}

fn define(line: &Passage, from: usize, exported: bool) -> Option<Assignment> {
    let text = line.text();
    let start = from + text[from..].len() - text[from..].trim_start().len();
    let (len, operator) = match definition(text, start) {
        Some((len, operator, _)) => (len, operator),
        None => (text[start..comment(text, start).unwrap_or(text.len())].trim_end().len(), Operator::Set),
    };
    let name = line.slice(start..start + len);
    let value = line.slice(text.len()..text.len());
    (len > 0).then_some(Assignment { name, operator, value, exported, lines: true })
}

/// The name's length, the operator, and where the value begins, of the definition at `at`.
fn definition(text: &str, at: usize) -> Option<(usize, Operator, usize)> {
    let bytes = text.as_bytes();
    let mut name_end: Option<usize> = None;
    for piece in reference::pieces(text, at..text.len()) {
        let Piece::Text(range) = piece else {
            if name_end.is_some() {
                return None;
            }
            continue;
        };
        let mut here = range.start;
        while here < range.end {
            let behind = &bytes[here..];
            let operator = match bytes[here] {
                b'=' => Some((Operator::Set, 1)),
                b':' if behind.starts_with(b":::=") => Some((Operator::Now, 4)),
                b':' if behind.starts_with(b"::=") => Some((Operator::Now, 3)),
                b':' if behind.starts_with(b":=") => Some((Operator::Now, 2)),
                b'?' if behind.starts_with(b"?=") => Some((Operator::Default, 2)),
                b'+' if behind.starts_with(b"+=") => Some((Operator::Append, 2)),
                b'!' if behind.starts_with(b"!=") => Some((Operator::Shell, 2)),
                b':' | b'#' | b';' => return None,
                _ => None,
            };
            if let Some((operator, len)) = operator {
                let name = name_end.unwrap_or(here) - at;
                let value = here + len;
                let value = value + text[value..].len() - text[value..].trim_start_matches([' ', '\t']).len();
                return (name > 0).then_some((name, operator, value));
            }
            match bytes[here] {
                b' ' | b'\t' => {
                    name_end.get_or_insert(here);
                }
                _ if name_end.is_some() => return None,
                _ => {}
            }
            here += 1;
        }
    }
    None
}

/// Where the comment behind `from` begins.
pub(super) fn comment(text: &str, from: usize) -> Option<usize> {
    memchr::memchr(b'#', &text.as_bytes()[from..])?;
    reference::find(text, from, |byte| byte == b'#')
}
