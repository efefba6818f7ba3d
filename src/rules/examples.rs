//! The examples of a rule's file: little repositories that the rule must speak about, or leave alone.

use super::parse::RULE;
use crate::finding::{Finding, Severity};
use crate::syntax::markdown;
use crate::text::Passage;

/// One little repository of a rule's examples.
#[derive(Clone, Debug)]
pub struct Example {
    pub case: String,
    /// Whether the rule must speak.
    pub bad: bool,
    /// Paths and texts.
    pub files: Vec<(String, String)>,
    /// Paths and texts of the same repository at the base; none where no base is given.
    pub base: Vec<(String, String)>,
    /// What the report must say, and where that stands in the rule's file.
    pub says: Option<(String, std::ops::Range<usize>)>,
    /// What its files are after the rule's fixes: paths, texts, and where these stand in the rule's file.
    pub fixed: Vec<(String, String, std::ops::Range<usize>)>,
    /// Where its last file's fence ends in the rule's file.
    pub end: usize,
    /// Where the last fence that belongs to it ends.
    pub tail: usize,
}

impl Example {
    fn side(&mut self, at_base: bool) -> &mut Vec<(String, String)> {
        if at_base { &mut self.base } else { &mut self.files }
    }

    fn holds(&self, at_base: bool, path: &str) -> bool {
        let side = if at_base { &self.base } else { &self.files };
        side.iter().any(|(other, _)| other == path)
    }
}

/// The examples of a rule's file, in order.
///
/// # Errors
/// A finding for each fence whose words make no sense.
pub fn examples(file: &Passage) -> Result<Vec<Example>, Vec<Finding>> {
    let mut found: Vec<Example> = Vec::new();
    let mut faults = Vec::new();
    for fence in markdown::fences(file) {
        let mut words = fence.info.split_whitespace().skip(1);
        let verdict = words.next().unwrap_or_default();
        let mut fail = |message: &str| {
            faults.push(Finding::new(RULE, Severity::Error, message, file.locate(fence.info_range.clone())));
        };
        match verdict {
            "says" | "fixed" => {
                // From the line after the opening fence to the closing fence.
                let start = fence.info_range.end + 1;
                let closing = file.text()[..fence.range.end].rfind('\n').map_or(start, |at| at + 1);
                let (range, text) = (start..closing.max(start), fence.body.text().to_owned());
                let path = words.next().and_then(|word| word.strip_prefix("path="));
                match (found.last_mut(), path) {
                    (None, _) => fail("this belongs to the example before it, and there is none"),
                    (Some(example), _) if verdict == "says" => {
                        example.says = Some((text, range));
                        example.tail = fence.range.end;
                    }
                    (Some(example), Some(path)) => {
                        example.fixed.push((path.to_owned(), text, range));
                        example.tail = fence.range.end;
                    }
                    (Some(_), None) => fail("a fixed file needs a `path=…`"),
                }
            }
            "bad" | "good" => {
                let mut case = verdict.to_owned();
                let mut path = None;
                let mut at_base = false;
                for word in words {
                    match word.split_once('=') {
                        Some((at @ ("path" | "base"), value)) => {
                            path = Some(value.to_owned());
                            at_base = at == "base";
                        }
                        Some(("case", value)) => value.clone_into(&mut case),
                        _ => fail("an example's words are `path=…` or `base=…`, and `case=…`"),
                    }
                }
                let Some(path) = path else {
                    fail("an example needs a `path=…`");
                    continue;
                };
                let bad = verdict == "bad";
                let text = fence.body.text().to_owned();
                match found.iter_mut().find(|example| example.case == case) {
                    Some(example) if example.holds(at_base, &path) => {
                        fail("this path is twice in one example; give each little repository its `case=…`");
                    }
                    Some(example) => {
                        example.bad |= bad;
                        example.side(at_base).push((path, text));
                        (example.end, example.tail) = (fence.range.end, fence.range.end);
                    }
                    None => {
                        let end = fence.range.end;
                        let (files, base, fixed) = (Vec::new(), Vec::new(), Vec::new());
                        let mut example =
                            Example { case, bad, files, base, says: None, fixed, end, tail: end };
                        example.side(at_base).push((path, text));
                        found.push(example);
                    }
                }
            }
            _ => {}
        }
    }
    if faults.is_empty() { Ok(found) } else { Err(faults) }
}

/// The text without title, condition and examples.
pub(super) fn prose(text: &str, fences: &[markdown::Fence]) -> String {
    let mut prose = String::new();
    let mut at = 0;
    for fence in fences {
        let marker = fence.info.split_whitespace().nth(1);
        if matches!(marker, Some("rule" | "bad" | "good" | "says" | "fixed")) {
            prose.push_str(&text[at..fence.range.start]);
            at = fence.range.end;
        }
    }
    prose.push_str(&text[at..]);
    let body = prose.split_once('\n').map_or("", |(_, body)| body);
    let mut lines: Vec<&str> = Vec::new();
    for line in body.lines().map(str::trim_end) {
        if !(line.is_empty() && lines.last().is_none_or(|last| last.is_empty())) {
            lines.push(line);
        }
    }
    lines.join("\n").trim_end().to_owned()
}
