//! Expressions. Knows their grammar, not their values. Nesting is bounded; chains are lists.

use std::ops::Range;

use super::scan::{Cursor, MOST_LEVELS};
use super::string;
use crate::text::Passage;

/// An expression and its place.
#[derive(Clone, Debug)]
pub struct Expression {
    pub range: Range<usize>,
    pub form: Form,
}

/// What an expression is.
#[derive(Clone, Debug)]
pub enum Form {
    /// A string's value.
    Text(Passage),
    /// A string in which environment variables are filled in: `x'~/$NAME'`.
    Shell(Passage),
    /// A variable or a parameter.
    Name(Passage),
    Call {
        name: Passage,
        arguments: Vec<Expression>,
    },
    /// A command whose output it is.
    Backtick(Passage),
    /// Parts joined by `+`, or the parts of an `f'…{{…}}'`.
    Join(Vec<Expression>),
    /// Parts joined by `/`; a leading one has an empty text before it.
    Path(Vec<Expression>),
    If {
        arms: Vec<(Condition, Expression)>,
        otherwise: Option<Box<Expression>>,
    },
    /// Lists, boolean operators, and what could not be read.
    Other,
}

/// `left == right`.
#[derive(Clone, Debug)]
pub struct Condition {
    pub left: Box<Expression>,
    /// The operator and what stands behind it.
    pub right: Option<(Passage, Box<Expression>)>,
}

const QUOTES: &[&str] = &["\"\"\"", "'''", "\"", "'"];

/// The expression at the cursor; `None`, with a fault, where there is none.
pub(super) fn expression(cursor: &mut Cursor<'_>) -> Option<Expression> {
    deeper(cursor, |cursor| {
        let first = sum(cursor)?;
        let start = first.range.start;
        let mut end = first.range.end;
        let mut other = false;
        loop {
            cursor.blanks();
            let operator = ["&&", "||", "==", "!=", "=~", "!~"].into_iter().find(|word| cursor.peek(word));
            let Some(operator) = operator else { break };
            cursor.at += operator.len();
            end = sum(cursor)?.range.end;
            other = true;
        }
        Some(if other { Expression { range: start..end, form: Form::Other } } else { first })
    })
}

/// Runs `read` one level deeper, unless that is too deep.
fn deeper<'a, T>(cursor: &mut Cursor<'a>, read: impl FnOnce(&mut Cursor<'a>) -> Option<T>) -> Option<T> {
    if cursor.level >= MOST_LEVELS {
        cursor.fault("this nests deeper than any justfile does");
        return None;
    }
    cursor.level += 1;
    let found = read(cursor);
    cursor.level -= 1;
    found
}

/// Values joined by `+` and `/`.
fn sum(cursor: &mut Cursor<'_>) -> Option<Expression> {
    cursor.blanks();
    let start = cursor.at;
    // `/` binds no tighter than `+`: the text that comes out is the same.
    let mut sums: Vec<Vec<Expression>> = vec![Vec::new()];
    if cursor.peek("/") {
        let empty = Expression { range: start..start, form: Form::Text(cursor.slice(start..start)) };
        sums[0].push(empty);
    } else {
        sums[0].push(value(cursor)?);
    }
    let mut end;
    loop {
        end = sums.last().and_then(|sum| sum.last()).map_or(start, |last| last.range.end);
        cursor.blanks();
        if cursor.eat("++") || cursor.eat("+") {
            let next = value(cursor)?;
            sums.last_mut()?.push(next);
        } else if cursor.eat("/") {
            let next = value(cursor)?;
            sums.push(vec![next]);
        } else {
            break;
        }
    }
    let mut parts: Vec<Expression> = sums.into_iter().filter_map(joined).collect();
    if parts.len() == 1 {
        return parts.pop();
    }
    Some(Expression { range: start..end, form: Form::Path(parts) })
}

fn joined(mut parts: Vec<Expression>) -> Option<Expression> {
    if parts.len() <= 1 {
        return parts.pop();
    }
    let range = parts.first()?.range.start..parts.last()?.range.end;
    Some(Expression { range, form: Form::Join(parts) })
}

/// One value.
pub(super) fn value(cursor: &mut Cursor<'_>) -> Option<Expression> {
    deeper(cursor, value_here)
}

fn value_here(cursor: &mut Cursor<'_>) -> Option<Expression> {
    cursor.blanks();
    let start = cursor.at;
    let made = |cursor: &Cursor<'_>, form| Some(Expression { range: start..cursor.at, form });
    if cursor.peek("'") || cursor.peek("\"") {
        let literal = string::literal(cursor, QUOTES)?;
        let text = string::value(cursor.passage, &literal);
        return made(cursor, Form::Text(text));
    }
    if cursor.peek("x'") || cursor.peek("x\"") {
        cursor.at += 1;
        let literal = string::literal(cursor, QUOTES)?;
        let text = string::value(cursor.passage, &literal);
        return made(cursor, Form::Shell(text));
    }
    if cursor.peek("f'") || cursor.peek("f\"") {
        cursor.at += 1;
        let literal = string::literal(cursor, QUOTES)?;
        let parts = format(cursor, &literal);
        return made(cursor, Form::Join(parts));
    }
    if cursor.peek("`") {
        let literal = string::literal(cursor, &["```", "`"])?;
        let text = string::value(cursor.passage, &literal);
        return made(cursor, Form::Backtick(text));
    }
    if cursor.eat("!") {
        value(cursor)?;
        return made(cursor, Form::Other);
    }
    if cursor.eat("(") {
        let inner = within(cursor, ")", expression)?;
        let Expression { form, .. } = inner;
        return made(cursor, form);
    }
    if cursor.peek("[") {
        list(cursor)?;
        return made(cursor, Form::Other);
    }
    let Some(name) = cursor.name() else {
        cursor.fault("an expression should stand here: a string, a name, a backtick or a parenthesis");
        return None;
    };
    if &cursor.text[name.clone()] == "if" {
        let form = conditional(cursor)?;
        return made(cursor, form);
    }
    let after = cursor.at;
    if cursor.token("(") {
        let arguments = arguments(cursor)?;
        return made(cursor, Form::Call { name: cursor.slice(name), arguments });
    }
    cursor.at = after;
    made(cursor, Form::Name(cursor.slice(name)))
}

/// What `read` finds, up to `close`; line ends in it are blanks.
fn within<'a, T>(
    cursor: &mut Cursor<'a>,
    close: &str,
    read: impl FnOnce(&mut Cursor<'a>) -> Option<T>,
) -> Option<T> {
    let opened = cursor.at - 1;
    cursor.open += 1;
    let found = read(cursor);
    let closed = found.is_some() && cursor.token(close);
    cursor.open -= 1;
    if found.is_some() && !closed {
        cursor.fault_at(opened..opened + 1, format!("this is not closed: no `{close}` follows"));
        return None;
    }
    found
}

/// The arguments of a call, up to its `)`, comparisons of `assert` and conditions included.
fn arguments(cursor: &mut Cursor<'_>) -> Option<Vec<Expression>> {
    within(cursor, ")", |cursor| {
        let mut arguments = Vec::new();
        cursor.blanks();
        while !cursor.peek(")") && !cursor.is_done() {
            arguments.push(expression(cursor)?);
            if !cursor.token(",") {
                break;
            }
            cursor.blanks();
        }
        Some(arguments)
    })
}

/// `[a, b]`.
pub(super) fn list(cursor: &mut Cursor<'_>) -> Option<Vec<Expression>> {
    cursor.eat("[");
    within(cursor, "]", |cursor| {
        let mut items = Vec::new();
        cursor.blanks();
        while !cursor.peek("]") && !cursor.is_done() {
            items.push(expression(cursor)?);
            if !cursor.token(",") {
                break;
            }
            cursor.blanks();
        }
        Some(items)
    })
}

/// What follows `if`.
fn conditional(cursor: &mut Cursor<'_>) -> Option<Form> {
    let mut arms = Vec::new();
    let mut otherwise = None;
    loop {
        let condition = condition(cursor)?;
        let then = branch(cursor)?;
        arms.push((condition, then));
        let end = cursor.at;
        // The `else` may stand on the next line.
        cursor.open += 1;
        cursor.blanks();
        cursor.open -= 1;
        if cursor.name().is_none_or(|name| &cursor.text[name] != "else") {
            cursor.at = end;
            break;
        }
        cursor.blanks();
        let before = cursor.at;
        if cursor.name().is_some_and(|name| &cursor.text[name] == "if") {
            continue;
        }
        cursor.at = before;
        otherwise = Some(Box::new(branch(cursor)?));
        break;
    }
    Some(Form::If { arms, otherwise })
}

fn condition(cursor: &mut Cursor<'_>) -> Option<Condition> {
    let mut condition = Condition { left: Box::new(sum(cursor)?), right: None };
    loop {
        cursor.blanks();
        let start = cursor.at;
        let operator = ["&&", "||", "==", "!=", "=~", "!~"].into_iter().find(|word| cursor.peek(word));
        let Some(operator) = operator else { return Some(condition) };
        cursor.at += operator.len();
        let right = sum(cursor)?;
        condition = if condition.right.is_none() {
            Condition { right: Some((cursor.slice(start..start + 2), Box::new(right))), ..condition }
        } else {
            // Several comparisons in one condition.
            let range = condition.left.range.start..right.range.end;
            Condition { left: Box::new(Expression { range, form: Form::Other }), right: condition.right }
        };
    }
}

fn branch(cursor: &mut Cursor<'_>) -> Option<Expression> {
    if !cursor.token("{") {
        cursor.fault("a branch of `if` should stand here, in braces");
        return None;
    }
    within(cursor, "}", expression)
}

/// The parts of a format string.
fn format(cursor: &mut Cursor<'_>, literal: &string::Literal) -> Vec<Expression> {
    let end = literal.content.end;
    let mut parts = Vec::new();
    let mut from = literal.content.start;
    let text = |cursor: &Cursor<'_>, range: Range<usize>| {
        let literal = string::Literal { content: range.clone(), cooked: literal.cooked, indented: false };
        Expression { range, form: Form::Text(string::value(cursor.passage, &literal)) }
    };
    while let Some(found) = cursor.text.get(from..end).and_then(|rest| rest.find("{{")) {
        let open = from + found;
        parts.push(text(cursor, from..open));
        if cursor.text[open..].starts_with("{{{{") {
            parts.push(text(cursor, open..open + 2));
            from = (open + 4).min(end);
            continue;
        }
        let (inner, after) = cursor.part(open + 2, end, |part| {
            let inner = expression(part);
            part.blanks();
            (inner.filter(|_| part.eat("}}")), part.at)
        });
        if let Some(inner) = inner {
            parts.push(inner);
            from = after;
        } else {
            parts.push(Expression { range: open..end, form: Form::Other });
            from = end;
        }
    }
    if from < end {
        parts.push(text(cursor, from..end));
    }
    parts
}
