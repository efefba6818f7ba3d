//! The line of a rule: targets, prerequisites, and what may follow on the same line. Knows no target
//! that is special.

use super::Line;
use super::assignment::{self, Assignment, Head};
use super::reference;
use crate::text::Passage;

/// A rule.
#[derive(Clone, Debug)]
pub struct Rule {
    /// What stands before the colon.
    pub targets: Passage,
    /// Whether two colons make it independent of other rules for its targets.
    pub double: bool,
    /// The target pattern of a static pattern rule.
    pub pattern: Option<Passage>,
    pub prerequisites: Passage,
    /// Prerequisites behind `|`.
    pub order_only: Option<Passage>,
    /// The variable that it sets for its targets, and for what these need.
    pub variable: Option<Assignment>,
    pub recipe: Vec<Line>,
}

/// The rule that begins with `line`; `None` where it has no colon.
pub(super) fn parse(line: &Passage, condition: Option<usize>) -> Option<Rule> {
    let text = line.text();
    let colon = reference::find(text, 0, |byte| matches!(byte, b':' | b';' | b'#'))?;
    if text.as_bytes()[colon] != b':' {
        return None;
    }
    let double = text[colon + 1..].starts_with(':');
    let left = text[..colon].strip_suffix('&').unwrap_or(&text[..colon]);
    let start = colon + 1 + usize::from(double);
    let rest = line.slice(start..text.len());
    let mut rule = Rule {
        targets: trimmed(&line.slice(0..left.len())),
        double,
        pattern: None,
        prerequisites: rest.slice(0..0),
        order_only: None,
        variable: None,
        recipe: Vec::new(),
    };
    if let Some(Head::Assignment(variable)) = assignment::parse(&rest) {
        rule.variable = Some(variable);
        return Some(rule);
    }
    let words = rest.text();
    let end = reference::find(words, 0, |byte| matches!(byte, b';' | b'#'));
    if let Some(at) = end.filter(|at| words.as_bytes()[*at] == b';') {
        let text = trimmed(&rest.slice(at + 1..words.len()));
        if !text.is_empty() {
            rule.recipe.push(Line { text, condition });
        }
    }
    let mut needs = rest.slice(0..end.unwrap_or(words.len()));
    if let Some(at) = reference::find(needs.text(), 0, |byte| byte == b':') {
        rule.pattern = Some(trimmed(&needs.slice(0..at)));
        needs = needs.slice(at + 1..needs.len());
    }
    if let Some(at) = reference::find(needs.text(), 0, |byte| byte == b'|') {
        rule.order_only = Some(trimmed(&needs.slice(at + 1..needs.len())));
        needs = needs.slice(0..at);
    }
    rule.prerequisites = trimmed(&needs);
    Some(rule)
}

/// The passage without blanks around it.
pub(super) fn trimmed(passage: &Passage) -> Passage {
    let text = passage.text();
    let start = text.len() - text.trim_start().len();
    passage.slice(start..text.trim_end().len().max(start))
}
