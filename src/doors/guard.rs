//! Runs work on threads with large stacks and turns a panic into a message.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Mutex, PoisonError};

/// Runs `work` in a pool of `threads` threads (0 for one per core).
///
/// # Errors
/// Where the pool cannot start or the work panics: what happened, for a report of the bug.
pub fn run<T: Send>(threads: usize, work: impl FnOnce() -> T + Send) -> Result<T, String> {
    let last_words = Arc::new(Mutex::new(String::new()));
    let heard = Arc::clone(&last_words);
    let hook = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |panic| {
        *heard.lock().unwrap_or_else(PoisonError::into_inner) = panic.to_string();
    }));
    let result =
        catch_unwind(AssertUnwindSafe(|| crate::check::pool(threads).map(|pool| pool.install(work))));
    std::panic::set_hook(hook);
    match result {
        Ok(Ok(value)) => Ok(value),
        Ok(Err(error)) => Err(format!("cannot start threads: {error}")),
        Err(_) => Err(last_words.lock().unwrap_or_else(PoisonError::into_inner).clone()),
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn a_panic_becomes_a_message() {
        assert_eq!(super::run(2, || 41 + 1), Ok(42));
        let told = super::run(1, || -> u8 { panic!("the table has no row 7") });
        assert!(told.is_err_and(|message| message.contains("the table has no row 7")));
    }
}
