//! What the readers of small hosts of commands share: the `file` fact, the place of commands, and
//! what is said of something that is not understood. Knows no format.

use super::command::Site;
use super::{Reader, Settings, hooks};
use crate::facts::words::{file, unresolved};
use crate::facts::{Fact, FactRef, Reading};
use crate::repo::Repo;
use crate::text::{FileId, Passage, Span, cut_line};

/// Longest text of an `unresolved` fact, in bytes.
const MOST_TEXT: usize = 200;

/// What reads the file `path` with this name, if it is a small host of commands.
pub(super) fn reader(path: &str, name: &str) -> Option<Reader> {
    let (stem, extension) = name.rsplit_once('.').unwrap_or((name, ""));
    let yaml = matches!(extension, "yml" | "yaml");
    let folder = folder_of(path).rsplit('/').next().unwrap_or_default();
    match () {
        () if name == "Procfile" || (stem == "Procfile" && !super::NO_DOCKERFILES.contains(&extension)) => {
            Some(Reader::Procfile)
        }
        () if name == "crontab" || matches!(extension, "crontab" | "cron") => Some(Reader::Crontab),
        // cron passes over names with a dot.
        () if folder == "cron.d" && !name.contains('.') => Some(Reader::Crontab),
        () if yaml && folder == "config" && (stem == "deploy" || stem.starts_with("deploy.")) => {
            Some(Reader::Kamal)
        }
        () if yaml && stem == ".pre-commit-config" => Some(Reader::Hooks),
        () if matches!(stem, "lefthook" | ".lefthook" | "lefthook-local" | ".lefthook-local")
            && (yaml || matches!(extension, "toml" | "json")) =>
        {
            Some(Reader::Hooks)
        }
        () if name == ".devcontainer.json" => Some(Reader::Devcontainer),
        () if name == "devcontainer.json" && path.split('/').any(|part| part == ".devcontainer") => {
            Some(Reader::Devcontainer)
        }
        () if hooks::script(path).is_some() => Some(Reader::Shell),
        () => None,
    }
}

/// Adds the `file` fact of the file `id`.
pub(super) fn file(out: &mut Reading, repo: &Repo, id: FileId, reader: Reader) -> FactRef {
    let start = Span::point(id, 0);
    let fact = Fact::new(file::KIND, start).with(file::PATH, repo.path(id), start);
    out.add(fact.with(file::READER, reader.name(), start))
}

/// The place of commands that stand alone: nothing stops at a failure, nothing ignores one.
pub(super) fn site<'a>(
    host: &'static str,
    phase: &'static str,
    directory: Option<&str>,
    settings: &'a Settings,
) -> Site<'a> {
    Site {
        host,
        phase: Some(phase),
        parent: None,
        directory: directory.map(ToOwned::to_owned),
        errexit: false,
        pipefail: false,
        ignored: None,
        guard: Vec::new(),
        settings,
    }
}

/// Says that `text` (a `what` of the vocabulary) is not understood, and why.
pub(super) fn unresolved(
    out: &mut Reading,
    parent: Option<FactRef>,
    (what, reason): (&'static str, &str),
    text: &str,
    span: Span,
) {
    let fact = Fact::new(unresolved::KIND, span)
        .inside(parent)
        .with(unresolved::WHAT, what, span)
        .with(unresolved::REASON, reason, span)
        .with(unresolved::TEXT, cut_line(text, MOST_TEXT), span);
    out.add(fact);
}

/// How much of a file is read: aliases make a small one say the same words without end.
#[derive(Debug)]
pub(super) struct Budget(usize);

impl Budget {
    /// More than a file without aliases needs.
    pub(super) fn of(passage: &Passage) -> Self {
        Self(64 * 1024 + 16 * passage.len())
    }

    /// Whether one more item with so many bytes of text is read.
    pub(super) fn spend(&mut self, bytes: usize) -> bool {
        self.0 = self.0.saturating_sub(bytes + 32);
        self.0 > 0
    }
}

/// Why the rest of a file whose budget is spent is not read.
pub(super) const REPEATS: &str = "this file repeats so much that it was not read to its end";

/// The folder of a path, from the root; empty for the root.
pub(in crate::read) fn folder_of(path: &str) -> &str {
    path.rsplit_once('/').map_or("", |(folder, _)| folder)
}
