//! Fewer points of a line that look the same.

/// More points than this cannot be told apart.
const MOST: usize = 240;

/// At most about [`MOST`] points that keep the line's peaks and its gaps: of each stretch the least and the greatest, and one that is not finite
/// where a whole stretch is not.
pub(super) fn thinned(points: &[(f64, f64)]) -> Vec<(f64, f64)> {
    if points.len() <= MOST {
        return points.to_vec();
    }
    let mut kept = Vec::with_capacity(MOST + 2);
    for stretch in points.chunks((2 * points.len()).div_ceil(MOST)) {
        let extreme = |sign: f64| {
            let finite = stretch.iter().enumerate().filter(|(_, (_, y))| y.is_finite());
            finite.max_by(|a, b| (sign * a.1.1).total_cmp(&(sign * b.1.1))).map_or(0, |(i, _)| i)
        };
        let (a, b) = (extreme(-1.0), extreme(1.0));
        kept.push(stretch[a.min(b)]);
        if a != b {
            kept.push(stretch[a.max(b)]);
        }
    }
    kept
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn thinning_keeps_the_peak_and_the_order() {
        let mut points: Vec<(f64, f64)> = (0..10_000).map(|i| (f64::from(i), 1.0)).collect();
        points[7_777].1 = 9.0;
        let kept = thinned(&points);
        assert!(kept.len() <= MOST + 2);
        assert!(kept.contains(&(7_777.0, 9.0)));
        assert!(kept.windows(2).all(|pair| pair[0].0 < pair[1].0));
    }
}
