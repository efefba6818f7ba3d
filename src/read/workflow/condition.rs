//! What an `if` lets through after a failure. Knows GitHub's rule: without a status function,
//! `success()` is meant, too.

use crate::syntax::expression::{self, Comparison, Data, Segment, Tree};

/// Whether a job or step with this `if` may run although one of `needs` failed, or for a step, an
/// earlier step.
pub(super) fn runs_after_failure(text: &str, needs: &[&str]) -> bool {
    if text.contains("${{") {
        let (found, _) = expression::find(text);
        let status = found.iter().any(|found| found.tree.as_ref().is_some_and(has_status));
        let [only] = found.as_slice() else { return status };
        let around = format!("{}{}", &text[..only.range.start], &text[only.range.end..]);
        let Some(tree) = only.tree.as_ref().filter(|_| around.trim().is_empty()) else {
            // Text beside the braces makes a text of the whole, and a text counts as true.
            return status;
        };
        return tree_runs(tree, needs);
    }
    expression::bare(text).is_ok_and(|tree| tree_runs(&tree, needs))
}

/// Whether this `if` lets nothing but pull requests through.
pub(super) fn for_pull_requests(text: &str) -> bool {
    if text.contains("${{") {
        let (found, _) = expression::find(text);
        let [only] = found.as_slice() else { return false };
        let around = format!("{}{}", &text[..only.range.start], &text[only.range.end..]);
        return around.trim().is_empty() && only.tree.as_ref().is_some_and(asks_for_pull_request);
    }
    expression::bare(text).is_ok_and(|tree| asks_for_pull_request(&tree))
}

/// Whether this `if` may let runs through that `event` started.
pub(super) fn may_run_on(text: &str, event: &str) -> bool {
    // A tag is pushed.
    let event = if event == "tag" { "push" } else { event };
    // A called workflow sees the event of its caller.
    if event == "workflow_call" {
        return true;
    }
    if text.contains("${{") {
        let (found, _) = expression::find(text);
        let [only] = found.as_slice() else { return true };
        let around = format!("{}{}", &text[..only.range.start], &text[only.range.end..]);
        let tree = only.tree.as_ref().filter(|_| around.trim().is_empty());
        return tree.is_none_or(|tree| on_event(tree, event) != Some(false));
    }
    expression::bare(text).map_or(true, |tree| on_event(&tree, event) != Some(false))
}

/// What the condition says for `event`; none where that depends on something else.
fn on_event(tree: &Tree, event: &str) -> Option<bool> {
    let of_event = |tree: &Tree| matches!(&tree.data, Data::Context(path) if expression::path_text(path) == "github.event_name");
    match &tree.data {
        Data::Bool(value) => Some(*value),
        Data::Not(part) => on_event(part, event).map(|value| !value),
        Data::And(parts) => {
            let values: Vec<_> = parts.iter().map(|part| on_event(part, event)).collect();
            if values.contains(&Some(false)) {
                Some(false)
            } else {
                values.iter().all(|value| *value == Some(true)).then_some(true)
            }
        }
        Data::Or(parts) => {
            let values: Vec<_> = parts.iter().map(|part| on_event(part, event)).collect();
            if values.contains(&Some(true)) {
                Some(true)
            } else {
                values.iter().all(|value| *value == Some(false)).then_some(false)
            }
        }
        Data::Compare(comparison, left, right) => {
            let word = if of_event(left) { text(right) } else { text(left).filter(|_| of_event(right)) }?;
            let equal = word.eq_ignore_ascii_case(event);
            match comparison {
                Comparison::Equal => Some(equal),
                Comparison::NotEqual => Some(!equal),
                _ => None,
            }
        }
        _ => None,
    }
}

fn asks_for_pull_request(tree: &Tree) -> bool {
    match &tree.data {
        Data::And(parts) => parts.iter().any(asks_for_pull_request),
        Data::Or(parts) => parts.iter().all(asks_for_pull_request),
        Data::Compare(Comparison::Equal, left, right) => {
            let of_event = |tree: &Tree| matches!(&tree.data, Data::Context(path) if expression::path_text(path) == "github.event_name");
            let named = |tree: &Tree| {
                text(tree).is_some_and(|text| {
                    ["pull_request", "pull_request_target"].iter().any(|name| text.eq_ignore_ascii_case(name))
                })
            };
            (of_event(left) && named(right)) || (named(left) && of_event(right))
        }
        _ => false,
    }
}

fn tree_runs(tree: &Tree, needs: &[&str]) -> bool {
    if !has_status(tree) {
        return false;
    }
    if needs.is_empty() {
        return value(tree, None) != Some(false);
    }
    needs.iter().any(|&failed| value(tree, Some(failed)) != Some(false))
}

fn has_status(tree: &Tree) -> bool {
    ["always", "failure", "cancelled", "success"].iter().any(|name| tree.calls(name))
}

/// What the condition says when `failed` did; none where that depends on something else.
fn value(tree: &Tree, failed: Option<&str>) -> Option<bool> {
    match &tree.data {
        Data::Bool(value) => Some(*value),
        Data::Null => Some(false),
        Data::Text(text) => Some(!text.is_empty()),
        Data::Call(name, arguments) => match (name.as_str(), arguments.as_slice()) {
            ("always" | "failure", _) => Some(true),
            ("success" | "cancelled", _) => Some(false),
            ("contains", [list, word]) => {
                let result = text(word)?;
                (result_of(list, failed)? && result.eq_ignore_ascii_case("failure")).then_some(true)
            }
            _ => None,
        },
        Data::Not(part) => value(part, failed).map(|value| !value),
        Data::And(parts) => parts
            .iter()
            .try_fold(Some(true), |all, part| match value(part, failed) {
                Some(false) => Err(()),
                Some(true) => Ok(all),
                None => Ok(None),
            })
            .unwrap_or(Some(false)),
        Data::Or(parts) => parts
            .iter()
            .try_fold(Some(false), |any, part| match value(part, failed) {
                Some(true) => Err(()),
                Some(false) => Ok(any),
                None => Ok(None),
            })
            .unwrap_or(Some(true)),
        Data::Compare(comparison, left, right) => {
            let word = text(left).or_else(|| text(right))?;
            let named = result_of(left, failed).or_else(|| result_of(right, failed))?;
            // `needs.*.result` is a list; comparing it with a text tells nothing.
            if !named || matches!((&left.data, &right.data), (Data::Text(_), Data::Text(_))) {
                return None;
            }
            let equal = word.eq_ignore_ascii_case("failure");
            match comparison {
                Comparison::Equal => Some(equal),
                Comparison::NotEqual => Some(!equal),
                _ => None,
            }
        }
        _ => None,
    }
}

fn text(tree: &Tree) -> Option<&str> {
    if let Data::Text(text) = &tree.data { Some(text) } else { None }
}

/// Whether `tree` is the result of the job that failed (`needs.test.result`), or of all jobs
/// (`needs.*.result`); none where it is something else.
fn result_of(tree: &Tree, failed: Option<&str>) -> Option<bool> {
    let Data::Context(path) = &tree.data else { return None };
    let [Segment::Name(needs), job, Segment::Name(result)] = path.as_slice() else { return None };
    if !needs.eq_ignore_ascii_case("needs") || !result.eq_ignore_ascii_case("result") {
        return None;
    }
    match job {
        Segment::All => Some(true),
        Segment::Name(name) => Some(failed.is_some_and(|failed| name.eq_ignore_ascii_case(failed))),
        Segment::Index(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::{may_run_on, runs_after_failure};

    #[test]
    fn a_condition_without_status_function_waits_for_success() {
        for text in [
            "github.ref == 'refs/heads/main'",
            "${{ needs.test.result == 'failure' }}",
            "success() && github.actor != 'bot'",
            "!failure() && !cancelled()",
            "true",
            "cancelled()",
            "always() && needs.test.result == 'success'",
            "${{ !cancelled() && !contains(needs.*.result, 'failure') }}",
            "always() && (needs.test.result != 'failure')",
            "broken ((",
        ] {
            assert!(!runs_after_failure(text, &["test"]), "{text}");
        }
    }

    #[test]
    fn a_status_function_may_let_it_run() {
        for text in [
            "always()",
            "ALWAYS()",
            "${{ failure() }}",
            "!cancelled()",
            "failure() && github.ref == 'refs/heads/main'",
            "always() && needs.lint.result == 'success'",
            "success() || failure()",
            "always() && contains(needs.*.result, 'failure')",
            "${{ success() }} && x",
            "!success()",
        ] {
            assert!(runs_after_failure(text, &["test"]), "{text}");
        }
        assert!(runs_after_failure("always() && needs.test.result == 'success'", &["test", "lint"]));
        assert!(runs_after_failure("always() && steps.a.outcome == 'success'", &[]));
    }

    #[test]
    fn a_condition_may_keep_an_event_out() {
        let runs = |text: &str| ["push", "workflow_dispatch", "tag"].map(|event| may_run_on(text, event));
        assert_eq!(runs("github.event_name == 'push'"), [true, false, true]);
        assert_eq!(runs("${{ github.event_name != 'push' && inputs.x }}"), [false, true, false]);
        assert_eq!(runs("github.event_name == 'push' || inputs.force"), [true, true, true]);
        assert_eq!(runs("!(github.event_name == 'push')"), [false, true, false]);
        assert_eq!(runs("false"), [false, false, false]);
        assert_eq!(runs("github.ref == 'refs/heads/main'"), [true, true, true]);
        assert_eq!(runs("${{ github.event_name == 'push' }} x"), [true, true, true]);
        assert!(may_run_on("github.event_name == 'push'", "workflow_call"));
    }
}
