//! Migrations among each other: the expand migration that one names, stamps that clash.

use rustc_hash::FxHashMap;

use super::history;
use crate::facts::words::{fence, migration, schema_change, unresolved};
use crate::facts::{Fact, FactId, Facts};
use crate::repo::Repo;
use crate::text::Span;

/// What `@expand-migration:` says when there is none.
const NONE: &str = "NONE";

pub(super) fn link(facts: &mut Facts, repo: &Repo) {
    // One that a runbook shows is no part of the history.
    let ids: Vec<FactId> = facts.of_kind(migration::KIND).to_vec();
    let ids: Vec<FactId> = ids.into_iter().filter(|&id| facts.enclosing(id, fence::KIND).is_none()).collect();
    expand(facts, repo, &ids);
    duplicates(facts, repo, &ids);
}

/// Migrations by their names. Two apps may have one of a name each, so that of the same folder goes first.
pub(super) struct Named {
    by_name: FxHashMap<String, Vec<FactId>>,
}

impl Named {
    pub(super) fn of(facts: &Facts, ids: &[FactId]) -> Self {
        let mut by_name: FxHashMap<String, Vec<FactId>> = FxHashMap::default();
        for &id in ids {
            for field in [migration::NAME, migration::CLASS] {
                if let Some(name) = facts.get(id).text(field) {
                    let own = by_name.entry(name.to_owned()).or_default();
                    if own.last() != Some(&id) {
                        own.push(id);
                    }
                }
            }
        }
        Self { by_name }
    }

    /// The migration that `from` means by a name.
    pub(super) fn find(&self, facts: &Facts, repo: &Repo, from: FactId, name: &str) -> Option<FactId> {
        let folder = |id: FactId| history::folder(repo.path(facts.get(id).span.file));
        let all = self.by_name.get(name)?;
        all.iter().find(|&&id| folder(id) == folder(from)).or(all.first()).copied()
    }
}

/// The migrations that `@expand-migration:` names, with their places.
pub(super) fn expands(fact: &Fact) -> Vec<(std::sync::Arc<str>, Span)> {
    let first = fact.get(migration::EXPAND).and_then(|slot| Some((slot.value.as_text()?.into(), slot.span)));
    let named = first
        .into_iter()
        .filter(|(name, _): &(std::sync::Arc<str>, Span)| !name.is_empty() && **name != *NONE);
    named.chain(fact.list(migration::EXPAND_MORE).iter().cloned()).collect()
}

/// Lets one of the named migrations speak for all.
pub(super) fn blame(fact: &mut Fact, name: &str, span: Span) {
    let others: Vec<_> = expands(fact).into_iter().filter(|(_, other)| *other != span).collect();
    if let Some(slot) = fact.get(migration::EXPAND_MORE) {
        let place = slot.span;
        fact.set(migration::EXPAND_MORE, others, place);
    }
    fact.set(migration::EXPAND, name, span);
}

fn expand(facts: &mut Facts, repo: &Repo, ids: &[FactId]) {
    let named = Named::of(facts, ids);
    let ordered =
        |fact: &Fact| fact.get(migration::STAMP).is_some() || fact.get(migration::VERSION).is_some();
    for &id in ids {
        let fact = facts.get(id);
        let judged = expands(fact).into_iter().map(|(name, span)| {
            let found = named.find(facts, repo, id, &name);
            let earlier = found.map(|other| match facts.get(other) {
                before if ordered(before) && ordered(fact) => {
                    history::order(before).0 < history::order(fact).0
                }
                // Without stamps there is no order to hold against it.
                _ => other != id,
            });
            let additive = found.map(|other| is_additive(facts, other));
            (name, span, (found.is_some(), earlier, additive))
        });
        // The first one at fault speaks for all.
        let worst =
            judged.min_by_key(|(_, _, (exists, earlier, additive))| match (exists, earlier, additive) {
                (false, ..) => 0,
                (_, Some(false), _) => 1,
                (_, _, Some(false)) => 2,
                _ => 3,
            });
        let Some((name, span, (exists, earlier, additive))) = worst else { continue };
        let fact = facts.get_mut(id);
        blame(fact, &name, span);
        fact.set(migration::EXPAND_EXISTS, exists, span);
        fact.set_some(migration::EXPAND_EARLIER, earlier, span);
        fact.set_some(migration::EXPAND_ADDITIVE, additive, span);
    }
}

/// Whether `up` adds something and takes nothing away; where a part of it could not be understood, it
/// may add there.
fn is_additive(facts: &Facts, id: FactId) -> bool {
    let mut adds = false;
    for &child in facts.children(id) {
        let fact = facts.get(child);
        if fact.text(schema_change::DIRECTION) != Some("up") && fact.text(unresolved::DIRECTION) != Some("up")
        {
            continue;
        }
        if fact.kind == unresolved::KIND {
            adds = true;
        }
        if fact.kind != schema_change::KIND {
            continue;
        }
        if fact.text(schema_change::DESTRUCTIVE) == Some("block") {
            return false;
        }
        let prepares = !matches!(fact.text(schema_change::CHANGE), Some("comment" | "grant"));
        adds |= prepares && fact.bool(schema_change::ADDITIVE) == Some(true);
    }
    adds
}

/// Two migrations of one folder with one stamp: their order is not defined, even where they have one
/// name. A compiled `.js` beside its `.ts` is the same migration.
fn duplicates(facts: &mut Facts, repo: &Repo, ids: &[FactId]) {
    let mut by_stamp: FxHashMap<(String, i64), Vec<(FactId, Span)>> = FxHashMap::default();
    for &id in ids {
        let fact = facts.get(id);
        let Some(slot) = fact.get(migration::STAMP) else { continue };
        let Some(stamp) = fact.int(migration::STAMP) else { continue };
        let path = repo.path(fact.span.file);
        let folder = path.rsplit_once('/').map_or("", |(folder, _)| folder);
        by_stamp.entry((folder.to_owned(), stamp)).or_default().push((id, slot.span));
    }
    for group in by_stamp.values() {
        for &(id, span) in group {
            let same = |other: FactId| {
                let (own, other) = (facts.get(id), facts.get(other));
                let (path, other_path) = (repo.path(own.span.file), repo.path(other.span.file));
                own.text(migration::NAME) == other.text(migration::NAME)
                    && path != other_path
                    && stem(path) == stem(other_path)
            };
            if group.iter().any(|&(other, _)| other != id && !same(other)) {
                facts.get_mut(id).set(migration::DUPLICATE_STAMP, true, span);
            }
        }
    }
}

/// A path without its extension: that of a source and of what is compiled from it.
fn stem(path: &str) -> &str {
    path.rsplit_once('.').map_or(path, |(stem, _)| stem)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::read::migration::read;

    fn facts(files: &[(&str, &str)]) -> Facts {
        let mut repo = Repo::default();
        let ids: Vec<_> =
            files.iter().map(|(path, text)| repo.insert(path, text.as_bytes().to_vec(), false)).collect();
        let (mut facts, _) = Facts::gather(
            ids.into_iter()
                .map(|id| read(&repo, id, true, &crate::facts::MigrationNotes::default()))
                .collect(),
        );
        link(&mut facts, &repo);
        facts
    }

    fn class(name: &str, head: &str, sql: &str) -> String {
        format!(
            "{head}\nexport class {name} implements MigrationInterface {{ async up(queryRunner) {{ {sql} }} }}"
        )
    }

    fn queries(statements: &[&str]) -> String {
        let calls: Vec<_> =
            statements.iter().map(|sql| format!("await queryRunner.query(`{sql}`);")).collect();
        calls.concat()
    }

    #[test]
    fn an_expand_step_adds_and_takes_nothing_away() {
        for (sql, additive) in [
            (queries(&["ALTER TABLE a ADD x int"]), true),
            (queries(&["ALTER TABLE a ADD x int", "UPDATE a SET x = 1"]), true),
            (queries(&["CREATE TABLE b (id int)"]), true),
            (queries(&["UPDATE a SET x = 1", "${more}"]), true),
            (String::new(), false),
            (queries(&["SELECT 1"]), false),
            (queries(&["UPDATE a SET x = 1"]), false),
            (queries(&["INSERT INTO a VALUES (1)"]), false),
            (queries(&["ALTER TABLE a ADD x int NOT NULL"]), false),
            (queries(&["COMMENT ON TABLE a IS 'x'"]), false),
            (queries(&["ALTER TABLE a ADD x int", "TRUNCATE b"]), false),
        ] {
            let facts = facts(&[
                ("m/1779000000000-Add.ts", &class("Add1779000000000", "", &sql)),
                (
                    "m/1779000100000-Drop.ts",
                    &class("Drop1779000100000", "// @expand-migration: Add1779000000000", ""),
                ),
            ]);
            let drop = facts.of_kind(migration::KIND)[1];
            assert_eq!(facts.get(drop).bool(migration::EXPAND_ADDITIVE), Some(additive), "{sql}");
        }
    }

    #[test]
    fn a_copied_file_is_a_duplicate_and_a_compiled_one_is_not() {
        let text = class("A1779000000000", "", "");
        let duplicates = |paths: [&str; 2]| {
            let facts = facts(&paths.map(|path| (path, text.as_str())));
            let ids = facts.of_kind(migration::KIND);
            ids.iter().filter(|&&id| facts.get(id).bool(migration::DUPLICATE_STAMP) == Some(true)).count()
        };
        assert_eq!(duplicates(["m/1779000000000-A.ts", "m/1779000000000-A copy.ts"]), 2);
        assert_eq!(duplicates(["m/1779000000000-A.ts", "m/1779000000000-A.js"]), 0);
        assert_eq!(duplicates(["m/1779000000000-A.ts", "n/1779000000000-A.ts"]), 0);
    }
}
