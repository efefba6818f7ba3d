//! For which database a migration is written: what its own words give away, else its path, its
//! neighbours in the file and in the folder, and at last all migrations. A file that serves several
//! databases says it for each statement or not at all.

use rustc_hash::FxHashMap;

use crate::facts::words::schema_change as change;
use crate::facts::{Fact, FactId, Facts, Value};
use crate::repo::Repo;
use crate::text::FileId;

const NAMES: [&str; 4] = ["postgres", "mysql", "sqlite", "mssql"];

/// Words in paths.
const WORDS: &[(&str, &str)] = &[
    ("postgres", "postgres"),
    ("postgresql", "postgres"),
    ("postgresdb", "postgres"),
    ("pg", "postgres"),
    ("mysql", "mysql"),
    ("mysqldb", "mysql"),
    ("mariadb", "mysql"),
    ("sqlite", "sqlite"),
    ("sqlite3", "sqlite"),
    ("better-sqlite3", "sqlite"),
    ("mssql", "mssql"),
    ("sqlserver", "mssql"),
    ("cockroach", "cockroach"),
    ("cockroachdb", "cockroach"),
];

type Votes = [u32; 4];

/// The votes of all statements.
pub(super) struct Dialects {
    files: FxHashMap<FileId, Votes>,
    folders: FxHashMap<String, Votes>,
    all: Votes,
}

impl Dialects {
    pub fn of(facts: &mut Facts, repo: &Repo, ids: &[FactId]) -> Self {
        let mut votes = Self { files: FxHashMap::default(), folders: FxHashMap::default(), all: [0; 4] };
        for &id in ids {
            let mut own = [0; 4];
            for child in facts.children(id).to_vec() {
                let fact = facts.get_mut(child);
                if is_sqlite(fact) {
                    let span = fact.span;
                    fact.set(change::DATABASE, "sqlite", span);
                }
                if let Some(at) = said(fact).and_then(index) {
                    own[at] += 1;
                }
            }
            let file = facts.get(id).span.file;
            add(votes.files.entry(file).or_default(), own);
            add(votes.folders.entry(folder(repo.path(file)).to_owned()).or_default(), own);
            add(&mut votes.all, own);
        }
        votes
    }

    /// What holds for a migration at `path`, whose name says that it is for `own`: the database of all its changes, or of those that do not
    /// say their own.
    pub fn place(&self, file: FileId, path: &str, own: Option<&'static str>) -> Place {
        let named = own.or_else(|| path_word(path));
        Place { named, around: if named.is_some() { None } else { self.around(file, path) } }
    }

    fn around(&self, file: FileId, path: &str) -> Option<&'static str> {
        let own = self.files.get(&file).copied().unwrap_or_default();
        if own.iter().filter(|&&count| count > 0).count() > 1 {
            return None;
        }
        let folder = self.folders.get(folder(path)).copied().unwrap_or_default();
        let winner = winner(own).or_else(|| winner(folder)).or_else(|| winner(self.all));
        Some(winner.unwrap_or("postgres"))
    }
}

/// The database of the changes of one migration.
#[derive(Clone, Copy)]
pub(super) struct Place {
    /// What its path says.
    named: Option<&'static str>,
    /// What its neighbours say.
    around: Option<&'static str>,
}

impl Place {
    /// Sets the database of a change, where it is clear.
    pub fn set(self, fact: &mut Fact) {
        let own = said(fact);
        let name = self.named.or(own).or(self.around);
        if name.is_some() && name == own {
            return;
        }
        let span = fact.span;
        fact.unset(change::DATABASE);
        fact.set_some(change::DATABASE, name.map(Value::Word), span);
    }
}

fn add(votes: &mut Votes, more: Votes) {
    for (vote, more) in votes.iter_mut().zip(more) {
        *vote += more;
    }
}

/// The most votes; none where nobody voted.
fn winner(votes: Votes) -> Option<&'static str> {
    let best = (0..votes.len()).rev().max_by_key(|&at| votes[at])?;
    (votes[best] > 0).then(|| NAMES[best])
}

fn index(name: &str) -> Option<usize> {
    NAMES.iter().position(|known| *known == name)
}

/// What the change's own words give away.
fn said(fact: &Fact) -> Option<&'static str> {
    let said = fact.text(change::DATABASE).filter(|_| fact.kind == change::KIND)?;
    NAMES.into_iter().find(|name| *name == said)
}

/// Whether the change is a step of a table's rebuild, or has TypeORM's default for a date.
fn is_sqlite(fact: &Fact) -> bool {
    const NOW: &[u8] = b"datetime('now')";
    if fact.kind != change::KIND {
        return false;
    }
    let text = fact.text(change::STATEMENT).unwrap_or_default();
    fact.bool(change::REBUILD) == Some(true)
        || memchr::memchr(b'(', text.as_bytes()).is_some()
            && memchr::memmem::find(text.as_bytes(), NOW).is_some()
}

fn folder(path: &str) -> &str {
    path.rsplit_once('/').map_or("", |(folder, _)| folder)
}

fn path_word(path: &str) -> Option<&'static str> {
    folder(path).rsplit('/').find_map(|part| {
        let lower = part.to_ascii_lowercase();
        WORDS.iter().find(|(word, _)| *word == lower).map(|(_, name)| *name)
    })
}
