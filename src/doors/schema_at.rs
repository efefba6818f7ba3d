//! `deploylint schema-at`: which migration is meant, and the schema there.

use crate::facts::words::migration;
use crate::facts::{FactId, Facts};
use crate::finding::nearest;
use crate::read::link::history::{self, History};
use crate::repo::Repo;
use crate::report::schema::{HistoryEntry, SchemaDocument};

/// The schemas of all histories in the paths that `shown` accepts; of the one that holds `migration`,
/// where one is named: by its name, its class, its stamp or its file.
///
/// # Errors
/// A message for the user: there is no such migration.
pub fn document(
    facts: &Facts,
    repo: &Repo,
    wanted: Option<&str>,
    shown: impl Fn(&str) -> bool,
) -> Result<SchemaDocument, String> {
    let mut histories = history::histories(facts, repo);
    histories
        .retain(|history| history.migrations.iter().any(|&id| shown(repo.path(facts.get(id).span.file))));
    let entries: Vec<HistoryEntry> = match wanted {
        None => histories.iter().map(|history| entry(facts, history, None)).collect(),
        Some(wanted) => {
            let found: Vec<HistoryEntry> = histories
                .iter()
                .filter_map(|history| {
                    let until = history.migrations.iter().rev().find(|&&id| is(facts, repo, id, wanted))?;
                    Some(entry(facts, history, Some(*until)))
                })
                .collect();
            if found.is_empty() {
                return Err(unknown(facts, &histories, wanted));
            }
            found
        }
    };
    Ok(SchemaDocument { schema: 1, histories: entries })
}

fn entry(facts: &Facts, history: &History, until: Option<FactId>) -> HistoryEntry {
    let replayed = history::replay(facts, history, until);
    let end = until.and_then(|until| history.migrations.iter().position(|&id| id == until));
    let count = end.map_or(history.migrations.len(), |end| end + 1);
    let name = until.and_then(|id| facts.get(id).text(migration::NAME));
    HistoryEntry::new((&history.folder, history.dialect.as_deref()), count, name, &replayed)
}

fn is(facts: &Facts, repo: &Repo, id: FactId, wanted: &str) -> bool {
    let fact = facts.get(id);
    let path = repo.path(fact.span.file);
    let file = path.rsplit('/').next().unwrap_or(path);
    let stem = file.rsplit_once('.').map_or(file, |(stem, _)| stem);
    [migration::NAME, migration::CLASS, migration::VERSION]
        .iter()
        .any(|&field| fact.text(field) == Some(wanted))
        || fact.int(migration::STAMP).is_some_and(|stamp| stamp.to_string() == wanted)
        || [path, file, stem].contains(&wanted)
}

fn unknown(facts: &Facts, histories: &[History], wanted: &str) -> String {
    let ids = histories.iter().flat_map(|history| &history.migrations);
    let names: Vec<&str> = ids.filter_map(|&id| facts.get(id).text(migration::NAME)).collect();
    if names.is_empty() {
        return "there are no migrations here".to_owned();
    }
    match nearest(wanted, names.iter().copied()) {
        Some(near) => format!("there is no migration `{wanted}`; did you mean `{near}`?"),
        None => format!("there is no migration `{wanted}`; name it by its class, its stamp or its file"),
    }
}
