//! The one integration binary.

mod house;
mod laws;
mod rules;
mod support;
