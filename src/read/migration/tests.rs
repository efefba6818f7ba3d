use super::{is_migration, read};
use crate::facts::words::{
    migration, migration_entity, migration_export, schema_change as change, unresolved,
};
use crate::facts::{Fact, Field, MigrationNotes, Reading, WrapperNote};
use crate::repo::Repo;
use crate::text::{FileId, Span};

mod builder;
mod cases;
mod flow;
mod found;
mod hostile;
mod sql;

/// One file, read.
struct Case {
    repo: Repo,
    id: FileId,
    reading: Reading,
}

impl Case {
    fn new(path: &str, text: &str) -> Self {
        let mut repo = Repo::default();
        let id = repo.insert(path, text.as_bytes().to_vec(), false);
        Self::of(repo, id, MigrationNotes::default())
    }

    fn of(mut repo: Repo, id: FileId, notes: MigrationNotes) -> Self {
        let reading = read_on_a_big_stack(&mut repo, id, false, notes);
        Self { repo, id, reading }
    }

    /// A class whose `up` has this body.
    fn up(body: &str) -> Self {
        Self::new(
            "src/migrations/1700000000000-Change.ts",
            &format!(
                "import {{ MigrationInterface, QueryRunner }} from 'typeorm';\n\
                 export class Change1700000000000 implements MigrationInterface {{\n\
                 public async up(queryRunner: QueryRunner): Promise<void> {{\n{body}\n}}\n\
                 public async down(queryRunner: QueryRunner): Promise<void> {{}}\n}}\n"
            ),
        )
    }

    fn words(&self, span: Span) -> &str {
        assert_eq!(span.file, self.id);
        &self.repo.file(self.id).text[span.start as usize..span.end as usize]
    }

    fn migrations(&self) -> Vec<&Fact> {
        self.reading.facts.iter().filter(|fact| fact.kind == migration::KIND).collect()
    }

    fn migration(&self) -> &Fact {
        let all = self.migrations();
        assert_eq!(all.len(), 1, "{:?}", self.reading);
        all[0]
    }

    fn changes(&self) -> Vec<&Fact> {
        self.reading.facts.iter().filter(|fact| fact.kind == change::KIND).collect()
    }

    /// Each change as `change table column`, with its words.
    fn list(&self) -> Vec<String> {
        let field = |fact: &Fact, field| fact.text(field).map_or(String::new(), |text| format!(" {text}"));
        self.changes()
            .iter()
            .map(|fact| {
                format!(
                    "{}{}{}{} {}",
                    fact.text(change::CHANGE).unwrap(),
                    field(fact, change::TABLE),
                    field(fact, change::COLUMN),
                    field(fact, change::OBJECT),
                    fact.text(change::DESTRUCTIVE).unwrap(),
                )
            })
            .collect()
    }

    fn reasons(&self) -> Vec<&str> {
        let open = self.reading.facts.iter().filter(|fact| fact.kind == unresolved::KIND);
        open.map(|fact| fact.text(unresolved::REASON).unwrap()).collect()
    }

    /// The words at the place of a field.
    fn at(&self, fact: &Fact, field: Field) -> &str {
        self.words(fact.get(field).unwrap().span)
    }
}

/// The analysis has stacks of 64 MiB; a test's thread has 2.
fn read_on_a_big_stack(repo: &mut Repo, id: FileId, explicit: bool, notes: MigrationNotes) -> Reading {
    let own = std::mem::take(repo);
    let work = std::thread::Builder::new().stack_size(64 << 20);
    let (own, reading) = work
        .spawn(move || {
            let reading = read(&own, id, explicit, &notes);
            (own, reading)
        })
        .unwrap()
        .join()
        .unwrap();
    *repo = own;
    reading
}

const GENERATED: &str = "\u{feff}import { MigrationInterface, QueryRunner } from \"typeorm\";\r\n\
\r\n\
/**\r\n\
 * 商品コードを削除する 📦\r\n\
 * @destructive: DROP COLUMN product.legacy_code (smile_code へ移行済み)\r\n\
 * @expand-migration: AddSmileCode1690000000000\r\n\
 */\r\n\
export class DropLegacyCode1700000000000 implements MigrationInterface {\r\n\
    name = 'DropLegacyCode1700000000000'\r\n\
\r\n\
    public async up(queryRunner: QueryRunner): Promise<void> {\r\n\
\t\tawait queryRunner.query(/* 📦 */ `ALTER TABLE \"product\" DROP COLUMN \"legacy_code\"`);\r\n\
    }\r\n\
\r\n\
    public async down(queryRunner: QueryRunner): Promise<void> {\r\n\
        await queryRunner.query(`ALTER TABLE \"product\" ADD \"legacy_code\" character varying`);\r\n\
    }\r\n\
}\r\n";

#[test]
fn a_generated_migration_is_read_whole() {
    let case = Case::new("src/migrations/1700000000000-DropLegacyCode.ts", GENERATED);
    assert!(case.reading.findings.is_empty(), "{:?}", case.reading.findings);
    let fact = case.migration();
    assert_eq!(case.words(fact.span), "DropLegacyCode1700000000000");
    assert_eq!(fact.text(migration::CLASS), Some("DropLegacyCode1700000000000"));
    assert_eq!(fact.text(migration::NAME), Some("DropLegacyCode1700000000000"));
    assert_eq!(fact.int(migration::STAMP), Some(1_700_000_000_000));
    assert_eq!(case.at(fact, migration::STAMP), "1700000000000");
    assert_eq!(fact.int(migration::FILE_STAMP), Some(1_700_000_000_000));
    assert_eq!(fact.bool(migration::STAMPS_DIFFER), Some(false));
    assert_eq!(fact.text(migration::UP), Some("present"));
    assert_eq!(fact.text(migration::DOWN), Some("present"));
    assert_eq!(
        fact.text(migration::DESTRUCTIVE),
        Some("DROP COLUMN product.legacy_code (smile_code へ移行済み)")
    );
    assert_eq!(
        case.at(fact, migration::DESTRUCTIVE),
        "@destructive: DROP COLUMN product.legacy_code (smile_code へ移行済み)"
    );
    assert_eq!(fact.text(migration::EXPAND), Some("AddSmileCode1690000000000"));
    assert_eq!(case.at(fact, migration::EXPAND), "AddSmileCode1690000000000");
    assert!(fact.get(migration::EXPAND_REASON).is_none());
    assert_eq!(fact.bool(migration::ADDS), Some(false));
    assert_eq!(fact.bool(migration::REMOVES), Some(true));
    assert_eq!(fact.bool(migration::BLOCKS), Some(true));

    let changes = case.changes();
    assert_eq!(changes.len(), 2);
    let drop = changes[0];
    assert_eq!(case.words(drop.span), "DROP COLUMN \"legacy_code\"");
    assert_eq!(drop.text(change::CHANGE), Some("drop-column"));
    assert_eq!(drop.text(change::DIRECTION), Some("up"));
    assert_eq!(drop.text(change::VIA), Some("sql"));
    assert_eq!(case.at(drop, change::TABLE), "\"product\"");
    assert_eq!(drop.text(change::TABLE), Some("product"));
    assert_eq!(drop.text(change::DESTRUCTIVE), Some("block"));
    assert_eq!(drop.text(change::STATEMENT), Some("ALTER TABLE \"product\" DROP COLUMN \"legacy_code\""));
    assert_eq!(drop.bool(change::HOLES), Some(false));
    assert_eq!(changes[1].text(change::DIRECTION), Some("down"));
    assert_eq!(changes[1].bool(change::ADDITIVE), Some(true));
    assert!(changes.iter().all(|fact| fact.parent.is_some()));
}

#[test]
fn a_glance_tells_migrations() {
    assert!(is_migration(GENERATED));
    assert!(is_migration("class A { async up(queryRunner) {} }"));
    assert!(!is_migration("exports.up = (knex) => knex.schema.dropTable('a')"));
    assert!(!is_migration(""));
}

#[test]
fn other_files_give_nothing() {
    let text = "exports.up = async (queryRunner) => { await queryRunner.query('DROP TABLE a'); };";
    let case = Case::new("migrations/20200101-a.js", text);
    assert!(case.reading.facts.is_empty() && case.reading.findings.is_empty());
    let mut repo = Repo::default();
    let id = repo.insert("migrations/1-a.js", b"this is not ( javascript".to_vec(), false);
    let reading = read(&repo, id, true, &MigrationNotes::default());
    assert!(reading.facts.is_empty() && reading.findings.is_empty());
}

#[test]
fn compiled_and_commonjs_classes_are_found() {
    let bodies =
        "async up(queryRunner) { await queryRunner.query('DROP TABLE \"a\"'); } async down(queryRunner) {}";
    for (text, name) in [
        (format!("module.exports = class Drop1700000000000 {{ {bodies} }}"), "Drop1700000000000"),
        (format!("exports.Drop1700000000000 = class {{ {bodies} }};"), "Drop1700000000000"),
        (
            format!(
                "const Drop1700000000000 = class {{ {bodies} }};\nmodule.exports = {{ Drop1700000000000 }};"
            ),
            "Drop1700000000000",
        ),
        (
            format!("exports.a = module.exports.b = class Drop1700000000000 {{ {bodies} }}"),
            "Drop1700000000000",
        ),
        (format!("export default class Drop1700000000000 {{ {bodies} }}"), "Drop1700000000000"),
        (
            format!(
                "\"use strict\";\nclass X {{ constructor() {{ this.name = 'Drop1700000000000'; this.transaction = false; }} {bodies} }}\nexports.X = X;"
            ),
            "Drop1700000000000",
        ),
        (
            format!(
                "export default class implements MigrationInterface {{ name = 'Drop1700000000000'; {bodies} }}"
            ),
            "Drop1700000000000",
        ),
        (
            format!("@Decorated()\nexport class Drop1700000000000 extends Base {{ {bodies} }}"),
            "Drop1700000000000",
        ),
    ] {
        for path in ["migrations/1700000000000-drop.js", "a.mjs", "a.cts", "a.ts"] {
            let case = Case::new(path, &text);
            assert!(case.reading.findings.is_empty(), "{text}: {:?}", case.reading.findings);
            let fact = case.migration();
            assert_eq!(fact.text(migration::NAME), Some(name), "{text}");
            assert_eq!(fact.int(migration::STAMP), Some(1_700_000_000_000));
            assert_eq!(fact.bool(migration::TRANSACTION), text.contains("transaction").then_some(false));
            assert_eq!(case.list(), ["drop-table a block"], "{text}");
        }
    }
}

#[test]
fn methods_may_be_fields_and_runners_have_many_names() {
    for text in [
        "class A implements MigrationInterface { up = async (qr: QueryRunner) => { await qr.query('DROP TABLE a'); }; }",
        "class A { up = async function (runner) { await runner.query('DROP TABLE a'); } }",
        "class A { up = (queryRunner) => queryRunner.query('DROP TABLE a'); }",
        "class A { async up(_: QueryRunner) { await _?.query('DROP TABLE a'); } }",
        "class A { async up({ queryRunner }) { await queryRunner!.query('DROP TABLE a'); } }",
        "class A implements typeorm.MigrationInterface { async up(q) { await (q as any).query('DROP TABLE a'); } }",
        "class A { async up(queryRunner) { const runner = queryRunner; return Promise.all([runner.query('DROP TABLE a')]); } }",
        "class A { async up(queryRunner) { const { manager } = queryRunner; await manager.query('DROP TABLE a'); } }",
        "class A { async up(queryRunner) { await queryRunner.connection.query('DROP TABLE a'); } }",
        "class A { async up(queryRunner) { await this.dataSource.query('DROP TABLE a'); } }",
        "class A { async up(queryRunner) { await queryRunner.manager.transaction(async em => { await em.query('DROP TABLE a') }); } }",
        "class A { async up(queryRunner) { const second = queryRunner.connection.createQueryRunner(); await second.query('DROP TABLE a'); } }",
        "class A { async up(queryRunner) { await queryRunner['query']('DROP TABLE a'); } }",
        "class A { async up(queryRunner) { await queryRunner.sql`DROP TABLE a`; } }",
        "class A { async up(queryRunner) { for (const x of y) { if (x) { try { queryRunner.query('DROP TABLE a') } catch {} } } } }",
    ] {
        let case = Case::new("a.ts", &format!("// MigrationInterface queryRunner\n{text}"));
        assert_eq!(case.list(), ["drop-table a block"], "{text}");
        assert!(case.reasons().is_empty(), "{text}: {:?}", case.reasons());
    }
}

#[test]
fn the_states_of_both_methods_are_told() {
    for (body, state) in [
        ("", "empty"),
        ("return;", "empty"),
        ("console.log('nothing to do'); return Promise.resolve();", "empty"),
        ("throw new Error('irreversible');", "throws"),
        ("console.warn('no'); throw new Error('no');", "throws"),
        ("return Promise.reject(new Error('no'));", "throws"),
        ("if (x) { throw new Error('no'); }", "present"),
        ("await queryRunner.query('SELECT 1');", "present"),
    ] {
        let text = format!(
            "class A1700000000000 {{ async up(queryRunner) {{ {body} }} async down(queryRunner) {{ {body} }} }}"
        );
        let case = Case::new("a.ts", &text);
        assert_eq!(case.migration().text(migration::DOWN), Some(state), "{body}");
        let up = if state == "throws" { "present" } else { state };
        assert_eq!(case.migration().text(migration::UP), Some(up), "{body}");
    }
    let case = Case::new("a.ts", "class A { async up(queryRunner) {} }");
    assert_eq!(case.migration().text(migration::DOWN), Some("missing"));
    let case = Case::new("a.ts", "class A extends B { async up(queryRunner) {} }");
    assert_eq!(case.migration().text(migration::DOWN), None);
}

#[test]
fn stamps_are_read_as_typeorm_reads_them() {
    let stamps = |path: &str, class: &str| {
        let case = Case::new(path, &format!("class {class} {{ async up(queryRunner) {{}} }}"));
        let fact = case.migration();
        let differ = fact.bool(migration::STAMPS_DIFFER);
        (fact.int(migration::STAMP), fact.int(migration::FILE_STAMP), differ)
    };
    assert_eq!(
        stamps("m/1700000000001-A.ts", "A1700000000000"),
        (Some(1_700_000_000_000), Some(1_700_000_000_001), Some(true))
    );
    // Digits of the name run into the stamp.
    assert_eq!(
        stamps("m/1579270193251-v2.ts", "V21579270193251"),
        (Some(1_579_270_193_251), Some(1_579_270_193_251), Some(false))
    );
    // A date of 14 digits loses its first.
    assert_eq!(
        stamps("m/20240101120000-A.ts", "A20240101120000"),
        (Some(240_101_120_000), Some(20_240_101_120_000), Some(false))
    );
    assert_eq!(stamps("m/A.ts", "A1700000000000"), (Some(1_700_000_000_000), None, Some(false)));
    assert_eq!(stamps("m/1700000000000-A.ts", "A"), (None, Some(1_700_000_000_000), Some(false)));
    assert_eq!(stamps("m/2024-A.ts", "追加170000000000"), (None, None, Some(false)));
    let case = Case::new(
        "m/1700000000000-A.ts",
        "class A { name = \"Add\\u0043ode1700000000009\"; async up(queryRunner) {} }",
    );
    let fact = case.migration();
    assert_eq!(fact.text(migration::NAME), Some("AddCode1700000000009"));
    assert_eq!(case.at(fact, migration::STAMP), "1700000000009");
    assert_eq!(fact.bool(migration::STAMPS_DIFFER), Some(true));
}

#[test]
fn annotations_are_found_where_people_put_them() {
    let class = "class A1700000000000 implements MigrationInterface { async up(queryRunner) {} }";
    let note = "// @destructive: DROP TABLE a\n// @expand-migration: NONE（参照なし）\n";
    for text in [
        format!("{note}import a from 'b';\n{class}"),
        format!("import a from 'b';\n{note}{class}"),
        format!("import a from 'b';\n{note}export {class}"),
        format!("import a from 'b';\n\n{note}\nconst SQL = 'x';\n/** docs */\n{class}"),
        class.replace("{ async", &format!("{{\n{note} async")),
        class.replace("{}", &format!("{{\n{note} }}")),
        format!("{note}{class}").replace("@d", "@D").replace("-m", "-M").replace("NONE", "none"),
        format!("{note}{class}").replace(':', " ").replace("NONE（参照なし）", "None: 参照なし"),
        class.replace("{ async", &format!("{{ name = 'A1700000000000';\n{note} public async")),
        format!("/*\n@destructive: DROP TABLE a\n * @expand-migration: NONE (参照なし)\n*/\n@Dec() {class}"),
    ] {
        let case = Case::new("a.ts", &text);
        let fact = case.migration();
        assert_eq!(fact.text(migration::DESTRUCTIVE), Some("DROP TABLE a"), "{text}");
        assert_eq!(fact.text(migration::EXPAND), Some("NONE"), "{text}");
        assert_eq!(fact.text(migration::EXPAND_REASON), Some("参照なし"), "{text}");
        assert_eq!(case.at(fact, migration::EXPAND_REASON), "参照なし");
    }
    for text in [
        format!("{class}\n{note}"),
        class.replace("{} }", &format!("{{}} async down(r) {{\n{note} }} }}")),
        format!("const x = `\n{note}`;\n{class}"),
    ] {
        assert!(Case::new("a.ts", &text).migration().get(migration::DESTRUCTIVE).is_none(), "{text}");
    }
    let two = format!("{note}{class}\n{}", class.replace("A17", "B17"));
    let case = Case::new("a.ts", &two);
    let notes: Vec<bool> =
        case.migrations().iter().map(|fact| fact.get(migration::EXPAND).is_some()).collect();
    assert_eq!(notes, [true, false]);
}
