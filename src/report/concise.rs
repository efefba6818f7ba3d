//! Findings for editors and tools that match lines: `path:line:col: error: message [rule]`.

use std::fmt::Write;

use super::Report;
use super::places::Places;
use super::visible;
use crate::repo::Repo;

/// One line for each finding and problem, by path and place; columns count code points.
#[must_use]
pub fn concise(report: &Report, repo: &Repo) -> String {
    let mut places = Places::new(repo);
    let mut out = String::new();
    for finding in report.all(repo) {
        let span = finding.primary.span;
        let at = places.start(span);
        let _ = writeln!(
            out,
            "{}:{}:{}: {}: {} [{}]",
            visible::line(places.path(span.file)),
            at.line,
            at.col,
            finding.severity.name(),
            visible::line(&finding.message),
            visible::line(&finding.rule),
        );
    }
    out
}
