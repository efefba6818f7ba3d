//! `lefthook.yml`: commands, jobs and scripts by the git hook that runs them. A shell reads each
//! `run`, with words such as `{staged_files}` filled in.

use super::{List, Named};
use crate::read::command::{self, Site};
use crate::syntax::yaml::Node;
use crate::text::{Passage, Span};

/// Deepest nesting of groups of jobs that is read.
const MOST_GROUPS: usize = 16;

/// Reads the hooks under `root`. Every key with something to run is a hook: lefthook runs those of
/// other names by hand.
pub(super) fn read(list: &mut List<'_, '_>, root: Node<'_>) {
    for entry in root.entries() {
        let Some(event) = entry.key.text() else { continue };
        if !list.budget.spend(0) {
            return;
        }
        let event = (event, list.place(entry.key));
        for command in entry.value.get("commands").into_iter().flat_map(Node::entries) {
            let name = (command.key.text().unwrap_or_default(), list.place(command.key));
            run(list, command.value, &Named { name, event, runner: "lefthook" }, None);
        }
        for script in entry.value.get("scripts").into_iter().flat_map(Node::entries) {
            let Some(file) = script.key.scalar() else { continue };
            let name = (file.value.text(), list.place(script.key));
            let runner = script.value.get("runner");
            script_of(list, &file.value, runner, &Named { name, event, runner: "lefthook" });
        }
        if let Some(jobs) = entry.value.get("jobs") {
            group(list, jobs, event, None, 0);
        }
    }
}

fn group(list: &mut List<'_, '_>, jobs: Node<'_>, event: (&str, Span), root: Option<&str>, depth: usize) {
    if depth > MOST_GROUPS {
        return list.unresolved(jobs, "these groups of jobs are nested too deep to be read");
    }
    for job in jobs.items() {
        if !list.budget.spend(0) {
            return;
        }
        let root = job.get("root").and_then(Node::text).or(root);
        if let Some(jobs) = job.get("group").and_then(|group| group.get("jobs")) {
            group(list, jobs, event, root, depth + 1);
            continue;
        }
        let script = job.get("script");
        let Some(said) = job.get("name").or(script).or_else(|| job.get("run")) else { continue };
        let line = said.text().unwrap_or_default().lines().next().unwrap_or_default();
        let name = (line, list.place(said));
        let named = Named { name, event, runner: "lefthook" };
        match script.and_then(Node::scalar) {
            Some(file) => script_of(list, &file.value, job.get("runner"), &named),
            None => run(list, job, &named, root),
        }
    }
}

/// The `run` of a command or a job.
fn run(list: &mut List<'_, '_>, node: Node<'_>, named: &Named<'_>, root: Option<&str>) {
    let Some(run) = node.get("run") else { return };
    let Some(line) = run.scalar() else {
        return list.unresolved(run, "lefthook wants `run` as a text");
    };
    if !list.budget.spend(line.value.len()) {
        return;
    }
    let parent = list.add(named, &line.value);
    let line = filled(&line.value);
    let root = node.get("root").and_then(Node::text).or(root).unwrap_or_default();
    let directory = Some(root.trim_start_matches("./").trim_end_matches('/').to_owned());
    let site = Site { parent: Some(parent), directory, ..list.site.clone() };
    command::shell(list.out, &line, &site);
}

/// A script of `.lefthook/<hook>/`, which `runner` runs.
fn script_of(list: &mut List<'_, '_>, file: &Passage, runner: Option<Node<'_>>, named: &Named<'_>) {
    if !list.budget.spend(file.len()) {
        return;
    }
    let mut path = file.derive();
    path.swap(0..0, &format!("./.lefthook/{}/", named.event.0)).keep(0..file.len());
    let path = path.finish();
    if let Some(runner) = runner.and_then(Node::scalar) {
        return list.words(named, &runner.value, &[path]);
    }
    let parent = list.add(named, &path);
    let site = Site { parent: Some(parent), ..list.site.clone() };
    command::argv(list.out, &path, std::slice::from_ref(&path), &site);
}

/// The line with a word for each `{staged_files}` and its kind, which is known at run time only.
fn filled(line: &Passage) -> Passage {
    const HOLES: &[&str] = &[
        "{staged_files}",
        "{all_files}",
        "{push_files}",
        "{files}",
        "{cmd}",
        "{lefthook_job_name}",
        "{0}",
        "{1}",
        "{2}",
        "{3}",
    ];
    let text = line.text();
    if memchr::memchr(b'{', text.as_bytes()).is_none() {
        return line.clone();
    }
    let mut derivation = line.derive();
    let mut from = 0;
    for (at, _) in text.match_indices('{') {
        let Some(hole) = HOLES.iter().find(|hole| text[at..].starts_with(**hole)) else { continue };
        // A number in a pattern is one of times: `[0-9]{2}`.
        let alone = text[..at].ends_with(|c: char| c.is_whitespace() || matches!(c, '"' | '\'' | '='));
        if hole.len() == 3 && !alone && at > 0 {
            continue;
        }
        derivation.keep(from..at);
        derivation.swap(at..at + hole.len(), "__files__");
        from = at + hole.len();
    }
    derivation.keep(from..text.len());
    derivation.finish()
}
