use std::fmt::Write;

use super::*;

#[test]
fn broken_typescript_still_gives_its_sql() {
    let text = "import { MigrationInterface, QueryRunner } from 'typeorm';\n\
        export class Drop1700000000000 implements MigrationInterface {\n\
        \x20 async up(queryRunner: QueryRunner { // 壊れている\n\
        \x20   await queryRunner.query(`ALTER TABLE \"商品\" DROP COLUMN \"${column}\"`);\n\
        \x20   await queryRunner.query('DROP TABLE \\'x\\'' + y);\n\
        \x20   await queryRunner.query(sql);\n\
        \x20 }\n\
        \x20 async down(queryRunner: QueryRunner) { await queryRunner.query('DROP INDEX i'); }\n";
    let case = Case::new("m/1700000000000-Drop.ts", text);
    assert!(
        case.reading.findings[0].message.starts_with("this cannot be parsed"),
        "{:?}",
        case.reading.findings
    );
    let fact = case.migration();
    assert_eq!(fact.text(migration::NAME), Some("Drop1700000000000"));
    assert_eq!(fact.int(migration::STAMP), Some(1_700_000_000_000));
    let changes = case.changes();
    assert_eq!(changes[0].text(change::CHANGE), Some("drop-column"));
    assert_eq!(changes[0].text(change::COLUMN), Some("${column}"));
    assert_eq!(case.at(changes[0], change::TABLE), "\"商品\"");
    assert_eq!(changes.last().unwrap().text(change::DIRECTION), Some("down"));
}

#[test]
fn any_text_is_read() {
    for text in [
        "MigrationInterface",
        "class",
        "class A implements MigrationInterface",
        "class A implements MigrationInterface { async up(queryRunner) { await queryRunner.query('",
        "class A implements MigrationInterface { async up(queryRunner) { await queryRunner.query(`${`${",
        "class implements MigrationInterface { up() {} }",
        "class A implements MigrationInterface { up; down; name; }",
        "class A implements MigrationInterface { async up(queryRunner) { await queryRunner.query(); queryRunner.query``; queryRunner.dropColumn(); queryRunner.createTable(null); } }",
        "class 追加 implements MigrationInterface { async up(queryRunner) { await queryRunner.query('') } }",
        "\u{feff}\u{feff}MigrationInterface \u{0}",
    ] {
        let _ = Case::new("a.ts", text);
        let _ = Case::new("a.tsx", text);
        let _ = Case::new("a.d.ts", text);
    }
}

#[test]
fn a_file_cut_anywhere_is_read() {
    let text = GENERATED;
    for (at, _) in text.char_indices().step_by(7) {
        let mut repo = Repo::default();
        let id = repo.insert("a.ts", text.as_bytes()[..at].to_vec(), false);
        let _ = read(&repo, id, true, &MigrationNotes::default());
    }
}

#[test]
fn deep_nesting_is_a_finding() {
    for (open, close) in
        [("(", ")"), ("[", "]"), ("{", "}"), ("`${", "}`"), ("f(", ")"), ("!", ""), ("a=>", "")]
    {
        let text = format!(
            "class A1700000000000 {{ async up(queryRunner) {{ await queryRunner.query('DROP TABLE a'); {}1{} }} }}",
            open.repeat(100_000),
            close.repeat(100_000)
        );
        let case = Case::new("a.ts", &text);
        assert_eq!(case.reading.findings.len(), 1);
        assert!(case.reading.findings[0].message.contains("nested too deeply"));
        assert_eq!(case.list(), ["drop-table a block"]);
    }
}

#[test]
fn deep_but_allowed_nesting_is_walked() {
    let calls = format!("x{};", ".f()".repeat(4_900));
    let sum = format!("const s = {}'b'; await queryRunner.query(s);", "'a' + ".repeat(9_900));
    let brackets = format!("y = {}queryRunner.query('DROP TABLE a'){};", "f(".repeat(400), ")".repeat(400));
    let blocks = format!("{}queryRunner.query('DROP TABLE b');{}", "{".repeat(900), "}".repeat(900));
    let case = Case::up(&format!("{calls}\n{sum}\n{brackets}\n{blocks}"));
    assert!(case.reading.findings.is_empty(), "{:?}", case.reading.findings);
    let drops = case.list();
    assert!(
        drops.contains(&"drop-table a block".to_owned()) && drops.contains(&"drop-table b block".to_owned())
    );
}

#[test]
fn constants_that_double_each_other_end() {
    let mut text = String::from("const a0 = 'DROP TABLE a;';\n");
    for index in 1..60 {
        let _ = writeln!(text, "const a{index} = a{0} + '' + a{0};", index - 1);
    }
    text.push_str("class A { async up(queryRunner) { await queryRunner.query(a59); await queryRunner.query(a25); await queryRunner.query('DROP TABLE b'); } }");
    let case = Case::new("a.ts", &text);
    assert!(!case.reasons().is_empty());
}

#[test]
fn many_statements_take_little_time() {
    let mut body = String::new();
    for index in 0..6_000 {
        let _ = writeln!(
            body,
            "await queryRunner.query(`ALTER TABLE \"t{index}\" ADD \"c\" character varying NOT NULL DEFAULT ''`);"
        );
    }
    let case = Case::up(&body);
    assert_eq!(case.changes().len(), 6_000);
}
