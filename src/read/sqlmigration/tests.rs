//! Folders of SQL files in the ways of several tools.

use super::read;
use crate::facts::words::{migration, schema_change};
use crate::facts::{Fact, Reading};
use crate::repo::Repo;

fn reading(files: &[(&str, &str)]) -> Reading {
    let mut repo = Repo::default();
    let ids: Vec<_> =
        files.iter().map(|(path, text)| repo.insert(path, text.as_bytes().to_vec(), false)).collect();
    read(&repo, ids[0])
}

fn migration(reading: &Reading) -> &Fact {
    reading.facts.iter().find(|fact| fact.kind == migration::KIND).unwrap()
}

fn changes(reading: &Reading) -> Vec<(String, String)> {
    let changes = reading.facts.iter().filter(|fact| fact.kind == schema_change::KIND);
    changes
        .map(|fact| {
            let text = |field| fact.text(field).unwrap_or_default().to_owned();
            (text(schema_change::DIRECTION), text(schema_change::CHANGE))
        })
        .collect()
}

fn words(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
    pairs.iter().map(|(one, other)| ((*one).to_owned(), (*other).to_owned())).collect()
}

#[test]
fn names_of_files() {
    for (path, tool, name, version) in [
        ("db/migration/V1__init.sql", "flyway", "V1__init", "1"),
        ("db/migration/V1.2_3__商品.sql", "flyway", "V1.2_3__商品", "1.2_3"),
        (
            "prisma/migrations/20240101000000_init/migration.sql",
            "prisma",
            "20240101000000_init",
            "20240101000000",
        ),
        ("migrations/000001_init.up.sql", "sql", "000001_init", "000001"),
        ("migrations/20240101_init.sql", "sql", "20240101_init", "20240101"),
    ] {
        let reading = reading(&[(path, "CREATE TABLE a (id int);")]);
        let fact = migration(&reading);
        assert_eq!(fact.text(migration::TOOL), Some(tool), "{path}");
        assert_eq!(fact.text(migration::NAME), Some(name), "{path}");
        assert_eq!(fact.text(migration::VERSION), Some(version), "{path}");
    }
    for path in [
        "seeds/001_users.sql",
        "migrations/schema.sql",
        "migrations/R__views.sql",
        "V1__x.txt",
        "db/clickhouse/migrations/1_x.sql",
        "migrations/2fa.sql",
    ] {
        assert!(!super::is_migration(path), "{path}");
    }
}

#[test]
fn goose_and_dbmate_say_both_ways_in_one_file() {
    let goose = "-- +goose NO TRANSACTION\r\n-- +goose Up\r\n-- +goose StatementBegin\r\nCREATE INDEX CONCURRENTLY i ON a (b);\r\n-- +goose StatementEnd\r\n\r\n-- +goose Down\r\nDROP INDEX i;\r\n";
    let read = reading(&[("migrations/00001_i.sql", goose)]);
    assert_eq!(changes(&read), words(&[("up", "create-index"), ("down", "drop-index")]));
    let fact = migration(&read);
    assert_eq!(fact.text(migration::TOOL), Some("goose"));
    assert_eq!(fact.bool(migration::TRANSACTION), Some(false));
    assert_eq!(fact.text(migration::DOWN), Some("present"));
    let dbmate = "-- migrate:up transaction:false\nALTER TABLE a ADD b int;\n\n-- migrate:down\n";
    let read = reading(&[("db/migrations/20240101_b.sql", dbmate)]);
    assert_eq!(changes(&read), words(&[("up", "add-column")]));
    assert_eq!(migration(&read).text(migration::DOWN), Some("empty"));
    assert_eq!(migration(&read).bool(migration::TRANSACTION), Some(false));
}

#[test]
fn two_files_are_one_migration() {
    let files = [
        ("m/migrations/1_a.up.sql", "CREATE TABLE a (id int);"),
        ("m/migrations/1_a.down.sql", "DROP TABLE a;"),
    ];
    assert_eq!(changes(&reading(&files)), words(&[("up", "create-table"), ("down", "drop-table")]));
    assert!(reading(&[files[1], files[0]]).facts.is_empty());
    let alone = reading(&files[..1]);
    assert_eq!(migration(&alone).text(migration::DOWN), Some("missing"));
}

#[test]
fn no_way_back_by_design() {
    for path in ["prisma/migrations/20240101000000_a/migration.sql", "V1__a.sql", "migrations/001_a.sql"] {
        let read = reading(&[(path, "CREATE TABLE a (id int);")]);
        assert_eq!(migration(&read).get(migration::DOWN), None, "{path}");
    }
}

#[test]
fn annotations_stand_in_comments() {
    let text = "-- @destructive: DROP COLUMN a.b（もう使わない 🗑️）\n-- @expand-migration: V1__a\nALTER TABLE a DROP COLUMN b;\n";
    let read = reading(&[("V2__b.sql", text)]);
    let fact = migration(&read);
    assert_eq!(fact.text(migration::DESTRUCTIVE), Some("DROP COLUMN a.b（もう使わない 🗑️）"));
    assert_eq!(fact.text(migration::EXPAND), Some("V1__a"));
}

#[test]
fn other_databases_and_hostile_files_are_borne() {
    assert!(
        reading(&[("migrations/1_a.sql", "CREATE TABLE a (b UInt8) ENGINE = MergeTree")]).facts.is_empty()
    );
    for text in [
        "",
        "\u{feff}",
        "-- +goose Up",
        "/*",
        "-- migrate:down\n-- migrate:up\n-- migrate:down",
        &"(".repeat(100_000),
        "'",
    ] {
        let _ = reading(&[("migrations/1_a.sql", text)]);
    }
}

#[test]
fn files_for_one_database_each() {
    let files: &[(&str, &str)] = &[
        ("migrations/20240101_init.postgres.up.sql", "CREATE TABLE a (id int);"),
        ("migrations/20240101_init.down.sql", "DROP TABLE a;"),
    ];
    let read = reading(files);
    let fact = migration(&read);
    assert_eq!(fact.text(migration::NAME), Some("20240101_init.postgres"));
    assert_eq!(fact.text(migration::DIALECT), Some("postgres"));
    assert_eq!(fact.text(migration::TOOL), Some("pop"));
    // What is general undoes what is special.
    assert_eq!(changes(&read), words(&[("up", "create-table"), ("down", "drop-table")]));
    let own = [files[0], files[1], ("migrations/20240101_init.postgres.down.sql", "SELECT 1; DROP TABLE a;")];
    assert_eq!(changes(&reading(&own)).len(), 3);
    // Each database undoes it in its own way.
    let general = [
        ("migrations/1_a.up.sql", "CREATE TABLE a (id int);"),
        ("migrations/1_a.sqlite3.down.sql", "DROP TABLE a;"),
    ];
    assert_eq!(migration(&reading(&general)).text(migration::DOWN), None);
    let outside = reading(&[("migrations/1_a.cockroach.autocommit.up.sql", "CREATE INDEX ON a (b);")]);
    let fact = migration(&outside);
    assert_eq!(
        (fact.text(migration::DIALECT), fact.bool(migration::TRANSACTION)),
        (Some("cockroach"), Some(false))
    );
    assert_eq!(fact.text(migration::DOWN), Some("missing"));
    // A dot in a name is no database.
    let plain = reading(&[("migrations/1_v2.0.up.sql", "CREATE TABLE a (id int);")]);
    assert_eq!(migration(&plain).text(migration::DIALECT), None);
    for (name, core) in
        [("1_a.mysql", "1_a"), ("1_a.pg.autocommit", "1_a"), ("1_a.b", "1_a.b"), ("", ""), (".mysql", "")]
    {
        assert_eq!(super::without_dialect(name), core);
    }
}

#[test]
fn fizz_is_a_migration_that_is_not_read() {
    let read = reading(&[("migrations/20240101_tag.up.fizz", "create_table(\"tag\") {}")]);
    let fact = migration(&read);
    assert_eq!((fact.text(migration::TOOL), fact.text(migration::UP)), (Some("pop"), Some("present")));
    assert!(changes(&read).is_empty());
    assert!(reading(&[("migrations/20240101_tag.down.fizz", "drop_table(\"tag\")")]).facts.is_empty());
}
