//! TypeORM data sources: whether they change the schema by themselves, and whether the app runs its
//! migrations when it starts. Reads literals of the options alone; an expression says nothing.

use std::ops::Range;

use crate::facts::words::data_source as source;
use crate::facts::{Fact, Reading};
use crate::text::Passage;

/// What options stand behind.
pub const MARKS: [&str; 2] = ["new DataSource(", "TypeOrmModule.forRoot("];

/// Words in a path that say that no real data is behind it.
const HARMLESS: [&str; 9] = ["test", "tests", "e2e", "spec", "dev", "local", "mock", "example", "fixtures"];

/// Databases in a file or in memory.
const SMALL: [&str; 5] = ["sqlite", "better-sqlite3", "sqljs", "expo", "capacitor"];

/// The longest options that are read, in bytes, and the most data sources of a file.
const MAX_BYTES: usize = 32 * 1024;
const MAX_SOURCES: usize = 16;

/// Adds the data sources of a file.
pub fn read(out: &mut Reading, passage: &Passage, path: &str) {
    let text = passage.text();
    for mark in MARKS {
        let mut from = 0;
        let mut left = MAX_SOURCES;
        while left > 0
            && let Some(at) =
                text.get(from..).and_then(|rest| memchr::memmem::find(rest.as_bytes(), mark.as_bytes()))
        {
            let start = from + at;
            from = start + mark.len();
            left -= 1;
            let line = text[..start].rsplit('\n').next().unwrap_or_default();
            if line.contains("//") || line.trim_start().starts_with('*') {
                continue;
            }
            let behind = text.len() - text[from..].trim_start().len();
            if text[behind..].starts_with('{') {
                let options = options(text, behind);
                out.facts.extend(fact(passage, start..from - 1, &options, path));
            }
        }
    }
}

fn fact(passage: &Passage, place: Range<usize>, options: &[Pair], path: &str) -> Option<Fact> {
    let text = passage.text();
    let value = |name: &str| {
        let pair = options.iter().rev().find(|pair| text.get(pair.key.clone()) == Some(name))?;
        Some((text.get(pair.value.clone())?.trim(), pair.key.start..pair.value.end))
    };
    let kind = value("type").map(|(kind, _)| kind.trim_matches(['\'', '"', '`']));
    if kind.is_some_and(|kind| SMALL.contains(&kind)) {
        return None;
    }
    let words = path.to_ascii_lowercase();
    let harmless = words.split(['/', '.', '-', '_']).any(|word| HARMLESS.contains(&word));
    let span = passage.locate(place);
    let mut fact = Fact::new(source::KIND, span).with(source::HARMLESS, harmless, span);
    for (name, field) in [("synchronize", source::SYNCHRONIZE), ("migrationsRun", source::MIGRATIONS_RUN)] {
        if let Some((said @ ("true" | "false"), range)) = value(name) {
            fact.set(field, said == "true", passage.locate(range));
        }
    }
    if let Some((said, range)) = value("entityPrefix")
        && let Some(prefix) = said.strip_prefix(['\'', '"']).and_then(|rest| rest.strip_suffix(['\'', '"']))
        && prefix.chars().all(|char| char.is_alphanumeric() || char == '_')
    {
        fact.set(source::ENTITY_PREFIX, prefix, passage.locate(range));
    }
    Some(fact)
}

/// A key and its value among the options.
struct Pair {
    key: Range<usize>,
    value: Range<usize>,
}

/// The pairs of the object literal that begins at `start`, as far as it is one.
fn options(text: &str, start: usize) -> Vec<Pair> {
    let bytes = text.as_bytes();
    let mut pairs: Vec<Pair> = Vec::new();
    let (mut depth, mut at) = (0_usize, start);
    let mut key: Option<Range<usize>> = None;
    let mut begin = start + 1;
    let bytes = &bytes[..bytes.len().min(start + MAX_BYTES)];
    while let Some(&byte) = bytes.get(at) {
        match byte {
            b'\'' | b'"' | b'`' => at = behind_string(bytes, at),
            b'/' if bytes.get(at + 1) == Some(&b'/') => {
                at += memchr::memchr(b'\n', &bytes[at..]).unwrap_or(bytes.len() - at);
                if key.is_none() {
                    begin = at;
                }
            }
            b'/' if bytes.get(at + 1) == Some(&b'*') => {
                at += memchr::memmem::find(&bytes[at..], b"*/").unwrap_or(bytes.len() - at);
                if key.is_none() {
                    begin = at + 2;
                }
            }
            b'{' | b'[' | b'(' => depth += 1,
            b'}' | b']' | b')' | b',' if depth <= 1 => {
                if let Some(key) = key.take() {
                    pairs.push(Pair { key, value: begin..at });
                }
                begin = at + 1;
                if byte != b',' {
                    return pairs;
                }
            }
            b'}' | b']' | b')' => depth -= 1,
            b':' if depth == 1 && key.is_none() => {
                let word = text.get(begin..at).unwrap_or_default();
                let lead = word.len() - word.trim_start().len();
                key = Some(begin + lead..begin + word.trim_end().len());
                begin = at + 1;
            }
            _ => {}
        }
        at += 1;
    }
    pairs
}

/// Where a string ends: at its last quote, or at the text's end.
fn behind_string(bytes: &[u8], start: usize) -> usize {
    let quote = bytes[start];
    let mut at = start + 1;
    while let Some(&byte) = bytes.get(at) {
        match byte {
            b'\\' => at += 1,
            byte if byte == quote => return at,
            _ => {}
        }
        at += 1;
    }
    at
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::text::FileId;

    fn said(text: &str) -> Option<(Option<bool>, Option<bool>)> {
        let mut out = Reading::default();
        read(&mut out, &Passage::file(FileId(0), Arc::from(text)), "src/data-source.ts");
        let fact = out.facts.first()?;
        Some((fact.bool(source::SYNCHRONIZE), fact.bool(source::MIGRATIONS_RUN)))
    }

    #[test]
    fn literals_of_the_options() {
        for (text, expected) in [
            ("new DataSource({ type: 'postgres', synchronize: true })", Some((Some(true), None))),
            (
                "TypeOrmModule.forRoot({\r\n  url: 'a,}:b', // 店 🏪, synchronize: true\r\n  extra: { synchronize: true },\r\n  synchronize: false,\r\n  migrationsRun: true\r\n})",
                Some((Some(false), Some(true))),
            ),
            ("new DataSource({ synchronize: process.env.NODE_ENV !== 'production' })", Some((None, None))),
            ("new DataSource({ synchronize: true && dev })", Some((None, None))),
            ("new DataSource({ type: 'sqlite', synchronize: true })", None),
            ("new DataSource(options)", None),
            ("// new DataSource({ synchronize: true })", None),
            ("new DataSource({ /* synchronize: true, */ migrationsRun: true })", Some((None, Some(true)))),
        ] {
            assert_eq!(said(text), expected, "{text}");
        }
    }

    #[test]
    fn hostile_options_are_borne() {
        for text in [
            "new DataSource({",
            "new DataSource({ a: '",
            "new DataSource({ a: /*",
            "new DataSource({\\",
            "new DataSource({ 'a\\",
        ] {
            let _ = said(text);
        }
        let _ = said(&format!("new DataSource({}", "{a:".repeat(100_000)));
        let _ = said(&"new DataSource({".repeat(2_000));
    }
}
