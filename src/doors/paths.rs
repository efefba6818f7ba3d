//! Which folder is checked, and which paths of it are looked at: given paths are a focus, not a
//! scope. Reads no file.

use std::path::{Component, Path, PathBuf};

use rustc_hash::FxHashSet;

use super::cli::POLICY_FILE;
use crate::finding::Finding;
use crate::repo::Repo;

/// What marks the folder that paths start from.
pub const ROOT_MARKS: [&str; 2] = [".git", POLICY_FILE];

/// The checked folder and the paths in it that were given.
#[derive(Clone, Debug, Default)]
pub struct Target {
    /// Absolute, symbolic links resolved.
    pub root: PathBuf,
    /// Given files, from the root.
    pub files: Vec<String>,
    /// Given folders, from the root; none of them is the root itself.
    pub folders: Vec<String>,
    /// Whether the root itself was given, or its policy, or nothing: then nothing is hidden.
    pub whole: bool,
}

impl Target {
    /// The target of the `given` paths: the root is the nearest folder around the first one that
    /// holds a mark, else the given folder itself.
    ///
    /// # Errors
    /// A message for the user: a path that is not there, or lies outside of the root.
    pub fn of(given: &[PathBuf]) -> Result<Self, String> {
        let here = [PathBuf::from(".")];
        let given = if given.is_empty() { &here[..] } else { given };
        let mut target = Self::default();
        for (index, path) in given.iter().enumerate() {
            let real = real(path)?;
            let is_folder = real.is_dir();
            if !is_folder && !real.is_file() {
                return Err(format!("`{}` is neither a file nor a folder", path.display()));
            }
            if index == 0 {
                target.root = root_of(&real, is_folder);
            }
            target.add(&real, is_folder, path)?;
        }
        Ok(target)
    }

    fn add(&mut self, real: &Path, is_folder: bool, given: &Path) -> Result<(), String> {
        let outside = || {
            format!(
                "`{}` lies outside of the checked folder `{}`, which the first path names; check it in a run of its own",
                given.display(),
                self.root.display()
            )
        };
        let relative = slashed(real.strip_prefix(&self.root).map_err(|_| outside())?);
        // What the policy says holds for every file.
        if relative.is_empty() || relative == POLICY_FILE {
            self.whole = true;
        } else if is_folder {
            self.folders.push(relative);
        } else {
            self.files.push(relative);
        }
        Ok(())
    }

    /// A test for what is shown.
    #[must_use]
    pub fn focus(&self) -> Focus {
        Focus {
            whole: self.whole,
            files: self.files.iter().cloned().collect(),
            folders: self.folders.iter().map(|folder| format!("{folder}/")).collect(),
        }
    }
}

/// The given paths, as a question.
#[derive(Clone, Debug, Default)]
pub struct Focus {
    whole: bool,
    files: FxHashSet<String>,
    folders: Vec<String>,
}

impl Focus {
    #[must_use]
    pub fn has_path(&self, path: &str) -> bool {
        self.whole
            || self.files.contains(path)
            || self.folders.iter().any(|folder| path.starts_with(folder.as_str()))
    }

    /// Whether a place of the finding lies in a given path.
    #[must_use]
    pub fn has(&self, finding: &Finding, repo: &Repo) -> bool {
        let mut labels = std::iter::once(&finding.primary).chain(&finding.related);
        labels.any(|label| self.has_path(repo.path(label.span.file)))
    }
}

/// The path with its symbolic links resolved.
fn real(path: &Path) -> Result<PathBuf, String> {
    path.canonicalize().map_err(|error| match error.kind() {
        std::io::ErrorKind::NotFound => format!("`{}` does not exist", path.display()),
        _ => format!("`{}` cannot be opened: {error}", path.display()),
    })
}

fn root_of(path: &Path, is_folder: bool) -> PathBuf {
    let marked = |folder: &&Path| ROOT_MARKS.iter().any(|mark| folder.join(mark).exists());
    let start = if is_folder { path } else { path.parent().unwrap_or(path) };
    start.ancestors().find(marked).unwrap_or(start).to_owned()
}

/// A path with `/` between its parts.
#[must_use]
pub fn slashed(path: &Path) -> String {
    let parts: Vec<_> = path
        .components()
        .filter_map(|part| match part {
            Component::Normal(part) => Some(part.to_string_lossy()),
            _ => None,
        })
        .collect();
    parts.join("/")
}
