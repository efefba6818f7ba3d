//! What a command's surroundings make of it, and text that is no honest script.

use std::time::Instant;

use proptest::prelude::*;

use super::*;

#[test]
fn functions_are_called_by_name() {
    let read = read("deploy() {\n  fly deploy\n}\ndeploy prod\n");
    assert_eq!(read.texts(), ["fly deploy", "deploy prod"]);
    let call = read.program("deploy");
    assert_eq!((call.text(command::CALLS), call.text(command::TARGET)), (Some("function"), Some("deploy")));
}

#[test]
fn arrays_that_are_set_once_are_their_words() {
    let read = read("a=(--app 店 --image shop:1)\nfly deploy \"${a[@]}\"\n");
    let deploy = read.program("flyctl");
    assert_eq!((flag(deploy, "app"), flag(deploy, "image")), (Some("店"), Some("shop:1")));
    let grown = super::read("a=(--app shop)\na+=(--now)\nfly deploy \"${a[@]}\"\n");
    assert_eq!(flag(grown.program("flyctl"), "app"), None);
}

#[test]
fn functions_that_run_their_arguments_run_commands() {
    let read = read(
        "run() {\n  echo \"+ $*\"\n  \"$@\"\n}\nrun fly deploy --app shop\nretry() { sleep 1; }\nretry 3 ls\n",
    );
    let deploy = read.program("flyctl");
    assert!(deploy.has(command::EFFECTS, "deploy"));
    assert!(read.commands().iter().all(|fact| fact.text(command::PROGRAM) != Some("ls")));
}

#[test]
fn commands_of_functions_are_in_them() {
    let text = "set -e\nfunction ship {\n  fly deploy\n  undo() { fly releases; }\n}\ntrap 'undo 1' EXIT\nfly() { command fly \"$@\"; }\nls\n";
    let read = read(text);
    let functions = read.of_kind(function::KIND);
    let names: Vec<_> = functions.iter().map(|fact| fact.text(function::NAME).unwrap()).collect();
    assert_eq!(names, ["ship", "undo", "fly"]);
    assert!(functions.iter().all(|fact| Some(read.at(fact.span)) == fact.text(function::NAME)));
    let parent = |text: &str| {
        let fact = read.commands().into_iter().find(|fact| fact.text(command::TEXT) == Some(text)).unwrap();
        let parent = fact.parent.map(|parent| &read.reading.facts[parent.0 as usize]);
        (parent.and_then(|fact| fact.text(function::NAME)), fact.text(command::CALLS))
    };
    assert_eq!(parent("fly deploy"), (Some("ship"), Some("function")));
    assert_eq!(parent("fly releases"), (Some("undo"), Some("function")));
    assert_eq!(parent("undo 1"), (None, Some("function")));
    assert_eq!(parent("command fly \"$@\""), (Some("fly"), None));
    assert_eq!(parent("ls"), (None, None));
    assert_eq!(functions[1].parent.map(|parent| &read.reading.facts[parent.0 as usize]), Some(functions[0]));
}

#[test]
fn functions_of_sourced_files_are_called_by_name() {
    let read = read("roll_out a\n. ./lib.sh\nroll_out b\njq .x\necho hi\n[ -f x ]\nsource .env\n");
    let calls: Vec<_> = read.commands().iter().map(|fact| fact.text(command::CALLS)).collect();
    assert_eq!(calls, [None, Some("script"), Some("function"), None, None, None, None]);
}

#[test]
fn directories_are_followed() {
    let text = "cd apps/api\nfly deploy\n(cd ../web; npm ci)\n./x.sh\ncd ..\nbash y.sh\ncd \"$X\"\nls\ncd $GITHUB_WORKSPACE/ops && ./z.sh";
    let read = read(text);
    let at = |program: &str| read.program(program).text(command::DIRECTORY);
    assert_eq!(at("flyctl"), Some("apps/api"));
    assert_eq!(read.program("flyctl").text(command::CONFIG), Some("apps/api/fly.toml"));
    assert_eq!(at("npm"), Some("apps/web"));
    assert_eq!(read.program("x.sh").text(command::TARGET), Some("apps/api/x.sh"));
    assert_eq!(read.program("bash").text(command::TARGET), Some("apps/y.sh"));
    assert_eq!(at("ls"), None);
    assert_eq!(read.program("z.sh").text(command::TARGET), Some("ops/z.sh"));
}

/// Each command's program with what its failure does.
fn failures(read: &Read) -> Vec<(String, Option<String>)> {
    let cause = |fact: &Fact| match fact.text(command::FAILURE) {
        Some("ignored") => fact.text(command::FAILURE_CAUSE).map(ToOwned::to_owned),
        Some(other) => Some(other.to_owned()),
        None => None,
    };
    read.commands()
        .iter()
        .map(|fact| (fact.text(command::PROGRAM).unwrap().to_owned(), cause(fact)))
        .collect()
}

fn failure(text: &str, program: &str) -> Option<String> {
    failures(&read(text)).into_iter().find(|(name, _)| name == program).unwrap().1
}

#[test]
fn failures_are_followed() {
    let say = |text: &str| failure(text, "fly-x");
    assert_eq!(say("fly-x").as_deref(), Some("stops"));
    assert_eq!(say("fly-x || true").as_deref(), Some("|| true"));
    assert_eq!(say("fly-x || :").as_deref(), Some("|| :"));
    assert_eq!(say("fly-x || echo 'so what'").as_deref(), Some("|| echo 'so what'"));
    assert_eq!(say("a && fly-x || true").as_deref(), Some("|| true"));
    assert_eq!(say("fly-x || exit 0").as_deref(), Some("|| exit 0"));
    assert_eq!(say("fly-x || exit 1").as_deref(), Some("stops"));
    assert_eq!(say("fly-x || { echo no; exit 1; }").as_deref(), Some("stops"));
    assert_eq!(say("fly-x || { echo no; }").as_deref(), Some("|| { echo no; }"));
    assert_eq!(say("fail() { echo $1; exit 2; }\nfly-x || fail no").as_deref(), Some("stops"));
    assert_eq!(say("fly-x || fly-y").as_deref(), None);
    assert_eq!(say("fly-x || fly-y || true").as_deref(), Some("|| true"));
    assert_eq!(say("fly-x | tee log").as_deref(), Some("| tee log"));
    assert_eq!(say("set -o pipefail; fly-x | tee log").as_deref(), Some("stops"));
    assert_eq!(say("set -euo pipefail\nfly-x | tee log").as_deref(), Some("stops"));
    assert_eq!(say("set +e\nfly-x\nls").as_deref(), Some("set +e"));
    assert_eq!(say("set +e\nfly-x\nset -e").as_deref(), Some("set +e"));
    assert_eq!(say("set +e\nfly-x\ncode=$?\nset -e").as_deref(), None);
    assert_eq!(say("set +e\nls\nfly-x").as_deref(), Some("stops"));
    assert_eq!(say("if fly-x; then ls; fi").as_deref(), None);
    assert_eq!(say("! fly-x").as_deref(), None);
    assert_eq!(say("(fly-x; ls) || true").as_deref(), Some("|| true"));
    assert_eq!(say("bash -c 'fly-x' || true").as_deref(), Some("|| true"));
    assert_eq!(say("x=$(fly-x)").as_deref(), Some("stops"));
    assert_eq!(say("echo $(fly-x)").as_deref(), Some("$(fly-x)"));
    let read = read_with("fly-x", |site| {
        site.ignored = Some(("continue-on-error: true".into(), Span::point(FileId(0), 0)));
    });
    assert_eq!(failures(&read)[0].1.as_deref(), Some("continue-on-error: true"));
}

#[test]
fn the_words_that_ignore_a_failure_have_their_place() {
    let read = read("ls\nfly-x ||\n  true\n");
    let fact = read.program("fly-x");
    assert_eq!(fact.text(command::FAILURE_CAUSE), Some("|| true"));
    assert_eq!(read.at(fact.get(command::FAILURE_CAUSE).unwrap().span), "||\n  true");
}

#[test]
fn surroundings_are_noted() {
    let text = "if [ \"$E\" = prod ]; then\n  a\nelif b; then\n  c\nelse\n  d\nfi\n\
                case $E in prod|live) e ;; esac\nf && g\nh || i\nj &\nk | l | m\nX=1 Y=\"$Z\" n > out 2>&1\nwhile o; do p; done";
    let read = read(text);
    let guard = |program: &str| list(read.program(program), command::GUARD);
    assert_eq!(guard("a"), "[ \"$E\" = prod ]");
    assert_eq!(guard("c"), "! [ \"$E\" = prod ] b");
    assert_eq!(guard("d"), "! [ \"$E\" = prod ] ! b");
    assert_eq!(guard("e"), "$E is prod|live");
    assert_eq!(guard("g"), "f");
    assert_eq!(guard("i"), "! h");
    assert_eq!(guard("p"), "o");
    assert_eq!(read.program("j").bool(command::BACKGROUND), Some(true));
    assert_eq!(read.program("a").bool(command::BACKGROUND), Some(false));
    let piped = |program: &str| read.program(program).text(command::PIPED);
    assert_eq!((piped("k"), piped("l"), piped("m")), (Some("first"), Some("middle"), Some("last")));
    let n = read.program("n");
    assert_eq!(n.entry(command::ENV, "X").unwrap().0, "1");
    assert_eq!(list(n, command::REDIRECTS), "> out 2>&1");
    let variables: Vec<_> = read.of_kind(variable::KIND);
    assert_eq!(variables.len(), 2);
    assert_eq!(variables[1].bool(variable::LITERAL), Some(false));
    assert_eq!(n.text(command::TEXT), Some("X=1 Y=\"$Z\" n > out 2>&1"));
}

#[test]
fn what_is_known_at_run_time_only_is_said() {
    for text in [
        "$CMD deploy",
        "bash -c \"$CMD\"",
        "eval \"$CMD\"",
        "\"$DIR\"/x.sh",
        "npm run \"$SCRIPT\"",
        "cd $X; ./y.sh",
    ] {
        let read = read(text);
        assert_eq!(read.of_kind(unresolved::KIND).len(), 1, "{text}");
    }
    assert!(read("fly deploy -a $APP").of_kind(unresolved::KIND).is_empty());
    let read = read("$CMD deploy");
    assert_eq!(read.commands()[0].bool(command::DYNAMIC), Some(true));
    assert_eq!(read.commands()[0].bool(command::KNOWN), Some(false));
}

#[test]
fn words_that_may_be_flags_are_said() {
    let reasons = |text: &str| -> Vec<String> {
        let read = read(text);
        let facts = read.of_kind(unresolved::KIND);
        facts
            .iter()
            .map(|fact| format!("{}: {}", read.at(fact.span), fact.text(unresolved::REASON).unwrap()))
            .collect()
    };
    assert_eq!(reasons("fly deploy $FLAGS $MORE"), ["$FLAGS: `$FLAGS` may hold any flag"]);
    assert_eq!(reasons("docker push \"${ARGS[@]}\" x"), ["\"${ARGS[@]}\": `${ARGS[@]}` may hold any flag"]);
    assert_eq!(reasons("fly deploy \"$@\"").len(), 1);
    for text in [
        "fly deploy \"$DIR\"",
        "docker push $IMAGE",
        "fly deploy -a $APP",
        "docker run shop $ARGS",
        "echo $FLAGS",
    ] {
        assert!(reasons(text).is_empty(), "{text}: {:?}", reasons(text));
    }
    let of = |tool: &str| format!("tasks of `{tool}` are not followed yet");
    for (text, tool) in [("task ship", "task"), ("npx turbo run deploy", "turbo")] {
        let read = read(text);
        let facts = read.of_kind(unresolved::KIND);
        assert_eq!(facts.len(), 1, "{text}");
        assert_eq!(facts[0].text(unresolved::REASON), Some(&*of(tool)));
    }
    assert!(reasons("turbo login; make --version; nx graph").is_empty());
}

#[test]
fn runners_of_package_scripts_call_them() {
    for text in [
        "run-s build deploy",
        "npx npm-run-all --parallel build deploy",
        "concurrently npm:build \"npm:deploy -- --prod\"",
        "run-p -l 'build -- --x' deploy",
    ] {
        let read = read(text);
        let calls: Vec<_> = read
            .commands()
            .iter()
            .filter(|fact| fact.text(command::CALLS) == Some("package-script"))
            .filter_map(|fact| fact.text(command::TARGET))
            .collect();
        assert_eq!(calls, ["build", "deploy"], "{text}: {:?}", read.texts());
    }
    assert_eq!(read("run-p 'build:*'").of_kind(unresolved::KIND).len(), 1);
    assert_eq!(effects("deno run -A --config deno.json db/migrate.ts"), "migrate");
}

#[test]
fn constants_are_read_as_what_they_hold() {
    let read_one = |text: &str| {
        let read = read(text);
        let fact = read.commands().into_iter().find(|fact| fact.has(command::EFFECTS, "deploy")).cloned();
        (read, fact)
    };
    for text in [
        "FLY=flyctl\n$FLY deploy",
        "readonly FLY=\"/usr/local/bin/flyctl\"; \"${FLY}\" deploy --remote-only",
        "SHIP='fly deploy'; f() { $SHIP -a shop; }",
        "OPTS='--remote-only --strategy rolling'; fly deploy $OPTS",
    ] {
        let (read, fact) = read_one(text);
        let fact = fact.unwrap_or_else(|| panic!("{text}: {:?}", read.texts()));
        assert_eq!(fact.text(command::PROGRAM), Some("flyctl"), "{text}");
        assert_eq!(fact.bool(command::DYNAMIC), Some(false), "{text}");
        assert!(read.of_kind(unresolved::KIND).is_empty(), "{text}");
    }
    let (read, fact) = read_one("FLY=flyctl\n$FLY deploy");
    assert_eq!(read.at(fact.unwrap().get(command::PROGRAM).unwrap().span), "$FLY");
    let (_, fact) = read_one("OPTS='--remote-only --strategy rolling'; fly deploy $OPTS");
    assert_eq!(flag(&fact.unwrap(), "strategy"), Some("rolling"));
    for text in [
        "FLY=flyctl; FLY=other; $FLY deploy",
        "FLY=flyctl; FLY+=2; $FLY deploy",
        "FLY=flyctl; read -r FLY; $FLY deploy",
        "for FLY in a b; do $FLY deploy; done; FLY=flyctl",
        "FLY=$(which fly); $FLY deploy",
    ] {
        assert!(read_one(text).1.is_none(), "{text}");
    }
}

#[test]
fn words_without_a_shell() {
    let text = "[\"npm\", \"run\", \"start && rm\"]";
    let whole = Passage::file(FileId(0), Arc::from(text));
    let words: Vec<_> = [2..5, 9..12, 16..27].into_iter().map(|range| whole.slice(range)).collect();
    let settings = Settings::default();
    let mut reading = Reading::default();
    argv(&mut reading, &whole, &words, &site(&settings));
    argv(&mut reading, &whole, &[], &site(&settings));
    assert_eq!(reading.facts.len(), 1);
    let fact = &reading.facts[0];
    assert_eq!(fact.text(command::TARGET), Some("start && rm"));
    assert_eq!(fact.get(command::TARGET).unwrap().span, Span::new(FileId(0), 16, 27));
    let whole = Passage::file(FileId(0), Arc::from("sh -c \"npm run a && npm run b\""));
    let words = [whole.slice(0..2), whole.slice(3..5), whole.slice(7..29)];
    let mut reading = Reading::default();
    argv(&mut reading, &whole, &words, &site(&settings));
    assert_eq!(reading.facts.len(), 2);
}

#[test]
fn swapped_words_are_dynamic_commands() {
    let host = Passage::file(FileId(0), Arc::from("${{ matrix.cmd }} deploy -a ${{ inputs.app }}"));
    let mut derivation = host.derive();
    derivation.swap(0..17, "__expr__").keep(17..28).swap(28..45, "__expr__");
    let passage = derivation.finish();
    let settings = Settings::default();
    let mut reading = Reading::default();
    shell(&mut reading, &passage, &site(&settings));
    assert_eq!(reading.facts[0].bool(command::DYNAMIC), Some(true));
    assert_eq!(reading.facts[0].span, Span::new(FileId(0), 0, 45));
    assert_eq!(reading.facts[1].kind, unresolved::KIND);
}

#[test]
fn line_ends_bom_and_japanese() {
    let text = "\u{feff}# 本番へ\r\nfly deploy \\\r\n  -a 'お店🛒' || true\r\nls\r\n";
    let read = read(text);
    let fact = read.program("flyctl");
    assert_eq!(flag(fact, "app"), Some("お店🛒"));
    assert_eq!(read.at(fact.entry(command::FLAGS, "app").unwrap().1), "-a 'お店🛒'");
    assert_eq!(fact.text(command::TEXT), Some("fly deploy -a 'お店🛒'"));
    assert_eq!(fact.text(command::FAILURE_CAUSE), Some("|| true"));
}

#[test]
fn hostile_input_ends() {
    let deep = (0..60).fold("fly deploy".to_owned(), |inner, _| {
        format!("bash -c '{}'", inner.replace('\'', "'\\''")).chars().take(20_000).collect()
    });
    for text in [
        deep,
        "ssh h ".repeat(20_000),
        "sudo ".repeat(50_000),
        "(".repeat(100_000),
        "a && ".repeat(50_000) + "b",
        "a1 && ".repeat(900) + "b || true",
        "if a; then ".repeat(90) + "b" + &"; fi".repeat(90),
        "f() { ".repeat(90) + "b" + &"; }".repeat(90),
        "echo $(".repeat(45) + "b" + &")".repeat(45),
        "docker exec x ".repeat(10_000),
        "f() { f; }; f || f".to_owned(),
        format!("npm {}", "--x ".repeat(50_000)),
        format!("fly deploy {}", "-e A=1 ".repeat(20_000)),
        format!("case x in {} esac", "a) b ;; ".repeat(5_000)),
        format!("cd {}", "../".repeat(10_000)),
        "x=$(".to_owned(),
        "-".to_owned(),
        "\"\" ''".to_owned(),
        "--".to_owned(),
        "env".to_owned(),
        "bash -c".to_owned(),
        "npx".to_owned(),
        "$(a)".to_owned(),
    ] {
        let start = Instant::now();
        let _ = read(&text);
        assert!(start.elapsed().as_secs() < 20, "{} took {:?}", &text[..text.len().min(40)], start.elapsed());
    }
}

proptest! {
    #[test]
    fn any_script_gives_facts_in_its_bounds(
        text in "((fly|npm|bash|sh|ssh|env|sudo|docker|npx|eval|cd|set|node|typeorm|xargs|-c|-e|--|deploy|run|exec|'|\"|`|\\$\\(|\\$x|\\)|;|&&|\\|\\||\\||&|=|A=1|\\n|\\r\\n|if|then|fi|\\{|\\}|<<E|日本|🚀|\\\\| ) ?){0,40}"
    ) {
        let read = read(&text);
        for fact in &read.reading.facts {
            for span in fact.fields().map(|(_, slot)| slot.span).chain([fact.span]) {
                prop_assert!(text.get(span.start as usize..span.end as usize).is_some(), "{fact:?}");
            }
        }
        for finding in &read.reading.findings {
            let span = finding.primary.span;
            prop_assert!(text.get(span.start as usize..span.end as usize).is_some());
        }
    }
}
