//! Effects beyond a command's own: of what it reaches, of jobs, of the release phase.

use std::sync::Arc;

use crate::facts::words::{command, job, release, step, workflow};
use crate::facts::{Fact, FactId, Facts, Field};
use crate::text::Span;

type Effects = Vec<(Arc<str>, Span)>;

/// A package script whose commands say nothing about what it does gets the effects that its name
/// tells, such as `db:seed`.
pub(super) fn name_effects(facts: &mut Facts) {
    for id in facts.of_kind(command::KIND).to_vec() {
        let fact = facts.get(id);
        if fact.text(command::CALLS) != Some("package-script") || !fact.list(command::EFFECTS).is_empty() {
            continue;
        }
        let reached = facts.reach(id);
        let mut commands =
            reached.iter().map(|(id, _)| facts.get(*id)).filter(|fact| fact.kind == command::KIND);
        let telling =
            |fact: &Fact| fact.list(command::EFFECTS).iter().any(|(effect, _)| effect.as_ref() != "none");
        if commands.clone().any(telling) || (facts.calls(id).len() == 1 && commands.all(is_known)) {
            continue;
        }
        let Some(slot) = fact.get(command::TARGET) else { continue };
        let span = slot.span;
        let name = fact.text(command::TARGET).unwrap_or_default();
        let effects: Effects = crate::read::command::effects_of_name(name)
            .iter()
            .map(|&effect| (Arc::from(effect), span))
            .collect();
        if !effects.is_empty() {
            facts.get_mut(id).set(command::EFFECTS, effects, span).set(command::KNOWN, true, span);
        }
    }
}

fn is_known(fact: &Fact) -> bool {
    fact.bool(command::KNOWN) == Some(true)
}

/// What each command does with all that it runs, and the release phases.
pub(super) fn reaches(facts: &mut Facts) {
    for id in facts.of_kind(command::KIND).to_vec() {
        let span = facts.get(id).span;
        let mut effects = facts.get(id).list(command::EFFECTS).to_vec();
        if !facts.calls(id).is_empty() {
            gather(facts, id, &mut effects);
        }
        if !effects.is_empty() {
            facts.get_mut(id).set(command::REACHES, effects, span);
        }
    }
    for id in facts.of_kind(release::KIND).to_vec() {
        set_effects(facts, id, release::EFFECTS);
    }
    for id in facts.of_kind(step::KIND).to_vec() {
        set_effects(facts, id, step::EFFECTS);
    }
}

/// What jobs do, and what the jobs do that they need.
pub(super) fn of_jobs(facts: &mut Facts) {
    let jobs = facts.of_kind(job::KIND).to_vec();
    for &id in &jobs {
        set_effects(facts, id, job::EFFECTS);
        let deploys = facts.get(id).has(job::EFFECTS, "deploy");
        let span = facts.get(id).span;
        facts.get_mut(id).set(job::DEPLOYS, deploys, span);
    }
    for &id in &jobs {
        let fact = facts.get(id);
        let Some(slot) = fact.get(job::ALL_NEEDS) else { continue };
        let span = slot.span;
        let needed: Vec<Arc<str>> =
            fact.list(job::ALL_NEEDS).iter().map(|(name, _)| Arc::clone(name)).collect();
        let mut effects = Effects::new();
        for &other in &jobs {
            let other_fact = facts.get(other);
            let named =
                other_fact.text(job::ID).is_some_and(|name| needed.iter().any(|need| need.as_ref() == name));
            if named && facts.parent(other) == facts.parent(id) {
                add(&mut effects, other_fact.list(job::EFFECTS));
            }
        }
        facts.get_mut(id).set(job::NEEDS_EFFECTS, effects, span);
    }
    for id in facts.of_kind(workflow::KIND).to_vec() {
        let deploys = facts.children(id).iter().any(|&job| facts.get(job).bool(job::DEPLOYS) == Some(true));
        let span = facts.get(id).span;
        facts.get_mut(id).set(workflow::DEPLOYS, deploys, span);
    }
}

fn set_effects(facts: &mut Facts, id: FactId, field: Field) {
    let mut effects = facts.get(id).list(field).to_vec();
    gather(facts, id, &mut effects);
    let span = facts.get(id).get(field).map_or(facts.get(id).span, |slot| slot.span);
    facts.get_mut(id).set(field, effects, span);
}

/// The effects of everything that `id` contains or runs.
fn gather(facts: &Facts, id: FactId, effects: &mut Effects) {
    for (other, _) in facts.reach(id) {
        let fact = facts.get(other);
        if fact.kind == command::KIND {
            add(effects, fact.list(command::EFFECTS));
        } else if fact.kind == step::KIND {
            add(effects, fact.list(step::EFFECTS));
        }
    }
}

fn add(effects: &mut Effects, more: &[(Arc<str>, Span)]) {
    for (effect, span) in more {
        if effects.iter().all(|(other, _)| other != effect) {
            effects.push((Arc::clone(effect), *span));
        }
    }
}
