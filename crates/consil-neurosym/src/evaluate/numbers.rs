//! Numbers against the true ones.

use serde::{Deserialize, Serialize};

/// How far the answers to a number are off.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct NumberErrors {
    n: usize,
    absolute: f64,
    squared: f64,
    /// The mean of the true numbers so far, and the sum of their squared deviations from it (Welford, 1962).
    mean: f64,
    spread: f64,
}

impl NumberErrors {
    /// Counts one answer.
    pub fn count(&mut self, said: f64, right: f64) {
        let error = said - right;
        self.n += 1;
        self.absolute += error.abs();
        self.squared += error * error;
        let from_old = right - self.mean;
        self.mean += from_old / self.n as f64;
        self.spread += from_old * (right - self.mean);
    }

    /// Adds the counts of other rows (Chan, Golub and LeVeque, 1979, "Updating formulae and a pairwise algorithm for computing sample variances",
    /// equation 1.5).
    pub(super) fn merge(&mut self, other: &Self) {
        let n = self.n + other.n;
        if other.n == 0 {
            return;
        }
        let between = other.mean - self.mean;
        let share = other.n as f64 / n as f64;
        self.spread += other.spread + between * between * self.n as f64 * share;
        self.mean += between * share;
        self.n = n;
        self.absolute += other.absolute;
        self.squared += other.squared;
    }

    /// How many have been counted.
    pub fn total(&self) -> usize {
        self.n
    }

    /// R², the coefficient of determination: `1 − Σ (said − right)² / Σ (right − mean)²`, 0 for always answering the mean. NaN where all true numbers
    /// are equal.
    pub fn r2(&self) -> f64 {
        if self.spread > 0.0 { 1.0 - self.squared / self.spread } else { f64::NAN }
    }

    /// The mean absolute error, in the number's unit.
    pub fn mae(&self) -> f64 {
        self.absolute / self.n as f64
    }

    /// The root of the mean squared error, in the number's unit.
    pub fn rmse(&self) -> f64 {
        (self.squared / self.n as f64).sqrt()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The example of scikit-learn's `r2_score`: 0.948….
    #[test]
    fn r2_mae_and_rmse() {
        let mut errors = NumberErrors::default();
        for (said, right) in [(2.5, 3.0), (0.0, -0.5), (2.0, 2.0), (8.0, 7.0)] {
            errors.count(said, right);
        }
        assert!((errors.r2() - 0.948_608_137_044_968).abs() < 1e-12, "{}", errors.r2());
        assert!((errors.mae() - 0.5).abs() < 1e-12);
        assert!((errors.rmse() - 0.375f64.sqrt()).abs() < 1e-12);
        assert!(NumberErrors::default().r2().is_nan());
    }
}
