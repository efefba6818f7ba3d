//! CREATE statements.

use std::ops::Range;

use super::cursor::{Cursor, comma_groups};
use super::lexer::{Token, TokenKind};
use super::{Action, NewColumn, Piece, nouns};

/// Reads what stands behind CREATE.
pub(super) fn create(mut cursor: Cursor<'_>, range: Range<usize>) -> Action {
    let head = cursor;
    let Some(noun) = nouns::take(&mut cursor) else {
        let placeholder = head.kind().is_some_and(|kind| kind != TokenKind::Word);
        return Action::new(if placeholder { "unknown" } else { "create-other" }, range);
    };
    let modifiers = before(head, cursor);
    let mut action = Action::new(noun.create, range);
    action.temporary = modifiers.holds(&["TEMP", "TEMPORARY"]);
    if noun.is("INDEX") {
        action.unique = modifiers.holds(&["UNIQUE"]);
        return index(action, cursor);
    }
    action.if_not_exists = cursor.if_not_exists();
    if noun.is_table() {
        action.table = cursor.name();
        action.temporary |= action.table.as_ref().is_some_and(|table| table.text.starts_with('#'));
        action.references = super::data::copied_from(cursor);
        action.new_columns = columns(cursor);
        return action;
    }
    if noun.is("SCHEMA") && cursor.eat(&["AUTHORIZATION"]) {
        action.object = cursor.name();
        return action;
    }
    action.object = cursor.name_or_string();
    if noun.is("TYPE") && cursor.eat(&["AS", "ENUM"]) {
        action.columns = strings_in_group(&mut cursor);
    }
    if noun.ends_with("TRIGGER") || noun.is("POLICY") {
        if cursor.seek(&["ON"]) {
            cursor.skip();
            action.table = cursor.name();
        }
    } else if noun.is("RULE") && cursor.seek(&["TO"]) {
        cursor.skip();
        action.table = cursor.name();
    }
    action
}

/// `[CONCURRENTLY] [IF NOT EXISTS] [name] ON [ONLY] table …`
fn index(mut action: Action, mut cursor: Cursor<'_>) -> Action {
    action.keyword = cursor.before().map(Token::range);
    action.concurrently = cursor.eat(&["CONCURRENTLY"]);
    action.if_not_exists = cursor.if_not_exists();
    if !cursor.is("ON") || cursor.is_ahead(1, "ON") {
        action.object = cursor.name();
    }
    // MySQL allows `USING btree` before ON.
    if cursor.seek(&["ON"]) {
        cursor.skip();
        if !cursor.is_ahead(1, "USING") {
            cursor.eat(&["ONLY"]);
        }
        action.table = cursor.name();
    }
    if cursor.eat(&["USING"]) {
        action.method = cursor.part();
    }
    action.columns = names_in_group(&mut cursor);
    action
}

/// Takes the names that a bracketed list begins its items with; none for an item that is an expression.
pub(super) fn names_in_group(cursor: &mut Cursor<'_>) -> Vec<Piece> {
    let Some(inside) = take_group(cursor) else { return Vec::new() };
    comma_groups(inside)
        .into_iter()
        .filter_map(|group| {
            let mut item = cursor.over(group);
            let name = item.part()?;
            // `name (10)` is a prefix in MySQL.
            let prefix = item.ahead(1).is_some_and(|token| token.kind == TokenKind::Number)
                && item.ahead(2).is_some_and(|token| token.kind == TokenKind::Close);
            let opens = item.kind() == Some(TokenKind::Open) && !prefix;
            (!opens && item.kind() != Some(TokenKind::Dot)).then_some(name)
        })
        .collect()
}

/// Takes the strings of a bracketed list.
fn strings_in_group(cursor: &mut Cursor<'_>) -> Vec<Piece> {
    let Some(inside) = take_group(cursor) else { return Vec::new() };
    comma_groups(inside).into_iter().filter_map(|group| cursor.over(group).string()).collect()
}

/// Takes a bracketed group: what stands inside.
fn take_group<'a>(cursor: &mut Cursor<'a>) -> Option<&'a [Token]> {
    if cursor.kind() != Some(TokenKind::Open) {
        return None;
    }
    let start = *cursor;
    cursor.skip_group();
    let taken = start.rest().len() - cursor.rest().len();
    start.rest().get(1..taken.saturating_sub(1))
}

/// The columns of a table's definition, `(id int PRIMARY KEY, …)`.
fn columns(mut cursor: Cursor<'_>) -> Vec<NewColumn> {
    const OTHERS: &[&str] = &["CONSTRAINT", "PRIMARY", "UNIQUE", "FOREIGN", "CHECK", "EXCLUDE", "LIKE"];
    let Some(inside) = take_group(&mut cursor) else { return Vec::new() };
    comma_groups(inside)
        .into_iter()
        .filter_map(|group| {
            let mut column = cursor.over(group);
            if column.is_any(OTHERS) {
                return None;
            }
            let name = column.part()?;
            if column.is_end() || super::column::ends(&column) {
                return None;
            }
            let data_type = column.until(super::column::ends)?;
            let primary = column.holds(&["PRIMARY"]);
            Some(NewColumn { name, data_type, primary })
        })
        .collect()
}

/// What `head` still holds and `later` has taken.
pub(super) fn before<'a>(head: Cursor<'a>, later: Cursor<'a>) -> Cursor<'a> {
    let taken = head.rest().len().saturating_sub(later.rest().len());
    head.over(head.rest().get(..taken).unwrap_or_default())
}
