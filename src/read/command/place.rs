//! Directories: where a command runs and which file a path names, from the repository's root. Knows
//! no file system: a path is known only where the script writes it out.

/// Joins a path as written to a directory. `None` where it leaves the root or is absolute.
pub fn join(directory: &str, path: &str) -> Option<String> {
    if path.starts_with(['/', '~']) || path.contains(['$', '`', '*', '?', '\n']) {
        return None;
    }
    let mut parts: Vec<&str> = directory.split('/').filter(|part| !part.is_empty() && *part != ".").collect();
    for part in path.split('/') {
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

/// The directory that a script means by `$(dirname "$0")`, with what follows, where the text is of
/// that form: `"$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)"`. `own` is the script's path.
pub(super) fn script_directory(text: &str, own: &str) -> Option<String> {
    let home = own.rsplit_once('/').map_or("", |(directory, _)| directory);
    let unquoted: String = text.chars().filter(|c| *c != '"').collect();
    let itself = |text: &str| {
        text.starts_with("$0")
            || text.starts_with("${0")
            || text.starts_with("$BASH_SOURCE")
            || text.starts_with("${BASH_SOURCE")
    };
    if let Some((before, after)) = unquoted.split_once("dirname") {
        let operand = after.trim_start_matches([' ', '-']);
        let plain = before.trim_start_matches("$(cd ").trim_start_matches("$(").trim_start_matches('`');
        let closed = operand.find([')', '`'])?;
        if !itself(operand) || !plain.trim_start_matches("-- ").is_empty() {
            return None;
        }
        return join(home, suffix(&operand[closed + 1..])?);
    }
    let cut = unquoted.trim_start_matches("$(cd ");
    let rest = cut.strip_prefix("${0%/*}").or_else(|| cut.strip_prefix("${BASH_SOURCE%/*}"));
    join(home, suffix(rest.or_else(|| cut.strip_prefix("${BASH_SOURCE[0]%/*}"))?)?)
}

/// The path behind an expansion, up to the rest of the command that holds it.
fn suffix(text: &str) -> Option<&str> {
    let end = text.find([' ', ')', ';', '&', '|', '>', '`']).unwrap_or(text.len());
    let path = &text[..end];
    (path.is_empty() || path.starts_with('/')).then(|| path.trim_start_matches('/'))
}

/// Whether the expression always means the repository's root.
pub(super) fn is_root(text: &str) -> bool {
    let name = text.trim_matches(['"', '$', '{', '}']);
    matches!(name, "GITHUB_WORKSPACE" | "CI_PROJECT_DIR" | "BUILDKITE_BUILD_CHECKOUT_PATH" | "__expr_root__")
        || text.trim_matches('"') == "$(git rev-parse --show-toplevel)"
}
