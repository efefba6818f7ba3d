//! A sign of life on standard error for runs that take long, where a person is watching.

use std::sync::mpsc::{self, RecvTimeoutError, Sender};
use std::thread::JoinHandle;
use std::time::Duration;

use indicatif::{ProgressBar, ProgressDrawTarget};

/// How long a run may take before it says what it is doing.
const PATIENCE: Duration = Duration::from_secs(1);

/// Shows the current phase until it is dropped.
pub struct Progress {
    running: Option<(Sender<&'static str>, JoinHandle<()>)>,
}

impl Progress {
    /// Starts to count the time, where `watched`.
    #[must_use]
    pub fn start(watched: bool) -> Self {
        let running = watched.then(|| {
            let (sender, phases) = mpsc::channel();
            (sender, std::thread::spawn(move || show(&phases)))
        });
        Self { running }
    }

    /// Says what is being done now.
    pub fn phase(&self, phase: &'static str) {
        if let Some((sender, _)) = &self.running {
            let _ = sender.send(phase);
        }
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        if let Some((sender, thread)) = self.running.take() {
            drop(sender);
            let _ = thread.join();
        }
    }
}

/// Waits for a second, then shows each phase until the other end is gone.
fn show(phases: &mpsc::Receiver<&'static str>) {
    let start = std::time::Instant::now();
    let mut phase = "starting";
    loop {
        match phases.recv_timeout(PATIENCE.saturating_sub(start.elapsed())) {
            Ok(next) => phase = next,
            Err(RecvTimeoutError::Disconnected) => return,
            Err(RecvTimeoutError::Timeout) => break,
        }
    }
    let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr());
    bar.enable_steady_tick(Duration::from_millis(100));
    bar.set_message(phase);
    while let Ok(phase) = phases.recv() {
        bar.set_message(phase);
    }
    bar.finish_and_clear();
}
