//! Names: what a file declares, imports and exports, and what a name stands for.

use rustc_hash::FxHashSet;
use swc_ecma_ast::{
    ClassExpr, Decl, DefaultDecl, ExportSpecifier, Expr, ImportDecl, ImportSpecifier, ModuleDecl,
    ModuleExportName, ModuleItem, Pat, Stmt, TsEnumDecl, TsEnumMemberId, TsModuleDecl, TsModuleName,
    TsModuleRef, TsNamespaceBody, VarDecl, VarDeclKind, VarDeclOrExpr,
};

use super::super::library::folder;
use super::super::scope::{Body, member_name, plain};
use super::super::text::{Maker, Text, Why};
use super::super::value::{ClassValue, Function, Object, Value};
use super::exec::Flow;
use super::{Frame, Machine, Rc, Slot};
use crate::syntax::typescript::range;

impl<'a> Machine<'a> {
    /// The scope of a file; none where it does not parse.
    pub(super) fn root(&mut self, module: usize) -> Option<usize> {
        if let Some(&root) = self.roots.get(&module) {
            return Some(root);
        }
        let items = &self.library.get(module)?.tree.as_ref()?.items;
        let root = self.new_scope(None, module);
        self.roots.insert(module, root);
        for item in items {
            match item {
                ModuleItem::Stmt(statement) => self.hoist(root, std::slice::from_ref(statement)),
                ModuleItem::ModuleDecl(ModuleDecl::Import(import)) => self.hoist_import(root, import),
                ModuleItem::ModuleDecl(ModuleDecl::ExportDecl(export)) => {
                    self.hoist_declaration(root, &export.decl);
                }
                ModuleItem::ModuleDecl(ModuleDecl::ExportDefaultDecl(export)) => match &export.decl {
                    DefaultDecl::Class(class) => {
                        if let Some(name) = &class.ident {
                            let value = self.class_value(&class.class, &name.sym, root);
                            self.declare_in(root, &name.sym, Slot::Ready(value));
                        }
                    }
                    DefaultDecl::Fn(function) => {
                        if let Some(name) = &function.ident {
                            let value = Self::function_value(&function.function, root, module);
                            self.declare_in(root, &name.sym, Slot::Ready(value));
                        }
                    }
                    DefaultDecl::TsInterfaceDecl(_) => {}
                },
                ModuleItem::ModuleDecl(ModuleDecl::TsImportEquals(import)) => {
                    if let TsModuleRef::TsExternalModuleRef(from) = &import.module_ref
                        && let Some(from) = from.expr.value.as_str()
                    {
                        self.declare_in(root, &import.id.sym, Slot::Import(from, "="));
                    }
                }
                ModuleItem::ModuleDecl(_) => {}
            }
        }
        self.run_module(root, module);
        Some(root)
    }

    /// Declares what the statements declare, so that a use before the declaration finds it too.
    pub(super) fn hoist(&mut self, scope: usize, statements: &'a [Stmt]) {
        for statement in statements {
            if let Stmt::Decl(decl) = statement {
                self.hoist_declaration(scope, decl);
            }
        }
    }

    fn hoist_declaration(&mut self, scope: usize, decl: &'a Decl) {
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

    fn hoist_var(&mut self, scope: usize, variables: &'a VarDecl) {
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

    /// Runs the statements of a file that declare nothing: they may fill what the file declares. What
    /// they do to a database is done wherever the file is loaded, and no change of a migration.
    fn run_module(&mut self, root: usize, module: usize) {
        let Some(items) =
            self.library.get(module).and_then(|file| file.tree.as_ref()).map(|tree| &tree.items)
        else {
            return;
        };
        let runs = |item: &&'a ModuleItem| match item {
            ModuleItem::Stmt(Stmt::Decl(_) | Stmt::Empty(_)) | ModuleItem::ModuleDecl(_) => false,
            ModuleItem::Stmt(Stmt::Expr(statement)) => {
                !matches!(&*statement.expr, Expr::Lit(_)) && assigned_export(&statement.expr).is_none()
            }
            ModuleItem::Stmt(_) => true,
        };
        let items: Vec<&'a ModuleItem> = items.iter().filter(runs).collect();
        if items.is_empty() {
            return;
        }
        let noted = std::mem::take(&mut self.noted);
        let (known, pendings) = (std::mem::take(&mut self.known), std::mem::take(&mut self.pendings));
        let (conditions, route) = (std::mem::take(&mut self.conditions), std::mem::take(&mut self.route));
        let outer = (self.ways, self.dry, self.last, self.swallowed.take(), self.label.take());
        let (journal, made) = (self.journal.len(), self.made.len());
        (self.ways, self.dry) = (0, false);
        self.in_module_scope(root, |machine| {
            for item in items {
                if let ModuleItem::Stmt(statement) = item
                    && machine.statement(statement) != Flow::Next
                {
                    break;
                }
            }
        });
        self.journal.truncate(journal);
        self.made.truncate(made);
        (self.ways, self.dry, self.last, self.swallowed, self.label) = outer;
        (self.conditions, self.route) = (conditions, route);
        (self.known, self.pendings, self.noted) = (known, pendings, noted);
    }

    /// What a namespace exports: all that it declares.
    fn namespace(&mut self, declaration: &'a TsModuleDecl, scope: usize) -> Value<'a> {
        let module = self.scopes.get(scope).map_or(0, |scope| scope.module);
        let span = self.source_of(module).span(declaration);
        let Some(TsNamespaceBody::TsModuleBlock(block)) = &declaration.body else {
            return Value::unknown("it is a namespace of namespaces");
        };
        let inner = self.new_scope(Some(scope), module);
        let mut names: Vec<&'a str> = Vec::new();
        for item in &block.body {
            let decl = match item {
                ModuleItem::Stmt(Stmt::Decl(decl)) => decl,
                ModuleItem::ModuleDecl(ModuleDecl::ExportDecl(export)) => &export.decl,
                _ => continue,
            };
            self.hoist_declaration(inner, decl);
            match decl {
                Decl::Var(variables) => {
                    variables.decls.iter().for_each(|variable| pattern_names(&variable.name, &mut names));
                }
                Decl::Fn(function) => names.push(&function.ident.sym),
                Decl::Class(class) => names.push(&class.ident.sym),
                Decl::TsEnum(entry) => names.push(&entry.id.sym),
                Decl::TsModule(module) => {
                    if let TsModuleName::Ident(name) = &module.id {
                        names.push(&name.sym);
                    }
                }
                _ => {}
            }
        }
        let pairs = names
            .into_iter()
            .map(|name| (name.into(), self.in_module_scope(inner, |machine| machine.read(name))))
            .collect();
        Value::Object(Rc::new(Object { pairs, more: None, span, id: 0 }))
    }

    fn hoist_variables(&mut self, scope: usize, variables: &'a VarDecl) {
        for variable in &variables.decls {
            let mut names = Vec::new();
            pattern_names(&variable.name, &mut names);
            for name in names {
                self.declare_in(scope, name, Slot::Declared(variable));
            }
        }
    }

    fn hoist_import(&mut self, scope: usize, import: &'a ImportDecl) {
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

    pub(super) fn class_value(
        &self,
        class: &'a swc_ecma_ast::Class,
        name: &'a str,
        scope: usize,
    ) -> Value<'a> {
        let module = self.scopes.get(scope).map_or(0, |scope| scope.module);
        Value::Class(Rc::new(ClassValue { class, name, scope, module }))
    }

    pub(super) fn function_value(
        function: &'a swc_ecma_ast::Function,
        scope: usize,
        module: usize,
    ) -> Value<'a> {
        let Some(body) = &function.body else { return Value::unknown("it has no body") };
        Value::Function(Rc::new(Function {
            params: Function::params_of(function),
            body: Body::Block(body),
            is_async: function.is_async,
            is_generator: function.is_generator,
            scope,
            module,
            start: range(function.span).start,
            this: None,
            home: None,
        }))
    }

    /// What a name stands for.
    pub(super) fn read(&mut self, name: &'a str) -> Value<'a> {
        let Some(scope) = self.scope_of(name) else { return self.global(name) };
        let slot = self.scopes.get(scope).and_then(|scope| scope.names.get(name)).cloned();
        match slot {
            Some(Slot::Ready(value)) => value,
            Some(Slot::Busy) => Value::unknown(format!("`{name}` is made of itself")),
            Some(Slot::Import(from, exported)) => {
                self.declare_in(scope, name, Slot::Busy);
                let module = self.scopes.get(scope).map_or(0, |scope| scope.module);
                let value = self.import(module, from, exported, name);
                self.declare_in(scope, name, Slot::Ready(value.clone()));
                value
            }
            Some(Slot::Enum(entry)) => {
                let value = self.enum_value(entry, scope);
                self.declare_in(scope, name, Slot::Ready(value.clone()));
                value
            }
            Some(Slot::Namespace(declaration)) => {
                self.declare_in(scope, name, Slot::Busy);
                let value = self.namespace(declaration, scope);
                self.declare_in(scope, name, Slot::Ready(value.clone()));
                value
            }
            Some(Slot::Declared(variable)) => {
                self.declare_in(scope, name, Slot::Busy);
                let value = self.in_module_scope(scope, |machine| match variable.init.as_deref() {
                    Some(init) => machine.eval(init),
                    None => Value::Nothing,
                });
                self.in_module_scope(scope, |machine| machine.bind(&variable.name, value));
                match self.scopes.get(scope).and_then(|scope| scope.names.get(name)) {
                    Some(Slot::Ready(value)) => value.clone(),
                    _ => {
                        Value::unknown(format!("`{name}` is a part of another value, which is not followed"))
                    }
                }
            }
            None => self.global(name),
        }
    }

    /// Does `work` as code of the file that `scope` belongs to.
    pub(super) fn in_module_scope<R>(&mut self, scope: usize, work: impl FnOnce(&mut Self) -> R) -> R {
        let module = self.scopes.get(scope).map_or(0, |scope| scope.module);
        let outer = std::mem::replace(&mut self.scope, scope);
        let frame = self.frames.last();
        let (this, home) = match frame {
            Some(frame) if frame.module == module => (frame.this.clone(), frame.home.clone()),
            _ => (None, None),
        };
        self.frames.push(Frame::new(module, this, home, (module, usize::MAX)));
        let result = work(self);
        self.frames.pop();
        self.scope = outer;
        result
    }

    /// Does `work` as code of a file.
    fn in_module<R>(&mut self, module: usize, work: impl FnOnce(&mut Self) -> R) -> R {
        self.frames.push(Frame::new(module, None, None, (module, usize::MAX)));
        let result = work(self);
        self.frames.pop();
        result
    }

    fn enum_value(&mut self, entry: &'a TsEnumDecl, scope: usize) -> Value<'a> {
        let module = self.scopes.get(scope).map_or(0, |scope| scope.module);
        let span = self.source_of(module).span(entry);
        let mut pairs: Vec<(Rc<str>, Value<'a>)> = Vec::new();
        let mut numbers: Vec<(Rc<str>, Value<'a>)> = Vec::new();
        // The members see those before them, by their names and as parts of the enum.
        let inner = self.new_scope(Some(scope), module);
        let mut next = Some(0.0);
        for member in &entry.members {
            let name = match &member.id {
                TsEnumMemberId::Ident(id) => id.sym.as_str(),
                TsEnumMemberId::Str(id) => id.value.as_str().unwrap_or_default(),
            };
            let value = match (&member.init, next) {
                (Some(init), _) => {
                    let so_far = Object { pairs: pairs.clone(), more: None, span, id: 0 };
                    self.declare_in(inner, &entry.id.sym, Slot::Ready(Value::Object(Rc::new(so_far))));
                    self.in_module_scope(inner, |machine| machine.eval(init))
                }
                (None, Some(number)) => Value::Number(number, self.source_of(module).span(member)),
                (None, None) => Value::unknown(format!("`{name}` is no text")),
            };
            next = if let Value::Number(number, _) = &value { Some(number + 1.0) } else { None };
            self.declare_in(inner, name, Slot::Ready(value.clone()));
            if let Value::Number(number, _) = &value {
                let mut maker = Maker::at(span);
                maker.put(self.source_of(module).span(member), name);
                numbers.push((number.to_string().into(), Value::text(maker.finish())));
            }
            pairs.push((name.into(), value));
        }
        // As in the language: the names of numbers come first.
        numbers.append(&mut pairs);
        let pairs = numbers;
        Value::Object(Rc::new(Object { pairs, more: None, span, id: 0 }))
    }

    /// What the file `module` imports as `name` from `from`.
    pub(super) fn import(&mut self, module: usize, from: &'a str, name: &str, local: &str) -> Value<'a> {
        let Some(path) = self.library.get(module).map(|file| Rc::clone(&file.path)) else {
            return Value::unknown("it is in no file");
        };
        if let Some(native) = super::native::package(from) {
            return match name {
                "default" | "*" => Value::Native(native.into()),
                name => Value::Native(format!("{native}.{name}").into()),
            };
        }
        if name == "=" {
            let from = self.made_text(from);
            return self.in_module(module, |machine| machine.require(&from));
        }
        if from.starts_with('.') && from.ends_with(".sql") {
            let whole = format!("/{}/{from}", folder(&path));
            return match self.library.text(&path, &whole) {
                Ok(passage) => Value::text(Text::whole(passage)),
                Err(reason) => Value::unknown(reason),
            };
        }
        match self.library.import(&path, from) {
            Ok(found) => {
                if let Some(value) = self.json_module(found) {
                    return if matches!(name, "*" | "default") { value } else { self.member(&value, name) };
                }
                if self.library.get(found).is_none_or(|file| file.tree.is_none()) {
                    return Value::unknown(format!("`{from}` cannot be parsed"));
                }
                match name {
                    "*" => Value::Module(found),
                    name => self.export(found, name).unwrap_or_else(|| {
                        Value::named(format!("`{name}` was not found in `{from}`"), local)
                    }),
                }
            }
            Err(reason) => {
                let reason = if from.starts_with('.') {
                    format!("`{local}` is imported, and {reason}")
                } else {
                    format!("`{local}` is imported from `{from}`, which is not followed")
                };
                Value::Unknown(Rc::new(Why { reason, variable: None, path: Some(local.to_owned()) }))
            }
        }
    }

    /// What the file `module` exports as `name`.
    pub(super) fn export(&mut self, module: usize, name: &str) -> Option<Value<'a>> {
        self.search(module, name, &mut FxHashSet::default())
    }

    /// Looks for an export in a file that was not `seen` yet: files may export all of each other.
    fn search(&mut self, module: usize, name: &str, seen: &mut FxHashSet<usize>) -> Option<Value<'a>> {
        if !seen.insert(module) || !self.step() || !self.enter() {
            return None;
        }
        let found = self.find_export(module, name, seen);
        self.leave();
        found
    }

    fn find_export(&mut self, module: usize, name: &str, seen: &mut FxHashSet<usize>) -> Option<Value<'a>> {
        let root = self.root(module)?;
        let items = &self.library.get(module)?.tree.as_ref()?.items;
        for item in items {
            match item {
                ModuleItem::ModuleDecl(ModuleDecl::ExportDecl(export)) => {
                    if let Some(declared) = declared_name(&export.decl, name) {
                        return Some(self.in_module_scope(root, |machine| machine.read(declared)));
                    }
                }
                ModuleItem::ModuleDecl(ModuleDecl::ExportNamed(export)) => {
                    for specifier in &export.specifiers {
                        let (from, to) = match specifier {
                            ExportSpecifier::Named(named) => {
                                let from = exported_name(&named.orig);
                                (from, named.exported.as_ref().map_or(from, exported_name))
                            }
                            ExportSpecifier::Namespace(all) => ("*", exported_name(&all.name)),
                            ExportSpecifier::Default(default) => ("default", default.exported.sym.as_str()),
                        };
                        if to != name {
                            continue;
                        }
                        return Some(match export.src.as_ref().and_then(|src| src.value.as_str()) {
                            Some(src) => self.import(module, src, from, name),
                            None => self.in_module_scope(root, |machine| machine.read(from)),
                        });
                    }
                }
                ModuleItem::ModuleDecl(ModuleDecl::ExportDefaultDecl(export)) if name == "default" => {
                    return match &export.decl {
                        DefaultDecl::Class(ClassExpr { class, ident }) => {
                            let name = ident.as_ref().map_or("", |name| name.sym.as_str());
                            Some(self.class_value(class, name, root))
                        }
                        DefaultDecl::Fn(function) => {
                            Some(Self::function_value(&function.function, root, module))
                        }
                        DefaultDecl::TsInterfaceDecl(_) => None,
                    };
                }
                ModuleItem::ModuleDecl(ModuleDecl::ExportDefaultExpr(export)) if name == "default" => {
                    return Some(self.in_module_scope(root, |machine| machine.eval(&export.expr)));
                }
                ModuleItem::ModuleDecl(ModuleDecl::TsExportAssignment(export)) => {
                    let whole = self.in_module_scope(root, |machine| machine.eval(&export.expr));
                    return Some(if name == "default" { whole } else { self.member(&whole, name) });
                }
                ModuleItem::Stmt(Stmt::Expr(statement)) => {
                    if let Some((exported, value)) = assigned_export(&statement.expr)
                        && (exported == name || exported == "*")
                    {
                        let value = self.in_module_scope(root, |machine| machine.eval(value));
                        return Some(if exported == name || name == "default" {
                            value
                        } else {
                            self.member(&value, name)
                        });
                    }
                }
                _ => {}
            }
        }
        for item in items {
            if let ModuleItem::ModuleDecl(ModuleDecl::ExportAll(export)) = item
                && let Some(src) = export.src.value.as_str()
                && self.step()
                && let Some(path) = self.library.get(module).map(|file| Rc::clone(&file.path))
                && let Ok(other) = self.library.import(&path, src)
                && let Some(found) = self.search(other, name, seen)
            {
                return Some(found);
            }
        }
        None
    }

    /// The value of a file of JSON.
    fn json_module(&mut self, module: usize) -> Option<Value<'a>> {
        let file = self.library.get(module)?;
        file.path.ends_with(".json").then(|| self.json(&file.passage))
    }

    /// The module that `require` or `import()` names.
    pub(super) fn require(&mut self, from: &Value<'a>) -> Value<'a> {
        let Value::Text(text) = from else { return Value::unknown("which file it requires is not known") };
        let Some(name) = text.known().map(str::to_owned) else {
            return Value::unknown("which file it requires is not known");
        };
        if let Some(native) = super::native::package(&name) {
            return Value::Native(native.into());
        }
        let Some(path) = self.library.get(self.module()).map(|file| Rc::clone(&file.path)) else {
            return Value::unknown("it is in no file");
        };
        match self.library.import(&path, &name) {
            Ok(module) => {
                if let Some(value) = self.json_module(module) {
                    return value;
                }
                let assigned = self.library.get(module).and_then(|file| file.tree.as_ref());
                let whole = assigned.is_some_and(|tree| {
                    tree.items.iter().any(|item| match item {
                        ModuleItem::Stmt(Stmt::Expr(statement)) => {
                            assigned_export(&statement.expr).is_some_and(|(name, _)| name == "*")
                        }
                        _ => false,
                    })
                });
                if whole { self.export(module, "default") } else { None }.unwrap_or(Value::Module(module))
            }
            Err(reason) => Value::named(reason, name),
        }
    }
}

/// The name under which something is exported.
fn exported_name(name: &ModuleExportName) -> &str {
    match name {
        ModuleExportName::Ident(name) => &name.sym,
        ModuleExportName::Str(name) => name.value.as_str().unwrap_or_default(),
    }
}

/// `name`, where the declaration declares it.
fn declared_name<'a>(decl: &'a Decl, name: &str) -> Option<&'a str> {
    let own = |ident: &'a swc_ecma_ast::Ident| (ident.sym == *name).then_some(ident.sym.as_str());
    match decl {
        Decl::Class(class) => own(&class.ident),
        Decl::Fn(function) => own(&function.ident),
        Decl::TsEnum(entry) => own(&entry.id),
        Decl::TsModule(module) => match &module.id {
            TsModuleName::Ident(id) => own(id),
            TsModuleName::Str(_) => None,
        },
        Decl::Var(variables) => {
            let mut names = Vec::new();
            variables.decls.iter().for_each(|variable| pattern_names(&variable.name, &mut names));
            names.into_iter().find(|declared| *declared == name)
        }
        _ => None,
    }
}

/// `exports.name = value` and `module.exports = value`, whose name is `*`.
fn assigned_export(expr: &Expr) -> Option<(&str, &Expr)> {
    use swc_ecma_ast::{AssignTarget, SimpleAssignTarget};
    let Expr::Assign(assign) = expr else { return None };
    let AssignTarget::Simple(SimpleAssignTarget::Member(member)) = &assign.left else { return None };
    let name = member_name(member)?;
    match plain(&member.obj) {
        Expr::Ident(object) if object.sym == *"module" && name == "exports" => Some(("*", &assign.right)),
        Expr::Ident(object) if object.sym == *"exports" => Some((name, &assign.right)),
        Expr::Member(inner) if member_name(inner) == Some("exports") => Some((name, &assign.right)),
        _ => None,
    }
}

/// The names that a pattern binds.
pub(super) fn pattern_names<'a>(pattern: &'a Pat, names: &mut Vec<&'a str>) {
    use swc_ecma_ast::ObjectPatProp;
    match pattern {
        Pat::Ident(name) => names.push(&name.id.sym),
        Pat::Assign(assign) => pattern_names(&assign.left, names),
        Pat::Rest(rest) => pattern_names(&rest.arg, names),
        Pat::Array(array) => array.elems.iter().flatten().for_each(|item| pattern_names(item, names)),
        Pat::Object(object) => {
            for prop in &object.props {
                match prop {
                    ObjectPatProp::KeyValue(pair) => pattern_names(&pair.value, names),
                    ObjectPatProp::Assign(short) => names.push(&short.key.id.sym),
                    ObjectPatProp::Rest(rest) => pattern_names(&rest.arg, names),
                }
            }
        }
        Pat::Invalid(_) | Pat::Expr(_) => {}
    }
}
