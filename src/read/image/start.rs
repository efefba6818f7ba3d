//! What a container starts with: the `ENTRYPOINT`, `CMD` and `HEALTHCHECK` that count, the last of
//! each in a stage. Knows no platform that may override them.

use super::{Image, shell};
use crate::facts::FactRef;
use crate::read::command::{self, Site};
use crate::syntax::dockerfile::{Form, Instruction};
use crate::text::{Passage, Weave};

/// One command that a container starts with.
struct Start<'a> {
    /// The instruction that says it, as an index.
    index: usize,
    host: &'static str,
    command: Command<'a>,
}

enum Command<'a> {
    /// What an instruction says.
    Of(&'a Instruction),
    /// The words of an `ENTRYPOINT` with those of a `CMD` behind them.
    Joined { whole: Passage, words: Vec<Passage> },
}

impl<'a> Image<'a> {
    /// Adds the commands that a container of the stage starts with. `facts` are those of
    /// `instructions`.
    pub(super) fn start(&mut self, instructions: &[Instruction], facts: &[FactRef]) {
        let shell = self.shell();
        for start in starts(instructions) {
            let Some(&fact) = facts.get(start.index) else { continue };
            let site = self.site(start.host, "start", fact);
            match start.command {
                Command::Of(instruction) => shell::commands(&mut self.out, instruction, &shell, &site),
                Command::Joined { whole, words } => command::argv(&mut self.out, &whole, &words, &site),
            }
        }
    }

    pub(super) fn site(&self, host: &'static str, phase: &'static str, parent: FactRef) -> Site<'a> {
        Site {
            host,
            phase: Some(phase),
            parent: Some(parent),
            directory: None,
            errexit: false,
            pipefail: false,
            ignored: None,
            guard: Vec::new(),
            settings: self.settings,
        }
    }
}

/// What a container of a stage with these instructions starts with.
fn starts(instructions: &[Instruction]) -> Vec<Start<'_>> {
    let last = |keyword: &str| {
        let found = instructions.iter().enumerate().rfind(|(_, instruction)| instruction.keyword == keyword);
        found.filter(|(_, instruction)| !instruction.rest.is_empty())
    };
    let mut found = Vec::new();
    let cmd = last("CMD");
    let mut counts = true;
    if let Some((index, entrypoint)) = last("ENTRYPOINT") {
        let words = match &entrypoint.form {
            Form::Exec(words) => Some(words.as_slice()),
            _ => None,
        };
        let arguments = match (words, cmd.map(|(_, cmd)| (cmd, &cmd.form))) {
            (Some(words), Some((cmd, Form::Exec(arguments)))) if takes_arguments(words) => {
                Some(joined(entrypoint, words, cmd, arguments))
            }
            _ => None,
        };
        // A shell form ignores `CMD`. A program gets its words as arguments; a script gets them too
        // and, by custom, runs them in the end.
        counts = words.is_some_and(|words| !takes_arguments(words));
        let command = arguments.unwrap_or(Command::Of(entrypoint));
        found.push(Start { index, host: "docker-start", command });
    }
    if let Some((index, cmd)) = cmd.filter(|_| counts) {
        found.push(Start { index, host: "docker-start", command: Command::Of(cmd) });
    }
    if let Some((index, check)) = last("HEALTHCHECK")
        && let Some(check) = &check.inner
    {
        found.push(Start { index, host: "docker-healthcheck", command: Command::Of(check) });
    }
    found
}

fn joined<'a>(
    entrypoint: &Instruction,
    words: &[Passage],
    cmd: &Instruction,
    arguments: &[Passage],
) -> Command<'a> {
    let mut whole = Weave::at(entrypoint.rest.span());
    whole.keep_all(&entrypoint.rest).put(cmd.rest.span(), " ").keep_all(&cmd.rest);
    Command::Joined { whole: whole.finish(), words: words.iter().chain(arguments).cloned().collect() }
}

/// Whether an entry point's program takes the words of `CMD` as its own arguments, as `node` does
/// and `tini --`; an entry-point script runs them as a command.
fn takes_arguments(entrypoint: &[Passage]) -> bool {
    let Some(program) = entrypoint.first() else { return false };
    let runs_script = entrypoint.iter().any(|word| {
        let name = word.text().rsplit('/').next().unwrap_or_default();
        name.ends_with(".sh") || name.contains("entrypoint")
    });
    !program.is_empty() && !runs_script
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::syntax::dockerfile;
    use crate::text::FileId;

    fn seen(text: &str) -> Vec<String> {
        let parsed = dockerfile::parse(&Passage::file(FileId(0), Arc::from(text)));
        starts(&parsed.instructions)
            .into_iter()
            .map(|start| {
                let said = match start.command {
                    Command::Of(instruction) => instruction.rest.text().to_owned(),
                    Command::Joined { words, .. } => {
                        words.iter().map(Passage::text).collect::<Vec<_>>().join(" ")
                    }
                };
                format!("{} {}: {said}", start.index, start.host)
            })
            .collect()
    }

    #[test]
    fn the_last_of_each_counts() {
        let text = "CMD old\nHEALTHCHECK CMD old\nCMD node a.js\nHEALTHCHECK --retries=2 CMD curl x\n";
        assert_eq!(seen(text), ["2 docker-start: node a.js", "3 docker-healthcheck: curl x"]);
        assert_eq!(seen("HEALTHCHECK CMD old\nHEALTHCHECK NONE\n"), Vec::<String>::new());
    }

    #[test]
    fn an_entry_point_and_its_arguments() {
        let seen_of = |entrypoint: &str, cmd: &str| seen(&format!("ENTRYPOINT {entrypoint}\nCMD {cmd}"));
        assert_eq!(seen_of("[\"node\"]", "[\"表.js\"]"), ["0 docker-start: node 表.js"]);
        assert_eq!(
            seen_of("[\"tini\", \"--\"]", "[\"npm\", \"start\"]"),
            ["0 docker-start: tini -- npm start"]
        );
        assert_eq!(
            seen_of("[\"/docker-entrypoint.sh\"]", "[\"npm\", \"start\"]"),
            ["0 docker-start: [\"/docker-entrypoint.sh\"]", "1 docker-start: [\"npm\", \"start\"]"]
        );
        assert_eq!(seen_of("exec node a.js", "[\"x\"]"), ["0 docker-start: exec node a.js"]);
        assert_eq!(seen_of("[]", "[\"x\"]"), ["0 docker-start: []", "1 docker-start: [\"x\"]"]);
    }
}
