//! Dockerfiles as instructions, each a passage in which continuations are joined and every word keeps
//! its place. Follows `BuildKit`'s own parser in what is an instruction, a comment, a heredoc. Knows no
//! image and no meaning of a command.

use std::ops::Range;

use super::Fault;
use crate::text::Passage;

mod directive;
mod expand;
mod heredoc;
mod instruction;
mod lines;
mod outline;
mod words;

pub use directive::Directive;
pub use expand::{Expansion, expand};
pub use heredoc::Heredoc;
pub use words::{Pair, pairs, words};

/// Every instruction keyword.
pub const KEYWORDS: [&str; 18] = [
    "ADD",
    "ARG",
    "CMD",
    "COPY",
    "ENTRYPOINT",
    "ENV",
    "EXPOSE",
    "FROM",
    "HEALTHCHECK",
    "LABEL",
    "MAINTAINER",
    "ONBUILD",
    "RUN",
    "SHELL",
    "STOPSIGNAL",
    "USER",
    "VOLUME",
    "WORKDIR",
];

/// Faults of one file that are told; a file with more of them is no Dockerfile.
const MAX_FAULTS: usize = 50;

/// A file's instructions in order, and what else it holds.
#[derive(Clone, Debug)]
pub struct Dockerfile {
    pub directives: Vec<Directive>,
    pub instructions: Vec<Instruction>,
    /// Comments, from `#` to the end of the line; parser directives are none.
    pub comments: Vec<Range<usize>>,
    /// The character that continues lines and takes meaning away: a backslash or a backtick.
    pub escape: char,
    pub faults: Vec<Fault>,
}

/// One instruction.
#[derive(Clone, Debug)]
pub struct Instruction {
    /// The keyword in capitals, one of [`KEYWORDS`].
    pub keyword: &'static str,
    /// The keyword as written.
    pub name: Passage,
    /// The instruction on one line: continuations, and comments between, are left out; heredoc
    /// bodies do not belong to it.
    pub whole: Passage,
    pub flags: Vec<Flag>,
    /// What follows keyword and flags.
    pub rest: Passage,
    pub form: Form,
    pub heredocs: Vec<Heredoc>,
    /// From the keyword to the end of the last line, in the file; heredoc bodies do not belong to it.
    pub range: Range<usize>,
    /// What `ONBUILD` or `HEALTHCHECK` holds.
    pub inner: Option<Box<Self>>,
}

/// How an instruction's words are meant.
#[derive(Clone, Debug)]
pub enum Form {
    /// A JSON array of words, without quotes, escapes decoded.
    Exec(Vec<Passage>),
    /// The script that a shell runs: `rest`, and the heredocs that follow it.
    Shell(Passage),
    /// The script that is the body of a heredoc, with nothing beside it.
    Script(Passage),
    Other,
}

/// `--name` or `--name=value`.
#[derive(Clone, Debug)]
pub struct Flag {
    pub name: Passage,
    pub value: Option<Passage>,
    /// Both, with the dashes.
    pub whole: Passage,
}

impl Instruction {
    /// The value of the first flag called `name`.
    #[must_use]
    pub fn flag(&self, name: &str) -> Option<&Passage> {
        self.flags.iter().find(|flag| flag.name.text() == name)?.value.as_ref()
    }
}

/// Parses a file. Total: what is no instruction is a fault, and the rest is still read.
#[must_use]
pub fn parse(passage: &Passage) -> Dockerfile {
    let (directives, escape, mut at, mut faults) = directive::parse(passage);
    let mut comments = Vec::new();
    let mut instructions: Vec<Instruction> = Vec::new();
    while let Some(joined) = lines::join(passage, at, escape, &mut comments) {
        at = joined.next;
        if faults.len() > MAX_FAULTS {
            faults.push(Fault::new(joined.outer(0..1), "the rest was not read: this is no Dockerfile"));
            break;
        }
        let previous = instructions.last().map(|instruction| instruction.keyword);
        match instruction::parse(passage, &joined, escape, previous) {
            Ok(read) => {
                at = read.next;
                faults.extend(read.faults);
                instructions.push(read.instruction);
            }
            Err(fault) => faults.push(fault),
        }
    }
    faults.extend(outline::faults(passage.text(), &instructions, faults.is_empty()));
    Dockerfile { directives, instructions, comments, escape, faults }
}

#[cfg(test)]
mod tests;
