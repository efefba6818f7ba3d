//! Entities as schemas: `new EntitySchema({ name, tableName, columns, relations })`.

use std::sync::Arc;

use swc_common::Spanned;
use swc_ecma_ast::{Expr, ObjectLit, Prop, PropOrSpread, VarDeclarator};

use super::options::{Named, named, option};
use super::{of_property, snake};
use crate::facts::words::entity;
use crate::facts::{Fact, Reading};
use crate::read::migration::scope::{prop_name, untyped};
use crate::syntax::typescript::range;
use crate::text::{Passage, Span};

/// Adds the entity that a variable holds the schema of. Its class is the variable's name.
pub(super) fn read(out: &mut Reading, passage: &Passage, var: &VarDeclarator) {
    let Some(name) = var.name.as_ident() else { return };
    let Some(Expr::New(new)) = var.init.as_deref().map(untyped) else { return };
    if new.callee.as_ident().is_none_or(|callee| callee.sym != *"EntitySchema") {
        return;
    }
    let Some(options) = new.args.iter().flatten().next().and_then(|arg| untyped(&arg.expr).as_object())
    else {
        return;
    };
    let place = |span: swc_common::Span| passage.locate(range(span));
    let at = place(name.id.span);
    let class = &*name.id.sym;
    let (table, span, explicit) = match (named(options, "tableName"), named(options, "name")) {
        (Named::As(table, span), _) => (table, place(span), true),
        (Named::ByDefault, Named::As(name, span)) => (snake(&name), place(span), false),
        _ => return,
    };
    let mut fact = Fact::new(entity::KIND, at).with(entity::CLASS, class, at);
    fact.set(entity::TABLE, table, span).set(entity::EXPLICIT, explicit, span);
    match named(options, "schema") {
        Named::As(schema, span) => drop(fact.set(entity::SCHEMA, schema, place(span))),
        Named::ByDefault => {}
        Named::Elsewhere => return,
    }
    let mut properties = Vec::new();
    for (key, span, value) in pairs(options, "columns") {
        let place = place(span);
        let Expr::Object(column) = value else { continue };
        match named(column, "name") {
            Named::As(written, _) => properties.push(of_property(class, key, Some(&written), (place, place))),
            Named::ByDefault => properties.push(of_property(class, key, None, (place, place))),
            Named::Elsewhere => {}
        }
    }
    let mut relations = Vec::new();
    for (key, span, value) in pairs(options, "relations") {
        let at = place(span);
        let Expr::Object(relation) = value else { continue };
        if let Named::As(target, _) = named(relation, "target") {
            relations.push((Arc::from(key), Arc::from(target), at));
        }
        properties.extend(join_column(class, key, relation, at));
    }
    if !relations.is_empty() {
        fact.set(entity::RELATIONS, relations, at);
    }
    let parent = out.add(fact);
    for property in properties {
        out.add(property.inside(Some(parent)));
    }
}

fn join_column(class: &str, key: &str, relation: &ObjectLit, at: Span) -> Option<Fact> {
    match option(relation, "joinColumn") {
        Some(Expr::Object(join)) => match named(join, "name") {
            Named::As(written, _) => Some(of_property(class, key, Some(&written), (at, at))),
            _ => None,
        },
        Some(_) => Some(of_property(class, &format!("{key}Id"), None, (at, at))),
        None => match named(relation, "type") {
            Named::As(kind, _) if kind == "many-to-one" => {
                Some(of_property(class, &format!("{key}Id"), None, (at, at)))
            }
            _ => None,
        },
    }
}

/// The keys and values of an object among options.
fn pairs<'a>(options: &'a ObjectLit, name: &str) -> Vec<(&'a str, swc_common::Span, &'a Expr)> {
    let Some(Expr::Object(object)) = option(options, name) else { return Vec::new() };
    let pair = |prop: &'a PropOrSpread| {
        let PropOrSpread::Prop(prop) = prop else { return None };
        let Prop::KeyValue(pair) = &**prop else { return None };
        Some((prop_name(&pair.key)?, pair.key.span(), untyped(&pair.value)))
    };
    object.props.iter().filter_map(pair).collect()
}
