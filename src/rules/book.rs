//! The rulebook: every rule, by name.

use std::sync::{Arc, OnceLock};

use rayon::prelude::*;

use super::parse::parse_known;
use super::rule::Rule;
use crate::text::{FileId, Passage};

/// The files under `rules/`: name and text, sorted by name.
pub const FILES: &[(&str, &str)] = include!(concat!(env!("OUT_DIR"), "/rules.rs"));

/// Rules sorted by name.
#[derive(Clone, Debug, Default)]
pub struct Rulebook {
    pub rules: Vec<Rule>,
}

impl Rulebook {
    /// The rules that come with the program.
    #[must_use]
    pub fn builtin() -> Self {
        static BOOK: OnceLock<Rulebook> = OnceLock::new();
        BOOK.get_or_init(Self::read).clone()
    }

    /// Reads the rules that come with the program. Each parses: a test holds them to it.
    #[must_use]
    pub fn read() -> Self {
        let read =
            |&(name, text): &(&str, &str)| parse_known(name, &Passage::file(FileId(0), Arc::from(text))).ok();
        Self { rules: FILES.par_iter().filter_map(read).collect() }
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::parse;

    #[test]
    fn a_known_rule_is_read_as_any_other() {
        for (name, text) in FILES {
            let file = Passage::file(FileId(0), Arc::from(*text));
            let known = parse_known(name, &file).map(|rule| format!("{rule:?}"));
            assert_eq!(known.ok(), parse(name, &file).map(|rule| format!("{rule:?}")).ok(), "{name}");
        }
    }
}
