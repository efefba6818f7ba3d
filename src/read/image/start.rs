//! What a container starts with: the `ENTRYPOINT`, `CMD` and `HEALTHCHECK` that count, the last of
//! each in a stage. Knows no platform that may override them.

use super::{Image, shell};
use crate::facts::FactRef;
use crate::read::command::{self, Site};
use crate::syntax::dockerfile::{Form, Instruction};
use crate::text::{Passage, Weave};

impl<'a> Image<'a> {
    /// Adds the commands that a container of the stage starts with. `facts` are those of
    /// `instructions`.
    pub(super) fn start(&mut self, instructions: &[Instruction], facts: &[FactRef]) {
        let last = |keyword: &str| {
            let index = instructions.iter().rposition(|instruction| instruction.keyword == keyword)?;
            Some((instructions.get(index)?, *facts.get(index)?))
        };
        let shell = self.shell();
        let (entrypoint, cmd) = (last("ENTRYPOINT"), last("CMD"));
        if let Some((instruction, fact)) = entrypoint {
            let site = self.site("docker-start", "start", fact);
            match (&instruction.form, cmd.map(|(cmd, _)| (cmd, &cmd.form))) {
                (Form::Exec(words), Some((cmd, Form::Exec(arguments)))) if takes_arguments(words) => {
                    let words: Vec<Passage> = words.iter().chain(arguments).cloned().collect();
                    let mut whole = Weave::at(instruction.rest.span());
                    whole.keep_all(&instruction.rest).put(cmd.rest.span(), " ").keep_all(&cmd.rest);
                    command::argv(&mut self.out, &whole.finish(), &words, &site);
                }
                _ => shell::commands(&mut self.out, instruction, &shell, &site),
            }
        }
        let used = match entrypoint.map(|(entrypoint, _)| &entrypoint.form) {
            None => true,
            // A script gets the words of `CMD` and, by custom, runs them in the end.
            Some(Form::Exec(words)) => words.is_empty() || !takes_arguments(words),
            // A shell form ignores `CMD`.
            Some(_) => false,
        };
        if let Some((instruction, fact)) = cmd.filter(|_| used) {
            let site = self.site("docker-start", "start", fact);
            shell::commands(&mut self.out, instruction, &shell, &site);
        }
        if let Some((instruction, fact)) = last("HEALTHCHECK")
            && let Some(check) = &instruction.inner
        {
            let site = self.site("docker-healthcheck", "start", fact);
            shell::commands(&mut self.out, check, &shell, &site);
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
