use std::sync::Arc;

use proptest::prelude::*;

use super::*;
use crate::text::{FileId, Passage};

fn file(text: &str) -> Passage {
    Passage::file(FileId(0), Arc::from(text))
}

fn read(text: &str) -> (Node, Vec<String>) {
    let passage = file(text);
    let (node, faults) = parse(&passage);
    let said = faults.iter().map(|fault| format!("{}: {}", &text[fault.range.clone()], fault.message));
    (node.unwrap(), said.collect())
}

#[test]
fn keys_and_values_have_their_ranges() {
    let text = "\u{feff}{\r\n\t\"名前\": \"店😀\", // 注釈\r\n\t\"n\": [1, true, null,],\r\n}";
    let (root, faults) = read(text);
    assert!(faults.is_empty(), "{faults:?}");
    assert_eq!(&text[root.range.clone()], &text[3..]);
    let entry = root.get("名前").unwrap();
    assert_eq!(&text[entry.key_range.clone()], "\"名前\"");
    assert_eq!(&text[entry.node.range.clone()], "\"店😀\"");
    let value = entry.node.as_text().unwrap();
    assert_eq!(value.text(), "店😀");
    let span = value.exact(0..value.len()).unwrap();
    assert_eq!(&text[span.start as usize..span.end as usize], "店😀");
    let kinds: Vec<_> = root.get("n").unwrap().node.items().iter().map(Node::kind).collect();
    assert_eq!(kinds, ["a number", "a boolean", "null"]);
}

#[test]
fn escapes_are_swapped_and_keep_their_places() {
    let text = r#"{"run": "a \"b\" \u65e5\ud83d\ude00\n\\ \d c"}"#;
    let (root, faults) = read(text);
    assert!(faults.is_empty(), "{faults:?}");
    let value = root.get("run").unwrap().node.as_text().unwrap().clone();
    assert_eq!(value.text(), "a \"b\" 日😀\n\\ \\d c");
    let place = |word: &str| {
        let at = value.text().find(word).unwrap();
        let span = value.locate(at..at + word.len());
        &text[span.start as usize..span.end as usize]
    };
    assert_eq!(place("日"), r"\u65e5");
    assert_eq!(place("😀"), r"\ud83d\ude00");
    assert_eq!(place("\"b\""), r#"\"b\""#);
    let at = value.text().find('c').unwrap();
    assert!(value.exact(at..at + 1).is_some());
    assert_eq!(value.exact(2..3), None);
}

#[test]
fn an_empty_string_is_between_its_quotes() {
    let (root, _) = read(r#"{"a": ""}"#);
    assert_eq!(root.get("a").unwrap().node.as_text().unwrap().span().start, 7);
}

#[test]
fn of_two_equal_keys_the_last_one_counts() {
    let (root, _) = read(r#"{"a": "1", "a": "2"}"#);
    assert_eq!(root.get("a").unwrap().node.as_text().unwrap().text(), "2");
}

#[test]
fn broken_text_gives_the_rest() {
    let text = "{\n  \"a\": \"x\n  \"b\": \"y\" \"c\" \"z\",\n  d: 'q', @ \"e\": , \"f\": [1 2}";
    let (root, faults) = read(text);
    let found: Vec<_> = root
        .entries()
        .iter()
        .map(|entry| format!("{}={}", entry.key.text(), entry.node.as_text().map_or("?", Passage::text)))
        .collect();
    assert_eq!(found, ["a=x", "b=y", "c=z", "d=q", "f=?"]);
    assert_eq!(
        faults,
        [
            "\"x: this string is not closed on its line",
            "\"b\": a `,` is missing before this",
            "\"c\": a `,` is missing before this",
            "\"c\": this key has no `:` behind it",
            "d: a key of an object stands in double quotes",
            "'q': a JSON string stands in double quotes",
            "@: `@` is no JSON",
            "\"e\": this key has no value",
            "2: a `,` is missing before this",
            "[: this `[` is not closed before the next `}`",
        ]
    );
    assert!(faults.iter().all(|fault| !fault.contains('\n')));
}

#[test]
fn hostile_text_ends() {
    for text in ["", "  ", "{", "[", "\"", "\"\\", "/*", "}", "]]", "nul", "\u{feff}", "{\"a\":", "{\"a\""] {
        let (_, faults) = parse(&file(text));
        assert!(!faults.is_empty(), "{text:?}");
    }
    for unit in ["[", "{\"a\":", "{", "[{", "}", "\"\n", "@", "\"a\" ", "{\"a\":[", "/*", "'\\"] {
        let (_, faults) = parse(&file(&unit.repeat(100_000)));
        assert!(!faults.is_empty() && faults.len() <= 60, "{unit:?}: {}", faults.len());
    }
    let deep = format!("{}{}", "[".repeat(100_000), "]".repeat(100_000));
    assert_eq!(parse(&file(&deep)).1.len(), 1);
}

proptest! {
    #[test]
    fn any_text_is_read(text in "[{}\\[\\]\"',:a-c0-9\\\\/* \n\r\u{feff}日😀@.-]{0,60}") {
        let passage = file(&text);
        let (node, faults) = parse(&passage);
        for fault in &faults {
            prop_assert!(text.get(fault.range.clone()).is_some());
            prop_assert!(!text[fault.range.clone()].contains('\n'));
        }
        if let Some(node) = node {
            prop_assert!(text.get(node.range).is_some());
        }
    }

    #[test]
    fn what_serde_json_reads_is_read_alike(value in json()) {
        let text = serde_json::to_string_pretty(&value).unwrap();
        let (node, faults) = parse(&file(&text));
        prop_assert!(faults.is_empty(), "{faults:?}");
        prop_assert_eq!(plain(&node.unwrap()), value);
    }
}

fn json() -> impl Strategy<Value = serde_json::Value> {
    let leaf = prop_oneof![
        Just(serde_json::Value::Null),
        any::<bool>().prop_map(Into::into),
        any::<i32>().prop_map(Into::into),
        any::<String>().prop_map(Into::into),
    ];
    leaf.prop_recursive(4, 32, 6, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..6).prop_map(Into::into),
            prop::collection::btree_map(any::<String>(), inner, 0..6)
                .prop_map(|map| serde_json::Value::Object(map.into_iter().collect())),
        ]
    })
}

fn plain(node: &Node) -> serde_json::Value {
    match &node.data {
        Data::Text(text) => text.text().into(),
        Data::Number(number) => number.parse::<i64>().unwrap().into(),
        Data::Bool(flag) => (*flag).into(),
        Data::Null => serde_json::Value::Null,
        Data::List(items) => items.iter().map(plain).collect(),
        Data::Object(entries) => entries
            .iter()
            .map(|entry| (entry.key.text().to_owned(), plain(&entry.node)))
            .collect::<serde_json::Map<_, _>>()
            .into(),
    }
}
