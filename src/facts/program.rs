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

/// What a team says about its migrations.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct MigrationNotes {
    /// The kind of database that they run on, as a TypeORM data source names it: `postgres`.
    pub database: Option<String>,
    pub wrappers: Vec<WrapperNote>,
}

/// Declares what a function of the team's own does.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct WrapperNote {
    /// Its name as it is called, without `this`: `runQuery`, `schemaBuilder.dropColumns`.
    pub name: String,
    /// The method of TypeORM's query runner that it stands for, `nothing`, or `text`: it gives its
    /// first argument.
    pub does: String,
    /// Which of its arguments that method gets, in order; all of them as they come where this is empty.
    pub arguments: Vec<usize>,
}

impl MigrationNotes {
    /// The wrapper that a call of `path` means: its last names are the wrapper's.
    #[must_use]
    pub fn wrapper(&self, path: &str) -> Option<&WrapperNote> {
        self.wrappers.iter().find(|wrapper| {
            path.strip_suffix(wrapper.name.as_str())
                .is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
        })
    }
}
