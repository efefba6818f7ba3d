//! Graphs of facts that are made by hand, in every form.

use std::sync::Arc;

use proptest::prelude::*;

use super::*;
use crate::facts::words::{command, file, function, job, script, step, unresolved, workflow};
use crate::facts::{Fact, FactId, FactRef, Facts, Reading, Step};
use crate::repo::Repo;
use crate::text::FileId;

/// Facts that are added one by one.
struct Sketch {
    repo: Repo,
    facts: Facts,
}

impl Sketch {
    fn new() -> Self {
        Self { repo: Repo::default(), facts: Facts::gather(Vec::new()).0 }
    }

    fn file(&mut self, path: &str, reader: &str) -> FactId {
        let id = self.repo.insert(path, "x\n".repeat(2_000).into_bytes(), false);
        let at = Span::point(id, 0);
        self.facts
            .add(Fact::new(file::KIND, at).with(file::PATH, path, at).with(file::READER, reader, at), None)
    }

    fn place(&self, parent: FactId) -> Span {
        let start = u32::try_from(self.facts.len()).unwrap() * 2 % 3_000;
        Span::new(self.facts.get(parent).span.file, start, start + 1)
    }

    fn command(&mut self, unit: FactId, text: &str, effects: &[&str]) -> FactId {
        let at = self.place(unit);
        let effects: Vec<(Arc<str>, Span)> = effects.iter().map(|&effect| (effect.into(), at)).collect();
        let fact =
            Fact::new(command::KIND, at).with(command::TEXT, text, at).with(command::EFFECTS, effects, at);
        self.facts.add(fact, Some(unit))
    }

    fn function(&mut self, unit: FactId, name: &str) -> FactId {
        let at = self.place(unit);
        self.facts.add(Fact::new(function::KIND, at).with(function::NAME, name, at), Some(unit))
    }

    fn job(&mut self, flow: FactId, id: &str, needs: &[&str]) -> FactId {
        let at = self.place(flow);
        let needs: Vec<(Arc<str>, Span)> = needs.iter().map(|&need| (need.into(), at)).collect();
        let fact = Fact::new(job::KIND, at).with(job::ID, id, at).with(job::NEEDS, needs, at);
        self.facts.add(fact, Some(flow))
    }

    fn graph(&self) -> Graph {
        Graph::new(&self.facts, &self.repo, false)
    }
}

/// A workflow whose job calls a script that deploys, with a function and an end that is not known.
fn shop() -> Sketch {
    let mut sketch = Sketch::new();
    let paper = sketch.file(".github/workflows/デプロイ.yml", "workflow");
    let at = sketch.facts.get(paper).span;
    let flow =
        sketch.facts.add(Fact::new(workflow::KIND, at).with(workflow::NAME, "Deploy \"α\"", at), Some(paper));
    let lint = sketch.job(flow, "lint", &[]);
    let deploy = sketch.job(flow, "deploy", &["lint"]);
    sketch.command(lint, "pnpm lint", &["lint"]);
    let call = sketch.command(deploy, "./deploy.sh [end] `x` #1", &[]);
    let file = sketch.file("scripts/deploy.sh", "shell");
    sketch.facts.call(call, file);
    let main = sketch.function(file, "main");
    let log = sketch.function(file, "log");
    sketch.command(log, "echo 完了 🚀", &["none"]);
    let run = sketch.command(file, "main", &[]);
    sketch.facts.call(run, main);
    let say = sketch.command(file, "log done", &[]);
    sketch.facts.call(say, log);
    let ship = sketch.command(main, "flyctl deploy || true", &["deploy"]);
    let at = sketch.facts.get(ship).span;
    sketch.facts.get_mut(ship).set(command::ENVIRONMENT, "production", at);
    sketch.facts.get_mut(ship).set(command::FAILURE, "ignored", at);
    sketch.facts.get_mut(ship).set(command::FAILURE_CAUSE, "|| true", at);
    let lost = sketch.command(main, "sh \"$next\"", &[]);
    let fact = Fact::new(unresolved::KIND, at).with(unresolved::WHAT, "script", at).with(
        unresolved::REASON,
        "its path is known at run time only",
        at,
    );
    sketch.facts.add(fact, Some(lost));
    sketch
}

fn names(graph: &Graph) -> Vec<&str> {
    graph.nodes.iter().map(|node| node.name.as_ref()).collect()
}

#[test]
fn what_does_or_calls_something_is_there() {
    let sketch = shop();
    let graph = sketch.graph();
    assert_eq!(
        names(&graph),
        [
            "Deploy \"α\"",
            "lint",
            "deploy",
            "./deploy.sh [end] `x` #1",
            "scripts/deploy.sh",
            "main",
            "main",
            "flyctl deploy || true",
            "its path is known at run time only",
            "sh \"$next\"",
        ]
    );
    let whole = Graph::new(&sketch.facts, &sketch.repo, true);
    assert!(names(&whole).contains(&"pnpm lint") && names(&whole).contains(&"log done"));
    let flow = &graph.nodes[0];
    assert!(flow.effects.is_empty() && flow.reaches.holds("deploy"));
    assert_eq!(graph.edges.iter().filter(|edge| edge.way == Way::Needs).count(), 1);
}

#[test]
fn a_command_that_runs_one_unit_is_an_edge() {
    let folded = shop().graph().folded();
    let labels: Vec<&str> =
        folded.edges.iter().filter_map(|edge| edge.command.as_ref()).map(|node| node.name.as_ref()).collect();
    assert_eq!(labels, ["./deploy.sh [end] `x` #1", "main"]);
    assert!(folded.nodes.iter().any(|node| &*node.name == "flyctl deploy || true"));
}

#[test]
fn copies_as_they_run_say_where() {
    let mut sketch = Sketch::new();
    let file = sketch.file("a.sh", "shell");
    let written = sketch.command(file, "flyctl deploy", &["deploy"]);
    let mut copy = sketch.facts.get(written).clone();
    let at = copy.span;
    copy.route.push(Step { span: at, text: "which runs `a.sh`".into() });
    copy.set(command::ENVIRONMENT, "staging", at).set(command::PHASE, "deploy", at);
    sketch.facts.add(copy, Some(file));
    let graph = sketch.graph();
    assert_eq!(names(&graph), ["a.sh", "flyctl deploy"]);
    for node in &graph.nodes {
        assert_eq!(node.environments.iter().map(AsRef::as_ref).collect::<Vec<&str>>(), ["staging"]);
    }
    assert!(graph.nodes[1].phases.contains("deploy"));
}

#[test]
fn what_is_found_where_it_runs_is_no_dead_end() {
    let mut sketch = Sketch::new();
    let file = sketch.file("a.sh", "shell");
    let other = sketch.file("b.sh", "shell");
    let written = sketch.command(file, "npm run migrate", &[]);
    let at = sketch.facts.get(written).span;
    let reason = "several packages have a script `migrate`";
    let end = Fact::new(unresolved::KIND, at).with(unresolved::REASON, reason, at);
    sketch.facts.add(end, Some(written));
    assert_eq!(names(&sketch.graph()), ["a.sh", "npm run migrate", reason]);
    let mut copy = sketch.facts.get(written).clone();
    copy.route.push(Step { span: at, text: "which runs `a.sh`".into() });
    let copy = sketch.facts.add(copy, Some(file));
    sketch.facts.call(copy, other);
    assert_eq!(names(&sketch.graph()), ["a.sh", "npm run migrate", "b.sh"]);
}

#[test]
fn parts_are_what_was_asked_for() {
    let sketch = shop();
    let graph = sketch.graph();
    let part = |query: &Query<'_>| graph.narrow(query, |_| true);
    for name in ["scripts/deploy.sh", "./scripts/deploy.sh", "file scripts/deploy.sh"] {
        let from = part(&Query { from: Some(name), ..Query::default() }).unwrap();
        assert!(
            names(&from).contains(&"flyctl deploy || true") && !names(&from).contains(&"deploy"),
            "{name}"
        );
    }
    let main = part(&Query { from: Some("function main"), ..Query::default() }).unwrap();
    assert_eq!(main.nodes.len(), 4);
    let to = part(&Query { to: Some("deploy"), ..Query::default() }).unwrap();
    assert!(!names(&to).contains(&"lint") && !names(&to).contains(&"sh \"$next\""));
    assert!(names(&to).contains(&"Deploy \"α\""));
    let none = part(&Query { to: Some("backup"), ..Query::default() }).unwrap();
    assert!(none.nodes.is_empty());
    let there = part(&Query { environment: Some("production"), ..Query::default() }).unwrap();
    assert!(names(&there).contains(&"flyctl deploy || true"));
    let focus = graph.narrow(&Query::default(), |path| path.starts_with("scripts/")).unwrap();
    assert!(names(&focus).contains(&"deploy") && !names(&focus).contains(&"lint"));
}

#[test]
fn names_that_nothing_has_are_mistakes() {
    let graph = shop().graph();
    let error = |query: Query<'_>| graph.narrow(&query, |_| true).unwrap_err();
    let from = error(Query { from: Some("scripts/deply.sh"), ..Query::default() });
    assert_eq!(from, "the graph has no unit `scripts/deply.sh`; did you mean `scripts/deploy.sh`?");
    let to = error(Query { to: Some("deplyo"), ..Query::default() });
    assert_eq!(to, "there is no effect `deplyo`; did you mean `deploy`?");
    let environment = error(Query { environment: Some("prodution"), ..Query::default() });
    assert_eq!(environment, "the graph has no environment `prodution`; did you mean `production`?");
}

#[test]
fn every_form_says_it_all() {
    let sketch = shop();
    let graph = sketch.graph();
    for (form, text) in
        [("mermaid", mermaid(&graph)), ("dot", dot(&graph)), ("svg", svg(&graph, &sketch.repo))]
    {
        for word in
            ["flyctl deploy", "production", "failure ignored: || true", "known at run time", "デプロイ"]
        {
            assert!(text.contains(word), "{form} lacks {word}:\n{text}");
        }
    }
    let chart = mermaid(&graph);
    assert!(chart.contains("deploy #91;end#93; #96;x#96; #35;1") || chart.contains("#91;end#93;"), "{chart}");
    assert!(dot(&graph).contains("Deploy \\\"α\\\""));
    assert!(svg(&graph, &sketch.repo).contains("Deploy &quot;α&quot;"));
}

#[test]
fn cycles_end() {
    let mut sketch = Sketch::new();
    let one = sketch.file("a.sh", "shell");
    let other = sketch.file("b.sh", "shell");
    for (from, to) in [(one, other), (other, one), (one, one)] {
        let call = sketch.command(from, "again", &["deploy"]);
        sketch.facts.call(call, to);
    }
    holds(&sketch.facts, &sketch.repo);
    assert_eq!(sketch.graph().nodes.len(), 5);
}

#[test]
fn large_graphs_are_cut_and_say_so() {
    let mut sketch = Sketch::new();
    let mut last: Option<FactId> = None;
    for index in 0..3_000 {
        let file = sketch.file(&format!("s{index}.sh"), "shell");
        let effect = if index % 10 == 0 { "deploy" } else { "upload" };
        sketch.command(file, &"長い ".repeat(3_000), &[effect]);
        if let Some(last) = last {
            sketch.facts.call(last, file);
        }
        last = Some(sketch.command(file, "sh next.sh", &[]));
    }
    let graph = sketch.graph();
    let chart = mermaid(&graph);
    assert!(chart.len() < 200_000 && chart.chars().count() <= 50_000 && chart.contains("are left out"));
    assert!(chart.lines().filter(|line| line.contains("---") || line.contains("-->")).count() <= 500);
    assert!(svg(&graph, &sketch.repo).contains("are left out"));
    assert!(dot(&graph).contains("are left out"));
}

#[test]
fn ids_stay_when_lines_are_added() {
    let before = shop().graph();
    let mut sketch = shop();
    let file = sketch.file("another.sh", "shell");
    sketch.command(file, "flyctl deploy", &["deploy"]);
    let after = sketch.graph();
    let ids: Vec<&str> = after.nodes.iter().map(|node| node.id.as_str()).collect();
    assert!(before.nodes.iter().all(|node| ids.contains(&node.id.as_str())));
}

/// What holds for the graph of any facts, in every form.
fn holds(facts: &Facts, repo: &Repo) {
    for all in [false, true] {
        let graph = Graph::new(facts, repo, all);
        let ids: BTreeSet<&str> = graph.nodes.iter().map(|node| node.id.as_str()).collect();
        assert_eq!(ids.len(), graph.nodes.len(), "ids are unique");
        assert!(ids.iter().all(|id| id.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')));
        for edge in &graph.edges {
            assert!(edge.from < graph.nodes.len() && edge.to < graph.nodes.len());
        }
        let json = serde_json::to_string(&document(&graph, repo, &[])).unwrap();
        let json: serde_json::Value = serde_json::from_str(&json).unwrap();
        assert_eq!(json["nodes"].as_array().unwrap().len(), graph.nodes.len());
        let opened =
            |text: &str| text.lines().filter(|line| line.trim_start().starts_with("subgraph ")).count();
        let chart = mermaid(&graph);
        assert_eq!(opened(&chart), chart.lines().filter(|line| *line == "  end").count());
        assert!(chart.lines().all(|line| line.matches('"').count() % 2 == 0), "{chart}");
        let text = dot(&graph);
        assert_eq!(opened(&text), text.lines().filter(|line| *line == "  }").count());
        for line in text.lines() {
            let bare = line.replace("\\\\", "").replace("\\\"", "");
            assert!(bare.matches('"').count() % 2 == 0, "{line}");
        }
        let picture = svg(&graph, repo);
        for tag in ["g", "text", "title"] {
            let count = |word: String| picture.matches(&word).count();
            let open = count(format!("<{tag}>")) + count(format!("<{tag} "));
            assert_eq!(open, count(format!("</{tag}>")), "{tag}");
        }
        fits(&graph);
    }
}

/// No card lies on another one, each lies in its lane, and its words fit.
fn fits(graph: &Graph) {
    let layout = layout::layout(graph, 100, 700);
    for lane in layout.lanes.windows(2) {
        assert!(lane[0].y + lane[0].height < lane[1].y);
    }
    for (index, card) in layout.cards.iter().enumerate() {
        let lane = &layout.lanes[card.lane];
        assert!(card.y > lane.y && card.y + card.height < lane.y + lane.height, "outside of its lane");
        assert!(card.x > lane.x && card.x + card.width < lane.x + lane.width);
        assert!(lane.y + lane.height <= layout.height && lane.x + lane.width <= layout.width);
        for other in &layout.cards[index + 1..] {
            let apart = card.x + card.width < other.x
                || other.x + other.width < card.x
                || card.y + card.height < other.y
                || other.y + other.height < card.y;
            assert!(apart, "cards lie on each other");
        }
        for row in &card.rows {
            assert!(row.y + row.height <= card.height);
            for line in &row.title {
                assert!(layout::title_width(label::columns(line)) + 20 <= card.width, "{line}");
            }
            for tag in &row.tags {
                assert!(tag.x + tag.width + 20 <= card.width && tag.y + 16 <= row.height, "{}", tag.text);
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, failure_persistence: None, ..Default::default() })]

    /// Units, commands and calls in any order, with any words.
    #[test]
    fn any_facts_are_a_graph(
        acts in proptest::collection::vec((0u8..8, any::<u16>(), any::<u16>(), ".{0,90}"), 0..60),
    ) {
        let mut repo = Repo::default();
        for index in 0..4 {
            repo.insert(&format!("d/{index}\"#&<.sh"), "x".repeat(100).into_bytes(), false);
        }
        let mut reading = Reading::default();
        let mut calls = Vec::new();
        for (act, one, other, text) in acts {
            let count = reading.facts.len();
            let start = u32::from(other % 90);
            let at = Span::new(FileId(u32::from(one % 4)), start, start + 5);
            let parent = (count > 0 && one % 3 > 0).then(|| FactRef(u32::from(other) % u32::try_from(count).unwrap()));
            let fact = match act {
                0 => Fact::new(file::KIND, at).with(file::READER, "shell", at),
                1 => Fact::new(workflow::KIND, at).with(workflow::NAME, text.as_str(), at),
                2 => Fact::new(job::KIND, at)
                    .with(job::ID, text.as_str(), at)
                    .with(job::NEEDS, vec![(Arc::from(text.as_str()), at)], at),
                3 => Fact::new(function::KIND, at).with(function::NAME, text.as_str(), at),
                4 => Fact::new(script::KIND, at).with(script::NAME, text.as_str(), at),
                5 => Fact::new(unresolved::KIND, at).with(unresolved::REASON, text.as_str(), at),
                6 => Fact::new(step::KIND, at).with(step::USES, text.as_str(), at),
                _ => {
                    let mut fact = Fact::new(command::KIND, at).with(command::TEXT, text.as_str(), at);
                    fact.set(command::FAILURE_CAUSE, text.as_str(), at).set(command::FAILURE, "ignored", at);
                    fact.set(command::ENVIRONMENT, text.as_str(), at);
                    if one % 2 == 0 {
                        fact.set(command::EFFECTS, vec![(Arc::from("deploy"), at), (Arc::from("seed"), at)], at);
                    }
                    fact
                }
            };
            reading.add(fact.inside(parent));
            calls.push((usize::from(one), usize::from(other)));
        }
        let (mut facts, _) = Facts::gather(vec![reading]);
        let ids: Vec<FactId> = facts.ids().collect();
        for (one, other) in calls {
            let (from, to) = (ids[one % ids.len()], ids[other % ids.len()]);
            if one % 2 == 1 && [command::KIND, step::KIND, job::KIND].contains(&facts.get(from).kind) {
                facts.call(from, to);
            }
        }
        holds(&facts, &repo);
    }
}
