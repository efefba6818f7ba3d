//! What a program itself would reject: commands, flags and numbers of arguments that it does not know.
//! Speaks only where the program's table is complete and the words are written out; knows no effect.

use std::fmt::Write as _;

use super::arg::{Arg, one_line, span_of};
use super::grammar::{self, Flag, Manner, Parsed, Takes};
use super::special;
use crate::facts::words::fault;
use crate::facts::{Fact, FactRef, Reading};
use crate::finding::nearest;
use crate::text::Span;

/// One thing that is wrong with a command's words.
#[derive(Debug, Default)]
struct Fault {
    /// A word of [`FAULTS`](crate::facts::words::FAULTS).
    what: &'static str,
    text: String,
    /// The subcommand path, where it is another than the command's.
    verb: Option<String>,
    group: Option<String>,
    suggestion: Option<String>,
    instead: Option<&'static str>,
    expected: Option<String>,
    needs: Option<String>,
    takes: Option<String>,
    correction: Option<String>,
}

/// Commands of flyctl that many believe to be there, and how the thing is done.
const INSTEAD: &[(&str, &str)] = &[
    ("rollback", ROLLBACK),
    ("releases rollback", ROLLBACK),
    ("release rollback", ROLLBACK),
    ("apps rollback", ROLLBACK),
    ("deploy rollback", ROLLBACK),
    ("releases list", "`flyctl releases --app <app>` lists the releases; it takes no word more"),
    ("releases show", "`flyctl releases --app <app> --image` lists the releases with their images"),
    ("redis metrics", "`flyctl redis status <name>` shows the database; its metrics are on the dashboard"),
    ("billing", "billing is on the dashboard only: `flyctl dashboard` opens it"),
    ("info", "use `flyctl status --app <app>`, `flyctl ips list` or `flyctl services list`"),
    ("history", "use `flyctl releases --app <app>`"),
    ("create", "use `flyctl apps create <app>`"),
    (
        "suspend",
        "use `flyctl scale count 0 --app <app> --yes`, or `flyctl machine stop <id>` for each machine",
    ),
    ("resume", "use `flyctl scale count <number> --app <app> --yes`, or `flyctl machine start <id>`"),
    (
        "apps suspend",
        "use `flyctl scale count 0 --app <app> --yes`, or `flyctl machine stop <id>` for each machine",
    ),
    ("apps resume", "use `flyctl scale count <number> --app <app> --yes`, or `flyctl machine start <id>`"),
];

const ROLLBACK: &str = "flyctl has no rollback; deploy the image of the last good release again: \
    `flyctl releases --app <app> --image` names it, `flyctl deploy --app <app> --image <previous image>` brings it back";

/// Words that `spf13/cobra` adds to every program.
const BUILT_IN: &[&str] = &["help", "completion", "__complete", "__completeNoDesc"];

/// Adds what is wrong with the command `id`. `open` tells whether more words are added when it runs,
/// as `xargs` does.
pub(super) fn add(out: &mut Reading, id: FactRef, args: &[Arg<'_>], parsed: &Parsed<'_>, open: bool) {
    let Some((program, rest)) = args.split_first() else { return };
    if program.dynamic || !grammar::is_cobra(&program.value) || special::asks(parsed, rest) {
        return;
    }
    for (found, span) in of(&program.value, rest, parsed, open) {
        let verb = found.verb.unwrap_or_else(|| parsed.verb_text().to_owned());
        let command = format!("{} {verb}", program.value);
        let mut fact = Fact::new(fault::KIND, span).inside(Some(id));
        fact.set(fault::WHAT, found.what, span)
            .set(fault::TEXT, one_line(&found.text), span)
            .set(fault::PROGRAM, program.value.as_ref(), span)
            .set(fault::COMMAND, command.trim_end(), span)
            .set_some(fault::VERB, Some(verb).filter(|verb| !verb.is_empty()), span)
            .set_some(fault::GROUP, found.group, span)
            .set_some(fault::SUGGESTION, found.suggestion, span)
            .set_some(fault::INSTEAD, found.instead, span)
            .set_some(fault::EXPECTED, found.expected, span)
            .set_some(fault::NEEDS, found.needs, span)
            .set_some(fault::TAKES, found.takes, span)
            .set_some(fault::CORRECTION, found.correction, span);
        out.add(fact);
    }
}

/// The faults with their places: the first that the program would stop at, and all of its flags.
fn of(program: &str, rest: &[Arg<'_>], parsed: &Parsed<'_>, open: bool) -> Vec<(Fault, Span)> {
    let mut found: Vec<(Fault, Span)> =
        parsed.flags.iter().filter_map(|flag| boolean(program, flag, rest, parsed)).collect();
    if !grammar::is_complete(program) {
        return found;
    }
    let path = path_of(program, parsed);
    let manner = parsed.manner();
    // A subcommand that is known at run time only brings flags and arguments of its own.
    let first = parsed.args.first().map(|at| &rest[*at]);
    let unclear = first.is_some_and(|word| word.dynamic || !word.is_one_word());
    if unclear && (parsed.verb.is_empty() || manner.helps) {
        return Vec::new();
    }
    if let Some(unknown) = unknown_command(program, &path, rest, parsed, manner) {
        return vec![unknown];
    }
    found.extend(parsed.flags.iter().filter_map(|flag| flag_fault(&path, flag, rest, open)));
    if !found.is_empty() || open {
        return found;
    }
    found.extend(does_nothing(program, rest, parsed, manner));
    if found.is_empty() {
        found.extend(argument_fault(rest, parsed, manner));
    }
    found
}

fn path_of(program: &str, parsed: &Parsed<'_>) -> String {
    let mut path = program.to_owned();
    if !parsed.verb.is_empty() {
        path.push(' ');
        path.push_str(parsed.verb_text());
    }
    path
}

/// A word where a subcommand must stand, and none of that name.
fn unknown_command(
    program: &str,
    path: &str,
    rest: &[Arg<'_>],
    parsed: &Parsed<'_>,
    manner: Manner,
) -> Option<(Fault, Span)> {
    let at_root = parsed.verb.is_empty();
    let word = &rest[*parsed.args.first()?];
    let named = |word: &str| {
        word.starts_with(|c: char| c.is_ascii_alphabetic())
            && word.chars().all(|c| c.is_ascii_alphanumeric() || "-_:".contains(c))
    };
    if word.dynamic || !word.is_one_word() || !named(&word.value) {
        return None;
    }
    if at_root && BUILT_IN.contains(&word.value.as_ref()) {
        return None;
    }
    let verb = format!("{} {}", parsed.verb_text(), word.value).trim_start().to_owned();
    let instead = INSTEAD.iter().find(|(known, _)| *known == verb).map(|(_, instead)| *instead);
    // A command that takes no argument: the word was meant for a subcommand where people know one.
    let misled = manner.most == Some(0) && !manner.helps && instead.is_some();
    if !(at_root || manner.helps && has_subcommands(path) || misled) {
        return None;
    }
    let known: Vec<&str> = grammar::subcommands(path).collect();
    let last = |command: &&'static str| command.rsplit(' ').next().unwrap_or_default();
    let suggestion = nearest(&word.value, known.iter().map(last)).map(|near| format!("{path} {near}"));
    let group = (!at_root && !misled).then(|| path.to_owned());
    let first = parsed.verb.first().map_or(word.span, |(_, at)| rest[*at].span);
    let fault = Fault {
        what: "unknown-command",
        text: format!("{program} {verb}"),
        verb: Some(verb),
        group,
        suggestion: suggestion.filter(|_| instead.is_none()),
        instead,
        expected: (!at_root).then(|| listed(&known)),
        ..Fault::default()
    };
    Some((fault, span_of(first, word.span)))
}

fn has_subcommands(path: &str) -> bool {
    grammar::subcommands(path).next().is_some()
}

/// The last words of commands, as a list for people.
fn listed(commands: &[&str]) -> String {
    let mut list = String::new();
    for command in commands {
        let word = command.rsplit(' ').next().unwrap_or_default();
        let _ = write!(list, "{}`{word}`", if list.is_empty() { "" } else { ", " });
    }
    list
}

/// A command that prints its help, and succeeds.
fn does_nothing(
    program: &str,
    rest: &[Arg<'_>],
    parsed: &Parsed<'_>,
    manner: Manner,
) -> Option<(Fault, Span)> {
    let (_, first) = parsed.verb.first()?;
    let (_, last) = parsed.verb.last()?;
    if !manner.helps {
        return None;
    }
    let verb = parsed.verb_text();
    let path = path_of(program, parsed);
    let known: Vec<&str> = grammar::subcommands(&path).collect();
    let fault = Fault {
        what: "does-nothing",
        text: path.clone(),
        instead: INSTEAD.iter().find(|(known, _)| *known == verb).map(|(_, instead)| *instead),
        expected: (!known.is_empty()).then(|| listed(&known)),
        ..Fault::default()
    };
    Some((fault, span_of(rest[*first].span, rest[*last].span)))
}

/// `--depot false`: a flag that takes no word, and a word that was meant for it.
fn boolean(program: &str, flag: &Flag<'_>, rest: &[Arg<'_>], parsed: &Parsed<'_>) -> Option<(Fault, Span)> {
    let word = &rest[flag.first];
    let next = rest.get(flag.first + 1)?;
    let takes = flag.takes?;
    let meant = matches!(&*next.value, "true" | "false") || (takes == Takes::Joined && next.value == "auto");
    let bare = word.value.starts_with("--") && !word.value.contains('=');
    let runs = parsed.runs || matches!(parsed.verb_text(), "exec" | "run" | "debug");
    if takes == Takes::Value || runs || !bare || !meant || next.dynamic {
        return None;
    }
    // The indices of arguments ascend.
    let at = flag.first + 1;
    if parsed.args.binary_search(&at).is_err() || parsed.is_tail(at) {
        return None;
    }
    let text = format!("{} {}", word.value, next.value);
    let right = format!("{}={}", word.value, next.value);
    let exact = word.exactly(next, &text);
    let on = next.value != "false";
    let reading = match (takes, on) {
        (Takes::Joined, _) => format!("{program} reads `{}` alone, which switches it on", word.value),
        (_, true) => format!("{program} reads `{}` alone", word.value),
        (_, false) => format!("{program} reads `{}` alone, which is the opposite", word.value),
    };
    let fault = Fault {
        what: "boolean-flag-with-word",
        expected: Some(reading),
        suggestion: Some(right.clone()),
        correction: exact.map(|_| right),
        text,
        ..Fault::default()
    };
    Some((fault, exact.unwrap_or_else(|| span_of(word.span, next.span))))
}

/// A flag that the command does not know, or one without its value.
fn flag_fault(path: &str, flag: &Flag<'_>, rest: &[Arg<'_>], open: bool) -> Option<(Fault, Span)> {
    let word = &rest[flag.first];
    let (written, joined) = match word.value.split_once('=') {
        Some((written, _)) => (written, true),
        None => (word.value.as_ref(), false),
    };
    let unclear = written.contains(['$', '`', '_', '[', '<', '{', '*', '…']) || written.contains("...");
    if unclear || written.starts_with("---") {
        return None;
    }
    match flag.takes {
        None if word.dynamic && !joined => None,
        None => {
            let text = if written.starts_with("--") { written.to_owned() } else { format!("-{}", flag.name) };
            let name = text.trim_start_matches('-');
            let known = grammar::flags_of(path);
            let near = if name.chars().count() > 1 { nearest(name, known) } else { None };
            let suggestion = near.map(|near| format!("--{near}"));
            let correction = suggestion.clone().filter(|_| word.exactly(word, written).is_some());
            let fault = Fault { what: "unknown-flag", text, suggestion, correction, ..Fault::default() };
            Some((fault, word.span))
        }
        Some(Takes::Value) if flag.first == flag.last && !joined && flag.value.is_empty() => {
            let last = flag.first + 1 == rest.len();
            let fault = Fault { what: "flag-value-missing", text: written.to_owned(), ..Fault::default() };
            (last && !open).then_some((fault, word.span))
        }
        Some(_) => None,
    }
}

/// Too few or too many arguments.
fn argument_fault(rest: &[Arg<'_>], parsed: &Parsed<'_>, manner: Manner) -> Option<(Fault, Span)> {
    let (_, last) = parsed.verb.last()?;
    let words = || parsed.args.iter().map(|at| &rest[*at]);
    let certain = words().filter(|word| word.is_one_word()).count();
    // A flag's value may be several words too, the rest of which are arguments.
    let open = certain < parsed.args.len()
        || parsed.flags.iter().any(|flag| flag.last > flag.first && !rest[flag.last].is_one_word());
    if certain < manner.least && !open {
        let verb = rest[*last].span;
        let fault = Fault {
            what: "missing-argument",
            text: parsed.verb_text().to_owned(),
            needs: Some(match (manner.usage, manner.least) {
                ("", 1) => "an argument".to_owned(),
                ("", count) => format!("{count} arguments"),
                (usage, _) => format!("`{usage}`"),
            }),
            ..Fault::default()
        };
        return Some((fault, span_of(rest[parsed.verb.first()?.1].span, verb)));
    }
    let most = manner.most.filter(|most| certain > *most)?;
    let extra = words().filter(|word| word.is_one_word()).nth(most)?;
    let fault = Fault {
        what: "too-many-arguments",
        text: extra.value.to_string(),
        takes: Some(match (most, manner.usage) {
            (0, _) => "no argument".to_owned(),
            (1, "") => "one argument".to_owned(),
            (_, "") => format!("{most} arguments"),
            (_, usage) => format!("`{usage}`"),
        }),
        ..Fault::default()
    };
    Some((fault, extra.span))
}

#[cfg(test)]
mod tests;
