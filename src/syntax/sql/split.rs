//! Tokens as statements: where one ends and the next begins. Knows the bodies of triggers and routines,
//! whose semicolons end nothing; knows no kind of statement beyond that.

use std::ops::Range;

use super::super::Fault;
use super::lexer::{Lexed, Token, TokenKind};

/// So many bodies without an `END` are looked at twice; then semicolons end statements everywhere.
const MAX_OPEN_BODIES: usize = 16;

/// What a line must go on with behind CREATE, ALTER or DROP to be taken for a new statement.
const NOUNS: &[&str] = &[
    "TABLE",
    "INDEX",
    "UNIQUE",
    "VIEW",
    "TYPE",
    "SCHEMA",
    "SEQUENCE",
    "FUNCTION",
    "TRIGGER",
    "EXTENSION",
    "MATERIALIZED",
    "PROCEDURE",
    "DATABASE",
    "POLICY",
    "DOMAIN",
    "OR",
];

/// Ranges of token indices, one for each statement, without what ends it. Adds a fault for each bracket
/// and body that is not closed.
pub(super) fn split(text: &str, lexed: &mut Lexed) -> Vec<Range<usize>> {
    let mut splitter = Splitter {
        text,
        tokens: &lexed.tokens,
        broken: &lexed.broken,
        statements: Vec::new(),
        faults: Vec::new(),
        open_bodies: 0,
    };
    let mut start = 0;
    while start < splitter.tokens.len() {
        start = splitter.statement(start);
    }
    let Splitter { statements, faults, .. } = splitter;
    lexed.faults.extend(faults);
    statements
}

struct Splitter<'a> {
    text: &'a str,
    tokens: &'a [Token],
    /// Starts of unclosed quotes, in order: brackets around one are not blamed.
    broken: &'a [usize],
    statements: Vec<Range<usize>>,
    faults: Vec<Fault>,
    open_bodies: usize,
}

impl Splitter<'_> {
    /// Reads the statement that begins at token `start`; gives where the next one begins.
    fn statement(&mut self, start: usize) -> usize {
        let head = Head::of(self, start);
        if head == Head::Routine && self.open_bodies < MAX_OPEN_BODIES {
            match self.routine(start) {
                Ok(next) => return next,
                Err(begin) => {
                    self.open_bodies += 1;
                    self.faults.push(
                        Fault::new(self.tokens[begin].range(), "this BEGIN has no END")
                            .help("close the body with END; it was read as statements of their own"),
                    );
                }
            }
        }
        self.plain(start, head == Head::Rule)
    }

    fn plain(&mut self, start: usize, rule: bool) -> usize {
        let mut open = Vec::new();
        let mut stray = None;
        let mut at = start;
        while let Some(token) = self.tokens.get(at) {
            match token.kind {
                TokenKind::Open => open.push(at),
                TokenKind::Close if open.pop().is_none() => stray = stray.or(Some(at)),
                TokenKind::End => break,
                TokenKind::Semicolon if !rule || open.is_empty() => break,
                TokenKind::Word if !rule && !open.is_empty() && self.opens_definition(at) => {
                    self.finish(start..at, open.last().copied(), stray);
                    return at;
                }
                _ => {}
            }
            at += 1;
        }
        self.finish(start..at, open.last().copied(), stray);
        at + 1
    }

    /// Reads a trigger or routine; `Err` holds the BEGIN that has no END.
    fn routine(&mut self, start: usize) -> Result<usize, usize> {
        let mut bodies: Vec<usize> = Vec::new();
        let mut at = start;
        while let Some(token) = self.tokens.get(at) {
            match token.kind {
                TokenKind::End => break,
                TokenKind::Semicolon if bodies.is_empty() => break,
                TokenKind::Word if !self.is_kind(at.wrapping_sub(1), TokenKind::Dot) => {
                    if self.is(at, "CASE")
                        || (self.is(at, "BEGIN") && !self.is_any(at + 1, &["TRAN", "TRANSACTION"]))
                    {
                        bodies.push(at);
                    } else if self.is(at, "END") {
                        at += self.end_of_body(at, &mut bodies);
                    }
                }
                _ => {}
            }
            at += 1;
        }
        let begin = bodies.iter().find(|&&body| self.is(body, "BEGIN"));
        if let Some(&begin) = begin {
            return Err(begin);
        }
        self.finish(start..at, None, None);
        Ok(at + 1)
    }

    /// Closes what `END` closes; gives how many tokens beside it belong to it.
    fn end_of_body(&self, at: usize, bodies: &mut Vec<usize>) -> usize {
        if self.is_any(at + 1, &["IF", "LOOP", "WHILE", "REPEAT", "FOR"]) {
            return 1;
        }
        bodies.pop();
        usize::from(self.is_any(at + 1, &["CASE", "TRY", "CATCH"]))
    }

    fn finish(&mut self, tokens: Range<usize>, unclosed: Option<usize>, stray: Option<usize>) {
        if tokens.is_empty() {
            return;
        }
        if let Some(at) = unclosed.or(stray)
            && !self.is_doubtful(tokens.clone())
        {
            let message = if unclosed.is_some() {
                "this bracket is never closed"
            } else {
                "this bracket closes nothing"
            };
            let help = "a server refuses this statement; the ones behind it were read";
            self.faults.push(Fault::new(self.tokens[at].range(), message).help(help));
        }
        self.statements.push(tokens);
    }

    /// Whether brackets may be missing because a quote swallowed them or a placeholder holds them.
    fn is_doubtful(&self, tokens: Range<usize>) -> bool {
        let inside = &self.tokens[tokens];
        let (Some(first), Some(last)) = (inside.first(), inside.last()) else { return true };
        let from = self.broken.partition_point(|&at| at < first.start as usize);
        self.broken.get(from).is_some_and(|&at| at < last.end as usize)
            || inside.iter().any(|token| token.kind == TokenKind::Hole)
    }

    /// Whether a line begins here that can only be a new statement.
    fn opens_definition(&self, at: usize) -> bool {
        self.is_any(at, &["CREATE", "ALTER", "DROP"]) && self.begins_line(at) && self.is_any(at + 1, NOUNS)
    }

    fn begins_line(&self, at: usize) -> bool {
        let Some(before) = at.checked_sub(1).and_then(|at| self.tokens.get(at)) else { return true };
        let between = before.end as usize..self.tokens[at].start as usize;
        self.text.get(between).is_some_and(|between| between.contains('\n'))
    }

    fn is(&self, at: usize, word: &str) -> bool {
        self.tokens.get(at).is_some_and(|token| {
            token.kind == TokenKind::Word && token.text(self.text).eq_ignore_ascii_case(word)
        })
    }

    fn is_any(&self, at: usize, words: &[&str]) -> bool {
        words.iter().any(|word| self.is(at, word))
    }

    fn is_kind(&self, at: usize, kind: TokenKind) -> bool {
        self.tokens.get(at).is_some_and(|token| token.kind == kind)
    }
}

/// What a statement's first words say about its inside.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Head {
    /// `CREATE TRIGGER` and the like: may hold statements between BEGIN and END.
    Routine,
    /// `CREATE RULE`: may hold statements in brackets.
    Rule,
    Plain,
}

impl Head {
    fn of(splitter: &Splitter<'_>, start: usize) -> Self {
        if !splitter.is_any(start, &["CREATE", "ALTER"]) {
            return Self::Plain;
        }
        for at in start + 1..start + 20 {
            match splitter.tokens.get(at).map(|token| token.kind) {
                Some(TokenKind::Word) => {}
                None | Some(TokenKind::Semicolon | TokenKind::End) => break,
                Some(_) => continue,
            }
            if splitter.is_any(at, &["TRIGGER", "FUNCTION", "PROCEDURE", "PROC", "EVENT", "PACKAGE"]) {
                return Self::Routine;
            }
            if splitter.is(at, "RULE") {
                return Self::Rule;
            }
            if splitter.is_any(at, NOUNS) && !splitter.is(at, "OR") {
                break;
            }
        }
        Self::Plain
    }
}
