//! Findings for people: what is wrong, the places in every file, what to do instead.

use std::fmt::{self, Display, Write};
use std::time::Duration;

use miette::{Diagnostic, GraphicalReportHandler, GraphicalTheme, LabeledSpan, SourceCode};

use super::Report;
use super::places::Places;
use super::snippet::Snippet;
use super::visible;
use crate::finding::{Finding, Severity};
use crate::repo::Repo;

/// How the report looks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Style {
    /// Whether it is coloured.
    pub color: bool,
    /// Columns at which prose is wrapped.
    pub width: usize,
}

impl Style {
    /// As tests and pipes see it.
    #[must_use]
    pub const fn plain() -> Self {
        Self { color: false, width: 100 }
    }
}

impl Default for Style {
    fn default() -> Self {
        Self::plain()
    }
}

/// The whole report: every finding and problem, and a summary line.
#[must_use]
pub fn human(report: &Report, repo: &Repo, style: &Style) -> String {
    let mut out = findings(report, repo, style);
    if !out.is_empty() {
        out.push('\n');
    }
    out.push_str(&summary(report, None));
    out.push('\n');
    out
}

/// Every finding and problem, by path and place, with an empty line between two.
#[must_use]
pub fn findings(report: &Report, repo: &Repo, style: &Style) -> String {
    let mut places = Places::new(repo);
    let handler = handler(style);
    let mut out = String::new();
    for finding in report.all(repo) {
        if !out.is_empty() {
            out.push('\n');
        }
        let shown = Shown::new(finding, &mut places, style);
        // Writing to a string fails only if the snippet does; then the plain line remains.
        if handler.render_report(&mut out, &shown).is_err() {
            let _ = writeln!(out, "{}: {}", shown.code, shown.message);
        }
    }
    trim_line_ends(&out)
}

/// Files, findings per severity, and the time taken where it is given.
#[must_use]
pub fn summary(report: &Report, time: Option<Duration>) -> String {
    let some = |count: usize, one: &str| format!("{count} {one}{}", if count == 1 { "" } else { "s" });
    let mut line = format!(
        "{}, {}, {}, {}",
        some(report.files, "file"),
        some(report.count(Severity::Error), "error"),
        some(report.count(Severity::Warning), "warning"),
        some(report.count(Severity::Info), "info"),
    );
    match time {
        Some(time) if time.as_secs() >= 1 => {
            let _ = write!(line, " in {:.1} s", time.as_secs_f64());
        }
        Some(time) => {
            let _ = write!(line, " in {} ms", time.as_millis());
        }
        None => {}
    }
    line
}

fn handler(style: &Style) -> GraphicalReportHandler {
    let theme = if style.color { GraphicalTheme::unicode() } else { GraphicalTheme::unicode_nocolor() };
    GraphicalReportHandler::new_themed(theme)
        .with_width(style.width)
        .with_wrap_lines(false)
        .with_urls(false)
        .with_context_lines(1)
        .without_syntax_highlighting()
}

/// A finding as miette sees it.
#[derive(Debug)]
struct Shown {
    code: String,
    message: String,
    help: Option<String>,
    severity: Severity,
    snippet: Snippet,
}

impl Shown {
    fn new(finding: &Finding, places: &mut Places<'_>, style: &Style) -> Self {
        // What miette puts before message and help.
        let wrap = |text: &str, indent: usize| {
            let columns = style.width.saturating_sub(indent).max(20);
            let lines: Vec<String> =
                text.lines().map(|line| visible::wrap(&visible::line(line), columns)).collect();
            lines.join("\n")
        };
        Self {
            code: format!("{}[{}]", finding.severity.name(), visible::line(&finding.rule)),
            message: wrap(&finding.message, 4),
            help: finding.help.as_deref().map(|help| wrap(help, 8)),
            severity: finding.severity,
            snippet: Snippet::new(finding, places),
        }
    }
}

impl Display for Shown {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Shown {}

impl Diagnostic for Shown {
    fn code<'a>(&'a self) -> Option<Box<dyn Display + 'a>> {
        Some(Box::new(&self.code))
    }

    fn severity(&self) -> Option<miette::Severity> {
        Some(match self.severity {
            Severity::Error => miette::Severity::Error,
            Severity::Warning => miette::Severity::Warning,
            Severity::Info => miette::Severity::Advice,
        })
    }

    fn help<'a>(&'a self) -> Option<Box<dyn Display + 'a>> {
        self.help.as_ref().map(|help| Box::new(help) as Box<dyn Display>)
    }

    fn source_code(&self) -> Option<&dyn SourceCode> {
        Some(&self.snippet)
    }

    fn labels(&self) -> Option<Box<dyn Iterator<Item = LabeledSpan> + '_>> {
        Some(Box::new(self.snippet.labels()))
    }
}

/// The text without spaces at line ends, which editors take away from expected texts.
fn trim_line_ends(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for line in text.lines() {
        out.push_str(line.trim_end());
        out.push('\n');
    }
    out
}

#[cfg(test)]
#[path = "human_tests.rs"]
mod tests;
