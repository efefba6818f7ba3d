use super::*;

/// The tables, then each column with the tables that it may belong to.
fn said(text: &str) -> String {
    let names = names(text);
    for piece in names.columns.iter().map(|column| &column.name) {
        assert!(text.get(piece.range.clone()).is_some_and(|words| words.contains(&piece.text)), "{piece:?}");
    }
    let of = |source: &Source| source.table.as_ref().map_or("?", |table| table.text.as_str()).to_owned();
    let tables: Vec<String> = names.scopes.iter().flat_map(|scope| &scope.tables).map(of).collect();
    let columns = names.columns.iter().map(|column| {
        let around: Vec<&Scope> = names.around(column.scope).collect();
        let from: Vec<String> = match (&column.qualifier, column.of) {
            (_, Some(of)) => around[0].tables.get(of).map(of_source).into_iter().collect(),
            (Some(qualifier), None) => around
                .iter()
                .flat_map(|scope| &scope.tables)
                .filter(|source| source.known_as == *qualifier)
                .map(of)
                .take(1)
                .collect(),
            (None, None) => {
                let open = if around.iter().any(|scope| scope.open) { vec!["*".to_owned()] } else { vec![] };
                around.iter().flat_map(|scope| &scope.tables).map(of).chain(open).collect()
            }
        };
        format!("{}.{}", from.join("|"), column.name.text)
    });
    format!("{}: {}", tables.join(","), columns.collect::<Vec<_>>().join(" "))
}

fn of_source(source: &Source) -> String {
    source.table.as_ref().map_or("?", |table| table.text.as_str()).to_owned()
}

#[test]
fn columns_and_their_tables() {
    for (text, expected) in [
        ("SELECT legacy_total FROM orders", "orders: orders.legacy_total"),
        (
            "SELECT o.\"legacyTotal\" t, c.name AS n FROM shop.orders o, customer AS c WHERE c.id = o.customer_id",
            "shop.orders,customer: shop.orders.legacyTotal customer.name customer.id shop.orders.customer_id",
        ),
        (
            "INSERT INTO orders (id, total) SELECT id, sum(price) FROM lines GROUP BY id RETURNING id",
            "orders,lines: orders.id orders.total orders|lines.id orders|lines.price orders|lines.id orders|lines.id",
        ),
        (
            "UPDATE orders AS o SET total = $1, (a, b) = (1, 2), c = o.d FROM x WHERE y = 1",
            "orders,x: orders.total orders.a orders.b orders.c orders.d orders|x.y",
        ),
        (
            "INSERT INTO t (a) VALUES ($1) ON CONFLICT (a) DO UPDATE SET b = EXCLUDED.b, updated_at = now()",
            "t: t.a t.a t.b t.b t.updated_at",
        ),
        ("DELETE FROM a USING b WHERE a.x = b.y", "a,b: a.x b.y"),
        (
            "SELECT a FROM t WHERE EXISTS (SELECT 1 FROM u WHERE u.t_id = t.id AND b = 1)",
            "t,u: t.a u.t_id t.id u|t.b",
        ),
        ("WITH x AS (SELECT a FROM t) SELECT a FROM x JOIN u USING (id)", "?,u,t: t.a ?|u|*.a ?|u|*.id"),
        ("SELECT a FROM (SELECT b FROM t) AS s (a)", "?,t: ?|*.a t.b"),
        ("SELECT EXTRACT(epoch FROM made), a IS DISTINCT FROM b FROM t", "t: t.epoch t.made t.a t.b"),
        ("SELECT count(*) AS n, a::text FROM t ORDER BY n, date '2026-01-01'", "t: t.a t.n"),
        ("SELECT a FROM ${table} WHERE b = ${id}", "?: ?|*.a ?|*.b"),
        ("SELECT a FROM t ${joins} WHERE b = ${id} AND c IN (${ids})", "t: t|*.a t|*.b t|*.c"),
        ("SELECT t.a FROM t WHERE t.${column} = 1 AND \"${x}\".b = 2", "t: t.a"),
        ("SELECT a FROM t UNION ALL SELECT b FROM u", "t,u: t.a u.b"),
        ("SELECT a FROM generate_series(1, n) g, t", "?,t: ?|t|*.a ?|t|*.n"),
        ("EXPLAIN ANALYZE SELECT a FROM t FOR UPDATE", "t: t.a"),
        ("CREATE OR REPLACE VIEW v AS SELECT o.a FROM orders o", "orders: orders.a"),
        ("COPY orders (id, total) FROM STDIN", "orders: orders.id orders.total"),
        ("ALTER TABLE orders ADD a int", ": "),
        ("SELECT * FROM 注文 AS 注 WHERE 注.合計 > 0", "注文: 注文.合計"),
    ] {
        assert_eq!(said(text), expected, "{text}");
    }
}

#[test]
fn bodies_of_functions_have_variables() {
    let text = "CREATE FUNCTION f() RETURNS void AS $body$\nDECLARE n int;\nBEGIN\n  SELECT o.legacy, n INTO x FROM orders o;\n  UPDATE orders SET total = 1;\nEND $body$ LANGUAGE plpgsql;";
    assert_eq!(said(text), "x,orders,orders: orders.legacy x|orders|*.n orders.total");
    assert!(names("SELECT 1; CREATE TABLE IF NOT EXISTS shop.\"Orders\" (a int)").changes);
    assert!(!names(text).changes);
}

#[test]
fn parts_of_statements() {
    let names = names_of_part("o.legacyTotal > :total AND lower(c.name) LIKE '%x%' OR plain = 1");
    let said: Vec<_> =
        names.columns.iter().map(|column| (column.qualifier.as_deref(), column.name.text.as_str())).collect();
    assert_eq!(said, [(Some("o"), "legacyTotal"), (Some("c"), "name"), (None, "plain")]);
}

#[test]
fn hostile_texts_end() {
    for unit in ["(SELECT ", "SELECT a FROM (", "WITH a AS (", "$a$", "a.", ",", "INSERT INTO t (", "(("] {
        let _ = names(&unit.repeat(20_000));
        let _ = names_of_part(&unit.repeat(20_000));
        let _ = names(&format!("SELECT {}", unit.repeat(20_000)));
    }
}
