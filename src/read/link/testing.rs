//! Small repositories for tests: read and linked, without any policy.

use crate::facts::Facts;
use crate::read::{self, Settings};
use crate::repo::Repo;

/// The facts of files with these paths and texts.
pub fn linked(files: &[(&str, &str)]) -> (Facts, Repo) {
    let mut repo = Repo::default();
    let ids: Vec<_> =
        files.iter().map(|(path, text)| repo.insert(path, text.as_bytes().to_vec(), false)).collect();
    let settings = Settings::default();
    let readings = ids.iter().map(|&id| read::file(&repo, id, &settings)).collect();
    let (mut facts, _) = Facts::gather(readings);
    read::link::link(&mut facts, &repo, &settings);
    (facts, repo)
}
