//! The rulebook as the command line speaks of it: names that people type, what a rule says about
//! itself, which rules are asked for.

use rustc_hash::FxHashSet;

use super::args::FailOn;
use crate::finding::{Severity, nearest};
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
    let rules: Vec<RuleInfo> = rulebook.rules.iter().map(info).collect();
    rulebook.rules.get(position(&rules, name)?).ok_or_else(|| unknown("rule", name, std::iter::empty()))
}

/// Sets the levels so that exactly the `selected` rules run (all that are on, where none is), without
/// the `ignored` ones.
///
/// # Errors
/// A message for a name that is neither a rule nor a family, and for no name at all.
pub fn choose(
    policy: &mut Policy,
    rulebook: &Rulebook,
    selected: &[String],
    ignored: &[String],
) -> Result<(), String> {
    for (option, names) in [("--select", selected), ("--ignore", ignored)] {
        if !names.is_empty() && names.iter().all(|name| name.trim().is_empty()) {
            return Err(format!("`{option}` names no rule; `deploylint rules` lists all of them"));
        }
    }
    let rules: Vec<RuleInfo> = rulebook.rules.iter().map(info).collect();
    let selected = positions(&rules, selected)?;
    let ignored = positions(&rules, ignored)?;
    for (index, rule) in rulebook.rules.iter().enumerate() {
        let is_selected = selected.as_ref().map(|selected| selected.contains(&index));
        let is_ignored = ignored.as_ref().is_some_and(|ignored| ignored.contains(&index));
        let level = chosen(policy.level(rule), rule.severity, is_selected, is_ignored);
        policy.levels.insert(rule.name.to_string(), level);
    }
    Ok(())
}

/// Whether `severity` makes a run fail that fails at `level`.
#[must_use]
pub fn fails(severity: Severity, level: FailOn) -> bool {
    match level {
        FailOn::Error => severity >= Severity::Error,
        FailOn::Warning => severity >= Severity::Warning,
        FailOn::Info => true,
        FailOn::Never => false,
    }
}

/// A rule's level, where rules are selected and where none is (`is_selected` is `None`).
fn chosen(level: Level, severity: Severity, is_selected: Option<bool>, is_ignored: bool) -> Level {
    match (level, is_selected) {
        _ if is_ignored => Level::Off,
        (_, Some(false)) => Level::Off,
        (Level::Off, Some(true)) => Level::At(severity),
        (level, _) => level,
    }
}

/// The rule of a name or of another linter's name for it: its index.
fn position(rules: &[RuleInfo], name: &str) -> Result<usize, String> {
    rules
        .iter()
        .position(|rule| is_called(rule, name))
        .ok_or_else(|| unknown("rule", name, rules.iter().map(|rule| rule.name.as_str())))
}

/// The rules (by index) that names of rules and families stand for; `None` without names.
fn positions(rules: &[RuleInfo], names: &[String]) -> Result<Option<FxHashSet<usize>>, String> {
    let mut found = None;
    for name in names.iter().map(|name| name.trim().trim_end_matches('/')).filter(|name| !name.is_empty()) {
        let meant = |rule: &RuleInfo| is_called(rule, name) || rule.family == name;
        let mut indices = (0..rules.len()).filter(|&index| meant(&rules[index])).peekable();
        if indices.peek().is_none() {
            let known = rules.iter().flat_map(|rule| [rule.name.as_str(), rule.family.as_str()]);
            return Err(unknown("rule or family", name, known));
        }
        found.get_or_insert_with(FxHashSet::default).extend(indices);
    }
    Ok(found)
}

/// Whether the name is the rule's, or another linter's with or without the linter
/// (`hadolint:DL3006`, `DL3006`).
fn is_called(rule: &RuleInfo, name: &str) -> bool {
    let is_alias = |alias: &String| alias == name || alias.rsplit(':').next() == Some(name);
    rule.name == name || rule.aliases.iter().any(is_alias)
}

fn unknown<'a>(what: &str, name: &str, known: impl Iterator<Item = &'a str>) -> String {
    let hint = match nearest(name, known) {
        Some(nearest) => format!("did you mean `{nearest}`?"),
        None => "`deploylint rules` lists them".to_owned(),
    };
    format!("there is no {what} `{name}`; {hint}")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn book() -> Vec<RuleInfo> {
        let rule = |name: &str, aliases: &[&str]| RuleInfo {
            name: name.to_owned(),
            family: name.split('/').next().unwrap_or_default().to_owned(),
            summary: String::new(),
            severity: Severity::Warning.into(),
            default: OnOff::On,
            since: "0.1".to_owned(),
            tags: Vec::new(),
            aliases: aliases.iter().map(|&alias| alias.to_owned()).collect(),
            parameters: std::collections::BTreeMap::new(),
            fixable: false,
            on: "command".to_owned(),
        };
        vec![
            rule("deploy/builds-remotely", &[]),
            rule("deploy/rebuilds-on-promote", &[]),
            rule("docker/floating-base-image", &["hadolint:DL3006"]),
        ]
    }

    fn found(names: &[&str]) -> Result<Option<Vec<usize>>, String> {
        let names: Vec<String> = names.iter().map(|&name| name.to_owned()).collect();
        let sorted = |found: FxHashSet<usize>| {
            let mut found: Vec<usize> = found.into_iter().collect();
            found.sort_unstable();
            found
        };
        Ok(positions(&book(), &names)?.map(sorted))
    }

    #[test]
    fn rules_are_named_by_name_family_and_alias() {
        assert_eq!(found(&[]), Ok(None));
        assert_eq!(found(&["", " deploy/builds-remotely "]), Ok(Some(vec![0])));
        assert_eq!(found(&["deploy/", "DL3006"]), Ok(Some(vec![0, 1, 2])));
        assert_eq!(found(&["hadolint:DL3006"]), Ok(Some(vec![2])));
        assert_eq!(position(&book(), "DL3006"), Ok(2));
    }

    #[test]
    fn selected_rules_run_although_they_are_off_and_ignored_ones_do_not() {
        let (off, error) = (Level::Off, Level::At(Severity::Error));
        let warning = Level::At(Severity::Warning);
        assert_eq!(chosen(error, Severity::Warning, None, false), error);
        assert_eq!(chosen(off, Severity::Warning, None, false), off);
        assert_eq!(chosen(off, Severity::Warning, Some(true), false), warning);
        assert_eq!(chosen(error, Severity::Warning, Some(true), false), error, "the policy's level stays");
        assert_eq!(chosen(error, Severity::Warning, Some(false), false), off);
        assert_eq!(chosen(error, Severity::Warning, Some(true), true), off);
    }

    #[test]
    fn an_unknown_name_says_what_was_meant() {
        let told = found(&["deploy/build-remotely"]).unwrap_err();
        assert!(told.ends_with("did you mean `deploy/builds-remotely`?"), "{told}");
        let told = found(&["dokcer"]).unwrap_err();
        assert!(told.ends_with("did you mean `docker`?"), "{told}");
        let told = position(&book(), "floating-base-img").unwrap_err();
        assert!(told.ends_with("did you mean `docker/floating-base-image`?"), "{told}");
        let told = found(&["zzz"]).unwrap_err();
        assert!(told.ends_with("lists them"), "{told}");
    }
}
