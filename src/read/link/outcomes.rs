//! What an order of steps may call a command. Knows no rule.

use std::sync::Arc;

use crate::facts::words::command;
use crate::facts::{FactId, Facts};
use crate::text::Span;

pub(super) fn link(facts: &mut Facts) {
    for id in facts.of_kind(command::KIND).to_vec() {
        steps(facts, id);
    }
}

fn steps(facts: &mut Facts, id: FactId) {
    let fact = facts.get(id);
    let mut names: Vec<(Arc<str>, Span)> = fact.list(command::EFFECTS).to_vec();
    names.retain(|(effect, _)| &**effect != "none");
    // An app and its configuration name the step that deploys it, not one that looks at it.
    let deploys = fact.has(command::EFFECTS, "deploy");
    let fields = [Some(command::TARGET), deploys.then_some(command::CONFIG)];
    for field in fields.into_iter().flatten() {
        if let Some(slot) = fact.get(field)
            && let Some(text) = slot.value.as_text()
        {
            names.push((text.into(), slot.span));
        }
    }
    if deploys && let Some((app, span)) = fact.entry(command::FLAGS, "app") {
        names.push((app.into(), span));
    }
    if !names.is_empty() {
        let span = fact.span;
        facts.get_mut(id).set(command::STEPS, names, span);
    }
}
