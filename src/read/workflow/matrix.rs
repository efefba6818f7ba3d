//! The matrix of a job: the combinations that it runs with, as far as they are written out. Follows
//! GitHub's documentation of `matrix`, `include` and `exclude`.

use std::sync::Arc;

use super::page::Page;
use crate::facts::{Fact, FactRef, words};
use crate::syntax::yaml::Node;
use crate::text::Span;

/// GitHub runs no more for one matrix.
const MOST: usize = 256;

/// Levels of a value that are told apart, as in `matrix.target.app.name`.
const MOST_LEVELS: usize = 4;

type Pairs = Vec<(Arc<str>, Arc<str>, Span)>;

/// Adds a fact for each combination of the job's matrix.
pub(super) fn read(page: &mut Page<'_>, job: Node<'_>, parent: FactRef) {
    let Some(entry) = job.get("strategy").and_then(|strategy| strategy.entry("matrix")) else { return };
    if !entry.value.is_mapping() {
        return;
    }
    let span = page.span(entry.key.range());
    for values in combinations(page, entry.value) {
        if !values.is_empty() {
            let fact = Fact::new(words::matrix::KIND, span).with(words::matrix::VALUES, values, span);
            page.out.add(fact.inside(Some(parent)));
        }
    }
}

fn combinations(page: &mut Page<'_>, matrix: Node<'_>) -> Vec<Pairs> {
    let mut axes: Vec<Vec<Pairs>> = Vec::new();
    let mut names: Vec<&str> = Vec::new();
    for axis in matrix.entries() {
        let Some(name) = axis.key.text().filter(|name| !matches!(*name, "include" | "exclude")) else {
            continue;
        };
        names.push(name);
        // One that is known at run time only is left out of what is known.
        let values: Option<Vec<Pairs>> = axis.value.items().map(|item| value(page, name, item)).collect();
        if let Some(values) = values.filter(|values| !values.is_empty()) {
            axes.push(values);
        }
    }
    let mut found: Vec<Pairs> = if names.is_empty() { Vec::new() } else { vec![Vec::new()] };
    for axis in &axes {
        let mut next = Vec::new();
        for before in &found {
            for values in axis {
                if next.len() == MOST || !page.spend(16) {
                    break;
                }
                next.push(before.iter().chain(values).cloned().collect());
            }
        }
        found = next;
    }
    for excluded in mappings(matrix, "exclude") {
        let Some(pairs) = pairs(page, excluded) else { continue };
        found.retain(|combination| !agrees(combination, &pairs, &names) || pairs.is_empty());
    }
    include(page, matrix, &names, found)
}

/// The combinations with what `include` adds to them, and those that it adds.
fn include(page: &mut Page<'_>, matrix: Node<'_>, names: &[&str], mut found: Vec<Pairs>) -> Vec<Pairs> {
    let original = found.clone();
    let count = original.len();
    for included in mappings(matrix, "include") {
        let Some(pairs) = pairs(page, included) else { continue };
        let mut matched = false;
        for (before, combination) in original.iter().zip(found.iter_mut()).take(count) {
            if agrees(before, &pairs, names) && page.spend(16) {
                matched = true;
                combination.retain(|(name, ..)| !pairs.iter().any(|(other, ..)| other == name));
                combination.extend(pairs.iter().cloned());
            }
        }
        if !matched && found.len() < MOST {
            found.push(pairs);
        }
    }
    found
}

fn mappings<'t>(matrix: Node<'t>, key: &str) -> impl Iterator<Item = Node<'t>> {
    matrix.get(key).into_iter().flat_map(Node::items).filter(|item| item.is_mapping())
}

/// Whether what is said of the matrix's own axes is what the combination has.
fn agrees(combination: &Pairs, pairs: &Pairs, names: &[&str]) -> bool {
    pairs
        .iter()
        .filter(|(name, ..)| names.contains(&axis(name)))
        .all(|(name, value, _)| combination.iter().any(|(other, own, _)| other == name && own == value))
}

/// The axis that a name such as `target.app` belongs to.
fn axis(name: &str) -> &str {
    name.split('.').next().unwrap_or(name)
}

fn pairs(page: &mut Page<'_>, mapping: Node<'_>) -> Option<Pairs> {
    let mut pairs = Vec::new();
    for entry in mapping.entries() {
        pairs.extend(value(page, entry.key.text()?, entry.value)?);
    }
    Some(pairs)
}

/// A value with its name; each part of a mapping. None where it is known at run time only.
fn value(page: &mut Page<'_>, name: &str, node: Node<'_>) -> Option<Pairs> {
    let mut pairs = Vec::new();
    let mut open = vec![(name.to_owned(), node, 0)];
    while let Some((name, node, level)) = open.pop() {
        if !page.spend(name.len() + 16) {
            return None;
        }
        if let Some(text) = node.text() {
            if text.contains("${{") || !page.spend(text.len()) {
                return None;
            }
            pairs.push((Arc::from(name), Arc::from(text), page.place(node)));
        } else if node.is_mapping() && level < MOST_LEVELS {
            let parts = node.entries().filter_map(|entry| Some((entry.key.text()?, entry.value)));
            open.extend(parts.map(|(key, value)| (format!("{name}.{key}"), value, level + 1)));
        }
    }
    pairs.reverse();
    Some(pairs)
}
