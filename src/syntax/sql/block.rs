//! The body of a `DO` block: the changes that it makes, as far as they are written as statements.
//! Follows no control flow: what stands under an IF counts, and dynamic SQL is `unknown`.

use std::borrow::Cow;

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
    let Some(tokens) = tokens_of(text, literal).filter(|_| depth <= MAX_DEPTH) else {
        return vec![Action::new("unknown", literal.range())];
    };
    for group in tokens.split(|token| matches!(token.kind, TokenKind::Semicolon | TokenKind::End)) {
        actions.extend(looped(Cursor::new(text, group), depth));
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

/// What a loop over the rows of a writing statement writes: `FOR r IN DELETE FROM t RETURNING * LOOP`.
fn looped(mut cursor: Cursor<'_>, depth: usize) -> Vec<Action> {
    if !(cursor.seek(&["FOR"]) && cursor.seek(&["IN"])) {
        return Vec::new();
    }
    cursor.skip();
    if !cursor.is_any(&["INSERT", "UPDATE", "DELETE", "MERGE"]) {
        return Vec::new();
    }
    let mut end = cursor;
    let rest = cursor.rest();
    let len = if end.seek(&["LOOP"]) { rest.len() - end.rest().len() } else { rest.len() };
    classify::of_cursor(cursor.over(rest.get(..len).unwrap_or_default()), depth)
}

/// The tokens in a string, at their places in `text`; none where the string holds escapes.
fn tokens_of(text: &str, literal: Token) -> Option<Vec<Token>> {
    let written = literal.text(text);
    let dollar = written.starts_with('$');
    let open = match written.as_bytes() {
        [b'$', ..] => written[1..].find('$')? + 2,
        [b'\'', ..] => 1,
        [b'e' | b'E', b'\'', ..] if !written.contains('\\') => 2,
        _ => return None,
    };
    let close = if dollar { open } else { 1 };
    let body = written.get(open..written.len().checked_sub(close)?)?;
    let body = if dollar { Cow::Borrowed(body) } else { single(body)? };
    let offset = literal.start + u32::try_from(open).ok()?;
    let shift = |token: Token| Token { start: token.start + offset, end: token.end + offset, ..token };
    Some(lexer::lex(&body).tokens.into_iter().map(shift).collect())
}

/// The body with a blank and a quote for each doubled quote, so that strings in it have their places: the
/// blank outside. None where there are strings in those strings.
fn single(body: &str) -> Option<Cow<'_, str>> {
    if !body.contains('\'') {
        return Some(Cow::Borrowed(body));
    }
    if body.contains("'''") {
        return None;
    }
    let mut parts = body.split("''");
    let mut found = parts.next()?.to_owned();
    for (at, part) in parts.enumerate() {
        found.push_str(if at % 2 == 0 { " '" } else { "' " });
        found.push_str(part);
    }
    Some(Cow::Owned(found))
}

/// Behind the control words that stand before a statement: `BEGIN IF … THEN`.
fn past_control(mut cursor: Cursor<'_>) -> Option<Cursor<'_>> {
    loop {
        if cursor.is_end() || cursor.is("END") {
            return None;
        }
        // `<<label>>`
        if cursor.is_symbol("<<") && cursor.names_ahead(1) {
            cursor.skip();
            cursor.skip();
            cursor.eat_symbol(">>");
            continue;
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
    let formats = cursor.is("FORMAT") && cursor.ahead(1).is_some_and(|token| token.kind == TokenKind::Open);
    let mut after = cursor;
    if formats {
        cursor.skip();
        after.skip();
        cursor.skip();
        after.skip_group();
    }
    let Some(literal) = cursor.eat_kind(TokenKind::String) else { return unknown() };
    if !formats {
        after = cursor;
    }
    if !(after.is_end() || after.is_any(&["USING", "INTO"])) {
        return unknown();
    }
    let Some(mut tokens) = tokens_of(cursor.text(), literal) else { return unknown() };
    if formats {
        tokens = with_holes(cursor.text(), tokens);
    }
    let mut actions = Vec::new();
    for group in tokens.split(|token| token.kind == TokenKind::Semicolon).filter(|group| !group.is_empty()) {
        actions.extend(classify::of_cursor(cursor.over(group), depth + 1));
    }
    actions
}

/// The tokens with one for each name that `format` fills in: `%I`, `%1$I`, `idx_%s`.
fn with_holes(text: &str, tokens: Vec<Token>) -> Vec<Token> {
    let mut found: Vec<Token> = Vec::with_capacity(tokens.len());
    let mut rest = tokens.into_iter().peekable();
    while let Some(token) = rest.next() {
        let next = rest.peek().copied().filter(|next| next.start == token.end);
        let fills = token.text(text).ends_with('%')
            && next.is_some_and(|next| {
                let word =
                    next.text(text).trim_start_matches(|char: char| char.is_ascii_digit() || char == '$');
                word.starts_with(['I', 's', 'L'])
            });
        let Some(next) = next.filter(|_| fills) else {
            found.push(token);
            continue;
        };
        rest.next();
        let mut hole = Token { kind: TokenKind::Hole, end: next.end, ..token };
        // `idx_%s`: one name.
        let joins =
            |last: &Token| last.end == hole.start && matches!(last.kind, TokenKind::Word | TokenKind::Hole);
        if let Some(last) = found.pop_if(|last| joins(last)) {
            hole.start = last.start;
        }
        found.push(hole);
    }
    found
}
