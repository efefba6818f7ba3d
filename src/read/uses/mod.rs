//! Where code names the tables and columns of its database: SQL in strings and in files, query builders,
//! options of finders. Knows what a schema lost from those who ask, and finds the words that still name it.

use crate::facts::FactId;
use crate::repo::Repo;
use crate::text::{FileId, Span};

mod builder;
mod code;
mod find;
pub mod model;
mod sql;
mod words;

#[cfg(test)]
mod tests;

pub use find::of_names;
pub use sql::read as read_sql;

/// What a schema lost.
pub trait Lost {
    /// The change that took the table away.
    fn table(&self, name: &str) -> Option<FactId>;
    /// The change that took the column away from a table that is still there.
    fn column(&self, table: &str, column: &str) -> Option<FactId>;
    /// Whether the table has the column.
    fn has(&self, table: &str, column: &str) -> bool;
    /// Whether the table is there, all of its columns are known, and this is none of them.
    fn lacks(&self, table: &str, column: &str) -> bool;
    /// The columns that were taken away from a table that is still there.
    fn columns(&self, table: &str) -> Vec<(String, FactId)>;
}

/// Words that name what is gone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Use {
    pub taken: FactId,
    pub span: Span,
    /// One of the vocabulary's words for places of uses.
    pub how: &'static str,
}

/// Words of which a file of code that names something of a database holds one.
const MARKS: &[&str] = &[
    "Repository",
    "QueryBuilder",
    ".query(",
    "EntityManager",
    "DataSource",
    "SELECT",
    "INSERT INTO",
    "UPDATE ",
    "DELETE FROM",
    "select ",
    "insert into",
    "delete from",
];

/// Whether a file may name something of a database, at a glance.
#[must_use]
pub fn may_name(language: Language, bytes: &[u8]) -> bool {
    language == Language::Sql
        || MARKS.iter().any(|mark| memchr::memmem::find(bytes, mark.as_bytes()).is_some())
}

/// Folders of what is not the code that is deployed, beside those of tests.
const ASIDE: &[&str] = &[
    "e2e",
    "spec",
    "specs",
    "fixtures",
    "fixture",
    "__fixtures__",
    "mocks",
    "mock",
    "__mocks__",
    "dist",
    "node_modules",
    "migrations",
    "migration",
    "generated",
    "__generated__",
    "examples",
    "example",
    "docs",
    "archive",
    "coverage",
    "vendor",
    "benchmarks",
    "benchmark",
    "backup",
    "backups",
    "dump",
    "dumps",
];

/// What a file of code is written in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Language {
    TypeScript,
    Sql,
}

/// The language of a file that may hold code that is deployed, as far as its path tells.
#[must_use]
pub fn language(path: &str) -> Option<Language> {
    let name = path.rsplit('/').next().unwrap_or(path);
    let (stem, extension) = name.rsplit_once('.')?;
    let language = match extension {
        "ts" | "mts" | "cts" | "js" | "cjs" | "mjs" => Language::TypeScript,
        "sql" => Language::Sql,
        _ => return None,
    };
    let kind = stem.rsplit_once('.').map_or("", |(_, kind)| kind);
    let copy = matches!(kind, "d" | "min" | "generated" | "gen");
    let test = matches!(kind, "test" | "spec" | "e2e-spec" | "e2e" | "stories" | "mock");
    let aside = copy || test || is_aside_path(path);
    (!aside).then_some(language)
}

/// Whether a file lies in a folder of tests, examples, or what is made by a tool.
#[must_use]
pub fn is_aside_path(path: &str) -> bool {
    path.split('/').rev().skip(1).any(is_aside)
}

fn is_aside(folder: &str) -> bool {
    let lower = folder.trim_matches('_').to_ascii_lowercase();
    let tests = lower.starts_with("test") || lower.ends_with("-test") || lower.ends_with("tests");
    tests || lower.ends_with("migrations") || ASIDE.contains(&lower.as_str())
}

/// Databases that have other tables than those of migrations for a server of rows, whatever their names.
const OTHERS: &[&str] = &["clickhouse", "bigquery", "snowflake", "duckdb", "redshift", "athena", "influx"];

/// Whether a file works on another database than the one that migrations make.
fn is_of_another(text: &str) -> bool {
    let lower = text.to_ascii_lowercase();
    OTHERS.iter().any(|name| memchr::memmem::find(lower.as_bytes(), name.as_bytes()).is_some())
}

/// The uses in one file. Call it on a thread with a stack of 64 MiB.
#[must_use]
pub fn read(repo: &Repo, file: FileId, lost: &dyn Lost, model: &model::Model) -> Vec<Use> {
    let path = repo.path(file);
    if is_of_another(&repo.file(file).text) || is_of_another(path) {
        return Vec::new();
    }
    let mut found = match language(path) {
        Some(Language::TypeScript) => code::read(repo, file, lost, model),
        Some(Language::Sql) => sql::read_file(&repo.passage(file), lost),
        None => Vec::new(),
    };
    found.sort_by_key(|one| (one.span.start, one.span.end, one.taken));
    found.dedup_by_key(|one| (one.span, one.taken));
    found
}
