//! Processes within a shell: subshells, pipelines, background jobs and `wait`, traps.

use super::{LOOKED_AT, Observer, Place, Tracer, succeeded};
use crate::facts::flow::{Flow, Wait};
use crate::facts::order::values::Value;
use crate::facts::order::{Answered, Job, Marks, Paths, State, add, merge, pool};
use crate::text::Span;
use std::sync::Arc;

impl<'f, O: Observer> Tracer<'f, O> {
    pub(super) fn set_trap(&mut self, body: &'f Flow, on: (bool, bool), mut states: Vec<State>) -> Paths {
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
    pub(super) fn run_trap(
        &mut self,
        states: Vec<State>,
        which: fn(&mut State) -> &mut Option<u32>,
    ) -> Vec<State> {
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
    pub(super) fn end_shell(&mut self, paths: &mut Paths) {
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

    /// A process within: its variables, options and exits stay inside.
    pub(super) fn apart(
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

    pub(super) fn background(&mut self, body: &'f Flow, span: Span, states: Vec<State>) -> Paths {
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
    pub(super) fn pipe(&mut self, parts: &'f [Flow], span: Span, states: Vec<State>, place: Place) -> Paths {
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
}

pub(super) fn wait_for(wait: &Wait, states: Vec<State>) -> Paths {
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
pub(super) fn ended_job(mut state: State, place: Span) -> Vec<(State, bool)> {
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
