use std::sync::Arc;

use proptest::prelude::*;

use super::*;
use crate::text::FileId;

fn script(text: &str) -> Script {
    parse(&Passage::file(FileId(0), Arc::from(text)))
}

/// Every simple command in order, substitutions before the command that holds them.
fn commands(text: &str) -> Vec<Vec<String>> {
    let script = script(text);
    let mut found = Vec::new();
    collect(&script.body, &mut found);
    found
}

fn collect(block: &[Statement], found: &mut Vec<Vec<String>>) {
    let words = |words: &[Word], found: &mut Vec<Vec<String>>| {
        for block in words.iter().flat_map(|word| &word.commands) {
            collect(block, found);
        }
    };
    for statement in block {
        for redirect in &statement.redirects {
            words(redirect.target.as_slice(), found);
        }
        match &statement.form {
            Form::Simple(simple) => {
                for assignment in simple.assignments.iter().chain(&simple.declared) {
                    words(assignment.value.as_slice(), found);
                    words(&assignment.elements, found);
                }
                words(&simple.words, found);
                for redirect in &simple.redirects {
                    words(redirect.target.as_slice(), found);
                    for block in redirect.heredoc.iter().flat_map(|heredoc| &heredoc.commands) {
                        collect(block, found);
                    }
                }
                if !simple.words.is_empty() {
                    found.push(simple.words.iter().map(|word| word.value.clone()).collect());
                }
            }
            Form::List { first, rest } => {
                collect(std::slice::from_ref(first), found);
                for link in rest {
                    collect(std::slice::from_ref(&link.statement), found);
                }
            }
            Form::Pipeline(parts) => collect(parts, found),
            Form::Group { body, .. } => collect(body, found),
            Form::If { arms, otherwise } => {
                for arm in arms {
                    collect(&arm.condition, found);
                    collect(&arm.body, found);
                }
                collect(otherwise.as_deref().unwrap_or_default(), found);
            }
            Form::While { condition, body, .. } => {
                collect(condition, found);
                collect(body, found);
            }
            Form::For { words: list, body, .. } => {
                words(list, found);
                collect(body, found);
            }
            Form::Case { subject, arms } => {
                words(std::slice::from_ref(subject), found);
                for arm in arms {
                    collect(&arm.body, found);
                }
            }
            Form::Function { body, .. } => collect(std::slice::from_ref(body), found),
            Form::Test(list) => words(list, found),
        }
    }
}

fn lines(text: &str) -> Vec<String> {
    commands(text).into_iter().map(|words| words.join(" ")).collect()
}

#[test]
fn words_lose_their_quotes_and_keep_their_places() {
    let script = script("echo a\\ b\"c \\\"d\\q\"'e'$x  # no words");
    assert!(script.faults.is_empty());
    let simple = script.body[0].simple().unwrap();
    let word = &simple.words[1];
    assert_eq!(word.value, "a bc \"d\\qe$x");
    assert!(word.dynamic);
    assert_eq!(word.quoting, Quoting::Mixed);
    assert_eq!(&script.passage.text()[word.range.clone()], "a\\ b\"c \\\"d\\q\"'e'$x");
    assert_eq!(simple.words.len(), 2);
}

#[test]
fn quoting_is_told_apart() {
    let script = script("x a 'a b' \"a $b\" 'a'b \"a\"\"b\"");
    let simple = script.body[0].simple().unwrap();
    let quoting: Vec<_> = simple.words.iter().skip(1).map(|word| word.quoting).collect();
    assert_eq!(quoting[..4], [Quoting::None, Quoting::Single, Quoting::Double, Quoting::Mixed]);
    assert!(!simple.words[1].dynamic && simple.words[3].dynamic);
}

#[test]
fn continuations_comments_and_operators() {
    let text = "# flyctl deploy\nflyctl deploy \\\n  --remote-only && ls | tee x; a & b\n! c || d";
    assert_eq!(lines(text), ["flyctl deploy --remote-only", "ls", "tee x", "a", "b", "c", "d"]);
}

#[test]
fn two_heredocs_on_one_line() {
    let text = "cat <<A - <<-'B' && ls\nrun $(k l)\nA\n\tfly deploy\n\tB\nnext\n";
    assert_eq!(lines(text), ["k l", "cat -", "ls", "next"]);
    let script = script(text);
    assert!(script.faults.is_empty(), "{:?}", script.faults);
    let Form::List { first, .. } = &script.body[0].form else { panic!() };
    let bodies: Vec<_> =
        first.simple().unwrap().redirects.iter().filter_map(|r| r.heredoc.as_ref()).collect();
    assert_eq!(&text[bodies[0].body.clone()], "run $(k l)\n");
    assert!(text[bodies[1].body.clone()].starts_with("\tfly deploy\n"));
}

#[test]
fn compound_commands_hold_commands() {
    let text = "f() { a; }\nfunction g { b; }\nif c; then d; elif e; then f; else g; fi\n\
                for i in $(h); do i; done\nwhile j; do k; done\ncase $(l) in x|y) m;; *) n;; esac\n\
                ( o ); { p; } >$(q)\n[[ -f $(r) ]] && (( s++ ))\nselect z in t; do u; done\nuntil v; do w; done";
    let expected = "a b c d e f g h i j k l m n o q p r u v w";
    assert_eq!(lines(text).join(" "), expected);
}

#[test]
fn substitutions_are_commands() {
    let text = "x=$(a b) y=`c \\`d\\`` e \"${f:-$(g h)}\" <(i) >(j) $((1 + $(k)))\nexport L=$(m) N";
    let found = lines(text);
    for wanted in ["a b", "g h", "i", "j", "k", "m"] {
        assert!(found.iter().any(|line| line == wanted), "{wanted} in {found:?}");
    }
    assert_eq!(found.last().unwrap(), "export L=$(m) N");
}

#[test]
fn loops_with_braces_are_loops() {
    for text in [
        "for x in \"$@\"; { a; b \"$x\"; }\nc",
        "a\nfor x in 1 2\n{ b\n}\nc",
        "f() {\n  for x; { a; }\n  b\n}\nc",
        "for x in 1; { a; }\nfor y in 2; { b; }\nc",
    ] {
        let script = script(text);
        assert!(script.faults.is_empty(), "{text}: {:?}", script.faults);
        let found = lines(text).join(" ").replace(" $x", "");
        assert_eq!(found, "a b c", "{text}");
    }
}

#[test]
fn zsh_is_read_as_such() {
    let text = "#!/usr/bin/env zsh\nfor f (*.sql(.N)) { print $f }\nfiles=(${(f)\"$(ls)\"})\nif [[ -n $files ]] { fly deploy }\n";
    assert!(script(text).zsh);
    assert!(lines(text).iter().any(|line| line == "fly deploy"), "{:?}", lines(text));
    assert!(!script("#!/bin/bash\nzsh -c x").zsh);
}

#[test]
fn builtins_are_simple_commands() {
    let text = "X=1 exit 1\nreturn\nset -euo pipefail\nlocal a=b\nbreak 2 || true";
    assert_eq!(lines(text), ["exit 1", "return", "set -euo pipefail", "local a=b", "break 2", "true"]);
}

#[test]
fn line_ends_of_windows_and_a_byte_order_mark() {
    let text = "\u{feff}cat <<EOF\r\n本文 $(a)\r\nEOF\r\nfly deploy -a 'ショップ' \\\r\n  --now\r\n";
    assert_eq!(lines(text), ["a", "cat", "fly deploy -a ショップ --now"]);
    let script = script(text);
    assert!(script.faults.is_empty(), "{:?}", script.faults);
    let word = &script.body[1].simple().unwrap().words[3];
    let span = script.passage.exact(word.range.clone()).unwrap();
    assert_eq!(&text[span.start as usize..span.end as usize], "'ショップ'");
}

#[test]
fn japanese_and_emoji_keep_their_bytes() {
    let text = "echo \"🚀 デプロイ開始\" && fly deploy # 本番\n";
    assert_eq!(lines(text), ["echo 🚀 デプロイ開始", "fly deploy"]);
}

#[test]
fn a_word_with_a_placeholder_is_dynamic_but_one_with_a_decoded_quote_is_not() {
    let host = Passage::file(FileId(0), Arc::from("fly deploy -a ${{ inputs.app }} -c \\\"x y\\\""));
    let mut derivation = host.derive();
    derivation
        .keep(0..14)
        .swap(14..31, "__expr__")
        .keep(31..35)
        .swap(35..37, "\"")
        .keep(37..40)
        .swap(40..42, "\"");
    let script = parse(&derivation.finish());
    let words = &script.body[0].simple().unwrap().words;
    assert_eq!(words[3].value, "__expr__");
    assert!(words[3].dynamic);
    assert_eq!(words[5].value, "x y");
    assert!(!words[5].dynamic);
}

#[test]
fn text_in_text_in_text_keeps_its_place() {
    let text = "bash -c 'sh -c \"fly deploy \\\"$APP\\\"\"' x";
    let outer = script(text);
    let word = &outer.body[0].simple().unwrap().words[2];
    let middle = parse(&word.passage(&outer.passage));
    let word = &middle.body[0].simple().unwrap().words[2];
    assert_eq!(word.value, "fly deploy \"$APP\"");
    let inner = parse(&word.passage(&middle.passage));
    let words = &inner.body[0].simple().unwrap().words;
    let span = inner.passage.exact(words[1].range.clone()).unwrap();
    assert_eq!(&text[span.start as usize..span.end as usize], "deploy");
    let span = inner.passage.locate(words[2].range.clone());
    assert_eq!(&text[span.start as usize..span.end as usize], "\\\"$APP\\\"");
}

#[test]
fn a_substitution_in_a_nested_script_is_read_once() {
    let outer = script("bash -c \"fly deploy -a $(name) -e \\$X\"");
    let word = &outer.body[0].simple().unwrap().words[2];
    assert_eq!(word.value, "fly deploy -a $(name) -e $X");
    let inner = parse(&word.passage(&outer.passage));
    let words = &inner.body[0].simple().unwrap().words;
    assert_eq!(words[3].value, OUTPUT);
    assert!(words[3].dynamic && words[3].commands.is_empty());
    assert!(words[5].dynamic);
}

#[test]
fn broken_scripts_still_have_commands() {
    let found = lines("a 1\nif b; then\n  c\n  fly deploy\nd\n");
    assert_eq!(found, ["a 1", "b", "c", "fly deploy", "d"]);
    let found = lines("a\necho 'it is\nfly deploy\nls && x");
    assert!(found.contains(&"fly deploy".to_owned()) && found.contains(&"a".to_owned()), "{found:?}");
    assert_eq!(lines("a; fi; b\nc"), ["a", "b", "c"]);
    assert_eq!(lines("x $(fly deploy\nls"), ["x $", "fly deploy", "ls"]);
}

#[test]
fn faults_are_on_one_line_at_their_words() {
    for (text, place) in [
        ("a\nif b; then\n c\n", "if"),
        ("ls\necho 'it is\nfly deploy\n", "'it"),
        ("a; fi; b\n", "fi"),
        ("日本 ) x\n", ")"),
        ("cat <<EOF\nfly deploy\n", "<<EOF"),
    ] {
        let script = script(text);
        assert_eq!(script.faults.len(), 1, "{text}: {:?}", script.faults);
        assert_eq!(&script.passage.text()[script.faults[0].range.clone()], place, "{:?}", script.faults);
    }
}

#[test]
fn hostile_input_ends() {
    let n = 100_000;
    for text in [
        "(".repeat(n),
        "$(".repeat(n),
        "{ ".repeat(n),
        "\"$(".repeat(n),
        "`".repeat(n),
        "if ".repeat(n),
        "<<A ".repeat(n),
        "\\".repeat(n),
        "${x:-".repeat(n),
        "$((".repeat(n),
        "[[ ( ".repeat(n),
        "a && ".repeat(n),
        "a | ".repeat(n),
        "a\n)\n".repeat(n / 10),
        "case x in ".repeat(n),
        "! ".repeat(n),
        "x=( ".repeat(n),
        ";".repeat(2 * 1024 * 1024),
        "\n".repeat(1024 * 1024),
        "'".to_owned(),
        "\"".to_owned(),
        String::new(),
        "\u{feff}".to_owned(),
        "\r".to_owned(),
        "日".to_owned(),
        "<<".to_owned(),
        "\"\"<<''`\n`".to_owned(),
    ] {
        let _ = script(&text);
    }
}

proptest! {
    #[test]
    fn any_text_gives_a_tree_with_places_in_the_text(text in "[ -~\\n\\r日🚀]{0,120}|([a-c$(){}\"'`;&|<>\\\\\\n\\r# =]|if |then |fi |do |done |<<A\\n|日){0,80}") {
        let script = script(&text);
        let all = script.passage.text();
        for fault in &script.faults {
            prop_assert!(all.get(fault.range.clone()).is_some());
            prop_assert!(!all[fault.range.clone()].contains('\n') || fault.range.len() == 1);
        }
        check(&script.body, all)?;
    }
}

fn check(block: &[Statement], all: &str) -> Result<(), TestCaseError> {
    for statement in block {
        prop_assert!(all.get(statement.range.clone()).is_some(), "{statement:?}");
        if let Form::Simple(simple) = &statement.form {
            for word in &simple.words {
                prop_assert!(all.get(word.range.clone()).is_some(), "{word:?}");
                for part in &word.parts {
                    prop_assert!(part.range.start >= word.range.start && part.range.end <= word.range.end);
                    prop_assert!(all.get(part.range.clone()).is_some());
                }
                for inner in &word.commands {
                    check(inner, all)?;
                }
            }
        }
    }
    Ok(())
}
