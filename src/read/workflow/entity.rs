//! What workflows, jobs and steps have in common: variables, and what the inner ones inherit from the
//! outer ones.

use std::sync::Arc;

use super::page::Page;
use rustc_hash::FxHashMap;

use crate::facts::{Fact, FactRef, words};
use crate::read::placeholder::{self, PLACEHOLDER};
use crate::read::secret;
use crate::syntax::yaml::{Entry, Node};
use crate::text::{Span, one_line};

/// What jobs inherit from their workflow, and steps from their job.
#[derive(Clone)]
pub(super) struct Inherited<'t> {
    /// The workflow, or the job.
    pub(super) fact: FactRef,
    /// The workflow's names: in `name`, and of its file.
    pub(super) names: Vec<(String, Span)>,
    /// Whether the workflow is called by others.
    pub(super) reusable: bool,
    /// What starts the workflow.
    pub(super) started_by: Arc<[Arc<str>]>,
    /// Where it says that pull requests start it, and no other event but a dispatch.
    pub(super) previews: Option<Span>,
    /// Whether pull requests start it, among others.
    pub(super) pull_requests: bool,
    /// Whether it asks if a pull request was merged: what is merged is deployed like a push.
    pub(super) merges: bool,
    pub(super) concurrency: Option<Entry<'t>>,
    pub(super) permissions: Option<Entry<'t>>,
    /// `defaults.run`, innermost first.
    pub(super) defaults: Vec<Node<'t>>,
    /// Variables with literal values, innermost last.
    pub(super) env: Variables,
}

/// Variables of a workflow, a job and a step, innermost last.
pub(super) type Variables = Vec<Arc<Layer>>;

/// Names with their values: literal, or made of placeholders that say what they stand for; none for any
/// other.
pub(super) type Layer = FxHashMap<Arc<str>, Option<Arc<str>>>;

/// Adds a fact for each variable of `env`, and gives them as a layer.
pub(super) fn variables(
    page: &mut Page<'_>,
    entry: Option<Entry<'_>>,
    scope: &'static str,
    parent: Option<FactRef>,
    environment: Option<&(String, Span)>,
) -> Option<Arc<Layer>> {
    let entry = entry.filter(|entry| !entry.value.is_null())?;
    if !entry.value.is_mapping() {
        let dynamic = entry.value.text().is_some_and(|text| text.contains("${{"));
        if !dynamic {
            page.misshaped(entry, "a mapping of names to values");
        }
        return None;
    }
    let mut found = Layer::default();
    for variable in entry.value.entries() {
        let Some(name) = variable.key.text() else { continue };
        let text = if variable.value.is_null() { Some("") } else { variable.value.text() };
        let value = text.unwrap_or_default();
        if !page.spend(name.len() + value.len() + 8) {
            break;
        }
        // GitHub takes no list or mapping here.
        let literal = text.is_some() && !value.contains("${{");
        let key_span = page.place(variable.key);
        let value_span = page.place(variable.value);
        // What is taken from elsewhere, such as a secret of the repository, is not written here.
        let secret = if literal { secret::classify(name, Some(value)) } else { "no" };
        let secret_span = if secret == "value" { value_span } else { key_span };
        let mut fact = Fact::new(words::variable::KIND, page.span(variable.range()))
            .with(words::variable::NAME, name, key_span)
            .with(words::variable::SCOPE, scope, key_span)
            .with(words::variable::LITERAL, literal, value_span)
            .with(words::variable::SECRET, secret, secret_span);
        fact.set_some(words::variable::VALUE, literal.then_some(value), value_span);
        if !literal && text.is_some() {
            fact.set(words::variable::TEMPLATE, one_line(value), value_span);
        }
        if let Some((environment, span)) = environment {
            fact.set(words::variable::ENVIRONMENT, environment.as_str(), *span);
        }
        page.out.add(fact.inside(parent));
        // What is made of named expressions alone is as good as they are.
        let words = placeholder::of_text(value);
        let told = text.is_some() && (literal || !words.contains(PLACEHOLDER));
        found.insert(name.into(), told.then(|| words.as_ref().into()));
    }
    Some(Arc::new(found))
}
