//! Commands as they run: control flow is followed from each entry point, and each command that is
//! reached is added once more for the phase and the environment in which it runs, with the values that
//! callers give filled in and the way that leads there.

use std::sync::Arc;

use rustc_hash::{FxHashMap, FxHashSet};

use super::calls::{Targets, join, resolve};
use super::{deploys, tasks, words, workflows};
use crate::facts::order::{
    Bindings, Entry, Fillings, Observer, Runs, State, Tracer, Value, Variables, fillings,
};
use crate::facts::words::{command, file, function, job, step, task, unresolved, workflow};
use crate::facts::{Fact, FactId, Facts, Route, Step};
use crate::read::Settings;
use crate::repo::Repo;
use crate::text::Span;

/// Adds the commands as they run; answers which commands were reached.
pub(super) fn link(
    facts: &mut Facts,
    repo: &Repo,
    settings: &Settings,
    targets: &Targets,
) -> FxHashSet<FactId> {
    phases(facts);
    let flows = facts.take_flows();
    let mut linker = Linker {
        apps: deploys::Configs::gather(facts),
        facts,
        repo,
        settings,
        targets,
        runs: Runs::default(),
        by_key: FxHashMap::default(),
        infos: Vec::new(),
        stack: Vec::new(),
        routes: Vec::new(),
        reached: FxHashSet::default(),
        entered: FxHashSet::default(),
        ways: FxHashSet::default(),
    };
    for id in linker.facts.of_kind(job::KIND).to_vec() {
        let mut combinations = workflows::matrix(linker.facts, id);
        combinations.truncate(MOST_WORLDS);
        let values = |pairs: Vec<(Arc<str>, Arc<str>)>| -> Bindings {
            pairs.into_iter().map(|(name, value)| (name, Value::Text(value))).collect()
        };
        if !combinations.is_empty() {
            let combinations = combinations.into_iter().map(values).collect();
            linker.runs.combinations.insert(id, combinations);
        }
    }
    let mut units: Vec<FactId> = flows.keys().copied().collect();
    units.extend_from_slice(linker.facts.of_kind(workflow::KIND));
    units.extend(linker.facts.of_kind(file::KIND).iter().filter(|id| has_steps(linker.facts, **id)));
    units.sort_unstable();
    units.dedup();
    let called: FxHashSet<FactId> =
        linker.facts.ids().flat_map(|id| linker.facts.calls(id)).copied().collect();
    let belongs = |facts: &Facts, unit: FactId| {
        let kind = facts.get(unit).kind;
        kind == function::KIND || kind == job::KIND || kind == step::KIND
    };
    let roots = units.iter().copied().filter(|unit| !called.contains(unit));
    let roots: Vec<FactId> = roots.filter(|unit| !belongs(linker.facts, *unit)).collect();
    let mut tracer = Tracer::new(&flows, linker);
    for unit in roots {
        enter(&mut tracer, unit);
    }
    // What only calls itself, or is called from nowhere that is run.
    for unit in units {
        if !tracer.observer.entered.contains(&unit) && !belongs(tracer.observer.facts, unit) {
            enter(&mut tracer, unit);
        }
    }
    let Linker { facts, mut runs, reached, ways, .. } = tracer.observer;
    spread(&mut runs, &ways);
    runs.places.sort_unstable();
    runs.places.dedup();
    runs.places.shrink_to_fit();
    facts.give_flows(flows);
    facts.set_runs(runs);
    reached
}

/// Notes of each frame which entry points lead to it.
fn spread(runs: &mut Runs, ways: &FxHashSet<(u32, u32)>) {
    let mut ways: Vec<(u32, u32)> = ways.iter().copied().collect();
    ways.sort_unstable();
    for (entry, &root) in (0..).zip(&runs.roots) {
        let mut todo = vec![root];
        while let Some(frame) = todo.pop() {
            let first = ways.partition_point(|(from, _)| *from < frame);
            for &(_, to) in ways[first..].iter().take_while(|(from, _)| *from == frame) {
                let entries = &mut runs.frames[to as usize];
                if entries.last() != Some(&entry) {
                    entries.push(entry);
                    todo.push(to);
                }
            }
        }
    }
}

fn has_steps(facts: &Facts, unit: FactId) -> bool {
    facts.children(unit).iter().any(|&child| facts.get(child).kind == step::KIND)
}

/// Follows one entry point.
fn enter(tracer: &mut Tracer<'_, Linker<'_>>, unit: FactId) {
    for variables in tracer.observer.worlds(unit) {
        tracer.observer.begin(unit, variables.clone());
        let ends = tracer.root(unit, State { variables, ..State::default() });
        for state in ends.ok.iter().filter(|state| !state.unlikely && !state.blurred) {
            for &id in &state.lost {
                let span = tracer.observer.facts.get(id).span;
                tracer.observer.facts.get_mut(id).set(command::LOST, true, span);
            }
        }
        if !tracer.finished() {
            let facts = &mut *tracer.observer.facts;
            let span = facts.get(unit).span;
            let fact = Fact::new(unresolved::KIND, span)
                .with(unresolved::WHAT, "script", span)
                .with(unresolved::REASON, "what it runs is too much to follow to its end", span)
                .with(unresolved::TEXT, "", span);
            facts.add(fact, Some(unit));
        }
        tracer.observer.stack.clear();
        tracer.observer.routes.clear();
    }
}

/// A workflow's commands run in the phase `deploy` where their job deploys.
fn phases(facts: &mut Facts) {
    for id in facts.of_kind(command::KIND).to_vec() {
        let Some(job) = facts.enclosing(id, job::KIND) else { continue };
        if facts.get(job).bool(job::DEPLOYS) == Some(true) {
            let span = facts.get(id).span;
            facts.get_mut(id).set(command::PHASE, "deploy", span);
        }
    }
}

type Words = (Arc<str>, Span);

/// What someone may choose who starts a workflow by hand: each choice of the inputs whose values are
/// known, as far as these are few.
fn chosen(choices: &[(Arc<str>, Vec<Arc<str>>)]) -> Vec<Variables> {
    let mut worlds = vec![Variables::default()];
    for (name, values) in choices {
        let Some(short) = name.strip_prefix("inputs.") else { continue };
        if values.is_empty() || worlds.len() * values.len() > MOST_WORLDS {
            continue;
        }
        let names: [Arc<str>; 2] = [Arc::clone(name), format!("github.event.inputs.{short}").into()];
        let each = |world: Variables| {
            let names = &names;
            values.iter().map(move |value| {
                let mut world = world.clone();
                for name in names {
                    world.set(name, Value::Text(Arc::clone(value)), true);
                }
                world
            })
        };
        worlds = worlds.into_iter().flat_map(each).collect();
    }
    worlds
}

/// Most ways to start one workflow that are followed apart.
const MOST_WORLDS: usize = 8;

/// A unit as it runs, and how control came there.
#[derive(Clone, Default)]
struct Frame {
    number: u32,
    /// Whether it is an entry point, whose commands are as written.
    root: bool,
    phase: Option<Arc<str>>,
    environment: Option<Arc<str>>,
    ignored: Option<Words>,
    /// Where the unit runs, where that is not where it is written to run.
    directory: Option<String>,
}

/// What tells frames apart: the unit, the phase, the environment, the words that ignore a failure.
type Key = (FactId, Option<Arc<str>>, Option<Arc<str>>, Option<Span>, Option<String>);

struct Linker<'a> {
    facts: &'a mut Facts,
    repo: &'a Repo,
    settings: &'a Settings,
    targets: &'a Targets,
    apps: deploys::Configs,
    runs: Runs,
    by_key: FxHashMap<Key, u32>,
    infos: Vec<Frame>,
    stack: Vec<u32>,
    /// How control came to each frame of the stack.
    routes: Vec<Route>,
    reached: FxHashSet<FactId>,
    entered: FxHashSet<FactId>,
    /// From which frame control comes to which.
    ways: FxHashSet<(u32, u32)>,
}

/// Effects whose failure nobody may miss.
const GRAVE: &[&str] = &["deploy", "migrate", "backup", "restore"];

/// The names of parameters whose value is an environment.
const ENVIRONMENT_NAMES: &[&str] = &["env", "environment", "stage", "target_env", "deploy_env"];

impl Linker<'_> {
    /// What an entry point may be given: of a task that takes an environment, each one that the team
    /// declares; else only what is written.
    fn worlds(&self, unit: FactId) -> Vec<Variables> {
        let fact = self.facts.get(unit);
        let mut plain = Variables::default();
        if fact.kind == file::KIND {
            plain.forget_arguments();
        }
        if fact.kind == workflow::KIND {
            return chosen(&workflows::choices(self.facts, unit));
        }
        if fact.kind != task::KIND {
            return vec![plain];
        }
        for (name, value, _) in fact.map(task::DEFAULTS) {
            plain.set(&name.replace('-', "_").into(), Value::Text(Arc::clone(value)), true);
        }
        let names = fact.list(task::PARAMETERS).iter();
        let asks = names.map(|(name, _)| name).find(|name| {
            ENVIRONMENT_NAMES.contains(&name.to_ascii_lowercase().as_str()) && plain.get(name).is_none()
        });
        let Some(name) = asks else { return vec![plain] };
        let worlds = self.settings.environments.list.iter().take(8).map(|environment| {
            let mut world = plain.clone();
            let value = Value::Text(environment.name.as_str().into());
            world.set(&name.replace('-', "_").into(), value, true);
            world
        });
        worlds.collect()
    }

    fn begin(&mut self, unit: FactId, variables: Variables) {
        let frame = Frame { root: true, ..Frame::default() };
        let number = self.new_frame(frame);
        let entry = u32::try_from(self.runs.entries.len()).unwrap_or(u32::MAX);
        self.runs.entries.push(Entry { unit, variables });
        self.runs.roots.push(number);
        self.runs.frames[number as usize].push(entry);
        self.entered.insert(unit);
        self.stack.push(number);
    }

    fn new_frame(&mut self, mut frame: Frame) -> u32 {
        frame.number = u32::try_from(self.infos.len()).unwrap_or(u32::MAX);
        let number = frame.number;
        self.infos.push(frame);
        self.runs.frames.push(Vec::new());
        number
    }

    fn frame(&self) -> &Frame {
        static OUTSIDE: std::sync::LazyLock<Frame> = std::sync::LazyLock::new(Frame::default);
        self.stack.last().map_or(&*OUTSIDE, |number| &self.infos[*number as usize])
    }

    /// The command of an entry point: its own fact, which is told when it runs.
    fn at_root(&mut self, id: FactId) {
        let fact = self.facts.get(id);
        if fact.get(command::PHASE).is_some() {
            return;
        }
        let phase = if fact.text(command::HOST) == Some("action-step") { "ci" } else { "manual" };
        let span = fact.span;
        self.facts.get_mut(id).set(command::PHASE, phase, span);
    }

    /// The command once more, as it runs in the frame.
    fn copy(&mut self, id: FactId, fillings: &Fillings) -> FactId {
        let frame = self.frame().clone();
        let mut copy = self.facts.get(id).clone();
        let span = copy.span;
        copy.route = self.routes.last().cloned().unwrap_or_default();
        fillings.apply(&mut copy);
        if let Some(phase) = &frame.phase {
            copy.set(command::PHASE, Arc::clone(phase), span);
        }
        if let Some((cause, at)) = &frame.ignored
            && copy.text(command::FAILURE) != Some("ignored")
        {
            copy.set(command::FAILURE, "ignored", *at);
            copy.set(command::FAILURE_CAUSE, Arc::clone(cause), *at);
        }
        script_path(&mut copy);
        let own = copy.text(command::DIRECTORY).map(str::to_owned);
        let moved = match (&own, &frame.directory) {
            (Some(own), Some(directory)) if !directory.is_empty() => Some(join(directory, own)),
            _ => None,
        };
        let told = copy.get(command::TARGET).is_some() != self.facts.get(id).get(command::TARGET).is_some();
        let stays = moved.is_none() && fillings.target.is_none() && !told;
        copy.set_some(command::DIRECTORY, moved, span);
        let parent = self.facts.parent(id);
        let calls = self.facts.calls(id).to_vec();
        let new = self.facts.add(copy, parent);
        let named = fillings.environment.as_deref();
        if let Some(found) = named.and_then(|name| self.settings.environments.of_github(name)) {
            let name = found.name.clone();
            deploys::set(self.facts.get_mut(new), &self.settings.environments, name, span);
        }
        self.environment(new, &frame);
        if stays && !calls.is_empty() {
            for target in calls {
                self.facts.call(new, target);
            }
            if let Some(at) = self.facts.own_place(id) {
                self.facts.set_own_place(new, at);
            }
        } else {
            resolve(self.facts, self.repo, self.targets, new);
        }
        new
    }

    /// The environment of a command as it runs: what its words say, else the caller's.
    fn environment(&mut self, id: FactId, frame: &Frame) {
        let environments = &self.settings.environments;
        if self.facts.get(id).text(command::PROGRAM) == Some("flyctl")
            && let Some((name, span)) =
                deploys::of_flyctl(self.facts, self.repo, &self.apps, environments, id)
        {
            deploys::set(self.facts.get_mut(id), environments, name, span);
        }
        let fact = self.facts.get(id);
        let own = fact.text(command::ENVIRONMENT).map(Arc::<str>::from);
        let Some(name) = own.or_else(|| frame.environment.clone()) else { return };
        let span = fact.span;
        deploys::set(self.facts.get_mut(id), environments, name.to_string(), span);
    }

    /// The environment that a call names as an argument: `./deploy.sh production`.
    fn named(&self, caller: FactId) -> Option<Arc<str>> {
        let fact = self.facts.get(caller);
        if !matches!(fact.text(command::CALLS), Some("script" | "task" | "function")) {
            return None;
        }
        let list = &self.settings.environments.list;
        let names = |word: &str| {
            list.iter().find(|environment| {
                let words = environment.words.iter().chain(std::iter::once(&environment.name));
                words.into_iter().any(|other| other.eq_ignore_ascii_case(word))
            })
        };
        fact.list(command::ARGS)
            .iter()
            .find_map(|(word, _)| names(word))
            .map(|found| found.name.as_str().into())
    }
}

impl Observer for Linker<'_> {
    fn facts(&self) -> &Facts {
        self.facts
    }

    fn arrive(&mut self, id: FactId, state: &State) -> FactId {
        if self.facts.get(id).kind != command::KIND {
            return id;
        }
        let fillings = fillings(self.facts, id, &state.variables);
        let number = fillings.number();
        let frame = self.frame();
        let (root, frame_number) = (frame.root, frame.number);
        let key = (frame_number, id, number);
        if let Some(known) = self.runs.facts.get(&key) {
            return *known;
        }
        if root {
            self.at_root(id);
        }
        let settled = !root && self.facts.get(id).get(command::PHASE).is_some();
        let new = if (root || settled) && number == 0 {
            id
        } else {
            if root {
                let fact = self.facts.get(id);
                let phase = fact.text(command::PHASE).map(Arc::from);
                self.infos[frame_number as usize].phase = phase;
            } else {
                self.reached.insert(id);
            }
            self.copy(id, &fillings)
        };
        if new != id {
            self.runs.facts.insert(key, new);
        }
        if self.runs.places.last() != Some(&(new, frame_number)) {
            self.runs.places.push((new, frame_number));
        }
        new
    }

    fn is_grave(&self, id: FactId) -> bool {
        let fact = self.facts.get(id);
        GRAVE.iter().any(|effect| fact.has(command::EFFECTS, effect))
    }

    fn enter(&mut self, caller: FactId, unit: FactId) -> Option<u32> {
        let from = self.frame().clone();
        let fact = self.facts.get(caller);
        let (phase, environment, ignored) = if fact.kind == command::KIND {
            let ignored = match fact.text(command::FAILURE_CAUSE) {
                Some(cause) if fact.text(command::FAILURE) == Some("ignored") => {
                    fact.get(command::FAILURE_CAUSE).map(|slot| (Arc::from(cause), slot.span))
                }
                _ => from.ignored.clone(),
            };
            let phase = fact.text(command::PHASE).map(Arc::from);
            let environment = fact.text(command::ENVIRONMENT).map(Arc::from);
            (phase, environment.or_else(|| self.named(caller)), ignored)
        } else {
            // A step that uses a local action, or a job that calls a workflow.
            let around = std::iter::once(caller).chain(self.facts.around(caller));
            let job = around.map(|id| self.facts.get(id)).find(|fact| fact.kind == job::KIND);
            let deploys = job.is_some_and(|job| job.bool(job::DEPLOYS) == Some(true));
            let environment = job.and_then(|job| job.text(job::ENVIRONMENT)).map(Arc::from);
            let phase = if deploys { "deploy" } else { "ci" };
            (Some(Arc::from(phase)), environment, from.ignored.clone())
        };
        let environment = environment.or(from.environment);
        // A script file runs where its caller is; what it calls is looked up from there.
        let fact = self.facts.get(caller);
        let own = fact.text(command::DIRECTORY).map(str::to_owned);
        let kind = self.facts.get(unit).kind;
        let directory = match kind {
            file::KIND => own,
            function::KIND => from.directory,
            _ => None,
        };
        let place = ignored.as_ref().map(|(_, span)| *span);
        let key = (unit, phase.clone(), environment.clone(), place, directory.clone());
        let mut route = self.routes.last().cloned().unwrap_or_default();
        route.push(stop(self.facts, self.repo, caller));
        self.routes.push(route);
        let number = if let Some(known) = self.by_key.get(&key) {
            *known
        } else {
            let frame = Frame { number: 0, root: false, phase, environment, ignored, directory };
            let number = self.new_frame(frame);
            self.by_key.insert(key, number);
            number
        };
        self.ways.insert((from.number, number));
        self.runs.called.insert((caller, unit), number);
        let bindings = if self.facts.get(caller).kind == command::KIND {
            tasks::values(self.facts, caller, unit)
        } else {
            let given = workflows::bindings(self.facts, caller).into_iter();
            given.map(|(name, value)| (name, Value::Text(value))).collect()
        };
        if !bindings.is_empty() {
            self.runs.bindings.insert((caller, unit), bindings);
        }
        self.entered.insert(unit);
        self.stack.push(number);
        Some(number)
    }

    fn leave(&mut self) {
        self.routes.pop();
        self.stack.pop();
    }

    fn bindings(&self, caller: FactId, unit: FactId) -> Bindings {
        self.runs.bindings.get(&(caller, unit)).cloned().unwrap_or_default()
    }

    fn combinations(&self, job: FactId) -> Vec<Bindings> {
        self.runs.combinations.get(&job).cloned().unwrap_or_default()
    }
}

/// The path of a script that values tell: `bash "$DIR/backup.sh"`.
fn script_path(fact: &mut Fact) {
    if fact.text(command::CALLS) != Some("script") || fact.get(command::TARGET).is_some() {
        return;
    }
    let Some(place) = fact.get(command::CALLS).map(|slot| slot.span) else { return };
    let word = fact.list(command::WORDS).iter().find(|(_, span)| *span == place);
    let path = word.map(|(word, _)| word.to_string()).filter(|path| !path.contains(['$', '`', '*']));
    let directory = fact.text(command::DIRECTORY).unwrap_or_default();
    if let Some(path) = path.and_then(|path| crate::read::command::join_path(directory, &path)) {
        fact.set(command::TARGET, path, place);
    }
}

/// What is said at the place of a command on the way.
fn stop(facts: &Facts, repo: &Repo, caller: FactId) -> Step {
    let fact = facts.get(caller);
    let (slot, kind) = match fact.kind {
        step::KIND => (fact.get(step::USES), "the workflow uses"),
        job::KIND => (fact.get(job::USES), "the workflow calls"),
        _ => {
            let kind = match fact.text(command::HOST) {
                Some("release-command") => "the release phase runs",
                Some("docker-start") => "the image starts with",
                Some("docker-run") => "the image build runs",
                Some("fly-process") => "the app runs",
                Some("workflow-step" | "action-step") => "the workflow runs",
                _ => "which runs",
            };
            (fact.get(command::TEXT), kind)
        }
    };
    let shown =
        words::as_just(fact, command::TEXT, repo).or_else(|| words::as_make(fact, command::TEXT, repo));
    let words = slot.and_then(|slot| slot.value.as_text()).unwrap_or_default();
    let words = shown.as_deref().filter(|_| fact.kind == command::KIND).unwrap_or(words);
    Step { span: slot.map_or(fact.span, |slot| slot.span), text: format!("{kind} `{words}`").into() }
}
