//! Walks a script and says of each command what its surroundings make of it: the conditions that it
//! runs under, and what its failure does. Knows control flow, no program.

use std::ops::Range;
use std::sync::Arc;

use rustc_hash::FxHashMap;

use super::arg::{Arg, one_line};
use super::emit::{self, Invocation};
use super::outcome::{self, Outcome};
use super::state::State;
use super::{Site, builtin, constants};
use crate::facts::words::function;
use crate::facts::{Fact, FactRef, Flow, Reading};
use crate::syntax::shell::{self, Form, Quoting, Script, Simple, Statement, Word, range_of};
use crate::text::{Passage, Span};

/// Deepest nesting of statements, scripts in scripts included, at which one more script is read.
const MOST_LEVELS: u16 = 48;
/// Most conditions that are noted for one command.
const MOST_GUARDS: usize = 16;
/// Longest condition that is noted, in bytes.
const LONGEST_GUARD: usize = 300;

/// What a command's failure does, as far as its surroundings tell.
#[derive(Clone, Debug)]
pub(super) enum Failure {
    Stops,
    /// Something else looks at it: a condition, another attempt.
    Handled,
    Ignored(Arc<str>, Span),
}

/// What holds for a command because of where it stands.
#[derive(Clone, Debug)]
pub(super) struct Context {
    pub parent: Option<FactRef>,
    pub guard: Arc<Vec<(Arc<str>, Span)>>,
    pub failure: Failure,
    pub background: bool,
    pub piped: Option<&'static str>,
    /// Whether it runs in another machine or container.
    pub remote: bool,
    level: u16,
}

impl Context {
    pub fn of_site(site: &Site<'_>) -> Self {
        Self {
            parent: site.parent,
            guard: Arc::new(site.guard.clone()),
            failure: Failure::Stops,
            background: false,
            piped: None,
            remote: false,
            level: 0,
        }
    }

    /// The place of a command within a command, unless that nests too deep.
    pub fn deeper(&self) -> Option<Self> {
        (self.level < MOST_LEVELS).then(|| Self { level: self.level + 4, ..self.clone() })
    }

    /// The place of commands that the command `parent` runs.
    pub fn within(&self, parent: FactRef, remote: bool) -> Self {
        Self { parent: Some(parent), remote: self.remote || remote, ..self.clone() }
    }

    fn guarded(&self, guard: Option<(Arc<str>, Span)>) -> Self {
        let Some(guard) = guard.filter(|_| self.guard.len() < MOST_GUARDS) else { return self.clone() };
        let mut all = Vec::with_capacity(self.guard.len() + 1);
        all.extend(self.guard.iter().cloned());
        all.push(guard);
        Self { guard: Arc::new(all), ..self.clone() }
    }

    /// The same place with another fate of failures, unless the surroundings decided already.
    fn with(&self, failure: Failure) -> Self {
        let failure = if matches!(self.failure, Failure::Stops) { failure } else { self.failure.clone() };
        Self { failure, ..self.clone() }
    }
}

/// Reads `script` and everything in it; answers its control flow.
pub(super) fn script(
    out: &mut Reading,
    passage: &Passage,
    site: &Site<'_>,
    context: &Context,
    state: &mut State,
) -> Flow {
    let parsed = shell::parse(passage);
    for fault in &parsed.faults {
        let finding = fault.finding(&parsed.passage);
        if parsed.zsh {
            let why = ("command", "it is syntax of zsh's own; commands behind it were read line by line");
            let words = parsed.passage.text().get(fault.range.clone()).unwrap_or_default();
            emit::unknown(out, context, why, one_line(words), finding.primary.span);
        } else {
            out.find(finding);
        }
    }
    let mut functions = FxHashMap::default();
    collect_functions(&parsed.body, &mut functions, 0);
    state.define(functions.keys().copied());
    let text = parsed.passage.text();
    let runs = |body: &&Statement| text.get(body.range.clone()).is_some_and(runs_arguments);
    state.define_wrappers(functions.iter().filter(|(_, body)| runs(body)).map(|(name, _)| *name));
    state.hold(&constants::of(&parsed));
    state.hold_lists(&constants::lists(&parsed));
    let mut walker = Walker { out, site, script: &parsed, functions };
    walker.block(&parsed.body, context, state, true)
}

pub(super) struct Walker<'a, 'o> {
    out: &'o mut Reading,
    site: &'a Site<'a>,
    script: &'a Script,
    functions: FxHashMap<&'a str, &'a Statement>,
}

/// Whether a function's text runs its arguments as a command: `"$@"` where a command begins.
fn runs_arguments(body: &str) -> bool {
    body.match_indices("$@").any(|(at, _)| {
        let before = body[..at].trim_end_matches('"').trim_end();
        let word = before.rsplit(|c: char| c.is_whitespace()).next().unwrap_or_default();
        before.ends_with(['{', ';', '&', '|', '(', '!']) && !before.ends_with("$(")
            || matches!(
                word,
                "if" | "until" | "while" | "then" | "do" | "else" | "exec" | "time" | "command" | "eval"
            )
            || body[..at].trim_end_matches('"').ends_with(['\n', '\t']) && !before.ends_with('\\')
            || {
                let line = body[..at].rsplit('\n').next().unwrap_or_default();
                line.trim_matches([' ', '\t', '"']).is_empty() && !before.ends_with('\\')
            }
    })
}

fn collect_functions<'a>(
    block: &'a [Statement],
    functions: &mut FxHashMap<&'a str, &'a Statement>,
    level: u8,
) {
    if level > 8 {
        return;
    }
    for statement in block {
        match &statement.form {
            Form::Function { name, body } if !name.is_empty() => {
                functions.insert(name, body);
                collect_functions(std::slice::from_ref(&**body), functions, level + 1);
            }
            Form::Group { body, .. } => collect_functions(body, functions, level + 1),
            Form::If { arms, otherwise } => {
                for arm in arms {
                    collect_functions(&arm.body, functions, level + 1);
                }
                collect_functions(otherwise.as_deref().unwrap_or_default(), functions, level + 1);
            }
            Form::While { body, .. } | Form::For { body, .. } => {
                collect_functions(body, functions, level + 1);
            }
            Form::Case { arms, .. } => {
                for arm in arms {
                    collect_functions(&arm.body, functions, level + 1);
                }
            }
            _ => {}
        }
    }
}

impl<'a> Walker<'a, '_> {
    /// Statements in order; `last` tells whether the block's own status is the script's.
    fn block(&mut self, block: &'a [Statement], context: &Context, state: &mut State, last: bool) -> Flow {
        let mut flows = Vec::with_capacity(block.len());
        for (index, statement) in block.iter().enumerate() {
            let next = block.get(index + 1);
            let flow = if let (Some((text, span)), Some(next)) =
                (&state.tolerant, next.or((!last).then_some(statement)))
            {
                let failure = if self.asks_status(next) {
                    Failure::Handled
                } else {
                    Failure::Ignored(Arc::clone(text), *span)
                };
                let own = context.with(failure);
                self.statement(statement, &own, state, last && index + 1 == block.len())
            } else {
                self.statement(statement, context, state, last && next.is_none())
            };
            flows.push(flow);
        }
        Flow::seq(flows)
    }

    /// Whether the statement looks at the status of the one before it.
    fn asks_status(&self, statement: &Statement) -> bool {
        let end = statement.range.end.min(statement.range.start + 200);
        self.script.passage.text().as_bytes()[statement.range.start..end.max(statement.range.start)]
            .windows(2)
            .any(|pair| pair == b"$?")
    }

    fn statement(
        &mut self,
        statement: &'a Statement,
        context: &Context,
        state: &mut State,
        last: bool,
    ) -> Flow {
        let mut context = Context { level: context.level + 1, ..context.clone() };
        if statement.negated {
            context = context.with(Failure::Handled);
        }
        if statement.background {
            context.background = true;
            context = context.with(Failure::Handled);
        }
        let mut flows = Vec::new();
        for redirect in &statement.redirects {
            flows.extend(self.substitutions(redirect.target.as_slice(), &context, state, None));
            for block in redirect.heredoc.iter().flat_map(|heredoc| &heredoc.commands) {
                let flow = self.block(block, &context, &mut state.clone(), false);
                flows.push(Flow::Subshell(Box::new(flow)));
            }
        }
        let flow = self.form(statement, context, state, last);
        let flow = if statement.negated { Flow::Not(Box::new(flow)) } else { flow };
        let flow = if statement.background {
            Flow::Background(Box::new(flow), self.place(statement.range.clone()))
        } else {
            flow
        };
        Flow::behind(flows, flow)
    }

    fn form(&mut self, statement: &'a Statement, context: Context, state: &mut State, last: bool) -> Flow {
        match &statement.form {
            Form::Simple(simple) => self.simple(statement, simple, &context, state),
            Form::List { first, rest } => self.list(first, rest, &context, state, last),
            Form::Pipeline(parts) => self.pipeline(parts, &context, state),
            Form::Group { body, subshell: false } => self.block(body, &context, state, last),
            Form::Group { body, subshell: true } => {
                Flow::Subshell(Box::new(self.block(body, &context, &mut state.clone(), last)))
            }
            Form::If { arms, otherwise } => self.branches(arms, otherwise.as_deref(), context, state, last),
            Form::While { until, condition, body } => {
                let test = self.block(condition, &context.with(Failure::Handled), state, false);
                let mut inside = state.clone();
                let negated = *until != is_negated(condition);
                let prefix = if negated { "! " } else { "" };
                let guarded = context.guarded(self.guard(prefix, range_of(condition)));
                let body = Box::new(self.block(body, &guarded, &mut inside, false));
                state.join(&[inside]);
                let condition = Box::new(if *until { Flow::Not(Box::new(test)) } else { test });
                Flow::While { condition, body, span: self.place(range_of_condition(statement)) }
            }
            Form::For { name, words, body } => {
                let mut flows = self.substitutions(words, &context, state, None);
                let mut inside = state.clone();
                let body = Box::new(self.block(body, &context, &mut inside, false));
                state.join(&[inside]);
                let text = self.script.passage.text();
                flows.push(Flow::For {
                    name: name.as_deref().unwrap_or_default().into(),
                    words: words.iter().map(|word| builtin::operand(word, text)).collect(),
                    body,
                    span: self.place(range_of_condition(statement)),
                });
                Flow::seq(flows)
            }
            Form::Case { subject, arms } => {
                let mut flows = self.substitutions(std::slice::from_ref(subject), &context, state, None);
                let mut ends = Vec::new();
                let mut branches = Vec::new();
                for arm in arms {
                    let mut branch = state.clone();
                    let guarded = context.guarded(self.case_guard(subject, &arm.patterns));
                    let body = self.block(&arm.body, &guarded, &mut branch, last);
                    let text = self.script.passage.text().get(arm.patterns.clone()).unwrap_or_default();
                    branches.push((builtin::patterns(text), body, self.place(arm.patterns.clone())));
                    ends.push(branch);
                }
                state.join(&ends);
                for at in (1..branches.len()).rev().filter(|at| arms[at - 1].falls) {
                    let next = branches[at].1.clone();
                    let own = std::mem::replace(&mut branches[at - 1].1, Flow::NOTHING);
                    branches[at - 1].1 = Flow::seq(vec![own, next]);
                }
                let subject = builtin::operand(subject, self.script.passage.text());
                flows.push(Flow::Case { subject, arms: branches, span: self.place(statement.range.clone()) });
                Flow::seq(flows)
            }
            Form::Function { name, body } => {
                let parent = self.function(statement, name, context.parent);
                let inside = Context { level: context.level, parent, ..Context::of_site(self.site) };
                let inside = Context { remote: context.remote, ..inside };
                let flow = self.statement(body, &inside, &mut state.clone(), true);
                match parent.filter(|_| !name.is_empty()) {
                    Some(function) => {
                        self.out.flows.push((function, flow));
                        Flow::NOTHING
                    }
                    None => flow,
                }
            }
            Form::Test(words) => {
                let mut flows = self.substitutions(words, &context, state, None);
                let text = self.script.passage.text().get(statement.range.clone()).unwrap_or_default();
                flows.push(builtin::conditional(text));
                Flow::seq(flows)
            }
        }
    }

    fn branches(
        &mut self,
        arms: &'a [shell::Arm],
        otherwise: Option<&'a [Statement]>,
        mut context: Context,
        state: &mut State,
        last: bool,
    ) -> Flow {
        let mut ends = Vec::new();
        let mut flows = Vec::with_capacity(arms.len());
        for arm in arms {
            let condition = self.block(&arm.condition, &context.with(Failure::Handled), state, false);
            let range = range_of(&arm.condition);
            let mut branch = state.clone();
            let negated = is_negated(&arm.condition);
            let (holds, fails) = if negated { ("! ", "") } else { ("", "! ") };
            let guarded = context.guarded(self.guard(holds, range.clone()));
            let body = self.block(&arm.body, &guarded, &mut branch, last);
            flows.push((condition, body, self.place(range.clone())));
            ends.push(branch);
            context = context.guarded(self.guard(fails, range));
        }
        let mut branch = state.clone();
        let flow = self.block(otherwise.unwrap_or_default(), &context, &mut branch, last);
        ends.push(branch);
        state.join(&ends);
        Flow::If { arms: flows, otherwise: otherwise.map(|_| Box::new(flow)) }
    }

    /// The fact of a function, which is what the commands of its body are in. Without a name it runs
    /// where it stands.
    fn function(&mut self, statement: &Statement, name: &str, parent: Option<FactRef>) -> Option<FactRef> {
        if name.is_empty() {
            return parent;
        }
        let text = self.script.passage.text().get(statement.range.clone()).unwrap_or_default();
        let keyword = text.strip_prefix("function").filter(|rest| rest.starts_with(char::is_whitespace));
        let from = keyword.map_or(0, |rest| text.len() - rest.len());
        let at = text.get(from..).and_then(|rest| rest.find(name)).map_or(0, |found| from + found);
        let start = statement.range.start + at;
        let span = self.script.passage.locate(start..start + name.len());
        let fact = Fact::new(function::KIND, span).inside(parent).with(function::NAME, name, span);
        Some(self.out.add(fact))
    }

    fn list(
        &mut self,
        first: &'a Statement,
        rest: &'a [shell::Link],
        context: &Context,
        state: &mut State,
        last: bool,
    ) -> Flow {
        let mut flow = Flow::NOTHING;
        let fates = self.fates(rest);
        let mut guards: Vec<(Arc<str>, Span)> = Vec::new();
        let mut left: Range<usize> = first.range.clone();
        for (index, fate) in fates.into_iter().enumerate() {
            let statement = match index.checked_sub(1).map(|index| &rest[index]) {
                None => first,
                Some(link) => {
                    if link.and {
                        let before = if index > 1 { &rest[index - 2].statement } else { first };
                        guards.extend(self.guard("", before.range.clone()));
                    } else {
                        guards = self.guard("! ", left.clone()).into_iter().collect();
                    }
                    left.end = link.statement.range.end.max(left.end);
                    &link.statement
                }
            };
            let mut own = context.with(fate);
            let free = MOST_GUARDS.saturating_sub(own.guard.len());
            if !guards.is_empty() {
                Arc::make_mut(&mut own.guard).extend(guards.iter().rev().take(free).rev().cloned());
            }
            let next = self.statement(statement, &own, state, last && index == rest.len());
            flow = match index.checked_sub(1).map(|index| rest[index].and) {
                None => next,
                Some(true) => Flow::And(Box::new(flow), Box::new(next)),
                Some(false) => Flow::Or(Box::new(flow), Box::new(next)),
            };
        }
        flow
    }

    /// What the failure of each member of a list does: the next `||` behind it decides.
    fn fates(&self, rest: &'a [shell::Link]) -> Vec<Failure> {
        let mut fates = vec![Failure::Stops];
        for (index, link) in rest.iter().enumerate().rev() {
            let behind = fates.last().cloned().unwrap_or(Failure::Stops);
            let fate = if link.and {
                behind
            } else {
                match outcome::of(&link.statement, &self.functions, 0) {
                    Outcome::Succeeds => {
                        let end = rest[index].statement.range.end;
                        let range = link.operator.start..end.max(link.operator.end);
                        Failure::Ignored(self.line(range.clone()), self.script.passage.locate(range))
                    }
                    Outcome::Fails => behind,
                    Outcome::Unknown if matches!(behind, Failure::Ignored(..)) => behind,
                    Outcome::Unknown => Failure::Handled,
                }
            };
            fates.push(fate);
        }
        fates.reverse();
        fates
    }

    fn pipeline(&mut self, parts: &'a [Statement], context: &Context, state: &mut State) -> Flow {
        let mut flows = Vec::with_capacity(parts.len());
        let end = parts.last().map_or(0, |part| part.range.end);
        for (index, part) in parts.iter().enumerate() {
            let mut own = context.clone();
            own.piped = Some(match index {
                0 => "first",
                index if index + 1 == parts.len() => "last",
                _ => "middle",
            });
            if index + 1 < parts.len() && !state.pipefail {
                let text = self.script.passage.text();
                let between = &text.as_bytes()[part.range.end.min(end)..end];
                let bar = part.range.end + memchr::memchr(b'|', between).unwrap_or(0);
                let range = bar.min(end)..self.line_end(bar.min(end), end);
                let cause = Failure::Ignored(self.line(range.clone()), self.script.passage.locate(range));
                own = own.with(cause);
            }
            flows.push(self.statement(part, &own, &mut state.clone(), false));
        }
        let from = parts.first().map_or(end, |part| part.range.end).min(end);
        Flow::Pipe(flows, self.place(from..self.line_end(from, end)))
    }

    /// The commands in words: they run first, and their failure is lost in a command's words, but
    /// not in an assignment that stands alone. `of` is the place of the command that they belong to.
    fn substitutions(
        &mut self,
        words: &'a [Word],
        context: &Context,
        state: &State,
        of: Option<Span>,
    ) -> Vec<Flow> {
        let mut flows = Vec::new();
        for word in words.iter().filter(|word| !word.commands.is_empty()) {
            let mut own = Context { piped: None, ..context.clone() };
            if let Some(span) = of {
                own = own.with(Failure::Ignored(self.line(word.range.clone()), span));
            }
            for block in &word.commands {
                let flow = Flow::Subshell(Box::new(self.block(block, &own, &mut state.clone(), false)));
                flows.push(match of {
                    Some(span) => Flow::Tolerated(Box::new(flow), span),
                    None => flow,
                });
            }
        }
        flows
    }

    fn simple(
        &mut self,
        statement: &'a Statement,
        simple: &'a Simple,
        context: &Context,
        state: &mut State,
    ) -> Flow {
        let passage = &self.script.passage;
        let alone = simple.words.is_empty();
        let owner = simple.words.first().map(|word| passage.locate(word.range.clone()));
        let mut flows = Vec::new();
        for assignment in simple.assignments.iter().chain(&simple.declared) {
            flows.extend(self.substitutions(assignment.value.as_slice(), context, state, owner));
            flows.extend(self.substitutions(&assignment.elements, context, state, owner));
        }
        flows.extend(self.substitutions(&simple.words, context, state, owner));
        for redirect in &simple.redirects {
            flows.extend(self.substitutions(redirect.target.as_slice(), context, state, owner));
        }
        for assignment in simple.assignments.iter().filter(|_| alone).chain(&simple.declared) {
            let value = assignment.value.as_ref().map_or("", |value| value.value.as_str());
            state.assign(&assignment.name, value);
        }
        if alone {
            let text = self.script.passage.text();
            let assigns = simple.assignments.iter().map(|item| builtin::assign(item, text, false));
            // The status of an assignment is that of the command in it.
            let assigns = Flow::seq(assigns.collect());
            return if flows.is_empty() {
                assigns
            } else {
                Flow::AssignFrom { commands: Box::new(Flow::seq(flows)), assigns: Box::new(assigns) }
            };
        }
        let args = args_of(&simple.words, passage, state);
        let heredoc = simple.redirects.iter().rev().find_map(|redirect| redirect.heredoc.as_ref());
        let invocation = Invocation {
            text: self.line(statement.range.clone()),
            span: passage.locate(statement.range.clone()),
            args,
            env: simple.assignments.iter().map(|item| emit::variable(item, passage)).collect(),
            exported: simple.declared.iter().map(|item| emit::variable(item, passage)).collect(),
            redirects: simple
                .redirects
                .iter()
                .map(|item| (self.line(item.range.clone()), passage.locate(item.range.clone())))
                .collect(),
            stdin: heredoc.map(|heredoc| passage.slice(heredoc.body.clone())),
        };
        let (fed, flow) = emit::command(self.out, self.site, invocation, context, state);
        if !fed {
            for block in heredoc.iter().flat_map(|heredoc| &heredoc.commands) {
                let flow = self.block(block, context, &mut state.clone(), false);
                flows.push(Flow::Subshell(Box::new(flow)));
            }
        }
        let flow = builtin::flow(simple, self.script.passage.text()).unwrap_or(flow);
        Flow::behind(flows, flow)
    }

    fn place(&self, range: Range<usize>) -> Span {
        self.script.passage.locate(range)
    }

    fn guard(&self, prefix: &str, range: Range<usize>) -> Option<(Arc<str>, Span)> {
        if range.is_empty() || range.len() > LONGEST_GUARD {
            return None;
        }
        let span = self.script.passage.locate(range.clone());
        let text = self.line(range);
        Some((if prefix.is_empty() { text } else { format!("{prefix}{text}").into() }, span))
    }

    fn case_guard(&self, subject: &Word, patterns: &Range<usize>) -> Option<(Arc<str>, Span)> {
        let subject = self.script.passage.text().get(subject.range.clone())?;
        let (text, span) = self.guard("", patterns.clone())?;
        Some((format!("{subject} is {text}").into(), span))
    }

    /// The end of the line at `at` that says more than an operator, but not more than `end`.
    fn line_end(&self, at: usize, end: usize) -> usize {
        let text = &self.script.passage.text()[at..end];
        let said = text.find(|c: char| c.is_alphanumeric()).unwrap_or(0);
        text[said..].find('\n').map_or(end, |found| at + said + found)
    }

    fn line(&self, range: Range<usize>) -> Arc<str> {
        let text = self.script.passage.text().get(range).unwrap_or_default();
        if memchr::memchr2(b'\n', b'\\', text.as_bytes()).is_none() {
            return text.trim_end().into();
        }
        one_line(text).into()
    }
}

/// The words of a command; a program or flags that a constant holds are read from it, at the place
/// of the variable.
fn args_of<'w>(words: &'w [Word], passage: &'w Passage, state: &State) -> Vec<Arg<'w>> {
    let mut args = Vec::with_capacity(words.len());
    for (index, word) in words.iter().enumerate() {
        let arg = Arg::of_word(word, passage);
        if let Some(words) = state.list(&word.value).filter(|_| word.dynamic) {
            args.extend(words.iter().map(|word| arg.clone().stand_for(word)));
            continue;
        }
        let value = state.constant(&word.value).filter(|_| word.dynamic);
        match value.filter(|value| index == 0 || value.starts_with('-')) {
            None => args.push(arg),
            Some(value) if word.quoting == Quoting::Double => args.push(arg.stand_for(value)),
            Some(value) => args.extend(value.split_whitespace().map(|part| arg.clone().stand_for(part))),
        }
    }
    args
}

/// Reads a script within a command; answers its control flow, where it was shallow enough to read.
pub(super) fn nested(
    out: &mut Reading,
    passage: &Passage,
    site: &Site<'_>,
    context: &Context,
    state: &mut State,
) -> Option<Flow> {
    Some(script(out, passage, site, &context.deeper()?, state))
}

/// Whether `!` stands before a condition, which its place leaves out.
fn is_negated(condition: &[Statement]) -> bool {
    matches!(condition, [only] if only.negated)
}

/// The first line of a loop, which says how often it runs.
fn range_of_condition(statement: &Statement) -> Range<usize> {
    match &statement.form {
        Form::While { condition, .. } => range_of(condition),
        Form::For { words, .. } => match (words.first(), words.last()) {
            (Some(first), Some(last)) => first.range.start..last.range.end,
            _ => statement.range.start..statement.range.start + 3,
        },
        _ => statement.range.clone(),
    }
}
