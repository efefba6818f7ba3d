//! JSON as a tree in which every key and value has its range, and every string is a passage.
//! Comments and trailing commas are read as if they were allowed; what is no JSON at all is a fault,
//! and the rest is still read. Tokens come from `jsonc-parser`. Knows no file format on top.

use std::ops::Range;

use jsonc_parser::tokens::Token;

use self::lexer::{Lexeme, Lexer};
use super::Fault;
use crate::text::Passage;

mod lexer;
mod string;

pub use string::unescape;

/// Deepest nesting that is read; deeper values are left out with a fault.
const MAX_DEPTH: usize = 128;

/// A value and the range of its words, quotes and brackets included.
#[derive(Clone, Debug)]
pub struct Node {
    pub range: Range<usize>,
    pub data: Data,
}

#[derive(Clone, Debug)]
pub enum Data {
    /// A string without its quotes; escapes are swapped for what they stand for.
    Text(Passage),
    /// A number as it is written.
    Number(String),
    Bool(bool),
    Null,
    List(Vec<Node>),
    Object(Vec<Entry>),
}

/// A key of an object and its value.
#[derive(Clone, Debug)]
pub struct Entry {
    /// The key without its quotes.
    pub key: Passage,
    /// The key with its quotes.
    pub key_range: Range<usize>,
    pub node: Node,
}

impl Node {
    /// The entry of an object under `key`; of several the last one, as JavaScript reads it.
    #[must_use]
    pub fn get(&self, key: &str) -> Option<&Entry> {
        self.entries().iter().rev().find(|entry| entry.key.text() == key)
    }

    /// The entries of an object; none for any other value.
    #[must_use]
    pub fn entries(&self) -> &[Entry] {
        if let Data::Object(entries) = &self.data { entries } else { &[] }
    }

    /// The items of an array; none for any other value.
    #[must_use]
    pub fn items(&self) -> &[Self] {
        if let Data::List(items) = &self.data { items } else { &[] }
    }

    #[must_use]
    pub fn as_text(&self) -> Option<&Passage> {
        if let Data::Text(text) = &self.data { Some(text) } else { None }
    }

    /// What kind of value it is, for messages.
    #[must_use]
    pub fn kind(&self) -> &'static str {
        match self.data {
            Data::Text(_) => "a string",
            Data::Number(_) => "a number",
            Data::Bool(_) => "a boolean",
            Data::Null => "null",
            Data::List(_) => "an array",
            Data::Object(_) => "an object",
        }
    }
}

/// Parses a document. Faulty text gives what could be understood, and the faults; `None` where there
/// is no value at all.
#[must_use]
pub fn parse(passage: &Passage) -> (Option<Node>, Vec<Fault>) {
    let mut parser = Parser { passage, lexer: Lexer::new(passage.text()) };
    let root = loop {
        match parser.lexer.next() {
            None => break None,
            Some(lexeme) => {
                if let Some(node) = parser.value(lexeme, 0) {
                    break Some(node);
                }
            }
        }
    };
    if root.is_none() && parser.lexer.faults.is_empty() {
        parser.lexer.fault(0..0, "this file holds no JSON value");
    }
    if root.is_some()
        && let Some(extra) = parser.lexer.next()
    {
        parser.lexer.fault(extra.range, "the JSON value has ended before this");
    }
    (root, parser.lexer.faults)
}

struct Parser<'a> {
    passage: &'a Passage,
    lexer: Lexer<'a>,
}

impl Parser<'_> {
    /// The value that begins with `first`, or a fault at it.
    fn value(&mut self, first: Lexeme<'_>, depth: usize) -> Option<Node> {
        let range = first.range.clone();
        let data = match first.token {
            Token::OpenBrace | Token::OpenBracket if depth >= MAX_DEPTH => {
                self.skip_nested();
                self.lexer.fault(range, format!("values nested deeper than {MAX_DEPTH} levels are not read"));
                return None;
            }
            Token::OpenBrace => return Some(self.object(range, depth)),
            Token::OpenBracket => return Some(self.list(range, depth)),
            Token::String(_) => Data::Text(unescape(self.passage, first.inner())),
            Token::Number(number) => Data::Number(number.to_owned()),
            Token::Boolean(flag) => Data::Bool(flag),
            Token::Null => Data::Null,
            other => {
                self.lexer.fault(range, format!("`{}` is no JSON value", other.as_str()));
                return None;
            }
        };
        Some(Node { range, data })
    }

    fn list(&mut self, open: Range<usize>, depth: usize) -> Node {
        let mut items: Vec<Node> = Vec::new();
        let mut separated = true;
        let end = loop {
            let Some(lexeme) = self.lexer.next() else {
                self.lexer.fault(open.clone(), "this `[` is never closed");
                break self.passage.len();
            };
            match lexeme.token {
                Token::CloseBracket => break lexeme.range.end,
                Token::Comma if !separated => separated = true,
                Token::CloseBrace => {
                    self.lexer.fault(open.clone(), "this `[` is not closed before the next `}`");
                    let end = lexeme.range.start;
                    self.lexer.push_back(lexeme);
                    break end;
                }
                _ => {
                    self.demand_comma(separated, &lexeme);
                    items.extend(self.value(lexeme, depth + 1));
                    separated = false;
                }
            }
        };
        Node { range: open.start..end, data: Data::List(items) }
    }

    fn object(&mut self, open: Range<usize>, depth: usize) -> Node {
        let mut entries: Vec<Entry> = Vec::new();
        let mut separated = true;
        let end = loop {
            let Some(lexeme) = self.lexer.next() else {
                self.lexer.fault(open.clone(), "this `{` is never closed");
                break self.passage.len();
            };
            match lexeme.token {
                Token::CloseBrace => break lexeme.range.end,
                Token::Comma if !separated => separated = true,
                Token::CloseBracket if depth > 0 => {
                    self.lexer.fault(open.clone(), "this `{` is not closed before the next `]`");
                    let end = lexeme.range.start;
                    self.lexer.push_back(lexeme);
                    break end;
                }
                Token::String(_) => {
                    self.demand_comma(separated, &lexeme);
                    entries.extend(self.entry(&lexeme, depth));
                    separated = false;
                }
                Token::Word(_) | Token::Number(_) | Token::Boolean(_) | Token::Null => {
                    self.demand_comma(separated, &lexeme);
                    self.lexer.fault(lexeme.range.clone(), "a key of an object stands in double quotes");
                    entries.extend(self.entry(&lexeme, depth));
                    separated = false;
                }
                ref other => {
                    let message = format!("`{}` stands where a key is expected", other.as_str());
                    self.lexer.fault(lexeme.range.clone(), message);
                    if matches!(other, Token::OpenBrace | Token::OpenBracket) {
                        self.skip_nested();
                    }
                }
            }
        };
        Node { range: open.start..end, data: Data::Object(entries) }
    }

    /// The rest of an entry whose key was read.
    fn entry(&mut self, key: &Lexeme<'_>, depth: usize) -> Option<Entry> {
        let text = match key.token {
            Token::String(_) => unescape(self.passage, key.inner()),
            _ => self.passage.slice(key.range.clone()),
        };
        let mut next = self.lexer.next()?;
        if matches!(next.token, Token::Colon) {
            next = self.lexer.next()?;
        } else {
            self.lexer.fault(key.range.clone(), "this key has no `:` behind it");
        }
        if matches!(next.token, Token::Comma | Token::CloseBrace | Token::CloseBracket) {
            self.lexer.fault(key.range.clone(), "this key has no value");
            self.lexer.push_back(next);
            return None;
        }
        let node = self.value(next, depth + 1)?;
        Some(Entry { key: text, key_range: key.range.clone(), node })
    }

    fn demand_comma(&mut self, separated: bool, lexeme: &Lexeme<'_>) {
        if !separated {
            self.lexer.fault(lexeme.range.clone(), "a `,` is missing before this");
        }
    }

    /// Leaves out the rest of a value whose bracket was read, without recursion.
    fn skip_nested(&mut self) {
        let mut depth = 1usize;
        while depth > 0 {
            match self.lexer.next().map(|lexeme| lexeme.token) {
                None => return,
                Some(Token::OpenBrace | Token::OpenBracket) => depth += 1,
                Some(Token::CloseBrace | Token::CloseBracket) => depth -= 1,
                Some(_) => {}
            }
        }
    }
}

#[cfg(test)]
mod tests;
