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
                self.add_one(feature, f64::from(*x), times);
            }
        }
    }

    /// Adds a value of one feature.
    pub fn add_one(&mut self, feature: usize, x: f64, times: u32) {
        if x.is_finite() {
            self.count[feature] += u64::from(times);
            self.sum[feature].add(x, times);
            self.square[feature].add(x * x, times);
            // The square of what 32 bits hold has no more digits than a double; of others it lacks this much.
            if f64::from(x as f32) != x {
                self.square[feature].add(x.mul_add(x, -(x * x)), times);
            }
        }
    }

    /// Adds the sums of other rows.
    pub fn merge(&mut self, other: &Self) {
        self.count.iter_mut().zip(&other.count).for_each(|(mine, theirs)| *mine += theirs);
        self.sum.iter_mut().zip(&other.sum).for_each(|(mine, theirs)| mine.merge(theirs));
        self.square.iter_mut().zip(&other.square).for_each(|(mine, theirs)| mine.merge(theirs));
    }

    /// The mean and the standard deviation of each feature that was computed in 32 bits, as [`normalisation`] has them.
    pub fn finish(&self) -> (Vec<f32>, Vec<f32>) {
        (0..self.count.len()).map(|feature| self.spread(feature)).map(|(mean, var)| normalisation(mean, var)).unzip()
    }

    /// The mean and the standard deviation of each feature that was read as it was written; a constant or absent feature has
    /// standard deviation 1, so that it becomes zero. What differs by no more than the last digit of a double differs.
    pub fn finish_exact(&self) -> (Vec<f64>, Vec<f64>) {
        let feature = |i: usize| {
            let (mean, variance) = self.spread(i);
            let deviation = variance.sqrt();
            // Neighbouring doubles deviate by 1e-17 of their mean, and what is left of equal ones is below 1e-23 of it.
            (mean, if deviation <= 1e-20 * mean.abs() { 1.0 } else { deviation })
        };
        (0..self.count.len()).map(feature).unzip()
    }

    /// The mean and the variance of a feature, which keeps its digits however far the mean is from zero: the mean of the
    /// squares less the square of the mean would be the difference of two numbers that agree in all of theirs.
    fn spread(&self, feature: usize) -> (f64, f64) {
        let (sum, n) = (&self.sum[feature], self.count[feature].max(1) as f64);
        let centre = sum.value() / n;
        // Σ(x − c)² = Σx² − 2c·Σx + n·c², each term exact; c is the mean but for its rounding d.
        let mut squares = self.square[feature].clone();
        sum.terms().for_each(|term| squares.add_product(-2.0 * centre, term));
        let (square, rest) = (centre * centre, centre.mul_add(centre, -(centre * centre)));
        squares.add_product(n, square);
        squares.add_product(n, rest);
        let mut rounding = sum.clone();
        rounding.add_product(-n, centre);
        let d = rounding.value() / n;
        (centre, (squares.value() / n - d * d).max(0.0))
    }
}

/// A number in units of its spread. What version 0.1 fitted was computed in 32 bits throughout, and is so still.
pub(crate) fn standardised(x: f64, (mean, sd): (f64, f64), is_exact: bool) -> f32 {
    if is_exact { ((x - mean) / sd) as f32 } else { (x as f32 - mean as f32) / sd as f32 }
}

/// A mean and a standard deviation to divide by, given the variance of what was computed in 32 bits: a deviation within their
/// rounding is that of a constant, which becomes zero.
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

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn moments(numbers: &[f64]) -> FeatureMoments {
        let mut moments = FeatureMoments::new(1);
        numbers.iter().for_each(|x| moments.add_one(0, *x, 1));
        moments
    }

    #[test]
    fn a_spread_far_below_its_mean_is_kept() {
        // Whole numbers around c: mean c + 1 and variance 2/3, whatever c is.
        for centre in [0.0, 1e9, 1.7e12, 1e15] {
            let (mean, sd) = moments(&[centre, centre + 1.0, centre + 2.0]).finish_exact();
            assert_eq!(mean, [centre + 1.0]);
            assert!((sd[0] - (2f64 / 3.0).sqrt()).abs() < 1e-12, "{centre}: {}", sd[0]);
        }
        for constant in [0.0, 0.1, -1e9 / 3.0, 3e38] {
            assert_eq!(moments(&[constant; 7]).finish_exact().1, [1.0], "{constant} alone has no spread");
        }
        let (mean, sd) = moments(&[1e-30, 3e-30]).finish_exact();
        assert!((mean[0] / 2e-30 - 1.0).abs() < 1e-12 && (sd[0] / 1e-30 - 1.0).abs() < 1e-12, "{mean:?} {sd:?}");
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]
        #[test]
        fn the_spread_is_that_of_the_numbers_less_their_centre(
            offsets in prop::collection::vec(-1_000i64..1_000, 2..30),
            centre in -4_000_000_000_000i64..4_000_000_000_000,
        ) {
            // Whole numbers below 2⁵³ are exact, and so are the sums of their offsets.
            let n = offsets.len() as f64;
            let sum: i64 = offsets.iter().sum();
            let squares: i64 = offsets.iter().map(|x| x * x).sum();
            let variance = squares as f64 / n - (sum as f64 / n).powi(2);
            let numbers: Vec<f64> = offsets.iter().map(|x| (centre + x) as f64).collect();
            let (mean, found) = moments(&numbers).spread(0);
            prop_assert!((mean - (centre as f64 + sum as f64 / n)).abs() <= 2e-3);
            prop_assert!((found - variance).abs() <= 1e-9 * variance.max(1.0), "{found} for {variance}");
        }
    }
}
