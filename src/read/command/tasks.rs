//! Task runners: just, make, nx. Knows which of their words name tasks, not what tasks there are.

use super::arg::Arg;
use super::calls::Call;
use super::grammar::Parsed;
use super::state::State;

/// Flags of just that make it do something else than run recipes.
const JUST_ASKS: &[&str] = &[
    "changelog",
    "choose",
    "command",
    "completions",
    "dry-run",
    "dump",
    "edit",
    "evaluate",
    "fmt",
    "format",
    "global-justfile",
    "groups",
    "help",
    "init",
    "json",
    "list",
    "man",
    "request",
    "show",
    "summary",
    "usage",
    "variables",
    "version",
];

/// Flags of make that keep it from running anything.
const MAKE_ASKS: &[&str] =
    &["dry-run", "just-print", "help", "version", "question", "touch", "v", "recon", "eval"];

/// What nx does itself; other words are targets.
const NX_OWN: &[&str] = &[
    "add",
    "configure-ai-agents",
    "connect",
    "connect-to-nx-cloud",
    "daemon",
    "dep-graph",
    "exec",
    "fix-ci",
    "format",
    "format:check",
    "format:write",
    "g",
    "generate",
    "graph",
    "import",
    "init",
    "list",
    "login",
    "logout",
    "mcp",
    "migrate",
    "new",
    "print-affected",
    "record",
    "release",
    "repair",
    "report",
    "reset",
    "show",
    "start-ci-run",
    "stop-all-agents",
    "sync",
    "sync:check",
    "view-logs",
    "watch",
    "workspace-lint",
];

/// The task that a runner is asked for; of several the first one. An empty target is the default task.
pub(super) fn call(args: &[Arg<'_>], parsed: &Parsed<'_>, state: &State) -> Option<Call> {
    let (program, rest) = args.split_first()?;
    let asks = |flags: &[&str]| flags.iter().any(|flag| parsed.has(flag));
    let mut words = parsed.args.iter().filter_map(|at| rest.get(*at));
    let named = |word: Option<&Arg<'_>>| Call {
        kind: "task",
        target: match word {
            Some(word) => (!word.dynamic).then(|| word.value.to_string()),
            None => Some(String::new()),
        },
        span: word.map_or(program.span, |word| word.span),
        directory: None,
    };
    let hidden = |name: &str| {
        parsed.flag(name).is_some_and(|flag| flag.dynamic && state.path(flag.value, true).is_none())
    };
    let mut call = match program.value.as_ref() {
        "just" if !asks(JUST_ASKS) => {
            let mut call = named(words.find(|word| !is_override(&word.value)));
            if hidden("justfile") || hidden("working-directory") {
                call.target = None;
            }
            call
        }
        "make" | "gmake" if !asks(MAKE_ASKS) => {
            let mut call = named(words.find(|word| !word.value.contains('=')));
            if hidden("directory") || hidden("file") || hidden("makefile") {
                call.target = None;
            }
            call
        }
        "nx" if !asks(&["help", "version", "graph"]) => {
            let first = words.next()?;
            match first.value.as_ref() {
                "run" => {
                    let word = words.next()?;
                    let mut call = named(Some(word));
                    call.target = call.target.map(|name| nx_name(&name));
                    call
                }
                "run-many" | "affected" => {
                    let flag = parsed.flag("target").or_else(|| parsed.flag("targets"))?;
                    let span = rest.get(flag.last).map_or(program.span, |word| word.span);
                    let name = flag.value.split(',').next().unwrap_or_default().to_owned();
                    Call { kind: "task", target: (!flag.dynamic).then_some(name), span, directory: None }
                }
                name if NX_OWN.contains(&name) => return None,
                name => {
                    let mut call = named(Some(first));
                    if let (Some(_), Some(project)) = (&call.target, words.next()) {
                        call.target = (!project.dynamic).then(|| format!("{}:{name}", project.value));
                    }
                    call
                }
            }
        }
        _ => return None,
    };
    if call.target.as_deref().is_some_and(|target| target.contains('$')) {
        call.target = None;
    }
    Some(call)
}

/// Whether a flag makes just or make print what there is, or what would run.
pub(super) fn shows(parsed: &Parsed<'_>) -> bool {
    const FLAGS: &[&str] = &[
        "dry-run",
        "dump",
        "evaluate",
        "groups",
        "just-print",
        "list",
        "question",
        "show",
        "summary",
        "usage",
        "variables",
    ];
    FLAGS.iter().any(|flag| parsed.has(flag))
}

/// Whether a word of just sets a variable: `name=value`.
pub fn is_override(word: &str) -> bool {
    word.split_once('=').is_some_and(|(name, _)| {
        !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | ':'))
    })
}

/// `project:target` without the configuration that may follow.
pub fn nx_name(word: &str) -> String {
    word.splitn(3, ':').take(2).collect::<Vec<_>>().join(":")
}
