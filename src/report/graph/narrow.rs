//! Parts of the graph: what a unit reaches, the ways to an effect, one environment. Knows no form of
//! drawing.

use super::{Graph, Node, Role, label};
use crate::facts::words::EFFECTS;
use crate::finding::nearest;

/// Which part of the graph is asked for.
#[derive(Clone, Copy, Debug, Default)]
pub struct Query<'a> {
    /// A unit: its path, its name, or its kind with its name.
    pub from: Option<&'a str>,
    /// An effect.
    pub to: Option<&'a str>,
    pub environment: Option<&'a str>,
}

impl Graph {
    /// The part that `query` asks for, of the files that `shown` accepts and what they are connected
    /// with.
    ///
    /// # Errors
    /// A sentence for a name that nothing has, with the one that was probably meant.
    pub fn narrow(&self, query: &Query<'_>, shown: impl Fn(&str) -> bool) -> Result<Self, String> {
        let mut graph = self.through(shown);
        if let Some(name) = query.from {
            let starts = self.named(name)?;
            let mut keep = vec![false; self.nodes.len()];
            for at in starts {
                keep[at] = true;
            }
            // Names are looked for in all that there is, so that a path narrows what they lead to.
            let reached = self.only(&self.forward(keep, |_| true));
            graph = reached.both(&graph);
        }
        if let Some(effect) = query.to {
            if !EFFECTS.contains(&effect) {
                return Err(unknown("effect", effect, EFFECTS.iter().copied()));
            }
            let ends = graph.nodes.iter().map(|node| node.effects.holds(effect)).collect();
            graph = graph.only(&graph.backward(ends, |_| true));
        }
        if let Some(environment) = query.environment {
            let has = |node: &Node| node.environments.contains(environment);
            if !self.nodes.iter().any(has) {
                let known = self.nodes.iter().flat_map(|node| node.environments.iter().map(AsRef::as_ref));
                return Err(unknown("environment", environment, known));
            }
            // A script of several environments leads to each of them, but not on to the others.
            let fits = |node: &Node| node.environments.is_empty() || has(node);
            let seeds: Vec<bool> = graph.nodes.iter().map(has).collect();
            let after = graph.forward(seeds.clone(), fits);
            let before = graph.backward(seeds, fits);
            let keep: Vec<bool> =
                after.iter().zip(&before).map(|(&after, &before)| after || before).collect();
            graph = graph.only(&keep);
        }
        Ok(graph)
    }

    /// What goes through the files that `shown` accepts.
    fn through(&self, shown: impl Fn(&str) -> bool) -> Self {
        let seeds: Vec<bool> = self.nodes.iter().map(|node| shown(&node.path)).collect();
        if seeds.iter().all(|&seed| seed) {
            return self.clone();
        }
        let after = self.forward(seeds.clone(), |_| true);
        let before = self.backward(seeds, |_| true);
        let keep: Vec<bool> = after.iter().zip(&before).map(|(&after, &before)| after || before).collect();
        self.only(&keep)
    }

    /// The nodes that are in both graphs.
    fn both(&self, other: &Self) -> Self {
        let ids: rustc_hash::FxHashSet<&str> = other.nodes.iter().map(|node| node.id.as_str()).collect();
        let keep: Vec<bool> = self.nodes.iter().map(|node| ids.contains(node.id.as_str())).collect();
        self.only(&keep)
    }

    /// The units of that name.
    fn named(&self, name: &str) -> Result<Vec<usize>, String> {
        let name = name.trim();
        let path = name.trim_start_matches("./").trim_end_matches('/');
        let is_named = |node: &Node| {
            let kind = label::kind(node);
            let full = node.kind.rsplit('.').next().unwrap_or_default();
            node.path.as_ref() == path
                || *node.name == *name
                || name.split_once([' ', ':']).is_some_and(|(word, rest)| {
                    (word == kind || word == full || word == node.kind) && *node.name == *rest.trim()
                })
        };
        let units = self.nodes.iter().enumerate().filter(|(_, node)| node.role == Role::Unit);
        let found: Vec<usize> = units.clone().filter(|(_, node)| is_named(node)).map(|(at, _)| at).collect();
        if found.is_empty() {
            let names = units.flat_map(|(_, node)| [node.path.as_ref(), node.name.as_ref()]);
            return Err(unknown("unit", name, names));
        }
        Ok(found)
    }

    /// `seeds` with all that they run, as far as `fits` holds.
    fn forward(&self, seeds: Vec<bool>, fits: impl Fn(&Node) -> bool) -> Vec<bool> {
        self.closure(seeds, fits, |(from, to)| (from, to))
    }

    /// `seeds` with all that runs them, as far as `fits` holds.
    fn backward(&self, seeds: Vec<bool>, fits: impl Fn(&Node) -> bool) -> Vec<bool> {
        self.closure(seeds, fits, |(from, to)| (to, from))
    }

    fn closure(
        &self,
        mut seen: Vec<bool>,
        fits: impl Fn(&Node) -> bool,
        turn: impl Fn((usize, usize)) -> (usize, usize),
    ) -> Vec<bool> {
        let mut next: Vec<Vec<usize>> = vec![Vec::new(); self.nodes.len()];
        for edge in self.edges.iter().filter(|edge| edge.way.runs()) {
            let (from, to) = turn((edge.from, edge.to));
            next[from].push(to);
        }
        let mut queue: Vec<usize> = (0..seen.len()).filter(|&at| seen[at]).collect();
        while let Some(at) = queue.pop() {
            for &to in &next[at] {
                if !seen[to] && fits(&self.nodes[to]) {
                    seen[to] = true;
                    queue.push(to);
                }
            }
        }
        seen
    }
}

fn unknown<'a>(what: &str, name: &str, known: impl IntoIterator<Item = &'a str>) -> String {
    let shown = label::cut(name, 80);
    let meant = nearest(name, known).map(|name| format!("; did you mean `{}`?", label::cut(name, 120)));
    let reason = if what == "effect" { "there is no" } else { "the graph has no" };
    format!("{reason} {what} `{shown}`{}", meant.unwrap_or_default())
}
