//! What calls, chains and names tell, over small repositories.

use super::*;
use crate::facts::words::{after, call_fault, command, unordered};
use crate::facts::{Fact, Kind};
use crate::read::link::testing::linked;

fn facts_of(files: &[(&str, &str)]) -> Facts {
    let (facts, _) = linked(files);
    facts
}

fn all(facts: &Facts, kind: Kind) -> Vec<&Fact> {
    facts.of_kind(kind).iter().map(|&id| facts.get(id)).collect()
}

fn workflow_named<'f>(facts: &'f Facts, name: &str) -> &'f Fact {
    let of = |fact: &&Fact| {
        fact.text(workflow::NAME) == Some(name)
            || fact.text(workflow::PATH).is_some_and(|path| path.contains(name))
    };
    all(facts, workflow::KIND).into_iter().find(of).unwrap()
}

fn faults(facts: &Facts) -> Vec<(&str, &str)> {
    all(facts, call_fault::KIND)
        .into_iter()
        .map(|fact| (fact.text(call_fault::WHAT).unwrap(), fact.text(call_fault::NAME).unwrap()))
        .collect()
}

const CALLEE: &str = "\
name: デプロイ
on:
  workflow_call:
    inputs:
      Environment: { type: string, required: true }
      tag: { type: string, default: '${{ github.ref_name }}' }
      dry-run: { type: boolean }
      retries: { type: number }
    secrets:
      TOKEN: { required: true }
      GITHUB_TOKEN: { required: true }
      EXTRA: {}
jobs:
  deploy:
    runs-on: ubuntu-latest
    environment: ${{ inputs.Environment }}
    steps:
      - run: flyctl deploy --app shop-${{ inputs.environment }} --image \"shop:${{ inputs.tag }}\"
";

fn called_with(rest: &str) -> Facts {
    let caller = format!("on: push\njobs:\n  a:\n    uses: ./.github/workflows/deploy.yml\n{rest}")
        .replace('\n', "\r\n");
    let caller = format!("\u{feff}{caller}");
    facts_of(&[(".github/workflows/a.yml", &caller), (".github/workflows/deploy.yml", CALLEE)])
}

#[test]
fn calls_are_held_against_what_is_declared() {
    let facts = called_with("    with:\n      environment: production\n    secrets: inherit\n");
    assert_eq!(faults(&facts), []);
    let facts = called_with(
        "    with: { environment: prod, RETRIES: '3', dry-run: '${{ inputs.x }}' }\n    secrets: { token: x, extra: y }\n",
    );
    assert_eq!(faults(&facts), []);
    let facts = called_with(
        "    with: { enviroment: 本番, retries: 三, dry-run: maybe }\n    secrets: { TOKN: x }\n",
    );
    assert_eq!(
        faults(&facts),
        [
            ("input-not-declared", "enviroment"),
            ("input-required-missing", "Environment"),
            ("input-type", "retries"),
            ("input-type", "dry-run"),
            ("secret-not-passed", "TOKEN"),
            ("secret-not-declared", "TOKN"),
        ]
    );
    let first = all(&facts, call_fault::KIND)[0];
    assert_eq!(first.text(call_fault::SUGGESTION), Some("Environment"));
}

#[test]
fn a_called_workflow_sees_no_secret_that_is_not_passed() {
    let callee = |job: &str, step: &str| {
        format!(
            "on: [workflow_call, push]\njobs:\n  a:\n    runs-on: x\n{job}    steps:\n      - run: ./x\n{step}        env: {{ T: '${{{{ secrets.TOKEN }}}}', G: '${{{{ secrets.GITHUB_TOKEN }}}}', F: '${{{{ secrets.F || github.token }}}}' }}\n"
        )
    };
    let faults_of = |callee: &str, secrets: &str| {
        let caller = format!("on: push\njobs:\n  a:\n    uses: ./.github/workflows/x.yml\n{secrets}");
        let facts = facts_of(&[(".github/workflows/a.yml", &caller), (".github/workflows/x.yml", callee)]);
        faults(&facts).into_iter().map(|(what, name)| format!("{what} {name}")).collect::<Vec<_>>()
    };
    assert_eq!(faults_of(&callee("", ""), ""), ["secret-not-available TOKEN"]);
    assert_eq!(faults_of(&callee("", ""), "    secrets: inherit\n"), Vec::<String>::new());
    assert_eq!(faults_of(&callee("    environment: prod\n", ""), ""), Vec::<String>::new());
    assert_eq!(faults_of(&callee("    if: github.event_name == 'push'\n", ""), ""), Vec::<String>::new());
    assert_eq!(faults_of(&callee("", "        if: inputs.x\n"), ""), Vec::<String>::new());
}

#[test]
fn nothing_is_said_of_what_is_not_known() {
    let remote =
        "on: push\njobs:\n  a:\n    uses: acme/x/.github/workflows/deploy.yml@v1\n    with: { a: b }\n";
    assert_eq!(faults(&facts_of(&[(".github/workflows/a.yml", remote)])), []);
    // A file that could not be read whole may declare anything.
    let broken = CALLEE.replace("    secrets:\n", "    secrets: [\n");
    let caller = "on: push\njobs:\n  a:\n    uses: ./.github/workflows/deploy.yml\n    with: { a: b }\n";
    let facts = facts_of(&[(".github/workflows/a.yml", caller), (".github/workflows/deploy.yml", &broken)]);
    assert_eq!(faults(&facts), []);
    let empty = facts_of(&[(".github/workflows/a.yml", caller), (".github/workflows/deploy.yml", "")]);
    assert_eq!(faults(&empty), []);
}

#[test]
fn what_is_called_is_looked_for() {
    let caller = |uses: &str| format!("on: push\njobs:\n  a:\n    uses: {uses}\n    secrets: inherit\n");
    let said = |uses: &str| {
        let facts = facts_of(&[
            (".github/workflows/a.yml", &caller(uses)),
            (".github/workflows/b.yml", "on: push\njobs: {}\n"),
        ]);
        let fault = facts.of_kind(call_fault::KIND).first().map(|&id| facts.get(id).clone());
        fault.map(|fact| fact.text(call_fault::REASON).or(fact.text(call_fault::WHAT)).unwrap().to_owned())
    };
    assert_eq!(said("./.github/workflows/b.yml").as_deref(), Some("not-reusable"));
    assert_eq!(said("$/.github/workflows/b.yml").as_deref(), Some("not-reusable"));
    assert!(said("./.github/workflows/c.yml").unwrap().contains("no such file"));
    assert!(said("./.github/workflows/b.yml@main").unwrap().contains("takes no"));
    assert!(said("./ci/b.yml").unwrap().contains("itself"));
    assert_eq!(said("${{ inputs.x }}"), None);
}

#[test]
fn a_call_binds_the_inputs_of_what_it_calls() {
    let facts = called_with(
        "    with: { environment: production, retries: '${{ inputs.n }}' }\n    secrets: inherit\n",
    );
    let call = facts.of_kind(workflow_call::KIND)[0];
    let bound = bindings(&facts, call);
    let bound: Vec<(&str, &str)> =
        bound.iter().map(|(name, value)| (name.as_ref(), value.as_ref())).collect();
    let expected = [
        ("inputs.Environment", "production"),
        ("inputs.tag", "__expr_github.ref_name__"),
        ("inputs.dry-run", "false"),
        ("inputs.retries", "__expr_inputs.n__"),
    ];
    assert_eq!(bound, expected);
    assert_eq!(bindings(&facts, facts.parent(call).unwrap()).len(), 4);
    // The called command takes the value where the name stands.
    let command =
        all(&facts, command::KIND).into_iter().find(|fact| fact.text(command::VERB) == Some("deploy"));
    let (app, _) = command.unwrap().entry(command::FLAGS, "app").unwrap();
    assert_eq!(app, "shop-__expr_inputs.environment__");
    assert_eq!(placeholder::fill(app, &bindings(&facts, call)), "shop-production");
    assert_eq!(command.unwrap().text(command::TEXT).unwrap().matches("__expr").count(), 0);
}

#[test]
fn a_dispatch_lets_one_choose() {
    let text = "on:\n  workflow_dispatch:\n    inputs:\n      environment: { type: choice, options: [staging, 本番] }\n      force: { type: boolean, default: false }\n      ref: { type: string }\njobs: {}\n";
    let facts = facts_of(&[(".github/workflows/a.yml", text)]);
    let found = choices(&facts, facts.of_kind(workflow::KIND)[0]);
    let names: Vec<&str> = found.iter().map(|(name, _)| name.as_ref()).collect();
    let expected = [
        "inputs.environment",
        "github.event.inputs.environment",
        "inputs.force",
        "github.event.inputs.force",
    ];
    assert_eq!(names, expected);
    assert_eq!(found[0].1, ["staging".into(), "本番".into()] as [Arc<str>; 2]);
}

#[test]
fn local_actions_have_inputs_too() {
    let action = "name: x\ninputs:\n  node: { default: '24' }\n  token: { required: true }\nruns:\n  using: composite\n  steps:\n    - uses: ./.github/actions/y\n      with: { z: '${{ inputs.token }}' }\n";
    let docker = "name: y\ninputs: {}\nruns:\n  using: docker\n  image: Dockerfile\n";
    let ci = "on: push\njobs:\n  a:\n    runs-on: ubuntu-latest\n    steps:\n      - uses: actions/checkout@v4\n      - uses: ./.github/actions/x/\n        with: { NODE: 22 }\n      - uses: ./.github/actions/y\n        with: { args: a }\n      - uses: ./.github/actions/q\n";
    let facts = facts_of(&[
        (".github/actions/x/action.yml", action),
        (".github/actions/y/action.yaml", docker),
        (".github/workflows/ci.yml", ci),
    ]);
    assert_eq!(
        faults(&facts),
        [
            ("input-not-declared", "z"),
            ("input-required-missing", "token"),
            ("not-found", ".github/actions/q"),
        ]
    );
    let call = facts.of_kind(workflow_call::KIND)[1];
    let bound = bindings(&facts, call);
    assert_eq!(bound[0], (Arc::from("inputs.node"), Arc::from("22")));
    assert_eq!(bound[1], (Arc::from("inputs.token"), Arc::from("")));
}

fn run_after(name: &str, after: &str, more: &str) -> String {
    format!("name: {name}\non:\n  workflow_run:\n    workflows: [{after}]\n{more}jobs: {{}}\n")
}

#[test]
fn chains_are_counted_and_circles_end() {
    let files = [
        ("a", "name: A\non: push\njobs: {}\n".to_owned()),
        ("b", run_after("B", "a", "")),
        ("c", run_after("C", "B, nobody", "  workflow_dispatch:\n")),
        ("d", run_after("D", "C", "")),
        ("e", run_after("E", "D, F", "")),
        ("f", run_after("F", "E", "  schedule: [{ cron: '0 0 * * *' }]\n")),
        ("g", run_after("G", "H", "")),
        ("h", run_after("H", "G", "")),
        ("i", run_after("I", "pages-build-deployment", "")),
        ("j", run_after("J", "I", "")),
    ];
    let files: Vec<(String, &str)> =
        files.iter().map(|(name, text)| (format!(".github/workflows/{name}.yml"), text.as_str())).collect();
    let files: Vec<(&str, &str)> = files.iter().map(|(path, text)| (path.as_str(), *text)).collect();
    let facts = facts_of(&files);
    let chain: Vec<Option<i64>> =
        all(&facts, workflow::KIND).iter().map(|fact| fact.int(workflow::CHAIN)).collect();
    let expected = [Some(0), Some(1), Some(2), Some(3), Some(1), Some(0), None, None, Some(1), Some(2)];
    assert_eq!(chain, expected);
    assert_eq!(workflow_named(&facts, "D").text(workflow::CHAIN_PATH), Some("A → B → C → D"));
    let missing: Vec<&str> = all(&facts, after::KIND)
        .into_iter()
        .filter(|fact| fact.bool(after::RESOLVED) == Some(false))
        .filter_map(|fact| fact.text(after::NAME))
        .collect();
    assert_eq!(missing, ["nobody"]);
}

fn is_rollback(path: &str, text: &str) -> (bool, Option<String>) {
    let facts = facts_of(&[(path, text)]);
    let fact = all(&facts, workflow::KIND)[0].clone();
    (fact.bool(workflow::ROLLBACK).unwrap(), fact.text(workflow::ROLLBACK_TARGET).map(str::to_owned))
}

#[test]
fn a_rollback_is_known_by_its_name_or_its_commands() {
    let back = "jobs:\n  a:\n    runs-on: ubuntu-latest\n    steps:\n      - run: helm rollback shop 3\n";
    let ship = "jobs:\n  a:\n    runs-on: ubuntu-latest\n    steps:\n      - run: flyctl deploy -i shop:1\n";
    let file = ".github/workflows/x.yml";
    let on = "on: workflow_dispatch\n";
    assert!(is_rollback(".github/workflows/rollback-production.yml", &format!("{on}{ship}")).0);
    assert_eq!(is_rollback(file, &format!("name: 🔙 本番ロールバック\n{on}{ship}")), (true, None));
    assert!(is_rollback(file, &format!("name: Roll back\n{on}{ship}")).0);
    assert!(is_rollback(file, &format!("{on}{back}")).1.is_some_and(|target| target.contains("helm")));
    for healthy in [
        format!("name: Rollback test\n{on}{ship}"),
        format!("name: マイグレーションのロールバックテスト\n{on}{ship}"),
        format!("{on}{ship}"),
        format!("{on}{}", back.replace("helm rollback shop 3", "helm upgrade shop . || helm rollback shop")),
        format!("{on}{}", back.replace("- run", "- if: failure()\n        run")),
        format!("{on}{ship}  rollback:\n    needs: a\n    runs-on: x\n    steps:\n      - run: ./back\n"),
        format!(
            "name: Rollback\non: {{ workflow_run: {{ workflows: [x] }} }}\n{}",
            back.replace("runs-on", "if: github.event.workflow_run.conclusion == 'failure'\n    runs-on")
        ),
    ] {
        assert!(!is_rollback(file, &healthy).0, "{healthy}");
    }
}

#[test]
fn a_rollback_goes_somewhere() {
    let with = |inputs: &str, run: &str| {
        let text = format!(
            "name: Rollback\non:\n  workflow_dispatch:\n{inputs}jobs:\n  a:\n    runs-on: ubuntu-latest\n    steps:\n      - uses: actions/checkout@v4\n      - run: {run}\n"
        );
        is_rollback(".github/workflows/x.yml", &text).1
    };
    let input = |rest: &str| format!("    inputs:\n      {rest}\n");
    assert_eq!(with("", "flyctl deploy -i shop:1"), None);
    assert_eq!(with(&input("environment: { required: true }"), "flyctl deploy -i shop:1"), None);
    assert_eq!(with(&input("version: {}"), "flyctl deploy -i shop:1"), None);
    assert!(with(&input("image_tag: { required: true }"), "flyctl deploy -i shop:1").is_some());
    assert!(with(&input("targetVersion: { required: true }"), "flyctl deploy -i shop:1").is_some());
    assert!(with("", "flyctl deploy -i \"shop:$(git describe --tags HEAD~1)\"").is_some());
    assert!(with("", "kubectl rollout undo deployment/shop").is_some());
    assert!(with("", "./scripts/unknown.sh").is_some());
}

fn confirmed(job: &str) -> bool {
    let text = format!(
        "on:\n  workflow_dispatch:\n    inputs:\n      confirmation: {{ required: true }}\n      word: {{ description: 確認のため production と入力 }}\n      environment: {{ type: string }}\njobs:\n{job}"
    );
    let facts = facts_of(&[(".github/workflows/x.yml", &text)]);
    all(&facts, job::KIND).last().unwrap().bool(job::CONFIRMED).unwrap()
}

#[test]
fn a_confirmation_holds_the_job_back() {
    let job = |condition: &str, steps: &str| {
        format!(
            "  a:\n    if: {condition}\n    runs-on: ubuntu-latest\n    steps:\n{steps}      - run: flyctl deploy\n"
        )
    };
    let check =
        "      - run: |\n          [ \"${{ github.event.inputs.confirmation }}\" = production ] || exit 1\n";
    assert!(confirmed(&job("inputs.confirmation == 'production'", "")));
    assert!(confirmed(&job(
        "${{ github.ref == 'refs/heads/main' && github.event.inputs.word == '本番' }}",
        ""
    )));
    assert!(confirmed(&job("true", check)));
    assert!(confirmed(&job(
        "true",
        "      - if: inputs.confirmation != 'production'\n        run: exit 1\n"
    )));
    assert!(confirmed(
        "  check:\n    if: inputs.confirmation == 'yes'\n    runs-on: x\n    steps: []\n  a:\n    needs: check\n    runs-on: x\n    steps: []\n"
    ));
    assert!(!confirmed(&job("inputs.environment == 'production'", "")));
    assert!(!confirmed(&job("inputs.confirmation != 'production'", "")));
    assert!(!confirmed(&job("inputs.confirmation == 'a' || github.ref == 'b'", "")));
    assert!(!confirmed(&job("true", "      - run: echo ${{ inputs.confirmation }}\n")));
    assert!(!confirmed(&job("true", &format!("      - run: flyctl deploy\n{check}"))));
}

#[test]
fn jobs_that_do_not_wait_are_said() {
    let text = "on: push\njobs:\n  test:\n    runs-on: x\n    steps: [{ run: npx vitest run }]\n  deploy:\n    runs-on: x\n    steps: [{ run: flyctl deploy }]\n  later:\n    needs: test\n    runs-on: x\n    steps: [{ run: flyctl deploy }]\n";
    let facts = facts_of(&[(".github/workflows/x.yml", text)]);
    let pairs: Vec<(&str, &str)> = all(&facts, unordered::KIND)
        .into_iter()
        .filter_map(|fact| Some((fact.text(unordered::JOB)?, fact.text(unordered::OTHER_EFFECT)?)))
        .collect();
    assert_eq!(pairs, [("test", "deploy"), ("deploy", "test")]);
}

fn environments_of(files: &[(&str, &str)], id: &str) -> (Vec<String>, Option<String>) {
    let facts = facts_of(files);
    let job = all(&facts, job::KIND).into_iter().find(|fact| fact.text(job::ID) == Some(id)).unwrap().clone();
    let list = job.list(job::ENVIRONMENTS).iter().map(|(name, _)| name.to_string()).collect();
    (list, job.text(job::ENVIRONMENT).map(str::to_owned))
}

#[test]
fn the_environment_of_a_called_job_is_what_its_callers_say() {
    let call = |name: &str| {
        format!(
            "  {name}:\n    uses: ./.github/workflows/deploy.yml\n    with: {{ environment: {name} }}\n    secrets: inherit\n"
        )
    };
    let callee = (".github/workflows/deploy.yml", CALLEE);
    let one = format!("on: push\njobs:\n{}", call("prod"));
    let one = environments_of(&[(".github/workflows/a.yml", &one), callee], "deploy");
    assert_eq!(one, (vec!["production".to_owned()], Some("production".to_owned())));
    let two = format!("on: push\njobs:\n{}{}", call("prod"), call("stg"));
    let (list, only) = environments_of(&[(".github/workflows/a.yml", &two), callee], "deploy");
    assert_eq!((list, only), (vec!["production".to_owned(), "staging".to_owned()], None));
    let unknown = format!("on: push\njobs:\n{}", call("${{ vars.X }}"));
    assert_eq!(environments_of(&[(".github/workflows/a.yml", &unknown), callee], "deploy"), (vec![], None));
}

#[test]
fn the_environment_of_a_dispatch_is_what_one_may_choose() {
    let text = "on:\n  workflow_dispatch:\n    inputs:\n      stage: { type: choice, options: [dev, prod] }\njobs:\n  a:\n    runs-on: x\n    environment: shop-${{ inputs.stage }}\n    steps: []\n  b:\n    runs-on: x\n    environment: ${{ matrix.target.env }}\n    strategy: { matrix: { target: [{ env: prod, app: a }, { env: production, app: b }] } }\n    steps: []\n";
    let files = [(".github/workflows/a.yml", text)];
    assert_eq!(environments_of(&files, "a").0, ["development", "production"]);
    assert_eq!(environments_of(&files, "b").1.as_deref(), Some("production"));
    let either = |expression: &str| {
        let text = format!(
            "on:\n  push:\n  workflow_dispatch:\n    inputs:\n      stage: {{ type: choice, options: [dev, prod] }}\njobs:\n  a:\n    runs-on: x\n    environment: ${{{{ {expression} }}}}\n    steps: []\n"
        );
        environments_of(&[(".github/workflows/a.yml", &text)], "a")
    };
    let both = (vec!["production".to_owned(), "staging".to_owned()], None);
    assert_eq!(either("github.ref == 'refs/heads/main' && 'production' || 'staging'"), both);
    assert_eq!(either("inputs.stage || 'staging'").0, ["development", "production", "staging"]);
    assert_eq!(either("inputs.stage").0, ["development", "production"]);
    assert_eq!(either("github.ref == 'a' && 'prod' || 'production'").1.as_deref(), Some("production"));
    assert_eq!(either("vars.STAGE || 'staging'"), (vec![], None));
}

fn combinations(strategy: &str) -> Vec<String> {
    let text = format!(
        "on: push\njobs:\n  a:\n    strategy:\n      matrix:\n{strategy}    runs-on: x\n    steps: []\n"
    );
    let facts = facts_of(&[(".github/workflows/a.yml", &text)]);
    let one = |values: Vec<(Arc<str>, Arc<str>)>| {
        let pairs: Vec<String> =
            values.iter().map(|(name, value)| format!("{}={value}", &name[7..])).collect();
        pairs.join(" ")
    };
    matrix(&facts, facts.of_kind(job::KIND)[0]).into_iter().map(one).collect()
}

#[test]
fn a_matrix_is_written_out() {
    assert_eq!(
        combinations("        app: [web, 店]\n        env: [dev]\n"),
        ["app=web env=dev", "app=店 env=dev"]
    );
    assert_eq!(
        combinations(
            "        app: [web, api]\n        include:\n          - { app: web, port: 1 }\n          - { app: db }\n          - { all: x }\n"
        ),
        ["app=web port=1 all=x", "app=api all=x", "app=db"]
    );
    assert_eq!(
        combinations(
            "        app: [web, api]\n        env: [a, b]\n        exclude: [{ app: api, env: b }]\n"
        ),
        ["app=web env=a", "app=web env=b", "app=api env=a"]
    );
    assert_eq!(combinations("        include: [{ app: a }, { app: b }]\n"), ["app=a", "app=b"]);
    assert_eq!(combinations("        app: ${{ fromJSON(needs.x.outputs.y) }}\n"), Vec::<String>::new());
    let axis = "[1, 2, 3, 4, 5, 6, 7, 8, 9, 10]";
    let many = combinations(&format!(
        "        a: {axis}\n        b: {axis}\n        c: {axis}\n        d: {axis}\n"
    ));
    assert_eq!(many.len(), 256);
}

#[test]
fn hostile_workflows_end() {
    let many: String =
        (0..3000).map(|n| format!("  j{n}:\n    uses: ./.github/workflows/x{n}.yml\n")).collect();
    let names: String = (0..3000).map(|n| format!("w{n}, ")).collect();
    let text = format!("name: w1\non:\n  push:\n  workflow_run:\n    workflows: [{names}w1]\njobs:\n{many}");
    let facts = facts_of(&[(".github/workflows/x.yml", &text)]);
    assert_eq!(facts.of_kind(call_fault::KIND).len(), 3000);
    let own = "on: workflow_call\njobs:\n  a:\n    uses: ./.github/workflows/x.yml\n    with: { a: '${{ inputs.a }}' }\n";
    assert_eq!(faults(&facts_of(&[(".github/workflows/x.yml", own)])).len(), 1);
    // A circle of calls with many ways through it.
    let call =
        "    uses: ./.github/workflows/x.yml\n    with: { a: '${{ inputs.a }}', b: '${{ inputs.b }}' }\n";
    let calls: String = (0..60).map(|n| format!("  j{n}:\n{call}")).collect();
    let text = format!(
        "on:\n  workflow_call:\n    inputs: {{ a: {{ type: string }}, b: {{ type: string }} }}\njobs:\n  d:\n    runs-on: x\n    environment: ${{{{ inputs.a }}}}-${{{{ inputs.b }}}}\n    steps: []\n{calls}"
    );
    assert_eq!(faults(&facts_of(&[(".github/workflows/x.yml", &text)])), []);
}
