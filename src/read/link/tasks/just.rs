//! Where just looks for recipes: justfiles upwards, what they import, their modules; and how it
//! shares a command line's words out among recipes.

use std::sync::Arc;

use super::super::calls::{folder_of, is_adrift, is_in_image, join};
use super::{Answer, Look, TaskFile, Use, Word, is_any_words};
use crate::facts::FactId;
use crate::facts::words::{command, task};
use crate::read::command::is_override;
use crate::read::just::is_justfile;

/// What a path begins with that the reader knows to be at the root.
const ROOT: &str = "${__expr_root__}";
/// Files of one namespace that are looked through.
const MOST_FILES: usize = 256;
/// Recipes of one command line.
const MOST_USES: usize = 64;

/// The recipes that a command names.
pub(super) fn uses(look: &Look<'_>) -> Vec<Use> {
    let command = look.command;
    let mut words: &[Word] = command.list(command::ARGS);
    // `--set NAME VALUE` has a second value.
    let set = |flag: &&(Arc<str>, Arc<str>, _)| &*flag.0 == "set" && !flag.1.contains('=');
    words = words.get(command.map(command::FLAGS).iter().filter(set).count()..).unwrap_or_default();
    while let Some((first, rest)) = words.split_first()
        && is_override(&first.0)
    {
        words = rest;
    }
    let mut words = words.to_vec();
    let place = place(look, &mut words);
    let program = command.get(command::PROGRAM).map_or(command.span, |slot| slot.span);
    if words.is_empty() {
        let answer = match &place {
            Place::Files(files) => default(look, files),
            Place::Unknown(reason) => Answer::Unknown(reason.clone()),
        };
        return vec![Use { name: "".into(), span: program, answer, arguments: Vec::new(), extra: None }];
    }
    let dependent = dependent(look).is_some();
    let mut uses: Vec<Use> = Vec::new();
    let mut rest = &words[..];
    while let Some((word, span)) = rest.first()
        && uses.len() < MOST_USES
    {
        if is_any_words(word) {
            let answer = Answer::Unknown("the recipe's name is known at run time only".to_owned());
            // Behind a recipe it may be nothing at all.
            if uses.is_empty() {
                uses.push(Use {
                    name: Arc::clone(word),
                    span: *span,
                    answer,
                    arguments: Vec::new(),
                    extra: None,
                });
            }
            break;
        }
        let (answer, named) = find(look, &place, rest);
        let whole = |words: &[Word]| words.iter().map(|(word, _)| &**word).collect::<Vec<_>>().join("::");
        let (mut name, mut span) = (Arc::<str>::from(whole(&rest[..named])), *span);
        if let Answer::Missing(_) = answer {
            let (word, place) = rest.get(named.saturating_sub(1)).unwrap_or(&rest[0]);
            name = word.rsplit("::").next().unwrap_or(word).into();
            span = *place;
            if let Some(last) = uses.last_mut().filter(|last| !last.arguments.is_empty()) {
                let counted = !last.arguments.iter().any(|(word, _)| is_any_words(word));
                last.extra = counted.then(|| (Arc::clone(word), span));
                break;
            }
        }
        rest = &rest[named..];
        let most = match answer {
            Answer::Here(found) => {
                look.facts.get(found).int(task::MOST).and_then(|most| usize::try_from(most).ok())
            }
            _ => None,
        };
        if dependent {
            // All words are the one recipe's.
            let counted = !rest.iter().any(|(word, _)| is_any_words(word));
            let extra = most.and_then(|most| rest.get(most)).filter(|_| counted).cloned();
            return vec![Use { name, span, answer, arguments: rest.to_vec(), extra }];
        }
        let (own, behind) = rest.split_at(most.unwrap_or(rest.len()).min(rest.len()));
        let last = !matches!(answer, Answer::Here(_));
        uses.push(Use { name, span, answer, arguments: own.to_vec(), extra: None });
        if last {
            break;
        }
        rest = behind;
    }
    uses
}

/// Where recipes are looked for.
enum Place {
    /// In these files, one after the other.
    Files(Vec<String>),
    Unknown(String),
}

/// The files in which the command's recipes are looked for. A path before the recipe's name is taken
/// off.
fn place(look: &Look<'_>, words: &mut Vec<Word>) -> Place {
    let command = look.command;
    if let Some(own) = dependent(look) {
        return Place::Files(own);
    }
    if let Some((path, _)) = command.entry(command::FLAGS, "justfile") {
        let directory = command.text(command::DIRECTORY).unwrap_or_default();
        let candidates = match path.strip_prefix(ROOT) {
            Some(path) => [join("", path), String::new()],
            None => [join(directory, path), join("", path)],
        };
        return match candidates.into_iter().find(|path| look.tasks.files.contains_key(path)) {
            Some(path) => Place::Files(vec![path]),
            None => Place::Unknown(format!("the justfile `{path}` was not found")),
        };
    }
    let Some(directory) = look.directory() else {
        return Place::Unknown("the directory that just is started in is not known".to_owned());
    };
    let mut directory = directory.to_owned();
    if let Some((first, span)) = words.first().cloned()
        && let Some((path, name)) = first.rsplit_once('/')
        && !is_any_words(&first)
    {
        directory = join(&directory, path);
        words.remove(0);
        if !name.is_empty() {
            words.insert(0, (name.into(), span));
        }
    }
    let mut files = Vec::new();
    let mut folder = directory.as_str();
    loop {
        if let Some(path) = look.tasks.justfiles.get(folder) {
            files.push(path.clone());
            if !look.tasks.files.get(path).is_some_and(|file| file.fallback) {
                break;
            }
        }
        if folder.is_empty() {
            break;
        }
        folder = folder_of(folder);
    }
    if files.is_empty() {
        return Place::Unknown("no justfile was found".to_owned());
    }
    Place::Files(files)
}

/// For a recipe that another one needs: the files that it is looked for in. Nobody wrote `just`
/// there: the recipe's name stands for it.
fn dependent(look: &Look<'_>) -> Option<Vec<String>> {
    let command = look.command;
    let program = command.get(command::PROGRAM)?.span;
    let target = command.get(command::TARGET)?.span;
    if command.text(command::HOST) != Some("recipe") || program != target {
        return None;
    }
    let own = look.repo.path(command.span.file).to_owned();
    let file = look.tasks.files.get(&own)?;
    let importer = file.importer.as_deref().map(str::to_owned);
    Some([Some(own), importer].into_iter().flatten().collect())
}

/// The recipe that the first words name, and the number of these words.
fn find(look: &Look<'_>, place: &Place, words: &[Word]) -> (Answer, usize) {
    let Some((first, _)) = words.first() else { return (Answer::Unknown(String::new()), 0) };
    let files = match place {
        Place::Files(files) => files,
        Place::Unknown(reason) => {
            return match look.anywhere("just", first) {
                Some(found) => (Answer::Here(found), 1),
                None => (Answer::Unknown(format!("{reason}, so the recipe `{first}` is not known")), 1),
            };
        }
    };
    let mut missing = None;
    for file in files {
        match in_namespace(look, file, words) {
            (Answer::Missing(path), used) => {
                missing.get_or_insert((path, used));
            }
            found => return found,
        }
    }
    let (path, used) = missing.unwrap_or_default();
    let dependent = dependent(look).is_some();
    // In an image the directory may be another one, and a script file runs wherever its caller is.
    if is_adrift(look.command) && !dependent {
        if let Some(found) = look.anywhere("just", first) {
            return (Answer::Here(found), 1);
        }
        if is_in_image(look.command) {
            let reason = format!("`{path}` has no recipe `{first}`; the image may have another");
            return (Answer::Unknown(reason), used);
        }
    }
    // A file that no justfile of the repository imports may be imported elsewhere.
    let orphan = dependent
        && files.first().is_some_and(|own| {
            let imported = look.tasks.files.get(own).is_some_and(|file| file.importer.is_some());
            !imported && !is_justfile(own.rsplit('/').next().unwrap_or_default())
        });
    if orphan {
        let reason = format!("`{path}` has no recipe `{first}`, and nothing shows what imports this file");
        return (Answer::Unknown(reason), used);
    }
    (Answer::Missing(path), used)
}

/// [`find`] in one justfile with what it imports and its modules.
fn in_namespace(look: &Look<'_>, file: &str, words: &[Word]) -> (Answer, usize) {
    let mut namespace = file.to_owned();
    let mut used = 0;
    while let Some((word, _)) = words.get(used) {
        used += 1;
        let mut segments = word.split("::").peekable();
        while let Some(segment) = segments.next() {
            let within = Namespace::of(look, &namespace);
            let last = segments.peek().is_none();
            if last && let Some(found) = within.recipe(segment) {
                return (Answer::Here(found), used);
            }
            match within.module(segment) {
                Some(path) if look.tasks.files.contains_key(path) => path.clone_into(&mut namespace),
                Some(path) => {
                    return (
                        Answer::Unknown(format!("the module `{segment}`, in `{path}`, was not read")),
                        used,
                    );
                }
                None => return (within.lacking(segment), used),
            }
        }
    }
    // Words that name a module alone ask for its default recipe.
    (default(look, &[namespace]), used)
}

fn default(look: &Look<'_>, files: &[String]) -> Answer {
    let found = files
        .iter()
        .find_map(|file| Namespace::of(look, file).files.iter().find_map(|(_, file)| file.default));
    let file = files.first().map_or("", String::as_str);
    found.map_or_else(|| Answer::Unknown(format!("`{file}` has no recipe")), Answer::Here)
}

/// A justfile and what it imports.
struct Namespace<'a> {
    files: Vec<(&'a str, &'a TaskFile)>,
    /// An imported file that was not read.
    unread: Option<&'a str>,
}

impl<'a> Namespace<'a> {
    fn of(look: &'a Look<'_>, file: &str) -> Self {
        let mut namespace = Self { files: Vec::new(), unread: None };
        let Some((path, first)) = look.tasks.files.get_key_value(file) else { return namespace };
        namespace.files.push((path, first));
        let mut at = 0;
        while at < namespace.files.len() && at < MOST_FILES {
            for path in &namespace.files[at].1.imports {
                match look.tasks.files.get_key_value(&**path) {
                    Some((path, file)) => {
                        if !namespace.files.iter().any(|(known, _)| known == path) {
                            namespace.files.push((path, file));
                        }
                    }
                    None => namespace.unread = Some(path),
                }
            }
            at += 1;
        }
        namespace
    }

    fn recipe(&self, name: &str) -> Option<FactId> {
        self.files.iter().find_map(|(_, file)| file.tasks.get(name).copied())
    }

    fn module(&self, name: &str) -> Option<&'a str> {
        self.files.iter().find_map(|(_, file)| file.modules.get(name).map(AsRef::as_ref))
    }

    fn lacking(&self, name: &str) -> Answer {
        let path = self.files.first().map_or("", |(path, _)| path);
        match self.unread {
            Some(unread) => Answer::Unknown(format!(
                "`{path}` has no recipe `{name}`, and `{unread}`, which it imports, was not read"
            )),
            None => Answer::Missing(path.to_owned()),
        }
    }
}
