//! Replays of small histories.

use crate::facts::words::{migration, schema_change};
use crate::facts::{Fact, Facts};
use crate::repo::Repo;

/// The facts of migrations that are given as `(up, down)`, statements separated by `;`.
pub(super) fn facts(migrations: &[(&str, &str)]) -> Facts {
    let mut repo = Repo::default();
    let mut readings = Vec::new();
    for (index, (up, down)) in migrations.iter().enumerate() {
        let stamp = 1_779_000_000_000_u64 + index as u64;
        let calls = |sql: &str| -> String {
            let separator = if sql.contains("$$") { ";;" } else { ";" };
            let statements = sql.split(separator).filter(|statement| !statement.trim().is_empty());
            statements.map(|statement| format!("await queryRunner.query(`{}`);", statement.trim())).collect()
        };
        let text = format!(
            "export class M{stamp} implements MigrationInterface {{ async up(queryRunner) {{ {} }} async down(queryRunner) {{ {} }} }}",
            calls(up),
            calls(down)
        );
        let id = repo.insert(&format!("migrations/{stamp}-M.ts"), text.into_bytes(), false);
        readings.push(crate::read::migration::read(
            &repo,
            id,
            true,
            &crate::facts::MigrationNotes::default(),
        ));
    }
    let (mut facts, problems) = Facts::gather(readings);
    assert!(problems.is_empty(), "{problems:?}");
    super::link(&mut facts, &repo);
    facts
}

/// The change of the last migration's `up` that does this.
pub(super) fn change<'f>(facts: &'f Facts, word: &str) -> &'f Fact {
    let ids = facts.of_kind(schema_change::KIND).iter().rev();
    ids.map(|&id| facts.get(id))
        .find(|fact| {
            fact.text(schema_change::CHANGE) == Some(word)
                && fact.text(schema_change::DIRECTION) == Some("up")
        })
        .unwrap()
}

/// What is said of the last migration's `down`.
fn not_undone(migrations: &[(&str, &str)]) -> Option<String> {
    let facts = facts(migrations);
    let &last = facts.of_kind(migration::KIND).last().unwrap();
    let fact = facts.get(last);
    if fact.bool(migration::UNDONE_BY_DOWN)? {
        Some("undone".to_owned())
    } else {
        fact.text(migration::NOT_UNDONE).map(str::to_owned)
    }
}

const PRODUCT: (&str, &str) = (
    "CREATE TABLE \"product\" (\"id\" SERIAL NOT NULL, \"code\" varchar(12), \"price\" integer NOT NULL, CONSTRAINT \"PK_1\" PRIMARY KEY (\"id\"))",
    "DROP TABLE \"product\"",
);

#[test]
fn who_made_what() {
    let facts = facts(&[
        PRODUCT,
        ("ALTER TABLE product ADD weight int", ""),
        ("ALTER TABLE public.product DROP COLUMN weight", ""),
    ]);
    let drop = change(&facts, "drop-column");
    assert_eq!(drop.text(schema_change::MADE_BY), Some("M1779000000000"));
    assert_eq!(drop.text(schema_change::COLUMN_MADE_BY), Some("M1779000000001"));
    assert_eq!(drop.bool(schema_change::TABLE_IS_NEW), Some(false));
    assert_eq!(drop.text(schema_change::OBJECT_EXISTS), Some("yes"));
    assert_eq!(drop.text(schema_change::OLD_TYPE), Some("integer"));
}

#[test]
fn existence_is_said_where_the_history_knows() {
    let exists = |migrations: &[(&str, &str)], word: &str| {
        change(&facts(migrations), word).text(schema_change::OBJECT_EXISTS).map(str::to_owned).unwrap()
    };
    // A way back that says the same does not make it so.
    let there_and_back =
        [PRODUCT, ("ALTER TABLE product DROP COLUMN weight", "ALTER TABLE product ADD weight int")];
    assert_eq!(exists(&there_and_back, "drop-column"), "no");
    // A table that the history never made.
    assert_eq!(exists(&[("ALTER TABLE a DROP COLUMN b", "")], "drop-column"), "unknown");
    assert_eq!(exists(&[("CREATE TABLE a (b int)", "")], "create-table"), "unknown");
    assert_eq!(exists(&[PRODUCT, ("ALTER TABLE product DROP COLUMN weight", "")], "drop-column"), "no");
    assert_eq!(exists(&[PRODUCT, ("ALTER TABLE product ADD code text", "")], "add-column"), "yes");
    assert_eq!(
        exists(&[PRODUCT, ("DROP TABLE product", ""), ("DROP TABLE product", "")], "drop-table"),
        "no"
    );
    // Dropped twice, on a table of which nobody knows what it has.
    let twice = [("ALTER TABLE a DROP COLUMN b", ""), ("ALTER TABLE a DROP COLUMN b", "")];
    assert_eq!(exists(&twice, "drop-column"), "no");
    // Something unknown happened in between.
    let shaken = [PRODUCT, ("${anything}", ""), ("ALTER TABLE product ADD code text", "")];
    assert_eq!(exists(&shaken, "add-column"), "unknown");
    let block = [
        PRODUCT,
        ("DO $$ BEGIN ALTER TABLE product DROP COLUMN code; END $$", ""),
        ("ALTER TABLE product ADD code text", ""),
    ];
    assert_eq!(exists(&block, "add-column"), "unknown");
    // The other name of a renamed table.
    let renamed = [PRODUCT, ("ALTER TABLE product RENAME TO article", ""), ("DROP TABLE product", "")];
    assert_eq!(exists(&renamed, "drop-table"), "no");
}

#[test]
fn new_types_against_old_ones() {
    let change = |to: &str| {
        let sql = format!("ALTER TABLE product ALTER COLUMN code TYPE {to}");
        let facts = facts(&[PRODUCT, (sql.as_str(), "")]);
        change(&facts, "alter-column-type").text(schema_change::TYPE_CHANGE).map(str::to_owned)
    };
    assert_eq!(change("varchar(20)").as_deref(), Some("safe"));
    assert_eq!(change("text").as_deref(), Some("safe"));
    assert_eq!(change("varchar(8)").as_deref(), Some("rewrite"));
    assert_eq!(change("citext").as_deref(), Some("unknown"));
}

#[test]
fn foreign_keys_and_their_indexes() {
    let covered = |more: &str| {
        let order = format!(
            "CREATE TABLE line (id int PRIMARY KEY, product_id int); ALTER TABLE line ADD CONSTRAINT fk FOREIGN KEY (product_id) REFERENCES product(id); {more}"
        );
        let facts = facts(&[PRODUCT, (order.as_str(), "")]);
        change(&facts, "add-constraint").bool(schema_change::COVERED_BY_INDEX)
    };
    assert_eq!(covered(""), Some(false));
    assert_eq!(covered("CREATE INDEX i ON line (product_id, id)"), Some(true));
    assert_eq!(covered("CREATE INDEX i ON line (id, product_id)"), Some(false));
    assert_eq!(covered("CREATE INDEX i ON line (product_id) WHERE id > 1"), Some(false));
}

#[test]
fn a_down_that_undoes() {
    for (up, down) in [
        ("ALTER TABLE product ADD weight int", "ALTER TABLE product DROP COLUMN weight"),
        ("ALTER TABLE product DROP COLUMN code", "ALTER TABLE product ADD code character varying"),
        ("ALTER TABLE product RENAME COLUMN code TO sku", "ALTER TABLE product RENAME COLUMN sku TO code"),
        ("ALTER TABLE product RENAME TO article", "ALTER TABLE article RENAME TO product"),
        ("CREATE INDEX i ON product (code)", "DROP INDEX \"public\".\"i\""),
        ("CREATE TABLE note (id int); CREATE INDEX n ON note (id)", "DROP INDEX n; DROP TABLE note"),
        ("DROP INDEX unknown_index", "CREATE INDEX unknown_index ON product (price)"),
        ("ALTER TABLE elsewhere DROP COLUMN x", "ALTER TABLE elsewhere ADD x text NOT NULL"),
        ("ALTER TABLE elsewhere DROP CONSTRAINT uq", "ALTER TABLE elsewhere ADD CONSTRAINT uq UNIQUE (x)"),
        ("DROP TABLE elsewhere", "CREATE TABLE elsewhere (id int)"),
        ("ALTER TABLE product ADD CONSTRAINT u UNIQUE (code)", "ALTER TABLE product DROP CONSTRAINT u"),
        (
            "ALTER TABLE product ALTER COLUMN price TYPE bigint",
            "ALTER TABLE product ALTER COLUMN price TYPE int4",
        ),
        (
            "ALTER TABLE product ALTER COLUMN price DROP NOT NULL",
            "ALTER TABLE product ALTER COLUMN price SET NOT NULL",
        ),
        (
            "CREATE TYPE e AS ENUM ('a'); ALTER TABLE product ADD kind e",
            "ALTER TABLE product DROP COLUMN kind; DROP TYPE e",
        ),
    ] {
        assert_eq!(not_undone(&[PRODUCT, (up, down)]).as_deref(), Some("undone"), "{up}");
    }
    // TypeORM's change of an enum, there and back.
    let swap = |new: &str| {
        format!(
            "ALTER TYPE \"public\".\"e\" RENAME TO \"e_old\"; CREATE TYPE \"public\".\"e\" AS ENUM({new}); ALTER TABLE \"t\" ALTER COLUMN \"k\" TYPE \"public\".\"e\" USING \"k\"::text::\"public\".\"e\"; DROP TYPE \"public\".\"e_old\""
        )
    };
    let first = ("CREATE TYPE \"public\".\"e\" AS ENUM('a'); CREATE TABLE t (k \"public\".\"e\")", "");
    assert_eq!(not_undone(&[first, (&swap("'a', 'b'"), &swap("'a'"))]).as_deref(), Some("undone"));
}

#[test]
fn a_down_that_leaves_something() {
    for (up, down, left) in [
        (
            "ALTER TABLE product ADD weight int; ALTER TABLE product ADD size int",
            "ALTER TABLE product DROP COLUMN size",
            "the column `product.weight` stays",
        ),
        ("ALTER TABLE product DROP COLUMN code", "SELECT 1", "the column `product.code` does not come back"),
        (
            "ALTER TABLE product ALTER COLUMN price TYPE bigint",
            "SELECT 1",
            "the column `product.price` has the type `bigint` instead of `integer`",
        ),
        (
            "CREATE TABLE note (id int)",
            "ALTER TABLE product ADD x int",
            "the table `note` stays, and the column `product.x` stays",
        ),
        ("CREATE INDEX i ON product (code)", "SELECT 1", "the index `i` stays"),
        ("DROP TABLE product", "SELECT 1", "the table `product` does not come back"),
        (
            "ALTER TABLE product ALTER COLUMN code SET NOT NULL",
            "SELECT 1",
            "the column `product.code` stays NOT NULL",
        ),
        ("ALTER TABLE product ADD CONSTRAINT u UNIQUE (code)", "SELECT 1", "the constraint `u` stays"),
        ("CREATE TYPE e AS ENUM ('a')", "SELECT 1", "the type `e` stays"),
    ] {
        assert_eq!(not_undone(&[PRODUCT, (up, down)]).as_deref(), Some(left), "{up}");
    }
}

#[test]
fn nothing_is_said_of_what_is_not_followed() {
    for (up, down) in [
        ("ALTER TABLE product ADD weight int", "${what}"),
        ("DO $$ BEGIN ALTER TABLE product ADD weight int; END $$", "SELECT 1"),
        ("ALTER TABLE product ADD IF NOT EXISTS code int", "ALTER TABLE product DROP COLUMN code"),
        ("ALTER TABLE \"${table}\" ADD weight int", "SELECT 1"),
    ] {
        assert_eq!(not_undone(&[PRODUCT, (up, down)]), None, "{up}");
    }
}

#[test]
fn calls_of_the_builder() {
    let text = "export class B1779000000009 implements MigrationInterface { async up(queryRunner) {\
        await queryRunner.createForeignKey('line', new TableForeignKey({ columnNames: ['product_id'], referencedTableName: 'product', referencedColumnNames: ['id'] }));\
        await queryRunner.createIndex('line', new TableIndex({ name: 'IDX_line', columnNames: ['product_id'] }));\
        } async down(queryRunner) { await queryRunner.dropForeignKey('line', 'FK_0123'); } }";
    let mut repo = Repo::default();
    let id = repo.insert("migrations/1779000000009-B.ts", text.as_bytes().to_vec(), false);
    let (mut facts, _) = Facts::gather(vec![crate::read::migration::read(
        &repo,
        id,
        true,
        &crate::facts::MigrationNotes::default(),
    )]);
    super::link(&mut facts, &repo);
    // The foreign key's name is TypeORM's secret, so nothing is said of `down`.
    assert_eq!(facts.get(facts.of_kind(migration::KIND)[0]).bool(migration::UNDONE_BY_DOWN), None);
    assert_eq!(change(&facts, "add-constraint").bool(schema_change::COVERED_BY_INDEX), Some(true));
}

#[test]
fn a_column_that_goes_and_comes() {
    let facts = facts(&[
        PRODUCT,
        (
            "ALTER TABLE \"product\" DROP COLUMN \"code\"; ALTER TABLE \"product\" ADD \"code\" varchar(20)",
            "",
        ),
    ]);
    let fact = facts.get(facts.of_kind(migration::KIND)[1]);
    assert_eq!(fact.text(migration::SAME_COLUMN_DROPPED_AND_ADDED), Some("product.code"));
}
