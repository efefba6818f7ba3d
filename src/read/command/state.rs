//! What a shell knows while it runs: its options, its directory and the variables that hold
//! directories. Follows what is written out and forgets what is not.

use std::sync::Arc;

use rustc_hash::{FxHashMap, FxHashSet};

use super::place;
use crate::text::Span;

/// The state of one shell process.
#[derive(Clone, Debug, Default)]
pub(super) struct State {
    pub errexit: bool,
    pub pipefail: bool,
    /// The `set +e` that is in force.
    pub tolerant: Option<(Arc<str>, Span)>,
    directory: Option<Arc<str>>,
    stack: Vec<Option<Arc<str>>>,
    /// Directories and paths, from the root, that variables hold.
    variables: Arc<FxHashMap<String, String>>,
    /// The path of the script itself, where it is a file.
    own: Option<Arc<str>>,
    /// What variables hold that the scripts around set once.
    constants: Arc<FxHashMap<String, String>>,
    /// The words of arrays that the scripts around set once.
    lists: Arc<FxHashMap<String, Vec<String>>>,
    /// Those of them that run their arguments as a command: `"$@"`.
    wrappers: Arc<FxHashSet<String>>,
    /// Names of the functions that the scripts around define.
    functions: Arc<FxHashSet<String>>,
    /// Whether another file of the repository was read into this shell.
    sources: bool,
}

impl State {
    pub fn new(directory: Option<&str>, errexit: bool, pipefail: bool, own: Option<&str>) -> Self {
        Self {
            errexit,
            pipefail,
            directory: directory
                .map(|directory| place::join("", directory).map_or_else(|| Arc::from(directory), Arc::from)),
            own: own.map(Arc::from),
            ..Self::default()
        }
    }

    /// The state of a new shell that this one starts.
    pub fn fresh(&self, errexit: bool, pipefail: bool) -> Self {
        Self { errexit, pipefail, tolerant: None, sources: false, ..self.clone() }
    }

    /// The same shell in another machine or container, where no directory is known.
    pub fn elsewhere() -> Self {
        Self::default()
    }

    pub fn directory(&self) -> Option<&str> {
        self.directory.as_deref()
    }

    /// [`State::directory`], shared.
    pub fn shared_directory(&self) -> Option<Arc<str>> {
        self.directory.clone()
    }

    /// Notes the functions of a script.
    pub fn define<'n>(&mut self, names: impl Iterator<Item = &'n str>) {
        let mut names = names.peekable();
        if names.peek().is_some() {
            Arc::make_mut(&mut self.functions).extend(names.map(ToOwned::to_owned));
        }
    }

    /// Notes the arrays of a script.
    pub fn hold_lists(&mut self, lists: &FxHashMap<&str, Vec<&str>>) {
        if !lists.is_empty() {
            let owned = |words: &Vec<&str>| words.iter().map(|word| (*word).to_owned()).collect();
            let pairs = lists.iter().map(|(name, words)| ((*name).to_owned(), owned(words)));
            Arc::make_mut(&mut self.lists).extend(pairs);
        }
    }

    /// The words that `"${args[@]}"` expands to.
    pub fn list(&self, word: &str) -> Option<&[String]> {
        let name = word.strip_prefix("${").filter(|_| !self.lists.is_empty())?.strip_suffix("[@]}")?;
        self.lists.get(name).map(Vec::as_slice)
    }

    /// Notes the functions that run their arguments.
    pub fn define_wrappers<'n>(&mut self, names: impl Iterator<Item = &'n str>) {
        let mut names = names.peekable();
        if names.peek().is_some() {
            Arc::make_mut(&mut self.wrappers).extend(names.map(ToOwned::to_owned));
        }
    }

    pub fn runs_arguments(&self, function: &str) -> bool {
        self.wrappers.contains(function)
    }

    /// Notes the constants of a script.
    pub fn hold(&mut self, constants: &FxHashMap<&str, &str>) {
        if !constants.is_empty() {
            let pairs = constants.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
            Arc::make_mut(&mut self.constants).extend(pairs);
        }
    }

    /// The constant that the word expands to as a whole: `$NAME` or `${NAME}`.
    pub fn constant(&self, word: &str) -> Option<&str> {
        let name = word.strip_prefix('$').filter(|_| !self.constants.is_empty())?;
        let name = name.strip_prefix('{').and_then(|name| name.strip_suffix('}')).unwrap_or(name);
        self.constants.get(name).map(String::as_str)
    }

    pub fn is_function(&self, name: &str) -> bool {
        self.functions.contains(name)
    }

    /// Notes that the shell read another file.
    pub fn source(&mut self) {
        self.sources = true;
    }

    pub fn sources(&self) -> bool {
        self.sources
    }

    /// Forgets the directory if branches left it different.
    pub fn join(&mut self, others: &[Self]) {
        self.sources |= others.iter().any(|other| other.sources);
        if others.iter().any(|other| other.directory != self.directory) {
            self.directory = None;
        }
    }

    /// The path from the root that the words name, where they are written out or expand to a known
    /// directory.
    pub fn path(&self, path: &str, dynamic: bool) -> Option<String> {
        if dynamic {
            let expanded = self.expand(path)?;
            return place::join("", &expanded);
        }
        if path.starts_with('/') {
            return Some(path.to_owned());
        }
        place::join(self.directory()?, path)
    }

    /// The path from the root that text with one leading expansion stands for.
    pub fn expand(&self, text: &str) -> Option<String> {
        if let Some(own) = &self.own
            && let Some(directory) = place::script_directory(text, own)
        {
            return Some(directory);
        }
        if place::is_root(text) {
            return Some(String::new());
        }
        let body = text.strip_prefix('$')?;
        let (name, rest) = match body.strip_prefix('{') {
            Some(body) => body.split_once('}')?,
            None => body
                .split_at(body.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(body.len())),
        };
        let root = || place::is_root(name).then(String::new);
        let base = self.variables.get(name).cloned().or_else(root)?;
        match rest.strip_prefix('/') {
            Some(rest) => place::join(&base, rest),
            None => rest.is_empty().then_some(base),
        }
    }

    /// Notes an assignment.
    pub fn assign(&mut self, name: &str, value: &str) {
        match self.expand(value) {
            Some(path) if value.contains('$') || value.contains('`') => {
                Arc::make_mut(&mut self.variables).insert(name.to_owned(), path);
            }
            _ if self.variables.contains_key(name) => {
                Arc::make_mut(&mut self.variables).remove(name);
            }
            _ => {}
        }
    }

    pub fn cd(&mut self, path: Option<&str>, dynamic: bool) {
        self.directory = match path {
            Some(path) if path.starts_with('/') || path == "-" => None,
            Some(path) => self.path(path, dynamic).map(Arc::from),
            None => None,
        };
    }

    pub fn pushd(&mut self, path: Option<&str>, dynamic: bool) {
        self.stack.push(self.directory.clone());
        self.cd(path, dynamic);
    }

    pub fn popd(&mut self) {
        self.directory = self.stack.pop().flatten();
    }

    /// Follows `set`: `words` are its arguments, `line` the whole of it and its place.
    pub fn set(&mut self, words: &[&str], line: &(Arc<str>, Span)) {
        let mut words = words.iter();
        while let Some(word) = words.next() {
            let (on, letters) = match (word.strip_prefix('-'), word.strip_prefix('+')) {
                (Some(letters), _) if !letters.starts_with('-') => (true, letters),
                (_, Some(letters)) => (false, letters),
                _ => return,
            };
            if letters.contains('e') {
                self.set_errexit(on, line);
            }
            if letters.ends_with('o') {
                match words.next() {
                    Some(&"errexit") => self.set_errexit(on, line),
                    Some(&"pipefail") => self.pipefail = on,
                    _ => {}
                }
            }
        }
    }

    fn set_errexit(&mut self, on: bool, line: &(Arc<str>, Span)) {
        self.errexit = on;
        self.tolerant = (!on).then(|| line.clone());
    }
}
