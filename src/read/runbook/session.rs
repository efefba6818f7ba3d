//! What was typed in a terminal, as a runbook shows it: commands behind prompts, and what they
//! answered. Knows no shell's grammar beyond continued lines.

use std::ops::Range;

use crate::text::Passage;

/// The commands of a terminal session, as a script. `session` says that the fence's language is one of
/// sessions, where `# ` may be root's prompt. Where no line has a prompt, all lines are commands.
#[must_use]
pub fn commands(passage: &Passage, session: bool) -> Passage {
    let text = passage.text();
    let root = session && root_prompts(text);
    if !root && !lines(text).any(|line| prompt(&text[line], false).is_some()) {
        return passage.clone();
    }
    let mut derivation = passage.derive();
    let mut state = State::Output;
    for line in lines(text) {
        let words = &text[line.clone()];
        if let State::Heredoc(end) = &state {
            let ends = words.trim() == end;
            derivation.keep(line);
            if ends {
                state = State::Output;
            }
            continue;
        }
        let typed = match prompt(words, root) {
            Some(prompt) => prompt,
            // The shell's own prompt for what goes on.
            None if state == State::Continued => {
                let indent = words.len() - words.trim_start().len();
                let rest = &words[indent..];
                if rest.starts_with("> ") { indent + 2 } else { 0 }
            }
            None => continue,
        };
        let command = words[typed..].trim_end();
        state = match heredoc(command) {
            Some(end) => State::Heredoc(end),
            None if continues(command) => State::Continued,
            None => State::Output,
        };
        derivation.keep(line.start + typed..line.end);
    }
    derivation.finish()
}

/// What the next line is.
#[derive(PartialEq, Eq)]
enum State {
    Output,
    /// A part of the same command.
    Continued,
    /// A part of a text that ends with this line.
    Heredoc(String),
}

/// The ranges of the lines, line ends included.
fn lines(text: &str) -> impl Iterator<Item = Range<usize>> {
    let mut at = 0;
    text.split_inclusive('\n').map(move |line| {
        at += line.len();
        at - line.len()..at
    })
}

/// Whether `# ` begins commands of root and not comments: nothing else has a prompt, and all that
/// follows looks like a program's name.
fn root_prompts(text: &str) -> bool {
    let mut found = false;
    for line in lines(text) {
        let line = &text[line];
        if prompt(line, false).is_some() {
            return false;
        }
        let Some(command) = line.trim_start().strip_prefix("# ") else { continue };
        let program = command.split_whitespace().next().unwrap_or_default();
        let plain =
            |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || matches!(c, '-' | '_' | '.' | '/');
        if program.is_empty() || !program.chars().all(plain) {
            return false;
        }
        found = true;
    }
    found
}

/// Where the command behind the line's prompt begins: `$ `, `% `, `user@host:~$ `, and `# ` for root.
fn prompt(line: &str, root: bool) -> Option<usize> {
    let indent = line.len() - line.trim_start().len();
    let rest = &line[indent..];
    let is_end = |c: char| matches!(c, '$' | '%') || (root && c == '#');
    if let Some(behind) = rest.strip_prefix(is_end)
        && behind.starts_with([' ', '\t'])
    {
        return Some(line.len() - behind.trim_start().len());
    }
    // `user@host:~/shop$ `
    let user = rest.trim_start_matches(|c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.'));
    if user.len() == rest.len() || !user.starts_with('@') {
        return None;
    }
    let host = user[1..].trim_start_matches(|c: char| !c.is_whitespace() && !matches!(c, '$' | '%' | '#'));
    let behind = host.strip_prefix(['$', '%', '#'])?;
    behind.starts_with(' ').then(|| line.len() - behind.trim_start().len())
}

/// Whether the command goes on in the next line.
fn continues(command: &str) -> bool {
    let slashes = command.len() - command.trim_end_matches('\\').len();
    slashes % 2 == 1 || command.ends_with("&&") || command.ends_with("||") || command.ends_with('|')
}

/// The line that ends the text that the command is given: `<<EOF`.
pub fn heredoc(command: &str) -> Option<String> {
    let (_, behind) = command.rsplit_once("<<")?;
    let word = behind.trim_start_matches('-').trim_start().trim_start_matches(['"', '\'', '\\']);
    let end = word.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(word.len());
    (end > 0 && !behind.starts_with('<')).then(|| word[..end].to_owned())
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::text::FileId;

    fn typed(text: &str, session: bool) -> String {
        let passage = Passage::file(FileId(0), Arc::from(text));
        let script = commands(&passage, session);
        assert!(script.is_empty() || text.contains(script.text().lines().next().unwrap()));
        script.text().to_owned()
    }

    #[test]
    fn only_what_follows_a_prompt_is_a_command() {
        let text =
            "$ fly status\nApp\n  Name = 店\n$ fly deploy \\\n>   --app shop\n==> done > x\n% echo 1\n";
        assert_eq!(typed(text, true), "fly status\nfly deploy \\\n  --app shop\necho 1\n");
        assert_eq!(typed(text, false), "fly status\nfly deploy \\\n  --app shop\necho 1\n");
        assert_eq!(typed("me@host:~/shop$ ls\na b\nroot@db:/# id\r\n", true), "ls\nid\r\n");
    }

    #[test]
    fn without_prompts_all_lines_are_commands() {
        assert_eq!(typed("# デプロイ\nfly deploy\n", true), "# デプロイ\nfly deploy\n");
        assert_eq!(typed("echo $ 1\n", false), "echo $ 1\n");
        assert_eq!(typed("", true), "");
    }

    #[test]
    fn root_has_a_prompt_where_nothing_else_has() {
        assert_eq!(
            typed("# apt install jq\nReading lists…\n# jq --version\n", true),
            "apt install jq\njq --version\n"
        );
        assert_eq!(typed("# apt install jq\n", false), "# apt install jq\n");
        assert_eq!(typed("# note\n$ ls\n", true), "ls\n");
        assert_eq!(typed("# Deploy\nfly deploy\n", true), "# Deploy\nfly deploy\n");
    }

    #[test]
    fn a_text_for_a_command_is_kept_whole() {
        let text = "$ cat > a <<'EOF'\n$ x\nplain\nEOF\nout\n$ ls |\n> wc\n3\n";
        assert_eq!(typed(text, true), "cat > a <<'EOF'\n$ x\nplain\nEOF\nls |\nwc\n");
    }

    #[test]
    fn hostile_sessions_end() {
        for unit in ["$ ", "$ <<EOF\n", "$ \\\n", "> ", "# ", "a@", "@", "$ a |\n", "🙂$ "] {
            let _ = typed(&unit.repeat(100_000), true);
        }
    }
}
