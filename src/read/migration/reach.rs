//! Which files migrations reach, before they are read: what they import by a relative path, and the
//! SQL that they may load. Looks at words, not at trees; a file too many costs a little time.

use std::collections::BTreeSet;

use memchr::memmem;

use super::library::{folder, resolve};
use super::names::Names;
use crate::repo::Repo;
use crate::text::FileId;

/// How many imports deep files are looked for.
const MAX_ROUNDS: usize = 6;
/// The most files that are asked for.
const MAX_FILES: usize = 20_000;

/// Looks for files round by round: each looks into what the one before it asked for.
#[derive(Debug, Default)]
pub struct Reach {
    /// What names mean, once the files are there that say it.
    names: Option<Names>,
    /// Whether these were asked for.
    asked_configs: bool,
    rounds: usize,
    asked: BTreeSet<String>,
    /// Where the next round looks; the migrations themselves in the first one.
    next: Vec<String>,
}

impl Reach {
    /// Paths that exist and are not read yet. Empty at the end.
    pub fn next(&mut self, repo: &Repo) -> Vec<String> {
        if !self.asked_configs {
            let found = configs(repo);
            self.asked_configs = true;
            if !found.is_empty() {
                return found;
            }
        }
        if self.names.is_none() {
            self.names = Some(Names::of(repo));
        }
        while self.rounds < MAX_ROUNDS {
            let found = self.round(repo);
            // Files that are there already may lead to others.
            if !found.is_empty() || self.next.is_empty() {
                return found;
            }
        }
        Vec::new()
    }

    fn round(&mut self, repo: &Repo) -> Vec<String> {
        self.rounds += 1;
        let ids: Vec<FileId> = if self.rounds == 1 {
            repo.ids().filter(|&id| is_seed(repo, id)).collect()
        } else {
            self.next.iter().filter_map(|path| repo.get(path)).collect()
        };
        let mut wanted = BTreeSet::new();
        let mut packages = BTreeSet::new();
        let reads = memmem::Finder::new("readFile");
        for id in ids {
            let (path, text) = (repo.path(id), &*repo.file(id).text);
            for name in imports(text) {
                if let Some(found) = resolve(path, name, self.names.as_ref(), |path| repo.exists(path)) {
                    wanted.insert(found);
                }
            }
            if reads.find(text.as_bytes()).is_some() {
                packages.insert(package(repo, path));
            }
        }
        for package in packages {
            wanted.extend(sql_of_package(repo, package));
        }
        // What a package says of its build stands beside it.
        if self.rounds == 1 && repo.ids().any(|id| is_seed(repo, id) || repo.path(id).ends_with(".sql")) {
            wanted.extend(repo.paths().filter(|path| says_what_is_built(path)).map(str::to_owned));
        }
        wanted.retain(|path| !self.asked.contains(path));
        self.next = wanted.iter().cloned().collect();
        let room = MAX_FILES.saturating_sub(self.asked.len());
        self.next.truncate(room);
        self.asked.extend(self.next.iter().cloned());
        self.next.iter().filter(|path| repo.get(path).is_none()).cloned().collect()
    }
}

/// The files around migrations that say what names of modules mean, and are not read yet.
fn configs(repo: &Repo) -> Vec<String> {
    let mut folders: BTreeSet<&str> = BTreeSet::new();
    for id in repo.ids().filter(|&id| is_seed(repo, id)) {
        let mut at = folder(repo.path(id));
        while folders.insert(at) && !at.is_empty() {
            at = folder(at);
        }
    }
    let mut found = Vec::new();
    for folder in folders {
        let start = if folder.is_empty() { String::new() } else { format!("{folder}/") };
        for stem in ["tsconfig", "jsconfig"] {
            let start = format!("{start}{stem}");
            let all = repo.paths_from(&start).take_while(|path| path.starts_with(&start));
            let all = all.filter(|path| path.ends_with(".json") && !path[start.len()..].contains('/'));
            found.extend(all.filter(|path| repo.get(path).is_none()).map(str::to_owned));
        }
    }
    found
}

/// Whether the file says what belongs to a build or to an image.
fn says_what_is_built(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or(path);
    name.ends_with(".dockerignore") || name == "nest-cli.json"
}

/// Whether the file holds migrations, as far as its words and its path tell.
fn is_seed(repo: &Repo, id: FileId) -> bool {
    let path = repo.path(id);
    let is_code = [".ts", ".js", ".mts", ".cts", ".mjs", ".cjs"].iter().any(|end| path.ends_with(end));
    let in_folder = || path.split('/').rev().skip(1).any(|part| part == "migrations" || part == "migration");
    is_code && (in_folder() || memmem::find(repo.file(id).text.as_bytes(), b"MigrationInterface").is_some())
}

/// The names behind `from`, `require(` and `import(`.
fn imports(text: &str) -> impl Iterator<Item = &str> {
    ["from", "require(", "import("].into_iter().flat_map(move |word| {
        memmem::find_iter(text.as_bytes(), word).filter_map(move |at| {
            let rest = text.get(at + word.len()..)?.trim_start();
            let quote = rest.chars().next().filter(|char| matches!(char, '\'' | '"' | '`'))?;
            let name = rest.get(1..)?.split(['\n', quote]).next()?;
            (!name.is_empty() && name.len() < 512).then_some(name)
        })
    })
}

/// The folder of the package that the file at `path` belongs to.
fn package<'p>(repo: &Repo, path: &'p str) -> &'p str {
    let mut package = folder(path);
    while !package.is_empty() && !repo.exists(&format!("{package}/package.json")) {
        package = folder(package);
    }
    package
}

/// The files of SQL in a package.
fn sql_of_package<'r>(repo: &'r Repo, package: &str) -> impl Iterator<Item = String> + use<'r> {
    let start = if package.is_empty() { String::new() } else { format!("{package}/") };
    let all = repo.paths_from(&start).take_while({
        let start = start.clone();
        move |path| path.starts_with(&start)
    });
    all.filter(|path| path.ends_with(".sql")).map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn imports_and_sql_are_asked_for_round_by_round() {
        let mut repo = Repo::default();
        repo.insert(
            "a/src/migrations/1.ts",
            b"import { x } from '../x';\nconst y = require(\"./y\");\nimport z from 'zod';".to_vec(),
            false,
        );
        for path in [
            "a/src/x.ts",
            "a/src/deep.ts",
            "a/src/migrations/y.js",
            "a/sql/b.sql",
            "b/c.sql",
            "a/package.json",
        ] {
            repo.note_path(path);
        }
        let mut reach = Reach::default();
        assert_eq!(reach.next(&repo), ["a/src/migrations/y.js", "a/src/x.ts"]);
        repo.insert("a/src/x.ts", b"export * from './deep'; readFileSync(a)".to_vec(), false);
        repo.insert("a/src/migrations/y.js", b"import('../../../../x')".to_vec(), false);
        assert_eq!(reach.next(&repo), ["a/sql/b.sql", "a/src/deep.ts"]);
        repo.insert("a/src/deep.ts", b"import './deep'; from '../src/x'".to_vec(), false);
        assert!(reach.next(&repo).is_empty());
        assert!(reach.next(&repo).is_empty());
    }
}
