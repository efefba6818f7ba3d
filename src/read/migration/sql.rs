//! SQL in a migration to `schema.change` facts, each at its words in the TypeScript.

use std::ops::Range;
use std::sync::Arc;

use super::source::one_line;
use super::text::Text;
use super::{credential, detail, judge};
use crate::facts::words::{schema_change as change, unresolved};
use crate::facts::{Fact, Reading, Value};
use crate::syntax::sql::{self, Action, Piece, Statement};
use crate::text::Span;

/// Adds what the statements of `text` change.
pub fn read(out: &mut Reading, text: &Text, direction: &'static str) {
    let sql = text.passage.text();
    if let [hole] = text.holes.as_slice()
        && sql.trim() == sql[hole.range.clone()].trim()
    {
        let span = text.passage.locate(hole.range.clone());
        out.add(unknown_kind(line(text, sql), span, direction));
        return;
    }
    let (statements, faults) = sql::parse(sql);
    for fault in faults {
        out.find(fault.finding(&text.passage));
    }
    let several = statements.len() > 1;
    for statement in &statements {
        let whole: Arc<str> = line(text, words(sql, &statement.range)).into();
        for action in &statement.actions {
            let own = if action.range == statement.range {
                Arc::clone(&whole)
            } else {
                line(text, words(sql, &action.range)).into()
            };
            let mut fact = fact(text, statement, action, Lines { whole: &whole, own: &own, direction });
            // PostgreSQL runs a string of several statements in a transaction of its own.
            let refuses = action.concurrently || action.change == "maintenance";
            if several && refuses && fact.kind == change::KIND {
                let span = fact.span;
                fact.set(change::IN_TRANSACTION, "yes", span);
                fact.set(change::STATEMENTS, i64::try_from(statements.len()).unwrap_or(i64::MAX), span);
            }
            out.add(fact);
        }
    }
}

/// A credential that stands in the SQL at `span` in words: what it is, and its place.
pub fn secret(text: &Text, change: &str, span: Span) -> Option<(&'static str, Span)> {
    if !credential::may_hold(change) {
        return None;
    }
    let sql = text.passage.text();
    credential::literals(sql).filter(|range| !text.has_hole(range)).find_map(|range| {
        let place = text.passage.locate(range.clone());
        let what = credential::judge(sql, &range, change).filter(|_| span.contains(place))?;
        Some((what, place))
    })
}

/// How many fields most changes have, once all is linked.
const FIELDS: usize = 24;

/// The words of a statement and of one of its actions.
#[derive(Clone, Copy)]
struct Lines<'l> {
    whole: &'l Arc<str>,
    own: &'l Arc<str>,
    direction: &'static str,
}

fn words<'t>(sql: &'t str, range: &Range<usize>) -> &'t str {
    sql.get(range.clone()).unwrap_or_default()
}

/// Whether what is done, not only to what, stands in a hole: `ALTER TABLE a ${action}`, `DROP ${kind} a`.
fn hides(text: &Text, statement: &Statement, action: &Action) -> bool {
    if text.holes.is_empty() {
        return false;
    }
    let sql = text.passage.text();
    let hole_at = |at: usize| text.holes.iter().find(|hole| hole.range.start == at);
    if hole_at(action.range.start).is_some() {
        return true;
    }
    let own = words(sql, &action.range);
    match action.change {
        "alter-other" | "drop-other" | "create-other" | "select" => {
            let head = own.len() - own.trim_start_matches(|char: char| char.is_ascii_alphabetic()).len();
            let rest = &own[head..];
            let second = action.range.start + head + (rest.len() - rest.trim_start().len());
            let plain_select = own.get(..6).is_some_and(|word| word.eq_ignore_ascii_case("select"));
            !plain_select && hole_at(second).is_some()
        }
        // `ALTER TABLE ${all}`
        "alter-table" => {
            action.range == statement.range
                && text.holes.last().is_some_and(|hole| {
                    hole.range.start < action.range.end && action.range.end <= hole.range.end + 1
                })
        }
        _ => false,
    }
}

fn fact(text: &Text, statement: &Statement, action: &Action, lines: Lines<'_>) -> Fact {
    let span = text.passage.locate(action.range.clone());
    let direction = lines.direction;
    if action.change == "unknown" || hides(text, statement, action) {
        return unknown_kind(lines.own.to_string(), span, direction);
    }
    let parsed = if statement.parsed { "yes" } else { "refused" };
    let mut fact = Fact::new(change::KIND, span)
        .sized(FIELDS)
        .with(change::CHANGE, Value::Word(action.change), span)
        .with(change::DIRECTION, Value::Word(direction), span)
        .with(change::VIA, Value::Word("sql"), span)
        .with(change::TEXT, Arc::clone(lines.own), span)
        .with(change::STATEMENT, Arc::clone(lines.whole), text.passage.locate(statement.range.clone()))
        .with(change::PARSED, Value::Word(parsed), span)
        .with(change::CONCURRENTLY, action.concurrently, span)
        .with(change::CASCADE, action.cascade, span);
    let sql = text.passage.text();
    let mut holes = text.has_hole(&action.range);
    let pieces = [
        (change::TABLE, &action.table),
        (change::COLUMN, &action.column),
        (change::OBJECT, &action.object),
        (change::NEW_NAME, &action.new_name),
        (change::TYPE, &action.data_type),
        (change::DEFAULT, &action.default),
        (
            change::SOURCE,
            if matches!(action.change, "insert" | "create-table") { &action.references } else { &None },
        ),
    ];
    for (field, piece) in pieces {
        if let Some(Piece { text: name, range }) = piece {
            // Of what `format` fills in, the value is not known either.
            holes |= text.has_hole(range) || (name.contains('%') && words(sql, range).contains('%'));
            fact.set(field, text.restored(name), text.passage.locate(range.clone()));
        }
    }
    // Rows that are written say nothing of the schema, and are long.
    let defines = !judge::only_data(action.change) || action.change == "add-enum-value";
    if defines && lines.own.ends_with('…') {
        let all = sql::without_comments(words(text.passage.text(), &action.range)).into_owned();
        fact.set(change::SQL, text.restore(&crate::text::one_line(&all)), span);
    }
    if action.change == "add-column" {
        fact.set(change::NOT_NULL, action.not_null, span);
    }
    for (field, flag) in [
        (change::IF_NOT_EXISTS, action.if_not_exists),
        (change::TEMPORARY, action.temporary && action.change == "create-table"),
        // `SET DEFAULT NULL` is read as dropping the default.
        (change::NULL_DEFAULT, action.change == "drop-default" && action.default.is_some()),
    ] {
        if flag {
            fact.set(field, true, span);
        }
    }
    detail::set(&mut fact, text, statement, action);
    let required = action.not_null && action.default.is_none() && fact.get(change::GENERATED).is_none();
    fact.set(change::DESTRUCTIVE, Value::Word(judge::harm(action.change).word()), span);
    fact.set(change::ADDITIVE, judge::additive(action.change, required), span);
    fact.set(change::HOLES, holes, span);
    fact
}

fn unknown_kind(words: String, span: Span, direction: &'static str) -> Fact {
    let reason = format!("what `{words}` does can't be told before it runs");
    Fact::new(unresolved::KIND, span)
        .with(unresolved::WHAT, "sql", span)
        .with(unresolved::REASON, reason, span)
        .with(unresolved::TEXT, words, span)
        .with(unresolved::DIRECTION, direction, span)
}

/// Words on one line without comments, cut before their holes are restored so that a long text costs
/// little.
fn line(text: &Text, words: &str) -> String {
    let cut = one_line(&sql::without_comments(words));
    if text.holes.is_empty() { cut } else { text.restore(&cut) }
}
