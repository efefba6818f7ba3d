//! Object literals of a file as keys with the words of their values, found among tokens. Knows no meaning
//! of a key.

use std::ops::Range;

use crate::syntax::typescript::token::{Kind, Token, Tokens};

/// An object literal.
#[derive(Clone, Debug, Default)]
pub struct Object {
    /// Its bytes, with the braces.
    pub range: Range<usize>,
    pub pairs: Vec<Pair>,
    /// Whether it takes in another object: `...base`.
    pub spreads: bool,
    /// What it is the first argument of, such as `new DataSource` or `TypeOrmModule.forRoot`.
    pub callee: Option<Range<usize>>,
}

/// A key and its value.
#[derive(Clone, Debug)]
pub struct Pair {
    pub key: Range<usize>,
    pub value: Range<usize>,
}

impl Object {
    /// The last pair with this key.
    pub fn get(&self, text: &str, name: &str) -> Option<&Pair> {
        let key = |pair: &&Pair| {
            text.get(pair.key.clone()).is_some_and(|key| key.trim_matches(['\'', '"', '`']) == name)
        };
        self.pairs.iter().rev().find(key)
    }
}

/// A brace that is open.
struct Open {
    object: Object,
    /// Whether it may still be an object: no statement stood in it.
    plausible: bool,
    /// Where the next key begins, by its token.
    begins: usize,
    key: Option<Range<usize>>,
    value: usize,
}

enum Bracket {
    Brace(Box<Open>),
    Other,
}

/// The object literals of the text, the inner ones first.
pub fn objects(text: &str) -> Vec<Object> {
    let tokens: Vec<Token> = Tokens::new(text).collect();
    let mut found = Vec::new();
    let mut stack: Vec<Bracket> = Vec::new();
    for (at, token) in tokens.iter().enumerate() {
        match token.kind {
            Kind::Punct(b'{') => stack.push(Bracket::Brace(Box::new(Open {
                object: Object {
                    range: token.range(),
                    callee: callee(text, &tokens, at),
                    ..Object::default()
                },
                plausible: true,
                begins: at + 1,
                key: None,
                value: 0,
            }))),
            Kind::Punct(b'(' | b'[') | Kind::Template { resumes: false, opens: true } => {
                stack.push(Bracket::Other);
            }
            Kind::Punct(b')' | b']') | Kind::Template { resumes: true, opens: false } => {
                stack.pop();
            }
            Kind::Punct(b'}') => {
                if let Some(Bracket::Brace(mut open)) = stack.pop() {
                    open.end(token.start);
                    open.object.range.end = token.end;
                    if open.plausible {
                        found.push(open.object);
                    }
                }
            }
            kind => {
                if let Some(Bracket::Brace(open)) = stack.last_mut() {
                    open.token(kind, &tokens, at);
                }
            }
        }
    }
    found
}

impl Open {
    fn token(&mut self, kind: Kind, tokens: &[Token], at: usize) {
        match kind {
            Kind::Punct(b',') => {
                self.end(tokens[at].start);
                self.begins = at + 1;
            }
            // Of a statement, or of a type.
            Kind::Punct(b';') => self.plausible = false,
            Kind::Punct(b':') if self.key.is_none() && at == self.begins + 1 => {
                if let Some(token) = tokens.get(self.begins) {
                    self.key = Some(token.range());
                    self.value = tokens[at].end;
                }
            }
            Kind::Punct(b'.') if at == self.begins => self.object.spreads = true,
            _ => {}
        }
    }

    fn end(&mut self, at: usize) {
        if let Some(key) = self.key.take() {
            self.object.pairs.push(Pair { key, value: self.value..at });
        }
    }
}

/// What an object at token `at` is the first argument of.
fn callee(text: &str, tokens: &[Token], at: usize) -> Option<Range<usize>> {
    let before = |back: usize| at.checked_sub(back).and_then(|at| tokens.get(at));
    if before(1)?.kind != Kind::Punct(b'(') {
        return None;
    }
    let last = before(2).filter(|token| token.kind == Kind::Word)?;
    let mut start = last.start;
    for back in (3..9).step_by(2) {
        let (Some(dot), Some(word)) = (before(back), before(back + 1)) else { break };
        if dot.kind != Kind::Punct(b'.') || word.kind != Kind::Word {
            break;
        }
        start = word.start;
    }
    let own = tokens.partition_point(|token| token.start < start);
    if let Some(new) = own.checked_sub(1).and_then(|at| tokens.get(at))
        && text.get(new.range()) == Some("new")
    {
        start = new.start;
    }
    Some(start..last.end)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seen(text: &str) -> Vec<String> {
        let words = |range: &Range<usize>| text.get(range.clone()).unwrap_or("?").trim();
        objects(text)
            .iter()
            .map(|object| {
                let pairs: Vec<String> = object
                    .pairs
                    .iter()
                    .map(|pair| format!("{}={}", words(&pair.key), words(&pair.value)))
                    .collect();
                let callee = object.callee.as_ref().map_or("", words);
                format!("{callee}({}{})", pairs.join(";"), if object.spreads { "…" } else { "" })
            })
            .collect()
    }

    #[test]
    fn keys_with_their_values() {
        assert_eq!(
            seen("new DataSource({ type: 'postgres', extra: { a: [1, 2], }, ...base, 'url': x ? '}' : y })"),
            ["(a=[1, 2])", "new DataSource(type='postgres';extra={ a: [1, 2], };'url'=x ? '}' : y…)"]
        );
        assert_eq!(
            seen("TypeOrmModule.forRoot({ a: `${{ b: 1 }.b}`, })").last().map(String::as_str),
            Some("TypeOrmModule.forRoot(a=`${{ b: 1 }.b}`)")
        );
        assert_eq!(seen("interface O { migrations: string[]; synchronize: boolean }"), [""; 0]);
        assert_eq!(seen("f({ // a: 1,\n b: 店 /* , c: 2 */ })"), ["f(b=店 /* , c: 2 */)"]);
    }

    #[test]
    fn hostile_text_is_borne() {
        for text in ["{", "}", "({", "{:}", "{a:", "{...", "`${", "{a:b,,c:}", "f({'"] {
            let _ = objects(text);
        }
        assert!(objects(&"{a:".repeat(50_000)).is_empty());
        assert_eq!(objects(&"({a:1})".repeat(5_000)).len(), 5_000);
    }
}
