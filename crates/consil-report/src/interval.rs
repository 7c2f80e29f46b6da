//! Wilson's score interval of a proportion: how far an accuracy may lie from the one that was counted.

/// The 0.975 quantile of the normal distribution.
const Z: f64 = 1.959_963_984_540_054;

/// The 95 % interval of a proportion `p` counted over `n` independent trials:
///
/// `(p + z²/2n ± z·√(p(1−p)/n + z²/4n²)) / (1 + z²/n)`
///
/// (Wilson 1927, JASA 22:209–212). It stays within 0–1 and holds its level near both ends, where accuracies lie. `n = 0` gives
/// the whole of 0–1.
pub fn wilson(p: f64, n: usize) -> (f64, f64) {
    if n == 0 {
        return (0.0, 1.0);
    }
    let n = n as f64;
    let z2 = Z * Z;
    let centre = p + z2 / (2.0 * n);
    let half = Z * (p * (1.0 - p) / n + z2 / (4.0 * n * n)).sqrt();
    let scale = 1.0 + z2 / n;
    // Rounding must not put 0 of n, or n of n, outside its own interval.
    (((centre - half) / scale).max(0.0).min(p), ((centre + half) / scale).min(1.0).max(p))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Newcombe 1998, Statistics in Medicine 17:857–872, table I, method 3; the table gives four digits.
    #[test]
    fn newcombe_table_i() {
        let published =
            [(81, 263, 0.2553, 0.3662), (15, 148, 0.0624, 0.1605), (0, 20, 0.0000, 0.1611), (1, 29, 0.0061, 0.1718)];
        for (right, n, low, high) in published {
            let (l, h) = wilson(f64::from(right) / n as f64, n);
            assert!((l - low).abs() <= 5e-5 && (h - high).abs() <= 5e-5, "{right}/{n}: {l} to {h}");
        }
    }

    #[test]
    fn it_stays_between_zero_and_one_and_holds_the_proportion() {
        for n in [1, 7, 1000] {
            for right in 0..=n {
                let p = right as f64 / n as f64;
                let (low, high) = wilson(p, n);
                assert!(0.0 <= low && low <= p && p <= high && high <= 1.0, "{right}/{n}: {low} to {high}");
            }
        }
        assert_eq!(wilson(0.5, 0), (0.0, 1.0));
    }
}
