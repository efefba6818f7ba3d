//! Tests of the tree, the faults and the places of TOML documents.

use super::*;
use crate::text::{FileId, Span};

fn document(text: &str) -> Passage {
    Passage::file(FileId(0), text.into())
}

fn words<'a>(text: &'a str, range: &Range<usize>) -> &'a str {
    text.get(range.clone()).unwrap_or_else(|| panic!("{range:?} in {text:?}"))
}

/// Every key and value with its own words, one per line.
fn outline(text: &str) -> String {
    fn table(out: &mut String, text: &str, path: &str, inner: &Table) {
        for entry in &inner.entries {
            let path = format!("{path}/{}", entry.key);
            node(out, text, &path, words(text, &entry.key_range), &entry.node);
        }
    }
    fn node(out: &mut String, text: &str, path: &str, key: &str, value: &Node) {
        *out += &[path, " ", key, " = ", words(text, &value.range), "\n"].concat();
        match &value.data {
            Data::Table(inner) => table(out, text, path, inner),
            Data::List(items) => {
                for (at, item) in items.iter().enumerate() {
                    node(out, text, &format!("{path}/{at}"), "-", item);
                }
            }
            _ => {}
        }
    }
    let mut out = String::new();
    table(&mut out, text, "", &parse(&document(text)).0);
    out
}

fn faults(text: &str) -> Vec<(String, String)> {
    parse(&document(text))
        .1
        .iter()
        .map(|fault| (words(text, &fault.range).to_owned(), fault.message.clone()))
        .collect()
}

#[test]
fn every_key_and_value_has_its_own_words() {
    let text = "\u{feff}app = \"shop\" # 店\r\n\"quoted key\" = 'x'\r\na.\"b c\".d = 0x10\r\ninline = { x = [1, true], 'y' = 1.5 }\r\n\r\n[deploy]\r\ncommand = \"\"\"\r\nnpm run\r\nrelease\"\"\"\r\n[[vm]]\r\nsize = \"s\"\r\n[[ vm ]]\r\nsince = 2024-01-02\r\n";
    assert_eq!(
        outline(text),
        "/app app = \"shop\"\n\
         /quoted key \"quoted key\" = 'x'\n\
         /a a = a\n\
         /a/b c \"b c\" = \"b c\"\n\
         /a/b c/d d = 0x10\n\
         /inline inline = { x = [1, true], 'y' = 1.5 }\n\
         /inline/x x = [1, true]\n\
         /inline/x/0 - = 1\n\
         /inline/x/1 - = true\n\
         /inline/y 'y' = 1.5\n\
         /deploy deploy = [deploy]\n\
         /deploy/command command = \"\"\"\r\nnpm run\r\nrelease\"\"\"\n\
         /vm vm = [[vm]]\r\nsize = \"s\"\r\n[[ vm ]]\n\
         /vm/0 - = [[vm]]\n\
         /vm/0/size size = \"s\"\n\
         /vm/1 - = [[ vm ]]\n\
         /vm/1/since since = 2024-01-02\n"
    );
    assert_eq!(faults(text), []);
}

#[test]
fn faults_are_said_in_words_at_the_words() {
    let cases = [
        ("app = \"shop\nx = 1", "\"shop", "this string is not closed on its line"),
        ("app = [\"a\", 'shop\nx = 1", "'shop", "this string is not closed on its line"),
        ("a = 1\na = 2", "a", "`a` is set twice in one table"),
        ("[env]\nA = 1\n[env]\nB = 2", "env", "`env` is set twice in one table"),
        (
            "[deploy]\nstrategy = bluegreen",
            "bluegreen",
            "`bluegreen` is no TOML value: a string needs quotes",
        ),
        ("app =\nx = 1", "app =", "there is no value behind the `=`"),
        ("// 説明\nx = 1", "// 説明", "this line is neither `key = value` nor a `[table]`"),
        ("app: shop\nx = 1", "app: shop", "this line is neither `key = value` nor a `[table]`"),
        ("  [deploy\nx = 1", "[deploy", "the brackets of this table's header do not match"),
        ("a = \"c:\\work\"", "\\w", "`\\w` is no escape that TOML knows"),
        ("店 = 1", "店", "`店` can stand in a key only within quotes"),
        ("a = 1, b = 2", ", b = 2", "only a comment may follow on this line"),
        ("a = 08", "08", "a number may not begin with 0"),
        (
            "a = 99999999999999999999",
            "99999999999999999999",
            "`99999999999999999999` is too large for a TOML integer",
        ),
        ("a = \"\"\"\nx\ny = 1\n", "\"\"\"", "this multi-line string is never closed"),
    ];
    for (text, at, message) in cases {
        let found = faults(text);
        assert_eq!(found.first(), Some(&(at.to_owned(), message.to_owned())), "{text:?}");
    }
}

#[test]
fn what_stands_beside_a_fault_is_still_read() {
    let keys = |text: &str| {
        fn collect(keys: &mut Vec<String>, path: &str, table: &Table) {
            for entry in &table.entries {
                let path = format!("{path}{}", entry.key);
                match entry.node.as_table() {
                    Some(inner) => collect(keys, &format!("{path}."), inner),
                    None => keys.push(path),
                }
            }
        }
        let mut all = Vec::new();
        collect(&mut all, "", &parse(&document(text)).0);
        all.join(" ")
    };
    assert_eq!(keys("a = \"x\nb = 2\n[c]\nd = 3"), "a b c.d");
    assert_eq!(keys("a = 1\nnonsense\nb = 2\nmore nonsense\n[c]\nd = 3"), "a b c.d");
    assert_eq!(keys("[a\nx = 1\n[[b\ny = 2\n[c]\nz = 3"), "a.x b c.z");
    assert_eq!(keys("a = [1, 2 # zwei\nb = 3\n[c]\nd = 4"), "a b c.d");
    assert_eq!(keys("a = [\n  'x',\nb = 3\n[c]\nd = 4"), "a b c.d");
    assert_eq!(keys("a = { x = 1\nb = 3\n[c]\nd = 4"), "a.x b c.d");
    assert_eq!(keys("a = \"\"\"open\n[c]\nd = 4"), "a c.d");
    assert_eq!(keys("a =\nb = 2"), "b");
    assert_eq!(keys("[env]\nA = 1\n[env]\nB = 2"), "env.A env.B");
}

#[test]
fn places_hold_behind_mended_faults() {
    let text = "\u{feff}[a\r\nx = [1\r\ny = '店'\r\n[b]\r\nz = \"🐟\"\r\n";
    assert_eq!(
        outline(text),
        "/a a = [a\n/a/x x = [1\r\n\n/a/x/0 - = 1\n/a/y y = '店'\n/b b = [b]\n/b/z z = \"🐟\"\n"
    );
    assert_eq!(faults(text).len(), 2);
}

#[test]
fn a_string_value_maps_home() {
    let cases = [
        "a = \"npm run release\"",
        "a = 'C:\\work \"x\"'",
        "a = \"tab\\tquote\\\" \\u5e97 \\x41 \\e back\\\\slash \\U0001F41F\"",
        "a = \"\"\"\nfirst\nsecond \"\"quoted\"\" \\\n   \t\n  third\"\"\"",
        "a = \"\"\"\r\n店\\r\\n\r\nend\\\r\n  \"\"\"",
        "a = '''\n\\no escape\\\n''店'''",
        "a = '''''' ",
        "a = \"\"",
        "a = \"\"\"\\\\ \\\" \"\"\"",
        "a = \"\"\"\"quoted\"\"\"\"",
        "a = unquoted",
        "a = \"open \\q",
        "a = \"\"\"open",
        "a = \"\"\"",
    ];
    for text in cases {
        let document = document(text);
        let (table, _) = parse(&document);
        let Some(entry) = table.get("a") else { panic!("{text:?}") };
        let value = passage(&document, &entry.node);
        assert_eq!(Some(value.text()), entry.node.as_text(), "{text:?}");
        assert!(entry.node.range.start <= value.span().start as usize, "{text:?}");
    }
    let text = "a = \"seed\\tthe \\u5e97\"";
    let document = document(text);
    let value = passage(&document, &parse(&document).0.entries[0].node);
    assert_eq!(value.text(), "seed\tthe 店");
    assert_eq!(value.exact(5..8), Some(Span::new(FileId(0), 11, 14)));
    assert_eq!(value.exact(9..12), None);
    assert_eq!(value.locate(9..12), Span::new(FileId(0), 15, 21));
}

#[test]
fn hostile_text_gives_faults() {
    let bombs = [
        format!("a = {}", "[".repeat(100_000)),
        "[".repeat(100_000),
        format!("a = {}", "{x=".repeat(100_000)),
        format!("{} = 1", vec!["a"; 100_000].join(".")),
        format!("[{}]", vec!["a"; 100_000].join(".")),
        "a\n".repeat(50_000),
        "[a\n".repeat(50_000),
        "a = [\n".repeat(50_000),
        "a = \"\n".repeat(50_000),
        "\"".repeat(100_001),
        "a = \"\"\"".repeat(20_000),
        "a = [b = ".repeat(20_000),
        format!("a = [{}]", "'' ".repeat(100_000)),
        format!("a = {{{}}}", "x=1 ".repeat(100_000)),
    ];
    for text in bombs {
        let (_, faults) = parse(&document(&text));
        assert!(!faults.is_empty() && faults.len() <= 20, "{}", &text[..20]);
        for fault in faults {
            assert!(!words(&text, &fault.range).contains('\n'));
        }
    }
    for text in ["", "\u{feff}", "\n", "# only\r\n"] {
        assert!(faults(text).is_empty());
    }
}

#[test]
fn many_tables_take_linear_time() {
    let tables = (0..20_000).map(|at| format!("[a.x{at}.y]\nk = 1\n[a.x{at}]\n[[b.c]]\n"));
    let text = tables.collect::<Vec<_>>().concat();
    assert!(faults(&text).is_empty());
}

proptest::proptest! {
    #[test]
    fn any_text_is_read(text in r#"([a-z店"'\[\]{}=.,\\#\r\n 0-9]|"""|'''|\[\[|\n\[a\]\n|\na = ){0,60}"#) {
        let document = document(&text);
        let (table, faults) = parse(&document);
        for fault in &faults {
            proptest::prop_assert!(!words(&text, &fault.range).contains('\n'));
        }
        for entry in &table.entries {
            words(&text, &entry.key_range);
            let value = passage(&document, &entry.node);
            if let Some(expected) = entry.node.as_text() {
                proptest::prop_assert_eq!(value.text(), expected);
            }
        }
    }
}
