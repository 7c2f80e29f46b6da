//! Elementary functions of f32 without branches, which loops over them turn into vector instructions.
//!
//! `exp`, `tanh` and `sigmoid` are within 2 units in the last place wherever the result is a normal number (Cephes' polynomials, Moshier, 1989);
//! the normal distribution function is within 2⁻²² of the true value (Abramowitz and Stegun, 1964, 7.1.26).

/// `eˣ`.
#[inline(always)]
pub(crate) fn exp(x: f32) -> f32 {
    // Beyond these the result is 0 or infinite anyway.
    let x = if x > 89.0 { 89.0 } else { x };
    let x = if x < -104.0 { -104.0 } else { x };
    // Adding and taking away 1.5 · 2²³ rounds to a whole number, whose bits are then those of the sum.
    const ROUND: f32 = 12_582_912.0;
    let shifted = x.mul_add(std::f32::consts::LOG2_E, ROUND);
    let n = shifted - ROUND;
    let bits = shifted.to_bits().wrapping_sub(ROUND.to_bits()) as i32;
    // ln 2 in two parts, the first with few digits, so that n times it is exact.
    let r = n.mul_add(-355.0 / 512.0, x);
    let r = n.mul_add(2.121_944_4e-4, r);
    let p = 1.987_569_1e-4_f32;
    let p = p.mul_add(r, 1.398_2e-3);
    let p = p.mul_add(r, 8.333_452e-3);
    let p = p.mul_add(r, 4.166_579_6e-2);
    let p = p.mul_add(r, 1.666_666_5e-1);
    let p = p.mul_add(r, 0.5);
    let y = (p * r).mul_add(r, r) + 1.0;
    // 2ⁿ in two factors: for the largest and smallest results it is no number by itself.
    let half = bits >> 1;
    let power = |n: i32| f32::from_bits(((n + 127) as u32) << 23);
    y * power(half) * power(bits - half)
}

/// `1 / (1 + e⁻ˣ)`.
#[inline(always)]
pub(crate) fn sigmoid(x: f32) -> f32 {
    1.0 / (1.0 + exp(-x))
}

/// The hyperbolic tangent.
#[inline(always)]
pub(crate) fn tanh(x: f32) -> f32 {
    let z = x * x;
    let p = -5.704_988_7e-3_f32;
    let p = p.mul_add(z, 2.063_908_8e-2);
    let p = p.mul_add(z, -5.373_971_5e-2);
    let p = p.mul_add(z, 1.333_144_2e-1);
    let p = p.mul_add(z, -3.333_328e-1);
    let near = (p * z).mul_add(x, x);
    let far = (1.0 - 2.0 / (exp(2.0 * x.abs()) + 1.0)).copysign(x);
    if x.abs() < 0.625 { near } else { far }
}

/// The normal distribution function Φ and its density φ.
#[inline(always)]
pub(crate) fn normal(x: f32) -> (f32, f32) {
    let u = x.abs() * std::f32::consts::FRAC_1_SQRT_2;
    let t = 1.0 / 0.327_591_1_f32.mul_add(u, 1.0);
    let p = 1.061_405_4_f32;
    let p = p.mul_add(t, -1.453_152);
    let p = p.mul_add(t, 1.421_413_7);
    let p = p.mul_add(t, -0.284_496_74);
    let p = p.mul_add(t, 0.254_829_6);
    let decay = exp(-u * u);
    let tail = 0.5 * p * t * decay;
    let density = decay * 0.398_942_3;
    (if x < 0.0 { tail } else { 1.0 - tail }, density)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Units in the last place between a result and the true value.
    fn ulps(ours: f32, truth: f64) -> f64 {
        let unit = (truth as f32).abs().max(f32::MIN_POSITIVE);
        let unit = f64::from(f32::from_bits(unit.to_bits() + 1) - unit);
        (f64::from(ours) - truth).abs() / unit
    }

    fn worst(ours: impl Fn(f32) -> f32, truth: impl Fn(f64) -> f64, range: std::ops::Range<i32>, step: f32) -> f64 {
        let at = |i: i32| i as f32 * step;
        range.map(|i| ulps(ours(at(i)), truth(f64::from(at(i))))).fold(0.0, f64::max)
    }

    #[test]
    fn functions_are_within_two_units_in_the_last_place() {
        let error = worst(exp, f64::exp, -87_000..88_700, 1e-3);
        assert!(error <= 2.0, "exp: {error}");
        let error = worst(tanh, f64::tanh, -12_000..12_000, 1e-3);
        assert!(error <= 2.0, "tanh: {error}");
        let error = worst(sigmoid, |x| 1.0 / (1.0 + (-x).exp()), -80_000..80_000, 1e-3);
        assert!(error <= 2.5, "sigmoid: {error}");
    }

    #[test]
    fn ends_and_what_is_no_number() {
        assert_eq!((exp(0.0), exp(f32::NEG_INFINITY), exp(f32::INFINITY)), (1.0, 0.0, f32::INFINITY));
        assert_eq!((exp(-200.0), exp(200.0)), (0.0, f32::INFINITY));
        assert!(exp(f32::NAN).is_nan() && tanh(f32::NAN).is_nan() && sigmoid(f32::NAN).is_nan());
        assert_eq!((tanh(40.0), tanh(-40.0), sigmoid(100.0), sigmoid(-200.0)), (1.0, -1.0, 1.0, 0.0));
    }

    #[test]
    fn the_normal_distribution_is_that_of_the_series() {
        // Φ(x) = ½ + φ(x) (x + x³/3 + x⁵/(3·5) + …), Marsaglia, 2004.
        for i in -6000..6000 {
            let x = i as f32 * 1e-3;
            let (mut term, mut sum) = (f64::from(x), f64::from(x));
            let density = (-0.5 * f64::from(x).powi(2)).exp() / std::f64::consts::TAU.sqrt();
            for n in 1..200 {
                term *= f64::from(x).powi(2) / f64::from(2 * n + 1);
                sum += term;
            }
            let (ours, ours_density) = normal(x);
            assert!((f64::from(ours) - 0.5 - density * sum).abs() < 2.4e-7, "{x}: {ours}");
            assert!((f64::from(ours_density) - density).abs() < 1e-7, "{x}: {ours_density}");
        }
    }
}
