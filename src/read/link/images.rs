//! What the migrations of an app need in its image and the image does not have: their files, the SQL that
//! they read, the program that runs them. Says nothing where an image may have it.

use rustc_hash::{FxHashMap, FxHashSet};

use super::globs::BUILT;
use super::rollout::{Group, apps, groups};
use super::sources::written;
use crate::facts::words::{
    command, data_source, file, fly_config, image_gap as gap, migration, release, schema_change, script,
};
use crate::facts::{Fact, FactId, Facts, Step};
use crate::read::image::contents::{Contents, Context, Holds, Need, Packages, behind};
use crate::repo::Repo;
use crate::syntax::json;
use crate::text::{FileId, Span};

/// The most gaps of one image.
const MOST: usize = 8;

pub(super) fn link(facts: &mut Facts, repo: &Repo) {
    let groups = groups(facts, repo);
    let apps = apps(facts, repo);
    if groups.is_empty() || apps.is_empty() {
        return;
    }
    let migrating: Vec<FactId> = facts
        .of_kind(command::KIND)
        .iter()
        .copied()
        .filter(|&id| facts.get(id).has(command::EFFECTS, "migrate"))
        .collect();
    let builds = Builds::gather(facts, repo);
    let mut found: Vec<(Fact, FactId)> = Vec::new();
    let mut seen: FxHashSet<(Span, String)> = FxHashSet::default();
    for app in &apps {
        let mine = app.groups(&groups, apps.len());
        for &config in &app.configs {
            let Some(image) = Image::of(facts, repo, &builds, config) else { continue };
            let mut left = MOST;
            for &id in &migrating {
                let Some(phase) = image.runs(facts, config, id) else { continue };
                for (what, step) in image.lacks(facts, repo, &mine, id) {
                    let fact = facts.get(id);
                    let span = fact.get(command::TEXT).map_or(fact.span, |slot| slot.span);
                    if left == 0 || !seen.insert((span, what.text().to_owned())) {
                        continue;
                    }
                    left -= 1;
                    found.push((told(fact, &image, &what, step, phase), id));
                }
            }
        }
    }
    for (fact, parent) in found {
        facts.add(fact, Some(parent));
    }
}

/// What an image lacks.
enum What {
    Path(String),
    Program(&'static str),
}

impl What {
    fn text(&self) -> &str {
        match self {
            Self::Path(path) => path,
            Self::Program(name) => name,
        }
    }
}

fn told(fact: &Fact, image: &Image<'_>, what: &What, step: Step, phase: &'static str) -> Fact {
    let span = fact.get(command::TEXT).map_or(fact.span, |slot| slot.span);
    let mut gap = Fact::new(gap::KIND, span)
        .with(gap::COMMAND, fact.text(command::TEXT).unwrap_or_default(), span)
        .with(gap::DOCKERFILE, image.path, span)
        .with(gap::PHASE, phase, span);
    match what {
        What::Path(path) => gap.set(gap::PATH, path.as_str(), span),
        What::Program(name) => gap.set(gap::PROGRAM, *name, span),
    };
    gap.route = fact.route.clone();
    gap.route.push(step);
    gap
}

/// What is known of builds in the whole repository.
struct Builds<'f> {
    /// The command lines of package scripts by name.
    scripts: FxHashMap<&'f str, Vec<&'f str>>,
    /// Packages that are development dependencies and nothing else.
    for_development: FxHashSet<String>,
    /// Whether the builder of Nest copies more than code.
    assets: bool,
}

impl<'f> Builds<'f> {
    fn gather(facts: &'f Facts, repo: &Repo) -> Self {
        let mut scripts: FxHashMap<&str, Vec<&str>> = FxHashMap::default();
        for &id in facts.of_kind(script::KIND) {
            let fact = facts.get(id);
            if let (Some(name), Some(text)) = (fact.text(script::NAME), fact.text(script::TEXT)) {
                scripts.entry(name).or_default().push(text);
            }
        }
        let mut development = FxHashSet::default();
        let mut others: FxHashSet<String> = FxHashSet::default();
        for &id in facts.of_kind(file::KIND) {
            let fact = facts.get(id);
            if fact.text(file::READER) != Some("package") {
                continue;
            }
            let (Some(root), _) = json::parse(&repo.passage(fact.span.file)) else { continue };
            let names = |key: &str| -> Vec<String> {
                let entries = root.get(key).map(|entry| entry.node.entries()).unwrap_or_default();
                entries.iter().map(|entry| entry.key.text().to_owned()).collect()
            };
            development.extend(names("devDependencies"));
            ["dependencies", "optionalDependencies", "peerDependencies"]
                .iter()
                .for_each(|key| others.extend(names(key)));
        }
        development.retain(|name| !others.contains(name));
        let assets = repo
            .paths()
            .filter(|path| path.ends_with("nest-cli.json"))
            .any(|path| repo.get(path).is_none_or(|id| repo.file(id).text.contains("\"assets\"")));
        Self { scripts, for_development: development, assets }
    }

    /// Whether a command may copy files that are no code.
    fn copies(&self, line: &str, depth: usize) -> bool {
        let words: Vec<&str> = line.split_whitespace().collect();
        let words: Vec<&str> = words
            .into_iter()
            .skip_while(|word| word.contains('=') || matches!(*word, "npx" | "exec" | "cross-env" | "bunx"))
            .collect();
        let Some(program) = words.first().map(|word| word.rsplit('/').next().unwrap_or(word)) else {
            return false;
        };
        match program {
            "tsc" | "tsc-alias" | "rimraf" | "rm" | "mkdir" | "echo" | "eslint" | "next" | "chmod"
            | "chown" => false,
            "nest" => self.assets,
            "prisma" => words.get(1) != Some(&"generate"),
            "npm" | "pnpm" | "yarn" | "bun" => {
                let own = words.iter().skip(1).filter(|word| !word.starts_with('-'));
                let name = own.into_iter().find(|word| !matches!(**word, "run" | "run-script"));
                let odd = words
                    .iter()
                    .any(|word| matches!(*word, "-r" | "--filter" | "-w" | "--workspace" | "workspace"));
                let Some(name) = name.filter(|_| !odd) else { return true };
                if matches!(*name, "ci" | "install" | "i" | "prune" | "cache" | "config" | "add") {
                    return false;
                }
                if depth > 4 || !self.scripts.contains_key(name) {
                    return !matches!(*name, "tsc");
                }
                let hooks = [format!("pre{name}"), (*name).to_owned(), format!("post{name}")];
                let lines = hooks.iter().filter_map(|name| self.scripts.get(name.as_str())).flatten();
                let mut parts = lines.flat_map(|line| line.split(['&', ';', '|']));
                parts.any(|part| !part.trim().is_empty() && self.copies(part.trim(), depth + 1))
            }
            _ => true,
        }
    }
}

/// The image of an app.
struct Image<'r> {
    path: &'r str,
    file: FileId,
    contents: Contents,
    builds: &'r Builds<'r>,
    /// Folders that it may be built from.
    roots: Vec<String>,
    ignored: FxHashMap<String, Ignored>,
}

impl<'r> Image<'r> {
    fn of(facts: &Facts, repo: &'r Repo, builds: &'r Builds<'r>, config: FactId) -> Option<Self> {
        let fact = facts.get(config);
        let elsewhere = fact.kind != fly_config::KIND
            || fact.get(fly_config::BUILD_IMAGE).is_some()
            || fact.get(fly_config::BUILDER).is_some();
        let text = &repo.file(fact.span.file).text;
        if elsewhere
            || text.contains("target") && (text.contains("build-target") || text.contains("build_target"))
        {
            return None;
        }
        // Another Dockerfile, another stage, or an image that is built elsewhere.
        let named = |id: &FactId| {
            let fact = facts.get(*id);
            let deploys =
                fact.text(command::PROGRAM) == Some("flyctl") && fact.text(command::VERB) == Some("deploy");
            let flags = ["dockerfile", "build-target", "target", "image"];
            let builds =
                fact.has(command::EFFECTS, "build-image") && fact.entry(command::FLAGS, "target").is_some();
            deploys && flags.iter().any(|flag| fact.entry(command::FLAGS, flag).is_some()) || builds
        };
        if facts.of_kind(command::KIND).iter().any(named) {
            return None;
        }
        let folder = folder(repo.path(fact.span.file));
        let path =
            fact.text(fly_config::DOCKERFILE).map_or_else(|| join(folder, "Dockerfile"), str::to_owned);
        let file = repo.get(&path)?;
        let path = repo.path(file);
        let contents = Contents::of(&repo.passage(file));
        let mut roots: Vec<String> = [folder, "", self::folder(path)].map(str::to_owned).to_vec();
        roots.dedup();
        roots.retain(|root| contents.taken().all(|taken| is_there(repo, root, taken)));
        let ignored = roots.iter().map(|root| (root.clone(), Ignored::of(repo, root, path))).collect();
        (!roots.is_empty()).then_some(Self { path, file, contents, builds, roots, ignored })
    }

    /// When a command runs in this image, if it does.
    fn runs(&self, facts: &Facts, config: FactId, id: FactId) -> Option<&'static str> {
        let runs = facts.runs();
        let entries = runs.frames_of(id).filter_map(|frame| runs.frames.get(frame as usize)).flatten();
        let mut units = entries.filter_map(|entry| runs.entries.get(*entry as usize)).map(|entry| entry.unit);
        let phase = facts.get(id).text(command::PHASE);
        units.find_map(|unit| {
            let fact = facts.get(unit);
            if fact.kind == release::KIND && facts.parent(unit) == Some(config) && phase == Some("release") {
                Some("release")
            } else if fact.span.file == self.file && phase == Some("start") {
                Some("start")
            } else {
                None
            }
        })
    }

    /// What the image lacks for a command, and what shows it.
    fn lacks(&self, facts: &Facts, repo: &Repo, groups: &[&Group<'_>], id: FactId) -> Vec<(What, Step)> {
        let fact = facts.get(id);
        let mut found = Vec::new();
        if let Some(program) = self.lacks_program(fact)
            && let Packages::Production(span) = self.contents.packages()
        {
            let text = "here without development dependencies".into();
            found.push((What::Program(program), Step { span, text }));
        }
        for (path, need) in needs(facts, repo, groups, fact) {
            if self.lacks_file(repo, &path, need)
                && let Some(span) = self.contents.last_place()
            {
                let own = folder(&path);
                // Each of Prisma's migrations has a folder of its own.
                let shown = if path.ends_with("/migration.sql") { folder(own) } else { own }.to_owned();
                let text = format!("this stage takes nothing of `{shown}`").into();
                found.push((What::Path(shown), Step { span, text }));
            }
        }
        found
    }

    fn lacks_file(&self, repo: &Repo, path: &str, need: Need) -> bool {
        self.roots.iter().all(|root| {
            let Some(own) = behind(path, root) else { return true };
            let files = Files { repo, root, ignored: self.ignored.get(root), builds: self.builds };
            self.contents.holds(own, need, &files) == Holds::No
        })
    }

    /// The package that a command needs and only development has.
    fn lacks_program(&self, fact: &Fact) -> Option<&'static str> {
        let text = fact.text(command::TEXT)?;
        let first = text.split_whitespace().find(|word| !word.contains('='))?;
        let in_script = fact.text(command::HOST) == Some("package-script");
        let needed = if text.contains("typeorm-ts-node") || text.contains("ts-node/register") {
            "ts-node"
        } else if in_script {
            ["prisma", "ts-node", "tsx", "typeorm", "dbmate"].into_iter().find(|name| *name == first)?
        } else {
            return None;
        };
        let only = self.builds.for_development.contains(needed);
        (only && !self.contents.runs_with(needed)).then_some(needed)
    }
}

/// The files that a command needs for its migrations, one for each folder.
fn needs(facts: &Facts, repo: &Repo, groups: &[&Group<'_>], fact: &Fact) -> Vec<(String, Need)> {
    let program = fact.text(command::PROGRAM).unwrap_or_default();
    let text = fact.text(command::TEXT).unwrap_or_default();
    let mut found: Vec<(String, Need)> = Vec::new();
    for group in groups {
        let typescript = ["ts-node", "tsx ", "bun "].iter().any(|word| text.contains(word));
        let own = group.tool == program || group.tool == "typeorm" && !matches!(program, "prisma" | "dbmate");
        let odd = ["schema", "config", "migrations-dir", "dir"]
            .iter()
            .any(|flag| fact.entry(command::FLAGS, flag).is_some());
        if !own || odd || !matches!(group.tool, "typeorm" | "prisma" | "dbmate") {
            continue;
        }
        let Some(&newest) = group.migrations.iter().max_by_key(|id| {
            let fact = facts.get(**id);
            (fact.int(migration::STAMP), repo.path(fact.span.file))
        }) else {
            continue;
        };
        let path = repo.path(facts.get(newest).span.file);
        let need = match group.tool {
            "typeorm" if !typescript && (is_typescript(path) || !taken_as_is(facts, path)) => Need::Compiled,
            _ => Need::Plain,
        };
        found.push((path.to_owned(), need));
        if group.tool == "typeorm" {
            // The SQL that migrations read.
            let mut sql: Vec<&str> = Vec::new();
            for &id in &group.migrations {
                let own = facts.get(id).span.file;
                for &child in facts.children(id) {
                    let change = facts.get(child);
                    let other = change.kind == schema_change::KIND && change.span.file != own;
                    let path = repo.path(change.span.file);
                    let is_up = change.text(schema_change::DIRECTION) == Some("up");
                    if other
                        && is_up
                        && path.ends_with(".sql")
                        && !sql.iter().any(|known| folder(known) == folder(path))
                    {
                        sql.push(path);
                    }
                }
            }
            found.extend(sql.into_iter().take(4).map(|path| (path.to_owned(), Need::Plain)));
        }
    }
    found
}

fn is_typescript(path: &str) -> bool {
    [".ts", ".mts", ".cts"].iter().any(|end| path.ends_with(end))
}

/// Whether a data source loads a file of JavaScript where it lies.
fn taken_as_is(facts: &Facts, path: &str) -> bool {
    let folder = folder(path);
    written(facts, data_source::KIND).into_iter().any(|id| {
        facts.get(id).list(data_source::GLOBS).iter().any(|(glob, _)| {
            let start = glob.trim_start_matches(['.', '/']).split(['*', '{', '!']).next().unwrap_or_default();
            let start = start.trim_end_matches('/');
            !start.is_empty()
                && !BUILT.contains(&start.split('/').next().unwrap_or_default())
                && folder.ends_with(start)
        })
    })
}

/// Whether what a stage takes is in the repository, or is made before.
fn is_there(repo: &Repo, root: &str, taken: &str) -> bool {
    let made = taken.split('/').any(|part| BUILT.contains(&part) || part == "node_modules");
    taken.is_empty() || made || taken.contains(['*', '?', '[']) || exists(repo, &join(root, taken))
}

fn exists(repo: &Repo, path: &str) -> bool {
    let start = format!("{path}/");
    repo.exists(path) || repo.paths_from(&start).next().is_some_and(|path| path.starts_with(&start))
}

fn join(folder: &str, name: &str) -> String {
    if folder.is_empty() { name.to_owned() } else { format!("{folder}/{name}") }
}

fn folder(path: &str) -> &str {
    path.rsplit_once('/').map_or("", |(folder, _)| folder)
}

/// The files of a build that starts from `root`.
struct Files<'r> {
    repo: &'r Repo,
    root: &'r str,
    ignored: Option<&'r Ignored>,
    builds: &'r Builds<'r>,
}

impl Context for Files<'_> {
    fn sends(&self, path: &str) -> bool {
        self.repo.exists(&join(self.root, path))
            && !self.ignored.is_some_and(|ignored| ignored.leaves_out(path))
    }

    fn exists(&self, path: &str) -> bool {
        exists(self.repo, &join(self.root, path))
    }

    fn copies(&self, command: &str) -> bool {
        self.builds.copies(command, 0)
    }
}

/// What a `.dockerignore` leaves out.
#[derive(Default)]
struct Ignored(Vec<(globset::GlobMatcher, bool)>);

impl Ignored {
    fn of(repo: &Repo, root: &str, dockerfile: &str) -> Self {
        let own = format!("{dockerfile}.dockerignore");
        let Some(id) = repo.get(&own).or_else(|| repo.get(&join(root, ".dockerignore"))) else {
            return Self::default();
        };
        let lines = repo.file(id).text.lines().map(|line| line.trim_start_matches('\u{feff}').trim());
        let patterns = lines.filter(|line| !line.is_empty() && !line.starts_with('#')).take(2_000);
        let made = patterns.filter_map(|line| {
            let (again, line) = line.strip_prefix('!').map_or((false, line), |line| (true, line));
            let pattern = line.trim_start_matches("./").trim_matches('/');
            let glob = globset::GlobBuilder::new(pattern).literal_separator(true).build().ok()?;
            Some((glob.compile_matcher(), !again))
        });
        Self(made.collect())
    }

    fn leaves_out(&self, path: &str) -> bool {
        let ends = memchr::memchr_iter(b'/', path.as_bytes()).chain([path.len()]);
        let parts: Vec<&str> = ends.filter_map(|end| path.get(..end)).collect();
        let mut out = false;
        for (glob, leaves) in &self.0 {
            if out != *leaves && parts.iter().any(|part| glob.is_match(part)) {
                out = *leaves;
            }
        }
        out
    }
}

#[cfg(test)]
mod tests;
