//! Which commands stand in a file that the team does not let them stand in. Knows the policy's words.

use crate::facts::Facts;
use crate::facts::words::command;
use crate::read::Settings;
use crate::repo::Repo;

/// Takes `only-in` back from the commands that stand where they may.
pub(super) fn link(facts: &mut Facts, repo: &Repo, settings: &Settings) {
    let notes: Vec<_> = settings.programs.iter().filter(|note| !note.only_in.is_empty()).collect();
    if notes.is_empty() {
        return;
    }
    for id in facts.of_kind(command::KIND).to_vec() {
        let fact = facts.get(id);
        let Some(text) = fact.text(command::ONLY_IN) else { continue };
        let path = repo.path(fact.span.file);
        let may = notes
            .iter()
            .filter(|note| note.only_in_text() == text)
            .any(|note| note.only_in.iter().any(|glob| glob.is_match(path)));
        if may {
            facts.get_mut(id).unset(command::ONLY_IN);
        }
    }
}
