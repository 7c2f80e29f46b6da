//! A sign of life during work of unknown length.

use std::sync::mpsc::{RecvTimeoutError, channel};
use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};

use crate::console::Console;

/// Work shorter than this passes without a word.
const PATIENCE: Duration = Duration::from_secs(1);

/// Does `work`; where it takes long, says on stderr what is going on.
pub fn with_spinner<T>(console: &Console, what: &str, work: impl FnOnce() -> T) -> T {
    if console.is_quiet() {
        return work();
    }
    let (done, until_done) = channel::<()>();
    std::thread::scope(|scope| {
        scope.spawn(move || {
            if until_done.recv_timeout(PATIENCE) != Err(RecvTimeoutError::Timeout) {
                return;
            }
            if console.draws_bars() {
                let spinner = spinner(what);
                // Ends when the sender is dropped, that is when the work ends or panics.
                let _ = until_done.recv();
                spinner.finish_and_clear();
            } else {
                console.say(&format!("{what} …"));
            }
        });
        let _done = done;
        work()
    })
}

/// A spinner with its text and the seconds so far.
pub fn spinner(what: &str) -> ProgressBar {
    let style = ProgressStyle::with_template("{spinner} {msg} … {elapsed}").expect("a constant template");
    let spinner = ProgressBar::new_spinner().with_style(style).with_message(what.to_owned());
    spinner.enable_steady_tick(Duration::from_millis(100));
    spinner
}
