//! One file that is being read: its passage, what was found so far, and how much may still be read.

use std::sync::Arc;

use std::ops::Range;

use crate::facts::{Fact, FactRef, Field, Reading, words};
use crate::read::Settings;
use crate::syntax::yaml::{Entry, Node, Scalar, Tree};
use crate::syntax::{Fault, expression};
use crate::text::{Passage, Span, one_line};

/// Bytes that may be read for each byte of the file: aliases let a small file say the same things
/// very often.
const READ_FACTOR: usize = 16;

pub(super) struct Page<'a> {
    pub(super) file: Passage,
    pub(super) path: &'a str,
    pub(super) settings: &'a Settings,
    pub(super) out: Reading,
    /// Bytes that may still be read.
    budget: usize,
    exhausted: bool,
    /// Whether the YAML parser could not read a part.
    broken: bool,
}

impl<'a> Page<'a> {
    pub(super) fn new(file: Passage, path: &'a str, settings: &'a Settings) -> Self {
        let budget = file.len() * READ_FACTOR + 65_536;
        Self { file, path, settings, out: Reading::default(), budget, exhausted: false, broken: false }
    }

    /// Adds the file's own fact and what its parser could not read.
    pub(super) fn open(&mut self, reader: &'static str, tree: &Tree, faults: &[Fault]) {
        let start = self.start();
        let fact = Fact::new(words::file::KIND, start).with(words::file::PATH, self.path, start).with(
            words::file::READER,
            reader,
            start,
        );
        self.out.add(fact);
        self.broken = !faults.is_empty();
        for fault in faults {
            self.fault(fault);
        }
        for entry in tree.all_entries() {
            let plain = |scalar: &Scalar| scalar.style == crate::syntax::yaml::Style::Plain;
            if entry.key.text() == Some("<<") && entry.key.scalar().is_some_and(plain) {
                self.fault(
                    &Fault::new(entry.key.range(), "GitHub does not support merge keys (`<<`)")
                        .help("write the keys out, or use an alias for a whole value"),
                );
            }
        }
    }

    /// Whether the parser left something out.
    pub(super) const fn is_broken(&self) -> bool {
        self.broken
    }

    /// The place of the file's beginning.
    pub(super) fn start(&self) -> Span {
        self.file.locate(0..0)
    }

    pub(super) fn span(&self, range: Range<usize>) -> Span {
        self.file.locate(range)
    }

    /// The place of a value: where its words stand, also when an alias stands for it.
    pub(super) fn place(&self, node: Node<'_>) -> Span {
        match node.scalar() {
            Some(scalar) if !scalar.value.is_empty() => scalar.value.span(),
            _ => self.span(node.range()),
        }
    }

    pub(super) fn fault(&mut self, fault: &Fault) {
        self.out.find(fault.finding(&self.file));
    }

    /// Reports a value of the wrong shape.
    pub(super) fn misshaped(&mut self, entry: Entry<'_>, wanted: &str) {
        // Where the parser left words out, they are missing here, which is no second mistake.
        if self.broken && entry.value.is_null() {
            return;
        }
        let key = entry.key.text().unwrap_or_default();
        let fault = Fault::new(
            entry.key.range(),
            format!("`{key}` must be {wanted}; here it is {}", entry.value.kind()),
        );
        self.fault(&fault.help("GitHub rejects the whole file; what stands here was not read"));
    }

    pub(super) fn unresolved(
        &mut self,
        what: &'static str,
        span: Span,
        text: &str,
        reason: &str,
        parent: Option<FactRef>,
    ) {
        let fact = Fact::new(words::unresolved::KIND, span)
            .with(words::unresolved::WHAT, what, span)
            .with(words::unresolved::REASON, reason, span)
            .with(words::unresolved::TEXT, one_line(text), span);
        self.out.add(fact.inside(parent));
    }

    /// Notes that `bytes` more are read; false when that is too much.
    pub(super) fn spend(&mut self, bytes: usize) -> bool {
        if let Some(left) = self.budget.checked_sub(bytes) {
            self.budget = left;
            return true;
        }
        self.budget = 0;
        if !self.exhausted {
            self.exhausted = true;
            self.fault(
                &Fault::new(0..0, "this file repeats so much that it was not read to its end")
                    .help("write fewer aliases of large values, or split the file"),
            );
        }
        false
    }

    /// Sets a text field, where the value is a text.
    pub(super) fn put_text(&mut self, fact: &mut Fact, field: Field, node: Option<Node<'_>>) {
        let Some(node) = node else { return };
        if let Some(text) = node.text()
            && self.spend(text.len())
        {
            fact.set(field, text, self.place(node));
        }
    }

    /// Adds a fact for each expression in the values of `entry`, at any depth, and reports broken
    /// ones. `if` holds one without braces.
    pub(super) fn expressions(&mut self, entry: Option<Entry<'_>>, parent: Option<FactRef>) {
        let Some(entry) = entry else { return };
        if let Some(scalar) = entry.value.scalar() {
            // Most values are texts of their own.
            if self.spend(8) && self.spend(scalar.value.len()) {
                self.scalar_expressions(entry.key.text().unwrap_or_default(), &scalar.value, parent);
            }
            return;
        }
        let mut open = vec![(entry.key.text().unwrap_or_default().to_owned(), entry.value)];
        while let Some((key, node)) = open.pop() {
            if !self.spend(8) {
                return;
            }
            if let Some(scalar) = node.scalar() {
                if !self.spend(scalar.value.len()) {
                    return;
                }
                self.scalar_expressions(&key, &scalar.value, parent);
                continue;
            }
            let from = open.len();
            // The names of very deep values are long; what they add up to counts, too.
            let cost = key.len();
            for item in node.items() {
                if !self.spend(cost) {
                    return;
                }
                open.push((key.clone(), item));
            }
            for entry in node.entries() {
                if !self.spend(cost) {
                    return;
                }
                if let Some(text) = entry.value.text()
                    && !text.contains("${{")
                {
                    // Its name need not be spelt out.
                    if !self.spend(8 + text.len()) {
                        return;
                    }
                    continue;
                }
                let name = entry.key.text().unwrap_or_default();
                open.push((format!("{key}.{name}"), entry.value));
            }
            open[from..].reverse();
        }
    }

    fn scalar_expressions(&mut self, key: &str, value: &Passage, parent: Option<FactRef>) {
        let text = value.text();
        if !text.contains("${{") {
            if key == "if" && !matches!(text.trim(), "" | "true" | "false") {
                match expression::bare(text) {
                    Ok(tree) => self.expression(key, value, 0..text.len(), Some(&tree), parent),
                    Err(fault) => self.out.find(fault.finding(value)),
                }
            }
            return;
        }
        let (found, faults) = expression::find(text);
        for fault in faults {
            self.out.find(fault.finding(value));
        }
        for found in found {
            self.expression(key, value, found.inner, found.tree.as_ref(), parent);
        }
    }

    fn expression(
        &mut self,
        key: &str,
        value: &Passage,
        range: Range<usize>,
        tree: Option<&expression::Tree>,
        parent: Option<FactRef>,
    ) {
        let span = value.locate(range.clone());
        let contexts: Vec<(Arc<str>, Span)> = tree
            .map(expression::Tree::contexts)
            .unwrap_or_default()
            .into_iter()
            .map(|(path, range)| (path.into(), value.locate(range)))
            .collect();
        let fact = Fact::new(words::expression::KIND, span)
            .with(words::expression::TEXT, one_line(&value.text()[range]), span)
            .with(words::expression::CONTEXTS, contexts, span)
            .with(words::expression::KEY, key, span);
        self.out.add(fact.inside(parent));
    }
}
