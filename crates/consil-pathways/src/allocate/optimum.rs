//! The size with the least loss under a budget: a scan over the logarithm of N, then golden sections.

use super::{Demand, FLOP_OF_INFERENCE};
use crate::law::Law;
use crate::run::{Design, FLOP_PER_PARAMETER_AND_TOKEN};

/// From one parameter to as many as there are atoms in a grain of sand.
const LOG_N: (f64, f64) = (0.0, 46.0);
const N_SCAN: usize = 230;

/// The best run for so much compute, training and serving together; `None` where the best lies at the border of what is tried.
pub(super) fn best(law: Law, constants: &[f64], compute: f64, demand: Demand) -> Option<Design> {
    let design = |log_n: f64| {
        let n = log_n.exp();
        let left = compute - FLOP_OF_INFERENCE * n * demand.inference_tokens;
        let tokens = left / (FLOP_PER_PARAMETER_AND_TOKEN * n);
        let design = Design::new(n, tokens);
        demand.unique_tokens.map_or(design, |unique| design.with_unique_tokens(unique))
    };
    if let Some(ratio) = demand.tokens_per_parameter {
        // 6 r N² + 2 T N = C.
        let (a, b) = (FLOP_PER_PARAMETER_AND_TOKEN * ratio, FLOP_OF_INFERENCE * demand.inference_tokens);
        let n = 2.0 * compute / (b + (b * b + 4.0 * a * compute).sqrt());
        return Some(design(n.ln())).filter(|design| law.loss(constants, design).is_finite());
    }
    let loss = |log_n: f64| {
        let design = design(log_n);
        // At least one token: below, a law of tokens means nothing.
        if design.tokens >= 1.0 { law.loss(constants, &design) } else { f64::INFINITY }
    };
    let log_n = least(loss, LOG_N)?;
    Some(design(log_n))
}

/// The compute with which a free run at its optimum reaches the loss, as a share of the run's own; `None` below a millionth, and where the law has no optimum
/// for so little compute.
pub(super) fn efficiency(law: Law, constants: &[f64], design: &Design, loss: f64) -> Option<f64> {
    let free = Demand::default();
    let at = |share: f64| best(law, constants, design.compute * share, free).map(|best| law.loss(constants, &best));
    // A run cannot beat the optimum for its compute, so that the share is at most one; the loss falls with compute, so that bisection finds it.
    let (mut low, mut high) = (1e-6f64.ln(), 0.0f64);
    if at(low.exp())? < loss {
        return None;
    }
    for _ in 0..40 {
        let middle = 0.5 * (low + high);
        if at(middle.exp())? > loss { low = middle } else { high = middle }
    }
    Some((0.5 * (low + high)).exp())
}

/// Where a function of one variable is least; `None` at the border, or where it is nowhere finite.
fn least(f: impl Fn(f64) -> f64, (from, to): (f64, f64)) -> Option<f64> {
    let step = (to - from) / N_SCAN as f64;
    let at = |k: usize| from + k as f64 * step;
    let values: Vec<f64> = (0..=N_SCAN).map(|k| f(at(k))).collect();
    let best = (0..=N_SCAN).min_by(|a, b| values[*a].total_cmp(&values[*b]))?;
    if best == 0 || best == N_SCAN || !values[best].is_finite() || !values[best + 1].is_finite() {
        return None;
    }
    let golden = 0.5 * (5.0f64.sqrt() - 1.0);
    let (mut low, mut high) = (at(best - 1), at(best + 1));
    let (mut x, mut y) = (high - golden * (high - low), low + golden * (high - low));
    let (mut fx, mut fy) = (f(x), f(y));
    // Values near a minimum differ in their last digits only from about the square root of the rounding on: more steps would follow noise.
    for _ in 0..36 {
        if fx < fy {
            (high, y, fy) = (y, x, fx);
            x = high - golden * (high - low);
            fx = f(x);
        } else {
            (low, x, fx) = (x, y, fy);
            y = low + golden * (high - low);
            fy = f(y);
        }
    }
    Some(0.5 * (low + high))
}
