//! Options of decorators and schemas: what they say in literals. Does not evaluate.

use swc_ecma_ast::{Expr, Lit, ObjectLit, Prop, PropOrSpread};

use crate::read::migration::scope::{prop_name, untyped};

/// How something is named.
pub(super) enum Named {
    As(String, swc_common::Span),
    ByDefault,
    /// In words that are not read.
    Elsewhere,
}

/// The `name` among options; one that is spread in may hold it.
pub(super) fn named(options: &ObjectLit, name: &str) -> Named {
    let mut found = Named::ByDefault;
    for prop in &options.props {
        let PropOrSpread::Prop(prop) = prop else { return Named::Elsewhere };
        match &**prop {
            Prop::KeyValue(pair) if prop_name(&pair.key) == Some(name) => found = literal(&pair.value),
            Prop::Shorthand(key) if key.sym == *name => return Named::Elsewhere,
            _ => {}
        }
    }
    found
}

/// A text that is written out.
pub(super) fn literal(expr: &Expr) -> Named {
    match untyped(expr) {
        Expr::Lit(Lit::Str(name)) => match name.value.as_str() {
            Some(text) => Named::As(text.to_owned(), name.span),
            None => Named::Elsewhere,
        },
        Expr::Tpl(template) if template.exprs.is_empty() => match template.quasis.first() {
            Some(words) if !words.raw.contains('\\') => Named::As(words.raw.to_string(), words.span),
            _ => Named::Elsewhere,
        },
        _ => Named::Elsewhere,
    }
}

/// The value of an option.
pub(super) fn option<'a>(options: &'a ObjectLit, name: &str) -> Option<&'a Expr> {
    options.props.iter().rev().find_map(|prop| match prop {
        PropOrSpread::Prop(prop) => match &**prop {
            Prop::KeyValue(pair) if prop_name(&pair.key) == Some(name) => Some(untyped(&pair.value)),
            _ => None,
        },
        PropOrSpread::Spread(_) => None,
    })
}
