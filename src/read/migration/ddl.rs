//! What a call of the schema builder makes, in PostgreSQL's words, as TypeORM's query runner writes them.
//! Knows the classes that describe tables and columns. What is not known leaves a gap that is seen.

use super::builder::{is_nothing, is_true, name_of, object_of, text_of};
use super::naming;
use super::text::Text;
use super::value::{List, Object, Value};
use crate::syntax::sql::plain_type;

/// An element of a table that is not known.
const GAP: &str = "LIKE …";

/// Statements that make a table: its enums before it, its indexes behind it.
pub fn table(name: &str, table: &Object<'_>, (keys, indexes): (bool, bool)) -> String {
    let mut statements = Vec::new();
    let mut elements = Vec::new();
    let mut primary = Vec::new();
    let mut primary_name = None;
    let mut uniques: Vec<Vec<String>> = Vec::new();
    let open = table.more.is_some();
    for item in items(table, "columns", &mut elements) {
        let Some(column) = object_of(&item) else {
            elements.push(GAP.to_owned());
            continue;
        };
        let Some((own, words)) = column_words(name, column, &mut statements) else {
            elements.push(GAP.to_owned());
            continue;
        };
        elements.push(words);
        if is(column, "isPrimary") {
            primary_name = primary_name.or_else(|| known(column, "primaryKeyConstraintName"));
            primary.push(own);
        } else if is(column, "isUnique") {
            uniques.push(vec![own]);
        }
    }
    if open {
        elements.push(GAP.to_owned());
    }
    let described = |kind: &str, key: &str, elements: &mut Vec<String>| {
        let found = items(table, key, elements);
        let words = found.iter().filter_map(object_of).filter_map(|item| constraint(kind, name, item));
        words.map(|(_, words)| words).collect::<Vec<_>>()
    };
    let of_table = described("unique", "uniques", &mut elements);
    // A column that is unique by itself may be described once more.
    uniques.retain(|columns| !of_table.iter().any(|words| words.ends_with(&list(columns))));
    elements.extend(uniques.into_iter().filter_map(|columns| key("unique", name, None, &columns)));
    elements.extend(of_table);
    for (kind, key) in [("check", "checks"), ("exclude", "exclusions")] {
        let words = described(kind, key, &mut elements);
        elements.extend(words);
    }
    if keys {
        let words = described("foreign-key", "foreignKeys", &mut elements);
        elements.extend(words);
    }
    if !primary.is_empty() {
        elements.extend(key("primary-key", name, primary_name, &primary));
    }
    statements.push(format!("CREATE TABLE {} ({})", quoted(name), elements.join(", ")));
    if indexes {
        let found = items(table, "indices", &mut Vec::new());
        let words = found.iter().filter_map(object_of).filter_map(|item| index(name, item));
        statements.extend(words.map(|(_, words)| words));
    }
    statements.join("; ")
}

/// Statements that add a column: its enum, and the column with its key.
pub fn add_column(table: &str, column: &Object<'_>) -> Option<String> {
    let mut statements = Vec::new();
    let (_, words) = described_column(table, column, &mut statements)?;
    statements.push(format!("ADD {words}"));
    Some(statements.join("; "))
}

/// A column's definition in full, as `changeColumn` is given it.
pub fn column(table: &str, column: &Object<'_>) -> Option<String> {
    described_column(table, column, &mut Vec::new()).map(|(_, words)| words)
}

fn described_column(
    table: &str,
    column: &Object<'_>,
    statements: &mut Vec<String>,
) -> Option<(String, String)> {
    let (own, mut words) = column_words(table, column, statements)?;
    let columns = std::slice::from_ref(&own);
    for (flag, kind, what) in [("isPrimary", "primary-key", "PRIMARY KEY"), ("isUnique", "unique", "UNIQUE")]
    {
        if is(column, flag)
            && let Some(name) = naming::over(kind, table, columns)
        {
            words.push_str(&format!(" CONSTRAINT {} {what}", quoted_part(&name)));
        }
    }
    Some((own, words))
}

/// A column's name and definition; the statement that makes its enum is added. None where a part that
/// could say anything is not known.
fn column_words(table: &str, column: &Object<'_>, statements: &mut Vec<String>) -> Option<(String, String)> {
    if column.more.is_some() {
        return None;
    }
    let own = name_of(column.get("name")?)?.words();
    let kind = known(column, "type")?;
    let strategy = known(column, "generationStrategy");
    let uuid = strategy.as_deref() == Some("uuid");
    let generated = is(column, "isGenerated") || strategy.is_some();
    let array = if is(column, "isArray") { "[]" } else { "" };
    let mut words = format!("{} ", quoted_part(&own));
    if matches!(kind.as_str(), "enum" | "simple-enum") {
        let name = known(column, "enumName").unwrap_or_else(|| naming::of_enum(table, &own));
        if let Some(Value::List(values)) = column.get("enum")
            && let Some(values) = strings(values)
        {
            statements.push(format!("CREATE TYPE {} AS ENUM ({values})", quoted(&name)));
        }
        words.push_str(&quoted(&name));
        words.push_str(array);
    } else if generated && !uuid && strategy.as_deref() != Some("identity") {
        words.push_str(match plain_type(&kind).as_str() {
            "int2" => "smallserial",
            "int8" => "bigserial",
            "int4" => "serial",
            _ => &kind,
        });
    } else {
        words.push_str(&full_type(&kind, column)?);
        words.push_str(array);
    }
    if strategy.as_deref() == Some("identity") {
        let when = known(column, "generatedIdentity").unwrap_or_else(|| "BY DEFAULT".to_owned());
        words.push_str(&format!(" GENERATED {when} AS IDENTITY"));
    }
    if let Some(expression) = known(column, "asExpression") {
        words.push_str(&format!(" GENERATED ALWAYS AS ({expression}) STORED"));
    }
    // A value that is not known may be true.
    let nullable = match column.get("isNullable") {
        Some(value) if !is_nothing(value) => value.truth()?,
        _ => false,
    };
    if !nullable || is(column, "isPrimary") {
        words.push_str(" NOT NULL");
    }
    match column.get("default").filter(|default| !is_nothing(default)) {
        Some(Value::Bool(flag, _)) => words.push_str(&format!(" DEFAULT {flag}")),
        Some(Value::Number(number, _)) => words.push_str(&format!(" DEFAULT {number}")),
        Some(default) => {
            let default = text_of(default).map_or_else(|| "?".to_owned(), |text| text.words());
            words.push_str(&format!(" DEFAULT {default}"));
        }
        None if uuid && generated => words.push_str(" DEFAULT uuid_generate_v4()"),
        None => {}
    }
    Some((own, words))
}

/// A type with its length, or its precision and scale.
fn full_type(kind: &str, column: &Object<'_>) -> Option<String> {
    let (length, precision, scale) =
        (number(column, "length")?, number(column, "precision")?, number(column, "scale")?);
    let size = match (length, precision, scale) {
        (Some(length), ..) => format!("({length})"),
        (None, Some(precision), Some(scale)) => format!("({precision},{scale})"),
        (None, Some(precision), None) => format!("({precision})"),
        _ => return Some(kind.to_owned()),
    };
    // `timestamp(3) with time zone`
    Some(match kind.split_once(' ') {
        Some((name @ ("timestamp" | "time"), rest)) => format!("{name}{size} {rest}"),
        _ => format!("{kind}{size}"),
    })
}

/// A number that may be written as text; none where it is not known.
fn number(object: &Object<'_>, key: &str) -> Option<Option<String>> {
    match object.get(key) {
        None | Some(Value::Nothing) => Some(None),
        Some(Value::Number(number, _)) => Some(Some(number.to_string())),
        Some(value) => {
            let text = text_of(value)?;
            let words = Text::known(&text)?;
            Some((!words.is_empty()).then(|| words.to_owned()))
        }
    }
}

/// The name of an index, and the statement that makes it.
pub fn index(table: &str, index: &Object<'_>) -> Option<(String, String)> {
    let columns = names(index, "columnNames")?;
    let filter = known(index, "where").filter(|filter| !filter.is_empty());
    let name = match index.get("name") {
        Some(name) if !is_nothing(name) => name_of(name)?.words(),
        _ => {
            let mut sorted = columns.clone();
            sorted.sort_unstable();
            let filter = filter.as_deref().map(|filter| format!("_{filter}")).unwrap_or_default();
            naming::of("index", table, &format!("{}{filter}", sorted.join("_")))?
        }
    };
    let unique = if is(index, "isUnique") { "UNIQUE " } else { "" };
    let method = if is(index, "isSpatial") { " USING gist" } else { "" };
    let filter = filter.map(|filter| format!(" WHERE {filter}")).unwrap_or_default();
    let words = format!(
        "CREATE {unique}INDEX {} ON {}{method} {}{filter}",
        quoted_part(&name),
        quoted(table),
        list(&columns)
    );
    Some((name, words))
}

/// The name of a constraint of a kind, and its words.
pub fn constraint(kind: &str, table: &str, object: &Object<'_>) -> Option<(String, String)> {
    if matches!(kind, "check" | "exclude") {
        let expression = known(object, "expression")?;
        let name = written_name(object)?.or_else(|| naming::of(kind, table, &expression))?;
        let what =
            if kind == "check" { format!("CHECK ({expression})") } else { format!("EXCLUDE {expression}") };
        return Some((name.clone(), format!("CONSTRAINT {} {what}", quoted_part(&name))));
    }
    let columns = names(object, "columnNames")?;
    let name = written_name(object)?.or_else(|| naming::over(kind, table, &columns))?;
    let mut words = key(kind, table, Some(name.clone()), &columns)?;
    if kind == "foreign-key" {
        let target = text_of(object.get("referencedTableName")?)?.words();
        words.push_str(&format!(" REFERENCES {}", quoted(&target)));
        if let Some(columns) = names(object, "referencedColumnNames") {
            words.push_str(&format!(" {}", list(&columns)));
        }
        for (key, event) in [("onDelete", "DELETE"), ("onUpdate", "UPDATE")] {
            if let Some(effect) = known(object, key) {
                words.push_str(&format!(" ON {event} {effect}"));
            }
        }
    }
    if let Some(when) = known(object, "deferrable") {
        words.push_str(&format!(" DEFERRABLE {when}"));
    }
    Some((name, words))
}

/// A constraint over columns.
pub fn key(kind: &str, table: &str, name: Option<String>, columns: &[String]) -> Option<String> {
    let what = match kind {
        "primary-key" => "PRIMARY KEY",
        "unique" => "UNIQUE",
        "foreign-key" => "FOREIGN KEY",
        _ => return None,
    };
    let name = name.or_else(|| naming::over(kind, table, columns))?;
    Some(format!("CONSTRAINT {} {what} {}", quoted_part(&name), list(columns)))
}

/// The view that `new View({…})` describes.
pub fn view(name: &str, view: &Object<'_>) -> Option<String> {
    let kind = if is(view, "materialized") { "MATERIALIZED VIEW" } else { "VIEW" };
    Some(format!("CREATE {kind} {} AS {}", quoted(name), known(view, "expression")?))
}

/// The names in a list, or a name that stands alone; none where one is not known.
pub fn names(object: &Object<'_>, key: &str) -> Option<Vec<String>> {
    list_of_names(object.get(key)?)
}

/// The names that a list holds, all of them.
pub fn list_of_names(value: &Value<'_>) -> Option<Vec<String>> {
    match value {
        Value::List(list) if list.more.is_none() && !list.items.is_empty() => {
            let name = |item: &Value<'_>| text_of(&item.clone().settled()).map(|text| text.words());
            list.items.iter().map(name).collect()
        }
        value => Some(vec![text_of(value)?.words()]),
    }
}

/// The name that is written, if one is; none where it is written and not known.
fn written_name(object: &Object<'_>) -> Option<Option<String>> {
    match object.get("name") {
        Some(name) if !is_nothing(name) => Some(Some(name_of(name)?.words())),
        _ => Some(None),
    }
}

/// The items of a list; a gap where there may be more.
fn items<'a>(object: &Object<'a>, key: &str, elements: &mut Vec<String>) -> Vec<Value<'a>> {
    match object.get(key) {
        Some(Value::List(list)) => {
            let List { items, more, .. } = &**list;
            if more.is_some() {
                elements.push(GAP.to_owned());
            }
            items.iter().map(|item| item.clone().settled()).collect()
        }
        None | Some(Value::Nothing) => Vec::new(),
        Some(_) => {
            elements.push(GAP.to_owned());
            Vec::new()
        }
    }
}

/// Texts as literals; none where one is not known.
fn strings(list: &List<'_>) -> Option<String> {
    if list.more.is_some() {
        return None;
    }
    let literal = |item: &Value<'_>| match item.clone().settled() {
        Value::Number(number, _) => Some(format!("'{number}'")),
        item => Some(format!("'{}'", Text::known(&*text_of(&item)?)?.replace('\'', "''"))),
    };
    let literals: Option<Vec<String>> = list.items.iter().map(literal).collect();
    Some(literals?.join(", "))
}

fn is(object: &Object<'_>, key: &str) -> bool {
    object.get(key).is_some_and(is_true)
}

/// A text of which every part is known.
fn known(object: &Object<'_>, key: &str) -> Option<String> {
    text_of(object.get(key)?).as_deref().and_then(Text::known).map(str::to_owned)
}

fn list(columns: &[String]) -> String {
    let columns: Vec<String> = columns.iter().map(|column| quoted_part(column)).collect();
    format!("({})", columns.join(", "))
}

/// A name with its schema, in quotes.
fn quoted(name: &str) -> String {
    name.split('.').map(quoted_part).collect::<Vec<_>>().join(".")
}

fn quoted_part(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}
