//! Steps of a job and jobs of a workflow, as GitHub runs them: a step runs where all before it
//! succeeded, a job where all that it needs did, unless their conditions say otherwise.

use std::sync::Arc;

use rustc_hash::FxHashMap;

use super::eval::{How, Observer, Place, Tracer};
use super::values::{Answer, Value, Variables};
use super::{Answered, Paths, State, add, merge, pool};
use crate::facts::Field;
use crate::facts::fact::Fact;
use crate::facts::flow::{Operand, Test};
use crate::facts::store::FactId;
use crate::facts::words::{job, step, variable, workflow};

/// Most workflows that GitHub starts one behind the other.
const MOST_CHAINED: usize = 3;

/// When something with an `if` runs.
struct Condition<'a> {
    text: &'a str,
    /// Whether it may be skipped although nothing failed.
    may_skip: bool,
    /// Whether it runs only behind a failure.
    rescues: bool,
    after_failure: bool,
}

impl<'a> Condition<'a> {
    fn of(fact: &'a Fact, condition: Field, after_failure: Field) -> Self {
        let text = fact.text(condition).unwrap_or_default().trim();
        let bare = text.trim_start_matches("${{").trim_end_matches("}}").trim();
        let plain = matches!(bare, "" | "always()" | "success()" | "!cancelled()" | "true" | "! cancelled()");
        let rescues = bare.contains("failure()") && !bare.contains("always()") && !bare.contains("success()");
        let rescues = rescues && !bare.contains("!failure()");
        let after_failure = fact.bool(after_failure) == Some(true);
        Self { text: bare, may_skip: !plain, rescues, after_failure }
    }
}

impl<O: Observer> Tracer<'_, O> {
    pub(super) fn job(&mut self, id: FactId, states: Vec<State>) -> Paths {
        let calls = self.observer.facts().calls(id).to_vec();
        let combinations = self.observer.combinations(id);
        if combinations.is_empty() {
            return self.one_job(id, &calls, states);
        }
        // The jobs of a matrix run side by side.
        let mut paths = Paths::ok(states.clone());
        for combination in combinations {
            let mut own = states.clone();
            for state in &mut own {
                for (name, value) in &combination {
                    state.variables.set(name, value.clone(), true);
                }
            }
            let mut after = self.one_job(id, &calls, own);
            merge(&mut paths.failed, after.failures());
            paths.ok = both(&paths.ok, &after.ok);
        }
        paths
    }

    fn one_job(&mut self, id: FactId, calls: &[FactId], states: Vec<State>) -> Paths {
        if calls.is_empty() {
            return self.steps(id, states);
        }
        self.run_as(id, None, states, Place::default())
    }

    pub(super) fn steps(&mut self, unit: FactId, states: Vec<State>) -> Paths {
        let facts = self.observer.facts();
        let is_step = |id: &FactId| facts.get(*id).kind == step::KIND;
        let steps: Vec<FactId> = facts.children(unit).iter().copied().filter(is_step).collect();
        let (mut fine, mut broken): (Vec<State>, Vec<State>) = (states, Vec::new());
        for id in steps {
            let fact = self.observer.facts().get(id);
            let condition = Condition::of(fact, step::IF, step::RUNS_AFTER_FAILURE);
            let (may_skip, rescues, after_failure) =
                (condition.may_skip, condition.rescues, condition.after_failure);
            let place = fact.get(step::IF).map(|slot| slot.span);
            let tolerated = fact.get(step::CONTINUE_ON_ERROR).map(|slot| (slot.value.clone(), slot.span));
            let test = super::expression::condition(fact.text(step::IF).unwrap_or_default());
            let name = fact.text(step::ID).map(str::to_owned);
            let (from_fine, passed) = if rescues {
                (Vec::new(), std::mem::take(&mut fine))
            } else if may_skip {
                asked(&test, std::mem::take(&mut fine))
            } else {
                (std::mem::take(&mut fine), Vec::new())
            };
            let mut paths = self.step(id, from_fine);
            if let Some(name) = &name {
                outcome(name, &mut paths.ok, "success");
                outcome(name, &mut paths.failed, "failure");
            }
            let ran = paths.ok.iter().chain(&paths.failed).any(|state| state.ran);
            let mut next = std::mem::take(&mut paths.ok);
            if may_skip || rescues {
                for mut state in passed {
                    if ran && !state.ran {
                        state.escape = state.escape.or(place);
                    }
                    add(&mut next, state);
                }
            }
            let mut failed = paths.failures();
            if let Some((value, span)) = tolerated {
                let text = value.as_text().unwrap_or_default();
                let mut passed = failed.clone();
                for state in &mut passed {
                    if let Some((_, at @ None)) = &mut state.passed_over {
                        *at = Some(span);
                    }
                }
                if text != "false" {
                    merge(&mut next, passed);
                }
                if text == "true" {
                    failed.clear();
                }
            }
            let mut worse = Vec::new();
            if after_failure && !broken.is_empty() {
                let paths = self.step(id, broken.clone());
                merge(&mut worse, paths.all());
                if may_skip && !rescues {
                    merge(&mut worse, broken);
                }
            } else {
                worse = broken;
            }
            merge(&mut worse, failed);
            (fine, broken) = (next, worse);
        }
        Paths { ok: fine, failed: broken, soft: Vec::new() }
    }

    /// The commands of a step, or the action that it uses, with the variables that are set around it.
    fn step(&mut self, id: FactId, mut states: Vec<State>) -> Paths {
        if states.is_empty() {
            return Paths::default();
        }
        // Each path has its own values, and those that are set here are the step's alone.
        if states.len() > 1 {
            let mut paths = Paths::default();
            for state in states {
                let after = self.step(id, vec![state]);
                paths.extend(after);
            }
            return paths;
        }
        let outer = states[0].variables.clone();
        self.set_around(id, &mut states[0].variables);
        let mut paths = self.step_itself(id, states);
        for state in paths.ok.iter_mut().chain(&mut paths.failed).chain(&mut paths.soft) {
            state.variables = outer.clone();
        }
        paths
    }

    fn step_itself(&mut self, id: FactId, states: Vec<State>) -> Paths {
        if self.flows.get(&id).is_some_and(|flows| !flows.is_empty()) {
            return self.process(id, states, How::Process);
        }
        self.run_as(id, None, states, Place::default())
    }

    /// The variables of a workflow, a job and a step, the nearest last.
    fn set_around(&self, id: FactId, variables: &mut Variables) {
        let facts = self.observer.facts();
        let mut around: Vec<FactId> = std::iter::once(id).chain(facts.around(id)).collect();
        around.reverse();
        for &child in around.iter().flat_map(|&id| facts.children(id)) {
            let fact = facts.get(child);
            if fact.kind != variable::KIND {
                continue;
            }
            let Some(name) = fact.text(variable::NAME) else { continue };
            let written = fact.text(variable::TEMPLATE).or_else(|| fact.text(variable::VALUE));
            let literal = fact.bool(variable::LITERAL) == Some(true);
            let known = written.filter(|_| fact.get(variable::TEMPLATE).is_some() || literal);
            let value = known.map(|text| variables.value(&Operand::parse(text), false, None).0);
            variables.set(&name.into(), value.unwrap_or(Value::Unknown), true);
        }
    }

    /// The workflows that ran before one that `workflow_run` starts, and what is so behind them.
    fn behind_others(&mut self, unit: FactId, states: Vec<State>) -> Vec<State> {
        let facts = self.observer.facts();
        let fact = facts.get(unit);
        let names = fact.list(workflow::AFTER_WORKFLOWS);
        if names.is_empty() || self.chain.len() >= MOST_CHAINED || self.chain.contains(&unit) {
            return states;
        }
        let called = |id: &FactId| {
            let fact = facts.get(*id);
            let name = fact.text(workflow::NAME).or_else(|| fact.text(workflow::PATH)).unwrap_or_default();
            names.iter().any(|(other, _)| other.eq_ignore_ascii_case(name))
        };
        let others: Vec<FactId> =
            facts.of_kind(workflow::KIND).iter().copied().filter(|id| *id != unit && called(id)).collect();
        if others.is_empty() {
            return states;
        }
        // A job that asks for the other run's success runs behind nothing else.
        let asks = facts.children(unit).iter().any(|&child| {
            let text = facts.get(child).text(job::IF).unwrap_or_default();
            text.contains("workflow_run.conclusion") && text.contains("success")
        });
        let alone = fact.list(workflow::TRIGGERS).iter().all(|(event, _)| &**event == "workflow_run");
        let mut behind = if alone { Vec::new() } else { states.clone() };
        self.chain.push(unit);
        for other in others {
            let mut paths = self.workflow(other, states.clone());
            if !asks {
                let failed = paths.failures();
                merge(&mut paths.ok, failed);
            }
            // It is another run, whatever became of the jobs of this one.
            for state in &mut paths.ok {
                state.run_failed = false;
                state.lost.clear();
            }
            merge(&mut behind, paths.ok);
        }
        self.chain.pop();
        behind
    }

    pub(super) fn workflow(&mut self, unit: FactId, states: Vec<State>) -> Paths {
        let states = self.behind_others(unit, states);
        let facts = self.observer.facts();
        let is_job = |id: &FactId| facts.get(*id).kind == job::KIND;
        let jobs: Vec<FactId> = facts.children(unit).iter().copied().filter(is_job).collect();
        let names: Vec<Arc<str>> =
            jobs.iter().map(|&id| facts.get(id).text(job::ID).unwrap_or_default().into()).collect();
        let needs: Vec<Vec<usize>> = jobs
            .iter()
            .map(|&id| {
                let needs = facts.get(id).list(job::NEEDS).iter();
                needs.filter_map(|(need, _)| names.iter().position(|name| name == need)).collect()
            })
            .collect();
        let mut ends: FxHashMap<usize, (Paths, Vec<State>)> = FxHashMap::default();
        for at in in_order(&needs) {
            let (fact, id) = (self.observer.facts().get(jobs[at]), jobs[at]);
            let condition = Condition::of(fact, job::IF, job::RUNS_AFTER_FAILURE);
            let place = fact.get(job::IF).map(|slot| slot.span);
            let tolerated = fact.text(job::CONTINUE_ON_ERROR).is_some_and(|text| text != "false");
            let mut entry = states.clone();
            let mut passed_by = states.clone();
            let mut some_skipped = false;
            for &need in &needs[at] {
                let Some((paths, skipped)) = ends.get(&need) else { continue };
                let mut outs = paths.ok.clone();
                let asks = condition.text.contains(&format!("needs.{}.result", names[need]))
                    && condition.text.contains("'success'");
                if condition.rescues || condition.after_failure && !asks {
                    merge(&mut outs, paths.failed.iter().cloned().map(failed_run).collect());
                }
                if condition.after_failure && !asks {
                    merge(&mut outs, skipped.clone());
                }
                entry = both(&entry, &outs);
                some_skipped |= !skipped.is_empty();
                passed_by = both(&passed_by, if skipped.is_empty() { &paths.ok } else { skipped });
            }
            let mut skipped = Vec::new();
            let test = super::expression::condition(condition.text);
            // A needed job failed: this one is passed by, and those that run after failures go on.
            if !condition.after_failure && !condition.rescues {
                for &need in &needs[at] {
                    if let Some((paths, _)) = ends.get(&need) {
                        let failed: Vec<State> = paths.failed.iter().cloned().map(failed_run).collect();
                        merge(&mut skipped, both(&states, &failed));
                    }
                }
            }
            if condition.rescues {
                let (behind, others): (Vec<_>, Vec<_>) =
                    entry.into_iter().partition(|state| state.run_failed);
                (entry, skipped) = (behind, others);
            }
            let may_skip = condition.may_skip && !condition.rescues;
            // Where a needed job is skipped, so is this one.
            if some_skipped && !condition.after_failure {
                merge(&mut skipped, passed_by);
            }
            let mut passed = Vec::new();
            if may_skip {
                (entry, passed) = asked(&test, entry);
            }
            let mut paths = self.job(id, entry);
            let ran = paths.ok.iter().chain(&paths.failed).any(|state| state.ran);
            for mut state in passed {
                if ran && !state.ran {
                    state.escape = state.escape.or(place);
                }
                add(&mut skipped, state);
            }
            let soft = std::mem::take(&mut paths.soft);
            merge(&mut paths.failed, soft);
            if tolerated {
                merge(&mut paths.ok, std::mem::take(&mut paths.failed));
            }
            ends.insert(at, (paths, skipped));
        }
        let needed = |at: usize| needs.iter().any(|needs| needs.contains(&at));
        let mut ok = states;
        let mut failed = Vec::new();
        for at in 0..jobs.len() {
            let Some((paths, skipped)) = ends.remove(&at) else { continue };
            merge(&mut failed, paths.failed);
            if !needed(at) {
                let mut outs = paths.ok;
                merge(&mut outs, skipped);
                ok = both(&ok, &outs);
            }
        }
        // A run in which a job failed has failed, whatever other jobs did about it.
        let (lost, ok): (Vec<_>, Vec<_>) = ok.into_iter().partition(|state| state.run_failed);
        merge(&mut failed, lost);
        Paths { ok, failed, soft: Vec::new() }
    }
}

/// Paths on which a condition holds, and those on which it does not.
fn asked(test: &Test, states: Vec<State>) -> (Vec<State>, Vec<State>) {
    let (mut holds, mut fails) = (Vec::new(), Vec::new());
    for state in states {
        match state.variables.test(test, false) {
            Answer::Certain(true) => add(&mut holds, state),
            Answer::Certain(false) => add(&mut fails, state),
            _ => {
                let (mut yes, mut no) = (state.clone(), state);
                yes.variables.learn(test);
                no.variables.learn_not(test);
                add(&mut holds, yes);
                add(&mut fails, no);
            }
        }
    }
    (holds, fails)
}

/// Notes the outcome of a step, for conditions that ask for it.
fn outcome(id: &str, states: &mut [State], word: &str) {
    let name = format!("steps.{id}.outcome").into();
    for state in states {
        state.variables.set(&name, Value::Text(word.into()), false);
    }
}

fn failed_run(mut state: State) -> State {
    state.run_failed = true;
    state
}

/// Jobs, each behind those that it needs; in a circle, in their own order.
fn in_order(needs: &[Vec<usize>]) -> Vec<usize> {
    let mut order: Vec<usize> = Vec::with_capacity(needs.len());
    let mut done = vec![false; needs.len()];
    let mut waiting: Vec<usize> = needs.iter().map(Vec::len).collect();
    let mut needed_by: Vec<Vec<usize>> = vec![Vec::new(); needs.len()];
    for (at, list) in needs.iter().enumerate() {
        list.iter().for_each(|&need| needed_by[need].push(at));
    }
    let mut ready: std::collections::VecDeque<usize> =
        (0..needs.len()).filter(|&at| waiting[at] == 0).collect();
    while let Some(at) = ready.pop_front() {
        if std::mem::replace(&mut done[at], true) {
            continue;
        }
        order.push(at);
        for &other in &needed_by[at] {
            waiting[other] = waiting[other].saturating_sub(1);
            if waiting[other] == 0 {
                ready.push_back(other);
            }
        }
    }
    order.extend((0..needs.len()).filter(|&at| !done[at]));
    order
}

/// Paths on which both happened: what ran in one of two jobs has run.
pub(super) fn both(left: &[State], right: &[State]) -> Vec<State> {
    let mut all = Vec::new();
    for one in left {
        for other in right {
            let mut state = one.clone();
            state.ran |= other.ran;
            state.succeeded |= other.succeeded;
            state.failed |= other.failed;
            state.answer = state.answer.max(other.answer);
            state.unlikely |= other.unlikely;
            pool(&mut state.lost, &other.lost);
            state.run_failed |= other.run_failed;
            state.blurred |= other.blurred;
            state.passed_over = state.passed_over.or(other.passed_over);
            state.escape = if state.ran { None } else { state.escape.or(other.escape) };
            debug_assert!(state.answer >= Answered::NotAsked);
            add(&mut all, state);
        }
    }
    all
}
