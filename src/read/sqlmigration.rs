//! Migrations in plain SQL: Flyway, goose, dbmate, sqlx, Prisma, golang-migrate, pop, and folders of numbered
//! files. Knows how their files are named and marked; what the SQL does is the migration reader's.

use std::ops::Range;

use crate::facts::words::migration;
use crate::facts::{Fact, Reading};
use crate::read::migration as reader;
use crate::repo::Repo;
use crate::text::{FileId, Passage, Span};

mod name;

use name::{ENDS, Name, Side, digits};
pub use name::{dialect, without_dialect};

#[cfg(test)]
mod tests;

/// Whether the file at `path` is a migration in SQL, as far as its path tells.
#[must_use]
pub fn is_migration(path: &str) -> bool {
    Name::of(path).is_some()
}

/// A line of a file that marks what follows it.
#[derive(Clone, Debug, Default)]
struct Marks {
    tool: Option<&'static str>,
    up: Option<Range<usize>>,
    down: Option<Range<usize>>,
    /// Where the file says that it wants no transaction.
    no_transaction: Option<Range<usize>>,
    comments: Vec<Range<usize>>,
}

impl Marks {
    /// What the comments of a text say; parts run from a mark's line to the next mark or the end.
    fn of(text: &str) -> Self {
        let mut marks = Self::default();
        let mut start = 0;
        let mut open: Option<(bool, usize)> = None;
        let mut in_block = false;
        for line in text.split_inclusive('\n') {
            let range = start..start + line.trim_end().len();
            let end = start + line.len();
            let words = line.trim_start_matches('\u{feff}').trim();
            if in_block || words.starts_with("/*") {
                in_block = !words.contains("*/");
                marks.comments.push(range);
            } else if let Some(said) = words.strip_prefix("--") {
                marks.comments.push(range.clone());
                let said = said.trim();
                let lower = said.to_ascii_lowercase();
                let (tool, side) = if lower.starts_with("+goose up") {
                    (Some("goose"), Some(true))
                } else if lower.starts_with("+goose down") {
                    (Some("goose"), Some(false))
                } else if lower.starts_with("migrate:up") {
                    (Some("dbmate"), Some(true))
                } else if lower.starts_with("migrate:down") {
                    (Some("dbmate"), Some(false))
                } else {
                    (None, None)
                };
                if lower.starts_with("+goose no transaction")
                    || lower.starts_with("no-transaction")
                    || (side == Some(true) && lower.replace(' ', "").contains("transaction:false"))
                {
                    marks.no_transaction.get_or_insert(range);
                }
                if let Some(up) = side {
                    marks.close(open.take(), start);
                    open = Some((up, end));
                    marks.tool = marks.tool.or(tool);
                }
            }
            start = end;
        }
        marks.close(open, text.len());
        marks
    }

    fn close(&mut self, open: Option<(bool, usize)>, end: usize) {
        let Some((up, start)) = open else { return };
        let part = if up { &mut self.up } else { &mut self.down };
        part.get_or_insert(start..end);
    }
}

/// Reads one file. A way back that stands in a file of its own is read with the file that it belongs to.
#[must_use]
pub fn read(repo: &Repo, id: FileId) -> Reading {
    let mut out = Reading::default();
    let path = repo.path(id);
    let passage = repo.passage(id);
    let text = passage.text();
    // The words of a migration in code beside it, which is read with it.
    let beside = |end: &str| repo.exists(&format!("{}{end}", path.trim_end_matches(".sql")));
    if [".ts", ".js", ".mts", ".cts", ".mjs", ".cjs"].iter().any(|end| beside(end)) {
        return out;
    }
    // ClickHouse's SQL is another one.
    if is_clickhouse(text) {
        return out;
    }
    let Some(name) = Name::of(path).or_else(|| explicit(path)) else { return out };
    let name = name.with_neighbour(repo, path);
    if name.side == Side::Down {
        // Read with its other half.
        return out;
    }
    if path.ends_with(".fizz") {
        fizz(&mut out, &passage, &name);
        return out;
    }
    let marks = Marks::of(text);
    let whole = 0..text.len();
    let up = passage.slice(marks.up.clone().unwrap_or(whole));
    let other = back(repo, path, &name);
    let down = match (&marks.down, other) {
        (Some(range), _) => Some(passage.slice(range.clone())),
        (None, other) => other.map(|id| repo.passage(id)),
    };
    let tool = name.tool.or(marks.tool).unwrap_or_else(|| guess(repo, path, name.side));
    let span = first_words(&up);
    let mut fact = Fact::new(migration::KIND, span)
        .with(migration::NAME, name.name, span)
        .with(migration::TOOL, tool, span)
        .with(migration::VERSION, name.version, span)
        .with(migration::UP, state(&up), span);
    let down_state = match &down {
        Some(down) => Some(match state(down) {
            "empty" if says_something(down.text()) => "explained",
            other => other,
        }),
        // Prisma and Flyway have no way back, and a lone file need not have one.
        None => (marks.tool.is_some() || (name.side == Side::Up && !has_dialects_back(repo, path, &name)))
            .then_some("missing"),
    };
    fact.set_some(migration::DOWN, down_state, span);
    fact.set_some(migration::DIALECT, name.dialect, span);
    if name.no_transaction {
        fact.set(migration::TRANSACTION, false, span);
    }
    if let Some(range) = &marks.no_transaction {
        fact.set(migration::TRANSACTION, false, passage.locate(range.clone()));
    }
    // What stands in the way back says nothing of the way there.
    let own = marks
        .comments
        .iter()
        .filter(|comment| marks.down.as_ref().is_none_or(|down| !down.contains(&comment.start)));
    reader::annotate(&mut fact, &passage, own.cloned());
    reader::of_parts(&mut out, fact, &up, down.as_ref());
    out
}

/// A file that the policy calls a migration, whatever its name.
fn explicit(path: &str) -> Option<Name<'_>> {
    let file = path.rsplit('/').next()?;
    let name = file.strip_suffix(".sql")?;
    Some(Name { name, version: digits(name), ..Name::default() })
}

fn is_clickhouse(text: &str) -> bool {
    let head = text.get(..text.len().min(20_000)).unwrap_or(text);
    head.contains("MergeTree") || head.contains("ON CLUSTER")
}

/// The file with the way back of `path`.
fn back(repo: &Repo, path: &str, name: &Name<'_>) -> Option<FileId> {
    match name.side {
        Side::Up if name.dialect.is_some() || name.no_transaction => {
            let core = without_dialect(name.name);
            let own = name.name.strip_suffix(".autocommit").unwrap_or(name.name);
            let folder = path.strip_suffix(&format!("{}.up.sql", name.name))?;
            [own, core].into_iter().find_map(|stem| {
                ["", ".autocommit"]
                    .into_iter()
                    .find_map(|mark| repo.get(&format!("{folder}{stem}{mark}.down.sql")))
            })
        }
        Side::Up => [(".up", ".down"), (".up", ".autocommit.down"), ("/up", "/down"), ENDS[0], ENDS[1]]
            .into_iter()
            .find_map(|(up, down)| {
                let stem = path.strip_suffix(".sql")?.strip_suffix(up)?;
                repo.get(&format!("{stem}{down}.sql"))
            }),
        Side::Whole if name.tool == Some("flyway") => {
            let (folder, file) = path.rsplit_once('/').unwrap_or(("", path));
            let slash = if folder.is_empty() { "" } else { "/" };
            repo.get(&format!("{folder}{slash}U{}", file.get(1..)?))
        }
        _ => None,
    }
}

/// Whether each database has a way back of its own.
fn has_dialects_back(repo: &Repo, path: &str, name: &Name<'_>) -> bool {
    let Some(folder) = path.strip_suffix(&format!("{}.up.sql", name.name)) else { return false };
    let stem = format!("{folder}{}.", without_dialect(name.name));
    let mut beside = repo.paths_from(&stem).take_while(|path| path.starts_with(&stem));
    beside.any(|path| path.ends_with(".down.sql"))
}

/// pop's language for schemas, which is not read; that is said once for a folder, when all are known.
fn fizz(out: &mut Reading, passage: &Passage, name: &Name<'_>) {
    let span = first_words(passage);
    let mut fact = Fact::new(migration::KIND, span)
        .with(migration::NAME, name.name, span)
        .with(migration::TOOL, "pop", span)
        .with(migration::VERSION, name.version, span)
        .with(migration::UP, state(passage), span);
    fact.set_some(migration::DIALECT, name.dialect, span);
    out.add(fact);
}

/// What runs a folder whose files do not say: the language around it tells.
fn guess(repo: &Repo, path: &str, side: Side) -> &'static str {
    let mut folder = path;
    while let Some((parent, _)) = folder.rsplit_once('/') {
        folder = parent;
        if repo.exists(&format!("{folder}/Cargo.toml")) {
            return "sqlx";
        }
        if side == Side::Up && repo.exists(&format!("{folder}/go.mod")) {
            return "golang-migrate";
        }
    }
    match side {
        _ if repo.exists("Cargo.toml") => "sqlx",
        Side::Up if repo.exists("go.mod") => "golang-migrate",
        _ => "sql",
    }
}

/// The place of the first statement's first word, or the text's beginning.
fn first_words(passage: &Passage) -> Span {
    let text = passage.text();
    let mut at = 0;
    loop {
        let rest = text.get(at..).unwrap_or_default();
        at += rest.len()
            - rest.trim_start_matches(|char: char| char.is_whitespace() || char == '\u{feff}').len();
        let rest = text.get(at..).unwrap_or_default();
        let comment = if rest.starts_with("--") {
            rest.find('\n')
        } else if rest.starts_with("/*") {
            rest.find("*/").map(|end| end + 2)
        } else {
            let len = rest.find(|char: char| !char.is_alphanumeric()).unwrap_or(rest.len());
            return passage.locate(at..at + len);
        };
        match comment {
            Some(end) => at += end,
            None => return passage.locate(0..0),
        }
    }
}

fn state(passage: &Passage) -> &'static str {
    let text = passage.text();
    let code = crate::syntax::sql::without_comments(text);
    if code.trim_start_matches('\u{feff}').trim().trim_end_matches(';').is_empty() {
        "empty"
    } else {
        "present"
    }
}

/// Whether a comment among these lines says something to people.
fn says_something(text: &str) -> bool {
    text.lines().any(|line| {
        let words = line.trim().trim_start_matches(['-', '*', '/', ' ']);
        let lower = words.to_ascii_lowercase();
        words.contains(char::is_alphabetic)
            && !["+goose", "migrate:", "todo", "fixme"].iter().any(|beginning| lower.starts_with(beginning))
    })
}
