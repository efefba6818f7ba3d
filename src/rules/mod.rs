//! Rules: Markdown files with a condition, read into [`Rule`]s, judged over facts. Knows facts and
//! rules, no reader.

mod book;
mod rule;

pub use book::Rulebook;
pub use rule::{Parameter, Rule};
