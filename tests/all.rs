//! The one integration binary.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::disallowed_methods)]

mod cli;
mod house;
mod laws;
mod rules;
mod support;
