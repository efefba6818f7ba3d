//! The words of commands as the host says them: a placeholder for `${{ … }}` is no word for people.

use crate::facts::words::{command, deployment, fault, image, schema_change, unresolved, variable};
use crate::facts::{Fact, Facts, Field};
use crate::read::command as commands;
use crate::read::placeholder;
use crate::repo::Repo;

/// Gives commands and images back the expressions that placeholders stand for.
pub(super) fn restore(facts: &mut Facts, repo: &Repo) {
    let fields: [(_, &[Field]); 7] = [
        (command::KIND, &[command::TEXT, command::IMAGE]),
        (image::KIND, &[image::TEXT]),
        (deployment::KIND, &[deployment::TEXT]),
        (fault::KIND, &[fault::TEXT]),
        (variable::KIND, &[variable::VALUE]),
        (
            schema_change::KIND,
            &[
                schema_change::TEXT,
                schema_change::STATEMENT,
                schema_change::TABLE,
                schema_change::COLUMN,
                schema_change::OBJECT,
            ],
        ),
        (unresolved::KIND, &[unresolved::TEXT]),
    ];
    for (kind, fields) in fields {
        for id in facts.of_kind(kind).to_vec() {
            for &field in fields {
                let Some(slot) = facts.get(id).get(field) else { continue };
                let span = slot.span;
                if let Some(line) = as_just(facts.get(id), field, repo) {
                    facts.get_mut(id).set(field, line, span);
                    continue;
                }
                if let Some(line) = as_make(facts.get(id), field, repo) {
                    facts.get_mut(id).set(field, line, span);
                    continue;
                }
                if !slot.value.as_text().is_some_and(|text| text.contains(placeholder::PREFIX)) {
                    continue;
                }
                let host = &repo.file(span.file).text;
                let words = host.get(span.start as usize..span.end as usize).unwrap_or_default();
                let line = crate::text::one_line(&commands::one_line(words));
                if !line.is_empty() {
                    facts.get_mut(id).set(field, line, span);
                }
            }
        }
    }
    for id in facts.of_kind(unresolved::KIND).to_vec() {
        for field in [unresolved::TEXT, unresolved::REASON] {
            let Some(slot) = facts.get(id).get(field) else { continue };
            let (span, text) = (slot.span, slot.value.as_text().unwrap_or_default());
            if text.contains(placeholder::PREFIX) {
                let shown = placeholder::shown(text).into_owned();
                facts.get_mut(id).set(field, shown, span);
            }
        }
    }
}

/// The text of a recipe's command with its holes as just says them: `{{name}}`. Their reader made them
/// the shell's, `${name}`.
fn as_just(fact: &Fact, field: Field, repo: &Repo) -> Option<String> {
    if fact.text(command::HOST) != Some("recipe") || !fact.text(field)?.contains("${") {
        return None;
    }
    let span = fact.get(field)?.span;
    let host = repo.file(span.file).text.get(span.start as usize..span.end as usize)?;
    let line = crate::text::one_line(&commands::one_line(host));
    line.contains("{{").then_some(line)
}

/// The text of a Makefile's command with its variables as make says them: `$(NAME)`. Their reader made
/// them the shell's, `${NAME}` or `${NAME:-default}`; where the host says such words itself, they stay.
fn as_make(fact: &Fact, field: Field, repo: &Repo) -> Option<String> {
    let text = fact.text(field).filter(|text| text.contains("${") && !text.contains(placeholder::PREFIX))?;
    let span = fact.get(field)?.span;
    if fact.text(command::HOST) != Some("target") {
        return None;
    }
    let host = repo.file(span.file).text.get(span.start as usize..span.end as usize)?;
    let mut line = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, behind)) = rest.split_once("${") {
        line.push_str(before);
        let name = behind.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(behind.len());
        let (name, tail) = behind.split_at(name);
        let end = tail.find('}').filter(|end| *end == 0 || tail.starts_with(":-"));
        match end {
            Some(end) if !name.is_empty() && !host.contains(&format!("${{{name}")) => {
                line.push_str("$(");
                line.push_str(name);
                line.push(')');
                rest = &tail[end + 1..];
            }
            _ => {
                line.push_str("${");
                line.push_str(name);
                rest = tail;
            }
        }
    }
    line.push_str(rest);
    (line != text).then_some(line)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::read::{self, Settings};

    #[test]
    fn variables_of_makefiles_are_said_as_make_says_them() {
        let mut repo = Repo::default();
        let text = "ENV ?= staging\nIMAGE := shop:$(TAG)\n\
                    t:\n\tfly deploy -a shop-$(ENV) --image $(IMAGE) -c ${CONF} $${X:-y} $$(date) $(A)\n\
                    \techo $(wildcard *.店)\n";
        let id = repo.insert("Makefile", text.as_bytes().to_vec(), false);
        let (mut facts, _) = Facts::gather(vec![read::file(&repo, id, &Settings::default())]);
        restore(&mut facts, &repo);
        let all = facts.of_kind(command::KIND).iter().map(|id| facts.get(*id));
        let texts: Vec<_> = all.filter_map(|fact| fact.text(command::TEXT)).collect();
        let deploy = "fly deploy -a shop-$(ENV) --image shop:$(TAG) -c ${CONF} ${X:-y} $(date) $(A)";
        assert_eq!(texts, ["date", deploy, "echo $(wildcard *.店)"]);
    }
}
