//! Where a migration's code can be changed: the literals that one call runs once, the calls that stand on
//! lines of their own, the brackets behind which something can be put in. Knows the shape of `up` and
//! `down`, not what they run.

use std::ops::Range;

use swc_common::Spanned;
use swc_ecma_ast::{BinaryOp, Callee, ClassMember, Expr, Lit, Pat, Stmt};

use super::class::Migration;
use super::scope::{method, prop_name, untyped};
use crate::facts::words::{migration, schema_change as change};
use crate::facts::{Fact, Field};
use crate::syntax::typescript::range;
use crate::text::{Passage, Span};

/// What is found in one class, as places of the file.
#[derive(Default)]
pub struct Places {
    calls: Vec<Call>,
    /// Calls of the query runner that nothing waits for, where `await` can be put before them.
    loose: Vec<(Span, String)>,
    up_body: Option<Span>,
    /// The name of the query runner in `up`.
    runner: Option<String>,
    transaction_field: Option<Span>,
    head: Option<Span>,
}

/// A call in the body of `up` or `down` that runs the literals it is given, once each time the method runs.
struct Call {
    /// Where the first of the literals begins.
    start: u32,
    literals: Vec<(Span, &'static str)>,
    /// The whole statement of code, where it is nothing but the awaited call.
    statement: Option<Span>,
    callee: String,
    /// Whether all that it runs stands in its literals.
    whole: bool,
}

impl Places {
    pub fn of(found: &Migration<'_>, passage: &Passage) -> Self {
        let start = found.start..found.start;
        let mut places = Self { head: passage.exact(start), ..Self::default() };
        for member in &found.class.body {
            match member {
                ClassMember::Method(method) if !method.is_static => {
                    let (Some(name @ ("up" | "down")), Some(body)) =
                        (prop_name(&method.key), &method.function.body)
                    else {
                        continue;
                    };
                    let runner = match method.function.params.first().map(|param| &param.pat) {
                        Some(Pat::Ident(name)) => Some(name.id.sym.as_str()),
                        _ => None,
                    };
                    let mut walk =
                        Walk { places: &mut places, passage, runner, is_async: method.function.is_async };
                    walk.statements(&body.stmts);
                    if name == "up" && method.function.is_async {
                        let open = range(body.span).start;
                        places.up_body = passage.exact(open..open + 1);
                        places.runner = runner.map(str::to_owned);
                    }
                }
                ClassMember::ClassProp(field)
                    if !field.is_static && prop_name(&field.key) == Some("transaction") =>
                {
                    places.transaction_field = passage.exact(range(field.span));
                }
                _ => {}
            }
        }
        places
    }

    /// Says on the migration's fact where its class can be changed.
    pub fn say(&self, fact: &mut Fact) {
        if let (Some(span), Some(runner)) = (self.up_body, &self.runner) {
            fact.set(migration::UP_BODY, "{", span);
            fact.set(migration::RUNNER, runner.as_str(), span);
        }
        if let Some(span) = self.transaction_field {
            fact.set(migration::TRANSACTION_FIELD, "transaction", span);
        }
        if let Some(span) = self.head {
            fact.set(migration::HEAD, "//", span);
        }
    }

    /// Says on the changes of one direction where their words can be changed.
    pub fn mark(&self, facts: &mut [Fact]) {
        let own: Vec<Option<usize>> = facts.iter().map(|fact| self.call_of(fact.span)).collect();
        let mut counts = vec![0_usize; self.calls.len()];
        for &index in own.iter().flatten() {
            counts[index] += 1;
        }
        for (fact, index) in facts.iter_mut().zip(own) {
            if fact.kind != change::KIND {
                continue;
            }
            if fact.bool(change::AWAITED) == Some(false)
                && let Some((span, words)) = last_before(&self.loose, fact.span, |(span, _)| span.start)
                && span.contains(fact.span)
            {
                fact.set(change::LOOSE_CALL, words.as_str(), *span);
            }
            let index = index.filter(|_| fact.text(change::VIA) == Some("sql"));
            let call = index.and_then(|index| self.calls.get(index));
            forget_words(fact, call);
            let Some((call, (literal, quotes))) =
                call.and_then(|call| Some((call, call.literal_of(fact.span)?)))
            else {
                continue;
            };
            fact.set(change::QUOTES, quotes, literal);
            if call.whole && index.is_some_and(|index| counts[index] == 1) {
                fact.set(change::ALONE, true, literal);
                if let Some(statement) = call.statement {
                    fact.set(change::CALL, call.callee.as_str(), statement);
                }
            }
        }
    }

    /// The call whose literals hold a place.
    fn call_of(&self, span: Span) -> Option<usize> {
        let behind = self.calls.partition_point(|call| call.start <= span.start);
        let index = behind.checked_sub(1)?;
        self.calls.get(index)?.literal_of(span).map(|_| index)
    }
}

/// The last of these, which stand in the order of the text, that begins before `span` or with it.
fn last_before<T>(sorted: &[T], span: Span, start: impl Fn(&T) -> u32) -> Option<&T> {
    sorted.get(sorted.partition_point(|item| start(item) <= span.start).checked_sub(1)?)
}

impl Call {
    fn literal_of(&self, span: Span) -> Option<(Span, &'static str)> {
        let found = last_before(&self.literals, span, |(literal, _)| literal.start)?;
        found.0.contains(span).then_some(*found)
    }
}

/// Words that stand in another place than the call's literals may be others' too.
fn forget_words(fact: &mut Fact, call: Option<&Call>) {
    const WORDS: [Field; 4] =
        [change::KEYWORD, change::LAST_WORD, change::CONCURRENTLY_WORD, change::DROPPED];
    for field in WORDS {
        let there = fact.get(field).map(|slot| slot.span);
        if there.is_some_and(|span| call.is_none_or(|call| call.literal_of(span).is_none())) {
            fact.unset(field);
        }
    }
}

/// Marks the changes of a file of SQL, whose words are its own. `one_by_one`: its tool sends each statement
/// by itself.
pub fn of_sql_file(facts: &mut [Fact], passage: &Passage, one_by_one: bool) {
    let statements: Vec<Option<Span>> =
        facts.iter().map(|fact| fact.get(change::STATEMENT).map(|slot| slot.span)).collect();
    let one = statements.windows(2).all(|pair| pair[0] == pair[1]);
    let Some(home) = passage.exact(0..passage.len()) else { return };
    for index in 0..facts.len() {
        let (Some(span), false) = (statements[index], facts[index].kind != change::KIND) else { continue };
        let fact = &mut facts[index];
        fact.set(change::QUOTES, "", span);
        let same = |other: Option<&Option<Span>>| other == Some(&Some(span));
        let several = same(statements.get(index + 1))
            || index.checked_sub(1).is_some_and(|at| same(statements.get(at)));
        if (one || one_by_one) && !several {
            fact.set(change::ALONE, true, span);
        }
        if !several && home.contains(span) {
            // With its semicolon.
            let text = passage.text();
            let end = (span.end - home.start) as usize;
            let rest = text.get(end..).unwrap_or_default();
            let blanks = rest.len() - rest.trim_start().len();
            if rest[blanks..].starts_with(';')
                && let Some(whole) = passage.exact((span.start - home.start) as usize..end + blanks + 1)
            {
                fact.set(change::CALL, "", whole);
            }
        }
    }
}

struct Walk<'w> {
    places: &'w mut Places,
    passage: &'w Passage,
    runner: Option<&'w str>,
    is_async: bool,
}

impl Walk<'_> {
    fn statements(&mut self, statements: &[Stmt]) {
        for statement in statements {
            self.statement(statement);
        }
    }

    /// What runs at most once each time the method runs: no loops, no functions.
    fn statement(&mut self, statement: &Stmt) {
        match statement {
            Stmt::Block(block) => self.statements(&block.stmts),
            Stmt::If(branch) => {
                // A lone statement leaves no room for another.
                for way in std::iter::once(&branch.cons).chain(&branch.alt) {
                    match &**way {
                        Stmt::Expr(only) => self.expression(&only.expr, None),
                        way => self.statement(way),
                    }
                }
            }
            Stmt::Try(guarded) => {
                self.statements(&guarded.block.stmts);
                guarded.handler.iter().for_each(|handler| self.statements(&handler.body.stmts));
                guarded.finalizer.iter().for_each(|last| self.statements(&last.stmts));
            }
            Stmt::Expr(statement) => self.expression(&statement.expr, Some(range(statement.span))),
            Stmt::Return(statement) => {
                statement.arg.iter().for_each(|value| self.expression(value, None));
            }
            Stmt::Decl(swc_ecma_ast::Decl::Var(variables)) => {
                let values = variables.decls.iter().filter_map(|variable| variable.init.as_deref());
                values.for_each(|value| self.expression(value, None));
            }
            _ => {}
        }
    }

    fn expression(&mut self, expr: &Expr, statement: Option<Range<usize>>) {
        let (inner, awaited) = match untyped(expr) {
            Expr::Await(inner) => (untyped(&inner.arg), true),
            other => (other, false),
        };
        let Expr::Call(call) = inner else { return };
        let Callee::Expr(callee) = &call.callee else { return };
        let Some((object, name)) = method(callee) else { return };
        let of_runner =
            untyped(object).as_ident().is_some_and(|object| Some(object.sym.as_str()) == self.runner);
        let text = self.passage.text();
        let words = |place: Range<usize>| text.get(place).unwrap_or_default();
        if statement.is_some()
            && !awaited
            && self.is_async
            && of_runner
            && let Some(span) = self.passage.exact(range(call.span))
        {
            self.places.loose.push((span, words(range(callee.span())).to_owned()));
        }
        let Some(first) = call.args.first().filter(|arg| name == "query" && arg.spread.is_none()) else {
            return;
        };
        let mut literals = Vec::new();
        let whole = self.literals(&first.expr, &mut literals);
        if let Some(start) = literals.first().map(|(span, _)| span.start) {
            let statement = statement.filter(|_| awaited).and_then(|place| self.passage.exact(place));
            let callee = words(range(callee.span())).to_owned();
            self.places.calls.push(Call {
                start,
                literals,
                statement,
                callee,
                whole: whole && call.args.len() == 1,
            });
        }
    }

    /// Collects the literals of an expression; whether it is nothing else.
    fn literals(&self, expr: &Expr, found: &mut Vec<(Span, &'static str)>) -> bool {
        // Long sums lean to the left.
        let (mut expr, mut right) = (untyped(expr), Vec::new());
        while let Expr::Bin(sum) = expr
            && sum.op == BinaryOp::Add
        {
            right.push(untyped(&sum.right));
            expr = untyped(&sum.left);
        }
        let mut whole = true;
        for part in std::iter::once(expr).chain(right.into_iter().rev()) {
            let (place, quotes) = match part {
                Expr::Lit(Lit::Str(literal)) => {
                    let place = range(literal.span);
                    let quotes = if self.passage.text().as_bytes().get(place.start) == Some(&b'"') {
                        "\""
                    } else {
                        "'"
                    };
                    (place, quotes)
                }
                Expr::Tpl(template) => {
                    whole &= template.exprs.is_empty();
                    (range(template.span), "`")
                }
                _ => {
                    whole = false;
                    continue;
                }
            };
            let inner = place.start + 1..place.end.saturating_sub(1).max(place.start + 1);
            found.extend(self.passage.exact(inner).map(|span| (span, quotes)));
        }
        whole
    }
}
