//! Machine sizes, volumes and the names of process groups of a `fly.toml`.

use super::Config;
use super::value::{first, get, integer, scalar, tables, texts};
use crate::facts::{Fact, Reading, words, words::fly_mount, words::fly_vm};
use crate::syntax::toml::{Data, Table};

/// Adds `fly.vm` and `fly.mount` facts.
pub fn read(out: &mut Reading, config: &Config<'_>, root: &Table) {
    sizes(out, config, root);
    mounts(out, config, root);
    for key in ["restart", "files", "statics"] {
        if let Some(entry) = get(root, key).filter(|entry| matches!(entry.node.data, Data::Table(_))) {
            let reason = format!(
                "flyctl takes `{key}` only as an array of tables, `[[{key}]]`, and rejects the whole file"
            );
            config.unresolved(out, &entry.node, reason);
        }
    }
}

fn sizes(out: &mut Reading, config: &Config<'_>, root: &Table) {
    for entry in ["vm", "compute", "computes"].iter().filter_map(|key| get(root, key)) {
        for (node, table) in tables(entry) {
            let span = config.header(node, entry);
            let mut fact = Fact::new(fly_vm::KIND, span).inside(Some(config.parent));
            let texts_of = [
                (fly_vm::SIZE, &["size"][..]),
                // Of both spellings the one in megabytes wins.
                (fly_vm::MEMORY, &["memory_mb", "memory"][..]),
                (fly_vm::CPU_KIND, &["cpu_kind"][..]),
            ];
            for (field, keys) in texts_of {
                let found = first(table, keys).and_then(|entry| scalar(config.document, &entry.node));
                if let Some((text, at)) = found {
                    fact.set(field, text, at);
                }
            }
            if let Some(cpus) = get(table, "cpus") {
                let at = config.document.locate(cpus.node.range.clone());
                fact.set_some(fly_vm::CPUS, integer(&cpus.node), at);
            }
            if let Some(processes) = get(table, "processes") {
                let at = config.document.locate(processes.node.range.clone());
                fact.set(fly_vm::PROCESSES, texts(config.document, Some(processes)), at);
            }
            out.add(fact);
        }
    }
}

fn mounts(out: &mut Reading, config: &Config<'_>, root: &Table) {
    let mut number = 0_i64;
    let mut place = None;
    for entry in ["mounts", "mount"].iter().filter_map(|key| get(root, key)) {
        for (node, table) in tables(entry) {
            let span = config.header(node, entry);
            let mut fact = Fact::new(fly_mount::KIND, span).inside(Some(config.parent));
            for (field, key) in [(fly_mount::SOURCE, "source"), (fly_mount::DESTINATION, "destination")] {
                let found = get(table, key).and_then(|entry| scalar(config.document, &entry.node));
                if let Some((text, at)) = found {
                    fact.set(field, text, at);
                }
            }
            if let Some(processes) = get(table, "processes") {
                let at = config.document.locate(processes.node.range.clone());
                fact.set(fly_mount::PROCESSES, texts(config.document, Some(processes)), at);
            }
            out.add(fact);
            number += 1;
            place.get_or_insert(span);
        }
    }
    let fact = out.fact_mut(config.parent);
    let span = place.unwrap_or(fact.span);
    fact.set(words::fly_config::MOUNTS, number, span);
}
