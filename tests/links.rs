//! What lies across files: calls, reach, environments, failures. Each case is a little repository.

use deploylint::facts::{Fact, words};
use deploylint::{Policy, Repo, Rulebook, check};

const FLY: &str =
    "app = \"shop\"\n[http_service]\ninternal_port = 3000\n[[http_service.checks]]\npath = \"/health\"\n";

fn repo(files: &[(&str, &str)]) -> Repo {
    let mut repo = Repo::default();
    for (path, text) in files {
        repo.insert(path, text.as_bytes().to_vec(), false);
    }
    repo
}

/// The rules that speak, with the words that they point at.
fn told(files: &[(&str, &str)]) -> Vec<String> {
    let repo = repo(files);
    let report = check(&repo, &Rulebook::builtin(), &Policy::default());
    assert!(report.problems.is_empty(), "{:#?}", report.problems);
    let words = |finding: &deploylint::finding::Finding| {
        let span = finding.primary.span;
        let text = &repo.file(span.file).text[span.start as usize..span.end as usize];
        format!("{} {text}", finding.rule)
    };
    report.findings.iter().map(words).collect()
}

/// The `flyctl deploy` commands: environment, and whether they run by way of others.
fn deploys(files: &[(&str, &str)]) -> Vec<(Option<String>, bool)> {
    let (facts, _) = check::understand(&repo(files), &Policy::default());
    let commands = facts.of_kind(words::command::KIND).iter().map(|&id| facts.get(id));
    let is_deploy = |fact: &&Fact| fact.has(words::command::EFFECTS, "deploy");
    commands
        .filter(is_deploy)
        .map(|fact| (fact.text(words::command::ENVIRONMENT).map(str::to_owned), !fact.route.is_empty()))
        .collect()
}

fn workflow(job: &str) -> String {
    format!(
        "name: ship\non: push\nconcurrency: {{ group: ship, cancel-in-progress: false }}\njobs:\n  ship:\n    runs-on: ubuntu-latest\n{job}"
    )
}

const FLOW: &str = ".github/workflows/ship.yml";

#[test]
fn what_a_job_calls_works_on_the_jobs_environment() {
    let flow = workflow("    environment: staging\n    steps:\n      - run: npm run deploy\n");
    let package = ("package.json", "{\"scripts\":{\"deploy\":\"flyctl deploy\"}}");
    let found = deploys(&[("fly.toml", FLY), (FLOW, &flow), package]);
    assert_eq!(found, [(None, false), (Some("staging".to_owned()), true)]);
}

#[test]
fn an_app_that_is_named_is_not_the_default_one() {
    for command in ["flyctl deploy --app shop-lab", "flyctl deploy --app \"$TARGET\""] {
        let flow = workflow(&format!("    steps:\n      - run: {command}\n"));
        assert_eq!(deploys(&[("fly.toml", FLY), (FLOW, &flow)]), [(None, false)], "{command}");
    }
    let flow = workflow(
        "    env: { TARGET: shop-staging }\n    steps:\n      - run: flyctl deploy --app \"$TARGET\"\n",
    );
    // As written, and as it runs with the name filled in.
    let found = deploys(&[("fly.toml", FLY), (FLOW, &flow)]);
    assert_eq!(found, [(Some("staging".to_owned()), false), (Some("staging".to_owned()), false)]);
}

#[test]
fn programs_that_a_build_makes_are_not_missing_scripts() {
    for command in
        ["./server migrate", "./migrate up", "/app/bin/migrate", "bin/shop eval Shop.Release.migrate"]
    {
        let fly = format!("{FLY}[deploy]\nrelease_command = \"{command}\"\n");
        let docker = (
            "Dockerfile",
            "FROM golang:1.24 AS build\nRUN go build -o /out/server .\nFROM debian:12\nCOPY --from=build /out/server ./\n",
        );
        assert_eq!(told(&[("fly.toml", &fly), docker]), Vec::<String>::new(), "{command}");
    }
    let fly = format!("{FLY}[deploy]\nrelease_command = \"./release.sh\"\n");
    assert_eq!(told(&[("fly.toml", &fly)]), ["release/script-not-found ./release.sh"]);
}

#[test]
fn a_function_counts_where_it_is_called() {
    let fly = format!("{FLY}[deploy]\nrelease_command = \"bash release.sh\"\n");
    let script = |call: &str| {
        format!(
            "#!/bin/bash\nset -e\nseed() {{\n  npx prisma db seed\n}}\nmigrate() {{\n  npx prisma migrate deploy\n}}\n{call}\n"
        )
    };
    assert_eq!(told(&[("fly.toml", &fly), ("release.sh", &script("migrate"))]), Vec::<String>::new());
    assert_eq!(
        told(&[("fly.toml", &fly), ("release.sh", &script("migrate; seed"))]),
        ["release/runs-seed npx prisma db seed"]
    );
    let library = "seed() { npx prisma db seed; }\nmigrate() { npx prisma migrate deploy; }\n";
    let caller = |call: &str| format!("#!/bin/bash\nset -e\nsource ./lib.sh\n{call}\n");
    assert_eq!(
        told(&[("fly.toml", &fly), ("release.sh", &caller("migrate")), ("lib.sh", library)]),
        Vec::<String>::new()
    );
    assert_eq!(
        told(&[("fly.toml", &fly), ("release.sh", &caller("seed")), ("lib.sh", library)]),
        ["release/runs-seed npx prisma db seed"]
    );
}

#[test]
fn package_scripts_are_found_where_they_are() {
    let seed =
        "{\"name\":\"@acme/db\",\"scripts\":{\"seed\":\"prisma db seed\",\"release\":\"prisma db seed\"}}";
    let root = "{\"name\":\"acme\",\"scripts\":{\"release\":\"changeset publish\"}}";
    for command in [
        "pnpm -r run seed",
        "pnpm --filter @acme/db run seed",
        "pnpm --filter db seed",
        "npm run seed -w @acme/db",
    ] {
        let fly = format!("{FLY}[deploy]\nrelease_command = \"{command}\"\n");
        let found = told(&[("fly.toml", &fly), ("package.json", root), ("packages/db/package.json", seed)]);
        assert_eq!(found, ["release/runs-seed prisma db seed"], "{command}");
    }
    // Beside the configuration before the root.
    let fly = format!("{FLY}[deploy]\nrelease_command = \"npm run release\"\n");
    let found =
        told(&[("packages/db/fly.toml", &fly), ("package.json", root), ("packages/db/package.json", seed)]);
    assert_eq!(found, ["release/runs-seed prisma db seed"]);
    // What npm runs before a script because of its name.
    let hooked = "{\"scripts\":{\"prerelease\":\"prisma db seed\",\"release\":\"prisma migrate deploy\"}}";
    let found = told(&[("fly.toml", &fly), ("package.json", hooked)]);
    assert_eq!(found, ["release/runs-seed prisma db seed"]);
    // A program that no script is named after.
    let flow = workflow("    steps:\n      - run: pnpm vitest run\n");
    assert_eq!(told(&[(FLOW, &flow), ("package.json", root)]), Vec::<String>::new());
}

#[test]
fn failures_that_are_looked_at_are_not_ignored() {
    let deploy = "flyctl deploy --app shop-staging --image registry.example.com/shop:1";
    let step = |more: &str| {
        workflow(&format!(
            "    environment: staging\n    steps:\n      - uses: actions/checkout@v4\n      - run: {deploy}\n        id: ship\n{more}"
        ))
    };
    let ignored = |flow: &str| {
        told(&[(FLOW, flow)]).iter().any(|line| line.starts_with("workflow/deploy-failure-ignored"))
    };
    assert!(ignored(&step("        continue-on-error: true\n")));
    assert!(!ignored(&step(
        "        continue-on-error: true\n      - if: steps.ship.outcome == 'failure'\n        run: ./undo.sh; exit 1\n"
    )));
    assert!(!ignored(&step("        if: failure()\n        continue-on-error: true\n")));
    assert!(ignored(&step("        if: success() || failure()\n")));
    assert!(!ignored(&step("        if: \"github.event.head_commit.message != 'always()'\"\n")));
    let by_hand = workflow(&format!(
        "    environment: staging\n    steps:\n      - run: |\n          {deploy} || status=$?\n          exit ${{status:-0}}\n"
    ));
    assert!(!ignored(&by_hand));
    let action = "name: ship\nruns:\n  using: composite\n  steps:\n    - shell: bash\n      run: flyctl deploy --app shop-staging --image registry.example.com/shop:1\n";
    let flow = workflow(
        "    environment: staging\n    steps:\n      - uses: ./.github/actions/ship\n        continue-on-error: true\n",
    );
    let found = told(&[(FLOW, &flow), (".github/actions/ship/action.yml", action)]);
    assert_eq!(found, ["workflow/deploy-failure-ignored true"]);
}

/// A hundred scripts that each call all hundred: followed once for each way to run, not for each path.
#[test]
fn webs_of_calls_end() {
    let calls = (0..100).map(|number| format!("npm run s{number}")).collect::<Vec<_>>().join(" && ");
    let scripts: serde_json::Map<String, serde_json::Value> =
        (0..100).map(|number| (format!("s{number}"), calls.clone().into())).collect();
    let package = serde_json::json!({ "scripts": scripts }).to_string();
    let fly = format!("{FLY}[deploy]\nrelease_command = \"npm run s0\"\n");
    let repo = repo(&[("fly.toml", &fly), ("package.json", &package)]);
    let report = check(&repo, &Rulebook::builtin(), &Policy::default());
    assert_eq!(report.files, 2);
}

#[test]
fn scripts_of_a_yarn_workspace() {
    let ships = |line: &str| {
        let root =
            format!("{{\"name\":\"root\",\"workspaces\":[\"packages/*\"],\"scripts\":{{\"x\":\"{line}\"}}}}");
        let api = "{\"name\":\"api\",\"scripts\":{\"deploy\":\"flyctl deploy --app shop-production --remote-only\"}}";
        let found = deploys(&[("package.json", &root), ("packages/api/package.json", api)]);
        found.iter().any(|(_, reached)| *reached)
    };
    assert!(ships("yarn workspace api deploy"));
    assert!(ships("yarn workspace api run deploy"));
    assert!(ships("yarn workspaces foreach -A run deploy"));
    assert!(!ships("yarn workspace api add deploy"));
}

/// What Kamal does itself comes between its hooks.
#[test]
fn hooks_of_kamal_run_before_and_behind_it() {
    let config = ("config/deploy.yml", "service: shop\nimage: shop\nservers: [192.0.2.1]\n");
    let script = ("go.sh", "set -e\nkamal deploy -d production\n");
    let backup = (".kamal/hooks/pre-deploy", "#!/bin/sh\nset -e\npg_dump shop > before.sql\n");
    let smoke =
        (".kamal/hooks/post-deploy", "#!/bin/sh\nset -e\ncurl --fail https://shop.example.com/health\n");
    let orders = |files: &[(&str, &str)]| {
        let (facts, _) = check::understand(&repo(files), &Policy::default());
        let is = |effect: &'static str| {
            let facts = &facts;
            move |id| facts.get(id).has(words::command::EFFECTS, effect)
        };
        let deploy = facts.of_kind(words::command::KIND).iter().copied().find(|&id| {
            facts.get(id).text(words::command::PROGRAM) == Some("kamal")
                && !facts.before(id, &is("backup")).is_empty()
        });
        let deploy = deploy.unwrap();
        let always = |orders: Vec<deploylint::facts::order::Order>| orders.iter().all(|order| order.always);
        (always(facts.before(deploy, &is("backup"))), always(facts.after(deploy, &is("health-check"))))
    };
    assert_eq!(orders(&[config, script, backup, smoke]), (true, true));
    assert_eq!(orders(&[config, script, smoke]), (false, true));
    assert_eq!(orders(&[config, script, backup]), (true, false));
}
