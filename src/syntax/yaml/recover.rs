//! Which lines to leave out so that the rest of a broken document can be read. Goes by indentation
//! alone, as the grammar has lost its way.

use std::ops::Range;

/// A line with words: its bytes and how far it is indented.
struct Line {
    range: Range<usize>,
    indent: usize,
    item: bool,
    /// Where a tab stands that takes part in the indentation; the line then counts as indented like
    /// the one above.
    tab: Option<usize>,
}

/// Parts of `text` that may hold the cause of an error at `at`, narrowest first: the list item, the
/// entry of the second level (a job, say), the one before it, the entry of the first level. `since`
/// is where the text that the parser read last began.
pub(super) fn regions(text: &str, at: usize, since: Option<usize>) -> Vec<Range<usize>> {
    let lines = lines(text);
    let mut places = vec![at];
    places.extend(since);
    places.extend(tab_before(text, at));
    places.sort_unstable();
    let mut found: Vec<Range<usize>> = Vec::new();
    for place in places {
        for region in around(&lines, place).into_iter().flatten() {
            if !found.contains(&region) {
                found.push(region);
            }
        }
    }
    // Broad regions last, whatever place asked for them.
    found.sort_by_key(Range::len);
    found
}

/// The first tab that indents a line where indentation counts, at or before the line of `at` but in
/// the same entry of the second level.
pub(super) fn tab_before(text: &str, at: usize) -> Option<usize> {
    let lines = lines(text);
    let here = lines.iter().rposition(|line| line.range.start <= at)?;
    let mut found = None;
    for (index, line) in lines.iter().enumerate().take(here + 1).rev() {
        match line.tab {
            Some(tab) => found = Some(tab),
            None if line.indent == 0 || (found.is_some() && index < here) => break,
            None => {}
        }
    }
    found
}

/// `text` with spaces in place of all words in `region`; offsets and lines stay.
pub(super) fn blank(text: &str, region: &Range<usize>) -> String {
    let mut blanked = String::with_capacity(text.len());
    let start = region.start.min(text.len());
    let end = region.end.clamp(start, text.len());
    blanked.push_str(&text[..start]);
    for c in text[start..end].chars() {
        if matches!(c, '\n' | '\r') {
            blanked.push(c);
        } else {
            blanked.extend(std::iter::repeat_n(' ', c.len_utf8()));
        }
    }
    blanked.push_str(&text[end..]);
    blanked
}

fn around(lines: &[Line], at: usize) -> [Option<Range<usize>>; 4] {
    let Some(here) = lines.iter().rposition(|line| line.range.start <= at) else {
        return [const { None }; 4];
    };
    let top = lines[..=here].iter().rposition(|line| line.indent == 0 && !line.item).unwrap_or(0);
    let first = Some(block(lines, top, 0));
    let below = lines.get(top + 1).map_or(0, |line| line.indent);
    if top == here || below == 0 {
        return [None, None, None, first];
    }
    if lines[here].indent < below {
        // It fits no level: the line alone is wrong.
        return [Some(lines[here].range.clone()), None, None, first];
    }
    let entry = (top + 1..=here).rev().find(|&index| lines[index].indent <= below).unwrap_or(top + 1);
    let second = Some(block(lines, entry, lines[entry].indent));
    // An error on an entry's first line is often the end of what went wrong in the one before.
    let before = (top + 1..entry).rev().find(|&index| lines[index].indent <= below);
    let before = before.filter(|_| entry == here).map(|index| block(lines, index, lines[index].indent));
    let limit = lines[here].indent;
    let item = (entry + 1..=here).rev().find(|&index| lines[index].item && lines[index].indent <= limit);
    let item = item.map(|index| block(lines, index, lines[index].indent));
    [item, second, before, first]
}

/// From a line to the next one that is not indented deeper.
fn block(lines: &[Line], index: usize, indent: usize) -> Range<usize> {
    let end = lines[index + 1..].iter().find(|line| {
        // A list may stand at its key's own indentation.
        line.indent < indent || (line.indent == indent && (!line.item || lines[index].item))
    });
    let last = lines.last().map_or(0, |line| line.range.end);
    lines[index].range.start..end.map_or(last, |line| line.range.start)
}

/// Lines that hold more than blanks and comments.
fn lines(text: &str) -> Vec<Line> {
    let mut found = Vec::new();
    let mut start = 0;
    for line in text.split_inclusive('\n') {
        let range = start..start + line.len();
        start = range.end;
        let line = line.trim_start_matches('\u{feff}');
        let words = line.trim_start_matches(' ');
        let spaces = line.len() - words.len();
        let bare = words.trim();
        if bare.is_empty() || bare.starts_with('#') {
            continue;
        }
        let item = bare == "-" || bare.starts_with("- ");
        let above = found.last().map_or(0, |line: &Line| line.indent);
        // Tabs after the indentation of a script's line are the script's own.
        let tab = words.starts_with('\t') && (spaces == 0 || spaces < above);
        let indent = if tab { above } else { spaces };
        let tab = tab.then_some(range.end - words.len());
        found.push(Line { range, indent, item, tab });
    }
    found
}
