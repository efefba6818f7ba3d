//! The only IO: disk, git and command line.
#![allow(clippy::disallowed_methods)]

mod args;
mod catalog;
pub mod cli;
pub mod disk;
mod fix;
pub mod git;
mod guard;
pub mod paths;
mod progress;
mod schema_at;
mod terminal;
