//! What the name of a file of SQL says: which migration it is, which half of it, and for which database.

use crate::repo::Repo;

/// What a file's path says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[allow(clippy::struct_field_names, reason = "a name's name is the tool's word for it")]
pub(super) struct Name<'p> {
    /// What runs it, where the path tells.
    pub tool: Option<&'static str>,
    /// What the tool calls the migration.
    pub name: &'p str,
    pub version: &'p str,
    pub side: Side,
    /// The database that the file alone is for.
    pub dialect: Option<&'static str>,
    /// Where the name says that the file wants no transaction.
    pub no_transaction: bool,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Side {
    /// One file for both, or for `up` where there is no way back.
    #[default]
    Whole,
    /// `x.up.sql`, whose way back is `x.down.sql`.
    Up,
    Down,
}

impl<'p> Name<'p> {
    pub fn of(path: &'p str) -> Option<Self> {
        let (folder, file) = path.rsplit_once('/').unwrap_or(("", path));
        let stem = file.strip_suffix(".sql").or_else(|| file.strip_suffix(".fizz"))?;
        let in_folder = |names: &[&str]| folder.split('/').any(|segment| names.contains(&segment));
        if stem == "migration" {
            let own = folder.rsplit('/').next().unwrap_or_default();
            let version = digits(own);
            return (in_folder(&["migrations", "migration"]) && version.len() >= 4).then_some(Self {
                tool: Some("prisma"),
                name: own,
                version,
                side: Side::Whole,
                ..Self::default()
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
                ..Self::default()
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
            return Some(Self { tool: Some("flyway"), name: stem, version, side, ..Self::default() });
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
        let (core, no_transaction) = match name.strip_suffix(".autocommit") {
            Some(core) => (core, true),
            None => (name, false),
        };
        let dialect = core.rsplit_once('.').and_then(|(_, word)| dialect(word));
        let tool = dialect.filter(|_| side != Side::Whole).map(|_| "pop");
        numbered.then_some(Self { tool, name, version, side, dialect, no_transaction })
    }
}

/// Ends of names that tell the two halves of a migration apart where both are there.
pub(super) const ENDS: [(&str, &str); 2] = [("_up", "_down"), ("-up", "-down")];

impl Name<'_> {
    /// The same, where a neighbour tells that the file is one half: `1_a_up.sql` beside `1_a_down.sql`.
    pub fn with_neighbour(mut self, repo: &Repo, path: &str) -> Self {
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

/// The database that a word of a file's name stands for: pop's dialects, as people write them.
pub fn dialect(word: &str) -> Option<&'static str> {
    Some(match word {
        "postgres" | "postgresql" | "pg" | "pgx" => "postgres",
        "cockroach" | "cockroachdb" | "crdb" => "cockroach",
        "mysql" | "mariadb" => "mysql",
        "sqlite" | "sqlite3" => "sqlite",
        "mssql" | "sqlserver" => "mssql",
        _ => return None,
    })
}

/// A migration's name without the database that it is for: what its dialects have in common.
#[must_use]
pub fn without_dialect(name: &str) -> &str {
    let name = name.strip_suffix(".autocommit").unwrap_or(name);
    match name.rsplit_once('.') {
        Some((core, word)) if dialect(word).is_some() => core,
        _ => name,
    }
}

pub(super) fn digits(text: &str) -> &str {
    &text[..text.bytes().take_while(u8::is_ascii_digit).count()]
}
