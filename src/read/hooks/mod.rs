//! Hooks: what pre-commit, lefthook, husky, Kamal and entries of `package.json` run by themselves.
//! Knows how each writes a command down, not what the commands do.

use super::command::{self, Site};
use super::fly::split::split;
use super::{Reader, Settings, host};
use crate::facts::words::hook;
use crate::facts::{Fact, FactRef, Reading};
use crate::repo::Repo;
use crate::syntax::{json, yaml};
use crate::text::{FileId, Passage, Span};

mod lefthook;
mod precommit;
#[cfg(test)]
mod tests;

/// What a script's path says about it: that it is a hook, and when that runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Script<'a> {
    pub phase: &'static str,
    /// Where it runs, from the root.
    pub directory: &'a str,
    /// Whether what starts it stops at its first failure.
    pub errexit: bool,
}

/// Scripts that Kamal runs around its commands, in their order.
pub const KAMAL_HOOKS: &[&str] = &[
    "pre-connect",
    "docker-setup",
    "pre-build",
    "pre-deploy",
    "pre-app-boot",
    "post-app-boot",
    "post-deploy",
    "pre-proxy-reboot",
    "post-proxy-reboot",
];

/// Scripts that git runs, by name.
const GIT_HOOKS: &[&str] = &[
    "applypatch-msg",
    "pre-applypatch",
    "post-applypatch",
    "pre-commit",
    "pre-merge-commit",
    "prepare-commit-msg",
    "commit-msg",
    "post-commit",
    "pre-rebase",
    "post-checkout",
    "post-merge",
    "pre-push",
    "pre-receive",
    "update",
    "post-receive",
    "post-update",
    "push-to-checkout",
    "pre-auto-gc",
    "post-rewrite",
    "sendemail-validate",
    "reference-transaction",
];

/// What `path` says, if it is a script that Kamal or git runs: `.kamal/hooks/pre-deploy`,
/// `.husky/pre-commit`, `.githooks/pre-push`. What is under `.git` is the clone's own.
#[must_use]
pub fn script(path: &str) -> Option<Script<'_>> {
    let (folder, name) = path.rsplit_once('/')?;
    let under = |end: &str| {
        let base = folder.strip_suffix(end)?;
        if base.is_empty() { Some(base) } else { base.strip_suffix('/') }
    };
    if let Some(directory) = under(".kamal/hooks") {
        let phase = match name {
            "pre-build" => "build",
            _ if KAMAL_HOOKS.contains(&name) => "deploy",
            _ => return None,
        };
        return Some(Script { phase, directory, errexit: false });
    }
    if !GIT_HOOKS.contains(&name) {
        return None;
    }
    // git starts hooks in the root of the work tree; husky hands them to `sh -e`.
    let errexit = under(".husky").is_some();
    let kept = errexit || under(".githooks").is_some() || under(".hooks").is_some();
    kept.then_some(Script { phase: "hook", directory: "", errexit })
}

/// Reads a configuration of git hooks.
#[must_use]
pub fn read(repo: &Repo, id: FileId, settings: &Settings) -> Reading {
    let mut out = Reading::default();
    let path = repo.path(id);
    let passage = repo.passage(id);
    let file = host::file(&mut out, repo, id, Reader::Hooks);
    let name = path.rsplit('/').next().unwrap_or(path);
    let first = passage.text().lines().next().unwrap_or_default().len();
    // What is JSON is YAML too.
    if name.ends_with(".toml") {
        let why = ("config", "hooks in TOML are not read");
        host::unresolved(&mut out, Some(file), why, name, passage.locate(0..first));
        return out;
    }
    let (tree, faults) = yaml::parse(&passage);
    out.findings.extend(faults.iter().map(|fault| fault.finding(&passage)));
    let Some(root) = tree.root() else { return out };
    // Git starts hooks in the root of the work tree, wherever their configuration lies.
    let site = host::site("hook", "hook", Some(""), settings);
    let site = Site { parent: Some(file), ..site };
    let mut list = List { out: &mut out, passage: &passage, site, budget: host::Budget::of(&passage) };
    if name.starts_with(".pre-commit-config") {
        precommit::read(&mut list, root);
    } else {
        lefthook::read(&mut list, root);
    }
    if !list.budget.spend(0) {
        host::unresolved(&mut out, Some(file), ("config", host::REPEATS), name, passage.locate(0..first));
    }
    out
}

/// Reads the hooks that a `package.json` holds: of husky's older form, simple-git-hooks, lint-staged.
pub fn package(out: &mut Reading, passage: &Passage, root: &json::Node, site: &Site<'_>) {
    let site = Site { host: "hook", phase: Some("hook"), ..site.clone() };
    let root_site = Site { directory: Some(String::new()), ..site.clone() };
    let husky = root.get("husky").and_then(|entry| entry.node.get("hooks"));
    for (entry, runner) in [(husky, "husky"), (root.get("simple-git-hooks"), "simple-git-hooks")] {
        for entry in entry.map_or(&[][..], |entry| entry.node.entries()) {
            let Some(line) = entry.node.as_text() else { continue };
            let event = (entry.key.text(), key_place(passage, entry));
            let mut list = List { out, passage, site: root_site.clone(), budget: host::Budget::of(line) };
            list.shell(&Named { name: event, event, runner }, line);
        }
    }
    for entry in root.get("lint-staged").map_or(&[][..], |entry| entry.node.entries()) {
        let name = (entry.key.text(), key_place(passage, entry));
        for line in
            entry.node.as_text().into_iter().chain(entry.node.items().iter().filter_map(json::Node::as_text))
        {
            let mut list = List { out, passage, site: site.clone(), budget: host::Budget::of(line) };
            // The files are added behind the words, and no shell reads them.
            list.words(&Named { name, event: ("pre-commit", name.1), runner: "lint-staged" }, line, &[]);
        }
    }
}

fn key_place(passage: &Passage, entry: &json::Entry) -> Span {
    if entry.key.is_empty() { passage.locate(entry.key_range.clone()) } else { entry.key.span() }
}

/// What a hook is called and when it runs, with the places that say so.
struct Named<'a> {
    name: (&'a str, Span),
    event: (&'a str, Span),
    runner: &'static str,
}

/// Hooks of one file.
struct List<'a, 'o> {
    out: &'o mut Reading,
    passage: &'a Passage,
    site: Site<'a>,
    budget: host::Budget,
}

impl List<'_, '_> {
    /// A hook whose line a shell reads.
    fn shell(&mut self, named: &Named<'_>, line: &Passage) {
        if !self.budget.spend(line.len()) {
            return;
        }
        let parent = self.add(named, line);
        let site = Site { parent: Some(parent), ..self.site.clone() };
        command::shell(self.out, line, &site);
    }

    /// A hook whose line is split into words, with more words behind it; no shell reads them.
    fn words(&mut self, named: &Named<'_>, line: &Passage, more: &[Passage]) {
        if !self.budget.spend(line.len() + more.iter().map(|word| word.len() + 16).sum::<usize>()) {
            return;
        }
        let parent = self.add(named, line);
        let found = split(line);
        let site = Site { parent: Some(parent), ..self.site.clone() };
        if let Some((range, what)) = found.open {
            let reason = format!("this command cannot be split into words: it has {what}");
            let span = line.locate(range);
            host::unresolved(self.out, Some(parent), ("command", &reason), line.text(), span);
        }
        let mut words = found.words;
        words.extend(more.iter().cloned());
        command::argv(self.out, line, &words, &site);
    }

    fn add(&mut self, named: &Named<'_>, line: &Passage) -> FactRef {
        let fact = Fact::new(hook::KIND, named.name.1)
            .inside(self.site.parent)
            .with(hook::NAME, named.name.0, named.name.1)
            .with(hook::EVENT, named.event.0, named.event.1)
            .with(hook::RUNNER, named.runner, named.name.1)
            .with(hook::TEXT, line.text(), line.span());
        self.out.add(fact)
    }

    /// The place of a value on one line.
    fn place(&self, node: yaml::Node<'_>) -> Span {
        let range = node.range();
        let words = self.passage.text().get(range.clone()).unwrap_or_default();
        let line = words.lines().next().unwrap_or_default().trim_end();
        self.passage.locate(range.start..range.start + line.len())
    }

    fn unresolved(&mut self, node: yaml::Node<'_>, reason: &str) {
        let span = self.place(node);
        let words = self.passage.text().get(node.range()).unwrap_or_default();
        host::unresolved(self.out, self.site.parent, ("command", reason), words, span);
    }
}
