//! From benchmark scores to a few capabilities, and from a capability to the score of a task.
//!
//! Benchmarks measure overlapping things. [`Components::fit`] finds the directions along which models differ most (principal components, as in Ruan et al. 2024,
//! "Observational scaling laws"), filling gaps from the first; a [`TaskCurve`] then joins the first capability to one task by a sigmoid.

mod backtest;
mod curve;
mod scores;

use serde::Serialize;

use crate::matrix;

pub use backtest::TaskTrial;
pub use curve::{TaskBootstrap, TaskCurve, TaskForecast};
pub use scores::ScoreTable;

/// The changes of filled gaps below which filling has converged: far below the last digit of any score.
const CONVERGED: f64 = 1e-10;
const MOST_ROUNDS: usize = 10_000;

/// The principal components of a table of scores.
#[derive(Clone, Debug, Serialize)]
pub struct Components {
    /// The benchmarks, in the order of every vector over them.
    pub benchmarks: Vec<String>,
    /// The models, in the order of `capabilities`.
    pub models: Vec<String>,
    /// The mean score of each benchmark.
    pub means: Vec<f64>,
    /// The share of the variance that each component explains, largest first; of the filled table, whose filled scores lie on the first component, so that
    /// many gaps make its share too large.
    pub explained: Vec<f64>,
    /// Each component as a unit vector over the benchmarks, its sign such that its sum is not below zero.
    pub loadings: Vec<Vec<f64>>,
    /// The first component of each model: its capability.
    pub capabilities: Vec<f64>,
    /// How many scores were missing and are filled from the first component.
    pub n_filled: usize,
    /// After how many rounds filling had converged.
    pub n_rounds: usize,
}

impl Components {
    /// Finds the components of scores that are centred and not scaled. A missing score is filled by the mean, then again and again from the first component,
    /// until nothing changes (iterated rank-1 imputation).
    ///
    /// # Errors
    /// If there are fewer than five models or two benchmarks, a model or a benchmark has no score at all, a benchmark has the same score for all, or filling does not converge.
    pub fn fit(table: &ScoreTable) -> Result<Self, CapabilityError> {
        table.check()?;
        let (n, k) = (table.models.len(), table.benchmarks.len());
        let is_missing: Vec<bool> = table.scores.iter().map(Option::is_none).collect();
        let column_mean = |column: usize, scores: &dyn Fn(usize) -> Option<f64>| {
            let present: Vec<f64> = (0..n).filter_map(|row| scores(row * k + column)).collect();
            crate::interval::mean(&present)
        };
        let mut means: Vec<f64> = (0..k).map(|column| column_mean(column, &|at| table.scores[at])).collect();
        let mut filled: Vec<f64> =
            table.scores.iter().enumerate().map(|(at, score)| score.unwrap_or(means[at % k])).collect();
        for n_rounds in 1..=MOST_ROUNDS {
            means = (0..k).map(|column| column_mean(column, &|at| Some(filled[at]))).collect();
            let pairs = matrix::eigen(&covariance(&filled, &means), k);
            let direction = upwards(&pairs[0].1);
            let capabilities: Vec<f64> = filled.chunks(k).map(|row| project(row, &means, &direction)).collect();
            let mut change = 0.0f64;
            for at in (0..n * k).filter(|at| is_missing[*at]) {
                let now = means[at % k] + capabilities[at / k] * direction[at % k];
                change = change.max((now - filled[at]).abs());
                filled[at] = now;
            }
            if change < CONVERGED {
                let total: f64 = pairs.iter().map(|(value, _)| value).sum();
                return Ok(Self {
                    benchmarks: table.benchmarks.clone(),
                    models: table.models.clone(),
                    explained: pairs.iter().map(|(value, _)| (value / total).max(0.0)).collect(),
                    loadings: pairs.iter().map(|(_, vector)| upwards(vector)).collect(),
                    means,
                    capabilities,
                    n_filled: is_missing.iter().filter(|missing| **missing).count(),
                    n_rounds,
                });
            }
        }
        Err(CapabilityError::NotConverged { n_rounds: MOST_ROUNDS })
    }

    /// The capability of a model by its scores, in the order of the benchmarks; of those that are missing nothing is assumed (least squares over those present).
    ///
    /// # Errors
    /// If the number of scores is another, or none is present.
    pub fn capability(&self, scores: &[Option<f64>]) -> Result<f64, CapabilityError> {
        if scores.len() != self.benchmarks.len() {
            return Err(CapabilityError::OtherBenchmarks { found: scores.len(), needed: self.benchmarks.len() });
        }
        let present = scores.iter().zip(&self.means).zip(&self.loadings[0]);
        let sums = present
            .filter_map(|((score, mean), loading)| score.map(|score| ((score - mean) * loading, loading * loading)));
        let (product, norm) = sums.fold((0.0, 0.0), |(a, b), (x, y)| (a + x, b + y));
        if norm > 0.0 { Ok(product / norm) } else { Err(CapabilityError::NoScore { what: "the model".to_owned() }) }
    }
}

fn covariance(scores: &[f64], means: &[f64]) -> Vec<f64> {
    let k = means.len();
    let mut sums = vec![0.0; k * k];
    for row in scores.chunks(k) {
        for i in 0..k {
            for j in 0..k {
                sums[i * k + j] += (row[i] - means[i]) * (row[j] - means[j]);
            }
        }
    }
    sums
}

fn project(row: &[f64], means: &[f64], direction: &[f64]) -> f64 {
    row.iter().zip(means).zip(direction).map(|((score, mean), along)| (score - mean) * along).sum()
}

/// The vector or its negative, such that its sum is not below zero.
fn upwards(vector: &[f64]) -> Vec<f64> {
    let sign = if vector.iter().sum::<f64>() < 0.0 { -1.0 } else { 1.0 };
    vector.iter().map(|x| sign * x).collect()
}

/// Why there are no components, or no curve.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CapabilityError {
    /// A table that cannot be read.
    #[error(transparent)]
    Table(#[from] crate::table::TableError),
    /// Too few models.
    #[error("{what}: at least {needed} models with scores are needed, but there are {found}")]
    TooFewModels {
        /// What was asked for.
        what: &'static str,
        /// How many there are.
        found: usize,
        /// How many are needed.
        needed: usize,
    },
    /// Too few benchmarks.
    #[error("components need at least two benchmarks, but there is {found}")]
    TooFewBenchmarks {
        /// How many there are.
        found: usize,
    },
    /// A model or a benchmark without any score.
    #[error("{what} has no score at all; leave it out")]
    NoScore {
        /// Which.
        what: String,
    },
    /// A benchmark on which all models are alike.
    #[error("all models score {score} on {benchmark}, which then tells nothing about them; leave it out")]
    SameScore {
        /// The benchmark.
        benchmark: String,
        /// The score.
        score: f64,
    },
    /// A benchmark that is named twice.
    #[error("{benchmark} is named twice, and would count twice; name it once")]
    Twice {
        /// The benchmark.
        benchmark: String,
    },
    /// Another number of scores than there are benchmarks.
    #[error("{found} scores were given for {needed} benchmarks")]
    OtherBenchmarks {
        /// How many were given.
        found: usize,
        /// How many there are.
        needed: usize,
    },
    /// A score that is no share.
    #[error("{what}: the score is {score}; a share from 0 to 1 is needed (divide per cent by 100)")]
    NoShare {
        /// Where.
        what: String,
        /// The score.
        score: f64,
    },
    /// Filling the gaps did not settle.
    #[error(
        "the missing scores still changed after {n_rounds} rounds: too many are missing; leave out the models or benchmarks with most gaps"
    )]
    NotConverged {
        /// How many rounds were made.
        n_rounds: usize,
    },
}

#[cfg(test)]
mod tests;
