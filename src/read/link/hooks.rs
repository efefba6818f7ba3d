//! Which hooks a Kamal command runs, and which environment its destination is. Knows Kamal's own order,
//! nothing of what the hooks do.

use rustc_hash::{FxHashMap, FxHashSet};

use super::calls::{folder_of, join};
use crate::facts::words::{command, file, kamal_alias, kamal_config};
use crate::facts::{Fact, FactId, Facts};
use crate::read::Settings;
use crate::repo::Repo;
use crate::text::Span;

/// Notes that Kamal's commands run the hooks that are there, in the order in which Kamal runs them.
pub(super) fn link(facts: &mut Facts, repo: &Repo) {
    let kamal = commands(facts);
    if kamal.is_empty() {
        return;
    }
    let mut scripts: FxHashMap<String, FactId> = FxHashMap::default();
    for &id in facts.of_kind(file::KIND) {
        let fact = facts.get(id);
        if fact.text(file::READER) == Some("shell") {
            scripts.insert(repo.path(fact.span.file).to_owned(), id);
        }
    }
    let configs = Configs::gather(facts);
    let aliases = aliases(facts);
    for id in kamal {
        let fact = facts.get(id);
        let names = hooks_of(fact);
        let alias = words_of(fact).next().and_then(|name| aliases.get(name)).copied();
        let folder = configs.folder(fact);
        let own = configs.of(fact).and_then(|config| facts.get(config).text(kamal_config::HOOKS_PATH));
        let path = join(&folder, own.unwrap_or(".kamal/hooks"));
        if let Some(alias) = alias.filter(|alias| facts.parent(id) != Some(*alias)) {
            facts.call(id, alias);
        }
        let before = facts.calls(id).len();
        let mut own = before;
        for name in names {
            if let Some(&script) = scripts.get(&join(&path, name)) {
                facts.call(id, script);
                own += usize::from(!name.starts_with("post-"));
            }
        }
        if facts.calls(id).len() > before {
            facts.set_own_place(id, own);
        }
    }
}

/// Sets the environment of Kamal's commands: of the destination that they name, else of the
/// configuration that they use.
pub(super) fn environments(facts: &mut Facts, settings: &Settings) {
    let kamal = commands(facts);
    let configs = Configs::gather(facts);
    for id in kamal {
        let fact = facts.get(id);
        let destination = fact.entry(command::FLAGS, "destination");
        let config = configs.of(fact).map(|config| facts.get(config));
        let told = |fact: &Fact| fact.text(kamal_config::ENVIRONMENT).map(str::to_owned);
        let found: Option<(String, Span)> = match destination {
            Some((name, span)) => config
                .filter(|config| config.text(kamal_config::DESTINATION) == Some(name))
                .and_then(told)
                .or_else(|| settings.environments.by_word(name).map(|found| found.name.clone()))
                .map(|found| (found, span)),
            // What the surroundings tell is said of this very command.
            None if fact.get(command::ENVIRONMENT).is_some() => None,
            None => config.and_then(told).map(|found| (found, fact.span)),
        };
        if let Some((name, span)) = found {
            let protected = settings.environments.is_protected(&name);
            facts.get_mut(id).set(command::ENVIRONMENT, name, span).set(command::PROTECTED, protected, span);
        }
    }
}

fn commands(facts: &Facts) -> Vec<FactId> {
    let kamal = |id: &FactId| facts.get(*id).text(command::PROGRAM) == Some("kamal");
    facts.of_kind(command::KIND).iter().copied().filter(kamal).collect()
}

/// The subcommand and the words behind it.
fn words_of(fact: &Fact) -> impl Iterator<Item = &str> {
    let verb = fact.text(command::VERB).unwrap_or_default().split(' ');
    let words = fact.list(command::ARGS).iter().map(|(word, _)| word.as_ref());
    verb.filter(|word| !word.is_empty()).chain(words)
}

/// Aliases by name; of one that several configurations have, none is known to be meant.
fn aliases(facts: &Facts) -> FxHashMap<String, FactId> {
    let mut found: FxHashMap<String, FactId> = FxHashMap::default();
    let mut several: FxHashSet<String> = FxHashSet::default();
    for &id in facts.of_kind(kamal_alias::KIND) {
        let Some(name) = facts.get(id).text(kamal_alias::NAME) else { continue };
        if found.insert(name.to_owned(), id).is_some() {
            several.insert(name.to_owned());
        }
    }
    found.retain(|name, _| !several.contains(name));
    found
}

/// Kamal's configurations by their paths.
struct Configs(FxHashMap<String, FactId>);

impl Configs {
    fn gather(facts: &Facts) -> Self {
        let path = |id: FactId| Some((facts.get(id).text(kamal_config::PATH)?.to_owned(), id));
        Self(facts.of_kind(kamal_config::KIND).iter().filter_map(|&id| path(id)).collect())
    }

    /// The folder that a command runs in; where that has no configuration, the root.
    fn folder(&self, fact: &Fact) -> String {
        let folder = fact.text(command::DIRECTORY).unwrap_or_default();
        let own = self.0.keys().any(|path| folder_of(folder_of(path)) == folder);
        if own { folder.to_owned() } else { String::new() }
    }

    /// The configuration that a command uses: its destination's, else the main one.
    fn of(&self, fact: &Fact) -> Option<FactId> {
        let flag = |name: &str| fact.entry(command::FLAGS, name).map(|(value, _)| value);
        let base = join(&self.folder(fact), flag("config-file").unwrap_or("config/deploy.yml"));
        let named = flag("destination").and_then(|destination| {
            let (stem, end) = base.rsplit_once('.')?;
            self.0.get(&format!("{stem}.{destination}.{end}"))
        });
        named.or_else(|| self.0.get(&base)).copied()
    }
}

/// The hooks that a command runs, in their order.
fn hooks_of(fact: &Fact) -> &'static [&'static str] {
    if fact.entry(command::FLAGS, "skip-hooks").is_some() {
        return &[];
    }
    let said: Vec<&str> = words_of(fact).take(2).collect();
    match said[..] {
        ["setup", ..] => &[
            "pre-connect",
            "docker-setup",
            "pre-build",
            "pre-deploy",
            "pre-app-boot",
            "post-app-boot",
            "post-deploy",
        ],
        ["deploy" | "redeploy", ..] => {
            &["pre-connect", "pre-build", "pre-deploy", "pre-app-boot", "post-app-boot", "post-deploy"]
        }
        ["rollback", ..] => &["pre-connect", "pre-deploy", "pre-app-boot", "post-app-boot", "post-deploy"],
        ["build", "push" | "deliver"] => &["pre-connect", "pre-build"],
        ["app", "boot"] => &["pre-connect", "pre-app-boot", "post-app-boot"],
        ["proxy", "reboot"] => &["pre-connect", "pre-proxy-reboot", "post-proxy-reboot"],
        ["server", "bootstrap"] => &["pre-connect", "docker-setup"],
        _ => &[],
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::facts::words::workflow;

    fn facts(files: &[(&str, &str)]) -> (Facts, Repo) {
        let mut repo = Repo::default();
        for (path, text) in files {
            repo.insert(path, text.as_bytes().to_vec(), false);
        }
        let settings = Settings::default();
        let readings = repo.ids().map(|id| crate::read::file(&repo, id, &settings)).collect();
        let (mut facts, findings) = Facts::gather(readings);
        assert!(findings.is_empty(), "{findings:?}");
        crate::read::link::link(&mut facts, &repo, &settings);
        (facts, repo)
    }

    fn called(facts: &Facts, repo: &Repo, words: &str) -> Vec<String> {
        let id = facts
            .of_kind(command::KIND)
            .iter()
            .find(|&&id| facts.get(id).text(command::TEXT) == Some(words))
            .copied()
            .unwrap();
        facts.calls(id).iter().map(|&id| repo.path(facts.get(id).span.file).to_owned()).collect()
    }

    const CONFIG: &str = "service: shop\nimage: acme/shop\nservers: [192.0.2.1]\n";

    #[test]
    fn a_deploy_runs_the_hooks_that_are_there() {
        let (facts, repo) = facts(&[
            ("config/deploy.yml", &format!("{CONFIG}aliases:\n  ship: deploy -q\n")),
            (".kamal/hooks/pre-deploy", "#!/bin/sh\nbin/rails db:migrate\n"),
            (".kamal/hooks/pre-build", "#!/bin/sh\ngit diff --quiet\n"),
            (".kamal/hooks/post-deploy.sample", "#!/bin/sh\n"),
            (
                "deploy.sh",
                "bin/kamal deploy\nkamal rollback abc -d staging\nkamal deploy --skip-hooks\nkamal app logs\n\
                 kamal ship\n",
            ),
        ]);
        let hooks = |words| called(&facts, &repo, words);
        assert_eq!(hooks("bin/kamal deploy"), [".kamal/hooks/pre-build", ".kamal/hooks/pre-deploy"]);
        assert_eq!(hooks("kamal rollback abc -d staging"), [".kamal/hooks/pre-deploy"]);
        assert!(hooks("kamal deploy --skip-hooks").is_empty());
        assert!(hooks("kamal app logs").is_empty());
        assert_eq!(hooks("kamal ship"), ["config/deploy.yml"]);
        assert_eq!(hooks("kamal deploy -q"), [".kamal/hooks/pre-build", ".kamal/hooks/pre-deploy"]);
        let environment = |words: &str| {
            let mut all = facts.of_kind(command::KIND).iter().map(|&id| facts.get(id));
            all.find(|fact| fact.text(command::TEXT) == Some(words)).unwrap().text(command::ENVIRONMENT)
        };
        assert_eq!(environment("bin/kamal deploy"), Some("production"));
        assert_eq!(environment("kamal rollback abc -d staging"), Some("staging"));
        assert!(facts.of_kind(workflow::KIND).is_empty());
    }

    #[test]
    fn hooks_lie_where_the_configuration_says() {
        let (facts, repo) = facts(&[
            ("apps/shop/config/deploy.yml", &format!("{CONFIG}hooks_path: ops/hooks\n")),
            ("apps/shop/ops/hooks/pre-connect", "#!/bin/sh\ntrue\n"),
            ("release.sh", "cd apps/shop\nkamal redeploy\n"),
        ]);
        assert_eq!(called(&facts, &repo, "kamal redeploy"), ["apps/shop/ops/hooks/pre-connect"]);
    }
}
