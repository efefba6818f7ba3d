//! Variables that a script sets once, to words that it writes out: `FLY=flyctl`. Does not follow
//! which branch sets them, nor what the surroundings set before.

use rustc_hash::{FxHashMap, FxHashSet};

use crate::syntax::shell::{Assignment, Form, Script, Statement};

/// Most words of an array that is followed.
const MOST_WORDS: usize = 64;
/// Deepest statements that are looked at.
const MOST_LEVELS: u16 = 64;

/// The constants of a script with their values.
pub(super) fn of(script: &Script) -> FxHashMap<&str, &str> {
    let mut found = Found { text: script.passage.text(), ..Found::default() };
    found.block(&script.body, 0);
    let text = found.text;
    if found.values.values().all(Option::is_none) {
        return FxHashMap::default();
    }
    let others = set_otherwise(text);
    let literal = found.values.into_iter().filter_map(|(name, value)| Some((name, value?)));
    literal.filter(|(name, _)| !others.contains(name)).collect()
}

/// The arrays of a script that are set once, to words that it writes out: `args=(--app shop)`.
pub(super) fn lists(script: &Script) -> FxHashMap<&str, Vec<&str>> {
    let mut found = Found { text: script.passage.text(), ..Found::default() };
    if !found.text.contains("=(") {
        return FxHashMap::default();
    }
    found.block(&script.body, 0);
    found.lists.into_iter().filter_map(|(name, words)| Some((name, words?))).collect()
}

/// Words of the commands that set variables without an assignment: `read`, `for`, `printf -v`.
fn set_otherwise(text: &str) -> FxHashSet<&str> {
    let sets =
        |word: &str| matches!(word, "read" | "for" | "select" | "mapfile" | "readarray" | "-v" | "unset");
    let commands = text.split(['\n', ';', '&', '|']);
    let setting = commands.filter_map(|command| {
        let mut words = command.split_whitespace();
        words.any(sets).then_some(words)
    });
    setting.flatten().collect()
}

#[derive(Default)]
struct Found<'a> {
    text: &'a str,
    /// The value of each variable, or that there is not one.
    values: FxHashMap<&'a str, Option<&'a str>>,
    /// The words of each array, or that there is not one set of them.
    lists: FxHashMap<&'a str, Option<Vec<&'a str>>>,
}

impl<'a> Found<'a> {
    fn block(&mut self, block: &'a [Statement], level: u16) {
        for statement in block {
            self.statement(statement, level);
        }
    }

    fn statement(&mut self, statement: &'a Statement, level: u16) {
        if level > MOST_LEVELS {
            return;
        }
        let level = level + 1;
        match &statement.form {
            Form::Simple(simple) => {
                let alone = simple.words.is_empty();
                simple.assignments.iter().filter(|_| alone).for_each(|item| self.assignment(item));
                simple.declared.iter().for_each(|item| self.assignment(item));
            }
            Form::List { first, rest } => {
                self.statement(first, level);
                for link in rest {
                    self.statement(&link.statement, level);
                }
            }
            Form::Pipeline(body) | Form::Group { body, .. } | Form::For { body, .. } => {
                self.block(body, level);
            }
            Form::If { arms, otherwise } => {
                for arm in arms {
                    self.block(&arm.condition, level);
                    self.block(&arm.body, level);
                }
                self.block(otherwise.as_deref().unwrap_or_default(), level);
            }
            Form::While { condition, body, .. } => {
                self.block(condition, level);
                self.block(body, level);
            }
            Form::Case { arms, .. } => arms.iter().for_each(|arm| self.block(&arm.body, level)),
            Form::Function { body, .. } => self.statement(body, level),
            Form::Test(_) => {}
        }
    }

    fn assignment(&mut self, item: &'a Assignment) {
        let literal = item.value.as_ref().filter(|value| !value.dynamic && !value.value.is_empty());
        // `name+=` adds to what is there.
        let sets = self
            .text
            .get(item.range.clone())
            .and_then(|text| text.strip_prefix(item.name.as_str()))
            .is_some_and(|rest| rest.starts_with('='));
        if item.value.is_none() {
            let words = item.elements.iter().map(|word| (!word.dynamic).then_some(word.value.as_str()));
            let words: Option<Vec<&str>> = words.collect();
            let words = words.filter(|words| sets && !words.is_empty() && words.len() <= MOST_WORDS);
            self.lists.entry(item.name.as_str()).and_modify(|words| *words = None).or_insert(words);
        }
        let value = literal.filter(|_| sets).map(|value| value.value.as_str());
        self.values.entry(item.name.as_str()).and_modify(|value| *value = None).or_insert(value);
    }
}
