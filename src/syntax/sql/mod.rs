//! SQL as statements and the changes that they make, each with exact ranges. Knows the words of
//! PostgreSQL and what `MySQL`, `SQLite` and T-SQL say differently about schema changes; knows no
//! database, so nothing of what a name means. Statements are told apart and classified by tokens and
//! head keywords alone; a full parser only says whether it could follow.

use std::borrow::Cow;
use std::ops::Range;

use super::Fault;

mod action;
mod alter;
mod block;
mod classify;
mod column;
mod create;
mod cursor;
mod data;
mod detail;
mod dialect;
mod drop;
mod lexer;
pub mod names;
mod nouns;
pub mod query;
mod reads;
mod rename;
mod scan;
pub mod shape;
mod split;
mod types;

#[cfg(test)]
mod cases;
#[cfg(test)]
mod hostile;
#[cfg(test)]
mod oracle;
#[cfg(test)]
mod tests;

pub use dialect::{Dialect, of_text as dialect_of};
pub use types::{Volatility, plain as plain_type, volatility};

/// A name or other piece of a statement: its meaning (quotes removed) and its range.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Piece {
    pub text: String,
    pub range: Range<usize>,
}

/// One statement.
#[derive(Clone, Debug)]
pub struct Statement {
    /// Its words, without the closing semicolon and surrounding blanks and comments.
    pub range: Range<usize>,
    /// What it does: one entry, or one for each action of an ALTER and each object of a DROP. Behind
    /// those of a `WITH` or `DO` follow the changes inside it. Never empty.
    pub actions: Vec<Action>,
    /// Whether `sqlparser` could parse it in one of the dialects tried.
    pub parsed: bool,
    /// The dialect that its words give away.
    pub dialect: Option<Dialect>,
}

/// One change that a statement makes.
#[derive(Clone, Debug, PartialEq, Eq)]
#[allow(clippy::struct_excessive_bools, reason = "each is a clause that is written or not")]
pub struct Action {
    /// A word of [`CHANGES`](crate::facts::words::CHANGES).
    pub change: &'static str,
    /// The words that say it: `DROP COLUMN "code"` of an ALTER, else the whole statement's.
    pub range: Range<usize>,
    pub table: Option<Piece>,
    pub column: Option<Piece>,
    pub object: Option<Piece>,
    pub new_name: Option<Piece>,
    pub data_type: Option<Piece>,
    pub default: Option<Piece>,
    /// The table that a foreign key points to, or the first one that copied rows come from.
    pub references: Option<Piece>,
    /// What an added or dropped constraint is, where its words say so: `primary-key`, `foreign-key`,
    /// `unique`, `check`, `exclude`, `not-null`.
    pub constraint: Option<&'static str>,
    pub not_null: bool,
    pub if_exists: bool,
    pub if_not_exists: bool,
    pub concurrently: bool,
    pub cascade: bool,
    /// The constraint is NOT VALID: existing rows are not checked.
    pub not_valid: bool,
    /// A unique index, constraint or column (a primary key counts).
    pub unique: bool,
    /// What is created lives as long as the session.
    pub temporary: bool,
    /// An UPDATE or DELETE has a WHERE or a LIMIT.
    pub filtered: bool,
    /// The columns of an index or a constraint, those that an INSERT or UPDATE writes, or the values of
    /// an enum. An index over an expression has none for it.
    pub columns: Vec<Piece>,
    /// The columns that a statement on rows reads, as far as names tell; each once.
    pub reads: Vec<Piece>,
    /// The access method of an index, or of an exclusion constraint.
    pub method: Option<Piece>,
    /// The constraint takes over an index: USING INDEX.
    pub using_index: bool,
    /// A type change says USING.
    pub using: bool,
    /// How a column's values come about: `identity`, `stored`, `virtual`.
    pub generated: Option<&'static str>,
    /// Behind which word CONCURRENTLY stands or would stand.
    pub keyword: Option<Range<usize>>,
    /// The columns that a CREATE TABLE makes.
    pub new_columns: Vec<NewColumn>,
}

/// A column of a CREATE TABLE.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewColumn {
    pub name: Piece,
    pub data_type: Piece,
    /// It says PRIMARY KEY.
    pub primary: bool,
}

impl Action {
    pub(crate) fn new(change: &'static str, range: Range<usize>) -> Self {
        Self {
            change,
            range,
            table: None,
            column: None,
            object: None,
            new_name: None,
            data_type: None,
            default: None,
            references: None,
            constraint: None,
            not_null: false,
            if_exists: false,
            if_not_exists: false,
            concurrently: false,
            cascade: false,
            not_valid: false,
            unique: false,
            temporary: false,
            filtered: false,
            columns: Vec::new(),
            reads: Vec::new(),
            method: None,
            using_index: false,
            using: false,
            generated: None,
            keyword: None,
            new_columns: Vec::new(),
        }
    }
}

/// Splits and classifies. Total: what is unfinished (a quote, a comment, a bracket) is a fault, and the
/// rest of the text is still read.
#[must_use]
pub fn parse(text: &str) -> (Vec<Statement>, Vec<Fault>) {
    if u32::try_from(text.len()).is_err() {
        return (Vec::new(), vec![Fault::new(0..0, "SQL over 4 GiB is not read")]);
    }
    let mut lexed = lexer::lex(text);
    let ranges = split::split(text, &mut lexed);
    let mut parser = detail::Parser::default();
    let statements = ranges
        .into_iter()
        .map(|range| {
            let tokens = &lexed.tokens[range];
            let actions = classify::actions(text, tokens);
            let dialect = dialect::of_tokens(text, tokens);
            let parsed = parser.accepts(text, tokens, &actions, dialect);
            Statement { range: cursor::range_of(tokens), actions, parsed, dialect }
        })
        .collect();
    let mut faults = lexed.faults;
    faults.sort_by_key(|fault| fault.range.start);
    (statements, faults)
}

/// The text with a blank for each comment. An unfinished comment stays.
#[must_use]
pub fn without_comments(text: &str) -> Cow<'_, str> {
    let bytes = text.as_bytes();
    if !scan::holds(bytes, b"--") && !scan::holds(bytes, b"/*") {
        return Cow::Borrowed(text);
    }
    let mut kept = String::with_capacity(text.len());
    let mut end = 0;
    for token in lexer::lex(text).tokens {
        let range = token.range();
        let between = text.get(end..range.start).unwrap_or_default();
        let comment = between.contains("--") || between.contains("/*");
        kept.push_str(if comment { " " } else { between });
        kept.push_str(token.text(text));
        end = range.end;
    }
    Cow::Owned(kept)
}

/// Whether the text begins with a word that begins an SQL statement, behind blanks and comments.
#[must_use]
pub fn is_sql_start(text: &str) -> bool {
    let mut rest = text.trim_start_matches('\u{feff}').trim_start();
    loop {
        let after = if let Some(comment) = rest.strip_prefix("--") {
            comment.split_once('\n').map(|(_, after)| after)
        } else if rest.starts_with("/*") {
            rest.split_once("*/").map(|(_, after)| after)
        } else {
            return scan::opens_statement(rest.as_bytes());
        };
        let Some(after) = after else { return false };
        rest = after.trim_start();
    }
}
