//! What a change does to running code and to data: one table. Knows the change alone; what its
//! neighbours say (a new table, a rebuild) is `flow`'s.

/// How a change is judged.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Harm {
    /// Loses data, or breaks the code that runs while it is deployed.
    Block,
    /// May do either; somebody has to look.
    Review,
    No,
}

impl Harm {
    pub const fn word(self) -> &'static str {
        match self {
            Self::Block => "block",
            Self::Review => "review",
            Self::No => "no",
        }
    }
}

/// The table.
/// What old code reads or writes is gone under its name: block. What it can still name but not use in
/// the old way, and what changes rows: review. What only adds, relaxes or speeds up: no.
pub fn harm(change: &str) -> Harm {
    match change {
        // The name is gone, or the rows are.
        "drop-table" | "drop-column" | "rename-table" | "rename-column" | "drop-schema" | "drop-database"
        | "truncate" => Harm::Block,
        // The column is still there, but old code may fail to read or to write it.
        "alter-column-type" | "alter-column" | "set-not-null" | "drop-default"
        // Other objects that code or other objects may use by name.
        | "drop-type" | "alter-type" | "rename-enum-value" | "drop-view" | "drop-sequence"
        | "drop-function" | "drop-trigger" | "drop-extension" | "drop-policy" | "drop-other"
        | "alter-schema" | "alter-database" | "alter-partition"
        // Who may do what.
        | "alter-policy" | "revoke"
        // Rows: what was there before cannot be had back from the schema.
        | "update" | "delete" | "merge"
        // What it does stands in text that is not read.
        | "do-block" | "call" | "unknown" => Harm::Review,
        // `drop-constraint`, `drop-index`, `drop-not-null`, `set-default`, `rename-index`, …: code that
        // runs does not name them, or may write more than before.
        _ => Harm::No,
    }
}

/// What a change to a column may do, in a sentence.
pub fn risk(change: &str, method: Option<&str>) -> Option<&'static str> {
    Some(match change {
        "alter-column" if method.is_some_and(|method| method.starts_with("changeColumn")) => {
            "TypeORM drops the column and adds it again, empty, when its type or length differs"
        }
        "alter-column" => "it changes a column that running code uses",
        "alter-column-type" => {
            "a new type may rewrite the whole table under a lock that stops reads and writes, and the code \
             that runs may not expect it"
        }
        "set-not-null" => {
            "it scans the whole table under a lock, fails on the first NULL, and stops code that writes none"
        }
        "drop-not-null" => "code that expects a value may read NULL from now on",
        "set-default" => "rows that the running code inserts get another value from now on",
        "drop-default" => "code that leaves the column out may not be able to insert any more",
        _ => return None,
    })
}

/// Whether the change only adds what old code can ignore. `required` says that an added column must
/// get a value: NOT NULL without a default, so that old code cannot insert rows.
pub fn additive(change: &str, required: bool) -> bool {
    match change {
        "add-column" => !required,
        // A constraint, a policy or a trigger changes what old code may write: not among these.
        "create-table" | "create-index" | "create-type" | "add-enum-value" | "create-view"
        | "create-schema" | "create-database" | "create-sequence" | "create-function"
        | "create-extension" | "comment" | "grant" => true,
        _ => false,
    }
}

/// Whether the change makes room for what new code will keep: a table or a column.
pub fn expands(change: &str) -> bool {
    matches!(change, "create-table" | "add-column")
}

/// Whether the change leaves the schema as it is, or in a way that cannot be taken back.
pub fn only_data(change: &str) -> bool {
    matches!(
        change,
        "insert"
            | "update"
            | "delete"
            | "merge"
            | "truncate"
            | "copy"
            | "select"
            | "add-enum-value"
            | "transaction"
            | "set"
            | "maintenance"
            | "lock-table"
    )
}

/// Whether the change takes a table or a column away, or its name.
pub fn removes(change: &str) -> bool {
    matches!(
        change,
        "drop-table" | "drop-column" | "rename-table" | "rename-column" | "drop-schema" | "drop-database"
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::facts::words::CHANGES;

    #[test]
    fn every_word_of_the_table_is_a_change() {
        let words = include_str!("judge.rs").split("#[cfg(test)]").next().unwrap_or_default();
        // The sentences of `risk` are no words of the vocabulary, and neither is a method's name.
        let is_word = |quoted: &&str| !quoted.contains(' ') && *quoted != "changeColumn";
        let quoted: Vec<&str> = words.split('"').skip(1).step_by(2).filter(is_word).collect();
        assert!(quoted.len() > 40);
        for word in quoted {
            assert!(
                CHANGES.contains(&word) || ["block", "review", "no"].contains(&word),
                "`{word}` is no change"
            );
        }
    }

    #[test]
    fn what_blocks_is_never_additive() {
        for change in CHANGES {
            assert!(harm(change) == Harm::No || !additive(change, false), "{change}");
        }
    }
}
