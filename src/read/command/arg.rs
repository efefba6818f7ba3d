//! One word of a command, whether a shell or a list of words gave it. Knows no program.

use std::borrow::Cow;
use std::cell::RefCell;
use std::sync::Arc;

use rustc_hash::FxHashSet;

use crate::syntax::shell::{PartKind, Quoting, Word};
use crate::text::{Passage, Span};

/// A word with its value and place.
#[derive(Clone, Debug)]
pub(super) struct Arg<'a> {
    /// Quotes removed.
    pub value: Cow<'a, str>,
    pub span: Span,
    /// Whether a part of it is known at run time only.
    pub dynamic: bool,
    source: Source<'a>,
}

#[derive(Clone, Copy, Debug)]
enum Source<'a> {
    Word(&'a Word, &'a Passage),
    Passage(&'a Passage),
}

impl<'a> Arg<'a> {
    pub fn of_word(word: &'a Word, script: &'a Passage) -> Self {
        Self {
            value: Cow::Borrowed(&word.value),
            span: script.locate(word.range.clone()),
            dynamic: word.dynamic,
            source: Source::Word(word, script),
        }
    }

    pub fn of_passage(passage: &'a Passage) -> Self {
        let text = passage.text();
        let dynamic = text.match_indices("__").any(|(start, _)| {
            let name = |c: char| c.is_ascii_alphanumeric() || c == '_';
            let len = text[start..].find(|c| !name(c)).unwrap_or(text.len() - start);
            crate::syntax::shell::is_placeholder(passage, start..start + len)
        });
        Self { value: Cow::Borrowed(text), span: passage.span(), dynamic, source: Source::Passage(passage) }
    }

    /// The same word, read as another value, such as a program's usual name.
    pub fn read_as(mut self, value: impl Into<Cow<'a, str>>) -> Self {
        self.value = value.into();
        self
    }

    /// The variable, read as the words that it is known to hold.
    pub fn stand_for(mut self, value: &str) -> Self {
        self.value = Cow::Owned(value.to_owned());
        self.dynamic = false;
        self
    }

    /// The value as a passage, for text that is a command line itself.
    pub fn passage(&self) -> Passage {
        match self.source {
            Source::Word(word, script) => word.passage(script),
            Source::Passage(passage) => passage.clone(),
        }
    }

    /// Whether an expansion makes any number of words of it, flags perhaps: `$FLAGS`, `"${ARGS[@]}"`.
    /// Of a variable that is named like an operand this is said only with `whatever`.
    pub fn is_any_words(&self, whatever: bool) -> bool {
        const NAMES: &[&str] = &["flag", "arg", "opt", "param", "extra"];
        let Source::Word(word, _) = self.source else { return false };
        if !self.dynamic || word.parts.len() != 1 || word.parts[0].kind != PartKind::Expansion {
            return false;
        }
        let Some(name) = word.value.strip_prefix('$') else {
            return whatever && word.quoting == Quoting::None;
        };
        let list = name.contains("[@]") || matches!(name, "@" | "{@}");
        let name = name.to_ascii_lowercase();
        let named = whatever || name.contains("[*]") || matches!(&*name, "*" | "{*}");
        list || (word.quoting == Quoting::None && (named || NAMES.iter().any(|part| name.contains(part))))
    }

    /// Whether it is one word whatever the variables hold: no unquoted expansion, no pattern of file
    /// names, and no blank of a manual such as `<app>` or `…`.
    pub fn is_one_word(&self) -> bool {
        let blank = self.value.starts_with(['<', '['])
            || self.value.contains("...")
            || self.value.contains('…')
            || self.value.contains("{{");
        match self.source {
            _ if blank => false,
            Source::Word(word, _) if self.dynamic => {
                word.quoting == Quoting::Double
                    && !word.value.contains("[@]")
                    && !word.value.contains("$@")
                    && !word.value.contains("${@")
            }
            Source::Word(word, _) => {
                word.quoting != Quoting::None || !self.value.contains(['*', '?', '{', '['])
            }
            Source::Passage(_) => !self.dynamic,
        }
    }

    /// The place from this word to the end of `last`, where the file says just `text` there.
    pub fn exactly(&self, last: &Self, text: &str) -> Option<Span> {
        let (Source::Word(first, script), Source::Word(last, _)) = (self.source, last.source) else {
            return None;
        };
        let range = first.range.start..last.range.end;
        if script.text().get(range.clone()) != Some(text) {
            return None;
        }
        script.exact(range)
    }

    /// Whether it looks like a flag.
    pub fn is_flag(&self) -> bool {
        self.value.len() > 1 && self.value.starts_with('-')
    }
}

/// The place from the first to the last of some words.
pub(super) fn span_of(first: Span, last: Span) -> Span {
    if first.file == last.file && last.end >= first.start {
        Span::new(first.file, first.start, last.end)
    } else {
        first
    }
}

thread_local! {
    static WORDS: RefCell<FxHashSet<Arc<str>>> = RefCell::default();
}

/// Bytes of a word, and number of words, up to which one is kept to be shared.
const MOST_BYTES: usize = 32;
const MOST_WORDS: usize = 4096;

/// A word, made once: commands say the same few again and again.
pub(super) fn shared(word: &str) -> Arc<str> {
    WORDS.with_borrow_mut(|words| {
        if let Some(known) = words.get(word) {
            return Arc::clone(known);
        }
        let new: Arc<str> = word.into();
        if word.len() <= MOST_BYTES && words.len() < MOST_WORDS {
            words.insert(Arc::clone(&new));
        }
        new
    })
}

/// The text on one line: continued lines joined, blanks around line ends made one.
pub fn one_line(text: &str) -> String {
    let mut line = String::with_capacity(text.len());
    for part in text.split('\n') {
        let part = part.strip_suffix('\r').unwrap_or(part);
        let part = if line.is_empty() { part } else { part.trim_start() };
        let slashes = part.bytes().rev().take_while(|byte| *byte == b'\\').count();
        let part = if slashes % 2 == 1 { &part[..part.len() - 1] } else { part };
        if !line.is_empty() && !line.ends_with(' ') && !part.is_empty() {
            line.push(' ');
        }
        line.push_str(if slashes % 2 == 1 { part.trim_end() } else { part });
    }
    line.truncate(line.trim_end().len());
    line
}
