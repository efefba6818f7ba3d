//! The migrations of a repository against those that stood there at the base: what has been released is
//! not edited, not taken away, and nothing is put in before it. Knows no git; a base is a repository.

use rustc_hash::{FxHashMap, FxHashSet};

use super::history::{self, History};
use crate::facts::words::{migration, migration_removed as removed, schema_change, unresolved};
use crate::facts::{Fact, FactId, Facts};
use crate::repo::Repo;
use crate::text::{FileId, Span};

/// Derives what the base tells of each migration. `before` holds the facts of `base`, whose own base, where
/// it has one, is what both have in common: what changed since then at the base alone is no work of ours.
pub fn link(facts: &mut Facts, repo: &Repo, before: &Facts, base: &Repo) {
    let own = history::histories(facts, repo);
    let old = history::histories(before, base);
    let released = Released::of(before, &old);
    let mut stays: FxHashMap<FactId, FactId> = FxHashMap::default();
    for history in &own {
        let newest =
            old.iter().find(|other| other.folder == history.folder && other.dialect == history.dialect);
        // One without a place in the order is newer than none.
        let newest = newest.and_then(|other| {
            other.migrations.iter().rev().map(|&id| before.get(id)).find(|fact| has_order(fact))
        });
        for &id in &history.migrations {
            if in_module(base, repo.path(facts.get(id).span.file)) {
                // What a submodule holds at the base is not known.
                continue;
            }
            let found = released.find(&history.folder, facts.get(id));
            if let Some(found) = found {
                stays.insert(found, id);
                let text =
                    |repo: &'_ Repo, fact: &Fact| std::sync::Arc::clone(&repo.file(fact.span.file).text);
                let own = text(repo, facts.get(id));
                let path = base.path(before.get(found).span.file);
                let kept = |common: &Repo| common.get(path).is_some_and(|file| common.file(file).text == own);
                let same = own == text(base, before.get(found)) || base.base().is_some_and(kept);
                let edited = !same && signature(facts, id) != signature(before, found);
                mark(facts, id, true);
                if edited {
                    let span = place(facts.get(id));
                    facts.get_mut(id).set(migration::EDITED, true, span);
                }
            } else {
                mark(facts, id, false);
                older(facts, id, newest);
            }
        }
    }
    let gone = old.iter().flat_map(|history| {
        let ids = history.migrations.iter().filter(|id| !stays.contains_key(id));
        ids.map(|&id| (history.folder.as_str(), id)).collect::<Vec<_>>()
    });
    let mut seen = FxHashSet::default();
    let gone: Vec<Fact> = gone
        // Histories of several databases share migrations.
        .filter(|(_, id)| seen.insert(*id))
        .filter_map(|(folder, id)| {
            let fact = before.get(id);
            let path = base.path(fact.span.file);
            // One that the base gained since is not here yet.
            if base.base().is_some_and(|common| !common.exists(path)) {
                return None;
            }
            let at = anchor(facts, repo, &own, folder, path)?;
            let name = fact.text(migration::NAME)?;
            Some(Fact::new(removed::KIND, at).with(removed::NAME, name, at).with(removed::PATH, path, at))
        })
        .collect();
    for fact in gone {
        facts.add(fact, None);
    }
}

/// Whether a path lies in a submodule of the base, which is noted as its folder with a `/`.
fn in_module(base: &Repo, path: &str) -> bool {
    path.match_indices('/').any(|(at, _)| base.exists(&path[..=at]))
}

/// The migrations of the base by folder and name, and by name where one folder alone has it.
struct Released<'f> {
    by_folder: FxHashMap<(&'f str, &'f str), FactId>,
    by_name: FxHashMap<&'f str, Option<FactId>>,
}

impl<'f> Released<'f> {
    fn of(before: &'f Facts, old: &'f [History]) -> Self {
        let mut released = Self { by_folder: FxHashMap::default(), by_name: FxHashMap::default() };
        for history in old {
            for &id in &history.migrations {
                let Some(name) = before.get(id).text(migration::NAME) else { continue };
                released.by_folder.insert((&history.folder, name), id);
                released.by_name.entry(name).and_modify(|other| *other = None).or_insert(Some(id));
            }
        }
        released
    }

    /// A migration keeps its name when its folder moves.
    fn find(&self, folder: &str, fact: &Fact) -> Option<FactId> {
        let name = fact.text(migration::NAME)?;
        let moved = || self.by_name.get(name).copied().flatten();
        self.by_folder.get(&(folder, name)).copied().or_else(moved)
    }
}

fn mark(facts: &mut Facts, id: FactId, at_base: bool) {
    let span = place(facts.get(id));
    facts.get_mut(id).set(migration::AT_BASE, at_base, span);
    let children = facts.children(id).to_vec();
    for child in children {
        let fact = facts.get_mut(child);
        if fact.kind == schema_change::KIND {
            let span = fact.span;
            fact.set(schema_change::AT_BASE, at_base, span);
        }
    }
}

/// Says which migration of the base is newer than this one, which is not there.
fn older(facts: &mut Facts, id: FactId, newest: Option<&Fact>) {
    let Some(newest) = newest else { return };
    let fact = facts.get(id);
    let name = newest.text(migration::NAME).unwrap_or_default().to_owned();
    if has_order(fact) && history::order(fact).0 < history::order(newest).0 {
        let stamp = fact.get(migration::STAMP).or_else(|| fact.get(migration::VERSION));
        let span = stamp.map_or(fact.span, |slot| slot.span);
        facts.get_mut(id).set(migration::OLDER_THAN_BASE, name, span);
    }
}

fn has_order(fact: &Fact) -> bool {
    fact.get(migration::STAMP).is_some() || fact.get(migration::VERSION).is_some()
}

/// What `up` does, in words: comments, layout and the way back may change.
fn signature(facts: &Facts, id: FactId) -> Vec<String> {
    let children = facts.children(id).iter().map(|&child| facts.get(child));
    let up = children.filter(|fact| {
        fact.text(schema_change::DIRECTION) == Some("up") || fact.text(unresolved::DIRECTION) == Some("up")
    });
    up.map(|fact| {
        let words = fact.text(schema_change::SQL).or_else(|| fact.text(schema_change::TEXT));
        let words = words.or_else(|| fact.text(unresolved::TEXT)).unwrap_or_default();
        let table = fact.text(schema_change::TABLE).unwrap_or_default();
        format!("{} {table} {}", fact.text(schema_change::CHANGE).unwrap_or_default(), squeezed(words))
    })
    .collect()
}

/// Words without blanks and trailing commas, which formatters move.
fn squeezed(words: &str) -> String {
    words
        .chars()
        .filter(|char| !char.is_whitespace())
        .collect::<String>()
        .replace(",)", ")")
        .replace(",}", "}")
}

fn place(fact: &Fact) -> Span {
    let slot = fact.get(migration::CLASS).or_else(|| fact.get(migration::NAME));
    slot.map_or(fact.span, |slot| slot.span)
}

/// Where to speak of a migration that is gone: at one that now stands in its file, else at the newest of
/// its folder, else in any file.
fn anchor(facts: &Facts, repo: &Repo, own: &[History], folder: &str, path: &str) -> Option<Span> {
    // A file that is there and could not be read is not gone.
    if repo.exists(path) && repo.get(path).is_none() {
        return None;
    }
    let ids = || own.iter().flat_map(|history| &history.migrations);
    let same_file = repo.get(path).and_then(|file| ids().find(|&&id| facts.get(id).span.file == file));
    let newest =
        || own.iter().find(|history| history.folder == folder).and_then(|history| history.migrations.last());
    let id = same_file.or_else(newest).or_else(|| ids().next_back());
    match id {
        Some(&id) => Some(place(facts.get(id))),
        None => repo.ids().next().map(|file: FileId| Span::point(file, 0)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::read::{self, Settings};

    fn facts(repo: &Repo) -> Facts {
        Facts::gather(repo.ids().map(|id| read::file(repo, id, &Settings::default())).collect()).0
    }

    fn repo(files: &[(&str, &str)]) -> Repo {
        let mut repo = Repo::default();
        for (path, text) in files {
            repo.insert(path, text.as_bytes().to_vec(), false);
        }
        repo
    }

    fn linked(now: &[(&str, &str)], then: &[(&str, &str)]) -> Facts {
        let (now, then) = (repo(now), repo(then));
        let (mut own, before) = (facts(&now), facts(&then));
        link(&mut own, &now, &before, &then);
        own
    }

    const ONE: (&str, &str) = ("migrations/1_a.sql", "CREATE TABLE a (id int);");
    const TWO: (&str, &str) = ("migrations/3_b.sql", "CREATE TABLE b (id int);");

    #[test]
    fn what_stands_at_the_base_is_known() {
        let facts = linked(&[ONE, TWO], &[ONE]);
        let at_base: Vec<_> =
            facts.of_kind(migration::KIND).iter().map(|&id| facts.get(id).bool(migration::AT_BASE)).collect();
        assert_eq!(at_base, [Some(true), Some(false)]);
        assert!(facts.of_kind(removed::KIND).is_empty());
    }

    #[test]
    fn an_edit_is_what_changes_up() {
        let edited = |text: &str| {
            let facts = linked(&[(ONE.0, text)], &[ONE]);
            facts.get(facts.of_kind(migration::KIND)[0]).bool(migration::EDITED)
        };
        assert_eq!(edited("-- a comment\nCREATE TABLE a (\n  id int\n);"), None);
        assert_eq!(edited("CREATE TABLE a (id bigint);"), Some(true));
        assert_eq!(edited("CREATE TABLE a (id int); DROP TABLE c;"), Some(true));
    }

    #[test]
    fn what_is_gone_and_what_comes_too_early() {
        let facts = linked(&[("migrations/2_c.sql", "SELECT 1")], &[ONE, TWO]);
        let gone: Vec<_> = facts
            .of_kind(removed::KIND)
            .iter()
            .map(|&id| facts.get(id).text(removed::NAME).unwrap())
            .collect();
        assert_eq!(gone, ["1_a", "3_b"]);
        let new = facts.get(facts.of_kind(migration::KIND)[0]);
        assert_eq!(new.text(migration::OLDER_THAN_BASE), Some("3_b"));
    }

    #[test]
    fn a_folder_may_move() {
        let facts = linked(&[("db/migrations/1_a.sql", ONE.1)], &[ONE]);
        assert!(facts.of_kind(removed::KIND).is_empty());
        assert_eq!(facts.get(facts.of_kind(migration::KIND)[0]).bool(migration::AT_BASE), Some(true));
    }
}
