//! What stands around a pipe: a download that a shell runs, and a script that looks at the status of
//! each part. Knows neighbours, not what the downloaded script does.

use std::sync::Arc;

use crate::facts::words::command;
use crate::facts::{Fact, FactId, Facts};
use crate::repo::Repo;
use crate::syntax::shell::is_shell;
use crate::text::Span;

/// Lines behind a pipeline, comments and empty ones, before the one that may look at its parts.
const MOST_LINES: usize = 8;

/// Most words between a download and the shell that runs it.
const BETWEEN: usize = 6;

/// Notes what shells run from the network, and pipes whose status is looked at.
pub(super) fn link(facts: &mut Facts, repo: &Repo) {
    let commands = facts.of_kind(command::KIND).to_vec();
    for (index, &id) in commands.iter().enumerate() {
        if facts.get(id).text(command::PIPED).is_some_and(|piped| piped != "last") {
            handled(facts, repo, id);
        }
        if let Some((from, span)) = download(facts, &commands[..index], id) {
            facts.get_mut(id).set(command::RUNS_DOWNLOAD, from, span);
        }
    }
}

/// Takes back that a failure in a pipe is ignored, where the script asks for it: `PIPESTATUS`.
fn handled(facts: &mut Facts, repo: &Repo, id: FactId) {
    let fact = facts.get(id);
    let by_pipe = fact
        .text(command::FAILURE_CAUSE)
        .is_some_and(|cause| cause.starts_with('|') && !cause.starts_with("||"));
    if !by_pipe {
        return;
    }
    let text = repo.file(fact.span.file).text.as_bytes();
    let start = (fact.span.end as usize).min(text.len());
    // The status is that of the last pipeline: another command's line in between takes it away.
    let line = memchr::memchr(b'\n', &text[start..]).map_or(text.len(), |at| start + at);
    let mut end = (line + 1).min(text.len());
    for next in text[end..].split_inclusive(|&byte| byte == b'\n').take(MOST_LINES) {
        end += next.len();
        let words = next.trim_ascii();
        if !words.is_empty() && !words.starts_with(b"#") {
            break;
        }
    }
    let behind = &text[start..end];
    let asks = |word: &[u8]| memchr::memmem::find(behind, word).is_some();
    if asks(b"PIPESTATUS") || asks(b"pipestatus") {
        let fact = facts.get_mut(id);
        fact.unset(command::FAILURE);
        fact.unset(command::FAILURE_CAUSE);
    }
}

/// The address whose script a shell runs, where it is downloaded in the same command line.
fn download(facts: &Facts, before: &[FactId], id: FactId) -> Option<(Arc<str>, Span)> {
    let fact = facts.get(id);
    let program = fact.text(command::PROGRAM)?;
    if !(is_shell(program) || matches!(program, "source" | "." | "eval")) {
        return None;
    }
    let fetches = |word: &str| {
        ["<(curl ", "<(wget ", "$(curl ", "$(wget ", "`curl ", "`wget "]
            .iter()
            .any(|start| word.starts_with(start))
    };
    if let Some((word, span)) = fact.list(command::WORDS).iter().find(|(word, _)| fetches(word)) {
        return Some((address(word.split([' ', ')', '`'])), *span));
    }
    let reads_input = fact.list(command::ARGS).is_empty()
        || fact.entry(command::FLAGS, "s").is_some()
        || fact.has(command::WORDS, "-s");
    if fact.text(command::PIPED) != Some("last") || !reads_input || !is_shell(program) {
        return None;
    }
    let parent = facts.parent(id);
    let source = before.iter().rev().take(BETWEEN).map(|&id| (id, facts.get(id))).find(|(other, source)| {
        facts.parent(*other) == parent
            && source.text(command::PIPED) == Some("first")
            && source.route == fact.route
            && source.span.file == fact.span.file
            && source.span.end <= fact.span.start
    });
    let (_, source) = source.filter(|(_, source)| is_download(source))?;
    let words = source.list(command::ARGS).iter().map(|(word, _)| word.as_ref());
    Some((address(words), fact.span))
}

fn is_download(fact: &Fact) -> bool {
    matches!(fact.text(command::PROGRAM), Some("curl" | "wget"))
}

fn address<'w>(mut words: impl Iterator<Item = &'w str>) -> Arc<str> {
    let is_address = |word: &&str| word.contains("://") || word.contains('.') && !word.starts_with('-');
    words.find(is_address).unwrap_or("the network").trim_matches(['"', '\'']).into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::read::{self, Settings};

    fn facts(script: &str) -> Facts {
        let mut repo = Repo::default();
        repo.insert("deploy.sh", script.as_bytes().to_vec(), false);
        let settings = Settings::default();
        let readings = repo.ids().map(|id| read::file(&repo, id, &settings)).collect();
        let (mut facts, _) = Facts::gather(readings);
        read::link::link(&mut facts, &repo, &settings);
        facts
    }

    fn downloads(script: &str) -> Vec<String> {
        let facts = facts(script);
        let found = facts.of_kind(command::KIND).iter().map(|&id| facts.get(id));
        found.filter_map(|fact| fact.text(command::RUNS_DOWNLOAD).map(ToOwned::to_owned)).collect()
    }

    #[test]
    fn what_shells_run_from_the_network() {
        for script in [
            "curl -fsSL https://get.example.com | sh",
            "curl -fsSL https://get.example.com | sudo bash -s -- --yes",
            "wget -qO- https://get.example.com \\\r\n  | bash",
            "bash <(curl -s https://get.example.com)",
            "sh -c \"$(curl -fsSL https://get.example.com)\"",
            "source <(curl -s https://get.example.com)",
            "echo 店🚀; curl https://get.example.com | grep -v x | zsh",
        ] {
            assert_eq!(downloads(script), ["https://get.example.com"], "{script}");
        }
        for script in [
            "curl https://get.example.com | jq .",
            "curl https://get.example.com -o x.sh && sh x.sh",
            "echo 'ls' | sh",
            "curl https://get.example.com | tee log; echo ls | sh",
            "curl https://get.example.com | sh run.sh",
            "sh -c 'ls'",
        ] {
            assert!(downloads(script).is_empty(), "{script}");
        }
    }

    #[test]
    fn a_status_that_is_asked_for_is_not_ignored() {
        let ignored = |script: &str| {
            let facts = facts(script);
            let first = facts
                .of_kind(command::KIND)
                .iter()
                .map(|&id| facts.get(id))
                .find(|fact| fact.text(command::PIPED) == Some("first"));
            first.and_then(|fact| fact.text(command::FAILURE)) == Some("ignored")
        };
        assert!(ignored("set -e\nflyctl deploy | tee log\n"));
        assert!(!ignored("flyctl deploy | tee log\nexit ${PIPESTATUS[0]}\n"));
        assert!(!ignored("set -o pipefail\nflyctl deploy | tee log\n"));
        assert!(!ignored(&format!("{}flyctl deploy | tee log", "set -o pipefail\n")));
    }

    #[test]
    fn hostile_pipes_end() {
        facts(&"curl x | sh | ".repeat(20_000));
        facts(&format!("curl x | sh{}", " '".repeat(9)));
        facts("| sh");
    }
}
