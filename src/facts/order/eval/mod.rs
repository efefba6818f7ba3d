//! The forms of a shell's control flow, each as what it does to paths.

mod branches;
mod calls;
mod processes;

use std::sync::Arc;

use rustc_hash::FxHashMap;

use super::jobs::both;
use super::values::Value;
use super::{Paths, State, add, merge};
use crate::facts::flow::{Flow, Operand};
use crate::facts::store::{FactId, Facts, Flows};
use crate::facts::words::{job, step, task, workflow};
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
            Flow::Wait(wait) => processes::wait_for(wait, states),
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
}

fn succeeded(states: Vec<State>) -> Vec<State> {
    states.into_iter().map(|state| state.with_status(false)).collect()
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
