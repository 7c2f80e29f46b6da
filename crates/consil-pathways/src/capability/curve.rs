//! The sigmoid that joins a capability to the score of a task.

use consil_random::Key;
use rayon::prelude::*;
use serde::Serialize;

use super::CapabilityError;
use crate::interval::{Interval, mean};
use crate::minimise::{BfgsConfig, bfgs};

/// The shares of the points, by capability, from which the rest is forecast.
const ORIGINS: [f64; 4] = [0.5, 0.6, 0.7, 0.8];

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
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct TaskForecast {
    /// The score expected.
    pub score: f64,
    /// Where the score of a new model should lie.
    pub interval: Interval,
    /// How far the capability lies beyond the points, as a share of their range; 0 within.
    pub extrapolation: f64,
    /// What such intervals have covered.
    pub record: TaskRecord,
}

/// What intervals of a curve have covered: curves through the less capable models, tried on the more capable ones.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct TaskRecord {
    /// The nominal probability.
    pub level: f64,
    /// The share of scores that lay within; `None` where there were too few points to try.
    pub coverage: Option<f64>,
    /// How many were tried.
    pub n_cases: usize,
    /// After how many origins: the lower half, three fifths, seven tenths and four fifths of the points.
    pub n_origins: usize,
}

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

    /// The score with its interval: curves through resampled points, each with a residual drawn from those of its points.
    pub fn forecast(&self, capability: f64, n_resamples: usize, key: Key, record: &TaskRecord) -> TaskForecast {
        let interval = self.interval(capability, record.level, n_resamples, key);
        let (low, high) = self.range;
        let extrapolation = ((capability - high).max(low - capability) / (high - low)).max(0.0);
        TaskForecast { score: self.score(capability), interval, extrapolation, record: *record }
    }

    /// Tries intervals of a level on the points themselves: from those of lower capability, the scores of all that are higher.
    pub fn record(&self, level: f64, n_resamples: usize, key: Key) -> TaskRecord {
        let mut points = self.points.clone();
        points.sort_by(|a, b| a.0.total_cmp(&b.0));
        let (mut n_held, mut n_cases, mut n_origins) = (0, 0, 0);
        for share in ORIGINS {
            let (known, later) = points.split_at((share * points.len() as f64) as usize);
            let Ok(curve) = Self::fit(known, self.floor) else { continue };
            let held = later.iter().filter(|(x, score)| curve.interval(*x, level, n_resamples, key).holds(*score));
            (n_held, n_cases, n_origins) = (n_held + held.count(), n_cases + later.len(), n_origins + 1);
        }
        let coverage = (n_cases > 0).then(|| n_held as f64 / n_cases as f64);
        TaskRecord { level, coverage, n_cases, n_origins }
    }

    fn interval(&self, capability: f64, level: f64, n_resamples: usize, key: Key) -> Interval {
        let n = self.points.len();
        let draw = |resample: usize| {
            let mut stream = key.op("task curve").step(resample as u64).stream();
            let points: Vec<(f64, f64)> = (0..n).map(|_| self.points[stream.below(n)]).collect();
            let (slope, centre, _) = least_squares(&points, self.floor, self.range);
            let (at, score) = self.points[stream.below(n)];
            let residual = score - self.score(at);
            (sigmoid(self.floor, slope, centre, capability) + residual).clamp(0.0, 1.0)
        };
        let sample: Vec<f64> = (0..n_resamples.max(100)).into_par_iter().map(draw).collect();
        Interval::of_sample(&sample, level).unwrap_or(Interval { low: 0.0, high: 1.0, level })
    }
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
