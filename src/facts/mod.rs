//! The table between readers and rules: what is, in records of a declared vocabulary.

mod environment;
mod fact;
pub mod flow;
pub mod order;
mod program;
pub mod schema;
mod store;
pub mod words;

pub use environment::{Environment, Environments, glob};
pub use fact::{Fact, FactRef, Reading, Route, Slot, Step, Value};
pub use flow::Flow;
pub use program::{MigrationNotes, ProgramNote, WrapperNote};
pub use store::{FactId, Facts};
pub use words::{Field, Kind, Type};
