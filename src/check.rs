//! The one function that every front end calls.

use std::collections::BTreeMap;
use std::sync::{Arc, OnceLock};

use rayon::prelude::*;

use crate::facts::{Facts, Reading};
use crate::finding::{Finding, SYNTAX, Severity};
use crate::policy::{Level, Policy};
use crate::read::{self, Reader, Settings};
use crate::repo::Repo;
use crate::report::{Report, RuleSummary};
use crate::rules::{self, Order, Rulebook};
use crate::text::Span;

/// Stack of each worker, in bytes: the TypeScript and SQL parsers recurse over what they read.
const STACK_BYTES: usize = 64 * 1024 * 1024;

/// The rule name of findings about this program's own faults.
pub const INTERNAL: &str = "internal";

/// Checks a repository. Total and pure: bad input is a finding, and the same repository gives the
/// same report whatever the number of threads.
#[must_use]
pub fn check(repo: &Repo, rulebook: &Rulebook, policy: &Policy) -> Report {
    install(|| {
        let (facts, mut problems) = gather(repo, policy);
        let mut findings = judge(repo, rulebook, policy, &facts);
        // Nobody waits for hundreds of thousands of facts to be given back.
        if rayon::current_thread_index().is_some() {
            rayon::spawn(move || drop(facts));
        }
        for finding in findings.iter_mut().chain(&mut problems) {
            finding.primary.span = first_line(repo, finding.primary.span);
        }
        sort(repo, &mut findings);
        sort(repo, &mut problems);
        // A file that several others lead to is read for each of them.
        problems.dedup();
        let rules = summaries(rulebook, &findings);
        Report { findings, problems, files: repo.len(), rules }
    })
}

/// What was understood of a repository: its facts, and what could not be parsed.
#[must_use]
pub fn understand(repo: &Repo, policy: &Policy) -> (Facts, Vec<Finding>) {
    install(|| {
        let (facts, mut problems) = gather(repo, policy);
        sort(repo, &mut problems);
        problems.dedup();
        (facts, problems)
    })
}

/// Runs `work` on threads with stacks that the parsers need; on the caller's where there are none.
fn install<T: Send>(work: impl FnOnce() -> T + Send) -> T {
    static POOL: OnceLock<Option<rayon::ThreadPool>> = OnceLock::new();
    // A door with threads of its own has given them such stacks.
    if rayon::current_thread_index().is_some() {
        return work();
    }
    match POOL.get_or_init(|| pool(0).ok()) {
        Some(pool) => pool.install(work),
        None => work(),
    }
}

/// A pool of `threads` workers (0: one for each core) on which checks can run.
///
/// # Errors
/// The system's, when it gives no threads.
pub fn pool(threads: usize) -> Result<rayon::ThreadPool, rayon::ThreadPoolBuildError> {
    rayon::ThreadPoolBuilder::new().num_threads(threads).stack_size(STACK_BYTES).build()
}

fn gather(repo: &Repo, policy: &Policy) -> (Facts, Vec<Finding>) {
    let settings = settings(policy);
    let (mut facts, problems) = Facts::gather(readings(repo, &settings));
    if let Some(base) = repo.base() {
        let (before, _) = Facts::gather(readings(base, &settings));
        read::link::base::link(&mut facts, repo, &before, base);
    }
    read::link::link(&mut facts, repo, &settings);
    (facts, problems)
}

/// What the readers say of each file.
fn readings(repo: &Repo, settings: &Settings) -> Vec<Reading> {
    let ids: Vec<_> = repo.ids().collect();
    ids.par_iter()
        .map(|&id| {
            let read =
                std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| read::file(repo, id, settings)));
            let mut reading = read.unwrap_or_else(|_| {
                let mut reading = Reading::default();
                let message = "deploylint failed on this file, which is a fault of deploylint";
                reading.find(Finding::new(INTERNAL, Severity::Error, message, Span::point(id, 0)).help(
                    "the file was not checked; please report it with the file, or a part that shows it",
                ));
                reading
            });
            // A repository has many facts, and each grew field by field.
            reading.facts.iter_mut().for_each(crate::facts::Fact::shrink);
            if let Some(fault) = repo.fault(id) {
                reading.findings.insert(0, fault);
            }
            reading
        })
        .collect()
}

/// What the policy tells the readers.
#[must_use]
pub fn settings(policy: &Policy) -> Settings {
    let reader = |name: &str| Reader::ALL.into_iter().find(|reader| reader.name() == name);
    Settings {
        environments: policy.environments.clone(),
        programs: policy.programs.clone(),
        migrations: policy.migrations.clone(),
        files: policy.files.iter().filter_map(|(name, glob)| Some((glob.clone(), reader(name)?))).collect(),
        postgres: policy.postgres.map(read::PostgresVersion).unwrap_or_default(),
        postgres_is_said: policy.postgres.is_some(),
    }
}

fn judge(repo: &Repo, rulebook: &Rulebook, policy: &Policy, facts: &Facts) -> Vec<Finding> {
    let on: Vec<_> = rulebook
        .rules
        .iter()
        .filter_map(|rule| match policy.level(rule) {
            Level::Off => None,
            Level::At(severity) => Some((rule, severity)),
        })
        .collect();
    let parameters: Vec<_> = on
        .iter()
        .map(|(rule, _)| {
            let own = policy.parameters.get(&rule.name);
            move |name: &str| own.and_then(|own| own.get(name)).cloned()
        })
        .collect();
    let orders: Vec<Order<'_>> = on
        .iter()
        .zip(&parameters)
        .map(|(&(rule, severity), parameter)| Order { rule, severity, parameter })
        .collect();
    rules::judge(&orders, facts, repo)
}

/// By path, place and rule.
fn sort(repo: &Repo, findings: &mut [Finding]) {
    findings.sort_by(|one, other| {
        let key = |finding: &Finding| (finding.primary.span.start, finding.primary.span.end);
        repo.path(one.primary.span.file)
            .cmp(repo.path(other.primary.span.file))
            .then_with(|| key(one).cmp(&key(other)))
            .then_with(|| one.rule.cmp(&other.rule))
            .then_with(|| one.message.cmp(&other.message))
    });
}

fn summaries(rulebook: &Rulebook, findings: &[Finding]) -> BTreeMap<Arc<str>, RuleSummary> {
    let mut summaries = BTreeMap::new();
    for finding in findings.iter().filter(|finding| finding.rule.as_ref() != SYNTAX) {
        if let Some(rule) = rulebook.get(&finding.rule) {
            summaries.entry(Arc::clone(&rule.name)).or_insert_with(|| RuleSummary {
                summary: rule.title.clone(),
                severity: finding.severity,
                fixable: rule.fixable,
                since: rule.since.clone(),
            });
        }
    }
    summaries
}

/// The part of a place on its first line: a label marks a few words, never a block.
fn first_line(repo: &Repo, span: Span) -> Span {
    let text = &repo.file(span.file).text;
    let words = text.get(span.start as usize..span.end as usize).unwrap_or_default();
    let line = words.split(['\n', '\r']).next().unwrap_or_default().trim_end();
    match u32::try_from(line.len()) {
        Ok(len) if len < span.len() => Span::new(span.file, span.start, span.start + len),
        _ => span,
    }
}
