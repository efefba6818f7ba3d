//! Effects beyond a command's own: of what it reaches, of jobs, of the release phase.

use std::sync::{Arc, LazyLock};

use rustc_hash::{FxHashMap, FxHashSet};

use crate::facts::words::{EFFECTS, command, job, release, step, task_call, workflow};
use crate::facts::{FactId, Facts, Field};
use crate::text::Span;

/// A set of effects, a bit for each word of [`EFFECTS`].
type Set = u64;

const _: () = assert!(EFFECTS.len() <= 64);

/// What running a package script, a script file or a function does, with all that they run.
struct Closure {
    units: FxHashMap<FactId, Unit>,
}

#[derive(Clone, Copy, Default)]
struct Unit {
    effects: Set,
    /// Whether the effects of every command are known.
    known: bool,
}

/// What runs when a unit runs, without what that calls.
struct Part {
    own: Unit,
    /// Its commands that call something, and whether their effects are known without that.
    callers: Vec<(FactId, bool)>,
}

impl Part {
    fn of(facts: &Facts, unit: FactId) -> Self {
        let mut part = Self { own: Unit { effects: 0, known: true }, callers: Vec::new() };
        for id in facts.running(unit) {
            let fact = facts.get(id);
            part.own.effects |= own(facts, id);
            if fact.kind == command::KIND {
                let known = fact.bool(command::KNOWN) == Some(true);
                if facts.calls(id).is_empty() {
                    part.own.known &= known;
                } else {
                    part.callers.push((id, known));
                }
            }
        }
        part
    }
}

/// The units, each behind those that it calls as far as there is no circle.
fn callees_first(facts: &Facts, parts: &FxHashMap<FactId, Part>) -> Vec<FactId> {
    let mut units: Vec<FactId> = parts.keys().copied().collect();
    units.sort_unstable();
    let mut seen: FxHashSet<FactId> = FxHashSet::default();
    let mut order = Vec::with_capacity(units.len());
    let callees = |unit: FactId| {
        let callers = parts.get(&unit).into_iter().flat_map(|part| &part.callers);
        callers.flat_map(|(id, _)| facts.calls(*id)).copied().filter(|id| parts.contains_key(id))
    };
    for unit in units {
        if !seen.insert(unit) {
            continue;
        }
        let mut stack = vec![(unit, callees(unit))];
        while let Some((unit, rest)) = stack.last_mut() {
            match rest.find(|id| seen.insert(*id)) {
                Some(next) => stack.push((next, callees(next))),
                None => {
                    order.push(*unit);
                    stack.pop();
                }
            }
        }
    }
    order
}

impl Closure {
    /// Follows the calls of all units until nothing new is found; cycles end there.
    fn of(facts: &Facts) -> Self {
        let mut parts: FxHashMap<FactId, Part> = FxHashMap::default();
        for &id in facts.of_kind(command::KIND) {
            for &target in facts.calls(id) {
                parts.entry(target).or_insert_with(|| Part::of(facts, target));
            }
        }
        let units = callees_first(facts, &parts);
        let mut closure = Self { units: FxHashMap::default() };
        loop {
            let mut changed = false;
            for &unit in &units {
                let part = &parts[&unit];
                let mut now = part.own;
                for &(id, certain) in &part.callers {
                    let (reached, known) = closure.called(facts, id);
                    now.effects |= reached;
                    now.known &= certain || known;
                }
                let before = closure.units.insert(unit, now);
                changed |=
                    before.is_none_or(|before| before.effects != now.effects || before.known != now.known);
            }
            if !changed {
                return closure;
            }
        }
    }

    /// What the calls of a command do, and whether it calls something whose effects are all known.
    fn called(&self, facts: &Facts, id: FactId) -> (Set, bool) {
        let targets = facts.calls(id);
        let mut known = !targets.is_empty();
        let mut effects = 0;
        for target in targets {
            // A unit that was not looked at yet takes nothing away; the next round tells more.
            let unit = self.units.get(target).copied().unwrap_or(Unit { effects: 0, known: true });
            effects |= unit.effects;
            known &= unit.known;
        }
        (effects, known)
    }

    /// What happens in a job, a step or a release phase.
    fn inside(&self, facts: &Facts, id: FactId) -> Set {
        let mut effects = 0;
        for inner in std::iter::once(id).chain(facts.running(id)) {
            effects |= own(facts, inner) | self.called(facts, inner).0;
            // A local action or a called workflow is no command's target.
            for &target in facts.calls(inner) {
                if !self.units.contains_key(&target) {
                    effects |= facts
                        .running(target)
                        .into_iter()
                        .fold(0, |set, other| set | own(facts, other) | self.called(facts, other).0);
                }
            }
        }
        effects
    }
}

/// The effects that a command or a step has by itself.
fn own(facts: &Facts, id: FactId) -> Set {
    let fact = facts.get(id);
    match fact.kind {
        command::KIND => set_of(fact.list(command::EFFECTS)),
        step::KIND => set_of(fact.list(step::EFFECTS)),
        _ => 0,
    }
}

fn set_of(effects: &[(Arc<str>, Span)]) -> Set {
    effects.iter().fold(0, |set, (effect, _)| {
        set | EFFECTS.iter().position(|word| *word == effect.as_ref()).map_or(0, |bit| 1 << bit)
    })
}

fn words_of(set: Set, span: Span) -> Vec<(Arc<str>, Span)> {
    static WORDS: LazyLock<Vec<Arc<str>>> =
        LazyLock::new(|| EFFECTS.iter().map(|word| Arc::from(*word)).collect());
    let has = |(bit, _): &(usize, &Arc<str>)| set & (1 << bit) != 0;
    WORDS.iter().enumerate().filter(has).map(|(_, word)| (Arc::clone(word), span)).collect()
}

/// A package script or a task whose commands say nothing about what it does gets the effects that
/// its name tells, such as `db:seed`.
pub(super) fn name_effects(facts: &mut Facts) {
    let closure = Closure::of(facts);
    let harmless = set_of(&[(Arc::from("none"), Span::point(crate::text::FileId(0), 0))]);
    for id in facts.of_kind(command::KIND).to_vec() {
        let fact = facts.get(id);
        let calls = fact.text(command::CALLS);
        if !matches!(calls, Some("package-script" | "task")) || !fact.list(command::EFFECTS).is_empty() {
            continue;
        }
        let (effects, known) = closure.called(facts, id);
        if known || effects & !harmless != 0 {
            continue;
        }
        let Some(slot) = fact.get(command::TARGET) else { continue };
        let span = slot.span;
        let names: Vec<&str> = match calls {
            Some("task") => task_names(facts, id),
            _ => fact.text(command::TARGET).into_iter().collect(),
        };
        let told: Vec<&[&str]> =
            names.iter().map(|name| crate::read::command::effects_of_name(name)).collect();
        let mut effects: Vec<(Arc<str>, Span)> = Vec::new();
        for &effect in told.iter().copied().flatten() {
            if !effects.iter().any(|(known, _)| &**known == effect) {
                effects.push((Arc::from(effect), span));
            }
        }
        if !effects.is_empty() {
            let all = told.iter().all(|effects| !effects.is_empty());
            facts.get_mut(id).set(command::EFFECTS, effects, span).set(command::KNOWN, all, span);
        }
    }
}

/// The names of the tasks that a command runs; of a target of nx without its project.
fn task_names(facts: &Facts, id: FactId) -> Vec<&str> {
    let calls = facts.children(id).iter().map(|&child| facts.get(child));
    calls
        .filter(|fact| fact.kind == task_call::KIND)
        .filter_map(|fact| {
            let name = fact.text(task_call::NAME)?;
            let is_nx = fact.text(task_call::RUNNER) == Some("nx");
            Some(if is_nx { name.rsplit(':').next().unwrap_or(name) } else { name })
        })
        .collect()
}

/// What each command does with all that it runs, and the release phases.
pub(super) fn reaches(facts: &mut Facts) {
    let closure = Closure::of(facts);
    for id in facts.of_kind(command::KIND).to_vec() {
        let span = facts.get(id).span;
        let effects = own(facts, id) | closure.called(facts, id).0;
        if effects != 0 {
            facts.get_mut(id).set(command::REACHES, words_of(effects, span), span);
        }
    }
    for (kind, field) in [(release::KIND, release::EFFECTS), (step::KIND, step::EFFECTS)] {
        for id in facts.of_kind(kind).to_vec() {
            set_effects(facts, &closure, id, field);
        }
    }
}

/// What jobs do, and what the jobs do that they need.
pub(super) fn of_jobs(facts: &mut Facts) {
    let closure = Closure::of(facts);
    let jobs = facts.of_kind(job::KIND).to_vec();
    for &id in &jobs {
        set_effects(facts, &closure, id, job::EFFECTS);
        let deploys = facts.get(id).has(job::EFFECTS, "deploy");
        let span = facts.get(id).span;
        facts.get_mut(id).set(job::DEPLOYS, deploys, span);
    }
    let mut by_name: FxHashMap<(Option<FactId>, Arc<str>), FactId> = FxHashMap::default();
    for &id in &jobs {
        if let Some(name) = facts.get(id).text(job::ID) {
            by_name.insert((facts.parent(id), Arc::from(name)), id);
        }
    }
    for &id in &jobs {
        let fact = facts.get(id);
        let Some(slot) = fact.get(job::ALL_NEEDS) else { continue };
        let span = slot.span;
        let needed = fact.list(job::ALL_NEEDS).iter();
        let needed = needed.filter_map(|(name, _)| by_name.get(&(facts.parent(id), Arc::clone(name))));
        let effects = needed.fold(0, |set, &other| set | set_of(facts.get(other).list(job::EFFECTS)));
        facts.get_mut(id).set(job::NEEDS_EFFECTS, words_of(effects, span), span);
    }
    for id in facts.of_kind(workflow::KIND).to_vec() {
        let deploys = facts.children(id).iter().any(|&job| facts.get(job).bool(job::DEPLOYS) == Some(true));
        let span = facts.get(id).span;
        facts.get_mut(id).set(workflow::DEPLOYS, deploys, span);
    }
}

fn set_effects(facts: &mut Facts, closure: &Closure, id: FactId, field: Field) {
    let fact = facts.get(id);
    let span = fact.get(field).map_or(fact.span, |slot| slot.span);
    let effects = set_of(fact.list(field)) | closure.inside(facts, id);
    facts.get_mut(id).set(field, words_of(effects, span), span);
}
