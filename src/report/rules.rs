//! The list of rules: a table for people, lines for tools, JSON for machines. Knows what a rule says
//! about itself, not what it judges.

use std::collections::BTreeMap;
use std::fmt::Write;

use schemars::JsonSchema;
use serde::Serialize;
use serde_json::Value as Json;

use super::document::{Severity, print};
use super::visible;

/// The rules of `deploylint rules --format json`.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[schemars(title = "deploylint rules")]
pub struct RulesDocument {
    /// Version of this format. Within it, fields are only added.
    #[schemars(extend("const" = 1))]
    pub schema: u32,
    /// By name.
    pub rules: Vec<RuleInfo>,
}

/// What a rule says about itself.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct RuleInfo {
    pub name: String,
    pub family: String,
    /// What is wrong, in a few words.
    pub summary: String,
    pub severity: Severity,
    /// Whether it judges without being asked for.
    pub default: Default,
    /// The first version that has it.
    pub since: String,
    pub tags: Vec<String>,
    /// Other linters' names for the same check.
    pub aliases: Vec<String>,
    /// What a policy may set, with the defaults: booleans, numbers, strings or arrays of strings.
    pub parameters: BTreeMap<String, Json>,
    pub fixable: bool,
    /// The kind of fact that it looks at.
    pub on: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Default {
    On,
    Off,
}

impl RuleInfo {
    /// The severity that it has without a policy, or `off`.
    #[must_use]
    pub fn level(&self) -> &'static str {
        if self.default == Default::Off { "off" } else { self.severity.name() }
    }
}

impl Severity {
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Error => "error",
            Self::Warning => "warning",
            Self::Info => "info",
        }
    }
}

/// A table: name, level, what is wrong.
#[must_use]
pub fn human(rules: &[RuleInfo]) -> String {
    let wide = rules.iter().map(|rule| rule.name.len()).max().unwrap_or(0);
    let mut out = String::new();
    for rule in rules {
        let (name, level, summary) = (visible::line(&rule.name), rule.level(), visible::line(&rule.summary));
        let _ = writeln!(out, "{name:wide$}  {level:7}  {summary}");
    }
    out
}

/// One line for each rule: `name: level: summary`.
#[must_use]
pub fn concise(rules: &[RuleInfo]) -> String {
    let mut out = String::new();
    for rule in rules {
        let _ = writeln!(
            out,
            "{}: {}: {}",
            visible::line(&rule.name),
            rule.level(),
            visible::line(&rule.summary)
        );
    }
    out
}

#[must_use]
pub fn json(rules: Vec<RuleInfo>) -> String {
    print(&RulesDocument { schema: 1, rules })
}
