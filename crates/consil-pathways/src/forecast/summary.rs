//! Samples in a few numbers.

use serde::Serialize;

/// The probabilities at which quantiles are stated.
pub const PROBABILITIES: [f64; 7] = [0.05, 0.10, 0.25, 0.50, 0.75, 0.90, 0.95];

/// A distribution in a few numbers.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Summary {
    /// Quantiles at [`PROBABILITIES`]; none where they are infinite (never).
    pub quantiles: [Option<f64>; 7],
    /// The mean, where all samples are finite.
    pub mean: Option<f64>,
    /// The standard deviation, where all samples are finite.
    pub sd: Option<f64>,
    /// The share of samples that are infinite: what never comes.
    pub never: f64,
}

/// Samples in growing order.
pub(super) fn sorted(samples: &[f64]) -> Vec<f64> {
    let mut ordered = samples.to_vec();
    ordered.sort_by(f64::total_cmp);
    ordered
}

impl Summary {
    /// Of samples in growing order.
    pub(super) fn of(ordered: &[f64]) -> Self {
        let n = ordered.len() as f64;
        let finite = ordered.iter().filter(|x| x.is_finite()).count();
        let all = finite == ordered.len() && finite > 0;
        let mean = all.then(|| ordered.iter().sum::<f64>() / n).filter(|mean| mean.is_finite());
        let sd = mean.map(|mean| (ordered.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / (n - 1.0).max(1.0)).sqrt());
        Self {
            quantiles: PROBABILITIES.map(|p| Some(quantile(ordered, p)).filter(|x| x.is_finite())),
            mean,
            sd: sd.filter(|sd| sd.is_finite()),
            never: 1.0 - finite as f64 / n,
        }
    }

    /// The median, infinite where half of the samples never come.
    pub fn median(&self) -> f64 {
        self.quantiles[3].unwrap_or(f64::INFINITY)
    }
}

/// The quantile of ordered samples: the smallest sample with at least a share `p` at or below it (type 1 of Hyndman and Fan, 1996), which never
/// averages a finite sample with an infinite one.
pub fn quantile(ordered: &[f64], p: f64) -> f64 {
    let n = ordered.len();
    let rank = (p * n as f64).ceil() as usize;
    ordered.get(rank.clamp(1, n.max(1)) - 1).copied().unwrap_or(f64::NAN)
}
