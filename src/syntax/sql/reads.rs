//! The columns that a statement on rows reads, by their names. Knows no table, so it takes a name for a
//! column wherever it is none of a function, a type, a table or an alias; of a name with qualifiers, the
//! last part.

use super::Piece;
use super::cursor::{Cursor, is_word, unquote};
use super::lexer::{Token, TokenKind};

/// More names of one statement are not noted.
const MOST: usize = 64;

/// Words that are no names in an expression.
pub(super) const KEYWORDS: &[&str] = &[
    "SELECT",
    "FROM",
    "WHERE",
    "SET",
    "AND",
    "OR",
    "NOT",
    "NULL",
    "IS",
    "IN",
    "EXISTS",
    "BETWEEN",
    "LIKE",
    "ILIKE",
    "SIMILAR",
    "CASE",
    "WHEN",
    "THEN",
    "ELSE",
    "END",
    "TRUE",
    "FALSE",
    "DEFAULT",
    "VALUES",
    "JOIN",
    "LEFT",
    "RIGHT",
    "INNER",
    "OUTER",
    "FULL",
    "CROSS",
    "LATERAL",
    "ON",
    "USING",
    "AS",
    "ORDER",
    "GROUP",
    "BY",
    "HAVING",
    "LIMIT",
    "OFFSET",
    "ASC",
    "DESC",
    "DISTINCT",
    "ALL",
    "ANY",
    "SOME",
    "UNION",
    "EXCEPT",
    "INTERSECT",
    "RETURNING",
    "CONFLICT",
    "DO",
    "NOTHING",
    "UPDATE",
    "INSERT",
    "DELETE",
    "INTO",
    "WITH",
    "ARRAY",
    "INTERVAL",
    "AT",
    "TIME",
    "ZONE",
    "COLLATE",
    "FOR",
    "OVER",
    "PARTITION",
    "ROWS",
    "FILTER",
    "CURRENT_TIMESTAMP",
    "CURRENT_DATE",
    "CURRENT_USER",
    "NULLS",
    "FIRST",
    "LAST",
    "MATCHED",
    "MERGE",
    "ONLY",
    "MATERIALIZED",
    "RECURSIVE",
    "EXCLUDED",
    "CAST",
    "ROW",
    "ESCAPE",
    "FETCH",
    "NEXT",
    "DUPLICATE",
    "KEY",
    "IGNORE",
];

/// Words that a table's name or a type stands behind.
const BEFORE_OTHERS: &[&str] = &["FROM", "JOIN", "INTO", "UPDATE", "USING", "AS", "TABLE", "ONLY"];

/// Words that end a list of tables.
const CLAUSES: &[&str] = &["WHERE", "SET", "SELECT", "ON", "GROUP", "ORDER", "HAVING", "RETURNING", "LIMIT"];

/// The names among the tokens not yet taken, but those at `written`.
pub(super) fn read(cursor: Cursor<'_>, written: &[Piece]) -> Vec<Piece> {
    let (text, tokens) = (cursor.text(), cursor.rest());
    let mut found: Vec<Piece> = Vec::new();
    let mut next_written = written.iter().map(|piece| piece.range.start).peekable();
    // Whether a comma separates tables: behind FROM, until the next clause.
    let mut tables = false;
    for (at, &token) in tokens.iter().enumerate() {
        let is = |words: &[&str]| words.iter().any(|word| is_word(text, token, word));
        tables = is(&["FROM", "USING"]) || (tables && !is(CLAUSES));
        let listed = tables && at > 0 && tokens[at - 1].kind == TokenKind::Comma;
        let start = token.range().start;
        while next_written.next_if(|&other| other < start).is_some() {}
        let own = next_written.peek() == Some(&start);
        if own || listed || found.len() == MOST || !is_column(text, tokens, at) {
            continue;
        }
        let name = unquote(token.text(text));
        if !found.iter().any(|known| known.text == name) {
            found.push(Piece { text: name, range: token.range() });
        }
    }
    found
}

fn is_column(text: &str, tokens: &[Token], at: usize) -> bool {
    let token = tokens[at];
    let is_keyword = |token: Token| KEYWORDS.iter().any(|word| is_word(text, token, word));
    let is_name = |token: Token| {
        token.kind == TokenKind::Quoted || (token.kind == TokenKind::Word && !is_keyword(token))
    };
    let next = tokens.get(at + 1);
    if !is_name(token) || next.is_some_and(|next| matches!(next.kind, TokenKind::Open | TokenKind::Dot)) {
        return false;
    }
    // The first part of a name with qualifiers says what it stands behind.
    let mut head = at;
    while head >= 2 && tokens[head - 1].kind == TokenKind::Dot {
        head -= 2;
    }
    let Some(before) = head.checked_sub(1).map(|before| tokens[before]) else { return true };
    let is_other = before.text(text) == "::" || BEFORE_OTHERS.iter().any(|word| is_word(text, before, word));
    // `orders o`: an alias.
    !(is_other || is_name(before) || (before.kind == TokenKind::Close && head == at && is_alias(tokens, at)))
}

/// Whether a name behind a bracket ends its part: `(SELECT …) newest`.
fn is_alias(tokens: &[Token], at: usize) -> bool {
    tokens.get(at + 1).is_none_or(|next| !matches!(next.kind, TokenKind::Operator))
}
