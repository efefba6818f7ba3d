//! A repository as the checks see it: paths and texts. Does no IO and knows no language.

use std::any::Any;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, OnceLock};

use crate::finding::Finding;
use crate::text::{FileId, Passage, Span};

/// Largest file that is read, in bytes; a larger one is a finding.
pub const MAX_FILE_BYTES: usize = 8 * 1024 * 1024;

/// One file: its path from the root, with `/`, and its text.
#[derive(Clone, Debug)]
pub struct SourceFile {
    pub path: Arc<str>,
    /// The text, byte for byte; each byte that is not UTF-8 is replaced by `?`, so offsets hold.
    pub text: Arc<str>,
    /// Whether the file was named by the user and is read whatever its path.
    pub explicit: bool,
    fault: Option<Fault>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fault {
    NotUtf8 { offset: u32 },
    Binary { offset: u32 },
    TooLarge { bytes: u64 },
}

/// Files by path, and the paths of those that exist but are not read.
#[derive(Clone, Debug, Default)]
pub struct Repo {
    files: Vec<SourceFile>,
    by_path: BTreeMap<Arc<str>, FileId>,
    paths: BTreeSet<Arc<str>>,
    base: Option<Arc<Repo>>,
    /// What was worked out of all files together; gone when a file comes.
    whole: OnceLock<Arc<dyn Any + Send + Sync>>,
}

impl Repo {
    /// Adds a file's bytes under its path from the root. A second file of one path replaces the
    /// first.
    pub fn insert(&mut self, path: &str, bytes: Vec<u8>, explicit: bool) -> FileId {
        let (text, fault) = decode(bytes);
        self.push(path, text, explicit, fault)
    }

    /// Adds a file that is too large to read, as a finding in its place.
    pub fn insert_too_large(&mut self, path: &str, bytes: u64) -> FileId {
        self.push(path, String::new(), false, Some(Fault::TooLarge { bytes }))
    }

    /// The same repository, to be compared with what it was at the base: its migrations there.
    #[must_use]
    pub fn with_base(self, base: Self) -> Self {
        Self { base: Some(Arc::new(base)), ..self }
    }

    /// What it was at the base, where one is given.
    #[must_use]
    pub fn base(&self) -> Option<&Self> {
        self.base.as_deref()
    }

    /// Notes that `path` exists, without its text.
    pub fn note_path(&mut self, path: &str) {
        if !self.paths.contains(path) {
            self.whole.take();
            self.paths.insert(path.into());
        }
    }

    /// What `work` makes of all files, made once: one who reads file after file need not make it again.
    /// None for a second kind of thing.
    #[must_use]
    pub fn whole<T: Any + Send + Sync>(&self, work: impl FnOnce(&Self) -> T) -> Option<Arc<T>> {
        let whole = self.whole.get_or_init(|| Arc::new(work(self)));
        Arc::clone(whole).downcast().ok()
    }

    /// Whether the repository has a file at `path`, read or not.
    #[must_use]
    pub fn exists(&self, path: &str) -> bool {
        self.paths.contains(path)
    }

    #[must_use]
    pub fn get(&self, path: &str) -> Option<FileId> {
        self.by_path.get(path).copied()
    }

    #[must_use]
    pub fn file(&self, id: FileId) -> &SourceFile {
        &self.files[id.0 as usize]
    }

    #[must_use]
    pub fn path(&self, id: FileId) -> &str {
        &self.file(id).path
    }

    /// The file as a passage of one exact piece.
    #[must_use]
    pub fn passage(&self, id: FileId) -> Passage {
        Passage::file(id, Arc::clone(&self.file(id).text))
    }

    /// Files that are read, in the order in which they were added.
    pub fn ids(&self) -> impl Iterator<Item = FileId> + use<> {
        (0..u32::try_from(self.files.len()).unwrap_or(u32::MAX)).map(FileId)
    }

    /// Number of files that are read.
    #[must_use]
    pub fn len(&self) -> usize {
        self.files.len()
    }

    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.files.is_empty()
    }

    /// Every known path in order, read or not.
    pub fn paths(&self) -> impl Iterator<Item = &str> {
        self.paths.iter().map(AsRef::as_ref)
    }

    /// Whether the file holds text that readers can work on.
    #[must_use]
    pub fn is_text(&self, id: FileId) -> bool {
        matches!(self.file(id).fault, None | Some(Fault::NotUtf8 { .. }))
    }

    /// The known paths from `start` on, in order.
    pub fn paths_from<'r>(&'r self, start: &str) -> impl Iterator<Item = &'r str> + use<'r> {
        let from = std::ops::Bound::Included(start);
        self.paths.range::<str, _>((from, std::ops::Bound::Unbounded)).map(AsRef::as_ref)
    }

    /// What is wrong with the file before any reader looks at it.
    #[must_use]
    pub fn fault(&self, id: FileId) -> Option<Finding> {
        let at = |offset: u32, len: u32| Span::new(id, offset, offset + len);
        Some(match self.file(id).fault? {
            Fault::NotUtf8 { offset } => Finding::syntax(
                format!("this is not UTF-8: byte {offset} starts no character"),
                at(offset, 1),
            )
            .help("save the file as UTF-8; the rest was read with `?` in place of such bytes"),
            Fault::Binary { offset } => {
                Finding::syntax(format!("this is a binary file: byte {offset} is NUL"), at(0, 0))
                    .help("it was not read; leave it out of the checked paths if it belongs here")
            }
            Fault::TooLarge { bytes } => Finding::syntax(
                format!("this file has {bytes} bytes; files over {MAX_FILE_BYTES} bytes are not read"),
                at(0, 0),
            )
            .help("it was not checked; leave it out of the checked paths if it belongs here"),
        })
    }

    fn push(&mut self, path: &str, text: String, explicit: bool, fault: Option<Fault>) -> FileId {
        self.whole.take();
        self.note_path(path);
        let path: Arc<str> = path.into();
        let file = SourceFile { path: Arc::clone(&path), text: text.into(), explicit, fault };
        if let Some(&id) = self.by_path.get(&path) {
            self.files[id.0 as usize] = file;
            return id;
        }
        let id = FileId(u32::try_from(self.files.len()).unwrap_or(u32::MAX));
        self.files.push(file);
        self.by_path.insert(path, id);
        id
    }
}

fn decode(bytes: Vec<u8>) -> (String, Option<Fault>) {
    if bytes.len() > MAX_FILE_BYTES {
        return (String::new(), Some(Fault::TooLarge { bytes: bytes.len() as u64 }));
    }
    let offset_of = |at: usize| u32::try_from(at).unwrap_or(u32::MAX);
    if let Some(at) = memchr::memchr(0, &bytes[..bytes.len().min(8192)]) {
        return (String::new(), Some(Fault::Binary { offset: offset_of(at) }));
    }
    match String::from_utf8(bytes) {
        Ok(text) => (text, None),
        Err(error) => {
            let offset = offset_of(error.utf8_error().valid_up_to());
            (replace_invalid(error.as_bytes()), Some(Fault::NotUtf8 { offset }))
        }
    }
}

/// The text with one `?` for each byte that belongs to no character.
fn replace_invalid(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len());
    for chunk in bytes.utf8_chunks() {
        text.push_str(chunk.valid());
        text.extend(chunk.invalid().iter().map(|_| '?'));
    }
    text
}
