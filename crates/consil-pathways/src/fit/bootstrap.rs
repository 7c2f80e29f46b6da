//! Case resamples: fits to runs drawn with replacement.

use consil_random::Key;
use rayon::prelude::*;

use super::{Fit, FitError, Objective, check, natural};
use crate::interval::{Interval, deviation};
use crate::law::Law;
use crate::minimise::BfgsConfig;
use crate::residuals::Residuals;

/// The parameters fitted to each of many resamples.
#[derive(Clone, Debug)]
pub struct Bootstrap {
    law: Law,
    /// One row for each resample: the parameters as papers print them.
    pub replicates: Vec<Vec<f64>>,
    /// The value of the objective of each resample.
    pub values: Vec<f64>,
    /// How often law and gradient were evaluated, for one resample on average (counted over its runs together).
    pub mean_evaluations: f64,
}

impl Fit {
    /// How often each run is drawn in resample number `resample`: n draws with replacement, keyed, so that a resample is the same on any number
    /// of threads.
    pub fn resample(&self, resample: usize, key: Key) -> Vec<u32> {
        let mut stream = key.child("case resample").nth_stream(resample as u64);
        let n = self.runs.len();
        let mut counts = vec![0; n];
        for _ in 0..n {
            counts[stream.below(n)] += 1;
        }
        counts
    }

    /// Fits the law to `n_resamples` case resamples (Efron 1979), in parallel, each from the optimum of all runs and its curvature.
    ///
    /// # Errors
    /// If fewer than 100 resamples are asked for: their quantiles would say nothing.
    pub fn bootstrap(&self, n_resamples: usize, key: Key) -> Result<Bootstrap, FitError> {
        if n_resamples < 100 {
            return Err(FitError::TooFewResamples { found: n_resamples });
        }
        let fitted: Vec<(Vec<f64>, f64, usize)> =
            (0..n_resamples).into_par_iter().map(|resample| self.refit(&self.resample(resample, key))).collect();
        let law = self.config.law;
        let mean_evaluations = fitted.iter().map(|(_, _, n)| *n as f64).sum::<f64>() / n_resamples as f64;
        let values = fitted.iter().map(|(_, value, _)| *value).collect();
        let replicates = fitted.into_iter().map(|(theta, _, _)| natural(law, &theta)).collect();
        Ok(Bootstrap { law, replicates, values, mean_evaluations })
    }

    fn refit(&self, counts: &[u32]) -> (Vec<f64>, f64, usize) {
        let weights = counts.iter().enumerate().filter(|(_, count)| **count > 0);
        let weights = weights.map(|(row, count)| (row, f64::from(*count))).collect();
        let residuals = Residuals { law: &self.prepared, log_loss: &self.log_loss, weights, free: &self.free };
        let theta = &self.optimum.theta;
        match self.config.objective {
            Objective::Huber { delta } => {
                let inverse = Some(self.optimum.inverse.clone());
                let (theta, minimum) = residuals.minimise_at(theta, delta, inverse, WARM);
                (theta, minimum.value * delta, minimum.n_evaluations)
            }
            Objective::LeastAbsolute => {
                let optimum = residuals.minimise(theta, Objective::LeastAbsolute, 1e-3, WARM);
                (optimum.theta, optimum.value, optimum.n_evaluations)
            }
        }
    }
}

/// A resample differs from the next by far more than a relative decrease of 1e-10.
pub(super) const WARM: BfgsConfig = BfgsConfig { tolerance: 1e-10, max_steps: 200 };

impl Bootstrap {
    /// The standard deviation of each parameter over the resamples: its standard error.
    pub fn standard_errors(&self) -> Vec<f64> {
        (0..self.law.parameters().len()).map(|index| deviation(&self.column(index))).collect()
    }

    /// The central interval of a parameter.
    ///
    /// # Errors
    /// If the law has no parameter of that name.
    pub fn interval(&self, name: &str, level: f64) -> Result<Interval, FitError> {
        let column = self.column(check::index(self.law, name)?);
        Interval::of_sample(&column, level).ok_or(FitError::TooFewResamples { found: 0 })
    }

    /// A quantity that follows from the parameters, at each resample.
    pub fn of(&self, quantity: impl Fn(&[f64]) -> f64) -> Vec<f64> {
        self.replicates.iter().map(|replicate| quantity(replicate)).collect()
    }

    fn column(&self, index: usize) -> Vec<f64> {
        self.of(|replicate| replicate[index])
    }
}
