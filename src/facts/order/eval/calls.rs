//! Commands and the units that they call. Knows what a call gives, not what the unit does.

use super::{CALL_COST, How, Known, MOST_CALLS, Observer, Place, Tracer, either};
use crate::facts::flow::{Flow, Operand};
use crate::facts::order::values::{Value, Variables};
use crate::facts::order::{Answered, Paths, State, merge, pool};
use crate::facts::words::{command, function};
use crate::facts::{Fact, FactId};

impl<'f, O: Observer> Tracer<'f, O> {
    /// A command, on each path as what it is there.
    pub(super) fn run(
        &mut self,
        id: FactId,
        inner: Option<&'f Flow>,
        states: Vec<State>,
        place: Place,
    ) -> Paths {
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
    pub(in crate::facts::order) fn run_as(
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
        let own = self.observer.facts().own_place(id);
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
        if target && own.is_none() {
            paths.ok.iter_mut().for_each(|state| state.answer = Answered::No);
        }
        paths
    }

    pub(super) fn does_itself(&mut self, id: FactId, paths: &mut Paths) {
        let next = std::mem::take(&mut paths.ok);
        next.iter().for_each(|state| self.observer.observe(id, state));
        let mut after = either(next);
        if self.observer.is_target(id) {
            after.ok.iter_mut().for_each(|state| state.answer = Answered::No);
        }
        paths.extend(after);
    }

    /// A call of a unit: a function or a sourced file runs in the same shell, all else in its own
    /// process.
    pub(super) fn call(&mut self, caller: FactId, unit: FactId, states: Vec<State>, place: Place) -> Paths {
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
        let behind_target = sources || fact.text(command::CALLS) != Some("function");
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
            if let Some(arguments) = self.arguments(caller, &outer, behind_target)
                && !(sources && arguments.is_empty())
            {
                if open {
                    state.variables.set_first_arguments(&arguments);
                } else {
                    state.variables.set_arguments(&arguments);
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
    pub(super) fn remembered(
        &mut self,
        unit: FactId,
        (run, how): (u32, How),
        looked_at: bool,
        state: State,
    ) -> Paths {
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
    pub(super) fn given(&self, caller: FactId, state: &State) -> Variables {
        let mut given = state.variables.exported();
        for (name, value, _) in self.observer.facts().get(caller).map(command::ENV) {
            let (value, _) = state.variables.value(&Operand::parse(value), false, None);
            given.set(name, value, true);
        }
        given
    }

    /// The arguments that a call gives: all words, or those behind the word that names the script; `None`
    /// where the caller is no command that gives any.
    pub(super) fn arguments(
        &self,
        caller: FactId,
        outer: &Variables,
        behind_target: bool,
    ) -> Option<Vec<Value>> {
        let fact = self.observer.facts().get(caller);
        if !matches!(fact.text(command::CALLS), Some("function" | "script")) {
            return None;
        }
        let words = fact.list(command::WORDS);
        // `bash x.sh production`: the words behind the script's.
        let target = fact.get(command::TARGET).map(|slot| slot.span);
        let named = words.iter().position(|(_, span)| Some(*span) == target).map_or(0, |at| at + 1);
        let from = if behind_target { named } else { 0 };
        let mut arguments = Vec::new();
        for (word, _) in words.iter().skip(from) {
            match outer.value(&Operand::parse(word), false, None).0 {
                Value::List(list) => arguments.extend(list.iter().cloned()),
                value => arguments.push(value),
            }
        }
        Some(arguments)
    }
}

pub(super) fn hash_of(state: &State) -> u64 {
    use std::hash::{Hash, Hasher};
    let mut hasher = rustc_hash::FxHasher::default();
    state.key().hash(&mut hasher);
    hasher.finish()
}

/// The options of a shell that is given a script by name, `bash -e x.sh`: the script's first line is a
/// comment then.
pub(super) fn given_options(caller: &Fact) -> How {
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
