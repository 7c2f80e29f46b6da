//! The normal distribution's functions, on which draws and the copula stand.

use std::f64::consts::SQRT_2;

use statrs::function::erf::{erfc, erfc_inv};

/// The standard normal's distribution function, `Φ(x) = erfc(−x/√2)/2`.
pub fn normal_cdf(x: f64) -> f64 {
    0.5 * erfc(-x / SQRT_2)
}

/// The standard normal's quantile, `Φ⁻¹(p) = −√2 erfc⁻¹(2p)`; infinite at 0 and 1.
pub fn normal_quantile(p: f64) -> f64 {
    -SQRT_2 * erfc_inv(2.0 * p)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_normal_agrees_with_the_tables() {
        // The error function of statrs is good to about 1e-11. Abramowitz and Stegun (1964), tables 26.1 and 26.5: 15 and 5 digits.
        for (x, p) in [(0.0, 0.5), (1.0, 0.841344746068543), (1.96, 0.975002104851780), (3.0, 0.998650101968370)] {
            assert!((normal_cdf(x) - p).abs() < 1e-10, "{x}");
        }
        for (p, x) in [(0.95, 1.6448536269514722), (0.975, 1.959963984540054), (0.999, 3.090232306167813)] {
            assert!((normal_quantile(p) - x).abs() < 1e-9, "{p}");
            assert!((normal_quantile(1.0 - p) + x).abs() < 1e-9, "{p}");
        }
    }

    #[test]
    fn far_tails_keep_their_digits() {
        // Φ(−10) = 7.619853024160527e-24 (Wolfram MathWorld's and R's pnorm(-10)).
        assert!((normal_cdf(-10.0) / 7.619853024160527e-24 - 1.0).abs() < 1e-9);
        assert!((normal_quantile(normal_cdf(-8.0)) + 8.0).abs() < 1e-9);
    }
}
