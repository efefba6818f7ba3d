//! Commands: from shell text or argument vectors to `command` facts. Knows programs and their words;
//! which file a script is, and what a command reaches, the link pass finds out.

use std::sync::Arc;

use super::Settings;
use crate::facts::flow::{Flow, Options};
use crate::facts::{FactRef, Reading};
use crate::text::{Passage, Span};

mod arg;
mod builtin;
mod calls;
mod constants;
mod cron;
mod effects;
mod emit;
mod faults;
mod grammar;
mod inner;
mod install;
mod outcome;
mod peel;
mod place;
mod prompts;
mod runners;
mod secrets;
mod special;
mod state;
mod tasks;
#[cfg(test)]
mod tests;
mod walk;

pub use arg::one_line;
pub use effects::effects_of_name;
pub use peel::is_assignment;
pub use place::join as join_path;
pub use tasks::{is_override, nx_name};

/// Where commands stand, and what that place says about them.
#[derive(Clone, Debug)]
pub struct Site<'a> {
    /// A word of [`HOSTS`](crate::facts::words::HOSTS).
    pub host: &'static str,
    /// A word of [`PHASES`](crate::facts::words::PHASES), where the place tells.
    pub phase: Option<&'static str>,
    /// The fact that contains the commands.
    pub parent: Option<FactRef>,
    /// The directory that they run in, from the root (`""` for the root itself), where known.
    pub directory: Option<String>,
    /// Whether the shell stops at the first failure (`set -e`, GitHub's default `bash -e`).
    pub errexit: bool,
    /// Whether a pipeline fails with any of its parts (`set -o pipefail`).
    pub pipefail: bool,
    /// The words of the surroundings that ignore a failure, such as `continue-on-error: true`.
    pub ignored: Option<(Arc<str>, Span)>,
    /// The conditions of the surroundings, such as a step's `if`.
    pub guard: Vec<(Arc<str>, Span)>,
    pub settings: &'a Settings,
}

/// Reads a shell script: facts for its commands, findings for what is no shell.
pub fn shell(out: &mut Reading, script: &Passage, site: &Site<'_>) {
    shell_file(out, script, site, None);
}

/// [`shell`] for a script that is a file of its own at `path`, so that `$(dirname "$0")` is known.
pub fn shell_file(out: &mut Reading, script: &Passage, site: &Site<'_>, path: Option<&str>) {
    let mut state = state::State::new(site.directory.as_deref(), site.errexit, site.pipefail, path);
    let flow = walk::script(out, script, site, &walk::Context::of_site(site), &mut state);
    append(out, site, flow);
}

/// Reads one command given as words (an exec form, a shlex-split line): no shell interprets it.
/// `whole` is the text that the words were taken from.
pub fn argv(out: &mut Reading, whole: &Passage, words: &[Passage], site: &Site<'_>) {
    if words.is_empty() {
        return;
    }
    let mut state = state::State::new(site.directory.as_deref(), site.errexit, site.pipefail, None);
    let args = words.iter().map(arg::Arg::of_passage).collect();
    let invocation = emit::Invocation::plain(one_line(whole.text()).into(), whole.span(), args);
    let (_, flow) = emit::command(out, site, invocation, &walk::Context::of_site(site), &mut state);
    append(out, site, flow);
}

/// Adds the control flow of one process to that of the unit that runs it.
fn append(out: &mut Reading, site: &Site<'_>, flow: Flow) {
    let Some(unit) = site.parent.filter(|_| !flow.is_nothing()) else { return };
    let options = Options { errexit: site.errexit, pipefail: site.pipefail };
    let process = Flow::Shell { options, body: Box::new(flow) };
    // What a workflow does with a step's failure is the job's to say.
    let in_workflow = matches!(site.host, "workflow-step" | "action-step");
    let flow = match &site.ignored {
        Some((_, span)) if !in_workflow => Flow::Tolerated(Box::new(process), *span),
        _ => process,
    };
    out.flows.push((unit, flow));
}
