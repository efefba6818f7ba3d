//! The one integration binary.

mod house;
mod rules;
mod support;
