//! What names of modules mean that begin with no dot: the paths of a `tsconfig.json`, the packages of the
//! workspace, the imports of a `package.json`. Made once of all files. Knows no packages from elsewhere.

use std::collections::BTreeMap;

use super::library::{folder, join};
use crate::repo::Repo;
use crate::syntax::json::{self, Data, Node};

/// How many configurations are followed that extend each other.
const MAX_BASES: usize = 8;
/// The most paths that one name may mean.
const MAX_TARGETS: usize = 64;

/// The names of one repository.
#[derive(Debug, Default)]
pub struct Names {
    /// Configurations by their folder.
    configs: BTreeMap<String, Config>,
    /// Packages by their name.
    packages: BTreeMap<String, Package>,
    /// The `imports` of packages by their folder.
    imports: BTreeMap<String, Vec<Mapping>>,
}

/// A pattern with at most one star, and what it stands for: paths from the root, a star in each.
type Mapping = (String, Vec<String>);

#[derive(Debug, Default)]
struct Config {
    base: Option<String>,
    paths: Vec<Mapping>,
}

#[derive(Debug)]
struct Package {
    folder: String,
    /// What it exports, by the path behind its name; `.` is the package itself.
    exports: Vec<Mapping>,
    main: Vec<String>,
}

impl Names {
    #[must_use]
    pub fn of(repo: &Repo) -> Self {
        let mut names = Self::default();
        for path in repo.paths() {
            match path.rsplit('/').next().unwrap_or(path) {
                "tsconfig.json" => names.add_config(repo, path),
                "jsconfig.json" if !repo.exists(&within(folder(path), "tsconfig.json")) => {
                    names.add_config(repo, path);
                }
                "package.json" => names.add_package(repo, path),
                _ => {}
            }
        }
        names
    }

    fn add_config(&mut self, repo: &Repo, path: &str) {
        let mut config = Config::default();
        let mut at = path.to_owned();
        for _ in 0..MAX_BASES {
            let Some(node) = parse(repo, &at) else { break };
            let own = folder(&at).to_owned();
            let options = node.get("compilerOptions").map(|entry| &entry.node);
            let base = options.and_then(|options| text(options.get("baseUrl").map(|entry| &entry.node)));
            let base = base.and_then(|base| join(&own, base));
            if config.paths.is_empty()
                && let Some(paths) = options.and_then(|options| options.get("paths"))
            {
                let from = base.clone().unwrap_or_else(|| own.clone());
                for entry in paths.node.entries() {
                    let mut targets = Vec::new();
                    strings(&entry.node, &mut targets);
                    let targets = targets.into_iter().filter_map(|target| join(&from, &target)).collect();
                    config.paths.push((entry.key.text().to_owned(), targets));
                }
            }
            if config.base.is_none() {
                config.base = base;
            }
            let mut bases = Vec::new();
            if let Some(entry) = node.get("extends") {
                strings(&entry.node, &mut bases);
            }
            let next = bases.iter().rev().filter(|base| base.starts_with('.')).find_map(|base| {
                let stem = join(&own, base)?;
                [stem.clone(), format!("{stem}.json"), format!("{stem}/tsconfig.json")]
                    .into_iter()
                    .find(|path| repo.get(path).is_some())
            });
            let Some(next) = next else { break };
            at = next;
        }
        self.configs.insert(folder(path).to_owned(), config);
    }

    fn add_package(&mut self, repo: &Repo, path: &str) {
        let Some(node) = parse(repo, path) else { return };
        let own = folder(path).to_owned();
        if let Some(entry) = node.get("imports") {
            self.imports.insert(own.clone(), mappings(&own, &entry.node));
        }
        let Some(name) = text(node.get("name").map(|entry| &entry.node)) else { return };
        let exports = match node.get("exports").map(|entry| &entry.node) {
            Some(node) if node.entries().iter().any(|entry| entry.key.text().starts_with('.')) => {
                mappings(&own, node)
            }
            Some(node) => {
                let mut all = Vec::new();
                strings(node, &mut all);
                vec![(".".to_owned(), all.into_iter().filter_map(|target| join(&own, &target)).collect())]
            }
            None => Vec::new(),
        };
        let main = ["source", "types", "typings", "module", "main"].into_iter();
        let main = main.filter_map(|key| join(&own, text(node.get(key).map(|entry| &entry.node))?)).collect();
        let package = Package { folder: own, exports, main };
        self.packages.entry(name.to_owned()).or_insert(package);
    }

    /// The paths, without their ends, that a file at `path` may mean by `specifier`, the best first.
    #[must_use]
    pub fn stems(&self, path: &str, specifier: &str) -> Vec<String> {
        let mut stems = Vec::new();
        let around = || std::iter::successors(Some(folder(path)), |at| (!at.is_empty()).then(|| folder(at)));
        if specifier.starts_with('#') {
            let own = around().find_map(|folder| self.imports.get(folder));
            own.into_iter().for_each(|own| mapped(own, specifier, &mut stems));
        }
        // The nearest one is the one that the compiler reads.
        if let Some(config) = around().find_map(|folder| self.configs.get(folder)) {
            mapped(&config.paths, specifier, &mut stems);
            stems.extend(config.base.as_ref().map(|base| within(base, specifier)));
        }
        self.of_package(specifier, &mut stems);
        stems.truncate(MAX_TARGETS);
        stems
    }

    fn of_package(&self, specifier: &str, stems: &mut Vec<String>) {
        let parts = if specifier.starts_with('@') { 2 } else { 1 };
        let end = specifier.match_indices('/').nth(parts - 1).map_or(specifier.len(), |(at, _)| at);
        let (Some(name), Some(rest)) = (specifier.get(..end), specifier.get(end..)) else { return };
        let Some(package) = self.packages.get(name) else { return };
        let rest = rest.trim_start_matches('/');
        let mut built = Vec::new();
        let wanted = if rest.is_empty() { ".".to_owned() } else { format!("./{rest}") };
        mapped(&package.exports, &wanted, &mut built);
        if rest.is_empty() {
            built.extend(package.main.iter().cloned());
        } else {
            built.push(within(&package.folder, rest));
        }
        // What is built stands for its source.
        for path in built {
            let inner = path.strip_prefix(&package.folder).unwrap_or(&path).trim_start_matches('/');
            let source = inner
                .split_once('/')
                .filter(|(first, _)| matches!(*first, "dist" | "build" | "lib" | "out" | "esm" | "cjs"));
            if let Some((_, behind)) = source {
                stems.push(stem(&within(&package.folder, &format!("src/{behind}"))).to_owned());
            }
            stems.push(stem(&path).to_owned());
        }
        let inner = if rest.is_empty() { "index" } else { rest };
        stems.push(within(&package.folder, &format!("src/{inner}")));
        stems.push(within(&package.folder, inner));
    }
}

/// The path without the end of declarations, which stand for their source.
fn stem(path: &str) -> &str {
    let ends = [".d.ts", ".d.mts", ".d.cts"];
    ends.iter().find_map(|end| path.strip_suffix(end)).unwrap_or(path)
}

fn within(folder: &str, name: &str) -> String {
    join(folder, name).unwrap_or_default()
}

/// The targets of the pattern that fits a name best.
fn mapped(mappings: &[Mapping], name: &str, stems: &mut Vec<String>) {
    let fits = |pattern: &str| match pattern.split_once('*') {
        None => (pattern == name).then(String::new),
        Some((before, behind)) => {
            let inner = name.strip_prefix(before)?.strip_suffix(behind)?;
            Some(inner.to_owned())
        }
    };
    let found = mappings
        .iter()
        .filter_map(|(pattern, targets)| Some((pattern, targets, fits(pattern)?)))
        .max_by_key(|(pattern, ..)| (!pattern.contains('*'), pattern.find('*').unwrap_or(pattern.len())));
    if let Some((_, targets, inner)) = found {
        stems.extend(targets.iter().take(MAX_TARGETS).map(|target| target.replacen('*', &inner, 1)));
    }
}

fn mappings(own: &str, node: &Node) -> Vec<Mapping> {
    let entries = node.entries().iter().map(|entry| {
        let mut all = Vec::new();
        strings(&entry.node, &mut all);
        let targets = all.into_iter().filter_map(|target| join(own, &target)).collect();
        (entry.key.text().to_owned(), targets)
    });
    entries.collect()
}

fn parse(repo: &Repo, path: &str) -> Option<Node> {
    json::parse(&repo.passage(repo.get(path)?)).0
}

fn text(node: Option<&Node>) -> Option<&str> {
    match &node?.data {
        Data::Text(words) => Some(words.text()),
        _ => None,
    }
}

/// All texts in a value, in their order.
fn strings(node: &Node, found: &mut Vec<String>) {
    if found.len() >= MAX_TARGETS {
        return;
    }
    match &node.data {
        Data::Text(words) => found.push(words.text().to_owned()),
        Data::List(items) => items.iter().for_each(|item| strings(item, found)),
        Data::Object(entries) => entries.iter().for_each(|entry| strings(&entry.node, found)),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_found_by_the_nearest_configuration_and_by_packages() {
        let mut repo = Repo::default();
        for (path, text) in [
            (
                "tsconfig.json",
                "{ \"compilerOptions\": { \"paths\": { \"@/*\": [\"./root/*\"], \"@/db/*\": [\"db/*\"] } } }",
            ),
            (
                "app/tsconfig.json",
                "// 店\n{ \"extends\": \"../tsconfig.json\", \"compilerOptions\": { \"baseUrl\": \"src\" }, }",
            ),
            (
                "app/package.json",
                "{ \"name\": \"app\", \"imports\": { \"#db/*\": { \"default\": \"./db/*.js\" } } }",
            ),
            ("libs/a/package.json", "{ \"name\": \"@acme/a\", \"main\": \"dist/main.js\" }"),
            ("bad/tsconfig.json", "{ \"extends\": \"./tsconfig.json\", \"compilerOptions\": [] }"),
            ("bad/package.json", "[]"),
        ] {
            repo.insert(path, text.as_bytes().to_vec(), false);
        }
        let names = Names::of(&repo);
        assert_eq!(names.stems("x/y.ts", "@/a"), ["root/a"]);
        assert_eq!(names.stems("x/y.ts", "@/db/a"), ["db/a"]);
        assert_eq!(names.stems("app/y.ts", "@/a"), ["root/a", "app/src/@/a"]);
        assert_eq!(names.stems("app/y.ts", "#db/x")[0], "app/db/x.js");
        assert_eq!(
            names.stems("x.ts", "@acme/a"),
            ["libs/a/src/main.js", "libs/a/dist/main.js", "libs/a/src/index", "libs/a/index"]
        );
        assert_eq!(names.stems("x.ts", "@acme/a/b/c")[0], "libs/a/b/c");
        for odd in ["", "@", "@/", "/", "#", "*", "@acme", "..", "店"] {
            assert!(names.stems("bad/x.ts", odd).len() < 5, "{odd}");
        }
    }
}
