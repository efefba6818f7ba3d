//! Whether an install of packages holds to the lock file. Knows the managers' flags and defaults.

use super::arg::Arg;
use super::grammar::Parsed;
use crate::text::Span;

/// A word of the field `locked` and the place of the words that decide it; `None` where the command
/// installs no project.
pub(super) fn locked(
    args: &[Arg<'_>],
    parsed: &Parsed<'_>,
    host: &str,
    ci: bool,
) -> Option<(&'static str, Span)> {
    let manager = args.first()?;
    let rest = &args[1..];
    let verb = parsed.verb_text();
    let at_verb = parsed.verb.last().map_or(manager.span, |(_, at)| rest[*at].span);
    let decided = |name: &str| {
        let flag = parsed.flag(name)?;
        Some((flag.value != "false", rest[flag.first].span))
    };
    let any = |names: &[&str]| names.iter().find_map(|name| decided(name));
    let word = |on: bool| if on { "yes" } else { "no" };
    // A command that only writes the lock file installs nothing.
    let writes = any(&["package-lock-only", "lockfile-only"]).is_some_and(|(on, _)| on)
        || parsed.flag("mode").is_some_and(|flag| flag.value == "update-lockfile");
    if parsed.has("global") || writes || !parsed.args.is_empty() {
        return None;
    }
    let in_workflow = ci || matches!(host, "workflow-step" | "action-step");
    match (manager.value.as_ref(), verb) {
        ("npm", "ci" | "install-ci-test") | ("bun" | "pnpm", "ci") => Some(("yes", at_verb)),
        ("npm", "install" | "install-test") => Some(("no", at_verb)),
        ("pnpm", "install" | "install-test") => {
            Some(match (decided("frozen-lockfile"), decided("no-frozen-lockfile")) {
                (Some((on, span)), _) => (word(on), span),
                (_, Some((on, span))) => (word(!on), span),
                // Without a network there is only what `pnpm fetch` took from the lock file before.
                _ if decided("offline").is_some_and(|(on, _)| on) => ("unknown", at_verb),
                // pnpm holds to the lock file by itself where `CI` is set, and nowhere else.
                _ => (word(in_workflow), at_verb),
            })
        }
        ("yarn", "install" | "") => {
            Some(match (any(&["frozen-lockfile", "immutable"]), decided("no-immutable")) {
                (Some((on, span)), _) => (word(on), span),
                (_, Some((on, span))) => (word(!on), span),
                // Yarn 2 and later hold to it by themselves in CI; Yarn 1 never does.
                _ => (if in_workflow { "unknown" } else { "no" }, at_verb),
            })
        }
        ("bun", "install") => Some(match decided("frozen-lockfile") {
            Some((on, span)) => (word(on), span),
            None => ("no", at_verb),
        }),
        _ => None,
    }
}
