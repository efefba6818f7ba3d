//! From the text of a policy file to a policy, or to everything that is wrong with it.

use std::collections::BTreeMap;
use std::ops::Range;

use globset::GlobMatcher;

use super::{Level, Policy};
use crate::facts::words::EFFECTS;
use crate::facts::{Environment, ProgramNote, glob};
use crate::finding::{Finding, Severity, nearest};
use crate::read::Reader as FileReader;
use crate::rules::{Parameter, Rule, Rulebook};
use crate::syntax::toml::{self, Data, Entry, Node, Table};
use crate::text::Passage;

mod migrations;

/// The rule name of findings about the policy file.
const POLICY: &str = "policy";

const KEYS: &[&str] = &["exclude", "environments", "rules", "files", "programs", "migrations"];
const ENVIRONMENT_KEYS: &[&str] = &["protected", "apps", "configs", "github", "words", "branches"];
const PROGRAM_KEYS: &[&str] = &["program", "words", "effects", "retired", "only-in"];
const LEVELS: &[&str] = &["off", "info", "warning", "error"];

/// Reads a policy file against the rules that it may name.
pub fn parse(file: &Passage, rulebook: &Rulebook) -> Result<Policy, Vec<Finding>> {
    let (root, faults) = toml::parse(file);
    let mut reader = Reader { file, rulebook, findings: Vec::new(), policy: Policy::default() };
    for fault in faults {
        reader.fail(fault.range, fault.message, fault.help);
    }
    // What a faulty file seems to say would only be a second complaint about the same words.
    if !reader.findings.is_empty() {
        return Err(reader.findings);
    }
    reader.root(&root);
    reader.findings.sort_by_key(|finding| finding.primary.span.start);
    if reader.findings.is_empty() { Ok(reader.policy) } else { Err(reader.findings) }
}

struct Reader<'a> {
    file: &'a Passage,
    rulebook: &'a Rulebook,
    findings: Vec<Finding>,
    policy: Policy,
}

impl Reader<'_> {
    fn root(&mut self, root: &Table) {
        for entry in &root.entries {
            match entry.key.as_str() {
                "exclude" => self.policy.exclude = self.path_globs(&entry.node, "`exclude`"),
                "environments" => self.environments(&entry.node),
                "rules" => self.rules(&entry.node),
                "files" => self.files(&entry.node),
                "programs" => self.programs(&entry.node),
                "migrations" => self.migrations(&entry.node),
                _ => self.unknown(entry, "is no key of a policy file", KEYS),
            }
        }
    }

    /// Declared environments: one that exists keeps what is not given; new ones come first, so that
    /// the team's words win over the usual ones.
    fn environments(&mut self, node: &Node) {
        let Some(table) = self.table(node, "`environments`", "[environments.production]") else { return };
        let mut new = Vec::new();
        let mut branches = BTreeMap::new();
        for entry in &table.entries {
            if entry.key.trim().is_empty() {
                let help = "name it as people call it: `[environments.production]`";
                let message = "this environment has no name".to_owned();
                self.fail(entry.key_range.clone(), message, Some(help.to_owned()));
                continue;
            }
            let what = format!("the environment `{}`", entry.key);
            let Some(table) = self.table(&entry.node, &what, &format!("[environments.{}]", entry.key)) else {
                continue;
            };
            let old = self.policy.environments.get(&entry.key).cloned();
            let known = old.is_some();
            let mut environment = old.unwrap_or_default();
            environment.name.clone_from(&entry.key);
            for entry in &table.entries {
                self.environment_key(&mut environment, entry);
                if entry.key == "branches" {
                    self.branches(&environment.name, &entry.node, &mut branches);
                }
            }
            if known {
                let list = &mut self.policy.environments.list;
                if let Some(place) = list.iter_mut().find(|old| old.name.eq_ignore_ascii_case(&entry.key)) {
                    *place = environment;
                }
            } else {
                new.push(environment);
            }
        }
        new.append(&mut self.policy.environments.list);
        self.policy.environments.list = new;
    }

    /// A branch deploys to one environment: of two, the second would never be seen.
    fn branches<'t>(&mut self, environment: &str, node: &'t Node, seen: &mut BTreeMap<&'t str, String>) {
        for item in node.items() {
            let Some(branch) = item.as_text() else { continue };
            let first = seen.entry(branch).or_insert_with(|| environment.to_owned()).clone();
            if first != environment {
                let message = format!("the branch `{branch}` deploys to `{first}` already");
                let help = "name it in one environment: which one a push deploys to has to be certain";
                self.fail(self.inside(item), message, Some(help.to_owned()));
            }
        }
    }

    fn environment_key(&mut self, environment: &mut Environment, entry: &Entry) {
        let what = format!("`{}`", entry.key);
        match entry.key.as_str() {
            "protected" => match entry.node.as_bool() {
                Some(protected) => environment.protected = protected,
                None => self.wrong(&entry.node, "`protected`", "true or false"),
            },
            "apps" => environment.apps = self.globs(&entry.node, &what),
            "configs" => environment.configs = self.path_globs(&entry.node, &what),
            "github" => environment.github = self.texts(&entry.node, &what),
            "words" => environment.words = self.texts(&entry.node, &what),
            "branches" => environment.branches = self.texts(&entry.node, &what),
            _ => self.unknown(entry, "is no key of an environment", ENVIRONMENT_KEYS),
        }
    }

    fn rules(&mut self, node: &Node) {
        let Some(table) = self.table(node, "`rules`", "[rules]") else { return };
        let rulebook = self.rulebook;
        for entry in &table.entries {
            if let Some(rule) = rulebook.get(&entry.key) {
                self.rule(entry, rule);
            } else if rulebook.families().contains(&entry.key.as_str()) {
                self.family(entry);
            } else {
                let names = rulebook.rules.iter().map(|rule| rule.name.as_ref()).chain(rulebook.families());
                let help = match nearest(&entry.key, names) {
                    Some(name) => format!("did you mean `{name}`?"),
                    None => "`deploylint rules` lists all rules and their families".to_owned(),
                };
                let message = format!("`{}` is neither a rule nor a family of rules", entry.key);
                self.fail(entry.key_range.clone(), message, Some(help));
            }
        }
    }

    fn rule(&mut self, entry: &Entry, rule: &Rule) {
        let Data::Table(table) = &entry.node.data else {
            return self.level(&rule.name, &entry.node);
        };
        for entry in &table.entries {
            if entry.key == "level" {
                self.level(&rule.name, &entry.node);
                continue;
            }
            let Some((name, default)) = rule.parameters.iter().find(|(name, _)| *name == entry.key) else {
                let parameters = rule.parameters.iter().map(|(name, _)| name.as_str());
                let known: Vec<&str> = std::iter::once("level").chain(parameters).collect();
                self.unknown(entry, &format!("is no parameter of `{}`", rule.name), &known);
                continue;
            };
            if let Some(value) = self.parameter(&entry.node, name, default) {
                let own = self.policy.parameters.entry(rule.name.clone()).or_default();
                own.insert(name.clone(), value);
            }
        }
    }

    fn family(&mut self, entry: &Entry) {
        let Data::Table(table) = &entry.node.data else {
            return self.level(&entry.key, &entry.node);
        };
        for inner in &table.entries {
            if inner.key == "level" {
                self.level(&entry.key, &inner.node);
            } else {
                let message =
                    format!("`{}` is a family of rules, which has a level and nothing else", entry.key);
                let help = "parameters belong to one rule: name it as `\"family/rule\" = { … }`";
                self.fail(inner.key_range.clone(), message, Some(help.to_owned()));
            }
        }
    }

    fn level(&mut self, name: &str, node: &Node) {
        let Some(word) = node.as_text() else {
            return self.wrong(node, "a level", "a string: \"off\", \"info\", \"warning\" or \"error\"");
        };
        let level = match word {
            "off" => Some(Level::Off),
            _ => Severity::parse(word).map(Level::At),
        };
        let Some(level) = level else {
            return self.fail(self.inside(node), format!("`{word}` is no level"), Some(choice(word, LEVELS)));
        };
        self.policy.levels.insert(name.to_owned(), level);
    }

    /// A parameter's value, which has the type of its default.
    fn parameter(&mut self, node: &Node, name: &str, default: &Parameter) -> Option<Parameter> {
        let value = match (default, &node.data) {
            (Parameter::Bool(_), Data::Bool(flag)) => Some(Parameter::Bool(*flag)),
            (Parameter::Int(_), Data::Int(number)) => Some(Parameter::Int(*number)),
            (Parameter::Text(_), Data::Text(text)) => Some(Parameter::Text(text.clone())),
            (Parameter::List(_), Data::List(items)) => {
                if let Some(item) = items.iter().find(|item| item.as_text().is_none()) {
                    self.wrong_item(item, &format!("`{name}`"), "a string");
                    return None;
                }
                Some(Parameter::List(items.iter().filter_map(Node::as_text).map(str::to_owned).collect()))
            }
            _ => None,
        };
        if value.is_none() {
            self.wrong(node, &format!("`{name}`"), default.kind());
        }
        value
    }

    fn files(&mut self, node: &Node) {
        let Some(table) = self.table(node, "`files`", "[files]") else { return };
        let names = FileReader::ALL.map(FileReader::name);
        for entry in &table.entries {
            if names.contains(&entry.key.as_str()) {
                let globs = self.path_globs(&entry.node, &format!("`{}`", entry.key));
                self.policy.files.extend(globs.into_iter().map(|glob| (entry.key.clone(), glob)));
            } else {
                self.unknown(entry, "is no reader of files", &names);
            }
        }
    }

    fn programs(&mut self, node: &Node) {
        let Data::List(items) = &node.data else {
            return self.wrong(node, "`programs`", "an array of tables: `[[programs]]`");
        };
        for item in items {
            if let Some(table) = self.table(item, "a program", "[[programs]]") {
                self.program(item, table);
            }
        }
    }

    fn program(&mut self, item: &Node, table: &Table) {
        let mut note = ProgramNote::default();
        for entry in &table.entries {
            match entry.key.as_str() {
                "program" => {
                    note.program = self.text(&entry.node, "`program`", "a string").unwrap_or_default();
                }
                "words" => note.words = self.texts(&entry.node, "`words`"),
                "effects" => note.effects = self.effects(&entry.node),
                "retired" => note.retired = self.text(&entry.node, "`retired`", "a string"),
                "only-in" => note.only_in = self.path_globs(&entry.node, "`only-in`"),
                _ => self.unknown(entry, "is no key of a program", PROGRAM_KEYS),
            }
        }
        let says = ["retired", "only-in"].iter().any(|key| table.get(key).is_some());
        for key in ["program", "effects"] {
            if table.get(key).is_none() && !(key == "effects" && says) {
                let help = "write the program's name and what it does: `program = \"shopctl\"`, `effects = [\"backup\"]`";
                self.fail(item.range.clone(), format!("this program lacks `{key}`"), Some(help.to_owned()));
            }
        }
        self.policy.programs.push(note);
    }

    fn effects(&mut self, node: &Node) -> Vec<String> {
        if matches!(&node.data, Data::List(items) if items.is_empty()) {
            let help = "name what the program does, or write [\"none\"]";
            self.fail(
                node.range.clone(),
                "`effects` is empty, so it says nothing".to_owned(),
                Some(help.to_owned()),
            );
        }
        let effects = self.texts(node, "`effects`");
        for item in node.items() {
            let Some(word) = item.as_text().filter(|word| !word.trim().is_empty()) else { continue };
            if !EFFECTS.contains(&word) {
                let help = choice(word, EFFECTS);
                self.fail(self.inside(item), format!("`{word}` is no effect"), Some(help));
            }
        }
        effects
    }

    /// Globs of names, such as those of apps.
    fn globs(&mut self, node: &Node, what: &str) -> Vec<GlobMatcher> {
        let patterns = self.patterns(node, what);
        patterns.iter().filter_map(|(item, pattern)| self.glob(item, pattern, pattern)).collect()
    }

    /// Globs of paths from the root. One that names a folder means all below it; a leading `/` or `./`
    /// is the root, which paths start from anyway.
    fn path_globs(&mut self, node: &Node, what: &str) -> Vec<GlobMatcher> {
        let mut globs = Vec::new();
        for (item, written) in self.patterns(node, what) {
            let mut path = written.as_str();
            while let Some(rest) = path.strip_prefix("./").or_else(|| path.strip_prefix('/')) {
                path = rest;
            }
            let name = path.trim_end_matches('/');
            if name.is_empty() || name == "." || name.split('/').any(|part| part == "..") {
                let message = format!("`{written}` matches no path of the repository");
                let help = "write it from the root, as in `legacy` or `packages/*/old/**`";
                self.fail(self.inside(item), message, Some(help.to_owned()));
                continue;
            }
            let Some(whole) = self.glob(item, &written, name) else { continue };
            globs.push(whole);
            if name.len() < path.len() || !name.contains(['*', '?', '[', '{']) {
                globs.extend(self.glob(item, &written, &format!("{name}/**")));
            }
        }
        globs
    }

    fn patterns<'n>(&mut self, node: &'n Node, what: &str) -> Vec<(&'n Node, String)> {
        let Data::List(items) = &node.data else {
            self.wrong(node, what, "an array of globs");
            return Vec::new();
        };
        items.iter().filter_map(|item| Some((item, self.item(item, what, "a glob")?))).collect()
    }

    /// The matcher of `pattern`, which `item` says as `written`.
    fn glob(&mut self, item: &Node, written: &str, pattern: &str) -> Option<GlobMatcher> {
        if written.starts_with('!') {
            let message = format!("`{written}` would match names that begin with `!`, not all others");
            let help = "write what is meant, without `!`; there is no way to take something out again";
            self.fail(self.inside(item), message, Some(help.to_owned()));
            return None;
        }
        match glob(pattern) {
            Ok(matcher) => Some(matcher),
            Err(error) => {
                let message = format!("`{written}` is no glob: {}", error.kind());
                let help = "`*` stands for a part of a name, `**` for folders, `{a,b}` for either of both";
                self.fail(self.inside(item), message, Some(help.to_owned()));
                None
            }
        }
    }

    fn texts(&mut self, node: &Node, what: &str) -> Vec<String> {
        let Data::List(items) = &node.data else {
            self.wrong(node, what, "an array of strings");
            return Vec::new();
        };
        items.iter().filter_map(|item| self.item(item, what, "a string")).collect()
    }

    /// One string of an array; an empty one selects nothing.
    fn item(&mut self, item: &Node, what: &str, expected: &str) -> Option<String> {
        if item.as_text().is_none() {
            self.wrong_item(item, what, expected);
            return None;
        }
        self.text(item, what, expected)
    }

    /// A string that says something.
    fn text(&mut self, node: &Node, what: &str, expected: &str) -> Option<String> {
        match node.as_text() {
            Some(text) if !text.trim().is_empty() => Some(text.to_owned()),
            Some(_) => {
                let message = format!("{what} has an empty string, which selects nothing");
                self.fail(node.range.clone(), message, Some("fill it in, or remove it".to_owned()));
                None
            }
            None => {
                self.wrong(node, what, expected);
                None
            }
        }
    }

    fn table<'t>(&mut self, node: &'t Node, what: &str, example: &str) -> Option<&'t Table> {
        let table = node.as_table();
        if table.is_none() {
            self.wrong(node, what, &format!("a table: `{example}`"));
        }
        table
    }

    fn unknown(&mut self, entry: &Entry, problem: &str, known: &[&str]) {
        let help = choice(&entry.key, known);
        self.fail(entry.key_range.clone(), format!("`{}` {problem}", entry.key), Some(help));
    }

    fn wrong(&mut self, node: &Node, what: &str, expected: &str) {
        self.fail(node.range.clone(), format!("{what} is {expected}, and this is {}", node.kind()), None);
    }

    fn wrong_item(&mut self, item: &Node, what: &str, expected: &str) {
        let message = format!("each item of {what} is {expected}, and this is {}", item.kind());
        self.fail(item.range.clone(), message, None);
    }

    /// A string's place without its quotes.
    fn inside(&self, node: &Node) -> Range<usize> {
        let words = self.file.text().get(node.range.clone()).unwrap_or_default();
        let bare = words.trim_matches(['"', '\'']);
        let start = node.range.start + (words.len() - words.trim_start_matches(['"', '\'']).len());
        if bare.is_empty() || bare.contains('\n') { node.range.clone() } else { start..start + bare.len() }
    }

    /// Adds a finding at the first line of `range`.
    fn fail(&mut self, range: Range<usize>, message: String, help: Option<String>) {
        let words = self.file.text().get(range.clone()).unwrap_or_default();
        let first = words.lines().next().unwrap_or_default();
        let at = self.file.locate(range.start..range.start + first.len());
        let finding = Finding::new(POLICY, Severity::Error, message, at);
        self.findings.push(match help {
            Some(help) => finding.help(help),
            None => finding,
        });
    }
}

/// The nearest of the known words as a question, or all of them.
fn choice(word: &str, known: &[&str]) -> String {
    if let Some(known) = nearest(word, known.iter().copied()) {
        return format!("did you mean `{known}`?");
    }
    let all: Vec<String> = known.iter().map(|known| format!("`{known}`")).collect();
    format!("it is one of {}", all.join(", "))
}
