//! What a definition adds to a table, and the names that PostgreSQL gives to what has none.

use std::sync::Arc;

use crate::facts::schema::{Column, Constraint, Index, Known, LONGEST, Made, Schema, Table, key, last_part};
use crate::read::link::history::home;
use crate::syntax::sql::shape::{self, ColumnShape, ConstraintShape};

/// Whether a definition's words name a column.
pub(super) fn says(text: &str, column: &str) -> bool {
    text.to_lowercase()
        .split(|char: char| !char.is_alphanumeric() && !matches!(char, '_' | '$'))
        .any(|word| word == column)
}

/// A type as PostgreSQL prints it.
pub(super) fn canonical_type(schema: &Schema, written: &str) -> String {
    let canonical = shape::canonical_type(written);
    home::strip(schema.home.as_deref(), &canonical).to_owned()
}

/// The place of a column that comes in.
pub(super) fn next_position(table: &mut Table) -> u32 {
    table.ever += 1;
    table.ever - 1
}

pub(super) fn unknown_column(name: &str, position: u32, known: Known) -> Column {
    Column {
        name: name.to_owned(),
        position,
        data_type: None,
        default: None,
        not_null: false,
        generated: false,
        defined: false,
        made: None,
        known,
    }
}

pub(super) fn add_column_to(
    table: &mut Table,
    schema: &mut Schema,
    shape: ColumnShape,
    made: Option<Made>,
    known: Known,
) {
    let position = next_position(table);
    let column = Column {
        position,
        data_type: shape.data_type.as_deref().map(|written| canonical_type(schema, written)),
        default: shape.default,
        not_null: shape.not_null,
        generated: shape.generated,
        defined: true,
        made,
        known,
        name: shape.name,
    };
    table.columns.insert(key(&column.name), Arc::new(column));
    for constraint in shape.constraints {
        add_constraint_to(table, schema, constraint, made, known);
    }
}

pub(super) fn add_constraint_to(
    table: &mut Table,
    schema: &mut Schema,
    shape: ConstraintShape,
    made: Option<Made>,
    known: Known,
) {
    let set_not_null = |table: &mut Table, columns: &[String]| {
        for name in columns {
            if let Some(column) = table.columns.get_mut(&key(name)).filter(|column| !column.not_null) {
                Arc::make_mut(column).not_null = true;
            }
        }
    };
    let home = schema.home.as_deref();
    let references = shape.references.as_deref().map(|name| home::strip(home, name).to_owned());
    if shape.kind == "not-null" {
        set_not_null(table, &shape.columns);
        return;
    }
    let mut columns = shape.columns;
    let mut name = shape.name;
    if let Some(index) = shape.using_index.as_deref().map(|index| key(last_part(index))) {
        // The index becomes the constraint's, under the constraint's name.
        if let Some(index) = table.indexes.remove(&index) {
            columns = index.columns.iter().flatten().cloned().collect();
            name = name.or_else(|| Some(index.name.clone()));
        }
        schema.index_tables.remove(&index);
    }
    if shape.kind == "primary-key" {
        set_not_null(table, &columns);
    }
    let targets = if shape.kind == "foreign-key" && shape.targets.is_empty() {
        primary_key(table, schema, references.as_deref())
    } else {
        shape.targets
    };
    let name = name.unwrap_or_else(|| {
        let first = match shape.kind {
            "primary-key" => String::new(),
            "check" => only_column(table, &columns, &shape.text).unwrap_or_default(),
            _ => columns.join("_"),
        };
        free_name(table, schema, &first, constraint_suffix(shape.kind))
    });
    let own = key(&name);
    if matches!(shape.kind, "primary-key" | "unique" | "exclude") {
        schema.index_tables.insert(own.clone(), key(&table.name));
    }
    if let Some(target) = &shape.references {
        schema.refer(&key(&table.name), target);
    }
    let constraint = Constraint {
        name,
        kind: shape.kind,
        columns,
        references,
        targets,
        on_delete: shape.on_delete,
        on_update: shape.on_update,
        text: shape.text,
        made,
        known,
    };
    table.constraints.insert(own, Arc::new(constraint));
}

/// The columns of the primary key that a foreign key points to where it names none.
fn primary_key(table: &Table, schema: &Schema, references: Option<&str>) -> Vec<String> {
    let Some(target) = references.map(key) else { return Vec::new() };
    let target = if target == key(&table.name) { Some(table) } else { schema.tables.get(&target) };
    let keys = target
        .and_then(|target| target.constraints.values().find(|constraint| constraint.kind == "primary-key"));
    keys.map(|keys| keys.columns.clone()).unwrap_or_default()
}

/// The column that a check is about, where it is about one alone.
fn only_column(table: &Table, columns: &[String], text: &str) -> Option<String> {
    let words = text.to_lowercase();
    let words = words.split(|char: char| !char.is_alphanumeric() && !matches!(char, '_' | '$'));
    let mut named: Vec<&str> =
        words.filter_map(|word| table.columns.get(word)).map(|column| column.name.as_str()).collect();
    named.sort_unstable();
    named.dedup();
    if named.is_empty() {
        named = columns.iter().map(String::as_str).collect();
    }
    if let [one] = named.as_slice() { Some((*one).to_owned()) } else { None }
}

/// The name that PostgreSQL makes up: table, columns and kind, the longer one of the first two cut so
/// that all fit, and a number where that name is taken.
fn free_name(table: &Table, schema: &Schema, columns: &str, suffix: &str) -> String {
    let own = last_part(&table.name);
    let taken = |name: &str| {
        let name = key(name);
        table.constraints.contains_key(&name)
            || table.indexes.contains_key(&name)
            || schema.index_tables.contains_key(&name)
    };
    let mut number = 0_u32;
    loop {
        let end = if number == 0 { suffix.to_owned() } else { format!("{suffix}{number}") };
        let name = made_name(own, columns, &end);
        number += 1;
        if number > 64 || !taken(&name) {
            return name;
        }
    }
}

fn made_name(table: &str, columns: &str, suffix: &str) -> String {
    let (mut one, mut other) = (table, columns);
    let extra = 1 + suffix.len() + usize::from(!columns.is_empty());
    while one.len() + other.len() + extra > LONGEST {
        let longer = if one.len() > other.len() { &mut one } else { &mut other };
        let Some((last, _)) = longer.char_indices().next_back() else { break };
        *longer = &longer[..last];
    }
    let parts = [one, other, suffix].into_iter().filter(|part| !part.is_empty());
    parts.collect::<Vec<_>>().join("_")
}

pub(super) fn constraint_suffix(kind: &str) -> &'static str {
    match kind {
        "primary-key" => "pkey",
        "foreign-key" => "fkey",
        "unique" => "key",
        "exclude" => "excl",
        _ => "check",
    }
}

pub(super) fn add_index_to(
    table: &mut Table,
    schema: &mut Schema,
    shape: shape::IndexShape,
    made: Option<Made>,
    known: Known,
) {
    let name = shape.name.as_deref().map_or_else(
        || {
            let parts: Vec<&str> =
                shape.columns.iter().map(|column| column.as_deref().unwrap_or("expr")).collect();
            free_name(table, schema, &parts.join("_"), "idx")
        },
        |name| last_part(name).to_owned(),
    );
    let own = key(&name);
    schema.index_tables.insert(own.clone(), key(&table.name));
    let index = Index {
        name,
        unique: shape.unique,
        columns: shape.columns,
        whole: shape.whole,
        text: shape.text,
        made,
        known,
    };
    table.indexes.insert(own, Arc::new(index));
}
