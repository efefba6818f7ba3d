//! Fixes, applied until nothing changes. Knows the one check, not how findings are made.

use crate::check::check;
use crate::policy::Policy;
use crate::repo::Repo;
use crate::rules::Rulebook;
use crate::text::{Edit, FileId, apply};

/// Rounds after which mending ends though there is more to do; each round removes a finding.
const MOST_ROUNDS: usize = 16;

/// Which fixes are applied.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Daring {
    /// Only those that keep what the file does.
    Safe,
    All,
}

/// The repository with the fixes of its findings applied, and the number of fixes. A fix that
/// overlaps one already taken waits for the next round.
#[must_use]
pub fn mend(mut repo: Repo, rulebook: &Rulebook, policy: &Policy, daring: Daring) -> (Repo, usize) {
    let mut applied = 0;
    for _ in 0..MOST_ROUNDS {
        let report = check(&repo, rulebook, policy);
        let mut edits: Vec<Edit> = Vec::new();
        for fix in report.findings.iter().flat_map(|finding| &finding.fixes) {
            let clashes = fix.edits.iter().any(|edit| edits.iter().any(|other| edit.overlaps(other)));
            if clashes || (daring == Daring::Safe && !fix.safe) {
                continue;
            }
            edits.extend(fix.edits.iter().cloned());
            applied += 1;
        }
        if edits.is_empty() {
            break;
        }
        let files: std::collections::BTreeSet<FileId> = edits.iter().map(|edit| edit.span().file).collect();
        for id in files {
            let own: Vec<Edit> = edits.iter().filter(|edit| edit.span().file == id).cloned().collect();
            let file = repo.file(id).clone();
            if let Some(text) = apply(&file.text, &own) {
                repo.insert(&file.path, text.into_bytes(), file.explicit);
            }
        }
    }
    (repo, applied)
}
