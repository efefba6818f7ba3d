//! Workflows that run after others (`workflow_run`): whom the names mean, and how many run one after
//! another. Knows nothing of conditions inside them.

use std::collections::VecDeque;
use std::sync::Arc;

use rustc_hash::FxHashMap;

use crate::facts::words::{after, workflow};
use crate::facts::{FactId, Facts};
use crate::finding::nearest;

/// Workflows of GitHub's own, which have no file.
const DYNAMIC: [&str; 8] = [
    "pages-build-deployment",
    "pages build and deployment",
    "codeql",
    "code quality",
    "dependabot updates",
    "automatic dependency submission",
    "dependency graph",
    "copilot",
];

/// Names in a chain that are said.
const MOST_SAID: usize = 12;

pub(super) fn link(facts: &mut Facts) {
    let workflows = facts.of_kind(workflow::KIND).to_vec();
    let mut by_name: FxHashMap<String, Vec<FactId>> = FxHashMap::default();
    for &id in &workflows {
        let fact = facts.get(id);
        // One without a name is called by its path.
        let name = fact.text(workflow::NAME).or_else(|| fact.text(workflow::PATH));
        if let Some(name) = name {
            by_name.entry(name.trim().to_lowercase()).or_default().push(id);
        }
    }
    let mut next: FxHashMap<FactId, Vec<FactId>> = FxHashMap::default();
    let mut found: FxHashMap<FactId, (i64, Option<FactId>)> = FxHashMap::default();
    let mut queue = VecDeque::new();
    let mut later = Vec::new();
    for &id in &workflows {
        let events = facts.get(id).list(workflow::TRIGGERS);
        let is = |event: &str, names: &[&str]| names.contains(&event);
        let runs_after = events.iter().any(|(event, _)| event.as_ref() == "workflow_run");
        let by_itself = events
            .iter()
            .any(|(event, _)| !is(event, &["workflow_run", "workflow_dispatch", "workflow_call"]));
        if by_itself || !runs_after {
            found.insert(id, (0, None));
            queue.push_back(id);
        }
        for name in names_after(facts, id) {
            match resolve(facts, &by_name, name) {
                After::These(targets) => {
                    for target in targets {
                        next.entry(target).or_default().push(id);
                    }
                }
                // Something starts it.
                After::Unknown => later.push(id),
                After::Missing => {}
            }
        }
    }
    for id in later {
        found.entry(id).or_insert_with(|| {
            queue.push_back(id);
            (1, None)
        });
    }
    while let Some(id) = queue.pop_front() {
        let depth = found.get(&id).map_or(0, |(depth, _)| *depth);
        for &other in next.get(&id).into_iter().flatten() {
            found.entry(other).or_insert_with(|| {
                queue.push_back(other);
                (depth + 1, Some(id))
            });
        }
    }
    for &id in &workflows {
        let Some(&(depth, _)) = found.get(&id) else { continue };
        let path = path(facts, &found, id);
        let fact = facts.get_mut(id);
        let span = fact.get(workflow::AFTER_WORKFLOWS).map_or(fact.span, |slot| slot.span);
        fact.set(workflow::CHAIN, depth, span);
        if depth > 0 {
            fact.set(workflow::CHAIN_PATH, path, span);
        }
    }
}

/// The names of the workflows that run one after another up to `id`.
fn path(facts: &Facts, found: &FxHashMap<FactId, (i64, Option<FactId>)>, id: FactId) -> String {
    let mut names: Vec<&str> = Vec::new();
    let mut at = Some(id);
    while let Some(id) = at {
        if names.len() == MOST_SAID {
            names.push("…");
            break;
        }
        let fact = facts.get(id);
        names.push(fact.text(workflow::NAME).or_else(|| fact.text(workflow::PATH)).unwrap_or_default());
        at = found.get(&id).and_then(|(_, before)| *before);
    }
    names.reverse();
    names.join(" → ")
}

fn names_after(facts: &Facts, id: FactId) -> Vec<FactId> {
    facts.children(id).iter().copied().filter(|&child| facts.get(child).kind == after::KIND).collect()
}

enum After {
    These(Vec<FactId>),
    Unknown,
    Missing,
}

/// Finds the workflows that a name means, and says so.
fn resolve(facts: &mut Facts, by_name: &FxHashMap<String, Vec<FactId>>, id: FactId) -> After {
    let fact = facts.get(id);
    let span = fact.span;
    let name = fact.text(after::NAME).unwrap_or_default().trim().to_lowercase();
    if let Some(found) = by_name.get(&name) {
        facts.get_mut(id).set(after::RESOLVED, true, span);
        return After::These(found.clone());
    }
    let dynamic = DYNAMIC.iter().any(|dynamic| name.starts_with(dynamic));
    if dynamic || name.is_empty() || name.contains(['*', '?', '[', '!']) || name.contains("${{") {
        return After::Unknown;
    }
    let suggestion = suggestion(facts, &name);
    let fact = facts.get_mut(id);
    fact.set(after::RESOLVED, false, span).set_some(after::SUGGESTION, suggestion, span);
    After::Missing
}

/// The workflow whose file or whose name the words nearly are.
fn suggestion(facts: &Facts, name: &str) -> Option<Arc<str>> {
    let workflows = || facts.of_kind(workflow::KIND).iter().map(|&id| facts.get(id));
    let of_file = workflows().find_map(|fact| {
        let path = fact.text(workflow::PATH)?.to_lowercase();
        let file = path.rsplit('/').next().unwrap_or_default();
        let stem = file.split('.').next().unwrap_or_default();
        (name == path || name == file || name == stem).then(|| fact.text(workflow::NAME))?
    });
    let names = workflows().filter_map(|fact| fact.text(workflow::NAME));
    of_file.or_else(|| nearest(name, names)).map(Arc::from)
}
