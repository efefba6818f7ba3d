//! The commands that a shell runs itself, as control flow: `exit`, `wait`, `set`, `[`, assignments.
//! Knows their words, not what they lead to.

use std::sync::Arc;

use crate::facts::flow::{Flow, Operand, Piece, Test, Wait};
use crate::syntax::shell::{Assignment, PartKind, Quoting, Simple, Word};

/// The control flow of a command that the shell runs itself; `text` is the script.
pub(super) fn flow(simple: &Simple, text: &str) -> Option<Flow> {
    let program = simple.words.first()?;
    let rest = &simple.words[1..];
    let operands = |words: &[Word]| words.iter().map(|word| operand(word, text)).collect::<Vec<_>>();
    let status = || rest.first().map(|word| operand(word, text));
    if program.dynamic {
        let alone = rest.is_empty() && program.commands.is_empty();
        let word = operand(program, text);
        return (alone && word.variable().is_some()).then_some(Flow::Test(Test::Truth(word)));
    }
    Some(match program.value.as_str() {
        "true" | ":" => Flow::Test(Test::Is(true)),
        "false" => Flow::Test(Test::Is(false)),
        "exit" => Flow::Exit(status()),
        "return" => Flow::Return(status()),
        "break" => Flow::Break,
        "continue" => Flow::Continue,
        "shift" => Flow::Shift,
        "wait" => Flow::Wait(match rest {
            [] => Wait::All,
            [flag, ..] if flag.value == "-n" => Wait::Next,
            words => Wait::For(operands(words)),
        }),
        "set" => options(rest),
        "export" | "local" | "readonly" | "declare" | "typeset" => declare(simple, rest, text),
        "unset" | "read" | "mapfile" | "readarray" => {
            let names = rest.iter().filter(|word| !word.value.starts_with('-'));
            let forgets = names.map(|word| Flow::Forget(word.value.as_str().into()));
            let asks = if program.value == "unset" { Flow::NOTHING } else { Flow::Test(Test::Unknown) };
            Flow::seq(forgets.chain([asks]).collect())
        }
        "[" => {
            let (_, words) = rest.split_last()?;
            Flow::Test(test(&classic(words, text)))
        }
        "test" => Flow::Test(test(&classic(rest, text))),
        _ => return None,
    })
}

/// `name=value`, `name=(words)`, `name+=(words)`.
pub(super) fn assign(item: &Assignment, text: &str, exported: bool) -> Flow {
    let name: Arc<str> = item.name.as_str().into();
    let written = text.get(item.range.clone()).unwrap_or_default();
    let operator = written.strip_prefix(item.name.as_str()).unwrap_or("=");
    match &item.value {
        _ if operator.starts_with('[') => Flow::Forget(name),
        None => Flow::Append {
            words: item.elements.iter().map(|word| operand(word, text)).collect(),
            fresh: !operator.starts_with("+="),
            name,
        },
        Some(value) if operator.starts_with("+=") => {
            let mut pieces = vec![Piece::Variable { name: Arc::clone(&name), fallback: None }];
            pieces.extend(operand(value, text).0);
            Flow::Assign { name, value: Operand(pieces), exported }
        }
        Some(value) => Flow::Assign { name, value: operand(value, text), exported },
    }
}

fn declare(simple: &Simple, rest: &[Word], text: &str) -> Flow {
    let exports = simple.words.first().is_some_and(|word| word.value == "export")
        || rest.iter().any(|word| word.value.starts_with('-') && word.value.contains('x'));
    let mut flows: Vec<Flow> = simple.declared.iter().map(|item| assign(item, text, exports)).collect();
    if exports {
        let names = rest.iter().filter(|word| {
            !word.value.is_empty() && word.value.bytes().all(|c| c.is_ascii_alphanumeric() || c == b'_')
        });
        flows.extend(names.map(|word| Flow::Export(word.value.as_str().into())));
    }
    // Its own status is 0, whatever the commands in its words did.
    flows.push(Flow::Test(Test::Is(true)));
    Flow::seq(flows)
}

/// `set -euo pipefail`, `set +e`.
fn options(words: &[Word]) -> Flow {
    let (mut errexit, mut pipefail, mut errtrace) = (None, None, None);
    let mut words = words.iter().map(|word| word.value.as_str());
    while let Some(word) = words.next() {
        let (on, letters) = match (word.strip_prefix('-'), word.strip_prefix('+')) {
            (Some(letters), _) if !letters.starts_with('-') => (true, letters),
            (_, Some(letters)) => (false, letters),
            _ => break,
        };
        if letters.contains('e') {
            errexit = Some(on);
        }
        if letters.contains('E') {
            errtrace = Some(on);
        }
        if letters.ends_with('o') {
            match words.next() {
                Some("errexit") => errexit = Some(on),
                Some("pipefail") => pipefail = Some(on),
                Some("errtrace") => errtrace = Some(on),
                _ => {}
            }
        }
    }
    Flow::Set { errexit, pipefail, errtrace }
}

/// A word, as far as it can be known; `text` is the script.
pub(super) fn operand(word: &Word, text: &str) -> Operand {
    if !word.dynamic || word.quoting == Quoting::Single {
        return Operand::literal(&word.value);
    }
    let mut pieces = Vec::new();
    for part in &word.parts {
        let written = text.get(part.range.clone()).unwrap_or_default();
        match &part.kind {
            // The placeholders of a workflow's expressions are literal text to the shell.
            PartKind::Literal if written.contains(crate::read::placeholder::PREFIX) => {
                pieces.extend(Operand::parse(written).0);
            }
            PartKind::Literal => pieces.push(Piece::Text(written.into())),
            PartKind::Escape(decoded) => pieces.push(Piece::Text(decoded.as_str().into())),
            PartKind::Expansion | PartKind::Substitution => pieces.extend(Operand::parse(written).0),
        }
    }
    if word.parts.is_empty() {
        pieces.push(Piece::Unknown);
    }
    Operand(pieces)
}

/// The patterns of a `case`, quotes removed.
pub(super) fn patterns(text: &str) -> Vec<Arc<str>> {
    text.split('|')
        .map(|pattern| pattern.trim().trim_start_matches('(').replace(['"', '\''], "").trim().into())
        .collect()
}

/// A word of a condition and whether it was an operator, which quotes would make it no more.
type Token = (Operand, Option<String>);

fn classic(words: &[Word], text: &str) -> Vec<Token> {
    words
        .iter()
        .map(|word| {
            let bare = word.quoting == Quoting::None || word.value.starts_with('\\');
            (operand(word, text), (bare && !word.dynamic).then(|| word.value.clone()))
        })
        .collect()
}

/// The condition of `[[ … ]]` or `(( … ))`, as written.
pub(super) fn conditional(text: &str) -> Flow {
    let text = text.trim();
    if let Some(inner) = text.strip_prefix("((").and_then(|text| text.strip_suffix("))")) {
        return counted(inner.trim()).unwrap_or_else(|| Flow::Test(arithmetic(inner)));
    }
    Flow::Test(bracketed(text))
}

/// `count++`, `count += 1`: an assignment, whose status is that of its value.
fn counted(text: &str) -> Option<Flow> {
    let (name, more) = if let Some(name) = text.strip_suffix("++").or_else(|| text.strip_prefix("++")) {
        (name, 1)
    } else {
        let (name, more) = text.split_once("+=")?;
        (name, more.trim().parse().ok()?)
    };
    let name: Arc<str> = name.trim().into();
    let is_name = !name.is_empty() && name.bytes().all(|c| c.is_ascii_alphanumeric() || c == b'_');
    let value = Operand(vec![Piece::Sum(Arc::clone(&name), more)]);
    let assign = Flow::Assign { name, value, exported: false };
    is_name.then(|| Flow::seq(vec![assign, Flow::Test(Test::Unknown)]))
}

fn bracketed(text: &str) -> Test {
    match text.strip_prefix("[[").and_then(|text| text.strip_suffix("]]")) {
        Some(inner) => test(&tokens(inner)),
        None => Test::Unknown,
    }
}

/// `x != 0`, `x`, `x == 1`, `x > 0`.
fn arithmetic(text: &str) -> Test {
    let value = |word: &str| {
        let word = word.trim().trim_start_matches('$').trim_matches(['{', '}']);
        let name = !word.is_empty() && word.bytes().all(|c| c.is_ascii_alphanumeric() || c == b'_');
        match name {
            true if word.bytes().all(|c| c.is_ascii_digit()) => Some(Operand::literal(word)),
            true => Some(Operand(vec![Piece::Variable { name: word.into(), fallback: None }])),
            false => None,
        }
    };
    let not = |test: Test| Test::Not(Box::new(test));
    for (operator, negated) in [("!=", true), ("==", false), (">", true)] {
        if let Some((left, right)) = text.split_once(operator) {
            return match (value(left), value(right)) {
                (Some(_), Some(right)) if operator == ">" && right.as_literal() != Some("0") => Test::Unknown,
                (Some(left), Some(right)) if negated => not(Test::Same(left, right)),
                (Some(left), Some(right)) => Test::Same(left, right),
                _ => Test::Unknown,
            };
        }
    }
    value(text).map_or(Test::Unknown, |value| not(Test::Same(value, Operand::literal("0"))))
}

/// Splits the inside of `[[ … ]]` into words, as its quotes and blanks tell.
fn tokens(text: &str) -> Vec<Token> {
    let mut tokens = Vec::new();
    let mut chars = text.char_indices().peekable();
    while let Some(&(start, first)) = chars.peek() {
        if first.is_whitespace() {
            chars.next();
            continue;
        }
        let mut word = String::new();
        let (mut quoted, mut single, mut double, mut depth) = (false, false, false, 0_u32);
        while let Some(&(_, c)) = chars.peek() {
            match c {
                '\'' if !double => {
                    single = !single;
                    quoted = true;
                }
                '"' if !single => {
                    double = !double;
                    quoted = true;
                }
                _ if c.is_whitespace() && !single && !double && depth == 0 => break,
                _ => {
                    match c {
                        '{' | '(' if word.ends_with('$') || depth > 0 => depth += 1,
                        '}' | ')' => depth = depth.saturating_sub(1),
                        _ => {}
                    }
                    // A single-quoted dollar is no expansion: nothing is known of it.
                    word.push(c);
                }
            }
            chars.next();
        }
        let operator = (!quoted && !word.contains('$')).then(|| word.clone());
        let raw = text.get(start..).unwrap_or_default();
        let known = if raw.starts_with('\'') { Operand::literal(&word) } else { Operand::parse(&word) };
        tokens.push((known, operator));
    }
    tokens
}

/// Most words of a condition that are understood.
const MOST_TOKENS: usize = 64;

fn test(tokens: &[Token]) -> Test {
    if tokens.len() > MOST_TOKENS {
        return Test::Unknown;
    }
    let is = |token: &Token, words: &[&str]| token.1.as_deref().is_some_and(|word| words.contains(&word));
    let plain = |range: &[Token]| !range.iter().any(|token| is(token, &["(", ")", "\\(", "\\)"]));
    if !plain(tokens) {
        return Test::Unknown;
    }
    for (words, any) in [(["||", "-o"], true), (["&&", "-a"], false)] {
        if tokens.iter().skip(1).any(|token| is(token, &words)) {
            let parts = tokens.split(|token| is(token, &words)).map(test).collect();
            return if any { Test::Any(parts) } else { Test::All(parts) };
        }
    }
    match tokens {
        [] => Test::Is(false),
        [not, rest @ ..] if is(not, &["!"]) && !rest.is_empty() => Test::Not(Box::new(test(rest))),
        [one] => Test::Not(Box::new(Test::Empty(one.0.clone()))),
        [operator, word] if is(operator, &["-z"]) => Test::Empty(word.0.clone()),
        [operator, word] if is(operator, &["-n"]) => Test::Not(Box::new(Test::Empty(word.0.clone()))),
        [left, operator, right] => binary(left, operator.1.as_deref().unwrap_or_default(), right),
        _ => Test::Unknown,
    }
}

fn binary(left: &Token, operator: &str, right: &Token) -> Test {
    let (left, right, bare) = (left.0.clone(), right.0.clone(), right.1.is_some());
    match operator {
        "=" | "==" => Test::Equal { left, right, pattern: bare },
        "!=" => Test::Not(Box::new(Test::Equal { left, right, pattern: bare })),
        "-eq" => Test::Same(left, right),
        "-ne" => Test::Not(Box::new(Test::Same(left, right))),
        "-gt" if right.as_literal() == Some("0") => Test::Not(Box::new(Test::Same(left, right))),
        _ => Test::Unknown,
    }
}
