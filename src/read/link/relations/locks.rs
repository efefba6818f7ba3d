//! Which other tables a change locks, and what a partitioned table refuses.

use std::sync::Arc;

use super::super::course::key;
use super::{ForeignKey, MOST, Relations, constraints, has_relations, plain, starts, words};
use crate::facts::Fact;
use crate::facts::words::schema_change as change;
use crate::read::PostgresVersion;
use crate::syntax::sql::shape;

const ACCESS_EXCLUSIVE: &str = "ACCESS EXCLUSIVE";

/// How an index of a partitioned table is made while others write.
pub(in super::super) const INDEX_OF_PARTITIONS: &str = "make the index `ON ONLY` the table, build one on each partition CONCURRENTLY, and `ALTER INDEX … ATTACH PARTITION` them";

/// Why a change fails, and what does the same.
pub(in super::super) struct Refusal {
    pub why: &'static str,
    pub instead: &'static str,
}

impl Relations {
    /// Why a partitioned table refuses what other tables allow.
    pub(in super::super) fn refusal(&self, fact: &Fact, version: PostgresVersion) -> Option<Refusal> {
        let is = |field| fact.bool(field) == Some(true);
        let table = key(fact, change::TABLE);
        let own = table.as_deref().and_then(|table| self.tables.get(table)).filter(|own| own.partitioned);
        let refusal = |why, instead| Some(Refusal { why, instead });
        match fact.text(change::CHANGE)? {
            "create-index" if own.is_some() && is(change::CONCURRENTLY) => {
                refusal("PostgreSQL builds no index of a partitioned table CONCURRENTLY", INDEX_OF_PARTITIONS)
            }
            "drop-index" if is(change::CONCURRENTLY) => {
                let (table, _) = fact.text(change::OBJECT).and_then(|name| self.index(name))?;
                if !self.is_partitioned(table) {
                    return None;
                }
                refusal(
                    "PostgreSQL drops no index of a partitioned table CONCURRENTLY",
                    "leave CONCURRENTLY out, and set a `lock_timeout` before it",
                )
            }
            "add-constraint" => {
                let own = own?;
                let foreign = fact.text(change::CONSTRAINT) == Some("foreign-key");
                if foreign && is(change::NOT_VALID) && version.0 < 18 {
                    return refusal(
                        "before version 18, a foreign key of a partitioned table can't be NOT VALID",
                        "add the key to each partition first, NOT VALID and then validated; the key of the whole table takes those over",
                    );
                }
                if is(change::USING_INDEX) {
                    return refusal(
                        "a partitioned table takes over no index as its constraint",
                        "add the constraint `ON ONLY` the table, one to each partition USING INDEX, and `ALTER INDEX … ATTACH PARTITION` their indexes",
                    );
                }
                let columns = fact.list(change::COLUMNS);
                let lacks = |name: &String| !columns.iter().any(|(column, _)| column.as_ref() == name);
                if !is(change::UNIQUE) || columns.is_empty() || !own.divided_by.iter().any(lacks) {
                    return None;
                }
                refusal(
                    "a unique constraint must hold all columns that the table is partitioned by",
                    "add those columns to the constraint, or a constraint to each partition",
                )
            }
            _ => None,
        }
    }

    /// The other tables that the change locks, each with the lock.
    pub(in super::super) fn locks_too(&self, fact: &Fact) -> Vec<(String, &'static str)> {
        let mut found: Vec<(String, &'static str)> = Vec::new();
        let table = key(fact, change::TABLE);
        let own = table.as_deref().and_then(|table| self.tables.get(table));
        let keys = own.map(|own| own.keys.as_slice()).unwrap_or_default();
        let is = |field| fact.bool(field) == Some(true);
        let mut add = |name: &str, lock| {
            if Some(name) != table.as_deref()
                && found.len() < MOST
                && !found.iter().any(|(known, _)| known == name)
            {
                found.push((name.to_owned(), lock));
            }
        };
        match fact.text(change::CHANGE).unwrap_or_default() {
            "add-constraint" | "add-column" => {
                if let Some(target) = key(fact, change::REFERENCES) {
                    add(&target, "SHARE ROW EXCLUSIVE");
                }
            }
            "create-table" => self.created(fact, &mut add),
            "drop-table" => {
                keys.iter().for_each(|key| add(&key.target, ACCESS_EXCLUSIVE));
                let table = table.as_deref().unwrap_or_default();
                if let Some(parent) = self.parents.get(table) {
                    add(parent, ACCESS_EXCLUSIVE);
                }
                if is(change::CASCADE) {
                    self.pointing_to(table).for_each(|table| add(table, ACCESS_EXCLUSIVE));
                }
            }
            "truncate" if is(change::CASCADE) => {
                self.pointing_to(table.as_deref().unwrap_or_default())
                    .for_each(|table| add(table, ACCESS_EXCLUSIVE));
            }
            "drop-constraint" => {
                let name = fact.text(change::OBJECT).unwrap_or_default();
                keys.iter().filter(|key| key.name == name).for_each(|key| add(&key.target, ACCESS_EXCLUSIVE));
                if is(change::CASCADE) {
                    self.pointing_to(table.as_deref().unwrap_or_default())
                        .for_each(|table| add(table, ACCESS_EXCLUSIVE));
                }
            }
            "drop-column" | "alter-column-type" => {
                let column = fact.text(change::COLUMN).unwrap_or_default();
                let holds = |key: &&ForeignKey| key.columns.iter().any(|name| name == column);
                keys.iter().filter(holds).for_each(|key| add(&key.target, ACCESS_EXCLUSIVE));
            }
            "drop-index" | "reindex" if table.is_none() => {
                let of = fact.text(change::OBJECT).and_then(|name| self.index(name));
                if let (Some((table, _)), Some(lock)) = (of, fact.text(change::LOCK).and_then(known)) {
                    add(table, lock);
                }
            }
            "create-index" => {
                let only = words(fact).to_ascii_uppercase().contains(" ON ONLY ");
                if let (Some(own), false) = (own, only) {
                    own.partitions.iter().for_each(|(name, _)| add(name, "SHARE"));
                }
            }
            "alter-partition" => {
                let child = key(fact, change::OBJECT);
                let attaches = starts(fact, "ATTACH");
                if let Some(child) =
                    child.filter(|_| attaches || (starts(fact, "DETACH") && !is(change::CONCURRENTLY)))
                {
                    add(&child, ACCESS_EXCLUSIVE);
                }
                let rest = table.as_deref().and_then(|table| self.default_partition(table));
                if let Some(rest) = rest.filter(|_| attaches) {
                    add(rest, ACCESS_EXCLUSIVE);
                }
            }
            "alter-table" if starts(fact, "INHERIT ") => {
                let parent = words(fact).split_whitespace().nth(1).unwrap_or_default();
                add(&plain(&parent.replace('"', "")), "SHARE UPDATE EXCLUSIVE");
            }
            _ => {}
        }
        found
    }

    /// The tables whose foreign keys point to this one.
    fn pointing_to<'s>(&'s self, name: &'s str) -> impl Iterator<Item = &'s String> {
        let tables = self.pointing.get(name).map(Vec::as_slice).unwrap_or_default();
        tables.iter().filter(move |table| {
            let own = self.tables.get(table.as_str());
            own.is_some_and(|own| own.keys.iter().any(|key| key.target == name))
        })
    }

    /// What a new table locks: those that its foreign keys point to, and those that it is a part of.
    fn created(&self, fact: &Fact, add: &mut impl FnMut(&str, &'static str)) {
        if fact.text(change::VIA) != Some("sql") || !has_relations(words(fact)) {
            return;
        }
        let lineage = shape::lineage(words(fact));
        if let Some(parent) = lineage.part_of.as_deref().map(plain) {
            add(&parent, ACCESS_EXCLUSIVE);
            if let Some(rest) = self.default_partition(&parent) {
                add(rest, ACCESS_EXCLUSIVE);
            }
        }
        for parent in &lineage.inherits {
            add(&plain(parent), "SHARE UPDATE EXCLUSIVE");
        }
        for constraint in constraints(fact) {
            if let Some(target) = constraint.references.as_deref() {
                add(&plain(target), "SHARE ROW EXCLUSIVE");
            }
        }
    }
}

/// Sets the other tables on the change.
pub(in super::super) fn set(fact: &mut Fact, tables: &[(String, &'static str)]) {
    let span = fact.span;
    let pairs: Vec<(Arc<str>, Arc<str>, crate::text::Span)> =
        tables.iter().map(|(name, lock)| (name.as_str().into(), (*lock).into(), span)).collect();
    fact.set(change::LOCKS_TOO, pairs, span);
}

fn known(lock: &str) -> Option<&'static str> {
    crate::facts::words::LOCKS.iter().copied().find(|known| *known == lock)
}
