//! The program as its users run it: arguments, exit codes, output, files of every kind.

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

use tempfile::TempDir;

/// A script that no rule minds, and one whose second line is no UTF-8.
const FINE: &[u8] = b"#!/bin/sh\nset -eu\necho ok\n";
const NOT_UTF8: &[u8] = b"#!/bin/sh\n# \xff\nset -eu\necho ok\n";

/// What a run gave.
struct Ran {
    code: Option<i32>,
    out: String,
    err: String,
}

/// A folder with these files.
fn folder(files: &[(&str, &[u8])]) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (path, bytes) in files {
        let path = folder.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, bytes).unwrap();
    }
    folder
}

/// A repository: a folder that is marked as one.
fn repository(files: &[(&str, &[u8])]) -> TempDir {
    let folder = folder(files);
    fs::create_dir_all(folder.path().join(".git")).unwrap();
    folder
}

fn command(at: &Path, words: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_deploylint"));
    command.args(words).current_dir(at).stdin(Stdio::null());
    for name in ["NO_COLOR", "CLICOLOR_FORCE", "FORCE_COLOR"] {
        command.env_remove(name);
    }
    command
}

fn ran(mut command: Command) -> Ran {
    let output = command.output().unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    Ran { code: output.status.code(), out: text(output.stdout), err: text(output.stderr) }
}

fn run(at: &TempDir, words: &[&str]) -> Ran {
    ran(command(at.path(), words))
}

/// The problems of a JSON report, as `path: message`.
fn problems(ran: &Ran) -> Vec<String> {
    let document: serde_json::Value = serde_json::from_str(&ran.out).unwrap();
    let problem = |problem: &serde_json::Value| {
        format!("{}: {}", problem["path"].as_str().unwrap(), problem["message"].as_str().unwrap())
    };
    document["problems"].as_array().unwrap().iter().map(problem).collect()
}

#[test]
fn without_arguments_it_says_what_it_can_do() {
    let at = folder(&[]);
    let bare = run(&at, &[]);
    assert_eq!(bare.code, Some(2));
    for word in ["check", "facts", "graph", "schema-at", "explain", "rules", "schema"] {
        assert!(bare.err.contains(word), "{}", bare.err);
    }
    let help = run(&at, &["--help"]);
    assert_eq!((help.code, help.err.as_str()), (Some(0), ""));
    let version = run(&at, &["--version"]);
    assert_eq!(version.out, format!("deploylint {}\n", env!("CARGO_PKG_VERSION")));
}

#[test]
fn nothing_wrong_is_0() {
    let at = repository(&[("a.sh", FINE)]);
    let ran = run(&at, &["check"]);
    assert_eq!((ran.code, ran.err.as_str()), (Some(0), ""));
    assert!(ran.out.starts_with("1 file, 0 errors, 0 warnings, 0 infos in "), "{}", ran.out);
    assert_eq!(run(&at, &["check", "-q"]).out, "");
    assert_eq!(run(&at, &["check", "--format", "concise"]).out, "");
}

#[test]
fn findings_are_1_at_or_above_the_fail_level() {
    let at = repository(&[("a.sh", NOT_UTF8)]);
    let ran = run(&at, &["check"]);
    assert_eq!(ran.code, Some(1));
    assert!(ran.out.contains("error[syntax]") && ran.out.contains("[a.sh:2:3]"), "{}", ran.out);
    assert!(ran.out.contains("byte 12 starts no character"), "{}", ran.out);
    for level in ["error", "warning", "info"] {
        assert_eq!(run(&at, &["check", "--fail-on", level]).code, Some(1), "{level}");
    }
    assert_eq!(run(&at, &["check", "--fail-on", "never"]).code, Some(0));
    assert_eq!(run(&at, &["check", "--fail-on", "fatal"]).code, Some(2));
}

#[test]
fn each_format_is_alone_on_standard_output() {
    let at = repository(&[("a.sh", NOT_UTF8), ("日本/b.sh", FINE)]);
    let concise = run(&at, &["check", "--format", "concise"]);
    assert_eq!(
        (concise.out.as_str(), concise.err.as_str()),
        ("a.sh:2:3: error: this is not UTF-8: byte 12 starts no character [syntax]\n", "")
    );
    let json = run(&at, &["check", "--format", "json"]);
    assert_eq!((json.code, json.err.as_str()), (Some(1), ""));
    assert_eq!(problems(&json), ["a.sh: this is not UTF-8: byte 12 starts no character"]);
    assert!(!json.out.contains(at.path().to_str().unwrap()), "an absolute path");
}

#[test]
fn the_report_is_the_same_with_any_number_of_threads() {
    let names: Vec<String> = (0..40).map(|n| format!("d{}/s{n}.sh", n % 7)).collect();
    let files: Vec<(&str, &[u8])> = names.iter().map(|name| (name.as_str(), NOT_UTF8)).collect();
    let at = repository(&files);
    let one = run(&at, &["check", "--format", "json", "-j", "1"]);
    for threads in ["2", "7", "0", "30000"] {
        assert_eq!(run(&at, &["check", "--format", "json", "-j", threads]).out, one.out);
    }
    let paths = problems(&one);
    assert!(paths.is_sorted() && paths.len() == 40);
}

#[test]
fn printed_reports_meet_the_printed_schema() {
    let sql = b"CREATE TABLE a (b text UNIQUE); CREATE INDEX c ON a (b); CREATE TYPE d AS ENUM ('e')";
    let at =
        repository(&[("a.sh", NOT_UTF8), ("b.sh", b"flyctl deploy\nsh a.sh\n"), ("migrations/1_a.sql", sql)]);
    for words in
        [&["check"][..], &["facts"], &["graph"], &["schema-at"], &["rules"], &["explain", "fly/unknown-key"]]
    {
        let schema = run(&at, &["schema", words[0]]);
        assert_eq!(schema.code, Some(0));
        let schema = serde_json::from_str(&schema.out).unwrap();
        let printed = run(&at, &[words, &["--format", "json"]].concat());
        let document = serde_json::from_str(&printed.out).unwrap();
        let errors: Vec<String> = jsonschema::validator_for(&schema)
            .unwrap()
            .iter_errors(&document)
            .map(|error| error.to_string())
            .collect();
        assert_eq!(errors, Vec::<String>::new(), "{words:?}");
    }
}

#[test]
fn paths_are_a_focus() {
    let at = repository(&[("api/a.sh", NOT_UTF8), ("web/b.sh", NOT_UTF8), ("web/c.sh", FINE)]);
    let web = run(&at, &["check", "web", "--format", "concise"]);
    assert_eq!(web.code, Some(1));
    assert!(web.out.starts_with("web/b.sh:2:3: ") && web.out.lines().count() == 1, "{}", web.out);
    assert_eq!(web.err, "1 finding outside the given paths is not shown\n");
    let fine = run(&at, &["check", "web/c.sh"]);
    assert_eq!(fine.code, Some(0), "what is not shown does not fail the run");
    assert_eq!(fine.err, "2 findings outside the given paths are not shown\n");
    assert_eq!(run(&at, &["check", "web/c.sh", "-q"]).err, "");
    // From inside the repository the same files have the same paths.
    let inside = ran(command(&at.path().join("web"), &["check", "b.sh", "--format", "concise"]));
    assert_eq!(inside.out, web.out);
    let both = run(&at, &["check", "web/b.sh", "api", "--format", "concise"]);
    assert_eq!((both.out.lines().count(), both.err.as_str()), (2, ""));
    let all = run(&at, &["check", "."]);
    assert_eq!(all.err, "");
}

#[test]
fn what_nothing_reads_is_said() {
    let at = repository(&[("a.sh", FINE), ("fly.json", b"{}"), ("b.cfg", b""), ("deploylint.toml", b"")]);
    let note = |words: &[&str]| {
        let ran = run(&at, words);
        assert_eq!(ran.code, Some(0), "{words:?}");
        ran.err.split("; ").next().unwrap().trim_end().to_owned()
    };
    assert_eq!(note(&["check", "fly.json", "a.sh"]), "note: `fly.json` is of no kind that deploylint reads");
    assert_eq!(
        note(&["check", "fly.json", "b.cfg"]),
        "note: `fly.json` and 1 other given file are of no kind that deploylint reads"
    );
    for words in [&["check", "a.sh", "deploylint.toml"][..], &["check"], &["check", "-q", "fly.json"]] {
        assert_eq!(note(words), "");
    }
    fs::remove_file(at.path().join("a.sh")).unwrap();
    assert_eq!(
        note(&["check"]),
        "note: nothing was checked: no file here is of a kind that deploylint reads"
    );
}

#[test]
fn a_changed_policy_concerns_every_file() {
    let at = repository(&[("a.sh", NOT_UTF8), ("b.sh", FINE), ("deploylint.toml", b"# fine\n")]);
    let ran = run(&at, &["check", "b.sh", "deploylint.toml", "--format", "concise"]);
    assert_eq!((ran.code, ran.out.lines().count(), ran.err.as_str()), (Some(1), 1, ""));
}

#[test]
fn the_documentation_names_every_field_of_the_schemas() {
    let at = folder(&[]);
    let docs = fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/docs/json.md")).unwrap();
    let words: Vec<&str> = docs.split(|c: char| !(c.is_alphanumeric() || c == '_')).collect();
    let mut missing = Vec::new();
    for what in ["check", "facts", "graph", "schema-at", "rules", "explain"] {
        let schema: serde_json::Value = serde_json::from_str(&run(&at, &["schema", what]).out).unwrap();
        let mut open = vec![&schema];
        while let Some(part) = open.pop() {
            if let Some(fields) = part.get("properties").and_then(serde_json::Value::as_object) {
                missing.extend(fields.keys().filter(|field| !words.contains(&field.as_str())).cloned());
            }
            match part {
                serde_json::Value::Object(parts) => open.extend(parts.values()),
                serde_json::Value::Array(parts) => open.extend(parts),
                _ => {}
            }
        }
    }
    assert_eq!(missing, Vec::<String>::new());
}

#[test]
fn a_folder_that_nothing_marks_is_its_own_root() {
    let at = folder(&[("shop/a.sh", NOT_UTF8), ("b.sh", NOT_UTF8)]);
    assert_eq!(problems(&run(&at, &["check", "shop", "--format", "json"])).len(), 1);
    fs::write(at.path().join("deploylint.toml"), "").unwrap();
    let marked = run(&at, &["check", "shop", "--format", "json"]);
    assert_eq!(problems(&marked), ["shop/a.sh: this is not UTF-8: byte 12 starts no character"]);
    assert_eq!(marked.err, "1 finding outside the given paths is not shown\n");
}

#[test]
fn mistakes_in_the_arguments_are_2() {
    let at = repository(&[("a.sh", FINE)]);
    let elsewhere = folder(&[("b.sh", FINE)]);
    let outside = elsewhere.path().to_str().unwrap();
    for (words, told) in [
        (&["check", "no/such.sh"][..], "`no/such.sh` does not exist"),
        (&["check", "a.sh", outside], "outside of the checked folder"),
        (&["check", "--select", "no/such-rule"], "there is no rule or family `no/such-rule`"),
        (&["check", "--ignore", "a.sh"], "there is no rule or family `a.sh`"),
        (&["check", "--select", ""], "`--select` names no rule"),
        (&["check", "--select", "fly", "--ignore", " , "], "`--ignore` names no rule"),
        (&["check", "--config", "no.toml"], "the policy file `no.toml` cannot be read"),
        (&["check", "--config", "a.sh", "--isolated"], "cannot be used with"),
        (&["check", "--format", "xml"], "invalid value"),
        (&["explain", "no/such-rule"], "there is no rule `no/such-rule`"),
        (&["facts", "nowhere"], "`nowhere` does not exist"),
        (&["graph", "--from", "b.sh"], "the graph has no unit `b.sh`"),
        (&["graph", "--to", "deplyo"], "there is no effect `deplyo`; did you mean `deploy`?"),
        (&["graph", "--environment", "moon"], "the graph has no environment `moon`"),
        (&["graph", "--format", "human"], "invalid value"),
        (&["lint"], "unrecognized subcommand"),
    ] {
        let ran = run(&at, words);
        assert_eq!((ran.code, ran.out.as_str()), (Some(2), ""), "{words:?}");
        assert!(ran.err.contains(told), "{words:?}: {}", ran.err);
    }
}

#[test]
fn a_mistake_in_the_policy_is_2_with_its_place() {
    let at = repository(&[("a.sh", NOT_UTF8), ("deploylint.toml", b"# policy\n# \xff\n")]);
    let human = run(&at, &["check"]);
    assert_eq!(human.code, Some(2));
    assert!(human.out.contains("[deploylint.toml:2:3]") && !human.out.contains("a.sh"), "{}", human.out);
    let json = run(&at, &["check", "--format", "json"]);
    assert_eq!(json.code, Some(2));
    let document: serde_json::Value = serde_json::from_str(&json.out).unwrap();
    assert_eq!(document["problems"][0]["kind"], "config");
    assert_eq!(document["problems"][0]["start"]["line"], 2);
    // Without it, or with another one, the files are checked.
    assert_eq!(run(&at, &["check", "--isolated"]).code, Some(1));
    fs::write(at.path().join("other.toml"), "# fine\n").unwrap();
    assert_eq!(run(&at, &["check", "--config", "other.toml"]).code, Some(1));
}

#[test]
fn words_that_the_policy_does_not_have_are_2() {
    let at =
        repository(&[("deploylint.toml", b"# \xe6\x96\x87\nexclud = []\n[rules]\n\"fly/no\" = \"off\"\n")]);
    let ran = run(&at, &["check", "--format", "concise"]);
    assert_eq!(ran.code, Some(2));
    let places: Vec<&str> = ran.out.lines().filter_map(|line| line.split(" error: ").next()).collect();
    assert_eq!(places, ["deploylint.toml:2:1:", "deploylint.toml:4:1:"], "{}", ran.out);
    assert_eq!(run(&at, &["facts"]).code, Some(2));
    assert_eq!(run(&at, &["check", "--isolated"]).code, Some(0));
}

#[test]
fn rules_are_selected_ignored_and_listed() {
    let at = repository(&[("Dockerfile", b"FROM node:latest\nUSER node\nCMD [\"node\", \"a.js\"]\n")]);
    let found = |words: &[&str]| {
        let ran = run(&at, &[&["check", "--format", "concise"], words].concat());
        let count = ran.out.lines().filter(|line| line.ends_with("[docker/floating-base-image]")).count();
        (count, ran.code)
    };
    assert_eq!(found(&["--select", "docker"]), (1, Some(0)), "a warning does not fail a run");
    assert_eq!(found(&["--select", "fly,docker/floating-base-image", "--fail-on", "warning"]), (1, Some(1)));
    assert_eq!(found(&["--select", "fly"]), (0, Some(0)));
    assert_eq!(found(&["--ignore", "docker"]), (0, Some(0)));
    assert_eq!(found(&["--select", "docker", "--ignore", "docker/floating-base-image"]), (0, Some(0)));
    let list = run(&at, &["rules", "--format", "concise"]).out;
    assert!(list.contains("\ndocker/floating-base-image: warning: "), "{list}");
    let page = run(&at, &["explain", "docker/floating-base-image"]);
    assert_eq!(page.code, Some(0));
    assert!(page.out.contains("\nBad") && page.out.contains("\nGood"), "{}", page.out);
    let wrong = run(&at, &["explain", "docker/floating-base-img"]);
    assert_eq!(wrong.code, Some(2));
    assert!(wrong.err.contains("did you mean `docker/floating-base-image`?"), "{}", wrong.err);
}

#[test]
fn what_git_ignores_is_not_read_unless_it_is_named() {
    let at = repository(&[
        (".gitignore", b"/out/\n*.local.sh\n"),
        ("out/a.sh", NOT_UTF8),
        ("b.local.sh", NOT_UTF8),
        ("c.sh", NOT_UTF8),
        (".github/workflows/d.yml", b"on: push\n# \xff\njobs: {}\n"),
        ("node_modules/e.sh", NOT_UTF8),
        (".git/f.sh", NOT_UTF8),
        ("vendor/g.sh", NOT_UTF8),
    ]);
    let paths = |words: &[&str]| -> Vec<String> {
        let found = problems(&run(&at, &[&["check", "--format", "json"], words].concat()));
        found.iter().filter_map(|line| line.split(':').next().map(str::to_owned)).collect()
    };
    assert_eq!(paths(&[]), [".github/workflows/d.yml", "c.sh", "vendor/g.sh"]);
    assert_eq!(paths(&["b.local.sh"]), ["b.local.sh"]);
    assert_eq!(paths(&["out"]), ["out/a.sh"]);
    assert_eq!(paths(&["node_modules/e.sh"]), ["node_modules/e.sh"]);
    fs::remove_file(at.path().join(".gitignore")).unwrap();
    assert_eq!(paths(&[]), [".github/workflows/d.yml", "b.local.sh", "c.sh", "out/a.sh"]);
}

#[test]
fn scripts_are_known_by_their_first_line_and_migrations_by_their_words() {
    let class = b"// \xff\nexport class A1 implements MigrationInterface {}\n";
    let at = repository(&[
        ("bin/deploy", NOT_UTF8),
        ("bin/tool", b"#!/usr/bin/env python3\n# \xff\n"),
        ("LICENSE", b"\xff\n"),
        ("src/db/A1.ts", class),
        ("src/db/A1.d.ts", class),
        ("src/db/A1.spec.ts", class),
        ("src/other.ts", b"// \xff\nexport {}\n"),
    ]);
    let found = problems(&run(&at, &["check", "--format", "json"]));
    let paths: Vec<&str> = found.iter().filter_map(|line| line.split(':').next()).collect();
    assert_eq!(paths, ["bin/deploy", "src/db/A1.ts"]);
}

#[test]
fn bad_files_are_findings_and_the_rest_is_read() {
    let large = vec![b'#'; 9 * 1024 * 1024];
    let at = repository(&[
        ("binary.sh", b"\x7fELF\0\0\0"),
        ("empty.sh", b""),
        ("fine.sh", FINE),
        ("large.sh", &large),
    ]);
    let ran = run(&at, &["check", "--format", "json"]);
    assert_eq!(ran.code, Some(1));
    let found = problems(&ran);
    assert_eq!(found.len(), 2, "{found:?}");
    assert!(found[0].starts_with("binary.sh: this is a binary file"), "{found:?}");
    assert!(found[1].starts_with("large.sh: this file has 9437184 bytes"), "{found:?}");
    let human = run(&at, &["check"]);
    assert_eq!(human.code, Some(1));
}

#[test]
fn colours_are_for_those_who_ask() {
    let at = repository(&[("a.sh", NOT_UTF8)]);
    let colored = |words: &[&str], set: &[(&str, &str)]| {
        let mut command = command(at.path(), &[&["check"], words].concat());
        command.envs(set.iter().copied());
        ran(command).out.contains('\u{1b}')
    };
    assert!(!colored(&[], &[]), "a pipe has no colours");
    assert!(colored(&["--color", "always"], &[("NO_COLOR", "1")]));
    assert!(colored(&[], &[("CLICOLOR_FORCE", "1")]));
    assert!(colored(&[], &[("FORCE_COLOR", "1")]));
    assert!(!colored(&[], &[("FORCE_COLOR", "1"), ("NO_COLOR", "1")]));
    assert!(!colored(&["--color", "never"], &[("FORCE_COLOR", "1")]));
    assert!(!colored(&["--format", "json", "--color", "always"], &[]));
}

#[test]
fn facts_and_lists_are_printed() {
    let at = repository(&[("a.sh", FINE), ("b/c.sh", NOT_UTF8)]);
    for words in [&["facts"][..], &["facts", "b"], &["facts", "a.sh", "--format", "concise"], &["rules"]] {
        assert_eq!(run(&at, words).code, Some(0), "{words:?}");
    }
}

#[test]
fn the_graph_is_printed_in_every_form() {
    let at = repository(&[
        ("ship.sh", "#!/bin/sh\nset -eu\n# 本番\nflyctl deploy -a 'shop' || true\nsh after.sh\n".as_bytes()),
        ("after.sh", b"pg_dump shop > dump.sql\n"),
        ("fine.sh", FINE),
    ]);
    for (format, first) in
        [("mermaid", "flowchart LR\n"), ("dot", "digraph "), ("svg", "<svg "), ("json", "{\n")]
    {
        let ran = run(&at, &["graph", "--format", format]);
        assert_eq!((ran.code, ran.err.as_str()), (Some(0), ""), "{format}");
        assert!(ran.out.starts_with(first) && ran.out.contains("flyctl deploy -a 'shop'"), "{}", ran.out);
        assert!(!ran.out.contains(at.path().to_str().unwrap()), "an absolute path");
        assert_eq!(run(&at, &["graph", "--format", format, "-j", "3"]).out, ran.out);
    }
    let plain = run(&at, &["graph"]);
    assert_eq!(plain.out, run(&at, &["graph", "--format", "mermaid"]).out);
    assert!(!plain.out.contains("fine.sh"), "{}", plain.out);
    assert!(run(&at, &["graph", "--all"]).out.contains("fine.sh"));
    let backup = run(&at, &["graph", "--from", "ship.sh", "--to", "backup"]);
    assert!(backup.out.contains("pg_dump") && !backup.out.contains("flyctl"), "{}", backup.out);
    let after = run(&at, &["graph", "after.sh"]);
    assert!(after.out.contains("pg_dump") && !after.out.contains("flyctl"), "{}", after.out);
    let fine = run(&at, &["graph", "fine.sh"]);
    assert_eq!((fine.code, fine.out.as_str()), (Some(0), "flowchart LR\n"));
    assert!(fine.err.starts_with("note: the graph is empty"), "{}", fine.err);
}

#[cfg(unix)]
mod unix {
    use super::*;
    use std::os::unix::fs::{PermissionsExt, symlink};
    use std::os::unix::process::CommandExt;

    #[test]
    fn links_are_not_followed() {
        let outside = folder(&[("secret.sh", NOT_UTF8)]);
        let at = repository(&[("real/a.sh", NOT_UTF8)]);
        let link = |target: &Path, name: &str| symlink(target, at.path().join(name)).unwrap();
        link(Path::new("."), "loop");
        link(Path::new("../real"), "real/again");
        link(outside.path(), "outside");
        link(&outside.path().join("secret.sh"), "secret.sh");
        link(Path::new("real/a.sh"), "same.sh");
        link(Path::new("nowhere.sh"), "dangling.sh");
        let ran = run(&at, &["check", "--format", "concise"]);
        assert_eq!((ran.out.lines().count(), ran.err.as_str()), (1, ""), "{}", ran.out);
        assert!(ran.out.starts_with("real/a.sh:"));
        let named = run(&at, &["check", "same.sh", "--format", "concise"]);
        assert!(named.out.starts_with("real/a.sh:"), "{}", named.out);
        let left = run(&at, &["check", ".", "secret.sh"]);
        assert_eq!(left.code, Some(2), "{}", left.out);
    }

    #[test]
    fn what_cannot_be_read_is_3() {
        let at = repository(&[("a.sh", FINE), ("b.sh", FINE)]);
        let set = |path: &Path, mode| fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
        set(&at.path().join("b.sh"), 0);
        set(at.path(), 0o755);
        let run = |words: &[&str]| {
            let mut command = command(at.path(), words);
            if fs::read(at.path().join("b.sh")).is_ok() {
                // Root reads everything; nobody does not.
                command.uid(65534).gid(65534);
            }
            command.output().map(|_| ran(command))
        };
        // Where nobody cannot run the program, there is nothing to see.
        let Ok(human) = run(&["check"]) else { return };
        assert_eq!(human.code, Some(3), "{}", human.err);
        assert!(human.err.contains("`b.sh` cannot be read: "), "{}", human.err);
        let json = run(&["check", "--format", "json"]).unwrap();
        assert_eq!(json.code, Some(3));
        assert!(json.out.contains("\"kind\": \"unreadable\""), "{}", json.out);
    }

    #[test]
    fn a_reader_that_goes_away_is_no_error() {
        let names: Vec<String> = (0..400).map(|n| format!("s{n}.sh")).collect();
        let files: Vec<(&str, &[u8])> = names.iter().map(|name| (name.as_str(), NOT_UTF8)).collect();
        let at = repository(&files);
        let mut command = command(at.path(), &["check"]);
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        drop(child.stdout.take());
        let output = child.wait_with_output().unwrap();
        assert_eq!(output.status.code(), Some(1));
        assert_eq!(String::from_utf8_lossy(&output.stderr), "");
    }

    #[test]
    fn a_name_that_is_no_utf8_is_read() {
        use std::ffi::OsStr;
        use std::os::unix::ffi::OsStrExt;
        let at = repository(&[]);
        fs::write(at.path().join(OsStr::from_bytes(b"a\xff.sh")), NOT_UTF8).unwrap();
        let ran = run(&at, &["check", "--format", "concise"]);
        assert_eq!(ran.code, Some(1));
        assert!(ran.out.starts_with("a\u{fffd}.sh:2:3: "), "{}", ran.out);
    }
}

/// A migration that has a safe fix and one that has not, beside a data source.
fn migrations() -> [(&'static str, &'static [u8]); 2] {
    const CHANGE: &str = "import { MigrationInterface, QueryRunner } from \"typeorm\";\r\n\r\nexport class Change1744000100000 implements MigrationInterface {\r\n  async up(queryRunner: QueryRunner) {\r\n    queryRunner.query(`TRUNCATE \"店\"`);\r\n  }\r\n\r\n  async down() {\r\n    throw new Error(\"gone\");\r\n  }\r\n}\r\n";
    const OTHER: &str = "export class Other1744000200000 implements MigrationInterface {\n  async up(queryRunner) {\n    queryRunner.query(`SELECT 1`);\n  }\n\n  async down() {\n    throw new Error(\"gone\");\n  }\n}\n";
    [
        ("src/migrations/1744000100000-Change.ts", CHANGE.as_bytes()),
        ("src/migrations/1744000200000-Other.ts", OTHER.as_bytes()),
    ]
}

#[test]
fn fixes_are_shown_and_made_as_asked() {
    let files = migrations();
    let at = repository(&files);
    let read = |index: usize| fs::read_to_string(at.path().join(files[index].0)).unwrap();
    let before = [read(0), read(1)];
    // Nobody says what is released: nothing is safe.
    let offered = run(&at, &["check"]);
    assert!(offered.out.contains("to look at with `--diff --unsafe-fixes`"), "{}", offered.out);
    let diff = run(&at, &["check", "--diff"]);
    assert_eq!((diff.code, diff.out.as_str()), (Some(0), ""));
    let fix = run(&at, &["check", "--fix"]);
    assert!(fix.code == Some(1) && fix.err.contains("nothing to fix"), "{}", fix.err);
    // A patch of what is asked for, and of no other file; nothing is written.
    let diff = run(&at, &["check", "--diff", "--unsafe-fixes", files[0].0]);
    assert_eq!(diff.code, Some(1));
    assert!(diff.out.starts_with("--- a/src/migrations/1744000100000-Change.ts\n+++ b/"), "{}", diff.out);
    assert!(diff.out.contains("+    await queryRunner.query(`TRUNCATE \"店\"`);\r\n"), "{}", diff.out);
    assert!(
        diff.out.contains("+// @destructive: TRUNCATE 店 (TODO: why it is safe now)\r\n"),
        "{}",
        diff.out
    );
    assert!(!diff.out.contains("Other"), "{}", diff.out);
    assert_eq!([read(0), read(1)], before);
    // Only the given file is written, with its line ends, and what is left is reported.
    let fix = run(&at, &["check", "--fix", "--unsafe-fixes", "--format", "concise", files[0].0]);
    assert!(fix.err.contains("2 fixes made in 1 file"), "{}", fix.err);
    assert_eq!(fix.code, Some(1));
    assert!(
        fix.out.contains("[migration/unfinished-annotation]") && !fix.out.contains("floating"),
        "{}",
        fix.out
    );
    assert_eq!(read(1), before[1]);
    let text = read(0);
    assert!(
        text.contains("\r\n    await queryRunner.query(") && !text.replace("\r\n", "").contains('\n'),
        "{text}"
    );
    // Twice is once.
    let again = run(&at, &["check", "--fix", "--unsafe-fixes", files[0].0]);
    assert!(again.err.contains("nothing to fix"), "{}", again.err);
    assert_eq!(read(0), text);
}

#[test]
fn fixes_have_their_words() {
    let at = repository(&[("a.sh", FINE)]);
    assert_eq!(run(&at, &["check", "--unsafe-fixes"]).code, Some(2));
    assert_eq!(run(&at, &["check", "--fix", "--diff"]).code, Some(2));
    assert_eq!(run(&at, &["check", "--fix"]).code, Some(0));
    assert_eq!(run(&at, &["check", "--diff"]).code, Some(0));
    // What is no UTF-8 was read with other bytes in its place, and is not written.
    let mut bytes = migrations()[1].1.to_vec();
    bytes.extend(b"// \xff\n");
    let at = repository(&[(migrations()[1].0, &bytes)]);
    assert_eq!(run(&at, &["check", "--fix", "--unsafe-fixes"]).code, Some(1));
    assert_eq!(fs::read(at.path().join(migrations()[1].0)).unwrap(), bytes);
}
