//! TypeScript and JavaScript as swc's tree, with ranges of the passage that it was parsed from. Guards
//! against nesting that would overflow the stack. Knows nothing of what a program does.

use std::ops::Range;

use swc_common::comments::SingleThreadedComments;
use swc_common::input::StringInput;
use swc_common::{BytePos, Spanned};
use swc_ecma_ast::{EsVersion, ModuleItem, Program};
use swc_ecma_parser::error::SyntaxError;
use swc_ecma_parser::{Lexer, Parser, Syntax, TsSyntax};

use super::Fault;

mod guard;
pub mod literal;
pub mod sketch;
pub mod token;
pub mod walk;

#[cfg(test)]
mod tests;

/// The longest text that is parsed, in bytes.
pub const MAX_BYTES: usize = 8 * 1024 * 1024;

/// Which grammar a file has; its extension tells.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Dialect {
    /// Whether `<a>` is an element, not a type.
    pub jsx: bool,
    /// Whether it holds declarations only.
    pub declarations: bool,
}

impl Dialect {
    #[must_use]
    pub fn of(path: &str) -> Self {
        Self {
            jsx: path.ends_with(".tsx") || path.ends_with(".jsx"),
            declarations: [".d.ts", ".d.mts", ".d.cts"].iter().any(|end| path.ends_with(end)),
        }
    }
}

/// A parsed file.
pub struct Tree {
    pub items: Vec<ModuleItem>,
    /// In the order of the text.
    pub comments: Vec<Comment>,
    /// Literals and comments that do not end, and marks of a merge that is not finished.
    pub faults: Vec<Fault>,
}

/// The range of a comment's words, without `//`, `/*` and `*/`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Comment {
    pub range: Range<usize>,
}

/// Parses a whole file. Call it on a thread with a stack of 64 MiB.
///
/// # Errors
/// The place where the text stops being TypeScript, or why it is not parsed at all.
pub fn parse(text: &str, dialect: Dialect) -> Result<Tree, Fault> {
    if text.len() > MAX_BYTES {
        return Err(Fault::new(
            0..0,
            format!("this file has {} bytes; code over {MAX_BYTES} bytes is not parsed", text.len()),
        )
        .help("only SQL in plain `.query(…)` calls was read; split the file, or move data out of it"));
    }
    let too_deep = if dialect.jsx { guard::too_much(text) } else { guard::too_deep(text) };
    if let Some(range) = too_deep {
        return Err(Fault::new(range, "this is nested too deeply to be parsed")
            .help("only SQL in plain `.query(…)` calls was read; unfold the nesting here"));
    }
    let syntax = Syntax::Typescript(TsSyntax {
        tsx: dialect.jsx,
        decorators: true,
        dts: dialect.declarations,
        no_early_errors: true,
        ..TsSyntax::default()
    });
    let comments = SingleThreadedComments::default();
    let len = u32::try_from(text.len()).unwrap_or(u32::MAX - 1);
    let input = StringInput::new(text, BytePos(1), BytePos(1 + len));
    let mut parser = Parser::new_from(Lexer::new(syntax, EsVersion::EsNext, input, Some(&comments)));
    let parsed = parser.parse_program();
    let unfinished = parser.take_errors().into_iter().filter(|error| is_unfinished(error.kind()));
    let mut faults: Vec<Fault> = unfinished.map(|error| fault(text, &error)).collect();
    let items = match parsed {
        Ok(Program::Module(module)) => module.body,
        Ok(Program::Script(script)) => script.body.into_iter().map(ModuleItem::Stmt).collect(),
        Err(error) => {
            // An open quote is the cause of what comes behind it.
            let fault = if faults.is_empty() { fault(text, &error) } else { faults.remove(0) };
            return Err(
                fault.help("only SQL in plain `.query(…)` calls was read; everything else here is unchecked")
            );
        }
    };
    Ok(Tree { items, comments: sorted(&comments), faults })
}

/// Whether the error means that a literal or comment swallowed what follows it, or that a merge is not
/// finished. Other errors that the parser recovers from leave the tree as it was meant.
fn is_unfinished(error: &SyntaxError) -> bool {
    matches!(
        error,
        SyntaxError::UnterminatedStrLit
            | SyntaxError::UnterminatedBlockComment
            | SyntaxError::UnterminatedTpl
            | SyntaxError::UnterminatedRegExp
            // Both sides of a merge are in the tree.
            | SyntaxError::TS1185
    )
}

fn fault(text: &str, error: &swc_ecma_parser::error::Error) -> Fault {
    let place = one_line(text, range(error.span()));
    Fault::new(place, format!("this cannot be parsed: {}", error.kind().msg()))
}

/// The bytes that a node of a tree stands at.
#[must_use]
pub fn range(span: swc_common::Span) -> Range<usize> {
    let offset = |at: BytePos| at.0.saturating_sub(1) as usize;
    offset(span.lo)..offset(span.hi)
}

fn sorted(comments: &SingleThreadedComments) -> Vec<Comment> {
    use swc_common::comments::CommentKind;
    let (leading, trailing) = comments.borrow_all();
    let mut all: Vec<Comment> = leading
        .values()
        .chain(trailing.values())
        .flatten()
        .map(|comment| {
            let whole = range(comment.span);
            let end = if comment.kind == CommentKind::Block { whole.end - 2 } else { whole.end };
            Comment { range: (whole.start + 2).min(end)..end }
        })
        .collect();
    all.sort_by_key(|comment| comment.range.start);
    all.dedup();
    all
}

/// The part of `range` on its first line; at the text's end, the last character.
fn one_line(text: &str, range: Range<usize>) -> Range<usize> {
    let mut start = range.start.min(text.len());
    if start == text.len() {
        let body = text.trim_end();
        start = body.char_indices().next_back().map_or(0, |(at, _)| at);
        return start..body.len();
    }
    while !text.is_char_boundary(start) {
        start -= 1;
    }
    let line = memchr::memchr2(b'\n', b'\r', &text.as_bytes()[start..]).map_or(text.len(), |len| start + len);
    let mut end = range.end.clamp(start, line);
    while !text.is_char_boundary(end) {
        end += 1;
    }
    start..end
}
