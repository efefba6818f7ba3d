//! Steps of a job and jobs of a workflow, as GitHub runs them: a step runs where all before it
//! succeeded, a job where all that it needs did, unless their conditions say otherwise.

use std::sync::Arc;

use rustc_hash::FxHashMap;

use super::eval::{How, Observer, Place, Tracer};
use super::{Answered, Paths, State, add, merge};
use crate::facts::Field;
use crate::facts::fact::Fact;
use crate::facts::store::FactId;
use crate::facts::words::{job, step};

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
            let from_fine = if rescues { Vec::new() } else { fine.clone() };
            let mut paths = self.step(id, from_fine);
            let ran = paths.ok.iter().chain(&paths.failed).any(|state| state.ran);
            let mut next = std::mem::take(&mut paths.ok);
            if may_skip || rescues {
                for mut state in fine {
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

    /// The commands of a step, or the action that it uses.
    fn step(&mut self, id: FactId, states: Vec<State>) -> Paths {
        if states.is_empty() {
            return Paths::default();
        }
        if self.flows.get(&id).is_some_and(|flows| !flows.is_empty()) {
            return self.process(id, states, How::Process);
        }
        self.run_as(id, None, states, Place::default())
    }

    pub(super) fn workflow(&mut self, unit: FactId, states: Vec<State>) -> Paths {
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
            for &need in &needs[at] {
                let Some((paths, skipped)) = ends.get(&need) else { continue };
                let mut outs = if condition.rescues { Vec::new() } else { paths.ok.clone() };
                let asks = condition.text.contains(&format!("needs.{}.result", names[need]))
                    && condition.text.contains("'success'");
                if condition.after_failure && !asks {
                    merge(&mut outs, paths.failed.clone());
                    merge(&mut outs, skipped.clone());
                }
                entry = both(&entry, &outs);
            }
            let may_skip = condition.may_skip || condition.rescues;
            let mut paths = self.job(id, entry.clone());
            let ran = paths.ok.iter().chain(&paths.failed).any(|state| state.ran);
            let mut skipped = Vec::new();
            if may_skip {
                for mut state in entry {
                    if ran && !state.ran {
                        state.escape = state.escape.or(place);
                    }
                    add(&mut skipped, state);
                }
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
        Paths { ok, failed, soft: Vec::new() }
    }
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
fn both(left: &[State], right: &[State]) -> Vec<State> {
    let mut all = Vec::new();
    for one in left {
        for other in right {
            let mut state = one.clone();
            state.ran |= other.ran;
            state.succeeded |= other.succeeded;
            state.failed |= other.failed;
            state.answer = state.answer.max(other.answer);
            state.unlikely |= other.unlikely;
            state.passed_over = state.passed_over.or(other.passed_over);
            state.escape = if state.ran { None } else { state.escape.or(other.escape) };
            debug_assert!(state.answer >= Answered::NotAsked);
            add(&mut all, state);
        }
    }
    all
}
