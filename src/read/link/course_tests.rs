use crate::facts::words::{migration, schema_change as change};
use crate::facts::{Fact, Facts, Field};
use crate::read::{PostgresVersion, Settings, file};
use crate::repo::Repo;

/// The changes of `up` in a repository with these files.
fn changes_of(files: &[(&str, &str)], version: u8) -> (Facts, Vec<crate::facts::FactId>) {
    let settings = Settings { postgres: PostgresVersion(version), ..Settings::default() };
    let mut repo = Repo::default();
    let ids: Vec<_> =
        files.iter().map(|(path, text)| repo.insert(path, text.as_bytes().to_vec(), true)).collect();
    let (mut facts, _) = Facts::gather(ids.into_iter().map(|id| file(&repo, id, &settings)).collect());
    super::super::link(&mut facts, &repo, &settings);
    let ups: Vec<_> = facts
        .of_kind(change::KIND)
        .iter()
        .copied()
        .filter(|&id| facts.get(id).text(change::DIRECTION) == Some("up"))
        .collect();
    (facts, ups)
}

fn class(fields: &str, up: &str, down: &str) -> String {
    format!(
        "export class A1779000000000 implements MigrationInterface {{ {fields} async up(queryRunner) {{ {up} }} async down(queryRunner) {{ {down} }} }}"
    )
}

fn queries(statements: &[&str]) -> String {
    let calls: Vec<_> = statements.iter().map(|sql| format!("await queryRunner.query(`{sql}`);\n")).collect();
    calls.concat()
}

fn up(statements: &[&str], version: u8) -> (Facts, Vec<crate::facts::FactId>) {
    changes_of(&[("m/1779000000000-A.ts", &class("", &queries(statements), ""))], version)
}

fn said(fact: &Fact, field: Field) -> String {
    fact.get(field).map(|slot| format!("{:?}", slot.value)).unwrap_or_default()
}

#[test]
fn locks_and_rewrites_follow_the_manual() {
    for (sql, version, lock, rewrites) in [
        ("CREATE INDEX i ON a (b)", 15, "SHARE", None),
        ("CREATE INDEX CONCURRENTLY i ON a (b)", 15, "SHARE UPDATE EXCLUSIVE", None),
        ("DROP INDEX i", 15, "ACCESS EXCLUSIVE", None),
        ("ALTER INDEX i RENAME TO j", 15, "SHARE UPDATE EXCLUSIVE", None),
        ("ALTER INDEX i RENAME TO j", 11, "ACCESS EXCLUSIVE", None),
        ("ALTER TABLE a ADD b int", 15, "ACCESS EXCLUSIVE", Some(false)),
        ("ALTER TABLE a ADD b int DEFAULT -1", 15, "ACCESS EXCLUSIVE", Some(false)),
        ("ALTER TABLE a ADD b int DEFAULT random()", 15, "ACCESS EXCLUSIVE", Some(true)),
        ("ALTER TABLE a ADD b int DEFAULT made_here()", 15, "ACCESS EXCLUSIVE", None),
        ("ALTER TABLE a ADD b bigserial", 15, "ACCESS EXCLUSIVE", Some(true)),
        ("ALTER TABLE a ADD b int GENERATED ALWAYS AS IDENTITY", 15, "ACCESS EXCLUSIVE", Some(true)),
        ("ALTER TABLE a ADD b int GENERATED ALWAYS AS (c + 1) STORED", 18, "ACCESS EXCLUSIVE", Some(true)),
        ("ALTER TABLE a ADD b int GENERATED ALWAYS AS (c + 1) VIRTUAL", 18, "ACCESS EXCLUSIVE", Some(false)),
        ("ALTER TABLE a ALTER b TYPE bigint", 15, "ACCESS EXCLUSIVE", Some(true)),
        ("ALTER TABLE a ALTER b TYPE text", 15, "ACCESS EXCLUSIVE", None),
        ("ALTER TABLE a ALTER b TYPE timestamp(3)", 15, "ACCESS EXCLUSIVE", None),
        ("ALTER TABLE a ADD CONSTRAINT c FOREIGN KEY (b) REFERENCES d (id)", 15, "SHARE ROW EXCLUSIVE", None),
        ("ALTER TABLE a ADD CONSTRAINT c CHECK (b > 0)", 15, "ACCESS EXCLUSIVE", None),
        ("ALTER TABLE a VALIDATE CONSTRAINT c", 15, "SHARE UPDATE EXCLUSIVE", None),
        ("ALTER TABLE a SET (fillfactor = 70)", 15, "SHARE UPDATE EXCLUSIVE", None),
        ("ALTER TABLE a DISABLE TRIGGER t", 15, "SHARE ROW EXCLUSIVE", None),
        ("ALTER TABLE a SET LOGGED", 15, "ACCESS EXCLUSIVE", Some(true)),
        ("ALTER TABLE a ATTACH PARTITION b DEFAULT", 11, "ACCESS EXCLUSIVE", None),
        ("ALTER TABLE a ATTACH PARTITION b DEFAULT", 12, "SHARE UPDATE EXCLUSIVE", None),
        ("LOCK TABLE a IN SHARE MODE", 15, "SHARE", None),
        ("LOCK a", 15, "ACCESS EXCLUSIVE", None),
        ("VACUUM FULL a", 15, "ACCESS EXCLUSIVE", Some(true)),
        ("UPDATE a SET b = 1", 15, "ROW EXCLUSIVE", None),
    ] {
        let (facts, ups) = up(&[sql], version);
        let fact = facts.get(ups[0]);
        assert_eq!(fact.text(change::LOCK), Some(lock), "{sql}");
        assert_eq!(fact.bool(change::REWRITES), rewrites, "{sql}");
    }
}

#[test]
fn a_transaction_is_followed() {
    let cic = "CREATE INDEX CONCURRENTLY i ON a (b)";
    let source = |mode: &str| format!("new DataSource({{ migrations: [], {mode} }})");
    for (fields, before, mode, inside) in [
        ("", "", "", "yes"),
        ("transaction = false;", "", "migrationsTransactionMode: 'each'", "no"),
        ("transaction = true;", "", "migrationsTransactionMode: 'none'", "yes"),
        ("", "", "migrationsTransactionMode: 'none'", "no"),
        ("", "await queryRunner.commitTransaction();", "", "no"),
        ("", "await queryRunner.query('COMMIT');", "", "no"),
        ("", "await queryRunner.query('ROLLBACK TO SAVEPOINT s');", "", "yes"),
        ("transaction = false;", "await queryRunner.startTransaction();", "", "yes"),
    ] {
        let text = class(fields, &format!("{before}{}", queries(&[cic])), "");
        let (facts, ups) =
            changes_of(&[("m/1779000000000-A.ts", &text), ("data-source.ts", &source(mode))], 15);
        let fact = facts.get(*ups.last().unwrap());
        assert_eq!(fact.text(change::IN_TRANSACTION), Some(inside), "{fields} {before} {mode}");
        assert_eq!(fact.bool(change::REFUSES_TRANSACTION), Some(true));
    }
    let helper = format!(
        "const outside = async (r, f) => {{ await r.commitTransaction(); await f(); await r.startTransaction(); }};\n{}",
        class("", &format!("await this.outside(async () => {{ {} }});", queries(&[cic])), "")
    );
    let (facts, ups) = changes_of(&[("m/1779000000000-A.ts", &helper)], 15);
    assert_ne!(facts.get(*ups.last().unwrap()).text(change::IN_TRANSACTION), Some("yes"));
}

#[test]
fn a_flag_wins_over_the_data_source() {
    let text = class("", &queries(&["SELECT 1"]), "");
    for (flag, mode) in [("", Some("each")), (" --transaction all", Some("all")), (" -t none", Some("none"))]
    {
        let package =
            format!("{{ \"scripts\": {{ \"migrate\": \"typeorm migration:run -d dist/ds.js{flag}\" }} }}");
        let files = [
            ("apps/a/m/1779000000000-A.ts", text.as_str()),
            ("apps/a/ds.ts", "new DataSource({ migrationsTransactionMode: 'each' })"),
            ("apps/b/ds.ts", "new DataSource({ migrationsTransactionMode: 'none' })"),
            ("package.json", package.as_str()),
        ];
        let (facts, _) = changes_of(&files, 15);
        let class = facts.get(facts.of_kind(migration::KIND)[0]);
        assert_eq!(class.text(migration::TRANSACTION_MODE), mode, "{flag}");
    }
}

#[test]
fn a_column_is_dropped_and_added_again() {
    let pair = ["ALTER TABLE a DROP COLUMN b", "ALTER TABLE public.a ADD b varchar(60) DEFAULT 'x'"];
    let (facts, ups) = up(&pair, 15);
    let drop = facts.get(ups[0]);
    assert_eq!(drop.bool(change::ADDED_AGAIN), Some(true));
    assert_eq!(
        drop.text(change::RETYPED),
        Some(
            "ALTER TABLE \"a\" ALTER COLUMN \"b\" DROP DEFAULT, ALTER COLUMN \"b\" TYPE varchar(60) USING \"b\"::varchar(60), ALTER COLUMN \"b\" SET DEFAULT 'x'"
        )
    );
    let class = facts.get(facts.parent(ups[0]).unwrap());
    assert_eq!((class.bool(migration::BLOCKS), class.bool(migration::REMOVES)), (Some(false), Some(false)));
    // Filled again from somewhere: nothing is lost.
    let (facts, ups) = up(&[pair[0], pair[1], "UPDATE a SET b = kept"], 15);
    assert_eq!(facts.get(ups[0]).bool(change::ADDED_AGAIN), None);
}

#[test]
fn an_enum_swap_is_one_change() {
    let swap = |values: &str| {
        queries(&[
            "ALTER TYPE public.状態 RENAME TO 状態_old",
            &format!("CREATE TYPE public.状態 AS ENUM ({values})"),
            "ALTER TABLE a ALTER b TYPE public.状態 USING b::text::public.状態",
            "DROP TYPE public.状態_old",
        ])
    };
    let back = queries(&["CREATE TYPE public.状態_old AS ENUM ('x', '🍣')"]);
    for (values, down, word, removed) in [
        ("'x', '🍣', 'y'", back.as_str(), "adds", ""),
        ("'x'", back.as_str(), "removes", "🍣"),
        ("'x'", "", "unknown", ""),
    ] {
        let (facts, ups) = changes_of(&[("m/1779000000000-A.ts", &class("", &swap(values), down))], 15);
        let fact = facts.get(ups[2]);
        assert_eq!(fact.text(change::ENUM_SWAP), Some(word), "{values}");
        let gone: Vec<_> =
            fact.list(change::REMOVED_VALUES).iter().map(|(value, _)| value.as_ref()).collect();
        assert_eq!(gone.concat(), removed);
    }
}

#[test]
fn one_thing_after_the_other() {
    let (facts, ups) = up(&["ALTER TYPE s ADD VALUE 'n'", "UPDATE a SET s = 'n' WHERE id = 1"], 15);
    assert_eq!(facts.get(ups[0]).bool(change::VALUE_USED), Some(true));
    let (facts, ups) = up(&["ALTER TABLE a ADD b int", "UPDATE a SET b = 1"], 15);
    let update = facts.get(ups[1]);
    assert_eq!(
        (said(update, change::FILLS_NEW), said(update, change::UNDER_LOCK)),
        ("Bool(true)".into(), "Bool(true)".into())
    );
    let (facts, ups) =
        up(&["SET lock_timeout = '5s'", "ALTER TABLE a ADD b int", "ALTER TABLE a ADD c int"], 15);
    assert_eq!(facts.get(ups[1]).bool(change::LOCK_TIMEOUT), Some(true));
    assert_eq!(facts.get(ups[2]).bool(change::SAME_TABLE), Some(true));
    let checked = [
        "ALTER TABLE a ADD CONSTRAINT c CHECK (b IS NOT NULL) NOT VALID",
        "ALTER TABLE a VALIDATE CONSTRAINT c",
        "ALTER TABLE a ALTER b SET NOT NULL",
    ];
    let (facts, ups) = up(&checked, 15);
    assert_eq!(facts.get(ups[1]).bool(change::ADDED_BEFORE), Some(true));
    assert_eq!(facts.get(ups[2]).bool(change::SCANS), None);
    let (facts, ups) = up(&checked, 11);
    assert_eq!(facts.get(ups[2]).bool(change::SCANS), Some(true));
}

#[test]
fn the_database_is_told_by_words_folder_and_neighbours() {
    let plain = class("", &queries(&["CREATE INDEX i ON a (b)"]), "");
    let mysql = class("", &queries(&["ALTER TABLE a ADD b int AUTO_INCREMENT"]), "")
        .replace("A1779000000000", "B1779000000001");
    let mixed = class(
        "",
        &queries(&["ALTER TABLE a ADD b int AUTO_INCREMENT", "ALTER TABLE a ADD b jsonb", "DROP TABLE c"]),
        "",
    );
    let of = |files: &[(&str, &str)]| {
        let (facts, ups) = changes_of(files, 15);
        ups.iter()
            .map(|&id| facts.get(id).text(change::DATABASE).unwrap_or("?").to_owned())
            .collect::<Vec<_>>()
    };
    assert_eq!(of(&[("m/1-A.ts", &plain)]), ["postgres"]);
    assert_eq!(of(&[("m/1-A.ts", &plain), ("m/2-B.ts", &mysql)]), ["mysql", "mysql"]);
    assert_eq!(of(&[("sqlite/1-A.ts", &plain), ("m/2-B.ts", &mysql)]), ["sqlite", "mysql"]);
    assert_eq!(of(&[("m/1-A.ts", &mixed)]), ["mysql", "postgres", "?"]);
}

#[test]
fn tools_for_files_of_sql_have_their_own_transactions() {
    let cic = "CREATE INDEX CONCURRENTLY i ON a (b);\nCREATE INDEX CONCURRENTLY j ON a (c);\n";
    let of = |path: &str, text: &str| {
        let (facts, ups) = changes_of(&[(path, text)], 15);
        ups.first().and_then(|&id| facts.get(id).text(change::IN_TRANSACTION).map(str::to_owned))
    };
    let goose = |mark: &str| format!("{mark}-- +goose Up\n{cic}-- +goose Down\nDROP INDEX i;\n");
    assert_eq!(of("migrations/00001_a.sql", &goose("")).as_deref(), Some("yes"));
    assert_eq!(of("migrations/00001_a.sql", &goose("-- +goose NO TRANSACTION\n")).as_deref(), Some("no"));
    assert_eq!(of("db/V1__a.sql", cic).as_deref(), Some("unknown"));
    let one = "CREATE INDEX CONCURRENTLY i ON a (b);\n";
    for (files, inside) in [
        (vec![("db/V1__a.sql", one)], "unknown"),
        (vec![("db/V1__a.sql", "SET lock_timeout = '1s';\nCREATE INDEX CONCURRENTLY i ON a (b);\n")], "yes"),
        (
            vec![
                ("migrations/20240301120000_a.sql", cic),
                ("Cargo.toml", "[dependencies]\nsqlx = \"0.8\"\n"),
            ],
            "yes",
        ),
        (
            vec![(
                "db/migrations/20240301120000_a.sql",
                "-- migrate:up transaction:false\nCREATE INDEX CONCURRENTLY i ON a (b);\nSELECT 1;\n-- migrate:down\n",
            )],
            "yes",
        ),
        (
            vec![(
                "db/migrations/20240301120000_a.sql",
                "-- migrate:up transaction:false\nCREATE INDEX CONCURRENTLY i ON a (b);\n-- migrate:down\n",
            )],
            "no",
        ),
        (vec![("migrations/000001_a.up.sql", one), ("migrations/000001_a.down.sql", "")], "unknown"),
        (
            vec![
                ("migrations/000001_a.up.sql", cic),
                ("migrations/000001_a.down.sql", ""),
                ("go.mod", "require github.com/golang-migrate/migrate/v4 v4.17.0\n"),
            ],
            "yes",
        ),
        (
            vec![
                ("migrations/000001_a.up.sql", cic),
                ("migrations/000001_a.down.sql", ""),
                ("go.mod", "require github.com/golang-migrate/migrate/v4 v4.17.0\n"),
                ("main.go", "url += \"?x-multi-statement=true\"\n"),
            ],
            "unknown",
        ),
    ] {
        let (facts, ups) = changes_of(&files, 15);
        let found =
            ups.iter().map(|&id| facts.get(id)).find(|fact| fact.bool(change::CONCURRENTLY) == Some(true));
        assert_eq!(found.and_then(|fact| fact.text(change::IN_TRANSACTION)), Some(inside), "{files:?}");
    }
}

#[test]
fn other_tables_are_locked_too() {
    let locked = |statements: &[&str]| -> String {
        let (facts, ups) = up(statements, 15);
        let fact = facts.get(*ups.last().unwrap());
        let said: Vec<String> =
            fact.map(change::LOCKS_TOO).iter().map(|(table, lock, _)| format!("{table} {lock}")).collect();
        said.join(", ")
    };
    let key = "ALTER TABLE a ADD CONSTRAINT f FOREIGN KEY (b) REFERENCES public.c (id)";
    for (statements, said) in [
        (vec![key], "c SHARE ROW EXCLUSIVE"),
        (vec![key, "ALTER TABLE a DROP CONSTRAINT f"], "c ACCESS EXCLUSIVE"),
        (vec![key, "ALTER TABLE a DROP CONSTRAINT g"], ""),
        (vec![key, "ALTER TABLE a DROP COLUMN b"], "c ACCESS EXCLUSIVE"),
        (vec![key, "ALTER TABLE a DROP COLUMN other"], ""),
        (vec![key, "ALTER TABLE a DROP COLUMN b", "DROP TABLE a"], ""),
        (vec![key, "ALTER TABLE a RENAME TO z", "DROP TABLE z"], "c ACCESS EXCLUSIVE"),
        (vec![key, "ALTER TABLE c RENAME TO y", "DROP TABLE a"], "y ACCESS EXCLUSIVE"),
        (vec![key, "ALTER TABLE c RENAME TO y", "TRUNCATE y CASCADE"], "a ACCESS EXCLUSIVE"),
        (vec![key, "TRUNCATE c"], ""),
        (vec![key, "DROP TABLE a", "CREATE TABLE a (b int)", "DROP TABLE a"], ""),
        (
            vec!["CREATE TABLE a (b int REFERENCES c)", "ALTER TABLE a DROP CONSTRAINT a_b_fkey"],
            "c ACCESS EXCLUSIVE",
        ),
        (vec!["CREATE TABLE a (b int REFERENCES a (b))"], ""),
        (vec!["CREATE INDEX i ON s.t (a)", "DROP INDEX s.i"], "s.t ACCESS EXCLUSIVE"),
        (vec!["CREATE INDEX i ON t (a)", "ALTER INDEX i RENAME TO j", "REINDEX INDEX j"], "t SHARE"),
        (vec!["DROP INDEX i"], ""),
        (
            vec![
                "ALTER TABLE p ATTACH PARTITION q DEFAULT",
                "ALTER TABLE p ATTACH PARTITION r FOR VALUES IN (1)",
            ],
            "r ACCESS EXCLUSIVE, q ACCESS EXCLUSIVE",
        ),
        (
            vec![
                "ALTER TABLE p ATTACH PARTITION q DEFAULT",
                "ALTER TABLE p DETACH PARTITION q",
                "DROP TABLE q",
            ],
            "",
        ),
        (
            vec!["CREATE TABLE 子 () INHERITS (親, s.other)"],
            "親 SHARE UPDATE EXCLUSIVE, s.other SHARE UPDATE EXCLUSIVE",
        ),
    ] {
        assert_eq!(locked(&statements), said, "{statements:?}");
    }
}

#[test]
fn a_partitioned_table_refuses_what_others_allow() {
    let table = "CREATE TABLE p (id bigint, at date) PARTITION BY RANGE (at)";
    let refused = |sql: &str, version: u8| {
        let (facts, ups) = up(&[table, sql], version);
        facts.get(*ups.last().unwrap()).text(change::REFUSED).is_some()
    };
    for (sql, version, said) in [
        ("CREATE INDEX CONCURRENTLY i ON p (id)", 15, true),
        ("CREATE INDEX CONCURRENTLY i ON p_2024 (id)", 15, false),
        ("CREATE INDEX i ON p (id)", 15, false),
        ("ALTER TABLE p ADD CONSTRAINT f FOREIGN KEY (id) REFERENCES q (id) NOT VALID", 17, true),
        ("ALTER TABLE p ADD CONSTRAINT f FOREIGN KEY (id) REFERENCES q (id) NOT VALID", 18, false),
        ("ALTER TABLE p ADD CONSTRAINT f FOREIGN KEY (id) REFERENCES q (id)", 15, false),
        ("ALTER TABLE p ADD CONSTRAINT u UNIQUE USING INDEX i", 15, true),
        ("ALTER TABLE p ADD PRIMARY KEY (id)", 15, true),
        ("ALTER TABLE p ADD PRIMARY KEY (id, at)", 15, false),
        ("ALTER TABLE other ADD PRIMARY KEY (id)", 15, false),
    ] {
        assert_eq!(refused(sql, version), said, "{sql}");
    }
}

#[test]
fn timeouts_count_from_where_they_are_set() {
    let of = |statements: &[&str]| {
        let (facts, ups) = up(statements, 15);
        let parent = facts.get(facts.parent(ups[0]).unwrap());
        (
            parent.bool(migration::LOCKS_WITHOUT_TIMEOUT).unwrap_or_default(),
            parent.text(migration::LATE_TIMEOUT).is_some(),
            parent.bool(migration::WITHOUT_STATEMENT_TIMEOUT).unwrap_or_default(),
        )
    };
    let add = "ALTER TABLE a ADD b int";
    assert_eq!(of(&[add]), (true, false, false));
    assert_eq!(of(&["SET lock_timeout = '1s'", add]), (false, false, false));
    assert_eq!(of(&[add, "SET lock_timeout = '1s'", add]), (true, true, false));
    assert_eq!(of(&["SET lock_timeout = '1s'", "UPDATE a SET b = 1"]), (false, false, true));
    assert_eq!(of(&["SET statement_timeout = '1min'", "UPDATE a SET b = 1"]), (false, false, false));
    assert_eq!(
        of(&["INSERT INTO a VALUES (1)", "CREATE TABLE c (d int)", "CREATE INDEX i ON c (d)"]),
        (false, false, false)
    );
    assert_eq!(
        of(&["CREATE TABLE a (b int)", "CREATE INDEX i ON a (b)", "DROP INDEX i"]),
        (false, false, false)
    );
}

#[test]
fn what_runs_long_says_what_is_locked_meanwhile() {
    let locked = |statements: &[&str]| {
        let (facts, ups) = up(statements, 15);
        facts.get(*ups.last().unwrap()).text(change::WHILE_LOCKED).map(str::to_owned)
    };
    let add = "ALTER TABLE a ADD b int";
    assert_eq!(locked(&[add, "UPDATE a SET b = 1"]).as_deref(), Some("a"));
    assert_eq!(locked(&[add, "UPDATE c SET b = 1"]).as_deref(), Some("a"));
    assert_eq!(locked(&[add, "COMMIT", "UPDATE a SET b = 1"]), None);
    assert_eq!(locked(&[add, "INSERT INTO c VALUES (1)"]), None);
    assert_eq!(locked(&[add, "INSERT INTO c SELECT * FROM d"]).as_deref(), Some("a"));
    assert_eq!(locked(&[add, "CREATE INDEX i ON c (d)"]).as_deref(), Some("a"));
    assert_eq!(locked(&["CREATE TABLE a (b int)", add, "UPDATE c SET b = 1"]), None);
    assert_eq!(locked(&["UPDATE c SET b = 1"]), None);
}

#[test]
fn many_relations_take_little_time() {
    let mut statements: Vec<String> = Vec::new();
    for at in 0..3_000 {
        statements.push(format!("CREATE TABLE t{at} (id int, a int REFERENCES hub (id), CHECK (a > {at}))"));
        statements.push(format!("CREATE INDEX i{at} ON t{at} (a)"));
        statements.push("DROP TABLE hub CASCADE".to_owned());
        statements.push(format!("ALTER TABLE hub ATTACH PARTITION t{at} DEFAULT"));
    }
    let start = std::time::Instant::now();
    let (facts, ups) = changes_of(&[("db/V1__a.sql", &statements.join(";\n"))], 15);
    assert_eq!(ups.len(), 12_000);
    assert!(facts.get(ups[11_998]).map(change::LOCKS_TOO).len() <= 64);
    assert!(start.elapsed().as_secs() < 20, "{:?}", start.elapsed());
}
