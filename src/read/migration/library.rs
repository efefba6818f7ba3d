//! The files that a migration reaches: each is read when it is, and stays where it is found. Knows how
//! names of files resolve; never leaves the repository.

use std::cell::{Cell, OnceCell, RefCell};
use std::rc::Rc;
use std::sync::Arc;

use super::names::Names;
use super::source::Source;
use crate::repo::Repo;
use crate::syntax::typescript::{self, Dialect, Tree};
use crate::text::{FileId, Passage};

/// The most files of code that one migration reaches.
const MAX_FILES: usize = 64;
/// The most bytes of code that one migration reaches in other files.
const MAX_BYTES: usize = 8 * 1024 * 1024;

/// A file of code.
pub struct Loaded {
    pub passage: Passage,
    pub path: Rc<str>,
    /// Its syntax tree; none where it does not parse.
    pub tree: Option<Rc<Tree>>,
}

impl Loaded {
    pub fn new(passage: Passage, path: &str, tree: Option<Rc<Tree>>) -> Self {
        Self { passage, path: path.into(), tree }
    }

    pub fn source(&self) -> Source<'_> {
        Source { passage: &self.passage }
    }
}

/// The files, the migration's own first.
pub struct Library<'r> {
    repo: Option<&'r Repo>,
    files: Vec<OnceCell<Loaded>>,
    ids: Vec<Cell<Option<FileId>>>,
    bytes: Cell<usize>,
    empty: Passage,
}

impl<'r> Library<'r> {
    /// A library of one file; without a repository, there are no others.
    pub fn new(repo: Option<&'r Repo>, own: Loaded) -> Self {
        let files: Vec<OnceCell<Loaded>> = (0..MAX_FILES).map(|_| OnceCell::new()).collect();
        let ids: Vec<Cell<Option<FileId>>> = (0..MAX_FILES).map(|_| Cell::new(None)).collect();
        let empty = own.passage.slice(0..0);
        if let (Some(first), Some(id)) = (files.first(), ids.first()) {
            id.set(Some(own.passage.span().file));
            let _ = first.set(own);
        }
        Self { repo, files, ids, bytes: Cell::new(MAX_BYTES), empty }
    }

    /// A text of nothing, for a file that is not there.
    pub fn empty(&self) -> &Passage {
        &self.empty
    }

    /// The file `module`.
    pub fn get(&self, module: usize) -> Option<&Loaded> {
        self.files.get(module)?.get()
    }

    /// The module that `specifier` names in a file at `path`.
    ///
    /// # Errors
    /// Why there is none.
    pub fn import(&self, path: &str, specifier: &str) -> Result<usize, String> {
        let not_followed = || format!("`{specifier}` is not followed");
        let repo = self.repo.ok_or_else(not_followed)?;
        let names = if specifier.starts_with('.') { None } else { repo.whole(Names::of) };
        let found = resolve(path, specifier, names.as_deref(), |path| repo.get(path).is_some());
        let Some(id) = found.and_then(|path| repo.get(&path)) else {
            return Err(if specifier.starts_with('.') {
                format!("`{specifier}` is not in the repository")
            } else {
                not_followed()
            });
        };
        if let Some(known) = self.ids.iter().position(|known| known.get() == Some(id)) {
            return Ok(known);
        }
        let free = self.ids.iter().position(|known| known.get().is_none());
        let slot = free.ok_or_else(|| format!("it leads to more than {MAX_FILES} files"))?;
        let passage = repo.passage(id);
        let Some(left) = self.bytes.get().checked_sub(passage.len()) else {
            return Err("it leads to more code than is read".into());
        };
        self.bytes.set(left);
        let tree = if repo.path(id).ends_with(".json") {
            None
        } else {
            shared_tree(&repo.file(id).text, Dialect::of(repo.path(id)))
        };
        self.ids[slot].set(Some(id));
        let _ = self.files[slot].set(Loaded::new(passage, repo.path(id), tree));
        Ok(slot)
    }

    /// The text of the file at `name`: from the root where it begins with `/`, else from the folder of
    /// one of the folders around `path`, the nearest first.
    ///
    /// # Errors
    /// Why there is none.
    pub fn text(&self, path: &str, name: &str) -> Result<Passage, String> {
        let missing = || format!("the file `{}` is not in the repository", name.trim_start_matches('/'));
        let repo = self.repo.ok_or_else(missing)?;
        let id = match name.strip_prefix('/') {
            Some(name) => repo.get(&normal(name).ok_or_else(missing)?),
            None => folders(path).find_map(|folder| repo.get(&join(folder, name)?)),
        };
        let id = id.ok_or_else(missing)?;
        if !repo.is_text(id) {
            return Err(format!("the file `{name}` is no text"));
        }
        let Some(left) = self.bytes.get().checked_sub(repo.file(id).text.len()) else {
            return Err("it leads to more text than is read".into());
        };
        self.bytes.set(left);
        Ok(repo.passage(id))
    }
}

impl Library<'_> {
    /// The names of the files in the folder at `name`, sorted; none where there is no such folder.
    pub fn folder(&self, path: &str, name: &str) -> Option<Vec<String>> {
        let repo = self.repo?;
        let inside = |folder: &str| {
            let start = if folder.is_empty() { String::new() } else { format!("{folder}/") };
            let all = repo.paths_from(&start).take_while(|path| path.starts_with(&start)).take(10_000);
            let names = all.filter_map(|path| path.get(start.len()..)).filter(|name| !name.contains('/'));
            let names: Vec<String> = names.map(str::to_owned).collect();
            (!names.is_empty()).then_some(names)
        };
        match name.strip_prefix('/') {
            Some(name) => inside(&normal(name)?),
            None => folders(path).find_map(|folder| inside(&join(folder, name)?)),
        }
    }
}

/// A text with its tree; none where it does not parse.
type Parsed = (Arc<str>, Dialect, Option<Rc<Tree>>);

thread_local! {
    /// The trees of files that migrations of this thread reached last, the latest at the end: many reach
    /// the same ones.
    static TREES: RefCell<Vec<Parsed>> = const { RefCell::new(Vec::new()) };
}

/// The most bytes of text whose trees are kept for the next migration.
const KEPT_BYTES: usize = 2 * 1024 * 1024;

/// The tree of a text that other migrations may have reached before.
fn shared_tree(text: &Arc<str>, dialect: Dialect) -> Option<Rc<Tree>> {
    let known = TREES.with_borrow_mut(|trees| {
        let at = trees.iter().position(|(other, own, _)| Arc::ptr_eq(other, text) && *own == dialect)?;
        let found = trees.remove(at);
        let tree = found.2.clone();
        trees.push(found);
        Some(tree)
    });
    if let Some(tree) = known {
        return tree;
    }
    let tree = typescript::parse(text, dialect).ok().map(Rc::new);
    TREES.with_borrow_mut(|trees| {
        trees.push((Arc::clone(text), dialect, tree.clone()));
        let mut room = KEPT_BYTES;
        let fits = |(text, ..): &&Parsed| {
            let left = room.checked_sub(text.len());
            room = left.unwrap_or(0);
            left.is_some()
        };
        let kept = trees.iter().rev().take_while(fits).count().min(MAX_FILES * 2);
        trees.drain(..trees.len() - kept);
    });
    tree
}

/// The folders around the file at `path`, the nearest first; the last one is the root.
fn folders(path: &str) -> impl Iterator<Item = &str> {
    let parent = |path: &str| path.rfind('/').map_or(0, |end| end);
    let first = Some(&path[..parent(path)]);
    std::iter::successors(first, move |folder| (!folder.is_empty()).then(|| &folder[..parent(folder)]))
}

/// The folder of the file at `path`, without a `/` at its end.
pub fn folder(path: &str) -> &str {
    path.rsplit_once('/').map_or("", |(folder, _)| folder)
}

/// `name` from `folder`, both from the root; none outside of it.
pub fn join(folder: &str, name: &str) -> Option<String> {
    normal(&format!("{folder}/{name}"))
}

/// The path without `.` and `..`; none where it leads out of the root.
pub fn normal(path: &str) -> Option<String> {
    let mut parts: Vec<&str> = Vec::new();
    for part in path.split(['/', '\\']) {
        match part {
            "" | "." => {}
            ".." => drop(parts.pop()?),
            part => parts.push(part),
        }
    }
    Some(parts.join("/"))
}

/// The path of the file of the repository that a file at `path` means by `specifier`.
pub fn imported(repo: &Repo, path: &str, specifier: &str) -> Option<String> {
    let names = if specifier.starts_with('.') { None } else { repo.whole(Names::of) };
    resolve(path, specifier, names.as_deref(), |path| repo.exists(path))
}

/// The path of the file of code that a file at `path` means by `specifier`.
pub fn resolve(
    path: &str,
    specifier: &str,
    names: Option<&Names>,
    exists: impl Fn(&str) -> bool,
) -> Option<String> {
    let found = |stem: String| candidates(&stem).find(|name| exists(name)).filter(|found| found != path);
    if specifier.starts_with('.') {
        return found(join(folder(path), specifier)?);
    }
    let stems = names.map(|names| names.stems(path, specifier)).unwrap_or_default();
    if let Some(found) = stems.into_iter().find_map(&found) {
        return Some(found);
    }
    // Names from a folder around, as `baseUrl` and the usual `paths` of a tsconfig have them.
    let (prefix, rest) = specifier.split_once('/')?;
    match prefix {
        "src" => folders(path).find_map(|folder| found(join(folder, specifier)?)),
        "@" | "~" => folders(path).find_map(|folder| found(join(folder, &format!("src/{rest}"))?)),
        _ => None,
    }
}

/// The files that `stem` may mean, in the order in which they are tried.
fn candidates(stem: &str) -> impl Iterator<Item = String> {
    const ENDS: [&str; 8] = [".ts", ".js", ".mts", ".cts", ".mjs", ".cjs", "/index.ts", "/index.js"];
    let base = stem.strip_suffix(".js").or_else(|| stem.strip_suffix(".mjs")).unwrap_or(stem);
    let is_code =
        [".ts", ".js", ".mts", ".cts", ".mjs", ".cjs", ".sql", ".json"].iter().any(|end| stem.ends_with(end));
    let exact = is_code.then(|| stem.to_owned());
    let compiled = (base != stem).then(|| format!("{base}.ts"));
    exact.into_iter().chain(compiled).chain(ENDS.iter().map(|end| format!("{stem}{end}")).collect::<Vec<_>>())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_never_lead_out_of_the_root() {
        assert_eq!(normal("a/../../b"), None);
        assert_eq!(normal("a/./b/../c").as_deref(), Some("a/c"));
        assert_eq!(folders("a/b/c.ts").collect::<Vec<_>>(), ["a/b", "a", ""]);
        assert_eq!(folders("c.ts").collect::<Vec<_>>(), [""]);
        let mut repo = Repo::default();
        for path in ["src/db/index.ts", "src/db/a.ts", "src/b.js", "m/x.ts"] {
            repo.insert(path, Vec::new(), false);
        }
        let resolved = |path: &str, name: &str| resolve(path, name, None, |path| repo.get(path).is_some());
        assert_eq!(resolved("m/x.ts", "../src/db").as_deref(), Some("src/db/index.ts"));
        assert_eq!(resolved("m/x.ts", "../src/db/a.js").as_deref(), Some("src/db/a.ts"));
        assert_eq!(resolved("m/x.ts", "@/b").as_deref(), Some("src/b.js"));
        assert_eq!(resolved("m/x.ts", "src/b").as_deref(), Some("src/b.js"));
        assert_eq!(resolved("m/x.ts", "../../b"), None);
        assert_eq!(resolved("m/x.ts", "./x"), None);
    }
}
