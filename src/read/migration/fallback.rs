//! Migrations in text that does not parse: what can be seen without a tree. Knows only SQL in literals
//! that stand in the call.

use std::ops::Range;

use super::text::Text;
use super::{Draft, annotation, sql};
use crate::facts::Reading;
use crate::syntax::typescript::literal::decode;
use crate::syntax::typescript::sketch::{Item, Part, sketch};
use crate::syntax::typescript::token::Tokens;
use crate::text::{Passage, Weave};

/// The migrations that the text seems to hold, each with its changes.
pub fn read(passage: &Passage) -> Vec<Draft> {
    let text = passage.text();
    let mut drafts: Vec<Draft> = Vec::new();
    let mut direction = "up";
    // Where the last thing of each class was seen.
    let mut seen: Vec<usize> = Vec::new();
    for item in sketch(text) {
        match item {
            Item::Class(name) => {
                direction = "up";
                seen.push(name.end);
                drafts.push(Draft { name, ..Draft::default() });
            }
            Item::Head(name) => {
                let (Some(draft), Some(seen)) = (drafts.last_mut(), seen.last_mut()) else { continue };
                *seen = name.end;
                match &text[name] {
                    "up" => (direction, draft.up) = ("up", Some("present")),
                    "down" => (direction, draft.down) = ("down", Some("present")),
                    _ => {}
                }
            }
            Item::Call { method, argument } => {
                let (Some(draft), Some(seen)) = (drafts.last_mut(), seen.last_mut()) else { continue };
                *seen = method.end;
                if &text[method] == "query" {
                    let out = if direction == "up" {
                        &mut draft.up_changes.reading
                    } else {
                        &mut draft.down_changes.reading
                    };
                    query(out, passage, &argument, direction);
                }
            }
        }
    }
    let seen =
        drafts.iter().zip(seen).filter(|(draft, _)| draft.up.is_some()).map(|(_, at)| at).collect::<Vec<_>>();
    drafts.retain(|draft| draft.up.is_some());
    let mut comments = comments(text).into_iter().peekable();
    for at in 0..drafts.len() {
        // A comment behind the last thing seen in a class belongs to the next one.
        let end = drafts.get(at + 1).map_or(text.len(), |_| seen.get(at).copied().unwrap_or_default());
        let own: Vec<_> = std::iter::from_fn(|| comments.next_if(|comment| comment.start < end)).collect();
        drafts[at].notes = annotation::read(text, own.into_iter());
    }
    drafts
}

/// The insides of the comments.
fn comments(text: &str) -> Vec<Range<usize>> {
    let mut comments = Vec::new();
    let mut end = 0;
    let tokens = Tokens::new(text).map(|token| token.range()).chain(std::iter::once(text.len()..text.len()));
    for token in tokens {
        let mut between = text.get(end..token.start).unwrap_or_default();
        let mut at = end;
        while let Some(open) = memchr::memchr(b'/', between.as_bytes()) {
            let inside = &between[open + 1..];
            let (len, behind) = if let Some(words) = inside.strip_prefix('/') {
                (memchr::memchr2(b'\n', b'\r', words.as_bytes()).unwrap_or(words.len()), 0)
            } else if let Some(words) = inside.strip_prefix('*') {
                memchr::memmem::find(words.as_bytes(), b"*/").map_or((words.len(), 0), |len| (len, 2))
            } else {
                (at, between) = (at + open + 1, inside);
                continue;
            };
            let start = at + open + 2;
            comments.push(start..start + len);
            let taken = open + 2 + len + behind;
            (at, between) = (at + taken, &between[taken..]);
        }
        end = token.end;
    }
    comments
}

fn query(out: &mut Reading, passage: &Passage, argument: &[Part], direction: &'static str) {
    let start = match argument.first() {
        Some(Part::Words(range, _) | Part::Hole(range)) => range.start,
        None => return,
    };
    let mut weave = Weave::at(passage.locate(start..start));
    let mut len = 0;
    let mut holes: Vec<(Range<usize>, &str)> = Vec::new();
    for part in argument {
        match part {
            Part::Words(range, form) => len += decode(passage, range.clone(), *form, &mut weave),
            Part::Hole(range) => {
                let word = Text::placeholder(holes.len());
                weave.swap(passage, range.clone(), &word);
                holes.push((len..len + word.len(), passage.text().get(range.clone()).unwrap_or_default()));
                len += word.len();
            }
        }
    }
    sql::read(out, &Text::new(weave.finish(), holes), direction);
}
