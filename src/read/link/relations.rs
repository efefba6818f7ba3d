//! What tables have to do with each other, as the migrations of one folder made it so far: foreign keys,
//! CHECKs that hold, partitions, the table of an index. Says which other tables a change locks. Knows only
//! what statements say in full; a table that no migration made has no relations.

mod locks;

use std::sync::Arc;

use rustc_hash::{FxHashMap, FxHashSet};

use super::course::key;
use crate::facts::words::schema_change as change;
use crate::facts::{Fact, Value};
use crate::syntax::sql::shape::{self, ConstraintShape};

/// So many constraints, partitions and the like of one table are looked at.
const MOST: usize = 64;

pub(super) use locks::{INDEX_OF_PARTITIONS, set};

/// The relations at one moment.
#[derive(Default)]
pub(super) struct Relations {
    tables: FxHashMap<String, Own>,
    /// The tables with foreign keys to one; some of them may be gone.
    pointing: FxHashMap<String, Vec<String>>,
    parents: FxHashMap<String, String>,
    /// An index's table and its first column.
    indexes: FxHashMap<String, (String, Option<String>)>,
}

/// What belongs to one table.
#[derive(Default)]
struct Own {
    keys: Vec<ForeignKey>,
    checks: Vec<Check>,
    partitioned: bool,
    /// The columns that its partitions are told apart by, where all are names.
    divided_by: Vec<String>,
    /// With whether it is the DEFAULT partition.
    partitions: Vec<(String, bool)>,
    /// The statement that made it.
    made: Option<Arc<str>>,
    /// Columns that became NOT NULL later.
    filled: FxHashSet<String>,
}

struct ForeignKey {
    name: String,
    columns: Vec<String>,
    target: String,
}

struct Check {
    name: String,
    text: String,
    /// It was validated.
    holds: bool,
}

/// A change's own words, in full.
fn words(fact: &Fact) -> &str {
    fact.text(change::SQL).or_else(|| fact.text(change::TEXT)).unwrap_or_default()
}

fn plain(name: &str) -> String {
    name.strip_prefix("public.").unwrap_or(name).to_owned()
}

/// The first column of an index; none for an expression.
pub(super) fn first_column(fact: &Fact) -> Option<String> {
    if fact.text(change::VIA) == Some("sql") {
        return shape::index(words(fact)).and_then(|shape| shape.columns.into_iter().next().flatten());
    }
    fact.list(change::COLUMNS).first().map(|(name, _)| name.to_string())
}

/// An index's name is compared without its schema.
fn bare(name: &str) -> &str {
    name.rsplit('.').next().unwrap_or(name)
}

impl Relations {
    /// Whether a CHECK that holds for all rows says that the column is not null.
    pub fn never_null(&self, table: &str, column: &str) -> bool {
        self.checks(table)
            .any(|text| speaks_of(text, column) && text.to_ascii_uppercase().contains("IS NOT NULL"))
    }

    /// Whether a CHECK speaks of the column, so that values of a new type are checked again.
    pub fn checks_column(&self, table: &str, column: &str) -> bool {
        self.tables
            .get(table)
            .is_some_and(|own| own.checks.iter().any(|check| speaks_of(&check.text, column)))
    }

    fn checks(&self, table: &str) -> impl Iterator<Item = &str> {
        let own = self.tables.get(table).map(|own| own.checks.as_slice()).unwrap_or_default();
        own.iter().filter(|check| check.holds).map(|check| check.text.as_str())
    }

    /// Whether the table was made with PARTITION BY.
    pub fn is_partitioned(&self, table: &str) -> bool {
        self.tables.get(table).is_some_and(|own| own.partitioned)
    }

    /// The partitions that migrations made.
    pub fn partitions(&self, table: &str) -> impl Iterator<Item = &str> {
        let own = self.tables.get(table).map(|own| own.partitions.as_slice()).unwrap_or_default();
        own.iter().map(|(name, _)| name.as_str())
    }

    pub fn parent(&self, table: &str) -> Option<&str> {
        self.parents.get(table).map(String::as_str)
    }

    pub fn default_partition(&self, table: &str) -> Option<&str> {
        let own = self.tables.get(table)?;
        own.partitions.iter().find(|(_, is_default)| *is_default).map(|(name, _)| name.as_str())
    }

    /// An index's table and its first column.
    pub fn index(&self, name: &str) -> Option<(&str, Option<&str>)> {
        self.indexes.get(bare(name)).map(|(table, column)| (table.as_str(), column.as_deref()))
    }

    pub fn is_nullable(&self, table: &str, column: &str) -> bool {
        let Some(own) = self.tables.get(table).filter(|own| !own.filled.contains(column)) else {
            return false;
        };
        let shape = own.made.as_deref().and_then(shape::table).unwrap_or_default();
        shape.columns.iter().any(|own| own.name == column && !own.not_null)
    }

    /// Whether the rows of a table that is attached are known to fit: a CHECK that holds names all bounds.
    pub fn fits_bounds(&self, table: &str, bounds: &str) -> bool {
        let literals: Vec<&str> = bounds.split('\'').skip(1).step_by(2).collect();
        let named = |literal: &&str| self.checks(table).any(|text| text.contains(*literal));
        !literals.is_empty() && literals.iter().all(named)
    }

    /// What is there after the change.
    pub fn apply(&mut self, fact: &Fact) {
        let word = fact.text(change::CHANGE).unwrap_or_default();
        if let ("drop-index", Some(name)) = (word, fact.text(change::OBJECT)) {
            self.indexes.remove(bare(name));
            return;
        }
        if let ("rename-index", Some(name), Some(new)) =
            (word, fact.text(change::OBJECT), fact.text(change::NEW_NAME))
        {
            if let Some(index) = self.indexes.remove(bare(name)) {
                self.indexes.insert(bare(new).to_owned(), index);
            }
            return;
        }
        let Some(table) = key(fact, change::TABLE) else { return };
        match word {
            "create-table" => self.create(fact, table),
            "drop-table" => self.forget(&table),
            "rename-table" => {
                if let Some(new) = key(fact, change::NEW_NAME) {
                    self.rename(&table, new);
                }
            }
            "add-constraint" => {
                let name = fact.text(change::OBJECT).unwrap_or_default().to_owned();
                match (fact.text(change::CONSTRAINT), key(fact, change::REFERENCES)) {
                    (Some("foreign-key"), Some(target)) => {
                        let columns =
                            fact.list(change::COLUMNS).iter().map(|(name, _)| name.to_string()).collect();
                        self.point(table, ForeignKey { name, columns, target });
                    }
                    (Some("check"), _) => {
                        let holds = fact.bool(change::NOT_VALID) != Some(true);
                        self.check(table, Check { name, text: words(fact).to_owned(), holds });
                    }
                    _ => {}
                }
            }
            "validate-constraint" => {
                let name = fact.text(change::OBJECT).unwrap_or_default();
                let checks =
                    self.tables.get_mut(&table).map(|own| own.checks.as_mut_slice()).unwrap_or_default();
                checks.iter_mut().filter(|check| check.name == name).for_each(|check| check.holds = true);
            }
            "add-column" => {
                let Some(column) = fact.text(change::COLUMN).map(str::to_owned) else { return };
                if let Some(target) = key(fact, change::REFERENCES) {
                    self.point(
                        table.clone(),
                        ForeignKey { name: String::new(), columns: vec![column], target },
                    );
                }
                if words(fact).to_ascii_uppercase().contains("CHECK") {
                    let added =
                        shape::added_column(words(fact)).map(|column| column.constraints).unwrap_or_default();
                    self.constrain(&table, added);
                }
            }
            "drop-constraint" => {
                let name = fact.text(change::OBJECT).unwrap_or_default();
                if let Some(own) = self.tables.get_mut(&table) {
                    own.keys.retain(|key| key.name != name);
                    own.checks.retain(|check| check.name != name);
                }
            }
            "drop-column" => {
                let column = fact.text(change::COLUMN).unwrap_or_default();
                if let Some(own) = self.tables.get_mut(&table) {
                    own.keys.retain(|key| !key.columns.iter().any(|name| name == column));
                }
            }
            "set-not-null" => {
                if let (Some(own), Some(column)) = (self.tables.get_mut(&table), fact.text(change::COLUMN)) {
                    own.filled.insert(column.to_owned());
                }
            }
            "create-index" => {
                if let Some(name) = fact.text(change::OBJECT) {
                    let first = first_column(fact);
                    self.indexes.insert(bare(name).to_owned(), (table, first));
                }
            }
            "alter-partition" => self.repartition(fact, table),
            _ => {}
        }
    }

    fn create(&mut self, fact: &Fact, table: String) {
        self.forget(&table);
        if fact.text(change::VIA) != Some("sql") {
            return;
        }
        if let Some(Value::Text(text)) =
            fact.get(change::SQL).or_else(|| fact.get(change::TEXT)).map(|slot| &slot.value)
        {
            self.tables.entry(table.clone()).or_default().made = Some(text.clone());
        }
        if !has_relations(words(fact)) {
            return;
        }
        let lineage = shape::lineage(words(fact));
        if let Some(parent) = lineage.part_of.as_deref().map(plain) {
            self.attach(parent, table.clone(), lineage.is_default);
        }
        if lineage.partitioned {
            let own = self.tables.entry(table.clone()).or_default();
            own.partitioned = true;
            own.divided_by = lineage.divided_by;
        }
        self.constrain(&table, constraints(fact));
    }

    /// Adds what stands in a table's or a column's definition.
    fn constrain(&mut self, table: &str, constraints: Vec<ConstraintShape>) {
        for constraint in constraints {
            let own = bare(table);
            match (constraint.kind, constraint.references) {
                ("foreign-key", Some(target)) => {
                    let default = || format!("{own}_{}_fkey", constraint.columns.join("_"));
                    let name = constraint.name.clone().unwrap_or_else(default);
                    let key = ForeignKey { name, columns: constraint.columns, target: plain(&target) };
                    self.point(table.to_owned(), key);
                }
                ("check", _) => {
                    let name = constraint.name.unwrap_or_default();
                    self.check(table.to_owned(), Check { name, text: constraint.text, holds: true });
                }
                _ => {}
            }
        }
    }

    fn point(&mut self, table: String, key: ForeignKey) {
        let pointing = self.pointing.entry(key.target.clone()).or_default();
        if pointing.len() < MOST && !pointing.contains(&table) {
            pointing.push(table.clone());
        }
        let own = self.tables.entry(table).or_default();
        if own.keys.len() < MOST {
            own.keys.push(key);
        }
    }

    fn check(&mut self, table: String, check: Check) {
        let own = self.tables.entry(table).or_default();
        if own.checks.len() < MOST {
            own.checks.push(check);
        }
    }

    fn attach(&mut self, parent: String, table: String, is_default: bool) {
        let own = self.tables.entry(parent.clone()).or_default();
        own.partitioned = true;
        if own.partitions.len() < MOST {
            own.partitions.push((table.clone(), is_default));
        }
        self.parents.insert(table, parent);
    }

    fn detach(&mut self, table: &str) {
        let Some(parent) = self.parents.remove(table) else { return };
        if let Some(own) = self.tables.get_mut(&parent) {
            own.partitions.retain(|(name, _)| name != table);
        }
    }

    fn repartition(&mut self, fact: &Fact, table: String) {
        let Some(child) = key(fact, change::OBJECT) else { return };
        if starts(fact, "ATTACH") {
            let is_default = words(fact).to_ascii_uppercase().ends_with(" DEFAULT");
            self.attach(table, child, is_default);
        } else if starts(fact, "DETACH") {
            self.detach(&child);
        }
    }

    fn forget(&mut self, table: &str) {
        self.tables.remove(table);
        self.detach(table);
    }

    fn rename(&mut self, old: &str, new: String) {
        if let Some(own) = self.tables.remove(old) {
            for key in &own.keys {
                if let Some(pointing) = self.pointing.get_mut(&key.target) {
                    pointing
                        .iter_mut()
                        .filter(|table| *table == old)
                        .for_each(|table| table.clone_from(&new));
                }
            }
            self.tables.insert(new.clone(), own);
        }
        if let Some(pointing) = self.pointing.remove(old) {
            for table in &pointing {
                let keys = self.tables.get_mut(table).map(|own| own.keys.as_mut_slice()).unwrap_or_default();
                keys.iter_mut().filter(|key| key.target == old).for_each(|key| key.target.clone_from(&new));
            }
            self.pointing.insert(new, pointing);
        }
    }
}

/// The constraints that a CREATE TABLE adds, its columns' too.
fn constraints(fact: &Fact) -> Vec<ConstraintShape> {
    let Some(shape) = shape::table(words(fact)) else { return Vec::new() };
    let own = shape.columns.into_iter().flat_map(|column| column.constraints);
    own.chain(shape.constraints).take(MOST).collect()
}

/// Whether a CREATE TABLE may say something of other tables or of its rows.
fn has_relations(text: &str) -> bool {
    let upper = text.to_ascii_uppercase();
    ["REFERENCES", "CHECK", "PARTITION", "INHERITS"].iter().any(|word| upper.contains(word))
}

/// Whether a name stands among the words of an expression, as a whole.
fn speaks_of(text: &str, name: &str) -> bool {
    let word = |char: char| char.is_alphanumeric() || char == '_';
    !name.is_empty()
        && text.match_indices(name).any(|(at, found)| {
            let before = text.get(..at).and_then(|text| text.chars().next_back());
            let after = text.get(at + found.len()..).and_then(|text| text.chars().next());
            !before.is_some_and(word) && !after.is_some_and(word)
        })
}

fn starts(fact: &Fact, head: &str) -> bool {
    let text = fact.text(change::TEXT).unwrap_or_default();
    text.as_bytes().get(..head.len()).is_some_and(|start| start.eq_ignore_ascii_case(head.as_bytes()))
}
