//! Loads a repository from disk.
