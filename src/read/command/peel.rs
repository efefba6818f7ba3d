//! Wrappers: programs that only run another one, which is the command that counts. Knows how they
//! read their own words; what they run may be words, a shell's text or a package's program.

use std::borrow::Cow;
use std::sync::LazyLock;

use rustc_hash::FxHashMap;

use super::arg::Arg;
use super::grammar::base_name;
use super::runners::{concurrent, package_scripts, shorthand};
use crate::syntax::shell::is_shell;
use crate::text::{Passage, Span};

/// A command after its wrappers were taken off.
#[derive(Debug, Default)]
pub(super) struct Peeled<'a> {
    /// The program under its usual name, and its words.
    pub args: Vec<Arg<'a>>,
    /// What the program's word says, such as `./node_modules/.bin/typeorm`.
    pub written: Cow<'a, str>,
    /// Variables that wrappers set: name, value, place, whether the value is written out.
    pub env: Vec<(String, String, Span, bool)>,
    /// Text that a shell interprets in place of the command, and whether that shell stops at the
    /// first failure.
    pub shell: Vec<(Passage, Option<ShellFlags>)>,
    /// The name that a package manager runs, be it a package script or an installed program.
    pub script: Option<(String, Span)>,
    /// Package scripts that the command runs, each as the words of a manager that runs it.
    pub scripts: Vec<Vec<Arg<'a>>>,
}

/// Options that a shell was started with.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct ShellFlags {
    pub errexit: bool,
    pub pipefail: bool,
}

/// How a wrapper reads its words before those of the command that it runs.
struct Wrapper {
    names: &'static [&'static str],
    /// The subcommand that makes it a wrapper, one of several.
    verbs: &'static [&'static str],
    /// Flags that take the next word.
    values: &'static [&'static str],
    /// Words of its own before the command.
    own: usize,
    /// Whether `NAME=value` words may come before the command.
    assigns: bool,
    /// Whether the command is an installed package's program, perhaps with a version.
    package: bool,
}

const PLAIN: Wrapper =
    Wrapper { names: &[], verbs: &[], values: &[], own: 0, assigns: false, package: false };

const WRAPPERS: &[Wrapper] = &[
    Wrapper {
        names: &["sudo", "doas"],
        values: &[
            "-u", "--user", "-g", "--group", "-h", "--host", "-p", "--prompt", "-C", "-r", "-t", "-U", "-D",
            "-R", "-T",
        ],
        assigns: true,
        ..PLAIN
    },
    Wrapper { names: &["env"], values: &["-u", "--unset", "-C", "--chdir"], assigns: true, ..PLAIN },
    Wrapper { names: &["exec"], values: &["-a"], ..PLAIN },
    Wrapper {
        names: &["command", "builtin", "nohup", "setsid", "unbuffer", "caffeinate", "noglob", "busybox"],
        ..PLAIN
    },
    Wrapper { names: &["time"], values: &["-f", "--format", "-o", "--output"], ..PLAIN },
    Wrapper { names: &["nice"], values: &["-n", "--adjustment"], ..PLAIN },
    Wrapper { names: &["ionice"], values: &["-c", "-n", "--class", "--classdata"], ..PLAIN },
    Wrapper { names: &["stdbuf"], values: &["-i", "-o", "-e"], ..PLAIN },
    Wrapper {
        names: &["timeout", "gtimeout"],
        values: &["-k", "--kill-after", "-s", "--signal"],
        own: 1,
        ..PLAIN
    },
    Wrapper { names: &["flock"], values: &["-w", "--timeout", "-E"], own: 1, ..PLAIN },
    Wrapper { names: &["gosu", "su-exec", "setpriv", "chpst"], values: &["-u"], own: 1, ..PLAIN },
    Wrapper { names: &["tini", "dumb-init", "catatonit"], values: &["-e", "-p", "-r", "--rewrite"], ..PLAIN },
    Wrapper {
        names: &["xargs"],
        values: &[
            "-n",
            "-P",
            "-I",
            "-L",
            "-d",
            "-s",
            "-a",
            "-E",
            "--max-args",
            "--max-procs",
            "--replace",
            "--delimiter",
        ],
        ..PLAIN
    },
    Wrapper {
        names: &["npx"],
        values: &[
            "-p",
            "--package",
            "-w",
            "--workspace",
            "--prefix",
            "--registry",
            "--cache",
            "--node-options",
        ],
        package: true,
        ..PLAIN
    },
    Wrapper { names: &["bunx", "pnpx"], values: &["-p", "--package"], package: true, ..PLAIN },
    Wrapper {
        names: &["npm"],
        verbs: &["exec", "x"],
        values: &["-p", "--package", "-w", "--workspace"],
        package: true,
        ..PLAIN
    },
    Wrapper {
        names: &["pnpm", "yarn", "bun"],
        verbs: &["exec", "dlx", "x"],
        values: &["-p", "--package", "-F", "--filter", "-C", "--dir", "--cwd", "--allow-build"],
        package: true,
        ..PLAIN
    },
    Wrapper { names: &["corepack"], verbs: &["pnpm", "yarn", "npm", "npx", "pnpx"], ..PLAIN },
    Wrapper { names: &["cross-env", "cross-env-shell"], assigns: true, ..PLAIN },
    Wrapper {
        names: &["env-cmd"],
        values: &["-f", "--file", "-e", "--environments", "-r", "--rc-file"],
        ..PLAIN
    },
    Wrapper {
        names: &["dotenv", "dotenv-cli"],
        verbs: &["run"],
        values: &["-e", "-f", "--file", "-v", "-p", "-c"],
        ..PLAIN
    },
    Wrapper {
        names: &["dotenvx"],
        verbs: &["run"],
        values: &["-f", "--env-file", "-e", "--env", "-fk", "--convention"],
        ..PLAIN
    },
    Wrapper {
        names: &["doppler"],
        verbs: &["run"],
        values: &[
            "-p",
            "--project",
            "-c",
            "--config",
            "-t",
            "--token",
            "--command",
            "--mount",
            "--mount-format",
        ],
        ..PLAIN
    },
    Wrapper {
        names: &["op", "infisical", "railway", "teller", "phase"],
        verbs: &["run"],
        values: &[
            "--env-file",
            "--env",
            "--path",
            "--projectId",
            "--token",
            "--service",
            "-s",
            "-e",
            "--environment",
        ],
        ..PLAIN
    },
    Wrapper {
        names: &["chamber", "aws-vault", "mise", "rtx", "direnv", "asdf"],
        verbs: &["exec", "x"],
        own: 1,
        ..PLAIN
    },
    Wrapper { names: &["bundle"], verbs: &["exec"], ..PLAIN },
    Wrapper {
        names: &["poetry", "pipenv", "pdm", "rye", "hatch", "devbox"],
        verbs: &["run"],
        values: &["-C", "--directory", "-P", "--project"],
        ..PLAIN
    },
    Wrapper {
        names: &["uv"],
        verbs: &["run"],
        values: &[
            "--with",
            "--python",
            "-p",
            "--directory",
            "--project",
            "--extra",
            "--group",
            "--env-file",
            "--package",
            "--with-requirements",
        ],
        ..PLAIN
    },
    Wrapper { names: &["uvx", "pipx"], values: &["--from", "--with", "--python"], package: true, ..PLAIN },
    Wrapper {
        names: &["retry", "wait-for-it.sh", "wait-for-it", "wait-for", "dockerize"],
        values: &["-t", "--timeout", "-n", "-w", "-d", "-m", "--max", "-wait", "-timeout"],
        own: 1,
        ..PLAIN
    },
];

static BY_NAME: LazyLock<FxHashMap<&'static str, &'static Wrapper>> = LazyLock::new(|| {
    WRAPPERS.iter().flat_map(|wrapper| wrapper.names.iter().map(move |name| (*name, wrapper))).collect()
});

/// Words that run a file of JavaScript or TypeScript.
const RUNTIMES: &[&str] =
    &["node", "nodejs", "ts-node", "ts-node-esm", "tsx", "bun", "babel-node", "swc-node", "esr", "jiti"];

/// Most wrappers around one command.
const MOST: usize = 12;

/// Whether the program is a known wrapper, runtime or shell.
pub(super) fn knows(program: &str) -> bool {
    BY_NAME.contains_key(program)
        || RUNTIMES.contains(&program)
        || is_shell(program)
        || matches!(program, "fly" | "su" | "runuser")
        || program.starts_with("docker-compose")
}

/// Takes the wrappers off.
pub(super) fn peel(mut args: Vec<Arg<'_>>) -> Peeled<'_> {
    let mut peeled = Peeled::default();
    for _ in 0..MOST {
        let Some(program) = args.first() else { break };
        peeled.written = program.value.clone();
        if program.dynamic {
            break;
        }
        name_program(&mut args);
        if let Some(script) = shorthand(&args) {
            args = script;
        }
        let name = args[0].value.clone();
        if let Some(shell) = shell_text(&args) {
            peeled.shell.push(shell);
            break;
        }
        if matches!(&*name, "concurrently" | "conc") {
            peeled.shell = concurrent(&args);
            break;
        }
        if matches!(&*name, "run-s" | "run-p" | "npm-run-all" | "npm-run-all2") {
            peeled.scripts = package_scripts(&args);
            break;
        }
        if is_lookup(&args) {
            break;
        }
        if let Some(rest) = unwrap(&args, &mut peeled.env) {
            args = rest;
            continue;
        }
        if let Some(rest) = managed(&args, &mut peeled.script) {
            args = rest;
            continue;
        }
        break;
    }
    peeled.args = args;
    peeled
}

/// Gives the program its usual name: no directory, `flyctl` for `fly`, and so on; a program that is
/// a file of another one, such as `node node_modules/typeorm/cli.js`, becomes that program.
fn name_program(args: &mut Vec<Arg<'_>>) {
    let Some(program) = args.first() else { return };
    let name = base_name(&program.value);
    let renamed = matches!(
        &*name,
        "fly"
            | "docker-compose"
            | "typeorm-ts-node-commonjs"
            | "typeorm-ts-node-esm"
            | "typeorm-extension"
            | "sequelize-cli"
            | "python"
            | "python3"
            | "php"
            | "ruby"
    );
    if name.len() == program.value.len() && !renamed && !RUNTIMES.contains(&&*name) {
        return;
    }
    let name = name.into_owned();
    if RUNTIMES.contains(&name.as_str())
        && let Some((at, package)) = package_file(args)
    {
        args.drain(..at);
        let program = args.remove(0);
        args.insert(0, program.read_as(package));
        return;
    }
    let usual = match name.as_str() {
        "fly" => "flyctl",
        "nodejs" => "node",
        "docker-compose" => "docker",
        "typeorm-ts-node-commonjs" | "typeorm-ts-node-esm" | "typeorm-extension" => "typeorm",
        "sequelize-cli" => "sequelize",
        "python" | "python3" | "php" | "ruby" | "node" if args.len() > 1 => match interpreted(args) {
            Some((at, usual)) => {
                args.drain(..at);
                let program = args.remove(0);
                args.insert(0, program.read_as(usual));
                return;
            }
            None => &name,
        },
        _ => &name,
    };
    let usual = usual.to_owned();
    let program = args.remove(0);
    if name == "docker-compose" {
        args.insert(0, program.clone().read_as("compose"));
    }
    args.insert(0, program.read_as(usual));
}

/// The word of an interpreter's command that names a program of its own, and that program.
fn interpreted(args: &[Arg<'_>]) -> Option<(usize, String)> {
    let at = (1..args.len()).find(|at| !args[*at].is_flag() || args[*at].value == "-m")?;
    let word = &args[at];
    if word.dynamic {
        return None;
    }
    if word.value == "-m" {
        let module = args.get(at + 1).filter(|module| !module.dynamic)?;
        return Some((at + 1, module.value.replace('_', "-")));
    }
    let base = base_name(&word.value);
    let known = matches!(&*base, "manage.py" | "artisan" | "rails" | "rake" | "ace" | "console" | "ace.js");
    known.then(|| (at, base.trim_end_matches(".js").to_owned()))
}

/// The word of a runtime's command that is a file of an installed package, and the package.
fn package_file(args: &[Arg<'_>]) -> Option<(usize, String)> {
    const VALUES: &[&str] = &[
        "-r",
        "--require",
        "--import",
        "--loader",
        "--experimental-loader",
        "-P",
        "--project",
        "--env-file",
    ];
    let mut at = 1;
    while at < args.len() {
        let word = &args[at];
        if VALUES.contains(&word.value.as_ref()) {
            at += 2;
        } else if word.is_flag() {
            at += 1;
        } else {
            break;
        }
    }
    let word = args.get(at).filter(|word| !word.dynamic)?;
    let (_, inside) = word.value.rsplit_once("node_modules/").or_else(|| {
        let rest = word.value.strip_prefix("./").unwrap_or(&word.value);
        rest.starts_with("typeorm/cli").then_some(("", rest))
    })?;
    if let Some(bin) = inside.strip_prefix(".bin/") {
        return Some((at, bin.to_owned()));
    }
    let mut parts = inside.split('/');
    let first = parts.next()?;
    let package =
        if first.starts_with('@') { format!("{first}/{}", parts.next()?) } else { first.to_owned() };
    Some((at, program_of_package(&package)))
}

/// The program that a package is known for.
fn program_of_package(package: &str) -> String {
    let versionless = match package.char_indices().skip(1).find(|(_, c)| *c == '@') {
        Some((at, _)) => &package[..at],
        None => package,
    };
    match versionless {
        "typescript" => return "tsc".to_owned(),
        "@playwright/test" => return "playwright".to_owned(),
        "@nestjs/cli" => return "nest".to_owned(),
        "@angular/cli" => return "ng".to_owned(),
        "@medusajs/cli" => return "medusa".to_owned(),
        "typeorm-ts-node-commonjs" | "typeorm-ts-node-esm" => return "typeorm".to_owned(),
        "fly" => return "flyctl".to_owned(),
        _ => {}
    }
    match versionless.strip_prefix('@').and_then(|scoped| scoped.split_once('/')) {
        Some((scope, "cli")) => scope.to_owned(),
        Some((_, name)) => name.to_owned(),
        None => base_name(versionless).into_owned(),
    }
}

/// `command -v` and its kind only ask.
fn is_lookup(args: &[Arg<'_>]) -> bool {
    args[0].value == "command" && args.get(1).is_some_and(|flag| matches!(flag.value.as_ref(), "-v" | "-V"))
}

/// The command that a wrapper runs.
fn unwrap<'a>(args: &[Arg<'a>], env: &mut Vec<(String, String, Span, bool)>) -> Option<Vec<Arg<'a>>> {
    let name = args[0].value.as_ref();
    let wrapper = *BY_NAME.get(name)?;
    let mut at = 1;
    if !wrapper.verbs.is_empty() {
        let optional = name.starts_with("dotenv");
        let verb = (1..args.len()).find(|at| !skips(args, *at, wrapper));
        match verb {
            Some(found) if wrapper.verbs.contains(&args[found].value.as_ref()) => at = found + 1,
            _ if optional => {}
            _ => return None,
        }
        if name == "corepack" {
            at -= 1;
        }
    }
    let mut own = wrapper.own;
    while at < args.len() {
        let arg = &args[at];
        let value = arg.value.as_ref();
        if value == "--" {
            at += 1;
            break;
        }
        if arg.is_flag() {
            at += 1 + usize::from(wrapper.values.contains(&value));
        } else if wrapper.assigns && is_assignment(value) {
            let (name, assigned) = value.split_once('=')?;
            env.push((name.to_owned(), assigned.to_owned(), arg.span, !arg.dynamic));
            at += 1;
        } else if own > 0 {
            own -= 1;
            at += 1;
        } else {
            break;
        }
    }
    let mut rest = args.get(at..).filter(|rest| !rest.is_empty())?.to_vec();
    if wrapper.package && !rest[0].dynamic {
        let program = rest.remove(0);
        let name = program_of_package(&program.value);
        rest.insert(0, program.read_as(name));
    }
    Some(rest)
}

/// Whether the word at `at` is a flag before a wrapper's verb, or such a flag's value.
fn skips(args: &[Arg<'_>], at: usize, wrapper: &Wrapper) -> bool {
    args[at].is_flag() || (at > 1 && wrapper.values.contains(&args[at - 1].value.as_ref()))
}

/// Whether the word is `NAME=value`, as it may stand in front of a command.
pub fn is_assignment(word: &str) -> bool {
    word.split_once('=').is_some_and(|(name, _)| {
        let mut chars = name.chars();
        chars.next().is_some_and(|c| c.is_ascii_alphabetic() || c == '_')
            && chars.all(|c| c.is_ascii_alphanumeric() || c == '_')
    })
}

/// `pnpm typeorm …` and `yarn typeorm …`: a package script of that name or an installed program. It
/// is read as the program where that is a known one; the name is kept either way.
fn managed<'a>(args: &[Arg<'a>], script: &mut Option<(String, Span)>) -> Option<Vec<Arg<'a>>> {
    let manager = args[0].value.as_ref();
    if !matches!(manager, "pnpm" | "yarn" | "bun") {
        return None;
    }
    let parsed = super::grammar::parse(manager, &args[1..]);
    if !(parsed.verb.is_empty() || parsed.is(&["run"])) || parsed.dashes.is_some() {
        return None;
    }
    let at = 1 + *parsed.args.first()?;
    let word = &args[at];
    let known = super::effects::knows(&word.value) || super::grammar::knows(&word.value);
    let told_apart = !matches!(
        word.value.as_ref(),
        "test"
            | "start"
            | "build"
            | "serve"
            | "install"
            | "wait"
            | "json"
            | "slack"
            | "migrate"
            | "standard"
            | "pack"
            | "release-it"
            | "semantic-release"
            | "flow"
            | "clean"
            | "host"
            | "service"
    );
    if word.dynamic || !known || !told_apart {
        return None;
    }
    *script = Some((word.value.to_string(), word.span));
    Some(args[at..].to_vec())
}

/// The text that `sh -c`, `su -c`, `eval` or `trap` interprets.
fn shell_text(args: &[Arg<'_>]) -> Option<(Passage, Option<ShellFlags>)> {
    let name = args[0].value.as_ref();
    match name {
        program if is_shell(program) => shell_command(args),
        "su" | "runuser" => {
            let at = args.iter().position(|arg| matches!(arg.value.as_ref(), "-c" | "--command"))?;
            interpretable(args.get(at + 1)?).map(|text| (text, Some(ShellFlags::default())))
        }
        "eval" if args.len() == 2 => interpretable(&args[1]).map(|text| (text, None)),
        "trap" if args.len() > 2 && !matches!(args[1].value.as_ref(), "-" | "" | "-p" | "-l" | "--") => {
            interpretable(&args[1]).map(|text| (text, None))
        }
        "npx" if args.get(1).is_some_and(|flag| matches!(flag.value.as_ref(), "-c" | "--call")) => {
            interpretable(args.get(2)?).map(|text| (text, Some(ShellFlags::default())))
        }
        _ => None,
    }
}

/// The text behind `-c`, with what the shell's own flags say.
fn shell_command(args: &[Arg<'_>]) -> Option<(Passage, Option<ShellFlags>)> {
    let mut flags = ShellFlags::default();
    let mut command = false;
    let mut at = 1;
    while let Some(arg) = args.get(at).filter(|arg| arg.is_flag()) {
        let value = arg.value.as_ref();
        at += 1;
        if value == "--" {
            break;
        }
        if value.starts_with("--") {
            at += usize::from(matches!(value, "--rcfile" | "--init-file"));
            continue;
        }
        command |= value.contains('c');
        flags.errexit |= value.contains('e');
        if value.ends_with('o') {
            let option = args.get(at).map(|option| option.value.as_ref());
            flags.pipefail |= option == Some("pipefail");
            flags.errexit |= option == Some("errexit");
            at += 1;
        }
    }
    if !command {
        return None;
    }
    interpretable(args.get(at)?).map(|text| (text, Some(flags)))
}

/// The word as text to interpret, unless all of it is known at run time only.
pub(super) fn interpretable(arg: &Arg<'_>) -> Option<Passage> {
    let passage = arg.passage();
    let text = passage.text().trim();
    let variable = |text: &str| {
        let name = text.trim_start_matches('$').trim_start_matches('{').trim_end_matches('}');
        text.starts_with('$') && name.chars().all(|c| c.is_ascii_alphanumeric() || "_@*#:-".contains(c))
    };
    let whole = arg.dynamic
        && (variable(text) || text == crate::syntax::shell::OUTPUT || !text.contains([' ', '\n', '/']));
    (!text.is_empty() && !whole).then_some(passage)
}
