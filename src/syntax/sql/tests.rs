use super::cases::{MSSQL, MYSQL, POSTGRES, SQLITE, STRANGE};
use super::*;
use crate::facts::words::CHANGES;

fn only(sql: &str) -> Statement {
    let (mut statements, faults) = parse(sql);
    assert_eq!(faults, [], "{sql}");
    assert_eq!(statements.len(), 1, "{sql}: {statements:#?}");
    statements.remove(0)
}

fn kinds(statement: &Statement) -> Vec<&'static str> {
    statement.actions.iter().map(|action| action.change).collect()
}

fn all_cases() -> impl Iterator<Item = (&'static str, &'static str)> {
    [POSTGRES, MYSQL, SQLITE, MSSQL, STRANGE].into_iter().flatten().copied()
}

#[test]
fn every_family_is_classified() {
    let mut wrong = Vec::new();
    for (sql, expected) in all_cases() {
        let (statements, _) = parse(sql);
        let found: Vec<&str> = statements.iter().flat_map(kinds).collect();
        if statements.len() != 1 || found.join(" ") != expected {
            wrong.push(format!(
                "{sql}\n  expected {expected}\n  found {found:?} in {} statements",
                statements.len()
            ));
        }
        for change in found {
            assert!(CHANGES.contains(&change), "{change}");
        }
    }
    assert!(all_cases().count() >= 350, "{}", all_cases().count());
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn the_parser_agrees_wherever_it_can_read() {
    let (mut wrong, mut read, mut compared) = (Vec::new(), 0, 0);
    for (sql, expected) in all_cases() {
        let lexed = lexer::lex(sql);
        let dialect = dialect::of_tokens(sql, &lexed.tokens);
        let Some(tree) = detail::Parser::default().tree(sql, &lexed.tokens, dialect) else { continue };
        read += 1;
        let Some(theirs) = oracle::changes(&tree) else { continue };
        compared += 1;
        if MISREAD.contains(&sql) {
            continue;
        }
        // Changes within a WITH are ours alone.
        let own: Vec<&str> = expected.split(' ').take(theirs.len()).collect();
        if own != theirs || (expected.split(' ').count() != own.len() && !sql.starts_with("WITH")) {
            wrong.push(format!("{sql}\n  ours {expected}\n  theirs {theirs:?}"));
        }
        let ours: Vec<oracle::ColumnDetail> = only(sql).actions.iter().filter_map(column_detail).collect();
        let columns = oracle::columns(&tree);
        if ours != columns && !columns.is_empty() {
            wrong.push(format!("{sql}\n  ours {ours:?}\n  theirs {columns:?}"));
        }
    }
    let cases = all_cases().map(|(sql, _)| sql).filter(|sql| !MISREAD.contains(sql));
    let clauses = cases.chain(WITH_CLAUSES.iter().copied()).filter_map(|sql| {
        let lexed = lexer::lex(sql);
        let dialect = dialect::of_tokens(sql, &lexed.tokens);
        let tree = detail::Parser::default().tree(sql, &lexed.tokens, dialect)?;
        Some((sql, oracle::clauses(&tree)?))
    });
    let mut held = 0;
    for (sql, theirs) in clauses {
        held += 1;
        let ours = clauses_of(&only(sql).actions, theirs.columns.is_some());
        if ours != theirs {
            wrong.push(format!("{sql}\n  ours {ours:?}\n  theirs {theirs:?}"));
        }
    }
    assert!(held > 35, "{held}");
    println!("{} statements, {read} read, {compared} compared", all_cases().count());
    assert!(compared > 200, "{compared}");
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// The same for the statements that `tests/sql` describes in full.
#[test]
fn the_parser_agrees_on_what_is_described() {
    const FILES: [&str; 3] = [
        include_str!("../../../tests/sql/postgres.txt"),
        include_str!("../../../tests/sql/mysql.txt"),
        include_str!("../../../tests/sql/sqlite.txt"),
    ];
    let blocks = FILES.iter().flat_map(|text| text.split("\n\n"));
    let (mut compared, mut wrong) = (0, Vec::new());
    for block in blocks.filter(|block| !block.starts_with("== ")) {
        let lines: Vec<&str> = block.lines().filter(|line| !line.starts_with("    = ")).collect();
        let sql = lines.join("\n");
        let lexed = lexer::lex(&sql);
        let dialect = dialect::of_tokens(&sql, &lexed.tokens);
        let Some(tree) = detail::Parser::default().tree(&sql, &lexed.tokens, dialect) else { continue };
        let Some(theirs) = oracle::changes(&tree) else { continue };
        // NULL is what a column has without a default.
        if MISREAD.contains(&sql.as_str()) || sql.ends_with("SET DEFAULT NULL") {
            continue;
        }
        compared += 1;
        let statement = only(&sql);
        let own: Vec<&str> = kinds(&statement).into_iter().take(theirs.len()).collect();
        if own != theirs {
            wrong.push(format!("{sql}\n  ours {own:?}\n  theirs {theirs:?}"));
        }
        let ours: Vec<oracle::ColumnDetail> = statement.actions.iter().filter_map(column_detail).collect();
        let columns = oracle::columns(&tree);
        if ours != columns && !columns.is_empty() {
            wrong.push(format!("{sql}\n  ours {ours:?}\n  theirs {columns:?}"));
        }
        let Some(theirs) = oracle::clauses(&tree) else { continue };
        let ours = clauses_of(&statement.actions, theirs.columns.is_some());
        if ours != theirs {
            wrong.push(format!("{sql}\n  ours {ours:?}\n  theirs {theirs:?}"));
        }
    }
    assert!(compared > 100, "{compared}");
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Statements with clauses that locks and data depend on.
const WITH_CLAUSES: &[&str] = &[
    "CREATE INDEX i ON t (a, b DESC)",
    "CREATE UNIQUE INDEX CONCURRENTLY IF NOT EXISTS i ON s.t USING btree (a) WHERE b IS NULL",
    "CREATE INDEX i ON t (a) INCLUDE (b)",
    "ALTER TABLE t ADD CONSTRAINT c CHECK (a > 0) NOT VALID",
    "ALTER TABLE t ADD CONSTRAINT c CHECK (NOT valid)",
    "ALTER TABLE t ADD FOREIGN KEY (a) REFERENCES u (b) ON DELETE CASCADE DEFERRABLE INITIALLY DEFERRED NOT VALID",
    "ALTER TABLE t ADD PRIMARY KEY (a, b), ADD CONSTRAINT u UNIQUE (c)",
    "UPDATE t SET a = 1",
    "UPDATE t SET a = (SELECT 1 WHERE true)",
    "UPDATE t SET a = u.a FROM u WHERE u.id = t.id",
    "DELETE FROM t",
    "DELETE FROM t USING u WHERE u.id = t.id",
    "DELETE FROM t WHERE a = 1 RETURNING *",
];

/// The parser takes these for PostgreSQL and reads a column called `INDEX` or `KEY`, and a type `NOT`.
const MISREAD: &[&str] = &[
    "ALTER TABLE orders ADD INDEX i (a)",
    "ALTER TABLE orders ADD KEY i (a)",
    "ALTER TABLE orders ADD COLUMN a NOT NULL DEFAULT ''",
];

fn clauses_of(actions: &[Action], columns: bool) -> oracle::Clauses {
    let first = &actions[0];
    let constraints = actions.iter().filter(|action| action.change == "add-constraint");
    let index = first.change == "create-index";
    oracle::Clauses {
        unique: index && first.unique,
        concurrently: index && first.concurrently,
        filtered: first.filtered,
        constraints: constraints.map(|action| (action.constraint, action.not_valid)).collect(),
        columns: columns.then(|| first.columns.iter().map(|column| column.text.clone()).collect()),
    }
}

fn column_detail(action: &Action) -> Option<oracle::ColumnDetail> {
    let plain = |piece: &Option<Piece>| piece.as_ref().map(|piece| oracle::plain(&piece.text));
    let defines =
        matches!(action.change, "add-column" | "rename-column" | "alter-column-type" | "set-default");
    (defines && (action.data_type.is_some() || action.default.is_some() || action.change == "add-column"))
        .then(|| oracle::ColumnDetail {
            data_type: plain(&action.data_type),
            default: plain(&action.default),
            not_null: action.not_null,
        })
}

/// The words at each range that is set, as `field=words`.
fn words<'a>(sql: &'a str, action: &Action) -> Vec<(&'static str, &'a str)> {
    [
        ("table", &action.table),
        ("column", &action.column),
        ("object", &action.object),
        ("new", &action.new_name),
        ("type", &action.data_type),
        ("default", &action.default),
        ("references", &action.references),
    ]
    .into_iter()
    .filter_map(|(name, piece)| Some((name, &sql[piece.as_ref()?.range.clone()])))
    .collect()
}

fn text(piece: Option<&Piece>) -> &str {
    piece.map_or("", |piece| &piece.text)
}

#[test]
fn names_have_their_places() {
    let check = |sql: &str, expected: &[(&str, &str)]| {
        let statement = only(sql);
        assert_eq!(words(sql, &statement.actions[0]), expected, "{sql}");
    };
    check(r#"DROP TABLE "shop"."orders""#, &[("table", r#""shop"."orders""#)]);
    check(
        r#"ALTER TABLE "orders" RENAME COLUMN "code" TO "reference""#,
        &[("table", r#""orders""#), ("column", r#""code""#), ("new", r#""reference""#)],
    );
    check(
        "ALTER TABLE `a` CHANGE `b` `c` int NOT NULL",
        &[("table", "`a`"), ("column", "`b`"), ("new", "`c`"), ("type", "int")],
    );
    check("ALTER TABLE a RENAME TO b", &[("table", "a"), ("new", "b")]);
    check(
        "ALTER TABLE a ADD COLUMN at timestamp with time zone DEFAULT now() NOT NULL",
        &[("table", "a"), ("column", "at"), ("type", "timestamp with time zone"), ("default", "now()")],
    );
    check(
        "ALTER TABLE a ADD b int REFERENCES c (id) ON DELETE SET DEFAULT",
        &[("table", "a"), ("column", "b"), ("type", "int"), ("references", "c")],
    );
    check(
        "ALTER TABLE a ADD CONSTRAINT fk FOREIGN KEY (b) REFERENCES s.c (id)",
        &[("table", "a"), ("object", "fk"), ("references", "s.c")],
    );
    check(
        "CREATE UNIQUE INDEX CONCURRENTLY IF NOT EXISTS i ON ONLY s.t USING btree (a)",
        &[("table", "s.t"), ("object", "i")],
    );
    check("DROP INDEX `i` ON `t`", &[("table", "`t`"), ("object", "`i`")]);
    check("ALTER TYPE s.state ADD VALUE 'c' AFTER 'b'", &[("object", "s.state"), ("new", "'c'")]);
    check(
        "ALTER TYPE state RENAME VALUE 'a' TO 'b'",
        &[("column", "'a'"), ("object", "state"), ("new", "'b'")],
    );
    check("COMMENT ON COLUMN s.t.c IS '説明'", &[("table", "s.t"), ("column", "c")]);
    check("CREATE TRIGGER g AFTER UPDATE OF a ON t EXECUTE FUNCTION f()", &[("table", "t"), ("object", "g")]);
    check(
        "EXEC sp_rename N'dbo.orders.code', N'reference', N'COLUMN'",
        &[("table", "dbo.orders"), ("column", "code"), ("new", "N'reference'")],
    );
    check("INSERT INTO \"注文\" VALUES ('🚀')", &[("table", "\"注文\"")]);
    check("GRANT SELECT ON TABLE t TO r", &[("table", "t")]);
    check("REINDEX TABLE CONCURRENTLY t", &[("table", "t")]);
}

#[test]
fn names_lose_their_quotes_and_nothing_else() {
    let action = only(r#"ALTER TABLE "Shop"."Or""ders" DROP COLUMN Code"#).actions.remove(0);
    assert_eq!(text(action.table.as_ref()), r#"Shop.Or"ders"#);
    assert_eq!(text(action.column.as_ref()), "Code");
    let action = only("EXEC sp_rename '[dbo].[orders]', 'purchases'").actions.remove(0);
    assert_eq!(text(action.table.as_ref()), "dbo.orders");
    assert_eq!(text(action.new_name.as_ref()), "purchases");
    let action = only("ALTER TABLE s.orders SET SCHEMA archive").actions.remove(0);
    assert_eq!((action.change, text(action.new_name.as_ref())), ("rename-table", "archive.orders"));
}

#[test]
fn each_action_has_its_own_range() {
    let sql = "-- 列を消す\nALTER TABLE \"orders\"\r\n  DROP COLUMN \"code\", -- 古い\n  ADD \"total\" numeric(10, 2) NOT NULL DEFAULT '0,1'; -- end";
    let statement = only(sql);
    let ranges: Vec<&str> = statement.actions.iter().map(|action| &sql[action.range.clone()]).collect();
    assert_eq!(ranges, [r#"DROP COLUMN "code""#, r#"ADD "total" numeric(10, 2) NOT NULL DEFAULT '0,1'"#]);
    assert!(
        sql[statement.range.clone()].starts_with("ALTER") && sql[statement.range.clone()].ends_with("'0,1'")
    );
    let sql = "DROP TABLE a, b;";
    for action in only(sql).actions {
        assert_eq!(&sql[action.range], "DROP TABLE a, b");
    }
    let sql = "WITH gone AS (DELETE FROM a RETURNING *) INSERT INTO b SELECT * FROM gone";
    let statement = only(sql);
    assert_eq!(statement.actions[0].range, statement.range);
    assert_eq!(&sql[statement.actions[1].range.clone()], "DELETE FROM a RETURNING *");
    let sql = "ALTER TABLE t DROP PARTITION p0, p1, ADD a int";
    let ranges: Vec<&str> = only(sql).actions.iter().map(|action| &sql[action.range.clone()]).collect();
    assert_eq!(ranges, ["DROP PARTITION p0, p1", "ADD a int"]);
}

#[test]
fn clauses_are_seen() {
    let action = |sql: &str| only(sql).actions.remove(0);
    assert!(action("DROP INDEX CONCURRENTLY IF EXISTS i CASCADE").concurrently);
    assert!(action("DROP INDEX CONCURRENTLY IF EXISTS i CASCADE").if_exists);
    assert!(action("DROP INDEX CONCURRENTLY IF EXISTS i CASCADE").cascade);
    assert!(action("CREATE UNIQUE INDEX i ON t (a)").unique);
    assert!(!action("ALTER TABLE t ADD CONSTRAINT f FOREIGN KEY (a) REFERENCES b ON DELETE CASCADE").cascade);
    assert!(action("ALTER TABLE t ADD CONSTRAINT f FOREIGN KEY (a) REFERENCES b NOT VALID").not_valid);
    assert_eq!(action("ALTER TABLE t ADD PRIMARY KEY (a)").constraint, Some("primary-key"));
    assert!(action("ALTER TABLE t ADD a int NOT NULL").not_null);
    assert!(!action("ALTER TABLE t ADD a boolean DEFAULT (b IS NOT NULL)").not_null);
    assert!(!action("ALTER TABLE t ADD a int NULL DEFAULT NULL").not_null);
    assert!(action("CREATE TEMPORARY TABLE IF NOT EXISTS t (a int)").temporary);
    assert!(action("CREATE TEMPORARY TABLE IF NOT EXISTS t (a int)").if_not_exists);
    assert!(action("DELETE FROM t WHERE a = 1").filtered);
    assert!(!action("DELETE FROM t USING (SELECT 1 WHERE true) u").filtered);
    assert!(action("ALTER TABLE t DROP COLUMN IF EXISTS a CASCADE").if_exists);
    assert_eq!(
        text(
            action("ALTER TABLE t ADD a int DEFAULT CASE WHEN x IS NOT NULL THEN NULL ELSE 1 END NOT NULL")
                .default
                .as_ref()
        ),
        "CASE WHEN x IS NOT NULL THEN NULL ELSE 1 END"
    );
}

#[test]
fn columns_and_methods_are_seen() {
    let action = |sql: &str| only(sql).actions.remove(0);
    let columns =
        |sql: &str| action(sql).columns.into_iter().map(|column| column.text).collect::<Vec<_>>().join(" ");
    for (sql, names) in [
        ("CREATE INDEX i ON t (a, \"列\" DESC, lower(b), (c + 1))", "a 列"),
        ("CREATE INDEX ON t USING gin (a jsonb_path_ops)", "a"),
        ("ALTER TABLE t ADD CONSTRAINT f FOREIGN KEY (a, b) REFERENCES u (c, d)", "a b"),
        ("ALTER TABLE t ADD UNIQUE NULLS NOT DISTINCT (a)", "a"),
        ("ALTER TABLE t ADD PRIMARY KEY USING INDEX i", ""),
        ("INSERT INTO t (a, b) SELECT x, y FROM u", "a b"),
        ("INSERT INTO t (SELECT a FROM u)", ""),
        ("INSERT INTO t VALUES (1, 2)", ""),
        ("UPDATE t SET a = (SELECT 1, 2), (b, c) = (1, 2) FROM u WHERE d = 1", "a b c"),
        ("UPDATE `t` SET `t`.`a` = 1", "a"),
        ("UPDATE t SET", ""),
        ("CREATE TYPE s AS ENUM ('a', 'b''c', '🍣')", "a b'c 🍣"),
    ] {
        assert_eq!(columns(sql), names, "{sql}");
    }
    assert_eq!(text(action("CREATE INDEX i ON t USING GIN (a)").method.as_ref()), "GIN");
    assert!(action("ALTER TABLE t ADD PRIMARY KEY USING INDEX i").using_index);
    assert!(action("ALTER TABLE t ALTER a TYPE int USING a::int").using);
    assert_eq!(
        action("ALTER TABLE t ADD a int GENERATED BY DEFAULT AS IDENTITY").generated,
        Some("identity")
    );
    assert_eq!(
        action("ALTER TABLE t ADD a int GENERATED ALWAYS AS (b + 1) STORED").generated,
        Some("stored")
    );
    assert_eq!(text(action("VACUUM (FULL, ANALYZE) VERBOSE t").table.as_ref()), "t");
    assert_eq!(text(action("CLUSTER t USING i").table.as_ref()), "t");
    let table = action(
        "CREATE TABLE t (id int PRIMARY KEY, \"名前\" varchar(20) NOT NULL, CONSTRAINT c CHECK (id > 0), LIKE u, n numeric(1, 2) DEFAULT 0)",
    );
    let types: Vec<_> = table
        .new_columns
        .iter()
        .map(|column| (column.name.text.as_str(), column.data_type.text.as_str()))
        .collect();
    assert_eq!(types, [("id", "int"), ("名前", "varchar(20)"), ("n", "numeric(1, 2)")]);
}

#[test]
fn what_statements_on_rows_read_is_seen() {
    let reads = |sql: &str| {
        only(sql).actions.remove(0).reads.into_iter().map(|name| name.text).collect::<Vec<_>>().join(" ")
    };
    for (sql, names) in [
        ("UPDATE t SET a = b, \"c\" = lower(d) || 'e' WHERE f IS NULL", "b d f"),
        ("UPDATE t SET a = a + 1", "a"),
        ("UPDATE t SET s = u.x::text FROM users AS u, \"商品\" p WHERE u.id = t.\"user_id\"", "x id user_id"),
        ("UPDATE t SET a = (SELECT max(o.b) FROM orders o WHERE o.t_id = t.id)", "b t_id id"),
        ("DELETE FROM t USING u WHERE u.id = t.u_id AND t.old = true", "id u_id old"),
        ("DELETE FROM t", ""),
        ("INSERT INTO t (a, b) SELECT x AS a, count(*) FROM u GROUP BY x", "x"),
        ("INSERT INTO t (a) VALUES (1)", ""),
        ("UPDATE t SET a = CASE WHEN b THEN 1 ELSE c END", "b c"),
    ] {
        assert_eq!(reads(sql), names, "{sql}");
    }
    let long =
        format!("UPDATE t SET a = {}", (0..5000).map(|at| format!("c{at}")).collect::<Vec<_>>().join(" + "));
    assert_eq!(only(&long).actions[0].reads.len(), 64);
}

fn heads(sql: &str) -> Vec<String> {
    parse(sql).0.iter().map(|statement| sql[statement.range.clone()].to_owned()).collect()
}

#[test]
fn statements_end_where_they_end() {
    assert_eq!(heads(""), [""; 0]);
    assert_eq!(heads(" ;; -- nothing\n/* ; */ ;"), [""; 0]);
    assert_eq!(
        heads("SELECT ';' ; SELECT \";\";SELECT $$;$$; SELECT $a$;$$;$a$"),
        ["SELECT ';'", "SELECT \";\"", "SELECT $$;$$", "SELECT $a$;$$;$a$"]
    );
    assert_eq!(heads("SELECT 1 /* a /* nested ; */ b */; SELECT 2"), ["SELECT 1", "SELECT 2"]);
    assert_eq!(
        heads(r"SELECT E'it\'s;'; SELECT 'C:\'; SELECT 1"),
        [r"SELECT E'it\'s;'", r"SELECT 'C:\'", "SELECT 1"]
    );
    assert_eq!(heads("\u{feff}SELECT 1;\r\nSELECT 2;\r\n"), ["SELECT 1", "SELECT 2"]);
    let trigger = "CREATE TRIGGER t AFTER INSERT ON a BEGIN UPDATE b SET c = CASE WHEN 1 THEN 2 END; DELETE FROM d; END";
    assert_eq!(heads(&format!("{trigger}; SELECT 1")), [trigger, "SELECT 1"]);
    let function = "CREATE FUNCTION f() RETURNS int LANGUAGE sql BEGIN ATOMIC SELECT 1; SELECT 2; END";
    assert_eq!(heads(&format!("{function};\nDROP TABLE a;")), [function, "DROP TABLE a"]);
    let body = "CREATE PROCEDURE p()\nBEGIN\n  IF a THEN SELECT 1; END IF;\nEND";
    assert_eq!(heads(&format!("DELIMITER $$\n{body}$$\nDELIMITER ;\nDROP TABLE a;")), [body, "DROP TABLE a"]);
    assert_eq!(
        heads("CREATE TABLE a (b int)\nGO\nDROP TABLE [c]\ngo\n"),
        ["CREATE TABLE a (b int)", "DROP TABLE [c]"]
    );
    assert_eq!(heads("CREATE RULE r AS ON INSERT TO t DO (DELETE FROM a; DELETE FROM b); SELECT 1").len(), 2);
    assert_eq!(heads("BEGIN; DROP TABLE a; END; SELECT 1"), ["BEGIN", "DROP TABLE a", "END", "SELECT 1"]);
}

#[test]
fn client_lines_are_no_statements() {
    assert_eq!(
        heads("\\set ON_ERROR_STOP on\n\\c shop\nDROP TABLE a;\n\\echo done; really\n"),
        ["DROP TABLE a"]
    );
    assert_eq!(
        heads("SELECT 'DROP TABLE ' || name FROM t \\gexec\nSELECT 2;"),
        ["SELECT 'DROP TABLE ' || name FROM t", "SELECT 2"]
    );
    let copy = "COPY t (a, b) FROM stdin;\n1\tDROP TABLE x;\n2\tit's\n\\.\n\nDROP TABLE y;";
    assert_eq!(heads(copy), ["COPY t (a, b) FROM stdin", "DROP TABLE y"]);
    assert_eq!(heads("COPY t FROM STDIN; DROP TABLE y;"), ["COPY t FROM STDIN", "DROP TABLE y"]);
    assert_eq!(parse("CREATE TABLE a ( # 一　(\n b int, # 二　'\n c int);").1, []);
    assert_eq!(heads("# 注文\nDROP TABLE a; # mysql\n"), ["DROP TABLE a"]);
    assert_eq!(
        heads("SELECT data #> '{a}', 5 # 3, data #>> '{b}';"),
        ["SELECT data #> '{a}', 5 # 3, data #>> '{b}'"]
    );
    assert_eq!(
        heads("/*!40101 SET NAMES utf8 */; CREATE TABLE a (b int) ENGINE=InnoDB;")[0],
        "SET NAMES utf8"
    );
}

#[test]
fn a_dump_of_mysql_is_read() {
    let sql = "/*!40101 SET NAMES utf8 */;\nDELIMITER ;;\n/*!50003 CREATE*/ /*!50017 DEFINER=`root`@`localhost`*/ \
               /*!50003 TRIGGER `ins` AFTER INSERT ON `film` FOR EACH ROW BEGIN\n  INSERT INTO a VALUES ('it\\'s; 1');\n  \
               DELETE FROM b;\nEND */;;\nDELIMITER ;\nDROP TABLE IF EXISTS `注文`;\nLOCK TABLES `a` WRITE;\n";
    let (statements, faults) = parse(sql);
    assert_eq!(faults, []);
    let found: Vec<_> = statements.iter().flat_map(kinds).collect();
    assert_eq!(found, ["set", "create-trigger", "drop-table", "lock-table"]);
    assert_eq!(text(statements[1].actions[0].table.as_ref()), "film");
    assert_eq!(text(statements[2].actions[0].table.as_ref()), "注文");
}

#[test]
fn quotes_follow_the_dialect_that_makes_sense() {
    assert_eq!(heads(r"INSERT INTO `a` VALUES ('it\'s; fine'); DROP TABLE `b`").len(), 2);
    assert_eq!(heads(r"INSERT INTO a VALUES ('x\'); DROP TABLE b; SELECT 'y'").len(), 3);
    assert_eq!(kinds(&only("SELECT ARRAY[a, b], c[1], d::int[] FROM [dbo].[t]")), ["select"]);
}

fn fault(sql: &str) -> (&str, String) {
    let (_, faults) = parse(sql);
    assert_eq!(faults.len(), 1, "{sql}: {faults:?}");
    (&sql[faults[0].range.clone()], faults[0].message.clone())
}

#[test]
fn what_is_not_closed_is_a_fault_and_the_rest_is_read() {
    let sql = "INSERT INTO a VALUES ('x);\nDROP TABLE b;";
    assert_eq!(fault(sql), ("'", "this quote is never closed".to_owned()));
    assert_eq!(parse(sql).1[0].range.start, 22);
    assert_eq!(heads(sql)[1], "DROP TABLE b");
    let sql = "UPDATE a SET b = 'x\nDROP TABLE c;\nINSERT INTO d VALUES ('y');";
    assert_eq!(parse(sql).1[0].range, 17..18);
    assert_eq!(heads(sql)[1..], ["INSERT INTO d VALUES ('y')"]);
    assert_eq!(kinds(&parse("SELECT \"a FROM b;\nDROP TABLE c").0[1]), ["drop-table"]);
    assert_eq!(fault("DO $body$ BEGIN NULL; END;\nDROP TABLE c").0, "$body$");
    assert_eq!(heads("SELECT 1;\n/* 注 \nDROP TABLE c")[1], "DROP TABLE c");
    assert_eq!(fault("SELECT 1;\n/* 注 \nDROP TABLE c").0, "/*");
    let sql = "CREATE TABLE a (b int\nDROP TABLE c;";
    assert_eq!(fault(sql), ("(", "this bracket is never closed".to_owned()));
    assert_eq!(heads(sql), ["CREATE TABLE a (b int", "DROP TABLE c"]);
    assert_eq!(fault("SELECT (1;\nDROP TABLE c;").0, "(");
    assert_eq!(heads("SELECT (1;\nDROP TABLE c;")[1], "DROP TABLE c");
    assert_eq!(fault("SELECT 1);").1, "this bracket closes nothing");
    assert_eq!(fault("CREATE TRIGGER t AFTER INSERT ON a BEGIN DELETE FROM b;\nDROP TABLE c;").0, "BEGIN");
    assert_eq!(
        fault("DROP TABLE\u{3000}a;"),
        ("\u{3000}", "this is a full-width space, which SQL reads as part of a name".to_owned())
    );
    assert_eq!(kinds(&parse("DROP TABLE\u{3000}a;").0[0]), ["drop-table"]);
    assert_eq!(parse("SELECT f(${args}").1, [], "a placeholder may hold the bracket");
}

#[test]
fn placeholders_stand_for_names() {
    let action = only("ALTER TABLE ${schema}.tbl_${n} RENAME COLUMN ${a} TO {{ b }}").actions.remove(0);
    assert_eq!(text(action.table.as_ref()), "${schema}.tbl_${n}");
    assert_eq!(text(action.column.as_ref()), "${a}");
    assert_eq!(text(action.new_name.as_ref()), "{{ b }}");
    assert!(only("ALTER TABLE ${table} DROP COLUMN ${column}").parsed);
    assert_eq!(text(only("DROP TABLE :name").actions[0].table.as_ref()), ":name");
}

#[test]
fn blocks_are_looked_into() {
    let sql = "DO $$\nBEGIN\n  IF EXISTS (SELECT 1) THEN\n    ALTER TABLE a DROP COLUMN b;\n  END IF;\n  CREATE TYPE t AS ENUM ('x');\nEXCEPTION\n  WHEN duplicate_object THEN NULL;\nEND $$;";
    let statement = only(sql);
    assert_eq!(kinds(&statement), ["do-block", "drop-column", "create-type"]);
    assert_eq!(&sql[statement.actions[1].range.clone()], "DROP COLUMN b");
    assert_eq!(text(statement.actions[1].table.as_ref()), "a");
    let sql = "DO $$ DECLARE r record; BEGIN FOR r IN SELECT 1 LOOP EXECUTE 'DROP TABLE ' || r.name; EXECUTE 'DROP TABLE a'; END LOOP; END $$";
    assert_eq!(kinds(&only(sql)), ["do-block", "unknown", "drop-table"]);
    let sql = "DO $$ BEGIN UPDATE t SET a = CASE WHEN b THEN 1 ELSE 2 END WHERE c; SELECT 1 INTO d; END $$";
    assert_eq!(kinds(&only(sql)), ["do-block", "update"]);
}

#[test]
fn dialects_are_told_apart() {
    let dialect = |sql: &str| only(sql).dialect;
    assert_eq!(dialect("DROP TABLE a"), None);
    assert_eq!(dialect("SELECT a::text FROM b"), Some(Dialect::Postgres));
    assert_eq!(dialect("DROP INDEX CONCURRENTLY i"), Some(Dialect::Postgres));
    assert_eq!(dialect("DROP TABLE `a`"), Some(Dialect::MySql));
    assert_eq!(dialect("CREATE TABLE `a` (b integer PRIMARY KEY AUTOINCREMENT)"), Some(Dialect::Sqlite));
    assert_eq!(dialect("DROP TABLE [a]"), Some(Dialect::MsSql));
    assert_eq!(dialect_of("SELECT 1; PRAGMA foreign_keys = OFF"), Some(Dialect::Sqlite));
}

#[test]
fn sql_is_recognised_by_its_first_word() {
    assert!(is_sql_start("  -- 説明\n/* x */ select 1"));
    assert!(is_sql_start("DROP TABLE a"));
    assert!(!is_sql_start("dropped"));
    assert!(!is_sql_start("hello"));
    assert!(!is_sql_start("-- only a comment"));
    assert!(!is_sql_start(""));
}

#[test]
fn the_parser_says_what_it_can_follow() {
    assert!(only("ALTER TABLE a DROP COLUMN b").parsed);
    assert!(!only("DROP INDEX CONCURRENTLY i").parsed);
    assert!(!only("COPY a FROM STDIN").parsed);
    assert!(!only("hello world").parsed);
}

#[test]
fn case_comments_and_neighbours_change_nothing() {
    for (sql, expected) in all_cases().filter(|(sql, _)| !sql.contains('#')) {
        let found = |sql: &str| parse(sql).0.iter().flat_map(kinds).collect::<Vec<_>>().join(" ");
        assert_eq!(found(&sql.to_lowercase()), expected, "{sql}");
        let mut commented = String::new();
        let mut end = 0;
        for token in lexer::lex(sql).tokens {
            if end > 0 && token.range().start > end {
                commented.push_str(" /* ; ' */ -- \" 注\r\n\t");
            }
            commented.push_str(token.text(sql));
            end = token.range().end;
        }
        assert_eq!(found(&commented), expected, "{commented}");
    }
    for cases in [POSTGRES, MYSQL, SQLITE, MSSQL, STRANGE] {
        let all: Vec<&str> = cases.iter().map(|(sql, _)| *sql).collect();
        let sql = all.join(";\n");
        assert_eq!(heads(&sql), all.iter().map(|sql| sql.trim()).collect::<Vec<_>>());
    }
}
