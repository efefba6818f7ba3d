//! To be written.
use super::Settings;
use crate::facts::Reading;
use crate::repo::Repo;
use crate::text::FileId;
pub fn read(_repo: &Repo, _id: FileId, _settings: &Settings) -> Reading {
    Reading::default()
}
