//! Walks the body of `up` or `down` in the order of the text and notes all that reaches the database.
//! Does not follow calls: what is handed the query runner is noted as unresolved.

use std::ops::Range;

use swc_ecma_ast::{
    ArrowFunctionBody, AssignTarget, BinaryOp, BlockStmt, Callee, Class, ClassMember, Decl, Expr,
    ExprOrSpread, ForHead, Function, FunctionBody, OptChainBase, Pat, Prop, PropName, PropOrSpread,
    SimpleAssignTarget, Stmt, VarDecl, VarDeclOrExpr,
};

use super::scope::{Binding, Role, Scopes, plain};
use super::source::Source;
use super::value::{Budget, Values};
use crate::facts::Reading;
use crate::syntax::typescript::range;
use crate::text::{Span, cut_line};

mod reach;

/// Notes what one method does.
pub struct Walker<'a, 'w> {
    pub source: Source<'a>,
    pub scopes: &'w mut Scopes<'a>,
    pub budget: &'w Budget,
    pub direction: &'static str,
    pub out: &'w mut Reading,
    /// The facts that stand in one branch of the code each, which may not run.
    pub branches: Vec<Range<usize>>,
    /// The calls around, outermost first.
    calls: Vec<Range<usize>>,
    /// The place of the last unresolved fact.
    last: Option<Span>,
}

impl<'a, 'w> Walker<'a, 'w> {
    pub fn new(
        source: Source<'a>,
        scopes: &'w mut Scopes<'a>,
        budget: &'w Budget,
        direction: &'static str,
        out: &'w mut Reading,
    ) -> Self {
        Self { source, scopes, budget, direction, out, branches: Vec::new(), calls: Vec::new(), last: None }
    }

    /// Walks a function whose first parameter has `role`.
    pub fn method(&mut self, params: &[&'a Pat], body: Body<'a>, role: Option<Role>) {
        self.scopes.enter();
        for (index, param) in params.iter().enumerate() {
            let role = if index == 0 { role } else { None };
            if role == Some(Role::Runner)
                && let Pat::Object(pattern) = param
            {
                self.taken_apart(pattern, "the query runner");
            }
            self.scopes.bind_pattern(param, role.or_else(|| named(param)), Binding::Parameter);
        }
        match body {
            Body::Block(body) => {
                self.scopes.declare(&body.stmts);
                self.statements(&body.stmts);
            }
            Body::Expr(expr) => self.expr(expr),
        }
        self.scopes.leave();
    }

    /// Walks code that may not run, or not to its end.
    fn branch(&mut self, walk: impl FnOnce(&mut Self)) {
        let start = self.out.facts.len();
        walk(self);
        if start < self.out.facts.len() {
            self.branches.push(start..self.out.facts.len());
        }
    }

    fn values(&self) -> Values<'a, '_> {
        Values { source: self.source, scopes: self.scopes, budget: self.budget }
    }

    fn block(&mut self, statements: &'a [Stmt]) {
        self.scopes.enter();
        self.scopes.declare(statements);
        self.statements(statements);
        self.scopes.leave();
    }

    fn statements(&mut self, statements: &'a [Stmt]) {
        for statement in statements {
            self.statement(statement);
        }
    }

    fn statement(&mut self, statement: &'a Stmt) {
        match statement {
            Stmt::Block(block) => self.block(&block.stmts),
            Stmt::Expr(statement) => self.expr(&statement.expr),
            Stmt::Return(statement) => self.option(statement.arg.as_deref()),
            Stmt::Throw(statement) => self.expr(&statement.arg),
            Stmt::If(statement) => {
                self.expr(&statement.test);
                self.branch(|walker| walker.statement(&statement.cons));
                if let Some(alt) = &statement.alt {
                    self.branch(|walker| walker.statement(alt));
                }
            }
            Stmt::Switch(statement) => {
                self.expr(&statement.discriminant);
                self.scopes.enter();
                for case in &statement.cases {
                    self.scopes.declare(&case.cons);
                }
                for case in &statement.cases {
                    self.option(case.test.as_deref());
                    self.branch(|walker| walker.statements(&case.cons));
                }
                self.scopes.leave();
            }
            Stmt::Try(statement) => {
                self.branch(|walker| walker.block(&statement.block.stmts));
                if let Some(handler) = &statement.handler {
                    self.branch(|walker| walker.caught(handler.param.as_ref(), &handler.body));
                }
                if let Some(finalizer) = &statement.finalizer {
                    self.block(&finalizer.stmts);
                }
            }
            Stmt::While(statement) => {
                self.expr(&statement.test);
                self.branch(|walker| walker.statement(&statement.body));
            }
            Stmt::DoWhile(statement) => {
                self.statement(&statement.body);
                self.expr(&statement.test);
            }
            Stmt::For(statement) => {
                self.scopes.enter();
                match &statement.init {
                    Some(VarDeclOrExpr::VarDecl(variables)) => {
                        for variable in &variables.decls {
                            self.scopes.bind_pattern(&variable.name, None, Binding::Loop);
                            self.option(variable.init.as_deref());
                        }
                    }
                    Some(VarDeclOrExpr::Expr(expr)) => self.expr(expr),
                    None => {}
                }
                self.option(statement.test.as_deref());
                self.option(statement.update.as_deref());
                self.branch(|walker| walker.statement(&statement.body));
                self.scopes.leave();
            }
            Stmt::ForOf(statement) => self.each(&statement.left, &statement.right, &statement.body),
            Stmt::ForIn(statement) => self.each(&statement.left, &statement.right, &statement.body),
            Stmt::Labeled(statement) => self.statement(&statement.body),
            Stmt::With(statement) => {
                self.expr(&statement.obj);
                self.statement(&statement.body);
            }
            Stmt::Decl(decl) => self.declaration(decl),
            Stmt::Empty(_) | Stmt::Debugger(_) | Stmt::Break(_) | Stmt::Continue(_) => {}
        }
    }

    fn each(&mut self, left: &'a ForHead, right: &'a Expr, body: &'a Stmt) {
        self.expr(right);
        self.scopes.enter();
        match left {
            ForHead::VarDecl(variables) => {
                for variable in &variables.decls {
                    self.scopes.bind_pattern(&variable.name, None, Binding::Loop);
                }
            }
            ForHead::UsingDecl(variables) => {
                for variable in &variables.decls {
                    self.scopes.bind_pattern(&variable.name, None, Binding::Loop);
                }
            }
            ForHead::Pat(pattern) => self.scopes.bind_pattern(pattern, None, Binding::Loop),
        }
        self.branch(|walker| walker.statement(body));
        self.scopes.leave();
    }

    fn caught(&mut self, param: Option<&'a Pat>, body: &'a BlockStmt) {
        self.scopes.enter();
        if let Some(param) = param {
            self.scopes.bind_pattern(param, None, Binding::Part);
        }
        self.block(&body.stmts);
        self.scopes.leave();
    }

    fn declaration(&mut self, decl: &'a Decl) {
        match decl {
            Decl::Var(variables) => self.variables(variables),
            Decl::Using(variables) => {
                for variable in &variables.decls {
                    self.option(variable.init.as_deref());
                }
            }
            Decl::Fn(function) => self.function(&function.function, None),
            Decl::Class(class) => self.class(&class.class),
            Decl::TsInterface(_) | Decl::TsTypeAlias(_) | Decl::TsEnum(_) | Decl::TsModule(_) => {}
        }
    }

    fn variables(&mut self, variables: &'a VarDecl) {
        for variable in &variables.decls {
            let Some(init) = variable.init.as_deref() else { continue };
            match &variable.name {
                // `const runner = queryRunner` and `const { manager } = queryRunner` hand nothing on.
                Pat::Ident(_) if self.scopes.role(init).is_some() => self.object(init),
                Pat::Object(pattern) if self.scopes.role(init).is_some() => {
                    self.object(init);
                    let object = format!("`{}`", cut_line(self.source.words(init), 60));
                    self.taken_apart(pattern, &object);
                }
                _ => self.expr(init),
            }
        }
    }

    fn option(&mut self, expr: Option<&'a Expr>) {
        if let Some(expr) = expr {
            self.expr(expr);
        }
    }

    fn expr(&mut self, expr: &'a Expr) {
        match expr {
            Expr::Ident(_) => self.handed_on(expr),
            Expr::Call(call) => match &call.callee {
                Callee::Expr(callee) => self.call(callee, &call.args, range(call.span)),
                Callee::Super(_) | Callee::Import(_) => self.args(&call.args, range(call.span)),
            },
            Expr::OptChain(chain) => match &*chain.base {
                OptChainBase::Member(member) => self.member(member, expr),
                OptChainBase::Call(call) => self.call(&call.callee, &call.args, range(call.span)),
            },
            Expr::Member(member) => self.member(member, expr),
            Expr::New(new) => {
                self.object(&new.callee);
                self.args(new.args.as_deref().unwrap_or_default(), range(new.span));
            }
            Expr::TaggedTpl(tagged) => self.tagged(tagged),
            Expr::Bin(_) => self.operands(expr),
            Expr::Array(array) => {
                for element in array.elems.iter().flatten() {
                    self.expr(&element.expr);
                }
            }
            Expr::Object(object) => {
                for prop in &object.props {
                    self.prop(prop);
                }
            }
            Expr::Fn(function) => self.function(&function.function, None),
            Expr::Arrow(_) => self.callback(expr, None),
            Expr::Class(class) => self.class(&class.class),
            Expr::Assign(assign) => {
                if let AssignTarget::Simple(SimpleAssignTarget::Member(member)) = &assign.left {
                    self.object(&member.obj);
                }
                self.expr(&assign.right);
            }
            Expr::Cond(cond) => {
                self.expr(&cond.test);
                self.branch(|walker| walker.expr(&cond.cons));
                self.branch(|walker| walker.expr(&cond.alt));
            }
            Expr::Seq(sequence) => sequence.exprs.iter().for_each(|expr| self.expr(expr)),
            Expr::Tpl(template) => template.exprs.iter().for_each(|expr| self.expr(expr)),
            Expr::Unary(unary) => self.expr(&unary.arg),
            Expr::Update(update) => self.expr(&update.arg),
            Expr::Yield(inner) => self.option(inner.arg.as_deref()),
            Expr::Await(_)
            | Expr::Paren(_)
            | Expr::TsAs(_)
            | Expr::TsConstAssertion(_)
            | Expr::TsNonNull(_)
            | Expr::TsSatisfies(_)
            | Expr::TsTypeAssertion(_)
            | Expr::TsInstantiation(_) => self.expr(plain(expr)),
            Expr::This(_)
            | Expr::SuperProp(_)
            | Expr::Lit(_)
            | Expr::MetaProp(_)
            | Expr::JSXMember(_)
            | Expr::JSXNamespacedName(_)
            | Expr::JSXEmpty(_)
            | Expr::JSXElement(_)
            | Expr::JSXFragment(_)
            | Expr::PrivateName(_)
            | Expr::Invalid(_) => {}
        }
    }

    /// Both sides of operators; long sums lean to the left and are unrolled.
    fn operands(&mut self, expr: &'a Expr) {
        let mut rights = Vec::new();
        let mut left = expr;
        while let Expr::Bin(binary) = left {
            rights.push((binary.op, &*binary.right));
            left = &binary.left;
        }
        self.expr(left);
        for (op, right) in rights.into_iter().rev() {
            if matches!(op, BinaryOp::LogicalAnd | BinaryOp::LogicalOr | BinaryOp::NullishCoalescing) {
                self.branch(|walker| walker.expr(right));
            } else {
                self.expr(right);
            }
        }
    }

    fn prop(&mut self, prop: &'a PropOrSpread) {
        let prop = match prop {
            PropOrSpread::Spread(spread) => return self.expr(&spread.expr),
            PropOrSpread::Prop(prop) => &**prop,
        };
        match prop {
            Prop::Shorthand(name) => {
                let known = self.scopes.lookup(&name.sym, self.scopes.level());
                if let Some((binding, _)) = known
                    && self.binding_role(binding).is_some()
                {
                    self.note_handed_on(range(name.span), &name.sym);
                }
            }
            Prop::KeyValue(pair) => {
                if let PropName::Computed(key) = &pair.key {
                    self.expr(&key.expr);
                }
                self.expr(&pair.value);
            }
            Prop::Assign(assign) => self.expr(&assign.value),
            Prop::Getter(getter) => self.function(&getter.function, None),
            Prop::Setter(setter) => self.function(&setter.function, None),
            Prop::Method(method) => self.function(&method.function, None),
        }
    }

    fn binding_role(&self, binding: Binding<'a>) -> Option<Role> {
        match binding {
            Binding::Role(role) => Some(role),
            Binding::Const(value) | Binding::Variable(Some(value)) => self.scopes.role(value),
            _ => None,
        }
    }

    /// The object that something is a member of: using it hands nothing on.
    fn object(&mut self, expr: &'a Expr) {
        match plain(expr) {
            Expr::Ident(_) | Expr::This(_) => {}
            Expr::Member(member) if self.scopes.role(&member.obj).is_some() => self.object(&member.obj),
            Expr::Member(member) if plain(&member.obj).is_this() => {}
            expr => self.expr(expr),
        }
    }

    fn args(&mut self, args: &'a [ExprOrSpread], call: Range<usize>) {
        self.calls.push(call);
        for arg in args {
            self.expr(&arg.expr);
        }
        self.calls.pop();
    }

    /// An expression that may be a function, whose first parameter then has `role`.
    fn callback(&mut self, expr: &'a Expr, role: Option<Role>) {
        match plain(expr) {
            Expr::Arrow(arrow) => {
                let params: Vec<&Pat> = arrow.params.iter().collect();
                let body = match &*arrow.body {
                    ArrowFunctionBody::FunctionBody(body) => Body::Block(body),
                    ArrowFunctionBody::Expr(expr) => Body::Expr(expr),
                };
                self.branch(|walker| walker.method(&params, body, role));
            }
            Expr::Fn(function) => self.function(&function.function, role),
            other => self.expr(other),
        }
    }

    fn function(&mut self, function: &'a Function, role: Option<Role>) {
        if let Some(body) = &function.body {
            let params: Vec<&Pat> = function.params.iter().map(|param| &param.pat).collect();
            self.branch(|walker| walker.method(&params, Body::Block(body), role));
        }
    }

    fn class(&mut self, class: &'a Class) {
        for member in &class.body {
            match member {
                ClassMember::Method(method) => self.function(&method.function, None),
                ClassMember::PrivateMethod(method) => self.function(&method.function, None),
                ClassMember::ClassProp(field) => self.option(field.value.as_deref()),
                ClassMember::PrivateProp(field) => self.option(field.value.as_deref()),
                ClassMember::StaticBlock(block) => self.block(&block.body.stmts),
                _ => {}
            }
        }
    }
}

/// The body of a function.
#[derive(Clone, Copy)]
pub enum Body<'a> {
    Block(&'a FunctionBody),
    Expr(&'a Expr),
}

/// The role that a parameter's name gives it, where its type says nothing.
fn named(param: &Pat) -> Option<Role> {
    let Pat::Ident(name) = param else { return None };
    if name.type_ann.is_some() {
        return None;
    }
    match name.id.sym.as_str() {
        "queryRunner" => Some(Role::Runner),
        "entityManager" | "transactionalEntityManager" => Some(Role::Manager),
        _ => None,
    }
}
