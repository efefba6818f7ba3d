//! Migrations among each other: the expand migration that one names, stamps that clash.

use rustc_hash::FxHashMap;

use crate::facts::words::{migration, schema_change, unresolved};
use crate::facts::{FactId, Facts};
use crate::repo::Repo;
use crate::text::Span;

/// What `@expand-migration:` says when there is none.
const NONE: &str = "NONE";

pub(super) fn link(facts: &mut Facts, repo: &Repo) {
    let ids = facts.of_kind(migration::KIND).to_vec();
    expand(facts, &ids);
    duplicates(facts, repo, &ids);
}

fn expand(facts: &mut Facts, ids: &[FactId]) {
    let mut by_name: FxHashMap<String, FactId> = FxHashMap::default();
    for &id in ids {
        for field in [migration::NAME, migration::CLASS] {
            if let Some(name) = facts.get(id).text(field) {
                by_name.entry(name.to_owned()).or_insert(id);
            }
        }
    }
    for &id in ids {
        let fact = facts.get(id);
        let Some(slot) = fact.get(migration::EXPAND) else { continue };
        let span = slot.span;
        let Some(name) = slot.value.as_text().filter(|name| !name.is_empty() && *name != NONE) else {
            continue;
        };
        let found = by_name.get(name).copied();
        let stamp = fact.int(migration::STAMP);
        let earlier = found.map(|other| match (facts.get(other).int(migration::STAMP), stamp) {
            (Some(other), Some(own)) => other < own,
            // Without stamps there is no order to hold against it.
            _ => other != id,
        });
        let additive = found.map(|other| is_additive(facts, other));
        let fact = facts.get_mut(id);
        fact.set(migration::EXPAND_EXISTS, found.is_some(), span);
        fact.set_some(migration::EXPAND_EARLIER, earlier, span);
        fact.set_some(migration::EXPAND_ADDITIVE, additive, span);
    }
}

/// Whether `up` takes nothing away, and adds something unless part of it could not be understood.
fn is_additive(facts: &Facts, id: FactId) -> bool {
    let mut adds = false;
    let mut risks = false;
    for &child in facts.children(id) {
        let fact = facts.get(child);
        if fact.kind == unresolved::KIND {
            adds = true;
        }
        if fact.kind != schema_change::KIND || fact.text(schema_change::DIRECTION) != Some("up") {
            continue;
        }
        match fact.text(schema_change::DESTRUCTIVE) {
            Some("block") => return false,
            Some("review") => risks = true,
            _ => {}
        }
        adds |= fact.bool(schema_change::ADDITIVE) == Some(true);
    }
    adds || !risks
}

/// Two migrations of one folder with one stamp: their order is not defined. A compiled `.js` beside
/// its `.ts` is the same migration.
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
            let same =
                |other: FactId| facts.get(other).text(migration::NAME) == facts.get(id).text(migration::NAME);
            if group.iter().any(|&(other, _)| other != id && !same(other)) {
                facts.get_mut(id).set(migration::DUPLICATE_STAMP, true, span);
            }
        }
    }
}
