//! What a rule is.

use std::sync::Arc;

use super::condition::{Condition, FieldPath};
use super::examples::prose;
use super::fix::FixPlan;
use super::template::Message;
use crate::facts::Kind;
use crate::finding::Severity;
use crate::syntax::markdown;
use crate::text::{FileId, Passage};

/// The value of a rule's parameter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Parameter {
    Bool(bool),
    Int(i64),
    Text(String),
    List(Vec<String>),
}

impl Parameter {
    /// The value for people.
    #[must_use]
    pub fn print(&self) -> String {
        match self {
            Self::Bool(value) => value.to_string(),
            Self::Int(value) => value.to_string(),
            Self::Text(value) => value.clone(),
            Self::List(values) => values.join(", "),
        }
    }

    /// What kind of value it is, for messages.
    #[must_use]
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Bool(_) => "a boolean",
            Self::Int(_) => "an integer",
            Self::Text(_) => "a string",
            Self::List(_) => "an array of strings",
        }
    }
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
    /// Whether it can offer a fix.
    pub fixable: bool,
    pub(super) judgement: Judgement,
}

/// When a rule speaks, and what it says.
#[derive(Clone, Debug)]
pub(super) struct Judgement {
    pub filter: Condition,
    pub relation: Option<Relation>,
    pub message: Message,
    pub at: Vec<FieldPath>,
    pub label: Option<Message>,
    pub help: Option<Message>,
    pub also: Vec<Related>,
    /// The first one that can be made is offered.
    pub fixes: Vec<FixPlan>,
}

/// A fact that must, or must not, stand in a relation to the subject.
#[derive(Clone, Debug)]
pub(super) struct Relation {
    pub expected: bool,
    pub related: Related,
}

/// Facts in a relation to the subject, and what to say at their places.
#[derive(Clone, Debug)]
pub(super) struct Related {
    pub kind: Kind,
    pub scope: Scope,
    pub filter: Condition,
    /// How those before or after the subject must stand to it; on every path where nothing is said.
    pub order: Option<Condition>,
    pub at: Vec<FieldPath>,
    pub label: Option<Message>,
}

/// Where related facts are looked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Scope {
    Inside,
    Around,
    Reach,
    File,
    Repo,
    /// What runs before the subject.
    Before,
    /// What runs after the subject succeeded.
    After,
}

impl Rule {
    /// The prose of its file: everything but the title, the condition and the examples.
    #[must_use]
    pub fn prose(&self) -> String {
        let file = Passage::file(FileId(0), Arc::clone(&self.source));
        prose(&self.source, &markdown::fences(&file))
    }

    /// The part of the name before `/`.
    #[must_use]
    pub fn family(&self) -> &str {
        self.name.split('/').next().unwrap_or_default()
    }

    /// The default of the parameter `name`.
    #[must_use]
    pub fn parameter(&self, name: &str) -> Option<&Parameter> {
        self.parameters.iter().find(|(other, _)| other == name).map(|(_, value)| value)
    }
}
