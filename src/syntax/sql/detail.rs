//! The full parser beside the classifier: whether `sqlparser` can follow a statement, and in which
//! dialect. Its tree is not used here: it refuses a third of PostgreSQL's operational statements, and
//! its spans are mostly empty; in tests it is the classifier's second opinion.

use std::panic::{AssertUnwindSafe, catch_unwind};

use sqlparser::ast;
use sqlparser::dialect as sql;
use sqlparser::tokenizer::Tokenizer;

use super::lexer::{Token, TokenKind};
use super::{Action, Dialect, cursor};

/// Longer statements are not tried; in bytes.
const MAX_BYTES: usize = 64 * 1024;
const MAX_TOKENS: usize = 20_000;

/// The parser is recursive, so deeper brackets are not tried: an overflow of the stack would end the
/// program, and this much fits into 2 MiB with room to spare.
const MAX_NESTING: usize = 16;

/// The parser's own limit, which also counts what nests without brackets: CASE, EXPLAIN, IF.
const MAX_RECURSION: usize = 32;

/// Chains such as `a AND b AND …` become trees as deep as they are long, which are freed recursively.
const MAX_CHAIN: u32 = 400;

/// Parser work for one text, in bytes of statements tried. Bracketed statements cost more than flat
/// ones, because the parser tries some of their brackets twice.
const BUDGET: usize = 8 * 1024 * 1024;

/// Tries statements of one text, within a budget.
pub(super) struct Parser {
    budget: usize,
}

impl Default for Parser {
    fn default() -> Self {
        Self { budget: BUDGET }
    }
}

impl Parser {
    /// Whether a dialect's parser takes the whole statement.
    pub fn accepts(
        &mut self,
        text: &str,
        tokens: &[Token],
        actions: &[Action],
        dialect: Option<Dialect>,
    ) -> bool {
        let skipped =
            actions.first().is_none_or(|action| matches!(action.change, "unknown" | "do-block" | "copy"));
        if skipped {
            return false;
        }
        self.tree(text, tokens, dialect).is_some()
    }

    /// The statement's tree in the first dialect that takes it: the one that its words give away, then
    /// the others.
    pub fn tree(&mut self, text: &str, tokens: &[Token], dialect: Option<Dialect>) -> Option<ast::Statement> {
        let range = cursor::range_of(tokens);
        let nesting = fitting_nesting(text, tokens).filter(|_| range.len() <= MAX_BYTES)?;
        let masked = mask(text, tokens);
        let slice = masked.as_deref().unwrap_or(text.get(range)?);
        order(dialect).into_iter().find_map(|dialect| {
            let cost = slice.len() * (1 + nesting);
            self.budget = self.budget.checked_sub(cost)?;
            catch_unwind(AssertUnwindSafe(|| tree_in(slice, tokens.len(), dialect))).ok().flatten()
        })
    }
}

/// The one statement of `slice`, which has so many tokens.
fn tree_in(slice: &str, count: usize, dialect: &dyn sql::Dialect) -> Option<ast::Statement> {
    // The parser counts blanks too.
    let mut tokens = Vec::with_capacity(count * 2 + 4);
    Tokenizer::new(dialect, slice).tokenize_with_location_into_buf(&mut tokens).ok()?;
    let parser = sqlparser::parser::Parser::new(dialect).with_recursion_limit(MAX_RECURSION);
    let mut statements = parser.with_tokens_with_locations(tokens).parse_statements().ok()?;
    if statements.len() == 1 { statements.pop() } else { None }
}

fn order(dialect: Option<Dialect>) -> Vec<&'static dyn sql::Dialect> {
    let postgres: &dyn sql::Dialect = &sql::PostgreSqlDialect {};
    let mysql: &dyn sql::Dialect = &sql::MySqlDialect {};
    let sqlite: &dyn sql::Dialect = &sql::SQLiteDialect {};
    let generic: &dyn sql::Dialect = &sql::GenericDialect {};
    match dialect {
        None => vec![postgres, mysql, sqlite, generic],
        Some(Dialect::Postgres) => vec![postgres, generic],
        Some(Dialect::MySql) => vec![mysql, sqlite, generic],
        Some(Dialect::Sqlite) => vec![sqlite, generic],
        Some(Dialect::MsSql) => vec![&sql::MsSqlDialect {}, generic],
    }
}

/// The deepest brackets, if they and all chains are within what the parser's stack bears.
fn fitting_nesting(text: &str, tokens: &[Token]) -> Option<usize> {
    if tokens.len() > MAX_TOKENS {
        return None;
    }
    let mut chains = [0_u32; MAX_NESTING + 1];
    let (mut depth, mut deepest, mut keywords) = (0_usize, 0, 0_usize);
    for token in tokens {
        match token.kind {
            TokenKind::Open | TokenKind::OpenSquare => {
                // Calls and subscripts of calls and subscripts are chains too.
                chains[depth] += 1;
                depth += 1;
                deepest = deepest.max(depth);
                *chains.get_mut(depth)? = 0;
            }
            TokenKind::Close | TokenKind::CloseSquare => depth = depth.saturating_sub(1),
            TokenKind::Comma => chains[depth] = 0,
            TokenKind::Operator => chains[depth] += 1,
            TokenKind::Word => {
                let word = token.text(text);
                chains[depth] += chain_weight(word);
                keywords += usize::from(word.eq_ignore_ascii_case("case"));
            }
            _ => {}
        }
        if chains[depth] > MAX_CHAIN {
            return None;
        }
    }
    (keywords <= MAX_CHAIN as usize).then_some(deepest)
}

/// How much a word that ties expressions or queries to each other costs; each JOIN is a recursion.
fn chain_weight(word: &str) -> u32 {
    const WORDS: &[&str] = &[
        "AND",
        "OR",
        "NOT",
        "XOR",
        "IS",
        "IN",
        "LIKE",
        "ILIKE",
        "BETWEEN",
        "COLLATE",
        "AT",
        "UNION",
        "EXCEPT",
        "INTERSECT",
        "CASE",
        "WHEN",
        "DIV",
        "MOD",
        "SIMILAR",
        "OVERLAPS",
        "EXPLAIN",
        "INTERVAL",
        "PRIOR",
    ];
    if word.eq_ignore_ascii_case("join") {
        return 10;
    }
    u32::from(word.len() <= 9 && WORDS.iter().any(|chain| word.eq_ignore_ascii_case(chain)))
}

/// The statement with letters in place of its holes, byte for byte; none where it has no hole.
fn mask(text: &str, tokens: &[Token]) -> Option<String> {
    if !tokens.iter().any(|token| token.kind == TokenKind::Hole) {
        return None;
    }
    let range = cursor::range_of(tokens);
    let mut masked = String::with_capacity(range.len());
    let mut at = range.start;
    for token in tokens.iter().filter(|token| token.kind == TokenKind::Hole) {
        masked.push_str(text.get(at..token.range().start)?);
        masked.extend(token.range().map(|_| 'h'));
        at = token.range().end;
    }
    masked.push_str(text.get(at..range.end)?);
    Some(masked)
}
