//! The graph as a picture that stands alone: no script, no font from elsewhere, light or dark as the
//! page that shows it.

use std::fmt::Write;

use super::layout::{self, Card, Lane, Layout, Line, Row};
use super::{Effects, Graph, Role, Way, effects, label};
use crate::repo::Repo;
use crate::report::places::Places;

/// A picture of more is of no use to anyone.
const MAX_NODES: usize = 2_000;
const MAX_EDGES: usize = 6_000;

const TOP: i32 = 120;
/// The first of the legend's two lines.
const LEGEND: i32 = 68;
const MIN_WIDTH: i32 = 760;

/// The picture.
#[must_use]
pub fn svg(graph: &Graph, repo: &Repo) -> String {
    let graph = graph.limited(MAX_NODES, MAX_EDGES);
    let layout = layout::layout(&graph, TOP, MIN_WIDTH);
    let mut places = Places::new(repo);
    let mut out = head(&graph, &layout);
    legend(&mut out, &graph, layout.width);
    for lane in &layout.lanes {
        let Lane { x, y, width, height, .. } = lane;
        let _ = writeln!(
            out,
            "<rect class=\"lane\" x=\"{x}\" y=\"{y}\" width=\"{width}\" height=\"{height}\" rx=\"10\"/>"
        );
    }
    for line in &layout.lines {
        let _ = writeln!(
            out,
            "<path class=\"way {}\" d=\"{}\"{}/>",
            line.way.name(),
            path(line),
            marker(line.way)
        );
    }
    for lane in &layout.lanes {
        let text = graph.nodes.get(lane.node).map_or("", |node| node.path.as_ref());
        let (x, y) = (lane.label_x, lane.y + 20);
        let _ = writeln!(
            out,
            "<text class=\"path\" x=\"{x}\" y=\"{y}\">{}</text>",
            escaped(&label::cut(text, 90))
        );
    }
    for card in &layout.cards {
        draw(&mut out, &graph, card, &mut places);
    }
    out.push_str("</svg>\n");
    out
}

fn head(graph: &Graph, layout: &Layout) -> String {
    let (width, height) = (layout.width, layout.height.max(TOP + 24));
    let units = graph.nodes.iter().filter(|node| node.role == Role::Unit).count();
    let commands = graph.nodes.iter().filter(|node| node.role == Role::Command).count();
    let files = layout.lanes.len();
    let plural = |count: usize, word: &str| format!("{count} {word}{}", if count == 1 { "" } else { "s" });
    let counts =
        format!("{} in {} of {}", plural(commands, "command"), plural(units, "unit"), plural(files, "file"));
    let note = label::left_out(graph.left_out).map_or(String::new(), |note| format!(" · {note}"));
    let counts = escaped(&format!("{counts}{note}"));
    format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width} {height}\" width=\"{width}\" height=\"{height}\" role=\"img\" aria-labelledby=\"title desc\">\n\
         <title id=\"title\">What calls what</title>\n\
         <desc id=\"desc\">{counts}. Each band is a file, each box a unit with its commands; lines lead to what a command runs.</desc>\n\
         {}\
         <rect class=\"page\" width=\"{width}\" height=\"{height}\"/>\n\
         <text class=\"head\" x=\"24\" y=\"34\">What calls what</text>\n\
         <text class=\"note\" x=\"24\" y=\"54\">{counts}</text>\n",
        style()
    )
}

fn style() -> String {
    let mut out = String::from(
        "<style>\n\
         text{font-family:system-ui,-apple-system,\"Segoe UI\",\"Noto Sans\",\"Noto Sans JP\",\"DejaVu Sans\",sans-serif}\n\
         .cmd{font-family:ui-monospace,SFMono-Regular,Menlo,Consolas,\"DejaVu Sans Mono\",\"Noto Sans Mono CJK JP\",monospace;font-size:11px;fill:#1b2330}\n\
         .unit{font-family:ui-monospace,SFMono-Regular,Menlo,Consolas,\"DejaVu Sans Mono\",\"Noto Sans Mono CJK JP\",monospace;font-size:11px;font-weight:700;fill:#10161f}\n\
         .head{font-size:17px;font-weight:700;fill:#10161f}\n\
         .note,.key{font-size:12px;fill:#566070}\n\
         .path{font-size:12px;font-weight:600;fill:#465163;stroke:#f4f6f9;stroke-width:4px;paint-order:stroke}\n\
         .tag{font-size:10px}\n\
         .page{fill:#ffffff}\n\
         .lane{fill:#f4f6f9;stroke:#e1e6ed}\n\
         .card{fill:#ffffff;stroke:#b5bfcc}\n\
         .open{stroke-dasharray:5 4}\n\
         .rule{stroke:#dde3ea}\n\
         .env{fill:none;stroke:#8a95a5}\n\
         .env-ink{fill:#3b4452}\n\
         .bad{fill:none;stroke:#c0261b;stroke-dasharray:3 2}\n\
         .bad-ink{fill:#a11b12}\n\
         .way{fill:none;stroke:#7c8797;stroke-width:1.4}\n\
         .tip{fill:#7c8797}\n\
         .needs,.unresolved{stroke-dasharray:5 4}\n\
         .deploys{stroke:#c0261b;stroke-width:1.8}\n\
         .tip-deploys{fill:#c0261b}\n\
         .builds{stroke:#6f4bc4;stroke-width:1.8}\n\
         .tip-builds{fill:#6f4bc4}\n",
    );
    for tone in effects::TONES.iter().chain([&effects::PLAIN]) {
        write_tone(&mut out, tone.name, tone.light);
    }
    out.push_str(
        "@media (prefers-color-scheme:dark){\n\
         .cmd,.unit,.head{fill:#e8edf4}\n\
         .note,.key{fill:#9aa6b6}\n\
         .path{fill:#b3becd;stroke:#161d27}\n\
         .page{fill:#0f141b}\n\
         .lane{fill:#161d27;stroke:#232c39}\n\
         .card{fill:#1c2430;stroke:#465366}\n\
         .rule{stroke:#2d3847}\n\
         .env{stroke:#78859a}\n\
         .env-ink{fill:#cfd8e4}\n\
         .bad{stroke:#ff8d82}\n\
         .bad-ink{fill:#ffb4ac}\n\
         .way{stroke:#7f8ca0}\n\
         .tip{fill:#7f8ca0}\n\
         .deploys{stroke:#ff7a6e}\n\
         .tip-deploys{fill:#ff7a6e}\n\
         .builds{stroke:#a98bff}\n\
         .tip-builds{fill:#a98bff}\n",
    );
    for tone in effects::TONES.iter().chain([&effects::PLAIN]) {
        write_tone(&mut out, tone.name, tone.dark);
    }
    out.push_str("}\n</style>\n<defs>\n");
    for (id, class) in [("tip", "tip"), ("tip-deploys", "tip-deploys"), ("tip-builds", "tip-builds")] {
        let _ = writeln!(
            out,
            "<marker id=\"{id}\" viewBox=\"0 0 8 8\" refX=\"7\" refY=\"4\" markerWidth=\"8\" markerHeight=\"8\" \
             markerUnits=\"userSpaceOnUse\" orient=\"auto-start-reverse\"><path class=\"{class}\" d=\"M0 0L8 4L0 8z\"/></marker>"
        );
    }
    out.push_str("</defs>\n");
    out
}

fn write_tone(out: &mut String, name: &str, (surface, ink): (&str, &str)) {
    // What destroys stands out: its surface is the strong one.
    let edge = if name == "destroy" { surface } else { ink };
    let _ = writeln!(out, ".{name}{{fill:{surface}}}.{name}-ink{{fill:{ink}}}.{name}-edge{{fill:{edge}}}");
}

fn marker(way: Way) -> &'static str {
    match way {
        Way::Holds => "",
        Way::Deploys => " marker-end=\"url(#tip-deploys)\"",
        Way::Builds => " marker-end=\"url(#tip-builds)\"",
        Way::Calls => " marker-end=\"url(#tip)\"",
        Way::Needs | Way::Unresolved => " marker-start=\"url(#tip)\"",
    }
}

/// The effects and lines that the picture has, with their words.
fn legend(out: &mut String, graph: &Graph, width: i32) {
    let all = graph.nodes.iter().fold(Effects::default(), |all, node| all.and(node.effects));
    let (mut x, mut y) = (24, LEGEND);
    for effect in effects::shown(all).words() {
        let wide = layout::tag_width(label::columns(effect));
        if x + wide > width - 24 && y == LEGEND {
            (x, y) = (24, y + 22);
        }
        // What finds no room is still told by its word where it is.
        if x + wide <= width - 24 {
            pill(out, effect, (x, y, wide), effects::tone(effect).name);
        }
        x += wide + 6;
    }
    x += 10;
    for (way, word) in [
        (Way::Calls, "runs"),
        (Way::Deploys, "deploys"),
        (Way::Builds, "builds from"),
        (Way::Needs, "is needed by"),
        (Way::Unresolved, "not found"),
    ] {
        if !graph.edges.iter().any(|edge| edge.way == way) {
            continue;
        }
        let wide = 40 + layout::tag_width(label::columns(word) * 6 / 5);
        if x + wide > width - 24 && y == LEGEND {
            (x, y) = (24, y + 22);
        }
        if x + wide <= width - 24 {
            let (class, line_y, text_y) = (way.name(), y + 8, y + 12);
            let (start, run) = if is_dashed(way) { (x + 30, -30) } else { (x, 30) };
            let _ = writeln!(
                out,
                "<path class=\"way {class}\" d=\"M{start} {line_y}h{run}\"{}/><text class=\"key\" x=\"{}\" y=\"{text_y}\">{word}</text>",
                marker(way),
                x + 36
            );
        }
        x += wide + 6;
    }
}

fn draw(out: &mut String, graph: &Graph, card: &Card, places: &mut Places<'_>) {
    let first = card.rows.first().and_then(|row| graph.nodes.get(row.node));
    let open = if first.is_some_and(|node| node.role == Role::Unresolved) { " open" } else { "" };
    let Card { x, y, width, height, .. } = card;
    let _ = writeln!(
        out,
        "<g>\n<rect class=\"card{open}\" x=\"{x}\" y=\"{y}\" width=\"{width}\" height=\"{height}\" rx=\"7\"/>"
    );
    for (index, row) in card.rows.iter().enumerate() {
        let top = card.y + row.y;
        if index == 1 {
            let _ = writeln!(out, "<path class=\"rule\" d=\"M{x} {top}h{width}\"/>");
        }
        write_row(out, graph, row, (card.x, top), places);
    }
    out.push_str("</g>\n");
}

fn write_row(out: &mut String, graph: &Graph, row: &Row, (x, y): (i32, i32), places: &mut Places<'_>) {
    let Some(node) = graph.nodes.get(row.node) else { return };
    let at = places.start(node.span);
    let class = if node.role == Role::Unit { "unit" } else { "cmd" };
    let hint = format!("{}:{} {}", node.path, at.line, node.name);
    let _ = writeln!(out, "<g><title>{}</title>", escaped(&label::cut(&hint, 400)));
    if let Some(tone) = effects::strongest(node.effects) {
        let _ = writeln!(
            out,
            "<rect class=\"{}-edge\" x=\"{x}\" y=\"{}\" width=\"3\" height=\"{}\"/>",
            tone.name,
            y + 5,
            row.height - 8
        );
    }
    for (line, line_y) in row.title.iter().zip((y + 16..).step_by(layout::MORE_LINE as usize)) {
        let _ =
            writeln!(out, "<text class=\"{class}\" x=\"{}\" y=\"{line_y}\">{}</text>", x + 10, escaped(line));
    }
    let words = effects::shown(node.effects).words().count();
    for (index, tag) in row.tags.iter().enumerate() {
        let place = (x + 10 + tag.x, y + tag.y, tag.width);
        let is_environment = index >= words && index < words + label::environments(graph, node).len();
        let is_bad = node.ignored.as_ref().is_some_and(|cause| label::failure(cause) == tag.text);
        let tone = match () {
            () if is_bad => "bad",
            () if is_environment => "env",
            () => effects::tone(&tag.text).name,
        };
        pill(out, &tag.text, place, tone);
    }
    out.push_str("</g>\n");
}

fn pill(out: &mut String, text: &str, (x, y, width): (i32, i32, i32), class: &str) {
    let _ = writeln!(
        out,
        "<rect class=\"{class}\" x=\"{x}\" y=\"{y}\" width=\"{width}\" height=\"16\" rx=\"8\"/>\
         <text class=\"tag {class}-ink\" x=\"{}\" y=\"{}\" text-anchor=\"middle\">{}</text>",
        x + width / 2,
        y + 12,
        escaped(text)
    );
}

/// Dashed lines are drawn from their end, so that the dashes of those that meet there are the same.
fn is_dashed(way: Way) -> bool {
    matches!(way, Way::Needs | Way::Unresolved)
}

/// A line through the corners, each of them rounded.
fn path(line: &Line) -> String {
    let mut out = String::new();
    let mut corners = line.corners.clone();
    if is_dashed(line.way) {
        corners.reverse();
    }
    for (index, &(x, y)) in corners.iter().enumerate() {
        let before = index.checked_sub(1).and_then(|index| corners.get(index));
        match (before, corners.get(index + 1)) {
            (None, _) => {
                let _ = write!(out, "M{x} {y}");
            }
            (Some(_), None) => {
                let _ = write!(out, "L{x} {y}");
            }
            (Some(&before), Some(&after)) => {
                let (x1, y1) = toward((x, y), before);
                let (x2, y2) = toward((x, y), after);
                let _ = write!(out, "L{x1} {y1}Q{x} {y} {x2} {y2}");
            }
        }
    }
    out
}

/// The point a little on the way from a corner to the next one.
fn toward((x, y): (i32, i32), (to_x, to_y): (i32, i32)) -> (i32, i32) {
    let step = |from: i32, to: i32| from + ((to - from) / 2).clamp(-7, 7);
    (step(x, to_x), step(y, to_y))
}

fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            c => out.push(c),
        }
    }
    out
}
