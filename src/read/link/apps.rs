//! What commands and the configurations of fly apps say to each other: whose configuration it is, and
//! whether a release phase does what a command has done already.

use rustc_hash::{FxHashMap, FxHashSet};

use super::calls::folder_of;
use super::deploys::{self, Configs};
use crate::facts::words::{command, fly_config, release};
use crate::facts::{Fact, FactId, Facts};
use crate::repo::Repo;
use crate::text::Span;

pub(super) fn link(facts: &mut Facts, repo: &Repo) {
    let configs = Configs::gather(facts);
    if facts.of_kind(fly_config::KIND).is_empty() {
        return;
    }
    mismatches(facts, repo, &configs);
    releases(facts, &configs);
    migrations(facts, repo, &configs);
}

/// The configuration of one app, named for another one that has its own. One configuration for several
/// apps that have none is common and fine.
fn mismatches(facts: &mut Facts, repo: &Repo, configs: &Configs) {
    for id in facts.of_kind(command::KIND).to_vec() {
        if let Some((app, own, span)) = mismatch(facts, configs, id) {
            let path = repo.path(facts.get(own).span.file).to_owned();
            facts.get_mut(id).set(command::CONFIG_APP, app, span).set(command::APP_CONFIG, path, span);
        }
    }
}

fn mismatch(facts: &Facts, configs: &Configs, id: FactId) -> Option<(String, FactId, Span)> {
    let fact = facts.get(id);
    // The others take the app alone from it.
    let uses = matches!(fact.text(command::VERB), Some("deploy" | "launch" | "console"));
    if fact.text(command::PROGRAM) != Some("flyctl") || !uses {
        return None;
    }
    let (_, span) = fact.entry(command::FLAGS, "config")?;
    let (config, named) = configs.of_command(fact)?;
    let (app, _) = deploys::app(facts, id)?;
    let own = configs.of_app(&app)?;
    let other = facts.get(config).text(fly_config::APP)?;
    (named && own != config && other != app).then(|| (other.to_owned(), own, span))
}

/// Tells deploys whose release phase migrates.
fn releases(facts: &mut Facts, configs: &Configs) {
    for id in facts.of_kind(command::KIND).to_vec() {
        let fact = facts.get(id);
        let skips = fact.entry(command::FLAGS, "skip-release-command").is_some();
        if fact.text(command::PROGRAM) != Some("flyctl") || !fact.has(command::EFFECTS, "deploy") || skips {
            continue;
        }
        let release = configs.of_command(fact).and_then(|(config, _)| migrating_release(facts, config));
        let text = release.and_then(|release| facts.get(release).text(release::TEXT)).map(str::to_owned);
        let span = fact.span;
        facts.get_mut(id).set_some(command::RELEASE_MIGRATES, text, span);
    }
}

fn migrating_release(facts: &Facts, config: FactId) -> Option<FactId> {
    facts.children(config).iter().copied().find(|&child| {
        let fact = facts.get(child);
        fact.kind == release::KIND && fact.has(release::EFFECTS, "migrate")
    })
}

/// Tells commands that migrate where a deploy of the same run and the same environment migrates too.
fn migrations(facts: &mut Facts, repo: &Repo, configs: &Configs) {
    let mut deploys: FxHashMap<u32, Vec<FactId>> = FxHashMap::default();
    for &id in facts.of_kind(command::KIND) {
        if facts.get(id).get(command::RELEASE_MIGRATES).is_some() {
            for entry in entries(facts, id) {
                deploys.entry(entry).or_default().push(id);
            }
        }
    }
    for id in facts.of_kind(command::KIND).to_vec() {
        let fact = facts.get(id);
        let runs = matches!(fact.text(command::PHASE), Some("ci" | "deploy" | "manual"));
        if !runs || !fact.has(command::EFFECTS, "migrate") || fact.get(command::ENVIRONMENT).is_none() {
            continue;
        }
        let again = entries(facts, id).into_iter().filter_map(|entry| deploys.get(&entry)).flatten();
        let again = again.copied().find(|&deploy| same_app(facts, repo, configs, fact, facts.get(deploy)));
        let text =
            again.and_then(|deploy| facts.get(deploy).text(command::RELEASE_MIGRATES)).map(str::to_owned);
        let span = fact.span;
        facts.get_mut(id).set_some(command::MIGRATES_AGAIN, text, span);
    }
}

/// The entry points that lead to a command.
fn entries(facts: &Facts, id: FactId) -> FxHashSet<u32> {
    let runs = facts.runs();
    let frames = runs.frames_of(id);
    frames.filter_map(|frame| runs.frames.get(frame as usize)).flatten().copied().collect()
}

/// Whether a migration may be that of the app that is deployed: in its environment, and not in a folder
/// beside the app's.
fn same_app(facts: &Facts, repo: &Repo, configs: &Configs, migration: &Fact, deploy: &Fact) -> bool {
    let Some((config, _)) = configs.of_command(deploy) else { return false };
    let folder = folder_of(repo.path(facts.get(config).span.file));
    let within = |inner: &str, outer: &str| {
        outer.is_empty()
            || inner.strip_prefix(outer).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    };
    let near = migration
        .text(command::DIRECTORY)
        .is_none_or(|directory| within(directory, folder) || within(folder, directory));
    near && migration.text(command::ENVIRONMENT) == deploy.text(command::ENVIRONMENT)
}
