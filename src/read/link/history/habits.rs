//! What a folder's migrations have in common: whether they have a way back, and in which language they
//! are written.

use rustc_hash::{FxHashMap, FxHashSet};

use super::{History, is_unread};
use crate::facts::words::{migration, unresolved};
use crate::facts::{Fact, FactId, Facts};
use crate::repo::Repo;

/// With fewer migrations without a way back than this, a folder has no habit yet.
const FEW: usize = 3;

/// Says it of each migration.
pub fn link(facts: &mut Facts, repo: &Repo, histories: &[History]) {
    let mut folders: FxHashMap<&str, FxHashSet<FactId>> = FxHashMap::default();
    for history in histories {
        folders.entry(&history.folder).or_default().extend(&history.migrations);
    }
    for ids in folders.values() {
        downs(facts, ids);
        unread(facts, repo, ids);
    }
}

/// Where most migrations have no way back, the team has chosen to roll forward.
fn downs(facts: &mut Facts, ids: &FxHashSet<FactId>) {
    let (mut with, mut without) = (0, 0);
    for &id in ids {
        let fact = facts.get(id);
        let data_only = fact.bool(migration::DATA_ONLY) == Some(true);
        match fact.text(migration::DOWN) {
            Some("missing") => without += 1,
            Some("empty") if !data_only => without += 1,
            Some("present" | "throws" | "explained") => with += 1,
            _ => {}
        }
    }
    let kept = without < FEW || with > without;
    for &id in ids {
        let fact = facts.get_mut(id);
        let span = fact.span;
        if fact.get(migration::DOWN).is_some() {
            fact.set(migration::DOWNS_ARE_KEPT, kept, span);
        }
    }
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
