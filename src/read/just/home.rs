//! Where a justfile belongs: the files that it imports, its modules, and for a file that others take
//! in, the justfile that does. Knows paths, no recipe.

use std::collections::VecDeque;

use rustc_hash::FxHashSet;

use super::is_justfile;
use crate::read::command;
use crate::repo::Repo;
use crate::syntax::justfile::{self, Justfile};
use crate::text::Passage;

/// Files that are looked through for the one that imports another.
const MOST_FILES: usize = 64;

/// Where a file's recipes run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Home {
    /// The folder of the justfile that just is started with.
    pub root: String,
    /// The folder that recipes run in.
    pub working: String,
    /// The justfile or module whose namespace the file is part of, where that is another file.
    pub importer: Option<String>,
}

/// The home of the file at `path`.
pub(super) fn of(repo: &Repo, path: &str) -> Home {
    let (folder, name) = path.rsplit_once('/').unwrap_or(("", path));
    let own = Home { root: folder.to_owned(), working: folder.to_owned(), importer: None };
    if is_justfile(name) {
        return own;
    }
    let mut budget = MOST_FILES;
    let mut at = folder;
    loop {
        if let Some(root) = in_folder(repo, at)
            && let Some(found) = search(repo, &root, path, &mut budget)
        {
            return found;
        }
        if at.is_empty() || budget == 0 {
            return own;
        }
        at = at.rsplit_once('/').map_or("", |(folder, _)| folder);
    }
}

/// The justfile of a folder.
fn in_folder(repo: &Repo, folder: &str) -> Option<String> {
    const SPELLINGS: &[&str] = &["justfile", "Justfile", ".justfile", "JUSTFILE", ".Justfile"];
    SPELLINGS.iter().map(|name| joined(folder, name)).find(|path| repo.exists(path))
}

/// Follows imports and modules from the justfile `root` to the file `wanted`.
fn search(repo: &Repo, root: &str, wanted: &str, budget: &mut usize) -> Option<Home> {
    let folder_of = |path: &str| path.rsplit_once('/').map_or("", |(folder, _)| folder).to_owned();
    let root_folder = folder_of(root);
    let mut seen = FxHashSet::default();
    // A file, the folder that its recipes run in, and the namespace that it is part of.
    let mut queue = VecDeque::from([(root.to_owned(), root_folder.clone(), root.to_owned())]);
    while let Some((path, working, namespace)) = queue.pop_front() {
        if path == wanted {
            return Some(Home { root: root_folder, working, importer: Some(namespace) });
        }
        if *budget == 0 || !seen.insert(path.clone()) {
            continue;
        }
        let Some(id) = repo.get(&path).filter(|&id| repo.is_text(id)) else { continue };
        let text = &repo.file(id).text;
        if !text.lines().any(|line| line.starts_with("import") || line.starts_with("mod")) {
            continue;
        }
        *budget -= 1;
        let Justfile { imports, modules, .. } = justfile::parse(&repo.passage(id));
        let folder = folder_of(&path);
        for item in imports {
            queue.push_back((import(&folder, item.path.text()), working.clone(), namespace.clone()));
        }
        for item in modules {
            let path = item.path.as_ref().map(Passage::text);
            let path = module(repo, &folder, item.name.text(), path);
            queue.push_back((path.clone(), folder_of(&path), path));
        }
    }
    None
}

/// The path, from the root, of a file that a file in `folder` imports; as written where it lies
/// elsewhere.
pub(super) fn import(folder: &str, path: &str) -> String {
    command::join_path(folder, path).unwrap_or_else(|| path.to_owned())
}

/// The file of a module: the first one that is there of those that just looks for, else the first one.
pub(super) fn module(repo: &Repo, folder: &str, name: &str, path: Option<&str>) -> String {
    let base = import(folder, path.unwrap_or(name));
    let mut candidates = match path {
        Some(_) => vec![base.clone(), joined(&base, "mod.just")],
        None => vec![format!("{base}.just"), joined(&base, "mod.just")],
    };
    candidates.extend(in_folder(repo, &base));
    let found = candidates.iter().position(|path| repo.get(path).is_some());
    candidates.swap_remove(found.unwrap_or(0))
}

fn joined(folder: &str, name: &str) -> String {
    if folder.is_empty() { name.to_owned() } else { format!("{folder}/{name}") }
}
