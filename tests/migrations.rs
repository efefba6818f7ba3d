//! Tables, written by hand, of what migrations do: small ones in all styles of writing, and those of the
//! fixtures. `tests/migrations/README.md` says what the words mean.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use deploylint::doors::disk;
use deploylint::doors::paths::Target;
use deploylint::facts::words::{migration, schema_change as change, unresolved};
use deploylint::facts::{Fact, FactId, Facts};
use deploylint::text::{FileId, Passage};
use deploylint::{Policy, Repo, Rulebook, check};

use crate::support::{diff, project, read, updating};

const OWN: &str = "src/migrations/1700000000000-Change.ts";

/// What one fact says, on a line.
fn line(fact: &Fact) -> String {
    let text = |field| fact.text(field);
    let is = |field| fact.bool(field) == Some(true);
    let mut line = String::new();
    if fact.kind == unresolved::KIND {
        if text(unresolved::DIRECTION) == Some("down") {
            line.push_str("down ");
        }
        let _ = write!(line, "unresolved {}", text(unresolved::TEXT).unwrap_or_default());
        return line;
    }
    if text(change::DIRECTION) == Some("down") {
        line.push_str("down ");
    }
    line.push_str(text(change::CHANGE).unwrap_or_default());
    match (text(change::TABLE), text(change::COLUMN)) {
        (Some(table), Some(column)) => {
            let _ = write!(line, " {table}.{column}");
        }
        (Some(table), None) => {
            let _ = write!(line, " {table}");
        }
        (None, Some(column)) => {
            let _ = write!(line, " ?.{column}");
        }
        (None, None) => {}
    }
    for (before, field) in [(" ", change::OBJECT), (" -> ", change::NEW_NAME)] {
        if let Some(words) = text(field) {
            let _ = write!(line, "{before}{words}");
        }
    }
    if let Some(condition) = text(change::CONDITION) {
        let _ = write!(line, " if {condition}");
    } else if is(change::CONDITIONAL) {
        line.push_str(" perhaps");
    }
    if fact.bool(change::AWAITED) == Some(false) {
        line.push_str(", floats");
    }
    if is(change::SWALLOWED) {
        line.push_str(", swallowed");
    }
    line
}

/// What the migrations do, in the order of files and places.
fn operations(facts: &Facts) -> Vec<String> {
    let of_migration = |id: FactId| {
        facts.parent(id).is_none_or(|parent| facts.get(parent).kind == migration::KIND)
            && facts.get(id).text(unresolved::WHAT).is_none_or(|what| what == "sql")
    };
    let ids = facts.ids().filter(|&id| matches!(facts.get(id).kind, change::KIND | unresolved::KIND));
    ids.filter(|&id| of_migration(id)).map(|id| line(facts.get(id))).collect()
}

/// What each migration of a repository does: `up` first, each in the order of files and places.
fn by_migration(facts: &Facts) -> String {
    let mut text = String::new();
    for &id in facts.of_kind(migration::KIND) {
        let path = facts.get(id).text(migration::NAME).unwrap_or_default();
        let _ = writeln!(text, "\n{path}");
        let lines = |direction: &str| {
            let own = facts.children(id).iter().map(|&child| facts.get(child)).filter(|fact| {
                let field =
                    if fact.kind == unresolved::KIND { unresolved::DIRECTION } else { change::DIRECTION };
                matches!(fact.kind, change::KIND | unresolved::KIND) && fact.text(field) == Some(direction)
            });
            own.map(|fact| format!("    {}\n", line(fact))).collect::<String>()
        };
        text.push_str(&lines("up"));
        text.push_str(&lines("down"));
    }
    text
}

const UNREAD: &str = "# Not read by a person yet: read these, and move them up.";

/// Whether the fixture's migrations do what a reader of them wrote down. `UPDATE=1` changes nothing of that;
/// it only adds migrations that are not there, to be read.
#[test]
fn the_shop_does_what_its_table_says() {
    let root = project("fixtures/shop");
    let policy = read(&root.join("deploylint.toml"));
    let policy = Passage::file(FileId(0), policy.into());
    let policy = Policy::parse(&policy, &Rulebook::builtin()).unwrap();
    let target = Target::of(&[root]).unwrap();
    let repo = disk::load(&target, &check::settings(&policy), &[]).repo;
    let found = by_migration(&check::understand(&repo, &policy).0);
    let file = project("fixtures/shop.operations.txt");
    let expected = read(&file);
    let parts = |text: &str| -> BTreeMap<String, String> {
        let lines = text.lines().filter(|line| !line.starts_with('#')).map(|line| format!("{line}\n"));
        let all = lines.collect::<String>();
        let parts = all.split("\n\n").map(str::trim).filter(|part| !part.is_empty());
        let named = parts.map(|part| (part.lines().next().unwrap().to_owned(), format!("{part}\n")));
        named.collect()
    };
    let (table, found) = (parts(&expected), parts(&found));
    let unread: Vec<&str> =
        found.iter().filter(|(name, _)| !table.contains_key(*name)).map(|(_, part)| part.as_str()).collect();
    if updating() && !unread.is_empty() {
        let head = if expected.contains(UNREAD) { String::new() } else { format!("\n{UNREAD}\n") };
        std::fs::write(&file, format!("{expected}{head}\n{}", unread.join("\n"))).unwrap();
    } else {
        assert!(unread.is_empty(), "not in the table (UPDATE=1 adds them):\n{}", unread.join("\n"));
    }
    for (name, expected) in &table {
        let found = found.get(name).map_or("", String::as_str);
        assert!(expected == found, "{}", diff(expected, found));
    }
}

/// One little repository and what its migrations do.
struct Case {
    name: String,
    files: Vec<(String, String)>,
    expected: Vec<String>,
}

fn cases(text: &str) -> Vec<Case> {
    let mut cases = Vec::new();
    for part in text.split("\n=== ").skip(1) {
        let (name, rest) = part.split_once('\n').unwrap();
        let (code, expected) = rest.split_once("\n>>>").unwrap_or_else(|| panic!("{name} expects nothing"));
        let mut files: Vec<(String, String)> = Vec::new();
        for (index, file) in format!("\n{code}").split("\n+++ ").enumerate() {
            if index == 0 {
                files.push((OWN.to_owned(), migration(file)));
            } else {
                let (path, text) = file.split_once('\n').unwrap_or((file, ""));
                files.push((path.trim().to_owned(), format!("{text}\n")));
            }
        }
        // A file at the usual path stands for the migration.
        if files.len() > 1 && files[0].1.is_empty() {
            files.remove(0);
        }
        let expected =
            expected.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#'));
        cases.push(Case { name: name.to_owned(), files, expected: expected.map(str::to_owned).collect() });
    }
    cases
}

/// The whole file: `up:` and `members:` begin parts of a class of the usual form.
fn migration(text: &str) -> String {
    if text.contains("class ") || text.trim().is_empty() {
        return text.trim_start().to_owned();
    }
    let text = &format!("\n{text}");
    let (head, up) = text.split_once("\nup:\n").unwrap_or(("", text));
    let (head, members) = head.split_once("\nmembers:\n").unwrap_or((head, ""));
    format!(
        "import {{ MigrationInterface, QueryRunner, Table, TableColumn }} from 'typeorm';\n{head}\n\
         export class Change1700000000000 implements MigrationInterface {{\n{members}\n\
         public async up(queryRunner: QueryRunner): Promise<void> {{\n{up}\n}}\n\
         public async down(): Promise<void> {{}}\n}}\n"
    )
}

fn hold(name: &str) {
    let text = read(&project(&format!("tests/migrations/{name}.cases")));
    let mut wrong = String::new();
    let mut count = 0;
    for case in cases(&text) {
        let mut repo = Repo::default();
        for (path, text) in &case.files {
            repo.insert(path, text.as_bytes().to_vec(), false);
        }
        let mut policy = Policy::default();
        policy.migrations.database = Some("postgres".into());
        let (facts, _) = check::understand(&repo, &policy);
        let found = operations(&facts);
        count += 1;
        if found != case.expected {
            let (one, other) = (case.expected.join("\n") + "\n", found.join("\n") + "\n");
            let _ = writeln!(wrong, "=== {}\n{}", case.name, diff(&one, &other));
            for &id in facts.of_kind(unresolved::KIND) {
                let fact = facts.get(id);
                let _ = writeln!(wrong, "   {}", fact.text(unresolved::REASON).unwrap_or_default());
            }
        }
    }
    assert!(count > 0);
    assert!(wrong.is_empty(), "of {count}:\n{wrong}");
}

macro_rules! tables {
    ($($name:ident)*) => { $(#[test] fn $name() { hold(stringify!($name)); })* };
}

tables! { values texts lists functions classes flow files calls }
