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
