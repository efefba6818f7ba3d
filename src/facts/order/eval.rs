//! The forms of a shell's control flow, each as what it does to paths.

use std::sync::Arc;

use rustc_hash::FxHashMap;

use super::jobs::both;
use super::values::{Answer, Value, Variables};
use super::{Answered, Job, Marks, Paths, State, add, merge, pool};
use crate::facts::fact::Fact;
use crate::facts::flow::{Flow, Operand, Piece, Test, Wait};
use crate::facts::store::{FactId, Facts, Flows};
use crate::facts::words::{command, file, function, job, step, task, workflow};
use crate::text::Span;

/// Most steps that are followed from one entry point.
pub const MOST_STEPS: u32 = 60_000;
/// What a call costs, in steps.
const CALL_COST: u32 = 8;
/// Deepest calls that are followed.
const MOST_CALLS: usize = 48;
/// Deepest nesting of forms, calls included.
const MOST_LEVELS: u32 = 2_000;
/// Most rounds of a loop; what it does to marks is known after the second one.
const MOST_ROUNDS: usize = 3;
/// Most words of a `for` whose rounds are followed one by one.
const MOST_WORDS: usize = 12;

/// Who watches the commands as they run.
pub trait Observer {
    fn facts(&self) -> &Facts;
    /// The command is about to run on this path; answers the fact that stands for it as it runs.
    fn arrive(&mut self, command: FactId, state: &State) -> FactId;
    /// The command, as it runs, is about to do what it does itself.
    fn observe(&mut self, _command: FactId, _state: &State) {}
    /// The command, as it runs, is about to run a unit. What it answers tells runs of the unit apart;
    /// `None` keeps out.
    fn enter(&mut self, caller: FactId, unit: FactId) -> Option<u32>;
    fn leave(&mut self);
    /// Whether the command, as it runs, is one of those that are asked for.
    fn marks(&self, _command: FactId) -> bool {
        false
    }
    /// Whether nobody may miss the command's failure.
    fn is_grave(&self, _command: FactId) -> bool {
        false
    }
    /// Whether what follows the command is asked for.
    fn is_target(&self, _command: FactId) -> bool {
        false
    }
    /// The variables that a call gives to the unit that it runs, beyond its words.
    fn bindings(&self, _caller: FactId, _unit: FactId) -> Bindings {
        Vec::new()
    }
    /// The values of a job's matrix, for each job that it makes.
    fn combinations(&self, _job: FactId) -> Vec<Bindings> {
        Vec::new()
    }
}

/// Values that something is run with.
pub type Bindings = Vec<(Arc<str>, Value)>;

/// Follows control flow for an observer.
pub struct Tracer<'f, O> {
    pub(super) flows: &'f Flows,
    pub observer: O,
    /// Steps that are left.
    fuel: u32,
    level: u32,
    stack: Vec<FactId>,
    /// Workflows that wait for those that ran before them.
    pub(super) chain: Vec<FactId>,
    /// The traps that were met.
    traps: Vec<&'f Flow>,
    /// How often a call was not followed, since it was followed already or nests too deep.
    cuts: u32,
    /// What units did to paths before.
    memo: FxHashMap<(FactId, u32, bool, How, u64), Vec<Known>>,
    pub(super) leave: Leave,
}

/// What a unit does to one path: the path, those behind the unit, and those on which it ends the shell.
struct Known {
    from: State,
    paths: Paths,
    exits: Paths,
    /// Whether all of its calls were followed.
    whole: bool,
}

/// Paths that leave a form before its end.
#[derive(Debug, Default)]
pub(super) struct Leave {
    exit: Paths,
    back: Paths,
    breaks: Vec<State>,
    continues: Vec<State>,
}

/// What holds where a form stands.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Place {
    /// Whether something looks at its status, so that `set -e` does not.
    pub looked_at: bool,
}

/// How a unit runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum How {
    /// As a process of its own.
    Process,
    /// In the shell that is there.
    SameShell,
    /// As a process that was started with these options: `errexit`, `pipefail`.
    With(bool, bool),
}

const LOOKED_AT: Place = Place { looked_at: true };

impl<'f, O: Observer> Tracer<'f, O> {
    pub fn new(flows: &'f Flows, observer: O) -> Self {
        Self {
            flows,
            observer,
            fuel: MOST_STEPS,
            level: 0,
            stack: Vec::new(),
            chain: Vec::new(),
            traps: Vec::new(),
            cuts: 0,
            memo: FxHashMap::default(),
            leave: Leave::default(),
        }
    }

    /// Whether all was followed.
    pub fn finished(&self) -> bool {
        self.fuel > 0
    }

    /// Follows a unit from its beginning to its end, as a process of its own.
    pub fn root(&mut self, unit: FactId, state: State) -> Paths {
        // What units do is the same for each entry point, unless it was followed in part.
        if !self.finished() {
            self.memo.clear();
        } else if self.cuts > 0 {
            self.memo.values_mut().for_each(|known| known.retain(|known| known.whole));
        }
        (self.fuel, self.cuts) = (MOST_STEPS, 0);
        self.process(unit, vec![state], How::Process)
    }

    /// A unit as a process: what it sets is gone behind it, `exit` ends it alone.
    pub(super) fn process(&mut self, unit: FactId, states: Vec<State>, how: How) -> Paths {
        let outer = std::mem::take(&mut self.leave);
        self.stack.push(unit);
        let mut paths = self.unit(unit, states, (Place::default(), how));
        self.stack.pop();
        let left = std::mem::replace(&mut self.leave, outer);
        paths.extend(left.exit);
        paths.extend(left.back);
        let soft = std::mem::take(&mut paths.soft);
        merge(&mut paths.failed, soft);
        self.end_shell(&mut paths);
        paths
    }

    /// The parts of a unit, each where the one before it succeeded.
    ///
    /// A sourced file is read by the shell that is there; a script that is handed to a shell by name has
    /// that shell's options.
    pub(super) fn unit(&mut self, unit: FactId, states: Vec<State>, (place, how): (Place, How)) -> Paths {
        match self.observer.facts().get(unit).kind {
            workflow::KIND => return self.workflow(unit, states),
            job::KIND => return self.job(unit, states),
            _ if self.has_steps(unit) => return self.steps(unit, states),
            _ => {}
        }
        let flows: &'f Flows = self.flows;
        let parts = flows.get(&unit).map_or(&[][..], Vec::as_slice);
        if self.observer.facts().get(unit).bool(task::PARALLEL) == Some(true) {
            return self.at_once(parts, states, place);
        }
        let mut paths = Paths::ok(states);
        for flow in parts {
            let next = std::mem::take(&mut paths.ok);
            let after = match (flow, how) {
                (Flow::Shell { body, .. }, How::SameShell) => self.flow(body, next, place),
                (Flow::Shell { body, .. }, How::With(errexit, pipefail)) => {
                    self.apart(body, next, Some((errexit, pipefail)), place)
                }
                _ => self.flow(flow, next, place),
            };
            paths.extend(after);
        }
        paths
    }

    /// Parts that run at the same time: none is before another, all are before what follows.
    fn at_once(&mut self, parts: &'f [Flow], states: Vec<State>, place: Place) -> Paths {
        let mut paths = Paths::ok(states.clone());
        for part in parts {
            let mut after = self.flow(part, states.clone(), place);
            merge(&mut paths.failed, after.failures());
            paths.ok = both(&paths.ok, &after.ok);
        }
        paths
    }

    fn has_steps(&self, unit: FactId) -> bool {
        let facts = self.observer.facts();
        facts.children(unit).iter().any(|&child| facts.get(child).kind == step::KIND)
    }

    pub(super) fn flow(&mut self, flow: &'f Flow, states: Vec<State>, place: Place) -> Paths {
        let cost: usize = states.iter().map(State::weight).sum();
        self.fuel = self.fuel.saturating_sub(u32::try_from(cost.max(1)).unwrap_or(u32::MAX));
        if states.is_empty() || self.fuel == 0 || self.level > MOST_LEVELS {
            return Paths::ok(states);
        }
        self.level += 1;
        let paths = self.form(flow, states, place);
        self.level -= 1;
        paths
    }

    fn form(&mut self, flow: &'f Flow, states: Vec<State>, place: Place) -> Paths {
        match flow {
            Flow::Run { command, inner } => self.run(*command, inner.as_deref(), states, place),
            Flow::Seq(parts) => self.sequence(parts, states, place),
            Flow::And(left, right) => {
                let mut first = self.flow(left, states, LOOKED_AT);
                let soft = first.failures();
                let ok = std::mem::take(&mut first.ok);
                let mut paths = self.flow(right, ok, place);
                let soft = escaped(soft, &paths, || self.place_of(left));
                merge(&mut paths.soft, soft);
                paths
            }
            Flow::Or(left, right) => {
                let mut first = self.flow(left, states, LOOKED_AT);
                let failed = first.failures();
                let mut paths = self.flow(right, failed, place);
                let ok = escaped(first.ok, &paths, || self.place_of(left));
                let mut all = ok;
                merge(&mut all, std::mem::take(&mut paths.ok));
                paths.ok = all;
                paths
            }
            Flow::AssignFrom { commands, assigns } => {
                let mut paths = self.flow(commands, states, place);
                let assign = |this: &mut Self, states: Vec<State>| this.flow(assigns, states, place).ok;
                paths.ok = assign(self, std::mem::take(&mut paths.ok));
                let failed = assign(self, std::mem::take(&mut paths.failed));
                paths.failed = failed.into_iter().map(|state| state.with_status(true)).collect();
                let soft = assign(self, std::mem::take(&mut paths.soft));
                merge(&mut paths.failed, soft.into_iter().map(|state| state.with_status(true)).collect());
                paths
            }
            Flow::Not(body) => {
                let mut paths = self.flow(body, states, LOOKED_AT);
                let failed = paths.failures();
                let ok = failed.into_iter().map(|state| state.with_status(false)).collect();
                let soft = paths.ok.into_iter().map(|state| state.with_status(true)).collect();
                Paths { ok, failed: Vec::new(), soft }
            }
            Flow::Pipe(parts, span) => self.pipe(parts, *span, states, place),
            Flow::If { arms, otherwise } => self.branches(arms, otherwise.as_deref(), states, place),
            Flow::While { condition, body, span } => self.rounds(condition, body, *span, states, place),
            Flow::For { name, words, body, span } => self.each(name, words, body, *span, states, place),
            Flow::Case { subject, arms, span } => self.case(subject, arms, *span, states, place),
            Flow::Subshell(body) => {
                let mut paths = self.apart(body, states, None, place);
                let soft = std::mem::take(&mut paths.soft);
                merge(&mut paths.failed, soft);
                paths
            }
            Flow::Shell { options, body } => {
                let mut paths =
                    self.apart(body, states, Some((options.errexit, options.pipefail)), Place::default());
                let soft = std::mem::take(&mut paths.soft);
                merge(&mut paths.failed, soft);
                paths
            }
            Flow::AtOnce(parts) => self.at_once(parts, states, place),
            Flow::Background(body, span) => self.background(body, *span, states),
            Flow::Wait(wait) => wait_for(wait, states),
            Flow::Set { errexit, pipefail, errtrace } => {
                let set = states.into_iter().map(|mut state| {
                    state.errexit = errexit.unwrap_or(state.errexit);
                    state.pipefail = pipefail.unwrap_or(state.pipefail);
                    state.errtrace = errtrace.unwrap_or(state.errtrace);
                    state.with_status(false)
                });
                Paths::ok(set.collect())
            }
            Flow::Exit(status) => {
                let paths = ended(status.as_ref(), states);
                self.leave.exit.extend(paths);
                Paths::default()
            }
            Flow::Return(status) => {
                let paths = ended(status.as_ref(), states);
                self.leave.back.extend(paths);
                Paths::default()
            }
            Flow::Break => {
                merge(&mut self.leave.breaks, succeeded(states));
                Paths::default()
            }
            Flow::Continue => {
                merge(&mut self.leave.continues, succeeded(states));
                Paths::default()
            }
            Flow::Test(test) => self.test(test, states),
            Flow::Trap { body, on_exit, on_error } => self.set_trap(body, (*on_exit, *on_error), states),
            Flow::Exec(body) => {
                let paths = self.flow(body, states, place);
                self.leave.exit.extend(paths);
                Paths::default()
            }
            Flow::Tolerated(body, span) => {
                let mut paths = self.flow(body, states, LOOKED_AT);
                let mut failed = paths.failures();
                for state in &mut failed {
                    if let Some((_, at @ None)) = &mut state.passed_over {
                        *at = Some(*span);
                    }
                    state.status_failed = false;
                }
                merge(&mut paths.ok, failed);
                paths
            }
            Flow::Assign { .. } | Flow::Export(_) | Flow::Append { .. } | Flow::Forget(_) | Flow::Shift => {
                Paths::ok(states.into_iter().map(|state| assigned(flow, state)).collect())
            }
        }
    }

    fn set_trap(&mut self, body: &'f Flow, on: (bool, bool), mut states: Vec<State>) -> Paths {
        let known = self.traps.iter().position(|other| std::ptr::eq(*other, body));
        let number = known.unwrap_or_else(|| {
            self.traps.push(body);
            self.traps.len() - 1
        });
        let number = u32::try_from(number).ok();
        for state in &mut states {
            if on.0 {
                state.on_exit = number;
            }
            if on.1 {
                state.on_error = number;
            }
            state.status_failed = false;
        }
        Paths::ok(states)
    }

    /// A trap runs on these paths, and keeps their status.
    fn run_trap(&mut self, states: Vec<State>, which: fn(&mut State) -> &mut Option<u32>) -> Vec<State> {
        let mut all = Vec::new();
        for mut state in states {
            let number = which(&mut state).take();
            let Some(&body) = number.and_then(|number| self.traps.get(number as usize)) else {
                add(&mut all, state);
                continue;
            };
            let failed = state.status_failed;
            let after = self.flow(body, vec![state], LOOKED_AT).all();
            for mut state in after {
                *which(&mut state) = number;
                add(&mut all, state.with_status(failed));
            }
        }
        all
    }

    /// The shell ends: its `EXIT` trap runs. An `exit` in the trap gives another status.
    fn end_shell(&mut self, paths: &mut Paths) {
        if !paths.ok.iter().chain(&paths.failed).any(|state| state.on_exit.is_some()) {
            return;
        }
        let outer = std::mem::take(&mut self.leave);
        paths.ok = self.run_trap(std::mem::take(&mut paths.ok), |state| &mut state.on_exit);
        paths.failed = self.run_trap(std::mem::take(&mut paths.failed), |state| &mut state.on_exit);
        let left = std::mem::replace(&mut self.leave, outer);
        paths.extend(left.exit);
        for state in paths.ok.iter_mut().chain(&mut paths.failed) {
            state.on_exit = None;
        }
    }

    /// Statements in order. A failure ends the shell where `set -e` holds and nothing looks at it.
    fn sequence(&mut self, parts: &'f [Flow], states: Vec<State>, place: Place) -> Paths {
        let mut paths = Paths::ok(states);
        for (index, part) in parts.iter().enumerate() {
            let mut states = std::mem::take(&mut paths.ok);
            let failed = paths.failures();
            merge(&mut states, failed);
            if states.is_empty() {
                return paths;
            }
            // A bare assignment or a test of no command keeps what the trap for errors would see.
            paths = self.flow(part, states, place);
            let last = index + 1 == parts.len();
            self.stop(&mut paths, place);
            if last {
                return paths;
            }
        }
        paths
    }

    /// Failures that end the shell.
    fn stop(&mut self, paths: &mut Paths, place: Place) {
        if place.looked_at || paths.failed.is_empty() {
            return;
        }
        let failed = self.run_trap(std::mem::take(&mut paths.failed), |state| &mut state.on_error);
        let (stop, on): (Vec<_>, Vec<_>) = failed.into_iter().partition(|state| state.errexit);
        merge(&mut self.leave.exit.failed, stop);
        paths.failed = on;
    }

    /// A command, on each path as what it is there.
    fn run(&mut self, id: FactId, inner: Option<&'f Flow>, states: Vec<State>, place: Place) -> Paths {
        let mut groups: Vec<(FactId, Vec<State>)> = Vec::new();
        for state in states {
            let id = self.observer.arrive(id, &state);
            match groups.iter_mut().find(|(other, _)| *other == id) {
                Some((_, states)) => states.push(state),
                None => groups.push((id, vec![state])),
            }
        }
        let mut paths = Paths::default();
        for (id, states) in groups {
            let after = self.run_as(id, inner, states, place);
            paths.extend(after);
        }
        paths
    }

    /// A command as it runs, or a step that uses an action.
    pub(super) fn run_as(
        &mut self,
        id: FactId,
        inner: Option<&'f Flow>,
        states: Vec<State>,
        place: Place,
    ) -> Paths {
        let marked = self.observer.marks(id);
        let target = self.observer.is_target(id);
        let calls = self.observer.facts().calls(id).to_vec();
        // What it does itself comes between the hooks before it and those behind it.
        let own = self.own_place(id, &calls);
        if own.is_none() {
            states.iter().for_each(|state| self.observer.observe(id, state));
        }
        let mut paths = if calls.is_empty() && inner.is_none() {
            either(states)
        } else {
            let mut paths = Paths::ok(states);
            let count = calls.len();
            for (at, unit) in calls.into_iter().enumerate() {
                if own == Some(at) {
                    self.does_itself(id, &mut paths);
                }
                let next = std::mem::take(&mut paths.ok);
                let after = self.call(id, unit, next, place);
                paths.extend(after);
            }
            if own == Some(count) {
                self.does_itself(id, &mut paths);
            }
            if let Some(inner) = inner {
                let next = std::mem::take(&mut paths.ok);
                let after = self.apart(inner, next, Some((false, false)), Place::default());
                paths.extend(after);
            }
            paths
        };
        let soft = std::mem::take(&mut paths.soft);
        merge(&mut paths.failed, soft);
        for state in &mut paths.ok {
            state.status_failed = false;
            if marked {
                (state.ran, state.succeeded, state.escape) = (true, true, None);
            }
        }
        for state in &mut paths.failed {
            state.status_failed = true;
            if marked {
                (state.ran, state.failed) = (true, true);
                state.passed_over = Some((id, None));
            }
        }
        if self.observer.is_grave(id) {
            paths.ok.iter_mut().for_each(|state| state.lost.retain(|other| *other != id));
            paths.failed.iter_mut().for_each(|state| pool(&mut state.lost, &[id]));
        }
        for state in paths.ok.iter_mut().chain(&mut paths.failed) {
            if marked && state.answer == Answered::No {
                state.answer = Answered::Yes;
            }
        }
        if target {
            paths.ok.iter_mut().for_each(|state| state.answer = Answered::No);
        }
        paths
    }

    fn does_itself(&mut self, id: FactId, paths: &mut Paths) {
        let next = std::mem::take(&mut paths.ok);
        next.iter().for_each(|state| self.observer.observe(id, state));
        paths.extend(either(next));
    }

    /// Where among the calls of a command its own doing stands: behind the hooks that are named so. Other
    /// commands do nothing beside what they call.
    fn own_place(&self, id: FactId, calls: &[FactId]) -> Option<usize> {
        let facts = self.observer.facts();
        if calls.is_empty() || facts.get(id).text(command::PROGRAM) != Some("kamal") {
            return None;
        }
        let is_post = |unit: &FactId| {
            let path = facts.get(*unit).text(file::PATH).unwrap_or_default();
            path.rsplit('/').next().is_some_and(|name| name.starts_with("post-"))
        };
        Some(calls.iter().position(is_post).unwrap_or(calls.len()))
    }

    /// A call of a unit: a function or a sourced file runs in the same shell, all else in its own
    /// process.
    fn call(&mut self, caller: FactId, unit: FactId, states: Vec<State>, place: Place) -> Paths {
        if states.is_empty() {
            return Paths::default();
        }
        if self.stack.contains(&unit) || self.stack.len() >= MOST_CALLS {
            self.cuts = self.cuts.saturating_add(1);
            return either(states);
        }
        let facts = self.observer.facts();
        let fact = facts.get(caller);
        let sources = matches!(fact.text(command::PROGRAM), Some("source" | "."));
        let is_function = facts.get(unit).kind == function::KIND;
        let same_shell = is_function || sources;
        let skip = usize::from(sources || fact.text(command::CALLS) != Some("function"));
        let how = if same_shell { How::SameShell } else { given_options(fact) };
        let open = fact.text(command::HOST) == Some("package-script");
        self.fuel = self.fuel.saturating_sub(CALL_COST);
        if self.fuel == 0 {
            return either(states);
        }
        let Some(run) = self.observer.enter(caller, unit) else { return either(states) };
        let mut paths = Paths::default();
        for mut state in states {
            let outer = state.variables.clone();
            if !same_shell {
                state.variables = self.given(caller, &state);
            }
            if let Some(arguments) = self.arguments(caller, &state, &outer, skip) {
                if !(sources && arguments.is_empty()) {
                    if open {
                        state.variables.set_first_arguments(&arguments);
                    } else {
                        state.variables.set_arguments(&arguments);
                    }
                }
            }
            for (name, value) in self.observer.bindings(caller, unit) {
                // What is given may name the caller's own values.
                let value = match value {
                    Value::Text(text) => outer.value(&Operand::parse(&text), false, None).0,
                    value => value,
                };
                state.variables.set(&name, value, true);
            }
            let (errexit, pipefail) = (state.errexit, state.pipefail);
            if !same_shell {
                (state.errexit, state.pipefail) = (false, false);
            }
            // A function does not have the trap for errors, unless `set -E` says so.
            let trap = state.on_error;
            if is_function && !state.errtrace {
                state.on_error = None;
            }
            let looked_at = same_shell && place.looked_at;
            let mut after = self.remembered(unit, (run, how), looked_at, state);
            for state in after.ok.iter_mut().chain(&mut after.failed).chain(&mut after.soft) {
                if is_function {
                    state.on_error = state.on_error.or(trap);
                }
                if same_shell {
                    state.variables.restore_arguments(&outer);
                } else {
                    state.variables = outer.clone();
                    (state.errexit, state.pipefail) = (errexit, pipefail);
                }
            }
            paths.extend(after);
        }
        self.observer.leave();
        paths
    }

    /// What a unit does to a path: the same as the last time, where the path is the same.
    fn remembered(&mut self, unit: FactId, (run, how): (u32, How), looked_at: bool, state: State) -> Paths {
        let same_shell = how == How::SameShell;
        let key = (unit, run, looked_at, how, hash_of(&state));
        if let Some(known) = self.memo.get(&key)
            && let Some(known) =
                known.iter().find(|known| known.from.key() == state.key() && known.from.lost == state.lost)
        {
            self.leave.exit.extend(known.exits.clone());
            self.cuts = self.cuts.saturating_add(u32::from(!known.whole));
            return known.paths.clone();
        }
        let (from, cuts) = (state.clone(), self.cuts);
        let outer = std::mem::take(&mut self.leave.exit);
        let paths = if same_shell {
            // `return` ends the function alone; loops around the call are not its own.
            let back = std::mem::take(&mut self.leave.back);
            let loops = (std::mem::take(&mut self.leave.breaks), std::mem::take(&mut self.leave.continues));
            self.stack.push(unit);
            let mut paths = self.unit(unit, vec![state], (Place { looked_at }, how));
            self.stack.pop();
            paths.extend(std::mem::replace(&mut self.leave.back, back));
            (self.leave.breaks, self.leave.continues) = loops;
            let soft = std::mem::take(&mut paths.soft);
            merge(&mut paths.failed, soft);
            paths
        } else {
            self.process(unit, vec![state], how)
        };
        let exits = std::mem::replace(&mut self.leave.exit, outer);
        self.leave.exit.extend(exits.clone());
        let whole = self.cuts == cuts;
        self.memo.entry(key).or_default().push(Known { from, paths: paths.clone(), exits, whole });
        paths
    }

    /// What the process of a call sees: exported variables, and those that stand before the command.
    fn given(&self, caller: FactId, state: &State) -> Variables {
        let mut given = state.variables.exported();
        for (name, value, _) in self.observer.facts().get(caller).map(command::ENV) {
            let (value, _) = state.variables.value(&Operand::parse(value), false, None);
            given.set(name, value, true);
        }
        given
    }

    /// The arguments that a call gives; `None` where the caller is no command.
    fn arguments(&self, caller: FactId, state: &State, outer: &Variables, skip: usize) -> Option<Vec<Value>> {
        let fact = self.observer.facts().get(caller);
        if !matches!(fact.text(command::CALLS), Some("function" | "script")) {
            return None;
        }
        let _ = state;
        let words = fact.list(command::WORDS);
        // `bash x.sh production`: the words behind the script's.
        let target = fact.get(command::TARGET).map(|slot| slot.span);
        let named = words.iter().position(|(_, span)| Some(*span) == target).map_or(0, |at| at + 1);
        let from = if skip == 0 { 0 } else { named };
        let mut arguments = Vec::new();
        for (word, _) in words.iter().skip(from) {
            match outer.value(&Operand::parse(word), false, None).0 {
                Value::List(list) => arguments.extend(list.iter().cloned()),
                value => arguments.push(value),
            }
        }
        Some(arguments)
    }

    /// A process within: its variables, options and exits stay inside.
    fn apart(
        &mut self,
        body: &'f Flow,
        states: Vec<State>,
        options: Option<(bool, bool)>,
        place: Place,
    ) -> Paths {
        let mut paths = Paths::default();
        for mut state in states {
            let (variables, set) = (state.variables.clone(), (state.errexit, state.pipefail));
            let waiting = std::mem::take(&mut state.jobs);
            let around = state.jobs_around.clone();
            if !waiting.is_empty() {
                state.jobs_around.extend(waiting.iter().cloned());
            }
            let traps = (state.on_exit.take(), state.on_error.take());
            if let Some(options) = options {
                (state.errexit, state.pipefail) = options;
            }
            let outer = std::mem::take(&mut self.leave);
            let mut after = self.flow(body, vec![state], place);
            let left = std::mem::replace(&mut self.leave, outer);
            after.extend(left.exit);
            after.extend(left.back);
            let soft = std::mem::take(&mut after.soft);
            merge(&mut after.failed, soft);
            self.end_shell(&mut after);
            for state in after.ok.iter_mut().chain(&mut after.failed).chain(&mut after.soft) {
                state.variables = variables.clone();
                (state.errexit, state.pipefail) = set;
                (state.on_exit, state.on_error) = traps;
                state.jobs_around.clone_from(&around);
                // Jobs of the inner shell run on and can't be waited for.
                let inner = std::mem::replace(&mut state.jobs, waiting.clone());
                for job in inner.iter().filter(|job| job.marked()) {
                    if !state.jobs.contains(job) {
                        state.jobs.push(Arc::clone(job));
                    }
                }
            }
            paths.extend(after);
        }
        paths
    }

    fn background(&mut self, body: &'f Flow, span: Span, states: Vec<State>) -> Paths {
        let mut ok = Vec::with_capacity(states.len());
        for state in states {
            let mut inside = state.clone();
            inside.before = state.marks_so_far();
            inside.lost.clear();
            (inside.ran, inside.succeeded, inside.failed, inside.passed_over) = (false, false, false, None);
            let mut after = self.apart(body, vec![inside], None, Place::default());
            let failed = after.failures();
            let marks = |states: &[State]| {
                let mut all: Vec<Marks> = Vec::new();
                for state in states {
                    let State { ran, succeeded, failed, passed_over, .. } = *state;
                    let marks = Marks { ran, succeeded, failed, passed_over };
                    if !all.contains(&marks) {
                        all.push(marks);
                    }
                }
                all
            };
            let mut lost = Vec::new();
            after.ok.iter().for_each(|state| pool(&mut lost, &state.lost));
            let lost_well = lost.clone();
            failed.iter().for_each(|state| pool(&mut lost, &state.lost));
            let (well, badly) = (marks(&after.ok), marks(&failed));
            let job = Job { place: span, ok: well, failed: badly, lost, lost_well };
            let mut state = state.with_status(false);
            state.last_job = Some(span);
            state.jobs.retain(|other| other.place != span);
            // Who does not wait for it does not see its failure.
            pool(&mut state.lost, &job.lost);
            state.jobs.push(Arc::new(job));
            add(&mut ok, state);
        }
        Paths::ok(ok)
    }

    /// All parts start at once; a part before the last one may still run when the next one does.
    fn pipe(&mut self, parts: &'f [Flow], span: Span, states: Vec<State>, place: Place) -> Paths {
        let Some((last, before)) = parts.split_last() else { return Paths::ok(states) };
        let mut paths = Paths::default();
        for state in states {
            let (mut now, mut failed) = (vec![state], Vec::new());
            for part in before {
                let mut after = self.apart(part, now, None, place);
                let mut lost = after.failures();
                for state in &mut lost {
                    if let Some((_, at @ None)) = &mut state.passed_over
                        && !state.pipefail
                    {
                        *at = Some(span);
                    }
                }
                now = after.ok;
                // The others run on whatever becomes of this part.
                let (strict, loose): (Vec<_>, Vec<_>) = lost.into_iter().partition(|state| state.pipefail);
                merge(&mut failed, strict);
                merge(&mut now, loose);
            }
            // The failed part is seen when the last one has ended.
            let mut behind = self.apart(last, failed, None, place);
            let mut all = std::mem::take(&mut behind.ok);
            merge(&mut all, behind.failures());
            let mut after = self.apart(last, now, None, place);
            let soft = std::mem::take(&mut after.soft);
            merge(&mut after.failed, soft);
            merge(&mut after.failed, all.into_iter().map(|state| state.with_status(true)).collect());
            paths.extend(after);
        }
        paths
    }

    fn branches(
        &mut self,
        arms: &'f [(Flow, Flow, Span)],
        otherwise: Option<&'f Flow>,
        states: Vec<State>,
        place: Place,
    ) -> Paths {
        let mut ends: Vec<(Paths, Option<Span>)> = Vec::new();
        let mut left = states;
        let mut last = None;
        for (condition, body, span) in arms {
            if left.is_empty() {
                break;
            }
            let mut asked = self.flow(condition, left, LOOKED_AT);
            left = asked.failures();
            if !asked.ok.is_empty() {
                let after = self.flow(body, asked.ok, place);
                ends.push((after, Some(*span)));
            }
            last = Some(*span);
        }
        let after = match otherwise {
            Some(body) => self.flow(body, left, place),
            None => Paths::ok(left.into_iter().map(|state| state.with_status(false)).collect()),
        };
        ends.push((after, last));
        joined(ends)
    }

    fn case(
        &mut self,
        subject: &'f Operand,
        arms: &'f [(Vec<Arc<str>>, Flow, Span)],
        span: Span,
        states: Vec<State>,
        place: Place,
    ) -> Paths {
        let mut ends: Vec<(Paths, Option<Span>)> = Vec::new();
        let mut left = states;
        for (patterns, body, at) in arms {
            let mut inside = Vec::new();
            let mut outside = Vec::new();
            for state in left {
                let (value, assumed) = state.variables.value(subject, state.status_failed, None);
                let fits = match &value {
                    Value::Text(text) => any_fits(patterns, text),
                    _ if patterns.iter().any(|pattern| &**pattern == "*") => Some(true),
                    _ => None,
                };
                let mut taken = state.clone();
                if let (None, [pattern], Some(name)) = (fits, patterns.as_slice(), subject.variable())
                    && !pattern.contains(['*', '?', '[', '$'])
                {
                    taken.variables.set(name, Value::Text(Arc::clone(pattern)), false);
                }
                let mut other = state;
                match fits {
                    Some(fits) => {
                        taken.unlikely |= !fits;
                        other.unlikely |= fits;
                        if fits || assumed {
                            add(&mut inside, taken);
                        }
                        if !fits || assumed {
                            add(&mut outside, other);
                        }
                    }
                    None => {
                        add(&mut inside, taken);
                        add(&mut outside, other);
                    }
                }
            }
            left = outside;
            if !inside.is_empty() {
                let after = self.flow(body, inside, place);
                ends.push((after, Some(*at)));
            }
        }
        let none = left.into_iter().map(|state| state.with_status(false)).collect();
        ends.push((Paths::ok(none), Some(span)));
        joined(ends)
    }

    fn rounds(
        &mut self,
        condition: &'f Flow,
        body: &'f Flow,
        span: Span,
        states: Vec<State>,
        place: Place,
    ) -> Paths {
        let loops = (std::mem::take(&mut self.leave.breaks), std::mem::take(&mut self.leave.continues));
        let mut ends = Paths::default();
        let mut states = states;
        for round in 0..MOST_ROUNDS {
            let mut asked = self.flow(condition, states, LOOKED_AT);
            let mut done = asked.failures();
            for state in &mut done {
                state.status_failed = false;
                if round == 0 && !state.ran && state.escape.is_none() {
                    state.escape = Some(span);
                }
            }
            merge(&mut ends.ok, done);
            let mut after = self.flow(body, asked.ok, place);
            self.stop(&mut after, place);
            states = std::mem::take(&mut after.ok);
            merge(&mut states, after.failures());
            merge(&mut states, std::mem::take(&mut self.leave.continues));
            if states.is_empty() {
                break;
            }
        }
        // What still runs leaves the loop when the condition does not hold any more.
        let mut asked = self.flow(condition, states, LOOKED_AT);
        merge(&mut ends.ok, asked.failures());
        merge(&mut ends.ok, std::mem::take(&mut self.leave.breaks));
        (self.leave.breaks, self.leave.continues) = loops;
        ends
    }

    fn each(
        &mut self,
        name: &Arc<str>,
        words: &'f [Operand],
        body: &'f Flow,
        span: Span,
        states: Vec<State>,
        place: Place,
    ) -> Paths {
        let loops = (std::mem::take(&mut self.leave.breaks), std::mem::take(&mut self.leave.continues));
        let mut ends = Paths::default();
        for state in states {
            let mut values = Vec::new();
            for word in words {
                if word.0.as_slice() == [Piece::Jobs] {
                    values.extend(state.jobs.iter().map(|job| Some(Value::Job(job.place))));
                    continue;
                }
                match state.variables.value(word, false, state.last_job).0 {
                    Value::List(list) => values.extend(list.iter().cloned().map(Some)),
                    Value::Unknown | Value::Other(_) => values.push(None),
                    // An unquoted variable may hold several words.
                    Value::Text(text) if word.variable().is_some() => {
                        values.extend(text.split_whitespace().map(|word| Some(Value::Text(word.into()))));
                    }
                    value => values.push(Some(value)),
                }
            }
            let certain = !words.is_empty() && values.iter().all(Option::is_some);
            let mut now = vec![state];
            if certain && values.len() <= MOST_WORDS {
                for value in values.into_iter().flatten() {
                    for state in &mut now {
                        state.variables.set(name, value.clone(), false);
                    }
                    let mut after = self.flow(body, now, place);
                    self.stop(&mut after, place);
                    now = std::mem::take(&mut after.ok);
                    merge(&mut now, after.failures());
                    merge(&mut now, std::mem::take(&mut self.leave.continues));
                }
                merge(&mut ends.ok, now);
            } else {
                // Words that are there run the body at least once.
                let once = values.iter().any(|value| matches!(value, Some(Value::Text(_))));
                for round in 0..2 {
                    if round > 0 || !once {
                        let mut none = now.clone();
                        for state in &mut none {
                            state.status_failed = false;
                            if round == 0 && !state.ran {
                                state.escape = state.escape.or(Some(span));
                            }
                        }
                        merge(&mut ends.ok, none);
                    }
                    for state in &mut now {
                        if !name.is_empty() {
                            state.variables.set(name, Value::Unknown, false);
                        }
                    }
                    let mut after = self.flow(body, now, place);
                    self.stop(&mut after, place);
                    now = std::mem::take(&mut after.ok);
                    merge(&mut now, after.failures());
                    merge(&mut now, std::mem::take(&mut self.leave.continues));
                }
                merge(&mut ends.ok, now);
            }
        }
        merge(&mut ends.ok, std::mem::take(&mut self.leave.breaks));
        (self.leave.breaks, self.leave.continues) = loops;
        // The status is that of the last command in the body.
        let (failed, ok) = ends.ok.into_iter().partition(|state| state.status_failed);
        Paths { ok, failed, soft: Vec::new() }
    }

    fn test(&mut self, test: &Test, states: Vec<State>) -> Paths {
        let mut paths = Paths::default();
        for state in states {
            let mut holds = state.clone();
            let fails = state.clone().with_status(true);
            holds.status_failed = false;
            match state.variables.test(test, state.status_failed) {
                Answer::Certain(true) => add(&mut paths.ok, holds),
                Answer::Certain(false) => add(&mut paths.failed, fails),
                Answer::Likely(likely) => {
                    let (mut holds, mut fails) = (holds, fails);
                    holds.unlikely |= !likely;
                    fails.unlikely |= likely;
                    holds.variables.learn(test);
                    add(&mut paths.ok, holds);
                    add(&mut paths.failed, fails);
                }
                Answer::Unknown => {
                    let mut fails = fails;
                    holds.variables.learn(test);
                    fails.variables.learn_not(test);
                    add(&mut paths.ok, holds);
                    add(&mut paths.failed, fails);
                }
            }
        }
        paths
    }

    /// The place of the first command in a form.
    fn place_of(&self, flow: &Flow) -> Option<Span> {
        match flow {
            Flow::Run { command, .. } => Some(self.observer.facts().get(*command).span),
            Flow::Seq(parts) | Flow::Pipe(parts, _) => parts.iter().find_map(|part| self.place_of(part)),
            Flow::And(left, _) | Flow::Or(left, _) => self.place_of(left),
            Flow::Not(body) | Flow::Subshell(body) | Flow::Shell { body, .. } => self.place_of(body),
            Flow::If { arms, .. } => arms.first().map(|(_, _, span)| *span),
            Flow::While { span, .. } | Flow::For { span, .. } | Flow::Case { span, .. } => Some(*span),
            _ => None,
        }
    }
}

fn succeeded(states: Vec<State>) -> Vec<State> {
    states.into_iter().map(|state| state.with_status(false)).collect()
}

fn hash_of(state: &State) -> u64 {
    use std::hash::{Hash, Hasher};
    let mut hasher = rustc_hash::FxHasher::default();
    state.key().hash(&mut hasher);
    hasher.finish()
}

/// The options of a shell that is given a script by name, `bash -e x.sh`: the script's first line is a
/// comment then.
fn given_options(caller: &Fact) -> How {
    if caller.text(command::CALLS) != Some("script") {
        return How::Process;
    }
    let target = caller.get(command::TARGET).map(|slot| slot.span);
    let words = caller.list(command::WORDS);
    let Some(at) = words.iter().position(|(_, span)| Some(*span) == target) else { return How::Process };
    let options = &words[..at];
    let letters = options.iter().filter(|(word, _)| word.starts_with('-') && !word.starts_with("--"));
    let errexit = letters.into_iter().any(|(word, _)| word.contains('e'));
    How::With(errexit, options.iter().any(|(word, _)| &**word == "pipefail"))
}

/// A command of which nothing is known may succeed or fail.
pub(super) fn either(states: Vec<State>) -> Paths {
    let failed = states.iter().map(|state| state.clone().with_status(true)).collect();
    Paths { ok: states, failed, soft: Vec::new() }
}

/// Paths that go around a form on which marked commands run: notes where they leave.
fn escaped(mut around: Vec<State>, through: &Paths, place: impl Fn() -> Option<Span>) -> Vec<State> {
    if through.ok.iter().chain(&through.failed).any(|state| state.ran) {
        for state in around.iter_mut().filter(|state| !state.ran && state.escape.is_none()) {
            state.escape = place();
        }
    }
    around
}

/// Branches come together; those without a marked command remember where they left.
fn joined(mut ends: Vec<(Paths, Option<Span>)>) -> Paths {
    let some_ran = ends.iter().any(|(paths, _)| paths.ok.iter().chain(&paths.failed).any(|state| state.ran));
    let mut all = Paths::default();
    for (paths, span) in &mut ends {
        if some_ran {
            for state in paths.ok.iter_mut().chain(&mut paths.failed).filter(|state| !state.ran) {
                state.escape = state.escape.or(*span);
            }
        }
        all.extend(std::mem::take(paths));
    }
    all
}

fn any_fits(patterns: &[Arc<str>], text: &str) -> Option<bool> {
    let mut unknown = false;
    for pattern in patterns {
        match super::values::matches(pattern, text) {
            Some(true) => return Some(true),
            Some(false) => {}
            None => unknown = true,
        }
    }
    if unknown { None } else { Some(false) }
}

/// `exit 1`, `exit $status`, `exit`.
fn ended(status: Option<&Operand>, states: Vec<State>) -> Paths {
    let mut paths = Paths::default();
    for state in states {
        let known = match status {
            None => Some(state.status_failed),
            Some(word) => match state.variables.value(word, state.status_failed, None).0 {
                Value::Text(text) if text.is_empty() => Some(state.status_failed),
                Value::Text(text) => Some(&*text != "0"),
                Value::NonZero => Some(true),
                _ => None,
            },
        };
        if known != Some(true) {
            add(&mut paths.ok, state.clone().with_status(false));
        }
        if known != Some(false) {
            add(&mut paths.failed, state.with_status(true));
        }
    }
    paths
}

fn wait_for(wait: &Wait, states: Vec<State>) -> Paths {
    let mut paths = Paths::default();
    for state in states {
        match wait {
            Wait::All => {
                let jobs = state.jobs.clone();
                let after = jobs.iter().fold(vec![state], |states, job| {
                    let mut all = Vec::new();
                    for (state, _) in states.into_iter().flat_map(|state| ended_job(state, job.place)) {
                        add(&mut all, state);
                    }
                    all
                });
                merge(&mut paths.ok, succeeded(after));
            }
            Wait::For(words) => {
                let mut now = vec![(state, false)];
                for word in words {
                    let mut next = Vec::new();
                    for (state, _) in now {
                        let value = state.variables.value(word, false, state.last_job).0;
                        let places: Vec<Span> = match value {
                            Value::Job(place) => vec![place],
                            // A job by its number.
                            Value::Text(text) if text.starts_with('%') => {
                                let number = text[1..].parse::<usize>().ok().and_then(|at| at.checked_sub(1));
                                let job = number.and_then(|at| state.jobs.get(at));
                                job.map(|job| job.place).into_iter().collect()
                            }
                            Value::List(list) => list
                                .iter()
                                .filter_map(
                                    |value| if let Value::Job(place) = value { Some(*place) } else { None },
                                )
                                .collect(),
                            _ => Vec::new(),
                        };
                        let mut one = vec![(state, false)];
                        for place in &places {
                            one = one.into_iter().flat_map(|(state, _)| ended_job(state, *place)).collect();
                        }
                        // Whom it waits for is not known: it may fail.
                        if places.is_empty() {
                            one = one
                                .into_iter()
                                .flat_map(|(state, _)| [(state.clone(), false), (state, true)])
                                .collect();
                        }
                        next.extend(one);
                    }
                    now = next;
                }
                for (state, failed) in now {
                    let into = if failed { &mut paths.failed } else { &mut paths.ok };
                    add(into, state.with_status(failed));
                }
            }
            Wait::Next => {
                // Any one job may be the one that ended; the others run on.
                let jobs = state.jobs.clone();
                let one = jobs.len() == 1;
                for job in jobs.iter() {
                    for (mut state, failed) in ended_job(state.clone(), job.place) {
                        if !one {
                            // Which one ended is not known when the next one is waited for.
                            state.jobs.push(job.clone());
                        }
                        let into = if failed { &mut paths.failed } else { &mut paths.ok };
                        add(into, state.with_status(failed));
                    }
                }
                if jobs.is_empty() {
                    add(&mut paths.ok, state.with_status(false));
                }
            }
        }
    }
    paths
}

/// The job has ended: the paths of its success and of its failure, with whether it failed.
fn ended_job(mut state: State, place: Span) -> Vec<(State, bool)> {
    let Some(at) = state.jobs.iter().position(|job| job.place == place) else {
        return vec![(state, false)];
    };
    let job = state.jobs.remove(at);
    let ended = |marks: &Marks, failed: bool| {
        let mut state = state.clone();
        state.ran |= marks.ran;
        state.succeeded |= marks.succeeded;
        state.failed |= marks.failed;
        state.passed_over = marks.passed_over.or(state.passed_over);
        if !failed {
            state.lost.retain(|id| !job.lost.contains(id) || job.lost_well.contains(id));
        }
        if marks.ran {
            state.escape = None;
            if state.answer == Answered::No {
                state.answer = Answered::Yes;
            }
        }
        (state, failed)
    };
    let ok = job.ok.iter().map(|marks| ended(marks, false));
    ok.chain(job.failed.iter().map(|marks| ended(marks, true))).collect()
}

fn assigned(flow: &Flow, mut state: State) -> State {
    match flow {
        Flow::Assign { name, value, exported } => {
            let (value, _) = state.variables.value(value, state.status_failed, state.last_job);
            state.variables.set(name, value, *exported);
        }
        Flow::Append { name, words, fresh } => {
            let known = match state.variables.get(name) {
                Some(Value::List(list)) if !fresh => list.to_vec(),
                _ => Vec::new(),
            };
            let known_before = *fresh || matches!(state.variables.get(name), Some(Value::List(_)));
            let more = words.iter().map(|word| state.variables.value(word, false, state.last_job).0);
            let list: Vec<Value> = known.into_iter().chain(more).collect();
            let value =
                if known_before && list.len() <= 64 { Value::List(Arc::new(list)) } else { Value::Unknown };
            state.variables.set(name, value, false);
        }
        Flow::Export(name) => state.variables.export(name),
        Flow::Forget(name) => state.variables.set(name, Value::Unknown, false),
        Flow::Shift => state.variables.shift(),
        _ => {}
    }
    state.status_failed = false;
    state
}
