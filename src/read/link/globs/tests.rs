//! Which migrations data sources reach, in small repositories.

use super::*;
use crate::read::link::testing::linked;

fn class(name: &str) -> String {
    format!(
        "import {{ MigrationInterface, QueryRunner }} from 'typeorm';\nexport class {name} implements MigrationInterface {{\n  async up(q: QueryRunner) {{ await q.query(`SELECT 1`); }}\n  async down(q: QueryRunner) {{ await q.query(`SELECT 1`); }}\n}}\n"
    )
}

/// The migrations that a data source with these `migrations` leaves out.
fn outside(migrations: &str, path: &str) -> Vec<String> {
    let source = format!("new DataSource({{ type: 'postgres', migrations: {migrations} }})");
    let (first, second) = (class("First1700000000000"), class("Second1700000000001"));
    let (facts, _) = linked(&[
        ("api/package.json", "{}"),
        ("api/src/data-source.ts", &source),
        ("api/src/migrations/1700000000000-First.ts", &first),
        (path, &second),
    ]);
    let all = facts.of_kind(migration::KIND).iter().map(|&id| facts.get(id));
    all.filter(|fact| fact.get(migration::OUTSIDE).is_some())
        .filter_map(|fact| fact.text(migration::NAME))
        .map(str::to_owned)
        .collect()
}

#[test]
fn a_migration_that_no_glob_reaches() {
    let below = "api/src/migrations/2024/1700000000001-Second.ts";
    for (globs, path) in [
        ("['src/migrations/*.ts']", below),
        ("['dist/migrations/*.js']", below),
        ("['dist/src/migrations/*.js']", below),
        ("[__dirname + '/migrations/*{.ts,.js}']", below),
        ("['./build/migrations/*.js']", "api/src/db/1700000000001-Second.ts"),
        ("['src/migrations/17000000000*-F*.ts']", "api/src/migrations/1700000000001-店.ts"),
        ("[First1700000000000]", "api/src/migrations/1700000000001-Second.ts"),
    ] {
        assert_eq!(outside(globs, path), ["Second1700000000001"], "{globs} {path}");
    }
}

#[test]
fn what_may_be_reached_is_not_told() {
    let beside = "api/src/migrations/1700000000001-Second.ts";
    let below = "api/src/migrations/2024/1700000000001-Second.ts";
    for (globs, path) in [
        ("['src/migrations/*.ts']", beside),
        ("['dist/migrations/*.js']", beside),
        ("['dist/api/src/migrations/*.js']", beside),
        ("['api/src/migrations/*.ts']", beside),
        ("['src/migrations/**/*.ts']", below),
        ("['dist/**/migrations/**/!(*.spec|*.test).js']", below),
        ("[join(__dirname, 'migrations', '**', '*.{ts,js}')]", below),
        ("['src/migrations/*.ts', process.env.MORE]", below),
        ("['src/migrations/*.ts']", "api/src/migrations/archive/1700000000001-Second.ts"),
        ("['src/migrations/*.ts']", "other/src/migrations/2024/1700000000001-Second.ts"),
        // Nothing of the package is reached: the globs are not understood.
        ("['elsewhere/*.ts']", below),
        ("['src/migrations/((a|b)c).ts']", below),
    ] {
        let path = if path.starts_with("other/") { "web/x/1700000000001-Second.ts" } else { path };
        let found = outside(globs, path);
        assert_eq!(found, [] as [&str; 0], "{globs} {path}");
    }
}

#[test]
fn files_with_one_migration_are_loaded_twice() {
    let twice = |glob: &str| {
        let source = format!("new DataSource({{ type: 'postgres', migrations: ['{glob}'] }})");
        let text = class("First1700000000000");
        let (facts, _) = linked(&[
            ("package.json", "{}"),
            ("src/data-source.ts", &source),
            ("src/m/1700000000000-First.ts", &text),
            (
                "src/m/1700000000000-First.js",
                "class First1700000000000 { async up(queryRunner) { await queryRunner.query(`SELECT 1`); } async down(queryRunner) {} }\nmodule.exports = { First1700000000000 };",
            ),
        ]);
        let all = facts.of_kind(migration::KIND).iter().map(|&id| facts.get(id));
        all.filter(|fact| fact.get(migration::LOADED_TWICE).is_some()).count()
    };
    assert_eq!(twice("src/m/*{.ts,.js}"), 1);
    assert_eq!(twice("src/m/*.ts"), 0);
    assert_eq!(twice("dist/m/*.js"), 0);
}

#[test]
fn two_sources_note_different_migrations_in_one_table() {
    let shares = |more: &str| {
        let one = "new DataSource({ url: process.env.DATABASE_URL, migrations: ['src/a/*.ts'] })";
        let two =
            format!("new DataSource({{ url: process.env.DATABASE_URL, migrations: ['src/b/*.ts']{more} }})");
        let (first, second) = (class("First1700000000000"), class("Second1700000000001"));
        let (facts, _) = linked(&[
            ("package.json", "{}"),
            ("src/one.ts", one),
            ("src/two.ts", &two),
            ("src/a/1700000000000-First.ts", &first),
            ("src/b/1700000000001-Second.ts", &second),
        ]);
        let all = facts.of_kind(source::KIND).iter().map(|&id| facts.get(id));
        all.filter_map(|fact| fact.text(source::SHARES_TABLE)).map(str::to_owned).collect::<Vec<_>>()
    };
    assert_eq!(shares(""), ["src/one.ts"]);
    assert_eq!(shares(", migrationsTableName: 'migrations_b'"), [""; 0]);
    assert_eq!(shares(", migrationsTableName: name"), [""; 0]);
    assert_eq!(shares(", schema: 'b'"), [""; 0]);
}

#[test]
fn helpers_are_loaded_where_a_glob_reaches_them() {
    let covered = |glob: &str, path: &str| {
        let source = format!("new DataSource({{ type: 'postgres', migrations: ['{glob}'] }})");
        let text = class("First1700000000000");
        let (facts, _) = linked(&[
            ("package.json", "{}"),
            ("src/data-source.ts", &source),
            ("src/migrations/1700000000000-First.ts", &text),
            (path, "export function addRank(): void {}\nexport const NAME = 'x';"),
        ]);
        let all = facts.of_kind(export::KIND).iter().map(|&id| facts.get(id));
        all.filter_map(|fact| fact.bool(export::COVERED)).collect::<Vec<_>>()
    };
    assert_eq!(covered("dist/migrations/*.js", "src/migrations/helper.ts"), [true]);
    assert_eq!(covered("src/migrations/**/*.ts", "src/migrations/helpers/rank.ts"), [true]);
    assert_eq!(covered("src/migrations/*.ts", "src/migrations/helpers/rank.ts"), [false]);
    assert_eq!(covered("src/migrations/*-*.ts", "src/migrations/helper.ts"), [false]);
}

#[test]
fn hostile_globs_are_borne() {
    for glob in ["(", ")", "!(", "!()", "{", "[", "**/**/**", "/", "", "!(a(b))", "\\", "{a,{b,{c}}}"] {
        let _ = outside(&format!("['{glob}', '{glob}/x/*.ts']"), "api/src/x/1700000000001-Second.ts");
    }
    assert_eq!(plain("a/!(*.spec).ts").as_deref(), Some("a/*.ts"));
    assert_eq!(plain("a.@(ts|js)").as_deref(), Some("a.{ts,js}"));
    assert_eq!(plain("a(b"), None);
}
