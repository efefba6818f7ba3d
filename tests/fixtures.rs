//! Whole repositories against their expected reports, and real ones for their counts.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::path::Path;

use deploylint::doors::disk;
use deploylint::doors::paths::Target;
use deploylint::finding::Finding;
use deploylint::text::LineTable;
use deploylint::{Policy, Repo, Report, Rulebook, check, report};

use crate::support::{expect_file, project, read};

/// A folder with its own policy, checked as the command line does.
fn check_folder(path: &Path) -> (Repo, Report) {
    let rulebook = Rulebook::builtin();
    let target = Target::of(&[path.to_owned()]).unwrap();
    let policy = policy_of(path, &rulebook);
    let loaded = disk::load(&target, &check::settings(&policy), &policy.exclude);
    assert!(loaded.unreadable.is_empty(), "{:?}", loaded.unreadable);
    let report = check(&loaded.repo, &rulebook, &policy);
    (loaded.repo, report)
}

fn policy_of(path: &Path, rulebook: &Rulebook) -> Policy {
    let file = path.join("deploylint.toml");
    if !file.is_file() {
        return Policy::default();
    }
    let mut repo = Repo::default();
    let id = repo.insert("deploylint.toml", read(&file).into_bytes(), false);
    Policy::parse(&repo.passage(id), rulebook).unwrap_or_else(|findings| panic!("{findings:#?}"))
}

fn places(findings: &[Finding], repo: &Repo) -> Vec<String> {
    let place = |finding: &Finding| {
        let file = repo.file(finding.primary.span.file);
        let at = LineTable::new(&file.text).position(&file.text, finding.primary.span.start);
        format!("{}:{}:{} {}", file.path, at.line, at.col, finding.rule)
    };
    findings.iter().map(place).collect()
}

#[test]
fn the_shop_is_reported() {
    let (repo, report) = check_folder(&project("fixtures/shop"));
    expect_file("fixtures/shop.report.txt", &report::human(&report, &repo, &report::Style::default()));
    expect_file("fixtures/shop.concise.txt", &report::concise(&report, &repo));
    expect_file("fixtures/shop.report.json", &report::json(&report, &repo));
}

/// The shop beside what it was at the base: without the files of `pending.txt`, with those of the folder.
fn check_shop_against_its_base() -> (Repo, Report) {
    let (shop, folder) = (project("fixtures/shop"), project("fixtures/shop.base"));
    let rulebook = Rulebook::builtin();
    let policy = policy_of(&shop, &rulebook);
    let load = |path: &Path| {
        let target = Target::of(&[path.to_owned()]).unwrap();
        disk::load(&target, &check::settings(&policy), &policy.exclude).repo
    };
    let now = load(&shop);
    let pending = read(&folder.join("pending.txt"));
    let from = pending.lines().find_map(|line| line.strip_prefix("from ")).unwrap_or("9");
    let is_pending = |path: &str| {
        let file = path.rsplit('/').next().unwrap_or(path);
        let newer = path.contains("/migrations/") && file.starts_with("17") && file >= from;
        newer || pending.lines().any(|line| line == path)
    };
    let mut base = Repo::default();
    for id in now.ids().filter(|&id| !is_pending(now.path(id))) {
        base.insert(now.path(id), now.file(id).text.as_bytes().to_vec(), false);
    }
    for path in [
        "migrations/1728883312759-CreateReview.ts",
        "migrations/1731500418226-AddReviewAuthor.ts",
        "reviews/review.service.ts",
    ] {
        let path = format!("apps/backend/src/{path}");
        base.insert(&path, read(&folder.join(&path)).into_bytes(), false);
    }
    let now = now.with_base(base);
    let report = check(&now, &rulebook, &policy);
    (now, report)
}

#[test]
fn the_shop_is_held_against_its_base() {
    let (repo, report) = check_shop_against_its_base();
    let migrations = report.only(|finding| finding.rule.starts_with("migration/"));
    expect_file("fixtures/shop.base.concise.txt", &report::concise(&migrations, &repo));
}

#[test]
fn the_folders_of_sql_are_reported() {
    let (repo, report) = check_folder(&project("fixtures/sql-folders"));
    expect_file("fixtures/sql-folders.report.txt", &report::human(&report, &repo, &report::Style::default()));
}

#[test]
fn every_rule_speaks_in_the_shop() {
    let (_, mut report) = check_folder(&project("fixtures/shop"));
    // What needs a base speaks against one.
    report.findings.extend(check_shop_against_its_base().1.findings);
    let spoken: BTreeSet<&str> = report.findings.iter().map(|finding| finding.rule.as_ref()).collect();
    let book = Rulebook::builtin();
    let silent: Vec<&str> =
        book.rules.iter().map(|rule| rule.name.as_ref()).filter(|name| !spoken.contains(name)).collect();
    assert!(silent.is_empty(), "silent in fixtures/shop: {silent:?}");
}

#[test]
fn nothing_speaks_in_the_clean_shop() {
    let (repo, report) = check_folder(&project("fixtures/shop-clean"));
    assert!(
        report.findings.is_empty() && report.problems.is_empty(),
        "{}",
        report::human(&report, &repo, &report::Style::default())
    );
}

#[test]
fn the_notes_are_reported() {
    let (repo, report) = check_folder(&project("fixtures/notes"));
    expect_file("fixtures/notes.report.txt", &report::human(&report, &repo, &report::Style::default()));
    expect_file("fixtures/notes.concise.txt", &report::concise(&report, &repo));
}

#[test]
fn nothing_speaks_in_the_clean_notes() {
    let (repo, report) = check_folder(&project("fixtures/notes-clean"));
    assert!(
        report.findings.is_empty() && report.problems.is_empty(),
        "{}",
        report::human(&report, &repo, &report::Style::default())
    );
}

/// `fixtures/places/expected.txt` was written by hand: `path:line:col rule | word`.
#[test]
fn places_are_exact() {
    let (repo, report) = check_folder(&project("fixtures/places"));
    let found: BTreeSet<String> = places(&report.findings, &repo).into_iter().collect();
    let text = read(&project("fixtures/places/expected.txt"));
    let lines = text.lines().filter(|line| !line.is_empty() && !line.starts_with('#'));
    let expected: BTreeSet<String> =
        lines.map(|line| line.split(" | ").next().unwrap_or(line).trim().to_owned()).collect();
    let missing: Vec<_> = expected.difference(&found).collect();
    let surplus: Vec<_> = found.difference(&expected).collect();
    assert!(missing.is_empty() && surplus.is_empty(), "missing: {missing:#?}\nsurplus: {surplus:#?}");
}

#[test]
fn one_report_whatever_the_number_of_threads() {
    let print = |threads: usize| {
        let pool = check::pool(threads).unwrap();
        pool.install(|| {
            let (repo, report) = check_folder(&project("fixtures/shop"));
            report::json(&report, &repo)
        })
    };
    let one = print(1);
    assert!((2..6).all(|threads| print(threads) == one));
}

/// Real `fly.toml` files lie beside the project where it is developed; elsewhere this says so.
#[test]
fn real_fly_configurations_are_read() {
    let folder = project("../shared/corpus/fly");
    let Ok(entries) = std::fs::read_dir(&folder) else {
        println!("skipped: {} is not here", folder.display());
        return;
    };
    let mut repo = Repo::default();
    let mut files = 0;
    for entry in entries {
        let path = entry.unwrap().path();
        if path.extension().is_some_and(|extension| extension == "toml") {
            // Each in a folder of its own, as the file that flyctl reads by default.
            let stem = path.file_stem().unwrap().to_string_lossy().into_owned();
            repo.insert(&format!("{stem}/fly.toml"), std::fs::read(&path).unwrap(), false);
            files += 1;
        }
    }
    let report = check(&repo, &Rulebook::builtin(), &Policy::default());
    assert_eq!(report.files, files);
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for finding in report.findings.iter().chain(&report.problems) {
        *counts.entry(finding.rule.as_ref()).or_default() += 1;
    }
    let list = counts.iter().fold(String::new(), |mut list, (rule, count)| {
        let _ = writeln!(list, "{count:5} {rule}");
        list
    });
    println!("{files} files\n{list}");
}
