//! Calls of the objects that reach the database.

use swc_common::Spanned;
use swc_ecma_ast::Expr;

use super::super::scope::{Role, call_role, plain};
use super::super::text::{Text, Why};
use super::super::value::{Arg, ClassValue, Value};
use super::super::{builder, writes};
use super::{LOOK, Machine, Rc, Site};
use crate::facts::Reading;
use crate::facts::words::schema_change as change;
use crate::syntax::typescript::range;
use crate::text::cut_line;

impl<'a> Machine<'a> {
    pub(super) fn role_call(&mut self, role: Role, name: &str, args: Vec<Arg<'a>>, site: &Site) -> Value<'a> {
        self.call_of(role, None, (name, args, site))
    }

    /// A call of an object that may be bound to an entity, such as a repository.
    pub(super) fn call_of(
        &mut self,
        role: Role,
        entity: Option<&Value<'a>>,
        (name, args, site): (&str, Vec<Arg<'a>>, &Site),
    ) -> Value<'a> {
        self.touches += 1;
        if name == "query" || (role == Role::Runner && name == "stream") {
            return match args.first() {
                None => Value::unknown("there is nothing to run"),
                Some(arg) if arg.spread => {
                    let reason = "the arguments are spread from another value";
                    self.not_followed_in(site.module, site.words.clone(), reason.into());
                    Value::unknown(reason)
                }
                Some(arg) => {
                    let (value, at) = (arg.value.clone(), range(arg.expr.span()));
                    self.query_value(&value, at, site)
                }
            };
        }
        if name == "bind" {
            return Value::Role(role);
        }
        if name == "transaction" {
            return self.transaction(&args, site);
        }
        self.note_entity(role, &args);
        let source = self.source_of(site.module);
        let call = builder::Call {
            method: name,
            args: &args,
            start: site.words.start,
            end: site.words.end,
            direction: self.direction,
            source,
        };
        let start = self.noted.reading.facts.len();
        let mut reading = Reading::default();
        let known = if role == Role::Runner {
            builder::read(&mut reading, call)
        } else {
            let table = entity.cloned().or_else(|| args.first().map(|arg| arg.value.clone()));
            let table = table.and_then(|table| self.table_of(&table));
            writes::read(&mut reading, role, call, writes::Target { table, bound: entity.is_some() })
        };
        if known {
            self.explain_arguments(&mut reading, &args, site);
            self.keep(reading, None);
            for arg in &args {
                self.give_away(&arg.value);
            }
            if role == Role::QueryBuilder {
                return Value::Write(start);
            }
            return self.promise(Self::read_later(), start);
        }
        if role == Role::Runner
            && matches!(name, "getTable" | "getView")
            && let Some(text) = args.first().and_then(|arg| builder::name_of(&arg.value))
        {
            return Value::Live(text);
        }
        if let Some(role) = call_role(role, name) {
            let own = args.first().map(|arg| arg.value.clone());
            let bound = match role {
                Role::Repository | Role::QueryBuilder => own.or_else(|| entity.cloned()),
                _ => None,
            };
            return match bound {
                Some(Value::Nothing) | None => Value::Role(role),
                Some(bound) => Value::Of(Rc::new((role, bound))),
            };
        }
        if role == Role::Runner && name == "connect" {
            // The driver's own connection, which runs SQL as well.
            return Value::Role(Role::DataSource);
        }
        if !is_harmless(name) && role != Role::QueryBuilder && role != Role::Options {
            let reason = if role == Role::Runner {
                format!("`{name}` is no method of the query runner that is known")
            } else {
                format!("what `{name}` writes is not known")
            };
            self.not_followed_in(site.module, site.words.clone(), reason);
        }
        for arg in &args {
            self.give_away(&arg.value);
        }
        Self::read_later()
    }

    /// Whether a method of an object writes it as a row.
    pub(super) fn is_row(&mut self, instance: usize, name: &str) -> bool {
        matches!(name, "save" | "remove" | "softRemove" | "recover")
            && self.instances.get(instance).is_some_and(|found| is_entity(&found.class))
            && self.instance_member(instance, name).is_none()
    }

    /// A method of an entity itself, which stands for its repository.
    pub(super) fn entity_call(
        &mut self,
        class: &Rc<ClassValue<'a>>,
        name: &str,
        args: Vec<Arg<'a>>,
        site: &Site,
    ) -> Value<'a> {
        let entity = Value::Class(Rc::clone(class));
        self.call_of(Role::Repository, Some(&entity), (name, args, site))
    }

    fn read_later() -> Value<'a> {
        Value::unknown("it is read from the database when it runs")
    }

    fn transaction(&mut self, args: &[Arg<'a>], site: &Site) -> Value<'a> {
        let start = self.noted.reading.facts.len();
        let mut result = Value::Nothing;
        for arg in args {
            if let Value::Function(_) | Value::Method(_) = &arg.value {
                let manager = vec![Value::Role(Role::Manager)];
                let args = std::slice::from_ref(arg);
                result = self.call_with(&arg.value.clone(), manager, args, site);
            }
        }
        self.promise(result, start)
    }

    /// A call in a chain of a query builder that writes.
    pub(super) fn write_call(&mut self, fact: usize, name: &str, args: &[Arg<'a>], site: &Site) -> Value<'a> {
        self.touches += 1;
        match name {
            "execute" | "then" => return self.promise(Self::read_later(), fact),
            "from" | "into" | "update" | "delete" => {
                self.note_entity(Role::QueryBuilder, args);
                let table = args.first().and_then(|arg| self.table_of(&arg.value));
                if let (Some(table), Some(fact)) = (table, self.noted.reading.facts.get_mut(fact)) {
                    table.set(fact);
                    let span = fact.span;
                    if fact.get(change::TABLE).is_some() {
                        fact.set(change::HOLES, false, span);
                    }
                }
            }
            _ => {
                for arg in args {
                    self.give_away(&arg.value);
                    if arg.value.reaches(LOOK) {
                        let words = cut_line(self.source_of(site.module).words(arg.expr), 60);
                        let reason = format!("`{words}` is handed on here and not followed");
                        self.not_followed_in(site.module, range(arg.expr.span()), reason);
                    }
                }
            }
        }
        Value::Write(fact)
    }

    pub(super) fn live_call(text: &Rc<Text>, name: &str, args: &[Arg<'a>]) -> Value<'a> {
        match (name, args.first().map(|arg| &arg.value)) {
            ("findColumnByName", Some(Value::Text(column))) => Value::Live(Rc::clone(column)),
            ("clone", _) => Value::Live(Rc::clone(text)),
            _ => Value::unknown("it is read from the live database"),
        }
    }

    /// The table that a value means where the ORM writes: a name, or an entity's class.
    fn table_of(&mut self, value: &Value<'a>) -> Option<writes::Table> {
        let value = value.clone().settled();
        match &value {
            Value::Text(text) => Some(writes::Table { name: Some(Rc::clone(text)), class: None }),
            Value::Class(class) => {
                let name = self.entity_table(class);
                let start = range(class.class.span).start;
                let place = self.source_of(class.module).passage.locate(start..start + "class".len());
                Some(writes::Table { name, class: Some((class.name.into(), place)) })
            }
            Value::Unknown(why) => {
                let path = why.path.as_deref().filter(|path| path.starts_with(char::is_uppercase))?;
                Some(writes::Table { name: None, class: Some((path.into(), self.here())) })
            }
            _ => None,
        }
    }

    /// The table that `@Entity(…)` names.
    fn entity_table(&mut self, class: &Rc<ClassValue<'a>>) -> Option<Rc<Text>> {
        let args = entity_args(class)?;
        let arg = &args.first()?.expr;
        let value = self.in_module_scope(class.scope, |machine| machine.eval(arg));
        match value {
            Value::Text(text) => Some(text),
            Value::Object(object) => match object.get("name") {
                Some(Value::Text(text)) => Some(Rc::clone(text)),
                _ => None,
            },
            _ => None,
        }
    }

    /// Notes an entity of another file whose rows the migration reads or writes.
    fn note_entity(&mut self, role: Role, args: &[Arg<'a>]) {
        if role == Role::Runner || self.dry {
            return;
        }
        let Some(arg) = args.first() else { return };
        let Expr::Ident(name) = plain(arg.expr) else { return };
        let imported = match &arg.value {
            Value::Class(class) => class.module != 0 && entity_args(class).is_some(),
            _ => false,
        };
        if imported && self.module() == 0 {
            let span = self.source().span(name);
            let name: Rc<str> = name.sym.as_str().into();
            if self.noted.entities.iter().all(|(known, _)| *known != name) {
                self.noted.entities.push((name, span));
            }
        }
    }

    /// A call that the policy declares.
    pub(super) fn wrapped(
        &mut self,
        does: &str,
        order: &[usize],
        args: Vec<Arg<'a>>,
        site: &Site,
    ) -> Value<'a> {
        let args: Vec<Arg<'a>> = if order.is_empty() {
            args
        } else {
            order.iter().filter_map(|index| args.get(*index).cloned()).collect()
        };
        match does {
            "nothing" => {
                for arg in &args {
                    self.give_away(&arg.value);
                }
                Value::Unknown(Rc::new(Why::new(format!("`{}` gives it when it runs", site.callee))))
            }
            "text" => args.first().map_or(Value::Nothing, |arg| arg.value.clone()),
            method => self.role_call(Role::Runner, method, args, site),
        }
    }
}

/// Whether the class is of rows.
pub(super) fn is_entity(class: &ClassValue<'_>) -> bool {
    entity_args(class).is_some()
}

/// The arguments of a class's `@Entity`.
fn entity_args<'a>(class: &ClassValue<'a>) -> Option<&'a [swc_ecma_ast::ExprOrSpread]> {
    class.class.decorators.iter().find_map(|decorator| {
        let call = decorator.expr.as_call()?;
        let name = plain(call.callee.as_expr()?).as_ident()?;
        (name.sym == *"Entity" || name.sym == *"ViewEntity").then_some(call.args.as_slice())
    })
}

/// Whether the method only reads, or only handles the connection.
fn is_harmless(name: &str) -> bool {
    const BEGINNINGS: [&str; 10] =
        ["get", "has", "find", "count", "exist", "is", "load", "build", "escape", "create"];
    const NAMES: [&str; 24] = [
        "connect",
        "release",
        "initialize",
        "destroy",
        "close",
        "beforeMigration",
        "afterMigration",
        "enableSqlMemory",
        "disableSqlMemory",
        "clearSqlMemory",
        "getMemorySql",
        "transaction",
        "preload",
        "merge",
        "sum",
        "average",
        "minimum",
        "maximum",
        "withRepository",
        "extend",
        "target",
        "quotedName",
        "then",
        "toString",
    ];
    BEGINNINGS.iter().any(|beginning| name.starts_with(beginning)) || NAMES.contains(&name)
}
