//! A recipe's text as its shell reads it: holes filled in. Knows the quotes that a hole stands in,
//! nothing else of a shell.

use std::ops::Range;

use super::value::{Scope, Value};
use crate::syntax::justfile::Part;
use crate::text::{Derivation, Passage};

/// Makes the text, part by part.
pub(super) struct Filler<'a, 's> {
    scope: &'a Scope<'s>,
    parameters: &'a [&'a str],
    text: &'a str,
    derivation: Derivation<'a>,
    quote: Quote,
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
        Self { scope, parameters, text, derivation: passage.derive(), quote: Quote::None }
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
        let mut escaped = false;
        let mut before = ' ';
        for c in self.text[range.clone()].chars() {
            self.quote = match (self.quote, c) {
                (quote, _) if escaped => quote,
                (Quote::Single, '\'') | (Quote::Double, '"') | (Quote::Comment, '\n') => Quote::None,
                (Quote::None, '\'') => Quote::Single,
                (Quote::None, '"') => Quote::Double,
                (Quote::None, '#') if before.is_whitespace() => Quote::Comment,
                (quote, _) => quote,
            };
            escaped = c == '\\' && !escaped && self.quote != Quote::Single;
            before = c;
        }
        self.derivation.keep(range);
    }

    pub fn finish(self) -> Passage {
        self.derivation.finish()
    }
}
