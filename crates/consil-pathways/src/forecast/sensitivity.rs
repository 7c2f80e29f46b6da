//! Which input the spread of a result comes from: Sobol's indices.
//!
//! For a result `f` of independent factors, the first-order index `S_i = Var(E[f | x_i]) / Var(f)` is the share of the variance that would go if
//! `x_i` were known, and the total index `T_i = E[Var(f | x_~i)] / Var(f)` the share that would stay if everything but `x_i` were known.
//! Correlated inputs are one factor together, since for dependent inputs the shares would not add up.

use consil_random::Key;
use serde::Serialize;

/// The scale of a result on which its variance is taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum SpreadScale {
    /// The value itself.
    Linear,
    /// Its logarithm.
    Logarithm,
}

/// A factor's share of the variance.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Index {
    /// On which scale of the result.
    pub scale: SpreadScale,
    /// The factor.
    pub factor: String,
    /// First-order index; estimates may lie a standard error outside 0–1.
    pub first: f64,
    /// Its standard error.
    pub first_error: f64,
    /// Total index.
    pub total: f64,
    /// Its standard error.
    pub total_error: f64,
}

/// A factor: its name and the uniform numbers that belong to it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Factor {
    /// The name.
    pub name: String,
    /// Places in the row of uniform numbers.
    pub places: Vec<usize>,
}

/// How often the rows are resampled for the standard errors.
const RESAMPLES: usize = 100;

/// Estimates the indices of `f` over rows of `width` uniform numbers, with `n_base` base rows and so `n_base (factors + 2)` evaluations.
///
/// First order: `S_i = (1/N) Σ f(B)ⱼ (f(A_B⁽ⁱ⁾)ⱼ − f(A)ⱼ) / V` (Saltelli et al., 2010, table 2, b); total: `T_i = (1/2N) Σ (f(A)ⱼ −
/// f(A_B⁽ⁱ⁾)ⱼ)² / V` (Jansen, 1999; the same table, f). `f` is centred first, which Saltelli's estimator needs for small variance. Standard
/// errors are bootstrapped over base rows.
///
/// With [`SpreadScale::Logarithm`] the variance is that of the logarithm if *every* evaluation is above zero, and of `f` itself otherwise: one value without
/// a logarithm, however rare, is enough. Each index names the scale that was used.
///
/// A constant result has no variance to share: the list is empty.
///
/// # Errors
/// The first error of `f`.
pub fn sobol<E>(
    factors: &[Factor],
    width: usize,
    n_base: usize,
    key: Key,
    scale: SpreadScale,
    f: &mut dyn FnMut(&[f64]) -> Result<f64, E>,
) -> Result<Vec<Index>, E> {
    let matrix = |name: &str| {
        let mut stream = key.child(name).stream();
        let row = |stream: &mut consil_random::Stream| (0..width).map(|_| open(stream.uniform())).collect();
        (0..n_base).map(|_| row(&mut stream)).collect::<Vec<Vec<f64>>>()
    };
    let (a, b) = (matrix("sobol a"), matrix("sobol b"));
    let mut of_a = a.iter().map(|row| f(row)).collect::<Result<Vec<f64>, E>>()?;
    let mut of_b = b.iter().map(|row| f(row)).collect::<Result<Vec<f64>, E>>()?;
    let mut row = vec![0.0; width];
    let mut of_mixed = Vec::with_capacity(factors.len());
    for factor in factors {
        let mut column = Vec::with_capacity(n_base);
        for j in 0..n_base {
            row.copy_from_slice(&a[j]);
            for place in &factor.places {
                row[*place] = b[j][*place];
            }
            column.push(f(&row)?);
        }
        of_mixed.push(column);
    }
    let is_positive = [&of_a, &of_b].into_iter().chain(&of_mixed).flatten().all(|y| *y > 0.0);
    let scale = if is_positive { scale } else { SpreadScale::Linear };
    if scale == SpreadScale::Logarithm {
        [&mut of_a, &mut of_b].into_iter().chain(&mut of_mixed).flatten().for_each(|y| *y = y.ln());
    }
    let mean = (of_a.iter().sum::<f64>() + of_b.iter().sum::<f64>()) / (2 * n_base) as f64;
    let variance = of_a.iter().chain(&of_b).map(|y| (y - mean).powi(2)).sum::<f64>() / (2 * n_base) as f64;
    if variance <= 1e-24 * mean.abs().max(1e-300).powi(2) {
        return Ok(Vec::new());
    }
    let resampled = resamples(n_base, key);
    let mut indices = Vec::with_capacity(factors.len());
    for (factor, mixed) in factors.iter().zip(&of_mixed) {
        let (mut firsts, mut totals) = (Vec::with_capacity(n_base), Vec::with_capacity(n_base));
        for j in 0..n_base {
            firsts.push((of_b[j] - mean) * (mixed[j] - of_a[j]) / variance);
            totals.push(0.5 * (of_a[j] - mixed[j]).powi(2) / variance);
        }
        let (first, first_error) = mean_and_error(&firsts, &resampled);
        let (total, total_error) = mean_and_error(&totals, &resampled);
        indices.push(Index { scale, factor: factor.name.clone(), first, first_error, total, total_error });
    }
    Ok(indices)
}

/// A uniform number off the ends, where quantiles are infinite.
pub(super) fn open(u: f64) -> f64 {
    u.max(f64::EPSILON / 2.0)
}

fn resamples(n: usize, key: Key) -> Vec<Vec<usize>> {
    let mut stream = key.child("sobol bootstrap").stream();
    (0..RESAMPLES).map(|_| (0..n).map(|_| stream.below(n)).collect()).collect()
}

fn mean_and_error(values: &[f64], resampled: &[Vec<usize>]) -> (f64, f64) {
    let mean = |values: &mut dyn Iterator<Item = f64>, n: usize| values.sum::<f64>() / n as f64;
    let centre = mean(&mut values.iter().copied(), values.len());
    let means: Vec<f64> = resampled.iter().map(|rows| mean(&mut rows.iter().map(|j| values[*j]), rows.len())).collect();
    let middle = mean(&mut means.iter().copied(), means.len());
    let variance = mean(&mut means.iter().map(|m| (m - middle).powi(2)), means.len() - 1);
    (centre, variance.sqrt())
}

#[cfg(test)]
mod tests {
    use std::convert::Infallible;
    use std::f64::consts::PI;

    use super::*;

    fn factors(n: usize) -> Vec<Factor> {
        (0..n).map(|i| Factor { name: format!("x{i}"), places: vec![i] }).collect()
    }

    fn estimate(n: usize, n_base: usize, f: impl Fn(&[f64]) -> f64) -> Vec<Index> {
        sobol::<Infallible>(&factors(n), n, n_base, Key::new(1), SpreadScale::Linear, &mut |u| Ok(f(u))).unwrap()
    }

    #[test]
    fn ishigami_has_its_closed_form() {
        // Ishigami and Homma (1990) with a = 7, b = 0.1: V = a²/8 + bπ⁴/5 + b²π⁸/18 + 1/2.
        let (a, b) = (7.0, 0.1);
        let variance = a * a / 8.0 + b * PI.powi(4) / 5.0 + b * b * PI.powi(8) / 18.0 + 0.5;
        let first = [0.5 * (1.0 + b * PI.powi(4) / 5.0).powi(2) / variance, a * a / 8.0 / variance, 0.0];
        let both = b * b * PI.powi(8) * (1.0 / 18.0 - 1.0 / 50.0) / variance;
        let total = [first[0] + both, first[1], both];
        assert!((first[0] - 0.3139).abs() < 1e-4 && (total[2] - 0.2437).abs() < 1e-4, "the published values");

        let indices = estimate(3, 1 << 14, |u| {
            let x: Vec<f64> = u.iter().map(|u| PI * (2.0 * u - 1.0)).collect();
            x[0].sin() + a * x[1].sin().powi(2) + b * x[2].powi(4) * x[0].sin()
        });
        for (i, index) in indices.iter().enumerate() {
            // Four standard errors, which the estimate states itself; those must be small.
            assert!((index.first - first[i]).abs() < 4.0 * index.first_error + 1e-3, "{index:?} {}", first[i]);
            assert!((index.total - total[i]).abs() < 4.0 * index.total_error + 1e-3, "{index:?} {}", total[i]);
            assert!(index.first_error < 0.02 && index.total_error < 0.02, "{index:?}");
        }
    }

    #[test]
    fn a_linear_sum_shares_its_variance_by_squares() {
        let indices = estimate(3, 1 << 12, |u| 1.0 * u[0] + 2.0 * u[1] + 0.0 * u[2]);
        for (index, wanted) in indices.iter().zip([0.2, 0.8, 0.0]) {
            assert!((index.first - wanted).abs() < 0.05 && (index.total - wanted).abs() < 0.03, "{index:?}");
        }
    }

    #[test]
    fn nothing_is_shared_out_where_nothing_varies() {
        assert_eq!(estimate(2, 64, |_| 5.0), []);
    }
}
