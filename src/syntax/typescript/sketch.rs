//! What can be seen in TypeScript without a tree: classes, method heads, and calls whose first argument
//! is a literal. For text that does not parse; does not know what belongs to what.

use std::ops::Range;

use super::literal::Form;
use super::token::{Kind, Token, Tokens};

/// Something seen, in the order of the text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Item {
    /// The name behind `class`.
    Class(Range<usize>),
    /// A name with `(` behind it and no dot before it: the head of a method, or a call.
    Head(Range<usize>),
    /// A call `.method(` and its first argument, which begins with a literal.
    Call { method: Range<usize>, argument: Vec<Part> },
}

/// A part of an argument.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Part {
    /// The inside of a literal.
    Words(Range<usize>, Form),
    /// Anything else.
    Hole(Range<usize>),
}

/// Looks through the whole text.
#[must_use]
pub fn sketch(text: &str) -> Vec<Item> {
    let tokens: Vec<Token> = Tokens::new(text).collect();
    let word =
        |at: usize| tokens.get(at).filter(|token| token.kind == Kind::Word).map(|token| &text[token.range()]);
    let punct = |at: usize, byte: u8| tokens.get(at).is_some_and(|token| token.kind == Kind::Punct(byte));
    let mut items = Vec::new();
    for at in 0..tokens.len() {
        let Some(name) = word(at) else { continue };
        let range = tokens[at].range();
        let dotted = at > 0 && punct(at - 1, b'.');
        if name == "class" && !dotted {
            if word(at + 1).is_some_and(|next| !matches!(next, "implements" | "extends")) {
                items.push(Item::Class(tokens[at + 1].range()));
            }
        } else if punct(at + 1, b'(') {
            if !dotted {
                items.push(Item::Head(range));
            } else if let Some(argument) = argument(&tokens, at + 2) {
                items.push(Item::Call { method: range, argument });
            }
        }
    }
    items
}

/// The argument that begins at token `at`, where that is a literal.
fn argument(tokens: &[Token], mut at: usize) -> Option<Vec<Part>> {
    let mut parts = Vec::new();
    loop {
        let token = tokens.get(at)?;
        match token.kind {
            Kind::Text => parts.push(Part::Words(token.start + 1..inner_end(token), Form::Quoted)),
            Kind::Template { resumes: false, .. } => at = template(tokens, at, &mut parts),
            _ if parts.is_empty() => return None,
            _ => {
                parts.push(Part::Hole(token.range()));
                return Some(parts);
            }
        }
        if tokens.get(at + 1).is_none_or(|token| token.kind != Kind::Punct(b'+')) {
            return Some(parts);
        }
        at += 2;
    }
}

/// Adds the parts of the template that begins at token `at`; answers its last token.
fn template(tokens: &[Token], mut at: usize, parts: &mut Vec<Part>) -> usize {
    let mut depth = 0_usize;
    let mut hole = 0;
    while let Some(token) = tokens.get(at) {
        if let Kind::Template { resumes, opens } = token.kind {
            depth -= usize::from(resumes && depth > 0);
            if depth == 0 {
                if resumes {
                    parts.push(Part::Hole(hole..token.start));
                }
                let end = if opens { token.end - 2 } else { inner_end(token) };
                parts.push(Part::Words(token.start + 1..end.max(token.start + 1), Form::Template));
                hole = token.end;
            }
            depth += usize::from(opens);
            if depth == 0 {
                break;
            }
        }
        at += 1;
    }
    at
}

/// The end of a literal's inside; its closing quote may be missing.
fn inner_end(token: &Token) -> usize {
    if token.end > token.start + 1 { token.end - 1 } else { token.end }
}
