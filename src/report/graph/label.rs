//! Words on nodes and edges, bounded and without control characters. Knows no form of drawing.

use super::effects;
use super::{Node, Role};
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
        _ if kind.is_empty() => cut(&node.name, columns),
        Role::Command | Role::Unit => cut(&format!("{kind} {}", node.name), columns),
    }
}

/// The second line: what it does, where, and what happens when it fails.
#[must_use]
pub fn tags(node: &Node) -> Vec<String> {
    let mut tags: Vec<String> = effects::shown(node.effects).words().map(str::to_owned).collect();
    tags.extend(node.environments.iter().map(|environment| cut(environment, 24)));
    if let Some(cause) = &node.ignored {
        tags.push(failure(cause));
    }
    if node.background {
        tags.push("background".to_owned());
    }
    tags
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
