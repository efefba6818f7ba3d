//! Who needs what a change takes away, and what goes along with it. PostgreSQL refuses to drop what a
//! view, a foreign key or a column of another table needs, unless CASCADE says that it may go too.

use std::collections::BTreeSet;

use rustc_hash::FxHashMap;

use super::{Around, There, Ups, View};
use crate::facts::schema::{Constraint, Table, key, last_part};
use crate::facts::words::schema_change as change;
use crate::facts::{Field, Value};
use crate::read::link::history::change::Change;
use crate::syntax::sql::{query, shape};

/// Who may use what, by the name of what is used: a superset, so that nobody has to look through all.
#[derive(Default)]
pub(super) struct Users {
    /// Tables with a foreign key to a table.
    pointing: FxHashMap<String, BTreeSet<String>>,
    /// Tables with a column of a type.
    typed: FxHashMap<String, BTreeSet<String>>,
    /// Views of a table or a view.
    views: FxHashMap<String, BTreeSet<String>>,
}

impl Users {
    pub fn see_view(&mut self, view: &str, query: &query::Query) {
        for source in query.sources() {
            self.views.entry(key(&source.name)).or_default().insert(view.to_owned());
        }
    }

    pub fn forget_views(&mut self) {
        self.views.clear();
    }

    /// Notes what a change lets use what.
    pub fn see(&mut self, there: There<'_>, one: &Change<'_>) {
        let move_on = |users: &mut FxHashMap<String, BTreeSet<String>>, old: Option<&str>| {
            let (Some(old), Some(new)) = (old, one.new_name) else { return };
            let new = match old.rsplit_once('.') {
                Some((schema, _)) if !new.contains('.') => format!("{schema}.{new}"),
                _ => new.to_owned(),
            };
            if let Some(found) = users.remove(&key(old)) {
                users.entry(key(&new)).or_default().extend(found);
            }
        };
        match one.word {
            "rename-table" => move_on(&mut self.pointing, one.table),
            "alter-type" if one.column.is_none() => move_on(&mut self.typed, one.object),
            _ => {}
        }
        let Some(own) = one.table.map(key) else { return };
        match (there.shape, one.word) {
            (Some(shape), _) => {
                let inline = shape.columns.iter().flat_map(|column| &column.constraints);
                for target in inline.chain(&shape.constraints).filter_map(|key| key.references.as_deref()) {
                    self.pointing.entry(key(target)).or_default().insert(own.clone());
                }
                for kind in shape.columns.iter().filter_map(|column| column.data_type.as_deref()) {
                    self.note_type(kind, &own);
                }
            }
            (None, "add-constraint" | "add-column" | "alter-column-type" | "alter-column") => {
                if let Some(target) = one.references {
                    self.pointing.entry(key(target)).or_default().insert(own.clone());
                }
                if let Some(kind) = one.data_type {
                    self.note_type(kind, &own);
                }
            }
            _ => {}
        }
    }

    fn note_type(&mut self, kind: &str, table: &str) {
        let kind = shape::canonical_type(kind);
        let kind = kind.trim_end_matches("[]").to_owned();
        self.typed.entry(kind).or_default().insert(table.to_owned());
    }

    fn tables<'s>(
        of: &'s FxHashMap<String, BTreeSet<String>>,
        used: &str,
        there: There<'s>,
    ) -> impl Iterator<Item = &'s Table> {
        let names = of.get(used).into_iter().flatten();
        names.filter_map(move |name| there.schema.tables.get(name)).filter(|table| !table.temporary)
    }
}

pub(super) fn say(around: &Around, there: There<'_>, one: &Change<'_>, said: &mut Vec<(Field, Value)>) {
    if one.word == "drop-constraint" || one.word == "drop-default" {
        of_constraint(there, one, said);
    }
    if one.word == "drop-column" {
        along(&around.ups, there, one, said);
    }
    // Of several things that one statement drops, one may need the other.
    let several = matches!(one.word, "drop-table" | "drop-view" | "drop-type") && one.text.contains(',');
    if one.cascade || several {
        return;
    }
    if let Some(user) = needed_by(around, there, one) {
        said.push((change::NEEDED_BY, user.into()));
    }
}

fn needed_by(around: &Around, there: There<'_>, one: &Change<'_>) -> Option<String> {
    match one.word {
        "drop-table" => {
            let table = one.table?;
            view_of_table(around, there, table).or_else(|| foreign_key(around, there, table, None))
        }
        "drop-view" => view_of_table(around, there, one.object?),
        "drop-column" => {
            let (table, column) = (one.table?, one.column?);
            view_of_column(around, there, table, column).or_else(|| {
                let own = key(column);
                foreign_key(
                    around,
                    there,
                    table,
                    Some(&|columns| columns.iter().any(|column| key(column) == own)),
                )
            })
        }
        "alter-column-type" => view_of_column(around, there, one.table?, one.column?),
        "drop-type" => column_of_type(around, there, one.object?),
        "drop-constraint" => {
            let table = there.table(one.table?)?;
            let constraint = table.constraints.get(&key(one.object?))?;
            needs_key(around, there, table, constraint)
        }
        "drop-index" => {
            let own = key(last_part(one.object?));
            let table = there.schema.index_tables.get(&own).and_then(|table| there.table(table))?;
            let constraint = table.constraints.get(&own)?;
            let certain = there.moment.trusts(constraint.known)
                && matches!(constraint.kind, "primary-key" | "unique" | "exclude");
            certain.then(|| format!("the constraint `{}` of `{}`", constraint.name, table.name))
        }
        _ => None,
    }
}

fn views<'s>(around: &'s Around, read: &str) -> impl Iterator<Item = &'s View> {
    let names = around.users.views.get(read).into_iter().flatten();
    names.filter_map(|name| around.views.get(name))
}

/// A view that certainly reads a table or another view.
fn view_of_table(around: &Around, there: There<'_>, name: &str) -> Option<String> {
    let own = key(name);
    let made = there.schema.tables.get(&own).filter(|table| table.made.is_some()).map(|table| table.known.at);
    let made = made.or_else(|| there.schema.views.get(&own).map(|view| view.known.at));
    let view = views(around, &own).find(|view| {
        // A view of something older that had the name reads that still.
        let same = made.is_none_or(|made| made < view.known.at);
        let certain = there.moment.trusts(view.known) && key(&view.name) != own;
        same && certain && view.query.sources().any(|source| key(&source.name) == own)
    })?;
    Some(format!("the view `{}`", view.name))
}

/// A view that certainly reads a column.
fn view_of_column(around: &Around, there: There<'_>, table: &str, column: &str) -> Option<String> {
    let own = key(table);
    let known = there.schema.tables.get(&own)?.columns.get(&key(column))?.known;
    let view = views(around, &own).find(|view| {
        // The view reads what had the name when it was made.
        let same = known.sure && known.at < view.known.at;
        let mut sources = view.query.sources().filter(|source| key(&source.name) == own);
        same && there.moment.trusts(view.known)
            && sources.any(|source| view.query.reads(source, column) || view.query.reads_all(source))
    })?;
    Some(format!("the view `{}`", view.name))
}

/// Whether a foreign key's target is the one that is looked for.
type Hits<'h> = &'h dyn Fn(&[String]) -> bool;

/// A foreign key of another table to this one, or to columns of it.
fn foreign_key(around: &Around, there: There<'_>, target: &str, columns: Option<Hits<'_>>) -> Option<String> {
    let own = key(target);
    let pointed = there.table(target)?;
    for table in Users::tables(&around.users.pointing, &own, there).filter(|table| key(&table.name) != own) {
        for constraint in table.constraints.values() {
            let points = constraint.kind == "foreign-key"
                && there.moment.trusts(constraint.known)
                && constraint.references.as_deref().is_some_and(|name| key(name) == own);
            if !points {
                continue;
            }
            let hit = match columns {
                None => true,
                Some(hit) => target_of(pointed, constraint).is_some_and(|target| hit(&target)),
            };
            if hit {
                return Some(format!("the foreign key `{}` of `{}`", constraint.name, table.name));
            }
        }
    }
    None
}

/// The columns that a foreign key points to.
pub(super) fn target_of(pointed: &Table, constraint: &Constraint) -> Option<Vec<String>> {
    if constraint.text.is_empty() {
        // A builder's: its other side is not noted.
        return None;
    }
    query::referenced(&constraint.text).or_else(|| primary(pointed).map(|key| key.columns.clone()))
}

pub(super) fn primary(table: &Table) -> Option<&Constraint> {
    table.constraints.values().map(AsRef::as_ref).find(|constraint| constraint.kind == "primary-key")
}

/// A foreign key that this unique key alone lets point here.
fn needs_key(around: &Around, there: There<'_>, table: &Table, constraint: &Constraint) -> Option<String> {
    if !matches!(constraint.kind, "primary-key" | "unique") || !there.moment.trusts(constraint.known) {
        return None;
    }
    let same = |columns: &[String]| same_columns(columns, &constraint.columns);
    let others = table
        .constraints
        .values()
        .filter(|other| other.name != constraint.name && matches!(other.kind, "primary-key" | "unique"))
        .any(|other| same(&other.columns))
        || table.indexes.values().any(|index| index.unique);
    if others {
        return None;
    }
    foreign_key(around, there, &table.name, Some(&same))
}

pub(super) fn same_columns(one: &[String], other: &[String]) -> bool {
    let sorted = |columns: &[String]| {
        let mut columns: Vec<String> = columns.iter().map(|column| key(column)).collect();
        columns.sort();
        columns
    };
    sorted(one) == sorted(other)
}

fn column_of_type(around: &Around, there: There<'_>, name: &str) -> Option<String> {
    let own = shape::canonical_type(name);
    let certain = there.schema.types.get(&key(name)).is_some_and(|found| there.moment.trusts(found.known));
    if !certain {
        return None;
    }
    for table in Users::tables(&around.users.typed, &own, there).filter(|table| table.made.is_some()) {
        for column in table.columns.values().filter(|column| column.defined) {
            let of_type = column.data_type.as_deref().is_some_and(|kind| kind.trim_end_matches("[]") == own);
            if of_type && there.moment.trusts(column.known) && there.moment.trusts(table.known) {
                return Some(format!("the column `{}` of `{}`", column.name, table.name));
            }
        }
    }
    None
}

/// What a dropped constraint was, and whether a column that loses its default must have a value.
fn of_constraint(there: There<'_>, one: &Change<'_>, said: &mut Vec<(Field, Value)>) {
    let Some(table) = one.table.and_then(|table| there.schema.tables.get(&key(table))) else { return };
    if one.word == "drop-default" {
        let column = one.column.and_then(|column| table.columns.get(&key(column)));
        let required =
            column.is_some_and(|column| column.not_null && !column.generated && column.default.is_some());
        if required {
            said.push((change::REQUIRED, true.into()));
        }
        return;
    }
    let found = one.object.and_then(|name| table.constraints.get(&key(name)));
    if let Some(found) = found.filter(|found| !found.kind.is_empty() && one.constraint.is_none()) {
        said.push((change::CONSTRAINT, found.kind.into()));
    }
}

/// Keys and indexes over several columns that go with a column, where the others stay.
fn along(ups: &Ups, there: There<'_>, one: &Change<'_>, said: &mut Vec<(Field, Value)>) {
    let (Some(name), Some(column)) = (one.table, one.column.map(key)) else { return };
    let own = key(name);
    // Made anew, in another form.
    if ups.keyed.contains(&own) {
        return;
    }
    let Some(table) = there.table(name) else { return };
    let others_stay = |columns: &[String]| {
        let goes = |other: &String| ups.dropped.contains(&(own.clone(), key(other)));
        columns.iter().any(|other| key(other) == column) && columns.iter().any(|other| !goes(other))
    };
    let words = |columns: &[String]| columns.join(", ");
    let mut gone: Vec<String> = Vec::new();
    for constraint in table.constraints.values() {
        let kind = match constraint.kind {
            "primary-key" => "primary key",
            "unique" => "unique constraint",
            "foreign-key" => "foreign key",
            _ => continue,
        };
        if others_stay(&constraint.columns) && there.moment.trusts(constraint.known) {
            gone.push(format!("the {kind} `{}` ({})", constraint.name, words(&constraint.columns)));
        }
    }
    for index in table.indexes.values().filter(|index| there.moment.trusts(index.known)) {
        let columns: Vec<String> = index.columns.iter().flatten().cloned().collect();
        if others_stay(&columns) {
            let kind = if index.unique { "unique index" } else { "index" };
            gone.push(format!("the {kind} `{}` ({})", index.name, words(&columns)));
        }
    }
    let words = match gone.as_slice() {
        [] => return,
        [one] => one.clone(),
        [one, other] => format!("{one} and {other}"),
        [one, more @ ..] => format!("{one} and {} more", more.len()),
    };
    said.push((change::TAKES_ALONG, words.into()));
}
