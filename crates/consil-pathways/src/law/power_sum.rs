//! Sums of power terms: `L = Σ exp(θ_c − θ_e x)`, where x is the logarithm of a coordinate.

use super::{EXPONENTS, column, losses};
use crate::law::{Axis, Law, MAX_PARAMETERS};
use crate::run::{Design, Run};
use crate::variable_projection::{constants, decay, ones, pairs};

/// A sum of up to three power terms at the sizes of some runs.
pub(crate) struct PowerSum {
    terms: Vec<Term>,
    n_parameters: usize,
}

/// `exp(θ[constant] − θ[exponent] · x)`, or `exp(θ[constant])`.
struct Term {
    constant: usize,
    decay: Option<(usize, Vec<f64>)>,
}

impl PowerSum {
    /// The terms of a law that is such a sum.
    pub fn new(law: Law, designs: &[Design]) -> Self {
        let term = |constant, exponent, x: &dyn Fn(&Design) -> f64| Term {
            constant,
            decay: Some((exponent, designs.iter().map(x).collect())),
        };
        let log = |axis: Axis, design: &Design| axis.of(design).ln();
        let irreducible = |constant| Term { constant, decay: None };
        let terms = match law {
            Law::Saturating(axis) => vec![term(0, 2, &|design| log(axis, design)), irreducible(1)],
            // a M^η C^−η + b M^−η C^−η.
            Law::OverTraining => vec![
                term(0, 3, &|design| log(Axis::Compute, design) - log(Axis::TokensPerParameter, design)),
                term(1, 3, &|design| log(Axis::Compute, design) + log(Axis::TokensPerParameter, design)),
                irreducible(2),
            ],
            _ => vec![
                term(0, 3, &|design| log(Axis::Parameters, design)),
                term(1, 4, &|design| log(Axis::Tokens, design)),
                irreducible(2),
            ],
        };
        Self { terms, n_parameters: law.parameters().len() }
    }

    /// `log L`, and its gradient: the softmax of the terms, times −x for exponents.
    #[inline]
    pub fn log_loss(&self, row: usize, theta: &[f64], gradient: &mut [f64; MAX_PARAMETERS]) -> f64 {
        let mut shares = [f64::NEG_INFINITY; 3];
        for (share, term) in shares.iter_mut().zip(&self.terms) {
            *share = theta[term.constant] - term.decay.as_ref().map_or(0.0, |(exponent, x)| theta[*exponent] * x[row]);
        }
        let largest = shares[0].max(shares[1]).max(shares[2]);
        let mut sum = 0.0;
        for share in &mut shares[..self.terms.len()] {
            *share = (*share - largest).exp();
            sum += *share;
        }
        gradient[..self.n_parameters].fill(0.0);
        for (share, term) in shares.iter().zip(&self.terms) {
            let share = share / sum;
            gradient[term.constant] += share;
            if let Some((exponent, x)) = &term.decay {
                gradient[*exponent] -= share * x[row];
            }
        }
        largest + sum.ln()
    }
}

/// Points from which to fit a law that is such a sum.
pub(super) fn initial_points(law: Law, runs: &[Run]) -> Vec<Vec<f64>> {
    let losses = losses(runs);
    match law {
        Law::Saturating(axis) => {
            let x = column(runs, axis);
            let of = |alpha: f64| {
                let c = constants(&[decay(&x, alpha), ones(&x)], &losses)?;
                Some(vec![c[0].ln(), c[1].ln(), alpha])
            };
            EXPONENTS.iter().filter_map(|alpha| of(*alpha)).collect()
        }
        Law::OverTraining => {
            let (c, m) = (column(runs, Axis::Compute), column(runs, Axis::TokensPerParameter));
            let of = |eta: f64| {
                let first: Vec<f64> = c.iter().zip(&m).map(|(c, m)| (m / c).powf(eta)).collect();
                let second: Vec<f64> = c.iter().zip(&m).map(|(c, m)| (m * c).powf(-eta)).collect();
                let k = constants(&[first, second, ones(&c)], &losses)?;
                Some(vec![k[0].ln(), k[1].ln(), k[2].ln(), eta])
            };
            [0.05, 0.1, 0.15, 0.2, 0.3, 0.5].iter().filter_map(|eta| of(*eta)).collect()
        }
        _ => of_two_terms(runs, &EXPONENTS),
    }
}

/// Points of `L = E + A / N^α + B / D^β`, over a grid of both exponents.
pub(super) fn of_two_terms(runs: &[Run], exponents: &[f64]) -> Vec<Vec<f64>> {
    let (x, y, losses) = (column(runs, Axis::Parameters), column(runs, Axis::Tokens), losses(runs));
    let of = |(alpha, beta): (f64, f64)| {
        let c = constants(&[decay(&x, alpha), decay(&y, beta), ones(&x)], &losses)?;
        Some(vec![c[0].ln(), c[1].ln(), c[2].ln(), alpha, beta])
    };
    pairs(exponents).filter_map(of).collect()
}
