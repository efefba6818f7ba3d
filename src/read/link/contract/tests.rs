use super::*;
use crate::read::{self, Settings};

/// What an annotation names in vain, and what it does not name.
fn compared(annotation: &str, up: &[&str]) -> (Option<String>, Option<String>) {
    let calls: Vec<String> = up.iter().map(|sql| format!("await q.query(`{sql}`);")).collect();
    let text = format!(
        "{annotation}\nexport class A1700000000000 implements MigrationInterface {{ async up(q: QueryRunner) {{ {} }} async down(q: QueryRunner) {{}} }}",
        calls.concat()
    );
    let mut repo = Repo::default();
    repo.insert("src/migrations/1700000000000-A.ts", text.clone().into_bytes(), false);
    let settings = Settings::default();
    let mut facts = Facts::gather(repo.ids().map(|id| read::file(&repo, id, &settings)).collect()).0;
    read::link::link(&mut facts, &repo, &settings);
    let fact = facts.get(facts.of_kind(migration::KIND)[0]);
    let said = |field| {
        let slot = fact.get(field)?;
        let words = &text[slot.span.start as usize..slot.span.end as usize];
        assert!(!words.contains('\n') && !words.is_empty(), "{words}");
        fact.text(field).map(str::to_owned)
    };
    (said(migration::DESTRUCTIVE_UNMATCHED), said(migration::DESTRUCTIVE_UNNAMED))
}

#[test]
fn annotations_and_what_up_does() {
    const COLUMN: &str = "ALTER TABLE \"a\" DROP COLUMN \"b\"";
    for (annotation, up, unmatched, unnamed) in [
        ("// @destructive: DROP COLUMN a.b (x)", &[COLUMN][..], None, None),
        ("// @destructive: DROP COLUMN \"a\".\"b\"", &[COLUMN], None, None),
        ("// @destructive: DROP COLUMN public.a.b", &[COLUMN], None, None),
        (
            "// @destructive: DROP COLUMN other.a.b",
            &["ALTER TABLE shop.a DROP COLUMN b"],
            Some("DROP COLUMN other.a.b"),
            Some("DROP COLUMN b"),
        ),
        ("// @destructive: ALTER TABLE a DROP COLUMN b", &[COLUMN], None, None),
        (
            "// @destructive:\n//   DROP COLUMN a.b (one, two),\n//   DROP TABLE c（三）",
            &[COLUMN, "DROP TABLE c"],
            None,
            None,
        ),
        (
            "// @destructive:\n//   DROP COLUMN a.b (one, two)\n//   DROP TABLE c",
            &[COLUMN],
            Some("DROP TABLE c"),
            None,
        ),
        ("// @destructive: DROP TABLE c, d (gone)", &["DROP TABLE c, d"], None, None),
        ("// @destructive: DROP TABLE c, unused", &["DROP TABLE c"], None, None),
        (
            "// @destructive: DROP TABLE c, unused",
            &["DROP TABLE c", "DROP TABLE d"],
            None,
            Some("DROP TABLE d"),
        ),
        ("// @destructive: DROP TABLE old_*", &["DROP TABLE old_a", "DROP TABLE \"old_b\""], None, None),
        (
            "// @destructive: DROP COLUMN a.*",
            &[COLUMN, "ALTER TABLE x DROP COLUMN y"],
            None,
            Some("DROP COLUMN y"),
        ),
        (
            "// @destructive: DROP CONSTRAINT a.\"UQ_1\", DROP COLUMN a.b",
            &["ALTER TABLE a DROP CONSTRAINT \"UQ_1\"", COLUMN],
            None,
            None,
        ),
        (
            "// @destructive: DROP CONSTRAINT a.UQ_2",
            &["ALTER TABLE a DROP CONSTRAINT \"UQ_1\""],
            Some("DROP CONSTRAINT a.UQ_2"),
            None,
        ),
        (
            "// @destructive: DROP TYPE shop.state, DROP VIEW v",
            &["DROP TYPE \"shop\".\"state\"", "DROP VIEW v"],
            None,
            None,
        ),
        ("// @destructive: ALTER TYPE state", &["ALTER TYPE state RENAME VALUE 'a' TO 'b'"], None, None),
        (
            "// @destructive: RENAME VALUE state.a",
            &["ALTER TYPE state ADD VALUE 'c'"],
            Some("RENAME VALUE state.a"),
            None,
        ),
        ("// @destructive: ALTER COLUMN a.b", &["ALTER TABLE a ALTER COLUMN b TYPE bigint"], None, None),
        ("// @destructive: RENAME TABLE a TO b", &["ALTER TABLE a RENAME TO b"], None, None),
        ("// @destructive: DROP INDEX \"IDX-1\"", &["DROP INDEX CONCURRENTLY \"IDX-1\""], None, None),
        // A sentence is not compared.
        ("// @destructive: nobody reads the column", &["DROP TABLE c"], None, None),
        ("// @destructive: drop table is safe here", &["DROP TABLE c"], None, None),
        // What is known at run time only: its kind has to be named, not its name.
        ("// @destructive: DROP TABLE c", &["DROP TABLE ${name}"], None, None),
        (
            "// @destructive: DROP COLUMN a.b",
            &[COLUMN, "DROP TABLE \"${name}\""],
            None,
            Some("DROP TABLE \"${name}\""),
        ),
        ("// @destructive: DROP COLUMN a.b", &["DO $$ BEGIN EXECUTE x; END $$"], None, None),
    ] {
        let found = compared(annotation, up);
        assert_eq!((found.0.as_deref(), found.1.as_deref()), (unmatched, unnamed), "{annotation} {up:?}");
    }
}

#[test]
fn names_with_stars() {
    for (name, written, is) in [
        ("legacy_code", "legacy_*", true),
        ("code", "*", true),
        ("a_b_c", "a*c", true),
        ("a_b_c", "a*b*d", false),
        ("shop.a", "a", true),
        ("shop.a", "other.a", false),
        ("Shop.A", "shop.a", true),
        ("abc", "abcd*", false),
    ] {
        assert_eq!(is_name(name, written), is, "{name} {written}");
    }
}
