//! `[migrations]`: the database that migrations run on, and functions of the team's own.

use super::{Reader, choice};
use crate::facts::WrapperNote;
use crate::read::migration;
use crate::syntax::toml::{Data, Node, Table};

const KEYS: &[&str] = &["database", "postgres", "wrappers"];
const WRAPPER_KEYS: &[&str] = &["name", "does", "arguments"];
/// The kinds of databases, as a TypeORM data source names them.
const DATABASES: &[&str] = &[
    "postgres",
    "mysql",
    "mariadb",
    "sqlite",
    "better-sqlite3",
    "cockroachdb",
    "aurora-postgres",
    "aurora-mysql",
    "mssql",
    "oracle",
    "sqljs",
];

impl Reader<'_> {
    pub(super) fn migrations(&mut self, node: &Node) {
        let Some(table) = self.table(node, "`migrations`", "[migrations]") else { return };
        for entry in &table.entries {
            match entry.key.as_str() {
                "database" => {
                    let Some(name) = self.text(&entry.node, "`database`", "a string") else { continue };
                    if !DATABASES.contains(&name.as_str()) {
                        let help = choice(&name, DATABASES);
                        let message = format!("`{name}` is no database of a TypeORM data source");
                        self.fail(self.inside(&entry.node), message, Some(help));
                    }
                    self.policy.migrations.database = Some(name);
                }
                "postgres" => match entry.node.data {
                    Data::Int(version) if (11..=18).contains(&version) => {
                        self.policy.postgres = u8::try_from(version).ok();
                    }
                    _ => self.wrong(&entry.node, "`postgres`", "a major version from 11 to 18"),
                },
                "wrappers" => self.wrappers(&entry.node),
                _ => self.unknown(entry, "is no key of `migrations`", KEYS),
            }
        }
    }

    fn wrappers(&mut self, node: &Node) {
        let Data::List(items) = &node.data else {
            return self.wrong(node, "`wrappers`", "an array of tables: `[[migrations.wrappers]]`");
        };
        for item in items {
            if let Some(table) = self.table(item, "a wrapper", "[[migrations.wrappers]]") {
                self.wrapper(item, table);
            }
        }
    }

    fn wrapper(&mut self, item: &Node, table: &Table) {
        let mut note = WrapperNote::default();
        for entry in &table.entries {
            match entry.key.as_str() {
                "name" => note.name = self.wrapper_name(&entry.node),
                "does" => note.does = self.wrapper_does(&entry.node),
                "arguments" => note.arguments = self.wrapper_arguments(&entry.node),
                _ => self.unknown(entry, "is no key of a wrapper", WRAPPER_KEYS),
            }
        }
        for key in ["name", "does"] {
            if table.get(key).is_none() {
                let help = "write how it is called and what it stands for: `name = \"runQuery\"`, `does = \"query\"`";
                self.fail(item.range.clone(), format!("this wrapper lacks `{key}`"), Some(help.to_owned()));
            }
        }
        self.policy.migrations.wrappers.push(note);
    }

    fn wrapper_name(&mut self, node: &Node) -> String {
        let Some(name) = self.text(node, "`name`", "a string") else { return String::new() };
        let is_name = |part: &str| {
            !part.is_empty()
                && part.chars().all(|char| char.is_alphanumeric() || matches!(char, '_' | '$' | '#'))
        };
        if !name.split('.').all(is_name) {
            let help = "write it as it is called, without `this` and brackets: `runQuery`, `schemaBuilder.dropColumns`";
            let message = format!("`{name}` is no name of a function");
            self.fail(self.inside(node), message, Some(help.to_owned()));
        }
        name
    }

    fn wrapper_does(&mut self, node: &Node) -> String {
        let Some(word) = self.text(node, "`does`", "a string") else { return String::new() };
        let known = migration::wrapper_words();
        if !known.contains(&word.as_str()) {
            let help = match crate::finding::nearest(&word, known.iter().copied()) {
                Some(near) => format!("did you mean `{near}`?"),
                None => "it is `query`, another method of TypeORM's query runner that changes something, \
                         `text` (it gives its argument) or `nothing`"
                    .to_owned(),
            };
            self.fail(self.inside(node), format!("`{word}` is nothing that a wrapper does"), Some(help));
        }
        word
    }

    fn wrapper_arguments(&mut self, node: &Node) -> Vec<usize> {
        let Data::List(items) = &node.data else {
            self.wrong(node, "`arguments`", "an array of positions, counted from 0");
            return Vec::new();
        };
        if items.is_empty() {
            let help = "name the positions in order, or leave it out where they come as they are";
            let message = "`arguments` is empty, so it hands nothing on".to_owned();
            self.fail(node.range.clone(), message, Some(help.to_owned()));
        }
        let mut positions = Vec::new();
        for item in items {
            match &item.data {
                Data::Int(number) if (0..64).contains(number) => {
                    positions.push(usize::try_from(*number).unwrap_or_default());
                }
                _ => self.wrong_item(item, "`arguments`", "a position, counted from 0"),
            }
        }
        positions
    }
}
