//! Options of repositories: `find({ select, where, order, relations })`, `update(where, set)`, and lists of
//! properties in decorators. Names are an entity's properties.

use swc_common::Spanned;
use swc_ecma_ast::{Expr, Prop, PropOrSpread};

use super::code::{Call, Code};
use super::model::{Entity, camel};
use super::words::{is_text, text_of};
use super::{Lost, Use};
use crate::facts::FactId;
use crate::facts::schema::key;
use crate::read::migration::scope::{prop_name, untyped};
use crate::syntax::typescript::range;
use crate::text::Span;

/// Methods that take options with `where`, `select`, …; and those that take conditions.
const FINDERS: &[&str] = &["find", "findOne", "findAndCount", "findOneOrFail", "count", "exist", "exists"];
const CONDITIONS: &[&str] = &[
    "findBy",
    "findOneBy",
    "findAndCountBy",
    "findOneByOrFail",
    "countBy",
    "existsBy",
    "delete",
    "softDelete",
    "restore",
    "update",
    "increment",
    "decrement",
    "sum",
    "average",
    "minimum",
    "maximum",
];

/// How deep options nest.
const MAX_DEPTH: usize = 8;

pub(super) fn read(code: &Code<'_>, lost: &dyn Lost) -> Vec<Use> {
    let mut found = Vec::new();
    for call in &code.calls {
        let finder = FINDERS.contains(&call.method);
        if !finder && !CONDITIONS.contains(&call.method) {
            continue;
        }
        let Some((entity, args)) = subject(code, call) else { continue };
        for arg in args {
            match untyped(&arg.expr) {
                Expr::Object(_) if finder => options(&mut found, code, &arg.expr, (entity, lost)),
                Expr::Object(_) | Expr::Array(_) => {
                    keys(&mut found, code, &arg.expr, (entity, lost), "options")
                }
                expr if is_text(expr) && !finder => text(&mut found, code, expr, (entity, lost)),
                _ => {}
            }
        }
    }
    for (class, list) in &code.indexed {
        let Some(entity) = code.entity(class) else { continue };
        if let Expr::Array(list) = list {
            for item in list.elems.iter().flatten() {
                text(&mut found, code, &item.expr, (entity, lost));
            }
        }
    }
    found
}

/// The entity of a repository's call, or of a manager's, and the arguments behind it.
fn subject<'a>(code: &Code<'a>, call: &Call<'a>) -> Option<(&'a Entity, &'a [swc_ecma_ast::ExprOrSpread])> {
    if let Some(first) = call.args.first()
        && untyped(&first.expr).is_ident()
        && let Some(entity) = code.named(&first.expr)
    {
        return Some((entity, &call.args[1..]));
    }
    // A query builder has an `update` of its own.
    if matches!(untyped(call.object), Expr::Call(_)) && matches!(call.method, "update" | "delete" | "restore")
    {
        return None;
    }
    Some((code.owner_of(call.unit, call.object)?, call.args))
}

/// The change that took the column of a property: one that the entity has, or had.
#[must_use]
pub fn column_of(entity: &Entity, property: &str, lost: &dyn Lost) -> Option<FactId> {
    let table = key(&entity.table);
    let of = |name: &str| lost.column(&table, &key(name));
    if let Some(column) = entity.property(property) {
        return of_names(&table, &column.names, lost);
    }
    if entity.relations.contains_key(property) {
        return None;
    }
    if let Some(taken) = of(property) {
        return Some(taken);
    }
    if !entity.whole || !lost.lacks(&table, &key(property)) {
        return None;
    }
    // What the property's column was called by a strategy, or the key of a relation.
    let taken = lost.columns(&table);
    let is = |name: &str| camel(name) == property || camel(name) == format!("{property}Id");
    taken.into_iter().find(|(name, _)| is(name)).map(|(_, taken)| taken)
}

/// The change that took a column which may have one of these names, the first of them certainly.
#[must_use]
pub fn of_names(table: &str, names: &[String], lost: &dyn Lost) -> Option<FactId> {
    if names.iter().any(|name| lost.has(table, &key(name))) {
        return None;
    }
    let (first, others) = names.split_first()?;
    let whole = lost.lacks(table, &key(first));
    let other = || others.iter().filter(|_| whole).find_map(|name| lost.column(table, &key(name)));
    lost.column(table, &key(first)).or_else(other)
}

fn options(found: &mut Vec<Use>, code: &Code<'_>, expr: &Expr, known: (&Entity, &dyn Lost)) {
    let Expr::Object(object) = untyped(expr) else { return };
    for prop in &object.props {
        let PropOrSpread::Prop(prop) = prop else { continue };
        let Prop::KeyValue(pair) = &**prop else { continue };
        if matches!(prop_name(&pair.key), Some("where" | "select" | "order" | "relations")) {
            keys(found, code, &pair.value, known, "options");
        }
    }
}

/// The keys of an object, of objects in a list, or the texts of one.
pub(super) fn keys(
    found: &mut Vec<Use>,
    code: &Code<'_>,
    expr: &Expr,
    (entity, lost): (&Entity, &dyn Lost),
    how: &'static str,
) {
    let mut left = vec![(expr, entity, 0)];
    while let Some((expr, entity, depth)) = left.pop() {
        match untyped(expr) {
            Expr::Array(list) if depth < MAX_DEPTH => {
                left.extend(list.elems.iter().flatten().map(|item| (&*item.expr, entity, depth + 1)));
            }
            Expr::Object(object) => {
                for prop in &object.props {
                    let PropOrSpread::Prop(prop) = prop else { continue };
                    let (name, span, value) = match &**prop {
                        Prop::KeyValue(pair) => (prop_name(&pair.key), pair.key.span(), Some(&*pair.value)),
                        Prop::Shorthand(name) => (Some(&*name.sym), name.span, None),
                        _ => continue,
                    };
                    let Some(name) = name else { continue };
                    if let Some(taken) = column_of(entity, name, lost) {
                        found.push(Use { taken, span: code.passage.locate(range(span)), how });
                    } else if depth < MAX_DEPTH
                        && let Some(value) = value.filter(|value| untyped(value).is_object())
                        && let Some(class) = entity.relations.get(name)
                        && let Some(target) = code.target(entity, class)
                    {
                        left.push((value, target, depth + 1));
                    }
                }
            }
            expr if is_text(expr) => text(found, code, expr, (entity, lost)),
            _ => {}
        }
    }
}

/// A text that is a property, or a path of relations to one.
fn text(found: &mut Vec<Use>, code: &Code<'_>, expr: &Expr, (entity, lost): (&Entity, &dyn Lost)) {
    if !is_text(expr) {
        return;
    }
    let words = text_of(expr, code.passage, &code.constants);
    let mut entity = entity;
    let mut at = 0;
    for part in words.text().split('.') {
        if let Some(taken) = column_of(entity, part, lost) {
            let span: Span = words.locate(at..at + part.len());
            found.push(Use { taken, span, how: "options" });
            return;
        }
        at += part.len() + 1;
        let Some(target) = entity.relations.get(part).and_then(|class| code.target(entity, class)) else {
            return;
        };
        entity = target;
    }
}
