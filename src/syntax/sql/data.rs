//! Statements that read and write rows, and those that hold others: WITH, EXPLAIN, DO.

use std::ops::Range;

use super::cursor::{Cursor, comma_groups, is_word};
use super::lexer::TokenKind;
use super::{Action, Piece, block, classify, reads};

/// Takes a table's name behind an optional ONLY; a table may be called `only`.
fn table(cursor: &mut Cursor<'_>) -> Option<Piece> {
    if cursor.names_ahead(1) {
        cursor.eat(&["ONLY"]);
    }
    cursor.name()
}

pub(super) fn insert(mut cursor: Cursor<'_>, range: Range<usize>) -> Action {
    if cursor.eat(&["OR"]) {
        cursor.skip();
    }
    while cursor.eat_any(&["LOW_PRIORITY", "DELAYED", "HIGH_PRIORITY", "IGNORE", "INTO", "OVERWRITE"]) {}
    let table = cursor.name();
    if cursor.eat(&["AS"]) {
        cursor.part();
    }
    let references = copied_from(cursor);
    if cursor.is("SET") {
        // MySQL: `INSERT INTO t SET a = 1`
        return Action { table, columns: assigned(cursor), ..Action::new("insert", range) };
    }
    let list = !cursor.is_any_ahead(1, &["SELECT", "WITH", "VALUES"]);
    let columns = if list { super::create::names_in_group(&mut cursor) } else { Vec::new() };
    if cursor.eat(&["OVERRIDING"]) {
        cursor.eat_any(&["SYSTEM", "USER"]);
        cursor.eat(&["VALUE"]);
    }
    let reads = if references.is_some() { reads::read(cursor, &columns) } else { Vec::new() };
    Action { table, references, columns, reads, ..Action::new("insert", range) }
}

/// The first table of the query behind: `… SELECT … FROM table`.
pub(super) fn copied_from(mut cursor: Cursor<'_>) -> Option<Piece> {
    while !cursor.is_end() {
        if cursor.is("SELECT") {
            return if cursor.seek(&["FROM"]) && cursor.eat(&["FROM"]) { table(&mut cursor) } else { None };
        }
        if cursor.eat(&["AS", "TABLE"]) {
            return cursor.name();
        }
        let query = cursor.kind() == Some(TokenKind::Open) && cursor.is_ahead(1, "SELECT");
        if query { cursor.skip() } else { cursor.skip_group() }
    }
    None
}

pub(super) fn update(mut cursor: Cursor<'_>, range: Range<usize>) -> Action {
    if cursor.eat(&["OR"]) {
        cursor.skip();
    }
    while cursor.eat_any(&["LOW_PRIORITY", "IGNORE"]) {}
    skip_top(&mut cursor);
    let table = table(&mut cursor);
    skip_alias(&mut cursor);
    let columns = assigned(cursor);
    let reads = reads::read(cursor, &columns);
    let filtered = cursor.seek(&["WHERE", "LIMIT"]);
    Action { table, filtered, columns, reads, ..Action::new("update", range) }
}

pub(super) fn delete(mut cursor: Cursor<'_>, range: Range<usize>) -> Action {
    while cursor.eat_any(&["LOW_PRIORITY", "QUICK", "IGNORE"]) {}
    skip_top(&mut cursor);
    let plain = cursor.eat(&["FROM"]);
    let mut name = table(&mut cursor);
    if !plain && cursor.eat(&["FROM"]) {
        // MySQL: `DELETE o FROM orders o JOIN …`
        let first = table(&mut cursor);
        let mut alias = cursor;
        alias.eat(&["AS"]);
        let alias = alias.part().map(|alias| alias.text);
        if alias.is_some() && alias == name.as_ref().map(|name| name.text.clone()) {
            name = first;
        }
    }
    skip_alias(&mut cursor);
    let mut reads = reads::read(cursor, &[]);
    let filtered = cursor.seek(&["WHERE", "LIMIT"]);
    if cursor.is_ahead(1, "CURRENT") && cursor.is_ahead(2, "OF") {
        reads.clear();
    }
    Action { table: name, filtered, reads, ..Action::new("delete", range) }
}

/// Takes the name that a table goes by: `orders AS o`, `orders o`.
fn skip_alias(cursor: &mut Cursor<'_>) {
    const CLAUSES: &[&str] =
        &["SET", "USING", "WHERE", "RETURNING", "JOIN", "LEFT", "INNER", "ORDER", "LIMIT", "CROSS"];
    if cursor.eat(&["AS"]) || (cursor.names_ahead(0) && !cursor.is_any(CLAUSES)) {
        cursor.part();
    }
}

/// The columns that the SET of an UPDATE writes: `SET a = 1, (b, c) = (2, 3)`.
fn assigned(mut cursor: Cursor<'_>) -> Vec<Piece> {
    if !cursor.seek(&["SET"]) {
        return Vec::new();
    }
    cursor.skip();
    let mut columns = Vec::new();
    while !cursor.is_end() {
        if cursor.kind() == Some(TokenKind::Open) {
            columns.extend(super::create::names_in_group(&mut cursor));
        } else {
            // MySQL: `SET table.column = …`
            columns.extend(cursor.parts().pop());
        }
        while !cursor.is_end() && cursor.kind() != Some(TokenKind::Comma) {
            if cursor.is_any(&["FROM", "WHERE", "RETURNING", "ORDER", "LIMIT"]) {
                return columns;
            }
            cursor.skip_group();
        }
        cursor.skip();
    }
    columns
}

pub(super) fn merge(mut cursor: Cursor<'_>, range: Range<usize>) -> Action {
    skip_top(&mut cursor);
    cursor.eat(&["INTO"]);
    Action { table: table(&mut cursor), ..Action::new("merge", range) }
}

/// T-SQL's `TOP (n)`.
fn skip_top(cursor: &mut Cursor<'_>) {
    if cursor.is("TOP") && cursor.ahead(1).is_some_and(|token| token.kind == TokenKind::Open) {
        cursor.skip();
        cursor.skip_group();
    }
}

pub(super) fn copy(mut cursor: Cursor<'_>, range: Range<usize>) -> Action {
    if cursor.names_ahead(1) {
        cursor.eat(&["BINARY"]);
    }
    let table = cursor.name();
    // What goes out changes nothing.
    let out = cursor.seek(&["TO", "FROM"]) && cursor.is("TO");
    Action { table, ..Action::new(if out { "select" } else { "copy" }, range) }
}

/// A query; one that says INTO makes a table.
pub(super) fn select(mut cursor: Cursor<'_>, range: Range<usize>) -> Action {
    if !cursor.seek(&["INTO"]) {
        return Action::new("select", range);
    }
    cursor.skip();
    let to_client =
        cursor.kind() == Some(TokenKind::Parameter) || cursor.is_any(&["OUTFILE", "DUMPFILE", "STRICT"]);
    if to_client {
        return Action::new("select", range);
    }
    let mut temporary = cursor.eat_any(&["TEMP", "TEMPORARY"]);
    cursor.eat(&["UNLOGGED"]);
    cursor.eat(&["TABLE"]);
    let table = cursor.name();
    temporary |= table.as_ref().is_some_and(|table| table.text.starts_with('#'));
    let references = if cursor.eat(&["FROM"]) { self::table(&mut cursor) } else { None };
    Action { table, references, temporary, ..Action::new("create-table", range) }
}

/// A statement that begins with a bracket: a query, or nothing known.
pub(super) fn in_brackets(mut cursor: Cursor<'_>, range: Range<usize>) -> Vec<Action> {
    while cursor.eat_kind(TokenKind::Open).is_some() {}
    let query = cursor.is_any(&["SELECT", "WITH", "VALUES", "TABLE"]);
    if query { vec![Action::new("select", range)] } else { Vec::new() }
}

/// `WITH name AS (…), … statement`: the statement's own changes, then those of writing parts.
pub(super) fn with(mut cursor: Cursor<'_>, range: Range<usize>, depth: usize) -> Vec<Action> {
    const VERBS: &[&str] = &["SELECT", "INSERT", "UPDATE", "DELETE", "MERGE", "VALUES", "TABLE", "REPLACE"];
    let (mut parts, mut names) = (Vec::new(), Vec::new());
    cursor.eat(&["RECURSIVE"]);
    let first = cursor.token();
    while !cursor.is_end() {
        let follows_comma = cursor.before().is_some_and(|token| token.kind == TokenKind::Comma);
        if cursor.is_any(VERBS) && cursor.token() != first && !follows_comma {
            let mut actions = classify::of_cursor(cursor.over(cursor.rest()), depth + 1);
            if let Some(own) = actions.first_mut() {
                own.range = range;
                // What is copied from a part of the WITH comes from no table.
                let copied = own.references.as_ref().map(|table| table.text.as_str());
                if copied.is_some_and(|table| names.iter().any(|name| name == table)) {
                    own.references = None;
                }
            }
            actions.extend(parts);
            return actions;
        }
        let body = cursor.kind() == Some(TokenKind::Open) && cursor.is_before(&["AS", "MATERIALIZED"]);
        let start = cursor;
        if cursor.token() == first || follows_comma {
            names.extend(start.clone().part().map(|name| name.text));
        }
        cursor.skip_group();
        if body {
            let taken = start.rest().len() - cursor.rest().len();
            let inside = start.rest().get(1..taken.saturating_sub(1)).unwrap_or_default();
            let part = start.over(inside);
            if part.is_any(&["INSERT", "UPDATE", "DELETE", "MERGE"]) {
                parts.extend(classify::of_cursor(part, depth + 1));
            }
        }
    }
    let mut actions = vec![Action::new("select", range)];
    actions.extend(parts);
    actions
}

/// EXPLAIN reads; with ANALYZE it does what the statement does.
pub(super) fn explain(mut cursor: Cursor<'_>, range: Range<usize>, depth: usize) -> Vec<Action> {
    let mut runs = false;
    loop {
        if cursor.is_any(&["ANALYZE", "ANALYSE"]) {
            runs = true;
            cursor.skip();
        } else if cursor.kind() == Some(TokenKind::Open) && !cursor.is_ahead(1, "SELECT") {
            let start = cursor;
            cursor.skip_group();
            let taken = start.rest().len() - cursor.rest().len();
            runs |= start.over(start.rest().get(..taken).unwrap_or_default()).holds(&["ANALYZE", "ANALYSE"]);
        } else if !cursor.eat(&["VERBOSE"]) {
            break;
        }
    }
    let select = vec![Action::new("select", range.clone())];
    if !runs || cursor.is_end() {
        return select;
    }
    let mut actions = classify::of_cursor(cursor.over(cursor.rest()), depth + 1);
    match actions.first_mut() {
        Some(own) if own.change != "unknown" => own.range = range,
        _ => return select,
    }
    actions
}

/// `DO $$…$$` runs its body at once; `DO f()` of `MySQL` is a query.
pub(super) fn do_block(cursor: Cursor<'_>, range: Range<usize>, depth: usize) -> Vec<Action> {
    let body = cursor.rest().iter().find(|token| token.kind == TokenKind::String);
    let Some(&body) = body.filter(|_| cursor.kind() == Some(TokenKind::String) || cursor.is("LANGUAGE"))
    else {
        return vec![Action::new("select", range)];
    };
    let mut actions = vec![Action::new("do-block", range)];
    actions.extend(block::changes(cursor.text(), body, depth + 1));
    actions
}

/// `LOCK TABLE a, b IN … MODE`: an action for each table.
pub(super) fn lock(mut cursor: Cursor<'_>, range: Range<usize>) -> Vec<Action> {
    cursor.eat_any(&["TABLE", "TABLES"]);
    let actions: Vec<Action> = comma_groups(cursor.rest())
        .into_iter()
        .filter(|group| !group.iter().any(|&token| is_word(cursor.text(), token, "INSTANCE")))
        .filter_map(|group| table(&mut cursor.over(group)))
        .map(|table| Action { table: Some(table), ..Action::new("lock-table", range.clone()) })
        .collect();
    if actions.is_empty() { vec![Action::new("lock-table", range)] } else { actions }
}
