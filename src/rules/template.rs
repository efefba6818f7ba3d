//! Messages with holes for fields.

use super::condition::FieldPath;
use crate::facts::{Fact, Kind};

/// A message in one or several wordings: the first whose holes are all filled is said, else the last.
#[derive(Clone, Debug)]
pub struct Message {
    pub wordings: Vec<Template>,
}

impl Message {
    /// Whether a wording has all the fields that it speaks of.
    #[must_use]
    pub fn can_say(&self, scene: &Scene<'_>) -> bool {
        self.wordings.iter().any(|wording| wording.is_filled(scene))
    }

    /// The number of the wording that is said about a scene.
    #[must_use]
    pub fn choose(&self, scene: &Scene<'_>) -> usize {
        let filled = self.wordings.iter().position(|wording| wording.is_filled(scene));
        filled.unwrap_or(self.wordings.len().saturating_sub(1))
    }

    /// The message about a scene: the wording of the number `lead` where that comes from a message
    /// with as many wordings (`of`), so that a label and a help say the same as the message.
    #[must_use]
    pub fn print(&self, scene: &Scene<'_>, lead: Option<(usize, usize)>) -> String {
        let chosen = match lead {
            Some((lead, of)) if of == self.wordings.len() => lead,
            _ => self.choose(scene),
        };
        self.wordings.get(chosen).map(|wording| wording.print(scene)).unwrap_or_default()
    }
}

impl Message {
    /// The first wording whose holes are all filled as lines: one that speaks of a list is there once for
    /// each of its items.
    #[must_use]
    pub fn print_lines(&self, scene: &Scene<'_>) -> String {
        self.wordings.get(self.choose(scene)).map(|wording| wording.print_lines(scene)).unwrap_or_default()
    }
}

/// A wording with holes.
#[derive(Clone, Debug)]
pub struct Template {
    parts: Vec<Part>,
}

#[derive(Clone, Debug)]
enum Part {
    Words(String),
    Subject(FieldPath),
    Other(FieldPath),
    Parameter(String),
    File,
    OtherFile,
}

/// What a template may speak of.
pub struct Scene<'a> {
    pub subject: &'a Fact,
    pub file: &'a str,
    /// The other fact and the path of its file.
    pub other: Option<(&'a Fact, &'a str)>,
    pub parameter: &'a dyn Fn(&str) -> String,
}

/// The names that a template may use.
pub struct Names<'a> {
    pub subject: Kind,
    pub other: Option<Kind>,
    /// Resolves a field path of a kind, or says what is wrong with it.
    pub path: &'a dyn Fn(Kind, &str) -> Result<FieldPath, String>,
    pub parameter: &'a dyn Fn(&str) -> bool,
}

impl Template {
    /// Reads a template.
    ///
    /// # Errors
    /// What is wrong with it, in words for its writer.
    pub fn parse(text: &str, names: &Names<'_>) -> Result<Self, String> {
        let mut parts = Vec::new();
        let mut words = String::new();
        let mut rest = text;
        while let Some(at) = rest.find(['{', '}']) {
            words.push_str(&rest[..at]);
            let tail = &rest[at..];
            if let Some(after) = tail.strip_prefix("{{") {
                words.push('{');
                rest = after;
            } else if let Some(after) = tail.strip_prefix("}}") {
                words.push('}');
                rest = after;
            } else if let Some(inner) = tail.strip_prefix('{') {
                let end = inner.find('}').ok_or("a `{` has no `}`; write `{{` for a brace")?;
                if !words.is_empty() {
                    parts.push(Part::Words(std::mem::take(&mut words)));
                }
                parts.push(hole(inner[..end].trim(), names)?);
                rest = &inner[end + 1..];
            } else {
                return Err("a `}` has no `{`; write `}}` for a brace".to_owned());
            }
        }
        words.push_str(rest);
        if !words.is_empty() {
            parts.push(Part::Words(words));
        }
        Ok(Self { parts })
    }

    /// Its lines about a scene; one that speaks of a list is there once for each of its items.
    fn print_lines(&self, scene: &Scene<'_>) -> String {
        let mut lines: Vec<Vec<Part>> = vec![Vec::new()];
        for part in &self.parts {
            let Part::Words(words) = part else {
                lines.last_mut().into_iter().for_each(|line| line.push(part.clone()));
                continue;
            };
            for (index, words) in words.split('\n').enumerate() {
                if index > 0 {
                    lines.push(Vec::new());
                }
                lines.last_mut().into_iter().for_each(|line| line.push(Part::Words(words.to_owned())));
            }
        }
        let mut printed: Vec<String> = Vec::new();
        for line in lines {
            let list = line.iter().position(|part| part.items(scene).is_some());
            let items = list.and_then(|at| Some((at, line.get(at)?.items(scene)?)));
            let Some((at, items)) = items else {
                printed.push(Self { parts: line }.print(scene));
                continue;
            };
            for item in items {
                let mut parts = line.clone();
                parts[at] = Part::Words(item);
                printed.push(Self { parts }.print(scene));
            }
        }
        printed.join("\n")
    }

    /// Whether every field that it speaks of is set.
    fn is_filled(&self, scene: &Scene<'_>) -> bool {
        self.parts.iter().all(|part| match part {
            Part::Subject(path) => path.find(scene.subject).is_some(),
            Part::Other(path) => scene.other.is_some_and(|(fact, _)| path.find(fact).is_some()),
            _ => true,
        })
    }

    /// The wording about a scene.
    #[must_use]
    pub fn print(&self, scene: &Scene<'_>) -> String {
        let value =
            |path: &FieldPath, fact: &Fact| path.find(fact).map(|found| found.print()).unwrap_or_default();
        let mut text = String::new();
        for part in &self.parts {
            match part {
                Part::Words(words) => text.push_str(words),
                Part::Subject(path) => text.push_str(&value(path, scene.subject)),
                Part::Other(path) => {
                    text.push_str(&scene.other.map(|(fact, _)| value(path, fact)).unwrap_or_default());
                }
                Part::Parameter(name) => text.push_str(&(scene.parameter)(name)),
                Part::File => text.push_str(scene.file),
                Part::OtherFile => text.push_str(scene.other.map_or("", |(_, file)| file)),
            }
        }
        text
    }
}

impl Part {
    /// The items of the list that stands there.
    fn items(&self, scene: &Scene<'_>) -> Option<Vec<String>> {
        let found = match self {
            Self::Subject(path) => path.find(scene.subject),
            Self::Other(path) => scene.other.and_then(|(fact, _)| path.find(fact)),
            _ => None,
        };
        found?.list()
    }
}

fn hole(name: &str, names: &Names<'_>) -> Result<Part, String> {
    if let Some(parameter) = name.strip_prefix('$') {
        if (names.parameter)(parameter) {
            return Ok(Part::Parameter(parameter.to_owned()));
        }
        return Err(format!("`${parameter}` is no parameter of this rule"));
    }
    if let Some(path) = name.strip_prefix("other.") {
        let other = names.other.ok_or("there is no other fact here that `{other.…}` could speak of")?;
        if path == "file" && other.field("file").is_none() {
            return Ok(Part::OtherFile);
        }
        return Ok(Part::Other((names.path)(other, path)?));
    }
    if name == "file" && names.subject.field("file").is_none() {
        return Ok(Part::File);
    }
    Ok(Part::Subject((names.path)(names.subject, name)?))
}
