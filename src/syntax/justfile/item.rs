//! Items of a justfile, one behind the other. What is none is a fault, and reading goes on with the
//! next line that is not indented.

use std::ops::Range;

use super::expression::{expression, list};
use super::recipe::{attributes, recipe};
use super::scan::{Cursor, line_length};
use super::{Alias, Assignment, Attribute, Import, Justfile, MAX_FAULTS, Module, Setting, string};
use crate::syntax::Fault;
use crate::text::Passage;

pub(super) fn file(passage: &Passage) -> Justfile {
    let mut cursor = Cursor::new(passage);
    let mut file = Justfile::default();
    let mut pending = Pending::default();
    while !cursor.is_done() {
        if cursor.faults.len() > MAX_FAULTS {
            let at = cursor.at;
            let length = line_length(cursor.rest());
            let fault = Fault::new(at..at + length, "the rest was not read: this is no justfile");
            cursor.faults.push(fault);
            break;
        }
        cursor.open = 0;
        cursor.level = 0;
        line(&mut cursor, &mut file, &mut pending);
    }
    file.faults = cursor.faults;
    file
}

/// What stands above an item and belongs to it.
#[derive(Default)]
pub(super) struct Pending {
    pub doc: Option<Range<usize>>,
    pub attributes: Vec<Attribute>,
}

/// Reads what begins on this line.
fn line(cursor: &mut Cursor<'_>, file: &mut Justfile, pending: &mut Pending) {
    let start = cursor.at;
    let length = line_length(cursor.rest());
    let content = &cursor.text[start..start + length];
    if content.trim().is_empty() {
        cursor.next_line();
        pending.doc = None;
    } else if let Some(comment) = content.strip_prefix('#') {
        let text = comment.trim_start();
        pending.doc = Some(start + length - text.len()..start + length);
        cursor.next_line();
    } else if content.starts_with([' ', '\t']) {
        if content.trim_start().starts_with('#') {
            cursor.next_line();
            return;
        }
        let words = content.trim_start_matches([' ', '\t']);
        let first = words.split_whitespace().next().unwrap_or_default();
        let at = start + length - words.len();
        let message = "this line is indented, but belongs to no recipe";
        cursor.fault_at(at..at + first.len(), message);
        // One fault for a block of such lines.
        while !cursor.is_done() && (cursor.peek(" ") || cursor.peek("\t")) {
            cursor.next_line();
        }
    } else if content.starts_with('[') {
        let faults = cursor.faults.len();
        if attributes(cursor, &mut pending.attributes).is_none() {
            // One that is not closed goes no further than its line, whatever follows.
            if cursor.faults.get(faults).is_some_and(|fault| fault.range.start > start + length) {
                cursor.faults.truncate(faults);
                cursor.fault_at(start..start + 1, "this is not closed: no `]` follows on this line");
            }
            cursor.at = start;
            cursor.next_line();
        } else if cursor.at_line_end() {
            cursor.next_line();
        }
    } else {
        let pending = std::mem::take(pending);
        if item(cursor, file, pending).is_none() {
            recover(cursor);
        }
    }
}

/// Goes to the next line that may begin an item.
fn recover(cursor: &mut Cursor<'_>) {
    cursor.next_line();
    while !cursor.is_done() {
        let content = cursor.rest();
        if !content.starts_with([' ', '\t', '\n', '\r', '}', ']', ')']) {
            return;
        }
        cursor.next_line();
    }
}

/// Reads the item at the cursor; `None` where it could not be read to its end.
fn item(cursor: &mut Cursor<'_>, file: &mut Justfile, pending: Pending) -> Option<()> {
    let start = cursor.at;
    let quiet = cursor.eat("@");
    let Some(name) = cursor.name() else {
        cursor.at = start;
        cursor.fault("a recipe, an assignment or a setting should begin here");
        return None;
    };
    let after = cursor.at;
    if !quiet {
        match &cursor.text[name.clone()] {
            "set" if follows(cursor, Next::Setting) => return setting(cursor, file),
            "alias" if follows(cursor, Next::Assignment) => return alias(cursor, file, &pending),
            "export" | "eager" | "lazy" if follows(cursor, Next::Assignment) => {
                let export = &cursor.text[name] == "export";
                cursor.blanks();
                let name = cursor.name()?;
                return assignment(cursor, file, name, export);
            }
            "unexport" if follows(cursor, Next::Setting) => {
                cursor.blanks();
                cursor.name();
                return end(cursor);
            }
            "import" if follows(cursor, Next::Text) => return import(cursor, file),
            "mod" if follows(cursor, Next::Module) => return module(cursor, file),
            _ => {}
        }
        cursor.blanks();
        if cursor.peek(":=") {
            return assignment(cursor, file, name, false);
        }
        // A function: `name(a, b) := expression`.
        if cursor.peek("(") && cursor.at == after {
            return function(cursor);
        }
    }
    cursor.at = after;
    recipe(cursor, file, pending, name, quiet)
}

/// What tells an item that begins with a keyword from a recipe of that name.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Next {
    Setting,
    Assignment,
    Text,
    Module,
}

fn follows(cursor: &mut Cursor<'_>, next: Next) -> bool {
    let before = cursor.at;
    cursor.eat("?");
    cursor.blanks();
    let found = match next {
        Next::Text => {
            cursor.eat("x");
            cursor.peek("'") || cursor.peek("\"")
        }
        _ if cursor.name().is_none() => false,
        Next::Assignment => cursor.token(":="),
        Next::Setting => cursor.token(":=") || cursor.at_line_end(),
        Next::Module => {
            cursor.at_line_end()
                || cursor.peek("'")
                || cursor.peek("\"")
                || cursor.peek("x'")
                || cursor.peek("x\"")
        }
    };
    cursor.at = before;
    found
}

/// The end of an item's line.
fn end(cursor: &mut Cursor<'_>) -> Option<()> {
    if !cursor.at_line_end() {
        cursor.fault("nothing should follow here on this line");
        return None;
    }
    cursor.next_line();
    Some(())
}

fn setting(cursor: &mut Cursor<'_>, file: &mut Justfile) -> Option<()> {
    cursor.blanks();
    let name = cursor.name()?;
    let mut setting = Setting { name: cursor.slice(name), values: Vec::new(), off: false };
    if cursor.token(":=") {
        cursor.blanks();
        if cursor.peek("[") {
            setting.values = list(cursor)?;
        } else {
            let start = cursor.at;
            let value = expression(cursor)?;
            setting.off = cursor.text.get(start..value.range.end) == Some("false");
            setting.values.push(value);
        }
    }
    file.settings.push(setting);
    end(cursor)
}

fn alias(cursor: &mut Cursor<'_>, file: &mut Justfile, pending: &Pending) -> Option<()> {
    cursor.blanks();
    let name = cursor.name()?;
    cursor.token(":=");
    cursor.blanks();
    let Some(target) = cursor.path() else {
        cursor.fault("the name of a recipe should stand here");
        return None;
    };
    let private = pending.attributes.iter().any(|attribute| attribute.name.text() == "private");
    file.aliases.push(Alias { name: cursor.slice(name), target: cursor.slice(target), private });
    end(cursor)
}

fn assignment(cursor: &mut Cursor<'_>, file: &mut Justfile, name: Range<usize>, export: bool) -> Option<()> {
    cursor.token(":=");
    let value = expression(cursor)?;
    file.assignments.push(Assignment { name: cursor.slice(name), export, value });
    end(cursor)
}

fn function(cursor: &mut Cursor<'_>) -> Option<()> {
    let start = cursor.at;
    cursor.at += memchr::memchr2(b')', b'\n', cursor.rest().as_bytes())?;
    if !cursor.eat(")") || !cursor.token(":=") {
        cursor.at = start;
        cursor.fault("a `:` should stand here, behind the recipe's name and parameters");
        return None;
    }
    expression(cursor)?;
    end(cursor)
}

/// The string at the cursor, with or without `x` before it.
fn text(cursor: &mut Cursor<'_>) -> Option<Passage> {
    cursor.blanks();
    cursor.eat("x");
    let literal = string::literal(cursor, &["\"\"\"", "'''", "\"", "'"])?;
    Some(string::value(cursor.passage, &literal))
}

fn import(cursor: &mut Cursor<'_>, file: &mut Justfile) -> Option<()> {
    let optional = cursor.eat("?");
    let path = text(cursor)?;
    file.imports.push(Import { path, optional });
    end(cursor)
}

fn module(cursor: &mut Cursor<'_>, file: &mut Justfile) -> Option<()> {
    let optional = cursor.eat("?");
    cursor.blanks();
    let name = cursor.name()?;
    let path = text(cursor);
    file.modules.push(Module { name: cursor.slice(name), path, optional });
    end(cursor)
}
