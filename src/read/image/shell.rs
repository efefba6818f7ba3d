//! Which shell a Dockerfile's shell form runs in, and the commands of one instruction. Knows no
//! command.

use crate::facts::{Fact, Reading, words};
use crate::read::command::{self, Site};
use crate::syntax::dockerfile::{Form, Instruction};
use crate::syntax::shell::is_shell;
use crate::text::Passage;

/// The shell of a stage.
#[derive(Clone, Debug)]
pub(super) enum Shell {
    /// One whose language is read.
    Posix { errexit: bool, pipefail: bool },
    /// Another one, by its program.
    Other(String),
}

impl Default for Shell {
    /// `/bin/sh -c`: only the last command's failure counts.
    fn default() -> Self {
        Self::Posix { errexit: false, pipefail: false }
    }
}

impl Shell {
    /// The shell that a program and its arguments are.
    pub fn named(argv: &[Passage]) -> Self {
        let words: Vec<&str> = argv.iter().map(Passage::text).collect();
        Self::of(&words)
    }

    fn of(argv: &[&str]) -> Self {
        let (program, options) = match argv {
            [env, rest @ ..] if base(env) == "env" => match rest {
                ["-S", program, options @ ..] | [program, options @ ..] => (*program, options),
                [] => ("", &[][..]),
            },
            [program, options @ ..] => (*program, options),
            [] => ("", &[][..]),
        };
        let name = base(program);
        if !is_shell(name) && name != "busybox" {
            return Self::Other(name.to_owned());
        }
        let (mut errexit, mut pipefail) = (false, false);
        let mut expects_name = false;
        for option in options {
            if expects_name {
                errexit |= *option == "errexit";
                pipefail |= *option == "pipefail";
                expects_name = false;
                continue;
            }
            let Some(letters) = option.strip_prefix('-').filter(|letters| !letters.starts_with('-')) else {
                continue;
            };
            errexit |= letters.contains('e');
            expects_name = letters.ends_with('o');
        }
        Self::Posix { errexit, pipefail }
    }

    /// The shell of a script that says which one it wants; `self` where it does not.
    fn of_script(&self, script: &Passage) -> Self {
        let first = script.text().lines().next().unwrap_or_default();
        let Some(line) = first.strip_prefix("#!") else { return self.clone() };
        Self::of(&line.split_whitespace().collect::<Vec<_>>())
    }
}

/// Adds the commands of an instruction that has some, in either form.
pub(super) fn commands(out: &mut Reading, instruction: &Instruction, shell: &Shell, site: &Site<'_>) {
    let (script, shell) = match &instruction.form {
        Form::Exec(words) if words.is_empty() => return,
        Form::Exec(words) => return command::argv(out, &instruction.rest, words, site),
        Form::Shell(script) => (script, shell.clone()),
        Form::Script(script) => (script, shell.of_script(script)),
        Form::Other => return,
    };
    match shell {
        Shell::Posix { errexit, pipefail } => {
            command::shell(out, script, &Site { errexit, pipefail, ..site.clone() });
        }
        Shell::Other(program) => {
            let span = instruction.rest.span();
            let reason = format!("it runs in `{program}`, whose language is not read");
            let text = crate::text::one_line(instruction.rest.text());
            out.add(
                Fact::new(words::unresolved::KIND, span)
                    .inside(site.parent)
                    .with(words::unresolved::WHAT, "command", span)
                    .with(words::unresolved::REASON, reason, span)
                    .with(words::unresolved::TEXT, text, span),
            );
        }
    }
}

/// A program's name without its directory and the suffix that Windows gives it.
fn base(program: &str) -> &str {
    let name = program.rsplit(['/', '\\']).next().unwrap_or(program);
    name.strip_suffix(".exe").unwrap_or(name)
}
