//! One recipe: the task, what it needs, and its body. Knows how just runs lines and scripts.

use std::sync::Arc;

use rustc_hash::{FxHashMap, FxHashSet};

use super::value::expansion;
use super::weave::Filler;
use super::{File, Shell, by_name, unknown};
use crate::facts::words::task;
use crate::facts::{Fact, FactRef, Reading};
use crate::read::command::{self, Site};
use crate::syntax::justfile::{Alias, Arity, Dependency, Form, Parameter, Recipe};
use crate::text::{Passage, Span};

/// Attributes that keep a recipe to some systems.
const SYSTEMS: &[&str] =
    &["unix", "linux", "macos", "windows", "android", "freebsd", "openbsd", "netbsd", "dragonfly"];

/// Reads all recipes of a file, and the aliases of recipes elsewhere.
pub(super) fn all(out: &mut Reading, file: &File<'_>, site: &Site<'_>) {
    let marked = file.parsed.recipes.iter().position(|recipe| recipe.attribute("default").is_some());
    let default = marked.unwrap_or(0);
    let mut aliases: FxHashMap<&str, Vec<(Arc<str>, Span)>> = FxHashMap::default();
    for alias in &file.parsed.aliases {
        let name = (alias.name.text().into(), alias.name.span());
        aliases.entry(alias.target.text()).or_default().push(name);
    }
    for (index, recipe) in file.parsed.recipes.iter().enumerate() {
        let parent = {
            let mut fact = task(file, recipe, index == default);
            if let Some(aliases) = aliases.remove(recipe.name.text()) {
                fact.set(task::ALIASES, aliases, recipe.name.span());
            }
            out.add(fact.inside(site.parent))
        };
        read(out, file, recipe, &of_recipe(file, recipe, parent, site));
    }
    let known = by_name(file.parsed);
    for alias in &file.parsed.aliases {
        if !known.contains_key(alias.target.text()) {
            elsewhere(out, file, alias, site);
        }
    }
}

/// An alias of a recipe in another file is a task that runs it.
fn elsewhere(out: &mut Reading, file: &File<'_>, alias: &Alias, site: &Site<'_>) {
    let span = alias.name.span();
    let mut fact = Fact::new(task::KIND, span)
        .with(task::NAME, alias.name.text(), span)
        .with(task::RUNNER, "just", span)
        .with(task::REQUIRED, 0, span);
    if alias.private {
        fact.set(task::PRIVATE, true, span);
    }
    let parent = out.add(fact.inside(site.parent));
    let (start, end) = range_in(file.passage, &alias.target);
    let dependency = Dependency { name: alias.target.clone(), arguments: Vec::new(), range: start..end };
    need(out, file, &dependency, &[], &Site { parent: Some(parent), ..site.clone() });
}

/// The range of a slice of the file in it: a file's passage says its own bytes.
fn range_in(file: &Passage, part: &Passage) -> (usize, usize) {
    let start = part.span().start.saturating_sub(file.span().start) as usize;
    (start, start + part.len())
}

fn task(file: &File<'_>, recipe: &Recipe, default: bool) -> Fact {
    let name = recipe.name.span();
    let span = file.passage.locate(recipe.head.clone());
    let mut fact = Fact::new(task::KIND, span).with(task::NAME, recipe.name.text(), name).with(
        task::RUNNER,
        "just",
        name,
    );
    parameters(&mut fact, file, recipe);
    if let Some(confirm) = recipe.attribute("confirm") {
        let text = file.scope.literal(&confirm.values).unwrap_or_default();
        fact.set(task::CONFIRM, text, confirm.name.span());
    }
    if recipe.name.text().starts_with('_') || recipe.attribute("private").is_some() {
        fact.set(task::PRIVATE, true, name);
    }
    fact.set(task::DEFAULT, default, name);
    let systems: Vec<(Arc<str>, Span)> = systems(recipe);
    if !systems.is_empty() {
        fact.set(task::SYSTEMS, systems, name);
    }
    fact
}

fn systems(recipe: &Recipe) -> Vec<(Arc<str>, Span)> {
    let names = recipe.attributes.iter().map(|attribute| &attribute.name);
    let systems = names.filter(|name| SYSTEMS.contains(&name.text()));
    systems.map(|name| (name.text().into(), name.span())).collect()
}

/// What a recipe takes. Parameters that `[arg]` makes options are none that words are counted for.
fn parameters(fact: &mut Fact, file: &File<'_>, recipe: &Recipe) {
    let name = recipe.name.span();
    let options: FxHashSet<&str> = recipe
        .attributes
        .iter()
        .filter(|attribute| attribute.name.text() == "arg")
        .filter(|attribute| attribute.keyed.iter().any(|(key, _)| matches!(key.text(), "long" | "short")))
        .filter_map(|attribute| match &attribute.values.first()?.form {
            Form::Text(text) => Some(text.text()),
            _ => None,
        })
        .collect();
    let is_option = |parameter: &Parameter| options.contains(parameter.name.text());
    let plain: Vec<&Parameter> = recipe.parameters.iter().filter(|parameter| !is_option(parameter)).collect();
    let place = match (recipe.parameters.first(), recipe.parameters.last()) {
        (Some(first), Some(last)) => {
            file.passage.locate(range_in(file.passage, &first.name).0..range_in(file.passage, &last.name).1)
        }
        _ => name,
    };
    let names: Vec<(Arc<str>, Span)> =
        plain.iter().map(|parameter| (parameter.name.text().into(), parameter.name.span())).collect();
    fact.set(task::PARAMETERS, names, place);
    let needed = |parameter: &&&Parameter| parameter.default.is_none() && parameter.arity != Arity::Any;
    if plain.len() == recipe.parameters.len() {
        let required = i64::try_from(plain.iter().filter(needed).count()).unwrap_or(i64::MAX);
        fact.set(task::REQUIRED, required, place);
        if plain.iter().all(|parameter| parameter.arity == Arity::One) {
            fact.set(task::MOST, i64::try_from(plain.len()).unwrap_or(i64::MAX), place);
        }
    } else {
        fact.set(task::REQUIRED, 0, place);
    }
    let before: Vec<&str> = recipe.parameters.iter().map(|parameter| parameter.name.text()).collect();
    let defaults: Vec<(Arc<str>, Arc<str>, Span)> = recipe
        .parameters
        .iter()
        .filter_map(|parameter| {
            let value = match &parameter.default {
                Some(default) => {
                    let value = file.scope.value(default, &before);
                    value.literal.then_some(value.text)?
                }
                None if parameter.arity == Arity::Any => String::new(),
                None => return None,
            };
            Some((parameter.name.text().into(), value.into(), parameter.name.span()))
        })
        .collect();
    if !defaults.is_empty() {
        fact.set(task::DEFAULTS, defaults, place);
    }
}

/// Where a recipe's commands run.
fn of_recipe<'s>(file: &File<'_>, recipe: &Recipe, parent: FactRef, site: &Site<'s>) -> Site<'s> {
    let mut site = Site { parent: Some(parent), ..site.clone() };
    if recipe.attribute("no-cd").is_some() {
        site.directory = None;
    }
    if let Some(attribute) = recipe.attribute("working-directory") {
        let path = file.scope.literal(&attribute.values);
        site.directory = site
            .directory
            .as_deref()
            .zip(path)
            .and_then(|(directory, path)| command::join_path(directory, &path));
    }
    // Elsewhere than on the systems that deploys run on, it does not run at all.
    let systems = systems(recipe);
    if !systems.is_empty() && !systems.iter().any(|(system, _)| matches!(&**system, "unix" | "linux")) {
        site.guard.extend(systems);
    }
    site
}

/// What a recipe runs, in order.
fn read(out: &mut Reading, file: &File<'_>, recipe: &Recipe, site: &Site<'_>) {
    let parameters: Vec<&str> = recipe.parameters.iter().map(|parameter| parameter.name.text()).collect();
    for dependency in &recipe.before {
        need(out, file, dependency, &parameters, site);
    }
    body(out, file, recipe, &parameters, site);
    for dependency in &recipe.after {
        need(out, file, dependency, &parameters, site);
    }
}

/// A recipe that is needed is a `just` of its name.
fn need(out: &mut Reading, file: &File<'_>, dependency: &Dependency, parameters: &[&str], site: &Site<'_>) {
    let (start, end) = range_in(file.passage, &dependency.name);
    let mut words = Vec::with_capacity(dependency.arguments.len() + 2);
    let swapped = |range: std::ops::Range<usize>, text: &str| {
        let mut derivation = file.passage.derive();
        derivation.swap(range, text);
        derivation.finish()
    };
    words.push(swapped(start..end, "just"));
    words.push(dependency.name.clone());
    for argument in &dependency.arguments {
        words.push(match &argument.form {
            Form::Text(text) => text.clone(),
            Form::Name(name) if parameters.contains(&name.text()) => {
                swapped(argument.range.clone(), &expansion(name.text()))
            }
            _ => swapped(argument.range.clone(), &file.scope.value(argument, parameters).text),
        });
    }
    let mut whole = file.passage.derive();
    whole.swap(start..start, "just ").keep(dependency.range.clone());
    command::argv(out, &whole.finish(), &words, site);
}

fn body(out: &mut Reading, file: &File<'_>, recipe: &Recipe, parameters: &[&str], site: &Site<'_>) {
    let text = file.passage.text();
    let script = recipe.attribute("script");
    let shebang = recipe.body.shebang(text);
    if recipe.body.is_empty() {
        return;
    }
    if script.is_none() && shebang.is_none() {
        return lines(out, file, recipe, parameters, site);
    }
    let shell = match (&shebang, script) {
        (Some(range), _) => {
            let words: Vec<&str> = text[range.start + 2..range.end].split_whitespace().collect();
            Shell::of_words(&words)
        }
        (None, script) => {
            let values = script.map(|script| script.values.as_slice()).unwrap_or_default();
            let fallback = file.parsed.setting("script-interpreter").map(|setting| setting.values.as_slice());
            let values = if values.is_empty() { fallback.unwrap_or_default() } else { values };
            let words: Vec<String> = values.iter().map(|value| file.scope.value(value, &[]).text).collect();
            let words: Vec<&str> = words.iter().map(String::as_str).collect();
            // just's own default is `sh -eu`.
            if words.is_empty() {
                Shell::Lines { errexit: true, pipefail: false }
            } else {
                Shell::of_words(&words)
            }
        }
    };
    let mut filler = Filler::new(file.passage, &file.scope, parameters);
    for line in &recipe.body.lines {
        for part in &line.parts {
            filler.part(part);
        }
        filler.keep(line.end.clone());
    }
    match shell {
        Shell::Lines { errexit, pipefail } => {
            command::shell(out, &filler.finish(), &Site { errexit, pipefail, ..site.clone() });
        }
        Shell::Other(program) => {
            let place = shebang.or_else(|| recipe.body.lines.first().map(|line| line.range.clone()));
            foreign(out, file, &not_read(&program), place.unwrap_or_default(), site);
        }
    }
}

/// Each line is a shell of its own.
fn lines(out: &mut Reading, file: &File<'_>, recipe: &Recipe, parameters: &[&str], site: &Site<'_>) {
    // On Windows alone the lines are PowerShell's or cmd's, where the justfile asks for it.
    let names = systems(recipe);
    let windows = !names.is_empty() && names.iter().all(|(system, _)| &**system == "windows");
    let asked = file.parsed.setting("windows-shell").is_some() || file.parsed.is_set("windows-powershell");
    if windows && asked {
        let place = recipe.body.lines.first().map(|line| line.range.clone()).unwrap_or_default();
        return foreign(out, file, "it runs on Windows alone, in a shell that is not read", place, site);
    }
    if let Shell::Other(program) = &file.shell {
        let place = recipe.body.lines.first().map(|line| line.range.clone()).unwrap_or_default();
        return foreign(out, file, &not_read(program), place, site);
    }
    for command in recipe.body.commands(file.passage.text()) {
        let mut filler = Filler::new(file.passage, &file.scope, parameters);
        for part in &command.parts {
            filler.part(part);
        }
        let ignored = command.ignored.map(|range| (Arc::from("-"), file.passage.locate(range)));
        command::shell(out, &filler.finish(), &Site { ignored, ..site.clone() });
    }
}

fn not_read(program: &str) -> String {
    format!("it runs in `{program}`, whose language is not read")
}

fn foreign(out: &mut Reading, file: &File<'_>, reason: &str, range: std::ops::Range<usize>, site: &Site<'_>) {
    let words = file.passage.text().get(range.clone()).unwrap_or_default();
    unknown(out, site.parent, reason, (words, file.passage.locate(range)));
}
