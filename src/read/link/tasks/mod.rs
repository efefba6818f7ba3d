//! From a command to the tasks that it names: recipes of just, targets of make and of nx. Knows where
//! the runners look, not what tasks do.

use std::sync::Arc;

use rustc_hash::{FxHashMap, FxHashSet};

use super::calls::{Targets, folder_of, note};
use crate::facts::order::Value;
use crate::facts::words::{command, file, task, task_call};
use crate::facts::{Fact, FactId, Facts};
use crate::finding::nearest;
use crate::read::command::is_override;
use crate::read::just::is_justfile;
use crate::repo::Repo;
use crate::text::Span;

mod just;
mod make;
mod nx;
#[cfg(test)]
mod tests;

/// A word with its place.
type Word = (Arc<str>, Span);

/// Imports of one justfile that are followed.
const MOST_IMPORTS: usize = 256;

/// All tasks, by the files that hold them.
#[derive(Default)]
pub(super) struct Tasks {
    files: FxHashMap<String, TaskFile>,
    /// justfiles by their folders.
    justfiles: FxHashMap<String, String>,
    /// Targets of nx by `project:target`.
    nx: FxHashMap<Arc<str>, FactId>,
}

/// The tasks of one file.
#[derive(Default)]
struct TaskFile {
    tasks: FxHashMap<Arc<str>, FactId>,
    default: Option<FactId>,
    imports: Vec<Arc<str>>,
    modules: FxHashMap<Arc<str>, Arc<str>>,
    importer: Option<Arc<str>>,
    fallback: bool,
}

impl Tasks {
    pub(super) fn gather(facts: &Facts, repo: &Repo) -> Self {
        let mut tasks = Self::default();
        for &id in facts.of_kind(file::KIND) {
            let fact = facts.get(id);
            let path = repo.path(fact.span.file);
            if !matches!(fact.text(file::READER), Some("just" | "make")) {
                continue;
            }
            let (folder, name) = (folder_of(path), path.rsplit('/').next().unwrap_or(path));
            if is_justfile(name) {
                tasks.justfiles.insert(folder.to_owned(), path.to_owned());
            }
            let modules = fact.map(file::MODULES).iter();
            let imports = fact.list(file::IMPORTS).iter().take(MOST_IMPORTS);
            let entry = TaskFile {
                imports: imports.map(|(path, _)| Arc::clone(path)).collect(),
                modules: modules.map(|(name, path, _)| (Arc::clone(name), Arc::clone(path))).collect(),
                importer: fact.text(file::IMPORTER).map(Arc::from),
                fallback: fact.bool(file::FALLBACK) == Some(true),
                ..TaskFile::default()
            };
            tasks.files.insert(path.to_owned(), entry);
        }
        for &id in facts.of_kind(task::KIND) {
            let fact = facts.get(id);
            let Some(name) = fact.text(task::NAME).map(Arc::<str>::from) else { continue };
            if fact.text(task::RUNNER) == Some("nx") {
                tasks.nx.insert(name, id);
                continue;
            }
            let Some(file) = tasks.files.get_mut(repo.path(fact.span.file)) else { continue };
            if fact.bool(task::DEFAULT) == Some(true) {
                file.default = Some(id);
            }
            // Of several recipes with one name, the one for the systems that deploys run on.
            if is_foreign(fact) && file.tasks.contains_key(&name) {
                continue;
            }
            let aliases = fact.list(task::ALIASES).iter().map(|(name, _)| Arc::clone(name));
            file.tasks.extend(aliases.map(|name| (name, id)));
            file.tasks.insert(name, id);
        }
        tasks
    }

    /// The one task of that name, where it is not known which file it is looked for in.
    fn only(&self, runner: &str, facts: &Facts, name: &str) -> Option<FactId> {
        let mut found: Vec<FactId> =
            self.files.values().filter_map(|file| file.tasks.get(name).copied()).collect();
        found.retain(|&id| facts.get(id).text(task::RUNNER) == Some(runner));
        match found[..] {
            [id] => Some(id),
            _ => None,
        }
    }
}

/// Whether a task is for other systems than deploys run on.
fn is_foreign(fact: &Fact) -> bool {
    let systems = fact.list(task::SYSTEMS);
    !systems.is_empty() && !systems.iter().any(|(system, _)| matches!(&**system, "unix" | "linux"))
}

/// What looking for a task gave.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Answer {
    Here(FactId),
    /// The file has none of that name.
    Missing(String),
    /// It may exist, in a place that the repository does not show.
    Unknown(String),
}

/// A task as a command names it.
#[derive(Clone, Debug)]
struct Use {
    /// Empty for the default task.
    name: Arc<str>,
    span: Span,
    answer: Answer,
    arguments: Vec<Word>,
    /// The first argument beyond those that the task takes.
    extra: Option<Word>,
}

/// Finds the tasks that the command `id` names, and says what it could not find.
pub(super) fn resolve(facts: &mut Facts, repo: &Repo, targets: &Targets, id: FactId) {
    let fact = facts.get(id);
    let look = Look { facts, repo, targets, tasks: targets.tasks(), command: fact };
    let (runner, uses) = match fact.text(command::PROGRAM) {
        Some("just") => ("just", just::uses(&look)),
        Some("make" | "gmake") => ("make", make::uses(&look)),
        Some("nx") => ("nx", nx::uses(&look)),
        _ => return,
    };
    let Some(slot) = fact.get(command::TARGET) else { return };
    let span = slot.span;
    let as_written = fact.route.is_empty();
    if let [Use { answer: Answer::Here(found), .. }, ..] = uses[..] {
        let name = facts.get(found).text(task::NAME).map(Arc::<str>::from);
        facts.get_mut(id).set_some(command::TARGET, name, span);
    }
    if uses.iter().any(|one| matches!(one.answer, Answer::Missing(_))) {
        facts.get_mut(id).set(command::RESOLVED, false, span);
    } else if uses.iter().all(|one| matches!(one.answer, Answer::Here(_))) {
        facts.get_mut(id).set(command::RESOLVED, true, span);
    }
    for one in uses {
        if as_written {
            let call = task_call(facts, repo, targets.tasks(), runner, &one);
            facts.add(call, Some(id));
        }
        match one.answer {
            Answer::Here(found) => facts.call(id, found),
            Answer::Missing(file) => {
                note(facts, id, one.span, &format!("`{file}` has no {} `{}`", noun(runner), one.name));
            }
            Answer::Unknown(reason) => note(facts, id, one.span, &reason),
        }
    }
}

/// What is known while a command's tasks are looked for.
struct Look<'a> {
    facts: &'a Facts,
    repo: &'a Repo,
    targets: &'a Targets,
    tasks: &'a Tasks,
    command: &'a Fact,
}

impl Look<'_> {
    /// The directory that the command runs in, where the repository has it.
    fn directory(&self) -> Option<&str> {
        self.command.text(command::DIRECTORY).filter(|directory| self.targets.has_folder(directory))
    }

    /// The answer where the file that holds the task is not known for sure.
    fn anywhere(&self, runner: &str, name: &str) -> Option<FactId> {
        self.tasks.only(runner, self.facts, name)
    }
}

fn noun(runner: &str) -> &'static str {
    if runner == "just" { "recipe" } else { "target" }
}

fn task_call(facts: &Facts, repo: &Repo, tasks: &Tasks, runner: &'static str, one: &Use) -> Fact {
    let span = one.span;
    let mut fact = Fact::new(task_call::KIND, span).with(task_call::RUNNER, runner, span);
    let name = match one.answer {
        Answer::Here(found) if one.name.is_empty() => {
            facts.get(found).text(task::NAME).unwrap_or_default().into()
        }
        _ => Arc::clone(&one.name),
    };
    fact.set(task_call::NAME, Arc::clone(&name), span);
    let place = match (one.arguments.first(), one.arguments.last()) {
        (Some((_, first)), Some((_, last))) if first.file == last.file && first.start <= last.end => {
            Span::new(first.file, first.start, last.end)
        }
        _ => span,
    };
    fact.set(task_call::ARGUMENTS, one.arguments.clone(), place);
    match &one.answer {
        Answer::Here(found) => {
            let task = facts.get(*found);
            fact.set(task_call::FOUND, true, span);
            fact.set(task_call::FILE, repo.path(task.span.file), span);
            fact.set_some(task_call::MOST, task.int(task::MOST), span);
            let missing = missing(task, &one.arguments);
            if !missing.is_empty() {
                fact.set(task_call::MISSING, missing, span);
            }
            if let Some((word, span)) = &one.extra {
                fact.set(task_call::EXTRA, Arc::clone(word), *span);
            }
        }
        Answer::Missing(path) => {
            fact.set(task_call::FOUND, false, span);
            fact.set(task_call::FILE, path.as_str(), span);
            let mut known: Vec<&str> = tasks.files.get(path).map_or_else(Vec::new, |file| {
                file.tasks.keys().map(AsRef::as_ref).filter(|name| !name.starts_with('_')).collect()
            });
            known.sort_unstable();
            fact.set_some(task_call::SIMILAR, nearest(&name, known), span);
        }
        Answer::Unknown(_) => {}
    }
    fact
}

/// The parameters that get no argument and have no default, with their places in the task's file.
fn missing(task: &Fact, arguments: &[Word]) -> Vec<Word> {
    if arguments.iter().any(|(word, _)| is_any_words(word)) {
        return Vec::new();
    }
    let required = usize::try_from(task.int(task::REQUIRED).unwrap_or(0)).unwrap_or(0);
    let parameters = task.list(task::PARAMETERS);
    parameters.iter().take(required).skip(arguments.len()).cloned().collect()
}

/// Whether a word may turn out to be any number of words.
fn is_any_words(word: &str) -> bool {
    word.starts_with('$') || word.contains("__") || word.contains(['*', '{'])
}

/// The values that a call gives to the task that it runs; nothing for what is no task.
#[must_use]
pub(super) fn values(facts: &Facts, caller: FactId, unit: FactId) -> Vec<(Arc<str>, Value)> {
    let (command, task) = (facts.get(caller), facts.get(unit));
    if task.kind != task::KIND || command.kind != command::KIND {
        return Vec::new();
    }
    let mut values: Vec<(Arc<str>, Value)> =
        bindings(task, command).into_iter().map(|(name, value)| (name, Value::Text(value))).collect();
    // `deploy-%` is called as `deploy-production`.
    let name = task.text(task::NAME).unwrap_or_default();
    if let Some((before, behind)) = name.split_once('%') {
        let mut words = command.list(command::ARGS).iter();
        let stem = words.find_map(|(word, _)| word.strip_prefix(before)?.strip_suffix(behind));
        values.extend(stem.map(|stem| ("STEM".into(), Value::Text(stem.into()))));
    }
    values
}

/// The parameters and variables of a task with the values that they have where `command` runs it:
/// arguments, then defaults. Names are written as the commands of the task expand them: a shell's
/// names have no dashes.
#[must_use]
pub(super) fn bindings(task: &Fact, command: &Fact) -> Vec<(Arc<str>, Arc<str>)> {
    let mut found: Vec<(Arc<str>, Arc<str>)> = Vec::new();
    let mut known: FxHashSet<Arc<str>> = FxHashSet::default();
    let mut bind = |name: &str, value: Arc<str>| {
        let name: Arc<str> = name.replace('-', "_").into();
        if known.insert(Arc::clone(&name)) {
            found.push((name, value));
        }
    };
    let words = command.list(command::ARGS);
    let is_just = task.text(task::RUNNER) == Some("just");
    let sets = words.iter().take_while(|(word, _)| is_override(word) || !is_just);
    let overrides: Vec<(&str, &str)> = sets.filter_map(|(word, _)| word.split_once('=')).collect();
    let skip = if is_just { overrides.len() } else { words.len() };
    let name = task.text(task::NAME).unwrap_or_default();
    let is_name = |word: &str| {
        let own = word.rsplit([':', '/']).next().unwrap_or(word);
        own == name || task.has(task::ALIASES, own)
    };
    let at = words.iter().skip(skip).position(|(word, _)| is_name(word));
    let mut arguments = words.iter().skip(at.map_or(words.len(), |at| skip + at + 1)).map(|(word, _)| word);
    let parameters = task.list(task::PARAMETERS);
    for (index, (parameter, _)) in parameters.iter().enumerate() {
        let variadic = index + 1 == parameters.len() && task.int(task::MOST).is_none();
        let Some(first) = arguments.next() else { break };
        if variadic {
            let mut all = first.to_string();
            for word in arguments.by_ref() {
                all.push(' ');
                all.push_str(word);
            }
            bind(parameter, all.into());
        } else {
            bind(parameter, Arc::clone(first));
        }
    }
    for (name, value) in overrides {
        bind(name.trim_end_matches([':', '?', '+']), value.into());
    }
    for (name, value, _) in task.map(task::DEFAULTS) {
        bind(name, Arc::clone(value));
    }
    found
}
