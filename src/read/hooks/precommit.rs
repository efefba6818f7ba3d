//! `.pre-commit-config.yaml`. Only hooks of the repository itself (`repo: local`) say what they run;
//! those of other repositories are defined there.

use super::{List, Named};
use crate::syntax::yaml::Node;
use crate::text::Passage;

/// Reads the hooks under `root`.
pub(super) fn read(list: &mut List<'_, '_>, root: Node<'_>) {
    let stages = root.get("default_stages");
    for repo in root.get("repos").into_iter().flat_map(Node::items) {
        if repo.get("repo").and_then(Node::text) != Some("local") {
            continue;
        }
        for hook in repo.get("hooks").into_iter().flat_map(Node::items) {
            if !list.budget.spend(0) {
                return;
            }
            hook_of(list, hook, stages);
        }
    }
}

fn hook_of(list: &mut List<'_, '_>, hook: Node<'_>, stages: Option<Node<'_>>) {
    let Some(entry) = hook.get("entry") else { return };
    // The entry of these is a pattern, a message or an image.
    if matches!(hook.get("language").and_then(Node::text), Some("pygrep" | "fail" | "docker_image")) {
        return;
    }
    let Some(line) = entry.scalar() else {
        return list.unresolved(entry, "pre-commit wants `entry` as a text");
    };
    let id = hook.get("id").unwrap_or(entry);
    let name = id.text().unwrap_or_default();
    let stages = hook.get("stages").or(stages);
    let events: Vec<&str> = stages.into_iter().flat_map(Node::items).filter_map(Node::text).collect();
    let events = if events.is_empty() { "pre-commit".to_owned() } else { events.join(", ") };
    let at = list.place(id);
    let event = stages.map_or(at, |stages| list.place(stages));
    let args: Vec<Passage> = hook
        .get("args")
        .into_iter()
        .flat_map(Node::items)
        .filter_map(|arg| Some(arg.scalar()?.value.clone()))
        .collect();
    let named = Named { name: (name, at), event: (&events, event), runner: "pre-commit" };
    list.words(&named, &line.value, &args);
}
