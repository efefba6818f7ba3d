//! Which environment a command works on, and for `flyctl deploy`: its configuration, its image, and
//! whether it builds one first.
//!
//! Where an image is built follows flyctl's own decision: an image that is named needs no build; a
//! build is remote unless it is asked to be local.

use rustc_hash::{FxHashMap, FxHashSet};

use super::calls::join;
use crate::facts::words::{command, fly_config, image, job, release, variable};
use crate::facts::{Environments, Fact, FactId, Facts, Field, Slot};
use crate::read::Settings;
use crate::read::placeholder::{self, mask};
use crate::repo::Repo;
use crate::syntax::expression;
use crate::text::{Passage, Span, Weave};

/// What is known of the fly configurations.
pub(super) struct Configs {
    by_path: FxHashMap<String, FactId>,
    by_app: FxHashMap<String, FactId>,
}

impl Configs {
    pub(super) fn gather(facts: &Facts) -> Self {
        let mut configs = Self { by_path: FxHashMap::default(), by_app: FxHashMap::default() };
        for &id in facts.of_kind(fly_config::KIND) {
            let fact = facts.get(id);
            if let Some(path) = fact.text(fly_config::PATH) {
                configs.by_path.insert(path.to_owned(), id);
            }
            if let Some(app) = fact.text(fly_config::APP) {
                configs.by_app.entry(app.to_owned()).or_insert(id);
            }
        }
        configs
    }

    /// The configuration of an app.
    pub(super) fn of_app(&self, app: &str) -> Option<FactId> {
        self.by_app.get(app).copied()
    }

    /// The configuration that a flyctl command uses, and whether it names it.
    pub(super) fn of_command(&self, fact: &Fact) -> Option<(FactId, bool)> {
        let mut directory = fact.text(command::DIRECTORY)?.to_owned();
        if fact.text(command::VERB) == Some("deploy")
            && let Some((folder, _)) = fact.list(command::ARGS).first()
            // The word of a flag that takes none, such as `--depot false`.
            && !matches!(folder.as_ref(), "true" | "false")
        {
            directory = join(&directory, folder);
        }
        let named = fact.entry(command::FLAGS, "config").map(|(path, _)| path);
        let path = join(&directory, named.unwrap_or("fly.toml"));
        let inside = join(&path, "fly.toml");
        let id = self.by_path.get(&path).or_else(|| self.by_path.get(&inside))?;
        Some((*id, named.is_some()))
    }
}

/// Sets the environment of commands from the most telling sign to the least: the app's name, the named
/// configuration, the surroundings.
pub(super) fn environments(facts: &mut Facts, repo: &Repo, settings: &Settings) {
    let configs = Configs::gather(facts);
    let environments = &settings.environments;
    for id in facts.of_kind(command::KIND).to_vec() {
        let fact = facts.get(id);
        let around = surroundings(facts, id);
        let found = if fact.text(command::PROGRAM) == Some("flyctl") {
            of_flyctl(facts, repo, &configs, environments, id).or(around)
        } else {
            around
        };
        if let Some((environment, span)) = found {
            set(facts.get_mut(id), environments, environment, span);
        }
    }
    of_job_commands(facts, environments);
}

/// A flyctl command that nothing else tells works on the app of the default configuration; one that
/// other commands reach, only as they reach it.
pub(super) fn defaults(facts: &mut Facts, settings: &Settings, reached: &FxHashSet<FactId>) {
    let configs = Configs::gather(facts);
    for id in facts.of_kind(command::KIND).to_vec() {
        let fact = facts.get(id);
        let told = fact.get(command::ENVIRONMENT).is_some() || fact.text(command::PROGRAM) != Some("flyctl");
        if told || reached.contains(&id) || app(facts, id).is_some() {
            continue;
        }
        let span = fact.span;
        let config = configs.of_command(fact).map(|(config, _)| facts.get(config));
        let Some(environment) = config.and_then(|config| config.text(fly_config::ENVIRONMENT)) else {
            continue;
        };
        let environment = environment.to_owned();
        set(facts.get_mut(id), &settings.environments, environment, span);
    }
    of_job_commands(facts, &settings.environments);
    inherit(facts, &settings.environments);
}

pub(super) fn set(fact: &mut Fact, environments: &Environments, environment: String, span: Span) {
    let protected = environments.is_protected(&environment);
    fact.set(command::ENVIRONMENT, environment, span).set(command::PROTECTED, protected, span);
}

/// The environment that a flyctl command names, by its app or its configuration.
pub(super) fn of_flyctl(
    facts: &Facts,
    repo: &Repo,
    configs: &Configs,
    environments: &Environments,
    id: FactId,
) -> Option<(String, Span)> {
    let fact = facts.get(id);
    let of_config = |id: FactId| facts.get(id).text(fly_config::ENVIRONMENT).map(str::to_owned);
    if let Some((app, span)) = app(facts, id) {
        let declared = environments.of_app(&mask(&app)).map(|environment| environment.name.clone());
        let found = declared.or_else(|| configs.by_app.get(&app).copied().and_then(of_config));
        return found.map(|environment| (environment, span));
    }
    let (_, span) = fact.entry(command::FLAGS, "config")?;
    let config = configs
        .of_command(fact)
        .filter(|&(config, named)| named && !repo.path(facts.get(config).span.file).ends_with("fly.toml"));
    let environment =
        config.and_then(|(config, _)| of_config(config)).or_else(|| named_in_flag(fact, environments));
    environment.map(|environment| (environment, span))
}

/// Verbs of flyctl whose argument is an app.
const APP_VERBS: &[&str] = &["apps destroy", "apps restart", "apps suspend", "apps resume", "apps move"];

/// The app that a flyctl command names: in its flag, or in the variable that flyctl reads. A variable
/// in the flag is looked up in the environment of the workflow.
pub(super) fn app(facts: &Facts, id: FactId) -> Option<(String, Span)> {
    let fact = facts.get(id);
    let names_app = fact.text(command::VERB).is_some_and(|verb| APP_VERBS.contains(&verb));
    if let Some((app, span)) = fact.list(command::ARGS).first().filter(|_| names_app)
        && !app.contains('$')
    {
        return Some((app.to_string(), *span));
    }
    let Some((app, span)) = fact.entry(command::FLAGS, "app") else {
        return variable_value(facts, id, "FLY_APP");
    };
    let name =
        app.trim_matches('"').strip_prefix('$').map(|name| name.trim_matches(|c| c == '{' || c == '}'));
    match name {
        Some(name) => {
            Some((variable_value(facts, id, name).map_or_else(|| app.to_owned(), |(value, _)| value), span))
        }
        None => Some((app.to_owned(), span)),
    }
}

/// The literal value of an environment variable around a command.
fn variable_value(facts: &Facts, id: FactId, name: &str) -> Option<(String, Span)> {
    let own = facts.get(id).entry(command::ENV, name).map(|(value, span)| (value.to_owned(), span));
    own.or_else(|| {
        facts.around(id).flat_map(|around| facts.children(around)).find_map(|&child| {
            let fact = facts.get(child);
            let is_it = fact.kind == variable::KIND
                && fact.text(variable::NAME) == Some(name)
                && fact.bool(variable::LITERAL) == Some(true);
            let slot = fact.get(variable::VALUE).filter(|_| is_it)?;
            Some((slot.value.as_text()?.to_owned(), slot.span))
        })
    })
}

/// The environment that the words of `--config` tell, where the file is not in the repository.
fn named_in_flag(fact: &Fact, environments: &Environments) -> Option<String> {
    let (path, _) = fact.entry(command::FLAGS, "config")?;
    environments.of_config(&mask(path)).map(|environment| environment.name.clone())
}

/// The environment of what contains the command.
fn surroundings(facts: &Facts, id: FactId) -> Option<(String, Span)> {
    for around in facts.around(id) {
        let fact = facts.get(around);
        let field = match fact.kind {
            job::KIND => job::ENVIRONMENT,
            fly_config::KIND => fly_config::ENVIRONMENT,
            release::KIND => release::ENVIRONMENT,
            _ => continue,
        };
        if let Some(Slot { value, span, .. }) = fact.get(field) {
            return value.as_text().map(|text| (text.to_owned(), *span));
        }
    }
    None
}

/// A job whose names tell nothing works on the environment of its deploys; a protected one first.
fn of_job_commands(facts: &mut Facts, environments: &Environments) {
    for id in facts.of_kind(job::KIND).to_vec() {
        let slot = facts.get(id).get(job::ENVIRONMENT);
        if slot.is_none() {
            let mut found: Option<(String, Span)> = None;
            for (other, _) in facts.reach(id) {
                let fact = facts.get(other);
                if fact.kind != command::KIND || !fact.has(command::EFFECTS, "deploy") {
                    continue;
                }
                let Some(slot) = fact.get(command::ENVIRONMENT) else { continue };
                let name = slot.value.as_text().unwrap_or_default();
                if found.is_none() || environments.is_protected(name) {
                    found = Some((name.to_owned(), facts.get(id).span));
                }
                if environments.is_protected(name) {
                    break;
                }
            }
            if let Some((name, span)) = found {
                facts.get_mut(id).set(job::ENVIRONMENT, name, span);
            }
        }
        let fact = facts.get(id);
        let Some(slot) = fact.get(job::ENVIRONMENT) else { continue };
        let span = slot.span;
        let protected = slot.value.as_text().is_some_and(|name| environments.is_protected(name));
        facts.get_mut(id).set(job::PROTECTED, protected, span);
    }
}

/// Variables and images have the environment of the configuration or the job that they stand in.
fn inherit(facts: &mut Facts, environments: &Environments) {
    for id in facts.of_kind(variable::KIND).to_vec() {
        if let Some((name, span)) = surroundings(facts, id) {
            facts.get_mut(id).set(variable::ENVIRONMENT, name, span);
        }
    }
    for id in facts.of_kind(image::KIND).to_vec() {
        if let Some((name, span)) = surroundings(facts, id) {
            let protected = environments.is_protected(&name);
            facts.get_mut(id).set(image::ENVIRONMENT, name, span).set(image::PROTECTED, protected, span);
        }
    }
}

/// Sets configuration, image and build of each `flyctl deploy`, as written and as run.
pub(super) fn builds(facts: &mut Facts, repo: &Repo) {
    let configs = Configs::gather(facts);
    for id in facts.of_kind(command::KIND).to_vec() {
        let fact = facts.get(id);
        if fact.text(command::PROGRAM) != Some("flyctl") || fact.text(command::VERB) != Some("deploy") {
            continue;
        }
        let span = fact.span;
        let config = configs.of_command(fact);
        let config_path = config.map(|(id, _)| repo.path(facts.get(id).span.file).to_owned());
        let of_config = config.is_some_and(|(id, _)| facts.get(id).get(fly_config::BUILD_IMAGE).is_some());
        let (builds, place) = builds_of(fact, of_config);
        let named = fact.entry(command::FLAGS, "image").map(|(value, span)| (value.to_owned(), span));
        let fact = facts.get_mut(id);
        if let Some(path) = config_path {
            fact.set(command::CONFIG, path, span);
        }
        if let Some(builds) = builds {
            fact.set(command::BUILDS, builds, place);
        }
        if let Some((value, place)) = named {
            if value.is_empty() {
                continue;
            }
            fact.set(command::IMAGE, value.clone(), place);
            deployed_image(facts, repo, id, &value, place);
        }
    }
}

/// Whether and where a deploy builds; nothing where its words are not all known.
fn builds_of(fact: &Fact, config_names_image: bool) -> (Option<&'static str>, Span) {
    let flag = |name: &str| fact.entry(command::FLAGS, name);
    let text = fact.get(command::TEXT).map_or(fact.span, |slot| slot.span);
    if flag("from-manifest").is_some() {
        return (Some("no"), text);
    }
    if let Some((value, span)) = flag("image")
        && !value.is_empty()
    {
        return (Some("no"), span);
    }
    if config_names_image {
        return (Some("no"), text);
    }
    // `$EXTRA_ARGS` may hold an image.
    let unknown = |(word, _): &(std::sync::Arc<str>, Span)| {
        let word = word.trim_matches('"');
        word.starts_with("$@") || word.starts_with("${") || (word.starts_with('$') && !word.starts_with("$("))
    };
    if fact.list(command::ARGS).iter().any(unknown) {
        return (None, text);
    }
    if let Some((_, span)) =
        ["buildkit", "buildkit-image", "buildkit-addr"].iter().find_map(|name| flag(name))
    {
        return (Some("remote"), span);
    }
    if let Some((_, span)) = flag("local-only") {
        return (Some("local"), span);
    }
    if let Some((value, span)) = flag("remote-only")
        && value != "false"
    {
        return (Some("remote"), span);
    }
    if let Some((value, span)) = flag("depot") {
        let in_ci = matches!(fact.text(command::HOST), Some("workflow-step" | "action-step"));
        return (Some(if value == "false" && in_ci { "local" } else { "remote" }), span);
    }
    (Some("remote"), text)
}

/// The text with a word for each expression in it.
fn with_holes(text: &Passage) -> Passage {
    let mut holed = text.derive();
    let mut at = 0;
    for found in expression::find(text.text()).0 {
        holed.keep(at..found.range.start).swap(found.range.clone(), placeholder::PLACEHOLDER);
        at = found.range.end;
    }
    holed.keep(at..text.len());
    holed.finish()
}

/// Adds the reference to the image that a deploy names.
fn deployed_image(facts: &mut Facts, repo: &Repo, id: FactId, value: &str, place: Span) {
    let host = &repo.file(place.file).text;
    let words = host.get(place.start as usize..place.end as usize).unwrap_or_default();
    let passage = match words.rfind(value) {
        Some(at) if !value.is_empty() => {
            let start = place.start as usize + at;
            repo.passage(place.file).slice(start..start + value.len())
        }
        _ if value.contains(placeholder::PREFIX) && words.contains("${{") => {
            let word = words.find([' ', '=']).map_or(0, |at| at + 1);
            let word = word + words[word..].len() - words[word..].trim_start_matches([' ', '"', '\'']).len();
            let end = words.trim_end_matches(['"', '\'']).len().max(word);
            let start = place.start as usize;
            with_holes(&repo.passage(place.file).slice(start + word..start + end))
        }
        _ => {
            let mut weave = Weave::at(place);
            weave.put(place, value);
            weave.finish()
        }
    };
    let mut reference = crate::read::image::reference(&passage, "deploy");
    let command = facts.get(id);
    reference.route.clone_from(&command.route);
    let carry: [(Field, Field); 2] =
        [(command::ENVIRONMENT, image::ENVIRONMENT), (command::PROTECTED, image::PROTECTED)];
    for (from, to) in carry {
        if let Some(slot) = command.get(from) {
            reference.set(to, slot.value.clone(), slot.span);
        }
    }
    facts.add(reference, Some(id));
}
