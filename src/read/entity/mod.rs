//! TypeORM entities: which table a class stands for, and which column a property. Reads what decorators
//! and schemas say in literals; a name that is made elsewhere is left out. A class that has columns and no
//! table is there too: others inherit from it or embed it. Does not know the naming strategy.

use std::sync::Arc;

use rustc_hash::FxHashMap;
use swc_common::Spanned;
use swc_ecma_ast::{
    Class, ClassMember, Decl, DefaultDecl, ImportSpecifier, ModuleDecl, ModuleItem, PropName, Stmt,
};

use crate::facts::words::{entity, entity_column as column};
use crate::facts::{Fact, FactRef, Reading};
use crate::syntax::typescript::{self, Dialect, range};
use crate::text::{Passage, Span};

mod decorators;
mod options;
mod schema;

#[cfg(test)]
mod tests;

use decorators::{Embedded, call, columns, embedded, implicit_key, relation, table_options};
use options::Named;

/// Words of which a file with entities holds one.
pub const MARKS: [&str; 6] = [
    "@Entity(",
    "@ChildEntity(",
    "new EntitySchema",
    "@Column(",
    "@PrimaryGeneratedColumn(",
    "@CreateDateColumn(",
];

/// Whether the text may hold an entity, at a glance.
#[must_use]
pub fn is_entity(text: &str) -> bool {
    MARKS.iter().any(|mark| memchr::memmem::find(text.as_bytes(), mark.as_bytes()).is_some())
}

/// Adds the entities of a file. One that cannot be parsed gives none: the compiler says so.
pub fn read(out: &mut Reading, passage: &Passage, path: &str) {
    let Ok(tree) = typescript::parse(passage.text(), Dialect::of(path)) else { return };
    let mut reader = Reader { out, passage, imports: FxHashMap::default() };
    for item in &tree.items {
        reader.import(item);
    }
    for item in &tree.items {
        match item {
            ModuleItem::ModuleDecl(ModuleDecl::ExportDecl(export)) => reader.declaration(&export.decl),
            ModuleItem::Stmt(Stmt::Decl(decl)) => reader.declaration(decl),
            ModuleItem::ModuleDecl(ModuleDecl::ExportDefaultDecl(export)) => {
                if let DefaultDecl::Class(class) = &export.decl
                    && let Some(name) = &class.ident
                {
                    reader.class(&class.class, (&name.sym, name.span()));
                }
            }
            _ => {}
        }
    }
}

struct Reader<'a> {
    out: &'a mut Reading,
    passage: &'a Passage,
    /// What a name is in the module that it comes from.
    imports: FxHashMap<&'a str, (String, &'a str)>,
}

/// The name and the module of what an import brings, by the name that it has here.
pub fn imports(item: &ModuleItem) -> Vec<(&str, String, &str)> {
    let ModuleItem::ModuleDecl(ModuleDecl::Import(import)) = item else { return Vec::new() };
    let Some(module) = import.src.value.as_str() else { return Vec::new() };
    let names = import.specifiers.iter().filter_map(|specifier| match specifier {
        ImportSpecifier::Named(named) => {
            let name =
                named.imported.as_ref().map_or(named.local.sym.to_string(), |name| name.atom().to_string());
            Some((&*named.local.sym, name, module))
        }
        ImportSpecifier::Default(own) => Some((&*own.local.sym, own.local.sym.to_string(), module)),
        ImportSpecifier::Namespace(_) => None,
    });
    names.collect()
}

impl<'a> Reader<'a> {
    fn import(&mut self, item: &'a ModuleItem) {
        self.imports.extend(imports(item).into_iter().map(|(local, name, module)| (local, (name, module))));
    }

    fn declaration(&mut self, decl: &Decl) {
        match decl {
            Decl::Class(class) => self.class(&class.class, (&class.ident.sym, class.ident.span())),
            Decl::Var(var) => {
                for var in &var.decls {
                    schema::read(self.out, self.passage, var);
                }
            }
            _ => {}
        }
    }

    /// The name of a class where it is declared, and the module that it is imported from.
    fn origin(&self, name: &str) -> (String, Option<&'a str>) {
        match self.imports.get(name) {
            Some((name, module)) => (name.clone(), Some(module)),
            None => (name.to_owned(), None),
        }
    }

    fn place(&self, span: swc_common::Span) -> Span {
        self.passage.locate(range(span))
    }

    fn class(&mut self, class: &Class, (name, span): (&str, swc_common::Span)) {
        let at = self.place(span);
        let mut fact = Fact::new(entity::KIND, at).with(entity::CLASS, name, at);
        let own = class.decorators.iter().find_map(|decorator| call(decorator, "Entity"));
        let child = class.decorators.iter().any(|decorator| call(decorator, "ChildEntity").is_some());
        if let Some(args) = &own {
            let (table, schema) = table_options(args);
            match table {
                Named::As(table, span) => {
                    let place = self.place(span);
                    fact.set(entity::TABLE, table, place).set(entity::EXPLICIT, true, place);
                }
                Named::ByDefault => {
                    fact.set(entity::TABLE, snake(name), at).set(entity::EXPLICIT, false, at);
                }
                Named::Elsewhere => return,
            }
            match schema {
                Named::As(schema, span) => drop(fact.set(entity::SCHEMA, schema, self.place(span))),
                Named::Elsewhere => return,
                Named::ByDefault => {}
            }
        }
        if child {
            fact.set(entity::CHILD, true, at);
        }
        if let Some(base) = class.super_class.as_deref() {
            let place = self.place(base.span());
            let words = base.as_ident().map(|name| self.origin(&name.sym));
            let (base, module) = words.unwrap_or_else(|| ("?".to_owned(), None));
            fact.set(entity::EXTENDS, base, place);
            fact.set_some(entity::EXTENDS_FROM, module, place);
        }
        let mut relations = Vec::new();
        let mut properties = Vec::new();
        for member in &class.body {
            let ClassMember::ClassProp(property) = member else { continue };
            let PropName::Ident(key) = &property.key else { continue };
            let place = self.place(key.span());
            if let Some(target) = relation(&property.decorators) {
                let (target, _) = self.origin(target);
                relations.push((Arc::from(&*key.sym), Arc::from(target), place));
            }
            if let Some(inner) = embedded(&property.decorators) {
                properties.push(self.of_embedded(name, &key.sym, inner, place));
                continue;
            }
            for found in columns(&property.decorators) {
                let (written, span) = match &found {
                    Named::As(written, span) => (Some(written.as_str()), self.place(*span)),
                    Named::ByDefault => (None, place),
                    Named::Elsewhere => continue,
                };
                properties.push(of_property(name, &key.sym, written, (place, span)));
            }
            if let Some(implicit) = implicit_key(&property.decorators, &key.sym) {
                properties.push(of_property(name, &implicit, None, (place, place)).with(
                    column::IMPLIED,
                    true,
                    place,
                ));
            }
        }
        if own.is_none() && !child && properties.is_empty() {
            return;
        }
        if !relations.is_empty() {
            fact.set(entity::RELATIONS, relations, at);
        }
        let parent = self.out.add(fact);
        self.add_all(properties, parent);
    }

    fn add_all(&mut self, properties: Vec<Fact>, parent: FactRef) {
        for property in properties {
            self.out.add(property.inside(Some(parent)));
        }
    }

    fn of_embedded(&self, class: &str, property: &str, inner: Embedded<'_>, place: Span) -> Fact {
        let (name, module) = self.origin(inner.class);
        let mut fact = of_property(class, property, None, (place, place));
        fact.set(column::EMBEDS, name, place).set_some(column::EMBEDS_FROM, module, place);
        fact.set_some(column::PREFIX, inner.prefix, place);
        fact
    }
}

fn of_property(class: &str, property: &str, written: Option<&str>, (place, span): (Span, Span)) -> Fact {
    let mut fact = Fact::new(column::KIND, place)
        .with(column::NAME, format!("{class}.{property}"), place)
        .with(column::PROPERTY, property, place);
    fact.set_some(column::COLUMN, written, span);
    fact
}

/// A name in small letters with `_` between its words, as TypeORM makes a table's of a class's.
#[must_use]
pub fn snake(name: &str) -> String {
    let chars: Vec<char> = name.chars().collect();
    let mut snake = String::with_capacity(name.len() + 4);
    for (at, &char) in chars.iter().enumerate() {
        let before = at.checked_sub(1).and_then(|at| chars.get(at)).copied();
        let next_is_small = chars.get(at + 1).is_some_and(|next| next.is_lowercase());
        let begins = char.is_uppercase()
            && before.is_some_and(|before| {
                before.is_lowercase() || before.is_ascii_digit() || (before.is_uppercase() && next_is_small)
            });
        if begins {
            snake.push('_');
        }
        snake.extend(char.to_lowercase());
    }
    snake
}
