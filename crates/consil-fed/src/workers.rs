//! Who runs jobs that may run at once. This crate starts no threads: its caller has them.

use std::num::NonZeroUsize;

/// Workers that run one job each.
pub trait Workers: Sync {
    /// How many there are.
    fn n_workers(&self) -> NonZeroUsize;

    /// Calls `job(i)` for each worker `i`, perhaps at once, and returns when all have returned. A panic of a job is passed on.
    fn run(&self, job: &(dyn Fn(usize) + Sync));
}

/// The calling thread alone.
#[derive(Clone, Copy, Debug, Default)]
pub struct OneWorker;

impl Workers for OneWorker {
    fn n_workers(&self) -> NonZeroUsize {
        NonZeroUsize::MIN
    }

    fn run(&self, job: &(dyn Fn(usize) + Sync)) {
        job(0);
    }
}
