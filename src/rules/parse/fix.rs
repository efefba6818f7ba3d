//! The fixes of a rule, and their edits.

use super::{Reader, unknown};
use crate::facts::Kind;
use crate::rules::condition::Condition;
use crate::rules::fix::{Act, EditPlan, FixPlan};
use crate::syntax::toml::{Data, Node, Table};

/// The words of a fix; one with a single edit says it without `edits`.
const FIX_WORDS: &[&str] = &["title", "safe", "where", "edits"];
const ACTS: &[&str] = &["replace", "before", "behind", "above", "below", "remove"];
const EDIT_WORDS: &[&str] =
    &["of", "at", "quoted", "replace", "before", "behind", "above", "below", "remove"];

impl Reader<'_> {
    /// `fix`: a table, or several of them, of which the first that can be made is offered.
    pub(super) fn fixes(&mut self, table: &Table, on: Kind) -> Option<Vec<FixPlan>> {
        let Some(entry) = table.get("fix") else { return Some(Vec::new()) };
        entry.node.items().iter().map(|item| self.fix(item, on)).collect()
    }

    fn fix(&mut self, node: &Node, on: Kind) -> Option<FixPlan> {
        let Some(table) = node.as_table() else {
            self.fail(node, "`fix` is a table: `{ title, safe, where, edits }`");
            return None;
        };
        let title = match table.get("title") {
            Some(entry) => self.template(&entry.node, on, None)?,
            None => return self.missing("fix.title"),
        };
        let safe = self.safe(table, on)?;
        let filter = self.filter(table, on, on)?;
        let edits = match table.get("edits") {
            None => {
                self.only(table, &[FIX_WORDS, EDIT_WORDS].concat());
                vec![self.edit(table, node, on)?]
            }
            Some(entry) => {
                self.only(table, FIX_WORDS);
                let Data::List(items) = &entry.node.data else {
                    self.fail(&entry.node, "`edits` is an array of tables");
                    return None;
                };
                items.iter().map(|item| self.own_edit(item, on)).collect::<Option<_>>()?
            }
        };
        Some(FixPlan { title, safe, filter, edits })
    }

    /// `safe`: always, never, or under conditions.
    fn safe(&mut self, table: &Table, on: Kind) -> Option<Option<Condition>> {
        match table.get("safe").map(|entry| &entry.node) {
            None | Some(Node { data: Data::Bool(false), .. }) => Some(None),
            Some(Node { data: Data::Bool(true), .. }) => Some(Some(Condition::All(Vec::new()))),
            Some(Node { data: Data::Table(conditions), .. }) => self.conditions(conditions, on, on).map(Some),
            Some(node) => {
                self.fail(node, "`safe` is a boolean, or a table of conditions");
                None
            }
        }
    }

    fn own_edit(&mut self, node: &Node, on: Kind) -> Option<EditPlan> {
        let Some(table) = node.as_table() else {
            self.fail(node, "an edit is a table: `{ at, replace }`");
            return None;
        };
        self.only(table, EDIT_WORDS);
        self.edit(table, node, on)
    }

    fn edit(&mut self, table: &Table, node: &Node, on: Kind) -> Option<EditPlan> {
        let of = match table.get("of") {
            None => None,
            Some(entry) => Some(self.related(&entry.node, on)?),
        };
        let other = of.as_ref().map(|related| related.kind);
        let kind = other.unwrap_or(on);
        let at = match table.get("at") {
            Some(entry) => self.path(&entry.node, kind)?,
            None => return self.missing("fix.at"),
        };
        let quoted = match table.get("quoted") {
            Some(entry) => Some(self.path(&entry.node, kind)?),
            None => None,
        };
        let mut acts = table.entries.iter().filter(|entry| ACTS.contains(&entry.key.as_str()));
        let (Some(entry), None) = (acts.next(), acts.next()) else {
            self.fail(node, &format!("an edit does one of these: `{}`", ACTS.join("`, `")));
            return None;
        };
        if entry.key == "remove" {
            if entry.node.as_bool() != Some(true) {
                self.fail(&entry.node, "`remove` is `true`");
                return None;
            }
            return Some(EditPlan { of, at, act: Act::Remove, quoted });
        }
        let words = self.template(&entry.node, on, other)?;
        let act = match entry.key.as_str() {
            "replace" => Act::Replace(words),
            "before" => Act::Before(words),
            "behind" => Act::Behind(words),
            "above" => Act::Above(words),
            "below" => Act::Below(words),
            word => {
                let message = unknown("word", word, ACTS);
                self.fail(&entry.node, &message);
                return None;
            }
        };
        Some(EditPlan { of, at, act, quoted })
    }
}
