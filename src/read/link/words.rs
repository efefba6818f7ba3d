//! The words of commands as the host says them: a placeholder for `${{ … }}` is no word for people.

use crate::facts::words::{command, deployment, fault, image, schema_change, unresolved, variable};
use crate::facts::{Facts, Field};
use crate::read::command as commands;
use crate::repo::Repo;

/// What placeholders begin with.
const PLACEHOLDER: &str = "__expr";

/// Gives commands and images back the expressions that placeholders stand for.
pub(super) fn restore(facts: &mut Facts, repo: &Repo) {
    let fields: [(_, &[Field]); 6] = [
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
    ];
    for (kind, fields) in fields {
        for id in facts.of_kind(kind).to_vec() {
            for &field in fields {
                let Some(slot) = facts.get(id).get(field) else { continue };
                let span = slot.span;
                if !slot.value.as_text().is_some_and(|text| text.contains(PLACEHOLDER)) {
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
    // What is not known of a command was said in the command's words.
    for id in facts.of_kind(unresolved::KIND).to_vec() {
        let Some(slot) = facts.get(id).get(unresolved::TEXT) else { continue };
        let span = slot.span;
        if !slot.value.as_text().is_some_and(|text| text.contains(PLACEHOLDER)) {
            continue;
        }
        let command = facts.parent(id).filter(|&parent| facts.get(parent).kind == command::KIND);
        if let Some(text) = command.and_then(|id| facts.get(id).text(command::TEXT).map(str::to_owned)) {
            facts.get_mut(id).set(unresolved::TEXT, text, span);
        }
    }
}
