//! Bad input never ends a run: each of these is a report, soon.

use std::fmt::Write as _;

use deploylint::facts::words::unresolved;
use deploylint::{Policy, Repo, Report, Rulebook, check};

/// A path of each kind of file.
const PATHS: &[&str] = &[
    "src/migrations/1700000000000-A.ts",
    "src/migrations/1700000000000-A.js",
    "fly.toml",
    ".github/workflows/ci.yml",
    ".github/actions/x/action.yml",
    "Dockerfile",
    "scripts/run.sh",
    "package.json",
    "Procfile",
    "crontab",
    "config/deploy.yml",
    "lefthook.yml",
    ".pre-commit-config.yaml",
    ".devcontainer.json",
    ".husky/pre-commit",
    "Makefile",
    "project.json",
    "migrations/1_a.up.sql",
    "src/product.entity.ts",
];

fn check_text(path: &str, text: impl Into<Vec<u8>>) -> Report {
    let mut repo = Repo::default();
    repo.insert(path, text.into(), false);
    check(&repo, &Rulebook::builtin(), &Policy::default())
}

/// The text as it is, and in each place of a host language where another one begins.
fn hosts(text: &str) -> Vec<(&'static str, String)> {
    let mut all: Vec<(&str, String)> = PATHS.iter().map(|&path| (path, text.to_owned())).collect();
    let indented = text.replace('\n', "\n          ");
    all.push((
        PATHS[0],
        format!("export class A1700000000000 implements MigrationInterface {{ async up(queryRunner: QueryRunner) {{ await queryRunner.query(`{text}`); }} }}"),
    ));
    all.push((PATHS[2], format!("app = \"a\"\n[deploy]\nrelease_command = '''{text}'''\n")));
    all.push((
        PATHS[3],
        format!("on: push\njobs:\n  a:\n    runs-on: x\n    steps:\n      - run: |\n          {indented}\n"),
    ));
    all.push((PATHS[5], format!("FROM a:1\nRUN {text}\n")));
    all.push((PATHS[9], format!("* * * * * {text}\n")));
    all.push((PATHS[10], format!("service: a\naliases:\n  a: |\n          {indented}\n")));
    all.push((PATHS[11], format!("pre-commit:\n  jobs:\n    - run: |\n          {indented}\n")));
    all.push((PATHS[15], format!("X = {text}\nt: ; $(X)\n\t{text}\n")));
    all.push((PATHS[16], serde_json::json!({ "targets": { "a": { "command": text } } }).to_string()));
    all.push((PATHS[7], serde_json::json!({ "scripts": { "a": text } }).to_string()));
    all
}

#[test]
fn deep_nesting() {
    for open in [
        "(",
        "[",
        "{",
        "$(",
        "${",
        "`${",
        "<",
        "- ",
        "if x; then ",
        "\"$(",
        "{\"a\":",
        "a=[",
        "/*",
        "CASE WHEN ",
    ] {
        let text = open.repeat(100_000);
        for (path, text) in hosts(&text) {
            let _ = check_text(path, text);
        }
    }
}

#[test]
fn unfinished_words() {
    for text in [
        "'",
        "\"",
        "`",
        "$$",
        "cat <<EOF\nnever",
        "/* never",
        "${{ never",
        "run: \"never",
        "a = \"\"\"never",
        "RUN <<EOF\nnever",
        "$(",
        "\\",
    ] {
        for (path, text) in hosts(text) {
            let _ = check_text(path, text);
        }
    }
}

#[test]
fn long_chains() {
    for word in [
        "a && ",
        "a | ",
        "a; ",
        "1 + ",
        "a.b",
        "else if (a) {} ",
        "x ? y : ",
        "!",
        "\n",
        "#\n",
        "A\\\n",
        "\t",
        "ALTER TABLE a DROP b; ",
        "a=>",
        "not ",
    ] {
        let text = word.repeat(50_000);
        for (path, text) in hosts(&text) {
            let _ = check_text(path, text);
        }
    }
}

#[test]
fn alias_bombs() {
    let mut text = String::from("a0: &a0 [x, x, x, x, x, x, x, x, x]\n");
    for level in 1..30 {
        let list = vec![format!("*a{}", level - 1); 9].join(", ");
        let _ = writeln!(text, "a{level}: &a{level} [{list}]");
    }
    text.push_str("on: *a29\njobs: *a29\n");
    let _ = check_text(PATHS[3], text);
    let _ = check_text(PATHS[3], "a: &a [*a]\njobs: &b\n  c: *b\n");
}

#[path = "../benches/generate/endless.rs"]
mod endless;

#[test]
fn migrations_without_end_say_where_they_stop() {
    for (name, files) in endless::migrations() {
        let mut repo = Repo::default();
        for (path, text) in files {
            repo.insert(&path, text.into_bytes(), false);
        }
        let (facts, problems) = check::understand(&repo, &Policy::default());
        let unresolved = facts.of_kind(unresolved::KIND).iter();
        let reasons: Vec<&str> = unresolved
            .filter_map(|id| facts.get(*id).text(unresolved::REASON))
            .chain(problems.iter().map(|problem| problem.message.as_str()))
            .collect();
        let wanted = match name {
            "recursive" => "`this.a` calls itself, which is followed 8 times",
            "calls-40-deep" => "it takes more steps than are followed",
            "loop-of-10000" => "of this loop's 10000 turns, 1000 are followed",
            "nested-loops" => "of this loop's 100 turns, ",
            "imports-in-circles" => "is called too deeply to be followed",
            "exports-in-circles" => "`nowhere` was not found",
            "huge-template" => "nested too deeply to be parsed",
            "one-import-for-all" => {
                assert!(reasons.is_empty(), "{name}: {reasons:?}");
                continue;
            }
            other => panic!("what does {other} say?"),
        };
        assert!(reasons.iter().any(|reason| reason.contains(wanted)), "{name}: {reasons:?}");
    }
}

#[test]
fn bytes_that_are_no_text() {
    for path in PATHS {
        let report = check_text(path, vec![b'a', b'\n', 0xff, 0xfe, b'\n']);
        assert!(
            report.problems.iter().any(|finding| finding.message.contains("byte 2")),
            "{path}: {:?}",
            report.problems
        );
        let report = check_text(path, vec![0u8; 100]);
        assert_eq!(report.problems.len(), 1, "{path}");
        let report = check_text(path, vec![b' '; deploylint::repo::MAX_FILE_BYTES + 1]);
        assert_eq!(report.problems.len(), 1, "{path}");
        let _ = check_text(path, "\u{feff}");
        let _ = check_text(path, "");
        let _ = check_text(path, "\r\n\r\n");
    }
}

proptest::proptest! {
    #![proptest_config(proptest::prelude::ProptestConfig { cases: 64, failure_persistence: None, ..Default::default() })]

    #[test]
    fn any_bytes_are_a_report(bytes in proptest::collection::vec(proptest::prelude::any::<u8>(), 0..400)) {
        for path in PATHS {
            let _ = check_text(path, bytes.clone());
        }
    }

    #[test]
    fn any_words_are_a_report(words in proptest::collection::vec(proptest::sample::select(WORDS), 0..40)) {
        let text = words.concat();
        for (path, text) in hosts(&text) {
            let report = check_text(path, text);
            proptest::prop_assert!(report.problems.iter().all(|finding| finding.rule.as_ref() != "internal"));
        }
    }
}

/// Pieces of all the languages.
const WORDS: &[&str] = &[
    "a",
    " ",
    "\n",
    "\t",
    "  ",
    "'",
    "\"",
    "`",
    "$",
    "{",
    "}",
    "(",
    ")",
    "[",
    "]",
    "<",
    ">",
    "|",
    "&",
    ";",
    "#",
    "\\",
    "=",
    ":",
    ",",
    "-",
    "- ",
    "\r\n",
    "あ",
    "🚀",
    "e\u{301}",
    "$$",
    "${",
    "${{",
    "}}",
    "$(",
    "<<EOF\n",
    "EOF\n",
    "/*",
    "*/",
    "--",
    "//",
    "run: |\n",
    "jobs:\n",
    "steps:\n",
    "FROM a\n",
    "RUN ",
    "CMD [",
    "ENV A=",
    "[deploy]\n",
    "release_command = ",
    "query(",
    "class A ",
    "implements MigrationInterface ",
    "async up(queryRunner) {",
    "await ",
    "DROP ",
    "TABLE ",
    "COLUMN ",
    "ALTER ",
    "BEGIN ",
    "END ",
    "flyctl deploy ",
    "if ",
    "then ",
    "fi ",
    "do ",
    "done ",
    "&anchor ",
    "*anchor ",
    "!!",
    "|-\n",
    ">\n",
    "'''",
    "\"\"\"",
    "0",
    "é",
];
