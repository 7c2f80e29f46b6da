//! The coordinate-wise trimmed mean, buffered.

use super::{Aggregate, Aggregator};

/// At each coordinate: sort the k values, leave out `⌊trim · k⌋` at each end, take the plain mean of the rest (Yin, Chen,
/// Ramchandran and Bartlett, 2018, "Byzantine-robust distributed learning", definition 2).
///
/// Weights do not count: a hostile site could claim any number of samples.
#[derive(Clone, Debug)]
pub struct TrimmedMean {
    trim: f64,
    n_values: usize,
    n_trained: usize,
    updates: Vec<(Vec<f32>, f64)>,
}

impl TrimmedMean {
    /// The trimmed mean of no updates `[n_values]` yet, leaving out the share `trim ∈ [0, 0.5)` at each end.
    pub fn new(trim: f64, n_values: usize, n_trained: usize) -> Self {
        Self { trim, n_values, n_trained, updates: Vec::new() }
    }

    fn center(&self) -> Vec<f64> {
        let n_out = (self.trim * self.updates.len() as f64).floor() as usize;
        let mut column = Vec::with_capacity(self.updates.len());
        (0..self.n_values)
            .map(|i| {
                column.clear();
                column.extend(self.updates.iter().map(|(update, _)| update[i]));
                column.sort_unstable_by(f32::total_cmp);
                let inner = &column[n_out..column.len() - n_out];
                inner.iter().map(|x| f64::from(*x)).sum::<f64>() / inner.len() as f64
            })
            .collect()
    }
}

impl Aggregator for TrimmedMean {
    fn add(&mut self, update: &[f32], weight: f64) {
        self.updates.push((update.to_vec(), weight));
    }

    fn finish(self: Box<Self>) -> Aggregate {
        if self.updates.is_empty() {
            return Aggregate { update: vec![0.0; self.n_values], dispersion: 0.0 };
        }
        let update = self.center();
        let squared_distance = |values: &[f32]| -> f64 {
            values.iter().zip(&update).take(self.n_trained).map(|(x, c)| (f64::from(*x) - c).powi(2)).sum()
        };
        let total: f64 = self.updates.iter().map(|(_, weight)| weight).sum();
        let squares: f64 = self.updates.iter().map(|(values, weight)| weight * squared_distance(values)).sum();
        Aggregate { update, dispersion: squares / total }
    }
}
