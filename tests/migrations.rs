//! Tables, written by hand, of what migrations do: small ones in all styles of writing, and those of the
//! fixtures. `tests/migrations/README.md` says what the words mean.

use std::fmt::Write as _;

use deploylint::facts::words::{migration, schema_change as change, unresolved};
use deploylint::facts::{Fact, FactId, Facts};
use deploylint::{Policy, Repo, check};

use crate::support::{diff, project, read};

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
