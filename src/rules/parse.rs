//! From a rule's file to a rule, or to what is wrong with the file. Every word is checked against
//! the words of the language and the vocabulary.

use std::sync::Arc;

use super::condition::{Condition, FieldPath, Operand, Test};
use super::rule::{FixPlan, Judgement, Parameter, Related, Relation, Rule, Scope};
use super::template::{Message, Names, Template};
use crate::facts::{Kind, Type};
use crate::finding::{Finding, Severity};
use crate::syntax::toml::{Data, Entry, Node, Table};
use crate::syntax::{markdown, toml};
use crate::text::Passage;

/// The rule name of findings about rules.
const RULE: &str = "rule";

/// One little repository of a rule's examples.
#[derive(Clone, Debug)]
pub struct Example {
    pub case: String,
    /// Whether the rule must speak.
    pub bad: bool,
    /// Paths and texts.
    pub files: Vec<(String, String)>,
    /// What the report must say, and where that stands in the rule's file.
    pub says: Option<(String, std::ops::Range<usize>)>,
    /// Where its last fence ends in the rule's file.
    pub end: usize,
}

/// Reads the rule `name` (`family/name`) from its file.
///
/// # Errors
/// A finding for each mistake, with its place.
pub fn parse(name: &str, file: &Passage) -> Result<Rule, Vec<Finding>> {
    let fences = markdown::fences(file);
    let mut faults = Vec::new();
    let whole = |message: &str| vec![Finding::new(RULE, Severity::Error, message, file.slice(0..1).span())];
    let Some(title) = markdown::title(file) else {
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
    let mut reader = Reader { passage: &fence.body, faults, parameters: Vec::new() };
    let rule = reader.rule(&table);
    match rule {
        Some(rule) if reader.faults.is_empty() => Ok(Rule {
            name: Arc::from(name),
            title: title.text,
            source: Arc::from(file.text()),
            prose: prose(file.text(), &fences),
            ..rule
        }),
        _ => Err(reader.faults),
    }
}

/// The examples of a rule's file, in order.
///
/// # Errors
/// A finding for each fence whose words make no sense.
pub fn examples(file: &Passage) -> Result<Vec<Example>, Vec<Finding>> {
    let mut found: Vec<Example> = Vec::new();
    let mut faults = Vec::new();
    for fence in markdown::fences(file) {
        let mut words = fence.info.split_whitespace().skip(1);
        let verdict = words.next().unwrap_or_default();
        let mut fail = |message: &str| {
            faults.push(Finding::new(RULE, Severity::Error, message, file.locate(fence.info_range.clone())));
        };
        match verdict {
            "rule" => {}
            "says" => match found.last_mut() {
                Some(example) => {
                    // From the line after the opening fence to the closing fence.
                    let start = fence.info_range.end + 1;
                    let closing = file.text()[..fence.range.end].rfind('\n').map_or(start, |at| at + 1);
                    let range = start..closing.max(start);
                    example.says = Some((fence.body.text().to_owned(), range));
                }
                None => fail("`says` belongs to the example before it, and there is none"),
            },
            "bad" | "good" => {
                let mut case = verdict.to_owned();
                let mut path = None;
                for word in words {
                    match word.split_once('=') {
                        Some(("path", value)) => path = Some(value.to_owned()),
                        Some(("case", value)) => value.clone_into(&mut case),
                        _ => fail("an example's words are `path=…` and `case=…`"),
                    }
                }
                let Some(path) = path else {
                    fail("an example needs a `path=…`");
                    continue;
                };
                let bad = verdict == "bad";
                let text = fence.body.text().to_owned();
                match found.iter_mut().find(|example| example.case == case) {
                    Some(example) if example.files.iter().any(|(other, _)| *other == path) => {
                        fail("this path is twice in one example; give each little repository its `case=…`");
                    }
                    Some(example) => {
                        example.bad |= bad;
                        example.files.push((path, text));
                        example.end = fence.range.end;
                    }
                    None => found.push(Example {
                        case,
                        bad,
                        files: vec![(path, text)],
                        says: None,
                        end: fence.range.end,
                    }),
                }
            }
            _ => {}
        }
    }
    if faults.is_empty() { Ok(found) } else { Err(faults) }
}

/// The text without title, condition and examples.
fn prose(text: &str, fences: &[markdown::Fence]) -> String {
    let mut prose = String::new();
    let mut at = 0;
    for fence in fences {
        let marker = fence.info.split_whitespace().nth(1);
        if matches!(marker, Some("rule" | "bad" | "good" | "says")) {
            prose.push_str(&text[at..fence.range.start]);
            at = fence.range.end;
        }
    }
    prose.push_str(&text[at..]);
    let body = prose.split_once('\n').map_or("", |(_, body)| body);
    let mut lines: Vec<&str> = Vec::new();
    for line in body.lines().map(str::trim_end) {
        if !(line.is_empty() && lines.last().is_none_or(|last| last.is_empty())) {
            lines.push(line);
        }
    }
    lines.join("\n").trim_end().to_owned()
}

const WORDS: &[&str] = &[
    "severity", "default", "on", "where", "expect", "forbid", "message", "at", "label", "help", "also",
    "fix", "params", "tags", "since", "aliases",
];

struct Reader<'a> {
    passage: &'a Passage,
    faults: Vec<Finding>,
    parameters: Vec<(String, Parameter)>,
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
            fix: self.fix(table, on)?,
        };
        Some(Rule {
            name: Arc::from(""),
            title: String::new(),
            source: Arc::from(""),
            prose: String::new(),
            severity: Severity::parse(&severity)?,
            on_by_default,
            tags: self.texts(table, "tags")?,
            since: table.get("since").and_then(|entry| entry.node.as_text()).unwrap_or("0.1.0").to_owned(),
            aliases: self.texts(table, "aliases")?,
            parameters: std::mem::take(&mut self.parameters),
            on,
            fixable: judgement.fix.is_some(),
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
        self.only(table, &["fact", "in", "where", "at", "label"]);
        let kind = self.kind(table, "fact")?;
        let scope = match self.word(table, "in", &["inside", "around", "reach", "file", "repo"])?.as_str() {
            "inside" => Scope::Inside,
            "around" => Scope::Around,
            "reach" => Scope::Reach,
            "file" => Scope::File,
            _ => Scope::Repo,
        };
        Some(Related {
            kind,
            scope,
            filter: self.filter(table, kind, on)?,
            at: self.places(table, kind)?,
            label: self.optional_template(table, "label", on, Some(kind))?,
        })
    }

    fn also(&mut self, table: &Table, on: Kind) -> Option<Vec<Related>> {
        let Some(entry) = table.get("also") else { return Some(Vec::new()) };
        match &entry.node.data {
            Data::List(items) => items.iter().map(|item| self.related(item, on)).collect(),
            _ => {
                self.fail(&entry.node, "`also` is an array of tables");
                None
            }
        }
    }

    fn fix(&mut self, table: &Table, on: Kind) -> Option<Option<FixPlan>> {
        let Some(entry) = table.get("fix") else { return Some(None) };
        let Some(table) = entry.node.as_table() else {
            self.fail(&entry.node, "`fix` is a table: `{ title, safe, at, replace }`");
            return None;
        };
        self.only(table, &["title", "safe", "at", "replace"]);
        let at = match table.get("at") {
            Some(entry) => self.path(&entry.node, on)?,
            None => return self.missing("fix.at"),
        };
        let title = match table.get("title") {
            Some(entry) => self.template(&entry.node, on, None)?,
            None => return self.missing("fix.title"),
        };
        let replace = match table.get("replace") {
            Some(entry) => self.template(&entry.node, on, None)?,
            None => return self.missing("fix.replace"),
        };
        let safe = table.get("safe").and_then(|entry| entry.node.as_bool()).unwrap_or(false);
        Some(Some(FixPlan { title, safe, at, replace }))
    }

    fn filter(&mut self, table: &Table, kind: Kind, subject: Kind) -> Option<Condition> {
        match table.get("where") {
            None => Some(Condition::All(Vec::new())),
            Some(entry) => match entry.node.as_table() {
                Some(table) => self.conditions(table, kind, subject),
                None => {
                    self.fail(&entry.node, "`where` is a table of fields with conditions");
                    None
                }
            },
        }
    }

    fn conditions(&mut self, table: &Table, kind: Kind, subject: Kind) -> Option<Condition> {
        let mut all = Vec::new();
        for entry in &table.entries {
            if entry.key == "any" && kind.field("any").is_none() {
                let Data::List(items) = &entry.node.data else {
                    self.fail(&entry.node, "`any` is an array of condition tables");
                    return None;
                };
                let any = items
                    .iter()
                    .map(|item| match item.as_table() {
                        Some(table) => self.conditions(table, kind, subject),
                        None => {
                            self.fail(item, "this is a table of fields with conditions");
                            None
                        }
                    })
                    .collect::<Option<Vec<_>>>()?;
                all.push(Condition::Any(any));
                continue;
            }
            let path = match field_path(kind, &entry.key) {
                Ok(path) => path,
                Err(message) => {
                    self.fail_key(entry, &message);
                    return None;
                }
            };
            // `flags.image = …` is a table in TOML: the entries of a map that are no operators.
            if path.entry.is_none()
                && path.field.ty() == Type::Map
                && let Some(inner) = entry.node.as_table()
                && !inner.entries.iter().all(|entry| OPERATORS.contains(&entry.key.as_str()))
            {
                for inner in &inner.entries {
                    let path = FieldPath { field: path.field, entry: Some(inner.key.clone()) };
                    let test = self.test(&inner.node, &path, subject)?;
                    all.push(Condition::Field(path, test));
                }
                continue;
            }
            let test = self.test(&entry.node, &path, subject)?;
            all.push(Condition::Field(path, test));
        }
        Some(Condition::All(all))
    }

    fn test(&mut self, node: &Node, path: &FieldPath, subject: Kind) -> Option<Test> {
        let Data::Table(table) = &node.data else {
            let operands = self.operands(node, path, Use::Whole)?;
            return Some(Test::Is(operands));
        };
        let mut tests = Vec::new();
        for entry in &table.entries {
            let value = &entry.node;
            let test = match entry.key.as_str() {
                "not" => Test::Not(Box::new(self.test(value, path, subject)?)),
                "has" => Test::Has(self.operands(value, path, Use::Item)?),
                "within" => Test::Within(self.operands(value, path, Use::Item)?),
                "matches" => Test::Matches(self.regex(value)?),
                "glob" => Test::Glob(self.glob(value)?),
                "less" => Test::Less(self.int(value)?),
                "more" => Test::More(self.int(value)?),
                "absent" => Test::Absent(self.bool(value)?),
                "same-as" => Test::SameAs(self.path(value, subject)?),
                other => {
                    let message = unknown("condition", other, OPERATORS);
                    self.fail_key(entry, &message);
                    return None;
                }
            };
            tests.push(test);
        }
        Some(if tests.len() == 1 { tests.remove(0) } else { Test::All(tests) })
    }

    /// The values of a condition, checked against the field's type.
    fn operands(&mut self, node: &Node, path: &FieldPath, used: Use) -> Option<Vec<Operand>> {
        if let Data::List(items) = &node.data {
            let lists: Option<Vec<_>> = items.iter().map(|item| self.operands(item, path, used)).collect();
            return lists.map(|lists| lists.into_iter().flatten().collect());
        }
        let ty = if path.entry.is_some() { Type::Text } else { path.field.ty() };
        let listed = matches!(ty, Type::List | Type::SomeOf(_) | Type::Map);
        match (used, listed) {
            (Use::Whole, true) => {
                self.fail(
                    node,
                    &format!("`{}` is a list or map; ask with `{{ has = … }}`", path.field.name()),
                );
                return None;
            }
            (Use::Item, false) => {
                self.fail(node, &format!("`{}` is no list or map; ask for its value", path.field.name()));
                return None;
            }
            _ => {}
        }
        match (&node.data, ty) {
            (Data::Text(text), _) if text.starts_with('$') => {
                let name = &text[1..];
                if !self.parameters.iter().any(|(other, _)| other == name) {
                    self.fail(
                        node,
                        &format!("`${name}` is no parameter of this rule; declare it in `params`"),
                    );
                    return None;
                }
                Some(vec![Operand::Parameter(name.to_owned())])
            }
            (Data::Text(text), Type::OneOf(words) | Type::SomeOf(words)) => {
                if !words.contains(&text.as_str()) {
                    let message = unknown(&format!("value of `{}`", path.field.name()), text, words);
                    self.fail(node, &message);
                    return None;
                }
                Some(vec![Operand::Text(text.clone())])
            }
            (Data::Text(text), Type::Text | Type::List | Type::Map) => {
                Some(vec![Operand::Text(text.clone())])
            }
            (Data::Int(number), Type::Int | Type::Text) => Some(vec![Operand::Int(*number)]),
            (Data::Bool(flag), Type::Bool) => Some(vec![Operand::Bool(*flag)]),
            (_, ty) => {
                self.fail(
                    node,
                    &format!("this is {}, and `{}` is {}", node.kind(), path.field.name(), describe(ty)),
                );
                None
            }
        }
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

    fn regex(&mut self, node: &Node) -> Option<regex::Regex> {
        match regex::Regex::new(node.as_text().unwrap_or("(")) {
            Ok(regex) => Some(regex),
            Err(error) => {
                let last = error.to_string();
                self.fail(
                    node,
                    &format!("this is no regular expression: {}", last.lines().last().unwrap_or_default()),
                );
                None
            }
        }
    }

    fn glob(&mut self, node: &Node) -> Option<globset::GlobMatcher> {
        match crate::facts::glob(node.as_text().unwrap_or("[")) {
            Ok(glob) => Some(glob),
            Err(error) => {
                self.fail(node, &format!("this is no glob: {}", error.kind()));
                None
            }
        }
    }

    fn int(&mut self, node: &Node) -> Option<i64> {
        if node.as_int().is_none() {
            self.fail(node, "this is an integer");
        }
        node.as_int()
    }

    fn bool(&mut self, node: &Node) -> Option<bool> {
        if node.as_bool().is_none() {
            self.fail(node, "this is `true` or `false`");
        }
        node.as_bool()
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

#[derive(Clone, Copy, PartialEq, Eq)]
enum Use {
    Whole,
    Item,
}

const OPERATORS: &[&str] = &["not", "has", "within", "matches", "glob", "less", "more", "absent", "same-as"];

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

fn describe(ty: Type) -> String {
    match ty {
        Type::Bool => "a boolean".to_owned(),
        Type::Int => "an integer".to_owned(),
        Type::Text => "a string".to_owned(),
        Type::OneOf(words) => format!("one of {}", words.join(", ")),
        Type::List => "a list".to_owned(),
        Type::SomeOf(words) => format!("a list of {}", words.join(", ")),
        Type::Map => "a map".to_owned(),
    }
}

/// "unknown …", with the word that was probably meant.
fn unknown(what: &str, word: &str, words: &[&str]) -> String {
    let near = words
        .iter()
        .map(|other| (strsim::damerau_levenshtein(word, other), other))
        .filter(|(distance, other)| *distance <= other.len().max(3) / 3)
        .min();
    match near {
        Some((_, other)) => format!("unknown {what} `{word}`; did you mean `{other}`?"),
        None => format!("unknown {what} `{word}`"),
    }
}
