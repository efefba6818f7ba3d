//! Parser directives: `# name=value` on the first lines. Knows no instruction.

use std::ops::Range;

use super::lines;
use crate::syntax::Fault;
use crate::text::Passage;

/// A parser directive.
#[derive(Clone, Debug)]
pub struct Directive {
    /// In lower case: `syntax`, `escape` or `check`.
    pub name: String,
    pub value: Passage,
    /// From `#` to the end of the line.
    pub range: Range<usize>,
}

/// The directives, the escape character, the first byte after them, and what is wrong with them.
pub(super) fn parse(passage: &Passage) -> (Vec<Directive>, char, usize, Vec<Fault>) {
    let text = passage.text();
    let mut at = if text.starts_with('\u{feff}') { '\u{feff}'.len_utf8() } else { 0 };
    let mut directives: Vec<Directive> = Vec::new();
    let mut escape = '\\';
    let mut faults = Vec::new();
    // A shebang line is skipped.
    if text[at..].starts_with("#!") {
        at = lines::line(text, at).map_or(at, |line| line.next);
    }
    while let Some(line) = lines::line(text, at) {
        // Any other line, a plain comment and a blank one too, ends the directives.
        let Some((name, value)) = directive(text, line.content.clone()) else { break };
        at = line.next;
        if directives.iter().any(|other| other.name == name) {
            faults.push(
                Fault::new(line.content, format!("the directive `{name}` is given twice"))
                    .help("keep one of them: the build refuses the file"),
            );
            continue;
        }
        let value_text = &text[value.clone()];
        match (name.as_str(), value_text) {
            ("escape", "\\") => escape = '\\',
            ("escape", "`") => escape = '`',
            ("escape", _) => faults.push(Fault::new(
                value.clone(),
                format!("the escape character is a backslash or a backtick, not `{value_text}`"),
            )),
            _ => {}
        }
        directives.push(Directive { name, value: passage.slice(value), range: line.content });
    }
    (directives, escape, at, faults)
}

/// The name and the place of the value of a line that is a directive.
fn directive(text: &str, line: Range<usize>) -> Option<(String, Range<usize>)> {
    let words = text[line.clone()].trim_start();
    let (name, value) = words.strip_prefix('#')?.split_once('=')?;
    let name = name.trim().to_ascii_lowercase();
    let value = value.trim();
    if !matches!(name.as_str(), "syntax" | "escape" | "check") || value.is_empty() {
        return None;
    }
    let end = line.start + text[line].trim_end().len();
    Some((name, end - value.len()..end))
}
