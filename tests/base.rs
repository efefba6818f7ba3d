//! `--base` on real repositories, and `schema-at`, as their users run them.

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

use tempfile::TempDir;

struct Ran {
    code: Option<i32>,
    out: String,
    err: String,
}

fn run(at: &Path, words: &[&str]) -> Ran {
    let output = Command::new(env!("CARGO_BIN_EXE_deploylint"))
        .args(words)
        .current_dir(at)
        .stdin(Stdio::null())
        .output()
        .unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    Ran { code: output.status.code(), out: text(output.stdout), err: text(output.stderr) }
}

fn write(at: &Path, path: &str, text: &str) {
    let path = at.join(path);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, text).unwrap();
}

fn git(at: &Path, words: &[&str]) {
    let done = Command::new("git")
        .args(["-c", "user.name=a", "-c", "user.email=a@example.com", "-c", "commit.gpgsign=false"])
        .args(words)
        .current_dir(at)
        .env("GIT_CONFIG_GLOBAL", "/dev/null")
        .env("GIT_CONFIG_SYSTEM", "/dev/null")
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .unwrap();
    assert!(done.success(), "git {words:?}");
}

const FIRST: &str = "CREATE TABLE product (id int PRIMARY KEY, code text);\n";

/// A repository whose first migration is committed and tagged `v1`; its root is a folder below git's.
fn released() -> TempDir {
    let at = tempfile::tempdir().unwrap();
    write(at.path(), "app/deploylint.toml", "");
    write(at.path(), "app/migrations/002_create.sql", FIRST);
    write(at.path(), "elsewhere/migrations/009_other.sql", FIRST);
    git(at.path(), &["init", "-q"]);
    git(at.path(), &["add", "-A"]);
    git(at.path(), &["commit", "-q", "-m", "first"]);
    git(at.path(), &["tag", "v1"]);
    at
}

fn concise(at: &TempDir, base: &str) -> Ran {
    run(&at.path().join("app"), &["check", "--format", "concise", "-q", "--base", base])
}

#[test]
fn what_was_released_is_known_from_git() {
    let at = released();
    assert_eq!(concise(&at, "v1").out, "");
    write(at.path(), "app/migrations/001_early.sql", "CREATE TABLE early (id int PRIMARY KEY);\n");
    write(at.path(), "app/migrations/002_create.sql", "CREATE TABLE product (id int PRIMARY KEY);\n");
    let ran = concise(&at, "v1");
    assert_eq!(ran.code, Some(1), "{}", ran.err);
    let rules: Vec<&str> =
        ran.out.lines().filter_map(|line| line.rsplit_once('[')).map(|(_, rule)| rule).collect();
    assert_eq!(rules, ["migration/older-than-base]", "migration/edited-after-release]"]);
    fs::rename(
        at.path().join("app/migrations/002_create.sql"),
        at.path().join("app/migrations/003_create.sql"),
    )
    .unwrap();
    let ran = concise(&at, "HEAD");
    assert!(ran.out.contains("`002_create`, which has been released, is not here any more"), "{}", ran.out);
    let json = run(&at.path().join("app"), &["check", "--format", "json", "--base", "v1"]);
    let document: serde_json::Value = serde_json::from_str(&json.out).unwrap();
    assert_eq!(document["base"], "v1");
    let facts = run(&at.path().join("app"), &["facts", "--base", "v1", "--format", "concise"]);
    assert!(facts.out.contains("older-than-base=\"002_create\""), "{}", facts.out);
}

#[test]
fn an_unknown_base_is_a_mistake_in_the_arguments() {
    let at = released();
    for base in ["v2", "origin/main", "-x", "--all", "", "HEAD:app", "v1;ls"] {
        let ran = run(&at.path().join("app"), &["check", &format!("--base={base}")]);
        assert_eq!(ran.code, Some(2), "{base}: {}", ran.out);
        assert!(ran.err.contains(&format!("`--base {base}` names no revision")), "{}", ran.err);
        assert!(ran.out.is_empty());
    }
    let bare = tempfile::tempdir().unwrap();
    write(bare.path(), "migrations/1_a.sql", FIRST);
    assert_eq!(run(bare.path(), &["check", "--base", "v1"]).code, Some(2));
}

#[test]
fn nothing_of_the_repository_is_run_for_a_base() {
    let at = released();
    write(at.path(), "evil.sh", "#!/bin/sh\ntouch ran\n");
    let evil = at.path().join("evil.sh");
    Command::new("chmod").arg("+x").arg(&evil).status().unwrap();
    for key in ["core.fsmonitor", "core.pager", "diff.x.textconv", "filter.x.smudge", "core.sshCommand"] {
        git(at.path(), &["config", key, &evil.display().to_string()]);
    }
    write(at.path(), ".gitattributes", "*.sql diff=x filter=x\n");
    assert_eq!(concise(&at, "v1").code, Some(0));
    assert!(!at.path().join("ran").exists() && !at.path().join("app/ran").exists());
}

#[test]
fn schema_at_prints_what_migrations_make() {
    let at = released();
    write(
        at.path(),
        "app/migrations/003_drop.sql",
        "ALTER TABLE product DROP COLUMN code, ADD 名前 varchar(20) DEFAULT '✨';\n",
    );
    let app = at.path().join("app");
    let first = run(&app, &["schema-at", "002_create"]);
    assert_eq!(first.code, Some(0), "{}", first.err);
    assert_eq!(
        first.out,
        "-- migrations: 1 migration, to 002_create\n\nCREATE TABLE \"product\" ( -- 002_create\n    \"id\" integer NOT NULL,\n    \"code\" text,\n    CONSTRAINT \"product_pkey\" PRIMARY KEY (\"id\")\n);\n"
    );
    let last = run(&app, &["schema-at"]);
    assert_eq!(
        last.out,
        "-- migrations: 2 migrations\n\nCREATE TABLE \"product\" ( -- 002_create\n    \"id\" integer NOT NULL,\n    \"名前\" character varying(20) DEFAULT '✨', -- 003_drop\n    CONSTRAINT \"product_pkey\" PRIMARY KEY (\"id\")\n);\n"
    );
    assert_eq!(run(at.path(), &["schema-at", "app"]).out, last.out);
    let concise = run(&app, &["schema-at", "003_drop", ".", "--format", "concise"]);
    assert!(
        concise.out.contains("migrations column product \"名前\" character varying(20)"),
        "{}",
        concise.out
    );
    let json: serde_json::Value =
        serde_json::from_str(&run(&app, &["schema-at", "--format", "json"]).out).unwrap();
    assert_eq!(json["histories"][0]["tables"][0]["columns"][1]["type"], "character varying(20)");
    let unknown = run(&app, &["schema-at", "003_dorp"]);
    assert_eq!(unknown.code, Some(2));
    assert!(unknown.err.contains("did you mean `003_drop`?"), "{}", unknown.err);
}
