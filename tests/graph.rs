//! The web of commands of whole repositories, in every form.

use std::path::Path;

use deploylint::doors::disk;
use deploylint::doors::paths::Target;
use deploylint::report::document;
use deploylint::report::graph::{self, Graph, Query};
use deploylint::rules::examples;
use deploylint::text::{FileId, Passage};
use deploylint::{Policy, Repo, Rulebook, check};

use crate::support::{expect_file, project, read};

fn shop() -> (Graph, Repo, Vec<deploylint::finding::Finding>) {
    let path = project("fixtures/shop");
    let mut papers = Repo::default();
    let id = papers.insert("deploylint.toml", read(&path.join("deploylint.toml")).into_bytes(), false);
    let policy = Policy::parse(&papers.passage(id), &Rulebook::builtin()).unwrap();
    let target = Target::of(&[path]).unwrap();
    let repo = disk::load(&target, &check::settings(&policy), &policy.exclude).repo;
    let (facts, problems) = check::understand(&repo, &policy);
    (Graph::new(&facts, &repo, false), repo, problems)
}

#[test]
fn the_shop_is_drawn() {
    let (graph, repo, problems) = shop();
    expect_file("fixtures/shop.graph.mmd", &graph::mermaid(&graph));
    expect_file("fixtures/shop.graph.dot", &graph::dot(&graph));
    expect_file("fixtures/shop.graph.svg", &graph::svg(&graph, &repo));
    expect_file("fixtures/shop.graph.json", &document::print(&graph::document(&graph, &repo, &problems)));
}

#[test]
fn the_way_from_a_workflow_to_the_seed_is_found() {
    let (graph, ..) = shop();
    let query = Query {
        from: Some(".github/workflows/deploy-production.yml"),
        to: Some("seed"),
        environment: Some("production"),
    };
    let way = graph.narrow(&query, |_| true).unwrap();
    let names: Vec<&str> = way.nodes.iter().map(|node| node.name.as_ref()).collect();
    for name in
        ["Deploy Production", "backend", "shop-production", "apps/backend/scripts/release.sh", "db:seed"]
    {
        assert!(names.contains(&name), "{name}: {names:?}");
    }
    assert!(!names.contains(&"worker") && !names.contains(&"Deploy Staging"), "{names:?}");
}

/// Draws a repository in every form.
fn draw(repo: &Repo) {
    let (facts, problems) = check::understand(repo, &Policy::default());
    for all in [false, true] {
        let graph = Graph::new(&facts, repo, all);
        let _ = (graph::mermaid(&graph), graph::dot(&graph), graph::svg(&graph, repo));
        let _ = document::print(&graph::document(&graph, repo, &problems));
    }
}

#[test]
fn the_example_of_every_rule_is_drawn() {
    let entries = walkdir::WalkDir::new(project("rules")).into_iter().map(|entry| entry.unwrap().into_path());
    for path in entries.filter(|path| path.extension().is_some_and(|extension| extension == "md")) {
        let passage = Passage::file(FileId(0), read(&path).into());
        for example in examples(&passage).unwrap_or_default() {
            let mut repo = Repo::default();
            for (path, text) in &example.files {
                repo.insert(path, text.clone().into_bytes(), false);
            }
            draw(&repo);
        }
    }
}

#[test]
fn long_ways_and_wide_ones_are_drawn() {
    // A chain of scripts, each of which calls the next one, the last one the first.
    let mut chain = Repo::default();
    // One script that calls many, each of which calls it.
    let mut star = Repo::default();
    let count = 600;
    for index in 0..count {
        let next = (index + 1) % count;
        let text = format!("sh s{next}.sh\nflyctl deploy --app 'a{index}' # \u{202e}\n");
        chain.insert(&format!("s{index}.sh"), text.into_bytes(), false);
        star.insert(&format!("s{index}.sh"), b"sh all.sh\nflyctl deploy\n".to_vec(), false);
    }
    let all: Vec<String> = (0..count).map(|index| format!("sh s{index}.sh || true")).collect();
    star.insert("all.sh", all.join("\n").into_bytes(), false);
    draw(&chain);
    draw(&star);
    let hostile = Path::new("日本 \"#%%{init}%%<script>").join("end.sh");
    let mut odd = Repo::default();
    odd.insert(&hostile.to_string_lossy(), b"flyctl deploy '\"]end`-->' &\n".to_vec(), false);
    draw(&odd);
}
