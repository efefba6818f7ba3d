//! Migrations that hide what they run: each in its own small repository.

use super::*;

const HEAD: &str =
    "import { MigrationInterface, QueryRunner, Table, TableColumn, TableIndex } from 'typeorm';\n";

/// A migration in the folder `src/migrations`, with other files, and its changes.
fn repo(own: &str, others: &[(&str, &str)]) -> Case {
    with_notes(own, others, MigrationNotes::default())
}

fn with_notes(own: &str, others: &[(&str, &str)], notes: MigrationNotes) -> Case {
    let mut repo = Repo::default();
    let id =
        repo.insert("src/migrations/1700000000000-Change.ts", format!("{HEAD}{own}").into_bytes(), false);
    for (path, text) in others {
        repo.insert(path, text.as_bytes().to_vec(), false);
    }
    Case::of(repo, id, notes)
}

/// The body of `up` of a class with these other members.
fn class(members: &str, up: &str) -> String {
    format!(
        "export class Change1700000000000 implements MigrationInterface {{\n{members}\n\
         async up(queryRunner: QueryRunner): Promise<void> {{\n{up}\n}}\n\
         async down(queryRunner: QueryRunner): Promise<void> {{}}\n}}\n"
    )
}

/// The words of a fact where it stands, with the file's name.
fn place(case: &Case, fact: &Fact) -> String {
    let file = case.repo.file(fact.span.file);
    let name = file.path.rsplit('/').next().unwrap();
    format!("{name}: {}", &file.text[fact.span.start as usize..fact.span.end as usize])
}

#[test]
fn a_reader_of_another_file_joins_the_name_of_a_file_of_sql() {
    let own = class("", "await queryRunner.query(getSql('add-rank.sql', 'Ranks'));")
        .replace("export class", "import { getSql } from '../utilities/sql';\nexport class");
    let case = repo(
        &own,
        &[
            (
                "src/utilities/sql.ts",
                "import * as fs from 'fs';\nimport * as path from 'path';\n\
                 export const getSql = (name: string, folder?: string): string => {\n\
                 let base = path.join(__dirname, '../sql');\n if (folder) { base = path.join(base, folder); }\n\
                 return fs.readFileSync(path.join(base, name)).toString();\n};\n",
            ),
            (
                "src/sql/Ranks/add-rank.sql",
                "-- ランクの追加\r\nALTER TABLE rank ADD COLUMN weight int;\r\nDROP TABLE old_rank;\r\n",
            ),
        ],
    );
    assert_eq!(
        case.list(),
        ["add-column rank weight no", "drop-table old_rank block"],
        "{:?}",
        case.reasons()
    );
    let drop = case.changes()[1];
    assert_eq!(place(&case, drop), "add-rank.sql: DROP TABLE old_rank");
    let route: Vec<&str> = drop.route.iter().map(|step| &*step.text).collect();
    assert_eq!(route, ["`Change1700000000000` leads there"]);
    assert!(drop.parent.is_some());
}

#[test]
fn a_file_of_sql_has_a_name_with_a_constant() {
    let files = [
        ("src/migrations/Ranks.Up.sql", "CREATE TABLE rank (id int);\nDROP TABLE old;"),
        ("src/migrations/b.sql", "DROP TABLE b"),
    ];
    for up in [
        "const sql = readFileSync(join(__dirname, `${BASE}.Up.sql`), 'utf8'); await queryRunner.query(sql);",
        "const sql = await promises.readFile(resolve(__dirname, BASE + '.Up.sql')); await queryRunner.query(sql.toString());",
        "const all = readFileSync(path.join(__dirname, `./${BASE}.Up.sql`)).toString().split(';').map(s => s.trim()).filter(Boolean);\n\
         for (const one of all) { await queryRunner.query(one); }",
        "await queryRunner.query(readFileSync('src/migrations/Ranks.Up.sql', 'utf-8'));",
        "await queryRunner.query(readFileSync(new URL('./Ranks.Up.sql', import.meta.url), 'utf-8'));",
    ] {
        let own = format!(
            "import path, {{ join, resolve }} from 'node:path';\nimport {{ readFileSync, promises }} from 'fs';\n\
             const BASE = 'Ranks';\n{}",
            class("", up)
        );
        let case = repo(&own, &files);
        assert_eq!(
            case.list(),
            ["create-table rank no", "drop-table old block"],
            "{up} {:?}",
            case.reasons()
        );
        assert_eq!(place(&case, case.changes()[1]), "Ranks.Up.sql: DROP TABLE old");
    }
    let own = format!(
        "import {{ readFileSync }} from 'fs';\n{}",
        class("", "await queryRunner.query(readFileSync('../../../etc/passwd').toString());")
    );
    assert_eq!(repo(&own, &[]).reasons(), ["its path leads out of the repository"]);
}

#[test]
fn a_switch_on_the_kind_of_database_selects_one_branch() {
    let own = class(
        "async postgresUp(queryRunner: QueryRunner) { await queryRunner.query('DROP TABLE p'); }\n\
         async sqliteUp(queryRunner: QueryRunner) { await queryRunner.query('DROP TABLE s'); }",
        "switch (queryRunner.connection.options.type) {\n\
         case 'sqlite':\ncase 'better-sqlite3': await this.sqliteUp(queryRunner); break;\n\
         case 'postgres': await this.postgresUp(queryRunner); break;\n\
         default: throw Error(`Unsupported database`);\n}",
    );
    let both = repo(&own, &[]);
    assert_eq!(both.list(), ["drop-table s block", "drop-table p block"]);
    let conditions: Vec<_> = both.changes().iter().map(|fact| fact.text(change::CONDITION)).collect();
    assert_eq!(
        conditions,
        [
            Some(
                "queryRunner.connection.options.type is 'sqlite' or queryRunner.connection.options.type is 'better-sqlite3'"
            ),
            Some("queryRunner.connection.options.type is 'postgres'"),
        ]
    );
    let notes = MigrationNotes { database: Some("postgres".into()), wrappers: Vec::new() };
    let one = with_notes(&own, &[], notes);
    assert_eq!(one.list(), ["drop-table p block"]);
    assert_eq!(one.changes()[0].text(change::CONDITION), None);

    let own = class(
        "",
        "const kind = queryRunner.connection.options.type;\n\
         if (kind === Kinds.betterSqlite3) { await queryRunner.query('DROP TABLE s'); }\n\
         else if (kind === Kinds.postgres) { await queryRunner.query('DROP TABLE p'); }\n\
         if (['mysql', 'mariadb'].includes(kind)) { await queryRunner.query('DROP TABLE m'); }",
    )
    .replace("export class", "import { Kinds } from '@shop/config';\nexport class");
    let notes = MigrationNotes { database: Some("better-sqlite3".into()), wrappers: Vec::new() };
    assert_eq!(with_notes(&own, &[], notes).list(), ["drop-table s block"]);
    assert_eq!(repo(&own, &[]).list().len(), 3);
}

#[test]
fn a_schema_that_is_known_at_run_time_only_is_a_hole_with_its_reason() {
    let own = class(
        "",
        "const schema = queryRunner.connection.options.name ? queryRunner.connection.options.name : '';\n\
         await queryRunner.query(`CREATE TABLE \"${schema}\".\"permissions\" (id int)`);",
    );
    let case = repo(&own, &[]);
    let fact = case.changes()[0];
    assert_eq!(fact.text(change::TABLE), Some("${schema}.permissions"));
    assert_eq!(
        fact.text(change::UNKNOWN),
        Some("`schema`: the data source's option `name` is known at run time only")
    );
    assert_eq!(fact.bool(change::HOLES), Some(true));
}

#[test]
fn a_loop_over_roles_runs_a_text_that_depends_on_the_database() {
    let own = class(
        "",
        "const isSqlite = queryRunner.connection.options.type === 'sqlite';\n\
         const upsert = isSqlite ? `INSERT OR IGNORE INTO role VALUES (?)` : `INSERT INTO role VALUES ($1) ON CONFLICT DO NOTHING`;\n\
         for (const role of ['owner', 'member']) { await queryRunner.query(upsert, [role]); }",
    );
    let case = repo(&own, &[]);
    assert_eq!(case.list(), ["insert role no", "insert role no"]);
    let conditions: Vec<_> =
        case.changes().iter().map(|fact| fact.text(change::CONDITION).unwrap()).collect();
    assert_eq!(conditions, ["isSqlite", "not (isSqlite)"]);
}

#[test]
fn a_context_of_the_teams_own_can_be_declared() {
    let own = "export class Change1700000000000 {\n\
         async up({ schemaBuilder: { dropColumns, addColumns }, runQuery, escape }) {\n\
         await dropColumns('role', ['slug', 'scope']);\n\
         await runQuery(`DROP TABLE ${escape.tableName('old')}`);\n}\n\
         async down({ schemaBuilder }) { await schemaBuilder.dropTable('x'); }\n}";
    let wrapper =
        |name: &str, does: &str| WrapperNote { name: name.into(), does: does.into(), arguments: Vec::new() };
    let notes = MigrationNotes {
        database: None,
        wrappers: vec![
            wrapper("schemaBuilder.dropColumns", "dropColumns"),
            wrapper("schemaBuilder.dropTable", "dropTable"),
            wrapper("runQuery", "query"),
            wrapper("escape.tableName", "text"),
        ],
    };
    let mut repo = Repo::default();
    let id = repo.insert("src/migrations/1.ts", own.as_bytes().to_vec(), false);
    let reading = read_on_a_big_stack(&mut repo, id, true, notes);
    let changes: Vec<_> = reading
        .facts
        .iter()
        .filter(|fact| fact.kind == change::KIND)
        .map(|fact| {
            (fact.text(change::CHANGE).unwrap(), fact.text(change::TABLE).unwrap(), fact.text(change::COLUMN))
        })
        .collect();
    assert_eq!(
        changes,
        [
            ("drop-column", "role", Some("slug")),
            ("drop-column", "role", Some("scope")),
            ("drop-table", "old", None),
            ("drop-table", "x", None),
        ]
    );
}

#[test]
fn a_private_helper_in_a_loop_over_a_list_of_objects() {
    let own = format!(
        "const RENAMES: Array<{{ table: string; from: string; to: string }}> = [\n\
         {{ table: 'a', from: 'fk_1', to: 'fk_a' }},\n {{ table: 'b', from: 'fk_2', to: 'fk_b' }},\n];\n{}",
        class(
            "private async rename(queryRunner: QueryRunner, tableName: string, from: string, to: string) {\n\
             await queryRunner.query(`ALTER TABLE \"${tableName}\" RENAME CONSTRAINT \"${from}\" TO \"${to}\"`);\n}",
            "for (const { table, from, to } of RENAMES) { await this.rename(queryRunner, table, from, to); }",
        )
    );
    let case = repo(&own, &[]);
    assert_eq!(case.list(), ["rename-constraint a fk_1 no", "rename-constraint b fk_2 no"]);
    let fact = case.changes()[1];
    assert_eq!(case.at(fact, change::OBJECT), "\"${from}\"");
    assert_eq!(fact.route.len(), 1);
    assert_eq!(&*fact.route[0].text, "calls `this.rename`");
    assert_eq!(fact.bool(change::AWAITED), Some(true));
}

#[test]
fn a_constraint_whose_name_an_earlier_query_found() {
    let own = class(
        "",
        "const rows = await queryRunner.query(`SELECT constraint_name FROM information_schema.table_constraints`);\n\
         for (const row of rows) { await queryRunner.query(`ALTER TABLE a DROP CONSTRAINT \"${row.constraint_name}\"`); }\n\
         const table = await queryRunner.getTable('tooling');\n\
         const unique = table.findColumnUniques(table.findColumnByName('name')).find(u => u.name);\n\
         await queryRunner.dropUniqueConstraint(table, unique);\n\
         await queryRunner.dropColumn(table, table!.findColumnByName('code')!);",
    );
    let case = repo(&own, &[]);
    assert_eq!(
        case.list(),
        [
            "select no",
            "drop-constraint a ${row.constraint_name} no",
            "drop-constraint tooling no",
            "drop-column tooling code block",
        ]
    );
    let reason = case.changes()[1].text(change::UNKNOWN).unwrap();
    assert!(reason.contains("the result of an earlier query"), "{reason}");
}

#[test]
fn a_type_with_a_size_that_an_imported_function_gives() {
    let own = format!(
        "import {{ dimension }} from '../config';\n{}",
        class(
            "",
            "const dim = dimension('small');\n\
             await queryRunner.query(`ALTER TABLE search ALTER COLUMN embedding TYPE vector(${dim})`);\n\
             const { size } = (await queryRunner.query(`SELECT size FROM models`))[0];\n\
             await queryRunner.query(`ALTER TABLE search ALTER COLUMN face TYPE vector(${size})`);",
        )
    );
    let case = repo(
        &own,
        &[(
            "src/config/index.ts",
            "const SIZES = { small: 512, large: 768 };\nexport function dimension(name) { return SIZES[name]; }",
        )],
    );
    let types: Vec<_> = case.changes().iter().filter_map(|fact| fact.text(change::TYPE)).collect();
    assert_eq!(types, ["vector(512)", "vector(${size})"]);
}

#[test]
fn an_extension_that_the_environment_names() {
    let own = format!(
        "import {{ vectorExtension }} from 'src/config';\n{}",
        class("", "await queryRunner.query(`CREATE EXTENSION IF NOT EXISTS ${vectorExtension}`);")
    );
    let case = repo(
        &own,
        &[(
            "src/config.ts",
            "export const vectorExtension = process.env.VECTOR_EXTENSION === 'pgvector' ? 'vector' : 'vectors';",
        )],
    );
    assert_eq!(case.list(), ["create-extension vector no", "create-extension vectors no"]);
    let own = class("", "await queryRunner.query(`CREATE EXTENSION ${process.env.EXTENSION || 'vector'}`);");
    let case = repo(&own, &[]);
    assert_eq!(case.changes()[0].text(change::VARIABLE), Some("EXTENSION"));
}

#[test]
fn data_with_a_member_of_an_imported_enum() {
    let own = format!(
        "import {{ FlowKind, DEFAULTS }} from '../Interface';\n{}",
        class(
            "",
            "await queryRunner.query(`UPDATE flow SET type = '${FlowKind.CHAT}' WHERE type IS NULL`);\n\
             await queryRunner.query(`UPDATE ${DEFAULTS.table} SET n = ${FlowKind.AGENT}`);",
        )
    );
    let case = repo(
        &own,
        &[
            (
                "src/Interface.ts",
                "export * from './kinds';\nexport const DEFAULTS = { table: 'limits' } as const;",
            ),
            ("src/kinds.ts", "export enum FlowKind { CHAT = 'CHAT', AGENT = 'AGENT' }"),
        ],
    );
    assert_eq!(case.list(), ["update flow review", "update limits review"]);
    assert!(case.changes().iter().all(|fact| fact.bool(change::HOLES) == Some(false)));
}

#[test]
fn a_class_delegates_to_another_and_a_base_reads_files() {
    let own = "import { CreateContacts1600000000000 } from './1600000000000-CreateContacts';\n\
         import { BaseMigration } from './base';\n\
         export class Change1700000000000 extends BaseMigration implements MigrationInterface {\n\
         async up(queryRunner: QueryRunner) {\n\
         if (queryRunner.connection.driver.options.type === 'postgres') {\n\
         await new CreateContacts1600000000000().up(queryRunner);\n}\n\
         for (const sql of this.readQueries('more.sql')) await queryRunner.query(sql);\n}\n}"
        .to_string();
    let case = repo(
        &own,
        &[
            (
                "src/migrations/1600000000000-CreateContacts.ts",
                "export class CreateContacts1600000000000 { async up(qr) { await qr.query('CREATE TABLE contacts (id int)'); } }",
            ),
            (
                "src/migrations/base.ts",
                "import * as fs from 'fs'; import * as path from 'path';\n\
                 export abstract class BaseMigration {\n\
                 protected readonly folder = path.join(__dirname, 'sql');\n\
                 readQueries(file: string) { return fs.readFileSync(path.join(this.folder, file), 'utf8').split(';'); }\n\
                 async down(queryRunner) { await queryRunner.query('DROP TABLE more'); }\n}",
            ),
            ("src/migrations/sql/more.sql", "CREATE TABLE more (id int);"),
        ],
    );
    let list: Vec<String> = case.changes().iter().map(|fact| place(&case, fact)).collect();
    assert_eq!(
        list,
        [
            "1600000000000-CreateContacts.ts: CREATE TABLE contacts (id int)",
            "more.sql: CREATE TABLE more (id int)",
            "base.ts: DROP TABLE more",
        ],
        "{:?}",
        case.reasons()
    );
    assert_eq!(case.changes()[0].route.len(), 2);
    assert_eq!(case.migration().text(migration::DOWN), Some("present"));
    assert!(case.changes().iter().all(|fact| fact.parent == case.changes()[0].parent));
}

#[test]
fn a_helper_that_leaves_the_transaction_runs_what_it_gets() {
    let own = class(
        "private async outside(queryRunner: QueryRunner, work: () => Promise<void>) {\n\
         const open = queryRunner.isTransactionActive;\n\
         if (open) await queryRunner.commitTransaction();\n\
         try { await work(); } finally { if (open) await queryRunner.startTransaction(); }\n}",
        "await this.outside(queryRunner, async () => {\n\
         await queryRunner.query('CREATE INDEX CONCURRENTLY i ON a (b)');\n});\n\
         const second = queryRunner.connection.createQueryRunner();\n\
         await second.query('DROP TABLE c');",
    );
    let case = repo(&own, &[]);
    assert_eq!(
        case.list(),
        ["transaction no", "create-index a i no", "transaction no", "drop-table c block"],
        "{:?}",
        case.reasons()
    );
    assert!(case.changes().iter().all(|fact| fact.bool(change::AWAITED) == Some(true)));
}

#[test]
fn what_nothing_waits_for_floats() {
    let floats = |body: &str| -> Vec<bool> {
        let case = repo(
            &class(
                "private async helper(queryRunner: QueryRunner) { await queryRunner.query('DROP TABLE h'); }",
                body,
            ),
            &[],
        );
        assert!(!case.changes().is_empty(), "{body}");
        case.changes().iter().map(|fact| fact.bool(change::AWAITED) == Some(false)).collect()
    };
    for body in [
        "queryRunner.query(`DROP TABLE a`);",
        "queryRunner.dropTable('a');",
        "this.helper(queryRunner);",
        "['a'].forEach(async (t) => { await queryRunner.query(`DROP TABLE ${t}`); });",
        "unknown.forEach(async (t) => { await queryRunner.query(`DROP TABLE a`); });",
        "const p = queryRunner.query('DROP TABLE a');",
        "void queryRunner.query('DROP TABLE a');",
        "queryRunner.query('DROP TABLE a').then(() => 1);",
        "queryRunner.manager.getRepository(User).delete({});",
        "Promise.all([queryRunner.query('DROP TABLE a')]);",
        "['a'].map((t) => queryRunner.query(`DROP TABLE ${t}`));",
    ] {
        assert!(floats(body).iter().all(|floats| *floats), "{body}");
    }
    for body in [
        "await queryRunner.query(`DROP TABLE a`);",
        "return queryRunner.query(`DROP TABLE a`);",
        "await this.helper(queryRunner);",
        "return this.helper(queryRunner);",
        "await Promise.all(['a', 'b'].map((t) => queryRunner.query(`DROP TABLE ${t}`)));",
        "await Promise.all(names.map(async (t) => { await queryRunner.query(`DROP TABLE a`); }));",
        "const p = queryRunner.query('DROP TABLE a'); await p;",
        "const all = []; for (const t of names) { all.push(queryRunner.query('DROP TABLE a')); } await Promise.all(all);",
        "const all = []; all.push(queryRunner.query('DROP TABLE a')); await Promise.allSettled(all);",
        "await queryRunner.query('DROP TABLE a').catch(e => { throw e; });",
        "await queryRunner.manager.transaction(async (em) => { await em.query('DROP TABLE a'); });",
        "await queryRunner.manager.createQueryBuilder().delete().from('a').where('x').execute();",
        "await elsewhere(() => queryRunner.query('DROP TABLE a'));",
        "for await (const x of [1]) { await queryRunner.query('DROP TABLE a'); }",
        "await [1].reduce((p, x) => p.then(() => queryRunner.query('DROP TABLE a')), Promise.resolve());",
        "await new Promise((resolve, reject) => { queryRunner.query('DROP TABLE a').then(resolve, reject); });",
        "await (async () => { await queryRunner.query('DROP TABLE a'); })();",
        "const run = (sql) => queryRunner.query(sql); await run('DROP TABLE a');",
        "const run = queryRunner.query.bind(queryRunner); await run('DROP TABLE a');",
    ] {
        assert!(floats(body).iter().all(|floats| !*floats), "{body}");
    }
}

#[test]
fn writes_in_nested_functions_are_found() {
    let own = format!(
        "import {{ User }} from '../entities/user.entity';\n{}",
        class(
            "",
            "const manager = queryRunner.manager;\n\
             const users = await manager.find(User);\n\
             await Promise.all(users.map(async (user) => {\n\
             const others = await manager.find(User, { where: { email: user.email } });\n\
             await Promise.all(others.slice(1).map(async (other) => { await manager.delete(User, other.id); }));\n}));\n\
             await queryRunner.createUniqueConstraint('users', new TableUnique({ columnNames: ['email'] }));",
        )
    );
    let case = repo(
        &own,
        &[("src/entities/user.entity.ts", "@Entity({ name: 'users' })\nexport class User { id: string; }")],
    );
    assert_eq!(
        case.list(),
        ["delete users User review", "add-constraint users email UQ_97672ac88f789774dd47f7c8be3 no"],
        "{:?}",
        case.reasons()
    );
    assert!(case.changes().iter().all(|fact| fact.bool(change::AWAITED) == Some(true)));
    let entity = case.reading.facts.iter().find(|fact| fact.kind == migration_entity::KIND).unwrap();
    assert_eq!(entity.text(migration_entity::NAME), Some("User"));
    assert_eq!(case.words(entity.span), "User");
}

#[test]
fn a_secret_in_sql_is_seen() {
    let own = class(
        "",
        "await queryRunner.query(`INSERT INTO operator VALUES ('${process.env.OPERATOR_SECRET || randomAsHex(32)}')`);\n\
         await queryRunner.query(`CREATE ROLE report LOGIN PASSWORD 'tR7-violet-otter'`);\n\
         await queryRunner.query(`CREATE ROLE report LOGIN PASSWORD '${password}'`);\n\
         await queryRunner.query(`INSERT INTO role (name) VALUES ('password')`);",
    );
    let case = repo(&own, &[]);
    let secrets: Vec<_> = case.changes().iter().map(|fact| fact.text(change::SECRET)).collect();
    assert_eq!(secrets, [Some("the environment variable `OPERATOR_SECRET`"), Some("a password"), None, None]);
    assert_eq!(case.at(case.changes()[1], change::SECRET), "tR7-violet-otter");
}

#[test]
fn guards_and_handlers_around_changes_are_told() {
    let own = class(
        "",
        "if (!(await queryRunner.hasColumn('a', 'b'))) {\n\
         await queryRunner.addColumn('a', new TableColumn({ name: 'b', type: 'int', isNullable: true }));\n}\n\
         try { await queryRunner.query('DROP TABLE c'); } catch (e) { console.log('already gone'); }\n\
         try { await queryRunner.query('DROP TABLE d'); } catch (e) { throw new Error('no'); }\n\
         await queryRunner.query('DROP TABLE e').catch(() => undefined);\n\
         if (await queryRunner.hasTable('f')) return;\n\
         await queryRunner.query('CREATE TABLE f (id int)');",
    );
    let case = repo(&own, &[]);
    let said: Vec<_> = case
        .changes()
        .iter()
        .map(|fact| (fact.text(change::CONDITION), fact.bool(change::SWALLOWED) == Some(true)))
        .collect();
    assert_eq!(
        said,
        [
            (Some("!(await queryRunner.hasColumn('a', 'b'))"), false),
            (None, true),
            (None, false),
            (None, true),
            (Some("not (await queryRunner.hasTable('f'))"), false),
        ]
    );
}

#[test]
fn what_a_file_of_migrations_exports_beside_them() {
    let own = format!(
        "export const TABLE = 'users';\nexport type Row = {{}};\nexport interface Other {{}}\n\
         export async function drop(queryRunner: QueryRunner) {{ await queryRunner.query(`DROP TABLE ${{TABLE}}`); }}\n\
         export const name = () => 'x';\nfunction own() {{}}\nclass Base {{}}\nexport {{ own, Base }};\n{}",
        class("", "await drop(queryRunner);")
    );
    let case = repo(&own, &[]);
    assert_eq!(case.list(), ["drop-table users block"]);
    let exports: Vec<_> = case
        .reading
        .facts
        .iter()
        .filter(|fact| fact.kind == migration_export::KIND)
        .map(|fact| {
            (fact.text(migration_export::NAME).unwrap(), fact.text(migration_export::EXPORTED).unwrap())
        })
        .collect();
    assert_eq!(exports, [("drop", "function"), ("name", "function"), ("own", "function"), ("Base", "class")]);
}

#[test]
fn digits_of_a_name_run_into_the_stamp_and_stamps_are_made_by_hand() {
    for (name, stamp) in [
        ("v1221579270193251", 1_579_270_193_251),
        ("Admin1000000000000", 1_000_000_000_000),
        ("Operator2000000000000", 2_000_000_000_000),
    ] {
        let case = repo(&class("", "").replace("Change1700000000000", name), &[]);
        assert_eq!(case.migration().int(migration::STAMP), Some(stamp));
    }
}

#[test]
fn a_migration_that_is_registered_by_a_decorator() {
    let own = "@RegisteredInstanceMigration('1.20.0', 1700000000000)\n\
         export class AddFlag implements MigrationInterface {\n\
         name = 'AddFlag1700000000000';\n\
         public async up(queryRunner: QueryRunner) { await queryRunner.query('ALTER TABLE a ADD b int'); }\n\
         public async down(queryRunner: QueryRunner) {}\n}";
    let case = repo(own, &[]);
    assert_eq!(case.list(), ["add-column a b no"]);
    assert_eq!(case.migration().int(migration::STAMP), Some(1_700_000_000_000));
}

#[test]
fn all_kinds_of_names_lead_to_a_text() {
    let own = format!(
        "import tables, {{ users as USERS }} from './tables';\nimport * as all from './tables';\n\
         const {{ posts, nested: {{ deep = 'x' }} }} = require('./tables.cjs');\n\
         class Names {{ static readonly LOG = 'log'; static prefix() {{ return 'app_'; }} }}\n\
         const upper = (name: string) => name.toUpperCase();\n{}",
        class(
            "private readonly own = 'own';\n#hidden = 'hidden';\nget computed() { return this.own + '_2'; }",
            "let sql = 'DROP TABLE ';\nsql += USERS;\nawait queryRunner.query(sql);\n\
             await queryRunner.query(`DROP TABLE ${tables.main}`);\n\
             await queryRunner.query(`DROP TABLE ${all.users}2`);\n\
             await queryRunner.query(`DROP TABLE ${posts}; DROP TABLE ${deep}`);\n\
             await queryRunner.query('DROP TABLE ' + Names.prefix() + Names.LOG);\n\
             await queryRunner.query(`DROP TABLE ${this.own}; DROP TABLE ${this.#hidden}; DROP TABLE ${this.computed}`);\n\
             await queryRunner.query(`DROP TABLE ${upper('big')}`);\n\
             await queryRunner.query(['DROP TABLE', 'joined'].join(' '));\n\
             await queryRunner.query('DROP TABLE :t'.replace(':t', 'replaced'));\n\
             await queryRunner.query(`DROP TABLE {{t}}`.replace(/\\{\\{t\\}\\}/g, USERS));\n\
             const { manager: em, connection } = queryRunner;\nawait em.query('DROP TABLE em');\nawait connection.query('DROP TABLE ds');\n\
             for (const [key, value] of Object.entries({ a: 1, b: 2 })) await queryRunner.query(`DROP TABLE t_${key}${value}`);\n\
             for (let i = 0; i < 2; i++) await queryRunner.query(`DROP TABLE n_${i}`);\n\
             await queryRunner.dropColumns(...(['spread', ['c']] as const));\n\
             const dynamic = { one: () => queryRunner.query('DROP TABLE one'), two: () => queryRunner.query('DROP TABLE two') };\n\
             await dynamic[kind]();",
        )
    );
    let case = repo(
        &own,
        &[
            (
                "src/migrations/tables.ts",
                "const main = 'main_table';\nexport default { main };\nexport const users = 'users';",
            ),
            ("src/migrations/tables.cjs", "module.exports = { posts: 'posts', nested: {} };"),
        ],
    );
    let tables: Vec<_> = case.changes().iter().map(|fact| fact.text(change::TABLE).unwrap_or("?")).collect();
    assert_eq!(
        tables,
        [
            "users",
            "main_table",
            "users2",
            "posts",
            "x",
            "app_log",
            "own",
            "hidden",
            "own_2",
            "BIG",
            "joined",
            "replaced",
            "users",
            "em",
            "ds",
            "t_a1",
            "t_b2",
            "n_0",
            "n_1",
            "spread",
            "one",
            "two",
        ],
        "{:?}",
        case.reasons()
    );
    assert!(case.reasons().is_empty(), "{:?}", case.reasons());
    assert!(case.changes().iter().all(|fact| fact.bool(change::AWAITED) == Some(true)));
}

#[test]
fn values_that_depend_on_conditions_are_followed_on_both_ways() {
    let own = class(
        "",
        "let table = 'a';\nif (flag) { table = 'b'; }\nawait queryRunner.query(`DROP TABLE ${table}`);\n\
         let column;\nif (flag) column = 'c'; else column = 'd';\nawait queryRunner.dropColumn('t', column);\n\
         while (more()) { table = next(); await queryRunner.query(`DROP TABLE ${table}`); }",
    );
    let case = repo(&own, &[]);
    let said: Vec<_> = case
        .changes()
        .iter()
        .map(|fact| (fact.text(change::TABLE).unwrap(), fact.text(change::CONDITION)))
        .collect();
    assert_eq!(said[0], ("b", Some("flag")));
    assert_eq!(said[1], ("a", Some("not (flag)")));
    assert_eq!(said[2].0, "t");
    assert_eq!(said.last().unwrap().0, "${table}");
}

#[test]
fn lists_texts_and_files_without_end_end() {
    let start = std::time::Instant::now();
    let deep = format!("await queryRunner.query(JSON.parse('{}').a);", "[".repeat(100_000));
    for (head, members, up, said) in [
        ("", "", "const l = []; for (let i = 0; i < 1000; i++) l.push(l); elsewhere(l, queryRunner);", true),
        (
            "",
            "",
            "const o = {}; for (let i = 0; i < 1000; i++) o['k' + i] = o; elsewhere(o, queryRunner);",
            true,
        ),
        (
            "function* g() { while (true) yield 'DROP TABLE a'; }",
            "",
            "for (const s of g()) await queryRunner.query(s);",
            true,
        ),
        (
            "const f = (n: number, r: any): any => n <= 0 ? r : f(n - 1, f(n - 1, r));",
            "",
            "await queryRunner.query(f(60, process.env.A));",
            true,
        ),
        (
            "async function f(q: any, n: number) { if (n > 0) { await f(q, n - 1); await f(q, n - 1); } }",
            "",
            "await f(queryRunner, 60);",
            true,
        ),
        (
            "",
            "",
            "const s = new Set(); for (let i = 0; i < 1000; i++) for (let j = 0; j < 1000; j++) s.add(i + '_' + j);\n\
             for (const t of s) await queryRunner.query(`DROP TABLE ${t}`);",
            true,
        ),
        ("", "", "a: for (;;) { b: for (;;) { continue a; } }", false),
        ("", "set x(v) { this.x = v; }", "this.x = queryRunner; await queryRunner.query(this.x);", true),
        (
            "",
            "static { new Change1700000000000(); Change1700000000000.y; }",
            "await queryRunner.query(Change1700000000000.z);",
            true,
        ),
        ("enum E { A = E.B, B = E.A }", "", "await queryRunner.query(E.A as any);", true),
        ("namespace N { export const a = N.a; }", "", "await queryRunner.query(N.a);", true),
        ("function t(s: any): any { return t`x`; }", "", "await queryRunner.query(t`DROP TABLE a`);", true),
        ("", "", "const f = () => 'a'.replace(/a/, f); await queryRunner.query(f());", true),
        (
            "",
            "",
            "await queryRunner.query('a'.replace(/((((a{1,1000}){1,1000}){1,1000}){1,1000})/, 'b'));",
            true,
        ),
        (
            "",
            "",
            "await queryRunner.query('x'.padStart(1e9) + 'x'.repeat(1e9) + Array(1e9).join('x'));",
            true,
        ),
        (
            "",
            "",
            "for (const i of Array.from({ length: 1e12 })) await queryRunner.query(`DROP TABLE t${i}`);",
            false,
        ),
        ("", "", deep.as_str(), true),
        (
            "while (true) {}\nfor (;;) { x++; }\nlet n = 0; while (n < 1e9) { n++; }",
            "",
            "await queryRunner.query(n as any);",
            true,
        ),
        (
            "const a = [b]; const b = [a]; a.push(b); b.push(a);",
            "",
            "await queryRunner.query(a as any);",
            true,
        ),
    ] {
        let own = format!("{head}\n{}", class(members, up));
        let case = repo(&own, &[]);
        assert_eq!(!case.reasons().is_empty(), said, "{up}: {:?} {:?}", case.reasons(), case.list());
    }
    assert!(start.elapsed().as_secs() < 60, "{:?}", start.elapsed());
}

#[test]
fn what_is_endless_ends() {
    let start = std::time::Instant::now();
    let many: Vec<String> = (0..10_000).map(|index| format!("'t{index}'")).collect();
    let many =
        format!("for (const t of [{}]) {{ await queryRunner.query(`DROP TABLE ${{t}}`); }}", many.join(","));
    for (members, up, said) in [
        ("async f(queryRunner) { await this.f(queryRunner); }", "await this.f(queryRunner);", true),
        (
            "async f(q) { await this.g(q); await this.g(q); } async g(q) { await this.f(q); await this.f(q); }",
            "await this.f(queryRunner);",
            true,
        ),
        ("", "const f = (s) => f(s + s); await queryRunner.query(f('x'));", true),
        ("", "while (true) { await queryRunner.query('DROP TABLE a'); }", false),
        ("", "for (;;) { for (;;) { for (;;) { for (;;) { for (;;) { x++; } } } } }", false),
        ("", "let s = 'a'; for (let i = 0; i < 900; i++) { s = s + s; } await queryRunner.query(s);", true),
        (
            "",
            &format!(
                "let s = 'a'; for (let i = 0; i < 20; i++) {{ s = s + s; }} await queryRunner.query(`{}`);",
                "${s}".repeat(900)
            ),
            true,
        ),
        ("a = this.b; b = this.a;", "await queryRunner.query(this.a);", true),
        ("", "class A extends A {} ; await new A().up(queryRunner);", true),
        ("get x() { return this.x; }", "await queryRunner.query(this.x);", true),
        ("constructor() { new Change1700000000000(); }", "await queryRunner.query('DROP TABLE a');", false),
        (
            "",
            "const l = []; for (let i = 0; i < 1000; i++) { l.push(l); } await queryRunner.query(`${l}`);",
            true,
        ),
        (
            "",
            "let o = {}; for (let i = 0; i < 1000; i++) { o = { o, p: o, q: queryRunner }; } elsewhere(o);",
            true,
        ),
        ("", &many, true),
    ] {
        let case = repo(&class(members, up), &[]);
        assert_eq!(!case.reasons().is_empty(), said, "{up}: {:?}", case.reasons());
    }
    let own =
        class("", "await a(queryRunner);").replace("export class", "import { a } from './a';\nexport class");
    let case = repo(
        &own,
        &[
            ("src/migrations/a.ts", "import { b } from './b';\nexport const a = b;\nexport * from './b';"),
            ("src/migrations/b.ts", "import { a } from './a';\nexport const b = a;\nexport * from './a';"),
        ],
    );
    assert_eq!(case.reasons().len(), 1);
    assert!(start.elapsed().as_secs() < 60, "{:?}", start.elapsed());
}
