//! From one command to its facts: wrappers peeled, flags named, effects looked up. Knows what a
//! command's words mean, not where control flows.

use std::borrow::Cow;
use std::sync::Arc;

use super::arg::{Arg, one_line, shared, span_of};
use super::grammar::Parsed;
use super::inner::{self, Inner};
use super::peel::{self, Peeled};
use super::state::State;
use super::walk::{self, Context, Failure};
use super::{Site, calls, cron, effects, faults, grammar, install, place, prompts, secrets, special};
use crate::facts::flow::{Flow, Options};
use crate::facts::words::{command, unresolved, variable as variable_fact};
use crate::facts::{Fact, FactId, FactRef, ProgramNote, Reading};
use crate::read::secret;
use crate::syntax::shell::Assignment;
use crate::syntax::shell::is_shell;
use crate::text::{Passage, Span};

/// A command as written.
pub(super) struct Invocation<'a> {
    /// All of it, on one line.
    pub text: Arc<str>,
    pub span: Span,
    pub args: Vec<Arg<'a>>,
    pub env: Vec<Variable>,
    /// What `export` and its kind set.
    pub exported: Vec<Variable>,
    pub redirects: Vec<(Arc<str>, Span)>,
    /// The here-document that it reads.
    pub stdin: Option<Passage>,
}

impl<'a> Invocation<'a> {
    /// A command of words alone.
    pub fn plain(text: Arc<str>, span: Span, args: Vec<Arg<'a>>) -> Self {
        Self { text, span, args, env: Vec::new(), exported: Vec::new(), redirects: Vec::new(), stdin: None }
    }
}

/// A variable that a command sets.
pub(super) struct Variable {
    pub name: Arc<str>,
    pub value: Arc<str>,
    pub span: Span,
    pub literal: bool,
}

pub(super) fn variable(assignment: &Assignment, passage: &Passage) -> Variable {
    let value = assignment.value.as_ref();
    Variable {
        name: shared(assignment.name.as_str()),
        value: value.map_or("", |value| value.value.as_str()).into(),
        span: passage.locate(assignment.range.clone()),
        literal: value.is_some_and(|value| !value.dynamic),
    }
}

/// How many fields most commands have, once all is linked.
const FIELDS: usize = 16;

/// Adds the facts of one command and of what it runs within itself, and follows what it does to the
/// shell. Answers whether a shell reads its here-document, and the control flow.
pub(super) fn command(
    out: &mut Reading,
    site: &Site<'_>,
    invocation: Invocation<'_>,
    context: &Context,
    state: &mut State,
) -> (bool, Flow) {
    let Invocation { text, span, args, mut env, exported, redirects, stdin } = invocation;
    let execs = args.first().is_some_and(|first| first.value == "exec");
    let first = args.first().map(|first| (first.span, state.is_function(&first.value)));
    // What `xargs` runs gets more words when it runs.
    let open = args.iter().any(|arg| matches!(arg.value.as_ref(), "xargs" | "parallel"));
    let mut peeled = peel::peel(args);
    env.extend(peeled.env.drain(..).map(|(name, value, span, literal)| Variable {
        name: shared(&name),
        value: value.into(),
        span,
        literal,
    }));
    let scripts = std::mem::take(&mut peeled.scripts);
    if !scripts.is_empty() {
        let mut all = Vec::with_capacity(scripts.len());
        for args in scripts {
            let span = args.last().map_or(span, |word| word.span);
            let text = Arc::clone(&text);
            all.push(command(out, site, Invocation::plain(text, span, args), context, state).1);
        }
        let at_once = is_parallel(&peeled.args);
        return (false, if at_once { Flow::AtOnce(all) } else { in_turn(all) });
    }
    if !peeled.shell.is_empty()
        && let Some(flow) = texts(out, site, &peeled, context, state)
    {
        return (false, flow);
    }
    let Some(program) = peeled.args.first().cloned() else { return (false, Flow::NOTHING) };
    let parsed = grammar::parse(&program.value, &peeled.args[1..]);
    // `sudo`, `command` and their kind run no function; a function that is named like one of them may.
    let callable = first.is_some_and(|(span, function)| function || span == program.span);
    let call = calls::call(&peeled.args, &peeled.written, &parsed, state, callable);
    let call = call.map(|call| in_image(call, site, &peeled, &program));
    let call = call.or_else(|| installed_script(site, &peeled, &program));
    // A path in another machine or container names no file of the repository.
    let call = call.filter(|call| !context.remote || call.kind != "script");
    let mut fact = Fact::new(command::KIND, span).inside(context.parent).sized(FIELDS);
    fact.set(command::TEXT, text, span);
    words(&mut fact, &peeled.args, &parsed);
    surroundings(&mut fact, site, context, span);
    fact.set(command::DYNAMIC, program.dynamic, program.span);
    let redirected = redirects.iter().any(|(text, _)| text.starts_with('<'));
    if !redirects.is_empty() {
        let all = span_of(redirects[0].1, redirects[redirects.len() - 1].1);
        fact.set(command::REDIRECTS, redirects, all);
    }
    if let (Some(first), Some(last)) = (env.first(), env.last()) {
        let pairs: Vec<_> =
            env.iter().map(|item| (Arc::clone(&item.name), Arc::clone(&item.value), item.span)).collect();
        fact.set(command::ENV, pairs, span_of(first.span, last.span));
    }
    let directory = calls::directory_flag(&program.value, &parsed, state);
    let directory = directory.map(Arc::from).or_else(|| state.shared_directory());
    fact.set_some(command::DIRECTORY, directory, span);
    if let Some(call) = &call {
        fact.set(command::CALLS, shared(call.kind), call.span);
        fact.set_some(command::TARGET, call.target.as_deref(), call.span);
    }
    if let Some((name, span)) = &peeled.script {
        fact.set(command::CALLS, shared("package-script"), *span);
        fact.set(command::TARGET, name.as_str(), *span);
    }
    let fed = stdin.is_some() || matches!(context.piped, Some("middle" | "last")) || redirected;
    effect_fields(&mut fact, site, &peeled, &parsed, fed);
    install_field(&mut fact, site, &peeled, &parsed, &env);
    deploy_fields(&mut fact, &peeled, &parsed, state);
    if call.is_none() && !fed && !context.remote {
        prompts::put(&mut fact, &peeled.args, &parsed, &env);
    }
    let id = out.add(fact);
    if call.is_none() {
        faults::add(out, id, &peeled.args, &parsed, open);
    }
    secrets::add(out, id, &peeled.args, &parsed, site.host);
    for item in env.iter().chain(&exported) {
        out.add(variable_of(item, id));
    }
    if let Some((what, reason, span)) = riddle(&peeled, call.as_ref()) {
        let text = one_line(&program.value);
        unknown(out, context, (what, reason), text, span);
    }
    if let Some((reason, span)) = tasks(&peeled, &parsed) {
        unknown(out, context, ("script", &reason), one_line(&written_words(&peeled.args)), span);
    }
    if let Some((reason, text, span)) = any_flag(&peeled, &parsed) {
        unknown(out, context, ("command", &reason), text, span);
    }
    shell_state(&peeled.args, state, span);
    if call.is_some_and(|call| call.kind == "script") && matches!(&*program.value, "source" | ".") {
        state.source();
    }
    cron::read(out, site, &peeled.args, context, (id, stdin.as_ref()));
    let (fed, inner) = within(out, site, &peeled, &parsed, context, state, id, stdin.as_ref());
    let flow = Flow::Run { command: FactId(id.0), inner: inner.map(Box::new) };
    let becomes = execs && peeled.args.first().is_some_and(|program| program.value != "exec");
    (fed, if becomes { Flow::Exec(Box::new(flow)) } else { flow })
}

/// Hosts whose commands run in an image.
const IMAGE_HOSTS: &[&str] =
    &["docker-run", "docker-start", "docker-healthcheck", "release-command", "fly-process"];

/// In an image the working directory is the image's: a relative path is that of a file that was copied
/// there, by its end.
fn in_image(mut call: calls::Call, site: &Site<'_>, peeled: &Peeled<'_>, program: &Arg<'_>) -> calls::Call {
    let mut words = peeled.args.iter();
    let word = words.find(|word| word.span == call.span).unwrap_or(program);
    let written = if word.span == program.span { peeled.written.as_ref() } else { word.value.as_ref() };
    let unknown = call.kind == "script" && call.target.is_none() && IMAGE_HOSTS.contains(&site.host);
    if unknown && !word.dynamic && !written.contains(['$', '`', '*']) && !written.starts_with(['/', '~']) {
        call.target = place::join("", written);
    }
    call
}

/// A script that was copied where programs are: `/usr/local/bin/entrypoint.sh`.
fn installed_script(site: &Site<'_>, peeled: &Peeled<'_>, program: &Arg<'_>) -> Option<calls::Call> {
    let written = peeled.written.as_ref();
    let copied = written.starts_with("/usr/local/") && written.ends_with(".sh") && !program.dynamic;
    (copied && IMAGE_HOSTS.contains(&site.host)).then(|| calls::Call {
        kind: "script",
        target: Some(written.to_owned()),
        span: program.span,
        directory: None,
    })
}

/// Whether a runner of several commands runs them at the same time.
fn is_parallel(args: &[Arg<'_>]) -> bool {
    let Some(program) = args.first() else { return false };
    match program.value.as_ref() {
        "run-p" | "concurrently" | "conc" => true,
        "npm-run-all" | "npm-run-all2" => {
            args.iter().any(|arg| matches!(arg.value.as_ref(), "-p" | "--parallel"))
        }
        _ => false,
    }
}

/// Each where the one before it succeeded.
fn in_turn(flows: Vec<Flow>) -> Flow {
    let all = flows.into_iter().reduce(|left, right| Flow::And(Box::new(left), Box::new(right)));
    all.unwrap_or(Flow::NOTHING)
}

/// Reads the text that a shell interprets in place of the command; answers its control flow, where all
/// of it was shallow enough to read.
fn texts(
    out: &mut Reading,
    site: &Site<'_>,
    peeled: &Peeled<'_>,
    context: &Context,
    state: &mut State,
) -> Option<Flow> {
    let mut flows = Vec::with_capacity(peeled.shell.len());
    let mut read = true;
    for (text, flags) in &peeled.shell {
        // `eval` and `trap` run in the shell itself.
        let mut fresh =
            flags.map_or_else(|| state.clone(), |flags| state.fresh(flags.errexit, flags.pipefail));
        let fresh = if flags.is_none() && peeled.args[0].value == "eval" { &mut *state } else { &mut fresh };
        let Some(flow) = walk::nested(out, text, site, context, fresh) else {
            read = false;
            continue;
        };
        flows.push(match flags {
            Some(flags) => {
                let options = Options { errexit: flags.errexit, pipefail: flags.pipefail };
                Flow::Shell { options, body: Box::new(flow) }
            }
            None => flow,
        });
    }
    if peeled.args[0].value == "trap" {
        let names: Vec<&str> = peeled.args[1..].iter().map(|arg| arg.value.as_ref()).collect();
        let on = |signals: &[&str]| names.iter().skip(1).any(|name| signals.contains(name));
        let body = Box::new(Flow::seq(flows));
        return read.then_some(Flow::Trap { on_exit: on(&["EXIT", "0"]), on_error: on(&["ERR"]), body });
    }
    let at_once = is_parallel(&peeled.args);
    read.then(|| if at_once { Flow::AtOnce(flows) } else { in_turn(flows) })
}

/// The words of the command by what they are.
fn words(fact: &mut Fact, words: &[Arg<'_>], parsed: &Parsed<'_>) {
    let program = &words[0];
    let rest = &words[1..];
    fact.set(command::PROGRAM, shared(&program.value), program.span);
    let all: Vec<(Arc<str>, Span)> = rest.iter().map(|word| (shared(&word.value), word.span)).collect();
    let mut operands = Vec::with_capacity(parsed.args.len());
    operands.extend(parsed.args.iter().filter_map(|at| all.get(*at).cloned()));
    // A field without words stands behind the program.
    let none = Span::point(program.span.file, program.span.end);
    let whole = |first: Option<Span>, last: Option<Span>| {
        first.zip(last).map_or(none, |(first, last)| span_of(first, last))
    };
    let place = whole(rest.first().map(|word| word.span), rest.last().map(|word| word.span));
    fact.set(command::WORDS, all, place);
    if let (Some((_, first)), Some((_, last))) = (parsed.verb.first(), parsed.verb.last()) {
        fact.set(command::VERB, shared(parsed.verb_text()), span_of(rest[*first].span, rest[*last].span));
    }
    let flags: Vec<(Arc<str>, Arc<str>, Span)> = parsed
        .flags
        .iter()
        .map(|flag| {
            let span = span_of(rest[flag.first].span, rest[flag.last].span);
            let value = shared(flag.value);
            (shared(flag.name), value, span)
        })
        .collect();
    let place = whole(flags.first().map(|flag| flag.2), flags.last().map(|flag| flag.2));
    fact.set(command::FLAGS, flags, place);
    let place = whole(operands.first().map(|item| item.1), operands.last().map(|item| item.1));
    fact.set(command::ARGS, operands, place);
}

/// What the place of the command says about it.
fn surroundings(fact: &mut Fact, site: &Site<'_>, context: &Context, span: Span) {
    fact.set(command::HOST, shared(site.host), span);
    fact.set_some(command::PHASE, site.phase.map(shared), span);
    fact.set(command::BACKGROUND, context.background, span);
    fact.set_some(command::PIPED, context.piped.map(shared), span);
    if let Some((_, first)) = context.guard.first() {
        fact.set(command::GUARD, Vec::clone(&context.guard), *first);
    }
    let ignored = match (&context.failure, &site.ignored) {
        (Failure::Ignored(text, span), _) | (_, Some((text, span))) => Some((text, *span)),
        _ => None,
    };
    if let Some((text, cause)) = ignored {
        fact.set(command::FAILURE, shared("ignored"), cause);
        fact.set(command::FAILURE_CAUSE, Arc::clone(text), cause);
    } else if matches!(context.failure, Failure::Stops) {
        fact.set(command::FAILURE, shared("stops"), span);
    }
}

/// What it does; `fed` tells whether something is written to it.
fn effect_fields(fact: &mut Fact, site: &Site<'_>, peeled: &Peeled<'_>, parsed: &Parsed<'_>, fed: bool) {
    let args = &peeled.args;
    // A script of one's own is not what an installed program of its name is.
    let own = matches!(args[0].value.as_ref(), "gradlew" | "mvnw" | "manage.py" | "artisan");
    let calls = fact.get(command::CALLS).is_some() && peeled.script.is_none() && !own;
    let notes = notes_of(&site.settings.programs, peeled, parsed, fact.text(command::TARGET));
    let noted = notes.iter().find(|note| !note.effects.is_empty());
    let retired = notes.iter().find_map(|note| note.retired.as_deref());
    // Whether it stands in one of these files, the link pass finds out.
    let only_in = notes.iter().find(|note| !note.only_in.is_empty()).map(|note| note.only_in_text());
    let last = parsed.verb.last().map_or(args[0].span, |(_, at)| args[1 + at].span);
    let at = span_of(args[0].span, last);
    let word = |effect: &str| (shared(effect), at);
    let known: Option<Vec<(Arc<str>, Span)>> = match noted {
        Some(note) => Some(note.effects.iter().map(|effect| word(effect)).collect()),
        None if args[0].dynamic => None,
        None if special::asks_help(parsed, peeled) => Some(vec![word("none")]),
        None => {
            let found = effects::of(&args[0].value, parsed, &args[1..]).filter(|_| !calls);
            let found = found.or_else(|| special::effects(peeled, parsed, fed).map(Cow::Owned));
            found.map(|found| found.iter().map(|effect| word(effect)).collect())
        }
    };
    fact.set(command::KNOWN, known.is_some(), at);
    fact.set(command::EFFECTS, known.unwrap_or_default(), at);
    fact.set_some(command::RETIRED, retired, at).set_some(command::ONLY_IN, only_in, at);
}

/// What the team says about this command, the notes with the most words first.
fn notes_of<'n>(
    notes: &'n [ProgramNote],
    peeled: &Peeled<'_>,
    parsed: &Parsed<'_>,
    target: Option<&str>,
) -> Vec<&'n ProgramNote> {
    if notes.is_empty() {
        return Vec::new();
    }
    let rest = &peeled.args[1..];
    let program = peeled.args[0].value.as_ref();
    let file = rest.iter().find(|arg| !arg.is_flag()).map(|arg| arg.value.trim_start_matches("./"));
    let leads = |wanted: &[String], words: &[&str]| {
        words.len() >= wanted.len() && wanted.iter().zip(words).all(|(wanted, word)| wanted == word)
    };
    let written: Vec<&str> = rest.iter().map(|arg| arg.value.as_ref()).collect();
    let mut told: Vec<&str> = parsed.verb.iter().map(|(word, _)| *word).collect();
    told.extend(parsed.args.iter().map(|at| rest[*at].value.as_ref()));
    let named: Vec<&str> = target
        .into_iter()
        .chain(told.iter().copied().skip_while(|word| Some(*word) != target).skip(1))
        .collect();
    let matches = |note: &ProgramNote| {
        let path = note.program.trim_start_matches("./");
        if note.program == program || path == peeled.written.trim_start_matches("./") {
            return leads(&note.words, &written) || leads(&note.words, &told) || leads(&note.words, &named);
        }
        let by_path = target == Some(path) || (path.contains('/') && file == Some(path));
        by_path && note.words.iter().all(|word| written.contains(&word.as_str()))
    };
    let mut found: Vec<&ProgramNote> = notes.iter().filter(|note| matches(note)).collect();
    found.sort_by_key(|note| std::cmp::Reverse(note.words.len()));
    found
}

fn install_field(
    fact: &mut Fact,
    site: &Site<'_>,
    peeled: &Peeled<'_>,
    parsed: &Parsed<'_>,
    env: &[Variable],
) {
    let ci = env
        .iter()
        .any(|item| item.name.as_ref() == "CI" && !matches!(item.value.as_ref(), "" | "false" | "0"));
    if fact.has(command::EFFECTS, "install")
        && let Some((locked, span)) = install::locked(&peeled.args, parsed, site.host, ci)
    {
        fact.set(command::LOCKED, locked, span);
    }
}

/// The image and the configuration file of a deploy with flyctl.
fn deploy_fields(fact: &mut Fact, peeled: &Peeled<'_>, parsed: &Parsed<'_>, state: &State) {
    if peeled.args[0].value != "flyctl" || !fact.has(command::EFFECTS, "deploy") {
        return;
    }
    let rest = &peeled.args[1..];
    if let Some(flag) = parsed.flag("image").filter(|flag| !flag.value.is_empty()) {
        fact.set(command::IMAGE, flag.value, span_of(rest[flag.first].span, rest[flag.last].span));
    }
    if !parsed.is(&["deploy"]) {
        return;
    }
    // flyctl changes to the directory that it is given before it looks for the file.
    let working = parsed.args.first().map(|at| &rest[*at]);
    let base = match working {
        Some(arg) if arg.dynamic => None,
        Some(arg) => state.directory().and_then(|directory| place::join(directory, &arg.value)),
        None => state.directory().map(ToOwned::to_owned),
    };
    let verb = parsed.verb.last().map_or(fact.span, |(_, at)| rest[*at].span);
    let (path, span) = match parsed.flag("config") {
        Some(flag) if flag.dynamic => return,
        Some(flag) => (flag.value, span_of(rest[flag.first].span, rest[flag.last].span)),
        None => ("fly.toml", verb),
    };
    fact.set_some(command::CONFIG, base.and_then(|base| place::join(&base, path)), span);
}

fn variable_of(item: &Variable, parent: FactRef) -> Fact {
    let secret = if item.literal { secret::classify(&item.name, Some(&item.value)) } else { "no" };
    let mut fact = Fact::new(variable_fact::KIND, item.span).inside(Some(parent));
    fact.set(variable_fact::NAME, Arc::clone(&item.name), item.span)
        .set(variable_fact::VALUE, Arc::clone(&item.value), item.span)
        .set(variable_fact::SCOPE, "command-env", item.span)
        .set(variable_fact::SECRET, secret, item.span)
        .set(variable_fact::LITERAL, item.literal, item.span);
    fact
}

/// What of the command cannot be known before it runs, why, and where that stands.
fn riddle(peeled: &Peeled<'_>, call: Option<&calls::Call>) -> Option<(&'static str, &'static str, Span)> {
    let program = peeled.args.first()?;
    if let Some(call) = call {
        let reason = match call.kind {
            "script" => "its path, or the directory that it is in, is known at run time only",
            "task" => "the task's name, or the file that it is in, is known at run time only",
            _ => "the script's name is known at run time only",
        };
        return call.target.is_none().then_some(("script", reason, call.span));
    }
    if program.dynamic {
        return Some(("command", "its program is known at run time only", program.span));
    }
    if let Some(reason) =
        windows(&program.value).filter(|_| peeled.args.len() > 1 || peeled.written.contains('.'))
    {
        return Some(("script", reason, program.span));
    }
    let interprets = match program.value.as_ref() {
        "eval" => true,
        program if is_shell(program) => peeled
            .args
            .iter()
            .any(|arg| arg.is_flag() && !arg.value.starts_with("--") && arg.value.contains('c')),
        _ => false,
    };
    let text = peeled.args.iter().find(|arg| arg.dynamic).filter(|_| interprets)?;
    Some(("command", "the text that the shell interprets is known at run time only", text.span))
}

/// Why what a program of Windows runs is not known.
fn windows(program: &str) -> Option<&'static str> {
    let program = program.strip_suffix(".exe").unwrap_or(program);
    match program {
        "pwsh" | "powershell" => Some("PowerShell is not read"),
        "cmd" => Some("batch files are not read"),
        _ if program.ends_with(".ps1") => Some("PowerShell is not read"),
        _ if program.ends_with(".bat") || program.ends_with(".cmd") => Some("batch files are not read"),
        _ => None,
    }
}

/// Why the tasks of a task runner are not known, and where they stand.
fn tasks(peeled: &Peeled<'_>, parsed: &Parsed<'_>) -> Option<(String, Span)> {
    let (program, rest) = peeled.args.split_first()?;
    let runs = match program.value.as_ref() {
        "task" => !["version", "help", "list", "dry-run"].iter().any(|flag| parsed.has(flag)),
        "turbo" => !parsed.args.is_empty() && effects::of(&program.value, parsed, rest).is_none(),
        "lerna" => parsed.args.first().is_some_and(|at| rest[*at].value == "run") || parsed.is(&["run"]),
        "deno" => parsed.is(&["task"]),
        _ => false,
    };
    let runs = runs && !program.dynamic && !special::asks_help(parsed, peeled);
    let span = span_of(program.span, rest.last().map_or(program.span, |word| word.span));
    runs.then(|| (format!("tasks of `{}` are not followed yet", program.value), span))
}

fn written_words(args: &[Arg<'_>]) -> String {
    args.iter().map(|arg| arg.value.as_ref()).collect::<Vec<_>>().join(" ")
}

/// The word that may turn out to be any flags: why, its text and its place.
fn any_flag(peeled: &Peeled<'_>, parsed: &Parsed<'_>) -> Option<(String, String, Span)> {
    let (program, rest) = peeled.args.split_first()?;
    if program.dynamic || !grammar::knows(&program.value) {
        return None;
    }
    let before = parsed.dashes.unwrap_or(rest.len());
    let deploys = program.value == "flyctl" && parsed.is(&["deploy"]);
    let mut words =
        parsed.args.iter().filter(|at| **at < before && !parsed.is_tail(**at)).map(|at| &rest[*at]);
    let word = words.find(|word| word.is_any_words(deploys))?;
    let reason = if word.value.starts_with('$') {
        format!("`{}` may hold any flag", word.value)
    } else {
        "this expression may hold any flag".to_owned()
    };
    Some((reason, one_line(&word.value), word.span))
}

pub(super) fn unknown(out: &mut Reading, context: &Context, why: (&str, &str), text: String, span: Span) {
    let mut fact = Fact::new(unresolved::KIND, span).inside(context.parent);
    fact.set(unresolved::WHAT, why.0, span).set(unresolved::REASON, why.1, span).set(
        unresolved::TEXT,
        text,
        span,
    );
    out.add(fact);
}

/// What the command does to the shell that runs it.
fn shell_state(args: &[Arg<'_>], state: &mut State, span: Span) {
    let rest = &args[1..];
    let operand = rest.iter().find(|arg| !arg.is_flag() || arg.value == "-");
    let path = operand.map(|arg| arg.value.as_ref());
    let dynamic = operand.is_some_and(|arg| arg.dynamic);
    match args[0].value.as_ref() {
        "cd" => state.cd(path, dynamic),
        "pushd" => state.pushd(path, dynamic),
        "popd" => state.popd(),
        "set" => {
            let words: Vec<&str> = rest.iter().map(|arg| arg.value.as_ref()).collect();
            let line = std::iter::once("set").chain(words.iter().copied()).collect::<Vec<_>>().join(" ");
            state.set(&words, &(line.into(), span));
        }
        _ => {}
    }
}

/// Reads what the command runs elsewhere, and the here-document that is a shell's script. Answers
/// whether there was one, and the control flow of it all.
#[allow(clippy::too_many_arguments)]
fn within(
    out: &mut Reading,
    site: &Site<'_>,
    peeled: &Peeled<'_>,
    parsed: &Parsed<'_>,
    context: &Context,
    state: &State,
    id: FactRef,
    stdin: Option<&Passage>,
) -> (bool, Option<Flow>) {
    let name = peeled.args[0].value.as_ref();
    let local = is_shell(name);
    let behind_dashes = matches!(fact_calls(out, id), Some("script")) || name == "find" || local;
    let inner = inner::inner(&peeled.args, parsed);
    if inner.is_empty() && stdin.is_none() {
        return (false, None);
    }
    let mut flows = Vec::new();
    let process = |body| Flow::Shell { options: Options::default(), body: Box::new(body) };
    let inside = context.within(id, !behind_dashes);
    let elsewhere = || if behind_dashes { state.fresh(false, false) } else { State::elsewhere() };
    for one in inner {
        match one {
            Inner::Text(text) => {
                flows.extend(walk::nested(out, &text, site, &inside, &mut elsewhere()).map(process));
            }
            Inner::Words(args) => {
                let Some(span) =
                    args.first().zip(args.last()).map(|(first, last)| span_of(first.span, last.span))
                else {
                    continue;
                };
                let text = args.iter().map(|arg| arg.value.as_ref()).collect::<Vec<_>>().join(" ");
                let invocation = Invocation::plain(one_line(&text).into(), span, args);
                if let Some(deeper) = inside.deeper() {
                    flows.push(command(out, site, invocation, &deeper, &mut elsewhere()).1);
                }
            }
        }
    }
    let reads_script = local && parsed.args.is_empty() || name == "ssh" && parsed.args.len() < 2;
    let script = stdin
        .filter(|_| reads_script)
        .and_then(|stdin| walk::nested(out, stdin, site, &inside, &mut elsewhere()));
    let fed = script.is_some();
    flows.extend(script.map(process));
    (fed, (!flows.is_empty()).then(|| in_turn(flows)))
}

fn fact_calls(out: &mut Reading, id: FactRef) -> Option<&str> {
    out.fact_mut(id).text(command::CALLS)
}
