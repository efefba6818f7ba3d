//! What a change costs in PostgreSQL: the lock that it takes on its table, whether it writes the table
//! anew or reads all of it, whether it runs in a transaction at all. After the manual's tables, for
//! versions 11 to 18. Knows the change alone: neither the size of a table nor what it looks like.

use crate::facts::words::schema_change as change;
use crate::facts::{Fact, Value};
use crate::read::PostgresVersion;

const ACCESS_EXCLUSIVE: &str = "ACCESS EXCLUSIVE";
const EXCLUSIVE: &str = "EXCLUSIVE";
const SHARE_ROW_EXCLUSIVE: &str = "SHARE ROW EXCLUSIVE";
const SHARE: &str = "SHARE";
const SHARE_UPDATE_EXCLUSIVE: &str = "SHARE UPDATE EXCLUSIVE";
const ROW_EXCLUSIVE: &str = "ROW EXCLUSIVE";
const ACCESS_SHARE: &str = "ACCESS SHARE";

/// Sets lock, rewrite, scan and the like on a change that PostgreSQL runs.
pub(super) fn set(fact: &mut Fact, version: PostgresVersion) {
    let span = fact.span;
    let cost = cost(fact, version);
    fact.set_some(change::LOCK, cost.lock.map(Value::Word), span);
    if let Some(rewrites) = cost.rewrites {
        fact.set(change::REWRITES, rewrites, span);
    }
    for (field, flag) in [(change::SCANS, cost.scans), (change::REFUSES_TRANSACTION, cost.refuses)] {
        if flag {
            fact.set(field, true, span);
        }
    }
}

/// Whether the change writes or deletes rows, in any database.
pub(super) fn writes_data(word: &str) -> bool {
    matches!(word, "insert" | "update" | "delete" | "merge" | "truncate" | "copy")
}

/// Whether a lock keeps writers off the table.
pub(super) fn stops_writes(lock: &str) -> bool {
    matches!(lock, ACCESS_EXCLUSIVE | EXCLUSIVE | SHARE_ROW_EXCLUSIVE | SHARE)
}

/// Whether a lock keeps readers and writers off the table.
pub(super) fn stops_reads(lock: &str) -> bool {
    lock == ACCESS_EXCLUSIVE
}

#[derive(Default)]
struct Cost {
    lock: Option<&'static str>,
    /// None where that depends on the table.
    rewrites: Option<bool>,
    scans: bool,
    refuses: bool,
}

fn locks(lock: &'static str) -> Cost {
    Cost { lock: Some(lock), ..Cost::default() }
}

fn cost(fact: &Fact, version: PostgresVersion) -> Cost {
    let word = fact.text(change::CHANGE).unwrap_or_default();
    let is = |field| fact.bool(field) == Some(true);
    let concurrently = is(change::CONCURRENTLY);
    // What runs beside others does so in several transactions of its own.
    let beside = |lock| {
        if concurrently { Cost { refuses: true, ..locks(SHARE_UPDATE_EXCLUSIVE) } } else { locks(lock) }
    };
    match word {
        "drop-table" | "rename-table" | "rename-column" | "rename-constraint" | "drop-column"
        | "set-default" | "drop-default" | "drop-not-null" | "drop-constraint" | "alter-column"
        | "alter-constraint" | "truncate" | "create-policy" | "drop-policy" | "alter-policy"
        | "drop-trigger" | "alter-trigger" | "alter-view" | "drop-view" => Cost {
            // A stored column is computed anew; from version 18 on it may be a virtual one.
            rewrites: (word == "alter-column" && says(fact, " SET EXPRESSION ") && version.0 < 18)
                .then_some(true),
            ..locks(ACCESS_EXCLUSIVE)
        },
        "add-column" => add_column(fact, version),
        "alter-column-type" => retype(fact),
        "set-not-null" => Cost { scans: true, ..locks(ACCESS_EXCLUSIVE) },
        "add-constraint" => add_constraint(fact),
        "create-trigger" => locks(SHARE_ROW_EXCLUSIVE),
        "validate-constraint" => Cost { scans: true, ..locks(SHARE_UPDATE_EXCLUSIVE) },
        // One on ONLY the parent is built with its partitions' indexes, later.
        "create-index" => Cost { scans: !says(fact, " ON ONLY "), ..beside(SHARE) },
        "drop-index" => beside(ACCESS_EXCLUSIVE),
        "reindex" => {
            // What is more than one table is rebuilt in a transaction for each.
            let whole = fact.get(change::TABLE).is_none()
                && [" SCHEMA ", " DATABASE ", " SYSTEM ", " DATABASE", " SYSTEM"]
                    .iter()
                    .any(|word| ends_head(fact, word));
            let cost = beside(SHARE);
            Cost { scans: true, refuses: cost.refuses || whole, ..cost }
        }
        "rename-index" | "alter-index" => {
            locks(if version.0 >= 12 { SHARE_UPDATE_EXCLUSIVE } else { ACCESS_EXCLUSIVE })
        }
        "refresh-view" => locks(if concurrently { EXCLUSIVE } else { ACCESS_EXCLUSIVE }),
        // Of what belongs to a table, only the name is looked up there.
        "comment" if fact.get(change::OBJECT).is_some() => locks(ACCESS_SHARE),
        "comment" => locks(SHARE_UPDATE_EXCLUSIVE),
        "insert" | "update" | "delete" | "merge" | "copy" => locks(ROW_EXCLUSIVE),
        "select" => locks(ACCESS_SHARE),
        "alter-partition" => partition(fact, version),
        "alter-table" => alter_table(fact),
        "lock-table" => lock_table(fact),
        "maintenance" => maintenance(fact),
        "create-database" | "drop-database" if fact.text(change::VIA) == Some("sql") => {
            Cost { refuses: true, ..Cost::default() }
        }
        "alter-database" => Cost { refuses: says(fact, " SET TABLESPACE "), ..Cost::default() },
        "add-enum-value" => Cost { refuses: version.0 < 12, ..Cost::default() },
        "alter-other" => Cost { refuses: starts(fact, "ALTER SYSTEM"), ..Cost::default() },
        "create-other" | "drop-other" if says(fact, " RULE ") => {
            Cost { lock: fact.get(change::TABLE).map(|_| ACCESS_EXCLUSIVE), ..Cost::default() }
        }
        "create-other" | "drop-other" => {
            let tablespace = says(fact, " TABLESPACE ") && !says(fact, " TABLE ");
            // It makes a slot on the other side, unless it says otherwise.
            let slot = starts(fact, "CREATE SUBSCRIPTION") && !says(fact, "FALSE");
            Cost { refuses: tablespace || slot, ..Cost::default() }
        }
        _ => Cost::default(),
    }
}

/// A new column is written into every row where each row gets a value of its own, and before version
/// 11 where it gets any. Rows of a virtual column are computed when they are read.
fn add_column(fact: &Fact, version: PostgresVersion) -> Cost {
    let default = fact.text(change::DEFAULT_KIND).unwrap_or("none");
    let rewrites = match (fact.text(change::GENERATED), default) {
        (Some("virtual"), _) if version.0 >= 18 => Some(false),
        (Some(_), _) | (None, "volatile") => Some(true),
        (None, "none" | "constant" | "stable") => Some(version.0 < 11 && default != "none"),
        _ => None,
    };
    // The rows that are there are held against a CHECK, and against a foreign key where they have a value.
    let referring = fact.get(change::REFERENCES).is_some() && default != "none";
    let scans = referring || fact.bool(change::UNIQUE) == Some(true) || has_check(fact);
    Cost { rewrites, scans, ..locks(ACCESS_EXCLUSIVE) }
}

/// Whether an added column has a CHECK of its own.
fn has_check(fact: &Fact) -> bool {
    let text = fact.text(change::SQL).or_else(|| fact.text(change::TEXT)).unwrap_or_default();
    if !text.to_ascii_uppercase().contains("CHECK") {
        return false;
    }
    let column = crate::syntax::sql::shape::added_column(text);
    column.is_some_and(|column| column.constraints.iter().any(|constraint| constraint.kind == "check"))
}

/// A new type rewrites, but for longer texts and numbers, which depend on the old type.
fn retype(fact: &Fact) -> Cost {
    let plain = fact.text(change::PLAIN_TYPE);
    let name = plain.map(|plain| plain.split('(').next().unwrap_or_default());
    let widens =
        matches!(name, Some("text" | "varchar" | "numeric" | "varbit" | "citext" | "time" | "interval"));
    let precision = plain.is_some_and(|plain| plain.contains('(') && plain.starts_with("timestamp"));
    let depends = name.is_none() || widens || precision;
    Cost { rewrites: (!depends).then_some(true), scans: true, ..locks(ACCESS_EXCLUSIVE) }
}

fn add_constraint(fact: &Fact) -> Cost {
    let kind = fact.text(change::CONSTRAINT);
    let unchecked = fact.bool(change::NOT_VALID) == Some(true)
        || fact.bool(change::USING_INDEX) == Some(true)
        || says(fact, " NOT ENFORCED");
    let lock = if kind == Some("foreign-key") { SHARE_ROW_EXCLUSIVE } else { ACCESS_EXCLUSIVE };
    Cost { scans: !unchecked, ..locks(lock) }
}

fn partition(fact: &Fact, version: PostgresVersion) -> Cost {
    let concurrently = fact.bool(change::CONCURRENTLY) == Some(true);
    if starts(fact, "ATTACH") {
        let lock = if version.0 >= 12 { SHARE_UPDATE_EXCLUSIVE } else { ACCESS_EXCLUSIVE };
        return Cost { scans: true, ..locks(lock) };
    }
    if says(fact, " FINALIZE") {
        return locks(SHARE_UPDATE_EXCLUSIVE);
    }
    if concurrently {
        return Cost { refuses: true, ..locks(SHARE_UPDATE_EXCLUSIVE) };
    }
    locks(ACCESS_EXCLUSIVE)
}

/// What ALTER TABLE does to a table as a whole, by its words.
fn alter_table(fact: &Fact) -> Cost {
    let storage = ["SET STATISTICS", "SET STORAGE", "SET COMPRESSION"].iter().any(|words| says(fact, words));
    if ["ENABLE", "DISABLE"].iter().any(|word| starts(fact, word)) && says(fact, "TRIGGER") {
        return locks(SHARE_ROW_EXCLUSIVE);
    }
    if says(fact, "SET STATISTICS") || starts(fact, "CLUSTER") || starts(fact, "SET WITHOUT CLUSTER") {
        return locks(SHARE_UPDATE_EXCLUSIVE);
    }
    if says(fact, "SET (") || starts(fact, "RESET (") {
        return locks(SHARE_UPDATE_EXCLUSIVE);
    }
    let moves = ["SET LOGGED", "SET UNLOGGED", "SET TABLESPACE", "SET ACCESS METHOD"];
    let rewrites = !storage && moves.iter().any(|words| starts(fact, words));
    Cost { rewrites: Some(rewrites), scans: rewrites, ..locks(ACCESS_EXCLUSIVE) }
}

fn lock_table(fact: &Fact) -> Cost {
    const MODES: &[(&str, &str)] = &[
        ("IN ACCESS SHARE MODE", ACCESS_SHARE),
        ("IN ROW SHARE MODE", "ROW SHARE"),
        ("IN ROW EXCLUSIVE MODE", ROW_EXCLUSIVE),
        ("IN SHARE UPDATE EXCLUSIVE MODE", SHARE_UPDATE_EXCLUSIVE),
        ("IN SHARE MODE", SHARE),
        ("IN SHARE ROW EXCLUSIVE MODE", SHARE_ROW_EXCLUSIVE),
        ("IN EXCLUSIVE MODE", EXCLUSIVE),
    ];
    let mode = MODES.iter().find(|(words, _)| says(fact, words)).map(|(_, lock)| *lock);
    locks(mode.unwrap_or(ACCESS_EXCLUSIVE))
}

fn maintenance(fact: &Fact) -> Cost {
    if starts(fact, "VACUUM") {
        let full = is_full(fact);
        let lock = if full { ACCESS_EXCLUSIVE } else { SHARE_UPDATE_EXCLUSIVE };
        return Cost { rewrites: Some(full), scans: true, refuses: true, ..locks(lock) };
    }
    if starts(fact, "CLUSTER") {
        let all = fact.text(change::TEXT).is_some_and(|text| text.trim().eq_ignore_ascii_case("cluster"));
        return Cost { rewrites: Some(true), scans: true, refuses: all, ..locks(ACCESS_EXCLUSIVE) };
    }
    if starts(fact, "ANALY") { locks(SHARE_UPDATE_EXCLUSIVE) } else { Cost::default() }
}

/// `VACUUM FULL`, `VACUUM (FULL, ANALYZE)`; not `VACUUM (FULL off)`.
fn is_full(fact: &Fact) -> bool {
    let text = fact.text(change::TEXT).unwrap_or_default().to_ascii_uppercase();
    let rest = text.get("VACUUM".len()..).unwrap_or_default().trim_start();
    let Some(options) = rest.strip_prefix('(') else {
        let options = ["FULL", "FREEZE", "VERBOSE", "ANALYZE"];
        return rest.split(' ').take_while(|word| options.contains(word)).any(|word| word == "FULL");
    };
    let options = options.split(')').next().unwrap_or_default().split(',').map(str::trim);
    options.into_iter().any(|option| {
        let (name, value) = option.split_once(' ').unwrap_or((option, ""));
        name == "FULL" && !matches!(value.trim().trim_matches('\''), "OFF" | "FALSE" | "0")
    })
}

/// Whether the change's own words begin so; `words` are upper case.
fn starts(fact: &Fact, words: &str) -> bool {
    let text = fact.text(change::TEXT).unwrap_or_default();
    text.as_bytes().get(..words.len()).is_some_and(|head| head.eq_ignore_ascii_case(words.as_bytes()))
}

/// Whether the words in front of the last one, or the last one itself, are these.
fn ends_head(fact: &Fact, words: &str) -> bool {
    let text = fact.text(change::TEXT).unwrap_or_default().to_ascii_uppercase();
    let head = text.trim_end().rsplit_once(' ').map_or("", |(head, _)| head);
    format!("{head} ").ends_with(words) || text.trim_end().ends_with(words)
}

/// Whether these words, in upper case, stand among the change's own.
fn says(fact: &Fact, words: &str) -> bool {
    let holds = |text: &str| {
        let at_word = |part: &[u8]| part.eq_ignore_ascii_case(words.as_bytes());
        text.as_bytes().windows(words.len()).any(at_word)
    };
    fact.text(change::TEXT).is_some_and(holds)
}
