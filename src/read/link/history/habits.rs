//! What a folder's migrations have in common: whether they have a way back, and in which language they
//! are written.

use rustc_hash::{FxHashMap, FxHashSet};

use super::{History, is_unread};
use crate::facts::words::{migration, unresolved};
use crate::facts::{Fact, FactId, Facts};
use crate::read::sqlmigration::without_dialect;
use crate::repo::Repo;

/// So many migrations on either side are a migration's neighbours.
const NEAR: usize = 10;

/// With fewer neighbours without a way back than this, there is no habit.
const FEW: usize = 3;

/// Says it of each migration.
pub fn link(facts: &mut Facts, repo: &Repo, histories: &[History]) {
    let mut folders: FxHashMap<&str, FxHashSet<FactId>> = FxHashMap::default();
    for history in histories {
        folders.entry(&history.folder).or_default().extend(&history.migrations);
        downs(facts, history);
    }
    for ids in folders.values() {
        unread(facts, repo, ids);
    }
}

/// Where most neighbours have no way back, the team has chosen to roll forward, then at least.
fn downs(facts: &mut Facts, history: &History) {
    let states: Vec<Option<bool>> = history.migrations.iter().map(|&id| goes_back(facts.get(id))).collect();
    for (at, &id) in history.migrations.iter().enumerate() {
        if facts.get(id).get(migration::DOWN).is_none() {
            continue;
        }
        let near = states.get(at.saturating_sub(NEAR)..(at + NEAR + 1).min(states.len())).unwrap_or_default();
        let count = |what: bool| near.iter().filter(|state| **state == Some(what)).count();
        let (with, mut without) = (count(true), count(false));
        if states.get(at) == Some(&Some(false)) {
            without -= 1;
        }
        let kept = (without < FEW || with >= FEW * without) && !is_part(facts, history, at);
        let fact = facts.get_mut(id);
        let span = fact.span;
        fact.set(migration::DOWNS_ARE_KEPT, kept, span);
    }
}

fn goes_back(fact: &Fact) -> Option<bool> {
    match fact.text(migration::DOWN)? {
        "present" | "throws" | "explained" => Some(true),
        "empty" if fact.bool(migration::DATA_ONLY) == Some(true) => None,
        _ => Some(false),
    }
}

/// Whether a migration is one of several files that one was cut into: pop's generators number the
/// statements, so that what undoes one may stand in another.
pub fn is_part(facts: &Facts, history: &History, at: usize) -> bool {
    let title = |at: usize| {
        let fact = facts.get(*history.migrations.get(at)?);
        let name = without_dialect(fact.text(migration::NAME)?);
        Some(name.trim_start_matches(|char: char| char.is_ascii_digit()))
    };
    let Some(own) = title(at).filter(|_| history.dialect.is_some()) else { return false };
    title(at + 1) == Some(own) || at.checked_sub(1).and_then(title) == Some(own)
}

/// Says once of a folder that a language is not read.
fn unread(facts: &mut Facts, repo: &Repo, ids: &FxHashSet<FactId>) {
    let unread = ids.iter().copied().filter(|&id| is_unread(facts.get(id)));
    let Some(first) = unread.min_by_key(|&id| repo.path(facts.get(id).span.file)) else { return };
    let span = facts.get(first).span;
    let path = repo.path(span.file);
    let reason = "fizz is not read, and neither is any other file of this language in the folder";
    let fact = Fact::new(unresolved::KIND, span)
        .with(unresolved::WHAT, "sql", span)
        .with(unresolved::REASON, reason, span)
        .with(unresolved::TEXT, path.rsplit('/').next().unwrap_or(path), span)
        .with(unresolved::DIRECTION, "up", span);
    facts.add(fact, Some(first));
}
