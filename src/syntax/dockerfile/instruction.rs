//! One logical line to one instruction: keyword, flags, form, heredocs. Knows no image.

use std::ops::Range;

use super::heredoc::{self, Heredoc, Opening};
use super::lines::{Joined, is_blank};
use super::{Flag, Form, Instruction, KEYWORDS, outline, words};
use crate::finding::nearest;
use crate::syntax::Fault;
use crate::text::{Passage, Weave};

/// An instruction, what is wrong with it, and the first byte after it and its heredocs.
pub(super) struct Read {
    pub instruction: Instruction,
    pub faults: Vec<Fault>,
    pub next: usize,
}

/// Reads `joined`; `previous` is the keyword of the instruction before it.
pub(super) fn parse(
    passage: &Passage,
    joined: &Joined,
    escape: char,
    previous: Option<&'static str>,
) -> Result<Read, Fault> {
    let line = &joined.passage;
    let Some(mut instruction) = instruction(line, escape, 0) else {
        return Err(unknown(line.text(), joined, previous));
    };
    instruction.range = joined.outer(0..0).start..joined.end;
    let mut faults: Vec<Fault> = outline::shape(joined, &instruction, escape).into_iter().collect();
    // A heredoc belongs to the instruction that `ONBUILD` holds.
    let held = if instruction.keyword == "ONBUILD" { instruction.inner.take() } else { None };
    let next = match held {
        Some(mut inner) => {
            let next = read_heredocs(&mut inner, passage, joined, escape, &mut faults);
            instruction.inner = Some(inner);
            next
        }
        None => read_heredocs(&mut instruction, passage, joined, escape, &mut faults),
    };
    Ok(Read { instruction, faults, next })
}

/// Reads the heredocs that `instruction` opens; the answer is the first byte after them.
fn read_heredocs(
    instruction: &mut Instruction,
    passage: &Passage,
    joined: &Joined,
    escape: char,
    faults: &mut Vec<Fault>,
) -> usize {
    // `rest` is the tail of the line, for an instruction that another one holds too.
    let shift = joined.passage.len() - instruction.rest.len();
    let mut next = joined.next;
    let mut heredocs = Vec::new();
    for opening in openings(instruction, escape) {
        let body = heredoc::body(passage, &opening, next);
        next = body.next;
        if !body.closed && faults.is_empty() {
            let word = joined.outer(shift + opening.range.start..shift + opening.range.end);
            faults.push(body.fault.clone().unwrap_or_else(|| never_closed(word, &opening)));
        }
        heredocs.push((opening, body));
    }
    if !heredocs.is_empty() {
        attach(instruction, passage, joined, heredocs);
    }
    next
}

/// The instruction that `line` says. `ONBUILD` and `HEALTHCHECK` hold one more.
fn instruction(line: &Passage, escape: char, depth: usize) -> Option<Instruction> {
    let text = line.text();
    let name = text.find(is_blank).unwrap_or(text.len());
    let keyword = KEYWORDS.into_iter().find(|keyword| keyword.eq_ignore_ascii_case(&text[..name]))?;
    let mut at = skip_blanks(text, name);
    let mut flags = Vec::new();
    if matches!(keyword, "FROM" | "RUN" | "COPY" | "ADD" | "HEALTHCHECK") {
        at = read_flags(line, at, escape, &mut flags);
    }
    let rest = line.slice(at..text.len());
    let form = form(keyword, &rest);
    let inner = match keyword {
        "ONBUILD" | "HEALTHCHECK" if depth < 2 && !rest.is_empty() => instruction(&rest, escape, depth + 1),
        _ => None,
    };
    Some(Instruction {
        keyword,
        name: line.slice(0..name),
        whole: line.clone(),
        flags,
        rest,
        form,
        heredocs: Vec::new(),
        range: 0..0,
        inner: inner.map(Box::new),
    })
}

fn form(keyword: &str, rest: &Passage) -> Form {
    let shell = matches!(keyword, "RUN" | "CMD" | "ENTRYPOINT");
    if (shell || matches!(keyword, "SHELL" | "VOLUME" | "COPY" | "ADD"))
        && let Some(words) = words::strings(rest)
    {
        return Form::Exec(words);
    }
    if shell { Form::Shell(rest.clone()) } else { Form::Other }
}

fn read_flags(line: &Passage, mut at: usize, escape: char, flags: &mut Vec<Flag>) -> usize {
    let text = line.text();
    while text[at..].starts_with("--") {
        let end = at + word_len(&text[at..], escape);
        let whole = line.slice(at..end);
        at = skip_blanks(text, end);
        if whole.len() == 2 {
            break;
        }
        let (name, value) = match whole.text().find('=') {
            Some(sign) => (whole.slice(2..sign), Some(whole.slice(sign + 1..whole.len()))),
            None => (whole.slice(2..whole.len()), None),
        };
        flags.push(Flag { name, value, whole });
    }
    at
}

/// Length of the word at the start of `text`, without looking at what follows it.
fn word_len(text: &str, escape: char) -> usize {
    let mut quote: Option<char> = None;
    let mut chars = text.char_indices();
    while let Some((at, c)) = chars.next() {
        match quote {
            None if is_blank(c) => return at,
            _ if c == escape => {
                chars.next();
            }
            Some(open) if c == open => quote = None,
            None if matches!(c, '"' | '\'') => quote = Some(c),
            _ => {}
        }
    }
    text.len()
}

/// The heredocs that an instruction opens; none in its JSON form.
fn openings(instruction: &Instruction, escape: char) -> Vec<Opening> {
    if !matches!(instruction.keyword, "RUN" | "COPY" | "ADD") || matches!(instruction.form, Form::Exec(_)) {
        return Vec::new();
    }
    heredoc::openings(instruction.rest.text(), escape)
}

fn never_closed(word: Range<usize>, opening: &Opening) -> Fault {
    Fault::new(word, "this heredoc is never closed")
        .help(format!("end it with a line that says only `{}`", opening.end))
}

/// Gives an instruction its heredocs, and its script their lines.
fn attach(
    instruction: &mut Instruction,
    passage: &Passage,
    joined: &Joined,
    heredocs: Vec<(Opening, heredoc::Body)>,
) {
    let rest = instruction.rest.clone();
    let alone = matches!(heredocs.as_slice(), [(opening, _)] if opening.range.len() == rest.len());
    if let Form::Shell(_) = instruction.form {
        instruction.form = match heredocs.first() {
            Some((_, body)) if alone => Form::Script(body.passage.clone()),
            _ => Form::Shell(script(&rest, passage, joined, &heredocs)),
        };
    }
    instruction.heredocs = heredocs
        .into_iter()
        .map(|(opening, body)| Heredoc {
            word: rest.slice(opening.range),
            end: opening.end,
            expand: opening.expand,
            body: body.passage,
        })
        .collect();
}

/// A command line and the heredocs behind it, as a shell reads them.
fn script(
    rest: &Passage,
    passage: &Passage,
    joined: &Joined,
    heredocs: &[(Opening, heredoc::Body)],
) -> Passage {
    let mut weave = Weave::at(rest.span());
    weave.keep_all(rest);
    if passage.text()[..joined.next].ends_with('\n') {
        weave.keep(passage, joined.next - 1..joined.next);
    } else {
        weave.swap(passage, joined.next..joined.next, "\n");
    }
    for (opening, body) in heredocs {
        heredoc::lines_of(&mut weave, passage, body.lines.clone(), false);
        if !body.closed {
            // The shell needs the end that the file lacks.
            let end = body.lines.end..body.lines.end;
            weave.swap(passage, end, &format!("\n{}\n", opening.end));
        }
    }
    weave.finish()
}

fn unknown(line: &str, joined: &Joined, previous: Option<&'static str>) -> Fault {
    let len = line.find(is_blank).unwrap_or(line.len());
    let word = &line[..len];
    let shown: String = word.chars().take(40).collect();
    let fault = Fault::new(joined.outer(0..len), format!("`{shown}` is no Dockerfile instruction"));
    match (nearest(&shown, KEYWORDS), previous) {
        (Some(keyword), _) => fault.help(format!("did you mean `{keyword}`?")),
        (None, Some("RUN" | "CMD" | "ENTRYPOINT" | "ENV" | "LABEL" | "COPY")) => {
            fault.help("does the line before it lack the `\\` that continues it?")
        }
        _ => fault.help("a line begins with an instruction such as `RUN`, or continues the one before it"),
    }
}

fn skip_blanks(text: &str, at: usize) -> usize {
    text.len() - text[at..].trim_start_matches(is_blank).len()
}
