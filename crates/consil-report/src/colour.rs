//! Colours: how many the style sheet has for series, and those of heat maps.

/// How many colours the style sheet has for series: the classes `c0` to `c6`.
pub const SERIES: usize = 7;

/// Nine of the 256 colours of *magma*, evenly spaced: perceptually uniform, and legible to colour-blind eyes and in grey print
/// (N. Smith and S. van der Walt, 2015, released to the public domain under CC0).
const MAGMA: [[u8; 3]; 9] = [
    [0, 0, 4],
    [28, 16, 68],
    [79, 18, 123],
    [129, 37, 129],
    [181, 54, 122],
    [229, 80, 100],
    [251, 135, 97],
    [254, 194, 135],
    [252, 253, 191],
];

/// The colour of a value in 0–1.
pub fn magma(value: f32) -> [u8; 3] {
    let place = value.clamp(0.0, 1.0) * (MAGMA.len() - 1) as f32;
    let below = (place as usize).min(MAGMA.len() - 2);
    let share = place - below as f32;
    let (a, b) = (MAGMA[below], MAGMA[below + 1]);
    std::array::from_fn(|i| (f32::from(a[i]) + share * (f32::from(b[i]) - f32::from(a[i]))).round() as u8)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn brightness_grows_with_the_value() {
        let brightness = |v: f32| {
            let [r, g, b] = magma(v).map(f32::from);
            0.2126 * r + 0.7152 * g + 0.0722 * b
        };
        for i in 0..100 {
            assert!(brightness(i as f32 / 100.0) < brightness((i + 1) as f32 / 100.0), "at {i} %");
        }
        assert_eq!(magma(-1.0), magma(0.0));
        assert_eq!(magma(f32::INFINITY), magma(1.0));
    }
}
