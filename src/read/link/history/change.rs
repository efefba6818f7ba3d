//! A `schema.change` fact as the replay sees it.

use crate::facts::words::schema_change as change;
use crate::facts::{Fact, FactId};

/// What one change says.
#[derive(Clone, Copy, Debug)]
#[allow(clippy::struct_excessive_bools, reason = "each is a clause that is written or not")]
pub struct Change<'f> {
    pub id: FactId,
    pub word: &'f str,
    pub table: Option<&'f str>,
    pub column: Option<&'f str>,
    pub object: Option<&'f str>,
    pub new_name: Option<&'f str>,
    pub data_type: Option<&'f str>,
    pub default: Option<&'f str>,
    /// Its own words in full.
    pub text: &'f str,
    pub builder: bool,
    pub not_null: bool,
    pub temporary: bool,
    pub cascade: bool,
    /// It does nothing where its object is (not) there already.
    pub lenient: bool,
    /// Whether it certainly runs, on what it names.
    pub sure: bool,
}

impl<'f> Change<'f> {
    /// The change that a fact says; none where the fact is another one.
    pub fn of(id: FactId, fact: &'f Fact) -> Option<Self> {
        if fact.kind != change::KIND {
            return None;
        }
        let is = |field| fact.bool(field) == Some(true);
        let text = fact.text(change::SQL).or_else(|| fact.text(change::TEXT)).unwrap_or_default();
        let word = fact.text(change::CHANGE)?;
        let statement = fact.text(change::STATEMENT).unwrap_or_default();
        // What stands in a block of code runs under its conditions.
        let in_block = word != "do-block" && statement.get(..3).is_some_and(is_do);
        Some(Self {
            id,
            word,
            table: fact.text(change::TABLE),
            column: fact.text(change::COLUMN),
            object: fact.text(change::OBJECT),
            new_name: fact.text(change::NEW_NAME),
            data_type: fact.text(change::TYPE),
            default: fact.text(change::DEFAULT),
            text,
            builder: fact.text(change::VIA) == Some("builder"),
            not_null: is(change::NOT_NULL),
            temporary: is(change::TEMPORARY),
            cascade: is(change::CASCADE),
            lenient: is(change::IF_NOT_EXISTS) || says_if_exists(text) || says_if_exists(statement),
            sure: !is(change::HOLES) && !is(change::CONDITIONAL) && !in_block,
        })
    }
}

fn is_do(head: &str) -> bool {
    head.eq_ignore_ascii_case("do ") || head.eq_ignore_ascii_case("do\n") || head.eq_ignore_ascii_case("do$")
}

fn says_if_exists(text: &str) -> bool {
    let upper = text.get(..text.len().min(400)).unwrap_or(text).to_ascii_uppercase();
    upper.contains("IF EXISTS") || upper.contains("IF NOT EXISTS") || upper.contains("OR REPLACE")
}
