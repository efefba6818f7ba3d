//! What stands in a fence of commands and is none: prose that a fence swallowed because it was not
//! closed, quotes, the schedules of crontab lines. Knows no program.

use super::session::heredoc;
use crate::text::Passage;

/// The parts of a fence that hold commands. A line of backticks with words behind them was meant to
/// close the fence, or opens another one that was meant to stand alone; `is_shell` tells by the language.
#[must_use]
pub fn parts(passage: &Passage, is_shell: impl Fn(&str) -> bool) -> Vec<Passage> {
    let text = passage.text();
    let mut found = Vec::new();
    let mut start = Some(0);
    let mut at = 0;
    for line in text.split_inclusive('\n') {
        if let Some(info) = line.trim_start().strip_prefix("```") {
            found.extend(start.take().map(|start| passage.slice(start..at)));
            let language = info.trim().trim_start_matches('`');
            start = is_shell(language).then_some(at + line.len());
        }
        at += line.len();
    }
    found.extend(start.map(|start| passage.slice(start..at)));
    found
}

/// The passage without quotes of prose, and without the schedules that lines of a crontab begin with.
#[must_use]
pub fn commands(passage: &Passage) -> Passage {
    let text = passage.text();
    let mut derivation = passage.derive();
    let (mut kept, mut at) = (0, 0);
    let mut end: Option<String> = None;
    for line in text.split_inclusive('\n') {
        let start = at;
        at += line.len();
        if let Some(word) = &end {
            if line.trim() == word {
                end = None;
            }
            continue;
        }
        end = heredoc(line.trim_end());
        let left_out = if is_quote(line) { line.trim_end().len() } else { schedule(line) };
        if left_out > 0 {
            derivation.keep(kept..start);
            kept = start + left_out;
        }
    }
    if kept == 0 {
        return passage.clone();
    }
    derivation.keep(kept..at);
    derivation.finish()
}

/// Whether the line is a quote in Markdown: the shell would write the first word's file with what the
/// others say, which nobody does.
fn is_quote(line: &str) -> bool {
    line.strip_prefix("> ").is_some_and(|rest| rest.split_whitespace().nth(1).is_some())
}

/// The length of a crontab's schedule that the line begins with, with the space behind it.
fn schedule(line: &str) -> usize {
    let mut rest = line;
    for field in 0..5 {
        let end = rest.find([' ', '\t']).unwrap_or(rest.len());
        let (word, behind) = rest.split_at(end);
        let plain = |c: char| c.is_ascii_digit() || matches!(c, '*' | '/' | ',' | '-');
        let named = field >= 3 && word.len() == 3 && word.chars().all(|c| c.is_ascii_alphabetic());
        if word.is_empty() || !(named || word.chars().all(plain)) || behind.is_empty() {
            return 0;
        }
        rest = behind.trim_start_matches([' ', '\t']);
    }
    if rest.trim().is_empty() { 0 } else { line.len() - rest.len() }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::text::FileId;

    fn file(text: &str) -> Passage {
        Passage::file(FileId(0), Arc::from(text))
    }

    #[test]
    fn schedules_and_quotes_are_no_commands() {
        let text = "0 2 * * * bin/backup.sh >> log 2>&1\n*/5\t* * * Mon  curl x\n> **重要** 1 GB\n> log.txt\necho 1 2 3 4 5 6\n";
        assert_eq!(
            commands(&file(text)).text(),
            "bin/backup.sh >> log 2>&1\ncurl x\n\n> log.txt\necho 1 2 3 4 5 6\n"
        );
        let text = "crontab - <<EOF\n0 2 * * * bin/backup.sh\n> a b\nEOF\n1 2 3\n";
        assert_eq!(commands(&file(text)).text(), text);
    }

    #[test]
    fn a_fence_that_was_not_closed_ends_where_it_was_meant_to() {
        let text = "just sync\n``` env に入る値:\n\n| a | b |\n\n```text\nMX x\n  ```bash\nfly deploy\n";
        let found = parts(&file(text), |language| language == "bash");
        let texts: Vec<&str> = found.iter().map(Passage::text).collect();
        assert_eq!(texts, ["just sync\n", "fly deploy\n"]);
        assert_eq!(found[1].span().start as usize, text.find("fly").unwrap());
    }

    #[test]
    fn hostile_lines_end() {
        for unit in ["> ", "* ", "0 0 0 0 0 0\n", "```\n", "<<A ", "<<A\n"] {
            let passage = file(&unit.repeat(100_000));
            let _ = (commands(&passage), parts(&passage, |_| true).len());
        }
    }
}
