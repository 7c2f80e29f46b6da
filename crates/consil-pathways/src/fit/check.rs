//! What runs must be like before a law is fitted to them.

use super::{FitConfig, FitError, Objective};
use crate::interval::{mean, sorted};
use crate::law::{Axis, Law, Scale};
use crate::run::Run;

/// Runs beyond the number of free parameters, so that a residual is more than rounding.
const N_SPARE: usize = 3;

/// Values closer than this ratio are the same size.
const SAME: f64 = 1.02;

/// Above this correlation of logarithms, two axes cannot be told apart by any realistic losses.
const LOCKSTEP: f64 = 0.999;

/// The range of Huber's δ, in residuals of the logarithm of the loss. Absolute values end at the lower bound (below, steps of a resample drown in rounding, and its
/// interval shrinks to nothing); no residual comes near the upper one, above which nothing changes but the scale.
const DELTAS: (f64, f64) = (1e-8, 10.0);

/// Whether an objective can be minimised.
pub(super) fn objective(objective: Objective) -> Result<(), FitError> {
    match objective {
        Objective::Huber { delta } if !(DELTAS.0..=DELTAS.1).contains(&delta) => {
            Err(FitError::Delta { delta, low: DELTAS.0, high: DELTAS.1 })
        }
        _ => Ok(()),
    }
}

/// For each parameter, the coordinate at which it is held.
pub(super) fn held(config: &FitConfig) -> Result<Vec<Option<f64>>, FitError> {
    let parameters = config.law.parameters();
    let mut held = vec![None; parameters.len()];
    for fixed in &config.fixed {
        let index = index(config.law, &fixed.name)?;
        let refuse = |needed| FitError::HeldValue { name: fixed.name.clone(), value: fixed.value, needed };
        match parameters[index].scale {
            Scale::Log if !(fixed.value > 0.0 && fixed.value.is_finite()) => return Err(refuse("a number above zero")),
            Scale::Linear if !fixed.value.is_finite() => return Err(refuse("a finite number")),
            scale => held[index] = Some(scale.fitted(fixed.value)),
        }
    }
    if held.iter().all(Option::is_some) {
        return Err(FitError::NothingFree { law: config.law });
    }
    Ok(held)
}

/// The place of a parameter.
pub(super) fn index(law: Law, name: &str) -> Result<usize, FitError> {
    let parameters = law.parameters();
    parameters.iter().position(|parameter| parameter.name == name).ok_or_else(|| {
        let known: Vec<&str> = parameters.iter().map(|parameter| parameter.name).collect();
        FitError::UnknownParameter { law, name: name.to_owned(), known: known.join(", ") }
    })
}

/// Whether runs can carry a law.
pub(super) fn runs(law: Law, n_free: usize, runs: &[Run]) -> Result<(), FitError> {
    for run in runs {
        let design = &run.design;
        for (what, value) in [
            ("the loss", run.loss),
            ("the number of parameters", design.parameters),
            ("the number of tokens", design.tokens),
            ("the number of distinct tokens", design.unique_tokens),
            ("the compute", design.compute),
        ] {
            if !(value > 0.0 && value.is_finite()) {
                return Err(FitError::NotPositive { origin: run.origin.clone(), what, value });
            }
        }
    }
    let needed = n_free + N_SPARE;
    if runs.len() < needed {
        return Err(FitError::TooFewRuns { law, n_free, needed, found: runs.len() });
    }
    let axes = law.axes();
    for axis in &axes {
        let needed = if matches!((law, axis), (Law::Power(_), _) | (_, Axis::Epochs)) { 2 } else { 3 };
        let values = sorted(&runs.iter().map(|run| axis.of(&run.design)).collect::<Vec<f64>>());
        let mut found = 1;
        let mut last = values[0];
        for value in &values {
            if *value > last * SAME {
                (found, last) = (found + 1, *value);
            }
        }
        if found < needed {
            return Err(FitError::OneSize { law, axis: axis.name(), needed, found, value: values[0] });
        }
    }
    if let [first, second, ..] = axes[..] {
        let correlation = correlation(runs, first, second);
        if correlation.abs() > LOCKSTEP {
            return Err(FitError::Lockstep { first: first.name(), second: second.name(), correlation });
        }
    }
    Ok(())
}

fn correlation(runs: &[Run], first: Axis, second: Axis) -> f64 {
    let log = |axis: Axis| -> Vec<f64> { runs.iter().map(|run| axis.of(&run.design).ln()).collect() };
    let (x, y) = (log(first), log(second));
    let (mean_x, mean_y) = (mean(&x), mean(&y));
    let product = |a: &[f64], a_mean: f64, b: &[f64], b_mean: f64| -> f64 {
        a.iter().zip(b).map(|(a, b)| (a - a_mean) * (b - b_mean)).sum()
    };
    product(&x, mean_x, &y, mean_y) / (product(&x, mean_x, &x, mean_x) * product(&y, mean_y, &y, mean_y)).sqrt()
}
