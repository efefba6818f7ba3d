//! The conditions of steps and jobs on values: `inputs.environment == 'production'`. Knows the forms that
//! compare a value with words; what functions say of failures, the steps and jobs ask themselves.

use crate::facts::flow::{Operand, Piece, Test};

/// Most parts of a condition that are understood.
const MOST_PARTS: usize = 16;

/// What a condition asks of values.
#[must_use]
pub fn condition(text: &str) -> Test {
    let text = text.trim();
    let text = text.strip_prefix("${{").and_then(|text| text.strip_suffix("}}")).unwrap_or(text).trim();
    if text.is_empty() {
        return Test::Is(true);
    }
    part(text, 0)
}

fn part(text: &str, level: u8) -> Test {
    let text = text.trim();
    if level > 4 {
        return Test::Unknown;
    }
    for (operator, any) in [("||", true), ("&&", false)] {
        let parts = split(text, operator);
        if parts.len() > 1 && parts.len() <= MOST_PARTS {
            let tests = parts.into_iter().map(|text| part(text, level + 1)).collect();
            return if any { Test::Any(tests) } else { Test::All(tests) };
        }
    }
    if let Some(inner) = text.strip_prefix('(').and_then(|text| text.strip_suffix(')'))
        && !inner.contains(['(', ')'])
    {
        return part(inner, level + 1);
    }
    for (operator, negated) in [("!=", true), ("==", false)] {
        if let [left, right] = split(text, operator).as_slice() {
            let (Some(left), Some(right)) = (value(left), value(right)) else { return Test::Unknown };
            let (left, right) = if left.as_literal().is_some() { (right, left) } else { (left, right) };
            let equal = Test::Equal { left, right, pattern: false };
            return if negated { Test::Not(Box::new(equal)) } else { equal };
        }
    }
    if let Some(rest) = text.strip_prefix('!') {
        return Test::Not(Box::new(part(rest, level + 1)));
    }
    match text {
        "always()" | "success()" | "cancelled()" | "failure()" | "true" => Test::Is(true),
        "false" => Test::Is(false),
        _ => match value(text) {
            Some(path) if path.variable().is_some() => Test::Truth(path),
            _ => Test::Unknown,
        },
    }
}

/// The parts between operators that stand outside quotes and brackets.
fn split<'t>(text: &'t str, operator: &str) -> Vec<&'t str> {
    let (mut parts, mut start, mut quoted, mut depth) = (Vec::new(), 0, false, 0_usize);
    for (at, c) in text.char_indices() {
        match c {
            '\'' => quoted = !quoted,
            '(' if !quoted => depth += 1,
            ')' if !quoted => depth = depth.saturating_sub(1),
            _ if !quoted && depth == 0 && at >= start && text[at..].starts_with(operator) => {
                parts.push(&text[start..at]);
                start = at + operator.len();
            }
            _ => {}
        }
    }
    parts.push(text.get(start..).unwrap_or_default());
    parts
}

/// `'production'`, `true`, `inputs.environment`.
fn value(text: &str) -> Option<Operand> {
    let text = text.trim();
    if let Some(inner) = text.strip_prefix('\'').and_then(|text| text.strip_suffix('\'')) {
        return Some(Operand::literal(inner));
    }
    if matches!(text, "true" | "false") || text.parse::<i64>().is_ok() {
        return Some(Operand::literal(text));
    }
    let plain = text.bytes().all(|c| c.is_ascii_alphanumeric() || matches!(c, b'_' | b'-' | b'.'));
    let path = plain && text.contains('.');
    path.then(|| Operand(vec![Piece::Variable { name: text.into(), fallback: None }]))
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::facts::order::values::{Answer, Value, Variables};

    fn asked(text: &str) -> Answer {
        let mut known = Variables::default();
        for (name, value) in [("inputs.environment", "production"), ("inputs.backup", "true")] {
            known.set(&Arc::from(name), Value::Text(value.into()), false);
        }
        known.test(&condition(text), false)
    }

    #[test]
    fn conditions_on_values() {
        assert_eq!(asked("inputs.environment == 'production'"), Answer::Certain(true));
        assert_eq!(asked("${{ 'staging' == inputs.environment }}"), Answer::Certain(false));
        assert_eq!(asked("inputs.backup && inputs.environment != 'staging'"), Answer::Certain(true));
        assert_eq!(asked("!inputs.backup || (inputs.environment == 'x')"), Answer::Certain(false));
        assert_eq!(asked("always() && inputs.backup == true"), Answer::Certain(true));
        assert_eq!(asked("github.ref == 'refs/heads/main'"), Answer::Unknown);
        assert_eq!(asked("contains(github.ref, 'x')"), Answer::Unknown);
        assert_eq!(asked(""), Answer::Certain(true));
    }

    #[test]
    fn anything_is_a_condition() {
        for text in ["(", "'", "==", "a == b == c", "!!!!!!!!", "&&", "日本 == '本番'", "((a.b))"] {
            let _ = condition(text);
        }
        let _ = condition(&"(".repeat(50_000));
        let _ = condition(&"a.b && ".repeat(20_000));
    }
}
