CREATE TYPE mood AS ENUM ('new', 'paid');
CREATE TYPE money_pair AS (amount bigint, currency text);
CREATE DOMAIN short_code AS varchar(20);
CREATE SEQUENCE order_numbers;
CREATE TABLE customers (id bigint PRIMARY KEY, email text NOT NULL, name varchar(50), code int);
CREATE TABLE products (id bigint PRIMARY KEY, sku varchar(20) NOT NULL, price numeric(10, 2) NOT NULL);
CREATE TABLE orders (
    id bigint NOT NULL,
    customer_id bigint,
    product_id bigint,
    state text DEFAULT 'new',
    note varchar(50),
    label varchar(20),
    total numeric(10, 2),
    placed_at timestamp(3),
    sent_at timestamptz,
    tags text[],
    qty int,
    count int,
    ref uuid,
    meta json,
    code varchar(20),
    bits varbit(8),
    kind char(3),
    mood mood DEFAULT 'new',
    number int GENERATED ALWAYS AS IDENTITY,
    doubled int GENERATED ALWAYS AS (qty * 2) STORED,
    CONSTRAINT orders_pk PRIMARY KEY (id),
    CONSTRAINT orders_customer_fk FOREIGN KEY (customer_id) REFERENCES customers (id),
    CONSTRAINT orders_total_ck CHECK (total >= 0),
    CONSTRAINT orders_label_ck CHECK (label IS NOT NULL)
);
ALTER TABLE orders ADD CONSTRAINT orders_qty_ck CHECK (qty > 0) NOT VALID;
ALTER TABLE orders ADD CONSTRAINT orders_product_fk FOREIGN KEY (product_id) REFERENCES products (id) NOT VALID;
CREATE INDEX orders_state_idx ON orders (state);
CREATE UNIQUE INDEX orders_code_key ON orders (code);
CREATE UNIQUE INDEX orders_ref_key ON orders (ref);
CREATE TABLE refunds (id bigint, order_id bigint NOT NULL, reason text);
CREATE UNIQUE INDEX refunds_order_key ON refunds (order_id);
CREATE TABLE rooms (id int, room int, during int4range);
CREATE UNIQUE INDEX rooms_id_key ON rooms (id);
CREATE UNLOGGED TABLE drafts (id bigint, body text);
CREATE TABLE events (id bigint, at date NOT NULL, kind text) PARTITION BY RANGE (at);
CREATE TABLE events_2024 PARTITION OF events FOR VALUES FROM ('2024-01-01') TO ('2025-01-01');
CREATE TABLE events_2025 (id bigint, at date NOT NULL, kind text);
CREATE TABLE events_2026 (id bigint, at date NOT NULL, kind text, CONSTRAINT events_2026_at CHECK (at >= '2026-01-01' AND at < '2027-01-01'));
CREATE TABLE logs (id bigint, at date NOT NULL) PARTITION BY RANGE (at);
CREATE TABLE logs_2024 PARTITION OF logs FOR VALUES FROM ('2024-01-01') TO ('2025-01-01');
CREATE TABLE logs_rest PARTITION OF logs DEFAULT;
CREATE TABLE logs_2025 (id bigint, at date NOT NULL);
CREATE TABLE places (id bigint, name text);
CREATE TABLE cities (people int) INHERITS (places);
CREATE TABLE towns (id bigint, name text, people int);
CREATE TABLE payments (id bigint, order_id bigint, amount int);
CREATE VIEW open_payments AS SELECT id, order_id FROM payments;
CREATE MATERIALIZED VIEW order_totals AS SELECT order_id, sum(amount) AS total FROM payments GROUP BY order_id;
CREATE UNIQUE INDEX order_totals_key ON order_totals (order_id);
CREATE FUNCTION touch() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
CREATE TRIGGER orders_touch BEFORE UPDATE ON orders FOR EACH ROW EXECUTE FUNCTION touch();
CREATE POLICY orders_own ON orders USING (true);
CREATE RULE orders_keep AS ON DELETE TO refunds DO INSTEAD NOTHING;
CREATE STATISTICS payments_stats ON order_id, amount FROM payments;
INSERT INTO customers SELECT n, 'a' || n, 'b', n FROM generate_series(1, 20) n;
INSERT INTO products SELECT n, 'a' || n, n FROM generate_series(1, 20) n;
INSERT INTO orders (id, customer_id, product_id, note, label, total, placed_at, sent_at, qty, ref, code, bits, kind) SELECT n, n, n, 'x', 'y', n, '2024-01-01', '2024-01-01', n, gen_random_uuid(), n, B'1', 'abc' FROM generate_series(1, 20) n;
INSERT INTO refunds SELECT n, n, 'z' FROM generate_series(1, 20) n;
INSERT INTO payments SELECT n, n, n FROM generate_series(1, 20) n;
INSERT INTO drafts SELECT n, n FROM generate_series(1, 20) n;
INSERT INTO rooms SELECT n, n, int4range(n * 10, n * 10 + 5) FROM generate_series(1, 20) n;
INSERT INTO events SELECT n, '2024-05-01', 'k' FROM generate_series(1, 20) n;
INSERT INTO events_2025 SELECT n, '2025-05-01', 'k' FROM generate_series(1, 20) n;
INSERT INTO events_2026 SELECT n, '2026-05-01', 'k' FROM generate_series(1, 20) n;
INSERT INTO logs SELECT n, '2024-05-01' FROM generate_series(1, 20) n;
INSERT INTO logs SELECT n, '2030-05-01' FROM generate_series(1, 20) n;
INSERT INTO logs_2025 SELECT n, '2025-05-01' FROM generate_series(1, 20) n;
INSERT INTO places SELECT n, 'p' FROM generate_series(1, 20) n;
INSERT INTO cities SELECT n, 'p', 1 FROM generate_series(1, 20) n;
INSERT INTO towns SELECT n, 'p', 1 FROM generate_series(1, 20) n;
REFRESH MATERIALIZED VIEW order_totals;
