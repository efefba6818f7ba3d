//! Expand and contract: what `@destructive:` names against what `up` does, the expand migration against
//! the one that takes away, and what code still uses of what was taken away. Speaks only where names
//! are certain.

use rustc_hash::FxHashSet;

mod databases;
mod released;
mod uses;

use super::history::Linked;
use super::migrations::{Named, blame, expands};
use crate::facts::schema::{key, last_part};
use crate::facts::words::{migration, schema_change as change, unresolved};
use crate::facts::{Fact, FactId, Facts};
use crate::read::migration::declared::{self, Declared};
use crate::repo::Repo;

pub(super) fn link(facts: &mut Facts, repo: &Repo, histories: &[Linked]) {
    for id in facts.of_kind(migration::KIND).to_vec() {
        annotation(facts, id);
    }
    expand(facts, repo, histories);
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
    let read = |text: &str| declared::read(text, 0..text.len())?.into_iter().next();
    let named: Vec<Declared> = items.iter().filter_map(|(text, _)| read(text)).collect();
    if named.len() != items.len() {
        return;
    }
    let (changes, whole) = up(facts, id);
    let unmatched = named
        .iter()
        .zip(items)
        .find(|(declared, _)| whole && !changes.iter().any(|(_, change)| does(change, declared)));
    let unmatched = unmatched.map(|(declared, (_, span))| (declared.text.clone(), *span));
    let maybe: Vec<Declared> =
        fact.list(migration::MAY_DECLARE).iter().filter_map(|(text, _)| read(text)).collect();
    let is_named = |fact: &Fact| {
        named.iter().chain(&maybe).any(|declared| {
            // Of a name that is not known, the kind of change has to be named.
            let kind = fact.text(change::CHANGE).is_some_and(|word| declared.changes.contains(&word));
            if fact.bool(change::HOLES) == Some(true) { kind } else { does(fact, declared) }
        })
    };
    let unnamed = changes
        .iter()
        .filter(|(_, fact)| fact.text(change::DESTRUCTIVE) == Some("block"))
        .find(|(_, fact)| !is_named(fact));
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
    if declared.changes == declared::REMOVES_VALUE {
        let removed = fact.list(change::REMOVED_VALUES);
        return removed
            .iter()
            .any(|(value, _)| declared.object.as_ref().is_none_or(|own| is_name(value, own)));
    }
    let Some(word) = fact.text(change::CHANGE).filter(|word| declared.changes.contains(word)) else {
        return false;
    };
    let same = |field, named: &Option<String>| match (fact.text(field), named) {
        (Some(own), Some(named)) => is_name(own, named),
        _ => true,
    };
    // `ALTER TYPE product.price`: a column's.
    if word == "alter-column-type" && declared.object.is_some() {
        return same(change::TABLE, &declared.table) && same(change::COLUMN, &declared.object);
    }
    let object = if fact.get(change::OBJECT).is_some() { change::OBJECT } else { change::TABLE };
    same(
        change::TABLE,
        &declared
            .table
            .clone()
            .filter(|_| declared.object.is_none() || object == change::OBJECT && has_table(word)),
    ) && (declared.column.is_none() || same(change::COLUMN, &declared.column))
        && (declared.object.is_none() || same(object, &declared.object))
}

/// Whether such an object is named behind its table; elsewhere a schema stands before its name.
fn has_table(word: &str) -> bool {
    matches!(word, "drop-constraint" | "rename-constraint" | "drop-trigger" | "drop-policy")
}

/// Whether a name is the one that is written, with schemas where both have one.
fn is_name(own: &str, written: &str) -> bool {
    let both = own.contains('.') && written.contains('.');
    let (own, written) = if both { (own, written) } else { (last_part(own), last_part(written)) };
    let (own, written) = (key(own), key(written));
    match written.split_once('*') {
        None => own == written,
        Some((head, tail)) => {
            // One `*`, or several with the same words between them in order.
            let Some(mut rest) = own.strip_prefix(head) else { return false };
            let mut parts: Vec<&str> = tail.split('*').collect();
            let last = parts.pop().unwrap_or_default();
            for part in parts {
                let Some(at) = rest.find(part) else { return false };
                rest = &rest[at + part.len()..];
            }
            rest.ends_with(last)
        }
    }
}

/// What is known of the migrations that `@expand-migration:` names beyond what they add.
fn expand(facts: &mut Facts, repo: &Repo, histories: &[Linked]) {
    let all = histories.iter().flat_map(|linked| linked.history.migrations.iter().copied());
    let ids: Vec<FactId> = all.collect();
    let named = Named::of(facts, &ids);
    for &id in &ids {
        let found: Vec<_> = expands(facts.get(id))
            .into_iter()
            .filter_map(|(name, span)| Some((named.find(facts, repo, id, &name)?, name, span)))
            .collect();
        let Some((_, _, first)) = found.first().cloned() else { continue };
        let at_base = |other: FactId| facts.get(other).bool(migration::AT_BASE);
        let pending = found.iter().find(|(other, ..)| at_base(*other) == Some(false));
        let released = found.iter().all(|(other, ..)| at_base(*other) == Some(true));
        let related: Vec<Option<bool>> =
            found.iter().map(|(other, ..)| are_related(facts, *other, id)).collect();
        // One of them is enough.
        let related = if related.contains(&Some(true)) {
            Some(true)
        } else {
            related.iter().copied().find(Option::is_none).unwrap_or(Some(false))
        };
        let whole = facts.get(id).bool(migration::EXPAND_ADDITIVE) == Some(true);
        let fault = pending.filter(|_| whole && found.len() > 1).map(|(_, name, span)| (name.clone(), *span));
        let at_base = if pending.is_some() { Some(false) } else { released.then_some(true) };
        let fact = facts.get_mut(id);
        let span = fault.as_ref().map_or(first, |(_, span)| *span);
        if let Some((name, span)) = fault {
            blame(fact, &name, span);
        }
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
