//! What a migration's changes mean beside each other, whatever the schema: a unique key over a column
//! that gets one value for all rows, a transaction that is never ended.

use super::around::Said;
use crate::facts::schema::key;
use crate::facts::words::schema_change as change;
use crate::facts::{Fact, FactId};

/// What is said of the changes of `up`.
pub fn of(up: &[(FactId, &Fact)]) -> Vec<Said> {
    let mut said = same_value(up);
    said.extend(left_open(up));
    said
}

/// The BEGIN that no COMMIT follows.
fn left_open(up: &[(FactId, &Fact)]) -> Option<Said> {
    let mut open = None;
    for &(id, fact) in up.iter().filter(|(_, fact)| fact.text(change::CHANGE) == Some("transaction")) {
        let text = fact.text(change::TEXT).unwrap_or_default().to_ascii_uppercase();
        let words: Vec<&str> = text.split([' ', ';']).filter(|word| !word.is_empty()).collect();
        match words.as_slice() {
            ["BEGIN", ..] | ["START", "TRANSACTION", ..] => open = open.or(Some(id)),
            ["ROLLBACK", .., "TO", _] | ["ROLLBACK", "TO", ..] | ["SAVEPOINT" | "RELEASE", ..] => {}
            // `PREPARE TRANSACTION` and what is not known may end it too.
            _ => open = None,
        }
    }
    open.map(|id| (id, change::LEFT_OPEN, true.into()))
}

/// A unique key over one column that the same migration adds with one value for all rows.
fn same_value(up: &[(FactId, &Fact)]) -> Vec<Said> {
    let mut filled: Vec<(String, String)> = Vec::new();
    let mut said = Vec::new();
    for &(id, fact) in up {
        let word = fact.text(change::CHANGE).unwrap_or_default();
        if matches!(word, "do-block" | "call" | "unknown") {
            filled.clear();
        }
        let Some(table) = fact.text(change::TABLE).map(key) else { continue };
        let is = |field| fact.bool(field) == Some(true);
        let sure = !is(change::HOLES) && !is(change::CONDITIONAL) && fact.get(change::CONDITION).is_none();
        match word {
            "add-column" if sure && !is(change::NEW_TABLE) => {
                let Some(column) = fact.text(change::COLUMN) else { continue };
                let one_value = matches!(fact.text(change::DEFAULT_KIND), Some("constant" | "stable"))
                    && fact.get(change::GENERATED).is_none()
                    && fact.text(change::DEFAULT).is_some_and(|default| !is_null(default));
                if one_value && is(change::UNIQUE) {
                    said.push((id, change::SAME_VALUE, column.into()));
                } else if one_value {
                    filled.push((table, key(column)));
                }
            }
            // Rows that get values of their own, or are gone.
            "update" | "delete" | "truncate" | "merge" | "insert" => filled.retain(|(own, _)| *own != table),
            "create-index" | "add-constraint" if sure && is(change::UNIQUE) => {
                let [(column, _)] = fact.list(change::COLUMNS) else { continue };
                let partial = fact
                    .text(change::SQL)
                    .or_else(|| fact.text(change::TEXT))
                    .is_some_and(|text| text.to_ascii_uppercase().contains(" WHERE "));
                if !partial && filled.contains(&(table, key(column))) {
                    said.push((id, change::SAME_VALUE, column.as_ref().into()));
                }
            }
            _ => {}
        }
    }
    said
}

fn is_null(default: &str) -> bool {
    default.get(..4).is_some_and(|head| head.eq_ignore_ascii_case("null"))
}
