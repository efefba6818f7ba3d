//! JSON tokens with recovery: an unterminated string ends with its line, a stray character is left
//! out. Knows no nesting.

use std::borrow::Cow;
use std::ops::Range;

use jsonc_parser::tokens::Token;
use jsonc_parser::{Scanner, ScannerOptions};

use crate::syntax::Fault;

/// Faults of one text that are told; a text with more of them is not JSON, and is not read on.
const MAX_FAULTS: usize = 50;

/// A token and its range.
pub(super) struct Lexeme<'a> {
    pub token: Token<'a>,
    pub range: Range<usize>,
    /// Whether a string ends with a quote.
    closed: bool,
}

impl Lexeme<'_> {
    /// The range without the quotes of a string.
    pub fn inner(&self) -> Range<usize> {
        let end = if self.closed { self.range.end - 1 } else { self.range.end };
        self.range.start + 1..end
    }
}

pub(super) struct Lexer<'a> {
    text: &'a str,
    /// The scanner reads `text` from byte `base`.
    base: usize,
    scanner: Scanner<'a>,
    waiting: Option<Lexeme<'a>>,
    pub faults: Vec<Fault>,
}

impl<'a> Lexer<'a> {
    pub fn new(text: &'a str) -> Self {
        let base = if text.starts_with('\u{feff}') { '\u{feff}'.len_utf8() } else { 0 };
        Self { text, base, scanner: scanner(text, base), waiting: None, faults: Vec::new() }
    }

    /// Notes a fault, unless there are too many.
    pub fn fault(&mut self, range: Range<usize>, message: impl Into<String>) {
        if self.faults.len() < MAX_FAULTS {
            self.faults.push(Fault::new(range, message));
        }
    }

    pub fn push_back(&mut self, lexeme: Lexeme<'a>) {
        self.waiting = Some(lexeme);
    }

    pub fn next(&mut self) -> Option<Lexeme<'a>> {
        if let Some(lexeme) = self.waiting.take() {
            return Some(lexeme);
        }
        loop {
            if self.faults.len() >= MAX_FAULTS {
                return None;
            }
            let from = self.skip_blanks();
            let next = self.text.as_bytes().get(from).copied()?;
            if matches!(next, b'"' | b'\'') {
                return Some(self.string(from, next));
            }
            match self.scanner.scan() {
                Ok(None) => return None,
                Ok(Some(Token::CommentLine(_) | Token::CommentBlock(_))) => {}
                Ok(Some(token)) => {
                    let range = self.base + self.scanner.token_start()..self.base + self.scanner.token_end();
                    return Some(Lexeme { token, range, closed: false });
                }
                Err(_) if self.text[from..].starts_with("/*") => {
                    self.fault(from..from + 2, "this comment is never closed");
                    return None;
                }
                Err(_) => {
                    let end = from + stray(&self.text[from..]);
                    let words = self.text[from..end].escape_debug().to_string();
                    self.fault(from..end, format!("`{words}` is no JSON"));
                    self.restart(end);
                }
            }
        }
    }

    /// A string that begins with `quote` at `from`. It ends at the next quote, or with its line.
    fn string(&mut self, from: usize, quote: u8) -> Lexeme<'a> {
        let bytes = self.text.as_bytes();
        let mut at = from + 1;
        let closed = loop {
            match bytes.get(at) {
                None | Some(b'\n' | b'\r') => break false,
                Some(b'\\') if !matches!(bytes.get(at + 1), None | Some(b'\n' | b'\r')) => at += 2,
                Some(&byte) => {
                    at += 1;
                    if byte == quote {
                        break true;
                    }
                }
            }
        };
        // The byte behind a backslash may have been the first one of a wide character.
        while !self.text.is_char_boundary(at) {
            at += 1;
        }
        if !closed {
            self.fault(from..at, "this string is not closed on its line");
        } else if quote == b'\'' {
            self.fault(from..at, "a JSON string stands in double quotes");
        }
        self.restart(at);
        Lexeme { token: Token::String(Cow::Borrowed("")), range: from..at, closed }
    }

    /// The first byte of the next token.
    fn skip_blanks(&self) -> usize {
        let from = self.base + self.scanner.token_end();
        let rest = self.text.get(from..).unwrap_or_default();
        from + (rest.len() - rest.trim_start().len())
    }

    fn restart(&mut self, at: usize) {
        self.base = at;
        self.scanner = scanner(self.text, at);
    }
}

/// Length of the characters at the start of `text` that are left out together.
fn stray(text: &str) -> usize {
    let ends = |c: char| c.is_whitespace() || matches!(c, ',' | ':' | '{' | '}' | '[' | ']' | '"' | '\'');
    let first = text.chars().next().map_or(0, char::len_utf8);
    let rest = &text[first..];
    let run = rest.chars().take(40).take_while(|&c| !ends(c)).map(char::len_utf8);
    first + run.sum::<usize>()
}

fn scanner(text: &str, from: usize) -> Scanner<'_> {
    let options = ScannerOptions { allow_extended_string_escapes: false, ..ScannerOptions::default() };
    Scanner::new(text.get(from..).unwrap_or_default(), &options)
}
