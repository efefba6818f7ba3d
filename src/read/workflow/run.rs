//! Scripts of steps: `${{ … }}` becomes a word, the shell is told, and the commands are read.

use std::sync::Arc;

use super::catalogue::ScriptInput;
use super::entity::{Inherited, Variables};
use super::page::Page;
use crate::facts::FactRef;
use crate::read::command::{self, Site};
use crate::read::image;
use crate::read::placeholder::{self, PLACEHOLDER};
use crate::syntax::expression::{self, Data, Tree};
use crate::syntax::shell::is_shell;
use crate::syntax::yaml::{Node, Scalar};
use crate::text::{Passage, Span, Weave};

/// What a job runs on, as far as its default shell depends on it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum System {
    /// Anything with a shell.
    Any,
    Windows,
    /// It is known at run time only, and may be Windows.
    Unknown,
}

impl System {
    /// The system for a step with this `if`.
    pub(super) fn narrowed(self, condition: Option<&str>) -> Self {
        let Some(condition) = condition.filter(|_| self == Self::Unknown) else { return self };
        let condition = condition.to_ascii_lowercase();
        // A negation may mean either.
        if condition.contains("windows") && !condition.contains('!') { Self::Windows } else { self }
    }
}

/// What stands around a script.
pub(super) struct Around<'t> {
    /// The step.
    pub(super) fact: FactRef,
    /// A word of [`HOSTS`](crate::facts::words::HOSTS).
    pub(super) host: &'static str,
    /// Variables of the step and of what is around it, innermost last.
    pub(super) env: Variables,
    pub(super) guard: Vec<(Arc<str>, Span)>,
    pub(super) ignored: Option<(Arc<str>, Span)>,
    pub(super) directory: Option<Node<'t>>,
}

/// The step's own value under `key`, else that of the innermost `defaults.run`.
pub(super) fn inherited<'t>(step: Node<'t>, inherited: &Inherited<'t>, key: &str) -> Option<Node<'t>> {
    step.entry("run")?;
    let own = step.get(key);
    own.or_else(|| inherited.defaults.iter().find_map(|defaults| defaults.get(key)))
}

/// Reads the commands of a `run`.
pub(super) fn read(
    page: &mut Page<'_>,
    script: &Scalar,
    shell: Option<Node<'_>>,
    system: System,
    around: &Around<'_>,
) {
    if !page.spend(script.value.len()) {
        return;
    }
    let shell = shell.and_then(Node::text);
    match shell_of(shell, system == System::Windows) {
        Ok(shell_options) => {
            let value = &script.value;
            let script = filled(value, &around.env, Holes::Named);
            let (facts, findings) = (page.out.facts.len(), page.out.findings.len());
            commands(page, &script, shell_options, directory(around.directory), around);
            if page.out.findings.len() > findings && script.text().contains(placeholder::PREFIX) {
                // Inside `$(( … ))` no name with dots can stand.
                page.out.facts.truncate(facts);
                page.out.findings.truncate(findings);
                let script = filled(value, &around.env, Holes::Plain);
                commands(page, &script, shell_options, directory(around.directory), around);
            }
            if shell.is_none() && system == System::Unknown && page.out.findings.len() > findings {
                // What no shell reads is PowerShell, then.
                page.out.truncate(facts, findings);
                unread(
                    page,
                    &script,
                    "the job may run on Windows, where the default shell is PowerShell",
                    around,
                );
            }
        }
        Err(reason) => unread(page, &script.value, &reason, around),
    }
}

fn unread(page: &mut Page<'_>, script: &Passage, reason: &str, around: &Around<'_>) {
    let first = first_line(script);
    page.unresolved("command", first.span(), first.text(), reason, Some(around.fact));
}

/// Reads the commands in an action's input.
pub(super) fn read_input(page: &mut Page<'_>, input: &Scalar, script: &ScriptInput, around: &Around<'_>) {
    if !page.spend(input.value.len()) {
        return;
    }
    let words = filled(&input.value, &around.env, Holes::Named);
    let mut whole = Weave::at(words.span());
    let mut start = 0;
    for line in words.text().split_inclusive('\n') {
        if start == 0 || (script.each_line && !line.trim().is_empty()) {
            whole.put(words.locate(start..start), script.program);
        }
        whole.keep(&words, start..start + line.len());
        start += line.len();
    }
    let shell = Shell { errexit: script.errexit, pipefail: false };
    let directory = if script.remote { None } else { Some(String::new()) };
    commands(page, &whole.finish(), shell, directory, around);
}

/// Adds the image references of an action's input, one for each line or item between commas.
pub(super) fn read_images(page: &mut Page<'_>, input: &Scalar, role: &'static str, around: &Around<'_>) {
    if !page.spend(input.value.len()) {
        return;
    }
    let words = filled(&input.value, &around.env, Holes::Named);
    let text = words.text();
    let mut start = 0;
    for part in text.split_inclusive([',', '\n']) {
        let word = part.trim_matches([',', '\n', '\r', ' ', '\t']);
        let at = start + part.find(word).unwrap_or(0);
        start += part.len();
        // A list that comes from elsewhere is no reference of its own.
        if !word.is_empty() && placeholder::mask(word) != PLACEHOLDER {
            let fact = image::reference(&words.slice(at..at + word.len()), role);
            page.out.add(fact.inside(Some(around.fact)));
        }
    }
}

fn commands(
    page: &mut Page<'_>,
    script: &Passage,
    shell: Shell,
    directory: Option<String>,
    around: &Around<'_>,
) {
    let site = Site {
        host: around.host,
        phase: (around.host == "workflow-step").then_some("ci"),
        parent: Some(around.fact),
        directory,
        errexit: shell.errexit,
        pipefail: shell.pipefail,
        ignored: around.ignored.clone(),
        guard: around.guard.clone(),
        settings: page.settings,
    };
    command::shell(&mut page.out, script, &site);
}

/// What the shell does after a failure.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Shell {
    errexit: bool,
    pipefail: bool,
}

/// How GitHub calls the shell; the reason where it is none that is read here.
fn shell_of(shell: Option<&str>, windows: bool) -> Result<Shell, String> {
    let Some(shell) = shell else {
        if windows {
            return Err("the job runs on Windows, where the default shell is PowerShell".to_owned());
        }
        return Ok(Shell { errexit: true, pipefail: false });
    };
    if shell.contains("${{") {
        return Err("the shell is known at run time only".to_owned());
    }
    let mut words = shell.split_whitespace();
    let program = |word: &str| word.rsplit('/').next().unwrap_or_default().to_ascii_lowercase();
    let is_shell = |word: &str| is_shell(&program(word));
    let Some(found) = words.find(|word| is_shell(word)) else {
        let name: String = shell.chars().take(60).collect();
        return Err(format!("`{name}` scripts are not read"));
    };
    if found == shell.trim() {
        // GitHub's own calls: `bash -eo pipefail {0}`, `sh -e {0}`.
        let errexit = matches!(shell.trim(), "bash" | "sh");
        return Ok(Shell { errexit, pipefail: shell.trim() == "bash" });
    }
    let options: Vec<&str> = words.collect();
    let short = |word: &&str| word.starts_with('-') && !word.starts_with("--") && word.contains('e');
    let errexit = options.iter().any(short) || options.contains(&"errexit");
    Ok(Shell { errexit, pipefail: options.contains(&"pipefail") })
}

/// The directory of a script from the root; none where it is known at run time only, or outside.
fn directory(node: Option<Node<'_>>) -> Option<String> {
    let Some(node) = node else { return Some(String::new()) };
    let text = node.text()?.trim();
    let text = text.strip_prefix("${{ github.workspace }}/").unwrap_or(text);
    if text.contains("${{") || text.contains('$') || text.starts_with(['/', '~']) {
        return None;
    }
    let mut parts: Vec<&str> = Vec::new();
    for part in text.split('/') {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop()?;
            }
            part => parts.push(part),
        }
    }
    Some(parts.join("/"))
}

/// How placeholders are spelt.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Holes {
    /// With the name of what they stand for, where it has one.
    Named,
    /// All alike, as a word that may stand wherever a name may.
    Plain,
}

/// The text with a word in place of each expression: its value where that is written out, else a
/// placeholder.
fn filled(value: &Passage, env: &Variables, holes: Holes) -> Passage {
    let text = value.text();
    if !text.contains("${{") {
        return value.clone();
    }
    let (found, _) = expression::find(text);
    let mut filled = value.derive();
    let mut at = 0;
    for found in found {
        let tree = found.tree.as_ref();
        let word = tree.and_then(|tree| known(tree, env)).unwrap_or_else(|| match holes {
            // In front of `=` it is the name of a variable.
            Holes::Named if !text[found.range.end..].starts_with('=') => placeholder::of(tree),
            _ => PLACEHOLDER.to_owned(),
        });
        filled.keep(at..found.range.start);
        filled.swap(found.range.clone(), &word);
        at = found.range.end;
    }
    // An expression that is never closed was reported; it would be a second fault of the shell.
    if let Some(open) = text[at..].find("${{") {
        filled.keep(at..at + open).swap(at + open..at + open + 3, PLACEHOLDER);
        at += open + 3;
    }
    filled.keep(at..text.len());
    filled.finish()
}

/// The value of an expression that is one text or one variable, where it is one plain word.
fn known(tree: &Tree, env: &Variables) -> Option<String> {
    let value = match &tree.data {
        Data::Text(text) => text.clone(),
        Data::Context(path) => {
            let path = expression::path_text(path);
            let name = path.strip_prefix("env.")?;
            env.iter().rev().find_map(|layer| layer.get(name))?.as_deref()?.to_owned()
        }
        _ => return None,
    };
    let plain =
        |c: char| c.is_alphanumeric() || matches!(c, '_' | '-' | '.' | '/' | ':' | '@' | '+' | '=' | '%');
    (!value.is_empty() && value.chars().all(plain)).then_some(value)
}

/// The first line with words.
fn first_line(value: &Passage) -> Passage {
    let text = value.text();
    let start = text.len() - text.trim_start().len();
    let len = text[start..].lines().next().unwrap_or_default().trim_end().len();
    value.slice(start..start + len)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::FileId;

    #[test]
    fn the_shell_tells_what_a_failure_does() {
        let shell = |text| shell_of(text, false).map(|shell| (shell.errexit, shell.pipefail)).ok();
        assert_eq!(shell(None), Some((true, false)));
        assert_eq!(shell(Some("bash")), Some((true, true)));
        assert_eq!(shell(Some("sh")), Some((true, false)));
        assert_eq!(shell(Some("bash {0}")), Some((false, false)));
        assert_eq!(shell(Some("bash -euo pipefail {0}")), Some((true, true)));
        assert_eq!(shell(Some("nix develop -c bash -e {0}")), Some((true, false)));
        assert_eq!(shell(Some("/usr/bin/env bash -l {0}")), Some((false, false)));
        assert!(shell_of(Some("pwsh"), false).is_err());
        assert!(shell_of(Some("python"), false).is_err());
        assert!(shell_of(Some("${{ matrix.shell }}"), false).is_err());
        assert!(shell_of(None, true).is_err());
    }

    #[test]
    fn expressions_become_words() {
        let outer = [("APP".into(), Some("shop-prod".into())), ("LATER".into(), Some("x".into()))];
        let inner = [("LATER".into(), None)];
        let env = vec![Arc::new(outer.into_iter().collect()), Arc::new(inner.into_iter().collect())];
        let text = "${{ inputs.n }}=1 deploy ${{ env.APP }} ${{ env.LATER }} \"${{ inputs.a }}-${{ 'b' }}\" ${{ 日本";
        let passage = Passage::file(FileId(0), text.into());
        let filled = filled(&passage, &env, Holes::Named);
        assert_eq!(
            filled.text(),
            "__expr__=1 deploy shop-prod __expr_env.LATER__ \"__expr_inputs.a__-b\" __expr__ 日本"
        );
        let at = filled.text().find("shop-prod").unwrap();
        let span = filled.locate(at..at + 9);
        assert_eq!(&text[span.start as usize..span.end as usize], "${{ env.APP }}");
        assert!(filled.exact(at..at + 9).is_none());
    }
}
