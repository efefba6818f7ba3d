//! The course of each migration: for which database it is written, which of its changes run in a
//! transaction, and what one of them means after those before it. Follows the order of the text; a
//! branch counts as if it ran. Knows no size of a table, and of the history what tables have to do with
//! each other.

mod costs;

use std::collections::BTreeSet;

use rustc_hash::{FxHashMap, FxHashSet};

use super::dialects::Dialects;
use super::relations::Relations;
use super::{enums, history, locks, modes, retype, timeouts};
use crate::facts::words::{fence, migration, schema_change as change};
use crate::facts::{Fact, FactId, Facts, Field, Value};
use crate::read::sqlmigration;
use crate::read::{PostgresVersion, Settings};
use crate::repo::Repo;

pub(super) fn link(facts: &mut Facts, repo: &Repo, settings: &Settings) {
    let ids: Vec<FactId> = facts.of_kind(migration::KIND).to_vec();
    if ids.is_empty() {
        return;
    }
    let dialects = Dialects::of(facts, repo, &ids);
    let modes = modes::Modes::of(facts, repo);
    let runners = modes::Runners::of(facts, &ids, repo);
    // What tables have to do with each other is followed in the order in which a folder's migrations run.
    let mut ids = ids;
    ids.sort_by_cached_key(|&id| {
        let path = repo.path(facts.get(id).span.file);
        (history::folder(path).to_owned(), history::order(facts.get(id)), path.to_owned(), id)
    });
    let (mut relations, mut folder) = (Relations::default(), String::new());
    for id in ids {
        let own = history::folder(repo.path(facts.get(id).span.file));
        if folder != own {
            relations = Relations::default();
            own.clone_into(&mut folder);
        }
        let typeorm = facts.get(id).text(migration::TOOL).is_none_or(|tool| tool == "typeorm");
        let shown = facts.enclosing(id, fence::KIND).is_some();
        let mode = if shown || !typeorm { None } else { modes.of_path(repo.path(facts.get(id).span.file)) };
        let span = facts.get(id).span;
        facts.get_mut(id).set_some(migration::TRANSACTION_MODE, mode, span);
        let all: Vec<FactId> = facts.children(id).to_vec();
        let of = |direction: &str| -> Vec<FactId> {
            let own = |&&id: &&FactId| {
                let fact = facts.get(id);
                fact.kind == change::KIND && fact.text(change::DIRECTION) == Some(direction)
            };
            all.iter().filter(own).copied().collect()
        };
        let (up, down) = (of("up"), of("down"));
        enums::link(facts, &up, &down);
        let commits = commits_elsewhere(facts, repo, id, &all);
        for (direction, changes) in [("up", up), ("down", down)] {
            let own = facts.get(id).text(migration::DIALECT).and_then(sqlmigration::dialect);
            let place = dialects.place(span.file, repo.path(span.file), own);
            let whole = runners.sends_whole(facts.get(id));
            for &change in &changes {
                place.set(facts.get_mut(change));
                if !whole {
                    let fact = facts.get_mut(change);
                    fact.unset(change::IN_TRANSACTION);
                    fact.unset(change::STATEMENTS);
                }
            }
            let mut course = Course::new(facts, id, settings.postgres, &mut relations);
            let up = direction == "up";
            course.said = settings.postgres_is_said;
            course.typeorms = typeorm;
            course.open = if typeorm {
                let class = facts.get(id);
                let opens = if up { modes::Modes::opens(class, mode) } else { Some(modes.revert_opens()) };
                opens.filter(|_| !commits)
            } else {
                modes::of_tool(facts.get(id), repo)
            };
            if up {
                let begins = match course.open {
                    Some(true) => "yes",
                    Some(false) => "no",
                    None => "unknown",
                };
                facts.get_mut(id).set(migration::IN_TRANSACTION, begins, span);
            }
            course.run(facts, &changes, up);
            if runners.refuses_mixed(facts.get(id), repo) {
                mixed(facts, &changes);
            }
        }
    }
}

/// Marks what refuses a transaction in a file with a statement that runs in one.
fn mixed(facts: &mut Facts, changes: &[FactId]) {
    let refuses = |fact: &Fact| fact.bool(change::REFUSES_TRANSACTION) == Some(true);
    let mut plain = changes.iter().map(|&id| facts.get(id)).filter(|fact| !refuses(fact));
    let Some(other) = plain.find_map(|fact| fact.text(change::TEXT)).map(str::to_owned) else { return };
    for &id in changes {
        let fact = facts.get_mut(id);
        if refuses(fact) {
            let span = fact.span;
            fact.set(change::MIXED_WITH, other.as_str(), span);
            fact.set(change::IN_TRANSACTION, "yes", span);
        }
    }
}

/// Whether the migration's file ends or opens transactions where its changes do not show it: in a helper
/// that is handed the statements.
fn commits_elsewhere(facts: &Facts, repo: &Repo, id: FactId, changes: &[FactId]) -> bool {
    const WORDS: [&str; 2] = ["commitTransaction", "createQueryRunner"];
    let text = repo.file(facts.get(id).span.file).text.as_bytes();
    let seen = || changes.iter().any(|&id| facts.get(id).text(change::CHANGE) == Some("transaction"));
    WORDS.iter().any(|word| memchr::memmem::find(text, word.as_bytes()).is_some()) && !seen()
}

/// Whether the database computes an added column's values: `GENERATED ALWAYS AS (…)`, MySQL's `AS (…)`.
fn is_computed(fact: &Fact) -> bool {
    let text = fact.text(change::TEXT).unwrap_or_default().to_ascii_uppercase();
    let short =
        text.contains(" AS (") && ["VIRTUAL", "STORED", "PERSISTENT"].iter().any(|word| text.contains(word));
    matches!(fact.text(change::GENERATED), Some("stored" | "virtual")) || short
}

/// A table's name as it is compared.
pub(super) fn key(fact: &Fact, field: Field) -> Option<String> {
    let name = fact.text(field)?;
    Some(name.strip_prefix("public.").unwrap_or(name).to_owned())
}

fn column(fact: &Fact) -> Option<(String, String)> {
    Some((key(fact, change::TABLE)?, fact.text(change::COLUMN)?.to_owned()))
}

/// So many enum values of a migration are looked at.
const MOST: usize = 64;

/// Words of SQL that begin or end a transaction.
const BEGINS_OR_ENDS: &[&str] = &["BEGIN", "START", "COMMIT", "END", "ROLLBACK", "ABORT"];

/// What has happened so far in one direction of a migration.
#[allow(clippy::struct_excessive_bools, reason = "each is a state of its own")]
struct Course<'c> {
    version: PostgresVersion,
    /// Whether the policy says the version.
    said: bool,
    relations: &'c mut Relations,
    annotated: bool,
    /// Whether a transaction is open.
    open: Option<bool>,
    /// Whether that is one that TypeORM opened.
    typeorms: bool,
    timeout: bool,
    /// Tables that were there and that the open transaction keeps readers and writers off.
    held: BTreeSet<String>,
    most_held: usize,
    without_timeout: bool,
    /// The SET of `lock_timeout` behind a lock.
    late_timeout: Option<String>,
    statement_timeout: bool,
    without_statement_timeout: bool,
    /// Tables that this direction has made so far.
    made: FxHashSet<String>,
    /// Tables that were there and that foreign keys of the open transaction keep writers off.
    keyed: FxHashSet<String>,
    most_keyed: usize,
    /// Indexes that were dropped, by table and first column.
    unindexed: FxHashMap<(String, String), FactId>,
    dropped: FxHashMap<(String, String), FactId>,
    added: FxHashSet<(String, String)>,
    types: FxHashSet<String>,
    values: Vec<(FactId, String)>,
    unchecked: FxHashSet<(String, String)>,
    /// Drops and adds of one column.
    again: FxHashSet<FactId>,
    readded: FxHashMap<(String, String), (FactId, FactId)>,
    /// Columns that rows were copied from, or that were emptied.
    read: FxHashSet<String>,
    /// The last ALTER TABLE: its table, its statement's place, and whether another could join it.
    last: Option<(String, crate::text::Span)>,
}

impl<'c> Course<'c> {
    fn new(facts: &Facts, id: FactId, version: PostgresVersion, relations: &'c mut Relations) -> Self {
        let fact = facts.get(id);
        let annotated = fact.text(migration::DESTRUCTIVE).is_some_and(|words| !words.trim().is_empty());
        Self {
            version,
            said: false,
            relations,
            annotated,
            open: None,
            typeorms: true,
            timeout: false,
            held: BTreeSet::new(),
            most_held: 0,
            without_timeout: false,
            late_timeout: None,
            statement_timeout: false,
            without_statement_timeout: false,
            made: FxHashSet::default(),
            keyed: FxHashSet::default(),
            most_keyed: 0,
            unindexed: FxHashMap::default(),
            dropped: FxHashMap::default(),
            added: FxHashSet::default(),
            types: FxHashSet::default(),
            values: Vec::new(),
            unchecked: FxHashSet::default(),
            again: FxHashSet::default(),
            readded: FxHashMap::default(),
            read: FxHashSet::default(),
            last: None,
        }
    }

    fn run(&mut self, facts: &mut Facts, changes: &[FactId], up: bool) {
        for &id in changes {
            self.state(facts.get_mut(id));
            self.cost(facts, id);
            self.columns(facts, id);
            self.enums(facts, id);
            self.constraints(facts.get_mut(id));
            self.joins(facts.get_mut(id));
            self.follow(facts.get_mut(id));
            self.indexes(facts, id);
            if up {
                self.relations.apply(facts.get(id));
            }
        }
        let Some(parent) = changes.first().and_then(|&id| facts.parent(id)).filter(|_| up) else { return };
        let span = facts.get(parent).span;
        let fact = facts.get_mut(parent);
        if self.without_timeout {
            fact.set(migration::LOCKS_WITHOUT_TIMEOUT, true, span);
        }
        fact.set_some(migration::LATE_TIMEOUT, self.late_timeout.take(), span);
        if self.without_statement_timeout {
            fact.set(migration::WITHOUT_STATEMENT_TIMEOUT, true, span);
        }
        if self.most_keyed > 0 {
            fact.set(migration::KEYED_TABLES, i64::try_from(self.most_keyed).unwrap_or(i64::MAX), span);
        }
        if self.most_held > 0 {
            fact.set(migration::LOCKED_TABLES, i64::try_from(self.most_held).unwrap_or(i64::MAX), span);
        }
        if !self.again.is_empty() {
            self.sum_again(facts, parent, changes);
        }
    }

    /// Sets what holds before the change: the transaction, the annotation, the timeout.
    fn state(&self, fact: &mut Fact) {
        let span = fact.span;
        if fact.get(change::IN_TRANSACTION).is_none() {
            let word = match self.open {
                Some(true) => "yes",
                Some(false) => "no",
                None => "unknown",
            };
            fact.set(change::IN_TRANSACTION, Value::Word(word), span);
        }
        if self.annotated {
            fact.set(change::ANNOTATED, true, span);
        }
        if self.timeout {
            fact.set(change::LOCK_TIMEOUT, true, span);
        }
        if locks::writes_data(fact.text(change::CHANGE).unwrap_or_default()) {
            fact.set(change::WRITES_DATA, true, span);
        }
    }

    /// Columns that are added, dropped, dropped and added again, filled.
    fn columns(&mut self, facts: &mut Facts, id: FactId) {
        let fact = facts.get(id);
        let span = fact.span;
        let seen = fact.bool(change::NEW_TABLE) == Some(true) || fact.bool(change::REBUILD) == Some(true);
        if matches!(fact.text(change::CHANGE), Some("insert" | "update")) {
            let emptied =
                if fact.text(change::CHANGE) == Some("update") { change::COLUMNS } else { change::READS };
            let names = fact.list(change::READS).iter().chain(fact.list(emptied));
            self.read.extend(names.map(|(name, _)| name.to_lowercase()));
        }
        match fact.text(change::CHANGE) {
            Some("drop-column") if !seen && fact.bool(change::NEW_COLUMN) != Some(true) => {
                if let Some(column) = column(fact) {
                    self.dropped.insert(column, id);
                }
            }
            Some("add-column") => {
                let Some(column) = column(fact) else { return };
                if let Some(dropped) = self.dropped.remove(&column) {
                    self.again.insert(dropped);
                    self.again.insert(id);
                    self.readded.insert(column.clone(), (dropped, id));
                    let retyped = retype::one(facts.get(dropped), facts.get(id));
                    let computed = is_computed(facts.get(id));
                    let drop = facts.get_mut(dropped);
                    let place = drop.span;
                    drop.set(change::ADDED_AGAIN, true, place);
                    drop.set_some(change::RETYPED, retyped, place);
                    if computed || self.read.contains(&column.1.to_lowercase()) {
                        drop.set(change::CONTENTS_KEPT, true, place);
                    }
                    let add = facts.get_mut(id);
                    let place = add.span;
                    add.set(change::ADDED_AGAIN, true, place);
                }
                self.added.insert(column);
            }
            Some("update") => {
                let Some(table) = key(fact, change::TABLE) else { return };
                let columns = fact.list(change::COLUMNS);
                let new = |name: &str| self.added.contains(&(table.clone(), name.to_owned()));
                let fills = !columns.is_empty() && columns.iter().all(|(name, _)| new(name));
                let names: Vec<_> =
                    columns.iter().map(|(name, _)| (table.clone(), name.to_string())).collect();
                // What is filled again was kept somewhere.
                for (drop, add) in names.iter().filter_map(|name| self.readded.remove(name)) {
                    self.again.remove(&drop);
                    self.again.remove(&add);
                    facts.get_mut(drop).unset(change::ADDED_AGAIN);
                    facts.get_mut(add).unset(change::ADDED_AGAIN);
                }
                if fills {
                    facts.get_mut(id).set(change::FILLS_NEW, true, span);
                }
            }
            _ => {}
        }
    }

    /// Enum values that are used in the transaction that adds them.
    fn enums(&mut self, facts: &mut Facts, id: FactId) {
        let fact = facts.get(id);
        let word = fact.text(change::CHANGE).unwrap_or_default();
        match word {
            "create-type" => self.types.extend(key(fact, change::OBJECT)),
            "add-enum-value" => {
                let known = key(fact, change::OBJECT).is_some_and(|name| self.types.contains(&name));
                let refused = fact.bool(change::REFUSES_TRANSACTION) == Some(true);
                let inside = fact.text(change::IN_TRANSACTION) == Some("yes");
                let postgres = fact.text(change::DATABASE) == Some("postgres");
                if let Some(value) = fact.text(change::NEW_NAME)
                    && inside
                    && postgres
                    && !known
                    && !refused
                    && self.values.len() < MOST
                {
                    self.values.push((id, format!("'{value}'")));
                }
            }
            "comment" | "create-function" | "rename-enum-value" => {}
            _ if self.values.is_empty() => {}
            _ => {
                let statement = fact.text(change::STATEMENT).unwrap_or_default().to_owned();
                for (added, value) in &self.values {
                    if statement.contains(value.as_str()) {
                        let fact = facts.get_mut(*added);
                        let span = fact.span;
                        fact.set(change::VALUE_USED, true, span);
                    }
                }
            }
        }
    }

    /// Constraints that one transaction adds unchecked and validates.
    fn constraints(&mut self, fact: &mut Fact) {
        let Some(table) = key(fact, change::TABLE) else { return };
        let Some(name) = fact.text(change::OBJECT).map(str::to_owned) else { return };
        let span = fact.span;
        match fact.text(change::CHANGE) {
            Some("add-constraint") if fact.bool(change::NOT_VALID) == Some(true) => {
                self.unchecked.insert((table, name));
            }
            Some("validate-constraint") if self.unchecked.contains(&(table, name)) => {
                fact.set(change::ADDED_BEFORE, true, span);
            }
            _ => {}
        }
    }

    /// An ALTER TABLE behind one of the same table, which could be one.
    fn joins(&mut self, fact: &mut Fact) {
        let statement = fact.get(change::STATEMENT).map(|slot| slot.span);
        let joins = matches!(
            fact.text(change::CHANGE),
            Some(
                "add-column"
                    | "drop-column"
                    | "alter-column-type"
                    | "set-default"
                    | "drop-default"
                    | "set-not-null"
                    | "drop-not-null"
                    | "add-constraint"
                    | "drop-constraint"
            )
        ) && fact.text(change::VIA) == Some("sql");
        let (Some(table), Some(statement), true) = (key(fact, change::TABLE), statement, joins) else {
            self.last = None;
            return;
        };
        if let Some((last, place)) = &self.last
            && *last == table
            && *place != statement
        {
            let span = fact.span;
            fact.set(change::SAME_TABLE, true, span);
        }
        self.last = Some((table, statement));
    }

    /// Transactions that begin and end, and settings.
    fn follow(&mut self, fact: &mut Fact) {
        let text = fact.text(change::STATEMENT).unwrap_or_default().to_owned();
        match fact.text(change::CHANGE) {
            Some("transaction") => {
                let head = text.split([' ', '(', ';']).next().unwrap_or_default().to_ascii_uppercase();
                let to_point = text.to_ascii_uppercase().contains(" TO ");
                let by_hand =
                    fact.text(change::VIA) == Some("sql") && BEGINS_OR_ENDS.contains(&head.as_str());
                if by_hand && self.typeorms && self.open == Some(true) && !to_point {
                    let span = fact.span;
                    fact.set(change::BEHIND_TYPEORM, true, span);
                }
                match head.as_str() {
                    "BEGIN" | "START" | "STARTTRANSACTION" => {
                        self.typeorms &= self.open == Some(true);
                        self.typeorms |= head == "STARTTRANSACTION";
                        self.open = Some(true);
                    }
                    "COMMIT" | "END" | "ROLLBACK" | "ABORT" | "COMMITTRANSACTION" | "ROLLBACKTRANSACTION"
                        if !to_point =>
                    {
                        self.open = Some(false);
                        self.held.clear();
                        self.keyed.clear();
                        self.values.clear();
                        self.unchecked.clear();
                    }
                    _ => {}
                }
            }
            Some("set" | "select") => {
                let lower = text.to_ascii_lowercase();
                if lower.contains("lock_timeout") {
                    if self.without_timeout && self.late_timeout.is_none() {
                        self.late_timeout = Some(text.clone());
                    }
                    self.timeout = true;
                }
                self.statement_timeout |= lower.contains("statement_timeout");
                if let Some((setting, milliseconds)) = timeouts::read(&lower) {
                    let span = fact.span;
                    fact.set(change::SETTING, setting, span);
                    fact.set(change::MILLISECONDS, milliseconds, span);
                }
            }
            _ => {}
        }
    }

    /// What the migration adds and takes away beside columns that it drops and adds again.
    fn sum_again(&self, facts: &mut Facts, parent: FactId, changes: &[FactId]) {
        let rest = || changes.iter().filter(|id| !self.again.contains(id)).map(|&id| facts.get(id));
        let counts = |fact: &Fact| {
            let is = |field| fact.bool(field) == Some(true);
            !is(change::REBUILD) && !is(change::TEMPORARY)
        };
        let adds = rest().any(|fact| {
            counts(fact)
                && matches!(fact.text(change::CHANGE), Some("create-table" | "add-column"))
                && fact.get(change::SOURCE).is_none()
        });
        let blocks = rest().any(|fact| fact.text(change::DESTRUCTIVE) == Some("block"));
        let fact = facts.get_mut(parent);
        let span = fact.span;
        if fact.bool(migration::ADDS) == Some(true) {
            fact.set(migration::ADDS, adds, span);
        }
        if fact.bool(migration::REMOVES) == Some(true) {
            fact.set(migration::REMOVES, blocks, span);
        }
        fact.set(migration::BLOCKS, blocks, span);
    }
}

#[cfg(test)]
#[path = "course_tests.rs"]
mod tests;
