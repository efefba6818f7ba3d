//! Fixes, applied until nothing changes. Knows the one check, not how findings are made.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::check::check;
use crate::finding::Finding;
use crate::policy::Policy;
use crate::repo::Repo;
use crate::report::Report;
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

/// What mending made of a repository.
#[derive(Debug)]
pub struct Mended {
    pub repo: Repo,
    /// The number of fixes that were applied.
    pub fixes: usize,
    /// The files that differ from what they were.
    pub changed: BTreeSet<FileId>,
}

/// The repository with the fixes of those of its findings applied that are `wanted`. A fix that overlaps
/// one already taken waits for the next round; one with the very same edit needs it once. A file that
/// could not be parsed after a round is put back, and is not touched again.
#[must_use]
pub fn mend(
    repo: Repo,
    rulebook: &Rulebook,
    policy: &Policy,
    daring: Daring,
    wanted: &dyn Fn(&Finding, &Repo) -> bool,
) -> Mended {
    let mut mended = Mended { repo, fixes: 0, changed: BTreeSet::new() };
    let mut closed: BTreeSet<FileId> = BTreeSet::new();
    let mut report = check(&mended.repo, rulebook, policy);
    for _ in 0..MOST_ROUNDS {
        let round = Round::of(&report, &mended.repo, |finding, repo| {
            let fix = finding.fixes.first().filter(|fix| fix.safe || daring == Daring::All)?;
            let open = fix.edits.iter().all(|edit| {
                let file = edit.span().file;
                !closed.contains(&file) && repo.fault(file).is_none()
            });
            (open && wanted(finding, repo)).then_some(fix.edits.as_slice())
        });
        let mut before: BTreeMap<FileId, Arc<str>> = BTreeMap::new();
        for (&id, edits) in &round.edits {
            let file = mended.repo.file(id).clone();
            if let Some(text) = apply(&file.text, &edits.iter().cloned().collect::<Vec<_>>())
                .filter(|text| **text != *file.text)
            {
                before.insert(id, file.text);
                mended.repo.insert(&file.path, text.into_bytes(), file.explicit);
            }
        }
        if before.is_empty() {
            break;
        }
        let after = check(&mended.repo, rulebook, policy);
        let broken: Vec<FileId> =
            before.keys().copied().filter(|&id| problems(&after, id) > problems(&report, id)).collect();
        if broken.is_empty() {
            mended.fixes += round.fixes;
            mended.changed.extend(before.into_keys());
            report = after;
            continue;
        }
        // What a fix changes in several files belongs together: the whole round is put back.
        for (id, text) in before {
            let file = mended.repo.file(id).clone();
            mended.repo.insert(&file.path, text.as_bytes().to_vec(), file.explicit);
        }
        closed.extend(broken);
    }
    mended
}

/// The edits of fixes that can be made together.
#[derive(Default)]
struct Round {
    edits: BTreeMap<FileId, BTreeSet<Edit>>,
    fixes: usize,
}

impl Round {
    fn of<'r>(
        report: &'r Report,
        repo: &Repo,
        choose: impl Fn(&'r Finding, &Repo) -> Option<&'r [Edit]>,
    ) -> Self {
        let mut round = Self::default();
        for edits in report.findings.iter().filter_map(|finding| choose(finding, repo)) {
            if edits.iter().any(|edit| round.clashes(edit)) {
                continue;
            }
            for edit in edits {
                round.edits.entry(edit.span().file).or_default().insert(edit.clone());
            }
            round.fixes += 1;
        }
        round
    }

    /// Whether an edit would change what another one changes. Those that are there don't overlap, so its
    /// neighbours tell.
    fn clashes(&self, edit: &Edit) -> bool {
        let Some(own) = self.edits.get(&edit.span().file) else { return false };
        let before = own.range(..edit).next_back();
        let behind = own.range(edit..).find(|other| *other != edit);
        before.into_iter().chain(behind).any(|other| edit.overlaps(other))
    }
}

fn problems(report: &Report, id: FileId) -> usize {
    report.problems.iter().filter(|problem| problem.primary.span.file == id).count()
}
