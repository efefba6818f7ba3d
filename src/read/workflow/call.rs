//! Calls of reusable workflows and local actions, as they are written: what is called, and with what.

use std::sync::Arc;

use super::page::Page;
use crate::facts::{Fact, FactRef, words};
use crate::syntax::yaml::Node;
use crate::text::Span;

/// The path of what lies in the same repository; none for anything else. `$/` is the repository at
/// the commit of the running workflow.
pub(super) fn local(uses: &str) -> Option<&str> {
    uses.strip_prefix("./").or_else(|| uses.strip_prefix("$/"))
}

/// Adds the call of a job (`of` is `workflow`) or a step (`action`); a step's only where it is local.
pub(super) fn read(page: &mut Page<'_>, node: Node<'_>, of: &'static str, parent: FactRef) {
    use words::workflow_call as call;
    let Some(uses) = node.get("uses") else { return };
    let Some(text) = uses.text().map(str::trim).filter(|text| !text.is_empty()) else { return };
    let path = local(text);
    if (path.is_none() && of == "action") || !page.spend(text.len() + 64) {
        return;
    }
    let at = page.place(uses);
    let target = path.map_or(text, |path| path.trim_end_matches('/'));
    let mut fact = Fact::new(call::KIND, at).with(call::OF, of, at).with(call::TARGET, target, at).with(
        call::REMOTE,
        path.is_none(),
        at,
    );
    if let Some(with) = node.entry("with").filter(|with| with.value.is_mapping()) {
        let span = page.span(with.key.range());
        let (names, values) = pairs(page, with.value);
        fact.set(call::WITH, values, span).set(call::INPUTS, names, span);
    }
    if let Some(secrets) = node.entry("secrets") {
        let span = page.span(secrets.key.range());
        if let Some(text) = secrets.value.text().filter(|_| !secrets.value.is_null()) {
            fact.set(call::INHERITS, text == "inherit", page.place(secrets.value));
        } else {
            let (names, values) = pairs(page, secrets.value);
            let secrets = names.into_iter().zip(values);
            let secrets: Vec<_> = secrets.map(|((name, span), (_, value, _))| (name, value, span)).collect();
            fact.set(call::SECRETS, secrets, span);
        }
    }
    page.out.add(fact.inside(Some(parent)));
}

type Names = Vec<(Arc<str>, Span)>;
type Values = Vec<(Arc<str>, Arc<str>, Span)>;

/// The names at their places, and the values at theirs.
fn pairs(page: &mut Page<'_>, node: Node<'_>) -> (Names, Values) {
    let (mut names, mut values) = (Vec::new(), Vec::new());
    for entry in node.entries() {
        let Some(name) = entry.key.text() else { continue };
        let value = entry.value.text().unwrap_or_default();
        if !page.spend(name.len() + value.len() + 16) {
            break;
        }
        let name: Arc<str> = name.into();
        names.push((Arc::clone(&name), page.place(entry.key)));
        values.push((name, value.into(), page.place(entry.value)));
    }
    (names, values)
}
