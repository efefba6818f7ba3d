//! Whether a statement always succeeds or always ends with a failure, as `true` and `exit 1` do.
//! Knows the few commands whose status is certain.

use rustc_hash::FxHashMap;

use crate::syntax::shell::{Form, Simple, Statement};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Outcome {
    Succeeds,
    Fails,
    Unknown,
}

/// The outcome of a statement that runs behind `||`. `functions` are those of its script.
pub(super) fn of(statement: &Statement, functions: &FxHashMap<&str, &Statement>, level: u8) -> Outcome {
    if level > 6 || statement.negated {
        return Outcome::Unknown;
    }
    if statement.background {
        return Outcome::Succeeds;
    }
    let of_block = |block: &[Statement]| {
        let exits = block.iter().any(|statement| of(statement, functions, level + 1) == Outcome::Fails);
        match block.last() {
            _ if exits => Outcome::Fails,
            Some(last) => of(last, functions, level + 1),
            None => Outcome::Unknown,
        }
    };
    match &statement.form {
        Form::Simple(simple) => of_simple(simple, functions, level),
        Form::Group { body, .. } => of_block(body),
        Form::Pipeline(parts) => parts.last().map_or(Outcome::Unknown, |last| of(last, functions, level + 1)),
        Form::List { first, rest } if rest.iter().all(|link| link.and) => {
            let all = std::iter::once(&**first).chain(rest.iter().map(|link| &link.statement));
            let outcomes: Vec<_> = all.map(|statement| of(statement, functions, level + 1)).collect();
            match () {
                () if outcomes.iter().all(|outcome| *outcome == Outcome::Succeeds) => Outcome::Succeeds,
                () if outcomes.last() == Some(&Outcome::Fails) => Outcome::Fails,
                () => Outcome::Unknown,
            }
        }
        _ => Outcome::Unknown,
    }
}

fn of_simple(simple: &Simple, functions: &FxHashMap<&str, &Statement>, level: u8) -> Outcome {
    let Some(program) = simple.words.first() else { return Outcome::Succeeds };
    let argument = simple.words.get(1).map(|word| word.value.as_str());
    if let Some(body) = functions.get(program.value.as_str()) {
        return of(body, functions, level + 1);
    }
    match program.value.as_str() {
        "true" | ":" | "echo" | "printf" | "continue" | "break" | "logger" | "sleep" => Outcome::Succeeds,
        "exit" | "return" => match argument {
            Some("0") => Outcome::Succeeds,
            _ => Outcome::Fails,
        },
        "false" | "die" => Outcome::Fails,
        _ => Outcome::Unknown,
    }
}
