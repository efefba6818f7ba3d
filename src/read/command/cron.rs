//! Crontabs that a script writes: a here-document for `crontab`, a line that is piped to it, a file of
//! `cron.d`. Their commands run when cron starts them. Knows no times.

use super::Site;
use super::arg::Arg;
use super::state::State;
use super::walk::{self, Context, Failure};
use crate::facts::{FactRef, Reading, words::command};
use crate::read::crontab;
use crate::text::Passage;

/// Reads the crontab that the command `id` writes, if it writes one.
pub(super) fn read(
    out: &mut Reading,
    site: &Site<'_>,
    args: &[Arg<'_>],
    context: &Context,
    (id, stdin): (FactRef, Option<&Passage>),
) {
    let Some(program) = args.first() else { return };
    let redirects = || {
        let fact = &out.facts[id.0 as usize];
        fact.list(command::REDIRECTS).iter().find_map(|(word, _)| folder_of_cron(word))
    };
    let (text, users) = match (program.value.as_ref(), stdin) {
        ("crontab", Some(text)) if takes_stdin(&args[1..]) => (text.clone(), false),
        ("tee", Some(text)) => match args.iter().find_map(|arg| folder_of_cron(&arg.value)) {
            Some(users) => (text.clone(), users),
            None => return,
        },
        ("cat", Some(text)) => match redirects() {
            Some(users) => (text.clone(), users),
            None => return,
        },
        ("echo" | "printf", _) => {
            // What is piped and looks like a line of a crontab is meant for `crontab`.
            let piped = matches!(context.piped, Some("first" | "middle")).then_some(false);
            let Some(users) = redirects().or(piped) else { return };
            let Some(arg) = args.iter().skip(1).find(|arg| is_line(&arg.value)) else { return };
            (unescaped(&arg.passage()), users)
        }
        _ => return,
    };
    let Some(deeper) = context.within(id, true).deeper() else { return };
    let site = Site { host: "crontab", phase: Some("schedule"), ..crontab::site(site.settings) };
    for entry in &crontab::lines(&text, users).entries {
        let parent = crontab::add(out, entry, &text, Some(id));
        let mut inside = deeper.clone();
        inside.parent = Some(parent);
        inside.failure = Failure::Stops;
        inside.guard = std::sync::Arc::default();
        inside.background = false;
        walk::nested(out, &entry.command, &site, &inside, &mut State::elsewhere());
    }
}

/// Whether a path is one of the system's crontabs, and whether these name users.
fn folder_of_cron(path: &str) -> Option<bool> {
    match () {
        () if path.contains("/cron.d/") || path.ends_with("/etc/crontab") => Some(true),
        () if path.contains("/crontabs/") => Some(false),
        () => None,
    }
}

/// The text with line breaks where `printf` and `echo -e` are told to make them.
fn unescaped(text: &Passage) -> Passage {
    let mut derivation = text.derive();
    let mut from = 0;
    for (at, escape) in text.text().match_indices("\\n") {
        derivation.keep(from..at);
        derivation.swap(at..at + escape.len(), "\n");
        from = at + escape.len();
    }
    derivation.keep(from..text.len());
    derivation.finish()
}

/// Whether `crontab` with these words reads its input: without a file, or with `-` for one.
fn takes_stdin(words: &[Arg<'_>]) -> bool {
    let mut words = words.iter().map(|word| word.value.as_ref());
    while let Some(word) = words.next() {
        match word {
            "-u" => {
                words.next();
            }
            "-l" | "-r" | "-e" => return false,
            "-" => return true,
            _ if word.starts_with('-') => {}
            _ => return false,
        }
    }
    true
}

/// Whether a text begins with times as a line of a crontab does.
fn is_line(text: &str) -> bool {
    let text = text.trim_start();
    if text.starts_with('@') {
        return ["@reboot ", "@daily ", "@hourly ", "@weekly ", "@monthly ", "@midnight "]
            .iter()
            .any(|word| text.starts_with(word));
    }
    let times =
        |word: &str| word.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"*/,-~".contains(&byte));
    let words: Vec<&str> = text.split_whitespace().take(6).collect();
    words.len() == 6
        && words[..5].iter().all(|word| times(word) && word.len() < 64)
        && words[..2].iter().all(|word| word.starts_with(|c: char| c == '*' || c.is_ascii_digit()))
}
