//! Applies one change to a schema, as PostgreSQL would. What the history never made is taken as it
//! comes: nothing is known of it beyond its name.

mod builder;
mod make;
mod object;
mod table;

use super::change::Change;
use super::types;
use crate::facts::schema::{Known, Made, Schema, Table, key, last_part};

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
    /// Of a column that it drops: what it was, where the history made it.
    pub old_column: Option<OldColumn>,
    /// The columns that an added foreign key refers from, with the key of their table.
    pub foreign_key: Option<(String, Vec<String>)>,
    /// Who made what it makes again.
    pub object_made: Option<Made>,
}

/// A column that is gone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OldColumn {
    pub default: Option<String>,
    pub not_null: bool,
    /// A constraint or an index that goes with it.
    pub holds: Option<String>,
}

impl Moment {
    fn known(self, change: &Change<'_>) -> Known {
        Known { at: self.at, sure: change.sure }
    }

    pub fn trusts(self, known: Known) -> bool {
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
        // An index or a trigger on a view makes no table of it.
        if self.schema.views.contains_key(&key(name)) {
            return None;
        }
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
}

/// The name under which an index is noted as gone.
pub fn index_key(name: &str) -> String {
    format!("index {}", key(last_part(name)))
}
