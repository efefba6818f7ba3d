//! What a definition adds to a table, and the names that PostgreSQL gives to what has none.

use std::sync::Arc;

use crate::facts::schema::{Column, Constraint, Index, Known, Made, Schema, Table, key, last_part};
use crate::syntax::sql::shape::{self, ColumnShape, ConstraintShape};

/// Whether a definition's words name a column.
pub(super) fn says(text: &str, column: &str) -> bool {
    let splits = |char: char| !char.is_alphanumeric() && !matches!(char, '_' | '$');
    if text.is_ascii() {
        let small = !column.bytes().any(|byte| byte.is_ascii_uppercase());
        return small && text.split(splits).any(|word| word.eq_ignore_ascii_case(column));
    }
    text.to_lowercase().split(splits).any(|word| word == column)
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
        data_type: shape.data_type.as_deref().map(shape::canonical_type),
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
    let name = name.unwrap_or_else(|| {
        let (table, suffix) = (last_part(&table.name), constraint_suffix(shape.kind));
        let keys = if shape.kind == "primary-key" { &[][..] } else { &columns };
        let mut parts = vec![table];
        parts.extend(keys.iter().map(String::as_str));
        parts.push(suffix);
        parts.join("_")
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
        references: shape.references,
        text: shape.text,
        made,
        known,
    };
    table.constraints.insert(own, Arc::new(constraint));
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
            let mut parts = vec![last_part(&table.name)];
            parts.extend(shape.columns.iter().map(|column| column.as_deref().unwrap_or("expr")));
            parts.push("idx");
            parts.join("_")
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
