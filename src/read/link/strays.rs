//! Words of one environment where something works on another: variables of commands, steps and jobs,
//! configurations of fly apps. Knows names, not what is behind them; where a name allows a good reason, it
//! says nothing.

use std::sync::Arc;

use rustc_hash::FxHashMap;

use super::deploys;
use crate::facts::words::{command, job, step, stray, variable};
use crate::facts::{Environments, Fact, FactId, Facts};
use crate::read::Settings;
use crate::read::placeholder::{mask, shown};
use crate::syntax::expression;
use crate::text::Span;

/// Words in names of variables that mean another environment on purpose: what is promoted, compared or
/// allowed, or the name of an environment itself.
const ON_PURPOSE: [&str; 35] = [
    "from",
    "source",
    "src",
    "origin",
    "origins",
    "image",
    "tag",
    "digest",
    "version",
    "sha",
    "ref",
    "base",
    "previous",
    "prev",
    "branch",
    "compare",
    "candidate",
    "promote",
    "promoted",
    "artifact",
    "cache",
    "allowed",
    "cors",
    "env",
    "environment",
    "environments",
    "stage",
    "label",
    "labels",
    "channel",
    "title",
    "message",
    "old",
    "upstream",
    "registry",
];

/// Words in names of variables that hold a resource.
const RESOURCES: [&str; 22] = [
    "url",
    "uri",
    "host",
    "hostname",
    "db",
    "database",
    "bucket",
    "app",
    "server",
    "address",
    "addr",
    "endpoint",
    "dsn",
    "redis",
    "queue",
    "topic",
    "project",
    "account",
    "cluster",
    "domain",
    "table",
    "namespace",
];

pub(super) fn link(facts: &mut Facts, settings: &Settings) {
    let environments = &settings.environments;
    let mut found = Vec::new();
    for &id in facts.of_kind(command::KIND) {
        of_command(facts, environments, id, &mut found);
    }
    let mut mixed = FxHashMap::default();
    for &id in facts.of_kind(variable::KIND) {
        let Some((unit, stray)) = of_variable(facts, environments, id) else { continue };
        let own = stray.text(stray::ENVIRONMENT).unwrap_or_default();
        if !*mixed.entry(unit).or_insert_with(|| works_elsewhere(facts, environments, unit, own)) {
            found.push((stray, id));
        }
    }
    for (fact, parent) in found {
        facts.add(fact, Some(parent));
    }
}

fn of_command(facts: &Facts, environments: &Environments, id: FactId, found: &mut Vec<(Fact, FactId)>) {
    let fact = facts.get(id);
    let env = fact.map(command::ENV);
    if let Some(own) = own(fact, environments).filter(|_| !env.is_empty()) {
        let copies = ["backup", "restore"].iter().any(|effect| fact.has(command::REACHES, effect));
        for (name, value, span) in env {
            if let Some((words, other)) = foreign(name, value, environments, (&own, copies)) {
                let mut stray = made("variable", name, &words, (&own, &other), *span);
                stray.route.clone_from(&fact.route);
                found.push((stray, id));
            }
        }
    }
    if let Some((path, own, other, span)) = configuration(facts, environments, id) {
        let mut stray = made("configuration", "--config", path, (own, other), span);
        stray.route.clone_from(&fact.route);
        found.push((stray, id));
    }
}

/// The environment that a command works on: its own, or the one that it names to what it calls.
fn own(fact: &Fact, environments: &Environments) -> Option<Arc<str>> {
    if let Some(name) = fact.text(command::ENVIRONMENT) {
        return Some(name.into());
    }
    let calls = matches!(fact.text(command::CALLS), Some("script" | "task" | "function"));
    let mut args = fact.list(command::ARGS).iter().filter(|_| calls);
    args.find_map(|(word, _)| {
        let whole = word.chars().all(char::is_alphanumeric);
        environments.by_word(word).filter(|_| whole).map(|found| found.name.as_str().into())
    })
}

/// Whether a step or a job says another environment as well: a job may deploy to one after another.
fn works_elsewhere(facts: &Facts, environments: &Environments, unit: FactId, own: &str) -> bool {
    let works = |id: &FactId| facts.get(*id).text(command::ENVIRONMENT).is_some_and(|name| name != own);
    let names = [step::NAME, step::IF, job::NAME, job::ID, job::IF];
    let names = names.into_iter().filter_map(|field| facts.get(unit).text(field));
    let mut named = names.flat_map(|text| named(text, environments));
    named.any(|name| name != own) || facts.inside(unit).iter().any(works)
}

/// A variable of a step or a job, and that step or job.
fn of_variable(facts: &Facts, environments: &Environments, id: FactId) -> Option<(FactId, Fact)> {
    let fact = facts.get(id);
    if !matches!(fact.text(variable::SCOPE), Some("step-env" | "job-env")) {
        return None;
    }
    let own = fact.text(variable::ENVIRONMENT)?;
    let unit = facts.parent(id)?;
    let field = if facts.get(unit).kind == step::KIND { step::EFFECTS } else { job::EFFECTS };
    let copies = ["backup", "restore"].iter().any(|effect| facts.get(unit).has(field, effect));
    let slot = fact.get(variable::TEMPLATE).or_else(|| fact.get(variable::VALUE))?;
    let name = fact.text(variable::NAME)?;
    let (words, other) = foreign(name, slot.value.as_text()?, environments, (own, copies))?;
    Some((unit, made("variable", name, &words, (own, &other), slot.span)))
}

/// The words of a value that name another environment than `own`, and that environment. `copies` tells
/// that data may be carried from one environment to another.
fn foreign(
    name: &str,
    value: &str,
    environments: &Environments,
    (own, copies): (&str, bool),
) -> Option<(String, String)> {
    let parts: Vec<String> = words(name).map(str::to_lowercase).collect();
    if parts.iter().any(|part| ON_PURPOSE.contains(&part.as_str())) {
        return None;
    }
    let (text, told) = resource(value)?;
    // A literal may name an environment for any reason.
    if !told && !parts.iter().any(|part| RESOURCES.contains(&part.as_str())) {
        return None;
    }
    let found = named(&text, environments);
    let other = *found.first()?;
    let about = named(name, environments);
    // `dev` is the end of many addresses, and what a preview uses is often what others use.
    let plain = told || !matches!(other, "development" | "preview");
    let hurts = environments.is_protected(own) || told && environments.is_protected(other) && !copies;
    if found.iter().any(|name| *name != other) || other == own || !about.is_empty() || !plain || !hurts {
        return None;
    }
    let inner = |c: char| !c.is_alphanumeric() && !matches!(c, '-' | '_' | '.');
    let mut pieces = text.split(inner);
    let piece = pieces.find(|piece| named(piece, environments).contains(&other)).unwrap_or_default();
    Some((piece.to_owned(), other.to_owned()))
}

/// The words of a value that may name a resource, and whether they are the name of a secret or a
/// variable. A condition in it may choose between environments.
fn resource(value: &str) -> Option<(String, bool)> {
    let shown = shown(value);
    if shown.contains("${{") {
        let (found, _) = expression::find(&shown);
        let mut names = Vec::new();
        for one in &found {
            let contexts = one.tree.as_ref()?.contexts();
            let [(path, _)] = contexts.as_slice() else { return None };
            names.extend(
                path.strip_prefix("secrets.").or_else(|| path.strip_prefix("vars.")).map(str::to_owned),
            );
        }
        return (!names.is_empty()).then(|| (names.join(" "), true));
    }
    if let Some(name) = value.strip_prefix('$') {
        let name = name.trim_start_matches('{').trim_end_matches('}');
        let plain = !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
        return plain.then(|| (name.to_owned(), true));
    }
    // `staging` alone is a setting; a branch is no resource.
    let resource = value.contains(['.', '-', '_', '/']) && !value.contains("refs/") && !value.contains("$(");
    (resource && !value.starts_with("origin/")).then(|| (value.to_owned(), false))
}

/// The words of a text or a name.
fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty())
}

/// The environments that words of a text name.
fn named<'e>(text: &str, environments: &'e Environments) -> Vec<&'e str> {
    words(text).filter_map(|word| environments.by_word(word)).map(|found| found.name.as_str()).collect()
}

/// A fly app of one environment with the configuration of another, where both say so in their names; the
/// configuration's path, the environments, the place. An app of a preview may use any.
fn configuration<'f>(
    facts: &'f Facts,
    environments: &'f Environments,
    id: FactId,
) -> Option<(&'f str, &'f str, &'f str, Span)> {
    let fact = facts.get(id);
    let uses = matches!(fact.text(command::VERB), Some("deploy" | "launch" | "console"));
    if fact.text(command::PROGRAM) != Some("flyctl") || !uses || fact.get(command::APP_CONFIG).is_some() {
        return None;
    }
    let (path, span) = fact.entry(command::FLAGS, "config")?;
    let (app, _) = deploys::app(facts, id)?;
    let own = environments.of_app(&mask(&app))?;
    let other = environments.by_word(&mask(path.rsplit('/').next().unwrap_or_default()))?;
    let differ = own.name != other.name && (own.protected || other.protected);
    let clear = named(path, environments).iter().all(|name| *name == other.name);
    (differ && clear).then_some((path, own.name.as_str(), other.name.as_str(), span))
}

fn made(what: &str, name: &str, text: &str, (own, other): (&str, &str), span: Span) -> Fact {
    Fact::new(stray::KIND, span)
        .with(stray::WHAT, what, span)
        .with(stray::NAME, name, span)
        .with(stray::TEXT, text, span)
        .with(stray::ENVIRONMENT, own, span)
        .with(stray::OTHER, other, span)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(name: &str, value: &str, own: &str) -> Option<String> {
        foreign(name, value, &Environments::default(), (own, false))
            .map(|(words, other)| format!("{words}: {other}"))
    }

    #[test]
    fn values_tell_their_environment() {
        let says = |name: &str, value: &str| told(name, value, "production").unwrap_or_default();
        assert_eq!(
            says("DATABASE_URL", "postgres://u:p@店-staging.internal/x"),
            "店-staging.internal: staging"
        );
        assert_eq!(says("DATABASE_URL", "$STG_DATABASE_URL"), "STG_DATABASE_URL: staging");
        assert_eq!(says("DB", "${{ secrets.STAGING_DB }}"), "STAGING_DB: staging");
        assert_eq!(says("TOKEN", "${{ secrets.DEV_TOKEN }}"), "DEV_TOKEN: development");
        for (name, value) in [
            ("STAGING_URL", "https://staging.example.com"),
            ("APP_URL", "https://shop.fly.dev"),
            ("NODE_ENV", "staging"),
            ("APP_URL", "https://staging.example.com,https://production.example.com"),
            ("IMAGE", "registry.fly.io/shop-staging:1"),
            ("SOURCE_DATABASE_URL", "${{ secrets.STAGING_DB }}"),
            ("DATABASE_URL", "${{ inputs.env == 'staging' && secrets.STAGING_DB || secrets.DB }}"),
            ("DATABASE_URL", "${{ secrets.DATABASE_URL }}"),
            ("DATABASE_URL", "${{ secrets. }}"),
            ("GREETING", "hello-from-staging"),
            ("DATABASE_URL", ""),
            ("", "🐘$"),
        ] {
            assert_eq!(says(name, value), "", "{name}={value}");
        }
    }

    #[test]
    fn a_protected_environment_is_not_reached_from_elsewhere() {
        assert!(told("TOKEN", "${{ secrets.TOKEN_PRODUCTION }}", "staging").is_some());
        assert!(told("API_URL", "https://production.example.com", "staging").is_none());
        assert!(told("TOKEN", "${{ secrets.TOKEN_STAGING }}", "preview").is_none());
    }
}
