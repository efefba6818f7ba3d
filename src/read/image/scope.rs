//! What the variables of a Dockerfile mean where they are replaced: `FROM` sees the `ARG`s before it,
//! a stage its own. Knows no value that a build is given.

use rustc_hash::FxHashMap;

use crate::syntax::dockerfile::{self, Expansion};
use crate::text::Passage;

/// Bytes of values that one file may define; what is beyond counts as unknown, so that values that
/// repeat each other cost no memory.
const MAX_BYTES: usize = 1 << 20;

/// Known values by name; `None` for a name that has one at build time only.
#[derive(Default)]
pub(super) struct Scope {
    globals: FxHashMap<String, Option<Passage>>,
    stage: FxHashMap<String, Option<Passage>>,
    spent: usize,
    in_stage: bool,
}

impl Scope {
    pub fn begin_stage(&mut self) {
        self.stage.clear();
        self.in_stage = true;
    }

    /// An `ARG` before the first `FROM`.
    pub fn global(&mut self, name: &str, value: Option<Passage>) {
        let value = self.paid(value);
        self.globals.insert(name.to_owned(), value);
    }

    /// An `ARG` of a stage; without a default it takes the global one's.
    pub fn argument(&mut self, name: &str, value: Option<Passage>) {
        let value = value.or_else(|| self.globals.get(name).cloned().flatten());
        self.set(name, value);
    }

    /// An `ENV` of a stage.
    pub fn set(&mut self, name: &str, value: Option<Passage>) {
        let value = self.paid(value);
        self.stage.insert(name.to_owned(), value);
    }

    /// `word` with what is known where it stands.
    pub fn expand(&self, word: &Passage, escape: char) -> Expansion {
        let known = if self.in_stage { &self.stage } else { &self.globals };
        dockerfile::expand(word, escape, &|name| known.get(name).cloned().flatten())
    }

    /// `word` of a `FROM`, which sees global arguments only.
    pub fn expand_from(&self, word: &Passage, escape: char) -> Expansion {
        dockerfile::expand(word, escape, &|name| self.globals.get(name).cloned().flatten())
    }

    fn paid(&mut self, value: Option<Passage>) -> Option<Passage> {
        let value = value?;
        self.spent += value.len() + 64;
        (self.spent <= MAX_BYTES).then_some(value)
    }
}
