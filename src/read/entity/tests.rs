use super::*;
use crate::repo::Repo;

fn facts(text: &str) -> Vec<(String, Option<String>)> {
    let mut repo = Repo::default();
    let id = repo.insert("product.entity.ts", text.as_bytes().to_vec(), false);
    let mut out = Reading::default();
    read(&mut out, &repo.passage(id), "product.entity.ts");
    out.facts
        .iter()
        .map(|fact| {
            let text = |field| fact.text(field).map(str::to_owned);
            if fact.kind == entity::KIND {
                (text(entity::CLASS).unwrap(), text(entity::TABLE))
            } else {
                (text(column::NAME).unwrap(), text(column::COLUMN))
            }
        })
        .collect()
}

#[test]
fn entities_and_their_columns() {
    let found = facts(
        "\u{feff}import { Entity } from 'typeorm';\r\n@Entity({ name: 'product', schema: 'shop' })\r\nexport class Product extends Base {\r\n  @PrimaryGeneratedColumn('uuid') id: string;\r\n  /* 商品コード 🏷️ */ @Column({ name: 'legacy_code', nullable: true }) legacyCode?: string;\r\n  @Column('varchar', { length: 20 }) title: string;\r\n  @Column(() => Price) price: Price;\r\n  @Column({ ...options }) other: string;\r\n  @ManyToOne(() => Shop) @JoinColumn({ name: 'shop_id' }) shop: Shop;\r\n  @ManyToOne(() => Tax) tax: Tax;\r\n  @OneToMany(() => Line) @JoinColumn({ name: 'line_id' }) lines: Line[];\r\n  plain = 1;\r\n}",
    );
    let found: Vec<_> = found.iter().map(|(one, other)| (one.as_str(), other.as_deref())).collect();
    assert_eq!(
        found,
        [
            ("Product", Some("product")),
            ("Product.id", None),
            ("Product.legacyCode", Some("legacy_code")),
            ("Product.title", None),
            ("Product.price", None),
            ("Product.shop", Some("shop_id")),
            ("Product.taxId", None),
        ]
    );
}

#[test]
fn names_of_tables() {
    for (decorator, table) in [
        ("@Entity()", Some("order_line")),
        ("@Entity('orders')", Some("orders")),
        ("@Entity({})", Some("order_line")),
        ("@Entity(TABLE)", None),
        ("@Entity({ name: TABLE })", None),
        ("@Entity({ ...rest })", None),
        ("@ViewEntity()", None),
    ] {
        let found = facts(&format!("{decorator} export class OrderLine {{ }}"));
        assert_eq!(found.first().and_then(|(_, table)| table.as_deref()), table, "{decorator}");
    }
    for (name, expected) in
        [("OrderLine", "order_line"), ("HTTPLog", "http_log"), ("A1B", "a1_b"), ("x", "x")]
    {
        assert_eq!(snake(name), expected);
    }
}

#[test]
fn hostile_files_are_borne() {
    for text in ["@Entity(", "@Entity() class {", "@Entity() export default class {}", ""] {
        let _ = facts(text);
    }
    let _ = facts(&format!("@Entity({}", "(".repeat(100_000)));
}
