//! The one integration binary.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::disallowed_methods, clippy::print_stdout)]

mod base;
mod cli;
mod fixing;
mod fixtures;
mod graph;
mod history;
mod hostile;
mod house;
mod laws;
mod links;
mod locks;
mod migrations;
mod order;
mod rules;
mod sql;
mod support;
