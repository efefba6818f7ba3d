//! What the changes of one direction are together: tables made a moment ago, SQLite table rebuilds, and
//! whether the whole adds, removes or blocks. Knows names only as they are written.

use std::ops::Range;

use rustc_hash::{FxHashMap, FxHashSet};

use super::judge;
use crate::facts::words::schema_change as change;
use crate::facts::{Fact, Field};
use crate::text::Span;

/// What a direction does as a whole.
#[allow(clippy::struct_excessive_bools, reason = "each is a field of the migration")]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Sum {
    pub adds: bool,
    pub removes: bool,
    pub blocks: bool,
    /// Nothing in it is a change that could be taken back.
    pub data_only: bool,
}

/// Marks new tables and columns and rebuilds on `facts`, the changes of one direction in their order.
/// `branches` are the facts that stand in one branch of the code each, which may not run.
pub fn mark(facts: &mut [Fact], branches: &[Range<usize>]) {
    mark_swallowed(facts);
    let ends = ends(facts.len(), branches);
    let mut marks = Marks::default();
    for (index, fact) in facts.iter_mut().enumerate() {
        if fact.kind == change::KIND {
            if ends[index] != usize::MAX {
                fact.set(change::CONDITIONAL, true, fact.span);
            }
            marks.take(index, ends[index], fact);
        }
    }
    let of_columns = |word: &str| -> FxHashSet<(String, String)> {
        facts.iter().filter(|fact| fact.text(change::CHANGE) == Some(word)).filter_map(column).collect()
    };
    let retyped = of_columns("alter-column-type");
    let relaxed = of_columns("drop-not-null");
    for (index, fact) in facts.iter_mut().enumerate() {
        if fact.kind != change::KIND {
            continue;
        }
        let span = fact.span;
        let word = fact.text(change::CHANGE).unwrap_or_default().to_owned();
        let risk = judge::risk(&word, fact.text(change::METHOD));
        fact.set_some(change::RISK, risk, span);
        if matches!(word.as_str(), "set-default" | "drop-default")
            && let Some(column) = column(fact)
        {
            if retyped.contains(&column) {
                fact.set(change::WITH_TYPE_CHANGE, true, span);
            }
            if word == "drop-default" && relaxed.contains(&column) {
                fact.set(change::NULL_DEFAULT, true, span);
            }
        }
        let rebuild = marks.rebuilt.contains(&index);
        fact.set(change::REBUILD, rebuild, span);
        let is = |field| fact.bool(field) == Some(true);
        if rebuild {
            fact.set(change::DESTRUCTIVE, "no", span);
            fact.set(change::ADDITIVE, false, span);
        } else if is(change::NEW_TABLE) {
            // Nobody but this migration has seen the table.
            fact.set(change::DESTRUCTIVE, "no", span);
            fact.set(change::ADDITIVE, !judge::removes(&word), span);
        } else if is(change::NEW_COLUMN) || is(change::RENAMED_BEFORE) || is(change::NULL_DEFAULT) {
            fact.set(change::DESTRUCTIVE, "no", span);
        }
        if fact.bool(change::TEMPORARY) == Some(true) {
            fact.set(change::ADDITIVE, false, span);
        }
    }
}

/// Says of the changes whose errors one handler passes over which is the first one.
fn mark_swallowed(facts: &mut [Fact]) {
    let mut handlers: FxHashMap<Span, (usize, i64)> = FxHashMap::default();
    for (index, fact) in facts.iter().enumerate() {
        let Some(slot) = fact.get(change::SWALLOWED) else { continue };
        if !matches!(fact.text(change::CHANGE), Some("select" | "set" | "transaction")) {
            handlers.entry(slot.span).or_insert((index, -1)).1 += 1;
        }
    }
    for (first, more) in handlers.into_values() {
        let fact = &mut facts[first];
        let span = fact.span;
        fact.set(change::SWALLOWED_FIRST, true, span);
        fact.set_some(change::SWALLOWED_MORE, (more > 0).then_some(more), span);
    }
}

/// For each of `count` facts, where the innermost branch that it stands in ends.
fn ends(count: usize, branches: &[Range<usize>]) -> Vec<usize> {
    let mut sorted: Vec<&Range<usize>> = branches.iter().filter(|branch| !branch.is_empty()).collect();
    sorted.sort_by_key(|branch| (branch.start, std::cmp::Reverse(branch.end)));
    let mut sorted = sorted.into_iter().peekable();
    let mut open: Vec<usize> = Vec::new();
    (0..count)
        .map(|index| {
            while open.last().is_some_and(|&end| end <= index) {
                open.pop();
            }
            while let Some(branch) = sorted.next_if(|branch| branch.start <= index) {
                open.push(branch.end);
            }
            open.last().copied().unwrap_or(usize::MAX)
        })
        .collect()
}

/// Sums up marked facts.
pub fn sum(facts: &[Fact]) -> Sum {
    let mut sum = Sum { data_only: true, ..Sum::default() };
    for fact in facts {
        let word = fact.text(change::CHANGE).unwrap_or_default();
        let is = |field| fact.bool(field) == Some(true);
        if fact.kind != change::KIND || !judge::only_data(word) {
            sum.data_only = false;
        }
        if fact.text(change::DESTRUCTIVE) == Some("block") {
            sum.blocks = true;
        }
        if fact.kind != change::KIND || is(change::REBUILD) || is(change::TEMPORARY) {
            continue;
        }
        sum.adds |= judge::expands(word) && fact.get(change::SOURCE).is_none();
        sum.removes |= judge::removes(word) && !is(change::NEW_TABLE) && !is(change::NEW_COLUMN);
    }
    sum
}

/// A table and one of its columns.
type Column = (String, String);

/// What the changes so far tell; indices are those of the facts.
#[derive(Default)]
struct Marks {
    /// Tables that exist since this migration, each up to where that is sure.
    new: FxHashMap<String, usize>,
    /// Columns that exist since this migration, likewise.
    new_columns: FxHashMap<Column, usize>,
    renamed_columns: FxHashSet<Column>,
    created: FxHashMap<String, usize>,
    dropped: FxHashMap<String, usize>,
    /// Target and source of copied rows to where they are copied.
    copied: FxHashMap<(String, String), Vec<usize>>,
    /// New name to the rename and the old name.
    renamed: FxHashMap<String, (usize, String)>,
    rebuilt: FxHashSet<usize>,
}

impl Marks {
    fn take(&mut self, index: usize, end: usize, fact: &mut Fact) {
        let word = fact.text(change::CHANGE).unwrap_or_default().to_owned();
        let Some(table) = key(fact, change::TABLE) else { return };
        let span = fact.span;
        if self.new.get(&table).is_some_and(|&end| index < end) && word != "create-table" {
            fact.set(change::NEW_TABLE, true, span);
        }
        // What is made only where there is none yet may have been there; a name that is known at run
        // time only may be another one each time.
        let sure = fact.bool(change::IF_NOT_EXISTS) != Some(true) && !table.contains("${");
        match word.as_str() {
            "create-table" => {
                if sure && makes_at_once(fact) {
                    self.new.insert(table.clone(), end);
                }
                if let Some(source) = key(fact, change::SOURCE) {
                    self.copied.entry((table.clone(), source)).or_default().push(index);
                }
                self.created.insert(table, index);
            }
            "insert" => {
                if let Some(source) = key(fact, change::SOURCE) {
                    self.copied.entry((table, source)).or_default().push(index);
                }
            }
            "drop-table" => {
                if self.drop_table(index, table) {
                    fact.set(change::RENAMED_BEFORE, true, span);
                }
            }
            "rename-table" => {
                if let Some(new_name) = key(fact, change::NEW_NAME) {
                    self.rename_table(index, table, in_schema_of(&new_name, fact));
                }
            }
            _ => self.take_column(index, end, fact, sure),
        }
    }

    fn take_column(&mut self, index: usize, end: usize, fact: &mut Fact, sure: bool) {
        let Some(column) = column(fact) else { return };
        let (span, word) = (fact.span, fact.text(change::CHANGE).unwrap_or_default().to_owned());
        if word == "add-column" {
            if sure && !column.1.contains("${") && makes_at_once(fact) {
                self.new_columns.insert(column, end);
            }
            return;
        }
        let new = self.new_columns.get(&column).copied().filter(|&end| index < end);
        if new.is_some() {
            fact.set(change::NEW_COLUMN, true, span);
        }
        match word.as_str() {
            "drop-column" => {
                if self.renamed_columns.remove(&column) {
                    fact.set(change::RENAMED_BEFORE, true, span);
                }
                self.new_columns.remove(&column);
            }
            "rename-column" => {
                self.new_columns.remove(&column);
                let Some(new_name) = fact.text(change::NEW_NAME) else { return };
                let renamed = (column.0, new_name.to_owned());
                match new {
                    Some(end) => drop(self.new_columns.insert(renamed, end)),
                    None => drop(self.renamed_columns.insert(renamed)),
                }
            }
            _ => {}
        }
    }

    /// The last step of: rename `x` to `temporary_x`, create `x`, copy the rows, drop `temporary_x`.
    /// Says whether the table only lost its name in this migration.
    fn drop_table(&mut self, index: usize, table: String) -> bool {
        self.new.remove(&table);
        let Some((renamed, old)) = self.renamed.remove(&table) else {
            self.dropped.insert(table, index);
            return false;
        };
        if let Some(&created) = self.created.get(&old)
            && created > renamed
            && let Some(copies) = self.copies(&old, &table, created..index)
        {
            self.rebuilt.extend([renamed, created, index]);
            self.rebuilt.extend(copies);
            self.created.remove(&old);
            self.new.remove(&old);
        }
        true
    }

    /// The last step of: create `temporary_x`, copy the rows, drop `x`, rename `temporary_x` to `x`.
    fn rename_table(&mut self, index: usize, table: String, new_name: String) {
        let new = self.new.remove(&table);
        if let Some(created) = self.created.remove(&table) {
            if let Some(&dropped) = self.dropped.get(&new_name)
                && dropped > created
                && let Some(copies) = self.copies(&table, &new_name, created..dropped)
            {
                self.rebuilt.extend([created, dropped, index]);
                self.rebuilt.extend(copies);
                self.dropped.remove(&new_name);
                return;
            }
            self.created.insert(new_name.clone(), created);
        }
        match new {
            Some(end) => drop(self.new.insert(new_name, end)),
            None => drop(self.renamed.insert(new_name, (index, table))),
        }
    }

    /// Where within `range` the rows of `source` are copied to `target`; none where they are not.
    fn copies(&mut self, target: &str, source: &str, range: Range<usize>) -> Option<Vec<usize>> {
        let all = self.copied.get(&(target.to_owned(), source.to_owned()))?;
        let copies: Vec<usize> = all.iter().copied().filter(|at| range.contains(at)).collect();
        (!copies.is_empty()).then_some(copies)
    }
}

/// The column that a fact names, with its table.
fn column(fact: &Fact) -> Option<Column> {
    Some((key(fact, change::TABLE)?, fact.text(change::COLUMN)?.to_owned()))
}

/// Whether the statement makes it in any case: not behind T-SQL's `IF`, nor inside a `DO` block.
fn makes_at_once(fact: &Fact) -> bool {
    let statement = fact.text(change::STATEMENT).unwrap_or_default();
    let first = statement.split_whitespace().next().unwrap_or_default();
    fact.text(change::VIA) != Some("sql")
        || ["CREATE", "ALTER", "SELECT"].iter().any(|word| first.eq_ignore_ascii_case(word))
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
