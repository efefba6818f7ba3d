//! Columns that a change names and its table does not have, columns that it names twice, and keys that
//! it fills although a sequence makes them.

use super::{There, Ups, lacks};
use crate::facts::schema::{Table, key};
use crate::facts::words::schema_change as change;
use crate::facts::{Field, Value};
use crate::read::link::history::change::Change;
use crate::syntax::sql::shape;

pub(super) fn say(ups: &Ups, there: There<'_>, one: &Change<'_>, said: &mut Vec<(Field, Value)>) {
    twice(there, one, said);
    skips(ups, there, one, said);
    let Some(table) = one.table.and_then(|table| there.whole(table)) else { return };
    if one.builder || one.lenient {
        return;
    }
    let columns = match one.word {
        "insert" | "update" | "create-index" => one.keys(),
        "add-constraint" if matches!(one.constraint, Some("unique" | "primary-key")) => {
            shape::added_constraint(one.text).map(|constraint| constraint.columns).unwrap_or_default()
        }
        _ => return,
    };
    let missing = columns.iter().find(|column| lacks(table, column, there.moment));
    if let Some(column) = missing {
        said.push((change::MISSING_COLUMN, column.as_str().into()));
    } else if one.word == "insert" && !ups.resets_sequence {
        let filled = columns.iter().find(|column| is_made(table, column) && fills(one.text));
        if let Some(column) = filled {
            said.push((change::EXPLICIT_KEY, column.as_str().into()));
        }
    }
}

/// Whether a sequence makes a column's values.
fn is_made(table: &Table, column: &str) -> bool {
    let Some(column) = table.columns.get(&key(column)) else { return false };
    let integer = matches!(column.data_type.as_deref(), Some("smallint" | "integer" | "bigint"));
    let from_sequence =
        column.default.as_deref().is_some_and(|default| default.to_ascii_lowercase().contains("nextval"));
    integer && (column.generated || from_sequence)
}

/// Whether the INSERT gives values of its own: none that the sequence or a default makes.
fn fills(text: &str) -> bool {
    let lower = text.to_ascii_lowercase();
    !["nextval", "default", "currval"].iter().any(|word| lower.contains(word))
}

fn twice(there: There<'_>, one: &Change<'_>, said: &mut Vec<(Field, Value)>) {
    let columns: Vec<String> = match one.word {
        // `SET a[1] = 1, a[2] = 2` is one column in parts.
        "insert" | "update" if !one.text.contains('[') => one.keys(),
        "create-table" => {
            let Some(table) = there.shape else { return };
            table.columns.iter().map(|column| column.name.clone()).collect()
        }
        _ => return,
    };
    let mut seen = rustc_hash::FxHashSet::default();
    if let Some(column) = columns.iter().find(|column| !seen.insert(column.as_str())) {
        said.push((change::NAMED_TWICE, column.as_str().into()));
    }
}

/// What IF NOT EXISTS leaves out, because something of the name is there.
fn skips(ups: &Ups, there: There<'_>, one: &Change<'_>, said: &mut Vec<(Field, Value)>) {
    if !one.lenient {
        return;
    }
    let Some(table) = one.table.and_then(|table| there.whole(table)) else { return };
    let what = match one.word {
        "create-table" => {
            let Some(shape) = there.shape.filter(|shape| shape.whole) else { return };
            let own = key(&table.name);
            let added = |name: &str| ups.added.contains(&(own.clone(), key(name)));
            let new = shape
                .columns
                .iter()
                .find(|column| lacks(table, &column.name, there.moment) && !added(&column.name));
            new.map(|column| format!("the column `{}` is not added", column.name))
        }
        "create-index" => of_index(there, table, one),
        "add-column" => {
            let column = one.column.and_then(|column| table.columns.get(&key(column)));
            let column = column.filter(|column| there.moment.trusts(column.known) && column.defined);
            let old = column.and_then(|column| column.data_type.as_deref());
            let new = one.data_type.map(shape::canonical_type);
            match (old, new) {
                (Some(old), Some(new)) if old != new => {
                    Some(format!("it stays {old} and does not become {new}"))
                }
                _ => None,
            }
        }
        _ => None,
    };
    if let Some(what) = what {
        said.push((change::SKIPS, what.into()));
    }
}

fn of_index(there: There<'_>, table: &Table, one: &Change<'_>) -> Option<String> {
    let shape = shape::index(one.text)?;
    let name = key(crate::facts::schema::last_part(shape.name.as_deref()?));
    let old = table.indexes.get(&name).filter(|index| there.moment.trusts(index.known))?;
    let words = |columns: &[Option<String>]| -> Option<String> {
        let columns: Option<Vec<String>> = columns.iter().map(|column| column.as_deref().map(key)).collect();
        columns.map(|columns| columns.join(", "))
    };
    let (old_words, new_words) = (words(&old.columns)?, words(&shape.columns)?);
    if old_words != new_words {
        return Some(format!("it stays on ({old_words}) and is not made on ({new_words})"));
    }
    (old.unique != shape.unique && shape.unique).then(|| "it stays as it is, not unique".to_owned())
}
