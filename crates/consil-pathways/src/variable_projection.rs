//! Variable projection: with its exponents given, a law is linear in its constants, so that a small least-squares problem with constants at or above
//! zero gives them (Golub and Pereyra 1973).
//!
//! A fit begins at a grid over the exponents, each point with the constants that fit best there: a grid over all parameters would miss the narrow valley
//! that joins constants and exponents.

use crate::matrix;

/// `x^−exponent`.
pub(crate) fn decay(x: &[f64], exponent: f64) -> Vec<f64> {
    x.iter().map(|x| x.powf(-exponent)).collect()
}

/// The column of a constant that nothing multiplies.
pub(crate) fn ones(x: &[f64]) -> Vec<f64> {
    vec![1.0; x.len()]
}

/// All pairs of exponents of a grid.
pub(crate) fn pairs(values: &[f64]) -> impl Iterator<Item = (f64, f64)> {
    values.iter().flat_map(move |a| values.iter().map(move |b| (*a, *b)))
}

/// The constants above zero with the least `Σ ((Σ c x − y) / y)²`: each subset of columns is tried, since there are at most three. A constant that
/// the data would have at zero begins with a hundredth of the loss, from where a fit can take it either way.
pub(crate) fn constants(columns: &[Vec<f64>], y: &[f64]) -> Option<Vec<f64>> {
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
