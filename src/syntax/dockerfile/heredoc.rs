//! Heredocs: which words of a line open one, and where its body ends. Knows no shell beyond that.

use std::ops::Range;

use super::lines;
use crate::syntax::Fault;
use crate::text::{Passage, Weave};

/// A heredoc.
#[derive(Clone, Debug)]
pub struct Heredoc {
    /// The word that opens it, such as `<<EOF` or `3<<-"EOF"`.
    pub word: Passage,
    /// The word that ends it, without quotes.
    pub end: String,
    /// Whether variables in it are replaced: its end word has no quotes.
    pub expand: bool,
    /// The text between, without carriage returns and, for `<<-`, without leading tabs.
    pub body: Passage,
}

/// A word of a line that opens a heredoc.
pub(super) struct Opening {
    /// In the line.
    pub range: Range<usize>,
    pub end: String,
    pub expand: bool,
    strip_tabs: bool,
}

/// A heredoc's lines.
pub(super) struct Body {
    pub passage: Passage,
    /// The lines of the body and, where it is closed, the one that ends it, in the file.
    pub lines: Range<usize>,
    pub closed: bool,
    /// What is wrong with the line that ends it.
    pub fault: Option<Fault>,
    /// The first byte of the line that follows.
    pub next: usize,
}

/// The words of `line` that open a heredoc: those that begin with digits or nothing, `<<`, perhaps
/// `-`, and a word. A shift in `$((1<<3))`, `<<<` and quoted text open none.
pub(super) fn openings(line: &str, escape: char) -> Vec<Opening> {
    if !line.contains("<<") {
        return Vec::new();
    }
    let words = super::words::ranges(line, escape);
    let mut found = Vec::new();
    let mut index = 0;
    while let Some(range) = words.get(index) {
        index += 1;
        let word = &line[range.clone()];
        let Some(rest) = word.trim_start_matches(|c: char| c.is_ascii_digit()).strip_prefix("<<") else {
            continue;
        };
        let (strip_tabs, rest) = rest.strip_prefix('-').map_or((false, rest), |rest| (true, rest));
        // The word may stand behind a blank.
        let (name, end) = match words.get(index) {
            Some(next) if rest.is_empty() => {
                index += 1;
                (&line[next.clone()], next.end)
            }
            _ => (rest, range.end),
        };
        if name.is_empty() || name.contains('<') {
            continue;
        }
        let (unquoted, expand) = unquote(name, escape);
        found.push(Opening { range: range.start..end, end: unquoted, expand, strip_tabs });
    }
    found
}

/// The body of `opening`, from the line at byte `at`. One that is never closed ends with the file,
/// or with the first line that is its end word but for blanks around it.
pub(super) fn body(passage: &Passage, opening: &Opening, at: usize) -> Body {
    let text = passage.text();
    let mut next = at;
    let mut almost: Option<lines::Line> = None;
    let mut found = None;
    while let Some(line) = lines::line(text, next) {
        next = line.next;
        let content = &text[line.content.clone()];
        if opening.stripped(content) == opening.end {
            found = Some(line);
            break;
        }
        if almost.is_none() && !opening.end.is_empty() && content.trim() == opening.end {
            almost = Some(line);
        }
    }
    let closed = found.is_some();
    let fault = match (&found, &almost) {
        (None, Some(line)) => Some(blanks_around(text, line)),
        _ => None,
    };
    let (end, next) = match found.or(almost) {
        Some(line) => (line.content.start, line.next),
        None => (text.len(), text.len()),
    };
    let mut weave = Weave::at(passage.locate(at..at));
    lines_of(&mut weave, passage, at..end, opening.strip_tabs);
    Body { passage: weave.finish(), lines: at..if closed { next } else { end }, closed, fault, next }
}

fn blanks_around(text: &str, line: &lines::Line) -> Fault {
    let content = &text[line.content.clone()];
    let words = content.trim();
    let start = line.content.end - content.trim_start().len();
    Fault::new(
        start..start + words.len(),
        format!("`{words}` does not end the heredoc: there are blanks around it"),
    )
    .help("write the end word alone on its line; with `<<-` it may follow tabs, not spaces")
}

impl Opening {
    /// A line without the tabs that `<<-` takes away.
    fn stripped<'a>(&self, content: &'a str) -> &'a str {
        if self.strip_tabs { content.trim_start_matches('\t') } else { content }
    }
}

/// Adds the lines at `range` of `passage`, without carriage returns.
pub(super) fn lines_of(weave: &mut Weave, passage: &Passage, range: Range<usize>, strip_tabs: bool) {
    let mut at = range.start;
    while at < range.end
        && let Some(line) = lines::line(passage.text(), at)
    {
        at = line.next;
        let content = &passage.text()[line.content.clone()];
        let words = if strip_tabs { content.trim_start_matches('\t') } else { content };
        weave.keep(passage, line.content.end - words.len()..line.content.end);
        // The line feed, without the carriage return before it.
        if line.next > line.content.end {
            weave.keep(passage, line.next - 1..line.next);
        }
    }
}

/// The end word without quotes and escapes, and whether it had none.
fn unquote(word: &str, escape: char) -> (String, bool) {
    let plain: String = word.chars().filter(|&c| c != '"' && c != '\'' && c != escape).collect();
    let expand = plain.len() == word.len();
    (plain, expand)
}
