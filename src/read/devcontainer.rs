//! `devcontainer.json`: the commands that set a development container up. Knows no containers.

use super::command::{self, Site};
use super::{Reader, Settings, host};
use crate::facts::words::hook;
use crate::facts::{Fact, FactRef, Reading};
use crate::repo::Repo;
use crate::syntax::json::{self, Data, Node};
use crate::text::{FileId, Passage, Span};

/// The keys with commands, in the order in which they run; the first runs on the host.
const COMMANDS: &[&str] = &[
    "initializeCommand",
    "onCreateCommand",
    "updateContentCommand",
    "postCreateCommand",
    "postStartCommand",
    "postAttachCommand",
];

/// Reads a `devcontainer.json`. A text is for a shell, a list is words, an object holds several of
/// these, which run at once.
#[must_use]
pub fn read(repo: &Repo, id: FileId, settings: &Settings) -> Reading {
    let mut out = Reading::default();
    let passage = repo.passage(id);
    let file = host::file(&mut out, repo, id, Reader::Devcontainer);
    let (root, faults) = json::parse(&passage);
    out.findings.extend(faults.iter().map(|fault| fault.finding(&passage)));
    let Some(root) = root else { return out };
    let site = host::site("devcontainer", "setup", Some(workspace(repo.path(id))), settings);
    let site = Site { parent: Some(file), ..site };
    for key in COMMANDS {
        let Some(entry) = root.get(key) else { continue };
        let event = (*key, entry.key.span());
        if let Data::Object(entries) = &entry.node.data {
            for inner in entries {
                let at = if inner.key.is_empty() { event.1 } else { inner.key.span() };
                one(&mut out, &passage, (inner.key.text(), at), event, &inner.node, &site);
            }
        } else {
            one(&mut out, &passage, event, event, &entry.node, &site);
        }
    }
    out
}

/// The folder that is open in the container: the one that `.devcontainer` is in.
fn workspace(path: &str) -> &str {
    let parts = path.match_indices(".devcontainer").map(|(at, _)| at);
    let at = parts.filter(|at| *at == 0 || path.as_bytes().get(at - 1) == Some(&b'/')).last().unwrap_or(0);
    path.get(..at).unwrap_or_default().trim_end_matches('/')
}

fn one(
    out: &mut Reading,
    passage: &Passage,
    name: (&str, Span),
    event: (&str, Span),
    node: &Node,
    site: &Site<'_>,
) {
    let add = |out: &mut Reading, text: &Passage| -> FactRef {
        let fact = Fact::new(hook::KIND, name.1)
            .inside(site.parent)
            .with(hook::NAME, name.0, name.1)
            .with(hook::EVENT, event.0, event.1)
            .with(hook::RUNNER, "devcontainer", name.1)
            .with(hook::TEXT, text.text(), text.span());
        out.add(fact)
    };
    match &node.data {
        Data::Null => {}
        Data::Text(line) => {
            let parent = add(out, line);
            command::shell(out, line, &Site { parent: Some(parent), ..site.clone() });
        }
        Data::List(items) => {
            let words: Vec<Passage> = items.iter().filter_map(Node::as_text).cloned().collect();
            let whole = passage.slice(node.range.clone());
            let parent = add(out, &whole);
            command::argv(out, &whole, &words, &Site { parent: Some(parent), ..site.clone() });
        }
        _ => {
            let reason =
                format!("a command here is a text, a list of words or an object, not {}", node.kind());
            let text = passage.text().get(node.range.clone()).unwrap_or_default();
            host::unresolved(out, site.parent, ("command", &reason), text, name.1);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::facts::words::{command, unresolved};

    fn reading(path: &str, text: &str) -> Reading {
        let mut repo = Repo::default();
        let id = repo.insert(path, text.as_bytes().to_vec(), false);
        crate::read::file(&repo, id, &Settings::default())
    }

    const SHOP: &str = concat!(
        "\u{feff}// 開発用 🎉\r\n{\r\n",
        "\t\"name\": \"店\",\r\n",
        "\t\"postCreateCommand\": \"pnpm install && pnpm run \\\"db:migrate\\\"\", // 準備\r\n",
        "\t\"postStartCommand\": [\"bash\", \"-c\", \"echo こんにちは; bin/dev\"],\r\n",
        "\t\"postAttachCommand\": { \"監視\": \"tail -f log\", \"x\": [\"ls\", \"a b\"], \"y\": 3 },\r\n",
        "\t\"onCreateCommand\": null,\r\n",
        "}\r\n",
    );

    #[test]
    fn commands_with_exact_places() {
        let reading = reading("apps/shop/.devcontainer/web/devcontainer.json", SHOP);
        assert!(reading.findings.is_empty(), "{:?}", reading.findings);
        let said = |span: Span| &SHOP[span.start as usize..span.end as usize];
        let commands: Vec<_> = reading.facts.iter().filter(|fact| fact.kind == command::KIND).collect();
        let texts: Vec<_> = commands.iter().map(|fact| said(fact.get(command::TEXT).unwrap().span)).collect();
        assert_eq!(
            texts,
            [
                "pnpm install",
                "pnpm run \\\"db:migrate\\\"",
                "echo こんにちは",
                "bin/dev",
                "tail -f log",
                "[\"ls\", \"a b\"]"
            ]
        );
        assert!(commands.iter().all(|fact| fact.text(command::DIRECTORY) == Some("apps/shop")));
        assert!(commands.iter().all(|fact| fact.text(command::PHASE) == Some("setup")));
        let hooks: Vec<_> = reading.facts.iter().filter(|fact| fact.kind == hook::KIND).collect();
        let names: Vec<_> = hooks.iter().filter_map(|fact| fact.text(hook::NAME)).collect();
        assert_eq!(names, ["postCreateCommand", "postStartCommand", "監視", "x"]);
        assert_eq!(said(hooks[2].get(hook::EVENT).unwrap().span), "postAttachCommand");
        assert_eq!(reading.facts.iter().filter(|fact| fact.kind == unresolved::KIND).count(), 1);
    }

    #[test]
    fn where_it_lies() {
        assert_eq!(workspace(".devcontainer.json"), "");
        assert_eq!(workspace(".devcontainer/devcontainer.json"), "");
        assert_eq!(workspace("a/.devcontainer/x/devcontainer.json"), "a");
        assert_eq!(workspace("a.devcontainer/devcontainer.json"), "");
    }

    #[test]
    fn hostile_text_ends() {
        for text in ["", "[]", "3", "{\"postCreateCommand\": \"'", "{\"postCreateCommand\": []}"] {
            let _ = reading(".devcontainer.json", text);
        }
        let _ = reading(".devcontainer.json", &format!("{{\"postCreateCommand\": {}", "[".repeat(100_000)));
    }
}
