//! One expression to its tree: a recursive descent with a bounded depth.

use std::ops::Range;

use super::{Comparison, Data, Segment, Tree};
use crate::syntax::Fault;

/// Longest expression, in bytes: GitHub's own limit.
const MAX_LEN: usize = 21_000;

/// Deepest nesting: twice GitHub's own limit.
const MAX_DEPTH: usize = 100;

/// Parses the expression at `range` of `text`; blanks around it are not part of it.
pub(super) fn parse(text: &str, range: Range<usize>) -> Result<Tree, Fault> {
    if range.is_empty() {
        return Err(Fault::new(range, "this expression is empty"));
    }
    if range.len() > MAX_LEN {
        let start = range.start;
        return Err(Fault::new(start..start, format!("this expression is longer than {MAX_LEN} bytes")));
    }
    let mut parser = Parser { text, at: range.start, end: range.end, depth: 0 };
    let tree = parser.or()?;
    match parser.peek() {
        None => Ok(tree),
        Some('=') => Err(parser.fault("`=` is no operator; compare with `==`")),
        Some('"') => Err(parser.fault("texts stand in single quotes here")),
        Some(_) => Err(parser.fault("an operator is missing before this")),
    }
}

struct Parser<'a> {
    text: &'a str,
    at: usize,
    end: usize,
    depth: usize,
}

impl Parser<'_> {
    fn or(&mut self) -> Result<Tree, Fault> {
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            return Err(self.fault("this expression is nested too deeply"));
        }
        let tree = self.chain("||", Self::and, Data::Or);
        self.depth -= 1;
        tree
    }

    fn and(&mut self) -> Result<Tree, Fault> {
        self.chain("&&", Self::compare, Data::And)
    }

    fn chain(
        &mut self,
        operator: &str,
        operand: fn(&mut Self) -> Result<Tree, Fault>,
        whole: fn(Vec<Tree>) -> Data,
    ) -> Result<Tree, Fault> {
        let first = operand(self)?;
        let mut parts = vec![first];
        while self.eat(operator) {
            parts.push(operand(self)?);
        }
        if parts.len() > 1 {
            let start = parts.first().map_or(self.at, |part| part.range.start);
            let end = parts.last().map_or(self.at, |part| part.range.end);
            return Ok(Tree { range: start..end, data: whole(parts) });
        }
        Ok(parts.swap_remove(0))
    }

    fn compare(&mut self) -> Result<Tree, Fault> {
        let mut left = self.unary()?;
        let mut count = 0;
        while let Some(comparison) = self.comparison() {
            count += 1;
            if count > MAX_DEPTH {
                return Err(self.fault("this expression compares too often"));
            }
            let right = self.unary()?;
            let range = left.range.start..right.range.end;
            left = Tree { range, data: Data::Compare(comparison, Box::new(left), Box::new(right)) };
        }
        Ok(left)
    }

    fn comparison(&mut self) -> Option<Comparison> {
        [
            ("==", Comparison::Equal),
            ("!=", Comparison::NotEqual),
            ("<=", Comparison::LessOrEqual),
            (">=", Comparison::GreaterOrEqual),
            ("<", Comparison::Less),
            (">", Comparison::Greater),
        ]
        .into_iter()
        .find_map(|(operator, comparison)| self.eat(operator).then_some(comparison))
    }

    fn unary(&mut self) -> Result<Tree, Fault> {
        let Some('!') = self.peek() else { return self.path() };
        let start = self.at;
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            return Err(self.fault("this expression is nested too deeply"));
        }
        self.at += 1;
        let part = self.unary()?;
        self.depth -= 1;
        Ok(Tree { range: start..part.range.end, data: Data::Not(Box::new(part)) })
    }

    /// A value and what is taken from it.
    fn path(&mut self) -> Result<Tree, Fault> {
        let mut tree = self.value()?;
        loop {
            let segment = match self.peek() {
                Some('.') => {
                    self.at += 1;
                    match self.peek() {
                        Some('*') => {
                            self.at += 1;
                            Segment::All
                        }
                        Some(c) if c.is_ascii_alphabetic() || c == '_' => Segment::Name(self.word()),
                        _ => return Err(self.fault("a name is missing after `.`")),
                    }
                }
                Some('[') => {
                    self.at += 1;
                    let segment = if self.eat("*") {
                        Segment::All
                    } else {
                        let index = self.or()?;
                        match index.data {
                            Data::Text(name) => Segment::Name(name),
                            _ => Segment::Index(Box::new(index)),
                        }
                    };
                    if !self.eat("]") {
                        return Err(self.fault("`]` is missing here"));
                    }
                    segment
                }
                _ => return Ok(tree),
            };
            tree.range.end = self.at;
            match &mut tree.data {
                Data::Context(path) | Data::Part(_, path) => path.push(segment),
                _ => {
                    let range = tree.range.clone();
                    tree = Tree { range, data: Data::Part(Box::new(tree), vec![segment]) };
                }
            }
        }
    }

    fn value(&mut self) -> Result<Tree, Fault> {
        let Some(first) = self.peek() else { return Err(self.fault("a value is missing here")) };
        let start = self.at;
        let data = match first {
            '(' => {
                self.at += 1;
                let mut tree = self.or()?;
                if !self.eat(")") {
                    return Err(self.fault("`)` is missing here"));
                }
                tree.range = start..self.at;
                return Ok(tree);
            }
            '\'' => self.quoted()?,
            '"' => return Err(self.fault("texts stand in single quotes here")),
            c if c.is_ascii_alphabetic() || c == '_' => self.named()?,
            c if c.is_ascii_digit() || matches!(c, '-' | '+' | '.') => self.number()?,
            _ => return Err(self.fault("no value can begin with this character")),
        };
        Ok(Tree { range: start..self.at, data })
    }

    fn quoted(&mut self) -> Result<Data, Fault> {
        let start = self.at;
        let mut text = String::new();
        let mut at = start + 1;
        loop {
            let Some(len) = self.text[at..self.end].find('\'') else {
                return Err(Fault::new(start..start + 1, "the quote that opens here is never closed"));
            };
            text.push_str(&self.text[at..at + len]);
            at += len + 1;
            if !self.text[at..self.end].starts_with('\'') {
                self.at = at;
                return Ok(Data::Text(text));
            }
            text.push('\'');
            at += 1;
        }
    }

    fn named(&mut self) -> Result<Data, Fault> {
        let word = self.word();
        let end = self.at;
        if self.peek() == Some('(') {
            self.at += 1;
            let mut arguments = Vec::new();
            if !self.eat(")") {
                loop {
                    arguments.push(self.or()?);
                    if self.eat(")") {
                        break;
                    }
                    if !self.eat(",") {
                        return Err(self.fault("`,` or `)` is missing here"));
                    }
                }
            }
            return Ok(Data::Call(word.to_ascii_lowercase(), arguments));
        }
        self.at = end;
        Ok(match word.as_str() {
            "true" => Data::Bool(true),
            "false" => Data::Bool(false),
            "null" => Data::Null,
            "NaN" => Data::Number(f64::NAN),
            "Infinity" => Data::Number(f64::INFINITY),
            _ => Data::Context(vec![Segment::Name(word)]),
        })
    }

    fn number(&mut self) -> Result<Data, Fault> {
        let start = self.at;
        let rest = &self.text[start..self.end];
        let len = rest
            .find(|c: char| !(c.is_ascii_alphanumeric() || matches!(c, '.' | '+' | '-')))
            .unwrap_or(rest.len());
        let word = &rest[..len];
        let radix = |prefix: &str, radix| {
            let digits = word.strip_prefix(prefix)?;
            u32::from_str_radix(digits, radix).ok().map(f64::from)
        };
        let value = radix("0x", 16).or_else(|| radix("0o", 8)).or_else(|| word.parse().ok());
        self.at += len;
        value
            .map(Data::Number)
            .ok_or_else(|| Fault::new(start..start + len, format!("`{word}` is no number")))
    }

    /// Letters, digits, `_` and `-`.
    fn word(&mut self) -> String {
        let rest = &self.text[self.at..self.end];
        let len =
            rest.find(|c: char| !(c.is_ascii_alphanumeric() || matches!(c, '_' | '-'))).unwrap_or(rest.len());
        self.at += len;
        rest[..len].to_owned()
    }

    /// The next character that is no blank; the parser then stands at it.
    fn peek(&mut self) -> Option<char> {
        let rest = &self.text[self.at..self.end];
        self.at += rest.len() - rest.trim_start().len();
        self.text[self.at..self.end].chars().next()
    }

    fn eat(&mut self, token: &str) -> bool {
        self.peek();
        let there = self.text[self.at..self.end].starts_with(token);
        if there {
            self.at += token.len();
        }
        there
    }

    /// A fault at the next character; at the end, at what closes the expression.
    fn fault(&mut self, message: &str) -> Fault {
        self.peek();
        let at = if self.at >= self.end {
            let rest = &self.text[self.end..];
            self.end + rest.find("}}").unwrap_or(0)
        } else {
            self.at
        };
        let len = self.text[at..].chars().next().map_or(0, char::len_utf8);
        Fault::new(at..at + len, message).help("GitHub rejects a file with an expression it can't parse")
    }
}
