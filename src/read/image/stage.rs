//! Where a stage starts from, and which images a stage takes files from. Knows no registry.

use std::sync::Arc;

use super::shell::Shell;
use super::{Image, Stage, reference};
use crate::facts::{Fact, FactRef, words};
use crate::syntax::dockerfile::{self, Dockerfile, Instruction};
use crate::text::Passage;

/// The names of all stages, in lower case.
pub(super) fn names(parsed: &Dockerfile) -> rustc_hash::FxHashSet<String> {
    let froms = parsed.instructions.iter().filter(|instruction| instruction.keyword == "FROM");
    froms.filter_map(|from| Some(from_words(from, parsed.escape).1?.text().to_lowercase())).collect()
}

/// The image of a `FROM`, and the name that it gives its stage.
fn from_words(from: &Instruction, escape: char) -> (Option<Passage>, Option<Passage>) {
    let mut words = dockerfile::words(&from.rest, escape).into_iter();
    let image = words.next();
    let named = words.next().is_some_and(|word| word.text().eq_ignore_ascii_case("AS"));
    (image, if named { words.next() } else { None })
}

impl Image<'_> {
    /// Adds the fact for the stage that `from` begins, and for the image that it starts from.
    pub(super) fn begin_stage(&mut self, from: &Instruction) -> FactRef {
        let place = from.whole.span();
        let (image, name) = from_words(from, self.parsed.escape);
        let index = i64::try_from(self.stages.len()).unwrap_or(i64::MAX);
        let mut fact = Fact::new(words::stage::KIND, place).inside(Some(self.file));
        fact.set(words::stage::INDEX, index, from.name.span());
        fact.set(words::stage::FINAL, false, place);
        if let Some(name) = &name {
            fact.set(words::stage::NAME, name.text(), name.span());
        }
        let base = image.map(|word| {
            let base = self.scope.expand_from(&word, self.parsed.escape);
            (word, base)
        });
        // `FROM` compares with the names of earlier stages, which are in lower case; of two equal
        // ones the later counts.
        let origin = base.as_ref().and_then(|(_, base)| self.by_name.get(base.text.text()));
        let origin = origin.and_then(|&index| self.stages.get(index));
        if let Some((word, base)) = &base {
            fact.set(words::stage::BASE, base.text.text(), word.span());
            fact.set(words::stage::FROM_STAGE, origin.is_some(), word.span());
        }
        let shell = origin.map_or_else(Shell::default, |stage| stage.shell.clone());
        let user = origin.and_then(|stage| stage.user.clone());
        let from_image = origin.is_none();
        let fact = self.out.add(fact);
        if let Some(name) = name {
            self.by_name.insert(name.text().to_lowercase(), self.stages.len());
        }
        self.stages.push(Stage { fact, place, shell, user });
        if let Some((word, base)) = base
            && from_image
            && base.text.text() != "scratch"
        {
            self.image_reference(&word, &base.text, "base", fact);
        }
        fact
    }

    /// The image that `COPY --from` takes files from, if it is no stage.
    pub(super) fn copy(&mut self, instruction: &Instruction, parent: FactRef) {
        if let Some(from) = instruction.flag("from").cloned() {
            // No variable is replaced here.
            self.taken_from(&from, &from, parent);
        }
    }

    /// The images that `RUN --mount=…,from=…` shows.
    pub(super) fn mounts(&mut self, instruction: &Instruction, parent: FactRef) {
        for flag in &instruction.flags {
            let (true, Some(options)) = (flag.name.text() == "mount", &flag.value) else { continue };
            let mut at = 0;
            for option in options.text().split(',') {
                let range = at..at + option.len();
                at = range.end + 1;
                if option.starts_with("from=") {
                    let word = options.slice(range.start + "from=".len()..range.end);
                    let known = self.scope.expand(&word, self.parsed.escape).text;
                    self.taken_from(&word, &known, parent);
                }
            }
        }
    }

    fn taken_from(&mut self, word: &Passage, known: &Passage, parent: FactRef) {
        let name = known.text();
        let is_stage =
            name.bytes().all(|byte| byte.is_ascii_digit()) || self.names.contains(&name.to_lowercase());
        if !is_stage && name != "scratch" {
            self.image_reference(word, known, "copy", parent);
        }
    }

    /// The fact for an image: its words as written, its parts with their variables replaced.
    fn image_reference(&mut self, word: &Passage, known: &Passage, role: &'static str, parent: FactRef) {
        let place = word.span();
        let mut fact = reference(known, role).inside(Some(parent));
        fact.span = place;
        fact.set(words::image::TEXT, Arc::<str>::from(word.text()), place);
        self.out.add(fact);
    }
}
