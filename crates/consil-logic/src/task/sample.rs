//! Worlds drawn from a circuit.

use consil_random::{Key, Stream};

use super::{Given, World};
use crate::circuit::Join;
use crate::plan::Plan;

impl Plan {
    /// `n` independent worlds from P(world | given); nothing if what is given is impossible. No draw is rejected: each goes
    /// down the circuit once.
    ///
    /// # Panics
    /// If there is no such answer or `log_weights` is not `n_slots` long.
    pub fn sample_worlds(&self, given: Given, log_weights: &[f64], n: usize, key: Key) -> Option<Vec<World>> {
        assert_eq!(log_weights.len(), self.n_slots(), "the log weights of one sample");
        let root = self.given(given);
        let rows = self.circuit.log_rows(log_weights, |_| Join::Sum);
        if root.is_some_and(|root| rows[root as usize] == f64::NEG_INFINITY) {
            return None;
        }
        let worlds = (0..n as u64).map(|draw| {
            let mut stream = key.nth_stream(draw);
            let term = match root {
                Some(root) => self.circuit.term(&rows, root, |edges| pick(edges, &mut stream)),
                None => Vec::new(),
            };
            self.world(&term, log_weights, |group| {
                let slots = self.groups[group].slots.clone();
                slots.start + pick(&log_weights[slots], &mut stream)
            })
        });
        Some(worlds.collect())
    }
}

/// An index, with probability proportional to the exponential.
pub(super) fn pick(logs: &[f64], stream: &mut Stream) -> usize {
    let largest = logs.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let total: f64 = logs.iter().map(|log| (log - largest).exp()).sum();
    let mut left = stream.uniform() * total;
    let mut last = 0;
    for (at, log) in logs.iter().enumerate() {
        let share = (log - largest).exp();
        if share > 0.0 {
            last = at;
            if left < share {
                return at;
            }
            left -= share;
        }
    }
    last
}
