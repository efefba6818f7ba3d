//! Configurations and programs that a runbook shows. What is shown is most often a part of a whole, so
//! what it says is read, and nothing is said of the whole: there is no fact of the workflow, the job
//! or the app that a rule could miss something in.

use crate::facts::words::{
    command, expression, fault, fly_key, function, image, instruction, migration, release, schema_change,
    step, unresolved, variable,
};
use crate::facts::{Fact, FactRef, Kind, Reading};
use crate::finding::Finding;
use crate::read::{Settings, fly, image as dockerfile, migration as migrations, workflow};
use crate::text::Passage;

/// Kinds of facts that say what is written; the others are about a whole.
const PARTS: [Kind; 13] = [
    command::KIND,
    fault::KIND,
    expression::KIND,
    fly_key::KIND,
    function::KIND,
    image::KIND,
    instruction::KIND,
    migration::KIND,
    release::KIND,
    schema_change::KIND,
    step::KIND,
    unresolved::KIND,
    variable::KIND,
];

/// What the text of a configuration is, as far as its own words tell: a word of the fence's `read-as`.
/// `labels` may name its file.
#[must_use]
pub fn kind_of<'l>(text: &str, labels: impl Iterator<Item = &'l str>) -> Option<&'static str> {
    let named = labels.filter_map(|label| label.rsplit(['/', '=', ':', '"']).find(|part| !part.is_empty()));
    let toml = named.filter(|name| name.ends_with(".toml")).last();
    let begins = |words: &[&str]| {
        text.lines().any(|line| {
            let line = line.trim_start();
            words.iter().any(|word| line.starts_with(word))
        })
    };
    let top = |word: &str| text.lines().any(|line| line.starts_with(word));
    if top("jobs:") && begins(&["runs-on:", "uses:", "- uses:"]) {
        return Some("workflow");
    }
    if top("jobs:") && begins(&["steps:"]) && !begins(&["docker:", "executor:", "machine:", "- job:"]) {
        return Some("workflow");
    }
    if top("runs:") && begins(&["using:"]) {
        return Some("action");
    }
    if toml.is_some_and(|name| !name.contains("fly")) {
        return None;
    }
    let certain =
        ["[http_service", "[[http_service", "[[vm]]", "release_command", "primary_region", "internal_port"];
    let tables = ["[deploy]", "[build]", "[env]", "[processes]", "[mounts]", "[[mounts]]", "[[services]]"];
    let app = top("app =") || top("app=");
    (begins(&certain) && !top("jobs:") || (app || toml.is_some()) && begins(&tables)).then_some("fly")
}

/// Reads `body` as `kind` and adds what it says to `out`, inside the fence `parent`.
pub fn read(out: &mut Reading, body: &Passage, kind: &str, (parent, settings): (FactRef, &Settings)) {
    let reading = match kind {
        "dockerfile" => dockerfile::of_passage(body, "", settings),
        "workflow" => workflow::of_passage(body.clone(), "", settings),
        "action" => workflow::action_of_passage(body.clone(), "", settings),
        "fly" => fly::of_passage(body, "", settings),
        "sql" => migrations::of_sql(body),
        _ => {
            let around = migrations::Around { repo: None, notes: &settings.migrations, explicit: false };
            migrations::of_passage(body, "", around)
        }
    };
    graft(out, reading, parent);
}

/// Adds the parts of a reading. What contained a part and is left out, the fence stands for.
fn graft(out: &mut Reading, reading: Reading, fence: FactRef) {
    let mut places: Vec<FactRef> = Vec::with_capacity(reading.facts.len());
    for mut fact in reading.facts {
        let parent = fact.parent.and_then(|parent| places.get(parent.0 as usize).copied()).unwrap_or(fence);
        if !PARTS.contains(&fact.kind) || is_whole(&fact) {
            places.push(parent);
            continue;
        }
        fact.parent = Some(parent);
        settle(&mut fact);
        places.push(out.add(fact));
    }
    for finding in reading.findings {
        not_read(out, &finding, "config", fence);
    }
}

/// Whether the fact says something that holds of a whole file only: a part may stand below a header
/// that is not shown.
fn is_whole(fact: &Fact) -> bool {
    fact.kind == fly_key::KIND
        && fact.text(fly_key::SECTION).is_none_or(str::is_empty)
        && fact.bool(fly_key::KNOWN) == Some(false)
}

/// What a fact says of the file that it would be in.
fn settle(fact: &mut Fact) {
    match fact.kind {
        // What it calls runs when someone takes the words over; it is no second entry to it.
        command::KIND if fact.get(command::CALLS).is_some() => {
            let span = fact.span;
            fact.set(command::PHASE, "runbook", span);
        }
        // Shown or left out, nobody can tell.
        migration::KIND => {
            fact.unset(migration::DOWN);
            fact.unset(migration::UP);
        }
        // A client's own commands are no SQL, and no code to rewrite.
        unresolved::KIND if fact.get(unresolved::DIRECTION).is_none() => {
            let span = fact.span;
            if fact.text(unresolved::WHAT) == Some("sql") {
                fact.set(unresolved::WHAT, "command", span);
            }
        }
        _ => {}
    }
}

/// Notes what could not be read. A runbook shows parts, and leaves out what everyone knows: that is no
/// mistake of its.
pub fn not_read(out: &mut Reading, finding: &Finding, what: &'static str, fence: FactRef) {
    let span = finding.primary.span;
    out.add(Fact::new(unresolved::KIND, span).inside(Some(fence)).with(unresolved::WHAT, what, span).with(
        unresolved::REASON,
        finding.message.clone(),
        span,
    ));
}
