//! How the updates of a round become one.
//!
//! An [`Aggregator`] is given the round's updates one after another and then asked for the aggregate. A *streaming* one
//! folds each update into a state of constant size ([`FedAvg`]); a *buffered* one must hold them all ([`TrimmedMean`]).
//! Floating-point addition is not associative, so the [`Federation`](crate::Federation) gives updates in ascending order of client
//! whatever the order of arrival: a round's result depends on who answered, not on when.
//!
//! Laws, tested for every aggregator: the order of updates changes the aggregate at most by rounding; the aggregate of one update is that
//! update; the aggregate of equal updates is that update; shifting every update shifts the aggregate alike.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

mod fed_avg;
#[cfg(test)]
mod tests;
mod trimmed_mean;

pub use fed_avg::FedAvg;
pub use trimmed_mean::TrimmedMean;

/// Folds updates `[n_values]` into one.
pub trait Aggregator: Send {
    /// Takes a client's update, finite and `[n_values]`, with its weight, finite and positive.
    fn add(&mut self, update: &[f32], weight: f64);

    /// The aggregate of the updates so far; of none, zeros.
    fn finish(self: Box<Self>) -> Aggregate;
}

/// What a round's updates became.
#[derive(Clone, Debug, PartialEq)]
pub struct Aggregate {
    /// The aggregated update `[n_values]`, in `f64` so that nothing is lost before the server's own step.
    pub update: Vec<f64>,
    /// `Σ pᵢ ‖Δᵢ − update‖²` over the trained values, pᵢ the updates' shares of the weight.
    pub dispersion: f64,
}

/// Which aggregator: `"mean"`, or `{ trimmed-mean = { trim = 0.1 } }`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub enum AggregateConfig {
    /// The mean weighted by samples (McMahan et al., 2017).
    #[default]
    Mean,
    /// The coordinate-wise mean without the largest and smallest values (Yin et al., 2018): a minority of broken or
    /// hostile sites cannot move it far.
    TrimmedMean {
        /// The share of values left out at each end, in `[0, 0.5)`.
        trim: f64,
    },
}

impl AggregateConfig {
    /// An aggregator of updates `[n_values]`, of which the first `n_trained` are trained values.
    pub fn build(self, n_values: usize, n_trained: usize) -> Box<dyn Aggregator> {
        match self {
            Self::Mean => Box::new(FedAvg::new(n_values, n_trained)),
            Self::TrimmedMean { trim } => Box::new(TrimmedMean::new(trim, n_values, n_trained)),
        }
    }
}
