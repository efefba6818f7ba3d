//! The graph in the language of Graphviz: a cluster for each file.

use std::fmt::Write;

use super::build::file_id;
use super::{Edge, Graph, Node, Role, Way, effects, label};

/// More nodes than these are drawn by no layout in reasonable time.
const MAX_NODES: usize = 5_000;
const MAX_EDGES: usize = 20_000;

/// A `digraph` that `dot -Tsvg` draws.
#[must_use]
pub fn dot(graph: &Graph) -> String {
    let graph = graph.folded().limited(MAX_NODES, MAX_EDGES);
    let mut out = String::from(
        "digraph deploylint {\n  rankdir=LR\n  graph [fontname=\"Helvetica\", fontsize=11, color=\"#9aa4b2\", style=\"rounded\"]\n  \
         node [shape=box, style=\"rounded,filled\", fontname=\"Helvetica\", fontsize=11, fillcolor=\"#ffffff\", color=\"#6b7686\", fontcolor=\"#1b2330\"]\n  \
         edge [fontname=\"Helvetica\", fontsize=9, color=\"#6b7686\", fontcolor=\"#3b4452\"]\n",
    );
    if let Some(note) = label::left_out(graph.left_out) {
        let _ = writeln!(out, "  label={}", quoted(&[&note]));
    }
    for nodes in graph.nodes.chunk_by(|one, other| one.path == other.path) {
        let path = nodes.first().map_or("", |node| node.path.as_ref());
        let _ = writeln!(
            out,
            "  subgraph cluster_{} {{\n    label={}",
            file_id(path),
            quoted(&[&label::cut(path, 80)])
        );
        for node in nodes {
            let _ = writeln!(out, "    {} [{}]", node.id, attributes(&graph, node));
        }
        out.push_str("  }\n");
    }
    for edge in &graph.edges {
        let (from, to) = (&graph.nodes[edge.from].id, &graph.nodes[edge.to].id);
        let _ = writeln!(out, "  {from} -> {to}{}", line(&graph, edge));
    }
    out.push_str("}\n");
    out
}

fn attributes(graph: &Graph, node: &Node) -> String {
    let title = label::title(node, label::COLUMNS);
    let tags = label::tags(graph, node).join(" · ");
    let mut out = format!("label={}", quoted(&[&title, &tags]));
    match node.role {
        Role::Unit => out.push_str(", penwidth=1.6"),
        Role::Command => {}
        Role::Unresolved => out.push_str(", style=\"rounded,dashed\""),
    }
    if let Some(tone) = effects::strongest(node.effects) {
        let (surface, ink) = tone.light;
        let _ = write!(out, ", fillcolor=\"{surface}\", color=\"{ink}\", fontcolor=\"{ink}\"");
    }
    out
}

fn line(graph: &Graph, edge: &Edge) -> String {
    let mut parts = Vec::new();
    if let Some(command) = &edge.command {
        let tags = label::tags(graph, command).join(" · ");
        parts.push(format!("label={}", quoted(&[&label::title(command, 44), &tags])));
    } else if edge.way != Way::Holds && edge.way != Way::Calls {
        parts.push(format!("label={}", quoted(&[edge.way.name()])));
    }
    match edge.way {
        Way::Holds => parts.push("arrowhead=none".to_owned()),
        Way::Needs | Way::Unresolved => parts.push("style=dashed".to_owned()),
        Way::Deploys | Way::Builds => parts.push("style=bold".to_owned()),
        Way::Calls => {}
    }
    if parts.is_empty() { String::new() } else { format!(" [{}]", parts.join(", ")) }
}

/// A quoted string of these lines. Graphviz reads back-slashes and HTML entities in it.
fn quoted(lines: &[&str]) -> String {
    let mut out = String::from("\"");
    for (index, line) in lines.iter().filter(|line| !line.is_empty()).enumerate() {
        if index > 0 {
            out.push_str("\\n");
        }
        for c in line.chars() {
            match c {
                '"' => out.push_str("\\\""),
                '\\' => out.push_str("\\\\"),
                '&' => out.push_str("&amp;"),
                c => out.push(c),
            }
        }
    }
    out.push('"');
    out
}
