//! Which environment a job deploys to, as far as its file tells: its `environment`, its names, what
//! starts it, the actions that it uses.

use super::catalogue;
use super::condition::for_pull_requests;
use super::entity::Inherited;
use super::page::Page;
use super::preview::{Need, is_preview_app, says_preview};
use crate::facts::{Fact, FactRef, words};
use crate::read::placeholder::mask;
use crate::syntax::expression;
use crate::syntax::yaml::Node;
use crate::text::{Passage, Span, one_line};

/// Inputs of reusable workflows that name the environment.
const INPUTS: [&str; 6] = ["environment", "environment-name", "environment_name", "env", "stage", "target"];

/// What a job's own words say about its environment.
pub(super) enum Told {
    /// The environment, and the words that tell it.
    Known(String, Span),
    /// It is known at run time only.
    Dynamic,
    Nothing,
}

/// Sets the job's GitHub environment and the environment that it, or else a name, tells.
pub(super) fn put(
    page: &mut Page<'_>,
    fact: &mut Fact,
    id: &Passage,
    node: Node<'_>,
    workflow: &Inherited<'_>,
) -> Told {
    use words::job;
    let mut found = None;
    let entry = node.entry("environment").filter(|entry| !entry.value.is_null());
    if let Some(entry) = entry {
        let name = if entry.value.is_mapping() { entry.value.get("name") } else { Some(entry.value) };
        let Some((name, text)) = name.and_then(|name| Some((name, name.text()?))) else {
            page.misshaped(entry, "an environment's name, or a mapping with `name`");
            return Told::Dynamic;
        };
        let span = page.place(name);
        fact.set(job::GITHUB_ENVIRONMENT, one_line(text), span);
        found = named(page, text, span);
        if found.is_none() && text.contains("${{") {
            // It may be any; what other names say would be a guess.
            return Told::Dynamic;
        }
    }
    let found = found
        .or_else(|| by_names(page, &own_names(page, id, node)))
        .or_else(|| preview_of_job(page, id, node, workflow))
        .or_else(|| by_inputs(page, node))
        .or_else(|| by_names(page, &workflow.names));
    let Some((name, span)) = found else { return Told::Nothing };
    set(page, fact, &name, span);
    Told::Known(name, span)
}

/// Sets the environment of a job whose words tell none, once its commands are read: they begin at
/// the fact `first`. An app that tells its environment is left to the link pass.
pub(super) fn settle(
    page: &mut Page<'_>,
    job: FactRef,
    first: usize,
    node: Node<'_>,
    workflow: &Inherited<'_>,
) {
    use words::command;
    let environments = &page.settings.environments;
    let mut apps: Vec<(&str, Span)> = Vec::new();
    let mut cluster = None;
    for fact in page.out.facts.iter().skip(first).filter(|fact| fact.kind == command::KIND) {
        let config = fact.entry(command::FLAGS, "config");
        if config.is_some_and(|(path, _)| environments.of_config(&mask(path)).is_some()) {
            return;
        }
        apps.extend(fact.entry(command::FLAGS, "app"));
        let words: Vec<&str> = fact.list(command::WORDS).iter().map(|(word, _)| word.as_ref()).collect();
        if let (Some("kind"), ["create", "cluster", ..])
        | (Some("k3d"), ["cluster", "create", ..])
        | (Some("minikube"), ["start", ..]) = (fact.text(command::PROGRAM), words.as_slice())
        {
            cluster = cluster.or(Some(fact.span));
        }
    }
    if apps.iter().any(|(app, _)| environments.of_app(&mask(app)).is_some()) {
        return;
    }
    let of_apps = apps.first().filter(|_| apps.iter().all(|(app, _)| is_preview_app(app)));
    let found = if let Some(&(_, span)) = of_apps {
        Some(("preview", span))
    } else {
        cluster
            .or_else(|| cluster_of_actions(page, node))
            .map(|span| ("development", span))
            .or_else(|| workflow.previews.filter(|_| !workflow.merges).map(|span| ("preview", span)))
    };
    let Some((name, span)) = found else { return };
    let name = declared(page, name);
    let protected = page.settings.environments.is_protected(&name);
    let fact = page.out.fact_mut(job);
    fact.set(words::job::ENVIRONMENT, name, span).set(words::job::PROTECTED, protected, span);
}

/// What events start a workflow for pull requests alone: the place of the first one.
pub(super) fn previews(triggers: &[(std::sync::Arc<str>, Span)]) -> Option<Span> {
    let alone =
        triggers.iter().all(|(name, _)| is_pull_request(name) || name.as_ref() == "workflow_dispatch");
    let (_, span) = triggers.iter().find(|(name, _)| is_pull_request(name))?;
    alone.then_some(*span)
}

pub(super) fn is_pull_request(event: &str) -> bool {
    matches!(event, "pull_request" | "pull_request_target")
}

fn set(page: &Page<'_>, fact: &mut Fact, name: &str, span: Span) {
    let protected = page.settings.environments.is_protected(name);
    fact.set(words::job::ENVIRONMENT, name, span).set(words::job::PROTECTED, protected, span);
}

/// A default environment as the team spells it.
fn declared(page: &Page<'_>, name: &str) -> String {
    page.settings.environments.get(name).map_or(name, |environment| environment.name.as_str()).to_owned()
}

/// The environment that the name of a GitHub environment tells; of one with expressions, what is
/// around them.
fn named(page: &Page<'_>, text: &str, span: Span) -> Option<(String, Span)> {
    let mut fixed = String::new();
    let mut at = 0;
    for found in expression::find(text).0 {
        fixed.push_str(&text[at..found.range.start]);
        fixed.push(' ');
        at = found.range.end;
    }
    fixed.push_str(&text[at..]);
    if let Some(environment) = page.settings.environments.of_github(fixed.trim()) {
        return Some((environment.name.clone(), span));
    }
    says_preview(&fixed, Need::Nothing).then(|| (declared(page, "preview"), span))
}

fn own_names(page: &Page<'_>, id: &Passage, node: Node<'_>) -> Vec<(String, Span)> {
    let mut names = vec![(id.text().to_owned(), id.span())];
    names.extend(node.get("name").and_then(|name| Some((name.text()?.to_owned(), page.place(name)))));
    names
}

/// The environment that a word of one of `names` tells.
fn by_names(page: &mut Page<'_>, names: &[(String, Span)]) -> Option<(String, Span)> {
    if !page.spend(names.iter().map(|(name, _)| name.len()).sum()) {
        return None;
    }
    names.iter().filter(|(name, _)| !name.contains("${{")).find_map(|(name, span)| {
        let environment = page.settings.environments.by_word(name)?;
        Some((environment.name.clone(), *span))
    })
}

/// The environment that a called workflow is told in an input.
fn by_inputs(page: &Page<'_>, node: Node<'_>) -> Option<(String, Span)> {
    node.get("uses")?;
    let with = node.get("with")?;
    INPUTS.iter().find_map(|name| {
        let value = with
            .entries()
            .find(|entry| entry.key.text().is_some_and(|key| key.eq_ignore_ascii_case(name)))?
            .value;
        let text = value.text().filter(|text| !text.contains("${{"))?;
        let span = page.place(value);
        if name.starts_with("env") {
            return named(page, text, span);
        }
        let environment = page.settings.environments.of_github(text)?;
        Some((environment.name.clone(), span))
    })
}

/// The words of a job that make it one for previews.
fn preview_of_job(
    page: &mut Page<'_>,
    id: &Passage,
    node: Node<'_>,
    workflow: &Inherited<'_>,
) -> Option<(String, Span)> {
    let need = if workflow.pull_requests { Need::FirstOrDeploy } else { Need::Deploy };
    let of_name = own_names(page, id, node).into_iter().find(|(name, _)| says_preview(name, need));
    let span = of_name
        .map(|(_, span)| span)
        .or_else(|| preview_of_condition(page, node, workflow))
        .or_else(|| preview_of_steps(page, node))?;
    Some((declared(page, "preview"), span))
}

fn preview_of_condition(page: &Page<'_>, node: Node<'_>, workflow: &Inherited<'_>) -> Option<Span> {
    let condition = node.get("if")?;
    let text = condition.text()?;
    (text.contains("event_name") && !workflow.merges && for_pull_requests(text))
        .then(|| page.place(condition))
}

/// An action for review apps, or a step's name; not where another step's name tells something else.
fn preview_of_steps(page: &mut Page<'_>, node: Node<'_>) -> Option<Span> {
    let mut found = None;
    for step in node.get("steps").into_iter().flat_map(Node::items) {
        if !step.is_mapping() {
            continue;
        }
        if let Some(uses) = step.get("uses")
            && uses.text().is_some_and(catalogue::makes_previews)
        {
            return Some(page.place(uses));
        }
        let Some(name) = step.get("name") else { continue };
        let Some(text) = name.text() else { continue };
        if !page.spend(text.len()) {
            return None;
        }
        let other = page.settings.environments.by_word(text);
        if other.is_some_and(|other| other.name != declared(page, "preview")) {
            return None;
        }
        if found.is_none() && says_preview(text, Need::DeployAlways) {
            found = Some(page.place(name));
        }
    }
    found
}

/// An action that sets up a cluster for the job alone.
fn cluster_of_actions(page: &Page<'_>, node: Node<'_>) -> Option<Span> {
    let mut steps = node.get("steps").into_iter().flat_map(Node::items).filter(|step| step.is_mapping());
    steps.find_map(|step| {
        let uses = step.get("uses")?;
        uses.text().is_some_and(catalogue::makes_cluster).then(|| page.place(uses))
    })
}
