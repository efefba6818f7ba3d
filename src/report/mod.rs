//! What a check found, and how it is printed: for people, for editors, for machines. Knows neither
//! readers nor rules.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::finding::{Finding, Severity};
use crate::repo::Repo;

mod concise;
mod diff;
pub mod document;
pub mod explain;
pub mod facts;
pub mod graph;
mod human;
mod places;
pub mod rules;
pub mod schema;
mod snippet;
mod visible;

pub use concise::concise;
pub use diff::diff;
pub use document::{Document, json};
pub use human::{Style, findings, human, summary};

/// The result of a check. The same repository gives the same report, byte for byte.
#[derive(Clone, Debug, Default)]
pub struct Report {
    /// By path, place and rule.
    pub findings: Vec<Finding>,
    /// Files or parts of files that could not be parsed, in the same order.
    pub problems: Vec<Finding>,
    /// Number of files read.
    pub files: usize,
    /// The rules that found something.
    pub rules: BTreeMap<Arc<str>, RuleSummary>,
}

/// What a report says about a rule.
#[derive(Clone, Debug)]
pub struct RuleSummary {
    pub summary: String,
    pub severity: Severity,
    pub fixable: bool,
    pub since: String,
}

impl Report {
    /// Findings and problems together, by path and place.
    #[must_use]
    pub fn all(&self, repo: &Repo) -> Vec<&Finding> {
        let mut all: Vec<&Finding> = self.problems.iter().chain(&self.findings).collect();
        all.sort_by_key(|finding| {
            let at = finding.primary.span;
            (repo.path(at.file), at.start)
        });
        all
    }

    /// Number of findings and problems at `severity`.
    #[must_use]
    pub fn count(&self, severity: Severity) -> usize {
        self.problems.iter().chain(&self.findings).filter(|finding| finding.severity == severity).count()
    }

    /// The severity of the worst finding or problem.
    #[must_use]
    pub fn worst(&self) -> Option<Severity> {
        self.problems.iter().chain(&self.findings).map(|finding| finding.severity).max()
    }

    /// The report with only the findings and problems that `keep` accepts.
    #[must_use]
    pub fn only(&self, keep: impl Fn(&Finding) -> bool) -> Self {
        let kept = |findings: &[Finding]| findings.iter().filter(|&one| keep(one)).cloned().collect();
        Self { findings: kept(&self.findings), problems: kept(&self.problems), ..self.clone() }
    }
}
