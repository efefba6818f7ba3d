//! Names that PostgreSQL cuts: it keeps the first 63 bytes of one, so that two long names may be one.

use super::There;
use crate::facts::schema::{LONGEST, cut, key, last_part};
use crate::facts::words::schema_change as change;
use crate::facts::{Field, Value};
use crate::read::link::history::change::Change;

pub(super) fn say(there: There<'_>, one: &Change<'_>, said: &mut Vec<(Field, Value)>) {
    let names = given(there, one);
    let mut long = names.iter().filter(|(name, _)| name.len() > LONGEST);
    let Some((first, _)) = long.clone().next() else { return };
    said.push((change::CUT_NAME, cut(first).into()));
    let collision = long.find_map(|(name, space)| {
        let others =
            names.iter().filter(|(other, own)| own == space && other != name && cut(other) == cut(name));
        let beside = others.map(|(other, _)| other.clone()).next();
        beside.or_else(|| in_schema(there, one, name, *space))
    });
    if let Some(other) = collision {
        said.push((change::COLLIDES_WITH, other.into()));
    }
}

/// What a name must differ from.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Space {
    Columns,
    /// Tables, indexes, keys, views.
    Relations,
}

/// The names that a change gives.
fn given(there: There<'_>, one: &Change<'_>) -> Vec<(String, Space)> {
    let own = |name: &str| last_part(name).to_owned();
    let relation = |name: Option<&str>| name.map(|name| (own(name), Space::Relations)).into_iter().collect();
    match one.word {
        "create-table" => {
            let mut names: Vec<_> = one.table.map(|name| (own(name), Space::Relations)).into_iter().collect();
            if let Some(table) = there.shape {
                names.extend(table.columns.iter().map(|column| (column.name.clone(), Space::Columns)));
            }
            names
        }
        "add-column" => one.column.map(|name| (own(name), Space::Columns)).into_iter().collect(),
        "rename-column" => one.new_name.map(|name| (own(name), Space::Columns)).into_iter().collect(),
        "create-index" | "create-view" => relation(one.object),
        "add-constraint" if matches!(one.constraint, Some("unique" | "primary-key" | "exclude")) => {
            relation(one.object)
        }
        "rename-table" | "rename-index" => relation(one.new_name),
        _ => Vec::new(),
    }
}

/// A name that is there and of which the same is left.
fn in_schema(there: There<'_>, one: &Change<'_>, name: &str, space: Space) -> Option<String> {
    let collides = |other: &str| last_part(other) != name && cut(last_part(other)) == cut(name);
    match space {
        Space::Columns => {
            let table = there.table(one.table?)?;
            let mut columns = table.columns.values().filter(|column| there.moment.trusts(column.known));
            columns.find(|column| collides(&column.name)).map(|column| column.name.clone())
        }
        Space::Relations => {
            // The schema knows names as PostgreSQL keeps them.
            let owner = there.schema.index_tables.get(&key(name))?;
            let table = there.table(owner)?;
            let index = table
                .indexes
                .values()
                .find(|index| collides(&index.name))
                .map(|index| (&index.name, index.known));
            let constraint = || {
                let mut all = table.constraints.values();
                all.find(|constraint| collides(&constraint.name))
                    .map(|constraint| (&constraint.name, constraint.known))
            };
            let (found, known) = index.or_else(constraint)?;
            there.moment.trusts(known).then(|| found.clone())
        }
    }
}
