//! Residuals of a law on the losses of runs: Huber's function, or the absolute value, of `log L(θ) − log loss`.

use serde::{Deserialize, Serialize};

use crate::law::{MAX_PARAMETERS, Prepared};
use crate::matrix;
use crate::minimise::{BfgsConfig, Minimum, bfgs};

/// What is minimised over the residuals `r = log L(θ) − log loss`.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub enum Objective {
    /// `Σ ρ(r)`, where `ρ(r) = r² / 2` up to `delta`, and `delta (|r| − delta / 2)` beyond (Huber 1964); `delta = 1e-3` in Hoffmann et al. 2022.
    Huber {
        /// δ, in units of the logarithm of the loss.
        delta: f64,
    },
    /// `Σ |r|`: Huber's function as δ goes to zero, divided by δ.
    LeastAbsolute,
}

impl Objective {
    /// δ at which the objective is minimised. Absolute values are followed down to a δ so small that only the residuals which are zero at the
    /// optimum lie within.
    fn delta(self) -> f64 {
        match self {
            Self::Huber { delta } => delta,
            Self::LeastAbsolute => 1e-8,
        }
    }
}

/// The residuals of a law over some runs, as a function of those parameters that are free.
pub(crate) struct Residuals<'a> {
    pub law: &'a Prepared,
    pub log_loss: &'a [f64],
    /// How often each run counts, with its row: rows that count for nothing are not here.
    pub weights: Vec<(usize, f64)>,
    /// Which parameters are fitted.
    pub free: &'a [usize],
}

impl Residuals<'_> {
    /// `Σ w ρ_δ(r) / δ` and its gradient with respect to the free parameters.
    fn value(&self, theta: &[f64], delta: f64, gradient: &mut [f64]) -> f64 {
        let mut row_gradient = [0.0; MAX_PARAMETERS];
        let mut sums = [0.0; MAX_PARAMETERS];
        let mut sum = 0.0;
        for &(row, weight) in &self.weights {
            let residual = self.law.log_loss(row, theta, &mut row_gradient) - self.log_loss[row];
            let scaled = residual / delta;
            let slope = scaled.clamp(-1.0, 1.0);
            sum += weight * slope * (residual - 0.5 * delta * slope);
            for (sum, partial) in sums.iter_mut().zip(&row_gradient) {
                *sum += weight * slope * partial;
            }
        }
        for (gradient, index) in gradient.iter_mut().zip(self.free) {
            *gradient = sums[*index];
        }
        sum
    }

    /// The objective itself.
    pub fn objective(&self, theta: &[f64], objective: Objective) -> f64 {
        match objective {
            Objective::Huber { delta } => delta * self.value(theta, delta, &mut []),
            Objective::LeastAbsolute => {
                self.residuals(theta).map(|(_, weight, residual)| weight * residual.abs()).sum()
            }
        }
    }

    /// Row, weight and residual of each run.
    pub fn residuals(&self, theta: &[f64]) -> impl Iterator<Item = (usize, f64, f64)> {
        let mut unused = [0.0; MAX_PARAMETERS];
        self.weights
            .iter()
            .map(move |&(row, weight)| (row, weight, self.law.log_loss(row, theta, &mut unused) - self.log_loss[row]))
    }

    /// The inverse of `Σ w J Jᵀ / max(|r|, δ)`, the curvature of the quadratic that touches the objective (iteratively reweighted least squares): a first guess of the
    /// inverse Hessian. Where the runs do not identify a direction, the step along it is bounded.
    pub fn inverse_curvature(&self, theta: &[f64], delta: f64) -> Option<Vec<f64>> {
        let n = self.free.len();
        let mut curvature = vec![0.0; n * n];
        let mut row_gradient = [0.0; MAX_PARAMETERS];
        for &(row, weight) in &self.weights {
            let residual = self.law.log_loss(row, theta, &mut row_gradient) - self.log_loss[row];
            let weight = weight / residual.abs().max(delta);
            for (i, &a) in self.free.iter().enumerate() {
                for (j, &b) in self.free.iter().enumerate() {
                    curvature[i * n + j] += weight * row_gradient[a] * row_gradient[b];
                }
            }
        }
        let trace: f64 = (0..n).map(|i| curvature[i * n + i]).sum();
        for i in 0..n {
            curvature[i * n + i] += 1e-10 * trace;
        }
        matrix::inverse(&curvature, n)
    }

    /// Minimises at one δ from `theta`, whose fixed parameters stay.
    pub fn minimise_at(
        &self,
        theta: &[f64],
        delta: f64,
        inverse: Option<Vec<f64>>,
        config: BfgsConfig,
    ) -> (Vec<f64>, Minimum) {
        let mut full = theta.to_vec();
        let start: Vec<f64> = self.free.iter().map(|index| theta[*index]).collect();
        let minimum = bfgs(
            |x, gradient| {
                for (index, x) in self.free.iter().zip(x) {
                    full[*index] = *x;
                }
                self.value(&full, delta, gradient)
            },
            &start,
            inverse,
            config,
        );
        for (index, x) in self.free.iter().zip(&minimum.at) {
            full[*index] = *x;
        }
        (full, minimum)
    }

    /// Minimises the objective from `theta`: from a δ that makes it smooth, through ever smaller ones, to its own.
    pub fn minimise(&self, theta: &[f64], objective: Objective, smooth: f64, config: BfgsConfig) -> Optimum {
        let last = objective.delta();
        let mut theta = theta.to_vec();
        let mut delta = smooth.max(last);
        let mut n_evaluations = 0;
        loop {
            // Twice: the curvature at the start of a stage can be far from that at its end.
            let mut inverse = Vec::new();
            for _ in 0..2 {
                let (at, minimum) = self.minimise_at(&theta, delta, self.inverse_curvature(&theta, delta), config);
                n_evaluations += minimum.n_evaluations;
                (theta, inverse) = (at, minimum.inverse);
            }
            if delta <= last {
                if objective == Objective::LeastAbsolute {
                    theta = self.vertex(theta);
                }
                let value = self.objective(&theta, objective);
                return Optimum { theta, value, inverse, n_evaluations };
            }
            delta = (0.1 * delta).max(last);
        }
    }

    /// A sum of absolute values has its minimum where as many residuals vanish as there are free parameters: solves for that point from the
    /// smallest residuals, and takes it if it is lower.
    pub fn vertex(&self, theta: Vec<f64>) -> Vec<f64> {
        let n = self.free.len();
        let mut order: Vec<(usize, f64)> = self.residuals(&theta).map(|(row, _, r)| (row, r.abs())).collect();
        if order.len() < n {
            return theta;
        }
        order.sort_by(|a, b| a.1.total_cmp(&b.1));
        let mut at = theta.clone();
        let mut row_gradient = [0.0; MAX_PARAMETERS];
        for _ in 0..20 {
            let (mut jacobian, mut residuals) = (Vec::with_capacity(n * n), Vec::with_capacity(n));
            for &(row, _) in &order[..n] {
                residuals.push(self.law.log_loss(row, &at, &mut row_gradient) - self.log_loss[row]);
                jacobian.extend(self.free.iter().map(|index| row_gradient[*index]));
            }
            let Some(step) = matrix::solve_general(&jacobian, &residuals) else { return theta };
            for (index, step) in self.free.iter().zip(&step) {
                at[*index] -= step;
            }
            if residuals.iter().all(|residual| residual.abs() < 1e-14) {
                break;
            }
        }
        let value = |theta: &[f64]| self.objective(theta, Objective::LeastAbsolute);
        if value(&at) < value(&theta) { at } else { theta }
    }
}

/// The parameters that fit best, and how they were found.
#[derive(Clone, Debug)]
pub(crate) struct Optimum {
    pub theta: Vec<f64>,
    pub value: f64,
    /// The inverse Hessian at the last δ.
    pub inverse: Vec<f64>,
    pub n_evaluations: usize,
}
