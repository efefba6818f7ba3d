//! What a Makefile includes, and where its recipes run. Knows no path that make works out.

use std::sync::Arc;

use globset::GlobBuilder;
use rustc_hash::FxHashSet;

use super::expand::{Expander, is_literal};
use super::targets::words;
use super::variables::Variables;
use crate::repo::Repo;
use crate::syntax::makefile::{self, Form, Makefile};
use crate::text::{FileId, Span};

/// Most files that are looked at because a Makefile includes them.
const MAX_INCLUDED: usize = 32;

/// The folder that the recipes of the file at `path` run in: its own, or – of a file that is made to
/// be included – the nearest one around it with a Makefile.
pub(super) fn folder<'p>(repo: &Repo, path: &'p str) -> &'p str {
    let above = |path: &'p str| path.rsplit_once('/').map_or("", |(folder, _)| folder);
    let own = above(path);
    if !path.ends_with(".mk") {
        return own;
    }
    let mut folder = own;
    loop {
        let has = |name: &str| {
            let path = if folder.is_empty() { name.to_owned() } else { format!("{folder}/{name}") };
            repo.exists(&path)
        };
        if ["Makefile", "makefile", "GNUmakefile"].into_iter().any(has) {
            return folder;
        }
        if folder.is_empty() {
            return own;
        }
        folder = above(folder);
    }
}

/// The paths that a Makefile includes, and what stands in those that the repository has, behind the
/// Makefile itself.
pub(super) fn included(
    repo: &Repo,
    id: FileId,
    folder: &str,
    makefiles: &mut Vec<Makefile>,
) -> Vec<(Arc<str>, Span)> {
    let mut paths: Vec<(Arc<str>, Span)> = Vec::new();
    let mut named: FxHashSet<Arc<str>> = FxHashSet::default();
    let mut seen = FxHashSet::from_iter([id]);
    let mut next = 0;
    while let Some(makefile) = makefiles.get(next) {
        let variables = Variables::of(std::slice::from_ref(makefile), "");
        let mut expander = Expander::new(&variables, "Makefile");
        let mut found = Vec::new();
        for item in &makefile.items {
            let Form::Include(files) = &item.form else { continue };
            for word in words(&expander.passage(files)).into_iter().take(MAX_INCLUDED) {
                let span = files.span();
                found.extend(resolved(repo, folder, word.text()).into_iter().map(|path| (path, span)));
            }
        }
        for (path, span) in found {
            if let Some(other) = repo.get(&path).filter(|other| repo.is_text(*other))
                && makefiles.len() <= MAX_INCLUDED
                && seen.insert(other)
            {
                makefiles.push(makefile::parse(&repo.passage(other)));
            }
            if named.insert(Arc::clone(&path)) {
                paths.push((path, span));
            }
        }
        next += 1;
    }
    paths
}

/// The paths from the root that a word of `include` names: those that exist, where it is a pattern.
fn resolved(repo: &Repo, folder: &str, word: &str) -> Vec<Arc<str>> {
    if !is_literal(word) || word.starts_with(['/', '~']) {
        return Vec::new();
    }
    let mut parts: Vec<&str> = folder.split('/').filter(|part| !part.is_empty()).collect();
    for part in word.split('/') {
        match part {
            "" | "." => {}
            ".." => {
                if parts.pop().is_none() {
                    return Vec::new();
                }
            }
            part => parts.push(part),
        }
    }
    let path = parts.join("/");
    if !path.contains(['*', '?', '[']) {
        return vec![path.into()];
    }
    let Ok(glob) = GlobBuilder::new(&path).literal_separator(true).build() else { return Vec::new() };
    let glob = glob.compile_matcher();
    repo.paths().filter(|path| glob.is_match(path)).take(MAX_INCLUDED).map(Arc::from).collect()
}
