//! The second pass, over the facts of all files: what names what, what a command reaches, which
//! environment it works on. Knows no rule.

mod apps;
mod back;
pub mod base;
mod calls;
mod confirm;
mod contract;
mod course;
mod deployments;
mod deploys;
mod dialects;
mod effects;
mod enums;
mod forgotten;
mod globs;
pub mod history;
mod hooks;
mod images;
mod locks;
mod mends;
mod migrations;
mod modes;
mod outcomes;
mod paths;
mod pipes;
mod places;
mod relations;
mod retype;
mod retyped;
mod rollout;
mod runs;
mod sources;
mod strays;
mod tasks;
#[cfg(test)]
mod testing;
mod timeouts;
mod versions;
mod words;
pub mod workflows;

use super::Settings;
use crate::facts::Facts;
use crate::repo::Repo;

pub use rollout::IN_CODE;

/// Derives what lies across files.
pub fn link(facts: &mut Facts, repo: &Repo, settings: &Settings) {
    migrations::link(facts, repo);
    course::link(facts, repo, settings);
    sources::link(facts, repo);
    globs::link(facts, repo);
    let histories = history::link(facts, repo);
    retyped::link(facts);
    contract::link(facts, repo, &histories);
    forgotten::link(facts, repo, &histories);
    mends::link(facts);
    pipes::link(facts, repo);
    places::link(facts, repo, settings);
    let targets = calls::Targets::gather(facts, repo);
    calls::link(facts, repo, &targets);
    hooks::link(facts, repo);
    workflows::link(facts, repo, settings);
    effects::name_effects(facts);
    deploys::environments(facts, repo, settings);
    hooks::environments(facts, settings);
    effects::of_jobs(facts);
    let reached = runs::link(facts, repo, settings, &targets);
    deploys::defaults(facts, settings, &reached);
    deploys::builds(facts, repo);
    effects::of_jobs(facts);
    effects::reaches(facts);
    deployments::link(facts);
    workflows::purposes(facts);
    outcomes::link(facts);
    paths::link(facts, repo);
    confirm::link(facts);
    apps::link(facts, repo);
    rollout::link(facts, repo);
    images::link(facts, repo);
    modes::link(facts, repo);
    back::link(facts);
    strays::link(facts, settings);
    words::restore(facts, repo);
}
