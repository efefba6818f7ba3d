//! The words of the command line. Knows their grammar, not what they do.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};

/// Static analysis and policy linter for what a team deploys with: migrations, fly.toml, workflows,
/// Dockerfiles and the scripts they call.
#[derive(Debug, Parser)]
#[command(name = "deploylint", version, about, arg_required_else_help = true)]
pub struct Cli {
    #[command(subcommand)]
    pub command: Command,
}

#[derive(Debug, Subcommand)]
pub enum Command {
    /// Check a repository.
    ///
    /// Exit code: 0 nothing at or above the fail level, 1 findings, 2 mistake in the arguments or the
    /// policy, 3 internal error or unreadable input.
    Check(Check),
    /// Print what was understood, with places.
    Facts(FactsArgs),
    /// Draw what calls what: units, the commands in them, what these run and do.
    Graph(GraphArgs),
    /// Print the schema that the migrations make, up to one of them.
    SchemaAt(SchemaAt),
    /// Print a rule's page.
    Explain(Explain),
    /// List the rules.
    Rules(Rules),
    /// Print the JSON Schema of a JSON output.
    Schema(Schema),
}

#[derive(Debug, Args)]
pub struct Check {
    /// Files and folders to look at; the repository around them is read whole, findings elsewhere are
    /// not shown.
    #[arg(value_name = "PATH")]
    pub paths: Vec<PathBuf>,
    #[command(flatten)]
    pub output: Output,
    #[command(flatten)]
    pub input: Input,
    /// Run exactly these rules or families, also those that are off by default.
    #[arg(long, value_name = "RULE", value_delimiter = ',')]
    pub select: Vec<String>,
    /// Do not run these rules or families.
    #[arg(long, value_name = "RULE", value_delimiter = ',')]
    pub ignore: Vec<String>,
    /// Compare with this revision, which is what has been released: migrations that stand there may not
    /// be edited, and new ones come behind them.
    #[arg(long, value_name = "REF")]
    pub base: Option<String>,
    /// Change the files: apply the fixes that keep what a file does, and report what is left.
    #[arg(long)]
    pub fix: bool,
    /// With --fix or --diff: those too that somebody has to look at.
    #[arg(long)]
    pub unsafe_fixes: bool,
    /// Print what --fix would change, and change nothing; 1 where there is something.
    #[arg(long, conflicts_with = "fix")]
    pub diff: bool,
    /// The lowest severity that makes the run fail.
    #[arg(long, value_enum, value_name = "LEVEL", default_value_t = FailOn::Error)]
    pub fail_on: FailOn,
    /// Print findings only: no summary, no notes.
    #[arg(short, long)]
    pub quiet: bool,
}

#[derive(Debug, Args)]
pub struct FactsArgs {
    /// The file or folder whose facts are printed.
    #[arg(value_name = "PATH")]
    pub path: Option<PathBuf>,
    /// Compare with this revision, which is what has been released.
    #[arg(long, value_name = "REF")]
    pub base: Option<String>,
    #[command(flatten)]
    pub output: Output,
    #[command(flatten)]
    pub input: Input,
}

#[derive(Debug, Args)]
pub struct GraphArgs {
    /// The file or folder that the ways shown go through.
    #[arg(value_name = "PATH")]
    pub path: Option<PathBuf>,
    /// The language of the graph.
    #[arg(long, value_enum, default_value_t = GraphFormat::Mermaid)]
    pub format: GraphFormat,
    /// Show only what this unit runs: a path (`scripts/deploy.sh`), a name, or a kind and a name
    /// (`task deploy`).
    #[arg(long, value_name = "UNIT")]
    pub from: Option<String>,
    /// Show only the ways that lead to commands with this effect, such as `deploy`.
    #[arg(long, value_name = "EFFECT")]
    pub to: Option<String>,
    /// Show only what belongs to this environment.
    #[arg(long, value_name = "NAME")]
    pub environment: Option<String>,
    /// Show harmless commands too.
    #[arg(long)]
    pub all: bool,
    #[command(flatten)]
    pub input: Input,
}

#[derive(Debug, Args)]
pub struct SchemaAt {
    /// The last migration that is counted in, by its class, its stamp or its file; all without one.
    #[arg(value_name = "MIGRATION")]
    pub migration: Option<String>,
    /// The file or folder whose migrations are replayed.
    #[arg(value_name = "PATH")]
    pub path: Option<PathBuf>,
    #[command(flatten)]
    pub output: Output,
    #[command(flatten)]
    pub input: Input,
}

#[derive(Debug, Args)]
pub struct Explain {
    /// A rule's name, such as `deploy/builds-remotely`.
    pub rule: String,
    #[command(flatten)]
    pub output: Output,
}

#[derive(Debug, Args)]
pub struct Rules {
    #[command(flatten)]
    pub output: Output,
}

#[derive(Debug, Args)]
pub struct Schema {
    /// The output that the schema describes.
    #[arg(value_enum, default_value_t = Described::Check)]
    pub output: Described,
}

#[derive(Debug, Args)]
pub struct Output {
    /// How results are printed.
    #[arg(long, value_enum, default_value_t = Format::Human)]
    pub format: Format,
    /// Whether the human format is coloured.
    #[arg(long, value_enum, value_name = "WHEN", default_value_t = Color::Auto)]
    pub color: Color,
}

#[derive(Debug, Args)]
pub struct Input {
    /// Use this policy file instead of the root's `deploylint.toml`.
    #[arg(long, value_name = "FILE", conflicts_with = "isolated")]
    pub config: Option<PathBuf>,
    /// Use no policy file.
    #[arg(long)]
    pub isolated: bool,
    /// Number of threads, 256 at most; 0 for one per core.
    #[arg(short = 'j', long = "jobs", value_name = "N", default_value_t = 0)]
    pub jobs: usize,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// For people: the places in every file, and what to do.
    Human,
    /// `path:line:col: error: message [rule]`.
    Concise,
    /// For machines; see `deploylint schema`.
    Json,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum GraphFormat {
    /// A flowchart for Markdown, as GitHub draws it.
    Mermaid,
    /// For Graphviz.
    Dot,
    /// For machines; see `deploylint schema graph`.
    Json,
    /// A picture that stands alone.
    Svg,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Color {
    Auto,
    Always,
    Never,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum FailOn {
    Error,
    Warning,
    Info,
    Never,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Described {
    Check,
    Facts,
    Graph,
    SchemaAt,
    Rules,
    Explain,
}
