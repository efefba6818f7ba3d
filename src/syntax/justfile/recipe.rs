//! Recipes: attributes above them, parameters and dependencies in their heads.

use std::ops::Range;

use super::expression::{expression, value};
use super::item::Pending;
use super::scan::{Cursor, line_length};
use super::{Arity, Attribute, Dependency, Justfile, Parameter, Recipe, body};
use crate::syntax::Fault;

/// Reads a recipe behind its name. One whose head is faulty keeps what was read of it, and its body.
pub(super) fn recipe(
    cursor: &mut Cursor<'_>,
    file: &mut Justfile,
    pending: Pending,
    name: Range<usize>,
    quiet: bool,
) -> Option<()> {
    let Pending { doc, attributes } = pending;
    let doc = doc.map(|range| cursor.slice(range));
    let mut recipe = Recipe {
        name: cursor.slice(name.clone()),
        doc,
        attributes,
        quiet,
        parameters: Vec::new(),
        before: Vec::new(),
        after: Vec::new(),
        body: body::Body::default(),
        head: name,
    };
    let faults = cursor.faults.len();
    let has_colon = line_has_colon(cursor);
    let read = head(cursor, &mut recipe);
    if read.is_none() && !has_colon {
        // Words without a colon are no recipe.
        cursor.faults.truncate(faults);
        let (start, length) = (recipe.head.start, recipe.head.len());
        let fault = Fault::new(
            start..start + length,
            "this is neither a recipe, which has a `:`, nor an assignment, which has `:=`",
        );
        cursor.faults.push(fault);
        return None;
    }
    cursor.open = 0;
    if read.is_none() {
        cursor.at += line_length(cursor.rest());
    }
    recipe.head.end = cursor.at.max(recipe.head.end);
    cursor.next_line();
    recipe.body = body::body(cursor);
    file.recipes.push(recipe);
    Some(())
}

fn line_has_colon(cursor: &Cursor<'_>) -> bool {
    let rest = cursor.rest();
    rest[..line_length(rest)].contains(':')
}

/// Parameters and dependencies, up to the line's end.
fn head(cursor: &mut Cursor<'_>, recipe: &mut Recipe) -> Option<()> {
    loop {
        cursor.blanks();
        if cursor.eat(":") {
            break;
        }
        let start = cursor.at;
        let arity = match () {
            () if cursor.eat("*") => Arity::Any,
            () if cursor.eat("+") => Arity::Some,
            () => Arity::One,
        };
        cursor.blanks();
        let export = cursor.eat("$");
        let Some(name) = cursor.name() else {
            cursor.at = start;
            cursor.fault("a parameter's name or a `:` should stand here");
            return None;
        };
        let mut parameter = Parameter { name: cursor.slice(name), arity, export, default: None };
        let after = cursor.at;
        if cursor.token("=") {
            parameter.default = Some(value(cursor)?);
        } else {
            cursor.at = after;
        }
        recipe.parameters.push(parameter);
    }
    let mut behind = false;
    while !cursor.at_line_end() {
        if !behind && cursor.eat("&&") {
            behind = true;
            continue;
        }
        let dependency = dependency(cursor)?;
        if behind { recipe.after.push(dependency) } else { recipe.before.push(dependency) }
    }
    Some(())
}

fn dependency(cursor: &mut Cursor<'_>) -> Option<Dependency> {
    let opened = cursor.at;
    cursor.eat("*");
    if !cursor.eat("(") {
        let Some(name) = cursor.path() else {
            cursor.fault("the name of a recipe that this one needs should stand here");
            return None;
        };
        return Some(Dependency { name: cursor.slice(name.clone()), arguments: Vec::new(), range: name });
    }
    cursor.open += 1;
    cursor.blanks();
    let Some(name) = cursor.path() else {
        cursor.fault("the name of a recipe that this one needs should stand here");
        return None;
    };
    let mut dependency = Dependency { name: cursor.slice(name.clone()), arguments: Vec::new(), range: name };
    loop {
        cursor.blanks();
        if cursor.eat(")") {
            break;
        }
        if cursor.is_done() {
            cursor.fault_at(opened..opened + 1, "this is not closed: no `)` follows");
            return None;
        }
        cursor.eat("*");
        let argument = expression(cursor)?;
        dependency.range.end = argument.range.end;
        dependency.arguments.push(argument);
    }
    cursor.open -= 1;
    Some(dependency)
}

/// `[a, b('x')]`.
pub(super) fn attributes(cursor: &mut Cursor<'_>, found: &mut Vec<Attribute>) -> Option<()> {
    let opened = cursor.at;
    cursor.eat("[");
    cursor.open += 1;
    loop {
        cursor.blanks();
        if cursor.eat("]") {
            break;
        }
        let Some(name) = cursor.name() else {
            if cursor.is_done() {
                cursor.fault_at(opened..opened + 1, "this is not closed: no `]` follows");
            } else {
                cursor.fault(
                    "an attribute should stand here, such as `confirm`, and a `]` behind the last one",
                );
            }
            cursor.open = 0;
            return None;
        };
        let mut attribute = Attribute { name: cursor.slice(name), values: Vec::new(), keyed: Vec::new() };
        if cursor.token(":") {
            attribute.values.push(expression(cursor)?);
        } else if cursor.eat("(") {
            keyed(cursor, &mut attribute)?;
        }
        found.push(attribute);
        cursor.token(",");
    }
    cursor.open = 0;
    Some(())
}

/// The values of an attribute, up to `)`.
fn keyed(cursor: &mut Cursor<'_>, attribute: &mut Attribute) -> Option<()> {
    cursor.blanks();
    while !cursor.eat(")") {
        let before = cursor.at;
        let name = cursor.name();
        cursor.blanks();
        match name {
            Some(name) if cursor.peek("=") && !cursor.peek("==") => {
                cursor.eat("=");
                let value = expression(cursor)?;
                attribute.keyed.push((cursor.slice(name), Some(value)));
            }
            Some(name) if cursor.peek(",") || cursor.peek(")") => {
                attribute.keyed.push((cursor.slice(name), None));
            }
            _ => {
                cursor.at = before;
                attribute.values.push(expression(cursor)?);
            }
        }
        if !cursor.token(",") && !cursor.peek(")") {
            cursor.fault("a `,` or a `)` should stand here");
            return None;
        }
        cursor.blanks();
    }
    Some(())
}
