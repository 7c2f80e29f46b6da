//! Whether the pace of a trend changed: the largest F over all days on which it could have.

use consil_random::Key;
use rayon::prelude::*;
use serde::Serialize;

use super::{Trend, TrendError};
use crate::date::Date;
use crate::matrix;

/// At least so many observations stand on either side of a break.
const N_SIDE: usize = 3;

/// At most so many days are tried, spread evenly over the observations.
const N_CANDIDATES: usize = 40;

/// The most likely day of a change of pace, and how likely such a change arises by chance.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Breakpoint {
    /// The day of the bend.
    pub date: Date,
    /// By which factor the value grew in a year before.
    pub growth_before: f64,
    /// By which factor after.
    pub growth_after: f64,
    /// F of the bend at that day, against a straight line.
    pub statistic: f64,
    /// The share of straight trends, with residuals like those found, that show a bend as strong somewhere (Andrews 1993 gives its limit; here by simulation, which also holds
    /// for few observations).
    pub p_value: f64,
    /// How many were simulated.
    pub n_simulated: usize,
}

impl Trend {
    /// Looks for the day on which the trend bends most, and tests it with `n_simulated` straight trends.
    ///
    /// # Errors
    /// If there are fewer than eight observations.
    pub fn breakpoint(&self, n_simulated: usize, key: Key) -> Result<Breakpoint, TrendError> {
        let n = self.observations.len();
        let needed = 2 * N_SIDE + 2;
        if n < needed {
            return Err(TrendError::TooFewForBreak { found: n, needed });
        }
        let x: Vec<f64> =
            self.observations.iter().map(|observation| observation.date.years() - self.line.centre).collect();
        let y: Vec<f64> = self.observations.iter().map(|observation| observation.value.ln()).collect();
        let bends: Vec<Bend> = candidates(&x).into_iter().filter_map(|at| Bend::new(&x, at)).collect();
        let fitted: Vec<f64> = x.iter().map(|x| self.line.intercept + self.line.slope * x).collect();
        let strongest = |y: &[f64]| {
            let straight = Straight::of(&x, y);
            let statistics = bends.iter().map(|bend| bend.statistic(&straight));
            statistics.enumerate().max_by(|a, b| a.1.total_cmp(&b.1))
        };
        let (at, statistic) = strongest(&y).ok_or(TrendError::TooFewForBreak { found: n, needed })?;
        // Residuals are drawn with replacement, scaled up by the degrees of freedom that the line took from them.
        let scale = (n as f64 / (n as f64 - 2.0)).sqrt();
        let residuals: Vec<f64> = y.iter().zip(&fitted).map(|(y, fitted)| scale * (y - fitted)).collect();
        let n_stronger = (0..n_simulated)
            .into_par_iter()
            .filter(|simulation| {
                let mut stream = key.child("straight trend").nth_stream(*simulation as u64);
                let y: Vec<f64> = fitted.iter().map(|fitted| fitted + residuals[stream.below(n)]).collect();
                strongest(&y).is_some_and(|(_, simulated)| simulated >= statistic)
            })
            .count();
        let bend = &bends[at];
        let (before, change) = bend.slopes(&Straight::of(&x, &y), self.line.slope);
        Ok(Breakpoint {
            date: Date::from_days(0).plus_days((bend.at + self.line.centre) * crate::date::DAYS_PER_YEAR),
            growth_before: before.exp(),
            growth_after: (before + change).exp(),
            statistic,
            p_value: (1.0 + n_stronger as f64) / (1.0 + n_simulated as f64),
            n_simulated,
        })
    }
}

/// Days at which a bend is tried: those of observations with enough others on both sides.
fn candidates(x: &[f64]) -> Vec<f64> {
    let mut sorted = x.to_vec();
    sorted.sort_by(f64::total_cmp);
    let inner = &sorted[N_SIDE - 1..=sorted.len() - N_SIDE];
    let step = inner.len().div_ceil(N_CANDIDATES);
    let mut days: Vec<f64> = inner.iter().copied().step_by(step).collect();
    days.dedup();
    days
}

/// The residuals of the straight line.
struct Straight {
    residuals: Vec<f64>,
    squares: f64,
}

impl Straight {
    fn of(x: &[f64], y: &[f64]) -> Self {
        let residuals = without_line(x, y);
        let squares = residuals.iter().map(|r| r * r).sum();
        Self { residuals, squares }
    }
}

/// A bend at one day: the hinge `max(0, x − at)`, made orthogonal to the straight line, so that its F costs one product (Frisch, Waugh and Lovell).
struct Bend {
    at: f64,
    hinge: Vec<f64>,
    orthogonal: Vec<f64>,
    norm: f64,
    /// How the slope before the bend answers to a unit of the hinge's coefficient.
    slope_of_hinge: f64,
}

impl Bend {
    fn new(x: &[f64], at: f64) -> Option<Self> {
        let hinge: Vec<f64> = x.iter().map(|x| (x - at).max(0.0)).collect();
        let orthogonal = without_line(x, &hinge);
        let norm: f64 = orthogonal.iter().map(|h| h * h).sum();
        let slope_of_hinge = line_of(x, &hinge)?[1];
        (norm > 1e-12).then_some(Self { at, hinge, orthogonal, norm, slope_of_hinge })
    }

    fn coefficient(&self, straight: &Straight) -> f64 {
        self.orthogonal.iter().zip(&straight.residuals).map(|(h, r)| h * r).sum::<f64>() / self.norm
    }

    fn statistic(&self, straight: &Straight) -> f64 {
        let explained = self.coefficient(straight).powi(2) * self.norm;
        let left = (straight.squares - explained).max(f64::MIN_POSITIVE);
        explained / left * (self.hinge.len() as f64 - 3.0)
    }

    /// The slope before the bend, and what is added to it after.
    fn slopes(&self, straight: &Straight, slope: f64) -> (f64, f64) {
        let change = self.coefficient(straight);
        (slope - change * self.slope_of_hinge, change)
    }
}

fn without_line(x: &[f64], y: &[f64]) -> Vec<f64> {
    let [a, b] = line_of(x, y).unwrap_or_default();
    x.iter().zip(y).map(|(x, y)| y - a - b * x).collect()
}

fn line_of(x: &[f64], y: &[f64]) -> Option<[f64; 2]> {
    let sum = |f: &dyn Fn(f64, f64) -> f64| x.iter().zip(y).map(|(x, y)| f(*x, *y)).sum::<f64>();
    let gram = [x.len() as f64, sum(&|x, _| x), sum(&|x, _| x), sum(&|x, _| x * x)];
    let solution = matrix::solve(&gram, &[sum(&|_, y| y), sum(&|x, y| x * y)])?;
    Some([solution[0], solution[1]])
}
