//! The schema that names without one are in, where a history leaves it to the connection: what it makes
//! as `orders` it later changes as `shop.orders`.

use rustc_hash::{FxHashMap, FxHashSet};

use super::History;
use crate::facts::Facts;
use crate::facts::schema::{key, last_part};
use crate::facts::words::schema_change as change;

/// The one schema whose tables are named with and without it; none where both are made.
pub fn of(facts: &Facts, history: &History) -> Option<String> {
    let mut plain: FxHashSet<String> = FxHashSet::default();
    let mut within: FxHashMap<String, FxHashSet<String>> = FxHashMap::default();
    let mut made: FxHashSet<String> = FxHashSet::default();
    for &child in history.migrations.iter().flat_map(|&id| facts.children(id)) {
        let fact = facts.get(child);
        let Some(name) = fact.text(change::TABLE).filter(|_| fact.kind == change::KIND).map(key) else {
            continue;
        };
        if name.contains(['$', '{']) {
            continue;
        }
        if fact.text(change::CHANGE) == Some("create-table") && fact.text(change::DIRECTION) == Some("up") {
            made.insert(name.clone());
        }
        match name.rsplit_once('.') {
            Some((schema, table)) => {
                within.entry(schema.to_owned()).or_default().insert(table.to_owned());
            }
            None => drop(plain.insert(name)),
        }
    }
    let mut homes = within.into_iter().filter(|(schema, tables)| {
        let both = tables.iter().filter(|table| plain.contains(*table)).count();
        let apart = tables
            .iter()
            .any(|table| made.contains(table.as_str()) && made.contains(&format!("{schema}.{table}")));
        // One name in common may be chance.
        both > 0 && both * 4 >= tables.len().min(plain.len()) && !apart
    });
    match (homes.next(), homes.next()) {
        (Some((home, _)), None) => Some(home),
        _ => None,
    }
}

/// A name without the schema that it is in anyway.
pub fn strip<'n>(home: Option<&str>, name: &'n str) -> &'n str {
    let Some(home) = home else { return name };
    match name.get(..home.len()) {
        Some(head) if head.eq_ignore_ascii_case(home) && name[home.len()..].starts_with('.') => {
            last_part(name)
        }
        _ => name,
    }
}
