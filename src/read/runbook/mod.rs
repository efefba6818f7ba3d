//! Runbooks: what the fences of a Markdown file say, as far as it can be run or deployed. Knows no
//! prose but headings.
//!
//! The commands of a fence are one unit, like a script: a person follows them in their order.

mod artifact;
mod lines;
mod name;
mod placeholder;
mod recipe;
mod session;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use super::command::{self, Site};
use super::{Reader, Settings};
use crate::facts::words::{fence, file, unresolved};
use crate::facts::{Fact, FactRef, Reading};
use crate::repo::Repo;
use crate::syntax::markdown::{self, Block, Fence};
use crate::text::{FileId, Passage, Span};

pub use name::is_runbook;

/// Labels that ask not to read a fence.
const OPT_OUTS: [&str; 4] = ["bad", "historical", "example", "ignore"];
/// The comment above a fence that asks not to read it.
const COMMENT: &str = "deploylint: ignore";

/// Reads the file `id`.
#[must_use]
pub fn read(repo: &Repo, id: FileId, settings: &Settings) -> Reading {
    let mut out = Reading::default();
    let page = repo.passage(id);
    let start = Span::point(id, 0);
    let parent =
        out.add(Fact::new(file::KIND, start).with(file::PATH, Arc::clone(&repo.file(id).path), start).with(
            file::READER,
            Reader::Runbook.name(),
            start,
        ));
    let text = page.text();
    let mut section: Vec<(u8, Arc<str>, Span)> = Vec::new();
    let mut comment: Option<std::ops::Range<usize>> = None;
    for block in markdown::outline(&page, markdown::behind_front_matter(text)) {
        match block {
            Block::Heading(heading) => {
                section.retain(|(level, ..)| *level < heading.level);
                let words = crate::text::one_line(&heading.text);
                section.push((heading.level, words.into(), page.locate(heading.range)));
            }
            Block::Html(range) => comment = Some(range),
            Block::Fence(block) => {
                let info = Info::of(&page, &block);
                let asked = comment.take().filter(|comment| is_above(text, comment, &block));
                let asked = asked.map(|comment| {
                    let words = text[comment.clone()].trim();
                    (words, page.locate(comment.start..comment.start + words.len()))
                });
                let ignored = info.opt_out().or(asked);
                let mut fact = info.fact().inside(Some(parent));
                put_section(&mut fact, &section);
                if let Some((words, span)) = ignored {
                    fact.set(fence::IGNORED, words, span);
                }
                let read_as = if ignored.is_none() { info.read_as(block.body.text()) } else { None };
                fact.set_some(fence::READ_AS, read_as, info.language.span());
                let fact = out.add(fact);
                if let Some(kind) = read_as {
                    contents(&mut out, &block.body, kind, (fact, settings));
                }
            }
        }
    }
    for fact in out.facts.iter_mut().filter(|fact| fact.kind == unresolved::KIND) {
        if fact.get(unresolved::TEXT).is_none() {
            let span = fact.span;
            let words = text.get(span.start as usize..span.end as usize).unwrap_or_default();
            fact.set(unresolved::TEXT, crate::text::one_line(words), span);
        }
    }
    out
}

/// Whether the comment asks not to read the fence, and nothing stands between both.
fn is_above(text: &str, comment: &std::ops::Range<usize>, block: &Fence) -> bool {
    let says = text.get(comment.clone()).is_some_and(|words| words.contains(COMMENT));
    let between = text.get(comment.end..block.range.start);
    says && between.is_some_and(|between| between.chars().all(|c| c.is_whitespace() || c == '>'))
}

fn put_section(fact: &mut Fact, section: &[(u8, Arc<str>, Span)]) {
    let Some((_, words, span)) = section.last() else { return };
    fact.set(fence::HEADING, Arc::clone(words), *span);
    let path: Vec<_> = section.iter().map(|(_, words, span)| (Arc::clone(words), *span)).collect();
    fact.set(fence::SECTION, path, *span);
}

/// Reads the text of a fence.
fn contents(out: &mut Reading, body: &Passage, kind: &'static str, (fact, settings): (FactRef, &Settings)) {
    let scripts = match kind {
        "commands" | "session" => lines::parts(body, |language| kind_of_shell(language).is_some())
            .iter()
            .map(|part| lines::commands(&session::commands(part, kind == "session")))
            .collect(),
        "recipes" => recipe::scripts(body),
        "migration" | "fly" => {
            return artifact::read(out, &placeholder::without_elisions(body), kind, (fact, settings));
        }
        _ => return artifact::read(out, &placeholder::fill(body), kind, (fact, settings)),
    };
    let site = Site {
        host: "runbook",
        phase: Some("runbook"),
        parent: Some(fact),
        directory: Some(String::new()),
        // Nothing stops the shell, but the person who types does not go on after a failure.
        errexit: true,
        pipefail: false,
        ignored: None,
        guard: Vec::new(),
        settings,
    };
    for script in scripts {
        let from = out.findings.len();
        command::shell(out, &placeholder::fill(&script), &site);
        for finding in out.findings.split_off(from) {
            artifact::not_read(out, &finding, "command", fact);
        }
    }
}

/// The words behind an opening fence, in the spellings that are in use: `sh`, `sh bad`, `sh,ignore`,
/// `{.sh}`, `toml:fly.toml`, `sh{1,3}`.
struct Info {
    /// The place of the whole line's words; of the fence itself where there are none.
    span: Span,
    language: Passage,
    labels: Vec<Passage>,
}

impl Info {
    fn of(page: &Passage, block: &Fence) -> Self {
        let words = page.slice(block.info_range.clone());
        let fence = block.range.start..(block.range.start + 3).min(block.range.end);
        let span = if words.is_empty() { page.locate(fence) } else { words.span() };
        let text = words.text();
        let separates = |c: char| c.is_whitespace() || matches!(c, ',' | ':' | '{' | '}');
        let mut found = Vec::new();
        let mut at = 0;
        for part in text.split_inclusive(separates) {
            let word = part.trim_end_matches(separates);
            let dots = word.len() - word.trim_start_matches('.').len();
            // `{.sh}` is an older spelling.
            if dots < word.len() {
                found.push(words.slice(at + usize::from(dots == 1)..at + word.len()));
            }
            at += part.len();
        }
        let mut found = found.into_iter();
        let language = found.next().unwrap_or_else(|| words.slice(0..0));
        Self { span, language, labels: found.collect() }
    }

    fn fact(&self) -> Fact {
        let mut fact = Fact::new(fence::KIND, self.span);
        if !self.language.is_empty() {
            fact.set(fence::LANGUAGE, self.language.text().to_lowercase(), self.language.span());
        }
        if !self.labels.is_empty() {
            let labels: Vec<(Arc<str>, Span)> =
                self.labels.iter().map(|label| (Arc::from(label.text()), label.span())).collect();
            fact.set(fence::LABELS, labels, self.span);
        }
        fact
    }

    fn opt_out(&self) -> Option<(&str, Span)> {
        let is_one = |word: &&Passage| OPT_OUTS.iter().any(|out| word.text().eq_ignore_ascii_case(out));
        self.labels.iter().find(is_one).map(|label| (label.text(), label.span()))
    }

    /// What the fence's text is: a word of its `read-as`. A rule is a text about other texts.
    fn read_as(&self, body: &str) -> Option<&'static str> {
        let labels = || self.labels.iter().map(Passage::text);
        if labels().any(|label| label == "rule") {
            return None;
        }
        let language = self.language.text().to_lowercase();
        if let Some(kind) = kind_of_shell(&language) {
            return Some(kind);
        }
        Some(match language.as_str() {
            "make" | "makefile" | "just" | "justfile" => "recipes",
            "dockerfile" | "docker" | "containerfile" => "dockerfile",
            "yaml" | "yml" | "toml" | "ini" => return artifact::kind_of(body, labels()),
            "sql" | "pgsql" | "postgresql" | "postgres" | "mysql" => "sql",
            "ts" | "typescript" | "js" | "javascript" if body.contains("MigrationInterface") => "migration",
            _ => return None,
        })
    }
}

/// How the text of a fence in a shell's language is read.
fn kind_of_shell(language: &str) -> Option<&'static str> {
    match language {
        "sh" | "bash" | "shell" | "zsh" | "ksh" | "dash" | "cron" | "crontab" => Some("commands"),
        "console" | "shell-session" | "sh-session" | "bash-session" | "shellsession" | "terminal" => {
            Some("session")
        }
        _ => None,
    }
}
