//! Tests of the policy file: what each key does, and what is said of each mistake.

use std::sync::Arc;

use super::*;
use crate::rules::parse;
use crate::text::FileId;

fn passage(text: &str) -> Passage {
    Passage::file(FileId(0), Arc::from(text))
}

fn rulebook() -> Rulebook {
    let rule = |name: &str, extra: &str| {
        let text = format!(
            "# A rule\n\n```toml rule\nseverity = \"warning\"\non = \"file\"\nmessage = \"no\"\n{extra}\n```\n"
        );
        parse(name, &passage(&text)).unwrap()
    };
    Rulebook {
        rules: vec![
            rule("deploy/builds-remotely", ""),
            rule("migration/missing-down", "default = \"off\""),
            rule("migration/unresolved-sql", ""),
            rule(
                "release/does-more-than-migrate",
                "params = { release-may-run = [\"a\"], limit = 3, strict = true, name = \"x\" }",
            ),
        ],
    }
}

fn policy(text: &str) -> Policy {
    Policy::parse(&passage(text), &rulebook()).unwrap_or_else(|findings| panic!("{findings:#?}"))
}

/// Each mistake as `words: message (help)`.
fn mistakes(text: &str) -> Vec<String> {
    let findings = Policy::parse(&passage(text), &rulebook()).err().unwrap_or_default();
    findings
        .iter()
        .map(|finding| {
            assert_eq!(finding.rule.as_ref(), "policy");
            let span = finding.primary.span;
            let words = &text[span.start as usize..span.end as usize];
            let help = finding.help.as_deref().map(|help| format!(" ({help})")).unwrap_or_default();
            format!("{words}: {}{help}", finding.message)
        })
        .collect()
}

#[test]
fn a_whole_policy() {
    let policy = policy(
        r#"
exclude = ["legacy/**"]

[environments.production]
protected = true
apps = ["shop"]
configs = ["fly.toml"]

[environments."production-eu"]
protected = true
apps = ["shop-eu*"]
words = ["eu"]
branches = ["release"]

[rules]
migration = "error"
"migration/unresolved-sql" = "off"
"deploy/builds-remotely" = { level = "info" }
"release/does-more-than-migrate" = { release-may-run = ["node 修復.js"], limit = 5, strict = false, name = "y" }

[files]
migration = ["db/changes/*.ts", "sql/**"]
shell = ["bin/*"]

[[programs]]
program = "shopctl"
words = ["db", "backup"]
effects = ["backup"]
"#,
    );
    assert!(policy.exclude[0].is_match("legacy/a/b.ts"));
    let names: Vec<&str> =
        policy.environments.list.iter().map(|environment| environment.name.as_str()).collect();
    assert_eq!(names, ["production-eu", "production", "staging", "preview", "development"]);
    assert_eq!(
        policy.environments.of_app("shop-eu-1").map(|found| found.name.as_str()),
        Some("production-eu")
    );
    assert_eq!(policy.environments.of_app("shop").map(|found| found.name.as_str()), Some("production"));
    assert_eq!(
        policy.environments.of_config("fly.toml").map(|found| found.name.as_str()),
        Some("production")
    );
    // What is not given keeps its default.
    assert_eq!(policy.environments.of_github("prod").map(|found| found.name.as_str()), Some("production"));
    assert_eq!(
        policy.environments.of_branch("release").map(|found| found.name.as_str()),
        Some("production-eu")
    );
    assert!(policy.environments.is_protected("production-eu"));

    let book = rulebook();
    let level = |name: &str| policy.level(book.get(name).unwrap());
    assert_eq!(level("migration/missing-down"), Level::At(Severity::Error));
    assert_eq!(level("migration/unresolved-sql"), Level::Off);
    assert_eq!(level("deploy/builds-remotely"), Level::At(Severity::Info));
    assert_eq!(level("release/does-more-than-migrate"), Level::At(Severity::Warning));
    let parameters = &policy.parameters["release/does-more-than-migrate"];
    assert_eq!(parameters["release-may-run"], Parameter::List(vec!["node 修復.js".to_owned()]));
    assert_eq!(parameters["limit"], Parameter::Int(5));
    assert_eq!(parameters["strict"], Parameter::Bool(false));
    assert_eq!(parameters["name"], Parameter::Text("y".to_owned()));
    let files: Vec<&str> = policy.files.iter().map(|(reader, _)| reader.as_str()).collect();
    assert_eq!(files, ["migration", "migration", "shell"]);
    assert_eq!(policy.programs[0].words, ["db", "backup"]);
}

#[test]
fn an_empty_policy_is_the_default() {
    for text in ["", "\u{feff}", "# 方針\r\n", "[rules]\n[environments]\n"] {
        let policy = policy(text);
        assert!(policy.levels.is_empty() && policy.environments.is_protected("production"));
    }
    let book = rulebook();
    assert_eq!(Policy::default().level(book.get("migration/missing-down").unwrap()), Level::Off);
}

#[test]
fn unknown_words_are_named_with_what_was_meant() {
    let text = r#"
rulez = 1
unheard-of = 1
[environments.prod]
protect = true
[rules]
migraton = "error"
"builds-remotely" = "error"
"deploy/build-remotely" = "off"
"made-up-by-someone" = "off"
deploy = "warn"
release = "loud-and-clear"
migration = { level = "error", limit = 1 }
"release/does-more-than-migrate" = { release-may-rum = [], severity = "error" }
[files]
docker = ["*.df"]
ruby = ["*.rb"]
dockerfle = ["*.df"]
[[programs]]
program = "shopctl"
word = ["db"]
effects = ["back-up", "fly"]
"#;
    let effects: Vec<String> =
        crate::facts::words::EFFECTS.iter().map(|effect| format!("`{effect}`")).collect();
    assert_eq!(
        mistakes(text),
        [
            "rulez: `rulez` is no key of a policy file (did you mean `rules`?)".to_owned(),
            "unheard-of: `unheard-of` is no key of a policy file \
             (it is one of `exclude`, `environments`, `rules`, `files`, `programs`, `migrations`)"
                .to_owned(),
            "protect: `protect` is no key of an environment (did you mean `protected`?)".to_owned(),
            "migraton: `migraton` is neither a rule nor a family of rules (did you mean `migration`?)"
                .to_owned(),
            "\"builds-remotely\": `builds-remotely` is neither a rule nor a family of rules \
             (did you mean `deploy/builds-remotely`?)"
                .to_owned(),
            "\"deploy/build-remotely\": `deploy/build-remotely` is neither a rule nor a family of rules \
             (did you mean `deploy/builds-remotely`?)"
                .to_owned(),
            "\"made-up-by-someone\": `made-up-by-someone` is neither a rule nor a family of rules \
             (`deploylint rules` lists all rules and their families)"
                .to_owned(),
            "warn: `warn` is no level (did you mean `warning`?)".to_owned(),
            "loud-and-clear: `loud-and-clear` is no level (it is one of `off`, `info`, `warning`, `error`)"
                .to_owned(),
            "limit: `migration` is a family of rules, which has a level and nothing else \
             (parameters belong to one rule: name it as `\"family/rule\" = { … }`)"
                .to_owned(),
            "release-may-rum: `release-may-rum` is no parameter of `release/does-more-than-migrate` \
             (did you mean `release-may-run`?)"
                .to_owned(),
            "severity: `severity` is no parameter of `release/does-more-than-migrate` \
             (it is one of `level`, `release-may-run`, `limit`, `strict`, `name`)"
                .to_owned(),
            "docker: `docker` is no reader of files (did you mean `dockerfile`?)".to_owned(),
            "ruby: `ruby` is no reader of files (it is one of `migration`, `sql-migration`, `fly`, `workflow`, `action`, \
             `dockerfile`, `shell`, `package`, `just`, `make`, `nx`, `procfile`, `crontab`, `kamal`, \
             `hooks`, `devcontainer`, `runbook`)"
                .to_owned(),
            "dockerfle: `dockerfle` is no reader of files (did you mean `dockerfile`?)".to_owned(),
            "word: `word` is no key of a program (did you mean `words`?)".to_owned(),
            "back-up: `back-up` is no effect (did you mean `backup`?)".to_owned(),
            format!("fly: `fly` is no effect (it is one of {})", effects.join(", ")),
        ]
    );
}

#[test]
fn wrong_types_are_named_at_the_value() {
    let text = r#"
exclude = "legacy/**"
environments = { production = true, staging = { protected = "yes", apps = [1], github = "x" } }
rules = { deploy = 3, "release/does-more-than-migrate" = { release-may-run = "x", limit = "3", strict = 1, name = [] } }
files = ["x"]
programs = { program = "x" }
"#;
    assert_eq!(
        mistakes(text),
        [
            "\"legacy/**\": `exclude` is an array of globs, and this is a string",
            "true: the environment `production` is a table: `[environments.production]`, and this is a boolean",
            "\"yes\": `protected` is true or false, and this is a string",
            "1: each item of `apps` is a glob, and this is an integer",
            "\"x\": `github` is an array of strings, and this is a string",
            "3: a level is a string: \"off\", \"info\", \"warning\" or \"error\", and this is an integer",
            "\"x\": `release-may-run` is an array of strings, and this is a string",
            "\"3\": `limit` is an integer, and this is a string",
            "1: `strict` is a boolean, and this is an integer",
            "[]: `name` is a string, and this is an array",
            "[\"x\"]: `files` is a table: `[files]`, and this is an array",
            "{ program = \"x\" }: `programs` is an array of tables: `[[programs]]`, and this is a table",
        ]
    );
}

#[test]
fn wrong_items_are_named_where_they_stand() {
    let text = r#"
exclude = [
    "a",
    3,
]
rules = { "release/does-more-than-migrate" = { release-may-run = ["x", 3] } }
programs = [{ program = "x", effects = [true, "fli", "backup"] }]
"#;
    let mistakes = mistakes(text);
    assert_eq!(
        mistakes[..3],
        [
            "3: each item of `exclude` is a glob, and this is an integer",
            "3: each item of `release-may-run` is a string, and this is an integer",
            "true: each item of `effects` is a string, and this is a boolean",
        ]
    );
    assert!(mistakes[3].starts_with("fli: `fli` is no effect") && mistakes.len() == 4, "{mistakes:?}");
}

#[test]
fn a_folder_means_all_below_it() {
    let text = r#"
exclude = ["legacy", "old/", "./tmp", "/gen", "packages/*/dist/", "a*.sh"]
[environments.live]
configs = ["/deploy/fly.toml"]
[files]
shell = ["./bin/"]
"#;
    let policy = policy(text);
    let excluded = |path: &str| policy.exclude.iter().any(|glob| glob.is_match(path));
    for path in ["legacy", "legacy/a/b.ts", "old/x", "tmp/x", "gen/表/x", "packages/p/dist/a/b", "a1.sh"] {
        assert!(excluded(path), "{path}");
    }
    for path in ["legacy.sh", "src/legacy/x", "packages/p/src/a", "a/b.sh"] {
        assert!(!excluded(path), "{path}");
    }
    assert_eq!(
        policy.environments.of_config("deploy/fly.toml").map(|found| found.name.as_str()),
        Some("live")
    );
    assert!(policy.files.iter().any(|(_, glob)| glob.is_match("bin/x/y")));
}

#[test]
fn what_can_match_nothing_is_a_mistake() {
    let text = r#"
exclude = ["!src", "../x", "/"]
[environments.""]
protected = true
[environments.live]
apps = ["!shop"]
branches = ["main", "release", "main"]
[environments.staging]
branches = ["main"]
"#;
    let mistakes = mistakes(text);
    let said: Vec<&str> = mistakes.iter().filter_map(|said| said.split(" (").next()).collect();
    assert_eq!(
        said,
        [
            "!src: `!src` would match names that begin with `!`, not all others",
            "../x: `../x` matches no path of the repository",
            "/: `/` matches no path of the repository",
            "\"\": this environment has no name",
            "!shop: `!shop` would match names that begin with `!`, not all others",
            "main: the branch `main` deploys to `live` already",
        ]
    );
}

#[test]
fn bad_globs_and_empty_selections() {
    let text = r#"
exclude = ["a[", ""]
[environments.production]
words = [" "]
[[programs]]
program = ""
effects = []
[[programs]]
"#;
    assert_eq!(
        mistakes(text),
        [
            "a[: `a[` is no glob: unclosed character class; missing ']' \
             (`*` stands for a part of a name, `**` for folders, `{a,b}` for either of both)",
            "\"\": `exclude` has an empty string, which selects nothing (fill it in, or remove it)",
            "\" \": `words` has an empty string, which selects nothing (fill it in, or remove it)",
            "\"\": `program` has an empty string, which selects nothing (fill it in, or remove it)",
            "[]: `effects` is empty, so it says nothing (name what the program does, or write [\"none\"])",
            "[[programs]]: this program lacks `program` \
             (write the program's name and what it does: `program = \"shopctl\"`, `effects = [\"backup\"]`)",
            "[[programs]]: this program lacks `effects` \
             (write the program's name and what it does: `program = \"shopctl\"`, `effects = [\"backup\"]`)",
        ]
    );
}

#[test]
fn a_program_may_be_retired_or_have_its_place() {
    let text = r#"
[[programs]]
program = "just"
words = ["drift-sync", "本番"]
retired = "write a migration"
[[programs]]
program = "flyctl"
words = ["secrets", "set"]
only-in = ["./scripts/sync.sh", "ops/*/"]
"#;
    let policy = policy(text);
    assert_eq!(policy.programs[0].retired.as_deref(), Some("write a migration"));
    assert!(policy.programs[0].effects.is_empty());
    let note = &policy.programs[1];
    assert_eq!(note.only_in_text(), "scripts/sync.sh, ops/*");
    let may = |path: &str| note.only_in.iter().any(|glob| glob.is_match(path));
    assert!(may("scripts/sync.sh") && may("ops/fly/a.sh"));
    assert!(!may("sync.sh") && !may("scripts/other.sh"));
    assert_eq!(
        mistakes("[[programs]]\nprogram = \"x\"\nretired = \" \"\nonly-in = [\"../x\"]\n"),
        [
            "\" \": `retired` has an empty string, which selects nothing (fill it in, or remove it)",
            "../x: `../x` matches no path of the repository \
             (write it from the root, as in `legacy` or `packages/*/old/**`)",
        ]
    );
}

#[test]
fn faulty_toml_is_told_alone() {
    assert_eq!(
        mistakes("\u{feff}[rules]\r\nmigraton = error\r\n"),
        ["error: `error` is no TOML value: a string needs quotes (write \"error\")"]
    );
    assert_eq!(mistakes(&"[".repeat(100_000)).len(), 1);
}

#[test]
fn what_migrations_run_on_and_through() {
    let policy = policy(
        r#"
[migrations]
database = "postgres"
[[migrations.wrappers]]
name = "runQuery"
does = "query"
[[migrations.wrappers]]
name = "schemaBuilder.dropColumns"
does = "dropColumns"
arguments = [1, 0]
"#,
    );
    assert_eq!(policy.migrations.database.as_deref(), Some("postgres"));
    let wrapper = policy.migrations.wrapper("this.context.schemaBuilder.dropColumns").unwrap();
    assert_eq!((wrapper.does.as_str(), wrapper.arguments.as_slice()), ("dropColumns", &[1, 0][..]));
    assert!(policy.migrations.wrapper("rerunQuery").is_none());
    assert_eq!(
        mistakes(
            r#"
[migrations]
database = "postgre"
wrapers = []
[[migrations.wrappers]]
name = "this.run()"
does = "qeury"
arguments = []
[[migrations.wrappers]]
does = "magic"
arguments = ["a", -1]
"#
        ),
        [
            "postgre: `postgre` is no database of a TypeORM data source (did you mean `postgres`?)",
            "wrapers: `wrapers` is no key of `migrations` (did you mean `wrappers`?)",
            "this.run(): `this.run()` is no name of a function (write it as it is called, without `this` and \
             brackets: `runQuery`, `schemaBuilder.dropColumns`)",
            "qeury: `qeury` is nothing that a wrapper does (did you mean `query`?)",
            "[]: `arguments` is empty, so it hands nothing on (name the positions in order, or leave it out \
             where they come as they are)",
            "[[migrations.wrappers]]: this wrapper lacks `name` (write how it is called and what it stands \
             for: `name = \"runQuery\"`, `does = \"query\"`)",
            "magic: `magic` is nothing that a wrapper does (it is `query`, another method of TypeORM's query \
             runner that changes something, `text` (it gives its argument) or `nothing`)",
            "\"a\": each item of `arguments` is a position, counted from 0, and this is a string",
            "-1: each item of `arguments` is a position, counted from 0, and this is an integer",
        ]
    );
    assert_eq!(
        mistakes("migrations = 3\n"),
        ["3: `migrations` is a table: `[migrations]`, and this is an integer"]
    );
}

#[test]
fn a_version_of_postgres_is_one_that_is_known() {
    assert_eq!(policy("[migrations]\npostgres = 16").postgres, Some(16));
    assert_eq!(policy("").postgres, None);
    for text in ["[migrations]\npostgres = 9", "[migrations]\npostgres = \"16\"", "[migrations]\nmysql = 8"] {
        assert_eq!(mistakes(text).len(), 1, "{text}");
    }
}
