//! Ctrl-C: the first press lets a training save its state, the second leaves at once.

use std::io::Write;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};

use crate::failure::{EXIT_INTERRUPTED, Failure};

/// Whether Ctrl-C was pressed while something could be saved.
static PRESSED: AtomicBool = AtomicBool::new(false);

/// Told of the first press while something can be saved; `None` while nothing can.
static LISTENER: Mutex<Option<Listener>> = Mutex::new(None);

type Listener = Box<dyn Fn() + Send>;

/// Takes over Ctrl-C, and the polite request to end that service managers send.
///
/// # Errors
/// When the system refuses.
pub fn install() -> Result<(), Failure> {
    ctrlc::set_handler(pressed_once).map_err(Failure::internal)
}

fn pressed_once() {
    let listener = LISTENER.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
    match &*listener {
        Some(listener) if !PRESSED.swap(true, Ordering::SeqCst) => listener(),
        _ => {
            // A progress bar leaves the cursor within its line.
            let _ = writeln!(std::io::stderr());
            std::process::exit(i32::from(EXIT_INTERRUPTED));
        }
    }
}

/// Whether to stop and save.
pub fn pressed() -> bool {
    PRESSED.load(Ordering::SeqCst)
}

/// While this lives, the first press asks to stop rather than ending the process.
pub struct Watch(());

/// Begins to watch; `listener` is told of the first press, on another thread.
pub fn watch(listener: impl Fn() + Send + 'static) -> Watch {
    PRESSED.store(false, Ordering::SeqCst);
    *LISTENER.lock().unwrap_or_else(|poisoned| poisoned.into_inner()) = Some(Box::new(listener));
    Watch(())
}

impl Drop for Watch {
    fn drop(&mut self) {
        *LISTENER.lock().unwrap_or_else(|poisoned| poisoned.into_inner()) = None;
    }
}
