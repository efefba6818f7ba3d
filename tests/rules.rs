//! Every rule's examples: a bad one makes the rule speak, as its `says` fence shows; a good one
//! leaves every rule silent.

use std::fmt::Write as _;
use std::sync::Arc;

use deploylint::policy::Level;
use deploylint::rules::{Example, Rule, examples};
use deploylint::text::{FileId, Passage};
use deploylint::{Policy, Repo, Report, Rulebook, check, mend};

use crate::support::{diff, project, read, updating};

/// The rules' names and paths, from the folder.
fn files() -> Vec<(String, std::path::PathBuf)> {
    let root = project("rules");
    let mut files: Vec<_> = walkdir::WalkDir::new(&root)
        .into_iter()
        .map(|entry| entry.unwrap().into_path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "md"))
        .map(|path| {
            let name =
                path.strip_prefix(&root).unwrap().with_extension("").to_string_lossy().replace('\\', "/");
            (name, path)
        })
        .collect();
    files.sort();
    files
}

fn passage(text: &str) -> Passage {
    Passage::file(FileId(0), Arc::from(text))
}

fn describe(findings: &[deploylint::finding::Finding], text: &str) -> String {
    let lines = deploylint::text::LineTable::new(text);
    findings.iter().fold(String::new(), |mut all, finding| {
        let place = lines.position(text, finding.primary.span.start);
        let _ = writeln!(all, "{}:{}: {}", place.line, place.col, finding.message);
        all
    })
}

#[test]
fn every_rule_parses_and_is_in_the_book() {
    let mut faults = String::new();
    for (name, path) in files() {
        let text = read(&path);
        if let Err(findings) = deploylint::rules::parse(&name, &passage(&text)) {
            let _ = write!(faults, "rules/{name}.md:\n{}", describe(&findings, &text));
        }
    }
    assert!(faults.is_empty(), "{faults}");
    let book = Rulebook::builtin();
    let names: Vec<&str> = book.rules.iter().map(|rule| rule.name.as_ref()).collect();
    let paths: Vec<String> = files().into_iter().map(|(name, _)| name).collect();
    assert_eq!(names, paths);
}

#[test]
fn examples_are_true() {
    let book = Rulebook::builtin();
    let mut faults = String::new();
    for (name, path) in files() {
        let text = read(&path);
        let rule = book.get(&name).expect("the rule parses");
        let examples = match examples(&passage(&text)) {
            Ok(examples) => examples,
            Err(findings) => {
                let _ = write!(faults, "rules/{name}.md:\n{}", describe(&findings, &text));
                continue;
            }
        };
        for (verdict, bad) in [("bad", true), ("good", false)] {
            if !examples.iter().any(|example| example.bad == bad) {
                let _ = writeln!(faults, "rules/{name}.md has no {verdict} example");
            }
        }
        let offered = examples.iter().any(|example| {
            let repo = repo_of(example);
            let policy = policy_of(rule, &book, &repo).unwrap_or_default();
            offers_fix(rule, &check(&repo, &book, &policy))
        });
        if offered != rule.fixable {
            let _ = writeln!(faults, "rules/{name}.md: no example shows its fix");
        }
        let mut updated = text.clone();
        // From the end, so that earlier places stay.
        for example in examples.iter().rev() {
            if let Err(fault) = try_example(rule, &book, example, &mut updated) {
                let _ = writeln!(faults, "rules/{name}.md, case {}: {fault}", example.case);
            }
        }
        if updated != text {
            std::fs::write(&path, updated).unwrap();
        }
    }
    assert!(faults.is_empty(), "{faults}");
}

fn repo_of(example: &Example) -> Repo {
    let of = |files: &[(String, String)]| {
        let mut repo = Repo::default();
        for (path, text) in files {
            repo.insert(path, text.clone().into_bytes(), false);
        }
        repo
    };
    let repo = of(&example.files);
    if example.base.is_empty() { repo } else { repo.with_base(of(&example.base)) }
}

fn policy_of(rule: &Rule, book: &Rulebook, repo: &Repo) -> Result<Policy, String> {
    let mut policy = match repo.get("deploylint.toml") {
        Some(id) => Policy::parse(&repo.passage(id), book).map_err(|findings| format!("{findings:#?}"))?,
        None => Policy::default(),
    };
    if policy.level(rule) == Level::Off {
        policy.levels.insert(rule.name.to_string(), Level::At(rule.severity));
    }
    Ok(policy)
}

fn print(report: &Report, repo: &Repo) -> String {
    deploylint::report::human(report, repo, &deploylint::report::Style::default())
}

fn offers_fix(rule: &Rule, report: &Report) -> bool {
    report.findings.iter().any(|finding| finding.rule == rule.name && !finding.fixes.is_empty())
}

fn try_example(rule: &Rule, book: &Rulebook, example: &Example, text: &mut String) -> Result<(), String> {
    let repo = repo_of(example);
    let policy = policy_of(rule, book, &repo)?;
    let report = check(&repo, book, &policy);
    let printed = print(&report, &repo);
    if !example.bad {
        let silent = report.findings.is_empty() && report.problems.is_empty();
        return if silent { Ok(()) } else { Err(format!("a good example makes rules speak:\n{printed}")) };
    }
    if !report.findings.iter().any(|finding| finding.rule == rule.name) {
        return Err(format!("the rule does not speak; the report says:\n{printed}"));
    }
    if offers_fix(rule, &report) {
        try_fix(rule, book, &policy, &repo, &report)?;
        show_fix(rule, book, (&policy, &repo), example, text)?;
    } else if !example.fixed.is_empty() {
        return Err("no fix is offered, but the example shows what it makes".to_owned());
    }
    let printed = format!("{}\n", printed.trim_matches('\n'));
    match &example.says {
        Some((says, _)) if *says == printed => Ok(()),
        Some((_, range)) if updating() => {
            text.replace_range(range.clone(), &printed);
            Ok(())
        }
        None if updating() => {
            text.insert_str(example.end, &format!("\n```text says\n{printed}```"));
            Ok(())
        }
        Some((says, _)) => {
            Err(format!("the report differs (UPDATE=1 rewrites it):\n{}", diff(says, &printed)))
        }
        None => Err("a bad example is followed by a `text says` fence (UPDATE=1 writes it)".to_owned()),
    }
}

/// The example shows each file that the rule's fixes change as they leave it.
fn show_fix(
    rule: &Rule,
    book: &Rulebook,
    (policy, repo): (&Policy, &Repo),
    example: &Example,
    text: &mut String,
) -> Result<(), String> {
    let own = |finding: &deploylint::finding::Finding, _: &Repo| finding.rule == rule.name;
    let mended = mend::mend(repo.clone(), book, policy, mend::Daring::All, &own);
    let mut faults = String::new();
    // From the end, so that earlier places stay.
    for (path, shown, range) in example.fixed.iter().rev() {
        let id = mended.repo.get(path).filter(|id| mended.changed.contains(id));
        let Some(id) = id else { return Err(format!("no fix changes `{path}`")) };
        let fixed = &mended.repo.file(id).text;
        if **fixed != **shown {
            if updating() {
                text.replace_range(range.clone(), fixed);
            } else {
                let _ = write!(faults, "`{path}` differs after the fix (UPDATE=1):\n{}", diff(shown, fixed));
            }
        }
    }
    for &id in mended.changed.iter().rev() {
        let path = mended.repo.path(id);
        if example.fixed.iter().any(|(shown, ..)| shown == path) {
            continue;
        }
        if updating() {
            let language = path.rsplit('.').next().unwrap_or_default().replace("yml", "yaml");
            let fixed = &mended.repo.file(id).text;
            text.insert_str(example.tail, &format!("\n```{language} fixed path={path}\n{fixed}```"));
        } else {
            let _ = writeln!(faults, "the example does not show `{path}` after the fix (UPDATE=1)");
        }
    }
    if faults.is_empty() { Ok(()) } else { Err(faults) }
}

/// After the fixes the rule is silent, nothing new appears, and mending again changes nothing.
fn try_fix(
    rule: &Rule,
    book: &Rulebook,
    policy: &Policy,
    repo: &Repo,
    before: &Report,
) -> Result<(), String> {
    let all = |_: &deploylint::finding::Finding, _: &Repo| true;
    let first = mend::mend(repo.clone(), book, policy, mend::Daring::All, &all);
    let mended = first.repo;
    let after = check(&mended, book, policy);
    if first.fixes == 0 {
        return Err("no fix is offered".to_owned());
    }
    if after.findings.iter().any(|finding| finding.rule == rule.name && !finding.fixes.is_empty()) {
        return Err(format!("the fix does not remove the finding:\n{}", print(&after, &mended)));
    }
    // A draft is to be finished by hand, and says so.
    let unfinished = |finding: &&deploylint::finding::Finding| {
        book.get(&finding.rule).is_some_and(|rule| rule.tags.iter().any(|tag| tag == "unfinished"))
    };
    let left = after.findings.iter().filter(|finding| !unfinished(finding)).count();
    if left >= before.findings.len() || after.problems.len() > before.problems.len() {
        return Err(format!("the fix brings new findings:\n{}", print(&after, &mended)));
    }
    let again = mend::mend(mended, book, policy, mend::Daring::All, &all);
    if again.fixes == 0 { Ok(()) } else { Err("mending a second time changes the files again".to_owned()) }
}
