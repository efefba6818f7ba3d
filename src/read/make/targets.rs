//! Targets: what the rules of a Makefile say of each name. Knows no recipe's commands.

use rustc_hash::FxHashMap;

use super::expand::Expander;
use super::functions::{stem, substituted};
use crate::read::placeholder::PLACEHOLDER;
use crate::syntax::makefile::{Assignment, Form, Makefile, Rule};
use crate::text::{Passage, Span, one_line};

/// Everything that the rules of one Makefile say.
#[derive(Default)]
pub(super) struct Targets<'a> {
    /// In the order in which they are first named.
    pub all: Vec<Target<'a>>,
    index: FxHashMap<String, usize>,
    /// Variables that are set for targets, by name.
    variables: FxHashMap<String, Vec<&'a Assignment>>,
    /// Variables that are set for targets, by pattern.
    patterns: Vec<(String, &'a Assignment)>,
    /// Special targets that hold for all others, such as `.ONESHELL`, with their places.
    pub special: FxHashMap<&'static str, Span>,
    /// Targets whose failures `.IGNORE` names, with the name's place.
    pub ignored: FxHashMap<String, Span>,
    /// The prerequisites so far, in bytes.
    spent: usize,
    /// The first target whose prerequisites were too many.
    pub unread: Option<Span>,
}

/// One target.
pub(super) struct Target<'a> {
    pub name: String,
    /// Where it is first named.
    pub place: Passage,
    pub needs: Vec<Passage>,
    /// The recipes that may be run for it, each with its rule.
    pub recipes: Vec<Recipe<'a>>,
}

pub(super) struct Recipe<'a> {
    pub rule: &'a Rule,
    pub condition: Option<usize>,
    pub stem: Option<String>,
}

/// Most bytes of prerequisites that the targets of one file have together.
const MAX_NEEDS: usize = 1 << 20;
/// Most patterns that variables are set for.
const MAX_PATTERNS: usize = 64;
/// Most recipes of one target, each in a branch of its own.
const MAX_RECIPES: usize = 64;

const SPECIAL: &[&str] = &[
    ".DEFAULT",
    ".DELETE_ON_ERROR",
    ".EXPORT_ALL_VARIABLES",
    ".IGNORE",
    ".INTERMEDIATE",
    ".LOW_RESOLUTION_TIME",
    ".NOTINTERMEDIATE",
    ".NOTPARALLEL",
    ".ONESHELL",
    ".PHONY",
    ".POSIX",
    ".PRECIOUS",
    ".SECONDARY",
    ".SECONDEXPANSION",
    ".SILENT",
    ".SUFFIXES",
    ".WAIT",
];

impl<'a> Targets<'a> {
    pub fn of(makefile: &'a Makefile, expander: &mut Expander<'a>) -> Self {
        let mut targets = Self::default();
        for item in &makefile.items {
            if let Form::Rule(rule) = &item.form {
                targets.rule(rule, item.condition, expander);
            }
        }
        targets
    }

    /// The variables that are set for a target; the last assignment holds.
    pub fn variables(&self, name: &str) -> FxHashMap<&'a str, &'a Assignment> {
        let patterns = self.patterns.iter().filter(|(pattern, _)| stem(name, pattern).is_some());
        let patterns = patterns.map(|(_, assignment)| *assignment);
        let own = self.variables.get(name).into_iter().flatten().copied();
        patterns.chain(own).map(|assignment| (assignment.name.text(), assignment)).collect()
    }

    /// The target that runs where none is named.
    pub fn first(&self) -> Option<&str> {
        let names = self.all.iter().map(|target| target.name.as_str());
        names.into_iter().find(|name| !name.contains('%') && (!name.starts_with('.') || name.contains('/')))
    }

    fn rule(&mut self, rule: &'a Rule, condition: Option<usize>, expander: &mut Expander<'a>) {
        let names = words(&expander.passage(&rule.targets));
        let names: Vec<_> = names.into_iter().map(|name| (name_of(&name, &rule.targets), name)).collect();
        if let Some(variable) = &rule.variable {
            for (name, _) in names {
                if !name.contains('%') {
                    self.variables.entry(name).or_default().push(variable);
                } else if self.patterns.len() < MAX_PATTERNS {
                    self.patterns.push((name, variable));
                }
            }
            return;
        }
        let mut needs = words(&expander.passage(&rule.prerequisites));
        if let Some(order_only) = &rule.order_only {
            needs.extend(words(&expander.passage(order_only)));
        }
        let pattern = rule.pattern.as_ref().map(|pattern| expander.text(pattern));
        for (name, place) in names {
            if let Some(special) = SPECIAL.iter().find(|special| **special == name) {
                if *special == ".IGNORE" && !needs.is_empty() {
                    self.ignored.extend(needs.iter().map(|need| (need.text().to_owned(), need.span())));
                } else {
                    self.special.insert(special, place.span());
                }
                continue;
            }
            let stem = pattern.as_deref().and_then(|pattern| stem(&name, pattern)).map(str::to_owned);
            let own = self.needs((&name, &place), &needs, pattern.as_deref());
            let target = self.target(name, place);
            target.needs.extend(own);
            if rule.recipe.is_empty() {
                continue;
            }
            // Of two recipes in the same branch make takes the last one.
            if !rule.double {
                target.recipes.retain(|recipe| recipe.condition != condition || recipe.rule.double);
            }
            if target.recipes.len() < MAX_RECIPES {
                target.recipes.push(Recipe { rule, condition, stem });
            }
        }
    }

    /// The prerequisites of `name`; those of a static pattern rule with its own stem.
    fn needs(
        &mut self,
        (name, place): (&str, &Passage),
        needs: &[Passage],
        pattern: Option<&str>,
    ) -> Vec<Passage> {
        self.spent += needs.iter().map(|need| need.len() + 16).sum::<usize>();
        if self.spent > MAX_NEEDS {
            self.unread.get_or_insert_with(|| place.span());
            return Vec::new();
        }
        let filled = |need: &Passage| match pattern {
            Some(pattern) if need.text().contains('%') && stem(name, pattern).is_some() => {
                let mut derivation = need.derive();
                derivation.swap(0..need.len(), &substituted(name, pattern, need.text()));
                derivation.finish()
            }
            _ => need.clone(),
        };
        needs.iter().map(filled).collect()
    }

    fn target(&mut self, name: String, place: Passage) -> &mut Target<'a> {
        let next = self.all.len();
        let at = *self.index.entry(name.clone()).or_insert(next);
        if at == next {
            self.all.push(Target { name, place, needs: Vec::new(), recipes: Vec::new() });
        }
        &mut self.all[at]
    }
}

/// The words of a passage, each with its place.
pub(super) fn words(passage: &Passage) -> Vec<Passage> {
    let text = passage.text();
    let start = text.as_ptr() as usize;
    text.split_ascii_whitespace()
        .map(|word| {
            let at = word.as_ptr() as usize - start;
            passage.slice(at..at + word.len())
        })
        .collect()
}

/// A target's name; as it is written where only make can work it out.
fn name_of(word: &Passage, written: &Passage) -> String {
    let text = word.text();
    if text.contains('$') || text.contains(PLACEHOLDER) {
        let written = written.text();
        // Where one word was expanded, it is the written one.
        if !written.contains(char::is_whitespace) {
            return one_line(written);
        }
    }
    text.to_owned()
}
