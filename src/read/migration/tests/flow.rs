use super::*;

/// A case of these statements, one `query` each.
fn sql(statements: &[&str]) -> Case {
    let body: Vec<String> =
        statements.iter().map(|sql| format!("await queryRunner.query(`{sql}`);")).collect();
    Case::up(&body.join("\n"))
}

/// What blocks, as words.
fn blocks(case: &Case) -> Vec<&str> {
    let changes = case.changes().into_iter();
    changes
        .filter(|fact| fact.text(change::DESTRUCTIVE) == Some("block"))
        .map(|fact| fact.text(change::TEXT).unwrap())
        .collect()
}

fn flags(case: &Case, field: Field) -> Vec<bool> {
    case.changes().iter().map(|fact| fact.bool(field) == Some(true)).collect()
}

#[test]
fn a_table_that_may_have_existed_is_not_new() {
    for body in [
        "await queryRunner.query('CREATE TABLE IF NOT EXISTS a (id int)');",
        "if (!(await queryRunner.hasTable('a'))) { await queryRunner.query('CREATE TABLE a (id int)'); }",
        "if (!(await queryRunner.hasTable('a'))) await queryRunner.createTable(new Table({ name: 'a' }));",
        "await queryRunner.createTable(new Table({ name: 'a' }), true);",
        "await queryRunner.createTable(new Table({ name: 'a' }), once);",
        "try { await queryRunner.query('CREATE TABLE a (id int)'); } catch {}",
        "exists || (await queryRunner.query('CREATE TABLE a (id int)'));",
        "exists ? null : await queryRunner.query('CREATE TABLE a (id int)');",
        "await queryRunner.query(exists ? 'SELECT 1' : 'CREATE TABLE a (id int)');",
        "for (const x of xs) { await queryRunner.query('CREATE TABLE a (id int)'); }",
        "await queryRunner.query(`DO $$ BEGIN IF x THEN CREATE TABLE a (id int); END IF; END $$`);",
        "await queryRunner.query(`IF OBJECT_ID('a') IS NULL CREATE TABLE a (id int)`);",
    ] {
        let case = Case::up(&format!("{body}\nawait queryRunner.query('ALTER TABLE a DROP COLUMN b');"));
        assert_eq!(blocks(&case), ["DROP COLUMN b"], "{body}");
    }
}

#[test]
fn a_table_is_new_within_the_branch_that_makes_it() {
    let case = Case::up(
        "if (postgres) {\n\
         await queryRunner.query('CREATE TABLE a (id int)');\n\
         if (x) { await queryRunner.query('ALTER TABLE a DROP COLUMN b'); }\n\
         } else { await queryRunner.query('ALTER TABLE a DROP COLUMN c'); }\n\
         await queryRunner.createTable(new Table({ name: 'n' }), false);\n\
         await queryRunner.query('ALTER TABLE n DROP COLUMN d');",
    );
    assert_eq!(blocks(&case), ["DROP COLUMN c"]);
}

#[test]
fn names_with_holes_are_never_new() {
    let case = Case::up(
        "for (const t of a) { await queryRunner.query(`CREATE TABLE \"${t}\" (id int)`); }\n\
         for (const t of b) { await queryRunner.query(`DROP TABLE \"${t}\"`); }",
    );
    assert_eq!(blocks(&case), ["DROP TABLE \"${t}\""]);
}

#[test]
fn a_rebuild_copies_the_rows() {
    let kept = sql(&[
        "CREATE TABLE \"temporary_a\" (\"id\" int)",
        "INSERT INTO \"temporary_a\"(\"id\", \"very_long_column_name_number_one\", \"very_long_column_name_number_two\", \"three\") SELECT \"id\", \"very_long_column_name_number_one\", \"very_long_column_name_number_two\", \"three\" FROM \"a\"",
        "DROP TABLE \"a\"",
        "ALTER TABLE \"temporary_a\" RENAME TO \"a\"",
        "ALTER TABLE b RENAME TO temporary_b",
        "CREATE TABLE b (id int)",
        "INSERT INTO b SELECT id FROM temporary_b",
        "DROP TABLE temporary_b",
        "CREATE TABLE temporary_c AS SELECT id FROM c",
        "DROP TABLE c",
        "ALTER TABLE temporary_c RENAME TO c",
    ]);
    assert!(blocks(&kept).is_empty(), "{:?}", kept.list());
    assert_eq!(flags(&kept, change::REBUILD), [true; 11]);
    let lost = sql(&[
        "CREATE TABLE temporary_a (id int)",
        "INSERT INTO temporary_a VALUES (1)",
        "DROP TABLE a",
        "ALTER TABLE temporary_a RENAME TO a",
    ]);
    assert_eq!(blocks(&lost), ["DROP TABLE a"]);
    let lost = sql(&[
        "ALTER TABLE a RENAME TO temporary_a",
        "CREATE TABLE a (id int)",
        "INSERT INTO a SELECT id FROM b",
        "DROP TABLE temporary_a",
    ]);
    assert_eq!(blocks(&lost).len(), 1, "{:?}", lost.list());
    let late = sql(&[
        "CREATE TABLE temporary_a (id int)",
        "DROP TABLE a",
        "INSERT INTO temporary_a SELECT id FROM a",
        "ALTER TABLE temporary_a RENAME TO a",
    ]);
    assert_eq!(blocks(&late), ["DROP TABLE a"]);
}

#[test]
fn columns_that_were_added_before_are_new() {
    let case = sql(&[
        "ALTER TABLE \"a\" ADD \"x\" int",
        "UPDATE a SET x = 1",
        "ALTER TABLE a ALTER COLUMN x SET NOT NULL",
        "ALTER TABLE a ALTER COLUMN x SET DEFAULT 3",
        "ALTER TABLE a RENAME COLUMN x TO y",
        "ALTER TABLE a ALTER y TYPE bigint",
        "ALTER TABLE a DROP COLUMN y",
        "ALTER TABLE a DROP COLUMN y",
    ]);
    assert_eq!(
        flags(&case, change::NEW_COLUMN),
        [false, false, true, true, true, true, true, false],
        "{:?}",
        case.list()
    );
    assert_eq!(blocks(&case), ["DROP COLUMN y"]);
    let again = sql(&[
        "ALTER TABLE a DROP COLUMN x",
        "ALTER TABLE a ADD x bigint",
        "ALTER TABLE a ADD IF NOT EXISTS z int",
        "ALTER TABLE a DROP COLUMN z",
    ]);
    assert_eq!(blocks(&again), ["DROP COLUMN x", "DROP COLUMN z"]);
    let builder = Case::up(
        "await queryRunner.addColumn('a', new TableColumn({ name: 'x', type: 'int' }));\n\
         await queryRunner.dropColumn('a', 'x');",
    );
    assert!(blocks(&builder).is_empty());
    assert_eq!(builder.migration().bool(migration::REMOVES), Some(false));
}

#[test]
fn what_was_renamed_and_then_dropped_is_reported_once() {
    let case = sql(&[
        "ALTER TABLE a RENAME COLUMN status TO old_status",
        "ALTER TABLE a ADD status int",
        "ALTER TABLE a DROP COLUMN old_status",
        "ALTER TABLE b RENAME TO old_b",
        "DROP TABLE old_b",
    ]);
    assert_eq!(blocks(&case), ["RENAME COLUMN status TO old_status", "RENAME TO old_b"]);
    assert_eq!(flags(&case, change::RENAMED_BEFORE), [false, false, true, false, true]);
}

#[test]
fn a_default_of_null_is_none() {
    let case = sql(&[
        "ALTER TABLE a ALTER COLUMN c SET DEFAULT NULL",
        "ALTER TABLE a ALTER COLUMN d DROP NOT NULL",
        "ALTER TABLE a ALTER COLUMN d DROP DEFAULT",
        "ALTER TABLE a ALTER COLUMN e DROP DEFAULT",
        "ALTER TABLE a ALTER COLUMN e SET STATISTICS 100",
    ]);
    assert_eq!(
        case.list(),
        [
            "drop-default a c no",
            "drop-not-null a d no",
            "drop-default a d no",
            "drop-default a e review",
            "alter-table a e no"
        ]
    );
    assert_eq!(flags(&case, change::NULL_DEFAULT), [true, false, true, false, false]);
}

#[test]
fn only_tables_and_columns_that_stay_are_additions() {
    for (statement, adds) in [
        ("CREATE TABLE b (id int)", true),
        ("ALTER TABLE b ADD x int", true),
        ("CREATE OR REPLACE VIEW v AS SELECT 1", false),
        ("CREATE EXTENSION IF NOT EXISTS \"uuid-ossp\"", false),
        ("CREATE TYPE t AS ENUM ('a')", false),
        ("CREATE TABLE b AS SELECT * FROM a", false),
        ("CREATE TABLE b AS (SELECT * FROM a)", false),
        ("CREATE TABLE b AS TABLE a", false),
        ("SELECT * INTO b FROM a", false),
        ("CREATE TEMP TABLE b (id int)", false),
    ] {
        let case = sql(&[statement, "ALTER TABLE a DROP COLUMN x"]);
        assert_eq!(case.migration().bool(migration::ADDS), Some(adds), "{statement}");
    }
}

#[test]
fn changes_of_data_leave_the_schema_as_it_is() {
    let data = |statements: &[&str]| sql(statements).migration().bool(migration::DATA_ONLY);
    assert_eq!(data(&["UPDATE a SET x = 1", "ALTER TYPE t ADD VALUE 'b'", "SELECT 1"]), Some(true));
    assert_eq!(data(&["UPDATE a SET x = 1", "CREATE INDEX i ON a (x)"]), Some(false));
    assert_eq!(data(&["${x}"]), Some(false));
}
