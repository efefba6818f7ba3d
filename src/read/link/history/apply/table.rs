//! Tables and their columns.

use std::sync::Arc;

use rustc_hash::FxHashMap;

use super::make::{
    add_column_to, add_constraint_to, add_index_to, canonical_type, next_position, says, unknown_column,
};
use super::{OldColumn, Outcome, Step, types};
use crate::facts::schema::{Known, Table, Type, View, has_key, key, last_part};
use crate::read::link::history::home;
use crate::syntax::sql::shape::{self, ColumnShape, ConstraintShape};

impl<'c> Step<'_, 'c> {
    pub(super) fn create_table(&mut self) -> Outcome {
        let (change, known) = (self.change, self.known());
        let Some(name) = change.table else { return Outcome::default() };
        let own = key(name);
        let exists = if change.temporary { None } else { self.has_table(&own) };
        let there = self.schema.tables.get(&own);
        let object_made = there.and_then(|table| table.made);
        let outcome = Outcome { exists, object_made, ..Outcome::default() };
        if change.lenient && there.is_some() {
            return outcome;
        }
        self.gone.remove(&own);
        let mut table = Table::new(name, self.moment.made, known);
        table.temporary = change.temporary;
        let statements = self.statements();
        if let Some(parent) = statements.first().and_then(|statement| shape::lineage(statement).part_of) {
            table.part_of = Some(key(home::strip(self.schema.home.as_deref(), &parent)));
            self.schema.parted = true;
        }
        if let Some(shape) = statements.iter().find_map(|statement| shape::table(statement)) {
            table.whole = shape.whole;
            let (columns, constraints) = (shape.columns, shape.constraints);
            let (columns, keys, constraints) = one_index_each(columns, constraints);
            for column in columns {
                add_column_to(&mut table, self.schema, column, self.moment.made, known);
            }
            for constraint in keys.into_iter().chain(constraints) {
                add_constraint_to(&mut table, self.schema, constraint, self.moment.made, known);
            }
            for index in shape.indexes {
                add_index_to(&mut table, self.schema, index, self.moment.made, known);
            }
        }
        for index in statements.iter().skip(1).filter_map(|statement| shape::index(statement)) {
            add_index_to(&mut table, self.schema, index, self.moment.made, known);
        }
        self.schema.tables.insert(own, table);
        outcome
    }

    /// The statements of the change; the enums that a call of the builder makes are taken on.
    fn statements(&mut self) -> Vec<&'c str> {
        let Some(sql) = self.change.sql else { return Vec::new() };
        if !self.change.builder {
            return vec![sql];
        }
        let (known, made) = (self.known(), self.moment.made);
        let mut statements = shape::statements(sql);
        statements.retain(|statement| {
            let Some(name) = shape::type_name(statement) else { return true };
            self.gone.remove(&format!("type {}", key(&name)));
            let values = shape::enum_values(statement);
            // TypeORM asks first whether it is there.
            self.schema.types.entry(key(&name)).or_insert(Type { name, values, made, known });
            false
        });
        statements
    }

    pub(super) fn drop_table(&mut self) -> Outcome {
        let Some(own) = self.table_key() else { return Outcome::default() };
        let outcome =
            Outcome { exists: self.has_table(&own), table_made: self.table_made(), ..Outcome::default() };
        let known = self.known();
        for own in self.schema.with_partitions(&own) {
            let Some(table) = self.schema.tables.remove(&own) else { continue };
            for index in table.indexes.keys().chain(table.constraints.keys()) {
                if self.schema.index_tables.get(index) == Some(&own) {
                    self.schema.index_tables.remove(index);
                }
            }
        }
        if self.change.cascade {
            self.schema.each_referring(&own, |table| {
                table.constraints.retain(|_, constraint| {
                    constraint.references.as_deref().is_none_or(|target| !has_key(target, &own))
                });
            });
            self.take_views(last_part(&own), None);
        }
        self.gone.insert(own, known);
        outcome
    }

    pub(super) fn rename_table(&mut self) -> Outcome {
        let Some(own) = self.table_key() else { return Outcome::default() };
        let outcome =
            Outcome { exists: self.has_table(&own), table_made: self.table_made(), ..Outcome::default() };
        let Some(new_name) = self.change.new_name else {
            // `SET SCHEMA`
            self.schema.tables.remove(&own);
            return outcome;
        };
        // The new name stands without the schema, which stays.
        let written = match self.change.table.and_then(|table| table.rsplit_once('.')) {
            Some((schema, _)) if !new_name.contains('.') => format!("{schema}.{new_name}"),
            _ => new_name.to_owned(),
        };
        let (new, known) = (key(&written), self.known());
        let mut table = self.schema.tables.remove(&own).unwrap_or_else(|| Table::new(&written, None, known));
        table.name.clone_from(&written);
        table.known = Known { at: known.at, sure: table.known.sure && known.sure };
        for name in table.indexes.keys().chain(table.constraints.keys()) {
            if let Some(owner) = self.schema.index_tables.get_mut(name).filter(|owner| **owner == own) {
                owner.clone_from(&new);
            }
        }
        for target in table.constraints.values().filter_map(|constraint| constraint.references.as_deref()) {
            self.schema.refer(&new, target);
        }
        let mut referring = Vec::new();
        self.schema.each_referring(&own, |other| {
            for constraint in other.constraints.values_mut() {
                if constraint.references.as_deref().is_some_and(|target| has_key(target, &own)) {
                    Arc::make_mut(constraint).references = Some(written.clone());
                    referring.push(key(&other.name));
                }
            }
        });
        for other in referring {
            self.schema.refer(&other, &written);
        }
        self.gone.remove(&new);
        self.gone.insert(own.clone(), known);
        self.schema.tables.insert(new.clone(), table);
        self.follow_names(&new, self.change.table.unwrap_or_default(), None);
        outcome
    }

    pub(super) fn add_column(&mut self) -> Outcome {
        let (change, known, made) = (self.change, self.known(), self.moment.made);
        let (Some(own), Some(column)) = (self.table_key(), change.column) else { return Outcome::default() };
        let there = self.schema.tables.get(&own).and_then(|table| table.columns.get(&key(column)));
        let mut outcome = Outcome {
            exists: self.has_column(&own, &key(column)),
            table_made: self.table_made(),
            object_made: there.and_then(|column| column.made),
            ..Outcome::default()
        };
        if change.lenient && there.is_some() {
            return outcome;
        }
        let written = self.statements().pop().and_then(shape::added_column);
        let shape = written.unwrap_or_else(|| ColumnShape {
            name: column.to_owned(),
            data_type: change.data_type.map(str::to_owned),
            default: change.default.map(str::to_owned),
            not_null: change.not_null,
            ..ColumnShape::default()
        });
        let refers = shape.constraints.iter().any(|constraint| constraint.kind == "foreign-key");
        outcome.foreign_key = refers.then(|| (own.clone(), vec![column.to_owned()]));
        let Some(mut table) = self.take_table() else { return outcome };
        table.gone.remove(&key(column));
        add_column_to(&mut table, self.schema, shape, made, known);
        self.schema.tables.insert(own, table);
        outcome
    }

    /// Takes the table out, so that it and the schema can be changed together.
    pub(super) fn take_table(&mut self) -> Option<Table> {
        self.table()?;
        self.schema.tables.remove(&self.table_key()?)
    }

    pub(super) fn about_column(&self) -> Outcome {
        let (Some(own), Some(column)) = (self.table_key(), self.change.column) else {
            return Outcome { table_made: self.table_made(), ..Outcome::default() };
        };
        let column = key(column);
        let there = self.schema.tables.get(&own).and_then(|table| table.columns.get(&column));
        Outcome {
            exists: self.has_column(&own, &column),
            table_made: self.table_made(),
            column_made: there.and_then(|column| column.made),
            old_type: there.and_then(|column| column.data_type.clone()),
            ..Outcome::default()
        }
    }

    pub(super) fn drop_column(&mut self) -> Outcome {
        let (mut outcome, known) = (self.about_column(), self.known());
        let (Some(own), Some(column)) = (self.table_key(), self.change.column.map(key)) else {
            return outcome;
        };
        let Some(mut table) = self.take_table() else { return outcome };
        let old = table.columns.remove(&column);
        let mut holder: Option<String> = None;
        let holds = |columns: &[String]| columns.iter().any(|own| has_key(own, &column));
        let index_tables = &mut self.schema.index_tables;
        table.constraints.retain(|name, constraint| {
            let checks = constraint.kind == "check" && says(&constraint.text, &column);
            let stays = !(checks || holds(&constraint.columns));
            if !stays {
                index_tables.remove(name);
                holder.get_or_insert_with(|| constraint.name.clone());
            }
            stays
        });
        table.indexes.retain(|name, index| {
            let stays = !index.columns.iter().flatten().any(|own| has_key(own, &column))
                && !says(&index.text, &column);
            if !stays {
                index_tables.remove(name);
                holder.get_or_insert_with(|| index.name.clone());
            }
            stays
        });
        let made =
            old.filter(|old| known.sure && table.whole && old.defined && self.moment.trusts(old.known));
        outcome.old_column = made.filter(|old| !old.generated).map(|old| OldColumn {
            default: old.default.clone(),
            not_null: old.not_null,
            holds: holder,
        });
        let name = table.name.clone();
        self.take_enum(&name, &column);
        table.gone.insert(column.clone(), known);
        self.schema.tables.insert(own.clone(), table);
        if self.change.cascade {
            self.take_references_to(Some(&own), Some(std::slice::from_ref(&column)));
            self.take_views(last_part(&key(&name)), Some(&column));
        }
        outcome
    }

    /// With CASCADE, views go whose words name the table, and the column where one is given.
    fn take_views(&mut self, table: &str, column: Option<&str>) {
        let known = Known { at: self.moment.at, sure: false };
        let names = |view: &View| says(&view.text, table) && column.is_none_or(|own| says(&view.text, own));
        let gone = &mut *self.gone;
        self.schema.views.retain(|name, view| {
            let goes = names(view);
            if goes {
                gone.insert(format!("view {name}"), known);
            }
            !goes
        });
    }

    pub(super) fn rename_column(&mut self) -> Outcome {
        let (outcome, known) = (self.about_column(), self.known());
        let (Some(column), Some(new_name)) = (self.change.column, self.change.new_name) else {
            return outcome;
        };
        let (old, new) = (key(column), key(new_name));
        let Some(table) = self.table() else { return outcome };
        let position = next_position(table);
        let renamed = table.columns.remove(&old);
        let mut renamed = renamed.unwrap_or_else(|| Arc::new(unknown_column(new_name, position, known)));
        let inner = Arc::make_mut(&mut renamed);
        new_name.clone_into(&mut inner.name);
        inner.known = Known { at: known.at, sure: inner.known.sure && known.sure };
        table.columns.insert(new.clone(), renamed);
        table.gone.remove(&new);
        table.gone.insert(old.clone(), known);
        let rename = |columns: &mut Vec<String>| {
            columns.iter_mut().filter(|own| key(own) == old).for_each(|own| new_name.clone_into(own));
        };
        for constraint in table.constraints.values_mut() {
            if constraint.columns.iter().any(|own| has_key(own, &old)) {
                rename(&mut Arc::make_mut(constraint).columns);
            }
            if matches!(constraint.kind, "check" | "exclude") && says(&constraint.text, &old) {
                let text = renamed_in(&constraint.text, &old, new_name);
                Arc::make_mut(constraint).text = text;
            }
        }
        for index in table.indexes.values_mut() {
            if index.columns.iter().flatten().any(|own| has_key(own, &old)) {
                let columns = &mut Arc::make_mut(index).columns;
                columns
                    .iter_mut()
                    .flatten()
                    .filter(|own| key(own) == old)
                    .for_each(|own| new_name.clone_into(own));
            }
        }
        if let Some(own) = self.table_key() {
            let others = self.schema.tables.values_mut().flat_map(|table| table.constraints.values_mut());
            for constraint in others {
                let refers = constraint.references.as_deref().is_some_and(|target| key(target) == own);
                if refers && constraint.targets.iter().any(|to| key(to) == old) {
                    rename(&mut Arc::make_mut(constraint).targets);
                }
            }
            self.follow_names(&own, self.change.table.unwrap_or_default(), Some((column, new_name)));
        }
        outcome
    }

    pub(super) fn alter_column(&mut self) -> Outcome {
        if let Some(outcome) = self.change_column() {
            return outcome;
        }
        let (mut outcome, known, change) = (self.about_column(), self.known(), self.change);
        let Some(name) = change.column else { return outcome };
        let new_type = change.data_type.map(|written| canonical_type(self.schema, written));
        let Some(table) = self.table() else { return outcome };
        let position = next_position(table);
        let indexed = change.word == "alter-column-type" && table.is_indexed(&key(name));
        let entry = table.columns.entry(key(name));
        let slot = entry.or_insert_with(|| Arc::new(unknown_column(name, position, known)));
        let column = Arc::make_mut(slot);
        if !known.sure {
            column.known.sure = false;
        }
        match change.word {
            "set-not-null" => column.not_null = true,
            "drop-not-null" => column.not_null = false,
            "drop-default" => column.default = None,
            "set-default" => column.default = change.default.map(str::to_owned),
            "alter-column-type" => {
                if let (Some(old), Some(new)) = (&column.data_type, &new_type) {
                    let same_enum = old == new;
                    outcome.type_change =
                        types::change(old, new, indexed).filter(|_| !same_enum || known.sure);
                }
                // MySQL's MODIFY says the whole definition, of which only the type is read.
                if !change.text.get(..5).is_some_and(|head| head.eq_ignore_ascii_case("ALTER")) {
                    column.defined = false;
                }
                column.data_type = new_type;
            }
            // A call of the builder of which not all is known.
            _ => {
                column.data_type = new_type;
                column.defined = false;
                if let Some(new_name) = change.new_name.filter(|new_name| key(new_name) != key(name)) {
                    let mut renamed = column.clone();
                    new_name.clone_into(&mut renamed.name);
                    table.columns.remove(&key(name));
                    table.gone.insert(key(name), known);
                    table.columns.insert(key(new_name), Arc::new(renamed));
                }
            }
        }
        outcome
    }
}

/// The keys of a new table, the primary one first, apart from the rest. Of two over the same columns
/// PostgreSQL makes one.
fn one_index_each(
    mut columns: Vec<ColumnShape>,
    constraints: Vec<ConstraintShape>,
) -> (Vec<ColumnShape>, Vec<ConstraintShape>, Vec<ConstraintShape>) {
    let is_key = |constraint: &ConstraintShape| matches!(constraint.kind, "primary-key" | "unique");
    let mut all = Vec::new();
    for column in &mut columns {
        let (keys, rest) = std::mem::take(&mut column.constraints).into_iter().partition(is_key);
        column.constraints = rest;
        let keys: Vec<ConstraintShape> = keys;
        all.extend(keys);
    }
    let (keys, rest): (Vec<_>, Vec<_>) = constraints.into_iter().partition(is_key);
    all.extend(keys);
    all.sort_by_key(|constraint| constraint.kind != "primary-key");
    let mut seen: FxHashMap<Vec<String>, usize> = FxHashMap::default();
    let mut kept: Vec<ConstraintShape> = Vec::new();
    for constraint in all {
        let own: Vec<String> = constraint.columns.iter().map(|column| key(column)).collect();
        match seen.get(&own).and_then(|&at| kept.get_mut(at)) {
            Some(before) if !own.is_empty() => before.name = before.name.take().or(constraint.name),
            _ => {
                seen.insert(own, kept.len());
                kept.push(constraint);
            }
        }
    }
    (columns, kept, rest)
}

/// An expression in which a column has its new name.
fn renamed_in(text: &str, old: &str, new: &str) -> String {
    let is_name = |char: char| char.is_alphanumeric() || matches!(char, '_' | '$');
    let mut out = String::with_capacity(text.len());
    let (mut rest, mut in_string) = (text, false);
    while let Some(char) = rest.chars().next() {
        let len = if is_name(char) {
            rest.find(|char| !is_name(char)).unwrap_or(rest.len())
        } else {
            in_string ^= char == '\'';
            char.len_utf8()
        };
        let (word, behind) = rest.split_at(len);
        out.push_str(if !in_string && word.to_lowercase() == old { new } else { word });
        rest = behind;
    }
    out
}
