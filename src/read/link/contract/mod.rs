//! Expand and contract: what `@destructive:` names against what `up` does, the expand migration against
//! the one that takes away, and what code still uses of what was taken away. Speaks only where names
//! are certain.

use rustc_hash::{FxHashMap, FxHashSet};

mod databases;
mod uses;

use super::history::Linked;
use crate::facts::schema::{key, last_part};
use crate::facts::words::{migration, schema_change as change, unresolved};
use crate::facts::{Fact, FactId, Facts};
use crate::read::migration::declared::{self, Declared};
use crate::repo::Repo;

pub(super) fn link(facts: &mut Facts, repo: &Repo, histories: &[Linked]) {
    for id in facts.of_kind(migration::KIND).to_vec() {
        annotation(facts, id);
    }
    expand(facts, histories);
    uses::link(facts, repo, histories);
}

/// The changes of `up`, and whether all of it is understood.
fn up(facts: &Facts, id: FactId) -> (Vec<(FactId, &Fact)>, bool) {
    let mut whole = true;
    let mut changes = Vec::new();
    for &child in facts.children(id) {
        let fact = facts.get(child);
        if fact.text(unresolved::DIRECTION) == Some("up") {
            whole = false;
        } else if fact.text(change::DIRECTION) == Some("up") {
            whole &= fact.bool(change::HOLES) != Some(true);
            whole &= !matches!(fact.text(change::CHANGE), Some("do-block" | "call" | "alter-column"));
            changes.push((child, fact));
        }
    }
    (changes, whole)
}

/// What `@destructive:` names against what `up` does.
fn annotation(facts: &mut Facts, id: FactId) {
    let fact = facts.get(id);
    let items = fact.list(migration::DECLARES);
    if items.is_empty() {
        return;
    }
    let named: Vec<Declared> = items
        .iter()
        .filter_map(|(text, _)| declared::read(text, 0..text.len())?.into_iter().next())
        .collect();
    if named.len() != items.len() {
        return;
    }
    let (changes, whole) = up(facts, id);
    let unmatched = named
        .iter()
        .zip(items)
        .find(|(declared, _)| whole && !changes.iter().any(|(_, change)| does(change, declared)));
    let unmatched = unmatched.map(|(declared, (_, span))| (declared.text.clone(), *span));
    let unnamed = changes
        .iter()
        .filter(|(_, fact)| {
            fact.text(change::DESTRUCTIVE) == Some("block") && fact.bool(change::HOLES) != Some(true)
        })
        .find(|(_, fact)| !named.iter().any(|declared| does(fact, declared)));
    let unnamed = unnamed.and_then(|(_, fact)| Some((fact.text(change::TEXT)?.to_owned(), fact.span)));
    let fact = facts.get_mut(id);
    if let Some((text, span)) = unmatched {
        fact.set(migration::DESTRUCTIVE_UNMATCHED, text, span);
    }
    if let Some((text, span)) = unnamed {
        fact.set(migration::DESTRUCTIVE_UNNAMED, text, span);
    }
}

/// Whether a change is the one that is named; names are compared as far as both are written.
fn does(fact: &Fact, declared: &Declared) -> bool {
    let same = |field, named: &Option<String>| match (fact.text(field), named) {
        (Some(own), Some(named)) => key(last_part(own)) == key(named),
        _ => true,
    };
    fact.text(change::CHANGE) == Some(declared.change)
        && same(change::TABLE, &declared.table)
        && (declared.column.is_none() || same(change::COLUMN, &declared.column))
}

/// What is known of the migration that `@expand-migration:` names beyond what it adds.
fn expand(facts: &mut Facts, histories: &[Linked]) {
    let mut by_name: FxHashMap<String, FactId> = FxHashMap::default();
    let all = histories.iter().flat_map(|linked| linked.history.migrations.iter().copied());
    let ids: Vec<FactId> = all.collect();
    for &id in &ids {
        for field in [migration::NAME, migration::CLASS] {
            if let Some(name) = facts.get(id).text(field) {
                by_name.entry(name.to_owned()).or_insert(id);
            }
        }
    }
    for &id in &ids {
        let Some(slot) = facts.get(id).get(migration::EXPAND) else { continue };
        let span = slot.span;
        let Some(&other) = slot.value.as_text().and_then(|name| by_name.get(name)) else { continue };
        let at_base = facts.get(other).bool(migration::AT_BASE);
        let related = are_related(facts, other, id);
        let fact = facts.get_mut(id);
        fact.set_some(migration::EXPAND_AT_BASE, at_base, span);
        fact.set_some(migration::EXPAND_RELATED, related, span);
    }
}

/// Whether two migrations touch one table, or tables that name or refer to each other.
fn are_related(facts: &Facts, expand: FactId, contract: FactId) -> Option<bool> {
    let tables = |id: FactId, of: &dyn Fn(&Fact) -> bool| -> Option<FxHashSet<String>> {
        let (changes, whole) = up(facts, id);
        let own = changes.iter().filter(|(_, fact)| of(fact));
        let names = own.flat_map(|(_, fact)| {
            [change::TABLE, change::SOURCE, change::NEW_NAME]
                .into_iter()
                .filter(|&field| {
                    field != change::NEW_NAME || fact.text(change::CHANGE) == Some("rename-table")
                })
                .filter_map(|field| fact.text(field))
                .map(|name| key(last_part(name)))
                .collect::<Vec<_>>()
        });
        let names: FxHashSet<String> = names.collect();
        (whole && !names.is_empty()).then_some(names)
    };
    let taken = tables(contract, &|fact| matches!(fact.text(change::DESTRUCTIVE), Some("block" | "review")))?;
    let added = tables(expand, &|_| true)?;
    let touches = |one: &str, other: &str| one == other || (one.len() > 3 && other.contains(one));
    if taken.iter().any(|own| added.iter().any(|other| touches(own, other) || touches(other, own))) {
        return Some(true);
    }
    let (changes, _) = up(facts, expand);
    // A new table may stand for the old one without naming it.
    if changes
        .iter()
        .any(|(_, fact)| matches!(fact.text(change::CHANGE), Some("create-table" | "create-view")))
    {
        return None;
    }
    // Rows that are copied, a function that reads the table.
    let says = changes.iter().any(|(_, fact)| {
        let words =
            fact.text(change::SQL).or_else(|| fact.text(change::TEXT)).unwrap_or_default().to_lowercase();
        // Words that are cut may say more.
        words.ends_with('…') || taken.iter().any(|own| words.contains(own.as_str()))
    });
    Some(says)
}
