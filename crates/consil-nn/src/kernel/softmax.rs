//! Softmax of a row.

use super::math::exp;
use super::sums::{largest, sum};

/// Writes `softmax(scale · x)` and gives `ln Σ e^{scale · x}`.
#[inline(always)]
pub(crate) fn softmax(x: &[f32], scale: f32, y: &mut [f32]) -> f32 {
    let max = largest(x);
    if max == f32::NEG_INFINITY {
        // All are −∞ or none is a number.
        y.fill(f32::NAN);
        return max;
    }
    let shift = max * scale;
    y.iter_mut().zip(x).for_each(|(y, x)| *y = exp(x.mul_add(scale, -shift)));
    let total = sum(y);
    let inverse = 1.0 / total;
    y.iter_mut().for_each(|y| *y *= inverse);
    shift + total.ln()
}

/// `ln Σ eˣ`.
#[inline(always)]
pub(crate) fn log_sum_exp(x: &[f32]) -> f32 {
    let max = largest(x);
    let mut lanes = [0.0f32; 32];
    let (chunks, rest) = x.as_chunks::<32>();
    for chunk in chunks {
        lanes.iter_mut().zip(chunk).for_each(|(lane, x)| *lane += exp(x - max));
    }
    let rest: f32 = rest.iter().map(|x| exp(x - max)).sum();
    max + (sum(&lanes) + rest).ln()
}
