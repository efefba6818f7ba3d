//! Host spans to lines and columns, quickly however long a file or its lines are. Knows no language.

use rustc_hash::FxHashMap;

use crate::repo::Repo;
use crate::text::{FileId, LineTable, Position, Span};

/// Bytes between two counted offsets of a file.
const STEP: usize = 4096;

/// Lines and columns in the files of a repository; each file is counted through once.
pub struct Places<'a> {
    repo: &'a Repo,
    files: FxHashMap<FileId, Counts>,
}

/// Where a file's lines start, and how many characters lie before every `STEP`th byte: a column is
/// found without walking a line of megabytes for each finding on it.
struct Counts {
    lines: LineTable,
    /// Code points and UTF-16 units before byte `index * STEP` (before the character it lies in).
    before: Vec<(u32, u32)>,
}

impl<'a> Places<'a> {
    #[must_use]
    pub fn new(repo: &'a Repo) -> Self {
        Self { repo, files: FxHashMap::default() }
    }

    #[must_use]
    pub fn path(&self, file: FileId) -> &'a str {
        self.repo.path(file)
    }

    #[must_use]
    pub fn text(&self, file: FileId) -> &'a str {
        &self.repo.file(file).text
    }

    pub fn start(&mut self, span: Span) -> Position {
        self.position(span.file, span.start)
    }

    pub fn end(&mut self, span: Span) -> Position {
        self.position(span.file, span.end.max(span.start))
    }

    /// The position of byte `offset`; one inside a character is its start.
    pub fn position(&mut self, file: FileId, offset: u32) -> Position {
        let text = self.text(file);
        let counts = self.counts(file);
        let offset = floor(text, offset as usize);
        let line = counts.lines.line_of(saturate(offset));
        let mut start = counts.lines.range(line).start;
        if start == 0 && text.starts_with('\u{feff}') {
            start = '\u{feff}'.len_utf8().min(offset);
        }
        let (chars, units) = counts.before(text, offset);
        let (chars_before, units_before) = counts.before(text, start);
        Position {
            line: saturate(line).saturating_add(1),
            col: chars.saturating_sub(chars_before).saturating_add(1),
            utf8: saturate(offset - start).saturating_add(1),
            utf16: units.saturating_sub(units_before).saturating_add(1),
        }
    }

    pub fn lines(&mut self, file: FileId) -> &LineTable {
        &self.counts(file).lines
    }

    fn counts(&mut self, file: FileId) -> &Counts {
        let text = self.text(file);
        self.files.entry(file).or_insert_with(|| Counts::new(text))
    }
}

impl Counts {
    fn new(text: &str) -> Self {
        let mut before = vec![(0, 0)];
        let mut at = 0;
        let mut count = (0, 0);
        for index in 1..=text.len() / STEP {
            let next = floor(text, index * STEP);
            count = add(count, &text[at..next]);
            before.push(count);
            at = next;
        }
        Self { lines: LineTable::new(text), before }
    }

    /// Code points and UTF-16 units before byte `offset`, which starts a character.
    fn before(&self, text: &str, offset: usize) -> (u32, u32) {
        let index = (offset / STEP).min(self.before.len().saturating_sub(1));
        let counted = self.before.get(index).copied().unwrap_or_default();
        let from = floor(text, index * STEP);
        add(counted, text.get(from..offset).unwrap_or_default())
    }
}

fn add((chars, units): (u32, u32), text: &str) -> (u32, u32) {
    let more = text.chars().fold((0, 0), |(n, u), c| (n + 1, u + c.len_utf16()));
    (chars.saturating_add(saturate(more.0)), units.saturating_add(saturate(more.1)))
}

/// The start of the character that `offset` lies in, at most the end of the text.
pub fn floor(text: &str, offset: usize) -> usize {
    let mut offset = offset.min(text.len());
    while !text.is_char_boundary(offset) {
        offset -= 1;
    }
    offset
}

fn saturate(offset: usize) -> u32 {
    u32::try_from(offset).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn repo(text: &str) -> Repo {
        let mut repo = Repo::default();
        repo.insert("a.txt", text.as_bytes().to_vec(), false);
        repo
    }

    #[test]
    fn agrees_with_the_line_table_at_every_byte() {
        let long = "あa🚀\t".repeat(2_500);
        for text in ["", "\u{feff}", "\u{feff}ab\r\nc", "日本\r🚀x\n\n", &long, &format!("{long}\n{long}")]
        {
            let repo = repo(text);
            let mut places = Places::new(&repo);
            let table = LineTable::new(text);
            for offset in (0..=saturate(text.len()) + 2).step_by(if text.len() > 100 { 97 } else { 1 }) {
                assert_eq!(places.position(FileId(0), offset), table.position(text, offset), "byte {offset}");
            }
        }
    }

    #[test]
    fn counts_a_long_line_once() {
        let text = "x".repeat(4 * 1024 * 1024);
        let repo = repo(&text);
        let mut places = Places::new(&repo);
        for offset in (0..4 * 1024 * 1024).step_by(64) {
            assert_eq!(places.position(FileId(0), offset).col, offset + 1);
        }
    }
}
