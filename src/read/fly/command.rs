//! Commands of a `fly.toml`: `release_command`, `console_command` and the process groups. flyctl splits them into words
//! and starts no shell. Knows no program.

use std::sync::Arc;

use super::Config;
use super::split::{Split, split};
use super::value::{MOST_TEXT, get, scalar, table, tables};
use crate::facts::{Fact, FactRef, Reading, words};
use crate::read::command::{Site, argv, shell};
use crate::syntax::toml::{self, Data, Entry, Node, Table};
use crate::text::{Passage, cut_line};

/// Adds `release` and `fly.process` facts with their commands.
pub fn read(out: &mut Reading, config: &Config<'_>, root: &Table) {
    if let Some(entry) = table(root, "deploy").and_then(|deploy| get(deploy, "release_command")) {
        release(out, config, entry);
    }
    if let Some(entry) = get(root, "console_command") {
        console(out, config, entry);
    }
    processes(out, config, root);
}

fn release(out: &mut Reading, config: &Config<'_>, entry: &Entry) {
    if !matches!(entry.node.data, Data::Text(_)) {
        let reason = format!("flyctl wants `release_command` as a string, and this is {}", entry.node.kind());
        return config.unresolved(out, &entry.node, reason);
    }
    let line = toml::passage(config.document, &entry.node);
    if line.text().trim().is_empty() {
        return;
    }
    let span = line.span();
    let mut fact = Fact::new(words::release::KIND, span).inside(Some(config.parent)).with(
        words::release::TEXT,
        line.text(),
        span,
    );
    if let Some((app, at)) = &config.app {
        fact.set(words::release::APP, Arc::clone(app), *at);
    }
    if let Some((environment, protected, at)) = &config.environment {
        fact.set(words::release::ENVIRONMENT, Arc::clone(environment), *at);
        fact.set(words::release::PROTECTED, *protected, *at);
    }
    let split = split(&line);
    if let Some(found) = &split.shell {
        let fields = [
            (words::release::SHELL_SYNTAX, Some(&found.range)),
            (words::release::SHELL_PROGRAM, found.program.as_ref()),
            (words::release::SHELL_SCRIPT, found.script.as_ref()),
        ];
        for (field, range) in fields.into_iter().filter_map(|(field, range)| Some((field, range?.clone()))) {
            let words = line.text().get(range.clone()).unwrap_or_default();
            fact.set(field, words, line.locate(range));
        }
    }
    let parent = out.add(fact);
    commands(out, config, (&line, &split), parent, ("release-command", "release"));
}

/// What `fly console` runs, where someone asks for a console.
fn console(out: &mut Reading, config: &Config<'_>, entry: &Entry) {
    if !matches!(entry.node.data, Data::Text(_)) {
        return;
    }
    let line = toml::passage(config.document, &entry.node);
    if line.text().trim().is_empty() {
        return;
    }
    let fact = Fact::new(words::fly_console::KIND, line.span()).inside(Some(config.parent));
    let parent = out.add(fact.with(words::fly_console::TEXT, line.text(), line.span()));
    let split = split(&line);
    commands(out, config, (&line, &split), parent, ("console-command", "manual"));
}

/// The process groups: a map of names to commands, or the older list of tables.
fn processes(out: &mut Reading, config: &Config<'_>, root: &Table) {
    let Some(entry) = get(root, "processes") else {
        let fact = out.fact_mut(config.parent);
        let span = fact.span;
        fact.set(words::fly_config::PROCESSES, Vec::<(Arc<str>, crate::text::Span)>::new(), span);
        return;
    };
    let mut names = Vec::new();
    match &entry.node.data {
        Data::Table(groups) => {
            for group in &groups.entries {
                let at = config.document.locate(group.key_range.clone());
                names.push((Arc::from(group.key.as_str()), at));
                process(out, config, (Arc::from(group.key.as_str()), at), Some(&group.node));
            }
        }
        _ => {
            for (_, group) in tables(entry) {
                let name = get(group, "name").and_then(|entry| scalar(config.document, &entry.node));
                let Some(name) = name else { continue };
                names.push(name.clone());
                process(out, config, name, get(group, "command").map(|entry| &entry.node));
            }
        }
    }
    let at = config.header(&entry.node, entry);
    out.fact_mut(config.parent).set(words::fly_config::PROCESSES, names, at);
}

fn process(
    out: &mut Reading,
    config: &Config<'_>,
    (name, at): (Arc<str>, crate::text::Span),
    command: Option<&Node>,
) {
    let mut fact = Fact::new(words::fly_process::KIND, at).inside(Some(config.parent)).with(
        words::fly_process::NAME,
        name,
        at,
    );
    let command = command.filter(|node| matches!(node.data, Data::Text(_)));
    let line = command.map(|node| toml::passage(config.document, node));
    if let Some(line) = &line {
        fact.set(words::fly_process::COMMAND, line.text(), line.span());
    }
    let parent = out.add(fact);
    // A group without a command runs what the image starts.
    if let Some(line) = line.filter(|line| !line.text().trim().is_empty()) {
        let split = split(&line);
        commands(out, config, (&line, &split), parent, ("fly-process", "start"));
    }
}

/// The commands of a line. Where it has words for a shell that is not there, they are read as the
/// author meant them, so that what they would run is known.
fn commands(
    out: &mut Reading,
    config: &Config<'_>,
    (line, split): (&Passage, &Split),
    parent: FactRef,
    (host, phase): (&'static str, &'static str),
) {
    if let Some((range, what)) = &split.open {
        let span = line.locate(range.clone());
        out.add(
            Fact::new(words::unresolved::KIND, span)
                .inside(Some(parent))
                .with(words::unresolved::WHAT, "command", span)
                .with(
                    words::unresolved::REASON,
                    format!("flyctl cannot split this command: it has {what}"),
                    span,
                )
                .with(words::unresolved::TEXT, cut_line(line.text(), MOST_TEXT), span),
        );
    }
    let site = Site {
        host,
        phase: Some(phase),
        parent: Some(parent),
        directory: Some(String::new()),
        errexit: true,
        pipefail: false,
        ignored: None,
        guard: Vec::new(),
        settings: config.settings,
    };
    if split.shell.is_some() {
        shell(out, line, &site);
    } else {
        argv(out, line, &split.words, &site);
    }
}
