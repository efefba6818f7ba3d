//! The rulebook: every rule, by name.

use super::rule::Rule;

/// Rules sorted by name.
#[derive(Clone, Debug, Default)]
pub struct Rulebook {
    pub rules: Vec<Rule>,
}

impl Rulebook {
    /// The rules that come with the program.
    #[must_use]
    pub fn builtin() -> Self {
        Self::default()
    }

    #[must_use]
    pub fn get(&self, name: &str) -> Option<&Rule> {
        self.rules.iter().find(|rule| rule.name.as_ref() == name)
    }

    /// The families, sorted.
    #[must_use]
    pub fn families(&self) -> Vec<&str> {
        let mut families: Vec<&str> = self.rules.iter().map(Rule::family).collect();
        families.dedup();
        families
    }
}
