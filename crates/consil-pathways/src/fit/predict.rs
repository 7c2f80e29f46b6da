//! What one more run will come to: an interval for its loss, not for the law.
//!
//! # Construction
//!
//! With `p` free parameters, `n` runs, `ν = n − p` and residuals `r` of log loss, `s² = Σ r² / ν`. Each draw takes
//!
//! 1. a noise `σ² = s² ν / χ²_ν`, so that few runs leave the noise itself uncertain; no less than the spread of seeds, where runs of one size show it;
//! 2. losses `y_i = log L(θ̂; x_i) + σ z_i` of runs at the same sizes, to which the law is fitted again: the uncertainty of the parameters;
//! 3. the new run's `log L(θ*; x) + σ z`: the noise of the run itself, its seed included, since every run fitted had a seed of its own.
//!
//! The interval lies between quantiles of the draws. For a law that is linear in its parameters this is the interval of regression,
//! `ŷ ± t_ν s √(1 + xᵀ(XᵀX)⁻¹x)` (Davison and Hinkley 1997, §6.3.3 and 7.2.4), which a test holds it to. That the law itself goes on to hold beyond the runs
//! is assumed: [`Prediction::extrapolation`] says how far beyond it is asked.

use consil_random::Key;
use rayon::prelude::*;
use serde::Serialize;

use super::bootstrap::WARM;
use super::{Fit, FitError};
use crate::interval::Interval;
use crate::residuals::Residuals;
use crate::run::{Design, Run};

/// What one more run will come to.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Prediction {
    /// The law's loss.
    pub loss: f64,
    /// Where the loss of one run lies with the level's probability.
    pub interval: Interval,
    /// How far the size lies beyond the runs, as [`Fit::extrapolation`].
    pub extrapolation: f64,
    /// s, the standard deviation of the residuals of log loss.
    pub residual_deviation: f64,
    /// The standard deviation of log loss among runs of one size, pooled over sizes; none where no size was run twice.
    pub seed_deviation: Option<f64>,
    /// ν, runs beyond the free parameters.
    pub degrees_of_freedom: usize,
    /// How many draws the interval is made of.
    pub n_draws: usize,
}

impl Fit {
    /// The loss that one more run of a size will come to, by `n_draws` simulated sets of runs (see above), each keyed, so that the interval
    /// is the same on any number of threads.
    ///
    /// # Errors
    /// If fewer than 100 draws are asked for, or a size is not above zero.
    pub fn predict(&self, design: &Design, level: f64, n_draws: usize, key: Key) -> Result<Prediction, FitError> {
        if n_draws < 100 {
            return Err(FitError::TooFewResamples { found: n_draws });
        }
        let residuals = self.residuals();
        // `check::runs` asked for spare runs.
        let degrees_of_freedom = self.runs.len() - self.free.len();
        let nu = degrees_of_freedom as f64;
        let variance = residuals.iter().map(|r| r * r).sum::<f64>() / nu;
        let seed_deviation = seed_deviation(&self.runs);
        let least = seed_deviation.unwrap_or(0.0);
        let fitted: Vec<f64> = residuals.iter().zip(&self.log_loss).map(|(residual, log)| residual + log).collect();
        let key = key.child("predictive draw");
        let draw = |draw: usize| {
            let mut stream = key.nth_stream(draw as u64);
            // χ²_ν is a gamma of shape ν/2 and scale 2.
            let sigma = (variance * nu / (2.0 * stream.gamma(0.5 * nu))).sqrt().max(least);
            let log_loss: Vec<f64> = fitted.iter().map(|log| log + sigma * stream.normal()).collect();
            let weights = (0..self.runs.len()).map(|row| (row, 1.0)).collect();
            let residuals = Residuals { law: &self.prepared, log_loss: &log_loss, weights, free: &self.free };
            let optimum = residuals.minimise(&self.optimum.theta, self.config.objective, sigma.max(1e-9), WARM);
            let natural = super::natural(self.config.law, &optimum.theta);
            self.config.law.loss(&natural, design).ln() + sigma * stream.normal()
        };
        let draws: Vec<f64> = (0..n_draws).into_par_iter().map(draw).collect();
        let interval = Interval::of_sample(&draws, level).ok_or(FitError::TooFewResamples { found: 0 })?.map(f64::exp);
        Ok(Prediction {
            loss: self.loss(design),
            interval,
            extrapolation: self.extrapolation(design),
            residual_deviation: variance.sqrt(),
            seed_deviation,
            degrees_of_freedom,
            n_draws,
        })
    }
}

/// The pooled standard deviation of log loss among runs of one size.
fn seed_deviation(runs: &[Run]) -> Option<f64> {
    let mut left: Vec<&Run> = runs.iter().collect();
    let (mut squares, mut degrees_of_freedom) = (0.0, 0);
    while let Some(first) = left.first().copied() {
        let (same, others): (Vec<&Run>, Vec<&Run>) = left.into_iter().partition(|run| run.design == first.design);
        let logs: Vec<f64> = same.iter().map(|run| run.loss.ln()).collect();
        let mean = crate::interval::mean(&logs);
        squares += logs.iter().map(|log| (log - mean).powi(2)).sum::<f64>();
        degrees_of_freedom += logs.len() - 1;
        left = others;
    }
    (degrees_of_freedom > 0).then(|| (squares / degrees_of_freedom as f64).sqrt())
}

/// Parts the runs of the largest compute, all seeds of that size, from the others.
pub fn hold_out_largest(runs: Vec<Run>) -> (Vec<Run>, Vec<Run>) {
    let most = runs.iter().map(|run| run.design.compute).fold(f64::NEG_INFINITY, f64::max);
    runs.into_iter().partition(|run| run.design.compute < most)
}
