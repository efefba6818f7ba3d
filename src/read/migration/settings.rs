//! A data source's word on how its migrations run. Reads what is written as a literal; an expression
//! says nothing.

use crate::facts::words::migration_settings as settings;
use crate::facts::{Fact, Reading};
use crate::text::Passage;

const KEY: &str = "migrationsTransactionMode";
const SOURCE: &str = "new DataSource(";

/// Adds what the file says, where it holds a data source.
pub fn read(out: &mut Reading, passage: &Passage) {
    let text = passage.text();
    let finder = memchr::memmem::Finder::new(KEY);
    let mut rest = 0;
    while let Some(found) = text.get(rest..).and_then(|rest| finder.find(rest.as_bytes())) {
        let start = rest + found;
        rest = start + KEY.len();
        if is_comment(text, start) {
            continue;
        }
        let behind = text[rest..].trim_start_matches(['"', '\'', '?']).trim_start();
        let Some(value) = behind.strip_prefix([':', '=']) else { continue };
        let word = value.trim_start().strip_prefix(['\'', '"', '`']).unwrap_or_default();
        let Some(mode) = ["all", "each", "none"]
            .into_iter()
            .find(|mode| word.strip_prefix(mode).is_some_and(|rest| rest.starts_with(['\'', '"', '`'])))
        else {
            // What is computed may be any of them.
            return;
        };
        let end = text.len() - word.len() + mode.len();
        let place = passage.locate(start..end + 1);
        out.add(Fact::new(settings::KIND, place).with(settings::MODE, mode, place).with(
            settings::WRITTEN,
            true,
            place,
        ));
        return;
    }
    let Some(at) = memchr::memmem::find(text.as_bytes(), SOURCE.as_bytes()) else { return };
    // Options that stand elsewhere may say the mode there, and spread ones may hold anything.
    let options = text[at + SOURCE.len()..].trim_start();
    let literal = options.starts_with('{') && !options.contains("...");
    let has_migrations = memchr::memmem::find(options.as_bytes(), b"migrations").is_some();
    if literal && has_migrations && !is_comment(text, at) {
        let place = passage.locate(at + 4..at + SOURCE.len() - 1);
        out.add(Fact::new(settings::KIND, place).with(settings::MODE, "all", place).with(
            settings::WRITTEN,
            false,
            place,
        ));
    }
}

/// Whether `at` stands behind a `//` or a star that begins its line.
fn is_comment(text: &str, at: usize) -> bool {
    let line = text[..at].rsplit('\n').next().unwrap_or_default();
    line.contains("//") || line.trim_start().starts_with('*')
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::text::FileId;

    fn mode(text: &str) -> Option<(String, bool)> {
        let mut out = Reading::default();
        read(&mut out, &Passage::file(FileId(0), Arc::from(text)));
        let fact = out.facts.first()?;
        Some((fact.text(settings::MODE)?.to_owned(), fact.bool(settings::WRITTEN)?))
    }

    #[test]
    fn a_data_source_says_how_migrations_run() {
        for (text, expected) in [
            ("new DataSource({ migrations: [], migrationsTransactionMode: 'each' })", Some(("each", true))),
            ("{\r\n  \"migrationsTransactionMode\": \"none\",\r\n}", Some(("none", true))),
            ("new DataSource({ type: 'postgres', migrations: ['店/*.js'] })", Some(("all", false))),
            ("new DataSource({ migrations: [], migrationsTransactionMode: mode })", None),
            ("new DataSource({ ...base, migrations: [] })", None),
            ("new DataSource(options)", None),
            ("new DataSource({ migrations: [] }) // migrationsTransactionMode: 'each'", Some(("all", false))),
            ("migrationsTransactionMode", None),
            ("migrationsTransactionMode: '", None),
            ("", None),
        ] {
            assert_eq!(mode(text), expected.map(|(mode, written)| (mode.to_owned(), written)), "{text}");
        }
    }
}
