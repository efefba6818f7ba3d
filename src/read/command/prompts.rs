//! Commands that ask a person at a terminal, from the table in `data/prompts.txt`. Knows words and
//! flags, not whether a person is there.

use std::sync::{Arc, LazyLock};

use rustc_hash::FxHashMap;

use super::arg::{Arg, span_of};
use super::effects::Usage;
use super::emit::Variable;
use super::grammar::Parsed;
use crate::facts::Fact;
use crate::facts::words::command;
use crate::text::Span;

static TABLE_TEXT: &str = include_str!("data/prompts.txt");

/// What a command asks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Prompt {
    /// What it does, such as `asks whether to destroy the app`.
    asks: &'static str,
    /// Whether it does so each time.
    always: bool,
    /// The flag that keeps it from asking, where there is one.
    unless: Option<&'static str>,
}

struct Line {
    usage: Usage,
    /// Number of words that the use itself names.
    named: usize,
    answers: Vec<&'static str>,
    prompt: Prompt,
}

static TABLE: LazyLock<FxHashMap<&'static str, Vec<Line>>> = LazyLock::new(|| {
    let mut table: FxHashMap<&'static str, Vec<Line>> = FxHashMap::default();
    for line in TABLE_TEXT.lines().filter(|line| !line.starts_with('#')) {
        let columns: Vec<&'static str> = line.split('\t').collect();
        let [usage, often, answers, asks] = columns[..] else { continue };
        let answers: Vec<&'static str> = answers.split(' ').filter(|answer| *answer != "-").collect();
        let unless = answers.first().copied().filter(|answer| answer.starts_with("--"));
        let named = usage.split(' ').skip(1).filter(|word| !word.starts_with("--")).count();
        let prompt = Prompt { asks, always: often == "always", unless };
        for program in usage.split(' ').next().unwrap_or_default().split(',') {
            let line = Line { usage: Usage::parse(usage), named, answers: answers.clone(), prompt };
            table.entry(program).or_default().push(line);
        }
    }
    table
});

/// Says of the command what it asks a person, unless a condition around it asks for a terminal.
pub(super) fn put(fact: &mut Fact, args: &[Arg<'_>], parsed: &Parsed<'_>, env: &[Variable]) {
    let Some(prompt) = of(args, parsed, env) else { return };
    let asked = ["-t 0", "-t 1", "tty", "TTY", "CI", "GITHUB_ACTIONS", "nteractive"];
    let conditional = |(text, _): &(Arc<str>, Span)| asked.iter().any(|word| text.contains(word));
    // A client whose answer goes nowhere is asked whether it gets through.
    let probes = prompt.asks == "opens a console" && fact.get(command::REDIRECTS).is_some();
    if probes || fact.list(command::GUARD).iter().any(conditional) {
        return;
    }
    let last = parsed.verb.last().map_or(args[0].span, |(_, at)| args[1 + at].span);
    let span = span_of(args[0].span, last);
    fact.set(command::ASKS, prompt.asks, span).set(command::ASKS_ALWAYS, prompt.always, span).set_some(
        command::ASKS_UNLESS,
        prompt.unless,
        span,
    );
}

/// What the command asks, unless its flags or its environment answer it. Its input is not looked at.
fn of(args: &[Arg<'_>], parsed: &Parsed<'_>, env: &[Variable]) -> Option<Prompt> {
    let (program, rest) = args.split_first()?;
    let lines = TABLE.get(program.value.as_ref()).filter(|_| !program.dynamic)?;
    // A word that may hold any flag may hold the answer.
    if super::special::asks(parsed, rest) || rest.iter().any(|word| word.is_any_words(false)) {
        return None;
    }
    let words = parsed.verb.len() + parsed.args.len();
    let line = lines.iter().find(|line| line.usage.matches(parsed, rest))?;
    let answered = line.answers.iter().any(|answer| match answer.strip_prefix('%') {
        Some(most) => most.parse().is_ok_and(|most: usize| words > line.named + most),
        None if answer.ends_with('=') => {
            env.iter().any(|item| item.name.as_ref() == answer.trim_end_matches('='))
        }
        None => rest.iter().any(|word| says(&word.value, answer)),
    });
    (!answered).then_some(line.prompt)
}

/// Whether a word is the answer: a flag in its long form, or a letter among short ones.
fn says(word: &str, answer: &str) -> bool {
    let Some(name) = answer.strip_prefix('-') else { return word == answer };
    let Some(written) = word.strip_prefix('-') else { return false };
    if let Some(name) = name.strip_prefix('-') {
        // Some programs write long names with one dash.
        let written = written.strip_prefix('-').unwrap_or(written);
        let rest = written.strip_prefix(name);
        return rest.is_some_and(|rest| rest.is_empty() || (rest.starts_with('=') && rest != "=false"));
    }
    let mut letters = name.chars();
    match (letters.next(), letters.next()) {
        (Some(letter), None) => {
            let short = written.split('=').next().unwrap_or_default();
            written.starts_with(letter)
                || (short.contains(letter) && short.chars().all(|c| c.is_ascii_alphabetic()))
        }
        _ => written.contains(name),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::read::command::grammar;
    use crate::text::{FileId, Passage};

    fn prompt(text: &str) -> Option<&'static str> {
        let whole = Passage::file(FileId(0), text.into());
        let mut words = Vec::new();
        let mut at = 0;
        for word in text.split(' ') {
            words.push(whole.slice(at..at + word.len()));
            at += word.len() + 1;
        }
        let args: Vec<Arg<'_>> = words.iter().map(Arg::of_passage).collect();
        let parsed = grammar::parse(&args[0].value, &args[1..]);
        of(&args, &parsed, &[]).map(|prompt| prompt.asks)
    }

    #[test]
    fn questions_and_their_answers() {
        for text in [
            "flyctl apps destroy shop",
            "flyctl scale count 2",
            "flyctl machine stop -a shop",
            "flyctl ssh console -a shop",
            "terraform apply",
            "terraform apply -var=a=b",
            "terraform apply -auto-approve=false",
            "pulumi up --stack production",
            "apt-get install curl",
            "apt-get install --no-install-recommends curl",
            "apt-get -q install curl",
            "yum install gcc",
            "npm init",
            "prisma migrate reset",
            "docker run -it alpine sh",
            "docker run --interactive --tty alpine",
            "docker exec -ti web bash",
            "docker login -u shop ghcr.io",
            "gh pr create --body text",
            "psql shop",
            "kamal remove",
            "aws configure",
            "heroku pg:reset --app shop",
        ] {
            assert!(prompt(text).is_some(), "{text}");
        }
        for text in [
            "flyctl apps destroy shop -y",
            "flyctl apps destroy shop --yes",
            "flyctl scale count 2 --auto-confirm",
            "flyctl machine stop 17811 -a shop",
            "flyctl ssh console -a shop -C ls",
            "flyctl apps destroy --help",
            "flyctl launch --no-deploy",
            "terraform apply -auto-approve",
            "terraform apply --auto-approve tf.plan",
            "terraform apply tf.plan",
            "pulumi up --yes",
            "pulumi up -yf",
            "apt-get install -y curl",
            "apt-get install -qqy curl",
            "apt-get -qq install curl",
            "apt-get -yqq install curl",
            "apt-get update",
            "apt install curl --assume-yes",
            "dnf install -y gcc",
            "npm init -y",
            "npm init vite@latest",
            "docker run -t alpine sh",
            "docker run -i alpine sh",
            "docker run -itd alpine sh",
            "docker run --rm alpine sh -it",
            "docker login -u shop --password-stdin ghcr.io",
            "gh pr create --fill",
            "psql -c select",
            "psql -lqt",
            "psql -Atc select",
            "aws configure set region eu",
            "prisma migrate deploy",
        ] {
            assert_eq!(prompt(text), None, "{text}");
        }
    }

    #[test]
    fn the_table_is_sound() {
        for line in TABLE_TEXT.lines().filter(|line| !line.is_empty() && !line.starts_with('#')) {
            let columns: Vec<&str> = line.split('\t').collect();
            assert_eq!(columns.len(), 4, "{line}");
            assert!(["always", "sometimes"].contains(&columns[1]), "{line}");
        }
    }
}
