//! Renames outside ALTER: `MySQL`'s RENAME TABLE and T-SQL's `sp_rename`.

use std::ops::Range;

use super::cursor::{Cursor, comma_groups, join, unquote};
use super::lexer::TokenKind;
use super::{Action, Piece};

/// Reads what stands behind RENAME: `TABLE a TO b, c TO d`.
pub(super) fn rename(mut cursor: Cursor<'_>, range: &Range<usize>) -> Vec<Action> {
    if !cursor.eat_any(&["TABLE", "TABLES"]) {
        return vec![Action::new("alter-other", range.clone())];
    }
    let if_exists = cursor.if_exists();
    comma_groups(cursor.rest())
        .into_iter()
        .map(|group| {
            let mut cursor = cursor.over(group);
            let table = cursor.name();
            let new_name = if cursor.eat(&["TO"]) { cursor.name() } else { None };
            Action { table, new_name, if_exists, ..Action::new("rename-table", range.clone()) }
        })
        .collect()
}

/// Reads what stands behind EXEC: a call, or a rename where the procedure is `sp_rename`.
pub(super) fn execute(mut cursor: Cursor<'_>, range: Range<usize>) -> Action {
    let procedure = cursor.name();
    let is_rename = procedure.as_ref().is_some_and(|name| {
        name.text.rsplit('.').next().is_some_and(|last| last.eq_ignore_ascii_case("sp_rename"))
    });
    if !is_rename {
        return Action { object: procedure, ..Action::new("call", range) };
    }
    let mut arguments = [None, None, None];
    for (index, group) in comma_groups(cursor.rest()).into_iter().enumerate() {
        let mut cursor = cursor.over(group);
        let mut slot = index;
        if cursor.kind() == Some(TokenKind::Parameter) && cursor.ahead(1).is_some() {
            slot = match cursor.words().to_ascii_lowercase().as_str() {
                "@objname" => 0,
                "@newname" => 1,
                _ => 2,
            };
            cursor.skip();
            cursor.eat_symbol("=");
        }
        if let Some(place) = arguments.get_mut(slot) {
            *place = cursor.string().or_else(|| cursor.name());
        }
    }
    let [old, new_name, what] = arguments;
    sp_rename(Action { new_name, ..Action::new("rename-table", range) }, old, what.as_ref(), cursor.text())
}

fn sp_rename(mut action: Action, old: Option<Piece>, what: Option<&Piece>, text: &str) -> Action {
    let mut parts = old.map(|old| dotted(&old, text)).unwrap_or_default();
    match what.map(|what| what.text.to_ascii_uppercase()).as_deref() {
        Some("COLUMN") => {
            action.change = "rename-column";
            action.column = parts.pop();
            action.table = join(parts);
        }
        Some("INDEX") => {
            action.change = "rename-index";
            action.object = parts.pop();
            action.table = join(parts);
        }
        None | Some("OBJECT") => action.table = join(parts),
        Some("USERDATATYPE") => {
            action.change = "alter-type";
            action.object = join(parts);
        }
        Some("DATABASE") => {
            action.change = "alter-database";
            action.object = join(parts);
        }
        Some(_) => {
            action.change = "alter-other";
            action.object = join(parts);
        }
    }
    action
}

/// The parts of a dotted name in a string, each at its place in the text.
fn dotted(name: &Piece, text: &str) -> Vec<Piece> {
    let written = text.get(name.range.clone()).unwrap_or_default();
    let Some(offset) = written.find(name.text.as_str()) else { return vec![name.clone()] };
    let mut at = name.range.start + offset;
    let mut parts = Vec::new();
    for part in name.text.split('.') {
        parts.push(Piece { text: unquote(part), range: at..at + part.len() });
        at += part.len() + 1;
    }
    parts
}
