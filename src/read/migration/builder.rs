//! Calls of the query runner's schema builder to `schema.change` facts. Knows TypeORM's methods and the
//! classes that describe tables and columns; does not know what the live table looks like.

use std::ops::Range;

use swc_common::Spanned;
use swc_ecma_ast::{Callee, Expr, ExprOrSpread, Lit, ObjectLit};

use super::scope::method;
use super::source::one_line;
use super::value::{Text, Values};
use super::{detail, judge};
use crate::facts::words::schema_change as change;
use crate::facts::{Fact, Field, Reading};
use crate::syntax::typescript::range;
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

/// Whether `name` is such a method.
pub fn is_known(name: &str) -> bool {
    METHODS.iter().any(|(method, _, _)| *method == name)
}

/// A call `runner.method(…)`.
#[derive(Clone, Copy)]
pub struct Call<'a, 'c> {
    pub method: &'c str,
    pub args: &'a [ExprOrSpread],
    /// From the method's name to the closing parenthesis.
    pub start: usize,
    pub end: usize,
    pub direction: &'static str,
}

/// Adds what the call changes; says whether the method is known.
pub fn read(out: &mut Reading, values: Values<'_, '_>, call: Call<'_, '_>) -> bool {
    let Some(&(_, word, shape)) = METHODS.iter().find(|(method, _, _)| *method == call.method) else {
        return false;
    };
    let reader = Reader { values, call, word };
    let first = reader.arg(0);
    match shape {
        Shape::Nothing => reader.finish(out, reader.fact()),
        Shape::Named => {
            let mut draft = reader.fact();
            if first.is_some() {
                draft.name(change::OBJECT, reader.name(first));
            }
            draft.flag_option(change::CASCADE, reader.arg(2).is_some_and(is_true));
            reader.finish(out, draft);
        }
        Shape::Table => {
            let mut draft = reader.on_table();
            let cascade = reader.arg(1).and_then(|options| values.object(options));
            let cascade = cascade.and_then(|options| values.prop(options, "cascade"));
            draft.flag_option(change::CASCADE, cascade.is_some_and(is_true));
            // `createTable(table, ifNotExists)`; where it is an expression, it may be true.
            let only_once = reader.arg(1).is_some_and(|flag| !is_false(flag) && !is_nothing(flag));
            draft.flag_option(change::IF_NOT_EXISTS, word == "create-table" && only_once);
            reader.finish(out, draft);
        }
        Shape::RenameTable => {
            let mut draft = reader.on_table();
            draft.name(change::NEW_NAME, reader.name(reader.arg(1)));
            reader.finish(out, draft);
        }
        Shape::Column => reader.column(out, reader.arg(1)),
        Shape::Columns => reader.each(out, |out, column| reader.column(out, column)),
        Shape::NewColumn => reader.new_column(out, reader.arg(1), reader.arg(2)),
        Shape::NewColumns => reader.each(out, |out, pair| {
            let pair = pair.and_then(|pair| values.object(pair));
            let part = |key| pair.and_then(|pair| values.prop(pair, key));
            reader.new_column(out, part("oldColumn"), part("newColumn"));
        }),
        Shape::Object => reader.object(out, reader.arg(1)),
        Shape::Objects => reader.each(out, |out, object| reader.object(out, object)),
        Shape::Key => {
            let mut draft = reader.on_table();
            detail::of_object(&mut draft.fact, values, call.method, None);
            if let Some(name) = reader.arg(2) {
                draft.name(change::OBJECT, reader.name(Some(name)));
            }
            reader.finish(out, draft);
        }
    }
    true
}

#[derive(Clone, Copy)]
struct Reader<'a, 's, 'c> {
    values: Values<'a, 's>,
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
    fn name(&mut self, field: Field, name: Option<Text>) {
        let Some(text) = name else {
            self.holes = true;
            return;
        };
        self.holes |= !text.holes.is_empty();
        self.fact.set(field, text.words(), text.passage.span());
    }

    /// Sets `field` where it is true.
    fn flag_option(&mut self, field: Field, value: bool) {
        if value {
            self.fact.set(field, true, self.fact.span);
        }
    }
}

impl<'a> Reader<'a, '_, '_> {
    fn arg(&self, index: usize) -> Option<&'a Expr> {
        let args = self.call.args.get(..=index)?;
        if args.iter().any(|arg| arg.spread.is_some()) { None } else { Some(&args[index].expr) }
    }

    /// From the method's name to the end of the call or of the line.
    fn range(&self) -> Range<usize> {
        self.call.start..self.call.end
    }

    fn fact(&self) -> Draft {
        let source = self.values.source;
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
        draft.name(change::TABLE, self.name(self.arg(0)));
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
    fn each(&self, out: &mut Reading, mut one: impl FnMut(&mut Reading, Option<&'a Expr>)) {
        let array = self.arg(1).and_then(|items| self.values.array(items));
        match array {
            Some(array) => {
                for item in array.elems.iter().flatten() {
                    one(out, item.spread.is_none().then_some(&*item.expr));
                }
            }
            None => one(out, None),
        }
    }

    fn column(&self, out: &mut Reading, column: Option<&'a Expr>) {
        let mut draft = self.on_table();
        draft.name(change::COLUMN, self.name(column));
        if self.word == "add-column" {
            self.describe(&mut draft, column);
        }
        self.finish(out, draft);
    }

    fn new_column(&self, out: &mut Reading, old: Option<&'a Expr>, new: Option<&'a Expr>) {
        let mut draft = self.on_table();
        let old_expr = old;
        let old = self.name(old);
        let new_name = self.name(new);
        let renamed = match (&old, &new_name) {
            (Some(old), Some(new)) => old.passage.text() != new.passage.text(),
            _ => true,
        };
        draft.name(change::COLUMN, old);
        if self.word == "rename-column" || (renamed && new_name.is_some()) {
            draft.name(change::NEW_NAME, new_name);
        }
        if self.word != "rename-column" {
            self.describe(&mut draft, new);
            detail::of_change(&mut draft.fact, self.values, old_expr, new);
        }
        self.finish(out, draft);
    }

    fn object(&self, out: &mut Reading, object: Option<&'a Expr>) {
        let mut draft = self.on_table();
        detail::of_object(&mut draft.fact, self.values, self.call.method, object);
        let literal = object.and_then(|object| self.values.object(object));
        if let Some(literal) = literal {
            // TypeORM makes up a name where none is given.
            if self.values.prop(literal, "name").is_some() {
                draft.name(change::OBJECT, self.name(object));
            }
            let columns = self.values.prop(literal, "columnNames");
            let columns = columns.and_then(|columns| self.values.array(columns));
            if let Some([Some(column)]) = columns.map(|columns| columns.elems.as_slice()) {
                draft.name(change::COLUMN, self.name(Some(&column.expr)));
            }
            let concurrent = self.values.prop(literal, "isConcurrent").is_some_and(is_true);
            draft.flag_option(change::CONCURRENTLY, concurrent);
        } else if object.is_some() || self.call.method != "dropPrimaryKey" {
            draft.name(change::OBJECT, self.name(object));
        }
        self.finish(out, draft);
    }

    /// What `new TableColumn({…})` says of a column beside its name.
    fn describe(&self, draft: &mut Draft, column: Option<&'a Expr>) {
        let Some(column) = column.and_then(|column| self.values.object(column)) else { return };
        if let Some(kind) = self.values.prop(column, "type") {
            draft.name(change::TYPE, self.values.text(kind).ok());
        }
        let at = self.values.source.span(column);
        let not_null = self.not_null(column);
        if let Some((not_null, span)) = not_null {
            draft.fact.set(change::NOT_NULL, not_null, span.unwrap_or(at));
        }
        let default = self.values.prop(column, "default").filter(|value| !is_nothing(value));
        if let Some(default) = default {
            let (words, span) = if let Ok(text) = self.values.text(default) {
                (text.words(), text.passage.span())
            } else {
                let source = self.values.source;
                (one_line(source.words(default)), source.first_line(range(default.span())))
            };
            draft.fact.set(change::DEFAULT, words, span);
        }
        detail::of_column(&mut draft.fact, self.values, column);
        let filled = ["isGenerated", "generationStrategy", "asExpression", "generatedIdentity"]
            .iter()
            .any(|key| self.values.prop(column, key).is_some());
        draft.required = not_null.is_some_and(|(not_null, _)| not_null) && default.is_none() && !filled;
    }

    /// Whether the column is NOT NULL, where that is said; TypeORM's default is that it is.
    fn not_null(&self, column: &'a ObjectLit) -> Option<(bool, Option<Span>)> {
        if let Some(primary) = self.values.prop(column, "isPrimary")
            && is_true(primary)
        {
            return Some((true, Some(self.values.source.span(primary))));
        }
        match self.values.prop(column, "isNullable") {
            Some(Expr::Lit(Lit::Bool(nullable))) => {
                Some((!nullable.value, Some(self.values.source.span(nullable))))
            }
            Some(_) => None,
            None => Some((true, None)),
        }
    }

    /// The name that an argument gives: a text, the `name` of an object, or the text that it was looked
    /// up with.
    fn name(&self, expr: Option<&'a Expr>) -> Option<Text> {
        let expr = expr?;
        if let Some(object) = self.values.object(expr) {
            return self.values.text(self.values.prop(object, "name")?).ok();
        }
        if let Expr::Call(call) = self.values.follow(expr)
            && let Callee::Expr(callee) = &call.callee
            && let Some((_, "getTable" | "findColumnByName" | "getView")) = method(callee)
        {
            return self.values.text(&call.args.first()?.expr).ok();
        }
        self.values.text(expr).ok()
    }
}

fn is_true(expr: &Expr) -> bool {
    matches!(expr, Expr::Lit(Lit::Bool(value)) if value.value)
}

fn is_false(expr: &Expr) -> bool {
    matches!(expr, Expr::Lit(Lit::Bool(value)) if !value.value)
}

fn is_nothing(expr: &Expr) -> bool {
    matches!(expr, Expr::Lit(Lit::Null(_))) || matches!(expr, Expr::Ident(name) if name.sym == *"undefined")
}

fn to_u32(len: usize) -> u32 {
    u32::try_from(len).unwrap_or(u32::MAX)
}
