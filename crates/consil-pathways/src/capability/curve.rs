//! The sigmoid that joins a capability to the score of a task.

use consil_random::Key;
use rayon::prelude::*;
use serde::Serialize;

use super::CapabilityError;
use crate::backtest::Widening;
use crate::interval::{Interval, mean};
use crate::minimise::{BfgsConfig, bfgs};

/// Three parameters and as many points to spare.
const FEWEST: usize = 6;

/// `score = floor + (1 − floor) σ(slope · (capability − centre))`, by least squares.
#[derive(Clone, Debug, Serialize)]
pub struct TaskCurve {
    /// The score of guessing, which is given and not fitted.
    pub floor: f64,
    /// How fast the score rises.
    pub slope: f64,
    /// The capability half-way.
    pub centre: f64,
    /// The root of the mean squared error over the points.
    pub error: f64,
    /// The lowest and the highest capability of the points.
    pub range: (f64, f64),
    /// The points: capability and score.
    points: Vec<(f64, f64)>,
}

/// What a curve says about a capability.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct TaskForecast {
    /// The score expected.
    pub score: f64,
    /// The interval that follows from the curve alone.
    pub naive: Interval,
    /// Where the score of a new model should lie: widened where backtests say how far.
    pub interval: Interval,
    /// How far the capability lies beyond the points, as a share of their range; 0 within.
    pub extrapolation: f64,
    /// How far it is widened, and what such intervals have covered; `None` for one that follows from the curve alone.
    pub widening: Option<Widening>,
}

/// Curves through resampled points, each with a residual of a point.
pub struct TaskBootstrap(Vec<(f64, f64, f64)>);

impl TaskCurve {
    /// Fits the curve to pairs of capability and score, the latter a share from 0 to 1.
    ///
    /// # Errors
    /// If there are fewer than six points, a score is no share, or all capabilities or all scores are the same.
    pub fn fit(points: &[(f64, f64)], floor: f64) -> Result<Self, CapabilityError> {
        if points.len() < FEWEST {
            return Err(CapabilityError::TooFewModels { what: "a curve", found: points.len(), needed: FEWEST });
        }
        for (at, (_, score)) in points.iter().enumerate() {
            if !(0.0..=1.0).contains(score) {
                return Err(CapabilityError::NoShare { what: format!("point {}", at + 1), score: *score });
            }
        }
        let low = points.iter().map(|point| point.0).fold(f64::INFINITY, f64::min);
        let high = points.iter().map(|point| point.0).fold(f64::NEG_INFINITY, f64::max);
        if low >= high {
            return Err(CapabilityError::SameScore { benchmark: "the capability".to_owned(), score: low });
        }
        let first = points[0].1;
        if points.iter().all(|(_, score)| *score == first) {
            return Err(CapabilityError::SameScore { benchmark: "the task".to_owned(), score: first });
        }
        let (slope, centre, squares) = least_squares(points, floor, (low, high));
        let error = (squares / points.len() as f64).sqrt();
        Ok(Self { floor, slope, centre, error, range: (low, high), points: points.to_vec() })
    }

    /// The score at a capability.
    pub fn score(&self, capability: f64) -> f64 {
        sigmoid(self.floor, self.slope, self.centre, capability)
    }

    /// Curves through resampled points, each with a residual drawn from those of its points; at least a hundred.
    pub fn bootstrap(&self, n_resamples: usize, key: Key) -> TaskBootstrap {
        let n = self.points.len();
        let draw = |resample: usize| {
            let mut stream = key.child("task curve").nth_stream(resample as u64);
            let points: Vec<(f64, f64)> = (0..n).map(|_| self.points[stream.below(n)]).collect();
            let (slope, centre, _) = least_squares(&points, self.floor, self.range);
            let (at, score) = self.points[stream.below(n)];
            (slope, centre, score - self.score(at))
        };
        TaskBootstrap((0..n_resamples.max(100)).into_par_iter().map(draw).collect())
    }

    /// The score with its interval.
    pub fn forecast(
        &self,
        capability: f64,
        bootstrap: &TaskBootstrap,
        level: f64,
        widening: Option<&Widening>,
    ) -> TaskForecast {
        let score = self.score(capability);
        let drawn = |(slope, centre, residual): &(f64, f64, f64)| {
            (sigmoid(self.floor, *slope, *centre, capability) + residual).clamp(0.0, 1.0)
        };
        let sample: Vec<f64> = bootstrap.0.iter().map(drawn).collect();
        let naive = Interval::of_sample(&sample, level).unwrap_or(Interval { low: 0.0, high: 1.0, level });
        let (low, high) = self.range;
        let extrapolation = ((capability - high).max(low - capability) / (high - low)).max(0.0);
        let interval = widening.map_or(naive, |widening| {
            let odds = |share: f64| odds(share, self.floor);
            let wide = widening.of(naive.map(odds), odds(score), extrapolation).map(|odds| share(odds, self.floor));
            Interval { low: wide.low.min(naive.low), high: wide.high.max(naive.high), level }
        });
        TaskForecast { score, naive, interval, extrapolation, widening: widening.cloned() }
    }
}

/// The resolution of a score: a score of nothing, or of all, is known no better than to half a per cent.
const RESOLUTION: f64 = 0.005;

/// The odds of a score above guessing, on whose logarithm errors are alike at every height; within what scores resolve.
pub(super) fn odds(score: f64, floor: f64) -> f64 {
    let share = ((score - floor) / (1.0 - floor)).clamp(RESOLUTION, 1.0 - RESOLUTION);
    share / (1.0 - share)
}

/// The score of odds above guessing.
fn share(odds: f64, floor: f64) -> f64 {
    floor + (1.0 - floor) * odds / (1.0 + odds)
}

fn sigmoid(floor: f64, slope: f64, centre: f64, x: f64) -> f64 {
    floor + (1.0 - floor) / (1.0 + (-slope * (x - centre)).exp())
}

/// Slope, centre and the sum of squares, from a steep and a flat start.
fn least_squares(points: &[(f64, f64)], floor: f64, (low, high): (f64, f64)) -> (f64, f64, f64) {
    let middle = mean(&points.iter().map(|point| point.0).collect::<Vec<f64>>());
    let fit = |steepness: f64| {
        let squares = |theta: &[f64], gradient: &mut [f64]| {
            gradient.fill(0.0);
            let mut sum = 0.0;
            for (x, score) in points {
                let s = 1.0 / (1.0 + (-theta[0] * (x - theta[1])).exp());
                let residual = floor + (1.0 - floor) * s - score;
                let through = 2.0 * residual * (1.0 - floor) * s * (1.0 - s);
                gradient[0] += through * (x - theta[1]);
                gradient[1] -= through * theta[0];
                sum += residual * residual;
            }
            sum
        };
        bfgs(squares, &[steepness / (high - low), middle], None, BfgsConfig { tolerance: 1e-12, max_steps: 200 })
    };
    let (flat, steep) = (fit(2.0), fit(10.0));
    let best = if flat.value <= steep.value { flat } else { steep };
    (best.at[0], best.at[1], best.value)
}
