//! Calls: of functions that are followed, and of those that are not.

use std::ops::Range;

use swc_common::Spanned;
use swc_ecma_ast::{Expr, ExprOrSpread, MemberProp, NewExpr, Pat};

use super::super::scope::{Body, Role, dotted, member, member_name};
use super::super::text::{Maker, Why};
use super::super::value::{Arg, Choice, Function, List, Value};
use super::eval::RUN_TIME;
use super::exec::Flow;
use super::quiet::TOO_MUCH;
use super::reach::is_entity;
use super::{Frame, LOOK, MAX_CALLS, MAX_RECURSION, Machine, Rc, Site};
use crate::facts::Step;
use crate::syntax::typescript::range;
use crate::text::cut_line;

impl<'a> Machine<'a> {
    pub(super) fn call(
        &mut self,
        callee: &'a Expr,
        args: &'a [ExprOrSpread],
        whole: Range<usize>,
    ) -> Value<'a> {
        let found = member(callee);
        let start = found.map_or(whole.start, |member| range(member.prop.span()).start);
        let words = cut_line(self.source().words(callee), 60);
        let site = self.site(whole.clone(), start..whole.end, &words);
        if let Some(path) = dotted(callee)
            && let Some(wrapper) = self.notes.wrapper(&path)
        {
            let does = wrapper.does.clone();
            let order = wrapper.arguments.clone();
            let args = self.args(args);
            return self.wrapped(&does, &order, args, &site);
        }
        let Some(member) = found else {
            let function = self.eval(callee);
            let args = self.args(args);
            return self.call_value(&function, args, None, &site);
        };
        let object = self.eval(&member.obj);
        let name = match (member_name(member), &member.prop) {
            (Some(name), _) => Some(name.to_owned()),
            (None, MemberProp::Computed(key)) => {
                let key = self.eval(&key.expr).settled();
                match (&key, &object) {
                    (Value::Text(text), _) if text.known().is_some() => text.known().map(str::to_owned),
                    (_, Value::Role(_)) => None,
                    (key, object) => {
                        let function = self.member_by(&object.clone().settled(), key);
                        let args = self.args(args);
                        return self.call_value(&function, args, Some(object.clone()), &site);
                    }
                }
            }
            _ => None,
        };
        let args = self.args(args);
        if let Some(name) = name {
            self.call_method(&object, &name, args, &site, Some(&member.obj))
        } else {
            let key = match &member.prop {
                MemberProp::Computed(key) => cut_line(self.source().words(&*key.expr), 60),
                _ => String::new(),
            };
            let reason = format!("which method `{key}` names can't be told before it runs");
            self.not_followed(site.words.clone(), reason);
            Value::unknown(RUN_TIME)
        }
    }

    pub(super) fn args(&mut self, args: &'a [ExprOrSpread]) -> Vec<Arg<'a>> {
        let mut values = Vec::with_capacity(args.len());
        for arg in args {
            let value = self.eval(&arg.expr);
            let expr = &*arg.expr;
            if arg.spread.is_none() {
                values.push(Arg { value, expr, spread: false });
                continue;
            }
            match value.settled() {
                Value::List(list) if list.more.is_none() => {
                    let items = list.items.iter();
                    values.extend(items.map(|item| Arg { value: item.clone(), expr, spread: false }));
                }
                value => values.push(Arg { value, expr, spread: true }),
            }
        }
        values
    }

    pub(super) fn call_method(
        &mut self,
        object: &Value<'a>,
        name: &str,
        args: Vec<Arg<'a>>,
        site: &Site,
        holder: Option<&'a Expr>,
    ) -> Value<'a> {
        if !self.enter() {
            return Value::unknown(RUN_TIME);
        }
        let value = self.any_method(object, name, args, site, holder);
        self.leave();
        value
    }

    fn any_method(
        &mut self,
        object: &Value<'a>,
        name: &str,
        args: Vec<Arg<'a>>,
        site: &Site,
        holder: Option<&'a Expr>,
    ) -> Value<'a> {
        match object {
            Value::Role(role) => self.role_call(*role, name, args, site),
            Value::Of(of) => {
                let of = Rc::clone(of);
                self.call_of(of.0, Some(&of.1), (name, args, site))
            }
            Value::Write(fact) => self.write_call(*fact, name, &args, site),
            Value::Promise(promise) if matches!(name, "then" | "catch" | "finally") => {
                let (value, work) = (promise.0.clone(), promise.1.clone());
                self.chained(&value, work, (name, args, site))
            }
            Value::Promise(promise) => {
                let value = promise.0.clone();
                self.call_method(&value, name, args, site, holder)
            }
            Value::Method(method)
                if matches!(name, "call" | "apply")
                    && matches!(args.first().map(|arg| &arg.value), Some(Value::List(_)))
                    && matches!(method.0, Value::List(_)) =>
            {
                // `[].push.apply(list, more)` is a method of the list that it gets.
                let list = self.fresh(args[0].value.clone());
                let holder = Some(args[0].expr);
                let given: Vec<Arg<'a>> = match (name, args.get(1)) {
                    ("apply", Some(more)) => vec![Arg { spread: true, ..more.clone() }],
                    ("apply", None) => Vec::new(),
                    _ => args.into_iter().skip(1).collect(),
                };
                let method = method.1.clone();
                self.call_method(&list, &method, given, site, holder)
            }
            Value::Class(class) if is_entity(class) && self.static_member(class, name).is_none() => {
                self.entity_call(class, name, args, site)
            }
            Value::Instance(instance) if self.is_row(*instance, name) => {
                let class = self.instances.get(*instance).map(|found| Rc::clone(&found.class));
                match class {
                    Some(class) => self.entity_call(&class, name, args, site),
                    None => Value::unknown(RUN_TIME),
                }
            }
            Value::Function(_) | Value::Method(_) if name == "bind" => object.clone(),
            Value::Function(_) | Value::Method(_) if name == "call" => {
                let this = args.first().map(|arg| arg.value.clone());
                self.call_value(object, args.into_iter().skip(1).collect(), this, site)
            }
            Value::Function(_) | Value::Method(_) if name == "apply" => {
                let this = args.first().map(|arg| arg.value.clone());
                let inner = match args.get(1) {
                    Some(Arg { value: Value::List(list), expr, .. }) => list
                        .items
                        .iter()
                        .map(|item| Arg { value: item.clone(), expr, spread: false })
                        .collect(),
                    Some(arg) => vec![Arg { spread: true, ..arg.clone() }],
                    None => Vec::new(),
                };
                self.call_value(object, inner, this, site)
            }
            Value::Unknown(_) => self.unknown_method(object, name, args, site),
            Value::Text(text) => {
                let text = Rc::clone(text);
                self.text_method(&text, name, args, site)
            }
            Value::Number(number, place) if name == "toString" => {
                let mut maker = Maker::at(*place);
                maker.put(*place, &number.to_string());
                Value::text(maker.finish())
            }
            Value::Pattern(exp, flags) => {
                let (exp, flags) = (Rc::clone(exp), Rc::clone(flags));
                self.pattern_method((&exp, &flags), name, &args, site)
            }
            Value::List(list) => {
                let list = Rc::clone(list);
                self.list_method(&list, name, args, (site, holder))
            }
            Value::Native(path) => {
                let path = format!("{path}.{name}");
                self.native_call(&path, args, site)
            }
            Value::Live(text) => Self::live_call(&Rc::clone(text), name, &args),
            Value::Either(choices) => {
                let choices = Rc::clone(choices);
                let calls = choices.iter().map(|choice| {
                    let value = self.one_of(choice, site, |machine| {
                        machine.call_method(&choice.value, name, args.clone(), site, None)
                    });
                    Choice { condition: choice.condition.clone(), value }
                });
                Value::either(calls.collect())
            }
            object => {
                let function = self.member(object, name);
                let this = match object {
                    Value::Module(_) => None,
                    object => Some(object.clone()),
                };
                if let Value::Method(_) = function {
                    return self.unknown_call(&Value::unknown(RUN_TIME), args, site);
                }
                self.call_value(&function, args, this, site)
            }
        }
    }

    /// Runs what happens for one of several values.
    pub(super) fn one_of(
        &mut self,
        choice: &Choice<'a>,
        site: &Site,
        work: impl FnOnce(&mut Self) -> Value<'a>,
    ) -> Value<'a> {
        let place = self.source_of(site.module).first_line(site.whole.clone());
        let mut value = Value::Nothing;
        let condition = choice.condition.clone();
        let (_, changes) = self.way(condition.as_ref().map(|condition| (condition, place)), |machine| {
            value = work(machine);
            Flow::Next
        });
        self.join(changes, rustc_hash::FxHashMap::default(), &[condition, None]);
        value
    }

    pub(super) fn call_value(
        &mut self,
        function: &Value<'a>,
        args: Vec<Arg<'a>>,
        this: Option<Value<'a>>,
        site: &Site,
    ) -> Value<'a> {
        match function {
            Value::Function(function) => {
                let values = Self::plain_args(args);
                self.call_function(function, values, this, site)
            }
            Value::Native(path) => self.native_call(&Rc::clone(path), args, site),
            Value::Method(method) => {
                let (object, name) = (method.0.clone(), method.1.clone());
                self.call_method(&object, &name, args, site, None)
            }
            Value::Either(choices) => {
                let choices = Rc::clone(choices);
                let calls = choices.iter().map(|choice| {
                    let value = self.one_of(choice, site, |machine| {
                        machine.call_value(&choice.value, args.clone(), this.clone(), site)
                    });
                    Choice { condition: choice.condition.clone(), value }
                });
                Value::either(calls.collect())
            }
            Value::Promise(promise) => self.call_value(&promise.0.clone(), args, this, site),
            function => self.unknown_call(function, args, site),
        }
    }

    fn plain_args(args: Vec<Arg<'a>>) -> Vec<Value<'a>> {
        let mut values = Vec::with_capacity(args.len());
        for arg in args {
            if arg.spread {
                let value = match &arg.value {
                    Value::Unknown(why) => Value::Unknown(Rc::clone(why)),
                    _ => Value::unknown("the arguments are spread from another value"),
                };
                // As many as there may be.
                values.extend(std::iter::repeat_n(value, 8));
            } else {
                values.push(arg.value);
            }
        }
        values
    }

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

    /// A method of a value that is not known.
    fn unknown_method(
        &mut self,
        object: &Value<'a>,
        name: &str,
        args: Vec<Arg<'a>>,
        site: &Site,
    ) -> Value<'a> {
        if let Value::Unknown(why) = object
            && let Some(path) = &why.path
            && let Some(wrapper) = self.notes.wrapper(&format!("{path}.{name}"))
        {
            let (does, order) = (wrapper.does.clone(), wrapper.arguments.clone());
            return self.wrapped(&does, &order, args, site);
        }
        let mut functions = Vec::new();
        if matches!(
            name,
            "map"
                | "forEach"
                | "flatMap"
                | "filter"
                | "reduce"
                | "then"
                | "catch"
                | "finally"
                | "some"
                | "every"
                | "find"
                | "findIndex"
                | "sort"
                | "each"
                | "findLast"
        ) {
            for arg in &args {
                arg.value.functions(LOOK, &mut functions);
            }
        }
        if functions.is_empty() || args.iter().any(|arg| arg.value.reaches(LOOK)) {
            let function = self.member(object, name);
            let function = if let Value::Role(_) = function { Value::unknown(RUN_TIME) } else { function };
            return self.unknown_call(&function, args, site);
        }
        let results: Vec<Value<'a>> =
            functions.iter().map(|function| self.run_unknown(function, None)).collect();
        let why = match object {
            Value::Unknown(why) => Rc::clone(why),
            _ => Rc::new(Why::new(RUN_TIME)),
        };
        match name {
            // What its functions begin, nobody can wait for.
            "forEach" => Value::Nothing,
            "map" | "flatMap" => Value::open_list(results, why),
            _ => {
                let mut work = Vec::new();
                for result in &results {
                    result.pending(LOOK, &mut work);
                }
                if work.is_empty() {
                    Value::Unknown(why)
                } else {
                    Value::Promise(Rc::new((Value::Unknown(why), work)))
                }
            }
        }
    }

    /// A call that is not followed: what it gets may be used anyhow.
    pub(super) fn unknown_call(
        &mut self,
        function: &Value<'a>,
        args: Vec<Arg<'a>>,
        site: &Site,
    ) -> Value<'a> {
        let why = match function {
            Value::Unknown(why) => Some(Rc::clone(why)),
            _ => None,
        };
        let path = why.as_ref().and_then(|why| why.path.clone());
        if let Some(wrapper) = path.as_deref().and_then(|path| self.notes.wrapper(path)) {
            let (does, order) = (wrapper.does.clone(), wrapper.arguments.clone());
            return self.wrapped(&does, &order, args, site);
        }
        if args.iter().any(|arg| arg.value.reaches(LOOK)) {
            let reason = match &why {
                Some(why) if !why.reason.is_empty() => {
                    let root = why.reason.rsplit("which is not followed: ").next().unwrap_or_default();
                    format!("`{}` gets the query runner and is not followed: {root}", self.words_of(site))
                }
                _ => format!("`{}` gets the query runner and is not followed", self.words_of(site)),
            };
            self.not_followed_in(site.module, site.whole.clone(), reason);
        } else if may_run(site, &args) {
            let name = path.as_deref().unwrap_or(&site.callee).to_owned();
            let reason = format!(
                "`{name}` is not followed; declare what it does under `[[migrations.wrappers]]` in deploylint.toml"
            );
            self.not_followed_in(site.module, site.whole.clone(), reason);
        }
        if let Some(role) = path.as_deref().and_then(global_role) {
            return match (role, args.first().map(|arg| arg.value.clone())) {
                (Role::Repository, Some(own)) => Value::Of(Rc::new((role, own))),
                _ => Value::Role(role),
            };
        }
        if &*site.callee == "eval" || &*site.callee == "new Function" {
            self.not_followed_in(site.module, site.whole.clone(), "it runs a text as code".into());
        }
        let only_reads = reads_only(&site.callee);
        let mut functions = Vec::new();
        for arg in &args {
            arg.value.functions(LOOK, &mut functions);
            self.give_away(&arg.value);
            if !only_reads {
                self.may_change(&arg.value, &site.callee);
            }
        }
        for function in functions {
            let result = self.run_unknown(&function, None);
            self.give_away(&result);
        }
        let variable = why.as_ref().and_then(|why| why.variable.clone());
        let callee = &site.callee;
        let from_object = matches!(function, Value::Unknown(why) if why.path.is_none());
        let reason = match &why {
            Some(why) if from_object || variable.is_some() => why.reason.clone(),
            Some(why) if !why.reason.is_empty() => {
                format!("it comes from the function `{callee}`, which is not followed: {}", why.reason)
            }
            _ => format!("it comes from the function `{callee}`, which is not followed"),
        };
        Value::Unknown(Rc::new(Why { reason, variable, path: None }))
    }

    pub(super) fn new_object(&mut self, new: &'a NewExpr) -> Value<'a> {
        let whole = range(new.span);
        let words = cut_line(self.source().words(&*new.callee), 60);
        let site = self.site(whole.clone(), whole, &format!("new {words}"));
        let class = self.eval(&new.callee).settled();
        let args = self.args(new.args.as_deref().unwrap_or_default());
        match class {
            Value::Class(class) => {
                let values = Self::plain_args(args);
                self.instance(&class, Some(values))
            }
            Value::Native(path) => self.new_native(&path, args, &site),
            Value::Unknown(why) if matches!(why.path.as_deref(), Some("DataSource" | "Connection")) => {
                Value::Role(Role::DataSource)
            }
            class => {
                // `new Table({…})` is what it was made with.
                if let Some(Value::Object(object)) = args.first().map(|arg| arg.value.clone().settled())
                    && !args.iter().any(|arg| arg.value.reaches(LOOK))
                {
                    return Value::Object(object);
                }
                self.unknown_call(&class, args, &site)
            }
        }
    }

    pub(super) fn site_of_getter(&self, name: &str) -> Site {
        Site { module: self.module(), whole: 0..0, words: 0..0, callee: name.into() }
    }

    fn words_of(&self, site: &Site) -> String {
        let words = self.source_of(site.module).text().get(site.whole.clone()).unwrap_or_default();
        cut_line(words, 60)
    }
}

/// The role of what a function of TypeORM's own gives, as older code calls it.
fn global_role(name: &str) -> Option<Role> {
    Some(match name {
        "getConnection" | "createConnection" => Role::DataSource,
        "getManager" => Role::Manager,
        "getRepository" | "getTreeRepository" => Role::Repository,
        _ => return None,
    })
}

/// Whether a function that is not followed leaves what it gets as it is, as far as its name tells.
fn reads_only(callee: &str) -> bool {
    let name = callee.rsplit('.').next().unwrap_or_default();
    let first = callee.split('.').next().unwrap_or_default().to_ascii_lowercase();
    first.contains("log")
        || matches!(
            name,
            "log"
                | "info"
                | "debug"
                | "warn"
                | "error"
                | "trace"
                | "verbose"
                | "inspect"
                | "stringify"
                | "format"
        )
        || callee.starts_with("new ")
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

/// Whether a function that is not followed looks as if it runs the SQL that it gets.
fn may_run(site: &Site, args: &[Arg<'_>]) -> bool {
    let name = site.callee.rsplit('.').next().unwrap_or_default().to_ascii_lowercase();
    if !["query", "exec", "sql", "run"].iter().any(|word| name.contains(word)) {
        return false;
    }
    let Some(Value::Text(text)) = args.first().map(|arg| &arg.value) else { return false };
    let first = text.passage.text().split_whitespace().next().unwrap_or_default().to_ascii_uppercase();
    let second = text.passage.text().split_whitespace().nth(1).is_some();
    second
        && matches!(
            first.as_str(),
            "ALTER" | "CREATE" | "DROP" | "INSERT" | "UPDATE" | "DELETE" | "TRUNCATE" | "RENAME" | "COMMENT"
        )
}
