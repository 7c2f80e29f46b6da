//! The context of a run: the threads that compute, the clock, who is told of progress, and whether to stop.
//!
//! A library that reads a clock, starts threads or watches for Ctrl-C on its own cannot be tested, nor used twice in one process. So whoever
//! calls passes these in, once, and every training of the façade takes them from there.

use std::num::NonZeroUsize;
use std::sync::OnceLock;
use std::time::Instant;

use consil_diagnostic::Hint;
use rayon::{ThreadPool, ThreadPoolBuilder};

use crate::progress::Progress;

/// The stack of each worker: what the main thread of a process has on Linux.
const STACK_BYTES: usize = 8 << 20;

/// The threads that compute. Results never depend on how many there are.
#[derive(Debug)]
pub struct Workers {
    pool: ThreadPool,
}

/// Why the system gives no threads.
#[derive(Debug, thiserror::Error)]
#[error("{n} threads cannot be started: {source}")]
pub struct WorkersError {
    /// How many were asked for.
    pub n: usize,
    /// Why.
    pub source: rayon::ThreadPoolBuildError,
}

impl Hint for WorkersError {
    fn help(&self) -> Option<String> {
        Some("ask for fewer with --workers".to_owned())
    }
}

impl Workers {
    /// A pool of `n` threads of its own.
    ///
    /// # Errors
    /// When the system refuses to start them.
    pub fn new(n: NonZeroUsize) -> Result<Self, WorkersError> {
        let builder = ThreadPoolBuilder::new().num_threads(n.get()).stack_size(STACK_BYTES);
        let pool = builder.build().map_err(|source| WorkersError { n: n.get(), source })?;
        Ok(Self { pool })
    }

    /// How many threads there are.
    pub fn count(&self) -> NonZeroUsize {
        NonZeroUsize::new(self.pool.current_num_threads()).unwrap_or(NonZeroUsize::MIN)
    }

    /// Does `work` on one of the threads; what it does in parallel is done by all of them.
    pub fn run<T: Send>(&self, work: impl FnOnce() -> T + Send) -> T {
        self.pool.install(work)
    }
}

/// What a run is given by whoever starts it.
///
/// ```
/// use std::num::NonZeroUsize;
/// use consil::{RunContext, Workers};
///
/// let workers = Workers::new(NonZeroUsize::MIN)?;
/// let mut told = Vec::new();
/// let mut observer = |progress| told.push(progress);
/// let context = RunContext::new(&workers).observed_by(&mut observer).interrupted_by(&|| true);
/// assert!(context.is_interrupted());
/// # Ok::<(), consil::WorkersError>(())
/// ```
pub struct RunContext<'a> {
    workers: &'a Workers,
    interrupt: &'a (dyn Fn() -> bool + Sync),
    observer: Option<&'a mut (dyn FnMut(Progress) + Send)>,
    clock: &'a (dyn Fn() -> f64 + Sync),
}

impl<'a> RunContext<'a> {
    /// A context that tells nobody, is never interrupted, and reads the system's clock.
    pub fn new(workers: &'a Workers) -> Self {
        Self { workers, interrupt: &|| false, observer: None, clock: &seconds_since_start }
    }

    /// The same, telling `observer` of all progress.
    pub fn observed_by(self, observer: &'a mut (dyn FnMut(Progress) + Send)) -> Self {
        Self { observer: Some(observer), ..self }
    }

    /// The same, ending early once `interrupt` says so: a training saves its state first. It is asked often, and must be quick.
    pub fn interrupted_by(self, interrupt: &'a (dyn Fn() -> bool + Sync)) -> Self {
        Self { interrupt, ..self }
    }

    /// The same with another clock: seconds since any fixed moment.
    pub fn with_clock(self, clock: &'a (dyn Fn() -> f64 + Sync)) -> Self {
        Self { clock, ..self }
    }

    /// The same without an observer: for trainings that are a part of something larger.
    pub fn unobserved(&self) -> RunContext<'a> {
        RunContext { observer: None, ..*self }
    }

    /// The threads.
    pub fn workers(&self) -> &'a Workers {
        self.workers
    }

    /// Whether the run is to end early.
    pub fn is_interrupted(&self) -> bool {
        (self.interrupt)()
    }

    /// Seconds since a fixed moment.
    pub fn seconds(&self) -> f64 {
        (self.clock)()
    }

    /// Tells the observer, where there is one.
    pub(crate) fn tell(&mut self, progress: Progress) {
        if let Some(observer) = &mut self.observer {
            observer(progress);
        }
    }
}

/// Seconds since the first call.
fn seconds_since_start() -> f64 {
    static BEGIN: OnceLock<Instant> = OnceLock::new();
    BEGIN.get_or_init(Instant::now).elapsed().as_secs_f64()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn work_runs_on_as_many_threads_as_were_asked_for() {
        for n in [1, 3] {
            let workers = Workers::new(NonZeroUsize::new(n).unwrap()).unwrap();
            assert_eq!(workers.count().get(), n);
            assert_eq!(workers.run(rayon::current_num_threads), n);
        }
    }
}
