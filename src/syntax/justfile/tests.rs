use std::sync::Arc;

use proptest::prelude::*;

use super::*;
use crate::text::FileId;

fn passage(text: &str) -> Passage {
    Passage::file(FileId(0), Arc::from(text))
}

fn clean(text: &str) -> Justfile {
    let file = parse(&passage(text));
    assert!(file.faults.is_empty(), "{text}\n{:?}", file.faults);
    file
}

const SHOP: &str = concat!(
    "\u{feff}#!/usr/bin/env just\r\n",
    "set shell := [\"bash\", \"-euo\", \"pipefail\", \"-c\"]\r\n",
    "set positional-arguments\r\n",
    "set dotenv-load := false\r\n",
    "\r\n",
    "image := \"registry.example.com/店\" # 画像\r\n",
    "export TAG := `git rev-parse HEAD`\r\n",
    "region := env(\"REGION\", 'nrt') / \"x\" + image\r\n",
    "mode := if image == \"x\" { \"a\" } else if image =~ 'b' { \"b\" } else { \"c\" }\r\n",
    "import 'ops/deploy.just'\r\n",
    "import? \"local.just\"\r\n",
    "mod db\r\n",
    "mod? web 'apps/web'\r\n",
    "alias d := deploy\r\n",
    "alias m := db::migrate\r\n",
    "\r\n",
    "# 本番へ出す\r\n",
    "[confirm(\"really?\"), group: 'ops']\r\n",
    "[no-cd]\r\n",
    "@deploy env $region='nrt' *flags: build (push \"a b\" image) && (smoke env) db::check\r\n",
    "    @-flyctl deploy --app shop-{{env}} \\\r\n",
    "        --image {{ image + \":\" + TAG }} {{{{x}} 😀\r\n",
    "\r\n",
    "    echo done\r\n",
    "\r\n",
    "build:\r\n",
    "\t#!/usr/bin/env bash\r\n",
    "\tset -e\r\n",
    "\tif true; then\r\n",
    "\t\tdocker build .\r\n",
    "\tfi\r\n",
    "_hidden +args=(\"x\" + image): ; \r\n",
);

#[test]
fn a_justfile_of_all_kinds() {
    let text = SHOP.replace(": ; \r\n", ":\r\n");
    let file = clean(&text);
    let names: Vec<&str> = file.recipes.iter().map(|recipe| recipe.name.text()).collect();
    assert_eq!(names, ["deploy", "build", "_hidden"]);
    assert!(file.is_set("positional-arguments") && !file.is_set("dotenv-load"));
    assert_eq!(file.setting("shell").map(|setting| setting.values.len()), Some(4));
    let assigned: Vec<_> = file.assignments.iter().map(|it| (it.name.text(), it.export)).collect();
    assert_eq!(assigned, [("image", false), ("TAG", true), ("region", false), ("mode", false)]);
    assert_eq!(file.imports.len(), 2);
    assert!(file.imports[1].optional && file.imports[0].path.text() == "ops/deploy.just");
    assert_eq!(file.modules[1].path.as_ref().map(Passage::text), Some("apps/web"));
    assert_eq!(file.aliases[1].target.text(), "db::migrate");

    let deploy = &file.recipes[0];
    assert_eq!(deploy.doc.as_ref().map(Passage::text), Some("本番へ出す"));
    assert!(deploy.quiet && deploy.attribute("no-cd").is_some());
    assert_eq!(deploy.attribute("confirm").map(|it| it.values.len()), Some(1));
    let parameters: Vec<_> = deploy
        .parameters
        .iter()
        .map(|it| (it.name.text(), it.arity, it.export, it.default.is_some()))
        .collect();
    assert_eq!(
        parameters,
        [
            ("env", Arity::One, false, false),
            ("region", Arity::One, true, true),
            ("flags", Arity::Any, false, false)
        ]
    );
    let before: Vec<_> = deploy.before.iter().map(|it| (it.name.text(), it.arguments.len())).collect();
    assert_eq!(before, [("build", 0), ("push", 2)]);
    let after: Vec<_> = deploy.after.iter().map(|it| (it.name.text(), it.arguments.len())).collect();
    assert_eq!(after, [("smoke", 1), ("db::check", 0)]);
    let commands = deploy.body.commands(&text);
    assert_eq!(commands.len(), 2);
    assert!(commands[0].ignored.is_some() && commands[1].ignored.is_none());
    let said: Vec<&str> = commands[0].parts.iter().map(|part| &text[part.range()]).collect();
    assert_eq!(
        said,
        [
            "flyctl deploy --app shop-",
            "{{env}}",
            " ",
            "--image ",
            "{{ image + \":\" + TAG }}",
            " ",
            "{{{{",
            "x}} 😀"
        ]
    );
    let build = &file.recipes[1];
    assert_eq!(build.body.shebang(&text).map(|range| &text[range]), Some("#!/usr/bin/env bash"));
    assert_eq!(build.body.lines.len(), 5);
    assert_eq!(file.recipes[2].parameters[0].arity, Arity::Some);
}

#[test]
fn strings_are_decoded_and_know_their_place() {
    let text = "a := \"x\\n\\u{1F600}\\\"\"\nb := '''\n    one\n      two\n  '''\nc := \"\"\"q\"\"\"\nd := x'~/$A'\ne := f'v{{a}}-{{{{'\n";
    let file = clean(text);
    let value = |at: usize| match &file.assignments[at].value.form {
        Form::Text(text) | Form::Shell(text) => text.text().to_owned(),
        other => format!("{other:?}"),
    };
    assert_eq!((value(0), value(1)), ("x\n😀\"".to_owned(), "one\n  two\n".to_owned()));
    assert_eq!((value(2), value(3)), ("q".to_owned(), "~/$A".to_owned()));
    let Form::Join(parts) = &file.assignments[4].value.form else { panic!() };
    assert_eq!(parts.len(), 4);
}

#[test]
fn a_fault_is_told_at_its_place_and_the_rest_is_read() {
    for (text, word, recipes) in [
        ("a:\n  x\n%%%\nb:\n  y\n", "%%%", 2),
        ("a := \nb:\n  y\n", "=", 1),
        ("a b c\nd:\n  y\n", "a", 1),
        ("a x=: y\nd:\n  y\n", ":", 2),
        ("a:\n    x\n  y\nb:\n z\n", "  ", 2),
        ("a := 'x\nb := 1\n", "'x", 0),
        ("  x\na:\n", "x", 1),
        ("a:\n  echo {{ b\nc:\n", "{{", 2),
        ("a:\n  echo {{ b c }}\nc:\n", "{{ b c }}", 2),
        ("[confirm\na:\n", "[", 1),
        ("a: (b 'c'\n", "(", 1),
        ("a := (b\n", "(", 0),
    ] {
        let file = parse(&passage(text));
        assert!(!file.faults.is_empty(), "{text}");
        assert_eq!(&text[file.faults[0].range.clone()], word, "{text}: {:?}", file.faults);
        assert_eq!(file.recipes.len(), recipes, "{text}: {:?}", file.faults);
        for fault in &file.faults {
            assert!(!text[fault.range.clone()].contains('\n'), "{fault:?}");
        }
    }
}

#[test]
fn keywords_are_names_too() {
    let file = clean("set:\nalias x:\nimport:\n  a\nmod:\nexport:\nif:\nmod := 'x'\nset := 'y'\n");
    assert_eq!(file.recipes.len(), 6);
    assert_eq!(file.assignments.len(), 2);
}

#[test]
fn hostile_texts_end() {
    let many = 100_000;
    for text in [
        "a := ".to_owned() + &"(".repeat(many),
        "a := ".to_owned() + &"[".repeat(many),
        "a := ".to_owned() + &"if ".repeat(many),
        "a := ".to_owned() + &"!".repeat(many),
        "a := x".to_owned() + &" + x".repeat(many),
        "a := x".to_owned() + &" / x".repeat(many),
        "a := ".to_owned() + &"if a == b { c } else ".repeat(many),
        "a := ".to_owned() + &"f'{{".repeat(many),
        "a := ".to_owned() + &"f(".repeat(many),
        "a:\n ".to_owned() + &"{{".repeat(many),
        "a:\n".to_owned() + &" {{ ' \n".repeat(many),
        "a:\n".to_owned() + &" {{ b c }}\n".repeat(many),
        "a: ".to_owned() + &"(b ".repeat(many),
        "a ".to_owned() + &"b ".repeat(many),
        "[".repeat(many),
        "[a(".repeat(many),
        "a:\n".repeat(many),
        "%\n".repeat(many),
        "\\\n".repeat(many),
        "a:\n".to_owned() + &" x\\\n".repeat(many),
        String::new(),
        "\u{feff}".to_owned(),
        "a:\r".to_owned(),
    ] {
        let file = parse(&passage(&text));
        assert!(file.faults.len() <= MAX_FAULTS + 2);
        for recipe in &file.recipes {
            let _ = recipe.body.commands(&text);
        }
    }
}

proptest! {
    #[test]
    fn any_text_is_read(text in "([a-z]{1,3}|:=|:|\\n| |    |\\{\\{|\\}\\}|\"|'|`|\\(|\\)|\\[|\\]|if |else |set |mod |import |&&|\\+|\\*|\\$|@|-|#|\\\\|,|店|\\r\\n|\\t){0,60}") {
        let passage = passage(&text);
        let file = parse(&passage);
        for fault in &file.faults {
            prop_assert!(text.get(fault.range.clone()).is_some_and(|words| !words.contains('\n')), "{fault:?}");
        }
        for recipe in &file.recipes {
            for command in recipe.body.commands(&text) {
                for part in &command.parts {
                    prop_assert!(text.get(part.range()).is_some());
                }
            }
        }
    }

    #[test]
    fn any_characters_are_read(text in "\\PC{0,80}") {
        let _ = parse(&passage(&text));
    }
}
