//! GitHub Actions workflows and local composite actions: triggers, jobs, steps, their conditions
//! and the scripts that they run. Knows what one file tells; what its commands reach is linked later.

mod action;
mod call;
mod catalogue;
mod condition;
mod entity;
mod environment;
mod job;
mod matrix;
mod page;
mod preview;
mod run;
mod step;
#[cfg(test)]
mod tests;
mod trigger;
mod value;

use std::sync::Arc;

use rustc_hash::{FxHashMap, FxHashSet};

use self::entity::Inherited;
use self::page::Page;
use super::Settings;
use crate::facts::{Fact, FactRef, Reading, words};
use crate::repo::Repo;
use crate::syntax::Fault;
use crate::syntax::yaml::{self, Node};
use crate::text::{FileId, Passage, Span};

pub use action::{action_of_passage, read_action};

/// Most names in all lists of transitively needed jobs together, and ways that lead to them.
const MAX_NEEDS: usize = 200_000;

/// Reads a workflow file.
#[must_use]
pub fn read(repo: &Repo, id: FileId, settings: &Settings) -> Reading {
    of_passage(repo.passage(id), repo.path(id), settings)
}

/// Reads the text of a workflow, which may be a part of another file; `path` is empty then.
#[must_use]
pub fn of_passage(file: Passage, path: &str, settings: &Settings) -> Reading {
    let (tree, faults) = yaml::parse(&file);
    let mut page = Page::new(file, path, settings);
    page.open("workflow", &tree, &faults);
    let Some(root) = tree.root().filter(|root| !root.is_null()) else {
        if faults.is_empty() {
            page.fault(&Fault::new(0..0, "this file is empty: no workflow is in it"));
        }
        return page.out;
    };
    let Some(jobs) = root.entry("jobs") else {
        if faults.is_empty() {
            let range = root.entries().next().map_or_else(|| root.range(), |entry| entry.key.range());
            page.fault(
                &Fault::new(range, "this file has no `jobs`, so it is no workflow")
                    .help("GitHub runs nothing of it; add `jobs:`, or move it out of `.github/workflows`"),
            );
        }
        return page.out;
    };
    let inherited = workflow(&mut page, root);
    if !jobs.value.is_mapping() {
        if jobs.value.is_null() && !faults.is_empty() {
            // What stood here was broken, and was reported.
            return page.out;
        }
        page.misshaped(jobs, "a mapping of job ids to jobs");
        return page.out;
    }
    let mut facts = Vec::new();
    for entry in jobs.value.entries() {
        if entry.key.scalar().is_none() {
            page.fault(&Fault::new(entry.key.range(), "a job's id must be a plain word"));
            continue;
        }
        if !entry.value.is_mapping() {
            page.misshaped(entry, "a mapping with `runs-on` and `steps`, or with `uses`");
            continue;
        }
        if let Some(fact) = job::read(&mut page, entry.key, entry.value, &inherited) {
            facts.push(fact);
        }
    }
    link_needs(&mut page, &facts, faults.is_empty());
    page.out
}

/// The workflow's own fact, and what its jobs inherit.
fn workflow<'t>(page: &mut Page<'_>, root: Node<'t>) -> Inherited<'t> {
    let path = page.path;
    let name = root.get("name").and_then(Node::scalar).map(|scalar| scalar.value.clone());
    let on = root.entry("on");
    let span = match (&name, on) {
        (Some(name), _) => name.span(),
        (None, Some(on)) => page.span(on.key.range()),
        (None, None) => page.start(),
    };
    let mut fact = Fact::new(words::workflow::KIND, span);
    fact.set(words::workflow::PATH, path, page.start());
    page.put_text(&mut fact, words::workflow::NAME, root.get("name"));
    let mut started_by: Vec<Arc<str>> = Vec::new();
    let mut reusable = false;
    let mut previews = None;
    let mut pull_requests = false;
    if let Some(on) = on {
        let triggers = value::names(page, on.value);
        started_by = events(&triggers, on.value);
        reusable = triggers.iter().any(|(name, _)| name.as_ref() == "workflow_call");
        previews = environment::previews(&triggers);
        pull_requests = triggers.iter().any(|(name, _)| environment::is_pull_request(name));
        let at = page.span(on.key.range());
        fact.set(words::workflow::TRIGGERS, triggers, at);
        if let Some(branches) = on.value.get("push").and_then(|push| push.entry("branches")) {
            let span = page.span(branches.key.range());
            fact.set(words::workflow::BRANCHES, value::names(page, branches.value), span);
        }
    }
    let concurrency = root.entry("concurrency");
    value::concurrency(page, concurrency).put(
        &mut fact,
        words::workflow::CONCURRENCY,
        words::workflow::CANCEL_IN_PROGRESS,
    );
    if let Some(permissions) = root.entry("permissions") {
        value::permissions(page, &mut fact, words::workflow::PERMISSIONS, permissions);
    }
    let fact = page.out.add(fact);
    if let Some(on) = on {
        trigger::read(page, on, fact);
    }
    for key in ["run-name", "env", "concurrency", "defaults"] {
        page.expressions(root.entry(key), Some(fact));
    }
    let file_name = path.rsplit('/').next().unwrap_or_default();
    let stem = file_name.split('.').next().unwrap_or_default().to_owned();
    let mut names: Vec<(String, Span)> = Vec::new();
    names.extend(name.map(|name| (name.text().to_owned(), name.span())));
    names.push((stem, span));
    let mut inherited = Inherited {
        fact,
        names,
        reusable,
        started_by: started_by.into(),
        previews,
        pull_requests,
        merges: page.file.text().contains("pull_request.merged"),
        concurrency,
        permissions: root.entry("permissions"),
        defaults: root.get("defaults").and_then(|defaults| defaults.get("run")).into_iter().collect(),
        env: Vec::new(),
    };
    inherited.env.extend(entity::variables(page, root.entry("env"), "workflow-env", Some(fact), None));
    inherited
}

/// What starts the workflow; a push of tags alone is `tag`.
fn events(triggers: &[(Arc<str>, Span)], on: Node<'_>) -> Vec<Arc<str>> {
    let tags_alone = on.get("push").is_some_and(|push| {
        let has = |key| push.entry(key).is_some();
        (has("tags") || has("tags-ignore")) && !has("branches") && !has("branches-ignore")
    });
    let event = |(name, _): &(Arc<str>, Span)| {
        if tags_alone && name.as_ref() == "push" { Arc::from("tag") } else { Arc::clone(name) }
    };
    triggers.iter().map(event).collect()
}

/// Sets what each job needs through others, and reports what no job is named.
fn link_needs(page: &mut Page<'_>, facts: &[FactRef], whole: bool) {
    let mut direct: FxHashMap<String, Vec<(Arc<str>, Span)>> = FxHashMap::default();
    for &fact in facts {
        let fact = page.out.fact_mut(fact);
        let id = fact.text(words::job::ID).unwrap_or_default().to_owned();
        direct.insert(id, fact.list(words::job::NEEDS).to_vec());
    }
    let mut left = MAX_NEEDS;
    for &fact in facts {
        let job = page.out.fact_mut(fact);
        let id = job.text(words::job::ID).unwrap_or_default().to_owned();
        let Some(span) = job.get(words::job::NEEDS).map(|slot| slot.span) else { continue };
        let mut all: Vec<(Arc<str>, Span)> = Vec::new();
        let mut seen: FxHashSet<&str> = FxHashSet::default();
        let mut unknown = Vec::new();
        let mut cycle = None;
        // Each name stands where the job's own `needs` leads to it.
        let mut open: Vec<(&str, Span)> =
            direct.get(&id).into_iter().flatten().rev().map(|(name, span)| (name.as_ref(), *span)).collect();
        while let Some((name, span)) = open.pop() {
            if name == id {
                cycle = cycle.or(Some(span));
                continue;
            }
            if left == 0 || !seen.insert(name) {
                continue;
            }
            left -= 1;
            all.push((name.into(), span));
            match direct.get(name) {
                Some(more) => {
                    left = left.saturating_sub(more.len());
                    open.extend(more.iter().rev().map(|(name, _)| (name.as_ref(), span)));
                }
                None => unknown.push((name.to_owned(), span)),
            }
        }
        let own: FxHashSet<&str> =
            direct.get(&id).into_iter().flatten().map(|(name, _)| name.as_ref()).collect();
        unknown.retain(|(name, _)| own.contains(name.as_str()));
        page.out.fact_mut(fact).set(words::job::ALL_NEEDS, all, span);
        if !whole {
            continue;
        }
        for (name, span) in unknown {
            page.unresolved("config", span, &name, "`needs` names no job of this workflow", Some(fact));
        }
        if let Some(span) = cycle {
            page.unresolved("config", span, &id, "the job needs itself, through its `needs`", Some(fact));
        }
    }
    if left == 0 {
        let start = page.start();
        page.unresolved("config", start, "needs", "the jobs need too many others to be listed", None);
    }
}
