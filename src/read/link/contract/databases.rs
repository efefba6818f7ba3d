//! Which histories of migrations make the database that a package works on, and what they took away.

use rustc_hash::FxHashMap;

use super::super::history::Linked;
use super::super::sources::package;
use crate::facts::schema::Table;
use crate::facts::words::{package as manifest, schema_change as change};
use crate::facts::{FactId, Facts};
use crate::read::uses::Lost;
use crate::repo::Repo;

/// The histories of each package.
pub struct Databases<'l> {
    by_package: FxHashMap<&'l str, Vec<&'l Linked>>,
    /// The packages by their names.
    names: FxHashMap<String, String>,
    one: Option<&'l Linked>,
}

/// The histories that a package's code may work on.
pub struct Database<'l> {
    histories: Vec<&'l Linked>,
    facts: &'l Facts,
}

impl<'l> Databases<'l> {
    pub fn of(facts: &Facts, repo: &Repo, histories: &'l [Linked]) -> Self {
        let mut by_package: FxHashMap<&str, Vec<&Linked>> = FxHashMap::default();
        for linked in histories {
            by_package.entry(package(repo, &linked.history.folder)).or_default().push(linked);
        }
        let names = facts.of_kind(manifest::KIND).iter().filter_map(|&id| {
            let fact = facts.get(id);
            let folder = fact.text(manifest::PATH)?.rsplit_once('/').map_or("", |(folder, _)| folder);
            Some((folder.to_owned(), fact.text(manifest::NAME)?.to_owned()))
        });
        let one = if let [one] = histories { Some(one) } else { None };
        Self { by_package, names: names.collect(), one }
    }

    /// The database of the package in a folder: that of its own migrations, else that of packages that it
    /// depends on or that depend on it, else the repository's, where that has one.
    pub fn of_package(&self, facts: &'l Facts, repo: &Repo, folder: &str) -> Database<'l> {
        let mut histories = self.by_package.get(folder).cloned().unwrap_or_default();
        if histories.is_empty() {
            let related = self
                .by_package
                .iter()
                .filter(|(other, _)| self.depends(repo, folder, other) || self.depends(repo, other, folder));
            histories = related.flat_map(|(_, linked)| linked.iter().copied()).collect();
            histories.sort_by(|one, other| one.history.folder.cmp(&other.history.folder));
        }
        if histories.is_empty()
            && let Some(one) = self.one
            && package(repo, &one.history.folder).is_empty()
        {
            histories.push(one);
        }
        Database { histories, facts }
    }

    /// Whether the manifest in a folder names the package in another one.
    fn depends(&self, repo: &Repo, folder: &str, other: &str) -> bool {
        let Some(name) = self.names.get(other) else { return false };
        let path =
            if folder.is_empty() { "package.json".to_owned() } else { format!("{folder}/package.json") };
        let Some(file) = repo.get(&path) else { return false };
        repo.file(file).text.contains(&format!("\"{name}\":"))
    }
}

impl Database<'_> {
    /// What was taken away: the table, and the column where the table is still there.
    pub fn taken(&self) -> Vec<(&str, Option<&str>)> {
        let all = self.histories.iter().flat_map(|linked| linked.taken());
        all.filter(|(_, _, taken)| self.is_pending(*taken))
            .map(|(table, column, _)| (table, column))
            .collect()
    }

    /// With a base, what was taken away before is history.
    fn is_pending(&self, taken: FactId) -> bool {
        self.facts.get(taken).bool(change::AT_BASE) != Some(true)
    }

    fn knowing(&self, table: &str) -> impl Iterator<Item = &Linked> {
        self.histories.iter().copied().filter(move |linked| linked.knows(table))
    }

    /// What all histories that know the table say alike; two databases may have a table of one name each.
    fn agreed(&self, table: &str, of: impl Fn(&Linked) -> Option<FactId>) -> Option<FactId> {
        let mut found = None;
        for linked in self.knowing(table) {
            let taken = of(linked)?;
            found = found.or(Some(taken));
        }
        found.filter(|&taken| self.is_pending(taken))
    }

    fn tables(&self, name: &str) -> impl Iterator<Item = Option<&Table>> {
        self.knowing(name).map(move |linked| linked.table(name))
    }
}

impl Lost for Database<'_> {
    fn table(&self, name: &str) -> Option<FactId> {
        self.agreed(name, |linked| linked.taken_table(name))
    }

    fn column(&self, table: &str, column: &str) -> Option<FactId> {
        self.agreed(table, |linked| {
            let own = linked.table(table)?;
            if own.columns.contains_key(column) { None } else { linked.taken_by(*own.gone.get(column)?) }
        })
    }

    fn has(&self, table: &str, column: &str) -> bool {
        self.tables(table).flatten().any(|table| table.columns.contains_key(column))
    }

    fn lacks(&self, table: &str, column: &str) -> bool {
        let mut known = false;
        for table in self.tables(table) {
            let Some(table) = table.filter(|table| table.whole && !table.columns.contains_key(column)) else {
                return false;
            };
            known |= table.whole;
        }
        known
    }

    fn columns(&self, table: &str) -> Vec<(String, FactId)> {
        let first = self.tables(table).flatten().next();
        let names = first.map(|table| table.gone.keys().cloned().collect::<Vec<_>>()).unwrap_or_default();
        names.into_iter().filter_map(|name| self.column(table, &name).map(|taken| (name, taken))).collect()
    }
}
