//! Tokens of TypeScript and JavaScript, for looking before parsing. Knows strings, templates, comments
//! and regular expressions; does not know grammar, and says so where a `/` stays unclear without it.

use std::ops::Range;

/// What a token is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A name, a keyword, or a private name with its `#`.
    Word,
    Number,
    /// A quoted string.
    Text,
    /// A template, or the part of one between two holes.
    Template {
        /// Whether it begins with the `}` that ends a hole.
        resumes: bool,
        /// Whether it ends with the `${` that begins a hole.
        opens: bool,
    },
    Regex,
    /// One punctuation byte.
    Punct(u8),
}

/// A token and where it stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Token {
    pub kind: Kind,
    pub start: usize,
    pub end: usize,
    /// Whether a line ends between it and the token before it.
    pub newline: bool,
}

impl Token {
    #[must_use]
    pub fn range(&self) -> Range<usize> {
        self.start..self.end
    }
}

/// What an open bracket is.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Frame {
    Bracket,
    /// The parentheses of `if (…)`, `while (…)`, `for (…)`, `with (…)`: no value, a statement follows.
    Control,
    Hole,
}

/// What the last token was, as far as the meaning of a `/` behind it goes.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Before {
    /// A regular expression may begin.
    Operator,
    /// A value has ended: a `/` divides.
    Value,
    /// Only a parser can tell.
    Unclear,
}

/// An iterator over tokens.
pub struct Tokens<'a> {
    text: &'a str,
    at: usize,
    frames: Vec<Frame>,
    before: Before,
    /// The last token is a word that takes a parenthesis without value, such as `if`.
    control: bool,
    /// The last token is a `.`, which makes a keyword a plain name.
    dotted: bool,
    unclear: bool,
}

impl<'a> Tokens<'a> {
    #[must_use]
    pub fn new(text: &'a str) -> Self {
        let mut tokens = Self {
            text,
            at: 0,
            frames: Vec::new(),
            before: Before::Operator,
            control: false,
            dotted: false,
            unclear: false,
        };
        let bom = text.len() - text.trim_start_matches('\u{feff}').len();
        if text[bom..].starts_with("#!") {
            tokens.at = line_end(text.as_bytes(), bom);
        }
        tokens
    }

    /// Whether some `/` or `<!--` could have been read in two ways, so that what follows it may be
    /// split wrongly.
    #[must_use]
    pub fn unclear(&self) -> bool {
        self.unclear
    }

    fn byte(&self, at: usize) -> u8 {
        self.text.as_bytes().get(at).copied().unwrap_or(0)
    }

    /// Skips blanks and comments; says whether a line ended.
    fn skip_blanks(&mut self) -> bool {
        let bytes = self.text.as_bytes();
        let mut newline = false;
        while let Some(&byte) = bytes.get(self.at) {
            match byte {
                b'\n' | b'\r' => newline = true,
                b' ' | b'\t' | 0x0b | 0x0c => {}
                b'/' if self.byte(self.at + 1) == b'/' => {
                    self.at = line_end(bytes, self.at);
                    continue;
                }
                b'/' if self.byte(self.at + 1) == b'*' => {
                    let end = memchr::memmem::find(&bytes[self.at + 2..], b"*/")
                        .map_or(bytes.len(), |found| self.at + 2 + found + 2);
                    newline |= memchr::memchr2(b'\n', b'\r', &bytes[self.at..end]).is_some();
                    self.at = end;
                    continue;
                }
                0x80.. => {
                    let Some(next) = self.text[self.at..].chars().next() else { return newline };
                    if !next.is_whitespace() && next != '\u{feff}' {
                        return newline;
                    }
                    newline |= matches!(next, '\u{2028}' | '\u{2029}');
                    self.at += next.len_utf8();
                    continue;
                }
                _ => return newline,
            }
            self.at += 1;
        }
        newline
    }

    fn word(&mut self) -> Kind {
        let start = self.at;
        self.at = word_end(self.text, self.at);
        let word = &self.text[start..self.at];
        let (mut before, mut control) = (Before::Value, false);
        if !self.dotted {
            before = match word {
                "await" | "yield" | "of" => Before::Unclear,
                _ if takes_operand(word) => Before::Operator,
                _ => Before::Value,
            };
            control = matches!(word, "if" | "while" | "for" | "with");
        }
        self.before = before;
        self.control = control;
        Kind::Word
    }

    fn string(&mut self, quote: u8) -> Kind {
        let bytes = self.text.as_bytes();
        self.at += 1;
        while let Some(&byte) = bytes.get(self.at) {
            match byte {
                b'\\' => self.at += if self.text[self.at..].starts_with("\\\r\n") { 3 } else { 2 },
                b'\n' | b'\r' => break,
                _ => {
                    self.at += 1;
                    if byte == quote {
                        break;
                    }
                }
            }
        }
        self.at = self.at.min(bytes.len());
        self.before = Before::Value;
        Kind::Text
    }

    /// From behind the back-tick or the `}` to behind the next back-tick or `${`.
    fn template(&mut self, resumes: bool) -> Kind {
        let bytes = self.text.as_bytes();
        while let Some(found) = memchr::memchr3(b'`', b'$', b'\\', &bytes[self.at..]) {
            self.at += found + 1;
            match bytes[self.at - 1] {
                b'`' => {
                    self.before = Before::Value;
                    return Kind::Template { resumes, opens: false };
                }
                b'$' if self.byte(self.at) == b'{' => {
                    self.at += 1;
                    self.frames.push(Frame::Hole);
                    self.before = Before::Operator;
                    return Kind::Template { resumes, opens: true };
                }
                b'\\' => self.at = (self.at + 1).min(bytes.len()),
                _ => {}
            }
        }
        self.at = bytes.len();
        self.before = Before::Value;
        Kind::Template { resumes, opens: false }
    }

    fn regex(&mut self) -> Kind {
        let bytes = self.text.as_bytes();
        let mut class = false;
        self.at += 1;
        while let Some(&byte) = bytes.get(self.at) {
            match byte {
                b'\n' | b'\r' => break,
                b'\\' => self.at += 1,
                b'[' => class = true,
                b']' => class = false,
                b'/' if !class => {
                    self.at = word_end(self.text, self.at + 1);
                    break;
                }
                _ => {}
            }
            self.at += 1;
        }
        self.at = self.at.min(bytes.len());
        self.before = Before::Value;
        Kind::Regex
    }

    fn punct(&mut self, byte: u8) -> Kind {
        self.at += 1;
        let before = self.before;
        self.before = Before::Operator;
        match byte {
            b'(' => self.frames.push(if self.control { Frame::Control } else { Frame::Bracket }),
            b'[' | b'{' => self.frames.push(Frame::Bracket),
            b')' | b']' => {
                let frame = match self.frames.last() {
                    Some(Frame::Hole) | None => None,
                    Some(_) => self.frames.pop(),
                };
                if frame != Some(Frame::Control) {
                    self.before = Before::Value;
                }
            }
            b'}' => {
                if self.frames.pop() == Some(Frame::Hole) {
                    return self.template(true);
                }
                self.before = Before::Unclear;
            }
            // A postfix `++`, `--` or `!` ends a value; a type's `>` does too.
            b'+' | b'-' if self.byte(self.at.wrapping_sub(2)) == byte => self.before = Before::Unclear,
            b'!' if before != Before::Operator => self.before = Before::Unclear,
            b'>' => self.before = Before::Unclear,
            b'<' if self.text[self.at..].starts_with("!--") => self.unclear = true,
            b'-' if self.text[self.at..].starts_with("->") => self.unclear = true,
            _ => {}
        }
        Kind::Punct(byte)
    }
}

impl Iterator for Tokens<'_> {
    type Item = Token;

    fn next(&mut self) -> Option<Token> {
        let newline = self.skip_blanks();
        let start = self.at;
        let byte = *self.text.as_bytes().get(start)?;
        let kind = match byte {
            b'"' | b'\'' => self.string(byte),
            b'`' => {
                self.at += 1;
                self.template(false)
            }
            b'0'..=b'9' => {
                self.at = number_end(self.text, start);
                self.before = Before::Value;
                Kind::Number
            }
            b'/' if self.before != Before::Value => {
                self.unclear |= self.before == Before::Unclear;
                self.regex()
            }
            _ if is_word(byte) => self.word(),
            _ => self.punct(byte),
        };
        if kind != Kind::Word {
            self.control = false;
        }
        self.dotted = byte == b'.';
        Some(Token { kind, start, end: self.at, newline })
    }
}

/// Whether a value or a type follows the word, so that the expression goes on behind it.
#[must_use]
pub fn takes_operand(word: &str) -> bool {
    matches!(
        word,
        "await"
            | "yield"
            | "typeof"
            | "void"
            | "delete"
            | "new"
            | "return"
            | "throw"
            | "case"
            | "do"
            | "else"
            | "in"
            | "of"
            | "instanceof"
            | "extends"
            | "keyof"
            | "unique"
            | "readonly"
            | "infer"
            | "asserts"
            | "abstract"
    )
}

fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'$' | b'#' | b'\\' | 0x80..)
}

fn word_end(text: &str, start: usize) -> usize {
    let bytes = text.as_bytes();
    let mut at = start;
    while let Some(&byte) = bytes.get(at) {
        if byte < 0x80 {
            if !is_word(byte) {
                break;
            }
            at += 1;
            continue;
        }
        match text[at..].chars().next() {
            Some(next) if !next.is_whitespace() && next != '\u{feff}' => at += next.len_utf8(),
            _ => break,
        }
    }
    at
}

fn number_end(text: &str, start: usize) -> usize {
    let bytes = text.as_bytes();
    let tail =
        bytes[start..].iter().position(|byte| !(byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'.')));
    tail.map_or(bytes.len(), |tail| start + tail)
}

/// The end of the line, where a `//` comment ends too.
fn line_end(bytes: &[u8], start: usize) -> usize {
    let mut at = start;
    while let Some(found) = memchr::memchr3(b'\n', b'\r', 0xe2, &bytes[at..]) {
        at += found;
        if bytes[at] != 0xe2 || matches!(bytes.get(at..at + 3), Some([_, 0x80, 0xa8 | 0xa9])) {
            return at;
        }
        at += 1;
    }
    bytes.len()
}
