//! Applies one change to a schema, as `PostgreSQL` would. What the history never made is taken as it
//! comes: nothing is known of it beyond its name.

use std::sync::Arc;

use super::change::Change;
use super::types;
use crate::facts::schema::{
    Column, Constraint, Index, Known, Made, Schema, Table, Type, View, key, last_part,
};
use crate::syntax::sql::shape::{self, ColumnShape, ConstraintShape};

/// Where in the history a change stands.
#[derive(Clone, Copy, Debug)]
pub struct Moment {
    pub made: Option<Made>,
    /// Counts changes.
    pub at: u32,
    /// The last change of which nobody knows what it did.
    pub shaken: u32,
}

/// What was so before the change, and what it is about.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Outcome {
    /// Whether the object that it makes, takes or changes was there; none where that is not known.
    pub exists: Option<bool>,
    /// Who made its table, and whether that is known.
    pub table_made: Option<Made>,
    pub column_made: Option<Made>,
    pub type_change: Option<&'static str>,
    pub old_type: Option<String>,
    /// The columns that an added foreign key refers from, with the key of their table.
    pub foreign_key: Option<(String, Vec<String>)>,
    /// Who made what it makes again.
    pub object_made: Option<Made>,
}

impl Moment {
    fn known(self, change: &Change<'_>) -> Known {
        Known { at: self.at, sure: change.sure }
    }

    fn trusts(self, known: Known) -> bool {
        known.sure && known.at > self.shaken
    }
}

/// Whether the replay keeps track of what such a change does.
pub fn is_tracked(word: &str) -> bool {
    matches!(
        word,
        "create-table"
            | "drop-table"
            | "rename-table"
            | "add-column"
            | "drop-column"
            | "rename-column"
            | "alter-column-type"
            | "alter-column"
            | "set-default"
            | "drop-default"
            | "set-not-null"
            | "drop-not-null"
            | "add-constraint"
            | "drop-constraint"
            | "rename-constraint"
            | "create-index"
            | "drop-index"
            | "rename-index"
            | "create-type"
            | "drop-type"
            | "alter-type"
            | "add-enum-value"
            | "rename-enum-value"
            | "create-view"
            | "drop-view"
    )
}

/// Whether the change may do anything at all to the schema, unseen.
pub fn is_opaque(word: &str) -> bool {
    matches!(
        word,
        "do-block" | "call" | "unknown" | "drop-schema" | "drop-database" | "alter-schema" | "alter-database"
    )
}

/// Applies the change. `gone` notes tables that are certainly not there any more.
pub fn apply(schema: &mut Schema, gone: &mut Gone, change: &Change<'_>, moment: Moment) -> Outcome {
    let mut step = Step { schema, gone, change, moment };
    match change.word {
        "create-table" => step.create_table(),
        "drop-table" => step.drop_table(),
        "rename-table" => step.rename_table(),
        "add-column" => step.add_column(),
        "drop-column" => step.drop_column(),
        "rename-column" => step.rename_column(),
        "alter-column-type" | "alter-column" | "set-default" | "drop-default" | "set-not-null"
        | "drop-not-null" => step.alter_column(),
        "add-constraint" => step.add_constraint(),
        "drop-constraint" => step.drop_constraint(),
        "rename-constraint" => step.rename_constraint(),
        "create-index" => step.create_index(),
        "drop-index" => step.drop_index(),
        "rename-index" => step.rename_index(),
        "create-type" | "drop-type" | "alter-type" | "add-enum-value" | "rename-enum-value" => step.types(),
        "create-view" | "drop-view" => step.views(),
        _ => Outcome { table_made: step.table_made(), ..Outcome::default() },
    }
}

/// Tables, types, views and indexes that are certainly gone, with the change that took them.
pub type Gone = std::collections::BTreeMap<String, Known>;

struct Step<'s, 'c> {
    schema: &'s mut Schema,
    gone: &'s mut Gone,
    change: &'c Change<'c>,
    moment: Moment,
}

impl Step<'_, '_> {
    fn known(&self) -> Known {
        self.moment.known(self.change)
    }

    fn table_key(&self) -> Option<String> {
        self.change.table.map(key)
    }

    fn table_made(&self) -> Option<Made> {
        self.schema.tables.get(&self.table_key()?)?.made
    }

    /// Whether a table is there.
    fn has_table(&self, name: &str) -> Option<bool> {
        if let Some(table) = self.schema.tables.get(name) {
            let known = table.made.is_some() && self.moment.trusts(table.known);
            return known.then_some(true);
        }
        let gone = self.gone.get(name)?;
        self.moment.trusts(*gone).then_some(false)
    }

    /// The table that the change is about; one that the history never made is met here.
    fn table(&mut self) -> Option<&mut Table> {
        let name = self.change.table?;
        let known = self.known();
        Some(self.schema.tables.entry(key(name)).or_insert_with(|| Table::new(name, None, known)))
    }

    fn has_column(&self, table: &str, column: &str) -> Option<bool> {
        let table = self.schema.tables.get(table)?;
        if let Some(column) = table.columns.get(column) {
            return self.moment.trusts(column.known).then_some(true);
        }
        if let Some(gone) = table.gone.get(column) {
            return self.moment.trusts(*gone).then_some(false);
        }
        (table.whole && self.moment.trusts(table.known)).then_some(false)
    }

    fn create_table(&mut self) -> Outcome {
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
        if let Some(shape) = shape::table(change.text) {
            table.whole = shape.whole;
            for column in shape.columns {
                add_column_to(&mut table, self.schema, column, self.moment.made, known);
            }
            for constraint in shape.constraints {
                add_constraint_to(&mut table, self.schema, constraint, self.moment.made, known);
            }
            for index in shape.indexes {
                add_index_to(&mut table, self.schema, index, self.moment.made, known);
            }
        }
        self.schema.tables.insert(own, table);
        outcome
    }

    fn drop_table(&mut self) -> Outcome {
        let Some(own) = self.table_key() else { return Outcome::default() };
        let outcome =
            Outcome { exists: self.has_table(&own), table_made: self.table_made(), ..Outcome::default() };
        let known = self.known();
        if let Some(table) = self.schema.tables.remove(&own) {
            for index in table.indexes.keys().chain(table.constraints.keys()) {
                if self.schema.index_tables.get(index) == Some(&own) {
                    self.schema.index_tables.remove(index);
                }
            }
        }
        if self.change.cascade {
            for table in self.schema.tables.values_mut() {
                table.constraints.retain(|_, constraint| {
                    constraint.references.as_deref().is_none_or(|target| key(target) != own)
                });
            }
        }
        self.gone.insert(own, known);
        outcome
    }

    fn rename_table(&mut self) -> Outcome {
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
        for owner in self.schema.index_tables.values_mut().filter(|owner| **owner == own) {
            owner.clone_from(&new);
        }
        for constraint in self.schema.tables.values_mut().flat_map(|table| table.constraints.values_mut()) {
            if constraint.references.as_deref().is_some_and(|target| key(target) == own) {
                Arc::make_mut(constraint).references = Some(written.clone());
            }
        }
        self.gone.remove(&new);
        self.gone.insert(own, known);
        self.schema.tables.insert(new, table);
        outcome
    }

    fn add_column(&mut self) -> Outcome {
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
        let written = if change.builder { None } else { shape::added_column(change.text) };
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
    fn take_table(&mut self) -> Option<Table> {
        self.table()?;
        self.schema.tables.remove(&self.table_key()?)
    }

    fn about_column(&self) -> Outcome {
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

    fn drop_column(&mut self) -> Outcome {
        let (outcome, known) = (self.about_column(), self.known());
        let (Some(own), Some(column)) = (self.table_key(), self.change.column.map(key)) else {
            return outcome;
        };
        let Some(mut table) = self.take_table() else { return outcome };
        table.columns.remove(&column);
        let holds = |columns: &[String]| columns.iter().any(|own| key(own) == column);
        let index_tables = &mut self.schema.index_tables;
        table.constraints.retain(|name, constraint| {
            let stays = !holds(&constraint.columns)
                && !(constraint.kind == "check" && says(&constraint.text, &column));
            if !stays {
                index_tables.remove(name);
            }
            stays
        });
        table.indexes.retain(|name, index| {
            let stays =
                !index.columns.iter().flatten().any(|own| key(own) == column) && !says(&index.text, &column);
            if !stays {
                index_tables.remove(name);
            }
            stays
        });
        table.gone.insert(column, known);
        self.schema.tables.insert(own, table);
        outcome
    }

    fn rename_column(&mut self) -> Outcome {
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
            if constraint.columns.iter().any(|own| key(own) == old) {
                rename(&mut Arc::make_mut(constraint).columns);
            }
        }
        for index in table.indexes.values_mut() {
            if index.columns.iter().flatten().any(|own| key(own) == old) {
                let columns = &mut Arc::make_mut(index).columns;
                columns
                    .iter_mut()
                    .flatten()
                    .filter(|own| key(own) == old)
                    .for_each(|own| new_name.clone_into(own));
            }
        }
        outcome
    }

    fn alter_column(&mut self) -> Outcome {
        let (mut outcome, known, change) = (self.about_column(), self.known(), self.change);
        let Some(name) = change.column else { return outcome };
        let new_type = change.data_type.map(shape::canonical_type);
        let Some(table) = self.table() else { return outcome };
        let position = next_position(table);
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
                    outcome.type_change = types::change(old, new).filter(|_| !same_enum || known.sure);
                }
                // MySQL's MODIFY says the whole definition, of which only the type is read.
                if !change.text.get(..5).is_some_and(|head| head.eq_ignore_ascii_case("ALTER")) {
                    column.defined = false;
                }
                column.data_type = new_type;
            }
            // A builder call: what else it says of the column is not read.
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

    fn add_constraint(&mut self) -> Outcome {
        let (known, made, change) = (self.known(), self.moment.made, self.change);
        let mut outcome = Outcome { table_made: self.table_made(), ..Outcome::default() };
        let Some(own) = self.table_key() else { return outcome };
        let written = if change.builder { None } else { shape::added_constraint(change.text) };
        let shape = written.unwrap_or_else(|| ConstraintShape {
            name: change.object.map(str::to_owned),
            columns: change.column.map(str::to_owned).into_iter().collect(),
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

    fn drop_constraint(&mut self) -> Outcome {
        let mut outcome = Outcome { table_made: self.table_made(), ..Outcome::default() };
        let (moment, object) = (self.moment, self.change.object.map(key));
        let known = self.known();
        let Some(table) = self.table() else { return outcome };
        match object {
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
            }
            None => table.constraints.retain(|_, constraint| constraint.kind != "primary-key"),
        }
        outcome
    }

    fn rename_constraint(&mut self) -> Outcome {
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

    fn create_index(&mut self) -> Outcome {
        let (known, made, change) = (self.known(), self.moment.made, self.change);
        let mut outcome = Outcome { table_made: self.table_made(), ..Outcome::default() };
        let Some(own) = self.table_key() else { return outcome };
        let written = if change.builder { None } else { shape::index(change.text) };
        let index = written.unwrap_or_else(|| shape::IndexShape {
            name: change.object.map(str::to_owned),
            columns: change.column.map(str::to_owned).into_iter().map(Some).collect(),
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

    fn drop_index(&mut self) -> Outcome {
        let mut outcome = Outcome { table_made: self.table_made(), ..Outcome::default() };
        let Some(object) = self.change.object else { return outcome };
        let (name, known) = (key(last_part(object)), self.known());
        let owner = self.schema.index_tables.remove(&name);
        let owner = self.table_key().or(owner);
        let table = owner.and_then(|owner| self.schema.tables.get_mut(&owner));
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
        outcome
    }

    fn rename_index(&mut self) -> Outcome {
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

    fn gone_object(&self, name: &str) -> Option<bool> {
        let table = self.table_key()?;
        let gone = self.gone.get(&format!("constraint {table}.{name}"))?;
        self.moment.trusts(*gone).then_some(false)
    }

    fn note_gone(&mut self, name: &str, known: Known) {
        if let Some(table) = self.table_key() {
            self.gone.insert(format!("constraint {table}.{name}"), known);
        }
    }

    fn types(&mut self) -> Outcome {
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
    fn rename_type(&mut self, old: &str, known: Known) {
        let Some(new_name) = self.change.new_name.filter(|_| self.change.column.is_none()) else { return };
        let Some(mut found) = self.schema.types.remove(old) else { return };
        let written = match found.name.rsplit_once('.') {
            Some((schema, _)) if !new_name.contains('.') => format!("{schema}.{new_name}"),
            _ => new_name.to_owned(),
        };
        let (old_type, new_type) = (shape::canonical_type(&found.name), shape::canonical_type(&written));
        for column in self.schema.tables.values_mut().flat_map(|table| table.columns.values_mut()) {
            if column.data_type.as_deref() == Some(old_type.as_str()) {
                Arc::make_mut(column).data_type = Some(new_type.clone());
            }
        }
        found.known = Known { at: known.at, sure: known.sure && found.known.sure };
        found.name.clone_from(&written);
        self.gone.insert(format!("type {old}"), known);
        self.schema.types.insert(key(&written), found);
    }

    fn views(&mut self) -> Outcome {
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
            self.schema.views.insert(own, View { name: object.to_owned(), made, known });
        } else {
            self.schema.views.remove(&own);
            self.gone.insert(gone, known);
        }
        outcome
    }
}

/// The name under which an index is noted as gone.
pub fn index_key(name: &str) -> String {
    format!("index {}", key(last_part(name)))
}

/// Whether a definition's words name a column.
fn says(text: &str, column: &str) -> bool {
    text.to_lowercase()
        .split(|char: char| !char.is_alphanumeric() && !matches!(char, '_' | '$'))
        .any(|word| word == column)
}

/// The place of a column that comes in.
fn next_position(table: &mut Table) -> u32 {
    table.ever += 1;
    table.ever - 1
}

fn unknown_column(name: &str, position: u32, known: Known) -> Column {
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

fn add_column_to(
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

fn add_constraint_to(
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
        let middle = match shape.kind {
            "primary-key" => String::new(),
            _ => columns.iter().map(|column| format!("_{column}")).collect(),
        };
        format!("{table}{middle}_{suffix}")
    });
    let own = key(&name);
    if matches!(shape.kind, "primary-key" | "unique" | "exclude") {
        schema.index_tables.insert(own.clone(), key(&table.name));
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

fn constraint_suffix(kind: &str) -> &'static str {
    match kind {
        "primary-key" => "pkey",
        "foreign-key" => "fkey",
        "unique" => "key",
        "exclude" => "excl",
        _ => "check",
    }
}

fn add_index_to(
    table: &mut Table,
    schema: &mut Schema,
    shape: shape::IndexShape,
    made: Option<Made>,
    known: Known,
) {
    let name = shape.name.as_deref().map_or_else(
        || {
            let columns: String = shape
                .columns
                .iter()
                .map(|column| format!("_{}", column.as_deref().unwrap_or("expr")))
                .collect();
            format!("{}{columns}_idx", last_part(&table.name))
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
