//! What a node of the tree holds directly, for those who look through whole files. Types and elements are
//! left out, but for what stands in braces. Knows no meaning.

use swc_ecma_ast::{
    ArrowExpr, ArrowFunctionBody, AssignTarget, Class, ClassMember, Constructor, Decl, DefaultDecl, Expr,
    ExprOrSpread, ForHead, Function, JSXAttrOrSpread, JSXAttrValue, JSXElement, JSXElementChild, JSXExpr,
    JSXFragment, MemberProp, ModuleDecl, ModuleItem, ObjectPatProp, OptChainBase, ParamOrTsParamProp, Pat,
    Prop, PropOrSpread, SimpleAssignTarget, Stmt, TsModuleDecl, TsNamespaceBody, VarDecl, VarDeclOrExpr,
    VarDeclarator,
};

/// A node of the tree.
#[derive(Clone, Copy)]
pub enum Node<'a> {
    Item(&'a ModuleItem),
    Stmt(&'a Stmt),
    Expr(&'a Expr),
    Pat(&'a Pat),
    Var(&'a VarDeclarator),
    /// A class and its name.
    Class(&'a Class, Option<&'a str>),
    Member(&'a ClassMember),
    Function(&'a Function),
    Arrow(&'a ArrowExpr),
    Constructor(&'a Constructor),
}

/// Adds the nodes directly inside of `node`, in no certain order.
pub fn children<'a>(node: Node<'a>, found: &mut Vec<Node<'a>>) {
    match node {
        Node::Item(ModuleItem::Stmt(stmt)) => found.push(Node::Stmt(stmt)),
        Node::Item(ModuleItem::ModuleDecl(item)) => of_module(item, found),
        Node::Stmt(stmt) => of_stmt(stmt, found),
        Node::Expr(expr) => of_expr(expr, found),
        Node::Pat(pat) => of_pat(pat, found),
        Node::Var(var) => {
            found.push(Node::Pat(&var.name));
            found.extend(var.init.as_deref().map(Node::Expr));
        }
        Node::Class(class, _) => {
            found.extend(class.decorators.iter().map(|decorator| Node::Expr(&decorator.expr)));
            found.extend(class.super_class.as_deref().map(Node::Expr));
            found.extend(class.body.iter().map(Node::Member));
        }
        Node::Member(member) => of_member(member, found),
        Node::Function(function) => {
            found.extend(function.decorators.iter().map(|decorator| Node::Expr(&decorator.expr)));
            found.extend(function.params.iter().map(|param| Node::Pat(&param.pat)));
            found.extend(function.body.iter().flat_map(|body| &body.stmts).map(Node::Stmt));
        }
        Node::Arrow(arrow) => {
            found.extend(arrow.params.iter().map(Node::Pat));
            match &*arrow.body {
                ArrowFunctionBody::FunctionBody(body) => found.extend(body.stmts.iter().map(Node::Stmt)),
                ArrowFunctionBody::Expr(expr) => found.push(Node::Expr(expr)),
            }
        }
        Node::Constructor(own) => {
            for param in &own.params {
                match param {
                    ParamOrTsParamProp::Param(param) => found.push(Node::Pat(&param.pat)),
                    ParamOrTsParamProp::TsParamProp(param) => {
                        found.extend(param.decorators.iter().map(|decorator| Node::Expr(&decorator.expr)));
                    }
                }
            }
            found.extend(own.body.iter().flat_map(|body| &body.stmts).map(Node::Stmt));
        }
    }
}

fn of_module<'a>(item: &'a ModuleDecl, found: &mut Vec<Node<'a>>) {
    match item {
        ModuleDecl::ExportDecl(export) => of_decl(&export.decl, found),
        ModuleDecl::ExportDefaultDecl(export) => match &export.decl {
            DefaultDecl::Class(class) => {
                found.push(Node::Class(&class.class, class.ident.as_ref().map(|name| &*name.sym)));
            }
            DefaultDecl::Fn(function) => found.push(Node::Function(&function.function)),
            DefaultDecl::TsInterfaceDecl(_) => {}
        },
        ModuleDecl::ExportDefaultExpr(export) => found.push(Node::Expr(&export.expr)),
        ModuleDecl::TsExportAssignment(export) => found.push(Node::Expr(&export.expr)),
        _ => {}
    }
}

fn of_decl<'a>(decl: &'a Decl, found: &mut Vec<Node<'a>>) {
    match decl {
        Decl::Class(class) => found.push(Node::Class(&class.class, Some(&class.ident.sym))),
        Decl::Fn(function) => found.push(Node::Function(&function.function)),
        Decl::Var(var) => of_var(var, found),
        Decl::Using(using) => found.extend(using.decls.iter().map(Node::Var)),
        Decl::TsModule(module) => of_namespace(module, found),
        Decl::TsInterface(_) | Decl::TsTypeAlias(_) | Decl::TsEnum(_) => {}
    }
}

fn of_namespace<'a>(module: &'a TsModuleDecl, found: &mut Vec<Node<'a>>) {
    let mut body = module.body.as_ref();
    while let Some(inner) = body {
        body = match inner {
            TsNamespaceBody::TsModuleBlock(block) => {
                found.extend(block.body.iter().map(Node::Item));
                None
            }
            TsNamespaceBody::TsNamespaceDecl(namespace) => Some(&namespace.body),
        };
    }
}

fn of_var<'a>(var: &'a VarDecl, found: &mut Vec<Node<'a>>) {
    found.extend(var.decls.iter().map(Node::Var));
}

fn of_stmt<'a>(stmt: &'a Stmt, found: &mut Vec<Node<'a>>) {
    match stmt {
        Stmt::Block(block) => found.extend(block.stmts.iter().map(Node::Stmt)),
        Stmt::With(with) => found.extend([Node::Expr(&with.obj), Node::Stmt(&with.body)]),
        Stmt::Return(back) => found.extend(back.arg.as_deref().map(Node::Expr)),
        Stmt::Labeled(labeled) => found.push(Node::Stmt(&labeled.body)),
        Stmt::If(branch) => {
            found.extend([Node::Expr(&branch.test), Node::Stmt(&branch.cons)]);
            found.extend(branch.alt.as_deref().map(Node::Stmt));
        }
        Stmt::Switch(switch) => {
            found.push(Node::Expr(&switch.discriminant));
            for case in &switch.cases {
                found.extend(case.test.as_deref().map(Node::Expr));
                found.extend(case.cons.iter().map(Node::Stmt));
            }
        }
        Stmt::Throw(throw) => found.push(Node::Expr(&throw.arg)),
        Stmt::Try(guarded) => {
            let handler = guarded.handler.iter().map(|handler| &handler.body);
            for block in std::iter::once(&guarded.block).chain(handler).chain(&guarded.finalizer) {
                found.extend(block.stmts.iter().map(Node::Stmt));
            }
        }
        Stmt::While(own) => found.extend([Node::Expr(&own.test), Node::Stmt(&own.body)]),
        Stmt::DoWhile(own) => found.extend([Node::Expr(&own.test), Node::Stmt(&own.body)]),
        Stmt::For(own) => {
            match &own.init {
                Some(VarDeclOrExpr::VarDecl(var)) => of_var(var, found),
                Some(VarDeclOrExpr::Expr(expr)) => found.push(Node::Expr(expr)),
                None => {}
            }
            found.extend(own.test.as_deref().map(Node::Expr));
            found.extend(own.update.as_deref().map(Node::Expr));
            found.push(Node::Stmt(&own.body));
        }
        Stmt::ForIn(own) => {
            of_head(&own.left, found);
            found.extend([Node::Expr(&own.right), Node::Stmt(&own.body)]);
        }
        Stmt::ForOf(own) => {
            of_head(&own.left, found);
            found.extend([Node::Expr(&own.right), Node::Stmt(&own.body)]);
        }
        Stmt::Decl(decl) => of_decl(decl, found),
        Stmt::Expr(own) => found.push(Node::Expr(&own.expr)),
        Stmt::Empty(_) | Stmt::Debugger(_) | Stmt::Break(_) | Stmt::Continue(_) => {}
    }
}

fn of_head<'a>(head: &'a ForHead, found: &mut Vec<Node<'a>>) {
    if let ForHead::VarDecl(var) = head {
        of_var(var, found);
    }
}

fn of_args<'a>(args: &'a [ExprOrSpread], found: &mut Vec<Node<'a>>) {
    found.extend(args.iter().map(|arg| Node::Expr(&arg.expr)));
}

fn of_expr<'a>(expr: &'a Expr, found: &mut Vec<Node<'a>>) {
    match expr {
        Expr::Array(array) => found.extend(array.elems.iter().flatten().map(|elem| Node::Expr(&elem.expr))),
        Expr::Object(object) => found.extend(object.props.iter().flat_map(of_prop)),
        Expr::Fn(own) => found.push(Node::Function(&own.function)),
        Expr::Arrow(arrow) => found.push(Node::Arrow(arrow)),
        Expr::Class(class) => {
            found.push(Node::Class(&class.class, class.ident.as_ref().map(|name| &*name.sym)));
        }
        Expr::Unary(own) => found.push(Node::Expr(&own.arg)),
        Expr::Update(own) => found.push(Node::Expr(&own.arg)),
        Expr::Bin(own) => found.extend([Node::Expr(&own.left), Node::Expr(&own.right)]),
        Expr::Assign(own) => {
            if let AssignTarget::Simple(SimpleAssignTarget::Member(member)) = &own.left {
                found.push(Node::Expr(&member.obj));
            }
            found.push(Node::Expr(&own.right));
        }
        Expr::Member(member) => {
            found.push(Node::Expr(&member.obj));
            if let MemberProp::Computed(computed) = &member.prop {
                found.push(Node::Expr(&computed.expr));
            }
        }
        Expr::Cond(own) => {
            found.extend([Node::Expr(&own.test), Node::Expr(&own.cons), Node::Expr(&own.alt)]);
        }
        Expr::Call(call) => {
            found.extend(call.callee.as_expr().map(|callee| Node::Expr(callee)));
            of_args(&call.args, found);
        }
        Expr::New(new) => {
            found.push(Node::Expr(&new.callee));
            of_args(new.args.as_deref().unwrap_or_default(), found);
        }
        Expr::Seq(seq) => found.extend(seq.exprs.iter().map(|expr| Node::Expr(expr))),
        Expr::Tpl(template) => found.extend(template.exprs.iter().map(|expr| Node::Expr(expr))),
        Expr::TaggedTpl(tagged) => {
            found.push(Node::Expr(&tagged.tag));
            found.extend(tagged.tpl.exprs.iter().map(|expr| Node::Expr(expr)));
        }
        Expr::Yield(own) => found.extend(own.arg.as_deref().map(Node::Expr)),
        Expr::Await(own) => found.push(Node::Expr(&own.arg)),
        Expr::Paren(own) => found.push(Node::Expr(&own.expr)),
        Expr::TsTypeAssertion(own) => found.push(Node::Expr(&own.expr)),
        Expr::TsConstAssertion(own) => found.push(Node::Expr(&own.expr)),
        Expr::TsNonNull(own) => found.push(Node::Expr(&own.expr)),
        Expr::TsAs(own) => found.push(Node::Expr(&own.expr)),
        Expr::TsInstantiation(own) => found.push(Node::Expr(&own.expr)),
        Expr::TsSatisfies(own) => found.push(Node::Expr(&own.expr)),
        Expr::OptChain(chain) => match &*chain.base {
            OptChainBase::Member(member) => found.push(Node::Expr(&member.obj)),
            OptChainBase::Call(call) => {
                found.push(Node::Expr(&call.callee));
                of_args(&call.args, found);
            }
        },
        Expr::JSXElement(element) => of_element(element, found),
        Expr::JSXFragment(fragment) => of_fragment(fragment, found),
        _ => {}
    }
}

fn of_element<'a>(element: &'a JSXElement, found: &mut Vec<Node<'a>>) {
    for attribute in &element.opening.attrs {
        match attribute {
            JSXAttrOrSpread::JSXAttr(attribute) => {
                if let Some(JSXAttrValue::JSXExprContainer(held)) = &attribute.value
                    && let JSXExpr::Expr(expr) = &held.expr
                {
                    found.push(Node::Expr(expr));
                }
            }
            JSXAttrOrSpread::SpreadElement(spread) => found.push(Node::Expr(&spread.expr)),
        }
    }
    of_elements(&element.children, found);
}

fn of_fragment<'a>(fragment: &'a JSXFragment, found: &mut Vec<Node<'a>>) {
    of_elements(&fragment.children, found);
}

fn of_elements<'a>(inner: &'a [JSXElementChild], found: &mut Vec<Node<'a>>) {
    let mut left: Vec<&JSXElementChild> = inner.iter().collect();
    while let Some(child) = left.pop() {
        match child {
            JSXElementChild::JSXExprContainer(held) => {
                if let JSXExpr::Expr(expr) = &held.expr {
                    found.push(Node::Expr(expr));
                }
            }
            JSXElementChild::JSXSpreadChild(spread) => found.push(Node::Expr(&spread.expr)),
            JSXElementChild::JSXElement(element) => left.extend(&element.children),
            JSXElementChild::JSXFragment(fragment) => left.extend(&fragment.children),
            JSXElementChild::JSXText(_) => {}
        }
    }
}

fn of_prop(prop: &PropOrSpread) -> Vec<Node<'_>> {
    match prop {
        PropOrSpread::Spread(spread) => vec![Node::Expr(&spread.expr)],
        PropOrSpread::Prop(prop) => match &**prop {
            Prop::KeyValue(pair) => vec![Node::Expr(&pair.value)],
            Prop::Assign(assign) => vec![Node::Expr(&assign.value)],
            Prop::Method(method) => vec![Node::Function(&method.function)],
            Prop::Getter(getter) => vec![Node::Function(&getter.function)],
            Prop::Setter(setter) => vec![Node::Function(&setter.function)],
            Prop::Shorthand(_) => Vec::new(),
        },
    }
}

fn of_member<'a>(member: &'a ClassMember, found: &mut Vec<Node<'a>>) {
    match member {
        ClassMember::Constructor(own) => found.push(Node::Constructor(own)),
        ClassMember::Method(method) => found.push(Node::Function(&method.function)),
        ClassMember::PrivateMethod(method) => found.push(Node::Function(&method.function)),
        ClassMember::ClassProp(prop) => {
            found.extend(prop.decorators.iter().map(|decorator| Node::Expr(&decorator.expr)));
            found.extend(prop.value.as_deref().map(Node::Expr));
        }
        ClassMember::PrivateProp(prop) => found.extend(prop.value.as_deref().map(Node::Expr)),
        ClassMember::AutoAccessor(own) => found.extend(own.value.as_deref().map(Node::Expr)),
        ClassMember::StaticBlock(block) => found.extend(block.body.stmts.iter().map(Node::Stmt)),
        ClassMember::TsIndexSignature(_) | ClassMember::Empty(_) => {}
    }
}

/// Defaults of what is taken apart.
fn of_pat<'a>(pat: &'a Pat, found: &mut Vec<Node<'a>>) {
    match pat {
        Pat::Array(array) => found.extend(array.elems.iter().flatten().map(Node::Pat)),
        Pat::Rest(rest) => found.push(Node::Pat(&rest.arg)),
        Pat::Object(object) => {
            for prop in &object.props {
                match prop {
                    ObjectPatProp::KeyValue(pair) => found.push(Node::Pat(&pair.value)),
                    ObjectPatProp::Assign(assign) => found.extend(assign.value.as_deref().map(Node::Expr)),
                    ObjectPatProp::Rest(rest) => found.push(Node::Pat(&rest.arg)),
                }
            }
        }
        Pat::Assign(assign) => found.extend([Node::Pat(&assign.left), Node::Expr(&assign.right)]),
        Pat::Expr(expr) => found.push(Node::Expr(expr)),
        Pat::Ident(_) | Pat::Invalid(_) => {}
    }
}
