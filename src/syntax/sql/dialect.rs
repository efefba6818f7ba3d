//! Which database's SQL a statement is, as far as its words give it away.

use super::lexer::{Token, TokenKind};

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Dialect {
    Postgres,
    /// `MySQL` and `MariaDB`.
    MySql,
    Sqlite,
    /// T-SQL: SQL Server.
    MsSql,
}

/// The dialect of a text of one or more statements: that of the first word that gives one away.
#[must_use]
pub fn of_text(text: &str) -> Option<Dialect> {
    if u32::try_from(text.len()).is_err() {
        return None;
    }
    of_tokens(text, &super::lexer::lex(text).tokens)
}

/// A token that only one dialect has decides; the first one wins, and back-ticks, which three of them
/// accept, speak for `MySQL` only where nothing else speaks.
pub(super) fn of_tokens(text: &str, tokens: &[Token]) -> Option<Dialect> {
    let mut weak = None;
    for token in tokens {
        let words = token.text(text);
        let found = match token.kind {
            TokenKind::Word => of_word(words),
            TokenKind::String if words.starts_with('$') => Some(Dialect::Postgres),
            TokenKind::Operator if words == "::" => Some(Dialect::Postgres),
            TokenKind::Quoted if words.starts_with('[') => Some(Dialect::MsSql),
            TokenKind::Quoted if words.starts_with('`') => {
                weak = weak.or(Some(Dialect::MySql));
                None
            }
            _ => None,
        };
        if found.is_some() {
            return found;
        }
    }
    weak
}

fn of_word(word: &str) -> Option<Dialect> {
    let mut buffer = [0; 20];
    let upper = buffer.get_mut(..word.len())?;
    upper.copy_from_slice(word.as_bytes());
    upper.make_ascii_uppercase();
    Some(match &*upper {
        b"CONCURRENTLY" | b"TIMESTAMPTZ" | b"JSONB" | b"SERIAL" | b"BIGSERIAL" | b"SMALLSERIAL"
        | b"BYTEA" | b"ILIKE" | b"RETURNING" | b"PLPGSQL" | b"UUID_GENERATE_V4" | b"GEN_RANDOM_UUID"
        | b"REGCLASS" | b"NEXTVAL" | b"SETVAL" | b"GIN" | b"GIST" | b"TSVECTOR" | b"CITEXT" | b"UNLOGGED"
        | b"OWNER" => Dialect::Postgres,
        b"AUTO_INCREMENT" | b"ENGINE" | b"UNSIGNED" | b"TINYINT" | b"MEDIUMINT" | b"LONGTEXT"
        | b"MEDIUMTEXT" | b"TINYTEXT" | b"LONGBLOB" | b"MEDIUMBLOB" | b"FULLTEXT" | b"CHARSET"
        | b"MODIFY" | b"DEFINER" => Dialect::MySql,
        b"AUTOINCREMENT" | b"PRAGMA" | b"ROWID" => Dialect::Sqlite,
        b"NVARCHAR" | b"DATETIME2" | b"UNIQUEIDENTIFIER" | b"SP_RENAME" | b"NONCLUSTERED" | b"CLUSTERED"
        | b"NOCHECK" => Dialect::MsSql,
        _ => return None,
    })
}
