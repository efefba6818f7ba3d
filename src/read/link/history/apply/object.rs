//! Constraints, indexes, types and views.

use std::sync::Arc;

use super::make::{add_constraint_to, add_index_to, canonical_type};
use super::{Outcome, Step, index_key};
use crate::facts::schema::{Known, Type, View, key, last_part};
use crate::syntax::sql::shape::{self, ConstraintShape};

impl Step<'_, '_> {
    pub(super) fn add_constraint(&mut self) -> Outcome {
        let (known, made, change) = (self.known(), self.moment.made, self.change);
        let mut outcome = Outcome { table_made: self.table_made(), ..Outcome::default() };
        let Some(own) = self.table_key() else { return outcome };
        let written = change.sql.and_then(shape::added_constraint);
        let shape = written.unwrap_or_else(|| ConstraintShape {
            name: change.object.map(str::to_owned),
            kind: change.constraint.unwrap_or_default(),
            columns: change.keys(),
            references: change.references.map(str::to_owned),
            ..ConstraintShape::default()
        });
        let there = self
            .schema
            .tables
            .get(&own)
            .and_then(|table| shape.name.as_deref().and_then(|name| table.constraints.get(&key(name))));
        outcome.exists = there.and_then(|there| self.moment.trusts(there.known).then_some(true));
        outcome.object_made = there.and_then(|there| there.made);
        if shape.kind == "foreign-key" && !shape.columns.is_empty() {
            outcome.foreign_key = Some((own.clone(), shape.columns.clone()));
        }
        let Some(mut table) = self.take_table() else { return outcome };
        add_constraint_to(&mut table, self.schema, shape, made, known);
        self.schema.tables.insert(own, table);
        outcome
    }

    pub(super) fn drop_constraint(&mut self) -> Outcome {
        let mut outcome = Outcome { table_made: self.table_made(), ..Outcome::default() };
        let (moment, object) = (self.moment, self.change.object.map(key));
        let known = self.known();
        let Some(table) = self.table() else { return outcome };
        let found = match object {
            Some(name) => {
                let found = table.constraints.remove(&name);
                outcome.exists = match &found {
                    Some(found) if moment.trusts(found.known) => Some(true),
                    Some(_) => None,
                    None => self.gone_object(&name),
                };
                if found.is_some() {
                    self.schema.index_tables.remove(&name);
                }
                self.note_gone(&name, known);
                found
            }
            None => {
                let keys = table.constraints.iter().find(|(_, constraint)| constraint.kind == "primary-key");
                let name = keys.map(|(name, _)| name.clone());
                let found = name.and_then(|name| table.constraints.remove(&name));
                if let Some(found) = &found {
                    self.schema.index_tables.remove(&key(&found.name));
                }
                found
            }
        };
        self.take_references(found.as_ref().map(|found| found.columns.as_slice()));
        outcome
    }

    pub(super) fn rename_constraint(&mut self) -> Outcome {
        let outcome = Outcome { table_made: self.table_made(), ..Outcome::default() };
        let (Some(own), Some(old), Some(new_name)) =
            (self.table_key(), self.change.object.map(key), self.change.new_name)
        else {
            return outcome;
        };
        let Some(table) = self.schema.tables.get_mut(&own) else { return outcome };
        if let Some(mut found) = table.constraints.remove(&old) {
            new_name.clone_into(&mut Arc::make_mut(&mut found).name);
            table.constraints.insert(key(new_name), found);
            if let Some(owner) = self.schema.index_tables.remove(&old) {
                self.schema.index_tables.insert(key(new_name), owner);
            }
        }
        outcome
    }

    pub(super) fn create_index(&mut self) -> Outcome {
        let (known, made, change) = (self.known(), self.moment.made, self.change);
        let mut outcome = Outcome { table_made: self.table_made(), ..Outcome::default() };
        let Some(own) = self.table_key() else { return outcome };
        let written = change.sql.and_then(shape::index);
        let index = written.unwrap_or_else(|| shape::IndexShape {
            name: change.object.map(str::to_owned),
            unique: change.unique,
            columns: change.keys().into_iter().map(Some).collect(),
            whole: true,
            ..shape::IndexShape::default()
        });
        if let Some(name) = &index.name {
            // MySQL's indexes have a name in their table alone.
            let there =
                self.schema.tables.get(&own).and_then(|table| table.indexes.get(&key(last_part(name))));
            outcome.exists = there.and_then(|there| self.moment.trusts(there.known).then_some(true));
            outcome.object_made = there.and_then(|there| there.made);
            if change.lenient && there.is_some() {
                return outcome;
            }
            self.gone.remove(&index_key(name));
            self.schema.loose_indexes.remove(&key(last_part(name)));
        }
        let Some(mut table) = self.take_table() else { return outcome };
        add_index_to(&mut table, self.schema, index, made, known);
        self.schema.tables.insert(own, table);
        outcome
    }

    pub(super) fn drop_index(&mut self) -> Outcome {
        let mut outcome = Outcome { table_made: self.table_made(), ..Outcome::default() };
        let Some(object) = self.change.object else { return outcome };
        let (name, known) = (key(last_part(object)), self.known());
        let owner = self.schema.index_tables.remove(&name);
        let owner = self.table_key().or(owner);
        let table = owner.as_ref().and_then(|owner| self.schema.tables.get_mut(owner));
        let found = table.and_then(|table| {
            outcome.table_made = table.made;
            table.constraints.remove(&name);
            table.indexes.remove(&name)
        });
        outcome.exists = match &found {
            Some(found) => self.moment.trusts(found.known).then_some(true),
            None => self
                .gone
                .get(&index_key(object))
                .and_then(|gone| (self.moment.trusts(*gone)).then_some(false)),
        };
        self.schema.loose_indexes.remove(&name);
        self.gone.insert(index_key(object), known);
        let keys = found.map(|found| found.columns.iter().flatten().cloned().collect::<Vec<_>>());
        self.take_references_to(owner.as_deref(), keys.as_deref());
        outcome
    }

    /// With CASCADE, what refers to the keys that are taken goes with them; whether it does is not known
    /// where these are not.
    fn take_references(&mut self, keys: Option<&[String]>) {
        self.take_references_to(self.table_key().as_deref(), keys);
    }

    pub(super) fn take_references_to(&mut self, owner: Option<&str>, keys: Option<&[String]>) {
        if !self.change.cascade {
            return;
        }
        let known = self.known();
        let same = |targets: &[String], keys: &[String]| {
            targets.len() == keys.len() && keys.iter().all(|own| targets.iter().any(|to| key(to) == key(own)))
        };
        for (table, inner) in &mut self.schema.tables {
            let gone = &mut *self.gone;
            inner.constraints.retain(|name, constraint| {
                let to = constraint.references.as_deref().map(key);
                if to.is_none() || owner.is_some_and(|owner| to.as_deref() != Some(owner)) {
                    return true;
                }
                match keys.filter(|_| owner.is_some() && !constraint.targets.is_empty()) {
                    Some(keys) if known.sure => {
                        let goes = same(&constraint.targets, keys);
                        if goes {
                            gone.insert(format!("constraint {table}.{name}"), known);
                        }
                        !goes
                    }
                    Some(keys) if !same(&constraint.targets, keys) => true,
                    _ => {
                        Arc::make_mut(constraint).known = Known { at: known.at, sure: false };
                        true
                    }
                }
            });
        }
    }

    pub(super) fn rename_index(&mut self) -> Outcome {
        let (Some(object), Some(new_name)) = (self.change.object, self.change.new_name) else {
            return Outcome::default();
        };
        let (old, new) = (key(last_part(object)), key(last_part(new_name)));
        let Some(owner) = self.schema.index_tables.remove(&old) else { return Outcome::default() };
        if let Some(table) = self.schema.tables.get_mut(&owner) {
            if let Some(mut index) = table.indexes.remove(&old) {
                last_part(new_name).clone_into(&mut Arc::make_mut(&mut index).name);
                table.indexes.insert(new.clone(), index);
            }
            if let Some(mut constraint) = table.constraints.remove(&old) {
                last_part(new_name).clone_into(&mut Arc::make_mut(&mut constraint).name);
                table.constraints.insert(new.clone(), constraint);
            }
        }
        self.schema.index_tables.insert(new, owner);
        Outcome::default()
    }

    pub(super) fn gone_object(&self, name: &str) -> Option<bool> {
        let table = self.table_key()?;
        let gone = self.gone.get(&format!("constraint {table}.{name}"))?;
        self.moment.trusts(*gone).then_some(false)
    }

    pub(super) fn note_gone(&mut self, name: &str, known: Known) {
        if let Some(table) = self.table_key() {
            self.gone.insert(format!("constraint {table}.{name}"), known);
        }
    }

    pub(super) fn types(&mut self) -> Outcome {
        let (change, known, made) = (self.change, self.known(), self.moment.made);
        let Some(object) = change.object else { return Outcome::default() };
        let (own, gone) = (key(object), format!("type {}", key(object)));
        let there = self.schema.types.get(&own);
        let exists = match there {
            Some(found) => (found.made.is_some() && self.moment.trusts(found.known)).then_some(true),
            None => self.gone.get(&gone).and_then(|gone| self.moment.trusts(*gone).then_some(false)),
        };
        let values = there.and_then(|found| found.values.as_ref());
        let value = shape::quoted(change.text).into_iter().next();
        let exists = match (change.word, exists) {
            ("add-enum-value", Some(true)) => {
                values.zip(value).map(|(values, value)| values.contains(&value))
            }
            (_, exists) => exists,
        };
        let outcome =
            Outcome { exists, object_made: there.and_then(|found| found.made), ..Outcome::default() };
        match change.word {
            "create-type" => {
                self.gone.remove(&gone);
                let values = shape::enum_values(change.text);
                let name = object.to_owned();
                self.schema.types.insert(own, Type { name, values, made, known });
            }
            "drop-type" => {
                self.schema.types.remove(&own);
                self.gone.insert(gone, known);
            }
            "add-enum-value" => {
                let values = self.schema.types.get_mut(&own).and_then(|found| found.values.as_mut());
                if let (Some(values), [value, rest @ ..]) = (values, shape::quoted(change.text).as_slice())
                    && !values.contains(value)
                {
                    let before = change.text.to_ascii_uppercase().contains(" BEFORE ");
                    let beside = rest.first().and_then(|other| values.iter().position(|own| own == other));
                    let at = beside.map_or(values.len(), |at| if before { at } else { at + 1 });
                    values.insert(at, value.clone());
                }
            }
            "rename-enum-value" => {
                let values = self.schema.types.get_mut(&own).and_then(|found| found.values.as_mut());
                if let (Some(values), [old, new, ..]) = (values, shape::quoted(change.text).as_slice()) {
                    values.iter_mut().filter(|value| *value == old).for_each(|value| value.clone_from(new));
                }
            }
            _ => self.rename_type(&own, known),
        }
        outcome
    }

    /// `ALTER TYPE a RENAME TO b`: columns of the type follow.
    pub(super) fn rename_type(&mut self, old: &str, known: Known) {
        let Some(new_name) = self.change.new_name.filter(|_| self.change.column.is_none()) else { return };
        let Some(mut found) = self.schema.types.remove(old) else { return };
        let written = match found.name.rsplit_once('.') {
            Some((schema, _)) if !new_name.contains('.') => format!("{schema}.{new_name}"),
            _ => new_name.to_owned(),
        };
        let (old_type, new_type) =
            (canonical_type(self.schema, &found.name), canonical_type(self.schema, &written));
        for column in self.schema.tables.values_mut().flat_map(|table| table.columns.values_mut()) {
            let arrays = column.data_type.as_deref().and_then(|own| own.strip_prefix(old_type.as_str()));
            if let Some(arrays) = arrays.filter(|arrays| arrays.is_empty() || arrays.starts_with("[]")) {
                let followed = format!("{new_type}{arrays}");
                Arc::make_mut(column).data_type = Some(followed);
            }
        }
        found.known = Known { at: known.at, sure: known.sure && found.known.sure };
        found.name.clone_from(&written);
        self.gone.insert(format!("type {old}"), known);
        self.schema.types.insert(key(&written), found);
    }

    pub(super) fn views(&mut self) -> Outcome {
        let (change, known, made) = (self.change, self.known(), self.moment.made);
        let Some(object) = change.object else { return Outcome::default() };
        let (own, gone) = (key(object), format!("view {}", key(object)));
        let there = self.schema.views.get(&own);
        let exists = match there {
            Some(found) => self.moment.trusts(found.known).then_some(true),
            None => self.gone.get(&gone).and_then(|gone| self.moment.trusts(*gone).then_some(false)),
        };
        let outcome =
            Outcome { exists, object_made: there.and_then(|found| found.made), ..Outcome::default() };
        if change.word == "create-view" {
            self.gone.remove(&gone);
            let (name, text) = (object.to_owned(), change.text.to_lowercase().into());
            self.schema.views.insert(own, View { name, text, made, known });
        } else {
            self.schema.views.remove(&own);
            self.gone.insert(gone, known);
        }
        outcome
    }
}
