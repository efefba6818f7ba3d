//! DROP and TRUNCATE statements: an action for each object.

use std::ops::Range;

use super::create::before;
use super::cursor::{Cursor, comma_groups};
use super::lexer::TokenKind;
use super::nouns::{self, Noun};
use super::{Action, Piece};

/// Reads what stands behind DROP.
pub(super) fn drop(mut cursor: Cursor<'_>, range: Range<usize>) -> Vec<Action> {
    let head = cursor;
    let Some(noun) = nouns::take(&mut cursor) else {
        let placeholder = head.kind().is_some_and(|kind| kind != TokenKind::Word);
        return vec![Action::new(if placeholder { "unknown" } else { "drop-other" }, range)];
    };
    let mut all = Action::new(noun.drop, range);
    all.temporary = before(head, cursor).holds(&["TEMP", "TEMPORARY"]);
    if noun.is("INDEX") {
        all.keyword = cursor.before().map(super::lexer::Token::range);
    }
    all.concurrently = cursor.eat(&["CONCURRENTLY"]);
    all.if_exists = cursor.if_exists();
    all.cascade = cursor.holds(&["CASCADE"]);
    let mut actions: Vec<Action> = comma_groups(cursor.rest())
        .into_iter()
        .filter_map(|group| object(noun, &all, cursor.over(group)))
        .collect();
    // `DROP INDEX a, b` of PostgreSQL has no ON; `DROP POLICY p ON t` has one object.
    if actions.is_empty() {
        actions.push(all);
    }
    actions
}

fn object(noun: Noun, all: &Action, mut cursor: Cursor<'_>) -> Option<Action> {
    let mut action = all.clone();
    if noun.is("CAST") || noun.is("TRANSFORM") || noun.is("OPERATOR") {
        return Some(action);
    }
    action.if_exists |= cursor.if_exists();
    let name = cursor.name_or_string()?;
    if noun.is_table() {
        action.table = Some(name);
        return Some(action);
    }
    action.object = Some(name);
    if noun.is_function() && cursor.kind() == Some(TokenKind::Open) {
        cursor.skip_group();
    }
    if cursor.eat(&["ON"]) {
        action.table = cursor.name();
    }
    // CockroachDB: `DROP INDEX t@i`.
    if noun.is("INDEX") && cursor.words().starts_with('@') {
        action.table = action.object.take();
        action.object = if let Some(token) = cursor.eat_kind(TokenKind::Parameter) {
            let range = token.range().start + 1..token.range().end;
            cursor.text().get(range.clone()).map(|text| Piece { text: text.to_owned(), range })
        } else {
            cursor.skip();
            cursor.part()
        };
    }
    Some(action)
}

/// Reads what stands behind TRUNCATE.
pub(super) fn truncate(mut cursor: Cursor<'_>, range: Range<usize>) -> Vec<Action> {
    cursor.eat(&["TABLE"]);
    let mut all = Action::new("truncate", range);
    all.cascade = cursor.holds(&["CASCADE"]);
    let mut actions = Vec::new();
    for group in comma_groups(cursor.rest()) {
        let mut cursor = cursor.over(group);
        if cursor.names_ahead(1) {
            cursor.eat(&["ONLY"]);
        }
        if let Some(table) = cursor.name() {
            actions.push(Action { table: Some(table), ..all.clone() });
        }
    }
    if actions.is_empty() {
        actions.push(all);
    }
    actions
}
