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
    &["typeorm", "flyway", "goose", "dbmate", "sqlx", "prisma", "golang-migrate", "diesel", "sql"];

vocabulary! {
    file "file" "A file that was read, but for migrations, which have a fact of their own." {
        PATH "path" Text, "Its path from the root.";
        READER "reader" OneOf(READERS), "What read it.";
    }
    migration "migration" "A migration: a class of TypeORM, or one file or pair of files in plain SQL." {
        NAME "name" Text, "The name that is recorded: TypeORM's is the `name` field, else the class name; in plain SQL it is the file's, or Prisma's folder's.";
        CLASS "class" Text, "The class name.";
        STAMP "stamp" Int, "The last 13 characters of the name as a number: the order in which TypeORM runs it.";
        FILE_STAMP "file-stamp" Int, "The digits that the file's name begins with.";
        STAMPS_DIFFER "stamps-differ" Bool, "Whether both stamps are there and differ.";
        TRANSACTION "transaction" Bool, "The class's `transaction` field.";
        DESTRUCTIVE "destructive" Text, "What `@destructive:` says.";
        EXPAND "expand" Text, "The migration that `@expand-migration:` names, or `NONE`.";
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
        UNDONE_BY_DOWN "undone-by-down" Bool, "Whether `down` leaves the schema as it was before `up`; not set where one of them is not wholly understood.";
        NOT_UNDONE "not-undone" Text, "What `down` leaves as `up` made it, in words.";
        SAME_COLUMN_DROPPED_AND_ADDED "same-column-dropped-and-added" Text, "A column that `up` drops and adds again: its data is lost.";
        DECLARES "declares" List, "The changes that its `@destructive:` annotations name; not set where one of them says something else.";
        DESTRUCTIVE_UNMATCHED "destructive-unmatched" Text, "What `@destructive:` names and `up` does not do.";
        DESTRUCTIVE_UNNAMED "destructive-unnamed" Text, "A change that loses data or breaks running code and that `@destructive:` does not name, where it names changes.";
        EXPAND_RELATED "expand-related" Bool, "Whether the named expand migration touches a table that this one touches, or one that refers to it; not set where that is not known.";
        EXPAND_AT_BASE "expand-at-base" Bool, "Whether the named expand migration stands at the base; set where a base is given.";
        AT_BASE "at-base" Bool, "Whether it stands at the base, so that it has been released; set where a base is given.";
        EDITED "edited" Bool, "Whether what its `up` does is not what it did at the base.";
        OLDER_THAN_BASE "older-than-base" Text, "The newest migration at the base, where this one is not there and is older than that.";
    }
    migration_removed "migration.removed" "A migration that stands at the base and is not here any more; its place is a migration that stays." {
        NAME "name" Text, "Its name at the base.";
        PATH "path" Text, "Its file at the base.";
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
        STILL_USED "still-used" Text, "The property, or the class, of an entity that still names what it takes away.";
        NULL_DEFAULT "null-default" Bool, "Whether it leaves NULL as the column's default: `SET DEFAULT NULL`, or `DROP DEFAULT` beside a `DROP NOT NULL`.";
    }
    entity "entity" "A TypeORM entity: a class that stands for a table." {
        CLASS "class" Text, "The class's name.";
        TABLE "table" Text, "The table: the name that the decorator says, else TypeORM's default.";
        EXPLICIT "explicit" Bool, "Whether the decorator says the name.";
    }
    entity_column "entity.column" "A property of an entity that stands for a column." {
        NAME "name" Text, "The class and the property: `Product.legacyCode`.";
        PROPERTY "property" Text, "The property; for a relation without a name of its own, the column that TypeORM makes of it.";
        COLUMN "column" Text, "The column, where the decorator says it.";
        TAKEN_BY "taken-by" Text, "The migration that took the column, or its table, away.";
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
        TAG "tag" Text, "The tag.";
        DIGEST "digest" Text, "The digest.";
        ROLE "role" OneOf(&["base", "copy", "deploy", "build-tag", "fly-build", "job-container", "service-container"]), "What it is used for.";
        FLOATING "floating" Bool, "Whether the same words may mean another image tomorrow: no tag, or a tag such as `latest`.";
        DYNAMIC "dynamic" Bool, "Whether a part of it is known at run time only.";
        ENVIRONMENT "environment" Text, "The environment that it is deployed to.";
        PROTECTED "protected" Bool, "Whether that environment is protected.";
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
        LOCKED "locked" OneOf(&["yes", "no", "unknown"]), "For an install of packages: whether the lock file is enforced.";
    }
}
