//! Calls of the query runner's schema builder to `schema.change` facts. Knows TypeORM's methods and the
//! classes that describe tables and columns; does not know what the live table looks like.

use std::ops::Range;

use std::rc::Rc;

use super::source::{Source, one_line};
use super::text::Text;
use super::value::{Arg, List, Object, Value};
use super::{ddl, detail, judge, naming};
use crate::facts::words::schema_change as change;
use crate::facts::{Fact, Field, Reading};
use crate::text::Span;

/// What a method's arguments are.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Shape {
    /// The table.
    Table,
    /// The table and its new name.
    RenameTable,
    /// The table and a column.
    Column,
    /// The table and an array of columns.
    Columns,
    /// The table, the column and its new name or description.
    NewColumn,
    /// The table and an array of `{ oldColumn, newColumn }`.
    NewColumns,
    /// The table and a named thing on it.
    Object,
    /// The table and an array of named things on it.
    Objects,
    /// The table, column names, and the name of the key.
    Key,
    /// A named thing of its own.
    Named,
    /// Nothing that names anything.
    Nothing,
}

/// The methods that change schema, data or the transaction, and the change that each makes.
const METHODS: &[(&str, &str, Shape)] = &[
    ("createDatabase", "create-database", Shape::Named),
    ("dropDatabase", "drop-database", Shape::Named),
    ("clearDatabase", "drop-database", Shape::Named),
    ("createSchema", "create-schema", Shape::Named),
    ("dropSchema", "drop-schema", Shape::Named),
    ("createTable", "create-table", Shape::Table),
    ("dropTable", "drop-table", Shape::Table),
    ("renameTable", "rename-table", Shape::RenameTable),
    ("clearTable", "truncate", Shape::Table),
    ("changeTableComment", "comment", Shape::Table),
    ("createView", "create-view", Shape::Named),
    ("dropView", "drop-view", Shape::Named),
    ("addColumn", "add-column", Shape::Column),
    ("addColumns", "add-column", Shape::Columns),
    ("renameColumn", "rename-column", Shape::NewColumn),
    ("changeColumn", "alter-column", Shape::NewColumn),
    ("changeColumns", "alter-column", Shape::NewColumns),
    ("dropColumn", "drop-column", Shape::Column),
    ("dropColumns", "drop-column", Shape::Columns),
    ("createPrimaryKey", "add-constraint", Shape::Key),
    ("updatePrimaryKeys", "alter-constraint", Shape::Table),
    ("dropPrimaryKey", "drop-constraint", Shape::Object),
    ("createUniqueConstraint", "add-constraint", Shape::Object),
    ("createUniqueConstraints", "add-constraint", Shape::Objects),
    ("dropUniqueConstraint", "drop-constraint", Shape::Object),
    ("dropUniqueConstraints", "drop-constraint", Shape::Objects),
    ("createCheckConstraint", "add-constraint", Shape::Object),
    ("createCheckConstraints", "add-constraint", Shape::Objects),
    ("dropCheckConstraint", "drop-constraint", Shape::Object),
    ("dropCheckConstraints", "drop-constraint", Shape::Objects),
    ("createExclusionConstraint", "add-constraint", Shape::Object),
    ("createExclusionConstraints", "add-constraint", Shape::Objects),
    ("dropExclusionConstraint", "drop-constraint", Shape::Object),
    ("dropExclusionConstraints", "drop-constraint", Shape::Objects),
    ("createForeignKey", "add-constraint", Shape::Object),
    ("createForeignKeys", "add-constraint", Shape::Objects),
    ("dropForeignKey", "drop-constraint", Shape::Object),
    ("dropForeignKeys", "drop-constraint", Shape::Objects),
    ("createIndex", "create-index", Shape::Object),
    ("createIndices", "create-index", Shape::Objects),
    ("dropIndex", "drop-index", Shape::Object),
    ("dropIndices", "drop-index", Shape::Objects),
    ("startTransaction", "transaction", Shape::Nothing),
    ("commitTransaction", "transaction", Shape::Nothing),
    ("rollbackTransaction", "transaction", Shape::Nothing),
];

/// The names of the methods.
pub fn names() -> impl Iterator<Item = &'static str> {
    METHODS.iter().map(|(method, _, _)| *method)
}

/// Whether `name` is such a method.
pub fn is_known(name: &str) -> bool {
    METHODS.iter().any(|(method, _, _)| *method == name)
}

/// A call `runner.method(…)`.
#[derive(Clone, Copy)]
pub struct Call<'a, 'c> {
    pub method: &'c str,
    pub args: &'c [Arg<'a>],
    /// From the method's name to the closing parenthesis.
    pub start: usize,
    pub end: usize,
    pub direction: &'static str,
    /// The file that it stands in.
    pub source: Source<'c>,
}

/// Adds what the call changes; says whether the method is known.
pub fn read(out: &mut Reading, call: Call<'_, '_>) -> bool {
    let Some(&(_, word, shape)) = METHODS.iter().find(|(method, _, _)| *method == call.method) else {
        return false;
    };
    let reader = Reader { call, word };
    let first = reader.arg(0);
    match shape {
        Shape::Nothing => reader.finish(out, reader.fact()),
        Shape::Named => {
            let mut draft = reader.fact();
            if first.is_some() {
                draft.name(change::OBJECT, first.as_ref().and_then(name_of));
            }
            draft.flag_option(change::CASCADE, reader.arg(2).is_some_and(|flag| is_true(&flag)));
            if word == "create-view"
                && let Some(view) = first.as_ref().and_then(object_of)
                && let Some(name) = draft.own(change::OBJECT)
            {
                draft.makes(ddl::view(&name, view));
            }
            reader.finish(out, draft);
        }
        Shape::Table => {
            let mut draft = reader.on_table();
            let options = reader.arg(1);
            let cascade = options.as_ref().and_then(|options| object_of(options)?.get("cascade"));
            draft.flag_option(change::CASCADE, cascade.is_some_and(is_true));
            // `createTable(table, ifNotExists)`; where it is an expression, it may be true.
            let only_once = options.is_some_and(|flag| !is_false(&flag) && !is_nothing(&flag));
            draft.flag_option(change::IF_NOT_EXISTS, word == "create-table" && only_once);
            if word == "create-table"
                && let Some(table) = first.as_ref().and_then(object_of)
                && let Some(name) = draft.own(change::TABLE)
            {
                let wanted = |index| reader.arg(index).is_none_or(|flag| !is_false(&flag));
                draft.makes(Some(ddl::table(&name, table, (wanted(2), wanted(3)))));
            }
            reader.finish(out, draft);
        }
        Shape::RenameTable => {
            let mut draft = reader.on_table();
            draft.name(change::NEW_NAME, reader.arg(1).as_ref().and_then(name_of));
            reader.finish(out, draft);
        }
        Shape::Column => reader.column(out, reader.arg(1).as_ref()),
        Shape::Columns => reader.each(out, |out, column| reader.column(out, column.as_ref())),
        Shape::NewColumn => reader.new_column(out, reader.arg(1).as_ref(), reader.arg(2).as_ref()),
        Shape::NewColumns => reader.each(out, |out, pair| {
            let pair = pair.as_ref().and_then(object_of);
            let part = |key| pair.and_then(|pair| pair.get(key));
            reader.new_column(out, part("oldColumn"), part("newColumn"));
        }),
        Shape::Object => reader.object(out, reader.arg(1).as_ref()),
        Shape::Objects => reader.each(out, |out, object| reader.object(out, object.as_ref())),
        Shape::Key => {
            let mut draft = reader.on_table();
            detail::of_object(&mut draft.fact, call.method, None);
            let name = reader.arg(2).filter(|name| !is_nothing(name));
            if let Some(name) = &name {
                draft.name(change::OBJECT, name_of(name));
            }
            let own = name.and_then(|name| name_of(&name)).map(|name| name.words());
            if let Some(columns) = reader.arg(1).as_ref().and_then(ddl::list_of_names)
                && let Some(table) = draft.own(change::TABLE)
            {
                let key = ddl::key("primary-key", &table, own, &columns);
                draft.makes(key.map(|key| format!("ADD {key}")));
            }
            reader.finish(out, draft);
        }
    }
    true
}

#[derive(Clone, Copy)]
struct Reader<'a, 'c> {
    call: Call<'a, 'c>,
    word: &'static str,
}

/// A fact in the making.
struct Draft {
    fact: Fact,
    holes: bool,
    /// An added column must get a value that old code does not give.
    required: bool,
}

impl Draft {
    /// Sets `field` to a name, or notes that it is not known.
    fn name(&mut self, field: Field, name: Option<Rc<Text>>) {
        let Some(text) = name else {
            self.holes = true;
            return;
        };
        self.holes |= !text.holes.is_empty();
        self.fact.set(field, text.words(), text.passage.span());
    }

    /// A name that is set.
    fn own(&self, field: Field) -> Option<String> {
        self.fact.text(field).map(str::to_owned)
    }

    /// Sets what the call makes, in SQL.
    fn makes(&mut self, sql: Option<String>) {
        let span = self.fact.span;
        self.fact.set_some(change::SQL, sql, span);
    }

    /// Sets `field` where it is true.
    fn flag_option(&mut self, field: Field, value: bool) {
        if value {
            self.fact.set(field, true, self.fact.span);
        }
    }
}

impl<'a> Reader<'a, '_> {
    fn arg(&self, index: usize) -> Option<Value<'a>> {
        let args = self.call.args.get(..=index)?;
        if args.iter().any(|arg| arg.spread) { None } else { Some(args[index].value.clone().settled()) }
    }

    /// From the method's name to the end of the call or of the line.
    fn range(&self) -> Range<usize> {
        self.call.start..self.call.end
    }

    fn fact(&self) -> Draft {
        let source = self.call.source;
        let span = source.first_line(self.range());
        let words = one_line(source.text().get(self.range()).unwrap_or_default());
        let name =
            Span::new(span.file, span.start, span.end.min(span.start + to_u32(self.call.method.len())));
        let fact = Fact::new(change::KIND, span)
            .with(change::CHANGE, self.word, span)
            .with(change::DIRECTION, self.call.direction, span)
            .with(change::VIA, "builder", span)
            .with(change::METHOD, self.call.method, name)
            .with(change::TEXT, words.as_str(), span)
            .with(change::STATEMENT, words, span);
        Draft { fact, holes: false, required: false }
    }

    fn on_table(&self) -> Draft {
        let mut draft = self.fact();
        draft.name(change::TABLE, self.arg(0).as_ref().and_then(name_of));
        draft
    }

    fn finish(&self, out: &mut Reading, mut draft: Draft) {
        let span = draft.fact.span;
        draft.fact.set(change::DESTRUCTIVE, judge::harm(self.word).word(), span);
        draft.fact.set(change::ADDITIVE, judge::additive(self.word, draft.required), span);
        draft.fact.set(change::HOLES, draft.holes, span);
        out.add(draft.fact);
    }

    /// One fact for each item of the array in the second argument; one with a hole where the items are
    /// not known.
    fn each(&self, out: &mut Reading, mut one: impl FnMut(&mut Reading, Option<Value<'a>>)) {
        match self.arg(1) {
            Some(Value::List(list)) => {
                for item in &list.items {
                    one(out, Some(item.clone().settled()));
                }
                if list.more.is_some() {
                    one(out, None);
                }
            }
            _ => one(out, None),
        }
    }

    fn column(&self, out: &mut Reading, column: Option<&Value<'a>>) {
        let mut draft = self.on_table();
        draft.name(change::COLUMN, column.and_then(name_of));
        if self.word == "add-column" {
            self.describe(&mut draft, column);
            if let Some(table) = draft.own(change::TABLE) {
                draft.makes(column.and_then(object_of).and_then(|column| ddl::add_column(&table, column)));
            }
        }
        self.finish(out, draft);
    }

    fn new_column(&self, out: &mut Reading, old: Option<&Value<'a>>, new: Option<&Value<'a>>) {
        let mut draft = self.on_table();
        let (old_name, new_name) = (old.and_then(name_of), new.and_then(name_of));
        let renamed = match (&old_name, &new_name) {
            (Some(old), Some(new)) => old.passage.text() != new.passage.text(),
            _ => true,
        };
        draft.name(change::COLUMN, old_name);
        if self.word == "rename-column" || (renamed && new_name.is_some()) {
            draft.name(change::NEW_NAME, new_name);
        }
        if self.word != "rename-column" {
            self.describe(&mut draft, new);
            detail::of_change(&mut draft.fact, old, new);
            if let Some(table) = draft.own(change::TABLE) {
                draft.makes(new.and_then(object_of).and_then(|column| ddl::column(&table, column)));
            }
        }
        self.finish(out, draft);
    }

    fn object(&self, out: &mut Reading, object: Option<&Value<'a>>) {
        let mut draft = self.on_table();
        detail::of_object(&mut draft.fact, self.call.method, object);
        if let Some(literal) = object.and_then(object_of) {
            // TypeORM makes up a name where none is given.
            let made_up = !literal.get("name").is_some_and(|name| !is_nothing(name));
            if !made_up {
                draft.name(change::OBJECT, object.and_then(name_of));
            }
            self.made(&mut draft, literal, made_up);
            if let Some(Value::List(columns)) = literal.get("columnNames")
                && let List { items, more: None, .. } = &**columns
                && let [column] = items.as_slice()
            {
                draft.name(change::COLUMN, name_of(column));
            }
            let concurrent = literal.get("isConcurrent").is_some_and(is_true);
            draft.flag_option(change::CONCURRENTLY, concurrent);
        } else if object.is_some() || self.call.method != "dropPrimaryKey" {
            draft.name(change::OBJECT, object.and_then(name_of));
        }
        self.finish(out, draft);
    }

    /// What a description of an index or a constraint makes, and the name that TypeORM makes up for it.
    fn made(&self, draft: &mut Draft, object: &Object<'_>, made_up: bool) {
        let Some(table) = draft.own(change::TABLE).filter(|_| object.more.is_none()) else { return };
        let made = match draft.fact.text(change::CONSTRAINT) {
            _ if self.word.ends_with("index") => ddl::index(&table, object),
            Some(kind) => ddl::constraint(kind, &table, object)
                .or_else(|| {
                    // To drop one, its columns are enough.
                    let columns = ddl::names(object, "columnNames")
                        .filter(|_| matches!(kind, "foreign-key" | "unique"))?;
                    Some((naming::over(kind, &table, &columns)?, String::new()))
                })
                .map(|(name, words)| (name, format!("ADD {words}"))),
            None => None,
        };
        let Some((name, words)) = made else { return };
        if made_up {
            draft.fact.set(change::OBJECT, name, draft.fact.span);
        }
        if !self.word.starts_with("drop") {
            draft.makes(Some(words));
        }
    }

    /// What `new TableColumn({…})` says of a column beside its name.
    fn describe(&self, draft: &mut Draft, column: Option<&Value<'a>>) {
        let Some(column) = column.and_then(object_of) else { return };
        if let Some(kind) = column.get("type") {
            draft.name(change::TYPE, text_of(kind));
        }
        if let Some((not_null, span)) = not_null(column) {
            draft.fact.set(change::NOT_NULL, not_null, span.unwrap_or(column.span));
        }
        let default = column.get("default").filter(|value| !is_nothing(value));
        if let Some(default) = default {
            let (words, span) = match (default, text_of(default)) {
                (_, Some(text)) => (text.words(), text.passage.span()),
                (Value::Bool(flag, span), _) => (flag.to_string(), *span),
                (Value::Number(number, span), _) => (number.to_string(), *span),
                _ => ("a value that is known at run time only".to_owned(), column.span),
            };
            draft.fact.set(change::DEFAULT, one_line(&words), self.call.source.one_line_of(span));
        }
        detail::of_column(&mut draft.fact, column);
        let filled = ["isGenerated", "generationStrategy", "asExpression", "generatedIdentity"]
            .iter()
            .any(|key| column.get(key).is_some());
        draft.required =
            not_null(column).is_some_and(|(not_null, _)| not_null) && default.is_none() && !filled;
    }
}

/// The name that a value gives.
pub fn name_of(value: &Value<'_>) -> Option<Rc<Text>> {
    match value {
        Value::Text(text) | Value::Live(text) => Some(Rc::clone(text)),
        Value::Object(object) => text_of(object.get("name")?),
        Value::Promise(promise) => name_of(&promise.0),
        _ => None,
    }
}

pub fn text_of(value: &Value<'_>) -> Option<Rc<Text>> {
    match value {
        Value::Text(text) | Value::Live(text) => Some(Rc::clone(text)),
        _ => None,
    }
}

pub fn object_of<'v, 'a>(value: &'v Value<'a>) -> Option<&'v Object<'a>> {
    if let Value::Object(object) = value { Some(object) } else { None }
}

/// Whether the column is NOT NULL, where that is said; TypeORM's default is that it is.
fn not_null(column: &Object<'_>) -> Option<(bool, Option<Span>)> {
    if let Some(Value::Bool(true, span)) = column.get("isPrimary") {
        return Some((true, Some(*span)));
    }
    match column.get("isNullable") {
        Some(Value::Bool(nullable, span)) => Some((!nullable, Some(*span))),
        Some(_) => None,
        None => column.more.is_none().then_some((true, None)),
    }
}

pub fn is_true(value: &Value<'_>) -> bool {
    matches!(value, Value::Bool(true, _))
}

fn is_false(value: &Value<'_>) -> bool {
    matches!(value, Value::Bool(false, _))
}

pub fn is_nothing(value: &Value<'_>) -> bool {
    matches!(value, Value::Nothing)
}

fn to_u32(len: usize) -> u32 {
    u32::try_from(len).unwrap_or(u32::MAX)
}
