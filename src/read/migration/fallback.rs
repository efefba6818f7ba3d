//! Migrations in text that does not parse: what can be seen without a tree. Knows only SQL in literals
//! that stand in the call.

use std::ops::Range;

use super::value::Text;
use super::{Draft, sql};
use crate::facts::Reading;
use crate::syntax::typescript::literal::decode;
use crate::syntax::typescript::sketch::{Item, Part, sketch};
use crate::text::{Passage, Weave};

/// The migrations that the text seems to hold, each with its changes.
pub fn read(passage: &Passage) -> Vec<Draft> {
    let text = passage.text();
    let mut drafts: Vec<Draft> = Vec::new();
    let mut direction = "up";
    for item in sketch(text) {
        match item {
            Item::Class(name) => {
                direction = "up";
                drafts.push(Draft { name, ..Draft::default() });
            }
            Item::Head(name) => {
                let Some(draft) = drafts.last_mut() else { continue };
                match &text[name] {
                    "up" => (direction, draft.up) = ("up", Some("present")),
                    "down" => (direction, draft.down) = ("down", Some("present")),
                    _ => {}
                }
            }
            Item::Call { method, argument } => {
                let Some(draft) = drafts.last_mut() else { continue };
                if &text[method] == "query" {
                    let out = if direction == "up" { &mut draft.up_changes } else { &mut draft.down_changes };
                    query(out, passage, &argument, direction);
                }
            }
        }
    }
    drafts.retain(|draft| draft.up.is_some());
    drafts
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
