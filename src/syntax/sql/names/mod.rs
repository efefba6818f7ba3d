//! The tables and columns that statements on rows name, each query with what it reads from: whose column
//! a name with a qualifier is, and which tables a name without one may belong to. Works on tokens; knows
//! no database, so it only says what the words leave open.

use super::Piece;
use super::cursor::{is_word, join, unquote};
use super::lexer::{self, Token, TokenKind};
use super::reads::KEYWORDS;
use super::split;

mod words;

use words::{BEFORE_VALUES, ENDS, HEADS, OTHER_WORDS};

/// A query: what its names are looked up in.
#[derive(Clone, Debug, Default)]
pub struct Scope {
    /// The query around it.
    pub outer: Option<usize>,
    pub tables: Vec<Source>,
    /// Whether it also reads from something whose columns nobody knows: a subquery, a function, a hole.
    pub open: bool,
    /// Names that it gives to its results.
    pub results: Vec<String>,
}

/// What a query reads from or writes to.
#[derive(Clone, Debug)]
pub struct Source {
    /// A table; none for a subquery, a function, a name with a hole.
    pub table: Option<Piece>,
    /// What its columns are qualified with, in small letters.
    pub known_as: String,
}

/// A name that stands for a column.
#[derive(Clone, Debug)]
pub struct Column {
    pub name: Piece,
    /// The last word before the dot, in small letters.
    pub qualifier: Option<String>,
    /// The table of its query that it certainly is of: one that is written to.
    pub of: Option<usize>,
    pub scope: usize,
    /// Whether it stands where names of results count: ORDER BY, GROUP BY, HAVING.
    pub late: bool,
}

/// What one text of SQL names.
#[derive(Clone, Debug, Default)]
pub struct Names {
    pub scopes: Vec<Scope>,
    pub columns: Vec<Column>,
    /// Whether it changes the schema itself.
    pub changes: bool,
}

/// How deep queries and brackets may nest; deeper ones are passed over.
const MAX_DEPTH: usize = 100;
/// How deep bodies of functions are read in each other.
const MAX_BODIES: usize = 3;

/// What the statements of `text` name.
#[must_use]
pub fn names(text: &str) -> Names {
    let mut names = Names::default();
    if u32::try_from(text.len()).is_ok() {
        let mut lexed = lexer::lex(text);
        let ranges = split::split(text, &mut lexed);
        for range in ranges {
            statement(&mut names, text, &lexed.tokens[range], MAX_BODIES);
        }
    }
    names
}

/// What a part of a statement names: a condition, a list of expressions. All of it is in one scope, which
/// has no tables.
#[must_use]
pub fn names_of_part(text: &str) -> Names {
    let mut names = Names { scopes: vec![Scope::default()], ..Names::default() };
    if u32::try_from(text.len()).is_ok() {
        let lexed = lexer::lex(text);
        Reader { names: &mut names, text, others: Vec::new(), depth: 0 }.read(
            &lexed.tokens,
            0,
            Place::Inside,
        );
    }
    names
}

fn statement(names: &mut Names, text: &str, tokens: &[Token], bodies: usize) {
    let is = |at: usize, word: &str| tokens.get(at).is_some_and(|&token| is_word(text, token, word));
    if tokens.is_empty() {
        return;
    }
    if is(0, "CREATE") {
        create(names, text, tokens, bodies);
        return;
    }
    if is(0, "ALTER") || is(0, "DROP") {
        names.changes = true;
        return;
    }
    if is(0, "DO") {
        bodies_of(names, text, tokens, bodies);
        return;
    }
    let head = tokens.iter().position(|&token| HEADS.iter().any(|head| is_word(text, token, head)));
    let Some(head) = head else { return };
    // Behind EXPLAIN; elsewhere it is no statement on rows.
    if head == 0 || is(0, "EXPLAIN") {
        query(names, text, &tokens[head..], false);
    }
}

fn query(names: &mut Names, text: &str, tokens: &[Token], open: bool) {
    let scope = names.scopes.len();
    names.scopes.push(Scope { open, ..Scope::default() });
    Reader { names, text, others: Vec::new(), depth: 0 }.read(tokens, scope, Place::Query);
}

/// A view's query, a function's body.
fn create(names: &mut Names, text: &str, tokens: &[Token], bodies: usize) {
    let find = |word: &str| tokens.iter().position(|&token| is_word(text, token, word));
    let head = &tokens[..tokens.len().min(8)];
    let says = |word: &str| head.iter().any(|&token| is_word(text, token, word));
    if says("VIEW") {
        let start = find("AS").map(|at| at + 1).filter(|&at| at < tokens.len());
        if let Some(start) = start {
            query(names, text, &tokens[start..], false);
        }
    } else if says("FUNCTION") || says("PROCEDURE") {
        bodies_of(names, text, tokens, bodies);
    } else if says("TABLE") {
        names.changes = true;
    }
}

/// Bodies between dollars, whose variables may have any name.
fn bodies_of(names: &mut Names, text: &str, tokens: &[Token], bodies: usize) {
    for token in tokens {
        let words = token.text(text);
        if token.kind != TokenKind::String || !words.starts_with('$') || bodies == 0 {
            continue;
        }
        let Some(tag) = words[1..].find('$').map(|end| end + 2) else { continue };
        let Some(inner) = words.get(tag..words.len().saturating_sub(tag)) else { continue };
        let mut lexed = lexer::lex(inner);
        let ranges = split::split(inner, &mut lexed);
        let mut own = Names::default();
        for range in ranges {
            let tokens = &lexed.tokens[range];
            let head = tokens.iter().position(|&token| HEADS.iter().any(|head| is_word(inner, token, head)));
            if let Some(head) = head {
                query(&mut own, inner, &tokens[head..], true);
            }
        }
        names.append(own, token.start as usize + tag);
    }
}

impl Names {
    fn append(&mut self, mut other: Self, shift: usize) {
        let first = self.scopes.len();
        let moved = |piece: &mut Piece| piece.range = piece.range.start + shift..piece.range.end + shift;
        for scope in &mut other.scopes {
            scope.outer = scope.outer.map(|outer| outer + first);
            scope.tables.iter_mut().filter_map(|source| source.table.as_mut()).for_each(moved);
        }
        for column in &mut other.columns {
            column.scope += first;
            moved(&mut column.name);
        }
        self.scopes.append(&mut other.scopes);
        self.columns.append(&mut other.columns);
        self.changes |= other.changes;
    }

    /// The scopes that a name in `scope` is looked up in, the nearest first.
    pub fn around(&self, scope: usize) -> impl Iterator<Item = &Scope> {
        std::iter::successors(self.scopes.get(scope), |scope| {
            scope.outer.and_then(|outer| self.scopes.get(outer))
        })
        .take(MAX_DEPTH + 1)
    }
}

/// What a run of tokens is.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Place {
    Query,
    /// Brackets around joined tables.
    Tables,
    /// Brackets around anything else.
    Inside,
}

struct Reader<'t, 'n> {
    names: &'n mut Names,
    text: &'t str,
    /// Names of WITH queries, in small letters.
    others: Vec<String>,
    depth: usize,
}

impl Reader<'_, '_> {
    fn is(&self, tokens: &[Token], at: usize, words: &[&str]) -> bool {
        tokens.get(at).is_some_and(|&token| words.iter().any(|word| is_word(self.text, token, word)))
    }

    fn is_name(&self, token: Token) -> bool {
        match token.kind {
            TokenKind::Quoted | TokenKind::Hole => true,
            TokenKind::Word => {
                let words = token.text(self.text);
                !KEYWORDS.iter().chain(OTHER_WORDS).any(|word| words.eq_ignore_ascii_case(word))
            }
            _ => false,
        }
    }

    fn scope(&mut self, scope: usize) -> Option<&mut Scope> {
        self.names.scopes.get_mut(scope)
    }

    fn opens(&mut self, scope: usize) {
        if let Some(scope) = self.scope(scope) {
            scope.open = true;
        }
    }

    fn outer(&self, scope: usize) -> Option<usize> {
        self.names.scopes.get(scope).and_then(|scope| scope.outer)
    }

    fn child(&mut self, outer: Option<usize>) -> usize {
        self.names.scopes.push(Scope { outer, ..Scope::default() });
        self.names.scopes.len() - 1
    }

    fn read(&mut self, tokens: &[Token], scope: usize, place: Place) {
        if self.depth > MAX_DEPTH {
            self.opens(scope);
            return;
        }
        self.depth += 1;
        let start = if place == Place::Query { self.with(tokens, scope) } else { 0 };
        self.run(tokens, start, scope, place);
        self.depth -= 1;
    }

    /// Takes the queries of a WITH; gives where the query behind them begins.
    fn with(&mut self, tokens: &[Token], scope: usize) -> usize {
        if !self.is(tokens, 0, &["WITH"]) {
            return 0;
        }
        let mut at = 1;
        while at < tokens.len() {
            if self.is(tokens, at, &["SELECT", "INSERT", "UPDATE", "DELETE", "MERGE", "VALUES"]) {
                return at;
            }
            let token = tokens[at];
            if token.kind == TokenKind::Open {
                let end = closing(tokens, at);
                let inner = &tokens[at + 1..end];
                if self.begins_query(inner) {
                    let outer = self.outer(scope);
                    let child = self.child(outer);
                    self.read(inner, child, Place::Query);
                }
                at = end + 1;
                continue;
            }
            if self.is_name(token) {
                self.others.push(unquote(token.text(self.text)).to_lowercase());
            }
            at += 1;
        }
        at
    }

    fn begins_query(&self, tokens: &[Token]) -> bool {
        let first = tokens.iter().position(|token| token.kind != TokenKind::Open).unwrap_or(0);
        self.is(tokens, first, &["SELECT", "WITH", "VALUES", "INSERT", "UPDATE", "DELETE"])
    }

    fn run(&mut self, tokens: &[Token], start: usize, mut scope: usize, place: Place) {
        // Whether a table comes next, whether a comma brings one more, and which one is written to.
        let (mut expects, mut listed) = (place == Place::Tables, place == Place::Tables);
        let (mut target, mut written) = (None, false);
        let (mut assigns, mut late) = (false, false);
        let mut at = start;
        while let Some(&token) = tokens.get(at) {
            let is = |words: &[&str]| words.iter().any(|word| is_word(self.text, token, word));
            match token.kind {
                TokenKind::Open => {
                    let end = closing(tokens, at);
                    let inner = &tokens[at + 1..end];
                    if self.begins_query(inner) {
                        let beside = at > 0 && self.is(tokens, at - 1, &["LATERAL"]);
                        let outer = if expects && !beside { self.outer(scope) } else { Some(scope) };
                        let child = self.child(outer);
                        self.read(inner, child, Place::Query);
                        if expects {
                            at = self.derived(tokens, end + 1, scope);
                            expects = false;
                            continue;
                        }
                    } else if expects {
                        self.read(inner, scope, Place::Tables);
                    } else {
                        self.read(inner, scope, Place::Inside);
                    }
                    expects = false;
                    at = end;
                }
                TokenKind::Comma => {
                    expects = listed;
                    if assigns {
                        at = self.assigned(tokens, at + 1, scope, target);
                        continue;
                    }
                }
                _ if is(&["UNION", "EXCEPT", "INTERSECT"]) && place == Place::Query => {
                    let outer = self.outer(scope);
                    scope = self.child(outer);
                    (expects, listed, late, assigns, target) = (false, false, false, false, None);
                }
                _ if is(&["FROM"]) => {
                    let distinct = at > 0 && self.is(tokens, at - 1, &["DISTINCT"]);
                    let listing = place == Place::Query && !distinct && !self.is(tokens, 0, &["COPY"]);
                    assigns &= !listing;
                    expects |= listing;
                    listed |= listing;
                }
                _ if is(&["JOIN", "STRAIGHT_JOIN"]) => (expects, listed) = (true, true),
                _ if is(&["USING"]) => {
                    let list = tokens.get(at + 1).is_some_and(|next| next.kind != TokenKind::Open);
                    expects |= list && place == Place::Query;
                    listed |= list && place == Place::Query;
                }
                _ if is(&["INTO", "TRUNCATE", "COPY"]) => (expects, written) = (true, true),
                _ if is(&["UPDATE"]) => {
                    let other = at > 0 && self.is(tokens, at - 1, &["FOR", "DO", "ON", "KEY"]);
                    expects = !other && !self.is(tokens, at + 1, &["SET"]);
                    written |= expects;
                }
                _ if is(&["SET"]) => {
                    (expects, listed, assigns) = (false, false, target.is_some());
                    if assigns {
                        at = self.assigned(tokens, at + 1, scope, target);
                        continue;
                    }
                }
                _ if is(ENDS) => {
                    (expects, listed, assigns) = (false, false, false);
                    late = is(&["GROUP", "ORDER", "HAVING"]);
                }
                _ if expects && is(&["ONLY", "LATERAL", "TABLE", "IGNORE"]) => {}
                _ if self.is_name(token) && expects => {
                    let index = self.names.scopes.get(scope).map(|scope| scope.tables.len());
                    at = self.table(tokens, at, scope);
                    if std::mem::take(&mut written) {
                        target = index;
                        at = self.inserted(tokens, at, scope, target);
                    }
                    expects = false;
                    continue;
                }
                _ if self.is_name(token) => {
                    at = self.column(tokens, at, scope, late);
                    continue;
                }
                _ => {}
            }
            at += 1;
        }
    }

    /// Takes a table and its alias; gives what stands behind.
    fn table(&mut self, tokens: &[Token], at: usize, scope: usize) -> usize {
        let (parts, mut at, holes) = self.parts(tokens, at);
        let calls = tokens.get(at).is_some_and(|next| next.kind == TokenKind::Open) && {
            // The columns of an INSERT, or the arguments of a function.
            let into =
                at.checked_sub(parts.len() * 2).is_some_and(|before| self.is(tokens, before, &["INTO"]));
            !into && !self.is(tokens, 0, &["COPY"])
        };
        let own = parts.last().map(|part| part.text.to_lowercase()).unwrap_or_default();
        let other = parts.len() == 1 && self.others.contains(&own);
        let table = join(parts).filter(|_| !holes && !calls && !other);
        if calls {
            let end = closing(tokens, at);
            self.read(&tokens[at + 1..end], scope, Place::Inside);
            at = end + 1;
        }
        let (alias, at) = self.alias(tokens, at);
        let known_as = alias.unwrap_or(own);
        if let Some(scope) = self.scope(scope) {
            scope.open |= table.is_none();
            scope.tables.push(Source { table, known_as });
        }
        at
    }

    /// Takes the alias of a subquery; gives what stands behind.
    fn derived(&mut self, tokens: &[Token], at: usize, scope: usize) -> usize {
        let (alias, mut at) = self.alias(tokens, at);
        if alias.is_some() && tokens.get(at).is_some_and(|next| next.kind == TokenKind::Open) {
            at = closing(tokens, at) + 1;
        }
        if let Some(scope) = self.scope(scope) {
            scope.open = true;
            scope.tables.push(Source { table: None, known_as: alias.unwrap_or_default() });
        }
        at
    }

    fn alias(&self, tokens: &[Token], at: usize) -> (Option<String>, usize) {
        let named = at + usize::from(self.is(tokens, at, &["AS"]));
        match tokens.get(named) {
            Some(&token) if self.is_name(token) && token.kind != TokenKind::Hole => {
                (Some(unquote(token.text(self.text)).to_lowercase()), named + 1)
            }
            _ => (None, at),
        }
    }

    /// Takes the columns behind the table of an INSERT or COPY.
    fn inserted(&mut self, tokens: &[Token], at: usize, scope: usize, of: Option<usize>) -> usize {
        let opens = tokens.get(at).is_some_and(|token| token.kind == TokenKind::Open);
        let end = if opens { closing(tokens, at) } else { at };
        if !opens || self.begins_query(&tokens[at + 1..end]) {
            return at;
        }
        for &token in &tokens[at + 1..end] {
            if self.is_name(token) && token.kind != TokenKind::Hole {
                self.add(token, None, (scope, of), false);
            }
        }
        end + 1
    }

    /// Takes what an assignment assigns to: `a =`, `(a, b) =`.
    fn assigned(&mut self, tokens: &[Token], at: usize, scope: usize, of: Option<usize>) -> usize {
        let (parts, behind, holes) = self.parts(tokens, at);
        let equals = tokens.get(behind).is_some_and(|token| token.text(self.text).starts_with('='));
        if equals
            && !holes
            && let Some(part) = parts.into_iter().last()
        {
            self.names.columns.push(Column { name: part, qualifier: None, of, scope, late: false });
            return behind;
        }
        let group = tokens.get(at).is_some_and(|token| token.kind == TokenKind::Open);
        let end = if group { closing(tokens, at) } else { at };
        if group && tokens.get(end + 1).is_some_and(|token| token.text(self.text).starts_with('=')) {
            return self.inserted(tokens, at, scope, of);
        }
        at
    }

    fn add(&mut self, token: Token, qualifier: Option<String>, of: (usize, Option<usize>), late: bool) {
        let name = Piece { text: unquote(token.text(self.text)), range: token.range() };
        let (scope, of) = of;
        self.names.columns.push(Column { name, qualifier, of, scope, late });
    }

    /// Takes a name in an expression: a column, an alias, a function, a type.
    fn column(&mut self, tokens: &[Token], at: usize, scope: usize, late: bool) -> usize {
        let (mut parts, behind, holes) = self.parts(tokens, at);
        let before = at.checked_sub(1).and_then(|at| tokens.get(at)).copied();
        let is_before = |words: &[&str]| at > 0 && self.is(tokens, at - 1, words);
        if holes {
            let value = before.is_none_or(|before| {
                !matches!(before.kind, TokenKind::Word | TokenKind::Quoted | TokenKind::Close)
            }) || is_before(BEFORE_VALUES);
            if !value {
                self.opens(scope);
            }
            return behind;
        }
        let next = tokens.get(behind).copied();
        // A function, `alias.*`, a type behind `::`, a literal such as `date '2026-01-01'`.
        let other = next.is_some_and(|next| {
            matches!(next.kind, TokenKind::Open | TokenKind::String)
                || (tokens.get(behind.saturating_sub(1)).is_some_and(|last| last.kind == TokenKind::Dot))
        }) || before.is_some_and(|before| before.text(self.text) == "::");
        let Some(last) = parts.pop().filter(|_| !other) else { return behind };
        let qualifier = parts.pop().map(|part| part.text.to_lowercase());
        let follows = before.is_some_and(|before| {
            matches!(
                before.kind,
                TokenKind::Close | TokenKind::String | TokenKind::Number | TokenKind::Parameter
            ) || self.is_name(before)
                || is_word(self.text, before, "END")
        });
        if qualifier.is_none() && (is_before(&["AS"]) || follows) {
            if let Some(scope) = self.scope(scope) {
                scope.results.push(last.text.to_lowercase());
            }
            return behind;
        }
        self.names.columns.push(Column { name: last, qualifier, of: None, scope, late });
        behind
    }

    /// The parts of a dotted name, what stands behind it, and whether one of them has a hole.
    fn parts(&self, tokens: &[Token], mut at: usize) -> (Vec<Piece>, usize, bool) {
        let (mut parts, mut holes) = (Vec::new(), false);
        while let Some(&token) = tokens.get(at) {
            let name = matches!(token.kind, TokenKind::Word | TokenKind::Quoted | TokenKind::Hole);
            if !name || (parts.is_empty() && !self.is_name(token)) {
                break;
            }
            holes |= token.kind == TokenKind::Hole || token.text(self.text).contains("${");
            parts.push(Piece { text: unquote(token.text(self.text)), range: token.range() });
            at += 1;
            if tokens.get(at).is_none_or(|next| next.kind != TokenKind::Dot) {
                break;
            }
            at += 1;
        }
        (parts, at, holes)
    }
}

/// Where the bracket at `open` closes; behind the last token where it does not.
fn closing(tokens: &[Token], open: usize) -> usize {
    let mut depth = 0_usize;
    for (at, token) in tokens.iter().enumerate().skip(open) {
        match token.kind {
            TokenKind::Open => depth += 1,
            TokenKind::Close => {
                depth = depth.saturating_sub(1);
                if depth == 0 {
                    return at;
                }
            }
            _ => {}
        }
    }
    tokens.len()
}

#[cfg(test)]
mod tests;
