//! What a rule is.

use std::sync::Arc;

use crate::facts::Kind;
use crate::finding::Severity;

/// The value of a rule's parameter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Parameter {
    Bool(bool),
    Int(i64),
    Text(String),
    List(Vec<String>),
}

/// One judgement.
#[derive(Clone, Debug)]
pub struct Rule {
    /// `family/name`, from the file's path.
    pub name: Arc<str>,
    /// The heading of its file.
    pub title: String,
    /// Its whole file, Markdown.
    pub source: Arc<str>,
    /// The prose of its file: everything but the title, the condition and the examples.
    pub prose: String,
    pub severity: Severity,
    /// Whether it judges without being asked for.
    pub on_by_default: bool,
    pub tags: Vec<String>,
    /// The first version that has it.
    pub since: String,
    /// Other linters' names for the same check.
    pub aliases: Vec<String>,
    /// What a policy may set, with the defaults.
    pub parameters: Vec<(String, Parameter)>,
    /// The kind of fact that it looks at.
    pub on: Kind,
    pub fixable: bool,
}

impl Rule {
    /// The part of the name before `/`.
    #[must_use]
    pub fn family(&self) -> &str {
        self.name.split('/').next().unwrap_or_default()
    }
}
