//! Which jobs run only after someone has typed a confirmation, and which may wait for an approval.
//! Knows the words of conditions and scripts, not who is asked.

use std::sync::Arc;

use rustc_hash::{FxHashMap, FxHashSet};

use super::{inputs, jobs, steps};
use crate::facts::words::{expression as expression_fact, input, job, step, variable, workflow};
use crate::facts::{FactId, Facts};
use crate::syntax::expression::{self, Comparison, Data, Tree};

/// Words by which an input asks whether one is sure.
const CONFIRMING: [&str; 9] =
    ["confirm", "sure", "acknowledge", "consent", "understand", "確認", "承認", "本当に", "safety"];

/// Effects that a confirmation has to come before.
const ACTS: [&str; 10] = [
    "deploy",
    "rollback",
    "migrate",
    "revert-migration",
    "restore",
    "destroy",
    "scale",
    "restart",
    "seed",
    "set-secret",
];

pub(super) fn link(facts: &mut Facts) {
    for id in facts.of_kind(workflow::KIND).to_vec() {
        let asking: Vec<Arc<str>> = inputs(facts, id, &["dispatch", "call"])
            .into_iter()
            .filter(|(name, id)| asks(name) || facts.get(*id).text(input::DESCRIPTION).is_some_and(asks))
            .map(|(name, _)| name)
            .collect();
        let jobs = jobs(facts, id);
        let by_name: FxHashMap<Arc<str>, FactId> =
            jobs.iter().filter_map(|&id| Some((Arc::from(facts.get(id).text(job::ID)?), id))).collect();
        let confirmed: FxHashSet<FactId> = if asking.is_empty() {
            FxHashSet::default()
        } else {
            let shared = variables(facts, id, &asking);
            jobs.iter().copied().filter(|&id| confirms(facts, id, &asking, &shared)).collect()
        };
        let approvals: FxHashMap<FactId, Arc<str>> =
            jobs.iter().filter_map(|&id| Some((id, approval(facts, id)?))).collect();
        for &id in &jobs {
            let waits = facts.get(id).bool(job::RUNS_AFTER_FAILURE) != Some(true);
            let needs = facts.get(id).list(job::ALL_NEEDS).iter().filter(|_| waits);
            let needs: Vec<FactId> =
                needs.filter_map(|(name, _)| by_name.get(name.as_ref()).copied()).collect();
            let sure = confirmed.contains(&id) || needs.iter().any(|need| confirmed.contains(need));
            let approval =
                std::iter::once(&id).chain(&needs).find_map(|id| approvals.get(id)).map(Arc::clone);
            let fact = facts.get_mut(id);
            let span = fact.span;
            fact.set(job::CONFIRMED, sure, span).set_some(job::APPROVAL, approval, span);
        }
    }
}

/// The GitHub environment that may hold the job back: its own, or one of the workflow that it calls.
fn approval(facts: &Facts, id: FactId) -> Option<Arc<str>> {
    let own = |id: FactId| facts.get(id).text(job::GITHUB_ENVIRONMENT).map(Arc::from);
    own(id).or_else(|| {
        facts.get(id).text(job::USES)?;
        let called = facts.calls(id).iter().flat_map(|&target| jobs(facts, target));
        called.filter(|&job| facts.get(job).bool(job::DEPLOYS) == Some(true)).find_map(own)
    })
}

/// Whether a name or a description asks for a confirmation.
fn asks(text: &str) -> bool {
    let text = text.to_lowercase();
    CONFIRMING.iter().any(|word| text.contains(word))
}

fn confirms(facts: &Facts, id: FactId, asking: &[Arc<str>], shared: &[String]) -> bool {
    if facts.get(id).text(job::IF).is_some_and(|text| requires(text, asking)) {
        return true;
    }
    let mut names = variables(facts, id, asking);
    names.extend_from_slice(shared);
    for step in steps(facts, id) {
        if checks(facts, step, asking, &names) {
            return true;
        }
        // What runs before the check is not held back by it.
        if ACTS.iter().any(|effect| facts.get(step).has(step::EFFECTS, effect)) {
            return facts.get(step).text(step::IF).is_some_and(|text| requires(text, asking));
        }
    }
    false
}

/// Whether a condition holds only where an asking input has some value.
fn requires(text: &str, asking: &[Arc<str>]) -> bool {
    if !text.contains("${{") {
        return expression::bare(text).is_ok_and(|tree| tree_requires(&tree, asking));
    }
    let (found, _) = expression::find(text);
    let [only] = found.as_slice() else { return false };
    let whole = text[..only.range.start].trim().is_empty() && text[only.range.end..].trim().is_empty();
    whole && only.tree.as_ref().is_some_and(|tree| tree_requires(tree, asking))
}

fn tree_requires(tree: &Tree, asking: &[Arc<str>]) -> bool {
    match &tree.data {
        Data::Context(path) => is_asking(&expression::path_text(path), asking),
        Data::And(parts) => parts.iter().any(|part| tree_requires(part, asking)),
        Data::Or(parts) => parts.iter().all(|part| tree_requires(part, asking)),
        Data::Compare(Comparison::Equal, left, right) => {
            let empty = |tree: &Tree| matches!(&tree.data, Data::Text(text) if text.is_empty());
            !empty(left) && !empty(right) && (tree_requires(left, asking) || tree_requires(right, asking))
        }
        _ => false,
    }
}

/// Whether `path` is one of the inputs that ask.
fn is_asking(path: &str, asking: &[Arc<str>]) -> bool {
    let name = path.strip_prefix("inputs.").or_else(|| path.strip_prefix("github.event.inputs."));
    name.is_some_and(|name| asking.iter().any(|asking| asking.eq_ignore_ascii_case(name)))
}

/// Whether a step looks at an asking input and ends the job where it does not like it.
fn checks(facts: &Facts, id: FactId, asking: &[Arc<str>], names: &[String]) -> bool {
    let fact = facts.get(id);
    let run = fact.text(step::RUN).unwrap_or_default();
    let script = fact.entry(step::WITH, "script").map_or("", |(script, _)| script);
    let ends = ["exit", "test ", "[ ", "[[ ", "return 1", "false"].iter().any(|word| run.contains(word))
        || ["setFailed", "throw", "process.exit"].iter().any(|word| script.contains(word));
    if !ends {
        return false;
    }
    let mentions = |&child: &FactId| {
        let fact = facts.get(child);
        fact.kind == expression_fact::KIND
            && fact.list(expression_fact::CONTEXTS).iter().any(|(path, _)| is_asking(path, asking))
    };
    facts.children(id).iter().any(mentions)
        || names.iter().any(|name| run.contains(&format!("${name}")) || run.contains(&format!("${{{name}")))
}

/// Variables of a job or a workflow that hold an asking input.
fn variables(facts: &Facts, id: FactId, asking: &[Arc<str>]) -> Vec<String> {
    let name = |&child: &FactId| {
        let fact = facts.get(child);
        let (found, _) = expression::find(fact.text(variable::TEMPLATE)?);
        let asks = |tree: &Tree| tree.contexts().iter().any(|(path, _)| is_asking(path, asking));
        let holds = found.iter().filter_map(|found| found.tree.as_ref()).any(asks);
        if holds { fact.text(variable::NAME).map(str::to_owned) } else { None }
    };
    facts.children(id).iter().filter_map(name).collect()
}
