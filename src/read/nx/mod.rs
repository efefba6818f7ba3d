//! nx `project.json`: targets and their commands. Knows neither the graph of projects nor what
//! `nx.json` and plugins add to targets.

use crate::read::placeholder::PLACEHOLDER;
use std::sync::Arc;

use super::command::{self, Site};
use super::{Reader, Settings};
use crate::facts::words::{file, task, unresolved};
use crate::facts::{Fact, FactRef, Reading};
use crate::finding::Finding;
use crate::repo::Repo;
use crate::syntax::json::{self, Data, Entry, Node};
use crate::text::{FileId, Passage, Span, Weave, one_line};

mod executor;

/// Keys that tell a target of nx from other objects.
const TARGET_KEYS: &[&str] =
    &["executor", "command", "options", "configurations", "dependsOn", "cache", "inputs", "outputs"];

/// Reads a `project.json`. One that is no project of nx gives nothing.
#[must_use]
pub fn read(repo: &Repo, id: FileId, settings: &Settings) -> Reading {
    let mut out = Reading::default();
    let passage = repo.passage(id);
    let (Some(root), faults) = json::parse(&passage) else { return out };
    let Some(targets) = root.get("targets").filter(|entry| is_nx(&root, &entry.node)) else { return out };
    let start = Span::point(id, 0);
    let parent =
        out.add(Fact::new(file::KIND, start).with(file::PATH, Arc::clone(&repo.file(id).path), start).with(
            file::READER,
            Reader::Nx.name(),
            start,
        ));
    out.findings.extend(faults.iter().map(|fault| fault.finding(&passage)));
    let folder = above(repo.path(id));
    let name = root.get("name").and_then(|entry| entry.node.as_text()).map_or_else(
        || folder.rsplit('/').next().unwrap_or_default().to_owned(),
        |name| name.text().to_owned(),
    );
    let site = Site {
        host: "nx-target",
        phase: None,
        parent: Some(parent),
        directory: None,
        errexit: false,
        pipefail: false,
        ignored: None,
        guard: Vec::new(),
        settings,
    };
    let project = Project { repo, name, folder, root: workspace(repo, folder), targets: &targets.node };
    for entry in targets.node.entries() {
        let Data::Object(_) = entry.node.data else {
            let message = format!("target `{}` is an object, not {}", entry.key.text(), entry.node.kind());
            out.find(Finding::syntax(message, passage.locate(entry.key_range.clone())));
            continue;
        };
        project.target(&mut out, entry, &site);
    }
    out
}

/// Whether a file with these targets is a project of nx.
fn is_nx(root: &Node, targets: &Node) -> bool {
    if !matches!(targets.data, Data::Object(_)) {
        return false;
    }
    let schema = root.get("$schema").and_then(|entry| entry.node.as_text());
    let named = schema.is_some_and(|schema| schema.text().contains("nx"));
    named
        || targets.entries().iter().any(|target| TARGET_KEYS.iter().any(|key| target.node.get(key).is_some()))
}

/// A project, and where it lies.
struct Project<'a> {
    repo: &'a Repo,
    name: String,
    /// Its folder, from the root of the repository.
    folder: &'a str,
    /// The folder of the workspace.
    root: &'a str,
    targets: &'a Node,
}

/// The options of a target, those of a configuration before its own.
struct Options<'a> {
    target: &'a Node,
    configuration: Option<&'a Node>,
}

impl<'a> Options<'a> {
    fn get(&self, key: &str) -> Option<&'a Node> {
        let own = || self.target.get("options").and_then(|entry| entry.node.get(key));
        self.configuration.and_then(|node| node.get(key)).or_else(own).map(|entry| &entry.node)
    }

    fn text(&self, key: &str) -> Option<&'a Passage> {
        self.get(key)?.as_text()
    }
}

impl Project<'_> {
    /// A target, and each of its configurations that changes what is run.
    fn target(&self, out: &mut Reading, entry: &Entry, site: &Site<'_>) {
        let named = entry.node.get("defaultConfiguration").and_then(|entry| entry.node.as_text());
        let configurations = entry.node.get("configurations").map_or(&[][..], |all| all.node.entries());
        let usual = named.and_then(|named| configurations.iter().find(|one| one.key.text() == named.text()));
        let configuration = usual.map(|one| &one.node);
        self.task(out, entry, &entry.key, &Options { target: &entry.node, configuration }, site);
        // What an executor does with its options is not looked at.
        if !runs_commands(&entry.node) {
            return;
        }
        for one in configurations {
            let options = Options { target: &entry.node, configuration: Some(&one.node) };
            self.task(out, entry, &one.key, &options, site);
        }
    }

    /// The task of a target; `place` is its key, or that of its configuration.
    fn task(
        &self,
        out: &mut Reading,
        entry: &Entry,
        place: &Passage,
        options: &Options<'_>,
        site: &Site<'_>,
    ) {
        let span = place.span();
        let mut name = format!("{}:{}", self.name, entry.key.text());
        if place.span() != entry.key.span() {
            name = format!("{name}:{}", place.text());
        }
        let fact = Fact::new(task::KIND, span).inside(site.parent);
        let parent = out.add(fact.with(task::NAME, name, span).with(task::RUNNER, "nx", span));
        let site = Site { parent: Some(parent), directory: self.directory(options), ..site.clone() };
        self.needs(out, &entry.node, &site);
        let executor = entry.node.get("executor").and_then(|entry| entry.node.as_text());
        if let Some(line) = entry.node.get("command").and_then(|entry| entry.node.as_text()) {
            command::shell(out, &self.filled(line, options), &site);
        } else if runs_commands(&entry.node) {
            self.commands(out, options, parent, &site);
        } else if let Some(executor) = executor {
            self.execute(out, executor, options, &site);
        }
    }

    /// The commands of `nx:run-commands`.
    fn commands(&self, out: &mut Reading, options: &Options<'_>, parent: FactRef, site: &Site<'_>) {
        if let Some(line) = options.text("command") {
            return command::shell(out, &self.filled(line, options), site);
        }
        let Some(lines) = options.get("commands") else { return };
        let serial = options.get("parallel").is_some_and(|node| matches!(node.data, Data::Bool(false)));
        let mut first: Option<Span> = None;
        let mut count = 0;
        for item in lines.items() {
            let line = item.as_text().or_else(|| item.get("command")?.node.as_text());
            let Some(line) = line else { continue };
            first.get_or_insert_with(|| line.span());
            count += 1;
            command::shell(out, &self.filled(line, options), site);
        }
        if let Some(span) = first.filter(|_| count > 1) {
            out.fact_mut(parent).set(task::PARALLEL, !serial, span);
        }
    }

    /// An executor that is a program, or one that nothing is known of.
    fn execute(&self, out: &mut Reading, executor: &Passage, options: &Options<'_>, site: &Site<'_>) {
        let span = executor.span();
        if executor.text() == "nx:run-script" {
            let Some(script) = options.text("script") else { return };
            let manager = self.manager();
            let site = Site { directory: Some(self.folder.to_owned()), ..site.clone() };
            return run(out, &[manager, "run"], script, &site);
        }
        let Some(line) = executor::command(executor.text()) else {
            let reason = format!("what the executor `{}` does is not known", one_line(executor.text()));
            return note(out, site, ("command", &reason), executor.text(), span);
        };
        let mut words: Vec<_> = line.split_ascii_whitespace().map(|word| made(word, span)).collect();
        let pushes = options.get("push").is_some_and(|node| matches!(node.data, Data::Bool(true)));
        if pushes && line.starts_with("docker") {
            words.push(made("--push", span));
        }
        command::argv(out, executor, &words, site);
    }

    /// What a target depends on runs before it.
    fn needs(&self, out: &mut Reading, target: &Node, site: &Site<'_>) {
        let Some(needs) = target.get("dependsOn") else { return };
        for need in needs.node.items() {
            if let Some(name) = need.as_text() {
                self.need(out, name, site);
                continue;
            }
            let Some(name) = need.get("target").and_then(|entry| entry.node.as_text()) else { continue };
            let others = need.get("projects").map(|entry| &entry.node);
            let single = others.and_then(Node::as_text);
            let listed = others.map_or(&[][..], Node::items).iter().filter_map(Node::as_text);
            let dependencies =
                need.get("dependencies").is_some_and(|entry| matches!(entry.node.data, Data::Bool(true)));
            match single.map(Passage::text) {
                Some("dependencies") => self.upstream(out, name, site),
                None if dependencies => self.upstream(out, name, site),
                None if others.is_none() => self.own(out, name, site),
                Some("self") => self.own(out, name, site),
                _ => {
                    for project in single.into_iter().chain(listed) {
                        let mut word = Weave::at(project.span());
                        word.keep_all(project).put(name.span(), ":").keep_all(name);
                        run(out, &["nx", "run"], &word.finish(), site);
                    }
                }
            }
        }
    }

    /// A word of `dependsOn`.
    fn need(&self, out: &mut Reading, name: &Passage, site: &Site<'_>) {
        let text = name.text();
        match text.split_once(':') {
            _ if text.starts_with('^') => self.upstream(out, name, site),
            // A target's own name may hold a colon.
            Some(_) if self.targets.get(text).is_none() => run(out, &["nx", "run"], name, site),
            _ => self.own(out, name, site),
        }
    }

    /// Another target of this project; nx skips one that it does not have.
    fn own(&self, out: &mut Reading, name: &Passage, site: &Site<'_>) {
        if self.targets.get(name.text()).is_none() {
            return;
        }
        let span = name.span();
        let mut word = Weave::at(span);
        word.put(span, &format!("{}:", self.name)).keep_all(name);
        run(out, &["nx", "run"], &word.finish(), site);
    }

    fn upstream(&self, out: &mut Reading, name: &Passage, site: &Site<'_>) {
        let reason = format!("which projects `{}` depends on is known to nx only", self.name);
        note(out, site, ("config", &reason), name.text(), name.span());
    }

    /// The folder that a target's commands run in: the workspace's, unless an option says another.
    fn directory(&self, options: &Options<'_>) -> Option<String> {
        let Some(cwd) = options.text("cwd") else { return Some(self.root.to_owned()) };
        let cwd = self.filled(cwd, options);
        let mut parts: Vec<&str> = self.root.split('/').filter(|part| !part.is_empty()).collect();
        if cwd.text().starts_with('/') || cwd.text().contains('$') || cwd.text().contains(PLACEHOLDER) {
            return None;
        }
        for part in cwd.text().split('/') {
            match part {
                "" | "." => {}
                ".." => {
                    parts.pop()?;
                }
                part => parts.push(part),
            }
        }
        Some(parts.join("/"))
    }

    /// The text with nx's tokens (`{projectRoot}`, `{args.tag}`) replaced.
    fn filled(&self, text: &Passage, options: &Options<'_>) -> Passage {
        let words = text.text();
        let mut derivation = text.derive();
        let mut kept = 0;
        for (start, _) in words.match_indices('{') {
            let name = &words[start + 1..];
            let Some(len) = name.find(['{', '}']).filter(|len| name[*len..].starts_with('}')) else {
                continue;
            };
            let (token, end) = (&name[..len], start + 1 + len + 1);
            if words[..start].ends_with('$') {
                continue;
            }
            let from_root = self.folder.strip_prefix(self.root).unwrap_or(self.folder).trim_matches('/');
            let value = match token {
                "workspaceRoot" => ".",
                "projectRoot" if from_root.is_empty() => ".",
                "projectRoot" => from_root,
                "projectName" => &self.name,
                token => match token.strip_prefix("args.") {
                    Some(name) => options.text(name).map_or(PLACEHOLDER, Passage::text),
                    None => continue,
                },
            };
            derivation.keep(kept..start);
            derivation.swap(start..end, value);
            kept = end;
        }
        if kept == 0 {
            return text.clone();
        }
        derivation.keep(kept..words.len());
        derivation.finish()
    }

    /// The package manager of the workspace, as its lock file tells.
    fn manager(&self) -> &'static str {
        let has = |name: &str| {
            self.repo.exists(&if self.root.is_empty() {
                name.to_owned()
            } else {
                format!("{}/{name}", self.root)
            })
        };
        match () {
            () if has("pnpm-lock.yaml") => "pnpm",
            () if has("yarn.lock") => "yarn",
            () if has("bun.lock") || has("bun.lockb") => "bun",
            () => "npm",
        }
    }
}

/// Whether a target's commands are written in its options.
fn runs_commands(target: &Node) -> bool {
    let executor = target.get("executor").and_then(|entry| entry.node.as_text());
    match executor.map(Passage::text) {
        Some(name) => matches!(
            name,
            "nx:run-commands"
                | "@nx/workspace:run-commands"
                | "@nrwl/workspace:run-commands"
                | "@nrwl/run-commands:run-commands"
        ),
        None => target.get("command").is_some(),
    }
}

/// A command that nx runs because of `word`, which is its last one.
fn run(out: &mut Reading, before: &[&str], word: &Passage, site: &Site<'_>) {
    let span = word.span();
    let mut whole = Weave::at(span);
    whole.put(span, &format!("{} ", before.join(" "))).keep_all(word);
    let mut words: Vec<Passage> = before.iter().map(|word| made(word, span)).collect();
    words.push(word.clone());
    command::argv(out, &whole.finish(), &words, site);
}

/// A word that stands for the host's words at `span`.
fn made(word: &str, span: Span) -> Passage {
    let mut weave = Weave::at(span);
    weave.put(span, word);
    weave.finish()
}

fn note(out: &mut Reading, site: &Site<'_>, (what, reason): (&'static str, &str), text: &str, span: Span) {
    let fact = Fact::new(unresolved::KIND, span)
        .inside(site.parent)
        .with(unresolved::WHAT, what, span)
        .with(unresolved::REASON, reason, span)
        .with(unresolved::TEXT, one_line(text), span);
    out.add(fact);
}

fn above(path: &str) -> &str {
    path.rsplit_once('/').map_or("", |(folder, _)| folder)
}

/// The nearest folder around `folder` with an `nx.json`; the repository's root where there is none.
fn workspace<'p>(repo: &Repo, folder: &'p str) -> &'p str {
    let mut at = folder;
    while !at.is_empty() {
        if repo.exists(&format!("{at}/nx.json")) {
            return at;
        }
        at = above(at);
    }
    ""
}

#[cfg(test)]
mod tests;
