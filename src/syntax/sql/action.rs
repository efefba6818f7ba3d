//! One action of an ALTER TABLE.

use super::cursor::{Cursor, comma_groups, range_of};
use super::lexer::TokenKind;
use super::{Action, Piece, column};

/// Words that an action begins with.
pub(super) const VERBS: &[&str] = &[
    "ADD",
    "DROP",
    "ALTER",
    "RENAME",
    "SET",
    "RESET",
    "VALIDATE",
    "OWNER",
    "ENABLE",
    "DISABLE",
    "ATTACH",
    "DETACH",
    "CLUSTER",
    "INHERIT",
    "NO",
    "OF",
    "NOT",
    "REPLICA",
    "FORCE",
    "CHANGE",
    "MODIFY",
    "CONVERT",
    "ENGINE",
    "COMMENT",
    "AUTO_INCREMENT",
    "CHARSET",
    "CHARACTER",
    "DEFAULT",
    "COLLATE",
    "ROW_FORMAT",
    "ALGORITHM",
    "LOCK",
    "ORDER",
    "PARTITION",
    "REMOVE",
    "COALESCE",
    "REORGANIZE",
    "EXCHANGE",
    "TRUNCATE",
    "ANALYZE",
    "CHECK",
    "NOCHECK",
    "OPTIMIZE",
    "REBUILD",
    "REPAIR",
    "DISCARD",
    "IMPORT",
    "SPLIT",
    "MERGE",
    "WITH",
    "SWITCH",
    "UPGRADE",
    "TABLESPACE",
];

/// The verb that a part without one takes over from this one: T-SQL's `ADD a int, b int`,
/// `DROP COLUMN a, b`.
pub(super) fn inherited(cursor: Cursor<'_>) -> Option<&'static str> {
    if cursor.is_any_ahead(1, &["PARTITION", "PERIOD"]) {
        return None;
    }
    if cursor.is("ADD") {
        return Some("ADD");
    }
    if cursor.is("DROP") {
        return Some(if cursor.is_ahead(1, "CONSTRAINT") { "DROP CONSTRAINT" } else { "DROP COLUMN" });
    }
    None
}

/// Reads one action, without its table; a bracketed list of columns is one for each of them.
pub(super) fn read(mut cursor: Cursor<'_>, inherits: Option<&str>, actions: &mut Vec<Action>) {
    let range = range_of(cursor.rest());
    let new = |change| Action::new(change, range.clone());
    if let Some(verb) = inherits {
        actions.push(match verb {
            "ADD" => add_one(cursor, new("add-column")),
            "DROP CONSTRAINT" if !cursor.eat(&["COLUMN"]) => drop_constraint(cursor, new("drop-constraint")),
            _ if cursor.eat(&["CONSTRAINT"]) => drop_constraint(cursor, new("drop-constraint")),
            _ => drop_column(cursor, new("drop-column")),
        });
        return;
    }
    if cursor.kind() != Some(TokenKind::Word) {
        return actions.push(new("unknown"));
    }
    // T-SQL's `WITH NOCHECK ADD CONSTRAINT …`
    let unchecked = cursor.eat(&["WITH", "NOCHECK"]);
    if !unchecked {
        cursor.eat(&["WITH", "CHECK"]);
    }
    let verb = cursor.words().to_ascii_uppercase();
    cursor.skip();
    let action = match verb.as_str() {
        "ADD" => return add(cursor, new("add-column"), unchecked, actions),
        "DROP" => drop(cursor, new("drop-column")),
        "ALTER" => alter(cursor, new("alter-column")),
        "RENAME" => rename(cursor, new("rename-column")),
        "CHANGE" => change(cursor, new("rename-column")),
        "MODIFY" => modify(cursor, new("alter-column-type")),
        "SET" if cursor.is("SCHEMA") => {
            cursor.skip();
            Action { object: cursor.name(), ..new("rename-table") }
        }
        "VALIDATE" if cursor.eat(&["CONSTRAINT"]) => {
            Action { object: cursor.part(), ..new("validate-constraint") }
        }
        "ATTACH" | "DETACH" | "COALESCE" | "REORGANIZE" | "EXCHANGE" | "TRUNCATE" | "SPLIT" | "MERGE"
        | "REMOVE" | "PARTITION" | "SWITCH" => partition(cursor, new("alter-partition")),
        "ANALYZE" | "OPTIMIZE" | "REBUILD" | "REPAIR" | "CHECK" | "DISCARD" | "IMPORT"
            if cursor.is("PARTITION") =>
        {
            partition(cursor, new("alter-partition"))
        }
        "CHECK" | "NOCHECK" if cursor.eat(&["CONSTRAINT"]) => {
            Action { object: cursor.part(), ..new("alter-constraint") }
        }
        _ => new("alter-table"),
    };
    actions.push(action);
}

fn partition(mut cursor: Cursor<'_>, mut action: Action) -> Action {
    action.cascade = cursor.holds(&["CASCADE"]);
    action.concurrently = cursor.holds(&["CONCURRENTLY"]);
    if cursor.eat_any(&["PARTITION", "PARTITIONS"]) && !cursor.is("BY") {
        action.if_exists = cursor.if_exists();
        action.object = cursor.name();
    }
    action
}

fn add(mut cursor: Cursor<'_>, mut action: Action, unchecked: bool, actions: &mut Vec<Action>) {
    let columns = cursor.eat(&["COLUMN"]);
    action.if_not_exists = cursor.if_not_exists();
    action.not_valid = unchecked;
    if cursor.kind() == Some(TokenKind::Open) {
        let inside = inside_group(&cursor);
        let groups = comma_groups(inside);
        actions.extend(
            groups.into_iter().filter(|group| !group.is_empty()).map(|group| {
                add_one(cursor.over(group), Action { range: range_of(group), ..action.clone() })
            }),
        );
        return;
    }
    actions.push(if columns { add_column(cursor, action) } else { add_one(cursor, action) });
}

/// The tokens between the brackets of the group that comes next.
fn inside_group<'a>(cursor: &Cursor<'a>) -> &'a [super::lexer::Token] {
    let mut after = *cursor;
    after.skip_group();
    let taken = cursor.rest().len() - after.rest().len();
    cursor.rest().get(1..taken.saturating_sub(1)).unwrap_or_default()
}

/// What is added: a constraint, an index, a partition, else a column. The words CHECK, INDEX, KEY and
/// PARTITION may be columns' names too.
fn add_one(mut cursor: Cursor<'_>, mut action: Action) -> Action {
    if cursor.eat(&["CONSTRAINT"]) {
        action.if_not_exists |= cursor.if_not_exists();
        let unnamed = cursor.is_any(&["PRIMARY", "UNIQUE", "FOREIGN", "CHECK"])
            && (cursor.is_any_ahead(1, &["KEY", "INDEX"]) || opens(&cursor, 1));
        if !unnamed {
            action.object = cursor.part();
        }
        return constraint(cursor, action);
    }
    let kind = ["FULLTEXT", "SPATIAL"].iter().any(|word| cursor.is(word));
    if kind && (cursor.is_any_ahead(1, &["INDEX", "KEY"]) || opens(&cursor, 1) || opens(&cursor, 2)) {
        cursor.skip();
        cursor.eat_any(&["INDEX", "KEY"]);
        return index(cursor, action);
    }
    if cursor.is("UNIQUE") && cursor.is_any_ahead(1, &["INDEX", "KEY"]) {
        cursor.skip();
        cursor.skip();
        action.unique = true;
        return index(cursor, action);
    }
    if cursor.is_any(&["INDEX", "KEY"]) && is_index(&cursor) {
        cursor.skip();
        return index(cursor, action);
    }
    let constraint_word = (cursor.is_any(&["PRIMARY", "FOREIGN"]) && cursor.is_ahead(1, "KEY"))
        || cursor.is("UNIQUE")
        || (cursor.is("EXCLUDE") && (cursor.is_ahead(1, "USING") || opens(&cursor, 1)))
        || (cursor.is("CHECK") && opens(&cursor, 1))
        || (cursor.is("NOT") && cursor.is_ahead(1, "NULL"));
    if constraint_word {
        return constraint(cursor, action);
    }
    if cursor.is("PARTITION") && (opens(&cursor, 1) || cursor.is_any_ahead(1, &["IF", "PARTITIONS"])) {
        return partition(cursor, Action { change: "alter-partition", ..action });
    }
    if cursor.is("PERIOD") && cursor.is_ahead(1, "FOR") {
        return Action { change: "alter-table", ..action };
    }
    add_column(cursor, action)
}

fn opens(cursor: &Cursor<'_>, by: usize) -> bool {
    cursor.ahead(by).is_some_and(|token| token.kind == TokenKind::Open)
}

/// `INDEX name (column)`, not a column called `index` of the type `name(10)`.
fn is_index(cursor: &Cursor<'_>) -> bool {
    let size = |by: usize| cursor.ahead(by).is_some_and(|token| token.kind == TokenKind::Number);
    if opens(cursor, 1) {
        return !size(2);
    }
    (opens(cursor, 2) && !size(3)) || cursor.is_ahead(2, "USING") || cursor.is_any_ahead(1, &["IF"])
}

fn add_column(mut cursor: Cursor<'_>, mut action: Action) -> Action {
    action.column = cursor.part();
    column::definition(&mut cursor, &mut action);
    action
}

fn index(mut cursor: Cursor<'_>, mut action: Action) -> Action {
    action.change = "create-index";
    action.if_not_exists |= cursor.if_not_exists();
    if !cursor.is("USING") {
        action.object = cursor.part();
    }
    if cursor.eat(&["USING"]) {
        action.method = cursor.part();
    }
    action.columns = super::create::names_in_group(&mut cursor);
    action
}

/// What stands behind a constraint's name.
fn constraint(mut cursor: Cursor<'_>, mut action: Action) -> Action {
    action.change = "add-constraint";
    let rest = cursor;
    action.constraint = kind_of_constraint(&mut cursor);
    action.unique = matches!(action.constraint, Some("primary-key" | "unique"));
    match action.constraint {
        // MySQL: `FOREIGN KEY name (…)`, `UNIQUE name (…)`.
        Some("foreign-key" | "unique")
            if action.object.is_none() && !cursor.is_any(&["USING", "NULLS", "NOT"]) =>
        {
            action.object = cursor.part();
        }
        // … and the index's name behind that of the constraint.
        Some("foreign-key" | "unique")
            if cursor.names_ahead(0) && opens(&cursor, 1) && !cursor.is_any(&["INCLUDE"]) =>
        {
            cursor.skip();
        }
        Some("not-null") => action.column = cursor.part(),
        _ => {}
    }
    if cursor.eat(&["USING", "INDEX"]) {
        action.using_index = true;
    } else if action.constraint == Some("exclude") && cursor.eat(&["USING"]) {
        action.method = cursor.part();
    }
    if matches!(action.constraint, Some("foreign-key" | "unique" | "primary-key")) {
        if cursor.is("NULLS") {
            cursor.eat(&["NULLS", "NOT", "DISTINCT"]);
        }
        action.columns = super::create::names_in_group(&mut cursor);
    }
    if action.constraint == Some("foreign-key") && cursor.seek(&["REFERENCES"]) {
        cursor.skip();
        action.references = cursor.name();
    }
    // Within brackets, NOT VALID speaks of a column of that name.
    let mut ahead = rest;
    while !ahead.is_end() && !action.not_valid {
        action.not_valid = ahead.eat(&["NOT", "VALID"]);
        ahead.skip_group();
    }
    action
}

fn kind_of_constraint(cursor: &mut Cursor<'_>) -> Option<&'static str> {
    Some(if cursor.eat(&["PRIMARY", "KEY"]) {
        "primary-key"
    } else if cursor.eat(&["FOREIGN", "KEY"]) {
        "foreign-key"
    } else if cursor.eat(&["UNIQUE"]) {
        cursor.eat_any(&["KEY", "INDEX"]);
        "unique"
    } else if cursor.eat(&["CHECK"]) {
        "check"
    } else if cursor.eat(&["EXCLUDE"]) {
        "exclude"
    } else if cursor.eat(&["NOT", "NULL"]) {
        "not-null"
    } else {
        return None;
    })
}

fn drop(mut cursor: Cursor<'_>, mut action: Action) -> Action {
    let cascade = cursor.holds(&["CASCADE"]);
    if cursor.eat(&["PRIMARY", "KEY"]) {
        return Action { change: "drop-constraint", constraint: Some("primary-key"), cascade, ..action };
    }
    // Each of these words may be a column's name where no other name follows.
    let names = cursor.names_ahead(1) && !cursor.is_any_ahead(1, &["CASCADE", "RESTRICT"]);
    if cursor.is("CONSTRAINT") && names {
        cursor.skip();
        return drop_constraint(cursor, Action { change: "drop-constraint", ..action });
    }
    if cursor.is("FOREIGN") && cursor.is_ahead(1, "KEY") {
        cursor.eat(&["FOREIGN", "KEY"]);
        return drop_constraint(
            cursor,
            Action { change: "drop-constraint", constraint: Some("foreign-key"), ..action },
        );
    }
    if cursor.is("CHECK") && names {
        cursor.skip();
        return drop_constraint(
            cursor,
            Action { change: "drop-constraint", constraint: Some("check"), ..action },
        );
    }
    if cursor.is_any(&["INDEX", "KEY"]) && names {
        cursor.skip();
        action.if_exists = cursor.if_exists();
        return Action { change: "drop-index", object: cursor.part(), ..action };
    }
    if cursor.is("PARTITION") && names {
        return partition(cursor, Action { change: "alter-partition", ..action });
    }
    if cursor.is("PERIOD") && cursor.is_ahead(1, "FOR") {
        return Action { change: "alter-table", ..action };
    }
    if cursor.is("COLUMN") && names {
        cursor.skip();
    }
    drop_column(cursor, action)
}

fn drop_column(mut cursor: Cursor<'_>, mut action: Action) -> Action {
    action.cascade = cursor.holds(&["CASCADE"]);
    action.if_exists = cursor.if_exists();
    action.column = cursor.part();
    action
}

fn drop_constraint(mut cursor: Cursor<'_>, mut action: Action) -> Action {
    action.cascade = cursor.holds(&["CASCADE"]);
    action.if_exists = cursor.if_exists();
    action.object = cursor.part();
    action
}

fn alter(mut cursor: Cursor<'_>, mut action: Action) -> Action {
    let names = cursor.names_ahead(1);
    if cursor.is_any(&["CONSTRAINT", "CHECK"]) && names && !cursor.is_any_ahead(1, &["TYPE", "SET", "DROP"]) {
        cursor.skip();
        return Action { change: "alter-constraint", object: cursor.part(), ..action };
    }
    if cursor.is("INDEX") && names && cursor.is_any_ahead(2, &["VISIBLE", "INVISIBLE"]) {
        cursor.skip();
        return Action { change: "alter-index", object: cursor.part(), ..action };
    }
    // CockroachDB: `ALTER PRIMARY KEY USING COLUMNS (a)`.
    if cursor.is("PRIMARY") && cursor.is_ahead(1, "KEY") && cursor.is_any_ahead(2, &["USING"]) {
        return Action { change: "alter-constraint", constraint: Some("primary-key"), ..action };
    }
    if names {
        cursor.eat(&["COLUMN"]);
    }
    action.if_exists = cursor.if_exists();
    action.column = cursor.part();
    if cursor.eat(&["SET", "NOT", "NULL"]) {
        action.not_null = true;
        action.change = "set-not-null";
    } else if cursor.eat(&["DROP", "NOT", "NULL"]) {
        action.change = "drop-not-null";
    } else if cursor.eat(&["SET", "DEFAULT"]) {
        action.default = cursor.until(|_| false);
        let null = action.default.as_ref().is_some_and(|default| default.text.eq_ignore_ascii_case("null"));
        action.change = if null { "drop-default" } else { "set-default" };
    } else if cursor.eat(&["DROP", "DEFAULT"]) {
        action.change = "drop-default";
    } else if is_storage(&cursor) {
        action.change = "alter-table";
    } else if cursor.eat(&["SET", "DATA", "TYPE"]) || cursor.eat(&["TYPE"]) {
        action.change = "alter-column-type";
        action.data_type = cursor.until(|cursor| cursor.is_any(&["USING", "COLLATE"]));
        action.using = cursor.is("USING");
    } else if !cursor.is_end() && !cursor.is_any(&["SET", "DROP", "ADD", "RESET", "RESTART", "OPTIONS"]) {
        // T-SQL: `ALTER COLUMN c varchar(20) NOT NULL`
        action.change = "alter-column-type";
        column::definition(&mut cursor, &mut action);
    }
    action
}

/// `SET STATISTICS 100`, `SET (n_distinct = 5)`: how the column is kept, not what it holds.
fn is_storage(cursor: &Cursor<'_>) -> bool {
    let set = cursor.is("SET") && cursor.is_any_ahead(1, &["STATISTICS", "STORAGE", "COMPRESSION"]);
    set || (cursor.is_any(&["SET", "RESET"]) && opens(cursor, 1))
}

fn rename(mut cursor: Cursor<'_>, mut action: Action) -> Action {
    let to_name =
        |cursor: &mut Cursor<'_>| -> Option<Piece> { if cursor.eat(&["TO"]) { cursor.name() } else { None } };
    // `RENAME to` would be a table called `to`; nobody does that.
    if cursor.eat(&["TO"]) || cursor.eat(&["AS"]) || cursor.eat_symbol("=") {
        return Action { change: "rename-table", new_name: cursor.name(), ..action };
    }
    let pair = cursor.names_ahead(1) && cursor.is_ahead(2, "TO");
    if cursor.is("CONSTRAINT") && pair {
        cursor.skip();
        action.change = "rename-constraint";
        action.object = cursor.part();
        action.new_name = to_name(&mut cursor);
        return action;
    }
    if cursor.is_any(&["INDEX", "KEY"]) && pair {
        cursor.skip();
        action.change = "rename-index";
        action.object = cursor.part();
        action.new_name = to_name(&mut cursor);
        return action;
    }
    if cursor.is("COLUMN") && !cursor.is_ahead(1, "TO") {
        cursor.skip();
        action.if_exists = cursor.if_exists();
    }
    let name = cursor.name();
    if cursor.is("TO") {
        action.column = name;
        action.new_name = to_name(&mut cursor);
        return action;
    }
    // MySQL: `RENAME new_name`
    Action { change: "rename-table", new_name: name, ..action }
}

/// `MySQL`: `CHANGE [COLUMN] old new type …`
fn change(mut cursor: Cursor<'_>, mut action: Action) -> Action {
    if cursor.names_ahead(2) {
        cursor.eat(&["COLUMN"]);
    }
    action.if_exists = cursor.if_exists();
    action.column = cursor.part();
    let new_name = cursor.part();
    let same = match (&action.column, &new_name) {
        (Some(old), Some(new)) => old.text.eq_ignore_ascii_case(&new.text),
        _ => false,
    };
    column::definition(&mut cursor, &mut action);
    if same {
        return Action { change: "alter-column-type", ..action };
    }
    Action { new_name, ..action }
}

/// `MySQL`: `MODIFY [COLUMN] column type …`
fn modify(mut cursor: Cursor<'_>, mut action: Action) -> Action {
    if cursor.names_ahead(1) {
        cursor.eat(&["COLUMN"]);
    }
    action.if_exists = cursor.if_exists();
    action.column = cursor.part();
    column::definition(&mut cursor, &mut action);
    action
}
