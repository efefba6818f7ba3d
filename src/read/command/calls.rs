//! What in the repository a command runs: a package script, a script file or a function. Knows how
//! managers and shells name these, not whether they are there.

use std::borrow::Cow;

use super::arg::Arg;
use super::grammar::{Parsed, base_name};
use super::place;
use super::state::State;
use super::tasks;
use crate::syntax::shell::is_shell;
use crate::text::Span;

/// A call, with the place of the words that name its target.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Call {
    /// A word of the field `calls`.
    pub kind: &'static str,
    /// The name or the path from the root; `None` where it is known at run time only.
    pub target: Option<String>,
    pub span: Span,
    /// Where the target runs, if the command itself says so.
    pub directory: Option<String>,
}

/// What a peeled command calls; `callable` tells whether it may be a function.
pub(super) fn call(
    args: &[Arg<'_>],
    written: &str,
    parsed: &Parsed<'_>,
    state: &State,
    callable: bool,
) -> Option<Call> {
    let program = args.first()?;
    if callable && !program.dynamic && (state.is_function(written) || is_sourced(written, state)) {
        return Some(Call {
            kind: "function",
            target: Some(written.to_owned()),
            span: program.span,
            directory: None,
        });
    }
    match program.value.as_ref() {
        "npm" | "pnpm" | "yarn" | "bun" if !program.dynamic => package_script(args, parsed, state),
        "just" | "make" | "gmake" | "nx" if !program.dynamic => tasks::call(args, parsed, state),
        program if is_shell(program) || matches!(program, "source" | ".") => {
            let word = operand(&args[1..])?;
            let takes_option = args.iter().any(|arg| arg.value == "-s" || arg.value == "-c");
            let sourced = !is_shell(program);
            if takes_option || (sourced && is_environment(&word.value)) {
                return None;
            }
            Some(script(word, &word.value, state))
        }
        _ if is_script_path(written) => Some(script(program, written, state)),
        _ if program.dynamic => {
            let path = state.expand(written)?;
            is_script_path(&path).then(|| script(program, written, state))
        }
        _ => None,
    }
}

/// Whether the name may be a function of a file that the script reads: no known program has it.
fn is_sourced(name: &str, state: &State) -> bool {
    const BUILTINS: &[&str] = &[
        "[",
        "alias",
        "bg",
        "bind",
        "caller",
        "cd",
        "compgen",
        "complete",
        "dirs",
        "disown",
        "enable",
        "exit",
        "export",
        "false",
        "fc",
        "fg",
        "getopts",
        "hash",
        "help",
        "history",
        "jobs",
        "let",
        "local",
        "mapfile",
        "popd",
        "printf",
        "pushd",
        "pwd",
        "read",
        "readarray",
        "readonly",
        "return",
        "set",
        "shift",
        "shopt",
        "suspend",
        "test",
        "times",
        "trap",
        "true",
        "type",
        "typeset",
        "ulimit",
        "umask",
        "unalias",
        "unset",
        "wait",
        ":",
        "break",
        "continue",
        "declare",
        "echo",
        "eval",
        "exec",
        "kill",
        "logout",
        "source",
        ".",
    ];
    let named = |c: char| c.is_alphanumeric() || "_-:.".contains(c);
    state.sources()
        && name.chars().all(named)
        && !BUILTINS.contains(&name)
        && !super::effects::knows(name)
        && !super::grammar::knows(name)
        && !super::peel::knows(name)
}

/// The first word that is no option of a shell, nor the value of `-o`.
fn operand<'x, 'a>(words: &'x [Arg<'a>]) -> Option<&'x Arg<'a>> {
    let mut words = words.iter();
    while let Some(word) = words.next() {
        let option = word.is_flag() || (word.value.len() > 1 && word.value.starts_with('+'));
        if !option {
            return Some(word);
        }
        if word.value.ends_with('o') && !word.value.starts_with("--") {
            words.next();
        }
    }
    None
}

/// Files that are sourced for their variables and hold no commands of the repository.
fn is_environment(path: &str) -> bool {
    let base = base_name(path);
    base.starts_with(".env")
        || base.ends_with(".env")
        || matches!(
            &*base,
            "activate"
                | "nvm.sh"
                | ".bashrc"
                | ".profile"
                | ".zshrc"
                | ".bash_profile"
                | "env"
                | "os-release"
        )
        || path.starts_with("/etc/")
        || path.contains("/.cargo/")
        || path.starts_with("/dev/")
        || path.starts_with("<(")
}

/// Whether a program's word is a path to a file of one's own rather than of an installed program.
fn is_script_path(path: &str) -> bool {
    const ELSEWHERE: &[&str] = &[
        "/usr/",
        "/bin/",
        "/sbin/",
        "/opt/",
        "/etc/",
        "/tmp/",
        "/root/",
        "/home/",
        "/var/",
        "/dev/",
        "/proc/",
        "/nix/",
        "/snap/",
        "/Users/",
        "/Applications/",
    ];
    const INSTALLED: &[&str] = &[
        "node_modules/",
        "vendor/bin/",
        ".venv/",
        "venv/bin/",
        "target/",
        ".bin/",
        "bin/kamal",
        "bin/rails",
        "bin/rake",
        "bin/bundle",
        "bin/console",
    ];
    if !path.contains('/') || path.contains("://") || path.starts_with('~') {
        return false;
    }
    if path.starts_with('/') && ELSEWHERE.iter().any(|prefix| path.starts_with(prefix)) {
        return false;
    }
    let base = base_name(path);
    let known_file = matches!(&*base, "gradlew" | "mvnw" | "manage.py" | "artisan");
    let foreign = base.rsplit_once('.').is_some_and(|(_, ext)| {
        matches!(
            ext,
            "js" | "mjs" | "cjs" | "ts" | "py" | "rb" | "pl" | "php" | "jar" | "ps1" | "bat" | "cmd"
        )
    });
    !known_file && !foreign && !INSTALLED.iter().any(|part| path.contains(part))
}

fn script(word: &Arg<'_>, path: &str, state: &State) -> Call {
    Call { kind: "script", target: state.path(path, word.dynamic), span: word.span, directory: None }
}

/// The script that a package manager runs.
fn package_script(args: &[Arg<'_>], parsed: &Parsed<'_>, state: &State) -> Option<Call> {
    let rest = &args[1..];
    let manager = args[0].value.as_ref();
    let verb = parsed.verb_text();
    let word = |at: usize| parsed.args.get(at).map(|at| &rest[*at]);
    let named = |at: usize| {
        word(at).map(|word| Call {
            kind: "package-script",
            target: (!word.dynamic).then(|| word.value.to_string()),
            span: word.span,
            directory: None,
        })
    };
    let verb_span = parsed.verb.last().map(|(_, at)| rest[*at].span);
    let fixed = |name: &str| {
        verb_span.map(|span| Call {
            kind: "package-script",
            target: Some(name.to_owned()),
            span,
            directory: None,
        })
    };
    let call = match (manager, verb) {
        ("bun", "run" | "") if word(0).is_some_and(|word| is_file(&word.value)) => None,
        (_, "run") | ("pnpm" | "yarn" | "bun", "") => named(0),
        ("npm" | "pnpm", "test") => fixed("test"),
        ("npm" | "pnpm", "start") => fixed("start"),
        ("npm", "stop") => fixed("stop"),
        ("npm", "restart") => fixed("restart"),
        ("yarn", "workspace") => match word(1).map_or("", |word| word.value.as_ref()) {
            "run" => named(2),
            "add" | "remove" | "install" | "exec" | "dlx" | "node" | "up" | "upgrade" | "why" | "info"
            | "pack" | "version" | "npm" | "link" | "unlink" | "init" | "outdated" => None,
            _ => named(1),
        },
        ("yarn", "workspaces foreach") => {
            let at = usize::from(word(0).is_some_and(|word| word.value == "run"));
            named(at)
        }
        _ => None,
    };
    let mut call = call?;
    call.directory = directory_flag(manager, parsed, state);
    Some(call)
}

fn is_file(word: &str) -> bool {
    [".ts", ".js", ".tsx", ".mjs", ".cjs", ".mts"].iter().any(|ext| word.ends_with(ext))
        || word.starts_with("./")
}

/// The directory that a manager's flag names, where it names one by its path.
pub(super) fn directory_flag(manager: &str, parsed: &Parsed<'_>, state: &State) -> Option<String> {
    let names: &[&str] = match manager {
        "npm" => &["prefix", "workspace"],
        "pnpm" => &["dir", "filter"],
        "yarn" | "bun" => &["cwd", "filter"],
        "make" | "gmake" | "poetry" | "uv" => &["directory"],
        "just" => &["working-directory"],
        "git" => &["C"],
        "terraform" | "tofu" => &["chdir"],
        _ => return None,
    };
    let flag = names.iter().find_map(|name| parsed.flag(name))?;
    let selects = matches!(flag.name, "filter" | "workspace");
    let value: Cow<'_, str> = Cow::Borrowed(flag.value.trim_start_matches('{').trim_end_matches('}'));
    let is_path = value.starts_with("./")
        || value.starts_with("../")
        || (value.contains('/') && !value.starts_with('@'));
    if flag.dynamic || (selects && (!is_path || value.contains(['*', '[', '!']) || value.contains("..."))) {
        return None;
    }
    place::join(state.directory()?, &value)
}
