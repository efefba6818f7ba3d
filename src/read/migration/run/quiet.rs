//! Calls that can't reach the database and get values that are not known: a few of them show what all
//! give, so that computing with rows costs little.

use std::fmt::Write as _;

use super::super::value::{Function, Value};
use super::{Machine, Rc, Site};

/// How often such a call is followed before its value is taken for that of all others.
const RUNS: u32 = 3;
/// How often such a call is followed into itself.
const INNER: usize = 2;
/// The longest words for what a call gets, in bytes.
const MAX_WORDS: usize = 400;

/// What such a call gave, and how often.
pub(super) struct Quiet<'a> {
    runs: u32,
    value: Value<'a>,
}

/// The most steps of one computation.
const MAX_STEPS: usize = 20_000;
/// The most turns of loops in one computation.
const MAX_TURNS: usize = 2_000;

/// Why a value is not known that takes long to compute.
pub(super) const TOO_MUCH: &str = "it takes more steps to compute than are followed";

/// A computation that gets nothing that reaches the database.
pub(super) struct Aside {
    turns: usize,
    made: usize,
    modules: Vec<usize>,
    /// Whether a loop in it ended too early.
    pub(super) is_cut: bool,
}

impl Aside {
    pub(super) fn enter(&mut self, module: usize) {
        if !self.modules.contains(&module) {
            self.modules.push(module);
        }
    }
}

/// What was there when a call began.
pub(super) struct Before {
    touches: usize,
    marks: [usize; 3],
    lowest: [usize; 3],
}

impl<'a> Machine<'a> {
    /// What a call gets, in words, where it can't reach the database and is not known in all parts.
    pub(super) fn quiet(
        &self,
        function: &Function<'a>,
        args: &[Value<'a>],
        this: Option<&Value<'a>>,
    ) -> Option<Rc<str>> {
        let mut words = String::new();
        if let Some(this) = function.this.as_ref().or(this) {
            self.put_words(&mut words, this, 3)?;
        }
        for arg in args {
            words.push(';');
            self.put_words(&mut words, arg, 3)?;
        }
        words.contains('?').then(|| words.into())
    }

    fn put_words(&self, words: &mut String, value: &Value<'a>, depth: u32) -> Option<()> {
        let depth = depth.checked_sub(1)?;
        if words.len() > MAX_WORDS {
            return None;
        }
        match value {
            Value::Unknown(_) | Value::Live(_) => words.push('?'),
            Value::Text(text) => match text.known() {
                Some(known) if known.len() < 64 => drop(write!(words, "t{known:?}")),
                _ => return None,
            },
            Value::Number(number, _) => drop(write!(words, "n{number}")),
            Value::Bool(flag, _) => drop(write!(words, "b{flag}")),
            Value::Nothing => words.push('-'),
            Value::Driver => words.push('d'),
            Value::Function(function) => drop(write!(words, "f{:?},{}", function.key(), function.scope)),
            Value::Module(module) => drop(write!(words, "m{module}")),
            Value::Native(path) => words.push_str(path),
            Value::Instance(instance) => {
                let fields = &self.instances.get(*instance)?.fields;
                if fields.values().any(|value| value.reaches(super::LOOK)) {
                    return None;
                }
                let _ = write!(words, "i{instance}");
            }
            Value::List(list) => {
                words.push('[');
                for item in &list.items {
                    self.put_words(words, item, depth)?;
                    words.push(',');
                }
                words.push_str(if list.more.is_some() { "?]" } else { "]" });
            }
            Value::Object(object) => {
                words.push('{');
                for (name, value) in &object.pairs {
                    let _ = write!(words, "{name:?}:");
                    self.put_words(words, value, depth)?;
                    words.push(',');
                }
                words.push_str(if object.more.is_some() { "?}" } else { "}" });
            }
            Value::Either(choices) => {
                words.push('(');
                for choice in choices.iter() {
                    self.put_words(words, &choice.value, depth)?;
                    words.push('|');
                }
                words.push(')');
            }
            Value::Promise(promise) if promise.1.is_empty() => self.put_words(words, &promise.0, depth)?,
            _ => return None,
        }
        Some(())
    }

    /// What the call gives, where that is known from others.
    pub(super) fn quiet_value(&self, key: (usize, usize), words: &Rc<str>) -> Option<Value<'a>> {
        let inner =
            self.frames.iter().filter(|frame| frame.key == key && frame.quiet.as_ref() == Some(words));
        if inner.count() >= INNER {
            return Some(Value::unknown("the function that gives it calls itself"));
        }
        let known = self.quiets.get(&(key, Rc::clone(words)))?;
        (known.runs >= RUNS).then(|| known.value.clone())
    }

    /// Whether a call gets nothing that reaches the database, nor sees it from where it was made.
    pub(super) fn is_aside(
        &self,
        function: &Function<'a>,
        args: &[Value<'a>],
        this: Option<&Value<'a>>,
    ) -> bool {
        let of_file = self.scopes.get(function.scope).is_some_and(|scope| scope.parent.is_none());
        let this_reaches = function.this.as_ref().or(this).is_some_and(|this| match this {
            Value::Instance(instance) => self
                .instances
                .get(*instance)
                .is_none_or(|instance| instance.fields.values().any(|value| value.reaches(super::LOOK))),
            this => this.reaches(super::LOOK),
        });
        // What it gets to call may reach the database.
        let mut functions = Vec::new();
        args.iter().for_each(|arg| arg.functions(super::LOOK, &mut functions));
        of_file
            && functions.is_empty()
            && !this_reaches
            && function.module != 0
            && !args.iter().any(|arg| arg.reaches(super::LOOK))
    }

    pub(super) fn begin_aside(&mut self) {
        let aside = Aside { turns: self.turns, made: self.made.len(), modules: Vec::new(), is_cut: false };
        self.floor = self.steps.saturating_sub(MAX_STEPS);
        self.turns = self.turns.min(MAX_TURNS);
        self.aside = Some(aside);
    }

    /// Ends a computation; says whether it was given up. Where its files speak to a database, that is
    /// said.
    pub(super) fn end_aside(&mut self, site: &Site) -> bool {
        let Some(aside) = self.aside.take() else { return false };
        let given_up = self.is_spent() || aside.is_cut;
        self.floor = 0;
        self.turns = aside.turns;
        if !given_up {
            return false;
        }
        self.made.truncate(aside.made);
        let speaks = aside.modules.iter().any(|module| {
            let text = self.source_of(*module).text();
            [".query(", "createQueryRunner", "getRepository(", "createQueryBuilder("]
                .iter()
                .any(|word| memchr::memmem::find(text.as_bytes(), word.as_bytes()).is_some())
        });
        if speaks {
            let at = if site.whole.is_empty() { &site.words } else { &site.whole };
            let reason =
                format!("`{}` takes more steps than are followed, in a file that queries", site.callee);
            self.not_followed_in(site.module, at.clone(), reason);
        }
        true
    }

    pub(super) fn before(&mut self) -> Before {
        Before {
            touches: self.touches,
            marks: [self.scopes.len(), self.instances.len(), self.ids + 1],
            lowest: std::mem::replace(&mut self.lowest, [usize::MAX; 3]),
        }
    }

    /// Remembers what a call gave that changed nothing outside of it.
    pub(super) fn after(
        &mut self,
        before: &Before,
        (key, words): ((usize, usize), Option<Rc<str>>),
        value: &Value<'a>,
    ) {
        let own = self.lowest;
        let outward = own.iter().zip(before.marks).any(|(lowest, mark)| *lowest < mark);
        self.lowest = [0, 1, 2].map(|at| own[at].min(before.lowest[at]));
        let Some(words) = words else { return };
        let kept = self.touches == before.touches && !outward && self.stopped.is_none() && !is_plain(value);
        let known = self.quiets.entry((key, words)).or_insert(Quiet { runs: 0, value: Value::Nothing });
        known.runs = if kept { known.runs + 1 } else { 0 };
        if kept {
            known.value = value.clone();
        }
    }
}

/// Whether the value is known in full, and so may be another one in the next call.
fn is_plain(value: &Value<'_>) -> bool {
    match value {
        Value::Text(text) => text.holes.is_empty(),
        Value::Number(..) | Value::Bool(..) => true,
        Value::Promise(promise) => !promise.1.is_empty() || is_plain(&promise.0),
        _ => false,
    }
}
