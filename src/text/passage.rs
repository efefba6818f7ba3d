//! Text that knows its way home. A passage is text plus the pieces it was made of, each with its
//! place in a host file. Readers get passages, never bare strings, so that a place in SQL in a
//! template literal, or in a script in YAML, maps to the host's bytes in one hop.
//! Knows no language.

use std::ops::Range;
use std::sync::Arc;

use super::span::{FileId, Span};

/// One run of a passage's text with one origin.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Piece {
    /// First byte in the passage's text.
    start: u32,
    /// The byte after the last one in the passage's text.
    end: u32,
    host: Span,
    /// Whether the host says these very bytes; otherwise the host's words stand for them.
    exact: bool,
}

/// Text derived from host files, which can tell where each of its bytes came from.
///
/// Offsets are bytes of [`Passage::text`], as `usize` ranges; places are host [`Span`]s.
#[derive(Clone)]
pub struct Passage {
    buffer: Arc<str>,
    window: Range<usize>,
    pieces: Arc<[Piece]>,
    /// Where the passage is at home when it is empty.
    home: Span,
    /// Whether words can be put there when it is empty.
    open: bool,
}

impl std::fmt::Debug for Passage {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Passage").field("text", &self.text()).field("home", &self.span()).finish()
    }
}

impl Passage {
    /// A whole file: one exact piece.
    #[must_use]
    pub fn file(file: FileId, text: Arc<str>) -> Self {
        let len = text.len();
        let host = Span::new(file, 0, to_u32(len));
        let pieces = if len == 0 {
            Arc::from([])
        } else {
            Arc::from([Piece { start: 0, end: to_u32(len), host, exact: true }])
        };
        Self { buffer: text, window: 0..len, pieces, home: host, open: true }
    }

    #[must_use]
    pub fn text(&self) -> &str {
        &self.buffer[self.window.clone()]
    }

    /// Length in bytes.
    #[must_use]
    pub fn len(&self) -> usize {
        self.window.len()
    }

    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.window.is_empty()
    }

    /// The number of pieces that it was made of: what keeping it costs, beside its bytes.
    #[must_use]
    pub fn pieces(&self) -> usize {
        self.pieces.len()
    }

    /// The place of the whole passage.
    #[must_use]
    pub fn span(&self) -> Span {
        self.locate(0..self.len())
    }

    /// The part at `range` (bytes, clamped to character boundaries), sharing the text.
    #[must_use]
    pub fn slice(&self, range: Range<usize>) -> Self {
        let range = self.clamp(&range);
        let home = self.locate(range.clone());
        let (start, end) = (to_u32(range.start), to_u32(range.end));
        let pieces = self
            .overlapping(start, end)
            .map(|piece| {
                let clipped = piece.clip(start, end);
                Piece { start: clipped.start - start, end: clipped.end - start, ..clipped }
            })
            .collect();
        let offset = self.window.start;
        Self {
            buffer: Arc::clone(&self.buffer),
            window: offset + range.start..offset + range.end,
            pieces,
            home,
            open: self.exact(range).is_some(),
        }
    }

    /// Starts a passage made from parts of this one, in order.
    #[must_use]
    pub fn derive(&self) -> Derivation<'_> {
        Derivation { parent: self, weave: Weave::at(self.home), begun: false }
    }

    /// The host place of `range`. Total: out-of-range offsets are clamped. Where pieces of several
    /// origins meet (see [`Weave`]), detours to another file or backwards are left out: the place is
    /// in the file where `range` begins.
    #[must_use]
    pub fn locate(&self, range: Range<usize>) -> Span {
        let range = self.clamp(&range);
        let (start, end) = (to_u32(range.start), to_u32(range.end));
        if start == end {
            return self.locate_point(start);
        }
        let mut found: Option<Span> = None;
        for piece in self.overlapping(start, end) {
            let host = piece.clip(start, end).host;
            found = Some(match found {
                None => host,
                Some(span) if host.file == span.file && host.start >= span.start => {
                    Span::new(span.file, span.start, host.end.max(span.end))
                }
                Some(span) => span,
            });
        }
        found.unwrap_or(self.home)
    }

    /// The host place that says the very bytes of `range`, if there is one unbroken one.
    #[must_use]
    pub fn exact(&self, range: Range<usize>) -> Option<Span> {
        // A range that cuts a character apart says no words.
        self.text().get(range.clone())?;
        let (start, end) = (to_u32(range.start), to_u32(range.end));
        if start == end {
            return self.exact_point(start);
        }
        let mut found: Option<Span> = None;
        for piece in self.overlapping(start, end) {
            if !piece.exact {
                return None;
            }
            let host = piece.clip(start, end).host;
            found = Some(match found {
                None => host,
                Some(span) if span.file == host.file && span.end == host.start => {
                    Span::new(span.file, span.start, host.end)
                }
                Some(_) => return None,
            });
        }
        found
    }

    /// Whether any byte of `range` stands for other words of the host (a decoded escape, a hole).
    #[must_use]
    pub fn is_swapped(&self, range: Range<usize>) -> bool {
        let range = self.clamp(&range);
        self.overlapping(to_u32(range.start), to_u32(range.end)).any(|piece| !piece.exact)
    }

    /// A point is the place before the byte that follows it.
    fn locate_point(&self, at: u32) -> Span {
        let next = self.pieces.partition_point(|piece| piece.end <= at);
        if let Some(piece) = self.pieces.get(next) {
            let host = piece.clip(at, at).host;
            return Span::point(host.file, host.start);
        }
        match self.pieces.last() {
            Some(piece) => Span::point(piece.host.file, piece.host.end),
            None => Span::point(self.home.file, self.home.start),
        }
    }

    /// A point has an exact place where one of its neighbours is exact and ends or begins there.
    fn exact_point(&self, at: u32) -> Option<Span> {
        let place = self.locate_point(at);
        let next = self.pieces.partition_point(|piece| piece.end <= at);
        if self.pieces.get(next).is_some_and(|piece| piece.exact) {
            return Some(place);
        }
        let inside = self.pieces.get(next).is_some_and(|piece| piece.start < at);
        let before = next.checked_sub(1).and_then(|index| self.pieces.get(index));
        match before {
            Some(piece) if !inside && piece.exact => {
                let end = Span::point(piece.host.file, piece.host.end);
                (end == place).then_some(place)
            }
            Some(_) => None,
            None => (self.pieces.is_empty() && self.open).then_some(place),
        }
    }

    fn overlapping(&self, start: u32, end: u32) -> impl Iterator<Item = &Piece> {
        let first = self.pieces.partition_point(|piece| piece.end <= start);
        self.pieces[first..].iter().take_while(move |piece| start < end && piece.start < end)
    }

    fn clamp(&self, range: &Range<usize>) -> Range<usize> {
        let text = self.text();
        let floor = |at: usize| {
            let mut at = at.min(text.len());
            while !text.is_char_boundary(at) {
                at -= 1;
            }
            at
        };
        let start = floor(range.start);
        start..floor(range.end.max(range.start)).max(start)
    }
}

impl Piece {
    /// The part of the piece in `start..end` (which overlaps it, or is a point inside it).
    fn clip(self, start: u32, end: u32) -> Self {
        let from = self.start.max(start);
        let to = self.end.min(end).max(from);
        let host = if self.exact {
            let shift = self.host.start;
            Span::new(self.host.file, shift + (from - self.start), shift + (to - self.start))
        } else {
            self.host
        };
        Self { start: from, end: to, host, exact: self.exact }
    }
}

/// Builds a passage from parts of one parent, with two verbs.
pub struct Derivation<'a> {
    parent: &'a Passage,
    weave: Weave,
    /// Whether a verb was used; the first one says where an empty passage is at home.
    begun: bool,
}

impl Derivation<'_> {
    /// Takes the parent's bytes at `range` as they are.
    pub fn keep(&mut self, range: Range<usize>) -> &mut Self {
        self.begin(&range);
        self.weave.keep(self.parent, range);
        self
    }

    /// Lets `text` stand for the parent's words at `range`.
    pub fn swap(&mut self, range: Range<usize>, text: &str) -> &mut Self {
        self.begin(&range);
        self.weave.swap(self.parent, range, text);
        self
    }

    #[must_use]
    pub fn finish(self) -> Passage {
        self.weave.finish()
    }

    fn begin(&mut self, range: &Range<usize>) {
        if !self.begun {
            self.begun = true;
            let start = range.start..range.start;
            self.weave.open = self.parent.exact(start.clone()).is_some();
            self.weave.home = self.parent.locate(start);
        }
    }
}

/// Builds a passage from parts of several parents, in other files too: a string concatenated from
/// constants, a template whose holes are known.
pub struct Weave {
    text: String,
    pieces: Vec<Piece>,
    home: Span,
    open: bool,
}

impl Weave {
    /// An empty weave that is at home at `home` as long as nothing is added.
    #[must_use]
    pub fn at(home: Span) -> Self {
        let start = Span::point(home.file, home.start);
        Self { text: String::new(), pieces: Vec::new(), home: start, open: home.is_empty() }
    }

    /// Takes the bytes of `parent` at `range` as they are.
    pub fn keep(&mut self, parent: &Passage, range: Range<usize>) -> &mut Self {
        let range = parent.clamp(&range);
        let (start, end) = (to_u32(range.start), to_u32(range.end));
        let offset = self.len();
        for piece in parent.overlapping(start, end) {
            let clipped = piece.clip(start, end);
            self.push(Piece {
                start: offset + (clipped.start - start),
                end: offset + (clipped.end - start),
                ..clipped
            });
        }
        self.text.push_str(&parent.text()[range]);
        self
    }

    /// Takes the whole of `parent`.
    pub fn keep_all(&mut self, parent: &Passage) -> &mut Self {
        self.keep(parent, 0..parent.len())
    }

    /// Lets `text` stand for the words of `parent` at `range`.
    pub fn swap(&mut self, parent: &Passage, range: Range<usize>, text: &str) -> &mut Self {
        let host = parent.locate(range);
        self.put(host, text)
    }

    /// Lets `text` stand for the host's words at `host`.
    pub fn put(&mut self, host: Span, text: &str) -> &mut Self {
        if !text.is_empty() {
            let start = self.len();
            self.push(Piece { start, end: start + to_u32(text.len()), host, exact: false });
            self.text.push_str(text);
        }
        self
    }

    #[must_use]
    pub fn finish(self) -> Passage {
        let window = 0..self.text.len();
        let Self { text, pieces, home, open } = self;
        Passage { buffer: text.into(), window, pieces: pieces.into(), home, open }
    }

    fn len(&self) -> u32 {
        to_u32(self.text.len())
    }

    /// Adds a piece, joining it to the last one where both are one exact run of the host.
    fn push(&mut self, piece: Piece) {
        if piece.start == piece.end {
            return;
        }
        if let Some(last) = self.pieces.last_mut()
            && last.exact
            && piece.exact
            && last.end == piece.start
            && last.host.file == piece.host.file
            && last.host.end == piece.host.start
        {
            last.end = piece.end;
            last.host.end = piece.host.end;
            return;
        }
        self.pieces.push(piece);
    }
}

/// Files are capped far below 4 GiB before a passage is made of them; a larger offset saturates.
fn to_u32(offset: usize) -> u32 {
    u32::try_from(offset).unwrap_or(u32::MAX)
}
