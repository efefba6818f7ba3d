//! Which migrations the data sources of a package reach: by their globs, which may name what is compiled,
//! or by name. Says that one is left out only where a data source reaches others of the same package and
//! nothing it lists is unknown.

use globset::GlobMatcher;
use rustc_hash::{FxHashMap, FxHashSet};

use super::sources::{package, written};
use crate::facts::words::{data_source as source, migration, migration_export as export};
use crate::facts::{Fact, FactId, Facts};
use crate::repo::Repo;

/// Folders that hold what is compiled.
pub(super) const BUILT: [&str; 8] =
    ["dist", "build", "lib", "out", "__build__", "compiled", ".build", "output"];

/// Words in a path that say that its migrations are not meant to run, or not for every database.
const APART: [&str; 24] = [
    "archive",
    "archived",
    "old",
    "legacy",
    "deprecated",
    "backup",
    "squashed",
    "obsolete",
    "disabled",
    "skip",
    "ignored",
    "draft",
    "drafts",
    "template",
    "templates",
    "example",
    "examples",
    "test",
    "tests",
    "fixtures",
    "manual",
    "unused",
    "later",
    "pending",
];

/// The most data sources that are compared with migrations.
const MOST: usize = 256;

/// A data source that says where its migrations lie.
struct Source<'r> {
    id: FactId,
    package: &'r str,
    globs: Vec<Glob>,
    names: FxHashSet<String>,
    open: bool,
    harmless: bool,
}

/// A glob as paths of sources are compared with it.
struct Glob {
    matcher: GlobMatcher,
    /// Whether it is compared with the end of a path: what comes before lies in a folder of built files.
    ends: bool,
}

/// A migration and the paths that it may have when it runs.
struct Known<'r> {
    id: FactId,
    package: &'r str,
    path: &'r str,
    name: &'r str,
    class: &'r str,
}

pub(super) fn link(facts: &mut Facts, repo: &Repo) {
    let sources = sources(facts, repo);
    if sources.is_empty() {
        return;
    }
    let mut outside: Vec<(FactId, FactId)> = Vec::new();
    let mut twice: Vec<(FactId, String)> = Vec::new();
    let mut shares: Vec<(FactId, String)> = Vec::new();
    let mut reached: FxHashMap<FactId, Vec<usize>> = FxHashMap::default();
    let known = known(facts, repo);
    for source in &sources {
        let mine: Vec<usize> = (0..known.len())
            .filter(|&at| known[at].package == source.package && source.reaches(&known[at]))
            .collect();
        reached.insert(source.id, mine);
    }
    let mut covered: FxHashSet<usize> = reached.values().flatten().copied().collect();
    let open: FxHashSet<&str> = sources.iter().filter(|one| one.open).map(|one| one.package).collect();
    for (at, one) in known.iter().enumerate() {
        let named = sources.iter().filter(|source| source.package == one.package && !source.harmless);
        let Some(main) = named.into_iter().find(|source| !reached[&source.id].is_empty()) else { continue };
        let apart =
            one.path.split(['/', '-', '_', '.']).any(|word| APART.contains(&word.to_lowercase().as_str()));
        if !covered.contains(&at) && !open.contains(one.package) && !apart && !is_named_elsewhere(repo, one) {
            outside.push((one.id, main.id));
        }
    }
    for source in &sources {
        let mut by_name: FxHashMap<&str, &Known<'_>> = FxHashMap::default();
        for &at in &reached[&source.id] {
            let one = &known[at];
            // Those of one folder with one stamp are told already.
            if facts.get(one.id).bool(migration::DUPLICATE_STAMP) == Some(true) {
                continue;
            }
            if let Some(first) = by_name.insert(one.name, one)
                && first.path != one.path
                && source.globs.iter().any(|glob| glob.admits_both(first.path, one.path))
            {
                twice.push((one.id, first.path.to_owned()));
            }
        }
    }
    for (at, one) in sources.iter().enumerate() {
        let other = sources[..at].iter().find(|other| share_table(facts, &reached, one, other));
        if let Some(other) = other {
            shares.push((one.id, repo.path(facts.get(other.id).span.file).to_owned()));
        }
    }
    let exports = exports(facts, repo, &sources, &known, &mut covered);
    for (id, main) in outside {
        let fact = facts.get(main);
        let (listing, listed) =
            (fact.text(source::LISTING).map(str::to_owned), fact.list(source::GLOBS).is_empty());
        let span = facts.get(id).span;
        let fact = facts.get_mut(id);
        fact.set_some(migration::OUTSIDE, listing, span).set(migration::LISTED, listed, span);
    }
    for (id, path) in twice {
        let span = facts.get(id).span;
        facts.get_mut(id).set(migration::LOADED_TWICE, path, span);
    }
    for (id, path) in shares {
        let span = facts.get(id).span;
        facts.get_mut(id).set(source::SHARES_TABLE, path, span);
    }
    for (id, is) in exports {
        let span = facts.get(id).span;
        facts.get_mut(id).set(export::COVERED, is, span);
    }
}

fn sources<'r>(facts: &Facts, repo: &'r Repo) -> Vec<Source<'r>> {
    let says = |id: &FactId| facts.get(*id).get(source::OPEN).is_some();
    written(facts, source::KIND)
        .into_iter()
        .filter(says)
        .take(MOST)
        .map(|id| {
            let fact = facts.get(id);
            let package = package(repo, repo.path(fact.span.file));
            let all = fact.list(source::GLOBS);
            let globs: Vec<Glob> = all.iter().flat_map(|(glob, _)| Glob::of(glob, package, repo)).collect();
            let unread = all.iter().any(|(glob, _)| Glob::of(glob, package, repo).is_empty());
            Source {
                id,
                package,
                globs,
                names: fact.list(source::CLASSES).iter().map(|(name, _)| name.to_string()).collect(),
                open: fact.bool(source::OPEN) != Some(false) || unread,
                harmless: fact.bool(source::HARMLESS) == Some(true),
            }
        })
        .collect()
}

fn known<'r>(facts: &'r Facts, repo: &'r Repo) -> Vec<Known<'r>> {
    let typeorm = |id: &FactId| facts.get(*id).text(migration::TOOL) == Some("typeorm");
    let all = written(facts, migration::KIND).into_iter().filter(typeorm);
    all.filter_map(|id| {
        let fact = facts.get(id);
        let path = repo.path(fact.span.file);
        Some(Known {
            id,
            package: package(repo, path),
            path,
            name: fact.text(migration::NAME)?,
            class: fact.text(migration::CLASS).unwrap_or_default(),
        })
    })
    .collect()
}

impl Source<'_> {
    fn reaches(&self, one: &Known<'_>) -> bool {
        self.names.contains(one.class) || self.loads(one.path)
    }

    fn loads(&self, path: &str) -> bool {
        self.globs.iter().any(|glob| glob.admits(path))
    }
}

impl Glob {
    /// The ways to read a glob of a data source; none where it is no glob that is understood.
    fn of(glob: &str, package: &str, repo: &Repo) -> Vec<Self> {
        let made = |pattern: &str, ends: bool| {
            let mut builder = globset::GlobBuilder::new(pattern);
            let built = builder.literal_separator(true).empty_alternates(true).build().ok()?;
            Some(Self { matcher: built.compile_matcher(), ends })
        };
        let Some(pattern) = plain(glob) else { return Vec::new() };
        if let Some(rooted) = pattern.strip_prefix('/') {
            return made(rooted, false).into_iter().collect();
        }
        let pattern = pattern.trim_start_matches("./");
        let mut all = Vec::new();
        let (first, rest) = pattern.split_once('/').unwrap_or(("", pattern));
        let wild = first.contains(['*', '?', '{', '[']);
        let slash = if package.is_empty() { "" } else { "/" };
        let start = format!("{package}{slash}{first}/");
        let there = repo.paths_from(&start).next().is_some_and(|path| path.starts_with(&start));
        if !wild && !first.is_empty() && (BUILT.contains(&first) || !there) {
            all.extend(made(rest, true));
            // `dist/src/migrations` where a tsconfig has no `rootDir`.
        }
        all.extend(made(&format!("{package}{slash}{pattern}"), false));
        all.extend(made(pattern, false).filter(|_| !package.is_empty()));
        all
    }

    /// Whether it may be the path of the source, or of what is compiled of it.
    fn admits(&self, path: &str) -> bool {
        let compiled = compiled(path);
        let own = [Some(path), compiled.as_deref()].into_iter().flatten();
        if !self.ends {
            return own.into_iter().any(|path| self.matcher.is_match(path));
        }
        own.into_iter().any(|path| {
            std::iter::once(0)
                .chain(memchr::memchr_iter(b'/', path.as_bytes()).map(|at| at + 1))
                .any(|at| path.get(at..).is_some_and(|end| self.matcher.is_match(end)))
        })
    }

    /// Whether one run loads both files: sources and compiled files lie apart.
    fn admits_both(&self, one: &str, other: &str) -> bool {
        !self.ends && self.matcher.is_match(one) && self.matcher.is_match(other)
    }
}

/// The path that TypeScript's compiler gives what it makes of a file.
fn compiled(path: &str) -> Option<String> {
    let (stem, end) = path.rsplit_once('.')?;
    let end = match end {
        "ts" => "js",
        "mts" => "mjs",
        "cts" => "cjs",
        _ => return None,
    };
    Some(format!("{stem}.{end}"))
}

/// A glob without the patterns that only JavaScript's libraries have. One that leaves something out is taken
/// for all.
fn plain(glob: &str) -> Option<String> {
    let mut out = String::with_capacity(glob.len());
    let mut rest = glob;
    while let Some(at) = rest.find("(") {
        let (before, behind) = rest.split_at(at);
        let close = behind.find(')')?;
        let inner = behind.get(1..close)?;
        if inner.contains('(') {
            return None;
        }
        let kind = before.chars().next_back()?;
        out.push_str(&before[..before.len() - kind.len_utf8()]);
        match kind {
            '!' => out.push('*'),
            '@' => out.push_str(&format!("{{{}}}", inner.replace('|', ","))),
            '?' => out.push_str(&format!("{{{},}}", inner.replace('|', ","))),
            '+' | '*' => out.push('*'),
            _ => out.push_str(&format!("{kind}{{{}}}", inner.replace('|', ","))),
        }
        rest = behind.get(close + 1..)?;
    }
    out.push_str(rest);
    (out.len() < 1_024).then_some(out)
}

/// Whether another file of code names the class: it may be run from there.
fn is_named_elsewhere(repo: &Repo, one: &Known<'_>) -> bool {
    if one.class.is_empty() {
        return true;
    }
    let finder = memchr::memmem::Finder::new(one.class);
    let stem = one.path.rsplit('/').next().and_then(|name| name.split('.').next()).unwrap_or_default();
    let by_file = memchr::memmem::Finder::new(stem);
    repo.ids().any(|id| {
        let path = repo.path(id);
        let code = [".ts", ".js", ".mts", ".mjs", ".cts", ".cjs"].iter().any(|end| path.ends_with(end));
        let text = repo.file(id).text.as_bytes();
        code && path != one.path && (finder.find(text).is_some() || by_file.find(text).is_some())
    })
}

/// Whether two data sources of one database note different migrations in one table.
fn share_table(
    facts: &Facts,
    reached: &FxHashMap<FactId, Vec<usize>>,
    one: &Source<'_>,
    other: &Source<'_>,
) -> bool {
    let (mine, others) = (&reached[&one.id], &reached[&other.id]);
    let apart = !mine.is_empty() && !others.is_empty() && mine.iter().all(|at| !others.contains(at));
    let same = |field| {
        let of = |source: &Source<'_>| facts.get(source.id).text(field).map(str::to_owned);
        of(one).is_some_and(|text| of(other) == Some(text))
    };
    let closed = !one.open && !other.open && !one.harmless && !other.harmless;
    closed && apart && same(source::TABLE) && same(source::DATABASE)
}

/// For what a file exports beside migrations, or without any: whether a data source loads the file.
fn exports(
    facts: &Facts,
    repo: &Repo,
    sources: &[Source<'_>],
    known: &[Known<'_>],
    covered: &mut FxHashSet<usize>,
) -> Vec<(FactId, bool)> {
    let folders: FxHashSet<&str> =
        covered.drain().filter_map(|at| known[at].path.rsplit_once('/')).map(|(folder, _)| folder).collect();
    let near = |path: &str| {
        let mut folder = path;
        while let Some((parent, _)) = folder.rsplit_once('/') {
            if folders.contains(parent) {
                return true;
            }
            folder = parent;
        }
        false
    };
    let of = |fact: &Fact| {
        let path = repo.path(fact.span.file);
        let package = package(repo, path);
        let mut mine =
            sources.iter().filter(|source| source.package == package && !source.harmless).peekable();
        mine.peek()?;
        let all: Vec<&Source<'_>> = mine.collect();
        let loads = near(path) && all.iter().any(|source| source.loads(path));
        (loads || all.iter().all(|source| !source.open)).then_some(loads)
    };
    written(facts, export::KIND).into_iter().filter_map(|id| Some((id, of(facts.get(id))?))).collect()
}

#[cfg(test)]
mod tests;
