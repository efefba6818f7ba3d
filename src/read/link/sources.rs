//! Data sources beside the migrations of their packages. Knows packages by their `package.json`.

use rustc_hash::FxHashSet;

use crate::facts::words::{data_source as source, fence, migration};
use crate::facts::{FactId, Facts};
use crate::repo::Repo;

/// Says whether a data source's package has migrations.
pub(super) fn link(facts: &mut Facts, repo: &Repo) {
    let typeorm = |id: &FactId| facts.get(*id).text(migration::TOOL) == Some("typeorm");
    let migrations: FxHashSet<String> = written(facts, migration::KIND)
        .into_iter()
        .filter(typeorm)
        .map(|id| package(repo, repo.path(facts.get(id).span.file)).to_owned())
        .collect();
    for id in written(facts, source::KIND) {
        let beside = migrations.contains(package(repo, repo.path(facts.get(id).span.file)));
        let span = facts.get(id).span;
        facts.get_mut(id).set(source::BESIDE_MIGRATIONS, beside, span);
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
pub(super) fn written(facts: &Facts, kind: crate::facts::Kind) -> Vec<FactId> {
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
