//! What the changes of one direction are together: tables made a moment ago, SQLite table rebuilds, and
//! whether the whole adds, removes or blocks. Knows names only as they are written.

use rustc_hash::{FxHashMap, FxHashSet};

use super::judge;
use crate::facts::words::schema_change as change;
use crate::facts::{Fact, Field};

/// What a direction does as a whole.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Sum {
    pub adds: bool,
    pub removes: bool,
    pub blocks: bool,
}

/// Marks new tables and rebuilds on `facts`, the changes of one direction in their order.
pub fn mark(facts: &mut [Fact]) {
    let mut marks = Marks::default();
    for (index, fact) in facts.iter_mut().enumerate() {
        if fact.kind == change::KIND {
            marks.take(index, fact);
        }
    }
    let retyped: FxHashSet<(String, String)> = facts
        .iter()
        .filter(|fact| fact.text(change::CHANGE) == Some("alter-column-type"))
        .filter_map(|fact| Some((key(fact, change::TABLE)?, key(fact, change::COLUMN)?)))
        .collect();
    for (index, fact) in facts.iter_mut().enumerate() {
        if fact.kind != change::KIND {
            continue;
        }
        let span = fact.span;
        let word = fact.text(change::CHANGE).unwrap_or_default().to_owned();
        let risk = judge::risk(&word, fact.text(change::METHOD));
        fact.set_some(change::RISK, risk, span);
        if matches!(word.as_str(), "set-default" | "drop-default")
            && let (Some(table), Some(column)) = (key(fact, change::TABLE), key(fact, change::COLUMN))
            && retyped.contains(&(table, column))
        {
            fact.set(change::WITH_TYPE_CHANGE, true, span);
        }
        let rebuild = marks.rebuilt.contains(&index);
        fact.set(change::REBUILD, rebuild, span);
        if rebuild {
            fact.set(change::DESTRUCTIVE, "no", span);
            fact.set(change::ADDITIVE, false, span);
        } else if fact.bool(change::NEW_TABLE) == Some(true) {
            // Nobody but this migration has seen the table.
            fact.set(change::DESTRUCTIVE, "no", span);
            let removes = fact.text(change::CHANGE).is_some_and(judge::removes);
            fact.set(change::ADDITIVE, !removes, span);
        }
        if is_temporary(fact) {
            fact.set(change::ADDITIVE, false, span);
        }
    }
}

/// Sums up marked facts.
pub fn sum(facts: &[Fact]) -> Sum {
    let mut sum = Sum::default();
    // What goes and comes again under its old name is no addition.
    let mut gone: FxHashSet<(&str, &str)> = FxHashSet::default();
    for fact in facts.iter().filter(|fact| fact.kind == change::KIND) {
        let word = fact.text(change::CHANGE).unwrap_or_default();
        let object = fact.text(change::OBJECT).unwrap_or_default();
        if let Some(kind) = word.strip_prefix("drop-").or_else(|| word.strip_prefix("alter-")) {
            gone.insert((kind, object));
        }
        if fact.text(change::DESTRUCTIVE) == Some("block") {
            sum.blocks = true;
        }
        if fact.bool(change::REBUILD) == Some(true) || is_temporary(fact) {
            continue;
        }
        let again = word
            .strip_prefix("create-")
            .is_some_and(|kind| kind != "table" && !object.is_empty() && gone.contains(&(kind, object)));
        sum.adds |= judge::expands(word) && !again;
        sum.removes |= judge::removes(word) && fact.bool(change::NEW_TABLE) != Some(true);
    }
    sum
}

#[derive(Default)]
struct Marks {
    /// Tables that exist since this migration.
    new: FxHashSet<String>,
    created: FxHashMap<String, usize>,
    dropped: FxHashMap<String, usize>,
    filled: FxHashMap<String, Vec<usize>>,
    /// New name to the rename and the old name.
    renamed: FxHashMap<String, (usize, String)>,
    rebuilt: FxHashSet<usize>,
}

impl Marks {
    fn take(&mut self, index: usize, fact: &mut Fact) {
        let word = fact.text(change::CHANGE).unwrap_or_default().to_owned();
        let Some(table) = key(fact, change::TABLE) else { return };
        if self.new.contains(&table) && word != "create-table" {
            let span = fact.span;
            fact.set(change::NEW_TABLE, true, span);
        }
        match word.as_str() {
            "create-table" => {
                self.new.insert(table.clone());
                self.created.insert(table, index);
            }
            "insert" => self.filled.entry(table).or_default().push(index),
            "drop-table" => self.drop_table(index, table),
            "rename-table" => {
                if let Some(new_name) = key(fact, change::NEW_NAME) {
                    self.rename_table(index, table, in_schema_of(&new_name, fact));
                }
            }
            _ => {}
        }
    }

    /// The last step of: rename `x` to `temporary_x`, create `x`, fill it, drop `temporary_x`.
    fn drop_table(&mut self, index: usize, table: String) {
        if let Some((renamed, old)) = self.renamed.remove(&table)
            && let Some(&created) = self.created.get(&old)
            && created > renamed
        {
            self.rebuilt.extend([renamed, created, index]);
            self.created.remove(&old);
            self.new.remove(&old);
            let filled = self.filled.remove(&old).unwrap_or_default();
            self.rebuilt.extend(filled.into_iter().filter(|&fill| fill > created));
            return;
        }
        self.new.remove(&table);
        self.dropped.insert(table, index);
    }

    /// The last step of: create `temporary_x`, fill it, drop `x`, rename `temporary_x` to `x`.
    fn rename_table(&mut self, index: usize, table: String, new_name: String) {
        if let Some(created) = self.created.remove(&table) {
            if let Some(dropped) = self.dropped.remove(&new_name)
                && dropped > created
            {
                self.rebuilt.extend([created, dropped, index]);
                self.new.remove(&table);
                let filled = self.filled.remove(&table).unwrap_or_default();
                self.rebuilt.extend(filled.into_iter().filter(|&fill| fill > created));
                return;
            }
            self.created.insert(new_name.clone(), created);
        }
        if self.new.remove(&table) {
            self.new.insert(new_name.clone());
        }
        self.renamed.insert(new_name, (index, table));
    }
}

/// A table's name as it is compared: without the default schema.
fn key(fact: &Fact, field: Field) -> Option<String> {
    let name = fact.text(field)?;
    Some(name.strip_prefix("public.").unwrap_or(name).to_owned())
}

/// A new name in the schema of the table that is renamed; SQL names it without one.
fn in_schema_of(name: &str, fact: &Fact) -> String {
    match key(fact, change::TABLE) {
        Some(table) if !name.contains('.') => match table.rsplit_once('.') {
            Some((schema, _)) => format!("{schema}.{name}"),
            None => name.to_owned(),
        },
        _ => name.to_owned(),
    }
}

/// Whether it creates a table that ends with the session.
fn is_temporary(fact: &Fact) -> bool {
    if fact.text(change::CHANGE) != Some("create-table") {
        return false;
    }
    let statement = fact.text(change::STATEMENT).unwrap_or_default();
    statement
        .split_whitespace()
        .skip(1)
        .take(2)
        .any(|word| word.eq_ignore_ascii_case("temp") || word.eq_ignore_ascii_case("temporary"))
}
