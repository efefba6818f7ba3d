use super::*;
use crate::facts::Facts;
use crate::facts::words::{code_use, schema_change};
use crate::read::{self, Settings, link};

/// The uses of what the migrations of a repository take away: name, how, the line they stand in.
fn uses(files: &[(&str, &str)]) -> Vec<String> {
    let mut repo = Repo::default();
    for (path, text) in files {
        repo.insert(path, text.as_bytes().to_vec(), false);
    }
    let settings = Settings::default();
    let mut facts = Facts::gather(repo.ids().map(|id| read::file(&repo, id, &settings)).collect()).0;
    link::link(&mut facts, &repo, &settings);
    let mut found: Vec<String> = facts
        .of_kind(code_use::KIND)
        .iter()
        .map(|&id| {
            let fact = facts.get(id);
            let text = &repo.file(fact.span.file).text;
            let words = &text[fact.span.start as usize..fact.span.end as usize];
            assert_eq!(fact.text(code_use::TEXT), Some(words));
            format!("{} {} {words}", fact.text(code_use::NAME).unwrap(), fact.text(code_use::HOW).unwrap())
        })
        .collect();
    let said = facts
        .of_kind(schema_change::KIND)
        .iter()
        .any(|&id| facts.get(id).get(schema_change::STILL_USED).is_some());
    assert_eq!(said, !found.is_empty());
    found.sort();
    found
}

const MADE: &str = r#"export class Create1600000000000 implements MigrationInterface {
  async up(queryRunner: QueryRunner) {
    await queryRunner.query(`CREATE TABLE "orders" ("id" int PRIMARY KEY, "status" text, "legacy_total" int, "shop_id" int, "unitPrice" int)`);
    await queryRunner.query(`CREATE TABLE "customer" ("id" int PRIMARY KEY, "status" text)`);
    await queryRunner.query(`CREATE TABLE "coupon" ("id" int PRIMARY KEY, "code" text)`);
  }
  async down(queryRunner: QueryRunner) {}
}"#;

const DROPS: &str = r#"export class Drop1700000000000 implements MigrationInterface {
  async up(queryRunner: QueryRunner) {
    await queryRunner.query(`ALTER TABLE "orders" DROP COLUMN "legacy_total"`);
    await queryRunner.query(`ALTER TABLE "orders" DROP COLUMN "status"`);
    await queryRunner.query(`ALTER TABLE "orders" RENAME COLUMN "shop_id" TO "store_id"`);
    await queryRunner.query(`ALTER TABLE "orders" DROP COLUMN "unitPrice"`);
    await queryRunner.query(`DROP TABLE "coupon"`);
  }
  async down(queryRunner: QueryRunner) {}
}"#;

const ENTITY: &str = r"import { Entity, PrimaryColumn, ManyToOne, OneToMany } from 'typeorm';
@Entity('orders')
export class Order {
  @PrimaryColumn() id: number;
  @ManyToOne(() => Customer, (customer) => customer.orders) customer: Customer;
}
@Entity('customer')
export class Customer {
  @PrimaryColumn() id: number;
  @Column() status: string;
  @OneToMany(() => Order, (order) => order.customer) orders: Order[];
}";

/// The uses in one file of code beside two migrations and two entities.
fn in_code(path: &str, text: &str) -> Vec<String> {
    uses(&[
        ("package.json", "{ \"name\": \"shop\" }"),
        ("src/migrations/1600000000000-Create.ts", MADE),
        ("src/migrations/1700000000000-Drop.ts", DROPS),
        ("src/order.entity.ts", ENTITY),
        (path, text),
    ])
}

#[test]
fn sql_in_code() {
    for (text, expected) in [
        ("await db.query('SELECT legacy_total FROM orders')", &["orders.legacy_total sql legacy_total"][..]),
        (
            "db.query(`SELECT o.status, c.status FROM \"orders\" o JOIN customer c ON true`)",
            &["orders.status sql status"],
        ),
        // Both tables may have had it, and one still has.
        ("db.query(`SELECT status FROM orders, customer`)", &[]),
        ("db.query(`SELECT status FROM orders o JOIN unknown u ON true`)", &[]),
        ("db.query(`SELECT legacy_total FROM orders ${joins}`)", &[]),
        (
            "db.query(`SELECT legacy_total FROM orders WHERE id = ${id} AND x IN (${ids})`)",
            &["orders.legacy_total sql legacy_total"],
        ),
        (
            "sql`UPDATE orders SET legacy_total = ${total} WHERE id = ${id}`",
            &["orders.legacy_total sql legacy_total"],
        ),
        (
            "const text = 'SELECT legacy_total ' +\n  'FROM ' + TABLE + ' WHERE id = ' + id;\nconst TABLE = 'orders';",
            &["orders.legacy_total sql legacy_total"],
        ),
        (
            "run(['SELECT legacy_total', 'FROM orders'].join('\\n'))",
            &["orders.legacy_total sql legacy_total"],
        ),
        (
            "db.query('INSERT INTO orders (id, legacy_total) VALUES ($1, $2)')",
            &["orders.legacy_total sql legacy_total"],
        ),
        ("db.query('DELETE FROM public.coupon')", &["coupon sql public.coupon"]),
        ("db.query('SELECT * FROM other.coupon')", &[]),
        ("db.query('SELECT 1 FROM orders ORDER BY shop_id')", &["orders.shop_id sql shop_id"]),
        ("db.query('SELECT count(*) AS legacy_total FROM orders ORDER BY legacy_total')", &[]),
        ("db.query('WITH coupon AS (SELECT 1) SELECT * FROM coupon')", &[]),
        // Words for people, other words, comments.
        ("const title = 'Select the status from orders list below';", &[]),
        ("const name = 'legacy_total of orders'; // SELECT legacy_total FROM orders", &[]),
        ("db.query('SELECT total FROM orders')", &[]),
        (
            "@ViewEntity({ expression: `SELECT \"legacy_total\" FROM \"orders\"` })\nexport class Totals {}",
            &["orders.legacy_total sql \"legacy_total\""],
        ),
    ] {
        assert_eq!(in_code("src/report.ts", text), expected, "{text}");
    }
}

#[test]
fn query_builders() {
    let of = |body: &str| {
        in_code(
            "src/orders.service.ts",
            &format!(
                "import {{ Order, Customer }} from './order.entity';\nexport class Orders {{\n  constructor(@InjectRepository(Order) private orders: Repository<Order>, private db: DataSource) {{}}\n  async list(id: number) {{\n    {body}\n  }}\n}}"
            ),
        )
    };
    for (body, expected) in [
        (
            "return this.orders.createQueryBuilder('o').select(['o.id', 'o.legacyTotal']).getMany();",
            &["orders.legacy_total query-builder legacyTotal"][..],
        ),
        (
            "return this.orders.createQueryBuilder('o').where('o.legacy_total > :x AND o.id = 1', { x: 1 });",
            &["orders.legacy_total query-builder legacy_total"],
        ),
        (
            "const qb = this.db.getRepository(Order).createQueryBuilder('o'); if (id) { qb.andWhere(`o.status = '${id}'`); } qb.orderBy({ 'o.unitPrice': 'ASC' });",
            &["orders.status query-builder status", "orders.unitPrice query-builder 'o.unitPrice'"],
        ),
        (
            "this.db.createQueryBuilder(Customer, 'c').leftJoinAndSelect('c.orders', 'o').addSelect('o.status').where('c.status = 1');",
            &["orders.status query-builder status"],
        ),
        (
            "this.db.createQueryBuilder().update(Order).set({ legacyTotal: null }).where('legacy_total IS NULL');",
            &[
                "orders.legacy_total query-builder legacyTotal",
                "orders.legacy_total query-builder legacy_total",
            ],
        ),
        (
            "this.orders.createQueryBuilder('o').leftJoin('o.shop', 's');",
            &["orders.shop_id query-builder shop"],
        ),
        // Names of results.
        (
            "this.orders.createQueryBuilder('o').select('SUM(o.id)', 'legacy_total').orderBy('legacy_total', 'DESC');",
            &[],
        ),
        (
            "this.orders.createQueryBuilder('o').leftJoinAndMapOne('o.legacyTotal', 'o.customer', 'c').addSelect('1', 'status');",
            &[],
        ),
        // The alias is another entity's, or two entities'.
        ("this.db.createQueryBuilder(Customer, 'o').where('o.status = 1');", &[]),
        (
            "this.orders.createQueryBuilder('o'); this.db.createQueryBuilder(Customer, 'o').where('o.status = 1');",
            &[],
        ),
        ("this.orders.createQueryBuilder('o').where(`o.id IN (SELECT status FROM x)`)", &[]),
    ] {
        assert_eq!(of(body), expected, "{body}");
    }
}

#[test]
fn options_of_finders() {
    let of = |body: &str| {
        in_code(
            "src/orders.service.ts",
            &format!(
                "import {{ Order, Customer }} from './order.entity';\nconst orders = dataSource.getRepository(Order);\nexport async function list(customers: Repository<Customer>) {{ {body} }}"
            ),
        )
    };
    for (body, expected) in [
        (
            "orders.find({ where: { status: 1 }, order: { legacyTotal: 'ASC' } })",
            &["orders.legacy_total options legacyTotal", "orders.status options status"][..],
        ),
        (
            "orders.find({ where: [{ legacyTotal: 1 }, { id: 2 }], select: ['id', 'unitPrice'] })",
            &["orders.legacy_total options legacyTotal", "orders.unitPrice options unitPrice"],
        ),
        (
            "orders.findOneBy({ legacy_total: 1 }); orders.update({ id: 1 }, { status: 'x' });",
            &["orders.legacy_total options legacy_total", "orders.status options status"],
        ),
        (
            "customers.find({ where: { status: 1, orders: { status: 2 } } })",
            &["orders.status options status"],
        ),
        ("manager.find(Order, { where: { status } })", &["orders.status options status"]),
        (
            "customers.findBy({ status: 1 }); other.find({ where: { status: 1 } }); orders.map((o) => ({ status: o.status }))",
            &[],
        ),
        // TypeORM leaves out what it does not know when it inserts.
        ("orders.insert({ status: 1 }); orders.save({ legacyTotal: 1 })", &[]),
    ] {
        assert_eq!(of(body), expected, "{body}");
    }
}

#[test]
fn entities_with_all_their_features() {
    let of = |files: &[(&str, &str)]| {
        let mut all = vec![
            ("package.json", "{ \"name\": \"shop\" }"),
            ("src/migrations/1600000000000-Create.ts", MADE),
            ("src/migrations/1700000000000-Drop.ts", DROPS),
        ];
        all.extend_from_slice(files);
        uses(&all)
    };
    // A base class by import, and a child of a table.
    let base = "export abstract class Base { @Column({ name: 'legacy_total' }) total: number; @Column() name: string; }";
    let child = "import { Base } from './base';\n@Entity('orders') export class Order extends Base {}";
    assert_eq!(of(&[("src/base.ts", base), ("src/order.ts", child)]), ["orders.legacy_total entity total"]);
    let children = "@Entity('orders') @TableInheritance({ column: 'type' }) class Order { @PrimaryColumn() id: number }\n@ChildEntity() class Gift extends Order { @Column() status: string }";
    assert_eq!(of(&[("src/order.ts", children)]), ["orders.status entity status"]);
    // Overridden where it is inherited.
    let own = "import { Base } from './base';\n@Entity('orders') export class Order extends Base { @Column({ name: 'id' }) total: number }";
    assert_eq!(of(&[("src/base.ts", base), ("src/order.ts", own)]), [""; 0]);
    // Embedded, with the names of both strategies.
    let embedded = "class Price { @Column() total: number; @Column({ name: 'price' }) amount: number }\n@Entity('orders') class Order { @Column(() => Price, { prefix: 'legacy_' }) a: Price; @Column(() => Price, { prefix: 'unit' }) b: Price; }";
    assert_eq!(
        of(&[("src/order.ts", embedded)]),
        ["orders.legacy_total entity total", "orders.unitPrice entity amount"]
    );
    let schema = "export const OrderSchema = new EntitySchema<Order>({ name: 'Order', tableName: 'orders', columns: { id: { type: Number, primary: true }, total: { type: Number, name: 'legacy_total' } }, relations: { shop: { type: 'many-to-one', target: 'Shop', joinColumn: { name: 'shop_id' } } } });";
    assert_eq!(
        of(&[("src/order.ts", schema)]),
        ["orders.legacy_total entity total", "orders.shop_id entity shop"]
    );
    let indexed = "@Entity('orders') @Index('IDX', ['id', 'legacyTotal']) @Unique(['status']) export class Order { @PrimaryColumn() id: number; @Column({ name: 'state' }) state: string }";
    assert_eq!(
        of(&[("src/order.ts", indexed)]),
        ["orders.legacy_total options legacyTotal", "orders.status options status"]
    );
    let relation = "@Entity('orders') class Order { @ManyToOne(() => Shop) shop: Shop; @ManyToOne(() => Shop) @JoinColumn({ name: 'store_id' }) store: Shop }";
    assert_eq!(of(&[("src/order.ts", relation)]), ["orders.shop_id entity shop"]);
    assert_eq!(
        of(&[("src/coupon.ts", "@Entity() export class Coupon { @PrimaryColumn() id: number }")]),
        ["coupon entity Coupon"]
    );
    for other in [
        "@Entity({ name: 'coupon', schema: 'other' }) export class Coupon {}",
        "@Entity({ name: 'coupon', database: 'other' }) export class Coupon {}",
        "@Entity({ name: NAME }) export class Coupon {}",
    ] {
        assert_eq!(of(&[("src/coupon.ts", other)]), [""; 0], "{other}");
    }
}

#[test]
fn properties_that_are_no_column() {
    let entity = "@Entity('orders') export class Order { @PrimaryColumn() id: number; @VirtualColumn({ query: (a) => `SELECT 1` }) legacyTotal: number; @Column(() => Status) status: Status }\nclass Status { @Column() since: Date }\norders(getRepository(Order).find({ where: { legacyTotal: 1, status: { since: 1 } } }));";
    let files = [
        ("src/migrations/1600000000000-Create.ts", MADE),
        ("src/migrations/1700000000000-Drop.ts", DROPS),
        ("src/order.ts", entity),
    ];
    assert_eq!(uses(&files), [""; 0]);
}

#[test]
fn tables_with_a_prefix() {
    let of = |options: &str| {
        uses(&[
            ("package.json", "{}"),
            ("src/migrations/1600000000000-Create.ts", MADE),
            ("src/migrations/1700000000000-Drop.ts", DROPS),
            (
                "src/data-source.ts",
                &format!("export const source = new DataSource({{ type: 'postgres', {options} }});"),
            ),
            ("src/pon.ts", "@Entity('pon') export class Pon { @PrimaryColumn() id: number }"),
        ])
        .len()
    };
    assert_eq!(of("entityPrefix: 'cou'"), 1);
    assert_eq!(of("entityPrefix: PREFIX"), 0);
}

#[test]
fn files_of_sql() {
    let of = |path: &str, text: &str| in_code(path, text);
    assert_eq!(
        of("src/queries/totals.sql", "-- 合計\nSELECT legacy_total FROM orders;"),
        ["orders.legacy_total sql-file legacy_total"]
    );
    assert_eq!(
        of(
            "db/views.sql",
            "CREATE OR REPLACE VIEW v AS SELECT o.status FROM orders o;\nCREATE FUNCTION f() RETURNS void AS $$ BEGIN UPDATE orders SET legacy_total = 0; END $$ LANGUAGE plpgsql;"
        ),
        ["orders.legacy_total sql-file legacy_total", "orders.status sql-file status"]
    );
    // Another history, tests, another database.
    assert_eq!(of("db/schema.sql", "CREATE TABLE coupon (id int);\nINSERT INTO coupon VALUES (1);"), [""; 0]);
    assert_eq!(of("tests/seed.sql", "SELECT legacy_total FROM orders;"), [""; 0]);
    assert_eq!(of("src/orders.spec.ts", "db.query('SELECT legacy_total FROM orders')"), [""; 0]);
    assert_eq!(of("src/clickhouse/orders.ts", "db.query('SELECT legacy_total FROM orders')"), [""; 0]);
}

#[test]
fn commands_with_sql() {
    let script = "#!/bin/bash\npsql \"$URL\" -c \"UPDATE orders SET legacy_total = 0 WHERE id = $1\"\n";
    assert_eq!(
        in_code("scripts/reset.sh", script),
        ["orders.legacy_total command -c \"UPDATE orders SET legacy_total = 0 WHERE id = $1\""]
    );
    assert_eq!(in_code("scripts/test/reset.sh", script), [""; 0]);
    assert_eq!(in_code("scripts/reset.sh", &script.replace("psql", "echo psql")), [""; 0]);
}

#[test]
fn other_packages() {
    let query = "db.query('SELECT legacy_total FROM orders')";
    let of = |manifests: [&str; 2]| {
        uses(&[
            ("packages/db/package.json", manifests[0]),
            ("packages/db/src/migrations/1600000000000-Create.ts", MADE),
            ("packages/db/src/migrations/1700000000000-Drop.ts", DROPS),
            ("apps/api/package.json", manifests[1]),
            ("apps/api/src/report.ts", query),
        ])
        .len()
    };
    // Another package may have a database of its own, unless it works with this one's.
    assert_eq!(of(["{ \"name\": \"@shop/db\" }", "{ \"name\": \"api\" }"]), 0);
    assert_eq!(
        of([
            "{ \"name\": \"@shop/db\" }",
            "{ \"name\": \"api\", \"dependencies\": { \"@shop/db\": \"workspace:*\" } }"
        ]),
        1
    );
    assert_eq!(
        of(["{ \"name\": \"@shop/db\", \"dependencies\": { \"api\": \"*\" } }", "{ \"name\": \"api\" }"]),
        1
    );
    // The repository's one history.
    let one = uses(&[
        ("package.json", "{}"),
        ("db/migrations/1_a.sql", "CREATE TABLE orders (id int, legacy_total int);"),
        ("db/migrations/2_b.sql", "ALTER TABLE orders DROP COLUMN legacy_total;"),
        ("apps/api/package.json", "{}"),
        ("apps/api/src/report.ts", query),
    ]);
    assert_eq!(one, ["orders.legacy_total sql legacy_total"]);
}

#[test]
fn what_is_there_again_is_no_use() {
    let of = |last: &str| {
        uses(&[
            ("db/migrations/1_a.sql", "CREATE TABLE orders (id int, legacy_total int);"),
            ("db/migrations/2_b.sql", "ALTER TABLE orders DROP COLUMN legacy_total;"),
            ("db/migrations/3_c.sql", last),
            ("src/report.ts", "db.query('SELECT legacy_total FROM orders')"),
        ])
        .len()
    };
    assert_eq!(of("SELECT 1"), 1);
    assert_eq!(of("ALTER TABLE orders ADD legacy_total int"), 0);
    assert_eq!(of("DO $$ BEGIN EXECUTE x; END $$"), 1);
    assert_eq!(of("ALTER TABLE orders RENAME TO sales"), 1);
    assert_eq!(
        of(
            "ALTER TABLE orders RENAME TO sales; CREATE VIEW orders AS SELECT *, 1 AS legacy_total FROM sales"
        ),
        0
    );
}

#[test]
fn hostile_code_is_borne() {
    for text in
        ["legacy_total orders db.query(`${`", "orders legacy_total @Entity( class {", "legacy_total '\\"]
    {
        let _ = in_code("src/a.ts", text);
    }
    let sum = format!("const legacy_total = 'SELECT ' + {}'FROM orders';", "x + ".repeat(3_000));
    let _ = in_code("src/a.ts", &sum);
    let cycle = "const a = 'SELECT legacy_total FROM orders ' + b + b; const b = a + a + a; db.query(a);";
    let _ = in_code("src/a.ts", cycle);
    let base = "@Entity('orders') class A extends B { @Column(() => A) a: A }\nclass B extends A { @Column(() => B) b: B; @Column(() => A) c: A; }";
    let _ = in_code("src/a.ts", base);
}
