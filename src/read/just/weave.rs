//! A recipe's text as its shell reads it: holes filled in. Knows the quotes that a hole stands in,
//! nothing else of a shell.

use std::ops::Range;

use super::value::{Scope, Value};
use crate::syntax::justfile::Part;
use crate::text::{Derivation, Passage};

/// Longest line that is looked at for a here-document, in bytes.
const LONGEST_LINE: usize = 1024;

/// Makes the text, part by part.
pub(super) struct Filler<'a, 's> {
    scope: &'a Scope<'s>,
    parameters: &'a [&'a str],
    text: &'a str,
    derivation: Derivation<'a>,
    quote: Quote,
    /// Whether the next character has no meaning of its own.
    escaped: bool,
    before: char,
    /// The word that ends the here-document that is being read; quotes mean nothing in it.
    heredoc: Option<String>,
    /// The line so far, without holes.
    line: String,
}

/// The quotes around the next character.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Quote {
    None,
    Single,
    Double,
    /// In a comment, which ends with its line.
    Comment,
}

impl<'a, 's> Filler<'a, 's> {
    pub fn new(passage: &'a Passage, scope: &'a Scope<'s>, parameters: &'a [&'a str]) -> Self {
        let text = passage.text();
        Self {
            scope,
            parameters,
            text,
            derivation: passage.derive(),
            quote: Quote::None,
            escaped: false,
            before: ' ',
            heredoc: None,
            line: String::new(),
        }
    }

    pub fn part(&mut self, part: &Part) {
        match part {
            Part::Text(range) => self.keep(range.clone()),
            Part::Braces(range) => {
                self.derivation.swap(range.clone(), "{{");
            }
            Part::Hole(range, expression) => {
                let value =
                    expression.as_ref().map(|expression| self.scope.value(expression, self.parameters));
                let text = match value {
                    // Single quotes would keep the shell from seeing an expansion, where just has
                    // filled in its value.
                    Some(Value { text, literal: false }) if self.quote == Quote::Single => {
                        format!("'\"{text}\"'")
                    }
                    Some(value) => value.text,
                    None => "${__expr__}".to_owned(),
                };
                self.derivation.swap(range.clone(), &text);
            }
        }
    }

    pub fn keep(&mut self, range: Range<usize>) {
        for c in self.text[range.clone()].chars() {
            self.follow(c);
        }
        self.derivation.keep(range);
    }

    fn follow(&mut self, c: char) {
        if c == '\n' {
            let ends = self.heredoc.as_deref().is_some_and(|word| word == self.line.trim());
            if ends {
                self.heredoc = None;
            } else if self.heredoc.is_none() && self.quote != Quote::Single {
                self.heredoc = delimiter(&self.line);
            }
            self.line.clear();
        } else if self.line.len() < LONGEST_LINE {
            self.line.push(c);
        }
        if self.heredoc.is_some() {
            (self.quote, self.escaped) = (Quote::None, false);
            return;
        }
        self.quote = match (self.quote, c) {
            (quote, _) if self.escaped => quote,
            (Quote::Single, '\'') | (Quote::Double, '"') | (Quote::Comment, '\n') => Quote::None,
            (Quote::None, '\'') => Quote::Single,
            (Quote::None, '"') => Quote::Double,
            (Quote::None, '#') if self.before.is_whitespace() => Quote::Comment,
            (quote, _) => quote,
        };
        self.escaped = c == '\\' && !self.escaped && self.quote != Quote::Single;
        self.before = c;
    }

    pub fn finish(self) -> Passage {
        self.derivation.finish()
    }
}

/// The word that ends the here-document that a line opens.
fn delimiter(line: &str) -> Option<String> {
    let (before, after) = line.split_once("<<")?;
    if after.starts_with('<') || before.ends_with("((") {
        return None;
    }
    let word = after.trim_start_matches('-').trim_start_matches([' ', '\t']);
    let end = word.find(|c: char| c.is_whitespace() || ";|&)>".contains(c)).unwrap_or(word.len());
    let word: String = word[..end].chars().filter(|c| !matches!(c, '\'' | '"' | '\\')).collect();
    word.starts_with(|c: char| c.is_alphabetic() || c == '_').then_some(word)
}
