//! A replayed schema: SQL-like text for people, JSON for machines. Knows no history, only what it left.

use std::fmt::Write;

use schemars::JsonSchema;
use serde::Serialize;

use super::document::print;
use super::visible;
use crate::facts::schema::{Made, Replayed, Table};

/// The schemas of `deploylint schema-at --format json`.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[schemars(title = "deploylint schema-at")]
pub struct SchemaDocument {
    /// Version of this format. Within it, fields are only added.
    #[schemars(extend("const" = 1))]
    pub schema: u32,
    /// One for each folder of migrations, by folder.
    pub histories: Vec<HistoryEntry>,
}

/// What the migrations of a folder make.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct HistoryEntry {
    /// From the root.
    pub folder: String,
    /// The database that it is for, where the folder holds one history for each of several.
    pub dialect: Option<String>,
    /// The last migration that is counted in.
    pub until: Option<String>,
    /// Number of migrations that are counted in.
    pub migrations: usize,
    pub types: Vec<TypeEntry>,
    pub tables: Vec<TableEntry>,
    pub views: Vec<ViewEntry>,
}

/// An enum, or another type, which has no values.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct TypeEntry {
    pub name: String,
    pub values: Option<Vec<String>>,
    pub made_by: Option<String>,
}

#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct TableEntry {
    pub name: String,
    /// The migration that made it; none where the history only speaks of it.
    pub made_by: Option<String>,
    /// Whether all of its columns are known.
    pub whole: bool,
    pub columns: Vec<ColumnEntry>,
    pub constraints: Vec<ConstraintEntry>,
    pub indexes: Vec<IndexEntry>,
}

#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct ColumnEntry {
    pub name: String,
    /// As PostgreSQL prints it.
    #[serde(rename = "type")]
    pub data_type: Option<String>,
    pub default: Option<String>,
    pub not_null: bool,
    /// Whether its value is made by the database.
    pub generated: bool,
    pub made_by: Option<String>,
}

#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct ConstraintEntry {
    pub name: String,
    /// `primary-key`, `foreign-key`, `unique`, `check`, `exclude`; none where it is not known.
    pub kind: Option<String>,
    pub columns: Vec<String>,
    /// The table that a foreign key points to.
    pub references: Option<String>,
    /// Its columns there; empty where they are not known.
    pub referenced_columns: Vec<String>,
    /// What deleting a row there does, such as `cascade`; none for an error.
    pub on_delete: Option<String>,
    pub on_update: Option<String>,
    /// From its kind on, as written.
    pub text: String,
    pub made_by: Option<String>,
}

#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct IndexEntry {
    pub name: String,
    pub unique: bool,
    /// Its keys; null for an expression.
    pub columns: Vec<Option<String>>,
    /// From its method or its keys on, as written.
    pub text: String,
    pub made_by: Option<String>,
}

#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct ViewEntry {
    pub name: String,
    pub made_by: Option<String>,
}

impl SchemaDocument {
    #[must_use]
    pub fn json(&self) -> String {
        print(self)
    }

    /// SQL-like text: a statement for each type, table, index and view, each with the migration that
    /// made it where that is not the one of its table.
    #[must_use]
    pub fn human(&self) -> String {
        let mut out = String::new();
        for history in &self.histories {
            if !out.is_empty() {
                out.push('\n');
            }
            history.write(&mut out);
        }
        out
    }

    /// One line for each column, constraint, index, type and view.
    #[must_use]
    pub fn concise(&self) -> String {
        let mut out = String::new();
        for history in &self.histories {
            let folder = history.label();
            for table in &history.tables {
                for column in &table.columns {
                    line(
                        &mut out,
                        &[
                            &folder,
                            "column",
                            &table.name,
                            &column.words(),
                            column.made_by.as_deref().unwrap_or_default(),
                        ],
                    );
                }
                for constraint in &table.constraints {
                    line(
                        &mut out,
                        &[
                            &folder,
                            "constraint",
                            &table.name,
                            &constraint.words(),
                            constraint.made_by.as_deref().unwrap_or_default(),
                        ],
                    );
                }
                for index in &table.indexes {
                    line(
                        &mut out,
                        &[
                            &folder,
                            "index",
                            &table.name,
                            &index.words(&table.name),
                            index.made_by.as_deref().unwrap_or_default(),
                        ],
                    );
                }
            }
            for kind in &history.types {
                line(
                    &mut out,
                    &[&folder, "type", &kind.words(), kind.made_by.as_deref().unwrap_or_default()],
                );
            }
            for view in &history.views {
                line(
                    &mut out,
                    &[&folder, "view", &quoted(&view.name), view.made_by.as_deref().unwrap_or_default()],
                );
            }
        }
        out
    }
}

fn line(out: &mut String, words: &[&str]) {
    let words: Vec<String> =
        words.iter().filter(|word| !word.is_empty()).map(|word| visible::line(word)).collect();
    let _ = writeln!(out, "{}", words.join(" "));
}

impl HistoryEntry {
    /// What was replayed of a folder, up to `until`.
    #[must_use]
    pub fn new(
        (folder, dialect): (&str, Option<&str>),
        migrations: usize,
        until: Option<&str>,
        replayed: &Replayed,
    ) -> Self {
        let name = |made: Option<Made>| -> Option<String> {
            replayed.names.get(made? as usize).filter(|name| !name.is_empty()).cloned()
        };
        let schema = &replayed.schema;
        Self {
            folder: folder.to_owned(),
            dialect: dialect.map(str::to_owned),
            until: until.map(str::to_owned),
            migrations,
            types: schema
                .types
                .values()
                .map(|kind| TypeEntry {
                    name: kind.name.clone(),
                    values: kind.values.clone(),
                    made_by: name(kind.made),
                })
                .collect(),
            tables: schema.tables.values().map(|table| TableEntry::new(table, name)).collect(),
            views: schema
                .views
                .values()
                .map(|view| ViewEntry { name: view.name.clone(), made_by: name(view.made) })
                .collect(),
        }
    }

    /// The folder, with its database where it holds several histories.
    fn label(&self) -> String {
        match &self.dialect {
            Some(dialect) => format!("{}:{dialect}", self.folder),
            None => self.folder.clone(),
        }
    }

    fn write(&self, out: &mut String) {
        let folder = if self.folder.is_empty() { "." } else { &self.folder };
        let s = if self.migrations == 1 { "" } else { "s" };
        let _ = write!(out, "-- {}", visible::line(folder));
        if let Some(dialect) = &self.dialect {
            let _ = write!(out, " for {dialect}");
        }
        let _ = write!(out, ": {} migration{s}", self.migrations);
        if let Some(until) = &self.until {
            let _ = write!(out, ", to {}", visible::line(until));
        }
        out.push('\n');
        for kind in &self.types {
            let _ = writeln!(out, "\n{};{}", visible::line(&kind.words()), note(kind.made_by.as_deref()));
        }
        for table in &self.tables {
            table.write(out);
        }
        for view in &self.views {
            let _ = writeln!(
                out,
                "\nCREATE VIEW {} AS …;{}",
                visible::line(&quoted(&view.name)),
                note(view.made_by.as_deref())
            );
        }
    }
}

impl TableEntry {
    fn new(table: &Table, name: impl Fn(Option<Made>) -> Option<String>) -> Self {
        Self {
            name: table.name.clone(),
            made_by: name(table.made),
            whole: table.whole,
            columns: table
                .in_order()
                .into_iter()
                .map(|column| ColumnEntry {
                    name: column.name.clone(),
                    data_type: column.data_type.clone(),
                    default: column.default.clone(),
                    not_null: column.not_null,
                    generated: column.generated,
                    made_by: name(column.made),
                })
                .collect(),
            constraints: table
                .constraints
                .values()
                .map(|constraint| ConstraintEntry {
                    name: constraint.name.clone(),
                    kind: (!constraint.kind.is_empty()).then(|| constraint.kind.to_owned()),
                    columns: constraint.columns.clone(),
                    references: constraint.references.clone(),
                    referenced_columns: constraint.targets.clone(),
                    on_delete: constraint.on_delete.clone(),
                    on_update: constraint.on_update.clone(),
                    text: constraint.text.clone(),
                    made_by: name(constraint.made),
                })
                .collect(),
            indexes: table
                .indexes
                .values()
                .map(|index| IndexEntry {
                    name: index.name.clone(),
                    unique: index.unique,
                    columns: index.columns.clone(),
                    text: index.text.clone(),
                    made_by: name(index.made),
                })
                .collect(),
        }
    }

    fn write(&self, out: &mut String) {
        let own = self.made_by.as_deref();
        let other = |made_by: &Option<String>| match made_by.as_deref() {
            by if by == own => String::new(),
            by => note(by),
        };
        let mut lines: Vec<(String, String)> =
            self.columns.iter().map(|column| (column.words(), other(&column.made_by))).collect();
        lines.extend(
            self.constraints.iter().map(|constraint| (constraint.words(), other(&constraint.made_by))),
        );
        let head = if own.is_some() { note(own) } else { " -- not made by these migrations".to_owned() };
        let _ = writeln!(out, "\nCREATE TABLE {} ({head}", visible::line(&quoted(&self.name)));
        let count = lines.len();
        for (index, (words, note)) in lines.into_iter().enumerate() {
            let comma = if index + 1 < count || !self.whole { "," } else { "" };
            let _ = writeln!(out, "    {}{comma}{note}", visible::line(&words));
        }
        if !self.whole {
            out.push_str("    …\n");
        }
        out.push_str(");\n");
        for index in &self.indexes {
            let _ = writeln!(out, "{};{}", visible::line(&index.words(&self.name)), other(&index.made_by));
        }
    }
}

impl TypeEntry {
    fn words(&self) -> String {
        match &self.values {
            Some(values) => {
                let values: Vec<String> =
                    values.iter().map(|value| format!("'{}'", value.replace('\'', "''"))).collect();
                format!("CREATE TYPE {} AS ENUM ({})", quoted(&self.name), values.join(", "))
            }
            None => format!("CREATE TYPE {}", quoted(&self.name)),
        }
    }
}

impl ColumnEntry {
    fn words(&self) -> String {
        let mut words = format!("{} {}", quoted(&self.name), self.data_type.as_deref().unwrap_or("…"));
        if self.generated {
            words.push_str(" GENERATED");
        }
        if self.not_null {
            words.push_str(" NOT NULL");
        }
        if let Some(default) = &self.default {
            let _ = write!(words, " DEFAULT {default}");
        }
        words
    }
}

impl ConstraintEntry {
    fn words(&self) -> String {
        let columns: Vec<String> = self.columns.iter().map(|column| quoted(column)).collect();
        let columns = columns.join(", ");
        let what = match self.kind.as_deref() {
            Some("primary-key") => format!("PRIMARY KEY ({columns})"),
            Some("unique") => format!("UNIQUE ({columns})"),
            Some("foreign-key") => {
                let target = self.references.as_deref().map_or_else(|| "…".to_owned(), quoted);
                let mut words = format!("FOREIGN KEY ({columns}) REFERENCES {target}");
                if !self.referenced_columns.is_empty() {
                    let targets: Vec<String> =
                        self.referenced_columns.iter().map(|column| quoted(column)).collect();
                    let _ = write!(words, " ({})", targets.join(", "));
                }
                for (event, effect) in [("DELETE", &self.on_delete), ("UPDATE", &self.on_update)] {
                    if let Some(effect) = effect {
                        let _ = write!(words, " ON {event} {}", effect.to_ascii_uppercase());
                    }
                }
                words
            }
            _ if self.text.is_empty() => "…".to_owned(),
            _ => self.text.clone(),
        };
        format!("CONSTRAINT {} {what}", quoted(&self.name))
    }
}

impl IndexEntry {
    fn words(&self, table: &str) -> String {
        let unique = if self.unique { "UNIQUE " } else { "" };
        let text = if self.text.is_empty() {
            let columns: Vec<String> = self.columns.iter().flatten().map(|column| quoted(column)).collect();
            format!("({})", if columns.is_empty() { "…".to_owned() } else { columns.join(", ") })
        } else {
            self.text.clone()
        };
        format!("CREATE {unique}INDEX {} ON {} {text}", quoted(&self.name), quoted(table))
    }
}

fn note(made_by: Option<&str>) -> String {
    made_by.map_or_else(String::new, |name| format!(" -- {}", visible::line(name)))
}

/// A name as SQL writes it safely.
fn quoted(name: &str) -> String {
    // A template's own dots and quotes are no name's.
    if name.contains("{{") {
        return name.to_owned();
    }
    name.split('.').map(|part| format!("\"{}\"", part.replace('"', "\"\""))).collect::<Vec<_>>().join(".")
}
