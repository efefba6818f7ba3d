use super::*;
use crate::facts::words::unresolved;
use crate::facts::{FactRef, Reading};
use crate::read::Settings;
use crate::text::FileId;

fn repo(files: &[(&str, &str)]) -> Repo {
    let mut repo = Repo::default();
    for (path, text) in files {
        repo.insert(path, text.as_bytes().to_vec(), false);
    }
    repo
}

/// The facts of the files, linked. A Makefile's targets are told by its lines without blanks.
fn facts(repo: &Repo) -> Facts {
    let settings = Settings::default();
    let readings = repo.ids().map(|id| {
        let made = repo.path(id).ends_with("Makefile");
        if made { makefile(repo, id) } else { crate::read::file(repo, id, &settings) }
    });
    let (mut facts, findings) = Facts::gather(readings.collect());
    assert!(findings.is_empty(), "{findings:?}");
    super::super::link(&mut facts, repo, &settings);
    facts
}

fn makefile(repo: &Repo, id: FileId) -> Reading {
    let mut out = Reading::default();
    let span = Span::point(id, 0);
    let file = out.add(Fact::new(file::KIND, span).with(file::PATH, repo.path(id), span).with(
        file::READER,
        "make",
        span,
    ));
    assert_eq!(file, FactRef(0));
    for line in repo.file(id).text.lines() {
        if let Some(name) = line.strip_suffix(':') {
            let fact =
                Fact::new(task::KIND, span).with(task::NAME, name, span).with(task::RUNNER, "make", span);
            let first = out.facts.len() == 1;
            out.add(fact.with(task::DEFAULT, first, span).inside(Some(file)));
        }
    }
    out
}

/// What the line, in a script at the root, calls: found tasks, `!` before missing ones, `?` before
/// unknown ones; `-` and `+` with parameters that lack an argument and with what is too much.
fn told(files: &[(&str, &str)], line: &str) -> String {
    let mut files = files.to_vec();
    let script = format!("#!/bin/sh\n{line}\n");
    files.push(("run.sh", &script));
    let repo = repo(&files);
    let facts = facts(&repo);
    let of_script = |id: &&FactId| repo.path(facts.get(**id).span.file) == "run.sh";
    let calls = facts.of_kind(task_call::KIND).iter().filter(of_script);
    let words: Vec<String> = calls
        .map(|&id| {
            let fact = facts.get(id);
            let sign = match fact.bool(task_call::FOUND) {
                Some(true) => "",
                Some(false) => "!",
                None => "?",
            };
            let mut text = format!("{sign}{}", fact.text(task_call::NAME).unwrap_or_default());
            for (word, _) in fact.list(task_call::ARGUMENTS) {
                text.extend([" ", word]);
            }
            for (word, _) in fact.list(task_call::MISSING) {
                text.extend([" -", word]);
            }
            if let Some(word) = fact.text(task_call::EXTRA) {
                text.extend([" +", word]);
            }
            text
        })
        .collect();
    words.join(", ")
}

const JUSTFILE: (&str, &str) = (
    "justfile",
    "import 'ops/more.just'\nmod db\nx := '1'\nalias d := deploy\nalias m := db::migrate\n\
     build:\n  echo\ndeploy env region='nrt':\n  echo\nall *args:\n  echo\n[windows]\nbuild:\n  dir\n",
);
const MORE: (&str, &str) = ("ops/more.just", "shared: build\n  echo\n");
const DB: (&str, &str) = ("db/mod.just", "check:\n  echo\nmigrate env:\n  echo\n");

#[test]
fn words_of_just_are_shared_out_among_recipes() {
    let files = [JUSTFILE, MORE, DB, ("web/.justfile", "start:\n  echo\n")];
    for (line, expected) in [
        ("just", "build"),
        ("just build shared", "build, shared"),
        ("just x=2 build", "build"),
        ("just --set x 2 build", "build"),
        ("just d production", "d production"),
        ("just deploy production iad build", "deploy production iad, build"),
        ("just deploy", "deploy -env"),
        ("just deploy a b c", "deploy a b +c"),
        ("just build c", "build, !c"),
        ("just all a --flag build", "all a --flag build"),
        ("just deploy $ENVS", "deploy $ENVS"),
        ("just deploy \"$@\" x y", "deploy $@ x"),
        ("just db", "db"),
        ("just db check build", "db::check, build"),
        ("just db::migrate staging", "db::migrate staging"),
        ("just db nothing", "!nothing"),
        ("just m", "m"),
        ("just web/start", "start"),
        ("just -f web/.justfile start", "start"),
        ("just --justfile=nowhere start", "start"),
        ("just --justfile=nowhere build", "build"),
        ("just --list; just -n nothing; just --show x; just -V", ""),
        ("just $X", ""),
        ("cd web && just start", "start"),
        ("cd ops && just shared", "shared"),
        ("cd /elsewhere && just nothing", "?nothing"),
        ("just nothing", "!nothing"),
    ] {
        let told = told(&files, line);
        let told = told.trim_start_matches("?$X");
        assert_eq!(told, expected, "{line}");
    }
}

#[test]
fn what_was_not_read_may_have_the_recipe() {
    let files = [("justfile", "import 'gone.just'\nmod far '../far'\na:\n  echo\n")];
    assert_eq!(told(&files, "just b"), "?b");
    assert_eq!(told(&files, "just far b"), "?far b");
    assert_eq!(told(&[], "just b"), "?b");
}

#[test]
fn recipes_that_others_need_are_looked_for_in_their_own_namespace() {
    let of = |path: &'static str, text: &'static str| {
        let root = ("justfile", "import 'a.just'\nmod m\nbuild:\n  echo\nown:\n  echo\n");
        let repo = repo(&[root, (path, text)]);
        let facts = facts(&repo);
        let calls = facts.of_kind(task_call::KIND).iter().map(|&id| facts.get(id));
        calls.map(|fact| (fact.bool(task_call::FOUND), fact.text(task_call::FILE).map(str::to_owned))).next()
    };
    let at = |path: &str| Some(path.to_owned());
    assert_eq!(of("a.just", "x: build\n"), Some((Some(true), at("justfile"))));
    assert_eq!(of("m.just", "x: build\n"), Some((Some(false), at("m.just"))));
    assert_eq!(of("orphan.just", "x: build\n"), Some((None, None)));
    assert_eq!(of("a.just", "x: (build 'y')\n"), Some((Some(true), at("justfile"))));
}

#[test]
fn targets_of_make_are_found_in_their_makefile() {
    let closed =
        [("Makefile", "all:\ndeploy:\nbuild-%:\n"), ("sub/Makefile", "install:\n"), ("docs/a.md", "")];
    for (line, expected) in [
        ("make", "all"),
        ("make deploy ENV=production all", "deploy, all"),
        ("make build-web", "build-web"),
        ("make -C sub install", "install"),
        ("make -f sub/Makefile install", "install"),
        ("gmake nothing", "?nothing"),
        ("make docs", "?docs"),
        ("make -n nothing", ""),
    ] {
        assert_eq!(told(&closed, line), expected, "{line}");
    }
    let plain = [("Makefile", "all:\n")];
    assert_eq!(told(&plain, "make nothing x.o docs/"), "!nothing, ?x.o, ?docs/");
    let open = [("Makefile", "include x.mk\nall:\n")];
    assert_eq!(told(&open, "make nothing"), "?nothing");
}

#[test]
fn targets_of_nx_are_never_missing() {
    for (line, expected) in [
        ("nx run shop:deploy:production", "?shop:deploy"),
        ("nx deploy shop", "?shop:deploy"),
        ("npx nx run-many -t build,test", "?build, ?test"),
        ("nx graph; nx reset", ""),
    ] {
        assert_eq!(told(&[], line), expected, "{line}");
    }
}

#[test]
fn parameters_get_arguments_and_defaults() {
    let line = "#!/bin/sh\njust x-y=2 deploy production\njust d a b\njust all p q\n";
    let repo = repo(&[JUSTFILE, MORE, DB, ("run.sh", line)]);
    let facts = facts(&repo);
    let of_script = |id: &&FactId| repo.path(facts.get(**id).span.file) == "run.sh";
    let told: Vec<String> = facts
        .of_kind(command::KIND)
        .iter()
        .filter(of_script)
        .map(|&id| {
            let task = facts.get(facts.calls(id)[0]);
            let pairs = bindings(task, facts.get(id));
            pairs.iter().map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>().join(" ")
        })
        .collect();
    assert_eq!(told, ["env=production x_y=2 region=nrt", "env=a region=b", "args=p q"]);
}

#[test]
fn a_task_does_what_its_commands_do_or_its_name_tells() {
    let text = "deploy:\n  flyctl deploy\nseed:\n  ./tool\n";
    let repo =
        repo(&[("justfile", text), ("run.sh", "#!/bin/sh\njust deploy\njust seed\nmake db:migrate\n")]);
    let facts = facts(&repo);
    let of_script = |id: &&FactId| repo.path(facts.get(**id).span.file) == "run.sh";
    let commands: Vec<&Fact> =
        facts.of_kind(command::KIND).iter().filter(of_script).map(|&id| facts.get(id)).collect();
    assert!(commands[0].has(command::REACHES, "deploy"));
    assert!(commands[1].has(command::EFFECTS, "seed"));
    assert!(commands[2].has(command::EFFECTS, "migrate"));
}

#[test]
fn recipes_that_need_each_other_end() {
    let text = "import 'justfile'\nmod m '.'\na: b\n  just m m m a\nb: a\n  just a\n";
    let repo = repo(&[("justfile", text)]);
    let facts = facts(&repo);
    assert!(facts.of_kind(unresolved::KIND).is_empty());
}
