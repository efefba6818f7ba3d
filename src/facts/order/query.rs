//! Questions about order: what ran before a command on every path to it, what follows it on every path.

use super::eval::{Bindings, Observer, Tracer};
use super::runs::{Runs, fillings};
use super::{Answered, Job, State};
use crate::facts::store::{FactId, Facts};
use crate::text::Span;

/// How the commands that are asked for stand to the target, as one entry point leads to it.
#[derive(Clone, Debug)]
pub struct Order {
    /// Whether one of them has run – and ended, if it runs in the background – on every path that leads
    /// to the target; or for what follows, on every path that leads on from its success.
    pub always: bool,
    /// Whether the failure of those that run keeps the target from running.
    pub gates: bool,
    /// Whether none of them may still run in the background when the target runs.
    pub awaited: bool,
    /// Those of them that may run under the entry point, in the order in which they are met.
    pub met: Vec<FactId>,
    /// Where a path leaves on which none of them runs.
    pub escape: Option<Span>,
    /// The command whose failure does not keep the target from running, and the words that say so.
    pub passed_over: Option<(FactId, Option<Span>)>,
    /// The commands that lead from the entry point to the target, on a path that lacks them where there is
    /// one.
    pub route: Vec<FactId>,
    /// The unit that is the entry point.
    pub entry: FactId,
}

impl Facts {
    /// How commands stand before the target, for each entry point that leads to it; nothing where the
    /// target is no command as it runs, or what leads to it is too much to follow.
    pub fn before(&self, target: FactId, asked: &dyn Fn(FactId) -> bool) -> Vec<Order> {
        self.orders(target, asked, false)
    }

    /// How commands stand behind the target's success.
    pub fn after(&self, target: FactId, asked: &dyn Fn(FactId) -> bool) -> Vec<Order> {
        self.orders(target, asked, true)
    }

    /// How commands stand before the target, or behind its success, where one entry point leads to it.
    pub fn under(
        &self,
        entry: u32,
        target: FactId,
        asked: &dyn Fn(FactId) -> bool,
        after: bool,
    ) -> Option<Order> {
        self.order(entry, target, asked, after)
    }

    /// The entry points that lead to a command as it runs.
    #[must_use]
    pub fn entries_of(&self, target: FactId) -> Vec<u32> {
        let runs = self.runs();
        let mut entries: Vec<u32> =
            runs.frames_of(target).flat_map(|frame| &runs.frames[frame as usize]).copied().collect();
        entries.sort_unstable();
        entries.dedup();
        entries
    }

    fn orders(&self, target: FactId, asked: &dyn Fn(FactId) -> bool, after: bool) -> Vec<Order> {
        let entries = self.entries_of(target);
        entries.into_iter().filter_map(|entry| self.order(entry, target, asked, after)).collect()
    }

    fn order(
        &self,
        entry: u32,
        target: FactId,
        asked: &dyn Fn(FactId) -> bool,
        after: bool,
    ) -> Option<Order> {
        let runs = self.runs();
        let root = &runs.entries[entry as usize];
        let seeker = Seeker::new(self, runs.roots[entry as usize], target, asked, after);
        let mut tracer = Tracer::new(self.all_flows(), seeker);
        let state = State { variables: root.variables.clone(), ..State::default() };
        let ends = tracer.root(root.unit, state);
        if !tracer.finished() || tracer.observer.here.is_empty() {
            return None;
        }
        let Seeker { here, mut met, .. } = tracer.observer;
        let started = |state: &State| state.marks_so_far().ran || state.running().any(Job::always);
        let lost = |state: &State| if after { state.answer == Answered::No } else { !started(state) };
        let escaping = here.iter().find(|(state, _)| !after && lost(state)).or_else(|| here.first());
        let route = escaping.map(|(_, callers)| callers.clone()).unwrap_or_default();
        let states: Vec<State> =
            if after { ends.ok } else { here.into_iter().map(|(state, _)| state).collect() };
        if states.iter().any(|state| state.blurred) {
            return None;
        }
        let any_likely = states.iter().any(|state| !state.unlikely);
        let states: Vec<State> = states.into_iter().filter(|state| !any_likely || !state.unlikely).collect();
        let running = |state: &State| state.running().any(Job::marked);
        let met_before = states.iter().any(|state| state.marks_so_far().ran || running(state));
        // What is met on other paths alone, such as those of another environment, is not before this.
        if !after && !met_before {
            met.clear();
        }
        let passed = states.iter().map(State::marks_so_far).find(|marks| marks.failed && !marks.succeeded);
        Some(Order {
            always: !states.iter().any(lost),
            gates: met_before && passed.is_none() && !states.iter().any(running),
            awaited: !states.iter().any(running),
            met,
            escape: states.iter().filter(|state| lost(state)).find_map(|state| state.escape),
            passed_over: passed.and_then(|marks| marks.passed_over),
            route,
            entry: root.unit,
        })
    }
}

struct Seeker<'a> {
    facts: &'a Facts,
    runs: &'a Runs,
    frames: Vec<u32>,
    target: FactId,
    asked: &'a dyn Fn(FactId) -> bool,
    after: bool,
    callers: Vec<FactId>,
    /// The paths at the target, each with the calls that lead there.
    here: Vec<(State, Vec<FactId>)>,
    met: Vec<FactId>,
}

impl<'a> Seeker<'a> {
    fn new(
        facts: &'a Facts,
        root: u32,
        target: FactId,
        asked: &'a dyn Fn(FactId) -> bool,
        after: bool,
    ) -> Self {
        Self {
            facts,
            runs: facts.runs(),
            frames: vec![root],
            target,
            asked,
            after,
            callers: Vec::new(),
            here: Vec::new(),
            met: Vec::new(),
        }
    }
}

/// Most commands that are noted for one answer.
const MOST_MET: usize = 64;

impl Observer for Seeker<'_> {
    fn facts(&self) -> &Facts {
        self.facts
    }

    fn arrive(&mut self, command: FactId, state: &State) -> FactId {
        let frame = self.frames.last().copied().unwrap_or_default();
        let number = fillings(self.facts, command, &state.variables).number();
        let id = self.runs.facts.get(&(frame, command, number)).copied().unwrap_or(command);
        if id != self.target && self.met.len() < MOST_MET && !self.met.contains(&id) && (self.asked)(id) {
            // Before the target is what a path meets until then; behind it, what runs since its success.
            let counts = if self.after { state.answer != Answered::NotAsked } else { self.here.is_empty() };
            if counts {
                self.met.push(id);
            }
        }
        id
    }

    fn observe(&mut self, command: FactId, state: &State) {
        if command == self.target {
            self.here.push((state.clone(), self.callers.clone()));
        }
    }

    fn enter(&mut self, caller: FactId, unit: FactId) -> Option<u32> {
        let frame = *self.runs.called.get(&(caller, unit))?;
        self.frames.push(frame);
        self.callers.push(caller);
        Some(frame)
    }

    fn leave(&mut self) {
        self.frames.pop();
        self.callers.pop();
    }

    fn marks(&self, command: FactId) -> bool {
        command != self.target && (self.asked)(command)
    }

    fn is_target(&self, command: FactId) -> bool {
        self.after && command == self.target
    }

    fn bindings(&self, caller: FactId, unit: FactId) -> Bindings {
        self.runs.bindings.get(&(caller, unit)).cloned().unwrap_or_default()
    }

    fn combinations(&self, job: FactId) -> Vec<Bindings> {
        self.runs.combinations.get(&job).cloned().unwrap_or_default()
    }
}
