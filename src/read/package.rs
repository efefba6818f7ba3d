//! `package.json`: the package, its scripts and their commands. Knows no package manager's rules.

use std::sync::Arc;

use super::command::{self, Site};
use super::{Reader, Settings, hooks};
use crate::facts::{Fact, FactRef, Reading, words};
use crate::finding::Finding;
use crate::repo::Repo;
use crate::syntax::json::{self, Entry, Node};
use crate::text::{FileId, Passage, Span};

/// Reads a `package.json`.
#[must_use]
pub fn read(repo: &Repo, id: FileId, settings: &Settings) -> Reading {
    let mut out = Reading::default();
    let passage = repo.passage(id);
    let start = Span::point(id, 0);
    let file = out.add(
        Fact::new(words::file::KIND, start)
            .with(words::file::PATH, Arc::clone(&repo.file(id).path), start)
            .with(words::file::READER, Reader::Package.name(), start),
    );
    let (root, faults) = json::parse(&passage);
    out.findings.extend(faults.iter().map(|fault| fault.finding(&passage)));
    let Some(root) = root else { return out };
    if root.entries().is_empty() && faults.is_empty() && !matches!(root.data, json::Data::Object(_)) {
        let message = format!("a package.json is an object, not {}", root.kind());
        out.find(Finding::syntax(message, first_line(&passage, &root)));
        return out;
    }
    let mut package = package(&passage, &root).inside(Some(file));
    package.set(words::package::PATH, Arc::clone(&repo.file(id).path), start);
    let parent = out.add(package);
    let directory = repo.path(id).rsplit_once('/').map_or("", |(folder, _)| folder);
    let site = Site {
        host: "package-script",
        phase: None,
        parent: Some(parent),
        directory: Some(directory.to_owned()),
        errexit: false,
        pipefail: false,
        ignored: None,
        guard: Vec::new(),
        settings,
    };
    scripts(&mut out, &passage, &root, &site);
    hooks::package(&mut out, &passage, &root, &site);
    out
}

fn package(passage: &Passage, root: &Node) -> Fact {
    let name = text_of(root, "name");
    let span = name.map_or_else(|| first_line(passage, root), Passage::span);
    let mut fact = Fact::new(words::package::KIND, span);
    if let Some(name) = name {
        fact.set(words::package::NAME, name.text(), name.span());
    }
    if let Some(manager) = text_of(root, "packageManager") {
        fact.set(words::package::MANAGER, manager.text(), manager.span());
    }
    if let Some(entry) = root.get("workspaces") {
        // Yarn's older form is an object with the globs under `packages`.
        let globs = entry.node.get("packages").map_or(&entry.node, |inner| &inner.node);
        let items: Vec<(Arc<str>, Span)> = globs
            .items()
            .iter()
            .filter_map(Node::as_text)
            .map(|glob| (Arc::from(glob.text()), glob.span()))
            .collect();
        fact.set(words::package::WORKSPACES, items, passage.locate(entry.key_range.clone()));
    }
    fact
}

fn scripts(out: &mut Reading, passage: &Passage, root: &Node, site: &Site<'_>) {
    let Some(entry) = root.get("scripts") else { return };
    if !matches!(entry.node.data, json::Data::Object(_)) {
        let message = format!("`scripts` is an object of names and command lines, not {}", entry.node.kind());
        out.find(Finding::syntax(message, passage.locate(entry.key_range.clone())));
        return;
    }
    let package = text_of(root, "name");
    let entries = entry.node.entries();
    let mut last = rustc_hash::FxHashMap::default();
    for (index, entry) in entries.iter().enumerate() {
        last.insert(entry.key.text(), index);
    }
    for (index, entry) in entries.iter().enumerate() {
        // Of two scripts with one name, JavaScript keeps the last one.
        if last.get(entry.key.text()) != Some(&index) {
            continue;
        }
        let Some(line) = entry.node.as_text() else {
            let message =
                format!("script `{}` is a command line, not {}", entry.key.text(), entry.node.kind());
            out.find(Finding::syntax(message, passage.locate(entry.key_range.clone())));
            continue;
        };
        let parent = out.add(script(passage, entry, line, package).inside(site.parent));
        command::shell(out, line, &inside(site, parent));
    }
}

fn script(passage: &Passage, entry: &Entry, line: &Passage, package: Option<&Passage>) -> Fact {
    let span = passage.locate(entry.key_range.start..entry.node.range.end);
    let key = passage.locate(entry.key_range.clone());
    let name = if entry.key.is_empty() { key } else { entry.key.span() };
    let mut fact = Fact::new(words::script::KIND, span)
        .with(words::script::NAME, entry.key.text(), name)
        .with(words::script::TEXT, line.text(), line.span());
    if let Some(package) = package {
        fact.set(words::script::PACKAGE, package.text(), package.span());
    }
    fact
}

fn inside<'a>(site: &Site<'a>, parent: FactRef) -> Site<'a> {
    Site { parent: Some(parent), ..site.clone() }
}

fn text_of<'a>(root: &'a Node, key: &str) -> Option<&'a Passage> {
    root.get(key)?.node.as_text()
}

/// The value's first character: a place for what is true of all of it.
fn first_line(passage: &Passage, node: &Node) -> Span {
    passage.locate(node.range.start..(node.range.start + 1).min(node.range.end))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reading(text: &str) -> (Repo, Reading) {
        let mut repo = Repo::default();
        let id = repo.insert("apps/shop/package.json", text.as_bytes().to_vec(), false);
        let reading = read(&repo, id, &Settings::default());
        (repo, reading)
    }

    fn said(text: &str, span: Span) -> &str {
        &text[span.start as usize..span.end as usize]
    }

    const SHOP: &str = concat!(
        "\u{feff}{\r\n",
        "\t\"name\": \"@acme/店\",\r\n",
        "\t\"packageManager\": \"pnpm@9.1.0\",\r\n",
        "\t\"workspaces\": {\"packages\": [\"packages/*\"]},\r\n",
        "\t\"scripts\": {\r\n",
        "\t\t\"build\": \"tsc\", // 構築\r\n",
        "\t\t\"release\": \"echo \\\"😀\\\" && typeorm migration:run\",\r\n",
        "\t},\r\n",
        "}\r\n",
    );

    #[test]
    fn a_package_and_its_scripts() {
        let (_, reading) = reading(SHOP);
        assert!(reading.findings.is_empty(), "{:?}", reading.findings);
        let package = reading.facts.iter().find(|fact| fact.kind == words::package::KIND).unwrap();
        assert_eq!(package.text(words::package::NAME), Some("@acme/店"));
        assert_eq!(package.text(words::package::PATH), Some("apps/shop/package.json"));
        let manager = package.get(words::package::MANAGER).unwrap();
        assert_eq!(said(SHOP, manager.span), "pnpm@9.1.0");
        let (glob, place) = &package.list(words::package::WORKSPACES)[0];
        assert_eq!((glob.as_ref(), said(SHOP, *place)), ("packages/*", "packages/*"));

        let scripts: Vec<_> = reading.facts.iter().filter(|fact| fact.kind == words::script::KIND).collect();
        assert_eq!(scripts.len(), 2);
        assert_eq!(scripts[1].text(words::script::TEXT), Some("echo \"😀\" && typeorm migration:run"));
        assert_eq!(scripts[1].text(words::script::PACKAGE), Some("@acme/店"));
        let text = scripts[1].get(words::script::TEXT).unwrap();
        assert_eq!(said(SHOP, text.span), "echo \\\"😀\\\" && typeorm migration:run");
        assert_eq!(said(SHOP, scripts[0].get(words::script::NAME).unwrap().span), "build");
        assert!(scripts.iter().all(|fact| fact.parent == Some(FactRef(1))));
    }

    #[test]
    fn workspaces_may_be_a_list() {
        let (_, reading) = reading(r#"{"workspaces": ["a", "b/*"]}"#);
        assert_eq!(reading.facts[1].list(words::package::WORKSPACES).len(), 2);
    }

    #[test]
    fn a_broken_package_still_gives_its_scripts() {
        let text = "{ \"name\": \"shop\",\n \"scripts\": {\n \"a\": \"one\"\n \"b\": \"two,\n \"c\": 3 }\n";
        let (_, reading) = reading(text);
        let names: Vec<_> = reading.facts.iter().filter_map(|fact| fact.text(words::script::NAME)).collect();
        assert_eq!(names, ["a", "b"]);
        assert!(reading.findings.len() >= 3);
        for finding in &reading.findings {
            assert!(!said(text, finding.primary.span).contains('\n'), "{finding:?}");
        }
    }

    #[test]
    fn of_two_scripts_with_one_name_the_last_one_counts() {
        let (_, reading) = reading(r#"{"scripts": {"a": "one", "a": "two"}}"#);
        let texts: Vec<_> = reading.facts.iter().filter_map(|fact| fact.text(words::script::TEXT)).collect();
        assert_eq!(texts, ["two"]);
    }

    #[test]
    fn other_values_are_findings() {
        for text in ["[]", "\"x\"", "", "{\"scripts\": []}", "{\"scripts\": {\"a\": {}}}"] {
            let (_, reading) = reading(text);
            assert_eq!(reading.findings.len(), 1, "{text}: {:?}", reading.findings);
            assert_eq!(reading.facts[0].kind, words::file::KIND);
        }
    }
}
