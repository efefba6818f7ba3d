//! References to images, wherever they stand: name, tag, digest, and whether the same words may mean
//! another image tomorrow. Knows no registry's contents.

use std::ops::Range;

use crate::facts::{Fact, words};
use crate::text::Passage;

/// Tags that move by their meaning, whatever the image.
const MOVING: &[&str] = &["latest", "edge", "nightly", "main", "master", "rolling"];

/// Tags that name a branch, a channel or an environment: no version of an image of one's own.
const CHANNELS: &[&str] = &[
    "stable",
    "next",
    "dev",
    "devel",
    "develop",
    "development",
    "staging",
    "stage",
    "production",
    "prod",
    "preview",
    "canary",
    "head",
    "trunk",
    "current",
    "lts",
    "release",
    "beta",
    "alpha",
    "snapshot",
    "test",
];

/// The fact for an image reference; `role` is a word of the vocabulary. Variables and placeholders
/// in it make it `dynamic`.
///
/// A base image that follows a line of versions (`22`, `lts`) is not called floating; an image that
/// is deployed is, if its tag names a channel.
#[must_use]
pub fn reference(text: &Passage, role: &'static str) -> Fact {
    let span = text.span();
    let mut fact = Fact::new(words::image::KIND, span).with(words::image::TEXT, text.text(), span).with(
        words::image::ROLE,
        role,
        span,
    );
    let parts = parts(text);
    let part = |range: &Range<usize>| text.slice(range.clone());
    let name = part(&parts.name);
    fact.set(words::image::NAME, name.text(), name.span());
    if let Some(registry) = registry(text.text(), &parts) {
        fact.set(words::image::REGISTRY, registry, name.span());
    }
    if let Some(tag) = parts.tag.as_ref().map(part) {
        fact.set(words::image::TAG, tag.text(), tag.span());
    }
    if let Some(digest) = parts.digest.as_ref().map(part) {
        fact.set(words::image::DIGEST, digest.text(), digest.span());
    }
    // The place of what floats is the tag, or the name that lacks one.
    let place = parts.tag.as_ref().map_or_else(|| name.span(), |tag| part(tag).span());
    let floating = is_floating(text.text(), &parts, role);
    fact.set(words::image::FLOATING, floating, place);
    fact.set(words::image::DYNAMIC, !parts.holes.is_empty(), span);
    fact
}

/// The registry's host, as far as it is written out: Docker Hub where none is.
fn registry<'t>(text: &'t str, parts: &Parts) -> Option<&'t str> {
    let name =
        text.get(parts.name.clone()).filter(|name| !name.is_empty() && !name.starts_with(['.', '/']))?;
    let (first, rest) = name.split_once('/').unwrap_or(("", name));
    let end = parts.name.start + first.len();
    // A variable may hold the registry, with its slash or without.
    let unknown = |to: usize| parts.holes.iter().any(|hole| hole.start <= to);
    if unknown(end) || rest.is_empty() {
        return None;
    }
    let is_host = first.contains(['.', ':']) || first == "localhost";
    Some(if is_host { first } else { "docker.io" })
}

struct Parts {
    name: Range<usize>,
    tag: Option<Range<usize>>,
    digest: Option<Range<usize>>,
    /// What is known at run time only.
    holes: Vec<Range<usize>>,
}

fn is_floating(text: &str, parts: &Parts, role: &str) -> bool {
    let is_template = parts.holes.iter().any(|hole| text[hole.clone()].contains("{{"));
    if parts.digest.is_some() || parts.name.is_empty() || is_template {
        return false;
    }
    let Some(tag) = &parts.tag else {
        // A hole in the last part of the name may hold the tag.
        let last = text[parts.name.clone()].rfind('/').map_or(parts.name.start, |at| parts.name.start + at);
        return !parts.holes.iter().any(|hole| hole.end > last);
    };
    if parts.holes.iter().any(|hole| hole.start < tag.end && tag.start < hole.end) {
        return false;
    }
    let tag = text[tag.clone()].to_ascii_lowercase();
    let own = matches!(role, "deploy" | "build-tag" | "fly-build");
    moves(&tag) || (own && CHANNELS.contains(&tag.as_str()))
}

/// Whether a tag, in lower case, follows what is built last: `latest`, `alpine-latest`, `nightly-slim`,
/// but not `nightly-2026-01-02`, which a number makes certain.
fn moves(tag: &str) -> bool {
    let (channel, variant) = tag.split_once('-').unwrap_or((tag, ""));
    tag.split('-').any(|part| part == "latest")
        || (MOVING.contains(&channel) && !variant.contains(|c: char| c.is_ascii_digit()))
}

/// Splits `[registry[:port]/]name[:tag][@digest]`. What stands in a hole separates nothing.
fn parts(passage: &Passage) -> Parts {
    let text = passage.text();
    let holes = holes(passage);
    let mut hole = holes.iter().peekable();
    let scheme = "docker://";
    let start = if text.starts_with(scheme) { scheme.len() } else { 0 };
    let (mut slash, mut colon, mut at_sign) = (None, None, None);
    for (at, byte) in text.bytes().enumerate().skip(start) {
        while hole.next_if(|hole| hole.end <= at).is_some() {}
        if hole.peek().is_some_and(|hole| hole.contains(&at)) || at_sign.is_some() {
            continue;
        }
        match byte {
            b'/' => slash = Some(at),
            b':' => colon = Some(at),
            b'@' => at_sign = Some(at),
            _ => {}
        }
    }
    let end = at_sign.unwrap_or(text.len());
    let tag = colon.filter(|&colon| slash.is_none_or(|slash| slash < colon));
    Parts {
        name: start..tag.unwrap_or(end),
        tag: tag.map(|colon| colon + 1..end).filter(|tag| !tag.is_empty()),
        digest: at_sign.map(|at| at + 1..text.len()).filter(|digest| !digest.is_empty()),
        holes,
    }
}

/// Variables, command substitutions and placeholders, in order and apart.
fn holes(passage: &Passage) -> Vec<Range<usize>> {
    let text = passage.text();
    let bytes = text.as_bytes();
    let mut found: Vec<Range<usize>> = Vec::new();
    let mut at = 0;
    while at < bytes.len() {
        let end = match bytes[at] {
            b'$' => variable_end(bytes, at),
            b'`' => close(bytes, at + 1, b'`'),
            b'{' if bytes.get(at + 1) == Some(&b'{') => template_end(bytes, at + 2),
            _ if passage.is_swapped(at..char_end(text, at)) => char_end(text, at),
            _ => at,
        };
        if end > at {
            match found.last_mut() {
                Some(last) if last.end == at => last.end = end,
                _ => found.push(at..end),
            }
        }
        at = end.max(at + 1);
    }
    found
}

/// Where the variable or substitution ends whose `$` stands at `at`; `at` if it is none.
fn variable_end(bytes: &[u8], at: usize) -> usize {
    match bytes.get(at + 1) {
        Some(b'{') => nested_close(bytes, at + 2, (b'{', b'}')),
        Some(b'(') => nested_close(bytes, at + 2, (b'(', b')')),
        Some(byte) if byte.is_ascii_alphanumeric() || b"_@*#?".contains(byte) => {
            let name =
                bytes[at + 2..].iter().take_while(|byte| byte.is_ascii_alphanumeric() || **byte == b'_');
            at + 2 + name.count()
        }
        _ => at,
    }
}

fn close(bytes: &[u8], from: usize, byte: u8) -> usize {
    memchr::memchr(byte, bytes.get(from..).unwrap_or_default()).map_or(bytes.len(), |at| from + at + 1)
}

/// Where a template's `{{ … }}` ends.
fn template_end(bytes: &[u8], from: usize) -> usize {
    let rest = bytes.get(from..).unwrap_or_default();
    memchr::memmem::find(rest, b"}}").map_or(bytes.len(), |at| from + at + 2)
}

fn nested_close(bytes: &[u8], from: usize, (open, close): (u8, u8)) -> usize {
    let mut depth = 1usize;
    for (at, &byte) in bytes.iter().enumerate().skip(from) {
        depth = if byte == open { depth + 1 } else { depth - usize::from(byte == close) };
        if depth == 0 {
            return at + 1;
        }
    }
    bytes.len()
}

fn char_end(text: &str, at: usize) -> usize {
    let mut end = at + 1;
    while !text.is_char_boundary(end) {
        end += 1;
    }
    end
}
