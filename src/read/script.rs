//! Shell script files. Knows how they begin; what their commands mean is `command`'s to know.

use super::command::{self, Site};
use super::{Reader, Settings, hooks};
use crate::facts::words::file;
use crate::facts::{Fact, Reading};
use crate::repo::Repo;
use crate::syntax::shell::is_shell;
use crate::text::{FileId, Span};

/// Reads a shell script. A file whose first line names another interpreter gives only its `file`
/// fact. Scripts are taken to run from the repository's root, as workflows and teams do.
#[must_use]
pub fn read(repo: &Repo, id: FileId, settings: &Settings) -> Reading {
    let mut out = Reading::default();
    let path = repo.path(id);
    let passage = repo.passage(id);
    let start = Span::point(id, 0);
    let fact = Fact::new(file::KIND, passage.span()).with(file::PATH, path, start);
    let fact = out.add(fact.with(file::READER, Reader::Shell.name(), start));
    let options = match Shebang::of(passage.text()) {
        Some(Shebang { shell: false, .. }) => return out,
        Some(shebang) => shebang,
        None => Shebang { shell: true, errexit: false, pipefail: false },
    };
    let hook = hooks::script(path);
    let site = Site {
        host: hook.as_ref().map_or("script", |_| "hook"),
        phase: hook.as_ref().map(|hook| hook.phase),
        parent: Some(fact),
        directory: Some(hook.as_ref().map_or("", |hook| hook.directory).to_owned()),
        errexit: options.errexit || hook.as_ref().is_some_and(|hook| hook.errexit),
        pipefail: options.pipefail,
        ignored: None,
        guard: Vec::new(),
        settings,
    };
    command::shell_file(&mut out, &passage, &site, Some(path));
    out
}

/// What the first line says about the interpreter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Shebang {
    shell: bool,
    errexit: bool,
    pipefail: bool,
}

impl Shebang {
    fn of(text: &str) -> Option<Self> {
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        let line = text.strip_prefix("#!")?.lines().next()?;
        let mut words = line.split_whitespace();
        let base = |path: &str| path.rsplit('/').next().unwrap_or_default().to_owned();
        let mut program = base(words.next()?);
        if program == "env" {
            program = base(words.by_ref().find(|word| !word.starts_with('-') && !word.contains('='))?);
        }
        let shell = is_shell(&program) || program == "busybox";
        let flags: Vec<&str> = words.collect();
        let short = |letter: char| {
            flags.iter().any(|flag| flag.starts_with('-') && !flag.starts_with("--") && flag.contains(letter))
        };
        Some(Self {
            shell,
            errexit: short('e') || flags.contains(&"errexit"),
            pipefail: flags.contains(&"pipefail"),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::facts::words::{command, unresolved};

    fn reading(path: &str, text: &str) -> Reading {
        let mut repo = Repo::default();
        let id = repo.insert(path, text.as_bytes().to_vec(), false);
        read(&repo, id, &Settings::default())
    }

    fn of_kind(reading: &Reading, kind: crate::facts::Kind) -> Vec<&Fact> {
        reading.facts.iter().filter(|fact| fact.kind == kind).collect()
    }

    #[test]
    fn the_first_line_tells_the_shell_and_its_options() {
        assert_eq!(
            Shebang::of("#!/bin/bash -eo pipefail\n"),
            Some(Shebang { shell: true, errexit: true, pipefail: true })
        );
        assert!(Shebang::of("#!/usr/bin/env -S bash -e\r\n").is_some_and(|it| it.shell && it.errexit));
        assert!(Shebang::of("#!/usr/bin/env python3\n").is_some_and(|it| !it.shell));
        assert!(Shebang::of("\u{feff}#!/bin/sh").is_some_and(|it| it.shell));
        assert_eq!(Shebang::of("set -e"), None);
        assert_eq!(Shebang::of("#!"), None);
    }

    #[test]
    fn another_language_gives_no_commands() {
        let reading = reading("scripts/release", "#!/usr/bin/env node\nconst x = `ls`;\n");
        assert_eq!(reading.facts.len(), 1);
        assert!(reading.findings.is_empty());
    }

    #[test]
    fn a_script_knows_where_it_lies() {
        let text = "#!/bin/bash\nset -euo pipefail\n\
                    ROOT=\"$(cd \"$(dirname \"${BASH_SOURCE[0]}\")/..\" && pwd)\"\n\
                    cd \"$ROOT\"\n./scripts/migrate.sh\n\"$ROOT/ops/seed.sh\" 本番\n\
                    source \"$(dirname \"$0\")/lib.sh\"\ncd \"$ELSEWHERE\"\n./x.sh\n";
        let reading = reading("scripts/release.sh", text);
        let targets: Vec<_> =
            of_kind(&reading, command::KIND).iter().filter_map(|fact| fact.text(command::TARGET)).collect();
        assert_eq!(targets, ["scripts/migrate.sh", "ops/seed.sh", "scripts/lib.sh"]);
        assert_eq!(of_kind(&reading, unresolved::KIND).len(), 1);
        assert!(of_kind(&reading, command::KIND).iter().all(|fact| fact.parent.is_some()));
    }

    #[test]
    fn what_only_zsh_understands_is_no_fault() {
        let reading = reading("a.sh", "#!/bin/zsh\nfor x in 1; do (( done\nfly deploy\n");
        assert!(reading.findings.is_empty());
        assert_eq!(of_kind(&reading, unresolved::KIND).len(), 1);
        assert!(of_kind(&reading, command::KIND).iter().any(|fact| fact.has(command::EFFECTS, "deploy")));
    }

    #[test]
    fn a_broken_script_is_a_finding_at_its_place_and_still_read() {
        let text = "flyctl deploy\nif true; then\n  echo 日本\n";
        let reading = reading("a.sh", text);
        assert_eq!(reading.findings.len(), 1);
        let span = reading.findings[0].primary.span;
        assert_eq!(&text[span.start as usize..span.end as usize], "if");
        assert!(of_kind(&reading, command::KIND).iter().any(|fact| fact.has(command::EFFECTS, "deploy")));
    }
}
