//! The one function that every front end calls.

use crate::facts::Facts;
use crate::finding::Finding;
use crate::policy::Policy;
use crate::read::{Reader, Settings};
use crate::repo::Repo;
use crate::report::Report;
use crate::rules::Rulebook;

/// Stack of each worker, in bytes: the TypeScript and SQL parsers recurse over what they read.
const STACK_BYTES: usize = 64 * 1024 * 1024;

/// The rule name of findings about this program's own faults.
pub const INTERNAL: &str = "internal";

/// Checks a repository. Total and pure: bad input is a finding.
#[must_use]
pub fn check(repo: &Repo, _rulebook: &Rulebook, _policy: &Policy) -> Report {
    let problems = repo.ids().filter_map(|id| repo.fault(id)).collect();
    Report { problems, files: repo.len(), ..Report::default() }
}

/// What the readers understand of a repository, and what they could not parse.
#[must_use]
pub fn understand(_repo: &Repo, _policy: &Policy) -> (Facts, Vec<Finding>) {
    Facts::gather(Vec::new())
}

/// What a policy tells the readers.
#[must_use]
pub fn settings(policy: &Policy) -> Settings {
    let reader = |name: &str| Reader::ALL.into_iter().find(|reader| reader.name() == name);
    Settings {
        environments: policy.environments.clone(),
        programs: policy.programs.clone(),
        files: policy.files.iter().filter_map(|(name, glob)| Some((glob.clone(), reader(name)?))).collect(),
    }
}

/// A pool of `threads` workers (0: one for each core) on which checks can run.
///
/// # Errors
/// The system's, when it gives no threads.
pub fn pool(threads: usize) -> Result<rayon::ThreadPool, rayon::ThreadPoolBuildError> {
    rayon::ThreadPoolBuilder::new().num_threads(threads).stack_size(STACK_BYTES).build()
}
