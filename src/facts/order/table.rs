//! A table of names with values that many paths share: copies are cheap, equal tables are known by their
//! hashes. Knows no shell.

use std::hash::{Hash, Hasher};
use std::sync::Arc;

use rustc_hash::FxHasher;

use super::values::Value;

/// What a name holds, and whether processes that are started see it.
#[derive(Debug, PartialEq, Eq, Hash)]
pub(super) struct Entry {
    pub name: Arc<str>,
    pub value: Value,
    pub exported: bool,
}

/// Entries in the order of their names, which copies of the table share.
#[derive(Clone, Debug, Default)]
pub(super) struct Table(Arc<Rows>);

#[derive(Clone, Debug, Default)]
struct Rows {
    /// The sum of the rows' hashes, so that one row's change is one subtraction and one addition.
    hash: u64,
    rows: Vec<Row>,
}

#[derive(Clone, Debug)]
struct Row {
    hash: u64,
    entry: Arc<Entry>,
}

impl Row {
    fn new(entry: Entry) -> Self {
        let mut hasher = FxHasher::default();
        entry.hash(&mut hasher);
        Self { hash: hasher.finish(), entry: Arc::new(entry) }
    }

    fn is(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.entry, &other.entry) || (self.hash == other.hash && self.entry == other.entry)
    }
}

impl PartialEq for Table {
    fn eq(&self, other: &Self) -> bool {
        let (one, other) = (&self.0, &other.0);
        Arc::ptr_eq(one, other)
            || (one.hash == other.hash
                && one.rows.len() == other.rows.len()
                && one.rows.iter().zip(&other.rows).all(|(one, other)| one.is(other)))
    }
}

impl Eq for Table {}

impl Hash for Table {
    fn hash<H: Hasher>(&self, state: &mut H) {
        state.write_u64(self.0.hash);
    }
}

impl Table {
    pub fn len(&self) -> usize {
        self.0.rows.len()
    }

    pub fn get(&self, name: &str) -> Option<&Entry> {
        self.find(name).ok().map(|at| &*self.0.rows[at].entry)
    }

    pub fn iter(&self) -> impl Iterator<Item = &Entry> {
        self.0.rows.iter().map(|row| &*row.entry)
    }

    pub fn set(&mut self, name: &Arc<str>, value: Value, exported: bool) {
        let row = Row::new(Entry { name: Arc::clone(name), value, exported });
        let found = self.find(name);
        let table = Arc::make_mut(&mut self.0);
        table.hash = table.hash.wrapping_add(row.hash);
        match found {
            Ok(at) => {
                let old = std::mem::replace(&mut table.rows[at], row);
                table.hash = table.hash.wrapping_sub(old.hash);
            }
            Err(at) => table.rows.insert(at, row),
        }
    }

    pub fn remove(&mut self, name: &str) {
        if let Ok(at) = self.find(name) {
            let table = Arc::make_mut(&mut self.0);
            let old = table.rows.remove(at);
            table.hash = table.hash.wrapping_sub(old.hash);
        }
    }

    /// Whether the entries up to `last` are those of the other table; that they are not is no sign that
    /// they differ.
    pub fn shares(&self, other: &Self, last: &str) -> bool {
        let up_to = |row: &&Row| &*row.entry.name <= last;
        let (mut one, mut two) =
            (self.0.rows.iter().take_while(up_to), other.0.rows.iter().take_while(up_to));
        loop {
            match (one.next(), two.next()) {
                (None, None) => return true,
                (Some(one), Some(two)) if Arc::ptr_eq(&one.entry, &two.entry) => {}
                _ => return false,
            }
        }
    }

    /// The entries that are to stay.
    #[must_use]
    pub fn filtered(&self, stays: impl Fn(&Entry) -> bool) -> Self {
        Self::of(self.0.rows.iter().filter(|row| stays(&row.entry)).cloned().collect())
    }

    /// The entries of both; what differs, or is missing in one of them, holds `unknown` and has the
    /// export of the second table.
    #[must_use]
    pub fn meet(&self, other: &Self, unknown: &Value) -> Self {
        let (left, right) = (&self.0.rows, &other.0.rows);
        let mut rows: Vec<Row> = Vec::with_capacity(left.len().max(right.len()));
        let lost = |row: &Row| match row.entry.value == *unknown {
            true => row.clone(),
            false => {
                let Entry { name, exported, .. } = &*row.entry;
                Row::new(Entry { name: Arc::clone(name), value: unknown.clone(), exported: *exported })
            }
        };
        let (mut one, mut two) = (left.iter().peekable(), right.iter().peekable());
        loop {
            match (one.peek(), two.peek()) {
                (Some(left), Some(right)) if Arc::ptr_eq(&left.entry, &right.entry) => {
                    rows.extend(one.next().cloned());
                    two.next();
                }
                (Some(left), Some(right)) => match left.entry.name.cmp(&right.entry.name) {
                    std::cmp::Ordering::Less => rows.extend(one.next().map(lost)),
                    std::cmp::Ordering::Greater => rows.extend(two.next().map(lost)),
                    std::cmp::Ordering::Equal => {
                        let same = left.entry.value == right.entry.value;
                        rows.push(if same { (*right).clone() } else { lost(right) });
                        one.next();
                        two.next();
                    }
                },
                (Some(_), None) => rows.extend(one.next().map(lost)),
                (None, Some(_)) => rows.extend(two.next().map(lost)),
                (None, None) => break,
            }
        }
        Self::of(rows)
    }

    fn of(rows: Vec<Row>) -> Self {
        let hash = rows.iter().fold(0_u64, |sum, row| sum.wrapping_add(row.hash));
        Self(Arc::new(Rows { hash, rows }))
    }

    fn find(&self, name: &str) -> Result<usize, usize> {
        self.0.rows.binary_search_by(|row| row.entry.name.as_ref().cmp(name))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table(pairs: &[(&str, &str)]) -> Table {
        let mut table = Table::default();
        for (name, value) in pairs {
            table.set(&Arc::from(*name), Value::Text((*value).into()), false);
        }
        table
    }

    #[test]
    fn equal_whatever_the_order() {
        let (one, mut other) = (table(&[("a", "1"), ("環境", "本番")]), table(&[("環境", "x"), ("a", "1")]));
        assert_ne!(one, other);
        other.set(&"環境".into(), Value::Text("本番".into()), false);
        assert_eq!(one, other);
        other.set(&"b".into(), Value::Unknown, true);
        assert_ne!(one, other);
        assert_eq!(other.filtered(|entry| entry.exported).len(), 1);
        other.remove("b");
        assert_eq!(one, other);
    }

    #[test]
    fn what_differs_is_unknown() {
        let met = table(&[("a", "1"), ("b", "2")]).meet(&table(&[("b", "3"), ("c", "4")]), &Value::Unknown);
        assert_eq!(met.len(), 3);
        assert!(met.iter().all(|entry| entry.value == Value::Unknown));
        let met = table(&[("a", "1"), ("b", "2")]).meet(&table(&[("a", "1"), ("b", "3")]), &Value::Unknown);
        assert_eq!(met.get("a").map(|entry| &entry.value), Some(&Value::Text("1".into())));
        assert_eq!(met.get("b").map(|entry| &entry.value), Some(&Value::Unknown));
    }
}
