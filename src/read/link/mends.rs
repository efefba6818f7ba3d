//! What has to be known before a migration's text may be changed: whether it could leave its transaction,
//! what statement would check a constraint later, what its annotation would name. Changes nothing, and
//! knows no rule.

use std::sync::Arc;

use rustc_hash::FxHashSet;

use super::retype;
use crate::facts::words::{migration, migration_entity, schema_change as change, unresolved};
use crate::facts::{Fact, FactId, Facts};
use crate::text::Span;

pub(super) fn link(facts: &mut Facts) {
    let ids: Vec<FactId> = facts.of_kind(migration::KIND).to_vec();
    partitions(facts);
    for id in ids {
        let up: Vec<FactId> =
            facts.children(id).iter().copied().filter(|&child| is_up(facts.get(child))).collect();
        let leaves = leaves_transaction(facts, id, &up);
        let destroys = destroys(facts, &up);
        let fact = facts.get_mut(id);
        let span = fact.span;
        fact.set_some(migration::LEAVES_TRANSACTION, leaves, span);
        if let Some(destroys) = destroys.filter(|destroys| !destroys.is_empty()) {
            fact.set(migration::DESTROYS, destroys, span);
        }
        for pair in up.windows(2) {
            if let [drop, add] = pair {
                readds(facts, *drop, *add);
            }
        }
        for id in up {
            if let Some(words) = validation(facts.get(id)) {
                let fact = facts.get_mut(id);
                let span = fact.span;
                fact.set(change::VALIDATION, words, span);
            }
        }
    }
}

/// Says of indexes and constraints that their table is partitioned, wherever that was made so.
fn partitions(facts: &mut Facts) {
    let name = |fact: &Fact| {
        let name = fact.text(change::TABLE)?;
        Some(name.rsplit('.').next().unwrap_or(name).to_lowercase())
    };
    let all: Vec<FactId> = facts.of_kind(change::KIND).to_vec();
    let mut parted: FxHashSet<String> = FxHashSet::default();
    for fact in all.iter().map(|&id| facts.get(id)) {
        let words = fact.text(change::SQL).or_else(|| fact.text(change::STATEMENT)).unwrap_or_default();
        if fact.text(change::CHANGE) == Some("create-table")
            && words.to_ascii_uppercase().contains("PARTITION BY")
        {
            parted.extend(name(fact));
        }
    }
    for id in all {
        let fact = facts.get_mut(id);
        if matches!(fact.text(change::CHANGE), Some("create-index" | "reindex" | "add-constraint"))
            && (says_only(fact) || name(fact).is_some_and(|name| parted.contains(&name)))
        {
            let span = fact.span;
            fact.set(change::PARTITIONED, true, span);
        }
    }
}

/// Whether an index is made on a partitioned table without its partitions.
fn says_only(fact: &Fact) -> bool {
    let words = fact.text(change::STATEMENT).unwrap_or_default().to_ascii_uppercase();
    fact.text(change::CHANGE) == Some("create-index") && words.contains(" ON ONLY ")
}

fn is_up(fact: &Fact) -> bool {
    fact.text(change::DIRECTION) == Some("up") && fact.kind == change::KIND
        || fact.text(unresolved::DIRECTION) == Some("up") && fact.kind == unresolved::KIND
}

/// Whether `up` loses nothing with its transaction, and TypeORM would let it go without.
fn leaves_transaction(facts: &Facts, id: FactId, up: &[FactId]) -> Option<&'static str> {
    let fact = facts.get(id);
    let asked = fact.text(migration::TOOL) == Some("typeorm")
        && fact.text(migration::TRANSACTION_MODE) == Some("each")
        && fact.get(migration::TRANSACTION).is_none()
        && fact.get(migration::BODY).is_some()
        && fact.text(migration::IN_TRANSACTION) == Some("yes");
    let entities = facts.children(id).iter().any(|&child| facts.get(child).kind == migration_entity::KIND);
    if !asked || entities || !up.iter().all(|&id| goes_without(facts.get(id))) {
        return None;
    }
    match up.len() {
        0 => None,
        1 => Some("alone"),
        _ => Some("together"),
    }
}

/// Whether a change runs outside a transaction as it does inside, or only there.
fn goes_without(fact: &Fact) -> bool {
    let is = |field| fact.bool(field) == Some(true);
    let word = fact.text(change::CHANGE).unwrap_or_default();
    let by_itself = is(change::REFUSES_TRANSACTION)
        || matches!(word, "create-index" | "drop-index" | "reindex" | "maintenance" | "comment")
            && !is(change::CASCADE)
            && !is(change::NEW_TABLE);
    fact.kind == change::KIND
        && by_itself
        && !is(change::PARTITIONED)
        && is(change::ALONE)
        && fact.get(change::CALL).is_some()
        && fact.text(change::DATABASE) == Some("postgres")
        && !is(change::CONDITIONAL)
        && !is(change::HOLES)
        && fact.get(change::CONDITION).is_none()
}

/// What an annotation would have to name.
fn destroys(facts: &Facts, up: &[FactId]) -> Option<Vec<(Arc<str>, Span)>> {
    let mut seen: FxHashSet<String> = FxHashSet::default();
    let mut named = Vec::new();
    for fact in up.iter().map(|&id| facts.get(id)) {
        let is = |field| fact.bool(field) == Some(true);
        // A column that comes back is to be kept, or signed for by somebody who wants it gone.
        if is(change::ADDED_AGAIN) {
            return None;
        }
        if fact.kind != change::KIND || fact.text(change::DESTRUCTIVE) != Some("block") {
            continue;
        }
        let words = name(fact).filter(|_| !is(change::HOLES))?;
        if seen.insert(words.clone()) {
            named.push((Arc::from(words), fact.span));
        }
    }
    Some(named)
}

/// A change as `@destructive:` names it.
fn name(fact: &Fact) -> Option<String> {
    let verb = match fact.text(change::CHANGE)? {
        "drop-column" => "DROP COLUMN",
        "drop-table" => "DROP TABLE",
        "rename-column" => "RENAME COLUMN",
        "rename-table" => "RENAME TABLE",
        "truncate" => "TRUNCATE",
        _ => return None,
    };
    let plain = |name: &str| name.chars().all(|char| char.is_alphanumeric() || matches!(char, '_' | '$'));
    let table = fact.text(change::TABLE)?;
    let mut parts: Vec<&str> = table.split('.').collect();
    if verb.ends_with("COLUMN") {
        parts.push(fact.text(change::COLUMN)?);
    }
    parts.iter().all(|part| !part.is_empty() && plain(part)).then(|| format!("{verb} {}", parts.join(".")))
}

/// A column that is added again right behind its drop, each in a call of its own: as one statement.
fn readds(facts: &mut Facts, drop: FactId, add: FactId) {
    let (dropped, added) = (facts.get(drop), facts.get(add));
    let is = |fact: &Fact, word| {
        fact.text(change::CHANGE) == Some(word)
            && fact.bool(change::ADDED_AGAIN) == Some(true)
            && fact.bool(change::ALONE) == Some(true)
            && fact.get(change::CALL).is_some()
            && fact.get(change::CONDITION).is_none()
            && fact.bool(change::CASCADE) != Some(true)
            && fact.bool(change::IF_EXISTS) != Some(true)
            && fact.bool(change::IF_NOT_EXISTS) != Some(true)
    };
    let same = |field| dropped.text(field) == added.text(field);
    if !is(dropped, "drop-column")
        || !is(added, "add-column")
        || !same(change::TABLE)
        || !same(change::COLUMN)
    {
        return;
    }
    let Some((words, safe)) = retype::parts(dropped, added).and_then(|parts| parts.statement_for(dropped))
    else {
        return;
    };
    let holds = dropped.entry(change::OLD_COLUMN, "holds").is_some();
    let fact = facts.get_mut(drop);
    let span = fact.span;
    fact.set(change::RETYPED, words, span);
    fact.set(change::TYPE_CHANGE, if safe { "safe" } else { "unknown" }, span);
    let fact = facts.get_mut(add);
    let span = fact.span;
    fact.set(change::READDS, !holds, span);
}

/// The statement that checks later what an added constraint would check at once.
fn validation(fact: &Fact) -> Option<String> {
    let checks = fact.text(change::CHANGE) == Some("add-constraint")
        && fact.bool(change::NOT_VALID) == Some(false)
        && matches!(fact.text(change::CONSTRAINT), Some("foreign-key" | "check"))
        && fact.bool(change::HOLES) == Some(false);
    let table = retype::name_of(fact, fact.text(change::TABLE).filter(|_| checks)?)?;
    let name = retype::name_of(fact, fact.text(change::OBJECT)?)?;
    let plain = |words: &str| !words.contains(['`', '\\', '$', '\'']);
    (plain(&table) && plain(&name)).then(|| format!("ALTER TABLE {table} VALIDATE CONSTRAINT {name}"))
}
