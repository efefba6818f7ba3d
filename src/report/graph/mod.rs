//! The web of commands: what calls what, as it is written. Units (a job, a script, a release phase)
//! hold commands, and commands run units. Knows facts, neither readers nor rules; how it is drawn is
//! in the modules below.

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::facts::words::EFFECTS;
use crate::text::Span;

mod build;
mod dot;
mod effects;
mod json;
mod label;
mod layout;
mod mermaid;
mod narrow;
mod svg;
#[cfg(test)]
mod tests;

pub use dot::dot;
pub use json::{GraphDocument, document};
pub use mermaid::mermaid;
pub use narrow::Query;
pub use svg::svg;

/// Units and commands with the ways between them. Nodes are sorted by path and place, edges by their
/// ends; the same facts give the same graph.
#[derive(Clone, Debug, Default)]
pub struct Graph {
    pub nodes: Vec<Node>,
    pub edges: Vec<Edge>,
    /// Number of nodes that were left out because a form cannot hold as many.
    pub left_out: usize,
}

/// What a node stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Role {
    /// What holds commands, or is run by them.
    Unit,
    Command,
    /// The end of a way that could not be followed.
    Unresolved,
}

#[derive(Clone, Debug)]
pub struct Node {
    /// Letters, digits and `_`; made of the path, the kind and the name, so that it stays when other
    /// lines change.
    pub id: String,
    pub role: Role,
    /// The kind of its fact, such as `workflow.job`.
    pub kind: &'static str,
    /// A unit's name, a command's text, or the reason why a way ends.
    pub name: Arc<str>,
    pub path: Arc<str>,
    pub span: Span,
    /// The unit that holds it.
    pub unit: Option<usize>,
    /// What it does by itself.
    pub effects: Effects,
    /// What it does with all that it runs.
    pub reaches: Effects,
    /// The environments that it works on, as written and as run.
    pub environments: BTreeSet<Arc<str>>,
    /// When it runs.
    pub phases: BTreeSet<Arc<str>>,
    /// The words that let what follows go on when it fails, such as `|| true`.
    pub ignored: Option<String>,
    pub background: bool,
}

/// How one node leads to another.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Way {
    /// The unit holds the command, or the unit.
    Holds,
    /// The command runs the unit.
    Calls,
    /// The command deploys what the configuration says.
    Deploys,
    /// An image is built from the Dockerfile.
    Builds,
    /// The job waits for the other: from the job that is needed to the one that needs it.
    Needs,
    /// Where it leads could not be found out.
    Unresolved,
}

#[derive(Clone, Debug)]
pub struct Edge {
    pub from: usize,
    pub to: usize,
    pub way: Way,
    /// The command that the edge stands for, where its node was folded into it.
    pub command: Option<Node>,
}

/// A set of the words of [`EFFECTS`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Effects(u128);

impl Way {
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Holds => "holds",
            Self::Calls => "calls",
            Self::Deploys => "deploys",
            Self::Builds => "builds",
            Self::Needs => "needs",
            Self::Unresolved => "unresolved",
        }
    }

    /// Whether the end runs because the start does.
    #[must_use]
    pub fn runs(self) -> bool {
        self != Self::Needs
    }
}

impl Effects {
    #[must_use]
    pub fn of<'a>(words: impl IntoIterator<Item = &'a str>) -> Self {
        let bit = |word: &str| EFFECTS.iter().position(|&known| known == word).filter(|&at| at < 128);
        Self(words.into_iter().filter_map(bit).fold(0, |bits, at| bits | 1 << at))
    }

    #[must_use]
    pub fn and(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    #[must_use]
    pub fn without(self, other: Self) -> Self {
        Self(self.0 & !other.0)
    }

    #[must_use]
    pub fn is_empty(self) -> bool {
        self.0 == 0
    }

    #[must_use]
    pub fn holds(self, word: &str) -> bool {
        self.0 & Self::of([word]).0 != 0
    }

    /// The words, in the vocabulary's order.
    pub fn words(self) -> impl Iterator<Item = &'static str> {
        EFFECTS
            .iter()
            .take(128)
            .enumerate()
            .filter(move |(at, _)| self.0 >> at & 1 == 1)
            .map(|(_, &word)| word)
    }
}

impl Graph {
    /// The graph with those nodes for which `keep` holds, and the edges between them.
    #[must_use]
    pub fn only(&self, keep: &[bool]) -> Self {
        let mut new = vec![None; self.nodes.len()];
        let mut nodes: Vec<Node> = Vec::new();
        for (at, node) in self.nodes.iter().enumerate() {
            if keep.get(at) == Some(&true) {
                new[at] = Some(nodes.len());
                nodes.push(node.clone());
            }
        }
        for node in &mut nodes {
            node.unit = node.unit.and_then(|unit| new.get(unit).copied().flatten());
        }
        let moved = |edge: &Edge| {
            Some(Edge {
                from: new[edge.from]?,
                to: new[edge.to]?,
                way: edge.way,
                command: edge.command.clone(),
            })
        };
        Self { nodes, edges: self.edges.iter().filter_map(moved).collect(), left_out: self.left_out }
    }

    /// The graph in which a command that only runs one unit is the label of an edge between both.
    #[must_use]
    pub fn folded(&self) -> Self {
        let mut ways = vec![(0usize, 0usize); self.nodes.len()];
        for (at, edge) in self.edges.iter().enumerate() {
            if edge.way != Way::Holds {
                let (count, last) = &mut ways[edge.from];
                *count += 1;
                *last = at;
            }
        }
        let folds = |at: usize| {
            let node = &self.nodes[at];
            let (count, last) = ways[at];
            let edge = self.edges.get(last)?;
            let own = effects::shown(node.effects).without(self.nodes[edge.to].reaches);
            let one = node.role == Role::Command && count == 1 && node.unit.is_some();
            (one && own.is_empty() && edge.way == Way::Calls).then_some(last)
        };
        let folds: Vec<Option<usize>> = (0..self.nodes.len()).map(folds).collect();
        let mut whole = self.clone();
        whole.edges.clear();
        for edge in &self.edges {
            match (folds[edge.from], self.nodes[edge.from].unit) {
                (Some(_), Some(unit)) => {
                    let command = Some(self.nodes[edge.from].clone());
                    whole.edges.push(Edge { from: unit, command, ..edge.clone() });
                }
                _ => whole.edges.push(edge.clone()),
            }
        }
        let keep: Vec<bool> = folds.iter().map(Option::is_none).collect();
        whole.only(&keep)
    }

    /// The graph with at most `nodes` nodes, files that do most in the world first, and at most
    /// `edges` edges.
    #[must_use]
    pub fn limited(&self, nodes: usize, edges: usize) -> Self {
        let mut keep = vec![true; self.nodes.len()];
        if self.nodes.len() > nodes {
            // Files stay whole: a unit without its commands says nothing.
            let mut order: Vec<(usize, usize)> = Vec::with_capacity(self.nodes.len());
            for file in self.nodes.chunk_by(|one, other| one.path == other.path) {
                let rank = file.iter().map(|node| effects::rank(node.reaches)).min().unwrap_or(usize::MAX);
                let start = order.len();
                order.extend((start..start + file.len()).map(|at| (rank, at)));
            }
            order.sort_unstable();
            for &(_, at) in order.iter().skip(nodes) {
                keep[at] = false;
            }
        }
        let mut graph = self.only(&keep);
        graph.left_out += self.nodes.len() - graph.nodes.len();
        graph.edges.truncate(edges);
        graph
    }
}
