//! From a command to the package script, the script file, the local action or the workflow that it
//! runs.

use rustc_hash::FxHashMap;

use crate::facts::words::{command, file, job, package, script, step, unresolved, workflow};
use crate::facts::{Fact, FactId, Facts};
use crate::repo::Repo;
use crate::text::Span;

pub(super) fn link(facts: &mut Facts, repo: &Repo, targets: &Targets) {
    for id in facts.of_kind(command::KIND).to_vec() {
        resolve(facts, repo, targets, id);
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
        Some("function") => Found::Here,
        _ => return,
    };
    match found {
        Found::Fact(target) => {
            facts.get_mut(id).set(command::RESOLVED, true, span);
            facts.call(id, target);
        }
        Found::Here => {
            facts.get_mut(id).set(command::RESOLVED, true, span);
        }
        Found::Unknown(reason) => note(facts, id, span, &reason),
        Found::Missing(reason) => {
            facts.get_mut(id).set(command::RESOLVED, false, span);
            note(facts, id, span, &reason);
        }
    }
}

/// A `uses: ./…` of a step or job.
fn local(facts: &mut Facts, targets: &Targets, id: FactId, field: crate::facts::Field) {
    let Some(path) = facts.get(id).text(field).and_then(|uses| uses.strip_prefix("./")) else { return };
    let path = path.trim_end_matches('/');
    let names = [path.to_owned(), format!("{path}/action.yml"), format!("{path}/action.yaml")];
    if let Some(&target) = names.iter().find_map(|name| targets.files.get(name.as_str())) {
        facts.call(id, target);
    }
}

fn note(facts: &mut Facts, id: FactId, span: Span, reason: &str) {
    let text = facts.get(id).text(command::TEXT).unwrap_or_default().to_owned();
    let fact = Fact::new(unresolved::KIND, span)
        .with(unresolved::WHAT, "script", span)
        .with(unresolved::REASON, reason, span)
        .with(unresolved::TEXT, text, span);
    facts.add(fact, Some(id));
}

enum Found {
    Fact(FactId),
    /// In the same file: its commands are there anyway.
    Here,
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
}

impl Targets {
    pub(super) fn gather(facts: &Facts, repo: &Repo) -> Self {
        let mut targets = Self::default();
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

    /// The script of the nearest `package.json`, from the command's directory upwards, or of the
    /// workspace that its flags name.
    fn package_script(&self, fact: &Fact) -> Found {
        let name = fact.text(command::TARGET).unwrap_or_default();
        let workspace = ["filter", "workspace", "w"].iter().find_map(|flag| fact.entry(command::FLAGS, flag));
        if let Some((workspace, _)) = workspace {
            let by_name = self.packages.get(workspace).cloned();
            let by_path = workspace.trim_start_matches("./").trim_end_matches('/').to_owned();
            let folder = by_name.unwrap_or(by_path);
            return match self.scripts.get(&folder) {
                Some(scripts) => match scripts.get(name) {
                    Some(&id) => Found::Fact(id),
                    None => {
                        Found::Missing(format!("`{}` has no script `{name}`", join(&folder, "package.json")))
                    }
                },
                None => Found::Unknown(format!(
                    "the workspace `{workspace}` is not one package of this repository"
                )),
            };
        }
        let Some(directory) = fact.text(command::DIRECTORY) else {
            return self.only_script(name);
        };
        let mut folder = directory;
        loop {
            if let Some(scripts) = self.scripts.get(folder) {
                return match scripts.get(name) {
                    Some(&id) => Found::Fact(id),
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

    /// The one package script of that name, where the directory is not known.
    fn only_script(&self, name: &str) -> Found {
        let mut found = self.scripts.values().filter_map(|scripts| scripts.get(name));
        match (found.next(), found.next()) {
            (Some(&id), None) => Found::Fact(id),
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
        if let Some(&id) = self.files.get(direct) {
            return Found::Fact(id);
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
                    (Some((_, &id)), None) => return Found::Fact(id),
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
        if self.folders.contains(folder_of(direct)) {
            return Found::Missing(format!("there is no file `{direct}`"));
        }
        Found::Unknown(format!("there is no file `{direct}`; it may be made when this runs"))
    }
}

/// Hosts whose commands run in an image, where the working directory is the image's.
const IMAGE_HOSTS: &[&str] =
    &["release-command", "fly-process", "docker-start", "docker-run", "docker-healthcheck"];

/// Whether the directory that the command is said to run in is only assumed.
fn is_adrift(fact: &Fact) -> bool {
    let host = fact.text(command::HOST).unwrap_or_default();
    IMAGE_HOSTS.contains(&host) || (host == "script" && fact.route.is_empty())
}

fn no_script(folder: &str, name: &str) -> String {
    format!("`{}` has no script `{name}`", join(folder, "package.json"))
}

pub(super) fn folder_of(path: &str) -> &str {
    path.rsplit_once('/').map_or("", |(folder, _)| folder)
}

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
