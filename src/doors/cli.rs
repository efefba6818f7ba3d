//! The command line: arguments in, a report and an exit code out.

use std::fmt::Write;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Instant;

use clap::Parser;

use super::args::{
    Check, Cli, Color, Command, Described, Explain, FactsArgs, Format, GraphArgs, GraphFormat, Input, Rules,
    Schema, SchemaAt,
};
use super::disk::{self, Loaded, Unreadable};
use super::paths::Target;
use super::progress::Progress;
use super::{catalog, fix, git, guard, schema_at as schemas, terminal};
use crate::check as engine;
use crate::finding::Finding;
use crate::mend::{Daring, mend};
use crate::policy::Policy;
use crate::repo::{MAX_FILE_BYTES, Repo};
use crate::report::document::{self, Document, Problem, ProblemKind};
use crate::report::explain::RuleDocument;
use crate::report::facts::FactsDocument;
use crate::report::graph::{self, Graph, GraphDocument};
use crate::report::rules::{RuleInfo, RulesDocument};
use crate::report::schema::SchemaDocument;
use crate::report::{self, Report, Style};
use crate::rules::Rulebook;

/// The policy's name at the root.
pub const POLICY_FILE: &str = "deploylint.toml";

/// Most threads of a run: each has a large stack, and more of them only wait for each other.
const MAX_JOBS: usize = 256;

/// How a run ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Exit {
    Clean = 0,
    Findings = 1,
    /// A mistake in the arguments or the policy.
    Usage = 2,
    /// An internal error, or input that could not be read.
    Internal = 3,
}

/// Why a run ended before it had a result.
enum Stop {
    /// A mistake that a sentence says.
    Usage(String),
    /// Mistakes in the policy file, with their places.
    Policy(Box<Repo>, Vec<Finding>),
}

/// Runs the program with the process's arguments.
#[must_use]
pub fn main() -> ExitCode {
    let start = Instant::now();
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => {
            // Help and version are no errors; clap knows which it is and where it goes.
            let _ = error.print();
            return ExitCode::from(u8::try_from(error.exit_code()).unwrap_or(Exit::Usage as u8));
        }
    };
    let threads = match &cli.command {
        Command::Check(check) => check.input.jobs,
        Command::Facts(facts) => facts.input.jobs,
        Command::Graph(graph) => graph.input.jobs,
        Command::SchemaAt(schema) => schema.input.jobs,
        Command::Explain(_) | Command::Rules(_) | Command::Schema(_) => 1,
    };
    let outcome = guard::run(threads.min(MAX_JOBS), || run(&cli.command, start));
    if !outcome.panics.is_empty() {
        terminal::note(&format!(
            "deploylint {} failed: {}\nThis is a bug in deploylint, not in your files. Please report it with the lines above.",
            env!("CARGO_PKG_VERSION"),
            outcome.panics.join("\n")
        ));
    }
    ExitCode::from(outcome.value.unwrap_or(Exit::Internal) as u8)
}

fn run(command: &Command, start: Instant) -> Exit {
    let (format, color) = match command {
        Command::Check(Check { output, .. })
        | Command::Facts(FactsArgs { output, .. })
        | Command::SchemaAt(SchemaAt { output, .. })
        | Command::Explain(Explain { output, .. })
        | Command::Rules(Rules { output, .. }) => (output.format, output.color),
        Command::Graph(GraphArgs { format: GraphFormat::Json, .. }) | Command::Schema(_) => {
            (Format::Json, Color::Never)
        }
        Command::Graph(_) => (Format::Human, Color::Auto),
    };
    let style = terminal::style(color);
    let result = match command {
        Command::Check(args) => check(args, &style, start),
        Command::Facts(args) => facts(args),
        Command::Graph(args) => graph(args),
        Command::SchemaAt(args) => schema_at(args),
        Command::Explain(args) => explain(args, &style),
        Command::Rules(args) => Ok((rules(args), Exit::Clean)),
        Command::Schema(args) => Ok((schema(args), Exit::Clean)),
    };
    let (text, exit) = match result {
        Ok(done) => done,
        Err(Stop::Usage(message)) => {
            terminal::note(&format!("error: {message}"));
            return Exit::Usage;
        }
        Err(Stop::Policy(papers, mistakes)) => {
            (policy_mistakes(&papers, mistakes, format, &style), Exit::Usage)
        }
    };
    match terminal::print(&text) {
        Ok(()) => exit,
        Err(error) => {
            terminal::note(&format!("error: cannot write the report: {error}"));
            Exit::Internal
        }
    }
}

fn check(args: &Check, style: &Style, start: Instant) -> Result<(String, Exit), Stop> {
    let progress = Progress::start(terminal::stderr_is_terminal());
    let rulebook = Rulebook::builtin();
    let target = Target::of(&args.paths).map_err(Stop::Usage)?;
    let mut policy = policy(&args.input, &target.root, &rulebook)?;
    catalog::choose(&mut policy, &rulebook, &args.select, &args.ignore).map_err(Stop::Usage)?;
    progress.phase("reading files");
    let Loaded { repo, unreadable } = load(&target, &policy);
    let repo = with_base(repo, args.base.as_deref(), &target, &policy)?;
    let focus = target.focus();
    if args.unsafe_fixes && !(args.fix || args.diff) {
        return Err(Stop::Usage("`--unsafe-fixes` says which fixes `--fix` or `--diff` takes".to_owned()));
    }
    let daring = if args.unsafe_fixes { Daring::All } else { Daring::Safe };
    let wanted = |finding: &Finding, repo: &Repo| fix::is_wanted(finding, repo, &focus);
    let mut unreadable = unreadable;
    let mut repo = repo;
    if args.fix || args.diff {
        progress.phase("fixing");
        let mended = mend(repo.clone(), &rulebook, &policy, daring, &wanted);
        if args.diff {
            let text = fix::diff(&repo, &mended);
            let exit = if text.is_empty() { Exit::Clean } else { Exit::Findings };
            drop(progress);
            say_unreadable(&unreadable);
            return Ok((text, if unreadable.is_empty() { exit } else { Exit::Internal }));
        }
        let (after, failed) = fix::write(&target.root, repo, &mended);
        if !args.quiet {
            terminal::note(&fix::sum(&mended, failed.len()));
        }
        unreadable.extend(failed);
        repo = after;
    }
    progress.phase("checking");
    let whole = engine::check(&repo, &rulebook, &policy);
    let shown = whole.only(|finding| focus.has(finding, &repo));
    progress.phase("writing the report");
    let hidden = whole.findings.len() + whole.problems.len() - shown.findings.len() - shown.problems.len();
    let text = match args.output.format {
        Format::Json => {
            let mut document = Document::new(&whole, &repo, |finding| focus.has(finding, &repo));
            document.base.clone_from(&args.base);
            for Unreadable { path, message } in &unreadable {
                document.add_problem(Problem::unreadable(path, message));
            }
            document.print()
        }
        Format::Concise => report::concise(&shown, &repo),
        Format::Human => {
            let mut text = report::findings(&shown, &repo, style);
            if !args.quiet {
                let gap = if text.is_empty() { "" } else { "\n" };
                let _ = writeln!(text, "{gap}{}", report::summary(&shown, Some(start.elapsed())));
                if let Some(line) = fix::offer(&shown) {
                    let _ = writeln!(text, "{line}");
                }
            }
            text
        }
    };
    drop(progress);
    if args.output.format != Format::Json {
        say_unreadable(&unreadable);
    }
    if hidden > 0 && !args.quiet {
        let (are, s) = if hidden == 1 { ("is", "") } else { ("are", "s") };
        terminal::note(&format!("{hidden} finding{s} outside the given paths {are} not shown"));
    }
    if !args.quiet {
        say_unread(&target, &repo, &policy);
    }
    let exit = match shown.worst() {
        _ if !unreadable.is_empty() || is_faulty(&whole) => Exit::Internal,
        Some(severity) if catalog::fails(severity, args.fail_on) => Exit::Findings,
        _ => Exit::Clean,
    };
    Ok((text, exit))
}

fn facts(args: &FactsArgs) -> Result<(String, Exit), Stop> {
    let progress = Progress::start(terminal::stderr_is_terminal());
    let rulebook = Rulebook::builtin();
    let paths: Vec<PathBuf> = args.path.iter().cloned().collect();
    let target = Target::of(&paths).map_err(Stop::Usage)?;
    let policy = policy(&args.input, &target.root, &rulebook)?;
    progress.phase("reading files");
    let Loaded { repo, unreadable } = load(&target, &policy);
    let repo = with_base(repo, args.base.as_deref(), &target, &policy)?;
    progress.phase("understanding");
    let (facts, problems) = engine::understand(&repo, &policy);
    let focus = target.focus();
    let shown = |path: &str| focus.has_path(path);
    let text = match args.output.format {
        Format::Human => report::facts::human(&facts, &repo, shown),
        Format::Concise => report::facts::concise(&facts, &repo, shown),
        Format::Json => {
            let mut document = report::facts::document(&facts, &problems, &repo, shown);
            let unreadable = unreadable.iter().map(|file| Problem::unreadable(&file.path, &file.message));
            document.problems.extend(unreadable);
            document::print(&document)
        }
    };
    drop(progress);
    if args.output.format != Format::Json {
        let report = Report { problems, ..Report::default() }.only(|finding| focus.has(finding, &repo));
        let lines = report::concise(&report, &repo);
        if !lines.is_empty() {
            terminal::note(lines.trim_end());
        }
        say_unreadable(&unreadable);
    }
    Ok((text, if unreadable.is_empty() { Exit::Clean } else { Exit::Internal }))
}

fn graph(args: &GraphArgs) -> Result<(String, Exit), Stop> {
    let progress = Progress::start(terminal::stderr_is_terminal());
    let rulebook = Rulebook::builtin();
    let paths: Vec<PathBuf> = args.path.iter().cloned().collect();
    let target = Target::of(&paths).map_err(Stop::Usage)?;
    let policy = policy(&args.input, &target.root, &rulebook)?;
    progress.phase("reading files");
    let Loaded { repo, unreadable } = load(&target, &policy);
    progress.phase("understanding");
    let (facts, problems) = engine::understand(&repo, &policy);
    let focus = target.focus();
    let query = graph::Query {
        from: args.from.as_deref(),
        to: args.to.as_deref(),
        environment: args.environment.as_deref(),
    };
    let whole = Graph::new(&facts, &repo, args.all);
    let part = whole.narrow(&query, |path| focus.has_path(path)).map_err(Stop::Usage)?;
    progress.phase("drawing");
    let text = match args.format {
        GraphFormat::Mermaid => graph::mermaid(&part),
        GraphFormat::Dot => graph::dot(&part),
        GraphFormat::Svg => graph::svg(&part, &repo),
        GraphFormat::Json => {
            let mut document = graph::document(&part, &repo, &problems);
            let unreadable = unreadable.iter().map(|file| Problem::unreadable(&file.path, &file.message));
            document.problems.extend(unreadable);
            document::print(&document)
        }
    };
    drop(progress);
    if args.format != GraphFormat::Json {
        say_unreadable(&unreadable);
        if part.nodes.is_empty() {
            let why =
                if whole.nodes.is_empty() { "nothing calls or does anything" } else { "no way leads there" };
            terminal::note(&format!("note: the graph is empty: {why}"));
        }
    }
    Ok((text, if unreadable.is_empty() { Exit::Clean } else { Exit::Internal }))
}

fn schema_at(args: &SchemaAt) -> Result<(String, Exit), Stop> {
    let rulebook = Rulebook::builtin();
    // A lone word that is a path is one.
    let (migration, path) = match (&args.migration, &args.path) {
        (Some(word), None) if Path::new(word).is_dir() => (None, Some(PathBuf::from(word))),
        (migration, path) => (migration.as_deref(), path.clone()),
    };
    let target = Target::of(&path.into_iter().collect::<Vec<_>>()).map_err(Stop::Usage)?;
    let policy = policy(&args.input, &target.root, &rulebook)?;
    let Loaded { repo, unreadable } = load(&target, &policy);
    let (facts, _) = engine::understand(&repo, &policy);
    let focus = target.focus();
    let document =
        schemas::document(&facts, &repo, migration, |path| focus.has_path(path)).map_err(Stop::Usage)?;
    let text = match args.output.format {
        Format::Human => document.human(),
        Format::Concise => document.concise(),
        Format::Json => document.json(),
    };
    say_unreadable(&unreadable);
    if document.histories.is_empty() {
        terminal::note("note: there are no migrations here");
    }
    Ok((text, if unreadable.is_empty() { Exit::Clean } else { Exit::Internal }))
}

fn explain(args: &Explain, style: &Style) -> Result<(String, Exit), Stop> {
    let rulebook = Rulebook::builtin();
    let rule = catalog::rule(&rulebook, &args.rule).map_err(Stop::Usage)?;
    let page = RuleDocument::new(catalog::info(rule), &rule.prose(), &rule.source);
    let text = match args.output.format {
        Format::Json => page.json(),
        Format::Human => page.human(style),
        Format::Concise => report::rules::concise(std::slice::from_ref(&page.rule)),
    };
    Ok((text, Exit::Clean))
}

fn rules(args: &Rules) -> String {
    let rules: Vec<RuleInfo> = Rulebook::builtin().rules.iter().map(catalog::info).collect();
    match args.output.format {
        Format::Human => report::rules::human(&rules),
        Format::Concise => report::rules::concise(&rules),
        Format::Json => report::rules::json(rules),
    }
}

fn schema(args: &Schema) -> String {
    match args.output {
        Described::Check => document::schema_of::<Document>(),
        Described::Facts => document::schema_of::<FactsDocument>(),
        Described::Graph => document::schema_of::<GraphDocument>(),
        Described::SchemaAt => document::schema_of::<SchemaDocument>(),
        Described::Rules => document::schema_of::<RulesDocument>(),
        Described::Explain => document::schema_of::<RuleDocument>(),
    }
}

/// Whether a reader of ours failed on a file, shown or not.
fn is_faulty(report: &Report) -> bool {
    report.problems.iter().any(|problem| problem.rule.as_ref() == engine::INTERNAL)
}

fn load(target: &Target, policy: &Policy) -> Loaded {
    disk::load(target, &engine::settings(policy), &policy.exclude)
}

/// The repository beside what it was at the base that the user names.
fn with_base(repo: Repo, reference: Option<&str>, target: &Target, policy: &Policy) -> Result<Repo, Stop> {
    let Some(reference) = reference else { return Ok(repo) };
    let base = git::base(&target.root, reference, policy).map_err(Stop::Usage)?;
    if let Some(note) = &base.note {
        terminal::note(note);
    }
    Ok(repo.with_base(base.repo))
}

/// The policy that holds: the one that was named, else the root's, else none.
fn policy(input: &Input, root: &Path, rulebook: &Rulebook) -> Result<Policy, Stop> {
    let (path, name) = match &input.config {
        _ if input.isolated => return Ok(Policy::default()),
        Some(path) => (path.clone(), path.display().to_string()),
        None => (root.join(POLICY_FILE), POLICY_FILE.to_owned()),
    };
    let bytes = match read_policy(&path) {
        Ok(bytes) => bytes,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound && input.config.is_none() => {
            return Ok(Policy::default());
        }
        Err(error) => return Err(Stop::Usage(format!("the policy file `{name}` cannot be read: {error}"))),
    };
    let mut papers = Repo::default();
    let id = papers.insert(&name.replace('\\', "/"), bytes, true);
    if let Some(fault) = papers.fault(id) {
        return Err(Stop::Policy(Box::new(papers), vec![fault]));
    }
    Policy::parse(&papers.passage(id), rulebook).map_err(|mistakes| Stop::Policy(Box::new(papers), mistakes))
}

/// The file's bytes, and at most one more than a repository takes.
fn read_policy(path: &Path) -> std::io::Result<Vec<u8>> {
    use std::io::Read;
    let mut bytes = Vec::new();
    std::fs::File::open(path)?.take(MAX_FILE_BYTES as u64 + 1).read_to_end(&mut bytes)?;
    Ok(bytes)
}

fn policy_mistakes(papers: &Repo, mistakes: Vec<Finding>, format: Format, style: &Style) -> String {
    let report = Report { problems: mistakes, ..Report::default() };
    match format {
        Format::Human => {
            report::findings(&report, papers, style)
                + "\nNothing was checked: the policy file has to be right first.\n"
        }
        Format::Concise => report::concise(&report, papers),
        Format::Json => {
            let mut document = Document::new(&report, papers, |_| true);
            document.problems.iter_mut().for_each(|problem| problem.kind = ProblemKind::Config);
            document.print()
        }
    }
}

/// Says which given files nothing reads, and when there was nothing to read at all: a run without
/// findings would look like a file without faults.
fn say_unread(target: &Target, repo: &Repo, policy: &Policy) {
    let settings = engine::settings(policy);
    let unknown = |path: &&String| crate::read::reader(path, &settings).is_none();
    let mut given = target.files.iter().filter(unknown);
    if let Some(first) = given.next() {
        let (more, is) = match given.count() {
            0 => (String::new(), "is"),
            1 => (" and 1 other given file".to_owned(), "are"),
            more => (format!(" and {more} other given files"), "are"),
        };
        terminal::note(&format!(
            "note: `{first}`{more} {is} of no kind that deploylint reads; `[files]` in {POLICY_FILE} names a reader"
        ));
    } else if repo.is_empty() {
        terminal::note("note: nothing was checked: no file here is of a kind that deploylint reads");
    }
}

fn say_unreadable(unreadable: &[Unreadable]) {
    for Unreadable { path, message } in unreadable {
        terminal::note(&format!("error: `{path}` cannot be read: {message}"));
    }
}
