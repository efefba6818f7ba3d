//! A schema as a history of changes leaves it: tables with their columns, constraints and indexes,
//! enums and views, each with the migration that made it. Knows no SQL, and not how changes are applied.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// A migration by its place in the history, from 0.
pub type Made = u32;

/// What a history has made so far. Keys are [`key`]s.
#[derive(Clone, Debug, Default)]
pub struct Schema {
    /// The schema that names without one are in, where the history says it of some tables alone; its
    /// name is left out everywhere.
    pub home: Option<String>,
    pub tables: BTreeMap<String, Table>,
    pub types: BTreeMap<String, Type>,
    pub views: BTreeMap<String, View>,
    /// Which table an index or a constraint's index is on.
    pub index_tables: BTreeMap<String, String>,
    /// Indexes that the history never made, on tables that are not known, with their names as written.
    pub loose_indexes: BTreeMap<String, String>,
    /// Whether a table of it was ever a partition.
    pub parted: bool,
    /// By table, those that may refer to it, and perhaps more; none where nobody keeps count.
    pub referrers: Option<BTreeMap<String, BTreeSet<String>>>,
}

/// What a history makes.
#[derive(Clone, Debug, Default)]
pub struct Replayed {
    pub schema: Schema,
    /// The names of the migrations by [`Made`].
    pub names: Vec<String>,
    /// Number of steps that could not be followed.
    pub lost: usize,
}

/// How well something is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Known {
    /// The change that last said so, counted over the whole history.
    pub at: u32,
    /// Whether that change certainly ran: it stands in no branch and names no placeholder.
    pub sure: bool,
}

#[derive(Clone, Debug)]
pub struct Table {
    /// As written.
    pub name: String,
    /// The migration that made it; none where the history only speaks of it.
    pub made: Option<Made>,
    pub known: Known,
    /// Whether all of its columns are known: it was made here, in words that could be read.
    pub whole: bool,
    pub temporary: bool,
    /// The key of the table that it is a partition of.
    pub part_of: Option<String>,
    /// Number of columns that it ever had.
    pub ever: u32,
    pub columns: BTreeMap<String, Arc<Column>>,
    pub constraints: BTreeMap<String, Arc<Constraint>>,
    pub indexes: BTreeMap<String, Arc<Index>>,
    /// Columns that are certainly gone.
    pub gone: BTreeMap<String, Known>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Column {
    pub name: String,
    /// Its place among the table's columns.
    pub position: u32,
    /// As PostgreSQL prints it; none where it is not known.
    pub data_type: Option<String>,
    pub default: Option<String>,
    pub not_null: bool,
    /// Its value is made by the database.
    pub generated: bool,
    /// Whether the history made it, so that type, default and NOT NULL are known.
    pub defined: bool,
    pub made: Option<Made>,
    pub known: Known,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Constraint {
    pub name: String,
    /// `primary-key`, `foreign-key`, `unique`, `check`, `exclude`; empty where it is not known.
    pub kind: &'static str,
    pub columns: Vec<String>,
    pub references: Option<String>,
    /// The columns there, where they are known.
    pub targets: Vec<String>,
    /// What deleting a row there does: `cascade`; none for an error.
    pub on_delete: Option<String>,
    pub on_update: Option<String>,
    /// From its kind on.
    pub text: String,
    pub made: Option<Made>,
    pub known: Known,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Index {
    pub name: String,
    pub unique: bool,
    /// None for an expression.
    pub columns: Vec<Option<String>>,
    /// Whether it holds all rows.
    pub whole: bool,
    /// From its method or its keys on.
    pub text: String,
    pub made: Option<Made>,
    pub known: Known,
}

/// An enum, or another type, which has no values.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Type {
    pub name: String,
    pub values: Option<Vec<String>>,
    pub made: Option<Made>,
    pub known: Known,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct View {
    pub name: String,
    /// Its words, in small letters.
    pub text: Arc<str>,
    pub made: Option<Made>,
    pub known: Known,
}

/// The name that two ways to write one thing have in common: without the schema that everything is in
/// by default, and in small letters (two things whose names differ in these alone are taken for one), and as long as
/// PostgreSQL lets names be.
#[must_use]
pub fn key(name: &str) -> String {
    let mut lower = name.to_lowercase();
    if lower.contains("{{") {
        // A template says the same with and without blanks.
        lower.retain(|char| !char.is_whitespace());
    }
    let own = ["public.", "dbo."].iter().find_map(|schema| lower.strip_prefix(schema)).unwrap_or(&lower);
    if own.len() <= LONGEST {
        return own.to_owned();
    }
    own.split('.').map(cut).collect::<Vec<_>>().join(".")
}

/// PostgreSQL's longest name, in bytes: it cuts longer ones off without a word.
pub const LONGEST: usize = 63;

#[must_use]
pub fn cut(part: &str) -> &str {
    let ends = part.char_indices().map(|(at, char)| at + char.len_utf8());
    let end = ends.take_while(|end| *end <= LONGEST).last().unwrap_or(0);
    part.get(..end).unwrap_or(part)
}

/// Whether [`key`] gives `key` for the name.
#[must_use]
pub fn has_key(name: &str, key: &str) -> bool {
    if !name.is_ascii() || name.len() > LONGEST {
        return self::key(name) == key;
    }
    let within = |schema: &str| {
        name.get(..schema.len()).filter(|head| head.eq_ignore_ascii_case(schema)).map(str::len)
    };
    let start = within("public.").or_else(|| within("dbo.")).unwrap_or(0);
    name[start..].eq_ignore_ascii_case(key) && !key.bytes().any(|byte| byte.is_ascii_uppercase())
}

/// The last part of a name: `order` of `shop.order`.
#[must_use]
pub fn last_part(name: &str) -> &str {
    name.rsplit('.').next().unwrap_or(name)
}

impl Table {
    #[must_use]
    pub fn new(name: &str, made: Option<Made>, known: Known) -> Self {
        Self {
            name: name.to_owned(),
            made,
            known,
            whole: false,
            temporary: false,
            part_of: None,
            ever: 0,
            columns: BTreeMap::new(),
            constraints: BTreeMap::new(),
            indexes: BTreeMap::new(),
            gone: BTreeMap::new(),
        }
    }

    /// Its columns in their order.
    #[must_use]
    pub fn in_order(&self) -> Vec<&Column> {
        let mut columns: Vec<&Column> = self.columns.values().map(AsRef::as_ref).collect();
        columns.sort_by_key(|column| column.position);
        columns
    }

    /// Whether an index, or what has one, holds the column of this key.
    #[must_use]
    pub fn is_indexed(&self, column: &str) -> bool {
        let own = |name: &String| key(name) == column;
        self.indexes.values().any(|index| index.columns.iter().flatten().any(own))
            || self.constraints.values().any(|constraint| {
                matches!(constraint.kind, "primary-key" | "unique" | "exclude")
                    && constraint.columns.iter().any(own)
            })
    }

    /// Whether an index, a primary key or a unique constraint begins with these columns, in any order.
    #[must_use]
    pub fn is_covered(&self, columns: &[String]) -> bool {
        let wanted: Vec<String> = columns.iter().map(|column| key(column)).collect();
        let begins = |keys: &[Option<String>]| {
            let head = keys.get(..wanted.len()).unwrap_or_default();
            !wanted.is_empty()
                && head.len() == wanted.len()
                && wanted.iter().all(|column| head.iter().flatten().any(|own| key(own) == *column))
        };
        self.indexes.values().any(|index| index.whole && begins(&index.columns))
            || self.constraints.values().any(|constraint| {
                let keys: Vec<Option<String>> = constraint.columns.iter().cloned().map(Some).collect();
                matches!(constraint.kind, "primary-key" | "unique") && begins(&keys)
            })
    }
}

impl Schema {
    /// An empty schema that keeps count of which tables refer to which.
    #[must_use]
    pub fn counting() -> Self {
        Self { referrers: Some(BTreeMap::new()), ..Self::default() }
    }

    /// Notes that the table with the key `table` refers to another one.
    pub fn refer(&mut self, table: &str, target: &str) {
        if let Some(referrers) = &mut self.referrers {
            referrers.entry(key(target)).or_default().insert(table.to_owned());
        }
    }

    /// Changes the tables that may refer to the one with the key `target`.
    pub fn each_referring(&mut self, target: &str, mut change: impl FnMut(&mut Table)) {
        match &self.referrers {
            None => self.tables.values_mut().for_each(change),
            Some(referrers) => {
                for name in referrers.get(target).into_iter().flatten() {
                    if let Some(table) = self.tables.get_mut(name) {
                        change(table);
                    }
                }
            }
        }
    }

    /// The tables with this key and the partitions below them.
    #[must_use]
    pub fn with_partitions(&self, own: &str) -> Vec<String> {
        let mut family = vec![own.to_owned()];
        if !self.parted {
            return family;
        }
        let mut below: BTreeMap<&str, Vec<&String>> = BTreeMap::new();
        for (name, table) in &self.tables {
            // Nothing is a partition of itself.
            if let Some(parent) = table.part_of.as_deref().filter(|_| name != own) {
                below.entry(parent).or_default().push(name);
            }
        }
        let mut at = 0;
        while let Some(parts) = family.get(at).map(|parent| below.remove(parent.as_str())) {
            family.extend(parts.into_iter().flatten().cloned());
            at += 1;
        }
        family
    }

    /// The part that these tables, types and views make up, with the names of their indexes.
    #[must_use]
    pub fn only(&self, tables: &[String], others: &[String]) -> Self {
        let mut part = Self { home: self.home.clone(), parted: self.parted, ..Self::default() };
        for name in tables {
            if let Some(table) = self.tables.get(name) {
                for index in table.indexes.keys().chain(table.constraints.keys()) {
                    if self.index_tables.get(index) == Some(name) {
                        part.index_tables.insert(index.clone(), name.clone());
                    }
                }
                part.tables.insert(name.clone(), table.clone());
            }
        }
        for name in others {
            if let Some(found) = self.types.get(name) {
                part.types.insert(name.clone(), found.clone());
            }
            if let Some(found) = self.views.get(name) {
                part.views.insert(name.clone(), found.clone());
            }
            if let Some(found) = self.loose_indexes.get(name) {
                part.loose_indexes.insert(name.clone(), found.clone());
            }
        }
        part
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_cut_between_characters() {
        assert_eq!(cut("order"), "order");
        assert_eq!(cut(&"a".repeat(64)).len(), 63);
        assert_eq!(cut(&"数".repeat(22)).len(), 63);
        assert_eq!(cut(&format!("ab{}", "数".repeat(22))).len(), 62);
    }
}
