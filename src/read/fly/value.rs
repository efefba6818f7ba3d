//! Values of a `fly.toml` in the forms that flyctl accepts. Knows no key.

use std::ops::Range;
use std::sync::Arc;

use crate::syntax::toml::{self, Data, Entry, Node, Table};
use crate::text::{Passage, Span};

/// The entry of a key; flyctl does not look at case, but the very spelling comes first.
pub fn get<'a>(table: &'a Table, key: &str) -> Option<&'a Entry> {
    table.get(key).or_else(|| table.entries.iter().find(|entry| entry.key.eq_ignore_ascii_case(key)))
}

/// The table under a key.
pub fn table<'a>(table: &'a Table, key: &str) -> Option<&'a Table> {
    get(table, key)?.node.as_table()
}

/// The entry of the first of several keys that is there.
pub fn first<'a>(table: &'a Table, keys: &[&str]) -> Option<&'a Entry> {
    keys.iter().find_map(|key| get(table, key))
}

/// The tables under an entry: one, or those of an array.
pub fn tables(entry: &Entry) -> impl Iterator<Item = (&Node, &Table)> {
    entry.node.items().iter().filter_map(|item| Some((item, item.as_table()?)))
}

/// A string, number or boolean as it is written, strings without quotes, and its place.
pub fn scalar(document: &Passage, node: &Node) -> Option<(Arc<str>, Span)> {
    match node.data {
        Data::List(_) | Data::Table(_) => None,
        _ => {
            let passage = toml::passage(document, node);
            Some((passage.text().into(), passage.span()))
        }
    }
}

/// An integer, also one that is written as a string.
pub fn integer(node: &Node) -> Option<i64> {
    node.as_int().or_else(|| node.as_text()?.trim().parse().ok())
}

/// The texts of an array, or the one text, each with its place.
pub fn texts(document: &Passage, entry: Option<&Entry>) -> Vec<(Arc<str>, Span)> {
    let items = entry.map_or(&[][..], |entry| entry.node.items());
    items.iter().filter_map(|item| scalar(document, item)).collect()
}

/// Code points of a value's words that a fact repeats.
pub const MOST_TEXT: usize = 200;

/// The words of a value on its first line.
pub fn first_line(document: &Passage, node: &Node) -> Range<usize> {
    let words = document.text().get(node.range.clone()).unwrap_or_default();
    let line = words.lines().next().unwrap_or_default().trim_end();
    node.range.start..node.range.start + line.len()
}
