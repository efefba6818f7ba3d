//! The rulebook as the command line speaks of it: names that people type, what a rule says about
//! itself, which rules are asked for.

use crate::finding::Severity;
use crate::policy::{Level, Policy};
use crate::report::rules::{Default as OnOff, RuleInfo};
use crate::rules::{Parameter, Rule, Rulebook};

/// What `rule` says about itself.
#[must_use]
pub fn info(rule: &Rule) -> RuleInfo {
    RuleInfo {
        name: rule.name.to_string(),
        family: rule.family().to_owned(),
        summary: rule.title.clone(),
        severity: rule.severity.into(),
        default: if rule.on_by_default { OnOff::On } else { OnOff::Off },
        since: rule.since.clone(),
        tags: rule.tags.clone(),
        aliases: rule.aliases.clone(),
        parameters: rule.parameters.iter().map(|(name, value)| (name.clone(), value_of(value))).collect(),
        fixable: rule.fixable,
        on: rule.on.name().to_owned(),
    }
}

fn value_of(parameter: &Parameter) -> serde_json::Value {
    match parameter {
        Parameter::Bool(value) => (*value).into(),
        Parameter::Int(value) => (*value).into(),
        Parameter::Text(value) => value.clone().into(),
        Parameter::List(items) => items.clone().into(),
    }
}

/// The rule of a name or of another linter's name for it.
///
/// # Errors
/// A message with the name that was probably meant.
pub fn rule<'a>(rulebook: &'a Rulebook, name: &str) -> Result<&'a Rule, String> {
    let known = |rule: &&Rule| rule.name.as_ref() == name || rule.aliases.iter().any(|alias| alias == name);
    rulebook.rules.iter().find(known).ok_or_else(|| {
        let names = rulebook.rules.iter().map(|rule| rule.name.as_ref());
        unknown("rule", name, names)
    })
}

/// Sets the levels so that exactly the `selected` rules run (all that are on, where none is), without
/// the `ignored` ones.
///
/// # Errors
/// A message for a name that is neither a rule nor a family.
pub fn choose(
    policy: &mut Policy,
    rulebook: &Rulebook,
    selected: &[String],
    ignored: &[String],
) -> Result<(), String> {
    let selected = matches_of(rulebook, selected)?;
    let ignored = matches_of(rulebook, ignored)?;
    for (index, rule) in rulebook.rules.iter().enumerate() {
        let is_selected = selected.contains(&index);
        let level = match policy.level(rule) {
            _ if ignored.contains(&index) || (!selected.is_empty() && !is_selected) => Level::Off,
            Level::Off if is_selected => Level::At(rule.severity),
            _ => continue,
        };
        policy.levels.insert(rule.name.to_string(), level);
    }
    Ok(())
}

/// Whether `severity` makes a run fail that fails at `level`.
#[must_use]
pub fn fails(severity: Severity, level: super::args::FailOn) -> bool {
    use super::args::FailOn;
    match level {
        FailOn::Error => severity >= Severity::Error,
        FailOn::Warning => severity >= Severity::Warning,
        FailOn::Info => true,
        FailOn::Never => false,
    }
}

/// The rules (by index) that names of rules, aliases and families stand for.
fn matches_of(rulebook: &Rulebook, names: &[String]) -> Result<Vec<usize>, String> {
    let mut found = Vec::new();
    for name in names.iter().map(|name| name.trim().trim_end_matches('/')).filter(|name| !name.is_empty()) {
        let known = |rule: &Rule| {
            rule.name.as_ref() == name
                || rule.family() == name
                || rule.aliases.iter().any(|alias| alias == name)
        };
        let before = found.len();
        found.extend(
            rulebook.rules.iter().enumerate().filter(|(_, rule)| known(rule)).map(|(index, _)| index),
        );
        if found.len() == before {
            let rules = rulebook.rules.iter().map(|rule| rule.name.as_ref());
            return Err(unknown("rule or family", name, rules.chain(rulebook.families())));
        }
    }
    Ok(found)
}

fn unknown<'a>(what: &str, name: &str, known: impl Iterator<Item = &'a str>) -> String {
    let hint = match nearest(name, known) {
        Some(nearest) => format!("did you mean `{nearest}`?"),
        None => "`deploylint rules` lists them".to_owned(),
    };
    format!("there is no {what} `{name}`; {hint}")
}

/// The known name that was probably meant: the whole name, or the part behind the family.
fn nearest<'a>(name: &str, known: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    let score = |known: &str| {
        let last = known.rsplit('/').next().unwrap_or(known);
        strsim::jaro_winkler(name, known).max(strsim::jaro_winkler(name, last))
    };
    known
        .map(|known| (score(known), known))
        .filter(|(score, _)| *score > 0.8)
        .max_by(|a, b| a.0.total_cmp(&b.0).then(b.1.cmp(a.1)))
        .map(|(_, known)| known)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::{FileId, Passage};

    fn book() -> Rulebook {
        let rule = |name: &str, words: &str| {
            let text = format!(
                "# Title\n\n```toml rule\nseverity = \"warning\"\non = \"command\"\nmessage = \"x\"\n{words}```\n"
            );
            crate::rules::parse(name, &Passage::file(FileId(0), text.into())).unwrap()
        };
        Rulebook {
            rules: vec![
                rule("deploy/builds-remotely", ""),
                rule("deploy/rebuilds-on-promote", "default = \"off\"\n"),
                rule("docker/floating-base-image", "aliases = [\"DL3006\"]\n"),
            ],
        }
    }

    fn levels(selected: &[&str], ignored: &[&str]) -> Result<Vec<bool>, String> {
        let owned = |names: &[&str]| names.iter().map(|&name| name.to_owned()).collect::<Vec<_>>();
        let (book, mut policy) = (book(), Policy::default());
        choose(&mut policy, &book, &owned(selected), &owned(ignored))?;
        Ok(book.rules.iter().map(|rule| policy.level(rule) != Level::Off).collect())
    }

    #[test]
    fn selects_exactly_and_ignores() {
        assert_eq!(levels(&[], &[]), Ok(vec![true, false, true]));
        assert_eq!(levels(&["deploy"], &[]), Ok(vec![true, true, false]));
        assert_eq!(levels(&["deploy", "DL3006"], &["deploy/builds-remotely"]), Ok(vec![false, true, true]));
        assert_eq!(levels(&[], &["docker"]), Ok(vec![true, false, false]));
    }

    #[test]
    fn says_what_was_meant() {
        let told = levels(&["deploy/build-remotely"], &[]).unwrap_err();
        assert!(told.ends_with("did you mean `deploy/builds-remotely`?"), "{told}");
        let told = levels(&[], &["dokcer"]).unwrap_err();
        assert!(told.ends_with("did you mean `docker`?"), "{told}");
        let told = rule(&book(), "floating-base-img").map(|rule| rule.name.clone()).unwrap_err();
        assert!(told.ends_with("did you mean `docker/floating-base-image`?"), "{told}");
        assert!(rule(&book(), "DL3006").is_ok());
        let told = levels(&["zzz"], &[]).unwrap_err();
        assert!(told.ends_with("lists them"), "{told}");
    }
}
