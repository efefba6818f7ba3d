use super::*;
use crate::report::concise;
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
    Span::new(id, start as u32, (start + words.len()) as u32)
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
    assert_eq!(actual.trim_matches('\n'), expected.trim_matches('\n'), "\n{actual}");
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
    same(&shown(&repo, finding), "");
}

#[test]
fn all() {
    let long = format!("x: {}{}{}\n", "a".repeat(5000), "NEEDLE", "b".repeat(5000));
    let texts = [
        ("a.yml", "run: echo '日本語🚀' && flyctl deploy\r\nnext: 1\r\n", "flyctl deploy"),
        ("bom.toml", "\u{feff}app = 1\n", "app"),
        ("tab.sh", "\tif x; then\n\t\trm -rf /\n\tfi\n", "rm -rf /"),
        ("esc.sh", "echo \u{1b}[31mred\u{1b}[0m \u{202e}evil\u{202c}; rm\n", "evil"),
        ("multi.ts", "class A {\n  up() {}\n}\n", "class A {\n  up() {}\n}"),
        ("long.txt", &long, "NEEDLE"),
        ("end.txt", "one\ntwo", "two"),
    ];
    let repo = repo(&texts.map(|(path, text, _)| (path, text)));
    let mut out = String::new();
    for (path, text, words) in texts {
        out += &shown(&repo, finding(at(&repo, path, words), "here"));
        let id = repo.get(path).unwrap();
        out += &shown(&repo, finding(Span::point(id, text.len() as u32), "end"));
    }
    panic!("{out}");
}
