//! Text to trees. Knows languages, no deploy word. Every parser is total: any bytes give a tree and
//! faults, never a panic.

use std::ops::Range;

pub mod dockerfile;
pub mod expression;
pub mod json;
pub mod justfile;
pub mod makefile;
pub mod markdown;
pub mod shell;
pub mod sql;
pub mod toml;
pub mod typescript;
pub mod yaml;

/// What a parser could not make sense of, at a range of the passage that it was given.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    pub range: Range<usize>,
    pub message: String,
    pub help: Option<String>,
}

impl Fault {
    #[must_use]
    pub fn new(range: Range<usize>, message: impl Into<String>) -> Self {
        Self { range, message: message.into(), help: None }
    }

    #[must_use]
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    /// The fault as a finding in the host file.
    #[must_use]
    pub fn finding(&self, passage: &crate::text::Passage) -> crate::finding::Finding {
        let finding =
            crate::finding::Finding::syntax(self.message.clone(), passage.locate(self.range.clone()));
        match &self.help {
            Some(help) => finding.help(help.clone()),
            None => finding,
        }
    }
}
