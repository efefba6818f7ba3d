//! Whether `down` takes back what `up` did: the schema before `up` against the one after both. Compares
//! names, kinds and types; that a column comes back without its rows, its default or NOT NULL is how it
//! is.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::apply::{self, Gone, Moment, is_opaque, is_tracked};
use super::change::Change;
use crate::facts::schema::{Column, Constraint, Index, Known, Made, Schema, Table, key, last_part};
use crate::read::migration::naming;

/// What a column is made by that `down` makes: no migration of the history.
const AGAIN: Made = Made::MAX;

/// More columns than this in the tables of one migration, and nothing is said: the comparison costs a
/// copy of them.
const MAX_COLUMNS: usize = 2_000;

/// What a migration's changes touch, as it was before them.
pub struct Before {
    schema: Schema,
    tables: Vec<String>,
    others: Vec<String>,
}

/// The part of the schema that the changes touch, before they are applied. None where a change cannot
/// be followed, or where it would cost too much.
pub fn before(
    schema: &mut Schema,
    gone: &Gone,
    (up, down): (&[Change<'_>], &[Change<'_>]),
    moment: Moment,
) -> Option<Before> {
    let all = || up.iter().chain(down);
    if up.is_empty() || !all().all(|change| change.sure && !is_opaque(change.word)) {
        return None;
    }
    // A call of the builder may do more than its name says, and makes up names.
    let made_up = |change: &Change<'_>| {
        (change.word == "alter-column" && change.sql.is_none())
            || (change.object.is_none() && matches!(change.word, "add-constraint" | "create-index"))
    };
    if all().any(|change| change.builder && made_up(change)) {
        return None;
    }
    if up.iter().any(|change| change.lenient && may_do_nothing(schema, change)) {
        return None;
    }
    discover(schema, gone, up, moment);
    let mut tables = BTreeSet::new();
    let mut others = BTreeSet::new();
    for change in all() {
        tables.extend(change.table.map(key));
        if change.word == "rename-table" {
            tables.extend(change.new_name.map(key));
        }
        if let Some(object) = change.object {
            others.insert(key(object));
            others.insert(key(last_part(object)));
            tables.extend(schema.index_tables.get(&key(last_part(object))).cloned());
        }
        others.extend(change.new_name.map(key));
    }
    let tables: Vec<String> = tables.into_iter().collect();
    let others: Vec<String> = others.into_iter().collect();
    let columns: usize =
        tables.iter().filter_map(|name| schema.tables.get(name)).map(|table| table.columns.len()).sum();
    (columns <= MAX_COLUMNS).then(|| Before { schema: schema.only(&tables, &others), tables, others })
}

/// Whether `IF EXISTS` or `IF NOT EXISTS` may keep a change from doing anything: whether it makes what is
/// there, or takes what the history never made.
fn may_do_nothing(schema: &Schema, change: &Change<'_>) -> bool {
    let table = change.table.and_then(|table| schema.tables.get(&key(table)));
    let column = || table.zip(change.column).and_then(|(table, column)| table.columns.get(&key(column)));
    let object = |name: &str| table.is_some_and(|table| table.constraints.contains_key(&key(name)));
    match change.word {
        "create-table" => table.is_some(),
        "add-column" => column().is_some(),
        "drop-table" => table.is_none(),
        "drop-column" => column().is_none(),
        "drop-constraint" => !change.object.is_some_and(object),
        "drop-index" => {
            !change.object.is_some_and(|name| schema.index_tables.contains_key(&key(last_part(name))))
        }
        "drop-type" => !change.object.is_some_and(|name| schema.types.contains_key(&key(name))),
        _ => true,
    }
}

/// Lets the schema have what `up` takes for granted: columns, constraints and indexes that the history
/// never made, on tables that it does not know whole.
fn discover(schema: &mut Schema, gone: &Gone, up: &[Change<'_>], moment: Moment) {
    let known = Known { at: moment.at, sure: true };
    let guessed = Known { sure: false, ..known };
    let mut made: BTreeSet<String> = BTreeSet::new();
    for change in up {
        let Some(table_name) = change.table else {
            if change.word == "drop-index"
                && let Some(object) = change.object
                && !made.contains(&key(last_part(object)))
                && !gone.contains_key(&apply::index_key(object))
                && !schema.index_tables.contains_key(&key(last_part(object)))
            {
                schema.loose_indexes.insert(key(last_part(object)), last_part(object).to_owned());
            }
            if change.word == "create-index" || change.word == "create-type" {
                made.extend(change.object.map(|object| key(last_part(object))));
            }
            continue;
        };
        let own = key(table_name);
        match change.word {
            "create-table" => {
                made.insert(own);
                continue;
            }
            "rename-table" => {
                let renamed = made.contains(&own);
                made.extend(change.new_name.map(key));
                if renamed {
                    continue;
                }
            }
            _ => {}
        }
        if made.contains(&own) {
            if change.word == "create-index" {
                made.extend(change.object.map(|object| key(last_part(object))));
            }
            continue;
        }
        // What the history has taken away is not there, whatever `up` says.
        if gone.contains_key(&own) {
            continue;
        }
        let table = schema.tables.entry(own.clone()).or_insert_with(|| Table::new(table_name, None, known));
        let thing = |name: &str| format!("{own}.{}", key(name));
        match (change.word, change.column, change.object) {
            ("add-column", Some(column), _) => drop(made.insert(thing(column))),
            (
                "drop-column" | "rename-column" | "alter-column-type" | "alter-column" | "set-not-null"
                | "drop-not-null",
                Some(column),
                _,
            ) => {
                made.extend(change.new_name.map(thing));
                let may_be_there = !table.whole && !table.gone.contains_key(&key(column));
                if may_be_there && !made.contains(&thing(column)) && !table.columns.contains_key(&key(column))
                {
                    table.ever += 1;
                    let position = table.ever - 1;
                    let new = Column {
                        name: column.to_owned(),
                        position,
                        data_type: None,
                        default: None,
                        not_null: change.word == "drop-not-null",
                        generated: false,
                        defined: false,
                        made: None,
                        known,
                    };
                    table.columns.insert(key(column), Arc::new(new));
                }
                // What `up` relaxes was strict, whatever the history says, and the other way round.
                if let Some(column) = table.columns.get_mut(&key(column)) {
                    match change.word {
                        "drop-not-null" if !column.not_null => Arc::make_mut(column).not_null = true,
                        "set-not-null" if column.not_null => Arc::make_mut(column).not_null = false,
                        _ => {}
                    }
                }
            }
            ("add-constraint" | "create-index", _, Some(object)) => {
                made.insert(thing(last_part(object)));
                made.insert(key(last_part(object)));
            }
            ("drop-constraint", _, Some(object)) => {
                let known_gone = gone.contains_key(&format!("constraint {own}.{}", key(object)));
                if !known_gone
                    && !made.contains(&thing(object))
                    && !table.constraints.contains_key(&key(object))
                {
                    let constraint = Constraint {
                        name: object.to_owned(),
                        kind: "",
                        columns: Vec::new(),
                        references: None,
                        targets: Vec::new(),
                        on_delete: None,
                        on_update: None,
                        text: String::new(),
                        made: None,
                        known: guessed,
                    };
                    table.constraints.insert(key(object), Arc::new(constraint));
                }
            }
            ("drop-index", _, Some(object)) => {
                let name = key(last_part(object));
                let known_gone = gone.contains_key(&apply::index_key(object));
                if !known_gone
                    && !made.contains(&thing(last_part(object)))
                    && !table.indexes.contains_key(&name)
                {
                    let index = Index {
                        name: last_part(object).to_owned(),
                        unique: false,
                        columns: Vec::new(),
                        whole: false,
                        text: String::new(),
                        made: None,
                        known: guessed,
                    };
                    table.indexes.insert(name, Arc::new(index));
                }
            }
            _ => {}
        }
    }
}

/// What is not as it was before, in words, after `down` is applied to what `up` left; the first of each
/// kind first.
pub fn left(
    before: &Before,
    after_up: &Schema,
    up: &[Change<'_>],
    down: &[Change<'_>],
    moment: Moment,
) -> Vec<String> {
    let mut after = after_up.only(&before.tables, &before.others);
    let mut gone = Gone::new();
    let moment = Moment { made: Some(AGAIN), ..moment };
    let mut unmatched = false;
    for change in down.iter().filter(|change| is_tracked(change.word)) {
        unmatched |= takes_unknown(&after, change);
        apply::apply(&mut after, &mut gone, change, moment);
    }
    if unmatched {
        forget_made_up(&mut after, &before.schema);
    }
    let mut left = Vec::new();
    tables(&before.schema, &after, up, &mut left);
    others(&before.schema, &after, &mut left);
    left
}

/// Whether a constraint or an index is dropped whose name nothing has.
fn takes_unknown(schema: &Schema, change: &Change<'_>) -> bool {
    let Some(object) = change.object.filter(|_| matches!(change.word, "drop-constraint" | "drop-index"))
    else {
        return false;
    };
    let name = key(last_part(object));
    let table = change.table.and_then(|table| schema.tables.get(&key(table)));
    !schema.index_tables.contains_key(&name)
        && !table.is_some_and(|table| table.constraints.contains_key(&name))
}

/// Leaves out what bears a name that TypeORM makes up: a naming strategy of the team's own may give it
/// another one, by which it is dropped.
fn forget_made_up(schema: &mut Schema, before: &Schema) {
    for (own, table) in &mut schema.tables {
        let name = table.name.clone();
        let before = before.tables.get(own);
        let stays = |name: &String| {
            before
                .is_some_and(|table| table.constraints.contains_key(name) || table.indexes.contains_key(name))
        };
        table.constraints.retain(|key, own| {
            stays(key) || naming::over(own.kind, &name, &own.columns).as_deref() != Some(own.name.as_str())
        });
        table.indexes.retain(|key, own| {
            let columns: Vec<&String> = own.columns.iter().flatten().collect();
            stays(key) || naming::over("index", &name, &columns).as_deref() != Some(own.name.as_str())
        });
    }
}

fn tables(before: &Schema, after: &Schema, up: &[Change<'_>], left: &mut Vec<String>) {
    for (name, table) in &after.tables {
        if !before.tables.contains_key(name) && table.made.is_some() && table.made != Some(AGAIN) {
            left.push(format!("the table `{}` stays", table.name));
        }
    }
    for (name, table) in &before.tables {
        match after.tables.get(name) {
            None => left.push(format!("the table `{}` does not come back", table.name)),
            Some(other) => inside(table, other, up, left),
        }
    }
}

/// What differs inside a table that is there before and after.
fn inside(before: &Table, after: &Table, up: &[Change<'_>], left: &mut Vec<String>) {
    // What a table that was made again looks like is another matter.
    if after.made == Some(AGAIN) {
        return;
    }
    let table = &before.name;
    for (name, column) in &after.columns {
        if !before.columns.contains_key(name) {
            left.push(format!("the column `{table}.{}` stays", column.name));
        }
    }
    for (name, column) in &before.columns {
        let Some(other) = after.columns.get(name) else {
            left.push(format!("the column `{table}.{}` does not come back", column.name));
            continue;
        };
        let again = other.made == Some(AGAIN);
        if let (Some(old), Some(new)) = (&column.data_type, &other.data_type)
            && (if again { base(old) != base(new) } else { plain(old) != plain(new) })
        {
            left.push(format!(
                "the column `{table}.{}` has the type `{new}` instead of `{old}`",
                column.name
            ));
        }
        if !again && column.not_null != other.not_null && column.defined {
            let state = if other.not_null { "stays NOT NULL" } else { "may still be NULL" };
            left.push(format!("the column `{table}.{}` {state}", column.name));
        }
    }
    let dropped = |word: &str| -> BTreeSet<String> {
        let of_word = up.iter().filter(|change| change.word == word);
        of_word.filter_map(|change| change.object).map(|object| key(last_part(object))).collect()
    };
    let dropped_constraints = dropped("drop-constraint");
    let like = |one: &Constraint, table: &Table| {
        table.constraints.values().any(|other| other.kind == one.kind && other.columns == one.columns)
    };
    for (name, constraint) in &before.constraints {
        let missing = dropped_constraints.contains(name)
            && !after.constraints.contains_key(name)
            && !after.indexes.contains_key(name)
            && !like(constraint, after)
            // Of what the history never made the name alone is known: another name may be it.
            && (constraint.made.is_some()
                || !after.constraints.values().any(|other| other.made == Some(AGAIN)));
        if missing {
            left.push(format!("the constraint `{}` does not come back", constraint.name));
        }
    }
    for (name, constraint) in &after.constraints {
        if constraint.made != Some(AGAIN)
            && !before.constraints.contains_key(name)
            && !before.indexes.contains_key(name)
            && !like(constraint, before)
        {
            left.push(format!("the constraint `{}` stays", constraint.name));
        }
    }
}

/// Indexes, types and views.
fn others(before: &Schema, after: &Schema, left: &mut Vec<String>) {
    let indexes = |schema: &Schema| -> BTreeSet<String> {
        let inside = schema.tables.values().flat_map(|table| table.indexes.keys());
        inside.chain(schema.loose_indexes.keys()).cloned().collect()
    };
    let constraints = |schema: &Schema| -> BTreeSet<String> {
        schema.tables.values().flat_map(|table| table.constraints.keys()).cloned().collect()
    };
    let (old, new) = (indexes(before), indexes(after));
    let (old_keys, new_keys) = (constraints(before), constraints(after));
    let named = |name: &str| -> String {
        let found =
            before.tables.values().chain(after.tables.values()).find_map(|table| table.indexes.get(name));
        let loose = || before.loose_indexes.get(name).cloned().unwrap_or_else(|| name.to_owned());
        found.map_or_else(loose, |index| index.name.clone())
    };
    // An index goes with its table and its columns; what of it is missing then is said of those.
    if left.is_empty() {
        let same_keys = |name: &str| {
            let keys = |schema: &Schema| {
                schema
                    .tables
                    .values()
                    .find_map(|table| table.indexes.get(name))
                    .map(|index| index.columns.clone())
            };
            let own = keys(before);
            own.is_some()
                && after
                    .tables
                    .values()
                    .flat_map(|table| table.indexes.values())
                    .any(|index| Some(&index.columns) == own.as_ref())
        };
        let dropped_with_column = |name: &str| {
            // Columns that came back have lost their indexes.
            before.tables.iter().any(|(own, table)| {
                table.indexes.get(name).is_some_and(|index| {
                    index.columns.iter().flatten().any(|column| {
                        after
                            .tables
                            .get(own)
                            .and_then(|after| after.columns.get(&key(column)))
                            .is_none_or(|column| column.made == Some(AGAIN))
                    })
                })
            })
        };
        for name in old.difference(&new) {
            if !new_keys.contains(name) && !same_keys(name) && !dropped_with_column(name) {
                left.push(format!("the index `{}` does not come back", named(name)));
            }
        }
        for name in new.difference(&old) {
            let again = after
                .tables
                .values()
                .find_map(|table| table.indexes.get(name))
                .is_some_and(|index| index.made == Some(AGAIN));
            if !old_keys.contains(name) && !again {
                left.push(format!("the index `{}` stays", named(name)));
            }
        }
    }
    for (name, found) in &after.types {
        if !before.types.contains_key(name) && found.made != Some(AGAIN) {
            left.push(format!("the type `{}` stays", found.name));
        }
    }
    for (name, found) in &before.types {
        if !after.types.contains_key(name) {
            left.push(format!("the type `{}` does not come back", found.name));
        }
    }
    for (name, found) in &after.views {
        if !before.views.contains_key(name) && found.made != Some(AGAIN) {
            left.push(format!("the view `{}` stays", found.name));
        }
    }
    for (name, found) in &before.views {
        if !after.views.contains_key(name) {
            left.push(format!("the view `{}` does not come back", found.name));
        }
    }
}

/// A type without what MySQL only shows: the width of a whole number.
fn plain(data_type: &str) -> &str {
    let name = data_type.split('(').next().unwrap_or(data_type).trim();
    match name {
        "tinyint" if data_type == "tinyint(1)" => "boolean",
        "integer" | "bigint" | "smallint" | "tinyint" | "mediumint" if data_type.ends_with(')') => name,
        _ => data_type,
    }
}

/// A type without its size; texts of all kinds are one.
fn base(data_type: &str) -> (&str, bool) {
    let data_type = plain(data_type);
    let array = data_type.ends_with("[]");
    let name = data_type.split(['(', '[']).next().unwrap_or(data_type);
    match name {
        "character varying" | "character" => ("text", array),
        other => (other, array),
    }
}
