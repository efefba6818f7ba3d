//! Values that have several spellings: lists that may be one word, switches, numbers, permissions,
//! concurrency.

use std::sync::Arc;

use super::page::Page;
use crate::facts::{Fact, Field};
use crate::syntax::yaml::{Entry, Node};
use crate::text::{Span, one_line};

/// A text, the items of a list, or the keys of a mapping.
pub(super) fn names(page: &mut Page<'_>, node: Node<'_>) -> Vec<(Arc<str>, Span)> {
    let mut named = |node: Node<'_>| {
        let text = node.text()?;
        page.spend(text.len() + 8).then(|| (Arc::from(text), page.place(node)))
    };
    if node.is_mapping() {
        return node.entries().filter_map(|entry| named(entry.key)).collect();
    }
    if node.is_sequence() {
        return node.items().filter_map(named).collect();
    }
    named(node).into_iter().collect()
}

/// `true`, `false` or the expression, on one line.
pub(super) fn switch(page: &Page<'_>, node: Option<Node<'_>>) -> Option<(String, Span)> {
    let node = node?;
    let text = match node.text()? {
        "true" | "True" | "TRUE" => "true".to_owned(),
        "false" | "False" | "FALSE" => "false".to_owned(),
        other => one_line(other),
    };
    Some((text, page.place(node)))
}

/// Minutes, rounded up, where they are written out.
pub(super) fn minutes(page: &mut Page<'_>, fact: &mut Fact, field: Field, entry: Option<Entry<'_>>) {
    let Some(entry) = entry else { return };
    let Some(text) = entry.value.text() else { return page.misshaped(entry, "a number") };
    let number = text.trim().parse::<f64>().ok().filter(|number| number.is_finite() && *number >= 0.0);
    match number {
        #[allow(clippy::cast_possible_truncation)]
        Some(number) => {
            fact.set(field, number.ceil() as i64, page.place(entry.value));
        }
        // An expression is known at run time only.
        None if text.contains("${{") => {}
        None => page.misshaped(entry, "a number"),
    }
}

/// What `permissions` grants: scopes with `read`, `write` or `none`; `*` for all of them.
pub(super) fn permissions(page: &mut Page<'_>, fact: &mut Fact, field: Field, entry: Entry<'_>) {
    let node = entry.value;
    let span = page.span(entry.key.range());
    let mut pairs: Vec<(Arc<str>, Arc<str>, Span)> = Vec::new();
    if let Some(text) = node.text() {
        let all = match text {
            "read-all" => "read",
            "write-all" => "write",
            other => other,
        };
        pairs.push(("*".into(), all.into(), page.place(node)));
    } else if node.is_mapping() {
        for scope in node.entries() {
            let (Some(name), Some(access)) = (scope.key.text(), scope.value.text()) else { continue };
            if page.spend(name.len() + access.len() + 8) {
                pairs.push((name.into(), access.into(), page.span(scope.range())));
            }
        }
        if pairs.is_empty() {
            pairs.push(("*".into(), "none".into(), page.span(node.range())));
        }
    } else if !node.is_null() {
        return page.misshaped(entry, "`read-all`, `write-all`, or a mapping of scopes");
    }
    fact.set(field, pairs, span);
}

/// A concurrency group and whether a newer run cancels an older one.
#[derive(Default)]
pub(super) struct Concurrency {
    group: Option<(String, Span)>,
    cancel: Option<(String, Span)>,
}

pub(super) fn concurrency(page: &mut Page<'_>, entry: Option<Entry<'_>>) -> Concurrency {
    let Some(entry) = entry else { return Concurrency::default() };
    let node = entry.value;
    if !page.spend(node.get("group").unwrap_or(node).text().map_or(0, str::len)) {
        return Concurrency::default();
    }
    if let Some(text) = node.text() {
        return Concurrency { group: Some((one_line(text), page.place(node))), cancel: None };
    }
    if !node.is_mapping() {
        page.misshaped(entry, "a group's name, or a mapping with `group`");
        return Concurrency::default();
    }
    let group = node.get("group");
    Concurrency {
        group: group.and_then(|group| Some((one_line(group.text()?), page.place(group)))),
        cancel: switch(page, node.get("cancel-in-progress")),
    }
}

impl Concurrency {
    pub(super) fn put(self, fact: &mut Fact, group: Field, cancel: Field) {
        if let Some((text, span)) = self.group {
            fact.set(group, text, span);
        }
        if let Some((text, span)) = self.cancel {
            fact.set(cancel, text, span);
        }
    }
}
