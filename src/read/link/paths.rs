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
    let found: Vec<FactId> =
        facts.of_kind(command::KIND).iter().copied().filter(|&id| names_files(facts.get(id))).collect();
    if found.is_empty() {
        return;
    }
    let places = Places::gather(facts, repo);
    let mut seen: FxHashSet<(Span, String)> = FxHashSet::default();
    let mut derived: Vec<(Fact, FactId)> = Vec::new();
    for id in found {
        let fact = facts.get(id);
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

/// Whether the command may name a file that this looks for.
fn names_files(fact: &Fact) -> bool {
    let in_checkout = fact.text(command::HOST).is_some_and(|host| HOSTS.contains(&host));
    in_checkout
        && (fact.bool(command::RESOLVED) == Some(false)
            || matches!(
                fact.text(command::PROGRAM),
                Some("flyctl" | "docker" | "podman" | "psql" | "typeorm")
            ))
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
        // What is compiled is made, and a name without an end is completed.
        ("typeorm", verb)
            if fact
                .entry(command::FLAGS, "dataSource")
                .is_some_and(|(path, _)| !verb.ends_with(":create") && is_source(path)) =>
        {
            &[("dataSource", "data-source")]
        }
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

/// Whether a path is that of code that is written, not compiled.
fn is_source(path: &str) -> bool {
    [".ts", ".mts", ".cts"].iter().any(|end| path.ends_with(end))
}

/// The path from the root, where the words are written out and name a file of the repository.
fn path_of(fact: &Fact, named: &Named<'_>) -> Option<String> {
    let text = named.text;
    let outside = text.is_empty()
        || text.len() > LONGEST
        || text.starts_with(['/', '~', '-', '<', '['])
        || text.contains(['$', '`', '*', '?', '{', '(', '\\', ' '])
        || text.contains("://")
        || text.contains(crate::read::placeholder::PREFIX);
    if outside {
        return None;
    }
    let directory = fact.text(command::DIRECTORY)?;
    let moves = fact.text(command::PROGRAM) == Some("flyctl") && fact.text(command::VERB) == Some("deploy");
    match fact.list(command::ARGS).first().filter(|_| moves) {
        Some((working, _))
            if working.contains(['$', '`', '*', '{'])
                || working.contains(crate::read::placeholder::PREFIX) =>
        {
            None
        }
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
    (!text.contains(crate::read::placeholder::PREFIX) && text.len() <= LONGEST)
        .then(|| (Named { text, role, span: slot.span }, text.to_owned()))
}

/// What the repository holds, and what is made while its commands run.
struct Places<'f> {
    /// Folders by path, and whether a file lies in them directly.
    folders: FxHashMap<&'f str, bool>,
    /// Files by their names.
    names: FxHashMap<&'f str, Vec<&'f str>>,
    /// Names of files that commands may write.
    made: FxHashSet<&'f str>,
    /// Places of calls that are found on another way, or that the release phase makes.
    settled: FxHashSet<Span>,
    /// Jobs whose checkout is not this repository at its root.
    foreign: FxHashSet<FactId>,
}

impl<'f> Places<'f> {
    fn gather(facts: &'f Facts, repo: &'f Repo) -> Self {
        let mut folders: FxHashMap<&str, bool> = FxHashMap::default();
        let mut names: FxHashMap<&str, Vec<&str>> = FxHashMap::default();
        for path in repo.paths() {
            let mut folder = folder_of(path);
            folders.insert(folder, true);
            while !folder.is_empty() {
                folder = folder_of(folder);
                folders.entry(folder).or_insert(false);
            }
            names.entry(name_of(path)).or_default().push(path);
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
                    name_of(text.trim_matches(['"', '\''])).trim_start_matches(['>', ' ', '&', '"', '\'']),
                );
            }
            if !READERS.contains(&program) && fact.get(command::CALLS).is_none() {
                for (word, _) in fact.list(command::WORDS) {
                    let word = word.rsplit(['=', ':']).next().unwrap_or(word);
                    made.insert(name_of(word));
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
            reference.set(path_reference::SUGGESTION, *only, named.span);
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
            let elsewhere = self.names.get(name).is_some_and(|paths| {
                paths.iter().any(|path| path.ends_with(&ends) || Some(*path) == ends.get(1..))
            });
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::read::{self, Settings};

    /// The files that are certainly missing, as written.
    fn missing(files: &[(&str, &str)]) -> Vec<String> {
        let mut repo = Repo::default();
        for (path, text) in files {
            repo.insert(path, text.as_bytes().to_vec(), false);
        }
        let settings = Settings::default();
        let readings = repo.ids().map(|id| read::file(&repo, id, &settings)).collect();
        let (mut facts, _) = Facts::gather(readings);
        read::link::link(&mut facts, &repo, &settings);
        let found = facts.of_kind(path_reference::KIND).iter().map(|&id| facts.get(id));
        let found = found.filter(|fact| {
            fact.bool(path_reference::EXISTS) == Some(false)
                && fact.bool(path_reference::CERTAIN) == Some(true)
        });
        found.map(|fact| fact.text(path_reference::TEXT).unwrap().to_owned()).collect()
    }

    fn in_step(run: &str) -> String {
        let lines: Vec<String> = run.lines().map(|line| format!("          {line}\n")).collect();
        format!(
            "on: push\njobs:\n  deploy:\n    runs-on: ubuntu-24.04\n    steps:\n      - uses: actions/checkout@v4\n      - run: |\n{}",
            lines.concat()
        )
    }

    fn of_step(run: &str) -> Vec<String> {
        missing(&[
            (".github/workflows/deploy.yml", &in_step(run)),
            ("fly.toml", "app = \"shop\"\n"),
            ("店/fly.toml", "app = \"mise\"\n"),
            ("db/schema.sql", "select 1;\n"),
            ("package.json", r#"{ "scripts": { "build": "tsc" } }"#),
        ])
    }

    #[test]
    fn what_is_missing() {
        for (run, name) in [
            ("flyctl deploy -c fly.prod.toml", "fly.prod.toml"),
            ("flyctl deploy --config=fly.prod.toml", "fly.prod.toml"),
            ("flyctl deploy --dockerfile Dockerfile.web", "Dockerfile.web"),
            ("cd 店 && flyctl deploy -c 店/fly.toml", "店/fly.toml"),
            ("flyctl deploy 店 -c fly.prod.toml", "fly.prod.toml"),
            ("docker build -f Dockerfile.web .", "Dockerfile.web"),
            ("docker compose -f compose.prod.yml up -d", "compose.prod.yml"),
            ("docker-compose --file compose.prod.yml pull", "compose.prod.yml"),
            ("psql \"$URL\" -f db/seed.sql", "db/seed.sql"),
            ("npm run lint", "lint"),
            ("bash db/load.sh", "db/load.sh"),
        ] {
            assert_eq!(of_step(run), [name], "{run}");
        }
    }

    #[test]
    fn what_may_be_there() {
        for run in [
            "flyctl deploy -c fly.toml",
            "flyctl deploy 店",
            "cd 店 && flyctl deploy -c fly.toml",
            "flyctl deploy -c 店",
            "flyctl deploy -c \"fly.$ENV.toml\"",
            "flyctl deploy -c fly.${{ inputs.env }}.toml",
            "flyctl deploy -c /tmp/fly.toml",
            "flyctl launch -c fly.new.toml",
            "sed s/a/b/ fly.toml > fly.prod.toml\nflyctl deploy -c fly.prod.toml",
            "sed s/a/b/ fly.toml >\"fly.prod.toml\"\nflyctl deploy -c fly.prod.toml",
            "cp fly.toml fly.prod.toml\nflyctl deploy -c fly.prod.toml",
            "if [ -f fly.prod.toml ]; then flyctl deploy -c fly.prod.toml; fi",
            "flyctl deploy -c fly.prod.toml || true",
            "cd \"$DIR\" && flyctl deploy -c fly.prod.toml",
            "git clone https://example.com/other && cd other && flyctl deploy -c fly.prod.toml",
            "docker build -f - . < Dockerfile",
            "docker build -f build/Dockerfile .",
            "docker build -f Dockerfile.web https://example.com/shop.git",
            "psql \"$URL\" -f dump.sql",
            "psql \"$URL\" -f -",
            "npm run lint --if-present",
            "npm run build",
            "ssh deploy@shop 'bash db/load.sh'",
        ] {
            assert!(of_step(run).is_empty(), "{run}: {:?}", of_step(run));
        }
    }

    #[test]
    fn scripts_that_nothing_runs_are_anywhere() {
        let script = "#!/bin/sh\r\nflyctl deploy -c fly.prod.toml\r\n./other.sh\r\n";
        assert!(missing(&[("infra/deploy.sh", script), ("fly.toml", "app = 'shop'")]).is_empty());
    }

    #[test]
    fn hostile_paths_are_read() {
        of_step(&format!("flyctl deploy {}", "-c a/../../b ".repeat(5000)));
        of_step(&format!("flyctl deploy -c {}", "../".repeat(5000)));
        of_step("flyctl deploy -c ''\npsql -f .\ndocker build -f .. .");
    }
}
