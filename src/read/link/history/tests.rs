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
    assert_eq!(change("citext").as_deref(), Some("safe"));
    assert_eq!(change("order_code").as_deref(), Some("unknown"));
    // An index would be built anew.
    let indexed = facts(&[
        PRODUCT,
        ("CREATE INDEX ON product (code)", ""),
        ("ALTER TABLE product ALTER COLUMN code TYPE citext", ""),
    ]);
    let fact = self::change(&indexed, "alter-column-type");
    assert_eq!(fact.text(schema_change::TYPE_CHANGE), Some("unknown"));
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
    let parts = "CREATE TABLE log (at date) PARTITION BY RANGE (at); CREATE TABLE log_1 PARTITION OF log DEFAULT PARTITION BY RANGE (at); CREATE TABLE log_2 PARTITION OF log_1 DEFAULT; CREATE TABLE itself PARTITION OF itself DEFAULT";
    let down = "DROP TABLE log; DROP TABLE itself";
    assert_eq!(not_undone(&[PRODUCT, (parts, down)]).as_deref(), Some("undone"));
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
    // A naming strategy of the team's own may have given the foreign key the name that `down` drops.
    let fact = facts.get(facts.of_kind(migration::KIND)[0]);
    assert_eq!(fact.text(migration::NOT_UNDONE), Some("the index `IDX_line` stays"));
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

/// The facts of classes with the calls of `up` and `down`.
fn built(migrations: &[(&str, &str)]) -> Facts {
    let mut repo = Repo::default();
    let mut readings = Vec::new();
    for (index, (up, down)) in migrations.iter().enumerate() {
        let stamp = 1_779_000_000_000_u64 + index as u64;
        let calls = |calls: &str| -> String {
            calls.split(";;").map(|call| format!("await queryRunner.{};", call.trim())).collect()
        };
        let text = format!(
            "export class B{stamp} implements MigrationInterface {{ async up(queryRunner) {{ {} }} async down(queryRunner) {{ {} }} }}",
            calls(up),
            calls(down)
        );
        let id = repo.insert(&format!("migrations/{stamp}-B.ts"), text.into_bytes(), false);
        let notes = crate::facts::MigrationNotes::default();
        readings.push(crate::read::migration::read(&repo, id, true, &notes));
    }
    let (mut facts, problems) = Facts::gather(readings);
    assert!(problems.is_empty(), "{problems:?}");
    super::link(&mut facts, &repo);
    facts
}

fn schema(facts: &Facts) -> crate::facts::schema::Schema {
    let migrations = facts.of_kind(migration::KIND).to_vec();
    let history = super::History { folder: String::new(), dialect: None, migrations };
    super::replay(facts, &history, None).schema
}

const ACCOUNT: (&str, &str) = (
    "createTable(new Table({ name: 'account', columns: [\
        { name: 'id', type: 'int', isPrimary: true, isGenerated: true, generationStrategy: 'increment' },\
        { name: 'email', type: 'varchar', length: '120', isUnique: true },\
        { name: 'state', type: 'enum', enum: ['new', 'old'], default: \"'new'\" },\
        { name: 'team_id', type: 'uuid', isNullable: true }],\
        indices: [{ columnNames: ['team_id'] }],\
        foreignKeys: [{ columnNames: ['team_id'], referencedTableName: 'team', referencedColumnNames: ['id'], onDelete: 'SET NULL' }],\
        checks: [{ name: 'CHK_email', expression: \"email <> ''\" }] }))",
    "dropTable('account')",
);

#[test]
fn a_described_table_is_known_whole() {
    let facts = built(&[ACCOUNT]);
    let schema = schema(&facts);
    let table = &schema.tables["account"];
    assert!(table.whole);
    let column = |name: &str| {
        let column = &table.columns[name];
        (column.data_type.as_deref().unwrap_or("-"), column.not_null, column.default.as_deref())
    };
    assert_eq!(column("id"), ("integer", true, None));
    assert_eq!(column("email"), ("character varying(120)", true, None));
    assert_eq!(column("state"), ("account_state_enum", true, Some("'new'")));
    assert_eq!(column("team_id"), ("uuid", false, None));
    let kinds: Vec<&str> = table.constraints.values().map(|constraint| constraint.kind).collect();
    assert_eq!(kinds.len(), 4, "{kinds:?}");
    // What TypeORM 0.3 names them.
    let names: Vec<&str> =
        table.constraints.values().map(|constraint| constraint.name.get(..3).unwrap_or_default()).collect();
    assert_eq!(names, ["CHK", "FK_", "PK_", "UQ_"]);
    assert!(table.indexes.values().all(|index| index.name.starts_with("IDX_") && index.name.len() == 30));
    assert_eq!(schema.types["account_state_enum"].values.as_ref().unwrap(), &["new", "old"]);
    assert_eq!(facts.get(facts.of_kind(migration::KIND)[0]).bool(migration::UNDONE_BY_DOWN), Some(true));
    let gap = built(&[(
        "createTable(new Table({ name: 'account', columns: [...more, { name: 'a', type: 'int' }] }))",
        "dropTable('account')",
    )]);
    assert!(!self::schema(&gap).tables["account"].whole);
}

#[test]
fn names_that_typeorm_makes_up_are_found_again() {
    let facts = built(&[
        ACCOUNT,
        (
            "dropForeignKey('account', new TableForeignKey({ columnNames: ['team_id'], referencedTableName: 'team', referencedColumnNames: ['id'] }))",
            "dropPrimaryKey('account')",
        ),
        ("renameColumn('account', 'email', 'mail')", "renameColumn('account', 'mail', 'email')"),
        ("dropUniqueConstraint('account', 'UQ_4c8f96ccf523e9a3faefd5bdd4c')", "query('SELECT 1')"),
    ]);
    let drops: Vec<_> = facts
        .of_kind(schema_change::KIND)
        .iter()
        .map(|&id| facts.get(id))
        .filter(|fact| {
            fact.text(schema_change::CHANGE) == Some("drop-constraint")
                && fact.text(schema_change::DIRECTION) == Some("up")
        })
        .map(|fact| fact.text(schema_change::OBJECT_EXISTS).unwrap_or("-").to_owned())
        .collect();
    // The unique key has the new column's name by then.
    assert_eq!(drops, ["yes", "unknown"]);
    let schema = schema(&facts);
    let names: Vec<&str> =
        schema.tables["account"].constraints.values().map(|constraint| constraint.name.as_str()).collect();
    let unique = crate::read::migration::naming::over("unique", "account", &["mail"]).unwrap();
    assert!(names.contains(&unique.as_str()), "{names:?}");
}

#[test]
fn a_changed_column_is_dropped_where_its_type_differs() {
    let facts = built(&[
        ACCOUNT,
        (
            "changeColumn('account', 'email', new TableColumn({ name: 'email', type: 'varchar', length: '200' }))",
            "changeColumn('account', 'email', new TableColumn({ name: 'email', type: 'varchar', length: '120' }))",
        ),
        (
            "changeColumn('account', 'team_id', new TableColumn({ name: 'group_id', type: 'uuid', default: 'gen_random_uuid()' }))",
            "changeColumn('account', 'group_id', new TableColumn({ name: 'team', type: 'uuid', isNullable: true }))",
        ),
    ]);
    let schema = schema(&facts);
    let table = &schema.tables["account"];
    // Its unique key went with the old column.
    assert!(!table.constraints.values().any(|constraint| constraint.kind == "unique"));
    assert_eq!(table.columns["email"].made, Some(1));
    let renamed = &table.columns["group_id"];
    assert_eq!((renamed.made, renamed.not_null), (Some(0), true));
    assert_eq!(renamed.default.as_deref(), Some("gen_random_uuid()"));
    let said: Vec<_> = facts
        .of_kind(migration::KIND)
        .iter()
        .map(|&id| facts.get(id).text(migration::NOT_UNDONE).unwrap_or("-").to_owned())
        .collect();
    assert_eq!(said[0], "-");
    assert_eq!(said[2], "the column `account.team` stays, and 2 more things differ");
}

#[test]
fn described_columns_come_and_go() {
    let facts = built(&[
        ACCOUNT,
        (
            "addColumns('account', [new TableColumn({ name: 'kind', type: 'enum', enum: ['a'], isNullable: true }), new TableColumn({ name: 'code', type: 'varchar', isUnique: true })])",
            "dropColumns('account', ['kind', 'code'])",
        ),
        (
            "dropColumn('account', 'kind')",
            "addColumn('account', new TableColumn({ name: 'kind', type: 'int' }))",
        ),
    ]);
    let schema = schema(&facts);
    assert!(!schema.types.contains_key("account_kind_enum"));
    assert!(schema.tables["account"].columns["code"].not_null);
    let undone: Vec<_> = facts
        .of_kind(migration::KIND)
        .iter()
        .map(|&id| facts.get(id).text(migration::NOT_UNDONE).unwrap_or("-").to_owned())
        .collect();
    assert_eq!(undone[..2], ["-", "-"]);
    assert_eq!(undone[2], "the column `account.kind` has the type `integer` instead of `account_kind_enum`");
}

#[test]
fn what_speaks_of_a_renamed_column_follows() {
    let facts = facts(&[
        PRODUCT,
        ("ALTER TABLE product ADD CHECK (price > 0 AND \"price\" <> 9 AND code <> 'price')", ""),
        ("CREATE TABLE tag (product_price int REFERENCES product (price))", ""),
        ("ALTER TABLE product RENAME COLUMN price TO cost", ""),
    ]);
    let schema = schema(&facts);
    let check = schema.tables["product"].constraints.values().find(|own| own.kind == "check").unwrap();
    assert_eq!(check.text, "CHECK (cost > 0 AND \"cost\" <> 9 AND code <> 'price')");
    assert_eq!(schema.tables["tag"].constraints["tag_product_price_fkey"].targets, ["cost"]);
}

/// The facts of files of SQL.
fn folder(files: &[(&str, &str)]) -> (Repo, Facts) {
    let mut repo = Repo::default();
    let ids: Vec<_> =
        files.iter().map(|(path, text)| repo.insert(path, text.as_bytes().to_vec(), false)).collect();
    let readings = ids.into_iter().map(|id| crate::read::sqlmigration::read(&repo, id)).collect();
    let (mut facts, problems) = Facts::gather(readings);
    assert!(problems.is_empty(), "{problems:?}");
    super::link(&mut facts, &repo);
    (repo, facts)
}

#[test]
fn a_folder_for_several_databases_is_a_history_for_each() {
    let (repo, facts) = folder(&[
        ("migrations/1_a.postgres.up.sql", "CREATE TABLE a (id bigserial);"),
        ("migrations/1_a.mysql.up.sql", "CREATE TABLE a (id bigint AUTO_INCREMENT);"),
        ("migrations/2_b.up.sql", "ALTER TABLE a ADD b int;"),
        ("migrations/3_c.up.sql", "ALTER TABLE a DROP COLUMN c;"),
        ("migrations/3_c.mysql.up.sql", "ALTER TABLE a ADD c int;"),
        ("migrations/4_d.up.sql", "ALTER TABLE a ADD c int;"),
    ]);
    let histories = super::histories(&facts, &repo);
    let said: Vec<_> = histories
        .iter()
        .map(|history| {
            let names = history.migrations.iter().map(|&id| facts.get(id).text(migration::NAME).unwrap());
            format!("{} {}", history.dialect.as_deref().unwrap(), names.collect::<Vec<_>>().join(" "))
        })
        .collect();
    assert_eq!(said, ["mysql 1_a.mysql 2_b 3_c.mysql 4_d", "postgres 1_a.postgres 2_b 3_c 4_d"]);
    let ids = facts.of_kind(schema_change::KIND).iter().map(|&id| facts.get(id));
    let exists: Vec<_> = ids.map(|fact| fact.text(schema_change::OBJECT_EXISTS).unwrap()).collect();
    // The last one fails in one of them alone, so nothing is certain.
    assert_eq!(exists, ["unknown", "unknown", "no", "no", "no", "unknown"]);
}

#[test]
fn what_is_not_read_may_have_done_anything() {
    let (repo, facts) = folder(&[
        ("migrations/1_a.up.sql", "CREATE TABLE a (id int);"),
        ("migrations/2_b.up.fizz", "add_column(\"a\", \"b\", \"int\", {})"),
        ("migrations/3_c.up.fizz", "add_column(\"a\", \"c\", \"int\", {})"),
        ("migrations/4_d.up.sql", "ALTER TABLE a DROP COLUMN b;"),
    ]);
    assert_eq!(facts.of_kind(crate::facts::words::unresolved::KIND).len(), 1);
    assert_eq!(change(&facts, "drop-column").text(schema_change::OBJECT_EXISTS), Some("unknown"));
    let histories = super::histories(&facts, &repo);
    assert_eq!(super::replay(&facts, &histories[0], None).lost, 2);
}

#[test]
fn whether_ways_back_are_kept() {
    let kept = |files: &[(&str, &str)]| {
        let (_, facts) = folder(files);
        let ids = facts.of_kind(migration::KIND).iter().map(|&id| facts.get(id));
        ids.map(|fact| fact.bool(migration::DOWNS_ARE_KEPT)).collect::<Vec<_>>()
    };
    let up = "ALTER TABLE a ADD b int;";
    let names: Vec<String> = (1..=30).map(|at| format!("migrations/{at:02}_a.up.sql")).collect();
    let forward: Vec<(&str, &str)> = names.iter().map(|name| (name.as_str(), up)).collect();
    assert_eq!(kept(&forward), [Some(false); 30]);
    assert_eq!(kept(&forward[..3]), [Some(true); 3]);
    // The team has changed its mind in between.
    let downs: Vec<String> = names[15..].iter().map(|name| name.replace(".up.", ".down.")).collect();
    let mut both = forward.clone();
    both.extend(downs.iter().map(|name| (name.as_str(), "ALTER TABLE a DROP COLUMN b;")));
    let said = kept(&both);
    assert_eq!((said[0], said[14], said[29]), (Some(false), Some(false), Some(true)));
    // Parts of one migration.
    let parts = [
        ("migrations/2024010100_a.postgres.up.sql", up),
        ("migrations/2024010101_a.postgres.up.sql", up),
        ("migrations/2024010102_b.postgres.up.sql", up),
    ];
    assert_eq!(kept(&parts), [Some(false), Some(false), Some(true)]);
}

#[test]
fn a_schema_that_is_named_now_and_then() {
    let last = |home: bool| {
        let other = if home { "" } else { "CREATE TABLE shop.product (id int);" };
        let sql = format!("{other} ALTER TABLE shop.product ADD weight int");
        let migrations = [
            PRODUCT,
            (sql.as_str(), ""),
            ("CREATE TABLE tag (id int REFERENCES shop.product (id))", ""),
            ("ALTER TABLE product ALTER COLUMN weight SET NOT NULL", ""),
        ];
        let facts = facts(&migrations);
        change(&facts, "set-not-null").text(schema_change::OBJECT_EXISTS).map(str::to_owned)
    };
    assert_eq!(last(true).as_deref(), Some("yes"));
    assert_eq!(last(false).as_deref(), Some("no"));
}

#[test]
fn what_a_cascade_takes_can_be_made_again() {
    let facts = facts(&[
        PRODUCT,
        ("CREATE UNIQUE INDEX product_code ON product (code)", ""),
        (
            "CREATE TABLE tag (code varchar(12), CONSTRAINT tag_fk FOREIGN KEY (code) REFERENCES product (code))",
            "",
        ),
        ("DROP INDEX product_code CASCADE", ""),
        ("ALTER TABLE tag ADD CONSTRAINT tag_fk FOREIGN KEY (code) REFERENCES product (id)", ""),
    ]);
    assert_ne!(change(&facts, "add-constraint").text(schema_change::OBJECT_EXISTS), Some("yes"));
    assert_eq!(schema(&facts).tables["tag"].constraints["tag_fk"].targets, ["id"]);
}
