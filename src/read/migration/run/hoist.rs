//! Declarations, made known before the code around them runs.

use swc_ecma_ast::{
    Decl, ImportDecl, ImportSpecifier, Stmt, TsModuleName, VarDecl, VarDeclKind, VarDeclOrExpr,
};

use super::super::value::Value;
use super::module::{exported_name, pattern_names};
use super::{Machine, Rc, Slot};

impl<'a> Machine<'a> {
    /// Declares what the statements declare, so that a use before the declaration finds it too.
    pub(super) fn hoist(&mut self, scope: usize, statements: &'a [Stmt]) {
        for statement in statements {
            if let Stmt::Decl(decl) = statement {
                self.hoist_declaration(scope, decl);
            }
        }
    }

    pub(super) fn hoist_declaration(&mut self, scope: usize, decl: &'a Decl) {
        let module = self.scopes.get(scope).map_or(0, |scope| scope.module);
        match decl {
            Decl::Class(class) => {
                let value = self.class_value(&class.class, &class.ident.sym, scope);
                self.declare_in(scope, &class.ident.sym, Slot::Ready(value));
            }
            Decl::Fn(function) => {
                let value = Self::function_value(&function.function, scope, module);
                if let Value::Function(made) = &value
                    && self.frames.len() > 1
                {
                    self.made.push(Rc::clone(made));
                }
                self.declare_in(scope, &function.ident.sym, Slot::Ready(value));
            }
            Decl::Var(variables) => {
                let is_block = self.scopes.get(scope).is_some_and(|scope| scope.is_block);
                if !(is_block && variables.kind == VarDeclKind::Var) {
                    self.hoist_variables(scope, variables);
                }
            }
            Decl::TsModule(module) => {
                if let TsModuleName::Ident(name) = &module.id
                    && module.body.is_some()
                {
                    self.declare_in(scope, &name.sym, Slot::Namespace(module));
                }
            }
            Decl::TsEnum(entry) => self.declare_in(scope, &entry.id.sym, Slot::Enum(entry)),
            _ => {}
        }
    }

    /// Declares the `var`s that stand in blocks of a function: they are the function's.
    pub(super) fn hoist_inner(&mut self, scope: usize, statements: &'a [Stmt], depth: usize) {
        if depth > 64 {
            return;
        }
        for statement in statements {
            let one = std::slice::from_ref::<Stmt>;
            match statement {
                Stmt::Decl(Decl::Var(variables)) if depth > 0 && variables.kind == VarDeclKind::Var => {
                    self.hoist_var(scope, variables);
                }
                Stmt::Block(block) => self.hoist_inner(scope, &block.stmts, depth + 1),
                Stmt::If(statement) => {
                    self.hoist_inner(scope, one(&statement.cons), depth + 1);
                    if let Some(alt) = &statement.alt {
                        self.hoist_inner(scope, one(alt), depth + 1);
                    }
                }
                Stmt::Try(statement) => {
                    self.hoist_inner(scope, &statement.block.stmts, depth + 1);
                    if let Some(handler) = &statement.handler {
                        self.hoist_inner(scope, &handler.body.stmts, depth + 1);
                    }
                    if let Some(last) = &statement.finalizer {
                        self.hoist_inner(scope, &last.stmts, depth + 1);
                    }
                }
                Stmt::Switch(statement) => {
                    for case in &statement.cases {
                        self.hoist_inner(scope, &case.cons, depth + 1);
                    }
                }
                Stmt::For(statement) => {
                    if let Some(VarDeclOrExpr::VarDecl(variables)) = &statement.init
                        && variables.kind == VarDeclKind::Var
                    {
                        self.hoist_var(scope, variables);
                    }
                    self.hoist_inner(scope, one(&statement.body), depth + 1);
                }
                Stmt::ForOf(statement) => self.hoist_inner(scope, one(&statement.body), depth + 1),
                Stmt::ForIn(statement) => self.hoist_inner(scope, one(&statement.body), depth + 1),
                Stmt::While(statement) => self.hoist_inner(scope, one(&statement.body), depth + 1),
                Stmt::DoWhile(statement) => self.hoist_inner(scope, one(&statement.body), depth + 1),
                Stmt::Labeled(statement) => self.hoist_inner(scope, one(&statement.body), depth + 1),
                _ => {}
            }
        }
    }

    pub(super) fn hoist_var(&mut self, scope: usize, variables: &'a VarDecl) {
        for variable in &variables.decls {
            let mut names = Vec::new();
            pattern_names(&variable.name, &mut names);
            for name in names {
                let is_new = self.scopes.get(scope).is_some_and(|scope| !scope.names.contains_key(name));
                if is_new {
                    self.declare_in(scope, name, Slot::Ready(Value::Nothing));
                }
            }
        }
    }

    pub(super) fn hoist_variables(&mut self, scope: usize, variables: &'a VarDecl) {
        for variable in &variables.decls {
            let mut names = Vec::new();
            pattern_names(&variable.name, &mut names);
            for name in names {
                self.declare_in(scope, name, Slot::Declared(variable));
            }
        }
    }

    pub(super) fn hoist_import(&mut self, scope: usize, import: &'a ImportDecl) {
        let from = import.src.value.as_str().unwrap_or_default();
        for specifier in &import.specifiers {
            let (local, name) = match specifier {
                ImportSpecifier::Named(named) => {
                    (&named.local, named.imported.as_ref().map_or(named.local.sym.as_str(), exported_name))
                }
                ImportSpecifier::Default(default) => (&default.local, "default"),
                ImportSpecifier::Namespace(all) => (&all.local, "*"),
            };
            self.declare_in(scope, &local.sym, Slot::Import(from, name));
        }
    }
}
