//! Which risky commands run only after someone has said yes: typed a word, answered a question,
//! confirmed a recipe. Knows the words of conditions and scripts, not who is asked.

use rustc_hash::FxHashMap;

use crate::facts::words::{command, file, function, job, step, task, workflow};
use crate::facts::{Fact, FactId, Facts};
use crate::text::Span;

/// Effects that are worth a question.
const RISKY: [&str; 7] =
    ["destroy", "drop-schema", "open-console", "set-secret", "scale", "restore", "revert-migration"];

/// Words in the names of variables that hold an answer.
const ANSWERS: [&str; 14] = [
    "confirm",
    "answer",
    "reply",
    "response",
    "really",
    "consent",
    "acknowledge",
    "understand",
    "approve",
    "sure",
    "force",
    "allow",
    "確認",
    "承認",
];

/// Such names that are words of their own.
const SHORT_ANSWERS: [&str; 5] = ["ans", "yn", "ack", "resp", "yes"];

/// Words beside others in what has to be typed, such as `production-console`.
const DEEDS: [&str; 14] = [
    "destroy", "delete", "drop", "console", "proxy", "reset", "wipe", "remove", "unset", "scale", "confirm",
    "yes", "restore", "purge",
];

/// Commands that end a script.
const ENDS: [&str; 9] = ["exit", "return", "die", "fail", "abort", "error", "usage", "fatal", "bail"];

/// Programs that ask before they do it, and the flags that keep them from asking.
const ASKING: [(&str, &[&str], &[&str]); 11] = [
    (
        "flyctl",
        &[
            "apps destroy",
            "destroy",
            "volumes destroy",
            "scale count",
            "mpg destroy",
            "redis destroy",
            "storage destroy",
            "ips release",
            "certs remove",
            "orgs delete",
        ],
        &["yes", "y", "auto-confirm"],
    ),
    ("terraform", &["destroy", "apply"], &["auto-approve"]),
    ("tofu", &["destroy", "apply"], &["auto-approve"]),
    ("terragrunt", &["destroy", "apply"], &["auto-approve", "non-interactive"]),
    ("cdk", &["destroy"], &["force", "f"]),
    ("pulumi", &["destroy"], &["yes", "y", "skip-preview"]),
    ("kamal", &["remove", "app remove", "accessory remove"], &["confirmed", "y"]),
    ("heroku", &["pg:reset", "apps:destroy", "addons:destroy"], &["confirm", "c"]),
    ("vercel", &["remove", "rm"], &["yes", "y"]),
    ("prisma", &["migrate reset"], &["force", "f"]),
    ("gcloud", &["sql instances delete", "run services delete"], &["quiet", "q"]),
];

/// Most calls that are followed from a command to what asks.
const MOST_CALLS: usize = 6;

/// Sets `confirmed` and `approval` of commands that are worth a question.
pub(super) fn link(facts: &mut Facts) {
    let mut asker = Asker { facts, callers: FxHashMap::default(), first: FxHashMap::default() };
    asker.gather();
    let mut found = Vec::new();
    for &id in asker.facts.of_kind(command::KIND) {
        if RISKY.iter().any(|effect| asker.facts.get(id).has(command::EFFECTS, effect)) {
            found.push((id, asker.confirmed(id), asker.approval(id)));
        }
    }
    for (id, confirmed, approval) in found {
        let fact = facts.get_mut(id);
        let span = fact.span;
        fact.set(command::CONFIRMED, confirmed, span);
        if let Some((name, span)) = approval {
            fact.set(command::APPROVAL, name, span);
        }
    }
}

struct Asker<'f> {
    facts: &'f Facts,
    /// What stands at the stops of routes: commands, steps and jobs as written, by their words' places.
    callers: FxHashMap<Span, FactId>,
    /// Where in a unit it is asked first.
    first: FxHashMap<FactId, Option<u32>>,
}

impl Asker<'_> {
    fn gather(&mut self) {
        for (kind, field) in
            [(job::KIND, job::USES), (step::KIND, step::USES), (command::KIND, command::TEXT)]
        {
            for &id in self.facts.of_kind(kind) {
                let fact = self.facts.get(id);
                if let Some(slot) = fact.get(field).filter(|_| fact.route.is_empty()) {
                    self.callers.insert(slot.span, id);
                }
            }
        }
    }

    /// The command, and those that lead to it.
    fn way(&self, id: FactId) -> Vec<FactId> {
        let stops = self.facts.get(id).route.iter().filter_map(|stop| self.callers.get(&stop.span).copied());
        std::iter::once(id).chain(stops).collect()
    }

    fn confirmed(&mut self, id: FactId) -> bool {
        asks_itself(self.facts.get(id)) || self.way(id).into_iter().any(|id| self.held_back(id))
    }

    /// The GitHub environment that may ask somebody for an approval.
    fn approval(&self, id: FactId) -> Option<(std::sync::Arc<str>, Span)> {
        self.way(id).into_iter().find_map(|id| {
            let job = std::iter::once(id).chain(self.facts.around(id));
            let mut jobs = job.map(|id| self.facts.get(id)).filter(|fact| fact.kind == job::KIND);
            let slot = jobs.next()?.get(job::APPROVAL)?;
            Some((slot.value.as_text()?.into(), slot.span))
        })
    }

    /// Whether something stands before the command, or around it, that lets it run only after a yes.
    fn held_back(&mut self, id: FactId) -> bool {
        let facts = self.facts;
        if facts.get(id).list(command::GUARD).iter().any(|(text, _)| asks(text) == Some(true)) {
            return true;
        }
        let start = facts.get(id).span.start;
        let mut inside_function = false;
        for around in std::iter::once(id).chain(facts.around(id)) {
            let fact = facts.get(around);
            match fact.kind {
                command::KIND | workflow::KIND => continue,
                task::KIND if fact.get(task::CONFIRM).is_some() => return true,
                job::KIND if fact.bool(job::CONFIRMED) == Some(true) => return true,
                // A file of recipes or of jobs runs nothing itself.
                file::KIND if !inside_function && around != self.unit(id) => continue,
                _ => {}
            }
            inside_function |= fact.kind == function::KIND;
            if self.asked_first(around, MOST_CALLS).is_some_and(|first| first < start) {
                return true;
            }
        }
        false
    }

    /// What contains the command and is none.
    fn unit(&self, id: FactId) -> FactId {
        self.facts.around(id).find(|&id| self.facts.get(id).kind != command::KIND).unwrap_or(id)
    }

    /// Where the unit asks first.
    fn asked_first(&mut self, unit: FactId, calls: usize) -> Option<u32> {
        if let Some(known) = self.first.get(&unit) {
            return *known;
        }
        // A unit that calls itself asks nothing by that.
        self.first.insert(unit, None);
        let facts = self.facts;
        let commands = facts
            .running(unit)
            .into_iter()
            .filter(|&id| facts.get(id).kind == command::KIND && facts.get(id).route.is_empty());
        let mut first: Option<u32> = None;
        for id in commands {
            let fact = facts.get(id);
            if first.is_some_and(|first| first <= fact.span.start) {
                continue;
            }
            let called = || facts.calls(id).iter().copied();
            if is_question(fact)
                || called().any(|unit| facts.get(unit).get(task::CONFIRM).is_some())
                || calls > 0 && called().any(|unit| self.asked_first(unit, calls - 1).is_some())
            {
                first = Some(fact.span.start);
            }
        }
        self.first.insert(unit, first);
        first
    }
}

/// Whether the program asks by itself those who run it by hand.
fn asks_itself(fact: &Fact) -> bool {
    if fact.text(command::PHASE) != Some("manual")
        || matches!(fact.text(command::PIPED), Some("middle" | "last"))
    {
        return false;
    }
    let (program, verb) = (fact.text(command::PROGRAM), fact.text(command::VERB));
    ASKING.iter().any(|(name, verbs, silent)| {
        program == Some(name)
            && verb.is_some_and(|verb| verbs.contains(&verb))
            && !silent.iter().any(|flag| fact.entry(command::FLAGS, flag).is_some())
    })
}

/// Whether the command asks for a yes, or ends the script where there is none.
fn is_question(fact: &Fact) -> bool {
    let program = fact.text(command::PROGRAM).unwrap_or_default();
    let words = || fact.list(command::WORDS).iter().map(|(word, _)| word.as_ref());
    let name = program.rsplit('/').next().unwrap_or_default().to_lowercase();
    match program {
        "read" => {
            let prompts =
                words().any(|word| word.starts_with('-') && word.contains('p') && !word.starts_with("--"));
            prompts || words().any(is_answer)
        }
        "gum" => words().next().is_some_and(|word| matches!(word, "confirm" | "input" | "choose")),
        "whiptail" | "dialog" | "zenity" => true,
        "[" | "test" => {
            fact.text(command::FAILURE) == Some("stops")
                && fact.text(command::TEXT).and_then(asks) == Some(true)
        }
        // `: "${CONFIRM:?say CONFIRM=production}"`
        ":" => words().any(|word| {
            word.strip_prefix("${")
                .and_then(|rest| rest.split_once(":?").or_else(|| rest.split_once('?')))
                .is_some_and(|(name, _)| is_answer(name))
        }),
        _ if ENDS.contains(&program) => {
            fact.list(command::GUARD).iter().any(|(text, _)| asks(text) == Some(false))
        }
        _ => {
            name.contains("confirm")
                || fact.text(command::TARGET).is_some_and(|target| target.contains("confirm"))
        }
    }
}

/// What a condition says about a yes: that there is one, that there is none, nothing.
fn asks(condition: &str) -> Option<bool> {
    let (negated, text) = match condition.strip_prefix("! ") {
        Some(rest) => (true, rest),
        None => (false, condition),
    };
    let words = words_of(text);
    let found = words.iter().enumerate().find_map(|(at, word)| {
        let behind = words.get(at + 1).map_or("", String::as_str);
        let before = at.checked_sub(1).and_then(|at| words.get(at)).map_or("", String::as_str);
        let positive = match word.as_str() {
            "=" | "==" | "=~" => true,
            "!=" => false,
            "is" => {
                let refused = behind.starts_with(['*', 'n', 'N']) || behind.starts_with("[Nn]");
                return is_yes(before, behind).then_some(!refused);
            }
            "-n" if is_answer(behind) => return Some(true),
            "-z" if is_answer(behind) => return Some(false),
            _ => return None,
        };
        let says =
            is_variable(before) && is_yes(before, behind) || is_variable(behind) && is_yes(behind, before);
        // `"$answer" = no` is a yes where it does not hold.
        let refusal = matches!(behind.to_lowercase().as_str(), "" | "n" | "no" | "false" | "0");
        says.then_some(positive != refusal)
    })?;
    Some(found != negated)
}

/// The words of a condition, without quotes and brackets.
fn words_of(text: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let mut quote = None;
    let mut quoted = false;
    for c in text.chars() {
        let Some(word) = words.last_mut() else { continue };
        match (quote, c) {
            (Some(open), c) if c == open => quote = None,
            (None, '"' | '\'') => (quote, quoted) = (Some(c), true),
            (None, c) if c.is_whitespace() || c == ';' => {
                if !word.is_empty() || quoted {
                    words.push(String::new());
                }
                quoted = false;
            }
            _ => word.push(c),
        }
    }
    words
}

fn is_variable(word: &str) -> bool {
    word.starts_with('$') || word.contains("inputs.")
}

/// Whether comparing `variable` with `word` asks for a yes.
fn is_yes(variable: &str, word: &str) -> bool {
    if is_variable(word) && !is_variable(variable) {
        return false;
    }
    if is_answer(variable) {
        return true;
    }
    let word = word.to_lowercase();
    let plain = word.trim_matches(|c: char| !c.is_alphanumeric());
    if matches!(plain, "y" | "yes" | "yy" | "はい") {
        return true;
    }
    let mut parts = word.split(['-', '_', ' ']);
    !word.starts_with('-') && parts.clone().count() > 1 && parts.any(|part| DEEDS.contains(&part))
}

/// Whether a variable's name says that it holds an answer.
fn is_answer(name: &str) -> bool {
    let lower = name.to_lowercase();
    ANSWERS.iter().any(|word| lower.contains(word))
        || lower.split(|c: char| !c.is_alphanumeric()).any(|word| SHORT_ANSWERS.contains(&word))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::read::link::testing::linked;

    /// Whether the last command as run that is worth a question is confirmed.
    fn confirmed(files: &[(&str, &str)]) -> Option<bool> {
        let (facts, _) = linked(files);
        let all = facts.of_kind(command::KIND).iter().map(|&id| facts.get(id));
        all.filter_map(|fact| fact.bool(command::CONFIRMED)).next_back()
    }

    fn script(text: &str) -> bool {
        confirmed(&[("a.sh", text)]).unwrap()
    }

    #[test]
    fn a_word_is_asked_for() {
        let act = "fly secrets unset X -a shop-production";
        for ask in [
            "[ \"$CONFIRM\" = production ] || exit 1\n",
            "if [[ \"${1:-}\" != \"production-console\" ]]; then\r\n  exit 1\r\nfi\r\n",
            "read -r -p '本番? ' x\n",
            "echo sure; read answer\n",
            "gum confirm 'destroy 🐘?' || exit\n",
            ": \"${CONFIRM:?say CONFIRM=production}\"\n",
            "[ -n \"$FORCE\" ] &&",
            "ask() { read -p x; }\nask\n",
            "case \"$reply\" in [Yy]*) ;; *) exit 1 ;; esac\n",
            "set -e\n[ \"$1\" = yes ]\n",
            "test \"$answer\" = no && exit 1\n",
        ] {
            assert!(script(&format!("{ask}{act}")), "{ask}");
        }
        for other in [
            "",
            "[ \"$ENV\" = production ] || exit 1\n",
            "if [ \"$1\" = production ]; then echo 本番; fi\n",
            "while read -r line; do echo \"$line\"; done < x\n",
            "[ \"$#\" -eq 1 ] || exit 64\n",
            "[ -z \"$FORCE\" ] &&",
            "ask() { read -p x; }\n",
        ] {
            assert!(!script(&format!("{other}{act}")), "{other}");
        }
        assert!(!script(&format!("{act}\nread -p x\n")));
    }

    #[test]
    fn programs_ask_by_themselves() {
        assert!(script("fly apps destroy shop-production"));
        assert!(!script("fly apps destroy shop-production --yes"));
        assert!(!script("yes | fly apps destroy shop-production"));
        assert!(!script("terraform destroy -auto-approve"));
    }

    #[test]
    fn a_confirmed_task_is_on_the_way() {
        let script = ("a.sh", "fly secrets unset X -a shop-production");
        assert_eq!(confirmed(&[script, ("justfile", "[confirm]\na:\n  ./a.sh\n")]), Some(true));
        assert_eq!(confirmed(&[script, ("justfile", "[confirm]\nb:\n  true\na: b\n  ./a.sh\n")]), Some(true));
        assert_eq!(confirmed(&[script, ("justfile", "[confirm]\nb:\n  true\na:\n  ./a.sh\n")]), Some(false));
        assert_eq!(confirmed(&[script, ("Makefile", "a: a\n\t./a.sh\n\t$(MAKE) a\n")]), Some(false));
    }

    #[test]
    fn any_condition_is_read() {
        for text in ["", "!", "=", "! =", "\"", "$ = $", "[[ 店 == \"", "is", "-n", "a is *"] {
            let _ = asks(text);
        }
        let _ = asks(&"[ $a = ".repeat(50_000));
    }
}
