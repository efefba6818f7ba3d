//! Dockerfiles: stages, instructions, the images that they name, the variables that they set and the
//! commands that they run. Knows no registry, and no file that is copied.

use std::cell::RefCell;
use std::sync::Arc;

use self::scope::Scope;
use self::shell::Shell;
use super::{Reader, Settings, secret};
use crate::facts::{Fact, FactRef, Reading, Value, words};
use crate::repo::Repo;
use crate::syntax::dockerfile::{self, Dockerfile, Form, Instruction};
use crate::text::{FileId, Passage, Span, one_line};

pub mod contents;
mod reference;
mod scope;
mod shell;
mod stage;
mod start;

pub use reference::reference;

/// Reads a Dockerfile.
#[must_use]
pub fn read(repo: &Repo, id: FileId, settings: &Settings) -> Reading {
    of_passage(&repo.passage(id), repo.path(id), settings)
}

/// Reads the text of a Dockerfile, which may be a part of another file; `path` is empty then.
#[must_use]
pub fn of_passage(passage: &Passage, path: &str, settings: &Settings) -> Reading {
    let parsed = dockerfile::parse(passage);
    let mut out = Reading::default();
    out.findings.extend(parsed.faults.iter().map(|fault| fault.finding(passage)));
    let start = passage.locate(0..0);
    let file = out.add(Fact::new(words::file::KIND, start).with(words::file::PATH, path, start).with(
        words::file::READER,
        Reader::Dockerfile.name(),
        start,
    ));
    let mut image = Image {
        out,
        parsed: &parsed,
        settings,
        file,
        stages: Vec::new(),
        by_name: rustc_hash::FxHashMap::default(),
        names: stage::names(&parsed),
        scope: Scope::default(),
        secrets: rustc_hash::FxHashSet::default(),
    };
    let first = parsed.instructions.iter().position(|it| it.keyword == "FROM");
    let first = first.unwrap_or(parsed.instructions.len());
    for instruction in &parsed.instructions[..first] {
        image.instruction(instruction, file);
    }
    for stage in parsed.instructions[first..].chunk_by(|_, next| next.keyword != "FROM") {
        image.stage(stage);
    }
    if let Some(last) = image.stages.last() {
        let place = last.place;
        let fact = last.fact;
        image.out.fact_mut(fact).set(words::stage::FINAL, true, place);
    }
    image.out
}

/// A file on its way from instructions to facts.
struct Image<'a> {
    out: Reading,
    parsed: &'a Dockerfile,
    settings: &'a Settings,
    file: FactRef,
    /// The stages so far; the last one is being read.
    stages: Vec<Stage>,
    /// The latest stage of each name, in lower case.
    by_name: rustc_hash::FxHashMap<String, usize>,
    /// The names of all stages, in lower case.
    names: rustc_hash::FxHashSet<String>,
    scope: Scope,
    /// Names of the variables so far that look like secrets.
    secrets: rustc_hash::FxHashSet<String>,
}

/// What later stages and the end of the file need to know of a stage.
struct Stage {
    fact: FactRef,
    /// The place of its `FROM`.
    place: Span,
    shell: Shell,
    user: Option<(Arc<str>, Span)>,
}

impl Image<'_> {
    /// Reads one stage: a `FROM` and the instructions up to the next one.
    fn stage(&mut self, instructions: &[Instruction]) {
        let Some((from, rest)) = instructions.split_first() else { return };
        self.scope.begin_stage();
        let parent = self.begin_stage(from);
        let fact = instruction_fact(from);
        self.out.add(fact.inside(Some(parent)));
        let mut facts = Vec::with_capacity(rest.len());
        for instruction in rest {
            facts.push(self.instruction(instruction, parent));
        }
        self.start(rest, &facts);
        if let Some(Stage { user: Some((user, place)), .. }) = self.stages.last() {
            let (user, place) = (Arc::clone(user), *place);
            self.out.fact_mut(parent).set(words::stage::USER, user, place);
        }
    }

    /// Reads one instruction that is no `FROM`; what a container starts with is read at the end of
    /// its stage.
    fn instruction(&mut self, instruction: &Instruction, parent: FactRef) -> FactRef {
        let id = self.out.add(instruction_fact(instruction).inside(Some(parent)));
        self.effects(instruction, id);
        if let ("ONBUILD", Some(inner)) = (instruction.keyword, &instruction.inner) {
            // It happens in a build that starts from this image; the commands are the same.
            self.effects(inner, id);
        }
        id
    }

    fn effects(&mut self, instruction: &Instruction, id: FactRef) {
        match instruction.keyword {
            "RUN" => {
                self.mounts(instruction, id);
                let site = self.site("docker-run", "build", id);
                let shell = self.shell();
                shell::commands(&mut self.out, instruction, &shell, &site);
            }
            "COPY" => self.copy(instruction, id),
            "ENV" => self.variables(instruction, id, "docker-env"),
            "ARG" => self.variables(instruction, id, "docker-arg"),
            "SHELL" => {
                if let (Some(stage), Form::Exec(words)) = (self.stages.last_mut(), &instruction.form) {
                    stage.shell = Shell::named(words);
                }
            }
            "USER" => {
                let user = self.scope.expand(&instruction.rest, self.parsed.escape);
                if let Some(stage) = self.stages.last_mut() {
                    stage.user = Some((Arc::from(user.text.text()), instruction.rest.span()));
                }
            }
            _ => {}
        }
    }

    /// Facts for the variables of `ENV` and `ARG`.
    fn variables(&mut self, instruction: &Instruction, parent: FactRef, scope: &'static str) {
        let escape = self.parsed.escape;
        let is_env = scope == "docker-env";
        // The values of an `ENV` see what was there before the instruction.
        let mut later = Vec::new();
        for pair in dockerfile::pairs(&instruction.rest, escape, is_env) {
            let name = dockerfile::expand(&pair.name, escape, &|_| None).text;
            if name.is_empty() || (is_env && pair.value.is_none()) {
                continue;
            }
            let mut fact = Fact::new(words::variable::KIND, pair.whole.span()).inside(Some(parent));
            fact.set(words::variable::NAME, name.text(), name.span());
            fact.set(words::variable::SCOPE, scope, instruction.name.span());
            let names = RefCell::new(Vec::new());
            let written = pair.value.as_ref().map(|value| {
                dockerfile::expand(value, escape, &|name| {
                    names.borrow_mut().push(name.to_owned());
                    None
                })
            });
            let literal = written.as_ref().filter(|value| !value.variables).map(|value| value.text.text());
            let place = match (&written, &pair.value) {
                (Some(written), _) if !written.text.is_empty() => written.text.span(),
                (_, Some(value)) => value.span(),
                _ => pair.whole.span(),
            };
            let known = pair.value.as_ref().map(|value| self.scope.expand(value, escape));
            let known = known.filter(|value| value.known).map(|value| value.text);
            if let Some(value) = known.as_ref().or(written.as_ref().map(|written| &written.text)) {
                fact.set(words::variable::VALUE, value.text(), place);
            }
            fact.set(words::variable::LITERAL, literal.is_some(), place);
            let secret = self.secret(name.text(), literal, (scope, &names.into_inner()));
            fact.set(words::variable::SECRET, secret, if secret == "name" { name.span() } else { place });
            self.out.add(fact);
            match scope {
                "docker-arg" if self.stages.is_empty() => self.scope.global(name.text(), known),
                "docker-arg" => self.scope.argument(name.text(), known),
                _ => later.push((name, known)),
            }
        }
        for (name, value) in later {
            self.scope.set(name.text(), value);
        }
    }

    /// How a variable gives itself away as a secret. An `ENV` that only hands on an `ARG` which does so
    /// is no second one.
    fn secret(
        &mut self,
        name: &str,
        literal: Option<&str>,
        (scope, names): (&'static str, &[String]),
    ) -> &'static str {
        // `ARG TOKEN=` is filled in when the image is built, as `ARG TOKEN` is.
        let literal = literal.filter(|value| scope == "docker-env" || !value.trim().is_empty());
        let secret = secret::classify(name, literal);
        if scope == "docker-env" && secret == "name" && names.iter().any(|name| self.secrets.contains(name)) {
            return "no";
        }
        if secret != "no" {
            self.secrets.insert(name.to_owned());
        }
        secret
    }

    fn shell(&self) -> Shell {
        self.stages.last().map(|stage| stage.shell.clone()).unwrap_or_default()
    }
}

fn instruction_fact(instruction: &Instruction) -> Fact {
    let whole = instruction.whole.span();
    let words_after = instruction.whole.slice(instruction.name.len()..instruction.whole.len());
    let text = one_line(words_after.text());
    let place = if instruction.rest.is_empty() { whole } else { instruction.rest.span() };
    let mut fact = Fact::new(words::instruction::KIND, whole)
        .with(words::instruction::KEYWORD, instruction.keyword, instruction.name.span())
        .with(words::instruction::TEXT, text, place);
    let command = instruction.inner.as_deref().unwrap_or(instruction);
    let form = match command.form {
        Form::Exec(_) => "exec",
        Form::Shell(_) | Form::Script(_) => "shell",
        Form::Other => "other",
    };
    fact.set(words::instruction::FORM, form, place);
    if !instruction.flags.is_empty() {
        let pairs = instruction.flags.iter().map(|flag| {
            let value = flag.value.as_ref().map_or("", Passage::text);
            (Arc::from(flag.name.text()), Arc::from(value), flag.whole.span())
        });
        let place = instruction.flags.first().map_or(whole, |flag| flag.whole.span());
        fact.set(words::instruction::FLAGS, Value::Map(pairs.collect()), place);
    }
    fact
}

#[cfg(test)]
mod tests;
