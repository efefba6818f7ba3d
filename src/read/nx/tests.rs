//! What targets of nx run.

use super::*;
use crate::facts::Kind;
use crate::facts::words::command;

fn reading_in(text: &str, others: &[&str]) -> Reading {
    let mut repo = Repo::default();
    for path in others {
        repo.note_path(path);
    }
    let id = repo.insert("apps/shop/project.json", text.as_bytes().to_vec(), false);
    read(&repo, id, &Settings::default())
}

fn of_kind(reading: &Reading, kind: Kind) -> Vec<&Fact> {
    reading.facts.iter().filter(|fact| fact.kind == kind).collect()
}

fn said(text: &str, span: Span) -> &str {
    &text[span.start as usize..span.end as usize]
}

const SHOP: &str = r#"{
  "name": "shop", "$schema": "../../node_modules/nx/schemas/project-schema.json",
  "targets": {
    "build": { "executor": "@nx/js:tsc", "dependsOn": ["^build", "codegen", "missing"] },
    "codegen": { "command": "echo 生成 && prisma generate", "options": { "cwd": "{projectRoot}" } },
    "image": { "executor": "@nx-tools/nx-container:build", "options": { "push": true } },
    "migrate": { "executor": "@nx-tools/nx-prisma:deploy" },
    "deploy": {
      "executor": "nx:run-commands",
      "dependsOn": ["build", { "target": "image", "projects": "self" }, { "projects": ["api", "web"], "target": "test" }, "api:lint"],
      "options": {
        "commands": ["fly deploy -a shop-{args.env} --config {projectRoot}/fly.toml", { "command": "fly status -a \"shop\"" }],
        "parallel": false, "env": "staging"
      },
      "configurations": { "production": { "env": "production" }, "other": { "command": "exit 1" } }
    },
    "seed": { "executor": "nx:run-script", "options": { "script": "db:seed" } },
    "watch": { "executor": "nx:run-commands", "options": { "commands": ["a {args.x}", "b ${HOME}"] } },
    "odd": { "executor": "@acme/plugin:😀" },
    "none": {}
  }
}"#;

fn commands<'r>(reading: &'r Reading, name: &str) -> Vec<&'r str> {
    let task = reading.facts.iter().position(|fact| fact.text(task::NAME) == Some(name)).unwrap();
    of_kind(reading, command::KIND)
        .into_iter()
        .filter(|fact| fact.parent.is_some_and(|FactRef(parent)| parent as usize == task))
        .filter_map(|fact| fact.text(command::TEXT))
        .collect()
}

#[test]
fn targets_and_what_they_run() {
    for text in [SHOP.to_owned(), format!("\u{feff}{}", SHOP.replace('\n', "\r\n"))] {
        let reading = reading_in(&text, &["pnpm-lock.yaml"]);
        assert!(reading.findings.is_empty(), "{:?}", reading.findings);
        let tasks = of_kind(&reading, task::KIND);
        let names: Vec<_> = tasks.iter().filter_map(|fact| fact.text(task::NAME)).collect();
        assert_eq!(
            names,
            [
                "shop:build",
                "shop:codegen",
                "shop:image",
                "shop:migrate",
                "shop:deploy",
                "shop:deploy:production",
                "shop:deploy:other",
                "shop:seed",
                "shop:watch",
                "shop:odd",
                "shop:none",
            ]
        );
        assert_eq!(commands(&reading, "shop:build"), ["nx run shop:codegen", "@nx/js:tsc"]);
        assert_eq!(commands(&reading, "shop:codegen"), ["echo 生成", "prisma generate"]);
        let needs = [
            "nx run shop:build",
            "nx run shop:image",
            "nx run api:test",
            "nx run web:test",
            "nx run api:lint",
        ];
        let staging = ["fly deploy -a shop-staging --config apps/shop/fly.toml", "fly status -a \"shop\""];
        assert_eq!(commands(&reading, "shop:deploy"), [&needs[..], &staging].concat());
        let production = ["fly deploy -a shop-production --config apps/shop/fly.toml", staging[1]];
        assert_eq!(commands(&reading, "shop:deploy:production"), [&needs[..], &production].concat());
        assert_eq!(commands(&reading, "shop:deploy:other"), [&needs[..], &["exit 1"]].concat());
        assert_eq!(commands(&reading, "shop:seed"), ["pnpm run db:seed"]);
        assert_eq!(commands(&reading, "shop:watch"), ["a __expr__", "b ${HOME}"]);
        let parallel: Vec<_> = tasks.iter().filter_map(|fact| fact.bool(task::PARALLEL)).collect();
        assert_eq!(parallel, [false, false, true]);
    }
}

#[test]
fn executors_have_the_effects_of_their_programs() {
    let reading = reading_in(SHOP, &[]);
    let with = |effect: &str| {
        let all = of_kind(&reading, command::KIND);
        let of: Vec<_> = all.into_iter().filter(|fact| fact.has(command::EFFECTS, effect)).collect();
        of.iter().filter_map(|fact| fact.text(command::TEXT)).map(str::to_owned).collect::<Vec<_>>()
    };
    assert_eq!(with("migrate"), ["@nx-tools/nx-prisma:deploy"]);
    assert_eq!(with("push-image"), ["@nx-tools/nx-container:build"]);
    let own = |reason: &&str| !reason.starts_with("tasks of");
    let told = of_kind(&reading, unresolved::KIND);
    let told: Vec<_> = told.iter().filter_map(|fact| fact.text(unresolved::REASON)).filter(own).collect();
    assert_eq!(
        told,
        [
            "which projects `shop` depends on is known to nx only",
            "what the executor `@acme/plugin:😀` does is not known",
        ]
    );
}

#[test]
fn places_and_directories() {
    let reading = reading_in(SHOP, &[]);
    let of = |text: &str| {
        let all = of_kind(&reading, command::KIND);
        all.into_iter().find(|fact| fact.text(command::TEXT) == Some(text)).unwrap()
    };
    let generate = of("prisma generate");
    assert_eq!(said(SHOP, generate.get(command::TEXT).unwrap().span), "prisma generate");
    assert_eq!(generate.text(command::DIRECTORY), Some("apps/shop"));
    let status = of("fly status -a \"shop\"");
    assert_eq!(said(SHOP, status.span), "fly status -a \\\"shop\\\"");
    assert_eq!(status.text(command::DIRECTORY), Some(""));
    assert_eq!(of("npm run db:seed").text(command::DIRECTORY), Some("apps/shop"));
    assert_eq!(said(SHOP, of("nx run shop:codegen").span), "codegen");
    let nested = reading_in(SHOP, &["apps/nx.json"]);
    let all = of_kind(&nested, command::KIND);
    let generate = all.iter().find(|fact| fact.text(command::TEXT) == Some("prisma generate")).unwrap();
    assert_eq!(generate.text(command::DIRECTORY), Some("apps/shop"));
    let deploy = all.iter().find(|fact| fact.has(command::EFFECTS, "deploy")).unwrap();
    assert_eq!(deploy.text(command::DIRECTORY), Some("apps"));
}

#[test]
fn other_files_of_that_name_give_nothing() {
    for text in [
        "",
        "[]",
        "{}",
        "{\"targets\": []}",
        "{\"targets\": {\"net6.0\": {\"shop\": {\"type\": \"project\"}}}}",
        "{\"targets\": \"x\"",
        "\"targets\"",
    ] {
        let reading = reading_in(text, &[]);
        assert!(reading.facts.is_empty() && reading.findings.is_empty(), "{text}");
    }
}

#[test]
fn broken_projects_are_findings_and_still_read() {
    let text =
        "{ \"targets\": { \"a\": { \"command\": \"fly deploy\" }\n \"b\": 3, \"c\": { \"command\": \"x\" ";
    let reading = reading_in(text, &[]);
    let tasks = of_kind(&reading, task::KIND);
    let names: Vec<_> = tasks.iter().filter_map(|fact| fact.text(task::NAME)).collect();
    assert_eq!(names, ["shop:a", "shop:c"]);
    assert!(reading.findings.len() >= 3);
    assert!(reading.findings.iter().all(|finding| !said(text, finding.primary.span).contains('\n')));
}

#[test]
fn hostile_projects_end() {
    let deep = format!("{{\"targets\": {}", "{\"a\": ".repeat(100_000));
    let braces = format!("{{\"targets\": {{\"a\": {{\"command\": \"{}\"}}}}}}", "{".repeat(100_000) + "}");
    let tokens =
        format!("{{\"targets\": {{\"a\": {{\"command\": \"{}\"}}}}}}", "{x}{projectRoot}".repeat(20_000));
    for text in [deep, braces, tokens] {
        let _ = reading_in(&text, &[]);
    }
}

proptest::proptest! {
    #[test]
    fn any_project_is_read(text in "(\\{|\\}|\"targets\"|\"a\"|:|,|\"command\"|\"dependsOn\"|\\[|\\]|\"\\{args.x\\} \\{\"|\"executor\"|\"nx:run-commands\"|\"options\"){0,30}") {
        let _ = reading_in(&format!("{{\"targets\": {text}"), &[]);
    }
}
