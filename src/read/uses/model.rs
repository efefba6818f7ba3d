//! The entities of a repository, as code that queries them sees them: classes with their properties, what
//! they inherit and embed included. Does not know the database.

use rustc_hash::{FxHashMap, FxHashSet};

use crate::facts::words::{entity, entity_column as column};
use crate::facts::{Fact, FactId, Facts};
use crate::read::migration::library::imported;
use crate::repo::Repo;
use crate::text::FileId;

/// How many classes deep inheritance and embedding are followed, and how many columns one entity has.
const MAX_DEPTH: usize = 12;
const MAX_COLUMNS: usize = 2_000;

/// Every class that stands for a table.
#[derive(Debug, Default)]
pub struct Model {
    pub entities: Vec<Entity>,
    by_class: FxHashMap<String, Vec<usize>>,
}

/// A class that stands for a table.
#[derive(Debug)]
pub struct Entity {
    pub id: FactId,
    pub class: String,
    pub file: FileId,
    /// With its schema, as written.
    pub table: String,
    pub columns: Vec<Column>,
    /// What relations lead to: property, class.
    pub relations: FxHashMap<String, String>,
    /// Whether all classes that it inherits from and embeds were found.
    pub whole: bool,
}

/// A property that stands for a column.
#[derive(Clone, Debug)]
pub struct Column {
    pub id: FactId,
    /// `price.amount` for what is embedded.
    pub property: String,
    /// What the decorators say, or else what the strategies may make of it, the likeliest first.
    pub names: Vec<String>,
    /// Whether the name is written.
    pub written: bool,
}

impl Model {
    /// The entities among the facts.
    #[must_use]
    pub fn of(facts: &Facts, repo: &Repo) -> Self {
        let ids = facts.of_kind(entity::KIND);
        let mut classes: FxHashMap<&str, Vec<FactId>> = FxHashMap::default();
        for &id in ids {
            classes.entry(facts.get(id).text(entity::CLASS).unwrap_or_default()).or_default().push(id);
        }
        let finder = Finder { facts, repo, classes };
        let mut model = Self::default();
        for &id in ids {
            let Some(found) = finder.entity(id) else { continue };
            model.by_class.entry(found.class.clone()).or_default().push(model.entities.len());
            model.entities.push(found);
        }
        model
    }

    /// The entity that a file means by a class's name; `from` is the module that it imports the name from.
    #[must_use]
    pub fn find(&self, repo: &Repo, file: FileId, class: &str, from: Option<&str>) -> Option<&Entity> {
        let named = self.by_class.get(class)?;
        let all = || named.iter().filter_map(|&index| self.entities.get(index));
        if named.len() == 1 {
            return all().next();
        }
        let path = from.and_then(|from| imported(repo, repo.path(file), from));
        all().find(|entity| entity.file == file || path.as_deref() == Some(repo.path(entity.file)))
    }

    /// Which entity it is, counted from the first.
    #[must_use]
    pub fn index(&self, entity: &Entity) -> usize {
        self.entities.iter().position(|other| other.id == entity.id).unwrap_or_default()
    }
}

impl Entity {
    /// The columns of a property; none where it has no such property.
    #[must_use]
    pub fn property(&self, name: &str) -> Option<&Column> {
        self.columns.iter().find(|column| column.property == name)
    }
}

struct Finder<'f> {
    facts: &'f Facts,
    repo: &'f Repo,
    classes: FxHashMap<&'f str, Vec<FactId>>,
}

impl Finder<'_> {
    fn entity(&self, id: FactId) -> Option<Entity> {
        let fact = self.facts.get(id);
        let class = fact.text(entity::CLASS)?.to_owned();
        let mut found = Entity {
            id,
            class,
            file: fact.span.file,
            table: String::new(),
            columns: Vec::new(),
            relations: FxHashMap::default(),
            whole: true,
        };
        // The class itself, then those that it inherits from.
        let mut seen: FxHashSet<FactId> = FxHashSet::default();
        let mut table = None;
        let mut next = Some(id);
        while let Some(own) = next.filter(|&own| seen.insert(own) && seen.len() <= MAX_DEPTH) {
            let fact = self.facts.get(own);
            // A child entity's rows are in its parent's table; another entity's columns are its own too.
            if table.is_none() {
                table = fact.text(entity::TABLE).map(|table| match fact.text(entity::SCHEMA) {
                    Some(schema) => format!("{schema}.{table}"),
                    None => table.to_owned(),
                });
                if table.is_none() && fact.bool(entity::CHILD) != Some(true) && own == id {
                    return None;
                }
            }
            for (property, target, _) in fact.map(entity::RELATIONS) {
                found.relations.entry(property.to_string()).or_insert_with(|| target.to_string());
            }
            self.columns(&mut found, own, ("", &[]), 0);
            next = None;
            if let Some(base) = fact.text(entity::EXTENDS) {
                let base = self.class(fact, base, fact.text(entity::EXTENDS_FROM));
                found.whole &= base.is_some() || is_plain_base(fact);
                next = base;
            }
        }
        found.table = table?;
        Some(found)
    }

    /// Adds the columns of a class; `prefix` is the path of what embeds it, and the words that its columns
    /// begin with.
    fn columns(&self, found: &mut Entity, class: FactId, prefix: (&str, &[&str]), depth: usize) {
        let (path, prefixes) = prefix;
        let nearer = found.columns.len();
        for &child in self.facts.children(class) {
            let fact = self.facts.get(child);
            if fact.kind != column::KIND || found.columns.len() >= MAX_COLUMNS {
                continue;
            }
            let Some(property) = fact.text(column::PROPERTY) else { continue };
            let full = if path.is_empty() { property.to_owned() } else { format!("{path}.{property}") };
            if let Some(embedded) = fact.text(column::EMBEDS) {
                let inner = self.class(fact, embedded, fact.text(column::EMBEDS_FROM));
                let Some(inner) = inner.filter(|_| depth < MAX_DEPTH) else {
                    found.whole = false;
                    continue;
                };
                let own = fact.text(column::PREFIX).unwrap_or(property);
                let mut words = prefixes.to_vec();
                words.extend((!own.is_empty()).then_some(own));
                self.columns(found, inner, (&full, &words), depth + 1);
                continue;
            }
            // A class overrides what it inherits.
            if depth == 0 && found.columns.iter().take(nearer).any(|known| known.property == full) {
                continue;
            }
            let written = fact.text(column::COLUMN);
            let names = names(property, written, prefixes);
            found.columns.push(Column { id: child, property: full, names, written: written.is_some() });
        }
    }

    /// The class that `fact` means by a name.
    fn class(&self, fact: &Fact, name: &str, from: Option<&str>) -> Option<FactId> {
        let named = self.classes.get(name)?;
        let file = fact.span.file;
        let of = |id: FactId| self.facts.get(id).span.file;
        if let Some(&own) = named.iter().find(|&&id| of(id) == file) {
            return Some(own);
        }
        let path = from.and_then(|from| imported(self.repo, self.repo.path(file), from));
        if let Some(&imported) = named.iter().find(|&&id| path.as_deref() == Some(self.repo.path(of(id)))) {
            return Some(imported);
        }
        // Through an index file, or by a name that a tsconfig maps.
        if let [only] = named.as_slice() { Some(*only) } else { None }
    }
}

/// Whether an entity's base class brings no column: TypeORM's own.
fn is_plain_base(fact: &Fact) -> bool {
    fact.text(entity::EXTENDS) == Some("BaseEntity") && fact.text(entity::EXTENDS_FROM) == Some("typeorm")
}

/// The names that the column of a property may have.
fn names(property: &str, written: Option<&str>, prefixes: &[&str]) -> Vec<String> {
    let snake = super::super::entity::snake;
    let name = written.unwrap_or(property);
    if prefixes.is_empty() {
        return match written {
            Some(written) => vec![written.to_owned()],
            None => vec![property.to_owned(), snake(property)],
        };
    }
    // TypeORM's own: camel case of the prefixes, then the name with a capital.
    let mut title = name.to_owned();
    if let Some(first) = title.get_mut(..1) {
        first.make_ascii_uppercase();
    }
    let own = format!("{}{title}", camel(&prefixes.join("_")));
    let snaked = format!(
        "{}_{}",
        snake(&prefixes.join("_")).trim_end_matches('_'),
        written.map_or_else(|| snake(property), str::to_owned)
    );
    let glued = format!("{}{name}", prefixes.concat());
    vec![own, snaked, glued]
}

/// `legacy_total` as `legacyTotal`.
#[must_use]
pub fn camel(name: &str) -> String {
    let mut made = String::with_capacity(name.len());
    let mut upper = false;
    for char in name.chars() {
        if char == '_' && !made.is_empty() {
            upper = true;
        } else if char != '_' {
            if upper {
                made.extend(char.to_uppercase());
            } else {
                made.push(char);
            }
            upper = false;
        }
    }
    made
}
