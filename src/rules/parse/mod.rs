//! From a rule's file to a rule, or to what is wrong with the file. Every word is checked against
//! the words of the language and the vocabulary.

// The outer `None` is a fault that was noted, the inner one a word that was left out.
#![allow(clippy::option_option)]

mod conditions;
mod fix;

pub use conditions::OPERATORS;

use std::sync::Arc;

use super::condition::{Condition, FieldPath};
use super::rule::{Judgement, Parameter, Related, Relation, Rule, Scope};
use super::template::{Message, Names, Template};
use crate::facts::words::{command, order};
use crate::facts::{Kind, Type};
use crate::finding::{Finding, Severity, nearest};
use crate::syntax::toml::{Data, Entry, Node, Table};
use crate::syntax::{markdown, toml};
use crate::text::Passage;

/// Where related facts are looked for.
const SCOPES: &[&str] = &["inside", "around", "reach", "file", "repo", "before", "after"];

/// The rule name of findings about rules.
pub(super) const RULE: &str = "rule";

/// Reads the rule `name` (`family/name`) from its file.
///
/// # Errors
/// A finding for each mistake, with its place.
pub fn parse(name: &str, file: &Passage) -> Result<Rule, Vec<Finding>> {
    read(name, file, file, Regexes::Now)
}

/// Reads a rule that a test has read already: its head alone, its regular expressions when they are needed.
pub(super) fn parse_known(name: &str, file: &Passage) -> Result<Rule, Vec<Finding>> {
    const OPEN: &str = "\n```toml rule\n";
    const CLOSE: &str = "\n```\n";
    let text = file.text();
    let open = text.find(OPEN).map(|at| at + OPEN.len());
    let end = open.and_then(|open| Some(open + text.get(open..)?.find(CLOSE)? + CLOSE.len()));
    read(name, file, &file.slice(0..end.unwrap_or(text.len())), Regexes::Later)
}

/// When regular expressions are compiled, which takes long.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Regexes {
    Now,
    Later,
}

/// The rule of a file; all but its prose and its examples stands in the `head`.
fn read(name: &str, file: &Passage, head: &Passage, regexes: Regexes) -> Result<Rule, Vec<Finding>> {
    let fences = markdown::fences(head);
    let mut faults = Vec::new();
    let whole = |message: &str| vec![Finding::new(RULE, Severity::Error, message, file.slice(0..1).span())];
    let first_line = head.text().find('\n').filter(|_| regexes == Regexes::Later);
    let Some(title) = markdown::title(&head.slice(0..first_line.unwrap_or(head.text().len()))) else {
        return Err(whole("a rule's file begins with a heading that says what is wrong"));
    };
    let mut rules = fences.iter().filter(|fence| fence.info.split_whitespace().eq(["toml", "rule"]));
    let (Some(fence), None) = (rules.next(), rules.next()) else {
        return Err(whole("a rule's file has one `toml rule` fence"));
    };
    let (table, errors) = toml::parse(&fence.body);
    faults.extend(errors.iter().map(|fault| fault.finding(&fence.body)));
    if !faults.is_empty() {
        return Err(faults);
    }
    let mut reader = Reader { passage: &fence.body, faults, parameters: Vec::new(), regexes };
    let rule = reader.rule(&table);
    match rule {
        Some(rule) if reader.faults.is_empty() => {
            Ok(Rule { name: Arc::from(name), title: title.text, source: Arc::from(file.text()), ..rule })
        }
        _ => Err(reader.faults),
    }
}

/// The words that a rule's table may hold.
pub const WORDS: &[&str] = &[
    "severity", "default", "on", "where", "expect", "forbid", "message", "at", "label", "help", "also",
    "fix", "params", "tags", "since", "aliases",
];

struct Reader<'a> {
    passage: &'a Passage,
    faults: Vec<Finding>,
    parameters: Vec<(String, Parameter)>,
    regexes: Regexes,
}

impl Reader<'_> {
    fn rule(&mut self, table: &Table) -> Option<Rule> {
        self.only(table, WORDS);
        if let Some(params) = table.get("params") {
            self.parameters(params);
        }
        let severity = self.word(table, "severity", &["error", "warning", "info"])?;
        let on_by_default = match table.get("default") {
            None => true,
            Some(_) => self.word(table, "default", &["on", "off"])? == "on",
        };
        let on = self.kind(table, "on")?;
        let filter = self.filter(table, on, on)?;
        let relation = self.relation(table, on)?;
        let other =
            relation.as_ref().filter(|relation| !relation.expected).map(|relation| relation.related.kind);
        let message = match table.get("message") {
            Some(entry) => self.template(&entry.node, on, other)?,
            None => return self.missing("message"),
        };
        let judgement = Judgement {
            filter,
            relation,
            message,
            at: self.places(table, on)?,
            label: self.optional_template(table, "label", on, other)?,
            help: self.optional_template(table, "help", on, other)?,
            also: self.also(table, on)?,
            fixes: self.fixes(table, on)?,
        };
        Some(Rule {
            name: Arc::from(""),
            title: String::new(),
            source: Arc::from(""),
            severity: Severity::parse(&severity)?,
            on_by_default,
            tags: self.texts(table, "tags")?,
            since: table.get("since").and_then(|entry| entry.node.as_text()).unwrap_or("0.1.0").to_owned(),
            aliases: self.texts(table, "aliases")?,
            parameters: std::mem::take(&mut self.parameters),
            on,
            fixable: !judgement.fixes.is_empty(),
            judgement,
        })
    }

    fn parameters(&mut self, entry: &Entry) {
        let Some(table) = entry.node.as_table() else {
            return self.fail(&entry.node, "`params` is a table of names with defaults");
        };
        for entry in &table.entries {
            let value = match &entry.node.data {
                Data::Bool(flag) => Some(Parameter::Bool(*flag)),
                Data::Int(number) => Some(Parameter::Int(*number)),
                Data::Text(text) => Some(Parameter::Text(text.clone())),
                Data::List(items) => items
                    .iter()
                    .map(|item| item.as_text().map(str::to_owned))
                    .collect::<Option<Vec<_>>>()
                    .map(Parameter::List),
                _ => None,
            };
            match value {
                Some(value) => self.parameters.push((entry.key.clone(), value)),
                None => self.fail(
                    &entry.node,
                    "a parameter is a boolean, an integer, a string or an array of strings",
                ),
            }
        }
    }

    fn relation(&mut self, table: &Table, on: Kind) -> Option<Option<Relation>> {
        let (entry, expected) = match (table.get("expect"), table.get("forbid")) {
            (None, None) => return Some(None),
            (Some(entry), None) => (entry, true),
            (None, Some(entry)) => (entry, false),
            (Some(_), Some(entry)) => {
                self.fail_key(entry, "a rule has `expect` or `forbid`, not both");
                return None;
            }
        };
        let related = self.related(&entry.node, on)?;
        Some(Some(Relation { expected, related }))
    }

    fn related(&mut self, node: &Node, on: Kind) -> Option<Related> {
        let Some(table) = node.as_table() else {
            self.fail(node, "this is a table: `{ fact = \"…\", in = \"…\", where = {…} }`");
            return None;
        };
        self.only(table, &["fact", "in", "where", "order", "at", "label"]);
        let kind = self.kind(table, "fact")?;
        let scope = match self.word(table, "in", SCOPES)?.as_str() {
            "inside" => Scope::Inside,
            "around" => Scope::Around,
            "reach" => Scope::Reach,
            "file" => Scope::File,
            "before" => Scope::Before,
            "after" => Scope::After,
            _ => Scope::Repo,
        };
        let order = self.order(table, (scope, on, kind))?;
        Some(Related {
            kind,
            scope,
            filter: self.filter(table, kind, on)?,
            order,
            at: self.places(table, kind)?,
            label: self.optional_template(table, "label", on, Some(kind))?,
        })
    }

    /// What `order` asks for in a scope along the flow of control, which commands alone stand in.
    fn order(&mut self, table: &Table, (scope, on, kind): (Scope, Kind, Kind)) -> Option<Option<Condition>> {
        let entry = table.get("order");
        if !matches!(scope, Scope::Before | Scope::After) {
            if let Some(entry) = entry {
                self.fail_key(entry, "`order` belongs to the scopes `before` and `after`");
                return None;
            }
            return Some(None);
        }
        if on != command::KIND || kind != command::KIND {
            self.fail_key(table.get("in")?, "only commands run before or after commands");
            return None;
        }
        match entry {
            None => Some(None),
            Some(entry) => {
                if let Some(table) = entry.node.as_table() {
                    self.conditions(table, order::KIND, order::KIND).map(Some)
                } else {
                    self.fail(&entry.node, "`order` is a table of conditions: `{ always = true }`");
                    None
                }
            }
        }
    }

    fn also(&mut self, table: &Table, on: Kind) -> Option<Vec<Related>> {
        let Some(entry) = table.get("also") else { return Some(Vec::new()) };
        let Data::List(items) = &entry.node.data else {
            self.fail(&entry.node, "`also` is an array of tables");
            return None;
        };
        items.iter().map(|item| self.related(item, on)).collect()
    }

    fn places(&mut self, table: &Table, kind: Kind) -> Option<Vec<FieldPath>> {
        let Some(entry) = table.get("at") else { return Some(Vec::new()) };
        match &entry.node.data {
            Data::List(items) => items.iter().map(|item| self.path(item, kind)).collect(),
            _ => Some(vec![self.path(&entry.node, kind)?]),
        }
    }

    fn path(&mut self, node: &Node, kind: Kind) -> Option<FieldPath> {
        let Some(text) = node.as_text() else {
            self.fail(node, "this is the name of a field, a string");
            return None;
        };
        match field_path(kind, text) {
            Ok(path) => Some(path),
            Err(message) => {
                self.fail(node, &message);
                None
            }
        }
    }

    /// A message: one wording, or an array of them.
    fn template(&mut self, node: &Node, on: Kind, other: Option<Kind>) -> Option<Message> {
        let wordings = match &node.data {
            Data::List(items) if !items.is_empty() => {
                items.iter().map(|item| self.wording(item, on, other)).collect::<Option<_>>()?
            }
            _ => vec![self.wording(node, on, other)?],
        };
        Some(Message { wordings })
    }

    fn wording(&mut self, node: &Node, on: Kind, other: Option<Kind>) -> Option<Template> {
        let Some(text) = node.as_text() else {
            self.fail(node, "this is a message, a string");
            return None;
        };
        let parameters = &self.parameters;
        let names = Names {
            subject: on,
            other,
            path: &field_path,
            parameter: &|name| parameters.iter().any(|(other, _)| other == name),
        };
        match Template::parse(text, &names) {
            Ok(template) => Some(template),
            Err(message) => {
                self.fail(node, &message);
                None
            }
        }
    }

    fn optional_template(
        &mut self,
        table: &Table,
        word: &str,
        on: Kind,
        other: Option<Kind>,
    ) -> Option<Option<Message>> {
        match table.get(word) {
            None => Some(None),
            Some(entry) => self.template(&entry.node, on, other).map(Some),
        }
    }

    fn kind(&mut self, table: &Table, word: &str) -> Option<Kind> {
        let Some(entry) = table.get(word) else { return self.missing(word) };
        let name = entry.node.as_text().unwrap_or_default();
        let kind = Kind::named(name);
        if kind.is_none() {
            let names: Vec<&str> = Kind::all().map(Kind::name).collect();
            let message = unknown("kind of fact", name, &names);
            self.fail(&entry.node, &message);
        }
        kind
    }

    fn word(&mut self, table: &Table, word: &str, words: &[&str]) -> Option<String> {
        let Some(entry) = table.get(word) else { return self.missing(word) };
        let text = entry.node.as_text().unwrap_or_default();
        if words.contains(&text) {
            return Some(text.to_owned());
        }
        let message = unknown(&format!("value of `{word}`"), text, words);
        self.fail(&entry.node, &message);
        None
    }

    fn texts(&mut self, table: &Table, word: &str) -> Option<Vec<String>> {
        let Some(entry) = table.get(word) else { return Some(Vec::new()) };
        let texts = match &entry.node.data {
            Data::List(items) => items.iter().map(|item| item.as_text().map(str::to_owned)).collect(),
            _ => None,
        };
        if texts.is_none() {
            self.fail(&entry.node, &format!("`{word}` is an array of strings"));
        }
        texts
    }

    fn only(&mut self, table: &Table, words: &[&str]) {
        for entry in &table.entries {
            if !words.contains(&entry.key.as_str()) {
                let message = unknown("word", &entry.key, words);
                self.fail_key(entry, &message);
            }
        }
    }

    fn missing<T>(&mut self, word: &str) -> Option<T> {
        self.faults.push(Finding::new(
            RULE,
            Severity::Error,
            format!("a rule needs `{word}`"),
            self.passage.slice(0..self.passage.text().find('\n').unwrap_or(0)).span(),
        ));
        None
    }

    fn fail(&mut self, node: &Node, message: &str) {
        self.faults.push(Finding::new(
            RULE,
            Severity::Error,
            message,
            self.passage.locate(node.range.clone()),
        ));
    }

    fn fail_key(&mut self, entry: &Entry, message: &str) {
        let span = self.passage.locate(entry.key_range.clone());
        self.faults.push(Finding::new(RULE, Severity::Error, message, span));
    }
}

fn field_path(kind: Kind, text: &str) -> Result<FieldPath, String> {
    let (name, entry) = match text.split_once('.') {
        Some((name, entry)) => (name, Some(entry.to_owned())),
        None => (text, None),
    };
    let Some(field) = kind.field(name) else {
        let names: Vec<&str> = kind.entry().fields.iter().map(|field| field.name).collect();
        return Err(unknown(&format!("field of `{}`", kind.name()), name, &names));
    };
    if entry.is_some() && field.ty() != Type::Map {
        return Err(format!("`{name}` is no map, so it has no `{text}`"));
    }
    Ok(FieldPath { field, entry })
}

/// "unknown …", with the word that was probably meant.
fn unknown(what: &str, word: &str, words: &[&str]) -> String {
    match nearest(word, words.iter().copied()) {
        Some(other) => format!("unknown {what} `{word}`; did you mean `{other}`?"),
        None => format!("unknown {what} `{word}`"),
    }
}
