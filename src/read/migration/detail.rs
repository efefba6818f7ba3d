//! What a change says beyond its kind and names: types, defaults, constraints, columns. Says what is
//! written; what it costs in which database is derived later, over all files.

use std::ops::Range;
use std::sync::Arc;

use super::builder::{is_nothing, is_true, object_of, text_of};
use super::text::Text;
use super::value::{Object, Value};
use crate::facts::words::schema_change as change;
use crate::facts::{Fact, Value as Said};
use crate::syntax::sql::{self, Action, Dialect, Piece, Statement};
use crate::text::Span;

/// Sets on `fact` what `action` of `statement` says, with its places in `text`.
pub fn set(fact: &mut Fact, text: &Text, statement: &Statement, action: &Action) {
    let span = fact.span;
    fact.set_some(change::DATABASE, statement.dialect.map(database).map(Said::Word), span);
    fact.set_some(change::CONSTRAINT, action.constraint.map(Said::Word), span);
    fact.set_some(change::GENERATED, generated(action).map(Said::Word), span);
    let asked = match action.change {
        "update" | "delete" => Some((change::FILTERED, action.filtered)),
        "add-constraint" => Some((change::NOT_VALID, action.not_valid)),
        "alter-column-type" => Some((change::USING, action.using)),
        _ => None,
    };
    if let Some((field, value)) = asked {
        fact.set(field, value, span);
    }
    for (field, flag) in [
        (change::IF_EXISTS, action.if_exists),
        (change::UNIQUE, action.unique),
        (change::USING_INDEX, action.using_index),
    ] {
        if flag {
            fact.set(field, true, span);
        }
    }
    if let Some(method) = &action.method {
        fact.set(
            change::INDEX_METHOD,
            method.text.to_ascii_lowercase(),
            text.passage.locate(method.range.clone()),
        );
    }
    let foreign = matches!(action.change, "add-constraint" | "add-column");
    if let Some(table) = action.references.as_ref().filter(|_| foreign) {
        fact.set(change::REFERENCES, text.restored(&table.text), text.passage.locate(table.range.clone()));
    }
    for (field, pieces) in [(change::COLUMNS, &action.columns), (change::READS, &action.reads)] {
        if !pieces.is_empty() {
            fact.set(field, names(text, pieces), span);
        }
    }
    if action.change == "add-column" {
        let kind = action.default.as_ref().map_or("none", |default| default_kind(text, default));
        fact.set(change::DEFAULT_KIND, Said::Word(kind), span);
    }
    set_types(fact, text, action);
    set_words(fact, text, action);
}

/// Sets what a call that makes or drops an index or a constraint does. TypeORM always validates the
/// foreign keys and checks that it adds, and builds an index CONCURRENTLY only where `isConcurrent` says
/// so.
pub fn of_object(fact: &mut Fact, method: &str, object: Option<&Value<'_>>) {
    const KINDS: &[(&str, &str)] = &[
        ("ForeignKey", "foreign-key"),
        ("Unique", "unique"),
        ("Check", "check"),
        ("Exclusion", "exclude"),
        ("PrimaryKey", "primary-key"),
    ];
    let span = fact.span;
    let kind = KINDS.iter().find(|(word, _)| method.contains(word)).map(|(_, kind)| *kind);
    fact.set_some(change::CONSTRAINT, kind, span);
    if !method.starts_with("create") {
        return;
    }
    if kind.is_some() {
        fact.set(change::NOT_VALID, false, span);
    }
    if matches!(kind, Some("unique" | "primary-key")) {
        fact.set(change::UNIQUE, true, span);
    }
    let Some(object) = object.and_then(object_of) else { return };
    if object.get("isUnique").is_some_and(is_true) {
        fact.set(change::UNIQUE, true, span);
    }
    if let Some(table) = object.get("referencedTableName").and_then(text_of) {
        fact.set(change::REFERENCES, table.words(), table.passage.span());
    }
    let Some(Value::List(columns)) = object.get("columnNames") else { return };
    let columns: Vec<(Arc<str>, Span)> = columns
        .items
        .iter()
        .filter_map(text_of)
        .map(|text| (text.words().into(), text.passage.span()))
        .collect();
    if !columns.is_empty() {
        fact.set(change::COLUMNS, columns, span);
    }
}

/// Sets what `new TableColumn({…})` says of a column's type and of how its values come about.
pub fn of_column(fact: &mut Fact, column: &Object<'_>) {
    let span = fact.span;
    if let Some(kind) = plain_type(column) {
        fact.set(change::PLAIN_TYPE, kind, span);
    }
    if fact.text(change::CHANGE) != Some("add-column") {
        return;
    }
    let is = |key: &str| column.get(key).is_some_and(is_true);
    if is("isUnique") || is("isPrimary") {
        fact.set(change::UNIQUE, true, span);
    }
    let strategy = column.get("generationStrategy").and_then(text_of).map(|word| word.words());
    let computed = column.get("asExpression").is_some();
    let virtually = column.get("generatedType").and_then(text_of);
    let generated = match strategy.as_deref() {
        Some("increment" | "rowid") => Some("serial"),
        Some("identity") => Some("identity"),
        _ if computed && virtually.is_some_and(|word| word.words().eq_ignore_ascii_case("virtual")) => {
            Some("virtual")
        }
        _ if computed => Some("stored"),
        _ => None,
    };
    fact.set_some(change::GENERATED, generated, span);
    let kind = match column.get("default").filter(|default| !is_nothing(default)) {
        // TypeORM gives a generated uuid the default `uuid_generate_v4()`.
        None if strategy.as_deref() == Some("uuid") => "volatile",
        None if column.more.is_some() => "unknown",
        None => "none",
        Some(Value::Bool(..) | Value::Number(..)) => "constant",
        Some(default) => match text_of(default).as_deref().and_then(Text::known) {
            Some(text) => sql::volatility(text).word(),
            None => "unknown",
        },
    };
    fact.set(change::DEFAULT_KIND, kind, span);
}

/// Sets whether TypeORM drops the column and adds it again: it does where type, length or `isArray`
/// differ, as far as both are written.
pub fn of_change(fact: &mut Fact, old: Option<&Value<'_>>, new: Option<&Value<'_>>) {
    let both = old.and_then(object_of).zip(new.and_then(object_of));
    let types = both.and_then(|(old, new)| Some((plain_type(old)?, plain_type(new)?)));
    let recreates = types.map_or("unknown", |(old, new)| if old == new { "no" } else { "yes" });
    let span = fact.span;
    fact.set(change::RECREATES, recreates, span);
}

/// A described column's type with its length; none where a part of that is not known.
fn plain_type(column: &Object<'_>) -> Option<String> {
    let text = |value: &Value<'_>| text_of(value).as_deref().and_then(Text::known).map(str::to_owned);
    let kind = text(column.get("type")?)?;
    let array = match column.get("isArray") {
        Some(value) => value.truth()?,
        None => false,
    };
    let length = match column.get("length").filter(|length| !is_nothing(length)) {
        Some(Value::Number(length, _)) => length.to_string(),
        Some(length) => text(length)?,
        None => String::new(),
    };
    let length = if length.is_empty() { length } else { format!("({length})") };
    Some(sql::plain_type(&format!("{kind}{length}{}", if array { "[]" } else { "" })))
}

/// Sets where a word could be put in. A place in text that was made up is none.
fn set_words(fact: &mut Fact, text: &Text, action: &Action) {
    let exact =
        |range: Range<usize>| Some((text.passage.text().get(range.clone())?, text.passage.exact(range)?));
    if let Some((word, span)) = action.keyword.clone().filter(|_| !action.concurrently).and_then(exact) {
        fact.set(change::KEYWORD, word, span);
    }
    if let Some(keyword) = action.keyword.as_ref().filter(|_| action.concurrently) {
        const WORD: &str = "CONCURRENTLY";
        let rest = text.passage.text().get(keyword.end..).unwrap_or_default();
        let blanks = rest.len() - rest.trim_start().len();
        let said = rest.get(blanks..blanks + WORD.len()).is_some_and(|word| word.eq_ignore_ascii_case(WORD));
        if let Some((words, span)) = exact(keyword.end..keyword.end + blanks + WORD.len()).filter(|_| said) {
            fact.set(change::CONCURRENTLY_WORD, words, span);
        }
    }
    let dropped = match action.change {
        "drop-table" => action.table.as_ref(),
        "drop-column" => action.column.as_ref(),
        "drop-index" | "drop-constraint" | "drop-type" | "drop-view" => action.object.as_ref(),
        _ => None,
    };
    if let Some(name) = dropped.filter(|_| !action.if_exists)
        && let Some((words, span)) = exact(name.range.clone())
    {
        fact.set(change::DROPPED, words, span);
    }
    let rows_checked = matches!(action.constraint, Some("foreign-key" | "check")) && !action.not_valid;
    if action.change == "add-constraint" && rows_checked {
        let words = text.passage.text().get(action.range.clone()).unwrap_or_default();
        let last = words.chars().next_back().map_or(0, char::len_utf8);
        if let Some((word, span)) = exact(action.range.end - last..action.range.end) {
            fact.set(change::LAST_WORD, word, span);
        }
    }
}

fn set_types(fact: &mut Fact, text: &Text, action: &Action) {
    if let Some(kind) = &action.data_type
        && !text.has_hole(&kind.range)
    {
        fact.set(change::PLAIN_TYPE, sql::plain_type(&kind.text), text.passage.locate(kind.range.clone()));
    }
    let own = action.data_type.as_ref().filter(|_| action.change == "add-column");
    let key = own.is_some() && action.unique && action.not_null;
    let columns = action.new_columns.iter().map(|column| (&column.data_type, column.primary));
    let mut odd: Vec<(Arc<str>, Arc<str>, Span)> = Vec::new();
    for (kind, primary) in own.map(|kind| (kind, key)).into_iter().chain(columns) {
        for word in odd_type(&sql::plain_type(&kind.text), primary) {
            if !odd.iter().any(|(known, ..)| known.as_ref() == *word) {
                let written = text.restore(&kind.text);
                odd.push(((*word).into(), written.into(), text.passage.locate(kind.range.clone())));
            }
        }
    }
    if !odd.is_empty() {
        let span = fact.span;
        fact.set(change::ODD_TYPES, odd, span);
    }
}

/// The words for what people warn of in a type.
fn odd_type(plain: &str, primary: bool) -> &'static [&'static str] {
    let name = plain.split(['(', '[']).next().unwrap_or_default();
    match name {
        "timestamp" if plain.contains("(0)") => &["timestamp", "whole-seconds"],
        "timestamptz" if plain.contains("(0)") => &["whole-seconds"],
        "timetz" => &["timetz"],
        "float4" | "float8" => &["float"],
        "timestamp" => &["timestamp"],
        "varchar" if plain.contains('(') => &["varchar"],
        "char" => &["char"],
        "json" => &["json"],
        "money" => &["money"],
        "serial" | "smallserial" if primary => &["serial", "int-key"],
        "serial" | "smallserial" | "bigserial" => &["serial"],
        "int4" | "int2" if primary => &["int-key"],
        _ => &[],
    }
}

/// How an added column's values come about by themselves.
fn generated(action: &Action) -> Option<&'static str> {
    if action.change != "add-column" {
        return None;
    }
    let kind = action.data_type.as_ref().map(|kind| sql::plain_type(&kind.text));
    let serial = kind.is_some_and(|kind| matches!(kind.as_str(), "serial" | "bigserial" | "smallserial"));
    action.generated.or_else(|| serial.then_some("serial"))
}

fn default_kind(text: &Text, default: &Piece) -> &'static str {
    if default.text.trim().eq_ignore_ascii_case("null") {
        return "none";
    }
    if text.has_hole(&default.range) { "unknown" } else { sql::volatility(&default.text).word() }
}

fn names(text: &Text, pieces: &[Piece]) -> Vec<(Arc<str>, Span)> {
    pieces
        .iter()
        .map(|piece| (text.restored(&piece.text), text.passage.locate(piece.range.clone())))
        .collect()
}

const fn database(dialect: Dialect) -> &'static str {
    match dialect {
        Dialect::Postgres => "postgres",
        Dialect::MySql => "mysql",
        Dialect::Sqlite => "sqlite",
        Dialect::MsSql => "mssql",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::facts::{Field, MigrationNotes};
    use crate::read::migration::{Around, of_passage};
    use crate::text::{FileId, Passage};

    fn of_call(call: &str) -> Fact {
        let text = format!(
            "export class A1779000000000 implements MigrationInterface {{ async up(queryRunner) {{ await queryRunner.{call}; }} }}"
        );
        let passage = Passage::file(FileId(0), text.into());
        let notes = MigrationNotes::default();
        let around = Around { repo: None, notes: &notes, explicit: true };
        let reading = of_passage(&passage, "m/1779000000000-A.ts", around);
        reading.facts.into_iter().find(|fact| fact.kind == change::KIND).unwrap()
    }

    fn texts(fact: &Fact, fields: &[Field]) -> Vec<String> {
        fields.iter().map(|&field| fact.text(field).unwrap_or("-").to_owned()).collect()
    }

    #[test]
    fn calls_do_what_typeorm_does() {
        let key = of_call(
            r#"createForeignKey("注文", new TableForeignKey({ columnNames: ["a", "b"], referencedTableName: "顧客", referencedColumnNames: ["id"] }))"#,
        );
        assert_eq!(texts(&key, &[change::CONSTRAINT, change::REFERENCES]), ["foreign-key", "顧客"]);
        assert_eq!(key.bool(change::NOT_VALID), Some(false));
        assert!(key.has(change::COLUMNS, "a") && key.has(change::COLUMNS, "b"));
        let index = of_call(r#"createIndex("t", new TableIndex({ columnNames: ["a"], isUnique: true }))"#);
        assert_eq!((index.bool(change::UNIQUE), index.get(change::CONCURRENTLY)), (Some(true), None));
        for (call, kind) in [
            (r#"createUniqueConstraint("t", new TableUnique({ columnNames: ["a"] }))"#, "unique"),
            (r#"createCheckConstraint("t", new TableCheck({ expression: "a > 0" }))"#, "check"),
            (r#"createPrimaryKey("t", ["a"])"#, "primary-key"),
            (r#"dropForeignKey("t", "f")"#, "foreign-key"),
        ] {
            assert_eq!(of_call(call).text(change::CONSTRAINT), Some(kind), "{call}");
        }
    }

    #[test]
    fn a_described_column_has_type_default_and_generation() {
        let fields = [change::PLAIN_TYPE, change::DEFAULT_KIND, change::GENERATED];
        for (column, said) in [
            (r#"{ name: "a", type: "varchar", length: "20" }"#, ["varchar(20)", "none", "-"]),
            (
                r#"{ name: "a", type: "character varying", length: 20, isArray: true }"#,
                ["varchar(20)[]", "none", "-"],
            ),
            (r#"{ name: "a", type: "timestamp", default: "now()" }"#, ["timestamp", "stable", "-"]),
            (r#"{ name: "a", type: "int", default: 0 }"#, ["int4", "constant", "-"]),
            (r#"{ name: "a", type: "int", default: level }"#, ["int4", "unknown", "-"]),
            (r#"{ name: "a", type: "int", default: null }"#, ["int4", "none", "-"]),
            (r#"{ name: "a", type: "varchar", length: size }"#, ["-", "none", "-"]),
            (r#"{ ...rest, name: "a", type: "int" }"#, ["int4", "unknown", "-"]),
            (
                r#"{ name: "a", type: "uuid", isGenerated: true, generationStrategy: "uuid" }"#,
                ["uuid", "volatile", "-"],
            ),
            (
                r#"{ name: "a", type: "int", isGenerated: true, generationStrategy: "increment" }"#,
                ["int4", "none", "serial"],
            ),
            (
                r#"{ name: "a", type: "int", asExpression: "b + 1", generatedType: "STORED" }"#,
                ["int4", "none", "stored"],
            ),
        ] {
            let fact = of_call(&format!(r#"addColumn("t", new TableColumn({column}))"#));
            assert_eq!(texts(&fact, &fields), said, "{column}");
        }
    }

    #[test]
    fn a_changed_column_is_made_anew_where_its_type_differs() {
        for (old, new, word) in [
            (r#"type: "varchar", length: "20""#, r#"type: "varchar", length: "30""#, "yes"),
            (r#"type: "varchar", length: "20""#, r#"type: "character varying", length: 20"#, "no"),
            (r#"type: "int""#, r#"type: "int", isArray: true"#, "yes"),
            (r"type: kind", r#"type: "int""#, "unknown"),
        ] {
            let fact = of_call(&format!(
                r#"changeColumn("t", new TableColumn({{ name: "a", {old} }}), new TableColumn({{ name: "a", {new} }}))"#
            ));
            assert_eq!(fact.text(change::RECREATES), Some(word), "{old} {new}");
        }
        let named = of_call(r#"changeColumn("t", "a", new TableColumn({ name: "a", type: "int" }))"#);
        assert_eq!(named.text(change::RECREATES), Some("unknown"));
    }
}
