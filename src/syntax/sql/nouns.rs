//! What CREATE, ALTER and DROP can be about, and the change that each of the three makes.

use super::cursor::Cursor;

/// A thing that can be created, altered and dropped.
#[derive(Clone, Copy)]
pub(super) struct Noun {
    words: &'static [&'static str],
    pub create: &'static str,
    pub alter: &'static str,
    pub drop: &'static str,
}

impl Noun {
    pub fn is(&self, word: &str) -> bool {
        self.words == [word]
    }

    /// Whether its last word is this one: `TRIGGER` of `EVENT TRIGGER`.
    pub fn ends_with(&self, word: &str) -> bool {
        self.words.last() == Some(&word)
    }

    pub fn is_table(&self) -> bool {
        self.create == "create-table"
    }

    pub fn is_function(&self) -> bool {
        self.create == "create-function"
    }
}

const fn noun(
    words: &'static [&'static str],
    create: &'static str,
    alter: &'static str,
    drop: &'static str,
) -> Noun {
    Noun { words, create, alter, drop }
}

const fn other(words: &'static [&'static str]) -> Noun {
    noun(words, "create-other", "alter-other", "drop-other")
}

const fn function(words: &'static [&'static str]) -> Noun {
    noun(words, "create-function", "alter-function", "drop-function")
}

const fn trigger(words: &'static [&'static str]) -> Noun {
    noun(words, "create-trigger", "alter-trigger", "drop-trigger")
}

const fn table(words: &'static [&'static str]) -> Noun {
    noun(words, "create-table", "alter-table", "drop-table")
}

/// A domain is a type with conditions, so it counts as one.
const fn type_(words: &'static [&'static str]) -> Noun {
    noun(words, "create-type", "alter-type", "drop-type")
}

/// Longer phrases stand before those that begin them.
const NOUNS: &[Noun] = &[
    table(&["TABLE"]),
    table(&["FOREIGN", "TABLE"]),
    table(&["EXTERNAL", "TABLE"]),
    table(&["VIRTUAL", "TABLE"]),
    noun(&["INDEX"], "create-index", "alter-index", "drop-index"),
    noun(&["VIEW"], "create-view", "alter-view", "drop-view"),
    noun(&["MATERIALIZED", "VIEW"], "create-view", "alter-view", "drop-view"),
    type_(&["TYPE"]),
    type_(&["DOMAIN"]),
    noun(&["SCHEMA"], "create-schema", "alter-schema", "drop-schema"),
    noun(&["DATABASE"], "create-database", "alter-database", "drop-database"),
    noun(&["SEQUENCE"], "create-sequence", "alter-sequence", "drop-sequence"),
    noun(&["EXTENSION"], "create-extension", "alter-extension", "drop-extension"),
    noun(&["POLICY"], "create-policy", "alter-policy", "drop-policy"),
    function(&["FUNCTION"]),
    function(&["PROCEDURE"]),
    function(&["PROC"]),
    function(&["ROUTINE"]),
    function(&["AGGREGATE"]),
    function(&["PACKAGE"]),
    trigger(&["TRIGGER"]),
    trigger(&["EVENT", "TRIGGER"]),
    trigger(&["CONSTRAINT", "TRIGGER"]),
    other(&["EVENT"]),
    other(&["ROLE"]),
    other(&["USER", "MAPPING"]),
    other(&["USER"]),
    other(&["GROUP"]),
    other(&["LOGIN"]),
    other(&["RULE"]),
    other(&["PUBLICATION"]),
    other(&["SUBSCRIPTION"]),
    other(&["SERVER"]),
    other(&["FOREIGN", "DATA", "WRAPPER"]),
    other(&["STATISTICS"]),
    other(&["TABLESPACE"]),
    other(&["LANGUAGE"]),
    other(&["COLLATION"]),
    other(&["CONVERSION"]),
    other(&["CAST"]),
    other(&["TRANSFORM"]),
    other(&["OPERATOR", "CLASS"]),
    other(&["OPERATOR", "FAMILY"]),
    other(&["OPERATOR"]),
    other(&["ACCESS", "METHOD"]),
    other(&["TEXT", "SEARCH", "CONFIGURATION"]),
    other(&["TEXT", "SEARCH", "DICTIONARY"]),
    other(&["TEXT", "SEARCH", "PARSER"]),
    other(&["TEXT", "SEARCH", "TEMPLATE"]),
    other(&["LARGE", "OBJECT"]),
    other(&["DEFAULT", "PRIVILEGES"]),
    other(&["OWNED", "BY"]),
    other(&["SYSTEM"]),
    other(&["SESSION"]),
    other(&["SYNONYM"]),
];

/// Words between the verb and the noun.
const MODIFIERS: &[&str] = &[
    "OR",
    "REPLACE",
    "ALTER",
    "TEMP",
    "TEMPORARY",
    "GLOBAL",
    "LOCAL",
    "UNLOGGED",
    "RECURSIVE",
    "UNIQUE",
    "FULLTEXT",
    "SPATIAL",
    "CLUSTERED",
    "NONCLUSTERED",
    "COLUMNSTORE",
    "BITMAP",
    "PRIMARY",
    "XML",
    "TRUSTED",
    "PROCEDURAL",
    "DEFAULT",
    "IGNORE",
    "ONLINE",
    "OFFLINE",
    "SECURE",
    "TRANSIENT",
    "IMMUTABLE",
    "VIRTUAL",
];

/// Words after which `MySQL` gives a value before the noun: `DEFINER = root@localhost`.
const VALUED: &[&str] = &["DEFINER", "ALGORITHM", "SQL"];

/// Takes everything up to and with the noun.
pub(super) fn take(cursor: &mut Cursor<'_>) -> Option<Noun> {
    let mut valued = false;
    for _ in 0..24 {
        if let Some(noun) = NOUNS.iter().find(|noun| cursor.eat(noun.words)) {
            return Some(*noun);
        }
        valued |= cursor.is_any(VALUED);
        if cursor.is_end() || !(valued || cursor.is_any(MODIFIERS)) {
            return None;
        }
        cursor.skip();
    }
    None
}
