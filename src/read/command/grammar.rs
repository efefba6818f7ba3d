//! How programs read their words: subcommands, flags and what is left. Knows the tables in `data/`,
//! no shell and no effect. A program without a table takes words after flags for arguments.

use std::borrow::Cow;
use std::sync::{LazyLock, OnceLock};

use rustc_hash::{FxHashMap, FxHashSet};

use super::arg::Arg;

/// The words of a command, told apart.
#[derive(Debug, Default)]
pub(super) struct Parsed<'w> {
    /// The subcommand path in its canonical words, each with the index of its word.
    pub verb: Vec<(&'static str, usize)>,
    /// The subcommand path as one text.
    path: &'static str,
    /// The command's line of the table, where there is one.
    line: Option<&'static Command>,
    pub flags: Vec<Flag<'w>>,
    /// Indices of words that are neither verb nor flag nor a flag's value.
    pub args: Vec<usize>,
    /// Index of the first word that belongs to what the command runs.
    tail: Option<usize>,
    /// Whether its last words are another program's.
    pub runs: bool,
    /// Index of the `--` that ends the flags.
    pub dashes: Option<usize>,
}

/// A flag with the indices of its first and its last word.
#[derive(Debug)]
pub(super) struct Flag<'w> {
    /// The long name without dashes.
    pub name: &'w str,
    /// Its value; empty for a flag that takes none.
    pub value: &'w str,
    pub dynamic: bool,
    pub first: usize,
    pub last: usize,
    /// Whether it takes a value; `None` where the table does not name it.
    pub takes: Option<Takes>,
}

impl<'w> Parsed<'w> {
    pub fn flag(&self, name: &str) -> Option<&Flag<'w>> {
        self.flags.iter().find(|flag| flag.name == name)
    }

    pub fn has(&self, name: &str) -> bool {
        self.flag(name).is_some()
    }

    /// The subcommand path as one text.
    pub fn verb_text(&self) -> &'static str {
        self.path
    }

    /// Whether the word belongs to what the command runs.
    pub fn is_tail(&self, index: usize) -> bool {
        self.tail.is_some_and(|tail| index >= tail)
    }

    pub fn is(&self, verb: &[&str]) -> bool {
        self.verb.iter().map(|(word, _)| *word).eq(verb.iter().copied())
    }

    /// What the program's table says of the command beside its flags.
    pub fn manner(&self) -> Manner {
        self.line.map_or_else(Manner::default, Command::manner)
    }
}

/// What a table says of a command beside its flags.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Manner {
    /// Number of arguments that it cannot do without.
    pub least: usize,
    /// Number of arguments that it takes at most, where that is known.
    pub most: Option<usize>,
    /// Whether it is not shown to those who ask for help.
    pub hidden: bool,
    /// Whether it does nothing by itself but print its help.
    pub helps: bool,
    /// Its arguments, as its help names them.
    pub usage: &'static str,
}

/// Whether a flag takes a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Takes {
    Nothing,
    Value,
    /// Only one that is joined to it by `=`.
    Joined,
}

static FLYCTL: &str = include_str!("data/flyctl.txt");
static PROGRAMS: &str = include_str!("data/programs.txt");

/// Programs whose flags may stand before the subcommand although they belong to it; while the
/// subcommand is not found yet, an unknown flag is taken to have a value (as `spf13/cobra` does).
const COBRA: &[&str] = &["flyctl", "docker", "kubectl", "helm", "gh"];

/// Commands whose words are their own only up to so many arguments: what follows belongs to what
/// they run.
const RUNNERS: &[(&str, usize)] = &[
    ("docker run", 1),
    ("docker exec", 1),
    ("docker container run", 1),
    ("docker container exec", 1),
    ("docker compose run", 1),
    ("docker compose exec", 1),
    ("ssh", 1),
    ("node", 1),
    ("ts-node", 1),
    ("tsx", 1),
    ("python", 1),
    ("ruby", 1),
    ("php", 1),
    ("deno run", 1),
    ("pnpm", 1),
    ("pnpm run", 1),
    ("yarn", 1),
    ("yarn run", 1),
    ("yarn workspace", 2),
    ("bun", 1),
    ("bun run", 1),
    ("heroku run", 1),
    ("just", 1),
];

/// Programs that read another's grammar.
const SAME: &[(&str, &str)] = &[
    ("podman", "docker"),
    ("nerdctl", "docker"),
    ("oc", "kubectl"),
    ("python3", "python"),
    ("ts-node-esm", "ts-node"),
    ("opentofu", "tofu"),
    ("django-admin", "manage.py"),
    ("pip3", "pip"),
    ("mariadb", "mysql"),
    ("gmake", "make"),
    ("mariadb-dump", "mysqldump"),
    ("vue-tsc", "tsc"),
    ("sls", "serverless"),
];

struct Table {
    /// Commands by their path.
    commands: FxHashMap<&'static str, Command>,
    /// The canonical path of one that ends in an alias.
    paths: FxHashMap<String, &'static str>,
    /// Paths with subcommands.
    parents: FxHashSet<&'static str>,
}

/// The flags of one command: their text, and what it says once somebody asked.
#[derive(Debug)]
struct Command {
    text: &'static str,
    specs: OnceLock<Vec<Spec>>,
    /// Number of arguments, such as `1..2`.
    count: &'static str,
    notes: &'static str,
    usage: &'static str,
}

impl Command {
    fn manner(&self) -> Manner {
        let (least, most) = self.count.split_once("..").unwrap_or_default();
        let note = |wanted: &str| self.notes.split(',').any(|note| note == wanted);
        Manner {
            least: least.parse().unwrap_or_default(),
            most: most.parse().ok(),
            hidden: note("hidden"),
            helps: note("help"),
            usage: self.usage,
        }
    }

    fn specs(&self) -> &[Spec] {
        self.specs
            .get_or_init(|| self.text.split(' ').filter(|spec| !spec.is_empty()).map(Spec::parse).collect())
    }
}

static TABLE: LazyLock<Table> = LazyLock::new(|| {
    let mut table =
        Table { commands: FxHashMap::default(), paths: FxHashMap::default(), parents: FxHashSet::default() };
    for line in FLYCTL.lines().chain(PROGRAMS.lines()).filter(|line| !line.starts_with('#')) {
        let mut columns = line.split('\t');
        let path = columns.next().unwrap_or_default();
        let aliases = columns.next().unwrap_or_default();
        let text = columns.next().unwrap_or_default();
        let mut column = || columns.next().unwrap_or_default();
        let (count, notes, usage) = (column(), column(), column());
        table.commands.insert(path, Command { text, specs: OnceLock::new(), count, notes, usage });
        let parent = path.rsplit_once(' ').map_or("", |(parent, _)| parent);
        table.parents.insert(parent);
        for alias in aliases.split(',').filter(|alias| !alias.is_empty()) {
            table.paths.entry(format!("{parent} {alias}")).or_insert(path);
        }
    }
    table
});

/// Whether there is a table for the program.
pub(super) fn knows(program: &str) -> bool {
    TABLE.commands.contains_key(same(program))
}

/// Whether the table names every command and every flag of the program, so that what it does not name
/// is none.
pub(super) fn is_complete(program: &str) -> bool {
    program == "flyctl"
}

/// Whether the program reads `--flag word` for a flag without a value as the flag and an argument.
pub(super) fn is_cobra(program: &str) -> bool {
    COBRA.contains(&same(program))
}

/// The subcommands of `path` (a program and subcommands) that its help shows, by their full paths.
pub(super) fn subcommands(path: &str) -> impl Iterator<Item = &'static str> {
    let shown = TABLE.commands.iter().filter(|(_, command)| !command.manner().hidden);
    let mut found: Vec<&'static str> = shown
        .map(|(command, _)| *command)
        .filter(|command| command.rsplit_once(' ').is_some_and(|(parent, _)| parent == path))
        .collect();
    found.sort_unstable();
    found.into_iter()
}

/// The long names of the flags of `path` and of its program.
pub(super) fn flags_of(path: &str) -> impl Iterator<Item = &'static str> {
    let program = path.split(' ').next().unwrap_or_default();
    let lines = [path, program].into_iter().filter_map(|path| TABLE.commands.get(path));
    lines.flat_map(|command| command.specs().iter().map(|spec| spec.long))
}

/// Tells the words after `program` apart.
pub(super) fn parse<'w>(program: &str, args: &'w [Arg<'_>]) -> Parsed<'w> {
    let program = same(program);
    let (path, verb) = find_verb(program, args);
    let own = RUNNERS.iter().find(|(runner, _)| *runner == path).map(|(_, count)| *count);
    let grammar = Grammar::new(program, path, !verb.is_empty());
    let found = TABLE.commands.get_key_value(path);
    let words = verb.first().and(found).map_or("", |(path, _)| *path);
    let words = words.get(program.len() + 1..).unwrap_or_default();
    let line = found.map(|(_, command)| command);
    let mut parsed = Parsed { verb, path: words, line, runs: own.is_some(), ..Parsed::default() };
    let mut next_verb = 0;
    let mut index = 0;
    while index < args.len() {
        if parsed.verb.get(next_verb).is_some_and(|(_, at)| *at == index) {
            next_verb += 1;
            index += 1;
            continue;
        }
        let arg = &args[index];
        if own.is_some_and(|own| parsed.args.len() >= own) {
            parsed.tail.get_or_insert(index);
            parsed.args.push(index);
        } else if arg.value == "--" {
            parsed.dashes = Some(index);
            parsed.args.extend(index + 1..args.len());
            break;
        } else if arg.is_flag() {
            index = grammar.flag(args, index, &mut parsed.flags);
        } else {
            parsed.args.push(index);
        }
        index += 1;
    }
    parsed
}

fn same(program: &str) -> &str {
    SAME.iter().find(|(name, _)| *name == program).map_or(program, |(_, other)| other)
}

/// Walks the subcommands; answers the path of the last one and the words that name them.
fn find_verb<'a>(program: &'a str, args: &[Arg<'_>]) -> (&'a str, Vec<(&'static str, usize)>) {
    let mut verb = Vec::new();
    let mut path: &'a str = program;
    let mut index = 0;
    let mut candidate = String::new();
    while index < args.len() && TABLE.parents.contains(path) {
        let arg = &args[index];
        if arg.value == "--" {
            break;
        }
        if arg.is_flag() {
            index += 1 + usize::from(eats_next(program, path, &arg.value));
            continue;
        }
        candidate.clear();
        candidate.push_str(path);
        candidate.push(' ');
        candidate.push_str(&arg.value);
        let found = match TABLE.commands.get_key_value(candidate.as_str()) {
            Some((path, _)) => Some(*path),
            None => TABLE.paths.get(&candidate).copied(),
        };
        let Some(found) = found.filter(|_| !arg.dynamic) else { break };
        verb.push((found.rsplit(' ').next().unwrap_or(found), index));
        path = found;
        index += 1;
    }
    (path, verb)
}

/// Whether the flag takes the next word, while the subcommand is still looked for.
fn eats_next(program: &str, path: &str, flag: &str) -> bool {
    if flag.contains('=') {
        return false;
    }
    let grammar = Grammar::new(program, path, false);
    let unknown = COBRA.contains(&program) && (flag.starts_with("--") || flag.len() == 2);
    match flag.strip_prefix("--") {
        Some(name) => grammar.long(name).map_or(unknown, |(_, takes)| takes == Takes::Value),
        None if grammar.long(&flag[1..]).is_some() && flag.len() > 2 => {
            grammar.long(&flag[1..]).is_some_and(|(_, takes)| takes == Takes::Value)
        }
        None => {
            let mut shorts = flag[1..].chars();
            let first = shorts.next().and_then(|short| grammar.short(short));
            let last = flag.chars().next_back().and_then(|short| grammar.short(short));
            match (first, last) {
                // A value that is joined to the short flag.
                (Some((_, Takes::Value)), _) if flag.len() > 2 => false,
                (_, Some((_, takes))) => takes == Takes::Value,
                _ => unknown,
            }
        }
    }
}

/// The flags of one command and of its program.
struct Grammar {
    cobra: bool,
    found: bool,
    own: &'static [Spec],
    /// Those of the commands above it, whose flags may stand before the last word of the subcommand:
    /// `docker compose --file compose.yml up`.
    group: &'static [Spec],
    all: &'static [Spec],
}

impl Grammar {
    fn new(program: &str, path: &str, found: bool) -> Self {
        let specs = |path: &str| TABLE.commands.get(path).map_or(&[][..], Command::specs);
        let all = if path == program { &[] } else { specs(program) };
        // flyctl's groups have no flags that hold for their commands.
        let parent = path.rsplit_once(' ').map(|(parent, _)| parent);
        let group =
            parent.filter(|parent| *parent != program && !is_complete(program)).map_or(&[][..], specs);
        Self { cobra: COBRA.contains(&program), found, own: specs(path), group, all }
    }

    /// Reads the flag at `index`; answers the index of its last word.
    fn flag<'w>(&self, args: &'w [Arg<'_>], index: usize, flags: &mut Vec<Flag<'w>>) -> usize {
        let arg = &args[index];
        let text: &'w str = &arg.value;
        let (body, is_long) = match text.strip_prefix("--") {
            Some(body) => (body, true),
            None => (&text[1..], false),
        };
        let (name, joined) = match body.split_once('=') {
            Some((name, value)) => (name, Some(value)),
            None => (body, None),
        };
        let long = self.long(name);
        let single_dash_long = name.chars().count() > 1 && long.is_some() && self.prefers_long(name);
        if !is_long && !single_dash_long {
            return self.shorts(args, index, flags);
        }
        let known = long.as_ref().map(|(_, takes)| *takes);
        let name = long.as_ref().map_or(name, |(name, _)| name);
        let mut add = |value: &'w str, dynamic: bool, last: usize| {
            flags.push(Flag { name, value, dynamic, first: index, last, takes: known });
            last
        };
        if let Some(value) = joined {
            return add(value, arg.dynamic, index);
        }
        let takes = known.unwrap_or(self.unknown());
        match args.get(index + 1) {
            Some(value) if takes == Takes::Value => add(&value.value, value.dynamic, index + 1),
            _ => add("", false, index),
        }
    }

    /// One or several short flags in one word, the last of which may take a value.
    fn shorts<'w>(&self, args: &'w [Arg<'_>], index: usize, flags: &mut Vec<Flag<'w>>) -> usize {
        let arg = &args[index];
        let body: &'w str = &arg.value[1..];
        let mut add = |name: &'w str, value: &'w str, last: usize, takes: Option<Takes>| {
            let dynamic = args.get(last).is_some_and(|arg| arg.dynamic);
            flags.push(Flag { name, value, dynamic, first: index, last, takes });
            last
        };
        for (at, short) in body.char_indices() {
            let rest = &body[at + short.len_utf8()..];
            let Some((name, takes)) = self.short(short) else {
                if at == 0 {
                    let (name, value) = body.split_once('=').unwrap_or((body, ""));
                    return add(name, value, index, None);
                }
                add(&body[at..at + short.len_utf8()], "", index, None);
                continue;
            };
            let known = Some(takes);
            if let Some(value) = rest.strip_prefix('=') {
                return add(name, value, index, known);
            }
            if takes != Takes::Value {
                if takes == Takes::Joined && !rest.is_empty() {
                    return add(name, rest, index, known);
                }
                add(name, "", index, known);
                continue;
            }
            if !rest.is_empty() {
                return add(name, rest, index, known);
            }
            return match args.get(index + 1) {
                Some(value) => add(name, &value.value, index + 1, known),
                None => add(name, "", index, known),
            };
        }
        index
    }

    /// Whether `-name` is the long flag rather than a run of short ones.
    fn prefers_long(&self, name: &str) -> bool {
        !self.cobra && name.chars().next().and_then(|first| self.short(first)).is_none()
    }

    /// What an unknown flag is taken to take.
    fn unknown(&self) -> Takes {
        if self.cobra && !self.found { Takes::Value } else { Takes::Nothing }
    }

    fn long(&self, name: &str) -> Option<(&'static str, Takes)> {
        let mut specs = self.own.iter().chain(self.group).chain(self.all);
        specs.find(|spec| spec.is(name)).map(|spec| (spec.long, spec.takes))
    }

    fn short(&self, short: char) -> Option<(&'static str, Takes)> {
        let mut specs = self.own.iter().chain(self.group).chain(self.all);
        specs.find(|spec| spec.has_short(short)).map(|spec| (spec.long, spec.takes))
    }
}

/// A flag of a table: `long/s|alias=`; an alias of one letter is one more short name.
#[derive(Debug)]
struct Spec {
    long: &'static str,
    short: Option<char>,
    aliases: &'static str,
    takes: Takes,
}

impl Spec {
    fn is(&self, name: &str) -> bool {
        self.long == name || (!self.aliases.is_empty() && self.aliases.split('|').any(|alias| alias == name))
    }

    fn has_short(&self, short: char) -> bool {
        let alias = |alias: &str| alias.chars().eq(std::iter::once(short));
        self.short == Some(short) || (!self.aliases.is_empty() && self.aliases.split('|').any(alias))
    }

    fn parse(spec: &'static str) -> Self {
        let (spec, takes) = match spec.as_bytes().last() {
            Some(b'=') => (&spec[..spec.len() - 1], Takes::Value),
            Some(b'?') if spec.len() > 1 && !spec.ends_with("/?") => (&spec[..spec.len() - 1], Takes::Joined),
            _ => (spec, Takes::Nothing),
        };
        let (spec, aliases) = spec.split_once('|').unwrap_or((spec, ""));
        let (long, short) = spec.split_once('/').unwrap_or((spec, ""));
        Self { long, short: short.chars().next(), aliases, takes }
    }
}

/// The last part of a path, without an extension that only Windows needs.
pub(super) fn base_name(path: &str) -> Cow<'_, str> {
    let base = path.trim_end_matches('/').rsplit(['/', '\\']).next().unwrap_or(path);
    Cow::Borrowed(base.strip_suffix(".exe").or_else(|| base.strip_suffix(".cmd")).unwrap_or(base))
}
