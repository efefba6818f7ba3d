//! Which workflows are there to go back to an earlier version, and what tells them to which one.
//! A deploy that goes back after its own failure is none of them.

use std::sync::Arc;

use super::{inputs, jobs, steps};
use crate::facts::words::{command, expression, input, job, step, unresolved, workflow, workflow_call};
use crate::facts::{Fact, FactId, Facts};

/// Words of a name that say it.
const SAYS: [&str; 5] = ["rollback", "rollbacks", "ロールバック", "切り戻し", "切戻し"];

/// Words beside it that mean a test, or something else that is rolled back.
const OTHERWISE: [&str; 29] = [
    "pr",
    "pull",
    "issue",
    "plan",
    "report",
    "label",
    "announce",
    "test",
    "tests",
    "testing",
    "check",
    "checks",
    "verify",
    "validate",
    "lint",
    "ci",
    "drill",
    "rehearsal",
    "rehearse",
    "dry",
    "simulate",
    "e2e",
    "migration",
    "migrations",
    "docs",
    "notify",
    "テスト",
    "検証",
    "訓練",
];

/// What a rollback does.
const ACTS: [&str; 12] = [
    "deploy",
    "rollback",
    "revert-migration",
    "migrate",
    "restore",
    "restart",
    "scale",
    "destroy",
    "publish",
    "push-image",
    "release-image",
    "upload",
];

/// Words of an input that names a version.
const VERSIONS: [&str; 26] = [
    "version",
    "image",
    "sha",
    "sha1",
    "tag",
    "ref",
    "commit",
    "digest",
    "revision",
    "rev",
    "release",
    "build",
    "hash",
    "deployment",
    "slug",
    "artifact",
    "snapshot",
    "backup",
    "timestamp",
    "steps",
    "run",
    "task",
    "to",
    "previous",
    "バージョン",
    "タグ",
];

/// Words of commands that find an earlier version.
const FINDS: [&str; 15] = [
    "list",
    "ls",
    "describe",
    "history",
    "releases",
    "revisions",
    "deployments",
    "images",
    "rev-list",
    "rev-parse",
    "log",
    "tag",
    "versions",
    "api",
    "revert",
];

pub(super) fn link(facts: &mut Facts) {
    for id in facts.of_kind(workflow::KIND).to_vec() {
        let span = facts.get(id).span;
        let rollback = is_rollback(facts, id);
        facts.get_mut(id).set(workflow::ROLLBACK, rollback, span);
        if rollback && let Some(target) = target(facts, id) {
            facts.get_mut(id).set(workflow::ROLLBACK_TARGET, target, span);
        }
    }
}

fn is_rollback(facts: &Facts, id: FactId) -> bool {
    let fact = facts.get(id);
    let jobs = jobs(facts, id);
    let file = fact.text(workflow::PATH).unwrap_or_default().rsplit('/').next().unwrap_or_default();
    let stem = file.split('.').next().unwrap_or_default();
    let names = [fact.text(workflow::NAME).unwrap_or_default(), stem];
    if names.iter().any(|name| says(name)) {
        // A test of it may be called so, too, and a rollback after a failure is part of the deploy.
        return !names.iter().any(|name| says_otherwise(name))
            && !jobs.iter().all(|&job| after_failure(facts, job))
            && may_act(facts, id, &jobs);
    }
    // A workflow that deploys is no rollback because it can also do that.
    if names.iter().any(|name| says_otherwise(name)) || acts(facts, &jobs, "test") {
        return false;
    }
    let is_back = |job: FactId| {
        let fact = facts.get(job);
        let names = [fact.text(job::ID), fact.text(job::NAME)];
        names.into_iter().flatten().any(says) && !names.into_iter().flatten().any(says_otherwise)
    };
    let (going_back, others): (Vec<FactId>, Vec<FactId>) = jobs.iter().partition(|&&job| is_back(job));
    if acts(facts, &others, "deploy") || acts(facts, &others, "migrate") {
        return false;
    }
    let by_job = going_back.iter().any(|&job| !after_failure(facts, job));
    by_job || (!acts(facts, &jobs, "deploy") && others.iter().any(|&job| goes_back(facts, job)))
}

/// Whether the jobs change what runs, as far as that is known.
fn may_act(facts: &Facts, id: FactId, jobs: &[FactId]) -> bool {
    ACTS.iter().any(|effect| acts(facts, jobs, effect))
        || facts.reach(id).into_iter().any(|(id, _)| {
            let fact = facts.get(id);
            match fact.kind {
                command::KIND => fact.bool(command::KNOWN) != Some(true),
                workflow_call::KIND => fact.bool(workflow_call::RESOLVED) != Some(true),
                kind => kind == unresolved::KIND,
            }
        })
}

/// Whether one of the jobs has the effect.
fn acts(facts: &Facts, jobs: &[FactId], effect: &str) -> bool {
    jobs.iter().any(|&job| facts.get(job).has(job::EFFECTS, effect))
}

/// Whether the job has a command that goes back, whatever happened before.
fn goes_back(facts: &Facts, job: FactId) -> bool {
    if after_failure(facts, job) {
        return false;
    }
    steps(facts, job).into_iter().any(|step| {
        let fact = facts.get(step);
        let rescue = fact.text(step::IF).is_some_and(is_failure);
        !rescue
            && facts.running(step).into_iter().any(|id| {
                let fact = facts.get(id);
                fact.kind == command::KIND
                    && fact.has(command::EFFECTS, "rollback")
                    && fact.list(command::GUARD).is_empty()
            })
    })
}

/// Whether the job runs only after something has failed.
fn after_failure(facts: &Facts, job: FactId) -> bool {
    facts.get(job).text(job::IF).is_some_and(is_failure)
}

fn is_failure(condition: &str) -> bool {
    let text = condition.replace('"', "'").replace("== '", "=='");
    text.contains("failure()") || text.contains("=='failure'") || text.contains("!= 'success'")
}

/// The words of a name: runs of letters and digits, also of `rollbackVersion`.
fn words(name: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let mut lower = false;
    for c in name.chars() {
        let breaks = !c.is_alphanumeric() || (lower && c.is_uppercase());
        if breaks && words.last().is_some_and(|word| !word.is_empty()) {
            words.push(String::new());
        }
        lower = c.is_lowercase();
        if c.is_alphanumeric()
            && let Some(word) = words.last_mut()
        {
            word.extend(c.to_lowercase());
        }
    }
    words
}

fn says(name: &str) -> bool {
    let words = words(name);
    let apart = words.windows(2).any(|pair| pair[0] == "roll" && pair[1] == "back");
    apart
        || words
            .iter()
            .any(|word| SAYS.iter().any(|says| word == says || (!says.is_ascii() && word.contains(says))))
}

fn says_otherwise(name: &str) -> bool {
    let words = words(name);
    words.iter().any(|word| {
        OTHERWISE.iter().any(|other| word == other || (!other.is_ascii() && word.contains(other)))
    })
}

/// What tells the version that a rollback goes back to, or may tell it.
fn target(facts: &Facts, id: FactId) -> Option<Arc<str>> {
    let of_input = inputs(facts, id, &["dispatch", "call"]).into_iter().find(|(name, id)| {
        let fact = facts.get(*id);
        let given = fact.bool(input::REQUIRED) == Some(true)
            || fact.get(input::DEFAULT).is_some_and(|slot| slot.value.as_text() != Some(""));
        given && names_version(name)
    });
    if let Some((name, _)) = of_input {
        return Some(format!("the input `{name}`").into());
    }
    facts.reach(id).into_iter().find_map(|(id, _)| {
        let fact = facts.get(id);
        match fact.kind {
            command::KIND => finds(fact).then(|| fact.text(command::TEXT))?.map(Arc::from),
            // Nobody knows what these do.
            unresolved::KIND => Some(Arc::from("what could not be read")),
            workflow_call::KIND => {
                let known = fact.bool(workflow_call::RESOLVED) == Some(true);
                (!known).then(|| fact.text(workflow_call::TARGET))?.map(Arc::from)
            }
            step::KIND => {
                let action = fact.text(step::ACTION)?;
                let plain = ["checkout", "setup", "login", "credentials", "auth", "slack", "notify"];
                let unknown = fact.list(step::EFFECTS).is_empty() || fact.has(step::EFFECTS, "rollback");
                let lower = action.to_ascii_lowercase();
                let finds =
                    unknown && !plain.iter().any(|word| lower.contains(word)) && !lower.starts_with('.');
                finds.then(|| Arc::from(action))
            }
            // Who starts it picks the branch or the tag.
            expression::KIND => {
                let picks =
                    |(path, _): &(Arc<str>, _)| matches!(path.as_ref(), "github.ref_name" | "github.ref");
                let key = fact.text(expression::KEY).unwrap_or_default();
                let used = matches!(key, "run") || key.starts_with("env") || key.starts_with("with");
                (used && fact.list(expression::CONTEXTS).iter().any(picks))
                    .then(|| Arc::from("the ref that is picked"))
            }
            _ => None,
        }
    })
}

fn names_version(name: &str) -> bool {
    words(name).iter().any(|word| VERSIONS.contains(&word.as_str()))
}

/// Whether a command goes back by itself, or finds an earlier version.
fn finds(fact: &Fact) -> bool {
    if fact.has(command::EFFECTS, "rollback") || fact.has(command::EFFECTS, "revert-migration") {
        return true;
    }
    let deploys = fact.has(command::EFFECTS, "deploy");
    let word = |(word, _): &(Arc<str>, _)| {
        let says = !deploys && word.split(['-', ':', '/']).any(|part| FINDS.contains(&part));
        says || FINDS.contains(&word.as_ref()) && !deploys || word.contains("HEAD~") || word.contains("HEAD^")
    };
    fact.list(command::WORDS).iter().any(word)
}
