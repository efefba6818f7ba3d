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
    policies: FxHashSet<String>,
    /// A policy of a table whose name is not known.
    unknown: bool,
}

impl Secured {
    pub fn see(&mut self, one: &Change<'_>) {
        match one.word {
            "create-policy" => match one.table {
                Some(table) if one.sure => {
                    self.policies.insert(key(table));
                }
                _ => self.unknown = true,
            },
            "alter-table" => {
                let Some(table) = one.table else { return };
                let words: Vec<String> =
                    one.text.split_whitespace().take(4).map(str::to_ascii_uppercase).collect();
                let words: Vec<&str> = words.iter().map(String::as_str).collect();
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
                self.unknown |= one.text.to_ascii_lowercase().contains("policy");
            }
            "call" | "unknown" => self.unknown = true,
            _ => {}
        }
    }

    pub fn finish(&mut self) -> Vec<Said> {
        if self.unknown {
            return Vec::new();
        }
        let bare = self.on.iter().filter(|(table, _)| !self.policies.contains(*table));
        let mut ids: Vec<FactId> = bare.filter_map(|(_, ids)| ids.last().copied()).collect();
        ids.sort_unstable();
        ids.into_iter().map(|id| (id, change::WITHOUT_POLICY, true.into())).collect()
    }
}
