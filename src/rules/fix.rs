//! How a rule's finding can be made to go away: edits at the places of facts. An edit is made only where
//! the file says what the fact says, so that no fix lands in decoded text.

use super::condition::{Condition, FieldPath, Operand};
use super::index::Pool;
use super::judge::Court;
use super::rule::Related;
use super::template::{Message, Scene};
use crate::facts::{Fact, FactId};
use crate::finding::Fix;
use crate::syntax::typescript::literal;
use crate::text::{Edit, layout};

/// One way to change files so that a finding goes away.
#[derive(Clone, Debug)]
pub(super) struct FixPlan {
    pub title: Message,
    /// When it keeps what the file does; never where it is none.
    pub safe: Option<Condition>,
    /// When it is offered.
    pub filter: Condition,
    /// All of them can be made, or the fix is not offered.
    pub edits: Vec<EditPlan>,
}

/// One edit.
#[derive(Clone, Debug)]
pub(super) struct EditPlan {
    /// The fact whose place is changed, where that is not the subject's.
    pub of: Option<Related>,
    pub at: FieldPath,
    pub act: Act,
    /// The field that says which quotation marks stand around the place.
    pub quoted: Option<FieldPath>,
}

/// What an edit does at its place.
#[derive(Clone, Debug)]
pub(super) enum Act {
    Replace(Message),
    Before(Message),
    Behind(Message),
    /// Lines of their own.
    Above(Message),
    Below(Message),
    Remove,
}

impl FixPlan {
    pub fn bind(&mut self, values: &dyn Fn(&str) -> Vec<Operand>) {
        self.filter = self.filter.bind(values);
        self.safe = self.safe.as_ref().map(|safe| safe.bind(values));
        for related in self.edits.iter_mut().filter_map(|edit| edit.of.as_mut()) {
            related.filter = related.filter.bind(values);
        }
    }
}

impl Act {
    fn words(&self) -> Option<&Message> {
        match self {
            Self::Replace(words)
            | Self::Before(words)
            | Self::Behind(words)
            | Self::Above(words)
            | Self::Below(words) => Some(words),
            Self::Remove => None,
        }
    }
}

impl Court<'_> {
    /// The first of the rule's fixes that can be made for a subject.
    pub(super) fn fix(&self, id: FactId) -> Option<Fix> {
        let subject = self.facts.get(id);
        self.judgement.fixes.iter().find_map(|plan| {
            if !plan.filter.holds(subject, subject) {
                return None;
            }
            let mut edits: Vec<Edit> =
                plan.edits.iter().map(|edit| self.edit(id, edit)).collect::<Option<_>>()?;
            edits.sort();
            if edits.windows(2).any(|pair| pair[0].overlaps(&pair[1])) {
                return None;
            }
            let safe = plan.safe.as_ref().is_some_and(|safe| safe.holds(subject, subject));
            Some(Fix { title: self.print(&plan.title, subject, None), safe, edits })
        })
    }

    fn edit(&self, id: FactId, plan: &EditPlan) -> Option<Edit> {
        let subject = self.facts.get(id);
        let other = match &plan.of {
            Some(related) => Some(self.related(id, (related, &Pool::default()), 1).into_iter().next()?.0),
            None => None,
        };
        let fact = other.map_or(subject, |other| self.facts.get(other));
        let found = plan.at.find(fact)?;
        let span = found.span();
        let passage = self.repo.passage(span.file);
        let text = passage.text();
        let range = span.start as usize..span.end as usize;
        let words = match plan.act.words() {
            None => String::new(),
            Some(message) => self.words(message, plan, fact, subject, other)?,
        };
        let (range, words) = match plan.act {
            Act::Replace(_) if text.get(range.clone())? != found.print() => return None,
            Act::Replace(_) => (range, words),
            Act::Before(_) => (range.start..range.start, words),
            Act::Behind(_) => (range.end..range.end, words),
            Act::Above(_) => {
                let (at, lines) = layout::above(text, range.start, &words)?;
                (at..at, lines)
            }
            Act::Below(_) => {
                let (at, lines) = layout::below(text, &range, &words)?;
                (at..at, lines)
            }
            Act::Remove => (layout::removed(text, range), words),
        };
        Edit::replace(&passage, range, &words)
    }

    /// The words that an edit puts in, written as its place asks for.
    fn words(
        &self,
        message: &Message,
        plan: &EditPlan,
        fact: &Fact,
        subject: &Fact,
        other: Option<FactId>,
    ) -> Option<String> {
        let can_say = |scene: &Scene<'_>| message.can_say(scene);
        if !self.scene(subject, other, &mut |scene| can_say(scene)) {
            return None;
        }
        let words = match plan.act {
            Act::Above(_) | Act::Below(_) => {
                self.scene(subject, other, &mut |scene| message.print_lines(scene))
            }
            _ => self.print(message, subject, other),
        };
        match &plan.quoted {
            None => Some(words),
            Some(quotes) => Some(literal::encode(&words, &quotes.find(fact)?.print())),
        }
    }
}
