//! What is wrong with calls: what is called is not there, or takes other inputs and secrets.

use std::sync::Arc;

use rustc_hash::{FxHashMap, FxHashSet};

use super::inputs;
use crate::facts::words::{
    action, call_fault, expression, input, job, secret, step, trigger, workflow, workflow_call as call,
};
use crate::facts::{Fact, FactId, Facts};
use crate::finding::nearest;
use crate::read::link::calls::folder_of;
use crate::repo::Repo;
use crate::text::Span;

const FOLDER: &str = ".github/workflows/";

/// What can be called, by path.
struct Callable {
    workflows: FxHashMap<Arc<str>, FactId>,
    /// By folder.
    actions: FxHashMap<String, FactId>,
    /// What the workflows take that were called so far.
    takes: FxHashMap<FactId, Takes>,
}

/// What a workflow takes.
struct Takes {
    inputs: Declared,
    secrets: Declared,
    /// The secrets that it reads for sure, without declaring them or taking them from an environment.
    read: Vec<(Arc<str>, Span)>,
}

/// One call whose faults are looked for.
struct Call<'a> {
    id: FactId,
    of: &'static str,
    target: Arc<str>,
    span: Span,
    repo: &'a Repo,
}

pub(super) fn link(facts: &mut Facts, repo: &Repo) {
    let mut callable = Callable::gather(facts);
    for id in facts.of_kind(call::KIND).to_vec() {
        let fact = facts.get(id);
        let Some(target) = fact.text(call::TARGET) else { continue };
        // Nothing is known of what lies elsewhere.
        if fact.bool(call::REMOTE) == Some(true) || target.contains("${{") {
            continue;
        }
        let of = if fact.text(call::OF) == Some("workflow") { "workflow" } else { "action" };
        let call = Call { id, of, target: target.into(), span: fact.span, repo };
        match of {
            "workflow" => of_workflow(facts, &mut callable, &call),
            _ => of_action(facts, &callable, &call),
        }
    }
}

impl Callable {
    fn gather(facts: &Facts) -> Self {
        let path = |&id: &FactId| Some((Arc::from(facts.get(id).text(workflow::PATH)?), id));
        let folder = |&id: &FactId| Some((folder_of(facts.get(id).text(action::PATH)?).to_owned(), id));
        Self {
            workflows: facts.of_kind(workflow::KIND).iter().filter_map(path).collect(),
            actions: facts.of_kind(action::KIND).iter().filter_map(folder).collect(),
            takes: FxHashMap::default(),
        }
    }
}

impl Call<'_> {
    fn fault(&self, what: &'static str, name: &str, at: Span) -> Fact {
        let mut fact = Fact::new(call_fault::KIND, at);
        fact.set(call_fault::WHAT, what, at)
            .set(call_fault::OF, self.of, self.span)
            .set(call_fault::TARGET, Arc::clone(&self.target), self.span)
            .set(call_fault::NAME, name, at);
        fact
    }

    fn not_found(&self, facts: &mut Facts, reason: &str, suggestion: Option<String>) {
        let mut fault = self.fault("not-found", &self.target, self.span);
        fault.set(call_fault::REASON, reason, self.span);
        fault.set_some(call_fault::SUGGESTION, suggestion, self.span);
        facts.get_mut(self.id).set(call::RESOLVED, false, self.span);
        facts.add(fault, Some(self.id));
    }
}

fn of_workflow(facts: &mut Facts, callable: &mut Callable, call: &Call<'_>) {
    let target = call.target.as_ref();
    let Some(&workflow) = callable.workflows.get(target) else {
        let near = || nearest(target, callable.workflows.keys().map(AsRef::as_ref)).map(str::to_owned);
        if let Some((path, _)) = target.split_once('@') {
            let suggestion = callable.workflows.contains_key(path).then(|| path.to_owned());
            let reason = "a workflow of the same repository takes no `@…`";
            call.not_found(facts, reason, suggestion);
        } else if target.strip_prefix(FOLDER).is_none_or(|name| name.contains('/')) {
            let reason = "GitHub calls only what lies in `.github/workflows` itself";
            call.not_found(facts, reason, near());
        } else if !call.repo.exists(target) {
            call.not_found(facts, "there is no such file", near());
        }
        return;
    };
    facts.get_mut(call.id).set(call::RESOLVED, true, call.span);
    match facts.get(workflow).bool(workflow::REUSABLE) {
        Some(true) => {}
        Some(false) => {
            let fault = call.fault("not-reusable", &call.target, call.span);
            facts.add(fault, Some(call.id));
            return;
        }
        // What could not be read may declare anything.
        None => return,
    }
    let takes = callable.takes.entry(workflow).or_insert_with(|| Takes {
        inputs: inputs(facts, workflow, &["call"]),
        secrets: secrets(facts, workflow),
        read: secrets_read(facts, workflow),
    });
    check_inputs(facts, call, &takes.inputs);
    check_types(facts, call, &takes.inputs);
    check_secrets(facts, call, takes);
}

/// Adds and gives the secrets that a workflow reads without declaring them: in jobs that have no
/// environment to take them from, where no condition may leave that out.
fn secrets_read(facts: &mut Facts, workflow: FactId) -> Vec<(Arc<str>, Span)> {
    let path: Arc<str> = facts.get(workflow).text(workflow::PATH).unwrap_or_default().into();
    let mut read: Vec<(Arc<str>, Span)> = Vec::new();
    let declared = secrets(facts, workflow);
    let mut seen: FxHashSet<String> = declared.iter().map(|(name, _)| name.to_ascii_uppercase()).collect();
    seen.insert("GITHUB_TOKEN".to_owned());
    for job in super::jobs(facts, workflow) {
        let fact = facts.get(job);
        let elsewhere =
            [job::GITHUB_ENVIRONMENT, job::IF, job::USES].into_iter().any(|field| fact.get(field).is_some());
        if elsewhere {
            continue;
        }
        let always = |&id: &FactId| facts.get(id).kind == step::KIND && facts.get(id).get(step::IF).is_none();
        let holders: Vec<FactId> =
            std::iter::once(job).chain(facts.children(job).iter().copied().filter(always)).collect();
        for id in holders.into_iter().flat_map(|holder| facts.children(holder)) {
            let fact = facts.get(*id);
            // With anything beside it, something else may stand in for it.
            let name = fact.text(expression::TEXT).and_then(|text| text.strip_prefix("secrets."));
            let plain = |c: char| c.is_ascii_alphanumeric() || c == '_';
            let Some(name) = name.filter(|name| name.chars().all(plain)) else { continue };
            if seen.insert(name.to_ascii_uppercase()) {
                read.push((name.into(), fact.span));
            }
        }
    }
    for (name, span) in &read {
        let fact = Fact::new(secret::KIND, *span)
            .with(secret::NAME, Arc::clone(name), *span)
            .with(secret::PATH, Arc::clone(&path), *span)
            .with(secret::REQUIRED, false, *span)
            .with(secret::DECLARED, false, *span);
        facts.add(fact, Some(workflow));
    }
    read
}

fn of_action(facts: &mut Facts, callable: &Callable, call: &Call<'_>) {
    let target = call.target.as_ref();
    let Some(&action) = callable.actions.get(target) else {
        let inside = |name: &str| call.repo.exists(format!("{target}/{name}").trim_start_matches('/'));
        let there = ["action.yml", "action.yaml", "Dockerfile"].into_iter().any(inside);
        if !there && !target.contains("..") && !call.repo.exists(target) && is_own(facts, call) {
            let near = nearest(target, callable.actions.keys().map(String::as_str)).map(str::to_owned);
            call.not_found(facts, "there is no `action.yml` in that folder", near);
        }
        return;
    };
    let path: Arc<str> = facts.get(action).text(action::PATH).unwrap_or_default().into();
    facts.get_mut(call.id).set(call::RESOLVED, true, call.span);
    let call = Call { target: path, repo: call.repo, ..*call };
    let mut declared = inputs(facts, action, &["action"]);
    if facts.get(action).text(action::USING) == Some("docker") {
        // Every one takes these.
        declared.extend(["args", "entrypoint"].map(|name| (Arc::from(name), action)));
    }
    check_inputs(facts, &call, &declared);
}

/// Whether the job has nothing but its own repository in the working directory.
fn is_own(facts: &Facts, call: &Call<'_>) -> bool {
    let Some(job) = facts.enclosing(call.id, job::KIND) else { return false };
    let in_repository = call.target.split('/').next().is_some_and(|first| {
        let folder = format!("{first}/");
        call.repo.paths().any(|path| path.starts_with(&folder))
    });
    let mut checked_out = false;
    for &id in facts.children(job) {
        let fact = facts.get(id);
        if fact.kind != step::KIND {
            continue;
        }
        let action = fact.text(step::ACTION).unwrap_or_default();
        if action.eq_ignore_ascii_case("actions/checkout") {
            checked_out = true;
            let elsewhere = |name: &str| fact.entry(step::WITH, name).is_some();
            if elsewhere("repository") || elsewhere("path") {
                return false;
            }
        }
        // What brings files may bring this one.
        let brings = ["clone", "submodule", "checkout", "download", "tar "];
        if fact.text(step::RUN).is_some_and(|run| brings.iter().any(|word| run.contains(word))) {
            return false;
        }
    }
    in_repository && checked_out
}

type Declared = Vec<(Arc<str>, FactId)>;

fn check_inputs(facts: &mut Facts, call: &Call<'_>, declared: &Declared) {
    let given = facts.get(call.id).list(call::INPUTS).to_vec();
    let same = |one: &str, other: &str| one.eq_ignore_ascii_case(other);
    for (name, span) in &given {
        if declared.iter().any(|(other, _)| same(other, name)) {
            continue;
        }
        let mut fault = call.fault("input-not-declared", name, *span);
        let free = declared.iter().map(|(other, _)| other.as_ref());
        let free = free.filter(|other| !given.iter().any(|(given, _)| same(given, other)));
        fault.set_some(call_fault::SUGGESTION, nearest(name, free), *span);
        fault.set(call_fault::KNOWN, listed("inputs", declared), *span);
        facts.add(fault, Some(call.id));
    }
    for (name, id) in declared {
        let fact = facts.get(*id);
        let required = fact.kind == input::KIND
            && fact.bool(input::REQUIRED) == Some(true)
            && fact.get(input::DEFAULT).is_none();
        if required && !given.iter().any(|(given, _)| same(given, name)) {
            let mut fault = call.fault("input-required-missing", name, call.span);
            fault.set_some(call_fault::TYPE, fact.text(input::TYPE), call.span);
            // Each of several has a place of its own.
            fault.span = fact.span;
            facts.add(fault, Some(call.id));
        }
    }
}

/// What is said of all that is declared: "it takes only `a`, `b`".
fn listed(what: &str, declared: &Declared) -> String {
    const MOST: usize = 8;
    if declared.is_empty() {
        return format!("it takes no {what}");
    }
    let names: Vec<String> = declared.iter().take(MOST).map(|(name, _)| format!("`{name}`")).collect();
    let more = if declared.len() > MOST { ", …" } else { "" };
    format!("it takes only {}{more}", names.join(", "))
}

fn check_types(facts: &mut Facts, call: &Call<'_>, declared: &Declared) {
    for (name, value, span) in facts.get(call.id).map(call::WITH).to_vec() {
        let Some((_, id)) = declared.iter().find(|(other, _)| other.eq_ignore_ascii_case(&name)) else {
            continue;
        };
        let Some(ty) = facts.get(*id).text(input::TYPE) else { continue };
        let text = value.trim();
        // An expression has the type of its value.
        let fits = text.is_empty()
            || text.contains("${{")
            || match ty {
                "boolean" => text.eq_ignore_ascii_case("true") || text.eq_ignore_ascii_case("false"),
                "number" => text.parse::<f64>().is_ok() || text.starts_with("0x") || text.starts_with("0o"),
                _ => true,
            };
        if fits {
            continue;
        }
        let mut fault = call.fault("input-type", &name, span);
        fault.set(call_fault::TYPE, ty, span).set(call_fault::VALUE, value, span);
        facts.add(fault, Some(call.id));
    }
}

fn check_secrets(facts: &mut Facts, call: &Call<'_>, takes: &Takes) {
    let fact = facts.get(call.id);
    if fact.get(call::INHERITS).is_some() {
        return;
    }
    let given: Vec<(Arc<str>, Span)> =
        fact.map(call::SECRETS).iter().map(|(name, _, span)| (Arc::clone(name), *span)).collect();
    let Takes { secrets: declared, read, .. } = takes;
    let same = |one: &str, other: &str| one.eq_ignore_ascii_case(other);
    // GitHub passes its own token always.
    let is_own = |name: &str| same(name, "GITHUB_TOKEN");
    for (name, id) in declared {
        let required = facts.get(*id).bool(secret::REQUIRED) == Some(true);
        if required && !is_own(name) && !given.iter().any(|(given, _)| same(given, name)) {
            let mut fault = call.fault("secret-not-passed", name, call.span);
            fault.span = facts.get(*id).span;
            facts.add(fault, Some(call.id));
        }
    }
    for (name, span) in read {
        if !given.iter().any(|(other, _)| same(other, name)) {
            let mut fault = call.fault("secret-not-available", name, call.span);
            fault.span = *span;
            facts.add(fault, Some(call.id));
        }
    }
    for (name, span) in &given {
        if is_own(name) || declared.iter().any(|(other, _)| same(other, name)) {
            continue;
        }
        let mut fault = call.fault("secret-not-declared", name, *span);
        let free = declared.iter().map(|(other, _)| other.as_ref());
        let free = free.filter(|other| !given.iter().any(|(given, _)| same(given, other)));
        fault.set_some(call_fault::SUGGESTION, nearest(name, free), *span);
        fault.set(call_fault::KNOWN, listed("secrets", declared), *span);
        facts.add(fault, Some(call.id));
    }
}

/// The secrets that a workflow takes.
fn secrets(facts: &Facts, workflow: FactId) -> Declared {
    let triggers = facts.children(workflow).iter().filter(|&&id| facts.get(id).kind == trigger::KIND);
    triggers
        .flat_map(|&trigger| facts.children(trigger))
        .filter_map(|&id| Some((Arc::from(facts.get(id).text(secret::NAME)?), id)))
        .collect()
}
