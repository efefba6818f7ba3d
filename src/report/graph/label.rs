//! Words on nodes and edges, bounded and without control characters. Knows no form of drawing.

use super::effects;
use super::{Graph, Node, Role};
use crate::report::visible;

/// Most columns of a node's first line.
pub const COLUMNS: usize = 60;

/// The text cut to `columns`, wide characters counting two, with an ellipsis where it was cut.
#[must_use]
pub fn cut(text: &str, columns: usize) -> String {
    // A label shows a line of a few words; a text of megabytes is not walked for it.
    let head: String = text.chars().take(columns * 4 + 8).collect();
    let line = visible::line(&head);
    let mut out = String::new();
    let mut wide = 0;
    for c in line.chars().filter(|c| !matches!(c, '\u{fffe}' | '\u{ffff}')) {
        wide += visible::width(c);
        if wide > columns {
            out.truncate(out.trim_end().len());
            out.push('…');
            return out;
        }
        out.push(c);
    }
    out
}

/// Columns that a text takes.
#[must_use]
pub fn columns(text: &str) -> usize {
    text.chars().map(visible::width).sum()
}

/// What a unit is, in a word before its name.
#[must_use]
pub fn kind(node: &Node) -> &'static str {
    match node.kind {
        "workflow.job" => "job",
        "workflow.step" => "uses",
        "package.script" => "script",
        "script.function" => "function",
        "fly.process" => "process",
        "fly.config" => "app",
        "image.stage" => "stage",
        "file" | "command" | "unresolved" => "",
        kind => kind,
    }
}

/// The first line: what it is.
#[must_use]
pub fn title(node: &Node, columns: usize) -> String {
    let kind = kind(node);
    match node.role {
        Role::Unresolved => cut(&format!("? {}", node.name), columns),
        // Its whole path is told by what is drawn around it.
        Role::Unit if node.name == node.path => cut(file_name(&node.name), columns),
        _ if kind.is_empty() => cut(&node.name, columns),
        Role::Command | Role::Unit => cut(&format!("{kind} {}", node.name), columns),
    }
}

/// The last part of a path; of an action, whose file always has the same name, its folder too.
fn file_name(path: &str) -> &str {
    let (folder, name) = path.rsplit_once('/').unwrap_or(("", path));
    let is_action = matches!(name, "action.yml" | "action.yaml") && !folder.is_empty();
    let parent = folder.rfind('/').map_or(0, |at| at + 1);
    if is_action { &path[parent..] } else { name }
}

/// The second line: what it does, where, and what happens when it fails.
#[must_use]
pub fn tags(graph: &Graph, node: &Node) -> Vec<String> {
    let mut tags: Vec<String> = effects::shown(node.effects).words().map(str::to_owned).collect();
    tags.extend(environments(graph, node));
    if let Some(cause) = &node.ignored {
        tags.push(failure(cause));
    }
    if node.background {
        tags.push("background".to_owned());
    }
    tags
}

/// The environments of a node, where they are not those of its whole unit.
#[must_use]
pub fn environments(graph: &Graph, node: &Node) -> Vec<String> {
    let unit = node.unit.and_then(|unit| graph.nodes.get(unit));
    if node.role == Role::Command && unit.is_some_and(|unit| unit.environments == node.environments) {
        return Vec::new();
    }
    node.environments.iter().map(|environment| cut(environment, 24)).collect()
}

/// What is said of a command whose failure is ignored.
#[must_use]
pub fn failure(cause: &str) -> String {
    if cause.is_empty() {
        "failure ignored".to_owned()
    } else {
        format!("failure ignored: {}", cut(cause, 28))
    }
}

/// What is said when not all is there.
#[must_use]
pub fn left_out(count: usize) -> Option<String> {
    let nodes = if count == 1 { "node is" } else { "nodes are" };
    (count > 0).then(|| format!("{count} {nodes} left out; --from, --to and --environment show a part whole"))
}
