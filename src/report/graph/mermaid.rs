//! The graph as a Mermaid flowchart, as GitHub draws it in Markdown: a subgraph for each file.
//! Knows what Mermaid makes of characters in labels, and how much of a chart it takes.

use std::fmt::Write;

use super::build::file_id;
use super::{Edge, Graph, Node, Role, Way, effects, label};

/// Mermaid draws no chart with more edges or characters (`maxEdges`, `maxTextSize`); GitHub keeps
/// these limits.
const MAX_EDGES: usize = 500;
const MAX_CHARS: usize = 50_000;

/// A `flowchart`.
#[must_use]
pub fn mermaid(graph: &Graph) -> String {
    let graph = graph.folded().limited(2 * MAX_EDGES, usize::MAX);
    let mut nodes = graph.nodes.len();
    loop {
        let part = graph.limited(nodes, usize::MAX);
        let text = if part.edges.len() <= MAX_EDGES { chart(&part) } else { String::new() };
        if !text.is_empty() && text.chars().count() <= MAX_CHARS {
            return text;
        }
        if nodes <= 1 {
            return chart(&graph.limited(nodes, MAX_EDGES));
        }
        nodes = nodes * 4 / 5;
    }
}

fn chart(graph: &Graph) -> String {
    let mut out = String::from("flowchart LR\n");
    if let Some(note) = label::left_out(graph.left_out) {
        let _ = writeln!(out, "  left_out[\"{}\"]:::unresolved", escaped(&note));
    }
    for nodes in graph.nodes.chunk_by(|one, other| one.path == other.path) {
        let path = nodes.first().map_or("", |node| node.path.as_ref());
        let _ = writeln!(out, "  subgraph {}[\"{}\"]", file_id(path), escaped(&label::cut(path, 80)));
        for node in nodes {
            let _ = writeln!(out, "    {}", shape(graph, node));
        }
        out.push_str("  end\n");
    }
    for edge in &graph.edges {
        let (from, to) = (&graph.nodes[edge.from].id, &graph.nodes[edge.to].id);
        let _ = writeln!(out, "  {from} {} {to}", arrow(graph, edge));
    }
    let used = |name: &str| {
        let of = |node: &Node| effects::strongest(node.effects).is_some_and(|tone| tone.name == name);
        graph.nodes.iter().any(of)
    };
    for tone in effects::TONES.iter().chain([&effects::PLAIN]).filter(|tone| used(tone.name)) {
        let (surface, ink) = tone.light;
        let _ = writeln!(out, "  classDef {} fill:{surface},stroke:{ink},color:{ink}", tone.name);
    }
    if graph.left_out > 0 || graph.nodes.iter().any(|node| node.role == Role::Unresolved) {
        out.push_str("  classDef unresolved stroke-dasharray:4 3\n");
    }
    out
}

fn shape(graph: &Graph, node: &Node) -> String {
    let (open, close) = match node.role {
        Role::Command => ("[", "]"),
        Role::Unresolved => ("{{", "}}"),
        Role::Unit if node.kind == "script.function" => ("[[", "]]"),
        Role::Unit => ("(", ")"),
    };
    let class = match (node.role, effects::strongest(node.effects)) {
        (Role::Unresolved, _) => ":::unresolved".to_owned(),
        (_, Some(tone)) => format!(":::{}", tone.name),
        _ => String::new(),
    };
    format!("{}{open}\"{}\"{close}{class}", node.id, words(graph, node, label::COLUMNS))
}

fn words(graph: &Graph, node: &Node, columns: usize) -> String {
    let title = escaped(&label::title(node, columns));
    let tags = label::tags(graph, node);
    if tags.is_empty() { title } else { format!("{title}<br/>{}", escaped(&tags.join(" · "))) }
}

fn arrow(graph: &Graph, edge: &Edge) -> String {
    let text = match (&edge.command, edge.way) {
        (Some(command), _) => words(graph, command, 44),
        (None, Way::Holds | Way::Calls | Way::Unresolved) => String::new(),
        (None, way) => way.name().to_owned(),
    };
    let line = match edge.way {
        Way::Holds => "---",
        Way::Needs | Way::Unresolved => "-.->",
        Way::Deploys | Way::Builds => "==>",
        Way::Calls => "-->",
    };
    if text.is_empty() { line.to_owned() } else { format!("{line}|\"{text}\"|") }
}

/// The text as it may stand between quotes. What Mermaid or the Markdown and HTML that it makes of
/// labels would read as more than a character is written as its number.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 16);
    let mut before = ' ';
    let mut chars = text.char_indices().peekable();
    while let Some((at, c)) = chars.next() {
        let after = chars.peek().map_or(' ', |&(_, c)| c);
        let is_special = match c {
            '"' | '#' | '&' | '<' | '>' | '`' | '[' | ']' | '{' | '}' | '\\' | '$' | '%' | '*' | '~'
            | '^' | '@' | ';' => true,
            // Emphasis is only read at the edge of a word.
            '_' => !(before.is_alphanumeric() && after.is_alphanumeric()),
            // Links and icons.
            ':' => after == '/' || before == 'a',
            '.' | ')' => {
                text[..at].ends_with("www") || (at > 0 && text[..at].bytes().all(|c| c.is_ascii_digit()))
            }
            '-' | '+' | '=' => at == 0,
            _ => false,
        };
        if is_special {
            let _ = write!(out, "#{};", u32::from(c));
        } else {
            out.push(c);
        }
        before = c;
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn characters_that_mermaid_reads_are_numbers() {
        assert_eq!(escaped("echo \"#1\" `x` [a]"), "echo #34;#35;1#34; #96;x#96; #91;a#93;");
        assert_eq!(escaped("1. a_b _c_ 移行"), "1#46; a_b #95;c#95; 移行");
        assert_eq!(escaped("- end"), "#45; end");
        assert_eq!(escaped("https://a.b/c www.x"), "https#58;//a.b/c www#46;x");
        assert_eq!(escaped("test:e2e | true"), "test:e2e | true");
    }
}
