//! What a finding shows of the checked files: a few lines of each, cut around the labels, free of
//! control characters, as one source that miette can print. Knows no severity and no rule.

use std::ops::Range;

use miette::{LabeledSpan, MietteError, MietteSpanContents, SourceCode, SourceSpan, SpanContents};

use super::places::{Places, floor};
use super::visible;
use crate::finding::Finding;
use crate::text::{FileId, Position, Span};

/// Columns of a line that are shown.
const LINE_COLUMNS: usize = 160;

/// Lines shown before and after a labelled one.
const CONTEXT: usize = 1;

/// The lines that a finding shows, one block after the other, in the order in which they are
/// printed. Offsets are bytes of `text`, not of any file.
#[derive(Debug)]
pub struct Snippet {
    text: String,
    blocks: Vec<Block>,
    marks: Vec<Mark>,
}

/// Neighbouring lines of one file.
#[derive(Debug)]
struct Block {
    path: String,
    /// Number of the first line, from 0.
    first: usize,
    lines: usize,
    range: Range<usize>,
}

/// A label in the shown text, and where it stands in its file.
#[derive(Debug)]
struct Mark {
    range: Range<usize>,
    text: String,
    primary: bool,
    position: Position,
}

/// A label in its file, cut to its first line.
struct Spot {
    file: FileId,
    line: usize,
    /// Bytes of the file.
    range: Range<usize>,
    text: String,
    primary: bool,
    position: Position,
}

impl Snippet {
    /// What `finding` shows: the block of its primary label, the other blocks of that file, then
    /// those of the other files in the order of the related labels.
    #[must_use]
    pub fn new(finding: &Finding, places: &mut Places<'_>) -> Self {
        let mut snippet = Self { text: String::new(), blocks: Vec::new(), marks: Vec::new() };
        for spots in blocks(spots(finding, places)) {
            snippet.add(&spots, places);
        }
        snippet
    }

    /// The labels, for miette.
    pub fn labels(&self) -> impl Iterator<Item = LabeledSpan> + '_ {
        self.marks.iter().map(|mark| {
            let text = (!mark.text.is_empty()).then(|| mark.text.clone());
            let span = SourceSpan::from(mark.range.clone());
            if mark.primary {
                LabeledSpan::new_primary_with_span(text, span)
            } else {
                LabeledSpan::new_with_span(text, span)
            }
        })
    }

    /// Adds the lines around spots of one file that stand near each other.
    fn add(&mut self, spots: &[Spot], places: &mut Places<'_>) {
        let Some(spot) = spots.first() else { return };
        let file = spot.file;
        let lines = places.lines(file);
        let first = spots.iter().map(|spot| spot.line).min().unwrap_or(0).saturating_sub(CONTEXT);
        let last = spots.iter().map(|spot| spot.line).max().unwrap_or(0) + CONTEXT;
        let end = shown_lines(lines.len(), lines.range(lines.len() - 1).is_empty());
        let ranges: Vec<_> =
            (first..=last.min(end.saturating_sub(1)).max(first)).map(|n| lines.range(n)).collect();
        let text = places.text(file);
        let start = self.text.len();
        for (line, range) in ranges.iter().enumerate().map(|(index, range)| (first + index, range)) {
            let here: Vec<&Spot> = spots.iter().filter(|spot| spot.line == line).collect();
            self.add_line(text, content(text, range.clone()), &here);
        }
        self.blocks.push(Block {
            path: visible::line(places.path(file)),
            first,
            lines: ranges.len(),
            range: start..self.text.len(),
        });
    }

    /// Adds one line, with `…` for what is cut, and the marks on it.
    fn add_line(&mut self, text: &str, line: Range<usize>, spots: &[&Spot]) {
        let labels: Vec<Range<usize>> = spots.iter().map(|spot| spot.range.clone()).collect();
        let parts = kept(text, &line, &labels);
        // Where each kept character went.
        let mut moved: Vec<(usize, usize)> = Vec::new();
        let mut cut = line.start;
        for part in parts {
            if part.start > cut {
                self.text.push('…');
            }
            for (at, c) in text[part.clone()].char_indices() {
                moved.push((part.start + at, self.text.len()));
                visible::push(&mut self.text, c);
            }
            moved.push((part.end, self.text.len()));
            cut = part.end;
        }
        let end = self.text.len();
        if cut < line.end {
            self.text.push('…');
        }
        let to = |offset: usize| {
            let index = moved.partition_point(|&(from, _)| from < offset);
            moved.get(index).map_or(end, |&(_, to)| to)
        };
        for spot in spots {
            let start = to(spot.range.start);
            self.marks.push(Mark {
                range: start..to(spot.range.end).max(start),
                text: spot.text.clone(),
                primary: spot.primary,
                position: spot.position,
            });
        }
        self.text.push('\n');
    }
}

impl SourceCode for Snippet {
    /// The whole block that `span` lies in. A span over two blocks is refused, so that miette prints
    /// a snippet for each.
    fn read_span<'a>(
        &'a self,
        span: &SourceSpan,
        context_lines_before: usize,
        _context_lines_after: usize,
    ) -> Result<Box<dyn SpanContents<'a> + 'a>, MietteError> {
        let (start, end) = (span.offset(), span.offset() + span.len());
        let holds =
            |block: &&Block| block.range.start <= start && start < block.range.end && end <= block.range.end;
        let block = self.blocks.iter().find(holds).ok_or(MietteError::OutOfBounds)?;
        // miette asks without context for the position in the header, whose column counts from 0.
        let asked = (context_lines_before == 0)
            .then(|| self.marks.iter().find(|mark| mark.range == (start..end)))
            .flatten()
            .map(|mark| (mark.position.line as usize - 1, mark.position.col as usize - 1));
        let (line, column) = asked.unwrap_or((block.first, 0));
        Ok(Box::new(MietteSpanContents::new_named(
            block.path.clone(),
            self.text.get(block.range.clone()).unwrap_or_default().as_bytes(),
            SourceSpan::from(block.range.clone()),
            line,
            column,
            block.lines,
        )))
    }
}

/// The labels of a finding; each place with each text once.
fn spots(finding: &Finding, places: &mut Places<'_>) -> Vec<Spot> {
    let mut spots: Vec<Spot> = Vec::new();
    for (label, primary) in
        std::iter::once((&finding.primary, true)).chain(finding.related.iter().map(|label| (label, false)))
    {
        let text = visible::line(&label.text);
        let (line, range) = first_line(label.span, places);
        let known = spots.iter_mut().find(|spot| spot.file == label.span.file && spot.range == range);
        match known {
            Some(spot) if spot.text.is_empty() || text.is_empty() || spot.text == text => {
                if spot.text.is_empty() {
                    spot.text = text;
                }
            }
            _ => spots.push(Spot {
                file: label.span.file,
                line,
                range,
                text,
                primary,
                position: places.start(label.span),
            }),
        }
    }
    spots
}

/// The first line of `span` (from 0) and the bytes on it that are labelled. An empty place behind
/// the last line end is moved onto the last character, so that there is something to point at.
fn first_line(span: Span, places: &mut Places<'_>) -> (usize, Range<usize>) {
    let text = places.text(span.file);
    let lines = places.lines(span.file);
    let start = floor(text, span.start as usize);
    let end = floor(text, span.end as usize).max(start);
    let mut line = lines.line_of(u32::try_from(start).unwrap_or(u32::MAX));
    let mut shown = content(text, lines.range(line));
    if shown.is_empty() && start == text.len() && line > 0 {
        line -= 1;
        shown = content(text, lines.range(line));
        let last = text[shown.clone()].chars().next_back().map_or(0, char::len_utf8);
        return (line, shown.end - last..shown.end);
    }
    let start = start.clamp(shown.start, shown.end);
    let end = end.clamp(start, shown.end);
    let trimmed = start + text[start..end].trim_end().len();
    (line, start..if trimmed > start { trimmed } else { end })
}

/// The spots by block: those of one file whose lines touch.
fn blocks(spots: Vec<Spot>) -> Vec<Vec<Spot>> {
    let mut files: Vec<Vec<Vec<Spot>>> = Vec::new();
    for spot in spots {
        match files.iter_mut().find(|blocks| blocks[0][0].file == spot.file) {
            Some(blocks) => blocks.push(vec![spot]),
            None => files.push(vec![vec![spot]]),
        }
    }
    files.into_iter().flat_map(join).collect()
}

/// Joins the blocks of a file whose lines touch or leave out one line; a joined block stands where
/// its first spot stood.
fn join(blocks: Vec<Vec<Spot>>) -> Vec<Vec<Spot>> {
    let mut ordered: Vec<(usize, Vec<Spot>)> = blocks.into_iter().enumerate().collect();
    ordered.sort_by_key(|(_, block)| block[0].line);
    let mut joined: Vec<(usize, Vec<Spot>)> = Vec::new();
    for (index, block) in ordered {
        match joined.last_mut() {
            Some((first, last))
                if last.last().is_some_and(|spot| block[0].line <= spot.line + 2 * CONTEXT + 2) =>
            {
                *first = index.min(*first);
                last.extend(block);
            }
            _ => joined.push((index, block)),
        }
    }
    joined.sort_by_key(|(index, _)| *index);
    joined.into_iter().map(|(_, block)| block).collect()
}

/// Number of lines that are worth showing: not the empty one behind the last line end.
fn shown_lines(lines: usize, last_is_empty: bool) -> usize {
    if last_is_empty && lines > 1 { lines - 1 } else { lines }
}

/// The range of a line without its end, and without a byte order mark.
fn content(text: &str, line: Range<usize>) -> Range<usize> {
    let start =
        if line.start == 0 && text.starts_with('\u{feff}') { '\u{feff}'.len_utf8() } else { line.start };
    let shown = text.get(start..line.end).unwrap_or_default();
    start..start + shown.trim_end_matches(['\r', '\n']).len()
}

/// The parts of a line that are shown: all of it, or what lies around its labels.
fn kept(text: &str, line: &Range<usize>, labels: &[Range<usize>]) -> Vec<Range<usize>> {
    let whole = forward(text, line.start, line.end, LINE_COLUMNS);
    if whole == line.end {
        return vec![line.clone()];
    }
    let share = (LINE_COLUMNS / labels.len().max(1)).max(40);
    let around = |label: &Range<usize>| {
        let start = backward(text, label.start, line.start, share / 3);
        let end = forward(text, start, line.end, share);
        // What the line's end leaves is shown before the label.
        let used: usize = text[start..end].chars().map(visible::width).sum();
        backward(text, start, line.start, share.saturating_sub(used))..end
    };
    let mut parts: Vec<Range<usize>> = labels.iter().map(around).collect();
    if parts.is_empty() {
        parts.push(line.start..whole);
    }
    parts.sort_by_key(|part| part.start);
    let mut joined: Vec<Range<usize>> = Vec::new();
    for part in parts {
        match joined.last_mut() {
            Some(last) if part.start <= last.end => last.end = last.end.max(part.end),
            _ => joined.push(part),
        }
    }
    joined
}

/// The offset up to `columns` columns after `from`, at most `end`.
fn forward(text: &str, from: usize, end: usize, columns: usize) -> usize {
    let mut used = 0;
    for (at, c) in text[from..end].char_indices() {
        used += visible::width(c);
        // Characters of no width are few in text; a run of them is cut too.
        if used > columns || at > columns * 8 {
            return from + at;
        }
    }
    end
}

/// The offset up to `columns` columns before `from`, at least `start`.
fn backward(text: &str, from: usize, start: usize, columns: usize) -> usize {
    let mut used = 0;
    let mut found = from;
    for (at, c) in text[start..from].char_indices().rev() {
        used += visible::width(c);
        if used > columns || from - at > columns * 8 {
            return found;
        }
        found = start + at;
    }
    found
}
