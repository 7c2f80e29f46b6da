//! The seam of data-parallel training: what several parts, each with rows of its own, make of their gradients in every step.

use std::sync::{Barrier, Mutex, PoisonError};

use crate::gradients::Gradients;
use crate::task::{Step, TaskError};

/// Makes of the gradients of each part the mean over all parts, so that all take the same step.
///
/// Every part calls it once in each step, with weights that are equal in all of them, and must come to the same bits as the others.
pub trait AllReduce: Sync {
    /// Replaces loss, number of rows and gradients by those of all parts together, each weighed by its rows.
    ///
    /// # Errors
    /// [`TaskError`] where the others cannot be reached.
    fn mean(&self, step: &mut Step, gradients: &mut Gradients) -> Result<(), TaskError>;
}

/// Parts on threads of one process.
#[derive(Debug)]
pub struct Threads {
    arrived: Barrier,
    parts: Mutex<Vec<Option<(Step, Gradients)>>>,
}

/// One of the parts of [`Threads`].
#[derive(Clone, Copy, Debug)]
pub struct ThreadPart<'a> {
    of: &'a Threads,
    rank: usize,
}

impl Threads {
    /// So many parts, which must all take as many steps.
    pub fn new(n_parts: usize) -> Self {
        Self { arrived: Barrier::new(n_parts), parts: Mutex::new(vec![None; n_parts]) }
    }

    /// The part of this number.
    ///
    /// # Panics
    /// If there are not so many.
    pub fn part(&self, rank: usize) -> ThreadPart<'_> {
        assert!(rank < self.lock().len(), "there is no part {rank}");
        ThreadPart { of: self, rank }
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Vec<Option<(Step, Gradients)>>> {
        self.parts.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl AllReduce for ThreadPart<'_> {
    fn mean(&self, step: &mut Step, gradients: &mut Gradients) -> Result<(), TaskError> {
        self.of.lock()[self.rank] = Some((*step, gradients.clone()));
        self.of.arrived.wait();
        {
            let parts = self.of.lock();
            let n: usize = parts.iter().flatten().map(|(step, _)| step.n).sum();
            let mut sum = gradients.empty_copy();
            let mut loss = 0.0;
            // In the order of the parts, so that all come to the same bits.
            for (part, gradients) in parts.iter().flatten() {
                let share = part.n as f64 / n as f64;
                loss += share * part.loss;
                let mut gradients = gradients.clone();
                gradients.scale(share as f32);
                sum.add(&gradients);
            }
            *step = Step { loss, n };
            *gradients = sum;
        }
        // Nobody writes the next step's before all have read this one's.
        self.of.arrived.wait();
        Ok(())
    }
}
