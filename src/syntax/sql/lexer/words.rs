//! Tokens that are not quotes or comments: names, holes, numbers, parameters, operators.

use memchr::memmem;

use super::super::super::Fault;
use super::super::scan;
use super::{Lexer, MAX_NAME, TokenKind, blank_len, is_name, is_operator};

impl Lexer<'_> {
    pub(super) fn word(&mut self) {
        let start = self.at;
        let mut hole = false;
        let mut at = start;
        loop {
            match self.bytes.get(at) {
                Some(b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'_') => at += 1,
                Some(b'$') if self.bytes.get(at + 1) == Some(&b'{') => match self.hole_end(at + 1) {
                    Some(end) => (at, hole) = (end, true),
                    None => break,
                },
                Some(b'$') if !self.delimiter.is_some_and(|word| word.starts_with(b"$")) => at += 1,
                Some(b'{') => match self.hole_end(at) {
                    Some(end) => (at, hole) = (end, true),
                    None => break,
                },
                Some(0x80..) if blank_len(&self.bytes[at..]).is_none() => at += 1,
                _ => break,
            }
        }
        let end = at.max(start + 1);
        let word = &self.bytes[start..end];
        if self.is_client_word(word) {
            return;
        }
        if let [letter] = word
            && let Some(&next) = self.bytes.get(end)
        {
            let letter = letter.to_ascii_lowercase();
            if next == b'\'' && matches!(letter, b'e' | b'b' | b'x' | b'n') {
                self.at = end;
                return self.string(start, letter == b'e' || self.mode.mysql);
            }
            if next == b'&' && letter == b'u' && self.bytes.get(end + 1) == Some(&b'\'') {
                self.at = end + 1;
                return self.string(start, false);
            }
            // `U&"d\0061ta"`: a name with escapes.
            if next == b'&' && letter == b'u' && self.bytes.get(end + 1) == Some(&b'"') {
                self.at = end + 1;
                return self.quoted_from(start, b'"');
            }
        }
        self.push_to(if hole { TokenKind::Hole } else { TokenKind::Word }, start, end);
    }

    /// Where the placeholder whose `{` stands at `open` ends, if it does so on its line.
    pub(super) fn hole_end(&self, open: usize) -> Option<usize> {
        if self.bytes.get(open + 1) == Some(&b'%') {
            return None;
        }
        let spaced =
            self.bytes.get(open + 1) == Some(&b'{') || self.bytes.get(open.wrapping_sub(1)) == Some(&b'$');
        let mut depth = 0_usize;
        for (at, &byte) in self.bytes.iter().enumerate().skip(open).take(MAX_NAME) {
            match byte {
                b'{' if depth >= 8 => return None,
                b'{' => depth += 1,
                b'}' if depth == 1 => return Some(at + 1),
                b'}' => depth -= 1,
                b'\n' | b'\r' => return None,
                b' ' | b'\t' | b'\'' | b'"' | b',' | b';' if !spaced => return None,
                _ => {}
            }
        }
        None
    }

    /// A character outside ASCII: part of a name, unless it is a blank that only looks like one.
    pub(super) fn foreign(&mut self) {
        let Some((len, what)) = blank_len(&self.bytes[self.at..]) else { return self.word() };
        let range = self.at..self.at + len;
        if let Some(what) = what {
            self.lexed.faults.push(
                Fault::new(range, format!("this is {what}, which SQL reads as part of a name"))
                    .help("put a plain space here"),
            );
        }
        self.at += len;
    }

    pub(super) fn number(&mut self) {
        let start = self.at;
        let mut at = start;
        while let Some(&byte) = self.bytes.get(at) {
            let exponent = at > start
                && matches!(self.bytes[at - 1], b'e' | b'E')
                && !self.bytes[start..].starts_with(b"0x");
            let sign = matches!(byte, b'+' | b'-') && exponent;
            if !(byte.is_ascii_alphanumeric() || byte == b'.' || byte == b'_' || sign) {
                break;
            }
            at += 1;
        }
        self.push_to(TokenKind::Number, start, at.max(start + 1));
    }

    pub(super) fn dollar(&mut self) {
        let next = self.peek(1);
        if next == Some(b'{') && self.hole_end(self.at + 1).is_some() {
            return self.word();
        }
        let mut end = self.at + 1;
        while self.bytes.get(end).is_some_and(|&byte| is_name(byte) && byte != b'$') {
            end += 1;
        }
        let tagged = self.bytes.get(end) == Some(&b'$') && !next.is_some_and(|byte| byte.is_ascii_digit());
        if !tagged {
            let kind = if end == self.at + 1 { TokenKind::Operator } else { TokenKind::Parameter };
            return self.push_to(kind, self.at, end);
        }
        let body = end + 1;
        let tag = &self.bytes[self.at..body];
        match memmem::find(&self.bytes[body..], tag) {
            Some(found) => self.push_to(TokenKind::String, self.at, body + found + tag.len()),
            None => self.broken(self.at, body, TokenKind::String, "this dollar quote is never closed"),
        }
    }

    /// A bracket: a name of T-SQL where it holds one and no array or subscript can stand.
    pub(super) fn square(&mut self) {
        let line = (self.at + MAX_NAME).min(self.bytes.len());
        let array = self.squares > 0
            || (self.follows_name())
            || self
                .lexed
                .tokens
                .last()
                .is_some_and(|token| token.text(self.text).eq_ignore_ascii_case("array"));
        if !array
            && let Some(close) = memchr::memchr(b']', &self.bytes[self.at..line])
            && scan::is_bracket_name(&self.bytes[self.at + 1..self.at + close])
        {
            return self.push(TokenKind::Quoted, close + 1);
        }
        self.squares += 1;
        self.push(TokenKind::OpenSquare, 1);
    }

    pub(super) fn hash(&mut self) {
        let next = self.peek(1);
        let operator = matches!(next, Some(b'>' | b'-' | b'='));
        let blank = next.is_none_or(|byte| byte.is_ascii_whitespace());
        if !operator && (self.mode.mysql || self.at_line_start() || (blank && !self.follows_operand())) {
            return self.skip_line();
        }
        let name = next.is_some_and(|byte| byte.is_ascii_alphabetic() || byte == b'#' || byte == b'_');
        if name && !self.follows_name() {
            let mut end = self.at + 1;
            while self.bytes.get(end).is_some_and(|&byte| is_name(byte) || byte == b'#') {
                end += 1;
            }
            return self.push_to(TokenKind::Word, self.at, end);
        }
        self.operator();
    }

    /// Whether a binary operator can stand here: PostgreSQL's `5 # 3` is no comment.
    fn follows_operand(&self) -> bool {
        let before = self.lexed.tokens.last().filter(|_| !self.at_statement_start());
        before.is_some_and(|token| !matches!(token.kind, TokenKind::Comma | TokenKind::Open))
    }

    pub(super) fn colon(&mut self) {
        match self.peek(1) {
            Some(b':' | b'=') => self.push(TokenKind::Operator, 2),
            Some(quote @ (b'\'' | b'"')) if !self.follows_name() => {
                match scan::quote_end(self.bytes, self.at + 1, false) {
                    Some(end) if end - self.at < MAX_NAME => {
                        let kind = if quote == b'"' { TokenKind::Hole } else { TokenKind::Parameter };
                        self.push_to(kind, self.at, end);
                    }
                    _ => self.push(TokenKind::Operator, 1),
                }
            }
            Some(byte) if byte.is_ascii_alphabetic() || byte == b'_' => self.parameter(),
            _ => self.push(TokenKind::Operator, 1),
        }
    }

    pub(super) fn at_sign(&mut self) {
        let next = if self.peek(1) == Some(b'@') { self.peek(2) } else { self.peek(1) };
        if next.is_some_and(|byte| byte.is_ascii_alphabetic() || byte == b'_') {
            return self.parameter();
        }
        self.operator();
    }

    pub(super) fn parameter(&mut self) {
        let mut end = self.at + 1;
        while self.bytes.get(end).is_some_and(|&byte| is_name(byte) || byte == b'@') {
            end += 1;
        }
        self.push_to(TokenKind::Parameter, self.at, end);
    }

    /// A placeholder, a template's tag (skipped), or a lone brace.
    pub(super) fn brace(&mut self) {
        if let Some(close) = match self.peek(1) {
            Some(b'%') => Some(b"%}"),
            Some(b'#') => Some(b"#}"),
            _ => None,
        } {
            let near = (self.at + MAX_NAME).min(self.bytes.len());
            if let Some(found) = memmem::find(&self.bytes[self.at..near], close) {
                self.at += found + 2;
                return;
            }
        }
        if self.hole_end(self.at).is_some() {
            return self.word();
        }
        self.push(TokenKind::Operator, 1);
    }

    pub(super) fn operator(&mut self) {
        let start = self.at;
        let mut end = start + 1;
        while let Some(&byte) = self.bytes.get(end) {
            let next = self.bytes.get(end + 1);
            let comment = (byte == b'-' && next == Some(&b'-'))
                || (byte == b'/' && next == Some(&b'*'))
                || (byte == b'*' && next == Some(&b'/'));
            if !is_operator(byte)
                || comment
                || self.delimiter.is_some_and(|word| self.bytes[end..].starts_with(word))
            {
                break;
            }
            end += 1;
        }
        self.push_to(TokenKind::Operator, start, end);
    }
}
