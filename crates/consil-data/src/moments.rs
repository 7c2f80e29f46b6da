//! Means and standard deviations of features, and lengths of rows.

mod exact;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

pub(crate) use exact::ExactSum;

/// Exact sums of each feature; NaN counts as absent.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct FeatureMoments {
    count: Vec<u64>,
    sum: Vec<ExactSum>,
    square: Vec<ExactSum>,
}

impl FeatureMoments {
    pub fn new(n_features: usize) -> Self {
        let zero = vec![ExactSum::default(); n_features];
        Self { count: vec![0; n_features], sum: zero.clone(), square: zero }
    }

    /// Adds values laid out `[…, n_features]`, several times.
    pub fn add(&mut self, values: &[f32], times: u32) {
        for row in values.chunks(self.count.len().max(1)) {
            for (feature, x) in row.iter().enumerate() {
                self.add_one(feature, *x, times);
            }
        }
    }

    /// Adds a value of one feature.
    pub fn add_one(&mut self, feature: usize, x: f32, times: u32) {
        if x.is_finite() {
            let x = f64::from(x);
            self.count[feature] += u64::from(times);
            self.sum[feature].add(x, times);
            self.square[feature].add(x * x, times);
        }
    }

    /// Adds the sums of other rows.
    pub fn merge(&mut self, other: &Self) {
        self.count.iter_mut().zip(&other.count).for_each(|(mine, theirs)| *mine += theirs);
        self.sum.iter_mut().zip(&other.sum).for_each(|(mine, theirs)| mine.merge(theirs));
        self.square.iter_mut().zip(&other.square).for_each(|(mine, theirs)| mine.merge(theirs));
    }

    /// The mean and the standard deviation of each feature; a constant or absent feature has standard deviation 1, so
    /// that it becomes zero.
    pub fn finish(&self) -> (Vec<f32>, Vec<f32>) {
        let feature = |i: usize| {
            let n = self.count[i].max(1) as f64;
            let mean = self.sum[i].value() / n;
            normalisation(mean, self.square[i].value() / n - mean * mean)
        };
        (0..self.count.len()).map(feature).unzip()
    }
}

/// A mean and a standard deviation to divide by, given the variance.
pub(crate) fn normalisation(mean: f64, variance: f64) -> (f32, f32) {
    let deviation = variance.max(0.0).sqrt();
    let constant = deviation <= 1e-6 * mean.abs().max(1e-6);
    (mean as f32, if constant { 1.0 } else { deviation as f32 })
}

/// How often values occur, as sites can add it up.
pub(crate) type Counts<T> = BTreeMap<T, u64>;

/// Adds the counts of other rows.
pub(crate) fn add_counts<T: Ord + Clone>(mine: &mut Counts<T>, theirs: &Counts<T>) {
    theirs.iter().for_each(|(value, n)| *mine.entry(value.clone()).or_default() += n);
}

/// The smallest value that at least a share of all is not above.
pub(crate) fn quantile<T: Ord + Copy>(counts: &Counts<T>, share: f64) -> Option<T> {
    let total: u64 = counts.values().sum();
    let mut seen = 0;
    counts.iter().find_map(|(value, n)| {
        seen += n;
        (seen as f64 >= share * total as f64).then_some(*value)
    })
}

/// The value that occurs most often, the largest of equals.
pub(crate) fn most_frequent<T: Ord + Copy>(counts: &Counts<T>) -> Option<T> {
    counts.iter().max_by_key(|(_, n)| **n).map(|(value, _)| *value)
}
