//! In what order commands run, and what their failure does: follows the control flow of a unit and of
//! all that it calls, path by path as far as values tell paths apart. Executes nothing.
//!
//! A path is a [`State`]: what has run so far and what variables hold. Commands either succeed or fail;
//! both are followed, as a shell would: `set -e` and where it does not hold, `&&`, `||`, conditions,
//! background jobs and `wait`, the steps of jobs and the jobs of workflows.

mod eval;
mod expression;
mod jobs;
mod query;
mod runs;
mod table;
mod values;

pub use eval::{Bindings, Observer, Tracer};
pub use query::Order;
pub use runs::{Entry, Fillings, Runs, fillings};
pub use values::{Value, Variables};

use std::sync::Arc;

use super::store::FactId;
use crate::text::Span;

/// Where control stands on one path.
#[derive(Clone, Debug, Default)]
pub struct State {
    /// Whether a marked command has run to its end.
    pub ran: bool,
    /// Whether one has succeeded.
    pub succeeded: bool,
    /// Whether one has failed.
    pub failed: bool,
    /// Whether a marked command has run since the target succeeded.
    pub answer: Answered,
    /// What was so in the shell around, before a background process of it started.
    pub before: Marks,
    /// Background processes that have not been waited for.
    pub jobs: Jobs,
    /// Those of the shells around, which can't be waited for here.
    pub jobs_around: Jobs,
    pub variables: Variables,
    pub errexit: bool,
    pub pipefail: bool,
    /// Whether functions have the trap for errors too.
    pub errtrace: bool,
    /// Whether the last command failed.
    pub status_failed: bool,
    pub last_job: Option<Span>,
    /// Whether the path is taken only where the environment says so.
    pub unlikely: bool,
    /// The grave commands that have failed and not succeeded since. Equal paths pool them: what comes
    /// behind is the same for all.
    pub lost: Vec<FactId>,
    /// Whether it stands for paths that differ from it: then nothing is said.
    pub blurred: bool,
    /// Whether a job of the workflow's run has failed.
    pub run_failed: bool,
    /// Where the path left the one on which a marked command runs.
    pub escape: Option<Span>,
    /// The marked command whose failure was passed over.
    pub passed_over: Option<(FactId, Option<Span>)>,
    /// The traps of the shell, as numbers that the tracer gives.
    pub on_exit: Option<u32>,
    pub on_error: Option<u32>,
}

/// What became of marked commands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Marks {
    pub ran: bool,
    pub succeeded: bool,
    pub failed: bool,
    pub passed_over: Option<(FactId, Option<Span>)>,
}

/// What became of the question that a target asks: does a marked command follow?
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Answered {
    /// The target did not run.
    #[default]
    NotAsked,
    No,
    Yes,
}

/// A background process, and what it does to marks where it succeeds and where it fails.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Job {
    pub place: Span,
    pub ok: Vec<Marks>,
    pub failed: Vec<Marks>,
    /// The grave commands that may have failed in it.
    pub lost: Vec<FactId>,
    /// Those of them that may have failed although it succeeded.
    pub lost_well: Vec<FactId>,
}

impl Job {
    /// Whether a marked command may be among what it runs.
    #[must_use]
    pub fn marked(&self) -> bool {
        self.ok.iter().chain(&self.failed).any(|marks| marks.ran)
    }

    /// Whether one of them runs, whatever becomes of it.
    #[must_use]
    pub fn always(&self) -> bool {
        self.ok.iter().chain(&self.failed).all(|marks| marks.ran)
    }
}

/// Background processes in the order of their start, which paths share.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Jobs(Arc<Vec<Arc<Job>>>);

impl std::ops::Deref for Jobs {
    type Target = Vec<Arc<Job>>;

    fn deref(&self) -> &Self::Target {
        &self.0
    }
}

impl std::ops::DerefMut for Jobs {
    fn deref_mut(&mut self) -> &mut Self::Target {
        Arc::make_mut(&mut self.0)
    }
}

/// The paths behind a form, by its status. A soft failure is one that `set -e` does not look at: of all
/// but the last command of `&&` and `||`, and behind `!`.
#[derive(Clone, Debug, Default)]
pub struct Paths {
    pub ok: Vec<State>,
    pub failed: Vec<State>,
    pub soft: Vec<State>,
}

/// Most paths that are kept apart; beyond that, those that differ in variables alone become one.
const MOST_PATHS: usize = 12;

impl State {
    /// What tells paths apart.
    fn key(&self) -> impl PartialEq + Eq + std::hash::Hash + '_ {
        (
            (self.ran, self.succeeded, self.failed, self.answer, self.errexit, self.pipefail),
            (self.status_failed, self.unlikely, self.run_failed, self.last_job, self.on_exit, self.on_error),
            (&self.jobs, &self.jobs_around, self.before, &self.variables),
        )
    }

    /// What tells paths apart but for their variables.
    fn marks(&self) -> impl PartialEq + '_ {
        (
            (self.ran, self.succeeded, self.failed, self.answer, self.errexit, self.pipefail),
            (self.unlikely, self.run_failed, &self.jobs, &self.jobs_around, self.before),
        )
    }

    /// What became of marked commands, in the shells around too.
    #[must_use]
    pub fn marks_so_far(&self) -> Marks {
        Marks {
            ran: self.ran || self.before.ran,
            succeeded: self.succeeded || self.before.succeeded,
            failed: self.failed || self.before.failed,
            passed_over: self.passed_over.or(self.before.passed_over),
        }
    }

    /// Background processes that may still run.
    pub fn running(&self) -> impl Iterator<Item = &Job> {
        self.jobs.iter().chain(self.jobs_around.iter()).map(|job| &**job)
    }

    /// What a step on this path costs: to follow many variables or jobs takes longer.
    fn weight(&self) -> usize {
        1 + (self.variables.count() + self.jobs.len() + self.jobs_around.len()) / 128
    }

    fn with_status(mut self, failed: bool) -> Self {
        self.status_failed = failed;
        self
    }
}

/// Adds paths to others; equal ones are kept once.
fn merge(into: &mut Vec<State>, from: Vec<State>) {
    for state in from {
        add(into, state);
    }
}

/// Adds what is in one list to another.
fn pool(into: &mut Vec<FactId>, from: &[FactId]) {
    for id in from {
        if let Err(at) = into.binary_search(id) {
            into.insert(at, *id);
        }
    }
}

fn add(into: &mut Vec<State>, state: State) {
    if let Some(other) = into.iter_mut().find(|other| other.key() == state.key()) {
        pool(&mut other.lost, &state.lost);
        other.blurred |= state.blurred;
        return;
    }
    if into.len() < MOST_PATHS {
        into.push(state);
        return;
    }
    let count = into.len();
    match into.iter_mut().find(|other| other.marks() == state.marks()) {
        Some(other) => {
            other.variables = other.variables.meet(&state.variables);
            other.status_failed |= state.status_failed;
            pool(&mut other.lost, &state.lost);
            other.blurred |= state.blurred;
        }
        None if count < 2 * MOST_PATHS => into.push(state),
        // Too many ways to keep apart: what is true of all of them is not known any more.
        None => {
            if let Some(last) = into.last_mut() {
                last.blurred = true;
            }
        }
    }
}

impl Paths {
    fn ok(states: Vec<State>) -> Self {
        Self { ok: states, ..Self::default() }
    }

    /// Every path, the failed ones behind the others.
    fn all(self) -> Vec<State> {
        let mut all = self.ok;
        merge(&mut all, self.failed);
        merge(&mut all, self.soft);
        all
    }

    /// The paths of failure, soft ones included.
    fn failures(&mut self) -> Vec<State> {
        let mut failed = std::mem::take(&mut self.failed);
        merge(&mut failed, std::mem::take(&mut self.soft));
        failed
    }

    fn extend(&mut self, other: Self) {
        merge(&mut self.ok, other.ok);
        merge(&mut self.failed, other.failed);
        merge(&mut self.soft, other.soft);
    }
}
