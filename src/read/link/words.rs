//! The words of commands as the host says them: a placeholder for `${{ … }}` is no word for people.

use crate::facts::words::{command, deployment, image, unresolved};
use crate::facts::{Facts, Field};
use crate::read::command as commands;
use crate::read::placeholder;
use crate::repo::Repo;

/// Gives commands and images back the expressions that placeholders stand for.
pub(super) fn restore(facts: &mut Facts, repo: &Repo) {
    let fields: [(_, &[Field]); 3] = [
        (command::KIND, &[command::TEXT, command::IMAGE]),
        (image::KIND, &[image::TEXT]),
        (deployment::KIND, &[deployment::TEXT]),
    ];
    for (kind, fields) in fields {
        for id in facts.of_kind(kind).to_vec() {
            for &field in fields {
                let Some(slot) = facts.get(id).get(field) else { continue };
                let span = slot.span;
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
