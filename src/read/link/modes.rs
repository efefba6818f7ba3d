//! The transaction mode in which migrations run: what a command that runs them says, else the data
//! source that stands nearest. Where several say different things, nothing is known.

use rustc_hash::FxHashMap;

use super::sources::package;
use crate::facts::words::{command, fence, migration, migration_settings as settings};
use crate::facts::{Fact, FactId, Facts};
use crate::repo::Repo;

/// All that is said in the repository.
pub(super) struct Modes {
    /// Paths of files with the mode that they say; of commands with the package that they run in.
    commands: Vec<(String, String, &'static str)>,
    sources: Vec<(String, &'static str)>,
    /// Whether each command that reverts says `--transaction none`.
    reverts_bare: bool,
}

impl Modes {
    pub fn of(facts: &Facts, repo: &Repo) -> Self {
        let mut modes = Self { commands: Vec::new(), sources: Vec::new(), reverts_bare: false };
        let mut reverts = (0, 0);
        for &id in facts.of_kind(command::KIND) {
            let fact = facts.get(id);
            let words = fact.list(command::WORDS);
            let says = |verb: &str| words.iter().any(|(word, _)| word.as_ref() == verb);
            let (run, revert) = (says("migration:run"), says("migration:revert"));
            if !(run || revert) || facts.enclosing(id, fence::KIND).is_some() {
                continue;
            }
            let flag = ["transaction", "t"].iter().find_map(|flag| fact.entry(command::FLAGS, flag));
            let mode = flag.and_then(|(mode, _)| known(mode));
            if revert {
                reverts = (reverts.0 + 1, reverts.1 + usize::from(mode == Some("none")));
            } else if let Some(mode) = mode {
                modes.commands.push((repo.path(fact.span.file).to_owned(), own_package(fact, repo), mode));
            }
        }
        modes.reverts_bare = reverts.0 > 0 && reverts.0 == reverts.1;
        for &id in facts.of_kind(settings::KIND) {
            let fact = facts.get(id);
            if let Some(mode) = fact.text(settings::MODE).and_then(known) {
                modes.sources.push((repo.path(fact.span.file).to_owned(), mode));
            }
        }
        modes
    }

    /// The mode of the migrations at `path`.
    pub fn of_path(&self, path: &str) -> Option<&'static str> {
        // A command of another package runs other migrations.
        let own = self.commands.iter().filter(|(_, package, _)| {
            let rest = path.strip_prefix(package.as_str());
            package.is_empty() || rest.is_some_and(|rest| rest.starts_with('/'))
        });
        let own: Vec<(&str, &'static str)> = own.map(|(path, _, mode)| (path.as_str(), *mode)).collect();
        nearest(&own, path).or_else(|| nearest(&self.sources, path))
    }

    /// Whether `up` begins in a transaction; none where the class computes it. Where no mode is known,
    /// TypeORM's default holds: it does.
    pub fn opens(class: &Fact, mode: Option<&str>) -> Option<bool> {
        let said = class.bool(migration::TRANSACTION);
        if said.is_none() && class.get(migration::TRANSACTION_FIELD).is_some() {
            return None;
        }
        Some(said.unwrap_or(mode != Some("none")))
    }

    /// Whether `down` begins in a transaction: `migration:revert` knows neither the class's field nor the
    /// data source's mode.
    pub fn revert_opens(&self) -> bool {
        !self.reverts_bare
    }
}

/// Notes of commands that migrate on the way to production in the mode `all` which migration stops them:
/// one that another command of the repository runs in another mode.
pub(super) fn link(facts: &mut Facts, repo: &Repo) {
    let runs = |id: &FactId| {
        let fact = facts.get(*id);
        fact.text(command::PROGRAM) == Some("typeorm")
            && fact.text(command::VERB) == Some("migration:run")
            && facts.enclosing(*id, fence::KIND).is_none()
    };
    let all: Vec<FactId> = facts.of_kind(command::KIND).iter().copied().filter(runs).collect();
    let said = |id: FactId| {
        let fact = facts.get(id);
        let flag = fact.entry(command::FLAGS, "transaction")?;
        Some(known(flag.0))
    };
    let own = |id: FactId| own_package(facts.get(id), repo);
    // By package: the mode that a command says, and the migration that refuses the default.
    let mut others: FxHashMap<String, &'static str> = FxHashMap::default();
    for &id in &all {
        if let Some(mode) = said(id).flatten().filter(|mode| *mode != "all") {
            others.entry(own(id)).or_insert(mode);
        }
    }
    if others.is_empty() {
        return;
    }
    let mut refusing: FxHashMap<&str, &str> = FxHashMap::default();
    for &id in facts.of_kind(migration::KIND) {
        let fact = facts.get(id);
        let refuses = fact.get(migration::TRANSACTION).is_some()
            && fact.text(migration::TOOL) == Some("typeorm")
            && fact.bool(migration::AT_BASE) != Some(true)
            && fact.text(migration::TRANSACTION_MODE) != Some("all");
        if let Some(class) = fact.text(migration::CLASS).filter(|_| refuses) {
            refusing.entry(package(repo, repo.path(fact.span.file))).or_insert(class);
        }
    }
    let sources = Modes::of(facts, repo).sources;
    let mut found: Vec<(FactId, String, &'static str)> = Vec::new();
    for id in all {
        let fact = facts.get(id);
        let mode = said(id).unwrap_or_else(|| nearest(&sources, repo.path(fact.span.file)));
        let deploys = matches!(fact.text(command::PHASE), Some("release" | "deploy" | "start"));
        if !deploys || mode != Some("all") || fact.entry(command::FLAGS, "fake").is_some() {
            continue;
        }
        let package = own(id);
        if let (Some(other), Some(class)) = (others.get(&package), refusing.get(package.as_str())) {
            found.push((id, (*class).to_owned(), other));
        }
    }
    for (id, class, other) in found {
        let span = facts.get(id).span;
        facts.get_mut(id).set(command::REFUSES, class, span).set(command::OTHER_MODE, other, span);
    }
}

/// Whether the tool that runs a file of SQL begins it in a transaction. Flyway looks at the statements,
/// and others send the file as it is: not known.
pub(super) fn of_tool(class: &Fact, repo: &Repo) -> Option<bool> {
    if class.bool(migration::TRANSACTION) == Some(false) {
        return Some(false);
    }
    let path = repo.path(class.span.file);
    let folder = path.rsplit_once('/').map_or("", |(folder, _)| folder);
    // Diesel's `metadata.toml` may say that there is none.
    let diesel = |tool: &str| tool == "diesel" && !repo.exists(&format!("{folder}/metadata.toml"));
    let tool = class.text(migration::TOOL)?;
    (matches!(tool, "goose" | "dbmate" | "sqlx") || diesel(tool)).then_some(true)
}

/// How the tools of this repository are set up, as far as it is written in it.
pub(super) struct Runners {
    /// golang-migrate sends each statement by itself.
    splits: bool,
    /// Flyway allows files with statements of both kinds.
    mixes: bool,
}

impl Runners {
    pub fn of(facts: &Facts, ids: &[FactId], repo: &Repo) -> Self {
        let uses = |tool: &str| ids.iter().any(|&id| facts.get(id).text(migration::TOOL) == Some(tool));
        let says = |name: &str, words: &[&str]| {
            uses(name)
                && repo.ids().any(|id| {
                    let text = repo.file(id).text.as_bytes();
                    words.iter().all(|word| memchr::memmem::find(text, word.as_bytes()).is_some())
                })
        };
        Self {
            splits: says("golang-migrate", &["x-multi-statement=true"])
                || says("golang-migrate", &["MultiStatementEnabled"]),
            mixes: says("flyway", &["lyway", "mixed"]),
        }
    }

    /// Whether the tool sends several statements to the server as one string.
    pub fn sends_whole(&self, class: &Fact) -> bool {
        match class.text(migration::TOOL) {
            None | Some("typeorm" | "prisma" | "dbmate" | "sqlx" | "diesel") => true,
            Some("golang-migrate") => !self.splits,
            _ => false,
        }
    }

    /// Whether the tool refuses a file with statements that need a transaction and others that refuse
    /// one. A file beside it may say how it is run.
    pub fn refuses_mixed(&self, class: &Fact, repo: &Repo) -> bool {
        let beside = || repo.exists(&format!("{}.conf", repo.path(class.span.file)));
        class.text(migration::TOOL) == Some("flyway") && !self.mixes && !beside()
    }
}

/// The package that a command runs in: that of its directory, else of its file.
fn own_package(fact: &Fact, repo: &Repo) -> String {
    let folder = fact.text(command::DIRECTORY).filter(|folder| !folder.is_empty());
    let path = folder.map_or_else(|| repo.path(fact.span.file).to_owned(), |folder| format!("{folder}/x"));
    package(repo, &path).to_owned()
}

fn known(mode: &str) -> Option<&'static str> {
    ["all", "each", "none"].into_iter().find(|known| *known == mode)
}

/// What the files say that share the most folders with `path`; none where they differ.
fn nearest<P: AsRef<str>>(said: &[(P, &'static str)], path: &str) -> Option<&'static str> {
    let shared = |other: &str| {
        let pairs = other.split('/').zip(path.split('/'));
        pairs.take_while(|(one, other)| one == other).count()
    };
    let best = said.iter().map(|(other, _)| shared(other.as_ref())).max()?;
    let mut modes = said.iter().filter(|(other, _)| shared(other.as_ref()) == best).map(|(_, mode)| *mode);
    let first = modes.next()?;
    modes.all(|mode| mode == first).then_some(first)
}
