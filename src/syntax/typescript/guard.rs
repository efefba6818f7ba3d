//! Looks for nesting that would overflow the parser's stack, before parsing: an overflow ends the
//! whole process. Counts an upper bound of what nests; does not know grammar.

use std::ops::Range;

use super::token::{Kind, Token, Tokens, takes_operand};

/// The weight that is refused: 1,000 nested brackets, or 10,000 links of a chain.
const LIMIT: u32 = 20_000;
/// What opens a level of its own: a bracket, an arrow, `<`, a statement in a statement.
const LEVEL: u32 = 20;
/// An operator that is parsed by recursion, such as a prefix or an assignment.
const PREFIX: u32 = 10;
/// A condition `a ? b : c`.
const CONDITION: u32 = 8;
/// A link of a chain `a + b + c`, `a.b().c()`, which is only dropped by recursion.
const LINK: u32 = 2;

/// An open bracket, and the weight of what nests in it without brackets.
#[derive(Clone, Copy, Default)]
struct Frame {
    /// Whether it is the parenthesis of an `if`, `for`, `while` or `with`.
    control: bool,
    /// Operators, arrows and conditions; they end with `,` and with the statement.
    chain: u32,
    /// Open `<`; they end with `>` and with the statement.
    angle: u32,
    /// Statements that hold the next one (`if`, `else`, `for`, a label); they end with the statement
    /// unless an `else` follows.
    statements: u32,
}

/// Where `text` nests deeper than a parser with a stack of 64 MiB can go, if anywhere.
#[must_use]
pub fn too_deep(text: &str) -> Option<Range<usize>> {
    let mut guard = Guard::default();
    let mut tokens = Tokens::new(text);
    for token in tokens.by_ref() {
        guard.take(text, &token);
        if guard.weight() > LIMIT {
            return Some(token.range());
        }
    }
    if tokens.unclear() { too_much(text) } else { None }
}

/// Where the sum of all that could nest passes the limit, strings and comments included: for text
/// whose tokens are not certain.
#[must_use]
pub fn too_much(text: &str) -> Option<Range<usize>> {
    let bytes = text.as_bytes();
    let mut weight = 0;
    let mut at = 0;
    while let Some(&byte) = bytes.get(at) {
        let start = at;
        at += 1;
        match byte {
            b'(' | b'[' | b'{' | b'<' | b'=' | b':' => weight += LEVEL,
            _ if byte.is_ascii_alphabetic() => {
                at += bytes[at..].iter().take_while(|byte| byte.is_ascii_alphanumeric()).count();
                let word = &text[start..at];
                if nests_statements(word) || takes_operand(word) {
                    weight += LEVEL;
                }
            }
            _ if byte.is_ascii_punctuation() => weight += LINK,
            _ => {}
        }
        if weight > LIMIT {
            return Some(start..at);
        }
    }
    None
}

#[derive(Default)]
struct Guard {
    frames: Vec<Frame>,
    /// The frame of the text outside all brackets, then the innermost one.
    top: Frame,
    /// The weight of the frames around the innermost one.
    outer: u32,
    last: Last,
    /// A `;` came: the statements that it ended are forgotten unless an `else` follows.
    ended: bool,
}

/// What is remembered of the tokens before.
#[derive(Default)]
#[allow(clippy::struct_excessive_bools, reason = "each answers another question about the token before")]
struct Last {
    /// The last token ends a value or a block.
    value: bool,
    /// The last token is the `}` of a bracket.
    brace: bool,
    /// The last token is `if`, `for`, `while` or `with`.
    control: bool,
    /// A statement may begin at the last token, or at the next.
    start_here: bool,
    start_next: bool,
    word: bool,
    punct: u8,
}

impl Guard {
    fn weight(&self) -> u32 {
        self.outer + self.top.weight()
    }

    fn take(&mut self, text: &str, token: &Token) {
        let word = if token.kind == Kind::Word { &text[token.range()] } else { "" };
        if self.ended && word != "else" {
            self.top.statements = 0;
        }
        self.ended = false;
        let mut next = Last { word: token.kind == Kind::Word, ..Last::default() };
        next.start_here = self.last.start_next;
        match token.kind {
            Kind::Word => self.word(word, token.newline, &mut next),
            Kind::Number | Kind::Text | Kind::Regex => next.value = true,
            Kind::Template { resumes, opens } => {
                if resumes {
                    self.close();
                }
                self.top.chain += LINK;
                if opens {
                    self.open(false);
                    next.start_next = false;
                } else {
                    next.value = true;
                }
            }
            Kind::Punct(byte) => self.punct(byte, &mut next),
        }
        self.last = next;
    }

    fn word(&mut self, word: &str, newline: bool, next: &mut Last) {
        if self.last.punct == b'.' {
            next.value = true;
            return;
        }
        let ends = self.last.value && (newline || self.last.brace);
        if ends && !goes_on(word) {
            self.top.chain = 0;
            self.top.angle = 0;
            if word != "else" {
                self.top.statements = 0;
            }
            next.start_here = true;
        }
        if nests_statements(word) {
            self.top.statements += LEVEL;
            next.control = matches!(word, "if" | "for" | "while" | "with");
            next.start_next = matches!(word, "else" | "do");
        } else if takes_operand(word) {
            self.top.chain += PREFIX;
        } else if matches!(word, "as" | "satisfies" | "is") {
            self.top.chain += LINK;
        } else {
            next.value = true;
        }
    }

    fn punct(&mut self, byte: u8, next: &mut Last) {
        next.punct = byte;
        match byte {
            b'(' | b'[' | b'{' => {
                self.open(byte == b'(' && self.last.control);
                next.start_next = byte == b'{';
            }
            b')' | b']' | b'}' => {
                let control = self.close();
                self.top.chain += LINK;
                next.value = !control;
                next.brace = byte == b'}';
                next.start_next = control || byte == b'}';
            }
            b';' => {
                self.top.chain = 0;
                self.top.angle = 0;
                self.ended = true;
                next.start_next = true;
            }
            b',' => self.top.chain = 0,
            b'<' => self.top.angle += LEVEL,
            b'>' if self.last.punct == b'=' => self.top.chain += LEVEL,
            b'>' if self.top.angle > 0 => {
                self.top.angle -= LEVEL;
                self.top.chain += PREFIX;
                next.value = true;
            }
            b':' if self.last.word && self.last.start_here => {
                self.top.statements += LEVEL;
                next.start_next = true;
            }
            b'?' => self.top.chain += CONDITION,
            b'=' | b'!' | b'~' | b'-' | b'+' if !self.last.value || byte == b'=' => {
                self.top.chain += PREFIX;
                next.value = byte == b'!' && self.last.value;
            }
            b'*' if self.last.punct == b'*' => self.top.chain += PREFIX,
            b'!' => {
                self.top.chain += LINK;
                next.value = true;
            }
            _ => self.top.chain += LINK,
        }
    }

    fn open(&mut self, control: bool) {
        self.outer += self.top.weight();
        self.frames.push(self.top);
        self.top = Frame { control, ..Frame::default() };
        self.outer += LEVEL;
    }

    /// Leaves the innermost bracket; says whether it was the parenthesis of a statement.
    fn close(&mut self) -> bool {
        let control = self.top.control;
        if let Some(frame) = self.frames.pop() {
            self.outer = self.outer.saturating_sub(frame.weight() + LEVEL);
            self.top = frame;
        }
        control
    }
}

impl Frame {
    fn weight(self) -> u32 {
        self.chain + self.angle + self.statements
    }
}

fn nests_statements(word: &str) -> bool {
    matches!(word, "if" | "else" | "for" | "while" | "do" | "with" | "class" | "extends")
}

/// Whether the word carries on the expression or type before it, even on a new line.
fn goes_on(word: &str) -> bool {
    matches!(word, "in" | "of" | "instanceof" | "as" | "satisfies" | "is" | "extends")
}
