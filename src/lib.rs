//! deploylint reads what a team deploys with (migrations, `fly.toml`, workflows, Dockerfiles, the
//! scripts that they call), understands what each does, and reports where they break the runbook's
//! invariants.
//!
//! The floors, lowest first; nothing imports upward:
//! `text` → `repo`, `finding`, `facts` → `syntax`, `report` → `read`, `rules` → `policy` → `check` →
//! `mend` → `doors`.

pub mod check;
pub mod doors;
pub mod facts;
pub mod finding;
pub mod mend;
pub mod policy;
pub mod read;
pub mod repo;
pub mod report;
pub mod rules;
pub mod syntax;
pub mod text;

pub use check::check;
pub use policy::Policy;
pub use repo::Repo;
pub use report::Report;
pub use rules::Rulebook;
