use std::sync::Arc;

use super::guard::too_deep;
use super::literal::{Form, decode};
use super::sketch::{Item, sketch};
use super::token::{Kind, Tokens};
use super::{Dialect, MAX_BYTES, Tree, parse};
use crate::syntax::Fault;
use crate::text::{FileId, Passage, Weave};

/// Runs on a stack of the size that the analysis has.
fn on_big_stack<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> T {
    std::thread::Builder::new().stack_size(64 << 20).spawn(work).unwrap().join().unwrap()
}

fn parsed(text: &str) -> Result<Tree, Fault> {
    parse(text, Dialect::default())
}

#[test]
fn a_tree_has_ranges_of_the_text() {
    let text = "\u{feff}// 見出し 🚚\r\nexport class A {\r\n\t/* 中 */ up() {}\r\n}\r\n";
    let tree = parsed(text).unwrap();
    assert_eq!(tree.items.len(), 1);
    let comments: Vec<&str> = tree.comments.iter().map(|comment| &text[comment.range.clone()]).collect();
    assert_eq!(comments, [" 見出し 🚚", " 中 "]);
    let span = swc_common::Spanned::span(&tree.items[0]);
    assert!(text[super::range(span)].starts_with("export class A"));
}

#[test]
fn what_is_no_typescript_is_a_fault_on_one_line() {
    for text in
        ["const x = ;\n", "class A {\n  up( {\n}", "'open", "`open\n\n", "/* open", "((((", "export", "あ)"]
    {
        let fault = match parsed(text) {
            Ok(mut tree) => tree.faults.remove(0),
            Err(fault) => fault,
        };
        let words = &text[fault.range.clone()];
        assert!(!words.contains('\n'), "{text:?}: {words:?}");
        assert!(fault.message.starts_with("this cannot be parsed"), "{}", fault.message);
    }
    assert!(parsed("").is_ok());
    let fault = parsed("f('a\nb');").err().unwrap();
    assert_eq!(
        (fault.range, fault.message.as_str()),
        (2..4, "this cannot be parsed: Unterminated string constant")
    );
}

#[test]
fn a_long_file_is_a_fault() {
    let text = "x;".repeat(MAX_BYTES / 2 + 1);
    assert!(parsed(&text).is_err());
}

/// Each with a piece that nests or chains, what goes before and what goes behind.
const SHAPES: &[(&str, &str, &str, &str)] = &[
    ("brackets", "(", "1", ")"),
    ("arrays", "[", "1", "]"),
    ("objects", "({a:", "1", "})"),
    ("blocks", "{", "1", "}"),
    ("templates", "`${", "1", "}`"),
    ("calls", "f(", "1", ")"),
    ("arrows", "a=>", "1", ""),
    ("arrow blocks", "(a)=>{return ", "1", "}"),
    ("types", "let x: A<", "B", ">"),
    ("nested types", "A<", "B", ">"),
    ("assertions", "<a>", "1", ""),
    ("conditions", "a?b:", "1", ""),
    ("inner conditions", "a?", "1", ":2"),
    ("conditional types", "type X = A extends B ? C : ", "D", ""),
    ("not", "!", "1", ""),
    ("minus", "- ", "1", ""),
    ("typeof", "typeof ", "1", ""),
    ("await", "await ", "1", ""),
    ("new", "new ", "X", ""),
    ("keyof", "type X = keyof ", "Y", ""),
    ("ifs", "if(a) ", "b;", ""),
    ("else ifs", "if(a) b; else ", "c;", ""),
    ("fors", "for(;;) ", "b;", ""),
    ("whiles on lines", "while(a)\n", "b;", ""),
    ("dos", "do ", "b;", " while(1);"),
    ("labels", "a:", "b;", ""),
    ("sums", "1+", "1", ""),
    ("right sums", "1**", "1", ""),
    ("assignments", "a=", "1", ""),
    ("members", "a.", "a", ""),
    ("logic", "a&&", "1", ""),
    ("either", "a||", "1", ""),
    ("nullish", "a??", "1", ""),
    ("classes", "class extends ", "X{}", "{}"),
    ("functions", "function f(){", "1", "}"),
    ("switches", "switch(a){case 1:", "1;", "}"),
    ("tries", "try{", "1;", "}catch{}"),
    ("decorated", "@(", "a", ") class X{}"),
    ("comma arrows", "a=>(b,", "1", ")"),
    ("yields", "yield ", "1", ""),
    ("namespaces", "namespace A.", "B {}", ""),
    ("hidden by an object", "if(1)x={}+(()=>{", "1", "})"),
    ("object patterns", "({a:", "b", "}) => 1"),
];

fn nested(open: &str, middle: &str, close: &str, times: usize) -> String {
    // A type or statement head is written once where repeating it is no nesting.
    let (head, open) = open.rsplit_once("= ").map_or(("", open), |(head, open)| (head, open));
    let glue = if head.is_empty() { "" } else { "= " };
    format!("{head}{glue}{}{middle}{}", open.repeat(times), close.repeat(times))
}

#[test]
fn hostile_nesting_is_refused() {
    for (name, open, middle, close) in SHAPES {
        let text = nested(open, middle, close, 100_000);
        let range = too_deep(&text).unwrap_or_else(|| panic!("{name}"));
        assert!(range.end <= text.len());
        assert!(too_deep(&nested(open, middle, close, 50)).is_none(), "{name}");
    }
}

#[test]
fn chains_of_suffixes_are_refused() {
    for suffix in [".f()", "[0]", "``", "!", "()", "?.a", " as A", "+`a`"] {
        assert!(too_deep(&format!("a{}", suffix.repeat(100_000))).is_some(), "{suffix}");
    }
}

#[test]
fn nesting_just_below_the_limit_parses_and_drops() {
    on_big_stack(|| {
        for (_, open, middle, close) in SHAPES {
            // The deepest that the guard lets through.
            let (mut low, mut high) = (1, 12_000);
            while low + 1 < high {
                let times = usize::midpoint(low, high);
                if too_deep(&nested(open, middle, close, times)).is_none() {
                    low = times;
                } else {
                    high = times;
                }
            }
            let text = nested(open, middle, close, low);
            if text.len() <= MAX_BYTES {
                let _ = parsed(&text);
            }
        }
        for suffix in [".f()", "[0]", "``", "!", "()", "?.a", " as A"] {
            let mut times = 10_000;
            while too_deep(&format!("a{}", suffix.repeat(times))).is_some() {
                times -= 50;
            }
            let _ = parsed(&format!("a{}", suffix.repeat(times)));
        }
    });
}

#[test]
fn brackets_in_words_do_not_nest() {
    let deep = "(".repeat(5_000);
    for text in [
        format!("'{deep}'"),
        format!("\"{deep}\""),
        format!("`{deep}`"),
        format!("`a${{b}}{deep}`"),
        format!("// {deep}\nx"),
        format!("/* {deep} */"),
        format!("x = /[{deep}]/;"),
        format!("if (a) /\\({}/.test(x)", "\\(".repeat(5_000)),
    ] {
        assert!(too_deep(&text).is_none(), "{}", &text[..20]);
    }
    // A bracket that a string closes is still open.
    assert!(too_deep(&"(')'+".repeat(2_000)).is_some());
    // Where a `/` may hide brackets, all are counted.
    assert!(too_deep(&format!("if (a) {{}} /`/;{}", "(".repeat(2_000))).is_some());
    assert!(too_deep(&format!("x <!-- `\n{}", "(".repeat(2_000))).is_some());
}

#[test]
fn long_plain_files_are_not_deep() {
    let with = "    await queryRunner.query(`ALTER TABLE \"a\" ADD \"b\" int`, [1, 'x']);\n".repeat(5_000);
    assert!(too_deep(&format!("class A {{ async up(queryRunner) {{\n{with}}} }}")).is_none());
    let without = with.replace(';', "");
    assert!(too_deep(&format!("class A {{ async up(queryRunner) {{\n{without}}} }}")).is_none());
    let rows = "  { id: 1, name: 'a' + b, ok: x ? 1 : 2, f: (a) => a < 1, g: -1 },\n".repeat(5_000);
    assert!(too_deep(&format!("const rows = [\n{rows}]")).is_none());
    let branches = "  if (a) { b() } else if (c) { d() } else { e() }\n".repeat(5_000);
    assert!(too_deep(&branches).is_none());
    let consts = "const a = b => c\n".repeat(5_000);
    assert!(too_deep(&consts).is_none());
}

#[test]
fn tokens_cover_what_is_not_blank() {
    let text = "#!/usr/bin/env node\n\u{feff}a /* x */ = `b${ {c: '}'} }d` / 2 // e\n/f[/]g/.test(\"h\\\"\")";
    let tokens: Vec<(&str, Kind)> =
        Tokens::new(text).map(|token| (&text[token.range()], token.kind)).collect();
    let words: Vec<&str> = tokens.iter().map(|(words, _)| *words).collect();
    assert_eq!(
        words,
        [
            "a",
            "=",
            "`b${",
            "{",
            "c",
            ":",
            "'}'",
            "}",
            "}d`",
            "/",
            "2",
            "/",
            "f",
            "[",
            "/]g/",
            ".",
            "test",
            "(",
            "\"h\\\"\"",
            ")"
        ]
    );
}

#[test]
fn tokens_are_total() {
    for text in
        ["\\", "`${", "}`", "'\\", "/", "/[", "/*", "//", "\u{3000}", "#", "`\\", "1.", "\u{2028}/x", "é/`/"]
    {
        let mut end = 0;
        for token in Tokens::new(text) {
            assert!(token.start >= end && token.end <= text.len() && text.get(token.range()).is_some());
            end = token.end;
        }
    }
}

fn decoded(text: &str, form: Form) -> Passage {
    let passage = Passage::file(FileId(0), Arc::from(text));
    let mut weave = Weave::at(passage.span());
    let len = decode(&passage, 0..text.len(), form, &mut weave);
    let decoded = weave.finish();
    assert_eq!(decoded.len(), len);
    decoded
}

#[test]
fn escapes_are_decoded_and_map_back() {
    let text = r"A\n\'B\u{1F600}\uD83D\uDE00\x41\u0042\0\101\q\
Z\uD800";
    let decoded = decoded(text, Form::Quoted);
    assert_eq!(decoded.text(), "A\n'B😀😀AB\0AqZ\u{fffd}");
    let b = decoded.text().find('B').unwrap();
    assert_eq!(decoded.exact(b..b + 1).unwrap().start as usize, text.find('B').unwrap());
    let smile = decoded.text().find('😀').unwrap();
    let span = decoded.locate(smile..smile + 4);
    assert_eq!(&text[span.start as usize..span.end as usize], r"\u{1F600}");
    let z = decoded.text().find('Z').unwrap();
    assert_eq!(decoded.exact(z..z + 1).unwrap().start as usize, text.find('Z').unwrap());
}

#[test]
fn line_ends_of_templates_become_one_byte() {
    assert_eq!(decoded("a\r\nb\rc\nd\\\r\ne", Form::Template).text(), "a\nb\nc\nde");
    assert_eq!(decoded("a\\n\r\nb", Form::Raw).text(), "a\\n\nb");
    let decoded = decoded("x\r\nDROP", Form::Template);
    assert_eq!(decoded.exact(2..6).unwrap().start, 3);
}

#[test]
fn broken_escapes_do_not_break() {
    for text in [
        "\\",
        "\\x",
        "\\xZ",
        "\\u",
        "\\u{",
        "\\u{}",
        "\\u{110000}",
        "\\u{zz}",
        "\\u12",
        "\\é",
        "\\uD83D\\u0041",
        "\\8",
    ] {
        let _ = decoded(text, Form::Quoted).text();
        let _ = decoded(text, Form::Template).text();
    }
}

#[test]
fn a_sketch_sees_calls_without_a_tree() {
    let text = "class A { async up(q { await q.query('a' + `b${c(`x`)}d`); // .query('no')\n q.query(sql); }";
    let items = sketch(text);
    let calls: Vec<_> = items.iter().filter(|item| matches!(item, Item::Call { .. })).collect();
    assert_eq!(calls.len(), 1);
    assert!(matches!(&items[0], Item::Class(name) if &text[name.clone()] == "A"));
    let Item::Call { argument, .. } = calls[0] else { panic!() };
    assert_eq!(argument.len(), 4);
    for open in ["x.query('", "x.query(`", "x.query(`${", "x.query(`${`", "x.query('a' +", "class", "x("] {
        let _ = sketch(open);
    }
}
