//! Names: what a file declares, imports and exports, and what a name stands for.

use rustc_hash::FxHashSet;
use swc_ecma_ast::{
    ClassExpr, Decl, DefaultDecl, ExportSpecifier, Expr, ImportDecl, ImportSpecifier, ModuleDecl,
    ModuleExportName, ModuleItem, Pat, Stmt, TsEnumDecl, TsEnumMemberId, VarDecl,
};

use super::super::library::folder;
use super::super::scope::{Body, member_name, plain};
use super::super::text::{Text, Why};
use super::super::value::{ClassValue, Function, Object, Value};
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
                ModuleItem::ModuleDecl(_) => {}
            }
        }
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
            Decl::Var(variables) => self.hoist_variables(scope, variables),
            Decl::TsEnum(entry) => self.declare_in(scope, &entry.id.sym, Slot::Enum(entry)),
            _ => {}
        }
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
        self.frames.push(Frame { module, this, home, key: (module, usize::MAX), returns: Vec::new() });
        let result = work(self);
        self.frames.pop();
        self.scope = outer;
        result
    }

    fn enum_value(&mut self, entry: &'a TsEnumDecl, scope: usize) -> Value<'a> {
        let module = self.scopes.get(scope).map_or(0, |scope| scope.module);
        let span = self.source_of(module).span(entry);
        let mut pairs: Vec<(Rc<str>, Value<'a>)> = Vec::new();
        let mut next = Some(0.0);
        for member in &entry.members {
            let name = match &member.id {
                TsEnumMemberId::Ident(id) => id.sym.as_str(),
                TsEnumMemberId::Str(id) => id.value.as_str().unwrap_or_default(),
            };
            let value = match (&member.init, next) {
                (Some(init), _) => self.in_module_scope(scope, |machine| machine.eval(init)),
                (None, Some(number)) => Value::Number(number, self.source_of(module).span(member)),
                (None, None) => Value::unknown(format!("`{name}` is no text")),
            };
            next = if let Value::Number(number, _) = &value { Some(number + 1.0) } else { None };
            pairs.push((name.into(), value));
        }
        Value::Object(Rc::new(Object { pairs, more: None, span }))
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
        if from.starts_with('.') && from.ends_with(".sql") {
            let whole = format!("/{}/{from}", folder(&path));
            return match self.library.text(&path, &whole) {
                Ok(passage) => Value::text(Text::whole(passage)),
                Err(reason) => Value::unknown(reason),
            };
        }
        match self.library.import(&path, from) {
            Ok(found) => {
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
