//! TypeORM entities: which table a class stands for, and which column a property. Reads what decorators
//! say in literals; a name that is made elsewhere is left out. Does not know the naming strategy.

use swc_common::Spanned;
use swc_ecma_ast::{
    Class, ClassMember, Decl, Decorator, DefaultDecl, Expr, Lit, ModuleDecl, ModuleItem, ObjectLit, Prop,
    PropName, PropOrSpread, Stmt,
};

use crate::facts::words::{entity, entity_column as column};
use crate::facts::{Fact, Reading};
use crate::syntax::typescript::{self, Dialect, range};
use crate::text::{Passage, Span};

/// A word that a file with entities holds.
pub const MARK: &str = "@Entity(";

/// Decorators that make a column of a property.
const COLUMNS: &[&str] = &[
    "Column",
    "PrimaryColumn",
    "PrimaryGeneratedColumn",
    "CreateDateColumn",
    "UpdateDateColumn",
    "DeleteDateColumn",
    "VersionColumn",
];

/// Whether the text may hold an entity, at a glance.
#[must_use]
pub fn is_entity(text: &str) -> bool {
    memchr::memmem::find(text.as_bytes(), MARK.as_bytes()).is_some()
}

/// Adds the entities of a file. One that cannot be parsed gives none: the compiler says so.
pub fn read(out: &mut Reading, passage: &Passage, path: &str) {
    let Ok(tree) = typescript::parse(passage.text(), Dialect::of(path)) else { return };
    for item in &tree.items {
        match item {
            ModuleItem::ModuleDecl(ModuleDecl::ExportDecl(export)) => declaration(out, passage, &export.decl),
            ModuleItem::Stmt(Stmt::Decl(decl)) => declaration(out, passage, decl),
            ModuleItem::ModuleDecl(ModuleDecl::ExportDefaultDecl(export)) => {
                if let DefaultDecl::Class(class) = &export.decl
                    && let Some(name) = &class.ident
                {
                    class_(out, passage, &class.class, (&name.sym, name.span()));
                }
            }
            _ => {}
        }
    }
}

fn declaration(out: &mut Reading, passage: &Passage, decl: &Decl) {
    if let Decl::Class(class) = decl {
        class_(out, passage, &class.class, (&class.ident.sym, class.ident.span()));
    }
}

fn class_(out: &mut Reading, passage: &Passage, class: &Class, (name, span): (&str, swc_common::Span)) {
    let Some(args) = class.decorators.iter().find_map(|decorator| call(decorator, "Entity")) else { return };
    let at = passage.locate(range(span));
    let (table, place, explicit) = match table_name(&args) {
        Named::As(table, span) => (table, passage.locate(range(span)), true),
        Named::ByDefault => (snake(name), at, false),
        Named::Elsewhere => return,
    };
    let fact = Fact::new(entity::KIND, at)
        .with(entity::CLASS, name, at)
        .with(entity::TABLE, table, place)
        .with(entity::EXPLICIT, explicit, place);
    let parent = out.add(fact);
    for member in &class.body {
        let ClassMember::ClassProp(property) = member else { continue };
        let PropName::Ident(key) = &property.key else { continue };
        let place = passage.locate(range(key.span()));
        for found in columns(&property.decorators) {
            let (written, span) = match &found {
                Named::As(written, span) => (Some(written.as_str()), passage.locate(range(*span))),
                Named::ByDefault => (None, place),
                Named::Elsewhere => continue,
            };
            out.add(of_property(name, &key.sym, written, (place, span)).inside(Some(parent)));
        }
        if let Some(implicit) = implicit_key(&property.decorators, &key.sym) {
            out.add(of_property(name, &implicit, None, (place, place)).inside(Some(parent)));
        }
    }
}

fn of_property(class: &str, property: &str, written: Option<&str>, (place, span): (Span, Span)) -> Fact {
    let mut fact = Fact::new(column::KIND, place)
        .with(column::NAME, format!("{class}.{property}"), place)
        .with(column::PROPERTY, property, place);
    fact.set_some(column::COLUMN, written, span);
    fact
}

/// How something is named.
enum Named {
    As(String, swc_common::Span),
    ByDefault,
    /// In words that are not read.
    Elsewhere,
}

/// The arguments of the decorator's call, if it is this one.
fn call<'a>(decorator: &'a Decorator, name: &str) -> Option<Vec<&'a Expr>> {
    let Expr::Call(call) = &*decorator.expr else { return None };
    let callee = call.callee.as_expr()?;
    let is = match &**callee {
        Expr::Ident(own) => own.sym == *name,
        Expr::Member(member) => member.prop.as_ident().is_some_and(|own| own.sym == *name),
        _ => false,
    };
    is.then(|| call.args.iter().map(|arg| &*arg.expr).collect())
}

/// `@Entity('x')`, `@Entity({ name: 'x' })`, `@Entity('x', {…})`, `@Entity()`.
fn table_name(args: &[&Expr]) -> Named {
    match args.first() {
        None => Named::ByDefault,
        Some(Expr::Lit(Lit::Str(name))) => match name.value.as_str() {
            Some(text) => Named::As(text.to_owned(), name.span),
            None => Named::Elsewhere,
        },
        Some(Expr::Object(options)) => of_options(options),
        Some(_) => Named::Elsewhere,
    }
}

/// The columns that a property's decorators make.
fn columns(decorators: &[Decorator]) -> Vec<Named> {
    let mut found = Vec::new();
    for decorator in decorators {
        for name in COLUMNS {
            let Some(args) = call(decorator, name) else { continue };
            found.push(match args.as_slice() {
                [] | [Expr::Lit(Lit::Str(_))] => Named::ByDefault,
                [Expr::Object(options)] | [Expr::Lit(_), Expr::Object(options)] => of_options(options),
                // An embedded entity, or options from elsewhere.
                _ => Named::Elsewhere,
            });
        }
        if let Some(args) = call(decorator, "JoinColumn")
            && let [Expr::Object(options)] = args.as_slice()
            && let Named::As(name, span) = of_options(options)
        {
            found.push(Named::As(name, span));
        }
    }
    found
}

/// The column that a relation makes without being told its name.
fn implicit_key(decorators: &[Decorator], property: &str) -> Option<String> {
    let joins = decorators.iter().find_map(|decorator| call(decorator, "JoinColumn"));
    let many = decorators.iter().any(|decorator| call(decorator, "ManyToOne").is_some());
    let one = decorators.iter().any(|decorator| call(decorator, "OneToOne").is_some());
    let unnamed = match joins.as_deref() {
        None => many,
        Some([]) => many || one,
        Some([Expr::Object(options)]) => matches!(of_options(options), Named::ByDefault) && (many || one),
        Some(_) => false,
    };
    unnamed.then(|| format!("{property}Id"))
}

/// The `name` among options; one that is spread in may hold it.
fn of_options(options: &ObjectLit) -> Named {
    let mut found = Named::ByDefault;
    for prop in &options.props {
        let PropOrSpread::Prop(prop) = prop else { return Named::Elsewhere };
        match &**prop {
            Prop::KeyValue(pair) => {
                let is_name = match &pair.key {
                    PropName::Ident(key) => key.sym == *"name",
                    PropName::Str(key) => key.value == *"name",
                    _ => false,
                };
                if is_name {
                    found = match &*pair.value {
                        Expr::Lit(Lit::Str(name)) => match name.value.as_str() {
                            Some(text) => Named::As(text.to_owned(), name.span),
                            None => Named::Elsewhere,
                        },
                        _ => Named::Elsewhere,
                    };
                }
            }
            Prop::Shorthand(key) if key.sym == *"name" => return Named::Elsewhere,
            _ => {}
        }
    }
    found
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::repo::Repo;

    fn facts(text: &str) -> Vec<(String, Option<String>)> {
        let mut repo = Repo::default();
        let id = repo.insert("product.entity.ts", text.as_bytes().to_vec(), false);
        let mut out = Reading::default();
        read(&mut out, &repo.passage(id), "product.entity.ts");
        out.facts
            .iter()
            .map(|fact| {
                let text = |field| fact.text(field).map(str::to_owned);
                if fact.kind == entity::KIND {
                    (text(entity::CLASS).unwrap(), text(entity::TABLE))
                } else {
                    (text(column::NAME).unwrap(), text(column::COLUMN))
                }
            })
            .collect()
    }

    #[test]
    fn entities_and_their_columns() {
        let found = facts(
            "\u{feff}import { Entity } from 'typeorm';\r\n@Entity({ name: 'product', schema: 'shop' })\r\nexport class Product extends Base {\r\n  @PrimaryGeneratedColumn('uuid') id: string;\r\n  /* 商品コード 🏷️ */ @Column({ name: 'legacy_code', nullable: true }) legacyCode?: string;\r\n  @Column('varchar', { length: 20 }) title: string;\r\n  @Column(() => Price) price: Price;\r\n  @Column({ ...options }) other: string;\r\n  @ManyToOne(() => Shop) @JoinColumn({ name: 'shop_id' }) shop: Shop;\r\n  @ManyToOne(() => Tax) tax: Tax;\r\n  plain = 1;\r\n}",
        );
        let found: Vec<_> = found.iter().map(|(one, other)| (one.as_str(), other.as_deref())).collect();
        assert_eq!(
            found,
            [
                ("Product", Some("product")),
                ("Product.id", None),
                ("Product.legacyCode", Some("legacy_code")),
                ("Product.title", None),
                ("Product.shop", Some("shop_id")),
                ("Product.taxId", None),
            ]
        );
    }

    #[test]
    fn names_of_tables() {
        for (decorator, table) in [
            ("@Entity()", Some("order_line")),
            ("@Entity('orders')", Some("orders")),
            ("@Entity({})", Some("order_line")),
            ("@Entity(TABLE)", None),
            ("@Entity({ name: TABLE })", None),
            ("@Entity({ ...rest })", None),
            ("@ViewEntity()", None),
        ] {
            let found = facts(&format!("{decorator} export class OrderLine {{ }}"));
            assert_eq!(found.first().and_then(|(_, table)| table.as_deref()), table, "{decorator}");
        }
        for (name, expected) in
            [("OrderLine", "order_line"), ("HTTPLog", "http_log"), ("A1B", "a1_b"), ("x", "x")]
        {
            assert_eq!(snake(name), expected);
        }
    }

    #[test]
    fn hostile_files_are_borne() {
        for text in ["@Entity(", "@Entity() class {", "@Entity() export default class {}", ""] {
            let _ = facts(text);
        }
        let _ = facts(&format!("@Entity({}", "(".repeat(100_000)));
    }
}
