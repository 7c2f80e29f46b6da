//! Intervals, and how good they are: coverage and the interval score.

use serde::{Deserialize, Serialize};
use statrs::distribution::{ContinuousCDF, Normal, StudentsT};

/// A range that should hold a value with probability `level`.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Interval {
    /// The lower end.
    pub low: f64,
    /// The upper end.
    pub high: f64,
    /// The nominal probability, such as 0.8.
    pub level: f64,
}

impl Interval {
    /// The central interval of a sample: from the `(1 − level) / 2` quantile to its mirror. `None` for an empty sample.
    pub fn of_sample(sample: &[f64], level: f64) -> Option<Self> {
        let sorted = sorted(sample);
        let tail = 0.5 * (1.0 - level);
        Some(Self { low: quantile(&sorted, tail)?, high: quantile(&sorted, 1.0 - tail)?, level })
    }

    /// Whether the value lies within.
    pub fn holds(&self, value: f64) -> bool {
        (self.low..=self.high).contains(&value)
    }

    /// The distance between the ends.
    pub fn width(&self) -> f64 {
        self.high - self.low
    }

    /// The interval score: the width, and for a value outside `2 / (1 − level)` times its distance (Gneiting and Raftery 2007, eq. 43). Lower is better, and
    /// the true quantiles have the lowest expectation, so that neither narrow nor wide intervals win by being so.
    pub fn score(&self, value: f64) -> f64 {
        self.width() + 2.0 / (1.0 - self.level) * ((self.low - value).max(0.0) + (value - self.high).max(0.0))
    }

    /// The same interval under an increasing function.
    pub fn map(self, f: impl Fn(f64) -> f64) -> Self {
        Self { low: f(self.low), high: f(self.high), level: self.level }
    }
}

/// The values in ascending order, those that are no number left out.
pub(crate) fn sorted(sample: &[f64]) -> Vec<f64> {
    let mut sorted: Vec<f64> = sample.iter().copied().filter(|x| !x.is_nan()).collect();
    sorted.sort_by(f64::total_cmp);
    sorted
}

/// The quantile of an ascending sample, linear between its members (definition 7 of Hyndman and Fan 1996): of estimates, which are finite. Samples of dates may hold
/// `never`, between which and a date nothing lies; [`crate::forecast::quantile`] takes a member of the sample.
pub(crate) fn quantile(sorted: &[f64], probability: f64) -> Option<f64> {
    let last = sorted.len().checked_sub(1)?;
    let at = probability.clamp(0.0, 1.0) * last as f64;
    let (below, part) = (at.floor() as usize, at.fract());
    let above = (below + 1).min(last);
    Some(sorted[below] + part * (sorted[above] - sorted[below]))
}

pub(crate) fn mean(sample: &[f64]) -> f64 {
    sample.iter().sum::<f64>() / sample.len() as f64
}

/// The standard deviation of a sample, with `n − 1`.
pub(crate) fn deviation(sample: &[f64]) -> f64 {
    let mean = mean(sample);
    (sample.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / (sample.len() as f64 - 1.0)).sqrt()
}

/// How many standard deviations a central interval of a normal distribution reaches to each side.
pub(crate) fn normal_reach(level: f64) -> f64 {
    Normal::standard().inverse_cdf(0.5 * (1.0 + level))
}

/// The same for Student's distribution. It is undefined without a degree of freedom.
pub(crate) fn student_reach(level: f64, degrees_of_freedom: f64) -> f64 {
    student_quantile(0.5 * (1.0 + level), degrees_of_freedom)
}

/// A quantile of Student's distribution.
pub(crate) fn student_quantile(probability: f64, degrees_of_freedom: f64) -> f64 {
    StudentsT::new(0.0, 1.0, degrees_of_freedom).map_or(f64::INFINITY, |t| t.inverse_cdf(probability))
}

/// The probability that Student's t exceeds a value.
pub(crate) fn student_tail(value: f64, degrees_of_freedom: f64) -> f64 {
    StudentsT::new(0.0, 1.0, degrees_of_freedom).map_or(f64::NAN, |t| t.sf(value))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantiles_are_numpys() {
        // numpy.quantile([1, 2, 4, 8], [0.1, 0.5, 0.9]) with its default method.
        let sorted = [1.0, 2.0, 4.0, 8.0];
        for (p, q) in [(0.1, 1.3), (0.5, 3.0), (0.9, 6.8)] {
            assert!((quantile(&sorted, p).expect("not empty") - q).abs() < 1e-12);
        }
        assert_eq!(quantile(&[], 0.5), None);
    }

    #[test]
    fn reaches_are_those_of_tables() {
        // Tables of the normal and of Student's distribution, to their last digit.
        for (reach, table) in [
            (normal_reach(0.8), 1.2816),
            (normal_reach(0.95), 1.9600),
            (student_reach(0.8, 9.0), 1.3830),
            (student_reach(0.95, 2.0), 4.3027),
        ] {
            assert!((reach - table).abs() < 5e-5, "{reach} {table}");
        }
    }

    #[test]
    fn the_score_of_a_value_outside_grows_ten_times_as_fast_at_eighty_per_cent() {
        let interval = Interval { low: 1.0, high: 3.0, level: 0.8 };
        assert_eq!(interval.score(2.0), 2.0);
        assert!((interval.score(3.5) - 7.0).abs() < 1e-12 && (interval.score(0.5) - 7.0).abs() < 1e-12);
    }
}
