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
        let safe =
            type_change(drop.text(change::OLD_TYPE)?, &shape::canonical_type(&self.kind)) == Some("safe");
        let same_default = said("default") == self.default.as_deref();
        let resets = !(safe && same_default) && (said("default").is_some() || self.default.is_some());
        Some((self.write(!safe, resets, not_null != self.not_null), safe))
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
