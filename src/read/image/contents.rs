//! What an image may hold: which files of the build's context its last stage takes, directly or from other
//! stages, and whether its packages are those of production alone. Runs nothing; what an unknown command may
//! make counts as held.

use rustc_hash::FxHashMap;

use crate::syntax::dockerfile::{self, Dockerfile, Form, Instruction};
use crate::text::{Passage, Span};

/// Whether something is in an image.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Holds {
    No,
    Maybe,
    Yes,
}

/// The packages of an image.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Packages {
    /// Those of production alone, because of the instruction at this place.
    Production(Span),
    Unknown,
}

/// In which form a file is needed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Need {
    /// As it is in the repository.
    Plain,
    /// What a build makes of it serves.
    Compiled,
}

/// The files of a build.
pub trait Context {
    /// Whether the file at this path from the context's root is sent to the build.
    fn sends(&self, path: &str) -> bool;
    /// Whether the repository has a file or a folder there.
    fn exists(&self, path: &str) -> bool;
    /// Whether a command of a build may put copies of files that are not code elsewhere.
    fn copies(&self, command: &str) -> bool;
}

/// Base images that hold nothing of an app.
const BASES: [&str; 16] = [
    "node", "alpine", "debian", "ubuntu", "busybox", "scratch", "nginx", "golang", "rust", "python", "ruby",
    "php", "postgres", "bun", "deno", "nodejs",
];

/// Programs that make no file of an app.
const HARMLESS: [&str; 44] = [
    "apt-get",
    "apt",
    "apk",
    "yum",
    "dnf",
    "microdnf",
    "corepack",
    "mkdir",
    "chmod",
    "chown",
    "useradd",
    "groupadd",
    "adduser",
    "addgroup",
    "usermod",
    "rm",
    "rmdir",
    "echo",
    "true",
    "set",
    "export",
    "test",
    "[",
    "update-ca-certificates",
    "ldconfig",
    "locale-gen",
    "sed",
    "touch",
    "id",
    "ls",
    "node-prune",
    "find",
    "passwd",
    "printf",
    "sleep",
    "update-alternatives",
    "setcap",
    "strip",
    "which",
    "cat",
    "head",
    "dpkg",
    "groupmod",
    "cd",
];

/// Programs that fetch what may be anything of the team's.
const FETCHERS: [&str; 7] = ["git", "aws", "gsutil", "gcloud", "rsync", "scp", "degit"];

/// Programs that add and remove packages of JavaScript.
const MANAGERS: [&str; 4] = ["npm", "pnpm", "yarn", "bun"];

/// Programs that build and install nothing.
const BUILDERS: [&str; 14] = [
    "npm", "pnpm", "yarn", "bun", "npx", "bunx", "tsc", "node", "nest", "prisma", "turbo", "nx", "vite",
    "tsup",
];

/// The most places of one file in a stage.
const PLACES: usize = 16;

/// A stage as what it takes and runs.
#[derive(Debug)]
struct Stage {
    /// The stage that it starts from, or whether its image holds nothing of an app.
    base: Result<usize, bool>,
    place: Span,
    steps: Vec<Step>,
    /// The working directory at its end.
    folder: String,
    /// Whether `NODE_ENV` is `production` at its end.
    production: bool,
}

#[derive(Debug)]
enum Step {
    Copy {
        from: From,
        sources: Vec<String>,
        dest: String,
    },
    Run {
        commands: Vec<String>,
        place: Span,
        production: bool,
    },
    /// Whatever may bring anything.
    Unknown,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum From {
    Context,
    Stage(usize),
    Image,
}

/// Where a stage has a file.
#[derive(Clone, Debug, Default)]
struct Held {
    /// Whether it may be there in a way that is not followed.
    maybe: bool,
    places: Vec<String>,
}

/// A Dockerfile's stages.
#[derive(Debug, Default)]
pub struct Contents {
    stages: Vec<Stage>,
}

impl Contents {
    /// Reads a Dockerfile.
    #[must_use]
    pub fn of(passage: &Passage) -> Self {
        let parsed = dockerfile::parse(passage);
        let mut contents = Self::default();
        let mut names: FxHashMap<String, usize> = FxHashMap::default();
        let first = parsed.instructions.iter().position(|it| it.keyword == "FROM");
        let rest = parsed.instructions.get(first.unwrap_or(parsed.instructions.len())..).unwrap_or_default();
        for stage in rest.chunk_by(|_, next| next.keyword != "FROM") {
            contents.stage(&parsed, stage, &mut names);
        }
        contents
    }

    /// The place where the last stage begins.
    #[must_use]
    pub fn last_place(&self) -> Option<Span> {
        Some(self.stages.last()?.place)
    }

    /// The files and folders of the context that stages take.
    pub fn taken(&self) -> impl Iterator<Item = &str> {
        let steps = self.stages.iter().flat_map(|stage| &stage.steps);
        let sources = steps.filter_map(|step| match step {
            Step::Copy { from: From::Context, sources, .. } => Some(sources),
            _ => None,
        });
        sources.flatten().map(String::as_str)
    }

    /// Whether the last stage has the file at `path` of the context, or what is compiled of it.
    #[must_use]
    pub fn holds(&self, path: &str, need: Need, context: &dyn Context) -> Holds {
        let mut all: Vec<Held> = Vec::with_capacity(self.stages.len());
        for stage in &self.stages {
            let held = stage.held(&all, (path, need), context);
            all.push(held);
        }
        match all.last() {
            Some(Held { places, .. }) if !places.is_empty() => Holds::Yes,
            Some(Held { maybe: false, .. }) => Holds::No,
            _ => Holds::Maybe,
        }
    }

    /// Which packages the last stage has.
    #[must_use]
    pub fn packages(&self) -> Packages {
        let mut all: Vec<Packages> = Vec::with_capacity(self.stages.len());
        for stage in &self.stages {
            let folder = |at: usize| self.stages.get(at).map(|stage| stage.folder.as_str());
            let packages = stage.packages(&all, &folder);
            all.push(packages);
        }
        all.last().copied().unwrap_or(Packages::Unknown)
    }

    /// Whether a command of a stage names a word.
    #[must_use]
    pub fn runs_with(&self, word: &str) -> bool {
        let steps = self.stages.iter().flat_map(|stage| &stage.steps);
        let mut commands = steps.filter_map(|step| match step {
            Step::Run { commands, .. } => Some(commands),
            _ => None,
        });
        commands.any(|commands| {
            commands.iter().any(|command| command.split([' ', '@', '=', '/']).any(|own| own == word))
        })
    }

    fn stage(
        &mut self,
        parsed: &Dockerfile,
        instructions: &[Instruction],
        names: &mut FxHashMap<String, usize>,
    ) {
        let Some((from, rest)) = instructions.split_first() else { return };
        let words = dockerfile::words(&from.rest, parsed.escape);
        let image = words.first().map(|word| word.text().to_owned()).unwrap_or_default();
        let base = names.get(&image.to_lowercase()).copied().ok_or_else(|| is_plain_base(&image));
        let parent = base.ok().and_then(|base| self.stages.get(base));
        let mut stage = Stage {
            base,
            place: from.whole.span(),
            steps: Vec::new(),
            folder: parent.map_or_else(|| "/".to_owned(), |parent| parent.folder.clone()),
            production: parent.is_some_and(|parent| parent.production),
        };
        for instruction in rest {
            let text = instruction.rest.text();
            match instruction.keyword {
                "WORKDIR" => stage.folder = joined(&stage.folder, text.trim().trim_matches(['"', '\''])),
                "ENV" | "ARG" => {
                    stage.production |=
                        text.contains("NODE_ENV=production") || text.contains("NODE_ENV production");
                }
                "COPY" | "ADD" => {
                    stage.steps.push(copy(instruction, parsed.escape, &stage.folder, names));
                }
                "RUN" => {
                    if instruction.flags.iter().filter_map(|flag| flag.value.as_ref()).any(binds) {
                        stage.steps.push(Step::Unknown);
                    }
                    stage.steps.push(Step::Run {
                        commands: commands(instruction),
                        place: instruction.whole.span(),
                        production: stage.production,
                    });
                }
                "ONBUILD" => stage.steps.push(Step::Unknown),
                _ => {}
            }
        }
        if let [_, word, name, ..] = words.as_slice()
            && word.text().eq_ignore_ascii_case("as")
        {
            names.insert(name.text().to_lowercase(), self.stages.len());
        }
        self.stages.push(stage);
    }
}

impl Stage {
    /// Where it has a file; `before` says it of the stages before.
    fn held(&self, before: &[Held], file: (&str, Need), context: &dyn Context) -> Held {
        let of = |at: usize| before.get(at).cloned().unwrap_or(Held { maybe: true, places: Vec::new() });
        let mut held = match self.base {
            Ok(base) => of(base),
            Err(plain) => Held { maybe: !plain, places: Vec::new() },
        };
        for step in &self.steps {
            match step {
                Step::Unknown => held.maybe = true,
                Step::Run { commands, .. } => {
                    let there = !held.places.is_empty();
                    held.maybe |= commands.iter().any(|command| {
                        let makes = file.1 == Need::Compiled || context.copies(command);
                        fetches(command) || there && makes && !is_harmless(command)
                    });
                }
                Step::Copy { from: From::Image, .. } => {}
                Step::Copy { from: From::Context, sources, dest } => {
                    for source in sources {
                        held.add(from_context(source, dest, file, context));
                    }
                }
                Step::Copy { from: From::Stage(other), sources, dest } => {
                    let theirs = of(*other);
                    for source in sources {
                        held.add(from_stage(source, dest, &theirs, (file.0, context)));
                    }
                }
            }
        }
        held
    }

    /// Its packages; `before` says it of the stages before, `folder` where these work.
    fn packages<'s>(&self, before: &[Packages], folder: &dyn Fn(usize) -> Option<&'s str>) -> Packages {
        let of = |at: usize| before.get(at).copied().unwrap_or(Packages::Unknown);
        for step in self.steps.iter().rev() {
            match step {
                Step::Unknown => return Packages::Unknown,
                Step::Copy { from: From::Stage(other), sources, .. } => {
                    let brings = |source: &String| {
                        let source = source.trim_end_matches('/');
                        source.ends_with("node_modules")
                            || source.is_empty()
                            || Some(source) == folder(*other)
                    };
                    if sources.iter().any(brings) {
                        return of(*other);
                    }
                }
                Step::Copy { sources, .. } => {
                    if sources.iter().any(|source| source.contains("node_modules")) {
                        return Packages::Unknown;
                    }
                }
                Step::Run { commands, place, production } => {
                    for command in commands.iter().rev() {
                        match installs(command, *production) {
                            Some(true) => return Packages::Production(*place),
                            Some(false) => return Packages::Unknown,
                            None if is_harmless(command) || BUILDERS.contains(&program(command)) => {}
                            None => return Packages::Unknown,
                        }
                    }
                }
            }
        }
        self.base.map_or(Packages::Unknown, of)
    }
}

impl Held {
    fn add(&mut self, other: Self) {
        self.maybe |= other.maybe;
        let room = PLACES.saturating_sub(self.places.len());
        self.places.extend(other.places.into_iter().take(room));
    }
}

/// What a `COPY` or an `ADD` takes.
fn copy(instruction: &Instruction, escape: char, folder: &str, names: &FxHashMap<String, usize>) -> Step {
    let mut words: Vec<String> = match &instruction.form {
        Form::Exec(words) => words.iter().map(|word| word.text().to_owned()).collect(),
        _ => dockerfile::words(&instruction.rest, escape).iter().map(|word| word.text().to_owned()).collect(),
    };
    words.iter_mut().for_each(|word| *word = word.trim_matches(['"', '\'']).to_owned());
    // Words of a JSON array that was not read as one.
    if words.first().is_some_and(|word| word.starts_with('[')) {
        let text = instruction.rest.text().trim().trim_matches(['[', ']']).to_owned();
        words = text.split(',').map(|word| word.trim().trim_matches('"').to_owned()).collect();
    }
    let Some(dest) = words.pop() else { return Step::Unknown };
    let from = match instruction.flag("from") {
        None => From::Context,
        Some(name) => {
            let name = name.text();
            let index = name.parse().ok().or_else(|| names.get(&name.to_lowercase()).copied());
            match index {
                Some(index) => From::Stage(index),
                None if name.contains('$') => return Step::Unknown,
                None => From::Image,
            }
        }
    };
    let odd = instruction.flag("parents").is_some() || !instruction.heredocs.is_empty();
    let variable = words.iter().any(|word| word.contains('$')) || dest.contains('$') && from == From::Context;
    let archive = instruction.keyword == "ADD"
        && words.iter().any(|word| word.contains("://") || word.contains(".tar") || word.ends_with(".tgz"));
    if words.is_empty() || odd || variable || archive {
        return Step::Unknown;
    }
    let several = words.len() > 1;
    let slash = if several && !dest.ends_with('/') { "/" } else { "" };
    let is_folder = dest.ends_with('/') || several || matches!(dest.as_str(), "." | "..");
    let whole = joined(folder, &format!("{dest}{slash}"));
    let dest = if is_folder { format!("{}/", whole.trim_end_matches('/')) } else { whole };
    let sources = words.iter().map(|word| match from {
        From::Context => plain(word),
        _ => joined("/", word),
    });
    Step::Copy { from, sources: sources.collect(), dest }
}

/// A path of the context without what says nothing.
fn plain(path: &str) -> String {
    let parts: Vec<&str> = path.split('/').filter(|part| !part.is_empty() && *part != ".").collect();
    parts.join("/")
}

/// `path` from `folder`, both in an image.
fn joined(folder: &str, path: &str) -> String {
    let whole = if path.starts_with('/') { path.to_owned() } else { format!("{folder}/{path}") };
    let mut parts: Vec<&str> = Vec::new();
    for part in whole.split('/').filter(|part| !part.is_empty() && *part != ".") {
        if part == ".." {
            parts.pop();
        } else {
            parts.push(part);
        }
    }
    format!("/{}", parts.join("/"))
}

/// What lies behind `start` in `path`: nothing where they are the same.
pub fn behind<'p>(path: &'p str, start: &str) -> Option<&'p str> {
    let start = start.trim_end_matches('/');
    if start.is_empty() {
        return Some(path.trim_start_matches('/'));
    }
    let rest = path.strip_prefix(start)?;
    if rest.is_empty() { Some("") } else { rest.strip_prefix('/') }
}

fn within(dest: &str, rest: &str, name: &str) -> String {
    let start = dest.trim_end_matches('/');
    match rest {
        "" if dest.ends_with('/') => format!("{start}/{name}"),
        "" => dest.to_owned(),
        rest => format!("{start}/{rest}"),
    }
}

fn from_context(source: &str, dest: &str, (path, need): (&str, Need), context: &dyn Context) -> Held {
    let name = path.rsplit('/').next().unwrap_or(path);
    if source.contains(['*', '?', '[']) {
        let glob = globset::GlobBuilder::new(source).literal_separator(true).build();
        let Ok(glob) = glob.map(|glob| glob.compile_matcher()) else {
            return Held { maybe: true, places: Vec::new() };
        };
        let mut end = path.len();
        loop {
            if glob.is_match(&path[..end]) && context.sends(path) {
                let rest = path[end..].trim_start_matches('/');
                return Held { maybe: false, places: vec![within(dest, rest, name)] };
            }
            match path[..end].rfind('/') {
                Some(at) => end = at,
                None => return Held::default(),
            }
        }
    }
    match behind(path, source) {
        Some(_) if !context.sends(path) => Held::default(),
        Some(rest) => Held { maybe: false, places: vec![within(dest, rest, name)] },
        // Made before the image is built.
        None => Held { maybe: !context.exists(source) && need_of_made(source, need), places: Vec::new() },
    }
}

/// Whether a folder that is not in the repository may hold what is needed.
fn need_of_made(source: &str, need: Need) -> bool {
    let name = source.rsplit('/').next().unwrap_or(source);
    let file = name.rsplit_once('.').is_some_and(|(stem, end)| !stem.is_empty() && end.len() < 6);
    !file && name != "node_modules" && (need == Need::Compiled || !name.is_empty())
}

fn from_stage(source: &str, dest: &str, theirs: &Held, (path, context): (&str, &dyn Context)) -> Held {
    let name = path.rsplit('/').next().unwrap_or(path);
    let places: Vec<String> =
        theirs.places.iter().filter_map(|place| Some(within(dest, behind(place, source)?, name))).collect();
    // A folder of the repository that is not the file's own holds nothing that is built.
    let ends =
        std::iter::successors(Some(source.trim_start_matches('/')), |rest| Some(rest.split_once('/')?.1));
    let own =
        ends.filter(|end| !end.is_empty()).any(|end| context.exists(end) && behind(path, end).is_none());
    let packages = source.contains("node_modules");
    Held { maybe: theirs.maybe && !own && !packages, places }
}

/// Whether an image by this name holds nothing of an app.
fn is_plain_base(image: &str) -> bool {
    let name = image.split('@').next().unwrap_or(image);
    let last = name.rsplit('/').next().unwrap_or(name);
    // `node:${VERSION}`
    let last = last.split([':', '$']).next().unwrap_or(last);
    let own = last.split('-').next().unwrap_or(last);
    let official = !name.split(':').next().unwrap_or(name).contains('/')
        || [
            "docker.io/",
            "library/",
            "oven/",
            "denoland/",
            "gcr.io/distroless/",
            "public.ecr.aws/docker/library/",
            "cgr.dev/chainguard/",
        ]
        .iter()
        .any(|start| name.starts_with(start));
    official && (BASES.contains(&own) || own.starts_with("nodejs") || name.starts_with("gcr.io/distroless/"))
}

/// Whether a mount shows files of the context, or of a stage, but for what says which packages to install.
fn binds(mount: &Passage) -> bool {
    let text = mount.text();
    let lists = ["package", "lock", ".npmrc"].iter().any(|word| text.contains(word));
    text.contains("type=bind") && !lists
}

/// The commands of a `RUN`, each with its words.
fn commands(instruction: &Instruction) -> Vec<String> {
    let text = match &instruction.form {
        Form::Exec(words) => words.iter().map(Passage::text).collect::<Vec<_>>().join(" "),
        Form::Shell(script) | Form::Script(script) => script.text().to_owned(),
        Form::Other => instruction.rest.text().to_owned(),
    };
    let text = text.replace("\\\n", " ");
    let all = text.split(['\n', ';', '|']).flat_map(|line| line.split("&&"));
    all.map(|command| command.trim().trim_start_matches(['(', '{', ' ']).to_owned())
        .filter(|command| !command.is_empty() && !command.starts_with('#'))
        .collect()
}

/// The program of a command, without assignments before it.
fn program(command: &str) -> &str {
    let assigns = |word: &&str| word.split_once('=').is_some_and(|(name, _)| is_name(name));
    let word =
        command.split_whitespace().find(|word| !assigns(word) && !matches!(*word, "sudo" | "exec" | "env"));
    word.unwrap_or_default().rsplit('/').next().unwrap_or_default()
}

fn is_name(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
}

fn verb(command: &str) -> &str {
    let program = program(command);
    let mut words = command.split_whitespace().skip_while(|word| word.rsplit('/').next() != Some(program));
    words.next();
    words.find(|word| !word.starts_with('-')).unwrap_or_default()
}

fn is_harmless(command: &str) -> bool {
    let program = program(command);
    let manager = MANAGERS.contains(&program)
        && matches!(
            verb(command),
            "" | "install"
                | "ci"
                | "i"
                | "prune"
                | "cache"
                | "config"
                | "add"
                | "fetch"
                | "set"
                | "global"
                | "link"
        );
    HARMLESS.contains(&program) || manager
}

fn fetches(command: &str) -> bool {
    let program = program(command);
    FETCHERS.contains(&program) && verb(command) != "config"
}

/// Whether a command leaves the packages of production alone; nothing where it installs none.
fn installs(command: &str, production: bool) -> Option<bool> {
    let (program, verb) = (program(command), verb(command));
    let production = production || command.starts_with("NODE_ENV=production ");
    let has = |flags: &[&str]| command.split_whitespace().any(|word| flags.contains(&word));
    if has(&["-g", "--global", "global"]) || !MANAGERS.contains(&program) {
        return None;
    }
    let with_dev = has(&["--include=dev", "--production=false", "--prod=false", "--dev", "-D"]);
    let omits = has(&[
        "--omit=dev",
        "--only=production",
        "--only=prod",
        "--production",
        "--prod",
        "-P",
        "--production=true",
    ]) || command.contains("--omit dev");
    match (program, verb) {
        (_, "install" | "ci" | "i" | "prune") | ("yarn", "" | "workspaces") => {
            let by_env = production && matches!(program, "npm" | "pnpm");
            Some((omits || by_env) && !with_dev)
        }
        (_, "add" | "link" | "deploy" | "update" | "rebuild") => Some(false),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::text::FileId;

    /// A repository of these files; `!` before one says that the build does not get it.
    struct Files(&'static [&'static str]);

    impl Context for Files {
        fn sends(&self, path: &str) -> bool {
            self.0.contains(&path)
        }

        fn exists(&self, path: &str) -> bool {
            self.0.iter().any(|own| behind(own.trim_start_matches('!'), path).is_some())
        }

        fn copies(&self, command: &str) -> bool {
            command.contains("cp ") || command.contains("assets")
        }
    }

    const ALL: Files = Files(&[
        "package.json",
        "src/main.ts",
        "src/m/1.ts",
        "src/m/1.sql",
        "prisma/a.sql",
        "!ignored/a.sql",
    ]);

    fn contents(text: &str) -> Contents {
        Contents::of(&Passage::file(FileId(0), Arc::from(text)))
    }

    fn holds(text: &str, path: &str, need: Need) -> Holds {
        contents(text).holds(path, need, &ALL)
    }

    const BUILD: &str = "FROM node:22-slim AS build\nWORKDIR /app\nCOPY . .\nRUN npm ci && npm run build\n";

    #[test]
    fn what_the_last_stage_takes() {
        use Holds::{Maybe, No, Yes};
        let after = |more: &str| format!("{BUILD}FROM node:22-slim\nWORKDIR /app\n{more}\n");
        for (text, path, expected) in [
            ("FROM node:22\nCOPY . .".to_owned(), "prisma/a.sql", Yes),
            ("FROM node:22\nCOPY . .".to_owned(), "ignored/a.sql", No),
            ("FROM node:22\nCOPY src ./src".to_owned(), "prisma/a.sql", No),
            ("FROM node:22\nCOPY prisma/*.sql ./".to_owned(), "prisma/a.sql", Yes),
            ("FROM node:22\nCOPY [\"prisma\", \"./x/\"]".to_owned(), "prisma/a.sql", Yes),
            ("FROM acme/base\nCOPY src ./src".to_owned(), "prisma/a.sql", Maybe),
            ("FROM node:22\nRUN git clone https://example.com/x".to_owned(), "prisma/a.sql", Maybe),
            ("FROM node:22\nCOPY dist ./dist".to_owned(), "prisma/a.sql", Maybe),
            (after("COPY --from=build /app/dist ./dist"), "prisma/a.sql", No),
            (after("COPY --from=build /app/dist ./dist\nCOPY prisma ./prisma"), "prisma/a.sql", Yes),
            (
                after("COPY --from=build /app/dist ./dist\nCOPY --from=build /app/prisma ./prisma"),
                "prisma/a.sql",
                Yes,
            ),
            (after("COPY --from=build /app ."), "prisma/a.sql", Yes),
            (after("COPY --from=build /app ./\nRUN rm -rf x"), "src/m/1.ts", Yes),
            (after("COPY --from=build $DIR ."), "prisma/a.sql", Maybe),
            (after("COPY --from=0 /app/src ./src"), "src/m/1.ts", Yes),
            (after("COPY --from=ghcr.io/acme/tool /bin/tool /bin/"), "prisma/a.sql", No),
            (after("ADD https://example.com/x.tar.gz /"), "prisma/a.sql", Maybe),
            ("FROM node:22 AS a\nCOPY prisma /p\nFROM a".to_owned(), "prisma/a.sql", Yes),
        ] {
            assert_eq!(holds(&text, path, Need::Plain), expected, "{text}");
        }
        let copying = BUILD.replace("npm run build", "npm run build && cp -r prisma dist/");
        let text = format!("{copying}FROM node:22\nCOPY --from=build /app/dist ./dist");
        assert_eq!(holds(&text, "prisma/a.sql", Need::Plain), Maybe);
    }

    #[test]
    fn what_is_built_of_a_file() {
        use Holds::{Maybe, No};
        let of = |build: &str, last: &str| {
            let text = format!("{build}FROM node:22-slim\nWORKDIR /app\n{last}\n");
            holds(&text, "src/m/1.ts", Need::Compiled)
        };
        assert_eq!(of(BUILD, "COPY --from=build /app/dist ./dist"), Maybe);
        assert_eq!(of(BUILD, "COPY --from=build /app/prisma ./prisma"), No);
        assert_eq!(of(BUILD, "COPY --from=build /app/node_modules ./node_modules"), No);
        let without = BUILD.replace("COPY . .", "COPY src/main.ts ./src/main.ts");
        assert_eq!(of(&without, "COPY --from=build /app/dist ./dist"), No);
        assert_eq!(of("", "COPY dist ./dist"), Maybe);
        assert_eq!(of("", "COPY package.json ."), No);
    }

    #[test]
    fn packages_of_production() {
        let only = |text: &str| matches!(contents(text).packages(), Packages::Production(_));
        for text in [
            "FROM node\nRUN npm ci --omit=dev",
            "FROM node\nENV NODE_ENV=production\nRUN npm ci && npm cache clean --force",
            "FROM node\nRUN npm ci\nRUN npm run build && npm prune --production",
            "FROM node AS a\nRUN pnpm install --prod\nFROM node\nCOPY --from=a /app/node_modules ./node_modules\nCOPY . .",
            "FROM node AS a\nWORKDIR /app\nRUN yarn install --production\nFROM node\nCOPY --from=a /app /app",
            "FROM node AS a\nRUN npm ci --omit=dev\nFROM a AS b\nRUN mkdir x",
        ] {
            assert!(only(text), "{text}");
        }
        for text in [
            "FROM node\nRUN npm ci",
            "FROM node\nRUN npm ci --omit=dev\nRUN npm i ts-node",
            "FROM node\nENV NODE_ENV=production\nRUN npm ci --include=dev",
            "FROM node\nENV NODE_ENV=production\nRUN yarn install",
            "FROM node\nRUN npm ci --omit=dev && ./install-more.sh",
            "FROM acme/base\nCOPY . .",
            "FROM node AS a\nRUN npm ci\nFROM node\nRUN npm ci --omit=dev\nCOPY --from=a /app/node_modules ./node_modules",
            "",
        ] {
            assert!(!only(text), "{text}");
        }
    }

    #[test]
    fn hostile_files_are_borne() {
        for text in [
            "FROM",
            "COPY",
            "FROM a\nCOPY",
            "FROM a AS a\nFROM a\nCOPY --from=9 x y",
            "FROM a\nCOPY [\"",
            "FROM a\nRUN",
            "FROM a\nCOPY * [",
            "FROM 店\nCOPY 店* 店",
        ] {
            assert_ne!(holds(text, "src/m/店.sql", Need::Plain), Holds::Yes, "{text}");
            let _ = contents(text).packages();
        }
        let chain: String =
            (0..2_000).map(|at| format!("FROM s{at} AS s{}\nCOPY --from=s{at} / /\n", at + 1)).collect();
        assert_eq!(holds(&chain, "x", Need::Plain), Holds::Maybe);
        let wide = format!(
            "FROM node AS s0\nCOPY . .\n{}",
            chain.replace("COPY", &"COPY --from=0 / /\nCOPY".repeat(3))
        );
        assert_eq!(holds(&wide, "src/main.ts", Need::Plain), Holds::Yes);
    }
}
