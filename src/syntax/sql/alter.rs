//! ALTER statements: an action for each comma-separated part of an ALTER TABLE.

use std::ops::Range;

use super::cursor::{Cursor, comma_groups, range_of};
use super::lexer::TokenKind;
use super::nouns::{self, Noun};
use super::{Action, Piece, action};

/// Reads what stands behind ALTER.
pub(super) fn alter(mut cursor: Cursor<'_>, range: Range<usize>) -> Vec<Action> {
    let head = cursor;
    let Some(noun) = nouns::take(&mut cursor) else {
        let placeholder = head.kind().is_some_and(|kind| kind != TokenKind::Word);
        return vec![Action::new(if placeholder { "unknown" } else { "alter-other" }, range)];
    };
    if noun.is_table() {
        return table(cursor, range);
    }
    if noun.is("TYPE") {
        return type_(cursor, range);
    }
    let if_exists = cursor.if_exists();
    let mut action = Action { if_exists, ..Action::new(noun.alter, range) };
    if noun.ends_with("PRIVILEGES") || noun.is("SYSTEM") || noun.is("SESSION") || !cursor.names_ahead(0) {
        return vec![action];
    }
    action.object = cursor.name();
    if noun.is_function() && cursor.kind() == Some(TokenKind::Open) {
        cursor.skip_group();
    }
    if cursor.eat(&["ON"]) {
        action.table = cursor.name();
    }
    rename(noun, &mut cursor, &mut action);
    vec![action]
}

/// `RENAME TO n` of anything but a table.
fn rename(noun: Noun, cursor: &mut Cursor<'_>, action: &mut Action) {
    if !cursor.eat(&["RENAME"]) {
        return;
    }
    // `ALTER VIEW v RENAME COLUMN a TO b`
    let inner = if cursor.eat_any(&["COLUMN", "ATTRIBUTE"]) || !cursor.is("TO") {
        cursor.eat(&["CONSTRAINT"]);
        cursor.part()
    } else {
        None
    };
    if cursor.eat(&["TO"]) {
        action.new_name = cursor.name_or_string();
    }
    if noun.is("INDEX") {
        action.change = "rename-index";
    } else {
        action.column = inner;
    }
}

/// `ALTER TYPE t …`
fn type_(mut cursor: Cursor<'_>, range: Range<usize>) -> Vec<Action> {
    let object = cursor.name();
    let rest = cursor.rest();
    let base = Action { object, ..Action::new("alter-type", range) };
    if cursor.eat(&["ADD", "VALUE"]) {
        let if_not_exists = cursor.if_not_exists();
        let new_name = cursor.string().or_else(|| cursor.part());
        return vec![Action { change: "add-enum-value", if_not_exists, new_name, ..base }];
    }
    if cursor.eat(&["RENAME", "VALUE"]) {
        let old = cursor.string().or_else(|| cursor.part());
        let new_name = if cursor.eat(&["TO"]) { cursor.string().or_else(|| cursor.part()) } else { None };
        return vec![Action { change: "rename-enum-value", column: old, new_name, ..base }];
    }
    if cursor.eat(&["RENAME", "TO"]) {
        return vec![Action { new_name: cursor.name(), ..base }];
    }
    if cursor.eat(&["RENAME", "ATTRIBUTE"]) {
        let column = cursor.part();
        let new_name = if cursor.eat(&["TO"]) { cursor.part() } else { None };
        let cascade = cursor.holds(&["CASCADE"]);
        return vec![Action { column, new_name, cascade, ..base }];
    }
    let attributes = cursor.is_ahead(1, "ATTRIBUTE");
    if !attributes {
        return vec![base];
    }
    comma_groups(rest)
        .into_iter()
        .map(|group| attribute(&base, cursor.over(group), range_of(group)))
        .collect()
}

/// `ADD ATTRIBUTE a int CASCADE`
fn attribute(base: &Action, mut cursor: Cursor<'_>, range: Range<usize>) -> Action {
    let cascade = cursor.holds(&["CASCADE"]);
    cursor.skip();
    cursor.eat(&["ATTRIBUTE"]);
    let if_exists = cursor.if_exists();
    let column = cursor.part();
    cursor.eat(&["SET", "DATA"]);
    cursor.eat(&["TYPE"]);
    let ends = |cursor: &Cursor<'_>| cursor.is_any(&["CASCADE", "RESTRICT", "COLLATE"]);
    let data_type = if cursor.is_end() || ends(&cursor) { None } else { cursor.until(ends) };
    Action { range, column, data_type, if_exists, cascade, ..base.clone() }
}

/// `ALTER TABLE [IF EXISTS] [ONLY] name [*] actions`
fn table(mut cursor: Cursor<'_>, range: Range<usize>) -> Vec<Action> {
    if cursor.eat(&["ALL", "IN", "TABLESPACE"]) {
        return vec![Action::new("alter-table", range)];
    }
    let if_exists = cursor.if_exists();
    if cursor.names_ahead(1) {
        cursor.eat(&["ONLY"]);
    }
    let name = cursor.name();
    cursor.eat_symbol("*");
    let all = cursor.rest();
    let mut parts: Vec<Part> = Vec::new();
    let mut at = 0;
    for group in comma_groups(all) {
        let tokens = at..at + group.len();
        at = tokens.end + 1;
        add_part(cursor, tokens, &mut parts);
    }
    let mut actions = Vec::new();
    for part in parts {
        let before = actions.len();
        action::read(cursor.over(&all[part.tokens]), part.inherits, &mut actions);
        for action in actions.iter_mut().skip(before) {
            complete(action, name.as_ref(), if_exists);
        }
    }
    if actions.is_empty() {
        actions.push(Action { table: name, if_exists, ..Action::new("alter-table", range) });
    }
    actions
}

fn complete(action: &mut Action, table: Option<&Piece>, if_exists: bool) {
    action.table = table.cloned();
    if action.change != "rename-table" {
        return;
    }
    action.if_exists |= if_exists;
    // `SET SCHEMA s` gives the table the name `s.table`.
    if let Some(schema) = action.object.take()
        && let Some(table) = table
    {
        let own = table.text.rsplit('.').next().unwrap_or_default();
        action.new_name = Some(Piece { text: format!("{}.{own}", schema.text), range: schema.range });
    }
}

/// One action's tokens, as indices of those behind the table's name.
struct Part {
    tokens: Range<usize>,
    /// The verb of an earlier part, where T-SQL leaves it out: `ADD a int, b int`.
    inherits: Option<&'static str>,
}

/// Adds a comma-separated group as an action of its own, or to the action before where its commas
/// separate something else: `DROP PARTITION p0, p1`.
fn add_part(cursor: Cursor<'_>, tokens: Range<usize>, parts: &mut Vec<Part>) {
    let all = cursor.rest();
    let own = cursor.over(&all[tokens.clone()]);
    if own.is_end() {
        return;
    }
    let option = own.ahead(1).is_some_and(|token| token.text(own.text()) == "=");
    let placeholder = matches!(own.kind(), Some(TokenKind::Hole | TokenKind::Parameter)) && tokens.len() == 1;
    let Some(last) = parts.last_mut().filter(|_| !option && !own.is_any(action::VERBS)) else {
        return parts.push(Part { tokens, inherits: None });
    };
    let before = cursor.over(&all[last.tokens.clone()]);
    let inherits = last.inherits.or_else(|| action::inherited(before));
    if inherits.is_some() || placeholder {
        return parts.push(Part { tokens, inherits });
    }
    last.tokens.end = tokens.end;
}
