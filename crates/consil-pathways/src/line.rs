//! Ordinary least squares of one variable on another.

use crate::interval::{Interval, mean, student_reach};

/// How far values may differ by rounding, of the largest or of one: that of a sum of thousands.
const ROUNDING: f64 = 1e-13;

/// `y = intercept + slope · (x − centre)`, with what its intervals need.
#[derive(Clone, Debug)]
pub(crate) struct Line {
    pub n: usize,
    pub centre: f64,
    pub intercept: f64,
    pub slope: f64,
    /// `Σ (x − centre)²`.
    pub spread: f64,
    /// The standard deviation of the residuals, with `n − 2` degrees of freedom.
    pub deviation: f64,
    /// The share of the variance that the line explains.
    pub r_squared: f64,
}

impl Line {
    /// Fits; `None` with fewer than three points, or where all x are the same.
    pub fn fit(x: &[f64], y: &[f64]) -> Option<Self> {
        let n = x.len();
        if n < 3 {
            return None;
        }
        let (centre, intercept) = (mean(x), mean(y));
        let spread: f64 = x.iter().map(|x| (x - centre).powi(2)).sum();
        if spread <= 0.0 {
            return None;
        }
        let largest = y.iter().fold(1.0f64, |largest, y| largest.max(y.abs()));
        if y.iter().all(|y| (y - intercept).abs() <= ROUNDING * largest) {
            // What differs by rounding alone is flat, exactly; r² is that of a line which leaves nothing.
            return Some(Self { n, centre, intercept, slope: 0.0, spread, deviation: 0.0, r_squared: 1.0 });
        }
        let slope = x.iter().zip(y).map(|(x, y)| (x - centre) * (y - intercept)).sum::<f64>() / spread;
        let left: f64 = x.iter().zip(y).map(|(x, y)| (y - intercept - slope * (x - centre)).powi(2)).sum();
        let total: f64 = y.iter().map(|y| (y - intercept).powi(2)).sum();
        let deviation = (left / (n as f64 - 2.0)).sqrt();
        let r_squared = if total > 0.0 { 1.0 - left / total } else { 1.0 };
        Some(Self { n, centre, intercept, slope, spread, deviation, r_squared })
    }

    pub fn at(&self, x: f64) -> f64 {
        self.intercept + self.slope * (x - self.centre)
    }

    /// The interval of the slope.
    pub fn slope_interval(&self, level: f64) -> Interval {
        let half = self.reach(level) * self.deviation / self.spread.sqrt();
        Interval { low: self.slope - half, high: self.slope + half, level }
    }

    /// The standard error of a new observation at x: that of the line, and that of the observation about it.
    pub fn prediction_error(&self, x: f64) -> f64 {
        self.deviation * (1.0 + 1.0 / self.n as f64 + (x - self.centre).powi(2) / self.spread).sqrt()
    }

    /// The interval of a new observation at x.
    pub fn prediction(&self, x: f64, level: f64) -> Interval {
        let (at, half) = (self.at(x), self.reach(level) * self.prediction_error(x));
        Interval { low: at - half, high: at + half, level }
    }

    pub fn degrees_of_freedom(&self) -> f64 {
        self.n as f64 - 2.0
    }

    /// How many standard errors an interval reaches to each side.
    pub fn reach(&self, level: f64) -> f64 {
        student_reach(level, self.degrees_of_freedom())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_and_its_intervals_are_those_of_scipy() {
        // scipy 1.17.1: linregress([0, 1, 2, 4], [1, 2, 2, 5]), and statistics of a new observation at 6 with t(2).
        let line = Line::fit(&[0.0, 1.0, 2.0, 4.0], &[1.0, 2.0, 2.0, 5.0]).expect("a line");
        let scipy = [(line.slope, SLOPE), (line.at(0.0), INTERCEPT), (line.r_squared, R_SQUARED)];
        for (ours, scipy) in scipy {
            assert!((ours - scipy).abs() < 1e-12, "{ours} {scipy}");
        }
        let slope = line.slope_interval(0.8);
        assert!((slope.width() / 2.0 - HALF_SLOPE).abs() < 1e-9, "{slope:?}");
        let prediction = line.prediction(6.0, 0.8);
        assert!((prediction.width() / 2.0 - HALF_PREDICTION).abs() < 1e-9, "{prediction:?}");
    }

    const SLOPE: f64 = 0.9714285714285714;
    const INTERCEPT: f64 = 0.8;
    const R_SQUARED: f64 = 0.9174603174603174;
    const HALF_SLOPE: f64 = 0.3884967248451648;
    const HALF_PREDICTION: f64 = 2.092118890323198;
}
