//! Parser events to a tree. Knows where the events' spans are exact and where they are not.

use std::ops::Range;

use granit_parser::{ErrorKind, Event, Parser, ScalarStyle, ScanError, Span, StructureStyle, options};
use rustc_hash::{FxHashMap, FxHashSet};

use super::{Data, Item, NodeId, Scalar, Style, Tree, scalar};
use crate::syntax::Fault;
use crate::text::Passage;

/// Deepest nesting of lists and mappings.
const MAX_DEPTH: usize = 200;

/// Most nodes of one tree: far beyond what people write, and bounded memory for the rest.
const MAX_NODES: usize = 400_000;

/// Most faults of one document; more are the consequence of something else.
const MAX_FAULTS: usize = 100;

/// What came of one pass over a text.
pub(super) struct Built {
    pub(super) tree: Tree,
    pub(super) faults: Vec<Fault>,
    /// The error that ended the pass early.
    pub(super) error: Option<Error>,
}

/// An error of the parser.
pub(super) struct Error {
    pub(super) range: Range<usize>,
    /// Where the last text before the error began, if that text reaches to the error's line: an
    /// earlier quote that was never closed ends at a later text's opening one.
    pub(super) since: Option<usize>,
    message: String,
    help: Option<&'static str>,
}

/// Parses `text`, which is `passage`'s with some parts blanked.
pub(super) fn build(passage: &Passage, text: &str) -> Built {
    // A byte order mark is no part of the document, but its bytes count.
    let shift = if text.starts_with('\u{feff}') { '\u{feff}'.len_utf8() } else { 0 };
    let options = options! {
        emit_anchor_events: true,
        emit_unresolved_aliases: true,
        emit_comments: false,
        max_buffered_comment_events: usize::MAX,
        flow_nesting_limit: MAX_DEPTH,
        block_nesting_limit: MAX_DEPTH,
    };
    let mut builder = Builder {
        passage,
        text,
        shift,
        tree: Tree::default(),
        open: Vec::new(),
        anchors: FxHashMap::default(),
        faults: Vec::new(),
        last: 0..0,
    };
    let mut documents = 0;
    let mut error = None;
    for next in Parser::new_from_str_with_options(&text[shift..], options) {
        match next {
            Ok((Event::DocumentStart(..), span)) => {
                documents += 1;
                if documents > 1 {
                    let fault = Fault::new(
                        builder.range(&span),
                        "a second document begins here; only the first one is read",
                    );
                    builder.faults.push(fault.help("put it into a file of its own"));
                    break;
                }
            }
            Ok((event, span)) => builder.event(event, &span),
            Err(scan) => {
                error = Some(builder.error(&scan));
                break;
            }
        }
        if builder.tree.items.len() > MAX_NODES {
            let end = builder.last.end;
            builder.faults.push(Fault::new(
                end..end,
                format!("this document has more than {MAX_NODES} values; what follows is not read"),
            ));
            break;
        }
    }
    builder.finish(error)
}

struct Builder<'a> {
    passage: &'a Passage,
    text: &'a str,
    shift: usize,
    tree: Tree,
    open: Vec<Open>,
    anchors: FxHashMap<usize, NodeId>,
    faults: Vec<Fault>,
    /// The last text's range.
    last: Range<usize>,
}

/// A list or mapping that has not ended yet.
struct Open {
    id: NodeId,
    flow: bool,
    content: Content,
}

enum Content {
    List(Vec<NodeId>),
    Map { pairs: Vec<(NodeId, NodeId)>, key: Option<NodeId> },
}

impl Builder<'_> {
    fn event(&mut self, event: Event<'_>, span: &Span) {
        let range = self.range(span);
        match event {
            Event::Scalar(value, style, anchor, tag) => {
                let data = if value == "~" && range.is_empty() && tag.is_none() {
                    Data::Null
                } else {
                    self.scalar(&value, style, range.clone())
                };
                let range = match &data {
                    Data::Scalar(_) => self.last.clone(),
                    _ => range,
                };
                let id = self.add(range, data);
                self.anchor(anchor, id);
                self.place(id);
            }
            Event::SequenceStart(style, anchor, _) => {
                let id = self.add(range, Data::Sequence(Vec::new()));
                self.anchor(anchor, id);
                let flow = style == StructureStyle::Flow;
                self.open.push(Open { id, flow, content: Content::List(Vec::new()) });
            }
            Event::MappingStart(style, anchor, _) => {
                let id = self.add(range, Data::Mapping(Vec::new()));
                self.anchor(anchor, id);
                let flow = style == StructureStyle::Flow;
                let content = Content::Map { pairs: Vec::new(), key: None };
                self.open.push(Open { id, flow, content });
            }
            Event::SequenceEnd | Event::MappingEnd => self.close(range.end, !range.is_empty()),
            Event::Alias(anchor) => {
                let target = self.anchors.get(&anchor).copied();
                let cyclic = target.is_some_and(|target| self.open.iter().any(|open| open.id == target));
                if cyclic {
                    self.fault(range.clone(), "this alias stands inside the value that it names");
                }
                let id = self.add(range, Data::Alias(target.filter(|_| !cyclic)));
                self.place(id);
            }
            Event::UnresolvedAlias(name) => {
                self.fault(range.clone(), format!("no anchor `&{name}` stands before this alias"));
                let id = self.add(range, Data::Alias(None));
                self.place(id);
            }
            _ => {}
        }
    }

    fn scalar(&mut self, value: &str, style: ScalarStyle, range: Range<usize>) -> Data {
        let style = self::style(style);
        let (value, range) = scalar::decode(self.passage, self.text, range, style, value);
        self.last = range;
        Data::Scalar(Scalar { style, value })
    }

    fn add(&mut self, range: Range<usize>, data: Data) -> NodeId {
        let id = NodeId(u32::try_from(self.tree.items.len()).unwrap_or(u32::MAX));
        self.tree.items.push(Item { range, data });
        id
    }

    fn anchor(&mut self, anchor: usize, id: NodeId) {
        if anchor != 0 {
            self.anchors.insert(anchor, id);
        }
    }

    /// Puts a finished node where it belongs: into the innermost open one.
    fn place(&mut self, id: NodeId) {
        match self.open.last_mut().map(|open| &mut open.content) {
            None => self.tree.root = self.tree.root.or(Some(id)),
            Some(Content::List(ids)) => ids.push(id),
            Some(Content::Map { pairs, key }) => match key.take() {
                None => *key = Some(id),
                Some(key) => pairs.push((key, id)),
            },
        }
    }

    /// Ends the innermost open node. Only a flow collection's end says where it ends.
    fn close(&mut self, end: usize, exact: bool) {
        let Some(Open { id, content, .. }) = self.open.pop() else { return };
        let (last, data) = match content {
            Content::List(ids) => (ids.last().copied(), Data::Sequence(ids)),
            Content::Map { mut pairs, key } => {
                if let Some(key) = key {
                    let at = self.item(key).range.end;
                    let value = self.add(at..at, Data::Null);
                    pairs.push((key, value));
                }
                self.report_duplicates(&pairs);
                (pairs.last().map(|pair| pair.1), Data::Mapping(pairs))
            }
        };
        let start = self.item(id).range.start;
        let end = match last {
            _ if exact => end,
            Some(last) => self.item(last).range.end,
            None => self.item(id).range.end,
        };
        self.tree.items[id.0 as usize] = Item { range: start..end.max(start), data };
        self.place(id);
    }

    fn report_duplicates(&mut self, pairs: &[(NodeId, NodeId)]) {
        if pairs.len() < 2 {
            return;
        }
        let mut seen: FxHashSet<&str> = FxHashSet::default();
        let mut faults = Vec::new();
        for &(key, _) in pairs {
            let Item { range, data: Data::Scalar(scalar) } = self.item(key) else { continue };
            if !seen.insert(scalar.value.text()) && faults.len() < MAX_FAULTS {
                let name = short(scalar.value.text());
                let fault =
                    Fault::new(range.clone(), format!("the key `{name}` is already there in this mapping"))
                        .help("merge both, or rename one: readers of YAML disagree on which one counts");
                faults.push(fault);
            }
        }
        for fault in faults {
            self.push_fault(fault);
        }
    }

    fn fault(&mut self, range: Range<usize>, message: impl Into<String>) {
        self.push_fault(Fault::new(range, message));
    }

    fn push_fault(&mut self, fault: Fault) {
        if self.faults.len() < MAX_FAULTS {
            self.faults.push(fault);
        }
    }

    fn item(&self, id: NodeId) -> &Item {
        &self.tree.items[id.0 as usize]
    }

    fn range(&self, span: &Span) -> Range<usize> {
        span.byte_range().map_or(0..0, |range| {
            let end = (range.end + self.shift).min(self.text.len());
            (range.start + self.shift).min(end)..end
        })
    }

    fn error(&self, scan: &ScanError) -> Error {
        let at = scan.marker().byte_offset().map_or(0, |at| at + self.shift).min(self.text.len());
        // This error stands where the text began.
        let later = matches!(scan.kind(), ErrorKind::TabInPlainScalar)
            .then(|| self.text.get(at..)?.find('\t'))
            .flatten();
        let at = at + later.unwrap_or(0);
        let rest = self.text.get(at..).unwrap_or_default();
        let len = rest.chars().next().filter(|c| !matches!(c, '\n' | '\r')).map_or(0, char::len_utf8);
        let line = self.text.get(..at).unwrap_or_default().rfind('\n').map_or(0, |end| end + 1);
        let bracket = self.open.iter().rev().find(|open| open.flow).map(|open| self.item(open.id));
        if let Some(bracket) = bracket.filter(|bracket| bracket.range.start < line) {
            return Error {
                range: bracket.range.clone(),
                since: None,
                message: "the bracket that opens here is not closed".to_owned(),
                help: Some("close it; put a text that begins with a bracket in quotes"),
            };
        }
        if matches!(scan.kind(), ErrorKind::InvalidQuotedScalarIndent)
            && let Some(quote) = self.quote_before(at)
        {
            return Error {
                range: quote..quote + 1,
                since: None,
                message: "the quote that opens here is not closed".to_owned(),
                help: Some("close it, or indent the lines that it holds"),
            };
        }
        let since = (self.last.start < line && self.last.end > line).then_some(self.last.start);
        let (message, help) = words(scan);
        Error { range: at..at + len, since, message, help }
    }

    /// Where the quoted text that the parser was in at `at` probably opened.
    fn quote_before(&self, at: usize) -> Option<usize> {
        let from = self.last.end.min(at);
        let between = self.text.get(from..at)?;
        Some(from + memchr::memchr2(b'"', b'\'', between.as_bytes())?)
    }

    fn finish(mut self, error: Option<Error>) -> Built {
        let end = self.last.end;
        while !self.open.is_empty() {
            self.close(end, false);
        }
        Built { tree: self.tree, faults: self.faults, error }
    }
}

impl Error {
    /// The error as a fault. Where a line is indented with a tab, that is what is wrong.
    pub(super) fn fault(&self, text: &str) -> Fault {
        let fault = Fault::new(self.range.clone(), format!("this is not YAML: {}", self.message));
        if let Some(at) = super::recover::tab_before(text, self.range.start) {
            return Fault::new(at..at + 1, "this is not YAML: a tab indents this line")
                .help("indent with spaces only");
        }
        match self.help {
            Some(help) => fault.help(help),
            None => fault,
        }
    }
}

pub(super) fn style(style: ScalarStyle) -> Style {
    match style {
        ScalarStyle::Plain => Style::Plain,
        ScalarStyle::SingleQuoted => Style::SingleQuoted,
        ScalarStyle::DoubleQuoted => Style::DoubleQuoted,
        ScalarStyle::Literal => Style::Literal,
        ScalarStyle::Folded => Style::Folded,
    }
}

/// What is wrong and what to do, for someone who does not know the grammar.
fn words(scan: &ScanError) -> (String, Option<&'static str>) {
    let (message, help) = match scan.kind() {
        ErrorKind::TabNotAllowed
        | ErrorKind::TabInPlainScalar
        | ErrorKind::TabInBlockIndentation
        | ErrorKind::TabInIndentation
        | ErrorKind::TabAtBlockScalarStart => ("a tab indents this line", "indent with spaces only"),
        ErrorKind::UnclosedQuotedScalar => {
            ("the quote that opens here is never closed", "close it, or remove it")
        }
        ErrorKind::UnclosedFlowCollection { .. }
        | ErrorKind::ExpectedFlowSequenceSeparator
        | ErrorKind::ExpectedFlowMappingSeparator
        | ErrorKind::UnexpectedEofFlowSequence
        | ErrorKind::UnexpectedEofFlowMapping => (
            "a bracket before this is not closed, or a comma is missing",
            "close the `[` or `{`; quote a text that holds brackets",
        ),
        ErrorKind::MappingValueNotAllowed | ErrorKind::InvalidSimpleKey => {
            ("no `key: value` can stand here", "quote a text that holds `: `, or mend the indentation")
        }
        ErrorKind::SimpleKeyExpected | ErrorKind::ExpectedBlockMappingKey => (
            "a `key:` was expected here",
            "add the missing `:` after the key, or indent the line like its neighbours",
        ),
        ErrorKind::InvalidIndentation
        | ErrorKind::ExpectedBlockSequenceEntry
        | ErrorKind::InvalidBlockScalarIndent
        | ErrorKind::InvalidQuotedScalarIndent
        | ErrorKind::InvalidFlowScalarIndent => {
            ("this line's indentation fits no line above", "indent it like its neighbours")
        }
        ErrorKind::UnexpectedCharacter { .. } => {
            ("no value can begin with this character", "put the value in quotes")
        }
        ErrorKind::UnknownQuotedScalarEscape => {
            ("there is no such escape in double quotes", "write `\\\\` for a backslash, or use single quotes")
        }
        ErrorKind::RecursionLimitExceeded => {
            ("lists and mappings are nested too deeply", "deploylint reads 200 levels")
        }
        _ => return (scan.info(), None),
    };
    (message.to_owned(), Some(help))
}

fn short(text: &str) -> String {
    let mut short: String = text.chars().take(60).map(|c| if c.is_control() { ' ' } else { c }).collect();
    if short.len() < text.len() {
        short.push('…');
    }
    short
}
