//! Variables that a `fly.toml` sets: `[env]` for the machines, `[build.args]` for the build.

use std::sync::Arc;

use super::Config;
use super::value::{get, scalar, table, tables};
use crate::facts::{Fact, Reading, words::variable};
use crate::read::secret;
use crate::syntax::toml::{Entry, Table};

/// Adds a `variable` fact for each.
pub fn read(out: &mut Reading, config: &Config<'_>, root: &Table) {
    let env = get(root, "env");
    let args = table(root, "build").and_then(|build| get(build, "args"));
    for (entry, scope) in [(env, "fly-env"), (args, "fly-build-arg")] {
        // Several tables are merged by flyctl.
        for (_, table) in entry.into_iter().flat_map(tables) {
            for entry in &table.entries {
                add(out, config, entry, scope);
            }
        }
    }
}

fn add(out: &mut Reading, config: &Config<'_>, entry: &Entry, scope: &'static str) {
    let span = config.locate(entry);
    let name = config.document.locate(entry.key_range.clone());
    let mut fact = Fact::new(variable::KIND, span)
        .inside(Some(config.parent))
        .with(variable::NAME, entry.key.as_str(), name)
        .with(variable::SCOPE, scope, span);
    let value = scalar(config.document, &entry.node);
    let secret = secret::classify(&entry.key, value.as_ref().map(|(text, _)| text.as_ref()));
    if let Some((text, at)) = value {
        fact.set(variable::VALUE, text, at);
        fact.set(variable::LITERAL, true, at);
        let place = if secret == "value" { at } else { name };
        fact.set(variable::SECRET, secret, place);
    }
    if let Some((environment, _, at)) = &config.environment {
        fact.set(variable::ENVIRONMENT, Arc::clone(environment), *at);
    }
    out.add(fact);
}
