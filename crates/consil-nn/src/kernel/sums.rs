//! Sums over slices, in as many lanes as let the additions overlap: one fixed order for each length.

const LANES: usize = 32;

#[inline(always)]
fn fold(n: usize, term: impl Fn(usize) -> f32) -> f32 {
    let mut lanes = [0.0f32; LANES];
    let whole = n / LANES * LANES;
    for at in (0..whole).step_by(LANES) {
        for (i, lane) in lanes.iter_mut().enumerate() {
            *lane += term(at + i);
        }
    }
    let mut width = LANES / 2;
    while width > 0 {
        for i in 0..width {
            lanes[i] += lanes[i + width];
        }
        width /= 2;
    }
    lanes[0] + (whole..n).map(term).sum::<f32>()
}

/// `Σ x`.
#[inline(always)]
pub(crate) fn sum(x: &[f32]) -> f32 {
    fold(x.len(), |i| x[i])
}

/// `Σ x²`.
#[inline(always)]
pub(crate) fn sum_of_squares(x: &[f32]) -> f32 {
    fold(x.len(), |i| x[i] * x[i])
}

/// `Σ x y`.
#[inline(always)]
pub(crate) fn dot(x: &[f32], y: &[f32]) -> f32 {
    let y = &y[..x.len()];
    fold(x.len(), |i| x[i] * y[i])
}

/// The largest value; NaN is never it.
#[inline(always)]
pub(crate) fn largest(x: &[f32]) -> f32 {
    let (chunks, rest) = x.as_chunks::<LANES>();
    let mut lanes = [f32::NEG_INFINITY; LANES];
    for chunk in chunks {
        lanes.iter_mut().zip(chunk).for_each(|(lane, x)| *lane = if *x > *lane { *x } else { *lane });
    }
    lanes.iter().chain(rest).fold(f32::NEG_INFINITY, |a, b| if *b > a { *b } else { a })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sums_and_the_largest_of_any_length() {
        for n in [0, 1, 31, 32, 33, 100, 1000] {
            let x: Vec<f32> = (0..n).map(|i| (i % 7) as f32 - 2.0).collect();
            let y: Vec<f32> = (0..n).map(|i| (i % 5) as f32).collect();
            // Small whole numbers add up exactly.
            assert_eq!(sum(&x), x.iter().sum::<f32>());
            assert_eq!(sum_of_squares(&x), x.iter().map(|x| x * x).sum::<f32>());
            assert_eq!(dot(&x, &y), x.iter().zip(&y).map(|(x, y)| x * y).sum::<f32>());
            assert_eq!(largest(&x), x.iter().copied().fold(f32::NEG_INFINITY, f32::max));
        }
    }
}
