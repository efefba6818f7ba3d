//! The commands of a `RUN`: what they install, what they fetch, whether they can make a file of an app. Knows
//! programs by their names, and follows none.

use crate::syntax::dockerfile::{Form, Instruction};
use crate::text::Passage;

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
pub const BUILDERS: [&str; 14] = [
    "npm", "pnpm", "yarn", "bun", "npx", "bunx", "tsc", "node", "nest", "prisma", "turbo", "nx", "vite",
    "tsup",
];

/// Whether a mount shows files of the context, or of a stage, but for what says which packages to install.
pub fn binds(mount: &Passage) -> bool {
    let text = mount.text();
    let lists = ["package", "lock", ".npmrc"].iter().any(|word| text.contains(word));
    text.contains("type=bind") && !lists
}

/// The commands of a `RUN`, each with its words.
pub fn commands(instruction: &Instruction) -> Vec<String> {
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
pub fn program(command: &str) -> &str {
    let assigns = |word: &&str| word.split_once('=').is_some_and(|(name, _)| is_name(name));
    let word =
        command.split_whitespace().find(|word| !assigns(word) && !matches!(*word, "sudo" | "exec" | "env"));
    word.unwrap_or_default().rsplit('/').next().unwrap_or_default()
}

fn is_name(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
}

pub fn verb(command: &str) -> &str {
    let program = program(command);
    let mut words = command.split_whitespace().skip_while(|word| word.rsplit('/').next() != Some(program));
    words.next();
    words.find(|word| !word.starts_with('-')).unwrap_or_default()
}

pub fn is_harmless(command: &str) -> bool {
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

pub fn fetches(command: &str) -> bool {
    let program = program(command);
    FETCHERS.contains(&program) && verb(command) != "config"
}

/// Whether a command leaves the packages of production alone; nothing where it installs none.
pub fn installs(command: &str, production: bool) -> Option<bool> {
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
