//! What the tree promises, on whole documents.

use proptest::prelude::*;

use super::*;
use crate::text::FileId;

fn file(text: &str) -> Passage {
    Passage::file(FileId(0), text.into())
}

fn texts(faults: &[Fault], text: &str) -> Vec<(String, String)> {
    faults.iter().map(|fault| (text[fault.range.clone()].to_owned(), fault.message.clone())).collect()
}

#[test]
fn keys_and_values_keep_their_words_and_ranges() {
    let text =
        "on: push\nyes: no\nversion: 1.10\nnothing:\nlist: [a, 'b']\nmap:\n  - x: 1\n    y: 2\n# end\n";
    let (tree, faults) = parse(&file(text));
    assert!(faults.is_empty());
    let root = tree.root().unwrap();
    let keys: Vec<_> = root.entries().map(|entry| entry.key.text().unwrap()).collect();
    assert_eq!(keys, ["on", "yes", "version", "nothing", "list", "map"]);
    assert_eq!(root.get("yes").unwrap().text(), Some("no"));
    assert_eq!(root.get("version").unwrap().text(), Some("1.10"));
    assert!(root.get("nothing").unwrap().is_null());
    assert_eq!(&text[root.get("list").unwrap().range()], "[a, 'b']");
    assert_eq!(&text[root.get("map").unwrap().range()], "- x: 1\n    y: 2");
    assert_eq!(&text[root.entry("map").unwrap().range()], "map:\n  - x: 1\n    y: 2");
}

#[test]
fn words_of_a_block_scalar_map_exactly() {
    let text = "\u{feff}a: 日本\r\nrun: |\r\n  echo 🎉\r\n\r\n  server start --name ショップ\r\n";
    let (tree, faults) = parse(&file(text));
    assert!(faults.is_empty(), "{faults:?}");
    let run = tree.root().unwrap().get("run").unwrap();
    let value = &run.scalar().unwrap().value;
    assert_eq!(value.text(), "echo 🎉\n\nserver start --name ショップ\n");
    let at = value.text().find("ショップ").unwrap();
    let span = value.exact(at..at + "ショップ".len()).unwrap();
    assert_eq!(span.start as usize, text.find("ショップ").unwrap());
    assert!(value.exact(0..value.len()).is_none());
    assert!(!text[run.range()].ends_with("deploy"));
}

#[test]
fn aliases_point_and_are_not_expanded() {
    let text = "a: &x\n  k: v\nb: *x\nc: *missing\nd: &y [*y]\n<<: *x\n";
    let (tree, faults) = parse(&file(text));
    let root = tree.root().unwrap();
    assert_eq!(root.get("b").unwrap().get("k").unwrap().text(), Some("v"));
    assert_eq!(&text[root.get("b").unwrap().range()], "*x");
    assert!(root.get("c").unwrap().text().is_none());
    assert!(root.get("<<").unwrap().is_alias());
    let faults = texts(&faults, text);
    assert_eq!(faults.len(), 2, "{faults:?}");
    assert_eq!(faults[0].0, "*missing");
    assert_eq!(faults[1].0, "*y");
}

#[test]
fn a_key_that_is_there_twice_is_a_fault() {
    let text = "a: 1\nb:\n  c: 1\n  'c': 2\na: 3\n";
    let (tree, faults) = parse(&file(text));
    let found: Vec<_> = faults.iter().map(|fault| fault.range.clone()).collect();
    assert_eq!(found, [17..20, 24..25]);
    assert_eq!(tree.root().unwrap().get("a").unwrap().text(), Some("1"));
}

#[test]
fn only_the_first_document_is_read() {
    let text = "a: 1\n---\nb: 2\n";
    let (tree, faults) = parse(&file(text));
    assert_eq!(tree.root().unwrap().entries().count(), 1);
    assert_eq!(texts(&faults, text)[0].0, "---");
}

const JOBS: &str = "on: push
jobs:
  test:
    runs-on: ubuntu-latest
    steps:
      - run: npm test
      - run: npm run lint
  build:
    runs-on: ubuntu-latest
    steps:
      - run: echo one
      - BROKEN
      - run: echo three
  deploy:
    needs: [test, build]
    steps:
      - run: |
          server start
";

#[test]
fn an_error_costs_its_own_part_only() {
    for (broken, place) in [
        ("name: [a, b", Some("[a, b")),
        ("name: \"open", None),
        ("name: 'open", None),
        ("name: a: b", Some(": b")),
        ("name: @b", Some("@")),
        ("name: x\n     nope", None),
        ("name: x\n\trun: y", Some("\t")),
        ("name: \"a\\qb\"", None),
        ("name: {a: b", Some("{a: b")),
        ("run: x\n  - y: z\n bad", None),
    ] {
        let text = JOBS.replace("BROKEN", broken);
        let (tree, faults) = parse(&file(&text));
        let jobs = tree.root().unwrap().get("jobs").unwrap();
        let names: Vec<_> = jobs.entries().filter_map(|entry| entry.key.text()).collect();
        assert!(names.contains(&"test") && names.contains(&"deploy"), "{broken:?}: {names:?} {faults:?}");
        let deploy = jobs.get("deploy").unwrap().get("steps").unwrap();
        assert_eq!(deploy.items().count(), 1, "{broken:?}");
        let most = if broken.contains(" bad") { 2 } else { 1 };
        assert_eq!(faults.len(), most, "{broken:?}: {faults:?}");
        if let Some(place) = place {
            let start = text.find(place).unwrap();
            assert_eq!(faults[0].range.start, start, "{broken:?}: {faults:?}");
        }
    }
}

#[test]
fn hostile_documents_end() {
    let deep = 100_000;
    for text in [
        String::new(),
        "\u{feff}".to_owned(),
        "[".repeat(deep),
        "{a: ".repeat(deep),
        "- ".repeat(deep),
        "a:\n  - b: |\n".repeat(2_000),
        "? ".repeat(deep),
        "\"".repeat(deep),
        "a: 'b\n".repeat(10_000),
        "&a ".repeat(10_000),
        (0..10_000usize)
            .map(|n| format!("k{n}: &a{n} [*a{}]\n", n.saturating_sub(1)))
            .collect::<Vec<_>>()
            .concat(),
        "# comment\n".repeat(20_000),
        "[a,".repeat(150),
        "a: \"\\".to_owned(),
        "a: \"\\u".to_owned(),
        "a: |9\n x".to_owned(),
        "\n".repeat(deep),
        "a: >\n".to_owned() + &"\n".repeat(deep) + " x",
    ] {
        let (tree, _) = parse(&file(&text));
        drop(tree);
    }
}

proptest! {
    #[test]
    fn any_text_gives_a_tree(text in "[ \\t\\n\\r\\-:\\[\\]{}&*!|>'\"#%@`,?a-c\\\\日🎉\u{feff}0-9+]{0,80}") {
        let passage = file(&text);
        let (tree, faults) = parse(&passage);
        for fault in faults {
            prop_assert!(text.get(fault.range).is_some());
        }
        for entry in tree.all_entries() {
            prop_assert!(text.get(entry.range()).is_some());
        }
        scalar::tests::check(text.trim_start_matches('\u{feff}'));
    }

    #[test]
    fn any_block_scalar_is_mapped(lines in prop::collection::vec("[ \\ta\\-日#]{0,8}", 0..8), head in "[|>][1-3]?[+\\-]?", crlf: bool) {
        let newline = if crlf { "\r\n" } else { "\n" };
        let body: String = lines.iter().map(|line| format!("{newline}  {line}")).collect::<Vec<_>>().concat();
        scalar::tests::check(&format!("a: {head}{body}"));
        scalar::tests::check(&format!("a: {head}{body}{newline}b: c"));
    }

    #[test]
    fn any_quoted_scalar_is_mapped(words in "[ \\ta-c日\n]{0,20}", escapes in prop::collection::vec(prop_oneof!["\\\\n", "\\\\x41", "\\\\u65e5", "\\\\ ", "\\\\\n  ", "''", "\\\\\"", "\n\n "], 0..6)) {
        let inner: String = escapes.iter().map(|escape| format!("{words}{escape}")).collect::<Vec<_>>().concat();
        scalar::tests::check(&format!("a: \"{inner}\""));
        scalar::tests::check(&format!("a: '{inner}'"));
        scalar::tests::check(&format!("[{inner}]"));
    }
}
