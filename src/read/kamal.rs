//! Kamal's `deploy.yml`: the service, what each role runs, its variables and its aliases. Templates
//! (`<%= … %>`) are never evaluated: what they make is not known. Does not know what Kamal's commands do,
//! nor how a destination's file is merged over the main one.

use super::command::{self, Site};
use super::fly::split::split;
use super::{Reader, Settings, host, secret};
use crate::facts::words::{kamal_alias, kamal_config as config, process, variable};
use crate::facts::{Fact, FactRef, Field, Reading};
use crate::repo::Repo;
use crate::syntax::yaml::{self, Node};
use crate::text::{FileId, Passage, Span};
use std::ops::Range;
use std::sync::Arc;

/// Texts with their places.
type Words = Vec<(Arc<str>, Span)>;

#[cfg(test)]
mod tests;

/// Keys that tell Kamal's file from another one of its name.
const KEYS: &[&str] =
    &["service", "servers", "registry", "builder", "accessories", "proxy", "traefik", "aliases", "boot"];

/// The word for what a template makes.
const HOLE: &str = "__erb__";

/// Reads a `config/deploy.yml` or `config/deploy.<destination>.yml`; of a file that is none of Kamal's
/// only the `file` fact.
#[must_use]
pub fn read(repo: &Repo, id: FileId, settings: &Settings) -> Reading {
    let mut out = Reading::default();
    let path = repo.path(id);
    let file = host::file(&mut out, repo, id, Reader::Kamal);
    let written = repo.passage(id);
    let (passage, templated) = filled(&written);
    let (tree, faults) = yaml::parse(&passage);
    let root = tree.root();
    let known =
        |root: &Node<'_>| root.entries().any(|entry| entry.key.text().is_some_and(|key| KEYS.contains(&key)));
    let Some(root) = root.filter(known) else {
        // Without its own keys it may be anything; only a template may hide them.
        if templated {
            let why = ("config", "its keys are made by a template");
            host::unresolved(&mut out, Some(file), why, path, Span::point(id, 0));
        }
        return out;
    };
    for fault in &faults {
        if templated {
            let words = passage.text().get(fault.range.clone()).unwrap_or_default();
            let place = fault.finding(&passage).primary.span;
            let why = ("config", "what a template makes around it is not known");
            host::unresolved(&mut out, Some(file), why, words, place);
        } else {
            out.find(fault.finding(&passage));
        }
    }
    let budget = host::Budget::of(&passage);
    let mut page = Page { out: &mut out, passage: &passage, settings, parent: file, budget };
    page.config(root, path, repo);
    page.variables(root);
    page.processes(root);
    page.aliases(root, folder_of_app(path));
    if !page.budget.spend(0) {
        host::unresolved(&mut out, Some(file), ("config", host::REPEATS), path, Span::point(id, 0));
    }
    out
}

/// The folder that Kamal is started in: the one that `config` is in.
fn folder_of_app(path: &str) -> &str {
    host::folder_of(host::folder_of(path))
}

/// The destination that a path says: `staging` in `config/deploy.staging.yml`.
fn destination(path: &str) -> Option<&str> {
    let name = path.rsplit('/').next()?;
    let (stem, _) = name.rsplit_once('.')?;
    stem.strip_prefix("deploy.").filter(|destination| !destination.is_empty())
}

/// The text with a word for each value of a template, and without its other tags; whether there was
/// one.
fn filled(written: &Passage) -> (Passage, bool) {
    let text = written.text();
    if memchr::memmem::find(text.as_bytes(), b"<%").is_none() {
        return (written.clone(), false);
    }
    let mut derivation = written.derive();
    let mut from = 0;
    while let Some(open) = text[from..].find("<%").map(|at| from + at) {
        let end = text[open..].find("%>").map_or(text.len(), |at| open + at + 2);
        derivation.keep(from..open);
        if text[open..].starts_with("<%=") {
            derivation.swap(open..end, HOLE);
        }
        from = end;
    }
    derivation.keep(from..text.len());
    (derivation.finish(), true)
}

/// One file while it is read.
struct Page<'a, 'o> {
    out: &'o mut Reading,
    passage: &'a Passage,
    settings: &'a Settings,
    parent: FactRef,
    budget: host::Budget,
}

impl Page<'_, '_> {
    fn config(&mut self, root: Node<'_>, path: &str, repo: &Repo) {
        let start = Span::point(self.passage.span().file, 0);
        let service = text(root.get("service"));
        let span = service.map_or(start, |(_, span)| span);
        let mut fact =
            Fact::new(config::KIND, span).inside(Some(self.parent)).with(config::PATH, path, start);
        let texts: [(Field, &[&str]); 7] = [
            (config::SERVICE, &["service"]),
            (config::IMAGE, &["image"]),
            (config::HEALTH_PATH, &["proxy", "healthcheck", "path"]),
            (config::BUILDER_REMOTE, &["builder", "remote"]),
            (config::DOCKERFILE, &["builder", "dockerfile"]),
            (config::HOOKS_PATH, &["hooks_path"]),
            (config::PROXY, &["proxy"]),
        ];
        for (field, keys) in texts {
            if let Some((text, span)) = text(at(root, keys)) {
                fact.set(field, text, span);
            }
        }
        for (field, keys) in
            [(config::APP_PORT, &["proxy", "app_port"][..]), (config::RETAIN, &["retain_containers"])]
        {
            let found = text(at(root, keys));
            if let Some((number, span)) =
                found.and_then(|(text, span)| Some((text.parse::<i64>().ok()?, span)))
            {
                fact.set(field, number, span);
            }
        }
        let (addresses, roles) = servers(root, &mut self.budget);
        for (field, items) in [(config::SERVERS, addresses), (config::ROLES, roles)] {
            let span = items.first().map_or(span, |(_, span)| *span);
            fact.set(field, items, span);
        }
        if let Some(arch) = at(root, &["builder", "arch"]) {
            let one = text(Some(arch)).map(|(text, span)| vec![(text.into(), span)]);
            let items = one.unwrap_or_else(|| list(Some(arch)));
            fact.set(config::BUILDER_ARCH, items, self.passage.locate(first_line(self.passage, arch)));
        }
        let secrets = list(at(root, &["env", "secret"]));
        if let Some((_, first)) = secrets.first() {
            let first = *first;
            fact.set(config::SECRETS, secrets, first);
        }
        let required = text(root.get("require_destination"));
        if let Some((text, span)) = required {
            fact.set(config::REQUIRE_DESTINATION, text == "true", span);
        }
        fact.set_some(config::DESTINATION, destination(path), start);
        if let Some((name, protected)) =
            self.environment(path, repo, required.is_some_and(|(text, _)| text == "true"))
        {
            fact.set(config::ENVIRONMENT, name, start);
            fact.set(config::PROTECTED, protected, start);
        }
        self.parent = self.out.add(fact);
    }

    /// The environment that the policy or the destination tells. A file without destinations beside it
    /// is what `kamal deploy` takes without being asked, so it is what is live.
    fn environment(&self, path: &str, repo: &Repo, required: bool) -> Option<(String, bool)> {
        let environments = &self.settings.environments;
        let told = environments.of_config(path).or_else(|| environments.by_word(destination(path)?));
        let alone = || {
            let base = path.rsplit_once('.').map_or(path, |(stem, _)| stem);
            let beside =
                |other: &str| other.strip_prefix(base).is_some_and(|rest| rest.matches('.').count() > 1);
            destination(path).is_none() && !required && !repo.paths().any(beside)
        };
        let found = told.or_else(|| environments.get("production").filter(|_| alone()))?;
        Some((found.name.clone(), found.protected))
    }

    /// Variables of the app, of its roles and accessories, and arguments of the build.
    fn variables(&mut self, root: Node<'_>) {
        let owners = ["servers", "accessories"].into_iter().filter_map(|key| root.get(key));
        let environments = std::iter::once(root)
            .chain(owners.flat_map(Node::entries).map(|entry| entry.value))
            .filter_map(|owner| owner.get("env"));
        let lists: Vec<(Node<'_>, &'static str)> = environments
            // Older files write variables without `clear`.
            .map(|env| (env.get("clear").unwrap_or(env), "kamal-env"))
            .chain(at(root, &["builder", "args"]).map(|args| (args, "kamal-build-arg")))
            .collect();
        for (list, scope) in lists {
            for entry in list.entries() {
                let (Some(name), Some(value)) = (entry.key.text(), entry.value.scalar()) else { continue };
                if !self.budget.spend(value.value.len()) {
                    return;
                }
                self.variable((name, entry.key), &value.value, entry.range(), scope);
            }
        }
    }

    fn variable(
        &mut self,
        (name, key): (&str, Node<'_>),
        value: &Passage,
        range: Range<usize>,
        scope: &'static str,
    ) {
        let literal = !value.text().contains(HOLE);
        let at = self.passage.locate(key.range());
        let span = self.passage.locate(range);
        let mut fact = Fact::new(variable::KIND, span)
            .inside(Some(self.parent))
            .with(variable::NAME, name, at)
            .with(variable::SCOPE, scope, span)
            .with(variable::LITERAL, literal, value.span());
        let secret = if literal { secret::classify(name, Some(value.text())) } else { "no" };
        fact.set(variable::SECRET, secret, if secret == "value" { value.span() } else { at });
        if literal {
            fact.set(variable::VALUE, value.text(), value.span());
        }
        let environment = self.out.fact_mut(self.parent).text(config::ENVIRONMENT).map(str::to_owned);
        fact.set_some(variable::ENVIRONMENT, environment, span);
        self.out.add(fact);
    }

    /// What roles and accessories run in their containers. Kamal puts the words into a line for the
    /// server's shell. Those of accessories are for the entry point of another image, which is not known.
    fn processes(&mut self, root: Node<'_>) {
        let owners = [("servers", true), ("accessories", false)];
        let owners = owners.into_iter().filter_map(|(key, own)| Some((root.get(key)?, own)));
        let found: Vec<_> = owners
            .flat_map(|(owner, own)| owner.entries().map(move |entry| (entry, own)))
            .filter_map(|(entry, own)| Some((entry.key.scalar()?, entry.value.get("cmd")?.scalar()?, own)))
            .collect();
        for (name, line, own) in found {
            let line = &line.value;
            if !self.budget.spend(line.len()) {
                return;
            }
            let fact = Fact::new(process::KIND, name.value.span())
                .inside(Some(self.parent))
                .with(process::NAME, name.value.text(), name.value.span())
                .with(process::TEXT, line.text(), line.span());
            let parent = self.out.add(fact);
            if !own {
                continue;
            }
            let site = host::site("docker-start", "start", None, self.settings);
            command::shell(self.out, line, &Site { parent: Some(parent), ..site });
        }
    }

    /// Aliases: Kamal splits the words and takes them for its own, without a shell.
    fn aliases(&mut self, root: Node<'_>, directory: &str) {
        let found: Vec<_> = root
            .get("aliases")
            .into_iter()
            .flat_map(Node::entries)
            .filter_map(|entry| Some((entry.key.scalar()?, entry.value.scalar()?)))
            .collect();
        for (name, line) in found {
            let line = &line.value;
            if !self.budget.spend(line.len()) {
                return;
            }
            let fact = Fact::new(kamal_alias::KIND, name.value.span())
                .inside(Some(self.parent))
                .with(kamal_alias::NAME, name.value.text(), name.value.span())
                .with(kamal_alias::TEXT, line.text(), line.span());
            let parent = self.out.add(fact);
            let mut whole = line.derive();
            whole.swap(0..0, "kamal ").keep(0..line.len());
            let whole = whole.finish();
            let site = host::site("kamal-alias", "manual", Some(directory), self.settings);
            let split = split(&whole);
            if let Some((range, what)) = &split.open {
                let reason = format!("Kamal cannot split this alias into words: it has {what}");
                let span = whole.locate(range.clone());
                host::unresolved(self.out, Some(parent), ("command", &reason), line.text(), span);
            }
            command::argv(self.out, &whole, &split.words, &Site { parent: Some(parent), ..site });
        }
    }
}

/// Addresses of servers and names of roles.
fn servers(root: Node<'_>, budget: &mut host::Budget) -> (Words, Words) {
    let Some(servers) = root.get("servers") else { return Default::default() };
    let mut roles = Vec::new();
    let mut found = hosts(servers, budget);
    for role in servers.entries() {
        roles.extend(text(Some(role.key)).map(|(name, span)| (name.into(), span)));
        let listed = role.value.get("hosts").unwrap_or(role.value);
        found.extend(hosts(listed, budget));
    }
    (found, roles)
}

/// Each is an address, or an address with tags.
fn hosts(addresses: Node<'_>, budget: &mut host::Budget) -> Words {
    let host = |item: Node<'_>| match item.entries().next() {
        Some(entry) => text(Some(entry.key)).map(|(text, span)| (text.into(), span)),
        None => text(Some(item)).map(|(text, span)| (text.into(), span)),
    };
    addresses.items().take_while(|_| budget.spend(0)).filter_map(host).collect()
}

/// A text that no template makes, with its place.
fn text(node: Option<Node<'_>>) -> Option<(&str, Span)> {
    let value = &node?.scalar()?.value;
    (!value.text().contains(HOLE)).then(|| (value.text(), value.span()))
}

/// The value under keys, from the outermost one.
fn at<'t>(root: Node<'t>, path: &[&str]) -> Option<Node<'t>> {
    path.iter().try_fold(root, |node, key| node.get(key))
}

/// The texts of a list.
fn list(node: Option<Node<'_>>) -> Words {
    let items = node.into_iter().flat_map(Node::items);
    items.filter_map(|item| text(Some(item))).map(|(text, span)| (text.into(), span)).collect()
}

/// The words of a node on its first line.
fn first_line(passage: &Passage, node: Node<'_>) -> Range<usize> {
    let range = node.range();
    let words = passage.text().get(range.clone()).unwrap_or_default();
    range.start..range.start + words.lines().next().unwrap_or_default().trim_end().len()
}
