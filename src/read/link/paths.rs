//! From commands to the files that they name: configurations, Dockerfiles, SQL, scripts. Says that one
//! is missing only where nothing of the repository could bring it; knows no rule.

use std::sync::Arc;

use rustc_hash::{FxHashMap, FxHashSet};

use super::calls::{folder_of, join};
use crate::facts::words::{command, job, path_reference, step};
use crate::facts::{Fact, FactId, Facts};
use crate::repo::Repo;
use crate::text::Span;

/// Hosts whose commands run in a checkout of the repository.
const HOSTS: &[&str] =
    &["workflow-step", "action-step", "script", "recipe", "target", "nx-target", "package-script"];

/// Folders and parts of names that are made while things run, or are kept out of the repository.
const MADE: &[&str] = &[
    "dist",
    "build",
    "out",
    "target",
    "tmp",
    "temp",
    "node_modules",
    "vendor",
    "coverage",
    "generated",
    "artifacts",
    "release",
    "bin",
    "obj",
    "public",
    "local",
    "override",
    "backup",
    "backups",
    "dump",
    "secret",
    "secrets",
    "private",
    "rendered",
    "output",
    "gen",
];

/// Programs that make no file of the names that their words say.
const READERS: &[&str] =
    &["flyctl", "docker", "podman", "psql", "bash", "sh", "zsh", "dash", "chmod", "test", "[", "echo"];

/// Longest path that is looked up, in bytes.
const LONGEST: usize = 512;

/// Most flags of one command that are looked at.
const MOST: usize = 100;

/// A file that a command names.
struct Named<'f> {
    text: &'f str,
    role: &'static str,
    span: Span,
}

/// Adds a fact for each file that a command names.
pub(super) fn link(facts: &mut Facts, repo: &Repo) {
    let places = Places::gather(facts, repo);
    let mut seen: FxHashSet<(Span, String)> = FxHashSet::default();
    let mut derived: Vec<(Fact, FactId)> = Vec::new();
    for &id in facts.of_kind(command::KIND) {
        let fact = facts.get(id);
        if !fact.text(command::HOST).is_some_and(|host| HOSTS.contains(&host)) {
            continue;
        }
        for named in named(fact) {
            let Some(path) = path_of(fact, &named) else { continue };
            if !seen.insert((named.span, path.clone())) {
                continue;
            }
            derived.push((places.reference(facts, repo, id, &named, &path), id));
        }
        if let Some((named, path)) = script(fact) {
            if places.settles(named.span) || !seen.insert((named.span, path.clone())) {
                continue;
            }
            derived.push((places.reference(facts, repo, id, &named, &path), id));
        }
    }
    for (fact, id) in derived {
        facts.add(fact, Some(id));
    }
}

/// The files that the words of a command name, but for scripts.
fn named(fact: &Fact) -> Vec<Named<'_>> {
    let program = fact.text(command::PROGRAM).unwrap_or_default();
    let verb = fact.text(command::VERB).unwrap_or_default();
    let has_url =
        || fact.list(command::ARGS).iter().any(|(word, _)| word.contains("://") || word.starts_with("git@"));
    let roles: &[(&str, &'static str)] = match (program, verb) {
        // These write the file, or look for it somewhere else.
        ("flyctl", "launch" | "config save" | "apps create" | "launch plan" | "launch plan generate") => &[],
        ("flyctl", _) => &[("config", "config"), ("dockerfile", "dockerfile")],
        ("docker" | "podman", "build" | "buildx build" | "image build") if !has_url() => {
            &[("file", "dockerfile")]
        }
        ("docker" | "podman", verb) if verb.starts_with("compose") => &[("file", "compose-file")],
        ("psql", _) => &[("file", "sql-file")],
        _ => &[],
    };
    let words = fact.list(command::WORDS);
    let flags = fact.map(command::FLAGS).iter().take(MOST).filter_map(|(name, value, span)| {
        let (_, role) = roles.iter().find(|(flag, _)| *flag == name.as_ref())?;
        let joined = format!("={value}");
        let word = words.iter().find(|(word, _)| **word == **value || word.ends_with(&joined));
        Some(Named { text: value.as_ref(), role, span: word.map_or(*span, |(_, span)| *span) })
    });
    flags.collect()
}

/// The path from the root, where the words are written out and name a file of the repository.
fn path_of(fact: &Fact, named: &Named<'_>) -> Option<String> {
    let text = named.text;
    let outside = text.is_empty()
        || text.len() > LONGEST
        || text.starts_with(['/', '~', '-', '<', '['])
        || text.contains(['$', '`', '*', '?', '{', '(', '\\', ' '])
        || text.contains("://")
        || text.contains("__expr");
    if outside {
        return None;
    }
    let directory = fact.text(command::DIRECTORY)?;
    let moves = fact.text(command::PROGRAM) == Some("flyctl") && fact.text(command::VERB) == Some("deploy");
    match fact.list(command::ARGS).first().filter(|_| moves) {
        Some((working, _)) if working.contains(['$', '`', '*', '{']) || working.contains("__expr") => None,
        Some((working, _)) => Some(join(&join(directory, working), text)),
        None => Some(join(directory, text)),
    }
}

/// The script that a command calls, where it is certainly not there.
fn script(fact: &Fact) -> Option<(Named<'_>, String)> {
    let role = match fact.text(command::CALLS)? {
        "script" => "script",
        "package-script" => "package-script",
        _ => return None,
    };
    let asked = fact.entry(command::FLAGS, "if-present").is_none();
    if fact.bool(command::RESOLVED) != Some(false) || !asked || fact.text(command::PHASE) == Some("release") {
        return None;
    }
    let slot = fact.get(command::TARGET)?;
    let text = slot.value.as_text()?;
    (!text.contains("__expr") && text.len() <= LONGEST)
        .then(|| (Named { text, role, span: slot.span }, text.to_owned()))
}

/// What the repository holds, and what is made while its commands run.
struct Places {
    /// Folders by path, and whether a file lies in them directly.
    folders: FxHashMap<String, bool>,
    /// Files by their names.
    names: FxHashMap<String, Vec<String>>,
    /// Names of files that commands may write.
    made: FxHashSet<String>,
    /// Places of calls that are found on another way, or that the release phase makes.
    settled: FxHashSet<Span>,
    /// Jobs whose checkout is not this repository at its root.
    foreign: FxHashSet<FactId>,
}

impl Places {
    fn gather(facts: &Facts, repo: &Repo) -> Self {
        let mut folders: FxHashMap<String, bool> = FxHashMap::default();
        let mut names: FxHashMap<String, Vec<String>> = FxHashMap::default();
        for path in repo.paths() {
            let mut folder = folder_of(path);
            folders.insert(folder.to_owned(), true);
            while !folder.is_empty() {
                folder = folder_of(folder);
                folders.entry(folder.to_owned()).or_insert(false);
            }
            names.entry(name_of(path).to_owned()).or_default().push(path.to_owned());
        }
        let mut made = FxHashSet::default();
        let mut settled = FxHashSet::default();
        for &id in facts.of_kind(command::KIND) {
            let fact = facts.get(id);
            let program = fact.text(command::PROGRAM).unwrap_or_default();
            let writes = |(text, _): &&(Arc<str>, Span)| {
                text.trim_start_matches(|c: char| c.is_ascii_digit() || c == '&').starts_with('>')
            };
            for (text, _) in fact.list(command::REDIRECTS).iter().filter(writes) {
                made.insert(
                    name_of(text.trim_matches(['"', '\''])).trim_start_matches(['>', ' ', '&']).to_owned(),
                );
            }
            if !READERS.contains(&program) && fact.get(command::CALLS).is_none() {
                for (word, _) in fact.list(command::WORDS) {
                    let word = word.rsplit(['=', ':']).next().unwrap_or(word);
                    made.insert(name_of(word).to_owned());
                }
            }
            if let Some(slot) = fact.get(command::TARGET)
                && (fact.bool(command::RESOLVED) == Some(true)
                    || fact.text(command::PHASE) == Some("release"))
            {
                settled.insert(slot.span);
            }
        }
        Self { folders, names, made, settled, foreign: foreign(facts) }
    }

    fn settles(&self, span: Span) -> bool {
        self.settled.contains(&span)
    }

    fn reference(&self, facts: &Facts, repo: &Repo, id: FactId, named: &Named<'_>, path: &str) -> Fact {
        let fact = facts.get(id);
        let name = name_of(path);
        let is_name = named.role == "package-script";
        let exists = !is_name
            && (repo.exists(path) || self.folders.contains_key(path) || self.may_be_made(path, named.role));
        let mut reference = Fact::new(path_reference::KIND, named.span);
        reference
            .set(path_reference::PATH, path, named.span)
            .set(path_reference::TEXT, named.text, named.span)
            .set(path_reference::ROLE, named.role, named.span)
            .set(path_reference::PROGRAM, fact.text(command::PROGRAM).unwrap_or_default(), named.span)
            .set(path_reference::EXISTS, exists, named.span)
            .set(path_reference::CERTAIN, self.is_certain(facts, id, named, path), named.span);
        if let Some([only]) = self.names.get(name).map(Vec::as_slice).filter(|_| !is_name) {
            reference.set(path_reference::SUGGESTION, only.as_str(), named.span);
        }
        reference
    }

    /// Whether a command or a build may write the file before it is needed.
    fn may_be_made(&self, path: &str, role: &str) -> bool {
        let in_made = folder_of(path).split(['/', '.']).any(|part| MADE.contains(&part));
        let named = role != "script" && name_of(path).split(['.', '-', '_']).any(|part| MADE.contains(&part));
        in_made || named || self.made.contains(name_of(path))
    }

    fn is_certain(&self, facts: &Facts, id: FactId, named: &Named<'_>, path: &str) -> bool {
        let fact = facts.get(id);
        let host = fact.text(command::HOST).unwrap_or_default();
        // What is asked for first may be missing.
        let name = name_of(path);
        let asks = ["-f ", "-e ", "-x ", "-s ", "-r ", "-d ", "exists", "hashFiles", "command -v", "which "];
        let guarded = fact
            .list(command::GUARD)
            .iter()
            .any(|(text, _)| text.contains(name) || asks.iter().any(|ask| text.contains(ask)));
        let in_job = facts.around(id).any(|around| self.foreign.contains(&around));
        if guarded || in_job || fact.text(command::FAILURE) == Some("ignored") {
            return false;
        }
        if named.role == "package-script" {
            return true;
        }
        // A script runs where its caller is.
        if matches!(host, "script" | "package-script") {
            let ends = format!("/{}", named.text.trim_start_matches("./").trim_start_matches("../"));
            let elsewhere = self
                .names
                .get(name)
                .is_some_and(|paths| paths.iter().any(|path| path.ends_with(&ends) || *path == ends[1..]));
            if elsewhere || (host == "script" && fact.route.is_empty()) {
                return false;
            }
        }
        let first = path.split('/').next().unwrap_or_default();
        let inside = path.contains('/') && self.folders.contains_key(first);
        inside || self.folders.get("").copied().unwrap_or(false) && !path.contains('/')
    }
}

/// Jobs that check out another repository, or this one elsewhere, or bring files of other jobs.
fn foreign(facts: &Facts) -> FxHashSet<FactId> {
    let mut checked_out: FxHashSet<FactId> = FxHashSet::default();
    let mut foreign: FxHashSet<FactId> = FxHashSet::default();
    for &id in facts.of_kind(step::KIND) {
        let Some(job) = facts.enclosing(id, job::KIND) else { continue };
        let fact = facts.get(id);
        let has = |name: &str| fact.entry(step::WITH, name).is_some();
        match fact.text(step::ACTION) {
            Some("actions/checkout")
                if !has("repository") && !has("path") && !has("ref") && !has("sparse-checkout") =>
            {
                checked_out.insert(job);
            }
            Some("actions/checkout" | "actions/download-artifact") => {
                foreign.insert(job);
            }
            Some(action)
                if action.contains("download")
                    || action.contains("artifact")
                    || action.contains("cache/restore") =>
            {
                foreign.insert(job);
            }
            _ => {}
        }
    }
    foreign.extend(facts.of_kind(job::KIND).iter().filter(|job| !checked_out.contains(job)));
    foreign
}

fn name_of(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path)
}
