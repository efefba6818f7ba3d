//! What a team says about a program of its own.

/// Declares the effects of a command: a program and the words that follow it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ProgramNote {
    /// The program's name or a script's path from the root.
    pub program: String,
    /// The words that must follow, such as `["db:backup"]`; none for every use of the program.
    pub words: Vec<String>,
    /// Words of [`EFFECTS`](super::words::EFFECTS).
    pub effects: Vec<String>,
}
