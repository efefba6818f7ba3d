//! The JSON form against expected values and its own schema.

use super::*;
use crate::finding::{Fix, Severity as Level};
use crate::report::RuleSummary;
use crate::text::{Edit, FileId, Passage};
use serde_json::{Value, json as tree};

fn repo(files: &[(&str, &str)]) -> Repo {
    let mut repo = Repo::default();
    for (path, text) in files {
        repo.insert(path, text.as_bytes().to_vec(), false);
    }
    repo
}

fn whole(repo: &Repo, path: &str) -> Passage {
    repo.passage(repo.get(path).unwrap())
}

/// The place of the first `words` in `path`.
fn at(repo: &Repo, path: &str, words: &str) -> Span {
    let passage = whole(repo, path);
    let start = passage.text().find(words).unwrap();
    passage.locate(start..start + words.len())
}

/// A report with everything in it.
fn example() -> (Report, Repo) {
    let repo = repo(&[
        (".github/workflows/deploy.yml", "run: echo '日本語🚀' && flyctl deploy --remote-only\r\n"),
        ("fly.toml", "\u{feff}app = \"shop\"\n[env\n"),
    ]);
    let path = ".github/workflows/deploy.yml";
    let file = whole(&repo, path);
    let start = file.text().find(" --remote-only").unwrap();
    let edit = Edit::replace(&file, start..start + " --remote-only".len(), "").unwrap();
    let mut finding = Finding::new(
        "deploy/builds-remotely",
        Level::Error,
        "the deploy builds its image on a remote builder",
        at(&repo, path, "--remote-only"),
    )
    .label("builds remotely")
    .related(at(&repo, "fly.toml", "\"shop\""), "the app")
    .help("deploy an image that CI built: `flyctl deploy --image …`");
    finding.fixes.push(Fix { title: "remove the flag".to_owned(), safe: false, edits: vec![edit] });
    let rule = RuleSummary {
        summary: "A deploy builds remotely".to_owned(),
        severity: Level::Error,
        fixable: true,
        since: "0.1".to_owned(),
    };
    let report = Report {
        findings: vec![finding],
        problems: vec![Finding::syntax("this table's header is not closed", at(&repo, "fly.toml", "[env"))],
        files: 2,
        rules: [("deploy/builds-remotely".into(), rule)].into(),
    };
    (report, repo)
}

fn printed(report: &Report, repo: &Repo) -> Value {
    serde_json::from_str(&json(report, repo)).unwrap()
}

#[test]
fn says_everything_in_all_units() {
    let (report, repo) = example();
    let document = printed(&report, &repo);
    assert_eq!(document["schema"], 1);
    assert_eq!(document["tool"]["name"], "deploylint");
    assert_eq!(document["root"], ".");
    assert_eq!(
        document["rules"],
        tree!({"deploy/builds-remotely": {
            "summary": "A deploy builds remotely", "url": null, "severity": "error",
            "category": "deploy", "fix": "sometimes", "since": "0.1",
        }})
    );
    let entry = &document["diagnostics"][0];
    assert_eq!(
        entry["primary"],
        tree!({
            "path": ".github/workflows/deploy.yml",
            "start": {"line": 1, "col": 35, "utf8": 44, "utf16": 36},
            "end": {"line": 1, "col": 48, "utf8": 57, "utf16": 49},
            "bytes": [43, 56],
            "label": "builds remotely",
        })
    );
    assert_eq!(
        entry["related"],
        tree!([{
            "path": "fly.toml",
            "start": {"line": 1, "col": 7, "utf8": 7, "utf16": 7},
            "end": {"line": 1, "col": 13, "utf8": 13, "utf16": 13},
            "bytes": [9, 15],
            "role": "context",
            "message": "the app",
        }])
    );
    assert_eq!(entry["context"], tree!({"artifact": "workflow", "logical": null, "env": null}));
    assert_eq!(
        entry["fixes"],
        tree!([{
            "title": "remove the flag",
            "applicability": "unsafe",
            "edits": [{"path": ".github/workflows/deploy.yml", "bytes": [42, 56], "insert": ""}],
        }])
    );
    assert_eq!(entry["policy"], Value::Null);
    assert_eq!(
        document["problems"],
        tree!([{
            "kind": "parse-error", "path": "fly.toml", "message": "this table's header is not closed",
            "help": null,
            "start": {"line": 2, "col": 1, "utf8": 1, "utf16": 1},
            "end": {"line": 2, "col": 5, "utf8": 5, "utf16": 5},
            "bytes": [16, 20],
        }])
    );
    assert_eq!(
        document["summary"],
        tree!({
            "error": 1, "warning": 0, "info": 0, "suppressed": 0, "fixable": 1, "files": 2,
            "problems": 1, "hidden": 0,
        })
    );
    let keys: Vec<&String> = document.as_object().unwrap().keys().collect();
    assert_eq!(
        keys,
        ["schema", "tool", "root", "base", "as_of", "rules", "diagnostics", "problems", "summary"]
    );
}

#[test]
fn an_independent_validator_accepts_reports_and_refuses_others() {
    let schema: Value = serde_json::from_str(&schema_of::<Document>()).unwrap();
    let validator = jsonschema::validator_for(&schema).unwrap();
    let (report, repo) = example();
    let document = printed(&report, &repo);
    let errors: Vec<String> = validator.iter_errors(&document).map(|error| error.to_string()).collect();
    assert_eq!(errors, Vec::<String>::new());
    assert!(validator.is_valid(&printed(&Report::default(), &Repo::default())));
    let mut unreadable = Document::empty(0);
    unreadable.add_problem(Problem::unreadable("secret.sh", "permission denied"));
    assert!(validator.is_valid(&serde_json::to_value(&unreadable).unwrap()));

    let wrong = |change: &dyn Fn(&mut Value)| {
        let mut document = document.clone();
        change(&mut document);
        !validator.is_valid(&document)
    };
    assert!(!wrong(&|_| ()));
    assert!(!wrong(&|document| document["added-later"] = tree!(1)), "fields may be added");
    assert!(wrong(&|document| document["schema"] = tree!(2)));
    assert!(wrong(&|document| document["diagnostics"][0]["severity"] = tree!("fatal")));
    assert!(wrong(&|document| document["diagnostics"][0]["fingerprint"] = tree!("v1:12")));
    assert!(wrong(&|document| document["diagnostics"][0]["primary"]["start"]["line"] = tree!(0)));
    assert!(wrong(&|document| document["diagnostics"][0]["primary"]["bytes"] = tree!([1])));
    assert!(wrong(&|document| document["diagnostics"][0]["related"][0]["role"] = tree!("other")));
    assert!(wrong(&|document| document["problems"][0]["kind"] = tree!("bug")));
    assert!(wrong(&|document| document["summary"]["error"] = tree!("1")));
    for key in ["schema", "tool", "root", "rules", "diagnostics", "problems", "summary"] {
        let gone = |document: &mut Value| {
            document.as_object_mut().unwrap().shift_remove(key);
        };
        assert!(wrong(&gone), "without {key}");
    }
}

#[test]
fn fingerprints_outlive_other_lines_and_tell_twins_apart() {
    let fingerprints = |text: &str| -> Vec<String> {
        let repo = repo(&[("a.sh", text)]);
        let found = text.match_indices("fly deploy");
        let findings = found
            .map(|(start, words)| {
                let span = whole(&repo, "a.sh").locate(start..start + words.len());
                Finding::new("deploy/builds-remotely", Level::Error, "message", span)
            })
            .collect();
        let document = Document::new(&Report { findings, ..Report::default() }, &repo, |_| true);
        document.diagnostics.into_iter().map(|entry| entry.fingerprint).collect()
    };
    let before = fingerprints("fly deploy\nfly deploy\n");
    let after = fingerprints("#!/bin/sh\n# 配備\nfly deploy\n\n  fly deploy # again\n");
    assert_eq!(before, after);
    assert_ne!(before[0], before[1]);
    // A change here would make every team's baseline worthless.
    assert_eq!(before, ["v1:94731a6ca00042f3", "v1:a120db971d4dc090"]);
}

#[test]
fn hidden_findings_are_counted_and_do_not_move_fingerprints() {
    let repo = repo(&[("a.sh", "fly deploy\nfly deploy\n")]);
    let finding = |start| Finding::new("r/x", Level::Error, "m", Span::new(FileId(0), start, start + 10));
    let report = Report { findings: vec![finding(0), finding(11)], ..Report::default() };
    let all = Document::new(&report, &repo, |_| true);
    let second = Document::new(&report, &repo, |finding| finding.primary.span.start > 0);
    assert_eq!(second.diagnostics.len(), 1);
    assert_eq!(second.diagnostics[0].fingerprint, all.diagnostics[1].fingerprint);
    assert_eq!((second.summary.hidden, second.summary.error), (1, 1));
}

#[test]
fn the_kind_of_file_is_told_by_its_path() {
    for (path, kind) in [
        (".github/workflows/ci.yaml", Some("workflow")),
        (".github/actions/setup/action.yml", Some("action")),
        ("apps/api/fly.production.toml", Some("fly")),
        ("shop.fly.toml", Some("fly")),
        ("Dockerfile.fly", Some("dockerfile")),
        ("package.json", Some("package")),
        ("scripts/release.sh", Some("shell")),
        ("src/migrations/1700000000000-Init.ts", Some("migration")),
        ("src/index.ts", None),
        ("README.md", None),
    ] {
        assert_eq!(artifact(path), kind, "{path}");
    }
}
