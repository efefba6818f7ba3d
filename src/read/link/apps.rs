//! What commands and the configurations of fly apps say to each other: whose configuration it is, and
//! whether a release phase does what a command has done already.

use std::sync::Arc;

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

/// A deploy whose release phase migrates.
struct Deploy {
    config: FactId,
    environment: Option<Arc<str>>,
    release: Arc<str>,
}

/// Tells commands that migrate where a deploy of the same run and the same environment migrates too.
fn migrations(facts: &mut Facts, repo: &Repo, configs: &Configs) {
    let mut deploys: FxHashMap<u32, Vec<Deploy>> = FxHashMap::default();
    for &id in facts.of_kind(command::KIND) {
        let fact = facts.get(id);
        let Some(release) = fact.text(command::RELEASE_MIGRATES) else { continue };
        let Some((config, _)) = configs.of_command(fact) else { continue };
        let environment = fact.text(command::ENVIRONMENT);
        for entry in entries(facts, id) {
            let known = deploys.entry(entry).or_default();
            let is_known = |one: &Deploy| one.config == config && one.environment.as_deref() == environment;
            if !known.iter().any(is_known) {
                let environment = environment.map(Arc::from);
                known.push(Deploy { config, environment, release: release.into() });
            }
        }
    }
    for id in facts.of_kind(command::KIND).to_vec() {
        let fact = facts.get(id);
        let runs = matches!(fact.text(command::PHASE), Some("ci" | "deploy" | "manual"));
        if !runs || !fact.has(command::EFFECTS, "migrate") {
            continue;
        }
        let Some(worked_on) = worked_on(facts, id) else { continue };
        let mut again = entries(facts, id).into_iter().filter_map(|entry| deploys.get(&entry)).flatten();
        let again = again.find(|deploy| same_app(facts, repo, (fact, &worked_on), deploy));
        let text = again.map(|deploy| Arc::clone(&deploy.release));
        let Some(text) = text else { continue };
        let span = fact.span;
        facts.get_mut(id).set(command::MIGRATES_AGAIN, text, span).set(command::ENVIRONMENT, worked_on, span);
    }
}

/// The entry points that lead to a command.
fn entries(facts: &Facts, id: FactId) -> FxHashSet<u32> {
    let runs = facts.runs();
    let frames = runs.frames_of(id);
    frames.filter_map(|frame| runs.frames.get(frame as usize)).flatten().copied().collect()
}

/// The environment of a command: its own, or that of the machine that another command runs it on.
fn worked_on(facts: &Facts, id: FactId) -> Option<Arc<str>> {
    let around = facts.around(id).take_while(|id| facts.get(*id).kind == command::KIND);
    let mut all = std::iter::once(id).chain(around).map(|id| facts.get(id).text(command::ENVIRONMENT));
    all.find_map(|name| name.map(Arc::from))
}

/// Whether a migration may be that of the app that is deployed: in its environment, and not in a folder
/// beside the app's.
fn same_app(facts: &Facts, repo: &Repo, (migration, worked_on): (&Fact, &str), deploy: &Deploy) -> bool {
    let folder = folder_of(repo.path(facts.get(deploy.config).span.file));
    let within = |inner: &str, outer: &str| {
        outer.is_empty()
            || inner.strip_prefix(outer).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    };
    let near = migration
        .text(command::DIRECTORY)
        .is_none_or(|directory| within(directory, folder) || within(folder, directory));
    near && deploy.environment.as_deref() == Some(worked_on)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::read::link::testing::linked;

    fn fields(files: &[(&str, &str)], field: crate::facts::Field) -> Vec<String> {
        let (facts, _) = linked(files);
        let commands = facts.of_kind(command::KIND).iter().map(|&id| facts.get(id));
        commands.filter_map(|fact| fact.text(field)).map(str::to_owned).collect()
    }

    const APPS: [(&str, &str); 2] = [
        ("web/fly.toml", "app = \"shop-web\"\r\n"),
        (
            "api/fly.toml",
            "\u{feff}app = '店-api' # 🐘\n[deploy]\nrelease_command = 'npx prisma migrate deploy'\n",
        ),
    ];

    #[test]
    fn a_configuration_belongs_to_its_app() {
        let of = |line: &str| fields(&[APPS[0], APPS[1], ("a.sh", line)], command::CONFIG_APP);
        assert_eq!(of("fly deploy -a shop-web -c api/fly.toml"), ["店-api"]);
        assert_eq!(of("fly deploy -a shop-web -c api/fly.toml --depot false"), ["店-api"]);
        assert_eq!(of("app=shop-web\nfly deploy -a \"$app\" -c api/fly.toml"), ["店-api"]);
        assert_eq!(of("fly deploy -a shop-web -c web/fly.toml"), [""; 0]);
        assert_eq!(of("fly deploy -a shop-web-pr-1 -c api/fly.toml"), [""; 0]);
        assert_eq!(of("fly logs -a shop-web -c api/fly.toml"), [""; 0]);
        assert_eq!(of("fly deploy -c api/fly.toml"), [""; 0]);
        assert_eq!(of("fly deploy -a -c"), [""; 0]);
    }

    #[test]
    fn a_deploy_of_the_same_run_migrates_again() {
        let of = |text: &str| fields(&[APPS[0], APPS[1], ("Makefile", text)], command::MIGRATES_AGAIN).len();
        let migrate = "DATABASE_URL=x fly ssh console -a shop-production -C 'npx prisma migrate deploy'\n";
        let deploy = "fly deploy -a shop-production -c api/fly.toml";
        assert_eq!(of(&format!("ship:\n\t{migrate}\t{deploy}\n")), 1);
        assert_eq!(of(&format!("ship:\n\t{deploy}\n\t{migrate}\n")), 1);
        assert_eq!(of(&format!("ship:\n\t{deploy} --skip-release-command\n\t{migrate}\n")), 0);
        assert_eq!(of(&format!("ship:\n\t{deploy}\nmigrate:\n\t{migrate}\n")), 0);
        assert_eq!(of(&format!("ship:\n\tfly deploy -a shop-staging -c api/fly.toml\n\t{migrate}\n")), 0);
    }
}
