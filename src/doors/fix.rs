//! Writes what mending made of files, and says what it would be. Decides nothing of what is fixed.

use std::path::Path;

use super::disk::Unreadable;
use super::paths::Focus;
use crate::finding::Finding;
use crate::mend::Mended;
use crate::repo::Repo;
use crate::report::{self, Report};

/// Whether a finding's fix may be made: it is shown, and what it changes lies in the given paths.
pub fn is_wanted(finding: &Finding, repo: &Repo, focus: &Focus) -> bool {
    let edits = finding.fixes.iter().take(1).flat_map(|fix| &fix.edits);
    focus.has(finding, repo) && edits.into_iter().all(|edit| focus.has_path(repo.path(edit.span().file)))
}

/// The changed files as a patch.
pub fn diff(before: &Repo, mended: &Mended) -> String {
    let patch = |&id| report::diff(before.path(id), &before.file(id).text, &mended.repo.file(id).text);
    let mut ids: Vec<_> = mended.changed.iter().copied().collect();
    ids.sort_by_key(|&id| before.path(id));
    ids.iter().map(patch).collect()
}

/// Writes the changed files; gives what the repository is then, and what could not be written. A file that
/// is not what it was when it was read stays as it is.
pub fn write(root: &Path, before: Repo, mended: &Mended) -> (Repo, Vec<Unreadable>) {
    let mut after = before;
    let mut failed = Vec::new();
    for &id in &mended.changed {
        let (old, new) = (after.file(id).clone(), mended.repo.file(id));
        match replace(&root.join(&*old.path), old.text.as_bytes(), new.text.as_bytes()) {
            Ok(()) => {
                after.insert(&old.path, new.text.as_bytes().to_vec(), old.explicit);
            }
            Err(message) => failed.push(Unreadable { path: old.path.to_string(), message }),
        }
    }
    (after, failed)
}

fn replace(path: &Path, old: &[u8], new: &[u8]) -> Result<(), String> {
    let now = std::fs::read(path).map_err(|error| error.to_string())?;
    if now != old {
        return Err("it was changed while it was checked, and is not fixed".to_owned());
    }
    std::fs::write(path, new).map_err(|error| format!("it could not be fixed: {error}"))
}

/// What was done, in a line.
pub fn sum(mended: &Mended, failed: usize) -> String {
    let files = mended.changed.len() - failed.min(mended.changed.len());
    match (mended.fixes, files) {
        (0, _) => "nothing to fix".to_owned(),
        (fixes, files) => {
            format!("{} made in {}", count(fixes, "fix", "fixes"), count(files, "file", "files"))
        }
    }
}

/// What could be done, in a line; none where nothing can.
pub fn offer(report: &Report) -> Option<String> {
    let fixes = || report.findings.iter().filter_map(|finding| finding.fixes.first());
    let (safe, all) = (fixes().filter(|fix| fix.safe).count(), fixes().count());
    let rest = all - safe;
    match (safe, rest) {
        (0, 0) => None,
        (safe, 0) => Some(format!("{} with `--fix`", count(safe, "fix", "fixes"))),
        (0, rest) => Some(format!("{} to look at with `--diff --unsafe-fixes`", count(rest, "fix", "fixes"))),
        (safe, rest) => Some(format!(
            "{} with `--fix`, {rest} more to look at with `--diff --unsafe-fixes`",
            count(safe, "fix", "fixes")
        )),
    }
}

fn count(number: usize, one: &str, many: &str) -> String {
    format!("{number} {}", if number == 1 { one } else { many })
}
