//! The only IO: disk and command line.
#![allow(clippy::disallowed_methods)]

mod args;
mod catalog;
pub mod cli;
pub mod disk;
mod guard;
pub mod paths;
mod progress;
mod schema_at;
mod terminal;
