//! Columns of entities that no migration ever added. Speaks only where the replayed history knows all of
//! the table, and where the entity's other columns show that their names are understood.

use rustc_hash::FxHashMap;

use super::history::Linked;
use super::sources::package;
use crate::facts::schema::{Table, key};
use crate::facts::words::{entity, entity_column, fence};
use crate::facts::{Fact, FactId, Facts};
use crate::read::entity::snake;
use crate::repo::Repo;

pub(super) fn link(facts: &mut Facts, repo: &Repo, histories: &[Linked]) {
    let mut by_package: FxHashMap<&str, Vec<&Linked>> = FxHashMap::default();
    for linked in histories {
        by_package.entry(package(repo, &linked.history.folder)).or_default().push(linked);
    }
    let mut by_table: FxHashMap<(&str, String), usize> = FxHashMap::default();
    let ids: Vec<FactId> = facts.of_kind(entity::KIND).to_vec();
    let own = |facts: &Facts, id: FactId| {
        let fact = facts.get(id);
        Some((package(repo, repo.path(fact.span.file)), fact.text(entity::TABLE).map(key)?))
    };
    for &id in &ids {
        if let Some(own) = own(facts, id) {
            *by_table.entry(own).or_default() += 1;
        }
    }
    for id in ids {
        if facts.enclosing(id, fence::KIND).is_some() {
            continue;
        }
        let Some((package, name)) = own(facts, id) else { continue };
        let Some(histories) = by_package.get(package) else { continue };
        // Two databases may have a table of one name each, and two classes may stand for one table.
        let knowing: Vec<&&Linked> = histories.iter().filter(|linked| linked.knows(&name)).collect();
        let [linked] = knowing.as_slice() else { continue };
        let Some(table) = linked.whole_table(&name) else { continue };
        if by_table.get(&(package, name)) != Some(&1) {
            continue;
        }
        for column in missing(facts, id, table) {
            let fact = facts.get_mut(column);
            let span = fact.span;
            fact.set(entity_column::NEVER_ADDED, true, span);
        }
    }
}

/// The entity's columns that its table never had, where most of them it has.
fn missing(facts: &Facts, entity: FactId, table: &Table) -> Vec<FactId> {
    let columns = facts.children(entity).iter().copied();
    let columns: Vec<FactId> = columns.filter(|&id| facts.get(id).kind == entity_column::KIND).collect();
    let there =
        columns.iter().filter(|&&id| names(facts.get(id)).iter().any(|name| has(table, name))).count();
    let never: Vec<FactId> = columns
        .iter()
        .copied()
        .filter(|&id| {
            let fact = facts.get(id);
            let names = names(fact);
            // What a relation's key is called depends on the other entity's primary key.
            fact.bool(entity_column::IMPLIED) != Some(true)
                && !names.is_empty()
                && !names.iter().any(|name| has(table, name) || table.gone.contains_key(name))
        })
        .collect();
    if there >= 2 && there > 2 * never.len() { never } else { Vec::new() }
}

fn has(table: &Table, name: &str) -> bool {
    table.columns.contains_key(name)
}

/// The names that a property's column may have: the one that is written, or what a naming strategy makes.
fn names(fact: &Fact) -> Vec<String> {
    if let Some(column) = fact.text(entity_column::COLUMN) {
        return vec![key(column)];
    }
    let Some(property) = fact.text(entity_column::PROPERTY) else { return Vec::new() };
    vec![key(property), snake(property)]
}
