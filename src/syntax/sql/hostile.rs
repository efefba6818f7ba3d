//! Bad and malicious input: nothing panics, overflows the stack, or takes long.

use std::time::{Duration, Instant};

use proptest::prelude::*;

use super::*;

/// Ranges lie in the text, on characters' boundaries, in order, and inside what they belong to.
fn assert_places(text: &str) {
    let (statements, faults) = parse(text);
    let mut end = 0;
    for statement in &statements {
        assert!(statement.range.start >= end, "statements overlap in {text:?}");
        end = statement.range.end;
        assert!(text.get(statement.range.clone()).is_some_and(|words| !words.is_empty()), "{text:?}");
        assert!(!statement.actions.is_empty(), "{text:?}");
        for action in &statement.actions {
            assert_inside(text, &action.range, &statement.range);
            assert!(crate::facts::words::CHANGES.contains(&action.change));
            let pieces = [
                &action.table,
                &action.column,
                &action.object,
                &action.new_name,
                &action.data_type,
                &action.default,
                &action.references,
            ];
            for piece in pieces.into_iter().flatten() {
                assert_inside(text, &piece.range, &statement.range);
            }
        }
    }
    for fault in &faults {
        let words = text.get(fault.range.clone());
        assert!(
            words.is_some_and(|words| !words.is_empty() && !words.contains('\n')),
            "{fault:?} in {text:?}"
        );
    }
    assert!(faults.is_sorted_by_key(|fault| fault.range.start));
}

fn assert_inside(text: &str, inner: &Range<usize>, outer: &Range<usize>) {
    assert!(text.get(inner.clone()).is_some(), "{inner:?} in {text:?}");
    assert!(outer.start <= inner.start && inner.end <= outer.end, "{inner:?} not in {outer:?} of {text:?}");
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(512) })]

    #[test]
    fn any_text_is_read(text in "\\PC*") {
        assert_places(&text);
    }

    #[test]
    fn any_pieces_of_sql_are_read(pieces in prop::collection::vec(prop::sample::select(PIECES), 0..40)) {
        assert_places(&pieces.concat());
        assert_places(&pieces.join(" "));
    }
}

const PIECES: &[&str] = &[
    "'",
    "''",
    "\"",
    "`",
    "$$",
    "$a$",
    "/*",
    "*/",
    "--",
    "#",
    "\n",
    "\r\n",
    ";",
    "(",
    ")",
    "[",
    "]",
    ",",
    ".",
    "\\",
    "\\g",
    "\\.",
    "E'",
    "N'",
    "U&'",
    "::",
    ":x",
    "?",
    "$1",
    "${",
    "}",
    "{{",
    "}}",
    "{%",
    "%}",
    "注文",
    "🚀",
    "\u{3000}",
    "\u{feff}",
    "\u{a0}",
    "CREATE",
    "ALTER",
    "DROP",
    "TABLE",
    "INDEX",
    "TRIGGER",
    "FUNCTION",
    "BEGIN",
    "ATOMIC",
    "END",
    "CASE",
    "IF",
    "EXISTS",
    "NOT",
    "NULL",
    "ADD",
    "COLUMN",
    "CONSTRAINT",
    "PRIMARY",
    "KEY",
    "UNIQUE",
    "RENAME",
    "TO",
    "CHANGE",
    "MODIFY",
    "SET",
    "DEFAULT",
    "TYPE",
    "VALUE",
    "COPY",
    "FROM",
    "STDIN",
    "DELIMITER //",
    "//",
    "GO",
    "DO",
    "WITH",
    "AS",
    "INSERT",
    "INTO",
    "UPDATE",
    "DELETE",
    "WHERE",
    "EXPLAIN",
    "ANALYZE",
    "EXEC",
    "sp_rename",
    "'a.b', 'c'",
    "t",
    "orders",
    "1",
    "1e+",
    "RULE",
    "TRUNCATE",
    "LOCK",
    "ON",
    "GRANT",
    "COMMENT",
    "REINDEX",
    "REFRESH",
    "MATERIALIZED VIEW",
    "EXECUTE",
    "THEN",
    "PARTITION",
    "=",
    "@x",
    "DEFINER",
];

fn assert_fast(name: &str, text: &str) {
    let start = Instant::now();
    assert_places(text);
    let taken = start.elapsed();
    println!("{name}: {} bytes, {taken:?}", text.len());
    assert!(taken < Duration::from_secs(10), "{name}: {taken:?}");
}

#[test]
fn hostile_text_ends_fast() {
    for unit in PIECES {
        assert_fast(unit, &unit.repeat(20_000));
        assert_fast(unit, &format!("{unit} ").repeat(10_000));
        assert_fast(unit, &format!("{unit}\n").repeat(10_000));
    }
    for unit in [
        "((",
        "'\nDROP '",
        "CREATE TABLE a (\n",
        "CREATE TRIGGER t BEGIN;",
        "COPY t FROM stdin;\n",
        "a.",
        "a,",
        "`x`,",
        "WITH a AS (",
        "EXPLAIN ",
        "DO $$ BEGIN ",
        "'''\nDROP '''\n",
        "$a$;$b$;",
        "CASE WHEN ",
        "NOT ",
        "- ",
        "a::",
        "f(",
        "f()",
        "x[1]",
        "SELECT (",
        "ARRAY<",
        "1 + ",
        "a AND ",
        "\\d\n",
        "/* ",
        "/*! ",
        "{a",
        "${a",
        "%s",
        "# ",
    ] {
        assert_fast(unit, &unit.repeat(200_000 / unit.len()));
        assert_fast(unit, &format!("SELECT {}", unit.repeat(60_000 / unit.len())));
    }
    for unit in ["(", "'", "\"", "$$;", "/*", "CREATE TABLE a (\n"] {
        assert_fast(unit, &unit.repeat(1_000_000 / unit.len()));
    }
    for (head, unit) in [
        ("ALTER TABLE t ", "DROP a,"),
        ("ALTER TABLE t ADD a int", ", b int"),
        ("ALTER TABLE t DROP PARTITION p", ", p"),
        ("DROP TABLE a", ", a"),
        ("INSERT INTO t VALUES (1)", ", (1)"),
        ("CREATE TABLE t (a int", ", a int"),
    ] {
        assert_fast(head, &format!("{head}{}", unit.repeat(50_000)));
    }
    let dollars = (0..20_000).map(|n| format!("$t{n}$;")).collect::<Vec<_>>().join("\n");
    assert_fast("dollar tags", &dollars);
    assert_fast("mixed", &PIECES.concat().repeat(500));
}

/// Runs on a test's thread, whose stack is 2 MiB: an overflow ends the test program.
#[test]
fn the_parser_gets_nothing_that_its_stack_does_not_bear() {
    let shapes: &[(&str, &str, &str, &str)] = &[
        ("SELECT ", "(", "1", ")"),
        ("SELECT ", "f(", "1", ")"),
        ("SELECT ", "CASE WHEN a THEN ", "1", " END"),
        ("SELECT ", "(CASE WHEN (", "1", ") THEN 1 END)"),
        ("SELECT ", "NOT ", "1", ""),
        ("SELECT ", "- ", "1", ""),
        ("SELECT ", "CAST(", "1", " AS int)"),
        ("SELECT ", "ARRAY[", "1", "]"),
        ("SELECT ", "INTERVAL ", "'1'", ""),
        ("SELECT ", "EXISTS (SELECT ", "1", ")"),
        ("SELECT ", "a IN (SELECT ", "1", ")"),
        ("SELECT ", "1 + ", "1", ""),
        ("SELECT ", "a AND ", "1", ""),
        ("SELECT ", "a || ", "1", ""),
        ("SELECT ", "a -> ", "1", ""),
        ("SELECT 1", "", "", "::int"),
        ("SELECT a", "", "", "[1]"),
        ("SELECT a", "", "", " IS NULL"),
        ("SELECT a", "", "", " COLLATE x"),
        ("SELECT a", "", "", " AT TIME ZONE x"),
        ("SELECT a", "", "", ".b(1)"),
        ("SELECT 1", "", "", " UNION SELECT 1"),
        ("SELECT 1 ", "UNION (SELECT 1 ", "", ")"),
        ("", "(", "SELECT 1", ")"),
        ("", "WITH a AS (", "SELECT 1", ") SELECT 1"),
        ("", "EXPLAIN ", "SELECT 1", ""),
        ("SELECT * FROM ", "(SELECT * FROM ", "a", ") b"),
        ("SELECT * FROM ", "(a JOIN ", "a", " ON 1)"),
        ("SELECT * FROM a", " JOIN a", "", " ON 1"),
        ("CREATE TABLE t (a ", "ARRAY<", "int", ">)"),
        ("CREATE TABLE t (a ", "STRUCT<a ", "int", ">"),
        ("CREATE TABLE t (a ", "Nullable(", "int", ")"),
        ("CREATE TABLE t (a int", "", "", "[]"),
        ("CREATE TABLE t (a int CHECK ", "(", "1", ")"),
        ("ALTER TABLE t ADD a int DEFAULT ", "(", "1", ")"),
        ("INSERT INTO t VALUES ", "(", "1", ")"),
        ("UPDATE t SET a = ", "(", "1", ")"),
        ("DELETE FROM t WHERE ", "NOT (", "1", ")"),
        ("GRANT SELECT ON t TO ", "(", "a", ")"),
        ("SELECT ", "{", "1", "}"),
        ("SELECT ", "[", "1", "]"),
        ("SELECT ", "a ? ", "1", ""),
        ("SELECT a FROM t WHERE a LIKE ", "b LIKE ", "c", ""),
        ("SELECT a FROM t WHERE a BETWEEN ", "b AND b BETWEEN ", "c", " AND d"),
        ("SELECT ", "a -> (b -> ", "c", ")"),
        ("", "BEGIN ", "SELECT 1;", " END"),
        ("", "IF 1 THEN ", "SELECT 1;", " END IF;"),
        ("SELECT ", "PRIOR ", "a", ""),
        ("SELECT ", "a, (SELECT ", "a", ")"),
        ("SELECT DISTINCT ", "ROW(", "a", ")"),
        ("SELECT ", "CASE CASE a WHEN 1 THEN 1 END WHEN ", "a", " THEN 1 END"),
    ];
    let mut slowest = (Duration::ZERO, String::new());
    for (head, open, middle, close) in shapes {
        for depth in [1, 5, 10, 15, 20, 24, 25, 30, 48, 100, 200, 380, 400, 500, 2000] {
            let text = format!("{head}{}{middle}{}", open.repeat(depth), close.repeat(depth));
            let lexed = lexer::lex(&text);
            for dialect in [None, Some(Dialect::Postgres), Some(Dialect::MySql), Some(Dialect::MsSql)] {
                let start = Instant::now();
                let tree = detail::Parser::default().tree(&text, &lexed.tokens, dialect);
                drop(tree);
                slowest = slowest.max((start.elapsed(), text.chars().take(60).collect()));
            }
        }
    }
    println!("slowest: {slowest:?}");
    assert!(slowest.0 < Duration::from_secs(2), "{slowest:?}");
}
