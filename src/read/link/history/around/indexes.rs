//! Indexes whose work another one does: it begins with their columns. Looks at plain B-tree indexes over
//! all rows alone.

use rustc_hash::FxHashMap;

use super::{Said, There};
use crate::facts::schema::{Index, Schema, Table, key, last_part};
use crate::facts::words::schema_change as change;
use crate::facts::{FactId, Field, Value};
use crate::read::link::history::apply::Moment;
use crate::read::link::history::change::Change;
use crate::syntax::sql::shape;

#[derive(Default)]
pub(super) struct Indexes {
    /// The change that made an index or a key, by its name and when.
    made: FxHashMap<(String, u32), FactId>,
}

impl Indexes {
    pub fn see(&mut self, there: There<'_>, one: &Change<'_>, said: &mut Vec<(Field, Value)>) {
        let keyed = one.word == "add-constraint" && matches!(one.constraint, Some("unique" | "primary-key"));
        if one.word == "create-index" {
            let columns = if one.builder {
                one.keys().len()
            } else {
                shape::index(one.text).map_or(0, |index| index.columns.len())
            };
            said.push((change::WIDTH, i64::try_from(columns).unwrap_or(i64::MAX).into()));
        } else if !keyed {
            return;
        }
        if let Some(name) = one.object {
            self.made.insert((key(last_part(name)), there.moment.at), one.id);
        }
    }

    pub fn finish(&self, schema: &Schema, moment: Moment) -> Vec<Said> {
        let mut said = Vec::new();
        for table in schema.tables.values().filter(|table| table.made.is_some() && table.indexes.len() < 64) {
            for index in table.indexes.values().filter(|index| !index.unique && is_plain(index)) {
                let Some((name, at)) = wider(table, index, moment).filter(|_| moment.trusts(index.known))
                else {
                    continue;
                };
                // Said where the later one is made.
                let later = if at > index.known.at {
                    self.made
                        .get(&(key(&name), at))
                        .map(|id| (*id, change::MAKES_REDUNDANT, index.name.clone()))
                } else {
                    let own = (key(&index.name), index.known.at);
                    self.made.get(&own).map(|id| (*id, change::REDUNDANT_TO, name))
                };
                said.extend(later.map(|(id, field, name)| (id, field, name.into())));
            }
        }
        said
    }
}

/// An index or a key that begins with an index's columns, and when it was made.
fn wider(table: &Table, index: &Index, moment: Moment) -> Option<(String, u32)> {
    let own: Vec<String> = index.columns.iter().flatten().map(|column| key(column)).collect();
    let begins = |columns: &[String]| {
        columns.len() >= own.len() && columns.iter().zip(&own).all(|(column, own)| key(column) == *own)
    };
    let constraint = table.constraints.values().find(|constraint| {
        matches!(constraint.kind, "primary-key" | "unique")
            && moment.trusts(constraint.known)
            && begins(&constraint.columns)
    });
    if let Some(constraint) = constraint {
        return Some((constraint.name.clone(), constraint.known.at));
    }
    let other = table.indexes.values().find(|other| {
        let columns: Option<Vec<String>> = other.columns.iter().cloned().collect();
        let is_wider = columns.is_some_and(|columns| {
            // Of two alike, the later one is too many.
            begins(&columns) && (columns.len() > own.len() || other.unique || other.known.at < index.known.at)
        });
        other.name != index.name && is_plain(other) && moment.trusts(other.known) && is_wider
    })?;
    Some((other.name.clone(), other.known.at))
}

/// Whether it is a B-tree over columns as they are, and over all rows.
fn is_plain(index: &Index) -> bool {
    const MORE: [&str; 5] = [" desc", "_ops", "collate", "nulls", "include"];
    let text = index.text.to_lowercase();
    let method = text.strip_prefix("using ").is_none_or(|rest| rest.trim_start().starts_with("btree"));
    index.whole
        && method
        && !index.columns.is_empty()
        && index.columns.iter().all(Option::is_some)
        && !MORE.iter().any(|word| text.contains(word))
}
