//! Words that stand for `${{ … }}` in texts. One for a plain path of a context keeps its name, such as
//! `__expr_inputs.environment__`, so that a value that becomes known later can take its place. Knows
//! nothing of what the contexts hold.

use std::borrow::Cow;
use std::sync::Arc;

use crate::syntax::expression::{self, Data, Tree};

/// The word for an expression that is no plain path.
pub const PLACEHOLDER: &str = "__expr__";

/// What all of these words begin with.
pub const PREFIX: &str = crate::facts::flow::PLACEHOLDER;

/// What stands before and behind a name.
const OPEN: &str = "__expr_";
const CLOSE: &str = "__";

/// Longer paths are no names that anything is bound to.
const MAX_NAME: usize = 200;

/// The word for an expression.
#[must_use]
pub fn of(tree: Option<&Tree>) -> String {
    if let Some(Tree { data: Data::Context(path), .. }) = tree {
        return named(&expression::path_text(path));
    }
    PLACEHOLDER.to_owned()
}

/// The word for the context path `name`.
#[must_use]
pub fn named(name: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.');
    // What stands for a name has to say where the name ends.
    let tells_its_end = !name.contains(CLOSE) && !name.starts_with('_') && !name.ends_with('_');
    if name.is_empty() || name.len() > MAX_NAME || !name.chars().all(plain) || !tells_its_end {
        return PLACEHOLDER.to_owned();
    }
    format!("{OPEN}{name}{CLOSE}")
}

/// The text with a word for each of its expressions.
#[must_use]
pub fn of_text(text: &str) -> Cow<'_, str> {
    if !text.contains("${{") {
        return Cow::Borrowed(text);
    }
    let mut words = String::with_capacity(text.len());
    let mut at = 0;
    for found in expression::find(text).0 {
        words.push_str(&text[at..found.range.start]);
        words.push_str(&of(found.tree.as_ref()));
        at = found.range.end;
    }
    words.push_str(&text[at..]);
    Cow::Owned(words)
}

/// The names that words of `text` stand for, in order.
#[must_use]
pub fn names(text: &str) -> Vec<&str> {
    let mut names = Vec::new();
    parts(text, |part| {
        if let Part::Named(name) = part {
            names.push(name);
        }
    });
    names
}

/// The text with the names taken out: what a name says is not what the value says.
#[must_use]
pub fn mask(text: &str) -> Cow<'_, str> {
    if !text.contains(OPEN) {
        return Cow::Borrowed(text);
    }
    let mut masked = String::with_capacity(text.len());
    parts(text, |part| match part {
        Part::Named(_) => masked.push_str(PLACEHOLDER),
        Part::Text(text) => masked.push_str(text),
    });
    Cow::Owned(masked)
}

/// The text with expressions in place of their words again, for people.
#[must_use]
pub fn shown(text: &str) -> Cow<'_, str> {
    if !text.contains(PREFIX) {
        return Cow::Borrowed(text);
    }
    let mut shown = String::with_capacity(text.len());
    parts(text, |part| match part {
        Part::Named(name) => {
            shown.push_str("${{ ");
            shown.push_str(name);
            shown.push_str(" }}");
        }
        Part::Text(text) => shown.push_str(text),
    });
    Cow::Owned(shown.replace(PLACEHOLDER, "${{ … }}"))
}

/// The text with the values of `bindings` for their names; names are compared without regard to case,
/// as GitHub does.
#[must_use]
pub fn fill<'t>(text: &'t str, bindings: &[(Arc<str>, Arc<str>)]) -> Cow<'t, str> {
    if bindings.is_empty() || !text.contains(OPEN) {
        return Cow::Borrowed(text);
    }
    let mut filled = String::with_capacity(text.len());
    parts(text, |part| match part {
        Part::Named(name) => match bindings.iter().find(|(bound, _)| bound.eq_ignore_ascii_case(name)) {
            Some((_, value)) => filled.push_str(value),
            None => filled.push_str(&named(name)),
        },
        Part::Text(text) => filled.push_str(text),
    });
    Cow::Owned(filled)
}

enum Part<'t> {
    Text(&'t str),
    Named(&'t str),
}

/// Visits the names and what is between them, in order.
fn parts<'t>(text: &'t str, mut visit: impl FnMut(Part<'t>)) {
    let mut rest = text;
    while let Some(start) = rest.find(OPEN) {
        let tail = &rest[start + OPEN.len()..];
        let end = tail.find(CLOSE).filter(|&end| end > 0 && end <= MAX_NAME);
        // The plain word is `__expr__`: its second underscore closes it.
        let Some(end) = end.filter(|_| !tail.starts_with('_')) else {
            let next = start + OPEN.len();
            visit(Part::Text(&rest[..next]));
            rest = &rest[next..];
            continue;
        };
        if start > 0 {
            visit(Part::Text(&rest[..start]));
        }
        visit(Part::Named(&tail[..end]));
        rest = &tail[end + CLOSE.len()..];
    }
    if !rest.is_empty() {
        visit(Part::Text(rest));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bound(pairs: &[(&str, &str)]) -> Vec<(Arc<str>, Arc<str>)> {
        pairs.iter().map(|&(name, value)| (name.into(), value.into())).collect()
    }

    #[test]
    fn plain_paths_keep_their_names() {
        assert_eq!(of_text("a-${{ inputs.stage }}.b"), "a-__expr_inputs.stage__.b");
        assert_eq!(of_text("${{ inputs['image-tag'] }}"), "__expr_inputs.image-tag__");
        assert_eq!(of_text("${{ github.event.inputs.x }}"), "__expr_github.event.inputs.x__");
        assert_eq!(of_text("${{ inputs.a || 'b' }}"), PLACEHOLDER);
        assert_eq!(of_text("${{ fromJSON(inputs.a).b }}"), PLACEHOLDER);
        assert_eq!(of_text("${{ steps.*.outcome }}"), PLACEHOLDER);
        assert_eq!(of_text("${{ vars.A__B }} ${{ vars.A_ }}"), "__expr__ __expr__");
        assert_eq!(of_text("日本"), "日本");
    }

    #[test]
    fn names_are_found_again() {
        let text = of_text("x_${{ inputs.a }}${{ vars.B_C }}_y-${{ a && b }}__expr_").into_owned();
        assert_eq!(names(&text), ["inputs.a", "vars.B_C"]);
        assert_eq!(mask(&text), "x___expr____expr___y-__expr____expr_");
        assert_eq!(shown(&text), "x_${{ inputs.a }}${{ vars.B_C }}_y-${{ … }}__expr_");
        let bindings = bound(&[("Inputs.A", "1"), ("vars.B_C", "2")]);
        assert_eq!(fill(&text, &bindings), "x_12_y-__expr____expr_");
        assert_eq!(fill(&text, &bound(&[("inputs.b", "1")])), text);
    }

    #[test]
    fn hostile_words_end() {
        for text in ["__expr_", "__expr___", "__expr____", "__expr__expr__", &"__expr_".repeat(50_000)] {
            assert!(names(text).len() <= text.len());
            let _ = (mask(text), fill(text, &bound(&[("a", "b")])));
        }
    }
}
