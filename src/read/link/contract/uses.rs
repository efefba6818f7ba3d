//! Code that still names what a migration takes away. Reads only files that hold its words, beside those
//! of its table or of the table's entity.

use rayon::prelude::*;
use rustc_hash::{FxHashMap, FxHashSet};

use super::super::history::Linked;
use super::super::sources::package;
use super::databases::{Database, Databases};
use super::released;
use crate::facts::schema::{key, last_part};
use crate::facts::words::{
    code_use, command, entity, entity_column, fence, migration, schema_change as change, unresolved,
};
use crate::facts::{Fact, FactId, Facts};
use crate::read::uses::model::{Entity, Model, camel};
use crate::read::uses::{self, Language, Lost, Use};
use crate::repo::Repo;
use crate::text::{FileId, Weave};

/// The longest name that is looked for, in bytes.
const MAX_WORD: usize = 128;

/// The most places that are said of one change.
const MAX_PLACES: usize = 20;

pub(super) fn link(facts: &mut Facts, repo: &Repo, histories: &[Linked]) {
    if histories.iter().all(|linked| linked.taken().is_empty()) {
        return;
    }
    let found = find(facts, repo, histories);
    say(facts, repo, found);
    released::link(facts, repo, histories);
}

fn find(facts: &Facts, repo: &Repo, histories: &[Linked]) -> Vec<Use> {
    let databases = Databases::of(facts, repo, histories);
    let model = Model::of(facts, repo);
    let mut by_package: FxHashMap<&str, Vec<FileId>> = FxHashMap::default();
    // Migrations, and what they lead to: helpers, folders of SQL.
    let of_migrations = [migration::KIND, change::KIND, unresolved::KIND].into_iter().flat_map(|kind| {
        facts.of_kind(kind).iter().filter(|&&id| {
            facts.get(id).kind == migration::KIND || facts.enclosing(id, migration::KIND).is_some()
        })
    });
    let migrations: FxHashSet<FileId> = of_migrations.map(|&id| facts.get(id).span.file).collect();
    let folders: FxHashSet<&str> = migrations.iter().map(|&file| folder(repo.path(file))).collect();
    for file in repo.ids().filter(|file| !migrations.contains(file)) {
        let path = repo.path(file);
        let language = uses::language(path);
        let beside = language == Some(Language::Sql) && folders.contains(folder(path));
        if repo.is_text(file) && language.is_some() && !beside {
            by_package.entry(package(repo, path)).or_default().push(file);
        }
    }
    let mut found = Vec::new();
    for (folder, files) in by_package {
        let database = databases.of_package(facts, repo, folder);
        let words = Words::of(&database, &model);
        if words.taken.is_empty() {
            continue;
        }
        let own: FxHashSet<FileId> = files.iter().copied().collect();
        for entity in model.entities.iter().filter(|entity| own.contains(&entity.file)) {
            of_entity(&mut found, facts, entity, &database);
        }
        let own: Vec<Vec<Use>> = files
            .par_iter()
            .filter(|&&file| words.are_in(&repo.file(file).text))
            .map(|&file| {
                let read = || uses::read(repo, file, &database, &model);
                std::panic::catch_unwind(std::panic::AssertUnwindSafe(read)).unwrap_or_default()
            })
            .collect();
        found.extend(own.into_iter().flatten());
    }
    commands(&mut found, facts, repo, &databases);
    found
}

/// SQL that commands give to psql.
fn commands(found: &mut Vec<Use>, facts: &Facts, repo: &Repo, databases: &Databases<'_>) {
    for &id in facts.of_kind(command::KIND) {
        let fact = facts.get(id);
        let written = !fact.is_echo() && fact.text(command::HOST) != Some("runbook");
        if !written || fact.text(command::PROGRAM) != Some("psql") {
            continue;
        }
        let sql = fact.map(command::FLAGS).iter().filter(|(name, ..)| **name == *"command");
        for (_, text, span) in sql {
            let path = repo.path(span.file);
            if uses::is_aside_path(path) {
                continue;
            }
            let database = databases.of_package(facts, repo, package(repo, path));
            let mut words = Weave::at(*span);
            words.put(*span, text);
            let own = uses::read_sql(&words.finish(), &database, true);
            found.extend(own.into_iter().map(|own| Use { how: "command", ..own }));
        }
    }
}

fn folder(path: &str) -> &str {
    path.rsplit_once('/').map_or("", |(folder, _)| folder)
}

/// The words that a file with uses holds.
pub(super) struct Words {
    /// Which of the names a word belongs to.
    of: FxHashMap<Vec<u8>, Vec<usize>>,
    /// For each name: how many kinds of words it takes, one or two.
    pub taken: Vec<usize>,
}

/// In [`Words::of`]: twice the name, and one more for the words of its table.
const KINDS: usize = 2;

impl Words {
    pub fn of(database: &Database<'_>, model: &Model) -> Self {
        let mut words = Self { of: FxHashMap::default(), taken: Vec::new() };
        let mut classes: FxHashMap<String, Vec<&str>> = FxHashMap::default();
        for entity in &model.entities {
            classes.entry(key(&entity.table)).or_default().push(&entity.class);
        }
        for (table, column) in database.taken() {
            let name = words.taken.len();
            let Some(column) = column else {
                words.taken.push(1);
                words.add(last_part(table), name * KINDS);
                continue;
            };
            // A word that is rare of itself needs no other.
            let rare = column.len() > 11 || column.contains('_') || column.chars().any(char::is_uppercase);
            words.taken.push(if rare { 1 } else { 2 });
            let camel = camel(column);
            words.add(column, name * KINDS);
            words.add(&camel, name * KINDS);
            if let Some(relation) = camel.strip_suffix("Id").or_else(|| camel.strip_suffix("id")) {
                words.add(relation, name * KINDS);
            }
            let own = classes.get(table).into_iter().flatten().copied();
            for word in own.chain([last_part(table)]) {
                words.add(word, name * KINDS + 1);
            }
        }
        words
    }

    /// Of a name that is no word, its first word counts.
    fn add(&mut self, name: &str, kind: usize) {
        let word =
            name.split(|char: char| char.is_ascii() && !is_word(char as u8)).find(|word| !word.is_empty());
        if let Some(word) = word {
            self.of.entry(word.to_ascii_lowercase().into_bytes()).or_default().push(kind);
        }
    }

    /// Whether the words of one name are in a text.
    pub fn are_in(&self, text: &str) -> bool {
        let mut seen = vec![false; self.taken.len() * KINDS];
        let mut lower = [0_u8; MAX_WORD];
        for word in text.as_bytes().split(|&byte| !is_word(byte)) {
            let Some(own) = lower.get_mut(..word.len()).filter(|_| !word.is_empty()) else { continue };
            own.copy_from_slice(word);
            own.make_ascii_lowercase();
            for &kind in self.of.get(&*own).into_iter().flatten() {
                seen[kind] = true;
                let name = kind - kind % KINDS;
                if self.taken[kind / KINDS] == 1 || (seen[name] && seen[name + 1]) {
                    return true;
                }
            }
        }
        false
    }
}

fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_' || byte >= 0x80
}

/// The table and the columns of an entity.
fn of_entity(found: &mut Vec<Use>, facts: &Facts, entity: &Entity, database: &Database<'_>) {
    let fact = facts.get(entity.id);
    if facts.enclosing(entity.id, fence::KIND).is_some() {
        return;
    }
    let table = key(&entity.table);
    if let Some(taken) = database.table(&table) {
        let span = fact.get(entity::TABLE).map_or(fact.span, |slot| slot.span);
        found.push(Use { taken, span, how: "entity" });
        return;
    }
    for column in &entity.columns {
        if let Some(taken) = uses::of_names(&table, &column.names, database) {
            found.push(Use { taken, span: facts.get(column.id).span, how: "entity" });
        }
    }
}

/// Adds a fact for each use, and says so at the change.
fn say(facts: &mut Facts, repo: &Repo, mut found: Vec<Use>) {
    let rank = |how: &str| usize::from(how != "entity");
    found.sort_by(|one, other| {
        let key = |own: &Use| {
            (own.taken, rank(own.how), repo.path(own.span.file).to_owned(), own.span.start, own.span.end)
        };
        key(one).cmp(&key(other))
    });
    found.dedup_by_key(|one| (one.taken, one.span));
    let columns: FxHashMap<crate::text::Span, FactId> =
        facts.of_kind(entity_column::KIND).iter().map(|&id| (facts.get(id).span, id)).collect();
    let mut said: FxHashMap<FactId, usize> = FxHashMap::default();
    for Use { taken, span, how } in found {
        let places = said.entry(taken).or_default();
        *places += 1;
        if *places > MAX_PLACES {
            continue;
        }
        let by = facts.enclosing(taken, migration::KIND);
        let by = by.and_then(|by| facts.get(by).text(migration::NAME)).map(str::to_owned);
        let fact = facts.get_mut(taken);
        let Some(name) = name(fact) else { continue };
        let place = fact.span;
        fact.set(change::STILL_USED, name.as_str(), place);
        let text = repo.file(span.file).text.get(span.start as usize..span.end as usize).unwrap_or_default();
        let mut used =
            Fact::new(code_use::KIND, span).with(code_use::NAME, name, span).with(code_use::HOW, how, span);
        used.set(code_use::TEXT, text, span).set_some(code_use::TAKEN_BY, by.as_deref(), span);
        facts.add(used, None);
        if let Some(&column) = columns.get(&span).filter(|_| how == "entity") {
            facts.get_mut(column).set_some(entity_column::TAKEN_BY, by, span);
        }
    }
}

/// What a change takes away.
fn name(fact: &Fact) -> Option<String> {
    let table = fact.text(change::TABLE)?;
    match (fact.text(change::CHANGE), fact.text(change::COLUMN)) {
        (Some("drop-column" | "rename-column"), Some(column)) => Some(format!("{table}.{column}")),
        _ => Some(table.to_owned()),
    }
}
