//! Profile likelihood: how far a parameter can be moved, all others following, before the runs contradict it.
//!
//! Huber's objective is not a log-likelihood, but `2 κ (S(θ) − S(θ̂))` with `κ = mean ψ' / mean ψ²` has the same limit, χ² with one degree of freedom (the drop
//! in dispersion; Ronchetti 1982, Heritier and Ronchetti 1994). For absolute values ψ' is twice the density of residuals at zero, taken here
//! from the three tenths that are nearest to zero.

use serde::Serialize;

use super::{Fit, FitError, check};
use crate::interval::{normal_reach, quantile, sorted};
use crate::law::Scale;
use crate::minimise::BfgsConfig;
use crate::residuals::{Objective, Residuals};

/// The range of a parameter that the runs do not contradict.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Profile {
    /// The parameter.
    pub name: &'static str,
    /// The estimate.
    pub estimate: f64,
    /// The lower end; `None` where the search met no contradiction.
    pub low: Option<f64>,
    /// The upper end; `None` where the search met no contradiction.
    pub high: Option<f64>,
    /// The nominal probability of the range.
    pub level: f64,
    /// What follows.
    pub identification: Identification,
}

/// Whether the data hold a parameter in place.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Identification {
    /// From both sides.
    Identified,
    /// From below only: it could be larger without end.
    UnboundedAbove,
    /// From above only: it could be smaller without end (for a constant: vanish).
    UnboundedBelow,
    /// From neither side.
    NotIdentified,
}

/// How far a search goes: a constant by seventeen orders of magnitude (one that the runs do not need ends near nothing), an exponent by two.
const REACH_LOG: f64 = 40.0;
const REACH_LINEAR: f64 = 2.0;

impl Fit {
    /// The profile of one parameter at a level such as 0.8.
    ///
    /// # Errors
    /// If the law has no parameter of that name, or it is held.
    pub fn profile(&self, name: &str, level: f64) -> Result<Profile, FitError> {
        let law = self.config.law;
        let index = check::index(law, name)?;
        let parameter = law.parameters()[index];
        if !self.free.contains(&index) {
            let value = parameter.scale.natural(self.optimum.theta[index]);
            return Err(FitError::HeldValue { name: name.to_owned(), value, needed: "a parameter that is free" });
        }
        let threshold = normal_reach(level).powi(2);
        let find = |direction: f64| self.edge(index, direction, threshold).map(|theta| parameter.scale.natural(theta));
        let (low, high) = (find(-1.0), find(1.0));
        let identification = match (low, high) {
            (Some(_), Some(_)) => Identification::Identified,
            (Some(_), None) => Identification::UnboundedAbove,
            (None, Some(_)) => Identification::UnboundedBelow,
            (None, None) => Identification::NotIdentified,
        };
        let estimate = parameter.scale.natural(self.optimum.theta[index]);
        Ok(Profile { name: parameter.name, estimate, low, high, level, identification })
    }

    /// The profiles of all free parameters.
    pub fn profiles(&self, level: f64) -> Vec<Profile> {
        let parameters = self.config.law.parameters();
        self.free.iter().filter_map(|index| self.profile(parameters[*index].name, level).ok()).collect()
    }

    /// The coordinate at which the statistic meets the threshold, on one side.
    fn edge(&self, index: usize, direction: f64, threshold: f64) -> Option<f64> {
        let others: Vec<usize> = self.free.iter().copied().filter(|free| *free != index).collect();
        let weights = (0..self.runs.len()).map(|row| (row, 1.0)).collect();
        let residuals = Residuals { law: &self.prepared, log_loss: &self.log_loss, weights, free: &others };
        let delta = self.working_delta();
        let factor = 2.0 * self.dispersion(delta);
        // The least at the working δ, which is the reference for all that follows.
        let (mut theta, _) = self.weighted_residuals().minimise_at(
            &self.optimum.theta,
            delta,
            self.weighted_residuals().inverse_curvature(&self.optimum.theta, delta),
            BfgsConfig::default(),
        );
        let at_least = self.weighted_residuals().objective(&theta, Objective::Huber { delta }) / delta;
        let begin = theta[index];
        let reach = match self.config.law.parameters()[index].scale {
            Scale::Log => REACH_LOG,
            Scale::Linear => REACH_LINEAR,
        };
        let statistic = |theta: &mut Vec<f64>, at: f64| {
            theta[index] = at;
            if others.is_empty() {
                return factor * (residuals.objective(theta, Objective::Huber { delta }) / delta - at_least);
            }
            let inverse = residuals.inverse_curvature(theta, delta);
            let (moved, minimum) = residuals.minimise_at(theta, delta, inverse, BfgsConfig::default());
            *theta = moved;
            factor * (minimum.value - at_least)
        };
        // Outwards in steps that double, then between the last two by bisection.
        let mut step = reach / 512.0;
        let (mut inside, mut inside_theta) = (0.0, theta.clone());
        let mut outside = loop {
            let at = (inside + step).min(reach);
            if statistic(&mut theta, begin + direction * at) > threshold {
                break at;
            }
            if at >= reach {
                return None;
            }
            (inside, inside_theta) = (at, theta.clone());
            step *= 1.6;
        };
        for _ in 0..30 {
            let middle = 0.5 * (inside + outside);
            let mut theta = inside_theta.clone();
            if statistic(&mut theta, begin + direction * middle) > threshold {
                outside = middle;
            } else {
                (inside, inside_theta) = (middle, theta);
            }
            if outside - inside < 1e-4 * outside {
                break;
            }
        }
        Some(begin + direction * 0.5 * (inside + outside))
    }

    /// δ itself, or where too few residuals lie within it to tell the density at zero, the one that holds three tenths.
    fn working_delta(&self) -> f64 {
        let residuals: Vec<f64> = self.residuals().iter().map(|residual| residual.abs()).collect();
        let near = quantile(&sorted(&residuals), 0.3).unwrap_or_default().max(1e-9);
        match self.config.objective {
            Objective::Huber { delta } => delta.max(near),
            Objective::LeastAbsolute => near,
        }
    }

    /// `κ = mean ψ' / mean ψ²` for `ψ = clamp(r / δ, −1, 1)`, with the degrees of freedom that the fit has used taken off.
    fn dispersion(&self, delta: f64) -> f64 {
        let residuals = self.residuals();
        let n_inside = residuals.iter().filter(|residual| residual.abs() <= delta).count() as f64;
        let squares: f64 = residuals.iter().map(|residual| (residual / delta).clamp(-1.0, 1.0).powi(2)).sum();
        let n = residuals.len() as f64;
        n_inside / delta / squares * (n - self.free.len() as f64) / n
    }
}
