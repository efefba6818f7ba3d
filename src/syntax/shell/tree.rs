//! The shell tree that readers see. Ranges are bytes of [`Script::passage`]. Says what is written,
//! not what a program means by its words.

use std::ops::Range;

use crate::syntax::Fault;
use crate::text::{Passage, Weave};

/// Statements in order.
pub type Block = Vec<Statement>;

/// A parsed script.
#[derive(Clone, Debug)]
pub struct Script {
    /// The text that was parsed, without a byte order mark and without carriage returns at line
    /// ends: all ranges count its bytes.
    pub passage: Passage,
    pub body: Block,
    /// Whether its first line names zsh, of whose syntax not all is known here.
    pub zsh: bool,
    /// What is no shell, at ranges of [`Script::passage`].
    pub faults: Vec<Fault>,
}

/// A command of any form with what belongs to the whole of it.
#[derive(Clone, Debug)]
pub struct Statement {
    pub form: Form,
    pub range: Range<usize>,
    /// Whether `!` stands before it.
    pub negated: bool,
    /// Whether `&` stands behind it.
    pub background: bool,
    /// Redirections of a compound command; those of a simple one are in [`Simple`].
    pub redirects: Vec<Redirect>,
}

/// The forms of commands.
#[derive(Clone, Debug)]
pub enum Form {
    Simple(Simple),
    /// Commands joined by `&&` and `||`.
    List {
        first: Box<Statement>,
        rest: Vec<Link>,
    },
    Pipeline(Vec<Statement>),
    /// `{ … }`, or `( … )` where it is a subshell.
    Group {
        body: Block,
        subshell: bool,
    },
    If {
        arms: Vec<Arm>,
        otherwise: Option<Block>,
    },
    /// `while` and `until`.
    While {
        until: bool,
        condition: Block,
        body: Block,
    },
    /// `for` and `select`. Without a name, no variable is set to each word in turn.
    For {
        name: Option<String>,
        words: Vec<Word>,
        body: Block,
    },
    Case {
        subject: Word,
        arms: Vec<CaseArm>,
    },
    Function {
        name: String,
        body: Box<Statement>,
    },
    /// `[[ … ]]` or `(( … ))`, with the words that may hold commands.
    Test(Vec<Word>),
}

/// One more command of a list, with the operator before it.
#[derive(Clone, Debug)]
pub struct Link {
    pub and: bool,
    pub operator: Range<usize>,
    pub statement: Statement,
}

/// A condition and what runs under it.
#[derive(Clone, Debug)]
pub struct Arm {
    pub condition: Block,
    pub body: Block,
}

/// The patterns of a `case` and what runs for them.
#[derive(Clone, Debug)]
pub struct CaseArm {
    pub patterns: Range<usize>,
    pub body: Block,
    /// Whether `;&` lets the next arm run behind this one.
    pub falls: bool,
}

/// Words with assignments before them and redirections among them; without words, only assignments.
/// `exit`, `return`, `export` and `local` are simple commands too.
#[derive(Clone, Debug, Default)]
pub struct Simple {
    pub assignments: Vec<Assignment>,
    pub words: Vec<Word>,
    /// What `export`, `local` and their kind assign; these are among the words too.
    pub declared: Vec<Assignment>,
    pub redirects: Vec<Redirect>,
}

/// `name=value`.
#[derive(Clone, Debug)]
pub struct Assignment {
    pub name: String,
    /// The value; `None` for an array, whose words are in `elements`.
    pub value: Option<Word>,
    pub elements: Vec<Word>,
    pub range: Range<usize>,
}

/// A redirection.
#[derive(Clone, Debug)]
pub struct Redirect {
    /// The operator and its operand, without a here-document's body.
    pub range: Range<usize>,
    pub target: Option<Word>,
    pub heredoc: Option<Heredoc>,
}

/// A here-document.
#[derive(Clone, Debug)]
pub struct Heredoc {
    pub body: Range<usize>,
    /// Commands that its expansion runs.
    pub commands: Vec<Block>,
}

/// A word after quote removal.
#[derive(Clone, Debug, Default)]
pub struct Word {
    /// Quotes removed and escapes decoded; expansions as they are written.
    pub value: String,
    pub range: Range<usize>,
    pub quoting: Quoting,
    /// Whether a part of it is known at run time only.
    pub dynamic: bool,
    /// What the value was made of, in order; nothing for a plain word.
    pub parts: Vec<Part>,
    /// Whether the value is the bytes at the range as they are.
    pub plain: bool,
    /// Commands of its substitutions: they run before the command that the word belongs to.
    pub commands: Vec<Block>,
}

/// How a word is quoted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Quoting {
    #[default]
    None,
    /// All of it in one pair of `'…'`.
    Single,
    /// All of it in one pair of `"…"`.
    Double,
    Mixed,
}

/// One part of a word's value and its place.
#[derive(Clone, Debug)]
pub struct Part {
    pub range: Range<usize>,
    pub kind: PartKind,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PartKind {
    /// The bytes as they are.
    Literal,
    /// Bytes that stand for this text.
    Escape(String),
    /// A variable or a calculation.
    Expansion,
    /// A command's output.
    Substitution,
}

/// The word that stands for a command's output in [`Word::passage`]. It is no variable, so that it
/// is not read twice, and its bytes are swapped ones, so that it counts as dynamic.
pub const OUTPUT: &str = "__output__";

impl Word {
    /// The value as a passage of its own, for text in a word that is a script itself. `script` is
    /// the passage that was parsed.
    #[must_use]
    pub fn passage(&self, script: &Passage) -> Passage {
        let mut weave = Weave::at(script.locate(self.range.clone()));
        if self.plain {
            weave.keep(script, self.range.clone());
        }
        for part in &self.parts {
            match &part.kind {
                PartKind::Literal | PartKind::Expansion => weave.keep(script, part.range.clone()),
                PartKind::Escape(text) => weave.swap(script, part.range.clone(), text),
                PartKind::Substitution => weave.swap(script, part.range.clone(), OUTPUT),
            };
        }
        weave.finish()
    }
}

impl Statement {
    /// The simple command, where it is one.
    #[must_use]
    pub fn simple(&self) -> Option<&Simple> {
        if let Form::Simple(simple) = &self.form { Some(simple) } else { None }
    }
}

/// The range from the first statement of a block to the last one.
#[must_use]
pub fn range_of(block: &[Statement]) -> Range<usize> {
    match (block.first(), block.last()) {
        (Some(first), Some(last)) => first.range.start..last.range.end.max(first.range.start),
        _ => 0..0,
    }
}
