//! From facts to the graph: units, the commands in them, and what these run. Knows the vocabulary.

use std::collections::BTreeSet;
use std::sync::Arc;

use rustc_hash::{FxHashMap, FxHashSet};

use super::{Edge, Effects, Graph, Node, Role, Way, effects};
use crate::facts::words::{
    command, file, fly_config, fly_process, function, job, package, release, script, stage, step, task,
    unresolved, workflow,
};
use crate::facts::{Fact, FactId, Facts, Kind};
use crate::repo::Repo;
use crate::text::{FileId, Span};

impl Graph {
    /// The web of the commands as they are written. Harmless commands that run nothing of the
    /// repository are left out, unless `all` are asked for.
    #[must_use]
    pub fn new(facts: &Facts, repo: &Repo, all: bool) -> Self {
        let mut builder = Builder {
            facts,
            repo,
            nodes: Vec::new(),
            edges: Vec::new(),
            by_fact: FxHashMap::default(),
            files: files(facts),
        };
        builder.commands();
        builder.jobs();
        builder.apps();
        builder.runs();
        builder.environments();
        builder.reach();
        builder.finish(all)
    }
}

struct Builder<'a> {
    facts: &'a Facts,
    repo: &'a Repo,
    nodes: Vec<Node>,
    edges: Vec<Edge>,
    by_fact: FxHashMap<FactId, usize>,
    /// The fact that stands for a whole file.
    files: FxHashMap<FileId, FactId>,
}

/// A workflow and an app say more of themselves than the fact of their file.
fn files(facts: &Facts) -> FxHashMap<FileId, FactId> {
    let mut files = FxHashMap::default();
    for kind in [file::KIND, workflow::KIND, fly_config::KIND, package::KIND] {
        for &id in facts.of_kind(kind) {
            files.insert(facts.get(id).span.file, id);
        }
    }
    files
}

/// Whether facts of `kind` hold commands or are run by them.
fn is_unit(kind: Kind) -> bool {
    ![command::KIND, step::KIND, unresolved::KIND].contains(&kind) && !kind.name().starts_with("image.instr")
}

/// Whether what holds facts of `kind` runs them too; the others run where they are called.
fn runs_with_holder(kind: Kind) -> bool {
    ![function::KIND, script::KIND, task::KIND, file::KIND].contains(&kind)
}

impl Builder<'_> {
    /// Commands and actions with what they run.
    fn commands(&mut self) {
        for &id in self.facts.of_kind(command::KIND) {
            if self.facts.get(id).route.is_empty() {
                let at = self.command(id);
                self.calls(id, at);
            }
        }
        for &id in self.facts.of_kind(step::KIND) {
            if self.facts.get(id).get(step::USES).is_some() {
                let at = self.command(id);
                self.calls(id, at);
            }
        }
        for &id in self.facts.of_kind(unresolved::KIND) {
            let Some(parent) = self.facts.parent(id) else { continue };
            let Some(&from) = self.by_fact.get(&parent) else { continue };
            let fact = self.facts.get(id);
            if self.nodes[from].role != Role::Command || fact.text(unresolved::WHAT) == Some("sql") {
                continue;
            }
            let mut node = self.node(id, Role::Unresolved, fact.text(unresolved::REASON).unwrap_or_default());
            node.unit = self.nodes[from].unit;
            let to = self.push(id, node);
            self.edge(from, to, Way::Unresolved);
        }
    }

    fn command(&mut self, id: FactId) -> usize {
        let fact = self.facts.get(id);
        let is_step = fact.kind == step::KIND;
        let field = if is_step { step::USES } else { command::TEXT };
        let mut node = self.node(id, Role::Command, fact.text(field).unwrap_or_default());
        if is_step {
            if self.facts.calls(id).is_empty() {
                node.effects = effects_of(fact, step::EFFECTS);
            }
            if fact.text(step::CONTINUE_ON_ERROR) == Some("true") {
                node.ignored = Some("continue-on-error: true".to_owned());
            }
        } else {
            node.effects = effects_of(fact, command::EFFECTS);
            add(&mut node.environments, fact.text(command::ENVIRONMENT));
            add(&mut node.phases, fact.text(command::PHASE));
            if fact.text(command::FAILURE) == Some("ignored") {
                node.ignored = Some(fact.text(command::FAILURE_CAUSE).unwrap_or_default().to_owned());
            }
            node.background = fact.bool(command::BACKGROUND) == Some(true);
        }
        let around = self.facts.around(id).find(|&around| is_unit(self.facts.get(around).kind));
        let unit = around.or_else(|| self.files.get(&fact.span.file).copied());
        node.unit = unit.map(|unit| self.unit(unit));
        let unit = node.unit;
        let at = self.push(id, node);
        if let Some(unit) = unit {
            self.edge(unit, at, Way::Holds);
        }
        at
    }

    fn calls(&mut self, id: FactId, from: usize) {
        let facts = self.facts;
        for &target in facts.calls(id) {
            if let Some(to) = self.target(target) {
                self.edge(from, to, Way::Calls);
            }
        }
        let fact = facts.get(id);
        if fact.kind == step::KIND {
            let file = fact.entry(step::WITH, "file").map(|(file, _)| file);
            if fact.has(step::EFFECTS, "build-image") {
                self.file_edge(from, file, Way::Builds);
            }
            return;
        }
        self.file_edge(from, fact.text(command::CONFIG), Way::Deploys);
        if fact.has(command::EFFECTS, "build-image") {
            let file = fact.entry(command::FLAGS, "file").or_else(|| fact.entry(command::FLAGS, "f"));
            let folder = fact.text(command::DIRECTORY).unwrap_or_default();
            let path = file.map(|(file, _)| beside(folder, file));
            self.file_edge(from, path.as_deref(), Way::Builds);
        }
    }

    /// An edge to the file at `path`, where it was read.
    fn file_edge(&mut self, from: usize, path: Option<&str>, way: Way) {
        let Some(file) = path.and_then(|path| self.repo.get(path.trim_start_matches("./"))) else { return };
        let Some(&id) = self.files.get(&file) else { return };
        let to = self.unit(id);
        self.edge(from, to, way);
    }

    /// The node that stands for what is called.
    fn target(&mut self, id: FactId) -> Option<usize> {
        let kind = self.facts.get(id).kind;
        if is_unit(kind) { Some(self.unit(id)) } else { self.by_fact.get(&id).copied() }
    }

    /// The node of the unit `id`, with those that hold it.
    fn unit(&mut self, id: FactId) -> usize {
        let mut fact = self.facts.get(id);
        let mut id = id;
        if fact.kind == file::KIND
            && let Some(&better) = self.files.get(&fact.span.file)
        {
            id = better;
            fact = self.facts.get(id);
        }
        if let Some(&at) = self.by_fact.get(&id) {
            return at;
        }
        let name = name(fact, self.repo);
        let mut node = self.node(id, Role::Unit, &name);
        if let Some(slot) = fact.kind.field("environment") {
            add(&mut node.environments, fact.text(slot));
        }
        if fact.kind == job::KIND && fact.text(job::CONTINUE_ON_ERROR) == Some("true") {
            node.ignored = Some("continue-on-error: true".to_owned());
        }
        let at = self.push(id, node);
        let holder = self.facts.around(id).find(|&around| is_unit(self.facts.get(around).kind));
        let file = self.files.get(&fact.span.file).copied();
        // What stands for the file may be another fact than the one around.
        if let Some(holder) = holder.or(file).filter(|&holder| holder != id) {
            let holder = self.unit(holder);
            if holder != at {
                self.nodes[at].unit = Some(holder);
                if runs_with_holder(fact.kind) {
                    self.edge(holder, at, Way::Holds);
                }
            }
        }
        at
    }

    /// Jobs wait for others, and call workflows.
    fn jobs(&mut self) {
        let facts = self.facts;
        let mut by_name: FxHashMap<(FileId, &str), FactId> = FxHashMap::default();
        for &id in facts.of_kind(job::KIND) {
            let fact = facts.get(id);
            by_name.insert((fact.span.file, fact.text(job::ID).unwrap_or_default()), id);
        }
        for &id in facts.of_kind(job::KIND) {
            let at = self.unit(id);
            let fact = facts.get(id);
            for (needed, _) in fact.list(job::NEEDS) {
                if let Some(&needed) = by_name.get(&(fact.span.file, needed.as_ref())) {
                    let from = self.unit(needed);
                    self.edge(from, at, Way::Needs);
                }
            }
            for &target in facts.calls(id) {
                if let Some(to) = self.target(target) {
                    self.edge(at, to, Way::Calls);
                }
            }
        }
    }

    /// An app runs its release phase and its image.
    fn apps(&mut self) {
        let facts = self.facts;
        for kind in [release::KIND, fly_process::KIND, stage::KIND] {
            for &id in facts.of_kind(kind) {
                self.unit(id);
            }
        }
        for &id in facts.of_kind(fly_config::KIND) {
            if let Some(path) = facts.get(id).text(fly_config::DOCKERFILE) {
                let at = self.unit(id);
                self.file_edge(at, Some(path), Way::Builds);
            }
        }
    }

    /// Commands as they run add their phases, their environments and what they call from there to
    /// those as written: a script may be found only where its caller is.
    fn runs(&mut self) {
        let facts = self.facts;
        let mut by_span: FxHashMap<Span, Vec<usize>> = FxHashMap::default();
        for (at, node) in self.nodes.iter().enumerate().filter(|(_, node)| node.kind == "command") {
            by_span.entry(node.span).or_default().push(at);
        }
        let mut found = FxHashSet::default();
        let mut called = FxHashSet::default();
        for &id in facts.of_kind(command::KIND) {
            let fact = facts.get(id);
            if fact.route.is_empty() {
                continue;
            }
            let text = fact.text(command::TEXT).unwrap_or_default();
            let same = by_span.get(&fact.span).into_iter().flatten().copied();
            let Some(at) = same.take(4).find(|&at| *self.nodes[at].name == *text) else { continue };
            add(&mut self.nodes[at].environments, fact.text(command::ENVIRONMENT));
            add(&mut self.nodes[at].phases, fact.text(command::PHASE));
            for &target in facts.calls(id) {
                if called.insert((at, target))
                    && let Some(to) = self.target(target)
                {
                    found.insert(at);
                    self.edge(at, to, Way::Calls);
                }
            }
        }
        self.edges.retain(|edge| edge.way != Way::Unresolved || !found.contains(&edge.from));
    }

    /// A unit of which nothing else is said works where its commands work.
    fn environments(&mut self) {
        let mut sets: FxHashMap<usize, BTreeSet<Arc<str>>> = FxHashMap::default();
        for node in self.nodes.iter().filter(|node| node.role == Role::Command) {
            if let Some(unit) = node.unit.filter(|&unit| self.nodes[unit].environments.is_empty()) {
                sets.entry(unit).or_default().extend(node.environments.iter().cloned());
            }
        }
        for (unit, set) in sets {
            self.nodes[unit].environments = set;
        }
    }

    /// What each node does with all that it runs. Sets only grow, so cycles end.
    fn reach(&mut self) {
        let mut before: Vec<Vec<usize>> = vec![Vec::new(); self.nodes.len()];
        for edge in self.edges.iter().filter(|edge| edge.way.runs()) {
            before[edge.to].push(edge.from);
        }
        for node in &mut self.nodes {
            node.reaches = node.effects;
        }
        let mut queue: Vec<usize> = (0..self.nodes.len()).collect();
        while let Some(at) = queue.pop() {
            let reaches = self.nodes[at].reaches;
            for &from in &before[at] {
                let grown = self.nodes[from].reaches.and(reaches);
                if grown != self.nodes[from].reaches {
                    self.nodes[from].reaches = grown;
                    queue.push(from);
                }
            }
        }
    }

    fn finish(self, all: bool) -> Graph {
        let shown = shown(&self.nodes, &self.edges, all);
        let graph = Graph { nodes: self.nodes, edges: self.edges, left_out: 0 };
        let mut graph = sorted(&graph.only(&shown));
        name_all(&mut graph.nodes);
        graph
    }

    fn node(&self, id: FactId, role: Role, name: &str) -> Node {
        let fact = self.facts.get(id);
        Node {
            id: String::new(),
            role,
            kind: fact.kind.name(),
            name: name.into(),
            path: Arc::clone(&self.repo.file(fact.span.file).path),
            span: fact.span,
            unit: None,
            effects: Effects::default(),
            reaches: Effects::default(),
            environments: BTreeSet::new(),
            phases: BTreeSet::new(),
            ignored: None,
            background: false,
        }
    }

    fn push(&mut self, id: FactId, node: Node) -> usize {
        let at = self.nodes.len();
        self.nodes.push(node);
        self.by_fact.insert(id, at);
        at
    }

    fn edge(&mut self, from: usize, to: usize, way: Way) {
        self.edges.push(Edge { from, to, way, command: None });
    }
}

fn add(set: &mut BTreeSet<Arc<str>>, word: Option<&str>) {
    if let Some(word) = word.filter(|word| !word.is_empty() && !set.contains(*word)) {
        set.insert(word.into());
    }
}

fn effects_of(fact: &Fact, field: crate::facts::Field) -> Effects {
    Effects::of(fact.list(field).iter().map(|(effect, _)| effect.as_ref()))
}

/// What people call a unit.
fn name(fact: &Fact, repo: &Repo) -> String {
    if fact.kind == release::KIND {
        return "phase".to_owned();
    }
    let fields = match fact.kind {
        kind if kind == fly_config::KIND => ["app", "path"],
        kind if kind == job::KIND => ["id", "name"],
        kind if kind == file::KIND => ["path", "name"],
        _ => ["name", "id"],
    };
    let text = |name: &str| fact.kind.field(name).and_then(|field| fact.text(field));
    let index = || fact.kind.field("index").and_then(|field| fact.int(field)).map(|index| index.to_string());
    let found = fields.into_iter().find_map(text).filter(|name| !name.is_empty()).map(str::to_owned);
    found.or_else(index).unwrap_or_else(|| repo.path(fact.span.file).to_owned())
}

/// `folder/path` for a path below the root.
fn beside(folder: &str, path: &str) -> String {
    let path = path.trim_start_matches("./");
    if folder.is_empty() || folder == "." { path.to_owned() } else { format!("{folder}/{path}") }
}

/// Which nodes are shown: commands that do or run something, what they run, and what holds them.
fn shown(nodes: &[Node], edges: &[Edge], all: bool) -> Vec<bool> {
    let mut shown = vec![false; nodes.len()];
    for (at, node) in nodes.iter().enumerate().filter(|(_, node)| node.role == Role::Command) {
        shown[at] = all || does_something(node);
    }
    for edge in edges {
        match edge.way {
            Way::Holds => {}
            // `log "done"` is no more than `echo`.
            Way::Calls if !all && is_idle(&nodes[edge.to]) => {}
            Way::Needs | Way::Calls | Way::Deploys | Way::Builds | Way::Unresolved => {
                (shown[edge.from], shown[edge.to]) = (true, true);
            }
        }
    }
    // What holds something that is shown runs it, but for files of functions, scripts and tasks.
    let mut holders: FxHashMap<usize, usize> = FxHashMap::default();
    for edge in edges.iter().filter(|edge| edge.way == Way::Holds) {
        holders.insert(edge.to, edge.from);
    }
    for start in 0..nodes.len() {
        let mut at = start;
        while shown[at]
            && let Some(&holder) = holders.get(&at)
            && !shown[holder]
        {
            shown[holder] = true;
            at = holder;
        }
    }
    shown
}

/// Whether a command alone is worth showing. What serves or tests is, where something runs it; `dev`
/// scripts are nobody's deploy.
fn does_something(node: &Node) -> bool {
    let effects = effects::shown(node.effects);
    let runs = node.phases.iter().any(|phase| phase.as_ref() != "manual");
    !effects.is_empty() && (runs || !effects.without(Effects::of(["serve", "test"])).is_empty())
}

/// Whether it is a function that does nothing that is shown.
fn is_idle(node: &Node) -> bool {
    node.kind == function::KIND.name() && effects::shown(node.reaches).is_empty()
}

/// By path and place; what holds others comes before them.
fn sorted(graph: &Graph) -> Graph {
    let mut order: Vec<usize> = (0..graph.nodes.len()).collect();
    order.sort_by(|&one, &other| {
        let key = |at: usize| {
            let node = &graph.nodes[at];
            (&node.path, node.span.start, node.role, std::cmp::Reverse(node.span.end), at)
        };
        key(one).cmp(&key(other))
    });
    let mut new = vec![0; order.len()];
    for (at, &old) in order.iter().enumerate() {
        new[old] = at;
    }
    let mut nodes: Vec<Node> = order.iter().map(|&old| graph.nodes[old].clone()).collect();
    for node in &mut nodes {
        node.unit = node.unit.map(|unit| new[unit]);
    }
    let mut edges: Vec<Edge> = graph
        .edges
        .iter()
        .map(|edge| Edge { from: new[edge.from], to: new[edge.to], ..edge.clone() })
        .collect();
    edges.sort_by_key(|edge| (edge.from, edge.to, edge.way));
    edges.dedup_by_key(|edge| (edge.from, edge.to, edge.way));
    Graph { nodes, edges, left_out: graph.left_out }
}

/// Gives each node its id.
fn name_all(nodes: &mut [Node]) {
    let mut seen: FxHashMap<u64, u32> = FxHashMap::default();
    let mut taken: FxHashSet<String> = FxHashSet::default();
    for node in nodes {
        let mut hash = fnv(fnv(fnv(FNV, &node.path), node.kind), &node.name);
        let count = seen.entry(hash).or_default();
        if *count > 0 {
            hash = fnv(hash, &count.to_string());
        }
        *count += 1;
        let kind = node.kind.rsplit('.').next().unwrap_or(node.kind);
        let mut slug = String::new();
        for c in kind.chars().chain(['_']).chain(node.name.chars().take(24)) {
            let c = if c.is_ascii_alphanumeric() { c.to_ascii_lowercase() } else { '_' };
            if c != '_' || !slug.ends_with('_') {
                slug.push(c);
            }
        }
        let slug = slug.trim_end_matches('_');
        let mut id = format!("{slug}_{:08x}", hash & 0xffff_ffff);
        while !taken.insert(id.clone()) {
            hash = fnv(hash, "again");
            id = format!("{slug}_{:08x}", hash & 0xffff_ffff);
        }
        node.id = id;
    }
}

const FNV: u64 = 0xcbf2_9ce4_8422_2325;

/// A name for the file at `path` that stays.
#[must_use]
pub(super) fn file_id(path: &str) -> String {
    format!("in_{:016x}", fnv(FNV, path))
}

/// FNV-1a: the same on every machine.
fn fnv(hash: u64, text: &str) -> u64 {
    text.bytes().chain([0]).fold(hash, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3))
}
