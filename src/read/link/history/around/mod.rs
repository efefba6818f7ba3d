//! What stands around a change at the moment when it is made: who needs what it takes away, what goes
//! along with it, whether PostgreSQL can do it at all. Speaks only where the replayed history is certain,
//! and knows no rule.

mod indexes;
mod keys;
mod names;
mod needs;
mod rows;
mod secured;

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use rustc_hash::{FxHashMap, FxHashSet};

use super::apply::{Gone, Moment};
use super::change::Change;
use crate::facts::schema::{Known, Schema, Table, key, last_part};
use crate::facts::words::{migration, schema_change as change};
use crate::facts::{FactId, Facts, Field, Value};
use crate::syntax::sql::query::{self, Query};
use crate::syntax::sql::shape::{self, TableShape};

/// One thing that is said of a change.
pub type Said = (FactId, Field, Value);

/// What is remembered beside the schema.
#[derive(Default)]
pub struct Around {
    views: BTreeMap<String, View>,
    users: needs::Users,
    secured: secured::Secured,
    indexes: indexes::Indexes,
    /// Tables that the history made in words that could be read, with the change that made them.
    made: Vec<(FactId, String, Known)>,
    ups: Ups,
    names: Names,
    /// INSERTs that fill what a sequence makes, with their table, until something moves the sequence.
    filling: Vec<(String, Said)>,
    /// The folder holds migrations for several databases: what one makes another may make again.
    pub mixed: bool,
}

/// What files that are written for one database alone say in their names.
const DATABASES: &[&str] =
    &["postgres", "postgresql", "pg", "cockroach", "mysql", "mariadb", "sqlite", "sqlite3", "mssql"];

/// The tables that were named so far, by the last part of their name.
type Names = FxHashMap<String, Vec<String>>;

/// A view with its query.
struct View {
    name: String,
    query: Query,
    known: Known,
}

/// What the migration at hand does beside the change that is looked at.
#[derive(Default)]
struct Ups {
    dropped: Vec<(String, String)>,
    added: Vec<(String, String)>,
    /// Tables for which an INSERT that fills a key was met.
    filled: Vec<String>,
    /// Tables that it gives a key or an index.
    keyed: Vec<String>,
    resets_sequence: bool,
}

/// What is there when a change is made.
#[derive(Clone, Copy)]
struct There<'s> {
    schema: &'s Schema,
    gone: &'s Gone,
    moment: Moment,
    /// What a CREATE TABLE says.
    shape: Option<&'s TableShape>,
    names: &'s Names,
}

impl<'s> There<'s> {
    /// A table that the history certainly made, and left so.
    fn table(self, name: &str) -> Option<&'s Table> {
        // `shop.product` and `product` may be one.
        let several = self.names.get(&key(last_part(name))).is_some_and(|names| names.len() > 1);
        let table = self.schema.tables.get(&key(name)).filter(|_| !several)?;
        (table.made.is_some() && self.moment.trusts(table.known)).then_some(table)
    }

    /// A table of which every column is known.
    fn whole(self, name: &str) -> Option<&'s Table> {
        self.table(name).filter(|table| table.whole && !table.temporary)
    }
}

/// Whether a table of which every column is known certainly lacks one; its system columns it has.
fn lacks(table: &Table, column: &str, moment: Moment) -> bool {
    const SYSTEM: [&str; 7] = ["ctid", "xmin", "xmax", "cmin", "cmax", "oid", "tableoid"];
    let own = key(column);
    let certain = match table.gone.get(&own) {
        Some(gone) => moment.trusts(*gone),
        None => true,
    };
    certain && !table.columns.contains_key(&own) && !SYSTEM.contains(&own.as_str())
}

impl Around {
    /// Of one folder's migrations.
    pub fn new(facts: &Facts, migrations: &[FactId]) -> Self {
        let mut databases: FxHashMap<&str, usize> = FxHashMap::default();
        let mut kinds = FxHashSet::default();
        for &id in migrations {
            // `…_client.mysql.up.sql` beside `…_client.postgres.up.sql`
            let name = facts.get(id).text(migration::NAME).unwrap_or_default();
            kinds.extend(name.split('.').skip(1).filter(|part| DATABASES.contains(part)));
            for fact in facts.children(id).iter().map(|&id| facts.get(id)) {
                if let Some(database) = fact.text(change::DATABASE).filter(|_| fact.kind == change::KIND) {
                    *databases.entry(database).or_default() += 1;
                }
            }
        }
        let all: usize = databases.values().sum();
        let most = databases.values().max().copied().unwrap_or_default();
        // A word or two may be taken for another database's.
        Self { mixed: kinds.len() > 1 || (all - most) * 10 > all, ..Self::default() }
    }

    /// Looks over the changes of the next migration.
    pub fn begin(&mut self, up: &[Change<'_>]) {
        self.ups = Ups::default();
        for change in up {
            let Some(table) = change.table.map(key) else {
                self.ups.resets_sequence |= moves_sequence(change);
                continue;
            };
            self.ups.resets_sequence |= moves_sequence(change);
            let names = self.names.entry(key(last_part(&table))).or_default();
            if !names.contains(&table) && names.len() < 2 {
                names.push(table.clone());
            }
            match (change.word, change.column) {
                ("drop-column", Some(column)) => self.ups.dropped.push((table, key(column))),
                ("add-column", Some(column)) => self.ups.added.push((table, key(column))),
                ("create-index" | "add-constraint", _) => self.ups.keyed.push(table),
                _ => {}
            }
        }
    }

    /// What the schema before a change says of it.
    pub fn before(&mut self, schema: &Schema, gone: &Gone, change: &Change<'_>, moment: Moment) -> Vec<Said> {
        if self.mixed {
            return Vec::new();
        }
        let creates = change.word == "create-table" && !change.builder && change.sure;
        let shape = if creates { shape::table(change.text) } else { None };
        let there = There { schema, gone, moment, shape: shape.as_ref(), names: &self.names };
        let mut said: Vec<(Field, Value)> = Vec::new();
        self.secured.see(change);
        if change.sure {
            needs::say(self, there, change, &mut said);
            keys::say(there, change, &mut said);
            rows::say(&self.ups, there, change, &mut said);
            names::say(there, change, &mut said);
            self.indexes.see(there, change, &mut said);
        }
        self.users.see(there, change);
        self.remember(change, moment);
        self.fills(change, &mut said);
        said.into_iter().map(|(field, value)| (change.id, field, value)).collect()
    }

    /// Holds back what is said of keys that are filled: once for a table of a migration, and not where
    /// something moves the sequence later.
    fn fills(&mut self, one: &Change<'_>, said: &mut Vec<(Field, Value)>) {
        let lower = one.text.to_ascii_lowercase();
        if !self.filling.is_empty() && (lower.contains("setval") || lower.contains("restart")) {
            self.filling.retain(|(table, _)| !lower.contains(last_part(table)));
        }
        let Some(at) = said.iter().position(|(field, _)| *field == change::EXPLICIT_KEY) else { return };
        let (field, value) = said.remove(at);
        let Some(table) = one.table.map(key).filter(|table| !self.ups.filled.contains(table)) else {
            return;
        };
        self.ups.filled.push(table.clone());
        self.filling.push((table, (one.id, field, value)));
    }

    fn remember(&mut self, change: &Change<'_>, moment: Moment) {
        let known = Known { at: moment.at, sure: change.sure };
        if change.cascade && change.word.starts_with("drop") {
            // Any view may have gone with it.
            self.views.clear();
            self.users.forget_views();
        }
        match (change.word, change.object) {
            ("create-view", Some(name)) => {
                let view = View { name: name.to_owned(), query: query::read(change.text), known };
                self.users.see_view(&key(name), &view.query);
                self.views.insert(key(name), view);
            }
            ("drop-view" | "alter-view", Some(name)) => {
                self.views.remove(&key(name));
            }
            ("create-table", _) if change.sure && !change.temporary => {
                self.made.extend(change.table.map(|table| (change.id, key(table), known)));
            }
            _ => {}
        }
    }

    /// What the end of the history says of its changes.
    pub fn finish(mut self, schema: &Schema, shaken: u32) -> Vec<Said> {
        let mut said = self.secured.finish();
        said.extend(self.filling.drain(..).map(|(_, said)| said));
        let moment = Moment { made: None, at: u32::MAX, shaken };
        said.extend(self.indexes.finish(schema, moment));
        for (id, name, known) in self.made {
            let Some(table) = schema.tables.get(&name).filter(|table| table.whole && table.known == known)
            else {
                continue;
            };
            if moment.trusts(known) {
                said.push((id, change::KEYED, keyed(table).into()));
            }
        }
        said
    }
}

/// What tells the rows of a table apart.
fn keyed(table: &Table) -> &'static str {
    let required = |columns: &[String]| {
        !columns.is_empty()
            && columns
                .iter()
                .all(|column| table.columns.get(&key(column)).is_some_and(|column| column.not_null))
    };
    if table.constraints.values().any(|constraint| constraint.kind == "primary-key") {
        return "primary-key";
    }
    let unique = table
        .constraints
        .values()
        .any(|constraint| constraint.kind == "unique" && required(&constraint.columns))
        || table.indexes.values().any(|index| {
            let columns: Option<Vec<String>> = index.columns.iter().cloned().collect();
            index.unique && index.whole && columns.is_some_and(|columns| required(&columns))
        });
    if unique { "unique" } else { "none" }
}

/// Whether the change may move a sequence on.
fn moves_sequence(change: &Change<'_>) -> bool {
    let text = change.text.to_ascii_lowercase();
    ["setval", "restart", "overriding"].iter().any(|word| text.contains(word))
        || matches!(change.word, "do-block" | "call" | "unknown")
}
