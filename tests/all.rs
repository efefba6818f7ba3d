//! The one integration binary.

mod laws;
