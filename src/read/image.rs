//! Dockerfiles, and references to images wherever they stand.

use crate::facts::{Fact, words};
use crate::text::Passage;

/// The fact for an image reference; `role` is a word of the vocabulary. Variables and placeholders
/// in it make it `dynamic`.
#[must_use]
pub fn reference(text: &Passage, role: &'static str) -> Fact {
    let span = text.span();
    Fact::new(words::image::KIND, span).with(words::image::TEXT, text.text(), span).with(
        words::image::ROLE,
        role,
        span,
    )
}
