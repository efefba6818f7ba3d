//! A DROP COLUMN and the ADD of the same column as the one ALTER TABLE that keeps its rows. Knows the two
//! statements alone, so not whether the old values fit the new type.

use std::fmt::Write as _;

use crate::facts::Fact;
use crate::facts::words::schema_change as change;

/// The statement, where all of its parts are known.
pub(super) fn one(drop: &Fact, add: &Fact) -> Option<String> {
    let own = [change::GENERATED, change::REFERENCES, change::UNIQUE];
    let known =
        |fact: &Fact| fact.bool(change::HOLES) == Some(false) && fact.text(change::VIA) == Some("sql");
    if !(known(drop) && known(add)) || own.iter().any(|&field| add.get(field).is_some()) {
        return None;
    }
    let table = quoted_name(drop.text(change::TABLE)?);
    let (column, kind) = (quoted(drop.text(change::COLUMN)?), add.text(change::TYPE)?);
    let mut words = format!("ALTER TABLE {table}");
    let default = add.text(change::DEFAULT);
    if default.is_some() {
        let _ = write!(words, " ALTER COLUMN {column} DROP DEFAULT,");
    }
    // One type of the team's own becomes another by way of text.
    let via = if kind.contains('"') { "::text" } else { "" };
    let _ = write!(words, " ALTER COLUMN {column} TYPE {kind} USING {column}{via}::{kind}");
    if let Some(default) = default {
        let _ = write!(words, ", ALTER COLUMN {column} SET DEFAULT {default}");
    }
    Some(words)
}

/// A dotted name with each of its parts in quotes.
pub(super) fn quoted_name(name: &str) -> String {
    name.split('.').map(quoted).collect::<Vec<_>>().join(".")
}

fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}
