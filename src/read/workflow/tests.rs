//! What the reader promises, on whole files.

mod environments;

use proptest::prelude::*;

use super::*;
use crate::facts::{Field, Kind, Value};

fn read_text(text: &str) -> Reading {
    let mut repo = Repo::default();
    let id = repo.insert(".github/workflows/deploy.yml", text.as_bytes().to_vec(), false);
    read(&repo, id, &Settings::default())
}

fn read_action_text(text: &str) -> Reading {
    let mut repo = Repo::default();
    let id = repo.insert(".github/actions/deploy/action.yml", text.as_bytes().to_vec(), false);
    read_action(&repo, id, &Settings::default())
}

fn of(reading: &Reading, kind: Kind) -> Vec<&Fact> {
    reading.facts.iter().filter(|fact| fact.kind == kind).collect()
}

fn job<'r>(reading: &'r Reading, id: &str) -> &'r Fact {
    of(reading, words::job::KIND).into_iter().find(|job| job.text(words::job::ID) == Some(id)).unwrap()
}

/// The words at a field's place.
fn words_of<'t>(text: &'t str, fact: &Fact, field: Field) -> &'t str {
    at(text, fact.get(field).unwrap().span)
}

fn at(text: &str, span: Span) -> &str {
    &text[span.start as usize..span.end as usize]
}

fn items(fact: &Fact, field: Field) -> Vec<&str> {
    fact.list(field).iter().map(|(item, _)| item.as_ref()).collect()
}

const DEPLOY: &str = "\
name: 本番デプロイ
on:
  push:
    branches: [main, 'release/**']
  workflow_dispatch:
concurrency:
  group: deploy-${{ github.ref }}
  cancel-in-progress: true
permissions: read-all
env:
  APP: shop-prod
jobs:
  test:
    runs-on: ubuntu-latest
    timeout-minutes: 15
    steps:
      - uses: actions/checkout@v4
      - run: npm test
  build:
    needs: test
    runs-on: [self-hosted, linux]
    outputs:
      image: ${{ steps.push.outputs.image }}
    container: node:22
    services:
      db:
        image: postgres:16
    steps:
      - name: Build 🎉
        id: push
        uses: docker/build-push-action@v6
        with:
          push: true
          tags: |
            ghcr.io/acme/shop:${{ github.sha }}
            ghcr.io/acme/shop:latest
  deploy:
    name: Deploy
    needs: [build]
    if: ${{ !cancelled() && github.ref == 'refs/heads/main' }}
    runs-on: ubuntu-latest
    environment:
      name: production
      url: https://shop.example.com
    concurrency: deploy-production
    permissions:
      contents: read
      id-token: write
    continue-on-error: ${{ inputs.lenient }}
    env:
      FLY_API_TOKEN: ${{ secrets.FLY_API_TOKEN }}
    defaults:
      run:
        working-directory: ./apps/api
    steps:
      - name: デプロイ
        if: success()
        run: |
          # 本番へ
          flyctl deploy --app ${{ env.APP }} \\
            --image \"${{ needs.build.outputs.image }}\"
        continue-on-error: true
        timeout-minutes: 10
";

#[test]
fn a_workflow_tells_what_starts_it_and_what_its_jobs_are() {
    let reading = read_text(DEPLOY);
    assert!(reading.findings.is_empty(), "{:?}", reading.findings);
    let workflow = of(&reading, words::workflow::KIND)[0];
    assert_eq!(workflow.text(words::workflow::NAME), Some("本番デプロイ"));
    assert_eq!(items(workflow, words::workflow::TRIGGERS), ["push", "workflow_dispatch"]);
    assert_eq!(items(workflow, words::workflow::BRANCHES), ["main", "release/**"]);
    assert_eq!(workflow.text(words::workflow::CONCURRENCY), Some("deploy-${{ github.ref }}"));
    assert_eq!(words_of(DEPLOY, workflow, words::workflow::CANCEL_IN_PROGRESS), "true");
    assert_eq!(workflow.entry(words::workflow::PERMISSIONS, "*").unwrap().0, "read");
    assert_eq!(of(&reading, words::job::KIND).len(), 3);
}

#[test]
fn a_job_tells_its_gates() {
    let reading = read_text(DEPLOY);
    let deploy = job(&reading, "deploy");
    assert_eq!(at(DEPLOY, deploy.span), "deploy");
    assert_eq!(items(deploy, words::job::NEEDS), ["build"]);
    assert_eq!(items(deploy, words::job::ALL_NEEDS), ["build", "test"]);
    assert_eq!(deploy.bool(words::job::RUNS_AFTER_FAILURE), Some(true));
    assert_eq!(words_of(DEPLOY, deploy, words::job::GITHUB_ENVIRONMENT), "production");
    assert_eq!(deploy.text(words::job::ENVIRONMENT), Some("production"));
    assert_eq!(deploy.bool(words::job::PROTECTED), Some(true));
    assert_eq!(deploy.text(words::job::CONCURRENCY), Some("deploy-production"));
    assert!(deploy.get(words::job::CANCEL_IN_PROGRESS).is_none());
    assert_eq!(deploy.text(words::job::CONTINUE_ON_ERROR), Some("${{ inputs.lenient }}"));
    assert_eq!(deploy.entry(words::job::PERMISSIONS, "id-token").unwrap().0, "write");
    assert_eq!(deploy.bool(words::job::REUSABLE), Some(false));
    let build = job(&reading, "build");
    assert_eq!(items(build, words::job::RUNS_ON), ["self-hosted", "linux"]);
    assert_eq!(build.text(words::job::CONCURRENCY), Some("deploy-${{ github.ref }}"));
    assert_eq!(words_of(DEPLOY, build, words::job::CANCEL_IN_PROGRESS), "true");
    let test = job(&reading, "test");
    assert_eq!(test.int(words::job::TIMEOUT_MINUTES), Some(15));
    assert!(test.get(words::job::NEEDS).is_none());
}

#[test]
fn steps_tell_what_they_use_and_run() {
    let reading = read_text(DEPLOY);
    let steps = of(&reading, words::step::KIND);
    assert_eq!(steps.len(), 4);
    let checkout = steps[0];
    assert_eq!(at(DEPLOY, checkout.span), "actions/checkout@v4");
    assert_eq!(checkout.text(words::step::ACTION), Some("actions/checkout"));
    assert_eq!(words_of(DEPLOY, checkout, words::step::REF), "v4");
    assert_eq!(items(checkout, words::step::EFFECTS), ["none"]);
    assert_eq!(steps[1].int(words::step::INDEX), Some(2));
    assert_eq!(at(DEPLOY, steps[1].span), "run: npm test");
    let build = steps[2];
    assert_eq!(items(build, words::step::EFFECTS), ["build-image", "push-image"]);
    assert_eq!(build.entry(words::step::WITH, "push").unwrap().0, "true");
    let deploy = steps[3];
    assert_eq!(deploy.text(words::step::CONTINUE_ON_ERROR), Some("true"));
    assert_eq!(deploy.int(words::step::TIMEOUT_MINUTES), Some(10));
    assert_eq!(deploy.text(words::step::WORKING_DIRECTORY), Some("./apps/api"));
    assert_eq!(deploy.bool(words::step::RUNS_AFTER_FAILURE), Some(false));
    assert!(deploy.text(words::step::RUN).unwrap().starts_with("# 本番へ\nflyctl deploy"));
}

#[test]
fn variables_images_and_expressions_have_exact_places() {
    let reading = read_text(DEPLOY);
    let variables = of(&reading, words::variable::KIND);
    assert_eq!(variables[0].text(words::variable::VALUE), Some("shop-prod"));
    assert_eq!(variables[0].text(words::variable::SCOPE), Some("workflow-env"));
    assert_eq!(variables[1].bool(words::variable::LITERAL), Some(false));
    assert_eq!(variables[1].text(words::variable::ENVIRONMENT), Some("production"));
    assert_eq!(words_of(DEPLOY, variables[1], words::variable::NAME), "FLY_API_TOKEN");
    let roles: Vec<_> = of(&reading, words::image::KIND)
        .into_iter()
        .map(|image| (image.text(words::image::ROLE).unwrap(), at(DEPLOY, image.span)))
        .collect();
    assert_eq!(
        roles,
        [
            ("job-container", "node:22"),
            ("service-container", "postgres:16"),
            ("build-tag", "ghcr.io/acme/shop:${{ github.sha }}"),
            ("build-tag", "ghcr.io/acme/shop:latest"),
        ]
    );
    let expressions = of(&reading, words::expression::KIND);
    let found: Vec<_> = expressions
        .iter()
        .map(|fact| (fact.text(words::expression::KEY).unwrap(), at(DEPLOY, fact.span)))
        .collect();
    for wanted in [
        ("concurrency.group", "github.ref"),
        ("outputs.image", "steps.push.outputs.image"),
        ("with.tags", "github.sha"),
        ("if", "!cancelled() && github.ref == 'refs/heads/main'"),
        ("if", "success()"),
        ("env.FLY_API_TOKEN", "secrets.FLY_API_TOKEN"),
        ("continue-on-error", "inputs.lenient"),
        ("run", "env.APP"),
        ("run", "needs.build.outputs.image"),
    ] {
        assert_eq!(found.iter().filter(|&&found| found == wanted).count(), 1, "{wanted:?} in {found:?}");
    }
    let secret =
        expressions.iter().find(|fact| fact.has(words::expression::CONTEXTS, "secrets.FLY_API_TOKEN"));
    let (_, span) = secret.unwrap().list(words::expression::CONTEXTS)[0];
    assert_eq!(at(DEPLOY, span), "secrets.FLY_API_TOKEN");
}

#[test]
fn other_line_ends_and_a_byte_order_mark_change_no_place() {
    let text = format!("\u{feff}{}", DEPLOY.replace('\n', "\r\n"));
    let reading = read_text(&text);
    assert!(reading.findings.is_empty(), "{:?}", reading.findings);
    let plain = read_text(DEPLOY);
    assert_eq!(reading.facts.len(), plain.facts.len());
    for (left, right) in reading.facts.iter().zip(&plain.facts) {
        assert_eq!(at(&text, left.span).replace('\r', ""), at(DEPLOY, right.span));
        for ((field, left), (_, right)) in left.fields().zip(right.fields()) {
            assert_eq!(at(&text, left.span).replace('\r', ""), at(DEPLOY, right.span), "{field:?}");
            if let (Value::Text(left), Value::Text(right)) = (&left.value, &right.value) {
                assert_eq!(left, right);
            }
        }
    }
}

#[test]
fn the_environment_comes_from_the_nearest_name() {
    let environment = |text: &str| {
        let reading = read_text(text);
        let job = of(&reading, words::job::KIND)[0];
        job.get(words::job::ENVIRONMENT)
            .map(|slot| (slot.value.as_text().unwrap().to_owned(), at(text, slot.span).to_owned()))
    };
    let found = |name: &str, place: &str| Some((name.to_owned(), place.to_owned()));
    let steps = "    steps: []\n";
    assert_eq!(
        environment(&format!("name: x\njobs:\n  deploy-stg:\n    environment: prod\n{steps}")),
        found("production", "prod")
    );
    assert_eq!(
        environment(&format!("name: prod\njobs:\n  deploy-stg:\n{steps}")),
        found("staging", "deploy-stg")
    );
    assert_eq!(
        environment(&format!("name: Release prod\njobs:\n  go:\n{steps}")),
        found("production", "Release prod")
    );
    assert_eq!(
        environment(&format!("name: prod\njobs:\n  go:\n    environment: ${{{{ inputs.to }}}}\n{steps}")),
        None
    );
}

#[test]
fn an_alias_is_read_where_its_anchor_stands() {
    let text = "\
jobs:
  a:
    steps:
      - &install
        name: Install
        run: &script |
          npm ci
      - run: *script
  b:
    needs: a
    env: &env
      LEVEL: info
    steps:
      - *install
  c:
    env: *env
    steps:
      - <<: *install
        run: x
";
    let reading = read_text(text);
    let steps = of(&reading, words::step::KIND);
    assert_eq!(steps.len(), 4);
    assert_eq!(steps[1].text(words::step::RUN), Some("npm ci\n"));
    assert_eq!(words_of(text, steps[1], words::step::RUN), "npm ci\n");
    assert_eq!(steps[2].text(words::step::NAME), Some("Install"));
    assert_eq!(of(&reading, words::variable::KIND).len(), 2);
    let merge: Vec<_> = reading.findings.iter().map(|finding| at(text, finding.primary.span)).collect();
    assert_eq!(merge, ["<<"]);
}

#[test]
fn scripts_of_other_shells_are_said_to_be_unread() {
    let text = "\
defaults:
  run:
    shell: pwsh
jobs:
  a:
    runs-on: windows-latest
    steps:
      - run: Write-Host 1
      - run: echo 1
        shell: bash
      - shell: python
        run: |

          import os
          print(1)
  b:
    runs-on: ubuntu-latest
    defaults: { run: { shell: bash } }
    steps:
      - run: echo 1
";
    let reading = read_text(text);
    let unread: Vec<_> = of(&reading, words::unresolved::KIND)
        .into_iter()
        .map(|fact| (at(text, fact.span), fact.text(words::unresolved::REASON).unwrap()))
        .collect();
    assert_eq!(
        unread,
        [("Write-Host 1", "`pwsh` scripts are not read"), ("import os", "`python` scripts are not read")]
    );
}

#[test]
fn needs_may_be_unknown_or_go_in_circles() {
    let text = "\
jobs:
  a:
    needs: [b, nope]
    steps: []
  b:
    needs: a
    steps: []
  c:
    needs: b
    steps: []
";
    let reading = read_text(text);
    assert_eq!(items(job(&reading, "a"), words::job::ALL_NEEDS), ["b", "nope"]);
    assert_eq!(items(job(&reading, "c"), words::job::ALL_NEEDS), ["b", "a", "nope"]);
    let unresolved: Vec<_> = of(&reading, words::unresolved::KIND)
        .into_iter()
        .map(|fact| (at(text, fact.span), fact.text(words::unresolved::REASON).unwrap()))
        .collect();
    assert_eq!(
        unresolved,
        [
            ("nope", "`needs` names no job of this workflow"),
            ("b", "the job needs itself, through its `needs`"),
            ("a", "the job needs itself, through its `needs`"),
        ]
    );
}

#[test]
fn a_call_of_a_reusable_workflow_is_a_job() {
    let text = "\
on: { workflow_call: { inputs: { app: { type: string } } } }
jobs:
  call:
    uses: ./.github/workflows/_deploy.yml
    with:
      app: ${{ inputs.app }}
    secrets: inherit
";
    let reading = read_text(text);
    assert!(reading.findings.is_empty(), "{:?}", reading.findings);
    let call = job(&reading, "call");
    assert_eq!(call.text(words::job::USES), Some("./.github/workflows/_deploy.yml"));
    assert_eq!(call.bool(words::job::REUSABLE), Some(true));
    assert_eq!(of(&reading, words::expression::KIND)[0].text(words::expression::KEY), Some("with.app"));
}

#[test]
fn what_is_no_workflow_is_said_at_its_place() {
    for (text, place) in [
        ("", ""),
        ("name: x\n", "name"),
        ("- a\n", "- a"),
        ("jobs: x\n", "jobs"),
        ("jobs:\n  a: b\n", "a"),
        ("jobs:\n  a:\n    runs-on: x\n", "a"),
        ("jobs:\n  a:\n    steps:\n      run: x\n", "steps"),
        ("jobs:\n  a:\n    steps:\n      - run\n", "run"),
        ("jobs:\n  a:\n    steps:\n      - name: x\n        with: {}\n", "name: x"),
        ("jobs:\n  a:\n    steps:\n      - run: [x]\n", "run"),
        ("jobs:\n  a:\n    steps:\n      - run: ${{ x\n", "${{"),
        ("jobs:\n  a:\n    if: a ==\n    steps: []\n", ""),
        ("jobs:\n  a:\n    timeout-minutes: soon\n    steps: []\n", "timeout-minutes"),
        ("jobs:\n  a:\n    environment: []\n    steps: []\n", "environment"),
    ] {
        let reading = read_text(text);
        assert_eq!(reading.findings.len(), 1, "{text}: {:?}", reading.findings);
        let found = at(text, reading.findings[0].primary.span);
        assert!(found.starts_with(place) && !found.contains('\n'), "{text}: {found:?}");
    }
}

#[test]
fn a_broken_job_does_not_hide_the_others() {
    let text = DEPLOY.replace("- run: npm test", "- run: \"npm test");
    let reading = read_text(&text);
    assert_eq!(reading.findings.len(), 1, "{:?}", reading.findings);
    let ids: Vec<_> =
        of(&reading, words::job::KIND).into_iter().filter_map(|job| job.text(words::job::ID)).collect();
    assert!(ids.contains(&"deploy") && ids.contains(&"build"));
}

#[test]
fn a_composite_action_has_steps() {
    let text = "\
name: Deploy
description: uses ${{ braces freely
runs:
  using: composite
  steps:
    - run: flyctl deploy --app ${{ inputs.app }}
      shell: bash
    - uses: superfly/flyctl-actions@1.5
      with:
        args: deploy --remote-only
";
    let reading = read_action_text(text);
    assert!(reading.findings.is_empty(), "{:?}", reading.findings);
    let steps = of(&reading, words::step::KIND);
    assert_eq!(steps.len(), 2);
    assert_eq!(steps[0].parent, Some(FactRef(0)));
    assert_eq!(reading.facts[0].text(words::file::READER), Some("action"));
    assert!(read_action_text("runs: { using: node20, main: index.js }").findings.is_empty());
    assert_eq!(read_action_text("name: x").findings.len(), 1);
}

#[test]
fn hostile_workflows_end() {
    let many = 20_000;
    let steps = "      - run: echo ${{ a }}\n".repeat(many);
    let aliases = format!(
        "jobs:\n  a:\n    steps: &s\n{}{}",
        "      - run: echo ${{ a }}\n".repeat(500),
        (0..500).map(|n| format!("  j{n}:\n    steps: *s\n")).collect::<Vec<_>>().concat()
    );
    let chain: String = (0..5_000)
        .map(|n| format!("  j{n}:\n    needs: [j{}, j{}]\n    steps: []\n", n + 1, n + 2))
        .collect::<Vec<_>>()
        .concat();
    let bomb: String = (0..200)
        .map(|n| format!("  k{n}: &k{n} [{}]\n", format!("*k{},", n - 1).repeat(9)))
        .collect::<Vec<_>>()
        .concat();
    for text in [
        format!("jobs:\n  a:\n    steps:\n{steps}"),
        aliases,
        format!("jobs:\n{chain}"),
        format!("env:\n  k-1: &k-1 x\n{bomb}\njobs:\n  a:\n    env: *k199\n    with: *k199\n    steps: []\n"),
        format!("jobs:\n  a:\n    if: {}\n    steps: []\n", "(".repeat(100_000)),
        format!("jobs:\n  a:\n    steps: {}", "[".repeat(100_000)),
        "jobs: &a\n  a:\n    steps: &b\n      - *b\n      - *a\n    needs: *a\n".to_owned(),
    ] {
        let reading = read_text(&text);
        assert!(reading.facts.len() < 400_000, "{}", reading.facts.len());
    }
}

proptest! {
    #[test]
    fn any_text_is_read(text in "[ \\n\\-:\\[\\]{}&*!|>'\"#$a日\\t]{0,60}") {
        read_text(&text);
        read_action_text(&text);
    }

    #[test]
    fn any_damage_is_survived(from in 0usize..1600, len in 0usize..40, what in "[\\[\\]{}'\":\\t\\n*&-]{0,3}") {
        let mut text = DEPLOY.to_owned();
        let mut from = from.min(text.len());
        while !text.is_char_boundary(from) { from -= 1; }
        let mut to = (from + len).min(text.len());
        while !text.is_char_boundary(to) { to -= 1; }
        text.replace_range(from..to, &what);
        let reading = read_text(&text);
        for fact in &reading.facts {
            prop_assert!(text.get(fact.span.start as usize..fact.span.end as usize).is_some());
        }
        for finding in &reading.findings {
            let span = finding.primary.span;
            prop_assert!(text.get(span.start as usize..span.end as usize).is_some());
        }
    }
}

const CALLS: &str = "\
on:
  workflow_dispatch:
    inputs:
      環境: { type: choice, options: [staging, '本番 🚀'], required: true, default: staging }
      force: { type: boolean }
  workflow_run: { workflows: [CI, \"Build 🎉\"], types: [completed], branches: [main] }
  push: { tags: [v*] }
jobs:
  call:
    if: github.event_name != 'push'
    uses: ./.github/workflows/deploy.yml
    with: { environment: \"本番\", count: 3 }
    secrets: { TOKEN: '${{ secrets.TOKEN }}' }
  steps:
    runs-on: ubuntu-latest
    steps:
      - uses: ./.github/actions/setup/
        with: { node: 22 }
";

#[test]
fn triggers_inputs_and_calls_have_exact_places() {
    for text in [CALLS.to_owned(), format!("\u{feff}{}", CALLS.replace('\n', "\r\n"))] {
        let reading = read_text(&text);
        assert!(reading.findings.is_empty(), "{:?}", reading.findings);
        let events: Vec<&str> =
            of(&reading, words::trigger::KIND).into_iter().map(|fact| at(&text, fact.span)).collect();
        assert_eq!(events, ["workflow_dispatch", "workflow_run", "push"]);
        let input = of(&reading, words::input::KIND)[0];
        assert_eq!(words_of(&text, input, words::input::NAME), "環境");
        assert_eq!(words_of(&text, input, words::input::DEFAULT), "staging");
        assert_eq!(items(input, words::input::VALUES), ["staging", "本番 🚀"]);
        let after: Vec<&str> =
            of(&reading, words::after::KIND).into_iter().map(|fact| at(&text, fact.span)).collect();
        assert_eq!(after, ["CI", "Build 🎉"]);
        let call = of(&reading, words::workflow_call::KIND)[0];
        assert_eq!(words_of(&text, call, words::workflow_call::TARGET), "./.github/workflows/deploy.yml");
        let (value, span) = call.entry(words::workflow_call::WITH, "environment").unwrap();
        assert_eq!((value, at(&text, span)), ("本番", "本番"));
        let names: Vec<&str> =
            call.list(words::workflow_call::INPUTS).iter().map(|(_, span)| at(&text, *span)).collect();
        assert_eq!(names, ["environment", "count"]);
        let action = of(&reading, words::workflow_call::KIND)[1];
        assert_eq!(action.text(words::workflow_call::TARGET), Some(".github/actions/setup"));
        assert_eq!(
            items(job(&reading, "call"), words::job::STARTED_BY),
            ["workflow_dispatch", "workflow_run"]
        );
        assert_eq!(
            items(job(&reading, "steps"), words::job::STARTED_BY),
            ["workflow_dispatch", "workflow_run", "tag"]
        );
        let workflow = of(&reading, words::workflow::KIND)[0];
        assert_eq!(workflow.bool(words::workflow::MANUAL_ONLY), Some(false));
        assert_eq!(words_of(&text, workflow, words::workflow::MANUAL_ONLY), "workflow_run");
    }
}
