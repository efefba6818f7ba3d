//! Query builders: which alias stands for which entity in a function, and the strings that name its
//! columns. An alias that stands for two entities there says nothing.

use rustc_hash::FxHashMap;
use swc_ecma_ast::{Expr, Lit, Prop, PropOrSpread};

use super::code::{Call, Code};
use super::find::{self, column_of};
use super::model::Entity;
use super::words::{is_text, text_of};
use super::{Lost, Use};
use crate::facts::schema::key;
use crate::read::migration::scope::{prop_name, untyped};
use crate::syntax::sql::names::names_of_part;
use crate::syntax::typescript::range;
use swc_common::Spanned;

/// Methods whose texts are parts of the query.
const PARTS: &[&str] = &[
    "select",
    "addSelect",
    "where",
    "andWhere",
    "orWhere",
    "having",
    "andHaving",
    "orHaving",
    "orderBy",
    "addOrderBy",
    "groupBy",
    "addGroupBy",
    "distinctOn",
    "leftJoin",
    "innerJoin",
    "leftJoinAndSelect",
    "innerJoinAndSelect",
    "leftJoinAndMapOne",
    "leftJoinAndMapMany",
    "innerJoinAndMapOne",
    "innerJoinAndMapMany",
];

/// How often relations of relations are followed.
const ROUNDS: usize = 4;

/// What aliases stand for in one function.
type Aliases<'a> = FxHashMap<String, Option<&'a Entity>>;

pub(super) fn read(code: &Code<'_>, lost: &dyn Lost) -> Vec<Use> {
    let mut by_unit: FxHashMap<usize, Vec<&Call<'_>>> = FxHashMap::default();
    for call in &code.calls {
        by_unit.entry(call.unit).or_default().push(call);
    }
    let mut found = Vec::new();
    for calls in by_unit.values() {
        let aliases = aliases(code, calls);
        let interesting = |entity: &&Entity| !lost.columns(&key(&entity.table)).is_empty();
        if aliases.values().flatten().any(|entity| interesting(&entity)) {
            for call in calls {
                of_call(&mut found, code, (call, &aliases), lost);
            }
        }
    }
    found
}

fn word<'a>(code: &Code<'a>, expr: &'a Expr) -> Option<String> {
    if !is_text(expr) && !untyped(expr).is_ident() {
        return None;
    }
    let text = text_of(expr, code.passage, &code.constants);
    let text = text.text();
    (!text.contains("${")).then(|| text.to_owned())
}

fn aliases<'a>(code: &Code<'a>, calls: &[&Call<'a>]) -> Aliases<'a> {
    let mut aliases = Aliases::default();
    let mut add = |alias: String, entity: Option<&'a Entity>| {
        let known = aliases.entry(alias).or_insert(entity);
        if known.map(|known| known.id) != entity.map(|entity| entity.id) {
            *known = None;
        }
    };
    let mut joins = Vec::new();
    for call in calls {
        let arg = |at: usize| call.args.get(at).map(|arg| &*arg.expr);
        let alias = |at: usize| arg(at).and_then(|arg| word(code, arg));
        match call.method {
            "createQueryBuilder" => match arg(0).and_then(|arg| code.named(arg)) {
                Some(entity) => drop(alias(1).map(|alias| add(alias, Some(entity)))),
                None => {
                    if let Some(alias) = alias(0) {
                        add(alias, code.owner_of(call.unit, call.object));
                    }
                }
            },
            "from" | "addFrom" | "update" | "into" | "delete" => {
                if let Some(entity) = arg(0).and_then(|arg| code.named(arg)) {
                    add(alias(1).unwrap_or_else(|| entity.class.clone()), Some(entity));
                }
            }
            method if method.contains("Join") => {
                let shift = usize::from(method.contains("AndMap"));
                if let (Some(property), Some(alias)) = (arg(shift), alias(shift + 1)) {
                    joins.push((property, alias));
                }
            }
            _ => {}
        }
    }
    // A relation's alias may stand before that of its owner.
    for round in 0..ROUNDS {
        let mut known: Vec<(String, Option<&'a Entity>)> = Vec::new();
        joins.retain(|(property, alias)| {
            if let Some(entity) = code.named(property) {
                known.push((alias.clone(), Some(entity)));
                return false;
            }
            let target = word(code, property).and_then(|path| {
                let (owner, relation) = path.split_once('.')?;
                let owner = (*aliases.get(owner)?)?;
                code.target(owner, owner.relations.get(relation)?)
            });
            if target.is_some() || round + 1 == ROUNDS {
                known.push((alias.clone(), target));
            }
            target.is_none()
        });
        for (alias, entity) in known {
            let slot = aliases.entry(alias).or_insert(entity);
            if slot.map(|known| known.id) != entity.map(|entity| entity.id) {
                *slot = None;
            }
        }
    }
    aliases
}

fn of_call<'a>(
    found: &mut Vec<Use>,
    code: &Code<'a>,
    (call, aliases): (&Call<'a>, &Aliases<'a>),
    lost: &dyn Lost,
) {
    // The one entity of a function that queries no other.
    let only = match aliases.values().collect::<Vec<_>>().as_slice() {
        [Some(entity)] => Some(*entity),
        _ => None,
    };
    if matches!(call.method, "set") {
        let owner = only.filter(|_| is_query(call.object));
        if let (Some(entity), Some(arg)) = (owner, call.args.first()) {
            find::keys(found, code, &arg.expr, (entity, lost), "query-builder");
        }
        return;
    }
    if !PARTS.contains(&call.method) {
        return;
    }
    for arg in call.args {
        let mut texts = vec![&*arg.expr];
        while let Some(expr) = texts.pop() {
            match untyped(expr) {
                Expr::Array(list) if !is_text(expr) => {
                    texts.extend(list.elems.iter().flatten().map(|item| &*item.expr));
                }
                Expr::Object(object) => {
                    for prop in &object.props {
                        if let PropOrSpread::Prop(prop) = prop
                            && let Prop::KeyValue(pair) = &**prop
                            && let Some(name) = prop_name(&pair.key)
                            && let Some((alias, property)) = name.split_once('.')
                            && let Some(Some(entity)) = aliases.get(alias)
                            && let Some(taken) = column_of(entity, property, lost)
                        {
                            let span = code.passage.locate(range(pair.key.span()));
                            found.push(Use { taken, span, how: "query-builder" });
                        }
                    }
                }
                expr if is_text(expr) => of_text(found, code, expr, (aliases, only, lost)),
                _ => {}
            }
        }
    }
}

/// Whether the object is a query that goes on, not a map.
fn is_query(object: &Expr) -> bool {
    matches!(untyped(object), Expr::Call(_))
}

fn of_text<'a>(
    found: &mut Vec<Use>,
    code: &Code<'a>,
    expr: &'a Expr,
    (aliases, only, lost): (&Aliases<'a>, Option<&Entity>, &dyn Lost),
) {
    let text = text_of(expr, code.passage, &code.constants);
    if matches!(untyped(expr), Expr::Lit(Lit::Str(own)) if own.value.is_empty()) {
        return;
    }
    let names = names_of_part(text.text());
    // A query in brackets has aliases of its own.
    if names.scopes.len() > 1 {
        return;
    }
    for column in &names.columns {
        let taken = match &column.qualifier {
            Some(qualifier) => {
                let alias = aliases.iter().find(|(alias, _)| alias.eq_ignore_ascii_case(qualifier));
                alias
                    .and_then(|(_, entity)| *entity)
                    .and_then(|entity| column_of(entity, &column.name.text, lost))
            }
            None => only.and_then(|entity| lost.column(&key(&entity.table), &key(&column.name.text))),
        };
        if let Some(taken) = taken {
            let span = text.locate(column.name.range.clone());
            found.push(Use { taken, span, how: "query-builder" });
        }
    }
}
