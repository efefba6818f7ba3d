//! Functions of the repository, followed into their bodies.

use swc_common::Spanned;
use swc_ecma_ast::Pat;

use super::super::scope::{Body, Role};
use super::super::text::Why;
use super::super::value::{Choice, Function, List, Value};
use super::exec::Flow;
use super::quiet::TOO_MUCH;
use super::{Frame, LOOK, MAX_CALLS, MAX_RECURSION, Machine, Rc, Site};
use crate::facts::Step;
use crate::syntax::typescript::range;

impl<'a> Machine<'a> {
    /// Runs a function of the repository.
    pub(super) fn call_function(
        &mut self,
        function: &Rc<Function<'a>>,
        args: Vec<Value<'a>>,
        this: Option<Value<'a>>,
        site: &Site,
    ) -> Value<'a> {
        let key = function.key();
        let quiet = self.quiet(function, &args, this.as_ref());
        if let Some(value) = quiet.as_ref().and_then(|words| self.quiet_value(key, words)) {
            self.ran.insert(key);
            return value;
        }
        let running = self.frames.iter().filter(|frame| frame.key == key).count();
        if self.frames.len() >= MAX_CALLS || running >= MAX_RECURSION || !self.enter() {
            let reason = if running >= MAX_RECURSION {
                format!("`{}` calls itself, which is followed {MAX_RECURSION} times", site.callee)
            } else {
                format!("`{}` is called too deeply to be followed", site.callee)
            };
            if args.iter().any(|arg| arg.reaches(LOOK)) || function.this.is_some() {
                let at = if site.whole.is_empty() { &site.words } else { &site.whole };
                self.not_followed_in(site.module, at.clone(), reason.clone());
            }
            return Value::unknown(reason);
        }
        self.ran.insert(key);
        self.pay_call();
        let is_first = self.frames.len() <= 1 && site.whole.is_empty();
        if !is_first && !site.whole.is_empty() {
            let span = self.source_of(site.module).first_line(site.whole.clone());
            self.route.push(Step { span, text: format!("calls `{}`", site.callee).into() });
        }
        let begins = self.aside.is_none() && self.is_aside(function, &args, this.as_ref());
        if begins {
            self.begin_aside();
        }
        if let Some(aside) = &mut self.aside {
            aside.enter(function.module);
        }
        let start = self.noted.reading.facts.len();
        let before = self.before();
        let outer = self.scope;
        self.scope = self.new_scope(Some(function.scope), function.module);
        let this = function.this.clone().or(this);
        self.frames.push(Frame {
            conditions: self.conditions.len(),
            quiet: quiet.clone(),
            ..Frame::new(function.module, this, function.home.clone(), key)
        });
        self.bind_params(&function.params, args);
        let direct = match function.body {
            Body::Block(body) => {
                let scope = self.scope;
                self.hoist(scope, &body.stmts);
                self.hoist_inner(scope, &body.stmts, 0);
                self.statements(&body.stmts);
                None
            }
            Body::Expr(expr) => Some(self.eval(expr)),
        };
        let (returns, given, more) =
            self.frames.pop().map(|frame| (frame.returns, frame.given, frame.more)).unwrap_or_default();
        self.scope = outer;
        if !is_first && !site.whole.is_empty() {
            self.route.pop();
        }
        self.leave();
        let value = direct.unwrap_or_else(|| one_value(returns));
        if function.is_generator {
            self.give_away(&value);
            self.after(&before, (key, None), &Value::Nothing);
            if begins && self.end_aside(site) {
                return Value::unknown(TOO_MUCH);
            }
            return Value::List(Rc::new(List::new(given, more)));
        }
        let mut value = if function.is_async { self.promise(value, start) } else { value };
        if begins && self.end_aside(site) {
            value = Value::unknown(TOO_MUCH);
        }
        self.after(&before, (key, quiet), &value);
        value
    }

    fn bind_params(&mut self, params: &[&'a Pat], args: Vec<Value<'a>>) {
        let mut args = args.into_iter();
        for param in params {
            if let Pat::Rest(rest) = param {
                let rest_args: Vec<_> = args.by_ref().collect();
                self.bind(&rest.arg, Value::list(rest_args));
                break;
            }
            let value = args.next().unwrap_or(Value::Nothing);
            self.bind(param, value);
        }
    }

    /// Runs a function that something calls which is not followed: nothing is known of its arguments
    /// but the role that the first one may have.
    pub(super) fn run_unknown(&mut self, function: &Rc<Function<'a>>, role: Option<Role>) -> Value<'a> {
        let mut args: Vec<Value<'a>> = Vec::new();
        for (index, param) in function.params.iter().enumerate() {
            let param = if let Pat::Assign(assign) = param { &assign.left } else { *param };
            let value = match (index, role, param) {
                (0, Some(role), _) => Value::Role(role),
                (_, _, Pat::Rest(_)) => break,
                (_, _, Pat::Ident(name)) => {
                    let name = name.id.sym.as_str();
                    Value::named(format!("`{name}` is a parameter, whose value is not followed"), name)
                }
                _ => Value::unknown("it is a part of a parameter, whose value is not followed"),
            };
            args.push(value);
        }
        let mut value = Value::Nothing;
        let end = match function.body {
            Body::Block(body) => range(body.span).end,
            Body::Expr(expr) => range(expr.span()).end,
        };
        let words = function.start..end;
        let site = Site { module: function.module, whole: 0..0, words, callee: "a function".into() };
        let why = Rc::new(Why::new("it changes in a function that is called elsewhere"));
        self.repeat(&why, |machine| {
            value = machine.call_function(function, args.clone(), None, &site);
            Flow::Next
        });
        value
    }
}

/// What a function gives that returns in several places.
fn one_value(mut returns: Vec<Value<'_>>) -> Value<'_> {
    match returns.len() {
        0 => Value::Nothing,
        1 => returns.swap_remove(0),
        _ => {
            let nothing = |value: &Value<'_>| matches!(value, Value::Nothing);
            if returns.iter().all(nothing) {
                return Value::Nothing;
            }
            Value::either(returns.into_iter().map(|value| Choice { condition: None, value }).collect())
        }
    }
}
