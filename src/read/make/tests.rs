//! What Makefiles make of targets, variables and recipe lines.

use super::*;
use crate::facts::words::command;
use crate::facts::{Kind, Value};

fn reading_at(path: &str, text: &str, others: &[(&str, &str)]) -> (Repo, Reading) {
    let mut repo = Repo::default();
    for (path, text) in others {
        repo.insert(path, text.as_bytes().to_vec(), false);
        repo.note_path(path);
    }
    let id = repo.insert(path, text.as_bytes().to_vec(), false);
    let reading = read(&repo, id, &Settings::default());
    (repo, reading)
}

fn reading(text: &str) -> Reading {
    reading_at("Makefile", text, &[]).1
}

fn of_kind(reading: &Reading, kind: Kind) -> Vec<&Fact> {
    reading.facts.iter().filter(|fact| fact.kind == kind).collect()
}

fn names(reading: &Reading) -> Vec<&str> {
    of_kind(reading, task::KIND).iter().filter_map(|fact| fact.text(task::NAME)).collect()
}

/// The commands of a task, as text.
fn commands<'r>(reading: &'r Reading, name: &str) -> Vec<&'r str> {
    facts_of(reading, name).into_iter().filter_map(|fact| fact.text(command::TEXT)).collect()
}

fn facts_of<'r>(reading: &'r Reading, name: &str) -> Vec<&'r Fact> {
    let inside = |fact: &&Fact| {
        let mut at = fact.parent;
        while let Some(parent) = at.map(|FactRef(index)| &reading.facts[index as usize]) {
            if parent.kind == task::KIND {
                return parent.text(task::NAME) == Some(name);
            }
            at = parent.parent;
        }
        false
    };
    of_kind(reading, command::KIND).into_iter().filter(inside).collect()
}

fn said(text: &str, span: Span) -> &str {
    &text[span.start as usize..span.end as usize]
}

const SHOP: &str = "\
ENV ?= staging
FLY := flyctl
REGISTRY := registry.example.com
IMAGE := $(REGISTRY)/shop:$(TAG)
TAG ?= latest
VERSION := $(shell git rev-parse HEAD)
Q = @

.PHONY: deploy build
.DEFAULT_GOAL := help

build: ## 構築する
\t$(Q)docker build -t $(IMAGE) --build-arg V=$(VERSION) .

deploy: build test missing.txt | tmp
\t@echo \"デプロイ $@ $(ENV)\"
\t$(FLY) deploy --app shop-$(ENV) \\
\t\t--image $(IMAGE) # 本番

test: ; npm test
tmp:
\tmkdir -p $@

help:
\t@grep -E '^[a-z]+:.*$$' $(MAKEFILE_LIST) | awk '{print $$1}'
";

#[test]
fn targets_and_their_commands() {
    for text in [SHOP.to_owned(), format!("\u{feff}{}", SHOP.replace('\n', "\r\n"))] {
        let reading = reading(&text);
        assert!(reading.findings.is_empty(), "{:?}", reading.findings);
        assert_eq!(names(&reading), ["build", "deploy", "test", "tmp", "help"]);
        let default: Vec<_> = of_kind(&reading, task::KIND)
            .iter()
            .filter(|fact| fact.bool(task::DEFAULT) == Some(true))
            .filter_map(|fact| fact.text(task::NAME))
            .collect();
        assert_eq!(default, ["help"]);
        assert_eq!(
            commands(&reading, "build"),
            ["docker build -t registry.example.com/shop:${TAG:-latest} --build-arg V=${VERSION} ."]
        );
        assert_eq!(
            commands(&reading, "deploy"),
            [
                "make build",
                "make test",
                "make tmp",
                "echo \"デプロイ deploy ${ENV:-staging}\"",
                "flyctl deploy --app shop-${ENV:-staging} --image registry.example.com/shop:${TAG:-latest}",
            ]
        );
        assert_eq!(commands(&reading, "test"), ["npm test"]);
        assert_eq!(commands(&reading, "tmp"), ["mkdir -p tmp"]);
        assert_eq!(commands(&reading, "help").last(), Some(&"awk '{print $1}'"));
    }
}

#[test]
fn places_are_those_of_the_words() {
    let reading = reading(SHOP);
    let deploy = facts_of(&reading, "deploy");
    let need = deploy[0].get(command::TEXT).unwrap();
    assert_eq!(said(SHOP, need.span), "build");
    assert_eq!(need.span.start as usize, SHOP.find("build test").unwrap());
    let image = deploy[4].get(command::IMAGE).unwrap();
    assert_eq!(said(SHOP, image.span), "--image $(IMAGE)");
    assert_eq!(said(SHOP, deploy[4].get(command::PROGRAM).unwrap().span), "$(FLY)");
    let tasks = of_kind(&reading, task::KIND);
    assert_eq!(said(SHOP, tasks[1].span), "deploy");
    let defaults: Vec<_> = tasks[1]
        .map(task::DEFAULTS)
        .iter()
        .map(|(name, value, at)| (&**name, &**value, said(SHOP, *at)))
        .collect();
    assert_eq!(defaults, [("ENV", "staging", "staging"), ("TAG", "latest", "latest")]);
    assert!(tasks[3].get(task::DEFAULTS).is_none());
}

#[test]
fn variables_of_targets_hold_for_what_these_need() {
    let text = "deploy-production: ENV = production\ndeploy-staging: export ENV := staging\n\
                deploy-production deploy-staging: deploy\n\tfly status -a shop-$(ENV)\n\
                deploy:\n\tfly deploy -a shop-$(ENV)\n";
    let reading = reading(text);
    assert_eq!(
        commands(&reading, "deploy-production"),
        ["make deploy ENV=production", "flyctl status -a shop-production"]
            .map(|text| text.replace("flyctl", "fly"))
    );
    let need = facts_of(&reading, "deploy-staging")[0];
    let words: Vec<_> = need.list(command::WORDS).iter().map(|(word, _)| &**word).collect();
    assert_eq!(words, ["deploy", "ENV=staging"]);
    assert_eq!(commands(&reading, "deploy"), ["fly deploy -a shop-${ENV}"]);
    let task = of_kind(&reading, task::KIND)[0];
    assert_eq!(task.entry(task::DEFAULTS, "ENV").map(|(value, _)| value), Some("production"));
}

#[test]
fn prerequisites_a_letter_off_are_runs_of_make_and_others_files() {
    let text = "preflight:\n\t./check\nbuild:\n\t./build\n\
        deploy: prefligth node_modules vendor FORCE bulid dist.tar\n\tfly deploy\nFORCE:\n";
    let reading = reading(text);
    assert_eq!(commands(&reading, "deploy"), ["make prefligth", "make bulid", "fly deploy"]);
}

#[test]
fn patterns_and_automatic_variables() {
    let text = "deploy-%: check-% config/%.toml\n\tfly deploy -a shop-$* --config $(word 2,$^) # $@\n\
                check-%:\n\techo $@\nall: deploy-production x.o\n\
                x.o y.o: %.o: src/%.c\n\tcc -c $< -o $(@D)/$(@F) $*\n%.gz: %\n\tgzip $<\nsrc/x.c:\n\ttouch $@\n";
    let reading = reading(text);
    assert_eq!(names(&reading), ["deploy-%", "check-%", "all", "x.o", "y.o", "%.gz", "src/x.c"]);
    assert_eq!(commands(&reading, "deploy-%")[0], "make check-%");
    assert!(commands(&reading, "deploy-%")[1].starts_with("fly deploy -a shop-${STEM} --config"));
    assert_eq!(commands(&reading, "all"), ["make deploy-production", "make x.o"]);
    assert_eq!(commands(&reading, "x.o"), ["make src/x.c", "cc -c src/x.c -o ./x.o x"]);
    let default =
        of_kind(&reading, task::KIND).into_iter().find(|fact| fact.bool(task::DEFAULT) == Some(true));
    assert_eq!(default.and_then(|fact| fact.text(task::NAME)), Some("all"));
}

/// What the failure of each command of a target does, and why.
fn fates(text: &str) -> Vec<(String, String, String)> {
    let reading = reading(text);
    let field = |fact: &Fact, field| fact.text(field).unwrap_or("-").to_owned();
    facts_of(&reading, "t")
        .into_iter()
        .map(|fact| {
            let cause = field(fact, command::FAILURE_CAUSE);
            (field(fact, command::TEXT), field(fact, command::FAILURE), cause)
        })
        .collect()
}

fn fate(text: &str, failure: &str, cause: &str) -> (String, String, String) {
    (text.to_owned(), failure.to_owned(), cause.to_owned())
}

#[test]
fn a_failing_line_stops_make_unless_it_is_told_to_go_on() {
    let text =
        "t: need\n\tone\n\t-two\n\t@ -+ three\n\tfour || true\n\tfive | tee x\n\tsix && seven\nneed:\n\tx\n";
    assert_eq!(
        fates(text),
        [
            fate("make need", "stops", "-"),
            fate("one", "stops", "-"),
            fate("two", "ignored", "-"),
            fate("three", "ignored", "-"),
            fate("four", "ignored", "|| true"),
            fate("true", "stops", "-"),
            fate("five", "ignored", "| tee x"),
            fate("tee x", "stops", "-"),
            fate("six", "stops", "-"),
            fate("seven", "stops", "-"),
        ]
    );
    let all = fates(".IGNORE:\nt:\n\tone\n");
    assert_eq!(all, [fate("one", "ignored", ".IGNORE")]);
    let named = fates(".IGNORE: t\nt:\n\tone\nu:\n\ttwo\n");
    assert_eq!(named, [fate("one", "ignored", ".IGNORE")]);
    let other = fates(".IGNORE: u\nt:\n\tone\nu:\n\ttwo\n");
    assert_eq!(other, [fate("one", "stops", "-")]);
}

#[test]
fn the_shell_and_its_flags() {
    let strict = "SHELL := /bin/bash\n.SHELLFLAGS := -eu -o pipefail -c\nt:\n\tfive | tee x\n";
    assert_eq!(fates(strict), [fate("five", "stops", "-"), fate("tee x", "stops", "-")]);
    let one = ".ONESHELL:\n.SHELLFLAGS = -ec\nt:\n\t@cd apps/web\n\tset +e\n\t@fly deploy\n\tfly status\n";
    let reading_one = reading(one);
    let deploy = facts_of(&reading_one, "t")[2];
    assert_eq!(deploy.text(command::DIRECTORY), Some("apps/web"));
    assert_eq!(deploy.text(command::FAILURE), Some("ignored"));
    let several = reading("t:\n\tcd apps/web\n\tfly deploy\n");
    assert_eq!(facts_of(&several, "t")[1].text(command::DIRECTORY), Some(""));
    let other = reading("SHELL := /usr/bin/python3\nt:\n\tprint('x')\n");
    assert!(facts_of(&other, "t").is_empty());
    let why = of_kind(&other, unresolved::KIND)[0].text(unresolved::REASON);
    assert_eq!(why, Some("recipes are run by `python3`, which is no shell"));
    for shell in ["/usr/bin/env bash", "$(shell which bash)", "bash", "/opt/homebrew/bin/zsh -f"] {
        let reading = reading(&format!("SHELL := {shell}\nt:\n\tfly deploy\n"));
        assert_eq!(commands(&reading, "t"), ["fly deploy"], "{shell}");
    }
}

#[test]
fn functions_calls_and_defines() {
    let text = "APPS := web api\nCOMPOSE ?= docker compose\n\
                define deploy_app\n@echo deploying $(1)\nfly deploy -a shop-$(1) \\\n  --config $(1).toml\nendef\n\
                run = $(COMPOSE) run --rm $(1)\n\
                t:\n\t$(call deploy_app,web)\n\t$(foreach app,$(APPS),fly status -a $(app);)\n\
                \t$(call run,web) npm run db:migrate\n\t$(if $(CI),,@)echo $(shell date +%Y)\n\
                \t@$(if $(ENV),,$(error no ENV))\n\t$(info hi)\n\techo $(wildcard *.c) $(addprefix -t ,$(APPS))\n\
                \t$(MAKE) -C apps/web deploy ENV=$(ENV)\n\tsudo $(COMPOSE) up\n\techo $(APPS:%=x-%)\n";
    let reading = reading(text);
    assert!(reading.findings.is_empty(), "{:?}", reading.findings);
    assert_eq!(
        commands(&reading, "t"),
        [
            "echo deploying web",
            "fly deploy -a shop-web --config web.toml",
            "fly status -a web",
            "fly status -a api",
            "docker compose run --rm web npm run db:migrate",
            "npm run db:migrate",
            "date +%Y",
            "echo $(date +%Y)",
            "echo __expr__ -t web -t api",
            "make -C apps/web deploy ENV=${ENV}",
            "sudo docker compose up",
            "echo x-web x-api",
        ]
    );
    let define = facts_of(&reading, "t")[1].get(command::PROGRAM).unwrap().span;
    assert_eq!(define.start as usize, text.find("fly deploy -a shop-$(1)").unwrap());
}

#[test]
fn conditions_are_guards_and_branches_are_both_read() {
    let text = "ifeq ($(CI),true)\nAPP := shop-ci\nt:\n\tfly deploy -a $(APP)\nelse\nt:\n\tfly deploy --local-only\n\
                endif\nifndef NAME\nNAME = 店\nendif\nu:\n\techo $(NAME)\nifdef X\n\tx\nendif\n";
    let reading = reading(text);
    assert_eq!(names(&reading), ["t", "u"]);
    let guards: Vec<Vec<&str>> = facts_of(&reading, "t")
        .iter()
        .map(|fact| fact.list(command::GUARD).iter().map(|(text, _)| &**text).collect())
        .collect();
    assert_eq!(guards, [["ifeq ($(CI),true)"], ["! ifeq ($(CI),true)"]]);
    assert_eq!(commands(&reading, "t")[0], "fly deploy -a ${APP}");
    assert_eq!(commands(&reading, "u"), ["echo ${NAME:-店}", "x"]);
    assert_eq!(facts_of(&reading, "u")[1].list(command::GUARD).len(), 1);
}

#[test]
fn variables_that_are_set_from_outside_have_defaults() {
    let text = "# 使い方: make deploy ENV=production [TAG=v1]\nENV = staging\nTAG := latest\nAPP := shop\n\
                GO := $(shell which go)\nNPM ?= $(shell command -v npm 2>/dev/null)\n\
                deploy:\n\t$(GO) run . $(APP)-$(ENV):$(TAG)\n\t$(NPM) ci\n\t@echo APP=1\n";
    let reading = reading(text);
    assert_eq!(
        commands(&reading, "deploy"),
        ["go run . shop-${ENV:-staging}:${TAG:-latest}", "npm ci", "echo APP=1"]
    );
    let task = of_kind(&reading, task::KIND)[0];
    let defaults: Vec<_> =
        task.map(task::DEFAULTS).iter().map(|(name, value, _)| (&**name, &**value)).collect();
    assert_eq!(defaults, [("ENV", "staging"), ("NPM", "npm"), ("TAG", "latest")]);
}

#[test]
fn of_several_programs_the_likeliest_one_is_read() {
    let text = "ifdef DRY\nFLY = echo fly\nelse ifdef X\nFLY := flyctl\nendif\nFLY ?= fly\n\
                ifeq ($(shell docker compose version),)\nDC := docker-compose\nelse\nDC := docker compose\nendif\n\
                ifdef APP\nA = a\nelse\nA = b\nendif\nFLAGS += $(X)\n\
                t:\n\t$(FLY) deploy $(FLAGS) -a $(A)\n\tcd x && A=b C=d $(DC) up\n";
    let reading = reading(text);
    assert_eq!(commands(&reading, "t"), ["fly deploy ${X} -a ${A}", "cd x", "A=b C=d docker-compose up"]);
}

#[test]
fn of_two_recipes_the_last_one_counts_but_double_colons_add() {
    let text = "t: a\n\told\nt: b\n\tnew\nd:: \n\tone\nd::\n\ttwo\na b: FORCE\n\tx\nFORCE:\n";
    let reading = reading(text);
    assert_eq!(commands(&reading, "t"), ["make a", "make b", "new"]);
    assert_eq!(commands(&reading, "d"), ["one", "two"]);
    assert_eq!(commands(&reading, "a"), ["x"]);
}

#[test]
fn included_files_lend_variables_and_targets() {
    let others = [
        ("apps/shop/make/deploy.mk", "APP := shop-prod\nrelease:\n\tfly deploy\n"),
        ("apps/shop/make/more.mk", "include make/deploy.mk\n"),
        ("apps/shop/Makefile", ""),
    ];
    let text = "include make/*.mk\n-include .env $(MISSING)\nall: release\n\tfly status -a $(APP)\n";
    let (_, reading) = reading_at("apps/shop/GNUmakefile", text, &others);
    let file = of_kind(&reading, file::KIND)[0];
    let includes: Vec<_> =
        file.list(file::INCLUDES).iter().map(|(path, at)| (&**path, said(text, *at))).collect();
    assert_eq!(
        includes,
        [
            ("apps/shop/make/deploy.mk", "make/*.mk"),
            ("apps/shop/make/more.mk", "make/*.mk"),
            ("apps/shop/.env", ".env $(MISSING)"),
        ]
    );
    assert_eq!(commands(&reading, "all"), ["make release", "fly status -a shop-prod"]);
    assert_eq!(facts_of(&reading, "all")[1].text(command::DIRECTORY), Some("apps/shop"));
    let (_, part) = reading_at("apps/shop/make/deploy.mk", others[0].1, &others[2..]);
    assert_eq!(facts_of(&part, "release")[0].text(command::DIRECTORY), Some("apps/shop"));
}

#[test]
fn what_only_make_knows_is_said() {
    let text = "$(foreach d,$(DIRS),$(eval $(call rule,$(d))))\n$(info hi)\n$(eval X := 1)\n\
                $(BIN): main.go\n\tgo build -o $@\nA = $(B)\nB = $(A)\nt:\n\techo $(A) $(C D)\n";
    let reading = reading(text);
    let told: Vec<_> =
        of_kind(&reading, unresolved::KIND).iter().filter_map(|fact| fact.text(unresolved::TEXT)).collect();
    assert_eq!(told, ["$(foreach d,$(DIRS),$(eval $(call rule,$(d))))"]);
    assert_eq!(names(&reading), ["$(BIN)", "t"]);
    assert_eq!(commands(&reading, "t").len(), 1);
}

#[test]
fn hostile_makefiles_end() {
    let many = 20_000;
    let names = |count: usize| (0..count).map(|n| format!("a{n}")).collect::<Vec<_>>().join(" ");
    let doubling: String = (0..60).map(|n| format!("v{} = $(v{n})$(v{n})\n", n + 1)).collect();
    for text in [
        String::new(),
        format!("{0}: {0}\n\techo $^\n", names(many / 4)),
        format!("v0 = x\n{doubling}t: $(v60)\n\techo $(v60)\n"),
        format!("v0 = $(v60)\n{doubling}t:\n\techo $(v60)\n"),
        format!("t:\n\techo {}x{}\n", "$(a ".repeat(many), ")".repeat(many)),
        format!("t:\n\techo {}x{}\n", "$(call a,".repeat(many), ")".repeat(many)),
        format!("f = $(call f,$(1)x,$(1))$(call f,$(1)y)\nt:\n\t$(call f,z)\n"),
        format!("t:\n{}", "ifeq (a,b)\n\techo x\n".repeat(many)),
        format!("{}", "ifeq (a,b)\nt:\n\techo x\n".repeat(many)),
        format!("{}", "t: a\n\techo x\n".repeat(many)),
        (0..many).map(|n| format!("t{n}: A{n} = x\nt{n}:\n\techo $(A{n})\n")).collect(),
        (0..many).map(|n| format!("A{n} ?= x\nt{n}: t{}\n\techo $(A{n})\n", n + 1)).collect(),
        format!("L = {}\nt:\n\t$(foreach a,$(L),$(foreach b,$(L),$(foreach c,$(L),x $(a);)))\n", names(500)),
        format!("X = {}\nt:\n\t{}\n", "y".repeat(60_000), "$(X)".repeat(2000)),
        format!("X = {}\nt:\n\t{}\n", "a".repeat(4000), "echo $(subst a,$(X),$(X))\n\t".repeat(300)),
        format!("{}\n\techo $@\n", names(many).replace(' ', ": ; x\n")),
        "t:\n\techo 'never closed\n\techo \"\n\tif\n".to_owned(),
    ] {
        let reading = reading(&text);
        assert!(reading.facts.len() < 150_000, "{}", reading.facts.len());
        assert!(reading.facts.iter().all(|fact| fact.fields().all(|(_, slot)| !matches!(&slot.value,
            Value::Text(text) if text.len() > 200_000))));
    }
}

proptest::proptest! {
    #[test]
    fn any_makefile_is_read(text in "(ifeq|define|endef|else|a|b|:|=|\\?=|\t|\n|\n\t| |\\$\\(|\\)|\\$@|%|;|\\$|call |foreach |本|,|-|@){0,40}") {
        let _ = reading(&text);
    }
}
