use super::*;

#[test]
fn sql_may_be_a_literal_a_sum_a_template_or_a_constant() {
    let text = r#"
import { MigrationInterface, QueryRunner } from 'typeorm';
const TABLE = 'product';
export const DROP = `DROP TABLE "${TABLE}"`;
enum Names { Column = "code" }
const NAMES = { index: 'idx_code' } as const;
export class Change1700000000000 implements MigrationInterface {
  private static readonly SQL = "DROP TABLE \"b\"";
  private readonly sql = 'DROP TABLE c';
  async up(queryRunner: QueryRunner) {
    await queryRunner.query(DROP);
    await queryRunner.query(Change1700000000000.SQL);
    await queryRunner.query(this.sql);
    await queryRunner.query('ALTER TABLE "' + TABLE + '" ' + "DROP COLUMN " + Names.Column);
    const local = `DROP INDEX ${NAMES.index}`;
    await queryRunner.query(local);
    await queryRunner.query([`DROP TABLE d`, 'DROP TABLE e'].join(';\n'));
    await queryRunner.query(String.raw`DROP TABLE f`.trim());
    await queryRunner.query(isPostgres ? 'DROP TABLE g' : `DROP TABLE h`);
  }
  async down(queryRunner: QueryRunner) { throw new Error(); }
}
"#;
    let case = Case::new("a.ts", text);
    assert!(case.reasons().is_empty(), "{:?}", case.reasons());
    assert!(case.reading.findings.is_empty(), "{:?}", case.reading.findings);
    assert_eq!(
        case.list(),
        [
            "drop-table product block",
            "drop-table b block",
            "drop-table c block",
            "drop-column product code block",
            "drop-index idx_code no",
            "drop-table d block",
            "drop-table e block",
            "drop-table f block",
            "drop-table g block",
            "drop-table h block",
        ]
    );
    let changes = case.changes();
    // A constant keeps its own words' place.
    assert_eq!(case.at(changes[0], change::TABLE), "\"${TABLE}\"");
    assert_eq!(case.at(changes[1], change::TABLE), "\\\"b\\\"");
    assert_eq!(case.at(changes[3], change::COLUMN), "code");
    assert_eq!(case.words(changes[2].span), "DROP TABLE c");
}

#[test]
fn places_are_exact_behind_escapes_and_wide_characters() {
    let case = Case::up(
        "/* 商品📦 */ await queryRunner.query('SELECT \\'\\u{1F4E6}\\';\\n ALTER TABLE \"p\" \\\n  DROP COLUMN \"x\"'); // 後\r\n\
         \tawait queryRunner.query(`\r\n\t\tALTER TABLE \"商品\"\r\n\t\t\tRENAME COLUMN \"旧\" TO \"新\"`);",
    );
    assert!(case.reading.findings.is_empty(), "{:?}", case.reading.findings);
    let changes = case.changes();
    let drop = changes.iter().find(|fact| fact.text(change::CHANGE) == Some("drop-column")).unwrap();
    assert_eq!(case.words(drop.span), "DROP COLUMN \"x\"");
    let rename = changes.last().unwrap();
    assert_eq!(rename.text(change::CHANGE), Some("rename-column"));
    assert_eq!(rename.text(change::TABLE), Some("商品"));
    assert_eq!(case.at(rename, change::TABLE), "\"商品\"");
    assert_eq!(case.at(rename, change::COLUMN), "\"旧\"");
    assert_eq!(case.at(rename, change::NEW_NAME), "\"新\"");
}

#[test]
fn holes_keep_the_kind_of_a_statement() {
    let case = Case::up(
        "const schema = await this.schema();\n\
         await queryRunner.query(`ALTER TABLE \"${schema}\".\"users\" DROP COLUMN \"${column.name}\"`);\n\
         await queryRunner.query(`${statement}`);\n\
         await queryRunner.query(`${verb} TABLE x`);\n\
         await queryRunner.query(`ALTER TABLE x ADD y varchar(${size()})`);\n\
         await queryRunner.sql`UPDATE x SET y = ${value} WHERE ${() => where}`;",
    );
    let changes = case.changes();
    assert_eq!(changes[0].text(change::CHANGE), Some("drop-column"));
    assert_eq!(changes[0].text(change::TABLE), Some("${schema}.users"));
    assert_eq!(changes[0].text(change::COLUMN), Some("${column.name}"));
    assert_eq!(changes[0].bool(change::HOLES), Some(true));
    assert_eq!(changes[0].text(change::TEXT), Some("DROP COLUMN \"${column.name}\""));
    assert_eq!(case.words(changes[0].span), "DROP COLUMN \"${column.name}\"");
    assert_eq!(changes[1].text(change::CHANGE), Some("add-column"));
    assert_eq!(changes[1].bool(change::HOLES), Some(true));
    assert_eq!(changes[2].text(change::CHANGE), Some("update"));
    assert_eq!(
        case.reasons(),
        [
            "what `${statement}` does can't be told before it runs; `statement` is not declared in this file",
            "what `${verb} TABLE x` does can't be told before it runs; `verb` is not declared in this file",
        ]
    );
}

#[test]
fn what_is_not_followed_is_said_with_its_reason() {
    for (body, reason) in [
        (
            "await queryRunner.query(readSql('a.sql'));",
            "it comes from the function `readSql`, which is not followed: `readSql` is not declared in this file",
        ),
        (
            "let sql = 'x'; sql = y(); await queryRunner.query(sql);",
            "it comes from the function `y`, which is not followed: `y` is not declared in this file",
        ),
        (
            "const run = (sql: string) => queryRunner.query(sql);",
            "`sql` is a parameter, whose value is not followed",
        ),
        (
            "await queryRunner.query(QueryRunner);",
            "`QueryRunner` is imported from `typeorm`, which is not followed",
        ),
        ("await queryRunner.query(nowhere);", "`nowhere` is not declared in this file"),
        ("await queryRunner.query(config.sql);", "`config` is not declared in this file"),
        (
            "const { sql } = f(); await queryRunner.query(sql);",
            "it comes from the function `f`, which is not followed: `f` is not declared in this file",
        ),
        ("await queryRunner.query(...args);", "the arguments are spread from another value"),
        ("await queryRunner.query(a + b);", "`a` is not declared in this file"),
        (
            "await this.addIndexes(queryRunner);",
            "`this.addIndexes(queryRunner)` gets the query runner and is not followed: `this.addIndexes` is not in the class",
        ),
        (
            "await new Other1().up(queryRunner);",
            "`new Other1().up(queryRunner)` gets the query runner and is not followed: `Other1` is not declared in this file",
        ),
        (
            "await helper({ queryRunner, a });",
            "`helper({ queryRunner, a })` gets the query runner and is not followed: `helper` is not declared in this file",
        ),
        (
            "await seed(queryRunner.manager);",
            "`seed(queryRunner.manager)` gets the query runner and is not followed: `seed` is not declared in this file",
        ),
        ("elsewhere.runner = queryRunner;", "`elsewhere.runner` gets the query runner and is not followed"),
        (
            "sqls.map(queryRunner.query);",
            "`sqls.map(queryRunner.query)` gets the query runner and is not followed: `sqls` is not declared in this file",
        ),
        (
            "await queryRunner.dropEverything();",
            "`dropEverything` is no method of the query runner that is known",
        ),
        ("await queryRunner.manager.getRepository(User).archive();", "what `archive` writes is not known"),
        (
            "await runQuery('DROP TABLE a');",
            "`runQuery` is not followed; declare what it does under `[[migrations.wrappers]]` in deploylint.toml",
        ),
        (
            "await queryRunner.query(readFileSync('a.sql', 'utf8'));",
            "it comes from the function `readFileSync`, which is not followed: `readFileSync` is not declared in this file",
        ),
    ] {
        let case = Case::up(body);
        assert_eq!(case.reasons(), [reason], "{body}");
        assert!(case.changes().is_empty(), "{body}: {:?}", case.list());
        let fact = case.reading.facts.iter().find(|fact| fact.kind == unresolved::KIND).unwrap();
        assert_eq!(fact.text(unresolved::WHAT), Some("sql"));
        assert_eq!(fact.text(unresolved::DIRECTION), Some("up"));
        assert!(fact.parent.is_some());
    }
    let case = Case::up("await queryRunner.query(readSql('a.sql'));");
    assert_eq!(case.words(case.reading.facts[1].span), "readSql('a.sql')");
}

#[test]
fn reading_is_no_change() {
    let case = Case::up(
        "if (await queryRunner.hasColumn('a', 'b')) return;\n\
         const table = await queryRunner.getTable('a');\n\
         const kind = queryRunner.connection.options.type;\n\
         const users = await queryRunner.manager.find(User, { where: { a: 1 } });\n\
         const rows = await queryRunner.manager.createQueryBuilder(User, 'u').where('x').getMany();\n\
         await queryRunner.connect(); await queryRunner.release();",
    );
    assert!(case.reasons().is_empty(), "{:?}", case.reasons());
    assert!(case.changes().is_empty(), "{:?}", case.list());
}

#[test]
fn inner_names_hide_outer_ones() {
    let text = "const SQL = 'DROP TABLE a'; const A = B; const B = A;\n\
        class M { async up(queryRunner) {\n\
        await queryRunner.query(SQL);\n\
        { const SQL = 'DROP TABLE b'; await queryRunner.query(SQL); }\n\
        await f(async (SQL) => { await queryRunner.query(SQL); });\n\
        await queryRunner.query(A); } }";
    let case = Case::new("a.ts", text);
    assert_eq!(case.list(), ["drop-table a block", "drop-table b block"]);
    assert_eq!(case.reasons().len(), 2, "{:?}", case.reasons());
}

#[test]
fn an_sqlite_rebuild_is_no_loss() {
    let case = Case::up(
        r#"await queryRunner.query(`CREATE TABLE "temporary_user" ("id" integer PRIMARY KEY, "name" text)`);
        await queryRunner.query(`INSERT INTO "temporary_user"("id", "name") SELECT "id", "name" FROM "user"`);
        await queryRunner.query(`DROP TABLE "user"`);
        await queryRunner.query(`ALTER TABLE "temporary_user" RENAME TO "user"`);
        await queryRunner.query(`ALTER TABLE "user" RENAME TO "temporary_user"`);
        await queryRunner.query(`CREATE TABLE "user" ("id" integer PRIMARY KEY)`);
        await queryRunner.query(`INSERT INTO "user"("id") SELECT "id" FROM "temporary_user"`);
        await queryRunner.query(`DROP TABLE "temporary_user"`);
        await queryRunner.query(`DROP TABLE "post"`);"#,
    );
    let rebuilds: Vec<bool> = case.changes().iter().map(|fact| fact.bool(change::REBUILD).unwrap()).collect();
    assert_eq!(rebuilds, [true, true, true, true, true, true, true, true, false]);
    let harms: Vec<&str> =
        case.changes().iter().map(|fact| fact.text(change::DESTRUCTIVE).unwrap()).collect();
    assert_eq!(harms, ["no", "no", "no", "no", "no", "no", "no", "no", "block"]);
    let fact = case.migration();
    assert_eq!(fact.bool(migration::ADDS), Some(false));
    assert_eq!(fact.bool(migration::REMOVES), Some(true));
}

#[test]
fn new_and_temporary_tables_are_nobodys_loss() {
    let case = Case::up(
        r#"await queryRunner.query(`CREATE TEMP TABLE scratch AS SELECT 1; DROP TABLE scratch;`);
        await queryRunner.query(`CREATE TABLE "draft" ("id" int); ALTER TABLE draft ADD a int NOT NULL, DROP COLUMN id`);
        await queryRunner.query(`ALTER TABLE "draft" RENAME TO "post"; DROP TABLE "public"."post"`);"#,
    );
    assert!(
        case.changes().iter().all(|fact| fact.text(change::DESTRUCTIVE) == Some("no")),
        "{:?}",
        case.list()
    );
    let fact = case.migration();
    assert_eq!(fact.bool(migration::BLOCKS), Some(false));
    assert_eq!(fact.bool(migration::REMOVES), Some(false));
    assert_eq!(fact.bool(migration::ADDS), Some(true));
    let case = Case::up("await queryRunner.query('DROP TABLE IF EXISTS a; CREATE TABLE a (id int)');");
    assert_eq!(case.list(), ["drop-table a block", "create-table a no"]);
}

#[test]
fn an_enum_swap_neither_blocks_nor_adds() {
    let case = Case::up(
        r#"await queryRunner.query(`ALTER TYPE "public"."state_enum" RENAME TO "state_enum_old"`);
        await queryRunner.query(`CREATE TYPE "public"."state_enum" AS ENUM('a', 'b')`);
        await queryRunner.query(`ALTER TABLE "order" ALTER COLUMN "state" TYPE "public"."state_enum" USING "state"::"text"::"public"."state_enum"`);
        await queryRunner.query(`DROP TYPE "public"."state_enum_old"`);"#,
    );
    let fact = case.migration();
    assert_eq!(fact.bool(migration::BLOCKS), Some(false), "{:?}", case.list());
    assert_eq!(fact.bool(migration::ADDS), Some(false), "{:?}", case.list());
    assert_eq!(fact.bool(migration::REMOVES), Some(false));
}

#[test]
fn required_columns_are_not_additive() {
    let case = Case::up(
        "await queryRunner.query('ALTER TABLE a ADD b int NOT NULL, ADD c int NOT NULL DEFAULT 0, ADD d int');",
    );
    let additive: Vec<bool> =
        case.changes().iter().map(|fact| fact.bool(change::ADDITIVE).unwrap()).collect();
    assert_eq!(additive, [false, true, true]);
}

/// The code point at which `words` begin, as column of their line, both from 1.
fn place_of(text: &str, span: Span) -> (usize, usize) {
    let before = &text[..span.start as usize];
    let line = before.rsplit('\n').next().unwrap();
    (before.matches('\n').count() + 1, line.chars().count() + 1)
}

#[test]
fn places_are_those_of_the_words_wherever_they_stand() {
    let own = "\u{feff}import { MigrationInterface, QueryRunner } from 'typeorm';\r\n\
        import { DROP, NAMES as 名前 } from './語';\r\n\
        import data from './表.json';\r\n\
        import { readFileSync } from 'fs';\r\n\
        const 表 = '🛒'; /* 📦 */ const column = 'col\\u{65}mn_\\x61';\r\n\
        export class Change1700000000000 implements MigrationInterface {\r\n\
        \tasync up(queryRunner: QueryRunner) {\r\n\
        \t\tawait queryRunner.query(/* 🎟️ */ `ALTER TABLE \"店\" DROP COLUMN \"${column}\"`);\r\n\
        \t\tawait queryRunner.query('DROP TABLE \\\"a\\\" \\\r\n CASCADE');\r\n\
        \t\tawait queryRunner.query('ALTER TABLE b' + /* 🧹 */ ' DROP COLUMN 絵');\r\n\
        \t\tawait queryRunner.query(DROP + 名前.table);\r\n\
        \t\tfor (const { t } of data) await queryRunner.query('DROP TABLE ' + t);\r\n\
        \t\tawait queryRunner.query(`-- 説明 🚚\r\n  DROP VIEW v;\r\n  DROP INDEX 索引`);\r\n\
        \t\tawait queryRunner.query(readFileSync(__dirname + '/古.sql', 'utf8'));\r\n\
        \t\tawait queryRunner.query('DROP ' + ' DROP TABLE z'.slice(6).trim());\r\n\
        \t\tawait queryRunner.query('x DROP TABLE y'.replace(/^x /, ''));\r\n\
        \t}\r\n\tasync down() {}\r\n}\r\n";
    let mut repo = Repo::default();
    for (path, text) in [
        (
            "src/migrations/語.ts",
            "export const DROP = `DROP\r\n TABLE `;\r\nexport const NAMES = { /* 名 */ table: '客' };\r\n",
        ),
        ("src/migrations/表.json", "[ { \"店\": 1, \"t\": \"j\\u0061\" } ]\r\n"),
        ("src/migrations/古.sql", "\u{feff}-- 🛒\r\nDROP TABLE 古い;\r\n\tDROP TABLE \"💾\";\r\n"),
    ] {
        repo.insert(path, text.as_bytes().to_vec(), false);
    }
    let id = repo.insert("src/migrations/1700000000000-Change.ts", own.as_bytes().to_vec(), false);
    let case = Case::of(repo, id, MigrationNotes::default());
    assert!(case.reasons().is_empty(), "{:?}", case.reasons());
    let found: Vec<String> = case
        .changes()
        .iter()
        .map(|fact| {
            let said = |field: Field| {
                let span = fact.get(field)?.span;
                let file = case.repo.file(span.file);
                let (line, column) = place_of(&file.text, span);
                let name = file.path.rsplit('/').next()?.split('.').next()?;
                let words = &file.text[span.start as usize..span.end as usize];
                Some(format!(" {}@{name}:{line}:{column}={words}", field.name()))
            };
            let parts = [change::TABLE, change::COLUMN, change::OBJECT].into_iter().filter_map(said);
            format!("{}{}", fact.text(change::CHANGE).unwrap(), parts.collect::<String>())
        })
        .collect();
    // Line and code point, each counted in the text above.
    let expected = [
        r#"drop-column table@1700000000000-Change:8:49="店" column@1700000000000-Change:8:65="${column}""#,
        r#"drop-table table@1700000000000-Change:9:39=\"a\""#,
        "drop-column table@1700000000000-Change:11:40=b column@1700000000000-Change:11:67=絵",
        "drop-table table@語:3:40=客",
        r"drop-table table@表:1:19=j\u0061",
        "drop-view object@1700000000000-Change:15:13=v",
        "drop-index object@1700000000000-Change:16:14=索引",
        "drop-table table@古:2:12=古い",
        r#"drop-table table@古:3:13="💾""#,
        "drop-table table@1700000000000-Change:18:50=z",
        "drop-table table@1700000000000-Change:19:41=y",
    ];
    assert_eq!(found, expected);
}
