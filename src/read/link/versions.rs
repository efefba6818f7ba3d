//! The version of `PostgreSQL` that the words of a change need, after the release notes of 12 to 18.
//! Knows words alone: an extension may bring a function to an older one.

use crate::facts::Fact;
use crate::facts::words::schema_change as change;

/// Words outside of strings, in upper case, with the first version that has them.
const WORDS: &[(&str, u8)] = &[
    (" NOT ENFORCED", 18),
    (" WITHOUT OVERLAPS", 18),
    (" NULLS NOT DISTINCT", 15),
    (" SET ACCESS METHOD ", 15),
    (" SET EXPRESSION AS ", 17),
    (" DROP EXPRESSION", 13),
    (" SET COMPRESSION ", 14),
    (" COMPRESSION LZ4", 14),
    ("CREATE OR REPLACE TRIGGER ", 14),
    ("UUIDV7(", 18),
];

/// The first version that understands the change, where that is a later one than all that are supported.
pub(super) fn needs(fact: &Fact) -> Option<u8> {
    let word = fact.text(change::CHANGE)?;
    let is = |field| fact.bool(field) == Some(true);
    let own = match word {
        "reindex" if is(change::CONCURRENTLY) => Some(12),
        "alter-partition" if is(change::CONCURRENTLY) => Some(14),
        "merge" if fact.text(change::VIA) == Some("sql") => Some(15),
        "add-constraint" if fact.text(change::CONSTRAINT) == Some("not-null") => Some(18),
        "add-column" => match fact.text(change::GENERATED) {
            Some("stored") => Some(12),
            Some("virtual") => Some(18),
            _ => None,
        },
        // Code may hold the words of other languages.
        "create-function" | "do-block" | "insert" | "update" | "delete" | "select" | "copy" => return None,
        _ => None,
    };
    let text = fact.text(change::SQL).or_else(|| fact.text(change::TEXT)).unwrap_or_default();
    let plain = outside_strings(text);
    let said = WORDS.iter().filter(|(words, _)| plain.contains(words)).map(|(_, version)| *version);
    said.chain(own).max()
}

/// The text in upper case, without what stands in quotes.
fn outside_strings(text: &str) -> String {
    let mut quote = None;
    let kept = text.chars().filter(|&char| match quote {
        Some(open) => {
            if char == open {
                quote = None;
            }
            false
        }
        None if matches!(char, '\'' | '"') => {
            quote = Some(char);
            false
        }
        None => true,
    });
    // A blank in front, so that words may be the first ones.
    format!(" {}", kept.collect::<String>().to_ascii_uppercase())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::{FileId, Span};

    fn change_of(word: &'static str, text: &str) -> Fact {
        let span = Span::new(FileId(0), 0, 1);
        Fact::new(change::KIND, span).with(change::CHANGE, word, span).with(change::TEXT, text, span)
    }

    #[test]
    fn words_have_a_first_version() {
        for (word, text, version) in [
            ("add-constraint", "ADD UNIQUE NULLS NOT DISTINCT (a)", Some(15)),
            ("add-constraint", "ADD CHECK (a <> 'x NULLS NOT DISTINCT')", None),
            ("add-constraint", "ADD CHECK (\" NOT ENFORCED\" > 0)", None),
            ("add-constraint", "ADD CHECK (a > 0) not enforced", Some(18)),
            ("add-column", "ADD a uuid DEFAULT uuidv7()", Some(18)),
            ("alter-column", "ALTER a SET EXPRESSION AS (b)", Some(17)),
            ("create-trigger", "CREATE OR REPLACE TRIGGER t AFTER INSERT ON a", Some(14)),
            ("create-function", "CREATE FUNCTION f() AS 'SELECT uuidv7()'", None),
            ("insert", "INSERT INTO a VALUES (uuidv7())", None),
            ("create-index", "CREATE INDEX i ON a (b)", None),
            ("create-index", "CREATE INDEX 'いつまでも", None),
        ] {
            assert_eq!(needs(&change_of(word, text)), version, "{text}");
        }
    }
}
