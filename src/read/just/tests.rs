use std::fmt::Write as _;

use super::*;
use crate::facts::words::{command, task};

fn repo(files: &[(&str, &str)]) -> Repo {
    let mut repo = Repo::default();
    for (path, text) in files {
        repo.insert(path, text.as_bytes().to_vec(), false);
    }
    repo
}

fn reading_at(files: &[(&str, &str)]) -> Reading {
    let repo = repo(files);
    let id = repo.get(files[0].0).unwrap();
    read(&repo, id, &Settings::default())
}

fn reading(text: &str) -> Reading {
    reading_at(&[("apps/shop/justfile", text)])
}

fn of_kind(reading: &Reading, kind: crate::facts::Kind) -> Vec<&Fact> {
    reading.facts.iter().filter(|fact| fact.kind == kind).collect()
}

fn texts(text: &str) -> Vec<String> {
    let reading = reading(text);
    assert!(reading.findings.is_empty(), "{text}: {:?}", reading.findings);
    of_kind(&reading, command::KIND).iter().map(|fact| fact.text(command::TEXT).unwrap().to_owned()).collect()
}

#[test]
fn recipes_are_tasks_and_their_lines_commands() {
    let text = "\u{feff}# 店\r\nset shell := ['bash', '-euo', 'pipefail', '-c']\r\nalias d := deploy\r\n\r\n[confirm('本番?')]\r\ndeploy env region='nrt' *flags: build && (smoke env 'a b')\r\n  @flyctl deploy --app shop-{{env}} \\\r\n    --region {{region}}\r\n  -echo 😀 | cat\r\n\r\nbuild:\r\n_smoke $env +urls:\r\n";
    let reading = reading(text);
    assert!(reading.findings.is_empty(), "{:?}", reading.findings);
    let tasks = of_kind(&reading, task::KIND);
    assert_eq!(tasks.len(), 3);
    let deploy = tasks[0];
    assert_eq!(deploy.text(task::CONFIRM), Some("本番?"));
    assert!(deploy.has(task::ALIASES, "d"));
    assert_eq!((deploy.int(task::REQUIRED), deploy.int(task::MOST)), (Some(1), None));
    assert_eq!(deploy.bool(task::DEFAULT), Some(true));
    assert_eq!(deploy.entry(task::DEFAULTS, "region").map(|it| it.0), Some("nrt"));
    assert_eq!(deploy.entry(task::DEFAULTS, "flags").map(|it| it.0), Some(""));
    assert_eq!((tasks[2].bool(task::PRIVATE), tasks[2].int(task::REQUIRED)), (Some(true), Some(2)));

    let commands = of_kind(&reading, command::KIND);
    let texts: Vec<_> = commands.iter().map(|fact| fact.text(command::TEXT).unwrap()).collect();
    assert_eq!(
        texts,
        [
            "just build",
            "flyctl deploy --app shop-${env} --region ${region}",
            "echo 😀",
            "cat",
            "just smoke env 'a b'"
        ]
    );
    assert!(commands.iter().all(|fact| fact.text(command::HOST) == Some("recipe")));
    assert_eq!(commands[1].text(command::DIRECTORY), Some("apps/shop"));
    assert_eq!(commands[2].text(command::FAILURE_CAUSE), Some("-"));
    assert_eq!(commands[1].text(command::FAILURE), Some("stops"));
    let words: Vec<_> = commands[4].list(command::WORDS).iter().map(|word| word.0.to_string()).collect();
    assert_eq!(words, ["smoke", "${env}", "a b"]);
    let span = commands[4].list(command::WORDS)[2].1;
    assert_eq!(&text[span.start as usize..span.end as usize], "a b");
}

#[test]
fn holes_are_filled_as_far_as_they_are_known() {
    let head = "app := 'shop' + '-web'\nsha := `git rev-parse HEAD`\nimage := 'r.example.com/' + app + ':' + sha\ntag := env('TAG', 'main')\nloop := loop\nx-y := if app == 'shop-web' { 'yes' } else { 'no' }\nr p q-r='1':\n";
    for (line, told) in [
        ("echo {{app}}", "echo shop-web"),
        ("echo {{image}}", "echo r.example.com/shop-web:${sha}"),
        ("echo {{tag}}", "echo ${TAG:-main}"),
        ("echo {{ 'a-' + p }}", "echo a-${p}"),
        ("echo {{q-r}}", "echo ${q_r}"),
        ("echo {{x-y}}", "echo yes"),
        ("echo {{app / 'x'}}", "echo shop-web/x"),
        ("echo {{ if p == 'a' { 'b' } else { 'c' } }}", "echo ${__expr__}"),
        ("echo {{quote(p)}}", "echo \"${p}\""),
        ("echo {{uuid()}}", "echo ${__expr__}"),
        ("echo {{{{x}}", "echo {{x}}"),
        ("echo '{{app}} {{p}}' \"{{p}}\"", "echo 'shop-web '\"${p}\"'' \"${p}\""),
        ("{{just_executable()}} -f {{justfile()}} x", "just -f ${__expr_root__}/apps/shop/justfile x"),
    ] {
        let all = texts(&format!("{head}  {line}\n"));
        assert_eq!(all.last().map(String::as_str), Some(told), "{line}");
    }
}

#[test]
fn quotes_in_here_documents_and_comments_mean_nothing() {
    let text = "r p:\n  #!/bin/sh\n  # don't\n  cat <<EOF\n  it's {{p}}\n  EOF\n  fly deploy -a \"{{p}}\" --config '{{p}}'\n";
    let reading = reading(text);
    assert!(reading.findings.is_empty(), "{:?}", reading.findings);
    let commands = of_kind(&reading, command::KIND);
    assert_eq!(commands[1].entry(command::FLAGS, "app").map(|it| it.0), Some("${p}"));
    assert_eq!(commands[1].entry(command::FLAGS, "config").map(|it| it.0), Some("${p}"));
}

#[test]
fn what_is_unknown_is_dynamic() {
    let text = "r p:\n  flyctl deploy -a '{{p}}'\n  {{p}} x\n";
    let reading = reading(text);
    let commands = of_kind(&reading, command::KIND);
    assert_eq!(commands[0].entry(command::FLAGS, "app").map(|it| it.0), Some("${p}"));
    assert_eq!(commands[1].bool(command::DYNAMIC), Some(true));
}

#[test]
fn a_script_is_one_shell() {
    let text = "r p:\n  #!/usr/bin/env bash\n  set -e\n  if true; then\n    fly deploy {{p}}\n  fi\n\n  echo x\ns:\n  #!/usr/bin/env python3\n  import os\n[script('bash', '-e')]\nt:\n  a\n  b\n";
    let reading = reading(text);
    assert!(reading.findings.is_empty(), "{:?}", reading.findings);
    let commands = of_kind(&reading, command::KIND);
    let programs: Vec<_> = commands.iter().filter_map(|fact| fact.text(command::PROGRAM)).collect();
    assert_eq!(programs, ["set", "true", "flyctl", "echo", "a", "b"]);
    assert_eq!(commands[2].text(command::FAILURE), Some("stops"));
    let unresolved = of_kind(&reading, unresolved::KIND);
    assert_eq!(
        unresolved[1].text(unresolved::REASON),
        Some("it runs in `python3`, whose language is not read")
    );
}

#[test]
fn another_shell_is_said() {
    let reading = reading("set shell := ['nu', '-c']\nr:\n  ls | each { |f| x }\n");
    assert_eq!(of_kind(&reading, unresolved::KIND).len(), 1);
    assert!(of_kind(&reading, command::KIND).is_empty());
}

#[test]
fn directories_are_where_just_runs_recipes() {
    let text = "set working-directory := 'web'\na:\n  x\n[no-cd]\nb:\n  x\n[working-directory: '../y']\nc:\n  bash {{justfile_directory()}}/run.sh\n";
    let reading = reading(text);
    let commands = of_kind(&reading, command::KIND);
    let directories: Vec<_> = commands.iter().map(|fact| fact.text(command::DIRECTORY)).collect();
    assert_eq!(directories, [Some("apps/shop/web"), None, Some("apps/shop/y")]);
    assert_eq!(commands[2].text(command::TARGET), Some("apps/shop/run.sh"));
}

#[test]
fn an_imported_file_runs_where_its_importer_is() {
    let root = ("justfile", "import 'just/a.just'\nmod db\n");
    let directory = |files: &[(&str, &str)]| {
        let reading = reading_at(files);
        of_kind(&reading, command::KIND)[0].text(command::DIRECTORY).map(str::to_owned)
    };
    let a = ("just/a.just", "import 'b.just'\na:\n  x\n");
    assert_eq!(directory(&[a, root]), Some(String::new()));
    assert_eq!(directory(&[("just/b.just", "import 'a.just'\nb:\n  x\n"), a, root]), Some(String::new()));
    assert_eq!(directory(&[("db/mod.just", "b:\n  x\n"), root]), Some("db".to_owned()));
    assert_eq!(directory(&[("just/c.just", "c:\n  x\n"), root]), Some("just".to_owned()));
    let reading = reading_at(&[root, a, ("db/mod.just", "")]);
    assert!(reading.facts[0].has(file::IMPORTS, "just/a.just"));
    assert_eq!(reading.facts[0].entry(file::MODULES, "db").map(|it| it.0), Some("db/mod.just"));
}

#[test]
fn variables_that_need_each_other_end() {
    let mut text = String::from("a0 := 'x'\n");
    for at in 1..200 {
        let _ = writeln!(text, "a{at} := a{0} + a{0}", at - 1);
    }
    text += "l := l + m\nm := l\nr:\n  echo {{a199}} {{l}}\n";
    let reading = reading(&text);
    assert_eq!(of_kind(&reading, command::KIND).len(), 1);
}

#[test]
fn large_files_are_read() {
    let many = 3_000;
    let mut text = String::new();
    for at in 0..many {
        let _ = writeln!(
            text,
            "v{at} := 'x' + v{}\nalias a{at} := r{at}\nr{at} p{at}: r{at}\n  echo {{{{v{at}}}}} '{{{{p{at}}}}}'",
            at + 1
        );
    }
    text += "wide";
    for at in 0..many {
        let _ = write!(text, " q{at}='{{{{'");
    }
    text += ":\n";
    let reading = reading(&text);
    assert_eq!(of_kind(&reading, task::KIND).len(), many + 1);
}

proptest::proptest! {
    #[test]
    fn any_words_are_read(text in "(a|b|店|:=|:|\\n|\\n  | |\\{\\{|\\}\\}|\"|'|`|\\(|\\)|\\[private\\]|\\[|\\]|if |else |set shell := |set |mod |import |alias |&&|\\+|\\*|\\$|@|-|#|#!|\\\\|,|<<|env|quote){0,40}") {
        let reading = reading(&text);
        for fact in &reading.facts {
            proptest::prop_assert!(text.get(fact.span.start as usize..fact.span.end as usize).is_some());
        }
        for finding in &reading.findings {
            let span = finding.primary.span;
            proptest::prop_assert!(text.get(span.start as usize..span.end as usize).is_some());
        }
    }
}
