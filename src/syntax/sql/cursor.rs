//! Walks over the tokens of one statement or a part of it: keywords, names, groups in brackets.

use std::ops::Range;

use super::Piece;
use super::lexer::{Token, TokenKind};

#[derive(Clone, Copy)]
pub(super) struct Cursor<'a> {
    text: &'a str,
    tokens: &'a [Token],
    at: usize,
}

impl<'a> Cursor<'a> {
    pub fn new(text: &'a str, tokens: &'a [Token]) -> Self {
        Self { text, tokens, at: 0 }
    }

    /// The same text, other tokens.
    pub fn over(&self, tokens: &'a [Token]) -> Self {
        Self::new(self.text, tokens)
    }

    pub fn text(&self) -> &'a str {
        self.text
    }

    /// The tokens that are not yet taken.
    pub fn rest(&self) -> &'a [Token] {
        self.tokens.get(self.at..).unwrap_or_default()
    }

    pub fn token(&self) -> Option<Token> {
        self.ahead(0)
    }

    pub fn ahead(&self, by: usize) -> Option<Token> {
        self.tokens.get(self.at + by).copied()
    }

    pub fn kind(&self) -> Option<TokenKind> {
        self.token().map(|token| token.kind)
    }

    pub fn is_end(&self) -> bool {
        self.at >= self.tokens.len()
    }

    pub fn skip(&mut self) {
        self.at += 1;
    }

    /// The current token's words, empty at the end.
    pub fn words(&self) -> &'a str {
        self.token().map_or("", |token| token.text(self.text))
    }

    pub fn is(&self, word: &str) -> bool {
        self.is_ahead(0, word)
    }

    pub fn is_ahead(&self, by: usize, word: &str) -> bool {
        self.ahead(by).is_some_and(|token| is_word(self.text, token, word))
    }

    pub fn is_any(&self, words: &[&str]) -> bool {
        words.iter().any(|word| self.is(word))
    }

    pub fn is_any_ahead(&self, by: usize, words: &[&str]) -> bool {
        words.iter().any(|word| self.is_ahead(by, word))
    }

    pub fn is_symbol(&self, symbol: &str) -> bool {
        self.words() == symbol
    }

    /// Takes these keywords if all of them come next.
    pub fn eat(&mut self, words: &[&str]) -> bool {
        let all = words.iter().enumerate().all(|(by, word)| self.is_ahead(by, word));
        if all {
            self.at += words.len();
        }
        all
    }

    /// Takes one of these keywords.
    pub fn eat_any(&mut self, words: &[&str]) -> bool {
        let any = self.is_any(words);
        if any {
            self.at += 1;
        }
        any
    }

    pub fn eat_kind(&mut self, kind: TokenKind) -> Option<Token> {
        let token = self.token().filter(|token| token.kind == kind)?;
        self.at += 1;
        Some(token)
    }

    pub fn eat_symbol(&mut self, symbol: &str) -> bool {
        let is = self.is_symbol(symbol);
        if is {
            self.at += 1;
        }
        is
    }

    pub fn if_exists(&mut self) -> bool {
        self.eat(&["IF", "EXISTS"])
    }

    pub fn if_not_exists(&mut self) -> bool {
        self.eat(&["IF", "NOT", "EXISTS"])
    }

    /// Whether a name can begin `by` tokens ahead.
    pub fn names_ahead(&self, by: usize) -> bool {
        self.ahead(by).is_some_and(|token| {
            matches!(token.kind, TokenKind::Word | TokenKind::Hole | TokenKind::Quoted | TokenKind::Parameter)
        })
    }

    /// Takes one name without its qualifiers.
    pub fn part(&mut self) -> Option<Piece> {
        if !self.names_ahead(0) {
            return None;
        }
        let token = self.token()?;
        self.at += 1;
        Some(Piece { text: unquote(token.text(self.text)), range: token.range() })
    }

    /// Takes the parts of a name: schema, table, column, as far as they are there.
    pub fn parts(&mut self) -> Vec<Piece> {
        let mut parts = Vec::new();
        while let Some(part) = self.part() {
            parts.push(part);
            if self.kind() != Some(TokenKind::Dot) {
                break;
            }
            while self.eat_kind(TokenKind::Dot).is_some() {}
        }
        parts
    }

    /// Takes a name with its qualifiers.
    pub fn name(&mut self) -> Option<Piece> {
        join(self.parts())
    }

    /// Takes a name, or a string where one stands for a name.
    pub fn name_or_string(&mut self) -> Option<Piece> {
        self.name().or_else(|| self.string())
    }

    /// Takes a string: its content and the place of the whole literal.
    pub fn string(&mut self) -> Option<Piece> {
        let token = self.eat_kind(TokenKind::String)?;
        Some(Piece { text: string_content(token.text(self.text)), range: token.range() })
    }

    /// Takes one token, or a group with all that its brackets hold.
    pub fn skip_group(&mut self) {
        let opens = |kind| matches!(kind, TokenKind::Open | TokenKind::OpenSquare);
        let mut depth = 0_usize;
        while let Some(kind) = self.kind() {
            self.at += 1;
            if opens(kind) {
                depth += 1;
            } else if matches!(kind, TokenKind::Close | TokenKind::CloseSquare) {
                depth = depth.saturating_sub(1);
            }
            if depth == 0 {
                return;
            }
        }
    }

    /// Takes everything up to where `stop` says so outside brackets, at least one group; gives its text.
    pub fn until(&mut self, stop: impl Fn(&Self) -> bool) -> Option<Piece> {
        let first = self.token()?;
        self.skip_group();
        while !self.is_end() && !stop(self) {
            self.skip_group();
        }
        let last = self.tokens.get(self.at.checked_sub(1)?)?;
        let range = first.range().start..last.range().end;
        Some(Piece { text: self.text.get(range.clone())?.to_owned(), range })
    }

    /// Moves to the next such keyword outside brackets; stays where it is without one.
    pub fn seek(&mut self, words: &[&str]) -> bool {
        let mut ahead = *self;
        while !ahead.is_end() {
            if ahead.is_any(words) {
                *self = ahead;
                return true;
            }
            ahead.skip_group();
        }
        false
    }

    /// Moves to the next opening bracket; stays where it is without one.
    pub fn seek_open(&mut self) -> bool {
        let open = self.rest().iter().position(|token| token.kind == TokenKind::Open);
        self.at += open.unwrap_or(0);
        open.is_some()
    }

    /// The token before the current one.
    pub fn before(&self) -> Option<Token> {
        self.tokens.get(self.at.checked_sub(1)?).copied()
    }

    pub fn is_before(&self, words: &[&str]) -> bool {
        self.before().is_some_and(|token| words.iter().any(|word| is_word(self.text, token, word)))
    }

    /// Whether such a keyword stands among the tokens not yet taken, in brackets or not.
    pub fn holds(&self, words: &[&str]) -> bool {
        self.rest().iter().any(|&token| words.iter().any(|word| is_word(self.text, token, word)))
    }
}

pub(super) fn is_word(text: &str, token: Token, word: &str) -> bool {
    token.kind == TokenKind::Word && token.text(text).eq_ignore_ascii_case(word)
}

/// From the first byte of the first token to the last byte of the last one.
pub(super) fn range_of(tokens: &[Token]) -> Range<usize> {
    match (tokens.first(), tokens.last()) {
        (Some(first), Some(last)) => first.range().start..last.range().end,
        _ => 0..0,
    }
}

/// One name from its parts.
pub(super) fn join(parts: Vec<Piece>) -> Option<Piece> {
    let range = parts.first()?.range.start..parts.last()?.range.end;
    let text = parts.into_iter().map(|part| part.text).collect::<Vec<_>>().join(".");
    Some(Piece { text, range })
}

/// The groups of tokens between commas outside brackets; an empty group stays one.
pub(super) fn comma_groups(tokens: &[Token]) -> Vec<&[Token]> {
    let mut groups = Vec::new();
    let mut depth = 0_usize;
    let mut start = 0;
    for (at, token) in tokens.iter().enumerate() {
        match token.kind {
            TokenKind::Open | TokenKind::OpenSquare => depth += 1,
            TokenKind::Close | TokenKind::CloseSquare => depth = depth.saturating_sub(1),
            TokenKind::Comma if depth == 0 => {
                groups.push(&tokens[start..at]);
                start = at + 1;
            }
            _ => {}
        }
    }
    groups.push(&tokens[start..]);
    groups
}

/// A name without its quotes; doubled quotes inside become single ones.
pub(super) fn unquote(name: &str) -> String {
    if let Some(rest) =
        name.strip_prefix("U&").or_else(|| name.strip_prefix("u&")).filter(|rest| rest.starts_with('"'))
    {
        return unescape(&unquote(rest));
    }
    let (quote, close) = match name.as_bytes().first() {
        Some(b'"') => ('"', '"'),
        Some(b'`') => ('`', '`'),
        Some(b'[') => ('[', ']'),
        _ => return name.to_owned(),
    };
    let inner = name.strip_prefix(quote).unwrap_or(name);
    let inner = inner.strip_suffix(close).unwrap_or(inner);
    let mut doubled = [0; 2];
    let (twice, once) = ([close, close].iter().collect::<String>(), &*close.encode_utf8(&mut doubled));
    inner.replace(&twice, once)
}

/// `\0061` and `\+000061` as the letters that they stand for.
fn unescape(name: &str) -> String {
    let mut parts = name.split('\\');
    let mut found = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let (skip, len) = if part.starts_with('+') { (1, 6) } else { (0, 4) };
        let letter = part.get(skip..skip + len).and_then(|digits| u32::from_str_radix(digits, 16).ok());
        match letter.and_then(char::from_u32) {
            Some(letter) => {
                found.push(letter);
                found.push_str(part.get(skip + len..).unwrap_or_default());
            }
            None => {
                found.push('\\');
                found.push_str(part);
            }
        }
    }
    found
}

/// What a string says, without prefix, quotes and doubled quotes; other escapes stay.
pub(super) fn string_content(literal: &str) -> String {
    if let Some(rest) = literal.strip_prefix('$') {
        let Some((tag, body)) = rest.split_once('$') else { return rest.to_owned() };
        return body.strip_suffix(&format!("${tag}$")).unwrap_or(body).to_owned();
    }
    let Some((_, inner)) = literal.split_once('\'') else { return literal.to_owned() };
    inner.strip_suffix('\'').unwrap_or(inner).replace("''", "'")
}
