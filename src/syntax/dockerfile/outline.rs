//! What is wrong with a whole file, or with the number of an instruction's words: what the build
//! refuses. Knows no image.

use super::lines::Joined;
use super::{Form, Instruction, words};
use crate::syntax::Fault;

/// The faults of a file's order. `faultless` says that nothing else is wrong with it.
pub(super) fn faults(text: &str, instructions: &[Instruction], faultless: bool) -> Option<Fault> {
    let keyword = |instruction: &Instruction| {
        let start = instruction.range.start;
        let line = text[start..].lines().next().map_or(0, str::len);
        start..start + instruction.name.len().min(line)
    };
    let Some(first) = instructions.first() else {
        return faultless.then(|| Fault::new(0..0, "this Dockerfile has no instructions"));
    };
    let Some(from) = instructions.iter().position(|instruction| instruction.keyword == "FROM") else {
        return Some(
            Fault::new(keyword(first), "this Dockerfile has no `FROM`")
                .help("a build starts from an image: `FROM scratch` if it is to be empty"),
        );
    };
    let early = instructions[..from].iter().find(|instruction| instruction.keyword != "ARG")?;
    let message = format!("`{}` stands before the first `FROM`", early.keyword);
    Some(Fault::new(keyword(early), message).help("only `ARG` may stand there"))
}

/// What is wrong with the words of one instruction.
pub(super) fn shape(joined: &Joined, instruction: &Instruction, escape: char) -> Option<Fault> {
    let keyword = instruction.keyword;
    let len = joined.passage.len();
    let begin = len - instruction.rest.len();
    let rest = || joined.outer(begin..len);
    if instruction.rest.is_empty() {
        let name = joined.outer(0..instruction.name.len());
        return Some(Fault::new(name, format!("`{keyword}` says nothing")));
    }
    match keyword {
        "FROM" => {
            let words: Vec<&str> = instruction.rest.text().split_whitespace().collect();
            let fits = match words.as_slice() {
                [_] => true,
                [_, word, _] => word.eq_ignore_ascii_case("AS"),
                _ => false,
            };
            (!fits).then(|| Fault::new(rest(), "`FROM` takes an image and perhaps `AS name`"))
        }
        "ENV" | "LABEL" => {
            let wrong = unset(instruction.rest.text(), escape)?;
            let place = joined.outer(begin + wrong.start..begin + wrong.end);
            Some(
                Fault::new(place, format!("`{keyword}` sets `name=value`; this is only a part of it"))
                    .help("put a value with blanks in quotes"),
            )
        }
        "SHELL" if !matches!(instruction.form, Form::Exec(_)) => Some(
            Fault::new(rest(), "`SHELL` takes a JSON array of words")
                .help("for example `SHELL [\"/bin/bash\", \"-eo\", \"pipefail\", \"-c\"]`"),
        ),
        "ONBUILD" if instruction.inner.is_none() => {
            Some(Fault::new(rest(), "`ONBUILD` takes another instruction"))
        }
        "HEALTHCHECK" if !is_healthcheck(instruction) => {
            Some(Fault::new(rest(), "`HEALTHCHECK` takes `CMD` with a command, or `NONE`"))
        }
        _ => None,
    }
}

/// The first word that sets nothing; in the old form `NAME the rest`, a name without a rest.
fn unset(rest: &str, escape: char) -> Option<std::ops::Range<usize>> {
    let words = words::ranges(rest, escape);
    let sets = |range: &std::ops::Range<usize>| rest[range.clone()].find('=').is_some_and(|at| at > 0);
    if !rest[words.first()?.clone()].contains('=') {
        return if words.len() == 1 { words.first().cloned() } else { None };
    }
    words.into_iter().find(|range| !sets(range))
}

fn is_healthcheck(instruction: &Instruction) -> bool {
    instruction.rest.text().eq_ignore_ascii_case("NONE")
        || instruction.inner.as_ref().is_some_and(|inner| inner.keyword == "CMD")
}
