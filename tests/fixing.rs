//! Fixes of migrations: what they make of a file in every spelling, and the laws that hold for all of them.

use deploylint::finding::Finding;
use deploylint::mend::{Daring, Mended, mend};
use deploylint::policy::Level;
use deploylint::report::Report;
use deploylint::{Policy, Repo, Rulebook, check};
use proptest::prelude::*;

use crate::support::diff;

const PATH: &str = "src/migrations/1744000100000-Change.ts";

/// A migration that made the tables, which stands at the base.
const TABLES: &str = r#"import { MigrationInterface, QueryRunner } from "typeorm";

export class Tables1744000000000 implements MigrationInterface {
    public async up(queryRunner: QueryRunner): Promise<void> {
        await queryRunner.query(`CREATE TABLE "order" ("id" uuid NOT NULL, "code" character varying(20), "note" text, "customer_id" uuid NOT NULL, "amount" integer NOT NULL DEFAULT 0, CONSTRAINT "PK_order" PRIMARY KEY ("id"))`);
        await queryRunner.query(`CREATE TABLE "customer" ("id" uuid NOT NULL, CONSTRAINT "PK_customer" PRIMARY KEY ("id"))`);
        await queryRunner.query(`CREATE INDEX "IDX_old" ON "order" ("amount")`);
    }

    public async down(queryRunner: QueryRunner): Promise<void> {
        await queryRunner.query(`DROP TABLE "order"`);
        await queryRunner.query(`DROP TABLE "customer"`);
    }
}
"#;

fn source(mode: &str) -> String {
    format!(
        "import {{ DataSource }} from \"typeorm\";\n\nexport default new DataSource({{\n    type: \"postgres\",\n    migrations: [\"dist/migrations/*.js\"],\n    migrationsTransactionMode: \"{mode}\",\n}});\n"
    )
}

/// The repository with a new migration, beside its base.
fn repo(path: &str, text: &str, mode: &str) -> Repo {
    let of = |files: &[(&str, &str)]| {
        let mut repo = Repo::default();
        for (path, text) in files {
            repo.insert(path, text.as_bytes().to_vec(), false);
        }
        repo
    };
    let source = source(mode);
    let base = [("src/data-source.ts", source.as_str()), ("src/migrations/1744000000000-Tables.ts", TABLES)];
    of(&[&base[..], &[(path, text)]].concat()).with_base(of(&base))
}

/// All rules of the family are on.
fn policy(book: &Rulebook) -> Policy {
    let mut policy = Policy::default();
    for rule in book.rules.iter().filter(|rule| rule.family() == "migration") {
        policy.levels.insert(rule.name.to_string(), Level::At(rule.severity));
    }
    policy
}

fn fixed_by(rule: &str, repo: Repo, daring: Daring) -> Mended {
    let book = Rulebook::builtin();
    let own = |finding: &Finding, _: &Repo| finding.rule.as_ref() == rule;
    mend(repo, &book, &policy(&book), daring, &own)
}

fn text_of(mended: &Mended, path: &str) -> String {
    mended.repo.file(mended.repo.get(path).unwrap()).text.to_string()
}

/// A class whose `up` is these lines.
fn class(lines: &[&str]) -> String {
    let body: String = lines.iter().map(|line| format!("        {line}\n")).collect();
    format!(
        "export class Change1744000100000 implements MigrationInterface {{\n    public async up(queryRunner: QueryRunner): Promise<void> {{\n{body}    }}\n\n    public async down(queryRunner: QueryRunner): Promise<void> {{\n        throw new Error(\"there is no way back\");\n    }}\n}}\n"
    )
}

/// What a safe fix of `rule` makes of the lines of `up`, in mode `each`; the same where it does nothing.
#[track_caller]
fn becomes(rule: &str, lines: &[&str], expected: &[&str]) {
    let (before, after) = (class(lines), class(expected));
    let mended = fixed_by(&format!("migration/{rule}"), repo(PATH, &before, "each"), Daring::Safe);
    let text = text_of(&mended, PATH);
    assert!(text == after, "{}", diff(&after, &text));
}

#[test]
fn words_are_put_in_as_their_quotes_ask_for() {
    let rule = "drops-and-adds-same-column";
    for (before, after) in [
        (
            [
                "await queryRunner.query('ALTER TABLE \"order\" DROP COLUMN \"code\"');",
                "await queryRunner.query('ALTER TABLE \"order\" ADD \"code\" character varying(60) DEFAULT \\'a`b\\'');",
            ],
            "await queryRunner.query('ALTER TABLE \"order\" ALTER COLUMN \"code\" DROP DEFAULT, ALTER COLUMN \"code\" TYPE character varying(60), ALTER COLUMN \"code\" SET DEFAULT \\'a`b\\'');",
        ),
        (
            [
                "await queryRunner.query(\"ALTER TABLE order DROP COLUMN code\");",
                "await queryRunner.query(`ALTER TABLE \"order\" ADD \"code\" character varying(60)`);",
            ],
            "await queryRunner.query(\"ALTER TABLE \\\"order\\\" ALTER COLUMN \\\"code\\\" TYPE character varying(60)\");",
        ),
        (
            [
                "await queryRunner.query(`ALTER TABLE \"order\" DROP COLUMN \"code\"`);",
                "await queryRunner.query(\"ALTER TABLE \\\"order\\\" ADD \\\"code\\\" text DEFAULT '`${x}\\\\\\\\'\");",
            ],
            "await queryRunner.query(`ALTER TABLE \"order\" ALTER COLUMN \"code\" DROP DEFAULT, ALTER COLUMN \"code\" TYPE text, ALTER COLUMN \"code\" SET DEFAULT '\\`\\${x}\\\\\\\\'`);",
        ),
    ] {
        becomes(rule, &before, &[after]);
    }
}

#[test]
fn a_column_that_is_dropped_and_added_again_is_changed_in_place_where_all_is_known() {
    let rule = "drops-and-adds-same-column";
    let drop = "await queryRunner.query(`ALTER TABLE \"order\" DROP COLUMN \"code\"`);";
    let add = "await queryRunner.query(`ALTER TABLE \"order\" ADD \"code\" character varying(60)`);";
    let same = |lines: &[&str]| becomes(rule, lines, lines);
    // Something stands between them.
    same(&[drop, "await queryRunner.query(`SELECT 1`);", add]);
    // One call for both, a loop, a variable.
    same(&[
        "await queryRunner.query(`ALTER TABLE \"order\" DROP COLUMN \"code\"; ALTER TABLE \"order\" ADD \"code\" text`);",
    ]);
    same(&["for (const one of [1]) {", drop, add, "}"]);
    same(&[
        "const sql = `ALTER TABLE \"order\" DROP COLUMN \"code\"`;",
        "await queryRunner.query(sql);",
        add,
    ]);
    // No cast, and a shorter text, which may not hold the rows.
    same(&[drop, "await queryRunner.query(`ALTER TABLE \"order\" ADD \"code\" character varying[]`);"]);
    same(&[drop, "await queryRunner.query(`ALTER TABLE \"order\" ADD \"code\" character varying(10)`);"]);
    // What hangs on the column goes with it.
    same(&["await queryRunner.query(`CREATE INDEX \"IDX_code\" ON \"order\" (\"code\")`);", drop, add]);
}

#[test]
fn an_index_is_built_concurrently_where_the_migration_can_leave_its_transaction() {
    let rule = "migration/index-without-concurrently";
    let one = class(&["await queryRunner.query(`CREATE INDEX \"IDX_a\" ON \"order\" (\"amount\")`);"]);
    let after = one.replace("INDEX", "INDEX CONCURRENTLY").replacen(
        "{\n    public async up",
        "{\n    transaction = false;\n\n    public async up",
        1,
    );
    for (mode, expected) in
        [("each", &after), ("all", &one), ("none", &one.replace("INDEX", "INDEX CONCURRENTLY"))]
    {
        let text = text_of(&fixed_by(rule, repo(PATH, &one, mode), Daring::All), PATH);
        assert!(text == *expected, "{mode}: {}", diff(expected, &text));
    }
    // Two of them may leave one behind: to be looked at. Beside another statement they stay.
    let two = class(&[
        "await queryRunner.query(`CREATE INDEX \"IDX_a\" ON \"order\" (\"amount\")`);",
        "await queryRunner.query('CREATE UNIQUE INDEX \"IDX_b\" ON \"order\" (\"note\")');",
    ]);
    assert_eq!(text_of(&fixed_by(rule, repo(PATH, &two, "each"), Daring::Safe), PATH), two);
    let both = text_of(&fixed_by(rule, repo(PATH, &two, "each"), Daring::All), PATH);
    assert_eq!(
        (both.matches("INDEX CONCURRENTLY").count(), both.matches("transaction = false;").count()),
        (2, 1)
    );
    for other in [
        "await queryRunner.query(`UPDATE \"order\" SET \"amount\" = 1 WHERE \"amount\" = 0`);",
        "await queryRunner.query(sql);",
        "await queryRunner.manager.save(Order, {});",
        "if (process.env.SLOW) await queryRunner.query(`CREATE INDEX \"IDX_c\" ON \"order\" (\"id\")`);",
    ] {
        let text =
            class(&["await queryRunner.query(`CREATE INDEX \"IDX_a\" ON \"order\" (\"amount\")`);", other]);
        assert_eq!(text_of(&fixed_by(rule, repo(PATH, &text, "each"), Daring::All), PATH), text, "{other}");
    }
}

#[test]
fn a_constraint_is_validated_where_statements_run_by_themselves() {
    let rule = "migration/foreign-key-validated-on-add";
    let add = "ALTER TABLE \"order\" ADD CONSTRAINT \"FK_Order\" FOREIGN KEY (\"customer_id\") REFERENCES \"customer\"(\"id\")";
    let text = class(&["await queryRunner.query(", &format!("    \"{}\",", add.replace('"', "\\\"")), ");"]);
    let bare = text.replace("\\\"id\\\")", "\\\"id\\\") NOT VALID");
    let validated = bare.replacen(
        "        );\n",
        "        );\n        await queryRunner.query(`ALTER TABLE \"order\" VALIDATE CONSTRAINT \"FK_Order\"`);\n",
        1,
    );
    for (mode, daring, expected) in
        [("none", Daring::Safe, &validated), ("each", Daring::Safe, &text), ("each", Daring::All, &bare)]
    {
        let fixed = text_of(&fixed_by(rule, repo(PATH, &text, mode), daring), PATH);
        assert!(fixed == *expected, "{mode}: {}", diff(expected, &fixed));
    }
}

#[test]
fn files_of_sql_are_fixed_in_their_own_words() {
    let path = "migrations/00001_keys.sql";
    for (rule, before, after) in [
        (
            "foreign-key-validated-on-add",
            "-- +goose NO TRANSACTION\r\n-- +goose Up\r\n-- 鍵 🔑\r\nALTER TABLE a ADD CONSTRAINT f FOREIGN KEY (b) REFERENCES b (id);\r\n",
            "-- +goose NO TRANSACTION\r\n-- +goose Up\r\n-- 鍵 🔑\r\nALTER TABLE a ADD CONSTRAINT f FOREIGN KEY (b) REFERENCES b (id) NOT VALID;\r\nALTER TABLE \"a\" VALIDATE CONSTRAINT \"f\";\r\n",
        ),
        (
            "no-lock-timeout",
            "\u{feff}-- +goose Up\n-- for the search\nALTER TABLE a ADD b int;\n\n-- +goose Down\nALTER TABLE a DROP COLUMN b;\n",
            "\u{feff}-- +goose Up\nSET LOCAL lock_timeout = '5s';\n-- for the search\nALTER TABLE a ADD b int;\n\n-- +goose Down\nALTER TABLE a DROP COLUMN b;\n",
        ),
        (
            "index-without-concurrently",
            "-- +goose NO TRANSACTION\n-- +goose Up\nCREATE INDEX i\n  ON a (b);\nCREATE INDEX j ON ONLY a (b)",
            "-- +goose NO TRANSACTION\n-- +goose Up\nCREATE INDEX CONCURRENTLY i\n  ON a (b);\nCREATE INDEX j ON ONLY a (b)",
        ),
    ] {
        let mut files = Repo::default();
        files.insert(path, before.as_bytes().to_vec(), false);
        let mended = fixed_by(&format!("migration/{rule}"), files.with_base(Repo::default()), Daring::Safe);
        let text = text_of(&mended, path);
        assert!(text == after, "{rule}: {}", diff(after, &text));
    }
}

#[test]
fn a_migration_for_several_databases_gets_no_setting_of_one() {
    let add = "await queryRunner.query(`ALTER TABLE \"order\" ADD \"x\" int`);";
    let set = "await queryRunner.query(`SET LOCAL lock_timeout = '5s'`);";
    becomes("no-lock-timeout", &[add], &[set, add]);
    for other in [
        "if (queryRunner.connection.options.type !== 'postgres') return;",
        "const quote = isMySQL ? '`' : '\"';",
        "await queryRunner.query('ALTER TABLE `order` ADD `y` int UNSIGNED');",
    ] {
        becomes("no-lock-timeout", &[other, add], &[other, add]);
    }
}

#[test]
fn what_may_have_been_released_is_fixed_on_request() {
    let text = class(&[
        "queryRunner.query(`SELECT 1`);",
        "await queryRunner.query(`ALTER TABLE \"order\" ADD \"x\" int`);",
    ]);
    let unreleased = repo(PATH, &text, "each");
    let mut unknown = Repo::default();
    for id in unreleased.ids() {
        unknown.insert(unreleased.path(id), unreleased.file(id).text.as_bytes().to_vec(), false);
    }
    let released = unknown.clone().with_base(unknown.clone());
    let book = Rulebook::builtin();
    let made = |repo: Repo, daring| mend(repo, &book, &policy(&book), daring, &|_, _| true).fixes;
    assert!(made(unreleased, Daring::Safe) >= 2);
    assert_eq!(made(unknown.clone(), Daring::Safe), 0);
    assert!(made(unknown, Daring::All) >= 2);
    assert_eq!(made(released, Daring::All), 0);
}

#[test]
fn a_draft_lists_what_goes_and_is_not_enough() {
    let text = class(&[
        "await queryRunner.query(`ALTER TABLE \"order\" DROP COLUMN \"note\", DROP COLUMN \"amount\"`);",
        "await queryRunner.query(`DROP TABLE \"customer\"`);",
    ])
    .replacen("export class", "/** Cleans up. */\nexport class", 1);
    let book = Rulebook::builtin();
    let policy = policy(&book);
    let mended = mend(repo(PATH, &text, "all"), &book, &policy, Daring::All, &|finding, _| {
        finding.rule.ends_with("unannotated-destructive-change") || finding.rule.ends_with("without-expand")
    });
    let drafted = text_of(&mended, PATH);
    let head = "/** Cleans up. */\n// @destructive: DROP COLUMN order.note (TODO: why it is safe now)\n// @destructive: DROP COLUMN order.amount (TODO: why it is safe now)\n// @destructive: DROP TABLE customer (TODO: why it is safe now)\n// @expand-migration: TODO\nexport class";
    assert!(drafted.starts_with(head), "{drafted}");
    let left = rules(&check(&mended.repo, &book, &policy));
    assert!(left.contains(&"migration/unfinished-annotation".to_owned()), "{left:?}");
    assert!(
        !left.iter().any(|rule| rule.contains("annotated") || rule.contains("does-not-match")),
        "{left:?}"
    );
}

fn rules(report: &Report) -> Vec<String> {
    report.findings.iter().map(|finding| finding.rule.to_string()).collect()
}

/// How a migration is spelt.
#[derive(Clone, Debug)]
struct Spelling {
    up: Vec<(usize, usize, bool)>,
    mode: usize,
    crlf: bool,
    bom: bool,
    tabs: bool,
    field: bool,
    gap: bool,
    script: bool,
    comment: bool,
}

const STATEMENTS: [&str; 14] = [
    "CREATE INDEX \"IDX_a\" ON \"order\" (\"amount\")",
    "CREATE UNIQUE INDEX \"IDX_b\" ON \"order\" (\"note\")",
    "DROP INDEX \"IDX_old\"",
    "DROP INDEX CONCURRENTLY \"IDX_old\"",
    "ALTER TABLE \"order\" ADD CONSTRAINT \"FK_c\" FOREIGN KEY (\"customer_id\") REFERENCES \"customer\"(\"id\")",
    "ALTER TABLE \"order\" ADD CONSTRAINT \"CHK_a\" CHECK (\"amount\" >= 0), ADD \"x\" int",
    "ALTER TABLE \"order\" DROP COLUMN \"code\"",
    "ALTER TABLE \"order\" ADD \"code\" character varying(60) DEFAULT 'a`\\${b}'",
    "ALTER TABLE \"order\" DROP COLUMN \"missing\"",
    "DROP TABLE \"customer\"",
    "VACUUM \"order\"",
    "ALTER TABLE \"order\" ADD \"店\" text DEFAULT '😀'",
    "TRUNCATE \"order\"",
    "SELECT 1; DROP INDEX \"IDX_old\"",
];

fn spelling() -> impl Strategy<Value = Spelling> {
    let call = (0..STATEMENTS.len(), 0..3usize, prop::bool::weighted(0.8));
    let flags = (any::<bool>(), any::<bool>(), any::<bool>(), prop::bool::weighted(0.2), any::<bool>());
    (prop::collection::vec(call, 1..5), 0..3usize, flags, any::<bool>(), any::<bool>()).prop_map(
        |(up, mode, (crlf, bom, tabs, field, gap), script, comment)| Spelling {
            up,
            mode,
            crlf,
            bom,
            tabs,
            field,
            gap,
            script,
            comment,
        },
    )
}

impl Spelling {
    fn text(&self) -> String {
        let step = if self.tabs { "\t" } else { "  " };
        let calls: String = self
            .up
            .iter()
            .map(|&(statement, quotes, awaited)| {
                let quote = ["`", "'", "\""][quotes];
                let mut words = STATEMENTS[statement]
                    .replace("\\$", "$")
                    .replace('\\', "\\\\")
                    .replace(quote, &format!("\\{quote}"));
                if quote == "`" {
                    words = words.replace("${", "\\${");
                }
                let wait = if awaited { "await " } else { "" };
                format!("{step}{step}{wait}queryRunner.query({quote}{words}{quote});\n")
            })
            .collect();
        let field = if self.field { format!("{step}transaction = false;\n") } else { String::new() };
        let gap = if self.gap { "\n" } else { "" };
        let comment = if self.comment { "/**\n * 注文 🛒\n */\n" } else { "" };
        let (kind, implements) =
            if self.script { ("", "") } else { (": QueryRunner", " implements MigrationInterface") };
        let text = format!(
            "{comment}export class Change1744000100000{implements} {{\n{gap}{field}{step}async up(queryRunner{kind}) {{\n{calls}{step}}}\n\n{step}async down(queryRunner{kind}) {{\n{step}{step}await queryRunner.query('DROP INDEX CONCURRENTLY \"IDX_a\"');\n{step}}}\n}}\n"
        );
        let text = if self.crlf { text.replace('\n', "\r\n") } else { text };
        if self.bom { format!("\u{feff}{text}") } else { text }
    }

    fn path(&self) -> &'static str {
        if self.script { "src/migrations/1744000100000-Change.js" } else { PATH }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn fixes_keep_their_laws(spelling in spelling(), all in any::<bool>()) {
        let book = Rulebook::builtin();
        let policy = policy(&book);
        let (path, text) = (spelling.path(), spelling.text());
        let before_repo = repo(path, &text, ["all", "each", "none"][spelling.mode]);
        let before = check(&before_repo, &book, &policy);
        prop_assert!(before.problems.is_empty(), "{:?}\n{}", before.problems, text);
        let daring = if all { Daring::All } else { Daring::Safe };
        let mended = mend(before_repo, &book, &policy, daring, &|_, _| true);
        let fixed = text_of(&mended, path);
        let after = check(&mended.repo, &book, &policy);
        // It still parses, and nothing is left that could be fixed.
        prop_assert!(after.problems.is_empty(), "{}", fixed);
        let open = after.findings.iter().find(|finding| finding.fixes.iter().any(|fix| fix.safe || all));
        prop_assert!(open.is_none(), "{:?}\n{}", open, fixed);
        let again = mend(mended.repo.clone(), &book, &policy, daring, &|_, _| true);
        prop_assert_eq!(again.fixes, 0);
        // No rule speaks that did not before, but about what is to be finished by hand.
        let spoke = rules(&before);
        for finding in &after.findings {
            let rule = finding.rule.to_string();
            let known = spoke.contains(&rule) || LATER.contains(&rule.as_str());
            prop_assert!(known, "{}: {}\n{}\n{}", rule, finding.message, text, fixed);
        }
        // Line ends, the byte order mark and other words stay.
        prop_assert_eq!(fixed.starts_with('\u{feff}'), spelling.bom);
        let lone = fixed.replace("\r\n", "").contains('\n');
        prop_assert_eq!(lone, !spelling.crlf);
        prop_assert_eq!(fixed.matches("注文 🛒").count(), text.matches("注文 🛒").count());
        prop_assert_eq!(mended.changed.is_empty(), fixed == text);
    }
}

/// What a fix leaves to people: a draft, changes that were behind the one that was fixed, and what a team may
/// ask of statements outside a transaction.
const LATER: [&str; 3] =
    ["migration/unfinished-annotation", "migration/several-alters-of-one-table", "migration/not-repeatable"];
