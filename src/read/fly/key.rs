//! `fly.key` facts: every key of a `fly.toml`, and whether flyctl reads it. Knows the table of keys,
//! not what they mean.

use super::Config;
use super::keys::{self, Below};
use super::types;
use crate::facts::{Fact, Reading, words::fly_key};
use crate::syntax::toml::{Data, Entry, Node, Table};

/// Where the walk is.
#[derive(Clone)]
struct Place {
    /// The tables above, such as `services.ports`.
    path: String,
    /// The section of the table of keys; none where the team chooses the names.
    section: Option<&'static str>,
    /// Whether the table has a header of its own, below which a top-level key may have slipped.
    header: bool,
}

/// Adds a fact for each key. Below an unknown one nothing is judged.
pub fn read(out: &mut Reading, config: &Config<'_>, root: &Table) {
    walk(out, config, root, &Place { path: String::new(), section: Some(""), header: false });
}

fn walk(out: &mut Reading, config: &Config<'_>, table: &Table, place: &Place) {
    for entry in &table.entries {
        let path =
            if place.path.is_empty() { entry.key.clone() } else { format!("{}.{}", place.path, entry.key) };
        let span = config.locate(entry);
        let key = config.document.locate(entry.key_range.clone());
        let judged = judge(config, entry, place);
        let mut fact = Fact::new(fly_key::KIND, span)
            .inside(Some(config.parent))
            .with(fly_key::KEY, path.as_str(), key)
            .with(fly_key::NAME, entry.key.as_str(), key)
            .with(fly_key::SECTION, place.path.as_str(), key)
            .with(fly_key::KNOWN, judged.below.is_some(), key)
            .with(fly_key::LEGACY, judged.legacy, key)
            .with(fly_key::MISPLACED, judged.misplaced, key);
        fact.set_some(fly_key::SUGGESTION, judged.suggestion, key);
        if judged.misplaced {
            fact.set(fly_key::BELOW, place.path.as_str(), key);
        }
        out.add(fact);
        if let (Some(section), Some(below)) = (place.section, judged.below)
            && let Some(reason) = types::fault(section, (&entry.key, &path), &entry.node, below)
        {
            config.unresolved(out, &entry.node, reason);
        }
        match judged.below {
            Some(Below::Section(section)) => descend(out, config, &entry.node, &path, Some(section)),
            Some(Below::Free) => descend(out, config, &entry.node, &path, None),
            Some(Below::Named(section)) => named(out, config, &entry.node, &path, section),
            Some(Below::Value) | None => {}
        }
    }
}

fn descend(out: &mut Reading, config: &Config<'_>, node: &Node, path: &str, section: Option<&'static str>) {
    for item in node.items() {
        if let Data::Table(table) = &item.data {
            let header = config.words(&item.range).starts_with('[');
            walk(out, config, table, &Place { path: path.to_owned(), section, header });
        }
    }
}

/// Tables under names of the team's choice, or a list of them with the names inside.
fn named(out: &mut Reading, config: &Config<'_>, node: &Node, path: &str, section: &'static str) {
    let Data::Table(table) = &node.data else {
        return descend(out, config, node, path, Some(section));
    };
    walk(out, config, table, &Place { path: path.to_owned(), section: None, header: true });
    for entry in &table.entries {
        descend(out, config, &entry.node, &format!("{path}.{}", entry.key), Some(section));
    }
}

#[derive(Default)]
struct Judged {
    /// What stands below it, of a key that flyctl reads.
    below: Option<Below>,
    legacy: bool,
    misplaced: bool,
    /// The key that was probably meant.
    suggestion: Option<&'static str>,
}

fn judge(config: &Config<'_>, entry: &Entry, place: &Place) -> Judged {
    let Some(section) = place.section else {
        // Names of the team's choice; what is below them is not looked at twice.
        return Judged { below: Some(Below::Value), ..Judged::default() };
    };
    let name = entry.key.as_str();
    // encoding/json, through which flyctl reads the file, does not look at case.
    let same = |known: &str| known.eq_ignore_ascii_case(name);
    let find = |section: &str| keys::section(section).iter().find(|(known, _)| same(known));
    if let Some((_, below)) = find(section) {
        return Judged { below: Some(*below), ..Judged::default() };
    }
    if keys::LEGACY.iter().any(|(place, known)| *place == section && same(known)) {
        return Judged { legacy: true, ..Judged::default() };
    }
    let meant = keys::MEANT.iter().find(|(place, known, _)| *place == section && same(known));
    if let Some((_, _, meant)) = meant {
        return Judged { suggestion: Some(meant), ..Judged::default() };
    }
    // A table with a header of its own stands where that says.
    let words = config.words(&entry.node.range);
    let is_inline = entry.node.as_table().is_some() && words.starts_with('{');
    let is_value = entry.node.items().iter().all(|item| item.as_table().is_none());
    let misplaced = place.header
        && !section.is_empty()
        && find("").is_some_and(|(_, below)| if *below == Below::Value { is_value } else { is_inline });
    let suggestion = if misplaced { None } else { nearest(section, name) };
    Judged { misplaced, suggestion, ..Judged::default() }
}

/// The key of the section that is nearest by its letters, if one is near.
fn nearest(section: &str, name: &str) -> Option<&'static str> {
    let name: String = name.chars().take(64).flat_map(char::to_lowercase).collect();
    let allowed = (name.len() / 3).clamp(1, 3);
    // The least of a number is never meant by its most.
    let opposed = |known: &str| name.starts_with("max_") && known.starts_with("min_");
    keys::section(section)
        .iter()
        .filter(|(known, _)| !opposed(known))
        .map(|(known, _)| (strsim::osa_distance(&name.replace('-', "_"), known), *known))
        .filter(|(distance, known)| *distance <= allowed && *distance < known.len().min(name.len()))
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, known)| known)
}
