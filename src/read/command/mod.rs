//! Commands: from shell text or argument vectors to `command` facts.

use std::sync::Arc;

use super::Settings;
use crate::facts::{FactRef, Reading};
use crate::text::{Passage, Span};

/// Where commands stand, and what that place says about them.
#[derive(Clone, Debug)]
pub struct Site<'a> {
    /// A word of [`HOSTS`](crate::facts::words::HOSTS).
    pub host: &'static str,
    /// A word of [`PHASES`](crate::facts::words::PHASES), where the place tells.
    pub phase: Option<&'static str>,
    /// The fact that contains the commands.
    pub parent: Option<FactRef>,
    /// The directory that they run in, from the root (`""` for the root itself), where known.
    pub directory: Option<String>,
    /// Whether the shell stops at the first failure (`set -e`, GitHub's default `bash -e`).
    pub errexit: bool,
    /// Whether a pipeline fails with any of its parts (`set -o pipefail`).
    pub pipefail: bool,
    /// The words of the surroundings that ignore a failure, such as `continue-on-error: true`.
    pub ignored: Option<(Arc<str>, Span)>,
    /// The conditions of the surroundings, such as a step's `if`.
    pub guard: Vec<(Arc<str>, Span)>,
    pub settings: &'a Settings,
}

/// Reads a shell script: facts for its commands, findings for what is no shell.
pub fn shell(_out: &mut Reading, _script: &Passage, _site: &Site<'_>) {}

/// Reads one command given as words (an exec form, a shlex-split line): no shell interprets it.
/// `whole` is the text that the words were taken from.
pub fn argv(_out: &mut Reading, _whole: &Passage, _words: &[Passage], _site: &Site<'_>) {}

/// The effects that a package script's name tells when its commands tell none, such as `db:seed`.
#[must_use]
pub fn effects_of_name(_name: &str) -> &'static [&'static str] {
    &[]
}
