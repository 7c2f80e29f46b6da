//! What a client measured, and averages of it.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::exact::ExactSum;

/// Named measurements of one client: each the mean over the samples that the client trained on.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
#[serde(transparent)]
pub struct Metrics {
    values: BTreeMap<String, f64>,
}

impl Metrics {
    /// The name of the training loss.
    pub const LOSS: &'static str = "loss";

    /// Metrics that hold a training loss.
    pub fn loss(loss: f64) -> Self {
        [(Self::LOSS, loss)].into_iter().collect()
    }

    /// The measurement of a name.
    pub fn get(&self, name: &str) -> Option<f64> {
        self.values.get(name).copied()
    }

    /// Sets a measurement.
    pub fn set(&mut self, name: impl Into<String>, value: f64) {
        self.values.insert(name.into(), value);
    }

    /// All of them, by name.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = (&str, f64)> {
        self.values.iter().map(|(name, value)| (name.as_str(), *value))
    }
}

impl<S: Into<String>> FromIterator<(S, f64)> for Metrics {
    fn from_iter<I: IntoIterator<Item = (S, f64)>>(pairs: I) -> Self {
        Self { values: pairs.into_iter().map(|(name, value)| (name.into(), value)).collect() }
    }
}

/// The average of metrics over clients, weighted by samples: `m = Σ nᵢ mᵢ / Σ nᵢ`, the sums over the clients that
/// measured m. For the loss it is McMahan et al. (2017), equation 1: the global objective at the clients' models. The sums are exact, so the
/// order of clients does not matter.
#[derive(Clone, Debug, Default)]
pub struct WeightedMetrics {
    sums: BTreeMap<String, WeightedSum>,
}

#[derive(Clone, Debug, Default)]
struct WeightedSum {
    values: ExactSum,
    n_samples: u128,
}

impl WeightedMetrics {
    /// Adds a client's metrics over `n_samples`.
    pub fn add(&mut self, metrics: &Metrics, n_samples: u64) {
        for (name, value) in metrics.iter() {
            let sum = self.sums.entry(name.to_owned()).or_default();
            sum.values.add(n_samples as f64 * value);
            sum.n_samples += u128::from(n_samples);
        }
    }

    /// The averages.
    pub fn finish(self) -> Metrics {
        self.sums.into_iter().map(|(name, sum)| (name, sum.values.value() / sum.n_samples as f64)).collect()
    }
}

/// The sum of squares, summed with compensation (Neumaier, 1974): a rounding or two for any number of values.
pub fn sum_of_squares(values: impl IntoIterator<Item = f64>) -> f64 {
    let (mut sum, mut lost) = (0.0f64, 0.0f64);
    for x in values {
        let square = x * x;
        let next = sum + square;
        lost += if sum >= square { (sum - next) + square } else { (square - next) + sum };
        sum = next;
    }
    sum + lost
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_average_counts_samples_and_only_those_who_measured() {
        let mut mean = WeightedMetrics::default();
        mean.add(&Metrics::from_iter([("loss", 1.0), ("accuracy", 0.5)]), 10);
        mean.add(&Metrics::loss(4.0), 20);
        assert_eq!(mean.finish(), Metrics::from_iter([("loss", 3.0), ("accuracy", 0.5)]));
    }
}
