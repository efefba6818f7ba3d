//! The graph for machines.

use schemars::JsonSchema;
use serde::Serialize;

use super::{Effects, Graph, Node, Role};
use crate::finding::Finding;
use crate::repo::Repo;
use crate::report::document::{Place, Problem, ProblemKind};
use crate::report::places::Places;

/// The graph of `deploylint graph --format json`.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[schemars(title = "deploylint graph")]
pub struct GraphDocument {
    /// Version of this format. Within it, fields are only added.
    #[schemars(extend("const" = 1))]
    pub schema: u32,
    /// By path and place.
    pub nodes: Vec<NodeEntry>,
    /// By the nodes that they start and end at.
    pub edges: Vec<EdgeEntry>,
    /// What could not be read or parsed, so that nodes may be missing.
    pub problems: Vec<Problem>,
}

/// A unit, a command in it, or the end of a way that could not be followed.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct NodeEntry {
    /// Stays when other lines change.
    pub id: String,
    pub role: NodeRole,
    /// The kind of its fact, such as `workflow.job`.
    pub kind: String,
    /// A unit's name, a command's text, or the reason why a way ends.
    pub name: String,
    #[serde(flatten)]
    pub place: Place,
    /// The id of the unit that holds it.
    pub unit: Option<String>,
    /// What it does by itself.
    pub effects: Vec<String>,
    /// What it does with all that it runs.
    pub reaches: Vec<String>,
    /// The environments that it works on, as far as known.
    pub environments: Vec<String>,
    /// When it runs, as far as known.
    pub phases: Vec<String>,
    /// What its failure does to what follows; only of commands.
    pub failure: Option<Failure>,
    /// The words that make its failure ignored, such as `|| true`.
    pub failure_cause: Option<String>,
    /// Whether it runs in the background.
    pub background: bool,
}

#[derive(Clone, Copy, Debug, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum NodeRole {
    Unit,
    Command,
    Unresolved,
}

#[derive(Clone, Copy, Debug, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Failure {
    Stops,
    Ignored,
}

/// A way from a node to another.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct EdgeEntry {
    /// The id of the node that it starts at.
    pub from: String,
    /// The id of the node that it ends at.
    pub to: String,
    /// `holds`: a unit holds a command or a unit; `calls`: a command runs a unit; `deploys`: a command
    /// deploys an app; `builds`: an image is built from a Dockerfile; `needs`: the job that it ends at
    /// waits for the one that it starts at; `unresolved`: the way ends.
    pub kind: String,
}

/// The whole graph as a document.
#[must_use]
pub fn document(graph: &Graph, repo: &Repo, problems: &[Finding]) -> GraphDocument {
    let mut places = Places::new(repo);
    let nodes = graph.nodes.iter().map(|node| entry(graph, node, &mut places)).collect();
    let edges = graph.edges.iter().map(|edge| EdgeEntry {
        from: graph.nodes[edge.from].id.clone(),
        to: graph.nodes[edge.to].id.clone(),
        kind: edge.way.name().to_owned(),
    });
    let problems =
        problems.iter().map(|problem| Problem::new(ProblemKind::ParseError, problem, &mut places)).collect();
    GraphDocument { schema: 1, nodes, edges: edges.collect(), problems }
}

fn entry(graph: &Graph, node: &Node, places: &mut Places<'_>) -> NodeEntry {
    let words = |effects: Effects| effects.words().map(str::to_owned).collect();
    let failure = match (node.role, &node.ignored) {
        (_, Some(_)) => Some(Failure::Ignored),
        (Role::Command, None) => Some(Failure::Stops),
        _ => None,
    };
    NodeEntry {
        id: node.id.clone(),
        role: match node.role {
            Role::Unit => NodeRole::Unit,
            Role::Command => NodeRole::Command,
            Role::Unresolved => NodeRole::Unresolved,
        },
        kind: node.kind.to_owned(),
        name: node.name.to_string(),
        place: Place::new(node.span, places),
        unit: node.unit.and_then(|unit| graph.nodes.get(unit)).map(|unit| unit.id.clone()),
        effects: words(node.effects),
        reaches: words(node.reaches),
        environments: node.environments.iter().map(ToString::to_string).collect(),
        phases: node.phases.iter().map(ToString::to_string).collect(),
        failure,
        failure_cause: node.ignored.clone(),
        background: node.background,
    }
}
