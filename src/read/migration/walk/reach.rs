//! What a walk notes: calls that reach the database, and values with which code that is not followed
//! could reach it.

use std::ops::Range;

use rustc_hash::FxHashSet;
use swc_common::Spanned;
use swc_ecma_ast::{
    BinaryOp, Expr, ExprOrSpread, MemberExpr, MemberProp, ObjectPat, ObjectPatProp, Pat, TaggedTpl,
};

use super::super::scope::{Role, member_name, method, plain, prop_name};
use super::super::source::one_line;
use super::super::value::{Text, Values};
use super::super::{builder, sql, writes};
use super::Walker;
use crate::facts::words::{schema_change, unresolved};
use crate::facts::{Fact, Reading};
use crate::syntax::typescript::range;
use crate::text::{Span, cut_line};

impl<'a> Walker<'a, '_> {
    pub(super) fn call(&mut self, callee: &'a Expr, args: &'a [ExprOrSpread], whole: Range<usize>) {
        let Some((object, name)) = method(callee) else {
            if !self.computed(callee, args, &whole) {
                self.object(callee);
            }
            return self.args(args, whole);
        };
        self.object(object);
        let name_start = match plain(callee) {
            Expr::Member(member) => range(member.prop.span()).start,
            Expr::OptChain(chain) => {
                chain.base.as_member().map_or(whole.start, |member| range(member.prop.span()).start)
            }
            _ => whole.start,
        };
        let words = name_start..whole.end;
        match self.scopes.role(object) {
            _ if name == "query" => self.query(args, &words),
            Some(Role::Runner) if name == "stream" => self.query(args, &words),
            Some(Role::Runner) => self.runner_call(name, args, &words),
            Some(role) => self.other_call(role, name, args, &words),
            None => {}
        }
        if name == "transaction" {
            self.calls.push(whole);
            for arg in args {
                self.callback(&arg.expr, Some(Role::Manager));
            }
            self.calls.pop();
        } else {
            self.args(args, whole);
        }
    }

    /// A call `object[name](…)` of an object that reaches the database; says whether it is one.
    fn computed(&mut self, callee: &'a Expr, args: &'a [ExprOrSpread], whole: &Range<usize>) -> bool {
        let member = match plain(callee) {
            Expr::Member(member) => member,
            Expr::OptChain(chain) => match chain.base.as_member() {
                Some(member) => member,
                None => return false,
            },
            _ => return false,
        };
        let MemberProp::Computed(prop) = &member.prop else { return false };
        let Some(role) = self.scopes.role(&member.obj) else { return false };
        self.object(&member.obj);
        let words = range(prop.span).start..whole.end;
        match self.values().text(&prop.expr) {
            Ok(name) if name.holes.is_empty() => {
                let name = name.words();
                match role {
                    _ if name == "query" => self.query(args, &words),
                    Role::Runner => self.runner_call(&name, args, &words),
                    role => self.other_call(role, &name, args, &words),
                }
            }
            _ => {
                let name = cut_line(self.source.words(&*prop.expr), 60);
                let reason = format!("which method `{name}` names can't be told before it runs");
                self.unresolved(words, reason);
            }
        }
        true
    }

    fn runner_call(&mut self, name: &str, args: &'a [ExprOrSpread], words: &Range<usize>) {
        let call = builder::Call {
            method: name,
            args,
            start: words.start,
            end: words.end,
            direction: self.direction,
        };
        let values = Values { source: self.source, scopes: self.scopes, budget: self.budget };
        if !builder::read(self.out, values, call) && !is_harmless(name) {
            let reason = format!("`{name}` is no method of the query runner that is known");
            self.unresolved(words.clone(), reason);
        }
    }

    fn other_call(&mut self, role: Role, name: &str, args: &'a [ExprOrSpread], words: &Range<usize>) {
        let call = builder::Call {
            method: name,
            args,
            start: words.start,
            end: words.end,
            direction: self.direction,
        };
        let values = Values { source: self.source, scopes: self.scopes, budget: self.budget };
        let known = writes::read(self.out, values, role, call);
        if !known && !is_harmless(name) && role != Role::QueryBuilder {
            let reason = format!("what `{name}` writes is not known");
            self.unresolved(words.clone(), reason);
        }
    }

    /// The first argument of a `query(…)`.
    fn query(&mut self, args: &'a [ExprOrSpread], words: &Range<usize>) {
        let Some(arg) = args.first() else { return };
        if arg.spread.is_some() {
            return self.unresolved(words.clone(), "the arguments are spread from another value".into());
        }
        let start = self.out.facts.len();
        let mut either = false;
        let mut open = vec![&*arg.expr];
        while let Some(expr) = open.pop() {
            match plain(expr) {
                Expr::Cond(cond) => {
                    either = true;
                    open.extend([&*cond.alt, &*cond.cons]);
                }
                Expr::Bin(bin) if is_either(bin.op) => {
                    either = true;
                    open.extend([&*bin.right, &*bin.left]);
                }
                expr => match self.values().texts(expr) {
                    Ok(texts) => {
                        either |= texts.len() > 1;
                        self.variants(&texts);
                    }
                    Err(reason) => self.unresolved(range(expr.span()), reason),
                },
            }
        }
        if either {
            self.branches.push(start..self.out.facts.len());
        }
    }

    /// Notes what each of the texts does; what they share, once.
    fn variants(&mut self, texts: &[Text]) {
        let Some((first, others)) = texts.split_first() else { return };
        let start = self.out.facts.len();
        sql::read(self.out, first, self.direction);
        for text in others {
            let mut reading = Reading::default();
            sql::read(&mut reading, text, self.direction);
            let known: FxHashSet<(Span, String)> = self.out.facts[start..].iter().map(identity).collect();
            let new = reading.facts.into_iter().filter(|fact| !known.contains(&identity(fact)));
            self.out.facts.extend(new);
            for finding in reading.findings {
                if self.out.findings.iter().all(|other| other.primary.span != finding.primary.span) {
                    self.out.find(finding);
                }
            }
        }
    }

    /// A tagged template: `queryRunner.sql` runs it, its holes being parameters.
    pub(super) fn tagged(&mut self, tagged: &'a TaggedTpl) {
        let runs = method(&tagged.tag)
            .is_some_and(|(object, name)| name == "sql" && self.scopes.role(object).is_some());
        if runs {
            let text = self.values().tagged(tagged);
            match text {
                Ok(text) => sql::read(self.out, &text, self.direction),
                Err(reason) => self.unresolved(range(tagged.span), reason),
            }
            if let Some((object, _)) = method(&tagged.tag) {
                self.object(object);
            }
        } else {
            self.object(&tagged.tag);
        }
        for expr in &tagged.tpl.exprs {
            self.expr(expr);
        }
    }

    pub(super) fn member(&mut self, member: &'a MemberExpr, whole: &'a Expr) {
        if let MemberProp::Computed(computed) = &member.prop {
            self.expr(&computed.expr);
        }
        let role = self.scopes.role(&member.obj);
        let name = member_name(member).unwrap_or_default();
        let hands_on = match role {
            Some(Role::Runner) => name == "query" || builder::is_known(name),
            Some(Role::Manager | Role::DataSource | Role::Repository) => name == "query",
            _ => false,
        };
        if hands_on {
            let words = cut_line(self.source.words(member), 60);
            let reason = format!("`{words}` is handed on, and its calls are not followed");
            self.unresolved(range(member.span), reason);
        } else if self.scopes.role(whole).is_some() {
            self.handed_on(whole);
        }
        self.object(&member.obj);
    }

    /// Parts that are taken off an object that reaches the database.
    pub(super) fn taken_apart(&mut self, pattern: &'a ObjectPat, object: &str) {
        for prop in &pattern.props {
            let (name, span) = match prop {
                ObjectPatProp::KeyValue(pair) => {
                    if let Pat::Object(inner) = &*pair.value {
                        self.taken_apart(inner, object);
                    }
                    (prop_name(&pair.key).unwrap_or_default(), pair.key.span())
                }
                ObjectPatProp::Assign(short) => (short.key.id.sym.as_str(), short.span),
                ObjectPatProp::Rest(_) => continue,
            };
            if name == "query" || builder::is_known(name) {
                let reason = format!("`{name}` is taken off {object}, and its calls are not followed");
                self.unresolved(range(span), reason);
            }
        }
    }

    /// A value that reaches the database and leaves the sight of this walk.
    pub(super) fn handed_on(&mut self, expr: &'a Expr) {
        match self.scopes.role(expr) {
            None | Some(Role::QueryBuilder) => {}
            Some(_) => self.note_handed_on(range(expr.span()), self.source.words(expr)),
        }
    }

    pub(super) fn note_handed_on(&mut self, at: Range<usize>, name: &str) {
        let (place, reason) = match self.calls.last() {
            Some(call) => {
                let words = self.source.text().get(call.clone()).unwrap_or_default();
                let reason = format!("`{}` gets the query runner and is not followed", cut_line(words, 60));
                (call.clone(), reason)
            }
            None => (at, format!("`{name}` is handed on here and not followed")),
        };
        self.unresolved(place, reason);
    }

    fn unresolved(&mut self, at: Range<usize>, reason: String) {
        let span = self.source.first_line(at.clone());
        if self.last.is_some_and(|last| last.contains(span)) {
            return;
        }
        self.last = Some(span);
        let words = one_line(self.source.text().get(at).unwrap_or_default());
        self.out.add(
            Fact::new(unresolved::KIND, span)
                .with(unresolved::WHAT, "sql", span)
                .with(unresolved::REASON, reason, span)
                .with(unresolved::TEXT, words, span)
                .with(unresolved::DIRECTION, self.direction, span),
        );
    }
}

/// What tells a fact from others of the same statement.
fn identity(fact: &Fact) -> (Span, String) {
    let words = fact.text(schema_change::TEXT).or_else(|| fact.text(unresolved::TEXT));
    (fact.span, words.unwrap_or_default().to_owned())
}

fn is_either(op: BinaryOp) -> bool {
    matches!(op, BinaryOp::LogicalOr | BinaryOp::NullishCoalescing)
}

/// Whether the method only reads, or only handles the connection.
fn is_harmless(name: &str) -> bool {
    const BEGINNINGS: [&str; 10] =
        ["get", "has", "find", "count", "exist", "is", "load", "build", "escape", "create"];
    const NAMES: [&str; 22] = [
        "connect",
        "release",
        "initialize",
        "destroy",
        "close",
        "beforeMigration",
        "afterMigration",
        "enableSqlMemory",
        "disableSqlMemory",
        "clearSqlMemory",
        "getMemorySql",
        "transaction",
        "preload",
        "merge",
        "sum",
        "average",
        "minimum",
        "maximum",
        "withRepository",
        "extend",
        "target",
        "quotedName",
    ];
    BEGINNINGS.iter().any(|beginning| name.starts_with(beginning)) || NAMES.contains(&name)
}
