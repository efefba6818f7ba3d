//! `--base` on real repositories, and `schema-at`, as their users run them.

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

use tempfile::TempDir;

use crate::support::is_there;

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

fn git_is_here() -> bool {
    let here = is_there("git", &["--version"]);
    if !here {
        println!("skipped: git is not here");
    }
    here
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
    if !git_is_here() {
        return;
    }
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
    if !git_is_here() {
        return;
    }
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
    if !git_is_here() {
        return;
    }
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
    if !git_is_here() {
        return;
    }
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

/// The rules and the places of the findings, without those that `--base` has no part in.
fn said(at: &Path, base: &str) -> Vec<String> {
    let ran = run(at, &["check", "--format", "concise", "-q", "--base", base]);
    assert!(matches!(ran.code, Some(0 | 1)), "{}", ran.err);
    let about = [
        "-release",
        "base",
        "expand",
        "contract",
        "destructive",
        "annotation",
        "drops-what-code",
        "drops-what-rel",
    ];
    let finding = |line: &str| {
        let (head, rule) = line.strip_suffix(']')?.rsplit_once('[')?;
        let place: Vec<&str> = head.split(':').take(2).collect();
        let name = rule.trim_start_matches("migration/");
        about.iter().any(|word| name.contains(word)).then(|| format!("{name} {}", place.join(":")))
    };
    ran.out.lines().filter_map(finding).collect()
}

fn commit(at: &Path, message: &str) {
    git(at, &["add", "-A"]);
    git(at, &["commit", "-q", "--allow-empty", "-m", message]);
}

/// A migration for TypeORM.
fn class(head: &str, name: &str, up: &str) -> String {
    format!(
        "import {{ MigrationInterface, QueryRunner }} from \"typeorm\";\n\n{head}export class {name} implements MigrationInterface {{\n    public async up(queryRunner: QueryRunner): Promise<void> {{\n        await queryRunner.query(`{up}`);\n    }}\n\n    public async down(): Promise<void> {{\n        throw new Error(\"there is no way back\");\n    }}\n}}\n"
    )
}

const CREATE: &str = "CREATE TABLE product (id int PRIMARY KEY, legacy_code text, smile_code text)";

/// An app with one TypeORM migration on `main`, and a branch for work.
fn app() -> TempDir {
    let at = tempfile::tempdir().unwrap();
    write(at.path(), "package.json", "{ \"name\": \"shop\" }\n");
    write(at.path(), "src/migrations/1700000000000-Create.ts", &class("", "Create1700000000000", CREATE));
    git(at.path(), &["init", "-q", "-b", "main"]);
    commit(at.path(), "first");
    git(at.path(), &["checkout", "-q", "-b", "work"]);
    at
}

#[test]
fn released_migrations_do_not_change() {
    if !git_is_here() {
        return;
    }
    let path = "src/migrations/1700000000000-Create.ts";
    let original = class("", "Create1700000000000", CREATE);
    for (text, edited) in [
        (original.replace('\n', "\r\n"), false),
        (format!("// 注: 触らないこと\n{original}"), false),
        (
            original.replace("    ", "  ").replace("CREATE TABLE product (", "CREATE TABLE product\n  ("),
            false,
        ),
        (original.replace("there is no way back", "no"), false),
        (class("// @destructive: x\n", "Create1700000000000", CREATE), false),
        (original.replace("legacy_code text", "legacy_code varchar(20)"), true),
        (original.replace("`);", "`);\n        await queryRunner.query(`DROP TABLE coupon`);"), true),
        (original.replace("await queryRunner.query(`CREATE", "// await queryRunner.query(`CREATE"), true),
    ] {
        let at = app();
        write(at.path(), path, &text);
        let found = said(at.path(), "main");
        let edits = found.iter().filter(|found| found.starts_with("edited-after-release")).count();
        assert_eq!(edits == 1, edited, "{text}\n{found:?}");
    }
}

#[test]
fn released_migrations_do_not_go() {
    if !git_is_here() {
        return;
    }
    let old = "src/migrations/1700000000000-Create.ts";
    let moved = |new: &str, text: Option<String>| {
        let at = app();
        let text = text.unwrap_or_else(|| fs::read_to_string(at.path().join(old)).unwrap());
        fs::remove_file(at.path().join(old)).unwrap();
        write(at.path(), new, &text);
        said(at.path(), "main")
    };
    // Only the name of the class counts for TypeORM.
    assert!(moved("src/migrations/1700000000000-CreateProduct.ts", None).is_empty());
    assert!(moved("src/database/migrations/1700000000000-Create.ts", None).is_empty());
    assert!(moved("src/migrations/all.ts", None).is_empty());
    let renamed =
        moved("src/migrations/1700000000001-Create.ts", Some(class("", "Create1700000000001", CREATE)));
    assert_eq!(renamed, ["removed-after-release src/migrations/1700000000001-Create.ts:3"]);
    // Split in two: the first half is edited, the second one is new.
    let at = app();
    write(at.path(), old, &class("", "Create1700000000000", "CREATE TABLE product (id int PRIMARY KEY)"));
    write(
        at.path(),
        "src/migrations/1700000000001-Rest.ts",
        &class("", "Rest1700000000001", "ALTER TABLE product ADD smile_code text"),
    );
    assert_eq!(said(at.path(), "main"), ["edited-after-release src/migrations/1700000000000-Create.ts:3"]);
    let at = app();
    fs::remove_file(at.path().join(old)).unwrap();
    assert_eq!(said(at.path(), "main").len(), 1);
    // A submodule or a file that cannot be read is not gone, a work tree that is not committed counts.
    let at = app();
    write(
        at.path(),
        "src/migrations/1800000000000-New.ts",
        &class("", "New1800000000000", "ALTER TABLE product ADD x int"),
    );
    assert!(said(at.path(), "main").is_empty());
}

#[test]
fn a_base_that_went_on_takes_nothing_away_here() {
    if !git_is_here() {
        return;
    }
    let at = app();
    git(at.path(), &["checkout", "-q", "main"]);
    write(
        at.path(),
        "src/migrations/1750000000000-Main.ts",
        &class("", "Main1750000000000", "ALTER TABLE product ADD m int"),
    );
    let edited = class("", "Create1700000000000", CREATE).replace("text)", "varchar)");
    write(at.path(), "src/migrations/1700000000000-Create.ts", &edited);
    commit(at.path(), "main goes on");
    git(at.path(), &["checkout", "-q", "work"]);
    // What main gained is not removed here, what main edited is not edited here.
    assert_eq!(said(at.path(), "main"), [""; 0]);
    write(
        at.path(),
        "src/migrations/1720000000000-Work.ts",
        &class("", "Work1720000000000", "ALTER TABLE product ADD w int"),
    );
    // But what comes before the newest of main would run behind it.
    assert_eq!(said(at.path(), "main"), ["older-than-base src/migrations/1720000000000-Work.ts:3"]);
    fs::remove_file(at.path().join("src/migrations/1700000000000-Create.ts")).unwrap();
    let found = said(at.path(), "main");
    assert!(found.iter().any(|found| found.starts_with("removed-after-release")), "{found:?}");
    // No commit in common is known.
    git(at.path(), &["checkout", "-q", "--orphan", "alone"]);
    commit(at.path(), "alone");
    let ran = run(at.path(), &["check", "-q", "--base", "main"]);
    assert!(ran.err.contains("HEAD and `main` have no commit in common"), "{}", ran.err);
}

#[test]
fn expand_steps_are_released_first() {
    if !git_is_here() {
        return;
    }
    let contract = |expand: &str| {
        class(
            &format!(
                "// @destructive: DROP COLUMN product.legacy_code (moved)\n// @expand-migration: {expand}\n"
            ),
            "Drop1790000000000",
            "ALTER TABLE product DROP COLUMN legacy_code",
        )
    };
    let with = |expand: &str, others: &[(&str, &str)]| {
        let at = app();
        for (name, up) in others {
            let (text, stamp) = (class("", name, up), &name[name.len() - 13..]);
            write(at.path(), &format!("src/migrations/{stamp}-{}.ts", &name[..name.len() - 13]), &text);
        }
        write(at.path(), "src/migrations/1790000000000-Drop.ts", &contract(expand));
        said(at.path(), "main")
            .into_iter()
            .map(|found| found.split(' ').next().unwrap().to_owned())
            .collect::<Vec<_>>()
    };
    let add = ("AddSmile1710000000000", "ALTER TABLE product ADD smile_two text");
    assert_eq!(with("Create1700000000000", &[]), [""; 0]);
    assert_eq!(with("NONE (nobody reads it)", &[]), [""; 0]);
    assert_eq!(with(add.0, &[add]), ["expand-in-same-release"]);
    assert_eq!(with("AddSmlie1710000000000", &[add]), ["expand-migration-unknown"]);
    assert_eq!(
        with("Late1795000000000", &[("Late1795000000000", add.1)]),
        ["expand-in-same-release", "expand-migration-not-earlier"]
    );
    assert!(
        with(
            "Hard1710000000000",
            &[("Hard1710000000000", "ALTER TABLE product RENAME COLUMN smile_code TO code")]
        )
        .contains(&"expand-migration-not-additive".to_owned())
    );
    assert!(
        with("Other1710000000000", &[("Other1710000000000", "ALTER TABLE voucher ADD x int")])
            .contains(&"expand-migration-unrelated".to_owned())
    );
    // Several: the one at fault speaks.
    assert_eq!(with("Create1700000000000, AddSmile1710000000000", &[add]), ["expand-in-same-release"]);
    assert_eq!(with("Create1700000000000, Nothing1710000000000", &[]), ["expand-migration-unknown"]);
    // Released with the rest of the old app: grandfathered.
    let at = app();
    write(
        at.path(),
        "src/migrations/1790000000000-Drop.ts",
        &class("", "Drop1790000000000", "DROP TABLE product"),
    );
    assert!(!said(at.path(), "main").is_empty());
    commit(at.path(), "released");
    assert_eq!(said(at.path(), "work"), [""; 0]);
    assert_eq!(said(at.path(), "HEAD"), [""; 0]);
}

#[test]
fn an_expand_step_of_another_app_is_another_one() {
    if !git_is_here() {
        return;
    }
    let at = tempfile::tempdir().unwrap();
    for app in ["a", "b"] {
        write(at.path(), &format!("apps/{app}/package.json"), &format!("{{ \"name\": \"{app}\" }}"));
        let up = if app == "a" { "CREATE TABLE other (id int PRIMARY KEY)" } else { CREATE };
        write(
            at.path(),
            &format!("apps/{app}/src/migrations/1700000000000-Init.ts"),
            &class("", "Init1700000000000", up),
        );
    }
    git(at.path(), &["init", "-q", "-b", "main"]);
    commit(at.path(), "first");
    let drop = class(
        "// @destructive: DROP COLUMN product.legacy_code (moved)\n// @expand-migration: Init1700000000000\n",
        "Drop1790000000000",
        "ALTER TABLE product DROP COLUMN legacy_code",
    );
    write(at.path(), "apps/b/src/migrations/1790000000000-Drop.ts", &drop);
    assert_eq!(said(at.path(), "main"), [""; 0]);
    write(at.path(), "apps/a/src/migrations/1790000000000-Drop.ts", &drop.replace("product", "other"));
    assert_eq!(said(at.path(), "main"), [""; 0]);
}

#[test]
fn the_gate_looks_for_what_is_pending() {
    if !git_is_here() {
        return;
    }
    let at = app();
    write(
        at.path(),
        "src/report.ts",
        "export const sum = (db) => db.query(`SELECT legacy_code FROM product`);\n",
    );
    let head = "// @destructive: DROP COLUMN product.legacy_code (moved)\n// @expand-migration: Create1700000000000\n";
    write(
        at.path(),
        "src/migrations/1790000000000-Drop.ts",
        &class(head, "Drop1790000000000", "ALTER TABLE product DROP COLUMN legacy_code"),
    );
    let pending = ["drops-what-code-still-uses src/migrations/1790000000000-Drop.ts:7"];
    assert_eq!(said(at.path(), "main"), pending);
    // The base's own code counts too, where it reads otherwise here or is gone.
    git(at.path(), &["add", "src/report.ts"]);
    git(at.path(), &["commit", "-q", "-m", "report"]);
    write(at.path(), "src/report.ts", "export const sum = (db) => db.query(`SELECT id FROM product`);\n");
    let released = ["drops-what-released-code-uses src/migrations/1790000000000-Drop.ts:7"];
    assert_eq!(said(at.path(), "HEAD"), released);
    fs::remove_file(at.path().join("src/report.ts")).unwrap();
    assert_eq!(said(at.path(), "HEAD"), released);
    git(at.path(), &["checkout", "-q", "src/report.ts"]);
    assert_eq!(said(at.path(), "HEAD"), pending);
    commit(at.path(), "drop");
    assert_eq!(said(at.path(), "main"), pending);
    assert_eq!(said(at.path(), "HEAD"), [""; 0]);
}

#[test]
fn folders_that_git_keeps_in_other_ways() {
    if !git_is_here() {
        return;
    }
    // A work tree of its own, whose `.git` is a file; a hook's variables; a folder below git's root.
    let at = app();
    let tree = tempfile::tempdir().unwrap();
    let path = tree.path().join("tree");
    git(at.path(), &["worktree", "add", "-q", path.to_str().unwrap(), "-b", "other"]);
    write(
        &path,
        "src/migrations/1690000000000-Early.ts",
        &class("", "Early1690000000000", "ALTER TABLE product ADD x int"),
    );
    let early = "older-than-base src/migrations/1690000000000-Early.ts:3";
    assert_eq!(said(&path, "main"), [early]);
    let output = Command::new(env!("CARGO_BIN_EXE_deploylint"))
        .args(["check", "--format", "concise", "-q", "--base", "main"])
        .env("GIT_DIR", ".git")
        .env("GIT_INDEX_FILE", ".git/index")
        .current_dir(&path)
        .output()
        .unwrap();
    assert!(String::from_utf8(output.stdout).unwrap().contains("older-than-base"));
    // A submodule: what it holds at the base is not known here.
    let outer = tempfile::tempdir().unwrap();
    write(outer.path(), "migrations/1_a.sql", FIRST);
    git(outer.path(), &["init", "-q", "-b", "main"]);
    let source = at.path().display().to_string();
    git(outer.path(), &["-c", "protocol.file.allow=always", "submodule", "add", "-q", &source, "app"]);
    commit(outer.path(), "first");
    write(
        outer.path(),
        "app/src/migrations/1690000000000-Drop.ts",
        &class("", "Drop1690000000000", "ALTER TABLE product ADD x int"),
    );
    assert_eq!(said(outer.path(), "main"), [""; 0]);
    let inside = said(&outer.path().join("app"), "origin/work");
    assert_eq!(inside, ["older-than-base src/migrations/1690000000000-Drop.ts:3"]);
}

#[test]
fn what_keeps_a_base_from_being_read_is_said() {
    if !git_is_here() {
        return;
    }
    let bare = tempfile::tempdir().unwrap();
    write(bare.path(), "migrations/1_a.sql", FIRST);
    let ran = run(bare.path(), &["check", "--base", "main"]);
    assert!(ran.err.contains("`--base main` needs a git repository"), "{}", ran.err);
    git(bare.path(), &["init", "-q", "-b", "main"]);
    let ran = run(bare.path(), &["check", "--base", "main"]);
    assert!(ran.err.contains("`--base main` names no revision of this repository"), "{}", ran.err);
    // A clone of the last commit alone.
    let at = app();
    commit(at.path(), "second");
    let clone = tempfile::tempdir().unwrap();
    let path = clone.path().join("clone");
    let source = format!("file://{}", at.path().display());
    git(at.path(), &["clone", "-q", "--depth=1", "--branch=work", &source, path.to_str().unwrap()]);
    let ran = run(&path, &["check", "--base", "origin/main"]);
    assert_eq!(ran.code, Some(2));
    assert!(ran.err.contains("this clone is shallow: fetch it first"), "{}", ran.err);
    git(&path, &["fetch", "-q", "--depth=1", "origin", "main:refs/remotes/origin/main"]);
    let ran = run(&path, &["check", "-q", "--base", "origin/main"]);
    assert!(ran.err.contains("(a shallow clone?)"), "{}", ran.err);
}
