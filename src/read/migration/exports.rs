//! What a file of migrations exports beside them. TypeORM takes every function and class that such a
//! file exports for a migration.

use std::ops::Range;

use swc_common::Spanned;
use swc_ecma_ast::{
    Decl, DefaultDecl, ExportSpecifier, Expr, ModuleDecl, ModuleExportName, ModuleItem, Stmt,
};

use super::Draft;
use super::library::folder;
use super::scope::untyped;
use crate::facts::words::migration_export;
use crate::facts::{Fact, Reading};
use crate::repo::Repo;
use crate::syntax::typescript::{Tree, range};
use crate::text::Passage;

/// The most files of a folder that are looked at.
const MOST: usize = 512;

/// Adds a fact for each function and class that is exported and that is none of the migrations. A file
/// without any is looked into where its folder is one of migrations; whether it is loaded is not known here.
pub fn read(out: &mut Reading, passage: &Passage, tree: &Tree, migrations: &[Draft], in_folder: bool) {
    let bare = migrations.is_empty();
    if bare && !in_folder {
        return;
    }
    let mut add =
        |name: &str, what: &'static str, place: Range<usize>| {
            if migrations.iter().any(|draft| draft.class.contains(&place.start) || draft.name == place) {
                return;
            }
            let span = passage.locate(place);
            let mut fact = Fact::new(migration_export::KIND, span)
                .with(migration_export::NAME, name, span)
                .with(migration_export::EXPORTED, what, span);
            if bare {
                fact.set(migration_export::COVERED, false, span);
            }
            out.add(fact);
        };
    for item in &tree.items {
        match item {
            ModuleItem::ModuleDecl(ModuleDecl::ExportDecl(export)) => {
                for (name, what, place) in declared(&export.decl) {
                    add(name, what, place);
                }
            }
            ModuleItem::ModuleDecl(ModuleDecl::ExportDefaultDecl(export)) => match &export.decl {
                DefaultDecl::Class(class) => {
                    let start = range(class.class.span).start;
                    let (name, place) = match &class.ident {
                        Some(name) => (name.sym.as_str(), range(name.span)),
                        None => ("default", start..start + "class".len()),
                    };
                    add(name, "class", place);
                }
                DefaultDecl::Fn(function) => {
                    let start = range(function.function.span).start;
                    let (name, place) = match &function.ident {
                        Some(name) => (name.sym.as_str(), range(name.span)),
                        None => ("default", start..start + "function".len()),
                    };
                    add(name, "function", place);
                }
                DefaultDecl::TsInterfaceDecl(_) => {}
            },
            ModuleItem::ModuleDecl(ModuleDecl::ExportNamed(export)) if export.src.is_none() => {
                for specifier in &export.specifiers {
                    let ExportSpecifier::Named(named) = specifier else { continue };
                    let ModuleExportName::Ident(name) = &named.orig else { continue };
                    if named.is_type_only || export.type_only {
                        continue;
                    }
                    let all = tree.items.iter().filter_map(statement_declaration).flat_map(declared);
                    let own = all.into_iter().find(|(own, ..)| *own == name.sym.as_str());
                    let is_migration =
                        |place: &Range<usize>| migrations.iter().any(|draft| draft.name == *place);
                    if let Some((own, what, place)) = own
                        && !is_migration(&place)
                    {
                        add(own, what, range(name.span));
                    }
                }
            }
            _ => {}
        }
    }
}

/// Whether files whose names begin with a stamp lie beside the file at `path`, or in the folder above.
pub fn is_beside(repo: &Repo, path: &str) -> bool {
    let stamped = |name: &str| name.bytes().take_while(u8::is_ascii_digit).count() >= 10;
    let above = folder(path);
    [above, folder(above)].into_iter().filter(|folder| !folder.is_empty()).any(|folder| {
        let start = format!("{folder}/");
        let mut inside = repo.paths_from(&start).take_while(|path| path.starts_with(&start)).take(MOST);
        inside.any(|path| path.get(start.len()..).is_some_and(stamped))
    })
}

fn statement_declaration(item: &ModuleItem) -> Option<&Decl> {
    match item {
        ModuleItem::Stmt(Stmt::Decl(decl)) => Some(decl),
        _ => None,
    }
}

/// The functions and classes that a declaration makes.
fn declared(decl: &Decl) -> Vec<(&str, &'static str, Range<usize>)> {
    match decl {
        Decl::Class(class) if !class.declare => {
            vec![(class.ident.sym.as_str(), "class", range(class.ident.span))]
        }
        Decl::Fn(function) if function.function.body.is_some() => {
            vec![(function.ident.sym.as_str(), "function", range(function.ident.span))]
        }
        Decl::Var(variables) => variables
            .decls
            .iter()
            .filter_map(|variable| {
                let name = variable.name.as_ident()?;
                let what = match untyped(variable.init.as_deref()?) {
                    Expr::Arrow(_) | Expr::Fn(_) => "function",
                    Expr::Class(_) => "class",
                    _ => return None,
                };
                let start = range(name.id.span()).start;
                Some((name.id.sym.as_str(), what, start..start + name.id.sym.len()))
            })
            .collect(),
        _ => Vec::new(),
    }
}
