//! What a query reads: the tables behind its FROMs and JOINs, and the columns that it names. Knows no
//! schema, so a name without a qualifier may be of any of its tables; names of functions, types and
//! aliases are left out.

use super::cursor::{Cursor, is_word, unquote};
use super::lexer::{self, Token, TokenKind};
use super::{create, reads};

/// More names of one query are not noted.
const MOST: usize = 512;

/// What a query reads.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Query {
    /// Its tables, as written, without quotes.
    pub tables: Vec<Source>,
    columns: Vec<(Option<String>, String)>,
    /// The qualifiers of its `*`.
    stars: Vec<Option<String>>,
    /// Queries that it names by WITH: none of them is a table.
    named: Vec<String>,
}

/// A table of a query.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Source {
    pub name: String,
    pub alias: Option<String>,
}

impl Query {
    /// The tables that it certainly reads.
    pub fn sources(&self) -> impl Iterator<Item = &Source> {
        let named = |name: &str| self.named.iter().any(|own| own.eq_ignore_ascii_case(name));
        self.tables.iter().filter(move |source| !named(&source.name))
    }

    /// Whether it certainly reads a column of one of its tables: it qualifies it, or has no other table.
    #[must_use]
    pub fn reads(&self, source: &Source, column: &str) -> bool {
        self.columns
            .iter()
            .any(|(qualifier, own)| same(own, column) && self.is_of(source, qualifier.as_deref()))
    }

    /// Whether it reads all columns that a table has.
    #[must_use]
    pub fn reads_all(&self, source: &Source) -> bool {
        self.stars.iter().any(|qualifier| qualifier.is_none() || self.is_of(source, qualifier.as_deref()))
    }

    fn is_of(&self, source: &Source, qualifier: Option<&str>) -> bool {
        let Some(qualifier) = qualifier else {
            return self.tables.len() == 1 && self.named.is_empty();
        };
        match &source.alias {
            Some(alias) => same(alias, qualifier),
            None => source.name.rsplit('.').next().is_some_and(|own| same(own, qualifier)),
        }
    }
}

fn same(one: &str, other: &str) -> bool {
    one.to_lowercase() == other.to_lowercase()
}

/// Reads the query of a `CREATE VIEW`, or one that stands alone.
#[must_use]
pub fn read(text: &str) -> Query {
    let mut query = Query::default();
    if u32::try_from(text.len()).is_err() {
        return query;
    }
    let tokens = lexer::lex(text).tokens;
    let mut walk = Walk { text, tokens: &tokens, at: begin(text, &tokens), tables: false };
    while walk.at < tokens.len() && query.columns.len() + query.tables.len() < MOST {
        walk.step(&mut query);
    }
    query
}

/// The columns that a REFERENCES names; none where it names none.
#[must_use]
pub fn referenced(text: &str) -> Option<Vec<String>> {
    if u32::try_from(text.len()).is_err() {
        return None;
    }
    let tokens = lexer::lex(text).tokens;
    let mut cursor = Cursor::new(text, &tokens);
    if !cursor.seek(&["REFERENCES"]) {
        return None;
    }
    cursor.skip();
    cursor.name()?;
    if cursor.kind() != Some(TokenKind::Open) {
        return None;
    }
    Some(create::names_in_group(&mut cursor).into_iter().map(|piece| piece.text).collect())
}

/// Where the query begins: behind the first AS of a `CREATE VIEW` that stands outside of brackets.
fn begin(text: &str, tokens: &[Token]) -> usize {
    if !tokens.first().is_some_and(|&token| is_word(text, token, "CREATE")) {
        return 0;
    }
    let mut depth = 0_usize;
    for (at, &token) in tokens.iter().enumerate() {
        match token.kind {
            TokenKind::Open => depth += 1,
            TokenKind::Close => depth = depth.saturating_sub(1),
            TokenKind::Word if depth == 0 && is_word(text, token, "AS") => return at + 1,
            _ => {}
        }
    }
    tokens.len()
}

/// Words that end a list of tables.
const CLAUSES: &[&str] =
    &["WHERE", "SELECT", "ON", "GROUP", "ORDER", "HAVING", "LIMIT", "UNION", "WINDOW", "EXCEPT", "INTERSECT"];

struct Walk<'t> {
    text: &'t str,
    tokens: &'t [Token],
    at: usize,
    /// Whether a comma separates tables.
    tables: bool,
}

impl Walk<'_> {
    fn is(&self, at: usize, words: &[&str]) -> bool {
        let token = self.tokens.get(at);
        token.is_some_and(|&token| words.iter().any(|word| is_word(self.text, token, word)))
    }

    fn kind(&self, at: usize) -> Option<TokenKind> {
        self.tokens.get(at).map(|token| token.kind)
    }

    fn is_name(&self, at: usize) -> bool {
        match self.kind(at) {
            Some(TokenKind::Quoted) => true,
            Some(TokenKind::Word) => !self.is(at, reads::KEYWORDS),
            _ => false,
        }
    }

    fn part(&self, at: usize) -> String {
        self.tokens.get(at).map_or_else(String::new, |token| unquote(token.text(self.text)))
    }

    fn step(&mut self, query: &mut Query) {
        let at = self.at;
        self.at += 1;
        if self.is(at, &["FROM", "JOIN"]) {
            self.tables = self.is(at, &["FROM"]);
            self.source(query);
            return;
        }
        if self.is(at, CLAUSES) {
            self.tables = false;
        } else if self.tables && self.kind(at) == Some(TokenKind::Comma) {
            self.source(query);
        } else if self.tokens.get(at).is_some_and(|token| token.text(self.text) == "*") {
            self.star(at, query);
        } else if self.is_name(at) {
            self.name(at, query);
        }
    }

    /// A table with its alias.
    fn source(&mut self, query: &mut Query) {
        while self.is(self.at, &["ONLY", "LATERAL"]) {
            self.at += 1;
        }
        if !self.is_name(self.at) {
            return;
        }
        let mut parts = vec![self.part(self.at)];
        self.at += 1;
        while self.kind(self.at) == Some(TokenKind::Dot) && self.is_name(self.at + 1) {
            parts.push(self.part(self.at + 1));
            self.at += 2;
        }
        if self.kind(self.at) == Some(TokenKind::Open) {
            return;
        }
        if self.is(self.at, &["AS"]) {
            self.at += 1;
        }
        let alias = self.is_name(self.at).then(|| self.part(self.at));
        self.at += usize::from(alias.is_some());
        query.tables.push(Source { name: parts.join("."), alias });
    }

    fn star(&self, at: usize, query: &mut Query) {
        let Some(before) = at.checked_sub(1) else { return };
        if self.kind(before) == Some(TokenKind::Dot) {
            let qualifier = before.checked_sub(1).filter(|&at| self.is_name(at)).map(|at| self.part(at));
            query.stars.extend(qualifier.map(Some));
        } else if self.is(before, &["SELECT", "ALL", "DISTINCT"])
            || self.kind(before) == Some(TokenKind::Comma)
        {
            query.stars.push(None);
        }
    }

    /// A name with its qualifiers.
    fn name(&mut self, at: usize, query: &mut Query) {
        let mut parts = vec![self.part(at)];
        while self.kind(self.at) == Some(TokenKind::Dot) && self.is_name(self.at + 1) {
            parts.push(self.part(self.at + 1));
            self.at += 2;
        }
        // A function, or `a.*`.
        if matches!(self.kind(self.at), Some(TokenKind::Open | TokenKind::Dot)) {
            return;
        }
        if self.is(self.at, &["AS"]) && self.kind(self.at + 1) == Some(TokenKind::Open) {
            query.named.extend(parts.pop());
            return;
        }
        let before = at.checked_sub(1).and_then(|before| self.tokens.get(before).copied());
        let is_other = before.is_some_and(|before| {
            before.text(self.text) == "::"
                || is_word(self.text, before, "AS")
                || matches!(
                    before.kind,
                    TokenKind::Close | TokenKind::Quoted | TokenKind::String | TokenKind::Number
                )
                || (before.kind == TokenKind::Word
                    && at
                        .checked_sub(1)
                        .is_some_and(|before| self.is_name(before) || self.is(before, &["END"])))
        });
        if is_other {
            return;
        }
        let column = parts.pop().unwrap_or_default();
        query.columns.push((parts.pop(), column));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reads_of(text: &str, table: &str, column: &str) -> bool {
        let query = read(text);
        query
            .sources()
            .any(|source| source.name == table && (query.reads(source, column) || query.reads_all(source)))
    }

    #[test]
    fn columns_that_a_view_certainly_reads() {
        for (text, table, column, reads) in [
            ("CREATE VIEW v AS SELECT id, code FROM product", "product", "code", true),
            ("CREATE OR REPLACE VIEW v (a) AS SELECT \"Code\" FROM \"product\"", "product", "code", true),
            ("CREATE VIEW v AS SELECT id FROM product", "product", "code", false),
            ("CREATE VIEW v AS SELECT id AS code, name code FROM product", "product", "code", false),
            ("CREATE VIEW v AS SELECT 'code', code(1), x::code FROM product", "product", "code", false),
            ("CREATE VIEW v AS SELECT count(*) FROM product", "product", "code", false),
            ("CREATE VIEW v AS SELECT * FROM product", "product", "code", true),
            (
                "CREATE VIEW v AS SELECT p.code FROM product p JOIN shop s ON s.id = p.shop_id",
                "product",
                "code",
                true,
            ),
            (
                "CREATE VIEW v AS SELECT s.code FROM product p JOIN shop s ON s.id = p.shop_id",
                "product",
                "code",
                false,
            ),
            ("CREATE VIEW v AS SELECT code FROM product p, shop s", "product", "code", false),
            ("CREATE VIEW v AS SELECT s.* FROM product p, shop AS s", "product", "code", false),
            ("CREATE VIEW v AS SELECT id FROM product WHERE lower(code) = 'a'", "product", "code", true),
            (
                "CREATE VIEW v AS WITH product AS (SELECT 1 AS code) SELECT code FROM product",
                "product",
                "code",
                false,
            ),
            ("SELECT 数量 FROM 注文", "注文", "数量", true),
        ] {
            assert_eq!(reads_of(text, table, column), reads, "{text}");
        }
    }

    #[test]
    fn columns_that_a_key_points_to() {
        assert_eq!(
            referenced("FOREIGN KEY (a) REFERENCES \"shop\".\"t\"(\"id\", b) ON DELETE CASCADE").unwrap(),
            ["id", "b"]
        );
        assert_eq!(referenced("REFERENCES t ON DELETE SET NULL (a)"), None);
    }

    #[test]
    fn hostile_queries_end() {
        for text in ["", "CREATE", "FROM", "*", "a.", ".", "SELECT a.* FROM", "((((", "WITH a AS ("] {
            let _ = (read(text), referenced(text));
        }
        let _ = read(&"SELECT a FROM b JOIN ".repeat(20_000));
        let _ = read(&format!("CREATE VIEW {}", "(".repeat(100_000)));
        let _ = read(&"a.".repeat(100_000));
    }
}
