//! Row level security that is switched on where no policy ever lets anybody see a row.

use rustc_hash::{FxHashMap, FxHashSet};

use super::Said;
use crate::facts::FactId;
use crate::facts::schema::key;
use crate::facts::words::schema_change as change;
use crate::read::link::history::change::Change;

#[derive(Default)]
pub(super) struct Secured {
    /// The last change that switched it on, by table.
    on: FxHashMap<String, Vec<FactId>>,
    /// The first policy of each table.
    policies: FxHashMap<String, FactId>,
    /// Tables for which it was ever switched on.
    ever: FxHashSet<String>,
    /// A policy of a table whose name is not known.
    unknown: bool,
}

impl Secured {
    pub fn see(&mut self, one: &Change<'_>) {
        match one.word {
            "create-policy" => match one.table {
                Some(table) if one.sure => {
                    self.policies.entry(key(table)).or_insert(one.id);
                }
                _ => self.unknown = true,
            },
            "alter-table" => {
                let Some(table) = one.table else { return };
                let words: Vec<String> =
                    one.text.split_whitespace().take(4).map(str::to_ascii_uppercase).collect();
                let words: Vec<&str> = words.iter().map(String::as_str).collect();
                if words.get(1..) == Some(&["ROW", "LEVEL", "SECURITY"]) {
                    self.ever.insert(key(table));
                }
                match words.as_slice() {
                    ["ENABLE" | "FORCE", "ROW", "LEVEL", "SECURITY"] if one.sure => {
                        self.on.entry(key(table)).or_default().push(one.id);
                    }
                    ["DISABLE", "ROW", "LEVEL", "SECURITY"] => {
                        self.on.remove(&key(table));
                    }
                    _ => {}
                }
            }
            "drop-table" | "rename-table" => {
                if let Some(table) = one.table {
                    self.on.remove(&key(table));
                }
            }
            // Policies may be made in a loop of the database.
            "do-block" => {
                let lower = one.text.to_ascii_lowercase();
                self.unknown |= lower.contains("policy") || lower.contains("security");
            }
            "call" | "unknown" => self.unknown = true,
            _ => {}
        }
    }

    /// `certain` says of a table whether the history made it and left it so.
    pub fn finish(&self, certain: impl Fn(&str) -> bool) -> Vec<Said> {
        if self.unknown {
            return Vec::new();
        }
        let bare = self.on.iter().filter(|(table, _)| !self.policies.contains_key(*table));
        let mut said: Vec<Said> =
            bare.filter_map(|(_, ids)| Some((*ids.last()?, change::WITHOUT_POLICY, true.into()))).collect();
        let idle = self.policies.iter().filter(|(table, _)| !self.ever.contains(*table) && certain(table));
        said.extend(idle.map(|(_, id)| (*id, change::WITHOUT_ROW_SECURITY, true.into())));
        said.sort_unstable_by_key(|(id, ..)| *id);
        said
    }
}
