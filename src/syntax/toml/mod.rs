//! TOML as a tree in which every key and value has its range. Built on `toml_edit`, whose
//! `Document` keeps spans; faulty documents go through [`recover`]. Knows no file format that is
//! written in TOML.

use std::ops::Range;

use super::Fault;
use crate::text::Passage;

mod fault;
mod recover;
mod string;
#[cfg(test)]
mod tests;

pub use string::passage;

/// A value and the range of its words.
#[derive(Clone, Debug)]
pub struct Node {
    pub range: Range<usize>,
    pub data: Data,
}

#[derive(Clone, Debug)]
pub enum Data {
    Text(String),
    Int(i64),
    Float(f64),
    Bool(bool),
    Datetime(String),
    List(Vec<Node>),
    Table(Table),
}

/// A table of any spelling: `[header]`, inline, dotted, or the document itself.
#[derive(Clone, Debug, Default)]
pub struct Table {
    pub entries: Vec<Entry>,
}

#[derive(Clone, Debug)]
pub struct Entry {
    /// The key, unquoted.
    pub key: String,
    pub key_range: Range<usize>,
    pub node: Node,
}

impl Table {
    #[must_use]
    pub fn get(&self, key: &str) -> Option<&Entry> {
        self.entries.iter().find(|entry| entry.key == key)
    }
}

impl Node {
    #[must_use]
    pub fn as_text(&self) -> Option<&str> {
        if let Data::Text(text) = &self.data { Some(text) } else { None }
    }

    #[must_use]
    pub fn as_table(&self) -> Option<&Table> {
        if let Data::Table(table) = &self.data { Some(table) } else { None }
    }

    #[must_use]
    pub fn as_bool(&self) -> Option<bool> {
        if let Data::Bool(value) = self.data { Some(value) } else { None }
    }

    #[must_use]
    pub fn as_int(&self) -> Option<i64> {
        if let Data::Int(value) = self.data { Some(value) } else { None }
    }

    /// The items of an array; the value itself where it is none.
    #[must_use]
    pub fn items(&self) -> &[Self] {
        if let Data::List(items) = &self.data { items } else { std::slice::from_ref(self) }
    }

    /// What kind of value it is, for messages.
    #[must_use]
    pub fn kind(&self) -> &'static str {
        match self.data {
            Data::Text(_) => "a string",
            Data::Int(_) => "an integer",
            Data::Float(_) => "a float",
            Data::Bool(_) => "a boolean",
            Data::Datetime(_) => "a date",
            Data::List(_) => "an array",
            Data::Table(_) => "a table",
        }
    }
}

/// Parses a document. Faulty text gives what could be understood, and the faults.
#[must_use]
pub fn parse(passage: &Passage) -> (Table, Vec<Fault>) {
    let text = passage.text();
    // A byte order mark is no part of the document, but its bytes count.
    let bom = if text.starts_with('\u{feff}') { '\u{feff}'.len_utf8() } else { 0 };
    let body = text.get(bom..).unwrap_or_default();
    match toml_edit::Document::parse(body) {
        Ok(document) => (table(document.as_table(), bom), Vec::new()),
        Err(error) => recover::parse(body, bom, error.message(), error.span()),
    }
}

fn table(table: &dyn toml_edit::TableLike, shift: usize) -> Table {
    let entries = table
        .iter()
        .filter_map(|(name, item)| {
            let key = table.get_key_value(name)?.0;
            let key_range = moved(key.span(), shift);
            Some(Entry { key: name.to_owned(), node: item_node(item, &key_range, shift)?, key_range })
        })
        .collect();
    Table { entries }
}

fn item_node(item: &toml_edit::Item, key: &Range<usize>, shift: usize) -> Option<Node> {
    let range = item.span().map_or_else(|| key.clone(), |span| moved(Some(span), shift));
    let data = match item {
        toml_edit::Item::None => return None,
        toml_edit::Item::Value(value) => return Some(value_node(value, key, shift)),
        toml_edit::Item::Table(inner) => Data::Table(table(inner, shift)),
        toml_edit::Item::ArrayOfTables(tables) => Data::List(
            tables
                .iter()
                .map(|inner| Node {
                    range: inner.span().map_or_else(|| key.clone(), |span| moved(Some(span), shift)),
                    data: Data::Table(table(inner, shift)),
                })
                .collect(),
        ),
    };
    Some(Node { range, data })
}

fn value_node(value: &toml_edit::Value, key: &Range<usize>, shift: usize) -> Node {
    let range = value.span().map_or_else(|| key.clone(), |span| moved(Some(span), shift));
    let data = match value {
        toml_edit::Value::String(text) => Data::Text(text.value().clone()),
        toml_edit::Value::Integer(number) => Data::Int(*number.value()),
        toml_edit::Value::Float(number) => Data::Float(*number.value()),
        toml_edit::Value::Boolean(flag) => Data::Bool(*flag.value()),
        toml_edit::Value::Datetime(date) => Data::Datetime(date.value().to_string()),
        toml_edit::Value::Array(items) => {
            Data::List(items.iter().map(|item| value_node(item, &range, shift)).collect())
        }
        toml_edit::Value::InlineTable(inner) => Data::Table(table(inner, shift)),
    };
    Node { range, data }
}

fn moved(span: Option<Range<usize>>, shift: usize) -> Range<usize> {
    span.map_or(0..0, |span| span.start + shift..span.end + shift)
}
