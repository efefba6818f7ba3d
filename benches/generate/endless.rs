//! Migrations that try to make it slow to run them, each a small repository.

use std::fmt::Write as _;

const PATH: &str = "src/migrations/1700000000000-Endless.ts";

/// Each with its name and its files.
pub fn migrations() -> Vec<(&'static str, Vec<(String, String)>)> {
    let many = |count: usize, text: &dyn Fn(usize) -> String| (0..count).map(text).collect::<String>();
    let one = |text: String| vec![(PATH.to_owned(), text)];
    let fan = many(40, &|at| {
        format!("async f{at}(q, n) {{ await this.f{0}(q, n + 'a'); await this.f{0}(q, n + 'b'); }}\n", at + 1)
    });
    let list = |count: usize| many(count, &|at| format!("'t{at}',"));
    let loops = "for (const t of TABLES) { await queryRunner.query(`ALTER TABLE \"${t}\" ADD c int`); }";
    let nested = "for (const a of L) for (const b of L) for (const c of L) for (const d of L) \
                  await queryRunner.query(`DROP TABLE ${a}${b}${c}${d}`);";
    let holes = many(50_000, &|at| format!("(${{x{at}}}, 'abc'),"));
    vec![
        (
            "recursive",
            one(class(
                "",
                "async a(q, n) { await q.query(`DROP TABLE t${n}`); await this.a(q, n + 1); await this.b(q, n); }\n\
                 async b(q, n) { await this.a(q, n); await this.a(q, n + 2); }",
                "await this.a(queryRunner, 0);",
            )),
        ),
        (
            "calls-40-deep",
            one(class(
                "",
                &format!("{fan}async f40(q, n) {{ await q.query(`DROP TABLE ${{n}}`); }}"),
                "await this.f0(queryRunner, 't');",
            )),
        ),
        ("loop-of-10000", one(class(&format!("const TABLES = [{}];", list(10_000)), "", loops))),
        ("nested-loops", one(class(&format!("const L = [{}];", list(100)), "", nested))),
        (
            "huge-template",
            one(class("", "", &format!("await queryRunner.query(`INSERT INTO t VALUES {holes}`);"))),
        ),
        ("imports-in-circles", circles("import { f# } from './m#';\n")),
        ("exports-in-circles", circles("export * from './m#';\n")),
        ("one-import-for-all", shared()),
    ]
}

fn class(head: &str, members: &str, up: &str) -> String {
    format!(
        "import {{ MigrationInterface, QueryRunner }} from \"typeorm\";\n{head}\nexport class Endless1700000000000 implements MigrationInterface {{\n{members}\n    async up(queryRunner: QueryRunner) {{\n{up}\n    }}\n    async down(queryRunner: QueryRunner) {{}}\n}}\n"
    )
}

/// Two hundred files that import all of each other; `#` is the other file's number.
fn circles(import: &str) -> Vec<(String, String)> {
    const COUNT: usize = 200;
    let mut files = Vec::with_capacity(COUNT + 1);
    for at in 0..COUNT {
        let mut text = String::new();
        for other in (0..COUNT).filter(|other| *other != at) {
            text.push_str(&import.replace('#', &other.to_string()));
        }
        let next = (at + 1) % COUNT;
        let _ = writeln!(
            text,
            "export async function f{at}(q) {{ await q.query('DROP TABLE t{at}'); await f{next}(q); }}"
        );
        files.push((format!("src/lib/m{at}.ts"), text));
    }
    let head = "import { f0, f199, nowhere } from '../lib/m0';";
    let up = "await f0(queryRunner); await f199(queryRunner); await queryRunner.query(nowhere);";
    files.push((PATH.to_owned(), class(head, "", up)));
    files
}

/// Two hundred migrations that read one constant of a long file.
fn shared() -> Vec<(String, String)> {
    let mut long = String::new();
    for at in 0..5_000 {
        let _ = writeln!(long, "export const k{at} = {{ a: 'x{at}', b: [1, 2, 3] }};");
    }
    let mut files = vec![("src/lib/long.ts".to_owned(), long)];
    for at in 0..200 {
        let text =
            class("import { k7 } from '../lib/long';", "", "await queryRunner.query('DROP TABLE ' + k7.a);");
        let stamp = 1_700_000_000_000_u64 + at;
        files.push((
            format!("src/migrations/{stamp}-Endless.ts"),
            text.replace("1700000000000", &stamp.to_string()),
        ));
    }
    files
}
