//! A local action: its inputs, and of a composite one its steps, which run in the jobs that use it.
//! Knows nothing of its callers.

use std::sync::Arc;

use super::entity::Inherited;
use super::page::Page;
use super::run;
use super::step::{self, Job};
use super::trigger;
use crate::facts::{Fact, FactRef, Reading, words};
use crate::read::Settings;
use crate::repo::Repo;
use crate::syntax::Fault;
use crate::syntax::yaml::{self, Node};
use crate::text::{FileId, Passage};

/// Reads an `action.yml`. Only a composite action has steps; of any other there is nothing to say.
#[must_use]
pub fn read_action(repo: &Repo, id: FileId, settings: &Settings) -> Reading {
    action_of_passage(repo.passage(id), repo.path(id), settings)
}

/// Reads the text of an action, which may be a part of another file; `path` is empty then.
#[must_use]
pub fn action_of_passage(file: Passage, path: &str, settings: &Settings) -> Reading {
    let (tree, faults) = yaml::parse(&file);
    let mut page = Page::new(file, path, settings);
    page.open("action", &tree, &faults);
    let runs = tree.root().and_then(|root| root.entry("runs"));
    let Some(runs) = runs else {
        if tree.root().is_none_or(Node::is_null) && faults.is_empty() {
            // It need not be an action of GitHub's at all.
            let start = page.start();
            page.unresolved("config", start, "", "the file is empty: no action is in it", Some(FactRef(0)));
        } else if faults.is_empty() {
            page.fault(
                &Fault::new(0..0, "this action has no `runs`, so nothing can use it")
                    .help("add `runs:` with `using: composite` and `steps`"),
            );
        }
        return page.out;
    };
    if !runs.value.is_mapping() {
        page.misshaped(runs, "a mapping with `using`");
        return page.out;
    }
    if faults.is_empty() {
        own_facts(&mut page, tree.root(), runs.value);
    }
    if runs.value.get("using").and_then(Node::text) != Some("composite") {
        return page.out;
    }
    let Some(steps) = runs.value.entry("steps") else { return page.out };
    if !steps.value.is_sequence() {
        page.misshaped(steps, "a list of steps");
        return page.out;
    }
    let inherited = Inherited {
        // The file's own fact is the first one.
        fact: FactRef(0),
        names: Vec::new(),
        reusable: false,
        started_by: Arc::from([]),
        previews: None,
        pull_requests: false,
        merges: false,
        concurrency: None,
        permissions: None,
        defaults: Vec::new(),
        env: Vec::new(),
    };
    let job =
        Job { system: run::System::Any, guard: None, ignored: None, environment: None, host: "action-step" };
    step::read_all(&mut page, steps.value, &inherited, &job);
    page.out
}

/// The action's own fact, and its inputs.
fn own_facts(page: &mut Page<'_>, root: Option<Node<'_>>, runs: Node<'_>) {
    use words::action;
    let start = page.start();
    let mut fact = Fact::new(action::KIND, start).with(action::PATH, page.path, start);
    page.put_text(&mut fact, action::NAME, root.and_then(|root| root.get("name")));
    page.put_text(&mut fact, action::USING, runs.get("using"));
    let fact = page.out.add(fact.inside(Some(FactRef(0))));
    trigger::inputs(page, root.and_then(|root| root.entry("inputs")), "action", fact);
}
