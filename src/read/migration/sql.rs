//! SQL in a migration to `schema.change` facts, each at its words in the TypeScript.

use super::judge;
use super::source::one_line;
use super::value::Text;
use crate::facts::words::{schema_change as change, unresolved};
use crate::facts::{Fact, Reading};
use crate::syntax::sql::{self, Action, Piece, Statement};
use crate::text::Span;

/// Adds what the statements of `text` change.
pub fn read(out: &mut Reading, text: &Text, direction: &'static str) {
    let sql = text.passage.text();
    if let [hole] = text.holes.as_slice()
        && sql.trim() == sql[hole.range.clone()].trim()
    {
        let span = text.passage.locate(hole.range.clone());
        out.add(unknown_kind(text, sql, span, direction));
        return;
    }
    let (statements, faults) = sql::parse(sql);
    for fault in faults {
        out.find(fault.finding(&text.passage));
    }
    for statement in &statements {
        for action in &statement.actions {
            let fact = fact(text, statement, action, direction);
            out.add(fact);
        }
    }
}

fn fact(text: &Text, statement: &Statement, action: &Action, direction: &'static str) -> Fact {
    let sql = text.passage.text();
    let words = |range: &std::ops::Range<usize>| sql.get(range.clone()).unwrap_or_default();
    let span = text.passage.locate(action.range.clone());
    if action.change == "unknown" {
        return unknown_kind(text, words(&action.range), span, direction);
    }
    let mut fact = Fact::new(change::KIND, span)
        .with(change::CHANGE, action.change, span)
        .with(change::DIRECTION, direction, span)
        .with(change::VIA, "sql", span)
        .with(change::TEXT, line(text, words(&action.range)), span)
        .with(
            change::STATEMENT,
            line(text, words(&statement.range)),
            text.passage.locate(statement.range.clone()),
        )
        .with(change::PARSED, if statement.parsed { "yes" } else { "refused" }, span)
        .with(change::CONCURRENTLY, action.concurrently, span)
        .with(change::CASCADE, action.cascade, span);
    let mut holes = text.has_hole(&action.range);
    let pieces = [
        (change::TABLE, &action.table),
        (change::COLUMN, &action.column),
        (change::OBJECT, &action.object),
        (change::NEW_NAME, &action.new_name),
        (change::TYPE, &action.data_type),
        (change::DEFAULT, &action.default),
    ];
    for (field, piece) in pieces {
        if let Some(Piece { text: name, range }) = piece {
            holes |= text.has_hole(range);
            fact.set(field, text.restore(name), text.passage.locate(range.clone()));
        }
    }
    if action.change == "add-column" {
        fact.set(change::NOT_NULL, action.not_null, span);
    }
    let required = action.not_null && action.default.is_none();
    fact.set(change::DESTRUCTIVE, judge::harm(action.change).word(), span);
    fact.set(change::ADDITIVE, judge::additive(action.change, required), span);
    fact.set(change::HOLES, holes, span);
    fact
}

fn unknown_kind(text: &Text, words: &str, span: Span, direction: &'static str) -> Fact {
    let words = line(text, words);
    let reason = format!("what `{words}` does can't be told before it runs");
    Fact::new(unresolved::KIND, span)
        .with(unresolved::WHAT, "sql", span)
        .with(unresolved::REASON, reason, span)
        .with(unresolved::TEXT, words, span)
        .with(unresolved::DIRECTION, direction, span)
}

/// Words on one line, cut before their holes are restored so that a long text costs little.
fn line(text: &Text, words: &str) -> String {
    let cut = one_line(words);
    if text.holes.is_empty() { cut } else { text.restore(&cut) }
}
