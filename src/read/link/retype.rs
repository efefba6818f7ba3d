//! A DROP COLUMN and the ADD of the same column as the one ALTER TABLE that keeps its rows. Knows the two
//! statements, and what the history knows of the old column; not whether its values fit the new type.

use std::fmt::Write as _;

use super::history::type_change;
use crate::facts::Fact;
use crate::facts::words::schema_change as change;
use crate::syntax::sql::shape;

/// The new column in the place of the old one.
pub(super) struct Retyped {
    table: String,
    column: String,
    kind: String,
    default: Option<String>,
    not_null: bool,
}

/// The statement, where all of its parts are known, and of the old column nothing.
pub(super) fn one(drop: &Fact, add: &Fact) -> Option<String> {
    parts(drop, add).map(|parts| parts.write(true, parts.default.is_some(), false))
}

/// Both statements as one, where all of their parts are known.
pub(super) fn parts(drop: &Fact, add: &Fact) -> Option<Retyped> {
    let own = [change::GENERATED, change::REFERENCES, change::UNIQUE];
    let known =
        |fact: &Fact| fact.bool(change::HOLES) == Some(false) && fact.text(change::VIA) == Some("sql");
    if !(known(drop) && known(add)) || own.iter().any(|&field| add.get(field).is_some()) {
        return None;
    }
    Some(Retyped {
        table: name_of(drop, drop.text(change::TABLE)?)?,
        column: name_of(drop, drop.text(change::COLUMN)?)?,
        kind: add.text(change::TYPE)?.to_owned(),
        default: add.text(change::DEFAULT).map(str::to_owned),
        not_null: add.bool(change::NOT_NULL) == Some(true),
    })
}

impl Retyped {
    /// The statement for an old column that the history knows, and whether no row is written anew for it.
    pub fn statement_for(&self, drop: &Fact) -> Option<(String, bool)> {
        let said = |name| drop.entry(change::OLD_COLUMN, name).map(|(value, _)| value);
        let not_null = said("not-null")? == "yes";
        let (old, new) = (drop.text(change::OLD_TYPE)?, shape::canonical_type(&self.kind));
        if !is_castable(old, &new) {
            return None;
        }
        let safe = type_change(old, &new) == Some("safe");
        let same_default = said("default") == self.default.as_deref();
        let resets = !(safe && same_default) && (said("default").is_some() || self.default.is_some());
        Some((self.write(!safe && family(&new) != Some("text"), resets, not_null != self.not_null), safe))
    }

    fn write(&self, casts: bool, resets: bool, turns_null: bool) -> String {
        let Self { table, column, kind, .. } = self;
        let mut words = format!("ALTER TABLE {table}");
        if resets {
            let _ = write!(words, " ALTER COLUMN {column} DROP DEFAULT,");
        }
        // One type of the team's own becomes another by way of text.
        let via = if kind.contains('"') { "::text" } else { "" };
        let _ = write!(words, " ALTER COLUMN {column} TYPE {kind}");
        if casts {
            let _ = write!(words, " USING {column}{via}::{kind}");
        }
        if let Some(default) = self.default.as_ref().filter(|_| resets) {
            let _ = write!(words, ", ALTER COLUMN {column} SET DEFAULT {default}");
        }
        if turns_null {
            let verb = if self.not_null { "SET" } else { "DROP" };
            let _ = write!(words, ", ALTER COLUMN {column} {verb} NOT NULL");
        }
        words
    }
}

/// The types that PostgreSQL casts into each other have one family; a name of the team's own has none.
fn family(kind: &str) -> Option<&'static str> {
    let name = kind.split('(').next().unwrap_or_default().trim();
    match name {
        _ if kind.ends_with(']') => None,
        "text" | "character varying" | "character" | "varchar" | "citext" => Some("text"),
        "smallint" | "integer" | "bigint" | "numeric" | "real" | "double precision" => Some("number"),
        "date" | "timestamp with time zone" | "timestamp without time zone" => Some("time"),
        "json" | "jsonb" => Some("json"),
        _ if kind.starts_with("timestamp") => Some("time"),
        _ => None,
    }
}

/// Whether PostgreSQL has a cast from one type to the other: rows may still not fit.
fn is_castable(old: &str, new: &str) -> bool {
    let (from, to) = (family(old), family(new));
    let own = |kind: &str| kind.contains('"');
    // To text everything, from text what has a text form, and by way of text one's own types.
    let by_text = to == Some("text") || from == Some("text") && !new.ends_with(']');
    let bool_and_int = matches!((old, new), ("boolean", "integer") | ("integer", "boolean"));
    old == new || by_text || (from.is_some() && from == to) || (own(old) && own(new)) || bool_and_int
}

/// A name as SQL that means it, where the words of the fact tell: without quotes, upper case is no part of
/// a name.
pub(super) fn name_of(fact: &Fact, name: &str) -> Option<String> {
    let words = fact.text(change::STATEMENT)?;
    let quoted = |part: &str| {
        let quoted = format!("\"{}\"", part.replace('"', "\"\""));
        let sure = !part.chars().any(char::is_uppercase) || words.contains(&quoted);
        sure.then_some(quoted)
    };
    if words.contains(&format!("\"{name}\"")) {
        return quoted(name);
    }
    let parts: Option<Vec<String>> = name.split('.').map(quoted).collect();
    Some(parts?.join("."))
}

/// A dotted name with each of its parts in quotes.
pub(super) fn quoted_name(name: &str) -> String {
    let quoted = |part: &str| format!("\"{}\"", part.replace('"', "\"\""));
    name.split('.').map(quoted).collect::<Vec<_>>().join(".")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn types_that_have_a_cast() {
        for (old, new, castable) in [
            ("character varying(50)", "character varying(60)", true),
            ("character varying[]", "bigint", false),
            ("character varying[]", "text", true),
            ("integer", "uuid", false),
            ("text", "uuid", true),
            ("uuid", "uuid", true),
            ("json", "jsonb", true),
            ("integer", "numeric(10,2)", true),
            ("timestamp(3) without time zone", "timestamp with time zone", true),
            ("\"order_status\"", "\"order_state\"", true),
            ("boolean", "bigint", false),
            ("text", "text[]", false),
        ] {
            assert_eq!(is_castable(old, new), castable, "{old} {new}");
        }
    }
}
