//! Commands that go back to earlier code, and the migrations that such code does not survive. Knows no
//! image's contents: words tell that one is earlier.

use crate::facts::words::{command, migration, workflow};
use crate::facts::{Fact, FactId, Facts};

/// Words in the name of an image that runs already, or did.
const EARLIER: [&str; 9] =
    ["prev", "previous", "rollback", "old", "stable", "good", "backup", "before", "running"];

pub(super) fn link(facts: &mut Facts) {
    let breaks = |id: &&FactId| {
        let fact = facts.get(**id);
        fact.bool(migration::BLOCKS) == Some(true)
            && fact.bool(migration::EXPAND_EARLIER) != Some(true)
            && fact.get(migration::EXPAND_REASON).is_none()
    };
    let count = facts.of_kind(migration::KIND).iter().filter(breaks).count();
    if count == 0 {
        return;
    }
    for id in facts.of_kind(command::KIND).to_vec() {
        if goes_back(facts, id) {
            let span = facts.get(id).span;
            facts.get_mut(id).set(command::NO_WAY_BACK, i64::try_from(count).unwrap_or(i64::MAX), span);
        }
    }
}

fn goes_back(facts: &Facts, id: FactId) -> bool {
    let fact = facts.get(id);
    if fact.has(command::EFFECTS, "rollback") {
        return true;
    }
    let Some(image) = image(fact) else { return false };
    let in_rollback = || {
        let workflow = facts.enclosing(id, workflow::KIND);
        workflow.is_some_and(|id| facts.get(id).bool(workflow::ROLLBACK) == Some(true))
    };
    let mut words = image.split(|c: char| !c.is_alphanumeric());
    words.any(|word| EARLIER.contains(&word.to_lowercase().as_str())) || in_rollback()
}

/// The image that a deploy names.
fn image(fact: &Fact) -> Option<&str> {
    let deploys = fact.text(command::PROGRAM) == Some("flyctl") && fact.has(command::EFFECTS, "deploy");
    fact.entry(command::FLAGS, "image").map(|(image, _)| image).filter(|_| deploys)
}
