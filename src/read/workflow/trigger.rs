//! What starts a workflow, and what it is told then: events, inputs, secrets. Knows one file, not who
//! calls it.

use std::sync::Arc;

use super::page::Page;
use super::value;
use crate::facts::{Fact, FactRef, words};
use crate::syntax::yaml::{Entry, Node};
use crate::text::{Span, one_line};

/// Events that need a person, or another workflow, for each start.
const MANUAL: [&str; 2] = ["workflow_dispatch", "workflow_call"];

/// Adds what stands under `on`; `workflow` is the file's workflow.
pub(super) fn read(page: &mut Page<'_>, on: Entry<'_>, workflow: FactRef) {
    let at = page.span(on.key.range());
    let mut events: Vec<(Arc<str>, Span)> = Vec::new();
    if on.value.is_mapping() {
        for entry in on.value.entries() {
            let Some(event) = entry.key.text() else { continue };
            if !page.spend(event.len() + 32) {
                return;
            }
            let span = page.place(entry.key);
            events.push((event.into(), span));
            detailed(page, event, span, entry.value, workflow);
        }
    } else {
        events = value::names(page, on.value);
        for (event, span) in &events {
            let fact = Fact::new(words::trigger::KIND, *span);
            page.out.add(fact.with(words::trigger::EVENT, Arc::clone(event), *span).inside(Some(workflow)));
        }
    }
    // Where the parser left words out, an event may be missing.
    if page.is_broken() || events.is_empty() {
        return;
    }
    let called = events.iter().find(|(event, _)| event.as_ref() == "workflow_call");
    let automatic = events.iter().find(|(event, _)| !MANUAL.contains(&event.as_ref()));
    let fact = page.out.fact_mut(workflow);
    fact.set(words::workflow::REUSABLE, called.is_some(), called.map_or(at, |(_, span)| *span));
    fact.set(words::workflow::MANUAL_ONLY, automatic.is_none(), automatic.map_or(at, |(_, span)| *span));
}

/// An event with what it is limited to.
fn detailed(page: &mut Page<'_>, event: &str, span: Span, details: Node<'_>, workflow: FactRef) {
    use words::trigger;
    let mut fact = Fact::new(trigger::KIND, span).with(trigger::EVENT, event, span);
    for (key, field) in [("branches", trigger::BRANCHES), ("tags", trigger::TAGS), ("types", trigger::TYPES)]
    {
        if let Some(entry) = details.entry(key) {
            let names = value::names(page, entry.value);
            fact.set(field, names, page.span(entry.key.range()));
        }
    }
    let fact = page.out.add(fact.inside(Some(workflow)));
    match event {
        "workflow_dispatch" => inputs(page, details.entry("inputs"), "dispatch", fact),
        "workflow_call" => {
            inputs(page, details.entry("inputs"), "call", fact);
            secrets(page, details.entry("secrets"), fact);
        }
        "workflow_run" => after(page, details.entry("workflows"), workflow),
        _ => {}
    }
}

/// Adds the inputs under `entry`.
pub(super) fn inputs(page: &mut Page<'_>, entry: Option<Entry<'_>>, of: &'static str, parent: FactRef) {
    use words::input;
    for entry in entry.into_iter().flat_map(|entry| entry.value.entries()) {
        let Some(name) = entry.key.text() else { continue };
        if !page.spend(name.len() + 64) {
            return;
        }
        let at = page.place(entry.key);
        let node = entry.value;
        let mut fact = Fact::new(input::KIND, at).with(input::NAME, name, at).with(input::OF, of, at).with(
            input::PATH,
            page.path,
            at,
        );
        let (required, place) = truth(page, node.get("required")).unwrap_or((false, at));
        fact.set(input::REQUIRED, required, place);
        page.put_text(&mut fact, input::TYPE, node.get("type"));
        if node.get("type").is_none() && of != "action" {
            fact.set(input::TYPE, "string", at);
        }
        page.put_text(&mut fact, input::DEFAULT, node.get("default"));
        if let Some(node) = node.get("description")
            && let Some(text) = node.text()
            && page.spend(text.len())
        {
            fact.set(input::DESCRIPTION, one_line(text), page.place(node));
        }
        let mut values = Vec::new();
        if let Some(options) = node.entry("options") {
            let span = page.span(options.key.range());
            values = value::names(page, options.value);
            fact.set(input::OPTIONS, values.clone(), span);
        } else if fact.text(input::TYPE) == Some("boolean") {
            let span = fact.get(input::TYPE).map_or(at, |slot| slot.span);
            values = ["true", "false"].map(|value| (Arc::from(value), span)).to_vec();
        }
        // One that comes from an expression is not known.
        if !values.is_empty() && !values.iter().any(|(value, _)| value.contains("${{")) {
            fact.set(input::VALUES, values, at);
        }
        page.out.add(fact.inside(Some(parent)));
    }
}

fn secrets(page: &mut Page<'_>, entry: Option<Entry<'_>>, parent: FactRef) {
    use words::secret;
    for entry in entry.into_iter().flat_map(|entry| entry.value.entries()) {
        let Some(name) = entry.key.text() else { continue };
        if !page.spend(name.len() + 64) {
            return;
        }
        let at = page.place(entry.key);
        let (required, place) = truth(page, entry.value.get("required")).unwrap_or((false, at));
        let fact = Fact::new(secret::KIND, at)
            .with(secret::NAME, name, at)
            .with(secret::PATH, page.path, at)
            .with(secret::REQUIRED, required, place)
            .with(secret::DECLARED, true, at);
        page.out.add(fact.inside(Some(parent)));
    }
}

/// The workflows that a `workflow_run` names.
fn after(page: &mut Page<'_>, entry: Option<Entry<'_>>, workflow: FactRef) {
    let Some(entry) = entry else { return };
    let names = value::names(page, entry.value);
    for (name, span) in &names {
        let fact = Fact::new(words::after::KIND, *span).with(words::after::NAME, Arc::clone(name), *span);
        page.out.add(fact.inside(Some(workflow)));
    }
    let span = page.span(entry.key.range());
    page.out.fact_mut(workflow).set(words::workflow::AFTER_WORKFLOWS, names, span);
}

/// `true` or `false`, where it is one.
fn truth(page: &Page<'_>, node: Option<Node<'_>>) -> Option<(bool, Span)> {
    let (text, span) = value::switch(page, node)?;
    match text.as_str() {
        "true" => Some((true, span)),
        "false" => Some((false, span)),
        _ => None,
    }
}
