//! `@destructive: …` and `@expand-migration: …` in comments. Does not judge what they say.

use std::ops::Range;

/// An annotation in a comment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Note {
    /// From the `@` to the end of what it says.
    pub whole: Range<usize>,
    /// What stands behind the colon on the same line.
    pub value: Range<usize>,
}

/// The annotations of one migration: the first of each kind, and the other `@destructive`s.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Notes {
    pub destructive: Option<Note>,
    pub expand: Option<Note>,
    pub more: Vec<Note>,
}

/// Reads the comments whose insides are at `comments` of `text`.
pub fn read(text: &str, comments: impl Iterator<Item = Range<usize>>) -> Notes {
    let mut notes = Notes::default();
    for comment in comments {
        let Some(words) = text.get(comment.clone()) else { continue };
        if memchr::memchr(b'@', words.as_bytes()).is_none() {
            continue;
        }
        let mut start = comment.start;
        for line in words.split_inclusive(['\n', '\r']) {
            let destructive = note(line, start, "@destructive");
            match destructive {
                Some(_) if notes.destructive.is_none() => notes.destructive = destructive,
                more => notes.more.extend(more),
            }
            if notes.expand.is_none() {
                notes.expand = note(line, start, "@expand-migration");
            }
            start += line.len();
        }
    }
    notes
}

/// The note that `line` (at `start`) begins with, behind the stars and strokes of the comment.
fn note(line: &str, start: usize, tag: &str) -> Option<Note> {
    let body =
        line.trim_start_matches(|char: char| char.is_whitespace() || matches!(char, '*' | '/' | '!' | '-'));
    let at = start + (line.len() - body.len());
    let head = body.get(..tag.len()).filter(|head| head.eq_ignore_ascii_case(tag))?;
    let rest = &body[head.len()..];
    let behind = rest.trim_start();
    // Without a colon, a blank and something behind it will do.
    let blank = behind.len() < rest.len() && !behind.trim().trim_end_matches("*/").is_empty();
    let colon = behind.strip_prefix(':').or_else(|| behind.strip_prefix('：'));
    let said = colon.or_else(|| blank.then_some(behind))?;
    let tag_end = at + (body.len() - said.len());
    let value = said.trim().trim_end_matches("*/").trim_end();
    if value.is_empty() {
        return Some(Note { whole: at..tag_end, value: tag_end..tag_end });
    }
    let value_start = tag_end + (said.len() - said.trim_start().len());
    Some(Note { whole: at..value_start + value.len(), value: value_start..value_start + value.len() })
}

/// Whether a comment says something to people: no order to a tool, and no note of what is to be done.
pub fn explains(comment: &str) -> bool {
    const BEGINNINGS: [&str; 9] =
        ["eslint", "tslint", "prettier", "istanbul", "noinspection", "@ts-", "ts-ignore", "todo", "fixme"];
    let words =
        comment.trim_start_matches(|char: char| char.is_whitespace() || matches!(char, '*' | '/' | '!'));
    let lower: String = words.chars().take(16).collect::<String>().to_lowercase();
    words.contains(char::is_alphabetic) && !BEGINNINGS.iter().any(|beginning| lower.starts_with(beginning))
}

/// What an `@expand-migration` names when there is none.
pub const NONE: &str = "NONE";

/// The first word of an `@expand-migration`, and its reason, as ranges of `text`: the text in
/// parentheses, or what stands behind `NONE:`.
pub fn expand(text: &str, note: &Note) -> (Range<usize>, Option<Range<usize>>) {
    let value = text.get(note.value.clone()).unwrap_or_default();
    let word = value
        .find(|char: char| char.is_whitespace() || matches!(char, '(' | '（' | ',' | '、' | '。' | ';'))
        .unwrap_or(value.len());
    let start = note.value.start;
    if let Some(rest) = value.get(NONE.len()..).filter(|_| value[..NONE.len()].eq_ignore_ascii_case(NONE))
        && let Some(said) = rest.trim_start().strip_prefix([':', '：', '-', '–', '—'])
    {
        let reason = said.trim().trim_start_matches(['(', '（']).trim_end_matches([')', '）']).trim();
        let from = start + (value.len() - said.len()) + said.find(reason).unwrap_or_default();
        return (start..start + NONE.len(), (!reason.is_empty()).then(|| from..from + reason.len()));
    }
    let name = start..start + word;
    let reason = value[word..].find(['(', '（']).and_then(|open| {
        let open = word + open;
        let inner_start = open + value[open..].chars().next().map_or(0, char::len_utf8);
        let inner = &value[inner_start..];
        let inner = &inner[..inner.rfind([')', '）']).unwrap_or(inner.len())];
        let trimmed = inner.trim();
        let from = start + inner_start + (inner.len() - inner.trim_start().len());
        (!trimmed.is_empty()).then(|| from..from + trimmed.len())
    });
    (name, reason)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn notes(comment: &str) -> (Option<String>, Option<(String, Option<String>)>) {
        let notes = read(comment, std::iter::once(0..comment.len()));
        let expand = notes.expand.map(|note| {
            let (name, reason) = expand(comment, &note);
            (comment[name].to_owned(), reason.map(|reason| comment[reason].to_owned()))
        });
        (notes.destructive.map(|note| comment[note.value].to_owned()), expand)
    }

    #[test]
    fn a_line_comment_says_one_thing() {
        assert_eq!(
            notes(" @destructive: DROP COLUMN product.code"),
            (Some("DROP COLUMN product.code".into()), None)
        );
        assert_eq!(notes(" @destructive:"), (Some(String::new()), None));
        assert_eq!(notes(" @destructive"), (None, None));
        assert_eq!(notes(" see @destructive: x"), (None, None));
    }

    #[test]
    fn a_block_comment_says_both_with_japanese_reasons() {
        let (destructive, expand) = notes(
            "*\r\n * @destructive： 列を削除 🗑️\r\n * @expand-migration: NONE（どのコードからも（一度も）参照されない）\r\n ",
        );
        assert_eq!(destructive.as_deref(), Some("列を削除 🗑️"));
        assert_eq!(expand, Some(("NONE".into(), Some("どのコードからも（一度も）参照されない".into()))));
    }

    #[test]
    fn a_reason_needs_parentheses_with_something_in_them() {
        assert_eq!(
            notes(" @expand-migration: AddCode1700000000000").1,
            Some(("AddCode1700000000000".into(), None))
        );
        assert_eq!(notes(" @expand-migration: NONE()").1, Some(("NONE".into(), None)));
        assert_eq!(
            notes(" @expand-migration: NONE ( unused").1,
            Some(("NONE".into(), Some("unused".into())))
        );
        assert_eq!(notes(" @expand-migration:   ").1, Some((String::new(), None)));
    }
}
