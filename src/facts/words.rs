//! The vocabulary: every kind of fact, its fields, their types and meanings. Readers may say nothing
//! else, and rules may ask for nothing else.

/// The type of a field's value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Type {
    Bool,
    Int,
    Text,
    /// A text that is one of these words.
    OneOf(&'static [&'static str]),
    List,
    /// A list of some of these words.
    SomeOf(&'static [&'static str]),
    /// Names with values.
    Map,
}

/// A kind of fact.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Kind(u8);

/// A field of a kind.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Field(u8, u8);

/// A kind's entry in the vocabulary.
pub struct KindEntry {
    pub name: &'static str,
    pub meaning: &'static str,
    pub fields: &'static [FieldEntry],
}

/// A field's entry in the vocabulary.
pub struct FieldEntry {
    pub name: &'static str,
    pub ty: Type,
    pub meaning: &'static str,
}

impl Kind {
    #[must_use]
    pub fn name(self) -> &'static str {
        self.entry().name
    }

    #[must_use]
    pub fn entry(self) -> &'static KindEntry {
        &VOCABULARY[self.0 as usize]
    }

    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::all().find(|kind| kind.name() == name)
    }

    #[must_use]
    pub fn field(self, name: &str) -> Option<Field> {
        let index = self.entry().fields.iter().position(|field| field.name == name)?;
        Some(Field(self.0, u8::try_from(index).ok()?))
    }

    pub fn all() -> impl Iterator<Item = Self> {
        (0..u8::try_from(VOCABULARY.len()).unwrap_or(u8::MAX)).map(Self)
    }

    /// Its place in the vocabulary, from 0.
    #[must_use]
    pub fn index(self) -> usize {
        self.0 as usize
    }
}

impl std::fmt::Debug for Kind {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name())
    }
}

impl Field {
    pub(super) fn of(kind: Kind, index: u8) -> Self {
        Self(kind.0, index)
    }

    #[must_use]
    pub fn kind(self) -> Kind {
        Kind(self.0)
    }

    #[must_use]
    #[inline]
    pub fn index(self) -> u8 {
        self.1
    }

    #[must_use]
    pub fn name(self) -> &'static str {
        self.entry().name
    }

    #[must_use]
    pub fn ty(self) -> Type {
        self.entry().ty
    }

    fn entry(self) -> &'static FieldEntry {
        &VOCABULARY[self.0 as usize].fields[self.1 as usize]
    }
}

impl std::fmt::Debug for Field {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}.{}", self.kind().name(), self.name())
    }
}

/// Declares the vocabulary: a module for each kind with its `KIND` and a constant for each field.
macro_rules! vocabulary {
    ($( $module:ident $kind:literal $meaning:literal { $( $field:ident $name:literal $ty:expr, $text:literal; )* } )*) => {
        #[allow(non_camel_case_types)]
        #[repr(u8)]
        enum KindIndex { $( $module ),* }

        $(
            #[doc = $meaning]
            pub mod $module {
                #[allow(non_camel_case_types, clippy::upper_case_acronyms)]
                #[repr(u8)]
                enum FieldIndex { $( $field ),* }
                pub const KIND: super::Kind = super::Kind(super::KindIndex::$module as u8);
                $(
                    #[doc = $text]
                    pub const $field: super::Field =
                        super::Field(super::KindIndex::$module as u8, FieldIndex::$field as u8);
                )*
            }
        )*

        /// Every kind, in the order in which `facts` prints them.
        pub static VOCABULARY: &[KindEntry] = &[
            $( KindEntry {
                name: $kind,
                meaning: $meaning,
                fields: &[ $( FieldEntry { name: $name, ty: $ty, meaning: $text } ),* ],
            } ),*
        ];
    };
}

use Type::{Bool, Int, List, Map, OneOf, SomeOf, Text};

/// What a command does to the world.
pub const EFFECTS: &[&str] = &[
    "deploy",
    "publish-site",
    "migrate",
    "revert-migration",
    "repair",
    "seed",
    "backup",
    "restore",
    "build-image",
    "push-image",
    "pull-image",
    "release-image",
    "install",
    "build",
    "test",
    "typecheck",
    "lint",
    "generate",
    "health-check",
    "rollback",
    "set-secret",
    "destroy",
    "scale",
    "restart",
    "open-console",
    "drop-schema",
    "sync-schema",
    "publish",
    "upload",
    "download",
    "notify",
    "serve",
    "wait",
    "inspect",
    "none",
];

/// Where a command lives.
pub const HOSTS: &[&str] = &[
    "workflow-step",
    "action-step",
    "docker-run",
    "docker-start",
    "docker-healthcheck",
    "release-command",
    "fly-process",
    "console-command",
    "kamal-alias",
    "package-script",
    "script",
    "recipe",
    "target",
    "nx-target",
    "procfile",
    "crontab",
    "hook",
    "devcontainer",
    "runbook",
];

/// When a command runs: `manual` is by hand, `hook` in a git or deploy hook, `schedule` by cron,
/// `setup` when a development container is made, `runbook` when someone follows a runbook.
pub const PHASES: &[&str] =
    &["ci", "build", "release", "deploy", "start", "manual", "hook", "schedule", "setup", "runbook"];

/// What reads files.
pub const READERS: &[&str] = &[
    "fly",
    "workflow",
    "action",
    "dockerfile",
    "shell",
    "package",
    "just",
    "make",
    "nx",
    "procfile",
    "crontab",
    "kamal",
    "hooks",
    "devcontainer",
    "runbook",
];

/// What can be wrong with a command's words: `does-nothing` is a command that only prints its help.
pub const FAULTS: &[&str] = &[
    "unknown-command",
    "does-nothing",
    "unknown-flag",
    "flag-value-missing",
    "boolean-flag-with-word",
    "missing-argument",
    "too-many-arguments",
];

/// What runs hooks.
pub const HOOK_RUNNERS: &[&str] =
    &["pre-commit", "lefthook", "husky", "simple-git-hooks", "lint-staged", "devcontainer"];

/// Programs that run named tasks.
pub const RUNNERS: &[&str] = &["just", "make", "nx"];

/// What a schema change does.
pub const CHANGES: &[&str] = &[
    "create-table",
    "drop-table",
    "rename-table",
    "add-column",
    "drop-column",
    "rename-column",
    "alter-column-type",
    "set-default",
    "drop-default",
    "set-not-null",
    "drop-not-null",
    "alter-column",
    "add-constraint",
    "drop-constraint",
    "rename-constraint",
    "validate-constraint",
    "alter-constraint",
    "create-index",
    "drop-index",
    "rename-index",
    "reindex",
    "alter-index",
    "create-type",
    "alter-type",
    "add-enum-value",
    "rename-enum-value",
    "drop-type",
    "create-view",
    "drop-view",
    "alter-view",
    "refresh-view",
    "create-schema",
    "drop-schema",
    "alter-schema",
    "create-database",
    "drop-database",
    "alter-database",
    "create-sequence",
    "alter-sequence",
    "drop-sequence",
    "create-function",
    "drop-function",
    "alter-function",
    "create-trigger",
    "drop-trigger",
    "alter-trigger",
    "create-extension",
    "drop-extension",
    "alter-extension",
    "create-policy",
    "drop-policy",
    "alter-policy",
    "alter-table",
    "alter-partition",
    "create-other",
    "drop-other",
    "alter-other",
    "truncate",
    "insert",
    "update",
    "delete",
    "merge",
    "copy",
    "select",
    "grant",
    "revoke",
    "comment",
    "lock-table",
    "set",
    "transaction",
    "do-block",
    "call",
    "maintenance",
    "other",
    "unknown",
];

/// What runs migrations.
pub const MIGRATION_TOOLS: &[&str] =
    &["typeorm", "flyway", "goose", "dbmate", "sqlx", "prisma", "golang-migrate", "diesel", "pop", "sql"];

/// Databases whose SQL is told apart.
pub const DATABASES: &[&str] = &["postgres", "mysql", "sqlite", "mssql", "cockroach"];

/// Kinds of constraints.
pub const CONSTRAINTS: &[&str] = &["primary-key", "foreign-key", "unique", "check", "exclude", "not-null"];

/// PostgreSQL's table locks, weakest first.
pub const LOCKS: &[&str] = &[
    "ACCESS SHARE",
    "ROW SHARE",
    "ROW EXCLUSIVE",
    "SHARE UPDATE EXCLUSIVE",
    "SHARE",
    "SHARE ROW EXCLUSIVE",
    "EXCLUSIVE",
    "ACCESS EXCLUSIVE",
];

vocabulary! {
    file "file" "A file that was read, but for migrations, which have a fact of their own." {
        PATH "path" Text, "Its path from the root.";
        READER "reader" OneOf(READERS), "What read it.";
        INCLUDES "includes" List, "Of a Makefile: the paths, from the root, of the files that it includes.";
        IMPORTS "imports" List, "Files that it takes in as if they were written in it, from the root.";
        MODULES "modules" Map, "The modules of a justfile, with their files from the root.";
        IMPORTER "importer" Text, "The justfile or module whose recipes it belongs to, where another file takes it in.";
        FALLBACK "fallback" Bool, "Whether just looks further up for a recipe that it lacks.";
    }
    migration "migration" "A migration: a class of TypeORM, or one file or pair of files in plain SQL." {
        NAME "name" Text, "The name that is recorded: TypeORM's is the `name` field, else the class name; in plain SQL it is the file's, or Prisma's folder's.";
        CLASS "class" Text, "The class name.";
        STAMP "stamp" Int, "The last 13 characters of the name as a number: the order in which TypeORM runs it.";
        FILE_STAMP "file-stamp" Int, "The digits that the file's name begins with.";
        STAMPS_DIFFER "stamps-differ" Bool, "Whether both stamps are there and differ.";
        STAMP_CUT "stamp-cut" Bool, "Whether the name ends with a date of 14 digits, of which TypeORM takes the last 13.";
        TRANSACTION "transaction" Bool, "The class's `transaction` field.";
        DESTRUCTIVE "destructive" Text, "What `@destructive:` says.";
        EXPAND "expand" Text, "The migration that `@expand-migration:` names, or `NONE`; of several, the first one at fault.";
        EXPAND_REASON "expand-reason" Text, "The reason in parentheses behind `@expand-migration: NONE`.";
        EXPAND_EXISTS "expand-exists" Bool, "Whether the named expand migration is in the repository.";
        EXPAND_EARLIER "expand-earlier" Bool, "Whether the named expand migration runs before this one.";
        EXPAND_ADDITIVE "expand-additive" Bool, "Whether `up` of the named expand migration adds and takes nothing away.";
        UP "up" OneOf(&["present", "empty", "missing"]), "The state of `up`.";
        DOWN "down" OneOf(&["present", "empty", "explained", "throws", "missing"]), "The state of `down`; `explained` is an empty one with a comment in it.";
        DATA_ONLY "data-only" Bool, "Whether `up` changes nothing that `down` could take back: it reads, writes rows, adds enum values.";
        ADDS "adds" Bool, "Whether `up` adds a column, or a table that is neither temporary nor a copy.";
        REMOVES "removes" Bool, "Whether `up` drops or renames a table or a column, or drops a schema or a database.";
        BLOCKS "blocks" Bool, "Whether `up` holds a change that is destructive: block.";
        DUPLICATE_STAMP "duplicate-stamp" Bool, "Whether another migration of the same folder has the same stamp.";
        TOOL "tool" OneOf(MIGRATION_TOOLS), "What runs it; `sql` for a folder of numbered SQL files that several tools read.";
        VERSION "version" Text, "In a folder of SQL files: what its file's name says of its place in the order.";
        DIALECT "dialect" OneOf(&["postgres", "cockroach", "mysql", "sqlite", "mssql"]), "The database that its file alone is for, as its name says; one without is for those that have no file of their own.";
        DOWNS_ARE_KEPT "downs-are-kept" Bool, "Whether those around it have a way back; false where most have none, since such a team rolls forward, and where it is one of the files that one migration was cut into.";
        UNDONE_BY_DOWN "undone-by-down" Bool, "Whether `down` leaves the schema as it was before `up`; not set where one of them is not wholly understood.";
        NOT_UNDONE "not-undone" Text, "What `down` leaves as `up` made it, in words.";
        SAME_COLUMN_DROPPED_AND_ADDED "same-column-dropped-and-added" Text, "A column that `up` drops and adds again: its data is lost.";
        DECLARES "declares" List, "The changes that its `@destructive:` annotations name; not set where one of them says something else.";
        EXPAND_MORE "expand-more" List, "The further migrations that `@expand-migration:` names.";
        MAY_DECLARE "may-declare" List, "Bare words behind such a change, which may name another one or be prose.";
        DESTRUCTIVE_UNMATCHED "destructive-unmatched" Text, "What `@destructive:` names and `up` does not do.";
        DESTRUCTIVE_UNNAMED "destructive-unnamed" Text, "A change that loses data or breaks running code and that `@destructive:` does not name, where it names changes.";
        EXPAND_RELATED "expand-related" Bool, "Whether the named expand migration touches a table that this one touches, or one that refers to it; not set where that is not known.";
        EXPAND_AT_BASE "expand-at-base" Bool, "Whether the named expand migration stands at the base; set where a base is given.";
        AT_BASE "at-base" Bool, "Whether it stands at the base, so that it has been released; set where a base is given.";
        EDITED "edited" Bool, "Whether what its `up` does is not what it did at the base.";
        OLDER_THAN_BASE "older-than-base" Text, "The newest migration at the base, where this one is not there and is older than that.";
        TRANSACTION_MODE "transaction-mode" OneOf(&["all", "each", "none"]), "The mode in which its migrations run, where a data source or the commands that run them tell.";
        BODY "body" Text, "The opening bracket of its class.";
        LOCKS_WITHOUT_TIMEOUT "locks-without-timeout" Bool, "Whether `up` waits for a lock that stops writes on a table that was there, without `lock_timeout`.";
        LATE_TIMEOUT "late-timeout" Text, "The statement that sets `lock_timeout` behind a lock that `up` has waited for without.";
        WITHOUT_STATEMENT_TIMEOUT "without-statement-timeout" Bool, "Whether `up` reads or writes all rows of a table that was there, without `statement_timeout`.";
        KEYED_TABLES "keyed-tables" Int, "Number of tables, there before, that one transaction of `up` keeps writers off to add foreign keys.";
        IN_TRANSACTION "in-transaction" OneOf(&["yes", "no", "unknown"]), "Whether `up` begins in a transaction.";
        LEAVES_TRANSACTION "leaves-transaction" OneOf(&["alone", "together"]), "Whether `up` could run outside a transaction, in mode `each` with a `transaction` field that is not there yet: it is one statement (alone), or several (together), that build and drop indexes, analyse, comment, or that PostgreSQL refuses to run in one.";
        UP_BODY "up-body" Text, "The bracket that opens `up`, where `up` is asynchronous.";
        RUNNER "runner" Text, "The name of the query runner in `up`.";
        TRANSACTION_FIELD "transaction-field" Text, "The `transaction` field; its place is all of it.";
        HEAD "head" Text, "How a comment begins in its language; its place is where the class begins, or what stands in a file of SQL for the way there.";
        DESTROYS "destroys" List, "The changes of `up` that lose data or break running code, as `@destructive:` names them; not set where one of them is not wholly known.";
        OUTSIDE "outside" Text, "The globs of the data source that runs the migrations of its package, where they do not reach it.";
        LISTED "listed" Bool, "For one outside of what a data source names: whether that names migrations one by one.";
        LOADED_TWICE "loaded-twice" Text, "Another file with the same migration that the same data source loads.";
        RELEASED_BY "released-by" Text, "The release command that runs it, where one of its app does.";
        LOCKED_TABLES "locked-tables" Int, "Number of tables, there before, that one transaction of `up` keeps readers and writers off.";
    }
    migration_removed "migration.removed" "A migration that stands at the base and is not here any more; its place is a migration that stays." {
        NAME "name" Text, "Its name at the base.";
        PATH "path" Text, "Its file at the base.";
    }
    migration_settings "migration.settings" "A data source: how its migrations are run." {
        MODE "mode" OneOf(&["all", "each", "none"]), "`migrationsTransactionMode`; `all`, TypeORM's default, where a data source does not say.";
        WRITTEN "written" Bool, "Whether the mode is written there.";
    }
    schema_change "schema.change" "One change that a migration makes to schema or data: a statement, one action of an ALTER, or a builder call." {
        CHANGE "change" OneOf(CHANGES), "What it does.";
        DIRECTION "direction" OneOf(&["up", "down"]), "Whether `up` or `down` makes it.";
        TABLE "table" Text, "The table, without quotes, with its schema where one is written.";
        COLUMN "column" Text, "The column.";
        OBJECT "object" Text, "The other object that it names: an index, a constraint, a type, a view.";
        NEW_NAME "new-name" Text, "The new name of what is renamed.";
        TYPE "type" Text, "The column's (new) type.";
        TEXT "text" Text, "The change's own words, on one line.";
        STATEMENT "statement" Text, "The beginning of the whole statement, on one line.";
        DESTRUCTIVE "destructive" OneOf(&["block", "review", "no"]), "Whether it loses data or breaks running code (block), may (review), or does neither.";
        ADDITIVE "additive" Bool, "Whether it only adds what old code can ignore.";
        VIA "via" OneOf(&["sql", "builder"]), "Whether it is written in SQL or as a call of the query runner.";
        METHOD "method" Text, "The builder method, such as `dropColumn`.";
        PARSED "parsed" OneOf(&["yes", "refused"]), "Whether the SQL parser could parse the whole statement.";
        IF_NOT_EXISTS "if-not-exists" Bool, "Whether it makes something only where there is none yet.";
        TEMPORARY "temporary" Bool, "Whether what it creates ends with the session.";
        SOURCE "source" Text, "The table that rows are copied from: `INSERT … SELECT … FROM`, `CREATE TABLE … AS SELECT … FROM`.";
        REBUILD "rebuild" Bool, "Whether it is a step of an SQLite table rebuild, which copies the table and drops the old one.";
        NEW_TABLE "new-table" Bool, "Whether its table was certainly created by the same migration.";
        NEW_COLUMN "new-column" Bool, "Whether its column was certainly added by the same migration.";
        RENAMED_BEFORE "renamed-before" Bool, "Whether it drops what the same migration renamed before: the rename is what breaks running code.";
        CONCURRENTLY "concurrently" Bool, "Whether it says CONCURRENTLY.";
        CASCADE "cascade" Bool, "Whether it says CASCADE.";
        NOT_NULL "not-null" Bool, "Whether the added column is NOT NULL.";
        DEFAULT "default" Text, "The added column's default, as written.";
        HOLES "holes" Bool, "Whether a part of it is known at run time only.";
        RISK "risk" Text, "For changes to a column: what it may do to data or to running code, in a sentence.";
        WITH_TYPE_CHANGE "with-type-change" Bool, "Whether it drops or sets a default around a type change of the same column, which needs that.";
        SQL "sql" Text, "Its own words in full, on one line, where `text` shows their beginning only.";
        CONDITIONAL "conditional" Bool, "Whether it stands in a branch of the code that may not run.";
        TABLE_IS_NEW "table-is-new" Bool, "Whether its table was made by the same migration, or by one that does not stand at the base; not set where nobody knows who made it.";
        MADE_BY "made-by" Text, "The migration that made its table.";
        COLUMN_MADE_BY "column-made-by" Text, "The migration that made its column.";
        OBJECT_MADE_BY "object-made-by" Text, "For what is made a second time: the migration that made it first.";
        OBJECT_EXISTS "object-exists" OneOf(&["yes", "no", "unknown"]), "Whether what it makes, takes or changes is there before it, as the history tells; unknown where the history does not begin with it.";
        COVERED_BY_INDEX "covered-by-index" Bool, "For a foreign key: whether an index begins with its columns, here or later; not set where not all of the table is known.";
        TYPE_CHANGE "type-change" OneOf(&["safe", "rewrite", "unknown"]), "For a new type of a column: whether the table need not be written anew for it.";
        OLD_TYPE "old-type" Text, "The column's type before.";
        AT_BASE "at-base" Bool, "Whether its migration stands at the base; set where a base is given.";
        STILL_USED "still-used" Text, "What it takes away and code still names: `order`, `order.legacy_total`.";
        USED_AT_BASE "used-at-base" Text, "A file that names at the base what it takes away, where nothing here does any more.";
        NULL_DEFAULT "null-default" Bool, "Whether it leaves NULL as the column's default: `SET DEFAULT NULL`, or `DROP DEFAULT` beside a `DROP NOT NULL`.";
        CONDITION "condition" Text, "The conditions under which it runs, as they are written; set where there are any.";
        AWAITED "awaited" Bool, "Whether something waits for it: `await`, a returned promise, `Promise.all`.";
        SWALLOWED "swallowed" Bool, "Whether an error of it is caught and passed over.";
        SWALLOWED_FIRST "swallowed-first" Bool, "Whether it is the first change whose errors its handler passes over.";
        SWALLOWED_MORE "swallowed-more" Int, "For the first one: how many more there are, where there are any.";
        UNKNOWN "unknown" Text, "Which parts of its statement are known at run time only, each with the reason.";
        VARIABLE "variable" Text, "The environment variable whose value its SQL holds.";
        SECRET "secret" Text, "The credential that its SQL holds.";
        DATABASE "database" OneOf(DATABASES), "The database that it is written for, as its words, its neighbours and its folder tell; PostgreSQL where nothing does.";
        CONSTRAINT "constraint" OneOf(CONSTRAINTS), "What an added or dropped constraint is, where that is said.";
        NOT_VALID "not-valid" Bool, "Whether an added constraint says NOT VALID: rows that are there are not checked.";
        USING_INDEX "using-index" Bool, "Whether an added constraint takes over an index that is there.";
        REFERENCES "references" Text, "The table that a foreign key points to.";
        UNIQUE "unique" Bool, "Whether it makes an index, a constraint or a column unique.";
        INDEX_METHOD "index-method" Text, "The index's access method, such as `gin`.";
        IF_EXISTS "if-exists" Bool, "Whether it does nothing where its object is not there.";
        FILTERED "filtered" Bool, "For UPDATE and DELETE: whether there is a WHERE or a LIMIT.";
        COLUMNS "columns" List, "The columns of an index or a constraint, those that an INSERT or UPDATE writes, or the values of a new enum.";
        READS "reads" List, "The columns that an UPDATE, a DELETE or an INSERT … SELECT reads, as far as names tell.";
        PLAIN_TYPE "plain-type" Text, "The column's (new) type in PostgreSQL's short spelling: `varchar(50)`, `timestamptz`, `int4`.";
        DEFAULT_KIND "default-kind" OneOf(&["none", "constant", "stable", "volatile", "unknown"]), "Whether the default of an added column is the same for all rows that are there (constant, stable), or made for each of them (volatile).";
        GENERATED "generated" OneOf(&["serial", "identity", "stored", "virtual"]), "How the values of an added column come about by themselves.";
        USING "using" Bool, "Whether a type change says with USING how values are converted.";
        KEYWORD "keyword" Text, "The word behind which CONCURRENTLY would stand.";
        LAST_WORD "last-word" Text, "The last character of an added constraint, behind which NOT VALID would stand.";
        ODD_TYPES "odd-types" Map, "Types of new columns that people warn of, as written: `timestamp`, `timetz`, `whole-seconds`, `varchar`, `char`, `json`, `money`, `float`, `serial`, `int-key`.";
        RECREATES "recreates" OneOf(&["yes", "no", "unknown"]), "For `changeColumn`: whether TypeORM drops the column and adds it again.";
        LOCK "lock" OneOf(LOCKS), "The lock that PostgreSQL takes on its table.";
        LOCKS_TOO "locks-too" Map, "Other tables that PostgreSQL locks for it, each with the lock: those that a foreign key of it points to, partitions and their parents, the table of an index.";
        BLOCKS_TOO "blocks-too" List, "Those of them that were there before and that it keeps writers off.";
        PARTITIONS "partitions" List, "For an index that is built on all partitions of its table: those that migrations made.";
        DEFAULT_PARTITION "default-partition" Text, "For a new partition: the DEFAULT partition, whose rows are all read for it.";
        REFUSED "refused" Text, "Why PostgreSQL refuses it on a partitioned table.";
        RECHECKS "rechecks" Bool, "For a new type of a column: whether a CHECK speaks of it, so that all rows are checked again.";
        SETS_NOT_NULL "sets-not-null" Text, "For a primary key that takes over an index: a column that it makes NOT NULL.";
        INSTEAD "instead" Text, "Another way: for SET NOT NULL from version 18 on, the statement that needs no scan; for what a partitioned table refuses, what it takes.";
        WHILE_LOCKED "while-locked" Text, "For what reads or writes many rows: a table that the same transaction keeps readers and writers off meanwhile.";
        REPLACED_LATER "replaced-later" Text, "For a dropped index: the index that the same migration makes in its place, later.";
        NEEDS_VERSION "needs-version" Int, "The first version of PostgreSQL that has its words, where the policy names an older one.";
        POSTGRES "postgres" Int, "For such a change: the version that the policy names.";
        SETTING "setting" Text, "The setting that a SET is about, where it is a timeout.";
        MILLISECONDS "milliseconds" Int, "What it is set to; 0 is no timeout.";
        REWRITES "rewrites" Bool, "Whether PostgreSQL writes the whole table anew; not set where that depends on what is there.";
        SCANS "scans" Bool, "Whether PostgreSQL reads the whole table while it holds the lock.";
        WRITES_DATA "writes-data" Bool, "Whether it writes or deletes rows.";
        REFUSES_TRANSACTION "refuses-transaction" Bool, "Whether PostgreSQL runs it outside a transaction only.";
        STATEMENTS "statements" Int, "For what refuses its transaction: the number of statements in its string, where it is not alone there.";
        MIXED_WITH "mixed-with" Text, "For what refuses its transaction, in a file for Flyway: a statement beside it that runs in one.";
        IN_TRANSACTION "in-transaction" OneOf(&["yes", "no", "unknown"]), "Whether it runs in a transaction, after the mode, the class's `transaction` field and the statements before it.";
        QUOTES "quotes" Text, "The quotation mark around its words, where they stand in a call of `up` or `down` that runs them and that nothing repeats; empty in a file of SQL.";
        PARTITIONED "partitioned" Bool, "For an index or a constraint: whether a migration makes its table a partitioned one, which takes no CONCURRENTLY and no foreign key NOT VALID.";
        ALONE "alone" Bool, "Whether it is all that its call, or its file of SQL, sends to the database at once.";
        CALL "call" Text, "What that call calls, such as `queryRunner.query`, where it is a statement of code by itself; its place is the whole statement.";
        LOOSE_CALL "loose-call" Text, "What the call calls that runs it and that nothing waits for, where `await` could stand before it.";
        CONCURRENTLY_WORD "concurrently-word" Text, "The word CONCURRENTLY and the blank before it.";
        DROPPED "dropped" Text, "The name of what it drops, before which IF EXISTS could stand.";
        VALIDATION "validation" Text, "For an added constraint that checks rows: the statement that would check them later.";
        OLD_COLUMN "old-column" Map, "For a dropped column that the history made: what it was: `not-null`, `default`, and `holds`, a constraint or an index that goes with it.";
        READDS "readds" Bool, "Whether it adds again the column that the change right before it drops.";
        ANNOTATED "annotated" Bool, "Whether its migration says `@destructive:` with something behind it.";
        UNDER_LOCK "under-lock" Bool, "Whether the same transaction already keeps readers and writers off its table, which was there before.";
        LOCK_TIMEOUT "lock-timeout" Bool, "Whether the same migration has set `lock_timeout` before it.";
        ADDED_AGAIN "added-again" Bool, "Whether the same migration drops this column and adds it again.";
        RETYPED "retyped" Text, "For a column that is dropped and added again: the ALTER TABLE that would keep its rows.";
        BEHIND_TYPEORM "behind-typeorm" Bool, "Whether it begins or ends a transaction by SQL inside the one that TypeORM opened.";
        VALUE_USED "value-used" Bool, "For an added enum value: whether a later statement of the same transaction uses it.";
        ENUM_SWAP "enum-swap" OneOf(&["adds", "removes", "unknown"]), "For a change to an enum of the same name that was renamed before: what that does to its values, as `down` tells.";
        REMOVED_VALUES "removed-values" List, "The enum values that such a change takes away.";
        ADDED_BEFORE "added-before" Bool, "For a constraint that is validated: whether the same transaction added it.";
        FILLS_NEW "fills-new" Bool, "Whether an UPDATE writes only columns that the same migration added.";
        SAME_TABLE "same-table" Bool, "Whether the ALTER TABLE before it, of the same migration, is about the same table and could say both.";
        NEEDED_BY "needed-by" Text, "What still depends on what it takes away or changes, so that PostgreSQL refuses it: a view, a foreign key, a column, a constraint.";
        TAKES_ALONG "takes-along" Text, "For a column that is dropped: the keys and indexes over several columns that go with it.";
        BAD_REFERENCE "bad-reference" Text, "Why PostgreSQL refuses a foreign key that it makes, in words.";
        KEY_TYPES "key-types" Text, "For a foreign key that can be made: its column's type and the other column's, where they differ.";
        MISSING_COLUMN "missing-column" Text, "A column that it names and that its table does not have.";
        NAMED_TWICE "named-twice" Text, "A column that it makes or writes twice.";
        SKIPS "skips" Text, "For IF NOT EXISTS where something of that name is there: what it therefore does not do.";
        CUT_NAME "cut-name" Text, "What PostgreSQL makes of a name of more than 63 bytes that it gives.";
        COLLIDES_WITH "collides-with" Text, "The other name of which PostgreSQL keeps the same 63 bytes.";
        KEYED "keyed" OneOf(&["primary-key", "unique", "none"]), "For a new table of which all is known: what tells its rows apart in the end; `unique` where that is a unique key over columns that are NOT NULL.";
        REDUNDANT_TO "redundant-to" Text, "For an index: another one that begins with its columns.";
        MAKES_REDUNDANT "makes-redundant" Text, "For an index: an older one whose columns it begins with.";
        WIDTH "width" Int, "Number of columns of an index.";
        WITHOUT_POLICY "without-policy" Bool, "For row level security: whether no migration gives the table a policy.";
        REQUIRED "required" Bool, "For a default that is dropped: whether its column must have a value.";
        EXPLICIT_KEY "explicit-key" Text, "For an INSERT: a column whose values a sequence makes, and that it fills itself, where nothing in the migration moves the sequence.";
        SAME_VALUE "same-value" Text, "For a unique index or constraint: its one column, which the same migration adds with one value for all rows.";
        LEFT_OPEN "left-open" Bool, "Whether it begins a transaction that its file never ends.";
    }
    data_source "data-source" "A TypeORM data source with its options; none for a database in a file or in memory." {
        SYNCHRONIZE "synchronize" Bool, "`synchronize`: whether the app changes the schema after its entities when it starts in production, as far as a literal, a condition on `NODE_ENV` or a variable of the deployment tells.";
        MIGRATIONS_RUN "migrations-run" Bool, "`migrationsRun`: whether the app runs its migrations when it starts in production, told in the same way.";
        HARMLESS "harmless" Bool, "Whether its path says that it is for tests or for development.";
        BESIDE_MIGRATIONS "beside-migrations" Bool, "Whether its package has TypeORM migrations.";
        MACHINES "machines" Int, "The most machines that start with it at a time: those that a Fly configuration or Kamal's of the same package keeps running.";
        GLOBS "globs" List, "The globs of its migrations, from the root where it is known what they start from.";
        CLASSES "classes" List, "The migrations that it names one by one.";
        LISTING "listing" Text, "What `migrations` lists, as written on one line.";
        OPEN "open" Bool, "Whether it may have migrations beyond these; not set where it has none.";
        TABLE "table" Text, "`migrationsTableName`, or TypeORM's own.";
        DATABASE "database" Text, "The words that say which database it works on, as far as it says them.";
        DROP_SCHEMA "drop-schema" Bool, "`dropSchema`: whether it drops everything each time the app starts in production, told as `synchronize`.";
        VARIABLE "variable" Text, "The environment variable that decides about `synchronize`.";
        VARIABLE_VALUE "variable-value" Text, "The value of it with which the app synchronizes.";
        RELEASE "release" Text, "The release command of its app, where that migrates.";
        SHARES_TABLE "shares-table" Text, "The file of another data source with other migrations, whose executed migrations are noted in the same table.";
    }
    rollout "rollout" "An app that is deployed and has migrations: what runs them." {
        APP "app" Text, "The app's name, as far as it is known.";
        TOOL "tool" OneOf(MIGRATION_TOOLS), "The tool that its migrations are written for.";
        COUNT "count" Int, "Number of its migrations.";
        NEWEST "newest" Text, "The newest of them.";
        RUN_BY "run-by" OneOf(&["release", "start", "workflow", "hand", "code", "unknown", "nothing"]), "What runs them: the release command, the start of the app or its image, a workflow, somebody with a script, a task, a hook or a runbook, the app's own code; `unknown` where something may that is not read, `nothing` where no file of the repository does.";
        COMMAND "command" Text, "The command that runs them, where one does.";
        REASON "reason" Text, "Why nobody knows.";
    }
    entity "entity" "A TypeORM entity: a class, or a schema, that stands for a table; without `table`, a class whose columns others inherit or embed." {
        CLASS "class" Text, "The class's name; for an `EntitySchema`, that of its variable.";
        TABLE "table" Text, "The table: the name that the decorator says, else TypeORM's default.";
        EXPLICIT "explicit" Bool, "Whether the decorator says the name.";
        SCHEMA "schema" Text, "The database's schema, where the decorator says it.";
        CHILD "child" Bool, "Whether it is a `@ChildEntity`, whose rows are in its parent's table.";
        EXTENDS "extends" Text, "The class that it extends, by the name that it has where it is declared.";
        EXTENDS_FROM "extends-from" Text, "The module that this class is imported from.";
        RELATIONS "relations" Map, "Its relations: the property, and the class that it leads to.";
    }
    entity_column "entity.column" "A property of an entity that stands for a column, or for the columns of a class." {
        NAME "name" Text, "The class and the property: `Product.legacyCode`.";
        PROPERTY "property" Text, "The property; for a relation without a name of its own, the column that TypeORM makes of it.";
        COLUMN "column" Text, "The column, where the decorator says it.";
        IMPLIED "implied" Bool, "Whether it is a relation's key whose name TypeORM makes up, from the property and the other entity's primary key.";
        TAKEN_BY "taken-by" Text, "The migration that took the column, or its table, away.";
        NEVER_ADDED "never-added" Bool, "Whether no migration gives its table the column, where all of the history is understood.";
        EMBEDS "embeds" Text, "The class whose columns it embeds.";
        EMBEDS_FROM "embeds-from" Text, "The module that this class is imported from.";
        PREFIX "prefix" Text, "What the names of these columns begin with, where that is written; empty for nothing.";
    }
    code_use "code.use" "Words in code that still name a table or a column that a migration takes away." {
        NAME "name" Text, "What they name: `order`, `order.legacy_total`.";
        HOW "how" OneOf(&["entity", "sql", "sql-file", "command", "query-builder", "options"]), "Whether they are an entity's, SQL in code, a file of SQL, SQL in a command, a query builder's or the options of a finder.";
        TEXT "text" Text, "The words.";
        TAKEN_BY "taken-by" Text, "The migration that takes it away.";
    }
    migration_entity "migration.entity" "An entity class of the code whose rows a migration reads or writes." {
        NAME "name" Text, "The class's name.";
    }
    migration_export "migration.export" "A function or class that a file of migrations exports and that is no migration." {
        NAME "name" Text, "Its name; `default` where it has none.";
        EXPORTED "exported" OneOf(&["function", "class"]), "What it is.";
        COVERED "covered" Bool, "Whether a data source loads its file; not set where that is not known.";
    }
    unresolved "unresolved" "Something that could not be understood, with the reason." {
        WHAT "what" OneOf(&["sql", "command", "script", "image", "config"]), "What it is.";
        REASON "reason" Text, "Why it could not be understood.";
        TEXT "text" Text, "Its words, on one line.";
        DIRECTION "direction" OneOf(&["up", "down"]), "In a migration: whether `up` or `down` holds it.";
    }
    fly_config "fly.config" "A `fly.toml`." {
        PATH "path" Text, "Its path from the root.";
        APP "app" Text, "The app's name.";
        ENVIRONMENT "environment" Text, "The environment that its name, its app or the policy tells.";
        PROTECTED "protected" Bool, "Whether that environment is protected.";
        PRIMARY_REGION "primary-region" Text, "The primary region.";
        STRATEGY "strategy" Text, "The deployment strategy; `rolling`, flyctl's default, where none is written.";
        BUILD_IMAGE "build-image" Text, "`[build].image`: the image that is deployed without a build.";
        DOCKERFILE "dockerfile" Text, "`[build].dockerfile`, from the root.";
        BUILDER "builder" Text, "`[build].builder`.";
        RELEASE_COMMAND "release-command" Text, "`[deploy].release_command`.";
        SERVICES "services" Int, "Number of services, `http_service` included.";
        TCP_SERVICES "tcp-services" Int, "Number of services that speak TCP: only these can be checked.";
        SERVICE_CHECKS "service-checks" Int, "Number of health checks of services; these gate a deployment.";
        MACHINE_CHECKS "machine-checks" Int, "Number of top-level `[checks]`; these do not steer traffic.";
        CHECKS "checks" Int, "Number of all health checks.";
        MOUNTS "mounts" Int, "Number of volumes mounted.";
        PROCESSES "processes" List, "Names of the process groups.";
        AUTO_STOP "auto-stop" Text, "How machines are stopped when idle: `off`, `stop` or `suspend`.";
        MIN_MACHINES "min-machines" Int, "`min_machines_running` of the first service that has it.";
    }
    fly_service "fly.service" "A service of a `fly.toml`: `[http_service]` or one of `[[services]]`." {
        NAME "name" OneOf(&["http_service", "services"]), "Which of both it is.";
        INTERNAL_PORT "internal-port" Int, "The port inside the machine.";
        PROTOCOL "protocol" Text, "`tcp` or `udp`.";
        PORTS "ports" Int, "Number of external ports.";
        CHECKS "checks" Int, "Number of its health checks.";
        AUTO_STOP "auto-stop" Text, "`off`, `stop` or `suspend`.";
        AUTO_START "auto-start" Bool, "Whether a request starts a stopped machine.";
        MIN_MACHINES "min-machines" Int, "`min_machines_running`.";
        FORCE_HTTPS "force-https" Bool, "`force_https`.";
        PROCESSES "processes" List, "The process groups that it serves.";
    }
    fly_check "fly.check" "A health check of a `fly.toml`." {
        NAME "name" Text, "Its name, where it has one.";
        KIND_OF "kind" OneOf(&["http", "tcp", "machine", "unknown"]), "What it asks.";
        SCOPE "scope" OneOf(&["service", "top-level"]), "Whether it belongs to a service and so gates a deployment.";
        PATH "path" Text, "The path that it requests.";
        PORT "port" Int, "The port that it asks.";
        INTERVAL "interval" Text, "Time between two checks, as written.";
        TIMEOUT "timeout" Text, "Time until a check fails, as written.";
        GRACE_PERIOD "grace-period" Text, "Time after start in which failures do not count, as written.";
    }
    fly_vm "fly.vm" "A machine size of a `fly.toml`." {
        SIZE "size" Text, "The preset.";
        MEMORY "memory" Text, "Memory, as written.";
        CPUS "cpus" Int, "Number of CPUs.";
        CPU_KIND "cpu-kind" Text, "`shared` or `performance`.";
        PROCESSES "processes" List, "The process groups that it is for.";
    }
    fly_mount "fly.mount" "A volume that a `fly.toml` mounts." {
        SOURCE "source" Text, "The volume's name.";
        DESTINATION "destination" Text, "Where it is mounted.";
        PROCESSES "processes" List, "The process groups that it is for.";
    }
    fly_console "fly.console" "The command of `fly console`: `console_command` of a `fly.toml`." {
        TEXT "text" Text, "The command, as written.";
    }
    fly_process "fly.process" "A process group of a `fly.toml`." {
        NAME "name" Text, "Its name.";
        COMMAND "command" Text, "The command that it runs.";
    }
    fly_key "fly.key" "A key of a `fly.toml`." {
        KEY "key" Text, "The key, with the tables that it stands in, such as `http_service.internal_port`.";
        NAME "name" Text, "The key alone.";
        SECTION "section" Text, "The tables that it stands in; empty at the top level.";
        KNOWN "known" Bool, "Whether flyctl reads it.";
        LEGACY "legacy" Bool, "Whether it is an old key that flyctl accepts and ignores.";
        SUGGESTION "suggestion" Text, "The known key that was probably meant.";
        MISPLACED "misplaced" Bool, "Whether it is a top-level key that stands below a table's header and so belongs to the table.";
        BELOW "below" Text, "For a misplaced key: the table that it stands in.";
    }
    release "release" "The release phase of an app: `[deploy].release_command` of a `fly.toml`." {
        TEXT "text" Text, "The command, as written.";
        APP "app" Text, "The app's name.";
        ENVIRONMENT "environment" Text, "The app's environment.";
        PROTECTED "protected" Bool, "Whether that environment is protected.";
        SHELL_SYNTAX "shell-syntax" Text, "The first word that only a shell understands, where no shell reads it.";
        SHELL_PROGRAM "shell-program" Text, "The word that is taken as the program because no shell reads it, such as `NODE_ENV=production` or `cd`.";
        SHELL_SCRIPT "shell-script" Text, "The one word that `sh -c` takes as its script, where the script goes on without quotes.";
        EFFECTS "effects" SomeOf(EFFECTS), "What it does, with all that it reaches.";
    }
    variable "variable" "A variable that is set for commands or a running app." {
        NAME "name" Text, "Its name.";
        VALUE "value" Text, "Its value, as far as it is literal.";
        SCOPE "scope" OneOf(&["fly-env", "fly-build-arg", "workflow-env", "job-env", "step-env", "docker-env", "docker-arg", "command-env", "kamal-env", "kamal-build-arg", "cron-env"]), "Where it is set.";
        SECRET "secret" OneOf(&["value", "name", "no"]), "Whether its value looks like a credential, or its name says so: of a literal value, or of a build argument without one.";
        LITERAL "literal" Bool, "Whether the value is written out, not taken from elsewhere.";
        ENVIRONMENT "environment" Text, "The environment that it is set for.";
        TEMPLATE "template" Text, "In a workflow: its value as written, where an expression is in it.";
    }
    workflow "workflow" "A GitHub Actions workflow." {
        PATH "path" Text, "Its path from the root.";
        NAME "name" Text, "Its name.";
        TRIGGERS "triggers" List, "The events that start it.";
        BRANCHES "branches" List, "Branches whose pushes start it.";
        CONCURRENCY "concurrency" Text, "Its concurrency group.";
        CANCEL_IN_PROGRESS "cancel-in-progress" Text, "`true`, `false` or an expression.";
        PERMISSIONS "permissions" Map, "Permissions of its token; `*` for all scopes at once.";
        DEPLOYS "deploys" Bool, "Whether one of its jobs deploys.";
        REUSABLE "reusable" Bool, "Whether others may call it (`workflow_call`); not set where its triggers could not be read.";
        MANUAL_ONLY "manual-only" Bool, "Whether nothing but a dispatch by hand or a call starts it.";
        AFTER_WORKFLOWS "after-workflows" List, "The workflows after which it runs (`workflow_run`), by name.";
        CHAIN "chain" Int, "How many workflows run one after another before it starts by itself: 0 where an event starts it, 1 after such a one (`workflow_run`). GitHub starts none beyond 3.";
        CHAIN_PATH "chain-path" Text, "The names of these workflows, in their order.";
        ROLLBACK "rollback" Bool, "Whether it is there to go back to an earlier version.";
        ROLLBACK_TARGET "rollback-target" Text, "What tells the version that it goes back to: an input, or a command or action that may find it.";
    }
    job "workflow.job" "A job of a workflow." {
        ID "id" Text, "Its key in `jobs`.";
        NAME "name" Text, "Its name.";
        NEEDS "needs" List, "The jobs that it names in `needs`.";
        ALL_NEEDS "all-needs" List, "The jobs that it needs, directly or through others.";
        NEEDS_EFFECTS "needs-effects" SomeOf(EFFECTS), "What the jobs that it needs do, directly or through others.";
        IF "if" Text, "Its condition.";
        RUNS_AFTER_FAILURE "runs-after-failure" Bool, "Whether its condition lets it run although a needed job failed.";
        GITHUB_ENVIRONMENT "github-environment" Text, "The name in `environment`.";
        ENVIRONMENT "environment" Text, "The environment that it deploys to, as far as its names tell.";
        PROTECTED "protected" Bool, "Whether that environment is protected.";
        CONCURRENCY "concurrency" Text, "Its concurrency group, or its workflow's.";
        CANCEL_IN_PROGRESS "cancel-in-progress" Text, "`true`, `false` or an expression; its own, or its workflow's.";
        PERMISSIONS "permissions" Map, "Permissions of its token; `*` for all scopes at once.";
        CONTINUE_ON_ERROR "continue-on-error" Text, "`true`, `false` or an expression.";
        TIMEOUT_MINUTES "timeout-minutes" Int, "Minutes until it is cancelled.";
        RUNS_ON "runs-on" List, "The runner's labels.";
        USES "uses" Text, "The reusable workflow that it calls.";
        EFFECTS "effects" SomeOf(EFFECTS), "What its commands and actions do, with all that they reach.";
        DEPLOYS "deploys" Bool, "Whether it deploys.";
        REUSABLE "reusable" Bool, "Whether its workflow is called by others (`workflow_call`), so that the caller sets what it lacks.";
        ENVIRONMENTS "environments" List, "The environments that its `environment` may mean: of the values that an input or a matrix may have, and of the calls in the repository.";
        STARTED_BY "started-by" List, "The events that may start it, as far as its workflow and its condition tell; `tag` for pushes of tags alone.";
        CONFIRMED "confirmed" Bool, "Whether it runs only after someone has typed a confirmation into an input.";
        APPROVAL "approval" Text, "The GitHub environment that may hold it back until someone approves: its own, or one of the jobs that it calls or needs.";
    }
    step "workflow.step" "A step of a job, or of a local action." {
        INDEX "index" Int, "Its number in the job, from 1.";
        NAME "name" Text, "Its name.";
        ID "id" Text, "Its id.";
        IF "if" Text, "Its condition.";
        RUNS_AFTER_FAILURE "runs-after-failure" Bool, "Whether its condition lets it run although an earlier step failed.";
        USES "uses" Text, "The action that it uses, as written.";
        ACTION "action" Text, "The action without its version.";
        REF "ref" Text, "The action's version.";
        WITH "with" Map, "The action's inputs.";
        RUN "run" Text, "The script that it runs.";
        SHELL "shell" Text, "The shell of its script.";
        WORKING_DIRECTORY "working-directory" Text, "Where its script runs.";
        CONTINUE_ON_ERROR "continue-on-error" Text, "`true`, `false` or an expression.";
        TIMEOUT_MINUTES "timeout-minutes" Int, "Minutes until it is cancelled.";
        EFFECTS "effects" SomeOf(EFFECTS), "What its action or its commands do, with all that they reach.";
    }
    expression "expression" "A `${{ … }}` of a workflow." {
        TEXT "text" Text, "What stands between the braces.";
        CONTEXTS "contexts" List, "The contexts that it reads, such as `github.event.inputs.app`.";
        KEY "key" Text, "The key whose value holds it.";
    }
    trigger "workflow.trigger" "An event that starts a workflow." {
        EVENT "event" Text, "The event.";
        BRANCHES "branches" List, "Branches that it is limited to.";
        TAGS "tags" List, "Tags that it is limited to.";
        TYPES "types" List, "Types of activity that it is limited to.";
    }
    after "workflow.after" "A workflow that another one runs after (`workflow_run`)." {
        NAME "name" Text, "Its name.";
        RESOLVED "resolved" Bool, "Whether a workflow of the repository has the name; not set where that can't be told.";
        SUGGESTION "suggestion" Text, "The workflow that was probably meant.";
    }
    input "workflow.input" "An input that a workflow or a local action takes." {
        NAME "name" Text, "Its name.";
        OF "of" OneOf(&["dispatch", "call", "action"]), "Who gives it: the one who starts the workflow, or what calls the workflow or the action.";
        PATH "path" Text, "The path of the file that declares it.";
        REQUIRED "required" Bool, "Whether it must be given.";
        TYPE "type" Text, "Its type: `string`, `boolean`, `number`, `choice` or `environment`.";
        DEFAULT "default" Text, "Its default.";
        OPTIONS "options" List, "The values that it lets one choose from.";
        VALUES "values" List, "All values that it may have, where these are known.";
        DESCRIPTION "description" Text, "What it says of itself.";
    }
    matrix "workflow.matrix" "A combination of a job's matrix, as far as it is written out." {
        VALUES "values" Map, "The names behind `matrix.` with their values.";
    }
    secret "workflow.secret" "A secret that a reusable workflow takes, or reads although it does not take it." {
        NAME "name" Text, "Its name.";
        PATH "path" Text, "The path of the file that declares it.";
        REQUIRED "required" Bool, "Whether it must be passed.";
        DECLARED "declared" Bool, "Whether it is declared.";
    }
    action "workflow.action" "A local action: an `action.yml`." {
        PATH "path" Text, "Its path from the root.";
        NAME "name" Text, "Its name.";
        USING "using" Text, "What it runs with, such as `composite`.";
    }
    workflow_call "workflow.call" "A reusable workflow that a job calls, or a local action that a step uses." {
        OF "of" OneOf(&["workflow", "action"]), "Which of both it is.";
        TARGET "target" Text, "Its file or folder from the root; of one in another repository as written.";
        REMOTE "remote" Bool, "Whether it lies in another repository, so that nothing is known of it.";
        RESOLVED "resolved" Bool, "Whether it was found; not set where that can't be told.";
        WITH "with" Map, "The inputs that it is given.";
        INPUTS "inputs" List, "The names of these inputs.";
        SECRETS "secrets" Map, "The secrets that it is passed.";
        INHERITS "inherits" Bool, "Whether it is passed all secrets (`secrets: inherit`).";
    }
    call_fault "workflow.call-fault" "What is wrong with a call of a reusable workflow or a local action." {
        WHAT "what" OneOf(&["not-found", "not-reusable", "input-not-declared", "input-required-missing", "input-type", "secret-not-passed", "secret-not-declared", "secret-not-available"]), "What is wrong.";
        OF "of" OneOf(&["workflow", "action"]), "What is called.";
        TARGET "target" Text, "The path of the file that is called.";
        NAME "name" Text, "The input or the secret; of what was not found, the words that name it.";
        SUGGESTION "suggestion" Text, "What was probably meant.";
        KNOWN "known" Text, "What the called file declares, in a line.";
        TYPE "type" Text, "The type that the input has.";
        VALUE "value" Text, "The value that it is given.";
        REASON "reason" Text, "Why it was not found.";
    }
    unordered "workflow.unordered" "A job that does not wait for a job of the same workflow with another effect." {
        JOB "job" Text, "The job's id.";
        EFFECTS "effects" SomeOf(EFFECTS), "What the job does.";
        OTHER "other" Text, "The id of the job that it does not wait for.";
        OTHER_EFFECT "other-effect" OneOf(EFFECTS), "What that job does; no job that this one waits for does it.";
    }
    stage "image.stage" "A stage of a Dockerfile." {
        INDEX "index" Int, "Its number, from 0.";
        NAME "name" Text, "Its name.";
        BASE "base" Text, "The image or the stage that it starts from, with arguments filled in.";
        FROM_STAGE "from-stage" Bool, "Whether it starts from an earlier stage.";
        FINAL "final" Bool, "Whether it is the last one, which is built by default.";
        USER "user" Text, "The user that it ends with.";
    }
    instruction "image.instruction" "An instruction of a Dockerfile." {
        KEYWORD "keyword" Text, "Its keyword, in capitals.";
        TEXT "text" Text, "What follows the keyword, on one line.";
        FORM "form" OneOf(&["shell", "exec", "other"]), "Whether its command runs in a shell or as an argument vector.";
        FLAGS "flags" Map, "Its flags, such as `--mount`.";
    }
    image_gap "image.gap" "Something that an app's image lacks for the migrations that it runs; its place is the command that needs it." {
        COMMAND "command" Text, "The command.";
        PATH "path" Text, "What is not in the image, from the root.";
        PROGRAM "program" Text, "The package that is a development dependency, where the image has none of these.";
        DOCKERFILE "dockerfile" Text, "The Dockerfile, from the root.";
        PHASE "phase" OneOf(&["release", "start"]), "When the command runs.";
    }
    deployment "deployment" "A deploy in a workflow: a command, or an action that deploys." {
        TEXT "text" Text, "The command or the action.";
        JOB "job" Text, "The id of its job.";
        ENVIRONMENT "environment" Text, "The environment that it deploys to.";
        PROTECTED "protected" Bool, "Whether that environment is protected.";
        IGNORED "ignored" Text, "The words that let the workflow go on when it fails, such as `continue-on-error: true`.";
        AFTER_FAILURE "after-failure" Text, "The condition that lets it run although something before it failed, such as `always()`.";
    }
    image "image.reference" "A reference to a container image." {
        TEXT "text" Text, "The reference, as written.";
        NAME "name" Text, "The image without tag and digest.";
        REGISTRY "registry" Text, "The registry that it is pulled from, as far as it is written out; `docker.io` where none is named.";
        TAG "tag" Text, "The tag.";
        DIGEST "digest" Text, "The digest.";
        ROLE "role" OneOf(&["base", "copy", "deploy", "build-tag", "fly-build", "job-container", "service-container"]), "What it is used for.";
        FLOATING "floating" Bool, "Whether the same words may mean another image tomorrow: no tag, or a tag such as `latest`.";
        DYNAMIC "dynamic" Bool, "Whether a part of it is known at run time only.";
        ENVIRONMENT "environment" Text, "The environment that it is deployed to.";
        PROTECTED "protected" Bool, "Whether that environment is protected.";
    }
    stray "stray" "Words of one environment where something works on another one: a variable of a production command that holds a staging secret, an app with the configuration of another environment." {
        WHAT "what" OneOf(&["variable", "configuration"]), "What holds the words.";
        NAME "name" Text, "The variable, or the flag.";
        TEXT "text" Text, "The words that name the other environment.";
        ENVIRONMENT "environment" Text, "The environment that is worked on.";
        OTHER "other" Text, "The environment that the words name.";
    }
    package "package" "A `package.json`." {
        PATH "path" Text, "Its path from the root.";
        NAME "name" Text, "Its name.";
        MANAGER "manager" Text, "The package manager that it names, such as `pnpm@9.1.0`.";
        WORKSPACES "workspaces" List, "Globs of its workspaces.";
    }
    script "package.script" "A script of a `package.json`." {
        NAME "name" Text, "Its name.";
        TEXT "text" Text, "Its command line.";
        PACKAGE "package" Text, "The name of its package.";
    }
    order "order" "How commands stand to another one in the flow of control, as one entry point leads to it. Made for the scopes `before` and `after`, whose `order` asks for it; there are no facts of this kind." {
        ALWAYS "always" Bool, "Whether one of them runs – to its end – on every path.";
        GATES "gates" Bool, "Whether their failure keeps the other one from running.";
        AWAITED "awaited" Bool, "Whether none of them may still run in the background then.";
        MET "met" Bool, "Whether there is one on some path.";
    }
    task "task" "A task of a task runner: a just recipe, a Makefile target, an nx target." {
        NAME "name" Text, "Its name; of an nx target with its project, such as `shop:deploy`.";
        RUNNER "runner" OneOf(RUNNERS), "What runs it.";
        PARAMETERS "parameters" List, "The names of its parameters, in order.";
        REQUIRED "required" Int, "Number of arguments that it cannot do without.";
        MOST "most" Int, "Number of arguments that it takes at most; not set where it takes any number.";
        DEFAULTS "defaults" Map, "Parameters with their defaults, as far as these are literal.";
        CONFIRM "confirm" Text, "What it asks before it runs; empty for the runner's own question.";
        PRIVATE "private" Bool, "Whether it is hidden from those who run tasks by hand.";
        DEFAULT "default" Bool, "Whether it runs where no task is named.";
        MODULE "module" Text, "The module or the namespace that it stands in.";
        PARALLEL "parallel" Bool, "Whether its commands run at the same time.";
        ALIASES "aliases" List, "Other names that it has.";
        SYSTEMS "systems" List, "The systems that it is for, such as `linux`; all where not set.";
    }
    process "process" "A process of an app: a line of a Procfile, a role or an accessory with its own command in Kamal's configuration." {
        NAME "name" Text, "Its name.";
        TEXT "text" Text, "The command that it runs.";
    }
    schedule "schedule" "An entry of a crontab: in a file, in a here-document for `crontab`, or in a line that is piped to it. Its commands run when cron starts them, not where it is written." {
        SCHEDULE "schedule" Text, "When it runs, as written, such as `0 3 * * *` or `@daily`.";
        USER "user" Text, "The user that it runs as, where the crontab has a column for it.";
        TEXT "text" Text, "The command line.";
    }
    hook "hook" "A command that another event runs: a git hook of pre-commit, lefthook, husky and their kind, or a step in the life of a development container." {
        NAME "name" Text, "Its name: a hook's id, a command's or a job's name, a pattern of staged files.";
        EVENT "event" Text, "What starts it, such as `pre-commit` or `postCreateCommand`; several with commas.";
        RUNNER "runner" OneOf(HOOK_RUNNERS), "What runs it.";
        TEXT "text" Text, "The command line.";
    }
    kamal_config "kamal.config" "A `deploy.yml` of Kamal, or what one of its destinations adds to it. Values that a template makes are left out." {
        PATH "path" Text, "Its path from the root.";
        SERVICE "service" Text, "The service's name.";
        IMAGE "image" Text, "The image, without a tag.";
        DESTINATION "destination" Text, "The destination that the file's name says, such as `staging` in `deploy.staging.yml`.";
        ENVIRONMENT "environment" Text, "The environment that its destination or the policy tells.";
        PROTECTED "protected" Bool, "Whether that environment is protected.";
        SERVERS "servers" List, "The servers' addresses.";
        ROLES "roles" List, "The roles' names; empty for a plain list of servers.";
        SECRETS "secrets" List, "Names of the secrets that the app is given.";
        PROXY "proxy" Text, "`false` where no proxy stands before the app.";
        HEALTH_PATH "health-path" Text, "The path that the proxy asks before it sends traffic, as far as written.";
        APP_PORT "app-port" Int, "The port that the proxy speaks to, as far as written.";
        BUILDER_REMOTE "builder-remote" Text, "The machine that builds the image, where it is another one.";
        BUILDER_ARCH "builder-arch" List, "The architectures that the image is built for.";
        DOCKERFILE "dockerfile" Text, "`builder.dockerfile`, as written.";
        RETAIN "retain" Int, "Number of old containers that are kept for a rollback, as far as written.";
        HOOKS_PATH "hooks-path" Text, "Where its hooks lie, as far as written.";
        REQUIRE_DESTINATION "require-destination" Bool, "Whether every command needs a destination.";
    }
    kamal_alias "kamal.alias" "An alias of Kamal's configuration: `kamal NAME` runs its words as Kamal's own." {
        NAME "name" Text, "Its name.";
        TEXT "text" Text, "Its words, behind `kamal`.";
    }
    task_call "task.call" "A task that a command names: a command may run several." {
        NAME "name" Text, "The task's name, as the command says it.";
        RUNNER "runner" OneOf(RUNNERS), "What runs it.";
        FILE "file" Text, "The file in which it was looked for, from the root.";
        FOUND "found" Bool, "Whether it is there.";
        SIMILAR "similar" Text, "The task of that file whose name is most like it, where it is not there.";
        ARGUMENTS "arguments" List, "The arguments that it gets.";
        MISSING "missing" List, "The parameters that it cannot do without and that get no argument.";
        EXTRA "extra" Text, "The first argument beyond those that it takes.";
        MOST "most" Int, "Number of arguments that it takes at most.";
    }
    function "script.function" "A function of a shell script. Its commands run where it is called." {
        NAME "name" Text, "Its name.";
    }
    fence "fence" "A fenced block of a runbook." {
        LANGUAGE "language" Text, "The first word behind the fence, in lower case.";
        LABELS "labels" List, "The other words behind the fence.";
        HEADING "heading" Text, "The nearest heading above it.";
        SECTION "section" List, "The headings that it stands under, the outermost first.";
        READ_AS "read-as" OneOf(&["commands", "session", "recipes", "dockerfile", "workflow", "action", "fly", "sql", "migration"]), "What its text was read as; not set where it was not read.";
        IGNORED "ignored" Text, "The words that ask not to read it: a label such as `bad` or `historical`, or a comment above it.";
    }
    command "command" "A command, wherever it lives. One that an entry point reaches is there once more for each phase and environment in which it runs." {
        TEXT "text" Text, "The command, on one line.";
        PROGRAM "program" Text, "The program without its directory, wrappers such as `sudo` and `npx` peeled; `flyctl` for `fly`.";
        WORDS "words" List, "The words after the program, quotes removed.";
        VERB "verb" Text, "The subcommand path in its canonical words, such as `machine destroy`.";
        FLAGS "flags" Map, "Flags by their long names without dashes; an empty value for a flag that takes none.";
        ARGS "args" List, "Words that are neither verb, flag nor a flag's value.";
        ENV "env" Map, "Variables that are set for it.";
        DYNAMIC "dynamic" Bool, "Whether the program itself is known at run time only.";
        HOST "host" OneOf(HOSTS), "Where it lives.";
        PHASE "phase" OneOf(PHASES), "When it runs.";
        DIRECTORY "directory" Text, "The directory that it runs in, from the root, as far as known.";
        EFFECTS "effects" SomeOf(EFFECTS), "What it does by itself.";
        REACHES "reaches" SomeOf(EFFECTS), "What it does with all that it runs.";
        KNOWN "known" Bool, "Whether its effects are known, having none included.";
        ENVIRONMENT "environment" Text, "The environment that it works on, as far as its flags and its surroundings tell.";
        PROTECTED "protected" Bool, "Whether that environment is protected.";
        GUARD "guard" List, "The conditions that it runs under.";
        CONFIRMED "confirmed" Bool, "For a command that destroys, opens a console, or sets secrets: whether someone has to say yes before it runs, by a word or an answer.";
        APPROVAL "approval" Text, "For such a command in a job: the GitHub environment that may ask somebody for an approval.";
        CONFIG_APP "config-app" Text, "For a flyctl command that names a configuration of another app than its own: that other app.";
        APP_CONFIG "app-config" Text, "For such a command: the configuration of its own app, from the root, where there is one.";
        RELEASE_MIGRATES "release-migrates" Text, "For a deploy: the release command that it runs, where that migrates.";
        MIGRATES_AGAIN "migrates-again" Text, "For a command that migrates: the release command that migrates once more, because the same run deploys its app.";
        NO_WAY_BACK "no-way-back" Int, "For a command that goes back to earlier code: number of the repository's migrations that earlier code does not survive: destructive, without an expand migration before and without a reason for having none.";
        RETIRED "retired" Text, "What to do instead, where the policy says that nobody is to run it any more.";
        ONLY_IN "only-in" Text, "The files that the policy lets it stand in, where it stands in another one.";
        FAILURE "failure" OneOf(&["stops", "ignored"]), "What its failure does to what follows.";
        FAILURE_CAUSE "failure-cause" Text, "The words that make its failure ignored, such as `|| true`; their place is the field's.";
        BACKGROUND "background" Bool, "Whether it runs in the background.";
        REDIRECTS "redirects" List, "Its redirections.";
        PIPED "piped" OneOf(&["first", "middle", "last"]), "Its place in a pipeline.";
        CALLS "calls" OneOf(&["package-script", "script", "function", "action", "workflow", "task"]), "What kind of thing in the repository it runs.";
        TARGET "target" Text, "The name or path of what it runs.";
        RESOLVED "resolved" Bool, "Whether what it runs was found.";
        BUILDS "builds" OneOf(&["no", "local", "remote"]), "For a deploy: whether and where an image is built first.";
        IMAGE "image" Text, "For a deploy: the image that it names.";
        CONFIG "config" Text, "For a deploy: the configuration file that it uses, from the root.";
        REFUSES "refuses" Text, "For a run of TypeORM's migrations in the mode `all` while another command of the repository says another one: a migration that sets `transaction`, which stops it.";
        OTHER_MODE "other-mode" Text, "The mode that the other command says.";
        LOST "lost" Bool, "For a deploy, a migration, a backup and a restore as they run: whether what runs it may end well although it failed.";
        STEPS "steps" List, "The names that an order of steps may use: its effects, the name or path of what it runs, the app and the configuration that it deploys.";
        LOCKED "locked" OneOf(&["yes", "no", "unknown"]), "For an install of packages: whether the lock file is enforced.";
        RUNS_DOWNLOAD "runs-download" Text, "For a shell: the address that its script is downloaded from in the same command line.";
        ASKS "asks" Text, "What it asks a person at a terminal where no flag and no input answers it, such as `whether to destroy the app`; at the words that make it ask.";
        ASKS_ALWAYS "asks-always" Bool, "Whether it asks each time, rather than when something special is to be done.";
        ASKS_UNLESS "asks-unless" Text, "The words that keep it from asking, such as `--yes`.";
    }
    fault "command.fault" "What a command's own program would reject in its words, or take for something else." {
        WHAT "what" OneOf(FAULTS), "What is wrong.";
        TEXT "text" Text, "The wrong words, as written.";
        PROGRAM "program" Text, "The program.";
        VERB "verb" Text, "The subcommand path; of an unknown command with the unknown word.";
        COMMAND "command" Text, "The program with its subcommand path.";
        GROUP "group" Text, "For an unknown command: the command whose help is printed instead, with success.";
        SUGGESTION "suggestion" Text, "The word that was probably meant.";
        INSTEAD "instead" Text, "How to do what was probably meant, in a sentence.";
        EXPECTED "expected" Text, "What the program has, or what it makes of the words.";
        NEEDS "needs" Text, "For a missing argument: the arguments that it needs, as its help names them.";
        TAKES "takes" Text, "For an argument too many: what it takes at most.";
        CORRECTION "correction" Text, "The right words, where putting them in place of the wrong ones is all.";
    }
    secret_word "command.secret" "A credential that is written out in a command's words." {
        NAME "name" Text, "The flag, the variable or the header that it is the value of.";
        PROGRAM "program" Text, "The program.";
        SECRET "secret" OneOf(&["value", "name"]), "Whether the value gives it away, or only the name that it has.";
        HOST "host" OneOf(HOSTS), "Where the command lives.";
    }
    path_reference "path.reference" "A file of the repository that a command names, by a path that is written out." {
        PATH "path" Text, "Its path from the root.";
        TEXT "text" Text, "The path, as written.";
        ROLE "role" OneOf(&["config", "dockerfile", "compose-file", "sql-file", "data-source", "script", "package-script"]), "What it is to the command; scripts are noted only where they are missing, a package script by its name.";
        PROGRAM "program" Text, "The program.";
        EXISTS "exists" Bool, "Whether it is in the repository, or may be made while things run.";
        CERTAIN "certain" Bool, "Whether the directory that the path starts from is known, and is one of the repository.";
        SUGGESTION "suggestion" Text, "The path from the root of the one file of that name.";
    }
}
