//! Commands as they run: each command that an entry point reaches is added once more for the phase
//! and the environment in which it runs, with the way that leads there.

use std::collections::VecDeque;
use std::sync::Arc;

use rustc_hash::FxHashSet;

use super::calls::{Targets, join, resolve};
use crate::facts::words::{command, file, job};
use crate::facts::{Fact, FactId, Facts, Step};
use crate::read::Settings;
use crate::repo::Repo;
use crate::text::Span;

/// Commands that were added, with their phase and environment.
type Seen = FxHashSet<(FactId, Arc<str>, Option<Arc<str>>)>;

/// What is known beside the facts.
struct World<'a> {
    repo: &'a Repo,
    settings: &'a Settings,
    targets: &'a Targets,
}

/// A way that is being followed: where it stands, how it came there, and what holds on it.
struct Way {
    at: FactId,
    route: Vec<Step>,
    ignored: Option<(Arc<str>, Span)>,
}

/// Adds the commands as they run; answers which commands were reached.
pub(super) fn link(
    facts: &mut Facts,
    repo: &Repo,
    settings: &Settings,
    targets: &Targets,
) -> FxHashSet<FactId> {
    phases(facts);
    let world = World { repo, settings, targets };
    let mut seen = Seen::default();
    for entry in facts.of_kind(command::KIND).to_vec() {
        let fact = facts.get(entry);
        let Some(phase) = fact.text(command::PHASE).map(Arc::<str>::from) else { continue };
        if facts.calls(entry).is_empty() {
            continue;
        }
        let environment = fact.text(command::ENVIRONMENT).map(Arc::<str>::from);
        follow(facts, &world, (entry, &phase, environment.as_ref()), &mut seen);
    }
    seen.into_iter().map(|(id, ..)| id).collect()
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

fn follow(
    facts: &mut Facts,
    world: &World<'_>,
    (entry, phase, environment): (FactId, &Arc<str>, Option<&Arc<str>>),
    seen: &mut Seen,
) {
    let mut queue = VecDeque::from([Way { at: entry, route: Vec::new(), ignored: None }]);
    while let Some(way) = queue.pop_front() {
        let caller = facts.get(way.at);
        let mut route = way.route.clone();
        route.push(stop(caller));
        let ignored = match caller.text(command::FAILURE_CAUSE) {
            Some(cause) if caller.text(command::FAILURE) == Some("ignored") => {
                caller.get(command::FAILURE_CAUSE).map(|slot| (Arc::from(cause), slot.span))
            }
            _ => way.ignored.clone(),
        };
        let directory = caller.text(command::DIRECTORY).map(str::to_owned);
        for &target in &facts.calls(way.at).to_vec() {
            let is_file = facts.get(target).kind == file::KIND;
            let commands: Vec<FactId> =
                facts.running(target).into_iter().filter(|&id| facts.get(id).kind == command::KIND).collect();
            for id in commands {
                let fact = facts.get(id);
                if fact.get(command::PHASE).is_some() || !fact.route.is_empty() {
                    continue;
                }
                let own =
                    fact.text(command::ENVIRONMENT).map(Arc::<str>::from).or_else(|| environment.cloned());
                if !seen.insert((id, Arc::clone(phase), own.clone())) {
                    continue;
                }
                let mut copy = fact.clone();
                copy.route.clone_from(&route);
                let span = copy.span;
                copy.set(command::PHASE, Arc::clone(phase), span);
                if let Some(own) = own {
                    copy.set(command::PROTECTED, world.settings.environments.is_protected(&own), span);
                    copy.set(command::ENVIRONMENT, own, span);
                }
                if let Some((cause, at)) = &ignored
                    && copy.text(command::FAILURE) != Some("ignored")
                {
                    copy.set(command::FAILURE, "ignored", *at);
                    copy.set(command::FAILURE_CAUSE, Arc::clone(cause), *at);
                }
                // A script file runs where its caller is; what it calls is looked up from there.
                let moved = match (copy.text(command::DIRECTORY), &directory) {
                    (Some(own), Some(directory)) if is_file && !directory.is_empty() => {
                        Some(join(directory, own))
                    }
                    _ => None,
                };
                let stays = moved.is_none();
                if let Some(moved) = moved {
                    copy.set(command::DIRECTORY, moved, span);
                }
                let parent = facts.parent(id);
                let calls = facts.calls(id).to_vec();
                let new = facts.add(copy, parent);
                if stays && !calls.is_empty() {
                    for target in calls {
                        facts.call(new, target);
                    }
                } else {
                    resolve(facts, world.repo, world.targets, new);
                }
                queue.push_back(Way { at: new, route: route.clone(), ignored: ignored.clone() });
            }
        }
    }
}

/// What is said at the place of a command on the way.
fn stop(caller: &Fact) -> Step {
    let text = caller.get(command::TEXT);
    let words = caller.text(command::TEXT).unwrap_or_default();
    let kind = match caller.text(command::HOST) {
        Some("release-command") => "the release phase runs",
        Some("docker-start") => "the image starts with",
        Some("docker-run") => "the image build runs",
        Some("fly-process") => "the app runs",
        Some("workflow-step" | "action-step") => "the workflow runs",
        _ => "which runs",
    };
    Step { span: text.map_or(caller.span, |slot| slot.span), text: format!("{kind} `{words}`").into() }
}
