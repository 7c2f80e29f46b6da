//! The laws of Kaplan et al. (2020): one axis, or parameters and tokens together.

use super::{EXPONENTS, column, losses};
use crate::law::{Axis, Law, MAX_PARAMETERS};
use crate::run::{Design, Run};
use crate::variable_projection::{constants, decay, pairs};

/// `(Xc / X)^α`, or `[(Nc / N)^(αN / αD) + Dc / D]^αD`, at the sizes of some runs.
pub(crate) struct Kaplan {
    rows: Vec<[f64; 2]>,
    joint: bool,
}

impl Kaplan {
    /// The law of one axis, or without one the joint law.
    pub fn new(designs: &[Design], axis: Option<Axis>) -> Self {
        let row = |design: &Design| match axis {
            Some(axis) => [axis.of(design).ln(), 0.0],
            None => [design.parameters.ln(), design.tokens.ln()],
        };
        Self { rows: designs.iter().map(row).collect(), joint: axis.is_none() }
    }

    #[inline]
    pub fn log_loss(&self, row: usize, theta: &[f64], gradient: &mut [f64; MAX_PARAMETERS]) -> f64 {
        let [x, y] = self.rows[row];
        if !self.joint {
            let (constant, alpha) = (theta[0], theta[1]);
            gradient[0] = alpha;
            gradient[1] = constant - x;
            return alpha * (constant - x);
        }
        let (alpha_n, alpha_d) = (theta[2], theta[3]);
        let ratio = alpha_n / alpha_d;
        let (u, v) = (theta[0] - x, theta[1] - y);
        let largest = (ratio * u).max(v);
        let (first, second) = ((ratio * u - largest).exp(), (v - largest).exp());
        let log_sum = largest + (first + second).ln();
        let share = first / (first + second);
        gradient[0] = alpha_n * share;
        gradient[1] = alpha_d * (1.0 - share);
        gradient[2] = share * u;
        gradient[3] = log_sum - ratio * share * u;
        alpha_d * log_sum
    }
}

/// Points from which to fit the law of one axis, or the joint law.
pub(super) fn initial_points(law: Law, runs: &[Run]) -> Vec<Vec<f64>> {
    let losses = losses(runs);
    if let Law::Power(axis) = law {
        let x = column(runs, axis);
        let of = |alpha: f64| Some(vec![constants(&[decay(&x, alpha)], &losses)?[0].ln() / alpha, alpha]);
        return EXPONENTS.iter().filter_map(|alpha| of(*alpha)).collect();
    }
    // L^(1/αD) = (Nc/N)^(αN/αD) + Dc/D is linear in Nc^(αN/αD) and Dc.
    let (x, y) = (column(runs, Axis::Parameters), column(runs, Axis::Tokens));
    let of = |(alpha_n, alpha_d): (f64, f64)| {
        let left: Vec<f64> = losses.iter().map(|loss| loss.powf(1.0 / alpha_d)).collect();
        let c = constants(&[decay(&x, alpha_n / alpha_d), decay(&y, 1.0)], &left)?;
        Some(vec![c[0].ln() * alpha_d / alpha_n, c[1].ln(), alpha_n, alpha_d])
    };
    pairs(&[0.04, 0.08, 0.15, 0.3]).filter_map(of).collect()
}
