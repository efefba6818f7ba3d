//! Which jobs do not wait for jobs of their workflow that do something else. Knows `needs`, not the
//! order of commands inside a job.

use std::sync::Arc;

use rustc_hash::FxHashSet;

use super::jobs;
use crate::facts::words::{EFFECTS, job, unordered, workflow};
use crate::facts::{Fact, FactId, Facts};

/// Effects that an order of jobs is about.
const ORDERED: [&str; 17] = [
    "test",
    "typecheck",
    "lint",
    "build",
    "build-image",
    "push-image",
    "release-image",
    "backup",
    "migrate",
    "repair",
    "seed",
    "deploy",
    "publish",
    "health-check",
    "rollback",
    "restore",
    "notify",
];

/// Most pairs of one workflow.
const MOST: usize = 2000;

pub(super) fn link(facts: &mut Facts) {
    for id in facts.of_kind(workflow::KIND).to_vec() {
        let jobs = jobs(facts, id);
        let mut left = MOST;
        for effect in EFFECTS.iter().filter(|effect| ORDERED.contains(effect)) {
            let holders: Vec<FactId> =
                jobs.iter().copied().filter(|&job| facts.get(job).has(job::EFFECTS, effect)).collect();
            let holding: FxHashSet<FactId> = holders.iter().copied().collect();
            for &job in &jobs {
                // With the same effect, the order lies inside the job.
                let fact = facts.get(job);
                if holding.contains(&job) || fact.has(job::NEEDS_EFFECTS, effect) || !acts(fact) {
                    continue;
                }
                // Tests may come behind: those of the whole, which need what is live.
                let behind = |other: &FactId| {
                    *effect == "test"
                        && fact.text(job::ID).is_some_and(|id| facts.get(*other).has(job::ALL_NEEDS, id))
                };
                let Some(&first) = holders.iter().find(|other| !behind(other)) else { continue };
                let Some(less) = left.checked_sub(1) else { break };
                left = less;
                let other = facts.get(first);
                let span = fact.span;
                let mut pair = Fact::new(unordered::KIND, span);
                pair.set_some(unordered::JOB, fact.text(job::ID), span)
                    .set_some(unordered::OTHER, other.text(job::ID), other.span)
                    .set(unordered::OTHER_EFFECT, *effect, other.span);
                let effects: Vec<(Arc<str>, _)> = fact.list(job::EFFECTS).to_vec();
                pair.set(unordered::EFFECTS, effects, span);
                facts.add(pair, Some(job));
            }
        }
    }
}

/// Whether a job does anything that an order is about.
fn acts(job: &Fact) -> bool {
    job.list(job::EFFECTS).iter().any(|(effect, _)| ORDERED.contains(&effect.as_ref()))
}
