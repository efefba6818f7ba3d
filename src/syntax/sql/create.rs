//! CREATE statements.

use std::ops::Range;

use super::Action;
use super::cursor::Cursor;
use super::nouns;

/// Reads what stands behind CREATE.
pub(super) fn create(mut cursor: Cursor<'_>, range: Range<usize>) -> Action {
    let head = cursor;
    let Some(noun) = nouns::take(&mut cursor) else {
        let placeholder = head.kind().is_some_and(|kind| kind != super::lexer::TokenKind::Word);
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
        return action;
    }
    if noun.is("SCHEMA") && cursor.eat(&["AUTHORIZATION"]) {
        action.object = cursor.name();
        return action;
    }
    action.object = cursor.name_or_string();
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
    action
}

/// What `head` still holds and `later` has taken.
pub(super) fn before<'a>(head: Cursor<'a>, later: Cursor<'a>) -> Cursor<'a> {
    let taken = head.rest().len().saturating_sub(later.rest().len());
    head.over(head.rest().get(..taken).unwrap_or_default())
}
