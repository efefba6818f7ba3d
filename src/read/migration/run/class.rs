//! Classes of the repository: what their objects hold, and what they inherit.

use rustc_hash::FxHashMap;
use swc_ecma_ast::{
    Class, ClassMember, ClassMethod, Constructor, Key, MethodKind, ParamOrTsParamProp, PropName,
    TsParamPropParam,
};

use super::super::scope::{Body, prop_name};
use super::super::value::{ClassValue, Function, Value};
use super::{Frame, Instance, Machine, Place, Rc};
use crate::syntax::typescript::range;

/// The longest chain of classes that extend each other.
const MAX_BASES: usize = 16;

impl<'a> Machine<'a> {
    /// A new object of a class; without arguments, nothing is known of what it is made with.
    pub(super) fn instance(&mut self, class: &Rc<ClassValue<'a>>, args: Option<Vec<Value<'a>>>) -> Value<'a> {
        self.instances.push(Instance { class: Rc::clone(class), fields: FxHashMap::default() });
        let index = self.instances.len() - 1;
        self.construct(class, index, args, 0);
        Value::Instance(index)
    }

    fn construct(
        &mut self,
        class: &Rc<ClassValue<'a>>,
        instance: usize,
        args: Option<Vec<Value<'a>>>,
        level: usize,
    ) {
        if level > MAX_BASES || !self.enter() {
            return;
        }
        match constructor(class.class) {
            Some(constructor) => self.run_constructor(class, (instance, level), constructor, args.as_deref()),
            None => {
                if let Some(base) = self.base(class) {
                    self.construct(&base, instance, args, level + 1);
                }
            }
        }
        self.leave();
    }

    fn run_constructor(
        &mut self,
        class: &Rc<ClassValue<'a>>,
        (instance, level): (usize, usize),
        constructor: &'a Constructor,
        args: Option<&[Value<'a>]>,
    ) {
        let key = (class.module, range(constructor.span).start);
        let running = self.frames.iter().filter(|frame| frame.key == key).count();
        if running > 1 || self.frames.len() > super::MAX_CALLS {
            return;
        }
        let outer = self.scope;
        self.scope = self.new_scope(Some(class.scope), class.module);
        self.frames.push(Frame::new(
            class.module,
            Some(Value::Instance(instance)),
            Some(Rc::clone(class)),
            key,
        ));
        for (index, param) in constructor.params.iter().enumerate() {
            let given = args.map(|args| args.get(index).cloned().unwrap_or(Value::Nothing));
            let has_default = match param {
                ParamOrTsParamProp::Param(param) => param.pat.is_assign(),
                ParamOrTsParamProp::TsParamProp(property) => property.param.is_assign(),
            };
            let value = given.unwrap_or_else(|| {
                if has_default {
                    Value::Nothing
                } else {
                    Value::unknown("an argument of the constructor is not followed")
                }
            });
            match param {
                ParamOrTsParamProp::Param(param) => self.bind(&param.pat, value),
                ParamOrTsParamProp::TsParamProp(property) => {
                    let name = match &property.param {
                        TsParamPropParam::Ident(name) => {
                            self.bind_name(&name.id.sym, name.type_ann.as_deref(), value);
                            Some(name.id.sym.as_str())
                        }
                        TsParamPropParam::Assign(assign) => {
                            self.bind_assign(assign, value);
                            match &*assign.left {
                                swc_ecma_ast::Pat::Ident(name) => Some(name.id.sym.as_str()),
                                _ => None,
                            }
                        }
                    };
                    if let Some(name) = name {
                        let value = self.read(name);
                        self.assign(Place::Field(instance, name.into()), value);
                    }
                }
            }
        }
        if let Some(body) = &constructor.body {
            let scope = self.scope;
            self.hoist(scope, &body.stmts);
            self.level = level;
            self.statements(&body.stmts);
        }
        self.frames.pop();
        self.scope = outer;
    }

    /// `super(…)`.
    pub(super) fn construct_base(&mut self, args: Vec<Value<'a>>) {
        let Some(frame) = self.frames.last() else { return };
        let (Some(home), Some(Value::Instance(instance))) = (frame.home.clone(), frame.this.clone()) else {
            return;
        };
        let level = self.level + 1;
        if let Some(base) = self.base(&home) {
            self.construct(&base, instance, Some(args), level);
        }
    }

    /// The class that a class extends, where it is of the repository.
    pub(super) fn base(&mut self, class: &Rc<ClassValue<'a>>) -> Option<Rc<ClassValue<'a>>> {
        let base = class.class.super_class.as_deref()?;
        match self.in_module_scope(class.scope, |machine| machine.eval(base)) {
            Value::Class(base) => Some(base),
            _ => None,
        }
    }

    /// Whether an object is of a class or of one that extends it; not known where a base is not.
    pub(super) fn is_of(&mut self, instance: usize, class: &Rc<ClassValue<'a>>) -> Option<bool> {
        let key = |class: &ClassValue<'a>| (class.module, range(class.class.span).start);
        let mut own = Rc::clone(&self.instances.get(instance)?.class);
        for _ in 0..MAX_BASES {
            if key(&own) == key(class) {
                return Some(true);
            }
            if own.class.super_class.is_none() {
                return Some(false);
            }
            own = self.base(&own)?;
        }
        None
    }

    /// The member `name` of an object.
    pub(super) fn instance_member(&mut self, instance: usize, name: &str) -> Option<Value<'a>> {
        let found = self.instances.get(instance)?;
        if let Some(value) = found.fields.get(name) {
            return Some(value.clone());
        }
        let class = Rc::clone(&found.class);
        if name == "constructor" {
            return Some(Value::Class(class));
        }
        let this = Value::Instance(instance);
        let value = self.class_field(&class, name, false, &this);
        if let Some(value) = value {
            // A field is made once.
            self.assign(Place::Field(instance, name.into()), value.clone());
            return Some(value);
        }
        self.class_method(&class, name, false, &this)
    }

    /// The static member `name` of a class.
    pub(super) fn static_member(&mut self, class: &Rc<ClassValue<'a>>, name: &str) -> Option<Value<'a>> {
        let this = Value::Class(Rc::clone(class));
        let statics = self.statics_of(class);
        if let Some(value) = self.instances.get(statics).and_then(|statics| statics.fields.get(name)) {
            return Some(value.clone());
        }
        self.class_field(class, name, true, &this).or_else(|| self.class_method(class, name, true, &this))
    }

    /// The object that holds what was assigned to a class itself; made with the class's static blocks.
    pub(super) fn statics_of(&mut self, class: &Rc<ClassValue<'a>>) -> usize {
        let key = (class.module, range(class.class.span).start);
        if let Some(&known) = self.statics.get(&key) {
            return known;
        }
        self.instances.push(Instance { class: Rc::clone(class), fields: FxHashMap::default() });
        let index = self.instances.len() - 1;
        self.statics.insert(key, index);
        for member in &class.class.body {
            let ClassMember::StaticBlock(block) = member else { continue };
            let this = Value::Class(Rc::clone(class));
            self.inside(class, this, key, |machine| machine.block(&block.body.stmts));
        }
        index
    }

    /// Does `work` where the body of a class stands.
    fn inside<T>(
        &mut self,
        class: &Rc<ClassValue<'a>>,
        this: Value<'a>,
        key: (usize, usize),
        work: impl FnOnce(&mut Self) -> T,
    ) -> T {
        let outer = std::mem::replace(&mut self.scope, class.scope);
        self.frames.push(Frame::new(class.module, Some(this), Some(Rc::clone(class)), key));
        let done = work(self);
        self.frames.pop();
        self.scope = outer;
        done
    }

    fn class_field(
        &mut self,
        class: &Rc<ClassValue<'a>>,
        name: &str,
        is_static: bool,
        this: &Value<'a>,
    ) -> Option<Value<'a>> {
        let mut class = Rc::clone(class);
        for _ in 0..MAX_BASES {
            if !self.step() {
                return None;
            }
            let field = class.class.body.iter().find_map(|member| match member {
                ClassMember::ClassProp(field)
                    if field.is_static == is_static && prop_name(&field.key) == Some(name) =>
                {
                    field.value.as_deref()
                }
                ClassMember::PrivateProp(field)
                    if field.is_static == is_static && field.key.name == *name =>
                {
                    field.value.as_deref()
                }
                ClassMember::AutoAccessor(field) if field.is_static == is_static => match &field.key {
                    Key::Public(key) if prop_name(key) == Some(name) => field.value.as_deref(),
                    _ => None,
                },
                _ => None,
            });
            if let Some(value) = field {
                let key = (class.module, range(swc_common::Spanned::span(value)).start);
                if self.frames.iter().any(|frame| frame.key == key) {
                    return None;
                }
                return Some(self.inside(&class, this.clone(), key, |machine| machine.eval(value)));
            }
            class = self.base(&class)?;
        }
        None
    }

    /// The method `name` of a class or of those that it extends; a getter's value.
    pub(super) fn class_method(
        &mut self,
        class: &Rc<ClassValue<'a>>,
        name: &str,
        is_static: bool,
        this: &Value<'a>,
    ) -> Option<Value<'a>> {
        let mut class = Rc::clone(class);
        for _ in 0..MAX_BASES {
            if !self.step() {
                return None;
            }
            let computed = self.computed_method(&class, name, is_static);
            let found = class.class.body.iter().find_map(|member| match member {
                ClassMember::Method(method)
                    if method.is_static == is_static
                        && method.kind != MethodKind::Setter
                        && method.function.body.is_some()
                        && (prop_name(&method.key) == Some(name)
                            || computed.is_some_and(|found| std::ptr::eq(found, method))) =>
                {
                    Some((&*method.function, method.kind))
                }
                ClassMember::PrivateMethod(method)
                    if method.is_static == is_static
                        && method.kind != MethodKind::Setter
                        && method.key.name == *name =>
                {
                    Some((&*method.function, method.kind))
                }
                _ => None,
            });
            if let Some((function, kind)) = found
                && let Some(body) = &function.body
            {
                let function = Rc::new(Function {
                    params: Function::params_of(function),
                    body: Body::Block(body),
                    is_async: function.is_async,
                    is_generator: function.is_generator,
                    scope: class.scope,
                    module: class.module,
                    start: range(function.span).start,
                    this: Some(this.clone()),
                    home: Some(Rc::clone(&class)),
                });
                if kind == MethodKind::Getter {
                    let site = self.site_of_getter(name);
                    return Some(self.call_function(&function, Vec::new(), None, &site));
                }
                return Some(Value::Function(function));
            }
            let field = self.class_field_function(&class, name, is_static, this);
            if field.is_some() {
                return field;
            }
            class = self.base(&class)?;
        }
        None
    }

    /// The method of this very class whose name is computed and comes to `name`.
    fn computed_method(
        &mut self,
        class: &Rc<ClassValue<'a>>,
        name: &str,
        is_static: bool,
    ) -> Option<&'a ClassMethod> {
        for member in &class.class.body {
            let ClassMember::Method(method) = member else { continue };
            let PropName::Computed(key) = &method.key else { continue };
            if method.is_static != is_static || prop_name(&method.key).is_some() {
                continue;
            }
            let key = self.in_module_scope(class.scope, |machine| machine.eval(&key.expr));
            if matches!(&key, Value::Text(text) if text.known() == Some(name)) {
                return Some(method);
            }
        }
        None
    }

    /// Assigns to a member of an object, through its setter where it has one.
    pub(super) fn set_member(&mut self, instance: usize, name: &str, value: Value<'a>) {
        let setter = self.instances.get(instance).map(|found| Rc::clone(&found.class)).and_then(|class| {
            let mut class = Some(class);
            for _ in 0..MAX_BASES {
                let own = class.take()?;
                let found = own.class.body.iter().find_map(|member| match member {
                    ClassMember::Method(method)
                        if !method.is_static
                            && method.kind == MethodKind::Setter
                            && prop_name(&method.key) == Some(name) =>
                    {
                        method.function.body.as_ref().map(|body| (&*method.function, body))
                    }
                    _ => None,
                });
                if let Some((function, body)) = found {
                    return Some((own, function, body));
                }
                class = self.base(&own);
            }
            None
        });
        let Some((class, function, body)) = setter else {
            return self.assign(Place::Field(instance, name.into()), value);
        };
        let function = Rc::new(Function {
            params: Function::params_of(function),
            body: Body::Block(body),
            is_async: false,
            is_generator: false,
            scope: class.scope,
            module: class.module,
            start: range(function.span).start,
            this: Some(Value::Instance(instance)),
            home: Some(Rc::clone(&class)),
        });
        let site = self.site_of_getter(name);
        self.call_function(&function, vec![value], None, &site);
    }

    /// A field of this very class that holds a function.
    fn class_field_function(
        &mut self,
        class: &Rc<ClassValue<'a>>,
        name: &str,
        is_static: bool,
        this: &Value<'a>,
    ) -> Option<Value<'a>> {
        let has = class.class.body.iter().any(|member| match member {
            ClassMember::ClassProp(field) => {
                field.is_static == is_static && prop_name(&field.key) == Some(name) && field.value.is_some()
            }
            _ => false,
        });
        if has { self.class_field(class, name, is_static, this) } else { None }
    }

    /// The method `name` of the class above the one whose method runs.
    pub(super) fn super_method(&mut self, name: &str) -> Option<Value<'a>> {
        let frame = self.frames.last()?;
        let (home, this) = (frame.home.clone()?, frame.this.clone()?);
        let base = self.base(&home)?;
        self.class_method(&base, name, matches!(this, Value::Class(_)), &this)
    }
}

fn constructor(class: &Class) -> Option<&Constructor> {
    class.body.iter().find_map(|member| match member {
        ClassMember::Constructor(constructor) if constructor.body.is_some() => Some(constructor),
        _ => None,
    })
}
