//! Data sources beside what runs the app that has them. Knows packages by their `package.json`.

use rustc_hash::FxHashSet;

use crate::facts::words::{data_source as source, fence, fly_config, migration};
use crate::facts::{FactId, Facts};
use crate::repo::Repo;

/// Says whether a data source's package has migrations, and how many machines start with it: those of the
/// Fly configurations of its package.
pub(super) fn link(facts: &mut Facts, repo: &Repo) {
    let configs: Vec<(String, i64)> = written(facts, fly_config::KIND)
        .into_iter()
        .filter_map(|id| {
            let fact = facts.get(id);
            Some((package(repo, repo.path(fact.span.file)).to_owned(), fact.int(fly_config::MIN_MACHINES)?))
        })
        .collect();
    let typeorm = |id: &FactId| facts.get(*id).text(migration::TOOL) == Some("typeorm");
    let migrations: FxHashSet<String> = written(facts, migration::KIND)
        .into_iter()
        .filter(typeorm)
        .map(|id| package(repo, repo.path(facts.get(id).span.file)).to_owned())
        .collect();
    for id in written(facts, source::KIND) {
        let own = package(repo, repo.path(facts.get(id).span.file));
        let beside = migrations.contains(own);
        let machines =
            configs.iter().filter(|(package, _)| package == own).map(|(_, machines)| *machines).max();
        let span = facts.get(id).span;
        let fact = facts.get_mut(id);
        fact.set(source::BESIDE_MIGRATIONS, beside, span);
        fact.set_some(source::MACHINES, machines, span);
    }
}

/// Whether an app of this package changes its schema by itself, so that migrations are not all of it.
pub(super) fn synchronizes(facts: &Facts, repo: &Repo, folder: &str) -> bool {
    written(facts, source::KIND).into_iter().any(|id| {
        let fact = facts.get(id);
        fact.bool(source::SYNCHRONIZE) == Some(true)
            && fact.bool(source::HARMLESS) == Some(false)
            && package(repo, repo.path(fact.span.file)) == package(repo, folder)
    })
}

/// Facts of a kind, but those that a runbook shows.
fn written(facts: &Facts, kind: crate::facts::Kind) -> Vec<FactId> {
    let ids = facts.of_kind(kind).iter().copied();
    ids.filter(|&id| facts.enclosing(id, fence::KIND).is_none()).collect()
}

/// The folder of the nearest `package.json` around a path.
pub(super) fn package<'p>(repo: &Repo, path: &'p str) -> &'p str {
    let mut folder = path;
    while let Some((parent, _)) = folder.rsplit_once('/') {
        if repo.exists(&format!("{parent}/package.json")) {
            return parent;
        }
        folder = parent;
    }
    ""
}
