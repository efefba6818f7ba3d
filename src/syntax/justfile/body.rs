//! A recipe's body: its lines, the holes in them, and what becomes of them: commands line by line, or
//! one script. Knows no shell.

use std::ops::Range;

use super::expression::{Expression, expression};
use super::scan::{Cursor, line_length};

/// The lines of a recipe.
#[derive(Clone, Debug, Default)]
pub struct Body {
    pub lines: Vec<Line>,
}

/// A line of a body, without its indentation and its end.
#[derive(Clone, Debug)]
pub struct Line {
    pub range: Range<usize>,
    /// The line's end; empty behind the file's last line.
    pub end: Range<usize>,
    pub parts: Vec<Part>,
}

/// A part of a line.
#[derive(Clone, Debug)]
pub enum Part {
    Text(Range<usize>),
    /// `{{{{`, which stands for two braces.
    Braces(Range<usize>),
    /// `{{expression}}`; none where it could not be read.
    Hole(Range<usize>, Option<Expression>),
}

impl Part {
    #[must_use]
    pub fn range(&self) -> Range<usize> {
        let (Self::Text(range) | Self::Braces(range) | Self::Hole(range, _)) = self;
        range.clone()
    }
}

/// A command of a recipe without a shebang: a line with those that continue it.
#[derive(Clone, Debug)]
pub struct Logical<'a> {
    /// Without the backslashes that continue it, and without the prefix.
    pub parts: Vec<std::borrow::Cow<'a, Part>>,
    /// The `-` before it: its failure is ignored.
    pub ignored: Option<Range<usize>>,
}

impl Body {
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.lines.is_empty()
    }

    /// The first line, if it names an interpreter.
    #[must_use]
    pub fn shebang(&self, text: &str) -> Option<Range<usize>> {
        let line = self.lines.first()?;
        text.get(line.range.clone())?.starts_with("#!").then(|| line.range.clone())
    }

    /// The commands of a body that is run line by line.
    #[must_use]
    pub fn commands(&self, text: &str) -> Vec<Logical<'_>> {
        let mut commands: Vec<Logical<'_>> = Vec::new();
        let mut continued = false;
        for line in &self.lines {
            let blank = line.range.is_empty();
            if blank && !continued {
                continue;
            }
            let mut from = line.range.start;
            let content = &text[line.range.clone()];
            if continued {
                from += content.len() - content.trim_start_matches([' ', '\t']).len();
            } else {
                let (length, ignored) = prefix(content, from);
                from += length;
                commands.push(Logical { parts: Vec::new(), ignored });
            }
            // A hole's own end is no continuation.
            let in_text = line.parts.last().is_some_and(|part| matches!(part, Part::Text(_)));
            continued = in_text && content.ends_with('\\');
            let to = line.range.end - usize::from(continued);
            if let Some(command) = commands.last_mut() {
                command.parts.extend(line.parts.iter().filter_map(|part| clipped(part, from, to)));
            }
        }
        commands
    }
}

/// The part of a text in `from..to`.
fn clipped(part: &Part, from: usize, to: usize) -> Option<std::borrow::Cow<'_, Part>> {
    let Part::Text(range) = part else { return Some(std::borrow::Cow::Borrowed(part)) };
    if range.start >= from && range.end <= to {
        return Some(std::borrow::Cow::Borrowed(part));
    }
    let range = range.start.max(from)..range.end.min(to);
    (range.start < range.end).then_some(std::borrow::Cow::Owned(Part::Text(range)))
}

/// The prefix of a line: its bytes, and the place of its `-`.
fn prefix(content: &str, at: usize) -> (usize, Option<Range<usize>>) {
    let mut ignored = None;
    let mut length = 0;
    for byte in content.bytes() {
        match byte {
            b'@' => {}
            b'-' if ignored.is_none() => ignored = Some(at + length..at + length + 1),
            _ => break,
        }
        length += 1;
    }
    let rest = &content[length..];
    let blanks = rest.len() - rest.trim_start_matches([' ', '\t']).len();
    (if length == 0 { 0 } else { length + blanks }, ignored)
}

/// Reads the indented lines at the cursor.
pub(super) fn body(cursor: &mut Cursor<'_>) -> Body {
    let mut body = Body::default();
    let mut indent: Option<&str> = None;
    // Blank lines at the end belong to no body.
    let mut blanks: Vec<Line> = Vec::new();
    while !cursor.is_done() {
        let rest = cursor.rest();
        let length = line_length(rest);
        let content = &rest[..length];
        let words = content.trim_start_matches([' ', '\t']);
        if words.is_empty() {
            let at = cursor.at + length;
            cursor.next_line();
            // A blank line keeps what it has beyond the indentation; that changes nothing.
            blanks.push(Line { range: at..at, end: at..cursor.at, parts: Vec::new() });
            continue;
        }
        if words.len() == content.len() {
            break;
        }
        let own = &content[..content.len() - words.len()];
        let common = *indent.get_or_insert(own);
        let start = if own.starts_with(common) {
            cursor.at + common.len()
        } else {
            let range = cursor.at..cursor.at + own.len();
            cursor.fault_at(
                range,
                "this line is indented less than the recipe's first line, or with other blanks",
            );
            cursor.at + own.len()
        };
        if body.lines.is_empty() {
            blanks.clear();
        }
        body.lines.append(&mut blanks);
        cursor.at = start;
        let line = line(cursor);
        body.lines.push(line);
    }
    body
}

/// Reads the line at the cursor; a hole may hold line ends.
fn line(cursor: &mut Cursor<'_>) -> Line {
    let start = cursor.at;
    let mut parts = Vec::new();
    let mut from = start;
    let mut end = start + line_length(cursor.rest());
    while let Some(found) = cursor.text.get(cursor.at..end).and_then(|rest| rest.find("{{")) {
        let open = cursor.at + found;
        if from < open {
            parts.push(Part::Text(from..open));
        }
        if cursor.text[open..].starts_with("{{{{") {
            parts.push(Part::Braces(open..open + 4));
            cursor.at = open + 4;
        } else {
            parts.push(hole(cursor, open, end));
        }
        from = cursor.at;
        if cursor.at > end {
            end = cursor.at + line_length(cursor.rest());
        }
    }
    if from < end {
        parts.push(Part::Text(from..end));
    }
    cursor.at = end;
    cursor.next_line();
    Line { range: start..end, end: end..cursor.at, parts }
}

/// The hole that opens at `open`, in a line that ends at `end`.
fn hole(cursor: &mut Cursor<'_>, open: usize, end: usize) -> Part {
    cursor.at = open + 2;
    let faults = cursor.faults.len();
    let inner = expression(cursor);
    cursor.blanks();
    if inner.is_some() && cursor.eat("}}") {
        return Part::Hole(open..cursor.at, inner);
    }
    let close = cursor.text[open..end].find("}}").map(|at| open + at + 2);
    if cursor.faults.len() == faults {
        let message = match close {
            Some(_) => "this is no expression that just understands; write `{{{{` for two braces",
            None => "these braces are not closed: no `}}` follows on this line; write `{{{{` for two braces",
        };
        cursor.fault_at(open..close.unwrap_or(open + 2), message);
    }
    cursor.at = close.unwrap_or(end);
    Part::Hole(open..cursor.at, None)
}
