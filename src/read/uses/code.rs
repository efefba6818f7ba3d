//! Looks through a file of TypeScript or JavaScript for texts of SQL, and for calls that build queries.
//! Knows which object belongs to which entity as far as types and calls in the file tell.

use rustc_hash::{FxHashMap, FxHashSet};
use swc_ecma_ast::{
    AssignExpr, AssignTarget, Callee, Class, ClassMember, Expr, ExprOrSpread, ModuleItem, ParamOrTsParamProp,
    Pat, PropName, SimpleAssignTarget, TsEntityName, TsParamPropParam, TsType, TsTypeAnn, VarDeclarator,
};

use super::model::{Entity, Model};
use super::words::{Constants, is_text, text_of};
use super::{Lost, Use, builder, find, sql};
use crate::read::migration::scope::{member_name, plain, untyped};
use crate::repo::Repo;
use crate::syntax::sql as statements;
use crate::syntax::typescript::walk::{Node, children};
use crate::syntax::typescript::{self, Dialect};
use crate::text::{FileId, Passage};

/// Methods and tags whose text is SQL.
const RUNS_SQL: &[&str] = &[
    "query",
    "execute",
    "exec",
    "raw",
    "sql",
    "$queryRaw",
    "$executeRaw",
    "$queryRawUnsafe",
    "$executeRawUnsafe",
    "unsafe",
    "prepare",
    "SQL",
    "queryRaw",
    "executeRaw",
    "stream",
    "many",
    "one",
    "any",
    "none",
    "oneOrNone",
    "manyOrNone",
    "knexRaw",
    "knexRawFirst",
    "queryOne",
    "queryMany",
];

/// How many steps the owner of an object is followed.
const MAX_STEPS: usize = 24;

/// A call of a method.
#[derive(Clone, Copy)]
pub(super) struct Call<'a> {
    /// The function of the top level, or the member of a class, that it stands in.
    pub unit: usize,
    pub object: &'a Expr,
    pub method: &'a str,
    pub args: &'a [ExprOrSpread],
}

/// What a class says of its objects.
#[derive(Default)]
struct Owner<'a> {
    /// Entities of fields that are repositories, by their types.
    typed: FxHashMap<&'a str, &'a str>,
    /// What is assigned to fields.
    values: FxHashMap<&'a str, &'a Expr>,
    /// The entity of a repository class.
    own: Option<&'a str>,
}

/// What was seen in a file.
pub(super) struct Code<'a> {
    pub passage: &'a Passage,
    pub calls: Vec<Call<'a>>,
    pub constants: Constants<'a>,
    /// The lists of properties in decorators of classes, with the class's name.
    pub indexed: Vec<(&'a str, &'a Expr)>,
    texts: Vec<&'a Expr>,
    certain: FxHashSet<*const Expr>,
    owners: Vec<Owner<'a>>,
    /// The class of each unit.
    units: Vec<Option<usize>>,
    vars: FxHashMap<(usize, &'a str), &'a Expr>,
    typed: FxHashMap<(usize, &'a str), &'a str>,
    imports: FxHashMap<&'a str, (String, &'a str)>,
    repo: &'a Repo,
    file: FileId,
    model: &'a Model,
}

pub(super) fn read(repo: &Repo, file: FileId, lost: &dyn Lost, model: &Model) -> Vec<Use> {
    let (passage, path) = (repo.passage(file), repo.path(file));
    let Ok(tree) = typescript::parse(passage.text(), Dialect::of(path)) else { return Vec::new() };
    let mut code = Code::new((repo, file, model), &passage);
    code.look(&tree.items);
    let mut found = Vec::new();
    for text in &code.texts {
        let words = text_of(text, &passage, &code.constants);
        if statements::is_sql_start(words.text()) {
            let certain = code.certain.contains(&std::ptr::from_ref(*text));
            found.extend(sql::read(&words, lost, certain));
        }
    }
    found.extend(builder::read(&code, lost));
    found.extend(find::read(&code, lost));
    found.retain(|one| one.span.file == file);
    found
}

impl<'a> Code<'a> {
    fn new((repo, file, model): (&'a Repo, FileId, &'a Model), passage: &'a Passage) -> Self {
        Self {
            passage,
            calls: Vec::new(),
            constants: Constants::default(),
            indexed: Vec::new(),
            texts: Vec::new(),
            certain: FxHashSet::default(),
            owners: Vec::new(),
            units: vec![None],
            vars: FxHashMap::default(),
            typed: FxHashMap::default(),
            imports: FxHashMap::default(),
            repo,
            file,
            model,
        }
    }

    fn look(&mut self, items: &'a [ModuleItem]) {
        for item in items {
            let names = super::super::entity::imports(item);
            self.imports.extend(names.into_iter().map(|(local, name, module)| (local, (name, module))));
        }
        // Each node with the unit that it stands in, and the class of a member.
        let mut left: Vec<(Node<'a>, usize, Option<usize>)> =
            items.iter().map(|item| (Node::Item(item), 0, None)).collect();
        let mut inner = Vec::new();
        while let Some((node, unit, class)) = left.pop() {
            let (mut unit, mut class) = (unit, class);
            match node {
                Node::Class(own, name) => {
                    class = Some(self.owners.len());
                    self.owner(own);
                    let lists = own.decorators.iter().flat_map(|decorator| index_args(&decorator.expr));
                    self.indexed.extend(lists.filter_map(|list| Some((name?, list))));
                }
                Node::Member(_) => unit = self.unit(class),
                Node::Function(_) | Node::Arrow(_) | Node::Constructor(_) if unit == 0 => {
                    unit = self.unit(class)
                }
                _ => {}
            }
            match node {
                Node::Function(own) => {
                    own.params.iter().for_each(|param| self.param(unit, &param.pat));
                }
                Node::Arrow(own) => own.params.iter().for_each(|param| self.param(unit, param)),
                Node::Constructor(own) => own.params.iter().for_each(|param| {
                    if let ParamOrTsParamProp::Param(param) = param {
                        self.param(unit, &param.pat);
                    }
                }),
                Node::Var(var) => self.var(unit, var),
                Node::Expr(expr) => {
                    if let Expr::Assign(assign) = expr {
                        self.assign(unit, assign);
                    }
                    self.expr(unit, expr);
                    if let Expr::Bin(_) = expr
                        && is_text(expr)
                    {
                        holes(expr, &mut inner);
                        left.extend(inner.drain(..).map(|node| (node, unit, class)));
                        continue;
                    }
                }
                _ => {}
            }
            children(node, &mut inner);
            left.extend(inner.drain(..).map(|node| (node, unit, class)));
        }
    }

    fn unit(&mut self, class: Option<usize>) -> usize {
        self.units.push(class);
        self.units.len() - 1
    }

    fn owner(&mut self, class: &'a Class) {
        let mut owner = Owner::default();
        let repository = class.super_class.as_deref().and_then(Expr::as_ident);
        if repository.is_some_and(|name| name.sym.ends_with("Repository"))
            && let Some(params) = &class.super_type_params
        {
            owner.own = params.params.first().and_then(|param| reference(param));
        }
        for decorator in &class.decorators {
            if let Expr::Call(call) = &*decorator.expr
                && call
                    .callee
                    .as_expr()
                    .and_then(|callee| callee.as_ident())
                    .is_some_and(|name| name.sym == *"EntityRepository")
            {
                owner.own = call
                    .args
                    .first()
                    .and_then(|arg| Some(&*untyped(&arg.expr).as_ident()?.sym))
                    .or(owner.own);
            }
        }
        for member in &class.body {
            match member {
                ClassMember::ClassProp(prop) => {
                    let PropName::Ident(key) = &prop.key else { continue };
                    owner.field(&key.sym, prop.type_ann.as_deref());
                    if let Some(value) = prop.value.as_deref() {
                        owner.values.insert(&key.sym, value);
                    }
                }
                ClassMember::Constructor(constructor) => {
                    for param in &constructor.params {
                        if let ParamOrTsParamProp::TsParamProp(param) = param
                            && let TsParamPropParam::Ident(name) = &param.param
                        {
                            owner.field(&name.id.sym, name.type_ann.as_deref());
                        }
                    }
                }
                _ => {}
            }
        }
        self.owners.push(owner);
    }

    fn param(&mut self, unit: usize, pat: &'a Pat) {
        let pat = if let Pat::Assign(assign) = pat { &*assign.left } else { pat };
        if let Pat::Ident(name) = pat
            && let Some(entity) = name.type_ann.as_deref().and_then(of_repository)
        {
            self.typed.insert((unit, &name.id.sym), entity);
        }
    }

    fn var(&mut self, unit: usize, var: &'a VarDeclarator) {
        let (Some(name), Some(init)) = (var.name.as_ident(), var.init.as_deref()) else { return };
        self.vars.insert((unit, &name.id.sym), init);
        if unit == 0 && is_text(init) {
            self.constants.insert(&name.id.sym, init);
        }
    }

    fn assign(&mut self, unit: usize, assign: &'a AssignExpr) {
        let AssignTarget::Simple(SimpleAssignTarget::Member(member)) = &assign.left else { return };
        let class = self.units.get(unit).copied().flatten();
        if let (Expr::This(_), Some(name), Some(owner)) =
            (&*member.obj, member_name(member), class.and_then(|class| self.owners.get_mut(class)))
        {
            owner.values.insert(name, &assign.right);
        }
    }

    fn expr(&mut self, unit: usize, expr: &'a Expr) {
        if is_text(expr) {
            self.texts.push(expr);
        }
        match expr {
            Expr::TaggedTpl(tagged) => {
                let tag = untyped(&tagged.tag);
                let name = match tag {
                    Expr::Ident(name) => Some(&*name.sym),
                    Expr::Member(member) => member_name(member),
                    _ => None,
                };
                if name.is_some_and(|name| RUNS_SQL.contains(&name)) {
                    self.certain.insert(std::ptr::from_ref(expr));
                }
            }
            Expr::Call(call) => {
                if let Callee::Expr(callee) = &call.callee {
                    self.call(unit, callee, &call.args);
                }
            }
            Expr::OptChain(chain) => {
                if let Some(call) = chain.base.as_call() {
                    self.call(unit, &call.callee, &call.args);
                }
            }
            _ => {}
        }
    }

    fn call(&mut self, unit: usize, callee: &'a Expr, args: &'a [ExprOrSpread]) {
        let (object, method) = match untyped(callee) {
            Expr::Ident(name) => (callee, &*name.sym),
            expr => {
                let member = match expr {
                    Expr::Member(member) => member,
                    Expr::OptChain(chain) => match chain.base.as_member() {
                        Some(member) => member,
                        None => return,
                    },
                    _ => return,
                };
                let Some(name) = member_name(member) else { return };
                (&*member.obj, name)
            }
        };
        if RUNS_SQL.contains(&method)
            && let Some(first) = args.first()
        {
            self.certain.insert(std::ptr::from_ref(untyped(&first.expr)));
        }
        self.calls.push(Call { unit, object, method, args });
    }

    /// The entity that the file means by a class's name.
    pub fn entity(&self, name: &str) -> Option<&'a Entity> {
        let (class, module) = match self.imports.get(name) {
            Some((class, module)) => (class.as_str(), Some(*module)),
            None => (name, None),
        };
        self.model.find(self.repo, self.file, class, module)
    }

    /// The entity that a word of the model stands for: a relation's target.
    pub fn target(&self, from: &Entity, class: &str) -> Option<&'a Entity> {
        self.model.find(self.repo, from.file, class, None)
    }

    /// The entity that an argument names: a class, or its name in quotes.
    pub fn named(&self, expr: &Expr) -> Option<&'a Entity> {
        match untyped(expr) {
            Expr::Ident(name) => self.entity(&name.sym),
            Expr::Lit(swc_ecma_ast::Lit::Str(name)) => self.entity(name.value.as_str()?),
            _ => None,
        }
    }

    /// The entity whose repository, or whose query, an object is.
    pub fn owner_of(&self, unit: usize, object: &'a Expr) -> Option<&'a Entity> {
        let mut object = plain(object);
        for _ in 0..MAX_STEPS {
            object = match object {
                Expr::Call(call) => {
                    let callee = untyped(call.callee.as_expr()?);
                    let (own, method) = match callee {
                        Expr::Ident(name) => (None, &*name.sym),
                        Expr::Member(member) => (Some(&*member.obj), member_name(member)?),
                        _ => return None,
                    };
                    let first = || self.named(&call.args.first()?.expr);
                    match (method, own) {
                        ("getRepository" | "getTreeRepository" | "getCustomRepository", _) => return first(),
                        ("withRepository", _) => plain(&call.args.first()?.expr),
                        ("createQueryBuilder", Some(own)) => match first() {
                            Some(entity) => return Some(entity),
                            None => plain(own),
                        },
                        // The query goes on.
                        (_, Some(own)) => plain(own),
                        _ => return None,
                    }
                }
                Expr::Member(member) => {
                    let name = member_name(member)?;
                    if !matches!(&*member.obj, Expr::This(_)) {
                        return None;
                    }
                    let owner = self.owners.get(self.units.get(unit).copied().flatten()?)?;
                    if let Some(entity) = owner.typed.get(name) {
                        return self.entity(entity);
                    }
                    plain(owner.values.get(name)?)
                }
                Expr::Ident(name) => {
                    let name = &*name.sym;
                    if let Some(entity) = self.typed.get(&(unit, name)) {
                        return self.entity(entity);
                    }
                    let value = self.vars.get(&(unit, name)).or_else(|| self.vars.get(&(0, name)))?;
                    plain(value)
                }
                Expr::This(_) => {
                    let owner = self.owners.get(self.units.get(unit).copied().flatten()?)?;
                    return self.entity(owner.own?);
                }
                _ => return None,
            };
        }
        None
    }
}

impl<'a> Owner<'a> {
    fn field(&mut self, name: &'a str, annotation: Option<&'a TsTypeAnn>) {
        if let Some(entity) = annotation.and_then(of_repository) {
            self.typed.insert(name, entity);
        }
    }
}

/// The entity of a type `Repository<Order>`.
fn of_repository(annotation: &TsTypeAnn) -> Option<&str> {
    let TsType::TsTypeRef(own) = &*annotation.type_ann else { return None };
    let TsEntityName::Ident(name) = &own.type_name else { return None };
    if !name.sym.ends_with("Repository") && !name.sym.ends_with("QueryBuilder") {
        return None;
    }
    reference(own.type_params.as_ref()?.params.first()?)
}

fn reference(param: &TsType) -> Option<&str> {
    match param {
        TsType::TsTypeRef(own) => Some(&own.type_name.as_ident()?.sym),
        _ => None,
    }
}

/// The lists of names in `@Index('name', ['a', 'b'])` and `@Unique(['a'])`.
fn index_args(decorator: &Expr) -> Vec<&Expr> {
    let Expr::Call(call) = decorator else { return Vec::new() };
    let name = call.callee.as_expr().and_then(|callee| callee.as_ident());
    if !name.is_some_and(|name| matches!(&*name.sym, "Index" | "Unique")) {
        return Vec::new();
    }
    call.args.iter().map(|arg| untyped(&arg.expr)).filter(|arg| arg.is_array()).collect()
}

/// What stands in the holes of a sum of texts.
fn holes<'a>(expr: &'a Expr, found: &mut Vec<Node<'a>>) {
    let mut left = vec![expr];
    while let Some(expr) = left.pop() {
        match untyped(expr) {
            Expr::Bin(bin) if bin.op == swc_ecma_ast::BinaryOp::Add => left.extend([&*bin.left, &*bin.right]),
            Expr::Tpl(_) | Expr::TaggedTpl(_) => children(Node::Expr(untyped(expr)), found),
            Expr::Lit(_) => {}
            other => found.push(Node::Expr(other)),
        }
    }
}
