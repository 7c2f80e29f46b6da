//! Small dense matrices, row by row: solving symmetric positive definite systems, and eigenvectors of symmetric ones.
//!
//! Laws have at most seven parameters and benchmark tables some tens of columns, which is below where a linear algebra library
//! begins to pay.

/// Solves `A x = b` for a symmetric positive definite A of order `n` by Cholesky's factorisation; `None` where A is not positive definite.
pub(crate) fn solve(a: &[f64], b: &[f64]) -> Option<Vec<f64>> {
    let factor = cholesky(a, b.len())?;
    Some(substitute(&factor, b))
}

/// The inverse of a symmetric positive definite matrix of order `n`; `None` where it is not positive definite.
pub(crate) fn inverse(a: &[f64], n: usize) -> Option<Vec<f64>> {
    let factor = cholesky(a, n)?;
    let mut inverse = vec![0.0; n * n];
    let mut unit = vec![0.0; n];
    for column in 0..n {
        unit.fill(0.0);
        unit[column] = 1.0;
        for (row, value) in substitute(&factor, &unit).into_iter().enumerate() {
            inverse[row * n + column] = value;
        }
    }
    Some(inverse)
}

/// The lower triangle L with `L Lᵀ = A`.
fn cholesky(a: &[f64], n: usize) -> Option<Vec<f64>> {
    let mut l = vec![0.0; n * n];
    for i in 0..n {
        for j in 0..=i {
            let sum: f64 = a[i * n + j] - (0..j).map(|k| l[i * n + k] * l[j * n + k]).sum::<f64>();
            if i == j {
                // Relative to the diagonal: a pivot that is only rounding is a dependency between columns.
                if sum.is_nan() || sum <= 1e-14 * a[i * n + i].abs() {
                    return None;
                }
                l[i * n + i] = sum.sqrt();
            } else {
                l[i * n + j] = sum / l[j * n + j];
            }
        }
    }
    Some(l)
}

fn substitute(l: &[f64], b: &[f64]) -> Vec<f64> {
    let n = b.len();
    let mut x = b.to_vec();
    for i in 0..n {
        let sum: f64 = (0..i).map(|k| l[i * n + k] * x[k]).sum();
        x[i] = (x[i] - sum) / l[i * n + i];
    }
    for i in (0..n).rev() {
        let sum: f64 = (i + 1..n).map(|k| l[k * n + i] * x[k]).sum();
        x[i] = (x[i] - sum) / l[i * n + i];
    }
    x
}

/// Solves `A x = b` for any square A by elimination with row pivots; `None` where A is singular.
pub(crate) fn solve_general(a: &[f64], b: &[f64]) -> Option<Vec<f64>> {
    let n = b.len();
    let (mut a, mut b) = (a.to_vec(), b.to_vec());
    for column in 0..n {
        let pivot = (column..n).max_by(|i, j| a[i * n + column].abs().total_cmp(&a[j * n + column].abs()))?;
        if a[pivot * n + column].is_nan() || a[pivot * n + column].abs() <= 1e-14 {
            return None;
        }
        for k in 0..n {
            a.swap(column * n + k, pivot * n + k);
        }
        b.swap(column, pivot);
        for row in column + 1..n {
            let factor = a[row * n + column] / a[column * n + column];
            for k in column..n {
                a[row * n + k] -= factor * a[column * n + k];
            }
            b[row] -= factor * b[column];
        }
    }
    for i in (0..n).rev() {
        let sum: f64 = (i + 1..n).map(|k| a[i * n + k] * b[k]).sum();
        b[i] = (b[i] - sum) / a[i * n + i];
    }
    Some(b)
}

/// Eigenvalues, largest first, and their unit eigenvectors of a symmetric matrix, by Jacobi's rotations (cyclic; Golub and Van Loan,
/// *Matrix Computations*, §8.5).
pub(crate) fn eigen(a: &[f64], n: usize) -> Vec<(f64, Vec<f64>)> {
    let mut a = a.to_vec();
    let mut v: Vec<f64> = (0..n * n).map(|at| f64::from(u8::from(at / n == at % n))).collect();
    let total: f64 = a.iter().map(|x| x * x).sum();
    // Convergence is quadratic; some ten sweeps are enough at this size, and the bound only guards against NaN.
    for _ in 0..60 {
        let off: f64 = (0..n * n).filter(|at| at / n != at % n).map(|at| a[at] * a[at]).sum();
        if off.is_nan() || off <= 1e-30 * total {
            break;
        }
        for p in 0..n {
            for q in p + 1..n {
                rotate(&mut a, &mut v, n, p, q);
            }
        }
    }
    let mut pairs: Vec<(f64, Vec<f64>)> =
        (0..n).map(|k| (a[k * n + k], (0..n).map(|i| v[i * n + k]).collect())).collect();
    pairs.sort_by(|x, y| y.0.total_cmp(&x.0));
    pairs
}

/// One rotation, which makes the element (p, q) zero.
fn rotate(a: &mut [f64], v: &mut [f64], n: usize, p: usize, q: usize) {
    let off = a[p * n + q];
    if off == 0.0 {
        return;
    }
    let theta = (a[q * n + q] - a[p * n + p]) / (2.0 * off);
    let t = theta.signum() / (theta.abs() + (theta * theta + 1.0).sqrt());
    let c = 1.0 / (t * t + 1.0).sqrt();
    let s = t * c;
    for k in 0..n {
        let (x, y) = (a[k * n + p], a[k * n + q]);
        (a[k * n + p], a[k * n + q]) = (c * x - s * y, s * x + c * y);
    }
    for k in 0..n {
        let (x, y) = (a[p * n + k], a[q * n + k]);
        (a[p * n + k], a[q * n + k]) = (c * x - s * y, s * x + c * y);
        let (x, y) = (v[k * n + p], v[k * n + q]);
        (v[k * n + p], v[k * n + q]) = (c * x - s * y, s * x + c * y);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn times(a: &[f64], x: &[f64]) -> Vec<f64> {
        a.chunks(x.len()).map(|row| row.iter().zip(x).map(|(a, x)| a * x).sum()).collect()
    }

    fn gram(b: &[f64], n: usize) -> Vec<f64> {
        // BᵀB + I is symmetric positive definite.
        (0..n * n)
            .map(|at| {
                let (i, j) = (at / n, at % n);
                (0..n).map(|k| b[k * n + i] * b[k * n + j]).sum::<f64>() + f64::from(u8::from(i == j))
            })
            .collect()
    }

    proptest! {
        #[test]
        fn solutions_solve(b in prop::collection::vec(-3.0f64..3.0, 16), x in prop::collection::vec(-3.0f64..3.0, 4)) {
            let a = gram(&b, 4);
            let right = times(&a, &x);
            let inverse = inverse(&a, 4).expect("positive definite");
            for solved in [solve(&a, &right), solve_general(&a, &right), Some(times(&inverse, &right))] {
                for (s, x) in solved.expect("regular").iter().zip(&x) {
                    // The condition number is below 150, so that 1e-10 leaves room for rounding only.
                    prop_assert!((s - x).abs() < 1e-10, "{} {}", s, x);
                }
            }
        }

        #[test]
        fn eigenvectors_are_only_stretched(b in prop::collection::vec(-3.0f64..3.0, 25)) {
            let a = gram(&b, 5);
            let pairs = eigen(&a, 5);
            prop_assert!(pairs.windows(2).all(|pair| pair[0].0 >= pair[1].0));
            for (value, vector) in &pairs {
                for (left, x) in times(&a, vector).iter().zip(vector) {
                    prop_assert!((left - value * x).abs() < 1e-9 * pairs[0].0);
                }
                prop_assert!((vector.iter().map(|x| x * x).sum::<f64>() - 1.0).abs() < 1e-12);
            }
        }
    }

    #[test]
    fn dependent_columns_have_no_solution() {
        let a = [1.0, 2.0, 2.0, 4.0];
        assert_eq!((solve(&a, &[1.0, 2.0]), solve_general(&a, &[1.0, 2.0])), (None, None));
    }
}
