//! Where a fit begins: a grid over the exponents, and for each point of it the constants that fit best.
//!
//! With its exponents given, a law is linear in its constants, so that a small least-squares problem with constants at or above zero gives
//! them (variable projection; Golub and Pereyra 1973). A grid over all parameters would miss the narrow valley that joins constants and exponents.

use crate::law::{Axis, Law};
use crate::matrix;
use crate::run::Run;

const EXPONENTS: [f64; 5] = [0.08, 0.2, 0.35, 0.6, 1.0];

/// Points from which to fit a law to runs, as vectors θ.
pub(crate) fn starts(law: Law, runs: &[Run]) -> Vec<Vec<f64>> {
    let column = |axis: Axis| -> Vec<f64> { runs.iter().map(|run| axis.of(&run.design)).collect() };
    let losses: Vec<f64> = runs.iter().map(|run| run.loss).collect();
    let n = EXPONENTS;
    match law {
        Law::Power(axis) => n.iter().filter_map(|alpha| power(&column(axis), &losses, *alpha)).collect(),
        Law::Saturating(axis) => {
            let x = column(axis);
            let of = |alpha: f64| {
                let c = constants(&[decay(&x, alpha), ones(&x)], &losses)?;
                Some(vec![c[0].ln(), c[1].ln(), alpha])
            };
            n.iter().filter_map(|alpha| of(*alpha)).collect()
        }
        Law::Kaplan => {
            // L^(1/αD) = (Nc/N)^(αN/αD) + Dc/D is linear in Nc^(αN/αD) and Dc.
            let (x, y) = (column(Axis::Parameters), column(Axis::Tokens));
            pairs(&[0.04, 0.08, 0.15, 0.3])
                .filter_map(|(alpha_n, alpha_d)| {
                    let left: Vec<f64> = losses.iter().map(|loss| loss.powf(1.0 / alpha_d)).collect();
                    let c = constants(&[decay(&x, alpha_n / alpha_d), decay(&y, 1.0)], &left)?;
                    Some(vec![c[0].ln() * alpha_d / alpha_n, c[1].ln(), alpha_n, alpha_d])
                })
                .collect()
        }
        Law::Hoffmann => {
            let (x, y) = (column(Axis::Parameters), column(Axis::Tokens));
            pairs(&n).filter_map(|(alpha, beta)| hoffmann(&x, &y, &losses, alpha, beta)).collect()
        }
        Law::DataConstrained => {
            let (x, y) = (column(Axis::Parameters), column(Axis::Tokens));
            let rates = [(4.0f64, 4.0f64), (4.0, 16.0), (16.0, 4.0), (16.0, 16.0)];
            pairs(&[0.2, 0.35, 0.6])
                .filter_map(|(alpha, beta)| hoffmann(&x, &y, &losses, alpha, beta))
                .flat_map(|start| {
                    rates.map(|(rate_n, rate_d)| [start.as_slice(), &[rate_n.ln(), rate_d.ln()]].concat())
                })
                .collect()
        }
        Law::OverTraining => {
            let (c, m) = (column(Axis::Compute), column(Axis::TokensPerParameter));
            let of = |eta: f64| {
                let first: Vec<f64> = c.iter().zip(&m).map(|(c, m)| (m / c).powf(eta)).collect();
                let second: Vec<f64> = c.iter().zip(&m).map(|(c, m)| (m * c).powf(-eta)).collect();
                let k = constants(&[first, second, ones(&c)], &losses)?;
                Some(vec![k[0].ln(), k[1].ln(), k[2].ln(), eta])
            };
            [0.05, 0.1, 0.15, 0.2, 0.3, 0.5].iter().filter_map(|eta| of(*eta)).collect()
        }
    }
}

fn power(x: &[f64], losses: &[f64], alpha: f64) -> Option<Vec<f64>> {
    let c = constants(&[decay(x, alpha)], losses)?;
    Some(vec![c[0].ln() / alpha, alpha])
}

fn hoffmann(x: &[f64], y: &[f64], losses: &[f64], alpha: f64, beta: f64) -> Option<Vec<f64>> {
    let c = constants(&[decay(x, alpha), decay(y, beta), ones(x)], losses)?;
    Some(vec![c[0].ln(), c[1].ln(), c[2].ln(), alpha, beta])
}

fn decay(x: &[f64], exponent: f64) -> Vec<f64> {
    x.iter().map(|x| x.powf(-exponent)).collect()
}

fn ones(x: &[f64]) -> Vec<f64> {
    vec![1.0; x.len()]
}

fn pairs(values: &[f64]) -> impl Iterator<Item = (f64, f64)> {
    values.iter().flat_map(move |a| values.iter().map(move |b| (*a, *b)))
}

/// The constants above zero with the least `Σ ((Σ c x − y) / y)²`: each subset of columns is tried, since there are at most three. A constant that
/// the data would have at zero begins with a hundredth of the loss, from where a fit can take it either way.
fn constants(columns: &[Vec<f64>], y: &[f64]) -> Option<Vec<f64>> {
    let k = columns.len();
    let scales: Vec<f64> = columns.iter().map(|x| x.iter().sum::<f64>() / x.len() as f64).collect();
    let entry = |column: usize, row: usize| columns[column][row] / scales[column] / y[row];
    let mut best: Option<(f64, Vec<f64>)> = None;
    for subset in 1usize..1 << k {
        let chosen: Vec<usize> = (0..k).filter(|column| subset >> column & 1 == 1).collect();
        let products = |f: &dyn Fn(usize) -> f64| (0..y.len()).map(f).sum::<f64>();
        let gram: Vec<f64> = chosen
            .iter()
            .flat_map(|a| chosen.iter().map(|b| products(&|row| entry(*a, row) * entry(*b, row))))
            .collect();
        let right: Vec<f64> = chosen.iter().map(|a| products(&|row| entry(*a, row))).collect();
        let Some(solution) = matrix::solve(&gram, &right) else { continue };
        if solution.iter().any(|c| *c <= 0.0) {
            continue;
        }
        let error = products(&|row| {
            let fitted: f64 = chosen.iter().zip(&solution).map(|(column, c)| c * entry(*column, row)).sum();
            (fitted - 1.0).powi(2)
        });
        if best.as_ref().is_none_or(|(least, _)| error < *least) {
            let mean = y.iter().sum::<f64>() / y.len() as f64;
            let mut full: Vec<f64> = scales.iter().map(|scale| 0.01 * mean / scale).collect();
            for (column, c) in chosen.iter().zip(&solution) {
                full[*column] = c / scales[*column];
            }
            best = Some((error, full));
        }
    }
    best.map(|(_, constants)| constants).filter(|constants| constants.iter().all(|c| c.is_finite() && *c > 0.0))
}
