//! What well-known actions do: effects, and inputs that hold commands or images. Data; an action
//! that is not here has no known effect.

use crate::read::Settings;

/// A known action.
pub(super) struct KnownAction {
    /// Owner and repository with the path in it; `*` at the end stands for anything.
    name: &'static str,
    effects: &'static [&'static str],
    /// More effects, where an input contains a word or is known at run time only.
    when: &'static [(&'static str, &'static str, &'static str)],
    pub(super) scripts: &'static [ScriptInput],
    /// Inputs that name images, with the images' roles.
    pub(super) images: &'static [(&'static str, &'static str)],
}

/// An input that holds commands.
pub(super) struct ScriptInput {
    pub(super) input: &'static str,
    /// The words that the action puts before the input.
    pub(super) program: &'static str,
    /// Whether it puts them before each line.
    pub(super) each_line: bool,
    /// Whether its first failure ends it.
    pub(super) errexit: bool,
    /// Whether it runs on another machine.
    pub(super) remote: bool,
}

/// The entry of `action`, which is without its version.
pub(super) fn named(action: &str) -> Option<&'static KnownAction> {
    let action = action.to_ascii_lowercase();
    if makes_cluster(&action) {
        return Some(&CLUSTER);
    }
    CATALOGUE.iter().find(|known| match known.name.strip_suffix('*') {
        Some(prefix) => action.starts_with(prefix),
        None => known.name == action,
    })
}

/// What the team says that the action does which `uses` names: by its name, in any version or in this one.
pub(super) fn noted<'s>(settings: &'s Settings, uses: &str) -> Option<&'s [String]> {
    let plain = |name: &str| name.trim_start_matches("./").trim_end_matches('/').to_ascii_lowercase();
    let (uses, bare) = (plain(uses), plain(uses.split('@').next().unwrap_or(uses)));
    let notes = settings.programs.iter().filter(|note| note.words.is_empty());
    let mut found = notes.filter(|note| {
        let name = plain(&note.program);
        name.contains('/') && (name == uses || name == bare)
    });
    found.next().map(|note| note.effects.as_slice())
}

/// Whether `uses` names an action that deploys an app for a pull request alone.
pub(super) fn makes_previews(uses: &str) -> bool {
    is_action(uses, "superfly/fly-pr-review-apps")
}

/// Whether `uses` names an action that sets up a cluster for its job alone.
pub(super) fn makes_cluster(uses: &str) -> bool {
    CLUSTERS.iter().any(|name| is_action(uses, name))
}

/// Whether `uses` names the action `name`, in any version.
fn is_action(uses: &str, name: &str) -> bool {
    let version = uses.get(name.len()..);
    version.is_some_and(|version| version.is_empty() || version.starts_with('@'))
        && uses.get(..name.len()).is_some_and(|start| start.eq_ignore_ascii_case(name))
}

impl KnownAction {
    /// What it does with these inputs. An input that holds the words of its program replaces what it
    /// does by itself.
    pub(super) fn effects<'i>(&self, input: impl Fn(&str) -> Option<&'i str>) -> Vec<&'static str> {
        let given = |script: &&ScriptInput| {
            let value = input(script.input).map_or("", str::trim);
            !script.program.is_empty() && !value.is_empty() && !value.starts_with("${{")
        };
        let told = self.scripts.iter().any(|script| given(&script));
        let mut effects = if told { Vec::new() } else { self.effects.to_vec() };
        for &(name, word, effect) in self.when {
            let there = input(name).is_some_and(|value| value.contains(word) || value.contains("${{"));
            if there && !effects.contains(&effect) {
                effects.push(effect);
            }
        }
        if effects.len() > 1 {
            effects.retain(|&effect| effect != "none");
        }
        effects
    }
}

const fn action(name: &'static str, effects: &'static [&'static str]) -> KnownAction {
    KnownAction { name, effects, when: &[], scripts: &[], images: &[] }
}

const fn script(input: &'static str, program: &'static str) -> ScriptInput {
    ScriptInput { input, program, each_line: false, errexit: true, remote: false }
}

const NONE: &[&str] = &["none"];
/// Actions that set up a cluster for their job alone.
const CLUSTERS: &[&str] = &[
    "helm/kind-action",
    "engineerd/setup-kind",
    "container-tools/kind-action",
    "absaoss/k3d-action",
    "nolar/setup-k3d-k3s",
    "debianmaster/actions-k3s",
    "jupyterhub/action-k3s-helm",
    "medyagh/setup-minikube",
    "manusa/actions-setup-minikube",
    "balchua/microk8s-actions",
];
const DEPLOY: &[&str] = &["deploy"];
/// To a host that takes the new version as a whole, or not at all.
const PUBLISH: &[&str] = &["deploy", "publish-site"];
const NOTIFY: &[&str] = &["notify"];

const CLUSTER: KnownAction = action("", NONE);

/// The first match counts.
static CATALOGUE: &[KnownAction] = &[
    // Preparation.
    action("actions/checkout", NONE),
    action("actions/setup-*", NONE),
    action("actions/cache*", NONE),
    action("actions/create-github-app-token", NONE),
    action("actions/configure-pages", NONE),
    action("actions/github-script", &[]),
    action("pnpm/action-setup", NONE),
    action("oven-sh/setup-bun", NONE),
    action("denoland/setup-deno", NONE),
    action("astral-sh/setup-uv", NONE),
    action("ruby/setup-ruby", NONE),
    action("extractions/setup-just", NONE),
    action("dorny/paths-filter", NONE),
    action("docker/login-action", NONE),
    action("docker/metadata-action", NONE),
    action("docker/setup-*", NONE),
    action("aws-actions/configure-aws-credentials", NONE),
    action("aws-actions/amazon-ecr-login", NONE),
    action("aws-actions/amazon-ecs-render-task-definition", NONE),
    action("google-github-actions/auth", NONE),
    action("google-github-actions/setup-gcloud", NONE),
    action("azure/login", NONE),
    action("azure/docker-login", NONE),
    action("azure/setup-*", NONE),
    action("azure/aks-set-context", NONE),
    action("hashicorp/setup-terraform", NONE),
    action("digitalocean/action-doctl", NONE),
    action("webfactory/ssh-agent", NONE),
    action("superfly/flyctl-actions/setup-flyctl", NONE),
    action("step-security/harden-runner", NONE),
    action("jdx/mise-action", NONE),
    action("volta-cli/action", NONE),
    action("bufbuild/buf-setup-action", NONE),
    action("arduino/setup-*", NONE),
    action("gradle/actions/*", NONE),
    action("gradle/gradle-build-action", NONE),
    action("swatinem/rust-cache", NONE),
    action("dtolnay/rust-toolchain", NONE),
    action("actions-rs/toolchain", NONE),
    action("subosito/flutter-action", NONE),
    action("shivammathur/setup-php", NONE),
    action("erlef/setup-beam", NONE),
    action("opentofu/setup-opentofu", NONE),
    action("aws-actions/setup-sam", NONE),
    action("actions/labeler", NONE),
    action("actions/stale", NONE),
    action("nrwl/nx-set-shas", NONE),
    action("tj-actions/changed-files", NONE),
    action("jlumbroso/free-disk-space", NONE),
    action("easimon/maximize-build-space", NONE),
    action("crazy-max/ghaction-setup-docker", NONE),
    action("bitwarden/sm-action", NONE),
    action("1password/load-secrets-action*", NONE),
    action("dopplerhq/secrets-fetch-action", NONE),
    action("hashicorp/vault-action", NONE),
    action("aws-actions/aws-secretsmanager-get-secrets", NONE),
    action("tailscale/github-action", NONE),
    action("expo/expo-github-action", NONE),
    action("peter-evans/create-pull-request", NONE),
    // Images.
    KnownAction {
        name: "docker/build-push-action",
        effects: &["build-image"],
        when: &[
            ("push", "true", "push-image"),
            ("outputs", "push=true", "push-image"),
            ("outputs", "type=registry", "push-image"),
        ],
        scripts: &[],
        images: &[("tags", "build-tag")],
    },
    KnownAction {
        name: "docker/bake-action",
        effects: &["build-image"],
        when: &[("push", "true", "push-image")],
        scripts: &[],
        images: &[],
    },
    // Deploys.
    KnownAction {
        name: "superfly/flyctl-actions",
        effects: &[],
        when: &[],
        scripts: &[script("args", "flyctl ")],
        images: &[],
    },
    action("superfly/fly-pr-review-apps", DEPLOY),
    action("kolok/deploy-to-scaleway-container-action", DEPLOY),
    action("render-oss/render-deploy-action", DEPLOY),
    action("johnbeynon/render-deploy-action", DEPLOY),
    action("bervprojects/heroku-deploy", DEPLOY),
    action("caprover/deploy-from-github", DEPLOY),
    action("dokku/github-action", DEPLOY),
    KnownAction {
        name: "serverless/github-action",
        effects: &[],
        when: &[],
        scripts: &[script("args", "serverless ")],
        images: &[],
    },
    KnownAction {
        name: "pulumi/actions",
        effects: NONE,
        when: &[
            ("command", "up", "deploy"),
            ("command", "update", "deploy"),
            ("command", "destroy", "destroy"),
        ],
        scripts: &[],
        images: &[],
    },
    action("aws-actions/aws-lambda-deploy", DEPLOY),
    action("appleboy/lambda-action", DEPLOY),
    action("einaregilsson/beanstalk-deploy", DEPLOY),
    action("denoland/deployctl", PUBLISH),
    action("cloudflare/workers-action", PUBLISH),
    action("koyeb/action-git-deploy*", DEPLOY),
    action("azure/arm-deploy", DEPLOY),
    action("azure/k8s-bake", NONE),
    action("samkirkland/ftp-deploy-action", DEPLOY),
    action("akhileshns/heroku-deploy", DEPLOY),
    KnownAction {
        name: "cloudflare/wrangler-action",
        effects: PUBLISH,
        when: &[],
        scripts: &[
            script("preCommands", ""),
            ScriptInput { each_line: true, ..script("command", "wrangler ") },
            script("postCommands", ""),
        ],
        images: &[],
    },
    action("cloudflare/pages-action", PUBLISH),
    action("amondnet/vercel-action", PUBLISH),
    KnownAction {
        name: "google-github-actions/deploy-cloudrun",
        effects: DEPLOY,
        when: &[],
        scripts: &[],
        images: &[("image", "deploy")],
    },
    action("google-github-actions/deploy-*", DEPLOY),
    action("aws-actions/amazon-ecs-deploy-task-definition", DEPLOY),
    action("aws-actions/aws-cloudformation-github-deploy", DEPLOY),
    KnownAction {
        name: "azure/webapps-deploy",
        effects: DEPLOY,
        when: &[],
        scripts: &[],
        images: &[("images", "deploy")],
    },
    action("azure/container-apps-deploy-action", DEPLOY),
    action("azure/functions-action", DEPLOY),
    action("azure/static-web-apps-deploy", PUBLISH),
    action("azure/k8s-deploy", DEPLOY),
    action("digitalocean/app_action*", DEPLOY),
    action("netlify/actions/*", PUBLISH),
    action("nwtgck/actions-netlify", PUBLISH),
    action("firebaseextended/action-hosting-deploy", PUBLISH),
    action("actions/deploy-pages", PUBLISH),
    action("peaceiris/actions-gh-pages", PUBLISH),
    action("jamesives/github-pages-deploy-action", PUBLISH),
    action("burnett01/rsync-deployments", DEPLOY),
    // Scripts on other machines, and in wrappers.
    KnownAction {
        name: "appleboy/ssh-action",
        effects: &[],
        when: &[],
        scripts: &[ScriptInput { errexit: false, remote: true, ..script("script", "") }],
        images: &[],
    },
    KnownAction {
        name: "nick-fields/retry",
        effects: &[],
        when: &[],
        scripts: &[script("command", "")],
        images: &[],
    },
    KnownAction {
        name: "azure/cli",
        effects: &[],
        when: &[],
        scripts: &[script("inlineScript", "")],
        images: &[],
    },
    // Checks.
    action("golangci/golangci-lint-action", &["lint"]),
    action("reviewdog/action-setup", NONE),
    action("reviewdog/*", &["lint"]),
    action("wearerequired/lint-action", &["lint"]),
    action("super-linter/super-linter*", &["lint"]),
    action("github/super-linter*", &["lint"]),
    action("pre-commit/action", &["lint"]),
    action("rhysd/actionlint", &["lint"]),
    action("ludeeus/action-shellcheck", &["lint"]),
    action("amannn/action-semantic-pull-request", &["lint"]),
    action("wagoid/commitlint-github-action", &["lint"]),
    action("zizmorcore/zizmor-action", &["lint"]),
    action("sbdchd/squawk-action", &["lint"]),
    action("biomejs/setup-biome", NONE),
    action("astral-sh/ruff-action", &["lint"]),
    action("crate-ci/typos", &["lint"]),
    action("gitleaks/gitleaks-action", &["lint"]),
    action("trufflesecurity/trufflehog", &["lint"]),
    action("actions/dependency-review-action", &["inspect"]),
    action("ossf/scorecard-action", &["inspect"]),
    action("anchore/scan-action", &["inspect"]),
    action("anchore/sbom-action", &["inspect"]),
    action("snyk/actions/*", &["inspect"]),
    action("sonarsource/*", &["inspect"]),
    action("microsoft/playwright-github-action", NONE),
    action("chromaui/action*", &["test"]),
    action("percy/exec-action", &["test"]),
    action("treosh/lighthouse-ci-action", &["test"]),
    action("dorny/test-reporter", NOTIFY),
    action("mikepenz/action-junit-report", NOTIFY),
    action("ariga/atlas-action/migrate/lint", &["lint"]),
    action("ariga/atlas-action/migrate/apply", &["migrate"]),
    action("ariga/atlas-action/migrate/push", &["publish"]),
    action("ariga/setup-atlas", NONE),
    action("supabase/setup-cli", NONE),
    action("neondatabase/create-branch-action", &["generate"]),
    action("neondatabase/delete-branch-action", &["destroy"]),
    action("neondatabase/reset-branch-action", &["restore"]),
    action("jtalk/url-health-check-action", &["health-check"]),
    action("nev7n/wait_for_response", &["health-check"]),
    action("iamkun/http-wait*", &["wait"]),
    action("lewagon/wait-on-check-action", &["wait"]),
    action("softprops/turnstyle", &["wait"]),
    action("hadolint/hadolint-action", &["lint"]),
    action("cypress-io/github-action", &["test"]),
    action("github/codeql-action/*", &["inspect"]),
    action("aquasecurity/trivy-action", &["inspect"]),
    // Files and words that go elsewhere.
    action("actions/upload-*", &["upload"]),
    action("actions/download-artifact", &["download"]),
    action("appleboy/scp-action", &["upload"]),
    action("codecov/codecov-action", &["upload"]),
    action("coverallsapp/github-action", &["upload"]),
    action("jakejarvis/s3-sync-action", &["upload"]),
    action("shallwefootball/s3-upload-action", &["upload"]),
    action("dawidd6/action-download-artifact", &["download"]),
    action("robinraju/release-downloader", &["download"]),
    action("googleapis/release-please-action", &["publish"]),
    action("google-github-actions/release-please-action", &["publish"]),
    action("cycjimmy/semantic-release-action", &["publish"]),
    action("goreleaser/goreleaser-action", &["publish"]),
    action("ncipollo/release-action", &["publish"]),
    action("actions/create-release", &["publish"]),
    action("actions/attest*", NONE),
    action("sigstore/cosign-installer", NONE),
    action("google-github-actions/upload-cloud-storage", &["upload"]),
    action("softprops/action-gh-release", &["publish"]),
    action("pypa/gh-action-pypi-publish", &["publish"]),
    action("js-devtools/npm-publish", &["publish"]),
    action("changesets/action", &["publish"]),
    action("slackapi/slack-github-action*", NOTIFY),
    action("8398a7/action-slack", NOTIFY),
    action("rtcamp/action-slack-notify", NOTIFY),
    action("ravsamhq/notify-slack-action", NOTIFY),
    action("sarisia/actions-status-discord", NOTIFY),
    action("peter-evans/create-or-update-comment", NOTIFY),
    action("marocchino/sticky-pull-request-comment", NOTIFY),
    action("getsentry/action-release", NOTIFY),
    action("act10ns/slack", NOTIFY),
    action("tokorom/action-slack-incoming-webhook", NOTIFY),
    action("ilshidur/action-discord", NOTIFY),
    action("tsickert/discord-webhook", NOTIFY),
    action("appleboy/telegram-action", NOTIFY),
    action("appleboy/discord-action", NOTIFY),
    action("thollander/actions-comment-pull-request", NOTIFY),
    action("mshick/add-pr-comment", NOTIFY),
    action("bobheadxi/deployments", NOTIFY),
    action("chrnorm/deployment-action", NOTIFY),
    action("chrnorm/deployment-status", NOTIFY),
    action("dawidd6/action-send-mail", NOTIFY),
    action("newrelic/deployment-marker-action", NOTIFY),
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::facts::ProgramNote;
    use crate::facts::words::{EFFECTS, image};

    #[test]
    fn the_catalogue_speaks_the_vocabulary() {
        for known in CATALOGUE {
            assert_eq!(known.name, known.name.to_ascii_lowercase());
            let more = known.when.iter().map(|(_, _, effect)| effect);
            for effect in known.effects.iter().chain(more) {
                assert!(EFFECTS.contains(effect), "{}: {effect}", known.name);
            }
            for (_, role) in known.images {
                let crate::facts::Type::OneOf(roles) = image::ROLE.ty() else { panic!() };
                assert!(roles.contains(role));
            }
        }
    }

    #[test]
    fn a_team_notes_its_actions() {
        let note = |program: &str| ProgramNote {
            program: program.to_owned(),
            words: Vec::new(),
            effects: vec!["deploy".to_owned()],
            ..ProgramNote::default()
        };
        let settings = Settings {
            programs: vec![note("acme/deploy@v1"), note("Acme/tools/ship"), note("./.github/actions/店")],
            ..Settings::default()
        };
        for uses in ["acme/deploy@v1", "acme/tools/ship@main", "acme/tools/ship", "./.github/actions/店"] {
            assert_eq!(noted(&settings, uses), Some(&["deploy".to_owned()][..]), "{uses}");
        }
        for uses in ["acme/deploy@v2", "acme/deploy", "acme/tools@v1", "deploy", "", "@"] {
            assert_eq!(noted(&settings, uses), None, "{uses}");
        }
    }

    #[test]
    fn inputs_change_effects() {
        let known = named("Docker/build-push-action").unwrap();
        assert_eq!(known.effects(|_| None), ["build-image"]);
        let push = |value| move |name: &str| (name == "push").then_some(value);
        assert_eq!(known.effects(push("true")), ["build-image", "push-image"]);
        assert_eq!(known.effects(push("${{ inputs.push }}")), ["build-image", "push-image"]);
        assert_eq!(known.effects(push("false")), ["build-image"]);
        let wrangler = named("cloudflare/wrangler-action").unwrap();
        let command = |value| move |name: &str| (name == "command").then_some(value);
        assert_eq!(wrangler.effects(|_| None), PUBLISH);
        assert_eq!(wrangler.effects(command(" ")), PUBLISH);
        assert_eq!(wrangler.effects(command("${{ inputs.command }}")), PUBLISH);
        assert!(wrangler.effects(command("deploy --dry-run")).is_empty());
        assert!(wrangler.effects(command("secret put TOKEN")).is_empty());
        assert_eq!(named("helm/kind-action").unwrap().effects(|_| None), ["none"]);
        assert_eq!(named("actions/setup-node").unwrap().effects(|_| None), ["none"]);
        assert!(named("acme/unknown").is_none());
    }
}
