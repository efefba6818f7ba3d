//! A `schema.change` fact as the replay sees it.

use std::sync::Arc;

use super::home;
use crate::facts::words::{CONSTRAINTS, schema_change as change};
use crate::facts::{Fact, FactId};
use crate::text::Span;

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
    /// Statements in SQL that say what it makes; none for a call of the builder that is not wholly known.
    pub sql: Option<&'f str>,
    pub builder: bool,
    /// For a call of the builder: what its constraint or index is, and on what.
    pub constraint: Option<&'static str>,
    pub references: Option<&'f str>,
    columns: &'f [(Arc<str>, Span)],
    pub unique: bool,
    pub not_null: bool,
    pub temporary: bool,
    pub cascade: bool,
    /// It does nothing where its object is (not) there already.
    pub lenient: bool,
    /// Whether it certainly runs, on what it names.
    pub sure: bool,
}

impl<'f> Change<'f> {
    /// The change that a fact says; none where the fact is another one. Names without a schema are in
    /// `home`.
    pub fn of(id: FactId, fact: &'f Fact, home: Option<&str>) -> Option<Self> {
        if fact.kind != change::KIND {
            return None;
        }
        let is = |field| fact.bool(field) == Some(true);
        let name = |field| fact.text(field).map(|name| home::strip(home, name));
        let text = fact.text(change::SQL).or_else(|| fact.text(change::TEXT)).unwrap_or_default();
        let word = fact.text(change::CHANGE)?;
        let statement = fact.text(change::STATEMENT).unwrap_or_default();
        // What stands in a block of code runs under its conditions.
        let in_block = word != "do-block" && statement.get(..3).is_some_and(is_do);
        let builder = fact.text(change::VIA) == Some("builder");
        Some(Self {
            id,
            word,
            table: name(change::TABLE),
            column: fact.text(change::COLUMN),
            object: name(change::OBJECT),
            new_name: name(change::NEW_NAME),
            data_type: fact.text(if builder { change::PLAIN_TYPE } else { change::TYPE }),
            default: fact.text(change::DEFAULT),
            text,
            sql: if builder { fact.text(change::SQL) } else { Some(text) },
            builder,
            constraint: fact.text(change::CONSTRAINT).and_then(known),
            references: name(change::REFERENCES),
            columns: fact.list(change::COLUMNS),
            unique: is(change::UNIQUE),
            not_null: is(change::NOT_NULL),
            temporary: is(change::TEMPORARY),
            cascade: is(change::CASCADE),
            lenient: is(change::IF_NOT_EXISTS)
                || is(change::IF_EXISTS)
                || says_if_exists(text)
                || says_if_exists(statement),
            sure: !is(change::HOLES)
                && !is(change::CONDITIONAL)
                && fact.get(change::CONDITION).is_none()
                && !in_block,
        })
    }
}

impl Change<'_> {
    /// The columns of a constraint or an index.
    pub fn keys(&self) -> Vec<String> {
        match (self.columns, self.column) {
            ([], column) => column.map(str::to_owned).into_iter().collect(),
            (columns, _) => columns.iter().map(|(name, _)| name.to_string()).collect(),
        }
    }
}

fn known(kind: &str) -> Option<&'static str> {
    CONSTRAINTS.iter().copied().find(|known| *known == kind)
}

fn is_do(head: &str) -> bool {
    head.eq_ignore_ascii_case("do ") || head.eq_ignore_ascii_case("do\n") || head.eq_ignore_ascii_case("do$")
}

fn says_if_exists(text: &str) -> bool {
    let head = text.get(..text.len().min(400)).unwrap_or(text).as_bytes();
    let begins = |rest: &[u8], words: &[u8]| {
        rest.get(..words.len()).is_some_and(|head| head.eq_ignore_ascii_case(words))
    };
    // Each of the words has two letters before its first blank.
    memchr::memchr_iter(b' ', head).any(|blank| {
        let rest = &head[blank.saturating_sub(2)..];
        begins(rest, b"IF EXISTS") || begins(rest, b"IF NOT EXISTS") || begins(rest, b"OR REPLACE")
    })
}
