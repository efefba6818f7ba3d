//! What commands do to the world, from the table in `data/effects.txt` and from names. Knows words,
//! not the files that scripts are in. Guesses a deploy from no name but `deploy` itself.

use std::borrow::Cow;
use std::sync::{LazyLock, OnceLock};

use rustc_hash::FxHashMap;

use super::arg::Arg;
use super::grammar::Parsed;
use crate::facts::words::EFFECTS;

static TABLE_TEXT: &str = include_str!("data/effects.txt");

/// One line of the table.
struct Entry {
    words: Vec<Pattern>,
    effects: Vec<&'static str>,
}

enum Pattern {
    /// The next word.
    Next(Words),
    /// A word anywhere, all lines of this kind adding up.
    Each(Words),
    /// A word anywhere.
    Anywhere(Words),
    Flags(&'static str),
}

/// One of several words, each as the texts between its `*`.
struct Words(Vec<Vec<&'static str>>);

/// The words of a use of a program, as the tables write them.
pub(super) struct Usage(Vec<Pattern>);

impl Usage {
    /// `text` is the program with the words that must follow.
    pub fn parse(text: &'static str) -> Self {
        Self(text.split(' ').skip(1).map(pattern).collect())
    }

    /// Whether the words `args` behind the program are such a use.
    pub fn matches(&self, parsed: &Parsed<'_>, args: &[Arg<'_>]) -> bool {
        matches(&self.0, &words_of(parsed, args), parsed)
    }
}

/// The lines of one program: their text, and what it says once somebody asked.
#[derive(Default)]
struct Lines {
    text: Vec<(&'static str, &'static str)>,
    entries: OnceLock<Vec<Entry>>,
}

impl Lines {
    fn entries(&self) -> &[Entry] {
        self.entries.get_or_init(|| {
            let entry = |(words, effects): &(&'static str, &'static str)| Entry {
                words: words.split(' ').skip(1).map(pattern).collect(),
                effects: effects.split(' ').filter_map(word_of_vocabulary).collect(),
            };
            let mut entries: Vec<_> = self.text.iter().map(entry).collect();
            entries.sort_by_key(|entry| entry.words.is_empty());
            entries
        })
    }
}

static TABLE: LazyLock<FxHashMap<&'static str, Lines>> = LazyLock::new(|| {
    let mut table: FxHashMap<&'static str, Lines> = FxHashMap::default();
    for line in TABLE_TEXT.lines().filter(|line| !line.starts_with('#')) {
        let Some((left, right)) = line.split_once(" -> ") else { continue };
        let programs = left.split(' ').next().unwrap_or_default();
        for program in programs.split(',') {
            table.entry(program).or_default().text.push((left, right));
        }
    }
    table
});

fn pattern(word: &'static str) -> Pattern {
    match (word.strip_prefix('+'), word.strip_prefix('~')) {
        (Some(word), _) => Pattern::Each(Words::of(word)),
        (_, Some(word)) => Pattern::Anywhere(Words::of(word)),
        _ if word.starts_with("--") => Pattern::Flags(word),
        _ => Pattern::Next(Words::of(word)),
    }
}

impl Words {
    fn of(pattern: &'static str) -> Self {
        Self(pattern.split('|').map(|one| one.split('*').collect()).collect())
    }

    fn admit(&self, word: &str) -> bool {
        self.0.iter().any(|texts| glob(texts, word))
    }
}

/// The vocabulary's own text of an effect.
fn word_of_vocabulary(word: &str) -> Option<&'static str> {
    EFFECTS.iter().copied().find(|effect| *effect == word)
}

/// Whether the table has a line for the program.
pub(super) fn knows(program: &str) -> bool {
    TABLE.contains_key(program)
}

/// What the program does with these words; `None` where the table does not tell.
pub(super) fn of(
    program: &str,
    parsed: &Parsed<'_>,
    args: &[Arg<'_>],
) -> Option<Cow<'static, [&'static str]>> {
    let entries = TABLE.get(program)?.entries();
    if let [Entry { words, effects }] = entries
        && words.is_empty()
    {
        return Some(effects.into());
    }
    let words = words_of(parsed, args);
    let mut sum: Vec<&'static str> = Vec::new();
    for entry in entries {
        if let [Pattern::Each(pattern)] = &entry.words[..] {
            if words.iter().any(|word| pattern.admit(word)) {
                sum.extend(entry.effects.iter().filter(|effect| !sum.contains(*effect)).collect::<Vec<_>>());
            }
        } else if sum.is_empty() && matches(&entry.words, &words, parsed) {
            return Some((&entry.effects).into());
        }
    }
    (!sum.is_empty()).then_some(sum.into())
}

/// The subcommand's words and the arguments.
fn words_of<'w>(parsed: &Parsed<'_>, args: &'w [Arg<'_>]) -> Vec<&'w str> {
    let mut words: Vec<&str> = parsed.verb.iter().map(|(word, _)| *word).collect();
    words.extend(parsed.args.iter().filter_map(|at| args.get(*at)).map(|arg| arg.value.as_ref()));
    words
}

fn matches(patterns: &[Pattern], words: &[&str], parsed: &Parsed<'_>) -> bool {
    let mut next = words.iter();
    patterns.iter().all(|pattern| match pattern {
        Pattern::Next(pattern) => next.next().is_some_and(|word| pattern.admit(word)),
        Pattern::Each(pattern) | Pattern::Anywhere(pattern) => words.iter().any(|word| pattern.admit(word)),
        Pattern::Flags(flags) => flags.split('|').any(|flag| {
            let (name, value) = flag.split_once('=').unwrap_or((flag, ""));
            parsed.flag(name.trim_start_matches('-')).is_some_and(|found| {
                if value.is_empty() { found.value != "false" } else { found.value == value }
            })
        }),
    })
}

/// Whether the word is the texts in their order, with any text between them.
fn glob(texts: &[&str], word: &str) -> bool {
    let [first, middle @ .., last] = texts else {
        return texts.first().is_some_and(|only| *only == word);
    };
    let Some(mut rest) = word.strip_prefix(first) else { return false };
    if rest.len() < last.len() || !rest.ends_with(last) {
        return false;
    }
    for text in middle {
        let Some(at) = find(rest, text) else { return false };
        rest = &rest[at + text.len()..];
    }
    rest.ends_with(last)
}

/// `str::find` without its preparations, which cost more than a short word.
fn find(word: &str, text: &str) -> Option<usize> {
    let Some(first) = text.as_bytes().first() else { return Some(0) };
    let word = word.as_bytes();
    memchr::memchr_iter(*first, word).find(|at| word[*at..].starts_with(text.as_bytes()))
}

/// What a script of this name does, as far as a name tells: for package scripts that cannot be
/// found, and for programs that only their files' names describe. Empty where it does not tell.
#[must_use]
pub fn effects_of_name(name: &str) -> &'static [&'static str] {
    let lower = name.to_ascii_lowercase();
    let words: Vec<&str> =
        lower.split(|c: char| !c.is_ascii_alphanumeric()).filter(|word| !word.is_empty()).collect();
    let has = |wanted: &[&str]| words.iter().any(|word| wanted.contains(word));
    let first = words.first().copied().unwrap_or_default();
    let migration = has(&["migrate", "migration", "migrations", "migrator"]);
    if has(&["help", "version"]) {
        return &[];
    }
    if migration || has(&["schema", "db", "database", "seed", "seeds", "seeder"]) {
        return match () {
            () if has(&["generate", "create", "make", "new", "gen"]) => &["generate"],
            () if has(&["status", "show", "list", "check", "verify", "validate", "diff", "plan"]) => {
                &["inspect"]
            }
            () if has(&["revert", "rollback", "down", "undo"]) => &["revert-migration"],
            () if has(&["backup", "dump", "snapshot"]) => &["backup"],
            () if has(&["restore"]) => &["restore"],
            () if has(&["drop", "reset", "wipe", "fresh"]) => &["drop-schema"],
            () if has(&["sync", "push", "synchronize"]) => &["sync-schema"],
            () if has(&["seed", "seeds", "seeder", "seeding"]) => &["seed"],
            () if has(&["repair", "fix"]) => &["repair"],
            () if has(&["studio", "console", "shell"]) => &["open-console"],
            () if has(&["test", "tests"]) => &["test"],
            () if migration => &["migrate"],
            () => &[],
        };
    }
    match () {
        () if has(&["backup", "backups", "pgdump"]) => &["backup"],
        () if first == "restore" => &["restore"],
        () if first == "rollback" => &["rollback"],
        () if has(&["typecheck", "tsc", "types"]) && !has(&["generate", "gen", "build"]) => &["typecheck"],
        () if words
            .windows(2)
            .any(|pair| matches!(pair, ["type", "check"] | ["check", "types" | "type"])) =>
        {
            &["typecheck"]
        }
        () if has(&["lint", "eslint", "prettier", "rubocop", "biome", "format", "fmt"]) => &["lint"],
        () if has(&["healthcheck", "health", "smoke"]) => &["health-check"],
        () if first == "deploy" => &["deploy"],
        () if has(&["test", "tests", "e2e", "jest", "vitest", "playwright", "spec"]) => &["test"],
        () if has(&["codegen", "generate"]) => &["generate"],
        () if first == "build" || words.last() == Some(&"build") => {
            if has(&["docker", "image"]) {
                &["build-image"]
            } else {
                &["build"]
            }
        }
        () if matches!(first, "start" | "serve" | "dev" | "server" | "watch") => &["serve"],
        () if has(&["notify", "slack"]) => &["notify"],
        () => &[],
    }
}

/// What a program that runs this file does, as far as the file's name tells.
pub(super) fn of_file(path: &str) -> Option<Vec<&'static str>> {
    let base = super::grammar::base_name(path);
    let stem = base.split('.').next().unwrap_or_default();
    if matches!(stem, "main" | "server" | "index" | "app" | "start" | "www") {
        return Some(vec!["serve"]);
    }
    let effects = effects_of_name(stem);
    (!effects.is_empty() && effects != ["deploy"]).then(|| effects.to_vec())
}
