//! Branches and loops: which way a path goes, and how often.

use super::{LOOKED_AT, MOST_ROUNDS, MOST_WORDS, Observer, Place, Tracer};
use crate::facts::flow::{Flow, Operand, Piece, Test};
use crate::facts::order::values::{Answer, Value};
use crate::facts::order::{Paths, State, add, merge};
use crate::text::Span;
use std::sync::Arc;

impl<'f, O: Observer> Tracer<'f, O> {
    pub(super) fn branches(
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

    pub(super) fn case(
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
                if let Some(fits) = fits {
                    taken.unlikely |= !fits;
                    other.unlikely |= fits;
                    if fits || assumed {
                        add(&mut inside, taken);
                    }
                    if !fits || assumed {
                        add(&mut outside, other);
                    }
                } else {
                    add(&mut inside, taken);
                    add(&mut outside, other);
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

    /// A turn of a loop: those who come to the next one, by the end of the body or by `continue`.
    fn turn(&mut self, body: &'f Flow, states: Vec<State>, place: Place) -> Vec<State> {
        let mut after = self.flow(body, states, place);
        self.stop(&mut after, place);
        let mut next = std::mem::take(&mut after.ok);
        merge(&mut next, after.failures());
        merge(&mut next, std::mem::take(&mut self.leave.continues));
        next
    }

    pub(super) fn rounds(
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
            states = self.turn(body, asked.ok, place);
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

    pub(super) fn each(
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
                    now = self.turn(body, now, place);
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
                    now = self.turn(body, now, place);
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

    /// The place of the first command in a form.
    pub(super) fn place_of(&self, flow: &Flow) -> Option<Span> {
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

/// Branches come together; those without a marked command remember where they left.
pub(super) fn joined(mut ends: Vec<(Paths, Option<Span>)>) -> Paths {
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

pub(super) fn any_fits(patterns: &[Arc<str>], text: &str) -> Option<bool> {
    let mut unknown = false;
    for pattern in patterns {
        match super::super::values::matches(pattern, text) {
            Some(true) => return Some(true),
            Some(false) => {}
            None => unknown = true,
        }
    }
    if unknown { None } else { Some(false) }
}

/// The paths on which a condition holds, and those on which it does not.
pub(super) fn test(test: &Test, states: Vec<State>) -> Paths {
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
