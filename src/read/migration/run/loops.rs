//! Loops: each turn that is known, and one with nothing known of what it assigns for those that are not.

use rustc_hash::FxHashMap;
use swc_common::Spanned;
use swc_ecma_ast::{Expr, ForHead, ForStmt, LabeledStmt, Pat, Stmt, VarDeclOrExpr};

use super::super::text::Why;
use super::super::value::Value;
use super::exec::{Exit, Flow};
use super::module::pattern_names;
use super::{LOOK, MAX_TURNS, Machine, Rc, Slot};
use crate::syntax::typescript::range;
use crate::text::cut_line;

/// What a turn of a loop says about the next one.
pub(super) enum Turn {
    Next,
    /// The loop ends, and this follows.
    End(Flow),
}

impl<'a> Machine<'a> {
    /// `for (init; test; update)`.
    pub(super) fn counted(&mut self, statement: &'a ForStmt) -> Flow {
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
    pub(super) fn turns(
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
    pub(super) fn body(&mut self, body: &'a Stmt) -> Flow {
        let label = self.label.take();
        let flow = self.statement(body);
        self.label = label;
        flow
    }

    /// What follows a turn that ended with `flow`, in the loop of this label; `left` is how the loop may
    /// have been left for good.
    pub(super) fn turn_end(flow: Flow, label: Option<usize>, left: &mut Option<Flow>) -> Turn {
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

    pub(super) fn labelled(&mut self, statement: &'a LabeledStmt) -> Flow {
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

    pub(super) fn label_of(&self, label: Option<&'a swc_ecma_ast::Ident>) -> Option<usize> {
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
    pub(super) fn each(
        &mut self,
        left: &'a ForHead,
        list: &Value<'a>,
        over: &'a Expr,
        body: &'a Stmt,
    ) -> Flow {
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

    pub(super) fn bind_head(&mut self, head: &'a ForHead, value: Value<'a>) {
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
