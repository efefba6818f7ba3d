use super::*;
use crate::facts::{Kind, Slot};

fn reading(text: &str) -> Reading {
    let mut repo = Repo::default();
    let id = repo.insert("Dockerfile", text.as_bytes().to_vec(), false);
    read(&repo, id, &Settings::default())
}

fn of(reading: &Reading, kind: Kind) -> Vec<&Fact> {
    reading.facts.iter().filter(|fact| fact.kind == kind).collect()
}

fn said(text: &str, span: Span) -> &str {
    &text[span.start as usize..span.end as usize]
}

fn place<'a>(text: &'a str, slot: Option<&Slot>) -> &'a str {
    slot.map_or("", |slot| said(text, slot.span))
}

/// Text, role, name, tag, and which of floating and dynamic it is, for each image.
fn images(text: &str) -> Vec<String> {
    of(&reading(text), words::image::KIND)
        .into_iter()
        .map(|fact| {
            let field = |field| fact.text(field).unwrap_or("-").to_owned();
            let flag = |field, word: &str| {
                if fact.bool(field) == Some(true) { word.to_owned() } else { String::new() }
            };
            format!(
                "{} {} {}:{}{}{}",
                field(words::image::ROLE),
                field(words::image::TEXT),
                field(words::image::NAME),
                field(words::image::TAG),
                flag(words::image::FLOATING, " floating"),
                flag(words::image::DYNAMIC, " dynamic"),
            )
        })
        .collect()
}

#[test]
fn stages_and_their_bases() {
    let text = "\u{feff}ARG NODE=22\r\nARG BASE\r\n\
        FROM --platform=linux/amd64 node:${NODE}-slim AS 構築\r\nUSER app\r\n\
        FROM 構築 AS Prune\r\n\
        FROM prune\r\n\
        FROM Prune\r\n\
        FROM scratch\r\nCOPY --from=PRUNE /a /a\r\nCOPY --from=0 /a /a\r\nCOPY --from=busybox /b /b\r\n\
        RUN --mount=type=bind,from=acme/cache:1,target=/c --mount=type=bind,from=prune x\r\n\
        FROM ${BASE:-alpine}\r\n\
        FROM $BASE\r\n\
        FROM registry.example.com:5000/acme/shop@sha256:abc\r\n";
    let reading = reading(text);
    assert!(reading.findings.is_empty(), "{:?}", reading.findings);
    let stages: Vec<_> = of(&reading, words::stage::KIND)
        .into_iter()
        .map(|fact| {
            (
                fact.int(words::stage::INDEX).unwrap(),
                fact.text(words::stage::NAME).unwrap_or_default(),
                fact.text(words::stage::BASE).unwrap(),
                fact.bool(words::stage::FROM_STAGE).unwrap(),
                fact.bool(words::stage::FINAL).unwrap(),
                fact.text(words::stage::USER).unwrap_or_default(),
            )
        })
        .collect();
    assert_eq!(
        stages,
        [
            (0, "構築", "node:22-slim", false, false, "app"),
            (1, "Prune", "構築", true, false, "app"),
            (2, "", "prune", true, false, "app"),
            (3, "", "Prune", false, false, ""),
            (4, "", "scratch", false, false, ""),
            (5, "", "alpine", false, false, ""),
            (6, "", "$BASE", false, false, ""),
            (7, "", "registry.example.com:5000/acme/shop@sha256:abc", false, true, ""),
        ]
    );
    assert_eq!(
        images(text),
        [
            "base node:${NODE}-slim node:22-slim",
            "base Prune Prune:- floating",
            "copy busybox busybox:- floating",
            "copy acme/cache:1 acme/cache:1",
            "base ${BASE:-alpine} alpine:- floating",
            "base $BASE $BASE:- dynamic",
            "base registry.example.com:5000/acme/shop@sha256:abc registry.example.com:5000/acme/shop:-",
        ]
    );
}

#[test]
fn a_tag_is_where_it_is_written() {
    let text = "ARG TAG=latest\nFROM node:$TAG\nFROM \"alpine:edge\" AS 表\n";
    let reading = reading(text);
    let images = of(&reading, words::image::KIND);
    assert_eq!(said(text, images[0].span), "node:$TAG");
    assert_eq!(place(text, images[0].get(words::image::NAME)), "node");
    let tag = images[0].get(words::image::TAG).unwrap();
    assert_eq!(said(text, tag.span), "latest");
    assert_eq!(tag.span.start, 8);
    assert_eq!(place(text, images[0].get(words::image::FLOATING)), "latest");
    assert_eq!(place(text, images[1].get(words::image::TAG)), "edge");
    assert_eq!(images[1].text(words::image::TEXT), Some("\"alpine:edge\""));
}

#[test]
fn instructions_with_their_words() {
    let text = "FROM a\nrun --mount=type=cache,target=/x \\\n  # 注釈\n  npm ci \\\n  && echo 😀\nHEALTHCHECK CMD [\"x\"]\nUSER x\n";
    let reading = reading(text);
    let facts = of(&reading, words::instruction::KIND);
    let keywords: Vec<_> = facts.iter().filter_map(|fact| fact.text(words::instruction::KEYWORD)).collect();
    assert_eq!(keywords, ["FROM", "RUN", "HEALTHCHECK", "USER"]);
    let run = facts[1];
    assert_eq!(run.text(words::instruction::TEXT), Some("--mount=type=cache,target=/x npm ci && echo 😀"));
    assert_eq!(run.entry(words::instruction::FLAGS, "mount").unwrap().0, "type=cache,target=/x");
    assert_eq!(place(text, run.get(words::instruction::KEYWORD)), "run");
    let forms: Vec<_> = facts.iter().filter_map(|fact| fact.text(words::instruction::FORM)).collect();
    assert_eq!(forms, ["other", "shell", "exec", "other"]);
    let stage = reading.facts.iter().position(|fact| fact.kind == words::stage::KIND).unwrap();
    assert!(facts.iter().all(|fact| fact.parent == Some(FactRef(u32::try_from(stage).unwrap()))));
}

#[test]
fn variables_of_all_forms() {
    let text = "ARG NODE=22 TOKEN\nFROM a\nENV A=\"値 1\" B=$A \\\n  C=x\\ y D=\nENV OLD  the rest\nARG E='q'\nENV BAD\n";
    let reading = reading(text);
    let seen: Vec<_> = of(&reading, words::variable::KIND)
        .into_iter()
        .map(|fact| {
            format!(
                "{} {}={} {} [{}]",
                fact.text(words::variable::SCOPE).unwrap(),
                fact.text(words::variable::NAME).unwrap(),
                fact.text(words::variable::VALUE).unwrap_or("-"),
                fact.bool(words::variable::LITERAL).unwrap(),
                place(text, fact.get(words::variable::VALUE)),
            )
        })
        .collect();
    assert_eq!(
        seen,
        [
            "docker-arg NODE=22 true [22]",
            "docker-arg TOKEN=- false []",
            "docker-env A=値 1 true [値 1]",
            "docker-env B=$A false [$A]",
            "docker-env C=x y true [x\\ y]",
            "docker-env D= true []",
            "docker-env OLD=the rest true [the rest]",
            "docker-arg E=q true [q]",
        ]
    );
    assert_eq!(reading.findings.len(), 1);
}

#[test]
fn values_are_those_that_hold() {
    let text =
        "ARG G=22\nFROM a\nARG ALLOW=true G\nENV ALLOW=$ALLOW G=${G}\nENV A=1\nENV A=2 B=$A C=$NOBODY\n";
    let reading = reading(text);
    let seen: Vec<_> = of(&reading, words::variable::KIND)
        .into_iter()
        .filter(|fact| fact.text(words::variable::SCOPE) == Some("docker-env"))
        .map(|fact| {
            let slot = fact.get(words::variable::VALUE);
            let value = fact.text(words::variable::VALUE).unwrap();
            format!("{}={value} [{}]", fact.text(words::variable::NAME).unwrap(), place(text, slot))
        })
        .collect();
    assert_eq!(
        seen,
        ["ALLOW=true [$ALLOW]", "G=22 [${G}]", "A=1 [1]", "A=2 [2]", "B=1 [$A]", "C=$NOBODY [$NOBODY]"]
    );
}

#[test]
fn secrets_are_told_once() {
    let seen = |text: &str| -> Vec<String> {
        let reading = reading(text);
        let told = of(&reading, words::variable::KIND).into_iter().filter_map(|fact| {
            let slot = fact.get(words::variable::SECRET)?;
            let secret = slot.value.as_text().filter(|secret| *secret != "no")?;
            Some(format!("{secret} [{}]", place(text, Some(slot))))
        });
        told.collect()
    };
    assert_eq!(seen("FROM a\nARG NPM_TOKEN\nENV NPM_TOKEN=$NPM_TOKEN\n"), ["name [NPM_TOKEN]"]);
    assert_eq!(seen("FROM a\nARG NPM_TOKEN\nENV AUTH_TOKEN=${NPM_TOKEN:-}\n"), ["name [NPM_TOKEN]"]);
    assert_eq!(seen("FROM a\nARG T\nENV NPM_TOKEN=$T\n"), ["name [NPM_TOKEN]"]);
    assert_eq!(seen("FROM a\nARG GITHUB_TOKEN=\n"), ["name [GITHUB_TOKEN]"]);
    assert_eq!(seen("FROM a\nARG NPM_TOKEN=\"\"\n"), ["name [NPM_TOKEN]"]);
    assert_eq!(seen("FROM a\nENV NPM_TOKEN=\n"), Vec::<String>::new());
    assert_eq!(
        seen("FROM a\nENV URL=postgres://shop:h4rdT0Guess@db.shop.jp/表\n"),
        ["value [postgres://shop:h4rdT0Guess@db.shop.jp/表]"]
    );
}

#[test]
fn templates_are_dynamic_and_never_float() {
    assert_eq!(
        images("FROM {{ registry }}/shop\nFROM node:{{version}}\nFROM {{image}}:latest\n"),
        [
            "base {{ {{:- dynamic",
            "base node:{{version}} node:{{version}} dynamic",
            "base {{image}}:latest {{image}}:latest dynamic"
        ]
    );
}

#[test]
fn another_shell_is_unresolved() {
    let text = "FROM a\nSHELL [\"powershell\", \"-Command\"]\nRUN Write-Host 表\nRUN [\"x\"]\nFROM b\nRUN <<EOF\n#!/usr/bin/env python3\nprint()\nEOF\nRUN ls\n";
    let reading = reading(text);
    let unresolved: Vec<_> = of(&reading, words::unresolved::KIND)
        .into_iter()
        .map(|fact| (said(text, fact.span), fact.text(words::unresolved::REASON).unwrap()))
        .collect();
    assert_eq!(
        unresolved,
        [
            ("Write-Host 表", "it runs in `powershell`, whose language is not read"),
            ("<<EOF", "it runs in `python3`, whose language is not read"),
        ]
    );
}

#[test]
fn shells_and_their_options() {
    let shell = |words: &[&str]| {
        let words: Vec<Passage> =
            words.iter().map(|word| Passage::file(FileId(0), Arc::from(*word))).collect();
        format!("{:?}", Shell::named(&words))
    };
    for (words, expected) in [
        (&["/bin/bash", "-eo", "pipefail", "-c"][..], "Posix { errexit: true, pipefail: true }"),
        (&["/bin/ash", "-o", "pipefail", "-c"][..], "Posix { errexit: false, pipefail: true }"),
        (&["bash", "-o", "errexit", "-c"][..], "Posix { errexit: true, pipefail: false }"),
        (&["/bin/sh", "-c"][..], "Posix { errexit: false, pipefail: false }"),
        (&["/usr/bin/env", "bash", "-e"][..], "Posix { errexit: true, pipefail: false }"),
        (&["pwsh.exe", "-Command"][..], "Other(\"pwsh\")"),
        (&[][..], "Other(\"\")"),
    ] {
        assert_eq!(shell(words), expected);
    }
}

#[test]
fn faults_become_findings() {
    let text = "FROM a\nRUM x\nUSER app\n";
    let reading = reading(text);
    assert_eq!(said(text, reading.findings[0].primary.span), "RUM");
    assert_eq!(reading.findings[0].help.as_deref(), Some("did you mean `RUN`?"));
    assert_eq!(of(&reading, words::instruction::KIND).len(), 2);
}

#[test]
fn references_and_what_floats() {
    let seen = |text: &str, role: &'static str| {
        let fact = reference(&Passage::file(FileId(0), Arc::from(text)), role);
        let field = |field| fact.text(field).unwrap_or("-").to_owned();
        let floating = if fact.bool(words::image::FLOATING).unwrap() { " floating" } else { "" };
        let dynamic = if fact.bool(words::image::DYNAMIC).unwrap() { " dynamic" } else { "" };
        let (name, tag) = (field(words::image::NAME), field(words::image::TAG));
        format!("{name} {tag} {}{floating}{dynamic}", field(words::image::DIGEST))
    };
    for (text, role, expected) in [
        ("node", "base", "node - - floating"),
        ("node:22", "base", "node 22 -"),
        ("node:lts", "base", "node lts -"),
        ("node:alpine", "base", "node alpine -"),
        ("node:Latest", "base", "node Latest - floating"),
        ("node:22-slim", "base", "node 22-slim -"),
        ("x:alpine-latest", "base", "x alpine-latest - floating"),
        ("rust:nightly-slim", "base", "rust nightly-slim - floating"),
        ("rust:nightly-2026-01-02", "base", "rust nightly-2026-01-02 -"),
        ("shop:main-0f3c2d1", "base", "shop main-0f3c2d1 -"),
        ("localhost:5000/a", "base", "localhost:5000/a - - floating"),
        ("localhost:5000/a:1", "base", "localhost:5000/a 1 -"),
        ("a:latest@sha256:0f", "base", "a latest sha256:0f"),
        ("a@sha256:0f", "deploy", "a - sha256:0f"),
        ("docker://alpine:3", "copy", "alpine 3 -"),
        ("registry.fly.io/shop:production", "deploy", "registry.fly.io/shop production - floating"),
        ("registry.fly.io/shop:v1", "deploy", "registry.fly.io/shop v1 -"),
        ("registry.fly.io/shop:$SHA", "deploy", "registry.fly.io/shop $SHA - dynamic"),
        ("registry.fly.io/shop:${SHA:-latest}", "deploy", "registry.fly.io/shop ${SHA:-latest} - dynamic"),
        (
            "registry.fly.io/shop:sha-$(git rev-parse HEAD)",
            "deploy",
            "registry.fly.io/shop sha-$(git rev-parse HEAD) - dynamic",
        ),
        ("$REGISTRY/shop", "deploy", "$REGISTRY/shop - - floating dynamic"),
        ("$REGISTRY/shop:latest", "deploy", "$REGISTRY/shop latest - floating dynamic"),
        ("${IMAGE}", "deploy", "${IMAGE} - - dynamic"),
        ("a/b-$X", "deploy", "a/b-$X - - dynamic"),
        ("a@$DIGEST", "deploy", "a - $DIGEST dynamic"),
        ("", "deploy", " - -"),
        (":", "deploy", " - -"),
        ("表:最新", "base", "表 最新 -"),
        ("a:${", "base", "a ${ - dynamic"),
        ("$(", "base", "$( - - dynamic"),
    ] {
        assert_eq!(seen(text, role), expected, "{text}");
    }
}

#[test]
fn placeholders_are_dynamic() {
    let file = Passage::file(FileId(0), Arc::from("ghcr.io/acme/shop:${{ github.sha }}"));
    let mut derivation = file.derive();
    derivation.keep(0..18).swap(18..35, "__expr__");
    let fact = reference(&derivation.finish(), "deploy");
    assert_eq!(fact.text(words::image::TAG), Some("__expr__"));
    assert_eq!(fact.bool(words::image::DYNAMIC), Some(true));
    assert_eq!(fact.bool(words::image::FLOATING), Some(false));
    assert_eq!(
        said("ghcr.io/acme/shop:${{ github.sha }}", fact.get(words::image::TAG).unwrap().span),
        "${{ github.sha }}"
    );
}

#[test]
fn hostile_files_end() {
    for unit in [
        "FROM a AS a\n",
        "FROM a\nUSER x\n",
        "ARG a=$a$a$a\n",
        "FROM $a\n",
        "COPY --from=a b c\n",
        "ENV ",
        "x",
    ] {
        let text = format!("ARG a={}\n{}", "x".repeat(300), unit.repeat(50_000));
        let _ = reading(&text);
    }
    let long = format!("FROM {}\n", "${a".repeat(200_000));
    let _ = reading(&long);
}

proptest::proptest! {
    #[test]
    fn any_file_is_read(text in "((FROM|ARG|ENV|COPY|RUN|CMD|USER|SHELL|ENTRYPOINT|HEALTHCHECK CMD|ONBUILD) ?[a-c$\\[\\]{}\"'=:@/, \\\\表😀-]{0,20}\r?\n){0,8}") {
        let reading = reading(&text);
        for fact in &reading.facts {
            proptest::prop_assert!(text.get(fact.span.start as usize..fact.span.end as usize).is_some());
            for (field, slot) in fact.fields() {
                let words = text.get(slot.span.start as usize..slot.span.end as usize);
                proptest::prop_assert!(words.is_some(), "{field:?}");
            }
        }
    }
}
