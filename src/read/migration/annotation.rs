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
    let mut lines: Vec<Range<usize>> = Vec::new();
    let mut tagged = false;
    for comment in comments {
        let Some(words) = text.get(comment.clone()) else { continue };
        tagged |= memchr::memchr(b'@', words.as_bytes()).is_some();
        let mut start = comment.start;
        for line in words.split_inclusive(['\n', '\r']) {
            lines.push(start..start + line.len());
            start += line.len();
        }
    }
    let mut notes = Notes::default();
    if !tagged {
        return notes;
    }
    for (at, line) in lines.iter().enumerate() {
        let (words, start) = (&text[line.clone()], line.start);
        if let Some(mut own) = note(words, start, "@destructive") {
            go_on(text, &mut own, &lines[at + 1..]);
            if notes.destructive.is_none() { notes.destructive = Some(own) } else { notes.more.push(own) }
        }
        if notes.expand.is_none() {
            notes.expand = note(words, start, "@expand-migration");
        }
    }
    notes
}

/// The most lines of one annotation.
const MAX_LINES: usize = 100;

/// Verbs that a change begins with.
const VERBS: [&str; 5] = ["DROP ", "RENAME ", "ALTER ", "TRUNCATE ", "DELETE "];

/// Takes the next lines of the comment where the annotation is not at its end: it has said nothing yet,
/// ends with a comma or in an open parenthesis, or the line names a change.
fn go_on(text: &str, note: &mut Note, lines: &[Range<usize>]) {
    for line in lines.iter().take(MAX_LINES) {
        let between = text.get(note.whole.end..line.start).unwrap_or("x");
        let near = between.matches('\n').count().max(between.matches('\r').count()) <= 1
            && between.chars().all(|char| char.is_whitespace() || matches!(char, '/' | '*' | '-' | '#'));
        let Some(words) = text.get(line.clone()).filter(|_| near) else { return };
        let body = words.trim_start_matches(is_margin);
        let said = text.get(note.value.clone()).unwrap_or_default();
        let open = said.matches(['(', '（']).count() > said.matches([')', '）']).count();
        let listed = said.trim_end().ends_with([',', '、', '，', ';', '+', '&']);
        let names = VERBS.iter().any(|verb| {
            body.get(..verb.len()).is_some_and(|head| head.eq_ignore_ascii_case(verb)) && !said.is_empty()
        });
        let begins = said.is_empty() && explains(body);
        let end = body.trim_end().trim_end_matches("*/").trim_end();
        let goes_on = open || listed || names || begins;
        if body.starts_with('@') || end.is_empty() || !goes_on {
            return;
        }
        let start = line.start + (words.len() - body.len());
        if said.is_empty() {
            note.value.start = start;
        }
        note.value.end = start + end.len();
        note.whole.end = note.value.end;
    }
}

/// What may stand before the words of a line of a comment.
fn is_margin(char: char) -> bool {
    char.is_whitespace() || matches!(char, '*' | '/' | '!' | '-')
}

/// What a note says, on one line: a blank for each byte of what stands between its lines.
pub fn said(text: &str, note: &Note) -> String {
    let value = text.get(note.value.clone()).unwrap_or_default();
    let mut said = String::with_capacity(value.len());
    for (at, line) in value.split(['\n', '\r']).enumerate() {
        let body = if at == 0 { line } else { line.trim_start_matches(is_margin) };
        let margin = line.len() - body.len() + usize::from(at > 0);
        said.extend(std::iter::repeat_n(' ', margin));
        said.push_str(body);
    }
    said
}

/// The note that `line` (at `start`) begins with, behind the stars and strokes of the comment.
fn note(line: &str, start: usize, tag: &str) -> Option<Note> {
    let body = line.trim_start_matches(is_margin);
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

/// The further migrations that an `@expand-migration` names behind the first one, as ranges of `text`.
pub fn more_expands(text: &str, note: &Note) -> Vec<Range<usize>> {
    let value = text.get(note.value.clone()).unwrap_or_default();
    let list = value.split(['(', '（']).next().unwrap_or_default();
    let mut found = Vec::new();
    let mut at = note.value.start;
    for (index, part) in list.split([',', '、', '，', '&', '+']).enumerate() {
        let word = part.trim();
        let is_name =
            word.chars().all(|char| char.is_alphanumeric() || matches!(char, '_' | '-' | '.' | '$'));
        // A name of a migration has a number; anything else behind a comma is prose.
        if index > 0 && is_name && word.bytes().any(|byte| byte.is_ascii_digit()) {
            let start = at + part.find(word).unwrap_or_default();
            found.push(start..start + word.len());
        }
        at += part.len();
        at +=
            list.get(at - note.value.start..).and_then(|rest| rest.chars().next()).map_or(0, char::len_utf8);
    }
    found
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
    fn an_annotation_may_go_on_in_the_next_lines() {
        let said_of = |text: &str| -> Vec<String> {
            let mut comments = Vec::new();
            let mut at = 0;
            for line in text.split_inclusive('\n') {
                let inner = line.find("//").map_or(at, |slashes| at + slashes + 2);
                comments.push(inner..at + line.trim_end().len());
                at += line.len();
            }
            let notes = read(text, comments.into_iter());
            let all = notes.destructive.iter().chain(&notes.more);
            all.map(|note| said(text, note).split_whitespace().collect::<Vec<_>>().join(" ")).collect()
        };
        for (text, expected) in [
            (
                "// @destructive:\n//   DROP COLUMN a.b (one,\n//   two),\n//   DROP TABLE c\n// @expand-migration: X1",
                &["DROP COLUMN a.b (one, two), DROP TABLE c"][..],
            ),
            (
                "// @destructive: DROP COLUMN a.b (one)\r\n//  DROP TABLE 商品（使わない）\r\n// More words.",
                &["DROP COLUMN a.b (one) DROP TABLE 商品（使わない）"],
            ),
            ("// @destructive: nothing reads it\n// The next comment.", &["nothing reads it"]),
            ("// @destructive: DROP TABLE a\n\n// DROP TABLE b is for later", &["DROP TABLE a"]),
            (
                "// @destructive: DROP TABLE a\n// @destructive: DROP TABLE b",
                &["DROP TABLE a", "DROP TABLE b"],
            ),
            ("// @destructive:\n// @expand-migration: X1", &[""]),
        ] {
            assert_eq!(said_of(text), expected, "{text}");
        }
        let block = "*\n * @destructive:\n *  - DROP COLUMN a.b\n *  - DROP TABLE c\n ";
        let notes = read(block, std::iter::once(0..block.len()));
        let note = notes.destructive.unwrap();
        let words = said(block, &note);
        assert_eq!(words.len(), note.value.len());
        assert_eq!(
            words.split_whitespace().collect::<Vec<_>>(),
            ["DROP", "COLUMN", "a.b", "DROP", "TABLE", "c"]
        );
        let _ = read(&"@destructive: (\n".repeat(5_000), std::iter::once(0..80_000));
    }

    #[test]
    fn several_expand_migrations() {
        let of = |text: &str| -> Vec<String> {
            let notes = read(text, std::iter::once(0..text.len()));
            let note = notes.expand.unwrap();
            more_expands(text, &note).into_iter().map(|range| text[range].to_owned()).collect()
        };
        assert_eq!(of(" @expand-migration: A1, B2、V3__c (for D4, E5)"), ["B2", "V3__c"]);
        assert_eq!(of(" @expand-migration: A1, unused since then"), [""; 0]);
        assert_eq!(of(" @expand-migration: NONE (A1, B2)"), [""; 0]);
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
