//! Statements, in the order in which they run. Of a condition that is not known, both branches run, each
//! from where the other began.

use rustc_hash::FxHashMap;
use swc_common::Spanned;
use swc_ecma_ast::{
    CatchClause, Decl, Expr, ForHead, ForStmt, IfStmt, LabeledStmt, Pat, Stmt, SwitchStmt, TryStmt, VarDecl,
    VarDeclKind, VarDeclOrExpr,
};

use super::super::text::Why;
use super::super::value::{Choice, Value};
use super::module::pattern_names;
use super::{LOOK, MAX_TURNS, Machine, Place, Rc, Slot};
use crate::facts::words::schema_change as change;
use crate::syntax::typescript::range;
use crate::syntax::typescript::token::{Kind as TokenKind, Tokens};
use crate::text::{Span, cut_line};

/// How a statement ends.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Flow {
    /// The next one follows.
    Next,
    /// The next one follows under this condition, up to where the exit leads.
    Perhaps(Rc<str>, Span, Exit),
    /// What follows does not run.
    Exit(Exit),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Exit {
    Return,
    Throw,
    /// Out of the loop or block whose label begins there; of the innermost one without a label.
    Break(Option<usize>),
    Continue(Option<usize>),
}

/// What a turn of a loop says about the next one.
enum Turn {
    Next,
    /// The loop ends, and this follows.
    End(Flow),
}

/// What one of several ways assigned, and how it ended.
type Way<'a> = (Flow, FxHashMap<Place<'a>, Value<'a>>);

impl<'a> Machine<'a> {
    pub(super) fn block(&mut self, statements: &'a [Stmt]) -> Flow {
        self.in_scope(|machine| {
            let scope = machine.scope;
            machine.hoist(scope, statements);
            machine.statements(statements)
        })
    }

    pub(super) fn statements(&mut self, statements: &'a [Stmt]) -> Flow {
        let conditions = self.conditions.len();
        let mut starts: Vec<usize> = Vec::new();
        let mut left: Option<Flow> = None;
        let mut end = Flow::Next;
        for statement in statements {
            match self.statement(statement) {
                Flow::Next => {}
                Flow::Perhaps(condition, place, exit) => {
                    self.conditions.push((Rc::clone(&condition), place));
                    starts.push(self.noted.reading.facts.len());
                    left.get_or_insert(Flow::Perhaps(condition, place, exit));
                }
                Flow::Exit(exit) => {
                    end = Flow::Exit(exit);
                    break;
                }
            }
        }
        self.conditions.truncate(conditions);
        for start in starts {
            self.mark_branch(start);
        }
        match (end, left) {
            (Flow::Next, Some(left)) => left,
            (end, _) => end,
        }
    }

    /// Notes that the facts from `start` on stand in a branch, which may not run.
    pub(super) fn mark_branch(&mut self, start: usize) {
        let end = self.noted.reading.facts.len();
        if start < end {
            self.noted.branches.push(start..end);
        }
    }

    pub(super) fn statement(&mut self, statement: &'a Stmt) -> Flow {
        if !self.step() || !self.enter() {
            return Flow::Exit(Exit::Throw);
        }
        let flow = self.any_statement(statement);
        self.leave();
        flow
    }

    fn any_statement(&mut self, statement: &'a Stmt) -> Flow {
        match statement {
            Stmt::Block(block) => self.block(&block.stmts),
            Stmt::Expr(statement) => {
                self.eval(&statement.expr);
                if self.ends_process(&statement.expr) { Flow::Exit(Exit::Throw) } else { Flow::Next }
            }
            Stmt::Return(statement) => {
                let value = match statement.arg.as_deref() {
                    Some(arg) => self.eval(arg),
                    None => Value::Nothing,
                };
                if let Some(frame) = self.frames.last_mut() {
                    frame.returns.push(value);
                }
                Flow::Exit(Exit::Return)
            }
            Stmt::Throw(statement) => {
                self.eval(&statement.arg);
                Flow::Exit(Exit::Throw)
            }
            Stmt::If(statement) => self.condition(statement),
            Stmt::Switch(statement) => self.switch(statement),
            Stmt::Try(statement) => self.attempt(statement),
            Stmt::While(statement) => self.turns(Some(&statement.test), None, &statement.body, &[]),
            Stmt::DoWhile(statement) => match self.body(&statement.body) {
                flow => {
                    let label = self.label.take();
                    match Self::turn_end(flow, label, &mut None) {
                        Turn::End(flow) => flow,
                        Turn::Next => {
                            self.label = label;
                            self.turns(Some(&statement.test), None, &statement.body, &[])
                        }
                    }
                }
            },
            Stmt::For(statement) => self.counted(statement),
            Stmt::ForOf(statement) => {
                let list = self.eval(&statement.right);
                self.each(&statement.left, &list, &statement.right, &statement.body)
            }
            Stmt::ForIn(statement) => {
                let keys = self.eval(&statement.right).settled();
                let keys = Self::keys(&keys, self.source().span(&*statement.right));
                self.each(&statement.left, &keys, &statement.right, &statement.body)
            }
            Stmt::Labeled(statement) => self.labelled(statement),
            Stmt::With(statement) => {
                self.eval(&statement.obj);
                self.statement(&statement.body)
            }
            Stmt::Decl(Decl::Var(variables)) => {
                self.variables(variables);
                Flow::Next
            }
            Stmt::Decl(Decl::Using(variables)) => {
                for variable in &variables.decls {
                    if let Some(init) = variable.init.as_deref() {
                        let value = self.eval(init).settled();
                        self.bind(&variable.name, value);
                    }
                }
                Flow::Next
            }
            Stmt::Decl(_) | Stmt::Empty(_) | Stmt::Debugger(_) => Flow::Next,
            Stmt::Break(statement) => Flow::Exit(Exit::Break(self.label_of(statement.label.as_ref()))),
            Stmt::Continue(statement) => Flow::Exit(Exit::Continue(self.label_of(statement.label.as_ref()))),
        }
    }

    fn variables(&mut self, variables: &'a VarDecl) {
        for variable in &variables.decls {
            match variable.init.as_deref() {
                Some(init) => {
                    let value = self.eval(init);
                    self.bind_variable(variables.kind, &variable.name, value);
                }
                // `var a;` leaves an `a` that is there as it is.
                None if variables.kind == VarDeclKind::Var => {}
                None => self.bind(&variable.name, Value::Nothing),
            }
        }
    }

    /// Whether the expression ends the process.
    fn ends_process(&self, expr: &Expr) -> bool {
        let words = self.source().words(expr);
        words.starts_with("process.exit(")
    }

    fn condition(&mut self, statement: &'a IfStmt) -> Flow {
        let test = self.eval(&statement.test).settled();
        match (test.truth(), &statement.alt) {
            (Some(true), _) => return self.statement(&statement.cons),
            (Some(false), Some(alt)) => return self.statement(alt),
            (Some(false), None) => return Flow::Next,
            (None, _) => {}
        }
        let place = self.source().first_line(range(statement.test.span()));
        let (yes, no) = self.words_of_test(&statement.test);
        let first = self.way(Some((&yes, place)), |machine| machine.statement(&statement.cons));
        let second = match &statement.alt {
            Some(alt) => self.way(Some((&no, place)), |machine| machine.statement(alt)),
            None => (Flow::Next, FxHashMap::default()),
        };
        self.meet(first, second, [(yes, place), (no, place)])
    }

    /// What a test says where it holds, and where it does not.
    pub(super) fn words_of_test(&self, test: &Expr) -> (Rc<str>, Rc<str>) {
        let words = cut_line(self.source().words(test), 80);
        let no = match words.strip_prefix('!') {
            Some(rest) if !words.contains("&&") && !words.contains("||") && !rest.starts_with('=') => {
                let rest = rest.trim();
                let inner = rest.strip_prefix('(').and_then(|rest| rest.strip_suffix(')'));
                inner.unwrap_or(rest).to_owned()
            }
            _ => format!("not ({words})"),
        };
        (words.into(), no.into())
    }

    /// Runs code that may not run; what it assigned is taken back, and answered.
    pub(super) fn way(
        &mut self,
        condition: Option<(&Rc<str>, Span)>,
        work: impl FnOnce(&mut Self) -> Flow,
    ) -> Way<'a> {
        let journal = self.journal.len();
        self.ways += 1;
        let start = self.noted.reading.facts.len();
        if let Some((condition, place)) = condition {
            self.conditions.push((Rc::clone(condition), place));
        }
        let flow = work(self);
        if condition.is_some() {
            self.conditions.pop();
        }
        self.mark_branch(start);
        self.ways -= 1;
        (flow, self.undo(journal))
    }

    /// Where two ways meet again.
    fn meet(&mut self, first: Way<'a>, second: Way<'a>, conditions: [(Rc<str>, Span); 2]) -> Flow {
        let [(yes, yes_at), (no, no_at)] = conditions;
        match (first.0, second.0) {
            (Flow::Exit(exit), Flow::Exit(_)) => Flow::Exit(exit),
            (Flow::Exit(exit), other) => {
                self.take(second.1);
                if exit == Exit::Throw { other } else { Flow::Perhaps(no, no_at, exit) }
            }
            (other, Flow::Exit(exit)) => {
                self.take(first.1);
                if exit == Exit::Throw { other } else { Flow::Perhaps(yes, yes_at, exit) }
            }
            (one, other) => {
                self.join(first.1, second.1, &[Some(yes), Some(no)]);
                if one == Flow::Next { other } else { one }
            }
        }
    }

    /// Assigns what a way assigned.
    fn take(&mut self, changes: FxHashMap<Place<'a>, Value<'a>>) {
        for (place, value) in changes {
            self.assign(place, value);
        }
    }

    /// Assigns what two ways assigned: where they differ, one or the other.
    pub(super) fn join(
        &mut self,
        mut first: FxHashMap<Place<'a>, Value<'a>>,
        second: FxHashMap<Place<'a>, Value<'a>>,
        conditions: &[Option<Rc<str>>; 2],
    ) {
        let mut places: Vec<Place<'a>> = first.keys().chain(second.keys()).cloned().collect();
        places.dedup();
        let mut second = second;
        for place in places {
            let old = self.current(&place);
            let value = |changes: &mut FxHashMap<Place<'a>, Value<'a>>| {
                changes.remove(&place).or_else(|| old.clone()).unwrap_or(Value::Nothing)
            };
            if !first.contains_key(&place) && !second.contains_key(&place) {
                continue;
            }
            let (one, other) = (value(&mut first), value(&mut second));
            let [yes, no] = conditions.clone();
            let value = if one.same(&other) == Some(true) {
                one
            } else if let Some(merged) = Self::met(old.as_ref(), (&one, &other), conditions) {
                merged
            } else {
                Value::either(vec![
                    Choice { condition: yes, value: one },
                    Choice { condition: no, value: other },
                ])
            };
            self.assign(place, value);
        }
    }

    fn switch(&mut self, statement: &'a SwitchStmt) -> Flow {
        let subject = self.eval(&statement.discriminant).settled();
        self.in_scope(|machine| {
            let scope = machine.scope;
            statement.cases.iter().for_each(|case| machine.hoist(scope, &case.cons));
            let mut tests = Vec::with_capacity(statement.cases.len());
            for case in &statement.cases {
                let value = case.test.as_deref().map(|test| machine.eval(test).settled());
                tests.push(value.map(|value| machine.equal(&subject, &value)));
            }
            let known = tests.iter().flatten().all(Option::is_some);
            if known {
                let hit = tests.iter().position(|test| *test == Some(Some(true)));
                let Some(hit) = hit.or_else(|| tests.iter().position(Option::is_none)) else {
                    return Flow::Next;
                };
                for case in &statement.cases[hit..] {
                    match machine.statements(&case.cons) {
                        Flow::Exit(Exit::Break(None)) => return Flow::Next,
                        Flow::Exit(exit) => return Flow::Exit(exit),
                        _ => {}
                    }
                }
                return Flow::Next;
            }
            machine.cases(statement, &tests)
        })
    }

    #[allow(clippy::option_option, reason = "no test, or whether it holds, where that is known")]
    fn cases(&mut self, statement: &'a SwitchStmt, tests: &[Option<Option<bool>>]) -> Flow {
        let words = cut_line(self.source().words(&*statement.discriminant), 60);
        let mut before: Vec<String> = Vec::new();
        let mut leave = !statement.cases.is_empty() && tests.iter().any(Option::is_none);
        for (case, test) in statement.cases.iter().zip(tests) {
            if *test == Some(Some(false)) {
                continue;
            }
            let place = self.source().first_line(range(case.span));
            match &case.test {
                Some(test) => {
                    before.push(format!("{words} is {}", cut_line(self.source().words(&**test), 40)));
                }
                None => before.push(format!("{words} is none of the others")),
            }
            if case.cons.is_empty() {
                continue;
            }
            let condition: Rc<str> = std::mem::take(&mut before).join(" or ").into();
            let (flow, changes) =
                self.way(Some((&condition, place)), |machine| machine.statements(&case.cons));
            leave &= matches!(flow, Flow::Exit(Exit::Return | Exit::Throw));
            if !matches!(flow, Flow::Exit(Exit::Return | Exit::Throw | Exit::Continue(_))) {
                self.join(changes, FxHashMap::default(), &[Some(condition), None]);
            }
        }
        if leave { Flow::Exit(Exit::Return) } else { Flow::Next }
    }

    fn attempt(&mut self, statement: &'a TryStmt) -> Flow {
        let handler = statement.handler.as_ref();
        let swallows = handler.filter(|handler| !throws(self.source().words(&handler.body)));
        let outer = self.swallowed;
        if let Some(handler) = swallows {
            let start = range(handler.span).start;
            self.swallowed = Some(self.source().first_line(start..range(handler.span).end));
        }
        let start = self.noted.reading.facts.len();
        let first = if handler.is_some() {
            self.way(None, |machine| machine.block(&statement.block.stmts))
        } else {
            (self.block(&statement.block.stmts), FxHashMap::default())
        };
        let tried = start..self.noted.reading.facts.len();
        let place = std::mem::replace(&mut self.swallowed, outer);
        let flow = match handler {
            Some(handler) => {
                let at = self.source().first_line(range(handler.span));
                let condition: Rc<str> = "an error came before".into();
                let second = self.way(Some((&condition, at)), |machine| machine.caught(handler));
                if second.0 == Flow::Exit(Exit::Throw) {
                    // What is passed on ends the migration: nothing of it is there on one way alone.
                    self.passed_on(tried, place.filter(|_| swallows.is_some()));
                }
                match (first.0, second.0) {
                    (Flow::Exit(exit), Flow::Exit(_)) => Flow::Exit(exit),
                    (Flow::Exit(_), _) => {
                        self.join(second.1, FxHashMap::default(), &[Some(condition), None]);
                        Flow::Next
                    }
                    (_, Flow::Exit(_)) => {
                        self.take(first.1);
                        Flow::Next
                    }
                    _ => {
                        self.join(first.1, second.1, &[None, Some(condition)]);
                        Flow::Next
                    }
                }
            }
            None => first.0,
        };
        match statement.finalizer.as_ref().map(|last| self.block(&last.stmts)) {
            Some(Flow::Exit(exit)) => Flow::Exit(exit),
            _ => flow,
        }
    }

    /// Notes that errors of these facts are not passed over after all.
    fn passed_on(&mut self, facts: std::ops::Range<usize>, handler: Option<Span>) {
        if let Some(at) = self.noted.branches.iter().rposition(|branch| *branch == facts) {
            self.noted.branches.remove(at);
        }
        let Some(handler) = handler else { return };
        for fact in self.noted.reading.facts.get_mut(facts).unwrap_or_default() {
            if fact.kind == change::KIND
                && fact.get(change::SWALLOWED).is_some_and(|slot| slot.span == handler)
            {
                fact.unset(change::SWALLOWED);
            }
        }
    }

    fn caught(&mut self, handler: &'a CatchClause) -> Flow {
        self.in_scope(|machine| {
            if let Some(param) = &handler.param {
                let value = Value::unknown("an error is known at run time only");
                machine.bind(param, value);
            }
            machine.block(&handler.body.stmts)
        })
    }

    /// `for (init; test; update)`.
    fn counted(&mut self, statement: &'a ForStmt) -> Flow {
        self.in_scope(|machine| {
            let mut names = Vec::new();
            match &statement.init {
                Some(VarDeclOrExpr::VarDecl(variables)) => {
                    variables.decls.iter().for_each(|variable| pattern_names(&variable.name, &mut names));
                    machine.variables(variables);
                }
                Some(VarDeclOrExpr::Expr(expr)) => drop(machine.eval(expr)),
                None => {}
            }
            machine.turns(statement.test.as_deref(), statement.update.as_deref(), &statement.body, &names)
        })
    }

    /// Turns of a loop as long as its test is known to hold; once, with nothing known of `names`, where
    /// it is not known.
    fn turns(
        &mut self,
        test: Option<&'a Expr>,
        update: Option<&'a Expr>,
        body: &'a Stmt,
        names: &[&'a str],
    ) -> Flow {
        let label = self.label.take();
        let mut left = None;
        for turn in 0.. {
            let truth = match test {
                Some(test) => self.eval(test).settled().truth(),
                None => None,
            };
            match truth {
                Some(false) => return left.unwrap_or(Flow::Next),
                Some(true) if turn < MAX_TURNS && !self.dry && self.turn() => {
                    let flow = self.body(body);
                    if let Turn::End(flow) = Self::turn_end(flow, label, &mut left) {
                        return flow;
                    }
                    if let Some(update) = update {
                        self.eval(update);
                    }
                }
                _ => break,
            }
        }
        let why = Rc::new(Why::new("it changes in a loop, which is not followed"));
        self.repeat(&why, |machine| {
            let scope = machine.scope;
            for name in names {
                machine.declare_in(scope, name, Slot::Ready(Value::Unknown(Rc::clone(&why))));
            }
            let flow = machine.body(body);
            if let Some(update) = update {
                machine.eval(update);
            }
            flow
        });
        left.unwrap_or(Flow::Next)
    }

    /// The body of a loop, whose labels are not those of loops in it.
    fn body(&mut self, body: &'a Stmt) -> Flow {
        let label = self.label.take();
        let flow = self.statement(body);
        self.label = label;
        flow
    }

    /// What follows a turn that ended with `flow`, in the loop of this label; `left` is how the loop may
    /// have been left for good.
    fn turn_end(flow: Flow, label: Option<usize>, left: &mut Option<Flow>) -> Turn {
        let own = |target: Option<usize>| target.is_none() || target == label;
        match flow {
            Flow::Exit(Exit::Break(target)) if own(target) => Turn::End(left.take().unwrap_or(Flow::Next)),
            Flow::Exit(Exit::Continue(target)) if own(target) => Turn::Next,
            Flow::Exit(exit) => Turn::End(Flow::Exit(exit)),
            Flow::Perhaps(condition, place, exit @ (Exit::Return | Exit::Throw)) => {
                left.get_or_insert(Flow::Perhaps(condition, place, exit));
                Turn::Next
            }
            _ => Turn::Next,
        }
    }

    fn labelled(&mut self, statement: &'a LabeledStmt) -> Flow {
        let id = range(statement.span).start;
        self.labels.push((&statement.label.sym, id));
        self.label = Some(id);
        let flow = self.statement(&statement.body);
        self.label = None;
        self.labels.pop();
        match flow {
            Flow::Exit(Exit::Break(Some(target))) if target == id => Flow::Next,
            flow => flow,
        }
    }

    fn label_of(&self, label: Option<&'a swc_ecma_ast::Ident>) -> Option<usize> {
        let name = label?.sym.as_str();
        self.labels.iter().rev().find(|(known, _)| *known == name).map(|(_, id)| *id)
    }

    /// Runs once what may run any number of times: what it assigns is not known from the beginning.
    pub(super) fn repeat(&mut self, why: &Rc<Why>, mut turn: impl FnMut(&mut Self) -> Flow) {
        if !self.dry {
            let journal = self.journal.len();
            let facts = self.noted.reading.facts.len();
            let findings = self.noted.reading.findings.len();
            let (branches, pendings, last) = (self.noted.branches.len(), self.pendings.len(), self.last);
            let given = self.frames.last().map_or(0, |frame| frame.given.len());
            self.dry = true;
            self.ways += 1;
            turn(self);
            self.ways -= 1;
            self.dry = false;
            self.noted.reading.truncate(facts, findings);
            self.noted.branches.truncate(branches);
            self.pendings.truncate(pendings);
            self.last = last;
            if let Some(frame) = self.frames.last_mut() {
                if frame.given.len() > given {
                    frame.more.get_or_insert_with(|| Rc::clone(why));
                }
                frame.given.truncate(given);
            }
            for (place, value) in self.undo(journal) {
                let mut work = Vec::new();
                value.pending(LOOK, &mut work);
                let current = self.current(&place);
                if current.is_some() {
                    // What is collected in a list may be waited for behind the loop.
                    let unknown = self.unsure(current, &value, why);
                    self.assign(place, unknown);
                }
            }
        }
        let (_, changes) = self.way(None, turn);
        for (place, value) in changes {
            self.assign(place, value);
        }
    }

    /// `for (… of list)`.
    fn each(&mut self, left: &'a ForHead, list: &Value<'a>, over: &'a Expr, body: &'a Stmt) -> Flow {
        let list = list.clone().settled();
        let label = self.label.take();
        let mut perhaps = None;
        let (items, more) = match &list {
            Value::List(list) => (list.items.clone(), list.more.clone()),
            Value::Either(choices) => {
                // One list or the other: the turns of each, under its condition.
                let place = self.source().first_line(range(over.span()));
                for choice in choices.iter() {
                    let condition = choice.condition.clone().unwrap_or_else(|| "one of several".into());
                    let (_, changes) = self.way(Some((&condition, place)), |machine| {
                        machine.label = label;
                        machine.each(left, &choice.value, over, body)
                    });
                    self.join(changes, FxHashMap::default(), &[Some(condition), None]);
                }
                return Flow::Next;
            }
            Value::Unknown(why) => (Vec::new(), Some(Rc::clone(why))),
            _ => (Vec::new(), Some(Rc::new(Why::new("it is no list that is known")))),
        };
        let count = items.len();
        for (turn, item) in items.into_iter().enumerate() {
            if self.aside.is_some() && self.turns <= 1 {
                self.turn();
                break;
            }
            if turn == MAX_TURNS || !self.turn() {
                let reason = format!("of this loop's {count} turns, {turn} are followed");
                self.not_followed(range(over.span()), reason);
                break;
            }
            let (condition, item) = match &item {
                Value::Either(choices) if choices.len() == 1 => {
                    (choices[0].condition.clone(), choices[0].value.clone())
                }
                _ => (None, item),
            };
            let run = |machine: &mut Self| {
                machine.in_scope(|machine| {
                    machine.bind_head(left, item);
                    machine.body(body)
                })
            };
            let flow = match condition {
                None => run(self),
                Some(condition) => {
                    // The item is there under a condition, and so is its turn.
                    let place = self.source().first_line(range(over.span()));
                    let (_, changes) = self.way(Some((&condition, place)), run);
                    self.join(changes, FxHashMap::default(), &[Some(condition), None]);
                    Flow::Next
                }
            };
            if let Turn::End(flow) = Self::turn_end(flow, label, &mut perhaps) {
                return flow;
            }
            if self.is_spent() {
                break;
            }
        }
        if let Some(more) = more {
            let over = cut_line(self.source().words(over), 60);
            let why = Rc::new(Why {
                reason: format!("it takes its values from `{over}`, which is not followed: {}", more.reason),
                variable: more.variable.clone(),
                path: None,
            });
            self.repeat(&Rc::clone(&why), |machine| {
                machine.in_scope(|machine| {
                    machine.bind_head(left, Value::Unknown(Rc::clone(&why)));
                    machine.body(body)
                })
            });
        }
        perhaps.unwrap_or(Flow::Next)
    }

    fn bind_head(&mut self, head: &'a ForHead, value: Value<'a>) {
        let pattern: Option<&'a Pat> = match head {
            ForHead::VarDecl(variables) => variables.decls.first().map(|variable| &variable.name),
            ForHead::UsingDecl(variables) => variables.decls.first().map(|variable| &variable.name),
            ForHead::Pat(pattern) => Some(pattern),
        };
        if let Some(pattern) = pattern {
            self.bind(pattern, value);
        }
    }
}

/// Whether a handler passes an error on, as far as its words tell.
pub(super) fn throws(words: &str) -> bool {
    let tokens = Tokens::new(words).filter(|token| token.kind == TokenKind::Word);
    let mut before = "";
    for token in tokens {
        let word = words.get(token.range()).unwrap_or_default();
        if matches!(word, "throw" | "reject" | "rollbackTransaction" | "fail")
            || (before, word) == ("process", "exit")
        {
            return true;
        }
        before = word;
    }
    false
}
