//! The laws of text that knows its way home, on random nestings. Knows no language.
#![allow(clippy::unwrap_used)]

use std::ops::Range;
use std::sync::Arc;

use deploylint::Repo;
use deploylint::text::{Edit, FileId, LineTable, Passage, Position, Span, Weave, apply};
use proptest::prelude::*;

/// Text with line ends of all kinds, a byte order mark, wide, astral and combining characters.
fn text() -> impl Strategy<Value = String> {
    let bits = prop::sample::select(vec![
        "a",
        "b",
        "\"",
        "\\",
        " ",
        "\t",
        "\n",
        "\r\n",
        "\r",
        "é",
        "表",
        "示",
        "😀",
        "e\u{301}",
        "\u{feff}",
        "\0",
        "👩\u{200d}🚀",
    ]);
    (any::<bool>(), prop::collection::vec(bits, 0..40)).prop_map(|(bom, bits)| {
        let start = if bom { "\u{feff}" } else { "" };
        format!("{start}{}", bits.concat())
    })
}

/// One step of a derivation over the words that follow: how many bytes to leave out, how many to
/// take, and what stands for them (`None` keeps them).
type Verb = (usize, usize, Option<String>);

fn verbs() -> impl Strategy<Value = Vec<Verb>> {
    let stand_in = prop::option::of(prop::sample::select(vec!["", "x", "表", "__expr__", "😀y"]));
    prop::collection::vec((0..4usize, 0..12usize, stand_in.prop_map(|text| text.map(str::to_owned))), 0..8)
}

#[derive(Clone, Debug)]
enum Level {
    Slice(usize, usize),
    Derive(Vec<Verb>),
}

fn levels() -> impl Strategy<Value = Vec<Level>> {
    let slice = (0..60usize, 0..60usize).prop_map(|(from, len)| Level::Slice(from, from + len));
    let derive = verbs().prop_map(Level::Derive);
    prop::collection::vec(prop_oneof![1 => slice, 3 => derive], 3..7)
}

fn descend(parent: &Passage, level: &Level) -> Passage {
    match level {
        Level::Slice(from, to) => parent.slice(*from..*to),
        Level::Derive(verbs) => {
            let mut derivation = parent.derive();
            let mut at = 0;
            for (gap, len, stand_in) in verbs {
                let from = boundary(parent.text(), at + gap);
                let to = boundary(parent.text(), from + len);
                match stand_in {
                    None => derivation.keep(from..to),
                    Some(text) => derivation.swap(from..to, text),
                };
                at = to;
            }
            derivation.finish()
        }
    }
}

fn boundary(text: &str, at: usize) -> usize {
    let mut at = at.min(text.len());
    while !text.is_char_boundary(at) {
        at += 1;
    }
    at
}

fn nested(file: u32, text: &str, levels: &[Level]) -> Passage {
    let file = Passage::file(FileId(file), Arc::from(text));
    levels.iter().fold(file, |passage, level| descend(&passage, level))
}

/// The ranges of a passage whose ends are character boundaries.
fn ranges(passage: &Passage) -> Vec<Range<usize>> {
    let ends: Vec<usize> =
        (0..=passage.len()).filter(|&at| passage.text().is_char_boundary(at)).take(40).collect();
    let mut all = Vec::new();
    for (index, &start) in ends.iter().enumerate() {
        all.extend(ends[index..].iter().map(|&end| start..end));
    }
    all
}

fn said(text: &str, span: Span) -> Option<&str> {
    text.get(span.start as usize..span.end as usize)
}

/// What holds for every passage whose exact bytes come from `hosts`, by file.
fn holds_for_any(passage: &Passage, hosts: &[&str]) -> Result<(), TestCaseError> {
    for range in ranges(passage) {
        let place = passage.locate(range.clone());
        let host = hosts[place.file.0 as usize];
        prop_assert!(said(host, place).is_some(), "{place:?} lies outside of {host:?}");
        let Some(exact) = passage.exact(range.clone()) else {
            prop_assert!(Edit::replace(passage, range, "new").is_none());
            continue;
        };
        let host = hosts[exact.file.0 as usize];
        prop_assert_eq!(said(host, exact), passage.text().get(range.clone()));
        prop_assert_eq!(exact, place, "{:?} is exact elsewhere than it is", range);
        prop_assert!(range.is_empty() || !passage.is_swapped(range.clone()));

        let edit = Edit::replace(passage, range, "<新>").unwrap();
        let (start, end) = (exact.start as usize, exact.end as usize);
        let expected = format!("{}<新>{}", &host[..start], &host[end..]);
        prop_assert_eq!(apply(host, &[edit]), Some(expected));
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn exact_bytes_are_the_hosts(text in text(), levels in levels()) {
        let passage = nested(0, &text, &levels);
        holds_for_any(&passage, &[&text])?;
    }

    #[test]
    fn exact_bytes_of_a_weave_are_their_hosts(
        texts in (text(), text()),
        levels in (levels(), levels(), levels()),
        parts in prop::collection::vec((any::<bool>(), 0..50usize, 0..20usize, any::<bool>()), 0..8),
    ) {
        let parents = [nested(0, &texts.0, &levels.0), nested(1, &texts.1, &levels.1)];
        let mut weave = Weave::at(parents[0].span());
        for (second, from, len, keep) in parts {
            let parent = &parents[usize::from(second)];
            if keep {
                weave.keep(parent, from..from + len);
            } else {
                weave.swap(parent, from..from + len, "穴");
            }
        }
        let woven = weave.finish();
        let hosts = [texts.0.as_str(), texts.1.as_str()];
        holds_for_any(&woven, &hosts)?;
        let deeper = levels.2.iter().fold(woven, |passage, level| descend(&passage, level));
        holds_for_any(&deeper, &hosts)?;
    }

    #[test]
    fn every_range_has_a_home(
        text in text(),
        levels in levels(),
        ends in prop::collection::vec((0..200usize, 0..200usize), 1..20),
    ) {
        let passage = nested(0, &text, &levels);
        for (start, end) in ends.into_iter().chain([(usize::MAX, 0), (0, usize::MAX), (3, 1)]) {
            let place = passage.locate(start..end);
            prop_assert!(said(&text, place).is_some());
            if let Some(exact) = passage.exact(start..end) {
                prop_assert_eq!(said(&text, exact), passage.text().get(start..end));
            }
            let _ = passage.is_swapped(start..end);
            let _ = passage.slice(start..end).span();
            // A character that is cut apart can't be replaced.
            if passage.text().get(start..end).is_none() {
                prop_assert!(Edit::replace(&passage, start..end, "").is_none());
            }
        }
    }

    #[test]
    fn places_do_not_go_backwards(text in text(), levels in levels()) {
        let passage = nested(0, &text, &levels);
        let all = ranges(&passage);
        for pair in all.windows(2) {
            let (one, other) = (passage.locate(pair[0].clone()), passage.locate(pair[1].clone()));
            prop_assert!(one.start <= other.start, "{pair:?}: {one:?} then {other:?}");
        }
        for outer in &all {
            let around = passage.locate(outer.clone());
            // A point is the place before the byte that follows, so the one at the end is not inside.
            for inner in all.iter().filter(|inner| {
                outer.start <= inner.start && inner.end <= outer.end && inner.start < outer.end
            }) {
                let place = passage.locate(inner.clone());
                prop_assert!(around.contains(place), "{outer:?} {around:?} has {inner:?} {place:?}");
            }
        }
    }

    #[test]
    fn a_slice_is_where_its_range_is(text in text(), levels in levels(), from in 0..40usize, len in 0..20usize) {
        let passage = nested(0, &text, &levels);
        let (from, to) = (boundary(passage.text(), from), boundary(passage.text(), from + len));
        let slice = passage.slice(from..to.max(from));
        prop_assert_eq!(slice.text(), &passage.text()[from..to.max(from)]);
        prop_assert_eq!(slice.span(), passage.locate(from..to.max(from)));
        prop_assert_eq!(slice.exact(0..slice.len()), passage.exact(from..to.max(from)));
    }

    #[test]
    fn an_empty_derivation_is_where_it_was_made(text in text(), levels in levels(), at in 0..40usize) {
        let passage = nested(0, &text, &levels);
        let at = boundary(passage.text(), at);
        let mut derivation = passage.derive();
        derivation.keep(at..at);
        prop_assert_eq!(derivation.finish().span(), passage.locate(at..at));
        let mut derivation = passage.derive();
        derivation.swap(at..passage.len(), "");
        prop_assert_eq!(derivation.finish().span().start, passage.locate(at..at).start);
    }

    #[test]
    fn positions_agree_with_a_count(text in text()) {
        let table = LineTable::new(&text);
        for offset in (0..=text.len()).filter(|&at| text.is_char_boundary(at)) {
            prop_assert_eq!(table.position(&text, u32::try_from(offset).unwrap()), counted(&text, offset));
        }
        for line in 0..table.len() {
            prop_assert!(text.get(table.range(line)).is_some());
        }
        prop_assert_eq!(table.range(table.len()), text.len()..text.len());
        let lines: Vec<usize> = (0..table.len()).map(|line| table.range(line).len()).collect();
        prop_assert_eq!(lines.iter().sum::<usize>(), text.len());
    }

    #[test]
    fn a_repository_keeps_offsets(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        let mut repo = Repo::default();
        let id = repo.insert("a", bytes.clone(), false);
        if !repo.is_text(id) {
            prop_assert!(bytes.contains(&0));
            prop_assert!(repo.fault(id).is_some());
            return Ok(());
        }
        let passage = repo.passage(id);
        prop_assert_eq!(passage.len(), bytes.len());
        match std::str::from_utf8(&bytes) {
            Ok(text) => {
                prop_assert_eq!(passage.text(), text);
                prop_assert!(repo.fault(id).is_none());
            }
            Err(error) => {
                let finding = repo.fault(id).unwrap();
                prop_assert_eq!(finding.primary.span.start as usize, error.valid_up_to());
                for (&given, read) in bytes.iter().zip(passage.text().bytes()) {
                    prop_assert!(given == read || read == b'?');
                }
            }
        }
    }
}

/// The position of `offset`, by walking the characters before it.
fn counted(text: &str, offset: usize) -> Position {
    let mut position = Position { line: 1, col: 1, utf8: 1, utf16: 1 };
    for (at, c) in text[..offset].char_indices() {
        let follows = text[at + c.len_utf8()..].chars().next();
        if c == '\n' || (c == '\r' && follows != Some('\n')) {
            position = Position { line: position.line + 1, col: 1, utf8: 1, utf16: 1 };
        } else if at > 0 || c != '\u{feff}' {
            position.col += 1;
            position.utf8 += u32::try_from(c.len_utf8()).unwrap();
            position.utf16 += u32::try_from(c.len_utf16()).unwrap();
        }
    }
    position
}

#[test]
fn edits_that_meet_do_not_overlap_and_edits_that_cross_do() {
    let passage = Passage::file(FileId(0), Arc::from("一二三"));
    let edit = |range, text| Edit::replace(&passage, range, text).unwrap();
    assert_eq!(apply("一二三", &[edit(3..6, "2"), edit(0..3, "1")]).unwrap(), "12三");
    assert_eq!(apply("一二三", &[edit(3..3, "+"), edit(3..6, "2")]).unwrap(), "一+2三");
    assert_eq!(apply("一二三", &[edit(0..6, ""), edit(3..3, "+")]), None);
    assert!(edit(0..6, "").overlaps(&edit(3..3, "+")));
    assert_eq!(Edit::replace(&passage, 1..3, "cut"), None);
}
