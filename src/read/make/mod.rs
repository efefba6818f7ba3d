//! Makefiles: targets and their commands. Knows no which files are up to date, and nothing of what
//! the command line sets.

use std::sync::Arc;

use rustc_hash::FxHashSet;

use super::command::{self, Site};
use super::{Reader, Settings};
use crate::facts::words::{file, task, unresolved};
use crate::facts::{Fact, FactRef, Reading};
use crate::repo::Repo;
use crate::syntax::makefile::{self, Condition, Form, Makefile, Meaning, Piece};
use crate::syntax::shell::is_shell;
use crate::text::{FileId, Passage, Span, Weave, one_line};

mod expand;
mod functions;
mod include;
mod recipe;
mod targets;
mod variables;

use expand::{Expander, STEM, Scope, is_literal};
use targets::{Target, Targets};
use variables::Variables;

/// Most conditions that are told of one command.
const MAX_CONDITIONS: usize = 16;
/// A recipe is read once for each of its targets; this many bytes, or this many times the file, are
/// read in all.
const MAX_RECIPES: usize = 1 << 20;
const MAX_REPEATS: usize = 4;
/// Most prerequisites without a rule that are compared with the targets.
const MAX_MISSPELT: usize = 200;

/// Reads a Makefile.
#[must_use]
pub fn read(repo: &Repo, id: FileId, settings: &Settings) -> Reading {
    let mut out = Reading::default();
    let passage = repo.passage(id);
    let path = repo.path(id);
    let folder = include::folder(repo, path);
    let start = Span::point(id, 0);
    let parsed = makefile::parse(&passage);
    out.findings.extend(parsed.faults.iter().map(|fault| fault.finding(&passage)));
    let mut makefiles = vec![parsed];
    let includes = include::included(repo, id, folder, &mut makefiles);
    let mut fact = Fact::new(file::KIND, start)
        .with(file::PATH, Arc::clone(&repo.file(id).path), start)
        .with(file::READER, Reader::Make.name(), start);
    if let Some((_, first)) = includes.first() {
        fact.set(file::INCLUDES, includes.clone(), *first);
    }
    let parent = out.add(fact);
    let Some(makefile) = makefiles.first() else { return out };
    calls(&mut out, makefile, parent);

    let variables = Variables::of(&makefiles, passage.text());
    let name = path.rsplit('/').next().unwrap_or(path);
    let mut expander = Expander::new(&variables, name);
    let targets = Targets::of(makefile, &mut expander);
    let others: Vec<_> = makefiles.iter().skip(1).map(|other| Targets::of(other, &mut expander)).collect();
    let all = others.iter().chain([&targets]).flat_map(|targets| &targets.all);
    let known: FxHashSet<&str> = all.filter(|it| !it.is_empty()).map(|it| it.name.as_str()).collect();
    let shell = Shell::of(&variables, &mut expander, &targets);
    let goal = variables.always(".DEFAULT_GOAL").map(|goal| expander.text(goal).trim().to_owned());
    let default = goal.as_deref().or_else(|| targets.first()).map(str::to_owned);
    let site = Site {
        host: "target",
        phase: None,
        parent: Some(parent),
        directory: Some(folder.to_owned()),
        errexit: shell.errexit,
        pipefail: shell.pipefail,
        ignored: None,
        guard: Vec::new(),
        settings,
    };
    let budget = (passage.len() * MAX_REPEATS).max(MAX_RECIPES);
    let misspelt = misspelt(&targets, &known);
    let book =
        Book { makefile, targets: &targets, known: &known, misspelt: &misspelt, shell: &shell, default };
    let mut spent = 0;
    for target in &targets.all {
        book.task(&mut out, target, &mut expander, &site, (&mut spent, budget));
    }
    if let Some(span) = targets.unread {
        let reason = "the targets from here on have more prerequisites than are read";
        note(&mut out, parent, ("config", reason), "", span);
    }
    out
}

impl Target<'_> {
    /// Whether nothing happens for it, as for `FORCE:`.
    fn is_empty(&self) -> bool {
        self.needs.is_empty() && self.recipes.is_empty()
    }
}

/// What runs recipes.
struct Shell {
    errexit: bool,
    pipefail: bool,
    one: bool,
    /// The interpreter, where it is no shell.
    other: Option<String>,
}

impl Shell {
    fn of<'a>(variables: &Variables<'a>, expander: &mut Expander<'a>, targets: &Targets<'a>) -> Self {
        let mut text = |name: &str| variables.always(name).map(|value| expander.text(value));
        let flags = text(".SHELLFLAGS").unwrap_or_default();
        let flags: Vec<&str> = flags.split_ascii_whitespace().collect();
        let short = |letter: char| {
            flags.iter().any(|flag| flag.starts_with('-') && !flag.starts_with("--") && flag.contains(letter))
        };
        let shell = text("SHELL").filter(|shell| is_literal(shell));
        let other = shell.and_then(|shell| {
            let words: Vec<&str> = shell.split_ascii_whitespace().collect();
            let base = |word: &&str| word.rsplit(['/', '\\']).next().unwrap_or_default().to_owned();
            let is_one = words.iter().map(base).any(|name| is_shell(name.trim_end_matches(".exe")));
            words.first().filter(|_| !is_one).map(base)
        });
        Self {
            errexit: short('e') || flags.contains(&"errexit") || targets.special.contains_key(".POSIX"),
            pipefail: flags.contains(&"pipefail"),
            one: targets.special.contains_key(".ONESHELL"),
            other,
        }
    }
}

/// Prerequisites that no rule makes and that are a letter away from a target. Most others are files, which
/// may be there although they are in no repository.
fn misspelt<'a>(targets: &'a Targets<'_>, known: &FxHashSet<&str>) -> FxHashSet<&'a str> {
    let own: FxHashSet<&str> = targets.all.iter().map(|target| target.name.as_str()).collect();
    let needs = targets.all.iter().flat_map(|target| &target.needs).map(Passage::text);
    let unknown =
        needs.filter(|name| (5..40).contains(&name.len()) && !own.contains(name) && !known.contains(name));
    let near = |name: &&str| {
        let mut near = known.iter().filter(|known| known.len().abs_diff(name.len()) < 2);
        near.any(|known| strsim::osa_distance(known, name) == 1)
    };
    unknown.take(MAX_MISSPELT).filter(near).collect()
}

/// What is known of the whole file.
struct Book<'a> {
    makefile: &'a Makefile,
    targets: &'a Targets<'a>,
    /// Names and patterns of the targets here and in included files.
    known: &'a FxHashSet<&'a str>,
    misspelt: &'a FxHashSet<&'a str>,
    shell: &'a Shell,
    default: Option<String>,
}

impl<'a> Book<'a> {
    /// The task of a target, what it needs, and its commands.
    fn task(
        &self,
        out: &mut Reading,
        target: &'a Target<'a>,
        expander: &mut Expander<'a>,
        site: &Site<'_>,
        (spent, budget): (&mut usize, usize),
    ) {
        let place = target.place.span();
        let mut fact = Fact::new(task::KIND, place).inside(site.parent);
        fact.set(task::NAME, target.name.as_str(), place).set(task::RUNNER, "make", place);
        if self.default.as_deref() == Some(target.name.as_str()) {
            fact.set(task::DEFAULT, true, place);
        }
        let parent = out.add(fact);
        let site = Site { parent: Some(parent), ..site.clone() };
        expander.scope = Scope { variables: self.targets.variables(&target.name), ..Scope::default() };
        let bindings = bindings(expander);
        self.needs(out, target, &bindings, &site);
        for recipe in &target.recipes {
            let bytes: usize = recipe.rule.recipe.iter().map(|line| line.text.len()).sum();
            *spent += bytes;
            if *spent > budget {
                let reason = "its recipe is that of many targets, and it was read for the first of them";
                note(out, parent, ("script", reason), &target.name, place);
                continue;
            }
            expander.scope.target = Some(target.name.replace('%', STEM));
            expander.scope.prerequisites =
                target.needs.iter().map(|need| need.text().replace('%', STEM)).collect();
            expander.scope.stem =
                recipe.stem.clone().or_else(|| target.name.contains('%').then(|| STEM.to_owned()));
            self.recipe(out, target, recipe.rule, expander, &site);
        }
        let mut defaults: Vec<(Arc<str>, Arc<str>, Span)> = bindings;
        let met = expander.met().into_iter();
        defaults.extend(met.map(|(name, value, span)| (name.into(), value.into(), span)));
        if let Some((_, _, first)) = defaults.first() {
            let first = *first;
            out.fact_mut(parent).set(task::DEFAULTS, defaults, first);
        }
    }

    /// What a target needs is made first: each target among its prerequisites is a run of make.
    fn needs(
        &self,
        out: &mut Reading,
        target: &Target<'_>,
        bindings: &[(Arc<str>, Arc<str>, Span)],
        site: &Site<'_>,
    ) {
        let mut seen = FxHashSet::default();
        for need in &target.needs {
            let name = need.text();
            let known = self.known.contains(name) || self.matches(name) || self.misspelt.contains(name);
            if !known || name == target.name || !seen.insert(name) {
                continue;
            }
            let span = need.span();
            let mut whole = Weave::at(span);
            whole.put(span, "make ").keep_all(need);
            let mut program = Weave::at(span);
            program.put(span, "make");
            let mut words = vec![program.finish(), need.clone()];
            for (name, value, _) in bindings {
                let word = format!("{name}={value}");
                let mut binding = Weave::at(span);
                binding.put(span, &word);
                words.push(binding.finish());
                whole.put(span, &format!(" {word}"));
            }
            command::argv(out, &whole.finish(), &words, site);
        }
    }

    /// Whether `name` is made by a pattern that says more than a file's ending.
    fn matches(&self, name: &str) -> bool {
        let patterns = self.targets.all.iter().filter(|target| target.name.contains('%')).take(64);
        patterns.into_iter().any(|target| {
            !target.name.starts_with('%')
                && functions::stem(name, &target.name).is_some_and(|stem| !stem.is_empty())
        })
    }

    fn recipe(
        &self,
        out: &mut Reading,
        target: &Target<'_>,
        rule: &'a makefile::Rule,
        expander: &mut Expander<'a>,
        site: &Site<'_>,
    ) {
        if let (Some(other), Some(parent)) = (&self.shell.other, site.parent) {
            let reason = format!("recipes are run by `{other}`, which is no shell");
            note(out, parent, ("script", &reason), &target.name, target.place.span());
            return;
        }
        let all = self.targets.special.get(".IGNORE");
        let whole = self.targets.ignored.get(&target.name).or(all);
        for script in recipe::scripts(&rule.recipe, expander, self.shell.one) {
            let ignored = script.ignored.map(|span| (Arc::from("-"), span));
            let ignored = ignored.or_else(|| whole.map(|span| (Arc::from(".IGNORE"), *span)));
            let guard = guard(&self.makefile.conditions, script.condition);
            let site = Site { ignored, guard, ..site.clone() };
            command::shell(out, &script.text, &site);
        }
    }
}

/// The variables that are set for a target, as far as they are literal.
fn bindings(expander: &mut Expander<'_>) -> Vec<(Arc<str>, Arc<str>, Span)> {
    let mut own: Vec<_> = expander.scope.variables.values().copied().collect();
    own.sort_by_key(|assignment| assignment.name.span());
    let mut found = Vec::new();
    for assignment in own {
        let value = expander.text(&assignment.value);
        if is_literal(&value) {
            found.push((assignment.name.text().into(), value.trim().into(), assignment.value.span()));
        }
    }
    found
}

/// The conditions around something, outermost first.
fn guard(conditions: &[Condition], innermost: Option<usize>) -> Vec<(Arc<str>, Span)> {
    let at = |at: Option<usize>| at.and_then(|at| conditions.get(at));
    let chain = std::iter::successors(at(innermost), |condition| at(condition.outer));
    let mut found: Vec<_> = chain
        .take(MAX_CONDITIONS)
        .map(|condition| {
            let text = one_line(condition.text.text());
            let text = if condition.negated { format!("! {text}") } else { text };
            (text.into(), condition.text.span())
        })
        .collect();
    found.reverse();
    found
}

/// Says which lines only make can make something of.
fn calls(out: &mut Reading, makefile: &Makefile, parent: FactRef) {
    for item in &makefile.items {
        let Form::Call(line, recipe) = &item.form else { continue };
        let text = line.text();
        let silent = recipe.is_empty()
            && makefile::pieces(text, 0..text.len()).iter().all(|piece| match piece {
                Piece::Group { inner, .. } => match makefile::meaning(text, inner.clone()) {
                    Meaning::Function { name, arguments } => match name {
                        "info" | "warning" | "error" => true,
                        "eval" => {
                            arguments.first().is_some_and(|range| !text[range.clone()].contains("call "))
                        }
                        _ => false,
                    },
                    _ => false,
                },
                _ => true,
            });
        if !silent {
            let reason = "what this line expands to is known at run time only";
            note(out, parent, ("config", reason), text, line.span());
        }
    }
}

fn note(out: &mut Reading, parent: FactRef, (what, reason): (&'static str, &str), text: &str, span: Span) {
    let fact = Fact::new(unresolved::KIND, span)
        .inside(Some(parent))
        .with(unresolved::WHAT, what, span)
        .with(unresolved::REASON, reason, span)
        .with(unresolved::TEXT, one_line(text), span);
    out.add(fact);
}

#[cfg(test)]
mod tests;
