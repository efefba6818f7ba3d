//! Steps: what they use or run, under which conditions.

use std::sync::Arc;

use super::call;
use super::catalogue;
use super::condition::runs_after_failure;
use super::entity::{Inherited, variables};
use super::job::condition;
use super::page::Page;
use super::run;
use super::value;
use crate::facts::{Fact, FactRef, words};
use crate::syntax::Fault;
use crate::syntax::yaml::Node;
use crate::text::{Span, one_line};

/// What a job says about its steps.
pub(super) struct Job {
    /// What tells the shell where nothing else does.
    pub(super) system: run::System,
    pub(super) guard: Option<(Arc<str>, Span)>,
    pub(super) ignored: Option<(Arc<str>, Span)>,
    pub(super) environment: Option<(String, Span)>,
    /// A word of [`HOSTS`](words::HOSTS).
    pub(super) host: &'static str,
}

/// Reads a list of steps. Those of a `parallel` group count as if they stood alone.
pub(super) fn read_all<'t>(page: &mut Page<'_>, steps: Node<'t>, inherited: &Inherited<'t>, job: &Job) {
    let mut index = 0;
    for node in steps.items() {
        let inner = node.entry("parallel").filter(|entry| entry.value.is_sequence());
        let group: Vec<Node<'t>> = inner.map_or_else(|| vec![node], |entry| entry.value.items().collect());
        for node in group {
            index += 1;
            if !page.spend(64) {
                return;
            }
            read(page, node, index, inherited, job);
        }
    }
}

fn read<'t>(page: &mut Page<'_>, node: Node<'t>, index: i64, inherited: &Inherited<'t>, job: &Job) {
    use words::step;
    if !node.is_mapping() {
        let message = format!("a step must be a mapping with `run` or `uses`; this is {}", node.kind());
        let range = first_line(page, node);
        page.fault(&Fault::new(range, message).help("GitHub rejects the whole file"));
        return;
    }
    let run = node.entry("run");
    let uses = node.entry("uses");
    let control = ["wait", "wait-all", "cancel"].into_iter().any(|key| node.entry(key).is_some());
    if run.is_none() && uses.is_none() && !control {
        let range = first_line(page, node);
        page.fault(
            &Fault::new(range, "this step has neither `run` nor `uses`")
                .help("GitHub rejects the whole file; say what the step does"),
        );
    }
    let at = place(page, node);
    let mut fact = Fact::new(step::KIND, at).with(step::INDEX, index, at);
    page.put_text(&mut fact, step::NAME, node.get("name"));
    page.put_text(&mut fact, step::ID, node.get("id"));
    let mut after_failure = (false, at);
    let own_condition = condition(page, node);
    if let Some((text, span)) = &own_condition {
        fact.set(step::IF, Arc::clone(text), *span);
        let raw = node.get("if").and_then(Node::text).unwrap_or_default();
        after_failure = (runs_after_failure(raw, &[]), *span);
    }
    fact.set(step::RUNS_AFTER_FAILURE, after_failure.0, after_failure.1);
    if let Some((text, span)) = value::switch(page, node.get("continue-on-error")) {
        fact.set(step::CONTINUE_ON_ERROR, text, span);
    }
    value::minutes(page, &mut fact, step::TIMEOUT_MINUTES, node.entry("timeout-minutes"));
    put_action(page, &mut fact, node);
    page.put_text(&mut fact, step::RUN, node.get("run"));
    let shell = run::inherited(node, inherited, "shell");
    page.put_text(&mut fact, step::SHELL, shell);
    let directory = run::inherited(node, inherited, "working-directory");
    page.put_text(&mut fact, step::WORKING_DIRECTORY, directory);
    let fact = page.out.add(fact.inside(Some(inherited.fact)));
    for entry in node.entries() {
        page.expressions(Some(entry), Some(fact));
    }
    let mut env = inherited.env.clone();
    let environment = job.environment.as_ref();
    env.extend(variables(page, node.entry("env"), "step-env", Some(fact), environment));
    let mut guard: Vec<_> = job.guard.iter().cloned().collect();
    guard.extend(own_condition);
    let around = run::Around {
        fact,
        host: job.host,
        env,
        guard,
        ignored: ignored(page, node).or_else(|| job.ignored.clone()),
        directory,
    };
    if let Some(entry) = run {
        match entry.value.scalar() {
            Some(script) => {
                let system = job.system.narrowed(node.get("if").and_then(Node::text));
                run::read(page, script, shell, system, &around);
            }
            None => page.misshaped(entry, "a script"),
        }
    }
    if uses.is_some() {
        call::read(page, node, "action", fact);
        action_scripts(page, node, fact, &around);
    }
}

/// Sets what `uses` and `with` say, and what is known of the action.
fn put_action(page: &mut Page<'_>, fact: &mut Fact, node: Node<'_>) {
    use words::step;
    let Some(entry) = node.entry("uses") else { return };
    let Some(scalar) = entry.value.scalar() else { return page.misshaped(entry, "an action's name") };
    let (text, span) = (scalar.value.text(), page.place(entry.value));
    fact.set(step::USES, text, span);
    let version = if text.starts_with("docker://") { None } else { text.rfind('@') };
    let action = scalar.value.slice(0..version.unwrap_or(text.len()));
    fact.set(step::ACTION, action.text(), action.span());
    if let Some(at) = version {
        let version = scalar.value.slice(at + 1..text.len());
        fact.set(step::REF, version.text(), version.span());
    }
    if let Some(with) = node.entry("with").filter(|with| !with.value.is_null()) {
        if !with.value.is_mapping() {
            page.misshaped(with, "a mapping of inputs to values");
        }
        let inputs: Vec<(Arc<str>, Arc<str>, Span)> = with
            .value
            .entries()
            .filter_map(|input| {
                let value = input.value.text().unwrap_or_default();
                Some((input.key.text()?.into(), value.into(), page.place(input.value)))
            })
            .collect();
        fact.set(step::WITH, inputs, page.span(with.key.range()));
    }
    if let Some(noted) = catalogue::noted(page.settings, text) {
        let effects: Vec<(Arc<str>, Span)> =
            noted.iter().map(|effect| (Arc::from(effect.as_str()), span)).collect();
        fact.set(step::EFFECTS, effects, span);
    } else if let Some(known) = catalogue::named(action.text()) {
        let input = |name: &str| node.get("with")?.get(name)?.text();
        let effects: Vec<(Arc<str>, Span)> =
            known.effects(input).into_iter().map(|effect| (Arc::from(effect), span)).collect();
        fact.set(step::EFFECTS, effects, span);
    }
}

/// Reads the scripts and images that a known action takes as inputs.
fn action_scripts(page: &mut Page<'_>, node: Node<'_>, fact: FactRef, around: &run::Around<'_>) {
    let action = page.out.fact_mut(fact).text(words::step::ACTION).unwrap_or_default().to_owned();
    let Some(known) = catalogue::named(&action) else { return };
    let Some(with) = node.get("with") else { return };
    for script in known.scripts {
        if let Some(input) = with.get(script.input).and_then(Node::scalar) {
            run::read_input(page, input, script, around);
        }
    }
    for (name, role) in known.images {
        if let Some(input) = with.get(name).and_then(Node::scalar) {
            run::read_images(page, input, role, around);
        }
    }
}

/// The words that make a failure ignored: `continue-on-error: true`.
pub(super) fn ignored(page: &Page<'_>, node: Node<'_>) -> Option<(Arc<str>, Span)> {
    let entry = node.entry("continue-on-error")?;
    let (text, _) = value::switch(page, Some(entry.value))?;
    (text == "true").then(|| ("continue-on-error: true".into(), page.span(entry.range())))
}

/// Where a step is shown: its name, else what it uses, else its script's first line.
fn place(page: &Page<'_>, node: Node<'_>) -> Span {
    let named = ["name", "uses"].into_iter().find_map(|key| {
        let value = node.get(key)?;
        let text = value.text()?;
        (!text.is_empty() && one_line(text) == text).then(|| page.place(value))
    });
    named.unwrap_or_else(|| page.span(first_line(page, node)))
}

/// The first line of a node's words.
fn first_line(page: &Page<'_>, node: Node<'_>) -> std::ops::Range<usize> {
    let range = node.range();
    let words = page.file.text().get(range.clone()).unwrap_or_default();
    let line = words.lines().next().unwrap_or_default().trim_end();
    range.start..range.start + line.len()
}
