//! Variables of a word replaced by their values, quotes and escapes removed. Knows no scope: the
//! caller says what a name means.

use std::ops::Range;

use crate::text::{Passage, Weave};

/// Longest text that variables are replaced in; values that refer to each other may not grow
/// without end.
const MAX_BYTES: usize = 512;

/// Deepest nesting of `${a:-${b:-…}}`.
const MAX_DEPTH: usize = 4;

/// A word with its variables replaced.
#[derive(Clone, Debug)]
pub struct Expansion {
    /// The word; a value that stands in the file keeps its place there. A variable without a known
    /// value stays as it is written.
    pub text: Passage,
    /// Whether it had variables.
    pub variables: bool,
    /// Whether all of them had a value.
    pub known: bool,
}

/// Replaces the variables of `word`. `value` answers with what a name means, if that is known.
pub fn expand(word: &Passage, escape: char, value: &dyn Fn(&str) -> Option<Passage>) -> Expansion {
    let mut expander = Expander {
        word,
        escape,
        value,
        weave: Weave::at(word.span()),
        length: 0,
        variables: false,
        known: true,
    };
    expander.run(0..word.len(), 0);
    let Expander { weave, variables, known, .. } = expander;
    Expansion { text: weave.finish(), variables, known }
}

struct Expander<'a> {
    word: &'a Passage,
    escape: char,
    value: &'a dyn Fn(&str) -> Option<Passage>,
    weave: Weave,
    length: usize,
    variables: bool,
    known: bool,
}

/// A variable as it is written.
struct Reference {
    name: Range<usize>,
    /// `:-`, `-`, `:+`, `+`, … and the words behind it.
    modifier: Option<(Range<usize>, Range<usize>)>,
    end: usize,
}

impl Expander<'_> {
    fn run(&mut self, range: Range<usize>, depth: usize) {
        let text = &self.word.text()[range.clone()];
        let mut quote: Option<char> = None;
        let mut kept = range.start;
        let mut chars = text.char_indices().map(|(at, c)| (range.start + at, c)).peekable();
        while let Some((at, c)) = chars.next() {
            match (c, quote) {
                (_, Some('\'')) if c != '\'' => {}
                ('"' | '\'', _) if quote.is_none() || quote == Some(c) => {
                    quote = if quote.is_none() { Some(c) } else { None };
                    self.keep(kept..at);
                    kept = at + 1;
                }
                _ if c == self.escape => {
                    let next = chars.next();
                    // In double quotes it takes meaning away only from what has one there.
                    let special = next.is_some_and(|(_, c)| c == '"' || c == '$' || c == self.escape);
                    if quote.is_none() || special {
                        self.keep(kept..at);
                        kept = at + c.len_utf8();
                    }
                }
                ('$', _) => {
                    let reference = match reference(self.word.text(), at, range.end) {
                        Ok(Some(reference)) => reference,
                        Ok(None) => continue,
                        Err(Unclosed) => {
                            (self.variables, self.known) = (true, false);
                            break;
                        }
                    };
                    self.keep(kept..at);
                    kept = reference.end;
                    self.replace(at, &reference, depth);
                    while chars.next_if(|&(at, _)| at < reference.end).is_some() {}
                }
                _ => {}
            }
        }
        self.keep(kept..range.end);
    }

    fn keep(&mut self, range: Range<usize>) {
        self.length += range.len();
        self.weave.keep(self.word, range);
    }

    fn replace(&mut self, at: usize, reference: &Reference, depth: usize) {
        self.variables = true;
        let text = self.word.text();
        let value = (self.value)(&text[reference.name.clone()]);
        let set = value.as_ref().is_some_and(|value| !value.is_empty());
        let (modifier, words) = match &reference.modifier {
            Some((modifier, words)) => (&text[modifier.clone()], words.clone()),
            None => ("", 0..0),
        };
        match (modifier, value) {
            ("" | ":-" | "-" | ":?" | "?", Some(value))
                if (set || !modifier.starts_with(':')) && self.length + value.len() <= MAX_BYTES =>
            {
                self.length += value.len();
                self.weave.keep_all(&value);
            }
            (":-", _) | ("-", None) if depth < MAX_DEPTH => self.run(words, depth + 1),
            (":+" | "+", Some(_)) if set && depth < MAX_DEPTH => self.run(words, depth + 1),
            _ => {
                self.known = false;
                self.keep(at..reference.end);
            }
        }
    }
}

/// A `${` without its `}`.
struct Unclosed;

/// The variable whose `$` stands at byte `at`; `None` for a `$` that begins none.
fn reference(text: &str, at: usize, end: usize) -> Result<Option<Reference>, Unclosed> {
    let rest = &text[at + 1..end];
    let Some(braced) = rest.strip_prefix('{') else {
        let name = at + 1..at + 1 + name_len(rest);
        return Ok((!name.is_empty()).then_some(Reference { end: name.end, name, modifier: None }));
    };
    let name = at + 2..at + 2 + name_len(braced);
    if name.is_empty() {
        return Ok(None);
    }
    let close = closing(text, name.end, end).ok_or(Unclosed)?;
    let colon = usize::from(text[name.end..].starts_with(':'));
    let split = text[name.end + colon..close].chars().next().map(|c| name.end + colon + c.len_utf8());
    let modifier = split.map(|split| (name.end..split, split..close));
    Ok(Some(Reference { name, modifier, end: close + 1 }))
}

fn name_len(text: &str) -> usize {
    let len = text.bytes().take_while(|byte| byte.is_ascii_alphanumeric() || *byte == b'_').count();
    if text.starts_with(|c: char| c.is_ascii_digit()) { 1 } else { len }
}

/// The `}` that closes what is open at byte `at`, no further away than a word that makes sense is
/// long.
fn closing(text: &str, at: usize, end: usize) -> Option<usize> {
    let mut depth = 0usize;
    for (offset, byte) in text.as_bytes()[at..end.min(at + 4 * MAX_BYTES)].iter().enumerate() {
        match byte {
            b'{' => depth += 1,
            b'}' if depth == 0 => return Some(at + offset),
            b'}' => depth -= 1,
            _ => {}
        }
    }
    None
}
