//! Which deployed apps have migrations, and what runs these: a release command, the start of the app, a
//! workflow, somebody by hand, the app's own code. Where something may that is not read, nobody knows.

use rustc_hash::{FxHashMap, FxHashSet};

use super::sources::{package, written};
use crate::facts::words::{
    command, data_source, file, fly_config, hook, image, job, kamal_config, migration, release, rollout,
    script, step, task, workflow, workflow_call,
};
use crate::facts::{Fact, FactId, Facts, Step};
use crate::repo::Repo;
use crate::text::{FileId, Span};

/// Words of code that runs migrations itself.
pub const IN_CODE: [&str; 3] = [".runMigrations(", "migrate deploy", "migrationsRun"];

/// Tools whose migrations run only where a command says so; those of others are often built into the app.
const TOOLS: [&str; 3] = ["typeorm", "prisma", "dbmate"];

/// Programs that run the migrations of one tool.
const PROGRAMS: [&str; 9] =
    ["typeorm", "prisma", "dbmate", "knex", "drizzle-kit", "sequelize", "mikro-orm", "goose", "flyway"];

/// Words in names of scripts and tasks that are not for production.
const APART: [&str; 9] =
    ["test", "tests", "e2e", "dev", "development", "local", "ci", "fixtures", "devcontainer"];

/// What else may deploy, and is not read.
const UNREAD: [&str; 14] = [
    ".gitlab-ci.yml",
    ".circleci/config.yml",
    "Jenkinsfile",
    "azure-pipelines.yml",
    "bitbucket-pipelines.yml",
    ".drone.yml",
    ".woodpecker.yml",
    ".buildkite/pipeline.yml",
    "buildspec.yml",
    "cloudbuild.yaml",
    "render.yaml",
    "railway.json",
    "railway.toml",
    "skaffold.yaml",
];

/// Migrations of one tool in one package.
pub(super) struct Group<'r> {
    pub tool: &'static str,
    pub package: &'r str,
    pub migrations: Vec<FactId>,
}

/// The configurations of one app, for its environments.
pub(super) struct App<'r> {
    pub package: &'r str,
    pub configs: Vec<FactId>,
}

pub(super) fn link(facts: &mut Facts, repo: &Repo) {
    let groups = groups(facts, repo);
    let apps = apps(facts, repo);
    beside(facts, repo, &apps);
    if groups.is_empty() || apps.is_empty() {
        return;
    }
    let mut found = Vec::new();
    let mut released = Vec::new();
    let effect = |id: &FactId| facts.get(*id).has(command::EFFECTS, "migrate");
    let migrating: Vec<FactId> = facts.of_kind(command::KIND).iter().copied().filter(effect).collect();
    let in_code = in_code(repo);
    let all: Vec<&str> =
        apps.iter().map(|app| app.package).chain(groups.iter().map(|group| group.package)).collect();
    for app in &apps {
        for group in app.groups(&groups, apps.len()) {
            let own = [app.package, group.package];
            let foreign = all.iter().copied().filter(|package| !package.is_empty() && !own.contains(package));
            let around = Around {
                repo,
                app,
                group,
                foreign: foreign.collect(),
                images: images(facts, repo, app),
                migrating: &migrating,
                in_code: &in_code,
            };
            let mut runner = runner(&around, facts);
            if runner.by == "nothing" && !TOOLS.contains(&group.tool) {
                runner =
                    Runner::unknown(format!("migrations of {} are often run by the app itself", group.tool));
            }
            if runner.by == "release" {
                let text = runner.text.clone().unwrap_or_default();
                released.extend(group.migrations.iter().map(|id| (*id, text.clone())));
            }
            found.extend(told(facts, repo, app, group, &runner));
        }
    }
    for (fact, parent) in found {
        facts.add(fact, Some(parent));
    }
    for (id, text) in released {
        let span = facts.get(id).span;
        facts.get_mut(id).set(migration::RELEASED_BY, text, span);
    }
}

impl App<'_> {
    /// The migrations of its package; the only ones of a repository with one app are its own, too.
    pub fn groups<'g>(&self, groups: &'g [Group<'g>], apps: usize) -> Vec<&'g Group<'g>> {
        let mine: Vec<&Group<'_>> = groups.iter().filter(|group| group.package == self.package).collect();
        let alone = apps == 1 && groups.len() == 1;
        if mine.is_empty() && alone { groups.iter().collect() } else { mine }
    }
}

fn told(
    facts: &Facts,
    repo: &Repo,
    app: &App<'_>,
    group: &Group<'_>,
    runner: &Runner,
) -> Option<(Fact, FactId)> {
    let config = *app.configs.iter().min_by_key(|id| {
        let fact = facts.get(**id);
        let protected = fact.bool(fly_config::PROTECTED).or(fact.bool(kamal_config::PROTECTED)) == Some(true);
        (!protected, repo.path(fact.span.file))
    })?;
    let fact = facts.get(config);
    let named = fact.get(if fact.kind == fly_config::KIND { fly_config::APP } else { kamal_config::SERVICE });
    let span = named.map_or(fact.span, |slot| slot.span);
    let newest = *group.migrations.iter().max_by_key(|id| {
        let fact = facts.get(**id);
        let version = fact.text(migration::VERSION).unwrap_or_default().to_owned();
        (fact.int(migration::STAMP), version, repo.path(fact.span.file))
    })?;
    let newest = facts.get(newest);
    let name = newest.text(migration::NAME).unwrap_or_default();
    let count = group.migrations.len();
    let mut fact = Fact::new(rollout::KIND, span)
        .with(rollout::TOOL, group.tool, span)
        .with(rollout::COUNT, i64::try_from(count).unwrap_or(i64::MAX), span)
        .with(rollout::NEWEST, name, newest.span)
        .with(rollout::RUN_BY, runner.by, span);
    let app = named.and_then(|slot| slot.value.as_text()).map(str::to_owned);
    fact.set_some(rollout::APP, app, span)
        .set_some(rollout::COMMAND, runner.text.clone(), runner.place.unwrap_or(span))
        .set_some(rollout::REASON, runner.reason.clone(), span);
    let place = newest.get(migration::CLASS).map_or(newest.span, |slot| slot.span);
    let text =
        if count == 1 { "its migration".to_owned() } else { format!("the newest of {count} migrations") };
    fact.route.push(Step { span: place, text: text.into() });
    Some((fact, config))
}

pub(super) fn groups<'r>(facts: &Facts, repo: &'r Repo) -> Vec<Group<'r>> {
    let mut all: Vec<Group<'r>> = Vec::new();
    let mut by: FxHashMap<(&str, &str), usize> = FxHashMap::default();
    for id in written(facts, migration::KIND) {
        let fact = facts.get(id);
        let path = repo.path(fact.span.file);
        let apart = path.split(['/', '.']).any(|part| APART.contains(&part) || part == "examples");
        let tool = fact.text(migration::TOOL).and_then(|tool| {
            crate::facts::words::MIGRATION_TOOLS.iter().copied().find(|known| *known == tool)
        });
        let (Some(tool), false) = (tool, apart) else { continue };
        let package = package(repo, path);
        let at = *by.entry((tool, package)).or_insert_with(|| {
            all.push(Group { tool, package, migrations: Vec::new() });
            all.len() - 1
        });
        all[at].migrations.push(id);
    }
    all
}

/// The apps that Fly's and Kamal's configurations deploy, one for each folder and tool.
pub(super) fn apps<'r>(facts: &Facts, repo: &'r Repo) -> Vec<App<'r>> {
    let mut all: Vec<App<'r>> = Vec::new();
    let mut by: FxHashMap<(bool, &str), usize> = FxHashMap::default();
    for kind in [fly_config::KIND, kamal_config::KIND] {
        for id in written(facts, kind) {
            let path = repo.path(facts.get(id).span.file);
            let folder = path.rsplit_once('/').map_or("", |(folder, _)| folder);
            let at = *by.entry((kind == fly_config::KIND, folder)).or_insert_with(|| {
                all.push(App { package: package(repo, path), configs: Vec::new() });
                all.len() - 1
            });
            all[at].configs.push(id);
        }
    }
    all
}

/// What runs migrations.
#[derive(Default)]
struct Runner {
    by: &'static str,
    text: Option<String>,
    place: Option<Span>,
    reason: Option<String>,
}

impl Runner {
    fn command(by: &'static str, fact: &Fact) -> Self {
        let slot = fact.get(command::TEXT);
        let text = slot.and_then(|slot| slot.value.as_text()).map(str::to_owned);
        Self { by, text, place: slot.map(|slot| slot.span), reason: None }
    }

    fn unknown(reason: impl Into<String>) -> Self {
        Self { by: "unknown", reason: Some(reason.into()), ..Self::default() }
    }
}

/// What is looked through for what runs the migrations of an app.
struct Around<'a> {
    repo: &'a Repo,
    app: &'a App<'a>,
    group: &'a Group<'a>,
    /// Packages of other apps, which run their own.
    foreign: FxHashSet<&'a str>,
    /// Dockerfiles of other apps.
    images: FxHashSet<FileId>,
    /// Commands that migrate, and files of code that do.
    migrating: &'a [FactId],
    in_code: &'a [&'a str],
}

/// The Dockerfiles that other apps are built from, and this one is not.
fn images(facts: &Facts, repo: &Repo, app: &App<'_>) -> FxHashSet<FileId> {
    let image = |id: &FactId| {
        let fact = facts.get(*id);
        let folder = repo.path(fact.span.file).rsplit_once('/').map_or("", |(folder, _)| folder);
        let slash = if folder.is_empty() { "" } else { "/" };
        let named = fact.text(fly_config::DOCKERFILE).map(str::to_owned);
        repo.get(&named.unwrap_or_else(|| format!("{folder}{slash}Dockerfile")))
    };
    let own: Vec<FileId> = app.configs.iter().filter_map(image).collect();
    let all = written(facts, fly_config::KIND);
    let others = all.iter().filter(|id| !app.configs.contains(id)).filter_map(image);
    others.filter(|id| !own.contains(id)).collect()
}

fn runner(around: &Around<'_>, facts: &Facts) -> Runner {
    let Around { repo, app, group, .. } = *around;
    if let Some(release) = releases(facts, app).find(|fact| fact.has(release::EFFECTS, "migrate")) {
        let slot = release.get(release::TEXT);
        let text = slot.and_then(|slot| slot.value.as_text()).map(str::to_owned);
        return Runner { by: "release", text, place: slot.map(|slot| slot.span), reason: None };
    }
    let mut maybe = None;
    let mut best: Option<(u8, Runner)> = None;
    for &id in around.migrating {
        let fact = facts.get(id);
        if let Some((rank, by)) = runs(facts, around, id, &mut maybe)
            && best.as_ref().is_none_or(|(known, _)| rank < *known)
        {
            best = Some((rank, Runner::command(by, fact)));
        }
    }
    if let Some((_, runner)) = best {
        return runner;
    }
    let mut in_code = around.in_code.iter();
    if let Some(path) = in_code.find(|path| !around.foreign.contains(package(repo, path))) {
        return Runner { by: "code", text: Some((*path).to_owned()), ..Runner::default() };
    }
    let unsure = data_sources(facts, repo, group.package);
    unsure
        .or(maybe)
        .or_else(|| unread(facts, around))
        .unwrap_or(Runner { by: "nothing", ..Runner::default() })
}

fn releases<'f>(facts: &'f Facts, app: &App<'_>) -> impl Iterator<Item = &'f Fact> {
    let children: Vec<FactId> = app.configs.iter().flat_map(|id| facts.children(*id)).copied().collect();
    children.into_iter().map(|id| facts.get(id)).filter(|fact| fact.kind == release::KIND)
}

impl Around<'_> {
    /// Whether a command stands or runs in the package of another app.
    fn is_foreign(&self, fact: &Fact) -> bool {
        let own = package(self.repo, self.repo.path(fact.span.file));
        let runs = fact.text(command::DIRECTORY).filter(|folder| !folder.is_empty());
        let there = runs.map(|folder| package(self.repo, &format!("{folder}/x")).to_owned());
        self.foreign.contains(own)
            || self.images.contains(&fact.span.file)
            || there.is_some_and(|there| self.foreign.contains(there.as_str()))
    }
}

/// Whether a command runs the group's migrations where it is not for tests or development, with a rank:
/// what comes first says most. `maybe` gets what somebody may run by hand.
fn runs(
    facts: &Facts,
    around: &Around<'_>,
    id: FactId,
    maybe: &mut Option<Runner>,
) -> Option<(u8, &'static str)> {
    let fact = facts.get(id);
    let (repo, group) = (around.repo, around.group);
    let program = fact.text(command::PROGRAM).unwrap_or_default();
    let makes = ["generate", "drop-schema"].iter().any(|effect| fact.has(command::EFFECTS, effect));
    let foreign = PROGRAMS.contains(&program) && program != group.tool;
    if makes || foreign || around.is_foreign(fact) {
        return None;
    }
    let runs = facts.runs();
    let entries = runs.frames_of(id).filter_map(|frame| runs.frames.get(frame as usize)).flatten();
    let units = entries.filter_map(|entry| runs.entries.get(*entry as usize)).map(|entry| entry.unit);
    units.filter_map(|unit| by_unit(facts, repo, fact, unit, maybe)).min()
}

/// How an entry point runs the migrations that a command is for.
fn by_unit(
    facts: &Facts,
    repo: &Repo,
    command: &Fact,
    unit: FactId,
    maybe: &mut Option<Runner>,
) -> Option<(u8, &'static str)> {
    let fact = facts.get(unit);
    let phase = command.text(command::PHASE);
    match fact.kind {
        workflow::KIND => {
            let deploys = |id: &FactId| {
                let fact = facts.get(*id);
                fact.kind == job::KIND && fact.has(job::EFFECTS, "migrate") && !is_test(facts, *id)
            };
            facts.children(unit).iter().any(deploys).then_some((2, "workflow"))
        }
        release::KIND => Some((0, "release")),
        // Somebody runs it where they develop.
        script::KIND => {
            let name = fact.text(script::NAME).unwrap_or_default();
            let lower = name.to_lowercase();
            if ["prod", "deploy", "release", "live"].iter().any(|word| lower.contains(word)) {
                maybe.get_or_insert_with(|| {
                    Runner::unknown(format!("somebody may run the package script `{name}`"))
                });
            }
            None
        }
        hook::KIND => None,
        task::KIND if fact.text(task::NAME).is_some_and(is_apart) => None,
        file::KIND if phase.is_none_or(|phase| phase == "manual") && is_apart(repo.path(fact.span.file)) => {
            None
        }
        _ => match phase {
            Some("release") => Some((0, "release")),
            Some("start") => Some((1, "start")),
            Some("setup" | "hook") => None,
            Some("deploy" | "ci") => Some((2, "workflow")),
            _ => Some((3, "hand")),
        },
    }
}

fn is_apart(text: &str) -> bool {
    let lower = text.to_lowercase();
    lower.split(|char: char| !char.is_alphanumeric()).any(|word| APART.contains(&word))
}

/// Whether a job works on a database of its own.
fn is_test(facts: &Facts, job: FactId) -> bool {
    let container = |id: &FactId| {
        let fact = facts.get(*id);
        fact.kind == image::KIND && fact.text(image::ROLE) == Some("service-container")
    };
    let fact = facts.get(job);
    let tests = fact.has(job::EFFECTS, "test") || facts.inside(job).iter().any(container);
    fact.bool(job::DEPLOYS) != Some(true) && tests
}

/// The files of code that run migrations, tests left out.
fn in_code(repo: &Repo) -> Vec<&str> {
    let finders: Vec<_> = IN_CODE.iter().map(|word| (word, memchr::memmem::Finder::new(word))).collect();
    let runs = |id: FileId| {
        let path = repo.path(id);
        let code = [".ts", ".js", ".mts", ".mjs", ".cts", ".cjs"].iter().any(|end| path.ends_with(end));
        let apart = path.split(['/', '.', '-', '_']).any(|word| APART.contains(&word) || word == "spec");
        if !code || apart {
            return None;
        }
        let text = &repo.file(id).text;
        let says = finders.iter().any(|(word, finder)| {
            finder.find_iter(text.as_bytes()).any(|at| {
                let behind = text.get(at + word.len()..).unwrap_or_default().trim_start();
                // A type, or an option that is switched off.
                **word != "migrationsRun"
                    || !(behind.starts_with("?:")
                        || behind
                            .strip_prefix(':')
                            .is_some_and(|value| value.trim_start().starts_with("false")))
            })
        });
        says.then_some(path)
    };
    repo.ids().filter_map(runs).collect()
}

/// Whether a data source of the package may run its migrations for reasons that are not known.
fn data_sources(facts: &Facts, repo: &Repo, group: &str) -> Option<Runner> {
    let all = written(facts, data_source::KIND);
    let mut mine = all.into_iter().map(|id| facts.get(id)).filter(|fact| {
        package(repo, repo.path(fact.span.file)) == group && fact.bool(data_source::HARMLESS) != Some(true)
    });
    let synchronizes = mine.find(|fact| fact.bool(data_source::SYNCHRONIZE) == Some(true))?;
    let path = repo.path(synchronizes.span.file);
    Some(Runner::unknown(format!("the data source of `{path}` changes the schema by itself")))
}

/// What may run migrations and is not read, or not understood.
fn unread(facts: &Facts, around: &Around<'_>) -> Option<Runner> {
    let (repo, app) = (around.repo, around.app);
    if let Some(path) = UNREAD.iter().find(|path| repo.exists(path)) {
        return Some(Runner::unknown(format!("`{path}` is not read")));
    }
    for &id in &app.configs {
        let fact = facts.get(id);
        if fact.kind == fly_config::KIND && fact.get(fly_config::BUILD_IMAGE).is_some() {
            return Some(Runner::unknown("the image is built elsewhere"));
        }
    }
    let remote = |id: &FactId| {
        let fact = facts.get(*id);
        fact.bool(workflow_call::REMOTE) == Some(true) && fact.text(workflow_call::OF) == Some("workflow")
    };
    if let Some(&id) = facts.of_kind(workflow_call::KIND).iter().find(|id| remote(id)) {
        let target = facts.get(id).text(workflow_call::TARGET).unwrap_or_default();
        return Some(Runner::unknown(format!("`{target}` is not read")));
    }
    let says = |id: &FactId| {
        let fact = facts.get(*id);
        let words = [step::NAME, step::ACTION].into_iter().filter_map(|field| fact.text(field));
        words.into_iter().any(|words| words.to_lowercase().contains("migrat"))
    };
    if facts.of_kind(step::KIND).iter().any(says) {
        return Some(Runner::unknown("a step of a workflow says so"));
    }
    facts.of_kind(command::KIND).iter().find_map(|&id| {
        let fact = facts.get(id);
        let matters = matches!(fact.text(command::PHASE), Some("release" | "start" | "deploy"));
        let serves = fact.has(command::REACHES, "serve");
        let known = fact.bool(command::KNOWN) == Some(true) || serves;
        let followed = fact.bool(command::RESOLVED) == Some(true);
        let lost = matters && !known && !followed || fact.bool(command::DYNAMIC) == Some(true) && matters;
        let text = fact.text(command::TEXT).unwrap_or_default();
        // What an entry point is given is the image's own command.
        let handed = text.contains("\"$@\"") || text.contains("$*");
        (lost && !handed && !around.is_foreign(fact))
            .then(|| Runner::unknown(format!("what `{text}` does is not known")))
    })
}

/// What a deployed app means for the data sources of its package: how many machines start with them, and
/// the release command that has migrated before.
fn beside(facts: &mut Facts, repo: &Repo, apps: &[App<'_>]) {
    for id in written(facts, data_source::KIND) {
        let own = package(repo, repo.path(facts.get(id).span.file));
        let mine = || apps.iter().filter(|app| app.package == own);
        let machines =
            mine().flat_map(|app| &app.configs).filter_map(|config| machines(facts, *config)).max();
        let release = mine()
            .flat_map(|app| releases(facts, app))
            .find(|fact| fact.has(release::EFFECTS, "migrate"))
            .and_then(|fact| fact.text(release::TEXT))
            .map(str::to_owned);
        let switched = switched_on(facts, id);
        let span = facts.get(id).span;
        let place = facts.get(id).get(data_source::VARIABLE).map_or(span, |slot| slot.span);
        let fact = facts.get_mut(id);
        fact.set_some(data_source::MACHINES, machines, span).set_some(data_source::RELEASE, release, span);
        if switched {
            fact.set(data_source::SYNCHRONIZE, true, place);
        }
    }
}

/// The most machines that start at a time with a configuration.
fn machines(facts: &Facts, config: FactId) -> Option<i64> {
    let fact = facts.get(config);
    if fact.kind == fly_config::KIND {
        return fact.int(fly_config::MIN_MACHINES);
    }
    i64::try_from(fact.list(kamal_config::SERVERS).len()).ok().filter(|count| *count > 0)
}

/// Whether a configuration sets the variable that switches `synchronize` on, where that is not one of another
/// environment than production.
fn switched_on(facts: &Facts, id: FactId) -> bool {
    use crate::facts::words::variable;
    let source = facts.get(id);
    let (Some(name), Some(wanted)) =
        (source.text(data_source::VARIABLE), source.text(data_source::VARIABLE_VALUE))
    else {
        return false;
    };
    facts.of_kind(variable::KIND).iter().any(|&id| {
        let fact = facts.get(id);
        let config = facts.around(id).map(|id| facts.get(id)).find(|fact| fact.kind == fly_config::KIND);
        let elsewhere = config.is_some_and(|config| {
            config.get(fly_config::ENVIRONMENT).is_some() && config.bool(fly_config::PROTECTED) != Some(true)
        });
        matches!(fact.text(variable::SCOPE), Some("fly-env" | "kamal-env" | "docker-env"))
            && fact.text(variable::NAME) == Some(name)
            && fact.text(variable::VALUE) == Some(wanted)
            && !elsewhere
            && facts.enclosing(id, crate::facts::words::fence::KIND).is_none()
    })
}

#[cfg(test)]
mod tests;
