//! The body of a `DO` block: the changes that it makes, as far as they are written as statements.
//! Follows no control flow: what stands under an IF counts, and dynamic SQL is `unknown`.

use super::cursor::Cursor;
use super::lexer::{self, Token, TokenKind};
use super::{Action, classify};

/// So many nested blocks (a `DO` in a string in a `DO`) are opened.
const MAX_DEPTH: usize = 3;

/// Kinds that say nothing about schema or data.
const QUIET: &[&str] = &["select", "other", "unknown", "transaction", "set", "call"];

/// The changes of the block whose body is the string `literal`, with places in `text`.
pub(super) fn changes(text: &str, literal: Token, depth: usize) -> Vec<Action> {
    let mut actions = Vec::new();
    let Some(tokens) = tokens_of(text, literal).filter(|_| depth <= MAX_DEPTH) else { return actions };
    for group in tokens.split(|token| matches!(token.kind, TokenKind::Semicolon | TokenKind::End)) {
        let Some(cursor) = past_control(Cursor::new(text, group)) else { continue };
        if cursor.is("EXECUTE") {
            actions.extend(dynamic(cursor, depth));
            continue;
        }
        // `SELECT … INTO` sets a variable here.
        if cursor.is("SELECT") {
            continue;
        }
        let found = classify::of_cursor(cursor.over(cursor.rest()), depth);
        // So does it behind a WITH.
        let makes = cursor.is("CREATE");
        let found = found.into_iter().filter(|action| makes || action.change != "create-table");
        actions.extend(found.filter(|action| !QUIET.contains(&action.change)));
    }
    actions
}

/// The tokens in a string, at their places in `text`; none where the string holds escapes.
fn tokens_of(text: &str, literal: Token) -> Option<Vec<Token>> {
    let written = literal.text(text);
    let open = match written.as_bytes().first()? {
        b'$' => written[1..].find('$')? + 2,
        b'\'' => 1,
        _ => return None,
    };
    let close = if written.starts_with('$') { open } else { 1 };
    let body = written.get(open..written.len().checked_sub(close)?)?;
    if written.starts_with('\'') && body.contains("''") {
        return None;
    }
    let offset = literal.start + u32::try_from(open).ok()?;
    let shift = |token: Token| Token { start: token.start + offset, end: token.end + offset, ..token };
    Some(lexer::lex(body).tokens.into_iter().map(shift).collect())
}

/// Behind the control words that stand before a statement: `BEGIN IF … THEN`.
fn past_control(mut cursor: Cursor<'_>) -> Option<Cursor<'_>> {
    loop {
        if cursor.is_end() || cursor.is("END") {
            return None;
        }
        if cursor.eat_any(&["BEGIN", "ELSE", "LOOP", "DECLARE", "EXCEPTION"]) {
            continue;
        }
        let until = if cursor.is_any(&["IF", "ELSIF", "ELSEIF", "WHEN", "CASE"]) {
            "THEN"
        } else if cursor.is_any(&["FOR", "WHILE", "FOREACH"]) {
            "LOOP"
        } else {
            return Some(cursor);
        };
        if !cursor.seek(&[until]) {
            return None;
        }
        cursor.skip();
    }
}

/// `EXECUTE '…'`: what the string says, if it is one string; otherwise unknown.
fn dynamic(mut cursor: Cursor<'_>, depth: usize) -> Vec<Action> {
    let range = super::cursor::range_of(cursor.rest());
    cursor.skip();
    let unknown = || vec![Action::new("unknown", range.clone())];
    let Some(literal) = cursor.eat_kind(TokenKind::String) else { return unknown() };
    if !(cursor.is_end() || cursor.is_any(&["USING", "INTO"])) {
        return unknown();
    }
    let Some(tokens) = tokens_of(cursor.text(), literal) else { return unknown() };
    let mut actions = Vec::new();
    for group in tokens.split(|token| token.kind == TokenKind::Semicolon).filter(|group| !group.is_empty()) {
        actions.extend(classify::of_cursor(cursor.over(group), depth + 1));
    }
    actions
}
