//! Effects that no table of words can say: what runtimes run, what SQL a client is given, what a
//! program of one's own is called.

use super::arg::Arg;
use super::effects;
use super::grammar::{Parsed, base_name};
use super::peel::Peeled;

/// The effects of a command that the table does not know. `fed` tells whether something is
/// written to it: a here-document, a file, a pipe.
pub(super) fn effects(peeled: &Peeled<'_>, parsed: &Parsed<'_>, fed: bool) -> Option<Vec<&'static str>> {
    let program = peeled.args[0].value.as_ref();
    let rest = &peeled.args[1..];
    let first = parsed.args.first().map(|at| &rest[*at]);
    if only_asks(parsed, peeled) {
        return Some(vec!["none"]);
    }
    match program {
        "node" | "ts-node" | "ts-node-esm" | "tsx" | "bun" | "deno" | "python" | "python3" | "ruby"
        | "php" | "babel-node" => {
            if parsed.has("test") {
                return Some(vec!["test"]);
            }
            if program == "deno" && parsed.is(&["test"]) {
                return Some(vec!["test"]);
            }
            if program == "deno" && !matches!(parsed.verb_text(), "" | "run" | "serve") {
                return None;
            }
            let file = first.filter(|file| !file.dynamic && file.value.contains(['.', '/']))?;
            effects::of_file(&file.value)
        }
        "psql" | "mysql" | "mariadb" | "sqlite3" | "mongosh" | "mongo" => client(parsed, fed),
        "yarn" if parsed.verb.is_empty() && parsed.args.is_empty() => Some(vec!["install"]),
        "just" | "make" | "gmake" if super::tasks::shows(parsed) => Some(vec!["none"]),
        "turbo" | "lerna" => tasks(&words_of(parsed, peeled)),
        _ if evaluates(parsed, rest.iter().map(|arg| arg.value.as_ref())).is_some() => {
            evaluates(parsed, rest.iter().map(|arg| arg.value.as_ref()))
        }
        // A binary of the image: only its name tells.
        _ if peeled.written.starts_with('/') && !base_name(&peeled.written).contains('.') => {
            effects::of_file(&peeled.written).filter(|found| found != &["serve"])
        }
        _ => None,
    }
}

fn words_of<'p>(parsed: &Parsed<'_>, peeled: &'p Peeled<'_>) -> Vec<&'p str> {
    parsed.args.iter().map(|at| peeled.args[1 + *at].value.as_ref()).collect()
}

/// A task runner does what its tasks' names say; of a name that says nothing, nothing is known.
fn tasks(words: &[&str]) -> Option<Vec<&'static str>> {
    let skip = usize::from(matches!(words.first(), Some(&("run" | "run-many" | "affected"))));
    let names = words.get(skip..).filter(|names| !names.is_empty())?;
    let mut found = Vec::new();
    for name in names {
        let name = name.rsplit(['#', ':']).next().unwrap_or(name);
        let effects = effects::effects_of_name(name);
        if effects.is_empty() || effects == ["deploy"] {
            return None;
        }
        found.extend(effects.iter().filter(|effect| !found.contains(*effect)).copied().collect::<Vec<_>>());
    }
    Some(found)
}

/// `--version` and `--help` do nothing.
fn only_asks(parsed: &Parsed<'_>, peeled: &Peeled<'_>) -> bool {
    let asks = |name: &str| parsed.flags.len() == 1 && parsed.has(name);
    asks_help(parsed, peeled)
        || (parsed.args.is_empty()
            && (asks("version")
                || asks("help")
                || (peeled.args.len() == 2 && matches!(peeled.args[1].value.as_ref(), "-v" | "-V" | "-h"))))
}

/// Whether a flag behind a subcommand makes it tell what it would do: whatever else is written,
/// nothing is done.
pub(super) fn asks_help(parsed: &Parsed<'_>, peeled: &Peeled<'_>) -> bool {
    asks(parsed, &peeled.args[1..])
}

/// [`asks_help`] of the words behind a program.
pub(super) fn asks(parsed: &Parsed<'_>, rest: &[Arg<'_>]) -> bool {
    parsed.flags.iter().filter(|flag| flag.first == flag.last).any(|flag| {
        let last = flag.first + 1 == rest.len();
        match rest[flag.first].value.as_ref() {
            "--help" => true,
            "-h" | "--version" => last && !parsed.verb.is_empty(),
            _ => false,
        }
    })
}

/// A database client does what its SQL does.
fn client(parsed: &Parsed<'_>, fed: bool) -> Option<Vec<&'static str>> {
    if parsed.has("list") {
        return Some(vec!["inspect"]);
    }
    let inline = ["command", "execute", "eval"].iter().find_map(|name| parsed.flag(name));
    if let Some(sql) = inline {
        let sql = sql.value.trim_start().to_ascii_lowercase();
        let starts = |words: &[&str]| words.iter().any(|word| sql.starts_with(word));
        return match () {
            () if starts(&["select", "show", "\\d", "\\l", "\\conninfo", "explain", "db.stats"])
                && !sql.contains("pg_terminate") =>
            {
                Some(vec!["inspect"])
            }
            () if starts(&["drop database"]) => Some(vec!["destroy"]),
            () if starts(&["drop schema"]) => Some(vec!["drop-schema"]),
            () if starts(&["create database", "create role", "create user"]) => Some(vec!["generate"]),
            () => None,
        };
    }
    if let Some(file) = parsed.flag("file") {
        return effects::of_file(file.value);
    }
    (!fed && parsed.args.len() <= 1).then(|| vec!["open-console"])
}

/// A release of Erlang's kind: `bin/shop eval "Shop.Release.migrate"`.
fn evaluates<'w>(parsed: &Parsed<'_>, words: impl Iterator<Item = &'w str>) -> Option<Vec<&'static str>> {
    if !parsed.verb.is_empty() {
        return None;
    }
    let words: Vec<&str> = words.collect();
    let [verb @ ("eval" | "rpc"), code, ..] = words[..] else { return None };
    let _ = verb;
    match () {
        () if code.contains(".migrate") => Some(vec!["migrate"]),
        () if code.contains(".rollback") => Some(vec!["revert-migration"]),
        () if code.contains(".seed") => Some(vec!["seed"]),
        () => None,
    }
}
