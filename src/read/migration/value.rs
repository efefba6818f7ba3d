//! What expressions of a migration stand for. A value that is not known says why.

use std::rc::Rc;

use swc_ecma_ast::{Class, Expr, Function as FunctionNode, Pat};

use super::scope::{Body, Role};
use super::text::{Text, Why};
use crate::text::Span;

/// How many values are looked at for what they hold.
const MAX_LOOKS: usize = 20_000;

/// The most values that an expression is followed for at once.
pub const MAX_CHOICES: usize = 32;

/// A value.
#[derive(Clone)]
pub enum Value<'a> {
    Unknown(Rc<Why>),
    Text(Rc<Text>),
    Number(f64, Span),
    Bool(bool, Span),
    /// `null` or `undefined`.
    Nothing,
    List(Rc<List<'a>>),
    Object(Rc<Object<'a>>),
    Function(Rc<Function<'a>>),
    Class(Rc<ClassValue<'a>>),
    /// An object of a class of the repository.
    Instance(usize),
    Role(Role),
    /// A repository or query builder of an entity.
    Of(Rc<(Role, Value<'a>)>),
    /// A query builder that writes: the fact that it noted, by its index.
    Write(usize),
    /// A method of an object, not called yet.
    Method(Rc<(Value<'a>, String)>),
    /// A file of the repository, as an object of what it exports.
    Module(usize),
    /// Something of the language or of a package that is known: `path.join`.
    Native(Rc<str>),
    /// A table, column or view that was looked up by name in the live database.
    Live(Rc<Text>),
    /// The kind of the database: `postgres`.
    Driver,
    /// A regular expression: its words and flags.
    Pattern(Rc<str>, Rc<str>),
    /// One of several, each with the condition that it depends on.
    Either(Rc<Vec<Choice<'a>>>),
    /// What is there once it is awaited, and the work that it waits for.
    Promise(Rc<(Value<'a>, Vec<usize>)>),
}

#[derive(Clone)]
pub struct Choice<'a> {
    pub condition: Option<Rc<str>>,
    pub value: Value<'a>,
}

/// What a list is in the language. The items of a map are lists of a key and a value.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Kind {
    #[default]
    Array,
    Set,
    Map,
    /// The statements of a text that are not told apart: one item stands for all of them.
    Statements,
}

/// An array, a set or a map. An item that is one choice alone is there under its condition only.
#[derive(Clone, Default)]
pub struct List<'a> {
    pub items: Vec<Value<'a>>,
    /// Why there may be more items than these.
    pub more: Option<Rc<Why>>,
    pub kind: Kind,
    /// What tells it from others, wherever it is handed to; 0 where nobody changes it.
    pub id: usize,
}

impl<'a> List<'a> {
    pub fn new(items: Vec<Value<'a>>, more: Option<Rc<Why>>) -> Self {
        Self { items, more, ..Self::default() }
    }

    /// Another list of the same items.
    pub fn copy(&self) -> Self {
        let kind = if self.kind == Kind::Statements { Kind::Statements } else { Kind::Array };
        Self { kind, ..Self::new(self.items.clone(), self.more.clone()) }
    }
}

/// An object literal, or what a class of a package was made with.
#[derive(Clone)]
pub struct Object<'a> {
    pub pairs: Vec<(Rc<str>, Value<'a>)>,
    /// Why there may be more than these.
    pub more: Option<Rc<Why>>,
    pub span: Span,
    /// What tells it from others, wherever it is handed to; 0 where nobody changes it.
    pub id: usize,
}

impl<'a> Object<'a> {
    pub fn get(&self, key: &str) -> Option<&Value<'a>> {
        self.pairs.iter().rev().find(|(name, _)| **name == *key).map(|(_, value)| value)
    }
}

/// A function with what it was made in.
pub struct Function<'a> {
    pub params: Vec<&'a Pat>,
    pub body: Body<'a>,
    pub is_async: bool,
    pub is_generator: bool,
    /// The scope that it was made in.
    pub scope: usize,
    pub module: usize,
    /// Where it begins; with its module this tells it from others.
    pub start: usize,
    pub this: Option<Value<'a>>,
    /// The class that it is a method of.
    pub home: Option<Rc<ClassValue<'a>>>,
}

impl<'a> Function<'a> {
    pub fn params_of(function: &'a FunctionNode) -> Vec<&'a Pat> {
        function.params.iter().map(|param| &param.pat).collect()
    }

    pub fn key(&self) -> (usize, usize) {
        (self.module, self.start)
    }
}

/// A class with what it was made in.
pub struct ClassValue<'a> {
    pub class: &'a Class,
    pub name: &'a str,
    pub scope: usize,
    pub module: usize,
}

/// An argument of a call.
#[derive(Clone)]
pub struct Arg<'a> {
    pub value: Value<'a>,
    pub expr: &'a Expr,
    pub spread: bool,
}

impl<'a> Value<'a> {
    pub fn unknown(reason: impl Into<String>) -> Self {
        Self::Unknown(Rc::new(Why::new(reason)))
    }

    /// A value that the names `path` lead to, of which nothing else is known.
    pub fn named(reason: impl Into<String>, path: impl Into<String>) -> Self {
        let path = Some(path.into());
        Self::Unknown(Rc::new(Why { reason: reason.into(), variable: None, path }))
    }

    pub fn text(text: Text) -> Self {
        Self::Text(Rc::new(text))
    }

    pub fn list(items: Vec<Self>) -> Self {
        Self::List(Rc::new(List::new(items, None)))
    }

    /// A list that may have more items than these.
    pub fn open_list(items: Vec<Self>, more: Rc<Why>) -> Self {
        Self::List(Rc::new(List::new(items, Some(more))))
    }

    /// What is there once it is awaited.
    pub fn settled(self) -> Self {
        match self {
            Self::Promise(promise) => promise.0.clone().settled(),
            other => other,
        }
    }

    /// Whether it counts as true, where that is known.
    pub fn truth(&self) -> Option<bool> {
        match self {
            Self::Unknown(_) | Self::Live(_) | Self::Either(_) => None,
            Self::Text(text) => Some(!text.passage.is_empty()),
            Self::Number(number, _) => Some(*number != 0.0),
            Self::Bool(value, _) => Some(*value),
            Self::Nothing => Some(false),
            Self::Promise(promise) => promise.0.truth(),
            _ => Some(true),
        }
    }

    /// One of both; the same twice is no choice.
    pub fn either(choices: Vec<Choice<'a>>) -> Self {
        let mut flat: Vec<Choice<'a>> = Vec::with_capacity(choices.len());
        for choice in choices {
            match choice.value {
                Self::Either(inner) => {
                    let conditions = |own: &Option<Rc<str>>| match (&choice.condition, own) {
                        (Some(outer), Some(own)) => Some(format!("{outer} and {own}").into()),
                        (outer, own) => outer.clone().or_else(|| own.clone()),
                    };
                    flat.extend(inner.iter().map(|inner| Choice {
                        condition: conditions(&inner.condition),
                        value: inner.value.clone(),
                    }));
                }
                value => flat.push(Choice { condition: choice.condition, value }),
            }
        }
        if flat.len() > MAX_CHOICES {
            return Self::unknown(format!("it may be one of {} values", flat.len()));
        }
        if flat.len() == 1 {
            return flat.swap_remove(0).value;
        }
        Self::Either(Rc::new(flat))
    }

    /// Whether both are certainly, or certainly not, the same.
    pub fn same(&self, other: &Self) -> Option<bool> {
        match (self, other) {
            (Self::Promise(promise), other) | (other, Self::Promise(promise)) => promise.0.same(other),
            (Self::Text(one), Self::Text(other)) => Some(one.known()? == other.known()?),
            (Self::Number(one, _), Self::Number(other, _)) => Some((one - other).abs() < f64::EPSILON),
            (Self::Bool(one, _), Self::Bool(other, _)) => Some(one == other),
            (Self::Nothing, Self::Nothing) => Some(true),
            (Self::Unknown(_) | Self::Live(_) | Self::Either(_) | Self::Driver, _)
            | (_, Self::Unknown(_) | Self::Live(_) | Self::Either(_) | Self::Driver) => None,
            (Self::Instance(one), Self::Instance(other)) => Some(one == other),
            (Self::Text(text), _) | (_, Self::Text(text)) => text.known().map(|_| false),
            (Self::Nothing, _) | (_, Self::Nothing) => Some(false),
            _ => None,
        }
    }

    /// Whether code that gets it could reach the database: an object that does, or a thing that holds
    /// one. Of what holds very much, that is assumed.
    pub fn reaches(&self, depth: u32) -> bool {
        self.reaches_within(depth, &mut MAX_LOOKS.clone())
    }

    fn reaches_within(&self, depth: u32, looks: &mut usize) -> bool {
        let Some(depth) = depth.checked_sub(1) else { return false };
        let Some(left) = looks.checked_sub(1) else { return true };
        *looks = left;
        match self {
            Self::Role(role) => !matches!(role, Role::QueryBuilder | Role::Options),
            Self::Of(of) => of.0 != Role::QueryBuilder,
            Self::Method(method) => method.0.reaches_within(depth, looks),
            Self::List(list) => list.items.iter().any(|item| item.reaches_within(depth, looks)),
            Self::Object(object) => object.pairs.iter().any(|(_, value)| value.reaches_within(depth, looks)),
            Self::Either(choices) => choices.iter().any(|choice| choice.value.reaches_within(depth, looks)),
            Self::Promise(promise) => promise.0.reaches_within(depth, looks),
            _ => false,
        }
    }

    /// What it holds itself.
    fn inner(&self) -> Vec<&Self> {
        match self {
            Self::List(list) => list.items.iter().collect(),
            Self::Object(object) => object.pairs.iter().map(|(_, value)| value).collect(),
            Self::Either(choices) => choices.iter().map(|choice| &choice.value).collect(),
            _ => Vec::new(),
        }
    }

    /// The functions that it holds.
    pub fn functions(&self, depth: u32, found: &mut Vec<Rc<Function<'a>>>) {
        self.look(depth, &mut MAX_LOOKS.clone(), &mut |value| {
            if let Self::Function(function) = value {
                found.push(Rc::clone(function));
            }
        });
    }

    /// The work that it waits for.
    pub fn pending(&self, depth: u32, found: &mut Vec<usize>) {
        self.look(depth, &mut MAX_LOOKS.clone(), &mut |value| {
            let mut value = value;
            while let Self::Promise(promise) = value {
                found.extend(&promise.1);
                value = &promise.0;
            }
        });
    }

    /// Shows the values in it, as deep and as many as are looked at.
    fn look(&self, depth: u32, looks: &mut usize, see: &mut impl FnMut(&Self)) {
        let (Some(depth), Some(left)) = (depth.checked_sub(1), looks.checked_sub(1)) else { return };
        *looks = left;
        see(self);
        let mut value = self;
        while let Self::Promise(promise) = value {
            value = &promise.0;
        }
        for inner in value.inner() {
            inner.look(depth, looks, see);
        }
    }
}
