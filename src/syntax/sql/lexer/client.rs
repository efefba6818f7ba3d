//! What speaks to a client program instead of the server: `DELIMITER`, `GO`, psql's `\\` lines, and the
//! rows behind `COPY … FROM stdin`.

use memchr::memmem;

use super::{CopyEnd, Lexer, TokenKind};

impl Lexer<'_> {
    pub(super) fn take_delimiter(&mut self) -> bool {
        let Some(delimiter) = self.delimiter else { return false };
        if !self.bytes[self.at..].starts_with(delimiter) {
            return false;
        }
        self.end_statement(TokenKind::End, delimiter.len());
        true
    }

    /// Takes what speaks to the client program instead of the server: `DELIMITER //`, `GO`.
    pub(super) fn is_client_word(&mut self, word: &[u8]) -> bool {
        if word.eq_ignore_ascii_case(b"delimiter") && self.at_statement_start() && self.at_line_start() {
            let end = self.line_end(self.at);
            let rest = self.bytes[self.at + word.len()..end].trim_ascii();
            let delimiter = rest.split(u8::is_ascii_whitespace).next().unwrap_or_default();
            self.delimiter = (!delimiter.is_empty() && delimiter != b";").then_some(delimiter);
            self.at = end;
            return true;
        }
        if word.eq_ignore_ascii_case(b"go") && self.at_line_start() {
            let end = self.line_end(self.at);
            if self.bytes[self.at + word.len()..end].trim_ascii().is_empty() {
                self.end_statement(TokenKind::End, word.len());
                return true;
            }
        }
        false
    }

    pub(super) fn semicolon(&mut self) {
        if self.delimiter.is_some() {
            return self.push(TokenKind::Operator, 1);
        }
        let first = self.lexed.tokens.get(self.statement);
        let copy = first.is_some_and(|token| token.text(self.text).eq_ignore_ascii_case("copy"));
        let stdin = copy
            && self.lexed.tokens[self.statement..].windows(2).any(|pair| {
                pair[0].text(self.text).eq_ignore_ascii_case("from")
                    && pair[1].text(self.text).eq_ignore_ascii_case("stdin")
            });
        self.end_statement(TokenKind::Semicolon, 1);
        if stdin {
            self.skip_copy_data();
        }
    }

    /// Skips the rows behind `COPY … FROM stdin;` where a `\.` line ends them.
    pub(super) fn skip_copy_data(&mut self) {
        if matches!(self.copy_end, CopyEnd::Unknown) {
            self.copy_end = memmem::rfind(self.bytes, b"\n\\.").map_or(CopyEnd::None, CopyEnd::At);
        }
        let CopyEnd::At(last) = self.copy_end else { return };
        if last < self.at {
            return;
        }
        if let Some(found) = memmem::find(&self.bytes[self.at..], b"\n\\.") {
            self.at += found + 3;
        }
    }

    /// A psql command: the rest of the line; those that send the query end the statement.
    pub(super) fn backslash(&mut self) {
        let command = self.peek(1).is_some_and(|byte| byte.is_ascii_alphabetic() || byte == b'!');
        if !command || !(self.at_line_start() || self.peek(1) == Some(b'g')) {
            self.lexed.strays += 1;
            return self.push(TokenKind::Operator, 1);
        }
        let end = self.line_end(self.at);
        let rest = &self.bytes[self.at + 1..end];
        let sends = rest.starts_with(b"g") || rest.starts_with(b"crosstabview") || rest.starts_with(b"watch");
        if sends && !self.at_statement_start() {
            self.end_statement(TokenKind::End, 0);
        }
        self.at = end;
    }
}
