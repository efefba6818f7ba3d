//! SQL that names what is gone. Of a column without a table's name it speaks only where no other table of
//! the query can have it.

use super::{Lost, Use};
use crate::facts::schema::key;
use crate::syntax::sql;
use crate::syntax::sql::names::{Column, Names, Scope, Source, names};
use crate::text::Passage;

/// The longest text that is taken for one of statements, in bytes.
const MAX_BYTES: usize = 1024 * 1024;

/// The uses in a text of SQL; `certain` says that it is one, and not words that read like it.
#[must_use]
pub fn read(passage: &Passage, lost: &dyn Lost, certain: bool) -> Vec<Use> {
    let text = passage.text();
    if text.len() > MAX_BYTES {
        return Vec::new();
    }
    let names = names(text);
    let found = resolve(&names, passage, lost, "sql");
    // Words such as "Select from orders" are no statement.
    let is_sql = || certain || sql::parse(text).0.iter().all(|statement| statement.parsed);
    if found.is_empty() || !is_sql() { Vec::new() } else { found }
}

/// The uses in a file of SQL. One that changes the schema itself is a history of its own.
pub(super) fn read_file(passage: &Passage, lost: &dyn Lost) -> Vec<Use> {
    let text = passage.text();
    if text.len() > MAX_BYTES {
        return Vec::new();
    }
    let names = names(text);
    if names.changes { Vec::new() } else { resolve(&names, passage, lost, "sql-file") }
}

fn resolve(names: &Names, passage: &Passage, lost: &dyn Lost, how: &'static str) -> Vec<Use> {
    let mut found = Vec::new();
    let tables =
        names.scopes.iter().flat_map(|scope| &scope.tables).filter_map(|source| source.table.as_ref());
    for table in tables {
        if let Some(taken) = lost.table(&key(&table.text)) {
            found.push(Use { taken, span: passage.locate(table.range.clone()), how });
        }
    }
    for column in &names.columns {
        if let Some(taken) = of_column(names, column, lost) {
            found.push(Use { taken, span: passage.locate(column.name.range.clone()), how });
        }
    }
    found
}

fn of_column(names: &Names, column: &Column, lost: &dyn Lost) -> Option<crate::facts::FactId> {
    let name = key(&column.name.text);
    let of = |source: &Source| lost.column(&key(&source.table.as_ref()?.text), &name);
    let around = || names.around(column.scope);
    if let Some(index) = column.of {
        return of(names.scopes.get(column.scope)?.tables.get(index)?);
    }
    if let Some(qualifier) = &column.qualifier {
        let source = around().flat_map(|scope| &scope.tables).find(|source| source.known_as == *qualifier)?;
        return of(source);
    }
    let result = |scope: &Scope| column.late && scope.results.contains(&name);
    if around().any(|scope| scope.open || result(scope)) {
        return None;
    }
    let mut taken = None;
    for source in around().flat_map(|scope| &scope.tables) {
        let table = key(&source.table.as_ref()?.text);
        match lost.column(&table, &name) {
            Some(change) => taken = Some(change),
            None if lost.lacks(&table, &name) => {}
            None => return None,
        }
    }
    taken
}
