//! Workflows across files: what calls of reusable workflows and local actions pass and what these
//! take, chains of `workflow_run`, which jobs wait for whom. Knows nothing of other repositories.

mod chain;
mod confirm;
mod faults;
mod order;
mod rollback;
#[cfg(test)]
mod tests;
mod values;

use std::sync::Arc;

use crate::facts::words::{self, input, job, step, trigger, workflow, workflow_call};
use crate::facts::{FactId, Facts};
use crate::read::{Settings, placeholder};
use crate::repo::Repo;

/// What the words of the files tell, before anything is known of effects.
pub(super) fn link(facts: &mut Facts, repo: &Repo, settings: &Settings) {
    faults::link(facts, repo);
    chain::link(facts);
    values::link(facts, settings);
}

/// What depends on what the jobs do.
pub(super) fn purposes(facts: &mut Facts) {
    confirm::link(facts);
    rollback::link(facts);
    order::link(facts);
}

/// The values that a call gives to the inputs of what it calls, with the defaults of those that it
/// leaves out: `inputs.environment` and its value. A value that depends on the caller's own inputs
/// holds their placeholders, so that [`placeholder::fill`] with the caller's bindings tells it. `call`
/// is a `workflow.call`, or the job or the step that holds one.
#[must_use]
pub fn bindings(facts: &Facts, call: FactId) -> Vec<(Arc<str>, Arc<str>)> {
    let words = |(name, value): (Arc<str>, Arc<str>)| {
        let filled = placeholder::of_text(&value);
        let filled = if filled == *value { Arc::clone(&value) } else { Arc::from(filled.as_ref()) };
        (name, filled)
    };
    given(facts, call).into_iter().map(words).collect()
}

/// What a call gives to inputs, as it is written.
fn given(facts: &Facts, call: FactId) -> Vec<(Arc<str>, Arc<str>)> {
    let own = (facts.get(call).kind == workflow_call::KIND).then_some(call);
    let child = || facts.children(call).iter().copied();
    let found = own.or_else(|| child().find(|&child| facts.get(child).kind == workflow_call::KIND));
    let Some(call) = found else { return Vec::new() };
    let Some(caller) = facts.parent(call) else { return Vec::new() };
    let given = facts.get(call).map(workflow_call::WITH);
    let mut bindings = Vec::new();
    for &target in facts.calls(caller) {
        for (name, id) in inputs(facts, target, &["call", "action"]) {
            let fact = facts.get(id);
            let value = given
                .iter()
                .find(|(given, ..)| given.eq_ignore_ascii_case(&name))
                .map(|(_, value, _)| value.as_ref())
                .or_else(|| fact.text(input::DEFAULT));
            // What GitHub takes where nothing is said.
            let value = value.unwrap_or_else(|| match fact.text(input::TYPE) {
                Some("boolean") => "false",
                Some("number") => "0",
                _ => "",
            });
            bindings.push((format!("inputs.{name}").into(), Arc::from(value)));
        }
    }
    bindings
}

/// The values that someone who starts the workflow of `id` (a workflow, or anything in it) by hand can
/// choose for an input, under both names that an input has then; only inputs whose values are known.
#[must_use]
pub fn choices(facts: &Facts, id: FactId) -> Vec<(Arc<str>, Vec<Arc<str>>)> {
    let own = (facts.get(id).kind == workflow::KIND).then_some(id);
    let Some(workflow) = own.or_else(|| facts.enclosing(id, workflow::KIND)) else { return Vec::new() };
    let mut choices = Vec::new();
    for (name, id) in inputs(facts, workflow, &["dispatch"]) {
        let values: Vec<Arc<str>> =
            facts.get(id).list(input::VALUES).iter().map(|(value, _)| Arc::clone(value)).collect();
        if !values.is_empty() {
            choices.push((format!("inputs.{name}").into(), values.clone()));
            choices.push((format!("github.event.inputs.{name}").into(), values));
        }
    }
    choices
}

/// The combinations that the job runs with, as far as they are written out: `matrix.app` and its value.
/// `id` is the job, or anything in it.
#[must_use]
pub fn matrix(facts: &Facts, id: FactId) -> Vec<Vec<(Arc<str>, Arc<str>)>> {
    let own = (facts.get(id).kind == job::KIND).then_some(id);
    let Some(job) = own.or_else(|| facts.enclosing(id, job::KIND)) else { return Vec::new() };
    let combinations = facts.children(job).iter().map(|&child| facts.get(child));
    let values = combinations.filter(|fact| fact.kind == words::matrix::KIND);
    let named =
        |(name, value, _): &(Arc<str>, Arc<str>, _)| (format!("matrix.{name}").into(), Arc::clone(value));
    values.map(|fact| fact.map(words::matrix::VALUES).iter().map(named).collect()).collect()
}

/// The inputs of a workflow, or of the action of a file, by name.
fn inputs(facts: &Facts, id: FactId, of: &[&str]) -> Vec<(Arc<str>, FactId)> {
    let mut found = Vec::new();
    let holders = facts.children(id).iter().copied().filter(|&child| {
        let kind = facts.get(child).kind;
        kind == trigger::KIND || kind == words::action::KIND
    });
    for holder in holders.chain(std::iter::once(id)) {
        for &child in facts.children(holder) {
            let fact = facts.get(child);
            if fact.kind == input::KIND
                && fact.text(input::OF).is_some_and(|by| of.contains(&by))
                && let Some(name) = fact.text(input::NAME)
            {
                found.push((Arc::from(name), child));
            }
        }
    }
    found
}

/// The jobs of a workflow.
fn jobs(facts: &Facts, workflow: FactId) -> Vec<FactId> {
    facts.children(workflow).iter().copied().filter(|&id| facts.get(id).kind == job::KIND).collect()
}

/// The steps of a job.
fn steps(facts: &Facts, job: FactId) -> Vec<FactId> {
    facts.children(job).iter().copied().filter(|&id| facts.get(id).kind == step::KIND).collect()
}
