//! The locks, rewrites and scans that facts speak of, against what a `PostgreSQL` 15 does: each statement
//! of `tests/locks/statements.sql` on the tables of `setup.sql`. What a real one did is kept in
//! `postgres15.tsv`, which `UPDATE=1` rewrites where `DEPLOYLINT_TEST_PG` holds what `psql` needs to reach
//! one; the facts are held against it always.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io::Write as _;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use deploylint::facts::words::{LOCKS, schema_change as change};
use deploylint::facts::{Fact, Facts};
use deploylint::{Policy, Repo, check};

use crate::support::{expect_file, project, read};

fn rank(lock: &str) -> usize {
    LOCKS.iter().position(|known| *known == lock).unwrap_or_else(|| panic!("`{lock}` is no lock"))
}

fn lines(path: &str) -> Vec<String> {
    let text = read(&project(path));
    text.lines().filter(|line| !line.is_empty() && !line.starts_with("--")).map(str::to_owned).collect()
}

/// What a statement does to one table.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Effect {
    lock: String,
    /// Its rows lie in another file than before.
    rewritten: bool,
    /// All of its rows were read.
    read: bool,
}

/// What a statement did, by table; none where it can't run in a transaction.
#[derive(Debug, Default)]
struct Did {
    refused: bool,
    tables: BTreeMap<String, Effect>,
}

/// `orders ACCESS EXCLUSIVE, rewritten, read; customers SHARE ROW EXCLUSIVE`
fn parse(words: &str) -> Did {
    let mut did = Did::default();
    for part in words.split("; ").filter(|part| !part.is_empty()) {
        if part == "refuses a transaction" {
            did.refused = true;
            continue;
        }
        let (table, rest) = part.split_once(' ').unwrap();
        let mut rest = rest.split(", ");
        let mut effect = Effect { lock: rest.next().unwrap().to_owned(), ..Effect::default() };
        for word in rest {
            effect.rewritten |= word == "rewritten";
            effect.read |= word == "read";
        }
        did.tables.insert(table.to_owned(), effect);
    }
    did
}

const TABLE: &str = "tests/locks/postgres15.tsv";

#[test]
fn locks_are_what_postgres_takes() {
    let statements = lines("tests/locks/statements.sql");
    if let Ok(connection) = std::env::var("DEPLOYLINT_TEST_PG")
        && !connection.is_empty()
    {
        let said: String =
            server::ask(&connection, &statements).iter().fold(String::new(), |mut said, (sql, did)| {
                let _ = writeln!(said, "{sql}\t{did}");
                said
            });
        expect_file(TABLE, &said);
    }
    let table = lines(TABLE);
    let recorded: Vec<(&str, &str)> = table.iter().filter_map(|line| line.split_once('\t')).collect();
    let same = recorded.iter().map(|(sql, _)| *sql).eq(statements.iter().map(String::as_str));
    assert!(same, "{TABLE} is about other statements: DEPLOYLINT_TEST_PG=… UPDATE=1 cargo test locks_are");
    assert!(recorded.len() > 200, "{}", recorded.len());
    let wrong: Vec<String> =
        recorded.iter().flat_map(|(sql, did)| differences(sql, &parse(did), 15)).collect();
    assert!(wrong.is_empty(), "{} differences\n{}", wrong.len(), wrong.join("\n"));
}

/// What differs from version to version, after the documentation.
#[test]
fn each_version_locks_as_its_documentation_says() {
    let table = lines("tests/locks/versions.tsv");
    let mut wrong = Vec::new();
    for line in &table {
        let mut parts = line.split('\t');
        let (versions, sql, did) = (parts.next().unwrap(), parts.next().unwrap(), parts.next().unwrap());
        let (first, last) = versions.split_once('-').unwrap();
        for version in first.parse::<u8>().unwrap()..=last.parse().unwrap() {
            let found = differences(sql, &parse(did), version);
            wrong.extend(found.into_iter().map(|wrong| format!("{version} {wrong}")));
        }
    }
    assert!(table.len() > 45, "{}", table.len());
    assert!(wrong.is_empty(), "{} differences\n{}", wrong.len(), wrong.join("\n"));
}

/// The facts of one statement behind a migration that makes the tables.
fn facts_of(sql: &str, version: u8) -> (Facts, Repo) {
    let mut repo = Repo::default();
    let setup = read(&project("tests/locks/setup.sql"));
    repo.insert("migrations/V1__setup.sql", setup.into_bytes(), true);
    repo.insert("migrations/V2__change.sql", format!("{sql};\n").into_bytes(), true);
    let policy = Policy { postgres: Some(version), ..Policy::default() };
    let (facts, _) = check::understand(&repo, &policy);
    (facts, repo)
}

fn differences(sql: &str, did: &Did, version: u8) -> Vec<String> {
    let (facts, repo) = facts_of(sql, version);
    let mut wrong = Vec::new();
    let mut ours: BTreeMap<String, String> = BTreeMap::new();
    let mut all: Vec<&Fact> = Vec::new();
    for &id in facts.of_kind(change::KIND) {
        let fact = facts.get(id);
        if repo.path(fact.span.file).ends_with("V2__change.sql") {
            all.push(fact);
        }
    }
    if all.is_empty() {
        wrong.push("no fact".to_owned());
    }
    let refuses = all.iter().any(|fact| fact.bool(change::REFUSES_TRANSACTION) == Some(true));
    if refuses != did.refused {
        wrong.push(format!("refuses a transaction: {}, facts say {refuses}", did.refused));
    }
    let mut add = |table: &str, lock: &str| {
        let kept = ours.entry(table.to_owned()).or_insert_with(|| lock.to_owned());
        if rank(lock) > rank(kept) {
            lock.clone_into(kept);
        }
    };
    for fact in &all {
        if let (Some(table), Some(lock)) = (locked(fact), fact.text(change::LOCK)) {
            add(table, lock);
        }
        for (table, lock, _) in fact.map(change::LOCKS_TOO) {
            add(table, lock);
        }
    }
    for (table, effect) in &did.tables {
        match ours.get(table) {
            Some(lock) if *lock == effect.lock => {}
            // What stops neither readers nor writers need not be known.
            None if rank(&effect.lock) < rank("SHARE") => {}
            said => wrong.push(format!("{table}: {}, facts say {said:?}", effect.lock)),
        }
    }
    for (table, lock) in &ours {
        if !did.tables.contains_key(table) && rank(lock) >= rank("SHARE") {
            wrong.push(format!("{table}: no lock, facts say {lock}"));
        }
    }
    if !did.refused {
        wrong.extend(rows(&all, did));
    }
    wrong.retain(|wrong| !GAPS.contains(&(sql, wrong.as_str())));
    wrong.iter().map(|wrong| format!("{sql}\n    {wrong}")).collect()
}

/// What facts can't know, and do not say.
const GAPS: &[(&str, &str)] = &[
    // In UTC, the values stay as they are.
    ("ALTER TABLE orders ALTER COLUMN sent_at TYPE timestamp", "rewritten: true, facts say false"),
    // That `mood` is an enum and not a domain over text.
    (
        "ALTER TABLE orders ALTER COLUMN mood DROP DEFAULT, ALTER COLUMN mood TYPE text USING mood::text",
        "rewritten: true, facts say false",
    ),
    // That there is such a view before.
    (
        "CREATE OR REPLACE VIEW open_payments AS SELECT id, order_id, amount FROM payments",
        "open_payments: ACCESS EXCLUSIVE, facts say None",
    ),
    // Which triggers call the function.
    ("DROP FUNCTION touch() CASCADE", "orders: ACCESS EXCLUSIVE, facts say None"),
];

/// The table that a fact's lock is taken on.
fn locked(fact: &Fact) -> Option<&str> {
    let view = fact.text(change::CHANGE).is_some_and(|word| word.ends_with("-view"));
    fact.text(change::TABLE).or_else(|| fact.text(change::OBJECT).filter(|_| view))
}

/// Whether tables are rewritten and read as the facts say.
fn rows(all: &[&Fact], did: &Did) -> Option<String> {
    // An empty file in place of the old one is no rewrite, and a query reads without a lock that matters.
    const OTHERS: &[&str] =
        &["truncate", "refresh-view", "insert", "update", "delete", "merge", "select", "copy", "create-view"];
    let said = |fact: &&Fact| OTHERS.contains(&fact.text(change::CHANGE).unwrap_or_default());
    if all.iter().any(said) {
        return None;
    }
    let is = |field| all.iter().any(|fact| fact.bool(field) == Some(true));
    let unlocked = |effect: &&Effect| rank(&effect.lock) >= rank("SHARE UPDATE EXCLUSIVE");
    let rewritten = did.tables.values().filter(unlocked).any(|effect| effect.rewritten);
    let read = did.tables.values().filter(unlocked).any(|effect| effect.read);
    if is(change::REWRITES) != rewritten {
        return Some(format!("rewritten: {rewritten}, facts say {}", is(change::REWRITES)));
    }
    let divides = all.iter().any(|fact| fact.get(change::DEFAULT_PARTITION).is_some());
    let scans = is(change::SCANS) || is(change::REWRITES) || divides;
    (scans != read).then(|| format!("read: {read}, facts say {scans}"))
}

/// Asking a real `PostgreSQL`.
mod server {
    use super::*;

    const SCHEMA: &str = "deploylint_locks";

    /// Each statement with what it did.
    pub fn ask(connection: &str, statements: &[String]) -> Vec<(String, String)> {
        let setup = read(&project("tests/locks/setup.sql"));
        let fresh = format!(
            "SET client_min_messages = error;\nSET TimeZone = 'Asia/Tokyo';\nDROP SCHEMA IF EXISTS {SCHEMA} CASCADE;\nCREATE SCHEMA {SCHEMA};\nSET search_path = {SCHEMA};\n{setup}\n"
        );
        let mut script = fresh.clone();
        for (at, sql) in statements.iter().enumerate() {
            let _ = writeln!(script, "{BEFORE}\n{sql};\n\\echo ==== {at} :SQLSTATE\n{REPORT}\nROLLBACK;");
        }
        let said = psql(connection, &script);
        let mut found: BTreeMap<usize, Vec<&str>> = BTreeMap::new();
        let mut failed = Vec::new();
        let mut at = usize::MAX;
        for line in said.lines() {
            if let Some(mark) = line.strip_prefix("==== ") {
                let (number, state) = mark.split_once(' ').unwrap();
                at = number.parse().unwrap();
                let refused = state == "25001";
                if !refused && state != "00000" {
                    failed.push(format!("{state} {}", statements[at]));
                }
                found.entry(at).or_default().extend(refused.then_some("refuses a transaction"));
            } else if let Some(lines) = found.get_mut(&at)
                && let Some(line) = line.strip_prefix("is ")
            {
                lines.push(line);
            }
        }
        assert!(failed.is_empty(), "{}", failed.join("\n"));
        let mut all = Vec::new();
        for (at, sql) in statements.iter().enumerate() {
            let mut did = found.remove(&at).unwrap_or_default().join("; ");
            if did.starts_with("refuses") {
                let _ = write!(did, "; {}", alone(connection, &fresh, sql));
            }
            all.push((sql.clone(), did));
        }
        psql(connection, &format!("DROP SCHEMA {SCHEMA} CASCADE;"));
        all
    }

    const BEFORE: &str = "SELECT 1 FROM pg_stat_force_next_flush();\nBEGIN;\nCREATE TEMP TABLE before ON COMMIT DROP AS SELECT oid, relname, relfilenode, pg_stat_get_xact_tuples_returned(oid) AS rows FROM pg_class WHERE relnamespace = current_schema()::regnamespace AND relkind IN ('r', 'p', 'v', 'm');";

    /// The tables that were there, with the strongest lock on each.
    const REPORT: &str = "
SELECT 'is ' || b.relname || ' ' || m.lock
    || CASE WHEN c.relfilenode <> b.relfilenode THEN ', rewritten' ELSE '' END
    || CASE WHEN pg_stat_get_xact_tuples_returned(b.oid) > b.rows THEN ', read' ELSE '' END
FROM pg_temp.before b LEFT JOIN pg_class c ON c.oid = b.oid
JOIN LATERAL (
    SELECT trim(upper(regexp_replace(replace(l.mode, 'Lock', ''), '([A-Z])', ' \\1', 'g'))) AS lock
    FROM pg_locks l WHERE l.pid = pg_backend_pid() AND l.relation = b.oid
    ORDER BY array_position(ARRAY['AccessShareLock', 'RowShareLock', 'RowExclusiveLock', 'ShareUpdateExclusiveLock', 'ShareLock', 'ShareRowExclusiveLock', 'ExclusiveLock', 'AccessExclusiveLock'], l.mode) DESC
    LIMIT 1) m ON true
ORDER BY b.relname;";

    /// What a statement does that runs in no transaction: the lock that it waits for while another session
    /// holds all tables, and what it has rewritten in the end.
    fn alone(connection: &str, fresh: &str, sql: &str) -> String {
        psql(
            connection,
            &format!(
                "{fresh}\nCREATE TABLE before AS SELECT oid, relname, relfilenode FROM pg_class WHERE relnamespace = current_schema()::regnamespace AND relkind IN ('r', 'p', 'm');"
            ),
        );
        let mut holder = start(connection, "holder");
        let tables = "customers, products, orders, refunds, rooms, events, events_2025, logs";
        write(
            &mut holder,
            &format!(
                "SET search_path = {SCHEMA};\nBEGIN;\nLOCK TABLE {tables} IN SHARE UPDATE EXCLUSIVE MODE;\n"
            ),
        );
        wait(
            connection,
            "SELECT 'is held' FROM pg_locks l JOIN pg_stat_activity a USING (pid) WHERE a.application_name = 'deploylint_holder' AND l.mode = 'ShareUpdateExclusiveLock' LIMIT 1;",
        );
        let mut runner = start(connection, "runner");
        write(&mut runner, &format!("SET search_path = {SCHEMA};\n{sql};\n"));
        let waits = wait(
            connection,
            "SELECT 'is ' || c.relname || ' ' || trim(upper(regexp_replace(replace(l.mode, 'Lock', ''), '([A-Z])', ' \\1', 'g'))) FROM pg_locks l JOIN pg_stat_activity a USING (pid) JOIN pg_class c ON c.oid = l.relation WHERE a.application_name = 'deploylint_runner' AND NOT l.granted;",
        );
        drop(holder.stdin.take());
        holder.wait().unwrap();
        drop(runner.stdin.take());
        let output = runner.wait_with_output().unwrap();
        assert!(output.stderr.is_empty(), "{sql}: {}", String::from_utf8_lossy(&output.stderr));
        let after = psql(
            connection,
            &format!(
                "SET search_path = {SCHEMA};\nSELECT 'is ' || b.relname FROM before b JOIN pg_class c ON c.oid = b.oid WHERE c.relfilenode <> b.relfilenode;"
            ),
        );
        let rewritten = after.lines().any(|line| line.starts_with("is "));
        format!("{waits}{}", if rewritten { ", rewritten" } else { "" })
    }

    /// What a query answers, as soon as it answers something.
    fn wait(connection: &str, query: &str) -> String {
        let until = Instant::now() + Duration::from_secs(20);
        while Instant::now() < until {
            let said = psql(connection, query);
            if let Some(line) = said.lines().find_map(|line| line.strip_prefix("is ")) {
                return line.to_owned();
            }
            std::thread::sleep(Duration::from_millis(50));
        }
        panic!("no answer to {query}");
    }

    fn start(connection: &str, name: &str) -> Child {
        Command::new("psql")
            .args([connection, "-X", "-q", "-A", "-t"])
            .env("PGAPPNAME", format!("deploylint_{name}"))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("psql runs")
    }

    fn write(child: &mut Child, script: &str) {
        let stdin = child.stdin.as_mut().unwrap();
        stdin.write_all(script.as_bytes()).unwrap();
        stdin.flush().unwrap();
    }

    fn psql(connection: &str, script: &str) -> String {
        let mut child = start(connection, "asks");
        let (mut stdin, script) = (child.stdin.take().unwrap(), script.to_owned());
        // What it answers may fill its pipe while it is still being asked.
        let writer = std::thread::spawn(move || stdin.write_all(script.as_bytes()));
        let output = child.wait_with_output().unwrap();
        writer.join().unwrap().unwrap();
        String::from_utf8_lossy(&output.stdout).into_owned()
    }
}
