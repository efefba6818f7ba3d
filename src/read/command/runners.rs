//! Runners of package scripts: programs whose words name scripts or are command lines. Does not know
//! what the scripts do.

use super::arg::Arg;
use super::peel::{ShellFlags, interpretable};
use crate::text::Passage;

/// The package scripts that `run-s` and its kind run; what follows a script's name in its word are
/// its arguments.
pub(super) fn package_scripts<'a>(args: &[Arg<'a>]) -> Vec<Vec<Arg<'a>>> {
    let mut scripts = Vec::new();
    let mut at = 1;
    while let Some(arg) = args.get(at).filter(|arg| arg.value != "--") {
        if arg.is_flag() {
            at += usize::from(matches!(&*arg.value, "--max-parallel" | "--npm-path" | "--config"));
        } else {
            let name = arg.value.split(' ').next().unwrap_or_default().to_owned();
            scripts.push(run_script(&args[0], "npm", arg, name));
        }
        at += 1;
    }
    scripts
}

/// `npm:build`, which is how `concurrently` names a package script.
pub(super) fn shorthand<'a>(args: &[Arg<'a>]) -> Option<Vec<Arg<'a>>> {
    let word = args.first().filter(|word| !word.dynamic)?;
    let (manager, name) = word.value.split_once(':')?;
    if !matches!(manager, "npm" | "pnpm" | "yarn" | "bun") || name.is_empty() {
        return None;
    }
    let mut words = run_script(word, manager, word, name.to_owned());
    words.extend(args[1..].iter().cloned());
    Some(words)
}

/// The words of a manager that runs a package script. A name with `*` is one of several.
fn run_script<'a>(program: &Arg<'a>, manager: &str, word: &Arg<'a>, name: String) -> Vec<Arg<'a>> {
    let dynamic = word.dynamic || name.contains('*');
    let mut script = word.clone().read_as(name);
    script.dynamic = dynamic;
    vec![program.clone().read_as(manager.to_owned()), program.clone().read_as("run"), script]
}

/// Each argument of `concurrently` is a command line.
pub(super) fn concurrent(args: &[Arg<'_>]) -> Vec<(Passage, Option<ShellFlags>)> {
    const VALUES: &[&str] = &[
        "-n",
        "--names",
        "-c",
        "--prefix-colors",
        "-p",
        "--prefix",
        "-s",
        "--success",
        "-m",
        "--max-processes",
        "-l",
    ];
    let mut texts = Vec::new();
    let mut at = 1;
    while let Some(arg) = args.get(at) {
        if arg.is_flag() {
            at += usize::from(VALUES.contains(&arg.value.as_ref()));
        } else if let Some(text) = interpretable(arg) {
            texts.push((text, Some(ShellFlags::default())));
        }
        at += 1;
    }
    texts
}
