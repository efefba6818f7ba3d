//! Which facts a condition can hold for, without asking it of each: tables of facts by what a field says,
//! and the facts that a relation may lead to. What they name is a little too much, never too little.

use std::cell::OnceCell;

use rayon::prelude::*;
use rustc_hash::{FxHashMap, FxHashSet};

use super::condition::{Condition, FieldPath, Found, Operand, Test};
use super::rule::{Related, Scope};
use crate::facts::words::Type;
use crate::facts::{Fact, FactId, Facts, Field, Kind, Slot, Value};
use crate::text::FileId;

/// So few facts are asked one by one.
const FEW: usize = 32;

/// Facts by what one of their fields says.
type Table<'f> = FxHashMap<Key<'f>, Vec<FactId>>;

/// A value that facts are found by.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
enum Key<'f> {
    Bool(bool),
    Int(i64),
    Text(&'f str),
}

impl<'f> Key<'f> {
    fn of(value: &'f Value) -> Option<Self> {
        match value {
            Value::Bool(value) => Some(Self::Bool(*value)),
            Value::Int(value) => Some(Self::Int(*value)),
            Value::Text(value) => Some(Self::Text(value)),
            Value::Word(word) => Some(Self::Text(word)),
            Value::List(_) | Value::Map(_) => None,
        }
    }
}

/// Tables for the conditions of many rules.
pub struct Tables<'f> {
    facts: &'f Facts,
    tables: FxHashMap<Field, Table<'f>>,
}

impl<'f> Tables<'f> {
    /// The tables that help to find what these conditions hold for, each on facts of its kind.
    pub fn new<'c>(facts: &'f Facts, conditions: impl Iterator<Item = (Kind, &'c Condition)>) -> Self {
        let fields: FxHashSet<Field> = conditions
            .filter(|(kind, _)| facts.of_kind(*kind).len() > FEW)
            .filter_map(|(_, condition)| Some(narrowest(condition)?.0))
            .collect();
        let fields: Vec<Field> = fields.into_iter().collect();
        let tables = fields.into_par_iter().map(|field| (field, table(facts, field)));
        Self { facts, tables: tables.collect() }
    }

    /// The facts of a kind that the condition may hold for, in their order.
    pub fn candidates(&self, kind: Kind, condition: &Condition) -> Vec<FactId> {
        let narrow = narrowest(condition);
        let table = narrow.and_then(|(field, operands)| Some((self.tables.get(&field)?, operands)));
        let Some((table, operands)) = table else { return self.facts.of_kind(kind).to_vec() };
        let keys = operands.iter().filter_map(key);
        let lists: Vec<&Vec<FactId>> = keys.filter_map(|key| table.get(&key)).collect();
        match lists.as_slice() {
            [one] => (*one).clone(),
            many => {
                let mut all: Vec<FactId> = many.iter().flat_map(|list| list.iter().copied()).collect();
                all.sort_unstable();
                all.dedup();
                all
            }
        }
    }
}

fn table(facts: &Facts, field: Field) -> Table<'_> {
    let mut table = Table::default();
    for &id in facts.of_kind(field.kind()) {
        match facts.get(id).get(field).map(|slot| &slot.value) {
            None => {}
            Some(Value::List(items)) => {
                for (item, _) in items.iter() {
                    let ids = table.entry(Key::Text(item)).or_default();
                    if ids.last() != Some(&id) {
                        ids.push(id);
                    }
                }
            }
            Some(value) => {
                if let Some(key) = Key::of(value) {
                    table.entry(key).or_default().push(id);
                }
            }
        }
    }
    table
}

fn key(operand: &Operand) -> Option<Key<'_>> {
    match operand {
        Operand::Bool(flag) => Some(Key::Bool(*flag)),
        Operand::Int(number) => Some(Key::Int(*number)),
        Operand::Text(text) => Some(Key::Text(text)),
        Operand::Parameter(_) => None,
    }
}

/// The field with the values of which a fact must have one, that leaves the fewest facts over.
fn narrowest(condition: &Condition) -> Option<(Field, &[Operand])> {
    let mut best: Option<(usize, Field, &[Operand])> = None;
    for part in condition.parts() {
        let Condition::Field(FieldPath { field, entry: None }, test) = part else { continue };
        let operands = match (test, field.ty()) {
            (Test::Is(operands), Type::Bool | Type::Int | Type::Text | Type::OneOf(_)) => operands,
            (Test::Has(operands), Type::List | Type::SomeOf(_)) => operands,
            _ => continue,
        };
        // How many values the field may have tells how few facts have each.
        let values = match field.ty() {
            Type::OneOf(words) | Type::SomeOf(words) => words.len(),
            Type::Bool => 2,
            _ => 60,
        };
        let narrow = values / operands.len().max(1);
        if narrow > 1 && best.is_none_or(|(other, ..)| narrow > other) {
            best = Some((narrow, *field, operands));
        }
    }
    best.map(|(_, field, operands)| (field, operands))
}

/// The facts that a relation of one rule may lead to, gathered when the first subject asks.
#[derive(Default)]
pub struct Pool<'f> {
    gathered: OnceCell<Gathered<'f>>,
    entries: OnceCell<FxHashSet<u32>>,
}

struct Gathered<'f> {
    /// Those that meet what the condition says without a word on the subject.
    all: Vec<FactId>,
    by_file: FxHashMap<FileId, Vec<FactId>>,
    /// By file, where the relation stays in the subject's, and by the field that has to be the subject's.
    by_value: FxHashMap<(Option<FileId>, Key<'f>), Vec<FactId>>,
}

impl<'f> Pool<'f> {
    /// The facts of a kind, in the subject's file or anywhere, that may be related to the subject.
    pub fn candidates<'p>(&'p self, facts: &'f Facts, related: &Related, subject: &'p Fact) -> &'p [FactId] {
        let own = (related.scope == Scope::File).then_some(subject.span.file);
        let same = same(&related.filter);
        let gathered = self.gathered.get_or_init(|| gather(facts, related, same.map(|(path, _)| path.field)));
        let value = same.map(|(_, path)| path.find(subject));
        match value {
            // A condition on a field that the subject lacks is not met.
            Some(None) => &[],
            Some(Some(Found::Slot(Slot { value, .. }))) if Key::of(value).is_some() => {
                let key = Key::of(value).and_then(|key| gathered.by_value.get(&(own, key)));
                key.map_or(&[], Vec::as_slice)
            }
            _ => match own {
                Some(file) => gathered.by_file.get(&file).map_or(&[], Vec::as_slice),
                None => &gathered.all,
            },
        }
    }
}

impl Pool<'_> {
    /// The entry points under which any of the related facts may run.
    pub fn entries(&self, facts: &Facts, related: &Related) -> &FxHashSet<u32> {
        self.entries.get_or_init(|| {
            let asked: FxHashSet<FactId> = fitting(facts, related).into_iter().collect();
            let runs = facts.runs();
            let mut entries: FxHashSet<u32> = asked.iter().flat_map(|&id| facts.entries_of(id)).collect();
            // Where no fact stands for a command in a frame, the command itself does.
            for (frame, command, _) in runs.facts.keys() {
                if asked.contains(command) {
                    entries.extend(&runs.frames[*frame as usize]);
                }
            }
            entries
        })
    }
}

/// The facts that meet what the condition says without a word on the subject.
fn fitting(facts: &Facts, related: &Related) -> Vec<FactId> {
    let fixed: Vec<&Condition> =
        related.filter.parts().into_iter().filter(|part| !part.speaks_of_subject()).collect();
    let fits = |id: &FactId| {
        let fact = facts.get(*id);
        fixed.iter().all(|part| part.holds(fact, fact))
    };
    facts.of_kind(related.kind).iter().copied().filter(fits).collect()
}

fn gather<'f>(facts: &'f Facts, related: &Related, same: Option<Field>) -> Gathered<'f> {
    let all = fitting(facts, related);
    let mut gathered =
        Gathered { all: Vec::new(), by_file: FxHashMap::default(), by_value: FxHashMap::default() };
    for &id in &all {
        let fact = facts.get(id);
        let file = (related.scope == Scope::File).then_some(fact.span.file);
        if let Some(file) = file {
            gathered.by_file.entry(file).or_default().push(id);
        }
        let value = same.and_then(|field| fact.get(field));
        if let Some(key) = value.and_then(|slot| Key::of(&slot.value)) {
            gathered.by_value.entry((file, key)).or_default().push(id);
        }
    }
    gathered.all = all;
    gathered
}

/// A field that has to say the same as one of the subject.
fn same(condition: &Condition) -> Option<(&FieldPath, &FieldPath)> {
    condition.parts().into_iter().find_map(|part| match part {
        Condition::Field(own, Test::SameAs(other)) if own.entry.is_none() && other.entry.is_none() => {
            Some((own, other))
        }
        _ => None,
    })
}
