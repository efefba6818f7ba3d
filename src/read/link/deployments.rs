//! Deploys in workflows: what happens when one fails, and whether it runs after a failure.

use std::sync::Arc;

use crate::facts::words::{command, deployment, expression, job, step};
use crate::facts::{Fact, FactId, Facts, Field, Value};
use crate::text::Span;

/// Adds a `deployment` for each command and each action that deploys in a job.
pub(super) fn link(facts: &mut Facts) {
    for id in facts.of_kind(job::KIND).to_vec() {
        if facts.get(id).bool(job::DEPLOYS) != Some(true) {
            continue;
        }
        for step in facts.children(id).to_vec() {
            if facts.get(step).kind == step::KIND {
                of_step(facts, id, step);
            }
        }
    }
}

fn of_step(facts: &mut Facts, job: FactId, id: FactId) {
    let after_failure = after_failure(facts, job, id);
    let surroundings = on_error(facts.get(id), step::CONTINUE_ON_ERROR)
        .or_else(|| on_error(facts.get(job), job::CONTINUE_ON_ERROR));
    let handled = handles_failure(facts, job, id);
    let deploys = facts.reach_where(id, |other| {
        let fact = facts.get(other);
        fact.kind == command::KIND && fact.has(command::EFFECTS, "deploy")
    });
    for (other, path) in deploys {
        // The nearest ignored failure on the way counts.
        let ignored = std::iter::once(other)
            .chain(path.into_iter().rev())
            .find_map(|id| ignored(facts.get(id)))
            .or_else(|| surroundings.clone())
            .filter(|_| !handled);
        let fact = facts.get(other);
        let text = fact.get(command::TEXT).map_or(fact.span, |slot| slot.span);
        let mut deploy = Fact::new(deployment::KIND, text);
        copy(fact, command::TEXT, &mut deploy, deployment::TEXT);
        copy(fact, command::ENVIRONMENT, &mut deploy, deployment::ENVIRONMENT);
        copy(fact, command::PROTECTED, &mut deploy, deployment::PROTECTED);
        add(facts, job, id, deploy, ignored, after_failure.clone());
    }
    let fact = facts.get(id);
    let is_action = fact.get(step::USES).is_some() && fact.has(step::EFFECTS, "deploy");
    let by_command = facts.inside(id).iter().any(|&other| facts.get(other).has(command::EFFECTS, "deploy"));
    if is_action && !by_command && !fact.text(step::USES).is_some_and(|uses| uses.starts_with('.')) {
        let span = fact.get(step::USES).map_or(fact.span, |slot| slot.span);
        let mut deploy = Fact::new(deployment::KIND, span);
        copy(fact, step::USES, &mut deploy, deployment::TEXT);
        let ignored = surroundings.filter(|_| !handled);
        add(facts, job, id, deploy, ignored, after_failure);
    }
}

type Words = Option<(Arc<str>, Span)>;

fn add(facts: &mut Facts, job: FactId, step: FactId, mut deploy: Fact, ignored: Words, after_failure: Words) {
    let span = deploy.span;
    let job_fact = facts.get(job);
    copy(job_fact, job::ID, &mut deploy, deployment::JOB);
    if deploy.get(deployment::ENVIRONMENT).is_none() {
        copy(job_fact, job::ENVIRONMENT, &mut deploy, deployment::ENVIRONMENT);
        copy(job_fact, job::PROTECTED, &mut deploy, deployment::PROTECTED);
    }
    if let Some((words, at)) = ignored {
        deploy.set(deployment::IGNORED, words, at);
    }
    if let Some((words, at)) = after_failure {
        deploy.set(deployment::AFTER_FAILURE, words, at);
    }
    deploy.span = span;
    facts.add(deploy, Some(step));
}

fn copy(from: &Fact, field: Field, to: &mut Fact, target: Field) {
    if let Some(slot) = from.get(field) {
        to.set(target, slot.value.clone(), slot.span);
    }
}

fn ignored(fact: &Fact) -> Words {
    if fact.text(command::FAILURE) != Some("ignored") {
        return None;
    }
    // `|| status=$?` keeps the failure for later.
    let slot = fact
        .get(command::FAILURE_CAUSE)
        .filter(|slot| slot.value.as_text().is_none_or(|text| !text.contains("$?")))?;
    slot.value.as_text().map(|text| (Arc::from(text), slot.span))
}

fn on_error(fact: &Fact, field: Field) -> Words {
    let slot = fact.get(field)?;
    (slot.value == Value::from("true")).then(|| (Arc::from("continue-on-error: true"), slot.span))
}

/// Whether the workflow looks at the step's failure itself, or the step is what is done about another
/// failure: then nothing is hidden.
fn handles_failure(facts: &Facts, job: FactId, step: FactId) -> bool {
    let is_rescue =
        |fact: &Fact, field: Field| fact.text(field).is_some_and(|text| text.contains("failure()"));
    if is_rescue(facts.get(step), step::IF) || is_rescue(facts.get(job), job::IF) {
        return true;
    }
    let Some(id) = facts.get(step).text(step::ID) else { return false };
    let outcome = format!("steps.{id}.outcome");
    facts.inside(job).into_iter().any(|other| {
        let fact = facts.get(other);
        match fact.kind {
            step::KIND => fact.text(step::IF).is_some_and(|text| text.contains(&outcome)),
            expression::KIND => fact.text(expression::TEXT).is_some_and(|text| text.contains(&outcome)),
            _ => false,
        }
    })
}

/// The condition of the step or its job that lets it run after a failure. One that runs only after a
/// failure (a rollback) is fine.
fn after_failure(facts: &Facts, job: FactId, step: FactId) -> Words {
    let condition = |fact: &Fact, field: Field, runs: Field| {
        let slot = fact.get(field)?;
        let text = slot.value.as_text()?;
        let only_then =
            text.contains("failure()") && !text.contains("always()") && !text.contains("success()");
        (fact.bool(runs) == Some(true) && !only_then).then(|| (Arc::from(text), slot.span))
    };
    let step_fact = facts.get(step);
    let first = step_fact.int(step::INDEX) == Some(1);
    let own = if first { None } else { condition(step_fact, step::IF, step::RUNS_AFTER_FAILURE) };
    let job_fact = facts.get(job);
    let alone = job_fact.list(job::NEEDS).is_empty();
    own.or_else(|| if alone { None } else { condition(job_fact, job::IF, job::RUNS_AFTER_FAILURE) })
}
