//! TypeORM migrations: TypeScript or JavaScript classes to facts. What `up` and `down` do is found by
//! running them as far as their text tells; says what is not followed.

use std::ops::Range;

use crate::facts::words::{migration, migration_entity, schema_change, unresolved};
use crate::facts::{Fact, MigrationNotes, Reading, Step};
use crate::repo::Repo;
use crate::syntax::typescript::{self, Dialect, Tree};
use crate::text::{FileId, Passage, Span};

mod annotation;
mod builder;
mod class;
mod credential;
mod ddl;
pub(super) mod declared;
mod detail;
mod exports;
mod fallback;
mod flow;
mod judge;
pub(super) mod library;
mod names;
pub(super) mod naming;
mod places;
pub mod reach;
mod run;
pub(super) mod scope;
mod settings;
mod source;
mod sql;
mod text;
mod value;
mod writes;

#[cfg(test)]
mod tests;

use class::{Method, Migration, State};
use library::{Library, Loaded};
use run::{Machine, Noted};
pub(super) use scope::untyped;
use std::rc::Rc;
use text::Text;

/// Whether the text may hold a migration, at a glance.
#[must_use]
pub fn is_migration(text: &str) -> bool {
    let has = |word: &str| memchr::memmem::find(text.as_bytes(), word.as_bytes()).is_some();
    has("MigrationInterface") || ((has("queryRunner") || has("QueryRunner")) && has("up"))
}

/// What is known beside the text of a migration.
#[derive(Clone, Copy)]
pub struct Around<'r> {
    /// The files that it may reach; none where it stands alone.
    pub repo: Option<&'r Repo>,
    pub notes: &'r MigrationNotes,
    /// Its path, not its text, calls it a migration.
    pub explicit: bool,
}

/// What a function of the team's own can stand for: a method of the query runner that changes something,
/// `text`, which gives its argument, or `nothing`.
#[must_use]
pub fn wrapper_words() -> Vec<&'static str> {
    ["query", "text", "nothing"].into_iter().chain(builder::names()).collect()
}

/// Reads one file. `explicit_migration` says that its path, not its text, calls it a migration; a file
/// without a migration's class gives nothing. Call it on a thread with a stack of 64 MiB.
#[must_use]
pub fn read(repo: &Repo, id: FileId, explicit_migration: bool, notes: &MigrationNotes) -> Reading {
    let around = Around { repo: Some(repo), notes, explicit: explicit_migration };
    let passage = repo.passage(id);
    let mut out = of_passage(&passage, repo.path(id), around);
    settings::read(&mut out, &passage);
    out
}

/// What the statements of a text of SQL change, as if each was run: in no migration's direction.
#[must_use]
pub fn of_sql(passage: &Passage) -> Reading {
    let mut out = Reading::default();
    sql::read(&mut out, &Text::whole(passage.clone()), "up");
    for fact in &mut out.facts {
        let field =
            if fact.kind == unresolved::KIND { unresolved::DIRECTION } else { schema_change::DIRECTION };
        fact.unset(field);
    }
    out
}

/// Sets what the annotations in these comments of `passage` say.
pub(super) fn annotate(fact: &mut Fact, passage: &Passage, comments: impl Iterator<Item = Range<usize>>) {
    let notes = annotation::read(passage.text(), comments);
    set_notes(fact, passage, &notes);
}

/// Adds the fact of a migration in plain SQL, and what its two parts change.
pub(super) fn of_parts(out: &mut Reading, mut fact: Fact, up: &Passage, down: Option<&Passage>) {
    let span = fact.span;
    let one_by_one = fact.text(migration::TOOL) == Some("goose");
    let mut parts = [(Some(up), "up"), (down, "down")].map(|(passage, direction)| {
        let mut part = Reading::default();
        if let Some(passage) = passage {
            sql::read(&mut part, &Text::whole(passage.clone()), direction);
            credential::set(&mut part.facts, passage);
        }
        flow::mark(&mut part.facts, &[]);
        if let Some(passage) = passage {
            places::of_sql_file(&mut part.facts, passage, one_by_one);
        }
        part
    });
    set_sum(&mut fact, &parts[0].facts, span);
    let blank = |char: char| char.is_whitespace() || char == '\u{feff}';
    let start = up.len() - up.text().trim_start_matches(blank).len();
    if let Some(head) = up.exact(start..start).filter(|_| start < up.len()) {
        fact.set(migration::HEAD, "--", head);
    }
    let parent = out.add(fact);
    for part in &mut parts {
        for change in part.facts.drain(..) {
            out.add(change.inside(Some(parent)));
        }
        out.findings.append(&mut part.findings);
    }
}

fn set_sum(fact: &mut Fact, up: &[Fact], span: Span) {
    let sum = flow::sum(up);
    fact.set(migration::DATA_ONLY, sum.data_only, span);
    fact.set(migration::ADDS, sum.adds, span);
    fact.set(migration::REMOVES, sum.removes, span);
    fact.set(migration::BLOCKS, sum.blocks, span);
}

/// Reads the text of a migration, which may be a part of another file; `path` tells the dialect, and
/// the stamp that its name begins with.
#[must_use]
pub fn of_passage(passage: &Passage, path: &str, around: Around<'_>) -> Reading {
    let text = passage.text();
    let mut out = Reading::default();
    let likely = is_migration(text);
    if !likely && !around.explicit {
        return out;
    }
    let drafts = match typescript::parse(text, Dialect::of(path)) {
        Ok(tree) => {
            let loaded = Loaded::new(passage.clone(), path, Some(Rc::new(tree)));
            let library = Library::new(around.repo, loaded);
            let Some(tree) = library.get(0).and_then(|file| file.tree.as_ref()) else { return out };
            let drafts = from_tree(passage, tree, &library, around);
            if drafts.is_empty() && likely {
                let of_functions = || {
                    let reason = "`up` is a function here, which TypeORM does not run: it runs classes";
                    Some(not_followed(passage.locate(class::function(&tree.items)?), "up", reason.to_owned()))
                };
                out.facts.extend(compiled(passage).or_else(of_functions));
            }
            if likely || !drafts.is_empty() {
                out.findings.extend(tree.faults.iter().map(|fault| fault.finding(passage)));
            }
            let beside =
                around.explicit && !likely && around.repo.is_some_and(|repo| exports::is_beside(repo, path));
            exports::read(&mut out, passage, tree, &drafts, beside);
            drafts
        }
        Err(fault) if likely => {
            out.find(fault.finding(passage));
            fallback::read(passage)
        }
        Err(_) => return out,
    };
    for draft in drafts {
        draft.finish(&mut out, passage, path);
    }
    out
}

/// What is known of one migration before its fact is made.
#[derive(Default)]
struct Draft {
    /// The class's name, or the word `class`.
    name: Range<usize>,
    anonymous: bool,
    /// The class's opening bracket.
    body: Range<usize>,
    /// Whether the class has a `name` field, which then is the recorded name, and its value.
    has_name_field: bool,
    name_field: Option<Passage>,
    /// Where the class stands.
    class: Range<usize>,
    places: places::Places,
    transaction: Option<(bool, Range<usize>)>,
    notes: annotation::Notes,
    up: Option<&'static str>,
    down: Option<&'static str>,
    up_changes: Changes,
    down_changes: Changes,
    down_first: bool,
}

/// What one method does.
#[derive(Default)]
struct Changes {
    reading: Reading,
    /// The facts that stand in one branch of the code each, which may not run.
    branches: Vec<Range<usize>>,
    /// Entities of other files that it uses.
    entities: Vec<(Rc<str>, Span)>,
}

impl From<Noted> for Changes {
    fn from(noted: Noted) -> Self {
        Self { reading: noted.reading, branches: noted.branches, entities: noted.entities }
    }
}

/// A migration that was compiled to a time before classes: noted, not read.
fn compiled(passage: &Passage) -> Option<Fact> {
    const HEAD: &str = "prototype.up";
    let at = memchr::memmem::find(passage.text().as_bytes(), HEAD.as_bytes())?;
    let reason = "it was compiled to functions without classes; compile to ES2017, or check its source";
    Some(not_followed(passage.locate(at..at + HEAD.len()), HEAD, reason.to_owned()))
}

/// What keeps `up` from being read.
fn not_followed(span: Span, words: &str, reason: String) -> Fact {
    Fact::new(unresolved::KIND, span)
        .with(unresolved::WHAT, "sql", span)
        .with(unresolved::REASON, reason, span)
        .with(unresolved::TEXT, words, span)
        .with(unresolved::DIRECTION, "up", span)
}

fn from_tree<'a>(
    passage: &'a Passage,
    tree: &'a Tree,
    library: &'a Library<'a>,
    around: Around<'a>,
) -> Vec<Draft> {
    let hints = class::Hints { text: passage.text(), explicit: around.explicit };
    let migrations = class::find(&tree.items, hints);
    if migrations.is_empty() {
        return Vec::new();
    }
    let mut machine = Machine::new(library, around.notes);
    let header = header(tree, &migrations);
    let mut loose = loose_comments(tree).into_iter().peekable();
    let mut drafts = Vec::new();
    for migration in &migrations {
        let mut comments: Vec<Range<usize>> = Vec::new();
        while let Some(comment) = loose.next_if(|comment| comment.end <= migration.start) {
            comments.push(comment);
        }
        comments.extend(inner_comments(tree, migration));
        comments.extend(header.iter().cloned());
        let mut draft = Draft {
            name: migration.place(),
            anonymous: migration.name.is_none(),
            class: typescript::range(migration.class.span),
            places: places::Places::of(migration, passage),
            body: opening(migration, passage.text()),
            transaction: migration.transaction.clone(),
            notes: annotation::read(passage.text(), comments.into_iter()),
            up: state(migration.up.as_ref(), migration, tree, passage.text()).map(|state| match state {
                "throws" => "present",
                "explained" => "empty",
                other => other,
            }),
            down: state(migration.down.as_ref(), migration, tree, passage.text()),
            ..Draft::default()
        };
        if let Some(name) = migration.name_field {
            draft.has_name_field = true;
            let text = machine.text_of(name);
            draft.name_field = text.filter(|text| text.holes.is_empty()).map(|text| text.passage.clone());
        }
        let own = migration.name.as_ref().map_or("", |(name, _)| *name);
        match machine.method((migration.class, own), "up") {
            Some(noted) => {
                draft.up_changes = noted.into();
                draft.up.get_or_insert("present");
                let noted = &mut draft.up_changes.reading.facts;
                let facts = std::mem::take(noted);
                *noted = or_apart(facts, (passage, migration), (migration.up.as_ref(), draft.up), "up");
            }
            None if migration.inherits() => {
                let reason =
                    format!("`up` comes from `{}`, which is not followed", migration.base(passage.text()));
                let fact = not_followed(passage.locate(migration.place()), "up", reason);
                draft.up_changes.reading.facts.push(fact);
            }
            None => {}
        }
        if let Some(noted) = machine.method((migration.class, own), "down") {
            draft.down_changes = noted.into();
            draft.down.get_or_insert("present");
            let noted = &mut draft.down_changes.reading.facts;
            let facts = std::mem::take(noted);
            *noted = or_apart(facts, (passage, migration), (migration.down.as_ref(), draft.down), "down");
        }
        draft.down_first = match (&migration.up, &migration.down) {
            (Some(up), Some(down)) => down.head.start < up.head.start,
            _ => false,
        };
        drafts.push(draft);
    }
    drafts
}

/// The facts of a method; where there are none, that what it does with the parts of its parameter is not
/// followed.
fn or_apart(
    mut facts: Vec<Fact>,
    (passage, migration): (&Passage, &Migration<'_>),
    (method, state): (Option<&Method<'_>>, Option<&'static str>),
    name: &'static str,
) -> Vec<Fact> {
    if facts.is_empty() && state == Some("present") && method.is_some_and(Method::takes_apart) {
        let reason = format!("what `{name}` does with the parts of its parameter is not followed");
        let mut fact = not_followed(passage.locate(migration.place()), name, reason);
        let span = fact.span;
        fact.set(unresolved::DIRECTION, name, span);
        facts.push(fact);
    }
    facts
}

/// The comments above the first item, where that is no migration: they speak of the whole file.
fn header(tree: &Tree, migrations: &[Migration<'_>]) -> Vec<Range<usize>> {
    use swc_common::Spanned;
    let first = tree.items.first().map_or(0, |item| typescript::range(item.span()).start);
    if migrations.first().is_some_and(|migration| migration.start == first) {
        return Vec::new();
    }
    let above = tree.comments.iter().map(|comment| comment.range.clone());
    above.take_while(|comment| comment.end <= first).collect()
}

/// The comments that stand in no item of the module.
fn loose_comments(tree: &Tree) -> Vec<Range<usize>> {
    use swc_common::Spanned;
    let mut items = tree.items.iter().map(|item| typescript::range(item.span())).peekable();
    let mut loose = Vec::new();
    for comment in &tree.comments {
        while items.next_if(|item| item.end <= comment.range.start).is_some() {}
        if items.peek().is_none_or(|item| comment.range.end <= item.start) {
            loose.push(comment.range.clone());
        }
    }
    loose
}

/// The comments of the class, but those in the body of `down`.
fn inner_comments<'t>(tree: &'t Tree, migration: &Migration<'_>) -> impl Iterator<Item = Range<usize>> + 't {
    let end = typescript::range(migration.class.span).end;
    let down = migration.down.as_ref().map_or(0..0, Method::body_range);
    within(tree, migration.start..end).filter(move |comment| !down.contains(&comment.start))
}

/// The comments in a part of the text.
fn within(tree: &Tree, part: Range<usize>) -> impl Iterator<Item = Range<usize>> {
    let from = tree.comments.partition_point(|comment| comment.range.start < part.start);
    let comments = tree.comments[from..].iter().map(|comment| comment.range.clone());
    comments.take_while(move |comment| comment.end <= part.end)
}

/// The bracket that opens the class's body: the first one behind its head.
fn opening(migration: &Migration<'_>, text: &str) -> Range<usize> {
    let head = &migration.class;
    let from = migration.place().end;
    let from = head.super_class.as_ref().map_or(from, |base| {
        use swc_common::Spanned;
        typescript::range(base.span()).end.max(from)
    });
    let at = text.get(from..).and_then(|rest| memchr::memchr(b'{', rest.as_bytes()));
    at.map_or(0..0, |at| from + at..from + at + 1)
}

/// The word for a method's state; none where it may be inherited.
fn state(
    method: Option<&Method<'_>>,
    migration: &Migration<'_>,
    tree: &Tree,
    text: &str,
) -> Option<&'static str> {
    let Some(method) = method else {
        return if migration.inherits() { None } else { Some("missing") };
    };
    Some(match method.state() {
        State::Throws => "throws",
        State::Present => "present",
        State::Empty => {
            let explains = |comment: Range<usize>| text.get(comment).is_some_and(annotation::explains);
            if within(tree, method.body_range()).any(explains) { "explained" } else { "empty" }
        }
    })
}

impl Draft {
    /// Adds the migration's fact and those of its changes.
    fn finish(mut self, out: &mut Reading, passage: &Passage, path: &str) {
        let span = passage.locate(self.name.clone());
        let mut fact = Fact::new(migration::KIND, span).with(migration::TOOL, "typeorm", span);
        let class = (!self.anonymous).then(|| passage.slice(self.name.clone()));
        if let Some(class) = &class {
            fact.set(migration::CLASS, class.text(), span);
        }
        if let Some(name) = if self.has_name_field { self.name_field } else { class } {
            fact.set(migration::NAME, name.text(), name.span());
            set_stamps(&mut fact, &name, path);
        }
        if let Some((value, place)) = self.transaction {
            fact.set(migration::TRANSACTION, value, passage.locate(place));
        }
        if !self.body.is_empty() {
            fact.set(migration::BODY, "{", passage.locate(self.body));
        }
        set_notes(&mut fact, passage, &self.notes);
        fact.set_some(migration::UP, self.up, span);
        fact.set_some(migration::DOWN, self.down, span);
        for changes in [&mut self.up_changes, &mut self.down_changes] {
            flow::mark(&mut changes.reading.facts, &changes.branches);
            self.places.mark(&mut changes.reading.facts);
        }
        self.places.say(&mut fact);
        set_sum(&mut fact, &self.up_changes.reading.facts, span);
        let parent = out.add(fact);
        let mut entities = std::mem::take(&mut self.up_changes.entities);
        entities.append(&mut self.down_changes.entities);
        entities.sort_by_key(|(_, span)| span.start);
        entities.dedup_by(|one, other| one.0 == other.0);
        for (name, span) in entities {
            let fact = Fact::new(migration_entity::KIND, span).with(migration_entity::NAME, &*name, span);
            out.add(fact.inside(Some(parent)));
        }
        let (first, second) = if self.down_first {
            (self.down_changes, self.up_changes)
        } else {
            (self.up_changes, self.down_changes)
        };
        for changes in [first, second] {
            for mut change in changes.reading.facts {
                debug_assert!(change.kind == schema_change::KIND || change.kind == unresolved::KIND);
                if change.span.file != span.file {
                    let text = format!("`{}` leads there", passage.slice(self.name.clone()).text());
                    change.route.begin(Step { span, text: text.into() });
                }
                out.add(change.inside(Some(parent)));
            }
            out.findings.extend(changes.reading.findings);
        }
    }
}

/// Sets the stamps: the last 13 characters of the recorded name, as TypeORM takes them, and the digits
/// that the file's name begins with.
fn set_stamps(fact: &mut Fact, name: &Passage, path: &str) {
    const LEN: usize = 13;
    let text = name.text();
    let digits = text.len().checked_sub(LEN).and_then(|start| text.get(start..)).filter(|end| is_digits(end));
    let stamp = digits.and_then(|digits| digits.parse::<i64>().ok());
    let place = name.locate(text.len().saturating_sub(LEN)..text.len());
    fact.set_some(migration::STAMP, stamp, place);
    let tail = text.len().checked_sub(LEN + 1).and_then(|start| text.get(start..));
    if tail.is_some_and(is_date) {
        fact.set(migration::STAMP_CUT, true, name.locate(text.len() - LEN - 1..text.len()));
    }

    let file = path.rsplit('/').next().unwrap_or(path);
    let file_digits = &file[..file.bytes().take_while(u8::is_ascii_digit).count()];
    let file_stamp = file_digits.parse::<i64>().ok().filter(|_| file_digits.len() >= 10);
    fact.set_some(migration::FILE_STAMP, file_stamp, fact.span);
    // A date of 14 digits loses its first one in TypeORM's eyes, and may do so in the file's name.
    let file_end = &file_digits[file_digits.len().saturating_sub(LEN)..];
    let differ = file_stamp.is_some() && digits.is_some_and(|digits| digits != file_end);
    fact.set(migration::STAMPS_DIFFER, differ, place);
}

/// Whether 14 characters are a date with a time: `20240101120000`.
fn is_date(text: &str) -> bool {
    let part = |range: Range<usize>| text.get(range).and_then(|digits| digits.parse::<u32>().ok());
    is_digits(text)
        && part(0..4).is_some_and(|year| (2000..2100).contains(&year))
        && part(4..6).is_some_and(|month| (1..=12).contains(&month))
        && part(6..8).is_some_and(|day| (1..=31).contains(&day))
        && part(8..10).is_some_and(|hour| hour < 24)
        && part(10..12).is_some_and(|minute| minute < 60)
        && part(12..14).is_some_and(|second| second < 60)
}

fn is_digits(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_digit())
}

fn set_notes(fact: &mut Fact, passage: &Passage, notes: &annotation::Notes) {
    let text = passage.text();
    let words = |range: &Range<usize>| text.get(range.clone()).unwrap_or_default();
    if let Some(note) = &notes.destructive {
        let said = annotation::said(text, note);
        let said: Vec<&str> = said.split_whitespace().collect();
        fact.set(migration::DESTRUCTIVE, said.join(" "), passage.locate(note.whole.clone()));
        let changes =
            |note: &annotation::Note| {
                let said = annotation::said(text, note);
                let (start, len) = (note.value.start, said.len());
                let found = declared::read(&said, 0..len)?.into_iter();
                Some(found.map(move |item| {
                    (item.weak, item.text, start + item.range.start..start + item.range.end)
                }))
            };
        let all = std::iter::once(note).chain(&notes.more);
        if let Some(named) = all.map(changes).collect::<Option<Vec<_>>>() {
            let (weak, sure): (Vec<_>, Vec<_>) = named.into_iter().flatten().partition(|(weak, ..)| *weak);
            let items = |all: Vec<(bool, String, Range<usize>)>| -> Vec<(std::sync::Arc<str>, Span)> {
                all.into_iter().map(|(_, text, range)| (text.into(), passage.locate(range))).collect()
            };
            fact.set(migration::DECLARES, items(sure), passage.locate(note.whole.clone()));
            if !weak.is_empty() {
                fact.set(migration::MAY_DECLARE, items(weak), passage.locate(note.whole.clone()));
            }
        }
    }
    if let Some(note) = &notes.expand {
        let (name, reason) = annotation::expand(text, note);
        let place = if name.is_empty() { &note.whole } else { &name };
        let none = words(&name).eq_ignore_ascii_case(annotation::NONE);
        let said = if none { annotation::NONE } else { words(&name) };
        fact.set(migration::EXPAND, said, passage.locate(place.clone()));
        let more: Vec<(std::sync::Arc<str>, Span)> = annotation::more_expands(text, note)
            .into_iter()
            .map(|range| (words(&range).into(), passage.locate(range)))
            .collect();
        if !more.is_empty() && !none {
            fact.set(migration::EXPAND_MORE, more, passage.locate(note.whole.clone()));
        }
        if let Some(reason) = reason {
            fact.set(migration::EXPAND_REASON, words(&reason), passage.locate(reason));
        }
    }
}
