//! Federated averaging: the mean weighted by samples, streaming.

use super::{Aggregate, Aggregator};

/// `Δ = Σ nᵢ Δᵢ / Σ nᵢ` (McMahan et al., 2017, algorithm 1).
///
/// The mean and the dispersion about it are updated together, in `f64`, by West's (1979) recurrence
/// `δ = Δᵢ − Δ; Δ += nᵢ/N · δ; S += nᵢ δ · (Δᵢ − Δ)`: one pass, `8 · n_values` bytes for any number of clients, and no cancellation, so
/// clients that agree have a dispersion of exactly zero.
#[derive(Clone, Debug)]
pub struct FedAvg {
    mean: Vec<f64>,
    n_trained: usize,
    total_weight: f64,
    squares: f64,
}

impl FedAvg {
    /// The mean of no updates `[n_values]` yet.
    pub fn new(n_values: usize, n_trained: usize) -> Self {
        Self { mean: vec![0.0; n_values], n_trained, total_weight: 0.0, squares: 0.0 }
    }
}

impl Aggregator for FedAvg {
    fn add(&mut self, update: &[f32], weight: f64) {
        self.total_weight += weight;
        let share = weight / self.total_weight;
        let mut squares = 0.0;
        for (i, (mean, x)) in self.mean.iter_mut().zip(update).enumerate() {
            let x = f64::from(*x);
            let before = x - *mean;
            *mean += share * before;
            if i < self.n_trained {
                squares += before * (x - *mean);
            }
        }
        self.squares += weight * squares;
    }

    fn finish(self: Box<Self>) -> Aggregate {
        let dispersion = if self.total_weight > 0.0 { self.squares / self.total_weight } else { 0.0 };
        Aggregate { update: self.mean, dispersion }
    }
}
