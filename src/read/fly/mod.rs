//! `fly.toml` to facts, as flyctl reads it: legacy forms, single tables for arrays, no shell for
//! commands. Knows no rule, and nothing of what the platform decides.

mod command;
mod key;
mod keys;
mod machine;
mod service;
pub(super) mod split;
#[cfg(test)]
mod tests;
mod types;
mod value;
mod variable;

use std::ops::Range;
use std::sync::Arc;

use super::Settings;
use crate::facts::{Fact, FactRef, Reading, words};
use crate::repo::Repo;
use crate::syntax::toml::{self, Data, Entry, Node, Table};
use crate::text::{FileId, Passage, Span};
use value::{get, table};

/// What all parts of the reader know of the file.
struct Config<'a> {
    document: &'a Passage,
    settings: &'a Settings,
    /// The `fly.config` fact, which contains all others.
    parent: FactRef,
    app: Option<(Arc<str>, Span)>,
    /// The environment's name, whether it is protected, and the words that tell.
    environment: Option<(Arc<str>, bool, Span)>,
}

/// Reads a `fly.toml`. Total: what is no TOML gives findings, and the rest is read.
#[must_use]
pub fn read(repo: &Repo, id: FileId, settings: &Settings) -> Reading {
    of_passage(&repo.passage(id), repo.path(id), settings)
}

/// Reads the text of a `fly.toml`, which may be a part of another file; `path` is empty then.
#[must_use]
pub fn of_passage(document: &Passage, path: &str, settings: &Settings) -> Reading {
    let mut out = Reading::default();
    let start = document.slice(0..0).span();
    out.add(Fact::new(words::file::KIND, start).with(words::file::PATH, path, start).with(
        words::file::READER,
        "fly",
        start,
    ));
    let (root, faults) = toml::parse(document);
    for fault in &faults {
        out.find(fault.finding(document));
    }
    let app_entry = get(&root, "app").filter(|entry| entry.node.as_text().is_some());
    let span = match app_entry {
        Some(entry) => document.locate(entry.key_range.start..entry.node.range.end),
        None => start,
    };
    let app = app_entry.map(|entry| {
        let name = toml::passage(document, &entry.node);
        (Arc::from(name.text()), name.span())
    });
    let environment = environment(settings, path, app.as_ref(), span);
    let mut fact = Fact::new(words::fly_config::KIND, span).with(words::fly_config::PATH, path, span);
    if let Some((app, at)) = &app {
        fact.set(words::fly_config::APP, Arc::clone(app), *at);
    }
    if let Some((name, protected, at)) = &environment {
        fact.set(words::fly_config::ENVIRONMENT, Arc::clone(name), *at);
        fact.set(words::fly_config::PROTECTED, *protected, *at);
    }
    let parent = out.add(fact);
    let config = Config { document, settings, parent, app, environment };
    settings_of_app(&mut out, &config, &root, path);
    service::read(&mut out, &config, &root);
    machine::read(&mut out, &config, &root);
    variable::read(&mut out, &config, &root);
    command::read(&mut out, &config, &root);
    key::read(&mut out, &config, &root);
    out
}

/// The environment that the policy, the file's name or the app's tells. A plain `fly.toml` that tells
/// nothing is what `fly deploy` takes without being asked, so it is what is live.
fn environment(
    settings: &Settings,
    path: &str,
    app: Option<&(Arc<str>, Span)>,
    fallback: Span,
) -> Option<(Arc<str>, bool, Span)> {
    let environments = &settings.environments;
    let told = environments.of_config_with_app(path, app.map(|(name, _)| name.as_ref()));
    let place = |by_app: bool| app.filter(|_| by_app).map_or(fallback, |(_, span)| *span);
    let by_default = || {
        let plain = path.rsplit('/').next() == Some("fly.toml");
        environments.get("production").filter(|_| plain).map(|found| (found, fallback))
    };
    let (found, span) = told.map(|(found, by_app)| (found, place(by_app))).or_else(by_default)?;
    Some((found.name.as_str().into(), found.protected, span))
}

/// The top-level, `[build]` and `[deploy]` keys that describe the app as a whole.
fn settings_of_app(out: &mut Reading, config: &Config<'_>, root: &Table, path: &str) {
    let build = table(root, "build");
    let deploy = table(root, "deploy");
    let fact = out.fact_mut(config.parent);
    let fallback = fact.span;
    let mut text = |field, found: Option<&Entry>| {
        if let Some(entry) = found.filter(|entry| entry.node.as_text().is_some()) {
            let passage = toml::passage(config.document, &entry.node);
            fact.set(field, passage.text(), passage.span());
        }
    };
    text(words::fly_config::PRIMARY_REGION, get(root, "primary_region"));
    text(words::fly_config::STRATEGY, deploy.and_then(|deploy| get(deploy, "strategy")));
    text(words::fly_config::RELEASE_COMMAND, deploy.and_then(|deploy| get(deploy, "release_command")));
    text(words::fly_config::BUILD_IMAGE, build.and_then(|build| get(build, "image")));
    text(words::fly_config::BUILDER, build.and_then(|build| get(build, "builder")));
    let dockerfile = build.and_then(|build| get(build, "dockerfile"));
    if let Some((entry, written)) = dockerfile.and_then(|entry| Some((entry, entry.node.as_text()?))) {
        let span = toml::passage(config.document, &entry.node).span();
        out.fact_mut(config.parent).set(words::fly_config::DOCKERFILE, from_root(path, written), span);
    }
    if out.fact_mut(config.parent).get(words::fly_config::STRATEGY).is_none() {
        out.fact_mut(config.parent).set(words::fly_config::STRATEGY, "rolling", fallback);
    }
    let image = build.and_then(|build| get(build, "image"));
    if let Some(entry) = image.filter(|entry| entry.node.as_text().is_some_and(|text| !text.is_empty())) {
        let passage = toml::passage(config.document, &entry.node);
        let mut fact = super::image::reference(&passage, "fly-build").inside(Some(config.parent));
        if let Some((name, protected, span)) = &config.environment {
            fact.set(words::image::ENVIRONMENT, Arc::clone(name), *span);
            fact.set(words::image::PROTECTED, *protected, *span);
        }
        out.add(fact);
    }
}

/// `written` as flyctl resolves it: against the folder of the configuration file, even where it begins
/// with `/`. An address stays as it is, and so does a path that leads out of the repository.
fn from_root(config: &str, written: &str) -> String {
    if written.contains("://") {
        return written.to_owned();
    }
    let folder = config.rsplit_once('/').map_or("", |(folder, _)| folder);
    let mut path: Vec<&str> = folder.split('/').filter(|part| !part.is_empty()).collect();
    for part in written.split('/') {
        match part {
            "" | "." => {}
            ".." => {
                if path.pop().is_none() {
                    return written.to_owned();
                }
            }
            part => path.push(part),
        }
    }
    path.join("/")
}

impl Config<'_> {
    /// The words of the file at `range`.
    fn words(&self, range: &Range<usize>) -> &str {
        self.document.text().get(range.clone()).unwrap_or_default()
    }

    /// The place of a key with its value; of the header, for a table that has one.
    fn locate(&self, entry: &Entry) -> Span {
        let value = &entry.node.range;
        if value.start >= entry.key_range.end && !matches!(entry.node.data, Data::Table(_)) {
            return self.document.locate(entry.key_range.start..value.end);
        }
        self.header(&entry.node, entry)
    }

    /// The place of one table or value under `entry`: its header, or else its key.
    fn header(&self, node: &Node, entry: &Entry) -> Span {
        let words = self.words(&node.range);
        if words.starts_with('[') && !words.contains('\n') && !matches!(node.data, Data::List(_)) {
            return self.document.locate(node.range.clone());
        }
        self.document.locate(entry.key_range.clone())
    }

    /// Notes what flyctl would not accept, or what cannot be told.
    fn unresolved(&self, out: &mut Reading, node: &Node, reason: String) {
        let span = self.document.locate(value::first_line(self.document, node));
        out.add(
            Fact::new(words::unresolved::KIND, span)
                .inside(Some(self.parent))
                .with(words::unresolved::WHAT, "config", span)
                .with(words::unresolved::REASON, reason, span)
                .with(
                    words::unresolved::TEXT,
                    crate::text::cut_line(self.words(&node.range), value::MOST_TEXT),
                    span,
                ),
        );
    }
}
