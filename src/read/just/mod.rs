//! justfiles: recipes and their commands. Knows what just does with a recipe, not what a recipe calls
//! in other files.

use std::sync::Arc;

use rustc_hash::FxHashMap;

use super::command::{self, Site};
use super::{Reader, Settings};
use crate::facts::words::{file, unresolved};
use crate::facts::{Fact, FactRef, Reading};
use crate::repo::Repo;
use crate::syntax::justfile::{self, Form, Justfile};
use crate::text::{FileId, Passage, Span};

mod home;
mod recipe;
#[cfg(test)]
mod tests;
mod value;
mod weave;

use home::Home;
use value::Scope;

/// Names under which just looks for a justfile, in small letters; it takes any case.
pub const NAMES: &[&str] = &["justfile", ".justfile"];

/// Whether just finds a file of that name by itself.
#[must_use]
pub fn is_justfile(name: &str) -> bool {
    NAMES.iter().any(|known| name.eq_ignore_ascii_case(known))
}

/// Reads a justfile, or a file that one imports.
#[must_use]
pub fn read(repo: &Repo, id: FileId, settings: &Settings) -> Reading {
    let mut out = Reading::default();
    let passage = repo.passage(id);
    let path = repo.path(id);
    let parsed = justfile::parse(&passage);
    out.findings.extend(parsed.faults.iter().map(|fault| fault.finding(&passage)));
    let home = home::of(repo, path);
    let parent = out.add(file_fact(repo, id, &parsed, &home));
    let scope = Scope::new(&parsed, path, &home.root);
    let shell = Shell::of(&parsed, &passage);
    let directory = match parsed.setting("working-directory").map(|setting| scope.literal(&setting.values)) {
        Some(path) => path.and_then(|path| command::join_path(&home.working, &path)),
        None => Some(home.working.clone()),
    };
    let directory = directory.filter(|_| !parsed.is_set("no-cd"));
    let (errexit, pipefail) = match &shell {
        Shell::Lines { errexit, pipefail } => (*errexit, *pipefail),
        Shell::Other(_) => (false, false),
    };
    let site = Site {
        host: "recipe",
        phase: None,
        parent: Some(parent),
        directory,
        errexit,
        pipefail,
        ignored: None,
        guard: Vec::new(),
        settings,
    };
    let file = File { passage: &passage, parsed: &parsed, scope, shell };
    file.backticks(&mut out, &site);
    recipe::all(&mut out, &file, &site);
    out
}

/// A justfile that is being read.
struct File<'a> {
    passage: &'a Passage,
    parsed: &'a Justfile,
    scope: Scope<'a>,
    shell: Shell,
}

/// What runs the lines of recipes.
enum Shell {
    Lines {
        errexit: bool,
        pipefail: bool,
    },
    /// A program whose language is not read.
    Other(String),
}

impl Shell {
    fn of(file: &Justfile, passage: &Passage) -> Self {
        let Some(setting) = file.setting("shell") else {
            return Self::Lines { errexit: false, pipefail: false };
        };
        let words: Vec<&str> = setting
            .values
            .iter()
            .map(|value| match &value.form {
                Form::Text(text) | Form::Shell(text) => text.text(),
                _ => passage.text().get(value.range.clone()).unwrap_or_default(),
            })
            .collect();
        Self::of_words(&words)
    }

    /// The program and its options: of `set shell`, of `[script(…)]`, of a shebang.
    fn of_words(words: &[&str]) -> Self {
        let base = |word: &str| word.rsplit(['/', '\\']).next().unwrap_or_default().to_owned();
        let mut words = words.iter().copied();
        let mut program = words.next().map(base).unwrap_or_default();
        if program == "env" {
            let named = |word: &&str| !word.starts_with('-') && !word.contains('=');
            program = words.by_ref().find(named).map(base).unwrap_or_default();
        }
        let known = crate::syntax::shell::is_shell(program.strip_suffix(".exe").unwrap_or(&program));
        if !known && program != "busybox" {
            return Self::Other(program);
        }
        let flags: Vec<&str> = words.collect();
        let short = |flag: &&str| flag.starts_with('-') && !flag.starts_with("--") && flag.contains('e');
        Self::Lines {
            errexit: flags.iter().any(short) || flags.contains(&"errexit"),
            pipefail: flags.contains(&"pipefail"),
        }
    }
}

impl File<'_> {
    /// The commands of backticks in assignments, which run before any recipe.
    fn backticks(&self, out: &mut Reading, site: &Site<'_>) {
        let Shell::Lines { .. } = self.shell else { return };
        for assignment in &self.parsed.assignments {
            for text in value::backticks(&assignment.value) {
                command::shell(out, text, site);
            }
        }
    }
}

fn file_fact(repo: &Repo, id: FileId, parsed: &Justfile, home: &Home) -> Fact {
    let start = Span::point(id, 0);
    let path = Arc::clone(&repo.file(id).path);
    let folder = path.rsplit_once('/').map_or("", |(folder, _)| folder).to_owned();
    let mut fact = Fact::new(file::KIND, start).with(file::PATH, path, start).with(
        file::READER,
        Reader::Just.name(),
        start,
    );
    let imports: Vec<(Arc<str>, Span)> = parsed
        .imports
        .iter()
        .map(|import| (home::import(&folder, import.path.text()), import))
        .filter(|(path, import)| !import.optional || repo.exists(path))
        .map(|(path, import)| (path.into(), import.path.span()))
        .collect();
    if let Some((_, first)) = imports.first() {
        let first = *first;
        fact.set(file::IMPORTS, imports, first);
    }
    let modules: Vec<(Arc<str>, Arc<str>, Span)> = parsed
        .modules
        .iter()
        .map(|module| {
            let path = module.path.as_ref().map(Passage::text);
            let path = home::module(repo, &folder, module.name.text(), path);
            (module.name.text().into(), path.into(), module.name.span())
        })
        .collect();
    if let Some((_, _, first)) = modules.first() {
        let first = *first;
        fact.set(file::MODULES, modules, first);
    }
    if parsed.is_set("fallback") {
        fact.set(file::FALLBACK, true, start);
    }
    fact.set_some(file::IMPORTER, home.importer.as_deref(), start);
    fact
}

/// Notes what could not be understood.
fn unknown(out: &mut Reading, parent: Option<FactRef>, reason: &str, (text, span): (&str, Span)) {
    let fact = Fact::new(unresolved::KIND, span)
        .inside(parent)
        .with(unresolved::WHAT, "script", span)
        .with(unresolved::REASON, reason, span)
        .with(unresolved::TEXT, command::one_line(text), span);
    out.add(fact);
}

/// Recipes by name.
fn by_name(file: &Justfile) -> FxHashMap<&str, usize> {
    file.recipes.iter().enumerate().map(|(index, recipe)| (recipe.name.text(), index)).collect()
}
