//! Where make looks for targets: the Makefile of its directory. Knows when a Makefile may have more
//! targets than are written out.

use std::sync::Arc;

use super::super::calls::{is_adrift, is_in_image, join};
use super::{Answer, Look, Use, Word, is_any_words};
use crate::facts::words::command;

/// The names that make looks for, in its order.
const NAMES: &[&str] = &["GNUmakefile", "makefile", "Makefile"];

/// The targets that a command names.
pub(super) fn uses(look: &Look<'_>) -> Vec<Use> {
    let command = look.command;
    let words = command.list(command::ARGS).iter().filter(|(word, _)| !word.contains('='));
    let words: Vec<&Word> = words.collect();
    let file = makefile(look);
    let made = |name: &Arc<str>, span, answer| Use {
        name: Arc::clone(name),
        span,
        answer,
        arguments: Vec::new(),
        extra: None,
    };
    if words.is_empty() {
        let found =
            file.as_deref().ok().and_then(|path| look.tasks.files.get(path)).and_then(|file| file.default);
        let answer = match (found, file) {
            (Some(found), _) => Answer::Here(found),
            (None, Ok(path)) => Answer::Unknown(format!("the default target of `{path}` is not known")),
            (None, Err(reason)) => Answer::Unknown(reason),
        };
        let program = command.get(command::PROGRAM).map_or(command.span, |slot| slot.span);
        return vec![made(&"".into(), program, answer)];
    }
    words.into_iter().map(|(name, span)| made(name, *span, find(look, &file, name))).collect()
}

/// The Makefile that the command reads, or why it is not known.
fn makefile(look: &Look<'_>) -> Result<String, String> {
    let flag = ["file", "makefile"].into_iter().find_map(|name| look.command.entry(command::FLAGS, name));
    let directory = look.directory();
    if let Some((path, _)) = flag {
        let path = join(directory.unwrap_or_default(), path);
        return if look.tasks.files.contains_key(&path) {
            Ok(path)
        } else {
            Err(format!("the Makefile `{path}` was not found"))
        };
    }
    let Some(directory) = directory else {
        return Err("the directory that make is started in is not known".to_owned());
    };
    let mut paths = NAMES.iter().map(|name| join(directory, name));
    paths.find(|path| look.tasks.files.contains_key(path)).ok_or_else(|| "no Makefile was found".to_owned())
}

fn find(look: &Look<'_>, file: &Result<String, String>, name: &str) -> Answer {
    if is_any_words(name) {
        return Answer::Unknown("the target's name is known at run time only".to_owned());
    }
    let path = match file {
        Ok(path) => path,
        Err(reason) => {
            return match look.anywhere("make", name) {
                Some(found) => Answer::Here(found),
                None => Answer::Unknown(format!("{reason}, so the target `{name}` is not known")),
            };
        }
    };
    let Some(makefile) = look.tasks.files.get(path) else { return Answer::Unknown(String::new()) };
    if let Some(&found) = makefile.tasks.get(name) {
        return Answer::Here(found);
    }
    let mut patterns: Vec<_> = makefile.tasks.iter().filter(|(pattern, _)| fits(pattern, name)).collect();
    patterns.sort_unstable();
    if let Some(&(_, &found)) = patterns.first() {
        return Answer::Here(found);
    }
    if is_adrift(look.command)
        && let Some(found) = look.anywhere("make", name)
    {
        return Answer::Here(found);
    }
    let folder = path.rsplit_once('/').map_or("", |(folder, _)| folder);
    let text = look.repo.get(path).map_or("", |id| &look.repo.file(id).text);
    let reason = match () {
        () if is_in_image(look.command) => "; the image may have another",
        () if is_open(text) => ", as far as it is written out",
        // A file that is there is made already; a name with an ending may have a rule built into make.
        () if look.repo.exists(&join(folder, name)) || look.targets.has_folder(&join(folder, name)) => {
            "; a file of that name is there"
        }
        () if name.contains(['.', '/']) => "; make may know by itself how to make such a file",
        () => return Answer::Missing(path.clone()),
    };
    Answer::Unknown(format!("`{path}` has no target `{name}`{reason}"))
}

/// Whether a target's name is a pattern that `name` fits.
fn fits(pattern: &str, name: &str) -> bool {
    pattern.split_once('%').is_some_and(|(before, after)| {
        name.len() > before.len() + after.len() && name.starts_with(before) && name.ends_with(after)
    })
}

/// Whether a Makefile has targets that are not written out: from other files, from variables, from
/// patterns.
fn is_open(text: &str) -> bool {
    text.lines().any(|line| {
        let words = line.trim_start();
        if line.starts_with('\t') || words.starts_with('#') {
            return false;
        }
        let includes = ["include ", "-include ", "sinclude "].iter().any(|word| words.starts_with(word));
        let made = ["$(eval", "$(foreach", "$(call", "${eval", "$(guile", "load ", ".DEFAULT:"];
        let targets = words
            .split_once(':')
            .filter(|(before, after)| {
                !before.contains('=') && !after.starts_with('=') && !after.starts_with(":=")
            })
            .map(|(before, _)| before);
        includes
            || made.iter().any(|word| words.starts_with(word))
            || targets.is_some_and(|targets| targets.contains(['$', '%']))
    })
}
