//! What a check found, and how it is printed: for people, for editors, for machines.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::finding::{Finding, Severity};

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
