//! Credentials that stand in SQL in words: passwords of roles and users, connection strings, keys among the
//! values of rows. Knows the words before a literal and what credentials look like; a hash of a password, a
//! placeholder and a variable of psql are none.

use std::ops::Range;

use crate::facts::Fact;
use crate::facts::words::schema_change as change;
use crate::read::secret;
use crate::text::Passage;

/// The longest literal that is looked at, in bytes.
const MAX_BYTES: usize = 4_096;

/// Notes of changes in plain SQL, parts of `passage`, which credential they hold.
pub fn set(facts: &mut [Fact], passage: &Passage) {
    let whole = passage.span();
    for fact in facts.iter_mut().filter(|fact| fact.kind == change::KIND) {
        let range = fact.span.start.checked_sub(whole.start).zip(fact.span.end.checked_sub(whole.start));
        let Some((start, end)) = range.filter(|_| fact.span.file == whole.file) else { continue };
        let (start, end) = (start as usize, end as usize);
        let Some(words) = passage.text().get(start..end) else { continue };
        let kind = fact.text(change::CHANGE).unwrap_or_default();
        if !may_hold(kind) {
            continue;
        }
        let found = literals(words).find_map(|range| Some((judge(words, &range, kind)?, range)));
        if let Some((what, range)) = found {
            let place = passage.locate(start + range.start..start + range.end);
            fact.set(change::SECRET, what, place);
        }
    }
}

/// The insides of the literals of a text of SQL, comments and quoted names left out; those in the body of a
/// function or a `DO` too.
pub fn literals(sql: &str) -> impl Iterator<Item = Range<usize>> {
    let bytes = sql.as_bytes();
    let mut at = 0;
    std::iter::from_fn(move || {
        loop {
            let next =
                bytes.get(at..)?.iter().position(|byte| matches!(byte, b'\'' | b'"' | b'-' | b'/' | b'`'))?;
            let start = at + next;
            let rest = bytes.get(start..)?;
            at = match rest {
                [b'-', b'-', ..] => start + memchr::memchr(b'\n', rest).unwrap_or(rest.len()),
                [b'/', b'*', ..] => {
                    start + memchr::memmem::find(rest, b"*/").map_or(rest.len(), |end| end + 2)
                }
                [quote @ (b'"' | b'`'), inner @ ..] => {
                    start + memchr::memchr(*quote, inner).map_or(rest.len(), |end| end + 2)
                }
                [b'\'', ..] => {
                    let mut end = start + 1;
                    loop {
                        end += memchr::memchr(b'\'', bytes.get(end..)?)?;
                        if bytes.get(end + 1) != Some(&b'\'') {
                            break;
                        }
                        end += 2;
                    }
                    at = end + 1;
                    return Some(start + 1..end);
                }
                _ => start + 1,
            };
        }
    })
}

/// What the literal at `range` of `sql` gives away, in a change of this kind.
pub fn judge(sql: &str, range: &Range<usize>, kind: &str) -> Option<&'static str> {
    let value = sql.get(range.clone()).filter(|value| value.len() <= MAX_BYTES)?;
    let before = sql.get(..range.start.checked_sub(1)?)?;
    // A variable of psql: `:'password'`.
    if before.ends_with(':') || !may_hold(kind) || is_placeholder(value) {
        return None;
    }
    let before = before.trim_end();
    let mut words = before.rsplit(|char: char| !char.is_ascii_alphabetic()).filter(|word| !word.is_empty());
    let (word, other) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
    let behind = |text: &str| before.len() >= text.len() && before.ends_with(word) && !word.is_empty();
    let password = word.eq_ignore_ascii_case("password") && gives(kind)
        || word.eq_ignore_ascii_case("by") && other.eq_ignore_ascii_case("identified");
    if password && behind(word) && !is_hash(value) && secret::classify("PASSWORD", Some(value)) != "no" {
        return Some("a password");
    }
    if word.eq_ignore_ascii_case("connection") && has_password(value) {
        return Some("a password");
    }
    (secret::classify("VALUE", Some(value)) == "value").then_some("a credential")
}

/// Whether a change of this kind gives access, or writes rows.
pub fn may_hold(kind: &str) -> bool {
    gives(kind) || matches!(kind, "insert" | "update" | "merge" | "select" | "call")
}

/// Whether a change of this kind may give somebody access.
fn gives(kind: &str) -> bool {
    matches!(
        kind,
        "create-other" | "alter-other" | "other" | "alter-database" | "unknown" | "do-block" | "grant"
    )
}

/// What stands for something else: `${NAME}`, `{{ name }}`, `$(NAME)`, `<%= name %>`, `__NAME__`.
fn is_placeholder(value: &str) -> bool {
    let value = value.trim();
    let pairs = [
        ("${", "}"),
        ("{{", "}}"),
        ("$(", ")"),
        ("<%", "%>"),
        ("__", "__"),
        ("@@", "@@"),
        ("<", ">"),
        ("%", "%"),
    ];
    let named = value.strip_prefix([':', '$']).is_some_and(|rest| {
        !rest.is_empty() && rest.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
    });
    named
        || pairs
            .iter()
            .any(|(start, end)| value.len() > 3 && value.starts_with(start) && value.ends_with(end))
}

/// Whether a password is stored as what a database keeps of it.
fn is_hash(value: &str) -> bool {
    let hex = |text: &str, len: usize| text.len() == len && text.bytes().all(|byte| byte.is_ascii_hexdigit());
    value.starts_with("SCRAM-SHA-256$")
        || value.strip_prefix("md5").is_some_and(|rest| hex(rest, 32))
        || value.strip_prefix('*').is_some_and(|rest| hex(rest, 40))
}

/// Whether a connection string such as `host=a password=b` holds a password.
fn has_password(value: &str) -> bool {
    value.split_whitespace().any(|pair| {
        let password = pair.split_once('=').filter(|(name, _)| name.eq_ignore_ascii_case("password"));
        password.is_some_and(|(_, value)| {
            !is_placeholder(value) && secret::classify("PASSWORD", Some(value)) != "no"
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(sql: &str, kind: &str) -> Option<(&'static str, String)> {
        literals(sql).find_map(|range| Some((judge(sql, &range, kind)?, sql.get(range)?.to_owned())))
    }

    #[test]
    fn credentials_in_sql() {
        for (sql, kind) in [
            ("CREATE ROLE report LOGIN PASSWORD 'tR7-violet-otter'", "create-other"),
            ("ALTER USER app WITH ENCRYPTED PASSWORD\n 'tR7-violet-otter'", "alter-other"),
            ("CREATE USER x IDENTIFIED BY 'tR7-violet-otter'", "create-other"),
            ("GRANT ALL ON *.* TO 'y'@'%' IDENTIFIED BY 'tR7-violet-otter'", "grant"),
            (
                "CREATE USER MAPPING FOR a SERVER b OPTIONS (user 'x', password 'tR7-violet-otter')",
                "create-other",
            ),
            ("DO $$ BEGIN CREATE ROLE k PASSWORD 'tR7-violet-otter'; END $$", "do-block"),
            ("CREATE ROLE \"it's\" /* 'a' */ PASSWORD 'tR7-violet-otter' -- it's", "create-other"),
        ] {
            assert_eq!(found(sql, kind), Some(("a password", "tR7-violet-otter".to_owned())), "{sql}");
        }
        let connection =
            "CREATE SUBSCRIPTION s CONNECTION 'host=a user=b password=Zk8sunnyMeadow41' PUBLICATION p";
        assert_eq!(found(connection, "create-other").map(|found| found.0), Some("a password"));
        for sql in [
            "INSERT INTO s VALUES ('stripe', 'sk_live_51HxQ2eLkjhGFDSA0987poiuyTRewq')",
            "INSERT INTO s VALUES ('url', 'postgres://app:Zk8sunnyMeadow41@db.internal/shop')",
        ] {
            assert_eq!(found(sql, "insert").map(|found| found.0), Some("a credential"), "{sql}");
        }
    }

    #[test]
    fn what_is_none() {
        for (sql, kind) in [
            ("CREATE ROLE a PASSWORD '${REPORT_PASSWORD}'", "create-other"),
            ("CREATE ROLE a PASSWORD :'pw'", "create-other"),
            ("CREATE ROLE a PASSWORD ':pw'", "create-other"),
            ("CREATE ROLE a PASSWORD '{{ password }}'", "create-other"),
            ("CREATE ROLE a PASSWORD '$(PW)'", "create-other"),
            ("CREATE ROLE a PASSWORD '<%= password %>'", "create-other"),
            ("CREATE ROLE a PASSWORD 'changeme'", "create-other"),
            ("CREATE ROLE a PASSWORD NULL VALID UNTIL '2030-01-01'", "create-other"),
            ("CREATE ROLE a PASSWORD 'SCRAM-SHA-256$4096:abc$def:ghi'", "create-other"),
            ("CREATE ROLE a PASSWORD 'md5d41d8cd98f00b204e9800998ecf8427e'", "create-other"),
            ("ALTER TABLE t ADD COLUMN password text DEFAULT 'password'", "add-column"),
            ("COMMENT ON COLUMN t.password IS 'password'", "comment"),
            ("INSERT INTO i18n VALUES ('password', 'Mot de passe')", "insert"),
            (
                "INSERT INTO u VALUES ('$2b$10$N9qo8uLOickgx2ZMRZoMyeIjZAgcfl7p92ldGxad68LJZdL17lhWy')",
                "insert",
            ),
            (
                "INSERT INTO u VALUES ('0c4dd0c5-0f30-4f3d-8f1c-1a2b3c4d5e6f', 'd41d8cd98f00b204e9800998ecf8427e')",
                "insert",
            ),
            ("-- PASSWORD 'tR7-violet-otter'", "create-other"),
            ("CREATE SUBSCRIPTION s CONNECTION 'host=a password=${PW}' PUBLICATION p", "create-other"),
        ] {
            assert_eq!(found(sql, kind), None, "{sql}");
        }
    }

    #[test]
    fn hostile_text_is_borne() {
        for sql in ["'", "''", "'''", "PASSWORD '", "--'", "/*'", "\"'", "'店''🏪", ""] {
            let _ = found(sql, "create-other");
        }
        assert_eq!(literals(&"'a',".repeat(50_000)).count(), 50_000);
        assert_eq!(literals(&"-".repeat(200_000)).count(), 0);
    }
}
