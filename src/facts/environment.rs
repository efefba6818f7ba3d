//! Environments a team deploys to, and how names of apps, files and jobs tell which one is meant.

use globset::GlobMatcher;

/// One declared environment. All names are compared without regard to case.
#[derive(Clone, Debug, Default)]
pub struct Environment {
    pub name: String,
    /// Whether an accident here hurts users; rules speak of "a protected environment".
    pub protected: bool,
    /// App names (globs).
    pub apps: Vec<GlobMatcher>,
    /// Paths of configuration files from the root (globs).
    pub configs: Vec<GlobMatcher>,
    /// Names of GitHub environments.
    pub github: Vec<String>,
    /// Words that mean it in names and arguments, such as `prod`.
    pub words: Vec<String>,
    /// Branches that deploy to it.
    pub branches: Vec<String>,
}

/// Every environment, in the order of declaration.
#[derive(Clone, Debug)]
pub struct Environments {
    pub list: Vec<Environment>,
}

impl Default for Environments {
    /// What names commonly mean: `production` (protected), `staging`, `preview` and `development`.
    fn default() -> Self {
        let environment = |name: &str, protected: bool, words: &[&str]| Environment {
            name: name.to_owned(),
            protected,
            github: words.iter().map(|&word| word.to_owned()).collect(),
            words: words.iter().map(|&word| word.to_owned()).collect(),
            ..Environment::default()
        };
        Self {
            list: vec![
                environment("production", true, &["production", "prod", "prd"]),
                environment("staging", false, &["staging", "stage", "stg", "qa", "uat"]),
                environment("preview", false, &["preview"]),
                environment("development", false, &["development", "develop", "dev"]),
            ],
        }
    }
}

impl Environments {
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&Environment> {
        self.list.iter().find(|environment| environment.name.eq_ignore_ascii_case(name))
    }

    #[must_use]
    pub fn is_protected(&self, name: &str) -> bool {
        self.get(name).is_some_and(|environment| environment.protected)
    }

    /// The environment of an app name: by the declared globs, else by a word in it.
    #[must_use]
    pub fn of_app(&self, app: &str) -> Option<&Environment> {
        self.by_glob(app, |environment| &environment.apps).or_else(|| self.by_word(app))
    }

    /// The environment of a configuration file with an app's name in it, and whether the app tells it:
    /// what is declared comes before what words in names suggest, the file before the app, and the
    /// folder last.
    #[must_use]
    pub fn of_config_with_app(&self, path: &str, app: Option<&str>) -> Option<(&Environment, bool)> {
        let file = path.rsplit('/').next().unwrap_or_default();
        let by_path = |found: Option<_>| found.map(|found| (found, false));
        let by_app = |found: Option<_>| found.map(|found| (found, true));
        by_path(self.by_glob(path, |environment| &environment.configs))
            .or_else(|| by_app(self.by_glob(app?, |environment| &environment.apps)))
            .or_else(|| by_path(self.by_word(file)))
            .or_else(|| by_app(self.by_word(app?)))
            .or_else(|| by_path(self.of_config(path)))
    }

    /// The environment of a configuration file: by the declared globs, else by a word in its name, else
    /// by a folder of just that name. A word inside a folder's name (`apps/review-service`) says more
    /// about the app than about where it runs.
    #[must_use]
    pub fn of_config(&self, path: &str) -> Option<&Environment> {
        self.by_glob(path, |environment| &environment.configs)
            .or_else(|| self.by_word(path.rsplit('/').next().unwrap_or_default()))
            .or_else(|| path.rsplit('/').skip(1).find_map(|folder| self.named(folder)))
    }

    /// The environment of a GitHub environment's name: the declared ones, else by a word in it.
    #[must_use]
    pub fn of_github(&self, name: &str) -> Option<&Environment> {
        let same = |environment: &&Environment| {
            environment.name.eq_ignore_ascii_case(name)
                || environment.github.iter().any(|other| other.eq_ignore_ascii_case(name))
        };
        self.list.iter().find(same).or_else(|| self.by_word(name))
    }

    /// The environment that `branch` is declared to deploy to.
    #[must_use]
    pub fn of_branch(&self, branch: &str) -> Option<&Environment> {
        self.list.iter().find(|environment| environment.branches.iter().any(|other| other == branch))
    }

    /// The environment that a word of `text` names; of several the last, as in `dev-tools-production`.
    /// Words are runs of letters and digits.
    #[must_use]
    pub fn by_word(&self, text: &str) -> Option<&Environment> {
        text.rsplit(|c: char| !c.is_alphanumeric()).find_map(|word| self.named(word))
    }

    /// The environment that `word` is the name of, or one of the words for.
    fn named(&self, word: &str) -> Option<&Environment> {
        self.list.iter().find(|environment| {
            environment.name.eq_ignore_ascii_case(word)
                || environment.words.iter().any(|other| other.eq_ignore_ascii_case(word))
        })
    }

    fn by_glob(&self, text: &str, globs: fn(&Environment) -> &[GlobMatcher]) -> Option<&Environment> {
        self.list.iter().find(|environment| globs(environment).iter().any(|glob| glob.is_match(text)))
    }
}

/// A matcher for one glob of the policy; `*` does not cross `/`.
///
/// # Errors
/// The pattern's own fault, for the one who wrote it.
pub fn glob(pattern: &str) -> Result<GlobMatcher, globset::Error> {
    Ok(globset::GlobBuilder::new(pattern).literal_separator(true).build()?.compile_matcher())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn name(found: Option<&Environment>) -> &str {
        found.map_or("none", |environment| environment.name.as_str())
    }

    #[test]
    fn names_tell_the_environment() {
        let environments = Environments::default();
        assert_eq!(name(environments.of_app("shop-prod")), "production");
        assert_eq!(name(environments.of_app("STG_shop")), "staging");
        assert_eq!(name(environments.of_app("dev-tools-production")), "production");
        assert_eq!(name(environments.of_app("products")), "none");
        assert_eq!(name(environments.of_app("shop-uat")), "staging");
        assert_eq!(name(environments.of_app("shop-pr-12")), "none");
        assert_eq!(name(environments.of_app("店-staging")), "staging");
        assert_eq!(name(environments.of_github("Production")), "production");
        assert_eq!(name(environments.by_word("promote staging to production")), "production");
    }

    #[test]
    fn paths_tell_the_environment() {
        let environments = Environments::default();
        assert_eq!(name(environments.of_config("fly.staging.toml")), "staging");
        assert_eq!(name(environments.of_config("apps/api/fly-prod.toml")), "production");
        assert_eq!(name(environments.of_config("deploy/staging/fly.toml")), "staging");
        assert_eq!(name(environments.of_config("staging/fly.prod.toml")), "production");
        assert_eq!(name(environments.of_config("apps/review-service/fly.toml")), "none");
        assert_eq!(name(environments.of_config("fly.toml")), "none");
    }

    #[test]
    fn what_is_declared_comes_before_what_names_suggest() {
        let mut environments = Environments::default();
        if let Some(production) = environments.list.first_mut() {
            production.apps = glob("shop").into_iter().collect();
        }
        if let Some(preview) = environments.list.get_mut(2) {
            preview.configs = glob("review/*.toml").into_iter().collect();
        }
        let told = |path: &str, app: &str| {
            let found = environments.of_config_with_app(path, Some(app));
            format!("{} {}", name(found.map(|found| found.0)), found.is_some_and(|found| found.1))
        };
        assert_eq!(told("fly.staging.toml", "shop"), "production true");
        assert_eq!(told("review/fly.staging.toml", "shop"), "preview false");
        assert_eq!(told("fly.staging.toml", "shop-prod"), "staging false");
        assert_eq!(told("staging/fly.toml", "cart-prod"), "production true");
        assert_eq!(told("staging/fly.toml", "cart"), "staging false");
        assert_eq!(told("fly.toml", "cart"), "none false");
        assert!(environments.of_config_with_app("fly.toml", None).is_none());
    }

    #[test]
    fn declared_names_come_first() {
        let mut environments = Environments::default();
        environments.list.insert(
            0,
            Environment {
                name: "live".to_owned(),
                protected: true,
                apps: glob("shop*").into_iter().collect(),
                configs: glob("deploy/*.toml").into_iter().collect(),
                github: vec!["Staging-EU".to_owned()],
                words: vec!["eu".to_owned()],
                branches: vec!["main".to_owned()],
            },
        );
        assert_eq!(name(environments.of_app("shop-staging")), "live");
        assert_eq!(name(environments.of_config("deploy/fly.staging.toml")), "live");
        assert_eq!(name(environments.of_config("deploy/old/fly.staging.toml")), "staging");
        assert_eq!(name(environments.of_github("staging-eu")), "live");
        assert_eq!(name(environments.of_branch("main")), "live");
        assert!(environments.is_protected("LIVE"));
    }
}
