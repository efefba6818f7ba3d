//! What is wrong, where, and what to do. Knows neither rules nor readers, nor how it is printed.

use std::sync::Arc;

use crate::text::{Edit, Span};

/// The rule name of findings about text that its reader could not parse.
pub const SYNTAX: &str = "syntax";

/// How bad a finding is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Severity {
    Info,
    Warning,
    Error,
}

impl Severity {
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Info => "info",
            Self::Warning => "warning",
            Self::Error => "error",
        }
    }

    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        [Self::Info, Self::Warning, Self::Error].into_iter().find(|level| level.name() == name)
    }
}

/// A place and what to say there (may be empty).
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Label {
    pub span: Span,
    pub text: String,
}

impl Label {
    #[must_use]
    pub fn new(span: Span, text: impl Into<String>) -> Self {
        Self { span, text: text.into() }
    }
}

/// A change that removes a finding. Its edits do not overlap; they may lie in several files.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fix {
    pub title: String,
    /// Whether it keeps what the file does apart from what is wrong.
    pub safe: bool,
    pub edits: Vec<Edit>,
}

/// One thing that is wrong with the checked files.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// `family/name`, or [`SYNTAX`].
    pub rule: Arc<str>,
    pub severity: Severity,
    pub message: String,
    /// The few words that are wrong.
    pub primary: Label,
    /// Where the cause lies, and the way that leads there.
    pub related: Vec<Label>,
    pub help: Option<String>,
    pub fixes: Vec<Fix>,
}

impl Finding {
    /// A finding with its one place and nothing else said yet.
    #[must_use]
    pub fn new(rule: &str, severity: Severity, message: impl Into<String>, at: Span) -> Self {
        Self {
            rule: rule.into(),
            severity,
            message: message.into(),
            primary: Label::new(at, ""),
            related: Vec::new(),
            help: None,
            fixes: Vec::new(),
        }
    }

    /// Text that could not be parsed; what follows from it is unknown.
    #[must_use]
    pub fn syntax(message: impl Into<String>, at: Span) -> Self {
        Self::new(SYNTAX, Severity::Error, message, at)
    }

    #[must_use]
    pub fn label(mut self, text: impl Into<String>) -> Self {
        self.primary.text = text.into();
        self
    }

    #[must_use]
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    #[must_use]
    pub fn related(mut self, span: Span, text: impl Into<String>) -> Self {
        self.related.push(Label::new(span, text));
        self
    }
}

/// The known word that was probably meant by `word`, for a "did you mean": the nearest by its letters,
/// if one is near. Of a name such as `family/rule` the part behind the slash counts too.
#[must_use]
pub fn nearest<'a>(word: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let word: String = word.chars().take(80).flat_map(char::to_lowercase).collect();
    let distance = |known: &str| {
        let known = known.to_lowercase();
        let tail = known.rsplit('/').next().unwrap_or(&known);
        if word.len() >= 4 && (known.starts_with(&word) || tail.starts_with(&word)) {
            return 0;
        }
        strsim::osa_distance(&word, &known).min(strsim::osa_distance(&word, tail))
    };
    let allowed = (word.chars().count() / 3).clamp(1, 4);
    known
        .into_iter()
        .map(|known| (distance(known), known))
        .filter(|(distance, _)| *distance <= allowed)
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, known)| known)
}
