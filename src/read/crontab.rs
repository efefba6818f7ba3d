//! Crontabs: what cron starts and when, in files and in text that is given to `crontab`. Knows how a
//! line is split, not what its times mean.

use std::ops::Range;

use super::command::{self, Site};
use super::{Reader, Settings, host, script, secret};
use crate::facts::words::{schedule, variable};
use crate::facts::{Fact, FactRef, Reading};
use crate::finding::Finding;
use crate::repo::Repo;
use crate::text::{FileId, Passage};

/// A crontab's lines by what they are.
#[derive(Debug, Default)]
pub(super) struct Table {
    pub entries: Vec<Entry>,
    /// Names and values of variables.
    pub variables: Vec<(Range<usize>, Range<usize>)>,
    /// Lines that cron does not understand.
    pub others: Vec<Range<usize>>,
}

/// A line that starts a command.
#[derive(Debug)]
pub(super) struct Entry {
    pub schedule: Range<usize>,
    pub user: Option<Range<usize>>,
    /// What the shell is given: `\%` is a `%`, and what stands behind a bare one is left out.
    pub command: Passage,
    pub range: Range<usize>,
}

/// Reads a crontab file. One that begins with `#!` is a script that is only named like one.
#[must_use]
pub fn read(repo: &Repo, id: FileId, settings: &Settings) -> Reading {
    let path = repo.path(id);
    let passage = repo.passage(id);
    if passage.text().trim_start_matches('\u{feff}').starts_with("#!") {
        return script::read(repo, id, settings);
    }
    let mut out = Reading::default();
    let file = host::file(&mut out, repo, id, Reader::Crontab);
    let table = lines(&passage, has_users(path));
    for (name, value) in &table.variables {
        let fact = variable_of(&passage, name, value).inside(Some(file));
        out.add(fact);
    }
    let site = site(settings);
    for entry in &table.entries {
        let parent = out.add(entry.fact(&passage).inside(Some(file)));
        command::shell(&mut out, &entry.command, &Site { parent: Some(parent), ..site.clone() });
    }
    for range in &table.others {
        let words = passage.text().get(range.clone()).unwrap_or_default();
        let place = passage.locate(range.clone());
        // Without one line of a crontab it may be another kind of file; a template's words are its own.
        if table.entries.is_empty() || ["{{", "{%", "<%", "${", "@@"].iter().any(|open| words.contains(open))
        {
            let reason = "it is no line of a crontab";
            host::unresolved(&mut out, Some(file), ("command", reason), words, place);
        } else {
            out.find(Finding::syntax(
                "a line of a crontab is five fields of times (or `@daily` and its kind) and a command",
                place,
            ));
        }
    }
    out
}

/// The place of a crontab's commands: cron starts them in the user's home.
pub(super) fn site(settings: &Settings) -> Site<'_> {
    host::site("crontab", "schedule", None, settings)
}

/// Whether a crontab at `path` names a user in each line: those of the system do.
pub(super) fn has_users(path: &str) -> bool {
    let folder = host::folder_of(path);
    folder.rsplit('/').next() == Some("cron.d") || path == "etc/crontab" || path.ends_with("/etc/crontab")
}

impl Entry {
    /// The `schedule` fact of the entry in `passage`.
    pub(super) fn fact(&self, passage: &Passage) -> Fact {
        let words = |range: &Range<usize>| passage.text().get(range.clone()).unwrap_or_default();
        let mut fact = Fact::new(schedule::KIND, passage.locate(self.range.clone()))
            .with(schedule::SCHEDULE, words(&self.schedule), passage.locate(self.schedule.clone()))
            .with(schedule::TEXT, self.command.text(), self.command.span());
        if let Some(user) = &self.user {
            fact.set(schedule::USER, words(user), passage.locate(user.clone()));
        }
        fact
    }
}

/// Splits a crontab into its lines; `users` tells whether each names a user.
pub(super) fn lines(passage: &Passage, users: bool) -> Table {
    let mut table = Table::default();
    let text = passage.text();
    let mut start = 0;
    for line in text.split_inclusive('\n') {
        let from = start;
        start += line.len();
        let bom = if from == 0 && line.starts_with('\u{feff}') { '\u{feff}'.len_utf8() } else { 0 };
        let rest = &line[bom..];
        let at = from + bom + (rest.len() - rest.trim_start().len());
        let line = rest.trim();
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        if let Some((name, value)) = assignment(line) {
            let moved = |range: Range<usize>| at + range.start..at + range.end;
            table.variables.push((moved(name), moved(value)));
            continue;
        }
        match entry(passage, at..at + line.len(), users) {
            Some(entry) => table.entries.push(entry),
            None => table.others.push(at..at + line.len()),
        }
    }
    table
}

/// Users that no program is named like.
const USERS: &[&str] = &["root", "www-data", "nobody", "ubuntu", "ec2-user"];

/// The entry in the line at `range`.
fn entry(passage: &Passage, range: Range<usize>, users: bool) -> Option<Entry> {
    let line = passage.text().get(range.clone())?;
    let mut words = Words { line, at: 0 };
    let first = words.next()?;
    let mut end = first.end;
    if line.starts_with('@') {
        // `@every 5m` is what programs in Go understand.
        match &line[first.clone()] {
            "@every" => end = words.next()?.end,
            "@reboot" | "@yearly" | "@annually" | "@monthly" | "@weekly" | "@daily" | "@midnight"
            | "@hourly" => {}
            _ => return None,
        }
    } else {
        if !is_times(&line[first.clone()]) {
            return None;
        }
        for _ in 0..4 {
            let word = words.next().filter(|word| is_times(&line[word.clone()]))?;
            end = word.end;
        }
        // Some programs take seconds too; no command is named like times.
        let mut ahead = Words { line, at: words.at };
        if let Some(word) = ahead.next()
            && line[word.clone()].starts_with('*')
            && is_times(&line[word.clone()])
        {
            end = word.end;
            words.at = ahead.at;
        }
    }
    let schedule = range.start + first.start..range.start + end;
    let before = words.at;
    let user = words.next();
    // A crontab that is copied to `cron.d` names a user, wherever it lies in the repository.
    let named = user.clone().filter(|user| users || USERS.contains(&&line[user.clone()]));
    if named.is_none() {
        words.at = before;
    }
    let command = words.next()?;
    let command = command_of(passage, range.start + command.start..range.end);
    let user = named.map(|user| range.start + user.start..range.start + user.end);
    (!command.text().trim().is_empty()).then_some(Entry { schedule, user, command, range })
}

/// The command at `range`, as cron hands it to the shell.
fn command_of(passage: &Passage, range: Range<usize>) -> Passage {
    let text = passage.text().get(range.clone()).unwrap_or_default();
    if memchr::memchr(b'%', text.as_bytes()).is_none() {
        return passage.slice(range);
    }
    let mut derivation = passage.derive();
    let mut from = range.start;
    for (at, _) in text.match_indices('%') {
        let at = range.start + at;
        if passage.text().as_bytes().get(at.wrapping_sub(1)) != Some(&b'\\') || at == range.start {
            derivation.keep(from..at);
            return derivation.finish();
        }
        derivation.keep(from..at - 1);
        derivation.swap(at - 1..at + 1, "%");
        from = at + 1;
    }
    derivation.keep(from..range.end);
    derivation.finish()
}

/// Whether a word is one field of times: `*/5`, `1-5`, `MON,FRI`, Jenkins' `H`.
fn is_times(word: &str) -> bool {
    let names = |part: &str| {
        const NAMES: &[&str] = &[
            "jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec", "sun", "mon",
            "tue", "wed", "thu", "fri", "sat",
        ];
        let digits = part.len() <= 4 && part.bytes().all(|byte| byte.is_ascii_digit());
        part == "*" || digits || NAMES.iter().any(|name| name.eq_ignore_ascii_case(part))
    };
    word.split([',', '-', '/', '~']).all(|part| !part.is_empty() && names(part))
}

/// The name and the value of a line `NAME = value`, without quotes.
fn assignment(line: &str) -> Option<(Range<usize>, Range<usize>)> {
    let equals = line.find('=')?;
    let name = line[..equals].trim_end();
    let quoted = name.len() > 2 && name.starts_with(['"', '\'']) && name.ends_with(['"', '\'']);
    let key = if quoted { 1..name.len() - 1 } else { 0..name.len() };
    let word = |c: char| c.is_ascii_alphanumeric() || c == '_';
    let named =
        line[key.clone()].chars().all(word) && line[key.clone()].starts_with(|c: char| !c.is_ascii_digit());
    if key.is_empty() || !named {
        return None;
    }
    let rest = &line[equals + 1..];
    let start = equals + 1 + (rest.len() - rest.trim_start().len());
    let value = rest.trim();
    let wrapped = value.len() > 1
        && ['"', '\''].iter().any(|quote| value.starts_with(*quote) && value.ends_with(*quote));
    let inner = usize::from(wrapped);
    Some((key, start + inner..start + value.len() - inner))
}

fn variable_of(passage: &Passage, name: &Range<usize>, value: &Range<usize>) -> Fact {
    let words = |range: &Range<usize>| passage.text().get(range.clone()).unwrap_or_default();
    let at = passage.locate(name.clone());
    let place = passage.locate(value.clone());
    let span = passage.locate(name.start..value.end.max(name.end));
    let secret = secret::classify(words(name), Some(words(value)));
    Fact::new(variable::KIND, span)
        .with(variable::NAME, words(name), at)
        .with(variable::VALUE, words(value), place)
        .with(variable::SCOPE, "cron-env", span)
        .with(variable::SECRET, secret, if secret == "value" { place } else { at })
        .with(variable::LITERAL, true, place)
}

/// Adds the entry's fact under `parent`.
pub(super) fn add(out: &mut Reading, entry: &Entry, passage: &Passage, parent: Option<FactRef>) -> FactRef {
    out.add(entry.fact(passage).inside(parent))
}

/// Words between blanks.
struct Words<'a> {
    line: &'a str,
    at: usize,
}

impl Iterator for Words<'_> {
    type Item = Range<usize>;

    fn next(&mut self) -> Option<Range<usize>> {
        let rest = self.line.get(self.at..)?;
        let start = self.at + (rest.len() - rest.trim_start().len());
        let rest = &self.line[start..];
        let end = start + rest.find(char::is_whitespace).unwrap_or(rest.len());
        self.at = end;
        (end > start).then_some(start..end)
    }
}

#[cfg(test)]
mod tests;
