//! What is read from configurations of hooks and their scripts, and where.

use super::*;
use crate::facts::words::{command, unresolved};

fn reading(path: &str, text: &str) -> Reading {
    let mut repo = Repo::default();
    let id = repo.insert(path, text.as_bytes().to_vec(), false);
    crate::read::file(&repo, id, &Settings::default())
}

fn of_kind(reading: &Reading, kind: crate::facts::Kind) -> Vec<&Fact> {
    reading.facts.iter().filter(|fact| fact.kind == kind).collect()
}

/// Name, event and text of each hook.
fn hooks(reading: &Reading) -> Vec<[&str; 3]> {
    let hooks = of_kind(reading, hook::KIND).into_iter();
    hooks
        .map(|fact| [hook::NAME, hook::EVENT, hook::TEXT].map(|field| fact.text(field).unwrap_or_default()))
        .collect()
}

/// The words of each command, as written in `text`.
fn commands<'t>(reading: &Reading, text: &'t str) -> Vec<&'t str> {
    let said = |span: Span| &text[span.start as usize..span.end as usize];
    of_kind(reading, command::KIND)
        .into_iter()
        .map(|fact| said(fact.get(command::PROGRAM).unwrap().span))
        .collect()
}

#[test]
fn scripts_by_their_paths() {
    let hook = |path| script(path).map(|hook| (hook.phase, hook.directory, hook.errexit));
    assert_eq!(hook(".kamal/hooks/pre-build"), Some(("build", "", false)));
    assert_eq!(hook("apps/店/.kamal/hooks/post-deploy"), Some(("deploy", "apps/店", false)));
    assert_eq!(hook(".kamal/hooks/pre-deploy.sample"), None);
    assert_eq!(hook(".husky/pre-commit"), Some(("hook", "", true)));
    assert_eq!(hook(".husky/_/pre-commit"), None);
    assert_eq!(hook("x.husky/pre-commit"), None);
    assert_eq!(hook(".git/hooks/pre-commit"), None);
    assert_eq!(hook(".husky/common.sh"), None);
    assert_eq!(hook("pre-commit"), None);
}

#[test]
fn scripts_of_husky_and_kamal() {
    let husky =
        reading(".husky/pre-push", "\u{feff}pnpm test # 試験\r\n. \"$(dirname -- \"$0\")/_/husky.sh\"\r\n");
    let first = of_kind(&husky, command::KIND)[0];
    assert_eq!(first.text(command::HOST), Some("hook"));
    assert_eq!(first.text(command::PHASE), Some("hook"));
    assert_eq!(first.text(command::FAILURE), Some("stops"));
    let kamal = reading("shop/.kamal/hooks/pre-deploy", "#!/bin/sh\nbin/rails db:migrate\n");
    let first = of_kind(&kamal, command::KIND)[0];
    assert_eq!((first.text(command::PHASE), first.text(command::DIRECTORY)), (Some("deploy"), Some("shop")));
    let ruby = reading(".kamal/hooks/pre-deploy", "#!/usr/bin/env ruby\nputs `ls`\n");
    assert_eq!(ruby.facts.len(), 1);
}

const PRE_COMMIT: &str = "\u{feff}default_stages: [pre-commit]\r\nrepos:\r\n  \
    - repo: https://example.com/hooks\r\n    hooks: [{id: far, entry: nothing}]\r\n  \
    - repo: local # 手元\r\n    hooks:\r\n      \
    - id: 検査\r\n        entry: bash -c 'echo 🎉 && pnpm lint'\r\n        language: system\r\n      \
    - id: shell\r\n        entry: scripts/check.sh --all\r\n        language: script\r\n        \
    args: [\"--fix\", b]\r\n        stages: [pre-push, manual]\r\n      \
    - id: folded\r\n        entry: >-\r\n          pnpm exec\r\n          eslint\r\n        language: unsupported\r\n      \
    - {id: words, entry: TODO, language: pygrep}\r\n      - {id: open, entry: \"x 'y\", language: system}\r\n      \
    - {id: list, entry: [a], language: system}\r\n";

#[test]
fn hooks_of_pre_commit() {
    let reading = reading(".pre-commit-config.yaml", PRE_COMMIT);
    assert!(reading.findings.is_empty(), "{:?}", reading.findings);
    assert_eq!(
        hooks(&reading),
        [
            ["検査", "pre-commit", "bash -c 'echo 🎉 && pnpm lint'"],
            ["shell", "pre-push, manual", "scripts/check.sh --all"],
            ["folded", "pre-commit", "pnpm exec eslint"],
            ["open", "pre-commit", "x 'y"],
        ]
    );
    assert_eq!(commands(&reading, PRE_COMMIT), ["echo", "pnpm", "scripts/check.sh", "eslint", "x"]);
    let script = of_kind(&reading, command::KIND)[2];
    assert_eq!(script.text(command::TARGET), Some("scripts/check.sh"));
    assert!(script.has(command::WORDS, "--fix") && script.has(command::WORDS, "b"));
    let reasons: Vec<_> = of_kind(&reading, unresolved::KIND);
    assert_eq!(reasons.len(), 2, "{reasons:?}");
}

const LEFTHOOK: &str = "# 設定\r\nmin_version: 1.5.0\r\npre-commit:\r\n  parallel: true\r\n  commands:\r\n    \
    lint:\r\n      root: apps/web/\r\n      run: pnpm eslint {staged_files} && echo 完了\r\n    \
    none: {}\r\n  scripts:\r\n    \"check.sh\": {runner: bash -e}\r\npre-push:\r\n  jobs:\r\n    \
    - run: |\r\n        pnpm test\r\n        pnpm build\r\n    - name: 群\r\n      root: api\r\n      group:\r\n        \
    jobs:\r\n          - name: 内\r\n            run: rubocop\r\n          - script: x\r\n";

#[test]
fn hooks_of_lefthook() {
    let reading = reading("lefthook.yml", LEFTHOOK);
    assert!(reading.findings.is_empty(), "{:?}", reading.findings);
    assert_eq!(
        hooks(&reading),
        [
            ["lint", "pre-commit", "pnpm eslint {staged_files} && echo 完了"],
            ["check.sh", "pre-commit", "bash -e"],
            ["pnpm test", "pre-push", "pnpm test\npnpm build\n"],
            ["内", "pre-push", "rubocop"],
            ["x", "pre-push", "./.lefthook/pre-push/x"],
        ]
    );
    let all = of_kind(&reading, command::KIND);
    let directories: Vec<_> = all.iter().filter_map(|fact| fact.text(command::DIRECTORY)).collect();
    assert_eq!(directories, ["apps/web", "apps/web", "", "", "", "api", ""]);
    let targets: Vec<_> = all.iter().filter_map(|fact| fact.text(command::TARGET)).collect();
    assert!(targets.contains(&".lefthook/pre-commit/check.sh"), "{targets:?}");
    let lint = all[0];
    assert_eq!(lint.list(command::WORDS)[0].0.as_ref(), "__files__");
    let words = commands(&reading, LEFTHOOK);
    assert_eq!(words, ["eslint", "echo", "bash", "pnpm", "pnpm", "rubocop", "x"]);
}

#[test]
fn hooks_in_a_package() {
    let text = concat!(
        "{ \"simple-git-hooks\": { \"pre-push\": \"pnpm test && echo 良\", \"off\": false },\n",
        "\"lint-staged\": { \"*.ts\": [\"eslint --fix\", \"prettier -w\"], \"*.rb\": \"rubocop\" },\n",
        "\"husky\": { \"hooks\": { \"pre-commit\": \"lint-staged\" } } }"
    );
    let reading = reading("apps/shop/package.json", text);
    assert!(reading.findings.is_empty());
    assert_eq!(
        hooks(&reading),
        [
            ["pre-commit", "pre-commit", "lint-staged"],
            ["pre-push", "pre-push", "pnpm test && echo 良"],
            ["*.ts", "pre-commit", "eslint --fix"],
            ["*.ts", "pre-commit", "prettier -w"],
            ["*.rb", "pre-commit", "rubocop"],
        ]
    );
    assert_eq!(commands(&reading, text), ["lint-staged", "pnpm", "echo", "eslint", "prettier", "rubocop"]);
}

#[test]
fn hostile_text_ends() {
    for name in [".pre-commit-config.yaml", "lefthook.yml", ".lefthook.toml"] {
        for text in
            ["", "[", "repos: &a [*a]", "a: {jobs: [{group: {jobs: &a [{group: {jobs: *a}}]}}]}", "- 1", "\0"]
        {
            let _ = reading(name, text);
        }
        let _ = reading(name, &"[".repeat(100_000));
        let deep = format!("a: {{jobs: {}", "[{group: {jobs: ".repeat(20_000));
        let _ = reading(name, &deep);
    } // What aliases repeat is read as often as a file could say it.
    let mut bomb = "a0: &a0 [{run: x}]\n".to_owned();
    for level in 1..15 {
        let job = format!("{{group: {{jobs: *a{}}}}},", level - 1);
        bomb.push_str(&format!("a{level}: &a{level} [{}]\n", job.repeat(9)));
    }
    bomb.push_str("pre-push: {jobs: *a14}\n");
    let reading = reading("lefthook.yml", &bomb);
    assert!(of_kind(&reading, hook::KIND).len() < 10_000);
    assert!(
        of_kind(&reading, unresolved::KIND)
            .iter()
            .any(|fact| fact.text(unresolved::REASON) == Some(host::REPEATS))
    );
}
