//! One job: its fields, what it takes over from its workflow, its containers and its steps.

use std::sync::Arc;

use super::call;
use super::condition::{may_run_on, runs_after_failure};
use super::entity::{Inherited, variables};
use super::environment::{self, Told};
use super::matrix;
use super::page::Page;
use super::run::System;
use super::step::{self, Job};
use super::value;
use crate::facts::{Fact, FactRef, words};
use crate::read::image;
use crate::syntax::Fault;
use crate::syntax::yaml::Node;
use crate::text::{Passage, Span, one_line};

/// Keys whose expressions belong to the job itself.
const OWN_KEYS: [&str; 16] = [
    "name",
    "if",
    "env",
    "environment",
    "concurrency",
    "runs-on",
    "strategy",
    "defaults",
    "outputs",
    "container",
    "services",
    "timeout-minutes",
    "continue-on-error",
    "with",
    "secrets",
    "uses",
];

/// Reads the job `id`; none where the file says too much.
pub(super) fn read<'t>(
    page: &mut Page<'_>,
    key: Node<'t>,
    node: Node<'t>,
    workflow: &Inherited<'t>,
) -> Option<FactRef> {
    let id = &key.scalar()?.value;
    if !page.spend(64) {
        return None;
    }
    let (fact, told) = own_fact(page, id, node, workflow);
    let fact = page.out.add(fact.inside(Some(workflow.fact)));
    let first = page.out.facts.len();
    let (environment, untold) = match told {
        Told::Known(name, span) => (Some((name, span)), false),
        Told::Dynamic => (None, false),
        Told::Nothing => (None, true),
    };
    for key in OWN_KEYS {
        page.expressions(node.entry(key), Some(fact));
    }
    let mut inner = workflow.clone();
    inner.fact = fact;
    inner.env.extend(variables(page, node.entry("env"), "job-env", Some(fact), environment.as_ref()));
    let defaults = node.get("defaults").and_then(|defaults| defaults.get("run"));
    inner.defaults.splice(0..0, defaults);
    images(page, node, fact);
    call::read(page, node, "workflow", fact);
    matrix::read(page, node, fact);
    let steps = node.entry("steps");
    match steps {
        None if node.get("uses").is_some() => {}
        None => {
            page.fault(
                &Fault::new(key.range(), "this job has neither `steps` nor `uses`")
                    .help("GitHub rejects the whole file; add `steps:`"),
            );
        }
        Some(steps) if steps.value.is_sequence() => {
            let job = Job {
                system: system(page, node),
                guard: condition(page, node),
                ignored: step::ignored(page, node),
                environment,
                host: "workflow-step",
            };
            step::read_all(page, steps.value, &inner, &job);
        }
        Some(steps) => page.misshaped(steps, "a list of steps"),
    }
    if untold {
        environment::settle(page, fact, first, node, workflow);
    }
    Some(fact)
}

/// The job's fact, and what it says about the environment that it deploys to.
fn own_fact(page: &mut Page<'_>, id: &Passage, node: Node<'_>, workflow: &Inherited<'_>) -> (Fact, Told) {
    use words::job;
    let at = id.span();
    let mut fact = Fact::new(job::KIND, at).with(job::ID, id.text(), at);
    page.put_text(&mut fact, job::NAME, node.get("name"));
    let mut needs: Vec<(Arc<str>, Span)> = Vec::new();
    if let Some(entry) = node.entry("needs").filter(|entry| !entry.value.is_null()) {
        if entry.value.is_mapping() {
            page.misshaped(entry, "a job's id, or a list of them");
        }
        needs = value::names(page, entry.value);
        fact.set(job::NEEDS, needs.clone(), page.span(entry.key.range()));
    }
    let mut after_failure = (false, at);
    if let Some(entry) = node.entry("if")
        && let Some(text) = entry.value.text()
    {
        let span = page.place(entry.value);
        fact.set(job::IF, one_line(text), span);
        let needs: Vec<&str> = needs.iter().map(|(need, _)| need.as_ref()).collect();
        after_failure = (runs_after_failure(text, &needs), span);
    }
    fact.set(job::RUNS_AFTER_FAILURE, after_failure.0, after_failure.1);
    let condition = node.get("if").and_then(Node::text);
    let starts = |event: &&Arc<str>| condition.is_none_or(|condition| may_run_on(condition, event));
    let started_by = workflow.started_by.iter().filter(starts);
    let started_by: Vec<(Arc<str>, Span)> = started_by.map(|event| (Arc::clone(event), at)).collect();
    fact.set(job::STARTED_BY, started_by, at);
    let told = environment::put(page, &mut fact, id, node, workflow);
    let concurrency = node.entry("concurrency").or(workflow.concurrency);
    value::concurrency(page, concurrency).put(&mut fact, job::CONCURRENCY, job::CANCEL_IN_PROGRESS);
    if let Some(entry) = node.entry("permissions").or(workflow.permissions) {
        value::permissions(page, &mut fact, job::PERMISSIONS, entry);
    }
    if let Some((text, span)) = value::switch(page, node.get("continue-on-error")) {
        fact.set(job::CONTINUE_ON_ERROR, text, span);
    }
    value::minutes(page, &mut fact, job::TIMEOUT_MINUTES, node.entry("timeout-minutes"));
    if let Some(entry) = node.entry("runs-on") {
        let labels = labels(page, entry.value);
        fact.set(job::RUNS_ON, labels, page.span(entry.key.range()));
    }
    page.put_text(&mut fact, job::USES, node.get("uses"));
    fact.set(job::REUSABLE, workflow.reusable, at);
    (fact, told)
}

/// The labels of `runs-on`, in any of its spellings.
fn labels(page: &mut Page<'_>, node: Node<'_>) -> Vec<(Arc<str>, Span)> {
    if node.is_mapping() {
        let parts = [node.get("group"), node.get("labels")];
        let mut labels = Vec::new();
        for part in parts.into_iter().flatten() {
            labels.extend(value::names(page, part));
        }
        return labels;
    }
    value::names(page, node)
}

/// What the job runs on, as far as `runs-on` and the matrix tell.
fn system(page: &mut Page<'_>, node: Node<'_>) -> System {
    let labels = node.get("runs-on").map(|node| labels(page, node)).unwrap_or_default();
    if labels.iter().any(|(label, _)| !label.contains("${{") && is_windows(label)) {
        return System::Windows;
    }
    let Some((dynamic, _)) = labels.iter().find(|(label, _)| label.contains("${{")) else {
        return System::Any;
    };
    let name = dynamic.split("matrix.").nth(1).map(|rest| {
        let end = rest.find(|c: char| !c.is_alphanumeric() && !matches!(c, '_' | '-'));
        &rest[..end.unwrap_or(rest.len())]
    });
    let Some(name) = name else { return System::Unknown };
    let values = node.get("strategy").and_then(|strategy| strategy.get("matrix"));
    let values = values.map(|matrix| matrix_values(page, matrix, name)).unwrap_or_default();
    let windows = values.iter().filter(|value| is_windows(value)).count();
    if values.is_empty() || values.iter().any(|value| value.contains("${{")) {
        System::Unknown
    } else if windows == values.len() {
        System::Windows
    } else if windows == 0 {
        System::Any
    } else {
        System::Unknown
    }
}

/// The texts that a matrix has for `name`: of its own list, and of `include`.
fn matrix_values<'t>(page: &mut Page<'_>, matrix: Node<'t>, name: &str) -> Vec<&'t str> {
    let own = matrix.get(name).into_iter().flat_map(Node::items);
    let included = matrix.get("include").into_iter().flat_map(Node::items).filter_map(|item| item.get(name));
    let mut values = Vec::new();
    for value in own.chain(included) {
        if !page.spend(8) {
            break;
        }
        // A list of labels counts with each of them.
        values.extend(value.text());
        values.extend(value.items().filter_map(Node::text));
    }
    values
}

fn is_windows(label: &str) -> bool {
    label.to_ascii_lowercase().contains("windows")
}

/// The words of `if`, on one line.
pub(super) fn condition(page: &Page<'_>, node: Node<'_>) -> Option<(Arc<str>, Span)> {
    let condition = node.get("if")?;
    Some((one_line(condition.text()?).into(), page.place(condition)))
}

/// The images of the job's containers.
fn images(page: &mut Page<'_>, node: Node<'_>, fact: FactRef) {
    let container = node.get("container");
    let image = container.map(|node| if node.is_mapping() { node.get("image") } else { Some(node) });
    add_image(page, image.flatten(), "job-container", fact);
    let services = node.get("services");
    for service in services.into_iter().flat_map(Node::entries) {
        let image = if service.value.is_mapping() { service.value.get("image") } else { Some(service.value) };
        add_image(page, image, "service-container", fact);
    }
}

fn add_image(page: &mut Page<'_>, node: Option<Node<'_>>, role: &'static str, parent: FactRef) {
    let Some(scalar) = node.and_then(Node::scalar).filter(|scalar| !scalar.value.is_empty()) else { return };
    if page.spend(scalar.value.len()) {
        page.out.add(image::reference(&scalar.value, role).inside(Some(parent)));
    }
}
