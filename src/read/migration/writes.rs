//! Writes through the entity manager, repositories and query builders to `schema.change` facts. Knows
//! TypeORM's methods.

use std::rc::Rc;

use super::builder::Call;
use super::judge;
use super::scope::Role;
use super::source::one_line;
use super::text::Text;
use crate::facts::words::schema_change as change;
use crate::facts::{Fact, Reading};
use crate::text::Span;

/// The table that is written, as far as it is known.
pub struct Table {
    pub name: Option<Rc<Text>>,
    /// The entity's class, and a place for it.
    pub class: Option<(Rc<str>, Span)>,
}

/// What a call writes to: what it names, or what its object is bound to.
pub struct Target {
    pub table: Option<Table>,
    pub bound: bool,
}

impl Table {
    /// Names the table in a fact, where none is named.
    pub fn set(&self, fact: &mut Fact) {
        if let Some(text) = &self.name
            && fact.get(change::TABLE).is_none()
        {
            fact.set(change::TABLE, text.words(), text.passage.span());
        }
        if let Some((name, _)) = &self.class
            && fact.get(change::OBJECT).is_none()
        {
            let span = fact.span;
            fact.set(change::OBJECT, &**name, span);
        }
    }
}

/// Adds what the call writes; says whether the method is known.
pub fn read(out: &mut Reading, role: Role, call: Call<'_, '_>, target: Target) -> bool {
    let Some(word) = word(role, call.method) else { return false };
    let source = call.source;
    let all = call.start..call.end;
    let span = source.first_line(all.clone());
    let words = one_line(source.text().get(all).unwrap_or_default());
    let mut fact = Fact::new(change::KIND, span)
        .with(change::CHANGE, word, span)
        .with(change::DIRECTION, call.direction, span)
        .with(change::VIA, "builder", span)
        .with(change::METHOD, call.method, span)
        .with(change::TEXT, words.as_str(), span)
        .with(change::STATEMENT, words, span);
    let mut holes = role != Role::DataSource;
    // The first argument of a repository's method is rows or conditions.
    if let Some(table) = target.table.filter(|_| target.bound || role != Role::Repository) {
        holes = table.name.as_ref().is_none_or(|name| !name.holes.is_empty());
        table.set(&mut fact);
    }
    fact.set(change::DESTRUCTIVE, judge::harm(word).word(), span);
    fact.set(change::ADDITIVE, judge::additive(word, false), span);
    fact.set(change::HOLES, holes, span);
    out.add(fact);
    true
}

/// Whether the method writes.
pub fn is_known(role: Role, method: &str) -> bool {
    word(role, method).is_some()
}

/// The change that a method makes.
fn word(role: Role, method: &str) -> Option<&'static str> {
    let word = match (role, method) {
        (Role::DataSource, "dropDatabase") => "drop-database",
        (Role::QueryBuilder, "insert") => "insert",
        (Role::QueryBuilder, "update" | "softDelete" | "restore") => "update",
        (Role::QueryBuilder, "delete") => "delete",
        (Role::DataSource | Role::Runner | Role::QueryBuilder | Role::Options, _) => return None,
        (_, "insert") => "insert",
        (_, "save" | "upsert") => "merge",
        (
            _,
            "update" | "updateAll" | "increment" | "decrement" | "softDelete" | "softRemove" | "restore"
            | "recover",
        ) => "update",
        (_, "delete" | "remove" | "deleteAll") => "delete",
        (_, "clear") => "truncate",
        _ => return None,
    };
    Some(word)
}
