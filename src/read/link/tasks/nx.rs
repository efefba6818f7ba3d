//! Which targets a command of nx runs. Plugins of nx make targets that no file shows, so none is ever
//! missing.

use std::sync::Arc;

use super::{Answer, Look, Use, Word};
use crate::facts::words::command;
use crate::read::command::nx_name;

/// The targets that a command names.
pub(super) fn uses(look: &Look<'_>) -> Vec<Use> {
    let command = look.command;
    let words = command.list(command::ARGS);
    let Some((first, rest)) = words.split_first() else { return Vec::new() };
    match (&*first.0, rest.first()) {
        ("run", Some((word, span))) => one(look, &nx_name(word), *span),
        ("run-many" | "affected", _) => several(look, rest),
        (name, Some((project, _))) => one(look, &format!("{project}:{name}"), first.1),
        (name, None) => every(look, name, first.1, &[]),
    }
}

fn one(look: &Look<'_>, name: &str, span: crate::text::Span) -> Vec<Use> {
    let answer = match look.tasks.nx.get(name) {
        Some(&found) => Answer::Here(found),
        None => Answer::Unknown(format!("no `project.json` that was read has the target `{name}`")),
    };
    vec![Use { name: name.into(), span, answer, arguments: Vec::new(), extra: None }]
}

/// The targets that flags name, of the projects that flags name or of all.
fn several(look: &Look<'_>, rest: &[Word]) -> Vec<Use> {
    let flag = |names: &[&str]| {
        let mut found = names.iter().filter_map(|name| look.command.entry(command::FLAGS, name));
        found.next()
    };
    let Some((targets, span)) = flag(&["target", "targets"]) else { return Vec::new() };
    let projects = flag(&["projects", "project"]).map_or("", |(projects, _)| projects);
    let plain: Vec<&str> = projects.split(',').filter(|name| !name.is_empty()).collect();
    let more = rest.iter().map(|(word, _)| &**word);
    targets.split(',').chain(more).flat_map(|target| every(look, target, span, &plain)).collect()
}

/// The target of that name in these projects; in all where none is named.
fn every(look: &Look<'_>, target: &str, span: crate::text::Span, projects: &[&str]) -> Vec<Use> {
    let mut found: Vec<_> = look
        .tasks
        .nx
        .iter()
        .filter(|(name, _)| {
            name.rsplit_once(':').is_some_and(|(project, own)| {
                own == target && (projects.is_empty() || projects.contains(&project))
            })
        })
        .map(|(name, &id)| (Arc::clone(name), id))
        .collect();
    found.sort_unstable();
    if found.is_empty() {
        let reason = format!("no `project.json` that was read has the target `{target}`");
        let answer = Answer::Unknown(reason);
        return vec![Use { name: target.into(), span, answer, arguments: Vec::new(), extra: None }];
    }
    let made = |(name, id)| Use { name, span, answer: Answer::Here(id), arguments: Vec::new(), extra: None };
    found.into_iter().map(made).collect()
}
