//! TypeORM's way to change an enum: rename the type to `…_old`, create it anew, convert the columns, drop
//! the old one. Says what that does to the values: those of before stand in `down`.

use std::sync::Arc;

use rustc_hash::{FxHashMap, FxHashSet};

use super::course::key;
use crate::facts::words::schema_change as change;
use crate::facts::{Fact, FactId, Facts};
use crate::text::Span;

/// What a direction does to enum types.
#[derive(Default)]
struct Types {
    renamed: FxHashSet<String>,
    /// New types with their values.
    created: FxHashMap<String, Vec<(Arc<str>, Span)>>,
}

impl Types {
    fn of<'f>(facts: impl Iterator<Item = &'f Fact>) -> Self {
        let mut types = Self::default();
        for fact in facts {
            let Some(name) = key(fact, change::OBJECT) else { continue };
            match fact.text(change::CHANGE) {
                Some("create-type") => {
                    types.created.insert(name, fact.list(change::COLUMNS).to_vec());
                }
                Some("alter-type") if fact.get(change::NEW_NAME).is_some() => {
                    types.renamed.insert(name);
                }
                _ => {}
            }
        }
        types
    }

    /// The values of a type, under its own name or the one that TypeORM gives it for a while.
    fn values(&self, name: &str) -> Option<&[(Arc<str>, Span)]> {
        let old = || self.created.get(&format!("{name}_old"));
        self.created.get(name).or_else(old).map(Vec::as_slice).filter(|values| !values.is_empty())
    }
}

/// Marks the type changes of `up` that change an enum.
pub(super) fn link(facts: &mut Facts, up: &[FactId], down: &[FactId]) {
    let has_types = up.iter().any(|&id| facts.get(id).text(change::CHANGE) == Some("create-type"));
    if !has_types {
        return;
    }
    let of = |ids: &[FactId]| Types::of(ids.iter().map(|&id| facts.get(id)));
    let (new, old) = (of(up), of(down));
    for &id in up {
        let fact = facts.get(id);
        let retypes = fact.text(change::CHANGE) == Some("alter-column-type");
        let Some(name) = fact.text(change::PLAIN_TYPE).filter(|_| retypes) else { continue };
        let name = name.strip_prefix("public.").unwrap_or(name);
        let name = name.trim_end_matches("[]");
        if !(new.renamed.contains(name) && new.created.contains_key(name)) {
            continue;
        }
        let kept = new.values(name);
        let removed = kept.zip(old.values(name)).map(|(new, old)| {
            let gone = old.iter().filter(|(value, _)| !new.iter().any(|(kept, _)| kept == value));
            gone.cloned().collect::<Vec<_>>()
        });
        let word = match &removed {
            None => "unknown",
            Some(removed) if removed.is_empty() => "adds",
            Some(_) => "removes",
        };
        let fact = facts.get_mut(id);
        let span = fact.span;
        fact.set(change::ENUM_SWAP, word, span);
        if let Some(removed) = removed.filter(|removed| !removed.is_empty()) {
            fact.set(change::REMOVED_VALUES, removed, span);
        }
    }
}
