//! Markdown as far as it holds other texts: code fences, headings and comments. Built on `pulldown-cmark`,
//! which follows `CommonMark`. Knows no rule and no meaning of a fence's words.

use std::ops::Range;

use pulldown_cmark::{CodeBlockKind, Event, HeadingLevel, Options, Parser, Tag, TagEnd};

use crate::text::{Passage, Weave};

/// A fenced code block.
#[derive(Clone, Debug)]
pub struct Fence {
    /// The words behind the opening fence, as they are written.
    pub info: String,
    /// The place of `info`; empty behind the fence where there are none.
    pub info_range: Range<usize>,
    /// The text between the fences, without the indentation of the lists and quotes around it.
    pub body: Passage,
    /// The whole block, fences included.
    pub range: Range<usize>,
}

/// The heading of the whole text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Title {
    pub text: String,
    pub range: Range<usize>,
}

/// A heading of any level.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Heading {
    /// 1 for the outermost.
    pub level: u8,
    pub text: String,
    /// The place of `text`.
    pub range: Range<usize>,
}

/// What is read of a text, in its order.
#[derive(Clone, Debug)]
pub enum Block {
    Heading(Heading),
    Fence(Fence),
    /// HTML, of which comments are a kind: its place.
    Html(Range<usize>),
}

/// The fenced code blocks, in order.
#[must_use]
pub fn fences(passage: &Passage) -> Vec<Fence> {
    let fence = |block| if let Block::Fence(fence) = block { Some(fence) } else { None };
    outline(passage, 0).into_iter().filter_map(fence).collect()
}

/// The headings, fences and comments from byte `start` on (see [`behind_front_matter`]), in order.
#[must_use]
pub fn outline(passage: &Passage, start: usize) -> Vec<Block> {
    let text = passage.text();
    let mut found = Vec::new();
    let mut fence: Option<(String, Range<usize>, Weave)> = None;
    let mut heading: Option<Heading> = None;
    for (event, range) in events(text, start) {
        match event {
            Event::Start(Tag::CodeBlock(CodeBlockKind::Fenced(_))) => {
                let info = info_range(text, &range);
                let body = Weave::at(passage.locate(line_end(text, info.end)..line_end(text, info.end)));
                fence = Some((text[info.clone()].to_owned(), info, body));
            }
            Event::Start(Tag::Heading { level, .. }) => {
                let range = range.start..range.start;
                heading = Some(Heading { level: level as u8, text: String::new(), range });
            }
            Event::Text(said) | Event::Code(said) => {
                if let Some((_, _, body)) = &mut fence {
                    keep(body, passage, range, &said);
                } else if let Some(heading) = &mut heading {
                    let start = if heading.text.is_empty() { range.start } else { heading.range.start };
                    heading.range = start..range.end;
                    heading.text.push_str(&said);
                }
            }
            Event::SoftBreak | Event::HardBreak => {
                if let Some(heading) = &mut heading {
                    heading.text.push(' ');
                }
            }
            Event::End(TagEnd::CodeBlock) => {
                if let Some((info, info_range, body)) = fence.take() {
                    found.push(Block::Fence(Fence { info, info_range, body: body.finish(), range }));
                }
            }
            Event::End(TagEnd::Heading(_)) => found.extend(heading.take().map(Block::Heading)),
            // The parser says a carriage return at a line's end on its own.
            Event::Html(said) | Event::InlineHtml(said) if !said.trim().is_empty() => {
                found.push(Block::Html(range));
            }
            _ => {}
        }
    }
    found
}

/// Where the text begins behind its front matter: keys between `---` (or `+++`) at its very top. A
/// line of dashes above prose is a rule, and no front matter.
#[must_use]
pub fn behind_front_matter(text: &str) -> usize {
    let bom = if text.starts_with('\u{feff}') { '\u{feff}'.len_utf8() } else { 0 };
    let mut lines = text[bom..].split_inclusive('\n');
    let Some(first) = lines.next() else { return 0 };
    let marker = first.trim_end();
    if !matches!(marker, "---" | "+++") {
        return 0;
    }
    let mut end = bom + first.len();
    for (index, line) in lines.enumerate() {
        end += line.len();
        if line.trim_end() == marker {
            return end;
        }
        if line.starts_with("```") || (index == 0 && !line.contains([':', '='])) {
            return 0;
        }
    }
    0
}

/// The first heading of the first level.
#[must_use]
pub fn title(passage: &Passage) -> Option<Title> {
    let mut open: Option<Title> = None;
    for (event, range) in events(passage.text(), 0) {
        match (event, &mut open) {
            (Event::Start(Tag::Heading { level: HeadingLevel::H1, .. }), None) => {
                open = Some(Title { text: String::new(), range: range.start..range.start });
            }
            (Event::Text(said) | Event::Code(said), Some(title)) => {
                let start = if title.text.is_empty() { range.start } else { title.range.start };
                title.range = start..range.end;
                title.text.push_str(&said);
            }
            (Event::SoftBreak | Event::HardBreak, Some(title)) => title.text.push(' '),
            (Event::End(TagEnd::Heading(HeadingLevel::H1)), Some(_)) => return open,
            _ => {}
        }
    }
    None
}

/// The events of `text` from byte `start` on, each with its range. A byte order mark is no text, but
/// its bytes count.
fn events(text: &str, start: usize) -> impl Iterator<Item = (Event<'_>, Range<usize>)> {
    let rest = text.get(start..).unwrap_or_default();
    let bom = if rest.starts_with('\u{feff}') { '\u{feff}'.len_utf8() } else { 0 };
    let from = text.len() - rest.len() + bom;
    let options = Options::ENABLE_TABLES | Options::ENABLE_STRIKETHROUGH | Options::ENABLE_TASKLISTS;
    let moved = move |(event, range): (_, Range<usize>)| (event, range.start + from..range.end + from);
    Parser::new_ext(&text[from..], options).into_offset_iter().map(moved)
}

/// The words behind the opening fence of the block at `block`.
fn info_range(text: &str, block: &Range<usize>) -> Range<usize> {
    let line = &text[block.start..line_end(text, block.start)];
    let fence = line.trim_start();
    let marker = fence.chars().next().unwrap_or('`');
    let words = fence.trim_start_matches(marker);
    let start = block.start + line.len() - words.trim_start().len();
    let end = block.start + line.trim_end().len();
    start.min(end)..end
}

/// Where the line of byte `at` ends, without its line end.
fn line_end(text: &str, at: usize) -> usize {
    text[at..].find(['\n', '\r']).map_or(text.len(), |found| at + found)
}

/// Adds one piece of a fence's text. The parser gives what it says beside its place; where both
/// differ (a tab that is partly indentation, a carriage return) its words stand for the place.
fn keep(body: &mut Weave, passage: &Passage, range: Range<usize>, said: &str) {
    if passage.text().get(range.clone()) == Some(said) {
        body.keep(passage, range);
    } else {
        body.swap(passage, range, said);
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use proptest::prelude::*;

    use super::*;
    use crate::text::FileId;

    fn file(text: &str) -> Passage {
        Passage::file(FileId(0), Arc::from(text))
    }

    /// Info, body and the host's words for each line of the body.
    fn seen(text: &str) -> Vec<(String, String)> {
        fences(&file(text))
            .into_iter()
            .map(|fence| {
                assert_eq!(&text[fence.info_range.clone()], fence.info);
                let mut at = 0;
                for line in fence.body.text().split_inclusive('\n') {
                    let words = line.trim_end();
                    if let Some(span) = fence.body.exact(at..at + words.len()) {
                        assert_eq!(&text[span.start as usize..span.end as usize], words);
                    } else {
                        panic!("{words:?} has no exact place");
                    }
                    at += line.len();
                }
                (fence.info, fence.body.text().to_owned())
            })
            .collect()
    }

    #[test]
    fn fences_with_their_words() {
        let text = "\u{feff}# 手順 `deploy` 😀\r\n\r\n```toml rule path=a.toml\r\nkey = \"値\"\r\n\r\nx = 1\r\n```\r\n~~~~\n``` not the end\n~~~~\n    indented is no fence\n";
        assert_eq!(
            seen(text),
            [
                ("toml rule path=a.toml".to_owned(), "key = \"値\"\n\nx = 1\n".to_owned()),
                (String::new(), "``` not the end\n".to_owned()),
            ]
        );
        let title = title(&file(text)).unwrap();
        assert_eq!(title.text, "手順 deploy 😀");
        assert_eq!(&text[title.range], "手順 `deploy` 😀");
    }

    #[test]
    fn the_indentation_of_lists_and_quotes_is_no_body() {
        let text = "1. 手順\n\n   ```sh\n   flyctl deploy \\\n     --image x\n   ```\n\n> - a\n>   ```sh\n>   echo 表\n>\n>   done\n>   ```\n";
        assert_eq!(
            seen(text),
            [
                ("sh".to_owned(), "flyctl deploy \\\n  --image x\n".to_owned()),
                ("sh".to_owned(), "echo 表\n\ndone\n".to_owned()),
            ]
        );
    }

    #[test]
    fn an_empty_or_open_fence() {
        let text = "a\n```sh\n```\n\n```sh\nno end";
        let found = fences(&file(text));
        assert_eq!(found.len(), 2);
        assert_eq!(found[0].body.text(), "");
        assert_eq!(found[0].body.span().start, 7);
        assert_eq!(found[1].body.text().trim_end(), "no end");
        assert!(title(&file(text)).is_none());
    }

    #[test]
    fn headings_and_comments_stand_between_fences() {
        let text = "\u{feff}---\r\ntitle: x\r\n---\r\n# 手順 `a` 😀\r\n> ## 中\r\n> <!-- note -->\r\n> ```sh\r\n> a\r\n> ```\r\n\r\n下\r\n---\r\n";
        let start = behind_front_matter(text);
        assert!(text[start..].starts_with("# 手順"));
        let seen: Vec<String> = outline(&file(text), start)
            .into_iter()
            .map(|block| match block {
                Block::Heading(heading) => format!("{} {}", heading.level, &text[heading.range]),
                Block::Fence(fence) => fence.body.text().to_owned(),
                Block::Html(range) => text[range].trim().to_owned(),
            })
            .collect();
        assert_eq!(seen, ["1 手順 `a` 😀", "2 中", "<!-- note -->", "a\n", "2 下"]);
    }

    #[test]
    fn a_line_of_dashes_is_no_front_matter() {
        for text in [
            "",
            "---",
            "---\n",
            "---\n\n# A\n\n---\n",
            "---\na: b\n",
            "---\na: b\n```\n---\n",
            "a\n---\nb: c\n---\n",
        ] {
            assert_eq!(behind_front_matter(text), 0, "{text:?}");
        }
        assert_eq!(behind_front_matter("+++\na = 1\n+++\nb"), 14);
    }

    #[test]
    fn hostile_text_ends() {
        for unit in ["```\n", "> ", "- ", "~~~", "[", "*a_", "# ", "`", "|-", "\u{feff}", "<!--", "1. "] {
            let passage = file(&unit.repeat(100_000));
            let _ = (fences(&passage), title(&passage));
        }
    }

    proptest! {
        #[test]
        fn any_text_is_read(text in "[`~#> \t\n\r*_a\\-0-9.表😀\u{feff}\\[\\]()<!|]{0,80}") {
            let passage = file(&text);
            for fence in fences(&passage) {
                prop_assert!(text.get(fence.range).is_some());
                prop_assert_eq!(text.get(fence.info_range), Some(fence.info.as_str()));
                prop_assert!(text.get(fence.body.span().start as usize..).is_some());
            }
            if let Some(title) = title(&passage) {
                prop_assert!(text.get(title.range).is_some());
            }
        }
    }
}
