//! All facts of a repository: by kind, by containment, by what a command reaches.

use rustc_hash::FxHashMap;

use super::fact::{Fact, FactRef, Reading};
use super::flow::Flow;
use super::order::Runs;
use super::words::{self, Kind};
use crate::finding::Finding;
use crate::text::FileId;

/// Names a fact in [`Facts`]: its index.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FactId(pub u32);

/// Every fact, with the ways between them.
#[derive(Debug, Default)]
pub struct Facts {
    all: Vec<Fact>,
    parents: Vec<Option<FactId>>,
    children: Vec<Vec<FactId>>,
    by_kind: Vec<Vec<FactId>>,
    by_file: FxHashMap<FileId, Vec<FactId>>,
    calls: FxHashMap<FactId, Vec<FactId>>,
    own_places: FxHashMap<FactId, usize>,
    flows: Flows,
    runs: Runs,
}

/// The control flow of units: of each, parts that follow where the one before them succeeded.
pub type Flows = FxHashMap<FactId, Vec<Flow>>;

impl Facts {
    /// Gathers readings in their order. The findings of the readings come with the facts.
    #[must_use]
    pub fn gather(readings: Vec<Reading>) -> (Self, Vec<Finding>) {
        let mut facts = Self { by_kind: vec![Vec::new(); Kind::all().count()], ..Self::default() };
        let mut findings = Vec::new();
        let count = readings.iter().map(|reading| reading.facts.len()).sum();
        facts.all.reserve_exact(count);
        facts.parents.reserve_exact(count);
        facts.children.reserve_exact(count);
        for reading in readings {
            let base = facts.all.len();
            for fact in reading.facts {
                let parent = fact.parent.map(|FactRef(index)| FactId(id(base + index as usize)));
                facts.add(fact, parent);
            }
            for (FactRef(unit), mut flow) in reading.flows {
                flow.rebase(id(base));
                facts.flows.entry(FactId(id(base + unit as usize))).or_default().push(flow);
            }
            findings.extend(reading.findings);
        }
        (facts, findings)
    }

    /// Adds a fact that was derived from others.
    pub fn add(&mut self, fact: Fact, parent: Option<FactId>) -> FactId {
        let new = FactId(id(self.all.len()));
        self.by_kind[fact.kind.index()].push(new);
        self.by_file.entry(fact.span.file).or_default().push(new);
        if let Some(parent) = parent {
            self.children[parent.0 as usize].push(new);
        }
        self.parents.push(parent);
        self.children.push(Vec::new());
        self.all.push(fact);
        new
    }

    /// Notes that the command `from` runs `to` (a command, a package script, a workflow, …).
    pub fn call(&mut self, from: FactId, to: FactId) {
        let targets = self.calls.entry(from).or_default();
        if !targets.contains(&to) {
            targets.push(to);
        }
    }

    /// The control flow of a unit: parts of which each follows where the one before it succeeded.
    #[must_use]
    pub fn flows(&self, unit: FactId) -> &[Flow] {
        self.flows.get(&unit).map_or(&[], Vec::as_slice)
    }

    /// Notes that the command `id` does something itself between its calls, after the first `at` of them: a
    /// tool that runs hooks before and behind its work.
    pub fn set_own_place(&mut self, id: FactId, at: usize) {
        self.own_places.insert(id, at);
    }

    /// After how many of its calls the command does something itself; `None` where it does nothing beside
    /// what it calls, or calls nothing.
    #[must_use]
    pub fn own_place(&self, id: FactId) -> Option<usize> {
        self.own_places.get(&id).copied()
    }

    /// Every unit's control flow.
    #[must_use]
    pub fn all_flows(&self) -> &Flows {
        &self.flows
    }

    /// Hands out the control flow, for one who changes facts while following it; to be given back.
    #[must_use]
    pub fn take_flows(&mut self) -> Flows {
        std::mem::take(&mut self.flows)
    }

    pub fn give_flows(&mut self, flows: Flows) {
        self.flows = flows;
    }

    /// Which facts stand for commands as they run.
    #[must_use]
    pub fn runs(&self) -> &Runs {
        &self.runs
    }

    pub fn set_runs(&mut self, runs: Runs) {
        self.runs = runs;
    }

    #[must_use]
    pub fn get(&self, id: FactId) -> &Fact {
        &self.all[id.0 as usize]
    }

    pub fn get_mut(&mut self, id: FactId) -> &mut Fact {
        &mut self.all[id.0 as usize]
    }

    #[must_use]
    pub fn len(&self) -> usize {
        self.all.len()
    }

    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.all.is_empty()
    }

    pub fn ids(&self) -> impl Iterator<Item = FactId> + use<> {
        (0..id(self.all.len())).map(FactId)
    }

    /// Facts of one kind, in the order of files and places.
    #[must_use]
    pub fn of_kind(&self, kind: Kind) -> &[FactId] {
        &self.by_kind[kind.index()]
    }

    #[must_use]
    pub fn in_file(&self, file: FileId) -> &[FactId] {
        self.by_file.get(&file).map_or(&[], Vec::as_slice)
    }

    #[must_use]
    pub fn parent(&self, id: FactId) -> Option<FactId> {
        self.parents[id.0 as usize]
    }

    /// The facts that contain `id`, nearest first.
    pub fn around(&self, id: FactId) -> impl Iterator<Item = FactId> {
        std::iter::successors(self.parent(id), |&id| self.parent(id))
    }

    /// The nearest fact of `kind` that contains `id`.
    #[must_use]
    pub fn enclosing(&self, id: FactId, kind: Kind) -> Option<FactId> {
        self.around(id).find(|&other| self.get(other).kind == kind)
    }

    #[must_use]
    pub fn children(&self, id: FactId) -> &[FactId] {
        &self.children[id.0 as usize]
    }

    /// The facts that `id` contains, at any depth, in order; as written, without those that were
    /// added for an entry point that reaches them.
    #[must_use]
    pub fn inside(&self, id: FactId) -> Vec<FactId> {
        let mut found = Vec::new();
        let mut stack: Vec<FactId> = self.children(id).iter().rev().copied().collect();
        while let Some(next) = stack.pop() {
            if self.get(next).is_echo() {
                continue;
            }
            found.push(next);
            stack.extend(self.children(next).iter().rev());
        }
        found
    }

    /// What runs when `id` runs: what it contains, but not the bodies of functions, which run where
    /// they are called, nor the entries of a crontab, which run when cron starts them.
    #[must_use]
    pub fn running(&self, id: FactId) -> Vec<FactId> {
        let mut found = Vec::new();
        let mut stack: Vec<FactId> = self.running_children(id).rev().collect();
        while let Some(next) = stack.pop() {
            found.push(next);
            stack.extend(self.running_children(next).rev());
        }
        found
    }

    fn running_children(&self, id: FactId) -> impl DoubleEndedIterator<Item = FactId> {
        let runs = |child: &FactId| {
            let fact = self.get(*child);
            !fact.is_echo() && !matches!(fact.kind, words::function::KIND | words::schedule::KIND)
        };
        self.children(id).iter().copied().filter(runs)
    }

    /// What the command `id` runs directly.
    #[must_use]
    pub fn calls(&self, id: FactId) -> &[FactId] {
        self.calls.get(&id).map_or(&[], Vec::as_slice)
    }

    /// Everything that `id` contains or runs, transitively, each with the calls that lead to it
    /// (commands, outermost first); as written, like [`Facts::inside`]. Cycles end.
    #[must_use]
    pub fn reach(&self, id: FactId) -> Vec<(FactId, Vec<FactId>)> {
        self.reach_where(id, |_| true)
    }

    /// Those of [`Facts::reach`] that `asked` holds for.
    pub fn reach_where(&self, id: FactId, asked: impl Fn(FactId) -> bool) -> Vec<(FactId, Vec<FactId>)> {
        let mut seen = vec![0_u64; self.all.len() / 64 + 1];
        let mut is_new = |id: FactId| {
            let (word, bit) = (&mut seen[id.0 as usize / 64], 1 << (id.0 % 64));
            let new = *word & bit == 0;
            *word |= bit;
            new
        };
        is_new(id);
        let mut found: Vec<(FactId, Vec<FactId>)> = Vec::new();
        // Calls on the way, each with the number of the one before it; 0 is none.
        let mut calls: Vec<(FactId, usize)> = vec![(id, 0)];
        let mut queue = std::collections::VecDeque::from([(id, 0)]);
        while let Some((next, way)) = queue.pop_front() {
            if next != id && asked(next) {
                let steps = std::iter::successors(Some(way), |&at| Some(calls[at].1));
                let mut path: Vec<FactId> = steps.take_while(|&at| at > 0).map(|at| calls[at].0).collect();
                path.reverse();
                found.push((next, path));
            }
            for child in self.running_children(next) {
                if is_new(child) {
                    queue.push_back((child, way));
                }
            }
            let targets = self.calls(next);
            if !targets.is_empty() {
                calls.push((next, way));
            }
            for &target in targets {
                if is_new(target) {
                    queue.push_back((target, calls.len() - 1));
                }
            }
        }
        found
    }
}

fn id(index: usize) -> u32 {
    u32::try_from(index).unwrap_or(u32::MAX)
}
