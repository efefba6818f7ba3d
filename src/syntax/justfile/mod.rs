//! justfiles to items: recipes with their bodies, assignments, settings, imports and modules. Follows
//! just's own grammar, its unstable parts included. Knows what is written, not what it evaluates to.

use std::ops::Range;

use super::Fault;
use crate::text::Passage;

mod body;
mod expression;
mod item;
mod recipe;
mod scan;
mod string;
#[cfg(test)]
mod tests;

pub use body::{Body, Line, Logical, Part};
pub use expression::{Expression, Form};

/// Faults of one file that are told; a file with more of them is no justfile.
const MAX_FAULTS: usize = 50;

/// What a justfile holds, by kind, each in order.
#[derive(Clone, Debug, Default)]
pub struct Justfile {
    pub settings: Vec<Setting>,
    pub assignments: Vec<Assignment>,
    pub aliases: Vec<Alias>,
    pub imports: Vec<Import>,
    pub modules: Vec<Module>,
    pub recipes: Vec<Recipe>,
    pub faults: Vec<Fault>,
}

impl Justfile {
    /// The last setting called `name`: just takes one of each.
    #[must_use]
    pub fn setting(&self, name: &str) -> Option<&Setting> {
        self.settings.iter().rev().find(|setting| setting.name.text() == name)
    }

    /// Whether the setting `name` is on: `set name`, `set name := true`.
    #[must_use]
    pub fn is_set(&self, name: &str) -> bool {
        self.setting(name).is_some_and(|setting| !setting.off)
    }
}

/// `set name := value`.
#[derive(Clone, Debug)]
pub struct Setting {
    pub name: Passage,
    /// Its value, or the words of its list.
    pub values: Vec<Expression>,
    /// Whether the value is `false`.
    pub off: bool,
}

/// `name := expression`.
#[derive(Clone, Debug)]
pub struct Assignment {
    pub name: Passage,
    pub export: bool,
    pub value: Expression,
}

/// `alias name := recipe`.
#[derive(Clone, Debug)]
pub struct Alias {
    pub name: Passage,
    /// The recipe's name, modules before it joined by `::`.
    pub target: Passage,
    pub private: bool,
}

/// `import 'path'`.
#[derive(Clone, Debug)]
pub struct Import {
    pub path: Passage,
    /// Whether the file may be missing: `import?`.
    pub optional: bool,
}

/// `mod name 'path'`.
#[derive(Clone, Debug)]
pub struct Module {
    pub name: Passage,
    pub path: Option<Passage>,
    pub optional: bool,
}

/// A recipe.
#[derive(Clone, Debug)]
pub struct Recipe {
    pub name: Passage,
    /// The comment above it, without `#`.
    pub doc: Option<Passage>,
    pub attributes: Vec<Attribute>,
    /// Whether its lines are not echoed: `@name:`.
    pub quiet: bool,
    pub parameters: Vec<Parameter>,
    /// What runs before its body.
    pub before: Vec<Dependency>,
    /// What runs behind its body: dependencies after `&&`.
    pub after: Vec<Dependency>,
    pub body: Body,
    /// Its head: from its name to the end of that line.
    pub head: Range<usize>,
}

impl Recipe {
    #[must_use]
    pub fn attribute(&self, name: &str) -> Option<&Attribute> {
        self.attributes.iter().find(|attribute| attribute.name.text() == name)
    }
}

/// `[name]`, `[name: 'value']` or `[name('value', key='value')]`.
#[derive(Clone, Debug)]
pub struct Attribute {
    pub name: Passage,
    pub values: Vec<Expression>,
    /// Values with a keyword; one without a value is there too.
    pub keyed: Vec<(Passage, Option<Expression>)>,
}

/// How many arguments a parameter takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Arity {
    One,
    /// `*name`: any number.
    Any,
    /// `+name`: at least one.
    Some,
}

/// A parameter of a recipe.
#[derive(Clone, Debug)]
pub struct Parameter {
    pub name: Passage,
    pub arity: Arity,
    /// Whether it is an environment variable for the body: `$name`.
    pub export: bool,
    pub default: Option<Expression>,
}

/// A recipe that another one needs, with the arguments that it gets.
#[derive(Clone, Debug)]
pub struct Dependency {
    /// The recipe's name, modules before it joined by `::`.
    pub name: Passage,
    pub arguments: Vec<Expression>,
    /// All of it, without parentheses.
    pub range: Range<usize>,
}

/// Parses a file. Total: what cannot be understood is a fault, and the next item is read again.
#[must_use]
pub fn parse(passage: &Passage) -> Justfile {
    item::file(passage)
}
