//! What is said of the last change of small histories; `|` separates migrations.

use crate::facts::Field;
use crate::facts::words::schema_change as change;
use crate::read::link::history::tests;

/// What a field says of the last change of this kind.
fn said(history: &str, word: &str, field: Field) -> Option<String> {
    let migrations: Vec<(&str, &str)> = history.split('|').map(|up| (up, "SELECT 1")).collect();
    let facts = tests::facts(&migrations);
    let fact = tests::change(&facts, word);
    match fact.get(field).map(|slot| &slot.value) {
        None => None,
        Some(crate::facts::Value::Bool(yes)) => Some(yes.to_string()),
        Some(crate::facts::Value::Int(number)) => Some(number.to_string()),
        Some(value) => value.as_text().map(str::to_owned),
    }
}

fn check(field: Field, cases: &[(&str, &str, Option<&str>)]) {
    for (history, word, expected) in cases {
        assert_eq!(said(history, word, field).as_deref(), *expected, "{history}");
    }
}

const SHOP: &str = r#"CREATE TABLE "shop" ("id" SERIAL NOT NULL, "code" varchar NOT NULL DEFAULT 'a', "kind" text, CONSTRAINT "PK_shop" PRIMARY KEY ("id"));"#;

fn shop(rest: &str) -> String {
    format!("{SHOP} {rest}")
}

#[test]
fn what_is_needed_is_not_dropped() {
    let view = shop("CREATE VIEW v AS SELECT id, code FROM shop |");
    let key =
        shop("CREATE TABLE item (id int PRIMARY KEY, shop_id int CONSTRAINT fk REFERENCES shop (id)) |");
    for (history, word, expected) in [
        (format!("{view} ALTER TABLE shop DROP COLUMN code"), "drop-column", Some("the view `v`")),
        (format!("{view} ALTER TABLE shop DROP COLUMN code CASCADE"), "drop-column", None),
        (format!("{view} ALTER TABLE shop DROP COLUMN kind"), "drop-column", None),
        (
            format!("{view} ALTER TABLE shop ALTER COLUMN code TYPE text"),
            "alter-column-type",
            Some("the view `v`"),
        ),
        (format!("{view} DROP TABLE shop"), "drop-table", Some("the view `v`")),
        (format!("{view} DROP VIEW v; DROP TABLE shop"), "drop-table", None),
        (format!("{view} DO $$BEGIN EXECUTE 'x';END$$;; DROP TABLE shop"), "drop-table", None),
        (format!("{view} CREATE VIEW w AS SELECT * FROM v | DROP VIEW v"), "drop-view", Some("the view `w`")),
        (
            format!(
                "{view} ALTER TABLE shop RENAME COLUMN code TO sku; ALTER TABLE shop ADD code int | ALTER TABLE shop DROP COLUMN code"
            ),
            "drop-column",
            None,
        ),
        (format!("{key} DROP TABLE shop"), "drop-table", Some("the foreign key `fk` of `item`")),
        (format!("{key} DROP TABLE item; DROP TABLE shop"), "drop-table", None),
        (format!("{key} DROP TABLE item, shop"), "drop-table", None),
        (
            format!("{key} ALTER TABLE shop DROP COLUMN id"),
            "drop-column",
            Some("the foreign key `fk` of `item`"),
        ),
        (format!("{key} ALTER TABLE item DROP COLUMN shop_id"), "drop-column", None),
        (
            format!("{key} ALTER TABLE shop DROP CONSTRAINT \"PK_shop\""),
            "drop-constraint",
            Some("the foreign key `fk` of `item`"),
        ),
        (
            format!(
                "{key} ALTER TABLE item DROP CONSTRAINT fk; ALTER TABLE shop DROP CONSTRAINT \"PK_shop\""
            ),
            "drop-constraint",
            None,
        ),
        (format!("{key} DROP INDEX \"PK_shop\""), "drop-index", Some("the constraint `PK_shop` of `shop`")),
        (
            shop("CREATE TYPE mood AS ENUM ('a'); ALTER TABLE shop ADD m mood | DROP TYPE mood"),
            "drop-type",
            Some("the column `m` of `shop`"),
        ),
        (
            shop(
                "CREATE TYPE mood AS ENUM ('a'); ALTER TABLE shop ADD m mood | ALTER TYPE mood RENAME TO mood_old; CREATE TYPE mood AS ENUM ('b'); ALTER TABLE shop ALTER COLUMN m TYPE mood USING m::text::mood; DROP TYPE mood_old",
            ),
            "drop-type",
            None,
        ),
        (
            shop(
                "CREATE TYPE mood AS ENUM ('a'); ALTER TABLE shop ADD m mood | ALTER TYPE mood RENAME TO mood_old; CREATE TYPE mood AS ENUM ('b'); DROP TYPE mood_old",
            ),
            "drop-type",
            Some("the column `m` of `shop`"),
        ),
    ] {
        check(change::NEEDED_BY, &[(&history, word, expected)]);
    }
}

#[test]
fn keys_over_several_columns_go_with_one_of_them() {
    let start = shop("CREATE UNIQUE INDEX u ON shop (code, kind); CREATE INDEX i ON shop (code) |");
    for (history, expected) in [
        (format!("{start} ALTER TABLE shop DROP COLUMN kind"), Some("the unique index `u` (code, kind)")),
        (format!("{start} DROP INDEX u; ALTER TABLE shop DROP COLUMN kind"), None),
        (format!("{start} ALTER TABLE shop DROP COLUMN kind; ALTER TABLE shop DROP COLUMN code"), None),
        (format!("{start} ALTER TABLE shop DROP COLUMN kind; CREATE UNIQUE INDEX u ON shop (code)"), None),
    ] {
        check(change::TAKES_ALONG, &[(&history, "drop-column", expected)]);
    }
}

#[test]
fn foreign_keys_that_cannot_be_made() {
    let add = |rest: &str| {
        shop(&format!(
            "CREATE TABLE item (id int PRIMARY KEY, shop_id int, code text, u uuid) | ALTER TABLE item ADD CONSTRAINT fk FOREIGN KEY {rest}"
        ))
    };
    for (history, word, expected) in [
        (add("(shop_id) REFERENCES shop (id)"), "add-constraint", None),
        (add("(shop_id) REFERENCES shop"), "add-constraint", None),
        (add("(u) REFERENCES shop (id)"), "add-constraint", Some("`u` is uuid, but `shop.id` is integer")),
        (
            add("(code) REFERENCES shop (code)"),
            "add-constraint",
            Some("nothing makes `code` of `shop` unique"),
        ),
        (add("(code) REFERENCES shop (name)"), "add-constraint", Some("`shop` has no column `name`")),
        (add("(other) REFERENCES shop (id)"), "add-constraint", Some("`item` has no column `other`")),
        (add("(u) REFERENCES elsewhere (id)"), "add-constraint", None),
        (
            shop("CREATE UNIQUE INDEX u ON shop (code) | CREATE TABLE b (code text REFERENCES shop (code))"),
            "create-table",
            None,
        ),
        (
            shop(
                "CREATE UNIQUE INDEX u ON shop (code) WHERE kind = 'a' | CREATE TABLE b (code text REFERENCES shop (code))",
            ),
            "create-table",
            Some("nothing makes `code` of `shop` unique"),
        ),
        (
            shop("| CREATE TABLE b (shop_id uuid REFERENCES shop (id))"),
            "create-table",
            Some("`shop_id` is uuid, but `shop.id` is integer"),
        ),
        (
            shop("| DROP TABLE shop | CREATE TABLE b (shop_id int REFERENCES shop (id))"),
            "create-table",
            Some("the table `shop` is gone by then"),
        ),
        ("CREATE TABLE t (id int PRIMARY KEY, up int REFERENCES t (id))".to_owned(), "create-table", None),
        (
            "CREATE TABLE t (a int PRIMARY KEY, b int UNIQUE) | ALTER TABLE t ADD c int REFERENCES u (id)"
                .to_owned(),
            "add-column",
            None,
        ),
    ] {
        check(change::BAD_REFERENCE, &[(&history, word, expected)]);
    }
    let wider = shop("| CREATE TABLE b (shop_id bigint REFERENCES shop (id))");
    check(change::KEY_TYPES, &[(&wider, "create-table", Some("`shop_id` is bigint, `shop.id` is integer"))]);
}

#[test]
fn columns_that_are_not_there_or_there_twice() {
    for (rest, word, field, expected) in [
        ("| CREATE INDEX i ON shop (name)", "create-index", change::MISSING_COLUMN, Some("name")),
        ("| CREATE INDEX i ON shop (lower(name))", "create-index", change::MISSING_COLUMN, None),
        (
            "| ALTER TABLE shop RENAME COLUMN code TO sku | UPDATE shop SET code = 'a'",
            "update",
            change::MISSING_COLUMN,
            Some("code"),
        ),
        ("| UPDATE shop SET \"Code\" = 'a' WHERE id = 1", "update", change::MISSING_COLUMN, None),
        ("| INSERT INTO shop (id, name) VALUES (1, 'a')", "insert", change::MISSING_COLUMN, Some("name")),
        (
            "| ALTER TABLE shop ADD CONSTRAINT u UNIQUE (name)",
            "add-constraint",
            change::MISSING_COLUMN,
            Some("name"),
        ),
        ("| UPDATE shop SET code = 'a', code = 'b'", "update", change::NAMED_TWICE, Some("code")),
        ("| UPDATE shop SET code[1] = 'a', code[2] = 'b'", "update", change::NAMED_TWICE, None),
        ("| CREATE TABLE t (a int, b int, a text)", "create-table", change::NAMED_TWICE, Some("a")),
        ("| INSERT INTO shop (id, code) VALUES (1, 'a')", "insert", change::EXPLICIT_KEY, Some("id")),
        ("| INSERT INTO shop (id, code) VALUES (DEFAULT, 'a')", "insert", change::EXPLICIT_KEY, None),
        ("| INSERT INTO shop (code) VALUES ('a')", "insert", change::EXPLICIT_KEY, None),
        (
            "| INSERT INTO shop (id, code) VALUES (1, 'a'); SELECT setval('shop_id_seq', 1)",
            "insert",
            change::EXPLICIT_KEY,
            None,
        ),
        (
            "| CREATE TABLE IF NOT EXISTS shop (id int, name text)",
            "create-table",
            change::SKIPS,
            Some("the column `name` is not added"),
        ),
        ("| CREATE TABLE IF NOT EXISTS shop (id int, code text)", "create-table", change::SKIPS, None),
        (
            "| ALTER TABLE shop ADD COLUMN IF NOT EXISTS kind int",
            "add-column",
            change::SKIPS,
            Some("it stays text and does not become integer"),
        ),
        (
            "CREATE INDEX i ON shop (code) | CREATE INDEX IF NOT EXISTS i ON shop (kind)",
            "create-index",
            change::SKIPS,
            Some("it stays on (code) and is not made on (kind)"),
        ),
    ] {
        check(field, &[(&shop(rest), word, expected)]);
    }
}

#[test]
fn names_of_more_than_63_bytes_may_be_one() {
    let long = "a".repeat(63);
    let history =
        shop(&format!("CREATE INDEX {long}_1 ON shop (code) | CREATE INDEX {long}_2 ON shop (kind)"));
    check(change::COLLIDES_WITH, &[(&history, "create-index", Some(&format!("{long}_1")))]);
    let history = shop(&format!("| CREATE INDEX {long} ON shop (kind)"));
    check(change::CUT_NAME, &[(&history, "create-index", None)]);
    let columns = format!("CREATE TABLE t ({long}a int, {long}b int)");
    check(change::COLLIDES_WITH, &[(&columns, "create-table", Some(&format!("{long}b")))]);
    check(change::CUT_NAME, &[(&columns, "create-table", Some(&long))]);
}

#[test]
fn what_the_end_of_the_history_says() {
    for (history, word, field, expected) in [
        (SHOP.to_owned(), "create-table", change::KEYED, Some("primary-key")),
        ("CREATE TABLE t (a int)".to_owned(), "create-table", change::KEYED, Some("none")),
        (
            "CREATE TABLE t (a int) | ALTER TABLE t ADD PRIMARY KEY (a) | SELECT 1".to_owned(),
            "create-table",
            change::KEYED,
            Some("primary-key"),
        ),
        ("CREATE TABLE t (a int NOT NULL UNIQUE)".to_owned(), "create-table", change::KEYED, Some("unique")),
        ("CREATE TABLE t (a int UNIQUE)".to_owned(), "create-table", change::KEYED, Some("none")),
        (
            shop("CREATE INDEX a ON shop (code) | CREATE INDEX b ON shop (code, kind)"),
            "create-index",
            change::MAKES_REDUNDANT,
            Some("a"),
        ),
        (
            shop("CREATE INDEX a ON shop (code, kind) | CREATE INDEX b ON shop (code)"),
            "create-index",
            change::REDUNDANT_TO,
            Some("a"),
        ),
        (
            shop("CREATE INDEX a ON shop (code, kind) | CREATE INDEX b ON shop (kind)"),
            "create-index",
            change::REDUNDANT_TO,
            None,
        ),
        (
            shop("CREATE INDEX a ON shop (code, kind) | CREATE UNIQUE INDEX b ON shop (code)"),
            "create-index",
            change::REDUNDANT_TO,
            None,
        ),
        (
            shop("CREATE INDEX a ON shop (code, kind) | CREATE INDEX b ON shop USING gin (code)"),
            "create-index",
            change::REDUNDANT_TO,
            None,
        ),
        (shop("CREATE INDEX a ON shop (code, kind)"), "create-index", change::WIDTH, Some("2")),
        (
            shop("| ALTER TABLE shop ENABLE ROW LEVEL SECURITY"),
            "alter-table",
            change::WITHOUT_POLICY,
            Some("true"),
        ),
        (
            shop("| ALTER TABLE shop ENABLE ROW LEVEL SECURITY | CREATE POLICY p ON shop USING (true)"),
            "alter-table",
            change::WITHOUT_POLICY,
            None,
        ),
        (
            shop("| ALTER TABLE shop ALTER COLUMN code DROP DEFAULT"),
            "drop-default",
            change::REQUIRED,
            Some("true"),
        ),
        (shop("| ALTER TABLE shop ALTER COLUMN kind DROP DEFAULT"), "drop-default", change::REQUIRED, None),
        (
            shop("| ALTER TABLE shop DROP CONSTRAINT \"PK_shop\""),
            "drop-constraint",
            change::CONSTRAINT,
            Some("primary-key"),
        ),
        (
            shop("| ALTER TABLE shop ADD no int NOT NULL DEFAULT 0; CREATE UNIQUE INDEX u ON shop (no)"),
            "create-index",
            change::SAME_VALUE,
            Some("no"),
        ),
        (
            shop(
                "| ALTER TABLE shop ADD no int NOT NULL DEFAULT 0; UPDATE shop SET no = id; CREATE UNIQUE INDEX u ON shop (no)",
            ),
            "create-index",
            change::SAME_VALUE,
            None,
        ),
        (
            shop("| ALTER TABLE shop ADD no int NULL; CREATE UNIQUE INDEX u ON shop (no)"),
            "create-index",
            change::SAME_VALUE,
            None,
        ),
        (shop("| BEGIN; UPDATE shop SET code = 'b'"), "transaction", change::LEFT_OPEN, Some("true")),
        (shop("| BEGIN; UPDATE shop SET code = 'b'; COMMIT"), "transaction", change::LEFT_OPEN, None),
    ] {
        check(field, &[(&history, word, expected)]);
    }
}
