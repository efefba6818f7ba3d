//! The words for previews that mean something else outside of workflows: `pr`, `review`. Knows no
//! workflow, only names.

use crate::read::placeholder;

/// What makes `pr` or `review` beside it speak of an app, not of a task.
const DEPLOY_WORDS: [&str; 10] = [
    "app",
    "apps",
    "deploy",
    "deploys",
    "deployment",
    "deployments",
    "env",
    "environment",
    "environments",
    "preview",
];

/// Words that may stand between the two.
const FILLERS: [&str; 8] = ["a", "an", "as", "for", "into", "the", "to", "fly"];

/// What has to stand beside a word for a pull request, so that it speaks of a preview.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Need {
    Nothing,
    /// A deploy word; `preview` needs none.
    Deploy,
    /// A deploy word, unless it is the name's first word.
    FirstOrDeploy,
    /// A deploy word, for `preview`, too.
    DeployAlways,
}

/// Whether a name says that it is about previews.
pub(super) fn says_preview(text: &str, need: Need) -> bool {
    let text = text.to_lowercase();
    let words: Vec<&str> = text
        .split(|c: char| !c.is_alphanumeric())
        .filter(|word| !word.is_empty() && !FILLERS.contains(word))
        .collect();
    (0..words.len()).any(|at| {
        let word = words[at];
        let pull = at > 0 && words[at - 1] == "pull" && matches!(word, "request" | "requests");
        let preview = matches!(word, "preview" | "previews");
        if matches!(word, "reviewapp" | "reviewapps") {
            return true;
        }
        if !pull && !preview && !matches!(word, "pr" | "prs" | "review" | "reviews") {
            return false;
        }
        let start = at - usize::from(pull);
        let before = start.checked_sub(1).and_then(|before| words.get(before));
        let deploys = |word: &str| DEPLOY_WORDS.contains(&word);
        let after = words.get(at + 1);
        // `deploy-review-service` deploys an app with such a name.
        let named = word == "review" && after.is_some_and(|word| !deploys(word));
        let beside =
            after.is_some_and(|word| deploys(word)) || (before.is_some_and(|word| deploys(word)) && !named);
        match need {
            Need::Nothing => true,
            Need::Deploy => preview || beside,
            Need::FirstOrDeploy => preview || beside || start == 0,
            Need::DeployAlways => beside,
        }
    })
}

/// Whether an app's name is that of a review app: `shop-pr-12`. An app called `review-service` is
/// none.
pub(super) fn is_preview_app(app: &str) -> bool {
    let app = placeholder::mask(app).to_lowercase();
    let words: Vec<&str> =
        app.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()).collect();
    words.iter().enumerate().any(|(at, word)| match *word {
        "pr" | "preview" => true,
        "review" => words.get(at + 1).is_none_or(|next| {
            matches!(*next, "app" | "expr") || next.bytes().all(|byte| byte.is_ascii_digit())
        }),
        _ => false,
    })
}
