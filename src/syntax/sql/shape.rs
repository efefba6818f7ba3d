//! What a definition says in full: the columns and constraints of a `CREATE TABLE`, the columns of an
//! index, the values of an enum. Knows how PostgreSQL names what is made without a name's place in a
//! schema, but no schema.

use super::column;
use super::cursor::{Cursor, comma_groups, range_of, string_content};
use super::lexer::{self, Token, TokenKind};
use super::{Action, nouns};

/// The statements of a text in which each is known to be whole.
#[must_use]
pub fn statements(text: &str) -> Vec<&str> {
    let mut found = Vec::new();
    let mut start = 0;
    for token in tokens(text).iter().filter(|token| token.kind == TokenKind::Semicolon) {
        let range = token.range();
        found.push(text.get(start..range.start).unwrap_or_default().trim());
        start = range.end;
    }
    found.push(text.get(start..).unwrap_or_default().trim());
    found.retain(|statement| !statement.is_empty());
    found
}

/// What a `CREATE TABLE` makes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TableShape {
    pub columns: Vec<ColumnShape>,
    pub constraints: Vec<ConstraintShape>,
    pub indexes: Vec<IndexShape>,
    /// Whether all columns stand in it: not where it copies or inherits some.
    pub whole: bool,
}

/// A column's definition.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ColumnShape {
    pub name: String,
    /// As written.
    pub data_type: Option<String>,
    pub default: Option<String>,
    pub not_null: bool,
    /// Its value is made by the database: an identity, a serial, a generated or an auto-increment column.
    pub generated: bool,
    /// What its definition adds to the table.
    pub constraints: Vec<ConstraintShape>,
}

/// A constraint's definition.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ConstraintShape {
    pub name: Option<String>,
    /// `primary-key`, `foreign-key`, `unique`, `check`, `exclude`, `not-null`.
    pub kind: &'static str,
    pub columns: Vec<String>,
    /// The table that a foreign key points to.
    pub references: Option<String>,
    /// The columns there, where they are named.
    pub targets: Vec<String>,
    /// What deleting a row there does, in small letters: `cascade`; none for an error.
    pub on_delete: Option<String>,
    pub on_update: Option<String>,
    /// The index that `USING INDEX` makes a constraint of.
    pub using_index: Option<String>,
    /// The words from the kind on, on one line.
    pub text: String,
}

/// An index's definition.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct IndexShape {
    pub name: Option<String>,
    pub unique: bool,
    /// Its keys in order; none for an expression.
    pub columns: Vec<Option<String>>,
    /// Whether it holds all rows: it has no WHERE.
    pub whole: bool,
    /// The words from the method or the keys on, on one line.
    pub text: String,
}

/// Reads a `CREATE TABLE`.
#[must_use]
pub fn table(text: &str) -> Option<TableShape> {
    let tokens = tokens(text);
    let mut cursor = Cursor::new(text, &tokens);
    if !cursor.eat(&["CREATE"]) || !nouns::take(&mut cursor)?.is_table() {
        return None;
    }
    cursor.if_not_exists();
    cursor.name()?;
    if cursor.kind() != Some(TokenKind::Open) {
        return Some(TableShape::default());
    }
    let mut after = cursor;
    after.skip_group();
    let taken = cursor.rest().len() - after.rest().len();
    let inside = cursor.rest().get(1..taken.saturating_sub(1)).unwrap_or_default();
    let mut shape =
        TableShape { whole: !after.holds(&["INHERITS", "AS", "SELECT"]), ..TableShape::default() };
    for group in comma_groups(inside) {
        element(cursor.over(group), &mut shape);
    }
    Some(shape)
}

/// What a `CREATE TABLE` says of tables above and below it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Lineage {
    /// `PARTITION OF` this table.
    pub part_of: Option<String>,
    /// It is that table's DEFAULT partition.
    pub is_default: bool,
    pub inherits: Vec<String>,
    /// It is divided itself: PARTITION BY.
    pub partitioned: bool,
    /// The columns that it is divided by, where all are names.
    pub divided_by: Vec<String>,
}

/// Reads where a `CREATE TABLE` stands among other tables.
#[must_use]
pub fn lineage(text: &str) -> Lineage {
    let tokens = tokens(text);
    let mut cursor = Cursor::new(text, &tokens);
    let mut found = Lineage::default();
    while !cursor.is_end() {
        if cursor.eat(&["PARTITION", "OF"]) {
            found.part_of = cursor.name().map(|name| name.text);
            if cursor.kind() == Some(TokenKind::Open) {
                cursor.skip_group();
            }
            found.is_default = cursor.is("DEFAULT");
        } else if cursor.eat(&["PARTITION", "BY"]) {
            found.partitioned = true;
            cursor.skip();
            found.divided_by = keys(&cursor).into_iter().flatten().collect();
        } else if cursor.eat(&["INHERITS"]) && cursor.kind() == Some(TokenKind::Open) {
            found.inherits = names_of_group(&cursor);
        }
        cursor.skip_group();
    }
    found
}

/// The dotted names in the bracketed list that comes next.
fn names_of_group(cursor: &Cursor<'_>) -> Vec<String> {
    let mut after = *cursor;
    after.skip_group();
    let taken = cursor.rest().len() - after.rest().len();
    let inside = cursor.rest().get(1..taken.saturating_sub(1)).unwrap_or_default();
    let groups = comma_groups(inside).into_iter();
    groups.filter_map(|group| cursor.over(group).name().map(|name| name.text)).collect()
}

/// One element of a table's list.
fn element(mut cursor: Cursor<'_>, shape: &mut TableShape) {
    if cursor.is_end() {
        return;
    }
    if cursor.is("LIKE") {
        shape.whole = false;
        return;
    }
    if let Some(constraint) = constraint_at(cursor) {
        shape.constraints.push(constraint);
        return;
    }
    // MySQL's keys among the columns.
    if cursor.is_any(&["INDEX", "KEY", "FULLTEXT", "SPATIAL"]) && !is_sized_type(&cursor) {
        cursor.skip();
        cursor.eat_any(&["INDEX", "KEY"]);
        let name = if cursor.kind() == Some(TokenKind::Open) { None } else { cursor.part() };
        shape.indexes.push(index_keys(cursor, name.map(|name| name.text), false));
        return;
    }
    match column_at(cursor) {
        Some(column) => shape.columns.push(column),
        None => shape.whole = false,
    }
}

/// A column that is called like a keyword: `key varchar(10)`.
fn is_sized_type(cursor: &Cursor<'_>) -> bool {
    let opens = |by: usize| cursor.ahead(by).is_some_and(|token| token.kind == TokenKind::Open);
    let number = |by: usize| cursor.ahead(by).is_some_and(|token| token.kind == TokenKind::Number);
    !opens(1) && (!opens(2) || number(3))
}

/// Reads what an `ADD COLUMN` adds; `text` may begin behind the `ADD`.
#[must_use]
pub fn added_column(text: &str) -> Option<ColumnShape> {
    let tokens = tokens(text);
    let mut cursor = behind_add(text, &tokens);
    if cursor.names_ahead(1) || cursor.is("COLUMN") && cursor.is_any_ahead(1, &["IF"]) {
        cursor.eat(&["COLUMN"]);
    }
    cursor.if_not_exists();
    column_at(cursor)
}

/// Reads what an `ADD CONSTRAINT` adds; `text` may begin behind the `ADD`.
#[must_use]
pub fn added_constraint(text: &str) -> Option<ConstraintShape> {
    let tokens = tokens(text);
    constraint_at(behind_add(text, &tokens))
}

fn behind_add<'a>(text: &'a str, tokens: &'a [Token]) -> Cursor<'a> {
    let mut cursor = Cursor::new(text, tokens);
    if !cursor.eat(&["WITH", "NOCHECK"]) {
        cursor.eat(&["WITH", "CHECK"]);
    }
    cursor.eat(&["ADD"]);
    cursor
}

/// Reads a `CREATE INDEX`, or an index that an `ALTER TABLE` adds.
#[must_use]
pub fn index(text: &str) -> Option<IndexShape> {
    let tokens = tokens(text);
    let mut cursor = Cursor::new(text, &tokens);
    if cursor.eat(&["CREATE"]) {
        let unique = cursor.eat(&["UNIQUE"]);
        if !cursor.seek(&["INDEX"]) {
            return None;
        }
        cursor.skip();
        cursor.eat(&["CONCURRENTLY"]);
        cursor.if_not_exists();
        let name = if cursor.is("ON") { None } else { cursor.name() };
        if !cursor.seek(&["ON"]) {
            return None;
        }
        cursor.skip();
        cursor.eat(&["ONLY"]);
        cursor.name()?;
        return Some(index_keys(cursor, name.map(|name| name.text), unique));
    }
    cursor.eat(&["ADD"]);
    let unique = cursor.eat(&["UNIQUE"]);
    cursor.eat_any(&["FULLTEXT", "SPATIAL"]);
    cursor.eat_any(&["INDEX", "KEY"]);
    cursor.if_not_exists();
    let name = if cursor.kind() == Some(TokenKind::Open) { None } else { cursor.part() };
    Some(index_keys(cursor, name.map(|name| name.text), unique))
}

/// The keys of an index: what stands behind its table.
fn index_keys(mut cursor: Cursor<'_>, name: Option<String>, unique: bool) -> IndexShape {
    let text = words(&cursor);
    let keyed = cursor.seek_open();
    let columns = if keyed { keys(&cursor) } else { Vec::new() };
    if keyed {
        cursor.skip_group();
    }
    IndexShape { name, unique, columns, whole: !cursor.holds(&["WHERE"]), text }
}

/// The columns of the bracketed list that comes next; none for an expression.
fn keys(cursor: &Cursor<'_>) -> Vec<Option<String>> {
    let mut after = *cursor;
    after.skip_group();
    let taken = cursor.rest().len() - after.rest().len();
    let inside = cursor.rest().get(1..taken.saturating_sub(1)).unwrap_or_default();
    comma_groups(inside)
        .into_iter()
        .map(|group| {
            let mut key = cursor.over(group);
            let name = key.part()?;
            // `name (10)` is a prefix in MySQL; `lower(name)` an expression.
            let opens = key.kind() == Some(TokenKind::Open);
            let prefix = key.ahead(1).is_some_and(|token| token.kind == TokenKind::Number);
            if key.kind() == Some(TokenKind::Operator) || (opens && !prefix) { None } else { Some(name.text) }
        })
        .collect()
}

/// The name of the type that a `CREATE TYPE` makes.
#[must_use]
pub fn type_name(text: &str) -> Option<String> {
    let tokens = tokens(text);
    let mut cursor = Cursor::new(text, &tokens);
    if !cursor.eat(&["CREATE", "TYPE"]) {
        return None;
    }
    cursor.name().map(|name| name.text)
}

/// The values of a `CREATE TYPE … AS ENUM`; none for another type.
#[must_use]
pub fn enum_values(text: &str) -> Option<Vec<String>> {
    let tokens = tokens(text);
    let mut cursor = Cursor::new(text, &tokens);
    if !cursor.seek(&["ENUM"]) {
        return None;
    }
    Some(strings(text, cursor.rest()))
}

/// The value that `ALTER TYPE … ADD VALUE` adds, and the old and new one of `RENAME VALUE`.
#[must_use]
pub fn quoted(text: &str) -> Vec<String> {
    strings(text, &tokens(text))
}

fn strings(text: &str, tokens: &[Token]) -> Vec<String> {
    let strings = tokens.iter().filter(|token| token.kind == TokenKind::String);
    strings.map(|token| string_content(token.text(text))).collect()
}

/// The column defined here.
fn column_at(mut cursor: Cursor<'_>) -> Option<ColumnShape> {
    let name = cursor.part()?;
    let mut action = Action::new("add-column", name.range.clone());
    let mut definition = cursor;
    column::definition(&mut definition, &mut action);
    let data_type = action.data_type.map(|piece| one_line(&piece.text));
    let serial = data_type.as_deref().is_some_and(is_serial);
    let generated = serial || cursor.holds(&["GENERATED", "AUTO_INCREMENT", "AUTOINCREMENT", "IDENTITY"]);
    let constraints = column_constraints(cursor, &name.text);
    let primary = constraints.iter().any(|constraint| constraint.kind == "primary-key");
    Some(ColumnShape {
        name: name.text,
        data_type,
        default: action.default.map(|piece| one_line(&piece.text)),
        not_null: action.not_null || primary || serial || cursor.holds(&["IDENTITY"]),
        generated,
        constraints,
    })
}

/// The constraints in a column's definition.
fn column_constraints(mut cursor: Cursor<'_>, column: &str) -> Vec<ConstraintShape> {
    let mut found = Vec::new();
    let mut name = None;
    while !cursor.is_end() {
        let start = cursor;
        let kind = if cursor.eat(&["CONSTRAINT"]) {
            name = cursor.part().map(|name| name.text);
            continue;
        } else if cursor.eat(&["PRIMARY", "KEY"]) {
            "primary-key"
        } else if cursor.eat(&["UNIQUE"]) {
            "unique"
        } else if cursor.is("CHECK") && cursor.ahead(1).is_some_and(|token| token.kind == TokenKind::Open) {
            cursor.skip();
            cursor.skip_group();
            "check"
        } else if cursor.eat(&["REFERENCES"]) {
            "foreign-key"
        } else {
            cursor.skip_group();
            continue;
        };
        let mut constraint = ConstraintShape { kind, ..ConstraintShape::default() };
        if kind == "foreign-key" {
            target(&mut cursor, &mut constraint);
        }
        let taken = start.rest().len() - cursor.rest().len();
        let text = words(&start.over(start.rest().get(..taken).unwrap_or_default()));
        found.push(ConstraintShape {
            name: name.take(),
            columns: vec![column.to_owned()],
            text,
            ..constraint
        });
    }
    found
}

/// The table's constraint defined here; none where a column begins.
fn constraint_at(mut cursor: Cursor<'_>) -> Option<ConstraintShape> {
    let mut name = None;
    if cursor.is("CONSTRAINT") && cursor.names_ahead(1) {
        cursor.skip();
        cursor.if_not_exists();
        let unnamed = cursor.is_any(&["PRIMARY", "UNIQUE", "FOREIGN", "CHECK"])
            && (cursor.is_ahead(1, "KEY")
                || cursor.ahead(1).is_some_and(|token| token.kind == TokenKind::Open));
        if !unnamed {
            name = cursor.part().map(|name| name.text);
        }
    }
    let opens = |by: usize| cursor.ahead(by).is_some_and(|token| token.kind == TokenKind::Open);
    let text = words(&cursor);
    let kind = if cursor.is("PRIMARY") && cursor.is_ahead(1, "KEY") {
        cursor.eat(&["PRIMARY", "KEY"]);
        "primary-key"
    } else if cursor.is("FOREIGN") && cursor.is_ahead(1, "KEY") {
        cursor.eat(&["FOREIGN", "KEY"]);
        "foreign-key"
    } else if cursor.is("UNIQUE") {
        cursor.skip();
        cursor.eat_any(&["KEY", "INDEX"]);
        "unique"
    } else if cursor.is("CHECK") && opens(1) {
        "check"
    } else if cursor.is("EXCLUDE") && (opens(1) || cursor.is_ahead(1, "USING")) {
        "exclude"
    } else if cursor.is("NOT") && cursor.is_ahead(1, "NULL") {
        cursor.eat(&["NOT", "NULL"]);
        "not-null"
    } else {
        return None;
    };
    let mut constraint = ConstraintShape { name, kind, text, ..ConstraintShape::default() };
    if kind == "not-null" {
        constraint.columns.extend(cursor.part().map(|name| name.text));
        return Some(constraint);
    }
    if cursor.eat(&["USING", "INDEX"]) {
        constraint.using_index = cursor.name().map(|name| name.text);
        return Some(constraint);
    }
    if kind == "exclude" && cursor.seek_open() {
        constraint.columns = excluded(&cursor);
    }
    if matches!(kind, "check" | "exclude") {
        return Some(constraint);
    }
    if cursor.kind() != Some(TokenKind::Open) && !cursor.is_any(&["USING", "NULLS", "CLUSTERED"]) {
        // MySQL: `UNIQUE KEY name (…)`.
        let own = cursor.part().map(|name| name.text);
        constraint.name = constraint.name.or(own);
    }
    if cursor.seek_open() {
        constraint.columns = keys(&cursor).into_iter().flatten().collect();
        cursor.skip_group();
    }
    if kind == "foreign-key" && cursor.seek(&["REFERENCES"]) {
        cursor.skip();
        target(&mut cursor, &mut constraint);
    }
    Some(constraint)
}

/// The columns of an exclusion: `(room WITH =, during WITH &&)`.
fn excluded(cursor: &Cursor<'_>) -> Vec<String> {
    let mut after = *cursor;
    after.skip_group();
    let taken = cursor.rest().len() - after.rest().len();
    let inside = cursor.rest().get(1..taken.saturating_sub(1)).unwrap_or_default();
    let column = |group| cursor.over(group).part().map(|name| name.text);
    comma_groups(inside).into_iter().filter_map(column).collect()
}

/// What a foreign key points to, behind REFERENCES.
fn target(cursor: &mut Cursor<'_>, constraint: &mut ConstraintShape) {
    constraint.references = cursor.name().map(|name| name.text);
    if cursor.kind() == Some(TokenKind::Open) {
        constraint.targets = keys(cursor).into_iter().flatten().collect();
        cursor.skip_group();
    }
    loop {
        if cursor.eat(&["ON", "DELETE"]) {
            constraint.on_delete = effect(cursor);
        } else if cursor.eat(&["ON", "UPDATE"]) {
            constraint.on_update = effect(cursor);
        } else if cursor.eat(&["MATCH"]) {
            cursor.skip();
        } else {
            return;
        }
    }
}

/// What a foreign key does to the rows that point to a row.
fn effect(cursor: &mut Cursor<'_>) -> Option<String> {
    const EFFECTS: &[(&[&str], Option<&str>)] = &[
        (&["CASCADE"], Some("cascade")),
        (&["RESTRICT"], Some("restrict")),
        (&["SET", "NULL"], Some("set null")),
        (&["SET", "DEFAULT"], Some("set default")),
        (&["NO", "ACTION"], None),
    ];
    let (words, effect) = EFFECTS.iter().find(|(words, _)| cursor.eat(words))?;
    // `SET NULL (a, b)`
    if words[0] == "SET" && cursor.kind() == Some(TokenKind::Open) {
        cursor.skip_group();
    }
    effect.map(str::to_owned)
}

fn is_serial(data_type: &str) -> bool {
    matches!(
        data_type.to_ascii_lowercase().as_str(),
        "serial" | "bigserial" | "smallserial" | "serial4" | "serial8" | "serial2"
    )
}

/// The words not yet taken, on one line.
fn words(cursor: &Cursor<'_>) -> String {
    one_line(cursor.text().get(range_of(cursor.rest())).unwrap_or_default())
}

fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn tokens(text: &str) -> Vec<Token> {
    if u32::try_from(text.len()).is_err() {
        return Vec::new();
    }
    lexer::lex(text).tokens
}

/// A type as PostgreSQL prints it: `varchar(20)` is `character varying(20)`. Names of types lose
/// quotes, capitals and the schema `public`.
#[must_use]
pub fn canonical_type(written: &str) -> String {
    let mut text = one_line(written);
    let arrays = text.matches("[]").count() + usize::from(text.to_ascii_lowercase().ends_with(" array"));
    text = text.replace("[]", "");
    if text.to_ascii_lowercase().ends_with(" array") {
        text.truncate(text.len() - " array".len());
    }
    let (mut name, mut size) = (text.trim().to_owned(), String::new());
    if let Some(open) = name.find('(')
        && let Some(close) = name.rfind(')')
        && open < close
    {
        size = name[open..=close].split_whitespace().collect();
        let tail = name[close + 1..].trim().to_owned();
        let head = name[..open].trim().to_owned();
        name = if tail.is_empty() { head } else { format!("{head} {tail}") };
    }
    let lower = name.to_ascii_lowercase();
    let plain = match lower.as_str() {
        "int" | "int4" | "integer" | "serial" | "serial4" => "integer",
        "int8" | "bigint" | "bigserial" | "serial8" => "bigint",
        "int2" | "smallint" | "smallserial" | "serial2" => "smallint",
        "varchar" | "character varying" | "char varying" => "character varying",
        "char" | "character" => {
            if size.is_empty() {
                "(1)".clone_into(&mut size);
            }
            "character"
        }
        "bool" | "boolean" => "boolean",
        "float8" | "double precision" | "float" => "double precision",
        "float4" | "real" => "real",
        "decimal" | "numeric" | "dec" => {
            // Without a scale it is 0.
            if !size.is_empty() && !size.contains(',') {
                size.insert_str(size.len() - 1, ",0");
            }
            "numeric"
        }
        "timestamptz" | "timestamp with time zone" => return zoned("timestamp", &size, "with", arrays),
        "timestamp" | "timestamp without time zone" => {
            return zoned("timestamp", &size, "without", arrays);
        }
        "timetz" | "time with time zone" => return zoned("time", &size, "with", arrays),
        "time" | "time without time zone" => return zoned("time", &size, "without", arrays),
        "varbit" | "bit varying" => "bit varying",
        _ => {
            let name = lower.replace('"', "");
            let name = name.strip_prefix("public.").unwrap_or(&name);
            return format!("{name}{size}{}", "[]".repeat(arrays));
        }
    };
    format!("{plain}{size}{}", "[]".repeat(arrays))
}

fn zoned(name: &str, size: &str, with: &str, arrays: usize) -> String {
    format!("{name}{size} {with} time zone{}", "[]".repeat(arrays))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_table_in_full() {
        let shape = table(
            r#"CREATE TABLE IF NOT EXISTS "public"."order_line" (
                "id" SERIAL NOT NULL, note text DEFAULT 'a, b', "数量" integer NOT NULL CHECK ("数量" >= 0),
                order_id uuid CONSTRAINT fk_order REFERENCES "orders"("id") ON DELETE CASCADE,
                key varchar(10), CONSTRAINT "UQ_1" UNIQUE ("note", key), PRIMARY KEY ("id"),
                FOREIGN KEY (order_id) REFERENCES orders (id))"#,
        )
        .unwrap();
        assert!(shape.whole);
        let names: Vec<_> = shape.columns.iter().map(|column| column.name.as_str()).collect();
        assert_eq!(names, ["id", "note", "数量", "order_id", "key"]);
        assert_eq!(shape.columns[1].default.as_deref(), Some("'a, b'"));
        assert!(shape.columns[0].generated && shape.columns[0].not_null);
        assert_eq!(shape.columns[2].constraints[0].kind, "check");
        let fk = &shape.columns[3].constraints[0];
        assert_eq!((fk.name.as_deref(), fk.references.as_deref()), (Some("fk_order"), Some("orders")));
        let kinds: Vec<_> = shape.constraints.iter().map(|constraint| constraint.kind).collect();
        assert_eq!(kinds, ["unique", "primary-key", "foreign-key"]);
        assert_eq!(shape.constraints[0].columns, ["note", "key"]);
    }

    #[test]
    fn what_is_copied_is_not_whole() {
        for text in ["CREATE TABLE a (LIKE b)", "CREATE TABLE a AS SELECT 1", "CREATE TABLE a PARTITION OF b"]
        {
            assert!(!table(text).unwrap().whole, "{text}");
        }
        assert!(table("CREATE VIEW a AS SELECT 1").is_none());
    }

    #[test]
    fn indexes_and_their_keys() {
        let shape = index(r#"CREATE UNIQUE INDEX CONCURRENTLY "IDX_1" ON "a" USING btree ("b" DESC, lower(c)) WHERE d IS NULL"#).unwrap();
        assert_eq!(shape.columns, [Some("b".to_owned()), None]);
        assert!(shape.unique && !shape.whole);
        assert_eq!(index("CREATE INDEX ON a (b)").unwrap().name, None);
    }

    #[test]
    fn types_as_postgres_prints_them() {
        for (written, printed) in [
            ("varchar(20)", "character varying(20)"),
            ("TIMESTAMP(3) WITH TIME ZONE", "timestamp(3) with time zone"),
            ("timestamptz", "timestamp with time zone"),
            ("numeric(5, 2)", "numeric(5,2)"),
            ("decimal(8)", "numeric(8,0)"),
            ("text[]", "text[]"),
            ("\"public\".\"order_status_enum\"", "order_status_enum"),
            ("SERIAL", "integer"),
            ("JSONB", "jsonb"),
        ] {
            assert_eq!(canonical_type(written), printed);
        }
    }

    #[test]
    fn additions_of_an_alter() {
        let column = added_column("ADD COLUMN IF NOT EXISTS \"a\" int NOT NULL DEFAULT 0").unwrap();
        assert_eq!((column.name.as_str(), column.not_null), ("a", true));
        assert_eq!(added_column("b varchar(3)").unwrap().name, "b");
        let constraint =
            added_constraint("ADD CONSTRAINT \"FK\" FOREIGN KEY (\"a\") REFERENCES \"b\"(\"id\")").unwrap();
        assert_eq!(
            (constraint.columns.join(","), constraint.references.as_deref()),
            ("a".to_owned(), Some("b"))
        );
        assert_eq!(enum_values("CREATE TYPE e AS ENUM ('a', 'b''c')").unwrap(), ["a", "b'c"]);
    }

    #[test]
    fn hostile_definitions_end() {
        let nested = format!("CREATE TABLE a {}", "(".repeat(100_000));
        let _ = table(&nested);
        let _ = table(&format!("CREATE TABLE a (b {}", "CHECK (".repeat(20_000)));
        let _ = index(&format!("CREATE INDEX a ON b ({}", "((".repeat(50_000)));
        let _ = canonical_type(")(");
        for text in ["", "CREATE", "CREATE TABLE", "ADD", "ADD CONSTRAINT", "CREATE TABLE a (,,,)"] {
            let _ = (table(text), added_column(text), added_constraint(text), index(text), quoted(text));
        }
    }
}
