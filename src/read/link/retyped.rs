//! What the history's types say about type changes: whether the table is written anew, and whether
//! `changeColumn` drops the column and adds it again. Knows built-in types; an enum's name in a
//! description is not compared.

use crate::facts::words::schema_change as change;
use crate::facts::{Fact, FactId, Facts};
use crate::syntax::sql::plain_type;

pub(super) fn link(facts: &mut Facts) {
    let ids: Vec<FactId> = facts.of_kind(change::KIND).to_vec();
    for id in ids {
        let fact = facts.get(id);
        if fact.get(change::RECREATES).is_some() {
            if let Some(word) = recreates(fact) {
                let fact = facts.get_mut(id);
                let span = fact.span;
                fact.set(change::RECREATES, word, span);
            }
            continue;
        }
        let postgres = fact.text(change::DATABASE) == Some("postgres");
        let zone = between_zones(fact);
        let rewrites = match fact.text(change::TYPE_CHANGE).filter(|_| postgres) {
            Some("rewrite") => Some(true),
            Some("safe") => Some(false),
            // As the time zone of the session is: in UTC, the values stay as they are.
            _ if postgres && zone => None,
            _ => continue,
        };
        let rechecks = fact.bool(change::RECHECKS) == Some(true);
        let fact = facts.get_mut(id);
        let span = fact.span;
        fact.unset(change::REWRITES);
        if let Some(rewrites) = rewrites {
            fact.set(change::REWRITES, rewrites, span);
        }
        if rewrites == Some(false) && !rechecks {
            fact.unset(change::SCANS);
        }
    }
}

/// Whether a type change only adds or takes away the time zone.
fn between_zones(fact: &Fact) -> bool {
    let zoned = |kind: &str| {
        let plain = plain_type(kind);
        let name = plain.split('(').next().unwrap_or_default();
        ["timestamp", "timestamptz"].iter().position(|known| *known == name)
    };
    let old = fact.text(change::OLD_TYPE).and_then(zoned);
    let new = fact.text(change::PLAIN_TYPE).and_then(zoned);
    old.zip(new).is_some_and(|(old, new)| old != new)
}

/// Whether the described type is another one than the history's, where the call does not say both.
fn recreates(fact: &Fact) -> Option<&'static str> {
    let unknown = fact.text(change::RECREATES) == Some("unknown");
    let old = plain_type(fact.text(change::OLD_TYPE).filter(|_| unknown)?);
    let new = fact.text(change::PLAIN_TYPE).filter(|new| !matches!(*new, "enum" | "simple-enum"))?;
    Some(if compared(&old) == compared(new) { "no" } else { "yes" })
}

/// What TypeORM compares: the name, whether it is an array, and the length of texts and bits; precision
/// and scale it changes in place.
fn compared(plain: &str) -> (&str, &str, bool) {
    let name = plain.split(['(', '[']).next().unwrap_or_default();
    let length = match name {
        "varchar" | "char" | "bit" | "varbit" => {
            plain.split_once('(').and_then(|(_, rest)| rest.split_once(')')).map_or("", |(length, _)| length)
        }
        _ => "",
    };
    (name, length, plain.ends_with("[]"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn length_and_name_are_compared_and_precision_is_not() {
        for (old, new, same) in [
            ("varchar(50)", "varchar(60)", false),
            ("varchar(50)", "varchar", false),
            ("varchar(50)", "varchar(50)", true),
            ("numeric(10,2)", "numeric", true),
            ("timestamptz(3)", "timestamptz", true),
            ("int4", "int8", false),
            ("text", "text[]", false),
            ("char(1", "char", true),
        ] {
            assert_eq!(compared(old) == compared(new), same, "{old} {new}");
        }
    }
}
