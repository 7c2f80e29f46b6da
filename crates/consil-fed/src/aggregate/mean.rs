//! The weighted mean, streaming and exact.

use std::sync::Arc;

use super::{Aggregate, Aggregator};
use crate::cover::SentEntries;
use crate::exact::{ExactSum, ExactSums};
use crate::metrics::sum_of_squares;

/// `Δ = Σ nᵢ Δᵢ / Σ nᵢ` (McMahan et al., 2017, algorithm 1), at each parameter over the clients that cover it.
///
/// The sums are exact ([`ExactSums`]): one pass, a constant number of bytes for any number of clients, the same bits in every order.
#[derive(Clone, Debug)]
pub struct Mean {
    entries: Arc<SentEntries>,
    sums: ExactSums,
    /// For each entry.
    weights: Vec<ExactSum>,
    /// For each entry, `Σ nᵢ ‖Δᵢ‖²`.
    squares: Vec<ExactSum>,
}

impl Mean {
    /// The mean of no updates yet.
    pub fn new(entries: Arc<SentEntries>) -> Self {
        let n_entries = entries.entries().len();
        let none = vec![ExactSum::default(); n_entries];
        Self { sums: ExactSums::zeros(entries.n_sent()), entries, weights: none.clone(), squares: none }
    }
}

impl Aggregator for Mean {
    fn add(&mut self, parts: &[(usize, &[f32])], factor: f64, weight: f64) {
        for (i, values) in parts {
            let entry = &self.entries.entries()[*i];
            self.sums.add(entry.range.start, values, factor * weight);
            self.weights[*i].add(weight);
            if entry.is_trained {
                self.squares[*i].add(weight * sum_of_squares(values.iter().map(|x| factor * f64::from(*x))));
            }
        }
    }

    fn finish(self: Box<Self>) -> Aggregate {
        let mut update = self.sums.values();
        let mut dispersion = 0.0;
        for (i, entry) in self.entries.entries().iter().enumerate() {
            let weight = self.weights[i].value();
            if weight > 0.0 {
                let mean = &mut update[entry.range.clone()];
                mean.iter_mut().for_each(|x| *x /= weight);
                if entry.is_trained {
                    let about = self.squares[i].value() / weight - sum_of_squares(mean.iter().copied());
                    dispersion += about.max(0.0);
                }
            }
        }
        Aggregate { update, dispersion }
    }
}
