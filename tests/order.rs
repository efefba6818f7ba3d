//! Tables, written by hand, of what runs before what in shell scripts, held against real bash.
//!
//! `tests/order/*.order` speak of whole scripts in `tests/order/scripts/`; `tests/order/constructs.txt`
//! holds one tiny script for each construct of the shell. A table names commands by a piece of text that
//! stands on one line of the script alone. It knows nothing of the program: [`Table`] is what the
//! program's own answer is compared with.
//!
//! What the words of a table mean is said in `tests/order/README.md`.

use std::collections::{BTreeSet, VecDeque};
use std::fmt::Write as _;
use std::io::Read as _;
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::{Mutex, mpsc};
use std::time::Duration;

use tempfile::TempDir;

use crate::support::{is_there, project, read};

/// One line of a table: what is true of `first` wherever `then` runs.
#[derive(Debug, Clone)]
#[allow(clippy::struct_excessive_bools)] // A row of a table.
pub struct Pair {
    /// Texts that name the two commands.
    pub first: String,
    pub then: String,
    pub always: bool,
    pub gates: bool,
    /// Said of background commands; a command in the foreground is always awaited.
    pub awaited: bool,
    pub background: bool,
    pub why: String,
}

/// A script with all that its author knows about its order.
#[derive(Debug, Clone, Default)]
pub struct Table {
    pub name: String,
    /// The file that is run, and then those that it runs or sources: path and text.
    pub files: Vec<(String, String)>,
    /// The arguments that are known; none are when the header has no `args:`.
    pub args: Option<String>,
    pub pairs: Vec<Pair>,
    /// Commands that no path reaches.
    pub never: Vec<String>,
    /// Programs of the script that are replaced by stand-ins.
    commands: Vec<String>,
    /// Arguments and variables to run it with; each line is one way to run it.
    tries: Vec<String>,
    /// What to run instead of `bash <file>`.
    run: Option<String>,
    /// Why bash can't be asked.
    unasked: Option<String>,
}

impl Table {
    /// The text of the script that is run.
    pub fn script(&self) -> &str {
        self.files.first().map_or("", |(_, text)| text.as_str())
    }
}

/// All tables: the whole scripts and the constructs.
pub fn tables() -> Vec<Table> {
    let mut tables = script_tables();
    tables.extend(construct_tables());
    tables
}

/// The tables of whole scripts.
pub fn script_tables() -> Vec<Table> {
    let folder = project("tests/order");
    let mut paths: Vec<PathBuf> =
        std::fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.retain(|path| path.extension().is_some_and(|extension| extension == "order"));
    paths.sort();
    paths.iter().map(|path| script_table(path)).collect()
}

fn script_table(path: &Path) -> Table {
    let mut table =
        Table { name: path.file_stem().unwrap().to_string_lossy().into_owned(), ..Table::default() };
    let mut names = vec![format!("{}.sh", table.name)];
    for line in read(path).lines() {
        match line.split_once(": ") {
            Some(("script", name)) => name.trim().clone_into(&mut names[0]),
            Some(("with", more)) => names.extend(words(more)),
            _ => table.line(line),
        }
    }
    table.files =
        names.iter().map(|name| (name.clone(), read(&project("tests/order/scripts").join(name)))).collect();
    table
}

/// The tables of single constructs: `=== name`, the script, `---`, its table.
pub fn construct_tables() -> Vec<Table> {
    let text = read(&project("tests/order/constructs.txt"));
    let mut tables = Vec::new();
    for record in text.split("\n=== ").skip(1) {
        let (name, rest) = record.split_once('\n').unwrap();
        let (script, lines) = rest.split_once("\n---\n").unwrap_or_else(|| panic!("{name} has no table"));
        let mut parts = script.split("\n+++ ");
        let first = parts.next().unwrap_or_default();
        let mut files = vec![("script.sh".to_owned(), format!("{first}\n"))];
        for part in parts {
            let (file, text) = part.split_once('\n').unwrap();
            files.push((file.to_owned(), format!("{text}\n")));
        }
        let commands = ["step_a", "step_b", "step_c", "step_d", "step_e"].map(str::to_owned).to_vec();
        let mut table = Table { name: name.to_owned(), files, commands, ..Table::default() };
        lines.lines().for_each(|line| table.line(line));
        tables.push(table);
    }
    tables
}

impl Table {
    fn line(&mut self, line: &str) {
        if line.trim().is_empty() || line.starts_with('#') {
            return;
        }
        if let Some((key, value)) = line.split_once(": ").filter(|(key, _)| !key.contains(' ')) {
            let value = value.trim();
            match key {
                "args" => self.args = Some(value.to_owned()),
                "try" => self.tries.push(value.trim_matches('-').to_owned()),
                "commands" => self.commands.extend(words(value)),
                "run" => self.run = Some(value.to_owned()),
                "unasked" => self.unasked = Some(value.to_owned()),
                "never" => self.never.push(value.split("  #").next().unwrap_or(value).trim().to_owned()),
                _ => panic!("{}: no such header: {line}", self.name),
            }
            return;
        }
        self.pairs.push(pair(line).unwrap_or_else(|| panic!("{}: not a pair: {line}", self.name)));
    }
}

fn pair(line: &str) -> Option<Pair> {
    let (relation, why) = line.split_once("  # ")?;
    let (names, answers) = relation.rsplit_once(" : ")?;
    let (first, then) = names.split_once(" -> ")?;
    let answer = |name: &str| {
        let value = words(answers).into_iter().find_map(|word| Some(word.strip_prefix(name)?.to_owned()))?;
        match value.as_str() {
            "=yes" => Some(true),
            "=no" => Some(false),
            _ => None,
        }
    };
    Some(Pair {
        first: first.trim().to_owned(),
        then: then.trim().to_owned(),
        always: answer("always")?,
        gates: answer("gates")?,
        awaited: answer("awaited").unwrap_or(true),
        background: answer("awaited").is_some(),
        why: why.trim().to_owned(),
    })
}

fn words(text: &str) -> Vec<String> {
    text.split_whitespace().map(str::to_owned).collect()
}

/// Where the tables and an answer differ. The answer gets the script and the two names, and says
/// `(always, gates, awaited)`, or nothing where it does not know the commands.
pub fn differences(
    tables: &[Table],
    answer: impl Fn(&Table, &str, &str) -> Option<(bool, bool, bool)>,
) -> String {
    let mut text = String::new();
    for table in tables {
        for pair in &table.pairs {
            let expected = (pair.always, pair.gates, pair.awaited);
            let given = answer(table, &pair.first, &pair.then);
            if given != Some(expected) {
                let Pair { first, then, why, .. } = pair;
                let _ = writeln!(
                    text,
                    "{}: {first} -> {then}: table {expected:?}, answer {given:?} ({why})",
                    table.name
                );
            }
        }
    }
    text
}

#[test]
fn names_in_tables_are_unique() {
    let mut wrong = Vec::new();
    for table in tables() {
        let names = table.pairs.iter().flat_map(|pair| [&pair.first, &pair.then]).chain(&table.never);
        for name in names.collect::<BTreeSet<_>>() {
            let lines = table.files.iter().flat_map(|(_, text)| text.lines());
            let count = lines
                .filter(|line| !line.trim_start().starts_with('#') && line.contains(name.as_str()))
                .count();
            if count != 1 {
                wrong.push(format!("{}: `{name}` stands on {count} lines", table.name));
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn there_are_enough_pairs() {
    let scripts = script_tables();
    assert!(scripts.len() >= 10);
    assert!(scripts.iter().all(|table| table.pairs.len() >= 12));
    assert!(scripts.iter().map(|table| table.pairs.len()).sum::<usize>() >= 150);
    assert!(construct_tables().len() >= 60);
}

/// The place to ask the program: it answers with what it found in the table's files.
#[test]
fn differences_are_told_pair_by_pair() {
    let tables = tables();
    let right = |table: &Table, first: &str, then: &str| {
        let pair = table.pairs.iter().find(|pair| pair.first == first && pair.then == then)?;
        (!table.script().is_empty()).then_some((pair.always, pair.gates, pair.awaited))
    };
    assert_eq!(differences(&tables, right), "");
    let count = tables.iter().map(|table| table.pairs.len()).sum::<usize>();
    assert_eq!(differences(&tables, |_, _, _| None).lines().count(), count);
}

#[test]
fn tables_of_scripts_agree_with_bash() {
    agree_with_bash(&script_tables());
}

#[test]
fn tables_of_constructs_agree_with_bash() {
    agree_with_bash(&construct_tables());
}

fn agree_with_bash(tables: &[Table]) {
    if !is_there("bash", &["-c", "[ \"${BASH_VERSINFO[0]}\" -ge 5 ]"]) {
        println!("skipped: bash 5 is not here");
        return;
    }
    let stages: Vec<(TempDir, &Table)> = tables.iter().map(|table| (stage(table), table)).collect();
    let next = Mutex::new(stages.iter());
    let wrong = Mutex::new(Vec::new());
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                while let Some((stage, table)) = { next.lock().unwrap().next() } {
                    let disagreements = ask_bash(stage, table);
                    wrong.lock().unwrap().extend(disagreements);
                }
            });
        }
    });
    let mut wrong = wrong.into_inner().unwrap();
    wrong.sort();
    assert!(wrong.is_empty(), "bash says otherwise:\n{}", wrong.join("\n"));
}

/// What bash says otherwise. A busy machine may blur what runs side by side, so that a disagreement is
/// looked at again, and once more, with longer pauses.
fn ask_bash(stage: &TempDir, table: &Table) -> Vec<String> {
    if let Some(reason) = &table.unasked {
        println!("{}: bash is not asked: {reason}", table.name);
        return Vec::new();
    }
    if table.run.as_deref().is_some_and(|run| run.starts_with("make")) && !is_there("make", &["--version"]) {
        println!("{}: skipped: make is not here", table.name);
        return Vec::new();
    }
    let background = table.pairs.iter().any(|pair| pair.background);
    let most = if background { RUNS } else { QUICK_RUNS };
    let runs = explore(stage, table, most, ["0.008", "0.025", "0.12", "0.24"]);
    let mut wrong: Vec<String> = wrong_names(table, &runs);
    let doubtful: Vec<&Pair> =
        table.pairs.iter().filter(|pair| disagreement(table, pair, &runs).is_some()).collect();
    if doubtful.is_empty() {
        return wrong;
    }
    let mut said: Vec<String> = Vec::new();
    for pauses in [["0.03", "0.1", "0.5", "1"], ["0.06", "0.3", "1.2", "2.5"]] {
        let runs = explore(stage, table, RUNS / 2, pauses);
        said = doubtful.iter().filter_map(|pair| disagreement(table, pair, &runs)).collect();
        if said.is_empty() {
            break;
        }
    }
    wrong.extend(said);
    wrong
}

/// One command of one run, in the order of starts.
#[derive(Debug)]
struct Ran {
    text: String,
    /// Processes are numbered as they are started, which a busy machine does not blur.
    process: u32,
    /// Places in the log.
    start: usize,
    end: Option<usize>,
    failed: bool,
}

impl Ran {
    fn is_before(&self, other: &Self) -> bool {
        self.start < other.start || self.process < other.process
    }
}

/// At most so many runs of one script, those with few failures first.
const RUNS: usize = 64;
/// And so many where nothing has to sleep.
const QUICK_RUNS: usize = 160;

/// So many of them at once: most of their time is sleep.
const AT_ONCE: usize = 8;

/// Runs the script without a failure, then with each command that was seen failing, and so on.
fn explore(stage: &TempDir, table: &Table, most: usize, pauses: [&str; 4]) -> Vec<Vec<Ran>> {
    let none = [table.args.clone().unwrap_or_default()];
    let tries = if table.tries.is_empty() { &none[..] } else { &table.tries };
    let mut runs = Vec::new();
    for way in tries {
        let mut seen = BTreeSet::new();
        let mut queue = VecDeque::from([BTreeSet::new()]);
        let mut left = (most / tries.len()).max(12);
        while left > 0 && !queue.is_empty() {
            let wave: Vec<BTreeSet<String>> = queue.drain(..queue.len().min(left).min(AT_ONCE)).collect();
            left -= wave.len();
            let done: Vec<Vec<Ran>> = std::thread::scope(|scope| {
                let start = |failing| scope.spawn(move || run_once(stage, table, way, failing, pauses));
                let handles: Vec<_> = wave.iter().map(start).collect();
                handles.into_iter().map(|handle| handle.join().unwrap()).collect()
            });
            for (failing, run) in wave.iter().zip(done) {
                queue.extend(further(failing, &run).into_iter().filter(|more| seen.insert(more.clone())));
                runs.push(run);
            }
        }
    }
    runs
}

/// What to let fail next: one command more; and where a command ran again, its first time only.
fn further(failing: &BTreeSet<String>, run: &[Ran]) -> Vec<BTreeSet<String>> {
    let mut sets = Vec::new();
    for ran in run {
        let (always, once) = (format!("always {}", ran.text), format!("once {}", ran.text));
        let again = run.iter().filter(|other| other.text == ran.text).count() > 1;
        let mut rest = failing.clone();
        let known = rest.remove(&always) | rest.remove(&once);
        if !known {
            sets.push(rest.iter().cloned().chain([always]).collect());
        }
        if again && !failing.contains(&once) {
            sets.push(rest.into_iter().chain([once]).collect());
        }
    }
    sets
}

/// How the runs disagree with a pair. A gate counts only where it was seen shut.
fn disagreement(table: &Table, pair: &Pair, runs: &[Vec<Ran>]) -> Option<String> {
    let (always, gates, awaited) = observe(pair, runs);
    let agrees =
        (always, gates) == (pair.always, pair.gates) && (!pair.background || awaited == pair.awaited);
    let Pair { first, then, .. } = pair;
    let failed = runs.iter().flatten().any(|ran| ran.failed && ran.text.contains(first.as_str()));
    (!agrees || pair.gates && !failed).then(|| {
        format!(
            "{}: {first} -> {then}: bash: always={always} gates={gates} awaited={awaited}; {pair:?}",
            table.name
        )
    })
}

/// Commands that never ran although the table speaks of them, and those that ran all the same.
fn wrong_names(table: &Table, runs: &[Vec<Ran>]) -> Vec<String> {
    let ran = |name: &str| runs.iter().flatten().any(|ran| ran.text.contains(name));
    let names: BTreeSet<&String> = table.pairs.iter().flat_map(|pair| [&pair.first, &pair.then]).collect();
    let missing =
        names.into_iter().filter(|name| !ran(name)).map(|name| format!("{}: `{name}` never ran", table.name));
    let surplus =
        table.never.iter().filter(|name| ran(name)).map(|name| format!("{}: `{name}` ran", table.name));
    missing.chain(surplus).collect()
}

/// `always`, `gates` and `awaited`, as the runs show them.
fn observe(pair: &Pair, runs: &[Vec<Ran>]) -> (bool, bool, bool) {
    let (mut always, mut gates, mut awaited, mut met) = (true, true, true, false);
    for run in runs {
        for then in run.iter().filter(|ran| ran.text.contains(&pair.then)) {
            let earlier: Vec<&Ran> =
                run.iter().filter(|ran| ran.text.contains(&pair.first) && ran.is_before(then)).collect();
            let ended = |ran: &&Ran| ran.end.is_some_and(|end| end < then.start);
            met |= !earlier.is_empty();
            always &= earlier.iter().any(|ran| !pair.awaited || ended(ran));
            awaited &= earlier.iter().all(ended);
            // Of several runs of the very same command the last one counts: a retry mends a failure.
            gates &= earlier.iter().all(|ran| {
                let last = earlier.iter().rfind(|other| other.text == ran.text);
                last.is_none_or(|last| !last.failed)
            });
        }
    }
    (always, gates && met, awaited && met)
}

/// Writes what it is called with into a log, before and after, and fails when it is told to.
const STAND_IN: &str = r#"#!/bin/sh
trap '' PIPE
me="${0##*/}${1:+ $*}"
nl='
'
slow=
IFS='|'
first=$ORDER_LONG
for text in $ORDER_SLOW; do
  case "$me" in *"$text"*) slow=${slow:-${first:-$ORDER_SLEEP}} ;; esac
  first=
done
# What was started earlier also starts earlier.
case "$ORDER_SLOW:$slow" in
  :*) ;;
  *:) command -p sleep "$ORDER_PAUSE" ;;
  *:"$ORDER_LONG") ;;
  *) command -p sleep "$ORDER_SHORT" ;;
esac
status=0
case "$nl$ORDER_FAIL" in *"${nl}always $me$nl"*) status=1 ;; esac
case "$nl$ORDER_FAIL" in *"${nl}once $me$nl"*)
  [ -e "$ORDER_LOG.once" ] || { status=1; : > "$ORDER_LOG.once"; } ;;
esac
printf '%s\n' "start $$ $status $me" >> "$ORDER_LOG"
[ -z "$slow" ] || command -p sleep "$slow"
if [ "$status" -eq 1 ]; then
  printf x >> "$ORDER_LOG.fails"
  read -r fails < "$ORDER_LOG.fails"
  [ "${#fails}" -lt 16 ] || kill -KILL 0
else
  printf '%s\n' "${ORDER_PRINT-ok}" 2> /dev/null
fi
printf '%s\n' "end $$ $status $me" >> "$ORDER_LOG"
exit "$status"
"#;

/// Real programs that scripts may use beside their stand-ins.
const REAL: &[&str] = &[
    "bash", "sh", "cat", "date", "mkdir", "env", "timeout", "xargs", "tee", "grep", "head", "true", "false",
    "dirname", "basename", "mktemp", "rm", "seq", "tr", "make", "nohup", "touch", "printf", "test",
];

/// The programs and the files of a script. They are written before anything is started: a file that is
/// being written can't be executed.
fn stage(table: &Table) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    let bin = folder.path().join("bin");
    std::fs::create_dir_all(&bin).unwrap();
    let stand_in = folder.path().join("stand-in");
    write_executable(&stand_in, STAND_IN);
    for name in REAL.iter().filter(|name| !table.commands.iter().any(|command| command == *name)) {
        let places = ["/usr/bin", "/bin", "/usr/local/bin", "/opt/homebrew/bin"];
        if let Some(real) =
            places.map(|place| Path::new(place).join(name)).into_iter().find(|path| path.exists())
        {
            symlink(real, bin.join(name)).unwrap();
        }
    }
    // Nobody waits in a test.
    write_executable(&bin.join("sleep"), "#!/bin/sh\nexit 0\n");
    for command in &table.commands {
        let _ = std::fs::remove_file(bin.join(command));
        symlink(&stand_in, bin.join(command)).unwrap();
    }
    for (name, text) in &table.files {
        let path = folder.path().join("files").join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        write_executable(&path, text);
    }
    folder
}

fn run_once(
    stage: &TempDir,
    table: &Table,
    way: &str,
    failing: &BTreeSet<String>,
    pauses: [&str; 4],
) -> Vec<Ran> {
    let folder = tempfile::tempdir().unwrap();
    let (work, bin) = (folder.path().join("work"), stage.path().join("bin"));
    for (name, _) in &table.files {
        let path = work.join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        symlink(stage.path().join("files").join(name), path).unwrap();
    }
    // The first one takes longer than the others, so that it is seen who waits for which.
    let mut slow: Vec<&str> = Vec::new();
    for pair in table.pairs.iter().filter(|pair| pair.background) {
        if !slow.contains(&pair.first.as_str()) {
            slow.push(&pair.first);
        }
    }
    let log = folder.path().join("log");
    let (settings, args): (Vec<_>, Vec<_>) = words(way).into_iter().partition(|word| word.contains('='));
    let run = table.run.clone().unwrap_or_else(|| format!("bash {}", table.files[0].0));
    let run = words(&run);
    let mut command = Command::new(bin.join(&run[0]));
    command.args(&run[1..]).args(args).env_clear().current_dir(&work).process_group(0);
    command.env("PATH", &bin).env("HOME", &work).env("TMPDIR", &work).env("ORDER_LOG", &log);
    command.env("ORDER_FAIL", failing.iter().fold(String::new(), |all, one| all + one + "\n"));
    command.env("ORDER_SLOW", slow.join("|")).env("ORDER_SHORT", pauses[0]).env("ORDER_PAUSE", pauses[1]);
    command.env("ORDER_SLEEP", pauses[2]).env("ORDER_LONG", pauses[3]);
    command.envs(settings.iter().filter_map(|setting| setting.split_once('=')));
    finish(command);
    log_of(&log)
}

fn write_executable(path: &Path, text: &str) {
    std::fs::write(path, text).unwrap();
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o755)).unwrap();
}

/// Runs until everything that holds the output has ended, or for ten seconds.
fn finish(mut command: Command) {
    let mut child =
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let (mut out, mut err) = (child.stdout.take().unwrap(), child.stderr.take().unwrap());
    let (done, wait) = mpsc::channel();
    let drain = std::thread::spawn(move || {
        let mut bytes = Vec::new();
        let _ = err.read_to_end(&mut bytes);
        bytes
    });
    std::thread::spawn(move || {
        let _ = out.read_to_end(&mut Vec::new());
        let _ = drain.join();
        let _ = done.send(());
    });
    if wait.recv_timeout(Duration::from_secs(10)).is_err() {
        let group = format!("-{}", child.id());
        let _ = Command::new("kill").args(["-KILL", "--", &group]).status();
    }
    let _ = child.wait();
}

fn log_of(log: &Path) -> Vec<Ran> {
    let text = std::fs::read_to_string(log).unwrap_or_default();
    let mut open: Vec<(String, Ran)> = Vec::new();
    for (at, line) in text.lines().enumerate() {
        let mut parts = line.splitn(4, ' ');
        let mut part = || parts.next().unwrap_or_default().to_owned();
        let (kind, process, status, text) = (part(), part(), part(), part());
        if kind == "start" {
            let number = process.parse().unwrap_or_default();
            open.push((process, Ran { text, process: number, start: at, end: None, failed: status == "1" }));
            continue;
        }
        if let Some((_, ran)) = open.iter_mut().rfind(|(other, ran)| *other == process && ran.end.is_none()) {
            ran.end = Some(at);
        }
    }
    open.into_iter().map(|(_, ran)| ran).collect()
}

/// What the program says of each pair in a table.
mod program {
    use deploylint::Repo;
    use deploylint::facts::words::command;
    use deploylint::facts::{FactId, Facts};

    use super::{Table, differences, tables};

    fn path(name: &str) -> String {
        match name.rsplit_once('.') {
            Some((_, "yml" | "yaml")) => format!(".github/workflows/{name}"),
            Some((_, "just")) => "justfile".to_owned(),
            _ => name.to_owned(),
        }
    }

    fn facts(table: &Table) -> Facts {
        let mut repo = Repo::default();
        for (name, text) in &table.files {
            repo.insert(&path(name), text.as_bytes().to_vec(), false);
        }
        // Known arguments are a caller's.
        if let (Some(args), Some((name, _))) = (&table.args, table.files.first()) {
            repo.insert("caller.sh", format!("./{name} {args}\n").into_bytes(), false);
        }
        deploylint::check::understand(&repo, &deploylint::Policy::default()).0
    }

    /// The text without the commands that its substitutions hold, which are commands of their own.
    fn bare(text: &str) -> String {
        let mut bare = String::new();
        let mut depth = 0;
        let mut last = ' ';
        for c in text.chars() {
            match c {
                '(' if depth > 0 || matches!(last, '$' | '<' | '>') => depth += 1,
                ')' if depth > 0 => depth -= 1,
                _ if depth == 0 => bare.push(c),
                _ => {}
            }
            last = c;
        }
        bare
    }

    fn answer(facts: &Facts, first: &str, then: &str) -> Option<(bool, bool, bool)> {
        let says = |id: FactId, name: &str| {
            let fact = facts.get(id);
            let words = fact.list(command::WORDS).iter().map(|(word, _)| word.as_ref());
            let program = fact.text(command::PROGRAM).unwrap_or_default();
            let words = std::iter::once(program).chain(words).collect::<Vec<_>>().join(" ");
            let text = fact.text(command::TEXT).unwrap_or_default();
            bare(&words).contains(name) || bare(text).contains(name)
        };
        let asked = |id: FactId| says(id, first);
        let targets = facts.of_kind(command::KIND).iter().copied().filter(|&id| says(id, then));
        let orders = targets.flat_map(|id| facts.before(id, &asked)).collect::<Vec<_>>();
        if orders.is_empty() {
            return None;
        }
        let all = |holds: fn(&deploylint::facts::order::Order) -> bool| orders.iter().all(holds);
        // Of the ways that lead there, those on which the first one runs tell.
        let gates = all(|order| order.gates || order.passed_over.is_none() && order.awaited)
            && orders.iter().any(|order| order.gates);
        Some((all(|order| order.always), gates, all(|order| order.awaited)))
    }

    /// Tables whose truth lies in data that a script reads while it runs, or in `PIPESTATUS`, which is not
    /// followed.
    const BEYOND_THE_TEXT: &[&str] =
        &["pipeline into a loop", "while read over a file", "status of a pipeline by its parts"];

    #[test]
    fn answers_as_the_tables_do() {
        let mut text = String::new();
        for table in tables() {
            if BEYOND_THE_TEXT.contains(&table.name.as_str()) {
                continue;
            }
            let facts = facts(&table);
            text += &differences(std::slice::from_ref(&table), |table, first, then| {
                let mut given = answer(&facts, first, then)?;
                // Of commands in the foreground the tables do not say that they are awaited.
                if let Some(pair) = table.pairs.iter().find(|pair| pair.first == first && pair.then == then)
                    && !pair.background
                {
                    given.2 = pair.awaited;
                }
                Some(given)
            });
        }
        assert!(text.is_empty(), "{text}");
    }
}
