//! Which Markdown files are runbooks, as far as their path tells. Knows no file's text.

/// Words of a file's name that call it a runbook.
const STEMS: &[&str] = &[
    "runbook",
    "runbooks",
    "playbook",
    "playbooks",
    "deploy",
    "deployment",
    "deployments",
    "deploying",
    "operations",
    "ops",
    "release-process",
    "rollback",
    "disaster-recovery",
    "incident",
    "incidents",
];

/// Words of a folder's name that call what it holds runbooks. A folder `deploy` or `operations` is
/// not among them: there, products explain to others how to run them.
const FOLDERS: &[&str] = &[
    "runbook",
    "runbooks",
    "playbook",
    "playbooks",
    "ops",
    "release-process",
    "rollback",
    "disaster-recovery",
    "incident",
    "incidents",
];

/// Folders whose Markdown is a site for others, a copy, an example or a prompt.
const OTHERS: &[&str] = &[
    "node_modules",
    "vendor",
    "third_party",
    "third-party",
    "website",
    "site",
    "sites",
    "sources",
    "content",
    "blog",
    "www",
    "examples",
    "example",
    "templates",
    "template",
    "fixtures",
    "testdata",
    "archive",
    "archived",
    "skills",
    "prompts",
];

/// Whether the path of a Markdown file calls it a runbook: a word of its name or of a folder on its
/// way does, in capitals or not.
#[must_use]
pub fn is_runbook(path: &str) -> bool {
    let (folders, name) = path.rsplit_once('/').unwrap_or(("", path));
    let stem = name.rsplit_once('.').map_or(name, |(stem, _)| stem);
    let is_other = |folder: &str| {
        folder.starts_with('.') || OTHERS.iter().any(|other| folder.eq_ignore_ascii_case(other))
    };
    if folders.split('/').any(is_other) {
        return false;
    }
    says(stem, STEMS) || folders.split('/').any(|folder| says(folder, FOLDERS))
}

/// Whether one of `wanted` is among the words of `name`, or two of its words joined.
fn says(name: &str, wanted: &[&str]) -> bool {
    let lower = name.to_lowercase();
    let words: Vec<&str> =
        lower.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()).collect();
    let pairs = words.windows(2).map(|pair| pair.join("-"));
    words.iter().any(|word| wanted.contains(word))
        || pairs.into_iter().any(|pair| wanted.contains(&pair.as_str()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_runbooks() {
        for path in [
            "docs/runbook.md",
            "RUNBOOK.md",
            "docs/RUNBOOK-metering-prod.md",
            "docs/本番_Runbook.md",
            "infra/runbooks/rotate-key.md",
            "docs/release-process.md",
            "docs/Release Process.md",
            "ops/v1/restore.md",
            "docs/DEPLOYMENT.md",
            "docs/deploying_to_fly.md",
            "docs/2026-incident/notes.md",
        ] {
            assert!(is_runbook(path), "{path}");
        }
        for path in [
            "README.md",
            "CHANGELOG.md",
            "docs/develop.md",
            "docs/redeployed.md",
            "docs/deploy/fly.md",
            "docs/sources/meta-monitoring/deploy.md",
            "docs/operations/storage.md",
            "website/docs/deployment.md",
            "packages/adapter/README.md",
            "vendor/tool/docs/deploy.md",
            ".agents/skills/incident/SKILL.md",
            "examples/ops/deploy.md",
            "",
            "/",
        ] {
            assert!(!is_runbook(path), "{path}");
        }
    }
}
