//! Sixteen-bit floating point, as weights of other tools store it.

/// The value of an IEEE 754 binary16 pattern.
pub(crate) fn from_f16(bits: u16) -> f32 {
    let sign = if bits >> 15 == 0 { 1.0 } else { -1.0 };
    let exponent = i32::from(bits >> 10 & 0x1f);
    let fraction = f32::from(bits & 0x3ff);
    sign * match exponent {
        0 => fraction * 2f32.powi(-24),
        31 if fraction == 0.0 => f32::INFINITY,
        31 => f32::NAN,
        _ => (1024.0 + fraction) * 2f32.powi(exponent - 25),
    }
}

/// The value of a bfloat16 pattern: the upper half of a binary32.
pub(crate) fn from_bf16(bits: u16) -> f32 {
    f32::from_bits(u32::from(bits) << 16)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_values_are_those_of_the_standard() {
        // IEEE 754-2019, binary16: 1, −2, largest 65504, smallest normal 2⁻¹⁴, smallest subnormal 2⁻²⁴, 1/3 rounded.
        let cases = [
            (0x3c00, 1.0),
            (0xc000, -2.0),
            (0x7bff, 65504.0),
            (0x0400, 6.103_515_6e-5),
            (0x0001, 5.960_464_5e-8),
            (0x3555, 0.333_251_95),
            (0x7c00, f32::INFINITY),
            (0xfc00, f32::NEG_INFINITY),
        ];
        for (bits, value) in cases {
            assert_eq!(from_f16(bits), value, "{bits:#06x}");
        }
        assert!(from_f16(0x8000).is_sign_negative() && from_f16(0x7e00).is_nan());
        assert_eq!((from_bf16(0x3f80), from_bf16(0xc049)), (1.0, -3.140_625));
    }

    #[test]
    fn patterns_are_ordered_as_their_values() {
        // Positive binary16 patterns are ordered as integers up to infinity, subnormals included.
        assert!((0..0x7c00u16).all(|bits| from_f16(bits) < from_f16(bits + 1)));
    }
}
