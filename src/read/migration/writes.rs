//! Writes through the entity manager, repositories and query builders to `schema.change` facts. Knows
//! TypeORM's methods; does not know which table an entity is.

use swc_ecma_ast::Expr;

use super::builder::Call;
use super::judge;
use super::scope::{Role, plain};
use super::source::one_line;
use super::value::Values;
use crate::facts::words::schema_change as change;
use crate::facts::{Fact, Reading};

/// Adds what the call writes; says whether the method is known.
pub fn read(out: &mut Reading, values: Values<'_, '_>, role: Role, call: Call<'_, '_>) -> bool {
    let Some(word) = word(role, call.method) else { return false };
    let source = values.source;
    let all = call.start..call.end;
    let span = source.first_line(all.clone());
    let words = one_line(source.text().get(all).unwrap_or_default());
    let mut fact = Fact::new(change::KIND, span)
        .with(change::CHANGE, word, span)
        .with(change::DIRECTION, call.direction, span)
        .with(change::VIA, "builder", span)
        .with(change::METHOD, call.method, span)
        .with(change::TEXT, words.as_str(), span)
        .with(change::STATEMENT, words, span);
    let mut holes = role != Role::DataSource;
    if let Some(arg) = call.args.first().filter(|_| role != Role::Repository) {
        if let Ok(text) = values.text(&arg.expr) {
            holes = !text.holes.is_empty();
            fact.set(change::TABLE, text.words(), text.passage.span());
        } else if let Expr::Ident(entity) = plain(&arg.expr)
            && entity.sym.starts_with(char::is_uppercase)
        {
            fact.set(change::OBJECT, &*entity.sym, source.span(entity));
        }
    }
    fact.set(change::DESTRUCTIVE, judge::harm(word).word(), span);
    fact.set(change::ADDITIVE, judge::additive(word, false), span);
    fact.set(change::HOLES, holes, span);
    out.add(fact);
    true
}

/// The change that a method makes.
fn word(role: Role, method: &str) -> Option<&'static str> {
    let word = match (role, method) {
        (Role::DataSource, "dropDatabase") => "drop-database",
        (Role::QueryBuilder, "insert") => "insert",
        (Role::QueryBuilder, "update" | "softDelete" | "restore") => "update",
        (Role::QueryBuilder, "delete") => "delete",
        (Role::DataSource | Role::Runner | Role::QueryBuilder, _) => return None,
        (_, "insert") => "insert",
        (_, "save" | "upsert") => "merge",
        (
            _,
            "update" | "updateAll" | "increment" | "decrement" | "softDelete" | "softRemove" | "restore"
            | "recover",
        ) => "update",
        (_, "delete" | "remove" | "deleteAll") => "delete",
        (_, "clear") => "truncate",
        _ => return None,
    };
    Some(word)
}
