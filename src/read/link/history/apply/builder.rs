//! What calls of TypeORM's schema builder do beyond their SQL twins: a changed column may be dropped and
//! added again, and the names that TypeORM made up follow what they were made of.

use std::sync::Arc;

use super::make::{add_constraint_to, canonical_type};
use super::{Outcome, Step};
use crate::facts::schema::{Known, Table, key};
use crate::read::migration::naming;
use crate::syntax::sql::{plain_type, shape};

impl Step<'_, '_> {
    /// `changeColumn`, where its new description is wholly known.
    pub(super) fn change_column(&mut self) -> Option<Outcome> {
        let (change, known, made) = (self.change, self.known(), self.moment.made);
        if !change.builder || change.word != "alter-column" {
            return None;
        }
        let mut shape = change.sql.and_then(shape::added_column)?;
        let (own, old) = (self.table_key()?, key(change.column?));
        let outcome = self.about_column();
        let new_type = shape.data_type.as_deref().map(|written| canonical_type(self.schema, written));
        let there = self.schema.tables.get(&own).and_then(|table| table.columns.get(&old));
        let old_type = there.and_then(|column| column.data_type.clone());
        let anew = old_type.zip(new_type.clone()).is_some_and(|(old, new)| compared(&old) != compared(&new));
        if anew {
            // Nothing of the old column stays: not its rows, not its indexes.
            self.drop_column();
            let mut table = self.take_table()?;
            table.gone.remove(&key(&shape.name));
            super::make::add_column_to(&mut table, self.schema, shape, made, known);
            self.schema.tables.insert(own, table);
            return Some(outcome);
        }
        if key(&shape.name) != old {
            self.rename_column();
        }
        let mut table = self.take_table()?;
        let met = table.columns.contains_key(&key(&shape.name));
        let position = if met { 0 } else { super::make::next_position(&mut table) };
        let entry = table.columns.entry(key(&shape.name));
        let slot =
            entry.or_insert_with(|| Arc::new(super::make::unknown_column(&shape.name, position, known)));
        let column = Arc::make_mut(slot);
        column.data_type = new_type.or(column.data_type.take());
        column.not_null = shape.not_null;
        column.default = shape.default.take();
        column.generated = shape.generated;
        column.defined = true;
        column.known = Known { at: known.at, sure: known.sure && column.known.sure };
        let alone = |table: &Table, kind: &str| {
            let of_kind = |kind: &str, columns: &[String]| {
                matches!(columns, [one] if key(one) == key(&shape.name)) && kind != "foreign-key"
            };
            table
                .constraints
                .iter()
                .find(|(_, own)| own.kind == kind && of_kind(kind, &own.columns))
                .map(|(name, _)| name.clone())
        };
        for kind in ["primary-key", "unique"] {
            let wanted = shape.constraints.iter().find(|own| own.kind == kind).cloned();
            match (alone(&table, kind), wanted) {
                (Some(name), None) => {
                    table.constraints.remove(&name);
                    self.schema.index_tables.remove(&name);
                }
                (None, Some(wanted)) => add_constraint_to(&mut table, self.schema, wanted, made, known),
                _ => {}
            }
        }
        self.schema.tables.insert(own, table);
        Some(outcome)
    }

    /// Renames what bears a name that TypeORM made up of the old names of the table and of a column.
    pub(super) fn follow_names(&mut self, own: &str, old_table: &str, column: Option<(&str, &str)>) {
        if !self.change.builder {
            return;
        }
        let Some(table) = self.schema.tables.get_mut(own) else { return };
        let new_table = table.name.clone();
        let before = |columns: &[String]| -> Vec<String> {
            let old = |name: &String| match column {
                Some((old, new)) if key(new) == key(name) => old.to_owned(),
                _ => name.clone(),
            };
            columns.iter().map(old).collect()
        };
        let renamed = |kind: &str, name: &str, columns: &[String]| -> Option<String> {
            let made_up = naming::over(kind, old_table, &before(columns))?;
            if made_up == name { naming::over(kind, &new_table, columns) } else { None }
        };
        let mut names: Vec<(String, String)> = Vec::new();
        let constraints = std::mem::take(&mut table.constraints);
        for (_, mut constraint) in constraints {
            if let Some(new) = renamed(constraint.kind, &constraint.name, &constraint.columns) {
                names.push((key(&constraint.name), key(&new)));
                Arc::make_mut(&mut constraint).name = new;
            }
            table.constraints.insert(key(&constraint.name), constraint);
        }
        for (_, mut index) in std::mem::take(&mut table.indexes) {
            let columns: Vec<String> = index.columns.iter().flatten().cloned().collect();
            if let Some(new) = renamed("index", &index.name, &columns) {
                names.push((key(&index.name), key(&new)));
                Arc::make_mut(&mut index).name = new;
            }
            table.indexes.insert(key(&index.name), index);
        }
        for (old, new) in names {
            if let Some(owner) = self.schema.index_tables.remove(&old) {
                self.schema.index_tables.insert(new, owner);
            }
        }
    }

    /// `dropColumn` takes the enum that was made for the column.
    pub(super) fn take_enum(&mut self, table: &str, column: &str) {
        let own = key(&naming::of_enum(table, column));
        if self.change.builder && self.schema.types.remove(&own).is_some() {
            self.gone.insert(format!("type {own}"), self.known());
        }
    }
}

/// What TypeORM compares: the type's name, whether it is an array, and the length of texts and bits;
/// precision and scale it changes in place.
fn compared(canonical: &str) -> (String, String) {
    let plain = plain_type(canonical);
    let name = plain.split(['(', '[']).next().unwrap_or_default().to_owned();
    let sized = matches!(name.as_str(), "varchar" | "char" | "bit" | "varbit");
    let length = if sized { plain.split_once('(').map_or("", |(_, rest)| rest) } else { "" };
    let array = if plain.ends_with("[]") { "[]" } else { "" };
    (name, format!("{length}{array}"))
}
