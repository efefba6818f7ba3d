//! Commands as they run: which fact stands for a command under one entry point, with the words that
//! are known there filled in.

use std::hash::{Hash, Hasher};
use std::sync::Arc;

use rustc_hash::FxHashMap;

use super::eval::Bindings;
use super::values::Variables;
use crate::facts::fact::Fact;
use crate::facts::store::{FactId, Facts};
use crate::facts::words::{command, job};
use crate::text::Span;

/// Where control enters: a unit that nothing else runs, with the values that it is given.
#[derive(Clone, Debug)]
pub struct Entry {
    pub unit: FactId,
    pub variables: Variables,
}

/// Which facts stand for commands as they run. A *frame* is a unit as it runs in one phase and
/// environment.
#[derive(Debug, Default)]
pub struct Runs {
    pub entries: Vec<Entry>,
    /// The entry points that lead to each frame.
    pub frames: Vec<Vec<u32>>,
    /// The frame of a unit that a command, as it runs, calls.
    pub called: FxHashMap<(FactId, FactId), u32>,
    /// The frame of each entry point.
    pub roots: Vec<u32>,
    /// The values that a call gives to the unit beyond its words.
    pub bindings: FxHashMap<(FactId, FactId), Bindings>,
    /// The values of each job's matrix.
    pub combinations: FxHashMap<FactId, Vec<Bindings>>,
    /// The fact that stands for a command in a frame, with what was filled in; none where that is the
    /// command itself.
    pub facts: FxHashMap<(u32, FactId, u64), FactId>,
    /// The frames that commands run in, by command.
    pub places: Vec<(FactId, u32)>,
}

impl Runs {
    /// The frames that a command, as it runs, belongs to.
    pub fn frames_of(&self, command: FactId) -> impl Iterator<Item = u32> {
        let first = self.places.partition_point(|(other, _)| *other < command);
        let own = self.places[first..].iter().take_while(move |(other, _)| *other == command);
        own.map(|(_, frame)| *frame)
    }
}

/// The words of a command that values are filled into.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Fillings {
    pub words: Vec<(usize, String)>,
    pub args: Vec<(usize, String)>,
    pub flags: Vec<(usize, String)>,
    pub env: Vec<(usize, String)>,
    pub target: Option<String>,
    /// The name of the environment that its job gets.
    pub environment: Option<String>,
}

impl Fillings {
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.words.is_empty() && self.env.is_empty() && self.target.is_none() && self.environment.is_none()
    }

    /// A number that tells fillings apart; 0 for none.
    #[must_use]
    pub fn number(&self) -> u64 {
        if self.is_empty() {
            return 0;
        }
        let mut hasher = rustc_hash::FxHasher::default();
        self.hash(&mut hasher);
        hasher.finish().max(1)
    }

    /// The command with the words filled in.
    pub fn apply(&self, fact: &mut Fact) {
        for (field, fillings) in [(command::WORDS, &self.words), (command::ARGS, &self.args)] {
            let Some(slot) = fact.get(field).filter(|_| !fillings.is_empty()) else { continue };
            let span = slot.span;
            let mut list = fact.list(field).to_vec();
            for (at, text) in fillings {
                if let Some(item) = list.get_mut(*at) {
                    item.0 = text.as_str().into();
                }
            }
            fact.set(field, list, span);
        }
        for (field, fillings) in [(command::FLAGS, &self.flags), (command::ENV, &self.env)] {
            let Some(slot) = fact.get(field).filter(|_| !fillings.is_empty()) else { continue };
            let span = slot.span;
            let mut map = fact.map(field).to_vec();
            for (at, text) in fillings {
                if let Some(item) = map.get_mut(*at) {
                    item.1 = text.as_str().into();
                }
            }
            fact.set(field, map, span);
        }
        if let Some(target) = &self.target {
            let span = fact.get(command::TARGET).map_or(fact.span, |slot| slot.span);
            fact.set(command::TARGET, target.as_str(), span);
        }
    }
}

/// What is known of the words of a command on a path.
#[must_use]
pub fn fillings(facts: &Facts, id: FactId, variables: &Variables) -> Fillings {
    let fact = facts.get(id);
    let environment = environment(facts, id, variables);
    let list = |items: &[(Arc<str>, Span)]| {
        let filled = items.iter().enumerate();
        filled.filter_map(|(at, (text, _))| Some((at, variables.fill(text)?))).collect::<Vec<_>>()
    };
    let map = |items: &[(Arc<str>, Arc<str>, Span)]| {
        let filled = items.iter().enumerate();
        filled.filter_map(|(at, (_, text, _))| Some((at, variables.fill(text)?))).collect::<Vec<_>>()
    };
    let words = list(fact.list(command::WORDS));
    let env = map(fact.map(command::ENV));
    let target = fact.text(command::TARGET).and_then(|target| variables.fill(target));
    if words.is_empty() {
        return Fillings { env, target, environment, ..Fillings::default() };
    }
    Fillings {
        words,
        args: list(fact.list(command::ARGS)),
        flags: map(fact.map(command::FLAGS)),
        env,
        target,
        environment,
    }
}

/// The name in the `environment` of the command's job, where values make it: `${{ inputs.stage }}`.
fn environment(facts: &Facts, id: FactId, variables: &Variables) -> Option<String> {
    let unknown = facts.get(id).get(command::ENVIRONMENT).is_none();
    let job = unknown.then(|| facts.enclosing(id, job::KIND)).flatten()?;
    let name = facts.get(job).text(job::GITHUB_ENVIRONMENT).filter(|name| name.contains("${{"))?;
    variables.fill(name).filter(|name| !name.contains('$'))
}
