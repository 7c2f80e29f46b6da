//! Minimisation by BFGS, for functions that may have kinks.
//!
//! The line search is the weak Wolfe bisection of Lewis and Overton (2013, "Nonsmooth optimization via quasi-Newton methods", algorithm 2.6): it needs
//! one value and one gradient for each trial and does not lean on smoothness, so that the method also goes on where a Huber function nears the absolute
//! value. With a start of the inverse Hessian that fits, as a warm start has it, a step of one is nearly always taken at once.

/// When to end.
#[derive(Clone, Copy, Debug)]
pub(crate) struct BfgsConfig {
    /// End once the decrease that a Newton step foretells, `½ gᵀ H g`, is below this share of the value.
    pub tolerance: f64,
    /// The largest number of steps.
    pub max_steps: usize,
}

impl Default for BfgsConfig {
    fn default() -> Self {
        Self { tolerance: 1e-13, max_steps: 400 }
    }
}

/// Where a minimisation ended.
#[derive(Clone, Debug)]
pub(crate) struct Minimum {
    pub at: Vec<f64>,
    pub value: f64,
    /// The inverse Hessian as the method has learned it, row by row.
    pub inverse: Vec<f64>,
    pub n_evaluations: usize,
}

/// Minimises `f`, which returns its value and writes its gradient, from `start`; `inverse` is a first guess of the inverse Hessian.
///
/// A value that is not finite counts as too high, so that a domain's border is a wall. The result is never above the start.
pub(crate) fn bfgs(
    mut f: impl FnMut(&[f64], &mut [f64]) -> f64,
    start: &[f64],
    inverse: Option<Vec<f64>>,
    config: BfgsConfig,
) -> Minimum {
    let n = start.len();
    let mut is_learned = inverse.is_some();
    let mut h = inverse.unwrap_or_else(|| identity(n, 1.0));
    let (mut x, mut g) = (start.to_vec(), vec![0.0; n]);
    let mut value = f(&x, &mut g);
    let mut n_evaluations = 1;
    let (mut d, mut hy, mut trial, mut trial_g) = (vec![0.0; n], vec![0.0; n], vec![0.0; n], vec![0.0; n]);
    for _ in 0..config.max_steps {
        multiply(&h, &g, &mut d);
        d.iter_mut().for_each(|d| *d = -*d);
        let mut slope = dot(&g, &d);
        if slope.is_nan() || slope >= 0.0 {
            if g.iter().all(|g| *g == 0.0) || !value.is_finite() {
                break;
            }
            // Rounding has spoiled H: begin anew from the gradient.
            h = identity(n, 1.0);
            is_learned = false;
            d.iter_mut().zip(&g).for_each(|(d, g)| *d = -g);
            slope = dot(&g, &d);
        }
        if is_learned && -0.5 * slope <= config.tolerance * value.abs() {
            break;
        }
        let first = if is_learned { 1.0 } else { (1.0 / dot(&g, &g).sqrt()).min(1.0) };
        let Some((step, trial_value)) =
            search(&mut f, (&x, value, slope, &d), first, &mut trial, &mut trial_g, &mut n_evaluations)
        else {
            break;
        };
        // y = g' − g, kept in `g`; s = step · d.
        for (g, new) in g.iter_mut().zip(&trial_g) {
            *g = new - *g;
        }
        let sy = step * dot(&d, &g);
        if sy > 0.0 {
            if !is_learned {
                h = identity(n, sy / dot(&g, &g));
                is_learned = true;
            }
            multiply(&h, &g, &mut hy);
            update(&mut h, step, &d, sy, dot(&g, &hy), &hy);
        }
        std::mem::swap(&mut x, &mut trial);
        g.copy_from_slice(&trial_g);
        value = trial_value;
    }
    Minimum { at: x, value, inverse: h, n_evaluations }
}

/// Weak Wolfe bisection along `d`; the step and the value there, with point and gradient in `trial` and `trial_g`. `None` where no step that can be
/// told from zero goes down.
fn search(
    f: &mut impl FnMut(&[f64], &mut [f64]) -> f64,
    (x, value, slope, d): (&[f64], f64, f64, &[f64]),
    first: f64,
    trial: &mut [f64],
    trial_g: &mut [f64],
    n_evaluations: &mut usize,
) -> Option<(f64, f64)> {
    const SUFFICIENT: f64 = 1e-4;
    const CURVATURE: f64 = 0.9;
    let (mut low, mut high, mut step) = (0.0, f64::INFINITY, first);
    let mut best_low = None;
    for _ in 0..60 {
        for ((trial, x), d) in trial.iter_mut().zip(x).zip(d) {
            *trial = x + step * d;
        }
        let at = f(trial, trial_g);
        *n_evaluations += 1;
        // A constant may run off to zero, and its logarithm to minus infinity, with a finite value but no gradient: that too is a wall.
        let is_wall = !trial.iter().chain(trial_g.iter()).all(|x| x.is_finite());
        if is_wall || at.is_nan() || at > value + SUFFICIENT * step * slope {
            high = step;
        } else if dot(trial_g, d) < CURVATURE * slope {
            low = step;
            best_low = Some(step);
        } else {
            return Some((step, at));
        }
        step = if high.is_finite() { 0.5 * (low + high) } else { 2.0 * low };
    }
    // Rounding hides the curvature: take the longest step that went down.
    let step = best_low?;
    for ((trial, x), d) in trial.iter_mut().zip(x).zip(d) {
        *trial = x + step * d;
    }
    let at = f(trial, trial_g);
    *n_evaluations += 1;
    (at < value).then_some((step, at))
}

/// `H ← (I − ρ s yᵀ) H (I − ρ y sᵀ) + ρ s sᵀ` with `ρ = 1 / sᵀy`.
fn update(h: &mut [f64], step: f64, d: &[f64], sy: f64, yhy: f64, hy: &[f64]) {
    let n = d.len();
    let factor = (1.0 + yhy / sy) / sy * step * step;
    for i in 0..n {
        for j in 0..n {
            h[i * n + j] += factor * d[i] * d[j] - step * (hy[i] * d[j] + d[i] * hy[j]) / sy;
        }
    }
}

fn identity(n: usize, scale: f64) -> Vec<f64> {
    (0..n * n).map(|at| if at / n == at % n { scale } else { 0.0 }).collect()
}

fn multiply(h: &[f64], g: &[f64], out: &mut [f64]) {
    for (out, row) in out.iter_mut().zip(h.chunks_exact(g.len())) {
        *out = dot(row, g);
    }
}

fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn rosenbrocks_valley_ends_at_one_one() {
        let f = |x: &[f64], g: &mut [f64]| {
            let (a, b) = (1.0 - x[0], x[1] - x[0] * x[0]);
            g.copy_from_slice(&[-2.0 * a - 400.0 * x[0] * b, 200.0 * b]);
            a * a + 100.0 * b * b
        };
        let minimum = bfgs(f, &[-1.2, 1.0], None, BfgsConfig { tolerance: 0.0, ..BfgsConfig::default() });
        assert!(minimum.at.iter().all(|x| (x - 1.0).abs() < 1e-8), "{minimum:?}");
    }

    #[test]
    fn a_kink_does_not_stop_the_descent() {
        // Lewis and Overton's example: |x₀² − x₁| · 8 + (1 − x₀)², minimum 0 at (1, 1), where the first term has a kink along a parabola.
        let f = |x: &[f64], g: &mut [f64]| {
            let (inside, a) = (x[0] * x[0] - x[1], 1.0 - x[0]);
            let sign = 8.0 * inside.signum();
            g.copy_from_slice(&[2.0 * sign * x[0] - 2.0 * a, -sign]);
            8.0 * inside.abs() + a * a
        };
        let minimum = bfgs(f, &[-1.0, 2.5], None, BfgsConfig { tolerance: 0.0, max_steps: 1000 });
        // Convergence at a kink is linear, and the line search ends where bisection can go no finer.
        assert!(minimum.value < 1e-6, "{minimum:?}");
    }

    #[test]
    fn outside_the_domain_is_a_wall() {
        // x − ln x is defined above zero only; its minimum is 1 at 1.
        let f = |x: &[f64], g: &mut [f64]| {
            g[0] = 1.0 - 1.0 / x[0];
            x[0] - x[0].ln()
        };
        let minimum = bfgs(f, &[10.0], None, BfgsConfig::default());
        assert!((minimum.at[0] - 1.0).abs() < 1e-5, "{minimum:?}");
    }

    proptest! {
        #[test]
        fn a_quadratic_with_its_inverse_hessian_takes_one_step(
            centre in prop::collection::vec(-5.0f64..5.0, 3), scales in prop::collection::vec(0.1f64..10.0, 3),
        ) {
            let f = |x: &[f64], g: &mut [f64]| {
                let mut sum = 1.0;
                for k in 0..3 {
                    g[k] = scales[k] * (x[k] - centre[k]);
                    sum += 0.5 * scales[k] * (x[k] - centre[k]).powi(2);
                }
                sum
            };
            let inverse = (0..9).map(|at| if at / 3 == at % 3 { 1.0 / scales[at / 3] } else { 0.0 }).collect();
            let minimum = bfgs(f, &[0.0; 3], Some(inverse), BfgsConfig::default());
            prop_assert!(minimum.n_evaluations <= 3 && (minimum.value - 1.0).abs() < 1e-12, "{:?}", minimum);
        }
    }
}
