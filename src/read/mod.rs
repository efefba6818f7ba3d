//! Trees to facts. Knows what files of a deploy mean, and no rule.

use globset::GlobMatcher;

use crate::facts::{Environments, ProgramNote, Reading};
use crate::repo::Repo;
use crate::text::FileId;

pub mod command;
pub mod fly;
pub mod image;
pub mod link;
pub mod migration;
pub mod package;
pub mod script;
pub mod secret;
pub mod workflow;

/// What reads a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Reader {
    Migration,
    Fly,
    Workflow,
    /// A local action's `action.yml`.
    Action,
    Dockerfile,
    Shell,
    Package,
}

impl Reader {
    pub const ALL: [Self; 7] = [
        Self::Migration,
        Self::Fly,
        Self::Workflow,
        Self::Action,
        Self::Dockerfile,
        Self::Shell,
        Self::Package,
    ];

    /// Its name in facts and in the policy's `[files]`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Migration => "migration",
            Self::Fly => "fly",
            Self::Workflow => "workflow",
            Self::Action => "action",
            Self::Dockerfile => "dockerfile",
            Self::Shell => "shell",
            Self::Package => "package",
        }
    }
}

/// What readers are told beside the files: a team's words.
#[derive(Clone, Debug, Default)]
pub struct Settings {
    pub environments: Environments,
    pub programs: Vec<ProgramNote>,
    /// Which reader reads which paths, beyond the built-in table; the first match wins.
    pub files: Vec<(GlobMatcher, Reader)>,
}

/// Reads one file. Total: bad input gives findings and what could be understood.
#[must_use]
pub fn file(_repo: &Repo, _id: FileId, _settings: &Settings) -> Reading {
    Reading::default()
}
