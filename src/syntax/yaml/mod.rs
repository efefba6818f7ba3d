//! YAML as a tree in which every key and value has its range and every scalar is a passage that
//! knows its way home. Tolerant: what is broken is left out, the rest is read. Scalars stay text
//! (`on`, `yes` and `1.10` are never anything else), aliases point and are never expanded.
//! Knows no schema, and no comments.

mod build;
mod recover;
mod scalar;

use std::ops::Range;

use super::Fault;
use crate::text::Passage;

/// Most times that a broken document is parsed again without its broken parts.
const MAX_TRIES: usize = 12;

/// Bytes after which trying again ends, however few tries were made.
const MAX_TRIED_BYTES: usize = 64 * 1024 * 1024;

/// One document: nodes by number, and the one at the top.
#[derive(Clone, Debug, Default)]
pub struct Tree {
    items: Vec<Item>,
    root: Option<NodeId>,
}

/// Names a node of a [`Tree`]: its index.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
struct NodeId(u32);

#[derive(Clone, Debug)]
struct Item {
    range: Range<usize>,
    data: Data,
}

#[derive(Clone, Debug)]
enum Data {
    Null,
    Scalar(Scalar),
    Mapping(Vec<(NodeId, NodeId)>),
    Sequence(Vec<NodeId>),
    /// An alias, with the node that it stands for where there is one.
    Alias(Option<NodeId>),
}

/// A text.
#[derive(Clone, Debug)]
pub struct Scalar {
    pub style: Style,
    /// The decoded text; each of its bytes knows where it was written.
    pub value: Passage,
}

/// How a scalar is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Style {
    Plain,
    SingleQuoted,
    DoubleQuoted,
    /// `|`
    Literal,
    /// `>`
    Folded,
}

/// A value of a tree: a handle that is cheap to copy.
#[derive(Clone, Copy, Debug)]
pub struct Node<'t> {
    tree: &'t Tree,
    id: NodeId,
}

/// A key with its value.
#[derive(Clone, Copy, Debug)]
pub struct Entry<'t> {
    pub key: Node<'t>,
    pub value: Node<'t>,
}

/// Parses the first document of `passage`. Broken parts give faults and are left out.
#[must_use]
pub fn parse(passage: &Passage) -> (Tree, Vec<Fault>) {
    let mut built = build::build(passage, passage.text());
    let Some(mut error) = built.error.take() else {
        return (built.tree, built.faults);
    };
    let mut faults = vec![error.fault(passage.text())];
    let mut text = passage.text().to_owned();
    let mut tries = MAX_TRIES.min(MAX_TRIED_BYTES / text.len().max(1));
    'errors: loop {
        for region in recover::regions(&text, error.range.start, error.since) {
            if tries == 0 {
                break 'errors;
            }
            tries -= 1;
            let blanked = recover::blank(&text, &region);
            let mut next = build::build(passage, &blanked);
            let later = next.error.take();
            let beyond = region.end.max(error.range.start + 1);
            if later.as_ref().is_some_and(|later| later.range.start < beyond) {
                continue;
            }
            (built, text) = (next, blanked);
            let Some(later) = later else { break 'errors };
            faults.push(later.fault(passage.text()));
            error = later;
            continue 'errors;
        }
        break;
    }
    faults.append(&mut built.faults);
    (built.tree, faults)
}

impl Tree {
    /// The value at the top; none in an empty document.
    #[must_use]
    pub fn root(&self) -> Option<Node<'_>> {
        self.root.map(|id| Node { tree: self, id })
    }

    /// Every key of every mapping, with its value, in no special order.
    pub fn all_entries(&self) -> impl Iterator<Item = Entry<'_>> {
        self.items
            .iter()
            .filter_map(|item| if let Data::Mapping(pairs) = &item.data { Some(pairs) } else { None })
            .flatten()
            .map(|&pair| Entry::of(self, pair))
    }
}

impl<'t> Node<'t> {
    /// Where the node itself is written: for an alias, the `*name`.
    #[must_use]
    pub fn range(self) -> Range<usize> {
        self.item().range.clone()
    }

    /// The node that this one stands for: itself, unless it is an alias.
    #[must_use]
    pub fn resolve(self) -> Self {
        match self.item().data {
            Data::Alias(Some(id)) => Self { tree: self.tree, id },
            _ => self,
        }
    }

    #[must_use]
    pub fn is_alias(self) -> bool {
        matches!(self.item().data, Data::Alias(_))
    }

    /// The text, where it is one. An empty value is none.
    #[must_use]
    pub fn scalar(self) -> Option<&'t Scalar> {
        if let Data::Scalar(scalar) = &self.resolve().item().data { Some(scalar) } else { None }
    }

    /// The decoded text, where it is one.
    #[must_use]
    pub fn text(self) -> Option<&'t str> {
        self.scalar().map(|scalar| scalar.value.text())
    }

    /// Whether there is no value: nothing is written, or `null` or `~` is.
    #[must_use]
    pub fn is_null(self) -> bool {
        match &self.resolve().item().data {
            Data::Null => true,
            Data::Scalar(scalar) => {
                scalar.style == Style::Plain && matches!(scalar.value.text(), "~" | "null" | "Null" | "NULL")
            }
            _ => false,
        }
    }

    #[must_use]
    pub fn is_mapping(self) -> bool {
        matches!(self.resolve().item().data, Data::Mapping(_))
    }

    #[must_use]
    pub fn is_sequence(self) -> bool {
        matches!(self.resolve().item().data, Data::Sequence(_))
    }

    /// The entries of a mapping, in order; none for any other node.
    pub fn entries(self) -> impl Iterator<Item = Entry<'t>> {
        let pairs = match &self.resolve().item().data {
            Data::Mapping(pairs) => pairs.as_slice(),
            _ => &[],
        };
        pairs.iter().map(move |&pair| Entry::of(self.tree, pair))
    }

    /// The items of a sequence, in order; none for any other node.
    pub fn items(self) -> impl Iterator<Item = Self> {
        let ids = match &self.resolve().item().data {
            Data::Sequence(ids) => ids.as_slice(),
            _ => &[],
        };
        ids.iter().map(move |&id| Self { tree: self.tree, id })
    }

    /// The entry of a mapping whose key is `name`.
    #[must_use]
    pub fn entry(self, name: &str) -> Option<Entry<'t>> {
        self.entries().find(|entry| entry.key.text() == Some(name))
    }

    /// The value under `name`.
    #[must_use]
    pub fn get(self, name: &str) -> Option<Self> {
        self.entry(name).map(|entry| entry.value)
    }

    /// What kind of node it is, for messages.
    #[must_use]
    pub fn kind(self) -> &'static str {
        match self.resolve().item().data {
            Data::Null => "empty",
            Data::Scalar(_) => "a text",
            Data::Mapping(_) => "a mapping",
            Data::Sequence(_) => "a list",
            Data::Alias(_) => "an alias of nothing",
        }
    }

    fn item(self) -> &'t Item {
        &self.tree.items[self.id.0 as usize]
    }
}

impl<'t> Entry<'t> {
    /// From the key to the value's end.
    #[must_use]
    pub fn range(self) -> Range<usize> {
        let key = self.key.range();
        key.start..self.value.range().end.max(key.end)
    }

    fn of(tree: &'t Tree, (key, value): (NodeId, NodeId)) -> Self {
        Self { key: Node { tree, id: key }, value: Node { tree, id: value } }
    }
}

#[cfg(test)]
mod tests;
