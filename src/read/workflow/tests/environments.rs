//! What the reader promises about environments, systems and clusters.

use super::*;

/// The environment of the first job, and the words that tell it.
fn environment(text: &str) -> Option<(String, String)> {
    let reading = read_text(text);
    assert!(reading.findings.is_empty(), "{:?}", reading.findings);
    let job = of(&reading, words::job::KIND)[0];
    let slot = job.get(words::job::ENVIRONMENT)?;
    let protected = job.bool(words::job::PROTECTED);
    assert_eq!(protected, Some(slot.value.as_text() == Some("production")));
    Some((slot.value.as_text()?.to_owned(), at(text, slot.span).to_owned()))
}

#[allow(clippy::unnecessary_wraps)]
fn found(name: &str, place: &str) -> Option<(String, String)> {
    Some((name.to_owned(), place.to_owned()))
}

fn job_of(on: &str, id: &str, rest: &str) -> String {
    format!(
        "on: {on}\njobs:\n  {id}:\n    runs-on: ubuntu-latest\n{rest}    steps:\n      - run: flyctl deploy\n"
    )
}

#[test]
fn pull_requests_deploy_previews() {
    for on in
        ["pull_request", "[pull_request_target, workflow_dispatch]", "{ pull_request: { types: [closed] } }"]
    {
        assert_eq!(environment(&job_of(on, "go", "")).unwrap().0, "preview", "{on}");
    }
    for on in ["[push, pull_request]", "workflow_dispatch", "[pull_request, workflow_call]", "push"] {
        assert_eq!(environment(&job_of(on, "go", "")), None, "{on}");
    }
    let merged = "    if: github.event.pull_request.merged == true\n";
    assert_eq!(environment(&job_of("{ pull_request: { types: [closed] } }", "go", merged)), None);
    let production = "    environment: production\n";
    assert_eq!(environment(&job_of("pull_request", "go", production)), found("production", "production"));
    let app = job_of("pull_request", "go", "").replace("deploy\n", "deploy --app shop-prod\n");
    assert_eq!(environment(&app), None);
}

#[test]
fn words_of_a_job_speak_of_previews() {
    for id in ["review-app", "deploy-pr", "deploy_previews", "pull-request-env", "pr-deploy"] {
        assert_eq!(environment(&job_of("push", id, "")), found("preview", id));
    }
    for id in ["pr", "review", "pull-request"] {
        assert_eq!(environment(&job_of("[push, pull_request]", id, "")), found("preview", id));
        assert_eq!(environment(&job_of("push", id, "")), None, "{id}");
    }
    for id in ["deploy", "create-release-pr", "code-review", "prod-review", "deploy-review-service"] {
        assert_ne!(
            environment(&job_of("push", id, "")).map(|(name, _)| name),
            Some("preview".into()),
            "{id}"
        );
    }
    let condition = "    if: github.event_name == 'pull_request' && !github.event.pull_request.draft\n";
    assert_eq!(environment(&job_of("[push, pull_request]", "go", condition)).unwrap().0, "preview");
    let condition = "    if: github.event_name != 'pull_request'\n";
    assert_eq!(environment(&job_of("[push, pull_request]", "go", condition)), None);
    let named = "    environment: { name: 'pr-${{ github.event.number }}' }\n";
    assert_eq!(environment(&job_of("push", "go", named)), found("preview", "pr-${{ github.event.number }}"));
    let named = "    environment: shop-production-${{ matrix.region }}\n";
    assert_eq!(environment(&job_of("push", "go", named)).unwrap().0, "production");
}

#[test]
fn steps_and_apps_speak_of_previews() {
    let steps = |steps: &str| format!("on: push\njobs:\n  go:\n    runs-on: x\n    steps:\n{steps}");
    let action = "      - uses: superfly/fly-pr-review-apps@1.2.0\n";
    assert_eq!(environment(&steps(action)), found("preview", "superfly/fly-pr-review-apps@1.2.0"));
    let review = "      - name: Deploy the review app\n        run: x\n";
    assert_eq!(environment(&steps(review)), found("preview", "Deploy the review app"));
    let both = format!("{review}      - name: Deploy production\n        run: x\n");
    assert_eq!(environment(&steps(&both)), None);
    assert_eq!(environment(&steps("      - name: Preview changes\n        run: x\n")), None);
    let app = |app: &str| steps(&format!("      - run: flyctl deploy --app {app}\n"));
    assert_eq!(environment(&app("shop-pr-${{ github.event.number }}")).unwrap().0, "preview");
    assert_eq!(environment(&app("review-${{ github.event.number }}-shop")).unwrap().0, "preview");
    assert_eq!(environment(&app("review-service")), None);
}

#[test]
fn a_cluster_of_the_job_is_for_development() {
    let steps =
        |on: &str, steps: &str| format!("on: {on}\njobs:\n  e2e:\n    runs-on: x\n    steps:\n{steps}");
    let action = "      - uses: helm/kind-action@v1\n      - run: helm upgrade --install shop .\n";
    assert_eq!(environment(&steps("push", action)), found("development", "helm/kind-action@v1"));
    let command = "      - run: k3d cluster create test\n";
    assert_eq!(environment(&steps("push", command)).unwrap().0, "development");
    let reading = read_text(&steps("push", action));
    assert_eq!(items(of(&reading, words::step::KIND)[0], words::step::EFFECTS), ["none"]);
}

#[test]
fn a_caller_tells_the_environment_in_an_input() {
    let call = |with: &str| {
        format!(
            "name: Release prod\non: push\njobs:\n  call:\n    uses: ./.github/workflows/x.yml\n    with: {{ {with} }}\n"
        )
    };
    assert_eq!(environment(&call("environment: staging")), found("staging", "staging"));
    assert_eq!(environment(&call("app: x, Stage: 'prod'")), found("production", "prod"));
    assert_eq!(environment(&call("environment: '${{ inputs.to }}'")), found("production", "Release prod"));
    assert_eq!(environment(&call("target: x")), found("production", "Release prod"));
}

#[test]
fn a_matrix_may_bring_windows() {
    let workflow = |os: &str, step: &str| {
        format!(
            "on: push\njobs:\n  a:\n    runs-on: ${{{{ matrix.os }}}}\n    strategy:\n      matrix: {{ os: [{os}] }}\n    steps:\n{step}"
        )
    };
    let shell = "      - run: npm ci\n";
    let power = "      - if: runner.os == 'Windows'\n        run: Get-Item x\n";
    let broken = "      - run: |\n          if ($x) {\n            Get-Item x\n          }\n";
    let counts = |text: &str| {
        let reading = read_text(text);
        let count = |kind| of(&reading, kind).len();
        (count(words::command::KIND), count(words::unresolved::KIND), reading.findings.len())
    };
    assert_eq!(counts(&workflow("ubuntu-latest, windows-latest", shell)), (1, 0, 0));
    assert_eq!(counts(&workflow("ubuntu-latest, windows-latest", power)), (0, 1, 0));
    assert_eq!(counts(&workflow("ubuntu-latest, windows-latest", broken)), (0, 1, 0));
    assert_eq!(counts(&workflow("windows-2022, windows-2025", shell)), (0, 1, 0));
    assert_ne!(counts(&workflow("ubuntu-latest, macos-latest", broken)).2, 0);
    assert_eq!(counts(&workflow("ubuntu-latest, '${{ inputs.os }}'", broken)), (0, 1, 0));
}

#[test]
fn an_empty_action_is_unresolved() {
    for text in ["", "# 空\n", "---\n"] {
        let reading = read_action_text(text);
        assert!(reading.findings.is_empty(), "{text:?}: {:?}", reading.findings);
        assert_eq!(of(&reading, words::unresolved::KIND).len(), 1, "{text:?}");
        assert_eq!(read_text(text).findings.len(), 1, "{text:?}");
    }
}

#[test]
fn variables_stand_in_what_sets_them() {
    let text = "\
on: push
env: { APP: shop, NOTHING: }
jobs:
  a:
    env: { APP: \"shop-${{ inputs.x }}\", PORT: 8080 }
    steps:
      - run: flyctl deploy --app \"$APP\"
        env: { APP: shop-staging, LIST: [a] }
";
    let reading = read_text(text);
    let found: Vec<_> = of(&reading, words::variable::KIND)
        .into_iter()
        .map(|fact| {
            let parent = reading.facts[fact.parent.unwrap().0 as usize].kind.name();
            let text = |field| fact.text(field).unwrap_or("-");
            let literal = fact.bool(words::variable::LITERAL).unwrap();
            (
                text(words::variable::SCOPE),
                parent,
                text(words::variable::NAME),
                text(words::variable::VALUE),
                literal,
            )
        })
        .collect();
    assert_eq!(
        found,
        [
            ("workflow-env", "workflow", "APP", "shop", true),
            ("workflow-env", "workflow", "NOTHING", "", true),
            ("job-env", "workflow.job", "APP", "-", false),
            ("job-env", "workflow.job", "PORT", "8080", true),
            ("step-env", "workflow.step", "APP", "shop-staging", true),
            ("step-env", "workflow.step", "LIST", "-", false),
        ]
    );
}

#[test]
fn the_command_of_an_action_tells_what_it_does() {
    let text = "\
on: push
jobs:
  a:
    runs-on: x
    steps:
      - uses: cloudflare/wrangler-action@v3
        with:
          command: |
            d1 migrations apply shop --remote
            deploy --dry-run
      - uses: cloudflare/wrangler-action@v3
";
    let reading = read_text(text);
    let steps = of(&reading, words::step::KIND);
    assert!(items(steps[0], words::step::EFFECTS).is_empty());
    assert_eq!(items(steps[1], words::step::EFFECTS), ["deploy", "publish-site"]);
    let commands: Vec<_> = of(&reading, words::command::KIND)
        .into_iter()
        .map(|fact| (fact.text(words::command::PROGRAM).unwrap(), at(text, fact.span)))
        .collect();
    assert_eq!(
        commands,
        [("wrangler", "d1 migrations apply shop --remote"), ("wrangler", "deploy --dry-run")]
    );
}
