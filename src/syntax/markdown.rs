//! Markdown: its fenced blocks and its title. Knows no meaning of an info string.

use std::ops::Range;

use pulldown_cmark::{CodeBlockKind, Event, HeadingLevel, Parser, Tag, TagEnd};

use crate::text::Passage;

/// A fenced code block.
#[derive(Clone, Debug)]
pub struct Fence {
    /// The words behind the opening fence.
    pub info: String,
    pub info_range: Range<usize>,
    pub body: Passage,
    /// From the opening fence to the closing one.
    pub range: Range<usize>,
}

/// A document's title and fences.
#[derive(Clone, Debug, Default)]
pub struct Markdown {
    /// The first heading of level 1.
    pub title: Option<(String, Range<usize>)>,
    pub fences: Vec<Fence>,
}

/// Reads a document.
#[must_use]
pub fn parse(passage: &Passage) -> Markdown {
    let mut markdown = Markdown::default();
    let mut open: Option<(String, Range<usize>, Vec<Range<usize>>)> = None;
    let mut heading: Option<(String, Range<usize>)> = None;
    for (event, range) in Parser::new(passage.text()).into_offset_iter() {
        match event {
            Event::Start(Tag::CodeBlock(CodeBlockKind::Fenced(info))) => {
                open = Some((info.to_string(), range, Vec::new()));
            }
            Event::End(TagEnd::CodeBlock) => {
                if let Some((info, range, lines)) = open.take() {
                    markdown.fences.push(fence(passage, info, range, lines));
                }
            }
            Event::Start(Tag::Heading { level: HeadingLevel::H1, .. }) if markdown.title.is_none() => {
                heading = Some((String::new(), range));
            }
            Event::End(TagEnd::Heading(HeadingLevel::H1)) => {
                if let Some(done) = heading.take() {
                    markdown.title = Some(done);
                }
            }
            Event::Text(text) | Event::Code(text) => {
                if let Some((_, _, lines)) = &mut open {
                    lines.push(range);
                } else if let Some((title, _)) = &mut heading {
                    title.push_str(&text);
                }
            }
            _ => {}
        }
    }
    markdown
}

fn fence(passage: &Passage, info: String, range: Range<usize>, lines: Vec<Range<usize>>) -> Fence {
    let mut body = passage.derive();
    for line in lines {
        body.keep(line);
    }
    let opening = passage.text()[range.clone()].lines().next().unwrap_or_default();
    let start = range.start + opening.find(info.as_str()).unwrap_or(0);
    Fence { info_range: start..start + info.len(), info, body: body.finish(), range }
}
