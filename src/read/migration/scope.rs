//! What expressions of a migration are without being evaluated: their names, the objects that reach the
//! database, and the parts of these.

use swc_ecma_ast::{
    ArrowFunctionBody, Expr, FunctionBody, MemberExpr, MemberProp, PropName, TsEntityName, TsType, TsTypeAnn,
};

/// An object through which a migration works on the database.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    Runner,
    Manager,
    DataSource,
    Repository,
    QueryBuilder,
    /// The data source's options, or its driver.
    Options,
}

/// The body of a function.
#[derive(Clone, Copy)]
pub enum Body<'a> {
    Block(&'a FunctionBody),
    Expr(&'a Expr),
}

impl<'a> Body<'a> {
    pub fn of_arrow(body: &'a ArrowFunctionBody) -> Self {
        match body {
            ArrowFunctionBody::FunctionBody(body) => Self::Block(body),
            ArrowFunctionBody::Expr(expr) => Self::Expr(expr),
        }
    }
}

/// The role of the part `name` of an object of `role`, or of an unknown one.
pub fn part_role(role: Option<Role>, name: &str) -> Option<Role> {
    match (role, name) {
        (Some(Role::Runner | Role::DataSource | Role::Repository), "manager") => Some(Role::Manager),
        (Some(Role::Runner | Role::Manager), "connection" | "dataSource") => Some(Role::DataSource),
        (None | Some(Role::Runner | Role::Manager | Role::Repository), "queryRunner") => Some(Role::Runner),
        (Some(Role::DataSource), "options" | "driver") | (Some(Role::Options), "options") => {
            Some(Role::Options)
        }
        _ => None,
    }
}

/// The role that a field of `this` has by its name, where nothing else is known of it.
pub fn field_role(name: &str) -> Option<Role> {
    match name {
        "queryRunner" => Some(Role::Runner),
        "manager" | "entityManager" => Some(Role::Manager),
        "dataSource" => Some(Role::DataSource),
        _ => None,
    }
}

/// The role that a parameter's name gives it, where its type says nothing.
pub fn named(name: &str) -> Option<Role> {
    match name {
        "queryRunner" => Some(Role::Runner),
        "entityManager" | "transactionalEntityManager" => Some(Role::Manager),
        _ => None,
    }
}

/// The role of what the method `name` of an object of `role` gives.
pub fn call_role(role: Role, name: &str) -> Option<Role> {
    match name {
        "createQueryRunner" => Some(Role::Runner),
        "getRepository" | "getTreeRepository" | "getCustomRepository" | "withRepository" | "extend" => {
            Some(Role::Repository)
        }
        "createQueryBuilder" => Some(Role::QueryBuilder),
        "execute" | "stream" => None,
        _ if name.starts_with("get") => None,
        _ => (role == Role::QueryBuilder).then_some(role),
    }
}

/// The role that a type annotation gives.
pub fn typed(annotation: Option<&TsTypeAnn>) -> Option<Role> {
    let TsType::TsTypeRef(reference) = &*annotation?.type_ann else { return None };
    let name = match &reference.type_name {
        TsEntityName::Ident(name) => name.sym.as_str(),
        TsEntityName::TsQualifiedName(name) => name.right.sym.as_str(),
    };
    match name {
        "QueryRunner" => Some(Role::Runner),
        "EntityManager" => Some(Role::Manager),
        "DataSource" | "Connection" => Some(Role::DataSource),
        "Repository" | "TreeRepository" => Some(Role::Repository),
        _ => None,
    }
}

/// The expression without what does not change its value; `await` counts as such.
pub fn plain(mut expr: &Expr) -> &Expr {
    loop {
        expr = match expr {
            Expr::Await(inner) => &inner.arg,
            expr => {
                let inner = untyped(expr);
                if std::ptr::eq(inner, expr) {
                    return expr;
                }
                inner
            }
        };
    }
}

/// The expression without parentheses and types.
pub fn untyped(mut expr: &Expr) -> &Expr {
    loop {
        expr = match expr {
            Expr::Paren(inner) => &inner.expr,
            Expr::TsAs(inner) => &inner.expr,
            Expr::TsConstAssertion(inner) => &inner.expr,
            Expr::TsNonNull(inner) => &inner.expr,
            Expr::TsSatisfies(inner) => &inner.expr,
            Expr::TsTypeAssertion(inner) => &inner.expr,
            Expr::TsInstantiation(inner) => &inner.expr,
            _ => return expr,
        }
    }
}

/// Object and method name of a callee `object.method`.
pub fn method(callee: &Expr) -> Option<(&Expr, &str)> {
    let member = member(callee)?;
    Some((&member.obj, member_name(member)?))
}

/// The member expression that `expr` is, `?.` included.
pub fn member(expr: &Expr) -> Option<&MemberExpr> {
    match plain(expr) {
        Expr::Member(member) => Some(member),
        Expr::OptChain(chain) => chain.base.as_member(),
        _ => None,
    }
}

/// The name behind the dot, or in brackets as a literal.
pub fn member_name(member: &MemberExpr) -> Option<&str> {
    match &member.prop {
        MemberProp::Ident(name) => Some(&name.sym),
        MemberProp::PrivateName(name) => Some(&name.name),
        MemberProp::Computed(computed) => match &*computed.expr {
            Expr::Lit(swc_ecma_ast::Lit::Str(name)) => name.value.as_str(),
            _ => None,
        },
    }
}

/// A property's name, unless it is computed.
pub fn prop_name(name: &PropName) -> Option<&str> {
    match name {
        PropName::Ident(name) => Some(&name.sym),
        PropName::Str(name) => name.value.as_str(),
        _ => None,
    }
}

/// The names in `a.b.c`, `this` left out; none where it is more than names.
pub fn dotted(expr: &Expr) -> Option<String> {
    let mut names = Vec::new();
    let mut expr = plain(expr);
    loop {
        if let Some(member) = member(expr) {
            names.push(member_name(member)?);
            expr = plain(&member.obj);
            continue;
        }
        match expr {
            Expr::Ident(name) => names.push(&name.sym),
            Expr::This(_) => {}
            _ => return None,
        }
        names.reverse();
        return Some(names.join("."));
    }
}
