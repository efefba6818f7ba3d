//! Runs `up` and `down` as far as their text tells: a small interpreter that follows constants,
//! functions, classes and loops into other files of the repository, and notes all that reaches the
//! database. Bounded in steps, turns and depth; says where it stopped. Does not know what a program
//! reads when it runs.

use std::ops::Range;
use std::rc::Rc;

use regex::Regex;
use rustc_hash::{FxHashMap, FxHashSet};
use swc_ecma_ast::{Expr, TsEnumDecl, TsModuleDecl, VarDeclarator};

use super::library::Library;
use super::scope::{Role, field_role};
use super::source::Source;
use super::text::{MAX_COST, Text, Why};
use super::value::{ClassValue, Function, Value};
use crate::facts::{MigrationNotes, Reading, Step};
use crate::text::Span;

mod bind;
mod call;
mod class;
mod data;
mod eval;
mod exec;
mod follow;
mod heap;
mod hoist;
mod list;
mod loops;
mod module;
mod native;
mod note;
mod operate;
mod over;
mod promise;
mod quiet;
mod reach;
mod texts;
mod words;

/// The most steps that one direction of a migration takes.
const MAX_STEPS: usize = 1_000_000;
/// The most steps that all migrations of one file take.
const MAX_ALL_STEPS: usize = 4_000_000;
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
    /// Whether it is a block of a function, whose `var`s are the function's.
    is_block: bool,
}

/// What a name stands for.
#[derive(Clone)]
enum Slot<'a> {
    Ready(Value<'a>),
    /// What was declared and not reached yet.
    Declared(&'a VarDeclarator),
    Enum(&'a TsEnumDecl),
    Namespace(&'a TsModuleDecl),
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
    /// The content of a list or an object, by its identity.
    Content(usize),
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
    /// What it hands out as a generator, and why there may be more of it.
    given: Vec<Value<'a>>,
    more: Option<Rc<Why>>,
    /// How many conditions there were around it when it began.
    conditions: usize,
    /// What it was called with, where that can't reach the database.
    quiet: Option<Rc<str>>,
}

impl<'a> Frame<'a> {
    fn new(
        module: usize,
        this: Option<Value<'a>>,
        home: Option<Rc<ClassValue<'a>>>,
        key: (usize, usize),
    ) -> Self {
        Self {
            module,
            this,
            home,
            key,
            returns: Vec::new(),
            given: Vec::new(),
            more: None,
            conditions: 0,
            quiet: None,
        }
    }
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
    /// The objects that hold what was assigned to classes, by where these stand.
    statics: FxHashMap<(usize, usize), usize>,
    /// What lists and objects hold that were changed since they were made, and the number of all.
    heap: FxHashMap<usize, Value<'a>>,
    ids: usize,
    /// What was assigned, with what was there before.
    journal: Vec<(Place<'a>, Option<Value<'a>>)>,
    frames: Vec<Frame<'a>>,
    scope: usize,
    steps: usize,
    /// The steps that are left for all directions of the file.
    all_steps: usize,
    bytes: usize,
    sql: usize,
    turns: usize,
    /// The computation that is followed beside what reaches the database, and the steps that are left
    /// behind it.
    aside: Option<quiet::Aside>,
    floor: usize,
    /// What calls gave that can't reach the database, by function and arguments.
    quiets: FxHashMap<((usize, usize), Rc<str>), quiet::Quiet<'a>>,
    /// How often something was looked at that reaches the database.
    touches: usize,
    /// The oldest scope, object and identity that was assigned to since the call that runs began.
    lowest: [usize; 3],
    /// The words of the template whose tag ran last, escapes as they are.
    raw_strings: Option<Value<'a>>,
    /// Patterns that were read, by their words and flags.
    patterns: FxHashMap<(Rc<str>, Rc<str>), Option<Regex>>,
    /// The labels around, each with where it begins, and the label of the loop that begins.
    labels: Vec<(&'a str, usize)>,
    label: Option<usize>,
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
            statics: FxHashMap::default(),
            heap: FxHashMap::default(),
            ids: 0,
            journal: Vec::new(),
            frames: Vec::new(),
            scope: 0,
            steps: MAX_STEPS,
            all_steps: MAX_ALL_STEPS,
            bytes: MAX_BYTES,
            sql: MAX_SQL,
            turns: MAX_ALL_TURNS,
            aside: None,
            floor: 0,
            quiets: FxHashMap::default(),
            touches: 0,
            lowest: [usize::MAX; 3],
            raw_strings: None,
            patterns: FxHashMap::default(),
            labels: Vec::new(),
            label: None,
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
    pub fn method(
        &mut self,
        (class, own): (&'a swc_ecma_ast::Class, &'a str),
        name: &'static str,
    ) -> Option<Noted> {
        let scope = self.root(0)?;
        let class = Rc::new(ClassValue { class, name: own, scope, module: 0 });
        self.direction = name;
        (self.scope, self.depth, self.last) = (scope, 0, None);
        self.known.clear();
        self.frames.push(Frame::new(0, None, None, (0, usize::MAX)));
        self.steps = MAX_STEPS.min(self.all_steps);
        let before = self.steps;
        let instance = self.instance(&class, None);
        let mut found = self.class_method(&class, name, false, &instance);
        if let Some(Value::Function(function)) = &found {
            let site = Site { module: 0, whole: 0..0, words: 0..0, callee: name.into() };
            let result = self.call_function(function, vec![Value::Role(Role::Runner)], Some(instance), &site);
            self.wait_for(&result);
            self.run_what_was_made();
        }
        self.all_steps = self.all_steps.saturating_sub(before - self.steps);
        if self.stopped.is_some() && found.is_none() && class_has(&class, name) {
            found = Some(Value::Nothing);
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

    /// Functions that nobody was seen to call may be called where that is not seen; what another file
    /// declares for all who import it is called by those who name it.
    fn run_what_was_made(&mut self) {
        let mut at = 0;
        while let Some(function) = self.made.get(at).cloned() {
            at += 1;
            let shared = function.module != 0 && self.roots.get(&function.module) == Some(&function.scope);
            if !shared && !self.ran.contains(&function.key()) {
                self.run_unknown(&function, None);
            }
        }
        self.made.clear();
    }

    /// Pays one step; says whether there was one left.
    fn step(&mut self) -> bool {
        if self.steps > self.floor {
            self.steps -= 1;
            true
        } else if self.aside.is_some() && self.steps > 0 {
            // A computation is given up, not the migration.
            false
        } else {
            self.stop("it takes more steps than are followed");
            false
        }
    }

    /// Pays for a call.
    fn pay_call(&mut self) {
        self.steps = self.steps.saturating_sub(CALL_STEPS).max(self.floor);
    }

    /// Pays for work on so many items.
    fn charge(&mut self, items: usize) {
        self.steps = self.steps.saturating_sub(items / 8).max(self.floor);
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
        if self.turns == 0
            && let Some(aside) = &mut self.aside
        {
            aside.is_cut = true;
        }
        self.turns > 0
    }

    /// Whether there are no steps left for what runs.
    fn is_spent(&self) -> bool {
        self.steps <= self.floor
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
        if let Some(scope) = self.scopes.get_mut(self.scope) {
            scope.is_block = true;
        }
        let result = work(self);
        self.scope = outer;
        result
    }

    fn new_scope(&mut self, parent: Option<usize>, module: usize) -> usize {
        self.scopes.push(Scope { names: FxHashMap::default(), parent, module, is_block: false });
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
        let (at, which) = match &place {
            Place::Name(scope, _) => (*scope, 0),
            Place::Field(instance, _) => (*instance, 1),
            Place::Content(id) => (*id, 2),
        };
        self.lowest[which] = self.lowest[which].min(at);
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
            Place::Content(id) => self.heap.insert(*id, value),
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
            Place::Content(id) => self.heap.get(id).cloned(),
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
                (Place::Content(id), Some(old)) => drop(self.heap.insert(*id, old)),
                (Place::Name(..) | Place::Content(_), None) => {}
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

/// Whether the class itself has the method.
fn class_has(class: &ClassValue<'_>, name: &str) -> bool {
    use swc_ecma_ast::ClassMember;
    class.class.body.iter().any(|member| match member {
        ClassMember::Method(method) => super::scope::prop_name(&method.key) == Some(name),
        ClassMember::ClassProp(field) => super::scope::prop_name(&field.key) == Some(name),
        _ => false,
    })
}
