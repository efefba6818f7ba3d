//! What the tests share: expected texts that `UPDATE=1` rewrites.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// A path in the project.
pub fn project(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}

/// Whether expected texts are to be rewritten.
pub fn updating() -> bool {
    std::env::var_os("UPDATE").is_some_and(|value| value != "0")
}

pub fn read(path: &Path) -> String {
    std::fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// Holds `actual` against the text of the file at `path` in the project, or writes it there.
pub fn expect_file(path: &str, actual: &str) {
    let file = project(path);
    let expected = std::fs::read_to_string(&file).unwrap_or_default();
    if expected == actual {
        return;
    }
    if updating() {
        std::fs::write(&file, actual).unwrap();
        return;
    }
    panic!("{path} differs (UPDATE=1 cargo test rewrites it):\n{}", diff(&expected, actual));
}

/// A line diff for people.
pub fn diff(expected: &str, actual: &str) -> String {
    similar::TextDiff::from_lines(expected, actual).unified_diff().header("expected", "actual").to_string()
}

/// Whether a program that the tests ask can be started.
pub fn is_there(program: &str, args: &[&str]) -> bool {
    Command::new(program).args(args).stdout(Stdio::null()).status().is_ok_and(|status| status.success())
}
