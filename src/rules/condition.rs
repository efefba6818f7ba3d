//! Conditions on the fields of a fact. Knows facts, not where conditions are written.

use std::sync::{Arc, OnceLock};

use regex::Regex;

use crate::facts::{Fact, Field, Slot, Value};
use crate::text::Span;

/// A field, or one entry of a map field.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FieldPath {
    pub field: Field,
    pub entry: Option<String>,
}

/// A literal in a condition, or the name of a parameter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Operand {
    Bool(bool),
    Int(i64),
    Text(String),
    Parameter(String),
}

/// What a condition asks of one field.
#[derive(Clone, Debug)]
pub enum Test {
    /// One of these values.
    Is(Vec<Operand>),
    /// A list or map with one of these items.
    Has(Vec<Operand>),
    /// A list whose items are all among these.
    Within(Vec<Operand>),
    Matches(Arc<Pattern>),
    Glob(globset::GlobMatcher),
    Less(i64),
    More(i64),
    Absent(bool),
    SameAs(FieldPath),
    /// A list whose items stand earlier in these than those of the subject's own list.
    Earlier(FieldPath, Vec<Operand>),
    Not(Box<Test>),
    All(Vec<Test>),
}

/// A regular expression that is compiled when it is asked for.
pub struct Pattern {
    text: String,
    regex: OnceLock<Result<Regex, String>>,
}

impl Pattern {
    pub fn new(text: &str) -> Self {
        Self { text: text.to_owned(), regex: OnceLock::new() }
    }

    /// The expression, or what is wrong with it.
    pub fn compile(&self) -> &Result<Regex, String> {
        self.regex.get_or_init(|| {
            Regex::new(&self.text)
                .map_err(|error| error.to_string().lines().last().unwrap_or_default().to_owned())
        })
    }

    fn is_match(&self, text: &str) -> bool {
        self.compile().as_ref().is_ok_and(|regex| regex.is_match(text))
    }
}

impl std::fmt::Debug for Pattern {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Pattern({:?})", self.text)
    }
}

/// Conditions that a fact meets or not.
#[derive(Clone, Debug)]
pub enum Condition {
    Field(FieldPath, Test),
    All(Vec<Condition>),
    Any(Vec<Condition>),
    /// A condition on a parameter that is empty.
    Never,
}

/// A value that a field path finds: a whole field, or a map's entry.
#[derive(Clone, Copy, Debug)]
pub enum Found<'a> {
    Slot(&'a Slot),
    Entry(&'a str, Span),
}

impl FieldPath {
    /// What `fact` has there.
    #[must_use]
    pub fn find<'a>(&self, fact: &'a Fact) -> Option<Found<'a>> {
        match &self.entry {
            None => fact.get(self.field).map(Found::Slot),
            Some(name) => fact.entry(self.field, name).map(|(value, span)| Found::Entry(value, span)),
        }
    }
}

impl Found<'_> {
    #[must_use]
    pub fn span(&self) -> Span {
        match self {
            Self::Slot(slot) => slot.span,
            Self::Entry(_, span) => *span,
        }
    }

    /// The value for people.
    #[must_use]
    pub fn print(&self) -> String {
        match self {
            Self::Entry(value, _) => (*value).to_owned(),
            Self::Slot(slot) => match &slot.value {
                Value::Bool(value) => value.to_string(),
                Value::Int(value) => value.to_string(),
                Value::Text(value) => value.to_string(),
                Value::Word(word) => (*word).to_owned(),
                Value::List(items) => {
                    items.iter().map(|(item, _)| item.as_ref()).collect::<Vec<_>>().join(", ")
                }
                Value::Map(pairs) => pairs
                    .iter()
                    .map(|(name, value, _)| format!("{name}={value}"))
                    .collect::<Vec<_>>()
                    .join(", "),
            },
        }
    }

    /// The items of a list; none where it is another value.
    #[must_use]
    pub fn list(&self) -> Option<Vec<String>> {
        match self {
            Self::Slot(Slot { value: Value::List(items), .. }) => {
                Some(items.iter().map(|(item, _)| item.to_string()).collect())
            }
            _ => None,
        }
    }

    fn is(&self, operand: &Operand) -> bool {
        match (self, operand) {
            (Self::Entry(value, _), Operand::Text(text)) => value == text,
            (Self::Entry(value, _), Operand::Int(number)) => value.parse() == Ok(*number),
            (Self::Entry(value, _), Operand::Bool(flag)) => value.parse() == Ok(*flag),
            (Self::Slot(slot), operand) => match (&slot.value, operand) {
                (value, Operand::Text(text)) => value.as_text() == Some(text),
                (Value::Int(value), Operand::Int(number)) => value == number,
                (Value::Bool(value), Operand::Bool(flag)) => value == flag,
                _ => false,
            },
            _ => false,
        }
    }

    fn items(&self) -> Vec<&str> {
        match self {
            Self::Slot(Slot { value: Value::List(items), .. }) => {
                items.iter().map(|(item, _)| item.as_ref()).collect()
            }
            Self::Slot(Slot { value: Value::Map(pairs), .. }) => {
                pairs.iter().map(|(name, ..)| name.as_ref()).collect()
            }
            _ => Vec::new(),
        }
    }

    fn has_item(&self, text: &str) -> bool {
        match self {
            Self::Slot(Slot { value: Value::List(items), .. }) => {
                items.iter().any(|(item, _)| item.as_ref() == text)
            }
            Self::Slot(Slot { value: Value::Map(pairs), .. }) => {
                pairs.iter().any(|(name, ..)| name.as_ref() == text)
            }
            _ => false,
        }
    }

    fn text(&self) -> Option<&str> {
        match self {
            Self::Slot(slot) => slot.value.as_text(),
            Self::Entry(value, _) => Some(value),
        }
    }

    fn number(&self) -> Option<i64> {
        match self {
            Self::Slot(Slot { value: Value::Int(number), .. }) => Some(*number),
            Self::Slot(_) => None,
            Self::Entry(value, _) => value.parse().ok(),
        }
    }
}

/// Where the items of a list stand among some operands.
fn positions(found: &Found<'_>, operands: &[Operand]) -> impl Iterator<Item = usize> {
    let items = found.items();
    let is = |operand: &Operand| matches!(operand, Operand::Text(text) if items.contains(&text.as_str()));
    let found: Vec<usize> =
        operands.iter().enumerate().filter(|(_, operand)| is(operand)).map(|(at, _)| at).collect();
    found.into_iter()
}

impl Condition {
    /// Whether `fact` meets the condition. `subject` is the fact that `same-as` speaks of; parameters
    /// are bound before (see [`Condition::bind`]).
    #[must_use]
    pub fn holds(&self, fact: &Fact, subject: &Fact) -> bool {
        match self {
            Self::Field(path, test) => test.holds(path.find(fact), subject),
            Self::All(conditions) => conditions.iter().all(|condition| condition.holds(fact, subject)),
            Self::Any(conditions) => conditions.iter().any(|condition| condition.holds(fact, subject)),
            Self::Never => false,
        }
    }

    /// The conditions that are met together: this one, or those that it joins.
    #[must_use]
    pub fn parts(&self) -> Vec<&Self> {
        match self {
            Self::All(conditions) => conditions.iter().flat_map(Self::parts).collect(),
            one => vec![one],
        }
    }

    /// Whether it compares with a field of the subject.
    #[must_use]
    pub fn speaks_of_subject(&self) -> bool {
        match self {
            Self::Field(_, test) => test.speaks_of_subject(),
            Self::All(conditions) | Self::Any(conditions) => conditions.iter().any(Self::speaks_of_subject),
            Self::Never => false,
        }
    }

    /// The condition with each parameter replaced by its values.
    #[must_use]
    pub fn bind(&self, values: &dyn Fn(&str) -> Vec<Operand>) -> Self {
        let all = |conditions: &[Self]| conditions.iter().map(|condition| condition.bind(values)).collect();
        match self {
            Self::Field(path, test) => match test.bind(values) {
                Some(test) => Self::Field(path.clone(), test),
                None => Self::Never,
            },
            Self::Never => Self::Never,
            Self::All(conditions) => Self::All(all(conditions)),
            Self::Any(conditions) => Self::Any(all(conditions)),
        }
    }
}

impl Test {
    fn speaks_of_subject(&self) -> bool {
        match self {
            Self::SameAs(_) | Self::Earlier(..) => true,
            Self::Not(test) => test.speaks_of_subject(),
            Self::All(tests) => tests.iter().any(Self::speaks_of_subject),
            Self::Is(_)
            | Self::Has(_)
            | Self::Within(_)
            | Self::Matches(_)
            | Self::Glob(_)
            | Self::Less(_)
            | Self::More(_)
            | Self::Absent(_) => false,
        }
    }

    fn holds(&self, found: Option<Found<'_>>, subject: &Fact) -> bool {
        match self {
            Self::Not(test) => return !test.holds(found, subject),
            Self::All(tests) => return tests.iter().all(|test| test.holds(found, subject)),
            Self::Absent(absent) => return found.is_none() == *absent,
            _ => {}
        }
        let Some(found) = found else { return false };
        match self {
            Self::Is(operands) => operands.iter().any(|operand| found.is(operand)),
            Self::Has(operands) => {
                operands.iter().any(|operand| matches!(operand, Operand::Text(text) if found.has_item(text)))
            }
            Self::Within(operands) => found.items().iter().all(|item| {
                operands.iter().any(|operand| matches!(operand, Operand::Text(text) if text == item))
            }),
            Self::Matches(regex) => found.text().is_some_and(|text| regex.is_match(text)),
            Self::Glob(glob) => found.text().is_some_and(|text| glob.is_match(text)),
            Self::Less(bound) => found.number().is_some_and(|number| number < *bound),
            Self::More(bound) => found.number().is_some_and(|number| number > *bound),
            Self::SameAs(path) => path.find(subject).is_some_and(|other| match (found, other) {
                (Found::Slot(one), Found::Slot(other)) => one.value == other.value,
                (one, other) => one.print() == other.print(),
            }),
            Self::Earlier(path, operands) => {
                let last = positions(&found, operands).max();
                let first = path.find(subject).and_then(|own| positions(&own, operands).min());
                last.zip(first).is_some_and(|(last, first)| last < first)
            }
            Self::Not(_) | Self::All(_) | Self::Absent(_) => false,
        }
    }

    /// The test with each parameter replaced by its values; `None` where that leaves nothing to
    /// compare with.
    fn bind(&self, values: &dyn Fn(&str) -> Vec<Operand>) -> Option<Self> {
        let replaced = |operands: &[Operand]| {
            let each = |operand: &Operand| match operand {
                Operand::Parameter(name) => values(name),
                other => vec![other.clone()],
            };
            let bound: Vec<Operand> = operands.iter().flat_map(each).collect();
            (!bound.is_empty() || operands.is_empty()).then_some(bound)
        };
        Some(match self {
            Self::Is(operands) => Self::Is(replaced(operands)?),
            Self::Has(operands) => Self::Has(replaced(operands)?),
            Self::Within(operands) => Self::Within(replaced(operands)?),
            Self::Earlier(path, operands) => Self::Earlier(path.clone(), replaced(operands)?),
            Self::Not(test) => Self::Not(Box::new(test.bind(values)?)),
            Self::All(tests) => Self::All(tests.iter().map(|test| test.bind(values)).collect::<Option<_>>()?),
            other => other.clone(),
        })
    }
}
