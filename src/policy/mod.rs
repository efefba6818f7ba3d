//! The team's policy, `deploylint.toml`: environments, levels, parameters, extra files and programs.
//! Knows the rulebook's names, not what rules look at.

mod parse;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::facts::{Environments, MigrationNotes, ProgramNote};
use crate::finding::{Finding, Severity};
use crate::rules::{Parameter, Rule, Rulebook};
use crate::text::Passage;

/// How loud a rule is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Level {
    Off,
    At(Severity),
}

/// What a team decides. The default is what holds without a policy file.
#[derive(Clone, Debug, Default)]
pub struct Policy {
    pub environments: Environments,
    pub programs: Vec<ProgramNote>,
    pub migrations: MigrationNotes,
    /// Reader names with globs, in the order of the file.
    pub files: Vec<(String, globset::GlobMatcher)>,
    /// Paths that are not read.
    pub exclude: Vec<globset::GlobMatcher>,
    /// The major version of PostgreSQL that migrations run on.
    pub postgres: Option<u8>,
    /// Levels by rule or family name.
    pub levels: BTreeMap<String, Level>,
    /// Parameters by rule name.
    pub parameters: BTreeMap<Arc<str>, BTreeMap<String, Parameter>>,
}

impl Policy {
    /// Reads a policy file.
    ///
    /// # Errors
    /// A finding for each mistake in it: an unknown key, rule, family, parameter or effect, a value
    /// of the wrong type, a bad glob, a selection that is empty.
    pub fn parse(file: &Passage, rulebook: &Rulebook) -> Result<Self, Vec<Finding>> {
        parse::parse(file, rulebook)
    }

    /// How loud `rule` is: its own entry, else its family's, else its default.
    #[must_use]
    pub fn level(&self, rule: &Rule) -> Level {
        let default = if rule.on_by_default { Level::At(rule.severity) } else { Level::Off };
        let named = |name: &str| self.levels.get(name).copied();
        named(&rule.name).or_else(|| named(rule.family())).unwrap_or(default)
    }
}
