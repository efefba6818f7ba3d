//! Runs `up` and `down` as far as their text tells: a small interpreter that follows constants,
//! functions, classes and loops into other files of the repository, and notes all that reaches the
//! database. Bounded in steps, turns and depth; says where it stopped. Does not know what a program
//! reads when it runs.

use std::ops::Range;
use std::rc::Rc;

use rustc_hash::{FxHashMap, FxHashSet};
use swc_ecma_ast::{Expr, TsEnumDecl, VarDeclarator};

use super::library::Library;
use super::scope::{Role, field_role};
use super::source::Source;
use super::text::{MAX_COST, Text};
use super::value::{ClassValue, Function, Value};
use crate::facts::{MigrationNotes, Reading, Step};
use crate::text::Span;

mod bind;
mod call;
mod class;
mod eval;
mod exec;
mod list;
mod module;
mod native;
mod note;
mod operate;
mod promise;
mod reach;
mod words;

/// The most steps that one file's migrations take.
const MAX_STEPS: usize = 1_000_000;
/// The steps that a call takes beside those of its body: it makes a scope, which stays.
const CALL_STEPS: usize = 16;
/// The most text that they build, in bytes: constants can double each other without end.
const MAX_BYTES: usize = 192 * 1024 * 1024;
/// The most SQL that they run, in bytes.
const MAX_SQL: usize = 16 * 1024 * 1024;
/// How deep expressions, statements and calls are followed into each other.
const MAX_DEPTH: usize = 1_800;
/// How many calls are followed into each other.
const MAX_CALLS: usize = 48;
/// How often a function is followed into itself.
const MAX_RECURSION: usize = 8;
/// The most turns of one loop that are followed.
const MAX_TURNS: usize = 1_000;
/// The most turns of all loops.
const MAX_ALL_TURNS: usize = 20_000;
/// How deep values are looked into.
const LOOK: u32 = 4;

/// A scope of names.
struct Scope<'a> {
    names: FxHashMap<&'a str, Slot<'a>>,
    parent: Option<usize>,
    module: usize,
}

/// What a name stands for.
#[derive(Clone)]
enum Slot<'a> {
    Ready(Value<'a>),
    /// What was declared and not reached yet.
    Declared(&'a VarDeclarator),
    Enum(&'a TsEnumDecl),
    /// A name that another file exports: `*` for all of them.
    Import(&'a str, &'a str),
    /// Its value is being found.
    Busy,
}

/// What can be assigned to.
#[derive(Clone, PartialEq, Eq, Hash)]
enum Place<'a> {
    Name(usize, &'a str),
    Field(usize, Rc<str>),
}

/// An object of a class.
struct Instance<'a> {
    class: Rc<ClassValue<'a>>,
    fields: FxHashMap<Rc<str>, Value<'a>>,
}

/// A call that is being followed.
struct Frame<'a> {
    module: usize,
    this: Option<Value<'a>>,
    home: Option<Rc<ClassValue<'a>>>,
    key: (usize, usize),
    returns: Vec<Value<'a>>,
}

/// Work that somebody may wait for: the facts that it noted.
struct Pending {
    facts: Range<usize>,
    awaited: bool,
}

/// What one direction does.
#[derive(Default)]
pub struct Noted {
    pub reading: Reading,
    /// The facts that stand in one branch of the code each, which may not run.
    pub branches: Vec<Range<usize>>,
    /// The classes of the repository whose rows it reads or writes, each with the place that names it.
    pub entities: Vec<(Rc<str>, Span)>,
}

/// A call as it is written.
#[derive(Clone)]
struct Site {
    module: usize,
    /// The whole call.
    whole: Range<usize>,
    /// From the method's name to the closing parenthesis.
    words: Range<usize>,
    /// The function, as it is written.
    callee: Rc<str>,
}

/// The interpreter.
pub struct Machine<'a> {
    library: &'a Library<'a>,
    notes: &'a MigrationNotes,
    scopes: Vec<Scope<'a>>,
    /// The scope of each file that was reached.
    roots: FxHashMap<usize, usize>,
    instances: Vec<Instance<'a>>,
    /// What was assigned, with what was there before.
    journal: Vec<(Place<'a>, Option<Value<'a>>)>,
    frames: Vec<Frame<'a>>,
    scope: usize,
    steps: usize,
    bytes: usize,
    sql: usize,
    turns: usize,
    /// How many ways are followed that may be undone.
    ways: usize,
    depth: usize,
    /// How many classes above the one that was made the constructor belongs to that runs.
    level: usize,
    stopped: Option<&'static str>,
    holes: u32,
    /// Whether loops are run to see what they assign, no more.
    dry: bool,
    /// Functions that were made in the direction that runs, and those that ran.
    made: Vec<Rc<Function<'a>>>,
    ran: FxHashSet<(usize, usize)>,
    /// The conditions around, outermost first, each with its place.
    conditions: Vec<(Rc<str>, Span)>,
    /// The calls around.
    route: Vec<Step>,
    /// The innermost handler around that passes errors over.
    swallowed: Option<Span>,
    pendings: Vec<Pending>,
    direction: &'static str,
    noted: Noted,
    known: FxHashSet<(Span, String, String)>,
    /// The place of the last thing that was not followed.
    last: Option<Span>,
}

impl<'a> Machine<'a> {
    pub fn new(library: &'a Library<'a>, notes: &'a MigrationNotes) -> Self {
        Self {
            library,
            notes,
            scopes: Vec::new(),
            roots: FxHashMap::default(),
            instances: Vec::new(),
            journal: Vec::new(),
            frames: Vec::new(),
            scope: 0,
            steps: MAX_STEPS,
            bytes: MAX_BYTES,
            sql: MAX_SQL,
            turns: MAX_ALL_TURNS,
            ways: 0,
            depth: 0,
            level: 0,
            stopped: None,
            holes: 0,
            dry: false,
            made: Vec::new(),
            ran: FxHashSet::default(),
            conditions: Vec::new(),
            route: Vec::new(),
            swallowed: None,
            pendings: Vec::new(),
            direction: "up",
            noted: Noted::default(),
            known: FxHashSet::default(),
            last: None,
        }
    }

    /// What the method `name` of a class in the migration's own file does. None where it has none.
    pub fn method(&mut self, class: &'a swc_ecma_ast::Class, name: &'static str) -> Option<Noted> {
        let scope = self.root(0)?;
        let class = Rc::new(ClassValue { class, name: "", scope, module: 0 });
        self.direction = name;
        (self.scope, self.depth, self.last) = (scope, 0, None);
        self.known.clear();
        self.frames.push(Frame {
            module: 0,
            this: None,
            home: None,
            key: (0, usize::MAX),
            returns: Vec::new(),
        });
        let instance = self.instance(&class, None);
        let found = self.class_method(&class, name, false, &instance);
        if let Some(Value::Function(function)) = &found {
            let site = Site { module: 0, whole: 0..0, words: 0..0, callee: name.into() };
            let result = self.call_function(function, vec![Value::Role(Role::Runner)], Some(instance), &site);
            self.wait_for(&result);
            self.run_what_was_made();
        }
        self.frames.clear();
        self.say_where_it_stopped(class.class.span);
        self.finish_pending();
        found.map(|_| std::mem::take(&mut self.noted))
    }

    /// The text of an expression of the migration's own file.
    pub fn text_of(&mut self, expr: &'a Expr) -> Option<Rc<Text>> {
        self.scope = self.root(0)?;
        match self.eval(expr).settled() {
            Value::Text(text) => Some(text),
            _ => None,
        }
    }

    /// Functions that nobody was seen to call may be called where that is not seen.
    fn run_what_was_made(&mut self) {
        let mut at = 0;
        while let Some(function) = self.made.get(at).cloned() {
            at += 1;
            if !self.ran.contains(&function.key()) {
                self.run_unknown(&function, None);
            }
        }
        self.made.clear();
    }

    /// Pays one step; says whether there was one left.
    fn step(&mut self) -> bool {
        if let Some(steps) = self.steps.checked_sub(1) {
            self.steps = steps;
            true
        } else {
            self.stop("it takes more steps than are followed");
            false
        }
    }

    /// Pays for a call.
    fn pay_call(&mut self) {
        self.steps = self.steps.saturating_sub(CALL_STEPS);
    }

    fn pay(&mut self, bytes: usize) {
        self.bytes = self.bytes.saturating_sub(bytes);
        if self.bytes == 0 || bytes > MAX_COST {
            self.stop("it builds more text from its constants than is read");
            self.steps = 0;
        }
    }

    /// Pays one turn of a loop; says whether there was one left.
    fn turn(&mut self) -> bool {
        self.turns = self.turns.saturating_sub(1);
        self.turns > 0
    }

    fn stop(&mut self, why: &'static str) {
        self.stopped.get_or_insert(why);
    }

    /// Goes one level deeper; says whether that is not too deep.
    fn enter(&mut self) -> bool {
        if self.depth >= MAX_DEPTH {
            self.stop("it is nested too deeply to be followed");
            return false;
        }
        self.depth += 1;
        true
    }

    fn leave(&mut self) {
        self.depth -= 1;
    }

    fn module(&self) -> usize {
        self.frames.last().map_or(0, |frame| frame.module)
    }

    /// The file that is being run.
    fn source(&self) -> Source<'a> {
        self.source_of(self.module())
    }

    fn source_of(&self, module: usize) -> Source<'a> {
        let loaded = self.library.get(module).or_else(|| self.library.get(0));
        loaded.map_or(Source { passage: self.nowhere() }, super::library::Loaded::source)
    }

    fn nowhere(&self) -> &'a crate::text::Passage {
        self.library.empty()
    }

    /// Does `work` in a scope of its own.
    fn in_scope<R>(&mut self, work: impl FnOnce(&mut Self) -> R) -> R {
        let outer = self.scope;
        self.scope = self.new_scope(Some(outer), self.module());
        let result = work(self);
        self.scope = outer;
        result
    }

    fn new_scope(&mut self, parent: Option<usize>, module: usize) -> usize {
        self.scopes.push(Scope { names: FxHashMap::default(), parent, module });
        self.scopes.len() - 1
    }

    fn declare(&mut self, name: &'a str, slot: Slot<'a>) {
        let scope = self.scope;
        self.declare_in(scope, name, slot);
    }

    fn declare_in(&mut self, scope: usize, name: &'a str, slot: Slot<'a>) {
        if let Some(scope) = self.scopes.get_mut(scope) {
            scope.names.insert(name, slot);
        }
    }

    /// The scope that declares `name`, seen from the one that runs.
    fn scope_of(&self, name: &str) -> Option<usize> {
        let mut at = Some(self.scope);
        while let Some(index) = at {
            let scope = self.scopes.get(index)?;
            if scope.names.contains_key(name) {
                return Some(index);
            }
            at = scope.parent;
        }
        None
    }

    /// Assigns, so that it can be undone.
    fn assign(&mut self, place: Place<'a>, value: Value<'a>) {
        let old = match &place {
            Place::Name(scope, name) => self
                .scopes
                .get_mut(*scope)
                .and_then(|scope| scope.names.insert(name, Slot::Ready(value)))
                .and_then(|slot| if let Slot::Ready(value) = slot { Some(value) } else { None }),
            Place::Field(instance, name) => self
                .instances
                .get_mut(*instance)
                .and_then(|instance| instance.fields.insert(Rc::clone(name), value)),
        };
        if self.ways > 0 {
            self.journal.push((place, old));
        }
    }

    fn current(&self, place: &Place<'a>) -> Option<Value<'a>> {
        match place {
            Place::Name(scope, name) => match self.scopes.get(*scope)?.names.get(name)? {
                Slot::Ready(value) => Some(value.clone()),
                _ => None,
            },
            Place::Field(instance, name) => self.instances.get(*instance)?.fields.get(name).cloned(),
        }
    }

    /// Undoes what was assigned since the journal had `length` entries; answers what it was.
    fn undo(&mut self, length: usize) -> FxHashMap<Place<'a>, Value<'a>> {
        let mut changed = FxHashMap::default();
        while self.journal.len() > length {
            let Some((place, old)) = self.journal.pop() else { break };
            if let Some(value) = self.current(&place) {
                changed.entry(place.clone()).or_insert(value);
            }
            match (&place, old) {
                (Place::Name(scope, name), Some(old)) => {
                    if let Some(scope) = self.scopes.get_mut(*scope) {
                        scope.names.insert(name, Slot::Ready(old));
                    }
                }
                (Place::Name(..), None) => {}
                (Place::Field(instance, name), old) => {
                    if let Some(instance) = self.instances.get_mut(*instance) {
                        match old {
                            Some(old) => drop(instance.fields.insert(Rc::clone(name), old)),
                            None => drop(instance.fields.remove(name)),
                        }
                    }
                }
            }
        }
        changed
    }

    fn hole_id(&mut self) -> u32 {
        self.holes = self.holes.saturating_add(1);
        self.holes
    }

    fn this(&self) -> Option<Value<'a>> {
        self.frames.last()?.this.clone()
    }

    /// The role of a field of an object of which nothing else is known.
    fn field_by_name(name: &str) -> Option<Value<'a>> {
        field_role(name).map(Value::Role)
    }
}
