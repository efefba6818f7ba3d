//! Foreign keys that PostgreSQL refuses: no such table or column, nothing unique to point to, types that
//! can't be compared.

use super::needs::{primary, same_columns};
use super::{There, lacks};
use crate::facts::schema::{Table, key};
use crate::facts::words::schema_change as change;
use crate::facts::{Field, Value};
use crate::read::link::history::change::Change;
use crate::syntax::sql::{query, shape};

/// A foreign key that a change makes.
struct Key {
    from: Vec<String>,
    /// The types of its own columns, where they are known.
    types: Vec<Option<String>>,
    to: String,
    /// The words from REFERENCES on.
    text: String,
}

pub(super) fn say(there: There<'_>, one: &Change<'_>, said: &mut Vec<(Field, Value)>) {
    if one.builder {
        return;
    }
    let mut types = None;
    for made in made_by(there, one) {
        if one.table.is_some_and(|own| key(own) == key(&made.to)) {
            continue;
        }
        if let Some(why) = refused(there, one, &made) {
            said.push((change::BAD_REFERENCE, why.into()));
            return;
        }
        types = types.or_else(|| differ(there, one, &made));
    }
    if let Some(types) = types {
        said.push((change::KEY_TYPES, types.into()));
    }
}

fn made_by(there: There<'_>, one: &Change<'_>) -> Vec<Key> {
    let of = |constraint: shape::ConstraintShape, kind: &dyn Fn(&str) -> Option<String>| -> Option<Key> {
        let to = constraint.references.filter(|_| constraint.kind == "foreign-key")?;
        let types = constraint.columns.iter().map(|column| kind(column)).collect();
        Some(Key { from: constraint.columns, types, to, text: constraint.text })
    };
    match one.word {
        "add-constraint" => {
            let table = one.table.and_then(|table| there.table(table));
            let kind = |column: &str| {
                let column =
                    table?.columns.get(&key(column)).filter(|column| there.moment.trusts(column.known));
                column?.data_type.clone()
            };
            shape::added_constraint(one.text)
                .and_then(|constraint| of(constraint, &kind))
                .into_iter()
                .collect()
        }
        "add-column" => {
            let Some(column) = shape::added_column(one.text) else { return Vec::new() };
            let own = column.data_type.as_deref().map(shape::canonical_type);
            column.constraints.into_iter().filter_map(|constraint| of(constraint, &|_| own.clone())).collect()
        }
        "create-table" => {
            let Some(table) = there.shape else { return Vec::new() };
            let columns = &table.columns;
            let kind = |name: &str| {
                let column = columns.iter().find(|column| key(&column.name) == key(name))?;
                column.data_type.as_deref().map(shape::canonical_type)
            };
            let inline = columns.iter().flat_map(|column| column.constraints.iter().cloned());
            inline
                .chain(table.constraints.iter().cloned())
                .filter_map(|constraint| of(constraint, &kind))
                .collect()
        }
        _ => Vec::new(),
    }
}

/// Why PostgreSQL refuses it.
fn refused(there: There<'_>, one: &Change<'_>, made: &Key) -> Option<String> {
    let gone = there.gone.get(&key(&made.to)).is_some_and(|gone| there.moment.trusts(*gone));
    let is_there = there.schema.tables.contains_key(&key(&made.to));
    if gone && !is_there {
        return Some(format!("the table `{}` is gone by then", made.to));
    }
    if let Some(own) = one.table.and_then(|own| there.whole(own)).filter(|_| one.word == "add-constraint")
        && let Some(column) = made.from.iter().find(|column| lacks(own, column, there.moment))
    {
        return Some(format!("`{}` has no column `{column}`", own.name));
    }
    let target = there.whole(&made.to)?;
    let written = query::referenced(&made.text);
    let Some(columns) = written.or_else(|| primary(target).map(|key| key.columns.clone())) else {
        return (!is_keyed(target)).then(|| format!("`{}` has no primary key to point to", target.name));
    };
    if columns.is_empty() {
        return None;
    }
    if let Some(column) = columns.iter().find(|column| lacks(target, column, there.moment)) {
        return Some(format!("`{}` has no column `{column}`", target.name));
    }
    if !is_unique(target, &columns) {
        return Some(format!("nothing makes `{}` of `{}` unique", columns.join(", "), target.name));
    }
    let (from, own, to, other) = pairs(there, made, target, &columns).find(|(_, own, _, other)| {
        family(there, own).zip(family(there, other)).is_some_and(|(own, other)| own != other)
    })?;
    Some(format!("`{from}` is {own}, but `{}.{to}` is {other}", target.name))
}

/// Types that can be compared and are not the same: an integer of another size.
fn differ(there: There<'_>, one: &Change<'_>, made: &Key) -> Option<String> {
    const INTEGERS: [&str; 3] = ["smallint", "integer", "bigint"];
    let target = there.whole(&made.to).filter(|_| one.table.is_some())?;
    let columns = query::referenced(&made.text).or_else(|| primary(target).map(|key| key.columns.clone()))?;
    let is_integer = |kind: &str| INTEGERS.contains(&kind);
    let (from, own, to, other) = pairs(there, made, target, &columns)
        .find(|(_, own, _, other)| own != other && is_integer(own) && is_integer(other))?;
    Some(format!("`{from}` is {own}, `{}.{to}` is {other}", target.name))
}

/// Each column with its type, and the one that it points to.
fn pairs<'k>(
    there: There<'k>,
    made: &'k Key,
    target: &'k Table,
    columns: &'k [String],
) -> impl Iterator<Item = (&'k str, &'k str, &'k str, &'k str)> {
    made.from.iter().zip(&made.types).zip(columns).filter_map(move |((from, own), to)| {
        let other = target.columns.get(&key(to)).filter(|column| there.moment.trusts(column.known))?;
        Some((from.as_str(), own.as_deref()?, to.as_str(), other.data_type.as_deref()?))
    })
}

fn is_keyed(table: &Table) -> bool {
    table.constraints.values().any(|constraint| matches!(constraint.kind, "primary-key" | ""))
}

/// Whether something may make the columns unique together.
fn is_unique(table: &Table, columns: &[String]) -> bool {
    let by_constraint = table.constraints.values().any(|constraint| {
        let unread = constraint.kind.is_empty() || constraint.columns.is_empty();
        let keys = matches!(constraint.kind, "primary-key" | "unique" | "");
        keys && (unread || same_columns(&constraint.columns, columns))
    });
    by_constraint
        || table.indexes.values().any(|index| {
            let own: Option<Vec<String>> = index.columns.iter().cloned().collect();
            index.unique && index.whole && own.is_some_and(|own| same_columns(&own, columns))
        })
}

/// Types that PostgreSQL can compare with each other; none for one that is not known.
fn family(there: There<'_>, kind: &str) -> Option<String> {
    let name = kind.split('(').next().unwrap_or_default().trim();
    if kind.ends_with(']') {
        return None;
    }
    let word = match name {
        "smallint" | "integer" | "bigint" | "numeric" | "real" | "double precision" => "number",
        "text" | "character varying" | "character" | "citext" | "name" => "text",
        "uuid" | "boolean" | "bytea" | "date" | "jsonb" | "inet" => name,
        _ if kind.starts_with("timestamp") => "timestamp",
        _ => {
            let is_enum = there
                .schema
                .types
                .get(name)
                .is_some_and(|found| found.values.is_some() && there.moment.trusts(found.known));
            return is_enum.then(|| format!("enum {name}"));
        }
    };
    // A date and a timestamp can be compared.
    Some(if word == "date" { "timestamp" } else { word }.to_owned())
}
