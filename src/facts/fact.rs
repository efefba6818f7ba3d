//! One fact: a record of a kind, with a place for itself and for each field.

use std::sync::Arc;

use super::flow::Flow;
use super::words::{Field, Kind, Type, command, schema_change, unresolved};
use crate::finding::Finding;
use crate::text::Span;

/// A name with its value and their place.
pub type Pair = (Arc<str>, Arc<str>, Span);

/// The value of a field. Facts that stand for one command share its lists.
#[derive(Clone, Debug)]
pub enum Value {
    Bool(bool),
    Int(i64),
    Text(Arc<str>),
    /// A text that is one of the program's own words.
    Word(&'static str),
    /// Items, each with its place.
    List(Arc<[(Arc<str>, Span)]>),
    /// Names with values, each pair with its place; an empty value for a name alone.
    Map(Arc<[Pair]>),
}

impl PartialEq for Value {
    fn eq(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Bool(one), Self::Bool(other)) => one == other,
            (Self::Int(one), Self::Int(other)) => one == other,
            (Self::List(one), Self::List(other)) => one == other,
            (Self::Map(one), Self::Map(other)) => one == other,
            _ => self.as_text().is_some_and(|text| other.as_text() == Some(text)),
        }
    }
}

impl Eq for Value {}

impl Value {
    /// The text of a text, or of the one value that prints as one.
    #[must_use]
    pub fn as_text(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text),
            Self::Word(word) => Some(word),
            _ => None,
        }
    }
}

impl From<bool> for Value {
    fn from(value: bool) -> Self {
        Self::Bool(value)
    }
}

impl From<i64> for Value {
    fn from(value: i64) -> Self {
        Self::Int(value)
    }
}

impl From<&str> for Value {
    fn from(value: &str) -> Self {
        Self::Text(value.into())
    }
}

impl From<String> for Value {
    fn from(value: String) -> Self {
        Self::Text(value.into())
    }
}

impl From<Arc<str>> for Value {
    fn from(value: Arc<str>) -> Self {
        Self::Text(value)
    }
}

impl From<Vec<(Arc<str>, Span)>> for Value {
    fn from(value: Vec<(Arc<str>, Span)>) -> Self {
        Self::List(value.into())
    }
}

impl From<Vec<(Arc<str>, Arc<str>, Span)>> for Value {
    fn from(value: Vec<(Arc<str>, Arc<str>, Span)>) -> Self {
        Self::Map(value.into())
    }
}

/// A field's value and where it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Slot {
    pub value: Value,
    pub span: Span,
    /// The field's index among those of its kind.
    field: u8,
}

/// One stop on the way from an entry point to a fact: a place and what happens there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    pub span: Span,
    pub text: Arc<str>,
}

/// How an entry point leads somewhere, stop by stop; what runs there shares it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Route(Option<Arc<[Step]>>);

impl Route {
    /// Puts a stop before the others.
    pub fn begin(&mut self, step: Step) {
        let steps = std::iter::once(step).chain(self.iter().cloned());
        self.0 = Some(steps.collect());
    }

    /// Goes one stop further.
    pub fn push(&mut self, step: Step) {
        let steps = self.iter().cloned().chain(std::iter::once(step));
        self.0 = Some(steps.collect());
    }
}

impl From<&[Step]> for Route {
    fn from(steps: &[Step]) -> Self {
        Self((!steps.is_empty()).then(|| steps.into()))
    }
}

impl std::ops::Deref for Route {
    type Target = [Step];

    fn deref(&self) -> &Self::Target {
        self.0.as_deref().unwrap_or_default()
    }
}

/// Names a fact of one [`Reading`]: its index there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FactRef(pub u32);

/// A typed record with a place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fact {
    pub kind: Kind,
    pub span: Span,
    /// The fact that contains this one, in the same reading.
    pub parent: Option<FactRef>,
    /// How an entry point leads here (`release_command`, then a package script, …); empty for a
    /// fact as written.
    pub route: Route,
    slots: Vec<Slot>,
    /// A bit for each field that is set, by its number modulo 64: most questions are about fields that
    /// are not.
    held: u64,
}

/// The bit of a field in what a fact holds.
fn bit(field: u8) -> u64 {
    1 << (field % 64)
}

impl Fact {
    #[must_use]
    pub fn new(kind: Kind, span: Span) -> Self {
        Self { kind, span, parent: None, route: Route::default(), slots: Vec::new(), held: 0 }
    }

    /// Whether it stands for another fact as an entry point reaches it. What a migration does in a
    /// function has a route too, and is there once.
    #[must_use]
    pub fn is_echo(&self) -> bool {
        !self.route.is_empty() && !matches!(self.kind, schema_change::KIND | unresolved::KIND)
    }

    /// The same fact, contained in `parent`.
    #[must_use]
    pub fn inside(mut self, parent: Option<FactRef>) -> Self {
        self.parent = parent;
        self
    }

    /// Sets `field`, replacing what it held.
    ///
    /// # Panics
    /// In debug builds, when the field is of another kind, or the value of another type than the
    /// vocabulary declares: a mistake of the reader, which its tests show.
    pub fn set(&mut self, field: Field, value: impl Into<Value>, span: Span) -> &mut Self {
        let value = value.into();
        debug_assert_eq!(field.kind(), self.kind, "{} is no field of {}", field.name(), self.kind.name());
        debug_assert!(field.ty().admits(&value), "{}.{} = {value:?}", self.kind.name(), field.name());
        let slot = Slot { value, span, field: field.index() };
        let bit = bit(slot.field);
        if self.held & bit != 0
            && let Some(old) = self.slots.iter_mut().find(|old| old.field == slot.field)
        {
            *old = slot;
            return self;
        }
        self.held |= bit;
        // A repository has many facts; doubling would leave half of their room empty.
        if self.slots.len() == self.slots.capacity() {
            self.slots.reserve_exact(if self.slots.is_empty() { 4 } else { 2 });
        }
        self.slots.push(slot);
        self
    }

    /// The same fact with room for so many fields.
    #[must_use]
    pub fn sized(mut self, fields: usize) -> Self {
        self.slots.reserve_exact(fields);
        self
    }

    /// Gives back the room that building it took, but for what later passes are likely to add.
    pub fn shrink(&mut self) {
        // What later passes add to a command or to a change of the schema.
        let more = match self.kind {
            command::KIND => 1,
            schema_change::KIND => 7,
            _ => 0,
        };
        let room = self.slots.len() + more;
        if self.slots.capacity() > room.max(self.slots.len() + 2) {
            self.slots.shrink_to(room);
        }
    }

    /// [`Fact::set`], where there is a value.
    pub fn set_some(&mut self, field: Field, value: Option<impl Into<Value>>, span: Span) -> &mut Self {
        if let Some(value) = value {
            self.set(field, value, span);
        }
        self
    }

    /// Takes back what was said of `field`.
    pub fn unset(&mut self, field: Field) {
        debug_assert_eq!(field.kind(), self.kind);
        self.slots.retain(|slot| slot.field != field.index());
        self.held = self.slots.iter().fold(0, |held, slot| held | bit(slot.field));
    }

    /// [`Fact::set`] for a builder chain.
    #[must_use]
    pub fn with(mut self, field: Field, value: impl Into<Value>, span: Span) -> Self {
        self.set(field, value, span);
        self
    }

    #[must_use]
    pub fn get(&self, field: Field) -> Option<&Slot> {
        if field.kind() != self.kind {
            return None;
        }
        let index = field.index();
        if self.held & bit(index) == 0 {
            return None;
        }
        self.slots.iter().find(|slot| slot.field == index)
    }

    #[must_use]
    pub fn text(&self, field: Field) -> Option<&str> {
        self.get(field)?.value.as_text()
    }

    #[must_use]
    pub fn bool(&self, field: Field) -> Option<bool> {
        match self.get(field)?.value {
            Value::Bool(value) => Some(value),
            _ => None,
        }
    }

    #[must_use]
    pub fn int(&self, field: Field) -> Option<i64> {
        match self.get(field)?.value {
            Value::Int(value) => Some(value),
            _ => None,
        }
    }

    /// The items of a list field; none where it is not set.
    #[must_use]
    pub fn list(&self, field: Field) -> &[(Arc<str>, Span)] {
        match self.get(field).map(|slot| &slot.value) {
            Some(Value::List(items)) => items,
            _ => &[],
        }
    }

    /// Whether a list field holds `item`.
    #[must_use]
    pub fn has(&self, field: Field, item: &str) -> bool {
        self.list(field).iter().any(|(text, _)| text.as_ref() == item)
    }

    /// The pairs of a map field; none where it is not set.
    #[must_use]
    pub fn map(&self, field: Field) -> &[(Arc<str>, Arc<str>, Span)] {
        match self.get(field).map(|slot| &slot.value) {
            Some(Value::Map(pairs)) => pairs,
            _ => &[],
        }
    }

    /// The value that a map field has under `name`.
    #[must_use]
    pub fn entry(&self, field: Field, name: &str) -> Option<(&str, Span)> {
        self.map(field)
            .iter()
            .find(|(key, _, _)| key.as_ref() == name)
            .map(|(_, value, span)| (value.as_ref(), *span))
    }

    /// The fields that are set, in the vocabulary's order.
    pub fn fields(&self) -> impl Iterator<Item = (Field, &Slot)> {
        let mut slots: Vec<_> = self.slots.iter().collect();
        slots.sort_by_key(|slot| slot.field);
        slots.into_iter().map(|slot| (Field::of(self.kind, slot.field), slot))
    }
}

/// What one reader understood of one file: facts, and what it could not parse.
#[derive(Clone, Debug, Default)]
pub struct Reading {
    pub facts: Vec<Fact>,
    pub findings: Vec<Finding>,
    /// What the commands of a unit do to each other; of several for one unit, each follows where the
    /// one before it succeeded.
    pub flows: Vec<(FactRef, Flow)>,
}

impl Reading {
    /// Adds a fact; the answer names it as a parent of later ones.
    pub fn add(&mut self, fact: Fact) -> FactRef {
        let id = FactRef(u32::try_from(self.facts.len()).unwrap_or(u32::MAX));
        self.facts.push(fact);
        id
    }

    /// The fact that [`Reading::add`] named.
    #[must_use]
    pub fn fact_mut(&mut self, id: FactRef) -> &mut Fact {
        &mut self.facts[id.0 as usize]
    }

    /// Forgets all facts from `count` on, and all findings from `findings` on.
    pub fn truncate(&mut self, count: usize, findings: usize) {
        self.facts.truncate(count);
        self.findings.truncate(findings);
        let last = self.flows.iter().rposition(|(unit, _)| (unit.0 as usize) < count);
        self.flows.truncate(last.map_or(0, |last| last + 1));
    }

    pub fn find(&mut self, finding: Finding) {
        self.findings.push(finding);
    }
}

impl Type {
    /// Whether `value` is of this type.
    #[must_use]
    pub fn admits(self, value: &Value) -> bool {
        match (self, value) {
            (Self::Bool, Value::Bool(_))
            | (Self::Int, Value::Int(_))
            | (Self::Text, Value::Text(_) | Value::Word(_))
            | (Self::List, Value::List(_))
            | (Self::Map, Value::Map(_)) => true,
            (Self::OneOf(words), Value::Text(_) | Value::Word(_)) => {
                value.as_text().is_some_and(|text| words.contains(&text))
            }
            (Self::SomeOf(words), Value::List(items)) => {
                items.iter().all(|(item, _)| words.contains(&item.as_ref()))
            }
            _ => false,
        }
    }
}
