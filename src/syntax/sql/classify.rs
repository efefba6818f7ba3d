//! One statement's tokens as the changes that it makes, by its head keyword.

use super::cursor::{Cursor, range_of};
use super::lexer::{Token, TokenKind};
use super::{Action, Piece, alter, create, data, drop, rename};

/// How deep statements within statements are looked at: EXPLAIN, WITH, DO.
const MAX_DEPTH: usize = 4;

/// What the statement does; never empty. The first entry is the statement's own.
pub(super) fn actions(text: &str, tokens: &[Token]) -> Vec<Action> {
    of_cursor(Cursor::new(text, tokens), 0)
}

pub(super) fn of_cursor(cursor: Cursor<'_>, depth: usize) -> Vec<Action> {
    let range = range_of(cursor.rest());
    let actions = dispatch(cursor, range.clone(), depth);
    if actions.is_empty() { vec![Action::new("unknown", range)] } else { actions }
}

fn dispatch(mut cursor: Cursor<'_>, range: std::ops::Range<usize>, depth: usize) -> Vec<Action> {
    let head = match cursor.kind() {
        Some(TokenKind::Word) => cursor.words().to_ascii_uppercase(),
        // `(SELECT …) UNION …`
        Some(TokenKind::Open) => return data::in_brackets(cursor, range),
        _ => return Vec::new(),
    };
    cursor.skip();
    let just = |change| vec![Action::new(change, range.clone())];
    let one = |action: Action| vec![action];
    match head.as_str() {
        "CREATE" => one(create::create(cursor, range)),
        "ALTER" => alter::alter(cursor, range),
        "DROP" => drop::drop(cursor, range),
        "TRUNCATE" => drop::truncate(cursor, range),
        "RENAME" => rename::rename(cursor, &range),
        "EXEC" | "EXECUTE" => one(rename::execute(cursor, range)),
        "INSERT" | "REPLACE" => one(data::insert(cursor, range)),
        "UPDATE" => one(data::update(cursor, range)),
        "DELETE" => one(data::delete(cursor, range)),
        "MERGE" => one(data::merge(cursor, range)),
        "COPY" => one(data::copy(cursor, range)),
        "SELECT" => one(data::select(cursor, range)),
        "WITH" if depth < MAX_DEPTH => data::with(cursor, range, depth),
        "EXPLAIN" if depth < MAX_DEPTH => data::explain(cursor, range, depth),
        "VALUES" | "TABLE" | "WITH" | "EXPLAIN" | "DESCRIBE" | "DESC" | "FETCH" => just("select"),
        "DO" => data::do_block(cursor, range, depth),
        "CALL" => one(named("call", cursor, range)),
        "LOCK" | "UNLOCK" => data::lock(cursor, range),
        "GRANT" | "REVOKE" | "DENY" => one(grant(&head, cursor, range)),
        "COMMENT" => one(comment(cursor, range)),
        "LOAD" if cursor.is_any(&["DATA", "XML"]) => one(load(cursor, range)),
        "REINDEX" => one(reindex(cursor, range)),
        "REFRESH" => one(refresh(cursor, range)),
        "VACUUM" | "ANALYZE" | "ANALYSE" | "CLUSTER" => maintenance(cursor, &range),
        "OPTIMIZE" | "REPAIR" if cursor.seek(&["TABLE"]) => {
            cursor.skip();
            maintenance(cursor, &range)
        }
        "OPTIMIZE" | "REPAIR" | "FLUSH" | "CHECKPOINT" => just("maintenance"),
        "CHECK" if cursor.is("TABLE") => just("maintenance"),
        "SET" | "RESET" | "SHOW" | "USE" | "PRAGMA" | "DISCARD" => just("set"),
        "IF" | "BEGIN" | "ELSE" | "WHILE" if depth < MAX_DEPTH && leads_on(&head, &mut cursor) => {
            of_cursor(cursor.over(cursor.rest()), depth + 1)
        }
        "BEGIN" | "START" | "COMMIT" | "END" | "ROLLBACK" | "ABORT" | "SAVEPOINT" | "RELEASE" => {
            just("transaction")
        }
        "PREPARE" if cursor.is("TRANSACTION") => just("transaction"),
        word if OTHER_HEADS.contains(&word) => just("other"),
        _ => Vec::new(),
    }
}

/// Moves past T-SQL's control words to the statement that they lead to: `IF EXISTS (…) DROP TABLE a`.
fn leads_on(head: &str, cursor: &mut Cursor<'_>) -> bool {
    const VERBS: &[&str] =
        &["DROP", "ALTER", "CREATE", "TRUNCATE", "DELETE", "UPDATE", "INSERT", "MERGE", "EXEC", "EXECUTE"];
    if matches!(head, "IF" | "WHILE") {
        return cursor.seek(VERBS);
    }
    cursor.eat_any(&["TRY", "CATCH", "BEGIN"]);
    cursor.is_any(VERBS)
}

/// Statements that change nothing that anyone asks about.
const OTHER_HEADS: &[&str] = &[
    "ATTACH",
    "BACKUP",
    "CACHE",
    "CHANGE",
    "CLOSE",
    "DEALLOCATE",
    "DECLARE",
    "DETACH",
    "EXCHANGE",
    "GO",
    "HANDLER",
    "HELP",
    "IF",
    "IMPORT",
    "INSTALL",
    "KILL",
    "LISTEN",
    "LOAD",
    "MOVE",
    "NOTIFY",
    "OPEN",
    "PREPARE",
    "PRINT",
    "PURGE",
    "RAISERROR",
    "REASSIGN",
    "RESTORE",
    "RETURN",
    "SECURITY",
    "SIGNAL",
    "STOP",
    "SYSTEM",
    "THROW",
    "UNLISTEN",
    "WAITFOR",
    "WHILE",
    "XA",
    "CHECK",
    "INSTALL",
    "SHUTDOWN",
    "UNINSTALL",
    "PERFORM",
    "RAISE",
    "ASSERT",
    "NULL",
    "GET",
    "FOR",
    "LOOP",
    "EXIT",
    "CONTINUE",
    "CASE",
    "FOREACH",
    "OPTIMISE",
];

/// A statement whose object is the first name behind its head.
fn named(change: &'static str, mut cursor: Cursor<'_>, range: std::ops::Range<usize>) -> Action {
    let object = cursor.name();
    Action { object, ..Action::new(change, range) }
}

/// What a privilege is granted on, where it is no table.
const GRANTED: &[&str] = &[
    "ALL",
    "SCHEMA",
    "DATABASE",
    "FUNCTION",
    "PROCEDURE",
    "ROUTINE",
    "SEQUENCE",
    "TYPE",
    "DOMAIN",
    "LANGUAGE",
    "TABLESPACE",
    "FOREIGN",
    "LARGE",
    "PARAMETER",
    "OBJECT",
];

fn grant(head: &str, mut cursor: Cursor<'_>, range: std::ops::Range<usize>) -> Action {
    let mut action = Action::new(if head == "GRANT" { "grant" } else { "revoke" }, range);
    action.cascade = cursor.holds(&["CASCADE"]);
    if !cursor.seek(&["ON"]) {
        return action;
    }
    cursor.skip();
    let table = cursor.eat(&["TABLE"]);
    if !table && cursor.is_any(GRANTED) && !cursor.is_any_ahead(1, &["TO", "FROM"]) {
        if cursor.is("ALL") {
            return action;
        }
        while cursor.is_any(GRANTED) || cursor.is_any(&["DATA", "WRAPPER", "SERVER"]) {
            cursor.skip();
        }
        action.object = cursor.name();
        return action;
    }
    action.table = cursor.name();
    action
}

fn comment(mut cursor: Cursor<'_>, range: std::ops::Range<usize>) -> Action {
    let mut action = Action::new("comment", range);
    if !cursor.eat(&["ON"]) {
        return action;
    }
    if cursor.eat(&["COLUMN"]) {
        let mut parts = cursor.parts();
        action.column = parts.pop();
        action.table = super::cursor::join(parts);
        return action;
    }
    let on_table = |word: &str| matches!(word, "CONSTRAINT" | "TRIGGER" | "RULE" | "POLICY");
    let word = cursor.words().to_ascii_uppercase();
    if word == "TABLE" {
        cursor.skip();
        action.table = cursor.name();
        return action;
    }
    if super::nouns::take(&mut cursor).is_none() {
        cursor.skip();
    }
    action.object = cursor.name();
    if on_table(&word) && cursor.eat(&["ON"]) {
        cursor.eat(&["DOMAIN"]);
        action.table = cursor.name();
    }
    action
}

fn reindex(mut cursor: Cursor<'_>, range: std::ops::Range<usize>) -> Action {
    let mut action = Action::new("reindex", range);
    if cursor.kind() == Some(TokenKind::Open) {
        let before = cursor;
        cursor.skip_group();
        action.concurrently = before.holds(&["CONCURRENTLY"]);
    }
    let what = cursor.words().to_ascii_uppercase();
    let takes_name = matches!(what.as_str(), "INDEX" | "TABLE" | "SCHEMA" | "DATABASE" | "SYSTEM");
    // From version 16 on, the database needs no name.
    let whole = matches!(what.as_str(), "DATABASE" | "SYSTEM");
    if takes_name && (whole || cursor.ahead(1).is_some()) {
        action.keyword = cursor.token().map(Token::range);
        cursor.skip();
    }
    action.concurrently |= cursor.eat(&["CONCURRENTLY"]);
    let name: Option<Piece> = cursor.name();
    if what == "TABLE" {
        action.table = name;
    } else {
        action.object = name;
    }
    action
}

/// `LOAD DATA INFILE 'f' INTO TABLE t`
fn load(mut cursor: Cursor<'_>, range: std::ops::Range<usize>) -> Action {
    let into = cursor.seek(&["TABLE"]) && cursor.eat(&["TABLE"]);
    let table = if into { cursor.name() } else { None };
    Action { table, ..Action::new("copy", range) }
}

/// `VACUUM (FULL) VERBOSE table, table`, `CLUSTER table USING index`: an action for each table.
fn maintenance(mut cursor: Cursor<'_>, range: &std::ops::Range<usize>) -> Vec<Action> {
    if cursor.kind() == Some(TokenKind::Open) {
        cursor.skip_group();
    }
    while cursor.eat_any(&["FULL", "FREEZE", "VERBOSE", "ANALYZE", "ANALYSE"]) {}
    super::cursor::comma_groups(cursor.rest())
        .into_iter()
        .map(|group| {
            let mut cursor = cursor.over(group);
            if cursor.names_ahead(1) {
                cursor.eat(&["ONLY"]);
            }
            Action { table: cursor.name(), ..Action::new("maintenance", range.clone()) }
        })
        .collect()
}

fn refresh(mut cursor: Cursor<'_>, range: std::ops::Range<usize>) -> Action {
    if !cursor.eat(&["MATERIALIZED", "VIEW"]) {
        return Action::new("other", range);
    }
    let keyword = cursor.before().map(Token::range);
    let concurrently = cursor.eat(&["CONCURRENTLY"]);
    let object = cursor.name();
    Action { object, concurrently, keyword, ..Action::new("refresh-view", range) }
}
