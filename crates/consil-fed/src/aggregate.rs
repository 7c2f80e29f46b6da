//! How the updates of a round become one.
//!
//! An [`Aggregator`] is given the round's updates in whatever order they arrive, and then asked for the aggregate. A *streaming* one
//! folds each update into a state of constant size ([`Mean`]); a *buffered* one must hold them all ([`TrimmedMean`]). An update may cover
//! only some of the parameters: each parameter is aggregated over the updates that cover it.
//!
//! Laws, tested for every aggregator: the order of updates changes no bit of the aggregate; the aggregate of one update is that
//! update; the aggregate of equal updates is that update; shifting every update shifts the aggregate alike.

use std::sync::Arc;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::cover::SentEntries;
use crate::range::{OutOfRange, require};

mod mean;
#[cfg(test)]
mod tests;
mod trimmed_mean;

pub use mean::Mean;
pub use trimmed_mean::TrimmedMean;

/// Folds updates of parameters into one.
pub trait Aggregator: Send {
    /// Takes a client's update: the finite values of each entry that it covers, to be multiplied by `factor`, with its weight. Weight and
    /// factor are finite and positive.
    fn add(&mut self, parts: &[(usize, &[f32])], factor: f64, weight: f64);

    /// The aggregate of the updates so far; of none, zeros.
    fn finish(self: Box<Self>) -> Aggregate;
}

/// What a round's updates became.
#[derive(Clone, Debug, PartialEq)]
pub struct Aggregate {
    /// The aggregated update `[n_sent]`, in `f64` so that nothing is lost before the server's own step; zero where no update covers.
    pub update: Vec<f64>,
    /// `Σ pᵢ ‖Δᵢ − update‖²` over the trained values, pᵢ the updates' shares of the weight among those that cover the parameter. Reckoned
    /// as a difference of exact sums of squares: what agrees to the last bit has a dispersion below 10⁻¹⁵ of the squares.
    pub dispersion: f64,
}

/// Which aggregator: `"mean"`, or `{ trimmed-mean = { trim = 0.2 } }`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub enum AggregateConfig {
    /// The weighted mean (McMahan et al., 2017).
    #[default]
    Mean,
    /// The coordinate-wise mean without the largest and smallest values (Yin et al., 2018): a minority of broken or
    /// hostile sites cannot move it far.
    TrimmedMean {
        /// The share of values left out at each end, in `(0, 0.5)`.
        trim: f64,
    },
}

impl AggregateConfig {
    /// Checks the range of its settings for a round of `n_clients`.
    ///
    /// # Errors
    /// [`OutOfRange`]; also if so few clients have nothing left out.
    pub fn check(self, n_clients: usize) -> Result<(), OutOfRange> {
        const TRIM: &str = "aggregate.trimmed-mean.trim";
        let Self::TrimmedMean { trim } = self else { return Ok(()) };
        require(trim > 0.0 && trim < 0.5, TRIM, trim, "above 0 and below 0.5")?;
        let allowed = "at least 1 divided by the number of sites that a round asks; less leaves nothing out";
        require(trimmed_mean::n_out(trim, n_clients) > 0, TRIM, trim, allowed)
    }

    /// An aggregator of the parameters that travel.
    pub fn build(self, entries: &Arc<SentEntries>) -> Box<dyn Aggregator> {
        match self {
            Self::Mean => Box::new(Mean::new(Arc::clone(entries))),
            Self::TrimmedMean { trim } => Box::new(TrimmedMean::new(trim, Arc::clone(entries))),
        }
    }
}
