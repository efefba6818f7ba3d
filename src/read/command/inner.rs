//! Commands within a command: what `ssh`, `docker exec` and their kind run elsewhere while they stay
//! commands themselves. Does not know what those commands do.

use super::arg::Arg;
use super::grammar::Parsed;
use super::peel::interpretable;
use crate::text::Passage;

/// What runs elsewhere or within: commands that a command runs while it stays one itself.
#[derive(Debug)]
pub(super) enum Inner<'a> {
    /// Text for a shell.
    Text(Passage),
    Words(Vec<Arg<'a>>),
}

/// The commands that `args` (a peeled command) runs in another machine or container, or behind a
/// `--` of a script of one's own.
pub(super) fn inner<'a>(args: &[Arg<'a>], parsed: &Parsed<'_>) -> Vec<Inner<'a>> {
    let Some(program) = args.first() else { return Vec::new() };
    let rest = &args[1..];
    let words = |from: usize| -> Vec<Inner<'a>> {
        match parsed.args.get(from..).unwrap_or_default() {
            [] => Vec::new(),
            // Flags behind an image are for the image's own program.
            [first, ..] if rest[*first].is_flag() => Vec::new(),
            [only] => interpretable(&rest[*only]).map(Inner::Text).into_iter().collect(),
            several => vec![Inner::Words(several.iter().map(|at| rest[*at].clone()).collect())],
        }
    };
    let flag_text = |name: &str| -> Vec<Inner<'a>> {
        let flag = parsed.flag(name).filter(|flag| flag.last > flag.first);
        flag.and_then(|flag| interpretable(&rest[flag.last])).map(Inner::Text).into_iter().collect()
    };
    let verb = parsed.verb_text();
    let first = rest.first().map_or("", |word| word.value.as_ref());
    match (program.value.as_ref(), verb) {
        ("heroku", _) if !matches!(first, "run" | "run:detached") => Vec::new(),
        ("ssh" | "heroku", _)
        | ("flyctl", "machine exec")
        | (
            "docker" | "podman" | "nerdctl",
            "exec" | "container exec" | "compose exec" | "run" | "container run" | "compose run",
        ) => words(1),
        ("kubectl" | "oc", "exec" | "run") => match parsed.dashes {
            Some(at) if at + 1 < rest.len() => vec![Inner::Words(rest[at + 1..].to_vec())],
            _ => Vec::new(),
        },
        ("flyctl", "ssh console" | "console") => flag_text("command"),
        ("kamal", "") if parsed.args.len() > 2 => {
            let is = |at: usize, word: &str| rest[parsed.args[at]].value == word;
            if is(0, "app") && is(1, "exec") { words(2) } else { Vec::new() }
        }
        ("find", _) => find_exec(rest),
        (name, _) if is_env_runner(name) => behind_dashes(rest),
        _ => Vec::new(),
    }
}

/// The command in the arguments of a function that runs them: `retry 3 pg_dump shop`.
pub(super) fn command_in<'a>(rest: &[Arg<'a>]) -> Option<Vec<Arg<'a>>> {
    let is_number = |arg: &Arg<'_>| arg.value.bytes().all(|byte| byte.is_ascii_digit() || byte == b's');
    let at = rest.iter().position(|arg| !is_number(arg) && !arg.is_flag() && arg.value != "--")?;
    let words = rest[at..].to_vec();
    (!words[0].dynamic).then_some(words)
}

/// Whether an unknown program's name says that it runs another one.
fn is_env_runner(name: &str) -> bool {
    let stem = name.split('.').next().unwrap_or(name);
    let known = super::effects::knows(name) || super::grammar::knows(name);
    !known
        && stem
            .split(['-', '_'])
            .any(|word| matches!(word, "with" | "env" | "secrets" | "exec" | "run" | "entrypoint"))
}

fn behind_dashes<'a>(rest: &[Arg<'a>]) -> Vec<Inner<'a>> {
    let at = rest.iter().position(|arg| arg.value == "--");
    let words = at.and_then(|at| rest.get(at + 1..)).unwrap_or_default();
    if words.is_empty() { Vec::new() } else { vec![Inner::Words(words.to_vec())] }
}

fn find_exec<'a>(rest: &[Arg<'a>]) -> Vec<Inner<'a>> {
    let starts = |arg: &Arg<'_>| matches!(arg.value.as_ref(), "-exec" | "-execdir" | "-ok");
    let Some(at) = rest.iter().position(starts) else { return Vec::new() };
    let words: Vec<_> =
        rest[at + 1..].iter().take_while(|arg| !matches!(arg.value.as_ref(), ";" | "+")).cloned().collect();
    if words.is_empty() { Vec::new() } else { vec![Inner::Words(words)] }
}
