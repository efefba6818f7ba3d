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
                environment("staging", false, &["staging", "stage", "stg"]),
                environment("preview", false, &["preview", "review", "pr"]),
                environment(
                    "development",
                    false,
                    &["development", "develop", "dev", "test", "demo", "sandbox"],
                ),
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

    /// The environment of a configuration file: by the declared globs, else by a word in its name or
    /// its folder's.
    #[must_use]
    pub fn of_config(&self, path: &str) -> Option<&Environment> {
        self.by_glob(path, |environment| &environment.configs)
            .or_else(|| path.rsplit('/').find_map(|segment| self.by_word(segment)))
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

    /// The environment that a word of `text` names. Words are runs of letters and digits.
    #[must_use]
    pub fn by_word(&self, text: &str) -> Option<&Environment> {
        text.split(|c: char| !c.is_alphanumeric()).find_map(|word| {
            self.list.iter().find(|environment| {
                environment.name.eq_ignore_ascii_case(word)
                    || environment.words.iter().any(|other| other.eq_ignore_ascii_case(word))
            })
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
