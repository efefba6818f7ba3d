//! Replays the migrations of each folder, in the order in which they run, into a schema, and says of
//! each change what the schema was before it. Knows the history alone: what a table is that no migration
//! made (an older one, another tool's, `synchronize`) it does not guess.

mod apply;
mod around;
mod change;
mod company;
mod habits;
mod home;
mod types;
mod undo;

#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use rustc_hash::{FxHashMap, FxHashSet};

use crate::facts::schema::{Known, Made, Replayed, Schema, Table, key};
use crate::facts::words::{fence, migration, schema_change, unresolved};
use crate::facts::{Fact, FactId, Facts, Field, Value};
use crate::read::sqlmigration::without_dialect;
use crate::repo::Repo;
use crate::text::Span;

use apply::{Gone, Moment, Outcome};
use change::Change;

pub(super) use types::change as type_change;

/// The migrations of one folder, in the order in which they run.
#[derive(Clone, Debug)]
pub struct History {
    /// From the root.
    pub folder: String,
    /// The database that it is for, where the folder holds one history for each of several.
    pub dialect: Option<String>,
    pub migrations: Vec<FactId>,
}

/// The histories of a repository, by folder. A compiled `.js` beside its source is left out, and so is
/// what a runbook shows.
#[must_use]
pub fn histories(facts: &Facts, repo: &Repo) -> Vec<History> {
    let ids = facts.of_kind(migration::KIND);
    let own = |id: FactId| repo.path(facts.get(id).span.file);
    let sources: FxHashSet<&str> =
        ids.iter().map(|&id| own(id)).filter(|path| is_typescript(path)).map(stem).collect();
    let mut folders: FxHashMap<String, Vec<FactId>> = FxHashMap::default();
    for &id in ids {
        let path = own(id);
        let compiled = !is_typescript(path) && path.ends_with("js") && sources.contains(stem(path));
        if compiled || facts.enclosing(id, fence::KIND).is_some() {
            continue;
        }
        folders.entry(folder(path).to_owned()).or_default().push(id);
    }
    let mut found: Vec<History> = folders
        .into_iter()
        .flat_map(|(folder, mut migrations)| {
            migrations.sort_by_cached_key(|&id| (order(facts.get(id)), own(id).to_owned(), id));
            by_dialect(facts, folder, migrations)
        })
        .collect();
    found.sort_by(|one, other| (&one.folder, &one.dialect).cmp(&(&other.folder, &other.dialect)));
    found
}

/// One history for each database that files of the folder are for: each takes its own files, and the
/// general ones where it has none of its own.
fn by_dialect(facts: &Facts, folder: String, migrations: Vec<FactId>) -> Vec<History> {
    let dialect = |id: FactId| facts.get(id).text(migration::DIALECT);
    let core = |id: FactId| without_dialect(facts.get(id).text(migration::NAME).unwrap_or_default());
    let dialects: BTreeSet<&str> = migrations.iter().filter_map(|&id| dialect(id)).collect();
    if dialects.is_empty() {
        return vec![History { folder, dialect: None, migrations }];
    }
    let history = |name: &&str| {
        let is_own = |id: FactId| dialect(id) == Some(*name);
        let special: FxHashSet<&str> =
            migrations.iter().filter(|&&id| is_own(id)).map(|&id| core(id)).collect();
        let holds = |id: FactId| is_own(id) || dialect(id).is_none() && !special.contains(core(id));
        History {
            folder: folder.clone(),
            dialect: Some((*name).to_owned()),
            migrations: migrations.iter().copied().filter(|&id| holds(id)).collect(),
        }
    };
    dialects.iter().map(history).collect()
}

/// The folder that holds a migration's history: around the folder of its own that Prisma and Diesel make.
pub(super) fn folder(path: &str) -> &str {
    let parent = |path: &str| path.rsplit_once('/').map_or(0, |(folder, _)| folder.len());
    let own = &path[..parent(path)];
    let single = ["/migration.sql", "/up.sql"].iter().any(|end| path.ends_with(end));
    if single { &own[..parent(own)] } else { own }
}

fn is_typescript(path: &str) -> bool {
    path.ends_with("ts")
}

fn stem(path: &str) -> &str {
    path.rsplit_once('.').map_or(path, |(stem, _)| stem)
}

/// Where a migration stands in its history: by its stamp, or by the version that its file's name says;
/// one without either comes last.
pub(super) fn order(fact: &Fact) -> (Vec<u128>, String) {
    let name = fact.text(migration::NAME).unwrap_or_default().to_owned();
    if let Some(version) = fact.text(migration::VERSION) {
        // Some tools sort names, in which 20250625 comes behind 20250604085536.
        if matches!(fact.text(migration::TOOL), Some("prisma" | "dbmate" | "diesel")) {
            return (version.bytes().map(u128::from).collect(), name);
        }
        let parts = version.split(['.', '_']).filter_map(|part| part.parse().ok()).collect();
        return (parts, name);
    }
    let stamp = fact.int(migration::STAMP).and_then(|stamp| u128::try_from(stamp).ok());
    (vec![stamp.unwrap_or(u128::MAX)], name)
}

/// The schema that a history leaves after the migration `until`, or after the last one.
#[must_use]
pub fn replay(facts: &Facts, history: &History, until: Option<FactId>) -> Replayed {
    let mut replay = Replay::new(facts, history);
    for (made, &id) in (0..).zip(&history.migrations) {
        replay.migration(made, id);
        if Some(id) == until {
            break;
        }
    }
    Replayed { schema: replay.schema, names: replay.names }
}

/// A history that was replayed to its end.
pub(super) struct Linked {
    pub history: History,
    schema: Schema,
    gone: Gone,
    shaken: u32,
    mixed: bool,
    /// The changes that take something away, by their moment.
    taking: FxHashMap<u32, FactId>,
}

impl Linked {
    /// Whether it ever spoke of a table.
    pub fn knows(&self, table: &str) -> bool {
        self.table(table).is_some() || self.gone.contains_key(self.own(table))
    }

    pub fn table(&self, name: &str) -> Option<&Table> {
        self.schema.tables.get(self.own(name))
    }

    fn own<'n>(&self, name: &'n str) -> &'n str {
        home::strip(self.schema.home.as_deref(), name)
    }

    /// A table that the history made and of which all columns are certain.
    pub fn whole_table(&self, name: &str) -> Option<&Table> {
        let table =
            self.schema.tables.get(self.own(name)).filter(|table| table.whole && table.made.is_some())?;
        let certain = !self.mixed && table.known.sure && table.known.at > self.shaken;
        (certain && table.columns.values().all(|column| column.known.sure)).then_some(table)
    }

    /// The change that took a table away, where it is certainly gone.
    pub fn taken_table(&self, name: &str) -> Option<FactId> {
        let name = self.own(name);
        if self.schema.tables.contains_key(name) || self.schema.views.contains_key(name) {
            return None;
        }
        self.taken_by(*self.gone.get(name)?)
    }

    /// The tables that were taken away, and the columns of tables that are there, as far as that is certain.
    pub fn taken(&self) -> Vec<(&str, Option<&str>, FactId)> {
        let tables = self.gone.keys().filter_map(|name| Some((name.as_str(), None, self.taken_table(name)?)));
        let columns = self.schema.tables.iter().flat_map(|(name, table)| {
            let lost = table.gone.iter().filter(|(column, _)| !table.columns.contains_key(*column));
            lost.filter_map(|(column, known)| {
                Some((name.as_str(), Some(column.as_str()), self.taken_by(*known)?))
            })
        });
        tables.chain(columns).collect()
    }

    /// The change of a moment. What is not understood of later migrations hardly makes the same thing anew;
    /// an app that synchronizes does.
    pub fn taken_by(&self, known: Known) -> Option<FactId> {
        let certain = known.sure && self.shaken != SYNCHRONIZED;
        if certain { self.taking.get(&known.at).copied() } else { None }
    }
}

/// The moment up to which nothing is certain, where the app changes the schema itself when it starts.
const SYNCHRONIZED: u32 = u32::MAX;

/// Derives what the histories tell of each change; gives what each leaves in the end.
pub(super) fn link(facts: &mut Facts, repo: &Repo) -> Vec<Linked> {
    let histories = histories(facts, repo);
    habits::link(facts, repo, &histories);
    let mut done = Vec::new();
    let mut all: Said = Said::default();
    for history in histories {
        let mut replay = Replay::new(facts, &history);
        if super::sources::synchronizes(facts, repo, &history.folder) {
            // The app may have made or taken anything.
            replay.shaken = SYNCHRONIZED;
        }
        for (made, &id) in (0..).zip(&history.migrations) {
            replay.is_part = habits::is_part(facts, &history, made as usize);
            replay.migration(made, id);
        }
        let Replay { schema, gone, shaken, taking, mut said, foreign_keys, around, .. } = replay;
        let mixed = around.mixed;
        said.extend(around.finish(&schema, shaken));
        for (id, field, value) in said {
            if history.dialect.is_none() {
                set(facts, id, field, value);
            } else {
                merge(&mut all, id, field, value);
            }
        }
        for (id, table, columns) in foreign_keys {
            let covered = schema.tables.get(&table).and_then(|table| {
                let covered = table.is_covered(&columns);
                (covered || table.whole).then_some(covered)
            });
            if let Some(covered) = covered {
                set(facts, id, schema_change::COVERED_BY_INDEX, Value::Bool(covered));
            }
        }
        done.push(Linked { history, schema, gone, shaken, mixed, taking });
    }
    for ((id, field), value) in all {
        if let Some(value) = value {
            set(facts, id, field, value);
        }
    }
    done
}

/// What several histories say of the migrations that they share; none where they contradict each other.
type Said = BTreeMap<(FactId, Field), Option<Value>>;

fn merge(all: &mut Said, id: FactId, field: Field, value: Value) {
    all.entry((id, field))
        .and_modify(|said| {
            if said.as_ref() == Some(&value) || field == migration::NOT_UNDONE {
                return;
            }
            *said = (field == schema_change::OBJECT_EXISTS).then(|| "unknown".into());
        })
        .or_insert(Some(value));
}

fn set(facts: &mut Facts, id: FactId, field: Field, value: Value) {
    let fact = facts.get_mut(id);
    let span = match field {
        migration::UNDONE_BY_DOWN | migration::NOT_UNDONE | migration::SAME_COLUMN_DROPPED_AND_ADDED => {
            fact.get(migration::CLASS).map_or(fact.span, |slot| slot.span)
        }
        schema_change::OLD_TYPE | schema_change::TYPE_CHANGE => {
            fact.get(schema_change::TYPE).map_or(fact.span, |slot| slot.span)
        }
        schema_change::MISSING_COLUMN | schema_change::NAMED_TWICE | schema_change::EXPLICIT_KEY => {
            // The last of several of one name is the one too many.
            let mut columns = fact.list(schema_change::COLUMNS).iter();
            let named = columns.rfind(|(name, _)| value.as_text() == Some(name));
            named.map_or(fact.span, |(_, span)| *span)
        }
        _ => fact.span,
    };
    fact.set(field, value, span);
}

/// Whether it is written in a language that is not read.
fn is_unread(fact: &Fact) -> bool {
    fact.text(migration::TOOL) == Some("pop")
        && fact.text(migration::UP) == Some("present")
        && fact.get(migration::DATA_ONLY).is_none()
}

struct Replay<'f> {
    facts: &'f Facts,
    schema: Schema,
    gone: Gone,
    names: Vec<String>,
    at_base: Vec<Option<bool>>,
    /// Whether what undoes the migration may stand in another one.
    is_part: bool,
    at: u32,
    shaken: u32,
    taking: FxHashMap<u32, FactId>,
    said: Vec<(FactId, Field, Value)>,
    foreign_keys: Vec<(FactId, String, Vec<String>)>,
    around: around::Around,
}

impl<'f> Replay<'f> {
    fn new(facts: &'f Facts, history: &History) -> Self {
        let all = || history.migrations.iter().map(|&id| facts.get(id));
        Self {
            facts,
            schema: Schema { home: home::of(facts, history), ..Schema::counting() },
            gone: Gone::new(),
            names: all().map(|fact| fact.text(migration::NAME).unwrap_or_default().to_owned()).collect(),
            at_base: all().map(|fact| fact.bool(migration::AT_BASE)).collect(),
            is_part: false,
            // What is not shaken yet is known since a later change.
            at: 1,
            shaken: 0,
            taking: FxHashMap::default(),
            said: Vec::new(),
            foreign_keys: Vec::new(),
            around: around::Around::new(facts, &history.migrations),
        }
    }

    fn moment(&self, made: Made) -> Moment {
        Moment { made: Some(made), at: self.at, shaken: self.shaken }
    }

    fn migration(&mut self, made: Made, id: FactId) {
        let facts = self.facts;
        let home = self.schema.home.clone();
        let home = home.as_deref();
        let children = facts.children(id).iter().map(|&child| (child, facts.get(child)));
        let of = |direction: &'static str| {
            let own = children.clone().filter(move |(_, fact)| {
                fact.text(schema_change::DIRECTION) == Some(direction)
                    || fact.text(unresolved::DIRECTION) == Some(direction)
            });
            own.collect::<Vec<(FactId, &Fact)>>()
        };
        let (up_facts, down_facts) = (of("up"), of("down"));
        let changes = |of: &[(FactId, &'f Fact)]| -> Vec<Change<'f>> {
            of.iter().filter_map(|&(id, fact)| Change::of(id, fact, home)).collect()
        };
        let (up, down) = (changes(&up_facts), changes(&down_facts));
        let whole = up.len() == up_facts.len() && down.len() == down_facts.len();
        let fact = facts.get(id);
        let both =
            fact.text(migration::DOWN) == Some("present") && fact.text(migration::UP) == Some("present");
        let moment = self.moment(made);
        let before = if whole && both && !self.is_part {
            undo::before(&mut self.schema, &self.gone, (&up, &down), moment)
        } else {
            None
        };
        self.around.begin(&up);
        self.said.extend(company::of(&up_facts));
        let mut temporary = false;
        // What contradicts the history is said there, and spoils the comparison.
        let mut odd = false;
        if is_unread(facts.get(id)) {
            self.at += 1;
            self.shaken = self.shaken.max(self.at);
        }
        let mut rest = up.iter().peekable();
        for &(id, _) in &up_facts {
            self.at += 1;
            let Some(&change) = rest.next_if(|change| change.id == id) else {
                self.shaken = self.shaken.max(self.at);
                continue;
            };
            temporary |= change.temporary;
            let moment = self.moment(made);
            self.said.extend(self.around.before(&self.schema, &self.gone, &change, moment));
            let outcome = apply::apply(&mut self.schema, &mut self.gone, &change, moment);
            if apply::is_opaque(change.word) {
                self.shaken = self.shaken.max(self.at);
            }
            let makes = change.word.starts_with("create") || change.word.starts_with("add");
            odd |= outcome.exists == Some(makes);
            if matches!(change.word, "drop-table" | "rename-table" | "drop-column" | "rename-column") {
                self.taking.insert(self.at, id);
            }
            self.say(&change, &outcome, made);
        }
        if temporary {
            for name in up.iter().flat_map(|change| [change.table, change.new_name]).flatten() {
                let name = key(name);
                if self.schema.tables.get(&name).is_some_and(|table| table.temporary) {
                    self.schema.tables.remove(&name);
                }
            }
        }
        self.compare(id, before.as_ref().filter(|_| !odd), &up, &down);
        self.same_column(id, &up);
    }

    /// What the history says of one change.
    fn say(&mut self, change: &Change<'_>, outcome: &Outcome, made: Made) {
        let id = change.id;
        if apply::is_tracked(change.word) {
            let exists = match outcome.exists.filter(|_| change.sure) {
                Some(true) => "yes",
                Some(false) => "no",
                None => "unknown",
            };
            self.said.push((id, schema_change::OBJECT_EXISTS, Value::Word(exists)));
        }
        if let Some(table) = outcome.table_made {
            let new = table == made || self.at_base.get(table as usize).copied().flatten() == Some(false);
            self.said.push((id, schema_change::TABLE_IS_NEW, new.into()));
            self.name(id, schema_change::MADE_BY, table);
        }
        if let Some(column) = outcome.column_made {
            self.name(id, schema_change::COLUMN_MADE_BY, column);
        }
        if let (Some(true), Some(object)) = (outcome.exists, outcome.object_made) {
            self.name(id, schema_change::OBJECT_MADE_BY, object);
        }
        if change.word == "alter-column-type" {
            let word = outcome.type_change.unwrap_or("unknown");
            self.said.push((id, schema_change::TYPE_CHANGE, Value::Word(word)));
        }
        if let (Some(old), "alter-column-type" | "alter-column" | "drop-column") =
            (&outcome.old_type, change.word)
        {
            self.said.push((id, schema_change::OLD_TYPE, old.as_str().into()));
        }
        if let Some(old) = &outcome.old_column {
            let span = self.facts.get(id).span;
            let not_null = if old.not_null { "yes" } else { "no" };
            let mut pairs: Vec<(Arc<str>, Arc<str>, Span)> = vec![("not-null".into(), not_null.into(), span)];
            pairs.extend(old.default.as_deref().map(|default| ("default".into(), default.into(), span)));
            pairs.extend(old.holds.as_deref().map(|name| ("holds".into(), name.into(), span)));
            self.said.push((id, schema_change::OLD_COLUMN, pairs.into()));
        }
        if let Some((table, columns)) = &outcome.foreign_key {
            self.foreign_keys.push((id, table.clone(), columns.clone()));
        }
    }

    fn name(&mut self, id: FactId, field: Field, made: Made) {
        if let Some(name) = self.names.get(made as usize).filter(|name| !name.is_empty()) {
            self.said.push((id, field, name.as_str().into()));
        }
    }

    /// Whether `down` takes back what `up` did.
    fn compare(&mut self, id: FactId, before: Option<&undo::Before>, up: &[Change<'_>], down: &[Change<'_>]) {
        let Some(before) = before else { return };
        let moment = Moment { made: None, at: self.at, shaken: self.shaken };
        let left = undo::left(before, &self.schema, up, down, moment);
        self.said.push((id, migration::UNDONE_BY_DOWN, left.is_empty().into()));
        if let [first, more @ ..] = left.as_slice() {
            let words = match more {
                [] => first.clone(),
                [second] => format!("{first}, and {second}"),
                more => format!("{first}, and {} more things differ", more.len()),
            };
            self.said.push((id, migration::NOT_UNDONE, words.into()));
        }
    }

    /// A column that is dropped and added again, in whichever order of tables: its data is lost.
    fn same_column(&mut self, id: FactId, up: &[Change<'_>]) {
        let name = |change: &Change<'_>| Some((change.table?.to_lowercase(), change.column?.to_lowercase()));
        let mut dropped: FxHashMap<(String, String), String> = FxHashMap::default();
        for change in up.iter().filter(|change| change.sure) {
            let Some(own) = name(change) else { continue };
            match change.word {
                "drop-column" => {
                    let words =
                        format!("{}.{}", change.table.unwrap_or_default(), change.column.unwrap_or_default());
                    dropped.insert(own, words);
                }
                "add-column" => {
                    if let Some(words) = dropped.remove(&own) {
                        self.said.push((id, migration::SAME_COLUMN_DROPPED_AND_ADDED, words.into()));
                        return;
                    }
                }
                _ => {}
            }
        }
    }
}
