//! Rules: Markdown files with a condition, read into [`Rule`]s, judged over facts. Knows facts and
//! rules, no reader.

mod book;
mod condition;
mod examples;
mod fix;
mod index;
mod judge;
mod parse;
mod rule;
mod template;

pub use book::Rulebook;
pub use examples::{Example, examples};
pub use judge::{Order, judge};
pub use parse::{OPERATORS, WORDS, parse};
pub use rule::{Parameter, Rule};
