//! Recipes as a runbook shows them: the lines below `target:` of a Makefile or a justfile, or commands
//! that run such targets. Knows neither language beyond that.

use crate::text::Passage;

/// One script for each recipe; where there is no recipe, all lines are commands.
#[must_use]
pub fn scripts(passage: &Passage) -> Vec<Passage> {
    let text = passage.text();
    if !text.lines().any(is_header) {
        return vec![passage.clone()];
    }
    let mut found = Vec::new();
    let mut start = None;
    let mut end = 0;
    let mut at = 0;
    for line in text.split_inclusive('\n') {
        let inside = line.starts_with([' ', '\t']) || line.trim().is_empty();
        if !inside {
            found.extend(start.take().map(|start| body(passage, start, end)));
            start = is_header(line).then_some(at + line.len());
        }
        at += line.len();
        end = at;
    }
    found.extend(start.map(|start| body(passage, start, end)));
    found.retain(|script| !script.text().trim().is_empty());
    found
}

/// Whether a recipe begins with the line: `deploy env="staging": build`, but not `NAME := value`.
fn is_header(line: &str) -> bool {
    let begins = line.starts_with(|c: char| c.is_alphanumeric() || matches!(c, '_' | '.' | '@' | '%' | '$'));
    let Some((names, behind)) = line.split_once(':') else { return false };
    let assigns = behind.starts_with(['=', ':']) || behind.starts_with("//");
    let export = ["export ", "set ", "alias ", "import "].iter().any(|word| names.starts_with(word));
    begins && !assigns && !export && !names.contains(['|', '&', ';', '#'])
}

/// The lines of a recipe as a shell sees them: without indentation and prefixes, holes filled.
fn body(passage: &Passage, start: usize, end: usize) -> Passage {
    let text = passage.text();
    let mut derivation = passage.derive();
    let mut at = start;
    let mut continued = false;
    for line in text[start..end].split_inclusive('\n') {
        let words = line.trim_start_matches([' ', '\t']);
        // `@` is silent, `-` lets a failure pass: a mark of the line, not a word of the command.
        let command = if continued { words } else { words.trim_start_matches(['@', '-', '+']) };
        let from = at + line.len() - command.len();
        at += line.len();
        holes(&mut derivation, text, from..at);
        continued = line.trim_end().ends_with('\\');
    }
    derivation.finish()
}

/// Keeps `range` with a word for each `$(X)`, `${{X}}` of make and `{{{{x}}}}` of just; `$$` is `$`.
fn holes(derivation: &mut crate::text::Derivation<'_>, text: &str, range: std::ops::Range<usize>) {
    let mut kept = range.start;
    let mut at = range.start;
    while at < range.end {
        let rest = &text[at..range.end];
        let Some(found) = rest.find(['$', '{']) else { break };
        let start = at + found;
        let rest = &text[start..range.end];
        let closed = |open: &str, close: &str| {
            rest.strip_prefix(open)?.find(close).map(|length| open.len() + length + close.len())
        };
        if rest.starts_with("$$") {
            derivation.keep(kept..start + 1);
            kept = start + 2;
            at = kept;
        } else if let Some(length) = closed("$(", ")").or_else(|| closed("{{", "}}")) {
            derivation.keep(kept..start).swap(start..start + length, crate::read::placeholder::PLACEHOLDER);
            kept = start + length;
            at = kept;
        } else {
            at = start + 1;
        }
    }
    derivation.keep(kept..range.end);
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::text::FileId;

    fn texts(text: &str) -> Vec<String> {
        let passage = Passage::file(FileId(0), Arc::from(text));
        scripts(&passage).iter().map(|script| script.text().to_owned()).collect()
    }

    #[test]
    fn each_recipe_is_a_script() {
        let text = "APP := shop\n.PHONY: deploy\ndeploy: build ## 本番\n\t@fly deploy -a $(APP) \\\n\t  --image $$TAG\n\t-echo 😀\n\nbuild:\n\tdocker build .\n";
        assert_eq!(texts(text), ["fly deploy -a __expr__ \\\n--image $TAG\necho 😀\n\n", "docker build .\n"]);
        assert_eq!(
            texts("set shell := [\"bash\"]\ndeploy env=\"staging\":\n  fly deploy -c fly.{{env}}.toml\n"),
            ["fly deploy -c fly.__expr__.toml\n"]
        );
    }

    #[test]
    fn commands_without_recipes() {
        assert_eq!(texts("make deploy\nmake smoke URL=https://shop.example.com\n").len(), 1);
        assert_eq!(texts(""), [""]);
    }

    #[test]
    fn hostile_recipes_end() {
        for unit in ["a:\n", "a:\n\t$(", "a:\n\t{{", "\t", "$$", "a: "] {
            let _ = texts(&unit.repeat(100_000));
        }
        let _ = texts(&format!("a:\n\t{}", "$(".repeat(50_000)));
    }
}
