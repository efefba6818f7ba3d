use std::sync::Arc;

use proptest::prelude::*;

use super::*;
use crate::text::{FileId, Passage, Span};

fn file(text: &str) -> Passage {
    Passage::file(FileId(0), Arc::from(text))
}

fn said(text: &str, span: Span) -> &str {
    &text[span.start as usize..span.end as usize]
}

fn faults(text: &str) -> Vec<String> {
    parse(&file(text))
        .faults
        .iter()
        .map(|fault| {
            let words = &text[fault.range.clone()];
            assert!(!words.contains('\n'), "{fault:?}");
            format!("{words}: {}", fault.message)
        })
        .collect()
}

/// Keywords, in order.
fn keywords(text: &str) -> Vec<&'static str> {
    parse(&file(text)).instructions.iter().map(|instruction| instruction.keyword).collect()
}

fn only(text: &str) -> Instruction {
    let mut parsed = parse(&file(&format!("FROM a\n{text}")));
    assert_eq!(parsed.instructions.len(), 2, "{:?}", parsed.faults);
    parsed.instructions.remove(1)
}

fn script(instruction: &Instruction) -> String {
    match &instruction.form {
        Form::Shell(text) | Form::Script(text) => text.text().to_owned(),
        other => panic!("{other:?}"),
    }
}

fn exec(instruction: &Instruction) -> Vec<String> {
    match &instruction.form {
        Form::Exec(words) => words.iter().map(|word| word.text().to_owned()).collect(),
        other => panic!("{other:?}"),
    }
}

/// What the oracle makes of `text`: keywords and the lines that they stand on; `None` if it refuses.
fn oracle(text: &str) -> Option<Vec<(String, usize)>> {
    let line = |at: usize| text[..at].matches('\n').count();
    let mut found = Vec::new();
    for instruction in parse_dockerfile::parse_iter(text).ok()? {
        let instruction = instruction.ok()?;
        let name = format!("{instruction:?}");
        let name = name.split('(').next()?.to_ascii_uppercase();
        let digits = |text: &str| text.chars().take_while(char::is_ascii_digit).collect::<String>();
        let text = format!("{instruction:?}");
        // The first span printed is the keyword's.
        let at = text.find("span: ").map(|at| digits(&text[at + 6..]))?.parse().ok()?;
        found.push((name, line(at)));
    }
    Some(found)
}

fn ours(text: &str) -> Vec<(String, usize)> {
    let line = |at: usize| text[..at].matches('\n').count();
    parse(&file(text))
        .instructions
        .iter()
        .map(|instruction| (instruction.keyword.to_owned(), line(instruction.range.start)))
        .collect()
}

#[track_caller]
fn agrees(text: &str) {
    if let Some(expected) = oracle(text) {
        assert_eq!(ours(text), expected, "{text}");
    }
}

const SHOP: &str = "\u{feff}# syntax=docker/dockerfile:1\r\n\
# Check=skip=JSONArgsRecommended\r\n\
\r\n\
# 本番イメージ 😀\r\n\
ARG NODE=22\r\n\
from --platform=$BUILDPLATFORM node:${NODE}-slim AS 構築\r\n\
RUN\tapt-get update \\  \r\n\
  # 注釈 \\\r\n\
\r\n\
\t&& apt-get install -y 店 \\\r\n\
\t   --no-install-recommends\r\n\
CMD [\"node\", \"dist/\\u65e5.js\"]\r\n";

#[test]
fn every_word_keeps_its_place() {
    let parsed = parse(&file(SHOP));
    assert!(parsed.faults.is_empty(), "{:?}", parsed.faults);
    let directives: Vec<_> = parsed.directives.iter().map(|it| (it.name.as_str(), it.value.text())).collect();
    assert_eq!(directives, [("syntax", "docker/dockerfile:1"), ("check", "skip=JSONArgsRecommended")]);
    let comments: Vec<_> = parsed.comments.iter().map(|range| &SHOP[range.clone()]).collect();
    assert_eq!(comments, ["# 本番イメージ 😀", "# 注釈 \\"]);
    let keywords: Vec<_> = parsed.instructions.iter().map(|instruction| instruction.keyword).collect();
    assert_eq!(keywords, ["ARG", "FROM", "RUN", "CMD"]);

    let from = &parsed.instructions[1];
    assert_eq!(from.flag("platform").unwrap().text(), "$BUILDPLATFORM");
    assert_eq!(from.rest.text(), "node:${NODE}-slim AS 構築");
    assert_eq!(said(SHOP, from.name.span()), "from");

    let run = &parsed.instructions[2];
    assert_eq!(script(run), "apt-get update \t&& apt-get install -y 店 \t   --no-install-recommends");
    let Form::Shell(text) = &run.form else { panic!() };
    let at = text.text().find("install -y 店").unwrap();
    let span = text.exact(at..at + "install -y 店".len()).unwrap();
    assert_eq!(said(SHOP, span), "install -y 店");
    assert!(SHOP[run.range.clone()].starts_with("RUN") && SHOP[run.range.clone()].ends_with("recommends"));

    assert_eq!(exec(&parsed.instructions[3]), ["node", "dist/日.js"]);
    let Form::Exec(words) = &parsed.instructions[3].form else { panic!() };
    assert_eq!(said(SHOP, words[1].span()), "dist/\\u65e5.js");
    assert!(words[1].is_swapped(5..8));
}

#[test]
fn directives_end_at_the_first_other_line() {
    for (text, escape) in [
        ("# escape=`\nFROM a", '`'),
        ("#escape = `\nFROM a", '`'),
        ("# check=error=true\n# ESCAPE=`\nFROM a", '`'),
        ("#!/usr/bin/env docker\n# escape=`\nFROM a", '`'),
        ("# foo=bar\n# escape=`\nFROM a", '\\'),
        ("\n# escape=`\nFROM a", '\\'),
        ("# plain\n# escape=`\nFROM a", '\\'),
    ] {
        assert_eq!(parse(&file(text)).escape, escape, "{text}");
    }
    assert_eq!(
        faults("# escape=x\nFROM a"),
        ["x: the escape character is a backslash or a backtick, not `x`"]
    );
    assert_eq!(
        faults("# syntax=a\n# syntax=b\nFROM a"),
        ["# syntax=b: the directive `syntax` is given twice"]
    );
}

#[test]
fn the_escape_directive_changes_continuations() {
    let parsed = parse(&file("# escape=`\nFROM a\nRUN dir C:\\ `\n  && echo x\nRUN b"));
    assert_eq!(script(&parsed.instructions[1]), "dir C:\\   && echo x");
    assert_eq!(parsed.instructions.len(), 3);
}

#[test]
fn continuations() {
    for (text, expected) in [
        ("RUN a \\\n  b", "a   b"),
        ("RUN a \\ \t\nb", "a b"),
        ("RUN a \\\n\n\nb", "a b"),
        ("RUN a \\\n# no \\\n  # no\nb", "a b"),
        ("RUN a # not a comment \\\nb", "a # not a comment b"),
        ("RU\\\nN a", "a"),
        ("RUN \\\n  a", "a"),
        ("RUN a \\", "a"),
        ("RUN a \\\n# end", "a"),
        ("RUN a \\\r\n b\r\n", "a  b"),
        ("  run\ta", "a"),
        ("\\\nRUN a", "a"),
    ] {
        assert_eq!(script(&only(text)), expected, "{text:?}");
        agrees(&format!("FROM a\n{text}"));
    }
    assert_eq!(keywords("FROM a\nRUN echo \\\\\nRUN b"), ["FROM", "RUN", "RUN"]);
    assert_eq!(keywords("# comment \\\nFROM a"), ["FROM"]);
}

#[test]
fn flags_come_before_the_rest() {
    let run = only("RUN --mount=type=secret,id=npm \\\n  --network=none --foo npm ci --omit=dev");
    let flags: Vec<_> = run
        .flags
        .iter()
        .map(|flag| (flag.name.text().to_owned(), flag.value.as_ref().map(|value| value.text().to_owned())))
        .collect();
    assert_eq!(
        flags,
        [
            ("mount".into(), Some("type=secret,id=npm".into())),
            ("network".into(), Some("none".into())),
            ("foo".into(), None)
        ]
    );
    assert_eq!(script(&run), "npm ci --omit=dev");
    let copy = only("COPY --from=構築 --chown=\"a b:c\" /app /app");
    assert_eq!(copy.flag("from").unwrap().text(), "構築");
    assert_eq!(copy.rest.text(), "/app /app");
}

#[test]
fn json_forms() {
    assert_eq!(exec(&only("CMD [\"a\" , \"b \\\"c\\\"\"]")), ["a", "b \"c\""]);
    assert_eq!(exec(&only("CMD [ \\\n  # note\n  \"a\", \\\n \"b\" ]")), ["a", "b"]);
    assert_eq!(exec(&only("ENTRYPOINT []")), Vec::<String>::new());
    assert_eq!(exec(&only("COPY [\"a b\", \"/\"]")), ["a b", "/"]);
    // What is no JSON array of strings is meant for a shell.
    for text in
        ["CMD ['a']", "CMD [\"a\",]", "CMD [\"a\"] b", "CMD [a]", "CMD [\"a", "CMD [1]", "CMD [\"\\d\"]"]
    {
        assert!(matches!(only(text).form, Form::Shell(_)), "{text}");
    }
    let check = only("HEALTHCHECK --interval=5s CMD [\"curl\", \"-f\"]");
    assert_eq!(exec(check.inner.as_ref().unwrap()), ["curl", "-f"]);
    let check = only("HEALTHCHECK CMD curl -f http://localhost || exit 1");
    assert_eq!(script(check.inner.as_ref().unwrap()), "curl -f http://localhost || exit 1");
    assert!(only("HEALTHCHECK NONE").inner.is_none());
    assert_eq!(script(only("ONBUILD RUN a").inner.as_ref().unwrap()), "a");
}

#[test]
fn heredocs() {
    let run = only("RUN <<EOF\necho 一\r\n# not a comment\n\nFROM x\nEOF\n");
    assert_eq!(script(&run), "echo 一\n# not a comment\n\nFROM x\n");
    assert!(matches!(run.form, Form::Script(_)));
    assert!(run.heredocs[0].expand);

    let run = only("RUN cat <<-'A B' > f && cat <<\"B\"\n\tone $x\n\tA B\ntwo\nB");
    let docs: Vec<_> = run.heredocs.iter().map(|it| (it.end.as_str(), it.expand, it.body.text())).collect();
    assert_eq!(docs, [("A B", false, "one $x\n"), ("B", false, "two\n")]);

    let run = only("RUN 3<<-A cat <<B \\\n  && true\n\tone\n\tA\ntwo\nB\n");
    assert_eq!(script(&run), "3<<-A cat <<B   && true\n\tone\n\tA\ntwo\nB\n");
    let bodies: Vec<_> = run.heredocs.iter().map(|it| it.body.text()).collect();
    assert_eq!(bodies, ["one\n", "two\n"]);

    let copy = only("COPY --chmod=755 <<a <<b /dir/\n1\na\n2\nb");
    assert_eq!(copy.heredocs.len(), 2);
    assert_eq!(only("RUN cat << EOF\nx\nEOF").heredocs[0].word.text(), "<< EOF");
    assert_eq!(only("ONBUILD RUN <<E\nx\nE").inner.unwrap().heredocs[0].body.text(), "x\n");
    for text in
        ["RUN a <<<b", "RUN echo $((1<<3))", "RUN echo \"<<EOF\"", "CMD a <<EOF", "RUN [\"a\", \"<<EOF\"]"]
    {
        assert!(only(text).heredocs.is_empty(), "{text}");
    }
    assert_eq!(keywords("FROM a\nRUN <<E\nE\nRUN b"), ["FROM", "RUN", "RUN"]);
}

#[test]
fn heredocs_that_do_not_end() {
    assert_eq!(faults("FROM a\nRUN <<EOF\necho\n"), ["<<EOF: this heredoc is never closed"]);
    assert_eq!(faults("FROM a\nRUN b \\\n <<EOF <<X\necho\n"), ["<<EOF: this heredoc is never closed"]);
    let text = "FROM a\nRUN <<EOF\necho\n  EOF \nUSER x";
    assert_eq!(faults(text), ["EOF: `EOF` does not end the heredoc: there are blanks around it"]);
    assert_eq!(keywords(text), ["FROM", "RUN", "USER"]);
    // The shell is given an end.
    let run = only("RUN cat <<EOF | sh\necho");
    assert_eq!(script(&run), "cat <<EOF | sh\necho\nEOF\n");
}

#[test]
fn names_and_values() {
    let pairs_of = |text: &str, spaced: bool| -> Vec<(String, Option<String>)> {
        pairs(&file(text), '\\', spaced)
            .into_iter()
            .map(|pair| (pair.name.text().to_owned(), pair.value.map(|value| value.text().to_owned())))
            .collect()
    };
    assert_eq!(
        pairs_of("A=1 B=\"二 2\" C=a\\ b D=", true),
        [
            ("A".into(), Some("1".into())),
            ("B".into(), Some("\"二 2\"".into())),
            ("C".into(), Some("a\\ b".into())),
            ("D".into(), Some(String::new()))
        ]
    );
    assert_eq!(pairs_of("A b  c=d", true), [("A".into(), Some("b  c=d".into()))]);
    assert_eq!(pairs_of("A B=1", false), [("A".into(), None), ("B".into(), Some("1".into()))]);
}

#[test]
fn variables_are_replaced_in_place() {
    let value = file("22-alpine");
    let known = |name: &str| match name {
        "V" => Some(value.clone()),
        "EMPTY" => Some(value.slice(0..0)),
        _ => None,
    };
    let seen = |text: &str| {
        let expansion = expand(&file(text), '\\', &known);
        (expansion.text.text().to_owned(), expansion.known)
    };
    for (text, expected, all_known) in [
        ("node:$V", "node:22-alpine", true),
        ("node:${V}-x", "node:22-alpine-x", true),
        ("${X:-node}:1", "node:1", true),
        ("${X-node}", "node", true),
        ("${EMPTY:-node}", "node", true),
        ("a${EMPTY-b}", "a", true),
        ("${X:-${V}}", "22-alpine", true),
        ("${V:+yes}", "yes", true),
        ("${X}", "${X}", false),
        ("${V#2}", "${V#2}", false),
        ("${X:?no}", "${X:?no}", false),
        ("\"a $V\"", "a 22-alpine", true),
        ("'a $V'", "a $V", true),
        ("a\\$V", "a$V", true),
        ("\"a\\b\"", "a\\b", true),
        ("$", "$", true),
        ("${", "${", true),
        ("${V", "${V", false),
        ("${}x", "${}x", true),
        ("表${V}", "表22-alpine", true),
        ("${V表}", "${V表}", false),
    ] {
        assert_eq!(seen(text), (expected.to_owned(), all_known), "{text}");
    }
}

#[test]
fn values_that_refer_to_each_other_do_not_grow() {
    let value = file(&"x".repeat(300));
    let expansion = expand(&file("$a$a$a$a"), '\\', &|_| Some(value.clone()));
    assert!(!expansion.known && expansion.text.len() < 600);
}

#[test]
fn what_is_no_instruction_is_a_fault_and_the_rest_is_read() {
    let text = "FROM a\nRUM echo\nRUN apt-get update\napt-get install x\nFORM b\nUSER app\n表 x\n";
    assert_eq!(
        faults(text),
        [
            "RUM: `RUM` is no Dockerfile instruction",
            "apt-get: `apt-get` is no Dockerfile instruction",
            "FORM: `FORM` is no Dockerfile instruction",
            "表: `表` is no Dockerfile instruction",
        ]
    );
    assert_eq!(keywords(text), ["FROM", "RUN", "USER"]);
    let helps: Vec<_> = parse(&file(text)).faults.into_iter().filter_map(|fault| fault.help).collect();
    assert_eq!(helps[0], "did you mean `RUN`?");
    assert!(helps[1].contains("lack the `\\`"));
    assert_eq!(helps[2], "did you mean `FROM`?");
}

#[test]
fn what_the_build_refuses_is_a_fault() {
    for (text, expected) in [
        ("", ": this Dockerfile has no instructions"),
        ("# x\n\n", ": this Dockerfile has no instructions"),
        ("ARG a\nRUN b", "ARG: this Dockerfile has no `FROM`"),
        ("ARG a\nRUN b\nFROM c", "RUN: `RUN` stands before the first `FROM`"),
        ("FROM", "FROM: `FROM` says nothing"),
        ("FROM a b", "a b: `FROM` takes an image and perhaps `AS name`"),
        ("FROM a\nENV A", "A: `ENV` sets `name=value`; this is only a part of it"),
        ("FROM a\nENV A=1 \\\n  B c=d", "B: `ENV` sets `name=value`; this is only a part of it"),
        ("FROM a\nSHELL bash", "bash: `SHELL` takes a JSON array of words"),
        ("FROM a\nHEALTHCHECK curl", "curl: `HEALTHCHECK` takes `CMD` with a command, or `NONE`"),
        ("FROM a\nONBUILD x", "x: `ONBUILD` takes another instruction"),
    ] {
        assert_eq!(faults(text), [expected], "{text:?}");
    }
}

#[test]
fn hostile_text_ends() {
    let n = 100_000;
    for unit in [
        "[",
        "RUN \\\n",
        "RUN <<A\n",
        "x\n",
        "\\\n",
        "#\n",
        "FROM a\n",
        "FROM $a${a:-",
        "RUN a <<A <<B\n",
        "\"",
        "FROM ${a:-",
        "ENV a=$a$a ",
        "ONBUILD ",
        "HEALTHCHECK ",
        "--a ",
        "FROM --a ",
        "\r",
        "\t",
        "RUN <<-\t\n",
        "ENV a=\"",
        "CMD [\"",
        "CMD [\"a\",",
        "\u{feff}",
        "表 ",
    ] {
        let text = unit.repeat(n);
        let passage = file(&text);
        let parsed = parse(&passage);
        assert!(parsed.faults.len() <= MAX_FAULTS + 5, "{unit:?}: {}", parsed.faults.len());
        for instruction in parsed.instructions.iter().take(10) {
            let _ = expand(&instruction.rest, parsed.escape, &|_| None);
        }
    }
    let many = format!("RUN a {}\n", "<<A ".repeat(n));
    let _ = parse(&file(&many));
}

#[test]
fn the_oracle_agrees() {
    for text in [
        SHOP.trim_start_matches('\u{feff}'),
        "FROM a\nRUN <<EOF\nx\nEOF\nCOPY <<a <<b /x\n1\na\n2\nb\nCMD [\"x\"]\n",
        "FROM a AS b\nONBUILD RUN x\nHEALTHCHECK --interval=1s CMD x\nENV A=1 \\\n # c\n B=2\nLABEL x=y\n",
        "FROM scratch\nADD --checksum=x https://example.com/a /\nEXPOSE 80\nVOLUME [\"/a\"]\nSTOPSIGNAL TERM\n",
        "FROM a\nWORKDIR /\nSHELL [\"bash\", \"-c\"]\nENTRYPOINT [\"x\"]\nMAINTAINER me\nARG a b=c\nUSER x\n",
    ] {
        assert!(oracle(text).is_some(), "{text}");
        agrees(text);
    }
}

/// Lines that make whole files, right and wrong.
fn dockerfile() -> impl Strategy<Value = String> {
    let line = prop::sample::select(vec![
        "FROM node:22 AS a",
        "from a",
        "RUN echo 一 \\",
        "  && true",
        "# note",
        "",
        "RUN <<EOF",
        "EOF",
        "  EOF",
        "COPY <<A <<'B' /x",
        "A",
        "B",
        "CMD [\"a\", \"b\"]",
        "CMD a && b",
        "ENV A=1 B=\"x y\"",
        "ENV A b c",
        "\tARG X=1",
        "HEALTHCHECK CMD x",
        "ONBUILD RUN y",
        "SHELL [\"sh\", \"-c\"]",
        "USER 1000",
        "x \\ ",
        "\\",
        "LABEL a=b \\",
        "RUN --mount=type=cache,target=/x y",
        "EXPOSE 80/tcp",
    ]);
    let end = prop::sample::select(vec!["\n", "\r\n"]);
    (prop::collection::vec(line, 0..14), end).prop_map(|(lines, end)| lines.join(end))
}

proptest! {
    #[test]
    fn what_the_oracle_reads_is_read_alike(text in dockerfile()) {
        // The oracle does not see a here-document that begins on a continued line; BuildKit does.
        let continued = text.lines().any(|line| line.trim_end().ends_with('\\'));
        if continued && text.contains("<<") {
            return Ok(());
        }
        if let Some(expected) = oracle(&text) {
            prop_assert_eq!(ours(&text), expected, "{}", text);
        }
    }

    #[test]
    fn any_text_is_read(text in prop_oneof![
        dockerfile(),
        "[A-F$\\[\\]{}\"'<>=:# \t\r\n\\\\`表😀-]{0,60}",
        "(FROM|RUN|ENV|COPY|CMD|ONBUILD) [a-c$\\[\\]{}\"'<>=:,# \t\r\n\\\\表😀-]{0,60}",
    ]) {
        let passage = file(&text);
        let parsed = parse(&passage);
        for fault in &parsed.faults {
            prop_assert!(text.get(fault.range.clone()).is_some_and(|words| !words.contains('\n')), "{fault:?}");
        }
        for instruction in &parsed.instructions {
            prop_assert!(text.get(instruction.range.clone()).is_some());
            let words = words(&instruction.rest, parsed.escape);
            for word in words {
                let expansion = expand(&word, parsed.escape, &|name| (name == "A").then(|| passage.clone()));
                prop_assert!(text.get(expansion.text.span().start as usize..).is_some());
            }
            let _ = pairs(&instruction.rest, parsed.escape, true);
        }
    }
}
