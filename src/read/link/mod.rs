//! The second pass, over the facts of all files: what names what, what a command reaches, which
//! environment it works on. Knows no rule.

pub mod base;
mod calls;
mod contract;
mod deployments;
mod deploys;
mod effects;
pub mod history;
mod hooks;
mod migrations;
mod runs;
mod words;

use super::Settings;
use crate::facts::Facts;
use crate::repo::Repo;

/// Derives what lies across files.
pub fn link(facts: &mut Facts, repo: &Repo, settings: &Settings) {
    migrations::link(facts, repo);
    let histories = history::link(facts, repo);
    contract::link(facts, repo, &histories);
    let targets = calls::Targets::gather(facts, repo);
    calls::link(facts, repo, &targets);
    hooks::link(facts, repo);
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
    words::restore(facts, repo);
}
