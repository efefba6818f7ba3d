//! From a command to the package script, the script file, the local action or the workflow that it
//! runs.

use rustc_hash::FxHashMap;

use super::tasks::{self, Tasks};
use crate::facts::words::{command, file, function, job, package, script, step, unresolved, workflow};
use crate::facts::{Fact, FactId, Facts};
use crate::repo::Repo;
use crate::text::Span;

pub(super) fn link(facts: &mut Facts, repo: &Repo, targets: &Targets) {
    for id in facts.of_kind(command::KIND).to_vec() {
        let fact = facts.get(id);
        // An app's commands run in its image, where its own folder most often is.
        if matches!(fact.text(command::HOST), Some("release-command" | "fly-process")) {
            let (folder, span) = (folder_of(repo.path(fact.span.file)).to_owned(), fact.span);
            facts.get_mut(id).set(command::DIRECTORY, folder, span);
        }
        resolve(facts, repo, targets, id);
    }
    for id in facts.of_kind(command::KIND).to_vec() {
        function(facts, id);
    }
    for id in facts.of_kind(step::KIND).to_vec() {
        local(facts, targets, id, step::USES);
    }
    for id in facts.of_kind(job::KIND).to_vec() {
        local(facts, targets, id, job::USES);
    }
}

/// Finds what the command `id` runs, and says what it could not find.
pub(super) fn resolve(facts: &mut Facts, repo: &Repo, targets: &Targets, id: FactId) {
    let fact = facts.get(id);
    let Some(slot) = fact.get(command::TARGET) else { return };
    let span = slot.span;
    let found = match fact.text(command::CALLS) {
        Some("package-script") => targets.package_script(fact),
        Some("script") => targets.script_file(fact, repo),
        Some("task") => return tasks::resolve(facts, repo, targets, id),
        _ => return,
    };
    let asked = fact.text(command::VERB).is_some_and(|verb| RUN_VERBS.contains(&verb));
    match found {
        Found::These(found) => {
            let hooks = targets.hooks(facts, id, &found);
            facts.get_mut(id).set(command::RESOLVED, true, span);
            let (before, behind): (Vec<_>, Vec<_>) = hooks.into_iter().partition(|hook| {
                facts.get(*hook).text(script::NAME).is_some_and(|name| name.starts_with("pre"))
            });
            for target in before.into_iter().chain(found).chain(behind) {
                facts.call(id, target);
            }
        }
        // `pnpm vitest` runs a program of that name where no script has it.
        Found::Unknown(_) | Found::Missing(_)
            if !asked && facts.get(id).text(command::CALLS) == Some("package-script") =>
        {
            let fact = facts.get_mut(id);
            fact.unset(command::CALLS);
            fact.unset(command::TARGET);
        }
        Found::Unknown(reason) => note(facts, id, span, &reason),
        Found::Missing(reason) => {
            facts.get_mut(id).set(command::RESOLVED, false, span);
            note(facts, id, span, &reason);
        }
    }
}

/// Verbs that ask a package manager for a script; without them it may be a program.
const RUN_VERBS: &[&str] =
    &["run", "run-script", "test", "start", "stop", "restart", "rum", "urn", "t", "tst"];

/// Finds the function that a command calls: of its own script, or of one that the script sources.
fn function(facts: &mut Facts, id: FactId) {
    let fact = facts.get(id);
    if fact.text(command::CALLS) != Some("function") {
        return;
    }
    let Some(slot) = fact.get(command::TARGET) else { return };
    let span = slot.span;
    let name = fact.text(command::TARGET).unwrap_or_default();
    let named = |unit: FactId| {
        facts.children(unit).iter().copied().find(|&child| {
            let fact = facts.get(child);
            fact.kind == function::KIND && fact.text(function::NAME) == Some(name)
        })
    };
    let sourced = |unit: FactId| {
        facts.children(unit).iter().flat_map(|&child| facts.calls(child)).find_map(|&target| named(target))
    };
    let found = facts.around(id).find_map(|unit| named(unit).or_else(|| sourced(unit)));
    facts.get_mut(id).set(command::RESOLVED, true, span);
    if let Some(target) = found {
        facts.call(id, target);
    }
}

/// A `uses: ./…` of a step or job.
fn local(facts: &mut Facts, targets: &Targets, id: FactId, field: crate::facts::Field) {
    let own = |uses: &'_ str| uses.strip_prefix("./").or_else(|| uses.strip_prefix("$/")).map(str::to_owned);
    let Some(path) = facts.get(id).text(field).and_then(own) else { return };
    let path = path.trim_end_matches('/');
    let names = [path.to_owned(), format!("{path}/action.yml"), format!("{path}/action.yaml")];
    if let Some(&target) = names.iter().find_map(|name| targets.files.get(name.as_str())) {
        facts.call(id, target);
    }
}

pub(super) fn note(facts: &mut Facts, id: FactId, span: Span, reason: &str) {
    let text = facts.get(id).text(command::TEXT).unwrap_or_default().to_owned();
    let fact = Fact::new(unresolved::KIND, span)
        .with(unresolved::WHAT, "script", span)
        .with(unresolved::REASON, reason, span)
        .with(unresolved::TEXT, text, span);
    facts.add(fact, Some(id));
}

enum Found {
    These(Vec<FactId>),
    /// It may exist, in a place that the repository does not show.
    Unknown(String),
    /// It does not exist.
    Missing(String),
}

/// Everything that a command can run, by name.
#[derive(Default)]
pub(super) struct Targets {
    /// Package scripts by the folder of their `package.json`.
    scripts: FxHashMap<String, FxHashMap<String, FactId>>,
    /// Folders by package name.
    packages: FxHashMap<String, String>,
    /// Facts of whole files by path: a script, an action, a workflow.
    files: FxHashMap<String, FactId>,
    /// Folders that the files of the repository are in.
    folders: rustc_hash::FxHashSet<String>,
    tasks: Tasks,
}

impl Targets {
    pub(super) fn gather(facts: &Facts, repo: &Repo) -> Self {
        let mut targets = Self { tasks: Tasks::gather(facts, repo), ..Self::default() };
        for &id in facts.of_kind(package::KIND) {
            let fact = facts.get(id);
            let folder = folder_of(repo.path(fact.span.file));
            if let Some(name) = fact.text(package::NAME) {
                targets.packages.insert(name.to_owned(), folder.to_owned());
            }
            let scripts = targets.scripts.entry(folder.to_owned()).or_default();
            for &child in facts.in_file(fact.span.file) {
                let child_fact = facts.get(child);
                if child_fact.kind == script::KIND
                    && let Some(name) = child_fact.text(script::NAME)
                {
                    scripts.insert(name.to_owned(), child);
                }
            }
        }
        for &id in facts.of_kind(file::KIND).iter().chain(facts.of_kind(workflow::KIND)) {
            let fact = facts.get(id);
            if fact.kind == file::KIND && fact.text(file::READER) == Some("workflow") {
                continue;
            }
            targets.files.insert(repo.path(fact.span.file).to_owned(), id);
        }
        for path in repo.paths() {
            let mut folder = folder_of(path);
            while targets.folders.insert(folder.to_owned()) && !folder.is_empty() {
                folder = folder_of(folder);
            }
        }
        targets
    }

    pub(super) fn tasks(&self) -> &Tasks {
        &self.tasks
    }

    pub(super) fn has_folder(&self, path: &str) -> bool {
        path.is_empty() || self.folders.contains(path)
    }

    /// The script of the nearest `package.json`, from the command's directory upwards, or of the
    /// workspace that its flags name.
    fn package_script(&self, fact: &Fact) -> Found {
        let name = fact.text(command::TARGET).unwrap_or_default();
        let flag = |name: &str| fact.entry(command::FLAGS, name);
        let verb = fact.text(command::VERB);
        let all = ["recursive", "r", "workspaces", "ws"].into_iter().any(|name| flag(name).is_some());
        if all || verb == Some("workspaces foreach") {
            return self.everywhere(name);
        }
        // `yarn workspace api deploy`
        if let (Some("workspace"), Some((workspace, _))) = (verb, fact.list(command::ARGS).first()) {
            return self.in_workspace(workspace, name);
        }
        let workspace = ["filter", "F", "workspace", "w"].into_iter().find_map(flag);
        if let Some((workspace, _)) = workspace {
            return self.in_workspace(workspace, name);
        }
        let Some(directory) = fact.text(command::DIRECTORY) else {
            return self.only_script(name);
        };
        let mut folder = directory;
        loop {
            if let Some(scripts) = self.scripts.get(folder) {
                return match scripts.get(name) {
                    Some(&id) => Found::These(vec![id]),
                    // In an image the working directory may be another package's, and a script file
                    // runs wherever its caller is.
                    None if is_adrift(fact) => match self.only_script(name) {
                        Found::Missing(_) => Found::Missing(no_script(folder, name)),
                        found => found,
                    },
                    None => Found::Missing(no_script(folder, name)),
                };
            }
            if folder.is_empty() {
                return Found::Unknown(format!("no `package.json` was found for the script `{name}`"));
            }
            folder = folder_of(folder);
        }
    }

    /// The script of the workspace that a flag names: by its package's name (pnpm also takes the part
    /// behind the scope), or by its folder. Dots and carets ask for its dependencies too, which run
    /// their scripts of the same name.
    fn in_workspace(&self, workspace: &str, name: &str) -> Found {
        let plain = workspace.trim_matches(|c| matches!(c, '.' | '^' | '{' | '}')).trim_matches('/');
        let unscoped = format!("/{plain}");
        let mut ends = self.packages.iter().filter(|(package, _)| package.ends_with(&unscoped));
        let scoped = match (ends.next(), ends.next()) {
            (Some((_, folder)), None) => Some(folder),
            _ => None,
        };
        let folder = self.packages.get(plain).or(scoped).map_or(plain, String::as_str);
        match self.scripts.get(folder) {
            Some(scripts) => match scripts.get(name) {
                Some(&id) => Found::These(vec![id]),
                None => Found::Missing(no_script(folder, name)),
            },
            None => {
                Found::Unknown(format!("the workspace `{workspace}` is not one package of this repository"))
            }
        }
    }

    /// The scripts that run before and after a package script because of their names, such as
    /// `prerelease`. pnpm runs none unless it is told to.
    fn hooks(&self, facts: &Facts, id: FactId, found: &[FactId]) -> Vec<FactId> {
        let fact = facts.get(id);
        let runs_hooks = matches!(fact.text(command::PROGRAM), Some("npm" | "yarn" | "bun"));
        if !runs_hooks || fact.text(command::CALLS) != Some("package-script") {
            return Vec::new();
        }
        let name = fact.text(command::TARGET).unwrap_or_default();
        let holds =
            |scripts: &&FxHashMap<String, FactId>| scripts.get(name).is_some_and(|id| found.contains(id));
        let scripts = self.scripts.values().filter(holds);
        scripts
            .flat_map(|scripts| ["pre", "post"].map(|hook| scripts.get(&format!("{hook}{name}")).copied()))
            .flatten()
            .collect()
    }

    /// The scripts of that name in every package.
    fn everywhere(&self, name: &str) -> Found {
        let mut found: Vec<FactId> =
            self.scripts.values().filter_map(|scripts| scripts.get(name).copied()).collect();
        found.sort_unstable();
        if found.is_empty() { self.only_script(name) } else { Found::These(found) }
    }

    /// The one package script of that name, where the directory is not known.
    fn only_script(&self, name: &str) -> Found {
        let mut found = self.scripts.values().filter_map(|scripts| scripts.get(name));
        match (found.next(), found.next()) {
            (Some(&id), None) => Found::These(vec![id]),
            (Some(_), Some(_)) => Found::Unknown(format!(
                "several packages have a script `{name}`, and the working directory is not known"
            )),
            (None, _) if self.scripts.is_empty() => {
                Found::Unknown(format!("this repository has no package that could have a script `{name}`"))
            }
            (None, _) => Found::Missing(format!("no package of this repository has a script `{name}`")),
        }
    }

    /// The script file: as named, or – in an image, where the repository lies under another folder –
    /// the one whose path ends so.
    fn script_file(&self, fact: &Fact, repo: &Repo) -> Found {
        let path = fact.text(command::TARGET).unwrap_or_default();
        let direct = path.trim_start_matches("./").trim_start_matches('/');
        let from_config = matches!(fact.text(command::HOST), Some("release-command" | "fly-process"));
        let beside = if from_config {
            join(fact.text(command::DIRECTORY).unwrap_or_default(), direct)
        } else {
            String::new()
        };
        if let Some(&id) = self.files.get(&beside).or_else(|| self.files.get(direct)) {
            return Found::These(vec![id]);
        }
        if repo.exists(direct) {
            return Found::Unknown(format!("`{direct}` was not read"));
        }
        let absolute = path.starts_with('/');
        let in_image = fact.text(command::HOST).is_some_and(|host| IMAGE_HOSTS.contains(&host));
        // No path of a real script is as long, and each of its ends is looked up.
        if path.len() > 1024 {
            return Found::Unknown("its path is longer than any file's".to_owned());
        }
        if absolute || in_image {
            let parts: Vec<&str> = direct.split('/').collect();
            for start in 0..parts.len() {
                let tail = parts[start..].join("/");
                let suffix = format!("/{tail}");
                let mut ends =
                    self.files.iter().filter(|(path, _)| **path == tail || path.ends_with(&suffix));
                match (ends.next(), ends.next()) {
                    (Some((_, &id)), None) => return Found::These(vec![id]),
                    (Some(_), Some(_)) => {
                        return Found::Unknown(format!("several files of this repository end with `{tail}`"));
                    }
                    (None, _) => {}
                }
            }
            if absolute || !self.folders.contains(folder_of(direct)) {
                return Found::Unknown(format!(
                    "no file of this repository ends with `{direct}`; the image may bring it"
                ));
            }
        }
        // What has no such ending may be a program that a build makes.
        let is_script = [".sh", ".bash", ".zsh"].iter().any(|ending| direct.ends_with(ending));
        if is_script && self.folders.contains(folder_of(direct)) {
            return Found::Missing(format!("there is no file `{direct}`"));
        }
        Found::Unknown(format!("there is no file `{direct}`; it may be made when this runs"))
    }
}

/// Hosts whose commands run in an image, where the working directory is the image's.
const IMAGE_HOSTS: &[&str] =
    &["release-command", "fly-process", "docker-start", "docker-run", "docker-healthcheck"];

/// Whether the directory that the command is said to run in is only assumed.
pub(super) fn is_adrift(fact: &Fact) -> bool {
    let host = fact.text(command::HOST).unwrap_or_default();
    IMAGE_HOSTS.contains(&host) || (host == "script" && fact.route.is_empty())
}

/// Whether the command runs in an image.
pub(super) fn is_in_image(fact: &Fact) -> bool {
    fact.text(command::HOST).is_some_and(|host| IMAGE_HOSTS.contains(&host))
}

fn no_script(folder: &str, name: &str) -> String {
    format!("`{}` has no script `{name}`", join(folder, "package.json"))
}

pub(super) use crate::read::host::folder_of;

/// `folder/path` without `.` and `..`; `path` alone for the root.
pub(super) fn join(folder: &str, path: &str) -> String {
    let mut parts: Vec<&str> = if path.starts_with('/') { Vec::new() } else { folder.split('/').collect() };
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop();
            }
            part => parts.push(part),
        }
    }
    parts.retain(|part| !part.is_empty());
    parts.join("/")
}
