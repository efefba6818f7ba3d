//! The one function that every front end calls.

use crate::facts::Facts;
use crate::finding::Finding;
use crate::policy::Policy;
use crate::read::{Reader, Settings};
use crate::repo::Repo;
use crate::report::Report;
use crate::rules::Rulebook;

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
