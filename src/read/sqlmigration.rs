//! Migrations in plain SQL: Flyway, goose, dbmate, sqlx, Prisma, golang-migrate, and folders of numbered
//! files. Knows how their files are named and marked; what the SQL does is the migration reader's.

use std::ops::Range;

use crate::facts::words::migration;
use crate::facts::{Fact, Reading};
use crate::read::migration as reader;
use crate::repo::Repo;
use crate::text::{FileId, Passage, Span};

#[cfg(test)]
mod tests;

/// Whether the file at `path` is a migration in SQL, as far as its path tells.
#[must_use]
pub fn is_migration(path: &str) -> bool {
    Name::of(path).is_some()
}

/// What a file's path says.
#[derive(Clone, Debug, PartialEq, Eq)]
#[allow(clippy::struct_field_names, reason = "a name's name is the tool's word for it")]
struct Name<'p> {
    /// What runs it, where the path tells.
    tool: Option<&'static str>,
    /// What the tool calls the migration.
    name: &'p str,
    version: &'p str,
    side: Side,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Side {
    /// One file for both, or for `up` where there is no way back.
    Whole,
    /// `x.up.sql`, whose way back is `x.down.sql`.
    Up,
    Down,
}

impl<'p> Name<'p> {
    fn of(path: &'p str) -> Option<Self> {
        let (folder, file) = path.rsplit_once('/').unwrap_or(("", path));
        let stem = file.strip_suffix(".sql")?;
        let in_folder = |names: &[&str]| folder.split('/').any(|segment| names.contains(&segment));
        if stem == "migration" {
            let own = folder.rsplit('/').next().unwrap_or_default();
            let version = digits(own);
            return (in_folder(&["migrations"]) && version.len() >= 4).then_some(Self {
                tool: Some("prisma"),
                name: own,
                version,
                side: Side::Whole,
            });
        }
        // Diesel's folders.
        if let "up" | "down" = stem {
            let own = folder.rsplit('/').next().unwrap_or_default();
            let version = digits(own);
            let side = if stem == "up" { Side::Up } else { Side::Down };
            return (in_folder(&["migrations"]) && version.len() >= 4).then_some(Self {
                tool: Some("diesel"),
                name: own,
                version,
                side,
            });
        }
        if let Some((version, _)) = stem.get(1..).and_then(|rest| rest.split_once("__"))
            && version.starts_with(|char: char| char.is_ascii_digit())
            && version.bytes().all(|byte| byte.is_ascii_digit() || matches!(byte, b'.' | b'_'))
        {
            let side = match stem.as_bytes().first() {
                Some(b'V') => Side::Whole,
                Some(b'U') => Side::Down,
                _ => return None,
            };
            return Some(Self { tool: Some("flyway"), name: stem, version, side });
        }
        if !in_folder(&["migrations", "migration", "migrate"]) || in_folder(&["clickhouse"]) {
            return None;
        }
        let (name, side) = match stem.rsplit_once('.') {
            Some((name, "up")) => (name, Side::Up),
            Some((name, "down")) => (name, Side::Down),
            _ => (stem, Side::Whole),
        };
        let version = digits(name);
        let rest = &name[version.len()..];
        let numbered = !version.is_empty() && (rest.is_empty() || rest.starts_with(['_', '-', '.']));
        numbered.then_some(Self { tool: None, name, version, side })
    }
}

/// Ends of names that tell the two halves of a migration apart where both are there.
const ENDS: [(&str, &str); 2] = [("_up", "_down"), ("-up", "-down")];

impl Name<'_> {
    /// The same, where a neighbour tells that the file is one half: `1_a_up.sql` beside `1_a_down.sql`.
    fn with_neighbour(mut self, repo: &Repo, path: &str) -> Self {
        if self.tool.is_some() || self.side != Side::Whole {
            return self;
        }
        for (up, down) in ENDS {
            let folder = path.strip_suffix(&format!("{}.sql", self.name)).unwrap_or_default();
            let there = |stem: &str, end: &str| repo.exists(&format!("{folder}{stem}{end}.sql"));
            if let Some(stem) = self.name.strip_suffix(up)
                && there(stem, down)
            {
                self.side = Side::Up;
                self.name = stem;
            } else if let Some(stem) = self.name.strip_suffix(down)
                && there(stem, up)
            {
                self.side = Side::Down;
            }
        }
        self
    }
}

fn digits(text: &str) -> &str {
    &text[..text.bytes().take_while(u8::is_ascii_digit).count()]
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
        None => (marks.tool.is_some() || name.side == Side::Up).then_some("missing"),
    };
    fact.set_some(migration::DOWN, down_state, span);
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
    Some(Name { tool: None, name, version: digits(name), side: Side::Whole })
}

fn is_clickhouse(text: &str) -> bool {
    let head = text.get(..text.len().min(20_000)).unwrap_or(text);
    head.contains("MergeTree") || head.contains("ON CLUSTER")
}

/// The file with the way back of `path`.
fn back(repo: &Repo, path: &str, name: &Name<'_>) -> Option<FileId> {
    match name.side {
        Side::Up => {
            [(".up", ".down"), ("/up", "/down"), ENDS[0], ENDS[1]].into_iter().find_map(|(up, down)| {
                let stem = path.strip_suffix(".sql")?.strip_suffix(up)?;
                repo.get(&format!("{stem}{down}.sql"))
            })
        }
        Side::Whole if name.tool == Some("flyway") => {
            let (folder, file) = path.rsplit_once('/').unwrap_or(("", path));
            let slash = if folder.is_empty() { "" } else { "/" };
            repo.get(&format!("{folder}{slash}U{}", file.get(1..)?))
        }
        _ => None,
    }
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
