//! Loads a repository from disk: walks the root, asks which files are wanted, reads those. Runs
//! nothing, follows no link.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, Read, Seek};
use std::path::{Path, PathBuf};

use globset::GlobMatcher;
use ignore::{DirEntry, WalkBuilder};
use rayon::prelude::*;

use super::paths::{Target, slashed};
use crate::read::migration::reach::Reach;
use crate::read::uses::{self, Language};
use crate::read::{self, Reader, Settings, Wanted};
use crate::repo::{MAX_FILE_BYTES, Repo};

/// Largest file that is looked into for words that make it interesting, in bytes.
const MAX_PROBED_BYTES: u64 = 1024 * 1024;

/// The most bytes of files that are loaded because migrations lead to them.
const MAX_REACHED_BYTES: usize = 128 * 1024 * 1024;

/// Folders of things that were built or fetched, not walked where no `.gitignore` at the root says
/// what belongs to the repository.
const UNTRACKED: [&str; 5] = ["vendor", "target", "dist", ".next", "coverage"];

/// What was loaded, and what could not be.
#[derive(Debug, Default)]
pub struct Loaded {
    pub repo: Repo,
    pub unreadable: Vec<Unreadable>,
}

/// A file or folder that could not be opened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unreadable {
    /// From the root.
    pub path: String,
    pub message: String,
}

/// A file and how to read it.
struct Candidate {
    path: PathBuf,
    wanted: Wanted,
    explicit: bool,
    /// Its language, where it is read for what it names of a database that migrations make.
    code: Option<Language>,
}

/// What reading a candidate gave.
enum Content {
    Text(Vec<u8>),
    /// No reader asks for it, but it may name tables.
    Code(Vec<u8>),
    TooLarge(u64),
    Unwanted,
}

/// Loads the files of `target` that a reader wants, but not those whose path `exclude` matches;
/// files that were given are read in any case. The order of the files is that of their paths.
#[must_use]
pub fn load(target: &Target, settings: &Settings, exclude: &[GlobMatcher]) -> Loaded {
    let mut loaded = Loaded::default();
    let mut candidates = BTreeMap::new();
    let mut others = BTreeMap::new();
    // Without migrations, nothing is taken away that code could name.
    let mut migrates = false;
    for (path, real) in walk(target, &mut loaded.unreadable) {
        loaded.repo.note_path(&path);
        let Some(real) = real else { continue };
        if exclude.iter().any(|glob| glob.is_match(&path)) {
            continue;
        }
        let wanted = read::wants(&path, settings);
        // What migrations reach is code that nobody else asks for.
        if !matches!(wanted, Wanted::Yes(_)) {
            others.insert(path.clone(), real.clone());
        }
        migrates |= matches!(wanted, Wanted::Yes(Reader::Migration | Reader::SqlMigration));
        let code = uses::language(&path);
        if wanted != Wanted::No || code.is_some() {
            candidates.insert(path, Candidate { path: real, wanted, explicit: false, code });
        }
    }
    if !migrates {
        candidates.retain(|_, candidate| candidate.wanted != Wanted::No);
        candidates.values_mut().for_each(|candidate| candidate.code = None);
    }
    for path in &target.files {
        let candidate = Candidate {
            path: target.root.join(path),
            wanted: read::wants(path, settings),
            explicit: true,
            code: None,
        };
        candidates.insert(path.clone(), candidate);
    }
    let candidates: Vec<_> = candidates.into_iter().collect();
    let contents: Vec<_> = candidates.par_iter().map(|(_, candidate)| candidate.read()).collect();
    for ((path, candidate), content) in candidates.iter().zip(contents) {
        match content {
            Ok(Content::Text(bytes) | Content::Code(bytes)) => {
                loaded.repo.insert(path, bytes, candidate.explicit);
            }
            Ok(Content::TooLarge(bytes)) => {
                loaded.repo.insert_too_large(path, bytes);
            }
            Ok(Content::Unwanted) => {}
            Err(error) => {
                loaded.unreadable.push(Unreadable { path: path.clone(), message: error.to_string() });
            }
        }
    }
    load_reached(&mut loaded, &others);
    loaded.unreadable.sort_by(|a, b| a.path.cmp(&b.path));
    loaded
}

/// Loads the files that migrations lead to, out of `others`.
fn load_reached(loaded: &mut Loaded, others: &BTreeMap<String, PathBuf>) {
    let mut reach = Reach::default();
    let mut left = MAX_REACHED_BYTES;
    loop {
        let paths = reach.next(&loaded.repo);
        let found: Vec<_> = paths.iter().filter_map(|path| Some((path, others.get(path)?))).collect();
        if paths.is_empty() {
            return;
        }
        let contents: Vec<_> = found
            .par_iter()
            .map(|(_, real)| {
                let mut file = File::open(real)?;
                let bytes = file.metadata()?.len();
                text(&mut file, bytes)
            })
            .collect();
        for ((path, _), content) in found.into_iter().zip(contents) {
            match content {
                Ok(Content::Text(bytes)) if bytes.len() <= left => {
                    left -= bytes.len();
                    loaded.repo.insert(path, bytes, false);
                }
                // One that is too large or not there is said where it is missed.
                Ok(_) | Err(_) => {}
            }
        }
    }
}

impl Candidate {
    fn read(&self) -> io::Result<Content> {
        let mut file = File::open(&self.path)?;
        let bytes = file.metadata()?.len();
        if self.explicit {
            return text(&mut file, bytes);
        }
        match self.wanted {
            Wanted::No if bytes <= MAX_PROBED_BYTES => {
                let Content::Text(bytes) = text(&mut file, bytes)? else { return Ok(Content::Unwanted) };
                Ok(self.of_code(bytes))
            }
            Wanted::No => Ok(Content::Unwanted),
            Wanted::Yes(_) => text(&mut file, bytes),
            Wanted::IfShebang => {
                let mut start = Vec::new();
                file.by_ref().take(128).read_to_end(&mut start)?;
                if !read::is_shell_shebang(&start) {
                    return Ok(Content::Unwanted);
                }
                file.rewind()?;
                text(&mut file, bytes)
            }
            Wanted::IfContains(_, words) => {
                if bytes > MAX_PROBED_BYTES {
                    return Ok(Content::Unwanted);
                }
                let content = text(&mut file, bytes)?;
                let holds = |bytes: &[u8]| {
                    words.iter().any(|word| memchr::memmem::find(bytes, word.as_bytes()).is_some())
                };
                Ok(match content {
                    Content::Text(bytes) if holds(&bytes) => Content::Text(bytes),
                    Content::Text(bytes) => self.of_code(bytes),
                    _ => Content::Unwanted,
                })
            }
        }
    }
}

impl Candidate {
    /// A file that may name tables.
    fn of_code(&self, bytes: Vec<u8>) -> Content {
        let may = self.code.is_some_and(|language| uses::may_name(language, &bytes));
        if may { Content::Code(bytes) } else { Content::Unwanted }
    }
}

/// The whole file; one that is larger than is read, or grows while it is read, as its size.
fn text(file: &mut File, bytes: u64) -> io::Result<Content> {
    if bytes > MAX_FILE_BYTES as u64 {
        return Ok(Content::TooLarge(bytes));
    }
    let mut content = Vec::with_capacity(usize::try_from(bytes).unwrap_or(0) + 1);
    file.take(MAX_FILE_BYTES as u64 + 1).read_to_end(&mut content)?;
    if content.len() > MAX_FILE_BYTES {
        return Ok(Content::TooLarge(content.len() as u64));
    }
    Ok(Content::Text(content))
}

/// Every file of the root by its path from there; a link to a file has a name alone: what it points
/// to is walked where it lies. Given folders are walked although `.gitignore` hides them.
fn walk(target: &Target, unreadable: &mut Vec<Unreadable>) -> BTreeMap<String, Option<PathBuf>> {
    let tracked = target.root.join(".gitignore").is_file();
    let mut files = BTreeMap::new();
    let folders = target.folders.iter().map(|folder| target.root.join(folder));
    for folder in std::iter::once(target.root.clone()).chain(folders) {
        for entry in walker(&folder, tracked) {
            match entry {
                Ok(entry) if is_file(&entry) => {
                    let path = relative(entry.path(), &target.root);
                    let real = (!entry.path_is_symlink()).then(|| entry.into_path());
                    files.insert(path, real);
                }
                Ok(_) => {}
                Err(error) => unreadable.extend(fault(&error, &target.root)),
            }
        }
    }
    unreadable.sort_by(|a, b| a.path.cmp(&b.path));
    unreadable.dedup();
    files
}

fn walker(folder: &Path, tracked: bool) -> ignore::Walk {
    let top = folder.to_owned();
    WalkBuilder::new(folder)
        .hidden(false)
        // What is checked is decided in the root alone: the same on every machine.
        .parents(false)
        .git_global(false)
        .git_exclude(false)
        .require_git(false)
        .follow_links(false)
        .filter_entry(move |entry| entry.path() == top || !is_skipped(entry, tracked))
        .build()
}

fn is_skipped(entry: &DirEntry, tracked: bool) -> bool {
    let name = entry.file_name().to_str().unwrap_or_default();
    // A worktree's or submodule's `.git` is a file.
    if name == ".git" {
        return true;
    }
    entry.file_type().is_some_and(|kind| kind.is_dir())
        && (name == "node_modules" || (!tracked && UNTRACKED.contains(&name)))
}

fn is_file(entry: &DirEntry) -> bool {
    entry.file_type().is_some_and(|kind| kind.is_file() || (kind.is_symlink() && entry.path().is_file()))
}

fn relative(path: &Path, root: &Path) -> String {
    slashed(path.strip_prefix(root).unwrap_or(path))
}

/// A walk's error with its path from the root; mistakes in a `.gitignore` are not ours to report.
fn fault(error: &ignore::Error, root: &Path) -> Option<Unreadable> {
    match error {
        ignore::Error::WithDepth { err, .. } | ignore::Error::WithLineNumber { err, .. } => fault(err, root),
        ignore::Error::WithPath { path, err } => {
            let message = err.io_error()?.to_string();
            Some(Unreadable { path: relative(path, root), message })
        }
        ignore::Error::Io(error) => Some(Unreadable { path: ".".to_owned(), message: error.to_string() }),
        _ => None,
    }
}
