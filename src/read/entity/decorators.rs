//! What the decorators of an entity say.

use swc_ecma_ast::{ArrowFunctionBody, Decorator, Expr, Lit, ObjectLit, Stmt};

use super::options::{Named, literal, named, option};
use crate::read::migration::scope::untyped;

/// Decorators that make a column of a property.
const COLUMNS: &[&str] = &[
    "Column",
    "PrimaryColumn",
    "PrimaryGeneratedColumn",
    "CreateDateColumn",
    "UpdateDateColumn",
    "DeleteDateColumn",
    "VersionColumn",
    "ObjectIdColumn",
    "TreeLevelColumn",
    "ViewColumn",
];

const RELATIONS: &[&str] = &["ManyToOne", "OneToOne", "OneToMany", "ManyToMany"];

/// The arguments of the decorator's call, if it is this one.
pub(super) fn call<'a>(decorator: &'a Decorator, name: &str) -> Option<Vec<&'a Expr>> {
    let Expr::Call(call) = &*decorator.expr else { return None };
    let callee = call.callee.as_expr()?;
    let is = match &**callee {
        Expr::Ident(own) => own.sym == *name,
        Expr::Member(member) => member.prop.as_ident().is_some_and(|own| own.sym == *name),
        _ => false,
    };
    is.then(|| call.args.iter().map(|arg| &*arg.expr).collect())
}

/// The table and the schema of `@Entity('x')`, `@Entity({ name: 'x' })`, `@Entity('x', {…})`, `@Entity()`.
pub(super) fn table_options(args: &[&Expr]) -> (Named, Named) {
    let schema = |options: Option<&&Expr>| match options.map(|options| untyped(options)) {
        Some(Expr::Object(options)) => match named(options, "schema") {
            // A database of its own is not this one.
            Named::ByDefault => match named(options, "database") {
                Named::ByDefault => Named::ByDefault,
                _ => Named::Elsewhere,
            },
            schema => schema,
        },
        None => Named::ByDefault,
        Some(_) => Named::Elsewhere,
    };
    match args.first().map(|first| untyped(first)) {
        None => (Named::ByDefault, Named::ByDefault),
        Some(Expr::Object(options)) => (named(options, "name"), schema(args.first())),
        Some(first) => (literal(first), schema(args.get(1))),
    }
}

/// The columns that a property's decorators make.
pub(super) fn columns(decorators: &[Decorator]) -> Vec<Named> {
    let mut found = Vec::new();
    for decorator in decorators {
        for name in COLUMNS {
            let Some(args) = call(decorator, name) else { continue };
            found.push(match args.as_slice() {
                [] | [Expr::Lit(Lit::Str(_))] => Named::ByDefault,
                [Expr::Object(options)] | [_, Expr::Object(options)] => named(options, "name"),
                // Options from elsewhere.
                _ => Named::Elsewhere,
            });
        }
        // TypeORM passes over one beside `@OneToMany`, whose key is in the other table.
        if let Some(args) = call(decorator, "JoinColumn").filter(|_| owns_key(decorators)) {
            for options in args.iter().flat_map(|arg| objects(arg)) {
                if let Named::As(name, span) = named(options, "name") {
                    found.push(Named::As(name, span));
                }
            }
        }
    }
    found
}

/// The objects that an argument is, or that it lists.
fn objects(arg: &Expr) -> Vec<&ObjectLit> {
    match untyped(arg) {
        Expr::Object(options) => vec![options],
        Expr::Array(list) => {
            list.elems.iter().flatten().filter_map(|item| untyped(&item.expr).as_object()).collect()
        }
        _ => Vec::new(),
    }
}

/// A class whose columns are a property's.
pub(super) struct Embedded<'a> {
    pub class: &'a str,
    /// Set where it is written; empty for none.
    pub prefix: Option<String>,
}

/// `@Column(() => Price, { prefix: 'p_' })`.
pub(super) fn embedded(decorators: &[Decorator]) -> Option<Embedded<'_>> {
    let args = decorators.iter().find_map(|decorator| call(decorator, "Column"))?;
    let class = made_by(args.first()?)?;
    let options = args.get(1).and_then(|options| untyped(options).as_object());
    let prefix = match options.and_then(|options| option(options, "prefix")) {
        Some(Expr::Lit(Lit::Bool(own))) if !own.value => Some(String::new()),
        Some(expr) => match literal(expr) {
            Named::As(prefix, _) => Some(prefix),
            _ => None,
        },
        None => None,
    };
    Some(Embedded { class, prefix })
}

/// The class that a relation leads to.
pub(super) fn relation(decorators: &[Decorator]) -> Option<&str> {
    let own = |name: &&str| decorators.iter().find_map(|decorator| call(decorator, name));
    let args = RELATIONS.iter().find_map(own)?;
    match untyped(args.first()?) {
        Expr::Lit(Lit::Str(name)) => name.value.as_str(),
        function => made_by(function),
    }
}

/// The class that `() => Class` gives.
pub(super) fn made_by(function: &Expr) -> Option<&str> {
    let Expr::Arrow(arrow) = untyped(function) else { return None };
    let given = match &*arrow.body {
        ArrowFunctionBody::Expr(given) => untyped(given),
        ArrowFunctionBody::FunctionBody(body) => match body.stmts.as_slice() {
            [Stmt::Return(back)] => untyped(back.arg.as_deref()?),
            _ => return None,
        },
    };
    Some(&given.as_ident()?.sym)
}

/// Whether they make a relation whose key may be in the entity's own table.
fn owns_key(decorators: &[Decorator]) -> bool {
    let is = |name| decorators.iter().any(|decorator| call(decorator, name).is_some());
    is("ManyToOne") || is("OneToOne")
}

/// The column that a relation makes without being told its name.
pub(super) fn implicit_key(decorators: &[Decorator], property: &str) -> Option<String> {
    let joins = decorators.iter().find_map(|decorator| call(decorator, "JoinColumn"));
    let many = decorators.iter().any(|decorator| call(decorator, "ManyToOne").is_some());
    let unnamed = match joins.as_deref() {
        None => many,
        Some([]) => owns_key(decorators),
        Some([Expr::Object(options)]) => {
            let referenced = named(options, "referencedColumnName");
            matches!((named(options, "name"), referenced), (Named::ByDefault, Named::ByDefault))
                && owns_key(decorators)
        }
        Some(_) => false,
    };
    unnamed.then(|| format!("{property}Id"))
}
