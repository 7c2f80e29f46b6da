//! Fitting a scaling law to training runs.
//!
//! [`FitConfig::fit`] finds the parameters of a [`Law`] with the least objective in log space, from many starts; [`Fit::bootstrap`] says how far they vary
//! with the choice of runs, and [`Fit::profile`] how far each can be moved before the runs contradict it. A parameter that can be moved without end is not
//! identified, and is flagged. [`Fit::predict`] is an interval for the loss of one more run.
//!
//! ```
//! use consil_pathways::{Design, FitConfig, Law, Run};
//!
//! # fn main() -> Result<(), consil_pathways::fit::FitError> {
//! let law = [482.0, 2085.0, 1.82, 0.348, 0.366];
//! let runs: Vec<Run> = (0..40)
//!     .map(|k| {
//!         let design = Design::new(1e8 * 1.3f64.powi(k % 8), 1e9 * 1.9f64.powi(k / 8));
//!         Run { origin: format!("run {k}"), design, loss: Law::Hoffmann.loss(&law, &design) }
//!     })
//!     .collect();
//! let fit = FitConfig::new(Law::Hoffmann).fit(&runs)?;
//! assert!((fit.estimate("alpha")? - 0.348).abs() < 1e-3);
//! # Ok(())
//! # }
//! ```

mod bootstrap;
mod check;
mod error;
mod predict;
mod profile;
mod report;

use serde::{Deserialize, Serialize};

use crate::law::{Axis, Law, Prepared};
use crate::minimise::BfgsConfig;
use crate::residuals::{Optimum, Residuals};
use crate::run::{Design, Run};
use crate::source::Source;

pub use crate::residuals::Objective;
pub use bootstrap::Bootstrap;
pub use error::FitError;
pub use predict::{Prediction, hold_out_largest};
pub use profile::{Identification, Profile};
pub use report::{EstimateReport, FitReport, Range};

/// What to fit, and how.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct FitConfig {
    /// The form of the law.
    pub law: Law,
    /// What is minimised.
    #[serde(default = "default_objective")]
    pub objective: Objective,
    /// Parameters that are not fitted but held.
    #[serde(default)]
    pub fixed: Vec<Held>,
}

/// A parameter that is held at a value.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Held {
    /// Its name, as in [`Law::parameters`].
    pub name: String,
    /// Its value, as papers print it.
    pub value: f64,
}

const fn default_objective() -> Objective {
    Objective::Huber { delta: 1e-3 }
}

impl FitConfig {
    /// Huber's function at `δ = 1e-3`, all parameters free.
    pub fn new(law: Law) -> Self {
        Self { law, objective: default_objective(), fixed: Vec::new() }
    }

    /// The same with another objective.
    pub fn objective(self, objective: Objective) -> Self {
        Self { objective, ..self }
    }

    /// The same with one more parameter held.
    pub fn hold(mut self, name: &str, value: f64) -> Self {
        self.fixed.push(Held { name: name.to_owned(), value });
        self
    }

    /// Fits the law.
    ///
    /// # Errors
    /// If a loss or a size is not above zero, there are too few runs, the runs do not differ along an axis of the law or two axes move in lockstep, a held
    /// parameter is unknown, or no start leads anywhere.
    pub fn fit(&self, runs: &[Run]) -> Result<Fit, FitError> {
        let parameters = self.law.parameters();
        check::objective(self.objective)?;
        let held = check::held(self)?;
        let free: Vec<usize> = (0..parameters.len()).filter(|index| held[*index].is_none()).collect();
        check::runs(self.law, free.len(), runs)?;

        let designs: Vec<Design> = runs.iter().map(|run| run.design).collect();
        let prepared = Prepared::new(self.law, &designs);
        let log_loss: Vec<f64> = runs.iter().map(|run| run.loss.ln()).collect();
        let weights: Vec<(usize, f64)> = (0..runs.len()).map(|row| (row, 1.0)).collect();
        let residuals = Residuals { law: &prepared, log_loss: &log_loss, weights, free: &free };

        // Roughly from each start, with a wide quadratic zone; then in full from the best few.
        let mut rough: Vec<(f64, Vec<f64>)> = self
            .law
            .initial_points(runs)
            .into_iter()
            .map(|mut start| {
                for (start, held) in start.iter_mut().zip(&held) {
                    *start = held.unwrap_or(*start);
                }
                let inverse = residuals.inverse_curvature(&start, ROUGH_DELTA);
                let config = BfgsConfig { tolerance: 1e-6, max_steps: 60 };
                let (theta, minimum) = residuals.minimise_at(&start, ROUGH_DELTA, inverse, config);
                (minimum.value, theta)
            })
            .filter(|(value, theta)| value.is_finite() && theta.iter().all(|theta| theta.is_finite()))
            .collect();
        let n_starts = rough.len();
        rough.sort_by(|a, b| a.0.total_cmp(&b.0));
        let optima: Vec<Optimum> = rough
            .into_iter()
            .take(N_REFINED)
            .map(|(_, theta)| residuals.minimise(&theta, self.objective, ROUGH_DELTA, BfgsConfig::default()))
            .filter(|optimum| optimum.value.is_finite() && optimum.theta.iter().all(|theta| theta.is_finite()))
            .collect();
        let least = optima.iter().map(|optimum| optimum.value).fold(f64::INFINITY, f64::min);
        // Exact data have an objective of rounding alone, whose digits say nothing: that of n residuals of the size of a last digit.
        let rounding = ROUNDING * ROUNDING * runs.len() as f64;
        let n_agreeing = optima.iter().filter(|optimum| optimum.value <= least * (1.0 + 1e-6) + rounding).count();
        let best = optima.into_iter().find(|optimum| optimum.value <= least);
        let optimum = best.ok_or(FitError::NoStart { law: self.law })?;
        let (config, runs, sources) = (self.clone(), runs.to_vec(), Vec::new());
        Ok(Fit { config, runs, sources, prepared, log_loss, free, optimum, n_starts, n_agreeing })
    }
}

/// Far above the residuals of a law that holds, so that the objective is nearly quadratic.
const ROUGH_DELTA: f64 = 0.1;
const N_REFINED: usize = 4;

/// How far a residual of log loss may be from zero by the rounding of a fit: some thousand last digits.
const ROUNDING: f64 = 1e-12;

/// A fitted law.
pub struct Fit {
    config: FitConfig,
    runs: Vec<Run>,
    sources: Vec<Source>,
    prepared: Prepared,
    log_loss: Vec<f64>,
    free: Vec<usize>,
    optimum: Optimum,
    n_starts: usize,
    n_agreeing: usize,
}

impl Fit {
    /// The same fit, with the provenance of its runs, which everything that is worked out from it then carries.
    pub fn with_sources(self, sources: Vec<Source>) -> Self {
        Self { sources, ..self }
    }

    /// Where the runs come from.
    pub fn sources(&self) -> &[Source] {
        &self.sources
    }

    /// What was fitted, and how.
    pub fn config(&self) -> &FitConfig {
        &self.config
    }

    /// The runs it was fitted to.
    pub fn runs(&self) -> &[Run] {
        &self.runs
    }

    /// The parameters, as papers print them, in the order of [`Law::parameters`].
    pub fn estimates(&self) -> Vec<f64> {
        natural(self.config.law, &self.optimum.theta)
    }

    /// One parameter by its name.
    ///
    /// # Errors
    /// If the law has none of that name.
    pub fn estimate(&self, name: &str) -> Result<f64, FitError> {
        check::index(self.config.law, name).map(|index| self.estimates()[index])
    }

    /// The least value of the objective.
    pub fn value(&self) -> f64 {
        self.optimum.value
    }

    /// How many starts were tried, and how many of the best four, refined, ended at the least value (to one in a million): a lone one deserves suspicion.
    pub fn starts(&self) -> (usize, usize) {
        (self.n_starts, self.n_agreeing)
    }

    /// The law's loss at a size.
    pub fn loss(&self, design: &Design) -> f64 {
        self.config.law.loss(&self.estimates(), design)
    }

    /// `log L − log loss` of each run.
    pub fn residuals(&self) -> Vec<f64> {
        self.weighted_residuals().residuals(&self.optimum.theta).map(|(_, _, residual)| residual).collect()
    }

    /// How far a size lies beyond the runs: the largest ratio, over the law's axes, of the coordinate to the nearest run's range; 1 within it.
    pub fn extrapolation(&self, design: &Design) -> f64 {
        extrapolation(self.config.law, &self.runs, design)
    }

    fn weighted_residuals(&self) -> Residuals<'_> {
        let weights = (0..self.runs.len()).map(|row| (row, 1.0)).collect();
        Residuals { law: &self.prepared, log_loss: &self.log_loss, weights, free: &self.free }
    }
}

pub(crate) fn natural(law: Law, theta: &[f64]) -> Vec<f64> {
    law.parameters().iter().zip(theta).map(|(parameter, theta)| parameter.scale.natural(*theta)).collect()
}

fn extrapolation(law: Law, runs: &[Run], design: &Design) -> f64 {
    let mut axes = law.axes();
    // What a planner asks for is compute, whatever the law's own axes are.
    if !axes.contains(&Axis::Compute) {
        axes.push(Axis::Compute);
    }
    let beyond = |axis: Axis| {
        let values = runs.iter().map(|run| axis.of(&run.design));
        let (low, high) = values.fold((f64::INFINITY, 0.0f64), |(low, high), x| (low.min(x), high.max(x)));
        let x = axis.of(design);
        (x / high).max(low / x)
    };
    axes.into_iter().map(beyond).fold(1.0, f64::max)
}

#[cfg(test)]
mod tests;
