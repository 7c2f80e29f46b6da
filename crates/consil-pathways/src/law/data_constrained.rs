//! The data-constrained law of Muennighoff et al. (2023).
//!
//! With `G = (α A / (β B))^(1 / (α + β))`, the number of parameters that is best for U distinct tokens is
//! `U_N = min(N, G (U G)^(β / α))`; what exceeds U_N, and what exceeds U, decays with the number of repetitions.

use super::power_sum::of_two_terms;
use crate::law::MAX_PARAMETERS;
use crate::run::{Design, Run};

/// The law at the sizes of some runs: `[ln N, ln D, ln U]` each.
pub(crate) struct DataConstrained {
    rows: Vec<[f64; 3]>,
}

/// `ln X'`, where `X' = U (1 + R* (1 − exp(−R / R*)))` and `R = X / U − 1`, with its derivatives by `ln U` and by `ln R*`.
fn decayed(log_x: f64, log_u: f64, log_rate: f64) -> (f64, f64, f64) {
    let rate = log_rate.exp();
    let repeats = ((log_x - log_u).exp() - 1.0).max(0.0);
    let left = (-repeats / rate).exp();
    // −expm1 keeps the digits where there is little repetition.
    let worth = 1.0 - rate * (-repeats / rate).exp_m1();
    let by_unique = 1.0 - left * (1.0 + repeats) / worth;
    let by_rate = (rate * (1.0 - left) - repeats * left) / worth;
    (log_u + worth.ln(), by_unique, by_rate)
}

impl DataConstrained {
    pub fn new(designs: &[Design]) -> Self {
        Self { rows: designs.iter().map(|d| [d.parameters.ln(), d.tokens.ln(), d.unique_tokens.ln()]).collect() }
    }

    #[inline]
    pub fn log_loss(&self, row: usize, theta: &[f64], gradient: &mut [f64; MAX_PARAMETERS]) -> f64 {
        let [log_n, log_d, log_u] = self.rows[row];
        let (a, b, e, alpha, beta) = (theta[0], theta[1], theta[2], theta[3], theta[4]);
        if !(alpha > 0.0 && beta > 0.0) {
            gradient.fill(0.0);
            return f64::INFINITY;
        }
        let total = alpha + beta;
        let log_g = (alpha.ln() + a - beta.ln() - b) / total;
        let best = log_g + beta / alpha * (log_u + log_g);
        let has_surplus = best < log_n;
        let (log_n_worth, by_best, by_rate_n) = decayed(log_n, best.min(log_n), theta[5]);
        let (log_d_worth, _, by_rate_d) = decayed(log_d, log_u, theta[6]);

        let terms = [a - alpha * log_n_worth, b - beta * log_d_worth, e];
        let largest = terms[0].max(terms[1]).max(terms[2]);
        let shares = terms.map(|term| (term - largest).exp());
        let sum: f64 = shares.iter().sum();
        let [share_n, share_d, share_e] = shares.map(|share| share / sum);

        *gradient = [
            share_n,
            share_d,
            share_e,
            -share_n * log_n_worth,
            -share_d * log_d_worth,
            -share_n * alpha * by_rate_n,
            -share_d * beta * by_rate_d,
        ];
        if has_surplus {
            // Through `best`: ∂best/∂G = 1 + β/α, and the exponents' own part.
            let through = -share_n * alpha * by_best;
            let by_g = 1.0 + beta / alpha;
            gradient[0] += through * by_g / total;
            gradient[1] -= through * by_g / total;
            gradient[3] += through * (by_g * (1.0 / alpha - log_g) / total - beta / (alpha * alpha) * (log_u + log_g));
            gradient[4] += through * (by_g * (-1.0 / beta - log_g) / total + (log_u + log_g) / alpha);
        }
        largest + sum.ln()
    }
}

/// Points from which to fit it: those of the law without repetition, each at several rates of decay.
pub(super) fn initial_points(runs: &[Run]) -> Vec<Vec<f64>> {
    let rates = [(4.0f64, 4.0f64), (4.0, 16.0), (16.0, 4.0), (16.0, 16.0)];
    let with_rates =
        |start: Vec<f64>| rates.map(|(rate_n, rate_d)| [start.as_slice(), &[rate_n.ln(), rate_d.ln()]].concat());
    of_two_terms(runs, &[0.2, 0.35, 0.6]).into_iter().flat_map(with_rates).collect()
}
