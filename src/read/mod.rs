//! Trees to facts. Knows what files of a deploy mean, and no rule.

use globset::GlobMatcher;

use crate::facts::{Environments, MigrationNotes, ProgramNote, Reading};
use crate::repo::Repo;
use crate::text::FileId;

pub mod command;
pub mod crontab;
pub mod datasource;
pub mod devcontainer;
pub mod entity;
pub mod fly;
pub mod hooks;
mod host;
pub mod image;
pub mod just;
pub mod kamal;
pub mod link;
pub mod make;
pub mod migration;
pub mod nx;
pub mod package;
pub mod placeholder;
pub mod procfile;
pub mod runbook;
pub mod script;
pub mod secret;
pub mod sqlmigration;
pub mod uses;
pub mod workflow;

/// What reads a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Reader {
    Migration,
    /// A migration in plain SQL.
    SqlMigration,
    Fly,
    Workflow,
    /// A local action's `action.yml`.
    Action,
    Dockerfile,
    Shell,
    Package,
    Just,
    Make,
    /// A `project.json` of nx.
    Nx,
    Procfile,
    Crontab,
    /// A `deploy.yml` of Kamal.
    Kamal,
    /// Configurations of git hooks: pre-commit, lefthook.
    Hooks,
    Devcontainer,
    /// Markdown with commands to follow.
    Runbook,
}

impl Reader {
    pub const ALL: [Self; 17] = [
        Self::Migration,
        Self::SqlMigration,
        Self::Fly,
        Self::Workflow,
        Self::Action,
        Self::Dockerfile,
        Self::Shell,
        Self::Package,
        Self::Just,
        Self::Make,
        Self::Nx,
        Self::Procfile,
        Self::Crontab,
        Self::Kamal,
        Self::Hooks,
        Self::Devcontainer,
        Self::Runbook,
    ];

    /// Its name in facts and in the policy's `[files]`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Migration => "migration",
            Self::SqlMigration => "sql-migration",
            Self::Fly => "fly",
            Self::Workflow => "workflow",
            Self::Action => "action",
            Self::Dockerfile => "dockerfile",
            Self::Shell => "shell",
            Self::Package => "package",
            Self::Just => "just",
            Self::Make => "make",
            Self::Nx => "nx",
            Self::Procfile => "procfile",
            Self::Crontab => "crontab",
            Self::Kamal => "kamal",
            Self::Hooks => "hooks",
            Self::Devcontainer => "devcontainer",
            Self::Runbook => "runbook",
        }
    }
}

/// What readers are told beside the files: a team's words.
#[derive(Clone, Debug, Default)]
pub struct Settings {
    pub environments: Environments,
    pub programs: Vec<ProgramNote>,
    pub migrations: MigrationNotes,
    /// Which reader reads which paths, beyond the built-in table; the first match wins.
    pub files: Vec<(GlobMatcher, Reader)>,
    /// PostgreSQL's major version, which locks and rewrites depend on.
    pub postgres: PostgresVersion,
    /// Whether the policy says that version.
    pub postgres_is_said: bool,
}

/// A major version of PostgreSQL.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct PostgresVersion(pub u8);

impl Default for PostgresVersion {
    fn default() -> Self {
        Self(15)
    }
}

/// Whether a path is read, and what has to be known of its text first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wanted {
    No,
    Yes(Reader),
    /// When its first line names a shell.
    IfShebang,
    /// When it holds one of these words.
    IfContains(Reader, &'static [&'static str]),
}

/// Which files are read, as far as the path tells: the team's globs first, then the built-in table.
#[must_use]
pub fn wants(path: &str, settings: &Settings) -> Wanted {
    if let Some((_, reader)) = settings.files.iter().find(|(glob, _)| glob.is_match(path)) {
        return Wanted::Yes(*reader);
    }
    let name = path.rsplit('/').next().unwrap_or(path);
    let (stem, extension) = name.rsplit_once('.').unwrap_or((name, ""));
    let in_folder = |folder: &str| path.split('/').rev().skip(1).any(|segment| segment == folder);
    if let Some(reader) = host::reader(path, name) {
        return Wanted::Yes(reader);
    }
    match extension {
        _ if is_dockerfile(name) => Wanted::Yes(Reader::Dockerfile),
        _ if just::is_justfile(name) || extension.eq_ignore_ascii_case("just") => Wanted::Yes(Reader::Just),
        "toml" if (stem.starts_with("fly") && !stem.starts_with("flyway")) || stem.ends_with(".fly") => {
            Wanted::Yes(Reader::Fly)
        }
        "yml" | "yaml" if stem == "action" => Wanted::Yes(Reader::Action),
        // GitHub reads no folder below.
        "yml" | "yaml" if path.strip_prefix(".github/workflows/") == Some(name) => {
            Wanted::Yes(Reader::Workflow)
        }
        "json" if stem == "package" => Wanted::Yes(Reader::Package),
        "json" if stem == "project" => Wanted::IfContains(Reader::Nx, &["\"targets\""]),
        "mk" => Wanted::Yes(Reader::Make),
        "" if matches!(name, "Makefile" | "makefile" | "GNUmakefile") => Wanted::Yes(Reader::Make),
        "sh" | "bash" => Wanted::Yes(Reader::Shell),
        "sql" | "fizz" if sqlmigration::is_migration(path) => Wanted::Yes(Reader::SqlMigration),
        "md" | "markdown" if runbook::is_runbook(path) => Wanted::Yes(Reader::Runbook),
        "" if !name.starts_with('.') => Wanted::IfShebang,
        "ts" | "mts" | "cts" | "js" | "cjs" | "mjs" => {
            let kind = stem.rsplit_once('.').map_or("", |(_, kind)| kind);
            if matches!(kind, "d" | "min" | "test" | "spec") {
                Wanted::No
            } else if in_folder("migrations") || in_folder("migration") {
                Wanted::Yes(Reader::Migration)
            } else {
                Wanted::IfContains(
                    Reader::Migration,
                    &[
                        "MigrationInterface",
                        "queryRunner",
                        "QueryRunner",
                        "migrationsTransactionMode",
                        datasource::MARKS[0],
                        datasource::MARKS[1],
                        datasource::OTHER_MARKS[0],
                        datasource::OTHER_MARKS[1],
                        datasource::OTHER_MARKS[2],
                        datasource::OTHER_MARKS[3],
                        link::IN_CODE[0],
                        link::IN_CODE[1],
                        link::IN_CODE[2],
                        entity::MARKS[0],
                        entity::MARKS[1],
                        entity::MARKS[2],
                        entity::MARKS[3],
                        entity::MARKS[4],
                        entity::MARKS[5],
                    ],
                )
            }
        }
        _ => Wanted::No,
    }
}

/// Ends of names that begin like a Dockerfile's and are something else: code, templates, notes, copies.
const NO_DOCKERFILES: &[&str] = &[
    "ts",
    "tsx",
    "mts",
    "cts",
    "js",
    "jsx",
    "mjs",
    "cjs",
    "go",
    "py",
    "rb",
    "rs",
    "java",
    "kt",
    "php",
    "cs",
    "erb",
    "j2",
    "jinja",
    "jinja2",
    "tmpl",
    "tpl",
    "template",
    "gotmpl",
    "mustache",
    "hbs",
    "ejs",
    "in",
    "m4",
    "md",
    "txt",
    "html",
    "json",
    "yml",
    "yaml",
    "toml",
    "xml",
    "sh",
    "bash",
    "lock",
    "dockerignore",
    "orig",
    "bak",
    "old",
    "rej",
    "swp",
    "diff",
    "patch",
];

/// Whether a file's name is a Dockerfile's: `Dockerfile`, `Dockerfile.web`, `Dockerfile-web`,
/// `web.Dockerfile`, and the same with `Containerfile`; in capitals or not.
fn is_dockerfile(name: &str) -> bool {
    let lower = name.to_ascii_lowercase();
    let end = lower.rsplit_once('.').map_or("", |(_, end)| end);
    if NO_DOCKERFILES.contains(&end) || lower.ends_with('~') {
        return false;
    }
    ["dockerfile", "containerfile"].iter().any(|kind| {
        let behind = lower
            .strip_prefix(kind)
            .is_some_and(|rest| rest.is_empty() || rest.len() > 1 && rest.starts_with(['.', '-', '_']));
        behind || lower.strip_suffix(kind).is_some_and(|rest| rest.len() > 1 && rest.ends_with('.'))
    })
}

/// Whether a text begins with a line such as `#!/usr/bin/env bash`.
#[must_use]
pub fn is_shell_shebang(text: &[u8]) -> bool {
    let line = text.split(|&byte| byte == b'\n').next().unwrap_or_default();
    let Some(command) = line.strip_prefix(b"#!") else { return false };
    command
        .split(|&byte| byte == b'/' || byte.is_ascii_whitespace())
        .filter_map(|word| std::str::from_utf8(word).ok())
        .any(crate::syntax::shell::is_shell)
}

/// Reads one file. Total: bad input gives findings and what could be understood.
#[must_use]
pub fn file(repo: &Repo, id: FileId, settings: &Settings) -> Reading {
    if !repo.is_text(id) {
        return Reading::default();
    }
    match reader(repo.path(id), settings) {
        Some(Reader::Migration) => {
            let explicit = in_migrations(repo.path(id), settings);
            let mut reading = migration::read(repo, id, explicit, &settings.migrations);
            if entity::is_entity(&repo.file(id).text) {
                entity::read(&mut reading, &repo.passage(id), repo.path(id));
            }
            datasource::read(&mut reading, &repo.passage(id), repo.path(id));
            reading
        }
        Some(Reader::SqlMigration) => sqlmigration::read(repo, id),
        Some(Reader::Fly) => fly::read(repo, id, settings),
        Some(Reader::Workflow) => workflow::read(repo, id, settings),
        Some(Reader::Action) => workflow::read_action(repo, id, settings),
        Some(Reader::Dockerfile) => image::read(repo, id, settings),
        Some(Reader::Shell) => script::read(repo, id, settings),
        Some(Reader::Package) => package::read(repo, id, settings),
        Some(Reader::Just) => just::read(repo, id, settings),
        Some(Reader::Make) => make::read(repo, id, settings),
        Some(Reader::Nx) => nx::read(repo, id, settings),
        Some(Reader::Procfile) => procfile::read(repo, id, settings),
        Some(Reader::Crontab) => crontab::read(repo, id, settings),
        Some(Reader::Kamal) => kamal::read(repo, id, settings),
        Some(Reader::Hooks) => hooks::read(repo, id, settings),
        Some(Reader::Devcontainer) => devcontainer::read(repo, id, settings),
        Some(Reader::Runbook) => runbook::read(repo, id, settings),
        None => Reading::default(),
    }
}

/// What reads the file at `path`, if anything does.
#[must_use]
pub fn reader(path: &str, settings: &Settings) -> Option<Reader> {
    match wants(path, settings) {
        Wanted::Yes(reader) | Wanted::IfContains(reader, _) => Some(reader),
        Wanted::IfShebang => Some(Reader::Shell),
        Wanted::No => None,
    }
}

/// Whether the path alone calls a file a migration.
fn in_migrations(path: &str, settings: &Settings) -> bool {
    matches!(wants(path, settings), Wanted::Yes(Reader::Migration))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_dockerfiles() {
        for name in [
            "Dockerfile",
            "dockerfile",
            "Dockerfile.web",
            "docker/Dockerfile-web",
            "Dockerfile_web",
            "Dockerfile-go",
            "web.Dockerfile",
            "店.dockerfile",
            "Containerfile",
            "Containerfile.web",
            "Dockerfile.node22",
        ] {
            assert_eq!(wants(name, &Settings::default()), Wanted::Yes(Reader::Dockerfile), "{name}");
        }
        for name in [
            "Dockerfile.ts",
            "DockerfileBuilder",
            "DockerfileParser.java",
            "Dockerfile.j2",
            "Dockerfile.web.tmpl",
            "Dockerfile.dockerignore",
            "Dockerfile.md",
            "Dockerfile.orig",
            "Dockerfile.",
            ".dockerfile",
            "mydockerfile",
            "dockerfile.go",
        ] {
            assert_ne!(wants(name, &Settings::default()), Wanted::Yes(Reader::Dockerfile), "{name}");
        }
    }
}
