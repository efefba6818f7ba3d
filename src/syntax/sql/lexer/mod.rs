//! SQL text as tokens with byte ranges. Knows quotes, comments, placeholders and what client programs
//! add (psql's `\` lines, COPY data, `DELIMITER`, `GO`), and no statement. Total: what is unfinished
//! is a fault, and reading goes on at the next `;` or the next line that begins a statement.

use memchr::memmem;

use super::super::Fault;
use super::scan;

mod client;
mod words;

/// After so many unfinished quotes and comments the rest of a text is not read: each of them costs a
/// walk to the text's end, and a text like that is no SQL.
const MAX_BROKEN: usize = 32;

/// How far the end of a bracketed name or a placeholder is looked for, in bytes.
const MAX_NAME: usize = 256;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum TokenKind {
    /// A keyword or a name without quotes.
    Word,
    /// A name with a part that is filled in later: `${table}`, `{{ table }}_old`.
    Hole,
    /// `"…"`, `` `…` ``, `[…]`.
    Quoted,
    /// `'…'` with its prefix, `$tag$…$tag$`.
    String,
    Number,
    /// `$1`, `?`, `:name`, `@name`.
    Parameter,
    Open,
    Close,
    OpenSquare,
    CloseSquare,
    Comma,
    Dot,
    Operator,
    /// A `;` that may end a statement.
    Semicolon,
    /// Ends a statement whatever it is: the word that `DELIMITER` set, `GO`, `\gexec`.
    End,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Token {
    pub kind: TokenKind,
    pub start: u32,
    pub end: u32,
}

impl Token {
    pub fn range(self) -> std::ops::Range<usize> {
        self.start as usize..self.end as usize
    }

    pub fn text(self, text: &str) -> &str {
        text.get(self.range()).unwrap_or_default()
    }
}

/// What a text's tokens are.
#[derive(Default)]
pub(super) struct Lexed {
    pub tokens: Vec<Token>,
    pub faults: Vec<Fault>,
    /// Starts of quotes and comments without an end.
    pub broken: Vec<usize>,
    /// Backslashes that stand where SQL knows none: a sign that quotes were paired wrongly.
    strays: usize,
}

/// How quotes are read.
#[derive(Clone, Copy, Default)]
struct Mode {
    /// A backslash in `'…'` escapes, `#` begins a comment and comments do not nest, as in `MySQL`.
    mysql: bool,
    /// A quote does not cross a line that begins a statement.
    strict: bool,
}

/// The tokens of `text`, which must be shorter than 4 GiB.
///
/// PostgreSQL takes a backslash in `'…'` literally and `MySQL` takes it as an escape; which of the
/// two is meant shows where only one of them finds an end for every quote.
pub(super) fn lex(text: &str) -> Lexed {
    let escaped_quote = scan::holds(text.as_bytes(), b"\\'");
    let mysql = looks_like_mysql(text);
    let lexed = run(text, Mode { mysql, strict: false });
    if lexed.broken.is_empty() && (lexed.strays == 0 || !escaped_quote) {
        return lexed;
    }
    let mut best = lexed;
    if escaped_quote {
        let other = run(text, Mode { mysql: !mysql, strict: false });
        if (other.broken.len(), other.strays) < (best.broken.len(), best.strays) {
            best = other;
        }
    }
    if best.broken.is_empty() {
        return best;
    }
    run(text, Mode { mysql, strict: true })
}

/// Whether the text holds what only `MySQL` and its kin say. Words in strings count; this only chooses
/// which of two readings is tried first.
fn looks_like_mysql(text: &str) -> bool {
    let head = text.get(..floor(text, 65_536)).unwrap_or_default();
    let head = head.as_bytes();
    ["ENGINE=", "AUTO_INCREMENT", "\nDELIMITER ", "/*!", "ENGINE ="].iter().any(|mark| {
        // A text is a statement, most often: to prepare a search would take longer than it.
        let mark = mark.as_bytes();
        if head.len() < 4_096 { scan::holds(head, mark) } else { memmem::find(head, mark).is_some() }
    })
}

fn floor(text: &str, at: usize) -> usize {
    let mut at = at.min(text.len());
    while !text.is_char_boundary(at) {
        at -= 1;
    }
    at
}

fn run(text: &str, mode: Mode) -> Lexed {
    let mut lexer = Lexer {
        text,
        bytes: text.as_bytes(),
        at: 0,
        mode,
        lexed: Lexed::default(),
        statement: 0,
        squares: 0,
        delimiter: None,
        conditional: false,
        copy_end: CopyEnd::Unknown,
        stopped: false,
    };
    lexer.lexed.tokens.reserve(text.len() / 6);
    lexer.run();
    lexer.lexed
}

/// Where the last line is that ends COPY's rows.
#[derive(Clone, Copy)]
enum CopyEnd {
    Unknown,
    At(usize),
    None,
}

struct Lexer<'a> {
    text: &'a str,
    bytes: &'a [u8],
    at: usize,
    mode: Mode,
    lexed: Lexed,
    /// Index of the current statement's first token.
    statement: usize,
    /// Depth of square brackets that are subscripts and arrays.
    squares: usize,
    /// What ends a statement instead of `;`.
    delimiter: Option<&'a [u8]>,
    /// Within `/*!…*/`, whose words `MySQL` runs.
    conditional: bool,
    /// The text's last `\.` line, which is looked for once.
    copy_end: CopyEnd,
    stopped: bool,
}

impl Lexer<'_> {
    fn run(&mut self) {
        if self.bytes.starts_with("\u{feff}".as_bytes()) {
            self.at = 3;
        }
        while let Some(byte) = self.peek(0) {
            if self.stopped {
                return;
            }
            if self.take_delimiter() {
                continue;
            }
            match byte {
                b' ' | b'\t' | b'\n' | b'\r' | 0x0b | 0x0c => self.at += 1,
                b'a'..=b'z' | b'A'..=b'Z' | b'_' => self.word(),
                0x80.. => self.foreign(),
                b'0'..=b'9' => self.number(),
                b'\'' => self.string(self.at, self.mode.mysql),
                b'"' | b'`' => self.quoted(byte),
                b'$' => self.dollar(),
                b'(' => self.push(TokenKind::Open, 1),
                b')' => self.push(TokenKind::Close, 1),
                b'[' => self.square(),
                b']' => {
                    self.squares = self.squares.saturating_sub(1);
                    self.push(TokenKind::CloseSquare, 1);
                }
                b',' => self.push(TokenKind::Comma, 1),
                b'.' if self.peek(1).is_some_and(|next| next.is_ascii_digit()) && !self.follows_name() => {
                    self.number();
                }
                b'.' => self.push(TokenKind::Dot, 1),
                b';' => self.semicolon(),
                b'-' if self.peek(1) == Some(b'-') => self.skip_line(),
                b'/' if self.peek(1) == Some(b'*') => self.comment(),
                b'*' if self.conditional && self.peek(1) == Some(b'/') => {
                    self.conditional = false;
                    self.at += 2;
                }
                b'#' => self.hash(),
                b':' => self.colon(),
                b'?' => {
                    let operator = matches!(self.peek(1), Some(b'|' | b'&'));
                    self.push(if operator { TokenKind::Operator } else { TokenKind::Parameter }, 1);
                }
                b'@' => self.at_sign(),
                b'{' => self.brace(),
                b'\\' => self.backslash(),
                _ if is_operator(byte) => self.operator(),
                _ => self.push(TokenKind::Operator, 1),
            }
        }
    }

    fn peek(&self, ahead: usize) -> Option<u8> {
        self.bytes.get(self.at + ahead).copied()
    }

    fn push(&mut self, kind: TokenKind, len: usize) {
        self.push_to(kind, self.at, self.at + len);
    }

    fn push_to(&mut self, kind: TokenKind, start: usize, end: usize) {
        let to_u32 = |at: usize| u32::try_from(at).unwrap_or(u32::MAX);
        self.lexed.tokens.push(Token { kind, start: to_u32(start), end: to_u32(end) });
        self.at = end;
    }

    fn end_statement(&mut self, kind: TokenKind, len: usize) {
        self.push(kind, len);
        self.statement = self.lexed.tokens.len();
        self.squares = 0;
    }

    fn at_statement_start(&self) -> bool {
        self.statement == self.lexed.tokens.len()
    }

    /// Whether the byte before is of a name or closes one, so that what follows belongs to it.
    fn follows_name(&self) -> bool {
        let before = self.at.checked_sub(1).and_then(|at| self.bytes.get(at));
        before.is_some_and(|&byte| is_name(byte) || matches!(byte, b'"' | b'`' | b']' | b')' | b'\''))
    }

    /// Whether only blanks stand before the place on its line.
    fn at_line_start(&self) -> bool {
        let blanks = self.bytes[..self.at].iter().rev().find(|byte| !matches!(byte, b' ' | b'\t'));
        blanks.is_none_or(|&byte| byte == b'\n' || byte == b'\r')
    }

    fn line_end(&self, from: usize) -> usize {
        memchr::memchr2(b'\n', b'\r', &self.bytes[from..]).map_or(self.bytes.len(), |at| from + at)
    }

    fn skip_line(&mut self) {
        self.at = self.line_end(self.at);
    }

    /// A string whose quote stands at the current place and whose prefix begins at `start`.
    fn string(&mut self, start: usize, escapes: bool) {
        match scan::quote_end(self.bytes, self.at, escapes) {
            Some(end) if !self.crosses_statement(end) => self.push_to(TokenKind::String, start, end),
            _ => self.broken(start, self.at + 1, TokenKind::String, "this quote is never closed"),
        }
    }

    fn quoted(&mut self, quote: u8) {
        // `"{{ .Values "schema" }}"`: a template's own quotes end nothing.
        if self.peek(1) == Some(b'{')
            && self.peek(2) == Some(b'{')
            && let Some(end) = self.hole_end(self.at + 1)
            && self.bytes.get(end) == Some(&quote)
        {
            return self.push(TokenKind::Quoted, end + 1 - self.at);
        }
        self.quoted_from(self.at, quote);
    }

    /// A quoted name whose quote stands at the current place and whose prefix begins at `start`.
    fn quoted_from(&mut self, start: usize, quote: u8) {
        let escapes = self.mode.mysql && quote == b'"';
        match scan::quote_end(self.bytes, self.at, escapes) {
            Some(end) if !self.crosses_statement(end) => self.push_to(TokenKind::Quoted, start, end),
            _ => {
                let message = if quote == b'"' {
                    "this quote is never closed"
                } else {
                    "this back-tick is never closed"
                };
                self.broken(start, self.at + 1, TokenKind::Quoted, message);
            }
        }
    }

    /// Whether a quote from here to `end` runs over the beginning of a statement, which is taken as
    /// proof of a lost quote once it is known that one was lost.
    fn crosses_statement(&self, end: usize) -> bool {
        self.mode.strict && scan::statement_line(self.text, self.at, end).is_some()
    }

    fn comment(&mut self) {
        if self.peek(2) == Some(b'!') && self.mode.mysql {
            self.conditional = true;
            self.at += 3;
            while self.peek(0).is_some_and(|byte| byte.is_ascii_digit()) {
                self.at += 1;
            }
            return;
        }
        if let Some(end) = scan::comment_end(self.bytes, self.at, !self.mode.mysql) {
            self.at = end;
            return;
        }
        let start = self.at;
        self.note_broken(start, start + 2, "this comment is never closed");
        let flat = scan::comment_end(self.bytes, start, false);
        self.at = flat.unwrap_or_else(|| self.recovery(start + 2));
    }

    /// Notes what is never closed and goes on where the next statement seems to begin.
    fn broken(&mut self, start: usize, content: usize, kind: TokenKind, message: &str) {
        self.note_broken(start, content, message);
        let end = self.recovery(content);
        let trimmed = self.bytes[start..end].trim_ascii_end().len();
        self.push_to(kind, start, start + trimmed);
        self.at = end;
    }

    fn note_broken(&mut self, start: usize, content: usize, message: &str) {
        self.lexed.broken.push(start);
        let fault = Fault::new(start..content, message);
        self.lexed
            .faults
            .push(fault.help("close it; what follows was read as if it ended before the next statement"));
        if self.lexed.broken.len() >= MAX_BROKEN {
            self.stopped = true;
            let fault = Fault::new(
                start..content,
                "too much here is never closed: the rest of this SQL was not read",
            );
            self.lexed.faults.push(fault.help("close the quotes and comments named before this one"));
        }
    }

    /// The next `;`, or the next line that begins with a statement's keyword, whichever is first.
    fn recovery(&self, from: usize) -> usize {
        let semicolon = memchr::memchr(b';', &self.bytes[from..]).map_or(self.bytes.len(), |at| from + at);
        scan::statement_line(self.text, from, semicolon).unwrap_or(semicolon)
    }
}

fn is_name(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'$' || byte >= 0x80
}

fn is_operator(byte: u8) -> bool {
    matches!(
        byte,
        b'+' | b'-'
            | b'*'
            | b'/'
            | b'<'
            | b'>'
            | b'='
            | b'~'
            | b'!'
            | b'@'
            | b'#'
            | b'%'
            | b'^'
            | b'&'
            | b'|'
    )
}

/// Length of the blank outside ASCII that the bytes begin with, and what to call it where a server
/// does not take it for one.
fn blank_len(bytes: &[u8]) -> Option<(usize, Option<&'static str>)> {
    match bytes {
        [0xe3, 0x80, 0x80, ..] => Some((3, Some("a full-width space"))),
        [0xc2, 0xa0, ..] => Some((2, Some("a no-break space"))),
        [0xef, 0xbb, 0xbf, ..] => Some((3, None)),
        _ => None,
    }
}
