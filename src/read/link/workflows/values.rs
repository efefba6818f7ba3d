//! The values that an input or a matrix may have, as far as the repository tells, and the environments
//! that jobs may deploy to because of them. Knows no caller in another repository.

use std::cell::Cell;
use std::sync::Arc;

use rustc_hash::FxHashMap;

use super::{choices, given, matrix};
use crate::facts::words::{job, trigger, workflow, workflow_call};
use crate::facts::{FactId, Facts};
use crate::read::Settings;
use crate::syntax::expression::{self, Data, Tree};
use crate::text::Span;

/// Values of one name that are followed.
const MOST: usize = 64;

/// Lookups in the whole repository.
const MOST_LOOKED_FOR: usize = 100_000;

/// Calls through which a value is followed; GitHub allows no deeper nesting.
const MOST_DEPTH: usize = 10;

type Bound = Vec<(Arc<str>, Arc<str>)>;

/// What calls workflows, and with what.
struct Callers<'f> {
    facts: &'f Facts,
    /// By workflow: the job that calls it, and what it binds.
    by_target: FxHashMap<FactId, Vec<(FactId, Bound)>>,
    /// Values that may still be looked for.
    left: Cell<usize>,
}

/// Sets the environments that jobs may deploy to; where it is one for sure, that is the job's.
pub(super) fn link(facts: &mut Facts, settings: &Settings) {
    let environments = &settings.environments;
    let mut told: Vec<(FactId, Vec<Arc<str>>, bool, Span)> = Vec::new();
    let callers = Callers::gather(facts);
    for &id in facts.of_kind(job::KIND) {
        let Some(slot) = facts.get(id).get(job::GITHUB_ENVIRONMENT) else { continue };
        let Some(text) = slot.value.as_text().filter(|text| text.contains("${{")) else { continue };
        let Some(names) = callers.texts(id, text, MOST_DEPTH) else { continue };
        let found: Vec<Option<Arc<str>>> = names
            .iter()
            .map(|name| environments.of_github(name).map(|environment| environment.name.as_str().into()))
            .collect();
        let sure = found.iter().all(Option::is_some);
        let mut list: Vec<Arc<str>> = found.into_iter().flatten().collect();
        list.sort_unstable();
        list.dedup();
        if !list.is_empty() {
            told.push((id, list, sure, slot.span));
        }
    }
    for (id, list, sure, span) in told {
        let fact = facts.get_mut(id);
        if let ([only], true) = (list.as_slice(), sure)
            && fact.get(job::ENVIRONMENT).is_none()
        {
            fact.set(job::PROTECTED, environments.is_protected(only), span);
            fact.set(job::ENVIRONMENT, Arc::clone(only), span);
        }
        let list: Vec<(Arc<str>, Span)> = list.into_iter().map(|name| (name, span)).collect();
        fact.set(job::ENVIRONMENTS, list, span);
    }
}

impl<'f> Callers<'f> {
    fn gather(facts: &'f Facts) -> Self {
        let mut by_target: FxHashMap<FactId, Vec<(FactId, Bound)>> = FxHashMap::default();
        for &call in facts.of_kind(workflow_call::KIND) {
            let Some(caller) = facts.parent(call) else { continue };
            for &target in facts.calls(caller) {
                if facts.get(target).kind == workflow::KIND {
                    let callers = by_target.entry(target).or_default();
                    // One more than are followed tells that there are too many.
                    if callers.len() <= MOST {
                        callers.push((caller, given(facts, call)));
                    }
                }
            }
        }
        Self { facts, by_target, left: Cell::new(MOST_LOOKED_FOR) }
    }

    /// The texts that `text`, which stands in `job`, may become; none where that is not known.
    fn texts(&self, job: FactId, text: &str, depth: usize) -> Option<Vec<Arc<str>>> {
        let (found, faults) = expression::find(text);
        if !faults.is_empty() {
            return None;
        }
        let mut texts = vec![String::new()];
        let mut at = 0;
        for found in found {
            let values = self.of_tree(job, found.tree.as_ref()?, depth)?;
            let fixed = &text[at..found.range.start];
            let next =
                texts.iter().flat_map(|text| values.iter().map(move |value| format!("{text}{fixed}{value}")));
            texts = next.take(MOST + 1).collect();
            if texts.len() > MOST {
                return None;
            }
            at = found.range.end;
        }
        Some(texts.into_iter().map(|start| Arc::from(start + &text[at..])).collect())
    }

    /// The values that an expression may have: of `a && 'b' || 'c'`, both texts.
    fn of_tree(&self, job: FactId, tree: &Tree, depth: usize) -> Option<Vec<Arc<str>>> {
        match &tree.data {
            Data::Text(text) => Some(vec![text.as_str().into()]),
            Data::Context(path) => self.values(job, &expression::path_text(path), depth),
            Data::And(parts) => self.of_tree(job, parts.last()?, depth),
            Data::Or(parts) => {
                let mut values = Vec::new();
                for (index, part) in parts.iter().enumerate() {
                    let last = index + 1 == parts.len();
                    // An empty one lets the next one speak.
                    values.extend(
                        self.of_tree(job, part, depth)?.into_iter().filter(|value| last || !value.is_empty()),
                    );
                }
                values.sort_unstable();
                values.dedup();
                (values.len() <= MOST).then_some(values)
            }
            _ => None,
        }
    }

    fn events(&self, workflow: FactId) -> impl Iterator<Item = &'f str> {
        let facts = self.facts;
        let triggers = facts.children(workflow).iter().map(|&id| facts.get(id));
        triggers.filter(|fact| fact.kind == trigger::KIND).filter_map(|fact| fact.text(trigger::EVENT))
    }

    /// The values that the context path `name` may have in `job`.
    fn values(&self, job: FactId, name: &str, depth: usize) -> Option<Vec<Arc<str>>> {
        // Workflows that call each other many times lead to ever more ways.
        self.left.set(self.left.get().checked_sub(1)?);
        let same = |other: &str| other.eq_ignore_ascii_case(name);
        let mut values: Vec<Arc<str>> = Vec::new();
        if !["matrix.", "inputs.", "github.event.inputs."].iter().any(|context| name.starts_with(context)) {
            return None;
        }
        if name.starts_with("matrix.") {
            for combination in matrix(self.facts, job) {
                values
                    .extend(combination.into_iter().filter(|(other, _)| same(other)).map(|(_, value)| value));
            }
        } else {
            let workflow = self.facts.enclosing(job, workflow::KIND)?;
            let starts = |event: &str| self.events(workflow).any(|other| other == event);
            if starts("workflow_dispatch") {
                let choices = choices(self.facts, workflow);
                values.extend(choices.into_iter().find(|(other, _)| same(other))?.1);
            }
            if starts("workflow_call") && name.starts_with("inputs.") {
                let depth = depth.checked_sub(1)?;
                let callers = self.by_target.get(&workflow).filter(|callers| callers.len() <= MOST)?;
                for (caller, bound) in callers {
                    let (_, value) = bound.iter().find(|(other, _)| same(other))?;
                    values.extend(self.texts(*caller, value, depth)?);
                }
            }
            if self.events(workflow).any(|event| !matches!(event, "workflow_dispatch" | "workflow_call")) {
                // Nobody gives it.
                values.push(Arc::from(""));
            }
        }
        values.sort_unstable();
        values.dedup();
        (!values.is_empty() && values.len() <= MOST).then_some(values)
    }
}
