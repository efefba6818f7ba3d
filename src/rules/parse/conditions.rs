//! The conditions of a rule: `where` and what stands in it.

use std::sync::Arc;

use super::{Reader, Regexes, field_path, unknown};
use crate::facts::{Kind, Type};
use crate::rules::condition::{Condition, FieldPath, Operand, Pattern, Test};
use crate::syntax::toml::{Data, Node, Table};

impl Reader<'_> {
    pub(super) fn filter(&mut self, table: &Table, kind: Kind, subject: Kind) -> Option<Condition> {
        let Some(entry) = table.get("where") else { return Some(Condition::All(Vec::new())) };
        self.condition_table(&entry.node, kind, subject)
    }

    fn condition_table(&mut self, node: &Node, kind: Kind, subject: Kind) -> Option<Condition> {
        let Some(table) = node.as_table() else {
            self.fail(node, "this is a table of fields with conditions");
            return None;
        };
        self.conditions(table, kind, subject)
    }

    pub(super) fn conditions(&mut self, table: &Table, kind: Kind, subject: Kind) -> Option<Condition> {
        let mut all = Vec::new();
        for entry in &table.entries {
            if entry.key == "any" && kind.field("any").is_none() {
                let Data::List(items) = &entry.node.data else {
                    self.fail(&entry.node, "`any` is an array of condition tables");
                    return None;
                };
                let any = items.iter().map(|item| self.condition_table(item, kind, subject));
                all.push(Condition::Any(any.collect::<Option<Vec<_>>>()?));
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
                "earlier" => Test::Earlier(path.clone(), self.operands(value, path, Use::Item)?),
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

    fn regex(&mut self, node: &Node) -> Option<Arc<Pattern>> {
        let pattern = Pattern::new(node.as_text().unwrap_or("("));
        if self.regexes == Regexes::Now
            && let Err(message) = pattern.compile()
        {
            self.fail(node, &format!("this is no regular expression: {message}"));
            return None;
        }
        Some(Arc::new(pattern))
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
}

/// Whether a value is compared with a whole field or with items of a list.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Use {
    Whole,
    Item,
}

/// The words that a condition may hold.
pub const OPERATORS: &[&str] =
    &["not", "has", "within", "matches", "glob", "less", "more", "absent", "same-as", "earlier"];

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
