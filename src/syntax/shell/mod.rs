//! Shell scripts to a tree of commands. Knows the shell's grammar, no program. The parser behind it
//! (`shuck-parser`) shows nowhere outside this folder, so that it can be replaced; what it refuses
//! is read line by line, so that a broken script still has commands.

use std::ops::Range;

use shuck_parser::parser::{Parser, ShellDialect};

use super::Fault;
use crate::text::Passage;

mod convert;
mod lines;
#[cfg(test)]
mod tests;
mod tree;
mod word;

pub use tree::{
    Arm, Assignment, Block, CaseArm, Form, Heredoc, Link, OUTPUT, Part, PartKind, Quoting, Redirect, Script,
    Simple, Statement, Word, range_of,
};
pub use word::is_placeholder;

/// Parses a script. Total: what is no shell is a fault, and the rest is read.
#[must_use]
pub fn parse(passage: &Passage) -> Script {
    let passage = clean(passage);
    let zsh = names_zsh(passage.text());
    let dialect = if zsh { ShellDialect::Zsh } else { ShellDialect::Bash };
    let mut reader =
        Reader { text: passage.text(), passage: &passage, dialect, body: Vec::new(), faults: Vec::new() };
    reader.read();
    let Reader { body, faults, .. } = reader;
    Script { passage, body, zsh, faults }
}

/// Whether the first line names zsh as the interpreter.
fn names_zsh(text: &str) -> bool {
    let line = text.strip_prefix("#!").and_then(|text| text.lines().next()).unwrap_or_default();
    line.split([' ', '\t', '/']).any(|part| part == "zsh")
}

/// The passage without a byte order mark and without carriage returns at line ends.
fn clean(passage: &Passage) -> Passage {
    let text = passage.text();
    let start = if text.starts_with('\u{feff}') { '\u{feff}'.len_utf8() } else { 0 };
    if memchr::memmem::find(text.as_bytes(), b"\r\n").is_none() && !text.ends_with('\r') {
        return if start == 0 { passage.clone() } else { passage.slice(start..text.len()) };
    }
    let mut derivation = passage.derive();
    let mut from = start;
    for at in memchr::memchr_iter(b'\r', text.as_bytes()) {
        if matches!(text.as_bytes().get(at + 1), Some(b'\n') | None) {
            derivation.keep(from..at);
            from = at + 1;
        }
    }
    derivation.keep(from..text.len());
    derivation.finish()
}

/// Where parsing stopped.
enum Stop {
    End,
    /// Behind a statement that was read in another way.
    Behind(usize),
    /// At a statement that is refused.
    Refused(usize),
}

/// Whether a program of that name reads shell scripts.
#[must_use]
pub fn is_shell(program: &str) -> bool {
    matches!(program, "sh" | "bash" | "dash" | "ash" | "zsh" | "ksh" | "mksh")
}

struct Reader<'a> {
    text: &'a str,
    passage: &'a Passage,
    dialect: ShellDialect,
    body: Block,
    faults: Vec<Fault>,
}

impl Reader<'_> {
    /// Parses what can be parsed; a statement that is refused is read by its first line, and parsing
    /// starts again behind that line.
    fn read(&mut self) {
        if let Some(at) = too_deep(self.text) {
            self.note("it nests deeper than any script does", at, at);
            lines::read(self.passage, 0..self.text.len(), &mut self.body);
            return;
        }
        let mut start = 0;
        // Each restart reads the rest once more: a bound on all bytes read keeps that linear.
        let mut budget = self.text.len().saturating_mul(4).saturating_add(64 * 1024);
        while start < self.text.len() {
            let rest = &self.text[start..];
            if budget < rest.len() {
                lines::read(self.passage, start..self.text.len(), &mut self.body);
                return;
            }
            budget -= rest.len();
            start = match self.read_from(start) {
                Stop::End => return,
                Stop::Behind(end) => {
                    budget = budget.saturating_sub(rest.len());
                    end
                }
                Stop::Refused(refused) => {
                    let end = lines::logical_end(self.text, refused);
                    lines::read(self.passage, refused..end, &mut self.body);
                    end
                }
            };
        }
    }

    /// The end of the statement at `start` that has a loop with braces in place of `do` and `done`,
    /// which bash takes without documenting it.
    fn read_braced_loop(&mut self, start: usize, at: usize) -> Option<usize> {
        let before = self.text.get(start..at)?.trim_end();
        let line = before.trim_end_matches(';').rsplit('\n').next()?;
        let opens = self.text.get(at..)?.starts_with('{');
        if !opens || !line.split_whitespace().any(|word| matches!(word, "for" | "select")) {
            return None;
        }
        let result = Parser::with_dialect(&self.text[start..], ShellDialect::Zsh).parse();
        let statement = result.file.body.iter().next()?;
        let end = statement.span.end.offset();
        let fault = result.diagnostics.first().map(|diagnostic| diagnostic.span.start.offset());
        if end == 0 || fault.is_some_and(|fault| fault < end) {
            return None;
        }
        self.body.push(convert::Converter::new(self.passage, start).statement(statement));
        Some((start + end).min(self.text.len()))
    }

    /// Parses from `start` up to the first statement that is refused.
    fn read_from(&mut self, start: usize) -> Stop {
        let result = Parser::with_dialect(&self.text[start..], self.dialect).parse();
        let converter = convert::Converter::new(self.passage, start);
        let Some(diagnostic) = result.diagnostics.first() else {
            self.body.extend(converter.block(&result.file.body));
            self.note_heredoc(converter.open_heredoc());
            return Stop::End;
        };
        let at = start + diagnostic.span.start.offset().min(self.text.len() - start);
        let mut refused = start;
        for statement in result.file.body.iter() {
            let end = start + statement.span.end.offset();
            if end > at {
                break;
            }
            refused = end;
            self.body.push(converter.statement(statement));
        }
        let refused = lines::skip_separators(self.text, refused);
        if let Some(end) = self.read_braced_loop(refused, at) {
            return Stop::Behind(end);
        }
        self.note(&diagnostic.message, at.max(refused), refused);
        Stop::Refused(refused)
    }

    /// Notes the first fault only: what is read behind it follows from it more often than not.
    fn note(&mut self, message: &str, at: usize, statement: usize) {
        if !self.faults.is_empty() {
            return;
        }
        let message = message.strip_prefix("syntax error: ").unwrap_or(message).replace('\'', "`");
        let open = self.text[at.min(self.text.len())..].trim().is_empty();
        let (at, message) = if open {
            (statement, format!("this is not closed before the script ends: {message}"))
        } else {
            (at, format!("this is no valid shell: {message}"))
        };
        let fault = Fault::new(self.one_word(at), message)
            .help("the shell stops here; commands behind it were read line by line, as far as they could be");
        self.faults.push(fault);
    }

    fn note_heredoc(&mut self, open: Option<Range<usize>>) {
        if let Some(range) = open
            && self.faults.is_empty()
        {
            let message = "this here-document is not closed: no later line is its delimiter alone";
            let help =
                "everything behind it is its text and does not run; put the delimiter on a line of its own";
            let first =
                self.text.get(range.clone()).and_then(|words| words.lines().next()).unwrap_or_default();
            let range = range.start..range.start + first.len();
            self.faults.push(Fault::new(range, message).help(help));
        }
    }

    /// The word at `at`, or what is left of its line.
    fn one_word(&self, at: usize) -> Range<usize> {
        let start = lines::skip_separators(self.text, at).min(self.text.len());
        let start = if start < self.text.len() { start } else { at.min(self.text.len()) };
        let rest = &self.text[start..];
        let first = rest.chars().next().map_or(0, char::len_utf8);
        let is_end = |c: char| c.is_whitespace() || ";&|()".contains(c);
        start..start + rest.find(is_end).unwrap_or(rest.len()).max(first)
    }
}

/// Where the text has more open `${`, more open braces in a word, or more here-documents on one line
/// than the parser takes without slowing down with their square.
fn too_deep(text: &str) -> Option<usize> {
    const MOST: usize = 100;
    let bytes = text.as_bytes();
    let mut braces = 0_usize;
    let mut last = 0;
    for at in memchr::memchr2_iter(b'{', b'}', bytes) {
        if bytes[last..at].iter().any(u8::is_ascii_whitespace) {
            braces = 0;
        }
        last = at;
        braces = if bytes[at] == b'{' { braces + 1 } else { braces.saturating_sub(1) };
        if braces > MOST {
            return Some(at);
        }
    }
    let (mut open, mut heredocs) = (0_usize, 0_usize);
    for at in memchr::memchr3_iter(b'$', b'<', b'}', bytes) {
        match (bytes[at], bytes.get(at + 1)) {
            (b'$', Some(b'{')) => open += 1,
            (b'}', _) => open = open.saturating_sub(1),
            (b'<', Some(b'<')) => heredocs += 1,
            _ => {}
        }
        if open > MOST {
            return Some(at);
        }
        if heredocs > MOST {
            let from = memchr::memrchr(b'\n', &bytes[..at]).map_or(0, |found| found + 1);
            heredocs = memchr::memmem::find_iter(&bytes[from..at], b"<<").count();
            if heredocs > MOST {
                return Some(at);
            }
        }
    }
    None
}
