use super::*;

fn kinds(case: &Case) -> Vec<String> {
    case.list().into_iter().chain(case.reasons().into_iter().map(|reason| format!("? {reason}"))).collect()
}

/// A file that only its path calls a migration.
fn explicit(path: &str, text: &str) -> Reading {
    let mut repo = Repo::default();
    let id = repo.insert(path, text.as_bytes().to_vec(), false);
    read(&repo, id, true, &MigrationNotes::default())
}

#[test]
fn a_hole_in_place_of_the_action_is_not_understood() {
    for query in [
        "`ALTER TABLE x ${action}`",
        "`ALTER TABLE x ADD a int, ${action}`",
        "`ALTER TABLE ${all}`",
        "`ALTER ${kind} foo`",
        "`DROP ${kind} foo`",
        "`DROP ${all}`",
        "`EXPLAIN ${statement}`",
        "`${verb} TABLE x`",
        "`ALTER TABLE ${t} ${action};`",
        "'ALTER TABLE x ' + action",
        "'ALTER TABLE x ' + (c ? action : other)",
    ] {
        let case = Case::up(&format!("await queryRunner.query({query});"));
        assert_eq!(case.reasons().len(), 1, "{query}");
        assert!(case.reasons()[0].contains("can't be told before it runs"), "{query}");
    }
    let case = Case::up(
        "await queryRunner.query(`SELECT ${a} FROM b`);\nawait queryRunner.query(`DROP TABLE ${a}`);",
    );
    assert!(case.reasons().is_empty(), "{:?}", case.reasons());
}

#[test]
fn each_branch_of_a_condition_within_a_text_is_read() {
    let case = Case::up(
        "await queryRunner.query('ALTER TABLE x ' + (c ? 'DROP COLUMN a' : 'DROP COLUMN b'));\n\
         await queryRunner.query(`DROP TABLE ${c ? 'd' : e ? 'f' : 'g'}`);\n\
         await queryRunner.query(`DROP TABLE h; DROP TABLE ${c ? 'i' : 'j'}`);",
    );
    assert_eq!(
        kinds(&case),
        [
            "drop-column x a block",
            "drop-column x b block",
            "drop-table d block",
            "drop-table f block",
            "drop-table g block",
            "drop-table h block",
            "drop-table i block",
            "drop-table j block",
        ]
    );
}

#[test]
fn method_names_in_brackets_are_read_or_noted() {
    let case = Case::up(
        "const m = 'dropTable';\n\
         await queryRunner[m]('a');\n\
         await queryRunner['drop' + 'Table']('b');\n\
         await queryRunner['query']('DROP TABLE c');\n\
         await queryRunner[`${m}`]('d');\n\
         await queryRunner[x]('e');\n\
         await queryRunner.manager[y](F);\n\
         await other[x]('e');",
    );
    assert_eq!(
        kinds(&case),
        [
            "drop-table a block",
            "drop-table b block",
            "drop-table c block",
            "drop-table d block",
            "? which method `x` names can't be told before it runs",
            "? which method `y` names can't be told before it runs",
        ]
    );
}

#[test]
fn classes_in_a_migrations_folder_are_read_whatever_the_parameter_is_called() {
    let reading = explicit(
        "src/migrations/1700000000000-A.js",
        "module.exports = class A1700000000000 { async up(db) { await db.query('DROP TABLE a'); } async down(db) {} };",
    );
    let changes: Vec<_> = reading.facts.iter().filter_map(|fact| fact.text(change::CHANGE)).collect();
    assert_eq!(changes, ["drop-table"]);
    for text in [
        "class A1700000000000 extends Base {}",
        "class A1700000000000 extends Base implements MigrationInterface { sql = 'x'; }",
        "class A1700000000000 implements MigrationInterface { async up({ query }) { await query('x'); } }",
        "class A1700000000000 { async up({ builder: { dropTable } }) { dropTable('a'); } async down({ builder }) {} }",
        "class A1700000000000 { async up({ run }) { await run('x'); } async down({ run }) {} }",
        "var A = (function () { A.prototype.up = function (queryRunner) { return queryRunner.query('x'); }; })();",
    ] {
        let reading = explicit("src/migrations/a.js", text);
        let open = reading.facts.iter().filter(|fact| fact.kind == unresolved::KIND);
        assert_eq!(open.count(), 1, "{text}");
    }
}

#[test]
fn files_of_other_tools_say_nothing() {
    for text in [
        "exports.up = function (knex) { return knex.schema.dropTable('a'); }; exports.down = () => {};",
        "module.exports = { up: async (queryInterface) => { await queryInterface.sequelize.query('x'); }, down() {} };",
        "export class Migration20240101120000 extends Migration { async up() { this.addSql('x'); } async down() {} }",
        "export class A { async up(db: Kysely<any>) { await db.query('x'); } async down(db: Kysely<any>) {} }",
        "export class A { async up(db) { await db.collection('x').drop(); } async down(db) {} }",
        "export async function drop(runner) { await runner.query('x'); }",
        "class Helper1700000000000 extends Base { run() {} up() {} down() {} }",
    ] {
        let reading = explicit("src/migrations/a.ts", text);
        assert!(reading.facts.is_empty() && reading.findings.is_empty(), "{text}: {reading:?}");
    }
}

#[test]
fn marks_of_a_merge_are_a_finding_and_both_sides_are_read() {
    let case = Case::up(
        "<<<<<<< HEAD\nawait queryRunner.query('DROP TABLE a');\n=======\n\
         await queryRunner.query('DROP TABLE b');\n>>>>>>> other",
    );
    assert!(
        case.reading.findings[0].message.contains("Merge conflict marker"),
        "{:?}",
        case.reading.findings
    );
    assert_eq!(case.list(), ["drop-table a block", "drop-table b block"]);
}

#[test]
fn an_empty_down_may_be_explained() {
    let down = |body: &str| {
        let text = format!(
            "class A1700000000000 implements MigrationInterface {{ async up(queryRunner) {{ x(); }} async down(queryRunner) {{{body}}} }}"
        );
        Case::new("a.ts", &text).migration().text(migration::DOWN).unwrap().to_owned()
    };
    assert_eq!(down(" /* 元に戻せない */ "), "explained");
    assert_eq!(down("\n// no-op: rows stay\nreturn;\n"), "explained");
    assert_eq!(down("\n// eslint-disable-next-line\n"), "empty");
    assert_eq!(down("\n// TODO\n"), "empty");
    assert_eq!(down("\n// ---\n"), "empty");
    assert_eq!(down(""), "empty");
}

#[test]
fn text_that_does_not_parse_still_gives_its_annotations() {
    let class = |name: &str| {
        format!(
            "export class {name} implements MigrationInterface {{\n async up(queryRunner) {{ foo(; await queryRunner.query('DROP TABLE a'); }}\n}}\n"
        )
    };
    let text = format!(
        "/* a *//* @destructive: one */\n{}// @destructive: two\n// @expand-migration: NONE (説明)\n{}",
        class("A1700000000000"),
        class("B1700000000001")
    );
    let case = Case::new("a.ts", &text);
    let said: Vec<_> = case.migrations().iter().map(|fact| fact.text(migration::DESTRUCTIVE)).collect();
    assert_eq!(said, [Some("one"), Some("two")]);
    assert_eq!(case.migrations()[1].text(migration::EXPAND_REASON), Some("説明"));
}

#[test]
fn words_of_a_change_hold_no_comments() {
    let case =
        Case::up("await queryRunner.query(`DROP -- c\n TABLE /* x */ \"a--b\" /* y */ CASCADE -- z\n`);");
    assert_eq!(case.changes()[0].text(change::TEXT), Some("DROP TABLE \"a--b\" CASCADE"));
    assert_eq!(case.changes()[0].text(change::STATEMENT), Some("DROP TABLE \"a--b\" CASCADE"));
}

#[test]
fn a_hole_stands_at_its_brackets() {
    let case = Case::up("await queryRunner.dropColumn(`${schema}.events`, 'a');");
    assert_eq!(case.at(case.changes()[0], change::TABLE), "${schema}.events");
}

#[test]
fn a_branch_that_is_not_understood_is_said() {
    let case = Case::up("const s = flag ? 'SELECT 1' : build();\n await queryRunner.query(s);");
    assert_eq!(case.reasons().len(), 1, "{:?}", case.reasons());
    let case = Case::up("await queryRunner.query(flag ? 'SELECT 1' : \"DROP TABLE 'a\");");
    assert!(!case.reading.findings.is_empty());
}
