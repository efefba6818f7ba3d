//! Golden texts of the human form.

use super::*;
use crate::report::{concise, visible};
use crate::text::{FileId, Span};

fn repo(files: &[(&str, &str)]) -> Repo {
    let mut repo = Repo::default();
    for (path, text) in files {
        repo.insert(path, text.as_bytes().to_vec(), false);
    }
    repo
}

/// The place of the first `words` in `path`.
fn at(repo: &Repo, path: &str, words: &str) -> Span {
    let id = repo.get(path).unwrap();
    let start = repo.file(id).text.find(words).unwrap();
    repo.passage(id).locate(start..start + words.len())
}

fn shown(repo: &Repo, finding: Finding) -> String {
    let report = Report { findings: vec![finding], ..Report::default() };
    findings(&report, repo, &Style::default())
}

fn finding(at: Span, label: &str) -> Finding {
    Finding::new("family/rule", Severity::Error, "something is wrong", at).label(label)
}

/// Compares without the first and last line end of `expected`, so that it can be written below
/// itself.
#[track_caller]
fn same(actual: &str, expected: &str) {
    assert_eq!(actual.trim_matches('\n'), expected.trim_matches('\n'), "\n<<<\n{actual}>>>");
}

#[test]
fn a_path_through_three_files() {
    let repo = repo(&[
        ("fly.toml", "app = \"shop\"\n\n[deploy]\nrelease_command = \"npm run release\"\n"),
        ("package.json", "{ \"scripts\": { \"release\": \"./scripts/release.sh\" } }\n"),
        ("scripts/release.sh", "#!/bin/sh\nset -e\nnpm run migrate\npnpm run db:seed # 初期データ\n"),
    ]);
    let finding = Finding::new(
        "release/runs-seed",
        Severity::Error,
        "the release phase runs `pnpm run db:seed`, which writes seed data",
        at(&repo, "scripts/release.sh", "pnpm run db:seed"),
    )
    .label("seeds")
    .related(at(&repo, "fly.toml", "npm run release"), "the release phase starts here")
    .related(at(&repo, "package.json", "./scripts/release.sh"), "runs the script")
    .help("seed outside the deploy; the release phase only migrates and repairs structure");
    same(
        &shown(&repo, finding),
        r#"
error[release/runs-seed]

  × the release phase runs `pnpm run db:seed`, which writes seed data
   ╭─[scripts/release.sh:4:1]
 3 │ npm run migrate
 4 │ pnpm run db:seed # 初期データ
   · ────────┬───────
   ·         ╰── seeds
   ╰────
   ╭─[fly.toml:4:20]
 3 │ [deploy]
 4 │ release_command = "npm run release"
   ·                    ───────┬───────
   ·                           ╰── the release phase starts here
   ╰────
   ╭─[package.json:1:28]
 1 │ { "scripts": { "release": "./scripts/release.sh" } }
   ·                            ──────────┬─────────
   ·                                      ╰── runs the script
   ╰────
  help: seed outside the deploy; the release phase only migrates and repairs structure
"#,
    );
}

#[test]
fn columns_are_code_points_and_marks_stand_below_wide_characters() {
    let repo = repo(&[("a.yml", "run: echo '日本語🚀' && flyctl deploy\r\nnext: 1\r\n")]);
    let finding = finding(at(&repo, "a.yml", "flyctl deploy"), "ここで本番に出る");
    same(
        &shown(&repo, finding),
        r"
error[family/rule]

  × something is wrong
   ╭─[a.yml:1:21]
 1 │ run: echo '日本語🚀' && flyctl deploy
   ·                         ──────┬──────
   ·                               ╰── ここで本番に出る
 2 │ next: 1
   ╰────
",
    );
}

#[test]
fn a_byte_order_mark_is_no_column() {
    let repo = repo(&[("bom.toml", "\u{feff}app = 1\n")]);
    same(
        &shown(&repo, finding(at(&repo, "bom.toml", "app"), "here")),
        r"
error[family/rule]

  × something is wrong
   ╭─[bom.toml:1:1]
 1 │ app = 1
   · ─┬─
   ·  ╰── here
   ╰────
",
    );
}

#[test]
fn tabs_are_four_columns_wide() {
    let repo = repo(&[("tab.sh", "\tif x; then\n\t\trm -rf /\n\tfi\n")]);
    same(
        &shown(&repo, finding(at(&repo, "tab.sh", "rm -rf /"), "here")),
        r"
error[family/rule]

  × something is wrong
   ╭─[tab.sh:2:3]
 1 │     if x; then
 2 │         rm -rf /
   ·         ────┬───
   ·             ╰── here
 3 │     fi
   ╰────
",
    );
}

#[test]
fn no_escape_of_a_file_reaches_the_terminal() {
    let repo = repo(&[("e\u{1b}c.sh", "echo \u{1b}[31mred\u{1b}[0m \u{202e}evil\u{202c}; rm\n")]);
    let mut finding = finding(at(&repo, "e\u{1b}c.sh", "evil"), "l\u{1b}]8;;x\u{7}");
    finding.message = "m\u{1b}[2J".to_owned();
    finding.help = Some("h\u{9b}1m\nsecond line".to_owned());
    same(
        &shown(&repo, finding),
        r"
error[family/rule]

  × m␛[2J
   ╭─[e␛c.sh:1:20]
 1 │ echo ␛[31mred␛[0m <U+202E>evil<U+202C>; rm
   ·                           ──┬─
   ·                             ╰── l␛]8;;x␇
   ╰────
  help: h<U+009B>1m
        second line
",
    );
}

#[test]
fn a_label_over_lines_is_cut_to_its_first() {
    let repo = repo(&[("m.ts", "export class A {\n  up() {}\n}\n")]);
    same(
        &shown(&repo, finding(at(&repo, "m.ts", "class A {\n  up() {}\n}"), "this class")),
        r"
error[family/rule]

  × something is wrong
   ╭─[m.ts:1:8]
 1 │ export class A {
   ·        ────┬────
   ·            ╰── this class
 2 │   up() {}
   ╰────
",
    );
}

#[test]
fn a_place_behind_the_end_points_at_the_last_character() {
    let repo = repo(&[("with.txt", "one\nやめ\n"), ("without.txt", "one\ntwo"), ("empty.txt", "")]);
    let end = |path: &str| {
        let id = repo.get(path).unwrap();
        let len = repo.file(id).text.len();
        repo.passage(id).locate(len..len)
    };
    same(
        &shown(&repo, finding(end("with.txt"), "more expected")),
        r"
error[family/rule]

  × something is wrong
   ╭─[with.txt:3:1]
 1 │ one
 2 │ やめ
   ·   ─┬
   ·    ╰── more expected
   ╰────
",
    );
    same(
        &shown(&repo, finding(end("without.txt"), "more expected")),
        r"
error[family/rule]

  × something is wrong
   ╭─[without.txt:2:4]
 1 │ one
 2 │ two
   ·    ▲
   ·    ╰── more expected
   ╰────
",
    );
    same(
        &shown(&repo, finding(end("empty.txt"), "")),
        r"
error[family/rule]

  × something is wrong
   ╭─[empty.txt:1:1]
 1 │
   · ▲
   ╰────
",
    );
    let beyond = Span::new(end("with.txt").file, 900, 950);
    same(
        &shown(&repo, finding(beyond, "")),
        r"
error[family/rule]

  × something is wrong
   ╭─[with.txt:3:1]
 1 │ one
 2 │ やめ
   ·   ──
   ╰────
",
    );
}

#[test]
fn long_lines_are_cut_around_their_labels() {
    let text = format!(
        "before\n{}NEEDLE{}PIN{}\n{}\n",
        "あ".repeat(500),
        "b".repeat(500),
        "c".repeat(500),
        "d".repeat(500)
    );
    let repo = repo(&[("long.txt", &text)]);
    let one = finding(at(&repo, "long.txt", "NEEDLE"), "here");
    same(
        &shown(&repo, one.clone()),
        r"
error[family/rule]

  × something is wrong
   ╭─[long.txt:2:501]
 1 │ before
 2 │ …ああああああああああああああああああああああああああNEEDLEbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb…
   ·                                                      ───┬──
   ·                                                         ╰── here
 3 │ dddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddd…
   ╰────
",
    );
    let two = one.related(at(&repo, "long.txt", "PIN"), "and there");
    same(
        &shown(&repo, two),
        r"
error[family/rule]

  × something is wrong
   ╭─[long.txt:2:501]
 1 │ before
 2 │ …あああああああああああああNEEDLEbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb…bbbbbbbbbbbbbbbbbbbbbbbbbbPINccccccccccccccccccccccccccccccccccccccccccccccccccc…
   ·                            ───┬──                                                                           ─┬─
   ·                               │                                                                              ╰── and there
   ·                               ╰── here
 3 │ dddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddd…
   ╰────
",
    );
    let whole = finding(at(&repo, "long.txt", &"b".repeat(500)), "all of it");
    same(
        &shown(&repo, whole),
        r"
error[family/rule]

  × something is wrong
   ╭─[long.txt:2:507]
 1 │ before
 2 │ …あああああああああああああああああああああああNEEDLEbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb…
   ·                                                      ──────────────────────────────────────────────────────┬─────────────────────────────────────────────────────
   ·                                                                                                            ╰── all of it
 3 │ dddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddd…
   ╰────
",
    );
}

#[test]
fn labels_of_one_file_share_a_snippet_when_they_are_near() {
    let lines = (1..=20).map(|n| format!("line{n:02}")).collect::<Vec<_>>().join("\n");
    let repo = repo(&[("a.txt", &lines), ("b.txt", "other\n")]);
    let finding = finding(at(&repo, "a.txt", "line10"), "primary")
        .related(at(&repo, "b.txt", "other"), "first stop")
        .related(at(&repo, "a.txt", "line02"), "far above")
        .related(at(&repo, "a.txt", "line12"), "near")
        .related(at(&repo, "a.txt", "line12"), "near");
    same(
        &shown(&repo, finding),
        r"
error[family/rule]

  × something is wrong
    ╭─[a.txt:10:1]
  9 │ line09
 10 │ line10
    · ───┬──
    ·    ╰── primary
 11 │ line11
 12 │ line12
    · ───┬──
    ·    ╰── near
 13 │ line13
    ╰────
   ╭─[a.txt:2:1]
 1 │ line01
 2 │ line02
   · ───┬──
   ·    ╰── far above
 3 │ line03
   ╰────
   ╭─[b.txt:1:1]
 1 │ other
   · ──┬──
   ·   ╰── first stop
   ╰────
",
    );
}

#[test]
fn severities_and_the_summary() {
    let repo = repo(&[("a.txt", "one two three\n"), ("b.txt", "x\n")]);
    let with = |severity, words| Finding::new("family/rule", severity, "message", at(&repo, "a.txt", words));
    let report = Report {
        findings: vec![with(Severity::Warning, "two"), with(Severity::Info, "three")],
        problems: vec![Finding::syntax("not closed", at(&repo, "a.txt", "one"))],
        files: 2,
        ..Report::default()
    };
    same(
        &human(&report, &repo, &Style::default()),
        r"
error[syntax]

  × not closed
   ╭─[a.txt:1:1]
 1 │ one two three
   · ───
   ╰────

warning[family/rule]

  ⚠ message
   ╭─[a.txt:1:5]
 1 │ one two three
   ·     ───
   ╰────

info[family/rule]

  ☞ message
   ╭─[a.txt:1:9]
 1 │ one two three
   ·         ─────
   ╰────

2 files, 1 error, 1 warning, 1 info
",
    );
    same(
        &concise(&report, &repo),
        r"
a.txt:1:1: error: not closed [syntax]
a.txt:1:5: warning: message [family/rule]
a.txt:1:9: info: message [family/rule]
",
    );
    assert_eq!(summary(&Report::default(), None), "0 files, 0 errors, 0 warnings, 0 infos");
    let time = |millis| summary(&Report::default(), Some(Duration::from_millis(millis)));
    assert!(time(8).ends_with(" in 8 ms") && time(1234).ends_with(" in 1.2 s"));
}

#[test]
fn long_messages_are_wrapped_and_colours_are_asked_for() {
    let repo = repo(&[("a.txt", "one\n")]);
    let mut finding = finding(at(&repo, "a.txt", "one"), "");
    finding.message = "word ".repeat(12) + "`flyctl deploy --image x`";
    finding.help = Some(
        "本番の移行は先に実行し、成功を確かめてから配備する。失敗したら配備を止めて、直してからやり直す。"
            .to_owned(),
    );
    let report = Report { findings: vec![finding], ..Report::default() };
    same(
        &findings(&report, &repo, &Style { color: false, width: 60 }),
        r"
error[family/rule]

  × word word word word word word word word word word word
  │ word `flyctl deploy --image x`
   ╭─[a.txt:1:1]
 1 │ one
   · ───
   ╰────
  help: 本番の移行は先に実行し、成功を確かめてから配備する。
        失敗したら配備を止めて、直してからやり直す。
",
    );
    let colored = findings(&report, &repo, &Style { color: true, width: 60 });
    assert!(colored.contains("\u{1b}[31m"), "{colored:?}");
}

#[test]
fn concise_lines_stay_lines() {
    let repo = repo(&[("a\nb.txt", "\u{feff}あ🚀x\r\n")]);
    let mut finding = finding(at(&repo, "a\nb.txt", "x"), "");
    finding.message = "two\nlines \u{1b}[31m".to_owned();
    let report = Report { findings: vec![finding], ..Report::default() };
    assert_eq!(concise(&report, &repo), "a b.txt:1:3: error: two lines ␛[31m [family/rule]\n");
}

#[test]
fn thousands_of_findings_on_one_huge_line_take_no_time() {
    let text = "x".repeat(4 * 1024 * 1024);
    let repo = repo(&[("huge.txt", &text)]);
    let one = |n: u32| finding(Span::new(FileId(0), n * 1000, n * 1000 + 3), "here");
    let report = Report { findings: (0..2000).map(one).collect(), ..Report::default() };
    let printed = findings(&report, &repo, &Style::default());
    assert!(printed.lines().all(|line| line.chars().map(visible::width).sum::<usize>() < 180));
}
