//! Byte offsets to lines and columns. Knows a file's text, no language.

/// `text` on one line: every run of blanks and line ends is one space.
#[must_use]
pub fn one_line(text: &str) -> String {
    cut_line(text, usize::MAX)
}

/// [`one_line`], cut with `…` behind `limit` code points.
#[must_use]
pub fn cut_line(text: &str, limit: usize) -> String {
    let mut line = String::with_capacity(text.len().min(limit.saturating_add(4)));
    let mut len = 0;
    for word in text.split_whitespace() {
        if len > 0 {
            line.push(' ');
            len += 1;
        }
        if word.is_ascii() && limit.saturating_sub(len) >= word.len() {
            line.push_str(word);
            len += word.len();
            continue;
        }
        for char in word.chars() {
            if len == limit {
                line.push('…');
                return line;
            }
            line.push(char);
            len += 1;
        }
    }
    line
}

/// A place for people and editors. Lines and columns count from 1; a byte order mark at the file's
/// start is no column.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Position {
    pub line: u32,
    /// Column in code points.
    pub col: u32,
    /// Column in UTF-8 bytes.
    pub utf8: u32,
    /// Column in UTF-16 code units.
    pub utf16: u32,
}

/// Where the lines of a text start. `\n`, `\r\n` and a lone `\r` end a line.
#[derive(Clone, Debug)]
pub struct LineTable {
    starts: Vec<u32>,
    len: u32,
}

impl LineTable {
    #[must_use]
    pub fn new(text: &str) -> Self {
        let bytes = text.as_bytes();
        let mut starts = vec![0];
        for at in memchr::memchr2_iter(b'\n', b'\r', bytes) {
            let lone = bytes[at] == b'\n' || bytes.get(at + 1) != Some(&b'\n');
            if lone {
                starts.push(u32::try_from(at + 1).unwrap_or(u32::MAX));
            }
        }
        Self { starts, len: u32::try_from(bytes.len()).unwrap_or(u32::MAX) }
    }

    /// Number of lines; a text that ends with a newline has an empty last one.
    #[must_use]
    pub fn len(&self) -> usize {
        self.starts.len()
    }

    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// The line (from 0) that byte `offset` is on.
    #[must_use]
    pub fn line_of(&self, offset: u32) -> usize {
        self.starts.partition_point(|&start| start <= offset).saturating_sub(1)
    }

    /// Bytes of line `line` (from 0), with its line end. Empty where there is no such line.
    #[must_use]
    pub fn range(&self, line: usize) -> std::ops::Range<usize> {
        let start = self.starts.get(line).copied().unwrap_or(self.len);
        let end = self.starts.get(line + 1).copied().unwrap_or(self.len);
        start as usize..end as usize
    }

    /// The position of byte `offset` of `text`, the text that the table was made of.
    #[must_use]
    pub fn position(&self, text: &str, offset: u32) -> Position {
        let mut offset = (offset as usize).min(text.len());
        while !text.is_char_boundary(offset) {
            offset -= 1;
        }
        let line = self.line_of(u32::try_from(offset).unwrap_or(u32::MAX));
        let mut start = self.range(line).start;
        if start == 0 && text.starts_with('\u{feff}') {
            start = '\u{feff}'.len_utf8().min(offset);
        }
        let before = &text[start..offset];
        let count = |n: usize| u32::try_from(n).unwrap_or(u32::MAX).saturating_add(1);
        Position {
            line: count(line),
            col: count(before.chars().count()),
            utf8: count(before.len()),
            utf16: count(before.chars().map(char::len_utf16).sum()),
        }
    }
}
