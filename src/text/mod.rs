//! Places in text, and nothing else: spans, passages that know their way home, line tables, edits.

mod edit;
pub mod layout;
mod lines;
mod passage;
mod span;

pub use edit::{Edit, apply};
pub use lines::{LineTable, Position, cut_line, one_line};
pub use passage::{Derivation, Passage, Weave};
pub use span::{FileId, Span};
