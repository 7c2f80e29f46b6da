//! The coordinate-wise trimmed mean, buffered.

use std::sync::Arc;

use super::{Aggregate, Aggregator};
use crate::cover::SentEntries;
use crate::exact::ExactSum;
use crate::metrics::sum_of_squares;

/// At each coordinate: sort the k values, leave out `⌊trim · k⌋` at each end, take the plain mean of the rest (Yin, Chen,
/// Ramchandran and Bartlett, 2018, "Byzantine-robust distributed learning", definition 2).
///
/// Weights do not count: a hostile site could claim any number of samples.
#[derive(Clone, Debug)]
pub struct TrimmedMean {
    trim: f64,
    entries: Arc<SentEntries>,
    /// For each entry the updates that cover it, with their weights.
    updates: Vec<Vec<(Vec<f32>, f64)>>,
}

/// How many of `k` values are left out at each end.
pub(super) fn n_out(trim: f64, k: usize) -> usize {
    (trim * k as f64).floor() as usize
}

impl TrimmedMean {
    /// The trimmed mean of no updates yet, leaving out the share `trim ∈ [0, 0.5)` at each end.
    pub fn new(trim: f64, entries: Arc<SentEntries>) -> Self {
        let updates = vec![Vec::new(); entries.entries().len()];
        Self { trim, entries, updates }
    }

    fn center(&self, updates: &[(Vec<f32>, f64)], n_values: usize) -> Vec<f64> {
        let n_out = n_out(self.trim, updates.len());
        let mut column = Vec::with_capacity(updates.len());
        (0..n_values)
            .map(|i| {
                column.clear();
                column.extend(updates.iter().map(|(update, _)| update[i]));
                column.sort_unstable_by(f32::total_cmp);
                let inner = &column[n_out..column.len() - n_out];
                inner.iter().map(|x| f64::from(*x)).sum::<f64>() / inner.len() as f64
            })
            .collect()
    }
}

impl Aggregator for TrimmedMean {
    fn add(&mut self, parts: &[(usize, &[f32])], factor: f64, weight: f64) {
        for (i, values) in parts {
            let values = values.iter().map(|x| (factor * f64::from(*x)) as f32).collect();
            self.updates[*i].push((values, weight));
        }
    }

    fn finish(self: Box<Self>) -> Aggregate {
        let mut update = vec![0.0; self.entries.n_sent()];
        let mut dispersion = 0.0;
        for (entry, updates) in self.entries.entries().iter().zip(&self.updates) {
            if updates.is_empty() {
                continue;
            }
            let center = self.center(updates, entry.range.len());
            if entry.is_trained {
                let (mut squares, mut total) = (ExactSum::default(), ExactSum::default());
                for (values, weight) in updates {
                    let differences = values.iter().zip(&center).map(|(x, c)| f64::from(*x) - c);
                    squares.add(weight * sum_of_squares(differences));
                    total.add(*weight);
                }
                dispersion += squares.value() / total.value();
            }
            update[entry.range.clone()].copy_from_slice(&center);
        }
        Aggregate { update, dispersion }
    }
}
