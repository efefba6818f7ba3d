//! What names stand for in one migration file: constants, classes, and the objects that reach the
//! database. Does not know values that change, nor other files.

use rustc_hash::FxHashMap;
use swc_ecma_ast::{
    Callee, Class, ClassMember, Decl, Expr, ImportDecl, ImportSpecifier, MemberExpr, MemberProp,
    ObjectPatProp, OptChainBase, Pat, PropName, Stmt, TsEntityName, TsEnumDecl, TsType, TsTypeAnn, VarDecl,
    VarDeclKind,
};

/// An object through which a migration works on the database.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    Runner,
    Manager,
    DataSource,
    Repository,
    QueryBuilder,
}

/// What a name stands for.
#[derive(Clone, Copy)]
pub enum Binding<'a> {
    Const(&'a Expr),
    /// A `let` or `var`, with its first value.
    Variable(Option<&'a Expr>),
    Parameter,
    /// A name that a loop gives its values.
    Loop,
    Import(&'a str),
    Function,
    Class,
    Enum(&'a TsEnumDecl),
    /// A part of a value that was taken apart.
    Part,
    Role(Role),
}

/// Names by level, the module's first.
#[derive(Default)]
pub struct Scopes<'a> {
    levels: Vec<FxHashMap<&'a str, Binding<'a>>>,
    /// The fields of the migration's class, for `this.X`.
    fields: FxHashMap<&'a str, &'a Expr>,
    /// Static fields of the file's classes.
    statics: FxHashMap<(&'a str, &'a str), &'a Expr>,
}

/// How many steps from name to value are followed.
pub const MAX_STEPS: u32 = 32;

impl<'a> Scopes<'a> {
    pub fn enter(&mut self) {
        self.levels.push(FxHashMap::default());
    }

    pub fn leave(&mut self) {
        self.levels.pop();
    }

    /// The innermost level.
    pub fn level(&self) -> usize {
        self.levels.len().saturating_sub(1)
    }

    pub fn bind(&mut self, name: &'a str, binding: Binding<'a>) {
        if let Some(level) = self.levels.last_mut() {
            level.insert(name, binding);
        }
    }

    /// Binds what the statements declare, so that a use before the declaration finds it too.
    pub fn declare(&mut self, statements: &'a [Stmt]) {
        for statement in statements {
            if let Stmt::Decl(decl) = statement {
                self.declare_one(decl);
            }
        }
    }

    pub fn declare_one(&mut self, decl: &'a Decl) {
        match decl {
            Decl::Class(class) => self.bind_class(&class.ident.sym, &class.class),
            Decl::Fn(function) => self.bind(&function.ident.sym, Binding::Function),
            Decl::Var(variables) => self.declare_variables(variables),
            Decl::TsEnum(entry) => self.bind(&entry.id.sym, Binding::Enum(entry)),
            _ => {}
        }
    }

    pub fn declare_import(&mut self, import: &'a ImportDecl) {
        let from = import.src.value.as_str().unwrap_or_default();
        for specifier in &import.specifiers {
            let local = match specifier {
                ImportSpecifier::Named(named) => &named.local,
                ImportSpecifier::Default(default) => &default.local,
                ImportSpecifier::Namespace(all) => &all.local,
            };
            self.bind(&local.sym, Binding::Import(from));
        }
    }

    fn declare_variables(&mut self, variables: &'a VarDecl) {
        for variable in &variables.decls {
            let init = variable.init.as_deref();
            match (&variable.name, variables.kind, init) {
                (Pat::Ident(name), VarDeclKind::Const, Some(Expr::Class(class))) => {
                    self.bind_class(&name.id.sym, &class.class);
                }
                (Pat::Ident(name), VarDeclKind::Const, Some(init)) => {
                    self.bind(&name.id.sym, Binding::Const(init));
                }
                (Pat::Ident(name), _, init) => self.bind(&name.id.sym, Binding::Variable(init)),
                (pattern, _, Some(init)) => {
                    let role = self.role(init);
                    self.bind_pattern(pattern, role, Binding::Part);
                }
                (pattern, _, None) => self.bind_pattern(pattern, None, Binding::Part),
            }
        }
    }

    fn bind_class(&mut self, name: &'a str, class: &'a Class) {
        self.bind(name, Binding::Class);
        for (field, value, is_static) in fields(class) {
            if is_static {
                self.statics.insert((name, field), value);
            }
        }
    }

    /// Makes `class` the one that `this` means.
    pub fn set_this(&mut self, class: &'a Class) {
        self.fields = fields(class).map(|(name, value, _)| (name, value)).collect();
    }

    /// Binds the names in `pattern`, which takes a value of `role` apart; `other` is what the names
    /// are that have no role.
    pub fn bind_pattern(&mut self, pattern: &'a Pat, role: Option<Role>, other: Binding<'a>) {
        match pattern {
            Pat::Ident(name) => {
                let role = role.or_else(|| typed(name.type_ann.as_deref()));
                self.bind(&name.id.sym, role.map_or(other, Binding::Role));
            }
            Pat::Assign(assign) => self.bind_pattern(&assign.left, role, other),
            Pat::Rest(rest) => self.bind_pattern(&rest.arg, None, other),
            Pat::Array(array) => {
                for element in array.elems.iter().flatten() {
                    self.bind_pattern(element, None, other);
                }
            }
            Pat::Object(object) => {
                for prop in &object.props {
                    match prop {
                        ObjectPatProp::KeyValue(pair) => {
                            let key = prop_name(&pair.key).unwrap_or_default();
                            self.bind_pattern(&pair.value, part_role(role, key), other);
                        }
                        ObjectPatProp::Assign(short) => {
                            let name = short.key.id.sym.as_str();
                            self.bind(name, part_role(role, name).map_or(other, Binding::Role));
                        }
                        ObjectPatProp::Rest(rest) => self.bind_pattern(&rest.arg, None, other),
                    }
                }
            }
            Pat::Invalid(_) | Pat::Expr(_) => {}
        }
    }

    /// What `name` stands for at `level`, and the level that declares it.
    pub fn lookup(&self, name: &str, level: usize) -> Option<(Binding<'a>, usize)> {
        let levels = self.levels.get(..=level)?;
        levels.iter().enumerate().rev().find_map(|(at, names)| names.get(name).map(|found| (*found, at)))
    }

    /// The value of `object.name`, where that is a field of a class or of `this`.
    pub fn field(&self, object: &Expr, name: &str) -> Option<&'a Expr> {
        match plain(object) {
            Expr::This(_) => self.fields.get(name).copied(),
            Expr::Ident(class) => self.statics.get(&(class.sym.as_str(), name)).copied(),
            _ => None,
        }
    }

    /// The role of an expression's value, where it has one.
    pub fn role(&self, expr: &Expr) -> Option<Role> {
        self.role_at(expr, self.level(), MAX_STEPS)
    }

    fn role_at(&self, expr: &Expr, level: usize, steps: u32) -> Option<Role> {
        let steps = steps.checked_sub(1)?;
        match plain(expr) {
            Expr::Ident(name) => match self.lookup(&name.sym, level)? {
                (Binding::Role(role), _) => Some(role),
                (Binding::Const(value) | Binding::Variable(Some(value)), at) => {
                    self.role_at(value, at, steps)
                }
                _ => None,
            },
            Expr::Member(member) => self.member_role(member, level, steps),
            Expr::Call(call) => {
                let Callee::Expr(callee) = &call.callee else { return None };
                self.call_role(callee, level, steps)
            }
            Expr::OptChain(chain) => match &*chain.base {
                OptChainBase::Member(member) => self.member_role(member, level, steps),
                OptChainBase::Call(call) => self.call_role(&call.callee, level, steps),
            },
            _ => None,
        }
    }

    fn member_role(&self, member: &MemberExpr, level: usize, steps: u32) -> Option<Role> {
        let name = member_name(member)?;
        if plain(&member.obj).is_this() {
            return match name {
                "queryRunner" => Some(Role::Runner),
                "manager" | "entityManager" => Some(Role::Manager),
                "dataSource" => Some(Role::DataSource),
                _ => None,
            };
        }
        let object = self.role_at(&member.obj, level, steps)?;
        part_role(Some(object), name)
    }

    fn call_role(&self, callee: &Expr, level: usize, steps: u32) -> Option<Role> {
        let (object, name) = method(callee)?;
        let role = self.role_at(object, level, steps)?;
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
}

/// The role of the part `name` of an object of `role`, or of an unknown one.
fn part_role(role: Option<Role>, name: &str) -> Option<Role> {
    match (role, name) {
        (Some(Role::Runner | Role::DataSource | Role::Repository), "manager") => Some(Role::Manager),
        (Some(Role::Runner | Role::Manager), "connection" | "dataSource") => Some(Role::DataSource),
        (None | Some(Role::Runner | Role::Manager | Role::Repository), "queryRunner") => Some(Role::Runner),
        _ => None,
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

/// The expression without what does not change its value.
pub fn plain(mut expr: &Expr) -> &Expr {
    loop {
        expr = match expr {
            Expr::Paren(inner) => &inner.expr,
            Expr::Await(inner) => &inner.arg,
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
    let member = match plain(callee) {
        Expr::Member(member) => member,
        Expr::OptChain(chain) => chain.base.as_member()?,
        _ => return None,
    };
    Some((&member.obj, member_name(member)?))
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

/// The fields of a class that have a value: name, value, and whether they are static.
fn fields(class: &Class) -> impl Iterator<Item = (&str, &Expr, bool)> {
    class.body.iter().filter_map(|member| match member {
        ClassMember::ClassProp(field) => {
            Some((prop_name(&field.key)?, field.value.as_deref()?, field.is_static))
        }
        ClassMember::PrivateProp(field) => {
            Some((field.key.name.as_str(), field.value.as_deref()?, field.is_static))
        }
        _ => None,
    })
}
