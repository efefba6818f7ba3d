//! Faulty documents: every fault, and the tree of what can still be understood. Built on `toml`'s
//! recovering parser; where a fault would swallow what follows, the text is mended for the parser
//! alone and parsed again. Knows no file format that is written in TOML.

use std::ops::Range;

use toml::de::{DeTable, DeValue};

use super::{Data, Entry, Fault, Node, Table, fault};

/// How often a text is mended before the rest is taken as it is.
const ROUNDS: usize = 12;
/// Faults that are looked at for a mend; each look costs the length of its line.
const LOOKED_AT: usize = 40;
/// Faults told of one document; more are one fault's echo.
const MOST_FAULTS: usize = 20;

/// Parses `body`, which begins at byte `shift` of its passage and of which `toml_edit` says `message`
/// at `span`.
pub fn parse(body: &str, shift: usize, message: &str, span: Option<Range<usize>>) -> (Table, Vec<Fault>) {
    let mut mended = Mended { text: body.to_owned(), inserted: Vec::new() };
    let mut faults: Vec<Fault> = Vec::new();
    let mut certain = true;
    for round in 0..=ROUNDS {
        let text = mended.text.clone();
        let (tree, errors) = DeTable::parse_recoverable(&text);
        let mut errors: Vec<Error> = errors
            .iter()
            .map(|error| Error { message: error.message().to_owned(), range: error.span().unwrap_or(0..0) })
            .collect();
        errors.sort_by_key(|error| (error.range.start, error.range.end));
        let found =
            errors.iter().take(LOOKED_AT).enumerate().find_map(|(at, error)| Some((at, error.mend(&text)?)));
        let last = round == ROUNDS || found.is_none();
        let told = if last { errors.len() } else { found.as_ref().map_or(0, |(at, _)| at + 1) };
        if certain {
            for error in errors.iter().take(told).take(MOST_FAULTS) {
                add(&mut faults, fault::explain(body, &error.message, mended.original(&error.range)));
            }
        }
        match found {
            Some((at, mend)) if !last => {
                // Behind a string that was never closed nothing is sure.
                certain &= !errors.get(at).is_some_and(|error| error.message.contains("multi-line"));
                mended.apply(&mend);
            }
            _ => {
                if faults.is_empty() {
                    faults.push(fault::explain(body, message, span.unwrap_or(0..0)));
                }
                faults.sort_by_key(|fault| fault.range.start);
                faults.truncate(MOST_FAULTS);
                for fault in &mut faults {
                    fault.range = fault.range.start + shift..fault.range.end + shift;
                }
                return (table(tree.get_ref(), &mended, shift), faults);
            }
        }
    }
    (Table::default(), faults)
}

/// Adds a fault; of two on the same words the one over more of them stays.
fn add(faults: &mut Vec<Fault>, fault: Fault) {
    let covers = |one: &Range<usize>, other: &Range<usize>| one.start <= other.start && other.end <= one.end;
    if faults.iter().any(|other| covers(&other.range, &fault.range)) {
        return;
    }
    faults.retain(|other| !covers(&fault.range, &other.range));
    faults.push(fault);
}

struct Error {
    message: String,
    range: Range<usize>,
}

/// A change of the text that lets the parser go on behind a fault.
enum Mend {
    Insert(usize, &'static str),
    Blank(Range<usize>),
}

impl Error {
    /// How to go on, for a fault that would hide what follows.
    fn mend(&self, text: &str) -> Option<Mend> {
        let at = self.range.start.min(text.len());
        let line = fault::line_at(text, at);
        let start_of_line = text.get(..line.start)?.rfind('\n').map_or(0, |newline| newline + 1);
        let message = self.message.as_str();
        if message.starts_with("key with no value") || message.starts_with("invalid key-value pair") {
            return (!line.is_empty()).then_some(Mend::Blank(line));
        }
        if message.starts_with("unclosed table") {
            return Some(Mend::Insert(line.end, "]"));
        }
        if message.starts_with("unclosed array table") {
            let closed = text.get(line.clone())?.ends_with(']');
            return Some(Mend::Insert(line.end, if closed { "]" } else { "]]" }));
        }
        let in_array = message.contains("array elements") || message.contains("in array");
        if in_array && start_of_line > 0 && begins_entry(text.get(line.clone())?) {
            return Some(Mend::Insert(start_of_line, "]\n"));
        }
        let in_table = message.starts_with("missing comma between key-value pairs");
        if in_table && at == line.start && start_of_line > 0 {
            return Some(Mend::Insert(start_of_line, "}\n"));
        }
        if message.starts_with("invalid multi-line") && self.range.is_empty() && at == text.len() {
            let open = ["\"\"\"", "'''"].into_iter().filter_map(|quotes| Some((text.rfind(quotes)?, quotes)));
            let (opening, quotes) = open.max()?;
            let end = fault::line_at(text, opening).end;
            // Closed at its own line's end it holds at least nothing.
            return (end < text.trim_end().len()).then_some(Mend::Insert(end.max(opening + 3), quotes));
        }
        None
    }
}

/// Whether a line can hardly be the element of an array: `key = …` or a table's header.
fn begins_entry(line: &str) -> bool {
    if line.starts_with('[') {
        let inner = line.trim_start_matches('[');
        return inner.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
            && inner.trim_end().ends_with(']');
    }
    let key = line.split('=').next().unwrap_or_default();
    key.len() < line.len()
        && !key.trim().is_empty()
        && key.trim().chars().all(|c| c.is_ascii_alphanumeric() || "-_.\"'".contains(c))
}

/// A text with insertions, and the way back to the offsets before them.
struct Mended {
    text: String,
    /// Where something was inserted, as an offset of the text as it was, and how many bytes; sorted.
    inserted: Vec<(usize, usize)>,
}

impl Mended {
    fn apply(&mut self, mend: &Mend) {
        match mend {
            Mend::Insert(at, words) => {
                let origin = self.origin(*at);
                self.text.insert_str(*at, words);
                let place = self.inserted.partition_point(|(other, _)| *other <= origin);
                self.inserted.insert(place, (origin, words.len()));
            }
            Mend::Blank(range) => self.text.replace_range(range.clone(), &" ".repeat(range.len())),
        }
    }

    /// The offset in the text as it was.
    fn origin(&self, at: usize) -> usize {
        let mut before = 0;
        for (place, len) in &self.inserted {
            if place + before >= at {
                break;
            }
            before += len.min(&(at - place - before));
        }
        at - before
    }

    fn original(&self, range: &Range<usize>) -> Range<usize> {
        self.origin(range.start)..self.origin(range.end)
    }
}

fn table(tree: &DeTable<'_>, mended: &Mended, shift: usize) -> Table {
    let mut entries: Vec<Entry> = tree
        .iter()
        .filter_map(|(key, value)| {
            let node = node(value.get_ref(), value.span(), mended, shift)?;
            let range = key.span();
            let key_range = mended.origin(range.start) + shift..mended.origin(range.end) + shift;
            // A key that is missing has nothing to say.
            (!range.is_empty()).then(|| Entry { key: key.get_ref().to_string(), key_range, node })
        })
        .collect();
    entries.sort_by_key(|entry| entry.key_range.start);
    Table { entries }
}

/// The value; none where the parser made one up.
fn node(value: &DeValue<'_>, mut range: Range<usize>, mended: &Mended, shift: usize) -> Option<Node> {
    let data = match value {
        DeValue::String(text) if !range.is_empty() => {
            // Half of a line's end is no part of a string that was not closed.
            let half = mended.text.get(range.clone()).is_some_and(|words| words.ends_with('\r'));
            range.end -= usize::from(half);
            Data::Text(text.strip_suffix('\r').filter(|_| half).unwrap_or(text).to_owned())
        }
        DeValue::Integer(number) if !range.is_empty() => {
            Data::Int(i64::from_str_radix(number.as_str(), number.radix()).ok()?)
        }
        DeValue::Float(number) => Data::Float(number.as_str().parse().ok()?),
        DeValue::Boolean(flag) => Data::Bool(*flag),
        DeValue::Datetime(date) => Data::Datetime(date.to_string()),
        DeValue::Array(items) => Data::List(
            items.iter().filter_map(|item| node(item.get_ref(), item.span(), mended, shift)).collect(),
        ),
        DeValue::Table(inner) => Data::Table(table(inner, mended, shift)),
        _ => return None,
    };
    let range = mended.original(&range);
    Some(Node { range: range.start + shift..range.end + shift, data })
}
