//! Code as it stood at the base: what a migration takes away before the new code serves, and what that is
//! released without. Knows only files that read otherwise now.

use rayon::prelude::*;
use rustc_hash::FxHashMap;

use super::super::history::Linked;
use super::super::sources::package;
use super::databases::Databases;
use super::uses::Words;
use crate::facts::schema::key;
use crate::facts::words::schema_change as change;
use crate::facts::{FactId, Facts, Reading};
use crate::read::uses::model::Model;
use crate::read::{entity, migration, uses};
use crate::repo::Repo;
use crate::text::FileId;

pub(super) fn link(facts: &mut Facts, repo: &Repo, histories: &[Linked]) {
    let Some(base) = repo.base() else { return };
    let changed: Vec<FileId> = base
        .ids()
        .filter(|&file| {
            let path = base.path(file);
            let text = &base.file(file).text;
            let same = repo.get(path).is_some_and(|now| repo.file(now).text == *text);
            !same && base.is_text(file) && uses::language(path).is_some() && !migration::is_migration(text)
        })
        .collect();
    if changed.is_empty() {
        return;
    }
    let mut found: Vec<(FactId, &str)> = find(facts, (repo, base), histories, &changed);
    found.sort_unstable();
    found.dedup_by_key(|(taken, _)| *taken);
    for (taken, path) in found {
        let fact = facts.get_mut(taken);
        let span = fact.span;
        if fact.get(change::STILL_USED).is_none() {
            fact.set(change::USED_AT_BASE, path, span);
        }
    }
}

/// What is taken away, with a file of the base that names it.
fn find<'b>(
    facts: &Facts,
    (repo, base): (&Repo, &'b Repo),
    histories: &[Linked],
    changed: &[FileId],
) -> Vec<(FactId, &'b str)> {
    let databases = Databases::of(facts, repo, histories);
    let model = Model::of(facts, repo);
    let mut by_package: FxHashMap<&str, Vec<FileId>> = FxHashMap::default();
    for &file in changed {
        by_package.entry(package(repo, base.path(file))).or_default().push(file);
    }
    let mut found = Vec::new();
    for (folder, files) in by_package {
        let database = databases.of_package(facts, repo, folder);
        let words = Words::of(&database, &model);
        if words.taken.is_empty() {
            continue;
        }
        let mut readings = Vec::new();
        for &file in files.iter().filter(|&&file| entity::is_entity(&base.file(file).text)) {
            let mut reading = Reading::default();
            entity::read(&mut reading, &base.passage(file), base.path(file));
            readings.push(reading);
        }
        let (entities, _) = Facts::gather(readings);
        for entity in Model::of(&entities, base).entities {
            let (table, path) = (key(&entity.table), base.path(entity.file));
            let names =
                entity.columns.iter().filter_map(|column| uses::of_names(&table, &column.names, &database));
            let taken = uses::Lost::table(&database, &table);
            found.extend(names.chain(taken).map(|taken| (taken, path)));
        }
        let own: Vec<Vec<(FactId, &str)>> = files
            .par_iter()
            .filter(|&&file| words.are_in(&base.file(file).text))
            .map(|&file| {
                let read = || uses::read(base, file, &database, &model);
                let read = std::panic::catch_unwind(std::panic::AssertUnwindSafe(read)).unwrap_or_default();
                read.into_iter().map(|own| (own.taken, base.path(file))).collect()
            })
            .collect();
        found.extend(own.into_iter().flatten());
    }
    found
}
