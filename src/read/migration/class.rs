//! Which classes of a file are migrations, and what their declarations say. Does not look into `up` and
//! `down` beyond whether they do anything.

use std::ops::Range;

use rustc_hash::FxHashSet;
use swc_common::Spanned;
use swc_ecma_ast::{
    ArrowFunctionBody, AssignTarget, Class, ClassMember, Decl, DefaultDecl, ExportSpecifier, Expr,
    FunctionBody, Lit, MemberExpr, ModuleDecl, ModuleExportName, ModuleItem, ObjectPatProp, Pat, Prop,
    SimpleAssignTarget, Stmt, TsKeywordTypeKind, TsType,
};

use super::scope::{Body, Role, member_name, method, plain, prop_name, typed};
use crate::syntax::typescript::range;

/// A migration class.
pub struct Migration<'a> {
    pub class: &'a Class,
    /// The class's name and its place.
    pub name: Option<(&'a str, Range<usize>)>,
    /// Where the class begins, decorators and `export` included.
    pub start: usize,
    pub up: Option<Method<'a>>,
    pub down: Option<Method<'a>>,
    /// The `name` field's value.
    pub name_field: Option<&'a Expr>,
    pub transaction: Option<(bool, Range<usize>)>,
    /// Whether it is exported where it is declared.
    pub is_exported: bool,
}

/// `up` or `down`.
pub struct Method<'a> {
    pub params: Vec<&'a Pat>,
    pub body: Body<'a>,
    /// From where its declaration begins to where its body begins.
    pub head: Range<usize>,
}

/// What a body does, as far as one look tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    Present,
    Empty,
    Throws,
}

/// What is known of a file beside its tree.
#[derive(Clone, Copy)]
pub struct Hints<'a> {
    pub text: &'a str,
    /// Its path calls it a migration.
    pub explicit: bool,
}

/// The migrations among the classes of a file, in their order.
pub fn find<'a>(items: &'a [ModuleItem], hints: Hints<'_>) -> Vec<Migration<'a>> {
    let mut found = Vec::new();
    for item in items {
        let start = range(item.span()).start;
        // `export class`, and `exports.X = class`.
        let is_exported = !matches!(item, ModuleItem::Stmt(Stmt::Decl(_)));
        let mut add = |class, name: Name<'a>| {
            let one = migration(class, name.map(|(name, span)| (name, range(span))), start, hints);
            found.extend(one.map(|one| Migration { is_exported, ..one }));
        };
        match item {
            ModuleItem::Stmt(statement) => in_statement(statement, &mut add),
            ModuleItem::ModuleDecl(ModuleDecl::ExportDecl(export)) => in_declaration(&export.decl, &mut add),
            ModuleItem::ModuleDecl(ModuleDecl::ExportDefaultDecl(export)) => {
                if let DefaultDecl::Class(class) = &export.decl {
                    add(&class.class, class.ident.as_ref().map(|name| (name.sym.as_str(), name.span)));
                }
            }
            ModuleItem::ModuleDecl(ModuleDecl::ExportDefaultExpr(export)) => {
                in_expression(&export.expr, None, &mut add);
            }
            ModuleItem::ModuleDecl(ModuleDecl::TsExportAssignment(export)) => {
                in_expression(&export.expr, None, &mut add);
            }
            ModuleItem::ModuleDecl(_) => {}
        }
    }
    // What such a file keeps to itself is no migration: TypeORM takes what is exported.
    let exported = exported_names(items);
    let is_exported = |migration: &Migration<'_>| {
        migration.is_exported || migration.name.as_ref().is_some_and(|(name, _)| exported.contains(name))
    };
    if found.iter().any(is_exported) {
        found.retain(is_exported);
    }
    found
}

/// The names of a file that stand in its exports, away from their declarations.
fn exported_names(items: &[ModuleItem]) -> FxHashSet<&str> {
    let mut names = FxHashSet::default();
    for item in items {
        match item {
            ModuleItem::ModuleDecl(ModuleDecl::ExportNamed(export)) if export.src.is_none() => {
                names.extend(export.specifiers.iter().filter_map(|specifier| match specifier {
                    ExportSpecifier::Named(named) => match &named.orig {
                        ModuleExportName::Ident(name) => Some(name.sym.as_str()),
                        ModuleExportName::Str(_) => None,
                    },
                    _ => None,
                }));
            }
            ModuleItem::ModuleDecl(ModuleDecl::ExportDefaultExpr(export)) => {
                add_names(&export.expr, &mut names);
            }
            ModuleItem::ModuleDecl(ModuleDecl::TsExportAssignment(export)) => {
                add_names(&export.expr, &mut names);
            }
            ModuleItem::Stmt(Stmt::Expr(statement)) => {
                let mut expr = plain(&statement.expr);
                while let Expr::Assign(assign) = expr {
                    add_names(&assign.right, &mut names);
                    expr = plain(&assign.right);
                }
            }
            _ => {}
        }
    }
    names
}

/// `X`, and the names in `{ X, other: Y }`.
fn add_names<'a>(expr: &'a Expr, names: &mut FxHashSet<&'a str>) {
    match plain(expr) {
        Expr::Ident(name) => drop(names.insert(&name.sym)),
        Expr::Object(object) => {
            for prop in &object.props {
                match prop.as_prop().map(|prop| &**prop) {
                    Some(Prop::Shorthand(name)) => drop(names.insert(&name.sym)),
                    Some(Prop::KeyValue(pair)) => {
                        names.extend(plain(&pair.value).as_ident().map(|name| name.sym.as_str()));
                    }
                    _ => {}
                }
            }
        }
        _ => {}
    }
}

/// The function `up` of a file without a migration's class, where it takes a query runner: its place.
pub fn function(items: &[ModuleItem]) -> Option<Range<usize>> {
    items.iter().find_map(|item| {
        let ModuleItem::ModuleDecl(ModuleDecl::ExportDecl(export)) = item else { return None };
        let (name, param) = match &export.decl {
            Decl::Fn(function) => (&function.ident, function.function.params.first().map(|param| &param.pat)),
            Decl::Var(variables) => {
                let variable = variables.decls.first()?;
                let Expr::Arrow(arrow) = plain(variable.init.as_deref()?) else { return None };
                (&variable.name.as_ident()?.id, arrow.params.first())
            }
            _ => return None,
        };
        (name.sym == *"up" && param.is_some_and(is_runner)).then(|| range(name.span))
    })
}

type Name<'a> = Option<(&'a str, swc_common::Span)>;

fn in_statement<'a>(statement: &'a Stmt, add: &mut impl FnMut(&'a Class, Name<'a>)) {
    match statement {
        Stmt::Decl(decl) => in_declaration(decl, add),
        Stmt::Expr(statement) => in_expression(&statement.expr, None, add),
        _ => {}
    }
}

fn in_declaration<'a>(decl: &'a Decl, add: &mut impl FnMut(&'a Class, Name<'a>)) {
    match decl {
        Decl::Class(class) => add(&class.class, Some((&class.ident.sym, class.ident.span))),
        Decl::Var(variables) => {
            for variable in &variables.decls {
                let name = match &variable.name {
                    Pat::Ident(name) => Some((name.id.sym.as_str(), name.id.span)),
                    _ => None,
                };
                if let Some(init) = variable.init.as_deref() {
                    in_expression(init, name, add);
                }
            }
        }
        _ => {}
    }
}

/// `class X`, `module.exports = class X`, `exports.X = class`, and `a = b = class X`.
fn in_expression<'a>(expr: &'a Expr, name: Name<'a>, add: &mut impl FnMut(&'a Class, Name<'a>)) {
    let (mut expr, mut name) = (plain(expr), name);
    loop {
        match expr {
            Expr::Class(class) => {
                let own = class.ident.as_ref().map(|name| (name.sym.as_str(), name.span));
                return add(&class.class, own.or(name));
            }
            Expr::Assign(assign) => {
                if let AssignTarget::Simple(SimpleAssignTarget::Member(member)) = &assign.left {
                    name = exported(member);
                }
                expr = plain(&assign.right);
            }
            _ => return,
        }
    }
}

/// The name in `exports.Name` and `module.exports.Name`.
fn exported(member: &MemberExpr) -> Name<'_> {
    let name = member_name(member)?;
    (name != "exports" && name != "default").then(|| (name, member.prop.span()))
}

fn migration<'a>(
    class: &'a Class,
    name: Option<(&'a str, Range<usize>)>,
    start: usize,
    hints: Hints<'_>,
) -> Option<Migration<'a>> {
    if class.is_abstract {
        return None;
    }
    let mut found = Migration {
        class,
        name,
        start,
        up: None,
        down: None,
        name_field: None,
        transaction: None,
        is_exported: false,
    };
    let mut last = range(class.span).start;
    for member in &class.body {
        match member {
            ClassMember::Method(method) if !method.is_static => {
                let (Some(key), Some(body)) = (prop_name(&method.key), &method.function.body) else {
                    continue;
                };
                let part = Method {
                    params: method.function.params.iter().map(|param| &param.pat).collect(),
                    body: Body::Block(body),
                    head: last..range(body.span).start,
                };
                found.set_method(key, part);
            }
            ClassMember::ClassProp(field) if !field.is_static => {
                let (Some(key), Some(value)) = (prop_name(&field.key), field.value.as_deref()) else {
                    continue;
                };
                found.set_field(key, value, last);
            }
            ClassMember::Constructor(constructor) => {
                for statement in constructor.body.iter().flat_map(|body| &body.stmts) {
                    if let Some((key, value)) = set_in_constructor(statement) {
                        found.set_field(key, value, last);
                    }
                }
            }
            _ => {}
        }
        last = range(member.span()).end;
    }
    let takes_runner =
        found.up.as_ref().is_some_and(|up| up.params.first().is_some_and(|first| is_runner(first)));
    (takes_runner || implements(class) || (hints.explicit && found.is_likely(hints.text))).then_some(found)
}

impl<'a> Migration<'a> {
    fn set_method(&mut self, key: &str, method: Method<'a>) {
        match key {
            "up" => self.up = Some(method),
            "down" => self.down = Some(method),
            _ => {}
        }
    }

    fn set_field(&mut self, key: &str, value: &'a Expr, last: usize) {
        match (key, plain(value)) {
            ("name", value) => self.name_field = Some(value),
            ("transaction", Expr::Lit(Lit::Bool(flag))) => {
                self.transaction = Some((flag.value, range(flag.span)));
            }
            ("up" | "down", Expr::Arrow(arrow)) => {
                let (body, start) = match &*arrow.body {
                    ArrowFunctionBody::FunctionBody(body) => (Body::Block(body), body.span),
                    ArrowFunctionBody::Expr(expr) => (Body::Expr(expr), expr.span()),
                };
                let params = arrow.params.iter().collect();
                self.set_method(key, Method { params, body, head: last..range(start).start });
            }
            ("up" | "down", Expr::Fn(function)) => {
                let Some(body) = &function.function.body else { return };
                let params = function.function.params.iter().map(|param| &param.pat).collect();
                let head = last..range(body.span).start;
                self.set_method(key, Method { params, body: Body::Block(body), head });
            }
            _ => {}
        }
    }

    /// Whether a class in a migrations folder is a migration though nothing names the query runner.
    /// Classes of other tools extend theirs, and take nothing or a typed object of their own.
    fn is_likely(&self, text: &str) -> bool {
        let named = self.name.as_ref().is_some_and(|(name, _)| {
            name.len() > 13 && name.as_bytes()[name.len() - 13..].iter().all(u8::is_ascii_digit)
        });
        if self.inherits() {
            return named && self.up.is_none();
        }
        let Some(up) = self.up.as_ref().filter(|_| self.down.is_some()) else { return false };
        let queries = || {
            let words = text.get(range(self.class.span)).unwrap_or_default();
            memchr::memmem::find(words.as_bytes(), b".query(").is_some()
        };
        match up.params.first() {
            Some(Pat::Ident(param)) => {
                let any = param.type_ann.as_ref().is_none_or(|annotation| is_any(&annotation.type_ann));
                any && queries()
            }
            Some(Pat::Object(_)) => named || queries(),
            _ => false,
        }
    }

    /// The class that it extends, as it is written.
    pub fn base<'t>(&self, text: &'t str) -> &'t str {
        let base = self.class.super_class.as_ref().map(|base| range(base.span()));
        base.and_then(|base| text.get(base)).unwrap_or_default()
    }

    /// Whether methods that are missing may come from a class that it extends.
    pub fn inherits(&self) -> bool {
        self.class.super_class.is_some()
    }

    /// The place of the class: its name, or the word `class`.
    pub fn place(&self) -> Range<usize> {
        if let Some((_, place)) = &self.name {
            return place.clone();
        }
        let start = range(self.class.span).start;
        start..start + "class".len()
    }
}

impl Method<'_> {
    /// Where its body stands.
    pub fn body_range(&self) -> Range<usize> {
        match self.body {
            Body::Block(body) => range(body.span),
            Body::Expr(expr) => range(expr.span()),
        }
    }

    /// Whether its first parameter takes an object apart.
    pub fn takes_apart(&self) -> bool {
        matches!(self.params.first(), Some(Pat::Object(_)))
    }

    pub fn state(&self) -> State {
        match self.body {
            Body::Block(body) => state(body),
            Body::Expr(expr) if rejects(expr) => State::Throws,
            Body::Expr(_) => State::Present,
        }
    }
}

fn state(body: &FunctionBody) -> State {
    let idle = |statement: &Stmt| match statement {
        Stmt::Empty(_) => true,
        Stmt::Return(statement) => statement.arg.as_deref().is_none_or(is_idle),
        Stmt::Expr(statement) => is_idle(&statement.expr),
        _ => false,
    };
    let throws = |statement: &Stmt| match statement {
        Stmt::Throw(_) => true,
        Stmt::Return(statement) => statement.arg.as_deref().is_some_and(rejects),
        _ => false,
    };
    if body.stmts.iter().all(idle) {
        return State::Empty;
    }
    match body.stmts.iter().find(|statement| !idle(statement)) {
        Some(statement) if throws(statement) => State::Throws,
        _ => State::Present,
    }
}

/// `undefined`, `Promise.resolve()`, and words for the log.
fn is_idle(expr: &Expr) -> bool {
    match plain(expr) {
        Expr::Ident(name) => name.sym == *"undefined",
        Expr::Lit(_) => true,
        Expr::Unary(unary) => unary.op == swc_ecma_ast::UnaryOp::Void && is_idle(&unary.arg),
        Expr::Call(call) => match &call.callee {
            swc_ecma_ast::Callee::Expr(callee) => match method(callee) {
                Some((object, name)) => {
                    let object = plain(object).as_ident().map(|name| name.sym.as_str());
                    object == Some("console")
                        || (object == Some("Promise") && name == "resolve" && call.args.is_empty())
                }
                None => false,
            },
            _ => false,
        },
        _ => false,
    }
}

fn rejects(expr: &Expr) -> bool {
    let Expr::Call(call) = plain(expr) else { return false };
    let swc_ecma_ast::Callee::Expr(callee) = &call.callee else { return false };
    method(callee).is_some_and(|(object, name)| {
        name == "reject" && plain(object).as_ident().is_some_and(|object| object.sym == *"Promise")
    })
}

/// `this.key = value` in a constructor, as compiled code has it.
fn set_in_constructor(statement: &Stmt) -> Option<(&str, &Expr)> {
    let Expr::Assign(assign) = &*statement.as_expr()?.expr else { return None };
    let AssignTarget::Simple(SimpleAssignTarget::Member(member)) = &assign.left else { return None };
    if !plain(&member.obj).is_this() {
        return None;
    }
    Some((member_name(member)?, &assign.right))
}

fn is_any(kind: &TsType) -> bool {
    matches!(kind, TsType::TsKeywordType(keyword) if keyword.kind == TsKeywordTypeKind::TsAnyKeyword)
}

fn implements(class: &Class) -> bool {
    class.implements.iter().any(|clause| {
        let name = match plain(&clause.expr) {
            Expr::Ident(name) => Some(name.sym.as_str()),
            Expr::Member(member) => member_name(member),
            _ => None,
        };
        name == Some("MigrationInterface")
    })
}

/// Whether a first parameter is a query runner, by type or by name.
fn is_runner(param: &Pat) -> bool {
    match param {
        Pat::Ident(name) => {
            if let Some(role) = typed(name.type_ann.as_deref()) {
                return role == Role::Runner;
            }
            let name = name.id.sym.trim_start_matches('_').to_ascii_lowercase();
            matches!(name.as_str(), "queryrunner" | "qr" | "runner")
        }
        Pat::Assign(assign) => is_runner(&assign.left),
        Pat::Object(object) => object.props.iter().any(|prop| match prop {
            ObjectPatProp::KeyValue(pair) => prop_name(&pair.key) == Some("queryRunner"),
            ObjectPatProp::Assign(short) => short.key.id.sym == *"queryRunner",
            ObjectPatProp::Rest(_) => false,
        }),
        _ => false,
    }
}
