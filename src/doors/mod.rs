//! The only IO: disk and command line.

pub mod cli;
pub mod disk;
