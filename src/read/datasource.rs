//! TypeORM data sources: where their migrations lie, whether they change the schema by themselves, and
//! whether the app runs its migrations when it starts. Reads options that stand in an object of the file;
//! follows constants of the same file, and no import.

use std::sync::Arc;

use crate::facts::words::data_source as source;
use crate::facts::{Fact, Reading};
use crate::text::{Passage, Span};

mod object;
mod value;

use object::Object;
use value::{FILE_FOLDER, Scope, Truth, WORKING_FOLDER};

/// What options stand behind.
pub const MARKS: [&str; 2] = ["new DataSource(", "TypeOrmModule.forRoot("];

/// Words of files that may hold options elsewhere: by their type, or as what a factory gives.
pub const OTHER_MARKS: [&str; 4] =
    ["DataSourceOptions", "TypeOrmModuleOptions", "TypeOrmModule.forRootAsync(", "migrationsTableName"];

/// Words in a path that say that no real data is behind it.
const HARMLESS: [&str; 9] = ["test", "tests", "e2e", "spec", "dev", "local", "mock", "example", "fixtures"];

/// Databases in a file or in memory.
const SMALL: [&str; 5] = ["sqlite", "better-sqlite3", "sqljs", "expo", "capacitor"];

/// Databases on a server.
const SERVERS: [&str; 8] =
    ["postgres", "mysql", "mariadb", "cockroachdb", "aurora-postgres", "aurora-mysql", "mssql", "oracle"];

/// Options that only a data source has beside its type or its migrations.
const OWN: [&str; 7] = [
    "migrations",
    "migrationsRun",
    "migrationsTableName",
    "migrationsTransactionMode",
    "synchronize",
    "entities",
    "dropSchema",
];

/// The table in which TypeORM notes migrations where nothing else is said.
const TABLE: &str = "migrations";

/// The longest file that is looked through, in bytes, and the most data sources of one.
const MAX_BYTES: usize = 512 * 1024;
const MAX_SOURCES: usize = 16;

/// Adds the data sources of a file.
pub fn read(out: &mut Reading, passage: &Passage, path: &str) {
    let text = passage.text();
    let has = |word: &&str| memchr::memmem::find(text.as_bytes(), word.as_bytes()).is_some();
    if text.len() > MAX_BYTES || !MARKS.iter().chain(&OTHER_MARKS).any(|mark| has(mark)) {
        return;
    }
    let scope = Scope::new(text, path);
    let mut objects = object::objects(text);
    objects.retain(|object| is_source(text, object));
    objects.sort_by_key(|object| object.range.start);
    for object in objects.iter().take(MAX_SOURCES) {
        out.facts.extend(fact(passage, object, &scope, path));
    }
}

/// Whether an object is a data source's options: because of what takes it, or because of its keys.
fn is_source(text: &str, object: &Object) -> bool {
    let callee = object.callee.clone().and_then(|range| text.get(range)).unwrap_or_default();
    if matches!(callee, "new DataSource" | "TypeOrmModule.forRoot") {
        return true;
    }
    let value = |name: &str| {
        let words = text.get(object.get(text, name)?.value.clone())?;
        Some(words.trim().trim_end_matches("as const").trim().trim_matches(['\'', '"', '`']))
    };
    let own = OWN.iter().filter(|name| object.get(text, name).is_some()).count();
    let typed = value("type").is_some_and(|kind| SERVERS.contains(&kind) || SMALL.contains(&kind));
    let lists = object.get(text, "migrations").is_some() && own > 1;
    memchr::memmem::find(text.as_bytes(), b"typeorm").is_some() && (typed && own > 0 || lists)
}

fn fact(passage: &Passage, object: &Object, scope: &Scope<'_>, path: &str) -> Option<Fact> {
    let text = passage.text();
    let value = |name: &str| {
        let pair = object.get(text, name)?;
        let words = text.get(pair.value.clone())?;
        let end = pair.value.start + words.trim_end().len();
        Some((words.trim(), passage.locate(pair.key.start..end)))
    };
    let quoted = |words: &str| words.trim_matches(['\'', '"', '`']).to_owned();
    if value("type").is_some_and(|(kind, _)| SMALL.contains(&quoted(kind).as_str())) {
        return None;
    }
    let words = path.to_ascii_lowercase();
    let harmless = words.split(['/', '.', '-', '_']).any(|word| HARMLESS.contains(&word));
    let start = object.callee.as_ref().or(object.pairs.first().map(|pair| &pair.key));
    let span = passage.locate(start.cloned().unwrap_or_else(|| object.range.start..object.range.start + 1));
    let mut fact = Fact::new(source::KIND, span).with(source::HARMLESS, harmless, span);
    for (name, field) in [
        ("synchronize", source::SYNCHRONIZE),
        ("migrationsRun", source::MIGRATIONS_RUN),
        ("dropSchema", source::DROP_SCHEMA),
    ] {
        let Some((words, place)) = value(name) else { continue };
        match scope.truth(words) {
            Truth::Yes => fact.set(field, true, place),
            Truth::No => fact.set(field, false, place),
            Truth::Variable(name, wanted) if field == source::SYNCHRONIZE => {
                fact.set_some(source::VARIABLE_VALUE, wanted, place).set(source::VARIABLE, name, place)
            }
            Truth::Variable(..) | Truth::Unknown => &mut fact,
        };
    }
    let table = value("migrationsTableName");
    let table = table.map_or_else(
        || (!object.spreads).then(|| (TABLE.to_owned(), span)),
        |(words, place)| scope.text(words).map(|name| (name, place)),
    );
    if let Some((name, place)) = table {
        fact.set(source::TABLE, name, place);
    }
    let said = ["url", "host", "database", "schema"];
    let said: Vec<String> = said
        .iter()
        .filter_map(|name| Some(format!("{name} {}", value(name)?.0)))
        .filter(|words| !words.contains('\n') && words.len() < 200)
        .collect();
    if said.iter().any(|words| words.starts_with("url") || words.starts_with("database")) {
        fact.set(source::DATABASE, said.join(", "), span);
    }
    if let Some((words, place)) = value("migrations") {
        let listed = scope.listed(words);
        let globs: Vec<(Arc<str>, Span)> =
            listed.globs.iter().filter_map(|glob| Some((from_root(glob, path)?.into(), place))).collect();
        let lost = globs.len() < listed.globs.len();
        let names: Vec<(Arc<str>, Span)> =
            listed.names.iter().map(|name| (Arc::from(name.as_str()), place)).collect();
        fact.set(source::OPEN, listed.open || lost, place);
        fact.set(source::LISTING, crate::text::one_line(words), place);
        fact.set(source::GLOBS, globs, place).set(source::CLASSES, names, place);
    } else if object.spreads {
        fact.set(source::OPEN, true, span);
    }
    Some(fact)
}

/// A glob with its start: `/src/m/*.ts` from the root, `./m/*.ts` from where the program is started. None
/// where it leads out of the repository or into the machine's own folders.
fn from_root(glob: &str, path: &str) -> Option<String> {
    let folder = path.rsplit_once('/').map_or("", |(folder, _)| folder);
    let (start, rest) = match glob.strip_prefix(FILE_FOLDER) {
        Some(rest) => (format!("/{folder}"), rest),
        None => (".".to_owned(), glob.strip_prefix(WORKING_FOLDER).unwrap_or(glob)),
    };
    let own = start == "." && rest.starts_with('/') && !glob.starts_with(WORKING_FOLDER);
    if own || rest.contains([FILE_FOLDER, WORKING_FOLDER]) {
        return None;
    }
    let mut parts: Vec<&str> = Vec::new();
    let whole = format!("{start}/{rest}");
    for part in whole.split('/').filter(|part| !part.is_empty() && *part != ".") {
        if part == ".." {
            parts.pop()?;
        } else {
            parts.push(part);
        }
    }
    Some(format!("{}/{}", if start == "." { "." } else { "" }, parts.join("/")))
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::text::FileId;

    fn facts(text: &str) -> Vec<Fact> {
        let mut out = Reading::default();
        read(&mut out, &Passage::file(FileId(0), Arc::from(text)), "src/db/data-source.ts");
        out.facts
    }

    fn said(text: &str) -> Option<(Option<bool>, Option<bool>)> {
        let facts = facts(text);
        let fact = facts.first()?;
        Some((fact.bool(source::SYNCHRONIZE), fact.bool(source::MIGRATIONS_RUN)))
    }

    #[test]
    fn what_the_options_say_of_production() {
        for (text, expected) in [
            ("new DataSource({ type: 'postgres', synchronize: true })", Some((Some(true), None))),
            (
                "TypeOrmModule.forRoot({\r\n  url: 'a,}:b', // 店 🏪, synchronize: true\r\n  extra: { synchronize: true },\r\n  synchronize: false,\r\n  migrationsRun: true\r\n})",
                Some((Some(false), Some(true))),
            ),
            (
                "new DataSource({ synchronize: process.env.NODE_ENV !== 'production' })",
                Some((Some(false), None)),
            ),
            ("new DataSource({ synchronize: true && dev })", Some((None, None))),
            ("new DataSource({ type: 'sqlite', synchronize: true })", None),
            ("new DataSource(options)", None),
            ("// new DataSource({ synchronize: true })", None),
            ("new DataSource({ /* synchronize: true, */ migrationsRun: true })", Some((None, Some(true)))),
            (
                "import { DataSourceOptions } from 'typeorm';\nconst o: DataSourceOptions = { type: 'postgres', synchronize: true };\nnew DataSource(o)",
                Some((Some(true), None)),
            ),
        ] {
            assert_eq!(said(text), expected, "{text}");
        }
    }

    #[test]
    fn where_the_migrations_lie() {
        let globs = |migrations: &str| {
            let facts = facts(&format!("new DataSource({{ migrations: {migrations} }})"));
            let globs: Vec<String> =
                facts[0].list(source::GLOBS).iter().map(|(glob, _)| glob.to_string()).collect();
            format!("{} {:?}", globs.join(" "), facts[0].bool(source::OPEN))
        };
        assert_eq!(
            globs("[__dirname + '/../m/*.js', 'dist/m/*.js']"),
            "/src/m/*.js ./dist/m/*.js Some(false)"
        );
        assert_eq!(globs("['/srv/m/*.js']"), " Some(true)");
        assert_eq!(globs("[__dirname + '/../../../m/*.js']"), " Some(true)");
        assert_eq!(globs("[First1700000000000]"), " Some(false)");
        assert_eq!(globs("all"), " Some(true)");
    }

    #[test]
    fn a_variable_that_decides_is_told() {
        let facts = facts("new DataSource({ synchronize: process.env.DB_SYNC === 'true' })");
        assert_eq!(facts[0].text(source::VARIABLE), Some("DB_SYNC"));
        assert_eq!(facts[0].text(source::VARIABLE_VALUE), Some("true"));
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
            assert_eq!(said(text), None, "{text}");
        }
        let _ = said(&format!("new DataSource({}", "{a:".repeat(100_000)));
        let _ = said(&"new DataSource({".repeat(2_000));
        let _ = said(&"new DataSource({ migrations: [x] })".repeat(2_000));
    }
}
