//! What each change of a course costs: the locks on its own table and on others, the rows that are read
//! under them, and what the open transaction keeps locked meanwhile.

use super::super::{relations, versions};
use super::{Course, key, locks, retype};
use crate::facts::words::schema_change as change;
use crate::facts::{Fact, FactId, Facts};

impl Course<'_> {
    /// Locks, rewrites and scans, and what they mean behind the changes before.
    pub(super) fn cost(&mut self, facts: &mut Facts, id: FactId) {
        let fact = facts.get_mut(id);
        if fact.text(change::DATABASE) != Some("postgres") {
            return;
        }
        let span = fact.span;
        locks::set(fact, self.version);
        let in_transaction = fact.text(change::IN_TRANSACTION) == Some("yes");
        self.rows(fact);
        self.others(fact);
        let Some(lock) = fact.text(change::LOCK).map(str::to_owned) else { return };
        let there = fact.bool(change::NEW_TABLE) != Some(true) && fact.bool(change::REBUILD) != Some(true);
        let own = key(fact, change::TABLE).filter(|_| there).map(|table| (table, lock));
        let others =
            fact.map(change::LOCKS_TOO).iter().map(|(table, lock, _)| (table.to_string(), lock.to_string()));
        let others: Vec<_> = others.filter(|(table, _)| !self.made.contains(table)).collect();
        let blocks: Vec<_> = others.iter().filter(|(_, lock)| locks::stops_writes(lock)).collect();
        if !blocks.is_empty() {
            let names: Vec<_> = blocks.iter().map(|(table, _)| (table.as_str().into(), span)).collect();
            fact.set(change::BLOCKS_TOO, names, span);
        }
        let word = fact.text(change::CHANGE).unwrap_or_default().to_owned();
        let writes = fact.bool(change::WRITES_DATA) == Some(true) && word != "truncate";
        let single = word == "insert" && fact.get(change::SOURCE).is_none();
        let long = (writes && !single)
            || [change::SCANS, change::REWRITES].iter().any(|&field| fact.bool(field) == Some(true));
        if let Some((table, lock)) = &own {
            self.without_timeout |= locks::stops_writes(lock) && !self.timeout;
            self.without_statement_timeout |= long && !self.statement_timeout;
            if in_transaction
                && self.held.contains(table)
                && (writes || fact.bool(change::SCANS) == Some(true))
            {
                fact.set(change::UNDER_LOCK, true, span);
            }
            let while_locked = if self.held.contains(table) { Some(table) } else { self.held.iter().next() };
            let while_locked = while_locked.filter(|_| in_transaction && long).cloned();
            fact.set_some(change::WHILE_LOCKED, while_locked, span);
        } else if there && word != "create-table" {
            self.without_timeout |= !blocks.is_empty() && !self.timeout;
        }
        if !in_transaction {
            return;
        }
        let keys = fact.text(change::CONSTRAINT) == Some("foreign-key") && word == "add-constraint";
        for (table, lock) in own.into_iter().chain(others) {
            if locks::stops_reads(&lock) {
                self.held.insert(table);
                self.most_held = self.most_held.max(self.held.len());
            } else if keys && !self.made.contains(&table) {
                self.keyed.insert(table);
                self.most_keyed = self.most_keyed.max(self.keyed.len());
            }
        }
    }

    /// What the change reads of its table's rows, after the CHECKs and columns that are there.
    fn rows(&self, fact: &mut Fact) {
        let span = fact.span;
        let Some(table) = key(fact, change::TABLE) else { return };
        let column = fact.text(change::COLUMN).unwrap_or_default().to_owned();
        match fact.text(change::CHANGE).unwrap_or_default() {
            "set-not-null" => {
                // Before version 12 the rows are read all the same.
                if self.version.0 >= 12 && self.relations.never_null(&table, &column) {
                    fact.unset(change::SCANS);
                } else if self.version.0 >= 18 && fact.bool(change::HOLES) == Some(false) {
                    let name = table.rsplit('.').next().unwrap_or_default();
                    let instead = format!(
                        "ALTER TABLE {} ADD CONSTRAINT \"{name}_{column}_not_null\" NOT NULL \"{column}\" NOT VALID",
                        retype::quoted_name(&table)
                    );
                    fact.set(change::INSTEAD, instead, span);
                }
            }
            "alter-column-type" if self.relations.checks_column(&table, &column) => {
                fact.set(change::RECHECKS, true, span);
            }
            "alter-partition" => {
                let child = key(fact, change::OBJECT).unwrap_or_default();
                let text = fact.text(change::SQL).or_else(|| fact.text(change::TEXT)).unwrap_or_default();
                if self.relations.fits_bounds(&child, text) {
                    fact.unset(change::SCANS);
                }
            }
            "add-constraint" if fact.text(change::CONSTRAINT) == Some("primary-key") => {
                let text = fact.text(change::TEXT).unwrap_or_default();
                let index =
                    crate::syntax::sql::shape::added_constraint(text).and_then(|shape| shape.using_index);
                let column = index.and_then(|name| self.relations.index(&name)?.1.map(str::to_owned));
                if let Some(column) = column.filter(|column| self.relations.is_nullable(&table, column)) {
                    fact.set(change::SETS_NOT_NULL, column, span);
                    fact.set(change::SCANS, true, span);
                }
            }
            _ => {}
        }
    }

    /// What the change does to tables that have to do with its own.
    fn others(&self, fact: &mut Fact) {
        let span = fact.span;
        let beside = self.relations.locks_too(fact);
        if !beside.is_empty() {
            relations::set(fact, &beside);
        }
        if let Some(refusal) = self.relations.refusal(fact, self.version) {
            fact.set(change::REFUSED, refusal.why, span);
            fact.set(change::INSTEAD, refusal.instead, span);
        }
        if let Some(needs) = versions::needs(fact).filter(|&needs| self.said && needs > self.version.0) {
            fact.set(change::NEEDS_VERSION, i64::from(needs), span);
            fact.set(change::POSTGRES, i64::from(self.version.0), span);
        }
        let word = fact.text(change::CHANGE).unwrap_or_default();
        let attaches =
            word == "alter-partition" && fact.bool(change::SCANS).is_some() || word == "create-table";
        let rest = beside.iter().map(|(table, _)| table).find(|table| {
            let parent = self.relations.parent(table);
            parent.is_some_and(|parent| self.relations.default_partition(parent) == Some(table.as_str()))
        });
        if let Some(rest) = rest.filter(|rest| attaches && !self.made.contains(*rest)) {
            fact.set(change::DEFAULT_PARTITION, rest.as_str(), span);
        }
        let Some(table) = key(fact, change::TABLE).filter(|table| self.relations.is_partitioned(table))
        else {
            return;
        };
        // Neither CONCURRENTLY nor NOT VALID is the way out there.
        fact.unset(change::KEYWORD);
        if self.version.0 < 18 {
            fact.unset(change::LAST_WORD);
        }
        if fact.text(change::CHANGE) == Some("create-index") && fact.bool(change::SCANS) == Some(true) {
            let names: Vec<_> = self.relations.partitions(&table).map(|name| (name.into(), span)).collect();
            if !names.is_empty() {
                fact.set(change::PARTITIONS, names, span);
                fact.set(change::INSTEAD, relations::INDEX_OF_PARTITIONS, span);
            }
        }
    }

    /// Indexes that are dropped before the ones that replace them are made.
    pub(super) fn indexes(&mut self, facts: &mut Facts, id: FactId) {
        let fact = facts.get(id);
        match fact.text(change::CHANGE) {
            Some("create-table") => self.made.extend(key(fact, change::TABLE)),
            Some("drop-index") => {
                let found = fact.text(change::OBJECT).and_then(|name| self.relations.index(name));
                if let Some((table, Some(column))) = found.filter(|(table, _)| !self.made.contains(*table)) {
                    self.unindexed.insert((table.to_owned(), column.to_owned()), id);
                }
            }
            Some("create-index") => {
                let column = relations::first_column(fact);
                let name = fact.text(change::OBJECT).unwrap_or("another").to_owned();
                let place = key(fact, change::TABLE).zip(column);
                if let Some(dropped) = place.and_then(|place| self.unindexed.remove(&place)) {
                    let fact = facts.get_mut(dropped);
                    let span = fact.span;
                    fact.set(change::REPLACED_LATER, name, span);
                }
            }
            _ => {}
        }
    }
}
