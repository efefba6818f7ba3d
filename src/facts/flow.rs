//! How the commands of a unit follow each other: the control flow of a script, as a tree. Says what is
//! written; what that means for order is `order`'s to know.

use std::sync::Arc;

use super::store::FactId;
use crate::text::Span;

/// The control flow of a unit, or of a part of it. Every form has a status, 0 for success, as in a
/// shell.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Flow {
    /// A command, with what runs within it (`ssh host '…'`), whose status is its own.
    Run {
        command: FactId,
        inner: Option<Box<Flow>>,
    },
    /// One after another; the status is the last one's. What a failure does, the options say.
    Seq(Vec<Flow>),
    And(Box<Flow>, Box<Flow>),
    Or(Box<Flow>, Box<Flow>),
    Not(Box<Flow>),
    Pipe(Vec<Flow>, Span),
    /// The first arm whose condition succeeds.
    If {
        arms: Vec<(Flow, Flow, Span)>,
        otherwise: Option<Box<Flow>>,
    },
    /// `while`; `until` where the condition is negated.
    While {
        condition: Box<Flow>,
        body: Box<Flow>,
        span: Span,
    },
    /// `for name in words`; without words, any number of rounds.
    For {
        name: Arc<str>,
        words: Vec<Operand>,
        body: Box<Flow>,
        span: Span,
    },
    Case {
        subject: Operand,
        arms: Vec<(Vec<Arc<str>>, Flow, Span)>,
        span: Span,
    },
    /// `( … )`: what it sets is gone behind it.
    Subshell(Box<Flow>),
    /// A new shell process with its own options.
    Shell {
        options: Options,
        body: Box<Flow>,
    },
    /// `… &`.
    Background(Box<Flow>, Span),
    Wait(Wait),
    /// A change of the shell's options; `None` leaves one as it is.
    Set {
        errexit: Option<bool>,
        pipefail: Option<bool>,
        errtrace: Option<bool>,
    },
    /// Ends the process, with the status of what ran before where none is written.
    Exit(Option<Operand>),
    /// Ends the function, or the sourced file.
    Return(Option<Operand>),
    Break,
    Continue,
    /// `name=$(commands)`: the status is that of the commands.
    AssignFrom {
        commands: Box<Flow>,
        assigns: Box<Flow>,
    },
    /// `name=value`.
    Assign {
        name: Arc<str>,
        value: Operand,
        exported: bool,
    },
    /// `export NAME`.
    Export(Arc<str>),
    /// `array+=(words)` and `array=(words)`.
    Append {
        name: Arc<str>,
        words: Vec<Operand>,
        fresh: bool,
    },
    /// `unset`, `read` and what else makes a variable unknown.
    Forget(Arc<str>),
    /// `shift`.
    Shift,
    Test(Test),
    /// All at the same time; fails where one of them does.
    AtOnce(Vec<Flow>),
    /// What runs when the shell ends (`EXIT`) or when a command fails (`ERR`).
    Trap {
        on_exit: bool,
        on_error: bool,
        body: Box<Flow>,
    },
    /// The process becomes the command: nothing runs behind it.
    Exec(Box<Flow>),
    /// A failure that is looked over: a `-` before a recipe's line, `continue-on-error`.
    Tolerated(Box<Flow>, Span),
}

/// What makes a shell stop.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Options {
    /// At the first command that fails.
    pub errexit: bool,
    /// A pipeline fails with any of its parts.
    pub pipefail: bool,
}

/// What `wait` waits for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Wait {
    /// Every job; the status is 0.
    All,
    /// These processes; the status is the last one's.
    For(Vec<Operand>),
    /// Any one of the jobs, whose status it has.
    Next,
}

/// A condition on values.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Test {
    Unknown,
    Is(bool),
    /// As text; the right side is a glob where `pattern`.
    Equal {
        left: Operand,
        right: Operand,
        pattern: bool,
    },
    /// As numbers.
    Same(Operand, Operand),
    Empty(Operand),
    /// A variable that runs as a command: `true` or `false`.
    Truth(Operand),
    Not(Box<Test>),
    All(Vec<Test>),
    Any(Vec<Test>),
}

/// A word, as far as it can be known.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Operand(pub Vec<Piece>);

/// A part of a word.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Piece {
    Text(Arc<str>),
    /// `$name`, and its words behind `:-`; `or_empty` tells `:-` from `-`.
    Variable {
        name: Arc<str>,
        fallback: Option<Operand>,
    },
    /// `$?`.
    Status,
    /// `$((name + 1))`.
    Sum(Arc<str>, i64),
    /// `$(jobs -p)`: every background process.
    Jobs,
    /// `${#name[@]}`: how many words the variable holds.
    Count(Arc<str>),
    /// `$!`.
    Job,
    Unknown,
}

impl Flow {
    /// Nothing, successfully.
    pub const NOTHING: Self = Self::Seq(Vec::new());

    #[must_use]
    pub fn is_nothing(&self) -> bool {
        matches!(self, Self::Seq(parts) if parts.is_empty())
    }

    /// One after another, without needless nesting.
    #[must_use]
    pub fn seq(mut parts: Vec<Self>) -> Self {
        parts.retain(|part| !part.is_nothing());
        if parts.len() == 1
            && let Some(only) = parts.pop()
        {
            return only;
        }
        Self::Seq(parts)
    }

    /// One behind others.
    #[must_use]
    pub fn behind(mut parts: Vec<Self>, last: Self) -> Self {
        if parts.is_empty() {
            return last;
        }
        parts.push(last);
        Self::seq(parts)
    }

    /// Moves the names of commands by `base`: a reading counts its facts from 0.
    pub(super) fn rebase(&mut self, base: u32) {
        match self {
            Self::Run { command, inner } => {
                command.0 += base;
                if let Some(inner) = inner {
                    inner.rebase(base);
                }
            }
            Self::Seq(parts) | Self::AtOnce(parts) | Self::Pipe(parts, _) => {
                parts.iter_mut().for_each(|part| part.rebase(base));
            }
            Self::And(left, right)
            | Self::Or(left, right)
            | Self::AssignFrom { commands: left, assigns: right } => {
                left.rebase(base);
                right.rebase(base);
            }
            Self::If { arms, otherwise } => {
                for (condition, body, _) in arms {
                    condition.rebase(base);
                    body.rebase(base);
                }
                if let Some(otherwise) = otherwise {
                    otherwise.rebase(base);
                }
            }
            Self::While { condition, body, .. } => {
                condition.rebase(base);
                body.rebase(base);
            }
            Self::Case { arms, .. } => arms.iter_mut().for_each(|(_, body, _)| body.rebase(base)),
            Self::Not(body)
            | Self::For { body, .. }
            | Self::Subshell(body)
            | Self::Shell { body, .. }
            | Self::Background(body, _)
            | Self::Trap { body, .. }
            | Self::Exec(body)
            | Self::Tolerated(body, _) => body.rebase(base),
            Self::Wait(_)
            | Self::Set { .. }
            | Self::Exit(_)
            | Self::Return(_)
            | Self::Break
            | Self::Continue
            | Self::Assign { .. }
            | Self::Export(_)
            | Self::Append { .. }
            | Self::Forget(_)
            | Self::Shift
            | Self::Test(_) => {}
        }
    }
}

impl Operand {
    /// A word that is written out.
    #[must_use]
    pub fn literal(text: &str) -> Self {
        if text.is_empty() { Self::default() } else { Self(vec![Piece::Text(text.into())]) }
    }

    /// The word, where all of it is written out.
    #[must_use]
    pub fn as_literal(&self) -> Option<&str> {
        match self.0.as_slice() {
            [] => Some(""),
            [Piece::Text(text)] => Some(text),
            _ => None,
        }
    }

    /// The one variable that it is, without a fallback or with one.
    #[must_use]
    pub fn variable(&self) -> Option<&Arc<str>> {
        match self.0.as_slice() {
            [Piece::Variable { name, .. }] => Some(name),
            _ => None,
        }
    }

    /// Reads the expansions in text whose quotes are removed already: `app-${env:-staging}`.
    #[must_use]
    pub fn parse(text: &str) -> Self {
        parse(text, 0)
    }
}

/// Deepest nesting of fallbacks.
const MOST_LEVELS: u8 = 8;

fn parse(text: &str, level: u8) -> Operand {
    let mut pieces = Vec::new();
    let mut rest = text;
    while let Some((at, piece, len)) = next_expansion(rest, level) {
        if at > 0 {
            pieces.push(Piece::Text(rest[..at].into()));
        }
        pieces.push(piece);
        rest = &rest[at + len..];
    }
    if !rest.is_empty() {
        pieces.push(Piece::Text(rest.into()));
    }
    Operand(pieces)
}

/// The first expansion in text, or the first placeholder of a workflow's expression: where it begins,
/// what it is, and its length in bytes.
#[must_use]
pub fn expansion_at(text: &str) -> Option<(usize, Piece, usize)> {
    next_expansion(text, 0)
}

/// What stands for `${{ inputs.app }}` in a script: `__expr_inputs.app__`.
pub const PLACEHOLDER: &str = "__expr";

fn next_expansion(text: &str, level: u8) -> Option<(usize, Piece, usize)> {
    let dollar = memchr::memchr2(b'$', b'`', text.as_bytes());
    let placeholder = text.get(..dollar.unwrap_or(text.len())).and_then(|text| {
        // Most words have none, and are too short for a search that prepares itself.
        let mut starts = memchr::memchr_iter(b'_', text.as_bytes());
        starts.find(|&at| text.as_bytes()[at..].starts_with(PLACEHOLDER.as_bytes()))
    });
    if let Some(at) = placeholder {
        let body = &text[at + PLACEHOLDER.len()..];
        let end = body.get(1..).and_then(|body| body.find("__")).map(|end| end + 1);
        let piece = match end.map(|end| body[..end].trim_start_matches('_')) {
            None | Some("") => Piece::Unknown,
            Some(name) => Piece::Variable { name: name.into(), fallback: None },
        };
        return Some((at, piece, PLACEHOLDER.len() + end.map_or(body.len().min(2), |end| end + 2)));
    }
    let at = dollar?;
    let (piece, len) = expansion(&text[at..], level);
    Some((at, piece, len))
}

/// The expansion that `text` begins with, and its length in bytes.
fn expansion(text: &str, level: u8) -> (Piece, usize) {
    let bytes = text.as_bytes();
    let unknown = (Piece::Unknown, text.len());
    if bytes[0] == b'`' {
        return memchr::memchr(b'`', &bytes[1..]).map_or(unknown, |end| (Piece::Unknown, end + 2));
    }
    match bytes.get(1) {
        Some(b'?') => (Piece::Status, 2),
        Some(b'!') => (Piece::Job, 2),
        Some(b'(') => {
            let len = closed(bytes, 1, (b'(', b')'));
            let inner = text.get(1..len).unwrap_or_default();
            (calculated(inner), len)
        }
        Some(b'{') => {
            let len = closed(bytes, 1, (b'{', b'}'));
            let inner = text.get(2..len.saturating_sub(1)).unwrap_or_default();
            (braced(inner, level), len)
        }
        Some(first) if first.is_ascii_digit() || matches!(first, b'@' | b'*' | b'#' | b'-' | b'$') => {
            let name = text.get(1..2).unwrap_or_default();
            (Piece::Variable { name: name.into(), fallback: None }, 2)
        }
        Some(first) if first.is_ascii_alphabetic() || *first == b'_' => {
            let len = bytes[1..].iter().take_while(|byte| is_name(**byte)).count() + 1;
            (Piece::Variable { name: text[1..len].into(), fallback: None }, len)
        }
        _ => (Piece::Text("$".into()), 1),
    }
}

/// What `((name + 1))` gives, and `(jobs -p)`.
fn calculated(text: &str) -> Piece {
    if text.trim_matches(['(', ')']).trim() == "jobs -p" {
        return Piece::Jobs;
    }
    let inner = text.strip_prefix("((").and_then(|text| text.strip_suffix("))"));
    inner.and_then(sum).unwrap_or(Piece::Unknown)
}

/// `name + 1`, `name - 1`, `name`.
#[must_use]
pub fn sum(text: &str) -> Option<Piece> {
    let (name, more) = match text.split_once('+') {
        Some((name, more)) => (name, more.trim().parse::<i64>().ok()?),
        None => match text.split_once('-') {
            Some((name, less)) => (name, -less.trim().parse::<i64>().ok()?),
            None => (text, 0),
        },
    };
    let name = name.trim().trim_start_matches('$').trim_matches(['{', '}']);
    let is = !name.is_empty() && name.bytes().all(is_name) && !name.as_bytes()[0].is_ascii_digit();
    is.then(|| Piece::Sum(name.into(), more))
}

fn is_name(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_'
}

/// The length up to the bracket that closes the one at `from`; of all where none does.
fn closed(bytes: &[u8], from: usize, (open, close): (u8, u8)) -> usize {
    let mut depth = 0_usize;
    for (at, byte) in bytes.iter().enumerate().skip(from) {
        if *byte == open {
            depth += 1;
        } else if *byte == close {
            depth -= 1;
            if depth == 0 {
                return at + 1;
            }
        }
    }
    bytes.len()
}

/// What `${…}` means, given what stands between the braces.
fn braced(inner: &str, level: u8) -> Piece {
    if inner == "?" {
        return Piece::Status;
    }
    // `${{ inputs.app }}` of a workflow.
    if let Some(expression) = inner.strip_prefix('{').and_then(|inner| inner.strip_suffix('}')) {
        let path = expression.trim();
        let plain = !path.is_empty() && path.bytes().all(|c| is_name(c) || matches!(c, b'.' | b'-'));
        return if plain { Piece::Variable { name: path.into(), fallback: None } } else { Piece::Unknown };
    }
    if inner == "!" {
        return Piece::Job;
    }
    if let Some(name) = inner.strip_prefix('#').and_then(|name| name.strip_suffix("[@]")) {
        return Piece::Count(name.into());
    }
    let special = inner.starts_with(['@', '*']);
    let len = if special { 1 } else { inner.bytes().take_while(|byte| is_name(*byte)).count() };
    let (name, rest) = inner.split_at(len);
    if name.is_empty() {
        return Piece::Unknown;
    }
    if rest.is_empty() || rest.starts_with(":?") || rest.starts_with('?') {
        return Piece::Variable { name: name.into(), fallback: None };
    }
    if matches!(rest, "[@]" | "[*]") {
        return Piece::Variable { name: format!("{name}[@]").into(), fallback: None };
    }
    let fallback = rest.strip_prefix(":-").or_else(|| rest.strip_prefix('-'));
    let fallback = fallback.or_else(|| rest.strip_prefix(":=")).or_else(|| rest.strip_prefix('='));
    match fallback.filter(|_| level < MOST_LEVELS) {
        Some(words) => {
            let words = words.trim_matches(['"', '\'']);
            Piece::Variable { name: name.into(), fallback: Some(parse(words, level + 1)) }
        }
        None => Piece::Unknown,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn variable(name: &str, fallback: Option<Operand>) -> Piece {
        Piece::Variable { name: name.into(), fallback }
    }

    #[test]
    fn expansions_in_words() {
        assert_eq!(Operand::parse("app").as_literal(), Some("app"));
        assert_eq!(Operand::parse("").as_literal(), Some(""));
        let word = Operand::parse("店-${env:-staging}.$x/$1$(pwd)`ls`");
        let expected = vec![
            Piece::Text("店-".into()),
            variable("env", Some(Operand::literal("staging"))),
            Piece::Text(".".into()),
            variable("x", None),
            Piece::Text("/".into()),
            variable("1", None),
            Piece::Unknown,
            Piece::Unknown,
        ];
        assert_eq!(word.0, expected);
        assert_eq!(Operand::parse("${a:-${b:-c}}").0.len(), 1);
        assert_eq!(Operand::parse("$?").0, vec![Piece::Status]);
        assert_eq!(Operand::parse("${pids[@]}").0, vec![variable("pids[@]", None)]);
        assert_eq!(Operand::parse("${x%%.*}").0, vec![Piece::Unknown]);
        assert_eq!(Operand::parse("${x:?missing}").0, vec![variable("x", None)]);
    }

    #[test]
    fn anything_is_a_word() {
        for text in ["$", "${", "$(", "`", "${}", "${!x}", "$$", "${x:-${y:-", "日本$"] {
            let _ = Operand::parse(text);
        }
        let deep = "${a:-".repeat(50_000);
        let _ = Operand::parse(&deep);
    }
}
