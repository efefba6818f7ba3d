//! What a team says about a command: what it does, that it is retired, where it may stand.

use globset::GlobMatcher;

/// A program and the words that follow it, with what the team says about that command.
#[derive(Clone, Debug, Default)]
pub struct ProgramNote {
    /// The program's name or a script's path from the root.
    pub program: String,
    /// The words that must follow, such as `["db:backup"]`; none for every use of the program.
    pub words: Vec<String>,
    /// Words of [`EFFECTS`](super::words::EFFECTS); none where the team does not say what it does.
    pub effects: Vec<String>,
    /// What to do instead, where nobody is to run it any more.
    pub retired: Option<String>,
    /// The paths of the only files that may run it (globs); none for all files.
    pub only_in: Vec<GlobMatcher>,
}

impl ProgramNote {
    /// The paths of [`ProgramNote::only_in`], for people.
    #[must_use]
    pub fn only_in_text(&self) -> String {
        let all: Vec<&str> = self.only_in.iter().map(|glob| glob.glob().glob()).collect();
        // Beside the glob of what may be a folder stands that of all in it.
        let written =
            all.iter().filter(|glob| !glob.strip_suffix("/**").is_some_and(|folder| all.contains(&folder)));
        written.copied().collect::<Vec<_>>().join(", ")
    }
}
