//! Runs work on threads with large stacks and keeps what panics say.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Mutex, PoisonError};

/// What the work gave, and what was said by panics in it, caught inside or not.
#[derive(Debug)]
pub struct Outcome<T> {
    /// `None` when the work itself panicked or could not start.
    pub value: Option<T>,
    /// Message and place of each panic, for a report of the bug.
    pub panics: Vec<String>,
}

/// Most panics that are kept: a thousand files may fail for one reason.
const KEPT: usize = 5;

/// Runs `work` in a pool of `threads` threads (0 for one per core).
pub fn run<T: Send>(threads: usize, work: impl FnOnce() -> T + Send) -> Outcome<T> {
    let panics = Arc::new(Mutex::new(Vec::new()));
    let heard = Arc::clone(&panics);
    let hook = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |panic| {
        let mut heard = heard.lock().unwrap_or_else(PoisonError::into_inner);
        if heard.len() < KEPT {
            heard.push(panic.to_string());
        }
    }));
    let result =
        catch_unwind(AssertUnwindSafe(|| crate::check::pool(threads).map(|pool| pool.install(work))));
    std::panic::set_hook(hook);
    let mut panics = panics.lock().unwrap_or_else(PoisonError::into_inner).clone();
    let value = match result {
        Ok(Ok(value)) => Some(value),
        Ok(Err(error)) => {
            panics.push(format!("threads could not be started: {error}"));
            None
        }
        Err(_) => None,
    };
    Outcome { value, panics }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn panics_become_messages() {
        let fine = run(2, || 41 + 1);
        assert_eq!(fine.value, Some(42));
        let failed = run(1, || -> u8 { panic!("the table has no row 7") });
        assert_eq!(failed.value, None);
        assert!(failed.panics.iter().any(|panic| panic.contains("the table has no row 7")));
        let caught = run(1, || catch_unwind(|| panic!("in one file")).is_err());
        assert_eq!(caught.value, Some(true));
        assert!(caught.panics.iter().any(|panic| panic.contains("in one file")));
    }
}
